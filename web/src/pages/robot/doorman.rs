//! Who is let near the robot's door, and when: throttled by address and room, only during the run, only while no robot
//! of the run is in the room (surface §2).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use amphi_events::Time;
use amphi_events::live::{Run, RunPhase};

use crate::auth::address::throttle_key;

/// Requests in a window, for one address and room; and for one address that asks for rooms that aren't.
const MOST: u32 = 60;
/// The window, in milliseconds.
const WINDOW_MS: i64 = 60_000;
/// A robot that comes twice within so many milliseconds of its arrival (it does GET then POST, and some reload) is let in again.
const AGAIN_MS: i64 = 60_000;
/// Counts held; beyond that those whose window is over are dropped.
const HELD: usize = 20_000;

/// Counts of requests.
#[derive(Debug, Default)]
pub struct Doorman(Mutex<HashMap<String, (Time, u32)>>);

impl Doorman {
    /// Nobody came yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether one more may come. `room` is a digest or id of the room, never the token itself.
    pub fn admits(&self, address: IpAddr, room: &str, now: Time) -> bool {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= HELD {
            held.retain(|_, (since, _)| now.since_ms(*since) < WINDOW_MS);
        }
        let entry = held
            .entry(format!("{}|{room}", throttle_key(address)))
            .or_insert((now, 0));
        if now.since_ms(entry.0) >= WINDOW_MS {
            *entry = (now, 0);
        }
        entry.1 += 1;
        entry.1 <= MOST
    }
}

/// Whether the page answers: between the start asked and the stop of that very run.
pub const fn answers(run: &Run) -> bool {
    !matches!(run.phase, RunPhase::Stopping) && !run.surely_down
}

/// Whether a robot may come in: none of the run is in the room, or it came just now.
pub fn may_join(run: &Run, now: Time) -> bool {
    answers(run) && run.robot_since.is_none_or(|since| now.since_ms(since) < AGAIN_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use amphi_events::ids::{BroadcasterId, GatewayId, RunId};
    use ulid::Ulid;

    fn run() -> Run {
        Run {
            id: RunId(Ulid::nil()),
            number: 1,
            gateway: GatewayId(Ulid::nil()),
            broadcaster: BroadcasterId(Ulid::nil()),
            phase: RunPhase::Asked,
            asked_at: Time(0),
            started_at: None,
            robot_since: None,
            publisher: None,
            on_air_since: None,
            stalled: None,
            chat_pane: None,
            surely_down: false,
            start_unknown: false,
            stopping_since: None,
            fault: None,
        }
    }

    #[test]
    fn one_robot_a_run() {
        assert!(may_join(&run(), Time(5)));
        let inside = Run {
            robot_since: Some(Time(1000)),
            ..run()
        };
        assert!(may_join(&inside, Time(30_000)), "GET then POST, or a reload");
        assert!(!may_join(&inside, Time(61_001)));
        assert!(!answers(&Run {
            phase: RunPhase::Stopping,
            ..run()
        }));
        assert!(!answers(&Run {
            phase: RunPhase::Failed,
            surely_down: true,
            ..run()
        }));
    }

    #[test]
    fn sixty_a_minute() {
        let (doorman, a) = (Doorman::new(), IpAddr::from([192, 0, 2, 1]));
        assert!((0..60).all(|_| doorman.admits(a, "x", Time(0))));
        assert!(!doorman.admits(a, "x", Time(59_999)));
        assert!(doorman.admits(a, "y", Time(0)), "another room");
        assert!(doorman.admits(a, "x", Time(60_000)));
    }
}
