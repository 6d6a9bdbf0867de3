//! The language that somebody chose is kept with their account.

use super::fixture::{Answer, Fixture, ORIGIN, PASSWORD, request};
use axum::body::Body;
use axum::http::StatusCode;

async fn held(f: &Fixture) -> Option<String> {
    f.web.store.language_of(f.user.id).await.unwrap()
}

/// A page, with more headers.
async fn page(f: &Fixture, path: &str, more: &[(&'static str, &str)]) -> Answer {
    let mut asked = request(None, "GET", path, None);
    for (name, value) in more {
        asked.headers_mut().insert(*name, value.parse().unwrap());
    }
    let answer = f.send(asked).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer
}

/// Signs in by the page's form.
async fn sign_in(f: &Fixture, more: &[(&'static str, &str)]) {
    let mut asked = request(None, "POST", "/login", None);
    *asked.body_mut() = Body::from(format!("login=user&password={}&next=/", PASSWORD.replace(' ', "+")));
    let form = [
        ("origin", ORIGIN),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    for (name, value) in form.iter().chain(more) {
        asked.headers_mut().insert(*name, value.parse().unwrap());
    }
    let answer = f.send(asked).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
}

#[tokio::test]
async fn what_somebody_chose_on_a_page_is_what_they_are_written_in() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("user").await;
    assert_eq!(held(&f).await, None);
    // What a browser asks for is no choice.
    page(&f, "/meetings", &[("cookie", &cookie), ("accept-language", "en")]).await;
    assert_eq!(held(&f).await, None);
    for lang in ["en", "fr"] {
        page(&f, &format!("/meetings?lang={lang}"), &[("cookie", &cookie)]).await;
        assert_eq!(held(&f).await.as_deref(), Some(lang));
    }
    // Nor is another site's link, nobody's language, what a program asks for, or what somebody reads who is not signed in.
    let foreign = [("cookie", cookie.as_str()), ("sec-fetch-site", "cross-site")];
    page(&f, "/meetings?lang=en", &foreign).await;
    page(&f, "/meetings?lang=de", &[("cookie", &cookie)]).await;
    let token = format!("Bearer {}", f.user.token);
    page(&f, "/meetings?lang=en", &[("authorization", &token)]).await;
    page(&f, "/live?lang=en", &[]).await;
    assert_eq!(held(&f).await.as_deref(), Some("fr"));
}

#[tokio::test]
async fn whoever_signs_in_brings_the_language_of_their_browser_and_their_choice_there() {
    let f = Fixture::new().await;
    sign_in(&f, &[]).await;
    assert_eq!(held(&f).await, None);
    sign_in(&f, &[("accept-language", "en-GB, fr;q=0.5")]).await;
    assert_eq!(held(&f).await.as_deref(), Some("en"));
    // Known is known: another desk asks for another language, and nobody chose it.
    sign_in(&f, &[("accept-language", "fr")]).await;
    assert_eq!(held(&f).await.as_deref(), Some("en"));
    sign_in(&f, &[("accept-language", "en"), ("cookie", "amphi_lang=fr")]).await;
    assert_eq!(held(&f).await.as_deref(), Some("fr"));
}
