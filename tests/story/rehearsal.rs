//! Before a webinar: its rehearsal, and the look at everything that it needs.

use std::time::Duration;

use serde_json::{Value, json};

use crate::faults::told;
use crate::harness::{Plan, SimOptions, Viewer, World, WorldOptions, eventually, rfc3339};

const SOON: Duration = Duration::from_secs(20);
const AIR: Duration = Duration::from_secs(45);

async fn world(gateways: &'static str, flags: Vec<&'static str>, more: Vec<(&'static str, &'static str)>) -> World {
    World::with(WorldOptions {
        sim: SimOptions { gateways, flags },
        settings: more,
        adds: None,
    })
    .await
}

async fn planned(world: &World, in_seconds: i64) -> Plan {
    let new = json!({
        "name": "Rentrée", "starts_at": rfc3339(in_seconds), "duration_s": 3600, "is_webinar": true, "enable_chat": true,
    });
    let made = world.presenter.post("/meetings", &new).await.ok();
    let text = |v: &Value| v.as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
    Plan {
        meeting: text(&made["id"]),
        event: text(&made["event"]),
    }
}

async fn rehearsed(world: &World, plan: &Plan) -> Value {
    let path = format!("/meetings/{}/rehearsal", plan.meeting);
    eventually(AIR, "the rehearsal is over", async || {
        let said = world.presenter.get(&path).await.ok();
        if said["state"] == "running" {
            Err(said)
        } else {
            Ok(said)
        }
    })
    .await
}

fn states(report: &Value) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let steps = report["steps"].as_array().expect("steps");
    steps.iter().map(|s| (text(&s["step"]), text(&s["state"]))).collect()
}

/// Nothing holds a gateway, runs, or is open.
async fn nothing_is_left(world: &World, reservations: usize) {
    world.all_quiet(SOON).await;
    // BBB takes a moment to let a room go.
    eventually(SOON, "no room is open", async || {
        let rooms = world.sim.get("/sim/meetings").await;
        if rooms == json!([]) { Ok(()) } else { Err(rooms) }
    })
    .await;
    for gateway in world.admin.get("/gateways").await.ok()["items"]
        .as_array()
        .expect("gateways")
    {
        assert_eq!(
            (&gateway["taken_by"], &gateway["run"]),
            (&Value::Null, &Value::Null),
            "{gateway}"
        );
    }
    let (from, to) = (rfc3339(0), rfc3339(600));
    let path = format!(
        "/gateways/availability?from={}&to={}",
        from.replace('+', "%2B"),
        to.replace('+', "%2B")
    );
    let free = world.admin.get(&path).await.ok();
    let held = free["gateways"]
        .as_array()
        .expect("gateways")
        .iter()
        .filter(|g| g["free"] == false)
        .count();
    assert_eq!(held, reservations, "{free}");
}

#[tokio::test]
async fn a_rehearsal_tries_the_whole_chain_reports_each_step_and_leaves_nothing_behind() {
    let world = world("g2", vec![], vec![]).await;
    let plan = planned(&world, 7_200).await;
    let path = format!("/meetings/{}/rehearsal", plan.meeting);
    assert_eq!(world.presenter.get(&path).await.ok()["state"], "none");
    // Somebody watches the public page meanwhile.
    let viewer = Viewer::of(&world.server, &plan.event, None).await;
    let begun = world.presenter.post(&path, &Value::Null).await.ok();
    assert_eq!(begun["state"], "running");
    let again = world.presenter.post(&path, &Value::Null).await;
    assert_eq!(
        (again.status, &again.json()["code"]),
        (409, &json!("rehearsal_not_now")),
        "{}",
        again.text
    );
    let report = rehearsed(&world, &plan).await;
    assert_eq!(report["state"], "passed", "{report}");
    let expected = ["gateway", "room", "start", "robot", "picture", "chat", "stop"];
    let steps = states(&report);
    assert_eq!(steps.iter().map(|(s, _)| s.as_str()).collect::<Vec<_>>(), expected);
    assert!(steps.iter().all(|(_, state)| state == "done"), "{report}");
    assert!(
        report["steps"]
            .as_array()
            .expect("steps")
            .iter()
            .all(|s| s["took_ms"].is_u64()),
        "{report}"
    );
    assert_eq!(report["gateway"], "g2-1");
    nothing_is_left(&world, 0).await;

    // Nothing was public, and nothing was counted.
    let state = viewer.now().state;
    assert_eq!(
        (&state["live"], &state["meeting"], &state["run"]),
        (&json!("off"), &json!("scheduled"), &json!(0)),
        "{state}"
    );
    let sessions = world
        .admin
        .get(&format!("/meetings/{}/sessions", plan.meeting))
        .await
        .ok();
    assert_eq!(sessions["items"], json!([]), "{sessions}");
    let lives = world.admin.get("/live").await.ok();
    assert_eq!((&lives["now"], &lives["past"]), (&json!([]), &json!([])), "{lives}");
    assert_eq!(
        lives["upcoming"].as_array().map(Vec::len),
        Some(1),
        "the webinar itself: {lives}"
    );
}

