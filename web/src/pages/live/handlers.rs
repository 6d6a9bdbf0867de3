//! `GET /live/{event}`, `/live/{event}/embed`, `/live/{event}/console`.

use amphi_events::broadcaster::Protection;
use amphi_events::ids::LiveId;
use amphi_events::page::{LINK, PASSWORD};
use amphi_projections::LiveRow;
use axum::extract::{Form, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde::Deserialize;

use super::bans::ExcludedView;
use super::console::{self, ConsoleView};
use super::door::{self, DoorView};
use super::view::{self, LiveView};
use super::{embed, policy};
use crate::api::lives::picture_path;
use crate::api::problem::{Code, Problem};
use crate::api::{live_door, people};
use crate::auth::address::ClientAddress;
use crate::i18n::T;
use crate::pages::common::{LiveSources, Policy, Reader, Shown, Stop, see};
use crate::pages::home::handlers::{stage_of, zone_of};
use crate::pages::lives::handlers::Places;
use crate::watch::{self, Shut};
use crate::{Web, chat};

pub(super) async fn row(web: &Web, event: &str) -> Result<LiveRow, Stop> {
    let id: LiveId = event.parse().map_err(|_| Code::NotFound)?;
    web.read.live(id).await?.ok_or_else(|| Code::NotFound.into())
}

/// What stands in the way of a page, or the page.
enum Seen {
    Page(Box<(LiveRow, LiveView)>),
    Door(DoorView),
}

async fn seen(web: &Web, reader: &Reader, event: &str, framed: bool) -> Result<Seen, Stop> {
    let row = row(web, event).await?;
    // In a frame of somebody else nobody acts: what is shown there is what everybody with these rights may read.
    match watch::look(web, &row, reader.me.as_ref(), &reader.headers).await {
        Ok(()) => {}
        // No leak of the title: who isn't let in sees nothing of the live. Neither sign-in nor a password is asked for in a frame.
        Err(Shut::SignIn | Shut::Password) if framed => {
            return Ok(Seen::Door(DoorView::Elsewhere {
                event: row.id.to_string(),
            }));
        }
        Err(Shut::SignIn) => return Err(Stop::SignIn),
        Err(Shut::Password) => {
            return Ok(Seen::Door(DoorView::Password {
                event: row.id.to_string(),
                wrong: false,
                wait: None,
            }));
        }
        Err(shut) => return Err(Problem::from(shut).into()),
    }
    let now = web.sources.now();
    let details = &row.page.details;
    let description = match row.meeting {
        _ if !details.description.0.is_empty() => Some(details.description.0.clone()),
        Some(meeting) => web.read.meeting(meeting).await?.map(|m| m.details.description.0),
        None => None,
    };
    let presenters: Vec<_> = std::iter::once(row.owner)
        .chain(row.presenters.iter().copied())
        .collect();
    let names = people::names(web, &presenters).await?;
    let ban = chat::ban_of(web, &row, reader.me.as_ref()).await?;
    let excluded = ban.map(|ban| {
        let opened = chat::opened(web, &ban);
        ExcludedView {
            by: opened.by,
            reason: opened.reason,
        }
    });
    let places = Places::load(web).await?;
    let shown = |address: &Option<amphi_events::Public<String>>| {
        let listed = address.as_ref().filter(|a| web.settings.lives.shows(&a.0));
        listed.map(|a| a.0.clone())
    };
    let picture = row
        .page
        .picture
        .as_ref()
        .or_else(|| row.place().and_then(|at| places.picture(at)));
    // Everybody may watch it, whoever they are.
    let public = !row.cancelled
        && watch::look(web, &row, None, &axum::http::HeaderMap::new())
            .await
            .is_ok();
    let url = &web.settings.public_url;
    let id = row.id.to_string();
    let view = LiveView {
        stage: stage_of(&row, now),
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        zone: zone_of(web, &row),
        chat: row.chat_open,
        pilots: !framed && reader.me.as_ref().is_some_and(|i| chat::moderates(&row, i)),
        excluded,
        me: reader.me.as_ref().filter(|_| !framed).map(|i| i.person.to_string()),
        presenters: presenters.iter().filter_map(|p| names.of(*p).name).collect(),
        origins: policy::origins(web, &row, now).await?,
        title: row.title.clone(),
        description: description.unwrap_or_default(),
        kind: details.kind.0.clone(),
        place: row.place().and_then(|at| places.words(at)),
        way: row.place().map_or((None, None), |at| places.way(at)),
        below: shown(&details.below_url).map(|u| (u, details.below_height)),
        beside: shown(&details.beside_url),
        hold_picture: picture.map(|p| picture_path(row.id, p.id)),
        hold_video: shown(&details.hold_video_url),
        pinned: row.state(now).announcements,
        share: public.then(|| {
            (
                embed::address(url, &id),
                embed::markup(url, &id, &row.title, (960, 540)),
            )
        }),
        framed,
        event: id,
        now,
    };
    Ok(Seen::Page(Box::new((row, view))))
}

/// What stands behind the question mark.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// In the link of a draft.
    key: Option<String>,
}

