//! Every call × everybody who may ask. A call that the OpenAPI document has and this table has not fails the test, and so
//! does one that the table has and nobody serves.

use std::collections::BTreeSet;

use amphi_events::Act;
use amphi_events::broadcaster::BroadcasterCommand;
use amphi_events::gateway::{GatewayCommand, Setup};
use amphi_events::ids::{BroadcasterId, GatewayId, SessionId};
use amphi_events::person::Role;
use amphi_events::session::SessionCommand;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::fixture::{Fixture, PASSWORD};
use crate::auth::accounts;

/// Nobody, user, owner, other staff, auditor, administrator: `s` sign in first, `f` forbidden, `i` let in.
pub(super) const TABLE: &[(&str, &str, &str)] = &[
    ("get", "/api/v1/meetings", "siiiii"),
    ("post", "/api/v1/meetings", "sfiifi"),
    ("get", "/api/v1/meetings/{id}", "sfifii"),
    ("patch", "/api/v1/meetings/{id}", "sfiffi"),
    ("delete", "/api/v1/meetings/{id}", "sfiffi"),
    ("post", "/api/v1/meetings/{id}/start", "sfiffi"),
    ("post", "/api/v1/meetings/{id}/join", "iiiiii"),
    ("post", "/api/v1/meetings/{id}/end", "sfiffi"),
    ("get", "/api/v1/meetings/{id}/state", "sfifii"),
    ("post", "/api/v1/meetings/{id}/live/start", "sfiffi"),
    ("post", "/api/v1/meetings/{id}/live/stop", "sfiffi"),
    ("post", "/api/v1/meetings/{id}/live/restart", "sfiffi"),
    ("put", "/api/v1/meetings/{id}/chat", "sfiffi"),
    ("get", "/api/v1/meetings/{id}/rehearsal", "sfiffi"),
    ("post", "/api/v1/meetings/{id}/rehearsal", "sfiffi"),
    ("delete", "/api/v1/meetings/{id}/rehearsal", "sfiffi"),
    ("get", "/api/v1/meetings/{id}/picture", "sfiffi"),
    ("put", "/api/v1/meetings/{id}/picture", "sfiffi"),
    ("get", "/api/v1/meetings/{id}/sessions", "sfifii"),
    ("get", "/api/v1/meetings/{id}/occurrences", "sfifii"),
    ("put", "/api/v1/meetings/{id}/occurrences/{date}", "sfiffi"),
    ("delete", "/api/v1/meetings/{id}/occurrences/{date}", "sfiffi"),
    ("post", "/api/v1/meetings/{id}/occurrences/{date}/restore", "sfiffi"),
    ("get", "/api/v1/meetings/{id}/participants", "sfiffi"),
    ("get", "/api/v1/meetings/{id}/invitations", "sfiffi"),
    ("post", "/api/v1/meetings/{id}/invitations", "sfiffi"),
    ("delete", "/api/v1/meetings/{id}/invitations/{invitee}", "sfiffi"),
    ("post", "/api/v1/meetings/{id}/invitations/{invitee}/mail", "sfiffi"),
    ("put", "/api/v1/meetings/{id}/owner", "sfiffi"),
    ("get", "/api/v1/groups", "sfiifi"),
    ("put", "/api/v1/groups/{code}", "sffffi"),
    ("delete", "/api/v1/groups/{code}", "sffffi"),
    ("get", "/api/v1/groups/{code}/members", "sffffi"),
    ("post", "/api/v1/groups/{code}/members", "sffffi"),
    ("put", "/api/v1/groups/{code}/members/{person}", "sffffi"),
    ("delete", "/api/v1/groups/{code}/members/{person}", "sffffi"),
    ("get", "/api/v1/import", "sffffi"),
    ("post", "/api/v1/import", "sffffi"),
    ("delete", "/api/v1/import", "sffffi"),
    ("post", "/api/v1/import/apply", "sffffi"),
    ("get", "/api/v1/import/report", "sffffi"),
    ("get", "/api/v1/meetings/{id}/recordings", "sfifii"),
    ("get", "/api/v1/meetings/{id}/recordings/{rid}", "sfifii"),
    ("patch", "/api/v1/meetings/{id}/recordings/{rid}", "sfiffi"),
    ("delete", "/api/v1/meetings/{id}/recordings/{rid}", "sfiffi"),
    ("post", "/api/v1/meetings/{id}/recordings/{rid}/publish", "sfiffi"),
    ("get", "/api/v1/meetings/{id}/recordings/{rid}/play/{type}", "sfifii"),
    ("get", "/api/v1/meetings/{id}/slides", "sfiffi"),
    ("post", "/api/v1/meetings/{id}/slides", "sfiffi"),
    ("delete", "/api/v1/meetings/{id}/slides/{slides}", "sfiffi"),
    ("get", "/api/v1/meetings/{id}/door", "sfiffi"),
    ("put", "/api/v1/meetings/{id}/password", "sfiffi"),
    ("post", "/api/v1/meetings/{id}/key", "sfiffi"),
    ("delete", "/api/v1/meetings/{id}/key", "sfiffi"),
    ("put", "/api/v1/me/room", "sfiifi"),
    ("get", "/api/v1/sessions/{id}", "sfifii"),
    ("get", "/api/v1/sessions/{id}/attendance", "sfifii"),
    ("get", "/api/v1/gateways", "sffffi"),
    ("post", "/api/v1/gateways", "sffffi"),
    ("get", "/api/v1/gateways/{id}", "sffffi"),
    ("patch", "/api/v1/gateways/{id}", "sffffi"),
    ("delete", "/api/v1/gateways/{id}", "sffffi"),
    ("get", "/api/v1/gateways/availability", "sfiifi"),
    ("get", "/api/v1/gateways/free", "sfiifi"),
    ("get", "/api/v1/gateways/{id}/reach-check", "sffffi"),
    ("post", "/api/v1/gateways/{id}/reach-check", "sffffi"),
    ("post", "/api/v1/gateways/{id}/run-over", "sffffi"),
    ("post", "/api/v1/gateways/{id}/out-of-service", "sffffi"),
    ("delete", "/api/v1/gateways/{id}/out-of-service/{outage}", "sffffi"),
    ("get", "/api/v1/broadcasters", "sffffi"),
    ("post", "/api/v1/broadcasters", "sffffi"),
    ("get", "/api/v1/broadcasters/{id}", "sffffi"),
    ("patch", "/api/v1/broadcasters/{id}", "sffffi"),
    ("delete", "/api/v1/broadcasters/{id}", "sffffi"),
    ("put", "/api/v1/broadcasters/{id}/picture", "sffffi"),
    ("delete", "/api/v1/broadcasters/{id}/picture", "sffffi"),
    ("get", "/api/v1/live", "iiiiii"),
    ("post", "/api/v1/live", "sfiifi"),
    ("get", "/api/v1/live/{event}", "iiiiii"),
    ("patch", "/api/v1/live/{event}", "sfiffi"),
    ("delete", "/api/v1/live/{event}", "sfiffi"),
    ("put", "/api/v1/live/{event}/owner", "sfiffi"),
    ("get", "/api/v1/live/{event}/door", "sfiffi"),
    ("post", "/api/v1/live/{event}/link", "sfiffi"),
    ("post", "/api/v1/live/{event}/pass", "iiiiii"),
    ("put", "/api/v1/live/{event}/picture", "sfiffi"),
    ("delete", "/api/v1/live/{event}/picture", "sfiffi"),
    ("post", "/api/v1/live/{event}/announcements", "sfiffi"),
    ("delete", "/api/v1/live/{event}/announcements/{announcement}", "sfiffi"),
    ("post", "/api/v1/announcements", "sffffi"),
    ("delete", "/api/v1/announcements/{announcement}", "sffffi"),
    ("get", "/api/v1/buildings", "iiiiii"),
    ("post", "/api/v1/buildings", "sffffi"),
    ("patch", "/api/v1/buildings/{id}", "sffffi"),
    ("delete", "/api/v1/buildings/{id}", "sffffi"),
    ("get", "/api/v1/elsewhere", "siiiii"),
    ("post", "/api/v1/elsewhere/{id}/live", "sfiifi"),
    ("get", "/api/v1/live/{event}/playback", "iiiiii"),
    // Whoever one is: media servers show a secret of their own.
    ("post", "/api/v1/hooks/nginx-rtmp", "ffffff"),
    ("post", "/api/v1/hooks/mediamtx", "ffffff"),
    ("get", "/api/v1/live/{event}/chat", "iiiiii"),
    ("post", "/api/v1/live/{event}/chat", "siiiii"),
    ("put", "/api/v1/live/{event}/chat", "sfiffi"),
    ("post", "/api/v1/live/{event}/end", "sfiffi"),
    ("delete", "/api/v1/live/{event}/chat/{message}", "siiiii"),
    ("get", "/api/v1/live/{event}/bans", "sfiffi"),
    ("post", "/api/v1/live/{event}/bans", "sfiffi"),
    ("delete", "/api/v1/live/{event}/bans/{person}", "sfiffi"),
    ("get", "/api/v1/events", "sfffii"),
    ("get", "/api/v1/planners", "sfiifi"),
    ("get", "/api/v1/people", "sffffi"),
    ("post", "/api/v1/people", "sffffi"),
    ("patch", "/api/v1/people/{id}", "sffffi"),
    ("delete", "/api/v1/people/{id}", "sffffi"),
    ("get", "/api/v1/people/{id}/tokens", "sffffi"),
    ("post", "/api/v1/people/{id}/tokens", "sffffi"),
    ("delete", "/api/v1/people/{id}/tokens/{token}", "sffffi"),
    ("delete", "/api/v1/people/{id}/access", "sffffi"),
    ("get", "/api/v1/reactors", "sffffi"),
    ("post", "/api/v1/reactors/{name}/try-again", "sffffi"),
    ("post", "/api/v1/session", "iiiiii"),
    ("delete", "/api/v1/session", "iiiiii"),
    ("get", "/api/v1/me", "siiiii"),
    ("put", "/api/v1/me/password", "siiiii"),
    ("put", "/api/v1/me/mail", "siiiii"),
    ("get", "/api/v1/me/sessions", "siiiii"),
    ("delete", "/api/v1/me/sessions/{id}", "siiiii"),
    ("get", "/api/v1/tokens", "siiiii"),
    ("post", "/api/v1/tokens", "siiiii"),
    ("delete", "/api/v1/tokens/{id}", "siiiii"),
    ("get", "/health/live", "iiiiii"),
    ("get", "/health/ready", "iiiiii"),
    ("get", "/metrics", "iiiiii"),
];

