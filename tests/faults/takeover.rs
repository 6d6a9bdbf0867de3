//! A gateway fails in mid-stream and there is another one: it takes over, nobody who watches touches anything, and what comes back late finds
//! its place shut.

use serde_json::{Value, json};

use super::{LATER, SOON, in_order, story, told, watching};
use crate::harness::{Plan, Shown, SimOptions, Viewer, World, WorldOptions};

/// A world with two gateways, each with its own broadcaster, and little patience.
async fn two(more: Vec<(&'static str, &'static str)>) -> World {
    let sim = SimOptions {
        gateways: "g2,g5",
        ..SimOptions::default()
    };
    let mut settings = vec![("heal_after", "1"), ("fence_after", "1")];
    settings.extend(more);
    World::with(WorldOptions {
        sim,
        settings,
        adds: None,
    })
    .await
}

/// The simulators' name of the gateway on which a live runs, and of the other one.
async fn names(world: &World, plan: &Plan) -> (String, String) {
    let state = world.presenter.state(&plan.meeting).await;
    let here = state["gateway"]["name"].as_str().expect("a name").to_owned();
    let other = world.gateways.iter().find(|(name, _)| *name != here).expect("another");
    (here, other.0.clone())
}

async fn playlist(world: &World, plan: &Plan) -> String {
    let playback = world
        .presenter
        .get(&format!("/live/{}/playback", plan.event))
        .await
        .ok();
    playback["hls_url"].as_str().expect("a playlist").to_owned()
}

/// What strikes the picture of a gateway.
async fn hls_of(world: &World, gateway: &str) -> String {
    let all = world.sim.gateways().await;
    let found = all.iter().find(|g| g["name"] == gateway).expect("a gateway");
    let url = found["hls_url"].as_str().expect("a playlist");
    let stream = url
        .rsplit('/')
        .next()
        .and_then(|f| f.strip_suffix(".m3u8"))
        .expect("a stream");
    format!("hls@{stream}")
}

/// It doesn't answer any more, and what it ran is gone.
fn dead(gateway: &str) -> [Value; 2] {
    let on = format!("gateway@{gateway}");
    [
        json!({ "on": on, "kind": "die", "times": 1 }),
        json!({ "on": on, "kind": "reset" }),
    ]
}

fn on_air_again(run: Option<i64>) -> impl Fn(&Shown) -> Option<Value> {
    move |s: &Shown| (s.state["live"] == "on_air" && s.state["run"].as_i64() > run).then(|| s.state.clone())
}

/// Of the present run, which every story here sees moved.
async fn moved(viewer: &Viewer, run: Option<i64>, why: &[&str]) -> Value {
    let state = viewer
        .until(LATER, "on air through the other gateway", on_air_again(run))
        .await;
    let said = state["moved"]["why"].as_str().unwrap_or_default();
    assert!(why.contains(&said), "{state}");
    assert_eq!(state["why"], Value::Null, "{state}");
    state
}

/// Census W28, W8: the picture comes back through another gateway, and its people are told.
#[tokio::test]
async fn killed_in_mid_stream() {
    let world = two(vec![]).await;
    let plan = world.plan("Killed").await;
    let mut viewer = watching(&world, &plan).await;
    world.on_air(&plan).await;
    let run = viewer.state(SOON, json!({ "live": "on_air" })).await["run"].as_i64();
    viewer.post("c-1", "before").await;
    let (before, (here, other)) = (playlist(&world, &plan).await, names(&world, &plan).await);
    world.sim.faults(json!(dead(&here))).await;
    moved(&viewer, run, &["frozen", "no_robot", "gateway_gone"]).await;
    // The same page, with another playlist; the chat went on.
    assert_ne!(playlist(&world, &plan).await, before);
    viewer.post("c-2", "after").await;
    assert!(viewer.now().line("before").is_some() && viewer.now().line("after").is_some());
    in_order(
        &story(&world.server, &format!("live-{}", plan.event)).await,
        &[
            "GatewayStopAsked",
            "LiveRunFenced",
            "LiveGatewayReserved",
            "LiveTakenOver",
            "GatewayStartAsked",
            "LiveWentOnAir",
        ],
    );
    // It comes back: it is told to stop, and serves others again. Nothing of it touches what runs.
    world.sim.faults(json!([])).await;
    world.state(&plan, LATER, "the first one is free", |_| Some(())).await;
    let free = async || {
        let gateways = world.admin.get("/gateways").await.ok();
        let items = gateways["items"].as_array().cloned().unwrap_or_default();
        let found = items
            .iter()
            .find(|g| g["name"] == here.as_str())
            .cloned()
            .unwrap_or_default();
        if found["run"].is_null() {
            Ok(())
        } else {
            Err(found.to_string())
        }
    };
    crate::harness::eventually(LATER, "the first one is let go", free).await;
    assert_eq!(world.sim.running().await, [json!(other).to_string()]);
    assert_eq!(told(&world.server, "LiveTakenOver").await.len(), 1);
    world.end(&plan).await;
    world.all_quiet(SOON).await;
}

