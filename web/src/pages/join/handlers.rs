//! `/join/{id}`, `/join/{id}/{key}`, `/join/{id}/state`.

use amphi_events::ids::{MeetingId, SessionId};
use amphi_events::meeting::{Details, MeetingCommand};
use amphi_events::plain::is_unseen;
use amphi_events::session::Phase;
use amphi_events::{Act, Actor, ExecuteError, meeting};
use axum::Json;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::rules::{self, Asking, Room, Step};
use super::view::{self, JoinView, What};
use crate::api::meetings::view::settle;
use crate::api::problem::{Code, Problem};
use crate::i18n::T;
use crate::pages::common::{Reader, Shown, Stop, into_room, see};
use crate::pages::meetings::handlers::room_of;
use crate::{Join, Web};

/// Longest name that a guest gives, in characters.
const NAME_MAX: usize = 64;

/// What stands behind the question mark, or in the form.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Given {
    /// A guest's name.
    name: String,
    /// BBB sent the browser back.
    error: String,
}

/// What BBB appends to its refusals; only that it is there matters.
fn guest(name: &str) -> Option<String> {
    // Marks of direction would turn the room's list of people round (design §6).
    let name: String = name.chars().filter(|c| !is_unseen(*c)).take(NAME_MAX).collect();
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// A room as the streams say, what is wrong with BBB, and its session.
async fn room(web: &Web, session: Option<SessionId>, ending: bool) -> Result<(Room, bool), Stop> {
    let Some(id) = session else {
        return Ok((Room::Shut, false));
    };
    let session = web
        .aggregates
        .sessions
        .look(id)
        .await
        .map_err(|e| Problem::unavailable("a session can't be read", e))?
        .state;
    let room = match (session.phase, session.identity) {
        // Asked for: its stream begins when the reactor has read the wish.
        (Phase::Unknown | Phase::Opening, _) => Room::Opening,
        (Phase::Open, Some(identity)) if !ending => Room::Open(identity.create_time),
        (Phase::Open | Phase::Ending, _) => Room::Ending,
        (Phase::Closed, _) => Room::Shut,
    };
    Ok((room, session.trouble.is_some()))
}

struct Found {
    id: MeetingId,
    meeting: meeting::Meeting,
    details: Details,
    room: Room,
    trouble: bool,
}

impl Found {
    /// What the waiting page is told.
    fn phase(&self, web: &Web) -> &'static str {
        if self.meeting.cancelled {
            return "cancelled";
        }
        // A room that is always there is neither early nor over.
        if self.meeting.personal {
            return self.room.as_str();
        }
        let now = web.sources.now();
        let time = self.details.around(now);
        self.room.phase(time.starts_at, time.ends_at, now)
    }
}

async fn find(web: &Web, id: &str) -> Result<Found, Stop> {
    // Old links carry a title after the id: what counts stands before the first dash (census §2.3).
    let id: MeetingId = id
        .split('-')
        .next()
        .unwrap_or_default()
        .parse()
        .map_err(|_| Code::NotFound)?;
    let (meeting, details) = crate::api::meetings::view::meeting(web, id).await?;
    let (room, trouble) = room(web, meeting.session, meeting.ending).await?;
    Ok(Found {
        id,
        meeting,
        details,
        room,
        trouble,
    })
}

/// `GET /join/{id}`.
pub async fn get(
    State(web): State<Web>,
    reader: Reader,
    Path(id): Path<String>,
    Query(given): Query<Given>,
) -> Response {
    reader.answer(walk(&web, &reader, &id, given, false, false).await)
}

/// `POST /join/{id}`.
pub async fn post(
    State(web): State<Web>,
    reader: Reader,
    Path(id): Path<String>,
    form: Result<Form<Given>, axum::extract::rejection::FormRejection>,
) -> Response {
    // A program posts nothing.
    let given = form.map(|Form(g)| g).unwrap_or_default();
    reader.answer(walk(&web, &reader, &id, given, true, false).await)
}

/// `GET /join/{id}/{key}`.
pub async fn get_keyed(
    State(web): State<Web>,
    reader: Reader,
    Path((id, _key)): Path<(String, String)>,
    Query(given): Query<Given>,
) -> Response {
    reader.answer(walk(&web, &reader, &id, given, false, true).await)
}

