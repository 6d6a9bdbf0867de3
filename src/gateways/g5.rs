//! G5: after 1.8.4. Its chat command hangs for ever with a BBB meeting, so it is never used (contract §8.13).

use async_trait::async_trait;

use super::fastapi::Api;
use super::{
    ChatLimits, ChatOutcome, GatewayAddress, GatewayDriver, GatewayTimes, Generation, StartOrder, StartOutcome,
    StateAnswer, StopOutcome,
};
use crate::outgoing::HttpClient;

/// SIPMediaGW after 1.8.4.
pub struct G5(Api);

impl G5 {
    /// A driver of that container.
    pub fn new(address: GatewayAddress, http: HttpClient, times: GatewayTimes) -> Self {
        Self(Api::new(address, http, times))
    }
}

#[async_trait]
impl GatewayDriver for G5 {
    fn generation(&self) -> Generation {
        Generation::G5
    }

    async fn start(&self, order: &StartOrder) -> StartOutcome {
        self.0.start(order).await
    }

    async fn stop(&self, _room: &str) -> StopOutcome {
        self.0.stop().await
    }

    async fn state(&self, room: &str) -> StateAnswer {
        self.0.state(room).await
    }

    fn chat_limits(&self) -> Option<ChatLimits> {
        None
    }

    async fn chat(&self, _room: &str, _from: &str, _text: &str) -> ChatOutcome {
        ChatOutcome::Unsupported
    }
}
