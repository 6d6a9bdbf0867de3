//! Planning by forms, as a browser without script posts them.

mod dates;
mod inviting;
mod room;
mod who;

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

/// Census M25: two first visits made two rooms.
#[tokio::test]
async fn twenty_first_visits_at_the_same_time_make_one_personal_room() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("staff").await;
    // Two nodes on one log: what one has folded the other doesn't know.
    let other = crate::router(crate::Web {
        aggregates: amphi_events::Aggregates::new(&f.web.log, &f.web.sources),
        ..f.web.clone()
    });
    let visits = (0..20).map(|n| {
        let mut request = Request::get("/meetings")
            .header("cookie", &cookie)
            .body(Body::empty())
            .unwrap();
        let peer = std::net::SocketAddr::from(([203, 0, 113, 1], 4711));
        request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
        let router = if n % 2 == 0 { f.router.clone() } else { other.clone() };
        tokio::spawn(tower::ServiceExt::oneshot(router, request))
    });
    for visit in visits.collect::<Vec<_>>() {
        assert_eq!(visit.await.unwrap().unwrap().status(), StatusCode::OK);
    }
    let id = amphi_events::meeting::personal::id(&f.web.keys, f.staff.id).unwrap();
    let stream = amphi_events::meeting::stream(id);
    let events = f.web.log.read_stream(&stream, 0, 100).await.unwrap();
    assert_eq!(events.len(), 1, "{events:?}");
    let mine = f.web.read.meetings_of(f.staff.id).await.unwrap();
    assert_eq!(mine.len(), 1);
    assert!(mine[0].personal && mine[0].id == id);
    let page = get(&f, &cookie, "/meetings").await.text;
    assert_eq!(page.matches(&format!("href=\"/meetings/{id}\"")).count(), 1, "{page}");
    // Who may not plan has none, and a visit makes none.
    let user = f.sign_in("user").await;
    let page = get(&f, &user, "/meetings").await;
    assert!(
        page.status == StatusCode::OK && !page.text.contains("Personal room"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn a_personal_room_is_shared_but_changed_by_its_owner_alone() {
    let f = Fixture::new().await;
    let token = Some(f.staff.token.as_str());
    let room = f.call(token, "PUT", "/api/v1/me/room", None).await;
    assert_eq!(room.status, StatusCode::OK, "{}", room.text);
    let id = room.json["id"].as_str().unwrap().to_owned();
    assert_eq!(
        f.call(token, "PUT", "/api/v1/me/room", None).await.json["id"],
        id.as_str()
    );
    let path = format!("/api/v1/meetings/{id}");
    let patch = async |who: &str, body| f.call(Some(who), "PATCH", &path, Some(body)).await;
    let shared = patch(&f.staff.token, serde_json::json!({"additional_owners": ["other"]})).await;
    assert_eq!(shared.status, StatusCode::OK, "{}", shared.text);
    let plain = serde_json::json!({"description": "x"});
    for (who, status) in [
        (&f.other.token, StatusCode::FORBIDDEN),
        (&f.administrator.token, StatusCode::FORBIDDEN),
        (&f.staff.token, StatusCode::OK),
    ] {
        assert_eq!(patch(who, plain.clone()).await.status, status);
    }
    for unfit in [
        serde_json::json!({"name": "Mine"}),
        serde_json::json!({"is_webinar": true}),
        serde_json::json!({"starts_at": "2026-04-01T08:00:00Z"}),
    ] {
        let a = patch(&f.staff.token, unfit).await;
        assert_eq!(
            (a.status, a.code()),
            (StatusCode::CONFLICT, "personal_room"),
            "{}",
            a.text
        );
    }
    let gone = f.call(token, "DELETE", &path, None).await;
    assert_eq!(gone.code(), "personal_room", "{}", gone.text);
    // A year later it is neither over nor late, and no calendar has it.
    f.clock.move_ms(366 * 86_400_000);
    assert_eq!(
        f.call(Some(&f.other.token), "GET", &path, None).await.json["state"],
        "scheduled"
    );
    let cookie = f.sign_in("other").await;
    let list = get(&f, &cookie, "/meetings").await.text;
    assert!(list.contains("Personal room of staff"), "{list}");
    assert!(!list.contains(&format!("/meetings/{id}/edit")), "{list}");
    let door = get(&f, &cookie, &format!("/join/{id}")).await.text;
    assert!(
        door.contains("Personal room of staff") && door.contains("id=\"open\""),
        "{door}"
    );
    let guest = get(&f, "", &format!("/join/{id}")).await.text;
    assert!(
        guest.contains("data-phase=\"shut\"") && !guest.contains("over."),
        "{guest}"
    );
    assert_eq!(
        get(&f, &cookie, &format!("/join/{id}/calendar.ics")).await.status,
        StatusCode::NOT_FOUND
    );
    // The form changes what may change, and nothing else.
    let mine = f.sign_in("staff").await;
    let form = get(&f, &mine, &format!("/meetings/{id}/edit")).await.text;
    let value = |name: &str| {
        let at = form
            .split(&format!("type=\"hidden\" name=\"{name}\" value=\""))
            .nth(1)
            .unwrap();
        at.split('"').next().unwrap().to_owned()
    };
    let posted = ["name", "starts_at", "minutes", "time_zone"].map(|n| (n, value(n)));
    let mut fields: Vec<(&str, &str)> = posted.iter().map(|(n, v)| (*n, v.as_str())).collect();
    fields.extend([
        ("description", "Knock first"),
        ("presenters", "other"),
        ("max_participants", "20"),
    ]);
    let saved = post(&f, &mine, &format!("/meetings/{id}/edit"), &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let held = f.call(token, "GET", &path, None).await.json;
    assert_eq!(
        (&held["description"], &held["max_participants"]),
        (&"Knock first".into(), &20.into())
    );
}

#[tokio::test]
async fn a_meeting_is_handed_over_and_co_owners_do_all_but_that() {
    let f = Fixture::new().await.with(|s| s.everybody_plans = true);
    let call = async |who: &str, method: &str, path: &str, body| f.call(Some(who), method, path, body).await;
    let body = serde_json::json!({
        "name": "Optics", "starts_at": "2026-03-03T09:00:00Z", "duration_s": 3600, "additional_owners": ["other"],
    });
    let made = call(&f.staff.token, "POST", "/api/v1/meetings", Some(body)).await;
    let id = made.json["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/meetings/{id}");
    let owner = format!("{path}/owner");
    let to = |who: &str, stay: bool| Some(serde_json::json!({"person": who, "stay": stay}));
    let renamed = call(
        &f.other.token,
        "PATCH",
        &path,
        Some(serde_json::json!({"name": "Optics II"})),
    )
    .await;
    assert_eq!(renamed.status, StatusCode::OK, "{}", renamed.text);
    for (method, path, body) in [("PUT", &owner, to("other", true)), ("DELETE", &path, None)] {
        assert_eq!(
            call(&f.other.token, method, path, body).await.status,
            StatusCode::FORBIDDEN
        );
    }
    let cookie = f.sign_in("other").await;
    let page = get(&f, &cookie, &format!("/meetings/{id}")).await.text;
    assert!(
        page.contains("/edit\"") && !page.contains("new-owner") && !page.contains("value=\"cancel\""),
        "{page}"
    );
    let refused = post(&f, &cookie, &format!("/meetings/{id}"), &[("action", "cancel")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(
        call(&f.staff.token, "PUT", &owner, to("ghost", true)).await.code(),
        "unknown_person"
    );
    let given = call(&f.staff.token, "PUT", &owner, to("user", true)).await;
    assert_eq!(given.json["owner"]["name"], "user", "{}", given.text);
    let names: Vec<_> = given.json["additional_owners"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["name"].clone())
        .collect();
    assert_eq!(names, ["other", "staff"]);
    assert_eq!(given.json["join_url"], made.json["join_url"], "its addresses stay");
    assert_eq!(
        call(&f.staff.token, "DELETE", &path, None).await.status,
        StatusCode::FORBIDDEN
    );
    // By the page, and without staying.
    let cookie = f.sign_in("user").await;
    let page = get(&f, &cookie, &format!("/meetings/{id}")).await.text;
    assert!(page.contains("new-owner"), "{page}");
    let form = format!("/meetings/{id}/owner");
    let unknown = post(&f, &cookie, &form, &[("login", "ghost")]).await;
    assert!(unknown.text.contains("ghost"), "{}", unknown.text);
    let done = post(&f, &cookie, &form, &[("login", "staff")]).await;
    assert_eq!(done.header("location"), "/meetings", "{}", done.text);
    assert_eq!(
        get(&f, &cookie, &format!("/meetings/{id}")).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn who_may_plan_is_a_setting() {
    let f = Fixture::new().await;
    let plans = serde_json::json!({"name": "Optics", "starts_at": "2026-03-03T09:00:00Z", "duration_s": 3600});
    let refused = f
        .call(Some(&f.user.token), "POST", "/api/v1/meetings", Some(plans.clone()))
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let mut open = f;
    open.router = crate::router(crate::Web {
        settings: std::sync::Arc::new(crate::WebSettings {
            everybody_plans: true,
            ..(*open.web.settings).clone()
        }),
        ..open.web.clone()
    });
    let made = open
        .call(Some(&open.user.token), "POST", "/api/v1/meetings", Some(plans))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let me = open.call(Some(&open.user.token), "GET", "/api/v1/me", None).await;
    assert_eq!(me.json["may"], serde_json::json!(["plan"]));
    let cookie = open.sign_in("user").await;
    let list = get(&open, &cookie, "/meetings").await.text;
    assert!(
        list.contains("Personal room") && list.contains("href=\"/meetings\""),
        "{list}"
    );
    // Whoever plans plans webinars too, where no groups are named for them; and of the members of groups, where some are.
    let webinar = |name: &str| serde_json::json!({"name": name, "starts_at": "2026-03-03T09:00:00Z", "duration_s": 3600, "is_webinar": true});
    let form = get(&open, &cookie, "/meetings/new").await.text;
    assert!(form.contains("id=\"kind-webinar\""), "{form}");
    let made = open
        .call(
            Some(&open.user.token),
            "POST",
            "/api/v1/meetings",
            Some(webinar("Waves")),
        )
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let named = open.with(|s| {
        s.everybody_plans = true;
        s.outside.webinar_groups = vec!["faculty".into()];
    });
    let refused = named
        .call(
            Some(&named.user.token),
            "POST",
            "/api/v1/meetings",
            Some(webinar("Heat")),
        )
        .await;
    assert_eq!(refused.code(), "webinar_right", "{}", refused.text);
}

/// Census M27: the groups to choose from did not open; here they stand in the form, with a script or without.
#[tokio::test]
async fn the_form_ticks_groups_by_their_names() {
    let f = Fixture::new().await;
    f.web
        .store
        .put_group("maths", "Mathematics", f.web.sources.now())
        .await
        .unwrap();
    let cookie = f.sign_in("staff").await;
    let form = get(&f, &cookie, "/meetings/new").await.text;
    assert!(
        form.contains("name=\"group:maths\"") && form.contains("Mathematics"),
        "{form}"
    );
    let mut fields = FORM.to_vec();
    fields.push(("group:maths", "on"));
    let made = post(&f, &cookie, "/meetings/new", &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let page = get(&f, &cookie, made.header("location")).await.text;
    assert!(page.contains("<dd>Mathematics</dd>"), "{page}");
    // The group is gone: the meeting stays closed, and the form can be saved all the same.
    f.web.store.delete_group("maths").await.unwrap();
    let edit = made.header("location").replace("?saved=1", "/edit");
    let form = get(&f, &cookie, &edit).await.text;
    assert!(form.contains("name=\"group:maths\" value=\"on\" checked"), "{form}");
    assert_eq!(post(&f, &cookie, &edit, &fields).await.status, StatusCode::SEE_OTHER);
    let slip = [FORM, &[("group:law", "on")]].concat();
    let refused = post(&f, &cookie, &edit, &slip).await;
    assert!(
        refused.text.contains("id=\"groups-wrong\"") || refused.text.contains("#groups"),
        "{}",
        refused.text
    );
}

/// What a browser posts with a file in it.
async fn sends(f: &Fixture, cookie: &str, path: &str, name: &str, file: &[u8]) -> Answer {
    let mut body = format!(
        "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: application/pdf\r\n\r\n"
    )
    .into_bytes();
    body.extend(file);
    body.extend(b"\r\n--x--\r\n");
    let request = Request::post(path)
        .header("cookie", cookie)
        .header("origin", ORIGIN)
        .header("accept-language", "en")
        .header("content-type", "multipart/form-data; boundary=x")
        .header("content-length", body.len())
        .body(Body::from(body))
        .unwrap();
    f.send(request).await
}

#[tokio::test]
async fn slides_are_added_and_taken_away_on_the_meetings_page() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("staff").await;
    let made = post(&f, &cookie, "/meetings/new", FORM).await;
    let page = made.header("location").replace("?saved=1", "");
    let path = format!("{page}/slides");
    let pdf = crate::slides::kind::tests::pdf;
    let added = sends(&f, &cookie, &path, "Cours.pdf", &pdf(3)).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text);
    let shown = get(&f, &cookie, &page).await.text;
    assert!(shown.contains("Cours.pdf") && shown.contains("3 pages"), "{shown}");
    for (name, file, status, said) in [
        ("a.pdf", pdf(21), StatusCode::UNPROCESSABLE_ENTITY, "too many pages"),
        (
            "a.pdf",
            b"<html>".to_vec(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "no file that a room can show",
        ),
        ("a.pdf", vec![b'x'; 100_001], StatusCode::PAYLOAD_TOO_LARGE, "too large"),
    ] {
        let refused = sends(&f, &cookie, &path, name, &file).await;
        assert_eq!(refused.status, status, "{}", refused.text);
        assert!(
            refused.text.contains(said) && refused.text.contains("Cours.pdf"),
            "{}",
            refused.text
        );
    }
    // What is announced as too large is refused before a byte of it is read.
    let body = Body::from_stream(futures_util::stream::pending::<Result<axum::body::Bytes, std::io::Error>>());
    let request = Request::post(&path)
        .header("cookie", &cookie)
        .header("origin", ORIGIN)
        .header("content-type", "multipart/form-data; boundary=x")
        .header("content-length", 1_000_000_000)
        .body(body)
        .unwrap();
    let early = tokio::time::timeout(std::time::Duration::from_secs(10), f.send(request)).await;
    assert_eq!(
        early.expect("an answer without the file").status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let stranger = f.sign_in("other").await;
    assert_eq!(
        sends(&f, &stranger, &path, "a.pdf", &pdf(1)).await.status,
        StatusCode::FORBIDDEN
    );
    let id = shown
        .split(&format!("action=\"{path}/"))
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let gone = post(&f, &cookie, &format!("{path}/{id}"), &[]).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER, "{}", gone.text);
    assert!(!get(&f, &cookie, &page).await.text.contains("Cours.pdf"));
}

#[tokio::test]
async fn where_nothing_is_recorded_no_form_asks_and_no_call_takes_it() {
    let f = Fixture::new().await;
    let plans = |record: bool| serde_json::json!({"name": "Optics", "starts_at": "2026-03-03T09:00:00Z", "duration_s": 3600, "record": record});
    let kept = f
        .call(Some(&f.staff.token), "POST", "/api/v1/meetings", Some(plans(true)))
        .await;
    assert_eq!(kept.status, StatusCode::CREATED, "{}", kept.text);
    let mut off = f;
    off.router = crate::router(crate::Web {
        settings: std::sync::Arc::new(crate::WebSettings {
            recording: false,
            meeting_fields: crate::fields::FormFields::new(&[], &crate::fields::with_recording(&[])),
            ..(*off.web.settings).clone()
        }),
        ..off.web.clone()
    });
    let staff = Some(off.staff.token.as_str());
    let refused = off.call(staff, "POST", "/api/v1/meetings", Some(plans(true))).await;
    assert_eq!(refused.code(), "recording_off");
    let made = off.call(staff, "POST", "/api/v1/meetings", Some(plans(false))).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    // What it had before stands in nobody's way.
    let at = format!("/api/v1/meetings/{}", kept.json["id"].as_str().unwrap());
    let renamed = off
        .call(staff, "PATCH", &at, Some(serde_json::json!({"name": "Waves"})))
        .await;
    assert_eq!(renamed.status, StatusCode::OK, "{}", renamed.text);
    let cookie = off.sign_in("staff").await;
    let form = get(&off, &cookie, "/meetings/new").await.text;
    assert!(
        form.contains("name=\"mute_on_start\"") && !form.contains("name=\"record\""),
        "{form}"
    );
    assert!(!form.contains("recording\""), "{form}");
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let begin = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("no {name}: {page}"));
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// Two owners have the form open: what the second saves does not undo what the first saved, and nothing that was typed is lost.
#[tokio::test]
async fn a_form_that_was_open_while_somebody_else_saved_comes_back_with_both() {
    let f = Fixture::new().await;
    let (staff, other) = (f.sign_in("staff").await, f.sign_in("other").await);
    let id = planned(&f, &staff, &with(&[("presenters", "other")])).await;
    let (page, edit) = (format!("/meetings/{id}"), format!("/meetings/{id}/edit"));
    let form = get(&f, &staff, &edit).await.text;
    let version = hidden(&form, "version");
    let saves = async |cookie: &str, version: &str, changes: &[(&str, &str)]| {
        let mut fields = with(&[("presenters", "other"), ("version", version)]);
        for (name, value) in changes {
            fields.retain(|(n, _)| n != name);
            fields.push((name, value));
        }
        post(&f, cookie, &edit, &fields).await
    };
    let first = saves(&other, &version, &[("name", "Waves"), ("max_participants", "30")]).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text);
    let second = saves(
        &staff,
        &version,
        &[("name", "Optics II"), ("description", "bring a lens")],
    )
    .await;
    assert_eq!(second.status, StatusCode::UNPROCESSABLE_ENTITY);
    for shown in [
        "Somebody else changed",
        "“Waves”",
        "value=\"Optics II\"",
        "bring a lens",
        "value=\"30\"",
    ] {
        assert!(second.text.contains(shown), "{shown}: {}", second.text);
    }
    assert!(get(&f, &staff, &page).await.text.contains("Waves"), "nothing was saved");
    // Saved again, knowing.
    let now = hidden(&second.text, "version");
    assert_ne!(now, version);
    let again = [
        ("name", "Optics II"),
        ("description", "bring a lens"),
        ("max_participants", "30"),
    ];
    let saved = saves(&staff, &now, &again).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let held = f
        .call(Some(&f.staff.token), "GET", &format!("/api/v1/meetings/{id}"), None)
        .await
        .json;
    assert_eq!(
        (&held["name"], &held["description"], &held["max_participants"]),
        (&"Optics II".into(), &"bring a lens".into(), &30.into())
    );
    // Two who save at the same moment: one of them is asked.
    let version = hidden(&get(&f, &staff, &edit).await.text, "version");
    let (a, b) = tokio::join!(
        saves(&staff, &version, &[("name", "One")]),
        saves(&other, &version, &[("name", "Two")])
    );
    let mut statuses = [a.status.as_u16(), b.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422]);
}

/// Census §2.1: a co-owner who may not plan is offered nothing to edit.
#[tokio::test]
async fn a_co_owner_who_may_not_plan_does_not_edit() {
    let f = Fixture::new().await;
    let (staff, user) = (f.sign_in("staff").await, f.sign_in("user").await);
    let id = planned(&f, &staff, &with(&[("presenters", "user")])).await;
    let page = get(&f, &user, &format!("/meetings/{id}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text.contains("/edit\""), "{}", page.text);
    let edit = format!("/meetings/{id}/edit");
    assert_eq!(get(&f, &user, &edit).await.status, StatusCode::FORBIDDEN);
    assert_eq!(post(&f, &user, &edit, FORM).await.status, StatusCode::FORBIDDEN);
}

/// What one person's meetings hold together has a limit, whichever meeting the next file is for.
#[tokio::test]
async fn slides_of_one_person_have_a_limit_together() {
    let mut f = Fixture::new().await;
    f.router = crate::router(crate::Web {
        shelf: f.web.shelf.clone().with_quota(10_000),
        ..f.web.clone()
    });
    let cookie = f.sign_in("staff").await;
    let first = planned(&f, &cookie, FORM).await;
    let second = planned(&f, &cookie, &with(&[("once", "01J00000000000000000000004")])).await;
    let mut picture = b"\x89PNG\r\n\x1a\n".to_vec();
    picture.resize(6_000, 0);
    let path = |id: &str| format!("/meetings/{id}/slides");
    assert_eq!(
        sends(&f, &cookie, &path(&first), "a.png", &picture).await.status,
        StatusCode::SEE_OTHER
    );
    let full = sends(&f, &cookie, &path(&second), "b.png", &picture).await;
    assert_eq!(full.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", full.text);
    assert!(full.text.contains("no room for more slides"), "{}", full.text);
    // Somebody else's are their own.
    let other = f.sign_in("other").await;
    let theirs = planned(&f, &other, FORM).await;
    assert_eq!(
        sends(&f, &other, &path(&theirs), "c.png", &picture).await.status,
        StatusCode::SEE_OTHER
    );
}
