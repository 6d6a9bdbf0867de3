//! The simulated BBB (bbb-contract.md): transport, checksum and the table of calls.

pub mod callbacks;
mod calls;
pub mod checksum;
pub mod clock;
pub mod elsewhere;
pub mod hooks;
mod join;
pub mod meeting;
pub mod recordings;
pub mod request;
pub mod state;
pub mod xml;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;

pub use join::cookie_of;
pub use state::Bbb;

use crate::Sim;
use crate::faults::{Alternatives, Outcome, html_status, under};
use crate::journal::To;
use request::Request;
use xml::Xml;

/// Routes of the BBB API.
pub fn router() -> Router<Arc<Sim>> {
    Router::new()
        .route("/bigbluebutton/api", any(index))
        .route("/bigbluebutton/api/", any(index))
        .route("/bigbluebutton/api/{*call}", any(front))
        .route("/bbb-1/bigbluebutton/api/join", any(backend_join))
}

async fn index(
    State(sim): State<Arc<Sim>>,
    method: Method,
    uri: OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    receive(sim, "index", false, &method, &uri, &headers, &body).await
}

async fn front(
    State(sim): State<Arc<Sim>>,
    Path(call): Path<String>,
    method: Method,
    uri: OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let call = call.trim_end_matches('/');
    receive(sim, call, false, &method, &uri, &headers, &body).await
}

/// The server behind the simulated load balancer.
async fn backend_join(
    State(sim): State<Arc<Sim>>,
    method: Method,
    uri: OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    receive(sim, "join", true, &method, &uri, &headers, &body).await
}

/// Whether this call is routed for this method (§1.3). None = no such call.
fn is_routed(call: &str, method: &Method, old_bbb: bool) -> Option<bool> {
    let get = method == Method::GET || method == Method::HEAD;
    let post = method == Method::POST;
    Some(match call {
        "sendChatMessage" if old_bbb => return None,
        "index" | "create" | "isMeetingRunning" | "end" | "getMeetingInfo" | "getMeetings" | "getSessions"
        | "getRecordings" | "updateRecordings" => get || post,
        "insertDocument" => post,
        "join" | "sendChatMessage" | "publishRecordings" | "deleteRecordings" | "hooks/create" | "hooks/list"
        | "hooks/destroy" | "hooks/ping" => get,
        _ => return None,
    })
}

/// What a Scalelite passes on; the rest is `unsupportedRequest` (§6.1).
fn passes_scalelite(call: &str) -> bool {
    !call.starts_with("hooks/") && !matches!(call, "sendChatMessage" | "getSessions")
}

async fn receive(
    sim: Arc<Sim>,
    call: &str,
    backend: bool,
    method: &Method,
    uri: &OriginalUri,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let settings = sim.settings();
    let scalelite = settings.scalelite && !backend;
    let raw = uri.query().unwrap_or_default();
    let mut request = Request::read(call, raw, headers, body, scalelite);
    if call == "index" {
        // The version document looks at the type of the request instead (§3.1).
        let kind = headers.get("content-type").and_then(|value| value.to_str().ok());
        request.json = kind.is_some_and(|kind| kind.starts_with("application/json"));
        request.unacceptable = false;
    }
    let id = sim.journal.begin(To::Bbb, None, call, request.params.clone());
    let routed = if scalelite && !passes_scalelite(call) {
        Some(true)
    } else {
        is_routed(call, method, settings.old_bbb)
    };
    let alternatives = Alternatives {
        refusal: refusal(&sim, &request).response,
        error_inside_success: error_inside_success(),
    };
    let (faults, journal) = (sim.faults.clone(), sim.journal.clone());
    let act = async move {
        match routed {
            None => Outcome::none(html_status(404)),
            Some(false) => Outcome::none(html_status(405)),
            Some(true) => serve(&sim, &request, settings.api_disabled),
        }
    };
    let on = format!("bbb.{call}");
    under(&faults, &journal, id, &on, alternatives, act).await
}

/// Checksum first, then the other rules, then the call itself (§1.5).
fn serve(sim: &Arc<Sim>, request: &Request, api_disabled: bool) -> Outcome {
    let call = request.call.as_str();
    match call {
        "index" => return calls::index(sim, request.json),
        "hooks/ping" if !request.scalelite => return hooks::ping(),
        _ => {}
    }
    if request.unacceptable && call != "join" {
        return Outcome::none(StatusCode::OK.into_response());
    }
    if call.starts_with("hooks/") && !request.scalelite && request.get("checksum").is_some_and(|sum| sum.len() % 2 == 1)
    {
        return Outcome::none(html_status(500));
    }
    if !request.proves(&sim.bbb.secret) {
        return if call == "join" && !request.scalelite {
            join::to_error_page(sim, request, "checksumError")
        } else {
            request.fail("checksumError")
        };
    }
    if request.scalelite && !passes_scalelite(call) {
        return request.fail("unsupportedRequest");
    }
    if api_disabled {
        return request.fail("apiNotEnabled");
    }
    match call {
        "join" if request.scalelite => return join::to_backend(sim, request),
        "join" => return join::join(sim, request),
        _ => {}
    }
    if let Some(key) = request.broken_rule() {
        return request.fail(key);
    }
    match call {
        "create" => calls::create(sim, request),
        "isMeetingRunning" => calls::is_running(sim, request),
        "end" => calls::end(sim, request),
        "getMeetingInfo" => calls::info(sim, request),
        "getMeetings" => calls::all(sim, request),
        "getSessions" => calls::sessions(sim),
        "sendChatMessage" => calls::chat(sim, request),
        "insertDocument" => calls::insert_document(sim, request),
        "getRecordings" => recordings::get(sim, request),
        "publishRecordings" => recordings::publish(sim, request),
        "deleteRecordings" => recordings::delete(sim, request),
        "updateRecordings" => recordings::update(sim, request),
        "hooks/create" => hooks::create(sim, request),
        "hooks/list" => hooks::list(sim, request),
        "hooks/destroy" => hooks::destroy(sim, request),
        _ => Outcome::none(html_status(404)),
    }
}

/// For the fault `refuse`: a key that this call knows.
fn refusal(sim: &Sim, request: &Request) -> Outcome {
    request.fail(match request.call.as_str() {
        "create" => "idNotUnique",
        "join" => return join::to_error_page(sim, request, "maxParticipantsReached"),
        "end" | "getMeetingInfo" | "publishRecordings" | "deleteRecordings" | "updateRecordings" => "notFound",
        "sendChatMessage" => "meetingNotFound",
        "hooks/create" => "createHookError",
        "hooks/list" => "listHookError",
        "hooks/destroy" => "destroyHookError",
        _ => "checksumError",
    })
}

/// For the fault `error_inside_success`: SUCCESS, and none of the elements that it promises.
fn error_inside_success() -> Response {
    let mut xml = Xml::response("SUCCESS");
    xml.tag("messageKey", "internalError")
        .tag("message", "Something went wrong.");
    xml.finish()
}
