//! A person's ways in, for administrators: API tokens, and the end of all access.

use amphi_events::ids::PersonId;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::me::secret_answer;
use super::people::{account, another_administrator};
use super::problem::{Code, Problem, ProblemBody};
use super::request::{Body, Page, gone, id};
use super::tokens::{NewToken, TokenMade, TokenOut, made, outs};
use crate::Web;
use crate::auth::{Administrator, accounts};

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
    Ok(secret_answer(body.into_response()))
}

/// Ends a token of a person at once.
#[utoipa::path(delete, path = "/people/{id}/tokens/{token}", tag = "people", params(("id" = String, Path), ("token" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn revoke(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path((which, token)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let id: PersonId = id(&which)?;
    let act = me.act(&web);
    let position = accounts::revoke_token(&web, act, id, &token).await?;
    Ok(gone(Some(position.ok_or(Code::NotFound)?)))
}

/// Closes every way in: the password, the login sessions, the API tokens and the calendar's address are gone, identities of other houses are
/// shut, open pages are signed out. The account and
/// what it did stay; a new password opens it again.
#[utoipa::path(delete, path = "/people/{id}/access", tag = "people", params(("id" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn close(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path(which): Path<String>,
) -> Result<Response, Problem> {
    let id: PersonId = id(&which)?;
    let held = account(&web, id).await?;
    if held.role.administers() && !another_administrator(&web, id).await? {
        return Err(Code::LastAdministrator.into());
    }
    let position = accounts::close_access(&web, me.act(&web), id).await?;
    Ok(gone(Some(position)))
}
