//! Lives without a room: an encoder pushes, Amphi looks, and people watch, read and write.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Person, Viewer, World, WorldOptions, eventually, rfc3339};

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
        playback["hls_url"]
            .as_str()
            .is_some_and(|u| u.rsplit('.').next() == Some("m3u8")),
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
    // One that begins while that holds hears it too; nobody but the house takes it away.
    let other = self::hall(&world, "Hall C").await;
    let later = plan(&world, &other, 3600).await;
    let said = eventually(SOON, "a live that begins hears it", async || {
        let told = state(&world.presenter, &later).await["announcements"].clone();
        if told[0]["text"] == "Please leave the building" {
            Ok(told[0]["id"].as_str().expect("an id").to_owned())
        } else {
            Err(told.to_string())
        }
    })
    .await;
    let path = format!("/live/{later}/announcements/{said}");
    world
        .presenter
        .delete(&path)
        .await
        .problem(403, "announcement_of_house");
    world.admin.delete(&format!("/announcements/{said}")).await;
    told(&[]).await;
    viewer.sound();
}

/// Census §5.2: where the house wants it, whoever owns a live and whoever administers is told of its plan and of each change, with the link
/// of a draft.
#[tokio::test]
async fn a_live_that_is_planned_is_told_by_mail_where_the_house_wants_it() {
    let world = World::with(WorldOptions {
        settings: vec![("mail_live_planned", "true")],
        ..WorldOptions::default()
    })
    .await;
    let hall = hall(&world, "Hall M").await;
    let new =
        json!({ "title": "Told by mail", "broadcaster": hall, "starts_at": rfc3339(7200), "ends_at": rfc3339(9000) });
    let event = world.presenter.post("/live", &new).await.ok()["event"]
        .as_str()
        .expect("a live")
        .to_owned();
    let door = world.presenter.get(&format!("/live/{event}/door")).await.ok();
    let link = door["link"].as_str().expect("a draft's link").to_owned();
    let told = |word: &str| {
        let folder = std::fs::read_dir(world.server.data.join("mail"));
        let files = folder.into_iter().flatten().flatten();
        let files = files.filter(|f| f.path().extension().is_some_and(|e| e == "txt"));
        let texts = files.map(|f| std::fs::read_to_string(f.path()).unwrap_or_default());
        // A line of a mail is folded where it is long.
        let plain = texts.map(|t| t.replace("=\r\n", "").replace("=\n", "").replace("=3D", "="));
        plain.filter(|t| t.contains(word)).collect::<Vec<_>>()
    };
    let mails = eventually(SOON, "owner and administrator are told", async || {
        let mails = told("Told by mail");
        if mails.len() == 2 { Ok(mails) } else { Err(mails) }
    })
    .await;
    assert!(mails.iter().all(|m| m.contains(&link)), "{link}: {mails:?}");
    let renamed = json!({ "title": "Told once more" });
    world.presenter.patch(&format!("/live/{event}"), &renamed).await.ok();
    eventually(SOON, "and of the change", async || {
        let mails = told("Told once more");
        if mails.len() == 2 { Ok(()) } else { Err(mails) }
    })
    .await;
    assert_eq!(told("Told by mail").len(), 2, "nobody is told twice");
}
