//! The way into a room by password and direct key, as a browser without script goes it.

mod ways;

use amphi_events::Act;
use amphi_events::ids::{MeetingId, SessionId};
use amphi_events::meeting::MeetingCommand;
use amphi_events::session::SessionCommand;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::api::tests::fixture::{Answer, Fixture, ORIGIN};

/// A meeting of `staff`, with whatever else.
async fn planned(f: &Fixture, more: &Value) -> String {
    let mut body = json!({"name": "Optics", "starts_at": "2026-03-02T09:00:00Z", "duration_s": 3600});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().cloned().unwrap_or_default());
    let made = f
        .call(Some(&f.staff.token), "POST", "/api/v1/meetings", Some(body))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    made.json["id"].as_str().unwrap().to_owned()
}

/// Its room is open, as the reactors would have it.
async fn opened(f: &Fixture, id: &str) {
    let (web, now) = (&f.web, f.web.sources.now());
    let meeting: MeetingId = id.parse().unwrap();
    let session: SessionId = web.sources.id();
    let act = || Act::system("test", now);
    let start = MeetingCommand::Start {
        session,
        until: now.plus_s(3600),
    };
    web.aggregates.meetings.execute(meeting, start, act()).await.unwrap();
    for command in [
        SessionCommand::Request {
            room: None,
            meeting,
            until: now.plus_s(3600),
        },
        SessionCommand::Opened {
            create_time: 7,
            internal_id: "x".to_owned(),
            adopted: false,
        },
    ] {
        web.aggregates.sessions.execute(session, command, act()).await.unwrap();
    }
}

async fn get(f: &Fixture, path: &str) -> Answer {
    let request = Request::get(path).header("accept-language", "en");
    f.send(request.body(Body::empty()).unwrap()).await
}

async fn post_from(f: &Fixture, address: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let request = Request::post(path)
        .header("origin", ORIGIN)
        .header("accept-language", "en")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .unwrap();
    f.send_from(address, request).await
}

async fn tries(f: &Fixture, path: &str, password: &str) -> Answer {
    post_from(f, "203.0.113.1", path, &[("name", "Zoé"), ("password", password)]).await
}

async fn door(f: &Fixture, id: &str, method: &str, what: &str, body: Option<Value>) -> Value {
    let a = f
        .call(
            Some(&f.staff.token),
            method,
            &format!("/api/v1/meetings/{id}/{what}"),
            body,
        )
        .await;
    assert_eq!(a.status, StatusCode::OK, "{}", a.text);
    a.json
}

/// Path of a direct link.
fn direct(door: &Value) -> String {
    door["direct_url"]
        .as_str()
        .unwrap()
        .strip_prefix(ORIGIN)
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_guest_gives_name_and_password() {
    let f = Fixture::new().await;
    let id = planned(&f, &json!({})).await;
    door(&f, &id, "PUT", "password", Some(json!({"password": "letmein"}))).await;
    let path = format!("/join/{id}");
    let early = get(&f, &path).await.text;
    assert!(
        early.contains("id=\"wait\"") && !early.contains("meeting-password"),
        "{early}"
    );
    opened(&f, &id).await;
    let form = get(&f, &path).await.text;
    assert!(
        form.contains("id=\"guest-name\"") && form.contains("id=\"meeting-password\""),
        "{form}"
    );
    // In an address it opens nothing: it would stand in every log on the way.
    let asked = get(&f, &format!("{path}?name=Zo%C3%A9&password=letmein")).await;
    assert_eq!(asked.status, StatusCode::OK);
    let wrong = tries(&f, &path, "Letmein").await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN, "{}", wrong.text);
    assert!(
        wrong.text.contains("not the password") && wrong.text.contains("value=\"Zoé\""),
        "{}",
        wrong.text
    );
    assert!(!wrong.text.contains("Letmein\""), "what was typed is not sent back");
    let right = tries(&f, &path, " letmein ").await;
    assert_eq!(right.status, StatusCode::FOUND, "{}", right.text);
    assert_eq!(right.header("location"), format!("https://bbb.example/join?{id}"));
    // Who presents is asked for nothing, who is signed in for the password alone.
    let form = f.call(Some(&f.other.token), "GET", &path, None).await.text;
    assert!(
        !form.contains("guest-name") && form.contains("meeting-password"),
        "{form}"
    );
    let presenter = f.call(Some(&f.staff.token), "GET", &path, None).await;
    assert_eq!(
        presenter.header("location"),
        format!("https://bbb.example/join?{id}&moderator")
    );
    door(&f, &id, "PUT", "password", Some(json!({"password": null}))).await;
    let free = get(&f, &format!("{path}?name=Zo%C3%A9")).await;
    assert_eq!(free.status, StatusCode::FOUND);
}

