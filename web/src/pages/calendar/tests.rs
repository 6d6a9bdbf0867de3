//! The feed of one's own, and one meeting's file.

use axum::http::StatusCode;

use crate::api::tests::fixture::{Fixture, ORIGIN};
use crate::pages::meetings::tests::{FORM, get, planned, post};

/// The path of the feed that the account's page shows.
async fn shown(f: &Fixture, cookie: &str) -> Option<String> {
    let page = get(f, cookie, "/account").await.text;
    let at = page.split(&format!(">{ORIGIN}/calendar/")).nth(1)?;
    Some(format!("/calendar/{}", at.split('<').next()?))
}

#[tokio::test]
async fn a_feed_is_made_read_and_its_old_address_is_nobody_s() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("staff").await;
    let mine = planned(&f, &cookie, FORM).await;
    let other = f.sign_in("other").await;
    let theirs = planned(&f, &other, FORM).await;
    assert_eq!(shown(&f, &cookie).await, None, "nobody has one unasked");
    let made = post(&f, &cookie, "/account/calendar", &[]).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let first = shown(&f, &cookie).await.expect("an address");
    // Programs that show calendars sign in nowhere.
    let feed = get(&f, "", &first).await;
    assert_eq!(feed.status, StatusCode::OK);
    assert_eq!(feed.header("content-type"), "text/calendar; charset=utf-8");
    assert_eq!(feed.header("cache-control"), "private, no-cache");
    assert!(feed.text.contains("METHOD:PUBLISH\r\n"), "{}", feed.text);
    assert!(
        feed.text.contains(&mine) && !feed.text.contains(&theirs),
        "{}",
        feed.text
    );
    // Cancelled, it says so: left out it would stay in calendars that only add.
    post(&f, &cookie, &format!("/meetings/{mine}"), &[("action", "cancel")]).await;
    let after = get(&f, "", &first).await.text;
    assert!(
        after.contains("STATUS:CANCELLED\r\n") && after.contains("SEQUENCE:1\r\n"),
        "{after}"
    );

    let renewed = post(&f, &cookie, "/account/calendar", &[]).await;
    assert_eq!(renewed.status, StatusCode::SEE_OTHER, "{}", renewed.text);
    let second = shown(&f, &cookie).await.expect("an address");
    assert_ne!(first, second);
    assert_eq!(get(&f, "", &first).await.status, StatusCode::NOT_FOUND);
    assert_eq!(get(&f, "", &second).await.status, StatusCode::OK);
    for wrong in [
        "/calendar/x.ics".to_owned(),
        second.replace(".ics", ""),
        second.replace(".ics", "0.ics"),
    ] {
        assert_eq!(get(&f, "", &wrong).await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
    // Nobody renews another one's, and nobody who is not signed in any.
    post(&f, &other, "/account/calendar", &[]).await;
    assert_eq!(shown(&f, &cookie).await, Some(second));
    let nobody = post(&f, "", "/account/calendar", &[]).await;
    assert!(
        nobody.header("location").starts_with("/login"),
        "{} {}",
        nobody.status,
        nobody.text
    );
    // It is a way in like the others.
    let theirs = shown(&f, &other).await.expect("an address");
    assert_eq!(get(&f, "", &theirs).await.status, StatusCode::OK);
    let access = format!("/api/v1/people/{}/access", f.other.id);
    let closed = f.call(Some(&f.administrator.token), "DELETE", &access, None).await;
    assert_eq!(closed.status, StatusCode::NO_CONTENT, "{}", closed.text);
    assert_eq!(get(&f, "", &theirs).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_file_of_a_restricted_meeting_is_for_those_who_are_signed_in() {
    let f = Fixture::new().await;
    let cookie = f.sign_in("staff").await;
    let mut fields = FORM.to_vec();
    fields.push(("description", "Exam, room B12"));
    let open = planned(&f, &cookie, &fields).await;
    fields.retain(|(name, _)| *name != "once");
    fields.push(("is_restricted", "on"));
    let restricted = planned(&f, &cookie, &fields).await;
    let file = async |cookie: &str, id: &str| get(&f, cookie, &format!("/join/{id}/calendar.ics")).await;
    assert!(file("", &open).await.text.contains("Exam\\, room B12"));
    let told = file("", &restricted).await;
    assert!(told.header("location").starts_with("/login"), "{}", told.text);
    assert!(!told.text.contains("B12"), "{}", told.text);
    assert!(file(&cookie, &restricted).await.text.contains("Exam\\, room B12"));
    // With a password the file tells what the door tells before it is given: what it is called and when.
    let door = |id: &str| format!("/meetings/{id}/door");
    let lock = [("action", "password"), ("password", "tulip")];
    post(&f, &cookie, &door(&open), &lock).await;
    let member = f.sign_in("other").await;
    for who in ["", member.as_str()] {
        let locked = file(who, &open).await.text;
        assert!(
            locked.contains("SUMMARY:Optics\r\n") && !locked.contains("B12"),
            "{locked}"
        );
    }
    assert!(file(&cookie, &open).await.text.contains("Exam\\, room B12"));
    post(&f, &cookie, &door(&restricted), &lock).await;
    assert!(!file(&member, &restricted).await.text.contains("B12"));
    // The live page of a webinar shows its description to whoever may watch.
    fields.retain(|(name, _)| !["is_restricted", "is_webinar"].contains(name));
    fields.push(("is_webinar", "on"));
    let webinar = planned(&f, &cookie, &fields).await;
    post(&f, &cookie, &door(&webinar), &lock).await;
    assert!(file("", &webinar).await.text.contains("B12"));
    let unknown = get(&f, "", "/join/01J00000000000000000000009/calendar.ics").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

/// Who is turned away at the door is told nothing by the file beside it, nor by the door.
#[tokio::test]
async fn a_meeting_of_groups_tells_outsiders_nothing() {
    let f = Fixture::new().await;
    let admin = Some(f.administrator.token.as_str());
    let made = f
        .call(
            admin,
            "PUT",
            "/api/v1/groups/maths",
            Some(serde_json::json!({"name": "Mathematics"})),
        )
        .await;
    assert_eq!(made.status, StatusCode::NO_CONTENT, "{}", made.text);
    let cookie = f.sign_in("staff").await;
    let mut fields = FORM.to_vec();
    fields.extend([("description", "Exam, room B12"), ("group:maths", "on")]);
    let id = planned(&f, &cookie, &fields).await;
    let (door, file) = (format!("/join/{id}"), format!("/join/{id}/calendar.ics"));
    let stranger = f.sign_in("other").await;
    let quiet = async |stage: &str| {
        for path in [&door, &file] {
            let told = get(&f, &stranger, path).await;
            assert_eq!(told.status, StatusCode::FORBIDDEN, "{stage} {path}: {}", told.text);
            assert!(
                !told.text.contains("B12") && !told.text.contains("Optics"),
                "{stage} {path}: {}",
                told.text
            );
            let nobody = get(&f, "", path).await;
            assert!(
                nobody.header("location").starts_with("/login"),
                "{stage} {path}: {}",
                nobody.text
            );
            assert!(!nobody.text.contains("Optics"), "{stage} {path}: {}", nobody.text);
        }
    };
    quiet("planned").await;
    assert!(get(&f, &cookie, &file).await.text.contains("Exam\\, room B12"));
    // Cancelled, it is still for those it was open to.
    post(&f, &cookie, &format!("/meetings/{id}"), &[("action", "cancel")]).await;
    quiet("cancelled").await;
    assert!(get(&f, &cookie, &door).await.text.contains("Optics"));
}
