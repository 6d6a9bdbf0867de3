//! What happens around a webinar that is on air: whoever comes in again, whatever is renamed, locked or refused, and whether or not the
//! program is there, it stays one run, and that run is stopped.

use std::time::Duration;

use serde_json::{Value, json};

use crate::faults::told;
use crate::harness::{Call, Plan, SimOptions, World, WorldOptions, eventually};

const SOON: Duration = Duration::from_secs(15);
const AIR: Duration = Duration::from_secs(30);

/// Nobody dies for want of a robot, and looks at what gateways speak are few.
async fn world() -> World {
    World::with(WorldOptions {
        sim: SimOptions {
            gateways: "g2",
            ..SimOptions::default()
        },
        settings: vec![("heal_after", "600")],
        adds: None,
    })
    .await
}

/// Orders of this name that a gateway was given for a room; a look whether the token is taken is a start without one.
async fn orders(world: &World, name: &str) -> Vec<Call> {
    let mut calls = world.sim.calls_named(name).await;
    calls.retain(|c| c.to == "gateway" && c.params.contains_key("room"));
    calls
}

/// The room is looked at so often once more: whatever was to follow from before has followed.
async fn looks(world: &World, more: usize) {
    let before = world.sim.calls_named("getMeetingInfo").await.len();
    eventually(SOON, "more looks at the room", async || {
        let now = world.sim.calls_named("getMeetingInfo").await.len();
        if now >= before + more { Ok(()) } else { Err(now) }
    })
    .await;
}

async fn planned(world: &World, new: &Value) -> Plan {
    let made = world.presenter.post("/meetings", new).await.ok();
    let text = |v: &Value| v.as_str().expect("an id").to_owned();
    Plan {
        meeting: text(&made["id"]),
        event: text(&made["event"]),
    }
}

/// It is on air, and was all the while by one run.
async fn one_run(world: &World, plan: &Plan) {
    let state = world.presenter.state(&plan.meeting).await;
    assert_eq!(
        (
            &state["meeting"]["state"],
            &state["live"]["state"],
            &state["live"]["run"]
        ),
        (&json!("open"), &json!("on_air"), &json!(1)),
        "{state}"
    );
    assert_eq!(orders(world, "start").await.len(), 1);
    assert!(orders(world, "stop").await.is_empty());
}

/// Census W2: each time that the owner came in the gateway was started again, with one more watch, and its chat pane flipped.
#[tokio::test]
async fn who_comes_in_again_starts_nothing_again() {
    let world = world().await;
    let plan = world.plan("Comes and goes").await;
    world.on_air(&plan).await;
    let at = format!("/meetings/{}", plan.meeting);
    for _ in 0..3 {
        let door = format!("{}/join/{}", world.server.base, plan.meeting);
        let asked = world.server.http().get(door).bearer_auth(&world.presenter.token);
        let way = asked.send().await.expect("the door");
        assert_eq!(way.status().as_u16(), 302);
        let room = way.headers()["location"].to_str().expect("an address").to_owned();
        world.server.http().get(&room).send().await.expect("BBB");
        for wish in ["start", "live/start"] {
            let path = format!("{at}/{wish}");
            world.presenter.post(&path, &Value::Null).await.ok();
        }
    }
    looks(&world, 3).await;
    one_run(&world, &plan).await;
    assert!(orders(&world, "chat").await.is_empty(), "nothing flips");
    // Nor is there a second watch that would stop it a second time.
    world.end(&plan).await;
    world.all_quiet(SOON).await;
    let stops = orders(&world, "stop").await;
    assert_eq!(stops.len(), 1, "{stops:?}");
}

