//! What a person ends or makes anew of their own ways in: sign-ins, and the address of their calendar. Each is an event: after a cookie was
//! stolen, who ended what and when can be told.

use amphi_events::ids::PersonId;
use amphi_events::person::PersonCommand;
use amphi_events::store::secrets::CALENDAR;
use amphi_events::{Act, Position};

use super::accounts::{AddError, down, signed_out_everywhere};
use super::sign_in::limits;
use crate::Web;

/// Characters of the secret in a calendar's address, five bits each.
pub const CALENDAR_KEY_CHARS: usize = 32;

/// Ends every login session of a person at once, also where the log takes nothing (see [`super::accounts::close_access`]).
///
/// # Errors
/// [`AddError`].
pub async fn sign_out_everywhere(web: &Web, act: Act, id: PersonId) -> Result<Position, AddError> {
    let command = PersonCommand::SignOut { session: None };
    let told = web.aggregates.people.execute(id, command, act.vital()).await;
    web.store.delete_sessions(id).await.map_err(down)?;
    signed_out_everywhere(web, id).await;
    Ok(told?.position)
}

/// Ends one login session of a person at once, also where the log takes nothing. `None`: there is none of that name.
///
/// # Errors
/// [`AddError`].
pub async fn end_session(web: &Web, act: Act, id: PersonId, session: &str) -> Result<Option<Position>, AddError> {
    let (now, limits) = (web.sources.now(), limits(web));
    let held = web.store.list_sessions(id, now, limits).await.map_err(down)?;
    let Some(held) = held.into_iter().find(|s| s.id == session) else {
        return Ok(None);
    };
    let command = PersonCommand::SignOut { session: Some(held.id) };
    let told = web.aggregates.people.execute(id, command, act.vital()).await;
    web.store.end_session(id, &held.hash).await.map_err(down)?;
    web.taken_away(id).await;
    web.hub.kick_session(&held.hash);
    Ok(Some(told?.position))
}

/// Makes the address of a person's calendar, or another in its place. Where the log takes nothing there is none: the one before may be known
/// to others.
///
/// # Errors
/// [`AddError`].
pub async fn renew_calendar(web: &Web, act: Act, id: PersonId) -> Result<Position, AddError> {
    let (people, name) = (&web.aggregates.people, id.to_string());
    let told = people.execute(id, PersonCommand::RenewCalendar, act.vital()).await;
    match told {
        Ok(done) => {
            let key = web.sources.token(CALENDAR_KEY_CHARS);
            web.store.put_secret(CALENDAR, &name, &key).await.map_err(down)?;
            Ok(done.position)
        }
        Err(e) => {
            web.store.delete_secret(CALENDAR, &name).await.map_err(down)?;
            Err(e.into())
        }
    }
}
