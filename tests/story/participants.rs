//! Who is in a meeting's room, as those who present it see it: told by BBB's webhooks, also where they are lost, doubled or out of order,
//! and found by looking where there are none; an error of BBB is *unknown*.

use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Person, SimOptions, World, WorldOptions, eventually, rfc3339};

const SOON: Duration = Duration::from_secs(20);

async fn world(flags: Vec<&'static str>, settings: Vec<(&'static str, &'static str)>) -> World {
    let mut sim = SimOptions::default();
    sim.flags.extend(flags);
    World::with(WorldOptions {
        sim,
        settings,
        adds: Some(vec![]),
    })
    .await
}

/// A meeting whose room is open.
async fn opened(world: &World) -> String {
    let body = json!({ "name": "Optique", "starts_at": rfc3339(0), "duration_s": 3600 });
    let made = world.presenter.post("/meetings", &body).await.ok();
    let id = made["id"].as_str().expect("an id").to_owned();
    let start = format!("/meetings/{id}/start");
    world.presenter.post(&start, &Value::Null).await.ok();
    eventually(SOON, "the room is open and hooks are decided", async || {
        let seen = seen(&world.presenter, &id).await;
        // The first look is over too: what is told from here on is not told by it.
        let looked = world.sim.calls_named("getMeetingInfo").await.iter().any(|c| c.answered);
        if seen["state"] == "open" && !seen["hooks"].is_null() && looked {
            Ok(())
        } else {
            Err(seen)
        }
    })
    .await;
    id
}

async fn seen(who: &Person, id: &str) -> Value {
    who.get(&format!("/meetings/{id}/participants")).await.ok()
}

/// Somebody comes in; BBB's id of them.
async fn comes(world: &World, id: &str, name: &str, external: Option<&str>) -> String {
    let mut body = json!({ "name": name, "role": "viewer" });
    if let Some(external) = external {
        body["external_id"] = json!(external);
    }
    let (status, made) = world.sim.post(&format!("/sim/meetings/{id}/users"), &body).await;
    assert_eq!(status, 201, "{made}");
    made["id"].as_str().expect("an id").to_owned()
}

async fn does(world: &World, id: &str, user: &str, act: Value) {
    let url = format!("{}/sim/meetings/{id}/users/{user}", world.sim.base);
    let answer = world.server.http().request(Method::PATCH, &url).json(&act).send().await;
    assert_eq!(answer.expect("the simulators answer").status(), 204, "{url}");
}

/// Names of those who are there.
fn names(seen: &Value) -> Vec<String> {
    let people = seen["people"].as_array().expect("people");
    people
        .iter()
        .map(|p| p["name"].as_str().unwrap_or("–").to_owned())
        .collect()
}

fn part(seen: &Value, name: &str) -> Value {
    let people = seen["people"].as_array().expect("people");
    let one = people.iter().find(|p| p["name"] == name);
    one.map_or(Value::Null, |p| {
        json!([p["moderator"], p["presenter"], p["voice"], p["camera"]])
    })
}

async fn until(world: &World, id: &str, what: &str, found: impl Fn(&Value) -> bool) -> Value {
    eventually(SOON, what, async || {
        let seen = seen(&world.presenter, id).await;
        if found(&seen) { Ok(seen) } else { Err(seen) }
    })
    .await
}

/// Long enough that no look at the room tells anything while a test runs.
const NO_LOOKS: (&str, &str) = ("room_poll", "600");

