//! Rehearsals of a webinar: the whole chain on a room of its own, with a report of what worked and how long each step took. Nothing of it is
//! public, and nothing is counted.

use amphi_events::Key;
use amphi_events::ids::{LiveId, MeetingId, RehearsalId};
use amphi_events::rehearsal::{How, RehearsalCommand, Step};
use amphi_projections::{LiveRow, RehearsalRow};
use axum::extract::{Path, State};
use serde::Serialize;
use ulid::Ulid;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::{self, piloted, settle};
use crate::Web;
use crate::api::problem::{Code, Problem, ProblemBody};
use crate::api::request::{Written, id};
use crate::auth::{Identity, SignedIn};

/// A rehearsal is over by then, in seconds: a gateway has 30 s to start, its robot two minutes to come, the picture one to move.
pub const MOST_S: i64 = 300;

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(read, begin, cancel))
}

/// A step of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StepOut {
    /// `gateway`, `room`, `start`, `robot`, `picture`, `chat`, `stop`.
    pub step: String,
    /// `done`, `failed`, `doing`, `todo`; `skipped` where a step before it failed, or an encoder has no robot.
    pub state: &'static str,
    /// So long it took, in milliseconds.
    pub took_ms: Option<u64>,
    /// What went wrong, such as `no_robot`.
    pub fault: Option<String>,
}

/// The last rehearsal of a webinar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RehearsalOut {
    /// `none`, `running`, `passed`, `failed`, `cancelled`, `interrupted`.
    pub state: &'static str,
    /// Its id.
    pub id: Option<String>,
    /// When it was asked for.
    pub at: Option<String>,
    /// By when it is over.
    pub until: Option<String>,
    /// When it was over.
    pub ended_at: Option<String>,
    /// Name of the gateway it used.
    pub gateway: Option<String>,
    /// Every step, in their order.
    pub steps: Vec<StepOut>,
}

fn word(of: impl Serialize) -> String {
    serde_json::to_value(of)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn steps(row: &RehearsalRow) -> Vec<StepOut> {
    let over = row.ended.is_some();
    let failed = row
        .steps
        .iter()
        .any(|(step, _, fault)| *step != Step::Stop && fault.is_some());
    let mut doing = !over;
    let mut all = Vec::new();
    for step in Step::ALL {
        let done = row.steps.iter().find(|(s, ..)| *s == step);
        let later = row.steps.iter().any(|(s, ..)| *s > step);
        let state = match done {
            Some((.., None)) => "done",
            Some((.., Some(_))) => "failed",
            None if later || over || (failed && step != Step::Stop) => "skipped",
            None if doing => {
                doing = false;
                "doing"
            }
            None => "todo",
        };
        all.push(StepOut {
            step: word(step),
            state,
            took_ms: done.map(|(_, ms, _)| *ms),
            fault: done.and_then(|(.., fault)| fault.map(word)),
        });
    }
    all
}

/// What is said of a rehearsal.
pub(crate) async fn report(web: &Web, row: Option<&RehearsalRow>) -> Result<RehearsalOut, Problem> {
    let Some(row) = row else {
        return Ok(RehearsalOut {
            state: "none",
            id: None,
            at: None,
            until: None,
            ended_at: None,
            gateway: None,
            steps: vec![],
        });
    };
    let gateway = match row.gateway {
        Some(gateway) => {
            let found = web.read.gateway(gateway).await;
            let found = found.map_err(|e| Problem::unavailable("gateways can't be read", e))?;
            found.map(|g| g.setup.name.0)
        }
        None => None,
    };
    Ok(RehearsalOut {
        state: match row.ended {
            None => "running",
            Some((How::Passed, _)) => "passed",
            Some((How::Failed, _)) => "failed",
            Some((How::Cancelled, _)) => "cancelled",
            Some((How::Interrupted, _)) => "interrupted",
        },
        id: Some(row.id.to_string()),
        at: Some(row.at.rfc3339()),
        until: Some(row.until.rfc3339()),
        ended_at: row.ended.map(|(_, at)| at.rfc3339()),
        gateway,
        steps: steps(row),
    })
}

async fn live_of(web: &Web, me: &Identity, id: MeetingId) -> Result<LiveRow, Problem> {
    let (meeting, details) = piloted(web, me, id).await?;
    let live = meeting.live.filter(|_| details.is_webinar).ok_or(Code::NotAWebinar)?;
    let row = web.read.live(live).await;
    let row = row.map_err(|e| Problem::unavailable("a live can't be read", e))?;
    row.ok_or_else(|| Code::NotAWebinar.into())
}

async fn last(web: &Web, row: &LiveRow) -> Result<Option<RehearsalRow>, Problem> {
    let found = web.read.last_rehearsal(row.id).await;
    found.map_err(|e| Problem::unavailable("rehearsals can't be read", e))
}

/// The last rehearsal: how far it is, or how it went.
#[utoipa::path(get, path = "/meetings/{id}/rehearsal", tag = "lives", params(("id" = String, Path)), responses((status = 200, body = RehearsalOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn read(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
) -> Result<axum::Json<RehearsalOut>, Problem> {
    let row = live_of(&web, &me, id(&meeting)?).await?;
    Ok(axum::Json(report(&web, last(&web, &row).await?.as_ref()).await?))
}

