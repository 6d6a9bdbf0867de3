//! The simulated BBB over a real socket: create, join, chat, expiry, hooks, callbacks, faults.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use amphi_sim::bbb::checksum::Algorithm;
use amphi_sim::{HookAuth, Running, SimConfig};
use axum::Router;
use axum::extract::OriginalUri;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::any;
use serde_json::{Value, json};
use url::form_urlencoded;

const SECRET: &str = "s3cr3t-for-test-vectors-0001";

async fn sim(change: impl FnOnce(&mut SimConfig)) -> Running {
    let mut config = SimConfig {
        secret: SECRET.to_owned(),
        ..SimConfig::default()
    };
    change(&mut config);
    amphi_sim::start(config).await.unwrap()
}

fn client() -> reqwest::Client {
    amphi_sim::http::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

fn address(sim: &Running, call: &str, params: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(params)
        .finish();
    let checksum = Algorithm::Sha256.hex(format!("{call}{query}{SECRET}").as_bytes());
    let and = if query.is_empty() { "" } else { "&" };
    format!(
        "{}/bigbluebutton/api/{call}?{query}{and}checksum={checksum}",
        sim.sim.base
    )
}

async fn call(sim: &Running, call: &str, params: &[(&str, &str)]) -> String {
    let url = address(sim, call, params);
    client().get(url).send().await.unwrap().text().await.unwrap()
}

async fn control(sim: &Running, method: &str, path: &str, body: Value) -> Value {
    let url = format!("{}/sim/{path}", sim.sim.base);
    let request = client().request(method.parse().unwrap(), url);
    let request = if body.is_null() {
        request
    } else {
        request
            .header("content-type", "application/json")
            .body(body.to_string())
    };
    let response = request.send().await.unwrap();
    assert!(response.status().is_success(), "{path}: {}", response.status());
    let text = response.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

fn field<'a>(xml: &'a str, name: &str) -> &'a str {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let start = xml.find(&open).map_or(0, |at| at + open.len());
    let end = xml.find(&close).unwrap_or(start);
    &xml[start..end]
}

