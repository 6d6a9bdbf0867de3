//! The way into a room: who asks, from where, and whether they may (surface §4).

use std::net::IpAddr;
use std::sync::Arc;

use amphi_events::ids::LiveId;
use amphi_events::store::TokenScope;
use amphi_hub::{Guest, Handshake, Seat, TooMany, Visitor, You};
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::guest::{Passer, Signed};
use crate::Web;
use crate::auth::address::{ClientAddress, network};
use crate::auth::{Identity, Proof, asked_by, identify};
use crate::watch::{self, Passes, Shut};

/// A request for a websocket, and what all that is done on it comes of.
pub struct Asked(Handshake, String);

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = (StatusCode, &'static str);

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let cause = asked_by(&parts.extensions);
        Handshake::read(parts).map(|ws| Self(ws, cause))
    }
}

/// Where a client stands: the two go together.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct After {
    /// Position of the last `upto`.
    pub after: Option<u64>,
    /// Epoch of the last `hello`.
    pub epoch: Option<String>,
}

/// `GET /live/{event}/ws`.
pub async fn live_ws(
    State(web): State<Web>,
    Path(live): Path<String>,
    Query(after): Query<After>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    ws: Asked,
) -> Response {
    upgrade(web, &live, &after, address, &headers, ws, false).await
}

/// `GET /live/{event}/console/ws`: the same, and what presenters see besides.
pub async fn console_ws(
    State(web): State<Web>,
    Path(live): Path<String>,
    Query(after): Query<After>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    ws: Asked,
) -> Response {
    upgrade(web, &live, &after, address, &headers, ws, true).await
}

fn no(status: StatusCode, why: &'static str) -> Response {
    (status, why).into_response()
}

fn busy(why: &'static str) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")], why).into_response()
}

/// Whether cookies count: with our own `Origin` they do, without any they don't, and a stranger's is refused (a page of
/// somebody else must not speak with the reader's cookie).
fn cookies_count(public_url: &str, headers: &HeaderMap) -> Result<bool, ()> {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Ok(false);
    };
    let ours = url::Url::parse(public_url)
        .map_err(|_| ())?
        .origin()
        .ascii_serialization();
    if origin.as_bytes() == ours.as_bytes() {
        Ok(true)
    } else {
        Err(())
    }
}

async fn upgrade(
    web: Web,
    live: &str,
    after: &After,
    address: IpAddr,
    headers: &HeaderMap,
    Asked(ws, cause): Asked,
    console: bool,
) -> Response {
    let hub = web.hub.clone();
    if hub.going() {
        return busy("the server is going down");
    }
    let Ok(allow_cookie) = cookies_count(&web.settings.public_url, headers) else {
        return no(StatusCode::FORBIDDEN, "another origin");
    };
    let Ok(live) = live.parse::<LiveId>() else {
        return no(StatusCode::NOT_FOUND, "no such live");
    };
    // Not the consoles: presenters are few, and must see what is going on just then.
    if !console && !hub.admits() {
        return ws.turn_away(&hub);
    }
    let closings = hub.closings();
    let Ok(identity) = identify(&web, headers, allow_cookie).await else {
        return busy("sign-in can't be checked just now");
    };
    // Somebody who thinks to be signed in must not be left to find out by the first refused line.
    if identity.is_none() && headers.contains_key(header::AUTHORIZATION) {
        return no(StatusCode::UNAUTHORIZED, "the token is not valid");
    }
    let watches: &[TokenScope] = if console {
        &[TokenScope::Plan, TokenScope::Moderate]
    } else {
        &[
            TokenScope::Read,
            TokenScope::Plan,
            TokenScope::Chat,
            TokenScope::Moderate,
        ]
    };
    if identity.as_ref().is_some_and(|i| !i.scopes.has_any(watches)) {
        return no(StatusCode::FORBIDDEN, "the token is not for this");
    }
    let person = identity.as_ref().map(|i| i.person);
    let seat = match person {
        _ if console => Seat::Console,
        Some(person) => Seat::Person(person),
        None => Seat::Stranger,
    };
    let place = match hub.enter(live, seat).await {
        Ok(Some(place)) => place,
        Ok(None) => return no(StatusCode::NOT_FOUND, "no such live"),
        Err(why) => {
            tracing::warn!(%why, %live, "a live can't be read");
            return busy("the live can't be read just now");
        }
    };
    let (restricted, presents) = place.access(person);
    let moderates = presents || identity.as_ref().is_some_and(|i| i.role.administers());
    let banned = !moderates && person.is_some_and(|p| hub.banned(&place, p));
    if let Some(refused) = shut_out(
        identity.as_ref(),
        Coming {
            restricted,
            moderates,
            banned,
            console,
        },
    ) {
        return refused;
    }
    // Drafts, passwords and groups: what a room alone can't say.
    let door = place.door();
    match hub.row(live).await {
        Ok(Some(row)) => {
            if let Err(shut) = watch::look(&web, &row, identity.as_ref(), headers).await {
                return shut_by(shut);
            }
        }
        Ok(None) => return no(StatusCode::NOT_FOUND, "no such live"),
        Err(_) => return busy("the live can't be read just now"),
    }
    let who = identity.as_ref().map(|i| (i.person, i.via.clone()));
    let ticket = match hub.register(who, live, network(address), console) {
        Ok(ticket) => ticket,
        Err(TooMany::All) => return ws.turn_away(&hub),
        Err(TooMany::Theirs) => {
            let later = [(header::RETRY_AFTER, "10")];
            return (StatusCode::TOO_MANY_REQUESTS, later, "too many open pages").into_response();
        }
    };
    // A sign-out between the look-up and the registration found no socket to close: look again.
    if identity.is_some() && hub.closings() != closings {
        match identify(&web, headers, allow_cookie).await {
            Ok(again) if again == identity => {}
            Ok(_) => return no(StatusCode::UNAUTHORIZED, "sign in again"),
            Err(_) => return busy("sign-in can't be checked just now"),
        }
    }

    // So did what opens the page: whoever was looked at before asks again.
    if place.door() != door {
        return busy("who may watch has just changed");
    }
    // So did a ban, a live that was made restricted, and a console that was taken away, between the look at the room and the registration.
    let (restricted, presents) = place.access(person);
    let moderates = presents || identity.as_ref().is_some_and(|i| i.role.administers());
    let banned = !moderates && person.is_some_and(|p| hub.banned(&place, p));
    if let Some(refused) = shut_out(
        identity.as_ref(),
        Coming {
            restricted,
            moderates,
            banned,
            console,
        },
    ) {
        return refused;
    }

    let you = you(identity.as_ref(), presents, moderates);
    let passes = Passes::of(headers, live);
    let guest: Option<Arc<dyn Guest>> = match identity {
        Some(i) => {
            let proof = Proof::of(&web.settings, headers, allow_cookie);
            Some(Arc::new(Signed::new(web, live, i.person, proof, passes, cause)))
        }
        // The room judges them; ten thousand of them cost nothing more.
        None if passes.is_empty() => None,
        None => Some(Arc::new(Passer { web, live, passes })),
    };
    let visitor = Visitor {
        place,
        ticket,
        you,
        guest,
        after: after.after,
        epoch: after.epoch.clone(),
    };
    ws.accept(&hub, visitor)
}

