//! G4: images 1.8.0 to 1.8.4. Its chat command is acknowledged and sends nothing.

use async_trait::async_trait;

use super::fastapi::Api;
use super::{
    ChatLimits, ChatOutcome, GatewayAddress, GatewayDriver, GatewayTimes, Generation, StartOrder, StartOutcome,
    StateAnswer, StopOutcome,
};
use crate::outgoing::HttpClient;

/// SIPMediaGW 1.8.0 to 1.8.4.
pub struct G4(Api);

impl G4 {
    /// A driver of that container.
    pub fn new(address: GatewayAddress, http: HttpClient, times: GatewayTimes) -> Self {
        Self(Api::new(address, http, times))
    }
}

#[async_trait]
impl GatewayDriver for G4 {
    fn generation(&self) -> Generation {
        Generation::G4
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