async fn until(what: &str, done: impl AsyncFn() -> bool) {
    for _ in 0..500 {
        if done().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never: {what}");
}

#[derive(Clone, Default)]
struct Received(Arc<Mutex<Vec<(String, HeaderMap, String)>>>);

impl Received {
    fn list(&self) -> Vec<(String, HeaderMap, String)> {
        self.0.lock().unwrap().clone()
    }
}

/// A receiver of hooks and callbacks that answers the first `failures` requests with 500.
async fn receiver(failures: usize) -> (String, Received) {
    let received = Received::default();
    let kept = received.clone();
    let app = Router::new().fallback(any(
        move |uri: OriginalUri, headers: HeaderMap, body: String| async move {
            let mut list = kept.0.lock().unwrap();
            list.push((uri.to_string(), headers, body));
            if list.len() > failures {
                StatusCode::OK
            } else {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        },
    ));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (base, received)
}

#[tokio::test]
async fn create_is_idempotent_and_checks_its_rules() {
    let sim = sim(|_| {}).await;
    let params = [
        ("name", "Réunion publique"),
        ("meetingID", "room-42"),
        ("meta_endCallbackUrl", "http://127.0.0.1:9/cb"),
    ];
    let first = call(&sim, "create", &params).await;
    assert_eq!(field(&first, "returncode"), "SUCCESS");
    assert_eq!(field(&first, "messageKey"), "");
    let time = field(&first, "createTime");
    assert_eq!(
        field(&first, "internalMeetingID"),
        format!("6fea8cf5c91f71a844862ead37a54d70198c664e-{time}")
    );
    let again = call(&sim, "create", &params).await;
    assert_eq!(field(&again, "messageKey"), "duplicateWarning");
    assert_eq!(field(&again, "createTime"), time);
    let other = call(
        &sim,
        "create",
        &[("name", "Réunion"), ("meetingID", "room-42"), ("attendeePW", "aaaa")],
    )
    .await;
    assert_eq!(field(&other, "messageKey"), "idNotUnique");
    let short = call(&sim, "create", &[("name", "x"), ("meetingID", "room-43")]).await;
    assert_eq!(field(&short, "messageKey"), "validationError");
    let info = call(&sim, "getMeetingInfo", &[("meetingID", "room-42")]).await;
    assert_eq!(field(&info, "meetingName"), "Réunion publique");
    assert_eq!(field(&info, "endcallbackurl"), "http://127.0.0.1:9/cb");
    assert_eq!(field(&info, "running"), "false");
    assert_eq!(sim.sim.robot_base().as_deref(), Some("http://127.0.0.1:9/robot"));
    let wrong = format!(
        "{}/bigbluebutton/api/getMeetings?checksum={}",
        sim.sim.base,
        "0".repeat(64)
    );
    let wrong = client().get(wrong).send().await.unwrap();
    assert_eq!(wrong.status(), 200);
    assert_eq!(field(&wrong.text().await.unwrap(), "messageKey"), "checksumError");
    sim.stop().await;
}

#[tokio::test]
async fn a_browser_joins_chats_and_leaves() {
    let sim = sim(|_| {}).await;
    let created = call(&sim, "create", &[("name", "Room"), ("meetingID", "room-1")]).await;
    let time = field(&created, "createTime").to_owned();
    let silent = call(&sim, "sendChatMessage", &[("meetingID", "room-1"), ("message", "a")]).await;
    assert_eq!(field(&silent, "messageKey"), "meetingNotFound");
    let stale = address(
        &sim,
        "join",
        &[
            ("meetingID", "room-1"),
            ("fullName", "Awa"),
            ("role", "moderator"),
            ("createTime", "1"),
            ("errorRedirectUrl", "http://127.0.0.1:9/e?k=1"),
        ],
    );
    let stale = client().get(stale).send().await.unwrap();
    assert_eq!(stale.status(), 302);
    let to = stale.headers()["location"].to_str().unwrap();
    assert!(to.starts_with("http://127.0.0.1:9/e?k=1&errors="), "{to}");
    assert!(to.contains("mismatchCreateTimeParam"));
    let join = address(
        &sim,
        "join",
        &[
            ("meetingID", "room-1"),
            ("fullName", "Awa <D>"),
            ("role", "moderator"),
            ("createTime", &time),
            ("userID", "u-7"),
        ],
    );
    let joined = client().get(join).send().await.unwrap();
    assert_eq!(joined.status(), 302);
    assert!(joined.headers().contains_key("set-cookie"));
    let room = joined.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(
        field(
            &call(&sim, "isMeetingRunning", &[("meetingID", "room-1")]).await,
            "running"
        ),
        "false"
    );
    let page = client()
        .get(&room)
        .header("accept-language", "fr")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(page.contains("Discussion publique") && page.contains("lang=\"fr\""));
    let info = call(&sim, "getMeetingInfo", &[("meetingID", "room-1")]).await;
    assert_eq!(field(&info, "running"), "true");
    assert_eq!(field(&info, "fullName"), "Awa &lt;D&gt;");
    assert_eq!(field(&info, "userID"), "u-7");
    assert_eq!(field(&info, "isPresenter"), "true");
    // 250 characters beyond the BMP are 500 UTF-16 units.
    let full = "👋".repeat(250);
    let sent = call(
        &sim,
        "sendChatMessage",
        &[("meetingID", "room-1"), ("message", &full), ("userName", "Lecteur")],
    )
    .await;
    assert_eq!(
        (field(&sent, "returncode"), field(&sent, "messageKey")),
        ("SUCCESS", "")
    );
    let over = call(
        &sim,
        "sendChatMessage",
        &[("meetingID", "room-1"), ("message", &format!("{full}a"))],
    )
    .await;
    assert_eq!(field(&over, "messageKey"), "validationError");
    let long_name = "n".repeat(256);
    let over = call(
        &sim,
        "sendChatMessage",
        &[("meetingID", "room-1"), ("message", "a"), ("userName", &long_name)],
    )
    .await;
    assert_eq!(field(&over, "messageKey"), "validationError");
    control(
        &sim,
        "POST",
        "meetings/room-1/chat",
        json!({"user": "Awa <D>", "text": "bonjour"}),
    )
    .await;
    let chat = control(&sim, "GET", "meetings/room-1/chat", Value::Null).await;
    assert_eq!(chat[0]["from"], "Lecteur");
    assert_eq!(chat[1]["text"], "bonjour");
    assert_eq!(chat.as_array().unwrap().len(), 2);
    let token = room.rsplit('=').next().unwrap();
    let leave = format!("{}/html5client/leave?sessionToken={token}", sim.sim.base);
    client().post(leave).send().await.unwrap();
    let info = call(&sim, "getMeetingInfo", &[("meetingID", "room-1")]).await;
    // Who just left is still in the map for a minute.
    assert_eq!(field(&info, "running"), "true");
    assert_eq!(field(&info, "participantCount"), "0");
    sim.stop().await;
}

#[tokio::test]
async fn chat_switched_off_drops_without_a_word() {
    let sim = sim(|_| {}).await;
    call(
        &sim,
        "create",
        &[
            ("name", "Room"),
            ("meetingID", "room-1"),
            ("disabledFeatures", "polls,chat"),
        ],
    )
    .await;
    control(
        &sim,
        "POST",
        "meetings/room-1/users",
        json!({"name": "Sam", "role": "VIEWER"}),
    )
    .await;
    let sent = call(&sim, "sendChatMessage", &[("meetingID", "room-1"), ("message", "a")]).await;
    assert_eq!(field(&sent, "returncode"), "SUCCESS");
    let chat = control(&sim, "GET", "meetings/room-1/chat", Value::Null).await;
    assert_eq!(chat, json!([]));
    let calls = control(&sim, "GET", "calls", Value::Null).await;
    let last = calls.as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["name"], &last["effect"], &last["answered"]),
        (&json!("sendChatMessage"), &json!("none"), &json!(true))
    );
    sim.stop().await;
}

