//! `/meetings/{id}/recordings`: what BBB recorded of a meeting. The list is what was known last, with its age; what is wanted of a recording
//! is in the log before the answer, and carried out at BBB afterwards.

use std::time::Duration;

use amphi_events::ids::MeetingId;
use amphi_events::meeting::Meeting;
use amphi_events::recordings::{Order, RecordingId, RecordingsCommand, State as Stands};
use amphi_events::session::Trouble;
use amphi_events::{Act, Position, Time};
use amphi_projections::RecordingRow;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::{owned, piloted, seen, settle};
use crate::Web;
use crate::api::problem::{Code, Problem, ProblemBody};
use crate::api::request::{Body, Query, Written, id, limit};
use crate::auth::{Identity, SignedIn};
use crate::recordings::{Freshness, NoLink};

/// A page or a call waits for BBB at most so long, and then shows what is known.
pub const LOOK: Duration = Duration::from_millis(1500);

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read, rename, delete))
        .routes(routes!(publish))
        .routes(routes!(play))
}

/// A format of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FormatOut {
    /// BBB's word: `presentation`, `video`, `podcast`, `notes`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Its length in minutes, where BBB says it.
    pub minutes: Option<u32>,
    /// Where it plays; null where recordings are guarded: ask `play` for an address.
    pub url: Option<String>,
}

/// A recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecordingOut {
    /// BBB's id.
    pub id: String,
    /// The name that somebody gave it, else its meeting's.
    pub name: String,
    /// The session that it is of, where that was one of ours.
    pub session: Option<String>,
    /// `processing`, `processed`, `published`, `unpublished` or `other`.
    #[schema(value_type = String)]
    pub state: Stands,
    /// When the session began.
    pub starts_at: String,
    /// How long it lasted, in seconds.
    pub duration_s: i64,
    /// How many came.
    pub participants: u32,
    /// How it can be looked at; none while it is being made, and of some for ever.
    pub formats: Vec<FormatOut>,
    /// What BBB is still to do: `delete`, `publish`, `unpublish`, `rename`.
    #[schema(value_type = Option<String>)]
    pub wanted: Option<Order>,
    /// What BBB refused last.
    pub refused: Option<RefusedOut>,
}

/// What BBB refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RefusedOut {
    /// `delete`, `publish`, `unpublish`, `rename`.
    #[schema(value_type = String)]
    pub wanted: Order,
    /// BBB's key.
    pub why: String,
}

/// A page of a meeting's recordings, and how fresh it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecordingsOut {
    /// The newest first.
    pub items: Vec<RecordingOut>,
    /// Give it as `cursor` for the next page; null at the end.
    pub next: Option<String>,
    /// How many there are in all.
    pub total: u64,
    /// When BBB's list was known last. Null: never, and then nobody knows whether there are any.
    pub known_at: Option<String>,
    /// What is wrong with BBB: `unreachable`, `bad_answer`, `wrong_secret`, `refused`. Null: the list is as BBB said it at `known_at`.
    #[schema(value_type = Option<String>)]
    pub why: Option<Trouble>,
    /// BBB is being asked, and has not answered yet.
    pub asking: bool,
}

/// Recordings are there where the house records.
///
/// # Errors
/// 404.
pub fn enabled(web: &Web) -> Result<(), Problem> {
    if web.settings.recording {
        Ok(())
    } else {
        Err(Code::NotFound.into())
    }
}

fn unread(e: impl std::fmt::Display) -> Problem {
    Problem::unavailable("recordings can't be read", e)
}

/// An id of a recording, as a path has it.
///
/// # Errors
/// 404.
pub fn recording_id(text: &str) -> Result<RecordingId, Problem> {
    text.parse().map_err(|_| Code::NoRecording.into())
}

impl RecordingOut {
    /// As it is shown; `title` is the meeting's name. `None`: it is in no list.
    pub fn of(row: RecordingRow, title: &str) -> Option<Self> {
        let wanted = row.held.wanted();
        let listed = row.held.is_listed();
        let facts = row.held.facts.filter(|_| listed)?;
        let format = |f: amphi_events::recordings::Format| FormatOut {
            kind: f.kind.0,
            minutes: f.minutes,
            url: (!f.guarded).then_some(f.link.0),
        };
        Some(Self {
            id: row.id.to_string(),
            name: row.held.name.map_or_else(|| title.to_owned(), |n| n.0),
            session: facts.session.map(|s| s.to_string()),
            state: facts.state,
            starts_at: facts.starts_at.rfc3339(),
            duration_s: facts.ends_at.since_ms(facts.starts_at).max(0) / 1000,
            participants: facts.participants,
            formats: facts.formats.into_iter().map(format).collect(),
            wanted,
            refused: row.held.refused.map(|(wanted, why)| RefusedOut { wanted, why }),
        })
    }
}

