//! The lists of meetings, sessions, who was in one, and mails. How a list is searched, ordered and handed out stands in `list`.

use std::collections::HashMap;

use amphi_events::ids::{MeetingId, PersonId, SessionId};
use amphi_events::mail::{About, Phase as MailPhase};
use amphi_events::person::Role;
use amphi_events::session::{EndedBy, Phase};
use amphi_projections::MeetingRow;
use axum::extract::{Path, Query, State};
use axum::response::Response;

use super::Tab;
use super::list::{Around, Asked, Cell, Column, ListView, answered};
use crate::Web;
use crate::api::problem::{Code, Problem};
use crate::api::sessions::stays;
use crate::i18n::T;
use crate::pages::common::{Reader, Shown, Stop};
use crate::pages::layout::Frame;

pub(super) const fn column(key: &'static str, word: T) -> Column {
    Column { key, word }
}

const MEETINGS: &[Column] = &[
    column("name", T::Name),
    column("owner", T::Owner),
    column("starts_at", T::StartsAt),
    column("minutes", T::Minutes),
    column("kind", T::ListKind),
    column("state", T::State),
];
const SESSIONS: &[Column] = &[
    column("meeting", T::ListMeeting),
    column("opened_at", T::ListOpened),
    column("closed_at", T::ListClosed),
    column("people", T::ListPeople),
    column("state", T::State),
    column("attendance", T::ListAttendance),
];
const STAYS: &[Column] = &[
    column("name", T::Name),
    column("role", T::Role),
    column("joined_at", T::ListCame),
    column("left_at", T::ListLeft),
    column("minutes", T::Minutes),
];
const MAILS: &[Column] = &[
    column("to", T::ListTo),
    column("about", T::ListAbout),
    column("state", T::State),
    column("since", T::ListSince),
    column("tries", T::ListTries),
    column("why", T::ListWhy),
    column("next", T::ListNext),
];

/// Accounts by their persons: the names shown.
pub(super) async fn names(web: &Web, mut people: Vec<PersonId>) -> Result<HashMap<PersonId, String>, Problem> {
    people.sort_unstable();
    people.dedup();
    let found = web.store.accounts_by_ids(&people).await;
    let found = found.map_err(|e| Problem::unavailable("accounts can't be read", e))?;
    Ok(found.into_iter().map(|a| (a.person, a.name)).collect())
}

pub(super) fn person(names: &HashMap<PersonId, String>, id: PersonId) -> Cell {
    match names.get(&id) {
        Some(name) => Cell::Link {
            to: format!("/admin/people/{id}"),
            text: name.clone(),
        },
        // Erased: there is no page of them.
        None => Cell::Text("–".into()),
    }
}

/// What a meeting is called: a personal room by its owner and in the reader's words, as its own name is the same for everybody.
pub(super) fn name_of(frame: &Frame, m: &MeetingRow, names: &HashMap<PersonId, String>) -> String {
    match names.get(&m.owner) {
        Some(name) if m.personal => frame.f(T::PersonalRoomOf, &[("name", name)]),
        _ if m.personal => frame.t(T::PersonalRoom).to_owned(),
        _ => m.details.name.0.clone(),
    }
}

fn meeting_link(id: MeetingId, name: &str) -> Cell {
    Cell::Link {
        to: format!("/meetings/{id}"),
        text: name.to_owned(),
    }
}

/// `GET /admin/meetings`.
pub async fn meetings(State(web): State<Web>, reader: Reader, Query(asked): Query<Asked>) -> Response {
    reader.answer(meetings_shown(&web, &reader, asked).await)
}

