//! Planning lives on broadcasters: who may, what overlaps, what stays while it goes on (census §5.2).

use amphi_events::Act;
use amphi_events::broadcaster::{BroadcasterCommand, BroadcasterDetails};
use amphi_events::ids::{BroadcasterId, LiveId};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::fixture::{Answer, Fixture, Person};
use crate::auth::groups;

/// A broadcaster, as an administrator describes it.
pub async fn broadcaster(f: &Fixture, change: impl FnOnce(&mut BroadcasterDetails)) -> BroadcasterId {
    let id: BroadcasterId = f.web.sources.id();
    let mut details = BroadcasterDetails {
        plannable: true,
        ..BroadcasterDetails::default()
    };
    change(&mut details);
    let act = || Act::system("test", f.web.sources.now());
    let set = BroadcasterCommand::Set {
        name: format!("Hall {id}"),
        hls_url: "https://hls.univ.example/hall.m3u8".to_owned(),
    };
    f.web.aggregates.broadcasters.execute(id, set, act()).await.unwrap();
    let describe = BroadcasterCommand::Describe(Box::new(details));
    let done = f
        .web
        .aggregates
        .broadcasters
        .execute(id, describe, act())
        .await
        .unwrap();
    f.there(done.position).await;
    id
}

/// Somebody is put into a group.
pub async fn member(f: &Fixture, person: &Person, code: &str) {
    let act = Act::system("test", f.web.sources.now());
    groups::enter(&f.web.aggregates, &f.web.store, act, code, person.id)
        .await
        .unwrap();
}

async fn plan(f: &Fixture, who: &Person, body: Value) -> Answer {
    f.call(Some(&who.token), "POST", "/api/v1/live", Some(body)).await
}

fn event(a: &Answer) -> String {
    assert_eq!(a.status, StatusCode::CREATED, "{}", a.text);
    a.json["event"].as_str().unwrap().to_owned()
}

/// Census §13.3, the crossing matrix: after, touching, over the start, over the end, inside, around, another broadcaster.
#[tokio::test]
async fn two_lives_never_share_a_broadcaster_and_touching_ends_are_fine() {
    let f = Fixture::new().await;
    let (one, two) = (broadcaster(&f, |_| ()).await, broadcaster(&f, |_| ()).await);
    let at = |from: &str, to: &str, b: BroadcasterId| json!({"title": "Open day", "starts_at": format!("2026-03-05T{from}:00Z"), "ends_at": format!("2026-03-05T{to}:00Z"), "broadcaster": b.to_string()});
    event(&plan(&f, &f.staff, at("10:00", "12:00", one)).await);
    for (from, to, b, expected) in [
        ("12:00", "13:00", one, StatusCode::CREATED),
        ("09:00", "10:00", one, StatusCode::CREATED),
        ("09:30", "10:30", one, StatusCode::CONFLICT),
        ("11:30", "12:30", one, StatusCode::CONFLICT),
        ("10:30", "11:30", one, StatusCode::CONFLICT),
        ("09:30", "12:30", one, StatusCode::CONFLICT),
        ("10:00", "12:00", one, StatusCode::CONFLICT),
        ("10:00", "12:00", two, StatusCode::CREATED),
    ] {
        let a = plan(&f, &f.other, at(from, to, b)).await;
        assert_eq!(a.status, expected, "{from} {to}: {}", a.text);
        if expected == StatusCode::CONFLICT {
            assert_eq!(a.code(), "broadcaster_held");
        }
    }
    // What was refused left nothing held.
    let held = f
        .web
        .read
        .broadcasters_held(amphi_events::Time(0), amphi_events::Time(i64::MAX))
        .await
        .unwrap();
    assert_eq!(held.len(), 4);
}

