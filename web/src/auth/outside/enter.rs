//! From what another house says to an account and a login session.

use std::net::IpAddr;

use amphi_events::ids::{EventId, PersonId};
use amphi_events::person::{self, OutsideProfile, PersonCommand, Role};
use amphi_events::store::{Account, Keyring, Place, Store, StoreError, TiedIdentity};
use amphi_events::{Act, Aggregates, Scope, Sources, Subject, Time};

use super::{Given, OutsideIdentity, Told, WayError};
use crate::Web;
use crate::auth::accounts::{self, AddError, NewAccount, check_login, check_name};
use crate::auth::sign_in::{self, SignedInNow};

/// Characters of a subject.
const SUBJECT_MOST: usize = 255;
/// Characters of a login before its suffix.
const LOGIN_MOST: usize = 90;
/// Suffixes that are tried one after another; then a random one, which nobody has.
const SUFFIXES: usize = 20;

/// Why nobody was signed in.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EnterError {
    /// What the house says can't be used.
    #[error(transparent)]
    Way(#[from] WayError),
    /// An administrator closed the person's access.
    #[error("the person's access is closed")]
    Shut,
    /// The identity is tied to an account already.
    #[error("that identity is tied to an account already")]
    Taken,
    /// Accounts can't be read or changed now.
    #[error("accounts can't be changed now: {0}")]
    Unavailable(String),
}

fn down(e: impl std::fmt::Display) -> EnterError {
    EnterError::Unavailable(e.to_string())
}

/// Signs somebody in whom another house names: finds the account by provider and subject, makes one at the first sign-in, and keeps
/// name, role and groups in step with what is said now.
///
/// # Errors
/// [`EnterError`].
pub async fn enter(web: &Web, mut identity: OutsideIdentity, address: IpAddr) -> Result<SignedInNow, EnterError> {
    identity.subject = check_subject(&identity.subject)?.to_owned();
    let told = web.ways.look_up(&mut identity).await?;
    let (profile, given) = identity.profile(&web.settings.outside);
    let person = match found(web, &identity).await? {
        Found::Whole(tied, account) => {
            if tied.shut {
                return Err(EnterError::Shut);
            }
            if told == Told::Whole {
                follow(web, *tied, &account, profile, given).await?;
            }
            account.person
        }
        Found::Broken(_) | Found::Nobody => {
            // Two first sign-ins at once must not make two accounts.
            let _first = web.acts.first().await;
            match found(web, &identity).await? {
                Found::Whole(_, account) => account.person,
                Found::Broken(id) => {
                    // Nothing of it is in the log: it begins anew, under another id.
                    web.store.delete_account(id).await.map_err(down)?;
                    make(web, &identity.provider, profile, given).await?
                }
                Found::Nobody => make(web, &identity.provider, profile, given).await?,
            }
        }
    };
    // From here on whoever takes the account away waits, and finds the session.
    let _acting = web.acts.begin(person).await;
    let tied = web.store.tied_identity(&identity.provider, &identity.subject).await;
    let account = web.store.account(person).await.map_err(down)?;
    let account = account.ok_or_else(|| WayError::Refused("the account was erased".to_owned()))?;
    match tied.map_err(down)?.filter(|t| t.person == person) {
        Some(tied) if !tied.shut => {}
        _ => return Err(EnterError::Shut),
    }
    sign_in::open(web, account, address).await.map_err(down)
}

/// The subject as it is kept.
fn check_subject(subject: &str) -> Result<&str, WayError> {
    let subject = subject.trim();
    // A control character in it would be somebody else's subject in another program's eyes.
    if subject.is_empty() || subject.chars().count() > SUBJECT_MOST || subject.chars().any(char::is_control) {
        return Err(WayError::Untrusted("no usable subject".to_owned()));
    }
    Ok(subject)
}

/// An identity that an account is to be tied to.
#[derive(Debug, Clone, Copy)]
pub struct NewTie<'a> {
    /// Which house, by its name in the settings.
    pub provider: &'a str,
    /// What stays the same there.
    pub subject: &'a str,
    /// Since when it is the person's: the account's own beginning where that came of it.
    pub since: Time,
    /// Nobody comes in by it: the person's access was closed.
    pub shut: bool,
}

