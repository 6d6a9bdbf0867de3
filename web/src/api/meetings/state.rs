//! What is known now of a meeting, its live, its gateway and its chat (`GET /meetings/{id}/state`).

use amphi_events::Time;
use amphi_events::gateway::Generation;
use amphi_events::ids::MeetingId;
use amphi_events::live::Live;
use amphi_events::session::Session;
use amphi_projections::{DEFAULT_MAX_BYTES, DEFAULT_MAX_UNITS, GatewayRow, LiveRow};
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

/// The gateway of the live: the one that runs, else the one that is held.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GatewayState {
    /// `reserved`, `lacking` (none is free), or `pending` (not decided yet).
    pub state: &'static str,
    /// Since when it is so.
    pub since: Option<String>,
    /// Which.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// What it speaks, `g1` … `g5`: as said, else as found out.
    pub generation: Option<&'static str>,
    /// It answered the last probe; null before the first.
    pub reachable: Option<bool>,
    /// What it makes of its token: `good`, `wrong`, `not_checked` or `unknown`; null before the first probe.
    pub token: Option<String>,
    /// Since when the probes have found this.
    pub probed_since: Option<String>,
    /// The live that holds the machine now, this one or another.
    pub taken_by: Option<String>,
}

/// The picture.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StreamState {
    /// Number of the present run; null where nothing runs.
    pub run: Option<u32>,
    /// It moves since.
    pub on_air_since: Option<String>,
    /// How it stands still, such as `frozen`; null where it doesn't.
    pub stalled: Option<String>,
    /// Since when.
    pub stalled_since: Option<String>,
}

/// The chat of the live page.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChatState {
    /// People may post.
    pub enabled: bool,
    /// What is written in the room reaches the page: `registered`, `missing`, or null where it isn't known yet.
    pub hooks: Option<String>,
    /// Where lines go: `both`, `out` or `none`, as in the `state` frame of the live page's websocket.
    pub room: Option<String>,
    /// Most UTF-16 units of a line.
    pub max_units: u32,
    /// Most UTF-8 bytes of a line.
    pub max_bytes: u32,
    /// Seconds between two lines of one person; 0 for none.
    pub slow_mode_s: u32,
}

/// Everything that is known now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StateOut {
    /// The room.
    pub meeting: RoomState,
    /// The broadcast, for a webinar.
    pub live: Option<LiveState>,
    /// Its gateway, for a webinar.
    pub gateway: Option<GatewayState>,
    /// Its picture, for a webinar.
    pub stream: Option<StreamState>,
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

fn live_since(live: &Live, now: Time) -> Option<Time> {
    let run = live.run.as_ref();
    match live_state(live, now) {
        "on_air" => run.and_then(|r| r.on_air_since),
        "stalled" => run.and_then(|r| r.stalled).map(|(_, t)| t),
        "starting" => run
            .map(|r| r.stopping_since.unwrap_or(r.asked_at))
            .or_else(|| live.wanted.map(|w| w.since)),
        "stopping" => run.and_then(|r| r.stopping_since),
        "ended" => live
            .ended
            .map(|(_, t)| t)
            .or_else(|| live.plan.as_ref().map(|p| p.ends_at)),
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

fn stream_out(live: &Live) -> StreamState {
    let run = live.run.as_ref();
    let stalled = run.and_then(|r| r.stalled);
    StreamState {
        run: run.map(|r| r.number),
        on_air_since: run.and_then(|r| r.on_air_since).map(Time::rfc3339),
        stalled: stalled.and_then(|(fault, _)| word(fault)),
        stalled_since: stalled.map(|(_, at)| at.rfc3339()),
    }
}

async fn gateway_out(web: &Web, live: &Live, row: Option<&LiveRow>) -> Result<GatewayState, Problem> {
    let id = live.run.as_ref().map(|r| r.gateway).or(live.held.map(|h| h.gateway));
    let found = match id {
        Some(id) => web
            .read
            .gateway(id)
            .await
            .map_err(|e| Problem::unavailable("a gateway can't be read", e))?,
        None => None,
    };
    let (gateway, probe) = (found.as_ref(), found.as_ref().and_then(|g| g.probe));
    Ok(GatewayState {
        state: hold(live).state,
        since: row.and_then(|r| r.gateway_since).map(Time::rfc3339),
        id: id.map(|i| i.to_string()),
        name: gateway.map(|g| g.setup.name.0.clone()),
        generation: gateway.and_then(GatewayRow::generation).map(Generation::as_str),
        reachable: probe.map(|p| p.reachable),
        token: probe.and_then(|p| word(p.token)),
        probed_since: probe.map(|p| p.at.rfc3339()),
        taken_by: gateway.and_then(|g| g.taken).map(|(_, live)| live.to_string()),
    })
}

/// A live, of a meeting or on its own.
pub fn live_out(event: String, live: &Live, now: Time) -> LiveState {
    LiveState {
        event,
        state: live_state(live, now),
        since: live_since(live, now).map(Time::rfc3339),
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
            .map(|s| s.present.values().filter(|p| !p.robot).count()),
    };
    let mut out = StateOut {
        meeting: room,
        live: None,
        gateway: None,
        stream: None,
        chat: None,
        viewers: None,
    };
    if let Some(at) = meeting.live.filter(|_| details.is_webinar) {
        let (live, now) = (view::live(&web, at).await?, web.sources.now());
        let hooks = session.as_ref().and_then(|s| s.hooks).and_then(word);
        let row = web
            .read
            .live(at)
            .await
            .map_err(|e| Problem::unavailable("a live can't be read", e))?;
        let shown = row.as_ref().map(|r| r.state(now));
        let mut told = live_out(at.to_string(), &live, now);
        told.why = told.why.or_else(|| shown.as_ref().and_then(|s| s.why.clone()));
        out.live = Some(told);
        out.gateway = Some(gateway_out(&web, &live, row.as_ref()).await?);
        out.stream = Some(stream_out(&live));
        let chat = shown.as_ref().map(|s| &s.chat);
        out.chat = Some(ChatState {
            enabled: chat.is_some_and(|c| c.enabled),
            hooks,
            room: chat.and_then(|c| word(c.room)),
            max_units: chat.map_or(DEFAULT_MAX_UNITS, |c| c.max_units),
            max_bytes: chat.map_or(DEFAULT_MAX_BYTES, |c| c.max_bytes),
            slow_mode_s: chat.map_or(0, |c| c.slow_mode_s),
        });
        out.viewers = Some(web.hub.viewers(at));
    }
    Ok(axum::Json(out))
}
