//! Calendars: a person's own under an address that only they know, and one meeting's for whoever has its address.

use amphi_events::ids::{MeetingId, PersonId};
use amphi_events::store::secrets::CALENDAR;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::Web;
use crate::api::meetings::view;
use crate::api::problem::{Code, Problem};
use crate::auth::ways_in;
use crate::calendar::{Entry, Method, calendar};
use crate::i18n::T;
use crate::pages::common::{Reader, Shown, Stop, see};

/// Meetings of a person's calendar: the newest ones.
const MOST: usize = 1000;
/// What was over so long ago is left out, in seconds.
const PAST_S: i64 = 400 * 86_400;

fn unavailable(e: impl std::fmt::Display) -> Problem {
    Problem::unavailable("calendars can't be read", e)
}

/// Host of this service: it makes the ids of meetings the world's own.
fn host(web: &Web) -> String {
    let url = url::Url::parse(&web.settings.public_url).ok();
    url.and_then(|u| u.host_str().map(str::to_owned))
        .unwrap_or_else(|| "amphi".to_owned())
}

/// Address of a person's calendar, where one was made.
///
/// # Errors
/// The store can't be read.
pub async fn address(web: &Web, person: PersonId) -> Result<Option<String>, Problem> {
    let key = web
        .store
        .get_secret(CALENDAR, &person.to_string())
        .await
        .map_err(unavailable)?;
    Ok(key.map(|key| format!("{}/calendar/{}.ics", web.settings.public_url, *key)))
}

/// `POST /account/calendar`: makes the address, or another in its place.
pub async fn renew(State(web): State<Web>, reader: Reader) -> Response {
    reader.answer(renewed(&web, &reader).await)
}

async fn renewed(web: &Web, reader: &Reader) -> Shown {
    let me = reader.person()?;
    let renewed = ways_in::renew_calendar(web, me.act(web), me.person).await;
    renewed.map_err(Problem::from)?;
    Ok(see("/account#calendar"))
}

fn answer(text: String, file: &str) -> Response {
    let named = format!("inline; filename=\"{file}.ics\"");
    (
        [
            (header::CONTENT_TYPE, "text/calendar; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, named),
            (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        ],
        text,
    )
        .into_response()
}

/// `GET /calendar/{key}.ics`: the address is the proof, because programs that show calendars sign in nowhere.
pub async fn feed(State(web): State<Web>, reader: Reader, Path(file): Path<String>) -> Response {
    reader.answer(fed(&web, &reader, &file).await)
}

async fn fed(web: &Web, reader: &Reader, file: &str) -> Shown {
    let key = file
        .strip_suffix(".ics")
        .filter(|k| k.len() == ways_in::CALENDAR_KEY_CHARS)
        .ok_or(Code::NotFound)?;
    let person = web.store.lookup_secret(CALENDAR, key).await.map_err(unavailable)?;
    let person: PersonId = person.and_then(|p| p.parse().ok()).ok_or(Code::NotFound)?;
    let from = web.sources.now().plus_s(-PAST_S);
    let mut rows = web.read.meetings_of(person).await?;
    // A personal room has no time.
    rows.retain(|m| !m.personal && m.details.around(from).ends_at > from);
    let skip = rows.len().saturating_sub(MOST);
    let entries: Vec<Entry<'_>> = rows[skip..]
        .iter()
        .map(|m| Entry {
            id: m.id,
            details: &m.details,
            // Never behind what was sent by mail.
            sequence: m.sequence + m.invitees.turns(),
            cancelled: m.cancelled,
            url: format!("{}/join/{}", web.settings.public_url, m.id),
            changed: m.changed_at,
            made: m.changed_at,
            organizer: None,
            attendee: None,
        })
        .collect();
    let name = format!("{} – {}", reader.frame.t(T::MeetingsTitle), reader.frame.brand.name);
    Ok(answer(
        calendar(Method::Publish, &host(web), Some(&name), &entries, web.sources.now()),
        "amphi",
    ))
}

/// `GET /join/{id}/calendar.ics`: a meeting as a calendar takes it, for whoever may come in at its address.
pub async fn one(State(web): State<Web>, reader: Reader, Path(meeting): Path<String>) -> Response {
    reader.answer(single(&web, &reader, &meeting).await)
}

async fn single(web: &Web, reader: &Reader, meeting: &str) -> Shown {
    let id: MeetingId = meeting.parse().map_err(|_| Stop::from(Code::NotFound))?;
    let m = web
        .read
        .meeting(id)
        .await?
        .filter(|m| !m.personal)
        .ok_or(Code::NotFound)?;
    // The same right as at the door: whoever is not let in there is told nothing here.
    if m.details.is_restricted {
        reader.person()?;
    }
    // Whom its door doesn't let in, it doesn't tell its times either.
    let (folded, details) = view::meeting(web, id).await?;
    if view::outside(web, reader.me.as_ref(), &folded, &details).await? {
        return Err(Code::Forbidden.into());
    }
    // Nobody has shown the password here, so nobody is told more than the door tells without it: name and time. A webinar's live page, which
    // asks for none, shows the description to all.
    let mut told = m.details;
    let presents = reader.me.as_ref().is_some_and(|i| folded.is_presenter(i.person));
    if folded.password && !told.is_webinar && !presents {
        told.description.0.clear();
    }
    let entry = Entry {
        id,
        details: &told,
        sequence: m.sequence + m.invitees.turns(),
        cancelled: m.cancelled,
        url: format!("{}/join/{id}", web.settings.public_url),
        changed: m.changed_at,
        made: m.changed_at,
        organizer: None,
        attendee: None,
    };
    Ok(answer(
        calendar(Method::Publish, &host(web), None, &[entry], web.sources.now()),
        &id.to_string(),
    ))
}

#[cfg(test)]
mod tests;
