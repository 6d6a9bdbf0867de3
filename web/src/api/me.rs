//! Oneself: signing in and out for programs and pages, and who one is.

use amphi_events::store::TokenScope;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::people::written_to;
use super::problem::{Code, Problem, ProblemBody};
use super::request::{Body, Page, gone};
use crate::auth::address::ClientAddress;
use crate::auth::cookie;
use crate::auth::sign_in::{SignInError, limits, sign_in, sign_out};
use crate::auth::{Identity, SignedIn, Via, accounts, ways_in};
use crate::{Web, WebSettings};

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(open, close))
        .routes(routes!(me))
        .routes(routes!(list_sessions))
        .routes(routes!(end_session))
        .routes(routes!(change_password))
        .routes(routes!(change_mail))
}

/// Login and password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// Login.
    pub login: String,
    /// Password.
    pub password: String,
}

/// Who one is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// Id.
    pub id: String,
    /// Login.
    pub login: String,
    /// Name shown.
    pub name: String,
    /// What one may do everywhere.
    pub role: &'static str,
    /// `plan`, `audit`, `administer`.
    pub may: Vec<&'static str>,
    /// What the proof of this call may be used for: all of it, unless it is a token that was limited.
    pub scopes: Vec<&'static str>,
}

impl Me {
    fn of(i: &Identity, settings: &WebSettings) -> Self {
        let may = [
            ("plan", settings.may_plan(i.role)),
            ("audit", i.role.audits()),
            ("administer", i.role.administers()),
        ];
        Self {
            id: i.person.to_string(),
            login: i.login.clone(),
            name: i.name.clone(),
            role: i.role.as_str(),
            may: may.into_iter().filter_map(|(what, may)| may.then_some(what)).collect(),
            scopes: i.scopes.list().into_iter().map(TokenScope::as_str).collect(),
        }
    }
}

pub(super) fn secret_answer(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Signs in; the session is in the cookie of the answer. A session that the request's cookie stood for is over.
#[utoipa::path(post, path = "/session", tag = "me", request_body = Credentials, responses((status = 200, body = Me), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn open(
    State(web): State<Web>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Body(c): Body<Credentials>,
) -> Result<Response, Problem> {
    let now = sign_in(&web, &c.login, &c.password, address).await.map_err(refused)?;
    if let Err(error) = sign_out(&web, &headers).await {
        tracing::warn!(%error, "the session before this one could not be ended");
    }
    let mut response = axum::Json(Me::of(&now.identity, &web.settings)).into_response();
    response.headers_mut().insert(header::SET_COOKIE, now.cookie);
    Ok(secret_answer(response))
}

/// Signs out: the session is over, and its open sockets are closed.
#[utoipa::path(delete, path = "/session", tag = "me", responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn close(State(web): State<Web>, headers: HeaderMap) -> Result<Response, Problem> {
    let had = cookie::session_of(&web.settings, &headers).is_some();
    let drop_it = sign_out(&web, &headers)
        .await
        .map_err(|e| Problem::unavailable("a session can't be ended", e))?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    if had {
        response.headers_mut().insert(header::SET_COOKIE, drop_it);
    }
    Ok(response)
}

/// Who one is.
#[utoipa::path(get, path = "/me", tag = "me", responses((status = 200, body = Me), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn me(State(web): State<Web>, SignedIn(me): SignedIn) -> axum::Json<Me> {
    axum::Json(Me::of(&me, &web.settings))
}

/// A login session.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoginSessionOut {
    /// Its id.
    pub id: String,
    /// Since when.
    pub created_at: String,
    /// When it was used last, to the minute.
    pub seen_at: String,
    /// From where it was begun.
    pub address: Option<String>,
    /// The one of this very call.
    pub current: bool,
}

/// One's own login sessions that hold, the last used first.
pub async fn sessions(web: &Web, me: &Identity) -> Result<Vec<(LoginSessionOut, amphi_events::Time)>, Problem> {
    let listed = web
        .store
        .list_sessions(me.person, web.sources.now(), limits(web))
        .await
        .map_err(|e| Problem::unavailable("sign-ins can't be read", e))?;
    Ok(listed
        .into_iter()
        .map(|s| {
            let out = LoginSessionOut {
                current: matches!(&me.via, Via::Session(hash) if *hash == s.hash),
                id: s.id,
                created_at: s.created.rfc3339(),
                seen_at: s.seen.rfc3339(),
                address: s.address,
            };
            (out, s.created)
        })
        .collect())
}

/// One's own login sessions, the last used first.
#[utoipa::path(get, path = "/me/sessions", tag = "me", responses((status = 200, body = Page<LoginSessionOut>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn list_sessions(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
) -> Result<axum::Json<Page<LoginSessionOut>>, Problem> {
    let items = sessions(&web, &me).await?.into_iter().map(|(s, _)| s).collect();
    Ok(axum::Json(Page { items, next: None }))
}

/// Ends one of one's own login sessions; its open sockets are closed at once.
#[utoipa::path(delete, path = "/me/sessions/{id}", tag = "me", params(("id" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn end_session(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let ended = ways_in::end_session(&web, me.act(&web), me.person, &id).await?;
    ended
        .map(|_| StatusCode::NO_CONTENT)
        .ok_or_else(|| Code::NotFound.into())
}

/// A new password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The password until now.
    pub old: String,
    /// At least 8 characters.
    pub password: String,
}

/// Changes one's password. Every login session ends; the one that asks goes on with the cookie of the answer.
#[utoipa::path(put, path = "/me/password", tag = "me", request_body = NewPassword, responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn change_password(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    ClientAddress(address): ClientAddress,
    Body(new): Body<NewPassword>,
) -> Result<Response, Problem> {
    // Whoever found a page open, or holds a token, must not get further than that: the old password is asked for, and
    // counted like a sign-in.
    sign_in(&web, &me.login, &new.old, address).await.map_err(|e| match e {
        SignInError::Wrong => Problem::new(Code::OldPassword),
        other => refused(other),
    })?;
    accounts::set_password(&web, me.act(&web), me.person, &new.password).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    if matches!(me.via, Via::Session(_)) {
        let now = sign_in(&web, &me.login, &new.password, address)
            .await
            .map_err(refused)?;
        response.headers_mut().insert(header::SET_COOKIE, now.cookie);
    }
    Ok(secret_answer(response))
}

/// Where one is written to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMail {
    /// A mail address; null: none.
    pub mail: Option<String>,
}

/// Says at which address one is written to, where no other house that one signs in by says it.
#[utoipa::path(put, path = "/me/mail", tag = "me", request_body = NewMail, responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn change_mail(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Body(new): Body<NewMail>,
) -> Result<Response, Problem> {
    let act = me.act(&web);
    Ok(gone(
        written_to(&web, act, me.person, new.mail.as_deref().unwrap_or_default()).await?,
    ))
}

fn refused(e: SignInError) -> Problem {
    match e {
        SignInError::Wrong => Problem::new(Code::WrongCredentials),
        SignInError::TooMany { retry_after } => Problem::new(Code::TooManyTries).retry_after(retry_after),
        SignInError::Unavailable => Problem::new(Code::Unavailable).retry_after(2),
    }
}
