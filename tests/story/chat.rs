//! Step 4: chat both ways, by the way that the server and the gateway allow.

use std::time::Duration;

use serde_json::json;

use crate::harness::{Plan, SimOptions, Viewer, World, WorldOptions};

const SOON: Duration = Duration::from_secs(15);

async fn both_ways(mode: &'static str) {
    let sim = SimOptions {
        gateways: "g2",
        flags: vec!["--clock-speed", "5", "--hook-auth", mode],
    };
    let world = World::with(WorldOptions {
        sim,
        ..WorldOptions::default()
    })
    .await;
    let student = world.server.person("awa", "Awa \u{202e}D.", "user").await;
    let plan = world.plan("With a chat").await;
    let mut viewer = Viewer::of(&world.server, &plan.event, Some(&student)).await;
    world.start(&plan).await;
    world.open(&plan).await;
    viewer.state(SOON, json!({ "meeting": "open" })).await;
    let chat = viewer
        .until(SOON, "a way both ways", |s| {
            (s.state["chat"]["room"] == "both").then(|| s.state["chat"].clone())
        })
        .await;
    assert_eq!(
        (&chat["enabled"], &chat["max_units"]),
        (&true.into(), &500.into()),
        "{chat}"
    );

    // Out: a receipt once it is on disk, then relayed once the room has it.
    let text = "Bonjour à tous 👋 <b>&amp;</b>";
    let receipt = viewer.post("c-1", text).await;
    assert!(
        receipt["position"].as_i64() > Some(0) && receipt["id"].is_string(),
        "{receipt}"
    );
    viewer
        .until(SOON, "relayed", |s| (s.status(text) == "relayed").then_some(()))
        .await;
    let lines = world.sim.chat(&plan.meeting).await;
    let ours: Vec<_> = lines.iter().filter(|(_, said)| said == text).collect();
    assert_eq!(ours.len(), 1, "exactly one line: {lines:?}");
    assert_eq!(
        ours[0].0, "Awa D. (live)",
        "the person's name without what turns the line around, with its mark"
    );
    let shown = viewer.now();
    assert_eq!(shown.line(text).expect("line")["from"]["kind"], "audience", "{shown:?}");

    // Identical lines are told apart by count.
    for n in 0..3 {
        viewer.post(&format!("same-{n}"), "encore").await;
    }
    viewer
        .until(SOON, "three relayed", |s| {
            (s.lines
                .values()
                .filter(|l| l["text"] == "encore" && l["status"] == "relayed")
                .count()
                == 3)
                .then_some(())
        })
        .await;
    let again = world
        .sim
        .chat(&plan.meeting)
        .await
        .iter()
        .filter(|(_, said)| said == "encore")
        .count();
    assert_eq!(again, 3);

    // In: what people in the room write comes to the page; our own echo does not.
    world
        .sim
        .say(&plan.meeting, "Somebody in the room", "Une réponse")
        .await;
    let answer = viewer
        .until(SOON, "the room's answer", |s| s.line("Une réponse").cloned())
        .await;
    assert_eq!(
        (&answer["from"]["kind"], &answer["from"]["name"]),
        (&"room".into(), &"Somebody in the room".into()),
        "{answer}"
    );
    let shown = viewer.now();
    assert_eq!(
        shown.lines.values().filter(|l| l["text"] == text).count(),
        1,
        "no echo: {shown:?}"
    );
    assert_eq!(shown.lines.len(), 5, "{:#?}", shown.lines);

    // History is the same for everybody.
    let history = world.presenter.history(&plan.event).await;
    let texts: Vec<&str> = history.iter().filter_map(|l| l["text"].as_str()).collect();
    assert_eq!(texts, [text, "encore", "encore", "encore", "Une réponse"]);

    // Deliveries made twice or late change nothing.
    world
        .sim
        .faults(json!([{ "on": "hook", "kind": "double", "times": 2 }]))
        .await;
    world.sim.say(&plan.meeting, "Somebody in the room", "Deux fois").await;
    viewer
        .until(SOON, "the line", |s| s.line("Deux fois").map(|_| ()))
        .await;
    viewer.post("c-2", "Après").await;
    viewer
        .until(SOON, "relayed", |s| (s.status("Après") == "relayed").then_some(()))
        .await;
    assert_eq!(
        viewer.now().lines.values().filter(|l| l["text"] == "Deux fois").count(),
        1
    );
    viewer.sound();
    world.end(&plan).await;
    world.all_quiet(SOON).await;
}

