//! Recordings of meetings, against a BBB with the habits of real ones: callbacks once a format, lost ones, lists of other people's, links that
//! open once, deletions whose answer never comes.

use std::time::Duration;

use serde_json::{Value, json};

use crate::faults::told;
use crate::harness::{Person, SimOptions, World, WorldOptions, eventually, rfc3339};

/// Enough for what takes a second on a machine where much else runs.
const SOON: Duration = Duration::from_secs(20);

async fn world(settings: Vec<(&'static str, &'static str)>) -> World {
    World::with(WorldOptions {
        sim: SimOptions::default(),
        settings,
        adds: Some(vec![]),
    })
    .await
}

/// A meeting of somebody that is recorded, and was held.
async fn held(world: &World, who: &Person, name: &str, more: Value) -> String {
    let mut body = json!({ "name": name, "starts_at": rfc3339(0), "duration_s": 3600, "record": true });
    for (field, value) in more.as_object().expect("fields") {
        body[field] = value.clone();
    }
    let made = who.post("/meetings", &body).await.ok();
    let id = made["id"].as_str().expect("an id").to_owned();
    hold(world, who, &id).await;
    id
}

/// Opens the room and closes it.
async fn hold(world: &World, who: &Person, id: &str) {
    who.post(&format!("/meetings/{id}/start"), &Value::Null).await.ok();
    state(who, id, "open").await;
    world.sim.enter(id, "Somebody").await;
    who.post(&format!("/meetings/{id}/end"), &Value::Null).await.ok();
    state(who, id, "closed").await;
}

async fn state(who: &Person, id: &str, word: &str) {
    eventually(SOON, &format!("the room is {word}"), async || {
        let now = who.get(&format!("/meetings/{id}")).await.json()["state"].clone();
        if now == word { Ok(()) } else { Err(now) }
    })
    .await;
}

/// BBB has recorded the last session of a meeting; the recording's id.
async fn recorded(world: &World, id: &str, how: Value) -> String {
    let (status, made) = world.sim.post(&format!("/sim/meetings/{id}/recordings"), &how).await;
    assert_eq!(status, 201, "{made}");
    made["id"].as_str().expect("an id").to_owned()
}

async fn list(who: &Person, id: &str) -> Value {
    who.get(&format!("/meetings/{id}/recordings?limit=200")).await.ok()
}

/// Waits until the list is so.
async fn listed(who: &Person, id: &str, what: &str, found: impl Fn(&Value) -> bool) -> Value {
    eventually(SOON, what, async || {
        let list = list(who, id).await;
        if found(&list) { Ok(list) } else { Err(list) }
    })
    .await
}

fn ids(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("items");
    items.iter().map(|i| i["id"].as_str().expect("an id")).collect()
}

fn mails(world: &World) -> Vec<String> {
    let folder = std::fs::read_dir(world.server.data.join("mail"));
    let files = folder.map(|d| d.flatten().collect::<Vec<_>>()).unwrap_or_default();
    let sent = files
        .iter()
        .filter(|f| f.path().extension().is_some_and(|e| e == "txt"));
    sent.map(|f| std::fs::read_to_string(f.path()).expect("a mail"))
        .collect()
}

/// The address that BBB was given for its callback.
async fn callback(world: &World) -> String {
    let calls = world.sim.calls_named("create").await;
    let last = calls.last().expect("a create");
    last.params["meta_bbb-recording-ready-url"].clone()
}

async fn post_form(world: &World, url: &str, body: String) -> u16 {
    let request = world
        .server
        .http()
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded");
    request.body(body).send().await.expect("an answer").status().as_u16()
}

