//! What the shell launchers of G1, G2 and G3 have in common (gateway contract §2.2 to §2.6). Their answers differ in
//! envelope and status, so one reader takes them all: images of the field sit between the generations.

use amphi_events::gateway::is_rtmp;
use amphi_events::live::is_room;
use serde_json::json;
use std::time::Duration;
use tokio::sync::Mutex;

use super::answer::Said;
use super::{
    ChatOutcome, FlipOutcome, GatewayAddress, GatewayTimes, StartOrder, StartOutcome, StateAnswer, StopOutcome,
    sanitise,
};
use crate::bbb::Query;
use crate::outgoing::{Call, Fate, GATEWAY_CAP, HttpClient, OutError, Payload, Trust};

/// A launcher and the turn of its chat: each line starts a helper on a network of five addresses.
pub(super) struct Launcher {
    base: String,
    address: GatewayAddress,
    http: HttpClient,
    pub(super) times: GatewayTimes,
    chat_turn: Mutex<()>,
}

impl Launcher {
    pub(super) fn new(address: GatewayAddress, http: HttpClient, times: GatewayTimes) -> Self {
        let base = address.server_url.trim_end_matches('/').to_owned();
        Self {
            base,
            address,
            http,
            times,
            chat_turn: Mutex::new(()),
        }
    }

    pub(super) async fn get(&self, path: &str, query: &Query, deadline: Duration) -> Result<Said, OutError> {
        let url = if query.as_str().is_empty() {
            format!("{}{path}", self.base)
        } else {
            format!("{}{path}?{}", self.base, query.as_str())
        };
        let call = Call::get(url, Trust::Admin, deadline, GATEWAY_CAP).bearer(self.address.token.clone());
        Ok(Said::read(&self.http.send(call).await?))
    }

    /// `GET /start`. Never with `from` or `loop`, which break the launcher.
    pub(super) async fn start(&self, order: &StartOrder) -> StartOutcome {
        if let Some(why) = unsafe_order(order) {
            return StartOutcome::Refused { why: why.to_owned() };
        }
        let query = Query::new()
            .with("room", &order.room)
            .with("domain", &order.robot_domain)
            .with("rtmpDst", &order.rtmp_url);
        match self.get("/start", &query, self.times.start).await {
            Ok(said) => read_start(&said),
            Err(error) => start_failed(&error),
        }
    }

    pub(super) async fn stop(&self, room: &str) -> StopOutcome {
        let query = Query::new().with("room", room);
        match self.get("/stop", &query, self.times.stop).await {
            Ok(said) => read_stop(&said),
            Err(error) => stop_failed(&error),
        }
    }

    /// G1 and G2 have no status call. A start **without a room** is refused by every generation before it does
    /// anything, and tells whether the gateway is there and takes our token.
    pub(super) async fn reachable(&self) -> StateAnswer {
        match self.get("/start", &Query::new(), self.times.status).await {
            Ok(said) => read_reachable(&said),
            Err(_) => StateAnswer::Unreachable,
        }
    }

    /// `GET /progress`, G3.
    pub(super) async fn progress(&self, room: &str) -> StateAnswer {
        let query = Query::new().with("room", room);
        match self.get("/progress", &query, self.times.status).await {
            Ok(said) => read_progress(&said),
            Err(_) => StateAnswer::Unreachable,
        }
    }

    /// `GET /chat?toggle`: a blind flip, to be sent only once the robot is in the room.
    pub(super) async fn flip(&self, room: &str) -> FlipOutcome {
        let query = Query::new().with("room", room).with("toggle", "True");
        let turn = self.chat_turn.lock().await;
        let said = self.get("/chat", &query, self.times.chat).await;
        drop(turn);
        match said {
            Ok(said) => read_flip(&said),
            Err(error) if error.fate() == Fate::NotSent => FlipOutcome::NotDone { why: error.to_string() },
            Err(error) => FlipOutcome::Unknown { why: error.to_string() },
        }
    }

    pub(super) async fn chat(&self, room: &str, from: &str, text: &str) -> ChatOutcome {
        if sanitise::cost(text) == 0 {
            return ChatOutcome::NotSent {
                why: "nothing to say".to_owned(),
            };
        }
        let Some(line) = sanitise::line(from, text) else {
            return ChatOutcome::TooLong;
        };
        let payload = Payload {
            content_type: "application/json",
            bytes: json!({ "room": room, "msg": line }).to_string().into(),
        };
        let turn = self.chat_turn.lock().await;
        let call = Call::get(
            format!("{}/chat", self.base),
            Trust::Admin,
            self.times.chat,
            GATEWAY_CAP,
        )
        .bearer(self.address.token.clone())
        .post(payload);
        let sent = self.http.send(call).await;
        drop(turn);
        match sent {
            Ok(answer) => read_chat(&Said::read(&answer)),
            Err(error) if error.fate() == Fate::NotSent => ChatOutcome::NotSent { why: error.to_string() },
            Err(error) => ChatOutcome::Unknown { why: error.to_string() },
        }
    }
}

