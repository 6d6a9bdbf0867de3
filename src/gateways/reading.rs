//! What an answer means, generation by generation, without asking anybody: status and body as they came.

use super::answer::Said;
use super::{ChatOutcome, Generation, StartOutcome, StateAnswer, StopOutcome, fastapi, livestreaming, pool, webpy};

/// Of an order to start.
pub fn start(generation: Generation, status: u16, body: &[u8]) -> StartOutcome {
    let said = Said::of(status, body);
    match generation {
        Generation::G1 | Generation::G2 | Generation::G3 => webpy::read_start(&said),
        Generation::G4 | Generation::G5 => fastapi::read_start(&said),
        Generation::Pool => pool::read_start(&said),
        Generation::LiveStreaming => livestreaming::read_start(&said),
        Generation::Encoder => StartOutcome::Started,
    }
}

/// Of an order to stop.
pub fn stop(generation: Generation, status: u16, body: &[u8]) -> StopOutcome {
    let said = Said::of(status, body);
    match generation {
        Generation::G1 | Generation::G2 | Generation::G3 => webpy::read_stop(&said),
        Generation::G4 | Generation::G5 => fastapi::read_stop(&said),
        Generation::Pool => pool::read_stop(&said),
        Generation::LiveStreaming => livestreaming::read_stop(&said),
        Generation::Encoder => StopOutcome::AlreadyStopped,
    }
}

/// Of the question whether the run of that room is alive.
pub fn state(generation: Generation, status: u16, body: &[u8], room: &str) -> StateAnswer {
    let said = Said::of(status, body);
    match generation {
        Generation::G1 | Generation::G2 => webpy::read_reachable(&said),
        Generation::G3 => webpy::read_progress(&said),
        Generation::G4 | Generation::G5 => fastapi::read_state(&said, room),
        Generation::Pool => pool::read_state(&said),
        Generation::LiveStreaming => livestreaming::read_state(&said),
        Generation::Encoder => StateAnswer::CannotTell,
    }
}

/// Of a chat line that was handed over.
pub fn chat(generation: Generation, status: u16, body: &[u8]) -> ChatOutcome {
    match generation {
        Generation::G1 | Generation::G2 | Generation::G3 => webpy::read_chat(&Said::of(status, body)),
        Generation::G4 | Generation::G5 | Generation::Pool | Generation::LiveStreaming | Generation::Encoder => {
            ChatOutcome::Unsupported
        }
    }
}
