//! What an administrator does with a gateway beside setting it up: finds out whether its host reaches us, and says that
//! a run is over whose gateway is gone for good.

use amphi_events::gateway::GatewayCommand;
use amphi_events::ids::{GatewayId, RunId};
use amphi_events::live::LiveCommand;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::gateways::{GatewayOut, look, one};
use super::meetings::view::settle;
use super::problem::{Code, Problem, ProblemBody};
use super::request::{Body, Written, id};
use crate::Web;
use crate::auth::Administrator;
use crate::i18n::times;
use crate::reach;

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(reach_check, make_reach_check))
        .routes(routes!(run_over))
}

/// An address that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReachMade {
    /// The secret address; shown this once.
    pub url: String,
    /// What to run on the gateway's host.
    pub command: String,
    /// Until when it answers.
    pub expires_at: String,
}

/// How a check stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReachOut {
    /// `none`: no address was made, or its time is over; `waiting`; `reached`.
    pub state: &'static str,
    /// When the host last came.
    pub reached_at: Option<String>,
    /// The same on the service's clock, as people read it.
    pub reached_clock: Option<String>,
    /// From which address.
    pub from: Option<String>,
    /// Until when the address answers.
    pub expires_at: Option<String>,
}

/// Makes a secret address that answers for ten minutes: whoever asks for it on the gateway's host shows that the host
/// reaches us, by name, through every firewall, with a certificate that it trusts.
#[utoipa::path(post, path = "/gateways/{id}/reach-check", tag = "gateways", params(("id" = String, Path)), responses((status = 201, body = ReachMade), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn make_reach_check(
    State(web): State<Web>,
    _: Administrator,
    Path(which): Path<String>,
) -> Result<Response, Problem> {
    let id: GatewayId = id(&which)?;
    look(&web, id).await?;
    let (token, now) = (web.sources.token(reach::TOKEN_CHARS), web.sources.now());
    web.reach.make(id, &token, now);
    let url = format!("{}/robot-check/{token}", web.settings.public_url);
    let made = ReachMade {
        command: format!("curl -fsS {url}"),
        url,
        expires_at: now.plus_ms(reach::LASTS_MS).rfc3339(),
    };
    let mut response = (StatusCode::CREATED, axum::Json(made)).into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Whether somebody came to the address that was made last.
#[utoipa::path(get, path = "/gateways/{id}/reach-check", tag = "gateways", params(("id" = String, Path)), responses((status = 200, body = ReachOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn reach_check(
    State(web): State<Web>,
    _: Administrator,
    Path(which): Path<String>,
) -> Result<axum::Json<ReachOut>, Problem> {
    let id: GatewayId = id(&which)?;
    look(&web, id).await?;
    let state = web.reach.state(id, web.sources.now());
    let reached = state.and_then(|s| s.reached);
    Ok(axum::Json(ReachOut {
        state: match state {
            None => "none",
            Some(_) if reached.is_none() => "waiting",
            Some(_) => "reached",
        },
        reached_at: reached.map(|(at, _)| at.rfc3339()),
        reached_clock: reached.map(|(at, _)| {
            let exact = times::exact(at, &web.settings.time_zone);
            exact
                .split_once(' ')
                .map_or(exact.clone(), |(_, clock)| clock.to_owned())
        }),
        from: reached.map(|(_, address)| address.to_string()),
        expires_at: state.map(|s| s.until().rfc3339()),
    }))
}

/// Which run.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunOver {
    /// Id of the run that holds the gateway (`run` of the gateway), so that no other is meant.
    pub run: String,
}

/// Says that the run on this gateway is surely over although the gateway never answered to the stop: its host is gone
/// for good. The live is free to start elsewhere and the gateway to serve others. Only for a run that is being stopped.
#[utoipa::path(post, path = "/gateways/{id}/run-over", tag = "gateways", request_body = RunOver, params(("id" = String, Path)), responses((status = 200, body = GatewayOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn run_over(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path(which): Path<String>,
    Body(said): Body<RunOver>,
) -> Result<Written<GatewayOut>, Problem> {
    let id: GatewayId = id(&which)?;
    let run: RunId = said.run.parse().map_err(|_| Problem::new(Code::LiveConflict))?;
    let held = look(&web, id).await?;
    let Some((_, live)) = held.taken.filter(|(taken, _)| *taken == run) else {
        return Err(Code::LiveConflict.into());
    };
    let act = || me.act(&web);
    let lives = &web.aggregates.lives;
    let known = lives
        .look(live)
        .await
        .map_err(|e| Problem::unavailable("a live can't be read", e))?
        .state;
    let its = known.left_behind(run).is_some() || known.run.is_some_and(|r| r.id == run);
    let position = if its {
        // The live first, and the gateway by its reactor: it may be in the middle of a stop, which must not reach the
        // next run of a gateway that is stopped by its own id (G4, G5).
        lives
            .execute(live, LiveCommand::DeclareOver(run), act())
            .await?
            .position
    } else {
        // The live knows nothing of it: what is left of a program that was killed.
        let let_go = GatewayCommand::LetGo { run };
        web.aggregates.gateways.execute(id, let_go, act()).await?.position
    };
    settle(&web, position).await;
    Ok(Written::done(position, one(&web, id).await?))
}
