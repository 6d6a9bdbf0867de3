//! Many lines at once: the room gets them in the log's order, none missing, none twice, whatever BBB and its webhooks do.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Plan, Viewer, World, WorldOptions};

const SOON: Duration = Duration::from_secs(15);
/// For two hundred lines, one call at a time, on a machine where much else runs.
const LONG: Duration = Duration::from_mins(2);
/// A socket takes thirty frames in ten seconds.
const EACH: usize = 25;
const PEOPLE: usize = 8;

async fn room(settings: Vec<(&'static str, &'static str)>) -> (World, Plan, Vec<Viewer>) {
    let world = World::with(WorldOptions {
        settings,
        adds: Some(vec!["g2"]),
        ..WorldOptions::default()
    })
    .await;
    let plan = world.plan("Many lines").await;
    world.start(&plan).await;
    world.open(&plan).await;
    let mut viewers = Vec::new();
    for n in 0..PEOPLE {
        let person = world
            .server
            .person(&format!("awa{n}"), &format!("Awa {n}"), "user")
            .await;
        viewers.push(Viewer::of(&world.server, &plan.event, Some(&person)).await);
    }
    viewers[0]
        .until(SOON, "a way both ways", |s| {
            (s.state["chat"]["room"] == "both").then_some(())
        })
        .await;
    (world, plan, viewers)
}

/// Everybody posts at once; some of the lines of each read the same.
async fn burst(viewers: &mut [Viewer]) {
    let post = viewers.iter_mut().enumerate().map(|(who, viewer)| async move {
        for n in 0..EACH {
            let text = if n % 5 == 0 {
                "Encore !".to_owned()
            } else {
                format!("Ligne {n} de {who}")
            };
            assert!(viewer.say(&format!("c-{n}"), &text).await, "the socket is gone");
        }
    });
    futures_util::future::join_all(post).await;
}

/// The history once every line has an outcome, and what is in the room, as (name, text).
async fn settled(world: &World, plan: &Plan, viewers: &[Viewer]) -> (Vec<Value>, Vec<(String, String)>) {
    viewers[0]
        .until(LONG, "every line has an outcome", |s| {
            let done = s.lines.values().filter(|l| l["status"] != "posted").count();
            (done == EACH * PEOPLE).then_some(())
        })
        .await;
    for viewer in viewers {
        viewer.sound();
        assert_eq!(viewer.now().refused, Vec::<Value>::new());
    }
    let history = world.presenter.history(&plan.event).await;
    assert_eq!(history.len(), EACH * PEOPLE, "what was posted, once each");
    (history, world.sim.chat(&plan.meeting).await)
}

/// (name, text) as the room shows it.
fn said(line: &Value) -> (String, String) {
    let text = |v: &Value| v.as_str().expect("text").to_owned();
    (format!("{} (live)", text(&line["from"]["name"])), text(&line["text"]))
}

#[tokio::test]
async fn a_burst_of_several_people_stands_in_the_room_in_the_log_s_order() {
    let (world, plan, mut viewers) = room(vec![]).await;
    burst(&mut viewers).await;
    let (history, room) = settled(&world, &plan, &viewers).await;
    assert!(history.iter().all(|l| l["status"] == "relayed"), "{history:#?}");
    assert_eq!(room, history.iter().map(said).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_burst_through_failing_calls_and_late_echoes_is_neither_doubled_nor_turned_around() {
    let (world, plan, mut viewers) = room(vec![("echo_patience", "3")]).await;
    let chat = "bbb.sendChatMessage";
    // Taken in this order, one a call; a wait of nothing is a call that goes well.
    let well = |times: u32| json!({ "on": chat, "kind": "slow", "ms": 0, "times": times });
    let bad = |kind: &str, code: u16| json!({ "on": chat, "kind": kind, "code": code, "times": 1 });
    world
        .sim
        .faults(json!([
            // Echoes late, so that later lines' overtake them, and each of some twice.
            { "on": "hook", "kind": "reorder", "ms": 400, "times": 30 },
            { "on": "hook", "kind": "double", "times": 100 },
            well(10),
            bad("apply_then_silence", 0), // Cut after it took the line: the echo says so.
            well(5),
            bad("broken_xml", 0),
            well(12),
            bad("status", 502), // Nobody can know, and it is not there.
            well(12),
            bad("status", 429), // Surely not taken: it goes again.
            well(12),
            bad("reset", 0), // Cut before.
            well(12),
            bad("refuse", 0), // Nobody in the room, says BBB: it goes again.
            well(12),
            bad("apply_then_silence", 0),
            bad("status", 500),
            bad("broken_xml", 0),
        ]))
        .await;
    burst(&mut viewers).await;
    let (history, room) = settled(&world, &plan, &viewers).await;
    let with = |status: &str| history.iter().filter(|l| l["status"] == status).count();
    assert_eq!(
        (with("relayed"), with("unknown")),
        (EACH * PEOPLE - 3, 3),
        "502, the cut before and 500 are unknown: {history:#?}"
    );
    let relayed: Vec<_> = history.iter().filter(|l| l["status"] == "relayed").map(said).collect();
    assert_eq!(room, relayed);
}

#[tokio::test]
async fn lines_do_not_wait_for_the_echoes_of_others() {
    // No echo comes, and one that were waited for would be waited for longer than this test.
    let (world, plan, mut viewers) = room(vec![("echo_wait", "600")]).await;
    world.sim.faults(json!([{ "on": "hook", "kind": "drop" }])).await;
    let viewer = &mut viewers[0];
    for n in 0..EACH {
        viewer.post(&format!("c-{n}"), &format!("Ligne {n}")).await;
    }
    viewer
        .until(SOON, "all are relayed", |s| {
            (s.lines.len() == EACH && s.lines.values().all(|l| l["status"] == "relayed")).then_some(())
        })
        .await;
    let texts: Vec<String> = world
        .sim
        .chat(&plan.meeting)
        .await
        .into_iter()
        .map(|(_, t)| t)
        .collect();
    assert_eq!(texts, (0..EACH).map(|n| format!("Ligne {n}")).collect::<Vec<_>>());
}
