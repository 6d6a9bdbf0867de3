//! For supervisors and Prometheus: `/health/live`, `/health/ready`, `/metrics`.

use std::fmt::Write as _;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Web;

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(live))
        .routes(routes!(ready))
        .routes(routes!(metrics))
}

/// The program runs.
#[utoipa::path(get, path = "/health/live", tag = "health", responses((status = 200)))]
async fn live() -> &'static str {
    "ok\n"
}

/// One thing that is needed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Check {
    /// `log`, `store`, `model:NAME`, `reactor:NAME`.
    pub what: String,
    /// It works. A reactor in trouble is told here and makes nothing unready: pages serve on without BBB.
    pub ok: bool,
    /// What is wrong.
    pub why: Option<String>,
    /// Events of the log it has not looked at yet.
    pub lag: Option<u64>,
}

async fn checks(web: &Web) -> (bool, Vec<Check>) {
    let why = web.log.refusing();
    let mut checks = vec![Check {
        what: "log".to_owned(),
        ok: why.is_none(),
        why,
        lag: None,
    }];
    let store = web.store.list_accounts("", None, 1).await.err().map(|e| e.to_string());
    checks.push(Check {
        what: "store".to_owned(),
        ok: store.is_none(),
        why: store,
        lag: None,
    });
    for model in web.read.health() {
        checks.push(Check {
            what: format!("model:{}", model.name),
            ok: model.halted.is_none(),
            why: model.halted,
            lag: Some(model.lag),
        });
    }
    let started = web.works.started();
    checks.push(Check {
        what: "start".to_owned(),
        ok: started,
        why: (!started).then(|| "the log is being read".to_owned()),
        lag: None,
    });
    let ready = checks.iter().all(|c| c.ok);
    for w in web.works.states() {
        let why = w.last_error.map(|(error, at)| format!("{at}: {error}"));
        checks.push(Check {
            what: format!("reactor:{}", w.reactor),
            ok: why.is_none(),
            why,
            lag: Some(w.lag),
        });
    }
    (ready, checks)
}

/// Whether requests should be sent here: 503 while the program starts, the log refuses writes, the store can't be read or a read model halted.
#[utoipa::path(get, path = "/health/ready", tag = "health", responses((status = 200, body = [Check]), (status = 503, body = [Check])))]
async fn ready(State(web): State<Web>) -> Response {
    let (ready, mut checks) = checks(&web).await;
    // Anybody may ask: what a reactor heard from BBB or a gateway is for administrators.
    for c in checks.iter_mut().filter(|c| c.what.starts_with("reactor:")) {
        c.why = c.why.take().map(|_| "see the administration pages".to_owned());
    }
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        status,
        [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))],
        Json(checks),
    )
        .into_response()
}

fn metric(out: &mut String, name: &str, kind: &str, help: &str, values: &[(String, u64)]) {
    let _ = writeln!(out, "# HELP amphi_{name} {help}\n# TYPE amphi_{name} {kind}");
    for (labels, value) in values {
        let _ = writeln!(out, "amphi_{name}{labels} {value}");
    }
}

/// Counters for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "health", responses((status = 200, body = String, content_type = "text/plain")))]
async fn metrics(State(web): State<Web>) -> Response {
    let one = |value: u64| vec![(String::new(), value)];
    let (hub, health, works) = (web.hub.metrics(), web.read.health(), web.works.states());
    let mut out = String::new();
    metric(
        &mut out,
        "log_head_position",
        "gauge",
        "Position of the last durable event.",
        &one(web.log.head().0),
    );
    metric(
        &mut out,
        "log_refusing",
        "gauge",
        "1 while the log refuses writes.",
        &one(u64::from(web.log.refusing().is_some())),
    );
    let models = |value: fn(&amphi_projections::ModelHealth) -> u64| -> Vec<(String, u64)> {
        health
            .iter()
            .map(|m| (format!("{{model=\"{}\"}}", m.name), value(m)))
            .collect()
    };
    metric(
        &mut out,
        "read_model_lag",
        "gauge",
        "How far the log's head is beyond the model.",
        &models(|m| m.lag),
    );
    metric(
        &mut out,
        "read_model_halted",
        "gauge",
        "1 while the model can't take an event.",
        &models(|m| u64::from(m.halted.is_some())),
    );
    let reactors = |value: fn(&crate::WorkState) -> u64| -> Vec<(String, u64)> {
        works
            .iter()
            .map(|w| (format!("{{reactor=\"{}\"}}", w.reactor), value(w)))
            .collect()
    };
    metric(
        &mut out,
        "reactor_in_hand",
        "gauge",
        "Sessions, lives or mails in hand.",
        &reactors(|w| w.in_hand as u64),
    );
    metric(
        &mut out,
        "reactor_lag",
        "gauge",
        "Events of the log not looked at yet.",
        &reactors(|w| w.lag),
    );
    metric(
        &mut out,
        "reactor_error",
        "gauge",
        "1 while the last try failed.",
        &reactors(|w| u64::from(w.last_error.is_some())),
    );
    let at_door = |n: &std::sync::atomic::AtomicU64| n.load(std::sync::atomic::Ordering::Relaxed);
    metric(
        &mut out,
        "connections_waiting",
        "gauge",
        "Connections that have sent no request yet.",
        &one(at_door(&web.doorway.waiting)),
    );
    metric(
        &mut out,
        "connections_ended_total",
        "counter",
        "Connections ended before their first request: too slow, or one too many.",
        &[
            ("{why=\"late\"}".to_owned(), at_door(&web.doorway.late)),
            ("{why=\"crowded\"}".to_owned(), at_door(&web.doorway.crowded)),
        ],
    );
    metric(&mut out, "hub_sockets", "gauge", "Open sockets.", &one(hub.sockets));
    metric(&mut out, "hub_rooms", "gauge", "Rooms in memory.", &one(hub.rooms));
    metric(
        &mut out,
        "hub_frames_encoded_total",
        "counter",
        "Frames encoded.",
        &one(hub.frames_encoded),
    );
    metric(
        &mut out,
        "hub_frames_own_total",
        "counter",
        "Frames made for one socket alone: greetings, receipts, refusals.",
        &one(hub.frames_own),
    );
    metric(
        &mut out,
        "hub_writes_total",
        "counter",
        "Writes by the rooms' writers, each to one socket.",
        &one(hub.writes),
    );
    metric(
        &mut out,
        "hub_behind_total",
        "counter",
        "Sockets that a writer left to their own task: they took no more, or were behind.",
        &one(hub.behind),
    );
    metric(
        &mut out,
        "hub_overload_level",
        "gauge",
        "0 calm; 1 no counts of viewers; 2 gathers longer; 3 new sockets are told to come back.",
        &one(u64::from(hub.level)),
    );
    metric(
        &mut out,
        "hub_shed_total",
        "counter",
        "What was left out under overload.",
        &[
            ("{what=\"viewers\"}".to_owned(), hub.shed_counts),
            ("{what=\"sockets\"}".to_owned(), hub.shed_sockets),
        ],
    );
    metric(
        &mut out,
        "hub_blocks_loaded_total",
        "counter",
        "Blocks of history loaded.",
        &one(hub.blocks_loaded),
    );
    metric(
        &mut out,
        "hub_log_reads_total",
        "counter",
        "Events read from the log by the hub.",
        &one(hub.log_reads),
    );
    metric(
        &mut out,
        "hub_blocked_total",
        "counter",
        "Sockets told to come back after a blocked write.",
        &one(hub.blocked),
    );
    (
        [(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"),
        )],
        out,
    )
        .into_response()
}