/// The id of a live's next rehearsal. It follows from the one before, so that two who ask at once ask for the same one: each had a fresh id, and
/// nothing kept them from both holding a gateway. It comes after the one before, since the last one is found by its id.
fn next(live: LiveId, last: Option<RehearsalId>) -> RehearsalId {
    let before = last.map_or(live.0, |id| id.0);
    let digest = Key::of(&["rehearsal", &live.to_string(), &before.to_string()]).0;
    let mut random = [0_u8; 16];
    random.copy_from_slice(&digest[..16]);
    let random = u128::from_be_bytes(random);
    RehearsalId(Ulid::from_parts(before.timestamp_ms() + 1, random))
}

/// Begins a rehearsal, on a gateway that is free now. It ends by itself; one at a time for a webinar, and none while its live is wanted.
#[utoipa::path(post, path = "/meetings/{id}/rehearsal", tag = "lives", params(("id" = String, Path)), responses((status = 200, body = RehearsalOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn begin(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
) -> Result<Written<RehearsalOut>, Problem> {
    let meeting: MeetingId = id(&meeting)?;
    let row = live_of(&web, &me, meeting).await?;
    // There is no room of its own to try out.
    if view::meeting(&web, meeting).await?.0.elsewhere.is_some() {
        return Err(Code::MeetingElsewhere.into());
    }
    if row.cancelled {
        return Err(Code::LiveCancelled.into());
    }
    let held = last(&web, &row).await?;
    if row.busy() || held.as_ref().is_some_and(|r| r.ended.is_none()) {
        return Err(Code::RehearsalNotNow.into());
    }
    let rehearsal = next(row.id, held.map(|r| r.id));
    let command = RehearsalCommand::Request {
        live: row.id,
        meeting,
        until: web.sources.now().plus_s(MOST_S),
    };
    let done = web
        .aggregates
        .rehearsals
        .execute(rehearsal, command, me.act(&web))
        .await?;
    if done.ids.is_empty() {
        // Somebody asked at the same moment.
        return Err(Code::RehearsalNotNow.into());
    }
    settle(&web, done.position).await;
    Ok(Written::done(
        done.position,
        report(&web, last(&web, &row).await?.as_ref()).await?,
    ))
}

/// Wants the rehearsal that is under way over.
#[utoipa::path(delete, path = "/meetings/{id}/rehearsal", tag = "lives", params(("id" = String, Path)), responses((status = 200, body = RehearsalOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn cancel(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
) -> Result<axum::Json<RehearsalOut>, Problem> {
    let row = live_of(&web, &me, id(&meeting)?).await?;
    if let Some(running) = last(&web, &row).await?.filter(|r| r.ended.is_none()) {
        let act = me.act(&web).vital();
        let done = web
            .aggregates
            .rehearsals
            .execute(running.id, RehearsalCommand::Cancel, act)
            .await?;
        settle(&web, done.position).await;
    }
    Ok(axum::Json(report(&web, last(&web, &row).await?.as_ref()).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_rehearsal_follows_from_the_one_before_and_comes_after_it() {
        let (one, other) = (LiveId(Ulid::from_parts(7, 1)), LiveId(Ulid::from_parts(7, 2)));
        let first = next(one, None);
        assert_eq!(first, next(one, None));
        assert_ne!(first, next(other, None));
        let second = next(one, Some(first));
        assert!(first < second && second < next(one, Some(second)));
    }
}
