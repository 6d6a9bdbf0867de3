//! One's own sign-ins: listed, and ended one by one.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::Value;

use super::fixture::{Answer, Fixture, ORIGIN};

async fn ask(f: &Fixture, cookie: &str, method: &str, path: &str) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header("cookie", cookie)
        .header("origin", ORIGIN)
        .body(Body::empty())
        .unwrap();
    f.send(request).await
}

async fn listed(f: &Fixture, cookie: &str) -> Vec<Value> {
    let page = ask(f, cookie, "GET", "/me/sessions").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    page.json["items"].as_array().expect("items").clone()
}

#[tokio::test]
async fn a_sign_in_of_one_s_own_is_seen_and_ended_and_nobody_else_s() {
    let f = Fixture::new().await;
    let (here, there) = (f.sign_in("staff").await, f.sign_in("staff").await);
    let other = f.sign_in("other").await;
    let mine = listed(&f, &here).await;
    assert_eq!(mine.len(), 2, "{mine:?}");
    let current: Vec<&Value> = mine.iter().filter(|s| s["current"] == true).collect();
    assert_eq!(current.len(), 1, "{mine:?}");
    assert!(mine.iter().all(|s| s["address"] == "203.0.113.1"), "{mine:?}");
    // Neither cookie nor anything that stands for it.
    let secret = there.split('=').nth(1).expect("a cookie");
    assert!(!format!("{mine:?}").contains(secret), "{mine:?}");
    let theirs = listed(&f, &other).await;
    let id = |s: &Value| s["id"].as_str().expect("an id").to_owned();
    let foreign = ask(&f, &here, "DELETE", &format!("/me/sessions/{}", id(&theirs[0]))).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{}", foreign.text);
    let away = mine.iter().find(|s| s["current"] == false).expect("the other one");
    let path = format!("/me/sessions/{}", id(away));
    assert_eq!(ask(&f, &here, "DELETE", &path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(ask(&f, &there, "GET", "/me").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&f, &here, "GET", "/me").await.status, StatusCode::OK);
    assert_eq!(ask(&f, &other, "GET", "/me").await.status, StatusCode::OK);
    assert_eq!(
        ask(&f, &here, "DELETE", &path).await.status,
        StatusCode::NOT_FOUND,
        "once"
    );
    assert_eq!(listed(&f, &here).await.len(), 1);
}

#[tokio::test]
async fn a_sign_in_that_is_over_is_not_listed() {
    let f = Fixture::new().await;
    let old = f.sign_in("staff").await;
    // Idle for longer than the hour that holds here.
    f.clock.move_ms(61 * 60_000);
    let new = f.sign_in("staff").await;
    assert_eq!(listed(&f, &new).await.len(), 1);
    assert_eq!(ask(&f, &old, "GET", "/me").await.status, StatusCode::UNAUTHORIZED);
}
