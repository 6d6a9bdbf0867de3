//! What is said of a meeting and its live, and what follows from it for who asks.

use amphi_events::Act;
use amphi_events::broadcaster::BroadcasterCommand;
use amphi_events::gateway::{GatewayCommand, Generation, Setup, TokenState};
use amphi_events::ids::{BroadcasterId, GatewayId, LiveId, ReservationId, RunId};
use amphi_events::live::{LiveCommand, RunFault};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::fixture::Fixture;

async fn live_does(f: &Fixture, live: LiveId, command: LiveCommand) {
    let act = Act::system("test", f.web.sources.now());
    let done = f.web.aggregates.lives.execute(live, command, act).await.unwrap();
    f.there(done.position).await;
}

pub(super) async fn gateway(
    f: &Fixture,
    generation: Option<Generation>,
    gw_id: Option<&str>,
) -> (GatewayId, BroadcasterId) {
    let (id, broadcaster): (GatewayId, BroadcasterId) = (f.web.sources.id(), f.web.sources.id());
    let act = || Act::system("test", f.web.sources.now());
    let set = BroadcasterCommand::Set {
        name: "Edge".to_owned(),
        hls_url: "http://h/x".to_owned(),
    };
    f.web
        .aggregates
        .broadcasters
        .execute(broadcaster, set, act())
        .await
        .unwrap();
    let setup = Setup {
        name: "Amphi A".into(),
        broadcaster,
        server_url: "http://h/".into(),
        rtmp_base: "rtmp://h/a".into(),
        gw_id: gw_id.map(str::to_owned),
        generation,
    };
    let gateways = &f.web.aggregates.gateways;
    let done = gateways.execute(id, GatewayCommand::Set(setup), act()).await.unwrap();
    f.there(done.position).await;
    (id, broadcaster)
}

async fn probed(f: &Fixture, id: GatewayId, generation: Generation, token: TokenState) {
    let command = GatewayCommand::Probed {
        reachable: true,
        generation: Some(generation),
        token,
    };
    let act = Act::system("test", f.web.sources.now());
    let done = f.web.aggregates.gateways.execute(id, command, act).await.unwrap();
    f.there(done.position).await;
}

#[tokio::test]
async fn a_meetings_state_tells_gateway_stream_and_chat() {
    let f = Fixture::new().await;
    let (meeting, live) = f.webinar().await;
    let at = format!("/api/v1/meetings/{meeting}/state");
    let staff = Some(f.staff.token.as_str());
    let before = f.call(staff, "GET", &at, None).await.json;
    assert_eq!(before["gateway"]["state"], "lacking");
    assert_eq!(before["gateway"]["since"], "2026-03-02T09:00:00.000Z");
    assert_eq!(
        (&before["live"]["state"], &before["live"]["why"]),
        (&json!("off"), &json!("no_gateway"))
    );
    assert_eq!(
        before["stream"],
        json!({"run": null, "on_air_since": null, "stalled": null, "stalled_since": null})
    );
    assert_eq!(
        (
            &before["chat"]["room"],
            &before["chat"]["max_units"],
            &before["chat"]["max_bytes"]
        ),
        (&json!("out"), &json!(500), &json!(2000))
    );

    let (id, broadcaster) = gateway(&f, None, None).await;
    probed(&f, id, Generation::G2, TokenState::Good).await;
    f.clock.move_ms(60_000);
    let now = f.web.sources.now();
    let hold = LiveCommand::GatewayReserved {
        gateway: id,
        broadcaster,
        reservation: f.web.sources.id::<ReservationId>(),
        from: now.plus_s(3540),
        to: now.plus_s(7140),
    };
    live_does(&f, live, hold).await;
    let until = now.plus_s(9000);
    live_does(&f, live, LiveCommand::Request { session: None, until }).await;
    let run: RunId = f.web.sources.id();
    let ask = LiveCommand::AskStart {
        run,
        gateway: id,
        broadcaster,
    };
    live_does(&f, live, ask).await;
    live_does(&f, live, LiveCommand::Started(run)).await;
    live_does(&f, live, LiveCommand::OnAir(run)).await;
    let fault = RunFault::Frozen;
    live_does(&f, live, LiveCommand::Stalled { run, fault }).await;

    let after = f.call(staff, "GET", &at, None).await.json;
    let gateway = &after["gateway"];
    for (field, value) in [
        ("state", json!("reserved")),
        ("since", json!("2026-03-02T09:01:00.000Z")),
        ("id", json!(id.to_string())),
        ("name", json!("Amphi A")),
        ("generation", json!("g2")),
        ("reachable", json!(true)),
        ("token", json!("good")),
        ("probed_since", json!("2026-03-02T09:00:00.000Z")),
    ] {
        assert_eq!(gateway[field], value, "{field}: {gateway}");
    }
    let since = "2026-03-02T09:01:00.000Z";
    let stream = json!({"run": 1, "on_air_since": since, "stalled": "frozen", "stalled_since": since});
    assert_eq!(after["stream"], stream);
    assert_eq!(after["live"]["state"], "stalled");
    live_does(&f, live, LiveCommand::Restart).await;
    live_does(&f, live, LiveCommand::AskStop { run, fault: None }).await;
    assert_eq!(f.call(staff, "GET", &at, None).await.json["live"]["state"], "starting");
}

