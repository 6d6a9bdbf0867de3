//! `/meetings` and `/meetings/{id}`: what the pages show, cancelling, moving to a free time.

use amphi_events::ids::{LiveId, MeetingId, PersonId};
use amphi_events::meeting::{Details, MeetingCommand};
use amphi_events::session::Phase;
use amphi_events::{ExecuteError, Time};
use axum::extract::{Form, Path, RawQuery, State};
use axum::response::Response;

use super::form::{MeetingForm, refusal};
pub use super::planning::{change, create, edit, fresh};
use super::repeat;
use super::view::{self, Gateway, Last, MeetingLine, MeetingView, MeetingsView, Room};
use super::{dates, invitations};
use crate::Web;
use crate::api::free::{Slot, Wall, left};
use crate::api::meetings::door::{self, DoorOut};
use crate::api::meetings::personal;
use crate::api::meetings::view::{changed, gateway_decided, live, owned, piloted, seen, settle};
use crate::api::problem::{Code, Problem};
use crate::i18n::T;
use crate::pages::common::{Reader, Shown, Stop, see};
use crate::pages::home::handlers::stage_of;

/// An id of a path.
pub(super) fn id(text: &str) -> Result<MeetingId, Stop> {
    text.parse().map_err(|_| Code::NotFound.into())
}

pub(super) fn down(e: impl std::fmt::Display) -> Stop {
    Problem::unavailable("accounts can't be read", e).into()
}

/// Where a meeting's room stands, as its streams say.
async fn room(
    web: &Web,
    cancelled: bool,
    session: Option<amphi_events::ids::SessionId>,
    ends_at: Option<Time>,
) -> Result<Room, Stop> {
    if cancelled {
        return Ok(Room::Cancelled);
    }
    let Some(session) = session else {
        return Ok(if ends_at.is_some_and(|at| at <= web.sources.now()) {
            Room::Closed
        } else {
            Room::Scheduled
        });
    };
    Ok(match web.read.session(session).await?.map(|s| s.phase) {
        None | Some(Phase::Unknown | Phase::Opening) => Room::Opening,
        Some(Phase::Open | Phase::Ending) => Room::Open,
        Some(Phase::Closed) => Room::Closed,
    })
}

/// Whose room it is, in the reader's words: its own name is the same for everybody.
pub(crate) fn room_of(reader: &Reader, owner: PersonId, name: Option<&str>) -> String {
    match name {
        Some(name) if reader.me.as_ref().is_none_or(|me| me.person != owner) => {
            reader.frame.f(T::PersonalRoomOf, &[("name", name)])
        }
        _ => reader.frame.t(T::PersonalRoom).to_owned(),
    }
}

/// `GET /meetings`.
pub async fn list(State(web): State<Web>, reader: Reader) -> Response {
    reader.answer(mine(&web, &reader).await)
}

async fn mine(web: &Web, reader: &Reader) -> Shown {
    let me = reader.person()?;
    let now = web.sources.now();
    let mut meetings = vec![];
    let mut rows = web.read.meetings_of(me.person).await?;
    // At the first visit. Where the log takes nothing the list is shown without it.
    if web.settings.may_plan(me.role)
        && !rows.iter().any(|m| m.personal && m.owner == me.person)
        && personal::ensure(web, me, reader.frame.lang).await.is_ok()
    {
        rows = web.read.meetings_of(me.person).await?;
    }
    let owners: Vec<PersonId> = rows.iter().filter(|m| m.personal).map(|m| m.owner).collect();
    let owners = web.store.accounts_by_ids(&owners).await.map_err(down)?;
    for m in rows {
        let live = match m.live.filter(|_| m.details.is_webinar) {
            Some(live) => web.read.live(live).await?,
            None => None,
        };
        let lacking = live.as_ref().is_some_and(|l| {
            l.lacking.is_some() && l.reservation.is_none() && !l.cancelled && m.details.ends_at() > now
        });
        let time = m.details.around(now);
        let ends_at = (!m.personal).then_some(time.ends_at);
        meetings.push(MeetingLine {
            id: m.id.to_string(),
            room: room(web, m.cancelled, m.session, ends_at).await?,
            edits: web.settings.may_plan(me.role) && (!m.personal || m.owner == me.person) && m.elsewhere.is_none(),
            personal: m.personal,
            elsewhere: m.elsewhere.is_some(),
            recorded: web.settings.recording && m.details.options.record,
            live: live.map(|l| (l.id.to_string(), stage_of(&l, now))),
            lacking,
            name: if m.personal {
                let owner = owners.iter().find(|a| a.person == m.owner);
                room_of(reader, m.owner, owner.map(|a| a.name.as_str()))
            } else {
                m.details.name.0
            },
            starts_at: time.starts_at,
            duration_s: time.ends_at.since_ms(time.starts_at) / 1000,
            repeats: m.details.recurrence.map(|rule| repeat::words(reader.frame.lang, &rule)),
            zone: m.details.time_zone,
            webinar: m.details.is_webinar,
        });
    }
    let view = MeetingsView {
        offers: crate::pages::elsewhere::handlers::offers(web, reader.me.as_ref()).await?,
        meetings,
        now,
        webinars: crate::auth::webinar::may(web, me).await?,
    };
    Ok(reader.page(view::list(&reader.frame, &view)))
}