/// Census M34: several mails for one recording, to the owner only.
#[tokio::test]
async fn a_recording_that_is_ready_is_told_once_to_each_who_presents() {
    let world = world(vec![]).await;
    world.server.person("pia", "Pia", "staff").await;
    let id = held(
        &world,
        &world.presenter,
        "Optique",
        json!({ "additional_owners": ["pia"] }),
    )
    .await;
    let record = recorded(&world, &id, json!({ "formats": ["presentation", "video"] })).await;
    eventually(SOON, "both are told", async || {
        let sent = mails(&world);
        let of = |who: &str| sent.iter().filter(|m| m.starts_with(&format!("To: {who}\n"))).count();
        if (of("paul"), of("pia")) == (1, 1) {
            Ok(())
        } else {
            Err(sent)
        }
    })
    .await;
    let sent = mails(&world);
    assert_eq!(sent.len(), 2, "{sent:?}");
    let page = format!("{}/meetings/{id}/recordings", world.server.base);
    assert!(
        sent.iter()
            .all(|m| m.contains("«\u{a0}Optique\u{a0}»") && m.contains(&page)),
        "{sent:?}"
    );
    let list = listed(&world.presenter, &id, "it is listed", |l| l["total"] == 1).await;
    let one = &list["items"][0];
    assert_eq!(
        (&one["id"], &one["state"], &one["name"]),
        (&json!(record), &json!("published"), &json!("Optique"))
    );
    let kinds: Vec<&Value> = one["formats"]
        .as_array()
        .expect("formats")
        .iter()
        .map(|f| &f["type"])
        .collect();
    assert_eq!(kinds, ["presentation", "video"]);
    let sessions = world.admin.get(&format!("/meetings/{id}/sessions")).await.ok();
    assert_eq!(one["session"], sessions["items"][0]["id"], "{list}");
    // It comes once more, also after a restart.
    world.server.restart().await;
    recorded(&world, &id, json!({ "formats": ["presentation", "video", "notes"] })).await;
    listed(&world.presenter, &id, "a third format", |l| {
        l["items"][0]["formats"].as_array().is_some_and(|f| f.len() == 3)
    })
    .await;
    assert_eq!(told(&world.server, "MeetingRecordingReady").await.len(), 1);
    assert_eq!(told(&world.server, "MeetingRecordingTold").await.len(), 1);
    assert_eq!(mails(&world).len(), 2);
}

#[tokio::test]
async fn what_bbb_did_not_sign_says_nothing_of_recordings() {
    let world = world(vec![]).await;
    let id = held(&world, &world.presenter, "Optics", json!({})).await;
    let url = callback(&world).await;
    assert!(
        url.starts_with(&format!("{}/callbacks/bbb/recording-ready/", world.server.base)),
        "{url}"
    );
    // Header and payload of a good one, signed by nobody, by another secret, as "none".
    let forged = "eyJhbGciOiJIUzI1NiJ9.eyJtZWV0aW5nX2lkIjoicm9vbS00MiIsInJlY29yZF9pZCI6ImFiYy0xNzAwMDAwMDAwMDAwIn0.\
                  cDxLwraIHJ7QZoXk0ofIWAGz7VL0H57s4GW-L5bp58o";
    let none = "eyJhbGciOiJub25lIn0.eyJtZWV0aW5nX2lkIjoicm9vbS00MiIsInJlY29yZF9pZCI6ImFiYy0xNzAwMDAwMDAwMDAwIn0.";
    for token in [forged, none] {
        assert_eq!(post_form(&world, &url, format!("signed_parameters={token}")).await, 401);
    }
    assert_eq!(post_form(&world, &url, "x=1".to_owned()).await, 400);
    assert_eq!(
        post_form(&world, &url, format!("signed_parameters={}", "a".repeat(20_000))).await,
        400
    );
    assert_eq!(post_form(&world, &url, "a".repeat(2 << 20)).await, 413);
    let nobodys = format!("{}/callbacks/bbb/recording-ready/nobodys", world.server.base);
    assert_eq!(
        post_form(&world, &nobodys, format!("signed_parameters={forged}")).await,
        410
    );
    assert!(told(&world.server, "MeetingRecordingReady").await.is_empty());
    assert_eq!(list(&world.presenter, &id).await["total"], 0);
    // A meeting that is not recorded gives no address.
    held(&world, &world.presenter, "Algebra", json!({ "record": false })).await;
    let calls = world.sim.calls_named("create").await;
    let last = calls.last().expect("a create");
    assert!(
        !last.params.contains_key("meta_bbb-recording-ready-url"),
        "{:?}",
        last.params.keys()
    );
}

