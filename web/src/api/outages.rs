//! Gateways out of service: from when to when, and why. Administrators only. What a live holds there is given another gateway by the planner.

use amphi_events::gateway;
use amphi_events::gateway::GatewayCommand;
use amphi_events::ids::{GatewayId, OutageId};
use axum::extract::{Path, State};
use axum::response::Response;
use chrono_tz::Tz;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::free::{Wall, wall};
use super::gateways::{GatewayOut, look, one};
use super::meetings::view::settle;
use super::problem::{Code, Problem, ProblemBody};
use super::request::{Body, Idempotency, Written, done_before, gone, id};
use crate::Web;
use crate::auth::Administrator;

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(plan)).routes(routes!(end))
}

/// A span out of service.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NewOutage {
    /// From: RFC 3339, or a time of the service's own clock such as `2026-11-20T14:00`; now where left out or empty.
    pub from: Option<String>,
    /// To, exclusive; until it is said to be back where left out or empty.
    pub to: Option<String>,
    /// Why, at most 200 characters, in clear in the log.
    pub reason: Option<String>,
}

/// A moment as a program or a form writes it; `None` where nothing is written.
fn moment(web: &Web, field: &str, text: Option<&str>) -> Result<Option<amphi_events::Time>, Problem> {
    let Some(text) = text.map(str::trim).filter(|t| !t.is_empty()) else {
        return Ok(None);
    };
    if let Ok(at) = amphi_events::Time::parse_rfc3339(text) {
        return Ok(Some(at));
    }
    let bad = || Problem::new(Code::BadBody).detail(format!("{field}: no time"));
    let zone: Tz = web.settings.time_zone.parse().map_err(|_| bad())?;
    match wall(text, zone) {
        Some(Wall::Plain(at) | Wall::Twice(at) | Wall::Skipped(at)) => Ok(Some(at)),
        None => Err(bad()),
    }
}

/// Takes a gateway out of service for a while, or until it is said to be back. Lives that hold it then are given another gateway
/// where one is free, else they wait for one; what runs on it goes on.
#[utoipa::path(post, path = "/gateways/{id}/out-of-service", tag = "gateways", request_body = NewOutage, params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = GatewayOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn plan(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path(which): Path<String>,
    idem: Idempotency,
    Body(new): Body<NewOutage>,
) -> Result<Written<GatewayOut>, Problem> {
    let gateway: GatewayId = id(&which)?;
    look(&web, gateway).await?;
    // With the gateway in it: the same key at another gateway is another span, and no two have the same id.
    let call = format!("POST /gateways/{gateway}/out-of-service");
    let key = idem.key(me.person, &call);
    if let Some(position) = done_before(&*web.log, &gateway::stream(gateway), key).await? {
        return Ok(Written::made(position, one(&web, gateway).await?));
    }
    let now = web.sources.now();
    let outage: OutageId = idem.id(me.person, &call, &web.sources);
    let command = GatewayCommand::TakeOutOfService {
        outage,
        from: moment(&web, "from", new.from.as_deref())?.unwrap_or(now),
        to: moment(&web, "to", new.to.as_deref())?,
        reason: new.reason.unwrap_or_default(),
    };
    let mut act = me.act(&web);
    act.key = key;
    let done = web.aggregates.gateways.execute(gateway, command, act).await?;
    settle(&web, done.position).await;
    Ok(Written::made(done.position, one(&web, gateway).await?))
}

/// Says that a gateway is back, or that it will not be out of service. Webinars that wait for a gateway are offered it at once.
#[utoipa::path(delete, path = "/gateways/{id}/out-of-service/{outage}", tag = "gateways", params(("id" = String, Path), ("outage" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn end(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path((which, span)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (gateway, outage): (GatewayId, OutageId) = (id(&which)?, id(&span)?);
    if !look(&web, gateway).await?.outages.iter().any(|o| o.id == outage) {
        return Err(Code::NotFound.into());
    }
    let act = me.act(&web);
    let back = GatewayCommand::BackInService { outage };
    let done = web.aggregates.gateways.execute(gateway, back, act).await?;
    settle(&web, done.position).await;
    Ok(gone(Some(done.position)))
}
