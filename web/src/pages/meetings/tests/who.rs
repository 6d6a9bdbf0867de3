//! Who may look at, change and pilot a meeting by its pages (census §2.1, §13.2), and what looking at them does: nothing.

use amphi_events::Position;
use amphi_events::person::Role;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{FORM, get, planned, post, with};
use crate::api::tests::fixture::Fixture;
use crate::auth::accounts;

/// Which meeting, in a path.
const UNKNOWN: &str = "01J00000000000000000000009";

/// Method, path, form; then nobody, a user, the owner, a co-owner of the staff, other staff, an auditor, an administrator: `l` is led to sign in,
/// `f` forbidden, `n` hears that there is no such thing, `o` gets a page, `w` the form with what is wrong in it, `s` saves.
type Row = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

const CANCEL: &[(&str, &str)] = &[("action", "cancel")];
const INVITE: &[(&str, &str)] = &[
    ("action", "invite"),
    ("addresses", "zoe@univ.example"),
    ("language", "en"),
];
const TABLE: &[Row] = &[
    ("GET", "/meetings", &[], "loooooo"),
    ("GET", "/meetings/new", &[], "lfooofo"),
    ("POST", "/meetings/new", FORM, "lfsssfs"),
    ("POST", "/meetings/new", &[("name", "")], "lfwwwfw"),
    ("GET", "/meetings/{id}", &[], "lfoofoo"),
    ("GET", "/meetings/{id}/edit", &[], "lfooffo"),
    ("POST", "/meetings/{id}/edit", FORM, "lfssffs"),
    ("POST", "/meetings/{id}/edit", &[("name", "")], "lfwwffw"),
    // Nobody but its owner and administrators ends its being.
    ("POST", "/meetings/{id}", CANCEL, "lfsfffs"),
    ("POST", "/meetings/{id}/owner", &[("login", "other")], "lfsfffs"),
    ("POST", "/meetings/{id}/invitations", INVITE, "lfssffs"),
    ("POST", "/meetings/{id}/door", &[("action", "key")], "lfssffs"),
    ("GET", "/meetings/{id}/recordings", &[], "lfoofoo"),
    ("GET", "/meetings/{unknown}", &[], "lnnnnnn"),
    ("GET", "/meetings/{unknown}/recordings", &[], "lnnnnnn"),
    ("GET", "/meetings/{unknown}/edit", &[], "lnnnnnn"),
    ("POST", "/meetings/{unknown}/edit", FORM, "lnnnnnn"),
    ("POST", "/meetings/{unknown}", CANCEL, "lnnnnnn"),
    ("POST", "/meetings/{unknown}/owner", &[("login", "other")], "lnnnnnn"),
    ("POST", "/meetings/{unknown}/invitations", INVITE, "lnnnnnn"),
    ("POST", "/meetings/{unknown}/door", &[("action", "key")], "lnnnnnn"),
    // A session that nobody has seen.
    ("GET", "/elsewhere/{unknown}", &[], "lnnnnnn"),
    ("POST", "/elsewhere/{unknown}", &[("chat", "on")], "lnnnnnn"),
    ("GET", "/admin/elsewhere", &[], "lfffffo"),
    ("GET", "/meetings/0042-optics", &[], "lnnnnnn"),
    ("GET", "/meetings/0042-optics/edit", &[], "lnnnnnn"),
];

/// A meeting of `staff` with these co-owners.
async fn shared(f: &Fixture, co_owners: &[&str]) -> String {
    let body = json!({
        "name": "Optics", "starts_at": "2026-03-03T09:00:00Z", "duration_s": 3600, "additional_owners": co_owners,
    });
    let made = f
        .call(Some(&f.staff.token), "POST", "/api/v1/meetings", Some(body))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    made.json["id"].as_str().expect("an id").to_owned()
}

/// Another account.
async fn person(f: &Fixture, login: &str) {
    let (web, password) = (&f.web, crate::api::tests::fixture::PASSWORD);
    accounts::add(
        &web.aggregates,
        &web.keys,
        &web.store,
        &web.sources,
        login,
        login,
        // Who may not plan edits nothing, co-owner or not.
        Role::Staff,
        Some(password),
    )
    .await
    .expect("an account");
}

