//! Drivers and detection against launchers that say what each generation says (gateway contract §2, §9).

use std::time::Duration;

use amphi_events::gateway::{Health, HealthCause};
use secrecy::SecretString;

use super::detect::{Doing, TokenCheck, detect};
use super::playlist::{NotYet, Probe, ProbeError, ProbeMemory, probe};
use super::{
    ChatOutcome, GatewayAddress, GatewayDriver, GatewayTimes, Generation, StartOrder, StartOutcome, StateAnswer,
    StopOutcome, driver,
};
use crate::outgoing::raw_server::{RawServer, Reply};
use crate::outgoing::{HttpClient, OutError, Settings, Trust};

fn http() -> HttpClient {
    HttpClient::new(&Settings {
        connect: Duration::from_millis(200),
        ..Settings::default()
    })
    .expect("client")
}

fn times() -> GatewayTimes {
    let short = Duration::from_millis(300);
    GatewayTimes {
        start: short,
        stop: short,
        status: short,
        chat: short,
        command: short,
    }
}

fn gateway(generation: Generation, base: &str) -> std::sync::Arc<dyn GatewayDriver> {
    let address = GatewayAddress {
        server_url: base.to_owned(),
        token: SecretString::from("1234"),
        gw_id: Some("abc".to_owned()),
    };
    driver(generation, address, http(), times())
}

fn order() -> StartOrder {
    StartOrder {
        room: "ab12cd34ef".to_owned(),
        robot_domain: "amphi.univ.fr/robot".to_owned(),
        rtmp_url: "rtmp://live.univ.fr/live/name?key=1".to_owned(),
    }
}

const ALL: [Generation; 5] = [
    Generation::G1,
    Generation::G2,
    Generation::G3,
    Generation::G4,
    Generation::G5,
];

#[tokio::test]
async fn nothing_is_known_after_silence_and_nothing_ran_after_a_refused_connection() {
    for generation in ALL {
        // G4 and G5 ask for the state first: they must get an answer to that.
        for silent in [
            Reply::Hang,
            Reply::Reset,
            Reply::Http(200, "text/plain", String::new()),
            Reply::html(502),
        ] {
            let reply = silent.clone();
            let server = RawServer::start(move |request| {
                if request.contains("/status") {
                    Reply::json(
                        200,
                        r#"{"status":"success","error":null,"data":{"gw_state":"down","detail":"exited"}}"#,
                    )
                } else {
                    reply.clone()
                }
            })
            .await;
            let gateway = gateway(generation, &server.base);
            assert!(
                matches!(gateway.start(&order()).await, StartOutcome::Unknown { .. }),
                "{generation:?} {silent:?}"
            );
            assert_eq!(
                gateway.stop("ab12cd34ef").await,
                StopOutcome::Unknown,
                "{generation:?} {silent:?}"
            );
        }
        let gone = gateway(generation, "http://127.0.0.1:1");
        assert!(matches!(gone.start(&order()).await, StartOutcome::Refused { .. }));
        assert!(matches!(gone.stop("ab12cd34ef").await, StopOutcome::Failed { .. }));
        assert_eq!(gone.state("ab12cd34ef").await, StateAnswer::Unreachable);
    }
}

#[tokio::test]
async fn an_error_inside_a_success_is_an_error() {
    let busy = r#"{"status": "success", "details": {"res": "error", "type": "No free resources found"}}"#;
    let server = RawServer::saying(Reply::json(200, busy)).await;
    assert!(matches!(
        gateway(Generation::G2, &server.base).start(&order()).await,
        StartOutcome::Refused { .. }
    ));
    let request = &server.seen()[0];
    assert!(request.starts_with("GET /start?room=ab12cd34ef&domain=amphi.univ.fr%2Frobot&rtmpDst=rtmp%3A%2F%2Flive.univ.fr%2Flive%2Fname%3Fkey%3D1 "));
    assert!(request.to_ascii_lowercase().contains("authorization: bearer 1234"));
    assert!(!request.contains("from=") && !request.contains("loop="));
}

