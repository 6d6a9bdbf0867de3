//! The picture's bad days: only a moving playlist is *on air*, and one that stands is healed by a new run.

use serde_json::{Value, json};

use super::{LATER, SOON, in_order, story, told, watching, world};

/// Census W5: it was *in progress* before the gateway had answered, and stayed so where it never came.
#[tokio::test]
async fn missing() {
    // Longer than a healthy run takes to its first moving picture on a busy machine: at 2 s the runs after the mend
    // were given up as well, and the live ended as failed.
    let world = world("g2", vec![("picture_deadline", "6")]).await;
    let plan = world.plan("No playlist").await;
    let viewer = watching(&world, &plan).await;
    world
        .sim
        .faults(json!([{ "on": "hls", "kind": "status", "code": 404 }]))
        .await;
    world.start(&plan).await;
    world.open(&plan).await;
    // The gateway started, the robot is in the room, and still it is not called on air.
    viewer
        .state(LATER, json!({ "live": "starting", "why": "no_picture" }))
        .await;
    assert!(
        !viewer.now().live_words().contains(&"on_air".to_owned()),
        "{:?}",
        viewer.now().live_words()
    );
    let stops = told(&world.server, "GatewayStopAsked").await;
    assert_eq!(stops[0]["fault"], "no_picture", "{stops:?}");
    world.sim.faults(json!([])).await;
    viewer.state(LATER, json!({ "live": "on_air", "why": null })).await;
    assert!(viewer.now().state["run"].as_i64() >= Some(2), "{}", viewer.now().state);
    world.end(&plan).await;
    world.all_quiet(SOON).await;
}

async fn stalls_and_is_healed(kind: &str) {
    let world = world("g2", vec![("heal_after", "1")]).await;
    let plan = world.plan("Stands").await;
    let viewer = watching(&world, &plan).await;
    world.on_air(&plan).await;
    viewer.state(SOON, json!({ "live": "on_air", "run": 1 })).await;
    world.sim.faults(json!([{ "on": "hls", "kind": kind }])).await;
    let state = viewer.state(LATER, json!({ "live": "stalled" })).await;
    assert_eq!(state["why"], "frozen", "{state}");
    viewer.state(LATER, json!({ "live": "starting" })).await;
    world.sim.faults(json!([])).await;
    let healed = viewer
        .until(LATER, "a new run on air", |s| {
            (s.state["live"] == "on_air" && s.state["run"].as_i64() >= Some(2)).then(|| s.state.clone())
        })
        .await;
    assert_eq!(healed["why"], Value::Null, "{healed}");
    in_order(
        &story(&world.server, &format!("live-{}", plan.event)).await,
        &[
            "LiveWentOnAir",
            "LiveStalled",
            "GatewayStopAsked",
            "GatewayStopped",
            "GatewayStartAsked",
            "LiveWentOnAir",
        ],
    );
    assert_eq!(told(&world.server, "LiveStalled").await[0]["fault"], "frozen");
    assert_eq!(told(&world.server, "GatewayStopAsked").await[0]["fault"], "frozen");
    world.end(&plan).await;
    world.all_quiet(SOON).await;
}

#[tokio::test]
async fn frozen() {
    stalls_and_is_healed("freeze").await;
}

#[tokio::test]
async fn ended() {
    stalls_and_is_healed("end").await;
}

#[tokio::test]
async fn frozen_for_a_moment() {
    let world = world("g2", vec![("heal_after", "60")]).await;
    let plan = world.plan("Stands and moves").await;
    let viewer = watching(&world, &plan).await;
    world.on_air(&plan).await;
    world.sim.faults(json!([{ "on": "hls", "kind": "freeze" }])).await;
    viewer.state(LATER, json!({ "live": "stalled", "why": "frozen" })).await;
    world.sim.faults(json!([])).await;
    viewer
        .state(LATER, json!({ "live": "on_air", "run": 1, "why": null }))
        .await;
    in_order(
        &story(&world.server, &format!("live-{}", plan.event)).await,
        &["LiveWentOnAir", "LiveStalled", "LiveWentOnAir"],
    );
    world.end(&plan).await;
    world.all_quiet(SOON).await;
}
