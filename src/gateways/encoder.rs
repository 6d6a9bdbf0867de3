//! A person's encoder, OBS or hardware: it pushes to the stream address by itself. There is nothing to start and nobody to ask; whether
//! it is on air the playlist says, and an end is the person's to make.

use async_trait::async_trait;

use super::{ChatLimits, ChatOutcome, GatewayDriver, Generation, StartOrder, StartOutcome, StateAnswer, StopOutcome};

/// An encoder.
pub struct Encoder;

#[async_trait]
impl GatewayDriver for Encoder {
    fn generation(&self) -> Generation {
        Generation::Encoder
    }

    async fn start(&self, _order: &StartOrder) -> StartOutcome {
        StartOutcome::Started
    }

    async fn stop(&self, _room: &str) -> StopOutcome {
        StopOutcome::AlreadyStopped
    }

    async fn state(&self, _room: &str) -> StateAnswer {
        StateAnswer::CannotTell
    }

    fn chat_limits(&self) -> Option<ChatLimits> {
        None
    }

    async fn chat(&self, _room: &str, _from: &str, _text: &str) -> ChatOutcome {
        ChatOutcome::Unsupported
    }
}