/// Census M31: no limit on tries at the join form.
#[tokio::test]
async fn tries_are_counted_by_meeting_and_address_and_all_at_once_gain_nothing() {
    let f = Fixture::new().await;
    let id = planned(&f, &json!({})).await;
    door(&f, &id, "PUT", "password", Some(json!({"password": "letmein"}))).await;
    opened(&f, &id).await;
    let path = format!("/join/{id}");
    // A right one forgives: a lecture hall behind one address mistypes now and then.
    for _ in 0..4 {
        for _ in 0..4 {
            assert_eq!(tries(&f, &path, "x").await.status, StatusCode::FORBIDDEN);
        }
        assert_eq!(tries(&f, &path, "letmein").await.status, StatusCode::FOUND);
    }
    let guesses: Vec<String> = (0..40).map(|n| format!("guess{n}")).collect();
    let all = guesses.iter().map(|g| tries(&f, &path, g));
    let answers = futures_util::future::join_all(all).await;
    let looked_at = answers.iter().filter(|a| a.status == StatusCode::FORBIDDEN).count();
    assert_eq!(looked_at, 5, "five are looked at, whenever they come");
    let late = answers.last().unwrap();
    assert_eq!(late.status, StatusCode::TOO_MANY_REQUESTS, "{}", late.text);
    assert_eq!(late.header("retry-after"), "1");
    assert!(late.text.contains("wait 1 s"), "{}", late.text);
    // Not even the right one now, or guessing would only be slower to answer.
    assert_eq!(tries(&f, &path, "letmein").await.status, StatusCode::TOO_MANY_REQUESTS);
    let elsewhere = post_from(&f, "198.51.100.7", &path, &[("name", "Zoé"), ("password", "letmein")]).await;
    assert_eq!(elsewhere.status, StatusCode::FOUND);
    f.clock.move_ms(1_100);
    assert_eq!(tries(&f, &path, "letmein").await.status, StatusCode::FOUND);
    // In the other language too.
    for _ in 0..5 {
        tries(&f, &path, "x").await;
    }
    let french = Request::post(&path)
        .header("origin", ORIGIN)
        .header("accept-language", "fr")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("name=Zo%C3%A9&password=x"))
        .unwrap();
    let french = f.send(french).await;
    assert!(french.text.contains("patientez 1 s"), "{}", french.text);
}