#[tokio::test]
async fn a_rehearsal_says_which_step_failed_and_takes_the_rest_down() {
    let world = world("g2", vec![], vec![("robot_deadline", "2"), ("picture_deadline", "2")]).await;
    let plan = planned(&world, 7_200).await;
    let path = format!("/meetings/{}/rehearsal", plan.meeting);
    for (knobs, step, fault) in [
        (json!({ "robot": "none" }), "robot", "no_robot"),
        (
            json!({ "robot": "joins", "publishes": "never" }),
            "picture",
            "no_picture",
        ),
    ] {
        world.sim.knobs("g2-1", &knobs).await;
        world.presenter.post(&path, &Value::Null).await.ok();
        let report = rehearsed(&world, &plan).await;
        assert_eq!(report["state"], "failed", "{report}");
        let steps = report["steps"].as_array().expect("steps");
        let failed = steps.iter().find(|s| s["state"] == "failed").expect("a failed step");
        assert_eq!(
            (&failed["step"], &failed["fault"]),
            (&json!(step), &json!(fault)),
            "{report}"
        );
        assert_eq!(steps.last().map(|s| &s["state"]), Some(&json!("done")), "{report}");
        nothing_is_left(&world, 0).await;
    }
    // A gateway that is busy with somebody else's room.
    world
        .sim
        .knobs("g2-1", &json!({ "publishes": "joined", "slots": 0 }))
        .await;
    world.presenter.post(&path, &Value::Null).await.ok();
    let report = rehearsed(&world, &plan).await;
    let failed = report["steps"]
        .as_array()
        .and_then(|s| s.iter().find(|s| s["state"] == "failed").cloned());
    assert_eq!(
        failed.map(|s| s["fault"].clone()),
        Some(json!("gateway_refused")),
        "{report}"
    );
}

#[tokio::test]
async fn a_rehearsal_takes_no_gateway_that_another_webinar_holds_and_makes_way_for_its_own() {
    let world = world("g2", vec![], vec![]).await;
    let now = planned(&world, 0).await;
    let later = planned(&world, 7_200).await;
    let path = format!("/meetings/{}/rehearsal", later.meeting);
    world.presenter.post(&path, &Value::Null).await.ok();
    let report = rehearsed(&world, &later).await;
    assert_eq!(states(&report)[0], ("gateway".into(), "failed".into()), "{report}");
    assert_eq!(report["steps"][0]["fault"], "no_gateway");
    let gone = world.presenter.delete(&format!("/meetings/{}", now.meeting)).await;
    assert_eq!(gone.status, 204, "{}", gone.text);

    // The robot never comes, so it would go on for long; somebody starts the webinar.
    world.sim.knobs("g2-1", &json!({ "robot": "none" })).await;
    eventually(SOON, "the gateway is free for a rehearsal", async || {
        // Refused while the one before is not quite over.
        world.presenter.post(&path, &Value::Null).await;
        let said = eventually(SOON, "the first step is over", async || {
            let said = world.presenter.get(&path).await.ok();
            if said["steps"][0]["state"] == "doing" {
                Err(said)
            } else {
                Ok(said)
            }
        })
        .await;
        if said["steps"][0]["state"] == "done" {
            Ok(())
        } else {
            Err(said)
        }
    })
    .await;
    world.start(&later).await;
    world.sim.knobs("g2-1", &json!({ "robot": "joins" })).await;
    assert_eq!(rehearsed(&world, &later).await["state"], "cancelled");
    world.live(&later, AIR, "on_air").await;
    world.end(&later).await;
    world.all_quiet(SOON).await;
}

/// It held the only spare gateway for minutes, and a lecture whose own had died gave up within one.
#[tokio::test]
async fn a_rehearsal_gives_its_gateway_to_a_lecture_whose_own_dies() {
    let world = world("g2,g2", vec![], vec![("most_failures", "3")]).await;
    let lecture = planned(&world, 0).await;
    world.on_air(&lecture).await;
    let own = world.sim.running().await[0].trim_matches('"').to_owned();
    let spare = if own == "g2-1" { "g2-2" } else { "g2-1" };
    let other = planned(&world, 7_200).await;
    world.sim.knobs(spare, &json!({ "robot": "none" })).await;
    let path = format!("/meetings/{}/rehearsal", other.meeting);
    world.presenter.post(&path, &Value::Null).await.ok();
    eventually(SOON, "the rehearsal's gateway runs", async || {
        let running = world.sim.running().await;
        if running.len() == 2 { Ok(()) } else { Err(running) }
    })
    .await;
    // A robot is what it was told to be when it started: the next one joins, also where it is started at once.
    world.sim.knobs(spare, &json!({ "robot": "joins" })).await;
    // Its own is dead, and serves nobody any more.
    world.sim.knobs(&own, &json!({ "slots": 0 })).await;
    world
        .sim
        .faults(json!([{ "on": format!("gateway@{own}"), "kind": "die", "times": 1 }]))
        .await;
    assert_eq!(rehearsed(&world, &other).await["state"], "cancelled");
    eventually(AIR, "the lecture is on air on the spare one", async || {
        let runs = told(&world.server, "GatewayStartAsked").await;
        let air = told(&world.server, "LiveWentOnAir").await;
        match (runs.first(), air.last()) {
            (Some(first), Some(last)) if first["run"] != last["run"] => Ok(()),
            _ => Err((runs, air)),
        }
    })
    .await;
    let running = world.sim.running().await;
    assert!(running.iter().all(|r| r.contains(spare)), "{running:?}");
    world.end(&lecture).await;
    world.all_quiet(SOON).await;
}

