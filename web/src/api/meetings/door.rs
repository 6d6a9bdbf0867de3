//! What opens a meeting's door to people who don't present: its password and its direct key, each renewable without the other (census
//! §2.4: there one was made from the other). Both stand sealed in the store.

use amphi_events::ids::MeetingId;
use amphi_events::meeting::access::{KEY, PASSWORD, PASSWORD_MAX};
use amphi_events::meeting::{Meeting, MeetingCommand};
use amphi_events::{Position, Sources};
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::{changed, meeting as look, piloted, settle};
use crate::Web;
use crate::api::problem::{Code, Problem, ProblemBody};
use crate::api::request::{Body, Written, id};
use crate::auth::{Identity, SignedIn};

/// Characters of a key, five bits each.
const KEY_CHARS: usize = 32;
/// Characters of a proposed password (census §1.1: eight lower-case letters).
const PROPOSED_CHARS: usize = 8;

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(read))
        .routes(routes!(password))
        .routes(routes!(renew, drop_key))
}

/// What opens the door.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct DoorOut {
    /// What people who don't present are asked for; null: nothing.
    pub password: Option<String>,
    /// An address that leads in without a password, and in a webinar into the room; null: none was made.
    pub direct_url: Option<String>,
}

/// A password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordInput {
    /// 1 to 50 visible characters; null: none is asked for.
    pub password: Option<String>,
}

fn down(e: impl std::fmt::Display) -> Problem {
    Problem::unavailable("what opens a meeting's door can't be kept", e)
}

/// A password that nobody else has thought of.
pub fn proposed(sources: &Sources) -> String {
    sources.token(PROPOSED_CHARS)
}

/// What opens the door of this meeting, for those who present it.
///
/// # Errors
/// The store can't be read.
pub async fn held(web: &Web, id: MeetingId, meeting: &Meeting) -> Result<DoorOut, Problem> {
    let secret = async |kind, there: bool| {
        if there {
            web.store.get_secret(kind, &id.to_string()).await.map_err(down)
        } else {
            Ok(None)
        }
    };
    let key = secret(KEY, meeting.key).await?;
    Ok(DoorOut {
        password: secret(PASSWORD, meeting.password).await?.map(|p| p.to_string()),
        direct_url: key.map(|key| format!("{}/join/{id}/{}", web.settings.public_url, *key)),
    })
}

/// Sets the password, or takes it away: from then on only the new one is right.
///
/// # Errors
/// It is none; the log or the store takes nothing.
pub async fn set_password(
    web: &Web,
    me: &Identity,
    id: MeetingId,
    password: Option<&str>,
) -> Result<Position, Problem> {
    if let Some(text) = password {
        let text = text.trim();
        let fits = (1..=PASSWORD_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if !fits {
            return Err(Code::MeetingPassword.into());
        }
        // In the store before the event says so: nobody is asked for a password that isn't there.
        web.store
            .put_secret(PASSWORD, &id.to_string(), text)
            .await
            .map_err(down)?;
    }
    let set = password.is_some();
    let position = tell(web, me, id, MeetingCommand::SetPassword { set }).await?;
    if !set {
        web.store.delete_secret(PASSWORD, &id.to_string()).await.map_err(down)?;
    }
    Ok(position)
}

/// Makes a direct key in place of the one before, which leads nowhere from then on; or takes it away.
///
/// # Errors
/// The log or the store takes nothing.
pub async fn set_key(web: &Web, me: &Identity, id: MeetingId, set: bool) -> Result<Position, Problem> {
    let name = id.to_string();
    // The old one is gone first: where the log takes nothing it leads nowhere all the same.
    if set {
        let key = web.sources.token(KEY_CHARS);
        web.store.put_secret(KEY, &name, &key).await.map_err(down)?;
    } else {
        web.store.delete_secret(KEY, &name).await.map_err(down)?;
    }
    tell(web, me, id, MeetingCommand::SetKey { set }).await
}

async fn tell(web: &Web, me: &Identity, id: MeetingId, command: MeetingCommand) -> Result<Position, Problem> {
    let done = web.aggregates.meetings.execute(id, command, me.act(web)).await?;
    settle(web, done.position).await;
    Ok(done.position)
}

async fn out(web: &Web, id: MeetingId, position: Position) -> Result<Written<DoorOut>, Problem> {
    let (meeting, _) = look(web, id).await?;
    Ok(Written::done(position, held(web, id, &meeting).await?))
}

/// What opens the door, for those who present.
#[utoipa::path(get, path = "/meetings/{id}/door", tag = "meetings", params(("id" = String, Path)), responses((status = 200, body = DoorOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn read(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
) -> Result<axum::Json<DoorOut>, Problem> {
    let id: MeetingId = id(&meeting)?;
    let (meeting, _) = piloted(&web, &me, id).await?;
    Ok(axum::Json(held(&web, id, &meeting).await?))
}

/// Sets the password that people who don't present are asked for, or takes it away. The direct key stays.
#[utoipa::path(put, path = "/meetings/{id}/password", tag = "meetings", request_body = PasswordInput, params(("id" = String, Path)), responses((status = 200, body = DoorOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn password(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
    Body(input): Body<PasswordInput>,
) -> Result<Written<DoorOut>, Problem> {
    let id: MeetingId = id(&meeting)?;
    changed(&web, &me, id).await?;
    let position = set_password(&web, &me, id, input.password.as_deref()).await?;
    out(&web, id, position).await
}

/// Makes a direct key; the one before leads nowhere from then on. The password stays.
#[utoipa::path(post, path = "/meetings/{id}/key", tag = "meetings", params(("id" = String, Path)), responses((status = 200, body = DoorOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn renew(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
) -> Result<Written<DoorOut>, Problem> {
    let id: MeetingId = id(&meeting)?;
    changed(&web, &me, id).await?;
    let position = set_key(&web, &me, id, true).await?;
    out(&web, id, position).await
}

/// Takes the direct key away.
#[utoipa::path(delete, path = "/meetings/{id}/key", tag = "meetings", params(("id" = String, Path)), responses((status = 200, body = DoorOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn drop_key(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
) -> Result<Written<DoorOut>, Problem> {
    let id: MeetingId = id(&meeting)?;
    changed(&web, &me, id).await?;
    let position = set_key(&web, &me, id, false).await?;
    out(&web, id, position).await
}
