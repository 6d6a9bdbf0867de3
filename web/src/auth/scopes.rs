//! What each address asks of an API token. The one place where scopes are checked for what is asked by HTTP (a socket asks
//! again for each line, `chat::guest`); a sign-in has every scope.
//!
//! A call that stands in no row is for tokens with every scope: forgetting a row closes a door and opens none. A test finds calls
//! of the API without a row, and rows without a call.

use amphi_events::store::{TokenScope, TokenScopes};
use axum::http::Method;

use TokenScope::{Account, Administer, Audit, Chat, Moderate, Plan, Read};

/// Method, path as it is routed, and the scopes of which one is enough; none: any token will do.
pub(crate) const CALLS: &[(&str, &str, &[TokenScope])] = &[
    ("GET", "/api/v1/meetings", &[Read, Plan]),
    ("POST", "/api/v1/meetings", &[Plan]),
    ("GET", "/api/v1/meetings/{id}", &[Read, Plan]),
    ("PATCH", "/api/v1/meetings/{id}", &[Plan]),
    ("DELETE", "/api/v1/meetings/{id}", &[Plan]),
    ("GET", "/api/v1/meetings/{id}/state", &[Read, Plan]),
    ("POST", "/api/v1/meetings/{id}/start", &[Plan]),
    ("POST", "/api/v1/meetings/{id}/join", &[Plan]),
    ("POST", "/api/v1/meetings/{id}/end", &[Plan]),
    ("POST", "/api/v1/meetings/{id}/live/start", &[Plan]),
    ("POST", "/api/v1/meetings/{id}/live/stop", &[Plan]),
    ("POST", "/api/v1/meetings/{id}/live/restart", &[Plan]),
    ("PUT", "/api/v1/meetings/{id}/chat", &[Plan, Moderate]),
    ("GET", "/api/v1/meetings/{id}/rehearsal", &[Plan]),
    ("POST", "/api/v1/meetings/{id}/rehearsal", &[Plan]),
    ("DELETE", "/api/v1/meetings/{id}/rehearsal", &[Plan]),
    ("GET", "/api/v1/meetings/{id}/picture", &[Plan]),
    ("PUT", "/api/v1/meetings/{id}/picture", &[Plan]),
    ("GET", "/api/v1/meetings/{id}/occurrences", &[Read, Plan]),
    ("PUT", "/api/v1/meetings/{id}/occurrences/{date}", &[Plan]),
    ("DELETE", "/api/v1/meetings/{id}/occurrences/{date}", &[Plan]),
    ("POST", "/api/v1/meetings/{id}/occurrences/{date}/restore", &[Plan]),
    // Names of those in the room, names and addresses of those invited: not for a token that only looks.
    ("GET", "/api/v1/meetings/{id}/participants", &[Plan]),
    ("GET", "/api/v1/meetings/{id}/invitations", &[Plan]),
    ("POST", "/api/v1/meetings/{id}/invitations", &[Plan]),
    ("DELETE", "/api/v1/meetings/{id}/invitations/{invitee}", &[Plan]),
    ("POST", "/api/v1/meetings/{id}/invitations/{invitee}/mail", &[Plan]),
    // Passwords and keys in clear: not for a token that only looks.
    ("GET", "/api/v1/meetings/{id}/door", &[Plan]),
    ("PUT", "/api/v1/meetings/{id}/password", &[Plan]),
    ("POST", "/api/v1/meetings/{id}/key", &[Plan]),
    ("DELETE", "/api/v1/meetings/{id}/key", &[Plan]),
    ("PUT", "/api/v1/meetings/{id}/owner", &[Plan]),
    // Who has a link looks at what was said in the room: not for a token that only looks.
    ("GET", "/api/v1/meetings/{id}/recordings", &[Plan]),
    ("GET", "/api/v1/meetings/{id}/recordings/{rid}", &[Plan]),
    ("PATCH", "/api/v1/meetings/{id}/recordings/{rid}", &[Plan]),
    ("DELETE", "/api/v1/meetings/{id}/recordings/{rid}", &[Plan]),
    ("POST", "/api/v1/meetings/{id}/recordings/{rid}/publish", &[Plan]),
    ("GET", "/api/v1/meetings/{id}/recordings/{rid}/play/{type}", &[Plan]),
    ("GET", "/api/v1/meetings/{id}/slides", &[Read, Plan]),
    ("POST", "/api/v1/meetings/{id}/slides", &[Plan]),
    ("DELETE", "/api/v1/meetings/{id}/slides/{slides}", &[Plan]),
    ("PUT", "/api/v1/me/room", &[Plan]),
    ("GET", "/api/v1/groups", &[Read, Plan, Administer]),
    ("PUT", "/api/v1/groups/{code}", &[Administer]),
    ("DELETE", "/api/v1/groups/{code}", &[Administer]),
    ("GET", "/api/v1/groups/{code}/members", &[Administer]),
    ("POST", "/api/v1/groups/{code}/members", &[Administer]),
    ("PUT", "/api/v1/groups/{code}/members/{person}", &[Administer]),
    ("DELETE", "/api/v1/groups/{code}/members/{person}", &[Administer]),
    // A dump holds passwords' hashes, and a report logins.
    ("GET", "/api/v1/import", &[Administer]),
    ("POST", "/api/v1/import", &[Administer]),
    ("DELETE", "/api/v1/import", &[Administer]),
    ("POST", "/api/v1/import/apply", &[Administer]),
    ("GET", "/api/v1/import/report", &[Administer]),
    ("GET", "/api/v1/gateways/availability", &[Read, Plan, Administer]),
    ("GET", "/api/v1/gateways/free", &[Read, Plan, Administer]),
    ("GET", "/api/v1/live", &[Read, Plan]),
    ("POST", "/api/v1/live", &[Plan]),
    ("GET", "/api/v1/live/{event}", &[Read, Plan]),
    ("PATCH", "/api/v1/live/{event}", &[Plan]),
    ("DELETE", "/api/v1/live/{event}", &[Plan]),
    ("PUT", "/api/v1/live/{event}/owner", &[Plan]),
    // Passwords and links in clear: not for a token that only looks.
    ("GET", "/api/v1/live/{event}/door", &[Plan]),
    ("POST", "/api/v1/live/{event}/link", &[Plan]),
    ("POST", "/api/v1/live/{event}/pass", &[]),
    ("PUT", "/api/v1/live/{event}/picture", &[Plan]),
    ("DELETE", "/api/v1/live/{event}/picture", &[Plan]),
    ("POST", "/api/v1/live/{event}/announcements", &[Plan, Moderate]),
    (
        "DELETE",
        "/api/v1/live/{event}/announcements/{announcement}",
        &[Plan, Moderate],
    ),
    ("POST", "/api/v1/announcements", &[Administer]),
    ("DELETE", "/api/v1/announcements/{announcement}", &[Administer]),
    ("GET", "/api/v1/buildings", &[Read, Plan, Administer]),
    ("POST", "/api/v1/buildings", &[Administer]),
    ("PATCH", "/api/v1/buildings/{id}", &[Administer]),
    ("DELETE", "/api/v1/buildings/{id}", &[Administer]),
    // Names of sessions, and of who is in them.
    ("GET", "/api/v1/elsewhere", &[Plan]),
    ("POST", "/api/v1/elsewhere/{id}/live", &[Plan]),
    ("GET", "/api/v1/live/{event}/playback", &[Read, Plan]),
    // Media servers show a secret of their own.
    ("POST", "/api/v1/hooks/nginx-rtmp", &[]),
    ("POST", "/api/v1/hooks/mediamtx", &[]),
    ("GET", "/api/v1/live/{event}/chat", &[Read, Chat, Moderate]),
    ("POST", "/api/v1/live/{event}/chat", &[Chat]),
    ("PUT", "/api/v1/live/{event}/chat", &[Plan, Moderate]),
    ("POST", "/api/v1/live/{event}/end", &[Plan]),
    // Whose line it is decides which of the two (`chat::remove`).
    ("DELETE", "/api/v1/live/{event}/chat/{message}", &[Chat, Moderate]),
    ("GET", "/api/v1/live/{event}/bans", &[Moderate]),
    ("POST", "/api/v1/live/{event}/bans", &[Moderate]),
    ("DELETE", "/api/v1/live/{event}/bans/{person}", &[Moderate]),
    ("GET", "/api/v1/meetings/{id}/sessions", &[Audit]),
    ("GET", "/api/v1/sessions/{id}", &[Audit]),
    ("GET", "/api/v1/sessions/{id}/attendance", &[Audit]),
    ("GET", "/api/v1/events", &[Audit]),
    ("GET", "/api/v1/gateways", &[Administer]),
    ("POST", "/api/v1/gateways", &[Administer]),
    ("GET", "/api/v1/gateways/{id}", &[Administer]),
    ("PATCH", "/api/v1/gateways/{id}", &[Administer]),
    ("DELETE", "/api/v1/gateways/{id}", &[Administer]),
    ("GET", "/api/v1/gateways/{id}/reach-check", &[Administer]),
    ("POST", "/api/v1/gateways/{id}/reach-check", &[Administer]),
    ("POST", "/api/v1/gateways/{id}/run-over", &[Administer]),
    ("POST", "/api/v1/gateways/{id}/out-of-service", &[Administer]),
    ("DELETE", "/api/v1/gateways/{id}/out-of-service/{outage}", &[Administer]),
    ("GET", "/api/v1/broadcasters", &[Administer]),
    ("POST", "/api/v1/broadcasters", &[Administer]),
    ("GET", "/api/v1/broadcasters/{id}", &[Administer]),
    ("PATCH", "/api/v1/broadcasters/{id}", &[Administer]),
    ("DELETE", "/api/v1/broadcasters/{id}", &[Administer]),
    ("PUT", "/api/v1/broadcasters/{id}/picture", &[Administer]),
    ("DELETE", "/api/v1/broadcasters/{id}/picture", &[Administer]),
    ("GET", "/api/v1/planners", &[Plan, Administer]),
    ("GET", "/api/v1/people", &[Administer]),
    ("POST", "/api/v1/people", &[Administer]),
    ("PATCH", "/api/v1/people/{id}", &[Administer]),
    ("DELETE", "/api/v1/people/{id}", &[Administer]),
    ("GET", "/api/v1/people/{id}/tokens", &[Administer]),
    ("POST", "/api/v1/people/{id}/tokens", &[Administer]),
    ("DELETE", "/api/v1/people/{id}/tokens/{token}", &[Administer]),
    ("DELETE", "/api/v1/people/{id}/access", &[Administer]),
    ("GET", "/api/v1/reactors", &[Administer]),
    ("POST", "/api/v1/reactors/{name}/try-again", &[Administer]),
    // Who one is tells a program what its token may.
    ("GET", "/api/v1/me", &[]),
    ("PUT", "/api/v1/me/password", &[Account]),
    ("PUT", "/api/v1/me/mail", &[Account]),
    ("GET", "/api/v1/me/sessions", &[Account]),
    ("DELETE", "/api/v1/me/sessions/{id}", &[Account]),
    ("GET", "/api/v1/tokens", &[Account]),
    ("POST", "/api/v1/tokens", &[Account]),
    ("DELETE", "/api/v1/tokens/{id}", &[Account]),
    // They look at login and password, or at the cookie, and at no token.
    ("POST", "/api/v1/session", &[]),
    ("DELETE", "/api/v1/session", &[]),
];

