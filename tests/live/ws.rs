//! The websocket of a live page, surface §4.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::harness::{Answer, Ask, Person, Plan, Viewer, World, WorldOptions, open};

pub(super) const SOON: Duration = Duration::from_secs(10);

pub(super) async fn planned(settings: Vec<(&'static str, &'static str)>) -> (World, Plan, Person) {
    let world = World::with(WorldOptions {
        settings,
        adds: Some(vec!["g2"]),
        ..WorldOptions::default()
    })
    .await;
    let plan = world.plan("Watched").await;
    let student = world.server.person("awa", "Awa", "user").await;
    (world, plan, student)
}

pub(super) fn address(world: &World, plan: &Plan) -> String {
    format!("{}/live/{}/ws", world.server.base, plan.event)
}

/// Signs in with the form, as browsers do; gives the cookie.
pub(super) async fn cookie(world: &World, login: &str) -> String {
    let form = [
        ("login", login.to_owned()),
        ("password", Person::password_of(login)),
        ("next", "/".to_owned()),
    ];
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
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
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax"), "{set}");
    set.split(';').next().expect("a cookie").to_owned()
}

pub(super) fn with_cookie(world: &World, cookie: &str) -> Ask {
    let headers = vec![("origin", world.server.base.clone()), ("cookie", cookie.to_owned())];
    Ask {
        headers,
        ..Ask::default()
    }
}

