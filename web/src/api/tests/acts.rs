//! What administrators do to accounts and reactors stands in the log, with who did it and what led to it.

use amphi_events::StreamName;
use amphi_events::store::secrets::CALENDAR;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::fixture::{Answer, Fixture, PASSWORD, request};

/// Types of a stream's events from the `after`th on, with their data; each by this actor, with the request as its cause.
async fn told(f: &Fixture, stream: &StreamName, after: u64, by: &str, cause: &str) -> Vec<(String, Value)> {
    let events = f.web.log.read_stream(stream, after, 100).await.unwrap();
    let one = |e: &std::sync::Arc<amphi_events::Recorded>| {
        assert_eq!(e.event.actor.0, by);
        assert_eq!(e.event.cause, cause);
        let data = serde_json::from_slice(&e.event.data).unwrap();
        (e.event.kind.clone(), data)
    };
    events.iter().map(one).collect()
}

/// A call by somebody's token, with the request's id.
async fn call(f: &Fixture, token: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
    let mut asked = request(Some(token), method, path, body);
    let id = "a-request-of-the-test".parse().unwrap();
    asked.headers_mut().insert("x-request-id", id);
    f.send(asked).await
}

#[tokio::test]
async fn every_act_on_an_account_is_an_event_with_who_and_why() {
    let f = Fixture::new().await;
    let (admin, stream) = (f.administrator.token.clone(), amphi_events::person::stream(f.staff.id));
    let by = amphi_events::Actor::person(f.administrator.id).0;
    let person = format!("/api/v1/people/{}", f.staff.id);
    let held = async || f.web.log.read_stream(&stream, 0, 100).await.unwrap().len() as u64;
    let mut before = held().await;
    let mut step = async |method: &str, path: &str, body: Option<Value>, status: StatusCode| {
        let answer = call(&f, &admin, method, path, body).await;
        assert_eq!(answer.status, status, "{method} {path} {}", answer.text);
        let events = told(&f, &stream, before, &by, "request:a-request-of-the-test").await;
        before = held().await;
        if !events.is_empty() {
            assert!(!answer.header("amphi-position").is_empty(), "{method} {path}");
        }
        (answer, events)
    };
    let kinds = |events: &[(String, Value)]| events.iter().map(|(k, _)| k.clone()).collect::<Vec<_>>();

    let all = json!({"name": "Ada L", "mail": "ada@univ.example", "password": "another horse", "role": "auditor"});
    let (answer, events) = step("PATCH", &person, Some(all.clone()), StatusCode::OK).await;
    assert_eq!(
        kinds(&events),
        [
            "PersonRenamed",
            "PersonAddressSet",
            "PersonPasswordSet",
            "PersonRoleChanged"
        ]
    );
    assert_eq!(answer.json["mail"], "ada@univ.example");
    // Nothing of it in clear.
    let text = format!("{events:?}");
    for secret in ["Ada", "ada@", "another horse"] {
        assert!(!text.contains(secret), "{text}");
    }
    // What is so already is no event; a password is, each time.
    let (_, events) = step("PATCH", &person, Some(all), StatusCode::OK).await;
    assert_eq!(kinds(&events), ["PersonPasswordSet"]);
    let (answer, events) = step("PATCH", &person, Some(json!({"mail": null})), StatusCode::OK).await;
    assert_eq!(
        (kinds(&events), &answer.json["mail"]),
        (vec!["PersonAddressSet".to_owned()], &Value::Null)
    );
    let (_, events) = step(
        "PATCH",
        &person,
        Some(json!({"mail": "nobody"})),
        StatusCode::UNPROCESSABLE_ENTITY,
    )
    .await;
    assert!(events.is_empty());

    let tokens = format!("{person}/tokens");
    let new = json!({"name": "timetable", "scopes": ["read"], "lasts_s": 7200});
    let (made, events) = step("POST", &tokens, Some(new), StatusCode::CREATED).await;
    let id = made.json["id"].as_str().unwrap().to_owned();
    assert_eq!(kinds(&events), ["PersonTokenMade"]);
    let data = &events[0].1;
    assert_eq!((&data["token"], &data["scopes"]), (&json!(id), &json!(["read"])));
    assert_eq!(data["ends"], json!(f.web.sources.now().plus_s(7200).0));
    assert!(!data.to_string().contains(made.json["token"].as_str().unwrap()));
    let (_, events) = step("DELETE", &format!("{tokens}/{id}"), None, StatusCode::NO_CONTENT).await;
    assert_eq!(events, [("PersonTokenRevoked".to_owned(), json!({"token": id}))]);
    let (_, events) = step("DELETE", &format!("{tokens}/{id}"), None, StatusCode::NOT_FOUND).await;
    assert!(events.is_empty());
    let (_, events) = step("DELETE", &format!("{person}/access"), None, StatusCode::NO_CONTENT).await;
    assert_eq!(kinds(&events), ["PersonAccessClosed"]);

    // The read model takes the new name, and the log browser opens it.
    f.there(f.web.log.head()).await;
    let row = f.web.read.person(f.staff.id).await.unwrap().unwrap();
    let place = amphi_events::store::Place {
        stream: &stream,
        event: row.event,
        field: "profile",
    };
    let profile = f.web.keys.open(&place, &row.profile).unwrap().unwrap();
    assert_eq!((profile.login.as_str(), profile.name.as_str()), ("staff", "Ada L"));
}

