//! Meetings: `/meetings` and `/meetings/{id}`.

pub mod acts;
pub mod door;
pub mod invitations;
pub mod occurrences;
pub mod options;
pub mod owner;
pub mod pace;
pub mod participants;
pub mod personal;
pub mod picture;
pub mod recordings;
pub mod rehearsal;
pub mod shape;
pub mod slides;
pub mod state;
pub mod view;

use amphi_events::ids::{EventId, LiveId, MeetingId};
use amphi_events::meeting::{self, MeetingCommand};
use amphi_events::{Key, Position};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::shape::{MeetingInput, MeetingOut};
use self::view::{changed, gateway_decided, owned, seen, settle, whole};
use super::problem::{Code, Problem, ProblemBody};
use super::request::{Body, Idempotency, Page, Query, Written, done_before, gone, id, if_match, limit, moment};
use crate::Web;
use crate::auth::{Identity, Planner, SignedIn, webinar};

/// The calls on meetings.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, change, cancel))
        .merge(acts::router())
        .merge(occurrences::router())
        .merge(invitations::router())
        .merge(personal::router())
        .merge(door::router())
        .merge(owner::router())
        .merge(participants::router())
        .merge(recordings::router())
        .merge(picture::router())
        .merge(rehearsal::router())
        .merge(slides::router())
        .merge(state::router())
}

/// Which meetings.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// Everybody's, for administrators and auditors; else those that one owns or co-owns.
    #[serde(default)]
    all: bool,
    /// `next` of the page before.
    cursor: Option<String>,
    /// At most so many, 1 to 200.
    limit: Option<usize>,
}

/// Meetings that one owns or co-owns, newest start first.
#[utoipa::path(get, path = "/meetings", tag = "meetings", params(Which), responses((status = 200, body = Page<MeetingOut>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn list(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Query(which): Query<Which>,
) -> Result<axum::Json<Page<MeetingOut>>, Problem> {
    if which.all && !me.role.audits() {
        return Err(Code::Forbidden.into());
    }
    let (limit, cursor) = (limit(which.limit)?, which.cursor.as_deref());
    let after: Option<MeetingId> = cursor
        .map(|c| c.parse().map_err(|_| Problem::new(Code::BadQuery).detail("cursor")))
        .transpose()?;
    let unavailable = |e| Problem::unavailable("meetings can't be read", e);
    let mut rows = if which.all {
        web.read
            .all_meetings(after, limit + 1, None)
            .await
            .map_err(unavailable)?
    } else {
        let mut mine = web.read.meetings_of(me.person).await.map_err(unavailable)?;
        mine.reverse();
        let from = after
            .and_then(|c| mine.iter().position(|m| m.id == c))
            .map_or(0, |at| at + 1);
        mine.drain(..from);
        mine
    };
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|m| m.id.to_string());
    Ok(axum::Json(Page {
        items: view::listed(&web, rows).await?,
        next,
    }))
}

/// Plans a meeting. For a webinar the answer says whether a gateway could be reserved.
#[utoipa::path(post, path = "/meetings", tag = "meetings", request_body = MeetingInput, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = MeetingOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn create(
    State(web): State<Web>,
    Planner(me): Planner,
    idem: Idempotency,
    Body(input): Body<MeetingInput>,
) -> Result<Written<MeetingOut>, Problem> {
    const CALL: &str = "POST /meetings";
    let id: MeetingId = idem.id(me.person, CALL, &web.sources);
    let live: LiveId = idem.id(me.person, "POST /meetings live", &web.sources);
    let key = idem.key(me.person, CALL);
    if let Some(position) = done_before(&*web.log, &meeting::stream(id), key).await? {
        return Ok(Written::made(position, whole(&web, id).await?));
    }
    let details = input.planned(&web).await?;
    webinar::check(&web, &me, false, details.is_webinar).await?;
    let (webinar, from, to) = (details.is_webinar, details.starts_at, details.ends_at());
    let command = MeetingCommand::Schedule {
        owner: me.person,
        live,
        details: Box::new(details),
    };
    let mut act = me.act(&web);
    act.key = key;
    let done = match web.aggregates.meetings.execute(id, command, act).await {
        Ok(done) => done,
        // The same call came twice at the same time, and the other was first.
        Err(e) => match done_before(&*web.log, &meeting::stream(id), key).await? {
            Some(position) => return Ok(Written::made(position, whole(&web, id).await?)),
            None => return Err(e.into()),
        },
    };
    let mut position = done.position;
    if webinar && let Some(at) = gateway_decided(&web, live, from, to).await {
        position = position.max(at);
    }
    settle(&web, position).await;
    Ok(Written::made(done.position, whole(&web, id).await?))
}

