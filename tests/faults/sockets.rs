//! Bad frames, foreign pages, sessions that ran out.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::{SOON, told, world};
use crate::harness::{Ask, Person, Plan, Socket, Viewer, World, eventually, open};

fn address(world: &World, plan: &Plan) -> String {
    format!("{}/live/{}/ws", world.server.base, plan.event)
}

/// Next text frame; the close code where the socket ends.
async fn next(socket: &mut Socket) -> Result<Value, Option<u16>> {
    let frame = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(text.as_str()).expect("JSON")),
                Some(Ok(Message::Close(frame))) => return Err(frame.map(|f| u16::from(f.code))),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    };
    tokio::time::timeout(SOON, frame).await.expect("a frame in time")
}

/// The first frame of a socket.
pub(super) async fn hello(mut socket: Socket) -> Value {
    let hello = next(&mut socket).await.expect("hello");
    assert_eq!(hello["t"], "hello", "{hello}");
    hello
}

async fn refused(socket: &mut Socket) -> Value {
    loop {
        let frame = next(socket).await.expect("the socket stays open");
        if frame["t"] == "refused" {
            return frame;
        }
    }
}

/// A frame that means nothing is refused; the socket serves on, others notice nothing, and the log holds no trace.
async fn refused_and_served_on(frames: Vec<Message>) {
    let world = world("g2", vec![]).await;
    let plan = world.plan("Nonsense").await;
    let mut other = Viewer::of(&world.server, &plan.event, None).await;
    let ask = Ask {
        token: Some(world.presenter.token.clone()),
        ..Ask::default()
    };
    let mut socket = open(&address(&world, &plan), &ask).await.expect("a socket");
    for frame in frames {
        socket.send(frame).await.expect("sent");
        let said = refused(&mut socket).await;
        assert!(said["code"].is_string() && said["text"].is_string(), "{said}");
    }
    let post = json!({ "t": "post", "client_id": "c-1", "text": "still here" });
    socket.send(Message::text(post.to_string())).await.expect("sent");
    while next(&mut socket).await.expect("a receipt")["t"] != "receipt" {}
    other
        .until(SOON, "the line", |s| s.line("still here").map(|_| ()))
        .await;
    assert_eq!(told(&world.server, "ChatMessagePosted").await.len(), 1);
    other.sound();
    other.cut();
}

