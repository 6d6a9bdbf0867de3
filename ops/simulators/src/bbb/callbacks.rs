//! Callbacks of BBB itself: the end of a meeting (§4.1) and a recording that is ready (§4.2).

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use url::Url;

use super::meeting::Meeting;
use super::recordings::Recording;
use crate::Sim;
use crate::faults::Kind;

/// Waits before each attempt of an end callback, in simulated seconds.
const ATTEMPTS: [u64; 5] = [0, 30, 60, 120, 300];

/// Starts the callbacks of a meeting that ended.
pub fn ended(sim: &Arc<Sim>, meeting: &Meeting) {
    if meeting.flag("isBreakout") {
        return;
    }
    if let Some(url) = meeting.metas.get("endcallbackurl")
        && let Ok(mut url) = Url::parse(url)
    {
        url.query_pairs_mut()
            .append_pair("recordingmarks", if meeting.recording_marks { "true" } else { "false" })
            .append_pair("meetingID", &meeting.id);
        start(sim, &url);
    }
    if let Ok(url) = Url::parse(meeting.text("meetingEndedURL")) {
        start(sim, &url);
    }
}

fn start(sim: &Arc<Sim>, url: &Url) {
    let fault = sim.faults.take_if("callback", |kind| {
        matches!(kind, Kind::Drop | Kind::Double | Kind::Slow | Kind::Reorder)
    });
    let kind = fault.as_ref().map(|fault| fault.kind);
    if kind == Some(Kind::Drop) {
        return;
    }
    let late = match kind {
        Some(Kind::Slow | Kind::Reorder) => fault.and_then(|fault| fault.ms).unwrap_or(1000),
        _ => 0,
    };
    let copies = if kind == Some(Kind::Double) { 2 } else { 1 };
    for _ in 0..copies {
        let (task_sim, url) = (Arc::clone(sim), url.clone());
        let closing = sim.faults.closing().clone();
        tokio::spawn(async move {
            let all = async {
                tokio::time::sleep(Duration::from_millis(late)).await;
                attempts(&task_sim, &url).await;
            };
            closing.run_until_cancelled(all).await;
        });
    }
}

async fn attempts(sim: &Sim, url: &Url) {
    for wait in ATTEMPTS {
        tokio::time::sleep(sim.settings().real(Duration::from_secs(wait))).await;
        match sim.bbb.http.get(url.clone()).send().await {
            Ok(response) if response.status().is_success() => return,
            Ok(response) => tracing::debug!(status = %response.status(), "end callback refused"),
            Err(error) => tracing::debug!(%error, "end callback not delivered"),
        }
    }
}

/// Tells that a format of a recording is published: one POST a format, one attempt (§4.2).
pub fn recording_ready(sim: &Arc<Sim>, recording: &Recording) {
    let Some(url) = [
        "bbb-recording-ready-url",
        "bn-recording-ready-url",
        "canvas-recording-ready-url",
    ]
    .iter()
    .find_map(|name| recording.metas.get(*name))
    .cloned() else {
        return;
    };
    let jwt = signed_parameters(&sim.bbb.secret, &recording.meeting_id, &recording.id);
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("signed_parameters", &jwt)
        .finish();
    let formats = recording.formats.len();
    let (task_sim, closing) = (Arc::clone(sim), sim.faults.closing().clone());
    tokio::spawn(async move {
        let all = async {
            for _ in 0..formats {
                let sent = task_sim
                    .bbb
                    .http
                    .post(&url)
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(body.clone())
                    .send()
                    .await;
                if let Err(error) = sent {
                    tracing::debug!(%error, "recording-ready not delivered");
                }
            }
        };
        closing.run_until_cancelled(all).await;
    });
}

/// The JWT of recording-ready: HS256, neither `exp` nor `iat`.
pub fn signed_parameters(secret: &str, meeting: &str, record: &str) -> String {
    let payload = format!(
        "{{\"meeting_id\":{},\"record_id\":{}}}",
        serde_json::Value::from(meeting),
        serde_json::Value::from(record)
    );
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#),
        URL_SAFE_NO_PAD.encode(payload)
    );
    // HMAC takes a key of any length, so there is no error to report.
    let Ok(mut mac) = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()) else {
        return signed;
    };
    mac.update(signed.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    format!("{signed}.{signature}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vector_of_recording_ready() {
        assert_eq!(
            signed_parameters("s3cr3t-for-test-vectors-0001", "room-42", "abc-1700000000000"),
            "eyJhbGciOiJIUzI1NiJ9.eyJtZWV0aW5nX2lkIjoicm9vbS00MiIsInJlY29yZF9pZCI6ImFiYy0xNzAwMDAwMDAwMDAwIn0.cDxLwraIHJ7QZoXk0ofIWAGz7VL0H57s4GW-L5bp58o"
        );
    }
}
