//! Sockets over a real connection: join, post, catch up, take away, be closed.

use std::net::SocketAddr;
use std::time::Duration;

use amphi_events::Act;
use amphi_events::chat::{AuthorKind, ChatCommand};
use amphi_events::envelope::{Actor, Key};
use amphi_events::ids::{EventId, LiveId};
use amphi_events::person::Role;
use amphi_events::store::{NewApiToken, TokenScopes};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::api::tests::fixture::{self, Fixture};
use crate::auth::Identity;
use crate::chat::post::seal;
use amphi_hub::{CloseReason, Via};

pub(super) type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

pub(super) struct Served {
    pub fixture: Fixture,
    pub address: SocketAddr,
    pub live: LiveId,
}

pub(super) async fn served() -> Served {
    let fixture = Fixture::new().await;
    let (_, live) = fixture.webinar().await;
    let act = Act::system("test", fixture.web.sources.now());
    let done = fixture
        .web
        .aggregates
        .chats
        .execute(live, ChatCommand::SetOpen(true), act)
        .await
        .unwrap();
    fixture
        .web
        .read
        .wait(done.position, Duration::from_secs(5))
        .await
        .unwrap();
    fixture.web.hub.start();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = fixture
        .router
        .clone()
        .into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    Served { fixture, address, live }
}