/// A page of a meeting's recordings.
#[derive(Debug)]
pub struct Found {
    /// Rows.
    pub rows: Vec<RecordingRow>,
    /// The id after which the next page begins.
    pub next: Option<RecordingId>,
    /// How many there are.
    pub total: u64,
    /// How fresh they are.
    pub known: Freshness,
}

/// Has BBB asked, waits for that at most [`LOOK`], and reads what is known.
///
/// # Errors
/// 503: our own read models.
pub async fn find(web: &Web, meeting: MeetingId, after: Option<&RecordingId>, limit: usize) -> Result<Found, Problem> {
    let known = web.recorder.look(meeting, LOOK).await;
    let rows = web.read.recordings_of(meeting, after, limit + 1).await;
    let mut rows = rows.map_err(unread)?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    Ok(Found {
        next: rows.last().filter(|_| more).map(|r| r.id.clone()),
        total: web.read.count_recordings(meeting).await.map_err(unread)?,
        rows,
        known,
    })
}

/// A recording of this meeting that is in its list: that of another meeting is none (census M10), nor is an id that nobody knows (M11).
///
/// # Errors
/// 404, 503.
pub async fn listed(web: &Web, meeting: MeetingId, recording: &RecordingId) -> Result<RecordingRow, Problem> {
    let row = web.read.recording(meeting, recording).await.map_err(unread)?;
    row.filter(|r| r.held.is_listed())
        .ok_or_else(|| Code::NoRecording.into())
}

/// Has this done with a recording, by who may: to delete one is for the owner and administrators, as the button is (census §2.1, M10:
/// co-owners could post what they were not shown); the rest is for all who present.
///
/// # Errors
/// 403, 404, 409, 422; log or store take nothing.
pub async fn does(
    web: &Web,
    me: &Identity,
    act: Act,
    meeting: MeetingId,
    command: RecordingsCommand,
) -> Result<Position, Problem> {
    enabled(web)?;
    let deletes = matches!(
        command,
        RecordingsCommand::Order {
            order: Order::Delete,
            ..
        }
    );
    if deletes {
        owned(web, me, meeting).await?;
    } else {
        piloted(web, me, meeting).await?;
    }
    let done = web.aggregates.recordings.execute(meeting, command, act).await?;
    settle(web, done.position).await;
    Ok(done.position)
}

/// The address under which a format plays now: at once where it is known, else asked of BBB within some seconds.
///
/// # Errors
/// 404: no such recording or format (census M11); 503: BBB does not say.
pub async fn address(
    web: &Web,
    me: &Identity,
    meeting: MeetingId,
    recording: &RecordingId,
    kind: &str,
) -> Result<String, Problem> {
    enabled(web)?;
    seen(web, me, meeting).await?;
    let row = listed(web, meeting, recording).await?;
    let formats = row.held.facts.map(|f| f.formats).unwrap_or_default();
    let format = formats.into_iter().find(|f| f.kind.0 == kind);
    let format = format.ok_or_else(|| Problem::new(Code::NoFormat))?;
    if !format.guarded {
        return Ok(format.link.0);
    }
    web.recorder.link(recording, kind).await.map_err(|why| match why {
        NoLink::Gone => Code::NoFormat.into(),
        NoLink::Unknown => Problem::new(Code::RecordingsUnknown).retry_after(10),
    })
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// `next` of the page before.
    cursor: Option<String>,
    /// At most so many, 1 to 200.
    limit: Option<usize>,
}

/// A meeting's recordings, the newest first: as BBB lists them now where it answers within two seconds, else as it did last. An error of BBB is
/// not "no recordings": `known_at` and `why` say how much the list is worth.
#[utoipa::path(get, path = "/meetings/{id}/recordings", tag = "recordings", params(("id" = String, Path), Which), responses((status = 200, body = RecordingsOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn list(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(which): Path<String>,
    Query(page): Query<Which>,
) -> Result<axum::Json<RecordingsOut>, Problem> {
    enabled(&web)?;
    let id: MeetingId = id(&which)?;
    let (_, details) = seen(&web, &me, id).await?;
    let limit = limit(page.limit)?;
    let cursor = page.cursor.as_deref();
    let after: Option<RecordingId> = cursor
        .map(|c| c.parse().map_err(|_| Problem::new(Code::BadQuery).detail("cursor")))
        .transpose()?;
    let found = find(&web, id, after.as_ref(), limit).await?;
    let title = &details.name.0;
    Ok(axum::Json(RecordingsOut {
        items: found
            .rows
            .into_iter()
            .filter_map(|r| RecordingOut::of(r, title))
            .collect(),
        next: found.next.map(Into::into),
        total: found.total,
        known_at: found.known.at.map(Time::rfc3339),
        why: found.known.trouble.map(|(why, _)| why),
        asking: found.known.asking,
    }))
}

