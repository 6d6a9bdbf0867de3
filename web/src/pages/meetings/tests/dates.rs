//! Meetings that repeat: their form, and their single dates.

use amphi_events::Time;
use amphi_events::meeting::{Details, Options};
use axum::http::StatusCode;

use super::{get, planned, post, with};
use crate::api::tests::fixture::Fixture;
use crate::fields::FormFields;
use crate::i18n::{Lang, times};
use crate::pages::meetings::form::MeetingForm;

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

/// Census M15: before midnight the form could not be opened, or proposed a time that it did not take.
#[test]
fn a_fresh_form_can_be_sent_at_every_minute_of_the_day() {
    // Two days on which clocks change, and one of none; minutes past the half hour are not asked for.
    for (zone, day) in [
        ("Europe/Paris", "2027-03-28T00:00:00+01:00"),
        ("Europe/Paris", "2026-10-25T00:00:00+02:00"),
        ("Asia/Kolkata", "2026-03-02T00:00:00+05:30"),
    ] {
        let midnight = Time::parse_rfc3339(day).expect("a time");
        for minute in 0..25 * 60 {
            let now = midnight.plus_s(60 * minute);
            let form = MeetingForm {
                name: "Optics".into(),
                ..MeetingForm::fresh(now, zone, &Options::default())
            };
            let blank = Details::new("", Time(0), 0, zone);
            let read = form.read(&blank, &FormFields::default(), now, Lang::En);
            let read = read.unwrap_or_else(|wrong| panic!("{zone} {}: {wrong:?}", now.rfc3339()));
            let ahead = read.starts_at.since_ms(now);
            // Of an hour that comes twice the first is meant.
            let twice = now.rfc3339().starts_with("2026-10-25") && (-60 * 60_000..0).contains(&ahead);
            assert!(
                (1..=30 * 60_000).contains(&ahead) || twice,
                "{zone} {}: {ahead}",
                now.rfc3339()
            );
        }
    }
}

#[tokio::test]
async fn a_form_opened_before_midnight_proposes_the_next_day() {
    let f = Fixture::new().await;
    // 23:45 in Paris.
    f.clock.move_ms((13 * 60 + 45) * 60_000);
    let cookie = f.sign_in("staff").await;
    let form = get(&f, &cookie, "/meetings/new").await;
    assert!(form.text.contains("value=\"2026-03-03T00:00\""), "{}", form.text);
}

/// Census M19: lists and waiting pages counted the next date from today, and showed one on which nothing takes place.
#[tokio::test]
async fn lists_and_doors_say_when_the_next_one_is() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("staff").await;
    let id = planned(&f, &cookie, &with(WEEKLY)).await;
    let (page, door) = (format!("/meetings/{id}"), format!("/join/{id}"));
    let move_to = [("action", "move"), ("starts_at", "2026-04-03T09:30"), ("minutes", "45")];
    let moved = post(&f, &cookie, &format!("{page}/dates/2026-04-02"), &move_to).await;
    assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.text);
    for (now, next) in [
        ("2026-03-02T09:00:00Z", "2026-03-24T13:00:00Z"),
        // While one is on it is the one.
        ("2026-03-24T14:00:00Z", "2026-03-24T13:00:00Z"),
        ("2026-03-25T09:00:00Z", "2026-03-26T13:00:00Z"),
        ("2026-03-29T09:00:00Z", "2026-03-31T12:00:00Z"),
        // Moved alone.
        ("2026-04-01T09:00:00Z", "2026-04-03T07:30:00Z"),
    ] {
        let (now, next) = (
            Time::parse_rfc3339(now).expect("a time"),
            Time::parse_rfc3339(next).expect("a time"),
        );
        f.clock.move_ms(now.since_ms(f.web.sources.now()));
        let cookie = f.sign_in("staff").await;
        let list = get(&f, &cookie, "/meetings").await.text;
        assert!(
            list.contains(&format!("datetime=\"{}\"", next.rfc3339())),
            "{}: {list}",
            now.rfc3339()
        );
        let waits = get(&f, "", &door).await.text;
        let said = times::full(Lang::En, next, "Europe/Paris");
        assert!(waits.contains(&said), "{}: {said}: {waits}", now.rfc3339());
    }
}

/// Census M21: in the hours round midnight the day shown, edited and saved was that of UTC.
#[tokio::test]
async fn a_meeting_just_after_midnight_keeps_its_day() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("staff").await;
    let night = with(&[
        // A Wednesday in Paris, still Tuesday in UTC.
        ("starts_at", "2026-03-25T00:15"),
        ("repeat", "weekly"),
        ("every", "1"),
        ("on.2", "on"),
        ("ends", "count"),
        ("count", "3"),
    ]);
    let id = planned(&f, &cookie, &night).await;
    let (page, edit) = (format!("/meetings/{id}"), format!("/meetings/{id}/edit"));
    for _ in 0..2 {
        let shown = get(&f, &cookie, &page).await.text;
        for date in ["2026-03-25", "2026-04-01", "2026-04-08"] {
            assert!(shown.contains(&format!("/dates/{date}\"")), "{date}: {shown}");
            assert!(shown.contains(&format!("value=\"{date}T00:15\"")), "{date}: {shown}");
        }
        let form = get(&f, &cookie, &edit).await.text;
        assert!(form.contains("value=\"2026-03-25T00:15\""), "{form}");
        assert!(form.contains("name=\"on.2\" value=\"on\" checked"), "{form}");
        // Sent as it stands it changes nothing.
        let saved = post(&f, &cookie, &edit, &night).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    }
    let path = format!("/api/v1/meetings/{id}");
    let held = f.call(Some(&f.staff.token), "GET", &path, None).await.json;
    assert_eq!(held["starts_at"], "2026-03-24T23:15:00.000Z");
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