#[tokio::test]
async fn webhooks_tell_who_comes_what_they_do_and_who_goes() {
    let world = world(vec![], vec![NO_LOOKS]).await;
    let id = opened(&world).await;
    assert_eq!(seen(&world.presenter, &id).await["hooks"], "registered");
    let looks = async || world.sim.calls_named("getMeetingInfo").await.len();
    let before = looks().await;
    let awa = comes(&world, &id, "Awa <b>D.</b>", None).await;
    // Each delivery is one of its own: of two at once nobody knows which comes first.
    until(&world, &id, "she is there", |s| names(s) == ["Awa <b>D.</b>"]).await;
    comes(&world, &id, "Sam", None).await;
    until(&world, &id, "both are there", |s| {
        names(s) == ["Awa <b>D.</b>", "Sam"] && s["count"] == 2
    })
    .await;
    does(
        &world,
        &id,
        &awa,
        json!({ "voice": "microphone", "camera": true, "presenter": true }),
    )
    .await;
    let want = json!([false, true, "microphone", true]);
    until(&world, &id, "she presents, talks and is seen", |s| {
        part(s, "Awa <b>D.</b>") == want
    })
    .await;
    does(&world, &id, &awa, json!({ "voice": "listening", "camera": false })).await;
    let want = json!([false, true, "listening", false]);
    until(&world, &id, "she listens", |s| part(s, "Awa <b>D.</b>") == want).await;
    does(&world, &id, &awa, json!({ "voice": "none" })).await;
    let want = json!([false, true, "none", false]);
    until(&world, &id, "she hears nothing", |s| part(s, "Awa <b>D.</b>") == want).await;
    world.sim.leave(&id, &awa).await;
    until(&world, &id, "she is gone at once, though BBB lists her still", |s| {
        names(s) == ["Sam"]
    })
    .await;
    assert_eq!(looks().await, before, "nobody asked BBB");

    // Who may see it, and what they see: names are text.
    let page = async |who: &Person| {
        let url = format!("{}/meetings/{id}/info?lang=en", world.server.base);
        let answer = world
            .server
            .http()
            .get(url)
            .bearer_auth(&who.token)
            .send()
            .await
            .expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a page"))
    };
    comes(&world, &id, "<script>alert(1)</script>", None).await;
    until(&world, &id, "the third is there", |s| s["count"] == 2).await;
    for who in [&world.presenter, &world.admin] {
        let (status, shown) = page(who).await;
        assert_eq!(status, 200);
        assert!(
            shown.contains("2 people are there") && shown.contains("&lt;script&gt;alert(1)"),
            "{shown}"
        );
        assert!(!shown.contains("<script>alert"), "{shown}");
    }
    let stranger = world.server.person("stefan", "Stefan", "staff").await;
    let auditor = world.server.person("aude", "Aude", "auditor").await;
    for who in [&stranger, &auditor] {
        assert_eq!(page(who).await.0, 403);
        who.get(&format!("/meetings/{id}/participants"))
            .await
            .problem(403, "forbidden");
    }
    let fellow = world.server.person("fatou", "Fatou", "staff").await;
    let change = json!({ "additional_owners": ["fatou"] });
    world.presenter.patch(&format!("/meetings/{id}"), &change).await.ok();
    assert_eq!(
        page(&fellow).await.0,
        200,
        "an additional owner may (census: the reference forgets them)"
    );
}

#[tokio::test]
async fn an_open_page_is_told_by_push() {
    let world = world(vec![], vec![NO_LOOKS]).await;
    let id = opened(&world).await;
    let url = format!("{}/meetings/{id}/info/events?lang=en", world.server.base);
    let answer = amphi::outgoing::builder().build().expect("a client");
    let answer = answer
        .get(&url)
        .bearer_auth(&world.presenter.token)
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200);
    let mut told = Box::pin(answer.bytes_stream());
    let mut text = String::new();
    let mut hears = async |word: &str| {
        let all = async {
            while !text.contains(word) {
                let bytes = told.next().await.expect("the line holds").expect("bytes");
                text.push_str(&String::from_utf8_lossy(&bytes));
            }
            text.clear();
        };
        tokio::time::timeout(SOON, all)
            .await
            .unwrap_or_else(|_| panic!("not told: {word}"));
    };
    hears("Nobody is there").await;
    let awa = comes(&world, &id, "Awa", None).await;
    hears("One person is there").await;
    does(&world, &id, &awa, json!({ "camera": true })).await;
    hears("camera").await;
    world.sim.leave(&id, &awa).await;
    hears("Nobody is there").await;
    world
        .presenter
        .post(&format!("/meetings/{id}/end"), &Value::Null)
        .await
        .ok();
    hears("The meeting is over").await;
}

#[tokio::test]
async fn without_webhooks_one_look_serves_everybody() {
    let world = world(vec!["--scalelite"], vec![("room_poll", "0.5")]).await;
    let id = opened(&world).await;
    assert_eq!(seen(&world.presenter, &id).await["hooks"], "missing");
    let awa = comes(&world, &id, "Awa", None).await;
    does(
        &world,
        &id,
        &awa,
        json!({ "voice": "microphone", "camera": true, "presenter": true, "moderator": true }),
    )
    .await;
    let want = json!([true, true, "microphone", true]);
    until(&world, &id, "a look found her", |s| part(s, "Awa") == want).await;
    does(&world, &id, &awa, json!({ "voice": "listening", "camera": false })).await;
    let want = json!([true, true, "listening", false]);
    until(&world, &id, "a look found what she does", |s| part(s, "Awa") == want).await;
    // Many who look: as many calls as where nobody looks.
    let looks = async || world.sim.calls_named("getMeetingInfo").await.len();
    let page = format!("{}/meetings/{id}/info", world.server.base);
    let (begun, before) = (std::time::Instant::now(), looks().await);
    for _ in 0..40 {
        let asked = world
            .server
            .http()
            .get(&page)
            .bearer_auth(&world.presenter.token)
            .send();
        assert_eq!(asked.await.expect("an answer").status(), 200);
    }
    let most = begun.elapsed().as_millis() / 500 + 2;
    let made = looks().await - before;
    assert!(made as u128 <= most, "{made} calls in {:?}", begun.elapsed());
    world.sim.leave(&id, &awa).await;
    // BBB lists whoever left for another minute, which the simulator's clock makes shorter.
    until(&world, &id, "a look found her gone", |s| s["count"] == 0).await;
}

