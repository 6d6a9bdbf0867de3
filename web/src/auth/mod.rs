//! Who asks: local accounts, login sessions, API tokens, roles, and where a request comes from.
//!
//! A login session is a cookie whose hash stands in the small store; an API token is the same with a
//! bearer header. Neither is ever compared by anything but its hash, and neither is logged.

pub mod accounts;
pub mod acts;
pub mod address;
pub mod cookie;
pub mod extract;
pub mod groups;
pub mod language;
pub mod origin;
pub mod outside;
pub mod password;
pub mod scopes;
pub mod sign_in;
pub mod throttle;
pub mod ways_in;
pub mod webinar;

use amphi_events::ids::PersonId;
use amphi_events::person::Role;
use amphi_events::store::TokenScopes;
use amphi_events::{Act, Actor, Time};
use axum::http::{Extensions, HeaderMap, header};

use crate::api::problem::{Code, Problem};
use crate::api::request::RequestId;
use crate::{Web, WebSettings};

pub use extract::{Administrator, Auditor, MaybePerson, Planner, Rejected, SignedIn};

pub use amphi_hub::Via;

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
    /// What that proof may be used for: everything, unless it is a token that was limited.
    pub scopes: TokenScopes,
    /// When that proof ends by itself, where it is a token with an end.
    pub ends: Option<Time>,
    /// What they ask by, as the events of their acts say it ([`asked_by`]): the request, or the one that opened their websocket.
    pub cause: String,
}

/// The cause of what a request does: `request:` and its id, as `x-request-id` of the answer and the program's own log say it.
pub fn asked_by(extensions: &Extensions) -> String {
    extensions.get::<RequestId>().map(RequestId::cause).unwrap_or_default()
}

impl Identity {
    /// An act of theirs, now, with what led to it.
    pub fn act(&self, web: &Web) -> Act {
        Act::by(Actor::person(self.person), web.sources.now()).cause(self.cause.clone())
    }

    /// The same under the pseudonym by which a session or a chat knows them.
    pub fn act_as(&self, web: &Web, who: &str) -> Act {
        Act::by(Actor::who(who), web.sources.now()).cause(self.cause.clone())
    }

    /// The same person, by the same proof, as of now: what was looked up when the request came may be over.
    ///
    /// # Errors
    /// Signed out since, or the store can't be read.
    pub async fn again(&self, web: &Web, headers: &HeaderMap) -> Result<Self, Problem> {
        let found = identify(web, headers, true)
            .await
            .map_err(|e| Problem::unavailable("sign-in can't be checked", e))?;
        found
            .filter(|i| i.person == self.person && i.via == self.via)
            .map(|i| Self {
                cause: self.cause.clone(),
                ..i
            })
            .ok_or_else(|| Code::SignedOut.into())
    }
}

/// The small store can't say who this is: neither signed in nor signed out may be assumed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("sign-in can't be checked now: {0}")]
pub struct AuthUnavailable(pub String);

/// Hash under which a session's cookie stands in the store; the hub knows its sockets by the same, so that a session that is ended
/// from a list, where nobody has its cookie, ends its sockets too.
pub fn secret_hash(secret: &str) -> Vec<u8> {
    amphi_events::store::sessions::session_hash(secret)
}

/// The token of an `Authorization: Bearer` header.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim())
        .filter(|t| !t.is_empty())
}

/// What a request carries to say who asks, and nothing else of it.
#[derive(Clone)]
pub enum Proof {
    /// A bearer token.
    Token(String),
    /// The secret of a session cookie.
    Session(String),
    /// Nothing that could be one.
    None,
}

impl Proof {
    /// Of a request, where cookies count if `allow_cookie`. One with an `Authorization` header is judged by it alone: a cookie beside it
    /// is not looked at.
    pub fn of(settings: &WebSettings, headers: &HeaderMap, allow_cookie: bool) -> Self {
        if headers.contains_key(header::AUTHORIZATION) {
            return bearer(headers).map_or(Self::None, |token| Self::Token(token.to_owned()));
        }
        let secret = allow_cookie.then(|| cookie::session_of(settings, headers)).flatten();
        secret.map_or(Self::None, |secret| Self::Session(secret.to_owned()))
    }
}

/// Who asks, by bearer token or (where `allow_cookie`) by session cookie. `Ok(None)`: nobody, or a proof that holds no more.
///
/// # Errors
/// The store can't be read.
pub async fn identify(web: &Web, headers: &HeaderMap, allow_cookie: bool) -> Result<Option<Identity>, AuthUnavailable> {
    identify_by(web, &Proof::of(&web.settings, headers, allow_cookie)).await
}

/// Who that proves.
///
/// # Errors
/// The store can't be read.
pub async fn identify_by(web: &Web, proof: &Proof) -> Result<Option<Identity>, AuthUnavailable> {
    match proof {
        Proof::Token(token) => sign_in::by_token(web, token).await,
        Proof::Session(secret) => sign_in::by_session(web, secret).await,
        Proof::None => Ok(None),
    }
}
