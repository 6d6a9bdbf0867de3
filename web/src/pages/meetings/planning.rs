//! `/meetings/new` and `/meetings/{id}/edit`: forms that do what the API's calls do, through the same commands.

use amphi_events::ids::{EventId, LiveId, MeetingId};
use amphi_events::meeting::{self, Details, MeetingCommand};
use amphi_events::recurrence::Exception;
use amphi_events::{ExecuteError, Key, Public, Time};
use axum::extract::{Form, Path, RawQuery, State};
use axum::response::Response;
use chrono::NaiveDate;

use super::form::{self, FormView, LOST, MeetingForm, Wrong, refusal, refused_field};
use super::handlers::{down, id};
use super::meanwhile;
use crate::Web;
use crate::api::groups::checked;
use crate::api::meetings::view::{as_of, changed as may_change, gateway_decided, seen, settle};
use crate::api::problem::{Code, Problem};
use crate::api::request::{Idempotency, done_before};
use crate::auth::webinar;
use crate::i18n::{T, times};
use crate::pages::common::{Reader, Shown, Stop, see};

/// Under which the two ids of a planned meeting are made from the form's `once`.
const CALL: &str = "POST /meetings/new";

/// A value of the query.
fn asked(query: Option<&str>, name: &str) -> Option<String> {
    url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find(|(n, _)| n == name)
        .map(|(_, v)| v.into_owned())
}

/// `GET /meetings/new`; `?like=` takes over everything but the time from a meeting that one may see.
pub async fn fresh(State(web): State<Web>, reader: Reader, RawQuery(query): RawQuery) -> Response {
    reader.answer(blank(&web, &reader, query.as_deref()).await)
}

async fn blank(web: &Web, reader: &Reader, query: Option<&str>) -> Shown {
    let me = reader.may(|role| web.settings.may_plan(role))?;
    let now = web.sources.now();
    let fresh = MeetingForm::fresh(now, &web.settings.time_zone, &web.settings.meeting_defaults);
    let mut form = match asked(query, "like") {
        Some(like) => {
            let (_, details) = seen(web, me, id(&like)?).await?;
            let logins = logins(web, &details).await?;
            MeetingForm {
                starts_at: MeetingForm::fresh(now, &details.time_zone, &details.options).starts_at,
                ..MeetingForm::of(&details, &logins)
            }
        }
        None => fresh,
    };
    // What is offered first is what may be planned.
    if form.webinar() && !webinar::may(web, me).await? {
        form.is_webinar = None;
    }
    form.once = web.sources.ids.ulid(now).to_string();
    shown(web, reader, None, form, vec![], (false, false, false)).await
}

