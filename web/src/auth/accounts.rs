//! Accounts: made, changed and erased in one place, for the API, the pages, the command line and the demo.
//!
//! An account stands in three places: the log (that there is a person, with a sealed profile), the keyring (the key of
//! that seal) and the store (how to sign in). The order of the steps makes each crash harmless.

use amphi_events::ids::{EventId, PersonId};
use amphi_events::person::{self, PersonCommand, Profile, Refusal, Role};
use amphi_events::plain::{is_unseen, piles_up, plain_name, shows_something};
use amphi_events::store::secrets::CALENDAR;
use amphi_events::store::{Account, ApiToken, Keyring, NewApiToken, Place, Store, StoreError};
use amphi_events::{Act, Aggregates, ExecuteError, Key, Position, Scope, Sources, Subject};

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
    (check_login(new.login)?, check_name(new.name)?);
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

/// Sets the password and ends every login session (whoever held the old one is out); API tokens stay. Access that was closed is open again,
/// also by identities of other houses.
///
/// # Errors
/// [`AddError`].
pub async fn set_password(web: &Web, act: Act, id: PersonId, text: &str) -> Result<Position, AddError> {
    let hash = password::hash(&web.sources, check_password(text)?)
        .await
        .map_err(down)?;
    let people = &web.aggregates.people;
    let done = people.execute(id, PersonCommand::SetPassword, act).await?;
    web.store.set_password(id, Some(&hash)).await.map_err(down)?;
    web.store.shut_identities(id, false).await.map_err(down)?;
    // Who signed in with the old one just now has a session, and it goes with the others.
    web.taken_away(id).await;
    web.store.delete_sessions(id).await.map_err(down)?;
    signed_out_everywhere(web, id).await;
    Ok(done.position)
}

/// Closes every way in. Told first; and done also where the log takes nothing, because whoever has to be kept out must not stay in for a full
/// disk: the error says then that it is not recorded.
///
/// # Errors
/// [`AddError`].
pub async fn close_access(web: &Web, act: Act, id: PersonId) -> Result<Position, AddError> {
    let people = &web.aggregates.people;
    let told = people.execute(id, PersonCommand::CloseAccess, act.vital()).await;
    // The password first: whoever holds it must not sign in again between the steps.
    web.store.set_password(id, None).await.map_err(down)?;
    web.store.shut_identities(id, true).await.map_err(down)?;
    // Its address is a way in too: whoever left would go on reading what is planned.
    web.store.delete_secret(CALENDAR, &id.to_string()).await.map_err(down)?;
    // Who signed in with it just now has a session, and it goes with the others.
    web.taken_away(id).await;
    web.store.delete_sessions(id).await.map_err(down)?;
    loop {
        let tokens = web.store.list_tokens(id).await.map_err(down)?;
        for token in &tokens {
            web.store.revoke_token(id, &token.id).await.map_err(down)?;
        }
        // What was begun under one of these ways in may have been to make another.
        web.taken_away(id).await;
        if tokens.is_empty() {
            break;
        }
    }
    web.hub.kick(id, CloseReason::SignedOut);
    Ok(told?.position)
}

/// Whether nobody can sign in as this person: no password, no identity of another house that is open, no token that holds.
///
/// # Errors
/// [`AddError::Unavailable`].
pub async fn is_closed(web: &Web, account: &Account) -> Result<bool, AddError> {
    if can_sign_in(&web.store, account).await? {
        return Ok(false);
    }
    let (tokens, now) = (web.store.list_tokens(account.person).await, web.sources.now());
    Ok(tokens.map_err(down)?.iter().all(|t| t.ended(now)))
}

/// Whether somebody can sign in as this person: by a password, or by an identity of another house that is not shut. A token opens no page.
///
/// # Errors
/// [`AddError::Unavailable`].
pub async fn can_sign_in(store: &Store, account: &Account) -> Result<bool, AddError> {
    if account.password_hash.is_some() {
        return Ok(true);
    }
    let tied = store.identities_of(account.person).await.map_err(down)?;
    Ok(tied.iter().any(|t| !t.shut))
}

/// Makes a token of a person, with its text, which is shown once. Where the log takes nothing there is none.
///
/// # Errors
/// [`AddError`].
pub async fn make_token(
    aggregates: &Aggregates,
    store: &Store,
    act: Act,
    person: PersonId,
    new: NewApiToken<'_>,
) -> Result<(ApiToken, String, Position), AddError> {
    let text = store.create_token(person, new, act.now).await.map_err(down)?;
    let made = store.find_token(&text).await.map_err(down)?;
    let made = made.ok_or_else(|| down("a token that was just made is gone"))?;
    let command = PersonCommand::MakeToken {
        token: made.id.clone(),
        scopes: made.scopes.list(),
        ends: made.ends,
    };
    match aggregates.people.execute(person, command, act).await {
        Ok(done) => Ok((made, text, done.position)),
        Err(e) => {
            // Its text was told to nobody yet.
            store.revoke_token(person, &made.id).await.map_err(down)?;
            Err(e.into())
        }
    }
}

/// Ends a token of a person at once, also where the log takes nothing (see [`close_access`]). `None`: there is none.
///
/// # Errors
/// [`AddError`].
pub async fn revoke_token(web: &Web, act: Act, id: PersonId, token: &str) -> Result<Option<Position>, AddError> {
    let held = web.store.list_tokens(id).await.map_err(down)?;
    if !held.iter().any(|t| t.id == token) {
        return Ok(None);
    }
    let command = PersonCommand::RevokeToken {
        token: token.to_owned(),
    };
    let told = web.aggregates.people.execute(id, command, act.vital()).await;
    web.store.revoke_token(id, token).await.map_err(down)?;
    web.taken_away(id).await;
    web.hub.kick_token(token);
    Ok(Some(told?.position))
}

/// What follows once the login sessions of a person are gone: what was begun under them is waited for, and their sockets are closed.
pub async fn signed_out_everywhere(web: &Web, id: PersonId) {
    web.taken_away(id).await;
    web.hub.kick_sessions(id);
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
