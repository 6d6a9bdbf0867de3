//! Accounts: made, changed and erased in one place, for the API, the pages, the command line and the demo.
//!
//! An account stands in three places: the log (that there is a person, with a sealed profile), the keyring (the key of
//! that seal) and the store (how to sign in). The order of the steps makes each crash harmless. Its ways in are a matter of their own.

mod ways_in;

use amphi_events::ids::{EventId, PersonId};
use amphi_events::person::{self, PersonCommand, Profile, Refusal, Role};
use amphi_events::plain::{is_unseen, piles_up, plain_name, shows_something};
use amphi_events::store::{Account, Keyring, Place, Store, StoreError};
use amphi_events::{Act, Aggregates, ExecuteError, Key, Position, Scope, Sources, Subject};

pub use self::ways_in::{
    can_sign_in, close_access, is_closed, make_token, revoke_token, set_password, signed_out_everywhere,
};
use super::password;
use crate::Web;
use crate::api::meetings::invitations::is_address;
use crate::api::problem::Problem;
use amphi_hub::CloseReason;

/// Why there is no new account, or no change to one.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AddError {
    /// Login empty, too long, or with spaces or control characters.
    #[error("a login has 1 to 100 visible characters without spaces")]
    Login,
    /// Name empty or too long, or nothing of it is seen, or it covers what stands above it.
    #[error("a name has 1 to 100 visible characters")]
    Name,
    /// Password too short or too long.
    #[error("a password has at least 8 characters, at most 1024 bytes")]
    Password,
    /// Not a mail address.
    #[error("{0} is no mail address")]
    Mail(String),
    /// Somebody has that login.
    #[error("the login {0} is taken")]
    Taken(String),
    /// The log did not take it.
    #[error(transparent)]
    Log(#[from] ExecuteError<Refusal>),
    /// Store or keyring can't be used.
    #[error("accounts can't be changed now: {0}")]
    Unavailable(String),
}

pub(super) fn down(e: impl std::fmt::Display) -> AddError {
    AddError::Unavailable(e.to_string())
}

/// A new account, for [`add_as`].
#[derive(Debug, Clone, Copy)]
pub struct NewAccount<'a> {
    /// What signs in; unique whatever its case.
    pub login: &'a str,
    /// What is shown.
    pub name: &'a str,
    /// What the person may do.
    pub role: Role,
    /// `None`: can't sign in with a password.
    pub password: Option<&'a str>,
}

/// The login as it is kept.
///
/// # Errors
/// [`AddError::Login`].
pub fn check_login(login: &str) -> Result<&str, AddError> {
    let login = login.trim();
    let ok = (1..=100).contains(&login.chars().count()) && !login.chars().any(|c| is_unseen(c) || c.is_whitespace());
    if ok { Ok(login) } else { Err(AddError::Login) }
}

/// The name as it is kept: without marks of direction and what else nobody sees, with which it could be made to read like
/// somebody else's.
///
/// # Errors
/// [`AddError::Name`].
pub fn check_name(name: &str) -> Result<String, AddError> {
    let name = plain_name(name);
    let ok = (1..=100).contains(&name.chars().count()) && shows_something(&name) && !piles_up(&name);
    if ok { Ok(name) } else { Err(AddError::Name) }
}

fn check_password(text: &str) -> Result<&str, AddError> {
    if text.chars().count() >= password::MIN && text.len() <= password::MAX {
        Ok(text)
    } else {
        Err(AddError::Password)
    }
}

/// Makes an account under a new id. See [`add_as`].
///
/// # Errors
/// [`AddError`].
#[expect(
    clippy::too_many_arguments,
    reason = "the command line and the demo have the parts, not a Web"
)]
pub async fn add(
    aggregates: &Aggregates,
    keys: &Keyring,
    store: &Store,
    sources: &Sources,
    login: &str,
    name: &str,
    role: Role,
    password: Option<&str>,
) -> Result<PersonId, AddError> {
    let id = sources.id();
    let act = Act::system("accounts", sources.now()).cause("command-line");
    add_as(
        aggregates,
        keys,
        store,
        sources,
        id,
        NewAccount {
            login,
            name,
            role,
            password,
        },
        act,
    )
    .await?;
    Ok(id)
}

