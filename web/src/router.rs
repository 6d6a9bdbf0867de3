//! Everything that is served, and what surrounds every request.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tracing::Instrument;

use crate::Web;
use crate::api::problem::{Code, Problem, speak};
use crate::api::request::RequestId;
use crate::auth::{extract, origin};

/// Longest time for an answer to begin.
const PATIENCE: Duration = Duration::from_secs(30);
/// The same for a file that is sent to us over somebody's slow line.
const UPLOAD: Duration = Duration::from_mins(10);
/// What a page may load where its handler said nothing: our own style, scripts and pictures.
const POLICY: &str =
    "default-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors 'none'";
/// The same for what is shown in somebody else's frame.
const POLICY_EMBED: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The whole service.
pub fn router(web: Web) -> Router {
    let sockets = Router::new()
        .route("/live/{event}/ws", get(crate::chat::live_ws))
        .route("/live/{event}/console/ws", get(crate::chat::console_ws));
    let gzip = DefaultPredicate::new().and(NotForContentType::const_new("application/x-ndjson"));
    // What is layered first is innermost: a panic and a timeout become problems, which then are put into words.
    Router::new()
        .merge(crate::api::router())
        .merge(crate::pages::router())
        .layer(middleware::from_fn_with_state(web.clone(), extract::proven))
        .layer(middleware::from_fn_with_state(web.clone(), origin::layer))
        .layer(middleware::from_fn(to_the_end))
        .layer(middleware::from_fn(in_time))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(speak))
        .layer(middleware::from_fn_with_state(
            web.clone(),
            crate::pages::refused::in_words,
        ))
        .layer(CompressionLayer::new().compress_when(gzip))
        .merge(sockets)
        .layer(middleware::from_fn_with_state(web.clone(), around))
        .with_state(web)
}

fn is_upload(request: &Request) -> bool {
    let path = request.uri().path();
    let posted = ["/slides", "/picture", "/api/v1/import"]
        .iter()
        .any(|end| path.ends_with(end));
    posted && matches!(*request.method(), axum::http::Method::POST | axum::http::Method::PUT)
}

/// A timeout for the answer's beginning. What follows a log goes on as long as somebody reads, and a body
/// that streams is not cut.
async fn in_time(request: Request, next: Next) -> Response {
    let patience = if is_upload(&request) { UPLOAD } else { PATIENCE };
    tokio::time::timeout(patience, next.run(request))
        .await
        .unwrap_or_else(|_| Problem::new(Code::TooSlow).into_response())
}

/// What changes something is done to its end, also where whoever asked hangs up before: the HTTP server drops a handler with its
/// connection, and a sign-out that was cut off between the store and the sockets left open pages signed in.
async fn to_the_end(request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    match tokio::spawn(next.run(request).in_current_span()).await {
        Ok(response) => response,
        Err(e) => match e.try_into_panic() {
            // As if it had not been a task: the layer outside of this one says what follows a panic.
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Problem::new(Code::Internal).into_response(),
        },
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that the layer calls")]
fn panicked(what: Box<dyn Any + Send + 'static>) -> Response {
    let text = what
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| what.downcast_ref::<String>().cloned());
    tracing::error!(panic = text.as_deref().unwrap_or("?"), "a handler panicked");
    Problem::new(Code::Internal).into_response()
}

/// A path as it may be logged. Robots' room tokens, join keys and callback tokens are bearer secrets.
pub fn masked(path: &str) -> String {
    let mut parts = path.trim_start_matches('/').split('/');
    match (parts.next(), parts.next()) {
        (Some("robot"), Some(_)) => "/robot/…".to_owned(),
        (Some("robot-check"), Some(_)) => "/robot-check/…".to_owned(),
        (Some("callbacks"), Some(target)) => match parts.next() {
            Some(purpose) => format!("/callbacks/{target}/{purpose}/…"),
            None => "/callbacks/…".to_owned(),
        },
        (Some("slides"), Some(_)) => "/slides/…".to_owned(),
        (Some("calendar"), Some(_)) => "/calendar/…".to_owned(),
        (Some("join"), Some(id)) if parts.next().is_some() => format!("/join/{id}/…"),
        _ => path.to_owned(),
    }
}

/// An id that a proxy gave, if it is a plain word.
fn given_id(request: &Request) -> Option<String> {
    let text = request.headers().get(&REQUEST_ID)?.to_str().ok()?;
    let plain = (8..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    plain.then(|| text.to_owned())
}

/// Request id, span, security headers. Queries are never logged: they carry checksums, keys and names.
async fn around(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let id = given_id(&request).unwrap_or_else(|| web.sources.ids.ulid(web.sources.now()).to_string());
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = tracing::info_span!("request", id = %id, method = %request.method(), path = %masked(&path));
    let mut response = async {
        let response = next.run(request).await;
        tracing::debug!(status = response.status().as_u16(), "answered");
        response
    }
    .instrument(span)
    .await;
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert(REQUEST_ID, id);
    }
    let embed = path.starts_with("/live/") && path.trim_end_matches('/').ends_with("/embed");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers
        .entry(header::REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("same-origin"));
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(if embed { POLICY_EMBED } else { POLICY }));
    if !embed {
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    if path.starts_with("/api/v1/") {
        headers
            .entry(header::CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn secrets_in_paths_are_not_logged() {
        assert_eq!(masked("/robot/abcdefghij"), "/robot/…");
        assert_eq!(masked("/robot-check/abcdefghij"), "/robot-check/…");
        assert_eq!(masked("/join/01J/secretkey"), "/join/01J/…");
        assert_eq!(masked("/join/01J"), "/join/01J");
        assert_eq!(masked("/slides/01J/01J/1800000000/abcdef/a.pdf"), "/slides/…");
        assert_eq!(masked("/callbacks/bbb/end/token"), "/callbacks/bbb/end/…");
        assert_eq!(masked("/live/01J"), "/live/01J");
        assert_eq!(masked("/calendar/secret.ics"), "/calendar/…");
    }
}