/// What came of a flip. The helper that carries it says nothing where all is well (gateway contract §2.5).
pub(super) fn read_flip(said: &Said) -> FlipOutcome {
    match read_chat(said) {
        ChatOutcome::HandedOver => FlipOutcome::Flipped,
        ChatOutcome::NotSent { why } => FlipOutcome::NotDone { why },
        _ => FlipOutcome::Unknown { why: said.why() },
    }
}

/// What is wrong with an order before it is sent.
pub(super) fn unsafe_order(order: &StartOrder) -> Option<&'static str> {
    if !is_room(&order.room) {
        Some("the room is not ten of a-z and 0-9")
    } else if !is_rtmp(&order.rtmp_url) {
        Some("the RTMP address has characters that a gateway does not survive")
    } else if !sanitise::is_safe_domain(&order.robot_domain) {
        Some("the robot's domain is not usable")
    } else {
        None
    }
}

pub(super) fn start_failed(error: &OutError) -> StartOutcome {
    let why = error.to_string();
    match error.fate() {
        Fate::NotSent => StartOutcome::Refused { why },
        Fate::Unknown => StartOutcome::Unknown { why },
    }
}

pub(super) fn stop_failed(error: &OutError) -> StopOutcome {
    match error.fate() {
        Fate::NotSent => StopOutcome::Failed { why: error.to_string() },
        Fate::Unknown => StopOutcome::Unknown,
    }
}

pub(super) fn read_reachable(said: &Said) -> StateAnswer {
    match said.status {
        401 => StateAnswer::WrongToken,
        _ if said.is_front() => StateAnswer::Unreachable,
        _ => StateAnswer::CannotTell,
    }
}

pub(super) fn read_progress(said: &Said) -> StateAnswer {
    match (said.status, said.text("/gw_state")) {
        (401, _) => StateAnswer::WrongToken,
        (200, Some("down")) => StateAnswer::Down,
        (200, None | Some("up" | "working")) if said.text("/status") == Some("success") => StateAnswer::Running,
        _ if said.is_front() => StateAnswer::Unreachable,
        _ => StateAnswer::CannotTell,
    }
}

pub(super) fn read_start(said: &Said) -> StartOutcome {
    let why = said.why();
    match (said.status, said.res()) {
        (200, Some("ok")) => StartOutcome::Started,
        (200, Some("error")) => {
            let reason = said.res_type();
            if reason.contains("No free resource") {
                StartOutcome::Refused { why: reason }
            } else {
                // "The gateway failed to launch" leaves its container alive.
                StartOutcome::FailedMaybeRunning { why: reason }
            }
        }
        (200, None) if said.text("/Error").is_some() => StartOutcome::Refused { why },
        (400 | 401 | 403 | 404 | 405, _) => StartOutcome::Refused { why },
        // The launcher could not read its own script's words; the container may be up.
        (500, _) => StartOutcome::FailedMaybeRunning { why },
        _ => StartOutcome::Unknown { why },
    }
}

pub(super) fn read_stop(said: &Said) -> StopOutcome {
    let none = |text: &str| text.contains("No resource found") || text.contains("no running container");
    if said.error().is_some_and(none) || said.res().is_some_and(none) {
        return StopOutcome::AlreadyStopped;
    }
    match (said.status, said.res()) {
        (200, Some(res)) if res.contains("rror") => StopOutcome::Failed { why: said.why() },
        (200, Some(res)) if res.contains("Stopped") || res.contains("Removed") => StopOutcome::Stopped,
        (400 | 401 | 403 | 404 | 405, _) => StopOutcome::Failed { why: said.why() },
        _ => StopOutcome::Unknown,
    }
}

