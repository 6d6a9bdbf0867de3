//! `/join/{id}`, `/join/{id}/{key}`, `/join/{id}/state`.

use std::net::IpAddr;

use amphi_events::ids::{MeetingId, SessionId};
use amphi_events::meeting::{Details, MeetingCommand};
use amphi_events::plain::is_unseen;
use amphi_events::session::Phase;
use amphi_events::{ExecuteError, meeting};
use axum::Json;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::rules::{self, Asking, Key, Password, Room, Step};
use super::tries::{self, Tried};
use super::view::{self, JoinView, What};
use super::way_back;
use crate::api::meetings::view::{outside, settle};
use crate::api::problem::{Code, Problem};
use crate::auth::Identity;
use crate::auth::address::ClientAddress;
use crate::i18n::T;
use crate::pages::common::{Reader, Shown, Stop, into_room, see};
use crate::pages::meetings::handlers::room_of;
use crate::{Join, Web};

/// Longest name that a guest gives, in characters.
const NAME_MAX: usize = 64;

/// What stands behind the question mark, or in the form.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Given {
    /// A guest's name.
    name: String,
    /// The meeting's password; taken of a form only.
    password: String,
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

/// How somebody came.
struct Came {
    given: Given,
    /// By a form.
    post: bool,
    key: Option<String>,
    address: IpAddr,
}

/// `GET /join/{id}`.
pub async fn get(
    State(web): State<Web>,
    reader: Reader,
    ClientAddress(address): ClientAddress,
    Path(id): Path<String>,
    Query(given): Query<Given>,
) -> Response {
    let came = Came {
        given,
        post: false,
        key: None,
        address,
    };
    reader.answer(walk(&web, &reader, &id, came).await)
}

/// `POST /join/{id}`.
pub async fn post(
    State(web): State<Web>,
    reader: Reader,
    ClientAddress(address): ClientAddress,
    Path(id): Path<String>,
    form: Result<Form<Given>, axum::extract::rejection::FormRejection>,
) -> Response {
    let came = Came {
        // A program posts nothing.
        given: form.map(|Form(g)| g).unwrap_or_default(),
        post: true,
        key: None,
        address,
    };
    reader.answer(walk(&web, &reader, &id, came).await)
}

/// `GET /join/{id}/{key}`.
pub async fn get_keyed(
    State(web): State<Web>,
    reader: Reader,
    ClientAddress(address): ClientAddress,
    Path((id, key)): Path<(String, String)>,
    Query(given): Query<Given>,
) -> Response {
    let came = Came {
        given,
        post: false,
        key: Some(key),
        address,
    };
    reader.answer(walk(&web, &reader, &id, came).await)
}

/// `POST /join/{id}/{key}`.
pub async fn post_keyed(
    State(web): State<Web>,
    reader: Reader,
    ClientAddress(address): ClientAddress,
    Path((id, key)): Path<(String, String)>,
    form: Result<Form<Given>, axum::extract::rejection::FormRejection>,
) -> Response {
    let came = Came {
        given: form.map(|Form(g)| g).unwrap_or_default(),
        post: true,
        key: Some(key),
        address,
    };
    reader.answer(walk(&web, &reader, &id, came).await)
}

/// What stands against somebody, for the page to say.
struct Against {
    words: String,
    status: StatusCode,
    /// Seconds to wait.
    retry_after: Option<u64>,
}

fn too_many(reader: &Reader, retry_after: u64) -> Against {
    let time = match retry_after {
        seconds @ 0..60 => format!("{seconds} s"),
        longer => format!("{} min", longer.div_ceil(60)),
    };
    Against {
        words: reader.frame.f(T::TooManyAtDoor, &[("time", &time)]),
        status: StatusCode::TOO_MANY_REQUESTS,
        retry_after: Some(retry_after),
    }
}

