//! Sessions that another front end (Moodle, Greenlight) opened on the same BBB: found by looking, offered to whose they are, broadcast, and over
//! with the session. BBB's errors are *unknown*: they stop nothing (census §10).

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Person, Plan, Viewer, World, WorldOptions, eventually, rfc3339};

const SOON: Duration = Duration::from_secs(20);
const AIR: Duration = Duration::from_secs(40);
/// Long enough for several looks at everything.
const SEVERAL_LOOKS: Duration = Duration::from_secs(3);

async fn world(adds: Vec<&'static str>, more: &[(&'static str, &'static str)]) -> World {
    let mut settings = vec![("elsewhere", "true"), ("elsewhere_poll", "0.3")];
    settings.extend(more);
    World::with(WorldOptions {
        settings,
        adds: Some(adds),
        ..WorldOptions::default()
    })
    .await
}

/// Another front end opens a session; its moderators as (user id, name).
async fn opens(world: &World, id: &str, name: &str, moderators: &[(&str, &str)]) {
    let moderators: Vec<Value> = moderators.iter().map(|(i, n)| json!({ "id": i, "name": n })).collect();
    let body = json!({ "id": id, "name": name, "moderators": moderators, "viewers": [{ "name": "Awa Diop" }] });
    let (status, made) = world.sim.post("/sim/foreign", &body).await;
    assert_eq!(status, 201, "{made}");
}

async fn ends(world: &World, id: &str) {
    let (status, said) = world.sim.post(&format!("/sim/meetings/{id}/end"), &Value::Null).await;
    assert_eq!(status, 204, "{said}");
}

async fn seen(who: &Person) -> Value {
    who.get("/elsewhere").await.ok()
}

fn named<'a>(seen: &'a Value, name: &str) -> Option<&'a Value> {
    seen["items"]
        .as_array()
        .expect("items")
        .iter()
        .find(|s| s["name"] == name)
}

/// Waits until a session is offered; its id.
async fn offered(who: &Person, name: &str) -> String {
    eventually(SOON, "it is offered", async || {
        let seen = seen(who).await;
        let found = named(&seen, name).map(|s| s["id"].as_str().expect("an id").to_owned());
        found.ok_or(seen)
    })
    .await
}

async fn asks(who: &Person, id: &str, body: Value) -> crate::harness::Answer {
    who.post(&format!("/elsewhere/{id}/live"), &body).await
}

/// Begins the live of a session.
async fn begins(who: &Person, id: &str, body: Value) -> Plan {
    let made = asks(who, id, body).await.ok();
    Plan {
        meeting: made["id"].as_str().expect("an id").to_owned(),
        event: made["event"].as_str().expect("a live").to_owned(),
    }
}

/// Its live is over and no gateway runs.
async fn over(world: &World, plan: &Plan) {
    world
        .state(plan, AIR, "the live is over", |s| {
            let off = ["off", "ended"].contains(&s["live"]["state"].as_str().unwrap_or_default());
            (off && s["meeting"]["state"] == "closed").then_some(())
        })
        .await;
    world.all_quiet(SOON).await;
}