#[tokio::test]
async fn what_a_lost_webhook_would_have_told_a_look_finds() {
    let world = world(vec![], vec![("room_poll", "1")]).await;
    let id = opened(&world).await;
    let drop = |times: u32| json!([{ "on": "hook", "kind": "drop", "times": times }]);
    world.sim.faults(drop(1)).await;
    let awa = comes(&world, &id, "Awa", Some("u-7")).await;
    until(&world, &id, "she was found", |s| names(s) == ["Awa"]).await;
    world.sim.faults(drop(2)).await;
    does(&world, &id, &awa, json!({ "voice": "microphone", "camera": true })).await;
    let want = json!([false, false, "microphone", true]);
    until(&world, &id, "what she does was found", |s| part(s, "Awa") == want).await;
    world.sim.faults(drop(1)).await;
    world.sim.leave(&id, &awa).await;
    until(&world, &id, "that she left was found", |s| s["count"] == 0).await;
}

#[tokio::test]
async fn webhooks_out_of_order_and_doubled_leave_nobody_there_who_is_not() {
    let world = world(vec![], vec![NO_LOOKS]).await;
    let id = opened(&world).await;
    // Her coming is told a second after her going.
    world
        .sim
        .faults(json!([{ "on": "hook", "kind": "reorder", "times": 1, "ms": 1000 }]))
        .await;
    let awa = comes(&world, &id, "Awa", None).await;
    world.sim.leave(&id, &awa).await;
    // Her camera goes on and off; the first is told last.
    let bea = comes(&world, &id, "Béa", None).await;
    until(&world, &id, "Béa is there", |s| names(s) == ["Béa"]).await;
    world
        .sim
        .faults(json!([{ "on": "hook", "kind": "reorder", "times": 1, "ms": 1000 }]))
        .await;
    does(&world, &id, &bea, json!({ "camera": true })).await;
    // Times of events are whole milliseconds: two of the same one have no order.
    tokio::time::sleep(Duration::from_millis(5)).await;
    does(&world, &id, &bea, json!({ "camera": false })).await;
    // Each told twice.
    world
        .sim
        .faults(json!([{ "on": "hook", "kind": "double", "times": 4 }]))
        .await;
    let cyd = comes(&world, &id, "Cyd", None).await;
    does(&world, &id, &cyd, json!({ "presenter": true })).await;
    let want = json!([false, true, "none", false]);
    until(&world, &id, "Cyd presents", |s| part(s, "Cyd") == want).await;
    world.sim.leave(&id, &cyd).await;
    until(&world, &id, "Cyd is gone", |s| names(s) == ["Béa"]).await;
    // Until everything that was held back is surely told: somebody who came after it is there.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    world.sim.faults(json!([])).await;
    comes(&world, &id, "Dan", None).await;
    let end = until(&world, &id, "Dan is there", |s| names(s).contains(&"Dan".to_owned())).await;
    assert_eq!(names(&end), ["Béa", "Dan"]);
    assert_eq!(part(&end, "Béa"), json!([false, false, "none", false]));
}

/// BBB in the way: unknown, said so, never nobody.
#[tokio::test]
async fn an_error_of_bbb_is_unknown_and_never_nobody() {
    let world = world(vec![], vec![]).await;
    let id = opened(&world).await;
    comes(&world, &id, "Awa", None).await;
    until(&world, &id, "she is there", |s| s["count"] == 1).await;
    for (fault, why) in [
        (
            json!({ "on": "bbb.getMeetingInfo", "kind": "status", "code": 502 }),
            "bad_answer",
        ),
        (json!({ "on": "bbb.getMeetingInfo", "kind": "reset" }), "unreachable"),
    ] {
        world.sim.faults(json!([fault])).await;
        let told = until(&world, &id, "it is said that BBB can't be asked", |s| s["why"] == why).await;
        assert_eq!(
            (told["state"].as_str(), &told["count"]),
            (Some("open"), &Value::Null),
            "{told}"
        );
        assert_eq!(names(&told), ["Awa"], "who was there when it answered last");
        let url = format!("{}/meetings/{id}/info?lang=en", world.server.base);
        let shown = world
            .server
            .http()
            .get(url)
            .bearer_auth(&world.presenter.token)
            .send()
            .await;
        let shown = shown.expect("an answer").text().await.expect("a page");
        assert!(
            shown.contains("who is there is not known") && !shown.contains("Nobody"),
            "{shown}"
        );
        assert!(
            shown.contains("does not answer since") && shown.contains("Awa"),
            "{shown}"
        );
    }
    world.sim.faults(json!([])).await;
    until(&world, &id, "it answers again", |s| {
        s["count"] == 1 && s["why"].is_null()
    })
    .await;
}
