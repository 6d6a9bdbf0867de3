//! The picture that a broadcaster shows before and after lives that have none of their own (census §5.1). Administrators only.

use amphi_events::Position;
use amphi_events::broadcaster::BroadcasterCommand;
use amphi_events::ids::{BroadcasterId, PictureId};
use amphi_events::page::HoldPicture;
use axum::body::Body as Raw;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::live_door::{Named, PictureOut, sent, take};
use super::meetings::slides::announced;
use super::meetings::view::settle;
use super::problem::{Code, Problem, ProblemBody};
use super::request::{Query, Written, gone, id};
use crate::Web;
use crate::auth::{Administrator, Identity};

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(set, drop_it))
}

/// Where an administrator looks at it. Viewers fetch it under the address of the live that it stands in for.
pub fn path(broadcaster: BroadcasterId, picture: PictureId) -> String {
    format!("/admin/broadcasters/{broadcaster}/picture/{picture}")
}

async fn held(web: &Web, which: &str) -> Result<(BroadcasterId, Option<HoldPicture>), Problem> {
    let id: BroadcasterId = id(which)?;
    let look = web.aggregates.broadcasters.look(id).await;
    let b = look
        .map_err(|e| Problem::unavailable("a broadcaster can't be read", e))?
        .state;
    if b.name.is_none() || b.removed {
        return Err(Code::NotFound.into());
    }
    Ok((id, b.details.picture))
}

async fn show(
    web: &Web,
    me: &Identity,
    id: BroadcasterId,
    before: Option<HoldPicture>,
    picture: Option<HoldPicture>,
) -> Result<Position, Problem> {
    let command = BroadcasterCommand::Picture(picture);
    let done = web.aggregates.broadcasters.execute(id, command, me.act(web)).await?;
    settle(web, done.position).await;
    // Not before the log says that it is shown no more.
    if let Some(before) = before {
        web.shelf.drop_picture(before.id).await?;
    }
    Ok(done.position)
}

/// Sets the picture that is shown before and after lives that have none of their own; the body is the file. Limits as for slides.
#[utoipa::path(put, path = "/broadcasters/{id}/picture", tag = "gateways", request_body(content = Vec<u8>, content_type = "application/octet-stream"), params(("id" = String, Path), Named), responses((status = 200, body = PictureOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn set(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path(which): Path<String>,
    Query(named): Query<Named>,
    headers: HeaderMap,
    body: Raw,
) -> Result<Written<PictureOut>, Problem> {
    let (id, before) = held(&web, &which).await?;
    let file = web.shelf.read(announced(&headers), body).await?;
    let picture = take(&web, &named.name, file).await?;
    let url = path(id, picture.id);
    let position = show(&web, &me, id, before, Some(picture)).await?;
    Ok(Written::done(position, PictureOut { url }))
}

/// Takes the picture away.
#[utoipa::path(delete, path = "/broadcasters/{id}/picture", tag = "gateways", params(("id" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn drop_it(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path(which): Path<String>,
) -> Result<Response, Problem> {
    let (id, before) = held(&web, &which).await?;
    Ok(gone(Some(show(&web, &me, id, before, None).await?)))
}

/// `GET /admin/broadcasters/{id}/picture/{picture}`: for administrators.
///
/// # Errors
/// 401, 403, 404, 503.
pub async fn picture(
    State(web): State<Web>,
    _: Administrator,
    Path((which, picture)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let wanted: PictureId = id(&picture)?;
    let (_, shown) = held(&web, &which).await?;
    let shown = shown.filter(|p| p.id == wanted).ok_or(Code::NotFound)?;
    sent(&web, shown).await
}
