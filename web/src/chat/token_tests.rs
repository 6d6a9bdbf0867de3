//! API tokens that were limited, on the websocket of a live: what they are not for is refused at the door or line by line, and one whose time
//! is over is refused at the door and ends the socket that it opened.

use axum::http::StatusCode;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::socket_tests::{Served, Socket, next, say, served};

/// A token of this person for these scopes, which ends after an hour.
async fn token(s: &Served, of: &str, scopes: &[&str]) -> String {
    let body = json!({ "name": "limited", "scopes": scopes, "lasts_s": 3600 });
    let made = s.fixture.call(Some(of), "POST", "/api/v1/tokens", Some(body)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    made.json["token"].as_str().unwrap().to_owned()
}

async fn lines(s: &Served) -> usize {
    let filter = amphi_events::log::Filter::default();
    let page = s
        .fixture
        .web
        .log
        .read_all(amphi_events::Position(0), &filter, 10_000)
        .await;
    let events = page.unwrap().events;
    events.iter().filter(|e| e.event.kind == "ChatMessagePosted").count()
}

#[tokio::test]
async fn what_a_token_is_not_for_is_refused() {
    let s = served().await;
    let staff = s.fixture.staff.token.clone();
    // Which sockets a token of the presenter's with one scope opens.
    for (scope, live, console) in [
        ("read", true, false),
        ("chat", true, false),
        ("moderate", true, true),
        ("plan", true, true),
        ("account", false, false),
    ] {
        let one = token(&s, &staff, &[scope]).await;
        for (path, opens) in [("ws", live), ("console/ws", console)] {
            let refused = s.open(path, Some(&one), None).await.err();
            assert_eq!(refused, (!opens).then_some(403), "{scope} {path}");
        }
    }
    // Who only looks is told so, and writes nothing.
    let reads = token(&s, &staff, &["read"]).await;
    let (mut socket, hello) = s.join(Some(&reads)).await;
    assert_eq!(hello["you"]["may"], json!([]));
    say(&mut socket, json!({ "t": "post", "client_id": "r", "text": "quiet" })).await;
    let refused = next(&mut socket, "refused").await;
    assert_eq!(
        (&refused["client_id"], &refused["code"]),
        (&json!("r"), &json!("forbidden"))
    );
    // Who writes takes nobody else's line away.
    let (mut other, _) = s.join(Some(&s.fixture.user.token)).await;
    say(&mut other, json!({ "t": "post", "client_id": "o", "text": "stays" })).await;
    let line = next(&mut other, "receipt").await["id"].clone();
    let writes = token(&s, &staff, &["chat"]).await;
    let (mut socket, hello) = s.join(Some(&writes)).await;
    assert_eq!(hello["you"]["may"], json!(["post"]));
    say(&mut socket, json!({ "t": "remove", "id": line })).await;
    assert_eq!(next(&mut socket, "refused").await["code"], "forbidden");
    say(&mut socket, json!({ "t": "post", "client_id": "w", "text": "written" })).await;
    next(&mut socket, "receipt").await;
    assert_eq!(lines(&s).await, 2);
}

#[tokio::test]
async fn a_token_whose_time_is_over_opens_nothing_and_ends_what_it_opened() {
    let s = served().await;
    let hour = token(&s, &s.fixture.user.token.clone(), &["read", "chat"]).await;
    let (mut socket, _) = s.join(Some(&hour)).await;
    say(&mut socket, json!({ "t": "post", "client_id": "a", "text": "in time" })).await;
    next(&mut socket, "receipt").await;
    s.fixture.clock.move_ms(3_600_000);
    assert_eq!(s.open("ws", Some(&hour), None).await.err(), Some(401));
    // What was looked up a moment ago holds for that moment: a line or two may still pass. Then the line is refused, or the socket is gone
    // before, because its token is looked up again without any line too.
    let mut last = Value::Null;
    for n in 0..25 {
        let line = json!({ "t": "post", "client_id": format!("late-{n}"), "text": "late" });
        if socket.send(Message::text(line.to_string())).await.is_ok() {
            last = any(&mut socket, &["receipt", "refused", "close"]).await;
        }
        if last["code"] == "signed_out" {
            last = any(&mut socket, &["close"]).await;
        }
        if last["t"] == "close" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    assert_eq!((&last["t"], &last["code"]), (&json!("close"), &json!(4500)), "{last}");
    let before = lines(&s).await;
    assert_eq!(s.open("ws", Some(&hour), None).await.err(), Some(401));
    assert_eq!(lines(&s).await, before);
}

/// The next frame of one of these kinds; a close is `{"t":"close","code"}`.
async fn any(socket: &mut Socket, kinds: &[&str]) -> Value {
    loop {
        let message = tokio::time::timeout(std::time::Duration::from_secs(5), socket.next()).await;
        let frame = match message.expect("a frame in time").expect("an open socket").unwrap() {
            Message::Text(text) => serde_json::from_str::<Value>(&text).unwrap(),
            Message::Close(close) => json!({ "t": "close", "code": close.map(|c| u16::from(c.code)) }),
            _ => continue,
        };
        if kinds.iter().any(|k| frame["t"] == *k) || frame["t"] == "close" {
            return frame;
        }
    }
}