#[tokio::test]
async fn a_recording_whose_callback_was_lost_is_found_by_looking() {
    let world = world(vec![("recording_poll", "0.3")]).await;
    let id = held(&world, &world.presenter, "Optics", json!({})).await;
    recorded(&world, &id, json!({ "state": "processing", "silent": true })).await;
    listed(&world.presenter, &id, "it is being made", |l| {
        l["items"][0]["state"] == "processing"
    })
    .await;
    recorded(&world, &id, json!({ "silent": true })).await;
    eventually(SOON, "a mail", async || {
        if mails(&world).len() == 1 {
            Ok(())
        } else {
            Err(mails(&world))
        }
    })
    .await;
    assert_eq!(told(&world.server, "MeetingRecordingReady").await.len(), 1);
    // What is known is not looked for any more.
    let asked = async || world.sim.calls_named("getRecordings").await.len();
    let before = asked().await;
    held(&world, &world.presenter, "Algebra", json!({ "record": false })).await;
    assert_eq!(asked().await, before);
}

/// Census M10: whoever has a meeting deletes any recording of the BBB.
#[tokio::test]
async fn nobody_deletes_a_recording_of_another_meeting() {
    let world = world(vec![]).await;
    let pia = world.server.person("pia", "Pia", "staff").await;
    let theirs = held(&world, &world.presenter, "Optics", json!({})).await;
    let mine = held(&world, &pia, "Algebra", json!({})).await;
    // Its filter does not hold: this BBB lists it for every meeting.
    let record = recorded(&world, &theirs, json!({ "odd": { "leaks": true } })).await;
    let own = recorded(&world, &mine, json!({ "odd": { "tenant": true } })).await;
    let list = listed(&pia, &mine, "her own", |l| l["total"] == 1).await;
    assert_eq!(ids(&list), [own.as_str()]);
    let at = format!("/meetings/{mine}/recordings/{record}");
    pia.delete(&at).await.problem(404, "no_recording");
    pia.post(&format!("{at}/publish"), &json!({ "publish": false }))
        .await
        .problem(404, "no_recording");
    pia.patch(&at, &json!({ "name": "Mine" }))
        .await
        .problem(404, "no_recording");
    pia.get(&format!("{at}/play/presentation"))
        .await
        .problem(404, "no_recording");
    // By a beginning of its id, which BBB takes for an id, or by several at once.
    let hash = record.split('-').next().expect("a hash");
    for id in [hash.to_owned(), format!("{own},{record}"), format!("{own}%2C{record}")] {
        pia.delete(&format!("/meetings/{mine}/recordings/{id}"))
            .await
            .problem(404, "no_recording");
    }
    pia.delete(&format!("/meetings/{theirs}/recordings/{record}"))
        .await
        .problem(403, "forbidden");
    for call in ["deleteRecordings", "publishRecordings", "updateRecordings"] {
        assert!(world.sim.calls_named(call).await.is_empty(), "{call}");
    }
    let list = listed(&world.presenter, &theirs, "it is there", |l| l["total"] == 1).await;
    assert_eq!(ids(&list), [record.as_str()]);
}

