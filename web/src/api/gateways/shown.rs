//! What is told of a gateway.

use amphi_events::Time;
use amphi_events::gateway::{self, Generation, HealthCause};
use amphi_events::ids::GatewayId;
use serde::Serialize;
use utoipa::ToSchema;

use super::{STREAM_KEY, TOKEN};
use crate::Web;
use crate::api::problem::{Code, Problem};

/// What the last probe found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProbeOut {
    /// It answered.
    pub reachable: bool,
    /// What it speaks.
    pub generation: Option<&'static str>,
    /// `good`, `wrong`, `not_checked` or `unknown`.
    pub token: String,
    /// Since when it has been so.
    pub since: String,
}

/// How a gateway stands: each change is an event, and pages never ask the gateway.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HealthOut {
    /// `up`; `busy` (one of our lives has it); `busy_elsewhere` (it works for a room that is none of ours); `unreachable`; `refusing` (it
    /// answers and takes no orders); `wrong_token`; `unknown`.
    pub state: &'static str,
    /// What is behind it, where that is known: `front_server`, `not_a_gateway`, `pool`, `too_old`, `no_gw_id`, `gw_id_unknown`, `start_refused`.
    #[schema(value_type = Option<String>)]
    pub cause: Option<HealthCause>,
    /// Since when; null before the first probe.
    pub since: Option<String>,
}

/// A span out of service.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OutageOut {
    /// Its id.
    pub id: String,
    /// From.
    pub from: String,
    /// To, exclusive; null: until it is said to be back.
    pub to: Option<String>,
    /// Why.
    pub reason: String,
}

/// A gateway; its secrets are never read back.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GatewayOut {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Id of its broadcaster.
    pub broadcaster: String,
    /// Base address.
    pub server_url: String,
    /// RTMP address without the stream key.
    pub rtmp_base: String,
    /// A token is kept.
    pub token_set: bool,
    /// A stream key is kept.
    pub stream_key_set: bool,
    /// As said, else as found out.
    pub generation: Option<&'static str>,
    /// Where its robot hears chat lines.
    pub chat_redis: Option<String>,
    /// The id that generations 4 and 5 want.
    pub gw_id: Option<String>,
    /// What the last probe found.
    pub probe: Option<ProbeOut>,
    /// How it stands.
    pub health: HealthOut,
    /// Spans out of service, present and to come, by their start.
    pub out_of_service: Vec<OutageOut>,
    /// The live that runs on it now.
    pub taken_by: Option<String>,
    /// The run that holds it.
    pub run: Option<String>,
    /// What an administrator should look at: `default_token`, `wrong_token`, `unreachable`, `gw_id_missing`.
    pub warnings: Vec<&'static str>,
}

/// A gateway in use.
pub(in crate::api) async fn look(web: &Web, id: GatewayId) -> Result<gateway::Gateway, Problem> {
    let g = web
        .aggregates
        .gateways
        .look(id)
        .await
        .map_err(|e| Problem::unavailable("a gateway can't be read", e))?
        .state;
    if g.removed || g.setup.is_none() {
        Err(Code::NotFound.into())
    } else {
        Ok(g)
    }
}

/// A gateway in use, for an answer.
pub(in crate::api) async fn one(web: &Web, id: GatewayId) -> Result<GatewayOut, Problem> {
    use gateway::TokenState;
    let g = look(web, id).await?;
    let (now, spoken) = (web.sources.now(), g.generation());
    let taken_since = match g.taken {
        Some(_) => web
            .read
            .gateway(id)
            .await
            .map_err(|e| Problem::unavailable("gateways can't be read", e))?
            .and_then(|row| row.taken_since)
            .or(Some(now)),
        None => None,
    };
    let stands = amphi_projections::stands(g.health, taken_since);
    let mut ahead: Vec<_> = g.outages.iter().filter(|o| o.end() > now).collect();
    ahead.sort_by_key(|o| (o.from, o.id));
    let out_of_service = ahead
        .into_iter()
        .map(|o| OutageOut {
            id: o.id.to_string(),
            from: o.from.rfc3339(),
            to: o.to.map(Time::rfc3339),
            reason: o.reason.clone(),
        })
        .collect();
    let generation = spoken.map(Generation::as_str);
    let setup = g.setup.ok_or(Code::NotFound)?;
    let mut warnings = Vec::new();
    if g.default_token {
        warnings.push("default_token");
    }
    if g.probe.is_some_and(|p| p.2 == TokenState::Wrong) {
        warnings.push("wrong_token");
    }
    if g.probe.is_some_and(|p| !p.0) {
        warnings.push("unreachable");
    }
    if amphi_projections::gw_id_missing(spoken, &setup) {
        warnings.push("gw_id_missing");
    }
    Ok(GatewayOut {
        id: id.to_string(),
        name: setup.name.0,
        broadcaster: setup.broadcaster.to_string(),
        server_url: setup.server_url.0,
        rtmp_base: setup.rtmp_base.0,
        token_set: secret(web, TOKEN, id).await?,
        stream_key_set: secret(web, STREAM_KEY, id).await?,
        generation,
        gw_id: setup.gw_id,
        chat_redis: g.chat_route,
        probe: g.probe.map(|(reachable, generation, token, since)| ProbeOut {
            reachable,
            generation: generation.map(Generation::as_str),
            token: serde_json::to_value(token)
                .ok()
                .and_then(|v| v.as_str().map(str::to_owned))
                .unwrap_or_default(),
            since: since.rfc3339(),
        }),
        health: HealthOut {
            state: stands.standing.as_str(),
            cause: stands.cause,
            since: stands.since.map(Time::rfc3339),
        },
        out_of_service,
        taken_by: g.taken.map(|(_, live)| live.to_string()),
        run: g.taken.map(|(run, _)| run.to_string()),
        warnings,
    })
}

async fn secret(web: &Web, kind: &str, id: GatewayId) -> Result<bool, Problem> {
    let kept = web.store.get_secret(kind, &id.to_string()).await;
    kept.map(|s| s.is_some())
        .map_err(|e| Problem::unavailable("a secret can't be read", e))
}
