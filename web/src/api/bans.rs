//! Who is shut out of a live's chat, for who moderates it.

use amphi_events::ids::{MessageId, PersonId};
use amphi_projections::BanRow;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::lives::row;
use super::meetings::view::settle;
use super::problem::{Code, Problem, ProblemBody};
use super::request::{Body, Written, gone, id};
use crate::Web;
use crate::auth::SignedIn;
use crate::chat::{self, BanRefused, Whom, Words};

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(remove))
}

/// Somebody who is shut out of a live's chat.
#[derive(Debug, Serialize, ToSchema)]
pub struct BanOut {
    /// Their id. Null: they were erased.
    pub person: Option<String>,
    /// Their name as it was then. Null: they were erased.
    pub name: Option<String>,
    /// Who shut them out: the name as it was then. Null: erased.
    pub by: Option<String>,
    /// What for, where something was said.
    pub reason: Option<String>,
    /// The line that it was for. Null: for none.
    pub message: Option<String>,
    /// Since when.
    pub at: String,
}

/// Those who are shut out.
#[derive(Debug, Serialize, ToSchema)]
pub struct Bans {
    /// The newest first.
    pub items: Vec<BanOut>,
}

fn out(web: &Web, row: &BanRow) -> BanOut {
    let opened = chat::opened(web, row);
    let (person, name) = opened.person.map(|p| (p.person, p.name)).unzip();
    BanOut {
        person: person.flatten().map(|p| p.to_string()),
        name,
        by: opened.by,
        reason: opened.reason,
        message: row.message.map(|m| m.to_string()),
        at: row.at.rfc3339(),
    }
}

/// Whom to shut out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBan {
    /// The author of this line. This or `person`.
    #[serde(default)]
    pub message: Option<String>,
    /// This person. This or `message`.
    #[serde(default)]
    pub person: Option<String>,
    /// What for, at most 200 characters on one line. The person reads it.
    #[serde(default)]
    pub reason: Option<String>,
    /// Take their lines away as well.
    #[serde(default)]
    pub remove_lines: bool,
}

/// Those who are shut out of a live's chat: for its presenters, and administrators.
#[utoipa::path(get, path = "/live/{event}/bans", tag = "chat", params(("event" = String, Path)), responses((status = 200, body = Bans), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn list(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(event): Path<String>,
) -> Result<axum::Json<Bans>, Problem> {
    let live = row(&web, &event).await?.id;
    // What was just answered to somebody stands in the list.
    settle(&web, web.log.head()).await;
    let rows = chat::bans(&web, live, &me).await?;
    let items = rows.iter().map(|row| out(&web, row)).collect();
    Ok(axum::Json(Bans { items }))
}

/// Shuts somebody out of a live's chat: they read it no more and write nothing in it, and their open pages of it are told so at
/// once. The picture stays. Whoever is shut out already stays so, with the words of the first time.
#[utoipa::path(post, path = "/live/{event}/bans", tag = "chat", request_body = NewBan, params(("event" = String, Path)), responses((status = 200, body = BanOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn create(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(event): Path<String>,
    headers: HeaderMap,
    Body(new): Body<NewBan>,
) -> Result<Written<BanOut>, Problem> {
    let live = row(&web, &event).await?.id;
    let whom = match (&new.message, &new.person) {
        (Some(message), None) => Whom::Line(id::<MessageId>(message)?),
        (None, Some(person)) => Whom::Person(id::<PersonId>(person)?),
        _ => return Err(Problem::new(Code::BadBody).detail("message or person, one of the two")),
    };
    let words = Words {
        reason: new.reason,
        remove_lines: new.remove_lines,
    };
    // The line may be in the room before it is in the tables.
    settle(&web, web.log.head()).await;
    let (person, position) = {
        let _acting = web.acts.begin(me.person).await;
        let me = me.again(&web, &headers).await?;
        chat::ban(&web, live, &me, whom, &words).await?
    };
    settle(&web, position).await;
    let who = web.keys.pseudonym(&amphi_events::Scope::chat(live), person);
    let who = who.map_err(|e| Problem::unavailable("a ban can't be read", e))?;
    let held = web.read.ban(live, &who).await;
    let held = held.map_err(|e| Problem::unavailable("a ban can't be read", e))?;
    // Written, but not in the tables in time, or taken back by another moderator meanwhile: which of the two can't be said here.
    let held = held.ok_or_else(|| Problem::new(Code::Unavailable).retry_after(2))?;
    Ok(Written::done(position, out(&web, &held)))
}

/// Lets somebody in again. Who is not shut out stays so.
#[utoipa::path(delete, path = "/live/{event}/bans/{person}", tag = "chat", params(("event" = String, Path), ("person" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn remove(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path((event, person)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let live = row(&web, &event).await?.id;
    let person: PersonId = id(&person)?;
    let position = {
        let _acting = web.acts.begin(me.person).await;
        let me = me.again(&web, &headers).await?;
        chat::unban(&web, live, &me, person).await?
    };
    settle(&web, position).await;
    Ok(gone(Some(position)))
}

impl From<BanRefused> for Problem {
    fn from(refused: BanRefused) -> Self {
        match refused {
            BanRefused::NotFound => Code::NotFound.into(),
            BanRefused::Forbidden => Code::Forbidden.into(),
            BanRefused::FromRoom => Code::BanFromRoom.into(),
            BanRefused::Reason => Code::BanReason.into(),
            BanRefused::Log(why) => why.into(),
            BanRefused::Unavailable(why) => Self::unavailable("nobody can be shut out, or let in again", why),
        }
    }
}
