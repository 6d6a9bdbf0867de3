//! What single calls do, beyond who may.

use amphi_events::EventData as _;
use amphi_events::Position;
use amphi_events::log::{EventLog, Filter};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::fixture::{Fixture, PASSWORD, request};
use crate::api::request::BODY_MAX;

async fn log_text(f: &Fixture) -> String {
    let page = f.log.read_all(Position(0), &Filter::default(), 10_000).await.unwrap();
    page.events
        .iter()
        .map(|e| {
            format!(
                "{} {} {}\n",
                e.stream,
                e.event.kind,
                String::from_utf8_lossy(&e.event.data)
            )
        })
        .collect()
}

fn plain() -> Value {
    json!({"name": "Algebra", "starts_at": "2026-03-03T10:00:00+01:00", "duration_s": 3600})
}

#[tokio::test]
async fn a_repeated_write_is_one_write() {
    let f = Fixture::new().await;
    let post = |who: &str, key: &str| {
        let mut r = request(Some(who), "POST", "/api/v1/meetings", Some(plain()));
        r.headers_mut().insert("idempotency-key", key.parse().unwrap());
        r
    };
    let first = f.send(post(&f.staff.token, "k1")).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
    let second = f.send(post(&f.staff.token, "k1")).await;
    assert_eq!((second.status, &second.json), (StatusCode::CREATED, &first.json));
    assert_eq!(second.header("amphi-position"), first.header("amphi-position"));
    assert!(!first.header("amphi-position").is_empty());
    assert_ne!(f.send(post(&f.staff.token, "k2")).await.json["id"], first.json["id"]);
    assert_ne!(
        f.send(post(&f.other.token, "k1")).await.json["id"],
        first.json["id"],
        "a key is its person's"
    );
    assert_eq!(log_text(&f).await.matches("MeetingScheduled").count(), 3);
    assert_eq!(
        f.send(post(&f.staff.token, &"x".repeat(201))).await.code(),
        "bad_idempotency_key"
    );

    // The same key at the same time: one meeting.
    let both = futures_util::future::join_all((0..8).map(|_| f.send(post(&f.staff.token, "race")))).await;
    for a in &both {
        assert_eq!(
            (a.status, &a.json["id"]),
            (StatusCode::CREATED, &both[0].json["id"]),
            "{}",
            a.text
        );
    }
}

#[tokio::test]
async fn a_meeting_is_read_back_as_it_was_planned() {
    let f = Fixture::new().await;
    let mut body = plain();
    body["additional_owners"] = json!(["other"]);
    let made = f
        .call(Some(&f.staff.token), "POST", "/api/v1/meetings", Some(body))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    assert_eq!(made.json["starts_at"], "2026-03-03T09:00:00.000Z");
    assert_eq!(made.json["time_zone"], "Europe/Paris");
    assert_eq!(made.json["owner"]["name"], "staff");
    assert_eq!(made.json["additional_owners"][0]["id"], f.other.id.to_string());
    assert_eq!(
        (&made.json["event"], &made.json["state"]),
        (&Value::Null, &json!("scheduled"))
    );
    let at = format!("/api/v1/meetings/{}", made.json["id"].as_str().unwrap());
    let changed = f
        .call(
            Some(&f.other.token),
            "PATCH",
            &at,
            Some(json!({"name": "Algebra II", "mute_on_start": false})),
        )
        .await;
    assert_eq!(
        (changed.status, &changed.json["name"]),
        (StatusCode::OK, &json!("Algebra II"))
    );
    assert_eq!(changed.json["starts_at"], made.json["starts_at"]);
    let list = f.call(Some(&f.other.token), "GET", "/api/v1/meetings", None).await;
    assert_eq!(list.json["items"][0], changed.json);
    assert_eq!(
        f.call(Some(&f.user.token), "GET", "/api/v1/meetings", None).await.json["items"],
        json!([])
    );

    // Started, ended, cancelled: each twice is the same as once.
    for _ in 0..2 {
        let a = f.call(Some(&f.other.token), "POST", &format!("{at}/start"), None).await;
        assert_eq!(
            (a.status, &a.json["state"]),
            (StatusCode::OK, &json!("opening")),
            "{}",
            a.text
        );
    }
    assert_eq!(
        f.call(Some(&f.staff.token), "DELETE", &at, None).await.code(),
        "meeting_running"
    );
    assert_eq!(log_text(&f).await.matches("MeetingStartRequested").count(), 1);
    assert_eq!(
        f.call(Some(&f.staff.token), "POST", &format!("{at}/end"), None)
            .await
            .status,
        StatusCode::OK
    );
    assert_eq!(
        f.call(Some(&f.staff.token), "POST", &format!("{at}/live/start"), None)
            .await
            .code(),
        "not_a_webinar"
    );
    let door = f.call(None, "POST", &format!("{at}/join"), None).await;
    assert!(
        door.json["join_url"]
            .as_str()
            .unwrap()
            .starts_with("https://live.univ.example/join/")
    );
}