/// Calls whose id names nothing here: to be let in is to hear 404.
const ABSENT: &[&str] = &[
    "/api/v1/live/{event}/chat/{message}",
    "/api/v1/live/{event}/bans",
    // It asks for no password, and is no draft.
    "/api/v1/live/{event}/pass",
    "/api/v1/live/{event}/announcements/{announcement}",
    "/api/v1/announcements/{announcement}",
    "/api/v1/buildings/{id}",
    "/api/v1/elsewhere/{id}/live",
    "/api/v1/tokens/{id}",
    "/api/v1/people/{id}/tokens/{token}",
    // A webinar has no series.
    "/api/v1/meetings/{id}/occurrences/{date}",
    "/api/v1/meetings/{id}/occurrences/{date}/restore",
    "/api/v1/meetings/{id}/invitations/{invitee}",
    "/api/v1/meetings/{id}/invitations/{invitee}/mail",
    "/api/v1/me/sessions/{id}",
    "/api/v1/groups/{code}",
    "/api/v1/gateways/{id}/out-of-service/{outage}",
    "/api/v1/meetings/{id}/slides/{slides}",
    "/api/v1/meetings/{id}/recordings/{rid}",
    "/api/v1/meetings/{id}/recordings/{rid}/publish",
    "/api/v1/meetings/{id}/recordings/{rid}/play/{type}",
    "/api/v1/groups/{code}/members",
    "/api/v1/groups/{code}/members/{person}",
];