pub(super) fn read_chat(said: &Said) -> ChatOutcome {
    let failure = |text: &str| {
        ["rror", "refused", "not known", "Unterminated"]
            .iter()
            .any(|word| text.contains(word))
    };
    match (said.status, said.text("/res")) {
        (200, Some("ok")) => ChatOutcome::HandedOver,
        (200, Some(res)) if failure(res) => ChatOutcome::NotSent { why: said.why() },
        // Newer compose versions say what the helper's container went through.
        (200, Some(res)) if res.contains("Creat") || res.contains("Start") => ChatOutcome::HandedOver,
        (200, None) if said.text("/Error").is_some() => ChatOutcome::NotSent { why: said.why() },
        (400 | 401 | 403 | 404 | 405 | 413, _) => ChatOutcome::NotSent { why: said.why() },
        _ => ChatOutcome::Unknown { why: said.why() },
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
    fn a_start_is_read_by_its_content() {
        let started = |status, body| read_start(&said(status, body));
        assert_eq!(
            started(200, r#"{"res": "ok", "app": "streaming", "uri": ""}"#),
            StartOutcome::Started
        );
        assert_eq!(
            started(
                200,
                r#"{"status": "success", "details": {"res": "ok", "app": "streaming", "uri": "rtmp://x"}}"#
            ),
            StartOutcome::Started
        );
        for busy in [
            r#"{"status": "success", "details": {"res": "error", "type": "No free resources found"}}"#,
            r#"{"res": "error", "type": "No free resources found"}"#,
        ] {
            assert_eq!(
                started(200, busy),
                StartOutcome::Refused {
                    why: "No free resources found".into()
                }
            );
        }
        for zombie in [
            r#"{"status": "success", "details": {"res": "error", "type": "The gateway failed to launch"}}"#,
            r#"{"res": "error", "type": "The gateway failed to launch"}"#,
        ] {
            assert!(matches!(started(200, zombie), StartOutcome::FailedMaybeRunning { .. }));
        }
        assert!(matches!(
            started(500, "<html>debug</html>"),
            StartOutcome::FailedMaybeRunning { .. }
        ));
        assert!(matches!(
            started(200, r#"{"Error": "a room name must be specified"}"#),
            StartOutcome::Refused { .. }
        ));
        assert!(matches!(
            started(400, r#"{"Error": "a room name must be specified"}"#),
            StartOutcome::Refused { .. }
        ));
        assert!(matches!(
            started(401, "authorization error"),
            StartOutcome::Refused { .. }
        ));
        assert!(matches!(started(200, "<html>"), StartOutcome::Unknown { .. }));
        assert!(matches!(started(200, ""), StartOutcome::Unknown { .. }));
        assert!(matches!(started(502, "<html>"), StartOutcome::Unknown { .. }));
    }

    #[test]
    fn the_three_ways_to_say_already_stopped() {
        for (status, body) in [
            (
                200,
                r#"{"res": "Warning: No resource found to remove for project \"r\"."}"#,
            ),
            (
                200,
                r#"{"status":"success","details":{"res": "Warning: No resource found to remove for project \"r\"."}}"#,
            ),
            (400, r#"{"Error": "no running container for room=r"}"#),
        ] {
            assert_eq!(read_stop(&said(status, body)), StopOutcome::AlreadyStopped);
        }
        for body in [
            r#"{"res": " Container gw0  Stopping =>  Container gw0  Stopped =>  Container gw0  Removed"}"#,
            r#"{"status":"success","details":{"res":" Container gw0  Stopping =>  Container gw0  Stopped"}}"#,
        ] {
            assert_eq!(read_stop(&said(200, body)), StopOutcome::Stopped);
        }
        assert!(matches!(
            read_stop(&said(401, r#"{"Error": "authorization error"}"#)),
            StopOutcome::Failed { .. }
        ));
        assert_eq!(read_stop(&said(500, "<html>")), StopOutcome::Unknown);
        assert_eq!(read_stop(&said(200, r#"{"res": ""}"#)), StopOutcome::Unknown);
    }

    #[test]
    fn a_chat_line_is_handed_over_doubtful_or_lost() {
        assert_eq!(read_chat(&said(200, r#"{"res": "ok"}"#)), ChatOutcome::HandedOver);
        assert_eq!(
            read_chat(&said(200, r#"{"res": " Container x  Creating => Created"}"#)),
            ChatOutcome::HandedOver
        );
        for lost in [
            "/bin/sh: 1: Syntax error: Unterminated quoted string",
            "Name or service not known",
            "Connection refused",
        ] {
            let body = json!({ "res": lost }).to_string();
            assert!(matches!(read_chat(&said(200, &body)), ChatOutcome::NotSent { .. }));
        }
        assert!(matches!(
            read_chat(&said(200, r#"{"res": "hm"}"#)),
            ChatOutcome::Unknown { .. }
        ));
        assert!(matches!(read_chat(&said(500, "<html>")), ChatOutcome::Unknown { .. }));
    }
}
