//! What BBB refuses, and what callers make up: each costs a call, and none of it ends or changes what it shouldn't.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Plan, World, eventually};

const SOON: Duration = Duration::from_secs(15);

/// Status of a call without any sign-in.
async fn asked(world: &World, method: Method, path: &str) -> u16 {
    let http = world.server.http();
    let sent = http
        .request(method, format!("{}{path}", world.server.base))
        .send()
        .await;
    sent.expect("an answer").status().as_u16()
}

async fn closed(world: &World, plan: &Plan) {
    world
        .state(plan, SOON, "closed", |s| {
            (s["meeting"]["state"] == "closed" && s["live"]["state"] == "ended").then_some(())
        })
        .await;
    world.all_quiet(SOON).await;
}

/// Census M3: where BBB refused a room it was asked to end it and to create it again, without an end.
#[tokio::test]
async fn a_room_that_bbb_refuses_is_asked_for_ever_more_slowly_and_nothing_is_ended_meanwhile() {
    let world = World::new().await;
    let plan = world.plan("Refused").await;
    world
        .sim
        .faults(json!([{ "on": "bbb.create", "kind": "refuse" }]))
        .await;
    world.start(&plan).await;
    let creates = eventually(SOON, "six tries", async || {
        let creates = world.sim.calls_named("create").await;
        if creates.len() >= 6 {
            Ok(creates)
        } else {
            Err(creates.len())
        }
    })
    .await;
    // The first wait is of 0.1 s, each doubles, and none is longer than 0.5 s here.
    let waits: Vec<i64> = creates.windows(2).map(|two| two[1].ms() - two[0].ms()).collect();
    for (wait, least) in waits.iter().zip([100, 200, 400, 500, 500]) {
        assert!(*wait >= least, "{waits:?}");
    }
    assert!(world.sim.calls_named("end").await.is_empty());
    let state = world.presenter.state(&plan.meeting).await;
    assert_eq!(
        (&state["meeting"]["state"], &state["meeting"]["why"]),
        (&"opening".into(), &"refused".into()),
        "{state}"
    );
    // The one who wanted it doesn't any more: that is its end.
    world.end(&plan).await;
    world
        .state(&plan, SOON, "closed", |s| {
            (s["meeting"]["state"] == "closed").then_some(())
        })
        .await;
    let tried = world.sim.calls_named("create").await.len();
    world.sim.faults(json!([])).await;
    let again = world.presenter.state(&plan.meeting).await;
    assert_eq!(again["meeting"]["state"], "closed", "{again}");
    assert_eq!(
        world.sim.calls_named("create").await.len(),
        tried,
        "it is not asked for any more"
    );
}

/// Census M5: an end was called twice, and where BBB answered the first with an error the webinar went on.
#[tokio::test]
async fn an_end_that_bbb_answers_with_an_error_stops_the_live_at_once_and_is_tried_again() {
    let world = World::new().await;
    let plan = world.plan("Ends all the same").await;
    world.on_air(&plan).await;
    world
        .sim
        .faults(json!([{ "on": "bbb.end", "kind": "status", "code": 502 }]))
        .await;
    for _ in 0..2 {
        // Pressed twice it is one end.
        world.end(&plan).await;
    }
    world.all_quiet(SOON).await;
    eventually(SOON, "three tries", async || {
        let tries = world.sim.calls_named("end").await.len();
        if tries >= 3 { Ok(()) } else { Err(tries) }
    })
    .await;
    let state = world.presenter.state(&plan.meeting).await;
    assert_eq!(
        (&state["meeting"]["state"], &state["live"]["state"]),
        (&"open".into(), &"ended".into()),
        "the room is there as long as nobody knows better: {state}"
    );
    assert!(state["meeting"]["why"].is_string(), "the trouble is said: {state}");
    world.sim.faults(json!([])).await;
    closed(&world, &plan).await;
    assert!(world.sim.room(&plan.meeting).await.is_none());
    let ended = world.sim.calls_named("end").await;
    assert_eq!(ended.iter().filter(|c| c.applied()).count(), 1, "{ended:?}");
}

/// Census M7: whoever called the address of the end set a meeting to *not running*.
#[tokio::test]
async fn a_callback_is_a_hint_for_who_has_its_token_and_nothing_for_others() {
    let world = World::new().await;
    let plan = world.plan("Called back").await;
    world.on_air(&plan).await;
    let open = async |what: &str| {
        let state = world.presenter.state(&plan.meeting).await;
        assert_eq!(
            (&state["meeting"]["state"], &state["live"]["state"]),
            (&"open".into(), &"on_air".into()),
            "{what}: {state}"
        );
    };
    let session = world.presenter.state(&plan.meeting).await["meeting"]["session"].clone();
    for made_up in [
        plan.meeting.as_str(),
        session.as_str().expect("a session"),
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ] {
        for purpose in ["end", "hook", "anything"] {
            for method in [Method::GET, Method::POST] {
                let path = format!("/callbacks/bbb/{purpose}/{made_up}");
                assert_eq!(asked(&world, method, &path).await, 404, "{path}");
            }
        }
    }
    open("a token that is none").await;
    // The real one too is a hint: the room is looked at, and is there.
    let creates = world.sim.calls_named("create").await;
    let told = creates.last().expect("a create").params["meta_endCallbackUrl"].clone();
    let path = told
        .strip_prefix(&world.server.base)
        .expect("an address of ours")
        .to_owned();
    let looks = world.sim.calls_named("getMeetingInfo").await.len();
    assert_eq!(asked(&world, Method::GET, &path).await, 200);
    eventually(SOON, "three more looks at the room", async || {
        let now = world.sim.calls_named("getMeetingInfo").await.len();
        if now >= looks + 3 { Ok(()) } else { Err(now) }
    })
    .await;
    open("a callback while the room is there").await;
    assert!(world.sim.calls_named("end").await.is_empty());
    world.end(&plan).await;
    closed(&world, &plan).await;
    // What is over is not over again.
    assert_eq!(asked(&world, Method::GET, &path).await, 200);
}

/// Census M13, M35: the address of the end was overwritten, and what BBB answered took the place of what somebody had chosen.
#[tokio::test]
async fn what_was_chosen_is_sent_and_what_bbb_answers_changes_none_of_it() {
    let world = World::new().await;
    let mut new = World::webinar("Chosen");
    for (name, value) in [
        ("voice_bridge", json!(71_234)),
        ("logout_url", json!("https://univ.example/bye")),
        ("max_participants", json!(30)),
    ] {
        new[name] = value;
    }
    let made = world.presenter.post("/meetings", &new).await.ok();
    let text = |v: &Value| v.as_str().expect("an id").to_owned();
    let plan = Plan {
        meeting: text(&made["id"]),
        event: text(&made["event"]),
    };
    world.on_air(&plan).await;
    let creates = world.sim.calls_named("create").await;
    let sent = &creates.last().expect("a create").params;
    assert_eq!(
        (&*sent["voiceBridge"], &*sent["logoutURL"], &*sent["maxParticipants"]),
        ("71234", "https://univ.example/bye", "30")
    );
    // A name that BBB makes up, passwords, a parent: none of it is an option of the meeting now.
    let mut after = world.presenter.get(&format!("/meetings/{}", plan.meeting)).await.ok();
    let mut before = made;
    for changes in ["state", "session", "gateway", "next"] {
        for side in [&mut after, &mut before] {
            side.as_object_mut().expect("a meeting").remove(changes);
        }
    }
    assert_eq!(after, before);
    world.end(&plan).await;
    closed(&world, &plan).await;
}
