//! Simulated gateways, one dialect a file (gateway contract §2). A gateway `g2-1` is reached at
//! `{base}/gateways/g2-1`; its knobs are at `/gateways/g2-1/knobs` (GET, PUT).

pub mod fastapi;
pub mod g1;
pub mod g2;
pub mod g3;
pub mod g4;
pub mod g5;
pub mod gateway;
pub mod knobs;
pub mod livestreaming;
pub mod mangle;
pub mod pool;
pub mod shell;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};

use crate::Sim;
use crate::faults::{self, Fault, Kind as FaultKind, Outcome};
use crate::journal::{Effect, To};
use gateway::Gateway;

/// A generation of the gateway's HTTP dialect (contract §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Flat JSON, as v1.5.1.
    G1,
    /// Envelope, as v1.6.0.
    G2,
    /// Envelope, `/progress`, stricter stop, as v1.7.0.
    G3,
    /// FastAPI, as v1.8.4.
    G4,
    /// FastAPI of main, with commands that block.
    G5,
    /// The proxy of a pool in front of several.
    Pool,
    /// A runner of BigBlueButton-liveStreaming.
    LiveStreaming,
    /// A stream address that an encoder pushes to by itself: there is nothing to call.
    Encoder,
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "g1" => Self::G1,
            "g2" => Self::G2,
            "g3" => Self::G3,
            "g4" => Self::G4,
            "g5" => Self::G5,
            "pool" => Self::Pool,
            "livestreaming" => Self::LiveStreaming,
            "encoder" => Self::Encoder,
            other => {
                return Err(format!(
                    "{other}: none of g1, g2, g3, g4, g5, pool, livestreaming, encoder"
                ));
            }
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::G1 => "g1",
            Self::G2 => "g2",
            Self::G3 => "g3",
            Self::G4 => "g4",
            Self::G5 => "g5",
            Self::Pool => "pool",
            Self::LiveStreaming => "livestreaming",
            Self::Encoder => "encoder",
        })
    }
}

/// All gateways there are.
pub struct Gateways {
    list: Vec<Arc<Gateway>>,
}

impl Gateways {
    /// A gateway for each kind named, in order; the second of a kind is `g2-2`.
    pub fn new(kinds: impl AsRef<[Kind]>, base: &str) -> Self {
        let mut list: Vec<Arc<Gateway>> = Vec::new();
        for &kind in kinds.as_ref() {
            let nth = 1 + list.iter().filter(|other| other.kind == kind).count();
            list.push(Arc::new(Gateway::new(kind, nth, base)));
        }
        Self { list }
    }

    /// The gateway of this name.
    pub fn get(&self, name: &str) -> Option<&Arc<Gateway>> {
        self.list.iter().find(|gateway| gateway.name == name)
    }

    /// For `GET /sim/gateways`.
    pub fn list_json(&self) -> serde_json::Value {
        self.list.iter().map(|gateway| gateway.json()).collect()
    }
}

/// A call as it reached a gateway.
#[derive(Clone)]
pub struct Request {
    sim: Arc<Sim>,
    gateway: Arc<Gateway>,
    method: Method,
    /// Below the `server_url`, without the leading slash.
    path: String,
    query: Vec<(String, String)>,
    authorization: Option<String>,
    body: Bytes,
    /// `error_inside_success` is in force for this call.
    error_inside_success: bool,
}