/// Census C5: the audience wrote, and saw of the answers what stood in a late picture.
#[tokio::test]
async fn both_ways_with_hooks_that_are_signed() {
    both_ways("checksum").await;
}

#[tokio::test]
async fn both_ways_with_hooks_that_bear_the_secret() {
    both_ways("bearer").await;
}

#[tokio::test]
async fn a_line_whose_call_was_never_answered_is_settled_by_its_echo() {
    let world = World::new().await;
    let plan = world.plan("Silent").await;
    let mut viewer = Viewer::of(&world.server, &plan.event, Some(&world.presenter)).await;
    world.start(&plan).await;
    world.open(&plan).await;
    viewer
        .until(SOON, "a way both ways", |s| {
            (s.state["chat"]["room"] == "both").then_some(())
        })
        .await;
    world
        .sim
        .faults(json!([{ "on": "bbb.sendChatMessage", "kind": "apply_then_silence", "times": 1 }]))
        .await;
    viewer.post("c-1", "Entendu ?").await;
    viewer
        .until(SOON, "relayed", |s| (s.status("Entendu ?") == "relayed").then_some(()))
        .await;
    let count = world
        .sim
        .chat(&plan.meeting)
        .await
        .iter()
        .filter(|(_, t)| t == "Entendu ?")
        .count();
    assert_eq!(count, 1);
    // A presenter on the page is shown as one.
    assert_eq!(
        viewer.now().line("Entendu ?").expect("line")["from"]["kind"],
        "presenter"
    );
}

#[tokio::test]
async fn without_hooks_a_line_of_unknown_fate_says_so() {
    let sim = SimOptions {
        gateways: "g2",
        ..SimOptions::default()
    };
    let world = World::with(WorldOptions {
        sim,
        ..WorldOptions::default()
    })
    .await;
    world
        .sim
        .faults(json!([{ "on": "bbb.hooks/create", "kind": "status", "code": 404 }]))
        .await;
    let plan = world.plan("No hooks").await;
    let mut viewer = Viewer::of(&world.server, &plan.event, Some(&world.presenter)).await;
    world.start(&plan).await;
    world.open(&plan).await;
    viewer
        .until(SOON, "a way out only", |s| {
            (s.state["chat"]["room"] == "out").then_some(())
        })
        .await;
    viewer.post("c-1", "Sûr").await;
    viewer
        .until(SOON, "relayed", |s| (s.status("Sûr") == "relayed").then_some(()))
        .await;
    let mut faults = json!([{ "on": "bbb.hooks/create", "kind": "status", "code": 404 }]);
    faults
        .as_array_mut()
        .expect("list")
        .push(json!({ "on": "bbb.sendChatMessage", "kind": "apply_then_silence", "times": 1 }));
    world.sim.faults(faults).await;
    viewer.post("c-2", "Peut-être").await;
    viewer
        .until(SOON, "unknown", |s| (s.status("Peut-être") == "unknown").then_some(()))
        .await;
    assert_eq!(
        world
            .sim
            .chat(&plan.meeting)
            .await
            .iter()
            .filter(|(_, t)| t == "Peut-être")
            .count(),
        1,
        "never twice"
    );
}