/// Makes an account under a given id: the key first (durable before the event that needs it), then the login is
/// claimed in the store, then the event. Where a step fails those before are undone.
///
/// # Errors
/// [`AddError`].
pub async fn add_as(
    aggregates: &Aggregates,
    keys: &Keyring,
    store: &Store,
    sources: &Sources,
    id: PersonId,
    new: NewAccount<'_>,
    act: Act,
) -> Result<Position, AddError> {
    // Before the slow hash: who gave a bad login need not wait for it.
    check_login(new.login)?;
    check_name(new.name)?;
    let password_hash = match new.password {
        Some(text) => Some(password::hash(sources, check_password(text)?).await.map_err(down)?),
        None => None,
    };
    add_kept(aggregates, keys, store, sources, id, new, password_hash, act).await
}

/// As [`add_as`], with what is to be kept for the password instead of `new.password`: it came from another system.
///
/// # Errors
/// [`AddError`].
#[expect(clippy::too_many_arguments, reason = "the command line has the parts, not a Web")]
pub async fn add_kept(
    aggregates: &Aggregates,
    keys: &Keyring,
    store: &Store,
    sources: &Sources,
    id: PersonId,
    new: NewAccount<'_>,
    password_hash: Option<String>,
    act: Act,
) -> Result<Position, AddError> {
    let (login, name) = (check_login(new.login)?.to_owned(), check_name(new.name)?);
    if store.account_by_login(&login).await.map_err(down)?.is_some() {
        return Err(AddError::Taken(login));
    }
    let (subject, scope) = (Subject::person(id), Scope::accounts());
    keys.make_scope(&scope).await.map_err(down)?;
    keys.make_subject(&subject).await.map_err(down)?;
    let account = Account {
        person: id,
        login: login.clone(),
        name: name.clone(),
        role: new.role,
        password_hash,
        created: act.now,
    };
    if let Err(e) = store.insert_account(&account).await {
        forget(keys, &subject).await;
        return Err(match e {
            StoreError::Taken(login) => AddError::Taken(login),
            other => down(other),
        });
    }
    let event: EventId = sources.id();
    let stream = person::stream(id);
    let place = Place {
        stream: &stream,
        event,
        field: "profile",
    };
    let added = match keys.seal(&place, &subject, &scope, &Profile { login, name }) {
        Ok(profile) => {
            let command = PersonCommand::Add {
                role: new.role,
                profile,
            };
            aggregates
                .people
                .execute(id, command, act.first_id(event))
                .await
                .map_err(AddError::Log)
        }
        Err(e) => Err(down(e)),
    };
    match added {
        Ok(done) => Ok(done.position),
        Err(e) => {
            if let Err(error) = store.delete_account(id).await {
                tracing::error!(%error, person = %id, "an account that could not be recorded could not be taken back");
            }
            forget(keys, &subject).await;
            Err(e)
        }
    }
}

async fn forget(keys: &Keyring, subject: &Subject) {
    if let Err(error) = keys.destroy_subject(subject).await {
        tracing::error!(%error, "the key of an account that was not made could not be destroyed");
    }
}

/// Gives a role: the event first, then the store, by which authority is judged; a repeat completes it. Open sockets
/// come back with the new role.
///
/// # Errors
/// [`AddError`].
pub async fn set_role(web: &Web, act: Act, id: PersonId, role: Role) -> Result<Position, AddError> {
    let done = web
        .aggregates
        .people
        .execute(id, PersonCommand::SetRole(role), act)
        .await?;
    web.store.set_role(id, role).await.map_err(down)?;
    web.taken_away(id).await;
    web.hub.kick(id, CloseReason::Resume);
    Ok(done.position)
}