impl Request {
    /// A query parameter; an empty one counts as missing, as in web.py's handlers.
    fn param(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Name of the call in the journal and in faults: `start`, `stop`, `chat`, `status`…
    fn call(&self) -> &str {
        let last = self.path.rsplit('/').next().unwrap_or_default();
        last.trim_end_matches(".json")
    }

    /// Parameters for the journal: the query, then the body's fields.
    fn params(&self) -> BTreeMap<String, String> {
        let mut params: BTreeMap<String, String> = self.query.iter().cloned().collect();
        match serde_json::from_slice(&self.body) {
            Ok(serde_json::Value::Object(fields)) => {
                for (key, value) in fields {
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    params.insert(key, text);
                }
            }
            _ if self.body.is_empty() => {}
            _ => {
                params.insert("body".to_owned(), String::from_utf8_lossy(&self.body).into_owned());
            }
        }
        params
    }

    async fn answer(self) -> Outcome {
        match self.gateway.kind {
            Kind::G1 => shell::answer(self, &g1::G1).await,
            Kind::G2 => shell::answer(self, &g2::G2).await,
            Kind::G3 => shell::answer(self, &g3::G3).await,
            Kind::G4 => fastapi::answer(self, &g4::G4).await,
            Kind::G5 => fastapi::answer(self, &g5::G5).await,
            Kind::Pool => pool::answer(self).await,
            Kind::LiveStreaming => livestreaming::answer(self).await,
            Kind::Encoder => Outcome::none(StatusCode::NOT_FOUND),
        }
    }

    /// A well-formed refusal of this call.
    fn refusal(&self) -> Response {
        match self.gateway.kind {
            Kind::G1 => shell::refusal(self, &g1::G1),
            Kind::G2 => shell::refusal(self, &g2::G2),
            Kind::G3 => shell::refusal(self, &g3::G3),
            Kind::G4 | Kind::G5 => fastapi::refusal(self),
            Kind::Pool => pool::refusal(self),
            Kind::LiveStreaming => livestreaming::refusal(self),
            Kind::Encoder => StatusCode::NOT_FOUND.into_response(),
        }
    }
}

/// Routes, to be mounted under `/gateways`.
pub fn router() -> Router<Arc<Sim>> {
    Router::new()
        .route("/{name}/knobs", get(read_knobs).put(turn_knobs))
        .route("/{name}/{*path}", any(call))
}

async fn read_knobs(State(sim): State<Arc<Sim>>, Path(name): Path<String>) -> Response {
    match sim.gateways.get(&name) {
        Some(gateway) => Json(gateway.knobs()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn turn_knobs(
    State(sim): State<Arc<Sim>>,
    Path(name): Path<String>,
    Json(change): Json<knobs::Change>,
) -> Response {
    let Some(gateway) = sim.gateways.get(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match gateway.turn(change) {
        Ok(()) => Json(gateway.knobs()).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, error).into_response(),
    }
}

async fn call(
    State(sim): State<Arc<Sim>>,
    Path((name, path)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    let Some(gateway) = sim.gateways.get(&name).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let query = query.unwrap_or_default();
    let request = Request {
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        authorization: headers
            .get(header::AUTHORIZATION)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
        sim,
        gateway,
        method,
        path,
        body,
        error_inside_success: false,
    };
    under_faults(request).await
}

/// The fault in force: for this gateway's call, this gateway, any gateway's call, any gateway.
fn fault_for(request: &Request) -> Option<Fault> {
    let (name, call) = (&request.gateway.name, request.call());
    let keys = [
        format!("gateway.{call}@{name}"),
        format!("gateway@{name}"),
        format!("gateway.{call}"),
    ];
    keys.iter().find_map(|key| {
        request
            .sim
            .faults
            .take_if(key, |kind| kind.is_of_a_call() || kind == FaultKind::Die)
    })
}

/// As [`faults::under`], with what only gateways do: an error inside success leaves a container behind, and a gateway
/// can die of a call.
async fn under_faults(mut request: Request) -> Response {
    let sim = Arc::clone(&request.sim);
    let id = sim.journal.begin(
        To::Gateway,
        Some(request.gateway.name.clone()),
        request.call(),
        request.params(),
    );
    let fault = fault_for(&request);
    let kind = fault.as_ref().map(|fault| fault.kind);
    request.error_inside_success = kind == Some(FaultKind::ErrorInsideSuccess);
    let response = match kind {
        Some(FaultKind::Status) => faults::html_status(fault.and_then(|fault| fault.code).unwrap_or(502)),
        Some(FaultKind::Empty) => StatusCode::OK.into_response(),
        Some(FaultKind::Reset) => return faults::cut(),
        Some(FaultKind::Refuse) => {
            sim.journal.effect(id, Effect::Refused);
            request.refusal()
        }
        _ => {
            let delay = match &fault {
                Some(Fault {
                    kind: FaultKind::Slow,
                    ms,
                    ..
                }) => ms.unwrap_or(1_000),
                _ => 0,
            };
            let journal = sim.journal.clone();
            // In a task of its own: the launcher goes on when its client has hung up.
            let work = tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(delay)).await;
                let (gateway, starts) = (Arc::clone(&request.gateway), request.call() == "start");
                if kind == Some(FaultKind::Die) && !starts {
                    gateway.die();
                }
                let outcome = request.answer().await;
                if kind == Some(FaultKind::Die) && starts {
                    gateway.die();
                }
                journal.effect(id, outcome.effect);
                outcome.response
            });
            match work.await {
                Ok(response) => response,
                Err(_) => return faults::cut(),
            }
        }
    };
    let response = match kind {
        Some(FaultKind::ApplyThenSilence) => return faults::silence(&sim.faults).await,
        Some(FaultKind::BrokenXml) => faults::halve(response).await,
        _ => response,
    };
    if response.extensions().get::<wire::NeverAnswered>().is_some() {
        return faults::silence(&sim.faults).await;
    }
    sim.journal.answered(id, response.status().as_u16());
    response
}
