//! Failed sign-ins by address alone, so that one machine can't try one password on every login. The store counts by
//! login and address together; an address alone may be a whole campus, whose mistypings would add up to a
//! lock-out there, so this count is wide, short, and of failures only.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use amphi_events::Time;

use super::address::throttle_key;

/// Failures of an address that are borne in a window.
const MOST: u32 = 100;
/// The window, in milliseconds.
const WINDOW_MS: i64 = 10 * 60_000;
/// Addresses held; beyond that those whose window is over are dropped.
const HELD: usize = 10_000;

static FAILURES: Mutex<Option<HashMap<String, (Time, u32)>>> = Mutex::new(None);

/// Seconds to wait for an address, if it has to.
pub fn wait(address: IpAddr, now: Time) -> Option<u64> {
    let failures = FAILURES.lock().unwrap_or_else(PoisonError::into_inner);
    let (since, count) = *failures.as_ref()?.get(&throttle_key(address))?;
    let left = WINDOW_MS - now.since_ms(since);
    (count >= MOST && left > 0).then(|| (left as u64).div_ceil(1000))
}

/// Counts a failure.
pub fn failed(address: IpAddr, now: Time) {
    let mut failures = FAILURES.lock().unwrap_or_else(PoisonError::into_inner);
    let failures = failures.get_or_insert_default();
    if failures.len() >= HELD {
        failures.retain(|_, (since, _)| now.since_ms(*since) < WINDOW_MS);
    }
    let entry = failures.entry(throttle_key(address)).or_insert((now, 0));
    if now.since_ms(entry.0) >= WINDOW_MS {
        *entry = (now, 0);
    }
    entry.1 += 1;
}
