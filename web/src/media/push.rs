//! What an encoder is set to: where it sends its picture, and a key that is good for one live.
//!
//! The name of a stream stands in its playlist's address, which viewers read, and stays what it is. So where hooks are on an encoder comes
//! with a key behind the name (`NAME?key=KEY`), which media servers hand on to us and leave out of the name. A live's key is given to its
//! presenters a little before its start and opens nothing after its end: shown weeks before and never changed, it let whoever had ever seen it
//! broadcast in the place of everybody after. A device that is set once has the place's own key, which administrators alone see.

use amphi_events::Time;
use amphi_events::broadcaster::Protection;
use amphi_events::ids::LiveId;
use amphi_events::store::secrets::BROADCASTER_STREAM;
use amphi_projections::LiveRow;
use serde::Serialize;
use subtle::ConstantTimeEq as _;
use utoipa::ToSchema;

use crate::Web;
use crate::api::problem::Problem;
use crate::slides::Shelf;

/// So long before its planned start a live's encoder may push, and its presenters are told how, in milliseconds.
pub const EARLY_MS: i64 = 15 * 60_000;
/// Name of the parameter behind the stream's name.
pub const PARAMETER: &str = "key";
/// Characters of a key, four bits each.
const KEY_CHARS: usize = 32;

/// Where an encoder sends its picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StreamAddress {
    /// Server, as OBS calls it: the RTMP address without its last part.
    pub server: String,
    /// The stream key, a secret. Where hooks are on, it is this live's own.
    pub key: String,
}

/// The key of a live's encoder at a place (id of a gateway or a broadcaster) whose stream has this name; without a live the place's own.
fn key(shelf: &Shelf, place: &str, name: &str, live: Option<LiveId>) -> Option<String> {
    let live = live.map(|l| l.to_string()).unwrap_or_default();
    let mut key = shelf.sign(&format!("amphi/push/1\n{place}\n{live}\n{name}"))?;
    key.truncate(KEY_CHARS);
    Some(key)
}

/// Whether a publisher's key is that of the live, or the place's own.
pub fn opens(shelf: &Shelf, place: &str, name: &str, live: Option<LiveId>, given: &str) -> bool {
    let is = |live| {
        let key = key(shelf, place, name, live);
        key.is_some_and(|key| bool::from(key.as_bytes().ct_eq(given.as_bytes())))
    };
    is(None) || (live.is_some() && is(live))
}

/// What an encoder is set to. Without hooks nobody would read a key, and the name alone is handed out.
pub fn address(web: &Web, place: &str, server: &str, name: &str, live: Option<LiveId>) -> StreamAddress {
    let key = match &web.settings.media.hook_token {
        Some(_) => key(&web.shelf, place, name, live),
        None => None,
    };
    let mark = if name.contains('?') { '&' } else { '?' };
    StreamAddress {
        server: server.to_owned(),
        key: key.map_or_else(|| name.to_owned(), |key| format!("{name}{mark}{PARAMETER}={key}")),
    }
}

/// From when on an encoder's address is shown to those who pilot the live; `None`: it is shown now, or the live is over.
pub fn shown_from(row: &LiveRow, now: Time) -> Option<Time> {
    let from = row.starts_at.plus_ms(-EARLY_MS);
    (now < from && !row.busy()).then_some(from)
}

/// Where a broadcaster's encoder sends its picture, for this live or for a device that is set once.
///
/// # Errors
/// The store can't be read.
pub async fn of_broadcaster(
    web: &Web,
    id: amphi_events::ids::BroadcasterId,
    details: &amphi_events::broadcaster::BroadcasterDetails,
    live: Option<LiveId>,
) -> Result<Option<StreamAddress>, Problem> {
    let Some(server) = &details.rtmp_base else {
        return Ok(None);
    };
    let place = id.to_string();
    let name = web.store.get_secret(BROADCASTER_STREAM, &place).await;
    let name = name.map_err(|e| Problem::unavailable("a broadcaster's secret can't be read", e))?;
    Ok(name.map(|name| address(web, &place, &server.0, &name, live)))
}

/// Whether some broadcaster in use shows its picture to whoever knows the address.
///
/// # Errors
/// The read models can't be read.
pub async fn shown_to_everybody(web: &Web) -> Result<bool, Problem> {
    let all = web.read.broadcasters().await;
    let all = all.map_err(|e| Problem::unavailable("broadcasters can't be read", e))?;
    Ok(all.iter().any(|b| !b.removed && b.protection == Protection::None))
}

/// What the encoder of a live without a room is set to, and from when on that is said.
///
/// # Errors
/// The store or the read models can't be read.
pub async fn of_feed(web: &Web, row: &LiveRow) -> Result<(Option<StreamAddress>, Option<Time>), Problem> {
    let now = web.sources.now();
    let Some(feed) = row.feed.filter(|_| row.meeting.is_none() && !row.cancelled) else {
        return Ok((None, None));
    };
    let there = web.read.broadcaster(feed.broadcaster).await;
    let there = there.map_err(|e| Problem::unavailable("a broadcaster can't be read", e))?;
    let Some(there) = there.filter(|b| b.details.rtmp_base.is_some()) else {
        return Ok((None, None));
    };
    if let Some(from) = shown_from(row, now) {
        return Ok((None, Some(from)));
    }
    if now >= row.ends_at && feed.awaited.is_none() {
        return Ok((None, None));
    }
    let stream = of_broadcaster(web, feed.broadcaster, &there.details, Some(row.id)).await?;
    Ok((stream, None))
}
