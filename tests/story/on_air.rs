//! Step 3: start. The room in BBB, the gateway, its robot, the picture; every step is pushed.

use std::time::Duration;

use reqwest::redirect::Policy;
use serde_json::json;

use crate::harness::{Answer, Plan, Shown, SimOptions, Viewer, World, WorldOptions, eventually, rfc3339};

/// Follows redirects by hand, as a browser does; gives the addresses and the last answer.
async fn follow(url: &str, token: Option<&str>) -> (Vec<String>, Answer) {
    let browser = amphi::outgoing::builder()
        .redirect(Policy::none())
        .build()
        .expect("client");
    let mut way = vec![url.to_owned()];
    loop {
        let at = way.last().expect("an address").clone();
        let mut request = browser.get(&at);
        // The token is for our own address only.
        if let Some(token) = token.filter(|_| way.len() == 1) {
            request = request.bearer_auth(token);
        }
        let answer = Answer::of(at.clone(), request.send().await.expect("an answer")).await;
        if !(300..400).contains(&answer.status) {
            return (way, answer);
        }
        assert!(way.len() < 8, "redirected in a circle: {way:?}");
        let to = reqwest::Url::parse(&at)
            .and_then(|u| u.join(answer.header("location")))
            .expect("a location");
        way.push(to.to_string());
    }
}

/// Census W28: nobody told the presenter that the picture really is on air.
#[tokio::test]
async fn started_every_step_is_pushed_until_the_picture_moves() {
    let world = World::with(WorldOptions {
        sim: SimOptions {
            gateways: "g2",
            ..SimOptions::default()
        },
        ..WorldOptions::default()
    })
    .await;
    let plan = world.plan("Inaugural lecture").await;
    let viewer = Viewer::of(&world.server, &plan.event, None).await;
    let console = Viewer::console(&world.server, &plan.event, &world.presenter).await;
    assert_eq!(viewer.now().state["meeting"], "scheduled", "{:?}", viewer.now().state);
    assert_eq!(viewer.now().state["live"], "off");

    // Nobody comes in by the way before it is open: the page waits.
    let join = world
        .presenter
        .post(&format!("/meetings/{}/join", plan.meeting), &json!(null))
        .await
        .ok();
    let join_url = join["join_url"].as_str().expect("join_url").to_owned();
    assert!(
        join_url.starts_with(&world.server.base),
        "an address of ours: {join_url}"
    );
    let (_, waiting) = follow(&join_url, Some(&world.presenter.token)).await;
    assert_eq!(waiting.status, 200, "{}", waiting.text);
    assert!(world.sim.room(&plan.meeting).await.is_none());

    world.start(&plan).await;
    viewer
        .state(Duration::from_secs(15), json!({ "meeting": "open" }))
        .await;
    let (way, room) = follow(&join_url, Some(&world.presenter.token)).await;
    assert_eq!(room.status, 200, "{way:?} {}", room.text);
    assert!(
        way.iter()
            .any(|u| u.contains("/bigbluebutton/api/join") && u.contains("checksum=")),
        "{way:?}"
    );
    assert!(
        world
            .sim
            .people(&plan.meeting)
            .await
            .contains(&"Paul Présentateur".to_owned())
    );

    let on_air = viewer
        .state(Duration::from_secs(30), json!({ "meeting": "open", "live": "on_air" }))
        .await;
    assert!(on_air["run"].as_i64() >= Some(1), "{on_air}");
    let shown = viewer.now();
    let rooms: Vec<&str> = shown.states.iter().filter_map(|s| s["meeting"].as_str()).collect();
    let opening = rooms.iter().position(|m| *m == "opening").expect("opening is pushed");
    assert!(
        rooms
            .iter()
            .position(|m| *m == "open")
            .is_some_and(|open| opening < open),
        "{rooms:?}"
    );
    assert_eq!(shown.live_words(), ["off", "starting", "on_air"]);
    viewer.sound();

    // What only presenters are told: that the robot is in the room.
    let told = console.now();
    let robot = told.frames.iter().position(|f| f.to_string().contains("robot"));
    assert!(
        robot.is_some(),
        "the console says that the robot is in the room: {:#?}",
        told.states
    );
    console.sound();
    let state = world.presenter.state(&plan.meeting).await;
    let at = |v: &serde_json::Value| v.as_str().map_or_else(|| panic!("{state}"), str::to_owned);
    let (robot, air) = (at(&state["live"]["robot_since"]), at(&state["live"]["on_air_since"]));
    assert!(robot <= air && state["live"]["since"] == air.as_str(), "{state}");

    // The room was made by the rules, and the robot came in through our door.
    let create = world.sim.calls_named("create").await.pop().expect("create");
    assert_eq!(
        create.params.get("endWhenNoModerator").map(String::as_str),
        Some("true")
    );
    assert_eq!(create.params["meetingID"], plan.meeting);
    let starts = world.sim.calls_named("start").await;
    let start = starts.iter().find(|c| c.params.contains_key("room")).expect("start");
    let room = &start.params["room"];
    assert!(
        room.len() == 10 && room.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()),
        "{room}"
    );
    let users = world.sim.room(&plan.meeting).await.expect("room")["users"].clone();
    let users = users.as_array().expect("users");
    assert!(
        users.iter().any(|u| u["bot"] == true),
        "the robot is there, as a bot: {users:?}"
    );

    // The robot's door is shut for a second one, and leaves no trace in the log.
    let second = reqwest::get(format!("{}/robot/{room}", world.server.base))
        .await
        .expect("answer");
    assert_eq!(second.headers()["cache-control"], "no-store");
    assert!(
        !world.server.said().contains(room.as_str()),
        "the room's token is masked in logs"
    );

    let playback = world
        .presenter
        .get(&format!("/live/{}/playback", plan.event))
        .await
        .ok();
    let playlist = reqwest::get(playback["hls_url"].as_str().expect("hls_url"))
        .await
        .expect("a playlist");
    assert!(playlist.text().await.expect("text").starts_with("#EXTM3U"));

    world.end(&plan).await;
    world.all_quiet(Duration::from_secs(15)).await;
    let closed = viewer
        .state(Duration::from_secs(15), json!({ "meeting": "closed", "live": "ended" }))
        .await;
    assert_eq!(closed["meeting"], "closed");
    viewer.sound();
}