async fn walk(web: &Web, reader: &Reader, id: &str, came: Came) -> Shown {
    let found = find(web, id).await?;
    let (given, post) = (came.given, came.post);
    let presenter = reader.me.as_ref().is_some_and(|i| found.meeting.is_presenter(i.person));
    let guest = guest(&given.name);
    let bare = format!("/join/{}", found.id);
    if came.key.is_none()
        && !given.error.is_empty()
        && let Some(key) = way_back::key(&reader.headers, found.id)
    {
        return Ok(see(&format!("{bare}/{key}?error=1")));
    }
    let mut against = None;
    let key = match came.key.as_deref().filter(|_| !presenter) {
        None => Key::None,
        Some(key) => match tries::key(web, found.id, came.address, key).await? {
            Tried::Right => Key::Right,
            Tried::Wrong => Key::Wrong,
            Tried::TooMany { retry_after } => {
                against = Some(too_many(reader, retry_after));
                Key::Wrong
            }
        },
    };
    let action = match &came.key {
        Some(text) if key == Key::Right => format!("{bare}/{text}"),
        _ => bare.clone(),
    };
    let mut asking = Asking {
        presenter,
        signed_in: reader.me.is_some(),
        named: guest.is_some(),
        post,
        refused: !given.error.is_empty(),
        key,
        password: if found.meeting.password && !presenter && key != Key::Right {
            Password::Missing
        } else {
            Password::NotNeeded
        },
        outside: outside(web, reader.me.as_ref(), &found.meeting, &found.details).await?,
    };
    let meeting = rules::Meeting {
        elsewhere: found.meeting.elsewhere.is_some(),
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
    let mut step = rules::step(asking, meeting);
    // Looked at only of who would come in with it. In an address it would stand in every log on the way.
    if step == Step::Ask && post && asking.password == Password::Missing && !given.password.is_empty() {
        match tries::password(web, found.id, came.address, &given.password).await? {
            Tried::Right => {
                asking.password = Password::Right;
                step = rules::step(asking, meeting);
            }
            Tried::Wrong => {
                against = Some(Against {
                    words: reader.frame.t(T::WrongMeetingPassword).to_owned(),
                    status: StatusCode::FORBIDDEN,
                    retry_after: None,
                });
            }
            Tried::TooMany { retry_after } => against = Some(too_many(reader, retry_after)),
        }
    }
    let what = match step {
        Step::SignIn => return Err(Stop::SignIn),
        Step::WrongKey if against.is_some() => What::TooMany,
        Step::WrongKey => What::WrongKey { without: bare.clone() },
        Step::Outside => What::Outside,
        Step::ToLive => {
            let live = found.meeting.live.ok_or(Code::NotFound)?;
            return Ok(see(&format!("/live/{live}")));
        }
        Step::Enter { create_time } => {
            let mut answer = enter(web, reader, &found, guest, presenter, create_time)?;
            let key = came.key.as_deref().filter(|_| key == Key::Right);
            if let Some(cookie) = key.and_then(|key| way_back::keep(&web.settings, found.id, key)) {
                answer.headers_mut().append(header::SET_COOKIE, cookie);
            }
            return Ok(answer);
        }
        Step::Start => {
            start(web, reader, &found).await?;
            return Ok(see(&bare));
        }
        Step::Cancelled => What::Cancelled,
        Step::Button => What::Open { at_once: ours(reader) },
        Step::Wait => wait(),
        Step::Ask => What::Ask {
            guest: reader.me.is_none().then(|| guest.clone().unwrap_or_default()),
            password: asking.password == Password::Missing,
        },
        Step::Again => {
            // The room may be gone, or another one: the reactor looks before the person tries again. Not for who has not shown that they may
            // come in, and once for all who ask at the same time: a stranger's every look would be a call of BBB.
            if let Some(session) = found.meeting.session
                && asking.password != Password::Missing
                && web.bells.looks.now(session, web.sources.now())
            {
                web.callbacks.look(session);
            }
            against = Some(Against {
                words: reader.frame.t(T::BbbRefused).to_owned(),
                status: StatusCode::OK,
                retry_after: None,
            });
            What::Again
        }
    };
    let now = web.sources.now();
    let time = found.details.around(now);
    let name = match found.meeting.owner.filter(|_| found.meeting.personal) {
        // What it is called is for those it is open to.
        _ if matches!(what, What::Outside) => reader.frame.t(T::OutsideTitle).to_owned(),
        Some(owner) => {
            let account = web.store.account(owner).await;
            let account = account.map_err(|e| Problem::unavailable("accounts can't be read", e))?;
            room_of(reader, owner, account.as_ref().map(|a| a.name.as_str()))
        }
        None => found.details.name.0.clone(),
    };
    let view = JoinView {
        action,
        state: format!("{bare}/state"),
        events: format!("{bare}/events"),
        name,
        personal: found.meeting.personal,
        starts_at: time.starts_at,
        ends_at: time.ends_at,
        now,
        zone: found.details.time_zone.clone(),
        what,
        problem: against.as_ref().map(|a| a.words.clone()),
    };
    let mut answer = reader.page(view::join(&reader.frame, &view));
    if let Some(against) = against {
        *answer.status_mut() = against.status;
        if let Some(seconds) = against.retry_after {
            answer
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
    } else if matches!(view.what, What::WrongKey { .. } | What::Outside) {
        *answer.status_mut() = StatusCode::FORBIDDEN;
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
    match web.aggregates.meetings.execute(found.id, command, me.act(web)).await {
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
        hide_chat: false,
        guest,
        // Never with the key: what BBB is given stands in its logs.
        error_url: format!("{}/join/{}?error=1", web.settings.public_url, found.id),
    });
    into_room(&address)
}

/// What the waiting page asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// The room's phase; the page turns when it changes.
    phase: &'static str,
    /// BBB can't be asked just now.
    trouble: bool,
}

/// Where a meeting's room stands, for whoever may join it.
///
/// # Errors
/// 401, 403, 404, 503.
pub(super) async fn waiting(web: &Web, me: Option<&Identity>, id: &str) -> Result<(MeetingId, Waiting), Problem> {
    let found = find(web, id).await.map_err(|stop| match stop {
        Stop::SignIn => Code::SignedOut.into(),
        Stop::Problem(problem) => problem,
    })?;
    if found.details.is_restricted && me.is_none() {
        return Err(Code::SignedOut.into());
    }
    if outside(web, me, &found.meeting, &found.details).await? {
        return Err(Code::Forbidden.into());
    }
    let waiting = Waiting {
        phase: found.phase(web),
        trouble: found.trouble,
    };
    Ok((found.id, waiting))
}

/// `GET /join/{id}/state`.
pub async fn state(State(web): State<Web>, reader: Reader, Path(id): Path<String>) -> Response {
    match waiting(&web, reader.me.as_ref(), &id).await {
        Ok((_, waiting)) => {
            let headers = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
            (headers, Json(waiting)).into_response()
        }
        Err(problem) => problem.into_response(),
    }
}
