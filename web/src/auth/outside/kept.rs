//! What a browser keeps between setting out to another house and coming back: a cookie for ten minutes. Without it anybody could sign a
//! browser in as themselves, by a link with their own ticket or code.
//!
//! The way back is a GET from another site, so the cookie is `SameSite=Lax`: a strict one would not come along.

use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::WebSettings;
use crate::auth::cookie;

/// How long somebody may take to sign in elsewhere, in seconds.
const LASTS_S: u64 = 600;
/// Characters of an address of ours that is still remembered: a cookie has 4 KiB in all.
const NEXT_MOST: usize = 1000;

/// What is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Which way.
    pub way: String,
    /// Where to go afterwards.
    pub next: String,
    /// What the way needs.
    pub kept: String,
}

fn name(settings: &WebSettings) -> &'static str {
    if cookie::secure(settings) {
        "__Host-amphi_way"
    } else {
        "amphi_way"
    }
}

fn set(settings: &WebSettings, value: &str, age: u64) -> HeaderValue {
    let secure = if cookie::secure(settings) { "; Secure" } else { "" };
    let text = format!(
        "{}={value}; Max-Age={age}; Path=/; HttpOnly; SameSite=Lax{secure}",
        name(settings)
    );
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

impl Kept {
    /// A `Set-Cookie` value.
    pub fn keep(mut self, settings: &WebSettings) -> HeaderValue {
        if self.next.len() > NEXT_MOST {
            self.next = "/".to_owned();
        }
        let json = serde_json::to_vec(&self).unwrap_or_default();
        set(settings, &URL_SAFE_NO_PAD.encode(json), LASTS_S)
    }

    /// What a request carries.
    pub fn of(settings: &WebSettings, headers: &HeaderMap) -> Option<Self> {
        let value = cookie::value_of(headers, name(settings), 4096)?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(value).ok()?).ok()
    }
}

/// A `Set-Cookie` value that says to forget it: an answer is taken once.
pub fn forget(settings: &WebSettings) -> HeaderValue {
    set(settings, "", 0)
}
