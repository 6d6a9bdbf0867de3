//! BBB's bad days. An error of BBB is *unknown*: it is said, tried again, and never taken for the end of a room.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::bridge::Bridge;
use super::{LATER, SOON, in_order, story, told, watching, why, world};
use crate::harness::{Plan, SECRET, Viewer, World, eventually, free_port};

/// The room can't be opened while BBB answers so; it opens by itself once it answers well. And a room that is open
/// stays open while nothing is known of it.
async fn troubled(fault: Value, trouble: &str) {
    let world = world("g2", vec![("bbb_create", "0.7"), ("bbb_read", "0.7")]).await;
    let plan = world.plan("Bad day").await;
    let viewer = watching(&world, &plan).await;
    world.sim.faults(json!([fault])).await;
    world.start(&plan).await;
    says_trouble(&world, &plan, &viewer, "opening", trouble).await;
    pages_are_quick(&world, &plan).await;
    world.sim.faults(json!([])).await;
    world.open(&plan).await;
    viewer.state(SOON, json!({ "meeting": "open" })).await;
    world.live(&plan, LATER, "on_air").await;

    world.sim.faults(json!([fault])).await;
    says_trouble(&world, &plan, &viewer, "open", trouble).await;
    let asked = async || world.sim.calls_named("getMeetingInfo").await.len();
    let before = asked().await;
    // More looks than would end it, were an error taken for *not found*. A call that hangs takes 5 s, whatever the settings
    // say: no deadline is shorter than a connection may take.
    eventually(2 * LATER, "three more looks at the room", async || {
        let now = asked().await;
        if now >= before + 3 {
            Ok(())
        } else {
            Err((before, now, world.sim.last_calls(15).await))
        }
    })
    .await;
    let state = world.presenter.state(&plan.meeting).await;
    assert_eq!(
        (&state["meeting"]["state"], &state["live"]["state"]),
        (&"open".into(), &"on_air".into()),
        "{state}"
    );
    world.sim.faults(json!([])).await;
    world
        .state(&plan, LATER, "no trouble", |s| {
            s["meeting"]["why"].is_null().then_some(())
        })
        .await;
    viewer.state(SOON, json!({ "why": null, "live": "on_air" })).await;

    let session = world.presenter.state(&plan.meeting).await["meeting"]["session"].clone();
    let told_of = story(
        &world.server,
        &format!("session-{}", session.as_str().expect("session")),
    )
    .await;
    in_order(
        &told_of,
        &[
            "SessionRequested",
            "SessionTroubled",
            "SessionOpened",
            "SessionTroubled",
            "SessionRecovered",
        ],
    );
    assert!(!told_of.contains(&"SessionClosed".to_owned()), "{told_of:?}");
    let troubles = told(&world.server, "SessionTroubled").await;
    assert!(troubles.iter().all(|t| t["trouble"] == trouble), "{troubles:?}");
    // Said once until it changes, however often it was tried.
    assert_eq!(troubles.len(), 2, "{troubles:?}");
    world.end(&plan).await;
    world.all_quiet(SOON).await;
}

async fn says_trouble(world: &World, plan: &Plan, viewer: &Viewer, room: &str, trouble: &str) {
    world
        .state(plan, LATER, &format!("{room}, with {trouble}"), |s| {
            (s["meeting"]["state"] == room && s["meeting"]["why"] == trouble).then_some(())
        })
        .await;
    let state = why(viewer, &format!("bbb_{trouble}")).await;
    assert_eq!(state["meeting"], room, "{state}");
}

/// A handler never calls BBB: pages are as quick while it hangs as when it is well.
async fn pages_are_quick(world: &World, plan: &Plan) {
    for path in [
        "/live".to_owned(),
        format!("/live/{}", plan.event),
        format!("/join/{}", plan.meeting),
    ] {
        let begun = Instant::now();
        let asked = world
            .server
            .http()
            .get(format!("{}{path}", world.server.base))
            .send()
            .await;
        let status = asked.expect("a page").status().as_u16();
        assert!(status < 500, "{path}: {status}");
        // Far below BBB's own deadline of this test's slowest answer.
        assert!(
            begun.elapsed() < Duration::from_secs(3),
            "{path} took {:?}",
            begun.elapsed()
        );
    }
    for path in [
        "/meetings".to_owned(),
        format!("/meetings/{}", plan.meeting),
        format!("/join/{}/state", plan.meeting),
    ] {
        let begun = Instant::now();
        let asked = world.server.http().get(format!("{}{path}", world.server.base));
        let answer = asked.bearer_auth(&world.presenter.token).send().await.expect("a page");
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        assert!(
            begun.elapsed() < Duration::from_secs(3),
            "{path} took {:?}",
            begun.elapsed()
        );
    }
}

