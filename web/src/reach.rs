//! "Can the gateway reach us": a one-time secret address that an administrator asks for on the gateway's own host.
//! In memory alone: a check lasts ten minutes, and after a restart the page makes another one.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use amphi_events::Time;
use amphi_events::ids::GatewayId;
use sha2::{Digest, Sha256};

use crate::pages::robot::doorman::Doorman;

/// How long an address answers, in milliseconds.
pub const LASTS_MS: i64 = 10 * 60_000;
/// Characters of the token, five bits each.
pub const TOKEN_CHARS: usize = 26;
/// Checks held at once; the oldest goes first.
const MOST: usize = 100;

/// How a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReachState {
    /// When the address was made.
    pub made: Time,
    /// Who came last, and when.
    pub reached: Option<(Time, IpAddr)>,
}

impl ReachState {
    /// Until when the address answers.
    pub const fn until(&self) -> Time {
        self.made.plus_ms(LASTS_MS)
    }
}

/// What a visitor is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visit {
    /// It is an address of ours.
    Reached,
    /// There is no such address, or its time is over.
    Unknown,
    /// Too many visits from there.
    TooMany,
}

/// The checks under way, one a gateway. Only digests of the tokens are held.
#[derive(Debug, Default)]
pub struct ReachChecks {
    held: Mutex<HashMap<GatewayId, ([u8; 32], ReachState)>>,
    door: Doorman,
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

impl ReachChecks {
    /// Makes the check of a gateway, instead of the one before.
    pub fn make(&self, gateway: GatewayId, token: &str, now: Time) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, (_, state)| now < state.until());
        if held.len() >= MOST
            && let Some(oldest) = held.iter().min_by_key(|(_, (_, s))| s.made).map(|(id, _)| *id)
        {
            held.remove(&oldest);
        }
        let state = ReachState {
            made: now,
            reached: None,
        };
        held.insert(gateway, (digest(token), state));
    }

    /// Somebody asks for an address.
    pub fn visit(&self, token: &str, address: IpAddr, now: Time) -> Visit {
        if !self.door.admits(address, "robot-check", now) {
            return Visit::TooMany;
        }
        let wanted = digest(token);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        match held.values_mut().find(|(d, s)| *d == wanted && now < s.until()) {
            Some((_, state)) => {
                state.reached = Some((now, address));
                Visit::Reached
            }
            None => Visit::Unknown,
        }
    }

    /// How the check of a gateway stands; `None`: none was made, or its time is over and nobody came.
    pub fn state(&self, gateway: GatewayId, now: Time) -> Option<ReachState> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let state = held.get(&gateway).map(|(_, state)| *state)?;
        (now < state.until() || state.reached.is_some()).then_some(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ulid::Ulid;

    const HOST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 1, 2, 3));

    fn gateway(n: u128) -> GatewayId {
        GatewayId(Ulid(n))
    }

    #[test]
    fn an_address_answers_for_ten_minutes_and_says_who_came() {
        let (checks, g) = (ReachChecks::default(), gateway(1));
        assert_eq!(checks.state(g, Time(0)), None);
        checks.make(g, "secret", Time(0));
        assert_eq!(checks.state(g, Time(1)).map(|s| s.reached), Some(None));
        assert_eq!(checks.visit("other", HOST, Time(1)), Visit::Unknown);
        assert_eq!(checks.visit("secret", HOST, Time(2)), Visit::Reached);
        assert_eq!(checks.state(g, Time(3)).and_then(|s| s.reached), Some((Time(2), HOST)));
        assert_eq!(checks.visit("secret", HOST, Time(LASTS_MS)), Visit::Unknown);
        checks.make(g, "fresh", Time(LASTS_MS));
        assert_eq!(checks.visit("secret", HOST, Time(LASTS_MS)), Visit::Unknown, "replaced");
        assert_eq!(checks.state(g, Time(3 * LASTS_MS)), None);
    }

    #[test]
    fn guessing_is_throttled_and_memory_bounded() {
        let checks = ReachChecks::default();
        for n in 0..300 {
            checks.make(gateway(n), &format!("t{n}"), Time(n as i64));
        }
        assert_eq!(checks.held.lock().unwrap().len(), MOST);
        assert_eq!(checks.state(gateway(0), Time(300)), None);
        assert!(checks.state(gateway(299), Time(300)).is_some());
        assert!((0..60).all(|_| checks.visit("x", HOST, Time(300)) == Visit::Unknown));
        assert_eq!(checks.visit("t299", HOST, Time(300)), Visit::TooMany);
    }
}
