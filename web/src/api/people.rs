//! People: accounts, for administrators; and how people are named in answers.

use std::collections::HashMap;

use amphi_events::Act;
use amphi_events::ids::PersonId;
use amphi_events::person::{self, Role};
use amphi_events::store::Account;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::meetings::view::settle;
use super::problem::{Code, Problem, ProblemBody};
use super::request::{Body, Idempotency, Page, Query, Written, done_before, gone, id, limit};
use crate::Web;
use crate::auth::Administrator;
use crate::auth::accounts::{self, AddError, NewAccount, keyed};

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(change, erase))
}

/// A person, named.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonRef {
    /// Their id.
    pub id: String,
    /// Null: the person was erased.
    pub name: Option<String>,
}

/// Names of people, as they are now.
#[derive(Debug, Default)]
pub struct Names(HashMap<PersonId, String>);

impl Names {
    /// A person, named; without a name where they were erased.
    pub fn of(&self, person: PersonId) -> PersonRef {
        PersonRef {
            id: person.to_string(),
            name: self.0.get(&person).cloned(),
        }
    }
}

/// The names of these people.
///
/// # Errors
/// 503.
pub async fn names(web: &Web, people: &[PersonId]) -> Result<Names, Problem> {
    let found = web
        .store
        .accounts_by_ids(people)
        .await
        .map_err(|e| Problem::unavailable("accounts can't be read", e))?;
    Ok(Names(found.into_iter().map(|a| (a.person, a.name)).collect()))
}

/// The four roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleName {
    /// Watches and chats.
    User,
    /// Plans meetings and webinars.
    Staff,
    /// Reads the log and its statistics.
    Auditor,
    /// Everything.
    Administrator,
}

impl From<RoleName> for Role {
    fn from(r: RoleName) -> Self {
        match r {
            RoleName::User => Self::User,
            RoleName::Staff => Self::Staff,
            RoleName::Auditor => Self::Auditor,
            RoleName::Administrator => Self::Administrator,
        }
    }
}

/// A new account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// What signs in, 1 to 100 visible characters; unique whatever its case.
    pub login: String,
    /// What is shown.
    pub name: String,
    /// What the person may do.
    pub role: RoleName,
    /// At least 8 characters; without one the person can't sign in with a password.
    #[serde(default)]
    pub password: Option<String>,
    /// Where they are written to, where no other house says it.
    #[serde(default)]
    pub mail: Option<String>,
}

/// What to change.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PersonPatch {
    /// What the person may do.
    pub role: Option<RoleName>,
    /// What is shown.
    pub name: Option<String>,
    /// A new password ends the person's login sessions.
    pub password: Option<String>,
    /// Where they are written to, where no other house says it; null: nowhere.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub mail: Option<Option<String>>,
}

/// Null that was given is not absent.
fn given<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(d).map(Some)
}

/// An account.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonOut {
    /// Id.
    pub id: String,
    /// What signs in.
    pub login: String,
    /// What is shown.
    pub name: String,
    /// What the person may do.
    pub role: &'static str,
    /// Where they are written to, where it was given here.
    pub mail: Option<String>,
    /// Since when.
    pub created: String,
}

impl PersonOut {
    fn of(a: Account, mails: &mut HashMap<PersonId, String>) -> Self {
        Self {
            mail: mails.remove(&a.person),
            id: a.person.to_string(),
            login: a.login,
            name: a.name,
            role: a.role.as_str(),
            created: a.created.rfc3339(),
        }
    }
}

impl From<AddError> for Problem {
    fn from(e: AddError) -> Self {
        match e {
            AddError::Login => Code::BadLogin.into(),
            AddError::Name => Code::BadPersonName.into(),
            AddError::Password => Code::BadPassword.into(),
            AddError::Mail(wrong) => Self::new(Code::MailAddress).with("address", wrong),
            AddError::Taken(_) => Code::LoginTaken.into(),
            AddError::Log(e) => e.into(),
            AddError::Unavailable(why) => Self::unavailable("accounts can't be changed", why),
        }
    }
}

/// An account.
pub(super) async fn account(web: &Web, id: PersonId) -> Result<Account, Problem> {
    let found = web
        .store
        .account(id)
        .await
        .map_err(|e| Problem::unavailable("accounts can't be read", e))?;
    found.ok_or_else(|| Code::NotFound.into())
}

/// Accounts as they are shown.
async fn shown(web: &Web, accounts: Vec<Account>) -> Result<Vec<PersonOut>, Problem> {
    let ids: Vec<PersonId> = accounts.iter().map(|a| a.person).collect();
    let mails = web.store.mails_of(&ids).await;
    let mut mails = mails.map_err(|e| Problem::unavailable("accounts can't be read", e))?;
    Ok(accounts.into_iter().map(|a| PersonOut::of(a, &mut mails)).collect())
}

async fn out(web: &Web, id: PersonId) -> Result<PersonOut, Problem> {
    let held = vec![account(web, id).await?];
    shown(web, held).await?.pop().ok_or_else(|| Code::NotFound.into())
}

/// Which people.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// In login or name.
    #[serde(default)]
    search: String,
    /// `next` of the page before.
    cursor: Option<String>,
    /// At most so many, 1 to 200.
    limit: Option<usize>,
}