async fn meetings_shown(web: &Web, reader: &Reader, asked: Asked) -> Shown {
    reader.may(Role::administers)?;
    let now = web.sources.now();
    let over = |m: &MeetingRow| m.details.recurrence.is_none() && m.details.ends_at() <= now;
    let mut rows = web.read.all_meetings(None, usize::MAX, None).await?;
    rows.retain(|m| match asked.only.as_str() {
        "webinars" => m.details.is_webinar,
        "running" => m.session.is_some(),
        "coming" => !m.personal && !m.cancelled && !over(m),
        "past" => !m.personal && !m.cancelled && over(m),
        "personal" => m.personal,
        "cancelled" => m.cancelled,
        _ => true,
    });
    let names = names(web, rows.iter().map(|m| m.owner).collect()).await?;
    let frame = &reader.frame;
    let row = |m: MeetingRow| {
        let state = match (m.cancelled, m.session) {
            (true, _) => T::StageCancelled,
            (false, Some(_)) => T::ListRunning,
            (false, None) if m.personal => T::RoomClosed,
            (false, None) if over(&m) => T::ListPast,
            (false, None) => T::StageScheduled,
        };
        let kind = match (m.details.is_webinar, m.details.recurrence.is_some()) {
            _ if m.personal => T::PersonalRoom,
            (true, _) => T::Webinar,
            (false, true) => T::ListRepeats,
            (false, false) => T::ListMeeting,
        };
        // A personal room is planned for no time: what stands in its fields says nothing.
        let minutes = if m.personal {
            Cell::Text(String::new())
        } else {
            Cell::Number(m.details.duration_s / 60)
        };
        vec![
            meeting_link(m.id, &name_of(frame, &m, &names)),
            person(&names, m.owner),
            Cell::At((!m.personal).then_some(m.details.starts_at)),
            minutes,
            Cell::Word(kind),
            Cell::Word(state),
        ]
    };
    let view = ListView {
        tab: Tab::Meetings,
        path: "/admin/meetings".into(),
        title: reader.frame.t(T::MeetingsListTitle).to_owned(),
        lead: T::MeetingsListLead,
        columns: MEETINGS,
        choices: &[
            ("webinars", T::ListWebinars),
            ("running", T::ListRunning),
            ("coming", T::ListComing),
            ("past", T::ListPast),
            ("cancelled", T::StageCancelled),
            ("personal", T::ListPersonalRooms),
        ],
        rows: rows.into_iter().map(row).collect(),
        asked,
        zone: web.settings.time_zone.clone(),
        around: Around::default(),
    };
    Ok(answered(reader, &view))
}

fn how_it_is(phase: Phase, closed: Option<EndedBy>) -> T {
    match (phase, closed) {
        (Phase::Closed, Some(EndedBy::NeverOpened)) => T::ListNeverOpened,
        (Phase::Closed, Some(EndedBy::Elsewhere)) => T::ListElsewhere,
        (Phase::Closed, _) => T::RoomClosed,
        (Phase::Open, _) => T::RoomOpen,
        (Phase::Opening, _) => T::RoomOpening,
        (Phase::Ending | Phase::Unknown, _) => T::ListEnding,
    }
}

/// `GET /admin/sessions`.
pub async fn sessions(State(web): State<Web>, reader: Reader, Query(asked): Query<Asked>) -> Response {
    reader.answer(sessions_shown(&web, &reader, asked).await)
}

async fn sessions_shown(web: &Web, reader: &Reader, asked: Asked) -> Shown {
    reader.may(Role::administers)?;
    let mut rows = web.read.all_sessions().await?;
    rows.retain(|(s, _)| match asked.only.as_str() {
        "running" => s.phase != Phase::Closed,
        "elsewhere" => s.closed.is_some_and(|(by, _)| by == EndedBy::Elsewhere),
        _ => true,
    });
    let meetings = web.read.all_meetings(None, usize::MAX, None).await?;
    let owners = meetings.iter().filter(|m| m.personal).map(|m| m.owner).collect();
    let names = names(web, owners).await?;
    let meetings: HashMap<MeetingId, String> = meetings
        .iter()
        .map(|m| (m.id, name_of(&reader.frame, m, &names)))
        .collect();
    let row = |(s, people): (amphi_projections::SessionRow, i64)| {
        let name = meetings.get(&s.meeting).map_or("–", String::as_str);
        vec![
            meeting_link(s.meeting, name),
            Cell::At(s.opened_at),
            Cell::At(s.closed.map(|(_, at)| at)),
            Cell::Number(people),
            Cell::Word(how_it_is(s.phase, s.closed.map(|(by, _)| by))),
            Cell::Link {
                to: format!("/admin/sessions/{}", s.id),
                text: reader.frame.t(T::ListWho).to_owned(),
            },
        ]
    };
    let view = ListView {
        tab: Tab::Sessions,
        path: "/admin/sessions".into(),
        title: reader.frame.t(T::SessionsTitle).to_owned(),
        lead: T::SessionsListLead,
        columns: SESSIONS,
        choices: &[("running", T::ListRunning), ("elsewhere", T::ListElsewhere)],
        rows: rows.into_iter().map(row).collect(),
        asked,
        zone: web.settings.time_zone.clone(),
        around: Around::default(),
    };
    Ok(answered(reader, &view))
}

/// `GET /admin/sessions/{id}`: who was there when.
pub async fn session(
    State(web): State<Web>,
    reader: Reader,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    reader.answer(session_shown(&web, &reader, &id, asked).await)
}

