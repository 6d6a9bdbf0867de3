//! Buildings that broadcasters stand in.

use amphi_events::building::{self, Building, BuildingCommand, Buildings};
use amphi_events::ids::{BroadcasterId, BuildingId};
use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::{Code, Problem, ProblemBody};
use super::request::{Body, Idempotency, Page, Written, done_before, gone, id};
use crate::Web;
use crate::auth::Administrator;

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(change, remove))
}

/// A building.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BuildingInput {
    /// Its name, 1 to 200 characters; of no other building.
    pub name: Option<String>,
    /// Address of a map that shows where it stands; null or empty: none.
    pub map_url: Option<String>,
}

/// A building.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BuildingOut {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Address of a map.
    pub map_url: Option<String>,
}

/// Every building.
///
/// # Errors
/// 503.
pub async fn all(web: &Web) -> Result<Buildings, Problem> {
    let looked = web.aggregates.buildings.look(building::ALL).await;
    Ok(looked
        .map_err(|e| Problem::unavailable("buildings can't be read", e))?
        .state)
}

/// One of them.
///
/// # Errors
/// 503.
pub async fn listed(web: &Web, id: BuildingId) -> Result<Option<Building>, Problem> {
    Ok(all(web).await?.all.remove(&id))
}

/// One that there is.
///
/// # Errors
/// 422, 503.
pub async fn known(web: &Web, which: &str) -> Result<BuildingId, Problem> {
    let id = which.parse().map_err(|_| Problem::new(Code::UnknownBuilding))?;
    if all(web).await?.all.contains_key(&id) {
        Ok(id)
    } else {
        Err(Code::UnknownBuilding.into())
    }
}

/// The broadcasters that stand in a building.
///
/// # Errors
/// 503.
pub async fn broadcasters_in(web: &Web, building: BuildingId) -> Result<Vec<BroadcasterId>, Problem> {
    let rows = web.read.broadcasters().await;
    let rows = rows.map_err(|e| Problem::unavailable("broadcasters can't be read", e))?;
    let there = rows.into_iter().filter(|b| b.details.building == Some(building));
    Ok(there.map(|b| b.id).collect())
}

async fn one(web: &Web, id: BuildingId) -> Result<BuildingOut, Problem> {
    let held = all(web).await?.all.remove(&id).ok_or(Code::NotFound)?;
    Ok(BuildingOut {
        id: id.to_string(),
        name: held.name,
        map_url: held.map_url,
    })
}

/// Every building, by name.
#[utoipa::path(get, path = "/buildings", tag = "lives", responses((status = 200, body = Page<BuildingOut>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn list(State(web): State<Web>) -> Result<axum::Json<Page<BuildingOut>>, Problem> {
    let mut items: Vec<BuildingOut> = all(&web)
        .await?
        .all
        .into_iter()
        .map(|(id, b)| BuildingOut {
            id: id.to_string(),
            name: b.name,
            map_url: b.map_url,
        })
        .collect();
    items.sort_by_key(|b| b.name.to_lowercase());
    Ok(axum::Json(Page { items, next: None }))
}

/// Adds a building.
#[utoipa::path(post, path = "/buildings", tag = "lives", request_body = BuildingInput, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = BuildingOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn create(
    State(web): State<Web>,
    Administrator(me): Administrator,
    idem: Idempotency,
    Body(new): Body<BuildingInput>,
) -> Result<Written<BuildingOut>, Problem> {
    const CALL: &str = "POST /buildings";
    let building: BuildingId = idem.id(me.person, CALL, &web.sources);
    let key = idem.key(me.person, CALL);
    if let Some(position) = done_before(&*web.log, &building::stream(), key).await? {
        return Ok(Written::made(position, one(&web, building).await?));
    }
    let mut act = me.act(&web);
    act.key = key;
    let command = BuildingCommand::Set {
        building,
        name: new.name.unwrap_or_default(),
        map_url: new.map_url,
    };
    let done = web.aggregates.buildings.execute(building::ALL, command, act).await?;
    Ok(Written::made(done.position, one(&web, building).await?))
}

/// Changes what is given.
#[utoipa::path(patch, path = "/buildings/{id}", tag = "lives", request_body = BuildingInput, params(("id" = String, Path)), responses((status = 200, body = BuildingOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn change(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path(which): Path<String>,
    Body(patch): Body<BuildingInput>,
) -> Result<Written<BuildingOut>, Problem> {
    let building: BuildingId = id(&which)?;
    let held = one(&web, building).await?;
    let command = BuildingCommand::Set {
        building,
        name: patch.name.unwrap_or(held.name),
        map_url: patch.map_url.or(held.map_url),
    };
    let act = me.act(&web);
    let done = web.aggregates.buildings.execute(building::ALL, command, act).await?;
    Ok(Written::done(done.position, one(&web, building).await?))
}

/// Takes a building off the lists, once no broadcaster stands in it.
#[utoipa::path(delete, path = "/buildings/{id}", tag = "lives", params(("id" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn remove(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path(which): Path<String>,
) -> Result<Response, Problem> {
    let building: BuildingId = id(&which)?;
    one(&web, building).await?;
    let rows = web.read.broadcasters().await;
    let rows = rows.map_err(|e| Problem::unavailable("broadcasters can't be read", e))?;
    let stands = |b: &&amphi_projections::BroadcasterRow| !b.removed && b.details.building == Some(building);
    if let Some(there) = rows.iter().find(stands) {
        return Err(Problem::new(Code::InUse).with("broadcaster", there.id.to_string()));
    }
    let act = me.act(&web);
    let command = BuildingCommand::Remove(building);
    let done = web.aggregates.buildings.execute(building::ALL, command, act).await?;
    Ok(gone(Some(done.position)))
}