#[tokio::test]
async fn a_direct_key_is_renewed_without_the_password_and_leads_past_it() {
    let f = Fixture::new().await;
    let id = planned(&f, &json!({})).await;
    let other = planned(&f, &json!({"name": "Analysis"})).await;
    door(&f, &id, "PUT", "password", Some(json!({"password": "letmein"}))).await;
    let first = direct(&door(&f, &id, "POST", "key", None).await);
    let elsewhere = direct(&door(&f, &other, "POST", "key", None).await);
    opened(&f, &id).await;
    let form = get(&f, &first).await.text;
    assert!(
        form.contains("guest-name") && !form.contains("meeting-password"),
        "{form}"
    );
    assert!(
        form.contains(&format!("action=\"{first}\"")),
        "the form keeps the key: {form}"
    );
    let name = [("name", "Zoé")];
    assert_eq!(
        post_from(&f, "203.0.113.1", &first, &name).await.status,
        StatusCode::FOUND
    );
    let renewed = door(&f, &id, "POST", "key", None).await;
    assert_eq!(renewed["password"], "letmein");
    let second = direct(&renewed);
    assert_ne!(first, second);
    let old = get(&f, &first).await;
    assert_eq!(old.status, StatusCode::FORBIDDEN);
    assert!(
        old.text.contains("not valid") && old.text.contains(&format!("href=\"/join/{id}\"")),
        "{}",
        old.text
    );
    // Another meeting's key opens this one no more than a made-up one.
    let key = elsewhere.rsplit('/').next().unwrap();
    for wrong in [key, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] {
        assert_eq!(
            get(&f, &format!("/join/{id}/{wrong}")).await.status,
            StatusCode::FORBIDDEN
        );
    }
    for _ in 0..3 {
        get(&f, &first).await;
    }
    let many = get(&f, &first).await;
    assert_eq!(many.status, StatusCode::TOO_MANY_REQUESTS, "{}", many.text);
    // The right one still opens.
    assert_eq!(
        post_from(&f, "203.0.113.1", &second, &name).await.status,
        StatusCode::FOUND
    );
    // Renaming leaves it (census §2.4), taking it away doesn't.
    let path = format!("/api/v1/meetings/{id}");
    f.call(Some(&f.staff.token), "PATCH", &path, Some(json!({"name": "Optics II"})))
        .await;
    assert_eq!(get(&f, &second).await.status, StatusCode::OK);
    assert_eq!(door(&f, &id, "DELETE", "key", None).await["direct_url"], Value::Null);
    assert_ne!(get(&f, &second).await.status, StatusCode::OK);
}

/// The direct key stood in `errorRedirectUrl`, and so in BBB's logs.
#[tokio::test]
async fn bbb_is_given_no_key_and_who_is_refused_comes_back_by_theirs() {
    let f = Fixture::new().await;
    let id = planned(&f, &json!({})).await;
    door(&f, &id, "PUT", "password", Some(json!({"password": "letmein"}))).await;
    let first = direct(&door(&f, &id, "POST", "key", None).await);
    opened(&f, &id).await;
    let came = get(&f, &format!("{first}?name=Zo%C3%A9")).await;
    let came = if came.status == StatusCode::FOUND {
        came
    } else {
        post_from(&f, "203.0.113.1", &first, &[("name", "Zoé")]).await
    };
    assert_eq!(came.status, StatusCode::FOUND, "{}", came.text);
    let password = [("name", "Ana"), ("password", "letmein")];
    let bare = format!("/join/{id}");
    assert_eq!(
        post_from(&f, "203.0.113.1", &bare, &password).await.status,
        StatusCode::FOUND
    );
    let key = first.rsplit('/').next().unwrap();
    let joins = f.outside.joins.lock().unwrap().clone();
    assert_eq!(joins.len(), 2);
    for join in joins {
        let all = format!("{join:?}");
        assert!(!all.contains(key) && !all.contains("letmein"), "{all}");
        assert_eq!(join.error_url, format!("{ORIGIN}{bare}?error=1"));
    }
    // The browser kept it, for this door alone.
    let cookie = came.header("set-cookie").to_owned();
    assert!(
        cookie.contains(&format!("Path={bare};")) && cookie.contains("HttpOnly") && cookie.contains("Secure"),
        "{cookie}"
    );
    let back = async |cookie: &str| {
        let request = Request::get(format!("{bare}?error=1")).header("cookie", cookie);
        f.send(request.body(Body::empty()).unwrap()).await
    };
    let led = back(cookie.split(';').next().unwrap()).await;
    assert_eq!(led.header("location"), format!("{first}?error=1"));
    let again = get(&f, led.header("location")).await;
    assert!(
        again.status == StatusCode::OK && !again.text.contains("meeting-password"),
        "{}",
        again.text
    );
    let elsewhere = format!("amphi_key_{id}=../../evil");
    assert_eq!(
        back(&elsewhere).await.header("location"),
        "",
        "what is no key leads nowhere"
    );
}