/// Next frame of a raw socket, as JSON; the close code where it ends.
pub(super) async fn next(socket: &mut crate::harness::Socket) -> Result<Value, Option<u16>> {
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

pub(super) async fn close_code(socket: &mut crate::harness::Socket) -> Option<u16> {
    loop {
        if let Err(code) = next(socket).await {
            return code;
        }
    }
}

#[tokio::test]
async fn a_client_that_was_cut_off_comes_back_without_gap_or_double() {
    let (world, plan, student) = planned(vec![]).await;
    let mut writer = Viewer::of(&world.server, &plan.event, Some(&world.presenter)).await;
    let mut reader = Viewer::of(&world.server, &plan.event, Some(&student)).await;
    for round in 0..6 {
        for n in 0..4 {
            writer
                .post(&format!("c-{round}-{n}"), &format!("line {round}.{n}"))
                .await;
            if n == 1 {
                reader.cut();
            }
        }
        if round == 3 {
            // Through a restart too.
            world.server.restart().await;
            writer.reconnect().await;
        }
        reader.reconnect().await;
    }
    let history = world.presenter.history(&plan.event).await;
    let positions: Vec<i64> = history
        .iter()
        .map(|l| l["position"].as_i64().expect("position"))
        .collect();
    reader
        .until(SOON, "everything", |s| (s.lines.len() == 24).then_some(()))
        .await;
    assert_eq!(reader.now().lines.keys().copied().collect::<Vec<_>>(), positions);
    assert!(
        reader
            .now()
            .frames
            .iter()
            .filter(|f| f["t"] == "hello")
            .all(|f| f["reset"] == false),
        "nothing was forgotten"
    );
    reader.sound();
    writer.sound();
    // Those who come anew see the same.
    let fresh = Viewer::of(&world.server, &plan.event, None).await;
    fresh
        .until(SOON, "everything", |s| (s.lines.len() == 24).then_some(()))
        .await;
    fresh.sound();
}

#[tokio::test]
async fn a_position_of_another_epoch_or_beyond_the_head_is_reset() {
    let (world, plan, _) = planned(vec![]).await;
    let mut writer = Viewer::of(&world.server, &plan.event, Some(&world.presenter)).await;
    writer.post("c-1", "kept").await;
    let shown = writer
        .until(SOON, "the line", |s| s.line("kept").map(|_| s.clone()))
        .await;
    let asks = [
        (shown.upto, "01J00000000000000000000000".to_owned()),
        (shown.upto + 1_000_000, shown.epoch.clone()),
        (0, String::new()),
    ];
    for after in asks {
        let ask = Ask {
            after: Some(after.clone()),
            ..Ask::default()
        };
        let mut socket = open(&address(&world, &plan), &ask).await.expect("a socket");
        let hello = next(&mut socket).await.expect("hello");
        assert_eq!(
            (&hello["t"], &hello["reset"]),
            (&"hello".into(), &true.into()),
            "{after:?}: {hello}"
        );
        assert_eq!(hello["messages"][0]["text"], "kept", "{hello}");
        assert_eq!(hello["epoch"], shown.epoch.as_str());
    }
    let mut socket = open(
        &address(&world, &plan),
        &Ask {
            after: Some((shown.upto, shown.epoch)),
            ..Ask::default()
        },
    )
    .await
    .expect("a socket");
    let hello = next(&mut socket).await.expect("hello");
    assert_eq!(
        (&hello["reset"], &hello["messages"]),
        (&false.into(), &json!([])),
        "{hello}"
    );
}

#[tokio::test]
async fn a_client_id_that_has_a_receipt_gets_it_again() {
    let (world, plan, student) = planned(vec![]).await;
    let mut viewer = Viewer::of(&world.server, &plan.event, Some(&student)).await;
    let first = viewer.post("same", "once").await;
    viewer.say("same", "once").await;
    viewer
        .until(SOON, "a second receipt", |s| {
            (s.frames.iter().filter(|f| f["t"] == "receipt").count() == 2).then_some(())
        })
        .await;
    assert_eq!(viewer.now().receipts["same"], first);
    let body = json!({ "client_id": "same", "text": "once" });
    let again = student.post(&format!("/live/{}/chat", plan.event), &body).await.ok();
    assert_eq!((&again["id"], &again["position"]), (&first["id"], &first["position"]));
    // After a restart as well; and somebody else's is another.
    world.server.restart().await;
    viewer.reconnect().await;
    viewer.say("same", "once").await;
    viewer
        .until(SOON, "a third receipt", |s| {
            (s.frames.iter().filter(|f| f["t"] == "receipt").count() == 3).then_some(())
        })
        .await;
    assert_eq!(viewer.now().receipts["same"]["position"], first["position"]);
    let other = world
        .presenter
        .post(&format!("/live/{}/chat", plan.event), &body)
        .await
        .ok();
    assert_ne!(other["id"], first["id"]);
    assert_eq!(world.presenter.history(&plan.event).await.len(), 2);
    // On another page, the person's own lines are known as such.
    let fresh = Viewer::of(&world.server, &plan.event, Some(&student)).await;
    let own = ("same".to_owned(), first["id"].as_str().expect("id").to_owned());
    fresh
        .until(SOON, "which lines are one's own", |s| {
            (s.mine == [own.clone()]).then_some(())
        })
        .await;
    viewer.sound();
}

#[tokio::test]
async fn frames_that_mean_nothing_are_refused_and_too_many_of_them_end_the_socket() {
    let (world, plan, student) = planned(vec![]).await;
    let ask = Ask {
        token: Some(student.token.clone()),
        ..Ask::default()
    };
    let mut socket = open(&address(&world, &plan), &ask).await.expect("a socket");
    let nonsense = [
        Message::text("not JSON"),
        Message::binary(vec![0_u8, 159, 146, 150]),
        Message::text(r#"{"t":"unheard-of"}"#),
        Message::text(r#"{"t":"post"}"#),
        Message::text(r#"{"t":"post","client_id":1,"text":{}}"#),
        Message::text("[]"),
    ];
    for message in nonsense {
        socket.send(message).await.expect("sent");
        let refused = loop {
            let frame = next(&mut socket).await.expect("the socket stays open");
            if frame["t"] == "refused" {
                break frame;
            }
        };
        assert!(refused["code"].is_string() && refused["text"].is_string(), "{refused}");
    }
    // The socket still serves.
    let post = json!({ "t": "post", "client_id": "c-1", "text": "still here" });
    socket.send(Message::text(post.to_string())).await.expect("sent");
    while next(&mut socket).await.expect("a receipt")["t"] != "receipt" {}
    for _ in 0..20 {
        if socket.send(Message::text("not JSON")).await.is_err() {
            break;
        }
    }
    assert_eq!(close_code(&mut socket).await, Some(4400));

    // An oversized frame ends its own socket, and nobody else's.
    let mut socket = open(&address(&world, &plan), &ask).await.expect("a socket");
    next(&mut socket).await.expect("hello");
    let _ = socket.send(Message::text("x".repeat(1 << 20))).await;
    close_code(&mut socket).await;
    let mut viewer = Viewer::of(&world.server, &plan.event, Some(&student)).await;
    viewer.post("c-2", "here too").await;
}

/// Census C2: no limit of length and none of pace but the page's own.
#[tokio::test]
async fn lines_are_refused_by_the_rule_they_break() {
    let (world, plan, student) = planned(vec![("posts_per_10s", "3")]).await;
    let mut viewer = Viewer::of(&world.server, &plan.event, Some(&student)).await;
    let mut refused = async |client_id: &str, text: &str| {
        viewer.say(client_id, text).await;
        viewer
            .until(SOON, "refused", |s| {
                s.refused.iter().find(|r| r["client_id"] == client_id).cloned()
            })
            .await
    };
    assert!(refused("empty", "   ").await["code"].is_string());
    assert!(refused("control", "a\u{7}b").await["code"].is_string());
    assert_eq!(refused("long", &"👋".repeat(251)).await["code"], "too_long");
    for n in 0..3 {
        viewer.post(&format!("ok-{n}"), "fast").await;
    }
    viewer.say("fast", "too fast").await;
    let fast = viewer
        .until(SOON, "refused", |s| {
            s.refused.iter().find(|r| r["client_id"] == "fast").cloned()
        })
        .await;
    assert_eq!(fast["code"], "too_fast");
    assert!(fast["retry_after_ms"].as_u64().is_some_and(|ms| ms > 0), "{fast}");
    assert_eq!(world.presenter.history(&plan.event).await.len(), 3);
    // Nobody who is not signed in posts.
    let mut nobody = Viewer::of(&world.server, &plan.event, None).await;
    assert!(nobody.now().hello["you"]["id"].is_null());
    nobody.say("c", "hello").await;
    let refused = nobody.until(SOON, "refused", |s| s.refused.first().cloned()).await;
    assert_eq!(refused["code"], "signed_out");
}

#[tokio::test]
async fn a_foreign_origin_is_refused_and_a_cookie_counts_with_our_own_only() {
    let (world, plan, _) = planned(vec![]).await;
    let cookie = cookie(&world, "awa").await;
    for origin in [
        "https://elsewhere.example",
        "null",
        &format!("{}.evil.example", world.server.base),
        "http://127.0.0.1:1",
    ] {
        let headers = vec![("origin", origin.to_owned()), ("cookie", cookie.clone())];
        let refused = open(
            &address(&world, &plan),
            &Ask {
                headers,
                ..Ask::default()
            },
        )
        .await;
        assert_eq!(refused.err(), Some(403), "{origin}");
    }
    let mut socket = open(&address(&world, &plan), &with_cookie(&world, &cookie))
        .await
        .expect("a socket");
    assert_eq!(next(&mut socket).await.expect("hello")["you"]["name"], "Awa");
    let without = Ask {
        headers: vec![("cookie", cookie)],
        ..Ask::default()
    };
    let mut socket = open(&address(&world, &plan), &without).await.expect("a socket");
    assert!(
        next(&mut socket).await.expect("hello")["you"]["id"].is_null(),
        "a cookie without an origin is nobody's"
    );
    assert_eq!(
        open(
            &format!("{}/live/01J00000000000000000000000/ws", world.server.base),
            &Ask::default()
        )
        .await
        .err(),
        Some(404)
    );
}

#[tokio::test]
async fn signing_out_reaches_the_socket_at_once() {
    let (world, plan, student) = planned(vec![]).await;
    let cookie = cookie(&world, "awa").await;
    let mut socket = open(&address(&world, &plan), &with_cookie(&world, &cookie))
        .await
        .expect("a socket");
    next(&mut socket).await.expect("hello");
    let by_token = Viewer::of(&world.server, &plan.event, Some(&student)).await;
    // Without proof that the person meant it, nothing happens.
    let logout = |origin: Option<&str>| {
        let mut request = world
            .server
            .http()
            .post(format!("{}/logout", world.server.base))
            .header("cookie", &cookie);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        async { Answer::of("logout".into(), request.send().await.expect("an answer")).await }
    };
    assert_eq!(logout(Some("https://elsewhere.example")).await.status, 403);
    assert_eq!(logout(None).await.status, 403);
    let done = logout(Some(&world.server.base)).await;
    assert!((200..400).contains(&done.status), "{}", done.text);
    assert_eq!(close_code(&mut socket).await, Some(4500));
    assert!(by_token.now().closed.is_none(), "another way of signing in stays");
}

#[tokio::test]
async fn an_expired_session_posts_nothing() {
    let (world, plan, _) = planned(vec![("session_idle", "2"), ("session_max", "2")]).await;
    let cookie = cookie(&world, "awa").await;
    let mut socket = open(&address(&world, &plan), &with_cookie(&world, &cookie))
        .await
        .expect("a socket");
    assert_eq!(next(&mut socket).await.expect("hello")["you"]["name"], "Awa");
    let me = || async {
        let request = world
            .server
            .http()
            .get(format!("{}/api/v1/me", world.server.base))
            .header("cookie", &cookie);
        request.send().await.expect("an answer").status().as_u16()
    };
    crate::harness::eventually(SOON, "the session is over", async || match me().await {
        401 => Ok(()),
        other => Err(other),
    })
    .await;
    let post = json!({ "t": "post", "client_id": "late", "text": "too late" });
    let _ = socket.send(Message::text(post.to_string())).await;
    let mut refused = None;
    let code = loop {
        match next(&mut socket).await {
            Ok(frame) if frame["t"] == "refused" => refused = Some(frame),
            Ok(_) => {}
            Err(code) => break code,
        }
    };
    assert_eq!(code, Some(4500));
    assert!(refused.is_none_or(|r| r["code"] == "signed_out"));
    assert_eq!(world.presenter.history(&plan.event).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_moderator_removes_and_the_line_is_gone_for_everybody() {
    let (world, plan, student) = planned(vec![]).await;
    let mut viewer = Viewer::of(&world.server, &plan.event, Some(&student)).await;
    let mut moderator = Viewer::of(&world.server, &plan.event, Some(&world.presenter)).await;
    let may = |v: &Viewer| v.now().hello["you"]["may"].clone();
    assert!(
        may(&moderator).as_array().expect("may").contains(&"moderate".into()),
        "{}",
        may(&moderator)
    );
    assert!(
        !may(&viewer).as_array().expect("may").contains(&"moderate".into()),
        "{}",
        may(&viewer)
    );
    let bad = viewer.post("c-1", "unwanted").await["id"]
        .as_str()
        .expect("id")
        .to_owned();
    let worse = viewer.post("c-2", "unwanted too").await["id"]
        .as_str()
        .expect("id")
        .to_owned();
    viewer.post("c-3", "welcome").await;
    let remove = |id: &str| Message::text(json!({ "t": "remove", "id": id }).to_string());
    // Neither its author nor a moderator.
    let other = world.server.person("bela", "Bela", "user").await;
    let mut stranger = Viewer::of(&world.server, &plan.event, Some(&other)).await;
    stranger.post("c-4", "welcome as well").await;
    stranger.send(remove(&bad)).await;
    let refused = stranger.until(SOON, "refused", |s| s.refused.first().cloned()).await;
    assert_eq!(refused["code"], "forbidden");
    let path = format!("/live/{}/chat/{bad}", plan.event);
    other.delete(&path).await.problem(403, "forbidden");
    moderator.send(remove(&bad)).await;
    world
        .presenter
        .delete(&format!("/live/{}/chat/{worse}", plan.event))
        .await
        .ok();
    viewer
        .until(SOON, "both removed", |s| {
            (s.removed.len() == 2 && s.lines.len() == 2).then_some(())
        })
        .await;
    // Nobody who comes back or comes anew sees it.
    let history = world.presenter.history(&plan.event).await;
    assert_eq!(
        history
            .iter()
            .map(|l| l["text"].as_str().expect("text"))
            .collect::<Vec<_>>(),
        ["welcome", "welcome as well"]
    );
    let fresh = Viewer::of(&world.server, &plan.event, None).await;
    fresh
        .until(SOON, "two lines", |s| (s.lines.len() == 2).then_some(()))
        .await;
    world.server.restart().await;
    moderator.reconnect().await;
    viewer.reconnect().await;
    assert_eq!(viewer.now().lines.len(), 2);
    for one in [&viewer, &moderator, &fresh] {
        one.sound();
    }
}

#[tokio::test]
async fn a_server_that_goes_down_says_when_to_come_back() {
    let (world, plan, student) = planned(vec![]).await;
    let viewer = Viewer::of(&world.server, &plan.event, Some(&student)).await;
    world.server.stop().await;
    let bye = viewer
        .until(SOON, "bye", |s| s.frames.iter().find(|f| f["t"] == "bye").cloned())
        .await;
    assert!(bye["why"].is_string() && bye["retry_after_ms"].is_u64(), "{bye}");
    let code = viewer.until(SOON, "the end", |s| s.closed).await;
    assert!(code.is_some_and(|c| (4000..4500).contains(&c)), "{code:?}");
}

#[tokio::test]
async fn viewers_are_counted() {
    let (world, plan, student) = planned(vec![]).await;
    let first = Viewer::of(&world.server, &plan.event, Some(&student)).await;
    let mut others = Vec::new();
    for _ in 0..4 {
        others.push(Viewer::of(&world.server, &plan.event, None).await);
    }
    first
        .until(Duration::from_secs(20), "five viewers", |s| {
            (s.viewers == Some(5) || s.state["viewers"] == 5).then_some(())
        })
        .await;
}
