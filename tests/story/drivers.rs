//! Pictures that are made otherwise than by one SIPMediaGW: a pool, BigBlueButton-liveStreaming with a real Redis, somebody's encoder; and
//! the room's chat in the picture as it is wanted.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Call, Redis, SimOptions, World, WorldOptions, eventually};

const SOON: Duration = Duration::from_secs(20);
const AIR: Duration = Duration::from_secs(45);

async fn world(gateways: &'static str, flags: Vec<&'static str>) -> World {
    World::with(WorldOptions {
        sim: SimOptions { gateways, flags },
        settings: vec![("heal_after", "600")],
        adds: None,
    })
    .await
}

/// Orders to start; a look whether the token is taken is a start without a room.
async fn started(world: &World) -> Vec<Call> {
    let mut calls = world.sim.calls_named("start").await;
    calls.retain(|c| c.params.contains_key("room"));
    calls
}

#[tokio::test]
async fn two_webinars_run_through_one_pool_and_the_third_is_told_that_it_is_full() {
    let world = world("pool", vec![]).await;
    let pool = world.sim.gateway("pool").await;
    world
        .sim
        .knobs("pool-1", &json!({ "slots": 2, "release_ms": 300 }))
        .await;
    // One row in Amphi for each stream that the house wants of the pool: each has its own address and its own broadcaster.
    for n in [2, 3] {
        let mut other = pool.clone();
        other["name"] = json!(format!("pool again {n}"));
        other["rtmp_url"] = json!(format!("rtmp://127.0.0.1/live/pool-again-{n}"));
        let shown = pool["hls_url"]
            .as_str()
            .expect("hls")
            .replace("pool-1", &format!("pool-again-{n}"));
        other["hls_url"] = json!(shown);
        world
            .add_gateway(&other, pool["token"].as_str().expect("token"))
            .await
            .ok();
    }
    let plans = [world.plan("First").await, world.plan("Second").await];
    for plan in &plans {
        world.start(plan).await;
    }
    for plan in &plans {
        world.live(plan, AIR, "on_air").await;
    }
    let running = world.sim.gateways().await;
    assert_eq!(
        running[0]["containers"].as_array().map(Vec::len),
        Some(2),
        "{running:?}"
    );

    let third = world.plan("Third").await;
    world.start(&third).await;
    world
        .state(&third, SOON, "the pool is full, and that is said", |s| {
            (s["live"]["why"] == "gateway_busy").then_some(())
        })
        .await;
    world.end(&plans[0]).await;
    world.live(&third, AIR, "on_air").await;
    for plan in [&plans[1], &third] {
        world.end(plan).await;
    }
    world.all_quiet(SOON).await;
}

/// gateway-contract §6: the audience's lines go by Redis, quotes and all, and the number of subscribers is the sign of life.
#[tokio::test]
async fn livestreaming_goes_on_air_and_hears_the_audience_by_a_real_redis() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut redis = Redis::start(folder.path()).await;
    let port: &'static str = Box::leak(redis.port.to_string().into_boxed_str());
    let world = world("livestreaming", vec!["--old-bbb", "--redis-port", port]).await;
    let gateway = &world.gateways[0].1;
    let told = world
        .admin
        .patch(&format!("/gateways/{gateway}"), &json!({ "chat_redis": redis.url() }))
        .await
        .ok();
    assert_eq!(told["chat_redis"], redis.url());
    let plan = world.plan("By liveStreaming").await;
    world.on_air(&plan).await;
    assert!(
        world
            .sim
            .people(&plan.meeting)
            .await
            .iter()
            .any(|name| name.starts_with("Live "))
    );
    let start = started(&world).await.pop().expect("a start");
    let environment = &start.params["environment"];
    assert!(environment.contains(r#""BBB_REDIS_CHANNEL":"amphi-"#), "{environment}");
    assert!(!environment.contains("BBB_SECRET"), "{environment}");

    let awa = world.server.person("awa", "Awa D'Ac", "user").await;
    let text = r#"C'est "à côté" \o/ 🎉"#;
    let post = async |id: &str, text: &str| {
        let body = json!({ "client_id": id, "text": text });
        awa.post(&format!("/live/{}/chat", plan.event), &body).await.ok()
    };
    post("c-1", text).await;
    let said = async |wanted: &str| {
        eventually(SOON, "the line is in the room", async || {
            let lines = world.sim.chat(&plan.meeting).await;
            if lines.iter().any(|(_, line)| line == wanted) {
                Ok(())
            } else {
                Err(lines)
            }
        })
        .await;
    };
    said(&format!("(Awa D'Ac (live)) {text}")).await;
    // Redis is gone: the line is surely not in the room, and its author is told so.
    redis.kill();
    post("c-2", "Personne n’écoute").await;
    let status = async |text: &'static str, wanted: &'static str| {
        eventually(SOON, "the line has its outcome", async || {
            let lines = awa.history(&plan.event).await;
            let line = lines.iter().find(|l| l["text"] == text).cloned().unwrap_or_default();
            if line["status"] == wanted { Ok(()) } else { Err(line) }
        })
        .await;
    };
    status("Personne n’écoute", "failed").await;
    world.end(&plan).await;
    world.all_quiet(SOON).await;
}

#[tokio::test]
async fn an_encoder_is_on_air_when_its_picture_moves_and_given_only_to_whoever_asks() {
    let world = world("g2,encoder", vec![]).await;
    let plan = world.plan("With my own cameras").await;
    let picture = format!("/meetings/{}/picture", plan.meeting);
    let before = world.presenter.get(&picture).await.ok();
    assert_eq!(
        (&before["source"], &before["stream"]),
        (&json!("gateway"), &Value::Null)
    );
    world
        .presenter
        .put(&picture, &json!({ "source": "encoder" }))
        .await
        .ok();
    let mine = eventually(SOON, "the encoder's address is shown", async || {
        let said = world.presenter.get(&picture).await.ok();
        if said["stream"].is_null() { Err(said) } else { Ok(said) }
    })
    .await;
    assert_eq!(
        mine["stream"],
        json!({ "server": "rtmp://127.0.0.1/live", "key": "encoder-1" })
    );
    assert_eq!(mine["chat"], "not_ours", "Amphi doesn't know what an encoder shows");

    world.start(&plan).await;
    world.open(&plan).await;
    world
        .state(&plan, SOON, "the encoder is waited for", |s| {
            (s["live"]["state"] == "starting" && s["live"]["why"] == "encoder_waiting").then_some(())
        })
        .await;
    let refused = world.presenter.put(&picture, &json!({ "source": "gateway" })).await;
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (409, &json!("picture_runs")),
        "{}",
        refused.text
    );
    world.sim.push("encoder-1", true).await;
    world.live(&plan, AIR, "on_air").await;
    world.sim.push("encoder-1", false).await;
    world.live(&plan, AIR, "stalled").await;
    world.sim.push("encoder-1", true).await;
    world.live(&plan, AIR, "on_air").await;
    // No robot was sent for, and no other gateway stood in for it.
    assert!(started(&world).await.is_empty());
    let other = world.plan("Without cameras").await;
    world.start(&other).await;
    world.live(&other, AIR, "on_air").await;
    assert_eq!(world.sim.running().await, ["\"g2-1\""]);
    for plan in [&plan, &other] {
        world.end(plan).await;
        world.live(plan, SOON, "ended").await;
    }
    world.all_quiet(SOON).await;
}

