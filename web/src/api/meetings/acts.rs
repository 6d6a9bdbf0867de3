//! What presenters do with a meeting: start, join, end, the live, the chat. Each is absolute, so that a repeat
//! changes nothing; the reactors close the difference (design §1).

use amphi_events::chat::ChatCommand;
use amphi_events::ids::{LiveId, MeetingId};
use amphi_events::live::{LiveCommand, Refusal as LiveRefusal, StopReason};
use amphi_events::meeting::{self, Details, Meeting, MeetingCommand};
use amphi_events::{ExecuteError, Position, Scope, Time};
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::shape::MeetingOut;
use super::view::{self, hold, live, piloted, settle, whole};
use crate::Web;
use crate::api::problem::{Code, Problem, ProblemBody};
use crate::api::request::{Body, Idempotency, Written, done_before, id};
use crate::auth::{Identity, MaybePerson, SignedIn};

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(start))
        .routes(routes!(join))
        .routes(routes!(end))
        .routes(routes!(live_start))
        .routes(routes!(live_stop))
        .routes(routes!(live_restart))
        .routes(routes!(chat))
}

/// How long a wish holds: to the planned end, or from now where that is over, and the overrun.
fn until(web: &Web, details: &Details) -> Time {
    let now = web.sources.now();
    details
        .around(now)
        .ends_at
        .max(now)
        .plus_s(web.settings.overrun.as_secs() as i64)
}

/// Wants the meeting's room open. A webinar's live follows.
#[utoipa::path(post, path = "/meetings/{id}/start", tag = "meetings", params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = MeetingOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn start(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
    idem: Idempotency,
) -> Result<Written<MeetingOut>, Problem> {
    let id: MeetingId = id(&meeting)?;
    let (_, details) = piloted(&web, &me, id).await?;
    let command = MeetingCommand::Start {
        session: web.sources.id(),
        until: until(&web, &details),
    };
    on_meeting(&web, &me, id, command, "start", &idem).await
}

/// Wants room and live over.
#[utoipa::path(post, path = "/meetings/{id}/end", tag = "meetings", params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = MeetingOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn end(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
    idem: Idempotency,
) -> Result<Written<MeetingOut>, Problem> {
    let id: MeetingId = id(&meeting)?;
    piloted(&web, &me, id).await?;
    on_meeting(&web, &me, id, MeetingCommand::End, "end", &idem).await
}

async fn on_meeting(
    web: &Web,
    me: &Identity,
    id: MeetingId,
    command: MeetingCommand,
    call: &str,
    idem: &Idempotency,
) -> Result<Written<MeetingOut>, Problem> {
    let key = idem.key(me.person, call);
    let position = if let Some(position) = done_before(&*web.log, &meeting::stream(id), key).await? {
        position
    } else {
        let mut act = me.act(web);
        act.key = key;
        act.vital = matches!(command, MeetingCommand::End);
        match web.aggregates.meetings.execute(id, command, act).await {
            Ok(done) => done.position,
            Err(e @ ExecuteError::Append(_)) if call == "end" => {
                if let Some(live) = view::meeting(web, id).await?.0.live {
                    web.callbacks.stop_anyway(live);
                }
                return Err(e.into());
            }
            Err(e) => return Err(e.into()),
        }
    };
    settle(web, position).await;
    Ok(Written::done(position, whole(web, id).await?))
}

/// Where to go in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Door {
    /// An address of this service that leads into the room once it is open.
    pub join_url: String,
}

/// Where to go in. The room's own address is signed when that one is opened, for the person who opens it.
#[utoipa::path(post, path = "/meetings/{id}/join", tag = "meetings", params(("id" = String, Path)), responses((status = 200, body = Door), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn join(
    State(web): State<Web>,
    MaybePerson(me): MaybePerson,
    Path(meeting): Path<String>,
) -> Result<axum::Json<Door>, Problem> {
    let id: MeetingId = id(&meeting)?;
    // Nothing is told of ids to somebody who would not be let in either way.
    let (meeting, details) = match (view::meeting(&web, id).await, &me) {
        (Ok(found), _) => found,
        (Err(_), None) => return Err(Code::SignedOut.into()),
        (Err(problem), Some(_)) => return Err(problem),
    };
    if details.is_restricted && me.is_none() {
        return Err(Code::SignedOut.into());
    }
    if meeting.cancelled {
        return Err(Code::MeetingCancelled.into());
    }
    if view::outside(&web, me.as_ref(), &meeting, &details).await? {
        return Err(Code::Forbidden.into());
    }
    Ok(axum::Json(Door {
        join_url: format!("{}/join/{id}", web.settings.public_url),
    }))
}

fn live_of(meeting: &Meeting, details: &Details) -> Result<LiveId, Problem> {
    meeting
        .live
        .filter(|_| details.is_webinar)
        .ok_or_else(|| Code::NotAWebinar.into())
}

