//! Planners are found by name.

use axum::http::StatusCode;
use serde_json::Value;

use super::fixture::Fixture;
use crate::auth::accounts;
use amphi_events::person::Role;

async fn add(f: &Fixture, login: &str, name: &str, role: Role, password: Option<&str>) {
    let web = &f.web;
    accounts::add(
        &web.aggregates,
        &web.keys,
        &web.store,
        &web.sources,
        login,
        name,
        role,
        password,
    )
    .await
    .unwrap();
}

/// The logins that a search finds.
async fn found(f: &Fixture, text: &str) -> Vec<String> {
    let text: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let path = format!("/api/v1/planners?search={text}");
    let answer = f.call(Some(&f.staff.token), "GET", &path, None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let all = answer.json["items"].as_array().unwrap().iter();
    all.map(|p| p["login"].as_str().unwrap().to_owned()).collect()
}

/// Nobody knows logins such as `p0123456`.
#[tokio::test]
async fn who_may_plan_is_found_by_name_and_few_at_a_time() {
    let f = Fixture::new().await;
    let password = Some(super::fixture::PASSWORD);
    add(&f, "p0123456", "Zoé Martin", Role::Staff, password).await;
    add(&f, "p0123457", "Martin Élan", Role::Administrator, password).await;
    // Who may not plan, and who can't sign in any more, can't be given a meeting.
    add(&f, "p0123458", "Martin Petit", Role::User, password).await;
    add(&f, "p0123459", "Martin Closed", Role::Staff, None).await;
    assert_eq!(found(&f, "martin").await, ["p0123456", "p0123457"]);
    assert_eq!(found(&f, "MARTIN zoé").await, ["p0123456"]);
    assert_eq!(found(&f, "3456").await, ["p0123456"]);
    assert_eq!(found(&f, " m ").await, Vec::<String>::new());
    let answer = f
        .call(Some(&f.staff.token), "GET", "/api/v1/planners?search=martin", None)
        .await;
    let keys: Vec<&String> = answer.json["items"][0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["id", "login", "name"], "nothing else of them");
    for n in 0..12 {
        add(&f, &format!("q{n:02}"), "Quentin", Role::Staff, password).await;
    }
    assert_eq!(found(&f, "quentin").await.len(), 10);
    let refused = f
        .call(Some(&f.user.token), "GET", "/api/v1/planners?search=martin", None)
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let everybody = f.with(|s| s.everybody_plans = true);
    assert_eq!(found(&everybody, "martin").await, ["p0123456", "p0123457", "p0123458"]);
    // Not a way to read the list of everybody.
    let mut last = Value::Null;
    for _ in 0..600 {
        let answer = everybody
            .call(Some(&everybody.user.token), "GET", "/api/v1/planners?search=zoé", None)
            .await;
        last = answer.json["code"].clone();
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(!answer.header("retry-after").is_empty());
            break;
        }
    }
    let more = everybody
        .call(Some(&everybody.user.token), "GET", "/api/v1/planners?search=mar", None)
        .await;
    assert_eq!(more.code(), "too_many_tries", "{last}");
}
