//! Step 5, second half: the room ends in BBB itself. Two answers of *not found* end a session; an error never does.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{SimOptions, World, WorldOptions, eventually};

const SOON: Duration = Duration::from_secs(15);

async fn closed(world: &World, plan: &crate::harness::Plan) {
    world
        .state(plan, SOON, "closed", |s| {
            (s["meeting"]["state"] == "closed" && s["live"]["state"] == "ended").then_some(())
        })
        .await;
    world.all_quiet(SOON).await;
}

/// Census W10: the callback of the end was taken, and the live went on.
#[tokio::test]
async fn the_callback_of_the_end_stops_the_live_at_once() {
    // Polling alone would take a minute.
    let world = World::with(WorldOptions {
        settings: vec![("room_poll", "60")],
        adds: Some(vec!["g2"]),
        ..WorldOptions::default()
    })
    .await;
    let plan = world.plan("Ends in BBB").await;
    world.on_air(&plan).await;
    let (status, _) = world
        .sim
        .post(&format!("/sim/meetings/{}/end", plan.meeting), &json!(null))
        .await;
    assert_eq!(status, 204);
    let begun = Instant::now();
    closed(&world, &plan).await;
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "at once, not after {:?}",
        begun.elapsed()
    );
}

/// Census §4.4: twice not there is over, whoever forgot to say so.
#[tokio::test]
async fn without_callbacks_and_hooks_two_answers_of_not_found_do() {
    let world = World::new().await;
    world
        .sim
        .faults(json!([{ "on": "callback", "kind": "drop" }, { "on": "hook", "kind": "drop" }]))
        .await;
    let plan = world.plan("Ends unheard").await;
    world.on_air(&plan).await;
    let (status, _) = world
        .sim
        .post(&format!("/sim/meetings/{}/end", plan.meeting), &json!(null))
        .await;
    assert_eq!(status, 204);
    let before = world.sim.calls_named("getMeetingInfo").await.len();
    closed(&world, &plan).await;
    let asked = world.sim.calls_named("getMeetingInfo").await;
    let not_found = asked[before..]
        .iter()
        .filter(|c| c.params["meetingID"] == plan.meeting)
        .count();
    assert!(not_found >= 2, "two looks: {asked:?}");
}

/// Census M2: BBB's error answer made the reference *end* the meeting.
#[tokio::test]
async fn errors_of_bbb_never_end_a_session() {
    let sim = SimOptions {
        gateways: "g2",
        ..SimOptions::default()
    };
    let world = World::with(WorldOptions {
        sim,
        ..WorldOptions::default()
    })
    .await;
    let plan = world.plan("Goes on").await;
    world.on_air(&plan).await;
    let faults = [
        json!({ "on": "bbb.getMeetingInfo", "kind": "status", "code": 502 }),
        json!({ "on": "bbb.getMeetingInfo", "kind": "empty" }),
        json!({ "on": "bbb.getMeetingInfo", "kind": "broken_xml" }),
        json!({ "on": "bbb.getMeetingInfo", "kind": "reset" }),
    ];
    for fault in faults {
        world.sim.faults(json!([fault])).await;
        let asked = world.sim.calls_named("getMeetingInfo").await.len();
        eventually(Duration::from_secs(20), "BBB is asked six times more", async || {
            let now = world.sim.calls_named("getMeetingInfo").await.len();
            if now >= asked + 6 { Ok(()) } else { Err(now - asked) }
        })
        .await;
        let state = world.presenter.state(&plan.meeting).await;
        assert_eq!(
            (&state["meeting"]["state"], &state["live"]["state"]),
            (&"open".into(), &"on_air".into()),
            "{fault}: {state}"
        );
        assert!(
            state["meeting"]["why"].is_string(),
            "{fault}: the trouble is said: {state}"
        );
    }
    let ends = world.sim.calls_named("end").await;
    assert!(ends.is_empty(), "{ends:?}");
    world.sim.faults(json!([])).await;
    world
        .state(&plan, SOON, "the trouble is over", |s| {
            s["meeting"]["why"].is_null().then_some(())
        })
        .await;
    assert_eq!(world.presenter.state(&plan.meeting).await["live"]["state"], "on_air");
    world.end(&plan).await;
    closed(&world, &plan).await;
}

#[tokio::test]
async fn a_room_that_bbb_forgot_ends_the_session() {
    let world = World::new().await;
    let plan = world.plan("Forgotten").await;
    world.on_air(&plan).await;
    let (status, _) = world
        .sim
        .post(&format!("/sim/forget/{}", plan.meeting), &json!(null))
        .await;
    assert_eq!(status, 204);
    closed(&world, &plan).await;
}
