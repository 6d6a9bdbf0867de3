//! The clock is set back under the running server.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{LATER, SOON, events, told, watching, world};

fn library() -> PathBuf {
    let found = std::fs::read_dir("/usr/lib").expect("/usr/lib").flatten();
    found
        .map(|e| e.path().join("faketime/libfaketimeMT.so.1"))
        .find(|p| p.exists())
        .expect("libfaketime: install the package `faketime`")
}

#[tokio::test]
async fn clock_set_back() {
    let mut world = world("g2", vec![("heal_after", "1")]).await;
    world.server.stop().await;
    let clock = world.server.data.with_extension("clock");
    let set = |offset: &str| {
        let beside = clock.with_extension("new");
        std::fs::write(&beside, offset).expect("the clock");
        std::fs::rename(&beside, &clock).expect("the clock");
    };
    set("+0s");
    world.server.environ("LD_PRELOAD", &library().to_string_lossy());
    world
        .server
        .environ("FAKETIME_TIMESTAMP_FILE", &clock.to_string_lossy());
    world.server.environ("FAKETIME_NO_CACHE", "1");
    // Only the wall clock is set back; what the system counts since its start never is.
    world.server.environ("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    world.server.start().await;
    let plan = world.plan("Set back").await;
    let mut viewer = watching(&world, &plan).await;
    world.on_air(&plan).await;
    viewer
        .until(SOON, "a way both ways", |s| {
            (s.state["chat"]["room"] == "both").then_some(())
        })
        .await;
    viewer.post("c-1", "before").await;
    viewer
        .until(SOON, "relayed", |s| (s.status("before") == "relayed").then_some(()))
        .await;

    set("-3600s");
    // Lines are taken, shown after the earlier ones, and reach the room.
    viewer.post("c-2", "after").await;
    viewer
        .until(SOON, "relayed", |s| (s.status("after") == "relayed").then_some(()))
        .await;
    let shown = viewer.now();
    let texts: Vec<&Value> = shown.lines.values().map(|l| &l["text"]).collect();
    assert_eq!(texts, [&json!("before"), &json!("after")]);
    let times: Vec<&str> = shown.lines.values().filter_map(|l| l["at"].as_str()).collect();
    assert!(times[1] < times[0], "the test set the clock back: {times:?}");
    // Nobody is signed out, pages open.
    world.presenter.get("/meetings").await.ok();

    // The picture is still looked after: it stands, and is healed.
    world.sim.faults(json!([{ "on": "hls", "kind": "freeze" }])).await;
    viewer.state(LATER, json!({ "live": "stalled" })).await;
    viewer.state(LATER, json!({ "live": "starting" })).await;
    world.sim.faults(json!([])).await;
    viewer
        .until(LATER, "healed", |s| {
            (s.state["live"] == "on_air" && s.state["run"].as_i64() >= Some(2)).then_some(())
        })
        .await;
    // So is the room: that it is gone is found out by looking.
    world
        .sim
        .post(&format!("/sim/forget/{}", plan.meeting), &Value::Null)
        .await;
    viewer
        .state(LATER, json!({ "meeting": "closed", "live": "ended" }))
        .await;
    world.all_quiet(SOON).await;
    assert_eq!(
        told(&world.server, "SessionClosed").await,
        [json!({ "ended_by": "polling" })]
    );

    // Only the position orders; the chains hold, also for a server that starts with the clock as it is.
    let all = events(&world.server).await;
    let positions: Vec<i64> = all.iter().map(|e| e["position"].as_i64().expect("position")).collect();
    assert!(positions.windows(2).all(|p| p[0] < p[1]), "{positions:?}");
    let times: Vec<&str> = all.iter().map(|e| e["time"].as_str().expect("time")).collect();
    assert!(times.windows(2).any(|t| t[1] < t[0]), "times went back");
    world.server.restart().await;
    let said = world.server.run(&["audit", "verify"], None).await.ok();
    assert!(said.contains("every chain holds"), "{said}");
    viewer.reconnect().await;
    viewer.sound();
}