async fn pane_open(world: &World, gateway: &str) -> Value {
    world.sim.gateway(gateway).await["running"]["chat_open"].clone()
}

/// Census W3, §4.3: Pod sent a blind flip, often before the robot was there. What is wanted is absolute here.
#[tokio::test]
async fn the_rooms_chat_is_in_the_picture_as_it_is_wanted_however_often_it_is_said() {
    let world = world("g2", vec![]).await;
    let plan = world.plan("A picture with a chat").await;
    let picture = format!("/meetings/{}/picture", plan.meeting);
    let want = async |shown: bool| {
        world
            .presenter
            .put(&picture, &json!({ "chat_shown": shown }))
            .await
            .ok()
    };
    world.on_air(&plan).await;
    let stands = async |open: bool| {
        eventually(SOON, "the pane stands as wanted", async || {
            let said = world.presenter.get(&picture).await.ok();
            let seen = pane_open(&world, "g2").await;
            if seen == open && said["chat"] == "as_wanted" {
                Ok(())
            } else {
                Err((seen, said))
            }
        })
        .await;
    };
    stands(true).await;
    for _ in 0..3 {
        want(false).await;
    }
    stands(false).await;
    want(true).await;
    stands(true).await;
    assert_eq!(world.sim.calls_named("chat").await.len(), 2, "one flip a change");

    // The answer is lost: nobody knows how it stands, so nothing is flipped any more, and it is said.
    world
        .sim
        .faults(json!([{ "on": "gateway.chat", "kind": "status", "code": 500, "times": 1 }]))
        .await;
    want(false).await;
    let said = eventually(SOON, "nobody knows", async || {
        let said = world.presenter.get(&picture).await.ok();
        if said["chat"] == "unknown" { Ok(said) } else { Err(said) }
    })
    .await;
    assert_eq!(said["chat_shown"], false);
    let flips = world.sim.calls_named("chat").await.len();
    want(true).await;
    want(false).await;
    assert_eq!(world.sim.calls_named("chat").await.len(), flips);
    // A new start begins from what is known.
    let restart = format!("/meetings/{}/live/restart", plan.meeting);
    world.presenter.post(&restart, &Value::Null).await.ok();
    eventually(AIR, "the new run is as wanted", async || {
        let said = world.presenter.get(&picture).await.ok();
        if said["chat"] == "as_wanted" { Ok(()) } else { Err(said) }
    })
    .await;
    world.end(&plan).await;
    world.all_quiet(SOON).await;
}

/// gateway-contract §2.7: these have no flip; they begin as wanted, and a change waits for the next start and is said to.
#[tokio::test]
async fn a_gateway_without_a_flip_begins_as_wanted_and_says_that_a_change_waits() {
    let world = world("g5", vec![]).await;
    let plan = world.plan("A picture without a chat").await;
    let picture = format!("/meetings/{}/picture", plan.meeting);
    world
        .presenter
        .put(&picture, &json!({ "chat_shown": false }))
        .await
        .ok();
    world.on_air(&plan).await;
    let says = async |wanted: &'static str| {
        eventually(SOON, "what is said of the pane", async || {
            let said = world.presenter.get(&picture).await.ok();
            if said["chat"] == wanted { Ok(()) } else { Err(said) }
        })
        .await;
    };
    says("as_wanted").await;
    let join = world.sim.calls_named("join").await;
    let robot = join
        .iter()
        .find(|c| c.params.get("userID").is_some_and(|u| u.starts_with("robot-")));
    let robot = robot.expect("the robot's join");
    assert_eq!(
        robot
            .params
            .get("userdata-bbb_show_public_chat_on_login")
            .map(String::as_str),
        Some("false")
    );
    world.presenter.put(&picture, &json!({ "chat_shown": true })).await.ok();
    says("next_start").await;
    let commands = world.sim.calls_named("command").await;
    assert!(commands.is_empty(), "its command hangs, and does nothing: {commands:?}");
    world.end(&plan).await;
    world.all_quiet(SOON).await;
}
