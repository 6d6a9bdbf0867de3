//! A person's ways in, for administrators: API tokens, and the end of all access.

use amphi_events::ids::PersonId;
use amphi_events::store::secrets::CALENDAR;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::me::secret_answer;
use super::people::{account, another_administrator};
use super::problem::{Code, Problem, ProblemBody};
use super::request::{Body, Page, id};
use super::tokens::{NewToken, TokenMade, TokenOut, made, outs};
use crate::Web;
use crate::auth::Administrator;
use amphi_hub::CloseReason;

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list, make))
        .routes(routes!(revoke))
        .routes(routes!(close))
}

/// A person's tokens, oldest first.
#[utoipa::path(get, path = "/people/{id}/tokens", tag = "people", params(("id" = String, Path)), responses((status = 200, body = Page<TokenOut>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn list(
    State(web): State<Web>,
    _: Administrator,
    Path(which): Path<String>,
) -> Result<axum::Json<Page<TokenOut>>, Problem> {
    let id: PersonId = id(&which)?;
    account(&web, id).await?;
    Ok(axum::Json(outs(&web, id).await?))
}

/// Makes a token with the person's rights, as `amphi token new` does: for a program that acts under an account of its own.
#[utoipa::path(post, path = "/people/{id}/tokens", tag = "people", request_body = NewToken, params(("id" = String, Path)), responses((status = 201, body = TokenMade), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn make(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path(which): Path<String>,
    Body(new): Body<NewToken>,
) -> Result<Response, Problem> {
    let id: PersonId = id(&which)?;
    account(&web, id).await?;
    let body = made(&web, &me, id, &new).await?;
    Ok(secret_answer((StatusCode::CREATED, axum::Json(body)).into_response()))
}

/// Ends a token of a person at once.
#[utoipa::path(delete, path = "/people/{id}/tokens/{token}", tag = "people", params(("id" = String, Path), ("token" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn revoke(
    State(web): State<Web>,
    _: Administrator,
    Path((which, token)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let id: PersonId = id(&which)?;
    let gone = web.store.revoke_token(id, &token).await;
    if !gone.map_err(|e| Problem::unavailable("a token can't be ended", e))? {
        return Err(Code::NotFound.into());
    }
    web.taken_away(id).await;
    web.hub.kick_token(&token);
    Ok(StatusCode::NO_CONTENT)
}

/// Closes every way in: the password, the login sessions, the API tokens and the calendar's address are gone, identities of other houses are
/// shut, open pages are signed out. The account and
/// what it did stay; a new password opens it again.
#[utoipa::path(delete, path = "/people/{id}/access", tag = "people", params(("id" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn close(State(web): State<Web>, _: Administrator, Path(which): Path<String>) -> Result<StatusCode, Problem> {
    let id: PersonId = id(&which)?;
    let held = account(&web, id).await?;
    if held.role.administers() && !another_administrator(&web, id).await? {
        return Err(Code::LastAdministrator.into());
    }
    let failed = |e| Problem::unavailable("access can't be taken away", e);
    // The password first: whoever holds it must not sign in again between the steps.
    web.store.set_password(id, None).await.map_err(failed)?;
    web.store.shut_identities(id, true).await.map_err(failed)?;
    // Its address is a way in too: whoever left would go on reading what is planned.
    web.store
        .delete_secret(CALENDAR, &id.to_string())
        .await
        .map_err(failed)?;
    // Who signed in with it just now has a session, and it goes with the others.
    web.taken_away(id).await;
    web.store.delete_sessions(id).await.map_err(failed)?;
    loop {
        let tokens = web.store.list_tokens(id).await.map_err(failed)?;
        for token in &tokens {
            web.store.revoke_token(id, &token.id).await.map_err(failed)?;
        }
        // What was begun under one of these ways in may have been to make another.
        web.taken_away(id).await;
        if tokens.is_empty() {
            break;
        }
    }
    web.hub.kick(id, CloseReason::SignedOut);
    Ok(StatusCode::NO_CONTENT)
}