#[tokio::test]
async fn guests_meet_the_policy() {
    let sim = sim(|_| {}).await;
    for (room, policy, status) in [
        ("aa", "ASK_MODERATOR", "WAIT"),
        ("bb", "ALWAYS_ACCEPT_AUTH", "ALLOW"),
        ("cc", "ALWAYS_DENY", ""),
    ] {
        call(
            &sim,
            "create",
            &[("name", "Room"), ("meetingID", room), ("guestPolicy", policy)],
        )
        .await;
        let joined = call(
            &sim,
            "join",
            &[
                ("meetingID", room),
                ("fullName", "Sam"),
                ("role", "VIEWER"),
                ("redirect", "false"),
            ],
        )
        .await;
        assert_eq!(field(&joined, "guestStatus"), status, "{joined}");
        if policy == "ALWAYS_DENY" {
            assert_eq!(field(&joined, "messageKey"), "guestDeniedAccess");
        }
    }
    sim.stop().await;
}

#[tokio::test]
async fn meetings_expire_and_the_end_callback_is_retried() {
    let (base, received) = receiver(1).await;
    // A minute lasts 100 ms.
    let sim = sim(|config| config.clock_speed = 600.0).await;
    let callback = format!("{base}/cb/token?k=1");
    call(
        &sim,
        "create",
        &[
            ("name", "Room"),
            ("meetingID", "room-1"),
            ("meta_endCallbackUrl", &callback),
        ],
    )
    .await;
    let exists = async || {
        field(
            &call(&sim, "getMeetingInfo", &[("meetingID", "room-1")]).await,
            "returncode",
        ) == "SUCCESS"
    };
    assert!(exists().await);
    until("nobody came", async || !exists().await).await;
    until("called back twice", async || received.list().len() == 2).await;
    for (uri, ..) in received.list() {
        assert_eq!(uri, "/cb/token?k=1&recordingmarks=false&meetingID=room-1");
    }
    // Used, then left by everybody.
    call(&sim, "create", &[("name", "Room"), ("meetingID", "room-1")]).await;
    let user = control(
        &sim,
        "POST",
        "meetings/room-1/users",
        json!({"name": "Awa", "role": "MODERATOR"}),
    )
    .await;
    // An empty room that was made later is gone by the time that this one would be, were nobody there.
    call(&sim, "create", &[("name", "Empty"), ("meetingID", "room-2")]).await;
    until("the empty room ended", async || {
        field(
            &call(&sim, "getMeetingInfo", &[("meetingID", "room-2")]).await,
            "returncode",
        ) != "SUCCESS"
    })
    .await;
    assert!(exists().await, "somebody is there");
    let path = format!("meetings/room-1/users/{}", user["id"].as_str().unwrap());
    control(&sim, "DELETE", &path, Value::Null).await;
    until("everybody left", async || !exists().await).await;
    let ended = call(&sim, "end", &[("meetingID", "room-1")]).await;
    assert_eq!(field(&ended, "messageKey"), "notFound");
    sim.stop().await;
}

