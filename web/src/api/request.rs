//! What a request carries: strict bodies and queries, ids in paths, the `Idempotency-Key`; and what a write answers.

use amphi_events::ids::PersonId;
use amphi_events::log::EventLog;
use amphi_events::{Key, Position, Sources, StreamName};
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use sha2::{Digest, Sha256};
use ulid::Ulid;

use super::problem::{Code, Problem};
use crate::Web;

/// Most bytes of a request's body (task: 64 KiB; the longest meeting has 12 000 characters of text).
pub const BODY_MAX: usize = 64 * 1024;
/// Most items of a list's page.
pub const LIMIT_MAX: usize = 200;
/// Items of a page where nobody said how many.
pub const LIMIT: usize = 50;
/// Where a write's effect is: the position up to which a reader must have read.
pub const POSITION: HeaderName = HeaderName::from_static("amphi-position");

/// The id of a request, as `x-request-id` of its answer and the program's own log say it.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

impl RequestId {
    /// The cause of what comes of the request.
    pub fn cause(&self) -> String {
        format!("request:{}", self.0)
    }
}

/// A JSON body; unknown fields are refused by the types (`deny_unknown_fields`).
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Web> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Problem> {
        let json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|v| v.to_str().ok())
            .is_some_and(|t| {
                t.split(';')
                    .next()
                    .is_some_and(|t| t.trim().eq_ignore_ascii_case("application/json"))
            });
        if !json {
            return Err(Code::WrongType.into());
        }
        let bytes = Bytes::from_request(request, web)
            .await
            .map_err(|_| Problem::new(Code::TooLarge))?;
        serde_json::from_slice(&bytes).map(Self).map_err(|e| {
            let code = if e.classify() == Category::Data {
                Code::BadBody
            } else {
                Code::BadJson
            };
            Problem::new(code).detail(e.to_string())
        })
    }
}

/// The query; unknown parameters are refused by the types.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Web> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _web: &Web) -> Result<Self, Problem> {
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|axum::extract::Query(t)| Self(t))
            .map_err(|e| Problem::new(Code::BadQuery).detail(e.body_text()))
    }
}

/// An id of a path: what is no id names nothing.
///
/// # Errors
/// 404.
pub fn id<T: std::str::FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Code::NotFound.into())
}

/// A moment of a query or a body.
///
/// # Errors
/// `code`, with the field's name.
pub fn moment(code: Code, field: &str, text: &str) -> Result<amphi_events::Time, Problem> {
    amphi_events::Time::parse_rfc3339(text)
        .map_err(|_| Problem::new(code).detail(format!("{field}: not an RFC 3339 date-time")))
}

/// Page size from `limit`.
///
/// # Errors
/// It is 0 or beyond [`LIMIT_MAX`].
pub fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    match asked {
        None => Ok(LIMIT),
        Some(n) if (1..=LIMIT_MAX).contains(&n) => Ok(n),
        Some(_) => Err(Problem::new(Code::BadQuery).detail(format!("limit: 1 to {LIMIT_MAX}"))),
    }
}

/// The `Idempotency-Key` header.
#[derive(Debug, Clone)]
pub struct Idempotency(pub Option<String>);

impl FromRequestParts<Web> for Idempotency {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _web: &Web) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get("idempotency-key") else {
            return Ok(Self(None));
        };
        let text = value.to_str().unwrap_or_default().trim();
        if text.is_empty() || text.len() > 200 || text.chars().any(|c| c.is_ascii_control()) {
            return Err(Code::BadKey.into());
        }
        Ok(Self(Some(text.to_owned())))
    }
}

impl Idempotency {
    /// The key of what `person` does (`what`: the call, so that one key for two calls is two acts).
    pub fn key(&self, person: PersonId, what: &str) -> Option<Key> {
        self.0
            .as_deref()
            .map(|k| Key::of(&["idem", &person.to_string(), what, k]))
    }

    /// The id of what is made: the same for the same person, call and key, so that a repeat reaches the stream that the
    /// first one made; a new one where no key is given.
    pub fn id<T: From<Ulid>>(&self, person: PersonId, what: &str, sources: &Sources) -> T {
        let Some(key) = &self.0 else { return sources.id() };
        let mut h = Sha256::new();
        for part in ["amphi/idem/1", &person.to_string(), what, key] {
            h.update((part.len() as u64).to_be_bytes());
            h.update(part.as_bytes());
        }
        let digest = h.finalize();
        let mut bytes = [0_u8; 16];
        bytes.copy_from_slice(&digest[..16]);
        Ulid::from_bytes(bytes).into()
    }
}

/// Where the stream already holds an event with this key: what was asked was done then, whatever the rules would
/// say now (a repeated "end" after the end).
///
/// # Errors
/// The stream can't be read.
pub async fn done_before(
    log: &dyn EventLog,
    stream: &StreamName,
    key: Option<Key>,
) -> Result<Option<Position>, Problem> {
    let Some(key) = key else { return Ok(None) };
    let found = log.keyed(stream, &key).await;
    let found = found.map_err(|e| Problem::unavailable("a stream can't be read", e))?;
    Ok(found.map(|e| e.position))
}

/// The versions that `If-Match` names; `None`: any will do.
///
/// # Errors
/// It holds what no `ETag` of ours says.
pub fn if_match<T: std::str::FromStr>(headers: &HeaderMap) -> Result<Option<Vec<T>>, Problem> {
    let mut all = vec![];
    let values = headers.get_all(header::IF_MATCH);
    for value in values.iter().flat_map(|v| v.to_str().unwrap_or("?").split(',')) {
        match value.trim() {
            "*" => return Ok(None),
            tag => {
                let id = tag.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
                let id = id.and_then(|t| t.parse().ok()).ok_or(Code::BadCondition)?;
                all.push(id);
            }
        }
    }
    Ok((!all.is_empty()).then_some(all))
}

/// The answer to a write.
#[derive(Debug)]
pub struct Written<T> {
    /// 200, 201.
    pub status: StatusCode,
    /// Where the effect is in the log; `None` for what lives in the store only.
    pub position: Option<Position>,
    /// The thing as it is now.
    pub body: T,
}

impl<T> Written<T> {
    /// Something was made.
    pub fn made(position: Position, body: T) -> Self {
        Self {
            status: StatusCode::CREATED,
            position: Some(position),
            body,
        }
    }

    /// Something was changed.
    pub fn done(position: Position, body: T) -> Self {
        Self {
            status: StatusCode::OK,
            position: Some(position),
            body,
        }
    }
}

impl<T: Serialize> IntoResponse for Written<T> {
    fn into_response(self) -> Response {
        let mut response = (self.status, axum::Json(self.body)).into_response();
        place(&mut response, self.position);
        response
    }
}

/// Says where the effect of a write is.
pub fn place(response: &mut Response, position: Option<Position>) {
    if let Some(p) = position {
        response.headers_mut().insert(POSITION, HeaderValue::from(p.0));
    }
}

/// 204 with the position.
pub fn gone(position: Option<Position>) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    place(&mut response, position);
    response
}

/// A page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Give it as `cursor` for the next page; null at the end.
    pub next: Option<String>,
}
