//! Failures by address alone. The store counts tries by login and address together, and tightly: nobody guesses one person's password. Here
//! one machine is kept from trying one password on every login. An address may be a whole campus, whose mistypings add up, and a single
//! person there can fail as often as they like: so this count is wide (a setting), short, and over it whoever signed in from there before is
//! still let try.
//!
//! Returns from other houses are counted apart: nothing can be guessed there, but each makes us ask the house.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use amphi_events::Time;

use super::address::throttle_key;

/// The window, in milliseconds.
const WINDOW_MS: i64 = 10 * 60_000;
/// Addresses held; beyond that those whose window is over are dropped.
const HELD: usize = 10_000;
/// Logins that are known from an address; beyond that all are forgotten, and sign in as strangers.
const KNOWN: usize = 100_000;

/// What failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Count {
    /// A login with a password.
    Guesses,
    /// A return from another house, which was asked about it.
    Returns,
}

type Failures = HashMap<(Count, String), (Time, u32)>;

static FAILURES: Mutex<Option<Failures>> = Mutex::new(None);
static SIGNED_IN: Mutex<Option<HashSet<String>>> = Mutex::new(None);

/// Seconds to wait for an address, if it has to: `most` failures are borne in a window.
pub fn wait(count: Count, address: IpAddr, most: u32, now: Time) -> Option<u64> {
    let failures = FAILURES.lock().unwrap_or_else(PoisonError::into_inner);
    let (since, failed) = *failures.as_ref()?.get(&(count, throttle_key(address)))?;
    let left = WINDOW_MS - now.since_ms(since);
    (failed >= most && left > 0).then(|| (left as u64).div_ceil(1000))
}

/// Counts a failure.
pub fn failed(count: Count, address: IpAddr, now: Time) {
    let mut failures = FAILURES.lock().unwrap_or_else(PoisonError::into_inner);
    let failures = failures.get_or_insert_default();
    if failures.len() >= HELD {
        failures.retain(|_, (since, _)| now.since_ms(*since) < WINDOW_MS);
    }
    let entry = failures.entry((count, throttle_key(address))).or_insert((now, 0));
    if now.since_ms(entry.0) >= WINDOW_MS {
        *entry = (now, 0);
    }
    entry.1 += 1;
}

fn pair(address: IpAddr, login: &str) -> String {
    format!("{}|{}", throttle_key(address), login.to_lowercase())
}

/// Somebody signed in from there with the right password.
pub fn known(address: IpAddr, login: &str) {
    let mut all = SIGNED_IN.lock().unwrap_or_else(PoisonError::into_inner);
    let all = all.get_or_insert_default();
    if all.len() >= KNOWN {
        all.clear();
    }
    all.insert(pair(address, login));
}

/// Whether somebody did, since the program started.
pub fn knows(address: IpAddr, login: &str) -> bool {
    let all = SIGNED_IN.lock().unwrap_or_else(PoisonError::into_inner);
    all.as_ref().is_some_and(|all| all.contains(&pair(address, login)))
}
