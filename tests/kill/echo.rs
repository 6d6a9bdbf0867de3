//! An echo that bbb-webhooks repeats after a kill: memory knows it no more, only its key in the log does.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{SECRET, SimOptions, Viewer, World, WorldOptions, eventually};

const SOON: Duration = Duration::from_secs(40);
const TEXT: &str = "Oui";

/// Statuses of the lines that read the same, in their order.
async fn statuses(world: &World, event: &str) -> Vec<String> {
    let history = world.presenter.history(event).await;
    let same = history.iter().filter(|l| l["text"] == TEXT);
    same.map(|l| l["status"].as_str().unwrap_or_default().to_owned())
        .collect()
}

async fn are(world: &World, event: &str, wanted: &[&str]) {
    eventually(SOON, &format!("{wanted:?}"), async || {
        let found = statuses(world, event).await;
        if found == wanted {
            Ok(())
        } else {
            Err(format!("{found:?}"))
        }
    })
    .await;
}

/// Delivers the echo of a line of the room, as bbb-webhooks does: the same body, whenever it repeats it.
async fn deliver(world: &World, meeting: &str, n: usize) {
    let created = world.sim.calls_named("hooks/create").await;
    let callback = created.last().expect("a hook").params["callbackURL"].clone();
    let room = world.sim.room(meeting).await.expect("the room");
    let lines = world.sim.get(&format!("/sim/meetings/{meeting}/chat")).await;
    let said: Vec<&Value> = lines
        .as_array()
        .expect("lines")
        .iter()
        .filter(|l| l["text"] == TEXT)
        .collect();
    let line = said[n];
    let now = chrono::Utc::now().timestamp_millis();
    let event = json!([{ "data": { "type": "event", "id": "chat-group-message-sent", "attributes": {
        "meeting": { "internal-meeting-id": room["internal_id"], "external-meeting-id": meeting },
        "chat-message": { "id": line["id"], "message": TEXT,
            "sender": { "internal-user-id": line["from"], "external-user-id": "", "name": line["from"], "time": now } },
        "chat-id": "MAIN-PUBLIC-GROUP-CHAT",
    }, "event": { "ts": now } } }]);
    let form = [
        ("event", event.to_string()),
        ("timestamp", now.to_string()),
        ("domain", "bbb.example".to_owned()),
    ];
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    let sent = world
        .server
        .http()
        .post(callback)
        .bearer_auth(SECRET)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .expect("the callback");
    assert_eq!(sent.status().as_u16(), 200);
}

#[tokio::test]
async fn an_echo_that_comes_again_after_a_kill_settles_no_identical_line() {
    let sim = SimOptions {
        gateways: "g2",
        flags: vec!["--clock-speed", "5", "--hook-auth", "bearer"],
    };
    let world = World::with(WorldOptions {
        sim,
        ..WorldOptions::default()
    })
    .await;
    let plan = world.plan("Echoes").await;
    let mut viewer = Viewer::of(&world.server, &plan.event, Some(&world.presenter)).await;
    world.start(&plan).await;
    world.open(&plan).await;
    viewer
        .until(SOON, "a way both ways", |s| {
            (s.state["chat"]["room"] == "both").then_some(())
        })
        .await;
    // Carried out and never answered: its echo alone says that it is there.
    let silent = json!({ "on": "bbb.sendChatMessage", "kind": "apply_then_silence", "times": 1 });
    world.sim.faults(json!([silent.clone()])).await;
    viewer.post("c-1", TEXT).await;
    are(&world, &plan.event, &["relayed"]).await;

    world.server.kill();
    world.server.start().await;
    viewer.reconnect().await;
    // The same once more, and its echo is lost.
    world
        .sim
        .faults(json!([silent, { "on": "hook", "kind": "drop" }]))
        .await;
    viewer.post("c-2", TEXT).await;
    eventually(SOON, "the second line is in the room", async || {
        let lines = world.sim.chat(&plan.meeting).await;
        if lines.iter().filter(|(_, t)| t == TEXT).count() == 2 {
            Ok(())
        } else {
            Err(format!("{lines:?}"))
        }
    })
    .await;
    let before = statuses(&world, &plan.event).await;
    assert_ne!(before[1], "relayed", "{before:?}");
    for _ in 0..2 {
        deliver(&world, &plan.meeting, 0).await;
    }
    let after = statuses(&world, &plan.event).await;
    assert_ne!(
        after[1], "relayed",
        "the echo of the first line settled the second: {after:?}"
    );
    // Its own does.
    deliver(&world, &plan.meeting, 1).await;
    are(&world, &plan.event, &["relayed", "relayed"]).await;
    let settled = crate::faults::told(&world.server, "ChatMessageRelayed").await;
    let by_echo = settled.iter().filter(|e| e["proof"] == "echo").count();
    assert_eq!(by_echo, 2, "{settled:?}");
}
