//! How often somebody at a door makes us look at a room: whoever knows a meeting's address can ask, and each look is a call of BBB.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use amphi_events::Time;
use amphi_events::ids::SessionId;

/// Between two looks at a session, whoever asks, in milliseconds.
const APART_MS: i64 = 5_000;
/// Sessions held; beyond that those whose time is over are dropped.
const HELD: usize = 1_000;

/// When a session was looked at last because somebody came back from it.
#[derive(Debug, Default)]
pub struct Looks(Mutex<HashMap<SessionId, Time>>);

impl Looks {
    /// Whether to look now. Who is told no was preceded by somebody who was told yes just now.
    pub fn now(&self, session: SessionId, now: Time) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last
            .get(&session)
            .is_some_and(|at| (0..APART_MS).contains(&now.since_ms(*at)))
        {
            return false;
        }
        if last.len() >= HELD {
            last.retain(|_, at| now.since_ms(*at) < APART_MS);
        }
        last.insert(session, now);
        true
    }
}
