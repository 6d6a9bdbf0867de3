//! G2: images 1.6.x, envelope `{"status", "details"}` on start and stop; `success` says nothing, `details.res` does.

use async_trait::async_trait;

use super::webpy::Launcher;
use super::{
    ChatLimits, ChatOutcome, FlipOutcome, GatewayAddress, GatewayDriver, GatewayTimes, Generation, StartOrder,
    StartOutcome, StateAnswer, StopOutcome, sanitise,
};
use crate::outgoing::HttpClient;

/// SIPMediaGW 1.6.x. It has no status call, so a run's state cannot be told.
pub struct G2(Launcher);

impl G2 {
    /// A driver of that gateway.
    pub fn new(address: GatewayAddress, http: HttpClient, times: GatewayTimes) -> Self {
        Self(Launcher::new(address, http, times))
    }
}

#[async_trait]
impl GatewayDriver for G2 {
    fn generation(&self) -> Generation {
        Generation::G2
    }

    async fn start(&self, order: &StartOrder) -> StartOutcome {
        self.0.start(order).await
    }

    async fn stop(&self, room: &str) -> StopOutcome {
        self.0.stop(room).await
    }

    async fn state(&self, _room: &str) -> StateAnswer {
        self.0.reachable().await
    }

    fn chat_limits(&self) -> Option<ChatLimits> {
        Some(ChatLimits {
            max_bytes: sanitise::TEXT_CAP,
            lossy: false,
        })
    }

    async fn chat(&self, room: &str, from: &str, text: &str) -> ChatOutcome {
        self.0.chat(room, from, text).await
    }

    async fn flip_chat_pane(&self, room: &str) -> FlipOutcome {
        self.0.flip(room).await
    }
}