pub(super) fn body(method: &str, path: &str, n: usize) -> Option<Value> {
    Some(match (method, path) {
        ("post", "/api/v1/meetings") => {
            json!({"name": "Algebra", "starts_at": "2026-03-03T09:00:00Z", "duration_s": 3600})
        }
        ("patch", "/api/v1/meetings/{id}") => json!({"description": "x"}),
        ("patch", "/api/v1/meetings/{id}/recordings/{rid}") => json!({"name": "Optics"}),
        ("post", "/api/v1/meetings/{id}/recordings/{rid}/publish") => json!({"publish": true}),
        ("put", "/api/v1/me/mail") => json!({"mail": "one@univ.example"}),
        ("put", "/api/v1/me/password") => json!({"old": PASSWORD, "password": PASSWORD}),
        ("put", "/api/v1/meetings/{id}/owner") => json!({"person": "other", "stay": true}),
        ("post", "/api/v1/groups/{code}/members") => json!({"person": "user"}),
        ("put", "/api/v1/groups/{code}") => json!({"name": "Mathematics"}),
        ("put", "/api/v1/meetings/{id}/password") => json!({"password": "letmein"}),
        ("put", "/api/v1/meetings/{id}/occurrences/{date}") => {
            json!({"starts_at": "2026-03-03T10:00:00Z", "duration_s": 3600})
        }
        ("post", "/api/v1/meetings/{id}/invitations") => json!({"addresses": ["zoe@univ.example"], "language": "en"}),
        ("put", "/api/v1/meetings/{id}/picture") => json!({"chat_shown": true}),
        ("post", "/api/v1/live") => {
            json!({"title": "Open day", "ends_at": "2026-03-03T10:00:00Z", "broadcaster": "01J"})
        }
        ("patch", "/api/v1/live/{event}") => json!({"description": "x"}),
        ("put", "/api/v1/live/{event}/owner") => json!({"person": "other"}),
        ("post", "/api/v1/live/{event}/pass") => json!({"password": "x"}),
        ("post", "/api/v1/live/{event}/announcements" | "/api/v1/announcements") => json!({"text": "Back at ten"}),
        ("post", "/api/v1/elsewhere/{id}/live") => json!({}),
        ("post", "/api/v1/buildings") => json!({"name": format!("Hall {n}")}),
        ("patch", "/api/v1/buildings/{id}") => json!({"name": "Hall"}),
        ("put", _) => json!({"enabled": true}),
        ("post", "/api/v1/gateways") => {
            json!({"name": "g", "broadcaster": "01J", "rtmp_url": "rtmp://h/a/k", "server_url": "http://h/", "token": "t"})
        }
        ("patch", "/api/v1/gateways/{id}" | "/api/v1/broadcasters/{id}") => json!({"name": "renamed"}),
        ("post", "/api/v1/broadcasters") => json!({"name": "b", "hls_url": "http://h/x.m3u8"}),
        ("post", "/api/v1/live/{event}/chat") => json!({"client_id": "c1", "text": "hello"}),
        ("post", "/api/v1/live/{event}/bans") => json!({"message": "01J00000000000000000000001"}),
        ("post", "/api/v1/people") => json!({"login": format!("new{n}"), "name": "New", "role": "user"}),
        ("patch", "/api/v1/people/{id}") => json!({"name": "Renamed"}),
        ("post", "/api/v1/session") => json!({"login": "user", "password": PASSWORD}),
        ("post", "/api/v1/tokens" | "/api/v1/people/{id}/tokens") => json!({"name": "ci"}),
        ("post", "/api/v1/gateways/{id}/out-of-service") => json!({"reason": "new disk"}),
        ("post", "/api/v1/gateways/{id}/run-over") => json!({"run": "01J00000000000000000000001"}),
        _ => return None,
    })
}

