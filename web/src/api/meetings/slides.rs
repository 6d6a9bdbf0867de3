//! `/meetings/{id}/slides`: what is shown in the room from the start on. A file is sent as it is, as the body.

use amphi_events::Position;
use amphi_events::ids::{MeetingId, SlidesId};
use amphi_events::meeting::slides::{SLIDES_MAX, Slides};
use amphi_events::meeting::{Meeting, MeetingCommand, Refusal};
use axum::body::{Body as Raw, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::{changed, piloted, settle};
use crate::Web;
use crate::api::problem::{Code, Problem, ProblemBody};
use crate::api::request::{Page, Query, Written, gone, id};
use crate::auth::{Identity, SignedIn};
use crate::slides::kind;

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(remove))
}

/// A file of slides.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SlidesOut {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its pages, of a PDF.
    pub pages: Option<u32>,
}

impl From<&Slides> for SlidesOut {
    fn from(s: &Slides) -> Self {
        Self {
            id: s.id.to_string(),
            name: s.file.0.clone(),
            bytes: s.bytes,
            pages: s.pages,
        }
    }
}

/// How the file is called.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// With its ending, which says its kind. Stands in clear in the log.
    name: String,
}

/// The length that a request announces.
pub fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Keeps a file for this meeting: it is looked at before anything is kept, and is in the store before the event says so.
///
/// # Errors
/// It is not taken; log or store take nothing.
pub async fn keep(
    web: &Web,
    me: &Identity,
    id: MeetingId,
    meeting: &Meeting,
    name: &str,
    file: Bytes,
) -> Result<(Slides, Position), Problem> {
    if meeting.slides.len() >= SLIDES_MAX {
        return Err(Refusal::TooManySlides.into());
    }
    let name = kind::plain_name(name);
    let bytes = file.len() as u64;
    room(web, meeting, bytes).await?;
    let pages = web.shelf.look(&name, file.clone()).await?;
    let slides = Slides {
        id: web.sources.id(),
        file: name.into(),
        bytes,
        pages,
    };
    web.shelf.put(id, slides.id, file).await?;
    let command = MeetingCommand::AddSlides(slides.clone());
    match web.aggregates.meetings.execute(id, command, me.act(web)).await {
        Ok(done) => {
            settle(web, done.position).await;
            Ok((slides, done.position))
        }
        Err(error) => {
            // Refused, it is nobody's. Of unknown fate it stays: the event may be there.
            if error.refusal().is_some()
                && let Err(problem) = web.shelf.delete(id, slides.id).await
            {
                tracing::warn!(?problem, slides = %slides.id, "slides that nobody has stay in the store");
            }
            Err(error.into())
        }
    }
}

/// Whether the meetings of who holds this one have room for so much more. What two send at the same time may be beyond it once.
async fn room(web: &Web, meeting: &Meeting, bytes: u64) -> Result<(), Problem> {
    let Some(owner) = meeting.owner.filter(|_| web.shelf.quota < u64::MAX) else {
        return Ok(());
    };
    let rows = web.read.meetings_of(owner).await;
    let rows = rows.map_err(|e| Problem::unavailable("meetings can't be read", e))?;
    let theirs = rows.iter().filter(|m| m.owner == owner).flat_map(|m| &m.slides);
    let held: u64 = theirs.map(|s| s.bytes).sum();
    if held.saturating_add(bytes) > web.shelf.quota {
        return Err(Problem::new(Code::SlidesQuota).with("most_bytes", web.shelf.quota));
    }
    Ok(())
}

/// Takes a file away; the event first, so that nothing is sent that isn't there.
///
/// # Errors
/// There is none; log or store take nothing.
pub async fn drop_it(web: &Web, me: &Identity, id: MeetingId, slides: SlidesId) -> Result<Position, Problem> {
    let command = MeetingCommand::RemoveSlides(slides);
    let done = web.aggregates.meetings.execute(id, command, me.act(web)).await?;
    settle(web, done.position).await;
    web.shelf.delete(id, slides).await?;
    Ok(done.position)
}

/// A meeting's slides, in the order in which they came: the first is shown at the start.
#[utoipa::path(get, path = "/meetings/{id}/slides", tag = "meetings", params(("id" = String, Path)), responses((status = 200, body = Page<SlidesOut>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn list(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
) -> Result<axum::Json<Page<SlidesOut>>, Problem> {
    let id: MeetingId = id(&meeting)?;
    let (meeting, _) = piloted(&web, &me, id).await?;
    let items = meeting.slides.iter().map(Into::into).collect();
    Ok(axum::Json(Page { items, next: None }))
}

/// Adds a file: PDF, office documents, texts, PNG, JPEG, WebP. A room that is open gets it too. What `Content-Length` announces as too large is
/// refused before it comes; a PDF's pages are counted once it is there.
#[utoipa::path(post, path = "/meetings/{id}/slides", tag = "meetings", request_body(content = Vec<u8>, content_type = "application/octet-stream"), params(("id" = String, Path), Named), responses((status = 201, body = SlidesOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn add(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
    Query(named): Query<Named>,
    headers: HeaderMap,
    body: Raw,
) -> Result<Written<SlidesOut>, Problem> {
    let id: MeetingId = id(&meeting)?;
    let (meeting, _) = changed(&web, &me, id).await?;
    let file = web.shelf.read(announced(&headers), body).await?;
    let (slides, position) = keep(&web, &me, id, &meeting, &named.name, file).await?;
    Ok(Written::made(position, SlidesOut::from(&slides)))
}

/// Takes a file away. From a room that is open it goes when that closes.
#[utoipa::path(delete, path = "/meetings/{id}/slides/{slides}", tag = "meetings", params(("id" = String, Path), ("slides" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn remove(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path((meeting, slides)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (id, slides): (MeetingId, SlidesId) = (id(&meeting)?, id(&slides)?);
    changed(&web, &me, id).await?;
    let position = drop_it(&web, &me, id, slides).await?;
    Ok(gone(Some(position)))
}

/// What BBB fetches.
pub(crate) async fn fetched(
    State(web): State<Web>,
    Path((meeting, slides, until, signature, _)): Path<(String, String, i64, String, String)>,
) -> Result<Response, Problem> {
    let (meeting, slides): (MeetingId, SlidesId) = (id(&meeting)?, id(&slides)?);
    if !web.shelf.holds(meeting, slides, until, &signature, web.sources.now()) {
        return Err(Code::NotFound.into());
    }
    let (held, _) = super::view::meeting(&web, meeting).await?;
    // Taken away since.
    let held = held.slides.iter().find(|s| s.id == slides).ok_or(Code::NotFound)?;
    let (size, body) = web.shelf.get(meeting, slides).await?;
    Response::builder()
        .status(StatusCode::OK)
        .header(header::CONTENT_TYPE, kind::media_type(&held.file.0))
        .header(header::CONTENT_LENGTH, size)
        // In a browser it is a file and no page.
        .header(header::CONTENT_DISPOSITION, "attachment")
        .header(header::CACHE_CONTROL, "private, no-store")
        .body(body)
        .map_err(|e| Problem::internal("slides can't be answered", e))
}
