//! Recordings: whose they are, who may do what with them, and what is said where BBB says nothing.

use amphi_events::ids::MeetingId;
use amphi_events::recordings::{Facts, Format, Order, RecordingId, RecordingsCommand, State};
use amphi_events::session::Trouble;
use amphi_events::{Act, Time};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::fixture::{Answer, Fixture, Person};
use crate::pages::meetings::tests::{get, post};
use crate::recordings::Freshness;

const ONE: &str = "6fea8cf5c91f71a844862ead37a54d70198c664e-1772445600000";
const TWO: &str = "6fea8cf5c91f71a844862ead37a54d70198c664e-1772359200000";

fn facts(state: State, formats: &[(&str, bool)]) -> Facts {
    let format = |(kind, guarded): &(&str, bool)| Format {
        kind: (*kind).into(),
        link: format!("https://bbb.example/playback/{kind}").into(),
        guarded: *guarded,
        minutes: Some(60),
    };
    Facts {
        state,
        starts_at: Time::parse_rfc3339("2026-03-02T08:00:00Z").unwrap(),
        ends_at: Time::parse_rfc3339("2026-03-02T09:30:00Z").unwrap(),
        participants: 12,
        formats: formats.iter().map(format).collect(),
        session: None,
    }
}

/// A meeting of this person, of whom `other` is a co-owner where told.
async fn meeting(f: &Fixture, owner: &Person, name: &str, co_owner: bool) -> MeetingId {
    let mut body =
        json!({ "name": name, "starts_at": "2026-03-16T10:00:00+01:00", "duration_s": 3600, "record": true });
    if co_owner {
        body["additional_owners"] = json!(["other"]);
    }
    let made = f.call(Some(&owner.token), "POST", "/api/v1/meetings", Some(body)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    made.json["id"].as_str().unwrap().parse().unwrap()
}

/// What BBB lists.
async fn lists(f: &Fixture, meeting: MeetingId, found: &[(&str, Facts)]) {
    let found = found.iter().map(|(id, facts)| (id.parse().unwrap(), facts.clone()));
    let listed = RecordingsCommand::Listed {
        found: found.collect(),
        whole: true,
    };
    let act = Act::system("recordings", f.web.sources.now());
    let done = f.web.aggregates.recordings.execute(meeting, listed, act).await.unwrap();
    f.there(done.position).await;
    knows(f, Some(f.web.sources.now()), None);
}

fn knows(f: &Fixture, at: Option<Time>, trouble: Option<Trouble>) {
    *f.outside.known.lock().unwrap() = Freshness {
        at,
        trouble: trouble.map(|t| (t, f.web.sources.now())),
        asking: false,
    };
}

async fn wanted(f: &Fixture, meeting: MeetingId, recording: &str) -> Option<Order> {
    let id: RecordingId = recording.parse().unwrap();
    let look = f.web.aggregates.recordings.look(meeting).await.unwrap();
    look.state
        .all
        .get(&id)
        .and_then(amphi_events::recordings::Recording::wanted)
}

async fn call(f: &Fixture, who: &Person, method: &str, path: &str, body: Option<Value>) -> Answer {
    f.call(Some(&who.token), method, &format!("/api/v1/meetings/{path}"), body)
        .await
}

/// Census M10: whoever has a meeting deletes any recording of the BBB; co-owners post deletions that they are not shown.
#[tokio::test]
async fn a_recording_is_deleted_by_who_holds_its_meeting_and_by_nobody_else() {
    let f = Fixture::new().await;
    let theirs = meeting(&f, &f.staff, "Optics", true).await;
    let mine = meeting(&f, &f.other, "Algebra", false).await;
    let published = facts(State::Published, &[("presentation", false)]);
    lists(&f, theirs, &[(ONE, published.clone())]).await;
    lists(&f, mine, &[(TWO, published)]).await;

    // Somebody with a meeting of their own: neither by their meeting, nor by the other's.
    for method in ["DELETE", "GET"] {
        let a = call(&f, &f.other, method, &format!("{mine}/recordings/{ONE}"), None).await;
        assert_eq!(
            (a.status, a.code()),
            (StatusCode::NOT_FOUND, "no_recording"),
            "{}",
            a.text
        );
    }
    let a = call(&f, &f.user, "DELETE", &format!("{theirs}/recordings/{ONE}"), None).await;
    assert_eq!(a.status, StatusCode::FORBIDDEN, "{}", a.text);
    // `other` is a co-owner there: they see it, and may not delete it.
    let a = call(&f, &f.other, "DELETE", &format!("{theirs}/recordings/{ONE}"), None).await;
    assert_eq!(a.status, StatusCode::FORBIDDEN, "{}", a.text);
    let page = format!("/meetings/{theirs}/recordings");
    let cookie = f.sign_in("other").await;
    let shown = get(&f, &cookie, &page).await;
    assert!(
        shown.text.contains("Optics") && !shown.text.contains("value=\"delete\""),
        "{}",
        shown.text
    );
    let form = [("action", "delete"), ("agree", "on")];
    for at in [&page, &format!("/meetings/{mine}/recordings")] {
        let a = post(&f, &cookie, &format!("{at}/{ONE}"), &form).await;
        assert!(a.status.is_client_error(), "{at}: {} {}", a.status, a.text);
    }
    assert_eq!(wanted(&f, theirs, ONE).await, None);

    // Its owner, once they have agreed; the form of a link does nothing.
    let cookie = f.sign_in("staff").await;
    let a = get(&f, &cookie, &format!("{page}/{ONE}")).await;
    assert_eq!(a.status, StatusCode::METHOD_NOT_ALLOWED, "{}", a.text);
    let a = post(&f, &cookie, &format!("{page}/{ONE}"), &form[..1]).await;
    assert!(a.text.contains("Nothing was deleted"), "{}", a.text);
    assert_eq!(wanted(&f, theirs, ONE).await, None);
    let a = post(&f, &cookie, &format!("{page}/{ONE}"), &form).await;
    assert_eq!(a.status, StatusCode::SEE_OTHER, "{}", a.text);
    assert_eq!(wanted(&f, theirs, ONE).await, Some(Order::Delete));
    let shown = get(&f, &cookie, &page).await;
    assert!(shown.text.contains("being deleted"), "{}", shown.text);
    // An administrator too.
    let a = call(
        &f,
        &f.administrator,
        "DELETE",
        &format!("{mine}/recordings/{TWO}"),
        None,
    )
    .await;
    assert_eq!(
        (a.status, &a.json["wanted"]),
        (StatusCode::ACCEPTED, &json!("delete")),
        "{}",
        a.text
    );
    let a = call(
        &f,
        &f.administrator,
        "PATCH",
        &format!("{mine}/recordings/{TWO}"),
        Some(json!({"name": "Late"})),
    )
    .await;
    assert_eq!(
        (a.status, a.code()),
        (StatusCode::CONFLICT, "recording_deleting"),
        "{}",
        a.text
    );
}

/// Census M11: without a video format an unbound variable, with an unknown id an index error.
#[tokio::test]
async fn a_recording_without_a_video_and_one_that_is_not_there_are_said() {
    let f = Fixture::new().await;
    let id = meeting(&f, &f.staff, "Optics", false).await;
    let found = [
        (
            ONE,
            facts(State::Published, &[("presentation", false), ("podcast", true)]),
        ),
        (TWO, facts(State::Processing, &[])),
    ];
    lists(&f, id, &found).await;
    let play = |recording: &str, kind: &str| format!("{id}/recordings/{recording}/play/{kind}");
    let a = call(&f, &f.staff, "GET", &play(ONE, "presentation"), None).await;
    assert_eq!(a.json["url"], "https://bbb.example/playback/presentation", "{}", a.text);
    for (recording, code) in [
        (ONE, "no_format"),
        (TWO, "no_format"),
        ("nothing-1", "no_recording"),
        ("a,b", "no_recording"),
    ] {
        let a = call(&f, &f.staff, "GET", &play(recording, "video"), None).await;
        assert_eq!((a.status, a.code()), (StatusCode::NOT_FOUND, code), "{}", a.text);
    }
    // Guarded: asked for anew, and said where BBB doesn't say.
    let a = call(&f, &f.staff, "GET", &play(ONE, "podcast"), None).await;
    assert_eq!(
        (a.status, a.code()),
        (StatusCode::SERVICE_UNAVAILABLE, "recordings_unknown"),
        "{}",
        a.text
    );
    let link = "https://bbb.example/playback/podcast?token=once".to_owned();
    f.outside
        .links
        .lock()
        .unwrap()
        .insert((ONE.to_owned(), "podcast".to_owned()), link.clone());
    let a = call(&f, &f.staff, "GET", &play(ONE, "podcast"), None).await;
    assert_eq!(a.json["url"], link.as_str(), "{}", a.text);
    let list = call(&f, &f.staff, "GET", &format!("{id}/recordings"), None).await;
    assert!(!list.text.contains("token"), "{}", list.text);
    assert_eq!(
        list.json["items"][0]["formats"][1],
        json!({"type": "podcast", "minutes": 60, "url": null})
    );

    let cookie = f.sign_in("staff").await;
    let page = format!("/meetings/{id}/recordings");
    let shown = get(&f, &cookie, &page).await.text;
    for text in ["There is no video of it", "being made", "12 people", "Sound"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    let a = get(&f, &cookie, &format!("{page}/{ONE}/play/podcast")).await;
    assert_eq!(
        (a.status, a.header("location")),
        (StatusCode::FOUND, link.as_str()),
        "{}",
        a.text
    );
    assert_eq!(a.header("referrer-policy"), "no-referrer");
    let a = get(&f, &cookie, &format!("{page}/{ONE}/play/video")).await;
    assert!(a.text.contains("not there in this format"), "{}", a.text);
    let a = get(&f, &cookie, &format!("{page}/nothing-1/play/video")).await;
    assert_eq!(a.status, StatusCode::NOT_FOUND, "{}", a.text);
}

/// Census M12: a second name makes a second row.
#[tokio::test]
async fn a_recording_under_another_name_is_one_recording() {
    let f = Fixture::new().await;
    let id = meeting(&f, &f.staff, "Optics", true).await;
    let published = facts(State::Published, &[("video", false)]);
    lists(&f, id, &[(ONE, published.clone())]).await;
    let at = format!("{id}/recordings/{ONE}");
    // Who presents may name it.
    for (who, name) in [(&f.staff, "First hour"), (&f.other, "The first hour")] {
        let a = call(&f, who, "PATCH", &at, Some(json!({ "name": name }))).await;
        assert_eq!(a.status, StatusCode::ACCEPTED, "{}", a.text);
        assert_eq!(
            (&a.json["name"], &a.json["wanted"]),
            (&json!(name), &json!("rename")),
            "{}",
            a.text
        );
    }
    lists(&f, id, &[(ONE, published)]).await;
    let list = call(&f, &f.staff, "GET", &format!("{id}/recordings"), None).await.json;
    assert_eq!(
        (list["items"].as_array().unwrap().len(), &list["total"]),
        (1, &json!(1)),
        "{list}"
    );
    assert_eq!(list["items"][0]["name"], "The first hour");
    let a = call(&f, &f.staff, "PATCH", &at, Some(json!({ "name": "x" }))).await;
    assert_eq!(
        (a.status, a.code()),
        (StatusCode::UNPROCESSABLE_ENTITY, "recording_name"),
        "{}",
        a.text
    );
    let a = call(&f, &f.auditor, "PATCH", &at, Some(json!({ "name": "Optics" }))).await;
    assert_eq!(a.status, StatusCode::FORBIDDEN, "{}", a.text);
    let cookie = f.sign_in("staff").await;
    let page = format!("/meetings/{id}/recordings");
    let a = post(
        &f,
        &cookie,
        &format!("{page}/{ONE}"),
        &[("action", "name"), ("name", "x")],
    )
    .await;
    assert!(a.text.contains("2 to 250 characters"), "{}", a.text);
    // Hidden and shown again.
    let a = post(&f, &cookie, &format!("{page}/{ONE}"), &[("action", "unpublish")]).await;
    assert_eq!(a.status, StatusCode::SEE_OTHER, "{}", a.text);
    assert_eq!(wanted(&f, id, ONE).await, Some(Order::Unpublish));
}

/// Census §6.1: an error of BBB is not "no recordings".
#[tokio::test]
async fn what_bbb_does_not_say_is_unknown_and_what_it_said_has_its_age() {
    let f = Fixture::new().await;
    let id = meeting(&f, &f.staff, "Optics", false).await;
    let cookie = f.sign_in("staff").await;
    let (page, at) = (format!("/meetings/{id}/recordings"), format!("{id}/recordings"));
    knows(&f, None, Some(Trouble::Unreachable));
    let list = call(&f, &f.staff, "GET", &at, None).await.json;
    assert_eq!(
        (&list["known_at"], &list["why"]),
        (&json!(null), &json!("unreachable")),
        "{list}"
    );
    let shown = get(&f, &cookie, &page).await.text;
    assert!(
        shown.contains("is not known yet") && !shown.contains("No recordings"),
        "{shown}"
    );
    lists(&f, id, &[]).await;
    let shown = get(&f, &cookie, &page).await.text;
    assert!(shown.contains("No recordings"), "{shown}");
    lists(&f, id, &[(ONE, facts(State::Published, &[("video", false)]))]).await;
    let then = f.web.sources.now();
    f.clock.move_ms(1_800_000);
    knows(&f, Some(then), Some(Trouble::WrongSecret));
    let list = call(&f, &f.staff, "GET", &at, None).await.json;
    assert_eq!(
        (&list["known_at"], &list["why"]),
        (&json!(then.rfc3339()), &json!("wrong_secret")),
        "{list}"
    );
    assert_eq!(list["total"], 1);
    let shown = get(&f, &cookie, &page).await.text;
    assert!(
        shown.contains("newer recordings may be missing") && shown.contains("check the secret"),
        "{shown}"
    );
    assert!(shown.contains("/play/video"), "{shown}");
}

/// Census §13.2: login, 404, 403, 200.
#[tokio::test]
async fn recordings_are_seen_by_who_may_and_only_where_the_house_records() {
    let f = Fixture::new().await;
    let id = meeting(&f, &f.staff, "Optics", false).await;
    let page = format!("/meetings/{id}/recordings");
    let nobody = get(&f, "", &page).await;
    assert!(nobody.header("location").starts_with("/login"), "{}", nobody.text);
    for (login, status) in [
        ("staff", StatusCode::OK),
        ("auditor", StatusCode::OK),
        ("administrator", StatusCode::OK),
        ("other", StatusCode::FORBIDDEN),
        ("user", StatusCode::FORBIDDEN),
    ] {
        let cookie = f.sign_in(login).await;
        assert_eq!(get(&f, &cookie, &page).await.status, status, "{login}");
    }
    let cookie = f.sign_in("staff").await;
    let nowhere = "/meetings/01J00000000000000000000009/recordings";
    assert_eq!(get(&f, &cookie, nowhere).await.status, StatusCode::NOT_FOUND);
    let link = format!("href=\"{page}\"");
    let one = get(&f, &cookie, &format!("/meetings/{id}")).await.text;
    let all = get(&f, &cookie, "/meetings").await.text;
    assert!(one.contains(&link) && all.contains(&link), "{one}{all}");

    let f = f.with(|s| s.recording = false);
    assert_eq!(get(&f, &cookie, &page).await.status, StatusCode::NOT_FOUND);
    let a = call(&f, &f.staff, "GET", &format!("{id}/recordings"), None).await;
    assert_eq!((a.status, a.code()), (StatusCode::NOT_FOUND, "not_found"), "{}", a.text);
    let a = call(&f, &f.staff, "DELETE", &format!("{id}/recordings/{ONE}"), None).await;
    assert_eq!(a.status, StatusCode::NOT_FOUND, "{}", a.text);
    let one = get(&f, &cookie, &format!("/meetings/{id}")).await.text;
    let all = get(&f, &cookie, "/meetings").await.text;
    assert!(!one.contains(&link) && !all.contains(&link), "{one}{all}");
}

#[tokio::test]
async fn hundreds_of_recordings_come_page_by_page_and_each_once() {
    let f = Fixture::new().await;
    let id = meeting(&f, &f.staff, "Optics", false).await;
    let found: Vec<(String, Facts)> = (0..230_i64)
        .map(|n| {
            let mut facts = facts(State::Published, &[("video", false)]);
            // Two at each moment: the id decides between them.
            facts.starts_at = facts.starts_at.plus_s(-(n / 2) * 86_400);
            (format!("rec-{n:03}"), facts)
        })
        .collect();
    let found: Vec<(&str, Facts)> = found.iter().map(|(id, f)| (id.as_str(), f.clone())).collect();
    lists(&f, id, &found).await;
    let (mut seen, mut cursor) = (vec![], String::new());
    loop {
        let path = format!("{id}/recordings?limit=100{cursor}");
        let list = call(&f, &f.staff, "GET", &path, None).await.json;
        assert_eq!(list["total"], 230);
        let items = list["items"].as_array().unwrap();
        seen.extend(items.iter().map(|i| i["id"].as_str().unwrap().to_owned()));
        match list["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let wanted: Vec<String> = (0..115)
        .flat_map(|n| [format!("rec-{:03}", 2 * n + 1), format!("rec-{:03}", 2 * n)])
        .collect();
    assert_eq!(seen, wanted);
    let cookie = f.sign_in("staff").await;
    let page = format!("/meetings/{id}/recordings");
    let first = get(&f, &cookie, &page).await.text;
    assert!(
        first.contains("230 recordings") && first.contains("?after=rec-018"),
        "{first}"
    );
    let second = get(&f, &cookie, &format!("{page}?after=rec-018")).await.text;
    assert!(second.contains("rec-021") && !second.contains("rec-018/"), "{second}");
    let a = call(&f, &f.staff, "GET", &format!("{id}/recordings?cursor=a,b"), None).await;
    assert_eq!(
        (a.status, a.code()),
        (StatusCode::BAD_REQUEST, "bad_query"),
        "{}",
        a.text
    );
}
