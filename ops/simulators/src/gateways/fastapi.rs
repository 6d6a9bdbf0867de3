//! What G4 and G5 have in common: FastAPI under `/gateway/*`, no token ever checked (gateway contract §2.7).

use axum::http::header;
use axum::response::Response;
use serde_json::Value;
use serde_json::value::RawValue;

use super::Request;
use super::gateway::{Start, Started, robot_address};
use super::wire::{compact, never, quote, uvicorn, with};
use crate::faults::Outcome;
use crate::robot::Seen;

/// Where the two generations differ.
pub trait Dialect: Sync {
    /// Paths that only this generation has, for `/openapi.json`.
    fn more_paths(&self) -> &'static [&'static str];
    /// `data` of the status of a running gateway.
    fn up(&self, gw_id: &str, room: &str, seen: &Seen) -> String;
    /// Status and detail of the status of an unknown `gw_id`.
    fn unknown_status(&self) -> (u16, &'static str);
    /// What a command to a gateway comes to.
    fn command(&self, payload: &Value, running: Option<&Seen>) -> Command;
    /// Browsers of any origin are let in.
    fn open_cors(&self) -> bool;
}

/// What a command comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Acknowledged; nothing is sent.
    Acknowledged,
    /// Refused with this status and detail.
    Refused(u16, &'static str),
    /// The call never returns.
    Blocks,
}

fn success(data: &str) -> Response {
    uvicorn(
        200,
        format!("{{\"status\":\"success\",\"error\":null,\"data\":{data}}}"),
    )
}

fn error(code: u16, detail: &str) -> Response {
    let detail = quote(detail, false);
    uvicorn(
        code,
        format!("{{\"status\":\"error\",\"error\":{{\"code\":{code},\"detail\":{detail}}},\"data\":null}}"),
    )
}

fn invalid(messages: &[String]) -> Outcome {
    let list = messages.join(",");
    Outcome::refused(uvicorn(
        422,
        format!("{{\"status\":\"error\",\"error\":\"Invalid input\",\"message\":[{list}]}}"),
    ))
}

const NOT_STARTED: &str = "Failed to start gateway container";

/// A well-formed refusal of a call that would have been carried out.
pub fn refusal(request: &Request) -> Response {
    let gw_id = request.gateway.gw_id.as_deref().unwrap_or_default();
    match request.call() {
        "start" => error(404, NOT_STARTED),
        "stop" => error(404, &format!("no running container for gw_id={gw_id}")),
        _ => error(404, "Gateway not found"),
    }
}

/// Answers a call.
pub async fn answer(request: Request, dialect: &dyn Dialect) -> Outcome {
    let (allowed, more) = (expected_method(&request.path), dialect.more_paths());
    let Some(allowed) = allowed.or(more.contains(&request.path.as_str()).then_some("GET")) else {
        return Outcome::none(uvicorn(404, "{\"detail\":\"Not Found\"}".to_owned()));
    };
    if request.method.as_str() != allowed {
        let refused = uvicorn(405, "{\"detail\":\"Method Not Allowed\"}".to_owned());
        return Outcome::none(with(refused, header::ALLOW, allowed));
    }
    let mut outcome = match request.path.as_str() {
        "gateway/start" => start(&request).await,
        "gateway/stop" => stop(&request).await,
        "gateway/status" => status(&request, dialect),
        "gateway/command" => command(&request, dialect),
        "openapi.json" => Outcome::applied(uvicorn(200, openapi(more))),
        "docs" => Outcome::applied(with(
            uvicorn(
                200,
                "<!DOCTYPE html><title>SIP Media Gateway API - Swagger UI</title>".to_owned(),
            ),
            header::CONTENT_TYPE,
            "text/html; charset=utf-8",
        )),
        _ => Outcome::applied(success("{}")),
    };
    if dialect.open_cors() {
        outcome.response = with(outcome.response, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    }
    outcome
}

fn expected_method(path: &str) -> Option<&'static str> {
    match path {
        "gateway/start" | "gateway/stop" | "gateway/command" => Some("POST"),
        "gateway/status" | "openapi.json" | "docs" => Some("GET"),
        _ => None,
    }
}

