//! A restricted live: whoever guesses its id learns that there is one, and not a word of it.

use std::time::Duration;

use futures_util::SinkExt as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::ws::{SOON, address, close_code, cookie, next, planned};
use crate::harness::{Answer, Ask, Plan, Viewer, World, open, seed};

const SECRET: &str = "the-word-of-the-day";

async fn restricted(world: &World) -> Plan {
    let mut new = World::webinar("Closed circle");
    new["is_restricted"] = true.into();
    let made = world.presenter.post("/meetings", &new).await.ok();
    let text = |v: &Value| v.as_str().expect("an id").to_owned();
    Plan {
        meeting: text(&made["id"]),
        event: text(&made["event"]),
    }
}

async fn get(world: &World, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = world.server.http().get(format!("{}{path}", world.server.base));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::of(path.to_owned(), request.send().await.expect("an answer")).await
}

#[tokio::test]
async fn a_stranger_who_guesses_the_id_gets_no_line() {
    let (world, _, student) = planned(vec![]).await;
    let plan = restricted(&world).await;
    let mut inside = Viewer::of(&world.server, &plan.event, Some(&student)).await;
    inside.post("c-1", SECRET).await;
    let live = address(&world, &plan);
    let console = live.replace("/ws", "/console/ws");
    let ours = ("origin", world.server.base.clone());
    let asks = [
        ("nothing", vec![]),
        ("our own page", vec![ours.clone()]),
        (
            "a cookie that is none",
            vec![ours.clone(), ("cookie", "amphi_session=nobodys".to_owned())],
        ),
        (
            "a cookie without an origin",
            vec![("cookie", cookie(&world, "awa").await)],
        ),
    ];
    for (what, headers) in asks {
        for address in [&live, &console] {
            let ask = Ask {
                headers: headers.clone(),
                after: Some((0, inside.now().epoch)),
                ..Ask::default()
            };
            assert_eq!(open(address, &ask).await.err(), Some(401), "{what}: {address}");
        }
    }
    let student_ask = Ask {
        token: Some(student.token.clone()),
        ..Ask::default()
    };
    assert_eq!(open(&console, &student_ask).await.err(), Some(403));
    // What is no live is no live, whoever asks; an id of another kind is none.
    for none in ["01J00000000000000000000000", &plan.meeting, "x", "..%2f..", "%00"] {
        let status = open(&live.replace(&plan.event, none), &Ask::default()).await.err();
        assert!(matches!(status, Some(400 | 404)), "{none}: {status:?}");
    }

    let event = &plan.event;
    let paths = [
        format!("/api/v1/live/{event}"),
        format!("/api/v1/live/{event}/chat"),
        format!("/api/v1/live/{event}/chat?after=0"),
        format!("/api/v1/live/{event}/chat?before=999999"),
        format!("/api/v1/live/{event}/playback"),
        "/api/v1/live".to_owned(),
        "/api/v1/live/past".to_owned(),
        format!("/live/{event}"),
        format!("/live/{event}/embed"),
        format!("/live/{event}/console"),
        format!("/meetings/{}", plan.meeting),
        format!("/join/{}", plan.meeting),
        "/live".to_owned(),
        "/".to_owned(),
    ];
    for path in &paths {
        let answer = get(&world, path, &[]).await;
        assert!(answer.status < 500, "{path}: {}", answer.status);
        assert!(!answer.text.contains(SECRET), "{path}");
        assert!(!answer.text.contains("Awa"), "{path}: who is there");
    }
    for path in &paths[1..5] {
        get(&world, path, &[]).await.problem(401, "signed_out");
    }
    let page = get(&world, &format!("/live/{event}"), &[]).await;
    assert!(matches!(page.status, 303 | 401), "{}", page.status);
    // Posting and taking away say no more than that.
    let client = world.server.http();
    let chat = format!("{}/api/v1/live/{event}/chat", world.server.base);
    let posted = client
        .post(&chat)
        .json(&json!({ "client_id": "c", "text": "x" }))
        .send();
    assert_eq!(posted.await.expect("an answer").status(), 401);
    let gone = client.delete(format!(
        "{chat}/{}",
        inside.now().receipts["c-1"]["id"].as_str().expect("an id")
    ));
    assert_eq!(gone.send().await.expect("an answer").status(), 401);
    assert_eq!(student.history(event).await.len(), 1);
    inside.sound();
}

#[tokio::test]
async fn made_restricted_it_closes_on_strangers_and_on_nobody_else() {
    let mut rng = rand::rngs::StdRng::seed_from_u64(seed("made_restricted_it_closes"));
    let (world, _, student) = planned(vec![]).await;
    for round in 0..6 {
        let plan = world.plan("Was open").await;
        let live = address(&world, &plan);
        let mut stranger = open(&live, &Ask::default()).await.expect("a socket");
        next(&mut stranger).await.expect("hello");
        let mut inside = Viewer::of(&world.server, &plan.event, Some(&student)).await;
        // Strangers come while it happens.
        let comers: Vec<_> = (0..12)
            .map(|_| {
                let (live, wait) = (live.clone(), rng.random_range(0..60));
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(wait)).await;
                    open(&live, &Ask::default()).await
                })
            })
            .collect();
        let path = format!("/meetings/{}", plan.meeting);
        world
            .presenter
            .patch(&path, &json!({ "is_restricted": true }))
            .await
            .ok();
        assert_eq!(close_code(&mut stranger).await, Some(4503));
        let mut all = vec![];
        for comer in comers {
            match comer.await.expect("a task") {
                Ok(socket) => all.push(socket),
                Err(status) => assert_eq!(status, 401),
            }
        }
        let text = format!("{SECRET} {round}");
        inside.post("c-1", &text).await;
        for mut socket in all {
            // Whoever came in at the last moment is shown out too.
            loop {
                match next(&mut socket).await {
                    Ok(frame) => assert!(!frame.to_string().contains(SECRET), "{frame}"),
                    Err(code) => {
                        assert!(matches!(code, Some(4503) | None), "{code:?}");
                        break;
                    }
                }
            }
        }
        assert_eq!(open(&live, &Ask::default()).await.err(), Some(401));
        inside.until(SOON, "the line", |s| s.line(&text).map(|_| ())).await;
        assert_eq!(inside.now().hellos, 1);
        inside.sound();
    }
}