async fn shown(
    web: &Web,
    reader: &Reader,
    id: Option<String>,
    form: MeetingForm,
    wrong: Vec<Wrong>,
    (running, personal, held_webinar): (bool, bool, bool),
) -> Shown {
    let groups = web.store.list_groups().await.map_err(down)?;
    let failed = !wrong.is_empty();
    // One that is a webinar already stays one, whoever changes it.
    let webinars = held_webinar || webinar::may(web, reader.person()?).await?;
    let view = FormView {
        id,
        form,
        wrong,
        running,
        personal,
        webinars,
        open: crate::media::push::shown_to_everybody(web).await?,
        groups: groups.into_iter().map(|g| (g.code, g.name)).collect(),
        fields: web.settings.meeting_fields.clone(),
    };
    let mut answer = reader.page(form::form(&reader.frame, &view));
    if failed {
        *answer.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(answer)
}

async fn logins(web: &Web, details: &Details) -> Result<Vec<String>, Stop> {
    let accounts = web
        .store
        .accounts_by_ids(&details.additional_owners)
        .await
        .map_err(down)?;
    Ok(accounts.into_iter().map(|a| a.login).collect())
}

/// What stands against a form.
enum Against {
    /// Said on it.
    Said(Vec<Wrong>),
    /// Somebody else saved first.
    Moved,
    /// Said instead of it.
    Stop(Stop),
}

impl<E: Into<Stop>> From<E> for Against {
    fn from(e: E) -> Self {
        Self::Stop(e.into())
    }
}

async fn read(web: &Web, reader: &Reader, form: &MeetingForm, held: &Details) -> Result<Details, Against> {
    let (mut wrong, mut details) =
        match form.read(held, &web.settings.meeting_fields, web.sources.now(), reader.frame.lang) {
            Ok(details) => (vec![], details),
            Err(wrong) => (wrong, held.clone()),
        };
    details.additional_owners.clear();
    for login in form.logins() {
        match web.store.account_by_login(&login).await.map_err(down)? {
            Some(account) if details.additional_owners.contains(&account.person) => {}
            Some(account) => details.additional_owners.push(account.person),
            None => wrong.push(Wrong::at(
                "presenters",
                reader.frame.f(T::BadPresenter, &[("login", &login)]),
            )),
        }
    }
    if let Err(why) = webinar::check(web, reader.person()?, held.is_webinar, details.is_webinar).await {
        if why.code != Code::WebinarRight {
            return Err(why.into());
        }
        wrong.push(Wrong::at("is_webinar", reader.words(&why)));
    }
    // Those that it is open to already may be gone meanwhile; they say nothing against the rest of the form.
    let groups = form.groups();
    let known = groups.iter().filter(|g| !held.restrict_access_to_groups.0.contains(*g));
    match checked(web, &known.cloned().collect::<Vec<_>>()).await {
        Ok(_) => details.restrict_access_to_groups = Public(groups.into_iter().collect()),
        Err(problem) if problem.code == Code::UnknownGroup => {
            wrong.push(Wrong::at("groups", reader.words(&problem)));
        }
        Err(problem) => return Err(problem.into()),
    }
    if wrong.is_empty() {
        Ok(details)
    } else {
        Err(Against::Said(wrong))
    }
}

async fn save(
    web: &Web,
    reader: &Reader,
    (id, live): (MeetingId, LiveId),
    command: MeetingCommand,
    details: &Details,
    key: Option<Key>,
) -> Result<(), Against> {
    let me = reader.person()?;
    let mut act = me.act(web);
    act.key = key;
    let done = match web.aggregates.meetings.execute(id, command, act).await {
        Ok(done) => done,
        Err(ExecuteError::Refused(meeting::Refusal::ChangedMeanwhile)) => return Err(Against::Moved),
        Err(ExecuteError::Refused(why)) => {
            let text = reader.frame.t(refusal(why)).to_owned();
            return Err(Against::Said(vec![Wrong::at(refused_field(why), text)]));
        }
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

/// `POST /meetings/new`.
pub async fn create(State(web): State<Web>, reader: Reader, Form(form): Form<MeetingForm>) -> Response {
    reader.answer(created(&web, &reader, form).await)
}

async fn created(web: &Web, reader: &Reader, form: MeetingForm) -> Shown {
    let me = reader.may(|role| web.settings.may_plan(role))?;
    let mut blank = Details::new("", Time(0), 0, &web.settings.time_zone);
    blank.options = web.settings.meeting_defaults.clone();
    let made = async {
        let details = read(web, reader, &form, &blank).await?;
        let mut once = Idempotency(Some(form.once.clone()).filter(|o| (1..=200).contains(&o.len())));
        let mut id: MeetingId = once.id(me.person, CALL, &web.sources);
        if done_before(&*web.log, &meeting::stream(id), once.key(me.person, CALL))
            .await?
            .is_some()
        {
            let held = crate::api::meetings::view::meeting(web, id).await?.1;
            if held == details {
                return Ok(id);
            }
            // Somebody went back to the form and plans another one with it.
            once = Idempotency(None);
            id = web.sources.id();
        }
        let live: LiveId = once.id(me.person, "POST /meetings/new live", &web.sources);
        let command = MeetingCommand::Schedule {
            owner: me.person,
            live,
            details: Box::new(details.clone()),
        };
        let key = once.key(me.person, CALL);
        save(web, reader, (id, live), command, &details, key).await.map(|()| id)
    };
    match made.await {
        Ok(id) => Ok(see(&format!("/meetings/{id}?saved=1"))),
        Err(Against::Said(wrong)) => shown(web, reader, None, form, wrong, (false, false, false)).await,
        // Nobody changes what is being planned.
        Err(Against::Moved) => Err(Code::ChangedMeanwhile.into()),
        Err(Against::Stop(stop)) => Err(stop),
    }
}

/// `GET /meetings/{id}/edit`; `?starts_at=` puts a proposed time into the form.
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
    let (held, details) = may_change(web, me, id).await?;
    if held.elsewhere.is_some() {
        return Err(Code::MeetingElsewhere.into());
    }
    let was_webinar = details.is_webinar;
    let mut form = of(web, &details, held.edited).await?;
    if let Some(offered) = asked(query, "starts_at").filter(|o| times::read_input(o, &details.time_zone).is_some()) {
        form.starts_at = offered;
    }
    let stands = (held.session.is_some(), held.personal, was_webinar);
    shown(web, reader, Some(id.to_string()), form, vec![], stands).await
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

/// A meeting as its form shows it, with its version.
async fn of(web: &Web, details: &Details, edited: Option<EventId>) -> Result<MeetingForm, Stop> {
    Ok(MeetingForm {
        version: edited.map(|e| e.to_string()).unwrap_or_default(),
        ..MeetingForm::of(details, &logins(web, details).await?)
    })
}

/// The form with what somebody else saved since it was opened; as it is where nobody did, or where it is some program's and names no version.
async fn caught_up(
    web: &Web,
    reader: &Reader,
    id: MeetingId,
    (held, details): (&meeting::Meeting, &Details),
    form: MeetingForm,
) -> Result<(MeetingForm, Vec<Wrong>), Stop> {
    let seen: Option<EventId> = form.version.parse().ok();
    let Some(seen) = seen.filter(|seen| held.edited != Some(*seen)) else {
        return Ok((form, vec![]));
    };
    let now = of(web, details, held.edited).await?;
    // A version that was never this meeting's: whatever differs was typed.
    let before = match as_of(web, id, seen).await? {
        Some(before) => of(web, &before, None).await?,
        None => now.clone(),
    };
    let fields = &web.settings.meeting_fields;
    Ok(meanwhile::together(form, &before, &now, fields, reader.frame.lang))
}

/// Of which dates that are still to come what was said alone would be lost, as the form's field says them.
fn lost(wanted: &Details, held: &Details, now: Time) -> Vec<String> {
    let series = held.series();
    let ahead = |date: &NaiveDate| {
        let moved = match held.exceptions.get(date) {
            Some(Exception::Moved { starts_at, .. }) => *starts_at,
            _ => Time(0),
        };
        series.planned(*date).max(moved) > now
    };
    let lost = wanted.loses(held).into_iter().filter(ahead);
    lost.map(|date| date.to_string()).collect()
}

async fn changed(web: &Web, reader: &Reader, meeting: &str, form: MeetingForm) -> Shown {
    let me = reader.person()?;
    let id = id(meeting)?;
    let (held, details) = may_change(web, me, id).await?;
    let was_webinar = details.is_webinar;
    let live = held.live.unwrap_or_else(|| web.sources.id());
    let (mut form, meanwhile) = caught_up(web, reader, id, (&held, &details), form).await?;
    let mut loses = None;
    let made = async {
        if !meanwhile.is_empty() {
            return Err(Against::Said(meanwhile));
        }
        let before = details;
        let details = read(web, reader, &form, &before).await?;
        let lost = lost(&details, &before, web.sources.now()).join(",");
        // Said before anything is saved; saved once it was seen.
        if !lost.is_empty() && form.more.get(LOST) != Some(&lost) {
            let dates = lost.split(',').filter_map(|d| d.parse().ok());
            let dates: Vec<String> = dates.map(|d| times::day(reader.frame.lang, d)).collect();
            let text = reader.frame.f(T::DatesLost, &[("dates", &dates.join(", "))]);
            loses = Some(lost);
            return Err(Against::Said(vec![Wrong::at("repeat", text)]));
        }
        let change = MeetingCommand::Change {
            live,
            details: Box::new(details.clone()),
            expected_end: None,
        };
        let command = match held.edited {
            Some(seen) => MeetingCommand::Seen {
                seen,
                command: Box::new(change),
            },
            None => change,
        };
        save(web, reader, (id, live), command, &details, None).await
    };
    match made.await {
        // In this very moment: what it is now is put together with the form as if it had come a moment later.
        Err(Against::Moved) => {
            let (held, details) = may_change(web, me, id).await?;
            let was_webinar = details.is_webinar;
            let (form, wrong) = caught_up(web, reader, id, (&held, &details), form).await?;
            let stands = (held.session.is_some(), held.personal, was_webinar);
            shown(web, reader, Some(id.to_string()), form, wrong, stands).await
        }
        Ok(()) => Ok(see(&format!("/meetings/{id}?saved=1"))),
        Err(Against::Said(wrong)) => {
            form.more.remove(LOST);
            form.more.extend(loses.map(|lost| (LOST.to_owned(), lost)));
            let stands = (held.session.is_some(), held.personal, was_webinar);
            shown(web, reader, Some(id.to_string()), form, wrong, stands).await
        }
        Err(Against::Stop(stop)) => Err(stop),
    }
}
