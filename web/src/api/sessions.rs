//! Sessions of a meeting, and who was in the room: JSON, or CSV by `Accept`.

use amphi_events::Time;
use amphi_events::ids::{MeetingId, SessionId};
use amphi_events::session;
use amphi_events::store::Place;
use amphi_projections::{AttendanceRow, SessionRow};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::meetings::view::{room_state, seen};
use super::problem::{Code, Problem, ProblemBody};
use super::request::{Page, id};
use crate::Web;
use crate::auth::{Identity, SignedIn};
use crate::csv::field;

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(attendance))
}

/// One opening of a meeting's room.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionOut {
    /// Its id.
    pub id: String,
    /// Of which meeting.
    pub meeting: String,
    /// The live, for a webinar.
    pub event: Option<String>,
    /// `opening`, `open` or `closed`.
    pub state: &'static str,
    /// When it was asked for.
    pub requested_at: String,
    /// When the room was open.
    pub opened_at: Option<String>,
    /// When it was known to be over.
    pub closed_at: Option<String>,
    /// How that was known: `us`, `callback`, `polling`, `never_opened`, `replaced`, or `elsewhere`: it was brought over
    /// from another system, which noted when people came and not when they left.
    pub ended_by: Option<String>,
    /// What is wrong with BBB now.
    pub why: Option<String>,
}

fn word(value: impl Serialize) -> Option<String> {
    serde_json::to_value(value)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
}

impl From<SessionRow> for SessionOut {
    fn from(s: SessionRow) -> Self {
        Self {
            id: s.id.to_string(),
            meeting: s.meeting.to_string(),
            event: s.live.map(|l| l.to_string()),
            state: room_state(s.phase),
            requested_at: s.requested_at.rfc3339(),
            opened_at: s.opened_at.map(Time::rfc3339),
            closed_at: s.closed.map(|(_, t)| t.rfc3339()),
            ended_by: s.closed.and_then(|(by, _)| word(by)),
            why: s.trouble.and_then(|(t, _)| word(t)),
        }
    }
}

/// A meeting's sessions, the newest first.
#[utoipa::path(get, path = "/meetings/{id}/sessions", tag = "sessions", params(("id" = String, Path)), responses((status = 200, body = Page<SessionOut>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn list(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(which): Path<String>,
) -> Result<axum::Json<Page<SessionOut>>, Problem> {
    let id: MeetingId = id(&which)?;
    seen(&web, &me, id).await?;
    let rows = web
        .read
        .sessions_of(id)
        .await
        .map_err(|e| Problem::unavailable("sessions can't be read", e))?;
    Ok(axum::Json(Page {
        items: rows.into_iter().map(Into::into).collect(),
        next: None,
    }))
}

async fn find(web: &Web, me: &Identity, which: &str) -> Result<SessionRow, Problem> {
    let id: SessionId = id(which)?;
    let row = web
        .read
        .session(id)
        .await
        .map_err(|e| Problem::unavailable("a session can't be read", e))?;
    let row = row.ok_or(Code::NotFound)?;
    seen(web, me, row.meeting).await?;
    Ok(row)
}

/// A session.
#[utoipa::path(get, path = "/sessions/{id}", tag = "sessions", params(("id" = String, Path)), responses((status = 200, body = SessionOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn read(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(which): Path<String>,
) -> Result<axum::Json<SessionOut>, Problem> {
    Ok(axum::Json(find(&web, &me, &which).await?.into()))
}

/// Somebody's stay in the room.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Stay {
    /// Pseudonym in this session: the same person, the same word.
    pub who: String,
    /// Name shown in the room; null: erased, or past its retention.
    pub name: Option<String>,
    /// Came in as a moderator.
    pub moderator: bool,
    /// When they came.
    pub joined_at: String,
    /// When they left; null: still there, or not known.
    pub left_at: Option<String>,
    /// Seconds in the room, up to the end or, where they are still there, to now.
    pub duration_s: i64,
}

