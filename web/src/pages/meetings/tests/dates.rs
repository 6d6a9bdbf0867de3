//! Meetings that repeat: their form, and their single dates.

use axum::http::StatusCode;

use super::{get, planned, post, with};
use crate::api::tests::fixture::Fixture;

/// A Tuesday, and Thursdays too; over a clock change.
const WEEKLY: &[(&str, &str)] = &[
    ("starts_at", "2026-03-24T14:00"),
    ("repeat", "weekly"),
    ("every", "1"),
    ("on.1", "on"),
    ("on.3", "on"),
    ("ends", "count"),
    ("count", "4"),
];

#[tokio::test]
async fn a_series_is_planned_shown_and_stands_in_its_form() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("staff").await;
    let id = planned(&f, &cookie, &with(WEEKLY)).await;
    let page = get(&f, &cookie, &format!("/meetings/{id}")).await.text;
    for date in ["2026-03-24", "2026-03-26", "2026-03-31", "2026-04-02"] {
        assert!(page.contains(&format!("/dates/{date}\"")), "{date}: {page}");
    }
    assert!(!page.contains("/dates/2026-04-07\""), "{page}");
    // In the wall clock of its zone, before and after the change.
    assert!(page.contains("value=\"2026-03-26T14:00\"") && page.contains("value=\"2026-03-31T14:00\""));
    let form = get(&f, &cookie, &format!("/meetings/{id}/edit")).await.text;
    for kept in [
        "<option value=\"weekly\" selected",
        "name=\"on.1\" value=\"on\" checked",
        "name=\"on.3\" value=\"on\" checked",
        "<option value=\"count\" selected",
        "name=\"count\" min=\"1\" max=\"2000\" value=\"4\"",
    ] {
        assert!(form.contains(kept), "{kept}: {form}");
    }
    assert!(!form.contains("name=\"on.0\" value=\"on\" checked"));
}

#[tokio::test]
async fn what_is_wrong_with_a_rule_is_said_beside_it_and_kept() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("staff").await;
    let rule = |changes: &[(&'static str, &'static str)]| {
        let mut fields = with(WEEKLY);
        for (name, value) in changes {
            fields.retain(|(n, _)| n != name);
            fields.push((name, value));
        }
        fields
    };
    for (fields, field, kept) in [
        (rule(&[("every", "0")]), "every", "max=\"100\" value=\"0\""),
        (rule(&[("ends", "until"), ("until", "soon")]), "until", "value=\"soon\""),
        (rule(&[("count", "")]), "count", "<option value=\"count\" selected"),
        (rule(&[("count", "2001")]), "count", "value=\"2001\""),
        // The start's own day is not among the days.
        (
            rule(&[("starts_at", "2026-03-25T14:00")]),
            "repeat",
            "value=\"2026-03-25T14:00\"",
        ),
        (
            rule(&[("repeat", "daily"), ("ends", "until"), ("until", "2096-01-01")]),
            "ends",
            "value=\"2096-01-01\"",
        ),
    ] {
        let a = post(&f, &cookie, "/meetings/new", &fields).await;
        assert_eq!(a.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {}", a.text);
        assert!(a.text.contains(&format!("href=\"#{field}\"")), "{field}: {}", a.text);
        assert!(a.text.contains(&format!("id=\"{field}-wrong\"")), "{field}: {}", a.text);
        assert!(a.text.contains(kept), "{kept}: {}", a.text);
        assert!(a.text.contains("name=\"on.3\" value=\"on\" checked"), "{}", a.text);
    }
}

