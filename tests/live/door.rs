//! Who comes to the door and asks nothing: slow heads, no heads, too many of them.

use std::time::Duration;

use serde_json::Value;

use crate::harness::{Raw, Viewer, World, WorldOptions, eventually};

const SOON: Duration = Duration::from_secs(20);

async fn world(settings: Vec<(&'static str, &'static str)>) -> World {
    World::with(WorldOptions {
        settings,
        adds: Some(vec![]),
        ..WorldOptions::default()
    })
    .await
}

/// A counter of `/metrics`.
async fn metric(world: &World, name: &str) -> u64 {
    let asked = world.server.http().get(format!("{}/metrics", world.server.base)).send();
    let text = asked.await.expect("an answer").text().await.expect("text");
    let line = text.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|v| v.parse().ok())
        .unwrap_or_else(|| panic!("no {name} in {text}"))
}

/// Writes a byte now and then, until the server has had enough.
async fn drip(mut raw: Raw, text: &str) {
    let mut bytes = text.bytes().cycle();
    eventually(SOON, "a connection that drips is ended", async || {
        // Twice: the first byte after the end is still taken by the system.
        let byte = [bytes.next().expect("for ever")];
        if raw.write(&byte).await && !raw.over() {
            Err("it goes on")
        } else {
            Ok(())
        }
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_asks_nothing_is_ended() {
    let world = world(vec![("first_request", "1")]).await;
    let plan = world.plan("Slow").await;
    let live = format!("/live/{}/ws", plan.event);
    let mut silent = Raw::to(&world.server).await;
    let mut half = Raw::to(&world.server).await;
    assert!(half.write(Raw::head(&live, &[]).as_bytes()).await);
    // Endless headers, each of them whole.
    let mut endless = Raw::to(&world.server).await;
    assert!(endless.write(b"GET / HTTP/1.1\r\n").await);
    tokio::join!(
        silent.ended(),
        half.ended(),
        drip(Raw::to(&world.server).await, "GET /live/"),
        drip(endless, "x: y\r\n"),
    );
    assert!(metric(&world, "amphi_connections_ended_total{why=\"late\"}").await >= 3);
    assert_eq!(metric(&world, "amphi_connections_waiting").await, 0);
}

#[tokio::test]
async fn a_kept_connection_that_asks_nothing_more_is_ended_and_an_open_socket_is_not() {
    let world = world(vec![("first_request", "1"), ("idle_connection", "2")]).await;
    let plan = world.plan("Kept").await;
    let mut viewer = Viewer::of(&world.server, &plan.event, Some(&world.presenter)).await;
    let request = Raw::head("/health/live", &[]) + "\r\n";
    let mut kept = Raw::to(&world.server).await;
    for _ in 0..2 {
        assert!(kept.write(request.as_bytes()).await);
        let answer = kept.answer().await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    let mut dripping = Raw::to(&world.server).await;
    assert!(dripping.write(request.as_bytes()).await);
    dripping.answer().await.expect("an answer");
    tokio::join!(kept.ended(), drip(dripping, "x: y\r\n"));
    // Both times are over by now, and they are not the socket's.
    viewer.post("c-1", "still here").await;
    assert_eq!(viewer.now().hellos, 1);
    viewer.sound();
}

#[tokio::test]
async fn where_too_many_wait_the_oldest_makes_room_and_who_asks_is_served() {
    let settings = vec![("first_request", "120"), ("waiting_connections", "20")];
    let world = world(settings).await;
    let plan = world.plan("Crowded").await;
    let mut lines = Viewer::of(&world.server, &plan.event, Some(&world.presenter)).await;
    let mut crowd = vec![];
    for n in 0..100 {
        let mut raw = Raw::to(&world.server).await;
        raw.write(b"GET / HT").await;
        crowd.push(raw);
        if n % 10 == 0 {
            // Who means it comes in and is heard, however many stand there.
            let mut viewer = Viewer::of(&world.server, &plan.event, None).await;
            lines.post(&format!("c-{n}"), &format!("line {n}")).await;
            let text = format!("line {n}");
            viewer.until(SOON, "the line", |s| s.line(&text).map(|_| ())).await;
            viewer.cut();
        }
    }
    let left = eventually(SOON, "most are shown out", async || {
        let left: Vec<usize> = (0..crowd.len()).filter(|&n| !crowd[n].over()).collect();
        if left.len() <= 20 { Ok(left) } else { Err(left) }
    })
    .await;
    assert!(
        left.iter().all(|&n| n >= 70),
        "the oldest go, the newest stay: {left:?}"
    );
    let ended = metric(&world, "amphi_connections_ended_total{why=\"crowded\"}").await;
    assert!(ended >= 80, "{ended}");
    assert!(metric(&world, "amphi_connections_waiting").await <= 20);
    // Nobody who waits holds up the end.
    world.server.stop().await;
    let said = world.server.said();
    assert!(!said.contains("cut off at the end"), "{said}");
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let world = world(vec![]).await;
    let long = "x".repeat(64 << 10);
    let mut raw = Raw::to(&world.server).await;
    raw.write((Raw::head("/health/live", &[("x-long", &long)]) + "\r\n").as_bytes())
        .await;
    // The refusal may be overtaken by the reset that what was not read becomes.
    if let Some(answer) = raw.answer().await {
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
    raw.ended().await;
    let answer = world.presenter.get("/me").await;
    assert_ne!(answer.ok()["id"], Value::Null);
}