/// `GET /live/{event}`.
pub async fn show(
    State(web): State<Web>,
    reader: Reader,
    ClientAddress(address): ClientAddress,
    Path(event): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    if let Some(key) = asked.key {
        return reader.answer(let_in(&web, &event, address, LINK, &key).await);
    }
    reader.answer(shown(&web, &reader, &event).await)
}

async fn shown(web: &Web, reader: &Reader, event: &str) -> Shown {
    match seen(web, reader, event, false).await? {
        Seen::Door(door) => Ok(at_the_door(reader, &door)),
        Seen::Page(page) => {
            let (row, view) = *page;
            let sources = policy::sources(web, &row, view.now, "").await?;
            Ok(reader.policed(view::live(&reader.frame, &view), &Policy::Live(sources)))
        }
    }
}

fn at_the_door(reader: &Reader, view: &DoorView) -> Response {
    let mut answer = reader.page(door::door(&reader.frame, view));
    *answer.status_mut() = StatusCode::FORBIDDEN;
    answer
}

/// Whoever came by the link, or said the password: they get a pass, and the page without what opened it in its address.
async fn let_in(web: &Web, event: &str, address: std::net::IpAddr, kind: &str, given: &str) -> Shown {
    let row = row(web, event).await?;
    let page = &row.page;
    // A draft has no password; led on to its page, whoever said one would know that there is a draft.
    if page.draft && kind != LINK {
        return Err(Code::NotFound.into());
    }
    let asked = if kind == LINK { page.draft } else { page.password };
    let mut answer = see(&format!("/live/{}", row.id));
    // A link of a live that is no draft any more leads where everybody goes.
    if asked {
        let (pass, _) = live_door::opened(web, row.id, kind, address, given).await?;
        if let Some(cookie) = watch::keep(web, row.id, &pass) {
            answer.headers_mut().insert(header::SET_COOKIE, cookie);
        }
    }
    Ok(answer)
}

/// What the door's form posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PasswordForm {
    password: String,
}

/// `POST /live/{event}`: the password of its page.
pub async fn enter(
    State(web): State<Web>,
    reader: Reader,
    ClientAddress(address): ClientAddress,
    Path(event): Path<String>,
    Form(form): Form<PasswordForm>,
) -> Response {
    let came = let_in(&web, &event, address, PASSWORD, &form.password).await;
    let again = |wait| DoorView::Password {
        event: event.clone(),
        wrong: true,
        wait,
    };
    match came {
        Err(Stop::Problem(p)) if p.code == Code::LivePasswordWrong => at_the_door(&reader, &again(None)),
        Err(Stop::Problem(p)) if p.code == Code::TooManyTries => {
            let mut answer = at_the_door(&reader, &again(p.retry_after));
            *answer.status_mut() = StatusCode::TOO_MANY_REQUESTS;
            answer
        }
        came => reader.answer(came),
    }
}

