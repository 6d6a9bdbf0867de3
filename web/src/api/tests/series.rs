//! Meetings that repeat, and single dates of theirs.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::fixture::Fixture;

/// Mondays at ten, over the clock change of the 29th of March.
fn mondays() -> Value {
    json!({
        "name": "Algebra", "starts_at": "2026-03-16T10:00:00+01:00", "duration_s": 3600, "time_zone": "Europe/Paris",
        "recurrence": { "unit": "weekly", "count": 4 },
    })
}

async fn call(f: &Fixture, method: &str, path: &str, body: Option<Value>) -> (StatusCode, Value) {
    let a = f
        .call(Some(&f.staff.token), method, &format!("/api/v1{path}"), body)
        .await;
    (a.status, a.json)
}

async fn planned(f: &Fixture, body: Value) -> String {
    let (status, made) = call(f, "POST", "/meetings", Some(body)).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    made["id"].as_str().expect("an id").to_owned()
}

/// Date, start and what is said of each.
async fn dates(f: &Fixture, id: &str, query: &str) -> Vec<(String, String, bool, bool)> {
    let (status, page) = call(f, "GET", &format!("/meetings/{id}/occurrences{query}"), None).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let one = |o: &Value| {
        let text = |name: &str| o[name].as_str().expect("text").to_owned();
        (
            text("date"),
            text("starts_at"),
            o["moved"] == true,
            o["cancelled"] == true,
        )
    };
    page["items"].as_array().expect("items").iter().map(one).collect()
}

#[tokio::test]
async fn the_dates_of_a_series_keep_their_hour_over_a_clock_change() {
    let f = Fixture::new().await;
    let id = planned(&f, mondays()).await;
    let starts: Vec<String> = dates(&f, &id, "").await.into_iter().map(|d| d.1).collect();
    let want = [
        "2026-03-16T09:00",
        "2026-03-23T09:00",
        "2026-03-30T08:00",
        "2026-04-06T08:00",
    ];
    assert_eq!(starts.len(), want.len(), "{starts:?}");
    assert!(starts.iter().zip(want).all(|(s, w)| s.starts_with(w)), "{starts:?}");
    // The rule is read back as it was said, with the weekday that was meant.
    let (_, read) = call(&f, "GET", &format!("/meetings/{id}"), None).await;
    assert_eq!(
        read["recurrence"],
        json!({ "unit": "weekly", "frequency": 1, "weekdays": "0", "count": 4 })
    );
    let (_, same) = call(
        &f,
        "PATCH",
        &format!("/meetings/{id}"),
        Some(json!({ "recurrence": read["recurrence"] })),
    )
    .await;
    assert_eq!(same["recurrence"], read["recurrence"]);
    // Said to be none, it takes place once.
    let (status, once) = call(
        &f,
        "PATCH",
        &format!("/meetings/{id}"),
        Some(json!({ "recurrence": null })),
    )
    .await;
    assert_eq!((status, &once["recurrence"]), (StatusCode::OK, &Value::Null));
    assert_eq!(dates(&f, &id, "").await.len(), 1);
}

/// Census §13.1: days of the week are a weekly rule's alone. Changed to another rule and back, it has the new ones.
#[tokio::test]
async fn days_of_the_week_go_with_a_weekly_rule_and_come_back_new() {
    let f = Fixture::new().await;
    let id = planned(&f, mondays()).await;
    let path = format!("/meetings/{id}");
    for (rule, weekdays) in [
        (json!({ "unit": "daily", "frequency": 1, "count": 3 }), Value::Null),
        (json!({ "unit": "monthly", "count": 3 }), Value::Null),
        (json!({ "unit": "yearly", "count": 3 }), Value::Null),
        (json!({ "unit": "weekly", "weekdays": "024", "count": 3 }), json!("024")),
    ] {
        let (status, now) = call(&f, "PATCH", &path, Some(json!({ "recurrence": rule }))).await;
        assert_eq!(status, StatusCode::OK, "{rule}: {now}");
        assert_eq!(now["recurrence"]["weekdays"], weekdays, "{rule}: {now}");
        assert_eq!(dates(&f, &id, "").await.len(), 3, "{rule}");
    }
    // A rule that gives one date is none (the reference's *reset*).
    let once = json!({ "unit": "daily", "frequency": 3, "until": "2026-03-17" });
    let (_, now) = call(&f, "PATCH", &path, Some(json!({ "recurrence": once }))).await;
    assert_eq!(now["recurrence"], Value::Null, "{now}");
    // An end that was given stays as it was given.
    let until = json!({ "unit": "daily", "frequency": 3, "until": "2026-03-24" });
    let (_, now) = call(&f, "PATCH", &path, Some(json!({ "recurrence": until }))).await;
    assert_eq!(now["recurrence"]["until"], "2026-03-24", "{now}");
    assert_eq!(
        dates(&f, &id, "").await.last().map(|d| d.0.clone()),
        Some("2026-03-22".into())
    );
}

