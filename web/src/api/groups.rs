//! Groups that a meeting can be open to: named and filled by administrators, beside what the rules of sign-in put there.

use amphi_events::group::{is_code, plain};
use amphi_events::ids::PersonId;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::people::{PersonRef, account, names};
use super::problem::{Code, Problem, ProblemBody};
use super::request::{Body, Page, id};
use crate::Web;
use crate::auth::groups::{self, GroupError};
use crate::auth::{Administrator, Planner, accounts};

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(put, delete))
        .routes(routes!(members, enter_by_login))
        .routes(routes!(enter, leave))
}

/// A group.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupOut {
    /// What meetings and rules call it; never changes.
    pub code: String,
    /// What people read.
    pub name: String,
    /// So many are in it.
    pub members: u32,
}

/// A group, named.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupInput {
    /// 1 to 100 characters.
    pub name: String,
}

fn down(e: impl std::fmt::Display) -> Problem {
    Problem::unavailable("groups can't be read or changed", e)
}

impl From<GroupError> for Problem {
    fn from(why: GroupError) -> Self {
        match why {
            GroupError::Unknown => Code::NotFound.into(),
            GroupError::Log(e) => e.into(),
            GroupError::Down(e) => down(e),
        }
    }
}

fn code(text: &str) -> Result<&str, Problem> {
    if is_code(text) {
        Ok(text)
    } else {
        Err(Code::GroupCode.into())
    }
}

/// A group that there is.
async fn known(web: &Web, which: &str) -> Result<(), Problem> {
    let groups = web.store.list_groups().await.map_err(down)?;
    if groups.iter().any(|g| g.code == which) {
        Ok(())
    } else {
        Err(Code::NotFound.into())
    }
}

/// The codes, where there are such groups: nobody closes a meeting to everybody by a slip of the key.
///
/// # Errors
/// One names no group.
pub async fn checked(web: &Web, codes: &[String]) -> Result<std::collections::BTreeSet<String>, Problem> {
    if codes.is_empty() {
        return Ok(std::collections::BTreeSet::new());
    }
    let groups = web.store.list_groups().await.map_err(down)?;
    let codes: std::collections::BTreeSet<String> = codes.iter().map(|c| c.trim().to_owned()).collect();
    match codes.iter().find(|c| !groups.iter().any(|g| g.code == **c)) {
        Some(unknown) => Err(Problem::new(Code::UnknownGroup).with("group", unknown.as_str())),
        None => Ok(codes),
    }
}

/// Every group, by name: for those who plan.
#[utoipa::path(get, path = "/groups", tag = "people", responses((status = 200, body = Page<GroupOut>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn list(State(web): State<Web>, _: Planner) -> Result<axum::Json<Page<GroupOut>>, Problem> {
    let groups = web.store.list_groups().await.map_err(down)?;
    let items = groups
        .into_iter()
        .map(|g| GroupOut {
            code: g.code,
            name: g.name,
            members: g.members,
        })
        .collect();
    Ok(axum::Json(Page { items, next: None }))
}

/// Makes a group, or names it otherwise. Its code is 1 to 100 visible characters without spaces, commas and stars.
#[utoipa::path(put, path = "/groups/{code}", tag = "people", request_body = GroupInput, params(("code" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn put(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path(which): Path<String>,
    Body(input): Body<GroupInput>,
) -> Result<StatusCode, Problem> {
    let name = plain(&input.name).ok_or(Code::BadName)?;
    groups::name(&web.aggregates, &web.store, me.act(&web), code(&which)?, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a group and takes out whom administrators put into it. Meetings that were open to it alone are open to nobody but those who
/// present them; whom the rules of sign-in put there they put there again.
#[utoipa::path(delete, path = "/groups/{code}", tag = "people", params(("code" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn delete(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path(which): Path<String>,
) -> Result<StatusCode, Problem> {
    let members = web.store.members_of(&which).await.map_err(down)?;
    let done = groups::delete(&web.aggregates, &web.store, me.act(&web), &which).await?;
    for person in members {
        web.hub.judge(person);
    }
    done.map(|_| StatusCode::NO_CONTENT)
        .ok_or_else(|| Code::NotFound.into())
}

/// Who is in a group, whoever put them there.
#[utoipa::path(get, path = "/groups/{code}/members", tag = "people", params(("code" = String, Path)), responses((status = 200, body = Page<PersonRef>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn members(
    State(web): State<Web>,
    _: Administrator,
    Path(which): Path<String>,
) -> Result<axum::Json<Page<PersonRef>>, Problem> {
    known(&web, &which).await?;
    let people = web.store.members_of(&which).await.map_err(down)?;
    let names = names(&web, &people).await?;
    let items = people.into_iter().map(|p| names.of(p)).collect();
    Ok(axum::Json(Page { items, next: None }))
}

/// Who comes into a group.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// Their id or login.
    pub person: String,
}

/// Puts somebody into a group, by id or login.
#[utoipa::path(post, path = "/groups/{code}/members", tag = "people", request_body = NewMember, params(("code" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn enter_by_login(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path(which): Path<String>,
    Body(input): Body<NewMember>,
) -> Result<StatusCode, Problem> {
    known(&web, &which).await?;
    let Some(account) = accounts::find(&web, &input.person).await? else {
        return Err(Problem::new(Code::UnknownPerson).with("person", input.person.as_str()));
    };
    let (act, person) = (me.act(&web), account.person);
    groups::enter(&web.aggregates, &web.store, act, &which, person).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts somebody into a group.
#[utoipa::path(put, path = "/groups/{code}/members/{person}", tag = "people", params(("code" = String, Path), ("person" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn enter(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path((which, person)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let person: PersonId = id(&person)?;
    account(&web, person).await?;
    known(&web, &which).await?;
    groups::enter(&web.aggregates, &web.store, me.act(&web), &which, person).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes somebody out of a group; whom the rules of sign-in put there they put there again.
#[utoipa::path(delete, path = "/groups/{code}/members/{person}", tag = "people", params(("code" = String, Path), ("person" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn leave(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path((which, person)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let person: PersonId = id(&person)?;
    let done = groups::leave(&web.aggregates, &web.store, me.act(&web), &which, person).await?;
    // After the store, by which doors are judged: at the event it would still let them in.
    web.hub.judge(person);
    done.map(|_| StatusCode::NO_CONTENT)
        .ok_or_else(|| Code::NotFound.into())
}
