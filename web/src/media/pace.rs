//! How often strangers may speak: in the name of a media server, with a wrong secret; and to one, with stream keys that are nobody's. In
//! memory: it guards the program's time, no secret (that is long).
//!
//! Each is counted by whom it comes from. A media server has one address for all that it asks; counted by that, a stranger who published
//! with random keys used up what running lives were asked about with, and the media server dropped them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use amphi_events::Time;

/// The window, in milliseconds.
const WINDOW_MS: i64 = 60_000;
/// Most wrong secrets of one network in a window; those above are answered without a line in the program's log.
const WRONG: u32 = 30;
/// Most unknown stream keys of one publisher's network in a window; those above are not looked up.
const UNKNOWN: u32 = 120;
/// Networks held; beyond that those whose window is over are dropped.
const HELD: usize = 10_000;

/// What was counted of each network: since when, how often.
#[derive(Debug, Default)]
struct Counts(Mutex<HashMap<IpAddr, (Time, u32)>>);

impl Counts {
    /// Seconds until there may be another, where there were too many.
    fn left(&self, from: IpAddr, most: u32, now: Time) -> Option<u64> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, count) = held.get(&from)?;
        let passed = now.since_ms(*since);
        // Not where the clock was set back.
        if *count < most || !(0..WINDOW_MS).contains(&passed) {
            return None;
        }
        Some(u64::try_from(WINDOW_MS - passed).unwrap_or(0).div_ceil(1000).max(1))
    }

    /// One more. What there is no room for is not counted: that would shut out everybody.
    fn add(&self, from: IpAddr, now: Time) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= HELD {
            held.retain(|_, (since, _)| (0..WINDOW_MS).contains(&now.since_ms(*since)));
            if held.len() >= HELD && !held.contains_key(&from) {
                return;
            }
        }
        let counted = held.entry(from).or_insert((now, 0));
        if !(0..WINDOW_MS).contains(&now.since_ms(counted.0)) {
            *counted = (now, 0);
        }
        counted.1 = counted.1.saturating_add(1);
    }
}

/// What was counted since this program began.
#[derive(Debug, Default)]
pub struct Pace {
    wrong: Counts,
    unknown: Counts,
}

impl Pace {
    /// Counts a hook with a wrong secret. Err: there were too many, and so many seconds are left of the window.
    ///
    /// # Errors
    /// Seconds to wait.
    pub fn wrong(&self, from: IpAddr, now: Time) -> Result<(), u64> {
        if let Some(seconds) = self.wrong.left(from, WRONG, now) {
            return Err(seconds);
        }
        self.wrong.add(from, now);
        Ok(())
    }

    /// Whether a publisher may try another stream key.
    ///
    /// # Errors
    /// Seconds to wait.
    pub fn tries(&self, publisher: IpAddr, now: Time) -> Result<(), u64> {
        self.unknown.left(publisher, UNKNOWN, now).map_or(Ok(()), Err)
    }

    /// A publisher came with a stream key that is nobody's.
    pub fn unknown(&self, publisher: IpAddr, now: Time) {
        self.unknown.add(publisher, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_tries_too_often_waits_and_nobody_else() {
        let (pace, now) = (Pace::default(), Time(1_800_000_000_000));
        let (from, other) = (IpAddr::from([192, 0, 2, 7]), IpAddr::from([192, 0, 2, 8]));
        for _ in 0..WRONG {
            assert_eq!(pace.wrong(from, now), Ok(()));
        }
        assert_eq!(pace.wrong(from, now.plus_s(20)), Err(40));
        assert_eq!(pace.wrong(other, now.plus_s(20)), Ok(()));
        assert_eq!(pace.wrong(from, now.plus_s(60)), Ok(()), "the next window");
        let back = pace.wrong(from, now.plus_s(-3600));
        assert_eq!(back, Ok(()), "a clock that was set back");
        for _ in 0..UNKNOWN {
            assert_eq!(pace.tries(from, now), Ok(()));
            pace.unknown(from, now);
        }
        assert_eq!(pace.tries(from, now.plus_s(1)), Err(59));
        assert_eq!(pace.tries(other, now), Ok(()));
        assert_eq!(pace.tries(from, now.plus_s(60)), Ok(()));
    }

    #[test]
    fn more_networks_than_are_held_shut_nobody_out() {
        let (pace, now) = (Pace::default(), Time(1_800_000_000_000));
        for n in 0..=u32::try_from(HELD).unwrap_or(0) {
            pace.unknown(IpAddr::from(n.to_be_bytes()), now);
        }
        assert_eq!(pace.tries(IpAddr::from([192, 0, 2, 7]), now), Ok(()));
    }
}