/// Census C1: a line was taken whether or not the chat was open and the live going on.
#[tokio::test]
async fn who_may_post_goes_with_the_live() {
    let f = Fixture::new().await;
    let (meeting, live) = f.webinar().await;
    let at = format!("/api/v1/live/{live}");
    let may = async |token: &str| f.call(Some(token), "GET", &at, None).await.json["may"].clone();
    assert_eq!(may(&f.user.token).await, json!(["watch"]), "the chat is closed");
    let open = Some(json!({"enabled": true}));
    f.call(
        Some(&f.staff.token),
        "PUT",
        &format!("/api/v1/meetings/{meeting}/chat"),
        open,
    )
    .await;
    assert_eq!(may(&f.user.token).await, json!(["watch", "post"]));
    assert_eq!(may(&f.staff.token).await, json!(["watch", "post", "moderate", "pilot"]));
    let one = f.call(None, "GET", &at, None).await.json;
    assert_eq!(one["may"], json!(["watch"]));
    assert_eq!(
        (&one["state"]["viewers"], &one["state"]["time_zone"]),
        (&json!(0), &json!("Europe/Paris"))
    );

    let post = async |client_id: &str| {
        let line = json!({"client_id": client_id, "text": "Bonjour"});
        f.call(Some(&f.user.token), "POST", &format!("{at}/chat"), Some(line))
            .await
    };
    let first = post("c1").await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
    // Over by its plan, but not yet by more than a room may last longer.
    f.clock.move_ms(2 * 3_600_000 + 60_000);
    assert_eq!(may(&f.user.token).await, json!(["watch"]));
    assert_eq!(f.call(None, "GET", &at, None).await.json["state"]["live"], "ended");
    assert_eq!(post("c2").await.status, StatusCode::CREATED);
    f.clock.move_ms(30 * 60_000);
    let late = post("c3").await;
    assert_eq!(
        (late.status, late.code()),
        (StatusCode::CONFLICT, "closed"),
        "{}",
        late.text
    );
    assert_eq!(post("c1").await.json, first.json, "a receipt stays a receipt");
    // A room that is open has its chat.
    f.call(
        Some(&f.staff.token),
        "POST",
        &format!("/api/v1/meetings/{meeting}/start"),
        None,
    )
    .await;
    assert_eq!(post("c4").await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_gateway_that_wants_an_id_and_has_none_is_told() {
    let f = Fixture::new().await;
    let warnings = async |id: GatewayId| {
        let at = format!("/api/v1/gateways/{id}");
        f.call(Some(&f.administrator.token), "GET", &at, None).await.json["warnings"].clone()
    };
    let (said, _) = gateway(&f, Some(Generation::G4), None).await;
    assert_eq!(warnings(said).await, json!(["gw_id_missing"]));
    let (has, _) = gateway(&f, Some(Generation::G5), Some("7")).await;
    assert_eq!(warnings(has).await, json!([]));
    let (found, _) = gateway(&f, None, None).await;
    assert_eq!(warnings(found).await, json!([]));
    probed(&f, found, Generation::G5, TokenState::NotChecked).await;
    assert_eq!(warnings(found).await, json!(["gw_id_missing"]));

    let cookie = f.sign_in("administrator").await;
    for (lang, texts, role) in [
        (
            "en",
            ["gw_id missing", "not checked by this generation"],
            ">administrator<",
        ),
        (
            "fr",
            ["gw_id manquant", "non vérifié par cette génération"],
            ">administrateur<",
        ),
    ] {
        let one = page(
            &f,
            Some(&cookie),
            "GET",
            &format!("/admin/gateways/{found}?lang={lang}"),
        )
        .await;
        assert_eq!(one.0, StatusCode::OK);
        for text in texts {
            assert!(one.1.contains(text), "{text}: {}", one.1);
        }
        assert!(!one.1.contains(">not_checked"), "{}", one.1);
        for path in ["/admin", "/admin/gateways"] {
            let all = page(&f, Some(&cookie), "GET", &format!("{path}?lang={lang}")).await;
            assert!(all.0 == StatusCode::OK && all.1.contains(texts[0]), "{path}: {}", all.1);
        }
        let people = page(&f, Some(&cookie), "GET", &format!("/admin/people?lang={lang}")).await;
        assert!(people.1.contains(role), "{}", people.1);
    }
}

async fn page(f: &Fixture, cookie: Option<&str>, method: &str, path: &str) -> (StatusCode, String) {
    let mut request = super::fixture::request(None, method, path, None);
    if let Some(cookie) = cookie {
        request.headers_mut().insert("cookie", cookie.parse().unwrap());
    }
    let answer = f.send(request).await;
    (answer.status, answer.text)
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_a_page_in_both_languages() {
    let f = Fixture::new().await;
    let (meeting, _) = f.webinar().await;
    let meetings = [format!("/meetings/{meeting}/invite")];
    let others = ["/nowhere", "/recordings/01J", "/admin/x/y"].map(str::to_owned);
    for path in meetings.into_iter().chain(others) {
        for (lang, text) in [("fr", "Cette page n’existe pas"), ("en", "<html lang=\"en\">")] {
            let (status, body) = page(&f, None, "GET", &format!("{path}?lang={lang}")).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
            assert!(body.contains(text) && body.contains("<h1"), "{path}: {body}");
        }
    }
    let api = f.call(None, "GET", "/api/v1/nowhere", None).await;
    assert_eq!((api.status, api.code()), (StatusCode::NOT_FOUND, "not_found"));
    let api = f.call(None, "GET", "/api/nowhere", None).await;
    assert_eq!((api.status, api.code()), (StatusCode::NOT_FOUND, "not_found"));
}

#[tokio::test]
async fn signing_out_takes_a_button() {
    let f = Fixture::new().await;
    assert_eq!(page(&f, None, "GET", "/logout").await.0, StatusCode::SEE_OTHER);
    let cookie = f.sign_in("user").await;
    let (status, body) = page(&f, Some(&cookie), "GET", "/logout").await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        body.contains("<form method=\"post\" action=\"/logout\"><button type=\"submit\" class=\"main-act\""),
        "{body}"
    );
    assert_eq!(
        page(&f, Some(&cookie), "GET", "/account").await.0,
        StatusCode::OK,
        "an address alone signs nobody out"
    );
}

#[tokio::test]
async fn a_token_that_is_not_valid_is_told_everywhere() {
    let f = Fixture::new().await;
    let (meeting, live) = f.webinar().await;
    let body =
        |method: &str| (method == "POST").then(|| json!({"login": "user", "password": super::fixture::PASSWORD}));
    for (method, path) in [
        ("GET", "/api/v1/live".to_owned()),
        ("GET", format!("/api/v1/live/{live}")),
        ("GET", format!("/api/v1/live/{live}/chat")),
        ("GET", format!("/api/v1/live/{live}/playback")),
        ("POST", format!("/api/v1/meetings/{meeting}/join")),
        ("GET", "/api/v1/me".to_owned()),
        ("POST", "/api/v1/session".to_owned()),
    ] {
        let answer = f.call(Some("nobodys"), method, &path, body(method)).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::UNAUTHORIZED, "signed_out"),
            "{path}: {}",
            answer.text
        );
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
    }
    let mut basic = super::fixture::request(None, "GET", "/api/v1/live", None::<Value>);
    basic
        .headers_mut()
        .insert("authorization", "Basic eDp5".parse().unwrap());
    assert_eq!(f.send(basic).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        f.call(Some(&f.user.token), "GET", "/api/v1/live", None).await.status,
        StatusCode::OK
    );
    assert_eq!(f.call(None, "GET", "/api/v1/live", None).await.status, StatusCode::OK);
}
