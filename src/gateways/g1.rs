//! G1: images 1.5.x, flat answers `{"res": …}` with status 200 for nearly everything.

use async_trait::async_trait;

use super::webpy::Launcher;
use super::{
    ChatLimits, ChatOutcome, FlipOutcome, GatewayAddress, GatewayDriver, GatewayTimes, Generation, StartOrder,
    StartOutcome, StateAnswer, StopOutcome, sanitise,
};
use crate::outgoing::HttpClient;

/// SIPMediaGW 1.5.x. It has no status call, so a run's state cannot be told.
pub struct G1(Launcher);

impl G1 {
    /// A driver of that gateway.
    pub fn new(address: GatewayAddress, http: HttpClient, times: GatewayTimes) -> Self {
        Self(Launcher::new(address, http, times))
    }
}

#[async_trait]
impl GatewayDriver for G1 {
    fn generation(&self) -> Generation {
        Generation::G1
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
