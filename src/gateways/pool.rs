//! The proxy in front of a pool of SIPMediaGW (gateway contract §3.1, 1.8.x and main): one address, and whichever gateway is free.
//!
//! How much fits in is not known: 503 is full. A gateway behind it is named by the room it works for, so nothing needs to be remembered:
//! a program that was killed finds its run by the room's name.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::answer::Said;
use super::webpy::{start_failed, stop_failed, unsafe_order};
use super::{
    ChatLimits, ChatOutcome, GatewayAddress, GatewayDriver, GatewayTimes, Generation, StartOrder, StartOutcome,
    StateAnswer, StopOutcome,
};
use crate::bbb::Query;
use crate::outgoing::{Call, GATEWAY_CAP, HttpClient, OutError, Payload, Trust};

/// Two starts at the same moment are given the same gateway, and one of the rooms silently loses its container (gateway contract §3.1):
/// one at a time a proxy. One process has the data folder, so its turns are all there are.
static TURNS: LazyLock<std::sync::Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>> =
    LazyLock::new(Default::default);

fn turn(base: &str) -> Arc<tokio::sync::Mutex<()>> {
    let mut all = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
    all.entry(base.to_owned()).or_default().clone()
}

/// A pool behind its proxy.
pub struct Pool {
    base: String,
    address: GatewayAddress,
    http: HttpClient,
    times: GatewayTimes,
}

impl Pool {
    /// A driver of that pool.
    pub fn new(address: GatewayAddress, http: HttpClient, times: GatewayTimes) -> Self {
        Self {
            base: address.server_url.trim_end_matches('/').to_owned(),
            address,
            http,
            times,
        }
    }

    async fn post(&self, path: &str, body: &Value, deadline: Duration) -> Result<Said, OutError> {
        let payload = Payload {
            content_type: "application/json",
            bytes: body.to_string().into(),
        };
        let call = Call::get(format!("{}{path}", self.base), Trust::Admin, deadline, GATEWAY_CAP)
            .bearer(self.address.token.clone())
            .post(payload);
        Ok(Said::read(&self.http.send(call).await?))
    }

    /// Which gateway works for a room, as the proxy has it in its books.
    async fn status(&self, room: &str) -> Result<Said, OutError> {
        let url = format!("{}/status?{}", self.base, Query::new().with("room", room).as_str());
        let call = Call::get(url, Trust::Admin, self.times.status, GATEWAY_CAP).bearer(self.address.token.clone());
        Ok(Said::read(&self.http.send(call).await?))
    }
}

#[async_trait]
impl GatewayDriver for Pool {
    fn generation(&self) -> Generation {
        Generation::Pool
    }

    async fn start(&self, order: &StartOrder) -> StartOutcome {
        if let Some(why) = unsafe_order(order) {
            return StartOutcome::Refused { why: why.to_owned() };
        }
        // `browsing` is what the proxy of main checks, `browsing_name` what the gateway behind it uses.
        let body = json!({
            "room": order.room,
            "main_app": "streaming",
            "browsing": "bigbluebutton",
            "browsing_name": "bigbluebutton",
            "rtmp_dst": order.rtmp_url,
        });
        let turn = turn(&self.base);
        let _turn = turn.lock().await;
        let said = match self.post("/start", &body, self.times.start).await {
            Ok(said) => said,
            Err(error) => return start_failed(&error),
        };
        let outcome = read_start(&said);
        if outcome != StartOutcome::Started {
            return outcome;
        }
        // Somebody else's start may have been given the same gateway, and then ours is cut: the books say whose it is.
        match self.status(&order.room).await {
            Ok(books) if books.status == 404 => StartOutcome::FailedMaybeRunning {
                why: "the pool gave the gateway to another room".to_owned(),
            },
            Ok(books)
                if books
                    .text("/data/gw_id")
                    .is_some_and(|id| Some(id) != said.text("/data/gw_id")) =>
            {
                StartOutcome::FailedMaybeRunning {
                    why: "the pool names another gateway for the room".to_owned(),
                }
            }
            // The books can't be read now: that it started was said.
            Ok(_) | Err(_) => StartOutcome::Started,
        }
    }

    async fn stop(&self, room: &str) -> StopOutcome {
        let turn = turn(&self.base);
        let _turn = turn.lock().await;
        let books = match self.status(room).await {
            Ok(books) => books,
            Err(error) => return stop_failed(&error),
        };
        match read_state(&books) {
            // What works for a room is stopped by its own name, which is in the books alone.
            StateAnswer::Running | StateAnswer::CannotTell => {}
            StateAnswer::Down => return StopOutcome::AlreadyStopped,
            StateAnswer::WrongToken => return StopOutcome::Failed { why: books.why() },
            StateAnswer::Unreachable => return StopOutcome::Unknown,
        }
        let Some(gw_id) = books.text("/data/gw_id") else {
            return StopOutcome::Unknown;
        };
        match self.post("/stop", &json!({ "gw_id": gw_id }), self.times.stop).await {
            Ok(said) => read_stop(&said),
            Err(error) => stop_failed(&error),
        }
    }

    async fn state(&self, room: &str) -> StateAnswer {
        match self.status(room).await {
            Ok(said) => read_state(&said),
            Err(_) => StateAnswer::Unreachable,
        }
    }

    fn chat_limits(&self) -> Option<ChatLimits> {
        None
    }

    async fn chat(&self, _room: &str, _from: &str, _text: &str) -> ChatOutcome {
        ChatOutcome::Unsupported
    }
}

