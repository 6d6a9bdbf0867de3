//! `client_id`: of one person and one live. Forged, it makes a line of one's own; replayed, it gives the same receipt.

use futures_util::SinkExt as _;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::authority::kept;
use super::ws::{SOON, address, next, planned};
use crate::harness::{Ask, Viewer, open};

#[tokio::test]
async fn another_persons_client_id_makes_a_line_of_ones_own() {
    let (world, plan, student) = planned(vec![]).await;
    let mallory = world.server.person("mallory", "Mallory", "user").await;
    let mut victim = Viewer::of(&world.server, &plan.event, Some(&student)).await;
    let mut forger = Viewer::of(&world.server, &plan.event, Some(&mallory)).await;
    let theirs = victim.post("c-1", "mine").await;
    let forged = forger.post("c-1", "forged").await;
    assert_ne!(forged["id"], theirs["id"]);
    assert_ne!(forged["position"], theirs["position"]);
    // Taken first by the forger, it is still its owner's to use.
    forger.post("c-2", "before you").await;
    let own = victim.post("c-2", "all the same").await;
    forger
        .until(SOON, "four lines", |s| (s.lines.len() == 4).then_some(()))
        .await;
    let shown = forger.now();
    let name = |text: &str| shown.line(text).expect("a line")["from"]["name"].clone();
    assert_eq!(
        ["mine", "forged", "before you", "all the same"].map(name),
        ["Awa", "Mallory", "Mallory", "Awa"]
    );
    // After a restart the log answers, and knows whose is whose.
    world.server.restart().await;
    for viewer in [&mut victim, &mut forger] {
        viewer.reconnect().await;
    }
    forger.say("c-1", "forged anew").await;
    victim.say("c-2", "replayed").await;
    let again = |viewer: &Viewer, id: Value| viewer.now().frames.iter().filter(|f| f["id"] == id).count() == 2;
    forger
        .until(SOON, "the forger's own receipt", |_| {
            again(&forger, forged["id"].clone()).then_some(())
        })
        .await;
    victim
        .until(SOON, "the victim's own receipt", |_| {
            again(&victim, own["id"].clone()).then_some(())
        })
        .await;
    assert_eq!(kept(&world).await, 4);
    let theirs_told_to_forger = forger
        .now()
        .frames
        .iter()
        .any(|f| f["t"] == "receipt" && f["id"] == theirs["id"]);
    assert!(!theirs_told_to_forger, "nobody is given another's receipt");
    assert!(
        forger.now().mine.iter().all(|(_, id)| *id != theirs["id"]),
        "nor told that it is theirs"
    );
    victim.sound();
    forger.sound();
}

#[tokio::test]
async fn replayed_it_gives_the_first_receipt_whatever_it_carries() {
    let (world, plan, student) = planned(vec![]).await;
    let mut viewer = Viewer::of(&world.server, &plan.event, Some(&student)).await;
    let first = viewer.post("c-1", "the first text").await;
    let path = format!("/live/{}/chat", plan.event);
    let rest = async |text: &str| {
        student
            .post(&path, &json!({ "client_id": "c-1", "text": text }))
            .await
            .ok()
    };
    for text in ["another text", "the first text"] {
        assert_eq!(rest(text).await["id"], first["id"], "{text}");
    }
    // Many at once, by both ways in.
    let asked = (0..6).map(|n| rest(if n % 2 == 0 { "at once" } else { "the first text" }));
    for answer in futures_util::future::join_all(asked).await {
        assert_eq!(answer["id"], first["id"]);
    }
    // In another live it is another line's.
    let other = world.plan("Another live").await;
    let mut there = Viewer::of(&world.server, &other.event, Some(&student)).await;
    let elsewhere = there.post("c-1", "elsewhere").await;
    assert_ne!(elsewhere["id"], first["id"]);
    // After a restart: by socket, by REST, with another text.
    world.server.restart().await;
    for viewer in [&mut viewer, &mut there] {
        viewer.reconnect().await;
    }
    assert_eq!(rest("after the restart").await["id"], first["id"]);
    viewer.say("c-1", "after the restart").await;
    there.say("c-1", "after the restart").await;
    let twice = |id: &Value, s: &crate::harness::Shown| {
        (s.frames
            .iter()
            .filter(|f| f["t"] == "receipt" && f["id"] == *id)
            .count()
            == 2)
            .then_some(())
    };
    viewer.until(SOON, "its receipt", |s| twice(&first["id"], s)).await;
    there.until(SOON, "its receipt", |s| twice(&elsewhere["id"], s)).await;
    // Taken away, it is not posted again either.
    let line = first["id"].as_str().expect("an id");
    student.delete(&format!("{path}/{line}")).await.ok();
    assert_eq!(rest("once more").await["id"], first["id"]);
    let history = student.history(&plan.event).await;
    assert_eq!(history, Vec::<Value>::new());
    assert_eq!(kept(&world).await, 2);
    viewer.sound();
    there.sound();
}

