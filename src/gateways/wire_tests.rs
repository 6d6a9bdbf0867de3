//! Drivers and detection against launchers that say what each generation says (gateway contract §2, §9).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use amphi_events::gateway::{Health, HealthCause};
use secrecy::SecretString;

use super::detect::{Doing, TokenCheck, detect};
use super::playlist::{NotYet, Probe, ProbeError, ProbeMemory, probe};
use super::{
    ChatOutcome, FlipOutcome, GatewayAddress, GatewayDriver, GatewayTimes, Generation, StartOrder, StartOutcome,
    StateAnswer, StopOutcome, driver,
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
        chat_redis: None,
    };
    driver(generation, address, http(), times())
}

fn order() -> StartOrder {
    StartOrder {
        room: "ab12cd34ef".to_owned(),
        robot_domain: "amphi.univ.fr/robot".to_owned(),
        rtmp_url: "rtmp://live.univ.fr/live/name?key=1".to_owned(),
        meeting: "room-42".to_owned(),
        robot_name: "Live ABC".to_owned(),
        chat_shown: true,
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

/// Census W7: the wrapper says success, what is in it says error.
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

/// Census C4: a line was sent without the token, with quotes changed alone: line breaks and backslashes broke the gateway's own JSON.
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
    let head = server.seen()[0].to_ascii_lowercase();
    assert!(head.contains("authorization: bearer 1234\r\n"), "{head}");
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
            _ => lossy.is_none(),
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

/// What the proxy of a pool says: its books, and the answers of a gateway behind it.
fn proxy(books: &'static str, started: (u16, &'static str)) -> impl Fn(&str) -> Reply + Send + Sync + 'static {
    move |request: &str| {
        let right = request.to_ascii_lowercase().contains("authorization: bearer 1234\r\n");
        let first = request.lines().next().unwrap_or_default();
        match first.split(' ').take(2).collect::<Vec<_>>().as_slice() {
            ["GET", "/openapi.json"] => Reply::json(200, r#"{"paths":{"/register":{},"/start":{},"/interact":{}}}"#),
            _ if !right => Reply::json(401, r#"{"error": "authorization error invalid_token "}"#),
            ["POST", "/start"] if !request.contains("\"room\"") => Reply::json(
                400,
                r#"{"status":"error","error":{"code":400,"detail":"Missing 'room' parameter"},"data":null}"#,
            ),
            ["POST", "/start"] => Reply::json(started.0, started.1),
            ["GET", path] if path.starts_with("/status?room=ab12cd34ef") && books.is_empty() => Reply::json(
                404,
                r#"{"status":"error","error":{"code":404,"detail":"No gateway found for room 'ab12cd34ef'"},"data":null}"#,
            ),
            ["GET", path] if path.starts_with("/status?room=ab12cd34ef") => Reply::json(200, books),
            ["POST", "/stop"] if request.contains(r#"{"gw_id":"ID"}"#) => Reply::json(
                200,
                r#"{"status":"success","error":null,"data":{"processing_state":"stopped"}}"#,
            ),
            _ => Reply::json(404, r#"{"detail":"Not Found"}"#),
        }
    }
}

const TAKEN: &str = r#"{"status":"success","error":null,"data":{"processing_state":"working","gw_id":"ID"}}"#;

#[tokio::test]
async fn a_pool_is_found_out_and_nothing_is_started_there() {
    let server = RawServer::start(proxy("", (200, TAKEN))).await;
    for (token, expected, health) in [
        ("1234", TokenCheck::Good, Health::Up),
        ("no", TokenCheck::Wrong, Health::WrongToken),
        ("", TokenCheck::Wrong, Health::WrongToken),
    ] {
        let found = detect(&http(), &server.base, &SecretString::from(token), None, times()).await;
        assert_eq!(
            (found.generation, found.token, found.health),
            (Some(Generation::Pool), expected, health)
        );
    }
    assert!(!server.seen().iter().any(|request| request.contains("\"room\"")));
}

#[tokio::test]
async fn a_pool_gives_one_gateway_to_one_room_and_stops_it_by_the_name_in_its_books() {
    let books = r#"{"status":"success","data":{"gw_id":"ID","gw_state":"working","room":"ab12cd34ef"}}"#;
    let server = RawServer::start(proxy(books, (200, TAKEN))).await;
    let pool = gateway(Generation::Pool, &server.base);
    assert_eq!(pool.start(&order()).await, StartOutcome::Started);
    assert_eq!(pool.state("ab12cd34ef").await, StateAnswer::Running);
    assert_eq!(pool.stop("ab12cd34ef").await, StopOutcome::Stopped);
    let start = server
        .seen()
        .into_iter()
        .find(|r| r.starts_with("POST /start"))
        .expect("a start");
    // The proxy looks at one of the two, the gateway behind it at the other.
    assert!(start.contains(r#""browsing":"bigbluebutton""#) && start.contains(r#""browsing_name":"bigbluebutton""#));

    // The allotment race: the start was taken, and the gateway is another room's.
    let race = RawServer::start(proxy("", (200, TAKEN))).await;
    let pool = gateway(Generation::Pool, &race.base);
    assert!(matches!(
        pool.start(&order()).await,
        StartOutcome::FailedMaybeRunning { .. }
    ));
    assert_eq!(pool.stop("ab12cd34ef").await, StopOutcome::AlreadyStopped);
    let other = r#"{"status":"success","data":{"gw_id":"OTHER","gw_state":"working","room":"ab12cd34ef"}}"#;
    let race = RawServer::start(proxy(other, (200, TAKEN))).await;
    let pool = gateway(Generation::Pool, &race.base);
    assert!(matches!(
        pool.start(&order()).await,
        StartOutcome::FailedMaybeRunning { .. }
    ));

    let full = r#"{"status":"error","error":{"code":503,"detail":"No available gateways"},"data":null}"#;
    let server = RawServer::start(proxy("", (503, full))).await;
    let pool = gateway(Generation::Pool, &server.base);
    assert!(matches!(pool.start(&order()).await, StartOutcome::Refused { .. }));
}

#[tokio::test]
async fn two_starts_at_a_pool_go_one_after_the_other() {
    let (at_once, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let books = r#"{"status":"success","data":{"gw_id":"ID","gw_state":"working","room":"ab12cd34ef"}}"#;
    let (counting, seen) = (at_once.clone(), most.clone());
    let server = RawServer::start(move |request: &str| {
        // From a start to the look into the books nobody else starts.
        if request.starts_with("POST /start") {
            seen.fetch_max(counting.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        } else if request.starts_with("GET /status") {
            counting.fetch_sub(1, Ordering::SeqCst);
        }
        proxy(books, (200, TAKEN))(request)
    })
    .await;
    let order = order();
    let starts = (0..6).map(|_| {
        let pool = gateway(Generation::Pool, &server.base);
        let order = order.clone();
        async move { pool.start(&order).await }
    });
    let all = futures_util::future::join_all(starts).await;
    assert!(all.iter().all(|outcome| *outcome == StartOutcome::Started));
    assert_eq!(most.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_runner_is_found_out_told_and_asked() {
    let server = RawServer::start(|request| {
        let right = request.to_ascii_lowercase().contains("authorization: bearer 1234\r\n");
        let first = request.lines().next().unwrap_or_default();
        match first.split(' ').take(2).collect::<Vec<_>>().as_slice() {
            ["GET", "/runner"] => Reply::json(
                if right { 200 } else { 401 },
                r#"{"runner":"bigbluebutton-livestreaming","version":1}"#,
            ),
            // What is no call of it is none whatever the token: else it would look like a generation 3.
            ["POST", "/start" | "/stop"] | ["GET", "/state?room=ab12cd34ef"] if !right => {
                Reply::json(401, r#"{"error":"token"}"#)
            }
            ["POST", "/start"] => Reply::json(200, r#"{"state":"started"}"#),
            ["POST", "/stop"] => Reply::json(404, r#"{"state":"none"}"#),
            ["GET", "/state?room=ab12cd34ef"] => Reply::json(200, r#"{"state":"running"}"#),
            _ => Reply::json(404, r#"{"error":"no such path"}"#),
        }
    })
    .await;
    for (token, expected) in [("1234", TokenCheck::Good), ("no", TokenCheck::Wrong)] {
        let found = detect(&http(), &server.base, &SecretString::from(token), None, times()).await;
        assert_eq!(
            (found.generation, found.token),
            (Some(Generation::LiveStreaming), expected),
            "{found:?}"
        );
    }
    let runner = gateway(Generation::LiveStreaming, &server.base);
    assert_eq!(runner.start(&order()).await, StartOutcome::Started);
    assert_eq!(runner.state("ab12cd34ef").await, StateAnswer::Running);
    assert_eq!(runner.stop("ab12cd34ef").await, StopOutcome::AlreadyStopped);
    assert_eq!(
        runner.chat("ab12cd34ef", "Ada", "hello").await,
        ChatOutcome::Unsupported,
        "no Redis is said"
    );
    let start = server
        .seen()
        .into_iter()
        .find(|r| r.starts_with("POST /start"))
        .expect("a start");
    assert!(start.contains(r#""BBB_MEETING_ID":"room-42""#), "{start}");
    assert!(!start.contains("BBB_SECRET") && !start.contains("BBB_URL"), "{start}");
}

#[tokio::test]
async fn a_flip_of_the_chat_pane_is_done_not_done_or_unknown() {
    for (reply, expected) in [
        (Reply::json(200, r#"{"res": "ok"}"#), "done"),
        (
            Reply::json(200, r#"{"res": "nc: getaddrinfo: Name or service not known"}"#),
            "not done",
        ),
        (Reply::json(401, r#"{"Error": "authorization error"}"#), "not done"),
        (Reply::html(500), "unknown"),
        (Reply::Hang, "unknown"),
    ] {
        let server = RawServer::saying(reply.clone()).await;
        for generation in [Generation::G1, Generation::G2, Generation::G3] {
            let said = match gateway(generation, &server.base).flip_chat_pane("ab12cd34ef").await {
                FlipOutcome::Flipped => "done",
                FlipOutcome::NotDone { .. } => "not done",
                FlipOutcome::Unknown { .. } => "unknown",
            };
            assert_eq!(said, expected, "{generation:?} {reply:?}");
        }
        assert!(server.seen()[0].starts_with("GET /chat?room=ab12cd34ef&toggle=True "));
    }
    // Where a generation has no flip, nothing is sent.
    let server = RawServer::saying(Reply::json(200, "{}")).await;
    for generation in [
        Generation::G4,
        Generation::G5,
        Generation::Pool,
        Generation::LiveStreaming,
        Generation::Encoder,
    ] {
        let outcome = gateway(generation, &server.base).flip_chat_pane("ab12cd34ef").await;
        assert!(matches!(outcome, FlipOutcome::NotDone { .. }));
    }
    assert!(server.seen().is_empty());
}
