//! Step 5, first half: chat off and on, live restarted, live stopped, end moved, everything ended.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Viewer, World, rfc3339};
use crate::kill::judge;

const SOON: Duration = Duration::from_secs(15);

#[tokio::test]
async fn chat_off_and_on_live_restarted_stopped_and_started_end_moved_everything_ended() {
    let world = World::new().await;
    let student = world.server.person("awa", "Awa", "user").await;
    let plan = world.plan("Piloted").await;
    let path = format!("/meetings/{}", plan.meeting);
    let mut viewer = Viewer::of(&world.server, &plan.event, Some(&student)).await;
    world.on_air(&plan).await;
    viewer.state(SOON, json!({ "live": "on_air" })).await;

    student
        .put(&format!("{path}/chat"), &json!({ "enabled": false }))
        .await
        .problem(403, "forbidden");
    world
        .presenter
        .put(&format!("{path}/chat"), &json!({ "enabled": false }))
        .await
        .ok();
    viewer
        .until(SOON, "the chat is off", |s| {
            (s.state["chat"]["enabled"] == false).then_some(())
        })
        .await;
    viewer.say("c-1", "Ça marche ?").await;
    let refused = viewer.until(SOON, "refused", |s| s.refused.first().cloned()).await;
    assert_eq!(
        (&refused["client_id"], &refused["code"]),
        (&"c-1".into(), &"closed".into()),
        "{refused}"
    );
    let rest = json!({ "client_id": "c-1b", "text": "Et ainsi ?" });
    student
        .post(&format!("/live/{}/chat", plan.event), &rest)
        .await
        .problem(409, "closed");
    // Absolute: the same again changes nothing.
    world
        .presenter
        .put(&format!("{path}/chat"), &json!({ "enabled": false }))
        .await
        .ok();
    world
        .presenter
        .put(&format!("{path}/chat"), &json!({ "enabled": true }))
        .await
        .ok();
    viewer
        .until(SOON, "the chat is on", |s| {
            (s.state["chat"]["enabled"] == true).then_some(())
        })
        .await;
    viewer.post("c-2", "Ça marche.").await;
    assert_eq!(world.presenter.history(&plan.event).await.len(), 1);

    // A new run: the number grows, and the two never overlap.
    let run = viewer.now().state["run"].as_i64().expect("run");
    world
        .presenter
        .post(&format!("{path}/live/restart"), &Value::Null)
        .await
        .ok();
    viewer
        .until(Duration::from_secs(30), "a new run on air", |s| {
            (s.state["run"].as_i64() > Some(run) && s.state["live"] == "on_air").then_some(())
        })
        .await;
    let stop_delay = 150;
    assert_eq!(
        judge::overlaps(&judge::runs(&world.sim.calls().await, stop_delay)),
        Vec::<String>::new()
    );

    world
        .presenter
        .post(&format!("{path}/live/stop"), &Value::Null)
        .await
        .ok();
    viewer
        .until(SOON, "ended", |s| {
            (s.state["live"] == "ended" && s.state["meeting"] == "open").then_some(())
        })
        .await;
    world.all_quiet(SOON).await;
    assert!(world.sim.room(&plan.meeting).await.is_some(), "the room stays open");
    world
        .presenter
        .post(&format!("{path}/live/start"), &Value::Null)
        .await
        .ok();
    viewer.state(Duration::from_secs(30), json!({ "live": "on_air" })).await;

    // The end is moved: everybody sees it, and the gateway stays.
    let moved = world.presenter.patch(&path, &json!({ "duration_s": 7200 })).await.ok();
    let ends_at = moved["ends_at"].as_str().expect("ends_at").to_owned();
    viewer
        .until(SOON, "the end is moved", |s| {
            (s.state["ends_at"] == ends_at.as_str()).then_some(())
        })
        .await;
    assert_eq!(world.presenter.state(&plan.meeting).await["live"]["state"], "on_air");

    world.end(&plan).await;
    viewer
        .state(SOON, json!({ "meeting": "closed", "live": "ended" }))
        .await;
    world.all_quiet(SOON).await;
    assert!(world.sim.room(&plan.meeting).await.is_none());
    assert_eq!(
        judge::overlaps(&judge::runs(&world.sim.calls().await, stop_delay)),
        Vec::<String>::new()
    );
    viewer.sound();
    // What is over is over.
    world
        .presenter
        .post(&format!("{path}/live/start"), &Value::Null)
        .await
        .problem(409, "meeting_not_running");
}

#[tokio::test]
async fn a_webinar_without_a_gateway_opens_its_room_and_says_why_there_is_no_picture() {
    let world = World::new().await;
    let first = world.plan("Holds the gateway").await;
    let second = world.plan("Lacks one").await;
    world.start(&second).await;
    world
        .state(&second, SOON, "the room is open", |s| {
            (s["meeting"]["state"] == "open").then_some(())
        })
        .await;
    let path = format!("/meetings/{}", second.meeting);
    let refused = world
        .presenter
        .post(&format!("{path}/live/start"), &Value::Null)
        .await
        .problem(409, "no_gateway");
    assert!(
        refused["next_free"].as_array().is_some_and(|n| !n.is_empty()),
        "{refused}"
    );
    // The first is cancelled: its gateway serves the second.
    world
        .presenter
        .delete(&format!("/meetings/{}", first.meeting))
        .await
        .ok();
    world
        .state(&second, SOON, "a gateway is held", |s| {
            (s["live"]["gateway"]["state"] == "reserved").then_some(())
        })
        .await;
    world
        .presenter
        .post(&format!("{path}/live/start"), &Value::Null)
        .await
        .ok();
    world.live(&second, Duration::from_secs(30), "on_air").await;
    world.end(&second).await;
    world.all_quiet(SOON).await;
    let over = world
        .presenter
        .patch(&path, &json!({ "starts_at": rfc3339(86_400) }))
        .await;
    assert_eq!(over.status, 200, "{}", over.text);
    // Whatever was done says what led to it: a request, an event, the start.
    let log = world.admin.get("/events?after=0").await.text;
    let all: Vec<Value> = log.lines().filter_map(|l| serde_json::from_str(l).ok()).collect();
    assert!(all.len() > 30, "{log}");
    for event in &all {
        assert!(!event["cause"].as_str().expect("a cause").is_empty(), "{event}");
    }
    let by = |word: &str| {
        all.iter()
            .filter(|e| e["cause"].as_str().is_some_and(|c| c.starts_with(word)))
            .count()
    };
    assert!(by("request:") > 5 && by("event:") > 5, "{log}");
}