/// A meeting.
#[utoipa::path(get, path = "/meetings/{id}", tag = "meetings", params(("id" = String, Path)), responses((status = 200, body = MeetingOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn read(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
) -> Result<Response, Problem> {
    let meeting: MeetingId = id(&meeting)?;
    // Before what is read: a version that is older than the body is refused too often, never too seldom.
    let (held, _) = seen(&web, &me, meeting).await?;
    let answer = axum::Json(whole(&web, meeting).await?).into_response();
    Ok(versioned(answer, held.edited))
}

/// How often a change without `If-Match` is put onto what somebody else saved in the same moment.
const TRIES: u32 = 4;

/// With the version of the details: `If-Match` of a change takes it.
fn versioned(mut answer: Response, edited: Option<EventId>) -> Response {
    if let Some(tag) = edited.and_then(|e| HeaderValue::try_from(format!("\"{e}\"")).ok()) {
        answer.headers_mut().insert(header::ETAG, tag);
    }
    answer
}

/// Changes what is given; what is left out stays. With `If-Match` (what `ETag` said) only if nobody changed the meeting since.
#[utoipa::path(patch, path = "/meetings/{id}", tag = "meetings", request_body = MeetingInput, params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)), responses((status = 200, body = MeetingOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn change(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
    idem: Idempotency,
    headers: HeaderMap,
    Body(input): Body<MeetingInput>,
) -> Result<Response, Problem> {
    let id: MeetingId = id(&meeting)?;
    let wanted = if_match(&headers)?;
    changed(&web, &me, id).await?;
    let key = idem.key(me.person, "PATCH /meetings/{id}");
    let before = done_before(&*web.log, &meeting::stream(id), key).await?;
    let (position, lost) = if let Some(position) = before {
        (position, vec![])
    } else {
        let mut tries = 1;
        loop {
            match put(&web, &me, id, &input, wanted.as_deref(), key).await {
                // Onto what was saved meanwhile: only what was given is changed.
                Err(problem) if problem.code == Code::ChangedMeanwhile && wanted.is_none() && tries < TRIES => {
                    tries += 1;
                }
                done => break done?,
            }
        }
    };
    let (held, _) = view::meeting(&web, id).await?;
    let mut out = whole(&web, id).await?;
    out.lost_dates = lost;
    let answer = Written::done(position, out).into_response();
    Ok(versioned(answer, held.edited))
}

async fn put(
    web: &Web,
    me: &Identity,
    id: MeetingId,
    input: &MeetingInput,
    wanted: Option<&[EventId]>,
    key: Option<Key>,
) -> Result<(Position, Vec<String>), Problem> {
    let (held, details) = changed(web, me, id).await?;
    let seen = match (wanted, held.edited) {
        (Some(wanted), Some(edited)) if !wanted.contains(&edited) => {
            return Err(Code::ChangedMeanwhile.into());
        }
        (_, Some(edited)) => edited,
        (_, None) => return Err(Code::NotFound.into()),
    };
    let expected_end = input.expected_end.as_deref();
    let expected_end = expected_end
        .map(|at| moment(Code::BadBody, "expected_end", at))
        .transpose()?;
    let was_webinar = details.is_webinar;
    let before = details.clone();
    let details = input.clone().onto(web, details).await?;
    let lost = details.loses(&before).iter().map(ToString::to_string).collect();
    webinar::check(web, me, was_webinar, details.is_webinar).await?;
    let live = held.live.unwrap_or_else(|| web.sources.id());
    let (webinar, from, to) = (details.is_webinar, details.starts_at, details.ends_at());
    let mut act = me.act(web);
    act.key = key;
    let change = MeetingCommand::Change {
        live,
        details: Box::new(details),
        expected_end,
    };
    let command = MeetingCommand::Seen {
        seen,
        command: Box::new(change),
    };
    let done = web.aggregates.meetings.execute(id, command, act).await?;
    let mut position = done.position;
    if webinar && let Some(at) = gateway_decided(web, live, from, to).await {
        position = position.max(at);
    }
    settle(web, position).await;
    Ok((done.position, lost))
}

/// Cancels a meeting; its page says so.
#[utoipa::path(delete, path = "/meetings/{id}", tag = "meetings", params(("id" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn cancel(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
) -> Result<Response, Problem> {
    let id: MeetingId = id(&meeting)?;
    owned(&web, &me, id).await?;
    let done = web
        .aggregates
        .meetings
        .execute(id, MeetingCommand::Cancel, me.act(&web))
        .await?;
    settle(&web, done.position).await;
    Ok(gone(Some(done.position)))
}
