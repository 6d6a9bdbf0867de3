//! Step 2: a presenter plans. A gateway is reserved atomically; where none is free, nothing is lost.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::{Person, SimOptions, World, WorldOptions, eventually, rfc3339};
use crate::sign_in::Visitor;

const PLANNERS: usize = 100;

fn mails(data: &Path) -> Vec<String> {
    let folder = std::fs::read_dir(data.join("mail"))
        .map(|d| d.flatten().collect::<Vec<_>>())
        .unwrap_or_default();
    let sent = folder
        .iter()
        .filter(|f| f.path().extension().is_some_and(|e| e == "txt"));
    sent.map(|f| std::fs::read_to_string(f.path()).expect("a mail"))
        .collect()
}

#[tokio::test]
async fn a_hundred_planners_of_one_slot_and_two_gateways_give_two_reservations() {
    let sim = SimOptions {
        gateways: "g2,g5",
        ..SimOptions::default()
    };
    let world = World::with(WorldOptions {
        sim,
        ..WorldOptions::default()
    })
    .await;
    assert_eq!(world.gateways.len(), 2);
    let (from, to) = (rfc3339(86_400), rfc3339(90_000));
    let plan = |n: usize| {
        let body = json!({
            "name": format!("Planner {n}"), "starts_at": from, "duration_s": 3600, "is_webinar": true, "enable_chat": true,
        });
        let presenter = world.presenter.clone();
        async move { presenter.post("/meetings", &body).await.ok() }
    };
    let made: Vec<Value> = join_all((0..PLANNERS).map(plan)).await;
    let ids: BTreeSet<&str> = made.iter().map(|m| m["id"].as_str().expect("id")).collect();
    assert_eq!(ids.len(), PLANNERS, "nothing is lost");

    // Each is decided, in the end: held or lacking, never both.
    let decided = eventually(Duration::from_mins(1), "a decision for each", async || {
        let read = async |id: &str| world.presenter.get(&format!("/meetings/{id}")).await.ok();
        let read: Vec<Value> = join_all(ids.iter().map(|id| read(id))).await;
        let pending = read.iter().filter(|m| m["gateway"]["state"] == "pending").count();
        if pending == 0 {
            Ok(read)
        } else {
            Err(format!("{pending} undecided"))
        }
    })
    .await;
    let (held, lacking): (Vec<&Value>, Vec<&Value>) = decided.iter().partition(|m| m["gateway"]["state"] == "reserved");
    assert_eq!((held.len(), lacking.len()), (2, PLANNERS - 2));
    let gateways: BTreeSet<&str> = held.iter().filter_map(|m| m["gateway"]["id"].as_str()).collect();
    assert_eq!(gateways.len(), 2, "each of the two gateways once: {held:?}");
    for meeting in &lacking {
        assert_eq!(meeting["gateway"]["state"], "lacking", "{meeting}");
        assert_eq!(meeting["state"], "scheduled", "it stays planned: {meeting}");
        let next = meeting["gateway"]["next_free"].as_array().expect("next_free");
        assert!(!next.is_empty(), "{meeting}");
        for at in next {
            let at = at.as_str().expect("a time");
            assert!(moment(at) >= moment(&to), "free only after the slot: {meeting}");
        }
    }

    // The log says the same.
    let free = world
        .presenter
        .get(&format!("/gateways/availability?from={from}&to={to}"))
        .await
        .ok();
    let gateways = free["gateways"].as_array().expect("gateways");
    assert!(
        gateways.len() == 2 && gateways.iter().all(|g| g["free"] == false && g["held_by"].is_string()),
        "{free}"
    );

    // One message to the administrator for each webinar that lacks.
    let events: BTreeSet<&str> = lacking.iter().map(|m| m["event"].as_str().expect("event")).collect();
    let sent = eventually(
        Duration::from_mins(1),
        "a mail for each webinar that lacks",
        async || {
            let sent = mails(&world.server.data);
            if sent.len() >= events.len() {
                Ok(sent)
            } else {
                Err(sent.len())
            }
        },
    )
    .await;
    assert_eq!(sent.len(), events.len());
    for event in events {
        assert_eq!(
            sent.iter().filter(|m| m.contains(event)).count(),
            1,
            "one mail about {event}"
        );
    }
    assert!(
        sent.iter().all(|m| m.contains("To: ada")),
        "administrators, and nobody else"
    );

    // And after a restart no more.
    world.server.restart().await;
    world.all_quiet(Duration::from_secs(1)).await;
    assert_eq!(mails(&world.server.data).len(), PLANNERS - 2);
}

