//! Refusals that no page made: a form that can't be read, a method that isn't there, a request from a stranger's page, a
//! handler that took too long. A browser showed them as a line of JSON or of English without a way on; a person gets a page.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::common::Reader;
use super::layout::{MessageView, message};
use crate::Web;
use crate::api::problem::{Code, Problem};
use crate::i18n::T;

/// Paths whose answers are for programs, whatever they say to accept.
const FOR_PROGRAMS: [&str; 4] = ["/api/", "/assets/", "/callbacks/", "/robot"];

fn reads_pages(path: &str, headers: &HeaderMap) -> bool {
    let html = |v: &header::HeaderValue| v.to_str().is_ok_and(|v| v.contains("text/html"));
    headers.get(header::ACCEPT).is_some_and(html) && !FOR_PROGRAMS.iter().any(|p| path.starts_with(p))
}

fn is_page(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|t| t.as_bytes().starts_with(b"text/html"))
}

/// Title and text, each with the way out.
fn words(reader: &Reader, address: &str, status: StatusCode, code: Option<Code>) -> MessageView {
    let f = &reader.frame;
    let (title, text) = match status {
        _ if code == Some(Code::Csrf) => (T::RefusedTitle, f.f(T::StrangeLong, &[("address", address)])),
        StatusCode::FORBIDDEN => (T::ForbiddenTitle, f.t(T::ForbiddenLong).to_owned()),
        StatusCode::NOT_FOUND => (T::NotFoundTitle, f.t(T::NotFound).to_owned()),
        s if s.is_server_error() => (T::ErrorTitle, f.t(T::ErrorLong).to_owned()),
        _ => (T::RefusedTitle, f.t(T::RefusedLong).to_owned()),
    };
    MessageView {
        title: f.t(title).to_owned(),
        text,
    }
}

/// Puts a page in the place of a refusal without one.
pub async fn in_words(State(web): State<Web>, request: Request, next: Next) -> Response {
    if !reads_pages(request.uri().path(), request.headers()) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let mut asked = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || is_page(&response) {
        return response;
    }
    // Nobody can be asked who it is: the refusal stays as it is.
    let Ok(reader) = Reader::from_request_parts(&mut asked, &web).await else {
        return response;
    };
    let code = response.extensions().get::<Problem>().map(|p| p.code);
    let view = words(&reader, &web.settings.public_url, status, code);
    let mut answer = reader.page(message(&reader.frame, &view));
    *answer.status_mut() = status;
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = response.headers().get(&name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    answer
}
