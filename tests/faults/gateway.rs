//! A gateway's bad days. A start without a known outcome is stopped before the next, whatever it was.

use serde_json::{Value, json};

use super::{LATER, SOON, in_order, story, told, watching, why, world};
use crate::harness::{Plan, SimOptions, World, WorldOptions};
use crate::kill::judge;

/// Runs of the live never overlapped, by what the simulators saw.
async fn no_overlap(world: &World) {
    let runs = judge::runs(&world.sim.calls().await, 150);
    assert_eq!(judge::overlaps(&runs), Vec::<String>::new(), "{runs:#?}");
}

async fn ended(world: &World, plan: &Plan) {
    world.end(plan).await;
    world.all_quiet(SOON).await;
    no_overlap(world).await;
}

/// Census W22: what a gateway says is read, and a word of ours is shown; there its own words went into the page as markup.
#[tokio::test]
async fn busy() {
    let world = world("g2", vec![("most_failures", "50")]).await;
    let plan = world.plan("Busy").await;
    let viewer = watching(&world, &plan).await;
    world.sim.knobs("g2-1", &json!({ "slots": 0 })).await;
    world.start(&plan).await;
    let state = why(&viewer, "gateway_busy").await;
    assert_eq!(
        (&state["meeting"], &state["live"]),
        (&"open".into(), &"starting".into()),
        "{state}"
    );
    // Tried again, until it is free.
    world
        .state(&plan, LATER, "a second failure", |s| {
            (s["live"]["failures"].as_i64() >= Some(2)).then_some(())
        })
        .await;
    world.sim.knobs("g2-1", &json!({ "slots": 1 })).await;
    world.open(&plan).await;
    world.live(&plan, LATER, "on_air").await;
    let failed = told(&world.server, "GatewayStartFailed").await;
    assert!(
        failed.iter().all(|f| f["fault"] == "busy" && f["certain"] == true),
        "{failed:?}"
    );
    // Whatever a page shows was in the log.
    let log = world.admin.get("/events?after=0").await.text;
    assert!(
        log.contains("GatewayStartFailed") && !log.to_lowercase().contains("resources"),
        "{log}"
    );
    ended(&world, &plan).await;
}

#[tokio::test]
async fn busy_for_too_long() {
    let world = world("g2", vec![("most_failures", "3")]).await;
    let plan = world.plan("Busy for ever").await;
    let viewer = watching(&world, &plan).await;
    world.sim.knobs("g2-1", &json!({ "slots": 0 })).await;
    world.start(&plan).await;
    viewer
        .state(LATER, json!({ "live": "ended", "why": "gave_up", "meeting": "open" }))
        .await;
    assert_eq!(told(&world.server, "GatewayStartFailed").await.len(), 3);
    assert_eq!(told(&world.server, "LiveStopped").await, [json!({ "why": "gave_up" })]);
    // An administrator is told, and who presents, once each.
    assert_eq!(told(&world.server, "MailRequested").await.len(), 2);
    // Asked again once the gateway is free, it starts.
    world.sim.knobs("g2-1", &json!({ "slots": 1 })).await;
    world.open(&plan).await;
    let path = format!("/meetings/{}/live/start", plan.meeting);
    world.presenter.post(&path, &Value::Null).await.ok();
    viewer.state(LATER, json!({ "live": "on_air", "why": null })).await;
    ended(&world, &plan).await;
}

/// A world whose only gateway has another address or token than it should.
async fn misconfigured(
    settings: Vec<(&'static str, &'static str)>,
    server_url: Option<&str>,
    token: Option<&str>,
) -> World {
    let sim = SimOptions {
        gateways: "g2",
        ..SimOptions::default()
    };
    let world = World::with(WorldOptions {
        sim,
        settings,
        adds: Some(vec![]),
    })
    .await;
    let mut gateway = world.sim.gateway("g2").await;
    if let Some(url) = server_url {
        gateway["server_url"] = url.into();
    }
    let good = gateway["token"].as_str().expect("token").to_owned();
    world.add_gateway(&gateway, token.unwrap_or(&good)).await.ok();
    world
}

#[tokio::test]
async fn dead() {
    let nobody = format!("http://127.0.0.1:{}", crate::harness::free_port());
    let world = misconfigured(vec![("most_failures", "20")], Some(&nobody), None).await;
    let plan = world.plan("Dead gateway").await;
    let viewer = watching(&world, &plan).await;
    world.start(&plan).await;
    let state = why(&viewer, "gateway_unreachable").await;
    assert_eq!(
        (&state["meeting"], &state["live"]),
        (&"open".into(), &"starting".into()),
        "{state}"
    );
    let failed = told(&world.server, "GatewayStartFailed").await;
    assert!(!failed.is_empty(), "{failed:?}");
    assert!(
        failed
            .iter()
            .all(|f| f["fault"] == "unreachable" && f["certain"] == true),
        "{failed:?}"
    );
    let probed = told(&world.server, "GatewayProbed").await;
    assert!(probed.iter().all(|p| p["reachable"] == false), "{probed:?}");
    // Administrators see it on the gateway, and the live gives up in the end.
    let gateways = world.admin.get("/gateways").await.ok();
    assert_eq!(gateways["items"][0]["probe"]["reachable"], false, "{gateways}");
    viewer.state(LATER, json!({ "live": "ended", "why": "gave_up" })).await;
    assert_eq!(told(&world.server, "LiveStopped").await, [json!({ "why": "gave_up" })]);
}

