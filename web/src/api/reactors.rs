//! The reactors' work, for administrators.

use amphi_events::reactor::ReactorCommand;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::{Code, Problem, ProblemBody};
use super::request::{Page, place};
use crate::Web;
use crate::auth::Administrator;

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(try_again))
}

/// A reactor's work.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReactorOut {
    /// Its name.
    pub name: &'static str,
    /// How many sessions, lives, gateways or mails it has in hand.
    pub in_hand: usize,
    /// Events of the log it has not looked at yet.
    pub lag: u64,
    /// The last error; null once the work went on.
    pub last_error: Option<String>,
    /// When that was.
    pub last_error_at: Option<String>,
}

/// What each reactor has in hand, and what went wrong last.
#[utoipa::path(get, path = "/reactors", tag = "health", responses((status = 200, body = Page<ReactorOut>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn list(State(web): State<Web>, _: Administrator) -> axum::Json<Page<ReactorOut>> {
    let items = web
        .works
        .states()
        .into_iter()
        .map(|w| {
            let (last_error, last_error_at) = w.last_error.unzip();
            ReactorOut {
                name: w.reactor,
                in_hand: w.in_hand,
                lag: w.lag,
                last_error,
                last_error_at,
            }
        })
        .collect();
    axum::Json(Page { items, next: None })
}

/// Tries what waits now, rather than after its waiting time: for somebody who has just mended what stood in the way.
#[utoipa::path(post, path = "/reactors/{name}/try-again", tag = "health", params(("name" = String, Path)), responses((status = 202), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn try_again(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    if !web.works.states().iter().any(|w| w.reactor == name) {
        return Err(Code::NotFound.into());
    }
    let act = me.act(&web);
    let reactors = &web.aggregates.reactors;
    let done = reactors.execute(&name, ReactorCommand::TryAgain, act).await?;
    web.works.try_again(&name);
    let mut answer = StatusCode::ACCEPTED.into_response();
    place(&mut answer, Some(done.position));
    Ok(answer)
}