/// `GET /meetings/{id}`.
pub async fn show(
    State(web): State<Web>,
    reader: Reader,
    Path(meeting): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let saved = query
        .as_deref()
        .is_some_and(|q| q.split('&').any(|p| p == "saved=1" || p == "saved=date"));
    let last = Last {
        saved,
        ..Last::default()
    };
    reader.answer(one(&web, &reader, &meeting, last).await)
}

pub(super) async fn one(web: &Web, reader: &Reader, meeting: &str, last: Last) -> Shown {
    let me = reader.person()?;
    let id = id(meeting)?;
    let (m, details) = seen(web, me, id).await?;
    let event = m.live.filter(|_| details.is_webinar);
    let owner = m.owner.ok_or(Code::NotFound)?;
    let mut people = vec![owner];
    people.extend(&details.additional_owners);
    let accounts = web.store.accounts_by_ids(&people).await.map_err(down)?;
    let name = |p: &PersonId| {
        accounts
            .iter()
            .find(|a| a.person == *p)
            .map_or_else(|| "–".to_owned(), |a| a.name.clone())
    };
    let pilots = m.is_presenter(me.person) || me.role.administers();
    let url = &web.settings.public_url;
    let now = web.sources.now();
    let time = details.around(now);
    let over = (time.ends_at <= now || m.elsewhere.is_some()) && m.session.is_none();
    let arranges = pilots && web.settings.may_plan(me.role);
    let edits = arranges && (!m.personal || owner == me.person) && m.elsewhere.is_none();
    let title = if m.personal {
        let whose = accounts.iter().find(|a| a.person == owner);
        room_of(reader, owner, whose.map(|a| a.name.as_str()))
    } else {
        details.name.0.clone()
    };
    let open_to = &details.restrict_access_to_groups.0;
    let known = if open_to.is_empty() {
        vec![]
    } else {
        web.store.list_groups().await.map_err(down)?
    };
    let named = |code: &String| {
        let group = known.iter().find(|g| g.code == *code);
        group.map_or_else(|| code.clone(), |g| g.name.clone())
    };
    let groups = open_to.iter().map(named).collect();
    let view = MeetingView {
        owner: name(&owner),
        presenters: details.additional_owners.iter().map(name).collect(),
        restricted: details.is_restricted,
        pilots,
        arranges,
        owns: owner == me.person || me.role.administers(),
        groups,
        door: if pilots {
            door::held(web, id, &m).await?
        } else {
            DoorOut::default()
        },
        slides: if pilots {
            m.slides.iter().map(Into::into).collect()
        } else {
            vec![]
        },
        slides_max: (web.shelf.bytes_max, web.shelf.pages_max),
        password_offer: door::proposed(&web.sources),
        invitees: if pilots {
            invitations::lines(web, id, &m).await?
        } else {
            vec![]
        },
        dates: dates::upcoming(&details, now),
        gateway: match event.filter(|_| !m.cancelled && !over) {
            Some(event) => gateway(web, event, &details).await?,
            None => Gateway::NotNeeded,
        },
        event: event.map(|e| e.to_string()),
        join_url: format!("{url}/join/{id}"),
        live_url: event.map(|e| format!("{url}/live/{e}")),
        line: MeetingLine {
            id: id.to_string(),
            room: room(web, m.cancelled, m.session, (!m.personal).then_some(time.ends_at)).await?,
            name: title,
            personal: m.personal,
            elsewhere: m.elsewhere.is_some(),
            recorded: web.settings.recording && m.elsewhere.is_none(),
            edits,
            starts_at: time.starts_at,
            duration_s: time.ends_at.since_ms(time.starts_at) / 1000,
            repeats: details.recurrence.map(|rule| repeat::words(reader.frame.lang, &rule)),
            zone: details.time_zone,
            webinar: details.is_webinar,
            live: None,
            lacking: false,
        },
        description: details.description.0,
        last,
    };
    Ok(reader.page(view::one(&reader.frame, &view)))
}

