//! The proxy in front of a pool (gateway contract §3.1), in the form of main: its books are what it knows, and it is wrong in all the ways
//! in which the real one is. Behind it stand as many gateways as the knob `slots` says.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::header;
use axum::response::Response;
use serde_json::{Value, json};

use super::Request;
use super::gateway::{Gateway, Start, Started, robot_address};
use super::wire::{uvicorn, with};
use crate::faults::Outcome;

/// What the books say of a gateway: free, at work, stopped and not yet free.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Started,
    Working,
    Stopped,
}

struct Row {
    gw_id: String,
    state: State,
    room: String,
}

/// The proxy's Redis.
#[derive(Default)]
pub struct Books(Mutex<Vec<Row>>);

impl Books {
    fn lock(&self) -> MutexGuard<'_, Vec<Row>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn error(code: u16, detail: &str) -> Response {
    let body = json!({ "status": "error", "error": { "code": code, "detail": detail }, "data": null });
    uvicorn(code, body.to_string())
}

fn success(data: &Value) -> Response {
    uvicorn(
        200,
        json!({ "status": "success", "error": null, "data": data }).to_string(),
    )
}

/// A well-formed refusal of a call that would have been carried out.
pub fn refusal(request: &Request) -> Response {
    match request.call() {
        "start" => error(503, "No available gateways"),
        _ => error(404, "No mapping found for gateway 'unknown'"),
    }
}

