//! BigBlueButton-liveStreaming (gateway contract §6): a container a stream, started by a runner of the house.
//!
//! The container takes everything by environment variables and has no interface of its own, so somebody on its host must start and stop
//! it: the *runner*, a small program that the house runs (`ops/runner`, `docs/operating.md`). It is told three things: start this room
//! with these variables, stop it, say whether it runs. Address and secret of BBB are the runner's own: they never leave here.
//!
//! Chat goes by Redis: the container subscribes to a channel and types what is published there. Each run has a channel of its own, so
//! that `PUBLISH`'s answer, the number of subscribers, is the sign of life of that very run.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::answer::Said;
use super::webpy::{start_failed, stop_failed, unsafe_order};
use super::{
    ChatLimits, ChatOutcome, GatewayAddress, GatewayDriver, GatewayTimes, Generation, StartOrder, StartOutcome,
    StateAnswer, StopOutcome, sanitise,
};
use crate::bbb::Query;
use crate::outgoing::redis::{self, Published};
use crate::outgoing::{Call, GATEWAY_CAP, HttpClient, OutError, Payload, Trust};

/// BigBlueButton-liveStreaming behind its runner.
pub struct LiveStreaming {
    base: String,
    address: GatewayAddress,
    http: HttpClient,
    times: GatewayTimes,
}

/// The channel of a run. The container subscribes by pattern: in ten of `[a-z0-9]` nothing is one.
pub fn channel(room: &str) -> String {
    format!("amphi-{room}")
}

/// The variables of a run (gateway contract §6.1), but for `BBB_URL` and `BBB_SECRET`, which the runner has.
pub fn environment(order: &StartOrder, chat_redis: Option<&str>) -> Vec<(&'static str, String)> {
    let yes = |on: bool| if on { "true" } else { "false" }.to_owned();
    let mut all = vec![
        ("BBB_MEETING_ID", order.meeting.clone()),
        ("BBB_STREAM_URL", order.rtmp_url.clone()),
        ("BBB_USER_NAME", order.robot_name.clone()),
        ("BBB_SHOW_CHAT", yes(order.chat_shown)),
        // The room is opened by Amphi, its chat is not written into, and recordings are BBB's.
        ("BBB_START_MEETING", yes(false)),
        ("BBB_CHAT_MESSAGE", yes(false)),
        ("BBB_DOWNLOAD_MEETING", yes(false)),
        ("BBB_RESOLUTION", "1280x720".to_owned()),
        ("BBB_ENABLE_CHAT", yes(chat_redis.is_some())),
    ];
    if let Some(redis) = chat_redis {
        all.push(("BBB_REDIS_HOST", redis::host(redis).to_owned()));
        all.push(("BBB_REDIS_CHANNEL", channel(&order.room)));
        all.push(("BBB_CHAT_NAME", order.robot_name.clone()));
    }
    all
}

impl LiveStreaming {
    /// A driver of that runner.
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
}

#[async_trait]
impl GatewayDriver for LiveStreaming {
    fn generation(&self) -> Generation {
        Generation::LiveStreaming
    }

    async fn start(&self, order: &StartOrder) -> StartOutcome {
        if let Some(why) = unsafe_order(order) {
            return StartOutcome::Refused { why: why.to_owned() };
        }
        let environment = environment(order, self.address.chat_redis.as_deref());
        // A line break in a value would be another variable in the runner's file.
        if environment.iter().any(|(_, value)| value.chars().any(char::is_control)) {
            return StartOutcome::Refused {
                why: "a variable has a control character".to_owned(),
            };
        }
        let environment: serde_json::Map<String, Value> =
            environment.into_iter().map(|(k, v)| (k.to_owned(), v.into())).collect();
        let body = json!({ "room": order.room, "environment": environment });
        match self.post("/start", &body, self.times.start).await {
            Ok(said) => read_start(&said),
            Err(error) => start_failed(&error),
        }
    }

    async fn stop(&self, room: &str) -> StopOutcome {
        match self.post("/stop", &json!({ "room": room }), self.times.stop).await {
            Ok(said) => read_stop(&said),
            Err(error) => stop_failed(&error),
        }
    }

    async fn state(&self, room: &str) -> StateAnswer {
        let url = format!("{}/state?{}", self.base, Query::new().with("room", room).as_str());
        let call = Call::get(url, Trust::Admin, self.times.status, GATEWAY_CAP).bearer(self.address.token.clone());
        match self.http.send(call).await {
            Ok(answer) => read_state(&Said::read(&answer)),
            Err(_) => StateAnswer::Unreachable,
        }
    }

    fn chat_limits(&self) -> Option<ChatLimits> {
        self.address.chat_redis.as_ref().map(|_| ChatLimits {
            max_bytes: sanitise::TEXT_CAP,
            lossy: false,
        })
    }

