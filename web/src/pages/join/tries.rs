//! Tries of passwords and keys at a meeting's door, limited by meeting and address (census M31).
//!
//! A whole lecture hall may stand behind one address, so a right password forgives the wrong ones before it.

use std::net::IpAddr;

use amphi_events::ids::{LiveId, MeetingId};
use amphi_events::meeting::access::{KEY, PASSWORD};
use amphi_events::page::LINK;
use subtle::ConstantTimeEq as _;
use tokio::sync::Mutex;

use crate::Web;
use crate::api::problem::Problem;
use crate::auth::address::throttle_key;

/// What came of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// That was it.
    Right,
    /// That was not it.
    Wrong,
    /// It was not looked at: there were too many wrong ones.
    TooMany {
        /// Seconds to wait.
        retry_after: u64,
    },
}

/// One try of an address at a time, or as many as are sent at once would all be looked at before the first wrong one is counted.
static ONE_BY_ONE: [Mutex<()>; 32] = [const { Mutex::const_new(()) }; 32];

fn down(e: impl std::fmt::Display) -> Problem {
    Problem::unavailable("a meeting's door can't be asked", e)
}

/// Somebody tries a password.
///
/// # Errors
/// The store can't be asked, or the password that the log speaks of is not in it.
pub async fn password(web: &Web, meeting: MeetingId, address: IpAddr, given: &str) -> Result<Tried, Problem> {
    let kept = web
        .store
        .get_secret(PASSWORD, &meeting.to_string())
        .await
        .map_err(down)?;
    let kept = kept.ok_or_else(|| down("a meeting's password is not in the store"))?;
    let right: bool = kept.as_bytes().ct_eq(given.trim().as_bytes()).into();
    count(
        web,
        &format!("join-password|{meeting}|{}", throttle_key(address)),
        right,
    )
    .await
}

/// Somebody tries the password of a live's page. One that the store no longer has is nobody's.
///
/// # Errors
/// The store can't be asked.
pub async fn of_live(web: &Web, kind: &str, live: LiveId, address: IpAddr, given: &str) -> Result<Tried, Problem> {
    let kept = web.store.get_secret(kind, &live.to_string()).await.map_err(down)?;
    let right = kept.is_some_and(|kept| kept.as_bytes().ct_eq(given.trim().as_bytes()).into());
    let tries = format!("{kind}|{live}|{}", throttle_key(address));
    if kind == LINK {
        // As a direct key: whoever has it is let in whatever was tried before from the same address.
        return if right {
            Ok(Tried::Right)
        } else {
            count(web, &tries, false).await
        };
    }
    count(web, &tries, right).await
}

/// Somebody comes with a key. A right one is let in whoever tried before from the same address: nobody finds 160 bits by trying, so
/// only wrong ones have to wait.
///
/// # Errors
/// As above.
pub async fn key(web: &Web, meeting: MeetingId, address: IpAddr, given: &str) -> Result<Tried, Problem> {
    let of = web.store.lookup_secret(KEY, given).await.map_err(down)?;
    if of == Some(meeting.to_string()) {
        return Ok(Tried::Right);
    }
    count(web, &format!("join-key|{meeting}|{}", throttle_key(address)), false).await
}

async fn count(web: &Web, tries: &str, right: bool) -> Result<Tried, Problem> {
    let shard = tries
        .bytes()
        .fold(0_usize, |sum, b| sum.wrapping_mul(31).wrapping_add(usize::from(b)));
    let _alone = ONE_BY_ONE[shard % ONE_BY_ONE.len()].lock().await;
    let now = web.sources.now();
    if let Some(until) = web.store.throttled(tries, now).await.map_err(down)? {
        let retry_after = (until.since_ms(now).max(1) as u64).div_ceil(1000);
        return Ok(Tried::TooMany { retry_after });
    }
    if right {
        web.store.attempt_succeeded(tries).await.map_err(down)?;
        return Ok(Tried::Right);
    }
    web.store.attempt_failed(tries, now).await.map_err(down)?;
    Ok(Tried::Wrong)
}