#[tokio::test]
async fn a_token_counts_in_its_header_and_nowhere_else() {
    let (world, _, student) = planned(vec![]).await;
    let plan = restricted(&world).await;
    let live = address(&world, &plan);
    let token = &student.token;
    for query in [
        "token",
        "access_token",
        "authorization",
        "bearer",
        "ticket",
        "amphi_session",
    ] {
        let status = open(&format!("{live}?{query}={token}"), &Ask::default()).await.err();
        assert_eq!(status, Some(401), "{query}");
    }
    for (name, value) in [
        ("sec-websocket-protocol", token.clone()),
        ("cookie", format!("amphi_session={token}")),
        ("x-api-key", token.clone()),
        ("proxy-authorization", format!("Bearer {token}")),
    ] {
        let ask = Ask {
            headers: vec![(name, value), ("origin", world.server.base.clone())],
            ..Ask::default()
        };
        assert_eq!(open(&live, &ask).await.err(), Some(401), "{name}");
    }
    // A cookie's secret is no token, and a header that proves nothing is not made good by a cookie beside it.
    let cookie = cookie(&world, "awa").await;
    let secret = cookie.split_once('=').expect("a cookie").1.to_owned();
    let ask = Ask {
        token: Some(secret),
        ..Ask::default()
    };
    assert_eq!(open(&live, &ask).await.err(), Some(401));
    let both = Ask {
        token: Some("amphi_nobodys".to_owned()),
        headers: vec![("origin", world.server.base.clone()), ("cookie", cookie)],
        ..Ask::default()
    };
    assert_eq!(open(&live, &both).await.err(), Some(401));
}

#[tokio::test]
async fn a_foreign_page_has_neither_the_live_nor_the_console() {
    let (world, plan, _) = planned(vec![]).await;
    let cookie = cookie(&world, "paul").await;
    let live = address(&world, &plan);
    let console = live.replace("/ws", "/console/ws");
    let ours = url::Url::parse(&world.server.base).expect("an address");
    let port = ours.port().expect("a port");
    let with = |origin: &str, cookie: Option<&str>| Ask {
        headers: std::iter::once(("origin", origin.to_owned()))
            .chain(cookie.map(|c| ("cookie", c.to_owned())))
            .collect(),
        ..Ask::default()
    };
    let foreign = [
        "null".to_owned(),
        "https://evil.example".to_owned(),
        format!("https://127.0.0.1:{port}"),
        format!("http://127.0.0.1:{}", port ^ 1),
        "http://127.0.0.1".to_owned(),
        format!("http://localhost:{port}"),
        format!("http://sub.127.0.0.1:{port}"),
        format!("http://127.0.0.1:{port}.evil.example"),
        format!("http://127.0.0.1:{port}/"),
        format!("HTTP://127.0.0.1:{port}"),
        format!("http://127.0.0.1:{port} http://evil.example"),
        format!("http://evil.example@127.0.0.1:{port}"),
        String::new(),
    ];
    for origin in &foreign {
        for address in [&live, &console] {
            for cookie in [Some(&*cookie), None] {
                let status = open(address, &with(origin, cookie)).await.err();
                assert_eq!(status, Some(403), "{origin:?} {address}");
            }
        }
    }
    // With its own token a program from elsewhere is not let in by such a page either.
    let mut ask = with("https://evil.example", None);
    ask.token = Some(world.presenter.token.clone());
    assert_eq!(open(&console, &ask).await.err(), Some(403));
    // A cookie without an origin is nobody's: the live is shown, the console is not.
    let bare = Ask {
        headers: vec![("cookie", cookie.clone())],
        ..Ask::default()
    };
    assert_eq!(open(&console, &bare).await.err(), Some(401));
    let mut stranger = open(&live, &bare).await.expect("a stranger's socket");
    assert!(next(&mut stranger).await.expect("hello")["you"]["id"].is_null());
    let post = json!({ "t": "post", "client_id": "c", "text": "x" });
    stranger.send(Message::text(post.to_string())).await.expect("sent");
    loop {
        let frame = next(&mut stranger).await.expect("the socket stays");
        if frame["t"] == "refused" {
            assert_eq!(frame["code"], "signed_out");
            break;
        }
    }
    // Our own page has both.
    for address in [&live, &console] {
        let mut socket = open(address, &with(&world.server.base, Some(&cookie)))
            .await
            .expect("our own page");
        assert_eq!(next(&mut socket).await.expect("hello")["you"]["role"], "presenter");
    }
}