fn shut_by(shut: Shut) -> Response {
    match shut {
        Shut::SignIn => no(StatusCode::UNAUTHORIZED, "sign in first"),
        Shut::Password => no(StatusCode::FORBIDDEN, "say the password first"),
        Shut::Group => no(StatusCode::FORBIDDEN, "not for you"),
        Shut::Hidden => no(StatusCode::NOT_FOUND, "no such live"),
        Shut::Down(_) => busy("who may watch can't be said just now"),
    }
}

/// What counts for whether somebody may come in.
struct Coming {
    restricted: bool,
    moderates: bool,
    banned: bool,
    console: bool,
}

/// The answer for somebody who may not come in.
fn shut_out(identity: Option<&Identity>, coming: Coming) -> Option<Response> {
    let Coming {
        restricted,
        moderates,
        banned,
        console,
    } = coming;
    match identity {
        None if restricted || console => Some(no(StatusCode::UNAUTHORIZED, "sign in first")),
        Some(_) if banned => Some(no(StatusCode::FORBIDDEN, "excluded from this chat")),
        Some(_) if console && !moderates => Some(no(StatusCode::FORBIDDEN, "for presenters of this live")),
        _ => None,
    }
}

fn you(identity: Option<&Identity>, presents: bool, moderates: bool) -> You {
    let Some(identity) = identity else {
        return You {
            id: None,
            name: None,
            role: "guest",
            may: vec![],
        };
    };
    let has = |scope| identity.scopes.has(scope);
    let may = [
        ("post", has(TokenScope::Chat)),
        ("moderate", moderates && has(TokenScope::Moderate)),
    ];
    let may = may.into_iter().filter_map(|(what, may)| may.then_some(what)).collect();
    let role = if presents { "presenter" } else { identity.role.as_str() };
    You {
        id: Some(identity.person.to_string()),
        name: Some(identity.name.clone()),
        role,
        may,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(origin: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::ORIGIN, origin.parse().unwrap());
        headers
    }

    #[test]
    fn origins_match_exactly_or_not_at_all() {
        let ours = "https://live.univ.example";
        assert_eq!(cookies_count(ours, &HeaderMap::new()), Ok(false));
        assert_eq!(cookies_count(ours, &with("https://live.univ.example")), Ok(true));
        for other in [
            "https://live.univ.example.evil.example",
            "http://live.univ.example",
            "https://live.univ.example:8443",
            "null",
            "",
        ] {
            assert_eq!(cookies_count(ours, &with(other)), Err(()), "{other}");
        }
        assert_eq!(
            cookies_count("http://127.0.0.1:8000", &with("http://127.0.0.1:8000")),
            Ok(true)
        );
    }
}