fn stay(web: &Web, session: &SessionRow, a: AttendanceRow) -> Stay {
    let stream = session::stream(session.id);
    let place = Place {
        stream: &stream,
        event: a.person.event,
        field: "participant",
    };
    let name = match web.keys.open(&place, &a.person.participant) {
        Ok(found) => found.map(|p| p.name),
        Err(error) => {
            tracing::warn!(%error, session = %session.id, "a participant's name does not open");
            None
        }
    };
    let end = a
        .left_at
        .or_else(|| session.closed.map(|(_, t)| t))
        .unwrap_or_else(|| web.sources.now());
    Stay {
        who: a.person.who,
        name,
        moderator: a.person.moderator,
        joined_at: a.person.joined_at.rfc3339(),
        left_at: a.left_at.map(Time::rfc3339),
        duration_s: end.since_ms(a.person.joined_at).max(0) / 1000,
    }
}

fn csv(stays: &[Stay]) -> String {
    use std::fmt::Write as _;
    let mut out = String::from("who,name,moderator,joined_at,left_at,duration_s\r\n");
    for s in stays {
        let name = field(s.name.as_deref().unwrap_or("—"));
        let left = s.left_at.as_deref().unwrap_or_default();
        // Writing into a string can't fail.
        let _ = write!(
            out,
            "{},{name},{},{},{left},{}\r\n",
            s.who, s.moderator, s.joined_at, s.duration_s
        );
    }
    out
}

/// Every stay in the room, the gateway's robot left out, in the order in which people came; with the moments of it.
pub(crate) async fn stays(web: &Web, session: &SessionRow) -> Result<Vec<(Stay, Time, Option<Time>)>, Problem> {
    let rows = web.read.attendance(session.id).await;
    let rows = rows.map_err(|e| Problem::unavailable("attendance can't be read", e))?;
    let people = rows.into_iter().filter(|a| !a.person.robot);
    Ok(people
        .map(|a| {
            let (joined, left) = (a.person.joined_at, a.left_at);
            (stay(web, session, a), joined, left)
        })
        .collect())
}

/// Whether CSV is asked for, and JSON not before it.
fn wants_csv(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    accept
        .split(',')
        .map(|part| part.split(';').next().unwrap_or_default().trim())
        .find(|t| *t == "text/csv" || *t == "application/json")
        == Some("text/csv")
}

/// Every stay in the room, in the order in which people came; the gateway's robot left out.
#[utoipa::path(get, path = "/sessions/{id}/attendance", tag = "sessions", params(("id" = String, Path)), responses((status = 200, content((Page<Stay> = "application/json"), (String = "text/csv"))), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn attendance(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(which): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let session = find(&web, &me, &which).await?;
    let stays: Vec<Stay> = stays(&web, &session)
        .await?
        .into_iter()
        .map(|(stay, ..)| stay)
        .collect();
    let mut response = if wants_csv(&headers) {
        let name = format!("attachment; filename=\"attendance-{}.csv\"", session.id);
        let name = HeaderValue::try_from(name).unwrap_or_else(|_| HeaderValue::from_static("attachment"));
        // The mark makes spreadsheets read UTF-8.
        let body = format!("\u{feff}{}", csv(&stays));
        (
            [
                (
                    header::CONTENT_TYPE,
                    HeaderValue::from_static("text/csv; charset=utf-8"),
                ),
                (header::CONTENT_DISPOSITION, name),
            ],
            body,
        )
            .into_response()
    } else {
        axum::Json(Page {
            items: stays,
            next: None,
        })
        .into_response()
    };
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
        .headers_mut()
        .insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_formulas_and_no_columns() {
        assert_eq!(field("=1+1"), "'=1+1");
        assert_eq!(field("Doe, \"Jo\""), "\"Doe, \"\"Jo\"\"\"");
        assert_eq!(field("Zoé"), "Zoé");
    }

    #[test]
    fn csv_only_where_it_is_asked_for_first() {
        let mut h = HeaderMap::new();
        assert!(!wants_csv(&h));
        h.insert(header::ACCEPT, HeaderValue::from_static("text/csv"));
        assert!(wants_csv(&h));
        h.insert(
            header::ACCEPT,
            HeaderValue::from_static("application/json, text/csv;q=0.5"),
        );
        assert!(!wants_csv(&h));
    }
}
