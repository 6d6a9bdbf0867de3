//! Same-origin proof (surface §3): a browser sends the session cookie also with a form that a stranger's page
//! submits, so a cookie alone doesn't show that the person meant it.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::extract::Rejected;
use super::{bearer, cookie};
use crate::Web;

/// What the browser says of the page that sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Ours.
    Ours,
    /// Somebody else's.
    Strange,
    /// Nothing is said: no browser of these years, or no browser.
    Missing,
}

/// Reads `Sec-Fetch-Site` and `Origin`. No page can set either.
pub fn proof(headers: &HeaderMap, public_url: &str) -> Proof {
    let site = headers.get("sec-fetch-site").and_then(|v| v.to_str().ok());
    let origin = headers.get(header::ORIGIN).and_then(|v| v.to_str().ok());
    if site == Some("same-origin") || origin.is_some_and(|o| o == public_url) {
        Proof::Ours
    } else if site.is_some() || origin.is_some() {
        Proof::Strange
    } else {
        Proof::Missing
    }
}

/// Robots and BBB come without a session and from hosts of their own choice.
fn exempt(path: &str) -> bool {
    path.starts_with("/robot/") || path.starts_with("/callbacks/")
}

/// Refuses unsafe methods that carry a cookie without proof, and, to keep strangers from signing a browser in as
/// somebody else, also those without a cookie that say that they come from elsewhere.
pub async fn layer(State(web): State<Web>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE
    );
    if safe || exempt(request.uri().path()) || bearer(headers).is_some() {
        return next.run(request).await;
    }
    let refused = match proof(headers, &web.settings.public_url) {
        Proof::Ours => false,
        Proof::Strange => true,
        Proof::Missing => cookie::session_of(&web.settings, headers).is_some(),
    };
    if refused {
        Rejected::csrf(request.uri()).into_response()
    } else {
        next.run(request).await
    }
}
