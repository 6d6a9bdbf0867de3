//! Broadcasters that keep strangers out, and hooks of media servers, as far as they are answered here.

use amphi_events::Act;
use amphi_events::ids::{BroadcasterId, GatewayId, ReservationId, RunId};
use amphi_events::live::LiveCommand;
use amphi_events::store::secrets::BROADCASTER_KEY;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::fixture::{Fixture, HOOK_TOKEN};

const OPEN: &str = "https://media.univ.example/hls/room.m3u8";
const SECRET: &str = "a-secret-of-sixteen-and-more";

async fn broadcaster(f: &Fixture, more: Value) -> super::fixture::Answer {
    let mut new = json!({"name": "b", "hls_url": OPEN});
    for (name, value) in more.as_object().unwrap() {
        new[name] = value.clone();
    }
    f.call(Some(&f.administrator.token), "POST", "/api/v1/broadcasters", Some(new))
        .await
}

#[tokio::test]
async fn a_protection_has_its_secret_and_its_address_or_is_refused() {
    let f = Fixture::new().await;
    for (more, code) in [
        (json!({"protection": "secure_link"}), "protection_secret"),
        (
            json!({"protection": "secure_link", "signing_secret": "too-short"}),
            "protection_secret",
        ),
        (
            json!({"protection": "secure_link", "signing_secret": "a secret with blanks in it"}),
            "protection_secret",
        ),
        (json!({"protection": "locked"}), "bad_body"),
        (
            json!({"protection": "media_server", "hls_url": "https://h/live?x=1"}),
            "protection_address",
        ),
        (
            json!({"protection": "secure_link", "signing_secret": SECRET, "hls_url": "https://h/é.m3u8"}),
            "protection_address",
        ),
    ] {
        let refused = broadcaster(&f, more.clone()).await;
        assert_eq!(refused.code(), code, "{more}: {}", refused.text);
    }
    let made = broadcaster(&f, json!({"protection": "secure_link", "signing_secret": SECRET})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    assert_eq!(made.json["protection"], "secure_link");
    assert!(!made.text.contains(SECRET));
    let id = made.json["id"].as_str().unwrap().to_owned();
    let at = format!("/api/v1/broadcasters/{id}");
    let admin = Some(f.administrator.token.as_str());
    let kept = async || {
        let kept = f.web.store.get_secret(BROADCASTER_KEY, &id).await.unwrap();
        kept.map(|s| s.to_string())
    };
    assert_eq!(kept().await.as_deref(), Some(SECRET));
    // A name alone changes neither; an address that can't be signed is refused now too.
    let renamed = f.call(admin, "PATCH", &at, Some(json!({"name": "c"}))).await;
    assert_eq!(renamed.json["protection"], "secure_link");
    let odd = f
        .call(admin, "PATCH", &at, Some(json!({"hls_url": "https://h/x?y"})))
        .await;
    assert_eq!(odd.code(), "protection_address");
    let other = "another-secret-of-sixteen";
    f.call(admin, "PATCH", &at, Some(json!({"signing_secret": other})))
        .await;
    assert_eq!(kept().await.as_deref(), Some(other));
    // MediaMTX's tokens are made and read by us alone: nobody chooses that secret.
    f.call(admin, "PATCH", &at, Some(json!({"protection": "media_server"})))
        .await;
    let ours = kept().await.unwrap();
    assert!(ours != other && ours.len() == 43);
    let back = f
        .call(admin, "PATCH", &at, Some(json!({"protection": "secure_link"})))
        .await;
    assert_eq!(back.code(), "protection_secret", "nginx does not know ours");
    f.call(admin, "PATCH", &at, Some(json!({"protection": "none"}))).await;
    assert_eq!(kept().await, None);
    let events = f.call(Some(&f.auditor.token), "GET", "/api/v1/events", None).await;
    assert!(
        events.text.contains("BroadcasterProtectionSet")
            && !events.text.contains(SECRET)
            && !events.text.contains(other)
    );
}

#[tokio::test]
async fn a_closed_picture_is_never_given_under_its_open_address() {
    let f = Fixture::new().await;
    let made = broadcaster(&f, json!({"protection": "secure_link", "signing_secret": SECRET})).await;
    let id: BroadcasterId = made.json["id"].as_str().unwrap().parse().unwrap();
    let (_, live) = f.webinar().await;
    let (web, run) = (&f.web, f.web.sources.id::<RunId>());
    let (gateway, reservation) = (web.sources.id::<GatewayId>(), web.sources.id::<ReservationId>());
    let now = web.sources.now();
    for command in [
        LiveCommand::GatewayReserved {
            gateway,
            broadcaster: id,
            reservation,
            from: now,
            to: now.plus_s(7200),
        },
        LiveCommand::Request {
            session: None,
            until: now.plus_s(7200),
        },
        LiveCommand::AskStart {
            run,
            gateway,
            broadcaster: id,
        },
        LiveCommand::Started(run),
        LiveCommand::OnAir(run),
    ] {
        let act = Act::system("test", now);
        let done = web.aggregates.lives.execute(live, command, act).await.unwrap();
        f.there(done.position).await;
    }
    let at = format!("/api/v1/live/{live}/playback");
    let given = f.call(Some(&f.user.token), "GET", &at, None).await;
    assert_eq!(given.status, StatusCode::OK, "{}", given.text);
    let url = given.json["hls_url"].as_str().unwrap();
    let until = now.plus_s(1800).0 / 1000;
    assert!(
        url.starts_with("https://media.univ.example/signed/") && url.ends_with(&format!("/{until}/hls/room.m3u8")),
        "{url}"
    );
    assert_eq!(
        (&given.json["signed"], given.json["expires_at"].as_str()),
        (&json!(true), Some("2026-03-02T09:30:00.000Z"))
    );
    // The secret is lost: no picture is better than an open one.
    web.store.delete_secret(BROADCASTER_KEY, &id.to_string()).await.unwrap();
    let none = f.call(Some(&f.user.token), "GET", &at, None).await;
    assert_eq!(
        (none.status, none.code()),
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    );
    assert!(!none.text.contains("media.univ.example"));
}

#[tokio::test]
async fn what_is_judged_of_a_publisher_is_answered_in_statuses() {
    let f = Fixture::new().await;
    let hook = async |name: &str, call: &str| {
        let body = format!("app=live&clientid=a%2F7!&call={call}&name={name}");
        let asked = Request::post(format!("/api/v1/hooks/nginx-rtmp?token={HOOK_TOKEN}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        f.send(asked).await
    };
    assert_eq!(hook("wanted", "publish").await.status, StatusCode::NO_CONTENT);
    assert_eq!(hook("wanted", "publish_done").await.status, StatusCode::NO_CONTENT);
    let idle = hook("idle", "publish").await;
    assert_eq!(
        (idle.status, &idle.json["why"]),
        (StatusCode::FORBIDDEN, &json!("not_wanted"))
    );
    let nobodys = hook("else", "publish").await;
    assert_eq!(
        (nobodys.status, &nobodys.json["why"]),
        (StatusCode::FORBIDDEN, &json!("unknown"))
    );
    assert_eq!(hook("late", "publish").await.status, StatusCode::SERVICE_UNAVAILABLE);
    // A picture that is there is not cut because nothing is known of it; one that is not wanted is.
    assert_eq!(hook("late", "update_publish").await.status, StatusCode::NO_CONTENT);
    assert_eq!(hook("idle", "update_publish").await.status, StatusCode::FORBIDDEN);
    let said = f.outside.published.lock().unwrap().clone();
    assert_eq!(
        said[0],
        (true, "live/wanted".to_owned(), "a7".to_owned()),
        "a name of plain characters"
    );
    assert_eq!(said[1], (false, "live/wanted".to_owned(), "a7".to_owned()));
}

/// All hooks of a media server were counted together: whoever published with random keys had it told to wait, also of lives that ran.
#[tokio::test]
async fn who_tries_stream_keys_waits_and_running_lives_do_not() {
    let f = Fixture::new().await;
    let hook = async |name: &str, call: &str, addr: &str| {
        let body = format!("app=live&addr={addr}&clientid=7&call={call}&name={name}&type=live&addr=192.0.2.77");
        let asked = Request::post(format!("/api/v1/hooks/nginx-rtmp?token={HOOK_TOKEN}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        f.send(asked).await.status
    };
    let (stranger, gateway) = ("192.0.2.9", "192.0.2.10");
    for _ in 0..120 {
        assert_eq!(hook("else", "publish", stranger).await, StatusCode::FORBIDDEN);
    }
    assert_eq!(hook("else", "publish", stranger).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(hook("wanted", "publish", gateway).await, StatusCode::NO_CONTENT);
    for addr in [gateway, stranger] {
        assert_eq!(hook("wanted", "update_publish", addr).await, StatusCode::NO_CONTENT);
        assert_eq!(hook("wanted", "publish_done", addr).await, StatusCode::NO_CONTENT);
    }
}

/// Restricted lives were handed the open address of such a broadcaster, and neither presenters nor administrators heard of it.
#[tokio::test]
async fn presenters_are_told_where_a_restricted_picture_is_open() {
    let f = Fixture::new().await;
    let made = broadcaster(&f, json!({})).await;
    let id: BroadcasterId = made.json["id"].as_str().unwrap().parse().unwrap();
    let (meeting, live) = f.webinar().await;
    let (web, from) = (&f.web, f.web.sources.now());
    let tell = async |command: LiveCommand| {
        let act = Act::system("test", from);
        let done = web.aggregates.lives.execute(live, command, act).await.unwrap();
        f.there(done.position).await;
    };
    let plan = |restricted| LiveCommand::Plan {
        meeting: Some(meeting),
        owner: f.staff.id,
        presenters: vec![],
        title: "Analysis".to_owned(),
        starts_at: from.plus_s(3600),
        ends_at: from.plus_s(7200),
        restricted,
    };
    tell(LiveCommand::GatewayReserved {
        gateway: web.sources.id(),
        broadcaster: id,
        reservation: web.sources.id(),
        from,
        to: from.plus_s(7200),
    })
    .await;
    let told = async || {
        let page = format!("/live/{live}/console");
        let console = f.call(Some(&f.staff.token), "GET", &page, None).await;
        assert_eq!(console.status, StatusCode::OK, "{}", console.text);
        console.text.contains("id=\"open-picture\"")
    };
    assert!(!told().await, "it is open to everybody");
    tell(plan(true)).await;
    assert!(told().await);
    let form = f.call(Some(&f.staff.token), "GET", "/meetings/new", None).await;
    assert!(form.text.contains("Some media servers show the picture") || form.text.contains("Certains serveurs"));
    let close = json!({"protection": "secure_link", "signing_secret": SECRET});
    let at = format!("/api/v1/broadcasters/{id}");
    let closed = f.call(Some(&f.administrator.token), "PATCH", &at, Some(close)).await;
    assert_eq!(closed.status, StatusCode::OK, "{}", closed.text);
    assert!(!told().await);
}

/// Administrators alone see what a device is set to that is set once; the log holds neither name nor key.
#[tokio::test]
async fn a_broadcasters_stream_is_a_secret_and_its_key_is_the_places_own() {
    let f = Fixture::new().await;
    let made = broadcaster(&f, json!({"rtmp_url": "rtmp://media.univ.example/live/hall-secret"})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    assert_eq!(made.json["stream"]["server"], "rtmp://media.univ.example/live");
    let key = made.json["stream"]["key"].as_str().unwrap().to_owned();
    assert!(
        key.starts_with("hall-secret?key=") && key.len() == "hall-secret?key=".len() + 32,
        "{key}"
    );
    let admin = Some(f.administrator.token.as_str());
    let all = f.call(admin, "GET", "/api/v1/broadcasters", None).await;
    assert!(!all.text.contains("hall-secret"), "in no list: {}", all.text);
    let at = format!("/api/v1/broadcasters/{}", made.json["id"].as_str().unwrap());
    for bad in ["http://h/live/a", "rtmp://h/a", "rtmp://169.254.1.1/live/a"] {
        let refused = f.call(admin, "PATCH", &at, Some(json!({"rtmp_url": bad}))).await;
        assert!(refused.status.is_client_error(), "{bad}: {}", refused.text);
    }
    let other = json!({"rtmp_url": "rtmp://media.univ.example/live/hall-other"});
    let other = f.call(admin, "PATCH", &at, Some(other)).await;
    assert_ne!(
        other.json["stream"]["key"].as_str().unwrap().rsplit('=').next(),
        key.rsplit('=').next()
    );
    let renamed = f.call(admin, "PATCH", &at, Some(json!({"name": "c"}))).await;
    assert_eq!(renamed.json["stream"], other.json["stream"]);
    let none = f.call(admin, "PATCH", &at, Some(json!({"rtmp_url": ""}))).await;
    assert_eq!(none.json["stream"], Value::Null);
    let events = f.call(Some(&f.auditor.token), "GET", "/api/v1/events", None).await;
    assert!(!events.text.contains("hall-secret") && !events.text.contains("hall-other"));
}