/// Census W25, W26: the robot's room was named after the meeting's password and title; changed meanwhile, no stop and no line found it.
#[tokio::test]
async fn renamed_and_locked_anew_in_mid_stream_it_is_the_same_run_and_is_stopped() {
    let world = world().await;
    let plan = world.plan("Before").await;
    let at = format!("/meetings/{}", plan.meeting);
    let password = |word: &str| json!({ "password": word });
    let presenter = &world.presenter;
    presenter
        .put(&format!("{at}/password"), &password("sesame-1"))
        .await
        .ok();
    let key = presenter.post(&format!("{at}/key"), &Value::Null).await.ok();
    let direct = key["direct_url"].as_str().expect("an address").to_owned();
    world.on_air(&plan).await;
    presenter.patch(&at, &json!({ "name": "Afterwards" })).await.ok();
    presenter
        .put(&format!("{at}/password"), &password("sesame-2"))
        .await
        .ok();
    presenter.post(&format!("{at}/key"), &Value::Null).await.ok();
    looks(&world, 3).await;
    one_run(&world, &plan).await;
    let start = orders(&world, "start").await.remove(0);
    let room = &start.params["room"];
    let secret = direct.rsplit('/').next().expect("a key");
    assert!(!format!("{:?}", start.params).contains(secret) && !secret.contains(room.as_str()));
    // What is wanted of the picture reaches the robot under the name that it had.
    let hidden = json!({ "chat_shown": false });
    presenter.put(&format!("{at}/picture"), &hidden).await.ok();
    eventually(SOON, "the pane is hidden", async || {
        let open = world.sim.gateway("g2").await["running"]["chat_open"].clone();
        if open == false { Ok(()) } else { Err(open) }
    })
    .await;
    world.end(&plan).await;
    world.all_quiet(SOON).await;
    for order in orders(&world, "chat").await.iter().chain(&orders(&world, "stop").await) {
        assert_eq!(&order.params["room"], room, "{order:?}");
    }
}

/// Census W24: a restricted webinar's robot was led to the sign-in, and nothing was broadcast. And where the audience doesn't write, the
/// room's chat is not in the picture (census §4.3).
#[tokio::test]
async fn a_restricted_webinar_is_on_air_because_its_robot_has_a_door_of_its_own() {
    let world = world().await;
    let mut new = World::webinar("Among ourselves");
    new["is_restricted"] = json!(true);
    new["enable_chat"] = json!(false);
    let plan = planned(&world, &new).await;
    world.on_air(&plan).await;
    let room = world.sim.room(&plan.meeting).await.expect("a room");
    let users = room["users"].as_array().expect("users");
    assert!(users.iter().any(|u| u["bot"] == true), "{users:?}");
    eventually(SOON, "the pane is hidden", async || {
        let open = world.sim.gateway("g2").await["running"]["chat_open"].clone();
        if open == false { Ok(()) } else { Err(open) }
    })
    .await;
    let page = format!("{}/live/{}", world.server.base, plan.event);
    let stranger = world.server.http().get(page).send().await.expect("an answer");
    assert_ne!(stranger.status().as_u16(), 200, "the audience signs in");
    world.end(&plan).await;
    world.all_quiet(SOON).await;
}

/// Census W1: the watch was a thread of a web worker; whatever ended while it was away left the gateway running for ever.
#[tokio::test]
async fn a_room_that_ends_while_the_program_is_away_is_stopped_by_the_one_after_it() {
    let world = world().await;
    let plan = world.plan("Nobody watches").await;
    world.on_air(&plan).await;
    world.server.kill();
    // Nobody hears of it either, then or later.
    let deaf = json!([{ "on": "callback", "kind": "drop" }, { "on": "hook", "kind": "drop" }]);
    world.sim.faults(deaf).await;
    let end = format!("/sim/meetings/{}/end", plan.meeting);
    assert_eq!(world.sim.post(&end, &Value::Null).await.0, 204);
    assert!(
        !world.sim.running().await.is_empty(),
        "a gateway stops by no end of a room"
    );
    world.server.start().await;
    world
        .state(&plan, SOON, "closed", |s| {
            (s["meeting"]["state"] == "closed" && s["live"]["state"] == "ended").then_some(())
        })
        .await;
    world.all_quiet(SOON).await;
    let stops = orders(&world, "stop").await;
    assert!(stops.iter().any(Call::applied), "{stops:?}");
}