#[tokio::test]
async fn a_key_leads_a_webinars_guest_speaker_into_the_room_and_nobody_past_a_restriction() {
    let f = Fixture::new().await;
    let (webinar, live) = f.webinar().await;
    let id = webinar.to_string();
    opened(&f, &id).await;
    let key = direct(&door(&f, &id, "POST", "key", None).await);
    let audience = get(&f, &format!("/join/{id}")).await;
    assert_eq!(audience.header("location"), format!("/live/{live}"));
    let speaker = get(&f, &format!("{key}?name=Zo%C3%A9")).await;
    assert_eq!(speaker.status, StatusCode::FOUND);
    assert!(speaker.header("location").starts_with("https://bbb.example/"));
    let restricted = planned(&f, &json!({"is_restricted": true})).await;
    opened(&f, &restricted).await;
    let key = direct(&door(&f, &restricted, "POST", "key", None).await);
    let a = get(&f, &format!("{key}?name=Zo%C3%A9")).await;
    assert_eq!(a.status, StatusCode::SEE_OTHER);
    assert!(a.header("location").starts_with("/login"), "{}", a.header("location"));
}

#[tokio::test]
async fn the_meetings_page_shows_and_renews_what_opens_its_door() {
    let f = Fixture::new().await;
    let id = planned(&f, &json!({})).await;
    let cookie = f.sign_in("staff").await;
    let act = async |fields: &str| {
        let request = Request::post(format!("/meetings/{id}/door"))
            .header("cookie", &cookie)
            .header("origin", ORIGIN)
            .header("accept-language", "en")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(fields.to_owned()))
            .unwrap();
        f.send(request).await
    };
    let page = async || {
        let request = Request::get(format!("/meetings/{id}"))
            .header("cookie", &cookie)
            .body(Body::empty())
            .unwrap();
        f.send(request).await.text
    };
    assert_eq!(act("action=key").await.status, StatusCode::SEE_OTHER);
    assert_eq!(
        act("action=password&password=opensesame").await.status,
        StatusCode::SEE_OTHER
    );
    let held = door(&f, &id, "GET", "door", None).await;
    let shown = page().await;
    assert!(
        shown.contains(held["direct_url"].as_str().unwrap()) && shown.contains("opensesame"),
        "{shown}"
    );
    let long = format!("action=password&password={}", "x".repeat(51));
    let refused = act(&long).await;
    assert!(refused.text.contains("1 to 50"), "{}", refused.text);
    assert_eq!(act("action=no-key").await.status, StatusCode::SEE_OTHER);
    assert_eq!(act("action=no-password").await.status, StatusCode::SEE_OTHER);
    assert_eq!(
        door(&f, &id, "GET", "door", None).await,
        json!({"password": null, "direct_url": null})
    );
    // No secret stands in the log.
    let stream = amphi_events::meeting::stream(id.parse().unwrap());
    for e in f.web.log.read_stream(&stream, 0, 100).await.unwrap() {
        let data = String::from_utf8_lossy(&e.event.data);
        assert!(!data.contains("opensesame") && !data.contains("/join/"), "{data}");
    }
}

