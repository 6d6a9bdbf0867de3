//! How gateways stand: probed without side effects, told apart, each change once in the log. And a gateway that goes out of service.

use std::time::Duration;

use serde_json::{Value, json};

use crate::faults::told;
use crate::harness::{SimOptions, World, WorldOptions, eventually, rfc3339};

const BOUND: Duration = Duration::from_secs(20);

async fn two() -> World {
    let sim = SimOptions {
        gateways: "g2,g5",
        ..SimOptions::default()
    };
    World::with(WorldOptions {
        sim,
        ..WorldOptions::default()
    })
    .await
}

fn id<'a>(world: &'a World, generation: &str) -> &'a str {
    let found = world.gateways.iter().find(|(name, _)| name.starts_with(generation));
    &found.expect("a gateway").1
}

async fn stands(world: &World, id: &str, state: &str, cause: Option<&str>) -> Value {
    eventually(BOUND, &format!("{id} {state} {cause:?}"), async || {
        let gateway = world.admin.get(&format!("/gateways/{id}")).await.ok();
        let health = gateway["health"].clone();
        let right = health["state"] == state && health["cause"].as_str() == cause;
        if right { Ok(health) } else { Err(health.to_string()) }
    })
    .await
}

/// Census W28: each gateway's health, since when, and what to do; a room that is none of ours is told apart from our own.
#[tokio::test]
async fn a_gateway_that_works_for_a_stranger_is_said_so_and_changes_are_told_once() {
    let world = two().await;
    let g5 = id(&world, "g5").to_owned();
    stands(&world, &g5, "up", None).await;
    stands(&world, id(&world, "g2"), "up", None).await;
    let sim = world.sim.gateway("g5").await;
    let base = sim["server_url"].as_str().expect("url");
    let path = &base[base.find("/gateways/").expect("a path")..];
    let order = json!({
        "room": "zz99zz99zz", "gw_id": sim["gw_id"], "main_app": "streaming", "browsing_name": "bigbluebutton", "rtmp_dst": sim["rtmp_url"],
    });
    let (status, answer) = world.sim.post(&format!("{path}/gateway/start"), &order).await;
    assert_eq!(status, 200, "{answer}");
    stands(&world, &g5, "busy_elsewhere", None).await;
    let stop = json!({ "gw_id": sim["gw_id"] });
    let (status, _) = world.sim.post(&format!("{path}/gateway/stop"), &stop).await;
    assert_eq!(status, 200);
    stands(&world, &g5, "up", None).await;
    // A page is made from what is known: it waits for no gateway, however many are silent.
    world.sim.faults(json!([{ "on": "gateway", "kind": "reset" }])).await;
    stands(&world, &g5, "unreachable", None).await;
    world
        .sim
        .faults(json!([{ "on": "gateway", "kind": "status", "code": 502 }]))
        .await;
    stands(&world, &g5, "unreachable", Some("front_server")).await;
    world.sim.faults(json!([])).await;
    let since = stands(&world, &g5, "up", None).await["since"].clone();
    // Dozens of probes later it has been so since the same moment, and the log has the changes alone.
    let before = world.sim.calls_named("status").await.len();
    eventually(BOUND, "more probes", async || {
        let n = world.sim.calls_named("status").await.len();
        if n >= before + 5 { Ok(()) } else { Err(n) }
    })
    .await;
    assert_eq!(stands(&world, &g5, "up", None).await["since"], since);
    let changes = told(&world.server, "GatewayHealthChanged").await;
    let ours: Vec<String> = changes
        .iter()
        .map(|e| {
            format!(
                "{}/{}",
                e["health"].as_str().unwrap_or_default(),
                e["cause"].as_str().unwrap_or_default()
            )
        })
        .collect();
    // Of both gateways: up; then the fifth generation's stranger; then both gone, behind their front, and back.
    let count = |what: &str| ours.iter().filter(|o| *o == what).count();
    assert_eq!(count("busy_elsewhere/"), 1, "{ours:?}");
    assert_eq!(count("unreachable/front_server"), 2, "{ours:?}");
    assert!(ours.len() <= 12, "a look that finds the same is no event: {ours:?}");
}

/// Census W14: taken out of service a gateway loses its webinars to another, and what waits is served as soon as it is back.
#[tokio::test]
async fn out_of_service_webinars_move_and_those_that_wait_are_served() {
    let world = two().await;
    let gateway =
        async |meeting: &str| world.presenter.get(&format!("/meetings/{meeting}")).await.ok()["gateway"].clone();
    let plan = async |name: &str| {
        let body = json!({"name": name, "starts_at": rfc3339(86_400), "duration_s": 3600, "is_webinar": true});
        let made = world.presenter.post("/meetings", &body).await.ok();
        made["id"].as_str().expect("id").to_owned()
    };
    let meeting = plan("Moves").await;
    let held = eventually(BOUND, "a gateway", async || {
        let g = gateway(&meeting).await;
        g["id"].as_str().map(str::to_owned).ok_or_else(|| g.to_string())
    })
    .await;
    let other = world
        .gateways
        .iter()
        .map(|(_, id)| id)
        .find(|id| **id != held)
        .expect("another")
        .clone();
    let out = format!("/gateways/{held}/out-of-service");
    let span = world.admin.post(&out, &json!({"reason": "new disk"})).await.ok();
    eventually(BOUND, "the other gateway", async || {
        let g = gateway(&meeting).await;
        if g["id"] == json!(other) {
            Ok(())
        } else {
            Err(g.to_string())
        }
    })
    .await;
    let waits = plan("Waits").await;
    eventually(BOUND, "none is free", async || {
        let g = gateway(&waits).await;
        if g["state"] == "lacking" {
            Ok(())
        } else {
            Err(g.to_string())
        }
    })
    .await;
    let outage = span["out_of_service"][0]["id"].as_str().expect("id");
    world.admin.delete(&format!("{out}/{outage}")).await.ok();
    eventually(BOUND, "served", async || {
        let g = gateway(&waits).await;
        if g["id"] == json!(held) {
            Ok(())
        } else {
            Err(g.to_string())
        }
    })
    .await;
    assert_eq!(gateway(&meeting).await["id"], json!(other), "who was moved stays");
}