#[tokio::test]
async fn one_date_is_moved_one_cancelled_and_both_come_back() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("staff").await;
    let id = planned(&f, &cookie, &with(WEEKLY)).await;
    let page = format!("/meetings/{id}");
    let date = |date: &str| format!("{page}/dates/{date}");
    let shown = async || get(&f, &cookie, &page).await.text;
    let calendar = async || get(&f, "", &format!("/join/{id}/calendar.ics")).await.text;
    let move_to = [("action", "move"), ("starts_at", "2026-03-27T09:30"), ("minutes", "45")];
    let moved = post(&f, &cookie, &date("2026-03-26"), &move_to).await;
    assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.text);
    let cancelled = post(&f, &cookie, &date("2026-03-31"), &[("action", "cancel")]).await;
    assert_eq!(cancelled.status, StatusCode::SEE_OTHER, "{}", cancelled.text);
    let now = shown().await;
    assert!(
        now.contains("value=\"2026-03-27T09:30\"") && now.contains("value=\"45\""),
        "{now}"
    );
    assert_eq!(now.matches("value=\"restore\"").count(), 2, "{now}");
    let told = calendar().await;
    assert!(
        told.contains("RECURRENCE-ID;TZID=Europe/Paris:20260326T140000"),
        "{told}"
    );
    assert!(told.contains("EXDATE;TZID=Europe/Paris:20260331T140000"), "{told}");
    for day in ["2026-03-26", "2026-03-31"] {
        let back = post(&f, &cookie, &date(day), &[("action", "restore")]).await;
        assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.text);
    }
    let now = shown().await;
    assert!(
        !now.contains("value=\"restore\"") && now.contains("value=\"2026-03-31T14:00\""),
        "{now}"
    );
    let told = calendar().await;
    assert!(!told.contains("RECURRENCE-ID") && !told.contains("EXDATE"), "{told}");

    // What can't be is said on the page, and changes nothing.
    for (day, fields, status) in [
        ("2026-03-25", vec![("action", "cancel")], StatusCode::OK),
        (
            "2026-03-26",
            vec![("action", "move"), ("starts_at", "soon"), ("minutes", "45")],
            StatusCode::OK,
        ),
        (
            "2026-03-26",
            vec![("action", "move"), ("starts_at", "2026-03-27T09:30"), ("minutes", "0")],
            StatusCode::OK,
        ),
        (
            "2026-03-26",
            vec![("action", "move"), ("starts_at", "2025-03-27T09:30"), ("minutes", "45")],
            StatusCode::OK,
        ),
        ("2026-03-26", vec![("action", "dance")], StatusCode::BAD_REQUEST),
        ("tomorrow", vec![("action", "cancel")], StatusCode::NOT_FOUND),
    ] {
        let a = post(&f, &cookie, &date(day), &fields).await;
        assert_eq!(a.status, status, "{day} {fields:?}: {}", a.text);
        if status == StatusCode::OK {
            assert!(a.text.contains("class=\"problem\""), "{day} {fields:?}: {}", a.text);
            for (name, typed) in fields.iter().filter(|(name, _)| *name != "action") {
                assert!(
                    a.text.contains(&format!("value=\"{typed}\"")),
                    "{name} is lost: {}",
                    a.text
                );
            }
        }
    }
    let stranger = f.sign_in("other").await;
    let theirs = post(&f, &stranger, &date("2026-03-26"), &[("action", "cancel")]).await;
    assert_eq!(theirs.status, StatusCode::FORBIDDEN);
    assert_eq!(calendar().await, told);
}

/// All dates were on again without a word.
#[tokio::test]
async fn what_a_change_would_lose_is_said_before_it_is_saved() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("staff").await;
    let id = planned(&f, &cookie, &with(WEEKLY)).await;
    let page = format!("/meetings/{id}");
    post(
        &f,
        &cookie,
        &format!("{page}/dates/2026-04-02"),
        &[("action", "cancel")],
    )
    .await;
    let kept = async || get(&f, &cookie, &page).await.text.matches("value=\"restore\"").count();
    // Everything a day later: the cancelled one too, and nothing to say.
    let later = with(&[
        ("starts_at", "2026-03-25T14:00"),
        ("repeat", "weekly"),
        ("every", "1"),
        ("on.2", "on"),
        ("on.4", "on"),
        ("ends", "count"),
        ("count", "4"),
    ]);
    let saved = post(&f, &cookie, &format!("{page}/edit"), &later).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let shown = get(&f, &cookie, &page).await.text;
    assert!(shown.contains("/dates/2026-04-03\"") && kept().await == 1, "{shown}");
    // Fewer dates: it is said, with the form as it was typed, and saved when it is sent once more.
    let mut fewer = later.clone();
    fewer.retain(|(name, _)| *name != "count");
    fewer.push(("count", "2"));
    let told = post(&f, &cookie, &format!("{page}/edit"), &fewer).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told.text);
    assert!(
        told.text.contains("id=\"repeat-wrong\"") && told.text.contains("name=\"lost\" value=\"2026-04-03\""),
        "{}",
        told.text
    );
    assert!(told.text.contains("3 April 2026"), "{}", told.text);
    assert_eq!(kept().await, 1, "nothing was saved");
    fewer.push(("lost", "2026-04-03"));
    let saved = post(&f, &cookie, &format!("{page}/edit"), &fewer).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    assert_eq!(kept().await, 0);
}
