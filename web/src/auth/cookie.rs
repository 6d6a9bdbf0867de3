//! The cookie of a login session.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::WebSettings;

/// Name without the prefix.
const NAME: &str = "amphi_session";
/// Characters of the cookie's secret: 52 × 5 bits.
pub const SECRET_CHARS: usize = 52;

/// Whether people use the service through TLS.
pub fn secure(settings: &WebSettings) -> bool {
    settings.public_url.starts_with("https://")
}

/// `__Host-amphi_session` under https (no other host of the domain can set that one), else `amphi_session`.
pub fn name(settings: &WebSettings) -> &'static str {
    if secure(settings) { "__Host-amphi_session" } else { NAME }
}

/// The secret of the session cookie that a request carries.
pub fn session_of<'a>(settings: &WebSettings, headers: &'a HeaderMap) -> Option<&'a str> {
    value_of(headers, name(settings), 128)
}

/// The value of a cookie of at most so many bytes.
pub fn value_of<'a>(headers: &'a HeaderMap, name: &str, most: usize) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(n, v)| *n == name && !v.is_empty() && v.len() <= most)
        .map(|(_, v)| v)
}

fn attributes(settings: &WebSettings) -> &'static str {
    if secure(settings) {
        "; Path=/; HttpOnly; SameSite=Lax; Secure"
    } else {
        "; Path=/; HttpOnly; SameSite=Lax"
    }
}

/// A `Set-Cookie` value that says to keep `secret` (32-letter alphabet of [`amphi_events::Sources::token`]) as long as
/// the session may last.
pub fn keep(settings: &WebSettings, secret: &str) -> HeaderValue {
    let text = format!(
        "{}={secret}; Max-Age={}{}",
        name(settings),
        settings.session_max.as_secs(),
        attributes(settings)
    );
    HeaderValue::try_from(text).unwrap_or_else(|_| drop_it(settings))
}

/// A `Set-Cookie` value that says to forget it.
pub fn drop_it(settings: &WebSettings) -> HeaderValue {
    let text = format!("{}=; Max-Age=0{}", name(settings), attributes(settings));
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
