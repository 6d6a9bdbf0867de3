//! A write that is repeated with its key happens once; instructions that are absolute need none.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{World, rfc3339};

#[tokio::test]
async fn a_repeated_write_happens_once() {
    let world = World::new().await;
    let paul = &world.presenter;
    let key = [("idempotency-key", "planned-once")];
    let body = World::webinar("Planned once");
    let ask = || paul.call(Method::POST, "/meetings", Some(&body), &key);
    let (first, second, third) = tokio::join!(ask(), ask(), ask());
    let ids: Vec<Value> = [first, second, third]
        .into_iter()
        .map(|a| a.ok()["id"].clone())
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    world.server.restart().await;
    let again = ask().await;
    let position: u64 = again.header("amphi-position").parse().expect("a position");
    assert!(position > 0);
    assert_eq!(again.ok()["id"], ids[0]);
    let mine = paul.get("/meetings").await.ok();
    assert_eq!(mine["items"].as_array().expect("items").len(), 1, "{mine}");
    // Somebody else's key is another.
    let other = world
        .admin
        .call(Method::POST, "/meetings", Some(&body), &key)
        .await
        .ok();
    assert_ne!(other["id"], ids[0]);

    // Absolute: twice is once.
    let path = format!("/meetings/{}", ids[0].as_str().expect("id"));
    for _ in 0..2 {
        paul.post(&format!("{path}/start"), &Value::Null).await.ok();
        paul.put(&format!("{path}/chat"), &json!({ "enabled": false }))
            .await
            .ok();
    }
    let state = paul.get(&format!("{path}/state")).await.ok();
    assert!(state["meeting"]["session"].is_string(), "{state}");
    paul.call(
        Method::POST,
        &format!("{path}/end"),
        None,
        &[("idempotency-key", "the-end")],
    )
    .await
    .ok();
    paul.call(
        Method::POST,
        &format!("{path}/end"),
        None,
        &[("idempotency-key", "the-end")],
    )
    .await
    .ok();
    world.all_quiet(std::time::Duration::from_secs(20)).await;
    let sessions = world.sim.calls_named("create").await;
    assert!(
        sessions.iter().filter(|c| c.applied()).count() <= 1,
        "one room: {sessions:?}"
    );
}

#[tokio::test]
async fn lists_page_and_availability_tells_who_holds_what() {
    let world = World::new().await;
    for n in 0..5 {
        let mut body = World::webinar(&format!("Number {n}"));
        body["starts_at"] = rfc3339(86_400 * (n + 1)).into();
        world.presenter.post("/meetings", &body).await.ok();
    }
    let (mut path, mut seen) = ("/meetings?limit=2".to_owned(), Vec::new());
    loop {
        let page = world.presenter.get(&path).await.ok();
        let items = page["items"].as_array().expect("items");
        assert!(items.len() <= 2, "{page}");
        seen.extend(items.iter().map(|m| m["id"].as_str().expect("id").to_owned()));
        match page["next"].as_str() {
            Some(next) => path = format!("/meetings?limit=2&cursor={next}"),
            None => break,
        }
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 5);

    let ask = |from: i64, to: i64| format!("/gateways/availability?from={}&to={}", rfc3339(from), rfc3339(to));
    let held = world.presenter.get(&ask(86_400 + 60, 86_400 + 120)).await.ok();
    assert_eq!(held["gateways"][0]["free"], false, "{held}");
    assert!(
        held["gateways"][0]["held_by"].is_string() && !held["next_free"].as_array().expect("next").is_empty(),
        "{held}"
    );
    let free = world
        .presenter
        .get(&ask(86_400 * 2 - 7_200, 86_400 * 2 - 3_700))
        .await
        .ok();
    assert_eq!(free["gateways"][0]["free"], true, "{free}");
    world.presenter.get(&ask(100, 50)).await.problem(422, "interval");
    world
        .presenter
        .get("/gateways/availability?from=now&to=then")
        .await
        .problem(400, "bad_query");
}