    async fn chat(&self, room: &str, from: &str, text: &str) -> ChatOutcome {
        let Some(server) = &self.address.chat_redis else {
            return ChatOutcome::Unsupported;
        };
        if sanitise::cost(text) == 0 {
            return ChatOutcome::NotSent {
                why: "nothing to say".to_owned(),
            };
        }
        let Some(line) = sanitise::typed(from, text) else {
            return ChatOutcome::TooLong;
        };
        match redis::publish(server, &channel(room), &line, self.times.chat).await {
            // Nobody subscribes: the container is not there, or not yet.
            Published::Heard(0) => ChatOutcome::NotSent {
                why: "no robot listens".to_owned(),
            },
            Published::Heard(_) => ChatOutcome::HandedOver,
            Published::NotSent(why) => ChatOutcome::NotSent { why },
            Published::Unknown(why) => ChatOutcome::Unknown { why },
        }
    }
}

pub(super) fn read_start(said: &Said) -> StartOutcome {
    let why = said.why();
    match (said.status, said.text("/state")) {
        (200, Some("started")) => StartOutcome::Started,
        (409, Some("busy")) => StartOutcome::Refused { why },
        (400 | 401 | 403 | 404 | 405 | 409 | 422, _) => StartOutcome::Refused { why },
        (500, _) => StartOutcome::FailedMaybeRunning { why },
        (200, Some("failed")) => StartOutcome::FailedMaybeRunning { why },
        _ => StartOutcome::Unknown { why },
    }
}

pub(super) fn read_stop(said: &Said) -> StopOutcome {
    match (said.status, said.text("/state")) {
        (200, Some("stopped")) => StopOutcome::Stopped,
        (200 | 404, Some("none")) => StopOutcome::AlreadyStopped,
        (400 | 401 | 403 | 404 | 405 | 422, _) => StopOutcome::Failed { why: said.why() },
        _ => StopOutcome::Unknown,
    }
}

pub(super) fn read_state(said: &Said) -> StateAnswer {
    match (said.status, said.text("/state")) {
        (200, Some("running")) => StateAnswer::Running,
        (200 | 404, Some("none")) => StateAnswer::Down,
        (401, _) => StateAnswer::WrongToken,
        _ if said.is_front() => StateAnswer::Unreachable,
        _ => StateAnswer::CannotTell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> StartOrder {
        StartOrder {
            room: "ab12cd34ef".to_owned(),
            robot_domain: "amphi.univ.fr/robot".to_owned(),
            rtmp_url: "rtmp://live.univ.fr/live/s3cr3t".to_owned(),
            meeting: "01J00000000000000000000002".to_owned(),
            robot_name: "Live 7F3KQ2".to_owned(),
            chat_shown: false,
        }
    }

    #[test]
    fn the_variables_of_a_run() {
        let of = |redis| environment(&order(), redis);
        let find = |all: &[(&str, String)], name: &str| all.iter().find(|(k, _)| *k == name).map(|(_, v)| v.clone());
        let quiet = of(None);
        assert_eq!(find(&quiet, "BBB_SHOW_CHAT").as_deref(), Some("false"));
        assert_eq!(find(&quiet, "BBB_ENABLE_CHAT").as_deref(), Some("false"));
        assert_eq!(
            find(&quiet, "BBB_MEETING_ID").as_deref(),
            Some("01J00000000000000000000002")
        );
        assert!(find(&quiet, "BBB_REDIS_HOST").is_none());
        let chatty = of(Some("redis://10.0.0.3:6380"));
        assert_eq!(find(&chatty, "BBB_REDIS_HOST").as_deref(), Some("10.0.0.3"));
        assert_eq!(find(&chatty, "BBB_REDIS_CHANNEL").as_deref(), Some("amphi-ab12cd34ef"));
        // What opens every room of the house is no business of an order.
        assert!(!chatty.iter().any(|(name, _)| matches!(*name, "BBB_URL" | "BBB_SECRET")));
    }

    #[test]
    fn what_a_runner_says() {
        let said = |status, body: &str| Said::of(status, body.as_bytes());
        assert_eq!(read_start(&said(200, r#"{"state":"started"}"#)), StartOutcome::Started);
        assert!(matches!(
            read_start(&said(409, r#"{"state":"busy"}"#)),
            StartOutcome::Refused { .. }
        ));
        assert!(matches!(
            read_start(&said(500, "")),
            StartOutcome::FailedMaybeRunning { .. }
        ));
        assert!(matches!(read_start(&said(502, "<html>")), StartOutcome::Unknown { .. }));
        assert!(matches!(read_start(&said(200, "")), StartOutcome::Unknown { .. }));
        assert_eq!(read_stop(&said(200, r#"{"state":"stopped"}"#)), StopOutcome::Stopped);
        assert_eq!(
            read_stop(&said(404, r#"{"state":"none"}"#)),
            StopOutcome::AlreadyStopped
        );
        // Another program's 404 is no proof that nothing runs.
        assert!(matches!(read_stop(&said(404, "not found")), StopOutcome::Failed { .. }));
        assert_eq!(read_state(&said(200, r#"{"state":"running"}"#)), StateAnswer::Running);
        assert_eq!(read_state(&said(404, r#"{"state":"none"}"#)), StateAnswer::Down);
        assert_eq!(read_state(&said(404, "not found")), StateAnswer::CannotTell);
    }
}
