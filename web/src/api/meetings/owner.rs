//! `PUT /meetings/{id}/owner`: hands a meeting to another person who has an account.

use amphi_events::ids::MeetingId;
use amphi_events::meeting::MeetingCommand;
use amphi_events::store::Account;
use axum::extract::{Path, State};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::shape::MeetingOut;
use super::view::{owned, settle, whole};
use crate::Web;
use crate::api::problem::{Code, Problem, ProblemBody};
use crate::api::request::{Body, Written, id};
use crate::auth::{Identity, SignedIn, accounts};

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(hand_over))
}

/// Whose it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOwner {
    /// Their id or login.
    pub person: String,
    /// Who owns it now stays an additional owner.
    #[serde(default)]
    pub stay: bool,
}

/// Whether a meeting can be this person's: they may plan here, and can sign in.
async fn can_own(web: &Web, account: &Account) -> Result<(), Problem> {
    if !web.settings.may_plan(account.role) {
        return Err(Code::OwnerPlans.into());
    }
    if accounts::is_closed(web, account).await? {
        return Err(Code::OwnerClosed.into());
    }
    Ok(())
}

/// Hands it over: the new owner is told by mail (by the planner).
///
/// # Errors
/// The rules of the meeting; the log takes nothing.
pub async fn to(
    web: &Web,
    me: &Identity,
    id: MeetingId,
    to: &Account,
    stays: bool,
) -> Result<amphi_events::Position, Problem> {
    can_own(web, to).await?;
    let command = MeetingCommand::HandOver { to: to.person, stays };
    let done = web.aggregates.meetings.execute(id, command, me.act(web)).await?;
    settle(web, done.position).await;
    Ok(done.position)
}

/// Hands the meeting to another person with an account, who is told by mail. Its addresses stay. For its owner and administrators.
#[utoipa::path(put, path = "/meetings/{id}/owner", tag = "meetings", request_body = NewOwner, params(("id" = String, Path)), responses((status = 200, body = MeetingOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn hand_over(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
    Body(input): Body<NewOwner>,
) -> Result<Written<MeetingOut>, Problem> {
    let id: MeetingId = id(&meeting)?;
    owned(&web, &me, id).await?;
    let Some(account) = accounts::find(&web, &input.person).await? else {
        return Err(Problem::new(Code::UnknownPerson).with("person", input.person.as_str()));
    };
    let position = to(&web, &me, id, &account, input.stay).await?;
    Ok(Written::done(position, whole(&web, id).await?))
}
