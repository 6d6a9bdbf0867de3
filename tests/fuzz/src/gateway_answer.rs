//! Answers of gateways, in every dialect.

use amphi::gateways::{ChatOutcome, Generation, StartOutcome, StateAnswer, StopOutcome, reading};

/// An encoder answers nothing.
const GENERATIONS: [Generation; 7] = [
    Generation::G1,
    Generation::G2,
    Generation::G3,
    Generation::G4,
    Generation::G5,
    Generation::Pool,
    Generation::LiveStreaming,
];
const STATUSES: [u16; 16] = [
    200, 201, 204, 302, 400, 401, 403, 404, 405, 413, 422, 500, 502, 503, 504, 599,
];
/// What no outcome may say.
const KEY: &str = "s3cr3tkey";

/// See the module. The first byte says which status comes with the rest.
pub fn check(data: &[u8]) {
    let (first, body) = super::choice(data);
    let status = STATUSES[first % STATUSES.len()];
    let own = body.windows(KEY.len()).any(|window| window == KEY.as_bytes());
    outcomes(status, body, own);
    // An answer that repeats the order, as validation errors and debug pages do.
    let order = [body, b" rtmp://broadcaster.example/live/s3cr3tkey?k=1\""].concat();
    outcomes(status, &order, own);
    if let Ok(text) = str::from_utf8(body) {
        let repeated = format!("{text}, 'rtmpDst=rtmp%3A%2F%2Fbroadcaster.example%2Flive%2F{KEY}'");
        let error = serde_json::json!({ "error": repeated, "res": repeated, "type": repeated, "status": text });
        outcomes(status, error.to_string().as_bytes(), own);
    }
}

/// `own`: the bytes that were made up hold the key already.
fn outcomes(status: u16, body: &[u8], own: bool) {
    let fit = |why: &str| {
        assert!(why.chars().count() <= 320 && !why.contains(char::is_control), "{why:?}");
        assert!(own || !why.contains(KEY), "{why:?}");
    };
    for generation in GENERATIONS {
        match reading::start(generation, status, body) {
            // Only an answer of the gateway itself says that something runs.
            StartOutcome::Started => assert_eq!(status, 200),
            StartOutcome::Refused { why } => {
                // Taken as "surely not running": never what a server in front of it says, nor what nobody understands.
                // A pool that is full says so with 503, in its own words.
                let full = generation == Generation::Pool && status == 503 && why.contains("No available");
                assert!(full || !matches!(status, 500..=599), "{status}");
                fit(&why);
            }
            StartOutcome::FailedMaybeRunning { why } | StartOutcome::Unknown { why } => fit(&why),
        }
        match reading::stop(generation, status, body) {
            StopOutcome::Stopped => assert_eq!(status, 200),
            StopOutcome::AlreadyStopped => assert!(serde_json::from_slice::<serde_json::Value>(body).is_ok()),
            StopOutcome::Failed { why } => fit(&why),
            StopOutcome::Unknown => {}
        }
        match reading::state(generation, status, body, "ab12cd34ef") {
            StateAnswer::Running => assert_eq!(status, 200),
            StateAnswer::Down => {
                let by_404 = matches!(generation, Generation::Pool | Generation::LiveStreaming);
                assert!(status == 200 || (by_404 && status == 404), "{generation:?} {status}");
            }
            StateAnswer::WrongToken => assert_eq!(status, 401),
            StateAnswer::CannotTell | StateAnswer::Unreachable => {}
        }
        match reading::chat(generation, status, body) {
            ChatOutcome::HandedOver => assert_eq!(status, 200),
            ChatOutcome::NotSent { why } | ChatOutcome::Unknown { why } => fit(&why),
            ChatOutcome::TooLong => panic!("an answer says nothing of a length"),
            ChatOutcome::Unsupported => {
                assert!(!matches!(generation, Generation::G1 | Generation::G2 | Generation::G3));
            }
        }
    }
}
