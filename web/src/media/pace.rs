//! How often media servers may speak, and how often strangers in their name. In memory: it guards the program's time, no secret (that is long).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use amphi_events::Time;

/// The window, in milliseconds.
const WINDOW_MS: i64 = 60_000;
/// Most hooks of one network in a window: a thousand gateways that begin at once, and `on_update` of some hundred.
const HOOKS: u32 = 3_000;
/// Most wrong secrets of one network in a window; those above are answered without a line in the program's log.
const WRONG: u32 = 30;
/// Networks held; beyond that those whose window is over are dropped.
const HELD: usize = 10_000;

/// What was counted of one network: since when, hooks, wrong secrets.
type Counted = (Time, u32, u32);

/// What was counted since this program began.
#[derive(Debug, Default)]
pub struct Pace(Mutex<HashMap<IpAddr, Counted>>);

impl Pace {
    /// Counts a hook with the right or a wrong secret. Err: there were too many, and so many seconds are left of the window.
    ///
    /// # Errors
    /// Seconds to wait.
    pub fn takes(&self, from: IpAddr, right: bool, now: Time) -> Result<(), u64> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= HELD {
            held.retain(|_, (since, ..)| now.since_ms(*since) < WINDOW_MS);
            if held.len() >= HELD {
                return Err(1);
            }
        }
        let counted = held.entry(from).or_insert((now, 0, 0));
        // Also where the clock was set back.
        if !(0..WINDOW_MS).contains(&now.since_ms(counted.0)) {
            *counted = (now, 0, 0);
        }
        let (count, most) = if right {
            (&mut counted.1, HOOKS)
        } else {
            (&mut counted.2, WRONG)
        };
        if *count >= most {
            let left = WINDOW_MS - now.since_ms(counted.0);
            return Err(u64::try_from(left).unwrap_or(0).div_ceil(1000).max(1));
        }
        *count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_secrets_do_not_shut_out_who_has_the_right_one() {
        let (pace, now, from) = (Pace::default(), Time(1_800_000_000_000), IpAddr::from([192, 0, 2, 7]));
        for _ in 0..WRONG {
            assert_eq!(pace.takes(from, false, now), Ok(()));
        }
        assert_eq!(pace.takes(from, false, now.plus_s(20)), Err(40));
        assert_eq!(pace.takes(from, true, now.plus_s(20)), Ok(()));
        assert_eq!(pace.takes(from, false, now.plus_s(60)), Ok(()), "the next window");
        assert_eq!(
            pace.takes(from, false, now.plus_s(-3600)),
            Ok(()),
            "a clock that was set back"
        );
        let other = IpAddr::from([192, 0, 2, 8]);
        for _ in 0..HOOKS {
            assert_eq!(pace.takes(other, true, now), Ok(()));
        }
        assert_eq!(pace.takes(other, true, now), Err(60));
    }
}
