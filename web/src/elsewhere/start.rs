//! Broadcasting a session that was opened elsewhere: the one way to it, for pages and API.
//!
//! The place among so many is taken first, then the meeting is made. Killed in between, the reactor that looks for such sessions frees it.

use amphi_events::elsewhere::{self, Adoption, ElsewhereCommand, Refusal, Taken};
use amphi_events::ids::{LiveId, MeetingId, PersonId};
use amphi_events::meeting::{self, Details, MeetingCommand, NAME_MAX};
use amphi_events::{ExecuteError, Position, Time};
use serde_json::json;

use super::{ElsewhereSettings, Sighting};
use crate::Web;
use crate::api::meetings::view::{gateway_decided, settle};
use crate::api::problem::{Code, Problem};
use crate::auth::{Identity, webinar};

/// A gateway that is free for less than so many seconds is not taken for it.
const LEAST_S: i64 = 600;
/// What a session is called whose name says nothing.
const NAMELESS: &str = "BigBlueButton";

/// How a session is to be broadcast: the four options of the form (census §10.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Only signed-in people watch.
    pub restricted: bool,
    /// The room's public chat is in the picture.
    pub show_chat: bool,
    /// Keep a recording of the picture.
    pub record: bool,
    /// The audience writes into the room's public chat.
    pub chat: bool,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            restricted: false,
            show_chat: true,
            record: false,
            chat: false,
        }
    }
}

/// A live that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    /// The meeting that it is of.
    pub meeting: MeetingId,
    /// The live.
    pub live: LiveId,
    /// Up to where to read to see it.
    pub position: Position,
    /// Not begun before, by another click.
    pub new: bool,
}

/// The settings, where such sessions are looked for at all.
///
/// # Errors
/// 404.
pub fn settings(web: &Web) -> Result<&ElsewhereSettings, Problem> {
    web.settings.elsewhere.as_ref().ok_or_else(|| Code::NotFound.into())
}

/// A session that this person may broadcast: their own, or any for administrators.
///
/// # Errors
/// 403, 404, 503.
pub async fn offered(web: &Web, me: &Identity, key: &str) -> Result<Sighting, Problem> {
    settings(web)?;
    let seen = web.elsewhere.seen();
    let found = seen.get(key).ok_or(Code::NotFound)?;
    if !me.role.administers() && !found.matched.people.contains_key(&me.person) {
        return Err(Code::NotFound.into());
    }
    webinar::check(web, me, false, true).await?;
    Ok(found.clone())
}

/// Who broadcasts a session now.
///
/// # Errors
/// 503.
pub async fn taken(web: &Web, internal_id: &str) -> Result<Option<(MeetingId, Taken)>, Problem> {
    let looked = web.aggregates.elsewhere.look(elsewhere::ALL).await;
    let all = looked
        .map_err(|e| Problem::unavailable("sessions from elsewhere can't be read", e))?
        .state;
    Ok(all.of(internal_id).map(|(meeting, taken)| (meeting, taken.clone())))
}

/// The name of whoever that is.
///
/// # Errors
/// 503.
pub async fn name_of(web: &Web, person: PersonId) -> Result<String, Problem> {
    let account = web.store.account(person).await;
    let account = account.map_err(|e| Problem::unavailable("accounts can't be read", e))?;
    Ok(account.map_or_else(|| "–".to_owned(), |a| a.name))
}

