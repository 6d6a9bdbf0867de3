//! Who watches and may not any more is put out at once, and whoever still may notices nothing (census §5.3).

use amphi_events::Act;
use amphi_events::broadcaster::BroadcasterCommand;
use amphi_events::ids::BroadcasterId;
use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::socket_tests::{Served, Socket, next, say, served};
use crate::api::tests::live_plans::{broadcaster, member};

/// A live that everybody watches, with a chat, on a broadcaster of its own.
async fn open() -> (Served, BroadcasterId) {
    let mut s = served().await;
    let at = broadcaster(&s.fixture, |_| ()).await;
    let plan = json!({"title": "Open day", "ends_at": "2026-03-02T12:00:00Z", "broadcaster": at.to_string(), "is_draft": false, "enable_chat": true});
    let staff = s.fixture.staff.token.clone();
    let a = s.fixture.call(Some(&staff), "POST", "/api/v1/live", Some(plan)).await;
    assert_eq!(a.status, StatusCode::CREATED, "{}", a.text);
    s.live = a.json["event"].as_str().unwrap().parse().unwrap();
    (s, at)
}

async fn change(s: &Served, patch: Value) {
    let at = format!("/api/v1/live/{}", s.live);
    let a = s
        .fixture
        .call(Some(&s.fixture.staff.token), "PATCH", &at, Some(patch))
        .await;
    assert_eq!(a.status, StatusCode::OK, "{}", a.text);
}

async fn watch(s: &Served, token: Option<&str>, pass: Option<&str>) -> Socket {
    let mut request = format!("ws://{}/live/{}/ws", s.address, s.live)
        .into_client_request()
        .unwrap();
    if let Some(token) = token {
        let token = format!("Bearer {token}");
        request.headers_mut().insert("authorization", token.parse().unwrap());
    }
    if let Some(pass) = pass {
        request.headers_mut().insert("amphi-live-pass", pass.parse().unwrap());
    }
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    next(&mut socket, "hello").await;
    socket
}

async fn pass(s: &Served, password: &str) -> String {
    let at = format!("/api/v1/live/{}/pass", s.live);
    let a = s
        .fixture
        .call(None, "POST", &at, Some(json!({"password": password})))
        .await;
    assert_eq!(a.status, StatusCode::OK, "{}", a.text);
    a.json["pass"].as_str().unwrap().to_owned()
}

async fn closed(socket: &mut Socket, code: u16, who: &str) {
    assert_eq!(next(socket, "close").await["code"], code, "{who}");
}

/// Whoever it is goes on: nothing was said to them, and a line of theirs is taken.
async fn goes_on(socket: &mut Socket, line: &str) {
    say(socket, json!({"t": "post", "client_id": line, "text": line})).await;
    loop {
        let frame = next_but_close(socket).await;
        assert_ne!(frame["t"], "hello", "it did not come back: it never went");
        if frame["t"] == "receipt" && frame["client_id"] == line {
            return;
        }
        assert_ne!(frame["t"], "refused", "{frame}");
    }
}

async fn next_but_close(socket: &mut Socket) -> Value {
    use futures_util::StreamExt as _;
    use tokio_tungstenite::tungstenite::Message;
    loop {
        let message = tokio::time::timeout(std::time::Duration::from_secs(5), socket.next())
            .await
            .expect("a frame in time");
        match message.expect("an open socket").unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Close(close) => panic!("closed: {close:?}"),
            _ => {}
        }
    }
}

/// Strangers and the signed-in who show no pass are told what is missing.
#[tokio::test]
async fn a_live_made_restricted_puts_strangers_out_and_tells_them_to_sign_in() {
    let (s, _) = open().await;
    let f = &s.fixture;
    let mut stranger = watch(&s, None, None).await;
    let mut user = watch(&s, Some(&f.user.token), None).await;
    let mut owner = watch(&s, Some(&f.staff.token), None).await;
    change(&s, json!({"is_restricted": true})).await;
    closed(&mut stranger, 4503, "a stranger").await;
    goes_on(&mut user, "u1").await;
    goes_on(&mut owner, "o1").await;
    // Opened again it is everybody's; who is there stays.
    change(&s, json!({"is_restricted": false})).await;
    watch(&s, None, None).await;
    goes_on(&mut user, "u2").await;
}

#[tokio::test]
async fn a_broadcaster_made_restricted_puts_strangers_out_of_what_is_shown_there() {
    let (s, at) = open().await;
    let f = &s.fixture;
    let mut stranger = watch(&s, None, None).await;
    let mut user = watch(&s, Some(&f.user.token), None).await;
    let elsewhere = broadcaster(f, |_| ()).await;
    for (which, out) in [(elsewhere, false), (at, true)] {
        let path = format!("/api/v1/broadcasters/{which}");
        let a = f
            .call(
                Some(&f.administrator.token),
                "PATCH",
                &path,
                Some(json!({"restricted": true})),
            )
            .await;
        assert_eq!(a.status, StatusCode::OK, "{}", a.text);
        if out {
            closed(&mut stranger, 4503, "a stranger").await;
        } else {
            say(&mut stranger, json!({"t": "post", "client_id": "s", "text": "x"})).await;
            assert_eq!(next(&mut stranger, "refused").await["code"], "signed_out");
        }
    }
    goes_on(&mut user, "u1").await;
}

