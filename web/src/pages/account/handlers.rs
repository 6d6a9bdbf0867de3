//! `/login`, `/logout`, `/account`.

use amphi_events::ids::PersonId;
use axum::extract::{Form, Query, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde::Deserialize;

use super::next::same_site;
use super::tokens::TokenLine;
use super::view::{self, AccountView, LoginProblem, LoginView, SessionLine};
use crate::Web;
use crate::api::problem::Problem;
use crate::auth::address::ClientAddress;
use crate::auth::sign_in::{SignInError, SignedInNow, sign_in, sign_out};
use crate::auth::{cookie, language, ways_in};
use crate::i18n::{T, times};
use crate::pages::common::{Reader, Shown, see};

/// What stands behind the question mark of `/login`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    next: String,
}

/// The sign-in form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Credentials {
    next: String,
    login: String,
    password: String,
}

pub(super) fn page(web: &Web, reader: &Reader, next: &str, login: &str, problem: LoginProblem) -> Response {
    let view = LoginView {
        next: next.to_owned(),
        login: login.to_owned(),
        problem,
        ways: crate::auth::outside::list(web),
        demo: web.settings.demo_accounts.clone(),
    };
    let mut answer = reader.page(view::login(&reader.frame, &view));
    answer
        .headers_mut()
        .insert(header::CACHE_CONTROL, axum::http::HeaderValue::from_static("no-store"));
    answer
}

/// `GET /login`.
pub async fn form(State(web): State<Web>, reader: Reader, Query(asked): Query<Asked>) -> Response {
    let next = same_site(&asked.next);
    // The demo's visitor changes accounts here; elsewhere a person signed in has nothing to do on this page.
    if reader.me.is_some() && web.settings.demo_accounts.is_empty() {
        return see(next);
    }
    page(&web, &reader, next, "", LoginProblem::None)
}

/// `POST /login`.
pub async fn enter(
    State(web): State<Web>,
    reader: Reader,
    address: ClientAddress,
    Form(given): Form<Credentials>,
) -> Response {
    let next = same_site(&given.next);
    let (key, status, wait) = match sign_in(&web, &given.login, &given.password, address.0).await {
        Ok(now) => {
            return signed_in(&web, &reader, next, now).await;
        }
        Err(SignInError::Wrong) => (T::WrongLogin, StatusCode::UNAUTHORIZED, None),
        Err(SignInError::TooMany { retry_after }) => {
            (T::LoginThrottled, StatusCode::TOO_MANY_REQUESTS, Some(retry_after))
        }
        Err(SignInError::Unavailable) => (T::ErrorLong, StatusCode::SERVICE_UNAVAILABLE, Some(2)),
    };
    let problem = LoginProblem::Local(reader.frame.t(key).to_owned());
    let mut answer = page(&web, &reader, next, &given.login, problem);
    *answer.status_mut() = status;
    if let Some(seconds) = wait {
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    answer
}

/// The way on of somebody who was just signed in.
pub(super) async fn signed_in(web: &Web, reader: &Reader, next: &str, now: SignedInNow) -> Response {
    language::signed_in(web, now.identity.person, &reader.headers).await;
    // The session that the browser held before is nobody's way in any more.
    if let Err(error) = sign_out(web, &reader.headers).await {
        tracing::warn!(%error, "an old login session could not be ended");
    }
    let mut answer = see(next);
    answer.headers_mut().append(header::SET_COOKIE, now.cookie);
    answer
}

/// `GET /logout`.
pub async fn leaving(reader: Reader) -> Response {
    if reader.me.is_none() {
        return see("/");
    }
    reader.page(view::leaving(&reader.frame))
}

/// `POST /logout`.
pub async fn leave(State(web): State<Web>, reader: Reader) -> Response {
    let shown = sign_out(&web, &reader.headers)
        .await
        .map_err(|e| Problem::unavailable("nobody can be signed out", e).into());
    reader.answer(shown.map(|cookie| {
        let mut answer = see("/");
        answer.headers_mut().append(header::SET_COOKIE, cookie);
        answer
    }))
}

/// `GET /account`.
pub async fn account(State(web): State<Web>, reader: Reader) -> Response {
    reader.answer(shown(&web, &reader).await)
}

/// A person's tokens, as pages list them.
pub(crate) async fn token_lines(web: &Web, person: PersonId) -> Result<Vec<TokenLine>, Problem> {
    let tokens = web
        .store
        .list_tokens(person)
        .await
        .map_err(|e| Problem::unavailable("tokens can't be read", e))?;
    let (now, zone) = (web.sources.now(), web.settings.time_zone.as_str());
    Ok(tokens
        .into_iter()
        .map(|t| TokenLine {
            ended: t.ended(now),
            id: t.id,
            label: t.name,
            created: times::exact(t.created, zone),
            scopes: t.scopes,
            ends: t.ends.map(|t| times::exact(t, zone)),
            used: t.used.map(|t| times::exact(t, zone)),
        })
        .collect())
}

/// What a person signs in with elsewhere: house, login there.
async fn identity_lines(web: &Web, person: PersonId) -> Result<Vec<(String, String)>, Problem> {
    let tied = web
        .store
        .identities_of(person)
        .await
        .map_err(|e| Problem::unavailable("identities can't be read", e))?;
    Ok(tied.into_iter().map(|t| (t.provider, t.profile.login)).collect())
}

async fn shown(web: &Web, reader: &Reader) -> Shown {
    let me = reader.person()?;
    let view = AccountView {
        login: me.login.clone(),
        name: me.name.clone(),
        role: Some(me.role),
        mail: web
            .store
            .mails_of(&[me.person])
            .await
            .map_err(|e| Problem::unavailable("accounts can't be read", e))?
            .remove(&me.person),
        tokens: token_lines(web, me.person).await?,
        sessions: crate::api::me::sessions(web, me)
            .await?
            .into_iter()
            .map(|(s, created)| SessionLine {
                id: s.id,
                created: times::exact(created, &web.settings.time_zone),
                address: s.address,
                current: s.current,
            })
            .collect(),
        calendar: crate::pages::calendar::address(web, me.person).await?,
        identities: identity_lines(web, me.person).await?,
    };
    Ok(reader.page(view::account(&reader.frame, &view)))
}

/// The button that signs out everywhere.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Everywhere {
    everywhere: String,
}

/// `POST /account`: signs out everywhere. API tokens stay; they are revoked one by one.
pub async fn everywhere(State(web): State<Web>, reader: Reader, Form(asked): Form<Everywhere>) -> Response {
    // The page's other forms want a script: sent without one they came here, and a new password was answered by a sign-out.
    if asked.everywhere.is_empty() {
        return reader.answer(shown(&web, &reader).await);
    }
    reader.answer(signed_out(&web, &reader).await)
}

async fn signed_out(web: &Web, reader: &Reader) -> Shown {
    let me = reader.person()?;
    let told = ways_in::sign_out_everywhere(web, me.act(web), me.person).await;
    told.map_err(Problem::from)?;
    let mut answer = see("/login");
    answer
        .headers_mut()
        .append(header::SET_COOKIE, cookie::drop_it(&web.settings));
    Ok(answer)
}
