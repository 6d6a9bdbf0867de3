//! The clients of the outside against the simulators, which share no code with them.

use std::time::Duration;

use amphi::bbb::{BbbClient, ChatError, CreateRoom, Digest, EndOutcome, Join, Role, SecretCheck};
use amphi::gateways::detect::{TokenCheck, detect};
use amphi::gateways::{
    ChatOutcome, GatewayAddress, GatewayTimes, Generation, StartOrder, StartOutcome, StateAnswer, StopOutcome, driver,
};
use amphi::outgoing::{HttpClient, Settings};
use amphi_sim::gateways::Kind;
use amphi_sim::{SimConfig, start};
use secrecy::SecretString;
use serde_json::{Value, json};

const SECRET: &str = "a-secret-for-this-test";

async fn simulators() -> (amphi_sim::Running, String) {
    let config = SimConfig {
        secret: SECRET.to_owned(),
        gateways: vec![Kind::G1, Kind::G2, Kind::G3, Kind::G4, Kind::G5],
        ..SimConfig::default()
    };
    let running = start(config).await.expect("simulators");
    let base = format!("http://{}", running.addr);
    (running, base)
}

fn http() -> HttpClient {
    HttpClient::new(&Settings::default()).expect("client")
}

fn bbb(base: &str, secret: &str) -> BbbClient {
    BbbClient::new(base, SecretString::from(secret), Digest::Sha256, http()).expect("base")
}

async fn json_at(url: String) -> Value {
    let text = reqwest::get(url).await.expect("answer").text().await.expect("text");
    serde_json::from_str(&text).expect("json")
}

#[tokio::test]
async fn a_room_is_created_watched_spoken_into_and_ended() {
    let (running, base) = simulators().await;
    let good = bbb(&base, SECRET);
    assert_eq!(good.check_secret().await, Ok(SecretCheck::Good));
    assert_eq!(bbb(&base, "no").check_secret().await, Ok(SecretCheck::Wrong));
    assert_eq!(good.version().await.expect("version").api, "2.0");

    assert_eq!(good.meeting_info("room-42").await, Ok(None));
    let room = CreateRoom {
        id: "room-42".to_owned(),
        name: "Réunion publique".to_owned(),
        options: vec![("endWhenNoModerator", "true".to_owned())],
        ..CreateRoom::default()
    };
    let created = good.create(&room).await.expect("created");
    assert!(!created.duplicate);
    let again = good.create(&room).await.expect("found");
    assert!(again.duplicate);
    assert_eq!(
        (again.create_time, &again.internal_id),
        (created.create_time, &created.internal_id)
    );

    let info = good.meeting_info("room-42").await.expect("info").expect("there");
    assert_eq!((info.create_time, info.running), (created.create_time, false));
    assert_eq!(
        good.send_chat("room-42", "Ada (direct)", "oui").await,
        Err(ChatError::RoomEmpty)
    );

    let join = Join {
        meeting_id: "room-42".to_owned(),
        full_name: "Awa D.".to_owned(),
        role: Role::Moderator,
        user_id: "p-7".to_owned(),
        create_time: created.create_time,
        bot: false,
        exclude_from_dashboard: false,
        guest: false,
        userdata: Vec::new(),
        error_redirect_url: None,
        logout_url: None,
    };
    let browser = amphi_sim::http::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("browser");
    let joined = browser.get(good.join_url(&join)).send().await.expect("join");
    assert_eq!(joined.status(), 302);
    let to = joined.headers()["location"].to_str().expect("text");
    assert!(to.contains("sessionToken="), "{to}");

    // A person is in the room once the browser has opened BBB's client, not by the redirect alone.
    let client = reqwest::Url::parse(&base)
        .and_then(|base| base.join(to))
        .expect("address");
    assert_eq!(browser.get(client).send().await.expect("client").status(), 200);

    let info = good.meeting_info("room-42").await.expect("info").expect("there");
    assert!(info.running);
    assert_eq!(
        (info.attendees[0].user_id.as_str(), info.attendees[0].moderator),
        ("p-7", true)
    );
    assert_eq!(good.meetings().await.expect("list")[0].id, "room-42");

    let text = "Bonjour à tous 👋 <b> & 'quotes'";
    assert_eq!(good.send_chat("room-42", "Ada (direct)", text).await, Ok(()));
    let lines = json_at(format!("{base}/sim/meetings/room-42/chat")).await;
    let lines = lines.to_string();
    assert!(
        lines.contains(&json!(text).to_string()) && lines.contains("Ada (direct)"),
        "{lines}"
    );

    let hook = good
        .hooks_create("http://127.0.0.1:9/h", "room-42", &["user-joined"])
        .await
        .expect("hook");
    assert!(!hook.duplicate);
    assert!(
        good.hooks_list(None)
            .await
            .expect("list")
            .iter()
            .any(|one| one.id == hook.id)
    );
    assert_eq!(good.hooks_destroy(&hook.id).await, Ok(true));
    assert_eq!(good.hooks_destroy(&hook.id).await, Ok(false));

    assert_eq!(good.end("room-42").await, Ok(EndOutcome::Asked));
    assert_eq!(good.end("room-42").await, Ok(EndOutcome::AlreadyGone));
    assert_eq!(good.meeting_info("room-42").await, Ok(None));
    running.stop().await;
}

