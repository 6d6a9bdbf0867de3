//! Inviting on a meeting's page.

use amphi_events::log::Filter;
use amphi_events::{Position, Subject};
use axum::http::StatusCode;

use super::{FORM, get, planned, post};
use crate::api::tests::fixture::Fixture;

#[tokio::test]
async fn people_are_invited_by_address_and_no_longer() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("staff").await;
    let id = planned(&f, &cookie, FORM).await;
    let (page, form) = (format!("/meetings/{id}"), format!("/meetings/{id}/invitations"));
    let typed = "Zoé Martin <zoe@univ.example>, bob@univ.example\r\nZOE@univ.example";
    let invite = [("action", "invite"), ("addresses", typed), ("language", "fr")];
    for _ in 0..2 {
        let done = post(&f, &cookie, &form, &invite).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    }
    let shown = get(&f, &cookie, &page).await.text;
    for address in ["zoe@univ.example", "bob@univ.example"] {
        assert_eq!(shown.matches(&format!("<span>{address}")).count(), 1, "{shown}");
    }
    let invitee = shown
        .split("name=\"invitee\" value=\"")
        .nth(1)
        .and_then(|p| p.get(..26))
        .expect("an id");
    // Nobody had written to them yet: there is nothing to tell, and nobody to keep.
    let key = Subject::invitee(invitee.parse().expect("an id"));
    assert!(f.web.keys.has_subject(&key));
    let off = [("action", "uninvite"), ("invitee", invitee)];
    let done = post(&f, &cookie, &form, &off).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let shown = get(&f, &cookie, &page).await.text;
    assert!(!f.web.keys.has_subject(&key));
    assert!(
        !shown.contains("zoe@univ.example") && shown.contains("bob@univ.example"),
        "{shown}"
    );
}

/// Census M30: an address after a leading separator was never looked at.
#[tokio::test]
async fn a_wrong_address_invites_nobody_and_what_was_typed_stays() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("staff").await;
    let id = planned(&f, &cookie, FORM).await;
    let (page, form) = (format!("/meetings/{id}"), format!("/meetings/{id}/invitations"));
    let typed = "bob@univ.example, zoe@univ";
    let a = post(
        &f,
        &cookie,
        &form,
        &[("action", "invite"), ("addresses", typed), ("language", "en")],
    )
    .await;
    assert!(
        a.text.contains("class=\"problem\"") && a.text.contains("zoe@univ"),
        "{}",
        a.text
    );
    assert!(
        a.text.contains(&format!("{typed}</textarea>")),
        "nothing typed is lost: {}",
        a.text
    );
    assert!(!a.text.contains("name=\"invitee\""), "{}", a.text);
    for typed in [",nobody", ";; \r\nnobody, bob@univ.example", "  nobody"] {
        let a = post(&f, &cookie, &form, &[("action", "invite"), ("addresses", typed)]).await;
        assert!(
            a.text.contains("class=\"problem\"") && a.text.contains("nobody"),
            "{typed}: {}",
            a.text
        );
    }
    assert!(!get(&f, &cookie, &page).await.text.contains("name=\"invitee\""));
    let none = post(&f, &cookie, &form, &[("action", "invite"), ("addresses", " ")]).await;
    assert!(none.text.contains("class=\"problem\""), "{}", none.text);
}

#[tokio::test]
async fn only_those_who_may_invite_see_who_is_invited() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("staff").await;
    let id = planned(&f, &cookie, FORM).await;
    let form = format!("/meetings/{id}/invitations");
    let invite = [
        ("action", "invite"),
        ("addresses", "bob@univ.example"),
        ("language", "en"),
    ];
    post(&f, &cookie, &form, &invite).await;
    let stranger = f.sign_in("other").await;
    assert_eq!(post(&f, &stranger, &form, &invite).await.status, StatusCode::FORBIDDEN);
    for path in [
        format!("/join/{id}"),
        format!("/join/{id}/calendar.ics"),
        format!("/meetings/{id}"),
    ] {
        let seen = get(&f, &stranger, &path).await;
        assert!(!seen.text.contains("bob@univ.example"), "{path}: {}", seen.text);
    }
    // An address stands nowhere in the log in clear.
    let all = Filter::default();
    let page = f.web.log.read_all(Position(0), &all, 10_000).await.expect("events");
    let invited = page.events.iter().filter(|e| e.event.kind == "MeetingInvited");
    assert_eq!(invited.count(), 1);
    for e in &page.events {
        assert!(
            !String::from_utf8_lossy(&e.event.data).contains("bob@univ"),
            "{}",
            e.event.kind
        );
    }
}

/// Nothing that opens the door goes with a mail unless it is ticked, and nothing is offered that is not there.
#[tokio::test]
async fn what_opens_the_door_is_ticked_for_each_invitation_and_never_by_itself() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("staff").await;
    let id = planned(&f, &cookie, FORM).await;
    let (page, form, door) = (
        format!("/meetings/{id}"),
        format!("/meetings/{id}/invitations"),
        format!("/meetings/{id}/door"),
    );
    let shown = get(&f, &cookie, &page).await.text;
    assert!(
        !shown.contains("with_password") && !shown.contains("with_key"),
        "{shown}"
    );
    post(&f, &cookie, &door, &[("action", "password"), ("password", "tulip")]).await;
    post(&f, &cookie, &door, &[("action", "key")]).await;
    let shown = get(&f, &cookie, &page).await.text;
    for tick in ["with_password", "with_key"] {
        let box_ = shown.split(&format!("name=\"{tick}\"")).nth(1).expect("a box");
        let tag = box_.split_once('>').expect("a tag").0;
        assert!(!tag.contains("checked") && tag.contains("aria-describedby"), "{tag}");
    }
    // What was ticked stays ticked where the form comes back.
    let wrong = [
        ("action", "invite"),
        ("addresses", "zoe"),
        ("language", "en"),
        ("with_key", "on"),
    ];
    let back = post(&f, &cookie, &form, &wrong).await.text;
    let tag = |tick: &str| {
        back.split(&format!("name=\"{tick}\""))
            .nth(1)
            .and_then(|t| t.split_once('>'))
            .expect("a box")
            .0
            .to_owned()
    };
    assert!(
        tag("with_key").contains("checked") && !tag("with_password").contains("checked"),
        "{back}"
    );
    for (address, ticks) in [
        ("a@univ.example", &[][..]),
        ("b@univ.example", &["with_password"]),
        ("c@univ.example", &["with_password", "with_key"]),
    ] {
        let mut fields = vec![("action", "invite"), ("addresses", address), ("language", "en")];
        fields.extend(ticks.iter().map(|t| (*t, "on")));
        let done = post(&f, &cookie, &form, &fields).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    }
    let log = f
        .web
        .log
        .read_all(Position(0), &Filter::default(), 10_000)
        .await
        .expect("events");
    let invited = log.events.iter().filter(|e| e.event.kind == "MeetingInvited");
    let with: Vec<serde_json::Value> = invited
        .map(|e| serde_json::from_slice::<serde_json::Value>(&e.event.data).expect("data")["with"].clone())
        .collect();
    let with = serde_json::Value::from(with);
    let one = |password: bool, key: bool| serde_json::json!({ "password": password, "key": key });
    assert_eq!(
        with,
        serde_json::json!([one(false, false), one(true, false), one(true, true)])
    );
}
