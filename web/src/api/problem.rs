//! Problem documents (RFC 9457): `type`, `title`, `status`, `code`, and where there is more to say `detail` and
//! members of the code's own.
//!
//! A handler answers with a [`Problem`]; the words are put in by [`speak`], which knows the reader's language.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

pub use super::codes::{Code, Language};

/// What a handler answers with instead of a result.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Which.
    pub code: Code,
    /// Technical detail, English, such as where JSON broke.
    pub detail: Option<String>,
    /// Members of its own, such as `next_free`.
    pub more: Map<String, Value>,
    /// Seconds to wait, also as `Retry-After`.
    pub retry_after: Option<u64>,
}

impl Problem {
    /// Of a code.
    pub fn new(code: Code) -> Self {
        Self {
            code,
            detail: None,
            more: Map::new(),
            retry_after: None,
        }
    }

    /// With technical detail.
    #[must_use]
    pub fn detail(mut self, text: impl Into<String>) -> Self {
        self.detail = Some(text.into());
        self
    }

    /// With a member of its own.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    /// With a waiting time in seconds, at least one.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds.max(1));
        self
    }

    /// A failure that is ours: told to the log, not to the reader (it may name files or hosts).
    pub fn internal(what: &str, error: impl std::fmt::Display) -> Self {
        tracing::error!(%error, "{what}");
        Self::new(Code::Internal)
    }

    /// Something below can't be asked now.
    pub fn unavailable(what: &str, error: impl std::fmt::Display) -> Self {
        tracing::warn!(%error, "{what}");
        Self::new(Code::Unavailable).retry_after(2)
    }

    fn body(&self, language: Language) -> Vec<u8> {
        let mut map = Map::new();
        map.insert("type".into(), json!(format!("/api/docs#{}", self.code.as_str())));
        map.insert("title".into(), json!(self.code.words(language)));
        map.insert("status".into(), json!(self.code.status().as_u16()));
        map.insert("code".into(), json!(self.code.as_str()));
        if let Some(detail) = &self.detail {
            map.insert("detail".into(), json!(detail));
        }
        if let Some(s) = self.retry_after {
            map.insert("retry_after_ms".into(), json!(s * 1000));
        }
        for (name, value) in &self.more {
            map.entry(name.clone()).or_insert_with(|| value.clone());
        }
        serde_json::to_vec(&Value::Object(map)).unwrap_or_default()
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body(Language::En)));
        *response.status_mut() = self.code.status();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.code.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Puts a problem into the reader's language, and gives a problem document to refusals that axum made itself
/// under `/api` (a missing path segment, a method that isn't there).
pub async fn speak(request: Request, next: Next) -> Response {
    let accept = request
        .headers()
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|v| v.to_str().ok());
    let language = Language::of(accept);
    let api = request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    let problem = match response.extensions().get::<Problem>() {
        Some(p) => p.clone(),
        None if api => match bare(&response) {
            Some(code) => Problem::new(code),
            None => return response,
        },
        None => return response,
    };
    let (mut parts, _) = response.into_parts();
    parts.headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    parts
        .headers
        .insert(header::VARY, HeaderValue::from_static("accept-language"));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(problem.body(language)))
}

fn bare(response: &Response) -> Option<Code> {
    let json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|t| t.as_bytes().starts_with(b"application/"));
    if json {
        return None;
    }
    match response.status() {
        StatusCode::BAD_REQUEST => Some(Code::BadQuery),
        StatusCode::NOT_FOUND => Some(Code::NotFound),
        StatusCode::METHOD_NOT_ALLOWED => Some(Code::MethodNotAllowed),
        StatusCode::PAYLOAD_TOO_LARGE => Some(Code::TooLarge),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Some(Code::WrongType),
        StatusCode::REQUEST_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE => Some(Code::TooSlow),
        StatusCode::INTERNAL_SERVER_ERROR => Some(Code::Internal),
        _ => None,
    }
}

/// The document, for the OpenAPI description.
#[derive(Debug, serde::Serialize, ToSchema)]
#[schema(title = "Problem")]
pub struct ProblemBody {
    /// Where the code is described.
    pub r#type: String,
    /// What it says to people, in French or English by `Accept-Language`.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Stable code for programs.
    pub code: String,
    /// Technical detail, where there is one.
    pub detail: Option<String>,
    /// How long to wait, where that helps.
    pub retry_after_ms: Option<u64>,
}