#[tokio::test]
async fn wrong_token() {
    let world = misconfigured(vec![("most_failures", "3")], None, Some("not-its-token")).await;
    let plan = world.plan("Wrong token").await;
    let viewer = watching(&world, &plan).await;
    world.start(&plan).await;
    viewer.state(LATER, json!({ "live": "ended", "why": "gave_up" })).await;
    assert!(
        viewer.now().states.iter().any(|s| s["why"] == "gateway_wrong_token"),
        "{:#?}",
        viewer.now().states
    );
    let failed = told(&world.server, "GatewayStartFailed").await;
    assert_eq!(failed.len(), 3, "{failed:?}");
    assert!(
        failed
            .iter()
            .all(|f| f["fault"] == "wrong_token" && f["certain"] == true),
        "{failed:?}"
    );
    let gateways = world.admin.get("/gateways").await.ok();
    let gateway = &gateways["items"][0];
    assert_eq!(gateway["probe"]["token"], "wrong", "{gateway}");
    // Mended by an administrator, it starts.
    let path = format!("/gateways/{}", gateway["id"].as_str().expect("id"));
    let good = world.sim.gateway("g2").await["token"].clone();
    world.admin.patch(&path, &json!({ "token": good })).await.ok();
    world.open(&plan).await;
    world
        .presenter
        .post(&format!("/meetings/{}/live/start", plan.meeting), &Value::Null)
        .await
        .ok();
    viewer.state(LATER, json!({ "live": "on_air" })).await;
    ended(&world, &plan).await;
}

/// A start that may have left something running: it is stopped under its own room before the next one is asked for.
async fn stopped_before_the_next(gateway: &'static str, fault: Value, word: &str) {
    // A look at what the gateway speaks is a start without a room: it would meet the fault in the start's place.
    let world = world(
        gateway,
        vec![
            ("gateway_start", "1"),
            ("gateway_scout", "600"),
            ("gateway_poll", "600"),
        ],
    )
    .await;
    let plan = world.plan("Uncertain").await;
    let viewer = watching(&world, &plan).await;
    world.sim.faults(json!([fault])).await;
    world.start(&plan).await;
    world.open(&plan).await;
    viewer.state(LATER, json!({ "live": "on_air" })).await;
    let failed = told(&world.server, "GatewayStartFailed").await;
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(
        (&failed[0]["fault"], &failed[0]["certain"]),
        (&word.into(), &false.into()),
        "{failed:?}"
    );
    in_order(
        &story(&world.server, &format!("live-{}", plan.event)).await,
        &[
            "GatewayStartAsked",
            "GatewayStartFailed",
            "GatewayStopAsked",
            "GatewayStopped",
            "GatewayStartAsked",
            "GatewayStarted",
            "LiveWentOnAir",
        ],
    );
    let word = format!("gateway_{word}");
    assert!(
        viewer.now().states.iter().any(|s| s["why"] == word.as_str()),
        "{:#?}",
        viewer.now().states
    );
    // The gateway saw a stop between the two starts.
    let calls = world.sim.calls().await;
    let ours = |name: &str| name == "start" || name == "stop" || name == "/gateway/start" || name == "/gateway/stop";
    let names: Vec<&str> = calls
        .iter()
        .filter(|c| c.to == "gateway" && ours(&c.name) && (gateway == "g5" || c.params.contains_key("room")))
        .map(|c| c.name.rsplit('/').next().expect("a name"))
        .collect();
    let starts: Vec<usize> = (0..names.len()).filter(|n| names[*n] == "start").collect();
    assert_eq!(starts.len(), 2, "{names:?}");
    assert!(names[starts[0]..starts[1]].contains(&"stop"), "{names:?}");
    ended(&world, &plan).await;
}

/// Census W8: a call without a deadline, in the presenter's own request.
#[tokio::test]
async fn hanging() {
    let fault = json!({ "on": "gateway.start", "kind": "apply_then_silence", "times": 1 });
    stopped_before_the_next("g2", fault, "no_answer").await;
}

/// Census W7: whoever looks at the wrapper alone takes an error for a start.
#[tokio::test]
async fn error_inside_success() {
    // The container of the failed start stays: only a stop ends it.
    let fault = json!({ "on": "gateway.start", "kind": "error_inside_success", "times": 1 });
    stopped_before_the_next("g2", fault, "failed").await;
}

#[tokio::test]
async fn html_500() {
    let fault = json!({ "on": "gateway.start", "kind": "status", "code": 500, "times": 1 });
    stopped_before_the_next("g2", fault, "failed").await;
}

#[tokio::test]
async fn dies_on_air() {
    // Only the generations from 3 on say that nothing runs any more.
    let world = world("g5", vec![("heal_after", "60")]).await;
    let plan = world.plan("Dies").await;
    let viewer = watching(&world, &plan).await;
    world.on_air(&plan).await;
    let run = viewer.state(SOON, json!({ "live": "on_air" })).await["run"].as_i64();
    world
        .sim
        .faults(json!([{ "on": "gateway@g5-1", "kind": "die", "times": 1 }]))
        .await;
    viewer
        .until(LATER, "a new run on air", |s| {
            (s.state["live"] == "on_air" && s.state["run"].as_i64() > run).then_some(())
        })
        .await;
    let stops = told(&world.server, "GatewayStopAsked").await;
    assert_eq!(stops[0]["fault"], "gone", "{stops:?}");
    world.end(&plan).await;
    world.all_quiet(SOON).await;
}
