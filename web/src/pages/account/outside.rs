//! `/login/{way}` and `/login/{way}/back`: to another house and back.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::Extension;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::handlers::{page, signed_in};
use super::next::same_site;
use super::view::LoginProblem;
use crate::Web;
use crate::auth::address::ClientAddress;
use crate::auth::outside::kept::{self, Kept};
use crate::auth::outside::{EnterError, OutsideIdentity, WayError, enter, headers, list};
use crate::auth::throttle::{self, Count};
use crate::i18n::T;
use crate::pages::common::{self, Reader};

/// Where somebody comes back to, without a query. An answer is for this address and no other.
fn back(web: &Web, way: &str) -> String {
    format!("{}/login/{way}/back", web.settings.public_url)
}

fn label(web: &Web, way: &str) -> Option<String> {
    list(web).into_iter().find(|w| w.name == way).map(|w| w.label)
}

/// The sign-in page, saying why nobody was signed in: the ways and the local form stand there again.
fn failed(web: &Web, reader: &Reader, way: &str, next: &str, error: &EnterError) -> Response {
    let (title, text, status) = match error {
        EnterError::Way(WayError::Unknown | WayError::Stale) => (T::WayStale, T::WayStaleLong, StatusCode::BAD_REQUEST),
        EnterError::Way(WayError::Refused(_)) => (T::WayRefused, T::WayRefusedLong, StatusCode::FORBIDDEN),
        EnterError::Way(WayError::Untrusted(_)) => (T::WayUntrusted, T::WayUntrustedLong, StatusCode::FORBIDDEN),
        EnterError::Way(WayError::Unavailable(_)) => {
            (T::WayUnavailable, T::WayUnavailableLong, StatusCode::BAD_GATEWAY)
        }
        EnterError::Shut => (T::WayShut, T::WayShutLong, StatusCode::FORBIDDEN),
        EnterError::Taken | EnterError::Unavailable(_) => {
            (T::ErrorTitle, T::ErrorLong, StatusCode::SERVICE_UNAVAILABLE)
        }
    };
    // What another house says may be long and hold line ends: it is cut and quoted.
    let why: String = error.to_string().chars().take(400).collect();
    tracing::warn!(way, error = ?why, "nobody was signed in");
    let house = label(web, way).unwrap_or_default();
    let problem = LoginProblem::Outside(
        reader.frame.f(title, &[("house", &house)]),
        reader.frame.t(text).to_owned(),
    );
    let mut answer = page(web, reader, next, "", problem);
    *answer.status_mut() = status;
    answer
}

/// `GET /login/{way}`: off to the other house, or, where a proxy says who comes, in at once.
pub async fn set_out(
    State(web): State<Web>,
    reader: Reader,
    Path(way): Path<String>,
    Query(asked): Query<BTreeMap<String, String>>,
    address: ClientAddress,
    connection: Option<Extension<ConnectInfo<SocketAddr>>>,
) -> Response {
    let next = same_site(asked.get("next").map_or("/", String::as_str));
    if label(&web, &way).is_none() {
        return common::nothing(reader).await;
    }
    if way == headers::WAY {
        let peer = connection.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |Extension(ConnectInfo(peer))| {
            peer.ip()
        });
        let found = web.settings.outside.headers.as_ref().ok_or(WayError::Unknown);
        let identity = found.and_then(|h| h.identity(peer, &reader.headers));
        return arrived(&web, &reader, &way, next, address.0, identity).await;
    }
    match web.ways.set_out(&way, &back(&web, &way)).await {
        Ok(out) => {
            let kept = Kept {
                way,
                next: next.to_owned(),
                kept: out.kept,
            };
            let mut answer = common::see(&out.location);
            let h = answer.headers_mut();
            h.append(header::SET_COOKIE, kept.keep(&web.settings));
            h.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            answer
        }
        Err(error) => failed(&web, &reader, &way, next, &error.into()),
    }
}

/// `GET /login/{way}/back`.
pub async fn come_back(
    State(web): State<Web>,
    reader: Reader,
    Path(way): Path<String>,
    Query(answer): Query<BTreeMap<String, String>>,
    address: ClientAddress,
) -> Response {
    if label(&web, &way).is_none() || way == headers::WAY {
        return common::nothing(reader).await;
    }
    let Some(kept) = Kept::of(&web.settings, &reader.headers).filter(|k| k.way == way) else {
        return failed(&web, &reader, &way, "/", &WayError::Stale.into());
    };
    // What brings no code and no ticket is no answer that the other house is asked about. Of the others each is: nobody may make us ask at will.
    let asks = answer.contains_key("code") || answer.contains_key("ticket");
    let (most, now) = (web.settings.sign_in_failures, web.sources.now());
    if let Some(seconds) = throttle::wait(Count::Returns, address.0, most, now).filter(|_| asks) {
        let text = reader.frame.t(T::LoginThrottled).to_owned();
        let mut answer = page(&web, &reader, "/", "", LoginProblem::Outside(text, String::new()));
        *answer.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        return answer;
    }
    let next = same_site(&kept.next);
    let identity = web.ways.come_back(&way, &back(&web, &way), &kept.kept, &answer).await;
    // Begun elsewhere, or unknown: nobody was asked.
    if asks && matches!(identity, Err(WayError::Refused(_) | WayError::Untrusted(_))) {
        throttle::failed(Count::Returns, address.0, now);
    }
    let mut answer = arrived(&web, &reader, &way, next, address.0, identity).await;
    answer
        .headers_mut()
        .append(header::SET_COOKIE, kept::forget(&web.settings));
    answer
}

async fn arrived(
    web: &Web,
    reader: &Reader,
    way: &str,
    next: &str,
    address: IpAddr,
    identity: Result<OutsideIdentity, WayError>,
) -> Response {
    let entered = match identity {
        // To its end, also where the browser goes away: half a first sign-in would be told to nobody.
        Ok(identity) => {
            let web = web.clone();
            let whole = crate::auth::acts::whole(async move { enter(&web, identity, address).await }).await;
            whole.unwrap_or_else(|| Err(EnterError::Unavailable("signing in panicked".to_owned())))
        }
        Err(error) => Err(error.into()),
    };
    match entered {
        Ok(now) => signed_in(web, reader, next, now).await,
        Err(error) => failed(web, reader, way, next, &error),
    }
}
