//! `GET /robot-check/{token}`: what a gateway's host asks for to show that it reaches us. The path is masked in logs.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::Web;
use crate::auth::address::ClientAddress;
use crate::reach::Visit;

/// Answers a few bytes of text, to whoever knows the address.
pub async fn visit(State(web): State<Web>, ClientAddress(from): ClientAddress, Path(token): Path<String>) -> Response {
    let (status, text) = match web.reach.visit(&token, from, web.sources.now()) {
        Visit::Reached => (StatusCode::OK, "Amphi: reached\n"),
        Visit::Unknown => (StatusCode::NOT_FOUND, "Amphi: this address is over, make another one\n"),
        Visit::TooMany => (StatusCode::TOO_MANY_REQUESTS, "Amphi: too many tries, wait a minute\n"),
    };
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, text).into_response()
}