#[tokio::test]
async fn down() {
    let mut bridge = Bridge::new(free_port());
    let at: &'static str = Box::leak(bridge.address().into_boxed_str());
    let world = world("g2", vec![("bbb_url", at)]).await;
    bridge.leads_to(&world.sim.base);
    let plan = world.plan("BBB is off").await;
    let viewer = watching(&world, &plan).await;
    world.start(&plan).await;
    says_trouble(&world, &plan, &viewer, "opening", "unreachable").await;
    pages_are_quick(&world, &plan).await;
    assert_eq!(world.sim.calls_named("create").await.len(), 0);
    bridge.up().await;
    world.open(&plan).await;
    world.live(&plan, LATER, "on_air").await;
    viewer.state(SOON, json!({ "why": null })).await;

    // It goes again in the middle of the live: the picture runs on, and nothing is over.
    bridge.down();
    says_trouble(&world, &plan, &viewer, "open", "unreachable").await;
    assert_eq!(world.presenter.state(&plan.meeting).await["live"]["state"], "on_air");
    bridge.up().await;
    viewer
        .state(SOON, json!({ "why": null, "live": "on_air", "meeting": "open" }))
        .await;
    let troubles = told(&world.server, "SessionTroubled").await;
    assert_eq!(
        troubles,
        [json!({ "trouble": "unreachable" }), json!({ "trouble": "unreachable" })]
    );
    assert_eq!(told(&world.server, "SessionRecovered").await.len(), 1);
    assert_eq!(told(&world.server, "SessionClosed").await, Vec::<Value>::new());
    world.end(&plan).await;
    world.all_quiet(SOON).await;
}

/// Census M4: without deadlines, lists and waiting pages asked BBB once a card and once a poll, and hung with it.
#[tokio::test]
async fn slow() {
    troubled(json!({ "on": "bbb", "kind": "slow", "ms": 30_000 }), "unreachable").await;
}

#[tokio::test]
async fn html_502() {
    troubled(json!({ "on": "bbb", "kind": "status", "code": 502 }), "bad_answer").await;
}

#[tokio::test]
async fn empty_200() {
    troubled(json!({ "on": "bbb", "kind": "empty" }), "bad_answer").await;
}

#[tokio::test]
async fn broken_xml() {
    troubled(json!({ "on": "bbb", "kind": "broken_xml" }), "bad_answer").await;
}

#[tokio::test]
async fn wrong_secret() {
    let mut world = world("g2", vec![("bbb_secret", "not-the-secret")]).await;
    let plan = world.plan("Wrong secret").await;
    let viewer = watching(&world, &plan).await;
    world.start(&plan).await;
    says_trouble(&world, &plan, &viewer, "opening", "wrong_secret").await;
    let creates = world.sim.calls_named("create").await;
    assert!(
        !creates.is_empty() && creates.iter().all(|c| !c.applied()),
        "{creates:?}"
    );
    assert_eq!(
        told(&world.server, "SessionTroubled").await,
        [json!({ "trouble": "wrong_secret" })]
    );
    // `amphi check` says it beforehand.
    let checked = world.server.run(&["check"], None).await;
    assert_eq!(checked.status, Some(1), "{}", checked.stdout);
    assert!(checked.stdout.contains("secret"), "{}", checked.stdout);
    // Mended in the settings, it goes on where it was.
    world.server.stop().await;
    world.server.setting("bbb_secret", SECRET);
    world.server.start().await;
    world.open(&plan).await;
    world.live(&plan, LATER, "on_air").await;
    world.end(&plan).await;
    world.all_quiet(SOON).await;
}

#[tokio::test]
async fn forgotten_room() {
    let world = world("g2", vec![]).await;
    let plan = world.plan("Forgotten").await;
    let viewer = watching(&world, &plan).await;
    world.on_air(&plan).await;
    let (status, said) = world
        .sim
        .post(&format!("/sim/forget/{}", plan.meeting), &Value::Null)
        .await;
    assert!((200..300).contains(&status), "{said}");
    viewer
        .state(
            SOON,
            json!({ "meeting": "closed", "live": "ended", "why": "session_over" }),
        )
        .await;
    world.all_quiet(SOON).await;
    assert_eq!(
        told(&world.server, "SessionClosed").await,
        [json!({ "ended_by": "polling" })]
    );
    assert_eq!(
        told(&world.server, "LiveStopped").await,
        [json!({ "why": "session_over" })]
    );
    let state = world.presenter.state(&plan.meeting).await;
    assert_eq!(state["meeting"]["state"], "closed", "{state}");
}
