//! People come in by a meeting's door, and who was there stays known.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Person, World, eventually, rfc3339};

const SOON: Duration = Duration::from_secs(15);

/// Goes through the door as a browser does, on into the room of BBB; the address that led there.
async fn comes(world: &World, who: Option<&Person>, path: &str) -> url::Url {
    let http = world.server.http();
    let mut asked = http.get(format!("{}{path}", world.server.base));
    if let Some(who) = who {
        asked = asked.bearer_auth(&who.token);
    }
    let location = |answer: &reqwest::Response| {
        assert_eq!(answer.status().as_u16(), 302, "{}", answer.url());
        answer.headers()["location"].to_str().expect("an address").to_owned()
    };
    let to = location(&asked.send().await.expect("the door"));
    let room = location(&http.get(&to).send().await.expect("BBB"));
    let inside = http.get(&room).send().await.expect("the room");
    assert_eq!(inside.status().as_u16(), 200, "{room}");
    url::Url::parse(&to).expect("an address")
}

/// Census §13.2: an owner's join is logged among moderators, a guest's among viewers. Census M8: and both until when.
#[tokio::test]
async fn owner_and_guest_come_in_and_stand_in_the_sessions_list_until_they_leave() {
    let world = World::new().await;
    let new = json!({ "name": "Colloque", "starts_at": rfc3339(0), "duration_s": 3600 });
    let made = world.presenter.post("/meetings", &new).await.ok();
    let meeting = made["id"].as_str().expect("an id").to_owned();
    let started = world
        .presenter
        .post(&format!("/meetings/{meeting}/start"), &Value::Null)
        .await;
    started.ok();
    let session = eventually(SOON, "the room is open", async || {
        let state = world.presenter.state(&meeting).await;
        if state["meeting"]["state"] == "open" {
            Ok(state["meeting"]["session"].as_str().expect("a session").to_owned())
        } else {
            Err(state)
        }
    })
    .await;
    let role = |to: &url::Url| to.query_pairs().find(|(n, _)| n == "role").map(|(_, v)| v.into_owned());
    let owner = comes(&world, Some(&world.presenter), &format!("/join/{meeting}")).await;
    assert_eq!(role(&owner).as_deref(), Some("MODERATOR"));
    let guest = comes(&world, None, &format!("/join/{meeting}?name=Zo%C3%A9")).await;
    assert_eq!(role(&guest).as_deref(), Some("VIEWER"));
    let list = async || {
        let stays = world
            .presenter
            .get(&format!("/sessions/{session}/attendance"))
            .await
            .ok();
        let mut stays = stays["items"].as_array().expect("stays").clone();
        stays.sort_by_key(|s| s["name"].to_string());
        stays
    };
    let both = json!([["Paul Présentateur", true], ["Zoé", false]]);
    let told = |stays: &[Value]| -> Value { stays.iter().map(|s| json!([s["name"], s["moderator"]])).collect() };
    eventually(SOON, "both stand in the list", async || {
        let stays = list().await;
        if told(&stays) == both { Ok(()) } else { Err(stays) }
    })
    .await;
    world
        .presenter
        .post(&format!("/meetings/{meeting}/end"), &Value::Null)
        .await
        .ok();
    let stays = eventually(SOON, "both have left", async || {
        let stays = list().await;
        if stays.iter().all(|s| s["left_at"].is_string()) {
            Ok(stays)
        } else {
            Err(stays)
        }
    })
    .await;
    assert_eq!(told(&stays), both);
    assert!(
        stays.iter().all(|s| s["duration_s"].as_i64().is_some_and(|d| d >= 0)),
        "{stays:?}"
    );
}

/// What BBB is given stands in its logs and in those of whatever is between: the direct key stood in `errorRedirectUrl`.
#[tokio::test]
async fn no_call_of_bbb_holds_a_password_or_a_key_of_ours() {
    let world = World::new().await;
    let new = json!({ "name": "Jury", "starts_at": rfc3339(0), "duration_s": 3600 });
    let made = world.presenter.post("/meetings", &new).await.ok();
    let meeting = made["id"].as_str().expect("an id").to_owned();
    let at = format!("/meetings/{meeting}");
    let secret = json!({ "password": "sesame-4711" });
    world.presenter.put(&format!("{at}/password"), &secret).await.ok();
    let door = world.presenter.post(&format!("{at}/key"), &Value::Null).await.ok();
    let direct = door["direct_url"].as_str().expect("an address").to_owned();
    let key = direct.rsplit('/').next().expect("a key").to_owned();
    world.presenter.post(&format!("{at}/start"), &Value::Null).await.ok();
    eventually(SOON, "the room is open", async || {
        let state = world.presenter.state(&meeting).await;
        if state["meeting"]["state"] == "open" {
            Ok(())
        } else {
            Err(state)
        }
    })
    .await;
    comes(&world, Some(&world.presenter), &format!("/join/{meeting}")).await;
    comes(&world, None, &format!("/join/{meeting}/{key}?name=Zo%C3%A9")).await;
    world.presenter.post(&format!("{at}/end"), &Value::Null).await.ok();
    let calls = eventually(SOON, "the room is made, entered and ended", async || {
        let calls = world.sim.calls().await;
        let missing = ["create", "join", "end"].map(|name| calls.iter().all(|c| c.name != name));
        if missing.contains(&true) {
            Err(missing)
        } else {
            Ok(calls)
        }
    })
    .await;
    for call in calls {
        let given = format!("{} {:?}", call.name, call.params);
        for secret in [key.as_str(), "sesame-4711"] {
            assert!(!given.contains(secret), "{given}");
        }
    }
}
