//! Signing in and out with a local account, and finding who a cookie or a token stands for.

use std::net::IpAddr;

use amphi_events::Time;
use amphi_events::store::{Account, SessionLimits, StoreError, TokenScopes};
use axum::http::{HeaderMap, HeaderValue};

use super::address::throttle_key;
use super::throttle::{self, Count};
use super::{AuthUnavailable, Identity, Via, cookie, password, secret_hash};
use crate::Web;

/// Why nobody was signed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// Login or password; which of the two isn't told.
    #[error("login or password is wrong")]
    Wrong,
    /// Too many failures.
    #[error("too many tries: wait {retry_after} s")]
    TooMany {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// The store can't be asked.
    #[error("sign-in can't be checked now")]
    Unavailable,
}

/// Somebody was signed in.
#[derive(Debug, Clone)]
pub struct SignedInNow {
    /// Who.
    pub identity: Identity,
    /// Value for a `Set-Cookie` header.
    pub cookie: HeaderValue,
}

/// How long login sessions last, from the settings.
pub fn limits(web: &Web) -> SessionLimits {
    SessionLimits {
        idle_ms: web.settings.session_idle.as_millis() as i64,
        absolute_ms: web.settings.session_max.as_millis() as i64,
    }
}

fn unavailable(error: impl std::fmt::Display) -> SignInError {
    tracing::warn!(%error, "sign-in can't be checked");
    SignInError::Unavailable
}

fn seconds(until: Time, now: Time) -> u64 {
    (until.since_ms(now).max(1) as u64).div_ceil(1000)
}

/// Signs in with login and password. Each sign-in is a session of its own with a fresh secret: an old cookie
/// becomes nobody's way in (see [`sign_out`] for ending the session that it stood for).
///
/// # Errors
/// [`SignInError`].
pub async fn sign_in(web: &Web, login: &str, password: &str, address: IpAddr) -> Result<SignedInNow, SignInError> {
    let (now, login) = (web.sources.now(), login.trim());
    let most = web.settings.sign_in_failures;
    if let Some(retry_after) = throttle::wait(Count::Guesses, address, most, now)
        && !throttle::knows(address, login)
    {
        return Err(SignInError::TooMany { retry_after });
    }
    let pair = format!("sign-in|{}|{}", throttle_key(address), login.to_lowercase());
    // Counted as failed before it is checked: a thousand tries at the same time must not all pass before the first has failed.
    if let Some(until) = web.store.begin_attempt(&pair, now).await.map_err(unavailable)? {
        return Err(SignInError::TooMany {
            retry_after: seconds(until, now),
        });
    }
    let account = web.store.account_by_login(login).await.map_err(unavailable)?;
    let kept = account.as_ref().and_then(|a| a.password_hash.as_deref());
    let right = password::verify(kept, password).await.map_err(unavailable)?;
    let Some(account) = account.filter(|_| right) else {
        throttle::failed(Count::Guesses, address, now);
        return Err(SignInError::Wrong);
    };
    web.store.attempt_succeeded(&pair).await.map_err(unavailable)?;
    throttle::known(address, login);
    // What was compared may be the password of a moment ago: who changed it must be able to trust that the old one is over.
    let _acting = web.acts.begin(account.person).await;
    let now_kept = web.store.account(account.person).await.map_err(unavailable)?;
    let now_kept = now_kept.and_then(|a| a.password_hash);
    // Another sign-in may have made the same password's hash anew in between.
    let same = now_kept == account.password_hash
        || password::verify(now_kept.as_deref(), password)
            .await
            .map_err(unavailable)?;
    if !same {
        return Err(SignInError::Wrong);
    }
    // One that was taken over from another service: now, and only now, its password is known. A failure is told and tried next time.
    if now_kept.as_deref().is_some_and(password::outdated) {
        let renewed = async {
            let hash = password::hash(&web.sources, password)
                .await
                .map_err(|e| e.to_string())?;
            web.store
                .set_password(account.person, Some(&hash))
                .await
                .map_err(|e| e.to_string())
        };
        if let Err(error) = renewed.await {
            tracing::warn!(error, "a password taken over from elsewhere could not be hashed anew");
        }
    }
    open(web, account, address).await.map_err(unavailable)
}