async fn session_shown(web: &Web, reader: &Reader, id: &str, asked: Asked) -> Shown {
    reader.may(Role::administers)?;
    let id: SessionId = id.parse().map_err(|_| Code::NotFound)?;
    let session = web.read.session(id).await?.ok_or(Stop::from(Code::NotFound))?;
    let meeting = web.read.meeting(session.meeting).await?;
    let name = match meeting {
        Some(m) => name_of(&reader.frame, &m, &names(web, vec![m.owner]).await?),
        None => String::new(),
    };
    let rows = stays(web, &session).await?.into_iter().map(|(stay, joined, left)| {
        vec![
            Cell::Text(stay.name.unwrap_or_else(|| "–".to_owned())),
            Cell::Word(if stay.moderator {
                T::ListModerator
            } else {
                T::ListViewer
            }),
            Cell::At(Some(joined)),
            Cell::At(left),
            Cell::Number(stay.duration_s / 60),
        ]
    });
    let view = ListView {
        tab: Tab::Sessions,
        path: format!("/admin/sessions/{id}"),
        title: reader.frame.f(T::SessionOf, &[("name", &name)]),
        lead: T::StaysListLead,
        columns: STAYS,
        choices: &[],
        rows: rows.collect(),
        asked,
        zone: web.settings.time_zone.clone(),
        around: Around::default(),
    };
    Ok(answered(reader, &view))
}

/// `GET /admin/mails`.
pub async fn mails(State(web): State<Web>, reader: Reader, Query(asked): Query<Asked>) -> Response {
    reader.answer(mails_shown(&web, &reader, asked).await)
}

async fn mails_shown(web: &Web, reader: &Reader, asked: Asked) -> Shown {
    reader.may(Role::administers)?;
    let mut rows = web.read.mails().await?;
    rows.retain(|m| match asked.only.as_str() {
        "waiting" => matches!(m.phase, MailPhase::Waiting | MailPhase::Asked),
        "failed" => matches!(m.phase, MailPhase::Failed | MailPhase::Unknown),
        _ => true,
    });
    let names = names(web, rows.iter().filter_map(|m| m.to).collect()).await?;
    let frame = &reader.frame;
    let row = |m: amphi_projections::MailRow| {
        // Whose it is stands on the meeting's page.
        let meeting = match &m.about {
            About::Invitation { meeting, .. } => Some((*meeting, "#invitations")),
            About::HandedOver { meeting, .. } => Some((*meeting, "")),
            _ => None,
        };
        let about = match m.about {
            About::NoGateway { .. } => T::MailNoGateway,
            About::Invitation { off: false, .. } => T::MailInvitation,
            About::Invitation { off: true, .. } => T::MailOff,
            About::HandedOver { .. } => T::MailHandedOver,
            About::RecordingReady { .. } => T::MailRecordingReady,
            About::LiveFailed { .. } => T::MailLiveFailed,
            About::LivePlanned { .. } => T::MailLivePlanned,
            About::PreflightFailed { .. } => T::MailPreflight,
            About::ElsewhereStarted { .. } => T::MailElsewhere,
        };
        let state = match m.phase {
            MailPhase::None | MailPhase::Waiting => T::MailWaiting,
            MailPhase::Asked => T::MailUnderWay,
            MailPhase::Sent => T::MailSent,
            MailPhase::Failed => T::MailFailed,
            MailPhase::Unknown => T::MailUnknown,
        };
        vec![
            // Who was invited by an address is named nowhere but on the meeting's page, to its presenters.
            m.to.map_or(Cell::Word(T::MailToInvitee), |to| person(&names, to)),
            match meeting {
                Some((meeting, part)) => Cell::Link {
                    to: format!("/meetings/{meeting}{part}"),
                    text: frame.t(about).to_owned(),
                },
                None => Cell::Word(about),
            },
            Cell::Word(state),
            Cell::At(Some(m.at)),
            Cell::Number(m.tries.into()),
            Cell::Text(m.why.unwrap_or_default()),
            Cell::At(m.next),
        ]
    };
    let view = ListView {
        tab: Tab::Mails,
        path: "/admin/mails".into(),
        title: reader.frame.t(T::MailsListTitle).to_owned(),
        lead: T::MailsListLead,
        columns: MAILS,
        choices: &[("waiting", T::MailWaiting), ("failed", T::MailFailed)],
        rows: rows.into_iter().map(row).collect(),
        asked,
        zone: web.settings.time_zone.clone(),
        around: Around::default(),
    };
    Ok(answered(reader, &view))
}
