//! What G4 and G5 have in common: `/gateway/*`, no token at all, one container by its `gw_id` (gateway contract §2.7).

use std::time::Duration;

use serde_json::{Value, json};

use super::answer::Said;
use super::webpy::{start_failed, stop_failed, unsafe_order};
use super::{GatewayAddress, GatewayTimes, StartOrder, StartOutcome, StateAnswer, StopOutcome};
use crate::bbb::Query;
use crate::outgoing::{Call, GATEWAY_CAP, HttpClient, OutError, Payload, Trust};

pub(super) struct Api {
    base: String,
    gw_id: String,
    http: HttpClient,
    times: GatewayTimes,
}

impl Api {
    pub(super) fn new(address: GatewayAddress, http: HttpClient, times: GatewayTimes) -> Self {
        let base = address.server_url.trim_end_matches('/').to_owned();
        Self {
            base,
            gw_id: address.gw_id.unwrap_or_default(),
            http,
            times,
        }
    }

    async fn post(&self, path: &str, body: &Value, deadline: Duration) -> Result<Said, OutError> {
        let payload = Payload {
            content_type: "application/json",
            bytes: body.to_string().into(),
        };
        let call = Call::get(format!("{}{path}", self.base), Trust::Admin, deadline, GATEWAY_CAP).post(payload);
        Ok(Said::read(&self.http.send(call).await?))
    }

    async fn status(&self) -> Result<Said, OutError> {
        let query = Query::new().with("gw_id", &self.gw_id);
        let url = format!("{}/gateway/status?{}", self.base, query.as_str());
        let call = Call::get(url, Trust::Admin, self.times.status, GATEWAY_CAP);
        Ok(Said::read(&self.http.send(call).await?))
    }

    /// Asks before it starts: a start of a working container succeeds and takes it away from the room it is in.
    pub(super) async fn start(&self, order: &StartOrder) -> StartOutcome {
        if self.gw_id.is_empty() {
            return StartOutcome::Refused {
                why: "this generation needs the container's gw_id".to_owned(),
            };
        }
        if let Some(why) = unsafe_order(order) {
            return StartOutcome::Refused { why: why.to_owned() };
        }
        match self.status().await {
            Ok(said) if said.text("/data/gw_state") == Some("up") => {
                return StartOutcome::Refused {
                    why: "the gateway is already working".to_owned(),
                };
            }
            Ok(_) => {}
            Err(error) => {
                return StartOutcome::Refused {
                    why: format!("no status: {error}"),
                };
            }
        }
        let body = json!({
            "room": order.room,
            "gw_id": self.gw_id,
            "main_app": "streaming",
            "browsing_name": "bigbluebutton",
            "rtmp_dst": order.rtmp_url,
        });
        match self.post("/gateway/start", &body, self.times.start).await {
            Ok(said) => read_start(&said),
            Err(error) => start_failed(&error),
        }
    }

    pub(super) async fn stop(&self) -> StopOutcome {
        match self
            .post("/gateway/stop", &json!({ "gw_id": self.gw_id }), self.times.stop)
            .await
        {
            Ok(said) => read_stop(&said),
            Err(error) => stop_failed(&error),
        }
    }

    pub(super) async fn state(&self, room: &str) -> StateAnswer {
        match self.status().await {
            Ok(said) => read_state(&said, room),
            Err(_) => StateAnswer::Unreachable,
        }
    }
}

pub(super) fn read_start(said: &Said) -> StartOutcome {
    let why = said.why();
    let success = said.text("/status") == Some("success");
    match said.status {
        200 if success && said.text("/data/processing_state") == Some("working") => StartOutcome::Started,
        200 if said.text("/status") == Some("error") => StartOutcome::FailedMaybeRunning { why },
        // The framework's own shapes: nothing of the launcher ran.
        400 | 401 | 403 | 405 | 422 => StartOutcome::Refused { why },
        404 if said.text("/detail").is_some() => StartOutcome::Refused { why },
        // "Expecting value…" is said of a container that runs, "Failed to start" of one that may.
        404 | 500 => StartOutcome::FailedMaybeRunning { why },
        _ => StartOutcome::Unknown { why },
    }
}

