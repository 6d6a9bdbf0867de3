//! Changes of lives: whole or not at all, of the version that somebody saw, and one at a time.

use amphi_events::Time;
use amphi_events::ids::{BroadcasterId, LiveId};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::fixture::{Answer, Fixture, request};
use super::live_plans::broadcaster;

async fn planned(f: &Fixture, b: BroadcasterId, more: Value) -> String {
    let mut body = json!({"title": "Open day", "starts_at": "2026-03-05T10:00:00Z", "ends_at": "2026-03-05T12:00:00Z", "broadcaster": b.to_string(), "is_draft": false});
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    let made = f.call(Some(&f.staff.token), "POST", "/api/v1/live", Some(body)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    made.json["event"].as_str().unwrap().to_owned()
}

async fn patch(f: &Fixture, event: &str, tag: Option<&str>, body: Value) -> Answer {
    let path = format!("/api/v1/live/{event}");
    let mut asked = request(Some(&f.staff.token), "PATCH", &path, Some(body));
    if let Some(tag) = tag {
        asked.headers_mut().insert("if-match", tag.parse().unwrap());
    }
    f.send(asked).await
}

async fn held(f: &Fixture, live: &str) -> Vec<(BroadcasterId, Time)> {
    let live: LiveId = live.parse().unwrap();
    let all = f.web.read.broadcasters_held(Time(0), Time(i64::MAX)).await.unwrap();
    let theirs = all.iter().filter(|h| h.live == live);
    theirs.map(|h| (h.broadcaster, h.from)).collect()
}

/// Half of a refused change was made: the live was a draft and its password was gone, or it had moved, or asked for another password.
#[tokio::test]
async fn a_change_of_a_live_that_is_refused_changes_nothing() {
    let f = Fixture::new().await;
    let b = broadcaster(&f, |_| ()).await;
    let event = planned(&f, b, json!({"password": "letmein"})).await;
    planned(
        &f,
        b,
        json!({"starts_at": "2026-03-05T13:00:00Z", "ends_at": "2026-03-05T14:00:00Z"}),
    )
    .await;
    let read = async || {
        let path = format!("/api/v1/live/{event}");
        f.call(Some(&f.staff.token), "GET", &path, None).await.json
    };
    let (before, holds) = (read().await, held(&f, &event).await);
    let long = "x".repeat(4001);
    for (body, code) in [
        (
            json!({"is_draft": true, "ends_at": "2026-03-05T13:30:00Z"}),
            "broadcaster_held",
        ),
        (
            json!({"title": "Other", "ends_at": "2026-03-05T12:30:00Z", "description": long}),
            "text_too_long",
        ),
        (json!({"password": "other", "description": long}), "text_too_long"),
        (json!({"is_draft": true, "title": " "}), "live_title"),
    ] {
        let refused = patch(&f, &event, None, body).await;
        assert_eq!(refused.code(), code, "{}", refused.text);
        assert_eq!(read().await, before, "{code}");
        assert_eq!(held(&f, &event).await, holds, "{code}");
    }
    let path = format!("/api/v1/live/{event}/pass");
    let said = f.call(None, "POST", &path, Some(json!({"password": "letmein"}))).await;
    assert_eq!(
        said.status,
        StatusCode::OK,
        "the password is the one before: {}",
        said.text
    );
}

/// Two people edit: what the first one shut, the second one's older form must not open.
#[tokio::test]
async fn a_change_of_a_live_may_name_the_version_that_it_was_made_of() {
    let f = Fixture::new().await;
    crate::auth::groups::enter(
        &f.web.aggregates,
        &f.web.store,
        amphi_events::Act::system("test", f.web.sources.now()),
        "maths",
        f.other.id,
    )
    .await
    .unwrap();
    let b = broadcaster(&f, |_| ()).await;
    let event = planned(&f, b, json!({})).await;
    let path = format!("/api/v1/live/{event}");
    let read = async || f.call(Some(&f.staff.token), "GET", &path, None).await;
    let first = read().await.header("etag").to_owned();
    assert!(first.len() > 2, "{first}");
    let shut = patch(
        &f,
        &event,
        Some(&first),
        json!({"restrict_access_to_groups": ["maths"]}),
    )
    .await;
    assert_eq!(shut.status, StatusCode::OK, "{}", shut.text);
    let second = shut.header("etag").to_owned();
    assert_ne!(first, second);
    assert_eq!(read().await.header("etag"), second);
    let form = json!({"title": "Open days", "restrict_access_to_groups": [], "is_restricted": false});
    let late = patch(&f, &event, Some(&first), form.clone()).await;
    assert_eq!(
        (late.status, late.code()),
        (StatusCode::PRECONDITION_FAILED, "live_changed_meanwhile")
    );
    assert_eq!(read().await.json["groups"], json!(["maths"]));
    // Without one, what is given is put onto what holds.
    let named = patch(&f, &event, None, json!({"title": "Open days"})).await;
    assert_eq!(
        (&named.json["groups"], &named.json["title"]),
        (&json!(["maths"]), &json!("Open days"))
    );
    let third = named.header("etag").to_owned();
    assert_ne!(second, third);
    for tag in ["x", "W/\"x\""] {
        assert_eq!(
            patch(&f, &event, Some(tag), json!({"title": "No"})).await.code(),
            "bad_condition"
        );
    }
    // The form says it, and sends it.
    let cookie = f.sign_in("staff").await;
    let form_page = f
        .send(
            Request::get(format!("/live/{event}/edit"))
                .header("cookie", &cookie)
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    let version = third.trim_matches('"');
    assert!(
        form_page.text.contains(&format!("data-version=\"{version}\"")),
        "{}",
        form_page.text
    );
    let opened = patch(&f, &event, Some(&third), form).await;
    assert_eq!(opened.json["groups"], json!([]), "{}", opened.text);
    // Whoever doesn't pilot it hears of no version.
    let stranger = f.call(None, "GET", &path, None).await;
    assert_eq!((stranger.status, stranger.header("etag")), (StatusCode::OK, ""));
}

/// One let go of what the other had just taken, and the live was shown where nothing was held for it.
#[tokio::test]
async fn moves_at_the_same_time_leave_a_live_held_where_it_is_shown() {
    let f = Fixture::new().await;
    let mut all = vec![];
    for _ in 0..4 {
        all.push(broadcaster(&f, |_| ()).await);
    }
    let event = planned(&f, all[0], json!({})).await;
    let live: LiveId = event.parse().unwrap();
    for round in 0..5 {
        let moves = all
            .iter()
            .map(|b| patch(&f, &event, None, json!({"broadcaster": b.to_string()})));
        for done in futures_util::future::join_all(moves).await {
            assert_eq!(done.status, StatusCode::OK, "{}", done.text);
        }
        let row = f.web.read.live(live).await.unwrap().unwrap();
        let place = row.feed.unwrap().broadcaster;
        let holds: Vec<_> = held(&f, &event).await.into_iter().map(|h| h.0).collect();
        assert_eq!(holds, [place], "{round}");
    }
}

/// The live that begins at once was called after whoever read the code; a title stands in clear in the log for ever.
#[tokio::test]
async fn a_live_that_begins_now_is_proposed_without_anybodys_name() {
    let f = Fixture::new().await;
    let b = broadcaster(&f, |_| ()).await;
    let cookie = f.sign_in("staff").await;
    let form = f
        .send(
            Request::get(format!("/broadcasters/{b}/now"))
                .header("cookie", &cookie)
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    let title = form.text.split("name=\"title\"").nth(1).unwrap_or_default();
    let title = title.split('>').next().unwrap_or_default();
    assert!(title.contains("– Hall ") && !title.contains("staff"), "{title}");
}

/// In the night in which summer time ends half past two comes twice. What a form shows of the second one it sends back as it is; read as the
/// first, the live began an hour earlier as soon as anything else of it was saved.
#[tokio::test]
async fn a_time_that_the_clock_shows_twice_stays_the_one_that_it_is() {
    let f = Fixture::new().await;
    let b = broadcaster(&f, |_| ()).await;
    let night = json!({"starts_at": "2026-10-25T01:30:00Z", "ends_at": "2026-10-25T03:30:00Z"});
    let event = planned(&f, b, night).await;
    let form = json!({"title": "Night", "starts_at": "2026-10-25T02:30", "ends_at": "2026-10-25T04:30"});
    let saved = patch(&f, &event, None, form).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text);
    assert_eq!(
        (&saved.json["starts_at"], &saved.json["ends_at"]),
        (&json!("2026-10-25T01:30:00.000Z"), &json!("2026-10-25T03:30:00.000Z"))
    );
    // An end after the start, where there is one.
    let other = broadcaster(&f, |_| ()).await;
    let short = json!({"starts_at": "2026-10-25T00:50:00Z", "ends_at": "2026-10-25T02:40"});
    let event = planned(&f, other, short).await;
    let path = format!("/api/v1/live/{event}");
    let read = f.call(Some(&f.staff.token), "GET", &path, None).await;
    assert_eq!(read.json["ends_at"], "2026-10-25T01:40:00.000Z");
}

/// Types of lives that are long over stood in the list of those to come, and beyond two hundred no live to come was ever listed.
#[tokio::test]
async fn lists_offer_the_types_of_what_they_show_and_go_on_beyond_a_page() {
    let f = Fixture::new().await;
    let f = f.with(|s| s.lives.kinds = vec!["Defence".into()]);
    let (one, two) = (broadcaster(&f, |_| ()).await, broadcaster(&f, |_| ()).await);
    let first = planned(&f, one, json!({"type": "Defence"})).await;
    let second = planned(&f, two, json!({"starts_at": "2026-03-05T11:00:00Z"})).await;
    let list = async |query: &str| f.call(None, "GET", &format!("/api/v1/live?{query}"), None).await.json;
    let page = list("limit=1").await;
    assert_eq!(
        (&page["upcoming"][0]["event"], &page["more"]),
        (&json!(first), &json!(1))
    );
    let page = list("limit=1&skip=1").await;
    assert_eq!(
        (&page["upcoming"][0]["event"], &page["more"]),
        (&json!(second), &Value::Null)
    );
    let offers = async |path: &str| {
        let page = f.send(Request::get(path).body(Body::empty()).unwrap()).await;
        page.text.contains("<option value=\"Defence\"")
    };
    assert!(offers("/live").await && !offers("/live?when=past").await);
    f.clock.move_ms(4 * 86_400_000);
    assert!(!offers("/live").await && offers("/live?when=past").await);
}