/// Census W6: only the owner's coming in started the picture; opened by a co-owner, the room met and nothing was broadcast.
#[tokio::test]
async fn a_co_owner_starts_and_a_stranger_does_not() {
    let world = World::new().await;
    let second = world.server.person("petra", "Petra", "staff").await;
    let stranger = world.server.person("stefan", "Stefan", "staff").await;
    let mut body = World::webinar("Together");
    body["additional_owners"] = json!(["petra"]);
    let made = world.presenter.post("/meetings", &body).await.ok();
    let id = made["id"].as_str().expect("id");
    stranger
        .post(&format!("/meetings/{id}/start"), &json!(null))
        .await
        .problem(403, "forbidden");
    second.post(&format!("/meetings/{id}/start"), &json!(null)).await.ok();
    // Not the room alone: the picture follows, though its owner has not come.
    let plan = Plan {
        meeting: id.to_owned(),
        event: made["event"].as_str().expect("an event").to_owned(),
    };
    world.open(&plan).await;
    world.live(&plan, Duration::from_secs(30), "on_air").await;
    second.post(&format!("/meetings/{id}/end"), &json!(null)).await.ok();
    world.all_quiet(Duration::from_secs(20)).await;
}

#[tokio::test]
async fn every_generation_gets_its_picture_on_air() {
    let sim = SimOptions {
        gateways: "g1,g3,g4,g5",
        ..SimOptions::default()
    };
    let world = World::with(WorldOptions {
        sim,
        ..WorldOptions::default()
    })
    .await;
    let mut plans = Vec::new();
    for (name, _) in &world.gateways {
        plans.push(world.plan(&format!("On one of them, {name} perhaps")).await);
    }
    for plan in &plans {
        world.start(plan).await;
    }
    for plan in &plans {
        world.live(plan, Duration::from_secs(45), "on_air").await;
    }
    let used: std::collections::BTreeSet<String> = world.sim.running().await.into_iter().collect();
    assert_eq!(used.len(), plans.len(), "{used:?}");
    // A gateway's picture goes on beyond the planned end, until somebody ends it or the overrun is over.
    let shortened = json!({ "starts_at": rfc3339(-3700), "duration_s": 3600 });
    let moved = world
        .presenter
        .patch(&format!("/meetings/{}", plans[0].meeting), &shortened)
        .await;
    assert!(moved.status == 200 || moved.status == 409, "{}", moved.text);
    for plan in &plans {
        world.end(plan).await;
    }
    world.all_quiet(Duration::from_secs(20)).await;
}

/// Robots among those whom the newest frame of the console lists.
fn robots(shown: &Shown) -> Option<usize> {
    let newest = shown.frames.iter().rev().find(|f| f["t"] == "console")?;
    let people = newest["participants"].as_array()?;
    Some(people.iter().filter(|p| p["robot"] == true).count())
}

#[tokio::test]
async fn a_robot_that_left_is_listed_no_longer() {
    const SOON: Duration = Duration::from_secs(15);
    let world = World::with(WorldOptions {
        // No other robot takes its place meanwhile; and BBB lists who left for a whole minute.
        settings: vec![("heal_after", "600")],
        adds: Some(vec!["g2"]),
        sim: SimOptions {
            gateways: "g2",
            flags: vec![],
        },
    })
    .await;
    let plan = world.plan("A robot leaves").await;
    world.on_air(&plan).await;
    let console = Viewer::console(&world.server, &plan.event, &world.presenter).await;
    console
        .until(SOON, "the robot is listed", |s| (robots(s) == Some(1)).then_some(()))
        .await;
    let room = world.sim.room(&plan.meeting).await.expect("a room");
    let users = room["users"].as_array().expect("users");
    let robot = users.iter().find(|u| u["bot"] == true).expect("a robot");
    world
        .sim
        .leave(&plan.meeting, robot["id"].as_str().expect("an id"))
        .await;
    console
        .until(SOON, "the robot is gone", |s| (robots(s) == Some(0)).then_some(()))
        .await;
    // Looks at the room, where BBB still lists it, do not bring it back.
    let looks = async || world.sim.calls_named("getMeetingInfo").await.len();
    let before = looks().await;
    eventually(SOON, "three more looks at the room", async || {
        let now = looks().await;
        if now >= before + 3 { Ok(()) } else { Err(now) }
    })
    .await;
    assert_eq!(robots(&console.now()), Some(0));
}
