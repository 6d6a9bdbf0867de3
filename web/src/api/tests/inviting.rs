//! Inviting by mail address.

use amphi_events::meeting::INVITEES_MAX;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::fixture::Fixture;

async fn planned(f: &Fixture) -> String {
    let body = json!({ "name": "Algebra", "starts_at": "2026-03-16T10:00:00+01:00", "duration_s": 3600 });
    let made = f
        .call(Some(&f.staff.token), "POST", "/api/v1/meetings", Some(body))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    format!(
        "/api/v1/meetings/{}/invitations",
        made.json["id"].as_str().expect("an id")
    )
}

async fn invite(f: &Fixture, path: &str, addresses: &[&str], language: &str) -> (StatusCode, Value) {
    let body = json!({ "addresses": addresses, "language": language });
    let a = f.call(Some(&f.staff.token), "POST", path, Some(body)).await;
    (a.status, a.json)
}

async fn addresses(f: &Fixture, path: &str) -> Vec<String> {
    let page = f.call(Some(&f.staff.token), "GET", path, None).await.json;
    let items = page["items"].as_array().expect("items");
    let address = |i: &Value| i["address"].as_str().expect("an address").to_owned();
    let mut all: Vec<String> = items.iter().map(address).collect();
    all.sort();
    all
}

#[tokio::test]
async fn all_are_invited_or_nobody() {
    let f = Fixture::new().await;
    let path = planned(&f).await;
    let (status, said) = invite(&f, &path, &["zoe@univ.example", "zoe@univ"], "fr").await;
    assert_eq!(
        (status, &said["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("mail_address")),
        "{said}"
    );
    assert_eq!(said["address"], "zoe@univ");
    let (status, said) = invite(&f, &path, &["zoe@univ.example"], "nl").await;
    assert_eq!(
        (status, &said["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("bad_body")),
        "{said}"
    );
    let many: Vec<String> = (0..=INVITEES_MAX).map(|n| format!("p{n}@univ.example")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let (status, said) = invite(&f, &path, &many, "fr").await;
    assert_eq!(
        (status, &said["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("too_many_invitees")),
        "{said}"
    );
    assert!(addresses(&f, &path).await.is_empty());
}

#[tokio::test]
async fn an_address_is_invited_once_however_it_is_written() {
    let f = Fixture::new().await;
    let path = planned(&f).await;
    let (status, said) = invite(&f, &path, &["zoe@univ.example", "Zoe@Univ.example"], "fr").await;
    assert_eq!(status, StatusCode::OK, "{said}");
    let (status, said) = invite(&f, &path, &["ZOE@univ.example", "bob@univ.example"], "en").await;
    assert_eq!(status, StatusCode::OK, "{said}");
    assert_eq!(addresses(&f, &path).await, ["bob@univ.example", "zoe@univ.example"]);
    // No longer, and again: somebody new, who is written to anew.
    let items = said["items"].as_array().expect("items");
    let zoe = items.iter().find(|i| i["address"] == "zoe@univ.example");
    let id = zoe.expect("zoe")["id"].as_str().expect("an id").to_owned();
    let off = f
        .call(Some(&f.staff.token), "DELETE", &format!("{path}/{id}"), None)
        .await;
    assert_eq!(off.status, StatusCode::NO_CONTENT, "{}", off.text);
    assert_eq!(addresses(&f, &path).await, ["bob@univ.example"]);
    let (_, again) = invite(&f, &path, &["zoe@univ.example"], "fr").await;
    assert_eq!(addresses(&f, &path).await, ["bob@univ.example", "zoe@univ.example"]);
    assert!(
        again["items"]
            .as_array()
            .expect("items")
            .iter()
            .all(|i| i["id"] != id.as_str()),
        "{again}"
    );
    let unknown = f
        .call(
            Some(&f.staff.token),
            "DELETE",
            &format!("{path}/01J00000000000000000000009"),
            None,
        )
        .await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND, "{}", unknown.text);
}

#[tokio::test]
async fn nobody_is_invited_to_a_meeting_that_is_off() {
    let f = Fixture::new().await;
    let path = planned(&f).await;
    let meeting = path.trim_end_matches("/invitations");
    f.call(Some(&f.staff.token), "DELETE", meeting, None).await;
    let (status, said) = invite(&f, &path, &["zoe@univ.example"], "fr").await;
    assert_eq!(status, StatusCode::CONFLICT, "{said}");
}