fn openapi(more: &[&str]) -> String {
    let mut paths: Vec<String> = [
        ("start", "post"),
        ("stop", "post"),
        ("status", "get"),
        ("command", "post"),
    ]
    .iter()
    .map(|(name, method)| format!("\"/gateway/{name}\":{{\"{method}\":{{\"responses\":{{}}}}}}"))
    .collect();
    paths.extend(
        more.iter()
            .map(|path| format!("\"/{path}\":{{\"get\":{{\"responses\":{{}}}}}}")),
    );
    format!(
        "{{\"openapi\":\"3.1.0\",\"info\":{{\"title\":\"SIP Media Gateway API\",\"version\":\"1.0.0\"}},\"paths\":{{{}}}}}",
        paths.join(",")
    )
}

/// The body as JSON with its own text, or the 422 of FastAPI.
fn body(request: &Request) -> Result<(Value, String), Outcome> {
    let text = String::from_utf8_lossy(&request.body);
    match serde_json::from_str::<Value>(&text) {
        Ok(value) if value.is_object() => {
            let raw = compact(&text);
            Ok((value, raw))
        }
        Ok(_) => Err(invalid(&[format!(
            "{{\"type\":\"model_attributes_type\",\"loc\":[\"body\"],\"msg\":\"Input should be a valid dictionary or object to extract fields from\",\"input\":{}}}",
            compact(&text)
        )])),
        Err(_) if text.is_empty() => Err(invalid(&[
            "{\"type\":\"missing\",\"loc\":[\"body\"],\"msg\":\"Field required\",\"input\":null}".to_owned(),
        ])),
        Err(problem) => Err(invalid(&[format!(
            "{{\"type\":\"json_invalid\",\"loc\":[\"body\",{}],\"msg\":\"JSON decode error\",\"input\":{{}},\"ctx\":{{\"error\":\"Expecting value\"}}}}",
            problem.column().saturating_sub(1)
        )])),
    }
}

