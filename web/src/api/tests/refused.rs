//! What a browser is told when no page could answer: a page, with the way on. Programs get their documents.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::fixture::{Answer, Fixture};

const BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

async fn post(f: &Fixture, path: &str, accept: &str, origin: Option<&str>, form: &str) -> Answer {
    let cookie = f.sign_in("staff").await;
    let mut request = Request::post(path)
        .header("cookie", cookie)
        .header("accept", accept)
        .header("accept-language", "fr")
        .header("content-type", "application/x-www-form-urlencoded");
    request = match origin {
        Some(origin) => request.header("origin", origin),
        None => request.header("sec-fetch-site", "same-origin"),
    };
    f.send(request.body(Body::from(form.to_owned())).expect("a request"))
        .await
}

#[tokio::test]
async fn a_person_gets_a_page_and_a_program_its_document() {
    let f = Fixture::new().await;
    let strange = Some("https://evil.example");
    for (path, origin, form, status, says) in [
        (
            "/meetings/new",
            strange,
            "name=x",
            StatusCode::FORBIDDEN,
            "à son adresse",
        ),
        (
            "/meetings/new",
            None,
            "name=x&name=y",
            StatusCode::UNPROCESSABLE_ENTITY,
            "rechargez-la",
        ),
        ("/live", None, "", StatusCode::METHOD_NOT_ALLOWED, "rechargez-la"),
    ] {
        let answer = post(&f, path, BROWSER, origin, form).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        assert!(answer.header("content-type").starts_with("text/html"), "{path}");
        assert!(
            answer.text.contains(says) && answer.text.contains("href=\"/\""),
            "{}",
            answer.text
        );
        let answer = post(&f, path, "application/json", origin, form).await;
        assert_eq!(answer.status, status);
        assert!(!answer.header("content-type").starts_with("text/html"), "{path}");
    }
    let api = post(&f, "/api/v1/meetings", BROWSER, strange, "").await;
    assert_eq!((api.status, api.code()), (StatusCode::FORBIDDEN, "csrf"));
}

#[tokio::test]
async fn only_its_own_button_signs_out_everywhere() {
    let f = Fixture::new().await;
    // The form of a new password, sent by a browser without script.
    let answer = post(&f, "/account", BROWSER, None, "old=a&password=b").await;
    assert_eq!((answer.status, answer.header("set-cookie")), (StatusCode::OK, ""));
    let answer = post(&f, "/account", BROWSER, None, "everywhere=1").await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/login")
    );
}
