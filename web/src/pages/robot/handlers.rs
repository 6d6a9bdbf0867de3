//! GET and POST `/robot/{ROOM}`. ROOM is a secret: it is never logged.

use std::sync::LazyLock;
use std::time::Duration;

use amphi_events::Act;
use amphi_events::ids::{LiveId, RehearsalId, RunId};
use amphi_events::live::{Live, LiveCommand, Run, is_room};
use amphi_events::relay::Way;
use amphi_events::session::{self, Phase};
use axum::extract::{Form, Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::sync::broadcast::error::RecvError;

use super::doorman::{Doorman, answers, may_join};
use super::view::{RobotView, robot};
use crate::auth::address::ClientAddress;
use crate::pages::common::into_room;
use crate::{Join, Web};

/// Kind under which the store keeps room tokens; the id is `{live}/{run}`.
pub const ROOM: &str = "robot-room";
/// How long a robot is held for the room to open: R5-R7 give up 10 s after their click (gateway-contract §4.4).
const HOLD: Duration = Duration::from_secs(8);
/// The name of the robot in the room.
const NAME: &str = "Live";

static DOORMAN: LazyLock<Doorman> = LazyLock::new(Doorman::new);

/// What the robot filled in: it tells which generation came; the name itself is not used.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    #[serde(rename = "joinFormName")]
    join_form_name: String,
    id_name: String,
    fullname: String,
}

impl Filled {
    const fn field(&self) -> &'static str {
        if !self.join_form_name.is_empty() {
            "joinFormName"
        } else if !self.id_name.is_empty() {
            "id_name"
        } else if !self.fullname.is_empty() {
            "fullname"
        } else {
            "none"
        }
    }
}

fn bare(status: StatusCode) -> Response {
    dress((status, "").into_response())
}

/// No `form-action`: Chromium holds it against the redirect that follows the robot's post, and that one leads to BBB,
/// another origin. With it no robot ever came in.
const POLICY: &str = "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'";

fn dress(mut answer: Response) -> Response {
    let h = answer.headers_mut();
    h.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    h.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    h.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    answer
}

struct Door {
    id: LiveId,
    run: RunId,
    towards: Towards,
}

/// Into which room.
enum Towards {
    /// Of a live's meeting.
    Live { live: Box<Live>, run: Box<Run> },
    /// Of a rehearsal; BBB's identity of it.
    Rehearsal(i64),
}

/// The run whose token this is, while the page answers.
async fn knock(web: &Web, address: ClientAddress, room: &str) -> Result<Door, Response> {
    let now = web.sources.now();
    let unavailable = |e: &dyn std::fmt::Display| {
        tracing::warn!(error = %e, "a robot could not be answered");
        bare(StatusCode::SERVICE_UNAVAILABLE)
    };
    // What can't be a token, and tokens that are nobody's, count together: nobody tries them one after the other.
    let id = if is_room(room) {
        web.store.lookup_secret(ROOM, room).await.map_err(|e| unavailable(&e))?
    } else {
        None
    };
    if !DOORMAN.admits(address.0, id.as_deref().unwrap_or("-"), now) {
        return Err(bare(StatusCode::TOO_MANY_REQUESTS));
    }
    let none = || bare(StatusCode::NOT_FOUND);
    let id = id.ok_or_else(none)?;
    let (live, run) = id.split_once('/').ok_or_else(none)?;
    let (Ok(id), Ok(run)) = (live.parse::<LiveId>(), run.parse::<RunId>()) else {
        return Err(none());
    };
    let live = web.aggregates.lives.look(id).await.map_err(|e| unavailable(&e))?.state;
    if live.plan.is_none() {
        // A rehearsal stands in the place of a live: no live has its id.
        let looked = web.aggregates.rehearsals.look(RehearsalId(id.0)).await;
        let rehearsal = looked.map_err(|e| unavailable(&e))?.state;
        let held = rehearsal
            .holds
            .filter(|h| h.run == run && rehearsal.runs())
            .ok_or_else(none)?;
        let towards = Towards::Rehearsal(rehearsal.room.ok_or_else(none)?);
        return Ok(Door {
            id,
            run: held.run,
            towards,
        });
    }
    let held = live
        .run
        .clone()
        .filter(|r| r.id == run && answers(r))
        .ok_or_else(none)?;
    Ok(Door {
        id,
        run,
        towards: Towards::Live {
            live: Box::new(live),
            run: Box::new(held),
        },
    })
}

