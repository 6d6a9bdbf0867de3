//! `/callbacks/bbb/{purpose}/{token}`: what BBB calls back with (bbb-contract §4, §5.2). No sign-in: the token in the
//! path is the proof, and what is said is a hint that is checked.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::api::request::RequestId;
use crate::{CallbackAnswer, Web};

/// Largest body that is read, in bytes.
pub const BODY_MAX: usize = 1 << 20;

/// GET and POST. The body is handed on as it came: its signature is over the raw bytes.
pub async fn take(
    State(web): State<Web>,
    Path((purpose, token)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    Extension(request): Extension<RequestId>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // BBB appends parameters even where such names are there already: the last `checksum` is its own.
    let checksum = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .filter(|(name, _)| name == "checksum")
        .last()
        .map(|(_, value)| value.into_owned());
    let authorization = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    let cause = request.cause();
    let status = match web
        .callbacks
        .take(&purpose, &token, checksum.as_deref(), authorization, &body, &cause)
        .await
    {
        CallbackAnswer::Taken => StatusCode::OK,
        CallbackAnswer::UnknownToken => StatusCode::NOT_FOUND,
        CallbackAnswer::BadSignature => StatusCode::UNAUTHORIZED,
        CallbackAnswer::Gone => StatusCode::GONE,
        CallbackAnswer::TooMany => StatusCode::TOO_MANY_REQUESTS,
        CallbackAnswer::BadRequest => StatusCode::BAD_REQUEST,
        CallbackAnswer::NotNow => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))]).into_response()
}