#[tokio::test]
async fn pages_of_a_list_are_whole_and_without_doubles() {
    let f = Fixture::new().await;
    for n in 0..5 {
        let mut body = plain();
        body["name"] = json!(format!("Meeting {n}"));
        f.call(Some(&f.staff.token), "POST", "/api/v1/meetings", Some(body))
            .await;
    }
    for all in ["", "&all=true"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = f
                .call(
                    Some(&f.administrator.token),
                    "GET",
                    &format!("/api/v1/meetings?limit=2{all}{cursor}"),
                    None,
                )
                .await;
            seen.extend(page.json["items"].as_array().unwrap().iter().map(|m| m["id"].clone()));
            match page.json["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let expected = if all.is_empty() { 0 } else { 5 };
        assert_eq!(seen.len(), expected);
    }
    assert_eq!(
        f.call(Some(&f.staff.token), "GET", "/api/v1/meetings?all=true", None)
            .await
            .status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        f.call(Some(&f.staff.token), "GET", "/api/v1/meetings?limit=201", None)
            .await
            .code(),
        "bad_query"
    );
    assert_eq!(
        f.call(Some(&f.staff.token), "GET", "/api/v1/meetings?colour=red", None)
            .await
            .code(),
        "bad_query"
    );
}

#[tokio::test]
async fn a_webinar_without_a_gateway_says_when_there_is_one() {
    let f = Fixture::new().await;
    let (meeting, live) = f.webinar().await;
    let at = format!("/api/v1/meetings/{meeting}");
    let a = f.call(Some(&f.staff.token), "GET", &at, None).await;
    assert_eq!(
        (&a.json["event"], &a.json["gateway"]["state"]),
        (&json!(live.to_string()), &json!("lacking"))
    );
    assert_eq!(
        f.call(Some(&f.staff.token), "POST", &format!("{at}/live/start"), None)
            .await
            .code(),
        "meeting_not_running"
    );
    f.call(Some(&f.staff.token), "POST", &format!("{at}/start"), None).await;
    let refused = f
        .call(Some(&f.staff.token), "POST", &format!("{at}/live/start"), None)
        .await;
    assert_eq!((refused.status, refused.code()), (StatusCode::CONFLICT, "no_gateway"));
    assert_eq!(refused.json["next_free"], json!(["2026-03-02T11:00:00.000Z"]));
    let state = f.call(Some(&f.staff.token), "GET", &format!("{at}/state"), None).await;
    assert_eq!(
        (&state.json["live"]["state"], &state.json["chat"]["enabled"]),
        (&json!("off"), &json!(false)),
        "{}",
        state.text
    );
    for _ in 0..2 {
        let chat = f
            .call(
                Some(&f.staff.token),
                "PUT",
                &format!("{at}/chat"),
                Some(json!({"enabled": true})),
            )
            .await;
        assert_eq!(
            (chat.status, &chat.json["enabled"]),
            (StatusCode::OK, &json!(true)),
            "{}",
            chat.text
        );
    }
    assert_eq!(log_text(&f).await.matches("ChatOpened").count(), 1);
    let posted = f
        .call(
            Some(&f.user.token),
            "POST",
            &format!("/api/v1/live/{live}/chat"),
            Some(json!({"client_id": "c1", "text": "Bonjour"})),
        )
        .await;
    assert_eq!(posted.status, StatusCode::CREATED, "{}", posted.text);
    let again = f
        .call(
            Some(&f.user.token),
            "POST",
            &format!("/api/v1/live/{live}/chat"),
            Some(json!({"client_id": "c1", "text": "Bonjour"})),
        )
        .await;
    assert_eq!(again.json, posted.json);
    f.there(Position(posted.json["position"].as_u64().unwrap())).await;
    let lines = f.call(None, "GET", &format!("/api/v1/live/{live}/chat"), None).await;
    assert_eq!(
        (&lines.json["items"][0]["text"], &lines.json["items"][0]["from"]["name"]),
        (&json!("Bonjour"), &json!("user"))
    );
    assert!(!log_text(&f).await.contains("Bonjour"), "chat is sealed");
}

/// On a full disk the log may take what the tables can't: everybody was told that the line is gone, and pages read further up by this call.
#[tokio::test]
async fn a_line_that_was_taken_away_is_not_handed_out_while_the_tables_stand_still() {
    let f = Fixture::new().await;
    let (_, live) = f.webinar().await;
    let act = amphi_events::Act::system("test", f.web.sources.now());
    let open = amphi_events::chat::ChatCommand::SetOpen(true);
    let opened = f.web.aggregates.chats.execute(live, open, act).await.unwrap();
    f.there(opened.position).await;
    let (at, user) = (format!("/api/v1/live/{live}/chat"), Some(f.user.token.as_str()));
    let mut ids = vec![];
    for n in ["1", "2"] {
        let posted = f
            .call(user, "POST", &at, Some(json!({"client_id": n, "text": n})))
            .await;
        f.there(Position(posted.json["position"].as_u64().unwrap())).await;
        ids.push(posted.json["id"].as_str().unwrap().to_owned());
    }
    f.reading.abort();
    let gone = f.call(user, "DELETE", &format!("{at}/{}", ids[0]), None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text);
    for query in ["", "?before=1000000", "?after=0"] {
        let lines = f.call(None, "GET", &format!("{at}{query}"), None).await;
        let lines = lines.json["items"].as_array().unwrap();
        assert_eq!(lines.len(), 1, "{query}");
        assert_eq!(lines[0]["text"], "2");
    }
}

/// Census W23: there is no token that is given where none was said.
#[tokio::test]
async fn secrets_of_a_gateway_are_written_and_never_read() {
    let f = Fixture::new().await;
    let admin = Some(f.administrator.token.as_str());
    let b = f
        .call(
            admin,
            "POST",
            "/api/v1/broadcasters",
            Some(json!({"name": "Edge", "hls_url": "http://127.0.0.1:8080/x.m3u8"})),
        )
        .await;
    assert_eq!(b.status, StatusCode::CREATED, "{}", b.text);
    let body = json!({"name": "G", "broadcaster": b.json["id"], "rtmp_url": "rtmp://127.0.0.1/live/streamkey77", "server_url": "http://127.0.0.1:9000/", "token": "1234"});
    let mut none = body.clone();
    none.as_object_mut().unwrap().remove("token");
    let refused = f.call(admin, "POST", "/api/v1/gateways", Some(none)).await;
    assert_eq!(
        (refused.status, refused.code()),
        (StatusCode::UNPROCESSABLE_ENTITY, "secret")
    );
    let g = f.call(admin, "POST", "/api/v1/gateways", Some(body)).await;
    assert_eq!(g.status, StatusCode::CREATED, "{}", g.text);
    assert_eq!(
        (&g.json["token_set"], &g.json["stream_key_set"], &g.json["warnings"]),
        (&json!(true), &json!(true), &json!(["default_token"]))
    );
    let at = format!("/api/v1/gateways/{}", g.json["id"].as_str().unwrap());
    let changed = f
        .call(
            admin,
            "PATCH",
            &at,
            Some(json!({"token": "better-token-99", "generation": "g5", "gw_id": "7"})),
        )
        .await;
    assert_eq!(
        (&changed.json["warnings"], &changed.json["generation"]),
        (&json!([]), &json!("g5")),
        "{}",
        changed.text
    );
    let back = f.call(admin, "PATCH", &at, Some(json!({"generation": null}))).await;
    assert_eq!(
        (&back.json["generation"], &back.json["gw_id"]),
        (&Value::Null, &json!("7"))
    );
    let list = f.call(admin, "GET", "/api/v1/gateways", None).await;
    let everything = format!(
        "{}{}{}{}{}",
        g.text,
        changed.text,
        back.text,
        list.text,
        log_text(&f).await
    );
    for secret in ["streamkey77", "better-token-99"] {
        assert!(!everything.contains(secret), "{secret} was told");
    }
    assert_eq!(
        f.web
            .store
            .get_secret("gateway-token", g.json["id"].as_str().unwrap())
            .await
            .unwrap()
            .unwrap()
            .as_str(),
        "better-token-99"
    );
    for (field, value, code) in [
        ("server_url", "http://169.254.169.254/", "link_local_address"),
        ("server_url", "ftp://h/", "address"),
        ("rtmp_url", "rtmp://h/onlyone", "rtmp_url"),
        ("rtmp_url", "rtmp://h/app/k;reboot", "rtmp_url"),
        ("token", "a b", "secret"),
        ("generation", "g9", "generation"),
        ("broadcaster", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "unknown_broadcaster"),
    ] {
        let a = f.call(admin, "PATCH", &at, Some(json!({ field: value }))).await;
        assert_eq!(
            (a.status, a.code()),
            (StatusCode::UNPROCESSABLE_ENTITY, code),
            "{field}"
        );
    }
    let b_at = format!("/api/v1/broadcasters/{}", b.json["id"].as_str().unwrap());
    assert_eq!(f.call(admin, "DELETE", &b_at, None).await.code(), "in_use");
    assert_eq!(f.call(admin, "DELETE", &at, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(f.call(admin, "GET", &at, None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        f.call(admin, "DELETE", &b_at, None).await.status,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn an_erased_person_is_gone_everywhere() {
    let f = Fixture::new().await;
    let admin = Some(f.administrator.token.as_str());
    let made = f
        .call(Some(&f.staff.token), "POST", "/api/v1/meetings", Some(plain()))
        .await;
    let at = format!("/api/v1/people/{}", f.staff.id);
    assert_eq!(f.call(admin, "DELETE", &at, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(
        f.call(admin, "DELETE", &at, None).await.status,
        StatusCode::NO_CONTENT,
        "once more completes what broke off"
    );
    assert_eq!(
        f.call(Some(&f.staff.token), "GET", "/api/v1/me", None).await.status,
        StatusCode::UNAUTHORIZED
    );
    let left = f
        .call(
            admin,
            "GET",
            &format!("/api/v1/meetings/{}", made.json["id"].as_str().unwrap()),
            None,
        )
        .await;
    assert_eq!(left.json["owner"]["name"], Value::Null);
    let again = f
        .call(
            admin,
            "POST",
            "/api/v1/people",
            Some(json!({"login": "staff", "name": "S", "role": "staff", "password": PASSWORD})),
        )
        .await;
    assert_eq!(
        again.status,
        StatusCode::CREATED,
        "the login is free again: {}",
        again.text
    );
    let own = format!("/api/v1/people/{}", f.administrator.id);
    assert_eq!(f.call(admin, "DELETE", &own, None).await.code(), "last_administrator");
    assert_eq!(
        f.call(admin, "PATCH", &own, Some(json!({"role": "user"}))).await.code(),
        "last_administrator"
    );
    assert_eq!(
        f.call(
            admin,
            "POST",
            "/api/v1/people",
            Some(json!({"login": "USER", "name": "S", "role": "staff"}))
        )
        .await
        .code(),
        "login_taken"
    );
    assert!(
        !log_text(&f).await.contains("\"user\"}") && !log_text(&f).await.contains("staff\",\"name"),
        "profiles are sealed"
    );
}

#[tokio::test]
async fn bodies_are_strict_and_problems_speak_two_languages() {
    let f = Fixture::new().await;
    let staff = Some(f.staff.token.as_str());
    let mut body = plain();
    body["colour"] = json!("red");
    let a = f.call(staff, "POST", "/api/v1/meetings", Some(body)).await;
    assert_eq!((a.status, a.code()), (StatusCode::UNPROCESSABLE_ENTITY, "bad_body"));
    assert!(a.json["detail"].as_str().unwrap().contains("colour"));
    assert_eq!(a.header("content-type"), "application/problem+json");
    assert_eq!(
        f.call(staff, "POST", "/api/v1/meetings", Some(json!({"name": "x"})))
            .await
            .code(),
        "bad_body"
    );
    for (lang, title) in [
        ("fr-FR,fr;q=0.9,en;q=0.5", "Il n’y a rien ici."),
        ("en", "There is nothing here."),
        ("de", "There is nothing here."),
    ] {
        let mut r = request(staff, "GET", "/api/v1/meetings/nonsense", None);
        r.headers_mut().insert("accept-language", lang.parse().unwrap());
        let a = f.send(r).await;
        assert_eq!(
            (a.status, &a.json["title"], &a.json["status"]),
            (StatusCode::NOT_FOUND, &json!(title), &json!(404)),
            "{lang}"
        );
    }
    assert_eq!(
        f.call(None, "GET", "/api/v1/unheard-of", None).await.code(),
        "not_found"
    );
    assert_eq!(
        f.call(None, "PUT", "/api/v1/me", None).await.code(),
        "method_not_allowed"
    );
    let large = json!({"name": "x".repeat(BODY_MAX)});
    assert_eq!(
        f.call(staff, "POST", "/api/v1/meetings", Some(large)).await.code(),
        "too_large"
    );
    let mut text = request(staff, "POST", "/api/v1/meetings", Some(plain()));
    text.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    assert_eq!(f.send(text).await.code(), "wrong_content_type");
    f.log.refuse(Some(amphi_events::log::AppendError::Full));
    let a = f.call(staff, "POST", "/api/v1/meetings", Some(plain())).await;
    assert_eq!((a.status, a.code()), (StatusCode::SERVICE_UNAVAILABLE, "log_refuses"));
    assert!(!a.header("retry-after").is_empty());
    f.log.refuse(None);
    assert_eq!(
        f.call(staff, "POST", "/api/v1/meetings", Some(plain())).await.status,
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn auditors_read_the_log_as_lines() {
    let f = Fixture::new().await;
    f.webinar().await;
    let all = f.call(Some(&f.auditor.token), "GET", "/api/v1/events", None).await;
    let lines: Vec<Value> = all.text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(all.header("content-type"), "application/x-ndjson");
    assert!(
        lines
            .windows(2)
            .all(|w| w[0]["position"].as_u64() < w[1]["position"].as_u64())
    );
    assert_eq!(lines.len(), 5 + 3);
    assert_eq!(lines[0]["hash"].as_str().unwrap().len(), 64);
    let some = f
        .call(
            Some(&f.auditor.token),
            "GET",
            "/api/v1/events?stream=live,meeting&type=LivePlanned&after=1",
            None,
        )
        .await;
    assert_eq!(some.text.lines().count(), 1);
    assert!(some.text.contains("LivePlanned") && some.text.contains("\"title\":\"Analysis\""));
    let _ = amphi_events::live::LiveEvent::SPECS;
}

#[tokio::test]
async fn supervisors_hear_the_truth() {
    let f = Fixture::new().await;
    assert_eq!(f.call(None, "GET", "/health/live", None).await.status, StatusCode::OK);
    let ready = f.call(None, "GET", "/health/ready", None).await;
    assert_eq!(ready.status, StatusCode::OK, "{}", ready.text);
    assert!(ready.json.as_array().unwrap().iter().any(|c| c["what"] == "log"));
    let metrics = f.call(None, "GET", "/metrics", None).await;
    assert!(metrics.text.contains("amphi_log_refusing 0") && metrics.text.contains("amphi_read_model_lag{model="));
    let docs = f.call(None, "GET", "/api/docs", None).await;
    assert!(docs.text.contains("/api/v1/meetings/{id}/live/start") && !docs.text.contains("<script"));
    assert!(docs.header("content-security-policy").contains("default-src 'self'"));
    let json = f.call(None, "GET", "/api/openapi.json", None).await;
    assert!(json.json["paths"]["/api/v1/meetings"]["post"].is_object());
    assert_eq!(json.header("x-content-type-options"), "nosniff");
    assert!(!json.header("x-request-id").is_empty());
}