#[tokio::test]
async fn groups_put_out_whoever_is_in_none_of_them_and_so_does_leaving_one() {
    let (s, _) = open().await;
    let f = &s.fixture;
    member(f, &f.other, "maths").await;
    let mut stranger = watch(&s, None, None).await;
    let mut user = watch(&s, Some(&f.user.token), None).await;
    let mut member = watch(&s, Some(&f.other.token), None).await;
    let mut administrator = watch(&s, Some(&f.administrator.token), None).await;
    change(&s, json!({"restrict_access_to_groups": ["maths"]})).await;
    closed(&mut stranger, 4503, "a stranger").await;
    closed(&mut user, 4501, "of no group").await;
    goes_on(&mut member, "m1").await;
    let path = format!("/api/v1/groups/maths/members/{}", f.other.id);
    let a = f.call(Some(&f.administrator.token), "DELETE", &path, None).await;
    assert_eq!(a.status, StatusCode::NO_CONTENT, "{}", a.text);
    closed(&mut member, 4501, "taken out of the group").await;
    goes_on(&mut administrator, "a1").await;
}

/// Of a webinar the meeting says it.
#[tokio::test]
async fn a_webinar_made_one_for_groups_puts_out_whoever_is_in_none_of_them() {
    let s = served().await;
    let f = &s.fixture;
    member(f, &f.other, "maths").await;
    let mut user = watch(&s, Some(&f.user.token), None).await;
    let mut member = watch(&s, Some(&f.other.token), None).await;
    let meeting = f.web.read.live(s.live).await.unwrap().unwrap().meeting.unwrap();
    let path = format!("/api/v1/meetings/{meeting}");
    let groups = json!({"restrict_access_to_groups": ["maths"]});
    let a = f.call(Some(&f.staff.token), "PATCH", &path, Some(groups)).await;
    assert_eq!(a.status, StatusCode::OK, "{}", a.text);
    closed(&mut user, 4501, "of no group").await;
    goes_on(&mut member, "m1").await;
}

#[tokio::test]
async fn a_password_is_asked_of_whoever_watches_and_a_draft_shows_nobody() {
    let (s, _) = open().await;
    let f = &s.fixture;
    let mut stranger = watch(&s, None, None).await;
    let mut user = watch(&s, Some(&f.user.token), None).await;
    let mut owner = watch(&s, Some(&f.staff.token), None).await;
    change(&s, json!({"password": "letmein"})).await;
    closed(&mut stranger, 4504, "a stranger").await;
    closed(&mut user, 4504, "signed in").await;
    // Who says it is in again, and stays in while something else changes.
    let said = pass(&s, "letmein").await;
    let mut stranger = watch(&s, None, Some(&said)).await;
    let mut user = watch(&s, Some(&f.user.token), Some(&said)).await;
    change(&s, json!({"is_restricted": true})).await;
    closed(&mut stranger, 4503, "who said the password and is nobody").await;
    goes_on(&mut user, "u1").await;
    change(&s, json!({"is_restricted": false})).await;
    let mut stranger = watch(&s, None, Some(&said)).await;
    say(&mut stranger, json!({"t": "post", "client_id": "s", "text": "x"})).await;
    assert_eq!(
        next(&mut stranger, "refused").await["code"],
        "signed_out",
        "a pass is for watching"
    );
    // Another password: whoever said the one before says it again.
    change(&s, json!({"password": "other"})).await;
    closed(&mut user, 4504, "who said the one before").await;
    closed(&mut stranger, 4504, "who said the one before").await;
    let said = pass(&s, "other").await;
    let mut stranger = watch(&s, None, Some(&said)).await;
    change(&s, json!({"is_draft": true})).await;
    closed(&mut stranger, 4501, "of a draft").await;
    goes_on(&mut owner, "o1").await;
}

/// What is said of a broadcaster beside its restriction puts nobody out.
#[tokio::test]
async fn nothing_else_puts_anybody_out() {
    let (s, at) = open().await;
    let f = &s.fixture;
    let mut user = watch(&s, Some(&f.user.token), None).await;
    let act = Act::system("test", f.web.sources.now());
    let picture = BroadcasterCommand::Picture(None);
    f.web.aggregates.broadcasters.execute(at, picture, act).await.unwrap();
    change(&s, json!({"description": "Now with words"})).await;
    goes_on(&mut user, "u1").await;
}
