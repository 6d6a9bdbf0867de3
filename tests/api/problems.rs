//! Errors are problem documents with a stable code.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, World, rfc3339};

#[tokio::test]
async fn what_can_not_be_taken_is_refused_with_a_code() {
    let world = World::new().await;
    let staff = &world.presenter;
    let meeting = json!({ "name": "A name", "starts_at": rfc3339(3_600), "duration_s": 3600, "is_webinar": false });
    let with = |field: &str, value: Value| {
        let mut body = meeting.clone();
        body[field] = value;
        body
    };
    let unknown = staff
        .post("/meetings", &with("colour", "red".into()))
        .await
        .problem(422, "bad_body");
    assert!(
        unknown["detail"].as_str().is_some_and(|d| d.contains("colour")),
        "{unknown}"
    );
    staff
        .post("/meetings", &with("duration_s", "long".into()))
        .await
        .problem(422, "bad_body");
    staff
        .post("/meetings", &with("starts_at", "tomorrow".into()))
        .await
        .problem(422, "bad_body");
    staff
        .post("/meetings", &with("duration_s", 5.into()))
        .await
        .problem(422, "meeting_duration");
    staff
        .post("/meetings", &with("name", "x".into()))
        .await
        .problem(422, "meeting_name");
    staff
        .post("/meetings", &with("time_zone", "Europe/Atlantis".into()))
        .await
        .problem(422, "time_zone");
    staff
        .post("/meetings", &with("additional_owners", json!(["nobody"])))
        .await
        .problem(422, "unknown_person");
    staff
        .post("/meetings", &json!({ "starts_at": rfc3339(0), "duration_s": 60 }))
        .await
        .problem(422, "bad_body");
    staff
        .get("/meetings/01J00000000000000000000000")
        .await
        .problem(404, "not_found");
    staff.get("/meetings/no-id").await.problem(404, "not_found");
    staff.get("/nowhere").await.problem(404, "not_found");
    staff.get("/meetings?colour=red").await.problem(400, "bad_query");
    staff.get("/meetings?limit=100000").await.problem(400, "bad_query");
    staff
        .call(Method::PUT, "/meetings", Some(&meeting), &[])
        .await
        .problem(405, "method_not_allowed");
    staff
        .call(Method::POST, "/meetings", Some(&meeting), &[("idempotency-key", "")])
        .await
        .problem(400, "bad_idempotency_key");

    let raw = |kind: &'static str, body: String| {
        let request = world
            .server
            .http()
            .post(format!("{}/api/v1/meetings", world.server.base));
        let request = request
            .bearer_auth(&staff.token)
            .header("content-type", kind)
            .body(body);
        async move { Answer::of(kind.to_owned(), request.send().await.expect("an answer")).await }
    };
    raw("application/json", "{".to_owned()).await.problem(400, "bad_json");
    raw("text/plain", meeting.to_string())
        .await
        .problem(415, "wrong_content_type");
    raw(
        "application/json",
        with("description", "x".repeat(100_000).into()).to_string(),
    )
    .await
    .problem(413, "too_large");

    let french = staff
        .call(Method::GET, "/nowhere", None, &[("accept-language", "fr-FR,fr;q=0.9")])
        .await
        .problem(404, "not_found");
    let english = staff.get("/nowhere").await.problem(404, "not_found");
    assert_ne!(french["title"], english["title"]);

    let nobody = reqwest::get(format!("{}/api/v1/meetings", world.server.base))
        .await
        .expect("an answer");
    assert_eq!(nobody.headers()["www-authenticate"], "Bearer");
    Answer::of("nobody".to_owned(), nobody).await.problem(401, "signed_out");
    let document = reqwest::get(format!("{}/api/openapi.json", world.server.base))
        .await
        .expect("an answer");
    let document: Value = serde_json::from_str(&document.text().await.expect("text")).expect("JSON");
    for path in [
        "/api/v1/meetings/{id}/state",
        "/api/v1/live/{event}/chat",
        "/api/v1/gateways/availability",
    ] {
        assert!(document["paths"][path].is_object(), "{path}");
    }
}

#[tokio::test]
async fn a_cookie_alone_changes_nothing() {
    let world = World::new().await;
    let credentials = json!({ "login": "paul", "password": crate::harness::Person::password_of("paul") });
    let login = format!("{}/login", world.server.base);
    let form = format!(
        "login=paul&password={}",
        credentials["password"].as_str().expect("text").replace(' ', "+")
    );
    let signed_in = world
        .server
        .http()
        .post(&login)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .expect("an answer");
    let cookie = signed_in.headers()["set-cookie"]
        .to_str()
        .expect("text")
        .split(';')
        .next()
        .expect("a cookie")
        .to_owned();
    let plan = |origin: Option<&str>| {
        let mut request = world
            .server
            .http()
            .post(format!("{}/api/v1/meetings", world.server.base))
            .header("cookie", &cookie);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let request = request.json(&World::webinar("By a browser"));
        async move { Answer::of("plan".into(), request.send().await.expect("an answer")).await }
    };
    plan(None).await.problem(403, "csrf");
    plan(Some("https://elsewhere.example")).await.problem(403, "csrf");
    plan(Some(&world.server.base)).await.ok();
}
