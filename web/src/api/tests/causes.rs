//! Every act is an event with its cause: whatever a person does through the API or a page names the request.

use std::collections::BTreeSet;

use amphi_events::chat::ChatCommand;
use amphi_events::log::{EventLog as _, Filter};
use amphi_events::{Act, Position};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::fixture::{Answer, Fixture, Person, request};
use super::roles::{TABLE, body, concrete};

const REQUEST: &str = "the-request-of-the-test";

/// A call with a request's id, and the streams' kinds and the types of the events that came of it. Each names the request.
async fn told(
    f: &Fixture,
    by: &Person,
    method: &str,
    at: &str,
    body: Option<Value>,
) -> (Answer, Vec<(String, String)>) {
    let before: Position = f.log.head();
    let mut asked = request(Some(&by.token), method, at, body);
    asked.headers_mut().insert("x-request-id", REQUEST.parse().unwrap());
    let answer = f.send(asked).await;
    let page = f.log.read_all(before, &Filter::default(), 100).await.unwrap();
    let one = |e: &std::sync::Arc<amphi_events::Recorded>| {
        let (kind, cause) = (&e.event.kind, &e.event.cause);
        assert_eq!(cause, &format!("request:{REQUEST}"), "{method} {at}: {kind}");
        (e.stream.kind().to_owned(), kind.clone())
    };
    (answer, page.events.iter().map(one).collect())
}

#[tokio::test]
async fn every_call_that_writes_names_its_request_as_the_cause() {
    let f = Fixture::new().await;
    let mut streams = BTreeSet::new();
    let mut n = 10_000;
    for (method, path, who) in TABLE.iter().filter(|(method, ..)| *method != "get") {
        for (person, may) in [(&f.staff, 2), (&f.administrator, 5)] {
            if who.as_bytes()[may] != b'i' {
                continue;
            }
            n += 1;
            let at = concrete(&f, path, n).await;
            let (_, events) = told(&f, person, &method.to_uppercase(), &at, body(method, path, n)).await;
            streams.extend(events.into_iter().map(|(stream, _)| stream));
        }
    }
    // What needs something to be there first.
    let (meeting, live) = f.webinar().await;
    let act = || Act::system("test", f.web.sources.now()).cause("test");
    let chats = &f.web.aggregates.chats;
    let open = chats.execute(live, ChatCommand::SetOpen(true), act()).await.unwrap();
    f.there(open.position).await;
    let line = json!({"client_id": "c1", "text": "hello"});
    let (line, _) = told(&f, &f.user, "POST", &format!("/api/v1/live/{live}/chat"), Some(line)).await;
    assert_eq!(line.status, StatusCode::OK, "{}", line.text);
    f.there(f.log.head()).await;
    let bans = format!("/api/v1/live/{live}/bans");
    let ban = json!({"message": line.json["id"]});
    let (banned, events) = told(&f, &f.staff, "POST", &bans, Some(ban)).await;
    assert_eq!(banned.status, StatusCode::OK, "{}", banned.text);
    assert!(!events.is_empty());
    f.there(f.log.head()).await;
    let (_, events) = told(&f, &f.staff, "DELETE", &format!("{bans}/{}", f.user.id), None).await;
    assert!(!events.is_empty());
    let start = format!("/api/v1/meetings/{meeting}/start");
    for (method, path, given) in [
        ("PUT", "/api/v1/groups/chemistry", json!({"name": "Chemistry"})),
        ("POST", "/api/v1/groups/chemistry/members", json!({"person": "user"})),
        ("POST", start.as_str(), Value::Null),
    ] {
        let given = Some(given).filter(|v| !v.is_null());
        let (answer, events) = told(&f, &f.administrator, method, path, given).await;
        assert!(answer.status.is_success(), "{path} {}", answer.text);
        assert!(!events.is_empty(), "{path}");
        streams.extend(events.into_iter().map(|(stream, _)| stream));
    }
    let seen: Vec<&str> = streams.iter().map(String::as_str).collect();
    for kind in [
        "broadcaster",
        "chat",
        "gateway",
        "group",
        "meeting",
        "person",
        "reactor",
    ] {
        assert!(seen.contains(&kind), "{kind}: only {seen:?}");
    }
}

/// A presenter of a webinar whose gateway is held starts and stops the picture.
#[tokio::test]
async fn so_do_the_acts_on_a_live() {
    let f = Fixture::new().await;
    let gateway = super::administration::gateway(&f).await;
    let (live, _) = super::administration::taken(&f, gateway).await;
    let row = f.web.read.live(live).await.unwrap().unwrap();
    let at = format!("/api/v1/meetings/{}/live/stop", row.meeting.unwrap());
    let (answer, events) = told(&f, &f.staff, "POST", &at, None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert!(events.iter().any(|(stream, _)| stream == "live"), "{events:?}");
}