/// Census W9: a presenter who took more than two minutes to come in lost the live, as a room without people does not *run*.
#[tokio::test]
async fn a_room_that_nobody_has_entered_yet_is_not_over() {
    let world = world().await;
    world.sim.knobs("g2-1", &json!({ "robot": "none" })).await;
    let plan = world.plan("Empty so far").await;
    world.start(&plan).await;
    world
        .state(&plan, SOON, "the room is open", |s| {
            (s["meeting"]["state"] == "open").then_some(())
        })
        .await;
    // Two looks that found no room would be the end of it.
    looks(&world, 6).await;
    assert!(world.sim.people(&plan.meeting).await.is_empty());
    let state = world.presenter.state(&plan.meeting).await;
    assert_eq!(state["meeting"]["state"], "open", "{state}");
    assert_ne!(state["live"]["state"], "ended", "{state}");
    assert!(orders(&world, "stop").await.is_empty());
    world.end(&plan).await;
    world.all_quiet(SOON).await;
}

/// Census W4, W19, W20: forms that were refused had started, stopped and flipped already; a live deleted from its own pages left a webinar
/// that could not start; and nothing stopped one that was deleted while it ran.
#[tokio::test]
async fn what_is_refused_while_it_runs_has_done_nothing() {
    let world = world().await;
    let plan = world.plan("Runs").await;
    world.on_air(&plan).await;
    let at = format!("/meetings/{}", plan.meeting);
    let presenter = &world.presenter;
    presenter.delete(&at).await.problem(409, "meeting_running");
    let live = format!("/live/{}", plan.event);
    presenter.delete(&live).await.problem(409, "live_of_meeting");
    for (change, status, code) in [
        (json!({ "is_webinar": false }), 409, "meeting_running"),
        (json!({ "is_webinar": false, "name": "x" }), 422, "meeting_name"),
        (
            json!({ "enable_chat": false, "duration_s": 5 }),
            422,
            "meeting_duration",
        ),
    ] {
        presenter.patch(&at, &change).await.problem(status, code);
    }
    // One that has no live is given none while its room is open.
    let plain = json!({ "name": "Plain", "starts_at": crate::harness::rfc3339(0), "duration_s": 3600 });
    let other = presenter.post("/meetings", &plain).await.ok()["id"].clone();
    let other = format!("/meetings/{}", other.as_str().expect("an id"));
    presenter.post(&format!("{other}/start"), &Value::Null).await.ok();
    eventually(SOON, "the other room is open", async || {
        let state = presenter.get(&format!("{other}/state")).await.ok();
        if state["meeting"]["state"] == "open" {
            Ok(())
        } else {
            Err(state)
        }
    })
    .await;
    let ticked = json!({ "is_webinar": true });
    presenter.patch(&other, &ticked).await.problem(409, "meeting_running");
    looks(&world, 3).await;
    one_run(&world, &plan).await;
    assert!(orders(&world, "chat").await.is_empty());
    for kind in [
        "MeetingChanged",
        "MeetingCancelled",
        "LiveCancelled",
        "LivePictureWanted",
    ] {
        assert!(told(&world.server, kind).await.is_empty(), "{kind}");
    }
    let chat = presenter.get(&live).await.ok();
    assert_eq!(chat["state"]["chat"]["enabled"], true, "{chat}");
    // Ended first, it is deleted, and its gateway is free.
    world.end(&plan).await;
    world.all_quiet(SOON).await;
    eventually(SOON, "it is deleted", async || {
        let gone = presenter.delete(&at).await;
        if gone.status < 300 { Ok(()) } else { Err(gone.text) }
    })
    .await;
    let next = world.plan("Next").await;
    world.on_air(&next).await;
    world.live(&next, AIR, "on_air").await;
    world.end(&next).await;
    world.all_quiet(SOON).await;
}