#[tokio::test]
async fn everybody_gets_of_a_meetings_pages_what_the_table_says() {
    let f = Fixture::new().await;
    person(&f, "co").await;
    let mut who = vec![("nobody", String::new())];
    for login in ["user", "staff", "co", "other", "auditor", "administrator"] {
        who.push((login, f.sign_in(login).await));
    }
    let mut wrong = vec![];
    for (method, path, fields, expected) in TABLE {
        for ((login, cookie), expected) in who.iter().zip(expected.chars()) {
            let id = shared(&f, &["co"]).await;
            let at = path.replace("{id}", &id).replace("{unknown}", UNKNOWN);
            let answer = match *method {
                "GET" => get(&f, cookie, &at).await,
                _ => post(&f, cookie, &at, fields).await,
            };
            let got = match answer.status {
                StatusCode::SEE_OTHER if answer.header("location").starts_with("/login") => 'l',
                StatusCode::SEE_OTHER => 's',
                StatusCode::OK => 'o',
                StatusCode::UNPROCESSABLE_ENTITY => 'w',
                StatusCode::FORBIDDEN => 'f',
                StatusCode::NOT_FOUND => 'n',
                _ => '?',
            };
            if got != expected {
                wrong.push(format!(
                    "{method} {path} {login}: {expected} expected, {} came",
                    answer.status
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Whoever is led to sign in comes back to where they were going.
    let led = get(&f, "", "/meetings").await;
    assert_eq!(led.header("location"), "/login?next=%2Fmeetings");
}

/// Census M6: links ended meetings, stopped lives and switched chats.
#[tokio::test]
async fn looking_changes_nothing() {
    let f = Fixture::new().await;
    let (webinar, live) = f.webinar().await;
    let id = shared(&f, &["other"]).await;
    let (staff, administrator) = (f.sign_in("staff").await, f.sign_in("administrator").await);
    for cookie in [&staff, &administrator] {
        // The first visit makes one's own room.
        get(&f, cookie, "/meetings").await;
    }
    let looks = [
        "/",
        "/live",
        "/live/{live}",
        "/live/{live}/console",
        "/meetings",
        "/meetings?all=true",
        "/meetings/new",
        "/meetings/new?like={id}",
        "/meetings/{id}",
        "/meetings/{id}?action=cancel",
        "/meetings/{id}/edit",
        "/meetings/{id}/edit?name=Other&action=cancel",
        "/meetings/{webinar}",
        "/join/{id}",
        "/join/{webinar}",
        "/join/{id}/state",
        "/join/{id}/calendar.ics",
        "/account",
        "/logout",
        "/api/v1/meetings/{webinar}/state",
    ];
    let acts = [
        "/meetings/{id}/invitations",
        "/meetings/{id}/slides",
        "/meetings/{id}/owner",
        "/meetings/{id}/door",
        "/meetings/{id}/dates/2026-03-03",
        "/account/calendar",
        "/api/v1/meetings/{webinar}/start",
        "/api/v1/meetings/{webinar}/end",
        "/api/v1/meetings/{webinar}/live/start",
        "/api/v1/meetings/{webinar}/live/stop",
        "/api/v1/meetings/{webinar}/live/restart",
        "/api/v1/meetings/{webinar}/chat",
        "/api/v1/meetings/{id}/key",
    ];
    let path = |text: &str| {
        text.replace("{id}", &id)
            .replace("{webinar}", &webinar.to_string())
            .replace("{live}", &live.to_string())
    };
    let before = f.web.log.head();
    for cookie in [&staff, &administrator] {
        for look in looks {
            let a = get(&f, cookie, &path(look)).await;
            assert!(
                a.status.is_success() || a.status.is_redirection(),
                "{look}: {} {}",
                a.status,
                a.text
            );
        }
        for act in acts {
            let a = get(&f, cookie, &path(act)).await;
            assert_eq!(a.status, StatusCode::METHOD_NOT_ALLOWED, "{act}: {}", a.text);
        }
    }
    assert_eq!(f.web.log.head(), before, "something was written");
    assert!(before > Position(0));
}

/// Census M23: a meeting with several co-owners stood in a list as many times.
#[tokio::test]
async fn a_meeting_stands_once_in_the_list_of_each_of_its_owners() {
    let f = Fixture::new().await;
    for login in ["co1", "co2", "co3"] {
        person(&f, login).await;
    }
    let id = shared(&f, &["co1", "co2", "other", "co3", "co2"]).await;
    let link = format!("<a href=\"/meetings/{id}\"");
    for login in ["staff", "other", "co1", "co2", "co3"] {
        let cookie = f.sign_in(login).await;
        let list = get(&f, &cookie, "/meetings").await.text;
        assert_eq!(list.matches(&link).count(), 1, "{login}: {list}");
    }
    let page = f.call(Some(&f.staff.token), "GET", "/api/v1/meetings", None).await.json;
    let items = page["items"].as_array().expect("items");
    let one: Vec<&Value> = items.iter().filter(|m| m["id"] == id.as_str()).collect();
    assert_eq!(one.len(), 1, "{page}");
    assert_eq!(one[0]["additional_owners"].as_array().map(Vec::len), Some(4));
}

/// Census M24: whoever posted an owner without being a superuser met an error of the server.
#[tokio::test]
async fn whose_a_meeting_is_is_handed_over_and_never_posted() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("staff").await;
    let id = planned(&f, &cookie, &with(&[("owner", "other"), ("additional_owners", "user")])).await;
    let edit = format!("/meetings/{id}/edit");
    let saved = post(&f, &cookie, &edit, &with(&[("owner", "other")])).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let path = format!("/api/v1/meetings/{id}");
    let held = f.call(Some(&f.staff.token), "GET", &path, None).await.json;
    assert_eq!(
        (&held["owner"]["name"], &held["additional_owners"]),
        (&"staff".into(), &json!([]))
    );
    // Who administers neither; there is a call for it, and a field that means nothing is said to be none.
    for person in [&f.staff, &f.administrator] {
        let a = f
            .call(Some(&person.token), "PATCH", &path, Some(json!({"owner": "other"})))
            .await;
        assert_eq!(
            (a.status, a.code()),
            (StatusCode::UNPROCESSABLE_ENTITY, "bad_body"),
            "{}",
            a.text
        );
    }
    let body = json!({"person": "other", "stay": false});
    let given = f
        .call(
            Some(&f.administrator.token),
            "PUT",
            &format!("{path}/owner"),
            Some(body),
        )
        .await;
    assert_eq!(given.json["owner"]["name"], "other", "{}", given.text);
}

#[tokio::test]
async fn webinars_are_planned_by_form_with_the_right_and_not_without_it() {
    let f = Fixture::new().await;
    let f = f.with(|s| s.outside.webinar_groups = vec!["faculty".into()]);
    let store = &f.web.store;
    store
        .put_group("faculty", "Faculty", f.web.sources.now())
        .await
        .expect("a group");
    let cookie = f.sign_in("staff").await;
    let webinar = [
        ("is_webinar", "on"),
        ("enable_chat", "on"),
        ("guest_policy", "ALWAYS_ACCEPT"),
    ];
    let new = |more: &[(&'static str, &'static str)]| with(&[&webinar[..], more].concat());
    let plain = planned(&f, &cookie, FORM).await;
    let held = async |id: &str| {
        let path = format!("/api/v1/meetings/{id}");
        f.call(Some(&f.staff.token), "GET", &path, None).await.json["is_webinar"].clone()
    };
    for right in [false, true] {
        if right {
            store.enter_group("faculty", f.staff.id).await.expect("a member");
        }
        let edit = format!("/meetings/{plain}/edit");
        for path in ["/meetings/new", &edit] {
            assert_eq!(get(&f, &cookie, path).await.status, StatusCode::OK, "{path}");
            let incomplete = post(&f, &cookie, path, &new(&[("name", ""), ("minutes", "")])).await;
            assert_eq!(incomplete.status, StatusCode::UNPROCESSABLE_ENTITY);
            for field in ["name", "minutes"] {
                assert!(
                    incomplete.text.contains(&format!("href=\"#{field}\"")),
                    "{}",
                    incomplete.text
                );
            }
        }
        let asked = new(&[("name", "A webinar"), ("once", if right { "r1" } else { "r0" })]);
        let made = post(&f, &cookie, "/meetings/new", &asked).await;
        let turned = post(&f, &cookie, &edit, &new(&[])).await;
        for answer in [&made, &turned] {
            let expected = if right {
                StatusCode::SEE_OTHER
            } else {
                StatusCode::UNPROCESSABLE_ENTITY
            };
            assert_eq!(answer.status, expected, "{}", answer.text);
        }
        assert_eq!(held(&plain).await, Value::Bool(right));
    }
    // What is one stays one when the right is gone.
    store.leave_group("faculty", f.staff.id).await.expect("no member");
    let edit = format!("/meetings/{plain}/edit");
    let renamed = post(&f, &cookie, &edit, &new(&[("name", "Optics II")])).await;
    assert_eq!(renamed.status, StatusCode::SEE_OTHER, "{}", renamed.text);
    assert_eq!(held(&plain).await, true);
}
