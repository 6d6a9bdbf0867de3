//! Tokens with scopes and an end.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::fixture::{Fixture, request};

async fn token(f: &Fixture, by: &str, body: Value) -> String {
    let made = f.call(Some(by), "POST", "/api/v1/tokens", Some(body)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    made.json["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_token_does_what_its_scopes_name_and_no_more() {
    let f = Fixture::new().await;
    let (_, live) = f.webinar().await;
    let whole = f.staff.token.clone();
    let reads = token(&f, &whole, json!({"name": "screen", "scopes": ["read"]})).await;
    let get = async |token: &str, path: &str| f.call(Some(token), "GET", path, None).await;
    assert_eq!(get(&reads, "/api/v1/meetings").await.status, StatusCode::OK);
    assert_eq!(
        get(&reads, "/meetings").await.status,
        StatusCode::OK,
        "its page as well"
    );
    assert_eq!(get(&reads, "/api/v1/me").await.json["scopes"], json!(["read"]));
    assert_eq!(
        get(&whole, "/api/v1/me").await.json["scopes"].as_array().unwrap().len(),
        7
    );
    let planned = json!({"name": "Algebra", "starts_at": "2030-01-01T10:00:00Z", "duration_s": 3600});
    let refused = f
        .call(Some(&reads), "POST", "/api/v1/meetings", Some(planned.clone()))
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(
        (&refused.json["code"], &refused.json["needs"]),
        (&json!("token_scope"), &json!(["plan"]))
    );
    let line = json!({"client_id": "1", "text": "hello"});
    let chat = format!("/api/v1/live/{live}/chat");
    assert_eq!(
        f.call(Some(&reads), "POST", &chat, Some(line)).await.json["code"],
        "token_scope"
    );
    // Pages with secrets, and forms of pages.
    assert_eq!(get(&reads, "/account").await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        f.call(Some(&reads), "POST", "/account/calendar", None).await.status,
        StatusCode::FORBIDDEN
    );
    let plans = token(&f, &whole, json!({"name": "timetable", "scopes": ["plan"]})).await;
    assert_eq!(
        f.call(Some(&plans), "POST", "/api/v1/meetings", Some(planned))
            .await
            .status,
        StatusCode::CREATED
    );

    // A scope gives nothing that the role does not.
    let over = token(&f, &whole, json!({"name": "x", "scopes": ["administer"]})).await;
    let refused = get(&over, "/api/v1/people").await;
    assert_eq!(
        (refused.status, &refused.json["code"]),
        (StatusCode::FORBIDDEN, &json!("forbidden"))
    );
}

#[tokio::test]
async fn a_limited_token_makes_none_that_goes_further() {
    let f = Fixture::new().await;
    let limited = token(&f, &f.staff.token, json!({"name": "x", "scopes": ["account", "read"]})).await;
    let make = async |by: &str, body: Value| f.call(Some(by), "POST", "/api/v1/tokens", Some(body)).await;
    let further = make(&limited, json!({"name": "y", "scopes": ["plan"]})).await;
    assert_eq!(
        (further.status, &further.json["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("token_scopes"))
    );
    assert_eq!(
        make(&limited, json!({"name": "y"})).await.json["scopes"],
        json!(["read", "account"])
    );
    // Nor by way of another account, where it may make tokens at all.
    let administers = token(
        &f,
        &f.administrator.token,
        json!({"name": "x", "scopes": ["administer"]}),
    )
    .await;
    let path = format!("/api/v1/people/{}/tokens", f.staff.id);
    let whole = json!({"name": "z", "scopes": ["account"]});
    assert_eq!(
        f.call(Some(&administers), "POST", &path, Some(whole)).await.json["code"],
        "token_scopes"
    );
    for (body, code) in [
        (json!({"name": "y", "scopes": []}), "token_scopes"),
        (json!({"name": "y", "scopes": ["everything"]}), "token_scopes"),
        (json!({"name": "y", "lasts_s": 60}), "token_lasts"),
        (json!({"name": ""}), "name"),
    ] {
        assert_eq!(make(&f.staff.token, body.clone()).await.json["code"], code, "{body}");
    }
}

#[tokio::test]
async fn a_token_that_has_ended_is_told_so() {
    let f = Fixture::new().await;
    let short = token(&f, &f.staff.token, json!({"name": "x", "lasts_s": 3600})).await;
    let me = async |token: &str| f.call(Some(token), "GET", "/api/v1/me", None).await;
    assert_eq!(me(&short).await.status, StatusCode::OK);
    f.clock.move_ms(3_600_000);
    let over = me(&short).await;
    assert_eq!(
        (over.status, &over.json["code"]),
        (StatusCode::UNAUTHORIZED, &json!("token_ended"))
    );
    // Also where a stranger may ask.
    assert_eq!(
        f.call(Some(&short), "GET", "/api/v1/live", None).await.json["code"],
        "token_ended"
    );
    assert_eq!(me("amphi_nobodys").await.json["code"], "signed_out");
    // Its page: as for a stranger.
    let page = f.send(request(Some(&short), "GET", "/account", None)).await;
    assert!(page.header("location").starts_with("/login"), "{}", page.text);
    let listed = f.call(Some(&f.staff.token), "GET", "/api/v1/tokens", None).await;
    let line = listed.json["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|t| t["name"] == "x")
        .unwrap()
        .clone();
    assert_eq!((&line["ended"], line["used_at"].is_string()), (&json!(true), true));
}

#[tokio::test]
async fn a_token_makes_none_that_outlives_it() {
    let f = Fixture::new().await;
    let hour = json!({"name": "x", "scopes": ["account", "administer"], "lasts_s": 7200});
    let short = token(&f, &f.administrator.token, hour).await;
    let ends = f.web.sources.now().plus_s(7200).rfc3339();
    let others = format!("/api/v1/people/{}/tokens", f.staff.id);
    for path in ["/api/v1/tokens", &others] {
        let make = async |body: Value| f.call(Some(&short), "POST", path, Some(body)).await;
        let same = make(json!({"name": "y"})).await;
        assert_eq!(same.json["ends_at"], json!(ends), "{}", same.text);
        let longer = make(json!({"name": "y", "lasts_s": 7201})).await;
        assert_eq!(
            (longer.status, &longer.json["code"], &longer.json["ends_at"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("token_lasts"), &json!(ends))
        );
        let shorter = make(json!({"name": "y", "lasts_s": 3600})).await;
        assert_eq!(shorter.status, StatusCode::CREATED, "{}", shorter.text);
    }
    // A sign-in and a token without an end make what they like.
    let whole = f
        .call(
            Some(&f.administrator.token),
            "POST",
            "/api/v1/tokens",
            Some(json!({"name": "z"})),
        )
        .await;
    assert_eq!(whole.json["ends_at"], Value::Null);
}
