//! What is known now of a meeting, its live, its gateway and its chat (`GET /meetings/{id}/state`).

use amphi_events::Time;
use amphi_events::ids::MeetingId;
use amphi_events::live::Live;
use amphi_events::session::Session;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::shape::GatewayHold;
use super::view::{self, hold, live_state, room_state, seen};
use crate::Web;
use crate::api::problem::{Problem, ProblemBody};
use crate::api::request::id;
use crate::auth::SignedIn;

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(read))
}

/// The room.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoomState {
    /// `scheduled`, `opening`, `open`, `closed` or `cancelled`.
    pub state: &'static str,
    /// The session that is open or wanted open.
    pub session: Option<String>,
    /// Since when it is so, where a session says it.
    pub since: Option<String>,
    /// BBB is being told to end it.
    pub ending: bool,
    /// What is wrong with BBB, such as `unreachable`.
    pub why: Option<String>,
    /// People in the room, the gateway's robot left out.
    pub participants: Option<usize>,
}

/// The broadcast.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LiveState {
    /// The live's id.
    pub event: String,
    /// `off`, `starting`, `on_air`, `stalled`, `stopping` or `ended`.
    pub state: &'static str,
    /// Since when, where it is known.
    pub since: Option<String>,
    /// Until when it is wanted.
    pub until: Option<String>,
    /// Grows when the source changes.
    pub run: u32,
    /// A fault (`no_robot`, `frozen`, …) or why it ended (`presenter`, `session_over`, …).
    pub why: Option<String>,
    /// Starts that failed since it was wanted.
    pub failures: u32,
    /// The gateway held for it.
    pub gateway: GatewayHold,
    /// The gateway's robot is in the room since.
    pub robot_since: Option<String>,
    /// The picture moves since.
    pub on_air_since: Option<String>,
}

/// The chat of the live page.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChatState {
    /// People may post.
    pub enabled: bool,
    /// What is written in the room reaches the page: `registered`, `missing`, or null where it isn't known yet.
    pub hooks: Option<String>,
}

/// Everything that is known now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StateOut {
    /// The room.
    pub meeting: RoomState,
    /// The broadcast, for a webinar.
    pub live: Option<LiveState>,
    /// Its chat, for a webinar.
    pub chat: Option<ChatState>,
    /// Viewers on the live page now, for a webinar.
    pub viewers: Option<u32>,
}

/// A plain enum as the word it has in JSON.
fn word(value: impl Serialize) -> Option<String> {
    serde_json::to_value(value)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
}

fn live_since(live: &Live) -> Option<Time> {
    let run = live.run.as_ref();
    match live_state(live) {
        "on_air" => run.and_then(|r| r.on_air_since),
        "stalled" => run.and_then(|r| r.stalled).map(|(_, t)| t),
        "starting" => run.map(|r| r.asked_at).or_else(|| live.wanted.map(|w| w.since)),
        "stopping" => run.and_then(|r| r.stopping_since),
        "ended" => live.ended.map(|(_, t)| t),
        _ => None,
    }
}

fn live_why(live: &Live) -> Option<String> {
    if let Some((fault, _)) = live.run.as_ref().and_then(|r| r.stalled) {
        return word(fault);
    }
    if let Some(why) = live.stopping {
        return word(why);
    }
    live.ended.and_then(|(why, _)| word(why))
}

/// A live, of a meeting or on its own.
pub fn live_out(event: String, live: &Live) -> LiveState {
    LiveState {
        event,
        state: live_state(live),
        since: live_since(live).map(Time::rfc3339),
        until: live.wanted.map(|w| w.until.rfc3339()),
        run: live.runs,
        why: live_why(live),
        failures: live.failures.0,
        gateway: hold(live),
        robot_since: live.run.as_ref().and_then(|r| r.robot_since).map(Time::rfc3339),
        on_air_since: live.run.as_ref().and_then(|r| r.on_air_since).map(Time::rfc3339),
    }
}

/// What is known now: meeting, live, gateway, chat, counts, since when, why.
#[utoipa::path(get, path = "/meetings/{id}/state", tag = "meetings", params(("id" = String, Path)), responses((status = 200, body = StateOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn read(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
) -> Result<axum::Json<StateOut>, Problem> {
    let id: MeetingId = id(&meeting)?;
    let (meeting, details) = seen(&web, &me, id).await?;
    let session: Option<Session> = match meeting.session {
        Some(s) => Some(
            web.aggregates
                .sessions
                .look(s)
                .await
                .map_err(|e| Problem::unavailable("a session can't be read", e))?
                .state,
        ),
        None => None,
    };
    let state = match &session {
        _ if meeting.cancelled => "cancelled",
        Some(s) => room_state(s.phase),
        None => view::state(&web, id, &meeting, &details).await?,
    };
    let room = RoomState {
        state,
        session: meeting.session.map(|s| s.to_string()),
        since: session.as_ref().filter(|s| s.since.0 > 0).map(|s| s.since.rfc3339()),
        ending: meeting.ending,
        why: session.as_ref().and_then(|s| s.trouble).and_then(|(t, _)| word(t)),
        participants: session
            .as_ref()
            .map(|s| s.present.values().filter(|(_, robot)| !robot).count()),
    };
    let mut out = StateOut {
        meeting: room,
        live: None,
        chat: None,
        viewers: None,
    };
    if let Some(at) = meeting.live.filter(|_| details.is_webinar) {
        out.live = Some(live_out(at.to_string(), &view::live(&web, at).await?));
        let hooks = session.as_ref().and_then(|s| s.hooks).and_then(word);
        let row = web
            .read
            .live(at)
            .await
            .map_err(|e| Problem::unavailable("a live can't be read", e))?;
        out.chat = Some(ChatState {
            enabled: row.is_some_and(|r| r.chat_open),
            hooks,
        });
        out.viewers = Some(web.hub.viewers(at));
    }
    Ok(axum::Json(out))
}