/// Ties an identity to an account that there is already, of somebody who had a local one or came from another system: whoever has the
/// identity signs in as this person from now on.
///
/// # Errors
/// The subject can't be one, the identity is somebody's (this person's too), or nothing can be written now.
pub async fn tie(
    aggregates: &Aggregates,
    keys: &Keyring,
    store: &Store,
    sources: &Sources,
    account: &Account,
    new: NewTie<'_>,
    act: Act,
) -> Result<(), EnterError> {
    let tied = TiedIdentity {
        provider: new.provider.to_owned(),
        person: account.person,
        role: None,
        profile: OutsideProfile {
            subject: check_subject(new.subject)?.to_owned(),
            login: account.login.clone(),
            name: account.name.clone(),
            ..OutsideProfile::default()
        },
        created: new.since,
        seen: new.since,
        shut: new.shut,
    };
    let held = store
        .tied_identity(new.provider, &tied.profile.subject)
        .await
        .map_err(down)?;
    // A claim of nobody is what a first sign-in leaves that broke off.
    if let Some(held) = held
        && store.account(held.person).await.map_err(down)?.is_some()
    {
        return Err(EnterError::Taken);
    }
    record(aggregates, keys, sources, &tied, true, act).await?;
    match store.tie_identity(&tied).await {
        Err(StoreError::Taken(_)) => Err(EnterError::Taken),
        done => done.map_err(down),
    }
}

/// What stands of an identity.
enum Found {
    /// It has an account.
    Whole(Box<TiedIdentity>, Account),
    /// Its account is being made, or broke off before its first event.
    Broken(PersonId),
    /// Its first sign-in.
    Nobody,
}

async fn found(web: &Web, identity: &OutsideIdentity) -> Result<Found, EnterError> {
    let tied = web.store.tied_identity(&identity.provider, &identity.subject).await;
    let Some(tied) = tied.map_err(down)? else {
        return Ok(Found::Nobody);
    };
    let Some(account) = web.store.account(tied.person).await.map_err(down)? else {
        return Ok(Found::Nobody);
    };
    let recorded = web.aggregates.people.look(tied.person).await.map_err(down)?;
    Ok(if recorded.state.role.is_some() {
        Found::Whole(Box::new(tied), account)
    } else {
        Found::Broken(account.person)
    })
}

/// The login that a new account is tried with, the `n`th time.
fn login(web: &Web, wish: &str, n: usize) -> String {
    let plain: String = wish.trim().chars().take(LOGIN_MOST).collect();
    let base = check_login(&plain).unwrap_or("person");
    match n {
        0 => base.to_owned(),
        n if n <= SUFFIXES => format!("{base}-{}", n + 1),
        _ => format!("{base}-{}", web.sources.token(8)),
    }
}

fn shown_name(profile: &OutsideProfile, login: &str) -> String {
    let cut: String = profile.name.chars().take(100).collect();
    check_name(&cut).unwrap_or_else(|_| login.to_owned())
}