#[tokio::test]
async fn a_hook_is_registered_once_signed_and_retried() {
    let (base, received) = receiver(1).await;
    let sim = sim(|config| config.clock_speed = 1000.0).await;
    let callback = format!("{base}/hook/x?m=1");
    let wanted = [
        ("callbackURL", callback.as_str()),
        ("meetingID", "room-1"),
        ("eventID", "User-Joined,chat-group-message-sent"),
    ];
    let hook = call(&sim, "hooks/create", &wanted).await;
    let id = field(&hook, "hookID").to_owned();
    assert_eq!(id.len(), 36);
    let again = call(&sim, "hooks/create", &wanted).await;
    assert_eq!(
        (field(&again, "hookID"), field(&again, "messageKey")),
        (id.as_str(), "duplicateWarning")
    );
    call(&sim, "create", &[("name", "Room"), ("meetingID", "room-1")]).await;
    control(
        &sim,
        "POST",
        "meetings/room-1/users",
        json!({"name": "Awa", "role": "MODERATOR"}),
    )
    .await;
    until("retried", async || received.list().len() == 2).await;
    let list = received.list();
    let (uri, _, body) = &list[1];
    assert_eq!(&list[0].2, body, "a retry repeats the same bytes");
    let checksum = Algorithm::Sha1.hex(format!("{callback}{body}{SECRET}").as_bytes());
    assert_eq!(uri, &format!("/hook/x?m=1&checksum={checksum}"));
    let fields: std::collections::HashMap<String, String> =
        form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let event: Value = serde_json::from_str(&fields["event"]).unwrap();
    assert_eq!(event[0]["data"]["id"], "user-joined");
    assert_eq!(event[0]["data"]["attributes"]["user"]["name"], "Awa");
    assert_eq!(
        event[0]["data"]["attributes"]["meeting"]["external-meeting-id"],
        "room-1"
    );
    sim.stop().await;
}

#[tokio::test]
async fn a_bearer_hook_echoes_the_chat_of_the_api_and_a_dead_hook_goes() {
    let (base, received) = receiver(0).await;
    let sim = sim(|config| config.webhooks_auth = HookAuth::Bearer).await;
    call(&sim, "create", &[("name", "Room"), ("meetingID", "room-1")]).await;
    control(
        &sim,
        "POST",
        "meetings/room-1/users",
        json!({"name": "Awa", "role": "MODERATOR"}),
    )
    .await;
    let callback = format!("{base}/hook");
    call(
        &sim,
        "hooks/create",
        &[("callbackURL", &callback), ("meetingID", "room-1")],
    )
    .await;
    control(
        &sim,
        "PUT",
        "faults",
        json!([{"on": "hook", "kind": "double", "times": 1}]),
    )
    .await;
    call(
        &sim,
        "sendChatMessage",
        &[("meetingID", "room-1"), ("message", "Bonjour"), ("userName", "Lecteur")],
    )
    .await;
    until("delivered twice", async || received.list().len() == 2).await;
    let (uri, headers, body) = received.list()[0].clone();
    assert_eq!(uri, "/hook");
    assert_eq!(headers["authorization"], format!("Bearer {SECRET}"));
    let event = form_urlencoded::parse(body.as_bytes())
        .find(|(name, _)| name == "event")
        .unwrap()
        .1
        .into_owned();
    let event: Value = serde_json::from_str(&event).unwrap();
    let sender = &event[0]["data"]["attributes"]["chat-message"]["sender"];
    assert_eq!(
        (&sender["internal-user-id"], &sender["external-user-id"]),
        (&json!("Lecteur"), &json!(""))
    );

    control(&sim, "PUT", "settings", json!({"clock_speed": 1e7})).await;
    let (dead, refusals) = receiver(1000).await;
    call(&sim, "create", &[("name", "Room"), ("meetingID", "room-2")]).await;
    call(&sim, "hooks/create", &[("callbackURL", &dead), ("meetingID", "room-2")]).await;
    call(&sim, "create", &[("name", "Room"), ("meetingID", "room-2")]).await;
    until("the dead hook is gone", async || sim.sim.bbb.lock().hooks.len() == 1).await;
    // One attempt and twelve retries, at least of one delivery.
    assert!(refusals.list().len() >= 13);
    sim.stop().await;
}