async fn gateway(web: &Web, event: LiveId, details: &Details) -> Result<Gateway, Stop> {
    let live = live(web, event).await?;
    if let Some(held) = live.held {
        let name = web
            .read
            .gateway(held.gateway)
            .await?
            .map_or_else(|| held.gateway.to_string(), |g| g.setup.name.0);
        return Ok(Gateway::Held {
            name,
            from: held.from,
            to: held.to,
        });
    }
    Ok(match live.lacking {
        // Asked again: what was free when the planner looked may be taken since.
        Some(_) => Gateway::Lacking {
            next: proposals(web, event, details).await?,
        },
        None if live.cancelled => Gateway::NotNeeded,
        None => Gateway::Pending,
    })
}

/// Starts at which a gateway is free for as long, in order.
async fn proposals(web: &Web, event: LiveId, details: &Details) -> Result<Vec<Time>, Stop> {
    let Ok(zone) = details.time_zone.parse() else {
        return Ok(vec![]);
    };
    let asked = Wall::Plain(details.starts_at);
    let left = left(web, asked, details.duration_s, zone, Some(event)).await?;
    let slots = left.earlier.into_iter().chain(left.next);
    let moment = |s: Slot| Time::parse_rfc3339(&s.starts_at).ok();
    Ok(slots.filter_map(moment).collect())
}

/// `POST /meetings/{id}`: cancels it, or moves it to a time that was proposed.
pub async fn cancel(
    State(web): State<Web>,
    reader: Reader,
    Path(meeting): Path<String>,
    Form(form): Form<MeetingForm>,
) -> Response {
    let done = match form.action.as_str() {
        "cancel" => match may_cancel(&web, &reader, &meeting).await {
            Ok(()) => does(&web, &reader, &meeting, |_| Ok(MeetingCommand::Cancel)).await,
            Err(stop) => Err(stop),
        },
        "move" => {
            if let Err(stop) = may_move(&web, &reader, &meeting).await {
                return reader.answer(Err(stop));
            }
            let to = Time::parse_rfc3339(&form.starts_at).map_err(|_| Stop::from(Code::BadQuery));
            does(&web, &reader, &meeting, |(live, details)| {
                let details = Details {
                    starts_at: to?,
                    ..details.clone()
                };
                Ok(MeetingCommand::Change {
                    live,
                    details: Box::new(details),
                    expected_end: None,
                })
            })
            .await
        }
        _ => Err(Code::BadQuery.into()),
    };
    reader.answer(done)
}

async fn may_move(web: &Web, reader: &Reader, meeting: &str) -> Result<(), Stop> {
    changed(web, reader.person()?, id(meeting)?).await?;
    Ok(())
}

async fn may_cancel(web: &Web, reader: &Reader, meeting: &str) -> Result<(), Stop> {
    owned(web, reader.person()?, id(meeting)?).await?;
    Ok(())
}

async fn does(
    web: &Web,
    reader: &Reader,
    meeting: &str,
    command: impl FnOnce((LiveId, &Details)) -> Result<MeetingCommand, Stop>,
) -> Shown {
    let me = reader.person()?;
    let id = id(meeting)?;
    let (held, details) = piloted(web, me, id).await?;
    let live = held.live.unwrap_or_else(|| web.sources.id());
    let command = command((live, &details))?;
    let moved = match &command {
        MeetingCommand::Change { details, .. } if details.is_webinar => Some((details.starts_at, details.ends_at())),
        _ => None,
    };
    let command = match held.edited {
        // All details go with it: what somebody else saved in this moment must not be undone.
        Some(seen) if matches!(command, MeetingCommand::Change { .. }) => MeetingCommand::Seen {
            seen,
            command: Box::new(command),
        },
        _ => command,
    };
    match web.aggregates.meetings.execute(id, command, me.act(web)).await {
        Ok(done) => {
            let mut position = done.position;
            if let Some((from, to)) = moved
                && let Some(at) = gateway_decided(web, live, from, to).await
            {
                position = position.max(at);
            }
            settle(web, position).await;
            Ok(see(&format!(
                "/meetings/{id}{}",
                if moved.is_some() { "?saved=1" } else { "" }
            )))
        }
        Err(ExecuteError::Refused(why)) => {
            let said = reader.frame.t(refusal(why)).to_owned();
            one(web, reader, meeting, Last::wrong(said)).await
        }
        Err(e) => Err(Problem::from(e).into()),
    }
}