#[tokio::test]
async fn a_gateway_that_comes_free_goes_to_a_webinar_that_lacks_one() {
    let world = World::new().await;
    let first = world.plan("First").await;
    let second = world.plan("Second").await;
    let gateway = async |plan: &crate::harness::Plan| {
        world.presenter.get(&format!("/meetings/{}", plan.meeting)).await.ok()["gateway"].clone()
    };
    assert_eq!(gateway(&first).await["state"], "reserved");
    let lacking = gateway(&second).await;
    assert_eq!(lacking["state"], "lacking", "{lacking}");
    // Moved to a time that was offered, it has its gateway.
    let offered = lacking["next_free"][0].as_str().expect("an offer").to_owned();
    let path = format!("/meetings/{}", second.meeting);
    let moved = world
        .presenter
        .patch(&path, &json!({ "starts_at": offered }))
        .await
        .ok();
    assert_eq!(moved["gateway"]["state"], "reserved", "{moved}");
    world
        .presenter
        .patch(&path, &json!({ "starts_at": rfc3339(0) }))
        .await
        .ok();
    world
        .presenter
        .delete(&format!("/meetings/{}", first.meeting))
        .await
        .ok();
    eventually(Duration::from_secs(10), "the second holds the gateway", async || {
        let held = gateway(&second).await;
        if held["state"] == "reserved" { Ok(()) } else { Err(held) }
    })
    .await;
}

fn moment(text: &str) -> chrono::DateTime<chrono::FixedOffset> {
    chrono::DateTime::parse_from_rfc3339(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[tokio::test]
async fn who_is_handed_a_meeting_hears_of_it_once() {
    let world = World::with(WorldOptions {
        adds: Some(vec![]),
        ..WorldOptions::default()
    })
    .await;
    world.server.person("zoe", "Zoé Martin", "staff").await;
    let body = json!({"name": "Optique", "starts_at": rfc3339(3600), "duration_s": 3600});
    let made = world.presenter.post("/meetings", &body).await.ok();
    let id = made["id"].as_str().expect("id").to_owned();
    let owner = format!("/meetings/{id}/owner");
    let given = world
        .presenter
        .put(&owner, &json!({"person": "zoe", "stay": true}))
        .await
        .ok();
    assert_eq!(given["owner"]["name"], "Zoé Martin");
    let told = || -> Vec<String> {
        let all = mails(&world.server.data);
        all.into_iter()
            .filter(|m| m.contains(&format!("/meetings/{id}")))
            .collect()
    };
    let mail = eventually(Duration::from_secs(20), "a mail", async || {
        told().pop().ok_or_else(|| "none yet".to_owned())
    })
    .await;
    // Nobody knows yet what she reads.
    assert!(
        mail.starts_with("To: zoe\n") && mail.contains("«\u{a0}Optique\u{a0}»") && !mail.contains("yours now"),
        "{mail}"
    );
    assert!(mail.contains("Paul Présentateur"), "{mail}");
    // A restart asks for no second one.
    world.server.stop().await;
    world.server.start().await;
    let back = world.presenter.get(&format!("/meetings/{id}")).await.ok();
    assert_eq!(back["owner"]["name"], "Zoé Martin");
    assert_eq!(told().len(), 1);
    // She chooses English on a page: what comes next is in English alone.
    let base = &world.server.base;
    let mut zoe = Visitor::new();
    zoe.visit(&format!("{base}/login")).await;
    zoe.fill(&[("login", "zoe"), ("password", &Person::password_of("zoe"))])
        .await;
    zoe.visit(&format!("{base}/meetings?lang=en")).await;
    let second = world.presenter.post("/meetings", &body).await.ok();
    let second = second["id"].as_str().expect("id").to_owned();
    let owner = format!("/meetings/{second}/owner");
    world
        .presenter
        .put(&owner, &json!({"person": "zoe", "stay": true}))
        .await
        .ok();
    let mail = eventually(Duration::from_secs(20), "a mail", async || {
        let all = mails(&world.server.data);
        let found = all.into_iter().find(|m| m.contains(&format!("/meetings/{second}")));
        found.ok_or_else(|| "none yet".to_owned())
    })
    .await;
    assert!(
        mail.contains("Subject: A meeting is yours now: Optique\n") && !mail.contains("confié"),
        "{mail}"
    );
}

#[tokio::test]
async fn where_nothing_is_recorded_bbb_is_told_so_whatever_the_meeting_says() {
    let record = async |setting: &'static str| {
        let world = World::with(WorldOptions {
            settings: vec![("recording", setting), ("meeting_defaults", r#"{"record": true}"#)],
            ..WorldOptions::default()
        })
        .await;
        let plan = world.plan("Optics").await;
        let made = world.presenter.get(&format!("/meetings/{}", plan.meeting)).await.ok();
        assert_eq!(made["record"], true, "{made}");
        world.start(&plan).await;
        let created = eventually(Duration::from_secs(15), "the room is made", async || {
            let calls = world.sim.calls_named("create").await;
            calls.first().cloned().ok_or(calls.len())
        });
        created.await.params["record"].clone()
    };
    assert_eq!(record("false").await, "false");
    assert_eq!(record("true").await, "true");
}
