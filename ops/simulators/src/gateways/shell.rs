//! What G1, G2 and G3 have in common: web.py in front of a shell script (gateway contract §2.2 to §2.6).

use axum::http::{Method, header};
use axum::response::Response;
use serde_json::Value;

use super::Request;
use super::gateway::{Start, Started, robot_address};
use super::mangle::Mangled;
use super::wire::{quote, web_py, with};
use crate::faults::Outcome;
use crate::robot::Order;

/// How one generation words its answers.
pub trait Dialect: Sync {
    /// Body of the 401, without a Content-Type in every generation.
    fn unauthorized(&self) -> &'static str;
    /// Status of an answer that names a missing parameter.
    fn missing_status(&self) -> u16;
    /// A start's or stop's details in their envelope, if there is one.
    fn envelope(&self, details: &str) -> String;
    /// `uri` of a good start.
    fn uri<'a>(&self, rtmp: &'a str) -> &'a str;
    /// What compose prints when it stops the container of a slot.
    fn stop_text(&self, slot: usize) -> String;
    /// Status and body of a stop where nothing runs.
    fn nothing_to_stop(&self, room: &str) -> (u16, String);
    /// `GET /progress` exists.
    fn has_progress(&self) -> bool;
    /// `loop` crashes the launcher.
    fn loop_crashes(&self) -> bool;
    /// An apostrophe in `rtmpDst` crashes the launcher after the container has started.
    fn quote_crashes(&self) -> bool;
    /// A start without `rtmpDst` ends its container (builds after 2024-07-25).
    fn needs_rtmp(&self) -> bool;
    /// What the chat path makes of a text.
    fn mangle(&self, text: &str) -> Mangled;
}

/// What compose prints for a room that has nothing to remove (G1, G2).
pub fn warning(room: &str) -> String {
    format!("Warning: No resource found to remove for project \"{room}\".")
}

fn json(status: u16, body: String) -> Response {
    web_py(status, &["application/json"], body)
}

fn res(text: &str) -> String {
    format!("{{\"res\": {}}}", quote(text, true))
}

fn start_error(dialect: &dyn Dialect, text: &str) -> Response {
    json(
        200,
        dialect.envelope(&format!("{{\"res\": \"error\", \"type\": {}}}", quote(text, true))),
    )
}

fn missing(dialect: &dyn Dialect, text: &str) -> Outcome {
    Outcome::refused(json(
        dialect.missing_status(),
        format!("{{\"Error\": {}}}", quote(text, true)),
    ))
}

fn no_room(dialect: &dyn Dialect) -> Outcome {
    missing(dialect, "a room name must be specified")
}

/// web.py's debug page; the handler had already set its own Content-Type.
fn crash(path: &str, error: &str) -> Response {
    web_py(
        500,
        &["application/json", "text/html"],
        format!(
            "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\" \"http://www.w3.org/TR/html4/loose.dtd\">\n\
             <html lang=\"en\">\n<head>\n  <meta http-equiv=\"content-type\" content=\"text/html; charset=utf-8\" />\n\
             \x20 <meta name=\"robots\" content=\"NONE,NOARCHIVE\" />\n  <title>{error} at /{path}</title>\n</head>\n\
             <body>\n<div id=\"summary\">\n  <h1>{error} at /{path}</h1>\n</div>\n</body>\n</html>\n"
        ),
    )
}

fn plain(status: u16, text: &str) -> Response {
    web_py(status, &["text/html"], text.to_owned())
}

/// What Docker's resolver says of a room whose container is not there.
fn unresolved(room: &str) -> String {
    format!("nc: getaddrinfo for host \"{room}\" port 4444: Name or service not known")
}

/// A well-formed refusal of a call that would have been carried out.
pub fn refusal(request: &Request, dialect: &dyn Dialect) -> Response {
    let room = request.param("room").unwrap_or_default();
    match request.call() {
        "start" => start_error(dialect, "No free resources found"),
        "stop" => {
            let (status, body) = dialect.nothing_to_stop(room);
            json(status, body)
        }
        "chat" => json(200, res(&unresolved(room))),
        _ => json(404, "{\"Error\": \"something wrong happened\"}".to_owned()),
    }
}

