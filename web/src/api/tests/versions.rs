//! Two people who change one meeting, and keys that are used for two acts.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::fixture::{Answer, Fixture, request};

async fn planned(f: &Fixture, more: Value) -> String {
    let mut body = json!({"name": "Optics", "starts_at": "2026-03-03T09:00:00Z", "duration_s": 3600, "additional_owners": ["other"]});
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    let made = f
        .call(Some(&f.staff.token), "POST", "/api/v1/meetings", Some(body))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    format!("/api/v1/meetings/{}", made.json["id"].as_str().unwrap())
}

async fn patch(f: &Fixture, path: &str, tag: Option<&str>, body: Value) -> Answer {
    let mut asked = request(Some(&f.other.token), "PATCH", path, Some(body));
    if let Some(tag) = tag {
        asked.headers_mut().insert("if-match", tag.parse().unwrap());
    }
    f.send(asked).await
}

#[tokio::test]
async fn a_change_may_name_the_version_that_it_was_made_of() {
    let f = Fixture::new().await;
    let path = planned(&f, json!({})).await;
    let read = async || f.call(Some(&f.staff.token), "GET", &path, None).await;
    let first = read().await.header("etag").to_owned();
    assert!(first.len() == 28 && first.starts_with('"'), "{first}");
    let renamed = patch(&f, &path, Some(&first), json!({"name": "Waves"})).await;
    assert_eq!(renamed.status, StatusCode::OK, "{}", renamed.text);
    let second = renamed.header("etag").to_owned();
    assert_ne!(first, second);
    assert_eq!(read().await.header("etag"), second);
    let late = patch(&f, &path, Some(&first), json!({"description": "late"})).await;
    assert_eq!(
        (late.status, late.code()),
        (StatusCode::PRECONDITION_FAILED, "changed_meanwhile")
    );
    let mut now = second;
    for n in 0..3 {
        let tag = [now.clone(), "*".to_owned(), format!("{first}, {now}")][n].clone();
        let done = patch(&f, &path, Some(&tag), json!({"description": format!("x{n}")})).await;
        assert_eq!(done.status, StatusCode::OK, "{tag} {}", done.text);
        done.header("etag").clone_into(&mut now);
    }
    for tag in ["x", "\"x\"", "W/\"x\""] {
        assert_eq!(
            patch(&f, &path, Some(tag), json!({"name": "No"})).await.code(),
            "bad_condition"
        );
    }
    // Without one, what is given is put onto what holds: nothing that somebody else saved is undone.
    assert_eq!(
        patch(&f, &path, None, json!({"description": "y"})).await.json["name"],
        "Waves"
    );
}

#[tokio::test]
async fn changes_of_different_fields_at_the_same_time_all_hold() {
    let f = Fixture::new().await;
    let path = planned(&f, json!({})).await;
    let bodies = [
        json!({"name": "Waves"}),
        json!({"description": "x"}),
        json!({"max_participants": 12}),
    ];
    let all = bodies.iter().map(|body| patch(&f, &path, None, body.clone()));
    for answer in futures_util::future::join_all(all).await {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }
    let held = f.call(Some(&f.staff.token), "GET", &path, None).await.json;
    assert_eq!(
        (&held["name"], &held["description"], &held["max_participants"]),
        (&json!("Waves"), &json!("x"), &json!(12))
    );
}

#[tokio::test]
async fn one_key_for_two_dates_is_two_acts() {
    let f = Fixture::new().await;
    let weekly = json!({"recurrence": {"unit": "daily", "count": 5}});
    let path = planned(&f, weekly).await;
    for date in ["2026-03-04", "2026-03-05", "2026-03-05"] {
        let at = format!("{path}/occurrences/{date}");
        let mut asked = request(Some(&f.staff.token), "DELETE", &at, None);
        asked.headers_mut().insert("idempotency-key", "one".parse().unwrap());
        let answer = f.send(asked).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }
    let dates = f
        .call(Some(&f.staff.token), "GET", &format!("{path}/occurrences"), None)
        .await
        .json;
    let cancelled: Vec<&Value> = dates["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|o| o["cancelled"] == true)
        .collect();
    let cancelled: Vec<&Value> = cancelled.iter().map(|o| &o["date"]).collect();
    assert_eq!(cancelled, [&json!("2026-03-04"), &json!("2026-03-05")]);
}

/// Census §2.1: the staff rule holds for co-owners as well.
#[tokio::test]
async fn who_may_not_plan_neither_edits_nor_invites_nor_is_handed_a_meeting() {
    let f = Fixture::new().await;
    let path = planned(&f, json!({"additional_owners": ["user"]})).await;
    let call = async |who: &str, method: &str, at: &str, body: Value| f.call(Some(who), method, at, Some(body)).await;
    let user = f.user.token.as_str();
    let invitations = format!("{path}/invitations");
    for (method, at, body) in [
        ("PATCH", &path, json!({"name": "Mine"})),
        (
            "POST",
            &invitations,
            json!({"addresses": ["zoe@univ.example"], "language": "fr"}),
        ),
        ("PUT", &format!("{path}/password"), json!({"password": "letmein"})),
    ] {
        let refused = call(user, method, at, body).await;
        assert_eq!(
            (refused.status, refused.code()),
            (StatusCode::FORBIDDEN, "plan_right"),
            "{at}"
        );
    }
    // They present all the same.
    let started = f.call(Some(user), "POST", &format!("{path}/start"), None).await;
    assert_eq!(started.status, StatusCode::OK, "{}", started.text);
    let owner = format!("{path}/owner");
    let hand = async |to: &str| call(&f.staff.token, "PUT", &owner, json!({"person": to})).await;
    let refused = hand("user").await;
    assert_eq!(
        (refused.status, refused.code()),
        (StatusCode::UNPROCESSABLE_ENTITY, "owner_plans")
    );
    let access = format!("/api/v1/people/{}/access", f.other.id);
    let closed = f.call(Some(&f.administrator.token), "DELETE", &access, None).await;
    assert_eq!(closed.status, StatusCode::NO_CONTENT);
    let refused = hand("other").await;
    assert_eq!(
        (refused.status, refused.code()),
        (StatusCode::UNPROCESSABLE_ENTITY, "owner_closed")
    );
    assert_eq!(hand("administrator").await.status, StatusCode::OK);
}
