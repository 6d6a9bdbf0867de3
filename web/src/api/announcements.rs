//! Announcements: presenters pin them on their live's page, administrators on all lives at once.

use amphi_events::ids::{AnnouncementId, LiveId};
use amphi_events::page::{PageCommand, Refusal};
use amphi_events::{ExecuteError, Position};
use amphi_projections::Pinned;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::lives::row;
use super::meetings::view::settle;
use super::problem::{Code, Problem, ProblemBody};
use super::request::{Body, Idempotency, Written, gone, id};
use crate::auth::{Administrator, Identity, SignedIn};
use crate::{Web, watch};

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(pin))
        .routes(routes!(take_down))
        .routes(routes!(everywhere))
        .routes(routes!(nowhere))
}

/// An announcement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnouncementInput {
    /// 1 to 500 characters on one line. Stands in clear in the log.
    pub text: String,
}

/// An announcement that is pinned.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnnouncementOut {
    /// Its id.
    pub id: String,
}

/// An announcement on all lives.
#[derive(Debug, Serialize, ToSchema)]
pub struct HouseAnnouncementOut {
    /// Its id, the same on each.
    pub id: String,
    /// Lives on which it is pinned.
    pub events: Vec<String>,
}

async fn piloted(web: &Web, me: &Identity, event: &str) -> Result<LiveId, Problem> {
    let row = row(web, event).await?;
    if watch::pilots(&row, Some(me)) {
        Ok(row.id)
    } else {
        Err(watch::refused(&row, Some(me)).into())
    }
}

fn down(e: amphi_projections::ReadError) -> Problem {
    Problem::unavailable("lives can't be read", e)
}

/// What is pinned on the pages of all lives that go on, by administrators.
///
/// # Errors
/// 503.
pub async fn of_the_house(web: &Web) -> Result<Vec<Pinned>, Problem> {
    let said = web.read.said_to_all(web.sources.now()).await.map_err(down)?;
    let pinned = said.into_iter().map(|a| Pinned {
        id: a.id,
        text: a.text,
        house: a.house,
        at: a.at,
    });
    Ok(pinned.collect())
}

/// Pins an announcement on a live's page: everybody there reads it at once. For those who pilot the live.
#[utoipa::path(post, path = "/live/{event}/announcements", tag = "lives", request_body = AnnouncementInput, params(("event" = String, Path), ("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = AnnouncementOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn pin(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    idem: Idempotency,
    Path(event): Path<String>,
    Body(input): Body<AnnouncementInput>,
) -> Result<Written<AnnouncementOut>, Problem> {
    let live = piloted(&web, &me, &event).await?;
    let announcement: AnnouncementId = idem.id(me.person, &format!("POST /live/{live}/announcements"), &web.sources);
    let command = PageCommand::Pin {
        announcement,
        text: input.text,
        house: false,
    };
    let done = web.aggregates.pages.execute(live, command, me.act(&web)).await?;
    settle(&web, done.position).await;
    let id = announcement.to_string();
    Ok(Written::made(done.position, AnnouncementOut { id }))
}

/// Takes an announcement down. For those who pilot the live; what was said to all lives is taken down by administrators.
#[utoipa::path(delete, path = "/live/{event}/announcements/{announcement}", tag = "lives", params(("event" = String, Path), ("announcement" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn take_down(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path((event, announcement)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let live = piloted(&web, &me, &event).await?;
    let command = PageCommand::TakeDown {
        announcement: id(&announcement)?,
        house: me.role.administers(),
    };
    let done = web.aggregates.pages.execute(live, command, me.act(&web)).await?;
    settle(&web, done.position).await;
    Ok(gone(Some(done.position)))
}

/// Pins an announcement on the pages of all lives that go on now, and of those that begin before it is taken down. For administrators.
#[utoipa::path(post, path = "/announcements", tag = "lives", request_body = AnnouncementInput, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = HouseAnnouncementOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn everywhere(
    State(web): State<Web>,
    Administrator(me): Administrator,
    idem: Idempotency,
    Body(input): Body<AnnouncementInput>,
) -> Result<Written<HouseAnnouncementOut>, Problem> {
    let announcement: AnnouncementId = idem.id(me.person, "POST /announcements", &web.sources);
    let (mut events, mut last) = (vec![], None::<Position>);
    for row in web.read.lives_going_on(web.sources.now()).await.map_err(down)? {
        let command = PageCommand::Pin {
            announcement,
            text: input.text.clone(),
            house: true,
        };
        let done = web.aggregates.pages.execute(row.id, command, me.act(&web)).await?;
        last = last.max(Some(done.position));
        events.push(row.id.to_string());
    }
    if let Some(position) = last {
        settle(&web, position).await;
    }
    Ok(Written {
        status: StatusCode::CREATED,
        position: last,
        body: HouseAnnouncementOut {
            id: announcement.to_string(),
            events,
        },
    })
}

/// Takes it down everywhere. For administrators.
#[utoipa::path(delete, path = "/announcements/{announcement}", tag = "lives", params(("announcement" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn nowhere(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path(announcement): Path<String>,
) -> Result<Response, Problem> {
    let announcement: AnnouncementId = id(&announcement)?;
    let mut last = None;
    for live in web.read.lives_that_pin(announcement).await.map_err(down)? {
        let command = PageCommand::TakeDown {
            announcement,
            house: true,
        };
        match web.aggregates.pages.execute(live, command, me.act(&web)).await {
            Ok(done) => last = last.max(Some(done.position)),
            // It was taken down there, or had made room for others.
            Err(ExecuteError::Refused(Refusal::NoAnnouncement)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    let position = last.ok_or(Code::NotFound)?;
    settle(&web, position).await;
    Ok(gone(Some(position)))
}