/// Pages by their beginning. They are made for people and may be looked at with a token, as long as nothing is sent.
const PAGES: &[(&str, &[TokenScope])] = &[
    ("/admin", &[Administer]),
    ("/audit", &[Audit]),
    ("/account", &[Account]),
    ("/join", &[Plan]),
    // A meeting's page shows its password, its direct key, who is invited and who is there: as its calls, it is not for a token that only
    // looks.
    ("/meetings/{id}", &[Plan]),
    ("/live/{event}/console", &[Plan]),
    // Its password and its draft's link stand in it.
    ("/live/{event}/edit", &[Plan]),
    ("/live/new", &[Plan]),
    ("/broadcasters", &[Plan]),
    ("/elsewhere", &[Plan]),
    ("/meetings", &[Read, Plan]),
    ("/live", &[Read, Plan]),
    ("/assets", &[]),
];

/// Whether a token with these scopes may ask for `path`, the address as it is routed. The scopes of which one would be enough are
/// the other answer; empty: only all of them together.
pub(crate) fn check(scopes: TokenScopes, method: &Method, path: &str) -> Result<(), &'static [TokenScope]> {
    if scopes == TokenScopes::EVERYTHING {
        return Ok(());
    }
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    let needs = if path.starts_with("/api/v1/") {
        let row = CALLS.iter().find(|(m, p, _)| *m == method.as_str() && *p == path);
        row.map(|(_, _, needs)| *needs)
    } else if *method == Method::GET {
        let under = |page: &str| path == page || path.strip_prefix(page).is_some_and(|rest| rest.starts_with('/'));
        let row = PAGES.iter().find(|(page, _)| under(page));
        // What is left (the first page, health, the API's description) is anybody's.
        Some(row.map_or(&[] as &[TokenScope], |(_, needs)| *needs))
    } else {
        None
    };
    match needs {
        Some([]) => Ok(()),
        Some(needs) if scopes.has_any(needs) => Ok(()),
        Some(needs) => Err(needs),
        None => Err(&[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(scope: TokenScope, method: &Method, path: &str) -> bool {
        check([scope].into_iter().collect(), method, path).is_ok()
    }

    #[test]
    fn what_no_row_names_is_closed_and_pages_are_only_looked_at() {
        assert!(may(Read, &Method::HEAD, "/api/v1/meetings"));
        assert!(!may(Read, &Method::POST, "/api/v1/meetings"));
        assert!(!may(Administer, &Method::POST, "/api/v1/brand-new"));
        assert!(check(TokenScopes::EVERYTHING, &Method::POST, "/api/v1/brand-new").is_ok());
        assert!(may(Administer, &Method::GET, "/admin/people/{id}") && !may(Read, &Method::GET, "/admin"));
        assert!(may(Read, &Method::GET, "/administration"), "another word than /admin");
        assert!(!may(Plan, &Method::POST, "/meetings/new"), "forms are for people");
        assert!(may(Chat, &Method::GET, "/"));
        for page in [
            "/meetings/{id}",
            "/meetings/{id}/edit",
            "/meetings/{id}/info",
            "/meetings/{id}/info/events",
            "/live/{event}/console",
        ] {
            assert!(
                may(Plan, &Method::GET, page) && !may(Read, &Method::GET, page),
                "{page}"
            );
        }
        assert!(may(Read, &Method::GET, "/meetings") && may(Read, &Method::GET, "/live/{event}"));
    }

    /// The OpenAPI document knows every call.
    #[test]
    fn every_call_has_its_row_and_every_row_its_call() {
        let api = serde_json::to_value(crate::api::openapi()).unwrap_or_default();
        let mut served = std::collections::BTreeSet::new();
        for (path, methods) in api["paths"].as_object().into_iter().flatten() {
            for method in methods.as_object().into_iter().flatten().map(|(m, _)| m.to_uppercase()) {
                if path.starts_with("/api/v1/") {
                    served.insert((method, path.clone()));
                }
            }
        }
        let rows = CALLS.iter().map(|(m, p, _)| ((*m).to_owned(), (*p).to_owned()));
        assert_eq!(rows.collect::<std::collections::BTreeSet<_>>(), served);
        assert!(!served.is_empty());
    }
}