#[tokio::test]
async fn single_dates_are_moved_cancelled_and_restored() {
    let f = Fixture::new().await;
    let id = planned(&f, mondays()).await;
    let date = |date: &str| format!("/meetings/{id}/occurrences/{date}");
    let to = json!({ "starts_at": "2026-03-24T14:00:00+01:00" });
    let (status, moved) = call(&f, "PUT", &date("2026-03-23"), Some(to)).await;
    assert_eq!(status, StatusCode::OK, "{moved}");
    let (status, first) = call(&f, "DELETE", &date("2026-03-16"), None).await;
    assert_eq!(status, StatusCode::OK, "{first}");
    // What comes next is the one that was moved.
    assert_eq!(first["next"]["date"], "2026-03-23");
    assert_eq!(first["next"]["moved"], true);
    let all = dates(&f, &id, "").await;
    let said: Vec<(&str, bool, bool)> = all
        .iter()
        .map(|(d, _, moved, off)| (d.as_str(), *moved, *off))
        .collect();
    assert_eq!(
        said,
        [
            ("2026-03-16", false, true),
            ("2026-03-23", true, false),
            ("2026-03-30", false, false),
            ("2026-04-06", false, false)
        ]
    );
    assert!(all[1].1.starts_with("2026-03-24T13:00"), "{all:?}");
    let between = dates(&f, &id, "?from=2026-03-25T00:00:00Z&to=2026-04-01T00:00:00Z").await;
    assert_eq!(between.len(), 1, "{between:?}");
    assert_eq!(dates(&f, &id, "?limit=2").await.iter().filter(|d| !d.3).count(), 2);
    for day in ["2026-03-16", "2026-03-23"] {
        let (status, back) = call(&f, "POST", &format!("{}/restore", date(day)), None).await;
        assert_eq!(status, StatusCode::OK, "{back}");
    }
    assert!(dates(&f, &id, "").await.iter().all(|d| !d.2 && !d.3));
}

#[tokio::test]
async fn what_can_t_repeat_says_why() {
    let f = Fixture::new().await;
    let with = |rule: Value| {
        let mut body = mondays();
        body["recurrence"] = rule;
        body
    };
    for (rule, code) in [
        (json!({ "unit": "weekly", "weekdays": "13" }), "bad_recurrence"),
        (json!({ "unit": "daily", "frequency": 101 }), "bad_recurrence"),
        (json!({ "unit": "daily", "count": 2001 }), "bad_recurrence"),
        (json!({ "unit": "daily", "until": "2226-03-17" }), "bad_recurrence"),
        (
            json!({ "unit": "daily", "until": "2026-04-01", "count": 3 }),
            "bad_body",
        ),
        (json!({ "unit": "daily", "until": "soon" }), "bad_body"),
        (json!({ "unit": "weekly", "weekdays": "7" }), "bad_body"),
        (json!({ "unit": "hourly" }), "bad_body"),
        (json!({ "unit": "daily", "often": 3 }), "bad_body"),
    ] {
        let (status, said) = call(&f, "POST", "/meetings", Some(with(rule.clone()))).await;
        assert_eq!(
            (status, &said["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(code)),
            "{rule}: {said}"
        );
        assert!(said["detail"].as_str().is_some_and(|d| !d.is_empty()), "{rule}: {said}");
    }
    let id = planned(&f, mondays()).await;
    for (date, status, code) in [
        ("2026-03-17", StatusCode::NOT_FOUND, "no_occurrence"),
        ("2026-04-13", StatusCode::NOT_FOUND, "no_occurrence"),
        ("monday", StatusCode::NOT_FOUND, "not_found"),
    ] {
        let (is, said) = call(&f, "DELETE", &format!("/meetings/{id}/occurrences/{date}"), None).await;
        assert_eq!((is, &said["code"]), (status, &json!(code)), "{date}: {said}");
    }
    let (status, list) = call(&f, "GET", "/meetings", None).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1), "{list}");
}