#[tokio::test]
async fn every_generation_is_detected_and_driven() {
    let (running, base) = simulators().await;
    let http = http();
    let list = json_at(format!("{base}/sim/gateways")).await;
    let list = list.as_array().expect("a list").clone();
    assert_eq!(list.len(), 5);
    for one in list {
        let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
        let generation: Generation = text("generation").parse().expect("generation");
        let (server_url, gw_id) = (text("server_url"), text("gw_id"));
        let times = GatewayTimes::default();
        let checked = !matches!(generation, Generation::G4 | Generation::G5);
        for (token, expected) in [(text("token"), TokenCheck::Good), ("no".to_owned(), TokenCheck::Wrong)] {
            let token = SecretString::from(token);
            let found = detect(&http, &server_url, &token, Some(&gw_id), times).await;
            assert_eq!(found.generation, Some(generation), "{found:?}");
            assert_eq!(found.token, if checked { expected } else { TokenCheck::NotChecked });
        }
        let address = |token: &str| GatewayAddress {
            server_url: server_url.clone(),
            token: SecretString::from(token),
            gw_id: Some(gw_id.clone()),
            chat_redis: None,
        };
        let order = StartOrder {
            room: "ab12cd34ef".to_owned(),
            robot_domain: "amphi.example.org/robot".to_owned(),
            rtmp_url: text("rtmp_url"),
            meeting: "room-42".to_owned(),
            robot_name: "Live ABC".to_owned(),
            chat_shown: true,
        };
        if checked {
            let stranger = driver(generation, address("no"), http.clone(), times);
            assert!(matches!(stranger.start(&order).await, StartOutcome::Refused { .. }));
            assert_eq!(stranger.state(&order.room).await, StateAnswer::WrongToken);
        }
        let gateway = driver(generation, address(&text("token")), http.clone(), times);
        let told = matches!(generation, Generation::G3 | Generation::G4 | Generation::G5);
        let state = |known| if told { known } else { StateAnswer::CannotTell };
        assert_eq!(gateway.state(&order.room).await, state(StateAnswer::Down));
        assert_eq!(gateway.start(&order).await, StartOutcome::Started, "{generation:?}");
        assert_eq!(gateway.state(&order.room).await, state(StateAnswer::Running));
        let second = StartOrder {
            room: "zz99zz99zz".to_owned(),
            ..order.clone()
        };
        assert!(
            matches!(gateway.start(&second).await, StartOutcome::Refused { .. }),
            "{generation:?}"
        );
        let line = gateway.chat(&order.room, "Ada L", "c'est \"bon\"").await;
        if checked {
            assert_eq!(line, ChatOutcome::HandedOver, "{generation:?}");
        } else {
            assert_eq!(line, ChatOutcome::Unsupported);
        }
        assert_eq!(gateway.stop(&order.room).await, StopOutcome::Stopped, "{generation:?}");
        assert_eq!(
            gateway.stop(&order.room).await,
            StopOutcome::AlreadyStopped,
            "{generation:?}"
        );
        assert_eq!(gateway.state(&order.room).await, state(StateAnswer::Down));
    }
    tokio::time::timeout(Duration::from_secs(10), running.stop())
        .await
        .expect("stopped");
}
