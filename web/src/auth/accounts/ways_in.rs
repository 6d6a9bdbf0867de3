//! The ways in of an account: a password, identities of other houses, tokens; how each is given, and how all are closed.

use amphi_events::ids::PersonId;
use amphi_events::person::PersonCommand;
use amphi_events::store::secrets::CALENDAR;
use amphi_events::store::{Account, ApiToken, NewApiToken, Store};
use amphi_events::{Act, Aggregates, Position};
use amphi_hub::CloseReason;

use super::{AddError, check_password, down};
use crate::Web;
use crate::auth::password;

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