/// Years of five digits stood in the feed of everybody who was made a co-owner, and series of other centuries stalled it.
#[tokio::test]
async fn nothing_is_planned_in_another_century() {
    let f = Fixture::new().await;
    for wrong in ["9999-12-31T23:00:00Z", "2037-01-01T00:00:00Z", "1900-01-01T00:00:00Z"] {
        let mut body = mondays();
        body["starts_at"] = json!(wrong);
        body["recurrence"] = json!({ "unit": "daily" });
        let (status, said) = call(&f, "POST", "/meetings", Some(body)).await;
        assert_eq!(
            (status, &said["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("meeting_start")),
            "{said}"
        );
    }
    let id = planned(&f, mondays()).await;
    let (status, said) = call(
        &f,
        "PATCH",
        &format!("/meetings/{id}"),
        Some(json!({ "starts_at": "9999-12-31T23:00:00Z" })),
    )
    .await;
    assert_eq!(
        (status, &said["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("meeting_start")),
        "{said}"
    );
    let far = json!({ "starts_at": "9999-12-31T23:00:00Z" });
    let date = format!("/meetings/{id}/occurrences/2026-03-23");
    let (status, said) = call(&f, "PUT", &date, Some(far)).await;
    assert_eq!(
        (status, &said["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("occurrence_far")),
        "{said}"
    );
    let centuries = format!("/meetings/{id}/occurrences/2226-03-23");
    let (status, said) = call(&f, "DELETE", &centuries, None).await;
    assert_eq!(
        (status, &said["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("occurrence_far")),
        "{said}"
    );
}

#[tokio::test]
async fn a_name_is_seen() {
    let f = Fixture::new().await;
    let named = |name: &str| {
        let mut body = mondays();
        body["name"] = json!(name);
        body
    };
    for wrong in ["\u{202e}\u{202e}\u{202e}", "\u{200d}\u{fe0f}", "a\u{200b}"] {
        let (status, said) = call(&f, "POST", "/meetings", Some(named(wrong))).await;
        assert_eq!(
            (status, &said["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("meeting_name")),
            "{wrong:?}"
        );
    }
    // What came along when it was pasted is dropped.
    let id = planned(&f, named("\u{202e}Al\u{ad}gebra\u{feff}  II")).await;
    let (_, read) = call(&f, "GET", &format!("/meetings/{id}"), None).await;
    assert_eq!(read["name"], "Algebra II");
}

/// The whole series shifts by a day: what was said of single dates shifts with it, and what can't is named in the answer.
#[tokio::test]
async fn what_was_said_of_single_dates_is_kept_or_named() {
    let f = Fixture::new().await;
    let id = planned(&f, mondays()).await;
    let at = |date: &str| format!("/meetings/{id}/occurrences/{date}");
    call(&f, "DELETE", &at("2026-03-23"), None).await;
    let moved = json!({ "starts_at": "2026-03-31T08:00:00+02:00", "duration_s": 1800 });
    call(&f, "PUT", &at("2026-03-30"), Some(moved)).await;
    let tuesdays = json!({ "starts_at": "2026-03-17T11:00:00+01:00", "recurrence": { "unit": "weekly", "count": 4 } });
    let (status, said) = call(&f, "PATCH", &format!("/meetings/{id}"), Some(tuesdays)).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    assert_eq!(said["lost_dates"], Value::Null, "{said}");
    let kept = dates(&f, &id, "").await;
    let said_of: Vec<(&str, bool, bool)> = kept.iter().map(|d| (d.0.as_str(), d.2, d.3)).collect();
    assert_eq!(
        said_of,
        [
            ("2026-03-17", false, false),
            ("2026-03-24", false, true),
            ("2026-03-31", true, false),
            ("2026-04-07", false, false)
        ]
    );
    let twice = json!({ "recurrence": { "unit": "weekly", "count": 2 } });
    let (_, said) = call(&f, "PATCH", &format!("/meetings/{id}"), Some(twice)).await;
    assert_eq!(said["lost_dates"], json!(["2026-03-31"]), "{said}");
}
