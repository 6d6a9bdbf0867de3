//! Planning by forms, as a browser without script posts them.

mod dates;
mod inviting;
mod room;

use axum::body::Body;
use axum::http::{Request, StatusCode};

use crate::api::tests::fixture::{Answer, Fixture, ORIGIN};

/// A form of a browser that is signed in.
pub async fn post(f: &Fixture, cookie: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let request = Request::post(path)
        .header("cookie", cookie)
        .header("origin", ORIGIN)
        .header("accept-language", "en")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .unwrap();
    f.send(request).await
}

/// What a browser that is signed in is shown; without a cookie nobody is.
pub async fn get(f: &Fixture, cookie: &str, path: &str) -> Answer {
    let request = Request::get(path)
        .header("cookie", cookie)
        .header("accept-language", "en")
        .body(Body::empty())
        .unwrap();
    f.send(request).await
}

/// What a fresh form holds, with a name.
pub const FORM: &[(&str, &str)] = &[
    ("once", "01J00000000000000000000003"),
    ("name", "Optics"),
    ("starts_at", "2026-03-03T14:00"),
    ("minutes", "90"),
    ("time_zone", "Europe/Paris"),
    ("is_webinar", ""),
    ("max_participants", "150"),
    ("guest_policy", "ALWAYS_ACCEPT"),
    ("presenters", ""),
];

fn with<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let value = |name: &str, old: &'a str| changes.iter().find(|(n, _)| *n == name).map_or(old, |(_, v)| *v);
    let more = changes.iter().filter(|(n, _)| FORM.iter().all(|(old, _)| old != n));
    FORM.iter()
        .map(|(n, v)| (*n, value(n, v)))
        .chain(more.copied())
        .collect()
}

/// Plans a meeting by the form; its id.
pub async fn planned(f: &Fixture, cookie: &str, fields: &[(&str, &str)]) -> String {
    let made = post(f, cookie, "/meetings/new", fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    made.header("location")
        .split(['/', '?'])
        .nth(2)
        .expect("an id")
        .to_owned()
}

#[tokio::test]
async fn a_form_sent_twice_plans_one_meeting_and_a_changed_one_another() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("staff").await;
    let first = post(&f, &cookie, "/meetings/new", FORM).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text);
    let twice = post(&f, &cookie, "/meetings/new", FORM).await;
    assert_eq!(twice.header("location"), first.header("location"));
    // Somebody went back in the browser and plans the next lecture with the same form.
    let next = post(&f, &cookie, "/meetings/new", &with(&[("name", "Optics 2")])).await;
    assert_eq!(next.status, StatusCode::SEE_OTHER);
    assert_ne!(next.header("location"), first.header("location"));
    let list = get(&f, &cookie, "/meetings").await.text;
    assert_eq!(list.matches("Optics 2</a>").count(), 1, "{list}");
    assert_eq!(list.matches("Optics</a>").count(), 1, "{list}");
    let page = get(&f, &cookie, first.header("location")).await;
    assert!(
        page.text.contains("14:00") && page.text.contains("/join/"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn nothing_typed_is_lost_and_every_mistake_is_named_at_its_field() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("staff").await;
    let wrong = with(&[
        ("name", "x"),
        ("starts_at", "2026-03-29T02:30"),
        ("minutes", "many"),
        ("presenters", "other, ghost"),
    ]);
    let a = post(&f, &cookie, "/meetings/new", &wrong).await;
    assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["name", "starts_at", "minutes", "presenters"] {
        assert!(a.text.contains(&format!("href=\"#{field}\"")), "{field}: {}", a.text);
        assert!(a.text.contains(&format!("id=\"{field}-wrong\"")), "{field}: {}", a.text);
    }
    for kept in [
        "value=\"many\"",
        "value=\"other, ghost\"",
        "value=\"2026-03-29T02:30\"",
        "03:00",
        "ghost",
    ] {
        assert!(a.text.contains(kept), "{kept}: {}", a.text);
    }
    assert!(
        a.text.contains("id=\"form-problems\"") && a.text.contains("autofocus"),
        "{}",
        a.text
    );
    assert!(
        get(&f, &cookie, "/meetings").await.text.contains("class=\"empty\""),
        "nothing was planned"
    );
}

#[tokio::test]
async fn a_meeting_is_changed_moved_and_cancelled_by_its_presenters_only() {
    let f = Fixture::new().await;
    let (id, _) = f.webinar().await;
    let (page, edit) = (format!("/meetings/{id}"), format!("/meetings/{id}/edit"));
    let stranger = f.sign_in("other").await;
    for path in [&page, &edit] {
        assert_eq!(get(&f, &stranger, path).await.status, StatusCode::FORBIDDEN);
        assert_eq!(
            post(&f, &stranger, path, &[("action", "cancel")]).await.status,
            StatusCode::FORBIDDEN
        );
    }
    let cookie = f.sign_in("staff").await;
    let form = get(&f, &cookie, &edit).await.text;
    assert!(
        form.contains("value=\"Analysis\"") && form.contains("value=\"2026-03-02T11:00\""),
        "{form}"
    );
    let moved = post(
        &f,
        &cookie,
        &page,
        &[("action", "move"), ("starts_at", "2026-03-02T12:00:00Z")],
    )
    .await;
    assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.text);
    assert!(
        get(&f, &cookie, &edit)
            .await
            .text
            .contains("value=\"2026-03-02T13:00\"")
    );
    assert_eq!(
        post(&f, &cookie, &page, &[("action", "move"), ("starts_at", "noon")])
            .await
            .status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        post(&f, &cookie, &page, &[("action", "dance")]).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        post(&f, &cookie, &page, &[("action", "cancel")]).await.status,
        StatusCode::SEE_OTHER
    );
    let after = get(&f, &cookie, &page).await.text;
    assert!(
        after.contains("room-cancelled") && !after.contains("/edit\""),
        "{after}"
    );
    // Its form can be taken for another one.
    let again = get(&f, &cookie, &format!("/meetings/new?like={id}")).await;
    assert!(again.text.contains("value=\"Analysis\""), "{}", again.text);
    assert_eq!(
        get(&f, &stranger, &format!("/meetings/new?like={id}")).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn who_comes_to_a_door_is_told_what_stands_behind_it() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("staff").await;
    let id = planned(&f, &cookie, FORM).await;
    let door = format!("/join/{id}");
    let guest = async |path: &str| get(&f, "", path).await;
    let early = guest(&door).await.text;
    assert!(
        early.contains("data-phase=\"early\"") && early.contains("14:00"),
        "{early}"
    );
    let wrong = guest(&format!("{door}/nokey")).await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    assert!(
        wrong.text.contains(&format!("href=\"{door}\"")),
        "the way out: {}",
        wrong.text
    );
    f.clock.move_ms(2 * 24 * 3_600_000);
    assert!(guest(&door).await.text.contains("data-phase=\"over\""));
    let state = guest(&format!("{door}/state")).await;
    assert_eq!(state.json["phase"], "over");
    // A presenter may still open it.
    let cookie = f.sign_in("staff").await;
    assert!(get(&f, &cookie, &door).await.text.contains("id=\"open\""));
}
