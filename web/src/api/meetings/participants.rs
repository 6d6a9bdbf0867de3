//! Who is in a meeting's room now, for those who present it and for administrators. Read from what the log says: BBB's webhooks and the one
//! look at the room that the reactor takes every so often, however many people ask here.

use amphi_events::Time;
use amphi_events::ids::{MeetingId, SessionId};
use amphi_events::plain::plain_name;
use amphi_events::session::{self, HookState, Part, Phase, Trouble};
use amphi_events::store::Place;
use amphi_projections::{PresentRow, SessionRow};
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::{PATIENCE, piloted, state};
use crate::Web;
use crate::api::problem::{Problem, ProblemBody};
use crate::api::request::id;
use crate::auth::{Identity, SignedIn};

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(read))
}

/// Somebody in the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// As BBB shows it; `None`: erased.
    pub name: Option<String>,
    /// How they take part.
    pub part: Part,
    /// When they came.
    pub since: Time,
}

/// What is known of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// `scheduled`, `opening`, `open`, `closed` or `cancelled`.
    pub state: &'static str,
    /// Open since.
    pub since: Option<Time>,
    /// Whether BBB tells of comings and goings at once; `None`: not known yet.
    pub hooks: Option<HookState>,
    /// BBB can't be asked since: who is there now is not known, and [`Self::people`] were there when it answered last.
    pub trouble: Option<(Trouble, Time)>,
    /// People, without robots, in the order in which they came.
    pub people: Vec<Present>,
}

impl Known {
    /// So many are there; `None`: nobody knows.
    pub fn count(&self) -> Option<usize> {
        self.trouble.is_none().then_some(self.people.len())
    }
}

/// Somebody in the room.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PresentOut {
    /// The name shown in the room; null: erased. Whoever comes in by a link types it: it is a text, and proves nothing.
    pub name: Option<String>,
    /// A moderator.
    pub moderator: bool,
    /// Shows the slides.
    pub presenter: bool,
    /// `microphone`, `listening` or `none`.
    pub voice: &'static str,
    /// Their camera is on.
    pub camera: bool,
    /// When they came.
    pub since: String,
}

/// Who is in the room now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ParticipantsOut {
    /// `scheduled`, `opening`, `open`, `closed` or `cancelled`.
    pub state: &'static str,
    /// Open since.
    pub since: Option<String>,
    /// `registered`: BBB tells of comings and goings at once. `missing`: it is asked every so often. Null: not known yet.
    pub hooks: Option<&'static str>,
    /// What is wrong with BBB, such as `unreachable`: who is there now is not known, and `people` were there when it answered last.
    pub why: Option<&'static str>,
    /// Since when.
    pub why_since: Option<String>,
    /// So many are there; null: nobody knows.
    pub count: Option<usize>,
    /// People, without a gateway's robot, in the order in which they came.
    pub people: Vec<PresentOut>,
}

impl From<Known> for ParticipantsOut {
    fn from(known: Known) -> Self {
        Self {
            state: known.state,
            since: known.since.map(Time::rfc3339),
            hooks: known.hooks.map(|h| match h {
                HookState::Registered => "registered",
                HookState::Missing => "missing",
            }),
            why: known.trouble.map(|(t, _)| match t {
                Trouble::Unreachable => "unreachable",
                Trouble::BadAnswer => "bad_answer",
                Trouble::WrongSecret => "wrong_secret",
                Trouble::Refused => "refused",
            }),
            why_since: known.trouble.map(|(_, since)| since.rfc3339()),
            count: known.count(),
            people: known.people.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Present> for PresentOut {
    fn from(p: Present) -> Self {
        Self {
            name: p.name,
            moderator: p.part.moderator,
            presenter: p.part.presenter,
            voice: p.part.voice.as_str(),
            camera: p.part.camera,
            since: p.since.rfc3339(),
        }
    }
}

fn down(e: impl std::fmt::Display) -> Problem {
    Problem::unavailable("who is in a room can't be read", e)
}

/// The session as its stream says by now: what rang the bell must be in what is read.
async fn session(web: &Web, id: SessionId) -> Result<Option<SessionRow>, Problem> {
    let folded = web.aggregates.sessions.look(id).await.map_err(down)?;
    web.read.wait(folded.position, PATIENCE).await.map_err(down)?;
    web.read.session(id).await.map_err(down)
}

fn present(web: &Web, session: SessionId, row: &PresentRow) -> Present {
    let stream = session::stream(session);
    let place = Place {
        stream: &stream,
        event: row.event,
        field: "participant",
    };
    let name = match web.keys.open(&place, &row.participant) {
        Ok(found) => found.map(|p| plain_name(&p.name)),
        Err(error) => {
            tracing::warn!(%error, %session, "a participant's name does not open");
            None
        }
    };
    Present {
        name,
        part: row.part(),
        since: row.joined_at,
    }
}

/// What is known of the room, for who may pilot the meeting.
///
/// # Errors
/// 404, 403, 503.
pub async fn known(web: &Web, me: &Identity, id: MeetingId) -> Result<Known, Problem> {
    let (meeting, details) = piloted(web, me, id).await?;
    let state = state(web, id, &meeting, &details).await?;
    let row = match meeting.session {
        Some(id) => session(web, id).await?,
        None => None,
    };
    let open = row.as_ref().filter(|s| matches!(s.phase, Phase::Open | Phase::Ending));
    Ok(Known {
        state,
        since: open.and_then(|s| s.opened_at),
        hooks: open.and_then(|s| s.hooks),
        trouble: row.as_ref().and_then(|s| s.trouble),
        people: open.map_or_else(Vec::new, |s| {
            let people = s.present.iter().filter(|p| !p.robot);
            people.map(|p| present(web, s.id, p)).collect()
        }),
    })
}

/// Who is in the room now, for those who present it.
#[utoipa::path(get, path = "/meetings/{id}/participants", tag = "meetings", params(("id" = String, Path)), responses((status = 200, body = ParticipantsOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn read(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
) -> Result<axum::Json<ParticipantsOut>, Problem> {
    let id: MeetingId = id(&meeting)?;
    Ok(axum::Json(known(&web, &me, id).await?.into()))
}