#[tokio::test]
async fn faults_do_what_they_say() {
    let sim = sim(|_| {}).await;
    let create = [("name", "Room"), ("meetingID", "room-1")];
    let fault = async |kind: &str, more: Value| {
        let mut one = json!({"on": "bbb.create", "kind": kind, "times": 1});
        for (name, value) in more.as_object().into_iter().flatten() {
            one[name] = value.clone();
        }
        control(&sim, "PUT", "faults", json!([one])).await;
    };
    let url = address(&sim, "create", &create);
    let get = async || client().get(&url).timeout(Duration::from_millis(400)).send().await;
    let exists = || sim.sim.bbb.lock().meeting("room-1").is_some();

    fault("status", json!({"code": 503})).await;
    let answer = get().await.unwrap();
    assert_eq!(answer.status(), 503);
    assert!(answer.text().await.unwrap().contains("<html>") && !exists());
    fault("empty", Value::Null).await;
    assert_eq!(get().await.unwrap().text().await.unwrap(), "");
    fault("refuse", Value::Null).await;
    assert_eq!(
        field(&get().await.unwrap().text().await.unwrap(), "messageKey"),
        "idNotUnique"
    );
    fault("reset", Value::Null).await;
    let cut = get().await.unwrap_err();
    assert!(!cut.is_timeout() && !cut.is_status(), "{cut:?}");
    fault("error_inside_success", Value::Null).await;
    assert!(!get().await.unwrap().text().await.unwrap().contains("createTime"));
    assert!(!exists());
    fault("apply_then_silence", Value::Null).await;
    assert!(get().await.unwrap_err().is_timeout());
    assert!(exists());
    let calls = control(&sim, "GET", "calls", Value::Null).await;
    let last = calls.as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["effect"], &last["answered"], &last["status"]),
        (&json!("applied"), &json!(false), &Value::Null)
    );
    fault("broken_xml", Value::Null).await;
    let half = get().await.unwrap().text().await.unwrap();
    assert!(half.starts_with("<response>") && !half.ends_with("</response>"));
    // The client hangs up, the server goes on.
    control(&sim, "POST", "meetings/room-1/end", Value::Null).await;
    fault("slow", json!({"ms": 600})).await;
    assert!(get().await.unwrap_err().is_timeout());
    until("created late", async || exists()).await;
    sim.stop().await;
}

#[tokio::test]
async fn a_load_balancer_and_an_old_server_have_no_chat() {
    let sim = sim(|config| config.scalelite = true).await;
    call(&sim, "create", &[("name", "Room"), ("meetingID", "room-1")]).await;
    control(
        &sim,
        "POST",
        "meetings/room-1/users",
        json!({"name": "Awa", "role": "MODERATOR"}),
    )
    .await;
    let chat = [("meetingID", "room-1"), ("message", "a")];
    let sent = call(&sim, "sendChatMessage", &chat).await;
    assert_eq!(field(&sent, "messageKey"), "unsupportedRequest");
    let join = address(
        &sim,
        "join",
        &[("meetingID", "room-1"), ("fullName", "Sam"), ("role", "VIEWER")],
    );
    let first = client().get(join).send().await.unwrap();
    let second = first.headers()["location"].to_str().unwrap().to_owned();
    assert!(second.contains("/bbb-1/"));
    let second = client().get(second).send().await.unwrap();
    assert!(
        second.headers()["location"]
            .to_str()
            .unwrap()
            .contains("/html5client/?sessionToken=")
    );
    control(&sim, "PUT", "settings", json!({"scalelite": false, "old_bbb": true})).await;
    let sent = client()
        .get(address(&sim, "sendChatMessage", &chat))
        .send()
        .await
        .unwrap();
    assert_eq!(sent.status(), 404);
    sim.stop().await;
}

