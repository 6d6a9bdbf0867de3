//! Step 1: an administrator adds broadcasters and gateways. What a gateway speaks is found out, and nothing is started.

use std::time::Duration;

use serde_json::Value;

use crate::harness::{SimOptions, World, WorldOptions, eventually};

fn all_generations() -> WorldOptions {
    let sim = SimOptions {
        gateways: "g1,g2,g3,g4,g5",
        ..SimOptions::default()
    };
    WorldOptions {
        sim,
        adds: Some(vec![]),
        ..WorldOptions::default()
    }
}

async fn probed(world: &World, id: &Value, generation: &str, token: &str) -> Value {
    let path = format!("/gateways/{}", id.as_str().expect("id"));
    eventually(
        Duration::from_secs(15),
        &format!("{generation} with its token {token}"),
        async || {
            let gateway = world.admin.get(&path).await.ok();
            let found =
                (gateway["generation"].as_str(), gateway["probe"]["token"].as_str()) == (Some(generation), Some(token));
            if found { Ok(gateway) } else { Err(gateway.to_string()) }
        },
    )
    .await
}

#[tokio::test]
async fn every_generation_is_found_out_with_a_good_and_with_a_wrong_token_and_nothing_is_started() {
    let world = World::with(all_generations()).await;
    for gateway in world.sim.gateways().await {
        let generation = gateway["generation"].as_str().expect("generation");
        // The generations 4 and 5 look at no token at all (gateway-contract §2.7).
        let looks_at_tokens = matches!(generation, "g1" | "g2" | "g3");
        let (good, wrong) = if looks_at_tokens {
            ("good", "wrong")
        } else {
            ("not_checked", "not_checked")
        };
        let added = world
            .add_gateway(&gateway, gateway["token"].as_str().expect("token"))
            .await
            .ok();
        let seen = probed(&world, &added["id"], generation, good).await;
        assert_eq!(seen["warnings"], serde_json::json!([]), "{seen}");

        let added = world.add_gateway(&gateway, "not-its-token").await.ok();
        let seen = probed(&world, &added["id"], generation, wrong).await;
        let warned = seen["warnings"]
            .as_array()
            .expect("warnings")
            .contains(&"wrong_token".into());
        assert_eq!(warned, looks_at_tokens, "{seen}");
    }
    let calls = world.sim.calls().await;
    assert!(calls.iter().any(|c| c.to == "gateway"), "gateways were asked");
    for call in calls.iter().filter(|c| c.to == "gateway") {
        // A start without a room is refused by every generation: it can tell them apart, and starts nothing.
        let could_start = call.name == "start" && call.params.contains_key("room");
        assert!(!(could_start || call.name == "start" && call.applied()), "{call:?}");
        assert!(
            !["stop", "chat", "command"].contains(&call.name.as_str()) || !call.applied(),
            "{call:?}"
        );
    }
    assert_eq!(world.sim.running().await, Vec::<String>::new());
}

/// Census W23: a token in clear, `1234` where nobody thought of it.
#[tokio::test]
async fn the_known_token_is_warned_about_and_no_token_is_ever_shown_again() {
    const TOKEN: &str = "tok-secretive-4711";
    const KEY: &str = "streamkey-secretive-4712";
    let world = World::with(all_generations()).await;
    let mut gateway = world.sim.gateway("g2").await;
    gateway["rtmp_url"] = format!("rtmp://127.0.0.1/live/{KEY}").into();
    let known = world.add_gateway(&gateway, "1234").await.ok();
    assert!(
        known["warnings"]
            .as_array()
            .expect("warnings")
            .contains(&"default_token".into()),
        "{known}"
    );

    let added = world.add_gateway(&gateway, TOKEN).await;
    let position: i64 = added
        .header("amphi-position")
        .parse()
        .expect("a write says its position");
    assert!(position > 0);
    let added = added.ok();
    assert!(
        !added["warnings"]
            .as_array()
            .expect("warnings")
            .contains(&"default_token".into()),
        "{added}"
    );
    assert_eq!(
        (&added["token_set"], &added["stream_key_set"]),
        (&true.into(), &true.into())
    );
    let id = added["id"].as_str().expect("id");
    for path in [format!("/gateways/{id}"), "/gateways".to_owned(), "/events".to_owned()] {
        let text = world.admin.get(&path).await.text;
        assert!(!text.contains(TOKEN) && !text.contains(KEY), "{path}: {text}");
    }
    let events = world.server.run(&["audit", "events"], None).await.ok();
    assert!(!events.contains(TOKEN) && !events.contains(KEY), "{events}");
    // Sealed in the store: in no file of the folder, and in no log.
    world.server.stop().await;
    crate::cli::found_nowhere(&world.server.data, &[TOKEN, KEY]);
    let said = world.server.said();
    assert!(!said.contains(TOKEN) && !said.contains(KEY), "{said}");
}

#[tokio::test]
async fn gateways_are_for_administrators_and_link_local_addresses_for_nobody() {
    let world = World::with(all_generations()).await;
    let gateway = world.sim.gateway("g2").await;
    world.presenter.get("/gateways").await.problem(403, "forbidden");
    let mut link_local = gateway.clone();
    link_local["server_url"] = "http://169.254.169.254/latest".into();
    world
        .add_gateway(&link_local, "t")
        .await
        .problem(422, "link_local_address");
    let broadcaster = serde_json::json!({ "name": "x", "hls_url": "http://[fe80::1]/live.m3u8" });
    world
        .admin
        .post("/broadcasters", &broadcaster)
        .await
        .problem(422, "link_local_address");
}