/// `GET /live/{event}/embed`.
pub async fn embed(State(web): State<Web>, reader: Reader, Path(event): Path<String>) -> Response {
    let shown = match embedded(&web, &reader, &event).await {
        Err(Stop::Problem(problem)) => Ok(refused_in_frame(&web, &reader, &problem)),
        shown => shown,
    };
    reader.answer(shown)
}

/// What stands against it, in words: a page that nobody may frame is an empty, broken frame on the other site.
fn refused_in_frame(web: &Web, reader: &Reader, problem: &Problem) -> Response {
    let status = problem.code.status();
    let (title, text) = match status {
        StatusCode::NOT_FOUND => (T::NotFoundTitle, T::NotFound),
        StatusCode::FORBIDDEN => (T::ForbiddenTitle, T::ForbiddenLong),
        _ => (T::ErrorTitle, T::ErrorLong),
    };
    in_frame(web, reader, &DoorView::Refused { title, text }, status)
}

fn in_frame(web: &Web, reader: &Reader, door: &DoorView, status: StatusCode) -> Response {
    let sources = LiveSources {
        ancestors: web.settings.lives.ancestors.clone(),
        ..LiveSources::default()
    };
    let mut answer = reader.policed(door::door(&reader.frame, door), &Policy::Live(sources));
    *answer.status_mut() = status;
    answer
}

async fn embedded(web: &Web, reader: &Reader, event: &str) -> Shown {
    let ancestors = web.settings.lives.ancestors.clone();
    match seen(web, reader, event, true).await? {
        Seen::Door(door) => Ok(in_frame(web, reader, &door, StatusCode::FORBIDDEN)),
        Seen::Page(page) => {
            let (row, view) = *page;
            let sources = policy::sources(web, &row, view.now, &ancestors).await?;
            Ok(reader.policed(view::embed(&reader.frame, &view), &Policy::Live(sources)))
        }
    }
}

/// `GET /live/{event}/console`.
pub async fn console(State(web): State<Web>, reader: Reader, Path(event): Path<String>) -> Response {
    reader.answer(piloted(&web, &reader, &event).await)
}

async fn piloted(web: &Web, reader: &Reader, event: &str) -> Shown {
    let me = reader.person()?;
    let row = row(web, event).await?;
    if !chat::moderates(&row, me) {
        return Err(watch::refused(&row, Some(me)).into());
    }
    let now = web.sources.now();
    let broadcaster = match row.feed.filter(|_| row.meeting.is_none()) {
        Some(feed) => web.read.broadcaster(feed.broadcaster).await?.map(|b| b.name),
        None => None,
    };
    let origins = policy::origins(web, &row, now).await?;
    let there = match row.place().filter(|_| row.restricted) {
        Some(place) => web.read.broadcaster(place).await?,
        None => None,
    };
    let url = &web.settings.public_url;
    let view = ConsoleView {
        open: there.is_some_and(|b| b.protection == Protection::None),
        event: row.id.to_string(),
        meeting: row.meeting.map(|m| m.to_string()),
        elsewhere: match row.meeting {
            Some(meeting) => web.read.meeting(meeting).await?.is_some_and(|m| m.elsewhere.is_some()),
            None => false,
        },
        stage: stage_of(&row, now),
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        duration_s: row.ends_at.since_ms(row.starts_at) / 1000,
        zone: zone_of(web, &row),
        chat: row.chat_open,
        me: me.person.to_string(),
        origins: origins.clone(),
        public_url: format!("{url}/live/{}", row.id),
        join_url: row.meeting.map(|meeting| format!("{url}/join/{meeting}")),
        broadcaster,
        pinned: row.state(now).announcements,
        title: row.title,
        now,
    };
    Ok(reader.policed(console::console(&reader.frame, &view), &Policy::Picture(origins)))
}
