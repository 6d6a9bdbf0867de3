//! How many people somebody invites, or looks for, in an hour. Whoever invites, takes back and invites again has mails sent to whom they please; so what counts is
//! how often, not how many are invited at a time.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use amphi_events::Time;
use amphi_events::ids::PersonId;

/// The window, in milliseconds.
const WINDOW_MS: i64 = 3_600_000;
/// People held; beyond that those whose window is over are dropped.
const HELD: usize = 10_000;

/// What was counted since this program began.
#[derive(Debug, Default)]
pub struct Pace(Mutex<HashMap<PersonId, (Time, u32)>>);

impl Pace {
    /// Counts so many more of this person, unless that would be more than `most` in the hour that began with the first; then nothing is counted, and
    /// this many seconds are left of it. `most` 0: without a limit.
    pub fn takes(&self, person: PersonId, many: u32, most: u32, now: Time) -> Result<(), u64> {
        if most == 0 || many == 0 {
            return Ok(());
        }
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= HELD {
            held.retain(|_, (since, _)| now.since_ms(*since) < WINDOW_MS);
        }
        let (since, count) = held.entry(person).or_insert((now, 0));
        if now.since_ms(*since) >= WINDOW_MS {
            (*since, *count) = (now, 0);
        }
        let sum = count.saturating_add(many);
        if sum > most {
            let left = WINDOW_MS - now.since_ms(*since);
            return Err(u64::try_from(left).unwrap_or(0).div_ceil(1000).max(1));
        }
        *count = sum;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_has_so_many_and_the_next_as_many() {
        let (pace, now) = (Pace::default(), Time(1_800_000_000_000));
        let (one, other) = (PersonId(ulid::Ulid(1)), PersonId(ulid::Ulid(2)));
        assert_eq!(pace.takes(one, 8, 10, now), Ok(()));
        assert_eq!(pace.takes(one, 3, 10, now.plus_s(60)), Err(3540));
        assert_eq!(
            pace.takes(one, 2, 10, now.plus_s(60)),
            Ok(()),
            "what was refused is not counted"
        );
        assert_eq!(pace.takes(other, 10, 10, now), Ok(()));
        assert_eq!(pace.takes(one, 1, 10, now.plus_s(3599)), Err(1));
        assert_eq!(pace.takes(one, 10, 10, now.plus_s(3600)), Ok(()));
        assert_eq!(pace.takes(one, 5000, 0, now), Ok(()));
    }
}