/// Answers a call.
pub async fn answer(request: Request, dialect: &dyn Dialect) -> Outcome {
    let allowed = match request.path.as_str() {
        "start" | "stop" => "GET",
        "progress" if dialect.has_progress() => "GET",
        "chat" => "GET, POST",
        _ => return Outcome::none(plain(404, "not found")),
    };
    let post = request.method == Method::POST && request.path == "chat";
    if request.method != Method::GET && !post {
        return Outcome::none(with(plain(405, "method not allowed"), header::ALLOW, allowed));
    }
    // POST /chat checks no token, in any of the three generations.
    if post {
        return chat(&request, dialect);
    }
    let token = request.authorization.as_deref().unwrap_or_default();
    if token.strip_prefix("Bearer ").unwrap_or(token) != request.gateway.knobs().token {
        let refused = web_py(401, &[], dialect.unauthorized().to_owned());
        return Outcome::refused(with(
            refused,
            header::WWW_AUTHENTICATE,
            "Bearer error=\"invalid_token\"",
        ));
    }
    // The literal 0 counts as missing.
    let Some(room) = request.param("room").filter(|room| *room != "0").map(str::to_owned) else {
        return no_room(dialect);
    };
    match request.path.as_str() {
        "start" => start(&request, dialect, &room).await,
        "stop" => stop(&request, dialect, &room).await,
        "progress" => progress(&request, &room),
        _ => toggle(&request, dialect, &room),
    }
}

async fn start(request: &Request, dialect: &dyn Dialect, room: &str) -> Outcome {
    if request.param("from").is_some() || (dialect.loop_crashes() && request.param("loop").is_some()) {
        return Outcome::none(crash("start", "TypeError"));
    }
    let rtmp = request.param("rtmpDst").unwrap_or_default();
    let started = request
        .gateway
        .start(
            &request.sim,
            Start {
                room: room.to_owned(),
                address: request.param("domain").and_then(|domain| robot_address(domain, room)),
                rtmp: rtmp.to_owned(),
                fail: request.error_inside_success,
                needs_rtmp: dialect.needs_rtmp(),
                hijacks: false,
            },
        )
        .await;
    match started {
        Started::NoFree => Outcome::refused(start_error(dialect, "No free resources found")),
        // The container that a failed start leaves behind is an effect.
        Started::Failed if request.gateway.robot_of(Some(room)).is_some() => {
            Outcome::applied(start_error(dialect, "The gateway failed to launch"))
        }
        Started::Failed => Outcome::refused(start_error(dialect, "The gateway failed to launch")),
        Started::Ok if dialect.quote_crashes() && rtmp.contains('\'') => {
            Outcome::applied(crash("start", "JSONDecodeError"))
        }
        Started::Ok => {
            let uri = quote(dialect.uri(rtmp), true);
            let details = format!("{{\"res\": \"ok\", \"app\": \"streaming\", \"uri\": {uri}}}");
            Outcome::applied(json(200, dialect.envelope(&details)))
        }
    }
}

async fn stop(request: &Request, dialect: &dyn Dialect, room: &str) -> Outcome {
    if request.error_inside_success {
        return Outcome::none(json(200, dialect.envelope(&res(" Container gw0  Error"))));
    }
    if let Some(slot) = request.gateway.stop(Some(room)).await {
        return Outcome::applied(json(200, dialect.envelope(&res(&dialect.stop_text(slot)))));
    }
    let (status, body) = dialect.nothing_to_stop(room);
    Outcome::none(json(status, body))
}

fn progress(request: &Request, room: &str) -> Outcome {
    let body = if request.gateway.robot_of(Some(room)).is_some() {
        "{\"status\": \"success\", \"transcript_progress\": \"0%\"}"
    } else {
        "{\"status\": \"success\", \"gw_state\": \"down\"}"
    };
    Outcome::applied(json(200, body.to_owned()))
}

fn toggle(request: &Request, dialect: &dyn Dialect, room: &str) -> Outcome {
    if request.param("toggle").is_none() {
        return missing(dialect, "toggle parameter is expected");
    }
    hand_over(request, room, "ok", Order::Toggle)
}

fn chat(request: &Request, dialect: &dyn Dialect) -> Outcome {
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
        return Outcome::none(crash("chat", "JSONDecodeError"));
    };
    let field = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let Some(room) = field("room").filter(|room| *room != "0") else {
        return no_room(dialect);
    };
    let Some(text) = field("msg") else {
        return missing(dialect, "message missing or not readable");
    };
    let mangled = dialect.mangle(text);
    if mangled.kills {
        return hand_over(request, room, mangled.res, Order::Kill);
    }
    if mangled.lines.is_empty() {
        // Lost on the way: nothing reaches the robot, whether it is there or not.
        return Outcome::none(json(200, res(mangled.res)));
    }
    hand_over(request, room, mangled.res, Order::Type(mangled.lines))
}

fn hand_over(request: &Request, room: &str, ok: &str, order: Order) -> Outcome {
    if !request.error_inside_success && request.gateway.order(room, order) {
        Outcome::applied(json(200, res(ok)))
    } else {
        Outcome::none(json(200, res(&unresolved(room))))
    }
}
