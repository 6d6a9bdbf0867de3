//! The way back of somebody who came by a direct key. BBB sends the browser to an address of ours when it refuses, and whoever reads BBB's
//! log reads that address: the key must not stand in it, or it opens the meeting to them. So the browser keeps it for a while.

use amphi_events::ids::MeetingId;
use axum::http::{HeaderMap, HeaderValue};

use crate::WebSettings;
use crate::auth::cookie;

/// How long a refusal of BBB may take, in seconds: with a guest policy a moderator has to say it.
const LASTS_S: u32 = 3600;

fn name(meeting: MeetingId) -> String {
    format!("amphi_key_{meeting}")
}

/// A `Set-Cookie` value that keeps the key for this meeting's door alone. `None`: it is none that a cookie takes.
pub fn keep(settings: &WebSettings, meeting: MeetingId, key: &str) -> Option<HeaderValue> {
    let plain = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric());
    let secure = if cookie::secure(settings) { "; Secure" } else { "" };
    let text = format!(
        "{}={key}; Max-Age={LASTS_S}; Path=/join/{meeting}; HttpOnly; SameSite=Lax{secure}",
        name(meeting)
    );
    HeaderValue::try_from(text).ok().filter(|_| plain)
}

/// The key that the browser kept.
pub fn key(headers: &HeaderMap, meeting: MeetingId) -> Option<&str> {
    let key = cookie::value_of(headers, &name(meeting), 128)?;
    key.bytes().all(|b| b.is_ascii_alphanumeric()).then_some(key)
}