#[tokio::test]
async fn what_is_no_plan_is_refused_and_holds_nothing() {
    let f = Fixture::new().await;
    let b = broadcaster(&f, |_| ()).await;
    let whole = || json!({"title": "Open day", "starts_at": "2026-03-05T10:00:00Z", "ends_at": "2026-03-05T12:00:00Z", "broadcaster": b.to_string()});
    for (field, value, code) in [
        ("title", json!(" "), "live_title"),
        ("ends_at", json!("2026-03-05T10:00:00Z"), "interval"),
        ("ends_at", json!("soon"), "live_time"),
        (
            "broadcaster",
            json!("01J00000000000000000000009"),
            "unknown_broadcaster",
        ),
        ("additional_owners", json!(["nobody"]), "unknown_person"),
        ("additional_owners", json!(["staff"]), "live_presenters"),
        ("restrict_access_to_groups", json!(["nothing"]), "unknown_group"),
        ("type", json!("Concert"), "live_type"),
        ("below_url", json!("https://evil.example/"), "live_host"),
        ("hold_video_url", json!("javascript:alert(1)"), "live_host"),
        ("password", json!("letmein"), "live_draft"),
        ("description", json!("x".repeat(4001)), "text_too_long"),
        ("surprise", json!(1), "bad_body"),
    ] {
        let mut body = whole();
        body[field] = value;
        let a = plan(&f, &f.staff, body).await;
        assert_eq!(a.code(), code, "{field}: {}", a.text);
    }
    let mut past = whole();
    past["starts_at"] = json!("2026-03-01T10:00:00Z");
    past["ends_at"] = json!("2026-03-01T12:00:00Z");
    assert_eq!(plan(&f, &f.staff, past).await.code(), "live_past");
    let held = f
        .web
        .read
        .broadcasters_held(amphi_events::Time(0), amphi_events::Time(i64::MAX))
        .await
        .unwrap();
    assert!(held.is_empty(), "{held:?}");
    // In the house's zone, as a form writes it.
    let mut local = whole();
    local["starts_at"] = json!("2026-03-05T11:00");
    let a = plan(&f, &f.staff, local).await;
    assert_eq!(a.json["starts_at"], "2026-03-05T10:00:00.000Z", "{}", a.text);
}

/// Census §5.2: groups of the settings, and those of a broadcaster.
#[tokio::test]
async fn lives_are_planned_by_members_of_the_groups_of_the_settings_and_of_the_broadcaster() {
    let f = Fixture::new().await;
    let f = f.with(|s| {
        s.lives.planners = vec!["events".into()];
        s.lives.long = vec!["marathon".into()];
    });
    let open = broadcaster(&f, |_| ()).await;
    let closed = broadcaster(&f, |d| d.groups.0 = ["stage".to_owned()].into()).await;
    let off = broadcaster(&f, |d| d.plannable = false).await;
    let body = |b: BroadcasterId, day: u32| json!({"title": "x", "starts_at": format!("2026-03-{day:02}T10:00:00Z"), "ends_at": format!("2026-03-{day:02}T11:00:00Z"), "broadcaster": b.to_string()});
    assert_eq!(plan(&f, &f.user, body(open, 5)).await.code(), "live_right");
    assert_eq!(plan(&f, &f.staff, body(open, 5)).await.code(), "live_right");
    member(&f, &f.staff, "events").await;
    event(&plan(&f, &f.staff, body(open, 5)).await);
    assert_eq!(plan(&f, &f.staff, body(closed, 6)).await.code(), "broadcaster_right");
    member(&f, &f.staff, "stage").await;
    event(&plan(&f, &f.staff, body(closed, 6)).await);
    assert_eq!(plan(&f, &f.staff, body(off, 7)).await.code(), "broadcaster_right");
    event(&plan(&f, &f.administrator, body(closed, 8)).await);
    // A member who may not plan meetings may not plan lives either.
    member(&f, &f.user, "events").await;
    assert_eq!(plan(&f, &f.user, body(open, 9)).await.code(), "live_right");
    let mut long = body(open, 10);
    long["ends_at"] = json!("2026-03-12T10:00:00Z");
    assert_eq!(plan(&f, &f.staff, long.clone()).await.code(), "live_long");
    member(&f, &f.staff, "marathon").await;
    event(&plan(&f, &f.staff, long).await);
}