/// Changes the name shown: what was said under the old name keeps it. `None`: they are called so already.
///
/// # Errors
/// [`AddError`].
pub async fn rename(web: &Web, act: Act, id: PersonId, name: &str) -> Result<Option<Position>, AddError> {
    let name = check_name(name)?;
    let account = web.store.account(id).await.map_err(down)?;
    let Some(account) = account.filter(|a| a.name != name) else {
        return Ok(None);
    };
    let (stream, event) = (person::stream(id), web.sources.id());
    let place = Place {
        stream: &stream,
        event,
        field: "profile",
    };
    let profile = Profile {
        login: account.login,
        name: name.clone(),
    };
    let sealed = web
        .keys
        .seal(&place, &Subject::person(id), &Scope::accounts(), &profile);
    let command = PersonCommand::Rename(sealed.map_err(down)?);
    let people = &web.aggregates.people;
    let done = people.execute(id, command, act.first_id(event)).await?;
    web.store.rename_account(id, &name).await.map_err(down)?;
    Ok(Some(done.position))
}

/// Says where somebody is written to; empty: at no address that was given here. `None`: it is so already.
///
/// # Errors
/// [`AddError`].
pub async fn set_mail(
    aggregates: &Aggregates,
    keys: &Keyring,
    store: &Store,
    sources: &Sources,
    act: Act,
    id: PersonId,
    mail: &str,
) -> Result<Option<Position>, AddError> {
    let mail = check_mail(mail)?;
    let held = store.mails_of(&[id]).await.map_err(down)?.remove(&id);
    if held.as_deref() == mail {
        return Ok(None);
    }
    let (stream, event) = (person::stream(id), sources.id());
    let place = Place {
        stream: &stream,
        event,
        field: "address",
    };
    let address = match mail {
        Some(mail) => {
            let sealed = keys.seal(&place, &Subject::person(id), &Scope::accounts(), &mail.to_owned());
            Some(sealed.map_err(down)?)
        }
        None => None,
    };
    let command = PersonCommand::SetAddress(address);
    let done = aggregates.people.execute(id, command, act.first_id(event)).await?;
    store.set_mail(id, mail).await.map_err(down)?;
    Ok(Some(done.position))
}

/// The address as it is kept; `None`: none.
///
/// # Errors
/// [`AddError::Mail`].
pub fn check_mail(mail: &str) -> Result<Option<&str>, AddError> {
    match mail.trim() {
        "" => Ok(None),
        mail if is_address(mail) => Ok(Some(mail)),
        wrong => Err(AddError::Mail(wrong.to_owned())),
    }
}

/// Erases a person. Each step may be repeated and the first is the event, so an erasure that broke off is completed
/// by asking again: event, key, then account with its login sessions and tokens.
///
/// # Errors
/// [`AddError`].
pub async fn erase(
    aggregates: &Aggregates,
    keys: &Keyring,
    store: &Store,
    act: Act,
    id: PersonId,
) -> Result<Option<Position>, AddError> {
    let position = match aggregates.people.execute(id, PersonCommand::Erase, act).await {
        Ok(done) => Some(done.position),
        // An account that broke off before its event: there is no event to add, but something to delete.
        Err(ExecuteError::Refused(Refusal::Unknown)) => None,
        Err(e) => return Err(e.into()),
    };
    keys.destroy_subject(&Subject::person(id)).await.map_err(down)?;
    store.delete_account(id).await.map_err(down)?;
    Ok(position)
}

/// The key of a person's act, where a request gave one.
pub(crate) fn keyed(mut act: Act, key: Option<Key>) -> Act {
    act.key = key;
    act
}

/// An account by id or login.
///
/// # Errors
/// 503.
pub async fn find(web: &Web, text: &str) -> Result<Option<Account>, Problem> {
    let unavailable = |e| Problem::unavailable("accounts can't be read", e);
    if let Ok(id) = text.parse::<PersonId>()
        && let Some(account) = web.store.account(id).await.map_err(unavailable)?
    {
        return Ok(Some(account));
    }
    web.store.account_by_login(text.trim()).await.map_err(unavailable)
}
