//! BigBlueButton-liveStreaming behind a runner (gateway contract §6): the container waits until the meeting runs, joins by an address that it
//! signs itself, sees no end, and types what is published on its Redis channel.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::Request;
use super::gateway::{Start, Started};
use super::wire::uvicorn;
use crate::Sim;
use crate::bbb::checksum::Algorithm;
use crate::faults::Outcome;
use crate::robot::{Handle, Order};

/// The port of Redis that the container knows; it takes no other by its variables.
const REDIS_PORT: u16 = 6379;

fn said(status: u16, body: &Value) -> Response {
    uvicorn(status, body.to_string())
}

/// A well-formed refusal of a call that would have been carried out.
pub fn refusal(request: &Request) -> Response {
    match request.call() {
        "start" => said(409, &json!({ "state": "busy" })),
        _ => said(422, &json!({ "error": "room: ten of a-z and 0-9" })),
    }
}

/// Answers a call.
pub async fn answer(request: Request) -> Outcome {
    let token = format!("Bearer {}", request.gateway.knobs().token);
    let trusted = request.authorization.as_deref() == Some(token.as_str());
    let runner = json!({ "runner": "bigbluebutton-livestreaming", "version": 1 });
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "runner") => Outcome::none(said(if trusted { 200 } else { 401 }, &runner)),
        ("POST", "start" | "stop") | ("GET", "state") if !trusted => {
            Outcome::refused(said(401, &json!({ "error": "token" })))
        }
        ("POST", "start") => start(&request).await,
        ("POST", "stop") => {
            let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            match request.gateway.stop(asked["room"].as_str()).await {
                Some(_) => Outcome::applied(said(200, &json!({ "state": "stopped" }))),
                None => Outcome::none(said(404, &json!({ "state": "none" }))),
            }
        }
        ("GET", "state") => Outcome::none(match request.gateway.robot_of(request.param("room")) {
            Some(_) => said(200, &json!({ "state": "running" })),
            None => said(404, &json!({ "state": "none" })),
        }),
        _ => Outcome::none(said(404, &json!({ "error": "no such call" }))),
    }
}

async fn start(request: &Request) -> Outcome {
    let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let environment: Option<BTreeMap<String, String>> = serde_json::from_value(asked["environment"].clone()).ok();
    let (Some(room), Some(environment)) = (asked["room"].as_str(), environment) else {
        return Outcome::refused(said(422, &json!({ "error": "environment: an object" })));
    };
    if request.gateway.robot_of(Some(room)).is_some() {
        return Outcome::none(said(200, &json!({ "state": "started" })));
    }
    let of = |name: &str| environment.get(name).cloned().unwrap_or_default();
    let address = join_address(&request.sim, &of("BBB_MEETING_ID"), &of("BBB_USER_NAME"));
    let started = request
        .gateway
        .start(
            &request.sim,
            Start {
                room: room.to_owned(),
                address: Some(address),
                rtmp: of("BBB_STREAM_URL"),
                fail: request.error_inside_success,
                ..Start::default()
            },
        )
        .await;
    match started {
        Started::NoFree => Outcome::refused(said(409, &json!({ "state": "busy" }))),
        Started::Failed => Outcome::applied(said(500, &json!({ "state": "failed" }))),
        Started::Ok => {
            let robot = request.gateway.robot_of(Some(room)).map(|(_, robot)| robot);
            if let Some(robot) = robot.filter(|_| of("BBB_ENABLE_CHAT") == "true") {
                let sim = Arc::clone(&request.sim);
                let port = sim.redis_port.unwrap_or(REDIS_PORT);
                let (host, channel) = (of("BBB_REDIS_HOST"), of("BBB_REDIS_CHANNEL"));
                tokio::spawn(async move {
                    let server = format!("redis://{host}:{port}");
                    let heard = listen(&server, &channel, &robot);
                    tokio::select! {
                        done = heard => {
                            if let Err(error) = done {
                                tracing::warn!(%error, "the container hears no chat");
                            }
                        }
                        () = robot.stop.cancelled() => {}
                        () = sim.faults.closing().cancelled() => {}
                    }
                });
            }
            Outcome::applied(said(200, &json!({ "state": "started" })))
        }
    }
}

/// Subscribed by pattern, as the real container is; each payload is typed as it is, and a line break in it sends early.
async fn listen(server: &str, channel: &str, robot: &Handle) -> redis::RedisResult<()> {
    // The second browser is in the room only once the first is.
    while !robot.seen().joined {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut pubsub = redis::Client::open(server)?.get_async_pubsub().await?;
    pubsub.psubscribe(channel).await?;
    let mut messages = pubsub.on_message();
    while let Some(message) = messages.next().await {
        let text: String = message.get_payload()?;
        robot.order(Order::Type(text.split('\n').map(str::to_owned).collect()));
    }
    Ok(())
}

/// The join address as the container signs it, with the secret that its host gave it.
fn join_address(sim: &Sim, meeting: &str, name: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("fullName", name)
        .append_pair("joinViaHtml5", "true")
        .append_pair("meetingID", meeting)
        .append_pair("role", "VIEWER")
        .append_pair("userdata-bbb_listen_only_mode", "true")
        .finish();
    let checksum = Algorithm::Sha1.hex(format!("join{query}{}", sim.bbb.secret).as_bytes());
    format!("{}/bigbluebutton/api/join?{query}&checksum={checksum}", sim.base)
}