#[tokio::test]
async fn lists_of_recordings_have_their_bad_habits() {
    let sim = sim(|_| {}).await;
    for id in ["room-1", "room-2"] {
        call(&sim, "create", &[("name", "Room"), ("meetingID", id)]).await;
        control(&sim, "POST", &format!("meetings/{id}/end"), Value::Null).await;
    }
    let list = async |id: &str| call(&sim, "getRecordings", &[("meetingID", id)]).await;
    // As many as were asked for, a page at a time.
    control(&sim, "POST", "meetings/room-1/recordings", json!({"count": 3})).await;
    let page = [("meetingID", "room-1"), ("offset", "1"), ("limit", "1")];
    let page = call(&sim, "getRecordings", &page).await;
    assert_eq!(
        (page.matches("<recording>").count(), field(&page, "totalElements")),
        (1, "3")
    );
    // Of another meeting, and listed all the same.
    control(
        &sim,
        "POST",
        "meetings/room-2/recordings",
        json!({"odd": {"leaks": true, "tenant": true}}),
    )
    .await;
    let leaked = list("room-1").await;
    assert_eq!(leaked.matches("<recording>").count(), 4);
    assert!(leaked.contains("<meetingID>tenant-room-2<"), "{leaked}");
    // Hardly an element.
    let odd = json!({"odd": {"bare": true}});
    let bare = control(&sim, "POST", "meetings/room-2/recordings", odd).await;
    let said = list("room-2").await;
    assert!(!said.contains("<playback>") && !said.contains("<endTime>"), "{said}");
    // Deleted, and there for one answer more.
    let odd = json!({"odd": {"lingers": 1}});
    control(&sim, "POST", "meetings/room-2/recordings", odd).await;
    call(&sim, "deleteRecordings", &[("recordID", bare["id"].as_str().unwrap())]).await;
    assert_eq!(list("room-2").await.matches("<recording>").count(), 1);
    assert_eq!(field(&list("room-2").await, "messageKey"), "noRecordings");
    // A link that opens once.
    let odd = json!({"formats": ["video"], "odd": {"guarded": true}});
    control(&sim, "POST", "meetings/room-1/recordings", odd).await;
    let said = list("room-1").await;
    let link = said.split("<url>").find(|part| part.contains("?token=")).unwrap();
    let link = link.split('<').next().unwrap().to_owned();
    let open = async || client().get(&link).send().await.unwrap().status().as_u16();
    assert_eq!((open().await, open().await), (200, 403));
    sim.stop().await;
}

#[tokio::test]
async fn a_recording_appears_and_its_callback_comes_once_a_format() {
    let (base, received) = receiver(0).await;
    let sim = sim(|_| {}).await;
    let ready = format!("{base}/ready");
    call(
        &sim,
        "create",
        &[
            ("name", "Room"),
            ("meetingID", "room-1"),
            ("meta_bbb-recording-ready-url", &ready),
        ],
    )
    .await;
    control(&sim, "POST", "meetings/room-1/end", Value::Null).await;
    let none = call(&sim, "getRecordings", &[("meetingID", "room-1")]).await;
    assert_eq!(field(&none, "messageKey"), "noRecordings");
    let made = control(
        &sim,
        "POST",
        "meetings/room-1/recordings",
        json!({"formats": ["presentation", "video"]}),
    )
    .await;
    let list = call(&sim, "getRecordings", &[("meetingID", "room-1")]).await;
    assert_eq!(field(&list, "recordID"), made["id"].as_str().unwrap());
    until("told twice", async || received.list().len() == 2).await;
    assert!(received.list()[0].2.starts_with("signed_parameters=eyJ"));
    let deleted = call(&sim, "deleteRecordings", &[("recordID", made["id"].as_str().unwrap())]).await;
    assert_eq!(field(&deleted, "deleted"), "true");
    sim.stop().await;
}