/// Census L3: there a restricted broadcaster ticks a disabled box, which is not sent.
#[tokio::test]
async fn a_live_on_a_restricted_broadcaster_is_restricted_whatever_was_sent() {
    let f = Fixture::new().await;
    let b = broadcaster(&f, |d| d.restricted = true).await;
    let body = json!({"title": "x", "ends_at": "2026-03-02T11:00:00Z", "broadcaster": b.to_string(), "is_restricted": false, "is_draft": false});
    let a = plan(&f, &f.staff, body).await;
    let event = event(&a);
    assert_eq!(a.json["restricted"], true);
    let read = format!("/api/v1/live/{event}");
    assert_eq!(f.call(None, "GET", &read, None).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        f.call(Some(&f.user.token), "GET", &read, None).await.status,
        StatusCode::OK
    );
    // Made restricted afterwards it holds for what is there.
    let later = broadcaster(&f, |_| ()).await;
    let body =
        json!({"title": "y", "ends_at": "2026-03-02T11:00:00Z", "broadcaster": later.to_string(), "is_draft": false});
    let event = plan(&f, &f.staff, body).await.json["event"]
        .as_str()
        .unwrap()
        .to_owned();
    let read = format!("/api/v1/live/{event}");
    assert_eq!(f.call(None, "GET", &read, None).await.status, StatusCode::OK);
    let path = format!("/api/v1/broadcasters/{later}");
    let a = f
        .call(
            Some(&f.administrator.token),
            "PATCH",
            &path,
            Some(json!({"restricted": true})),
        )
        .await;
    assert_eq!(a.status, StatusCode::OK, "{}", a.text);
    assert_eq!(f.call(None, "GET", &read, None).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_live_is_changed_by_its_owners_deleted_by_one_and_neither_moved_nor_deleted_while_it_goes_on() {
    let f = Fixture::new().await;
    let (b, elsewhere) = (broadcaster(&f, |_| ()).await, broadcaster(&f, |_| ()).await);
    let body = json!({"title": "Open day", "starts_at": "2026-03-02T10:00:00Z", "ends_at": "2026-03-02T12:00:00Z", "broadcaster": b.to_string(), "additional_owners": ["other"], "is_draft": false});
    let event = event(&plan(&f, &f.staff, body).await);
    let at = format!("/api/v1/live/{event}");
    let patch = async |who: &Person, body: Value| f.call(Some(&who.token), "PATCH", &at, Some(body)).await;
    assert_eq!(
        patch(&f.user, json!({"title": "Mine"})).await.status,
        StatusCode::FORBIDDEN
    );
    let a = patch(&f.other, json!({"title": "Open days", "description": "All of it"})).await;
    assert_eq!(
        (a.status, a.json["title"].as_str()),
        (StatusCode::OK, Some("Open days")),
        "{}",
        a.text
    );
    let live: LiveId = event.parse().unwrap();
    let row = f.web.read.live(live).await.unwrap().unwrap();
    assert_eq!(row.owner, f.staff.id, "whoever changes it does not become its owner");
    assert_eq!(
        f.call(Some(&f.other.token), "DELETE", &at, None).await.status,
        StatusCode::FORBIDDEN
    );
    // It moves with its broadcaster's calendar.
    let moved = patch(
        &f.staff,
        json!({"broadcaster": elsewhere.to_string(), "ends_at": "2026-03-02T13:00:00Z"}),
    )
    .await;
    assert_eq!(moved.status, StatusCode::OK, "{}", moved.text);
    let held = f
        .web
        .read
        .broadcasters_held(amphi_events::Time(0), amphi_events::Time(i64::MAX))
        .await
        .unwrap();
    assert_eq!(held.iter().map(|h| h.broadcaster).collect::<Vec<_>>(), [elsewhere]);
    f.clock.move_ms(90 * 60_000);
    for (body, code) in [
        (json!({"starts_at": "2026-03-02T10:15:00Z"}), "live_going_on"),
        (json!({"broadcaster": b.to_string()}), "live_going_on"),
    ] {
        assert_eq!(patch(&f.staff, body).await.code(), code);
    }
    // Census L16: over midnight, by its moment.
    let a = patch(&f.staff, json!({"ends_at": "2026-03-03T02:00:00Z"})).await;
    assert_eq!(a.json["ends_at"], "2026-03-03T02:00:00.000Z", "{}", a.text);
    assert_eq!(
        f.call(Some(&f.staff.token), "DELETE", &at, None).await.code(),
        "live_going_on"
    );
    f.clock.move_ms((15 * 60 + 30) * 60_000);
    assert_eq!(
        f.call(Some(&f.staff.token), "DELETE", &at, None).await.status,
        StatusCode::NO_CONTENT
    );
    let held = f
        .web
        .read
        .broadcasters_held(amphi_events::Time(0), amphi_events::Time(i64::MAX))
        .await
        .unwrap();
    assert!(held.is_empty(), "its broadcaster is free");
    let lists = f
        .call(Some(&f.staff.token), "GET", "/api/v1/live?mine=true", None)
        .await;
    assert_eq!(lists.json["past"], json!([]), "{}", lists.text);
}

#[tokio::test]
async fn the_same_call_twice_plans_one_live() {
    let f = Fixture::new().await;
    let b = broadcaster(&f, |_| ()).await;
    let body = json!({"title": "Open day", "ends_at": "2026-03-02T12:00:00Z", "broadcaster": b.to_string()});
    let mut events = vec![];
    for _ in 0..2 {
        let mut request = super::fixture::request(Some(&f.staff.token), "POST", "/api/v1/live", Some(body.clone()));
        request.headers_mut().insert("idempotency-key", "once".parse().unwrap());
        events.push(event(&f.send(request).await));
    }
    assert_eq!(events[0], events[1]);
}

#[tokio::test]
async fn announcements_are_pinned_by_those_who_pilot_and_by_administrators_on_all_lives_at_once() {
    let f = Fixture::new().await;
    let (a, b) = (broadcaster(&f, |_| ()).await, broadcaster(&f, |_| ()).await);
    let body = |b: BroadcasterId, from: &str| json!({"title": "x", "starts_at": from, "ends_at": "2026-03-02T12:00:00Z", "broadcaster": b.to_string(), "is_draft": false});
    let one = event(&plan(&f, &f.staff, body(a, "2026-03-02T08:30:00Z")).await);
    let two = event(&plan(&f, &f.other, body(b, "2026-03-02T08:30:00Z")).await);
    // A draft on air is on the wall as well.
    let hidden = broadcaster(&f, |_| ()).await;
    let mut draft = body(hidden, "2026-03-02T08:30:00Z");
    draft["is_draft"] = json!(true);
    let draft = event(&plan(&f, &f.staff, draft).await);
    let later = event(
        &plan(
            &f,
            &f.staff,
            body(broadcaster(&f, |_| ()).await, "2026-03-02T11:00:00Z"),
        )
        .await,
    );
    let pin = async |who: &Person, path: &str, text: &str| {
        f.call(Some(&who.token), "POST", path, Some(json!({ "text": text })))
            .await
    };
    let here = format!("/api/v1/live/{one}/announcements");
    assert_eq!(pin(&f.other, &here, "No").await.status, StatusCode::FORBIDDEN);
    assert_eq!(pin(&f.staff, &here, "a\nb").await.code(), "announcement");
    let pinned = pin(&f.staff, &here, "Back at ten").await;
    assert_eq!(pinned.status, StatusCode::CREATED, "{}", pinned.text);
    assert_eq!(
        pin(&f.staff, "/api/v1/announcements", "All out").await.status,
        StatusCode::FORBIDDEN
    );
    let all = pin(&f.administrator, "/api/v1/announcements", "All out").await;
    assert_eq!(all.json["events"].as_array().map(Vec::len), Some(3), "{}", all.text);
    let said = async |event: &str| {
        let a = f.call(None, "GET", &format!("/api/v1/live/{event}"), None).await;
        let texts = a.json["state"]["announcements"].as_array().cloned().unwrap_or_default();
        texts
            .iter()
            .map(|t| t["text"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(said(&one).await, ["Back at ten", "All out"]);
    assert_eq!(said(&two).await, ["All out"]);
    assert!(said(&later).await.is_empty());
    let of_draft = f
        .call(Some(&f.staff.token), "GET", &format!("/api/v1/live/{draft}"), None)
        .await;
    assert_eq!(of_draft.json["state"]["announcements"][0]["text"], "All out");
    let not_theirs = f
        .call(
            Some(&f.staff.token),
            "DELETE",
            &format!("{here}/{}", all.json["id"].as_str().unwrap()),
            None,
        )
        .await;
    assert_eq!(not_theirs.code(), "announcement_of_house", "{}", not_theirs.text);
    let id = pinned.json["id"].as_str().unwrap();
    let a = f
        .call(Some(&f.staff.token), "DELETE", &format!("{here}/{id}"), None)
        .await;
    assert_eq!(a.status, StatusCode::NO_CONTENT);
    let everywhere = format!("/api/v1/announcements/{}", all.json["id"].as_str().unwrap());
    assert_eq!(
        f.call(Some(&f.administrator.token), "DELETE", &everywhere, None)
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert!(said(&one).await.is_empty() && said(&two).await.is_empty());
}

#[tokio::test]
async fn a_building_is_named_once_and_goes_when_nothing_stands_in_it() {
    let f = Fixture::new().await;
    let admin = Some(f.administrator.token.as_str());
    let made = f
        .call(
            admin,
            "POST",
            "/api/v1/buildings",
            Some(json!({"name": "Hall A", "map_url": "https://map.univ.example/a"})),
        )
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let id = made.json["id"].as_str().unwrap().to_owned();
    let again = f
        .call(admin, "POST", "/api/v1/buildings", Some(json!({"name": "hall a"})))
        .await;
    assert_eq!(again.code(), "building_taken");
    let b = broadcaster(&f, |_| ()).await;
    let path = format!("/api/v1/broadcasters/{b}");
    let unknown = f
        .call(
            admin,
            "PATCH",
            &path,
            Some(json!({"building": "01J00000000000000000000009"})),
        )
        .await;
    assert_eq!(unknown.code(), "unknown_building");
    let there = f
        .call(
            admin,
            "PATCH",
            &path,
            Some(json!({"building": id, "description": "First floor"})),
        )
        .await;
    assert_eq!(
        (there.status, there.json["building"].as_str()),
        (StatusCode::OK, Some(id.as_str())),
        "{}",
        there.text
    );
    let at = format!("/api/v1/buildings/{id}");
    assert_eq!(f.call(admin, "DELETE", &at, None).await.code(), "in_use");
    // Lives there are found by it.
    let body =
        json!({"title": "x", "ends_at": "2026-03-02T11:00:00Z", "broadcaster": b.to_string(), "is_draft": false});
    let event = event(&plan(&f, &f.staff, body).await);
    let found = async |query: &str| {
        let a = f.call(None, "GET", &format!("/api/v1/live?{query}"), None).await;
        let all = [&a.json["now"], &a.json["upcoming"]].map(|l| l.as_array().cloned().unwrap_or_default());
        all.concat()
            .iter()
            .map(|l| l["event"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(found(&format!("building={id}")).await, std::slice::from_ref(&event));
    assert!(found("building=01J00000000000000000000009").await.is_empty());
    assert_eq!(found("text=X").await, [event]);
    assert!(found("text=y").await.is_empty());
    f.call(admin, "PATCH", &path, Some(json!({"building": ""}))).await;
    assert_eq!(f.call(admin, "DELETE", &at, None).await.status, StatusCode::NO_CONTENT);
    let unknown = f.call(admin, "PATCH", &path, Some(json!({"surprise": 1}))).await;
    assert_eq!(unknown.code(), "bad_body", "what is no field is refused");
}
