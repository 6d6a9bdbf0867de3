//! Lives without a room: an encoder pushes, Amphi looks, and people watch, read and write.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Person, Viewer, World, eventually, rfc3339};

const SOON: Duration = Duration::from_secs(30);

/// A broadcaster on which lives are planned, whose playlist is that of the simulated gateway.
async fn hall(world: &World, name: &str) -> String {
    let gateways = world.sim.gateways().await;
    let gateway = gateways.iter().find(|g| g["generation"] == "g2").expect("a gateway");
    let new = json!({ "name": name, "hls_url": gateway["hls_url"], "plannable": true });
    let made = world.admin.post("/broadcasters", &new).await.ok();
    made["id"].as_str().expect("an id").to_owned()
}

async fn plan(world: &World, broadcaster: &str, ends_in: i64) -> String {
    let new = json!({ "title": "From the hall", "broadcaster": broadcaster, "starts_at": rfc3339(0), "ends_at": rfc3339(ends_in), "is_draft": false });
    let made = world.presenter.post("/live", &new).await.ok();
    made["event"].as_str().expect("a live").to_owned()
}

async fn state(person: &Person, event: &str) -> Value {
    person.get(&format!("/live/{event}")).await.ok()["state"].clone()
}

async fn reaches(world: &World, event: &str, word: &str) {
    eventually(SOON, &format!("the live is {word}"), async || {
        let state = state(&world.presenter, event).await;
        if state["live"] == word {
            Ok(())
        } else {
            Err(state.to_string())
        }
    })
    .await;
}

#[tokio::test]
async fn an_encoders_picture_is_seen_on_air_stalled_and_over_also_by_a_server_that_was_killed() {
    let world = World::new().await;
    let hall = hall(&world, "Hall A").await;
    let event = plan(&world, &hall, 3600).await;
    let student = world.server.person("awa", "Awa", "user").await;
    let mut viewer = Viewer::of(&world.server, &event, Some(&student)).await;
    // Nobody pushes yet: it is waited for, and nothing is to be fetched.
    assert_eq!(state(&world.presenter, &event).await["live"], "off");
    student
        .get(&format!("/live/{event}/playback"))
        .await
        .problem(409, "no_playback");
    viewer.post("c-1", "Are we early?").await;
    // What pushes there is no matter of Amphi's: here it is a webinar's gateway.
    let webinar = world.plan("The encoder").await;
    world.on_air(&webinar).await;
    reaches(&world, &event, "on_air").await;
    let playback = student.get(&format!("/live/{event}/playback")).await.ok();
    assert!(
        playback["hls_url"].as_str().is_some_and(|u| u.ends_with(".m3u8")),
        "{playback}"
    );
    world.sim.faults(json!([{ "on": "hls", "kind": "freeze" }])).await;
    reaches(&world, &event, "stalled").await;
    world.server.kill();
    world.sim.faults(json!([])).await;
    world.server.start().await;
    reaches(&world, &event, "on_air").await;
    // Somebody ends it from its console: it is over, whatever is pushed, and stays so.
    world
        .presenter
        .post(&format!("/live/{event}/end"), &json!({}))
        .await
        .ok();
    let over = state(&world.presenter, &event).await;
    assert_eq!((&over["live"], &over["why"]), (&json!("ended"), &json!("stopped")));
    // Its end is moved to a moment from now: it goes on, and is over with that.
    let moved = json!({ "ends_at": rfc3339(3600) });
    world.presenter.patch(&format!("/live/{event}"), &moved).await.ok();
    reaches(&world, &event, "on_air").await;
    let moved = json!({ "ends_at": rfc3339(1) });
    world.presenter.patch(&format!("/live/{event}"), &moved).await.ok();
    world.end(&webinar).await;
    reaches(&world, &event, "ended").await;
    student
        .get(&format!("/live/{event}/playback"))
        .await
        .problem(409, "no_playback");
    viewer.sound();
}

#[tokio::test]
async fn what_is_pinned_is_pushed_to_everybody_on_the_page() {
    let world = World::new().await;
    let hall = hall(&world, "Hall B").await;
    let event = plan(&world, &hall, 3600).await;
    let viewer = Viewer::of(&world.server, &event, None).await;
    let path = format!("/live/{event}/announcements");
    let pinned = world
        .presenter
        .post(&path, &json!({ "text": "Back at ten" }))
        .await
        .ok();
    let told = async |expected: &[&str]| {
        eventually(SOON, &format!("the page says {expected:?}"), async || {
            let state = viewer.now().state.clone();
            let all = state["announcements"].as_array().cloned().unwrap_or_default();
            let texts: Vec<&str> = all.iter().filter_map(|a| a["text"].as_str()).collect();
            if texts == expected {
                Ok(())
            } else {
                Err(state.to_string())
            }
        })
        .await;
    };
    told(&["Back at ten"]).await;
    world
        .admin
        .post("/announcements", &json!({ "text": "Please leave the building" }))
        .await
        .ok();
    told(&["Back at ten", "Please leave the building"]).await;
    world
        .presenter
        .delete(&format!("{path}/{}", pinned["id"].as_str().expect("an id")))
        .await;
    told(&["Please leave the building"]).await;
    viewer.sound();
}