#[tokio::test]
async fn a_session_is_offered_to_its_moderator_and_to_nobody_else() {
    let world = world(vec![], &[]).await;
    let moodle = world.server.person("mdupont", "Marie Dupont", "staff").await;
    let one = world.server.person("zmartin1", "Zoé Martin", "staff").await;
    let two = world.server.person("zmartin2", "Zoe MARTIN", "staff").await;
    let student = world.server.person("awa", "Awa Diop", "user").await;
    // A meeting of our own is nobody's from elsewhere.
    let own = world.plan("Our own").await;
    world.start(&own).await;
    world.open(&own).await;
    opens(&world, "moodle-7", "Optique", &[("4711", "DUPONT Marie")]).await;
    opens(&world, "gl-room", "Acoustique", &[("gl-1", "Zoé Martin")]).await;
    opens(&world, "by-id", "Algèbre", &[("zmartin2", "Prof")]).await;
    let (status, _) = world.sim.post("/sim/meetings/moodle-7/breakout", &Value::Null).await;
    assert_eq!(status, 201);
    offered(&moodle, "Optique").await;
    offered(&two, "Algèbre").await;
    eventually(SOON, "breakout rooms are said", async || {
        let seen = seen(&moodle).await;
        if named(&seen, "Optique").is_some_and(|s| s["breakouts"] == true) {
            Ok(())
        } else {
            Err(seen)
        }
    })
    .await;
    let count = async |who: &Person| seen(who).await["items"].as_array().expect("items").len();
    assert_eq!(
        (count(&moodle).await, count(&one).await, count(&two).await),
        (1, 0, 1),
        "homonyms are offered nothing by name"
    );
    assert_eq!((count(&student).await, count(&world.presenter).await), (0, 0));
    // Administrators see all of them, and who shares a name.
    let all = seen(&world.admin).await;
    let names: Vec<&str> = all["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|s| s["name"].as_str())
        .collect();
    assert_eq!(names.len(), 3, "neither ours nor the breakout room: {names:?}");
    let homonyms = named(&all, "Acoustique").expect("it is there")["people_matched"]
        .as_array()
        .expect("a list")
        .clone();
    assert!(
        homonyms.len() == 2 && homonyms.iter().all(|m| m["by"] == "homonym"),
        "{homonyms:?}"
    );
    // What is not offered can't be taken, and nobody hears that it is there.
    let key = named(&all, "Acoustique").expect("there")["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    asks(&one, &key, json!({})).await.problem(404, "not_found");
    asks(&moodle, &key, json!({})).await.problem(404, "not_found");
    asks(&student, &key, json!({})).await.problem(403, "forbidden");
    let mine = offered(&moodle, "Optique").await;
    asks(&moodle, &mine, json!({ "record": true }))
        .await
        .problem(422, "no_recording");
    asks(&moodle, &mine, json!({ "owner": "zmartin1" }))
        .await
        .problem(403, "forbidden");
    // An administrator begins it in the name of one of the two.
    let plan = begins(&world.admin, &key, json!({ "owner": "zmartin2" })).await;
    let made = two.get(&format!("/meetings/{}", plan.meeting)).await.ok();
    assert_eq!(
        made["owner"]["id"],
        homonyms.iter().find(|m| m["name"] == "Zoe MARTIN").expect("there")["id"]
    );
    one.get(&format!("/meetings/{}", plan.meeting))
        .await
        .problem(403, "forbidden");
}

#[tokio::test]
async fn broadcast_it_is_on_air_and_the_audience_writes_into_its_room() {
    let world = world(vec!["g2"], &[]).await;
    opens(&world, "moodle-7", "Optique", &[("paul", "P.")]).await;
    let key = offered(&world.presenter, "Optique").await;
    let plan = begins(&world.presenter, &key, json!({ "chat": true })).await;
    // A second click is the same live.
    let again = asks(&world.presenter, &key, json!({})).await;
    assert_eq!(
        (again.status, again.ok()["id"].as_str()),
        (200, Some(plan.meeting.as_str()))
    );
    world.live(&plan, AIR, "on_air").await;
    assert!(
        world.sim.people("moodle-7").await.iter().any(|n| n.starts_with("Live")),
        "the robot is in the room"
    );
    assert!(world.sim.room(&plan.meeting).await.is_none(), "no room of our own");
    let join = world.sim.calls_named("join").await.pop().expect("the robot joined");
    assert_eq!(join.params.get("meetingID").map(String::as_str), Some("moodle-7"));

    // The audience's lines stand in the room, and the room's on the page.
    let awa = world.server.person("awa", "Awa Diop", "user").await;
    let mut viewer = Viewer::of(&world.server, &plan.event, Some(&awa)).await;
    viewer.post("c-1", "On entend bien !").await;
    viewer
        .until(SOON, "it is relayed", |s| {
            (s.status("On entend bien !") == "relayed").then_some(())
        })
        .await;
    assert_eq!(
        world.sim.chat("moodle-7").await,
        [("Awa Diop (live)".to_owned(), "On entend bien !".to_owned())]
    );
    world.sim.say("moodle-7", "P.", "Merci").await;
    viewer
        .until(SOON, "the room's line", |s| s.line("Merci").map(|_| ()))
        .await;

    // What needs a room of one's own is refused.
    let at = |path: &str| format!("/meetings/{}{path}", plan.meeting);
    let patch = json!({ "name": "Another" });
    world
        .presenter
        .patch(&at(""), &patch)
        .await
        .problem(409, "meeting_elsewhere");
    let invite = json!({ "addresses": ["zoe@univ.example"], "language": "en" });
    world
        .presenter
        .post(&at("/invitations"), &invite)
        .await
        .problem(409, "meeting_elsewhere");
    world
        .presenter
        .post(&at("/start"), &Value::Null)
        .await
        .problem(409, "meeting_elsewhere");
    world
        .presenter
        .post(&at("/rehearsal"), &Value::Null)
        .await
        .problem(409, "meeting_elsewhere");
    let page = |path: String| {
        let request = world.server.http().get(format!("{}{path}", world.server.base));
        request.bearer_auth(&world.presenter.token).send()
    };
    // Nobody is led into somebody else's room from here.
    let door = page(format!("/join/{}", plan.meeting)).await.expect("an answer");
    assert!(door.status().is_redirection(), "{}", door.status());
    let to = door.headers()["location"].to_str().expect("text").to_owned();
    assert!(to.ends_with(&format!("/live/{}", plan.event)), "{to}");

    // Stopped by hand, the session goes on without an audience, and is offered again.
    world.presenter.post(&at("/live/stop"), &Value::Null).await.ok();
    over(&world, &plan).await;
    assert!(world.sim.room("moodle-7").await.is_some());
    // What is said there from now on is not for us.
    assert!(!world.sim.calls_named("hooks/destroy").await.is_empty());
    world.sim.say("moodle-7", "P.", "Entre nous").await;
    let calls = world.sim.calls().await;
    assert!(
        !calls.iter().any(|c| ["create", "end"].contains(&c.name.as_str())),
        "neither made nor ended"
    );
    world
        .presenter
        .post(&at("/start"), &Value::Null)
        .await
        .problem(409, "meeting_elsewhere");
    let second = begins(&world.presenter, &key, json!({})).await;
    assert_ne!(second.meeting, plan.meeting);
    world.live(&second, AIR, "on_air").await;
    // What is over is over in the lists too, whatever it was planned for.
    let over = world.presenter.get(&at("")).await.ok();
    let (began, ended) = (
        over["starts_at"].as_str().expect("a time"),
        over["duration_s"].as_i64().expect("seconds"),
    );
    assert!(over["state"] == "closed" && ended <= 120, "{began} {over}");
    for live in [&plan, &second] {
        let history = world.presenter.history(&live.event).await;
        assert!(history.iter().all(|l| l["text"] != "Entre nous"), "{history:?}");
    }
}

/// Census §10.6: a BBB API error during stop leaves an empty list of sessions and so stops every live.
#[tokio::test]
async fn errors_of_bbb_stop_nothing_and_the_end_of_the_session_does() {
    let world = world(vec!["g2"], &[]).await;
    opens(&world, "moodle-7", "Optique", &[("paul", "P.")]).await;
    let key = offered(&world.presenter, "Optique").await;
    let plan = begins(&world.presenter, &key, json!({})).await;
    world.live(&plan, AIR, "on_air").await;
    for fault in ["status", "empty", "broken_xml", "error_inside_success", "reset"] {
        let on = |call: &str| json!({ "on": format!("bbb.{call}"), "kind": fault });
        world.sim.faults(json!([on("getMeetings"), on("getMeetingInfo")])).await;
        eventually(SOON, "BBB is said to be silent", async || {
            let seen = seen(&world.presenter).await;
            let state = world.presenter.state(&plan.meeting).await;
            if seen["unknown_since"].is_null() || state["meeting"]["why"].is_null() {
                Err((seen, state))
            } else {
                Ok(())
            }
        })
        .await;
        tokio::time::sleep(SEVERAL_LOOKS / 5).await;
        assert!(
            named(&seen(&world.presenter).await, "Optique").is_some(),
            "{fault}: unknown, not over"
        );
        assert_eq!(
            world.presenter.state(&plan.meeting).await["live"]["state"],
            "on_air",
            "{fault}"
        );
        world.sim.faults(json!([])).await;
        eventually(SOON, "BBB answers again", async || {
            let seen = seen(&world.presenter).await;
            let state = world.presenter.state(&plan.meeting).await;
            if seen["unknown_since"].is_null() && state["meeting"]["why"].is_null() {
                Ok(())
            } else {
                Err((seen, state))
            }
        })
        .await;
    }
    ends(&world, "moodle-7").await;
    over(&world, &plan).await;
    eventually(SOON, "it is offered no longer", async || {
        let seen = seen(&world.presenter).await;
        if seen["items"] == json!([]) && seen["running"] == 0 {
            Ok(())
        } else {
            Err(seen)
        }
    })
    .await;
}

/// The same room, opened again at once: another session, which nobody asked to broadcast.
#[tokio::test]
async fn a_room_that_is_opened_again_is_another_session() {
    let world = world(vec!["g2"], &[]).await;
    opens(&world, "moodle-7", "Optique", &[("paul", "P.")]).await;
    let key = offered(&world.presenter, "Optique").await;
    let plan = begins(&world.presenter, &key, json!({})).await;
    world.live(&plan, AIR, "on_air").await;
    ends(&world, "moodle-7").await;
    opens(&world, "moodle-7", "Optique, encore", &[("paul", "P.")]).await;
    over(&world, &plan).await;
    let again = offered(&world.presenter, "Optique, encore").await;
    assert_ne!(again, key);
    assert!(world.sim.room("moodle-7").await.is_some(), "the new session goes on");
}

#[tokio::test]
async fn one_live_a_session_and_so_many_at_once_with_a_clear_message() {
    let world = world(vec!["g2"], &[("elsewhere_lives", "1")]).await;
    let zoe = world.server.person("zoe", "Zoé Martin", "staff").await;
    opens(&world, "moodle-7", "Optique", &[("paul", "P."), ("zoe", "Z.")]).await;
    opens(&world, "moodle-8", "Acoustique", &[("zoe", "Z.")]).await;
    let key = offered(&world.presenter, "Optique").await;
    let other = offered(&zoe, "Acoustique").await;
    // Both at the same moment: one of them is told who does it.
    let (one, two) = tokio::join!(asks(&world.presenter, &key, json!({})), asks(&zoe, &key, json!({})));
    let (won, lost, by) = if one.status == 201 {
        (one, two, "Paul Présentateur")
    } else {
        (two, one, "Zoé Martin")
    };
    assert_eq!(won.status, 201, "{}", won.text);
    assert_eq!(lost.problem(409, "session_broadcast")["by"], by);
    let full = asks(&zoe, &other, json!({})).await.problem(409, "too_many_sessions");
    assert!(full["most"] == 1 && full["next_free"].is_string(), "{full}");
    let url = format!("{}/elsewhere/{other}?lang=en", world.server.base);
    let page = world
        .server
        .http()
        .get(url)
        .bearer_auth(&zoe.token)
        .send()
        .await
        .expect("an answer");
    let text = page.text().await.expect("text");
    assert!(text.contains("as there may be at once (1)"), "{text}");
    // Its end frees the place.
    let made = won.ok();
    let plan = Plan {
        meeting: made["id"].as_str().expect("an id").to_owned(),
        event: made["event"].as_str().expect("a live").to_owned(),
    };
    world
        .admin
        .post(&format!("/meetings/{}/end", plan.meeting), &Value::Null)
        .await
        .ok();
    eventually(SOON, "there is room for another", async || {
        let answer = asks(&zoe, &other, json!({})).await;
        if answer.status == 201 { Ok(()) } else { Err(answer.text) }
    })
    .await;
    assert!(world.sim.room("moodle-7").await.is_some(), "ended for nobody");
}

#[tokio::test]
async fn killed_in_the_middle_it_goes_on_and_ends_with_its_session() {
    let world = world(vec!["g2"], &[]).await;
    opens(&world, "moodle-7", "Optique", &[("paul", "P.")]).await;
    let key = offered(&world.presenter, "Optique").await;
    let plan = begins(&world.presenter, &key, json!({})).await;
    world.server.restart().await;
    world.live(&plan, AIR, "on_air").await;
    let starts = world
        .sim
        .calls()
        .await
        .iter()
        .filter(|c| c.name == "start" && c.applied())
        .count();
    world.server.kill();
    world.server.start().await;
    world.live(&plan, AIR, "on_air").await;
    offered(&world.presenter, "Optique").await;
    asks(&world.admin, &key, json!({}))
        .await
        .problem(409, "session_broadcast");
    let now = world
        .sim
        .calls()
        .await
        .iter()
        .filter(|c| c.name == "start" && c.applied())
        .count();
    assert_eq!(now, starts, "what runs is not started a second time");
    world.server.kill();
    ends(&world, "moodle-7").await;
    world.server.start().await;
    over(&world, &plan).await;
}

#[tokio::test]
async fn administrators_are_told_and_names_are_gone_after_the_setting() {
    let world = world(vec!["g2"], &[("elsewhere_names_hours", "0")]).await;
    opens(&world, "moodle-7", "Optique", &[("paul", "P."), ("gl-9", "Zoé Martin")]).await;
    let key = offered(&world.presenter, "Optique").await;
    let mail = json!({ "mail": "ada@univ.example" });
    world.admin.call(Method::PUT, "/me/mail", Some(&mail), &[]).await.ok();
    let plan = begins(&world.presenter, &key, json!({})).await;
    world.live(&plan, AIR, "on_air").await;
    let folder = world.server.data.join("mail");
    eventually(SOON, "the administrator has a mail", async || {
        let files = std::fs::read_dir(&folder)
            .map(|d| d.flatten().map(|f| f.path()).collect::<Vec<_>>())
            .unwrap_or_default();
        let texts: Vec<String> = files.iter().filter_map(|f| std::fs::read_to_string(f).ok()).collect();
        if texts.iter().any(|t| t.contains("Optique") && t.contains(&plan.event)) {
            Ok(())
        } else {
            Err(texts)
        }
    })
    .await;
    let sessions = world
        .admin
        .get(&format!("/meetings/{}/sessions", plan.meeting))
        .await
        .ok();
    let session = sessions["items"][0]["id"].as_str().expect("a session").to_owned();
    let names = async || {
        let stays = world.admin.get(&format!("/sessions/{session}/attendance")).await.ok();
        let stays = stays["items"].as_array().expect("stays").clone();
        stays
            .iter()
            .filter_map(|s| s["name"].as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    eventually(SOON, "who is there is known", async || {
        let names = names().await;
        if names.contains(&"Zoé Martin".to_owned()) {
            Ok(())
        } else {
            Err(names)
        }
    })
    .await;
    ends(&world, "moodle-7").await;
    over(&world, &plan).await;
    eventually(SOON, "nobody's name is left", async || {
        let names = names().await;
        if names.is_empty() { Ok(()) } else { Err(names) }
    })
    .await;
    let stays = world.admin.get(&format!("/sessions/{session}/attendance")).await.ok();
    assert!(
        stays["items"].as_array().is_some_and(|s| s.len() >= 3),
        "how many there were stays: {stays}"
    );
    let list = world.presenter.get("/meetings").await.ok();
    assert!(
        list["items"]
            .as_array()
            .expect("items")
            .iter()
            .any(|m| m["id"] == plan.meeting.as_str()),
        "it stays in the list"
    );
}

/// A session runs now: an hour of a gateway is better than three of them tonight.
#[tokio::test]
async fn a_gateway_that_is_free_for_an_hour_is_taken_for_an_hour() {
    let world = world(vec!["g2"], &[]).await;
    let mut later = World::webinar("Later");
    later["starts_at"] = json!(rfc3339(3600));
    let later = world.presenter.post("/meetings", &later).await.ok();
    assert_eq!(later["gateway"]["state"], "reserved", "{later}");
    opens(&world, "moodle-7", "Optique", &[("paul", "P.")]).await;
    let key = offered(&world.presenter, "Optique").await;
    let plan = begins(&world.presenter, &key, json!({})).await;
    world.live(&plan, AIR, "on_air").await;
    let made = world.presenter.get(&format!("/meetings/{}", plan.meeting)).await.ok();
    let lasts = made["duration_s"].as_i64().expect("seconds");
    assert!((3500..=3600).contains(&lasts), "{made}");
    let id = later["id"].as_str().expect("an id");
    let later = world.presenter.get(&format!("/meetings/{id}")).await.ok();
    assert_eq!(later["gateway"]["state"], "reserved", "{later}");
}

#[tokio::test]
async fn where_it_is_not_set_up_nothing_is_looked_for() {
    let world = World::with(WorldOptions {
        adds: Some(vec![]),
        ..WorldOptions::default()
    })
    .await;
    opens(&world, "moodle-7", "Optique", &[("paul", "P.")]).await;
    tokio::time::sleep(SEVERAL_LOOKS / 3).await;
    world.presenter.get("/elsewhere").await.problem(404, "not_found");
    assert!(world.sim.calls_named("getMeetings").await.is_empty());
}