#[tokio::test]
async fn twenty_first_posts_at_once_are_one_line() {
    let (world, plan, student) = planned(vec![]).await;
    let mut sockets = Vec::new();
    let ask = Ask {
        token: Some(student.token.clone()),
        ..Ask::default()
    };
    for _ in 0..10 {
        sockets.push(open(&address(&world, &plan), &ask).await.expect("a socket"));
    }
    let post = |text: &str| json!({ "t": "post", "client_id": "same", "text": text }).to_string();
    let path = format!("/live/{}/chat", plan.event);
    let by_socket = futures_util::future::join_all(sockets.iter_mut().enumerate().map(async |(n, socket)| {
        socket
            .send(Message::text(post(&format!("text {n}"))))
            .await
            .expect("sent");
        loop {
            let frame = next(socket).await.expect("the socket stays");
            assert_ne!(frame["t"], "refused", "{frame}");
            if frame["t"] == "receipt" {
                return frame["id"].clone();
            }
        }
    }));
    let by_rest = futures_util::future::join_all((0..10).map(async |n| {
        let body = json!({ "client_id": "same", "text": format!("rest {n}") });
        student.post(&path, &body).await.ok()["id"].clone()
    }));
    let (one, other) = tokio::join!(by_socket, by_rest);
    let ids: std::collections::BTreeSet<String> = one.iter().chain(&other).map(Value::to_string).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(kept(&world).await, 1);
}

#[tokio::test]
async fn what_is_no_client_id_and_what_is_one_after_all() {
    let (world, plan, student) = planned(vec![]).await;
    let ask = Ask {
        token: Some(student.token.clone()),
        ..Ask::default()
    };
    let told = async |raw: &str| {
        let mut socket = open(&address(&world, &plan), &ask).await.expect("a socket");
        socket.send(Message::text(raw)).await.expect("sent");
        loop {
            let frame = next(&mut socket).await.unwrap_or_else(|code| panic!("{raw}: {code:?}"));
            if frame["t"] == "refused" || frame["t"] == "receipt" {
                return frame;
            }
        }
    };
    let with = |client_id: &str| json!({ "t": "post", "client_id": client_id, "text": "a line" }).to_string();
    for bad in [
        "",
        &"x".repeat(65),
        &"👩".repeat(65),
        "a\u{0}b",
        "a\nb",
        "\u{7f}",
        "\u{9f}",
        "\u{1b}[2J",
    ] {
        let refused = told(&with(bad)).await;
        assert_eq!(
            (&refused["t"], &refused["code"]),
            (&json!("refused"), &json!("invalid")),
            "{bad:?}"
        );
        assert_eq!(refused["client_id"], bad, "it says which");
    }
    for raw in [
        r#"{"t":"post","client_id":"\ud83d","text":"half a pair"}"#,
        r#"{"t":"post","client_id":"a","client_id":"b","text":"two"}"#,
        r#"{"t":"post","client_id":["a"],"text":"a list"}"#,
        r#"{"t":"post","client_id":null,"text":"nothing"}"#,
        r#"{"t":"post","client_id":17,"text":"a number"}"#,
    ] {
        let refused = told(raw).await;
        assert_eq!(
            (&refused["t"], &refused["code"]),
            (&json!("refused"), &json!("invalid")),
            "{raw}"
        );
    }
    assert_eq!(kept(&world).await, 0);
    // Each of these is one, and no two of them are the same: they are compared as they are, not as they look.
    let odd = [
        "x".repeat(64),
        "👩".repeat(64),
        "e\u{301}".to_owned(),
        "\u{e9}".to_owned(),
        "a".to_owned(),
        "A".to_owned(),
        "\u{430}".to_owned(),
        "a ".to_owned(),
        " a".to_owned(),
        "a\u{200b}".to_owned(),
        "\u{202e}a".to_owned(),
        "\u{feff}a".to_owned(),
        "a|b".to_owned(),
        "../a".to_owned(),
        "'; drop table events; --".to_owned(),
    ];
    let mut ids = std::collections::BTreeSet::new();
    for client_id in &odd {
        for round in 0..2 {
            let receipt = told(&with(client_id)).await;
            assert_eq!(receipt["client_id"], client_id.as_str(), "{receipt}");
            assert_eq!(ids.insert(receipt["id"].to_string()), round == 0, "{client_id:?}");
        }
    }
    assert_eq!(kept(&world).await, odd.len());
}
