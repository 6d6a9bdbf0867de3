//! Addresses of a meeting: which there are, whom they lead where, and that they are for ever.

use axum::http::StatusCode;
use serde_json::json;

use super::{direct, door, get, opened, planned, tries};
use crate::api::tests::fixture::Fixture;

/// What no meeting has.
const UNKNOWN: &str = "01J00000000000000000000009";

#[tokio::test]
async fn an_address_that_is_none_is_said_to_be_none() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("staff").await;
    for id in [UNKNOWN, "0042-optics", "optics", "%00", "-1", "x-y"] {
        for path in [
            format!("/join/{id}"),
            format!("/join/{id}/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
            format!("/join/{id}/state"),
            format!("/join/{id}/events"),
            format!("/join/{id}/calendar.ics"),
        ] {
            let a = get(&f, &path).await;
            assert_eq!(a.status, StatusCode::NOT_FOUND, "{path}: {}", a.text);
            let mine = crate::pages::meetings::tests::get(&f, &cookie, &path).await;
            assert_eq!(mine.status, StatusCode::NOT_FOUND, "{path}: {}", mine.text);
        }
        let posted = tries(&f, &format!("/join/{id}"), "letmein").await;
        assert_eq!(posted.status, StatusCode::NOT_FOUND, "{id}: {}", posted.text);
    }
}

/// Census M2: whoever asked for the state of a meeting had BBB asked, and could have it ended.
#[tokio::test]
async fn anybody_reads_whether_a_room_is_open_and_nothing_comes_of_it() {
    let f = Fixture::new().await;
    let id = planned(&f, &json!({})).await;
    let state = format!("/join/{id}/state");
    let before = f.web.log.head();
    assert_eq!(get(&f, &state).await.json, json!({"phase": "shut", "trouble": false}));
    assert_eq!(f.web.log.head(), before);
    opened(&f, &id).await;
    let before = f.web.log.head();
    assert_eq!(get(&f, &state).await.json, json!({"phase": "open", "trouble": false}));
    assert_eq!(f.web.log.head(), before);
}

#[tokio::test]
async fn owners_come_in_as_moderators_and_everybody_else_as_viewers() {
    let f = Fixture::new().await;
    let id = planned(&f, &json!({"additional_owners": ["other"]})).await;
    let path = format!("/join/{id}");
    let comes = async |token: &str| f.call(Some(token), "GET", &path, None).await;
    // A presenter may open it, others are told when it is.
    for token in [&f.staff.token, &f.other.token] {
        assert!(comes(token).await.text.contains("id=\"open\""));
    }
    let waits = comes(&f.user.token).await.text;
    assert!(waits.contains("id=\"wait\"") && waits.contains("10:00"), "{waits}");
    opened(&f, &id).await;
    let viewer = format!("https://bbb.example/join?{id}");
    for (token, moderates) in [(&f.staff.token, true), (&f.other.token, true), (&f.user.token, false)] {
        let location = if moderates {
            format!("{viewer}&moderator")
        } else {
            viewer.clone()
        };
        assert_eq!(comes(token).await.header("location"), location);
    }
}

/// Census M1, M38: the id was made of a guessed number and the name. A rename changed it, and a number that was guessed wrong led to
/// somebody else's meeting.
#[tokio::test]
async fn a_meeting_keeps_its_addresses_whatever_it_is_called_and_they_are_never_anothers() {
    let f = Fixture::new().await;
    let (token, id) = (Some(f.staff.token.as_str()), planned(&f, &json!({})).await);
    let key = direct(&door(&f, &id, "POST", "key", None).await);
    let path = format!("/api/v1/meetings/{id}");
    let entry = async || {
        let text = get(&f, &format!("/join/{id}/calendar.ics")).await.text;
        let line = |name: &str| text.lines().find(|l| l.starts_with(name)).map(str::to_owned);
        (line("UID:"), line("URL:"))
    };
    let before = (f.call(token, "GET", &path, None).await.json, entry().await);
    assert!(before.1.0.is_some() && before.1.1.is_some());
    opened(&f, &id).await;
    let renamed = f
        .call(token, "PATCH", &path, Some(json!({"name": "Optique ondulatoire"})))
        .await;
    assert_eq!(renamed.status, StatusCode::OK, "{}", renamed.text);
    for field in ["id", "join_url"] {
        assert_eq!(renamed.json[field], before.0[field], "{field}");
    }
    assert_eq!(renamed.json["state"], "open", "its session goes on");
    assert_eq!(entry().await, before.1);
    for link in [
        format!("{key}?name=Zo%C3%A9"),
        format!("/join/{id}-optics?name=Zo%C3%A9"),
    ] {
        let a = get(&f, &link).await;
        assert_eq!(
            a.header("location"),
            format!("https://bbb.example/join?{id}"),
            "{link}: {}",
            a.text
        );
    }

    // The newest is cancelled; the next one has nothing of it, and nobody who follows the old link comes to it.
    let newest = planned(&f, &json!({"name": "Acoustics"})).await;
    f.call(token, "DELETE", &format!("/api/v1/meetings/{newest}"), None)
        .await;
    let (one, other) = (planned(&f, &json!({})).await, planned(&f, &json!({})).await);
    let ids = std::collections::BTreeSet::from([&id, &newest, &one, &other]);
    assert_eq!(ids.len(), 4);
    opened(&f, &one).await;
    let old = get(&f, &format!("/join/{newest}?name=Zo%C3%A9")).await;
    assert_eq!(old.status, StatusCode::OK, "{}", old.text);
    assert!(
        old.text.contains("Acoustics") && !old.text.contains("id=\"wait\""),
        "{}",
        old.text
    );
}