#[tokio::test]
async fn a_rehearsal_whose_program_was_killed_is_taken_down_by_the_next() {
    let world = world("g2", vec![], vec![]).await;
    let plan = planned(&world, 7_200).await;
    world.sim.knobs("g2-1", &json!({ "robot": "none" })).await;
    let path = format!("/meetings/{}/rehearsal", plan.meeting);
    world.presenter.post(&path, &Value::Null).await.ok();
    eventually(SOON, "its gateway runs", async || {
        let running = world.sim.running().await;
        if running.is_empty() { Err(running) } else { Ok(()) }
    })
    .await;
    world.server.restart().await;
    let report = rehearsed(&world, &plan).await;
    assert_eq!(report["state"], "interrupted", "{report}");
    nothing_is_left(&world, 0).await;
}

/// Mails in the data folder's `mail`, as texts.
fn mails(world: &World) -> Vec<String> {
    let folder = world.server.data.join("mail");
    let Ok(entries) = std::fs::read_dir(folder) else {
        return vec![];
    };
    entries
        .flatten()
        .filter_map(|e| std::fs::read_to_string(e.path()).ok())
        .collect()
}

/// Census W28: nobody looked before it began.
#[tokio::test]
async fn what_is_wrong_before_a_webinar_reaches_presenters_and_administrators_once_and_again_when_it_is_moved() {
    let world = world("g2", vec![], vec![("preflight", "3600")]).await;
    let gateway = world.sim.gateway("g2").await;
    world.sim.knobs("g2-1", &json!({ "token": "another" })).await;
    let about = |mails: Vec<String>| {
        mails
            .into_iter()
            .filter(|m| m.contains("vérifier avant le début"))
            .collect::<Vec<_>>()
    };
    let plan = planned(&world, 1_800).await;
    // Of the presenter and of the administrator, one each.
    let first = eventually(SOON, "two mails", async || {
        let found = about(mails(&world));
        if found.len() == 2 { Ok(found) } else { Err(found) }
    })
    .await;
    assert!(
        first
            .iter()
            .all(|m| m.contains("La passerelle\u{a0}: le jeton ou le secret est refusé.")),
        "{first:#?}"
    );
    assert!(
        first.iter().all(|m| !m.contains("BigBlueButton\u{a0}:")),
        "the rest is well: {first:#?}"
    );
    // On the page, by push.
    let console = Viewer::console(&world.server, &plan.event, &world.presenter).await;
    let frame = console
        .until(SOON, "the console says so", |s| {
            let newest = s.frames.iter().rev().find(|f| f["t"] == "console")?;
            (newest["preflight"] != json!([])).then(|| newest.clone())
        })
        .await;
    assert_eq!(
        frame["preflight"],
        json!([{ "what": "gateway", "fault": "wrong_token" }])
    );
    // A restart tells nobody again; moved, it is looked again, and by then it is well.
    world.server.restart().await;
    world.sim.knobs("g2-1", &json!({ "token": gateway["token"] })).await;
    let moved = json!({ "starts_at": rfc3339(2_400), "duration_s": 3600 });
    world
        .presenter
        .patch(&format!("/meetings/{}", plan.meeting), &moved)
        .await
        .ok();
    let console = Viewer::console(&world.server, &plan.event, &world.presenter).await;
    console
        .until(SOON, "nothing is wrong any more", |s| {
            let newest = s.frames.iter().rev().find(|f| f["t"] == "console")?;
            (newest["preflight"] == json!([])).then_some(())
        })
        .await;
    let looks = eventually(SOON, "two looks in the log", async || {
        let path = format!("/events?stream=live-{}&type=LivePreflightDone", plan.event);
        let said = world.admin.get(&path).await.text;
        let looks: Vec<Value> = said.lines().filter_map(|l| serde_json::from_str(l).ok()).collect();
        if looks.len() >= 2 { Ok(looks) } else { Err(looks) }
    })
    .await;
    assert_eq!(looks.len(), 2);
    assert_eq!(about(mails(&world)).len(), 2);
}