/// The errors of pydantic for text fields: those required, then those that may be absent.
fn check(value: &Value, raw: &str, required: &[&str], optional: &[&str]) -> Vec<String> {
    let mut errors = Vec::new();
    for (name, needed) in required
        .iter()
        .map(|name| (name, true))
        .chain(optional.iter().map(|name| (name, false)))
    {
        match value.get(name) {
            None if needed => errors.push(format!(
                "{{\"type\":\"missing\",\"loc\":[\"body\",\"{name}\"],\"msg\":\"Field required\",\"input\":{raw}}}"
            )),
            Some(Value::String(_)) | None => {}
            Some(Value::Null) if !needed => {}
            Some(other) => errors.push(format!(
                "{{\"type\":\"string_type\",\"loc\":[\"body\",\"{name}\"],\"msg\":\"Input should be a valid string\",\"input\":{other}}}"
            )),
        }
    }
    errors
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

async fn start(request: &Request) -> Outcome {
    let (value, raw) = match body(request) {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let optional = [
        "browsing_name",
        "rtmp_dst",
        "prefix",
        "from_id",
        "dial",
        "transcript",
        "audio_only",
        "api_key",
        "recipient_mail",
    ];
    let errors = check(&value, &raw, &["room", "gw_id", "main_app"], &optional);
    if !errors.is_empty() {
        return invalid(&errors);
    }
    let gw_id = text(&value, "gw_id");
    if Some(gw_id) != request.gateway.gw_id.as_deref() {
        return Outcome::refused(error(404, NOT_STARTED));
    }
    if !matches!(text(&value, "main_app"), "streaming" | "recording" | "baresip") {
        return Outcome::refused(error(404, "Expecting value: line 1 column 1 (char 0)"));
    }
    let (room, rtmp) = (text(&value, "room"), text(&value, "rtmp_dst"));
    // The voice menu drops what is not in its alphabet and wants five characters at least (contract §4.1).
    let dialled: String = room
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/'))
        .collect();
    let domain = request.sim.robot_base();
    let started = request
        .gateway
        .start(
            &request.sim,
            Start {
                room: room.to_owned(),
                address: domain
                    .filter(|_| dialled.len() >= 5)
                    .and_then(|domain| robot_address(&domain, &dialled)),
                rtmp: rtmp.to_owned(),
                fail: request.error_inside_success,
                needs_rtmp: true,
                hijacks: true,
            },
        )
        .await;
    match started {
        Started::Failed if request.gateway.robot_of(None).is_some() => Outcome::applied(error(404, NOT_STARTED)),
        Started::Failed | Started::NoFree => Outcome::refused(error(404, NOT_STARTED)),
        Started::Ok if rtmp.contains('\'') => {
            Outcome::applied(error(404, "Expecting ',' delimiter: line 1 column 48 (char 47)"))
        }
        Started::Ok => Outcome::applied(success(&format!(
            "{{\"processing_state\":\"working\",\"gw_id\":{}}}",
            quote(gw_id, false)
        ))),
    }
}

async fn stop(request: &Request) -> Outcome {
    let (value, raw) = match body(request) {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let errors = check(&value, &raw, &["gw_id"], &[]);
    if !errors.is_empty() {
        return invalid(&errors);
    }
    let gw_id = text(&value, "gw_id");
    let known = Some(gw_id) == request.gateway.gw_id.as_deref();
    if request.error_inside_success {
        return Outcome::none(success("{\"processing_state\":\"working\"}"));
    }
    if known && request.gateway.stop(None).await.is_some() {
        return Outcome::applied(success("{\"processing_state\":\"stopped\"}"));
    }
    Outcome::none(error(404, &format!("no running container for gw_id={gw_id}")))
}

fn status(request: &Request, dialect: &dyn Dialect) -> Outcome {
    let Some((_, gw_id)) = request.query.iter().find(|(key, _)| key == "gw_id") else {
        return invalid(&[
            "{\"type\":\"missing\",\"loc\":[\"query\",\"gw_id\"],\"msg\":\"Field required\",\"input\":null}".to_owned(),
        ]);
    };
    if Some(gw_id) != request.gateway.gw_id.as_ref() {
        let (code, detail) = dialect.unknown_status();
        return Outcome::refused(error(code, detail));
    }
    let running = request.gateway.robot_of(None).filter(|_| !request.error_inside_success);
    Outcome::applied(match running {
        Some((room, robot)) => success(&dialect.up(gw_id, &room, &robot.seen())),
        None => success("{\"gw_state\":\"down\",\"detail\":\"exited\"}"),
    })
}

#[derive(serde::Deserialize)]
struct Echo<'a> {
    #[serde(borrow)]
    payload: &'a RawValue,
}

fn command(request: &Request, dialect: &dyn Dialect) -> Outcome {
    let (value, raw) = match body(request) {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let mut errors = check(&value, &raw, &["gw_id"], &[]);
    let payload = value.get("payload");
    match payload {
        Some(Value::Object(_)) => {}
        Some(other) => errors.push(format!(
            "{{\"type\":\"dict_type\",\"loc\":[\"body\",\"payload\"],\"msg\":\"Input should be a valid dictionary\",\"input\":{other}}}"
        )),
        None => errors.push(format!(
            "{{\"type\":\"missing\",\"loc\":[\"body\",\"payload\"],\"msg\":\"Field required\",\"input\":{raw}}}"
        )),
    }
    if !errors.is_empty() {
        return invalid(&errors);
    }
    if Some(text(&value, "gw_id")) != request.gateway.gw_id.as_deref() {
        return Outcome::refused(error(404, "Gateway not found"));
    }
    let seen = request.gateway.robot_of(None).map(|(_, robot)| robot.seen());
    match dialect.command(payload.unwrap_or(&Value::Null), seen.as_ref()) {
        Command::Acknowledged => {
            let received = serde_json::from_str::<Echo>(&raw).map(|echo| echo.payload.get().to_owned());
            let received = received.unwrap_or_else(|_| "{}".to_owned());
            // Acknowledged, and nothing is sent: the journal says so.
            Outcome::none(success(&format!("{{\"ack\":true,\"received\":{received}}}")))
        }
        Command::Refused(code, detail) => Outcome::refused(error(code, detail)),
        Command::Blocks => Outcome::none(never()),
    }
}