/// The path with ids of things that were made for this one call.
pub(super) async fn concrete(f: &Fixture, path: &str, n: usize) -> String {
    let (web, act) = (&f.web, || Act::system("test", f.web.sources.now()));
    let (meeting, live) = f.webinar().await;
    let id = if path.starts_with("/api/v1/sessions") {
        let id: SessionId = web.sources.id();
        let done = web
            .aggregates
            .sessions
            .execute(
                id,
                SessionCommand::Request {
                    room: None,
                    meeting,
                    until: web.sources.now().plus_s(60),
                },
                act(),
            )
            .await;
        f.there(done.unwrap().position).await;
        id.to_string()
    } else if path.starts_with("/api/v1/gateways") || path.starts_with("/api/v1/broadcasters") {
        let (id, b): (GatewayId, BroadcasterId) = (web.sources.id(), web.sources.id());
        let set = BroadcasterCommand::Set {
            name: "b".to_owned(),
            hls_url: "http://h/x".to_owned(),
        };
        web.aggregates.broadcasters.execute(b, set, act()).await.unwrap();
        if path.starts_with("/api/v1/broadcasters") {
            b.to_string()
        } else {
            let (server_url, rtmp_base) = ("http://h/".into(), "rtmp://h/a".into());
            let setup = Setup {
                name: "g".into(),
                broadcaster: b,
                server_url,
                rtmp_base,
                gw_id: None,
                generation: None,
            };
            web.aggregates
                .gateways
                .execute(id, GatewayCommand::Set(setup), act())
                .await
                .unwrap();
            id.to_string()
        }
    } else if path.starts_with("/api/v1/people") {
        let login = format!("victim{n}");
        accounts::add(
            &web.aggregates,
            &web.keys,
            &web.store,
            &web.sources,
            &login,
            "V",
            Role::User,
            None,
        )
        .await
        .unwrap()
        .to_string()
    } else {
        meeting.to_string()
    };
    let path = path
        .replace("{id}", &id)
        .replace("{name}", "stage")
        .replace("{date}", "2026-03-03")
        .replace("{slides}", "01J00000000000000000000001")
        .replace("{rid}", "6fea8cf5-1700000000000")
        .replace("{type}", "video")
        .replace("{outage}", "01J00000000000000000000001")
        .replace("{code}", &format!("maths{n}"))
        .replace("{person}", "01J00000000000000000000001")
        .replace("{invitee}", "01J00000000000000000000001")
        .replace("{token}", "01J00000000000000000000001")
        .replace("{event}", &live.to_string())
        .replace("{message}", &live.to_string())
        .replace("{announcement}", &live.to_string())
        .replace("{person}", &live.to_string());
    if path.ends_with("/availability") {
        format!("{path}?from=2026-03-03T09:00:00Z&to=2026-03-03T10:00:00Z")
    } else if path.ends_with("/planners") {
        format!("{path}?search=ada")
    } else if path.ends_with("/slides") {
        format!("{path}?name=a.txt")
    } else if path.ends_with("/picture") {
        format!("{path}?name=a.png")
    } else if path.ends_with("/free") {
        format!("{path}?starts_at=2026-03-03T09:00:00Z&duration_s=3600")
    } else {
        path
    }
}