async fn walk(web: &Web, reader: &Reader, id: &str, given: Given, post: bool, key: bool) -> Shown {
    let found = find(web, id).await?;
    let presenter = reader
        .me
        .as_ref()
        .is_some_and(|i| found.meeting.is_presenter(i.person) || i.role.administers());
    let guest = guest(&given.name);
    let asking = Asking {
        presenter,
        signed_in: reader.me.is_some(),
        named: guest.is_some(),
        post,
        refused: !given.error.is_empty(),
        key,
    };
    if asking.refused
        && !post
        && let Some(session) = found.meeting.session
    {
        // The room may be gone, or another one: the reactor looks before the person tries again.
        web.callbacks.look(session);
    }
    let meeting = rules::Meeting {
        cancelled: found.meeting.cancelled,
        restricted: found.details.is_restricted,
        webinar: found.details.is_webinar,
        room: found.room,
    };
    let wait = || What::Wait {
        guest: guest.clone().filter(|_| reader.me.is_none()),
        phase: found.phase(web),
        trouble: found.trouble,
        anonymous: reader.me.is_none(),
        console: found
            .meeting
            .live
            .filter(|_| presenter && found.details.is_webinar)
            .map(|l| format!("/live/{l}/console")),
    };
    let what = match rules::step(asking, meeting) {
        Step::SignIn => return Err(Stop::SignIn),
        Step::WrongKey => What::WrongKey,
        Step::ToLive => {
            let live = found.meeting.live.ok_or(Code::NotFound)?;
            return Ok(see(&format!("/live/{live}")));
        }
        Step::Enter { create_time } => return enter(web, reader, &found, guest, presenter, create_time),
        Step::Start => {
            start(web, reader, &found).await?;
            return Ok(see(&format!("/join/{}", found.id)));
        }
        Step::Cancelled => What::Cancelled,
        Step::Button => What::Open { at_once: ours(reader) },
        Step::Wait => wait(),
        Step::Name => What::Name {
            guest: guest.clone().unwrap_or_default(),
        },
        Step::Again => What::Again,
    };
    let problem = matches!(what, What::Again).then(|| reader.frame.t(T::BbbRefused).to_owned());
    let now = web.sources.now();
    let time = found.details.around(now);
    let name = match found.meeting.owner.filter(|_| found.meeting.personal) {
        Some(owner) => {
            let account = web.store.account(owner).await;
            let account = account.map_err(|e| Problem::unavailable("accounts can't be read", e))?;
            room_of(reader, owner, account.as_ref().map(|a| a.name.as_str()))
        }
        None => found.details.name.0.clone(),
    };
    let view = JoinView {
        id: found.id.to_string(),
        name,
        personal: found.meeting.personal,
        starts_at: time.starts_at,
        ends_at: time.ends_at,
        now,
        zone: found.details.time_zone.clone(),
        what,
        problem,
    };
    let mut answer = reader.page(view::join(&reader.frame, &view));
    if matches!(view.what, What::WrongKey) {
        *answer.status_mut() = axum::http::StatusCode::FORBIDDEN;
    }
    answer
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// The click was on one of our own pages: no mail's or stranger's link, no prefetch.
fn ours(reader: &Reader) -> bool {
    let is = |name: &str, value: &str| reader.headers.get(name).and_then(|v| v.to_str().ok()) == Some(value);
    is("sec-fetch-site", "same-origin")
        && is("sec-fetch-mode", "navigate")
        && !reader.headers.contains_key("sec-purpose")
}

async fn start(web: &Web, reader: &Reader, found: &Found) -> Result<(), Stop> {
    let me = reader.person()?;
    let now = web.sources.now();
    let until = found
        .details
        .around(now)
        .ends_at
        .max(now)
        .plus_s(web.settings.overrun.as_secs() as i64);
    let command = MeetingCommand::Start {
        session: web.sources.id(),
        until,
    };
    match web
        .aggregates
        .meetings
        .execute(found.id, command, Act::by(Actor::person(me.person), now))
        .await
    {
        Ok(done) => {
            settle(web, done.position).await;
            Ok(())
        }
        // Cancelled in the meantime: the page says so.
        Err(ExecuteError::Refused(_)) => Ok(()),
        Err(e) => Err(Problem::from(e).into()),
    }
}

fn enter(web: &Web, reader: &Reader, found: &Found, guest: Option<String>, presenter: bool, create_time: i64) -> Shown {
    let (name, user_id, guest) = if let Some(me) = &reader.me {
        (me.name.clone(), me.person.to_string(), false)
    } else {
        let stranger: ulid::Ulid = web.sources.ids.ulid(web.sources.now());
        (guest.ok_or(Code::BadQuery)?, format!("guest-{stranger}"), true)
    };
    let address = web.door.join_address(&Join {
        room: found.id.to_string(),
        create_time,
        name,
        user_id,
        moderator: presenter,
        robot: false,
        guest,
        error_url: format!("{}/join/{}?error=1", web.settings.public_url, found.id),
    });
    into_room(&address)
}

/// What the waiting page asks for.
#[derive(Debug, Serialize)]
struct Waiting {
    /// The room's phase; the page turns when it changes.
    phase: &'static str,
    /// BBB can't be asked just now.
    trouble: bool,
}

/// `GET /join/{id}/state`.
pub async fn state(State(web): State<Web>, reader: Reader, Path(id): Path<String>) -> Response {
    match find(&web, &id).await {
        Ok(found) if found.details.is_restricted && reader.me.is_none() => {
            Problem::new(Code::SignedOut).into_response()
        }
        Ok(found) => {
            let waiting = Waiting {
                phase: found.phase(&web),
                trouble: found.trouble,
            };
            (
                [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))],
                Json(waiting),
            )
                .into_response()
        }
        Err(stop) => reader.answer(Err(stop)),
    }
}