/// Begins the live of a session, in the name of `owner` (an administrator may begin it for those whose it may be).
///
/// # Errors
/// 403, 404, 409 (broadcast already, as many as there may be), 422 (no recording can be made), 503.
pub async fn begin(web: &Web, me: &Identity, key: &str, wish: Wish, owner: PersonId) -> Result<Begun, Problem> {
    let most = settings(web)?.most;
    let session = offered(web, me, key).await?;
    if wish.record {
        return Err(Code::ElsewhereRecording.into());
    }
    let matched = &session.matched;
    let theirs = matched.people.contains_key(&owner) || matched.homonyms.contains(&owner);
    if owner != me.person && !(me.role.administers() && theirs) {
        return Err(Code::Forbidden.into());
    }
    let details = details(web, &session, wish).await?;
    let meeting: MeetingId = web.sources.id();
    let take = ElsewhereCommand::Take {
        meeting,
        by: owner,
        internal_id: session.room.internal_id.clone(),
        until: details.ends_at(),
        most,
    };
    let all = &web.aggregates.elsewhere;
    let (meeting, new) = match all.execute(elsewhere::ALL, take, me.act(web)).await {
        Ok(_) => (meeting, true),
        // A second click, or a second window: the one that is there.
        Err(ExecuteError::Refused(Refusal::Taken { meeting, by })) if by == owner => (meeting, false),
        Err(ExecuteError::Refused(Refusal::Taken { by, .. })) => {
            return Err(Problem::new(Code::ElsewhereTaken).with("by", name_of(web, by).await?));
        }
        Err(e) => return Err(e.into()),
    };
    let until = details.ends_at().plus_s(web.settings.overrun.as_secs() as i64);
    let (from, to) = (details.starts_at, details.ends_at());
    let adopt = MeetingCommand::Adopt {
        owner,
        live: web.sources.id(),
        session: web.sources.id(),
        until,
        details: Box::new(details),
        adoption: Adoption {
            room: session.room,
            show_chat: wish.show_chat,
        },
    };
    // Also where the place was taken before: whoever took it may not have come so far yet, and then comes second.
    let made = web.aggregates.meetings.execute(meeting, adopt, me.act(web)).await;
    let mut position = match made {
        Ok(done) => done.position,
        Err(ExecuteError::Refused(meeting::Refusal::Exists)) => Position(0),
        Err(e) => {
            if new && e.refusal().is_some() {
                all.execute(elsewhere::ALL, ElsewhereCommand::Leave(meeting), me.act(web).vital())
                    .await?;
            }
            return Err(e.into());
        }
    };
    let looked = web.aggregates.meetings.look(meeting).await;
    let looked = looked.map_err(|e| Problem::unavailable("a meeting can't be read", e))?;
    let live = looked
        .state
        .live
        .filter(|_| looked.state.session.is_some() && !looked.state.ending);
    // Stopped a moment ago: its gateway is about to be free, and so is its place.
    let Some(live) = live else {
        return Err(Problem::new(Code::ElsewhereTaken)
            .with("by", name_of(web, owner).await?)
            .retry_after(5));
    };
    position = position.max(looked.position);
    if new && let Some(at) = gateway_decided(web, live, from, to).await {
        position = position.max(at);
    }
    settle(web, position).await;
    Ok(Begun {
        meeting,
        live,
        position,
        new,
    })
}

/// What is planned: it begins now, and is over after as long as the settings say, if nobody ends it before.
async fn details(web: &Web, session: &Sighting, wish: Wish) -> Result<Details, Problem> {
    let now = web.sources.now();
    let lasts = lasts(web, now).await?;
    let mut name: String = session.name.chars().take(NAME_MAX).collect();
    name.truncate(name.trim_end().len());
    if !meeting::is_name(&name) {
        NAMELESS.clone_into(&mut name);
    }
    let mut details = Details::new(&name, now, lasts, &web.settings.time_zone);
    details.is_webinar = true;
    details.is_restricted = wish.restricted;
    details.enable_chat = wish.chat;
    Ok(details)
}

/// For how many seconds it is planned: as long as the settings say, or as a gateway is free for, where that is less. A session that runs now is
/// better served by an hour than by a gateway for three of them tonight.
async fn lasts(web: &Web, now: Time) -> Result<i64, Problem> {
    let most = i64::try_from(settings(web)?.lasts.as_secs()).unwrap_or(3600);
    let hours = web.read.hours(now, web.settings.margins).await;
    let hours = hours.map_err(|e| Problem::unavailable("gateways can't be read", e))?;
    let mut ends: Vec<Time> = hours.begins();
    ends.retain(|end| now.plus_s(LEAST_S) <= *end && *end < now.plus_s(most));
    ends.push(now.plus_s(most));
    let free = ends.into_iter().rev().find(|end| hours.free(now, *end) > 0);
    Ok(free.map_or(most, |end| end.since_ms(now) / 1000))
}

/// What a limit's refusal says besides.
pub fn full(most: u32, next: Option<Time>) -> Problem {
    Problem::new(Code::ElsewhereFull)
        .with("most", most)
        .with("next_free", json!(next.map(Time::rfc3339)))
}