async fn out(web: &Web, id: MeetingId, meeting: &Meeting, recording: &RecordingId) -> Result<RecordingOut, Problem> {
    let title = meeting.details.as_ref().map_or("", |d| d.name.0.as_str());
    let row = listed(web, id, recording).await?;
    RecordingOut::of(row, title).ok_or_else(|| Code::NoRecording.into())
}

/// A recording, as it was known last.
#[utoipa::path(get, path = "/meetings/{id}/recordings/{rid}", tag = "recordings", params(("id" = String, Path), ("rid" = String, Path)), responses((status = 200, body = RecordingOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn read(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path((which, recording)): Path<(String, String)>,
) -> Result<axum::Json<RecordingOut>, Problem> {
    enabled(&web)?;
    let id: MeetingId = id(&which)?;
    let (meeting, _) = seen(&web, &me, id).await?;
    let recording = recording_id(&recording)?;
    Ok(axum::Json(out(&web, id, &meeting, &recording).await?))
}

/// Deletes a recording, for good: by the meeting's owner, and administrators. What is wanted is in the log with this answer; BBB is asked until
/// it has done it.
#[utoipa::path(delete, path = "/meetings/{id}/recordings/{rid}", tag = "recordings", params(("id" = String, Path), ("rid" = String, Path)), responses((status = 202, body = RecordingOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn delete(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(at): Path<(String, String)>,
) -> Result<Written<Option<RecordingOut>>, Problem> {
    let order = |recording| RecordingsCommand::Order {
        recording,
        order: Order::Delete,
    };
    changed(&web, &me, &at, order).await
}

/// What to call a recording.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NameInput {
    /// 2 to 250 characters, in clear in the log.
    pub name: String,
}

/// Gives a recording a name. It is the same recording; BBB is told the name where it takes one.
#[utoipa::path(patch, path = "/meetings/{id}/recordings/{rid}", tag = "recordings", request_body = NameInput, params(("id" = String, Path), ("rid" = String, Path)), responses((status = 202, body = RecordingOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn rename(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(at): Path<(String, String)>,
    Body(input): Body<NameInput>,
) -> Result<Written<Option<RecordingOut>>, Problem> {
    let name = |recording| RecordingsCommand::Name {
        recording,
        name: input.name,
    };
    changed(&web, &me, &at, name).await
}

/// Whether a recording is to be seen.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishInput {
    /// True: by whoever has its link; false: by nobody.
    pub publish: bool,
}

/// Lets a recording be seen, or hides it.
#[utoipa::path(post, path = "/meetings/{id}/recordings/{rid}/publish", tag = "recordings", request_body = PublishInput, params(("id" = String, Path), ("rid" = String, Path)), responses((status = 202, body = RecordingOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn publish(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(at): Path<(String, String)>,
    Body(input): Body<PublishInput>,
) -> Result<Written<Option<RecordingOut>>, Problem> {
    let order = if input.publish {
        Order::Publish
    } else {
        Order::Unpublish
    };
    let order = |recording| RecordingsCommand::Order { recording, order };
    changed(&web, &me, &at, order).await
}

async fn changed(
    web: &Web,
    me: &Identity,
    (which, recording): &(String, String),
    command: impl FnOnce(RecordingId) -> RecordingsCommand,
) -> Result<Written<Option<RecordingOut>>, Problem> {
    enabled(web)?;
    let id: MeetingId = id(which)?;
    // Who may nothing here learns nothing of what there is.
    let (meeting, _) = piloted(web, me, id).await?;
    let recording = recording_id(recording)?;
    let position = does(web, me, me.act(web), id, command(recording.clone())).await?;
    Ok(Written {
        status: StatusCode::ACCEPTED,
        position: Some(position),
        // Deleted at once: there is nothing to show.
        body: out(web, id, &meeting, &recording).await.ok(),
    })
}

/// Where a format plays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlayOut {
    /// The address; where recordings are guarded it opens once.
    pub url: String,
}

/// The address under which a format of a recording plays now.
#[utoipa::path(get, path = "/meetings/{id}/recordings/{rid}/play/{type}", tag = "recordings", params(("id" = String, Path), ("rid" = String, Path), ("type" = String, Path)), responses((status = 200, body = PlayOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn play(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path((which, recording, kind)): Path<(String, String, String)>,
) -> Result<axum::Json<PlayOut>, Problem> {
    let id: MeetingId = id(&which)?;
    enabled(&web)?;
    seen(&web, &me, id).await?;
    let url = address(&web, &me, id, &recording_id(&recording)?, &kind).await?;
    Ok(axum::Json(PlayOut { url }))
}
