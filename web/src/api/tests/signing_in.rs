//! Signing in, being kept out, and proof of origin.

use axum::http::StatusCode;
use serde_json::json;

use super::fixture::{Fixture, ORIGIN, PASSWORD, request};

#[tokio::test]
async fn a_session_is_a_cookie_that_no_script_and_no_stranger_reads() {
    let f = Fixture::new().await;
    let a = f
        .call(
            None,
            "POST",
            "/api/v1/session",
            Some(json!({"login": "STAFF", "password": PASSWORD})),
        )
        .await;
    assert_eq!(a.status, StatusCode::OK, "{}", a.text);
    assert_eq!(a.json["role"], "staff");
    let set = a.header("set-cookie").to_owned();
    assert!(set.starts_with("__Host-amphi_session="), "{set}");
    for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(set.contains(part), "{set}");
    }
    let cookie = set.split(';').next().unwrap();
    let me = |cookie: &str| {
        let mut r = request(None, "GET", "/api/v1/me", None);
        r.headers_mut().insert("cookie", cookie.parse().unwrap());
        r
    };
    assert_eq!(f.send(me(cookie)).await.json["login"], "staff");

    // Signing in again with the old cookie gives a new one and ends the old session.
    let mut again = request(
        None,
        "POST",
        "/api/v1/session",
        Some(json!({"login": "staff", "password": PASSWORD})),
    );
    again.headers_mut().insert("cookie", cookie.parse().unwrap());
    again.headers_mut().insert("origin", ORIGIN.parse().unwrap());
    let second = f.send(again).await;
    let fresh = second.header("set-cookie").split(';').next().unwrap().to_owned();
    assert_ne!(fresh, cookie);
    assert_eq!(f.send(me(cookie)).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(f.send(me(&fresh)).await.status, StatusCode::OK);

    // Signed out.
    let mut out = request(None, "DELETE", "/api/v1/session", None);
    out.headers_mut().insert("cookie", fresh.parse().unwrap());
    out.headers_mut()
        .insert("sec-fetch-site", "same-origin".parse().unwrap());
    assert_eq!(f.send(out).await.status, StatusCode::NO_CONTENT);
    assert_eq!(f.send(me(&fresh)).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn sessions_run_out() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("user").await;
    let me = || {
        let mut r = request(None, "GET", "/api/v1/me", None);
        r.headers_mut().insert("cookie", cookie.parse().unwrap());
        r
    };
    for _ in 0..11 {
        f.clock.move_ms(54 * 60_000);
        assert_eq!(f.send(me()).await.status, StatusCode::OK, "used within the hour");
    }
    f.clock.move_ms(54 * 60_000);
    assert_eq!(f.send(me()).await.status, StatusCode::UNAUTHORIZED, "ten hours in all");
    let idle = f.sign_in("user").await;
    f.clock.move_ms(61 * 60_000);
    let mut r = request(None, "GET", "/api/v1/me", None);
    r.headers_mut().insert("cookie", idle.parse().unwrap());
    assert_eq!(f.send(r).await.status, StatusCode::UNAUTHORIZED, "an hour idle");
}

#[tokio::test]
async fn guessing_is_slowed_down_without_locking_others_out() {
    let f = Fixture::new().await;
    let guess = |login: &str, password: &str| {
        request(
            None,
            "POST",
            "/api/v1/session",
            Some(json!({"login": login, "password": password})),
        )
    };
    for _ in 0..5 {
        let a = f.send_from("198.51.100.9", guess("staff", "wrong")).await;
        assert_eq!((a.status, a.code()), (StatusCode::UNAUTHORIZED, "wrong_credentials"));
    }
    let a = f.send_from("198.51.100.9", guess("staff", PASSWORD)).await;
    assert_eq!((a.status, a.code()), (StatusCode::TOO_MANY_REQUESTS, "too_many_tries"));
    assert!(a.header("retry-after").parse::<u64>().unwrap() >= 1);
    // From elsewhere, and as somebody else, the door is open.
    assert_eq!(
        f.send_from("198.51.100.10", guess("staff", PASSWORD)).await.status,
        StatusCode::OK
    );
    assert_eq!(
        f.send_from("198.51.100.9", guess("user", PASSWORD)).await.status,
        StatusCode::OK
    );
    f.clock.move_ms(3_600_000);
    assert_eq!(
        f.send_from("198.51.100.9", guess("staff", PASSWORD)).await.status,
        StatusCode::OK
    );
    // A login that doesn't exist is answered and slowed down alike.
    for _ in 0..5 {
        assert_eq!(
            f.send_from("198.51.100.9", guess("nobody", "wrong")).await.code(),
            "wrong_credentials"
        );
    }
    assert_eq!(
        f.send_from("198.51.100.9", guess("nobody", "wrong")).await.code(),
        "too_many_tries"
    );
}

#[tokio::test]
async fn tries_at_the_same_time_count_as_well() {
    let f = Fixture::new().await;
    let guess = || {
        request(
            None,
            "POST",
            "/api/v1/session",
            Some(json!({"login": "staff", "password": "wrong"})),
        )
    };
    let tries = (0..40).map(|_| f.send_from("198.51.100.77", guess()));
    let answers = futures_util::future::join_all(tries).await;
    let judged = answers.iter().filter(|a| a.code() == "wrong_credentials").count();
    assert!(judged < 20, "{judged} of 40 were judged");
}

#[tokio::test]
async fn a_cookie_needs_proof_of_origin() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("staff").await;
    let make = |headers: &[(&'static str, &str)]| {
        let mut r = request(None, "POST", "/api/v1/tokens", Some(json!({"name": "x"})));
        r.headers_mut().insert("cookie", cookie.parse().unwrap());
        for (name, value) in headers {
            r.headers_mut().insert(*name, value.parse().unwrap());
        }
        r
    };
    for (headers, status) in [
        (&[][..], StatusCode::FORBIDDEN),
        (&[("origin", "https://evil.example")][..], StatusCode::FORBIDDEN),
        (&[("origin", "null")][..], StatusCode::FORBIDDEN),
        (&[("sec-fetch-site", "same-site")][..], StatusCode::FORBIDDEN),
        (&[("sec-fetch-site", "cross-site")][..], StatusCode::FORBIDDEN),
        (&[("origin", ORIGIN)][..], StatusCode::CREATED),
        (&[("sec-fetch-site", "same-origin")][..], StatusCode::CREATED),
    ] {
        let a = f.send(make(headers)).await;
        assert_eq!(a.status, status, "{headers:?} {}", a.text);
        assert!(status == StatusCode::CREATED || a.code() == "csrf");
    }
    // A stranger's page can't sign a browser in as somebody else either.
    let mut login = request(
        None,
        "POST",
        "/api/v1/session",
        Some(json!({"login": "user", "password": PASSWORD})),
    );
    login
        .headers_mut()
        .insert("origin", "https://evil.example".parse().unwrap());
    assert_eq!(f.send(login).await.code(), "csrf");
    // A token is proof enough, whatever cookie comes beside it.
    let mut r = request(
        Some(&f.staff.token),
        "POST",
        "/api/v1/tokens",
        Some(json!({"name": "x"})),
    );
    r.headers_mut()
        .insert("origin", "https://tool.example".parse().unwrap());
    assert_eq!(f.send(r).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn tokens_are_shown_once_and_end_at_once() {
    let f = Fixture::new().await;
    let made = f
        .call(
            Some(&f.user.token),
            "POST",
            "/api/v1/tokens",
            Some(json!({"name": "ci"})),
        )
        .await;
    let (id, token) = (
        made.json["id"].as_str().unwrap().to_owned(),
        made.json["token"].as_str().unwrap().to_owned(),
    );
    assert_eq!(
        f.call(Some(&token), "GET", "/api/v1/me", None).await.status,
        StatusCode::OK
    );
    let list = f.call(Some(&f.user.token), "GET", "/api/v1/tokens", None).await;
    assert!(!list.text.contains(&token) && list.text.contains(&id));
    assert_eq!(
        f.call(Some(&f.staff.token), "DELETE", &format!("/api/v1/tokens/{id}"), None)
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        f.call(Some(&f.user.token), "DELETE", &format!("/api/v1/tokens/{id}"), None)
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        f.call(Some(&token), "GET", "/api/v1/me", None).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_password_of_the_service_before_signs_in_and_is_kept_anew() {
    let f = Fixture::new().await;
    let django = "pbkdf2_sha256$1000$gXbnTAqcmtg5xA$YN/MnHojnZyoEBbpZQI2PrkfqK7Sa5HpRCoVgLCZDJY=";
    let kept = crate::auth::password::of_django(django).unwrap();
    f.web.store.set_password(f.staff.id, Some(&kept)).await.unwrap();
    let sign_in = async |password: &str| {
        let body = json!({"login": "staff", "password": password});
        f.call(None, "POST", "/api/v1/session", Some(body)).await.status
    };
    assert_eq!(sign_in("letmein!").await, StatusCode::UNAUTHORIZED);
    let held = async || {
        f.web
            .store
            .account(f.staff.id)
            .await
            .unwrap()
            .unwrap()
            .password_hash
            .unwrap()
    };
    assert_eq!(held().await, kept, "a wrong password changes nothing");
    let (one, other) = tokio::join!(sign_in("lètmein!"), sign_in("lètmein!"));
    assert_eq!((one, other), (StatusCode::OK, StatusCode::OK), "also at the same time");
    assert!(held().await.starts_with("$argon2id$"));
    assert_eq!(sign_in("lètmein!").await, StatusCode::OK);
}

/// A campus is one address: one person there, who fails as often as they like, must not lock it out.
#[tokio::test]
async fn one_person_does_not_lock_out_an_address() {
    let f = Fixture::new().await.with(|s| s.sign_in_failures = 120);
    let tries = async |login: &str, password: &str| {
        let body = json!({"login": login, "password": password});
        f.send_from("198.51.100.99", request(None, "POST", "/api/v1/session", Some(body)))
            .await
    };
    assert_eq!(tries("staff", PASSWORD).await.status, StatusCode::OK);
    for n in 0..105 {
        assert_eq!(tries(&format!("made-up-{n}"), "x").await.code(), "wrong_credentials");
    }
    assert_eq!(tries("user", PASSWORD).await.status, StatusCode::OK);
    for n in 105..120 {
        tries(&format!("made-up-{n}"), "x").await;
    }
    // Over what is borne strangers wait, and who signed in from there before does not.
    let waits = tries("other", PASSWORD).await;
    assert_eq!(waits.status, StatusCode::TOO_MANY_REQUESTS, "{}", waits.text);
    for login in ["staff", "USER"] {
        assert_eq!(tries(login, PASSWORD).await.status, StatusCode::OK, "{login}");
    }
    // But is guessed at no faster than anybody.
    for _ in 0..5 {
        assert_eq!(tries("staff", "wrong").await.code(), "wrong_credentials");
    }
    assert_eq!(tries("staff", PASSWORD).await.code(), "too_many_tries");
    f.clock.move_ms(600_000);
    assert_eq!(tries("other", PASSWORD).await.status, StatusCode::OK);
}