/// The first sign-in: the identity is claimed before the account is made, so that a crash in between leaves a claim of nobody, which the
/// next sign-in takes.
async fn make(web: &Web, provider: &str, profile: OutsideProfile, given: Given) -> Result<PersonId, EnterError> {
    let now = web.sources.now();
    for n in 0..=SUFFIXES + 1 {
        let id: PersonId = web.sources.id();
        let login = login(web, &profile.login, n);
        if web.store.account_by_login(&login).await.map_err(down)?.is_some() {
            continue;
        }
        let tied = TiedIdentity {
            provider: provider.to_owned(),
            person: id,
            role: given.role,
            profile: profile.clone(),
            created: now,
            seen: now,
            shut: false,
        };
        // What was said is kept last: a sign-in that broke off is completed by the next one, which finds that it was not.
        let claim = TiedIdentity {
            profile: OutsideProfile {
                subject: profile.subject.clone(),
                ..OutsideProfile::default()
            },
            ..tied.clone()
        };
        web.store.tie_identity(&claim).await.map_err(down)?;
        let account = NewAccount {
            login: &login,
            name: &shown_name(&profile, &login),
            role: given.role.unwrap_or(Role::User),
            password: None,
        };
        let act = said(provider, now);
        match accounts::add_as(&web.aggregates, &web.keys, &web.store, &web.sources, id, account, act).await {
            Ok(_) => {}
            // Somebody took the login in between.
            Err(AddError::Taken(_)) => continue,
            Err(e) => return Err(down(e)),
        }
        let act = said(provider, web.sources.now());
        record(&web.aggregates, &web.keys, &web.sources, &tied, true, act).await?;
        web.store
            .set_groups(id, provider, &profile.groups)
            .await
            .map_err(down)?;
        web.store.keep_identity(&tied).await.map_err(down)?;
        tracing::info!(person = %id, provider, "an account was made at a first sign-in");
        return Ok(id);
    }
    Err(down("no login was free"))
}

/// An act that comes of what another house says.
fn said(provider: &str, now: Time) -> Act {
    Act::system("sign-in", now).cause(format!("sign-in:{provider}"))
}

/// Keeps an account in step with what is said now. The event first, then the store, by which the next sign-in compares: a sign-in that
/// broke off is completed by the next one.
async fn follow(
    web: &Web,
    tied: TiedIdentity,
    account: &Account,
    profile: OutsideProfile,
    given: Given,
) -> Result<(), EnterError> {
    let (id, before) = (account.person, tied.clone());
    let now = TiedIdentity {
        role: given.role,
        profile,
        seen: web.sources.now(),
        ..tied
    };
    if now.profile != before.profile {
        let act = said(&now.provider, now.seen);
        record(&web.aggregates, &web.keys, &web.sources, &now, false, act).await?;
    }
    // A role or a name that a person of the house gave is theirs to change.
    let (ruled, ruled_before) = (given.role.unwrap_or(Role::User), before.role.unwrap_or(Role::User));
    if account.role == ruled_before && ruled != ruled_before {
        let last = account.role.administers()
            && !crate::api::people::another_administrator(web, id)
                .await
                .map_err(|e| down(format!("{e:?}")))?;
        if last {
            tracing::warn!(person = %id, "the rules would take the last administrator's role: it stays");
        } else {
            accounts::set_role(web, said(&now.provider, now.seen), id, ruled)
                .await
                .map_err(down)?;
        }
    }
    let name = shown_name(&now.profile, &account.login);
    if name != account.name && account.name == shown_name(&before.profile, &account.login) {
        accounts::rename(web, said(&now.provider, now.seen), id, &name)
            .await
            .map_err(down)?;
    }
    if web
        .store
        .set_groups(id, &now.provider, &now.profile.groups)
        .await
        .map_err(down)?
    {
        web.taken_away(id).await;
    }
    // Where the person was erased in between nothing is kept; opening the session says so.
    web.store.keep_identity(&now).await.map_err(down)?;
    Ok(())
}

/// Writes what is said into the person's stream, sealed.
async fn record(
    aggregates: &Aggregates,
    keys: &Keyring,
    sources: &Sources,
    tied: &TiedIdentity,
    first: bool,
    act: Act,
) -> Result<(), EnterError> {
    let (id, event): (_, EventId) = (tied.person, sources.id());
    let stream = person::stream(id);
    let place = Place {
        stream: &stream,
        event,
        field: "identity",
    };
    let sealed = keys.seal(&place, &Subject::person(id), &Scope::accounts(), &tied.profile);
    let (identity, provider) = (sealed.map_err(down)?, tied.provider.clone());
    let command = if first {
        PersonCommand::Tie { provider, identity }
    } else {
        PersonCommand::Follow { provider, identity }
    };
    aggregates
        .people
        .execute(id, command, act.first_id(event))
        .await
        .map_err(down)?;
    Ok(())
}