#[tokio::test]
async fn an_order_that_a_gateway_does_not_survive_is_never_sent() {
    let server = RawServer::saying(Reply::json(200, r#"{"res": "ok"}"#)).await;
    for generation in ALL {
        let gateway = gateway(generation, &server.base);
        for bad in [
            StartOrder {
                rtmp_url: "rtmp://h/live/it's".to_owned(),
                ..order()
            },
            StartOrder {
                room: "0".to_owned(),
                ..order()
            },
            StartOrder {
                robot_domain: "h/$(x)".to_owned(),
                ..order()
            },
        ] {
            assert!(matches!(gateway.start(&bad).await, StartOutcome::Refused { .. }));
        }
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_working_container_is_not_taken_away_from_its_room() {
    let up = r#"{"status":"success","error":null,"data":{"gw_state":"up","gw_id":"abc","browsing":"","room":""}}"#;
    let server = RawServer::saying(Reply::json(200, up)).await;
    let gateway = gateway(Generation::G5, &server.base);
    assert!(matches!(gateway.start(&order()).await, StartOutcome::Refused { .. }));
    assert!(
        server
            .seen()
            .iter()
            .all(|request| request.starts_with("GET /gateway/status?gw_id=abc "))
    );
    assert_eq!(gateway.state("ab12cd34ef").await, StateAnswer::Running);
    assert_eq!(gateway.chat("ab12cd34ef", "Ada", "oui").await, ChatOutcome::Unsupported);
    assert!(gateway.chat_limits().is_none());
}

#[tokio::test]
async fn chat_is_made_safe_and_refused_when_long() {
    let server = RawServer::saying(Reply::json(200, r#"{"res": "ok"}"#)).await;
    let gateway = gateway(Generation::G2, &server.base);
    assert_eq!(
        gateway.chat("ab12cd34ef", "Ada \"L\"", "c'est\\ fini").await,
        ChatOutcome::HandedOver
    );
    assert!(
        server.seen()[0].ends_with(r#"{"msg":"(Ada ’L’) c’est fini","room":"ab12cd34ef"}"#),
        "{}",
        server.seen()[0]
    );
    assert_eq!(
        gateway.chat("ab12cd34ef", "Ada", &"x".repeat(900)).await,
        ChatOutcome::TooLong
    );
    assert_eq!(server.seen().len(), 1);
    assert!(gateway_limits_are_lossy_only_in_g3());
}

fn gateway_limits_are_lossy_only_in_g3() -> bool {
    ALL.into_iter().all(|generation| {
        let lossy = gateway(generation, "http://h").chat_limits().map(|limits| limits.lossy);
        match generation {
            Generation::G1 | Generation::G2 => lossy == Some(false),
            Generation::G3 => lossy == Some(true),
            Generation::G4 | Generation::G5 => lossy.is_none(),
        }
    })
}

/// The launchers of the contract's transcripts; a start with a room is an accident that fails the test.
fn launcher(generation: Generation, request: &str) -> Reply {
    assert!(
        !request.starts_with("GET /start?") && !request.starts_with("POST"),
        "{request}"
    );
    let path = request.split(' ').nth(1).unwrap_or_default();
    let good = request.to_ascii_lowercase().contains("authorization: bearer 1234\r\n");
    let plain = |status, body: &str| Reply::Http(status, "", body.to_owned());
    let fastapi = matches!(generation, Generation::G4 | Generation::G5);
    if fastapi {
        let extra = if generation == Generation::G5 {
            r#","/gateway/ivrConfig":{}"#
        } else {
            ""
        };
        return match path {
            "/openapi.json" => Reply::json(
                200,
                &format!(
                    r#"{{"openapi":"3.1.0","info":{{"title":"SIP Media Gateway API"}},"paths":{{"/gateway/start":{{}}{extra}}}}}"#
                ),
            ),
            "/gateway/status?gw_id=abc" => Reply::json(
                200,
                r#"{"status":"success","error":null,"data":{"gw_state":"down","detail":"exited"}}"#,
            ),
            _ => Reply::json(404, r#"{"detail":"Not Found"}"#),
        };
    }
    match path {
        "/start" if !good && generation == Generation::G1 => plain(401, "authorization error"),
        "/start" if !good => plain(401, r#"{"Error": "authorization error"}"#),
        "/start" if generation == Generation::G1 => plain(200, r#"{"Error": "a room name must be specified"}"#),
        "/start" => plain(400, r#"{"Error": "a room name must be specified"}"#),
        "/progress?room=zz-probe" if generation == Generation::G3 && good => {
            plain(200, r#"{"status": "success", "gw_state": "down"}"#)
        }
        "/progress?room=zz-probe" if generation == Generation::G3 => plain(401, r#"{"Error": "authorization error"}"#),
        _ => plain(404, "not found"),
    }
}

#[tokio::test]
async fn each_generation_is_known_by_its_answers_with_and_without_the_right_token() {
    for generation in ALL {
        let server = RawServer::start(move |request| launcher(generation, request)).await;
        for (token, expected) in [
            ("1234", TokenCheck::Good),
            ("wrong", TokenCheck::Wrong),
            ("", TokenCheck::Wrong),
        ] {
            let token = SecretString::from(token);
            let found = detect(&http(), &server.base, &token, Some("abc"), times()).await;
            assert_eq!(found.generation, Some(generation), "{found:?}");
            assert!(found.reachable);
            let checked = !matches!(generation, Generation::G4 | Generation::G5);
            assert_eq!(found.token, if checked { expected } else { TokenCheck::NotChecked });
        }
    }
}

#[tokio::test]
async fn what_is_no_gateway_is_said_to_be_none() {
    let token = SecretString::from("1234");
    let refusing = |cause| (Health::Refusing, Some(cause));
    for (reply, reachable, stands) in [
        (Reply::html(200), true, refusing(HealthCause::NotAGateway)),
        (
            Reply::html(502),
            false,
            (Health::Unreachable, Some(HealthCause::FrontServer)),
        ),
        (Reply::html(500), true, (Health::Unknown, None)),
        (Reply::html(403), true, (Health::Refusing, None)),
        (
            Reply::Http(404, "text/plain", "not found".to_owned()),
            true,
            refusing(HealthCause::TooOld),
        ),
        (
            Reply::json(200, r#"{"paths":{"/register":{},"/start":{}}}"#),
            true,
            refusing(HealthCause::Pool),
        ),
        (
            Reply::json(200, r#"{"paths":{"/pets":{}}}"#),
            true,
            refusing(HealthCause::NotAGateway),
        ),
        (Reply::Hang, false, (Health::Unreachable, None)),
        (Reply::Reset, false, (Health::Unreachable, None)),
    ] {
        let server = RawServer::saying(reply.clone()).await;
        let found = detect(&http(), &server.base, &token, None, times()).await;
        assert_eq!(
            (found.generation, found.reachable),
            (None, reachable),
            "{reply:?} {found:?}"
        );
        assert_eq!((found.health, found.cause), stands, "{reply:?} {found:?}");
    }
}

#[tokio::test]
async fn what_a_gateway_does_is_read_from_its_status() {
    let token = SecretString::from("");
    let ask = async |status: u16, body: &'static str, gw_id: Option<&str>| {
        let server = RawServer::start(move |request| {
            if request.starts_with("GET /gateway/status?gw_id=abc ") {
                Reply::json(status, body)
            } else {
                Reply::json(
                    200,
                    r#"{"info":{"title":"SIP Media Gateway API"},"paths":{"/gateway/start":{}}}"#,
                )
            }
        })
        .await;
        let found = detect(&http(), &server.base, &token, gw_id, times()).await;
        assert_eq!(found.generation, Some(Generation::G4));
        (found.health, found.cause, found.doing)
    };
    let up = |doing| (Health::Up, None, doing);
    let id = Some("abc");
    let said = r#"{"status":"success","data":{"gw_state":"down","detail":"exited"}}"#;
    assert_eq!(ask(200, said, id).await, up(Doing::Nothing));
    let said = r#"{"status":"success","data":{"gw_state":"up","gw_id":"abc"}}"#;
    assert_eq!(ask(200, said, id).await, up(Doing::Working(None)));
    let said = r#"{"status":"success","data":{"gw_state":"up","gw_id":"abc","room":"host/zz"}}"#;
    assert_eq!(ask(200, said, id).await, up(Doing::Working(Some("host/zz".to_owned()))));
    let refusing = |cause| (Health::Refusing, Some(cause), Doing::Unsaid);
    let said =
        r#"{"status":"error","error":{"code":500,"detail":"argument of type 'NoneType' is not iterable"},"data":null}"#;
    assert_eq!(ask(500, said, id).await, refusing(HealthCause::GwIdUnknown));
    let said = r#"{"status":"error","error":{"code":404,"detail":"Gateway not found"},"data":null}"#;
    assert_eq!(ask(404, said, id).await, refusing(HealthCause::GwIdUnknown));
    assert_eq!(ask(200, said, None).await, refusing(HealthCause::NoGwId));
    let said = r#"{"status":"error","error":{"code":500,"detail":"[Errno 2] No such file or directory"},"data":null}"#;
    assert_eq!(ask(500, said, id).await, (Health::Unknown, None, Doing::Unsaid));
}

/// A probe is up to three calls, each with its deadline: its own holds for all of them together.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_probe_ends_in_time() {
    let server = RawServer::start(move |_| {
        std::thread::sleep(Duration::from_millis(150));
        Reply::Http(404, "text/plain", "not found".to_owned())
    })
    .await;
    let found = detect(&http(), &server.base, &SecretString::from(""), None, times()).await;
    assert_eq!((found.health, found.reachable), (Health::Unreachable, false));
    let patient = GatewayTimes {
        status: Duration::from_secs(20),
        ..times()
    };
    let found = detect(&http(), &server.base, &SecretString::from(""), None, patient).await;
    assert_eq!(
        (found.health, found.cause),
        (Health::Refusing, Some(HealthCause::TooOld))
    );
}

#[tokio::test]
async fn a_playlist_moves_freezes_and_goes() {
    let step = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let at = std::sync::Arc::clone(&step);
    let server = RawServer::start(move |request| {
        let n = at.load(std::sync::atomic::Ordering::SeqCst);
        let kind = "application/vnd.apple.mpegurl";
        if request.starts_with("GET /master.m3u8 ") {
            let body = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nsub/live.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\nhttp://elsewhere.invalid/x.m3u8\n";
            return Reply::Http(200, kind, body.to_owned());
        }
        if request.starts_with("GET /far.m3u8 ") {
            return Reply::Http(200, kind, "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=2\nhttp://elsewhere.invalid/x.m3u8\n".to_owned());
        }
        if request.starts_with("GET /sub/live.m3u8 ") && n > 0 {
            let end = if n == 9 { "#EXT-X-ENDLIST\n" } else { "" };
            return Reply::Http(200, kind, format!("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-MEDIA-SEQUENCE:{n}\n#EXT-X-TARGETDURATION:3\n#EXTINF:3.000,\n{n}.ts\n{end}"));
        }
        Reply::html(if request.starts_with("GET /bad") { 200 } else { 404 })
    })
    .await;
    let http = http();
    let mut memory = ProbeMemory::default();
    let url = format!("{}/master.m3u8", server.base);
    let mut now = 0;
    for (n, after, expected) in [
        (0, 0, Probe::NotYet(NotYet::Missing)),
        (1, 4_000, Probe::NotYet(NotYet::FirstLook)),
        (2, 4_000, Probe::Moving),
        (2, 4_000, Probe::Moving),
        (2, 5_000, Probe::Frozen),
        (1, 4_000, Probe::Moving),
        (9, 4_000, Probe::Ended),
        (0, 4_000, Probe::NotYet(NotYet::Missing)),
    ] {
        step.store(n, std::sync::atomic::Ordering::SeqCst);
        now += after;
        assert_eq!(
            probe(&http, &url, Trust::Admin, now, &mut memory).await,
            expected,
            "step {n}"
        );
    }
    assert!(
        server.seen()[0]
            .to_ascii_lowercase()
            .contains("cache-control: no-cache")
    );
    let ask = |path: &str| format!("{}{path}", server.base);
    let mut fresh = ProbeMemory::default();
    assert_eq!(
        probe(&http, &ask("/bad"), Trust::Admin, 0, &mut fresh).await,
        Probe::Error(ProbeError::NotPlaylist)
    );
    assert_eq!(
        probe(&http, &ask("/far.m3u8"), Trust::Admin, 0, &mut fresh).await,
        Probe::Error(ProbeError::OtherHost)
    );
    assert_eq!(
        probe(&http, &ask("/far.m3u8"), Trust::Public, 0, &mut fresh).await,
        Probe::Error(ProbeError::Out(OutError::RefusedAddress))
    );
}