/// Census M26, M36: ending a meeting hung on a permission that nobody could be given, and all staff read and wrote everybody's meetings and gateways.
#[tokio::test]
async fn everybody_gets_what_the_table_says() {
    let f = Fixture::new().await;
    let who = [
        None,
        Some(&f.user),
        Some(&f.staff),
        Some(&f.other),
        Some(&f.auditor),
        Some(&f.administrator),
    ];
    let mut wrong = Vec::new();
    let mut n = 0;
    for (method, path, expected) in TABLE {
        for (person, expected) in who.iter().zip(expected.chars()) {
            n += 1;
            let at = concrete(&f, path, n).await;
            let answer = f
                .call(
                    person.map(|p| p.token.as_str()),
                    &method.to_uppercase(),
                    &at,
                    body(method, path, n),
                )
                .await;
            let let_in = match answer.status {
                StatusCode::NOT_FOUND => ABSENT.contains(path),
                StatusCode::METHOD_NOT_ALLOWED
                | StatusCode::INTERNAL_SERVER_ERROR
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::BAD_REQUEST => false,
                _ => true,
            };
            let got = match answer.status {
                StatusCode::UNAUTHORIZED => 's',
                StatusCode::FORBIDDEN => 'f',
                _ if let_in => 'i',
                _ => '?',
            };
            if got != expected {
                wrong.push(format!(
                    "{method} {path}: {expected} expected, {} came: {}",
                    answer.status, answer.text
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Census §13.2: an id of no meeting, and what is no id at all.
#[tokio::test]
async fn what_is_no_meeting_is_not_there_whoever_asks() {
    let f = Fixture::new().await;
    let of_a_meeting = TABLE
        .iter()
        .filter(|(_, path, _)| path.starts_with("/api/v1/meetings/{id}"));
    for (method, path, _) in of_a_meeting {
        for id in ["01J00000000000000000000009", "0042-optics"] {
            let at = path
                .replace("{id}", id)
                .replace("{date}", "2026-03-03")
                .replace("{slides}", "01J00000000000000000000001")
                .replace("{rid}", "6fea8cf5-1700000000000")
                .replace("{type}", "video")
                .replace("{invitee}", "01J00000000000000000000001");
            let at = if *path == "/api/v1/meetings/{id}/slides" {
                format!("{at}?name=a.txt")
            } else {
                at
            };
            for person in [&f.user, &f.staff, &f.auditor, &f.administrator] {
                let a = f
                    .call(Some(&person.token), &method.to_uppercase(), &at, body(method, path, 0))
                    .await;
                assert_eq!(a.status, StatusCode::NOT_FOUND, "{method} {at}: {}", a.text);
            }
            let a = f.call(None, &method.to_uppercase(), &at, body(method, path, 0)).await;
            // What is no id can't be restricted either: nobody has to sign in to hear it.
            let open = path.ends_with("/join") && a.status == StatusCode::NOT_FOUND;
            assert!(
                a.status == StatusCode::UNAUTHORIZED || open,
                "{method} {at}: {}",
                a.text
            );
        }
    }
}

#[test]
fn the_table_lists_every_call_and_the_document_too() {
    let document = serde_json::to_value(crate::api::openapi()).unwrap();
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            described.insert((method.clone(), path.clone()));
        }
    }
    let listed: BTreeSet<_> = TABLE
        .iter()
        .map(|(m, p, _)| ((*m).to_owned(), (*p).to_owned()))
        .collect();
    assert_eq!(
        described.difference(&listed).collect::<Vec<_>>(),
        Vec::<&(String, String)>::new(),
        "not in the table"
    );
    assert_eq!(
        listed.difference(&described).collect::<Vec<_>>(),
        Vec::<&(String, String)>::new(),
        "not in the document"
    );
}