#[tokio::test]
async fn a_line_that_waited_too_long_is_late_and_not_sent() {
    let world = World::with(WorldOptions {
        settings: vec![("late_after", "1.5")],
        adds: Some(vec!["g2"]),
        ..WorldOptions::default()
    })
    .await;
    let plan = world.plan("Late").await;
    let mut viewer = Viewer::of(&world.server, &plan.event, Some(&world.presenter)).await;
    // Nobody is in the room, not even a robot: BBB has nobody to hand a line to.
    world.sim.knobs("g2-1", &json!({ "robot": "none" })).await;
    world.start(&plan).await;
    viewer
        .until(SOON, "a way both ways", |s| {
            (s.state["chat"]["room"] == "both").then_some(())
        })
        .await;
    viewer.post("c-1", "Trop tard").await;
    viewer
        .until(SOON, "late", |s| (s.status("Trop tard") == "late").then_some(()))
        .await;
    world.sim.enter(&plan.meeting, "Somebody in the room").await;
    viewer.post("c-2", "À temps").await;
    viewer
        .until(SOON, "relayed", |s| (s.status("À temps") == "relayed").then_some(()))
        .await;
    let lines = world.sim.chat(&plan.meeting).await;
    assert!(!lines.iter().any(|(_, t)| t == "Trop tard"), "{lines:?}");
}

async fn behind_scalelite(gateway: &'static str) -> (World, Plan, Viewer) {
    let sim = SimOptions {
        gateways: gateway,
        flags: vec!["--clock-speed", "5", "--scalelite"],
    };
    let world = World::with(WorldOptions {
        sim,
        ..WorldOptions::default()
    })
    .await;
    let plan = world.plan("Behind a balancer").await;
    let viewer = Viewer::of(&world.server, &plan.event, Some(&world.presenter)).await;
    world.on_air(&plan).await;
    (world, plan, viewer)
}

#[tokio::test]
async fn where_bbb_takes_no_chat_a_gateway_that_delivers_serves_within_its_limits() {
    let (world, plan, mut viewer) = behind_scalelite("g2").await;
    let chat = viewer
        .until(SOON, "a way out", |s| {
            (s.state["chat"]["room"] == "out").then(|| s.state["chat"].clone())
        })
        .await;
    let most = chat["max_bytes"].as_u64().expect("max_bytes");
    assert!((1..=900).contains(&most), "bytes that the robot survives: {chat}");
    viewer.post("c-1", "Par la passerelle").await;
    viewer
        .until(SOON, "relayed", |s| {
            (s.status("Par la passerelle") == "relayed").then_some(())
        })
        .await;
    // Longer than the gateway takes: refused, never cut, and the robot lives on.
    let long = "é".repeat(usize::try_from(most).expect("a size") / 2 + 1);
    viewer.say("c-2", &long).await;
    let refused = viewer
        .until(SOON, "refused", |s| {
            s.refused.iter().find(|r| r["client_id"] == "c-2").cloned()
        })
        .await;
    assert_eq!(refused["code"], "too_long", "{refused}");
    let lines = world.sim.chat(&plan.meeting).await;
    let ours: Vec<_> = lines.iter().filter(|(_, t)| t.contains("Par la passerelle")).collect();
    assert_eq!(ours.len(), 1, "{lines:?}");
    assert!(
        ours[0].1.contains("Paul"),
        "the robot types the person's name too: {lines:?}"
    );
    assert!(!world.sim.running().await.is_empty());
    world.end(&plan).await;
    world.all_quiet(SOON).await;
}

/// Census C3: *sent* was said where nothing was there to take it.
#[tokio::test]
async fn where_neither_takes_chat_both_sides_are_told() {
    let (world, plan, mut viewer) = behind_scalelite("g5").await;
    viewer
        .until(SOON, "no way", |s| (s.state["chat"]["room"] == "none").then_some(()))
        .await;
    viewer.post("c-1", "Personne n'entend").await;
    viewer
        .until(SOON, "failed", |s| {
            (s.status("Personne n'entend") == "failed").then_some(())
        })
        .await;
    assert!(
        world.sim.calls_named("command").await.is_empty(),
        "a call that would hang is not made"
    );
    world.end(&plan).await;
    world.all_quiet(SOON).await;
}