#[tokio::test]
async fn a_deletion_that_a_kill_interrupts_is_made_and_told_once() {
    let world = world(vec![]).await;
    let id = held(&world, &world.presenter, "Optics", json!({})).await;
    let record = recorded(&world, &id, json!({ "odd": { "lingers": 4 } })).await;
    listed(&world.presenter, &id, "it is listed", |l| l["total"] == 1).await;
    let deleted = json!([{ "on": "bbb.deleteRecordings", "kind": "apply_then_silence", "times": 1 }]);
    world.sim.faults(deleted).await;
    let at = format!("/meetings/{id}/recordings/{record}");
    let said = world.presenter.delete(&at).await;
    assert_eq!(
        (said.status, &said.json()["wanted"]),
        (202, &json!("delete")),
        "{}",
        said.text
    );
    eventually(SOON, "BBB is asked", async || {
        if world.sim.calls_named("deleteRecordings").await.is_empty() {
            Err("not yet")
        } else {
            Ok(())
        }
    })
    .await;
    world.server.kill();
    world.server.start().await;
    eventually(SOON, "it is known to be deleted", async || {
        let told = told(&world.server, "MeetingRecordingDeleted").await;
        if told.len() == 1 { Ok(()) } else { Err(told) }
    })
    .await;
    // BBB lists for a while what it has deleted, and calls back late.
    assert_eq!(list(&world.presenter, &id).await["total"], 0);
    world.presenter.delete(&at).await.problem(404, "no_recording");
    let asked = told(&world.server, "MeetingRecordingOrdered").await;
    assert_eq!(asked, [json!({ "recording": record, "order": "delete" })]);
    recorded(&world, &id, json!({})).await;
    eventually(SOON, "BBB was answered", async || {
        let list = list(&world.presenter, &id).await;
        if list["known_at"].is_null() {
            Err(list)
        } else {
            Ok(list)
        }
    })
    .await;
    assert_eq!(list(&world.presenter, &id).await["total"], 0);
}

#[tokio::test]
async fn what_is_wanted_of_a_recording_is_asked_until_bbb_answers() {
    let world = world(vec![]).await;
    let id = held(&world, &world.presenter, "Optics", json!({})).await;
    let record = recorded(&world, &id, json!({})).await;
    listed(&world.presenter, &id, "it is listed", |l| l["total"] == 1).await;
    world
        .sim
        .faults(json!([{ "on": "bbb.publishRecordings", "kind": "status", "times": 3 }]))
        .await;
    let at = format!("/meetings/{id}/recordings/{record}");
    world
        .presenter
        .post(&format!("{at}/publish"), &json!({ "publish": false }))
        .await
        .ok();
    listed(&world.presenter, &id, "it is hidden", |l| {
        l["items"][0]["state"] == "unpublished" && l["items"][0]["wanted"].is_null()
    })
    .await;
    assert_eq!(world.sim.calls_named("publishRecordings").await.len(), 4);
    world
        .presenter
        .patch(&at, &json!({ "name": "La première heure" }))
        .await
        .ok();
    eventually(SOON, "BBB calls it so", async || {
        let calls = world.sim.calls_named("updateRecordings").await;
        let names: Vec<_> = calls.iter().map(|c| c.params.get("meta_name").cloned()).collect();
        if names == [Some("La première heure".to_owned())] {
            Ok(())
        } else {
            Err(names)
        }
    })
    .await;
    // A refusal is said, and the recording stays as it was.
    world
        .sim
        .faults(json!([{ "on": "bbb.publishRecordings", "kind": "refuse" }]))
        .await;
    world
        .presenter
        .post(&format!("{at}/publish"), &json!({ "publish": true }))
        .await
        .ok();
    let list = listed(&world.presenter, &id, "the refusal is told", |l| {
        !l["items"][0]["refused"].is_null()
    })
    .await;
    let one = &list["items"][0];
    assert_eq!(
        one["refused"],
        json!({ "wanted": "publish", "why": "notFound" }),
        "{list}"
    );
    assert_eq!(
        (&one["state"], &one["name"]),
        (&json!("unpublished"), &json!("La première heure")),
        "{list}"
    );
}