/// Answers a call.
pub async fn answer(request: Request) -> Outcome {
    let pool = Arc::clone(&request.gateway);
    fill(&pool);
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "openapi.json") => Outcome::applied(uvicorn(
            200,
            r#"{"openapi":"3.1.0","info":{"title":"FastAPI"},"paths":{"/register":{},"/unregister":{},"/start":{},"/stop":{},"/status":{},"/command":{},"/interact":{},"/pairing":{},"/admin/statuses":{}}}"#.to_owned(),
        )),
        // Nobody looks at a token here (contract §3.1).
        ("GET", "status" | "progress") => Outcome::applied(status(&request, &pool)),
        ("POST", "start") if !trusted(&request, &pool) => Outcome::refused(uvicorn(
            401,
            r#"{"error":"authorization error invalid_token "}"#.to_owned(),
        )),
        ("POST", "stop") if !trusted(&request, &pool) => {
            Outcome::refused(uvicorn(401, r#"{"error":"authorization error"}"#.to_owned()))
        }
        ("POST", "start") => start(&request, &pool).await,
        ("POST", "stop") => stop(&request, &pool).await,
        (_, "start" | "stop" | "status") => {
            let refused = uvicorn(405, r#"{"detail":"Method Not Allowed"}"#.to_owned());
            Outcome::none(with(refused, header::ALLOW, "POST"))
        }
        _ => Outcome::none(uvicorn(404, r#"{"detail":"Not Found"}"#.to_owned())),
    }
}

fn trusted(request: &Request, pool: &Gateway) -> bool {
    let said = request.authorization.as_deref().unwrap_or_default();
    said == format!("Bearer {}", pool.knobs().token)
}

/// As many rows as there are gateways.
fn fill(pool: &Gateway) {
    let mut rows = pool.books.lock();
    for n in rows.len()..pool.knobs().slots {
        rows.push(Row {
            gw_id: format!("{}poolgw{n:02}", &"abcdefghijklmnop"[..16]),
            state: State::Started,
            room: String::new(),
        });
    }
}

/// The monitor's pass: a container that died shows as a gateway that is free again.
fn monitor(pool: &Gateway) {
    let mut rows = pool.books.lock();
    for row in rows.iter_mut().filter(|r| r.state == State::Working) {
        if pool.robot_of(Some(&row.room)).is_none() {
            (row.state, row.room) = (State::Started, String::new());
        }
    }
}

fn status(request: &Request, pool: &Gateway) -> Response {
    monitor(pool);
    let rows = pool.books.lock();
    let (found, missing) = match (request.param("gw_id"), request.param("room")) {
        (Some(id), _) => (rows.iter().find(|r| r.gw_id == id), format!("Gateway '{id}' not found")),
        (None, Some(room)) => (
            rows.iter().find(|r| r.room == room),
            format!("No gateway found for room '{room}'"),
        ),
        (None, None) => return error(400, "Missing 'gw_id' or 'room' parameter"),
    };
    match found {
        Some(row) => success(&json!({
            "gw_id": row.gw_id,
            "gw_state": match row.state {
                State::Started => "started",
                State::Working => "working",
                State::Stopped => "stopped",
            },
            "room": row.room, "browsing": "bigbluebutton", "media_duration": "", "transcript_progress": "",
        })),
        None => error(404, &missing),
    }
}

async fn start(request: &Request, pool: &Arc<Gateway>) -> Outcome {
    let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(&request.body) else {
        // The proxy reads its body unguarded.
        return Outcome::refused(uvicorn(500, "Internal Server Error".to_owned()));
    };
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    for name in ["room", "main_app", "browsing"] {
        if text(name).is_empty() {
            return Outcome::refused(error(400, &format!("Missing '{name}' parameter")));
        }
    }
    monitor(pool);
    // Nothing is marked before the gateway has answered: two starts at once are given the same one (contract §3.1).
    let Some(gw_id) = pool
        .books
        .lock()
        .iter()
        .find(|r| r.state == State::Started)
        .map(|r| r.gw_id.clone())
    else {
        return Outcome::refused(error(503, "No available gateways"));
    };
    let room = text("room");
    let domain = request.sim.robot_base();
    let start = Start {
        room: room.clone(),
        // The gateway behind it looks at another field than the proxy.
        address: domain
            .filter(|_| text("browsing_name") == "bigbluebutton")
            .and_then(|domain| robot_address(&domain, &room)),
        rtmp: text("rtmp_dst"),
        fail: request.error_inside_success,
        needs_rtmp: true,
        hijacks: false,
    };
    match pool.start(&request.sim, start).await {
        Started::NoFree => Outcome::refused(error(503, "No available gateways")),
        Started::Failed => Outcome::applied(error(503, "Faild to parse Gateway Json response")),
        Started::Ok => {
            let cut = {
                let mut rows = pool.books.lock();
                let Some(row) = rows.iter_mut().find(|r| r.gw_id == gw_id) else {
                    return Outcome::applied(error(503, "Faild to parse Gateway Json response"));
                };
                let cut = std::mem::replace(&mut row.room, room);
                row.state = State::Working;
                cut
            };
            if !cut.is_empty() {
                pool.stop(Some(&cut)).await;
            }
            Outcome::applied(success(&json!({ "processing_state": "working", "gw_id": gw_id })))
        }
    }
}

async fn stop(request: &Request, pool: &Arc<Gateway>) -> Outcome {
    let fields: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let gw_id = fields["gw_id"].as_str().unwrap_or_default().to_owned();
    let found = pool
        .books
        .lock()
        .iter()
        .find(|r| r.gw_id == gw_id)
        .map(|r| r.room.clone());
    let Some(room) = found else {
        return Outcome::none(error(404, &format!("No mapping found for gateway '{gw_id}'")));
    };
    if pool.stop(Some(&room)).await.is_none() {
        let inner = json!({ "status": "error", "error": { "code": 404, "detail": format!("no running container for gw_id={gw_id}") }, "data": null });
        let body = json!({ "status": "error", "error": "Failed to parse gateway response", "data": inner });
        return Outcome::none(uvicorn(404, body.to_string()));
    }
    if let Some(row) = pool.books.lock().iter_mut().find(|r| r.gw_id == gw_id) {
        row.state = State::Stopped;
    }
    // Free only at the next pass of the monitor.
    let (pool, release) = (Arc::clone(pool), pool.knobs().release_ms);
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(release)).await;
        let mut rows = pool.books.lock();
        for row in rows
            .iter_mut()
            .filter(|r| r.gw_id == gw_id && r.state == State::Stopped)
        {
            (row.state, row.room) = (State::Started, String::new());
        }
    });
    Outcome::applied(success(&json!({ "processing_state": "stopped" })))
}
