//! How the picture of a webinar is wanted: where it comes from, and whether the room's chat stands in it. What is wanted is absolute; what
//! stands between it and what is to be seen is said.

use amphi_events::gateway::Generation;
use amphi_events::ids::{LiveId, MeetingId};
use amphi_events::live::{LiveCommand, PictureSource};
use amphi_projections::{GatewayRow, LiveRow};
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::{piloted, settle};
use crate::Web;
use crate::api::gateways::STREAM_KEY;
use crate::api::problem::{Code, Problem, ProblemBody};
use crate::api::request::{Body, Written, id};
use crate::auth::SignedIn;
use crate::media::push;
pub use crate::media::push::StreamAddress;

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(read, want))
}

/// How the picture is wanted; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PictureWish {
    /// `gateway`, whose robot goes into the room, or `encoder`, a presenter's own.
    pub source: Option<String>,
    /// The room's chat stands in the picture.
    pub chat_shown: Option<bool>,
}

/// The picture as it is wanted, and as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PictureOut {
    /// Where it comes from.
    pub source: &'static str,
    /// The room's chat is wanted in it.
    pub chat_shown: bool,
    /// How that stands: `not_running`, `as_wanted`, `changing`, `next_start` (this gateway takes it at the start only), `unknown` (a restart
    /// of the picture makes it as wanted), `kept_for_chat` (lines of the audience go through the robot, which types nothing while the pane
    /// is closed), `not_ours` (an encoder's).
    pub chat: &'static str,
    /// What the gateway speaks that makes it, or will.
    pub generation: Option<&'static str>,
    /// Where an encoder sends its picture, once one is held for this live and its start is a quarter of an hour away, or while it rehearses.
    pub stream: Option<StreamAddress>,
    /// From then on `stream` is shown; null: it is, or there is none.
    pub stream_from: Option<String>,
}

/// The live's row and the gateway that makes its picture, or will.
pub(crate) async fn looked(web: &Web, row: &LiveRow) -> Result<Option<GatewayRow>, Problem> {
    let Some(gateway) = row.run.map(|r| r.gateway).or(row.gateway) else {
        return Ok(None);
    };
    let found = web.read.gateway(gateway).await;
    found.map_err(|e| Problem::unavailable("gateways can't be read", e))
}

/// The picture of a live, for whoever pilots it.
pub(crate) async fn picture(web: &Web, row: &LiveRow) -> Result<PictureOut, Problem> {
    let (gateway, now) = (looked(web, row).await?, web.sources.now());
    let speaks = gateway.as_ref().and_then(GatewayRow::generation);
    let encoder = gateway.filter(|_| speaks == Some(Generation::Encoder));
    let (stream, from) = match rehearsing(web, row).await? {
        Some((gateway, live)) => (stream(web, &gateway, live).await?, None),
        None => match (encoder, push::shown_from(row, now)) {
            (Some(_), Some(from)) => (None, Some(from)),
            (Some(gateway), None) if now < row.ends_at || row.busy() => (stream(web, &gateway, row.id).await?, None),
            _ => (None, None),
        },
    };
    Ok(PictureOut {
        source: row.source.as_str(),
        chat_shown: row.chat_wanted,
        chat: row.chat_in_picture(speaks).as_str(),
        generation: speaks.map(Generation::as_str),
        stream,
        stream_from: from.map(amphi_events::Time::rfc3339),
    })
}

/// The encoder that a rehearsal of this live uses, and what stands there in the place of the live: its key is of the rehearsal alone.
async fn rehearsing(web: &Web, row: &LiveRow) -> Result<Option<(GatewayRow, LiveId)>, Problem> {
    let down = |e| Problem::unavailable("rehearsals can't be read", e);
    let last = web.read.last_rehearsal(row.id).await.map_err(down)?;
    let Some((id, gateway)) = last
        .filter(|r| r.ended.is_none())
        .and_then(|r| Some((r.id, r.gateway?)))
    else {
        return Ok(None);
    };
    let found = web.read.gateway(gateway).await.map_err(down)?;
    let encoder = found.filter(|g| g.generation() == Some(Generation::Encoder));
    Ok(encoder.map(|g| (g, LiveId(id.0))))
}

/// What the encoder of a live is set to at that gateway.
async fn stream(web: &Web, gateway: &GatewayRow, live: LiveId) -> Result<Option<StreamAddress>, Problem> {
    let place = gateway.id.to_string();
    let name = web.store.get_secret(STREAM_KEY, &place).await;
    let name = name.map_err(|e| Problem::unavailable("a secret can't be read", e))?;
    let server = &gateway.setup.rtmp_base.0;
    Ok(name.map(|name| push::address(web, &place, server, &name, Some(live))))
}

async fn of(web: &Web, id: MeetingId) -> Result<PictureOut, Problem> {
    let (meeting, details) = super::view::meeting(web, id).await?;
    let live = meeting.live.filter(|_| details.is_webinar).ok_or(Code::NotAWebinar)?;
    let row = web.read.live(live).await;
    let row = row.map_err(|e| Problem::unavailable("a live can't be read", e))?;
    picture(web, &row.ok_or(Code::NotFound)?).await
}

/// The picture of a webinar: how it is wanted, how it is, and where an encoder sends it.
#[utoipa::path(get, path = "/meetings/{id}/picture", tag = "lives", params(("id" = String, Path)), responses((status = 200, body = PictureOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn read(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
) -> Result<axum::Json<PictureOut>, Problem> {
    let id: MeetingId = id(&meeting)?;
    piloted(&web, &me, id).await?;
    Ok(axum::Json(of(&web, id).await?))
}

/// Says how the picture of a webinar is wanted. Where it comes from is chosen while nothing runs.
#[utoipa::path(put, path = "/meetings/{id}/picture", tag = "lives", request_body = PictureWish, params(("id" = String, Path)), responses((status = 200, body = PictureOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn want(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
    Body(wish): Body<PictureWish>,
) -> Result<Written<PictureOut>, Problem> {
    let id: MeetingId = id(&meeting)?;
    let (meeting, details) = piloted(&web, &me, id).await?;
    let live = meeting.live.filter(|_| details.is_webinar).ok_or(Code::NotAWebinar)?;
    let source = match wish.source.as_deref() {
        None => None,
        Some("gateway") => Some(PictureSource::Gateway),
        Some("encoder") => Some(PictureSource::Encoder),
        Some(_) => return Err(Problem::new(Code::BadBody).detail("source: gateway or encoder")),
    };
    let command = LiveCommand::WantPicture {
        source,
        chat: wish.chat_shown,
    };
    let done = web.aggregates.lives.execute(live, command, me.act(&web)).await?;
    settle(&web, done.position).await;
    Ok(Written::done(done.position, of(&web, id).await?))
}