/// Accounts, by login.
#[utoipa::path(get, path = "/people", tag = "people", params(Which), responses((status = 200, body = Page<PersonOut>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn list(
    State(web): State<Web>,
    _: Administrator,
    Query(which): Query<Which>,
) -> Result<axum::Json<Page<PersonOut>>, Problem> {
    let limit = limit(which.limit)?;
    let found = web
        .store
        .list_accounts(&which.search, which.cursor.as_deref(), limit as u32 + 1)
        .await;
    let found = found.map_err(|e| Problem::unavailable("accounts can't be read", e))?;
    let mut items = shown(&web, found).await?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|p| p.login.clone());
    Ok(axum::Json(Page { items, next }))
}

/// Makes an account.
#[utoipa::path(post, path = "/people", tag = "people", request_body = NewPerson, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = PersonOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn create(
    State(web): State<Web>,
    Administrator(me): Administrator,
    idem: Idempotency,
    Body(new): Body<NewPerson>,
) -> Result<Written<PersonOut>, Problem> {
    const CALL: &str = "POST /people";
    let id: PersonId = idem.id(me.person, CALL, &web.sources);
    let key = idem.key(me.person, CALL);
    if let Some(position) = done_before(&*web.log, &person::stream(id), key).await? {
        return Ok(Written::made(position, out(&web, id).await?));
    }
    // Before anything is made of the rest.
    let mail = accounts::check_mail(new.mail.as_deref().unwrap_or_default())?.map(str::to_owned);
    let act_ = keyed(me.act(&web), key);
    let account_ = NewAccount {
        login: &new.login,
        name: &new.name,
        role: new.role.into(),
        password: new.password.as_deref(),
    };
    let position = accounts::add_as(&web.aggregates, &web.keys, &web.store, &web.sources, id, account_, act_).await?;
    if let Some(mail) = mail {
        written_to(&web, me.act(&web), id, &mail).await?;
    }
    settle(&web, position).await;
    Ok(Written::made(position, out(&web, id).await?))
}

/// Says where somebody is written to.
pub(super) async fn written_to(
    web: &Web,
    act: Act,
    id: PersonId,
    mail: &str,
) -> Result<Option<amphi_events::Position>, Problem> {
    let said = accounts::set_mail(&web.aggregates, &web.keys, &web.store, &web.sources, act, id, mail).await?;
    Ok(said)
}

/// Whether another administrator would be left who can sign in: one whose access was closed, or who never had any, administers nothing.
pub(crate) async fn another_administrator(web: &Web, than: PersonId) -> Result<bool, Problem> {
    let mut after: Option<String> = None;
    loop {
        let page = web.store.list_accounts("", after.as_deref(), 200).await;
        let page = page.map_err(|e| Problem::unavailable("accounts can't be read", e))?;
        for other in page.iter().filter(|a| a.role.administers() && a.person != than) {
            if accounts::can_sign_in(&web.store, other).await? {
                return Ok(true);
            }
        }
        match page.last() {
            Some(last) if page.len() == 200 => after = Some(last.login.clone()),
            _ => return Ok(false),
        }
    }
}

/// Changes what is given.
#[utoipa::path(patch, path = "/people/{id}", tag = "people", request_body = PersonPatch, params(("id" = String, Path)), responses((status = 200, body = PersonOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn change(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path(which): Path<String>,
    Body(patch): Body<PersonPatch>,
) -> Result<Written<PersonOut>, Problem> {
    let id: PersonId = id(&which)?;
    let held = account(&web, id).await?;
    let mut position = None;
    let act = || me.act(&web);
    if let Some(name) = &patch.name {
        position = accounts::rename(&web, act(), id, name).await?;
    }
    if let Some(mail) = &patch.mail {
        position = position.max(written_to(&web, act(), id, mail.as_deref().unwrap_or_default()).await?);
    }
    if let Some(password) = &patch.password {
        position = position.max(Some(accounts::set_password(&web, act(), id, password).await?));
    }
    if let Some(role) = patch.role.map(Role::from) {
        if held.role.administers() && !role.administers() && !another_administrator(&web, id).await? {
            return Err(Code::LastAdministrator.into());
        }
        position = position.max(Some(accounts::set_role(&web, act(), id, role).await?));
    }
    if let Some(at) = position {
        settle(&web, at).await;
    }
    Ok(Written {
        status: axum::http::StatusCode::OK,
        position,
        body: out(&web, id).await?,
    })
}

/// Erases a person: their key is destroyed, so that nothing sealed for them can be read any more, and the account is
/// deleted. Can't be undone.
#[utoipa::path(delete, path = "/people/{id}", tag = "people", params(("id" = String, Path)), responses((status = 204), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn erase(
    State(web): State<Web>,
    Administrator(me): Administrator,
    Path(which): Path<String>,
) -> Result<Response, Problem> {
    let id: PersonId = id(&which)?;
    let known = web
        .aggregates
        .people
        .look(id)
        .await
        .map_err(|e| Problem::unavailable("a person can't be read", e))?
        .state
        .role
        .is_some();
    let held = web
        .store
        .account(id)
        .await
        .map_err(|e| Problem::unavailable("accounts can't be read", e))?;
    if !known && held.is_none() {
        return Err(Code::NotFound.into());
    }
    if held.is_some_and(|a| a.role.administers()) && !another_administrator(&web, id).await? {
        return Err(Code::LastAdministrator.into());
    }
    let act = me.act(&web);
    let position = accounts::erase(&web.aggregates, &web.keys, &web.store, act, id).await?;
    web.taken_away(id).await;
    web.hub.kick(id, amphi_hub::CloseReason::SignedOut);
    if let Err(why) = web.hub.erased(id).await {
        tracing::error!(%why, person = %id, "open pages may show lines of somebody who was erased, until they are loaded anew");
    }
    if let Some(position) = position {
        settle(&web, position).await;
    }
    Ok(gone(position))
}