#[tokio::test]
async fn malformed_frames() {
    refused_and_served_on(vec![
        Message::text("not JSON"),
        Message::text("[]"),
        Message::text(r#"{"t":"unheard-of"}"#),
        Message::text(r#"{"t":"post","client_id":1,"text":{}}"#),
        Message::text(r#"{"t":"remove","id":"nobody's"}"#),
    ])
    .await;
}

#[tokio::test]
async fn binary_frames() {
    refused_and_served_on(vec![Message::binary(vec![0_u8, 159, 146, 150])]).await;
}

#[tokio::test]
async fn oversized_frames() {
    let world = world("g2", vec![]).await;
    let plan = world.plan("Too large").await;
    let mut other = Viewer::of(&world.server, &plan.event, Some(&world.presenter)).await;
    let mut socket = open(&address(&world, &plan), &Ask::default()).await.expect("a socket");
    next(&mut socket).await.expect("hello");
    let _ = socket.send(Message::text("x".repeat(4 << 20))).await;
    // Its own socket ends.
    let ended = async { while next(&mut socket).await.is_ok() {} };
    tokio::time::timeout(SOON, ended).await.expect("the socket ends");
    // Nobody else's does, and the server still takes lines.
    other.post("c-1", "unharmed").await;
    assert_eq!(other.now().closed, None);
    assert_eq!(other.now().hellos, 1);
}

/// Signs in with the form, as browsers do; gives the cookie.
async fn cookie(world: &World, login: &str) -> String {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("login", login)
        .append_pair("password", &Person::password_of(login))
        .append_pair("next", "/")
        .finish();
    let answer = world
        .server
        .http()
        .post(format!("{}/login", world.server.base))
        .header("origin", &world.server.base)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 303);
    let set = answer.headers()["set-cookie"].to_str().expect("text").to_owned();
    set.split(';').next().expect("a cookie").to_owned()
}

async fn with_cookie(world: &World, method: reqwest::Method, path: &str, cookie: &str, origin: &str) -> (u16, Value) {
    let asked = world
        .server
        .http()
        .request(method, format!("{}{path}", world.server.base))
        .header("cookie", cookie)
        .header("origin", origin)
        .send();
    let answer = asked.await.expect("an answer");
    let status = answer.status().as_u16();
    (
        status,
        serde_json::from_str(&answer.text().await.unwrap_or_default()).unwrap_or(Value::Null),
    )
}

#[tokio::test]
async fn foreign_origin() {
    let world = world("g2", vec![]).await;
    let plan = world.plan("Foreign page").await;
    let cookie = cookie(&world, "paul").await;
    let from = |origin: &str| Ask {
        headers: vec![("origin", origin.to_owned()), ("cookie", cookie.clone())],
        ..Ask::default()
    };
    // The same cookie, from our own page and from another.
    let mut ours = open(&address(&world, &plan), &from(&world.server.base))
        .await
        .expect("our own page");
    assert_eq!(
        next(&mut ours).await.expect("hello")["you"]["name"],
        "Paul Présentateur"
    );
    let near = world.server.base.replace("127.0.0.1", "localhost");
    for foreign in ["https://evil.example", "null", &near] {
        let status = open(&address(&world, &plan), &from(foreign)).await.err();
        assert_eq!(status, Some(403), "{foreign}");
    }
    // An unsafe call of a foreign page changes nothing, and says why.
    let path = format!("/api/v1/meetings/{}/start", plan.meeting);
    let (status, said) = with_cookie(&world, reqwest::Method::POST, &path, &cookie, "https://evil.example").await;
    assert_eq!((status, &said["code"]), (403, &"csrf".into()), "{said}");
    assert_eq!(told(&world.server, "MeetingStartRequested").await, Vec::<Value>::new());
    let (status, said) = with_cookie(&world, reqwest::Method::POST, &path, &cookie, &world.server.base).await;
    assert_eq!(status, 200, "{said}");
    assert_eq!(told(&world.server, "MeetingStartRequested").await.len(), 1);
}

#[tokio::test]
async fn expired_session() {
    let world = world("g2", vec![("session_idle", "4"), ("session_max", "4")]).await;
    let plan = world.plan("Ran out").await;
    let cookie = cookie(&world, "paul").await;
    let me = async || {
        with_cookie(
            &world,
            reqwest::Method::GET,
            "/api/v1/meetings",
            &cookie,
            &world.server.base,
        )
        .await
    };
    assert_eq!(me().await.0, 200, "it holds at first");
    let ask = Ask {
        headers: vec![("origin", world.server.base.clone()), ("cookie", cookie.clone())],
        ..Ask::default()
    };
    let mut socket = open(&address(&world, &plan), &ask).await.expect("a socket");
    assert_eq!(
        next(&mut socket).await.expect("hello")["you"]["name"],
        "Paul Présentateur"
    );
    let said = eventually(SOON, "the session runs out", async || {
        // Asked often: were the end not absolute, each use would prolong it.
        let (status, said) = me().await;
        if status == 401 { Ok(said) } else { Err(status) }
    })
    .await;
    assert_eq!(said["code"], "signed_out", "{said}");
    // Authority is checked again per line: the open socket posts no more, and is told.
    let post = json!({ "t": "post", "client_id": "c-1", "text": "too late" });
    let _ = socket.send(Message::text(post.to_string())).await;
    let heard = loop {
        match next(&mut socket).await {
            Ok(frame) if frame["t"] == "refused" => break frame["code"].as_str().unwrap_or_default().to_owned(),
            Ok(frame) => assert_ne!(frame["t"], "receipt", "{frame}"),
            Err(code) => break format!("{code:?}"),
        }
    };
    assert!(heard == "signed_out" || heard == "Some(4500)", "{heard}");
    assert_eq!(told(&world.server, "ChatMessagePosted").await, Vec::<Value>::new());
    // A page leads to the sign-in.
    let page = world
        .server
        .http()
        .get(format!("{}/meetings", world.server.base))
        .header("cookie", &cookie)
        .send()
        .await
        .expect("a page");
    assert_eq!(page.status(), 303);
    assert!(page.headers()["location"].to_str().expect("text").starts_with("/login"));
}