pub(super) fn read_stop(said: &Said) -> StopOutcome {
    if said.error().is_some_and(|text| text.contains("no running container")) {
        return StopOutcome::AlreadyStopped;
    }
    match said.status {
        200 if said.text("/data/processing_state") == Some("stopped") => StopOutcome::Stopped,
        400 | 401 | 403 | 404 | 405 | 422 => StopOutcome::Failed { why: said.why() },
        _ => StopOutcome::Unknown,
    }
}

pub(super) fn read_state(said: &Said, room: &str) -> StateAnswer {
    match (said.status, said.text("/data/gw_state")) {
        (200, Some("up")) => match said.text("/data/room") {
            // G5 names the room once the robot is past its menu; a mapper may have put a path before it.
            Some(other) if !other.is_empty() && !other.ends_with(room) => StateAnswer::CannotTell,
            _ => StateAnswer::Running,
        },
        (200, Some("down")) => StateAnswer::Down,
        (401, _) => StateAnswer::WrongToken,
        _ if said.is_front() => StateAnswer::Unreachable,
        _ => StateAnswer::CannotTell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str) -> Said {
        Said {
            status,
            json: serde_json::from_str(body).ok(),
            excerpt: body.to_owned(),
        }
    }

    #[test]
    fn starts() {
        let ok = r#"{"status":"success","error":null,"data":{"processing_state":"working","gw_id":"ID"}}"#;
        assert_eq!(read_start(&said(200, ok)), StartOutcome::Started);
        for body in [
            r#"{"status":"error","error":{"code":404,"detail":"Failed to start gateway container"},"data":null}"#,
            r#"{"status":"error","error":{"code":404,"detail":"Expecting value: line 1 column 1 (char 0)"},"data":null}"#,
        ] {
            assert!(matches!(
                read_start(&said(404, body)),
                StartOutcome::FailedMaybeRunning { .. }
            ));
            assert!(matches!(
                read_start(&said(200, body)),
                StartOutcome::FailedMaybeRunning { .. }
            ));
        }
        let invalid = r#"{"status":"error","error":"Invalid input","message":[]}"#;
        assert!(matches!(read_start(&said(422, invalid)), StartOutcome::Refused { .. }));
        assert!(matches!(
            read_start(&said(404, r#"{"detail":"Not Found"}"#)),
            StartOutcome::Refused { .. }
        ));
        assert!(matches!(
            read_start(&said(200, r#"{"status":"success"}"#)),
            StartOutcome::Unknown { .. }
        ));
    }

    #[test]
    fn stops_and_states() {
        let stopped = r#"{"status":"success","error":null,"data":{"processing_state":"stopped"}}"#;
        assert_eq!(read_stop(&said(200, stopped)), StopOutcome::Stopped);
        let again =
            r#"{"status":"error","error":{"code":404,"detail":"no running container for gw_id=ID"},"data":null}"#;
        assert_eq!(read_stop(&said(404, again)), StopOutcome::AlreadyStopped);
        assert!(matches!(
            read_stop(&said(404, r#"{"detail":"Not Found"}"#)),
            StopOutcome::Failed { .. }
        ));
        let up = r#"{"status":"success","data":{"gw_state":"up","gw_id":"ID","browsing":"","room":""}}"#;
        assert_eq!(read_state(&said(200, up), "r"), StateAnswer::Running);
        let other = r#"{"status":"success","data":{"gw_state":"up","gw_id":"ID","room":"zz"}}"#;
        assert_eq!(read_state(&said(200, other), "ab"), StateAnswer::CannotTell);
        let down = r#"{"status":"success","data":{"gw_state":"down","detail":"exited"}}"#;
        assert_eq!(read_state(&said(200, down), "r"), StateAnswer::Down);
        let none = r#"{"status":"error","error":{"code":500,"detail":"argument of type 'NoneType' is not iterable"},"data":null}"#;
        assert_eq!(read_state(&said(500, none), "r"), StateAnswer::CannotTell);
    }
}
