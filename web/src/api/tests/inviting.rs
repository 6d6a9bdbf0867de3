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

/// Looked at and then written, six requests at the same time were six invitations of one person; who was taken off one of them was told so
/// and was invited still.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn six_requests_at_the_same_time_invite_once() {
    let f = Fixture::new().await;
    let path = planned(&f).await;
    // Two nodes on one log: what one has folded the other doesn't know.
    let other = crate::router(crate::Web {
        aggregates: amphi_events::Aggregates::new(&f.web.log, &f.web.sources),
        ..f.web.clone()
    });
    for round in 0..3 {
        let calls: Vec<_> = (0..6)
            .map(|n| {
                let body = json!({ "addresses": [format!("zoe{round}@univ.example")], "language": "fr" });
                let mut request = super::fixture::request(Some(&f.staff.token), "POST", &path, Some(body));
                let peer = std::net::SocketAddr::from(([203, 0, 113, 1], 4711));
                request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
                let router = if n % 2 == 0 { f.router.clone() } else { other.clone() };
                tokio::spawn(tower::ServiceExt::oneshot(router, request))
            })
            .collect();
        for call in calls {
            assert_eq!(
                call.await.expect("no panic").expect("an answer").status(),
                StatusCode::OK
            );
        }
        let all = addresses(&f, &path).await;
        assert_eq!(all.len(), round + 1, "{all:?}");
        // Off, all are off, and the next round begins with who is invited again.
        let page = f.call(Some(&f.staff.token), "GET", &path, None).await.json;
        let id = page["items"][round]["id"].as_str().expect("an id").to_owned();
        let off = f
            .call(Some(&f.staff.token), "DELETE", &format!("{path}/{id}"), None)
            .await;
        assert_eq!(off.status, StatusCode::NO_CONTENT, "{}", off.text);
        assert_eq!(addresses(&f, &path).await.len(), round);
        let (status, said) = invite(&f, &path, &[&format!("ZOE{round}@univ.example")], "en").await;
        assert_eq!(status, StatusCode::OK, "{said}");
        // In the order in which they were invited.
        assert_eq!(said["items"][round]["address"], format!("ZOE{round}@univ.example"));
        assert_ne!(said["items"][round]["id"], id.as_str());
    }
}

#[tokio::test]
async fn an_hour_has_so_many_invitations() {
    let f = Fixture::new().await;
    let f = f.with(|s| s.invitations_per_hour = 3);
    let path = planned(&f).await;
    let (status, said) = invite(&f, &path, &["a@univ.example", "b@univ.example"], "fr").await;
    assert_eq!(status, StatusCode::OK, "{said}");
    let (status, said) = invite(&f, &path, &["a@univ.example", "c@univ.example", "d@univ.example"], "fr").await;
    assert_eq!(
        (status, &said["code"]),
        (StatusCode::TOO_MANY_REQUESTS, &json!("invited_much")),
        "{said}"
    );
    assert_eq!(addresses(&f, &path).await.len(), 2, "nobody of that list");
    // Taken off and invited again, they are as many mails: that counts too.
    for expected in [StatusCode::OK, StatusCode::TOO_MANY_REQUESTS] {
        let page = f.call(Some(&f.staff.token), "GET", &path, None).await.json;
        let id = page["items"][0]["id"].as_str().expect("an id").to_owned();
        f.call(Some(&f.staff.token), "DELETE", &format!("{path}/{id}"), None)
            .await;
        let address = page["items"][0]["address"].as_str().expect("an address").to_owned();
        assert_eq!(invite(&f, &path, &[&address], "fr").await.0, expected);
    }
    f.clock.move_ms(3_600_000);
    let (status, said) = invite(&f, &path, &["e@univ.example"], "fr").await;
    assert_eq!(status, StatusCode::OK, "{said}");
}
