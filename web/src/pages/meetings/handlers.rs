//! `/meetings`: forms that do what the API's calls do, through the same commands.

use amphi_events::ids::{LiveId, MeetingId, PersonId};
use amphi_events::meeting::{Details, MeetingCommand};
use amphi_events::session::Phase;
use amphi_events::{Act, Actor, ExecuteError, Time};
use axum::extract::{Form, Path, RawQuery, State};
use axum::response::Response;

use super::form::{self, FormView, MeetingForm, refusal};
use super::view::{self, Gateway, MeetingLine, MeetingView, MeetingsView, Room};
use crate::Web;
use crate::api::meetings::view::{gateway_decided, live, piloted, seen, settle};
use crate::api::problem::{Code, Problem};
use crate::auth::Identity;
use crate::i18n::{T, times};
use crate::pages::common::{Reader, Shown, Stop, see};

fn id(text: &str) -> Result<MeetingId, Stop> {
    text.parse().map_err(|_| Code::NotFound.into())
}

fn down(e: impl std::fmt::Display) -> Stop {
    Problem::unavailable("accounts can't be read", e).into()
}

/// Where a meeting's room stands, as its streams say.
async fn room(
    web: &Web,
    cancelled: bool,
    session: Option<amphi_events::ids::SessionId>,
    ends_at: Time,
) -> Result<Room, Stop> {
    if cancelled {
        return Ok(Room::Cancelled);
    }
    let Some(session) = session else {
        return Ok(if ends_at <= web.sources.now() {
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

/// `GET /meetings`.
pub async fn list(State(web): State<Web>, reader: Reader) -> Response {
    reader.answer(mine(&web, &reader).await)
}

async fn mine(web: &Web, reader: &Reader) -> Shown {
    let me = reader.person()?;
    let mut meetings = vec![];
    for m in web.read.meetings_of(me.person).await? {
        meetings.push(MeetingLine {
            id: m.id.to_string(),
            room: room(web, m.cancelled, m.session, m.details.ends_at()).await?,
            name: m.details.name.0,
            starts_at: m.details.starts_at,
            duration_s: m.details.duration_s,
            zone: m.details.time_zone,
            webinar: m.details.is_webinar,
        });
    }
    Ok(reader.page(view::list(&reader.frame, &MeetingsView { meetings, more: None })))
}

/// `GET /meetings/{id}`.
pub async fn show(
    State(web): State<Web>,
    reader: Reader,
    Path(meeting): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let saved = query.as_deref().is_some_and(|q| q.split('&').any(|p| p == "saved=1"));
    reader.answer(one(&web, &reader, &meeting, saved, None).await)
}

async fn one(web: &Web, reader: &Reader, meeting: &str, saved: bool, problem: Option<String>) -> Shown {
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
    let url = &web.settings.public_url;
    let view = MeetingView {
        owner: name(&owner),
        presenters: details.additional_owners.iter().map(name).collect(),
        restricted: details.is_restricted,
        gateway: match event {
            Some(event) => gateway(web, event).await?,
            None => Gateway::NotNeeded,
        },
        event: event.map(|e| e.to_string()),
        join_url: format!("{url}/join/{id}"),
        live_url: event.map(|e| format!("{url}/live/{e}")),
        line: MeetingLine {
            id: id.to_string(),
            room: room(web, m.cancelled, m.session, details.ends_at()).await?,
            name: details.name.0,
            starts_at: details.starts_at,
            duration_s: details.duration_s,
            zone: details.time_zone,
            webinar: details.is_webinar,
        },
        description: details.description.0,
        problem,
        saved,
    };
    Ok(reader.page(view::one(&reader.frame, &view)))
}

async fn gateway(web: &Web, event: LiveId) -> Result<Gateway, Stop> {
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
    // Times that have passed since they were computed help nobody.
    let now = web.sources.now();
    Ok(match live.lacking {
        Some((_, _, next)) => Gateway::Lacking {
            next: next.into_iter().filter(|t| *t > now).collect(),
        },
        None if live.cancelled => Gateway::NotNeeded,
        None => Gateway::Pending,
    })
}

/// `POST /meetings/{id}`: cancels it.
pub async fn cancel(
    State(web): State<Web>,
    reader: Reader,
    Path(meeting): Path<String>,
    Form(form): Form<MeetingForm>,
) -> Response {
    reader.answer(cancelled(&web, &reader, &meeting, &form).await)
}

async fn cancelled(web: &Web, reader: &Reader, meeting: &str, form: &MeetingForm) -> Shown {
    let me = reader.person()?;
    let id = id(meeting)?;
    piloted(web, me, id).await?;
    if form.action != "cancel" {
        return Err(Code::BadQuery.into());
    }
    match web
        .aggregates
        .meetings
        .execute(id, MeetingCommand::Cancel, act(web, me))
        .await
    {
        Ok(done) => {
            settle(web, done.position).await;
            Ok(see(&format!("/meetings/{id}")))
        }
        Err(ExecuteError::Refused(why)) => {
            one(
                web,
                reader,
                meeting,
                false,
                Some(reader.frame.t(refusal(why)).to_owned()),
            )
            .await
        }
        Err(e) => Err(Problem::from(e).into()),
    }
}

fn act(web: &Web, me: &Identity) -> Act {
    Act::by(Actor::person(me.person), web.sources.now())
}

/// `GET /meetings/new`.
pub async fn fresh(State(web): State<Web>, reader: Reader) -> Response {
    let shown = reader.may(amphi_events::person::Role::plans).map(|_| {
        let form = MeetingForm::fresh(web.sources.now(), &web.settings.time_zone);
        reader.page(form::form(
            &reader.frame,
            &FormView {
                id: None,
                form,
                problem: None,
            },
        ))
    });
    reader.answer(shown)
}

/// `POST /meetings/new`.
pub async fn create(State(web): State<Web>, reader: Reader, Form(form): Form<MeetingForm>) -> Response {
    reader.answer(created(&web, &reader, form).await)
}

/// What stands against a form, shown above it.
enum Wrong {
    Said(String),
    Stop(Stop),
}

impl<E: Into<Stop>> From<E> for Wrong {
    fn from(e: E) -> Self {
        Self::Stop(e.into())
    }
}

async fn read(web: &Web, reader: &Reader, form: &MeetingForm, held: &Details) -> Result<Details, Wrong> {
    let mut details = form
        .read(held)
        .map_err(|key| Wrong::Said(reader.frame.t(key).to_owned()))?;
    details.additional_owners.clear();
    for login in form.logins() {
        match web.store.account_by_login(&login).await.map_err(down)? {
            Some(account) if details.additional_owners.contains(&account.person) => {}
            Some(account) => details.additional_owners.push(account.person),
            None => return Err(Wrong::Said(reader.frame.f(T::BadPresenter, &[("login", &login)]))),
        }
    }
    Ok(details)
}

async fn save(
    web: &Web,
    reader: &Reader,
    id: MeetingId,
    live: LiveId,
    command: MeetingCommand,
    details: &Details,
) -> Result<(), Wrong> {
    let me = reader.person()?;
    let done = match web.aggregates.meetings.execute(id, command, act(web, me)).await {
        Ok(done) => done,
        Err(ExecuteError::Refused(why)) => return Err(Wrong::Said(reader.frame.t(refusal(why)).to_owned())),
        Err(e) => return Err(Problem::from(e).into()),
    };
    let mut position = done.position;
    if details.is_webinar
        && let Some(at) = gateway_decided(web, live, details.starts_at, details.ends_at()).await
    {
        position = position.max(at);
    }
    settle(web, position).await;
    Ok(())
}

fn again(reader: &Reader, wrong: Wrong, id: Option<String>, form: MeetingForm) -> Shown {
    match wrong {
        Wrong::Stop(stop) => Err(stop),
        Wrong::Said(problem) => {
            let mut answer = reader.page(form::form(
                &reader.frame,
                &FormView {
                    id,
                    form,
                    problem: Some(problem),
                },
            ));
            *answer.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
            Ok(answer)
        }
    }
}

async fn created(web: &Web, reader: &Reader, form: MeetingForm) -> Shown {
    let me = reader.may(amphi_events::person::Role::plans)?;
    let (id, live): (MeetingId, LiveId) = (web.sources.id(), web.sources.id());
    let blank = Details::new("", Time(0), 0, &web.settings.time_zone);
    let made = async {
        let details = read(web, reader, &form, &blank).await?;
        let command = MeetingCommand::Schedule {
            owner: me.person,
            live,
            details: Box::new(details.clone()),
        };
        save(web, reader, id, live, command, &details).await
    };
    match made.await {
        Ok(()) => Ok(see(&format!("/meetings/{id}?saved=1"))),
        Err(wrong) => again(reader, wrong, None, form),
    }
}

/// `GET /meetings/{id}/edit`; `?starts_at=` puts one of the next free times into the form.
pub async fn edit(
    State(web): State<Web>,
    reader: Reader,
    Path(meeting): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    reader.answer(edited(&web, &reader, &meeting, query.as_deref()).await)
}

async fn edited(web: &Web, reader: &Reader, meeting: &str, query: Option<&str>) -> Shown {
    let me = reader.person()?;
    let id = id(meeting)?;
    let (_, details) = piloted(web, me, id).await?;
    let accounts = web
        .store
        .accounts_by_ids(&details.additional_owners)
        .await
        .map_err(down)?;
    let logins: Vec<String> = accounts.into_iter().map(|a| a.login).collect();
    let mut form = MeetingForm::of(&details, &logins);
    let offered = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find(|(n, _)| n == "starts_at")
        .map(|(_, v)| v.into_owned());
    if let Some(offered) = offered.filter(|o| times::read_input(o, &details.time_zone).is_some()) {
        form.starts_at = offered;
    }
    Ok(reader.page(form::form(
        &reader.frame,
        &FormView {
            id: Some(id.to_string()),
            form,
            problem: None,
        },
    )))
}

/// `POST /meetings/{id}/edit`.
pub async fn change(
    State(web): State<Web>,
    reader: Reader,
    Path(meeting): Path<String>,
    Form(form): Form<MeetingForm>,
) -> Response {
    reader.answer(changed(&web, &reader, &meeting, form).await)
}

async fn changed(web: &Web, reader: &Reader, meeting: &str, form: MeetingForm) -> Shown {
    let me = reader.person()?;
    let id = id(meeting)?;
    let (held, details) = piloted(web, me, id).await?;
    let live = held.live.unwrap_or_else(|| web.sources.id());
    let made = async {
        let details = read(web, reader, &form, &details).await?;
        let command = MeetingCommand::Change {
            live,
            details: Box::new(details.clone()),
        };
        save(web, reader, id, live, command, &details).await
    };
    match made.await {
        Ok(()) => Ok(see(&format!("/meetings/{id}?saved=1"))),
        Err(wrong) => again(reader, wrong, Some(id.to_string()), form),
    }
}