/// GET `/robot/{ROOM}`: the form; with `?go=1` into the room once it is open.
pub async fn get(
    State(web): State<Web>,
    address: ClientAddress,
    Path(room): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let door = match knock(&web, address, &room).await {
        Ok(door) => door,
        Err(answer) => return answer,
    };
    if query.as_deref().is_none_or(|q| !q.split('&').any(|p| p == "go=1")) {
        tracing::info!(live = %door.id, run = %door.run, agent = agent(&headers), "a robot came");
        return dress(robot(&RobotView { room, wait: false }).into_response());
    }
    lead(&web, door, room).await
}

/// POST `/robot/{ROOM}`: into the room, held until it is open.
pub async fn post(
    State(web): State<Web>,
    address: ClientAddress,
    Path(room): Path<String>,
    headers: HeaderMap,
    form: Result<Form<Filled>, axum::extract::rejection::FormRejection>,
) -> Response {
    let door = match knock(&web, address, &room).await {
        Ok(door) => door,
        Err(answer) => return answer,
    };
    let filled = form.map(|Form(f)| f).unwrap_or_default();
    tracing::info!(live = %door.id, run = %door.run, agent = agent(&headers), field = filled.field(), "a robot asks to come in");
    lead(&web, door, room).await
}

/// The browser's name, shortened: it tells robot generations apart.
fn agent(headers: &HeaderMap) -> String {
    let text = headers
        .get(header::USER_AGENT)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    text.chars().take(200).collect()
}

async fn lead(web: &Web, door: Door, room: String) -> Response {
    let (live, run) = match &door.towards {
        Towards::Live { live, run } => (live, run),
        Towards::Rehearsal(create_time) => return led(web, door.run, door.id.to_string(), *create_time, false),
    };
    if !may_join(run, web.sources.now()) {
        return bare(StatusCode::NOT_FOUND);
    }
    match tokio::time::timeout(HOLD, open(web, live)).await {
        Ok(Some((room, create_time))) => enter(web, door.id, live, door.run, (room, create_time)).await,
        // The session is over: there is nothing to wait for.
        Ok(None) => bare(StatusCode::NOT_FOUND),
        Err(_) => dress(robot(&RobotView { room, wait: true }).into_response()),
    }
}

/// The room of the live's session in BBB and when that was created, as soon as it is open. The log's feed wakes it: nothing is polled.
async fn open(web: &Web, live: &Live) -> Option<(String, i64)> {
    let session = live.wanted?.session?;
    let stream = session::stream(session);
    let mut feed = web.log.watch();
    loop {
        if let Ok(folded) = web.aggregates.sessions.look(session).await {
            let room = folded.state.room();
            match (folded.state.phase, folded.state.identity) {
                (Phase::Open, Some(identity)) => return room.map(|room| (room, identity.create_time)),
                (Phase::Ending | Phase::Closed, _) => return None,
                _ => {}
            }
        }
        loop {
            match feed.recv().await {
                Ok(batch) if batch.iter().any(|e| e.stream == stream) => break,
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

/// Whether the robot comes in with the room's chat put away: it is wanted so, and no line of the audience goes through the robot, which
/// types nothing while the pane is closed (gateway-contract §4.6).
async fn hides_chat(web: &Web, live: &Live) -> bool {
    if live.wanted_picture().chat {
        return false;
    }
    let Some(session) = live.wanted.and_then(|w| w.session) else {
        return false;
    };
    let way = web.aggregates.relays.look(session).await.ok().and_then(|r| r.state.way);
    way.is_some_and(|(_, way, ..)| way != Way::Gateway)
}

async fn enter(web: &Web, id: LiveId, live: &Live, run: RunId, (room, create_time): (String, i64)) -> Response {
    let hide_chat = hides_chat(web, live).await;
    let seen = LiveCommand::ChatPane {
        run,
        shown: Some(!hide_chat),
    };
    let act = Act::system("robot", web.sources.now()).cause(format!("run:{run}"));
    if let Err(error) = web.aggregates.lives.execute(id, seen, act).await {
        // It comes in all the same; how the pane stands is not known then, and is said so.
        tracing::warn!(live = %id, %run, %error, "how a robot came in could not be recorded");
    }
    led(web, run, room, create_time, hide_chat)
}

/// Into that room.
fn led(web: &Web, run: RunId, room: String, create_time: i64, hide_chat: bool) -> Response {
    let address = web.door.join_address(&Join {
        room,
        create_time,
        name: NAME.to_owned(),
        user_id: format!("robot-{run}"),
        moderator: false,
        robot: true,
        hide_chat,
        guest: false,
        error_url: web.settings.public_url.clone(),
    });
    match into_room(&address) {
        Ok(answer) => {
            web.callbacks.robot_led(run);
            answer
        }
        Err(_) => bare(StatusCode::SERVICE_UNAVAILABLE),
    }
}