async fn on_live(
    web: &Web,
    me: &Identity,
    id: MeetingId,
    at: LiveId,
    command: LiveCommand,
    call: &str,
    idem: &Idempotency,
) -> Result<Written<MeetingOut>, Problem> {
    let key = idem.key(me.person, call);
    let position = if let Some(position) = done_before(&*web.log, &amphi_events::live::stream(at), key).await? {
        position
    } else {
        let mut act = me.act(web);
        act.key = key;
        act.vital = matches!(command, LiveCommand::Stop(_));
        match web.aggregates.lives.execute(at, command, act).await {
            Ok(done) => done.position,
            Err(e) if e.refusal() == Some(&LiveRefusal::NoGateway) => return Err(no_gateway(web, at).await?),
            Err(e @ ExecuteError::Append(_)) if call == "live/stop" => {
                web.callbacks.stop_anyway(at);
                return Err(e.into());
            }
            Err(e) => return Err(e.into()),
        }
    };
    settle(web, position).await;
    Ok(Written::done(position, whole(web, id).await?))
}

async fn no_gateway(web: &Web, at: LiveId) -> Result<Problem, Problem> {
    let hold = hold(&live(web, at).await?);
    Ok(Problem::new(Code::NoGateway).with("next_free", hold.next_free))
}

/// Wants the picture to run, in the meeting's open session.
#[utoipa::path(post, path = "/meetings/{id}/live/start", tag = "lives", params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = MeetingOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn live_start(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
    idem: Idempotency,
) -> Result<Written<MeetingOut>, Problem> {
    let id: MeetingId = id(&meeting)?;
    let (meeting, details) = piloted(&web, &me, id).await?;
    let at = live_of(&meeting, &details)?;
    if meeting.cancelled {
        return Err(Code::MeetingCancelled.into());
    }
    let Some(session) = meeting.session.filter(|_| !meeting.ending) else {
        return Err(Code::MeetingNotRunning.into());
    };
    let command = LiveCommand::Request {
        session: Some(session),
        until: until(&web, &details),
    };
    on_live(&web, &me, id, at, command, "live/start", &idem).await
}

/// Wants the picture off; the room stays open.
#[utoipa::path(post, path = "/meetings/{id}/live/stop", tag = "lives", params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = MeetingOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn live_stop(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
    idem: Idempotency,
) -> Result<Written<MeetingOut>, Problem> {
    let id: MeetingId = id(&meeting)?;
    let (meeting, details) = piloted(&web, &me, id).await?;
    let at = live_of(&meeting, &details)?;
    on_live(
        &web,
        &me,
        id,
        at,
        LiveCommand::Stop(StopReason::Presenter),
        "live/stop",
        &idem,
    )
    .await
}

/// Wants the gateway's run replaced by a new one.
#[utoipa::path(post, path = "/meetings/{id}/live/restart", tag = "lives", params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = MeetingOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn live_restart(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
    idem: Idempotency,
) -> Result<Written<MeetingOut>, Problem> {
    let id: MeetingId = id(&meeting)?;
    let (meeting, details) = piloted(&web, &me, id).await?;
    let at = live_of(&meeting, &details)?;
    on_live(&web, &me, id, at, LiveCommand::Restart, "live/restart", &idem).await
}

/// Whether people may post on the live page.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChatSwitch {
    /// They may.
    pub enabled: bool,
}

/// Says whether people may post on the live page; what is there stays.
#[utoipa::path(put, path = "/meetings/{id}/chat", tag = "lives", request_body = ChatSwitch, params(("id" = String, Path)), responses((status = 200, body = ChatSwitch), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn chat(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
    Body(switch): Body<ChatSwitch>,
) -> Result<Written<ChatSwitch>, Problem> {
    let id: MeetingId = id(&meeting)?;
    let (meeting, details) = piloted(&web, &me, id).await?;
    let at = live_of(&meeting, &details)?;
    let position = switch_chat(&web, &me, at, switch).await?;
    Ok(Written::done(position, switch))
}

/// The same of any live.
///
/// # Errors
/// Log or store take nothing.
pub(in crate::api) async fn switch_chat(
    web: &Web,
    me: &Identity,
    at: LiveId,
    switch: ChatSwitch,
) -> Result<Position, Problem> {
    let scope = Scope::chat(at);
    // A key is durable before any event that needs it (design §4); made at planning, and here where that is still to come.
    web.keys
        .make_scope(&scope)
        .await
        .map_err(|e| Problem::unavailable("a scope's key can't be made", e))?;
    let who = web
        .keys
        .pseudonym(&scope, me.person)
        .map_err(|e| Problem::unavailable("a pseudonym can't be made", e))?;
    let act = me.act_as(web, &who);
    let done = web
        .aggregates
        .chats
        .execute(at, ChatCommand::SetOpen(switch.enabled), act)
        .await?;
    settle(web, done.position).await;
    Ok(done.position)
}