#[tokio::test]
async fn an_error_of_bbb_is_not_no_recordings_and_what_was_known_has_its_age() {
    let world = world(vec![]).await;
    let id = held(&world, &world.presenter, "Optics", json!({})).await;
    // 250 of them: three pages.
    recorded(&world, &id, json!({ "count": 250, "silent": true })).await;
    let asked = async || world.sim.calls_named("getRecordings").await.len();
    for fault in ["broken_xml", "error_inside_success"] {
        let before = asked().await;
        // The second page fails: half a list is none.
        let on = "bbb.getRecordings";
        let faults = json!([{ "on": on, "kind": "slow", "ms": 1, "times": 1 }, { "on": on, "kind": fault }]);
        world.sim.faults(faults).await;
        eventually(SOON, "two pages were asked for", async || {
            let list = list(&world.presenter, &id).await;
            if asked().await >= before + 2 && !list["why"].is_null() {
                Ok(())
            } else {
                Err(list)
            }
        })
        .await;
        let list = list(&world.presenter, &id).await;
        assert_eq!((&list["known_at"], &list["total"]), (&Value::Null, &json!(0)), "{list}");
        assert_eq!(list["why"], "bad_answer", "{list}");
    }
    world.sim.faults(json!([])).await;
    let list = listed(&world.presenter, &id, "all of them", |l| {
        l["total"] == 250 && l["why"].is_null()
    })
    .await;
    assert_eq!(ids(&list).len(), 200);
    let next = list["next"].as_str().expect("a second page");
    let rest = world
        .presenter
        .get(&format!("/meetings/{id}/recordings?limit=200&cursor={next}"))
        .await
        .ok();
    assert_eq!((ids(&rest).len(), rest["next"].is_null()), (50, true));
    let known_at = list["known_at"].clone();

    // Silence: what was known stays, also over a restart.
    world
        .sim
        .faults(json!([{ "on": "bbb.getRecordings", "kind": "slow", "ms": 60_000 }]))
        .await;
    world.server.restart().await;
    let list = list_now(&world, &id).await;
    assert_eq!((&list["total"], &list["asking"]), (&json!(250), &json!(true)), "{list}");
    let list = listed(&world.presenter, &id, "it is said", |l| l["why"] == "unreachable").await;
    assert_eq!(list["total"], 250);
    // The look before may have been answered after the first list was read.
    assert!(list["known_at"].as_str() >= known_at.as_str(), "{list}");
}

async fn list_now(world: &World, id: &str) -> Value {
    list(&world.presenter, id).await
}

/// Census M11: a recording without a video is an error of the server.
#[tokio::test]
async fn a_bare_recording_is_listed_and_a_guarded_one_opens_once_each_time() {
    let world = world(vec![]).await;
    let id = held(&world, &world.presenter, "Optics", json!({})).await;
    let bare = recorded(&world, &id, json!({ "odd": { "bare": true } })).await;
    let list = listed(&world.presenter, &id, "it is listed", |l| l["total"] == 1).await;
    assert_eq!(
        (&list["items"][0]["formats"], &list["items"][0]["id"]),
        (&json!([]), &json!(bare)),
        "{list}"
    );
    let at = format!("/meetings/{id}/recordings/{bare}");
    world
        .presenter
        .get(&format!("{at}/play/video"))
        .await
        .problem(404, "no_format");

    recorded(&world, &id, json!({ "formats": ["video"], "odd": { "guarded": true } })).await;
    listed(&world.presenter, &id, "a format", |l| {
        l["items"][0]["formats"] != json!([])
    })
    .await;
    for _ in 0..2 {
        let url = world.presenter.get(&format!("{at}/play/video")).await.ok()["url"].clone();
        let url = url.as_str().expect("an address");
        let open = async || {
            world
                .server
                .http()
                .get(url)
                .send()
                .await
                .expect("an answer")
                .status()
                .as_u16()
        };
        assert_eq!((open().await, open().await), (200, 403), "{url}");
    }
    // No token stands in the log.
    let events = world.server.run(&["audit", "events"], None).await.ok();
    assert!(
        events.contains("/playback/video/") && !events.contains("token="),
        "{events}"
    );
    world
        .sim
        .faults(json!([{ "on": "bbb.getRecordings", "kind": "status" }]))
        .await;
    world
        .presenter
        .get(&format!("{at}/play/video"))
        .await
        .problem(503, "recordings_unknown");
}