#[tokio::test]
async fn frozen_with_another_gateway() {
    let world = two(vec![]).await;
    let plan = world.plan("Frozen").await;
    let viewer = watching(&world, &plan).await;
    world.on_air(&plan).await;
    let run = viewer.state(SOON, json!({ "live": "on_air" })).await["run"].as_i64();
    let (here, other) = names(&world, &plan).await;
    world
        .sim
        .faults(json!([{ "on": hls_of(&world, &here).await, "kind": "freeze" }]))
        .await;
    moved(&viewer, run, &["frozen"]).await;
    // It answered to the stop: nothing was left behind, and one robot was there at a time.
    assert_eq!(told(&world.server, "LiveRunFenced").await.len(), 0);
    assert_eq!(world.sim.running().await, [json!(other).to_string()]);
    let runs = crate::kill::judge::runs(&world.sim.calls().await, 150);
    assert_eq!(crate::kill::judge::overlaps(&runs), Vec::<String>::new(), "{runs:#?}");
    world.end(&plan).await;
    world.all_quiet(SOON).await;
}

#[tokio::test]
async fn silent_but_alive() {
    // Nobody reaches it and its picture stands, but its robot is in the room all the while.
    let world = two(vec![]).await;
    let plan = world.plan("Silent").await;
    let viewer = watching(&world, &plan).await;
    world.on_air(&plan).await;
    let run = viewer.state(SOON, json!({ "live": "on_air" })).await["run"].as_i64();
    let (here, other) = names(&world, &plan).await;
    world
        .sim
        .faults(json!([
            { "on": hls_of(&world, &here).await, "kind": "freeze" },
            { "on": format!("gateway@{here}"), "kind": "reset" },
        ]))
        .await;
    moved(&viewer, run, &["frozen"]).await;
    assert_eq!(told(&world.server, "LiveRunFenced").await.len(), 1);
    // Back again it is stopped, by the program that left it behind or by the one after it.
    world.server.kill();
    world.server.start().await;
    world.sim.faults(json!([])).await;
    crate::harness::eventually(LATER, "one gateway runs", async || {
        let running = world.sim.running().await;
        if running == [json!(other).to_string()] {
            Ok(())
        } else {
            Err(running)
        }
    })
    .await;
    crate::harness::eventually(LATER, "it is told", async || {
        let stopped = told(&world.server, "GatewayStopped").await;
        if stopped.len() == 1 { Ok(()) } else { Err(stopped) }
    })
    .await;
    world.live(&plan, LATER, "on_air").await;
    world.end(&plan).await;
    world.all_quiet(SOON).await;
}

#[tokio::test]
async fn both_dead() {
    let world = two(vec![("most_failures", "3")]).await;
    let plan = world.plan("Both dead").await;
    let viewer = watching(&world, &plan).await;
    world.on_air(&plan).await;
    let (here, other) = names(&world, &plan).await;
    let faults: Vec<Value> = dead(&here).into_iter().chain(dead(&other)).collect();
    world.sim.faults(json!(faults)).await;
    // A clear end, and why.
    let state = viewer
        .state(LATER, json!({ "live": "ended", "why": "gave_up", "meeting": "open" }))
        .await;
    assert!(state["fault"].is_string(), "{state}");
    assert_eq!(told(&world.server, "LiveStopped").await, [json!({ "why": "gave_up" })]);
    // A person starts it again once they are back; what was left behind is stopped first.
    world.sim.faults(json!([])).await;
    world
        .presenter
        .post(&format!("/meetings/{}/live/start", plan.meeting), &Value::Null)
        .await
        .ok();
    viewer
        .state(LATER, json!({ "live": "on_air", "why": null, "fault": null }))
        .await;
    assert_eq!(world.sim.running().await.len(), 1);
    world.end(&plan).await;
    world.all_quiet(SOON).await;
}

#[tokio::test]
async fn refused_from_the_start() {
    // Nothing runs yet, and still the webinar begins on time through the gateway that takes it.
    let world = two(vec![]).await;
    let plan = world.plan("Refused").await;
    let viewer = watching(&world, &plan).await;
    let (here, _) = {
        world
            .state(&plan, SOON, "a gateway is held", |s| {
                s["gateway"]["name"].as_str().map(str::to_owned)
            })
            .await;
        names(&world, &plan).await
    };
    world
        .sim
        .faults(json!([{ "on": format!("gateway@{here}"), "kind": "status", "code": 502 }]))
        .await;
    world.start(&plan).await;
    world.open(&plan).await;
    viewer.state(LATER, json!({ "live": "on_air" })).await;
    assert_ne!(names(&world, &plan).await.0, here);
    assert_eq!(told(&world.server, "LiveTakenOver").await.len(), 1);
    world.end(&plan).await;
    world.sim.faults(json!([])).await;
    world.all_quiet(LATER).await;
}
