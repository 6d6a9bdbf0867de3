//! Recordings (BBB contract §2.8, §2.9, §3.8), and what BBB calls back with when one can be looked at (§4.2).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use sha2::{Sha256, Sha512};
use url::Url;

use super::error::BbbError;
use super::sign::Digest;
use super::xml::Element;

/// Most recordings that one answer is asked for (§2.8).
pub const PAGE: usize = 100;
/// More than a meeting has in ten years of days: an answer that never ends is no list.
pub const MOST: usize = 5000;
/// Largest body of the callback that is looked at, in bytes: a JWT of two ids.
pub const READY_CAP: usize = 16 * 1024;
/// The states that are asked for: all but `deleted`.
pub const STATES: &str = "processing,processed,published,unpublished";

/// A way to look at a recording.
#[derive(Clone, PartialEq, Eq)]
pub struct Playback {
    /// `type`: an open set, in lower case.
    pub kind: String,
    /// Its address, http or https; it may hold a token that opens it.
    pub url: Url,
    /// `length`, minutes.
    pub minutes: Option<u32>,
}

impl std::fmt::Debug for Playback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Playback")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// A recording, as a list says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// `recordID`.
    pub id: String,
    /// `meetingID`: our id of the room; load balancers change it for their tenants.
    pub meeting_id: String,
    /// `state`, in lower case.
    pub state: String,
    /// Unix ms.
    pub start_time: i64,
    /// Unix ms.
    pub end_time: i64,
    /// `participants`.
    pub participants: u32,
    /// Formats; none while it is being made, and of some for ever.
    pub formats: Vec<Playback>,
}

/// An answer to `getRecordings`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordedPage {
    /// What could be read.
    pub items: Vec<Recorded>,
    /// How many elements there were, read or not.
    pub held: usize,
    /// `totalElements`, where this BBB says it.
    pub total: Option<usize>,
}

impl RecordedPage {
    /// Of the answer to `getRecordings`. A document without `recordings` and without `noRecordings` is no list: read as "none", it would
    /// take every recording from the page.
    ///
    /// # Errors
    /// No list.
    pub fn read(root: &Element) -> Result<Self, BbbError> {
        let Some(list) = root.child("recordings") else {
            return if root.text_of("messageKey") == "noRecordings" {
                Ok(Self::default())
            } else {
                Err(BbbError::unreadable("no recordings element"))
            };
        };
        let all = list.children.iter().filter(|child| child.name == "recording");
        let items: Vec<Option<Recorded>> = all.map(recorded).collect();
        // Early 2.6 says it within `pagination`.
        let paged = root.child("pagination").unwrap_or(root);
        let total = paged.number("totalElements").and_then(|n| usize::try_from(n).ok());
        Ok(Self {
            held: items.len(),
            items: items.into_iter().flatten().collect(),
            total,
        })
    }
}

fn recorded(one: &Element) -> Option<Recorded> {
    let id = one.some_text_of("recordID")?;
    let start_time = one.number("startTime")?;
    let formats = one.child("playback").map(|p| {
        let formats = p.children.iter().filter(|child| child.name == "format");
        formats.filter_map(playback).collect()
    });
    Some(Recorded {
        id,
        meeting_id: one.text_of("meetingID").to_owned(),
        state: one.text_of("state").to_ascii_lowercase(),
        start_time,
        end_time: one.number("endTime").unwrap_or(start_time),
        participants: one
            .number("participants")
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(0),
        formats: formats.unwrap_or_default(),
    })
}

/// What can't be opened by a browser, or would run something in it, is no way to look.
fn playback(one: &Element) -> Option<Playback> {
    let kind = one.text_of("type").to_ascii_lowercase();
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if !(1..=40).contains(&kind.len()) || !kind.bytes().all(plain) {
        return None;
    }
    let text = one.text_of("url");
    let url = Url::parse(text)
        .ok()
        .filter(|url| text.len() <= 2000 && matches!(url.scheme(), "http" | "https") && url.has_host())
        .filter(|url| url.username().is_empty() && url.password().is_none())?;
    let minutes = one.number("length").and_then(|n| u32::try_from(n).ok());
    Some(Playback { kind, url, minutes })
}

/// Whether a recording, of which BBB says that it is of `said`, is of the room with this id: servers that were asked for one room have answered with others' (§10.10).
/// `sessions` are BBB's own ids of the sessions that we opened there, which a load balancer leaves as they are.
pub fn is_of(record: &str, said: &str, room: &str, sessions: &[String]) -> bool {
    let internal = Digest::Sha1.hex(&[room.as_bytes()]);
    said == room
        || sessions.iter().any(|s| s == record)
        || record.strip_prefix(&internal).is_some_and(|rest| rest.starts_with('-'))
}

/// What a recording-ready callback says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Ready {
    /// Our id of the room.
    pub meeting_id: String,
    /// `recordID`.
    pub record_id: String,
}

/// Why a recording-ready callback is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadyRefusal {
    /// Not signed with our secret, or with another algorithm than HS256 or HS512.
    #[error("not signed by our secret")]
    NotSigned,
    /// No form with `signed_parameters`, or signed and not of the form that BBB sends.
    #[error("unreadable callback")]
    Unreadable,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
}

/// Reads the body of a recording-ready callback: a form with `signed_parameters`, a JWT signed with the shared secret. The two algorithms
/// are those that BBB (HS256) and Scalelite (HS512, where it is set so) sign with, both by this one secret; the header picks between the two
/// and can't pick another thing: `none` and public-key algorithms are refused before anything is computed.
///
/// # Errors
/// [`ReadyRefusal`].
pub fn read_ready(body: &[u8], secret: &SecretString) -> Result<Ready, ReadyRefusal> {
    if body.len() > READY_CAP {
        return Err(ReadyRefusal::Unreadable);
    }
    let token = url::form_urlencoded::parse(body)
        .find(|(name, _)| name == "signed_parameters")
        .map(|(_, value)| value.into_owned())
        .ok_or(ReadyRefusal::Unreadable)?;
    let (signed, signature) = token.rsplit_once('.').ok_or(ReadyRefusal::Unreadable)?;
    let (header, payload) = signed.split_once('.').ok_or(ReadyRefusal::Unreadable)?;
    let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| ReadyRefusal::Unreadable);
    let header: Header = serde_json::from_slice(&bytes(header)?).map_err(|_| ReadyRefusal::Unreadable)?;
    let (signature, key) = (bytes(signature)?, secret.expose_secret().as_bytes());
    // `verify_slice` compares in constant time.
    let holds = match header.alg.as_str() {
        "HS256" => Hmac::<Sha256>::new_from_slice(key)
            .is_ok_and(|mac| mac.chain_update(signed).verify_slice(&signature).is_ok()),
        "HS512" => Hmac::<Sha512>::new_from_slice(key)
            .is_ok_and(|mac| mac.chain_update(signed).verify_slice(&signature).is_ok()),
        _ => false,
    };
    if !holds {
        return Err(ReadyRefusal::NotSigned);
    }
    serde_json::from_slice(&bytes(payload)?).map_err(|_| ReadyRefusal::Unreadable)
}

#[cfg(test)]
#[path = "recordings_tests.rs"]
mod tests;
