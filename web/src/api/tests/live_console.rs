//! A live without a room is steered from a console of its own: its chat, what is pinned, its end.

use amphi_events::Act;
use amphi_events::feed::FeedCommand;
use amphi_events::ids::LiveId;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::fixture::{Answer, Fixture};
use super::live_plans::broadcaster;

/// One that begins in half an hour.
async fn planned(f: &Fixture) -> String {
    let b = broadcaster(f, |_| ()).await;
    let plan = json!({"title": "Open day", "starts_at": "2026-03-02T09:30:00Z", "ends_at": "2026-03-02T12:00:00Z", "broadcaster": b.to_string(), "is_draft": false});
    let a = f.call(Some(&f.staff.token), "POST", "/api/v1/live", Some(plan)).await;
    assert_eq!(a.status, StatusCode::CREATED, "{}", a.text);
    a.json["event"].as_str().unwrap().to_owned()
}

async fn by_owner(f: &Fixture, method: &str, path: &str, body: Option<Value>) -> Answer {
    f.call(Some(&f.staff.token), method, path, body).await
}

async fn state(f: &Fixture, event: &str) -> Value {
    let a = by_owner(f, "GET", &format!("/api/v1/live/{event}"), None).await;
    a.json["state"].clone()
}

#[tokio::test]
async fn a_live_without_a_room_has_a_console_for_those_who_pilot_it() {
    let f = Fixture::new().await;
    let event = planned(&f).await;
    let path = format!("/live/{event}/console");
    for (token, status) in [
        (None, StatusCode::UNAUTHORIZED),
        (Some(&f.user.token), StatusCode::FORBIDDEN),
        (Some(&f.other.token), StatusCode::FORBIDDEN),
        (Some(&f.administrator.token), StatusCode::OK),
        (Some(&f.staff.token), StatusCode::OK),
    ] {
        let came = f.call(token.map(String::as_str), "GET", &path, None).await.status;
        let signs_in = token.is_none() && came == StatusCode::SEE_OTHER;
        assert!(came == status || signs_in, "{came} instead of {status}");
    }
    let page = by_owner(&f, "GET", &path, None).await.text;
    // What there is: the picture, the chat with who is excluded from it, its switch, announcements, the end.
    for there in [
        "data-console=\"true\"",
        "id=\"video\"",
        "id=\"bans\"",
        "id=\"announcement\"",
        "id=\"end-form\"",
    ] {
        assert!(page.contains(there), "{there}: {page}");
    }
    for call in ["chat\" data-body", "end\""] {
        assert!(
            page.contains(&format!("data-path=\"/api/v1/live/{event}/{call}")),
            "{call}: {page}"
        );
    }
    // What there is not: a room, a gateway, somebody in it.
    for absent in ["data-meeting", "/join/", "id=\"room\"", "id=\"steps\"", "live-start"] {
        assert!(!page.contains(absent), "{absent}: {page}");
    }
    let live = by_owner(&f, "GET", &format!("/live/{event}"), None).await.text;
    assert!(live.contains(&format!("href=\"{path}\"")), "{live}");
}

#[tokio::test]
async fn its_chat_is_switched_and_it_ends_before_its_time_by_those_who_pilot_it() {
    let f = Fixture::new().await;
    let event = planned(&f).await;
    let live: LiveId = event.parse().unwrap();
    let chat = format!("/api/v1/live/{event}/chat");
    for on in [false, true] {
        let a = by_owner(&f, "PUT", &chat, Some(json!({"enabled": on}))).await;
        assert_eq!(a.status, StatusCode::OK, "{}", a.text);
        assert_eq!(state(&f, &event).await["chat"]["enabled"], on);
    }
    let end = format!("/api/v1/live/{event}/end");
    assert_eq!(by_owner(&f, "POST", &end, None).await.code(), "live_not_begun");
    f.clock.move_ms(60 * 60_000);
    // Its picture is on air, as the reactor says.
    for command in [FeedCommand::Await, FeedCommand::Seen { moves: true }] {
        let act = Act::system("test", f.web.sources.now());
        let done = f.web.aggregates.feeds.execute(live, command, act).await.unwrap();
        f.there(done.position).await;
    }
    assert_eq!(state(&f, &event).await["live"], "on_air");
    assert_eq!(
        f.call(Some(&f.other.token), "POST", &end, None).await.status,
        StatusCode::FORBIDDEN
    );
    for _ in 0..2 {
        let a = by_owner(&f, "POST", &end, None).await;
        assert_eq!(a.status, StatusCode::OK, "{}", a.text);
        let now = state(&f, &event).await;
        assert_eq!((&now["live"], &now["why"]), (&json!("ended"), &json!("stopped")));
        assert_eq!(now["ends_at"], "2026-03-02T10:00:00.000Z");
    }
    let held = f
        .web
        .read
        .broadcasters_held(amphi_events::Time(0), amphi_events::Time(i64::MAX))
        .await
        .unwrap();
    assert!(held.is_empty(), "another live may have the broadcaster");
    // Too quick: its end is moved, and it goes on.
    let at = format!("/api/v1/live/{event}");
    let moved = by_owner(&f, "PATCH", &at, Some(json!({"ends_at": "2026-03-02T11:00:00Z"}))).await;
    assert_eq!(moved.status, StatusCode::OK, "{}", moved.text);
    assert_eq!(state(&f, &event).await["live"], "off");
}
