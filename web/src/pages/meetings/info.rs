//! `/meetings/{id}/info`: who is in the room, as they are (census §2.1 *meeting info*): a page of its own, which script shows in a dialog.
//! Both are kept up by push (`/meetings/{id}/info/events`); without script the page is asked for again.

use std::convert::Infallible;
use std::time::Duration;

use amphi_events::session::{HookState, Trouble, Voice};
use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use maud::{Markup, html};
use serde::Serialize;

use super::handlers::id;
use crate::Web;
use crate::api::meetings::participants::{Known, Present, known};
use crate::api::meetings::view::meeting;
use crate::api::problem::{Code, Problem};
use crate::auth::address::ClientAddress;
use crate::i18n::{T, times};
use crate::pages::common::{Reader, Shown};
use crate::pages::join::bells::Seat;
use crate::pages::layout::{Dress, Frame};

/// The clock rings no bell: what changes by time alone (planned, over) is looked at so often.
const LOOK: Duration = Duration::from_secs(15);
/// A page whose line broke comes back after so long.
const RETRY: Duration = Duration::from_secs(3);

/// Who is in a meeting's room.
#[derive(Debug, Clone)]
pub struct InfoView {
    /// The meeting's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its zone.
    pub zone: String,
    /// What is known.
    pub known: Known,
}

/// The way to it, from pages that name the meeting: script opens a dialog in its place.
pub fn link(frame: &Frame, id: &str, name: &str) -> Markup {
    html! {
        a class="button" href={ "/meetings/" (id) "/info" } data-info=(frame.f(T::InfoOf, &[("name", name)])) data-close=(frame.t(T::InfoClose)) {
            (frame.t(T::Info)) span class="unseen" { " : " (name) }
        }
    }
}

/// Renders the page.
pub fn info(frame: &Frame, view: &InfoView) -> Markup {
    let title = frame.f(T::InfoOf, &[("name", &view.name)]);
    let path = format!("/meetings/{}/info", view.id);
    let dress = Dress {
        modules: &["info.js"],
        refresh: Some((10, path.clone())),
        ..Dress::default()
    };
    frame.page(
        &title,
        &dress,
        &html! {
            h1 { (title) }
            section id="people" data-events={ (path) "/events" } aria-label=(frame.t(T::InfoPeople)) {
                p id="people-said" role="status" { (said(frame, view)) }
                div id="people-list" { (people(frame, view)) }
                p class="callout" id="people-lost" role="status" hidden { (frame.t(T::InfoLost)) }
            }
            p { a href={ "/meetings/" (view.id) } { (frame.t(T::InfoToMeeting)) } }
        },
    )
}

/// Whether it runs, and how many are there: an error of BBB is *unknown*, never *nobody*.
fn said(frame: &Frame, view: &InfoView) -> String {
    let known = &view.known;
    let at = |time| times::clock(time, &view.zone);
    match (known.state, known.count()) {
        ("open", None) => frame.t(T::InfoUnknown).to_owned(),
        ("open", Some(n)) => {
            let since = known.since.map(at).unwrap_or_default();
            let key = match n {
                0 => T::InfoNobody,
                1 => T::InfoOne,
                _ => T::InfoMany,
            };
            frame.f(key, &[("n", &n.to_string()), ("time", &since)])
        }
        ("opening", _) => frame.t(T::InfoOpening).to_owned(),
        ("cancelled", _) => frame.t(T::InfoCancelled).to_owned(),
        ("closed", _) => frame.t(T::InfoClosed).to_owned(),
        _ => frame.t(T::InfoScheduled).to_owned(),
    }
}

fn people(frame: &Frame, view: &InfoView) -> Markup {
    let known = &view.known;
    html! {
        @if let Some((trouble, since)) = known.trouble {
            p class="callout" {
                (frame.f(words(trouble), &[("time", &times::clock(since, &view.zone))]))
                @if !known.people.is_empty() { " " (frame.t(T::InfoBefore)) }
            }
        }
        @if !known.people.is_empty() {
            ul class="rows" { @for p in &known.people { li {
                span { (p.name.as_deref().unwrap_or("–")) }
                span class="facts" { (badges(frame, p)) span class="meta" { time datetime=(p.since.rfc3339()) { (frame.f(T::InfoSince, &[("time", &times::clock(p.since, &view.zone))])) } } }
            } } }
        }
        @if known.state == "open" && known.trouble.is_none() {
            p class="quiet" { (frame.t(if known.hooks == Some(HookState::Registered) { T::InfoByHooks } else { T::InfoByPolling })) }
        }
    }
}

const fn words(trouble: Trouble) -> T {
    match trouble {
        Trouble::Unreachable | Trouble::BadAnswer => T::InfoUnreachable,
        Trouble::WrongSecret | Trouble::Refused => T::InfoRefused,
    }
}

fn badges(frame: &Frame, p: &Present) -> Markup {
    let badge = |key: T| html! { span class="badge" { (frame.t(key)) } };
    html! {
        (badge(if p.part.moderator { T::InfoModerator } else { T::InfoViewer }))
        @if p.part.presenter { (badge(T::InfoPresenter)) }
        @match p.part.voice {
            Voice::Microphone => { (badge(T::InfoMicrophone)) }
            Voice::Listening => { (badge(T::InfoListening)) }
            Voice::None => {}
        }
        @if p.part.camera { (badge(T::InfoCamera)) }
    }
}

