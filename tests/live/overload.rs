//! A server that is late with its own work leaves things out in the order that it says, and never a line.

use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

use super::ws::{address, planned};
use crate::harness::{Ask, Viewer, World, eventually, open};

const SOON: Duration = Duration::from_secs(20);
/// A level is left after five calm seconds, on a machine where much else runs.
const CALM: Duration = Duration::from_secs(90);

async fn metric(world: &World, name: &str) -> u64 {
    let asked = world.server.http().get(format!("{}/metrics", world.server.base)).send();
    let text = asked.await.expect("an answer").text().await.expect("text");
    let line = text.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|v| v.parse().ok())
        .unwrap_or_else(|| panic!("no {name} in {text}"))
}

async fn level(world: &World) -> u64 {
    metric(world, "amphi_hub_overload_level").await
}

/// Stands still until the level is this or more; so late that it is at once.
async fn late(world: &World, time: Duration, least: u64) {
    for _ in 0..5 {
        world.server.stand_still(time).await;
        let reached = async {
            while level(world).await < least {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        // The tick that tells comes within a second.
        if tokio::time::timeout(Duration::from_secs(2), reached).await.is_ok() {
            return;
        }
    }
    panic!("level {least} is not reached");
}

/// The first frame of a new socket, and the code that it is closed with if that is all.
async fn first(world: &World, plan: &crate::harness::Plan, ask: &Ask) -> (Value, Option<u16>) {
    let mut socket = open(&address(world, plan), ask).await.expect("a handshake");
    let mut frame = Value::Null;
    let heard = async {
        while let Some(Ok(message)) = socket.next().await {
            match message {
                Message::Text(text) => {
                    frame = serde_json::from_str(text.as_str()).expect("JSON");
                    if frame["t"] == "hello" {
                        return None;
                    }
                }
                Message::Close(close) => return close.map(|c| u16::from(c.code)),
                _ => {}
            }
        }
        None
    };
    let code = tokio::time::timeout(SOON, heard).await.expect("a frame in time");
    (frame, code)
}

#[tokio::test]
async fn at_the_last_level_newcomers_hear_bye_and_whoever_is_there_misses_nothing() {
    let (world, plan, student) = planned(vec![("shed_after", "0.5")]).await;
    let mut writer = Viewer::of(&world.server, &plan.event, Some(&world.presenter)).await;
    let reader = Viewer::of(&world.server, &plan.event, Some(&student)).await;
    let mut away = Viewer::of(&world.server, &plan.event, None).await;
    writer.post("before", "before").await;
    away.until(SOON, "the line", |s| s.line("before").map(|_| ())).await;
    away.cut();
    let (mut turned, mut n) = (0, 0);
    for _ in 0..4 {
        late(&world, Duration::from_millis(3_500), 3).await;
        let signed = Ask {
            token: Some(student.token.clone()),
            ..Ask::default()
        };
        // Read before and after: what was heard in between was heard at the last level.
        while level(&world).await == 3 && turned < 6 {
            let shed = metric(&world, "amphi_hub_shed_total{what=\"sockets\"}").await;
            let ask = if turned % 2 == 0 {
                signed.clone()
            } else {
                Ask::default()
            };
            let (frame, code) = first(&world, &plan, &ask).await;
            let text = format!("line {n}");
            writer.post(&format!("c-{n}"), &text).await;
            reader.until(SOON, "the line", |s| s.line(&text).map(|_| ())).await;
            n += 1;
            if level(&world).await < 3 {
                break;
            }
            assert_eq!((&frame["t"], &frame["why"]), (&"bye".into(), &"busy".into()), "{frame}");
            let wait = frame["retry_after_ms"].as_u64().expect("a time");
            assert!((1_000..=60_000).contains(&wait), "{frame}");
            assert_eq!(code, Some(4001));
            assert!(metric(&world, "amphi_hub_shed_total{what=\"sockets\"}").await > shed);
            turned += 1;
        }
        if turned >= 6 {
            break;
        }
    }
    assert!(turned >= 6, "only {turned} were told");
    assert!(!away.connect().await, "who comes back is told as well");
    // Nobody who was there was sent away for it, and pages and the interface go on.
    for one in [&writer, &reader] {
        assert_eq!((one.now().hellos, one.now().closed), (1, None));
        one.sound();
    }
    assert_eq!(world.presenter.history(&plan.event).await.len(), n + 1);
    eventually(CALM, "it is calm again", async || match level(&world).await {
        0 => Ok(()),
        level => Err(level),
    })
    .await;
    away.reconnect().await;
    away.until(SOON, "all that was missed", |s| (s.lines.len() == n + 1).then_some(()))
        .await;
    away.sound();
}

#[tokio::test]
async fn at_the_first_level_counts_of_viewers_wait_and_lines_do_not() {
    let (world, plan, _) = planned(vec![("shed_after", "2")]).await;
    let mut writer = Viewer::of(&world.server, &plan.event, Some(&world.presenter)).await;
    writer
        .until(SOON, "the count so far", |s| (s.viewers == Some(1)).then_some(()))
        .await;
    let begun = std::time::Instant::now();
    late(&world, Duration::from_millis(3_300), 1).await;
    let mut strangers = vec![];
    let mut n = 0;
    let mut seen_at_a_level = 0;
    loop {
        if strangers.len() < 3 {
            strangers.push(Viewer::of(&world.server, &plan.event, None).await);
        }
        writer.post(&format!("c-{n}"), &format!("line {n}")).await;
        n += 1;
        let told = writer.now().viewers;
        if level(&world).await == 0 {
            break;
        }
        // Every half a minute it is told all the same, so that no page takes its connection for dead.
        assert!(told == Some(1) || begun.elapsed() > Duration::from_secs(20), "{told:?}");
        seen_at_a_level += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(seen_at_a_level > 0);
    assert!(metric(&world, "amphi_hub_shed_total{what=\"viewers\"}").await > 0);
    assert_eq!(metric(&world, "amphi_hub_shed_total{what=\"sockets\"}").await, 0);
    // Calm again, the count is told.
    writer
        .until(SOON, "the count", |s| (s.viewers == Some(4)).then_some(()))
        .await;
    for stranger in &strangers {
        stranger
            .until(SOON, "every line", |s| (s.lines.len() == n).then_some(()))
            .await;
        stranger.sound();
    }
    writer.sound();
}
