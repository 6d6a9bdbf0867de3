//! Broadcasters: where viewers fetch the picture. Administrators only.

use amphi_events::broadcaster::{self, BroadcasterCommand};
use amphi_events::ids::BroadcasterId;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::address::check_address;
use super::meetings::view::settle;
use super::problem::{Code, Problem, ProblemBody};
use super::request::{Body, Idempotency, Page, Written, done_before, gone, id};
use crate::Web;
use crate::auth::Administrator;

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, change, remove))
}

/// A new broadcaster.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBroadcaster {
    /// Its name, 1 to 100 characters.
    pub name: String,
    /// Address of its playlist; may be private, never link-local.
    pub hls_url: String,
}

/// What to change.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BroadcasterPatch {
    /// Its name.
    pub name: Option<String>,
    /// Address of its playlist.
    pub hls_url: Option<String>,
}

/// A broadcaster.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BroadcasterOut {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Address of its playlist.
    pub hls_url: String,
}

async fn one(web: &Web, id: BroadcasterId) -> Result<BroadcasterOut, Problem> {
    let b = web
        .aggregates
        .broadcasters
        .look(id)
        .await
        .map_err(|e| Problem::unavailable("a broadcaster can't be read", e))?
        .state;
    match b.name {
        Some(name) if !b.removed => Ok(BroadcasterOut {
            id: id.to_string(),
            name,
            hls_url: b.hls_url,
        }),
        _ => Err(Code::NotFound.into()),
    }
}

/// Every broadcaster in use.
#[utoipa::path(get, path = "/broadcasters", tag = "gateways", responses((status = 200, body = Page<BroadcasterOut>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn list(State(web): State<Web>, _: Administrator) -> Result<axum::Json<Page<BroadcasterOut>>, Problem> {
    let rows = web
        .read
        .broadcasters()
        .await
        .map_err(|e| Problem::unavailable("broadcasters can't be read", e))?;
    let out = |r: amphi_projections::BroadcasterRow| BroadcasterOut {
        id: r.id.to_string(),
        name: r.name,
        hls_url: r.hls_url,
    };
    let items = rows.into_iter().filter(|r| !r.removed).map(out).collect();
    Ok(axum::Json(Page { items, next: None }))
}

/// Adds a broadcaster.
#[utoipa::path(post, path = "/broadcasters", tag = "gateways", request_body = NewBroadcaster, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = BroadcasterOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn create(
    State(web): State<Web>,
    Administrator(me): Administrator,
    idem: Idempotency,
    Body(new): Body<NewBroadcaster>,
) -> Result<Written<BroadcasterOut>, Problem> {
    const CALL: &str = "POST /broadcasters";
    let id: BroadcasterId = idem.id(me.person, CALL, &web.sources);
    let key = idem.key(me.person, CALL);
    if let Some(position) = done_before(&*web.log, &broadcaster::stream(id), key).await? {
        return Ok(Written::made(position, one(&web, id).await?));
    }
    check_address(&new.hls_url)?;
    let mut act = me.act(&web);
    act.key = key;
    let done = web
        .aggregates
        .broadcasters
        .execute(
            id,
            BroadcasterCommand::Set {
                name: new.name,
                hls_url: new.hls_url,
            },
            act,
        )
        .await?;
    settle(&web, done.position).await;
    Ok(Written::made(done.position, one(&web, id).await?))
}

/// A broadcaster.
#[utoipa::path(get, path = "/broadcasters/{id}", tag = "gateways", params(("id" = String, Path)), responses((status = 200, body = BroadcasterOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn read(
    State(web): State<Web>,
    _: Administrator,
    Path(which): Path<String>,
) -> Result<axum::Json<BroadcasterOut>, Problem> {
    Ok(axum::Json(one(&web, id(&which)?).await?))
}

/// Changes what is given.
#[utoipa::path(patch, path = "/broadcasters/{id}", tag = "gateways", request_body = BroadcasterPatch, params(("id" = String, Path)), responses((status = 200, body = BroadcasterOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn change(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path(which): Path<String>,
    Body(patch): Body<BroadcasterPatch>,
) -> Result<Written<BroadcasterOut>, Problem> {
    let id: BroadcasterId = id(&which)?;
    let held = one(&web, id).await?;
    let hls_url = patch.hls_url.unwrap_or(held.hls_url);
    check_address(&hls_url)?;
    let command = BroadcasterCommand::Set {
        name: patch.name.unwrap_or(held.name),
        hls_url,
    };
    let done = web.aggregates.broadcasters.execute(id, command, me.act(&web)).await?;
    settle(&web, done.position).await;
    Ok(Written::done(done.position, one(&web, id).await?))
}

/// Takes a broadcaster out of use, once no gateway points at it.
#[utoipa::path(delete, path = "/broadcasters/{id}", tag = "gateways", params(("id" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn remove(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path(which): Path<String>,
) -> Result<Response, Problem> {
    let id: BroadcasterId = id(&which)?;
    one(&web, id).await?;
    let gateways = web
        .read
        .gateways()
        .await
        .map_err(|e| Problem::unavailable("gateways can't be read", e))?;
    if let Some(user) = gateways.iter().find(|g| !g.removed && g.setup.broadcaster == id) {
        return Err(Problem::new(Code::InUse).with("gateway", user.id.to_string()));
    }
    let done = web
        .aggregates
        .broadcasters
        .execute(id, BroadcasterCommand::Remove, me.act(&web))
        .await?;
    settle(&web, done.position).await;
    Ok(gone(Some(done.position)))
}
