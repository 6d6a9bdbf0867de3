//! G3: images 1.7.x, as G2 with `/progress` and a stop that answers 400 when nothing runs.

use async_trait::async_trait;

use super::webpy::Launcher;
use super::{
    ChatLimits, ChatOutcome, FlipOutcome, GatewayAddress, GatewayDriver, GatewayTimes, Generation, StartOrder,
    StartOutcome, StateAnswer, StopOutcome, sanitise,
};
use crate::outgoing::HttpClient;

/// SIPMediaGW 1.7.x. Chat arrives as `b'…'` with accents destroyed: said as lossy.
pub struct G3(Launcher);

impl G3 {
    /// A driver of that gateway.
    pub fn new(address: GatewayAddress, http: HttpClient, times: GatewayTimes) -> Self {
        Self(Launcher::new(address, http, times))
    }
}

#[async_trait]
impl GatewayDriver for G3 {
    fn generation(&self) -> Generation {
        Generation::G3
    }

    async fn start(&self, order: &StartOrder) -> StartOutcome {
        self.0.start(order).await
    }

    async fn stop(&self, room: &str) -> StopOutcome {
        self.0.stop(room).await
    }

    async fn state(&self, room: &str) -> StateAnswer {
        self.0.progress(room).await
    }

    fn chat_limits(&self) -> Option<ChatLimits> {
        Some(ChatLimits {
            max_bytes: sanitise::TEXT_CAP,
            lossy: true,
        })
    }

    async fn chat(&self, room: &str, from: &str, text: &str) -> ChatOutcome {
        self.0.chat(room, from, text).await
    }

    async fn flip_chat_pane(&self, room: &str) -> FlipOutcome {
        self.0.flip(room).await
    }
}