#[tokio::test]
async fn a_reactor_that_is_told_to_try_again_is_an_event() {
    let f = Fixture::new().await;
    let again = async |name: &str| {
        let path = format!("/api/v1/reactors/{name}/try-again");
        call(&f, &f.administrator.token, "POST", &path, None).await
    };
    let answer = again("stage").await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
    let by = amphi_events::Actor::person(f.administrator.id).0;
    let stream = amphi_events::reactor::stream("stage");
    let events = told(&f, &stream, 0, &by, "request:a-request-of-the-test").await;
    assert_eq!(events, [("ReactorTriedAgain".to_owned(), json!({}))]);
    assert_eq!(again("nobody").await.status, StatusCode::NOT_FOUND);
    let nobody = amphi_events::reactor::stream("nobody");
    assert!(f.web.log.read_stream(&nobody, 0, 1).await.unwrap().is_empty());
}

/// The page's form says what it holds, and what it asks for is an event with its cause; what is no address is refused in the reader's words.
#[tokio::test]
async fn an_administrator_says_on_the_page_where_somebody_is_written_to() {
    let f = Fixture::new().await;
    let admin = f.administrator.token.as_str();
    let (page, api) = (
        format!("/admin/people/{}", f.staff.id),
        format!("/api/v1/people/{}", f.staff.id),
    );
    let shown = async |lang: &str| {
        f.call(Some(admin), "GET", &format!("{page}?lang={lang}"), None)
            .await
            .text
    };
    assert!(shown("fr").await.contains("Où lui écrire") && shown("en").await.contains("Where to write to them"));
    // As `forms.js` sends it: to the address, by the method and with the field that the form names.
    let form = shown("en").await;
    let form = form
        .split("<form")
        .find(|part| part.contains("name=\"mail\""))
        .unwrap()
        .to_owned();
    assert!(
        form.contains(&format!("data-api=\"{api}\"")) && form.contains("data-method=\"PATCH\""),
        "{form}"
    );
    let before = f
        .web
        .log
        .read_stream(&amphi_events::person::stream(f.staff.id), 0, 100)
        .await
        .unwrap()
        .len() as u64;
    let set = call(&f, admin, "PATCH", &api, Some(json!({"mail": "staff@univ.example"}))).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    let by = amphi_events::Actor::person(f.administrator.id).0;
    let stream = amphi_events::person::stream(f.staff.id);
    let events = told(&f, &stream, before, &by, "request:a-request-of-the-test").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].0, "PersonAddressSet");
    assert!(shown("en").await.contains("value=\"staff@univ.example\""));
    for (lang, words) in [("fr", "adresse électronique"), ("en", "no mail address")] {
        let mut asked = request(Some(admin), "PATCH", &api, Some(json!({"mail": "staff"})));
        asked.headers_mut().insert("accept-language", lang.parse().unwrap());
        let refused = f.send(asked).await;
        assert_eq!(
            (refused.status, refused.code()),
            (StatusCode::UNPROCESSABLE_ENTITY, "mail_address")
        );
        assert!(refused.text.contains(words), "{}", refused.text);
    }
}

#[tokio::test]
async fn ones_own_password_tokens_and_address_are_events_too() {
    let f = Fixture::new().await;
    let me = f.user.token.as_str();
    let put = async |path: &str, body: Value| call(&f, me, "PUT", path, Some(body)).await.status;
    let mail = "/api/v1/me/mail";
    assert_eq!(
        put(mail, json!({"mail": "me@univ.example"})).await,
        StatusCode::NO_CONTENT
    );
    assert_eq!(put(mail, json!({"mail": null})).await, StatusCode::NO_CONTENT);
    assert_eq!(put(mail, json!({"mail": "me"})).await, StatusCode::UNPROCESSABLE_ENTITY);
    let passwords = json!({"old": PASSWORD, "password": "another horse"});
    assert_eq!(put("/api/v1/me/password", passwords).await, StatusCode::NO_CONTENT);
    let made = call(&f, me, "POST", "/api/v1/tokens", Some(json!({"name": "x"}))).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let by = amphi_events::Actor::person(f.user.id).0;
    let stream = amphi_events::person::stream(f.user.id);
    let events = told(&f, &stream, 1, &by, "request:a-request-of-the-test").await;
    let kinds: Vec<&str> = events.iter().map(|(k, _)| k.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "PersonAddressSet",
            "PersonAddressSet",
            "PersonPasswordSet",
            "PersonTokenMade"
        ]
    );
}