pub(super) fn read_start(said: &Said) -> StartOutcome {
    let why = said.why();
    match said.status {
        200 if said.text("/status") == Some("success") && said.text("/data/gw_id").is_some() => StartOutcome::Started,
        // Said by the gateway behind it, which may have started something all the same.
        200 if said.text("/status") == Some("error") => StartOutcome::FailedMaybeRunning { why },
        503 if said.error().is_some_and(|e| e.contains("No available")) => StartOutcome::Refused { why },
        // "Faild to parse Gateway Json response": a gateway was asked, and what it did nobody read.
        503 if said.json.is_some() => StartOutcome::FailedMaybeRunning { why },
        400 | 401 | 403 | 404 | 405 | 422 => StartOutcome::Refused { why },
        // A gateway's host that can't be reached, or anything else that the proxy did not expect.
        500 => StartOutcome::FailedMaybeRunning { why },
        _ => StartOutcome::Unknown { why },
    }
}

pub(super) fn read_stop(said: &Said) -> StopOutcome {
    // Main wraps what the gateway answered; 1.8.x hands it on.
    let nothing = |text: &str| text.contains("no running container") || text.contains("No mapping found");
    let inner = said.text("/data/error/detail").or_else(|| said.text("/data/detail"));
    if said.error().is_some_and(nothing) || inner.is_some_and(nothing) {
        return StopOutcome::AlreadyStopped;
    }
    match said.status {
        200 if said.text("/status") == Some("success") => StopOutcome::Stopped,
        400 | 401 | 403 | 404 | 405 | 422 => StopOutcome::Failed { why: said.why() },
        _ => StopOutcome::Unknown,
    }
}

pub(super) fn read_state(said: &Said) -> StateAnswer {
    match (said.status, said.text("/data/gw_state")) {
        (200, Some("working" | "up")) => StateAnswer::Running,
        // `started` is free: it works for nobody.
        (200, Some("started" | "stopped" | "stopping" | "down")) => StateAnswer::Down,
        (401, _) => StateAnswer::WrongToken,
        (404, _) if said.error().is_some_and(|e| e.contains("No gateway found")) => StateAnswer::Down,
        _ if said.is_front() => StateAnswer::Unreachable,
        _ => StateAnswer::CannotTell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str) -> Said {
        Said::of(status, body.as_bytes())
    }

    #[test]
    fn a_start_through_a_pool() {
        let ok = r#"{"status":"success","error":null,"data":{"processing_state":"working","gw_id":"ID"}}"#;
        assert_eq!(read_start(&said(200, ok)), StartOutcome::Started);
        let full = r#"{"status":"error","error":{"code":503,"detail":"No available gateways"},"data":null}"#;
        assert!(matches!(read_start(&said(503, full)), StartOutcome::Refused { .. }));
        let odd =
            r#"{"status":"error","error":{"code":503,"detail":"Faild to parse Gateway Json response"},"data":null}"#;
        assert!(matches!(
            read_start(&said(503, odd)),
            StartOutcome::FailedMaybeRunning { .. }
        ));
        assert!(matches!(
            read_start(&said(500, "Internal Server Error")),
            StartOutcome::FailedMaybeRunning { .. }
        ));
        for (status, body) in [
            (401, r#"{"error": "authorization error"}"#),
            (
                400,
                r#"{"status":"error","error":{"code":400,"detail":"Missing 'room' parameter"},"data":null}"#,
            ),
        ] {
            assert!(matches!(read_start(&said(status, body)), StartOutcome::Refused { .. }));
        }
        // A front server in between: nobody knows.
        assert!(matches!(read_start(&said(503, "<html>")), StartOutcome::Unknown { .. }));
        assert!(matches!(read_start(&said(200, "{}")), StartOutcome::Unknown { .. }));
    }

    #[test]
    fn stopped_twice_is_stopped_in_both_forms_of_the_proxy() {
        let ok = r#"{"status":"success","error":null,"data":{"processing_state":"stopped"}}"#;
        assert_eq!(read_stop(&said(200, ok)), StopOutcome::Stopped);
        for (status, body) in [
            (
                404,
                r#"{"status":"error","error":{"code":404,"detail":"no running container for gw_id=ID"},"data":null}"#,
            ),
            (
                404,
                r#"{"status":"error","error":"Failed to parse gateway response","data":{"status":"error","error":{"code":404,"detail":"no running container for gw_id=ID"},"data":null}}"#,
            ),
            (
                404,
                r#"{"status":"error","error":{"code":404,"detail":"No mapping found for gateway 'ID'"},"data":null}"#,
            ),
        ] {
            assert_eq!(read_stop(&said(status, body)), StopOutcome::AlreadyStopped, "{body}");
        }
        assert!(matches!(
            read_stop(&said(401, r#"{"error":"authorization error"}"#)),
            StopOutcome::Failed { .. }
        ));
        assert_eq!(read_stop(&said(500, "Internal Server Error")), StopOutcome::Unknown);
    }

    #[test]
    fn the_books_say_who_works() {
        let row = |state: &str| {
            said(
                200,
                &format!(r#"{{"status":"success","data":{{"gw_id":"ID","gw_state":"{state}","room":"r"}}}}"#),
            )
        };
        assert_eq!(read_state(&row("working")), StateAnswer::Running);
        for down in ["started", "stopped", "stopping"] {
            assert_eq!(read_state(&row(down)), StateAnswer::Down);
        }
        let gone = r#"{"status":"error","error":{"code":404,"detail":"No gateway found for room 'r'"},"data":null}"#;
        assert_eq!(read_state(&said(404, gone)), StateAnswer::Down);
        assert_eq!(
            read_state(&said(404, r#"{"detail":"Not Found"}"#)),
            StateAnswer::CannotTell
        );
        assert_eq!(
            read_state(&said(401, r#"{"error":"authorization error"}"#)),
            StateAnswer::WrongToken
        );
    }
}