#[tokio::test]
async fn a_meeting_for_groups_lets_their_members_in() {
    let f = Fixture::new().await;
    let admin = Some(f.administrator.token.as_str());
    for (code, name) in [("maths", "Mathematics"), ("law", "Law")] {
        let body = json!({"name": name});
        let made = f
            .call(admin, "PUT", &format!("/api/v1/groups/{code}"), Some(body))
            .await;
        assert_eq!(made.status, StatusCode::NO_CONTENT, "{}", made.text);
    }
    let slip = f
        .call(
            Some(&f.staff.token),
            "POST",
            "/api/v1/meetings",
            Some(json!({"name": "Optics", "starts_at": "2026-03-02T09:00:00Z", "duration_s": 3600, "restrict_access_to_groups": ["mathz"]})),
        )
        .await;
    assert_eq!((slip.code(), &slip.json["group"]), ("unknown_group", &json!("mathz")));
    let id = planned(&f, &json!({"restrict_access_to_groups": ["maths", "law"]})).await;
    let held = f
        .call(Some(&f.staff.token), "GET", &format!("/api/v1/meetings/{id}"), None)
        .await
        .json;
    assert_eq!(held["is_restricted"], true, "groups mean signed-in people");
    opened(&f, &id).await;
    let path = format!("/join/{id}");
    let comes = async |token: &str| f.call(Some(token), "GET", &path, None).await;
    assert!(get(&f, &path).await.header("location").starts_with("/login"));
    let outside = comes(&f.user.token).await;
    assert_eq!(outside.status, StatusCode::FORBIDDEN);
    assert!(outside.text.contains("certains groupes"), "{}", outside.text);
    // Its times are for those who may come in (census §13.5: access was looked at on one way of several).
    for path in ["state", "events", "calendar.ics"].map(|what| format!("{path}/{what}")) {
        assert_eq!(
            f.call(Some(&f.user.token), "GET", &path, None).await.status,
            StatusCode::FORBIDDEN
        );
    }
    let join = format!("/api/v1/meetings/{id}/join");
    assert_eq!(
        f.call(Some(&f.user.token), "POST", &join, None).await.status,
        StatusCode::FORBIDDEN
    );
    let member = format!("/api/v1/groups/law/members/{}", f.user.id);
    assert_eq!(f.call(admin, "PUT", &member, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(comes(&f.user.token).await.status, StatusCode::FOUND);
    let members = f.call(admin, "GET", "/api/v1/groups/law/members", None).await.json;
    assert_eq!(members["items"][0]["name"], "user");
    // The owner comes in whatever their groups, an administrator like anyone else; out of the group is out at once.
    assert_eq!(comes(&f.staff.token).await.status, StatusCode::FOUND);
    assert_eq!(comes(&f.administrator.token).await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        f.call(admin, "DELETE", &member, None).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(comes(&f.user.token).await.status, StatusCode::FORBIDDEN);
    // Of a webinar they are those of its audience.
    let webinar = json!({"is_webinar": true, "restrict_access_to_groups": ["maths", "law"]});
    let webinar = planned(&f, &webinar).await;
    let path = format!("/join/{webinar}");
    let comes = async |token: &str| f.call(Some(token), "GET", &path, None).await;
    assert_eq!(comes(&f.user.token).await.status, StatusCode::FORBIDDEN);
    assert_eq!(f.call(admin, "PUT", &member, None).await.status, StatusCode::NO_CONTENT);
    let to_live = comes(&f.user.token).await;
    assert!(to_live.header("location").starts_with("/live/"), "{}", to_live.status);
}

/// The next thing that a line says, in time.
async fn said(line: &mut (impl futures_util::Stream<Item = Result<axum::body::Bytes, axum::Error>> + Unpin)) -> String {
    use futures_util::StreamExt as _;
    let next = tokio::time::timeout(std::time::Duration::from_secs(10), line.next()).await;
    match next.expect("told in time") {
        Some(bytes) => String::from_utf8_lossy(&bytes.unwrap()).into_owned(),
        None => "over".to_owned(),
    }
}

async fn line(
    f: &Fixture,
    path: &str,
    cookie: &str,
) -> impl futures_util::Stream<Item = Result<axum::body::Bytes, axum::Error>> + Unpin {
    let mut request = Request::get(path).header("cookie", cookie).body(Body::empty()).unwrap();
    let peer = std::net::SocketAddr::from(([203, 0, 113, 1], 4711));
    request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
    let response = tower::ServiceExt::oneshot(f.router.clone(), request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    response.into_body().into_data_stream()
}

#[tokio::test]
async fn who_waits_is_told_by_push_and_asks_nothing() {
    let f = Fixture::new().await;
    let id = planned(&f, &json!({})).await;
    let path = format!("/join/{id}/events");
    let mut one = line(&f, &path, "").await;
    assert!(said(&mut one).await.contains("\"phase\":\"shut\""));
    let mut other = line(&f, &path, "").await;
    assert!(said(&mut other).await.contains("\"phase\":\"shut\""));
    opened(&f, &id).await;
    for line in [&mut one, &mut other] {
        let mut phase = said(line).await;
        // Between the wish and BBB's answer it may be told that the room opens.
        if phase.contains("opening") {
            phase = said(line).await;
        }
        assert!(phase.contains("\"phase\":\"open\""), "{phase}");
    }
    // The program goes down: nobody holds it up.
    f.web.bells.close();
    assert_eq!(
        (said(&mut one).await, said(&mut other).await),
        ("over".to_owned(), "over".to_owned())
    );
}

#[tokio::test]
async fn who_is_signed_out_is_told_nothing_more() {
    let f = Fixture::new().await;
    let id = planned(&f, &json!({"is_restricted": true})).await;
    let cookie = f.sign_in("user").await;
    let path = format!("/join/{id}/events");
    let mut told = line(&f, &path, &cookie).await;
    assert!(said(&mut told).await.contains("shut"));
    f.web.store.delete_sessions(f.user.id).await.unwrap();
    opened(&f, &id).await;
    assert_eq!(said(&mut told).await, "over");
}

/// Census §2.3: administrators join like anyone else.
#[tokio::test]
async fn an_administrator_is_asked_what_everybody_is_asked() {
    let f = Fixture::new().await;
    let id = planned(&f, &json!({})).await;
    door(&f, &id, "PUT", "password", Some(json!({"password": "letmein"}))).await;
    let path = format!("/join/{id}");
    let comes = async |path: &str| f.call(Some(&f.administrator.token), "GET", path, None).await;
    let early = comes(&path).await.text;
    assert!(
        early.contains("id=\"wait\"") && !early.contains("name=\"start\""),
        "{early}"
    );
    opened(&f, &id).await;
    let asked = comes(&path).await;
    assert!(asked.text.contains("meeting-password"), "{}", asked.text);
    let wrong = comes(&format!("{path}/nokey")).await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
}

/// A stranger with an address makes no calls of BBB, nor does a crowd with rights make one each.
#[tokio::test]
async fn who_comes_back_from_a_room_has_it_looked_at_once() {
    let f = Fixture::new().await;
    let id = planned(&f, &json!({})).await;
    opened(&f, &id).await;
    let looks = || f.outside.looks.lock().unwrap().len();
    let path = format!("/join/{id}?error=1");
    door(&f, &id, "PUT", "password", Some(json!({"password": "letmein"}))).await;
    for _ in 0..60 {
        get(&f, &path).await;
        get(&f, &format!("/join/{id}/nokey?error=1")).await;
    }
    assert_eq!(looks(), 0);
    door(&f, &id, "PUT", "password", Some(json!({"password": null}))).await;
    for _ in 0..60 {
        let again = get(&f, &path).await;
        assert_eq!(again.status, StatusCode::OK, "{}", again.text);
        f.call(Some(&f.staff.token), "GET", &path, None).await;
    }
    assert_eq!(looks(), 1, "shared by all who ask");
    f.clock.move_ms(5_000);
    get(&f, &path).await;
    assert_eq!(looks(), 2);
    // Who may not join has nothing looked at.
    let shut = planned(&f, &json!({"is_restricted": true})).await;
    opened(&f, &shut).await;
    get(&f, &format!("/join/{shut}?error=1")).await;
    assert_eq!(looks(), 2);
}