/// A form sent by a browser that is signed in, with the request's id.
async fn form(f: &Fixture, cookie: &str, path: &str, body: &str) -> Answer {
    let mut asked = request(None, "POST", path, None);
    *asked.body_mut() = axum::body::Body::from(body.to_owned());
    for (name, value) in [
        ("cookie", cookie),
        ("origin", super::fixture::ORIGIN),
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-request-id", "a-request-of-the-test"),
    ] {
        asked.headers_mut().insert(name, value.parse().unwrap());
    }
    f.send(asked).await
}

/// After a cookie was stolen nobody could tell who had ended which sign-in, or that the calendar had another address since.
#[tokio::test]
async fn ends_of_sign_ins_and_a_calendar_s_new_address_are_events() {
    let f = Fixture::new().await;
    let (stream, by) = (
        amphi_events::person::stream(f.user.id),
        amphi_events::Actor::person(f.user.id).0,
    );
    let events = async || told(&f, &stream, 1, &by, "request:a-request-of-the-test").await;
    f.sign_in("user").await;
    f.sign_in("user").await;
    let list = async || f.call(Some(&f.user.token), "GET", "/api/v1/me/sessions", None).await;
    let id = list().await.json["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/me/sessions/{id}");
    for status in [StatusCode::NO_CONTENT, StatusCode::NOT_FOUND] {
        let ended = call(&f, &f.user.token, "DELETE", &path, None).await;
        assert_eq!(ended.status, status, "{}", ended.text);
    }
    let mut expected = vec![("PersonSignedOut".to_owned(), json!({"session": id}))];
    assert_eq!(events().await, expected);
    // Of the two one is left, whichever it was.
    let cookie = f.sign_in("user").await;
    for _ in 0..2 {
        let made = form(&f, &cookie, "/account/calendar", "").await;
        assert_eq!(made.header("location"), "/account#calendar", "{}", made.text);
        expected.push(("PersonCalendarRenewed".to_owned(), json!({})));
        assert_eq!(events().await, expected);
    }
    let name = f.user.id.to_string();
    let key = f.web.store.get_secret(CALENDAR, &name).await.unwrap().unwrap();
    let text = format!("{:?}", f.web.log.read_stream(&stream, 0, 100).await.unwrap());
    assert!(!text.contains(key.as_str()), "what is secret is in no event");
    let out = form(&f, &cookie, "/account", "everywhere=1").await;
    assert_eq!(out.header("location"), "/login", "{}", out.text);
    expected.push(("PersonSignedOut".to_owned(), json!({"session": null})));
    assert_eq!(events().await, expected);

    // Whoever has to be out is out, whatever the log says; and no address is left that others may know.
    let cookie = f.sign_in("user").await;
    f.log.refuse(Some(amphi_events::log::AppendError::Full));
    let renewed = form(&f, &cookie, "/account/calendar", "").await;
    assert_eq!(renewed.status, StatusCode::SERVICE_UNAVAILABLE, "{}", renewed.text);
    assert!(f.web.store.get_secret(CALENDAR, &name).await.unwrap().is_none());
    let out = form(&f, &cookie, "/account", "everywhere=1").await;
    assert_eq!(out.status, StatusCode::SERVICE_UNAVAILABLE, "{}", out.text);
    assert_eq!(list().await.json["items"], json!([]));
}

/// Who has to be kept out is kept out, whatever the log says; who would be let in is not.
#[tokio::test]
async fn a_log_that_takes_nothing_keeps_nobody_in() {
    let f = Fixture::new().await;
    let admin = f.administrator.token.as_str();
    let person = format!("/api/v1/people/{}", f.staff.id);
    f.log.refuse(Some(amphi_events::log::AppendError::Full));
    let made = call(
        &f,
        admin,
        "POST",
        &format!("{person}/tokens"),
        Some(json!({"name": "x"})),
    )
    .await;
    assert_eq!(made.status, StatusCode::SERVICE_UNAVAILABLE, "{}", made.text);
    assert_eq!(
        f.web.store.list_tokens(f.staff.id).await.unwrap().len(),
        1,
        "there is none more"
    );
    let closed = call(&f, admin, "DELETE", &format!("{person}/access"), None).await;
    assert_eq!(closed.status, StatusCode::SERVICE_UNAVAILABLE, "{}", closed.text);
    let held = f.web.store.account(f.staff.id).await.unwrap().unwrap();
    assert_eq!(held.password_hash, None);
    assert!(f.web.store.list_tokens(f.staff.id).await.unwrap().is_empty());
}