async fn view(web: &Web, reader: &Reader, which: &str) -> Result<InfoView, crate::pages::common::Stop> {
    let me = reader.person()?;
    let id = id(which)?;
    let known = known(web, me, id).await?;
    let (_, details) = meeting(web, id).await?;
    Ok(InfoView {
        id: id.to_string(),
        name: details.name.0,
        zone: details.time_zone,
        known,
    })
}

/// `GET /meetings/{id}/info`.
pub async fn show(State(web): State<Web>, reader: Reader, Path(which): Path<String>) -> Response {
    let shown: Shown = async {
        let view = view(&web, &reader, &which).await?;
        Ok(reader.page(info(&reader.frame, &view)))
    }
    .await;
    reader.answer(shown)
}

/// What an open page is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Told {
    /// How many are there.
    said: String,
    /// Who: what the page has, with every name escaped.
    html: String,
}

/// What a line holds.
struct Line {
    web: Web,
    reader: Reader,
    id: String,
    bell: tokio::sync::watch::Receiver<()>,
    told: Option<Told>,
    _seat: Seat,
}

/// `GET /meetings/{id}/info/events`: tells an open page who is there, as soon as it changes (server-sent events).
pub async fn events(
    State(web): State<Web>,
    reader: Reader,
    ClientAddress(address): ClientAddress,
    Path(which): Path<String>,
) -> Response {
    let Some(me) = &reader.me else {
        return Problem::new(Code::SignedOut).into_response();
    };
    let Ok(meeting) = which.parse() else {
        return Problem::new(Code::NotFound).into_response();
    };
    if let Err(problem) = known(&web, me, meeting).await {
        return problem.into_response();
    }
    let Some(seat) = web.bells.seat(address, web.settings.rooms.sockets_per_address) else {
        return Problem::new(Code::TooManyTries)
            .retry_after(RETRY.as_secs())
            .into_response();
    };
    let line = Line {
        // Hung before the first look: nothing happens between the two.
        bell: web.bells.hang(meeting),
        web,
        reader,
        id: which,
        told: None,
        _seat: seat,
    };
    let events = unfold(line, |mut line| async {
        let event = line.next().await?;
        Some((Ok::<_, Infallible>(event), line))
    });
    let mut answer = Sse::new(events)
        .keep_alive(KeepAlive::new().interval(LOOK))
        .into_response();
    let headers = answer.headers_mut();
    headers.insert("cache-control", axum::http::HeaderValue::from_static("no-store"));
    // nginx would gather what is to go out at once.
    headers.insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
    answer
}

impl Line {
    /// Who is there, once it is otherwise than was told; `None`: the line ends, and the page asks anew.
    async fn next(&mut self) -> Option<Event> {
        loop {
            self.bell.borrow_and_update();
            // Signed out since, or no longer a presenter: whoever may not see it is not told.
            let me = self.reader.me.as_ref()?;
            self.reader.me = Some(me.again(&self.web, &self.reader.headers).await.ok()?);
            let view = view(&self.web, &self.reader, &self.id).await.ok()?;
            let frame = &self.reader.frame;
            let now = Told {
                said: said(frame, &view),
                html: people(frame, &view).into_string(),
            };
            if self.told.as_ref() != Some(&now) {
                let event = Event::default().retry(RETRY).json_data(&now).ok()?;
                self.told = Some(now);
                return Some(event);
            }
            tokio::select! {
                rung = self.bell.changed() => rung.ok()?,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }
}

impl InfoView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        use amphi_events::Time;
        use amphi_events::session::Part;
        let at = Time(1_795_000_000_000);
        let person = |name: &str, part| Present {
            name: Some(name.to_owned()),
            part,
            since: at.plus_s(60),
        };
        let off = Part::default();
        let people = vec![
            person(
                "<b>Ada</b>",
                Part {
                    moderator: true,
                    presenter: true,
                    voice: Voice::Microphone,
                    camera: true,
                    ..off
                },
            ),
            person(
                "Zoé & co",
                Part {
                    voice: Voice::Listening,
                    ..off
                },
            ),
            Present {
                name: None,
                part: off,
                since: at,
            },
        ];
        let view = |state, trouble, hooks, people: &[Present]| Self {
            id: "01J00000000000000000000001".into(),
            name: "<i>Optics</i>".into(),
            zone: "Europe/Paris".into(),
            known: Known {
                state,
                since: Some(at),
                hooks,
                trouble,
                people: people.to_vec(),
            },
        };
        let hooked = Some(HookState::Registered);
        vec![
            view("open", None, hooked, &people),
            view("open", None, Some(HookState::Missing), &people[..1]),
            view("open", None, None, &[]),
            view("open", Some((Trouble::Unreachable, at)), hooked, &people),
            view("open", Some((Trouble::WrongSecret, at)), hooked, &[]),
            view("opening", None, None, &[]),
            view("scheduled", None, None, &[]),
            view("closed", None, None, &[]),
            view("cancelled", None, None, &[]),
        ]
    }
}
