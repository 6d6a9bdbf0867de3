//! Who asks: local accounts, login sessions, API tokens, roles, and where a request comes from.
//!
//! A login session is a cookie whose hash stands in the small store; an API token is the same with a
//! bearer header. Neither is ever compared by anything but its hash, and neither is logged.

pub mod accounts;
pub mod address;
pub mod cookie;
pub mod extract;
pub mod origin;
pub mod password;
pub mod sign_in;
pub mod throttle;

use amphi_events::ids::PersonId;
use amphi_events::person::Role;
use axum::http::{HeaderMap, header};
use sha2::{Digest, Sha256};

use crate::Web;

pub use extract::{Administrator, Auditor, MaybePerson, Planner, Rejected, SignedIn};

/// How somebody proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// A login session: the hash of its cookie.
    Session(Vec<u8>),
    /// An API token: its id.
    Token(String),
}

/// Somebody signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who.
    pub person: PersonId,
    /// What signs in.
    pub login: String,
    /// What is shown.
    pub name: String,
    /// What the person may do everywhere.
    pub role: Role,
    /// How it was proved.
    pub via: Via,
}

/// The small store can't say who this is: neither signed in nor signed out may be assumed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("sign-in can't be checked now: {0}")]
pub struct AuthUnavailable(pub String);

/// Hash under which a session's cookie or a token stands in the store.
pub fn secret_hash(secret: &str) -> Vec<u8> {
    let mut h = Sha256::new();
    h.update(b"amphi/secret/1");
    h.update(secret.as_bytes());
    h.finalize().to_vec()
}

/// The token of an `Authorization: Bearer` header.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim())
        .filter(|t| !t.is_empty())
}

/// Who asks, by bearer token or (where `allow_cookie`) by session cookie. `Ok(None)`: nobody, or a proof
/// that holds no more. A request with a bearer header is judged by it alone: a cookie beside it is not looked at.
///
/// # Errors
/// The store can't be read.
pub async fn identify(web: &Web, headers: &HeaderMap, allow_cookie: bool) -> Result<Option<Identity>, AuthUnavailable> {
    if headers.contains_key(header::AUTHORIZATION) {
        let Some(token) = bearer(headers) else { return Ok(None) };
        return sign_in::by_token(web, token).await;
    }
    if !allow_cookie {
        return Ok(None);
    }
    match cookie::session_of(&web.settings, headers) {
        Some(secret) => sign_in::by_session(web, secret).await,
        None => Ok(None),
    }
}