/// Opens a login session for an account that was proved, whatever the way. The caller holds its person's place ([`super::acts`]).
///
/// # Errors
/// The store could not be written.
pub async fn open(web: &Web, account: Account, address: IpAddr) -> Result<SignedInNow, StoreError> {
    let (now, csrf, address) = (web.sources.now(), web.sources.token(26), address.to_string());
    let secret = web
        .store
        .create_session(account.person, now, &csrf, Some(&address))
        .await?;
    let identity = Identity {
        person: account.person,
        login: account.login,
        name: account.name,
        role: account.role,
        via: Via::Session(secret_hash(&secret)),
        scopes: TokenScopes::EVERYTHING,
        ends: None,
        cause: String::new(),
    };
    Ok(SignedInNow {
        identity,
        cookie: cookie::keep(&web.settings, &secret),
    })
}

/// Ends the login session of a request's cookie, and its open sockets. The value is for a `Set-Cookie` header.
///
/// # Errors
/// The store can't be asked: the session still holds.
pub async fn sign_out(web: &Web, headers: &HeaderMap) -> Result<HeaderValue, AuthUnavailable> {
    if let Some(secret) = cookie::session_of(&web.settings, headers) {
        let unavailable = |e: amphi_events::store::StoreError| AuthUnavailable(e.to_string());
        let session = web.store.find_session(secret, web.sources.now(), limits(web)).await;
        let session = session.map_err(unavailable)?;
        web.store.delete_session(secret).await.map_err(unavailable)?;
        if let Some(session) = session {
            web.taken_away(session.person).await;
        }
        web.hub.kick_session(&secret_hash(secret));
    }
    Ok(cookie::drop_it(&web.settings))
}

/// Who a session cookie stands for.
pub(super) async fn by_session(web: &Web, secret: &str) -> Result<Option<Identity>, AuthUnavailable> {
    let unavailable = |e: amphi_events::store::StoreError| AuthUnavailable(e.to_string());
    let now = web.sources.now();
    let Some(session) = web
        .store
        .find_session(secret, now, limits(web))
        .await
        .map_err(unavailable)?
    else {
        return Ok(None);
    };
    let Some(account) = web.store.account(session.person).await.map_err(unavailable)? else {
        return Ok(None);
    };
    // Noted at most once a minute; a full disk must not sign people out, so a failure is only told.
    if let Err(error) = web.store.touch_session(secret, &session, now).await {
        tracing::warn!(%error, "a session's use could not be noted");
    }
    let via = Via::Session(secret_hash(secret));
    Ok(Some(Identity {
        person: account.person,
        login: account.login,
        name: account.name,
        role: account.role,
        via,
        scopes: TokenScopes::EVERYTHING,
        ends: None,
        cause: String::new(),
    }))
}

/// Who an API token stands for.
pub(super) async fn by_token(web: &Web, text: &str) -> Result<Option<Identity>, AuthUnavailable> {
    let unavailable = |e: amphi_events::store::StoreError| AuthUnavailable(e.to_string());
    let Some(token) = web.store.find_token(text).await.map_err(unavailable)? else {
        return Ok(None);
    };
    let now = web.sources.now();
    if token.ended(now) {
        return Ok(None);
    }
    let Some(account) = web.store.account(token.person).await.map_err(unavailable)? else {
        return Ok(None);
    };
    // As with a session: a full disk must not shut programs out.
    if let Err(error) = web.store.touch_token(&token, now).await {
        tracing::warn!(%error, "a token's use could not be noted");
    }
    let (via, scopes, ends) = (Via::Token(token.id), token.scopes, token.ends);
    Ok(Some(Identity {
        person: account.person,
        login: account.login,
        name: account.name,
        role: account.role,
        via,
        scopes,
        ends,
        cause: String::new(),
    }))
}

/// Whether the bearer token of a request is one that was good until its time was over: its program is told so, and not that it is nobody's.
pub(super) async fn token_has_ended(web: &Web, headers: &HeaderMap) -> bool {
    let Some(text) = super::bearer(headers) else {
        return false;
    };
    let found = web.store.find_token(text).await;
    found.is_ok_and(|t| t.is_some_and(|t| t.ended(web.sources.now())))
}