impl Served {
    pub(super) async fn open(&self, path: &str, token: Option<&str>, origin: Option<&str>) -> Result<Socket, u16> {
        let mut request = format!("ws://{}/live/{}/{path}", self.address, self.live)
            .into_client_request()
            .unwrap();
        if let Some(token) = token {
            request
                .headers_mut()
                .insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        match tokio_tungstenite::connect_async(request).await {
            Ok((socket, _)) => Ok(socket),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(other) => panic!("{other}"),
        }
    }

    pub(super) async fn join(&self, token: Option<&str>) -> (Socket, Value) {
        let mut socket = self.open("ws", token, None).await.unwrap();
        let hello = next(&mut socket, "hello").await;
        (socket, hello)
    }
}

/// The next frame of this kind; a close is `{"t":"close","code"}`.
pub(super) async fn next(socket: &mut Socket, kind: &str) -> Value {
    loop {
        let message = tokio::time::timeout(Duration::from_secs(5), socket.next())
            .await
            .expect("a frame in time");
        let frame = match message.expect("an open socket").unwrap() {
            Message::Text(text) => serde_json::from_str::<Value>(&text).unwrap(),
            Message::Close(close) => json!({ "t": "close", "code": close.map(|c| u16::from(c.code)) }),
            _ => continue,
        };
        if frame["t"] == kind {
            return frame;
        }
        assert_ne!(frame["t"], "close", "{frame} instead of {kind}");
    }
}

pub(super) async fn say(socket: &mut Socket, frame: Value) {
    socket.send(Message::text(frame.to_string())).await.unwrap();
}

#[tokio::test]
async fn a_line_reaches_everybody_once_and_its_receipt_its_author() {
    let s = served().await;
    let (mut author, hello) = s.join(Some(&s.fixture.user.token)).await;
    assert_eq!(
        (&hello["reset"], &hello["state"]["chat"]["enabled"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(hello["you"]["may"], json!(["post"]));
    let (mut guest, hello) = s.join(None).await;
    assert_eq!((&hello["you"]["id"], &hello["you"]["may"]), (&Value::Null, &json!([])));

    say(
        &mut author,
        json!({ "t": "post", "client_id": "c1", "text": " hello " }),
    )
    .await;
    let receipt = next(&mut author, "receipt").await;
    let seen = next(&mut guest, "messages").await;
    assert_eq!(seen["messages"][0]["text"], "hello");
    assert_eq!(seen["messages"][0]["id"], receipt["id"]);
    assert_eq!(
        seen["messages"][0]["from"],
        json!({ "name": "user", "kind": "audience" })
    );
    assert_eq!(seen["upto"], receipt["position"]);
    say(&mut author, json!({ "t": "post", "client_id": "c1", "text": "hello" })).await;
    assert_eq!(
        next(&mut author, "receipt").await["id"],
        receipt["id"],
        "the same receipt"
    );
    say(&mut guest, json!({ "t": "post", "client_id": "g", "text": "hello" })).await;
    assert_eq!(next(&mut guest, "refused").await["code"], "signed_out");

    // Back with nothing, and back with what it had.
    let (mut again, hello) = s.join(Some(&s.fixture.user.token)).await;
    assert_eq!(hello["messages"].as_array().unwrap().len(), 1);
    assert_eq!(next(&mut again, "mine").await["pairs"], json!([["c1", receipt["id"]]]));
    let epoch = hello["epoch"].as_str().unwrap();
    let mut back = s.open(&format!("ws?after=0&epoch={epoch}"), None, None).await.unwrap();
    assert_eq!(next(&mut back, "hello").await["messages"], json!([]));
    assert_eq!(next(&mut back, "messages").await["messages"][0]["id"], receipt["id"]);
    for of_another_log in [
        "ws?after=1&epoch=other".to_owned(),
        format!("ws?after=999999&epoch={epoch}"),
    ] {
        let mut reset = s.open(&of_another_log, None, None).await.unwrap();
        assert_eq!(next(&mut reset, "hello").await["reset"], true);
    }

    say(&mut again, json!({ "t": "remove", "id": receipt["id"] })).await;
    assert_eq!(next(&mut guest, "removed").await["ids"], json!([receipt["id"]]));
    assert_eq!(s.join(None).await.1["messages"], json!([]));
}

#[tokio::test]
async fn the_door_and_the_limits() {
    let s = served().await;
    assert_eq!(s.open("ws", None, Some("https://evil.example")).await.err(), Some(403));
    assert!(s.open("ws", None, Some(fixture::ORIGIN)).await.is_ok());
    assert_eq!(s.open("console/ws", None, None).await.err(), Some(401));
    assert_eq!(
        s.open("console/ws", Some(&s.fixture.user.token), None).await.err(),
        Some(403)
    );
    let mut console = s.open("console/ws", Some(&s.fixture.staff.token), None).await.unwrap();
    assert_eq!(
        next(&mut console, "hello").await["you"]["may"],
        json!(["post", "moderate"])
    );
    assert_eq!(next(&mut console, "console").await["participants"], json!([]));

    let (mut user, _) = s.join(Some(&s.fixture.user.token)).await;
    for (text, code) in [("", "invalid"), ("a\nb", "invalid"), (&*"x".repeat(501), "too_long")] {
        say(&mut user, json!({ "t": "post", "client_id": "c", "text": text })).await;
        assert_eq!(next(&mut user, "refused").await["code"], code);
    }
    for n in 0..5 {
        say(
            &mut user,
            json!({ "t": "post", "client_id": n.to_string(), "text": "x" }),
        )
        .await;
        next(&mut user, "receipt").await;
    }
    say(&mut user, json!({ "t": "post", "client_id": "6", "text": "x" })).await;
    let refused = next(&mut user, "refused").await;
    assert_eq!(refused["code"], "too_fast");
    assert!(refused["retry_after_ms"].as_u64().unwrap() > 0);
    for _ in 0..10 {
        user.send(Message::binary(vec![0_u8, 1])).await.unwrap();
        assert_eq!(next(&mut user, "refused").await["code"], "invalid");
    }
    say(&mut user, json!({ "t": "fly" })).await;
    assert_eq!(next(&mut user, "close").await["code"], CloseReason::Invalid.code());
}

/// The line went into a room that took 1 000 units, the server was started again, and the room that is open now takes 500.
#[tokio::test]
async fn a_line_of_before_a_restart_keeps_its_receipt_under_a_shorter_limit() {
    let s = served().await;
    let web = &s.fixture.web;
    let person = s.fixture.user.id;
    let text = "x".repeat(900);
    let identity = Identity {
        person,
        login: "user".to_owned(),
        name: "User".to_owned(),
        role: Role::User,
        via: Via::Token(web.sources.id()),
        scopes: TokenScopes::EVERYTHING,
        ends: None,
        cause: String::new(),
    };
    let event: EventId = web.sources.id();
    let sealed = seal(web, s.live, event, &identity, &text).await.unwrap();
    let act = Act::by(Actor::who(&sealed.who), web.sources.now())
        .key(Key::of(&["post", &person.to_string(), "long"]))
        .first_id(event);
    let command = ChatCommand::Post {
        kind: AuthorKind::Audience,
        who: sealed.who,
        author: sealed.author,
        text: sealed.text,
        units: 900,
        bytes: 900,
        max_units: 1_000,
        max_bytes: 4_000,
        moderator: false,
    };
    let done = web.aggregates.chats.execute(s.live, command, act).await.unwrap();

    let (mut user, _) = s.join(Some(&s.fixture.user.token)).await;
    // Oftener than lines may be sent: what is only looked up takes no line's turn.
    for _ in 0..7 {
        say(&mut user, json!({ "t": "post", "client_id": "long", "text": text })).await;
        let receipt = next(&mut user, "receipt").await;
        assert_eq!(receipt["id"], json!(event.to_string()), "{receipt}");
        assert_eq!(receipt["position"], json!(done.position), "{receipt}");
    }
    say(&mut user, json!({ "t": "post", "client_id": "new", "text": text })).await;
    assert_eq!(next(&mut user, "refused").await["code"], "too_long");
    assert_eq!(web.aggregates.chats.look(s.live).await.unwrap().state.lines.len(), 1);
}

#[tokio::test]
async fn sockets_are_closed_from_outside() {
    let s = served().await;
    let (mut user, _) = s.join(Some(&s.fixture.user.token)).await;
    let (mut guest, _) = s.join(None).await;
    assert_eq!(s.fixture.web.hub.kick(s.fixture.user.id, CloseReason::Banned), 1);
    assert_eq!(next(&mut user, "close").await["code"], 4502);
    s.fixture.web.hub.close(Duration::from_secs(3));
    assert!(next(&mut guest, "bye").await["retry_after_ms"].as_u64().unwrap() < 3_000);
    assert_eq!(next(&mut guest, "close").await["code"], 4001);
    assert_eq!(s.open("ws", None, None).await.err(), Some(503));
}

/// The server drops a handler with its connection: a right that was taken away in the store only would leave pages open.
#[tokio::test]
async fn a_right_is_taken_away_to_the_end_where_who_asked_hangs_up() {
    let s = served().await;
    let web = &s.fixture.web;
    let token = web
        .store
        .create_token(s.fixture.user.id, NewApiToken::unlimited("lost"), web.sources.now())
        .await;
    let token = token.unwrap();
    let id = web.store.find_token(&token).await.unwrap().unwrap().id;
    let (mut open, _) = s.join(Some(&token)).await;
    // Something of theirs goes on, and is waited for.
    let acting = web.acts.begin(s.fixture.user.id).await;
    let mut asking = tokio::net::TcpStream::connect(s.address).await.unwrap();
    let head = format!(
        "DELETE /api/v1/tokens/{id} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\n\r\n",
        s.fixture.user.token
    );
    tokio::io::AsyncWriteExt::write_all(&mut asking, head.as_bytes())
        .await
        .unwrap();
    while web.store.find_token(&token).await.unwrap().is_some() {
        tokio::task::yield_now().await;
    }
    drop(asking);
    // What the server does about the hang-up it does before it answers somebody who comes after.
    assert!(s.open("ws", Some("nobodys"), None).await.is_err());
    drop(acting);
    assert_eq!(next(&mut open, "close").await["code"], CloseReason::SignedOut.code());
}

#[tokio::test]
async fn a_token_that_is_not_valid_is_told_at_the_door() {
    let s = served().await;
    assert_eq!(s.open("ws", Some("nobodys"), None).await.err(), Some(401));
    assert!(s.open("ws", None, None).await.is_ok());
}

#[tokio::test]
async fn a_frame_that_is_too_long_is_answered_with_a_close_frame() {
    let s = served().await;
    for size in [17 << 10, 200 << 10] {
        let (mut user, _) = s.join(Some(&s.fixture.user.token)).await;
        let text = "x".repeat(size);
        say(&mut user, json!({ "t": "post", "client_id": "c", "text": text })).await;
        let close = next(&mut user, "close").await;
        assert_eq!(close["code"], CloseReason::Invalid.code(), "{size} bytes");
    }
    let (mut user, _) = s.join(Some(&s.fixture.user.token)).await;
    say(
        &mut user,
        json!({ "t": "post", "client_id": "c", "text": "x".repeat(15 << 10) }),
    )
    .await;
    assert_eq!(next(&mut user, "refused").await["code"], "too_long");
}

#[tokio::test]
async fn the_planned_end_is_told_and_closes_the_chat_of_a_live_that_never_ran() {
    let s = served().await;
    let (mut user, hello) = s.join(Some(&s.fixture.user.token)).await;
    assert_eq!(hello["state"]["live"], "off");
    s.fixture.clock.move_ms(2 * 3_600_000);
    // No event says so: the clock does.
    let state = next(&mut user, "state").await;
    assert_eq!(
        (&state["live"], &state["why"]),
        (&json!("ended"), &json!("time_over")),
        "{state}"
    );
    s.fixture.clock.move_ms(31 * 60_000);
    say(&mut user, json!({ "t": "post", "client_id": "c", "text": "late" })).await;
    assert_eq!(next(&mut user, "refused").await["code"], "closed");
}
