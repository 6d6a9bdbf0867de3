//! The lists of lives and of runs, for administrators (census §7.1, *Event* and *Livestream*): of all people, drafts too, since whoever has to
//! free a broadcaster must find what holds it.

use std::collections::HashMap;

use amphi_events::ids::{GatewayId, LiveId};
use amphi_events::live::RunFault;
use amphi_events::person::Role;
use amphi_projections::LiveRow;
use axum::extract::{Query, State};
use axum::response::Response;

use super::Tab;
use super::list::{Around, Asked, Cell, Column, ListView, answered};
use super::lists::{column, names, person};
use crate::Web;
use crate::i18n::T;
use crate::pages::common::{Reader, Shown};
use crate::pages::home::handlers::stage_of;
use crate::pages::lives::handlers::Places;

const LIVES: &[Column] = &[
    column("title", T::LiveTitleWord),
    column("owner", T::Owner),
    column("starts_at", T::StartsAt),
    column("ends_at", T::LiveEnds),
    column("broadcaster", T::LiveBroadcaster),
    column("building", T::LiveBuilding),
    column("who", T::LiveWho),
    column("type", T::LiveTypeWord),
    column("state", T::State),
    column("edit", T::Edit),
];
const RUNS: &[Column] = &[
    column("live", T::RunOf),
    column("gateway", T::Gateway),
    column("number", T::RunNumber),
    column("asked_at", T::RunAsked),
    column("on_air_at", T::RunOnAir),
    column("over_at", T::RunOverAt),
    column("fault", T::RunFault),
];

/// `GET /admin/lives`.
pub async fn lives(State(web): State<Web>, reader: Reader, Query(asked): Query<Asked>) -> Response {
    reader.answer(lives_shown(&web, &reader, asked).await)
}

async fn lives_shown(web: &Web, reader: &Reader, asked: Asked) -> Shown {
    reader.may(Role::administers)?;
    let now = web.sources.now();
    let places = Places::load(web).await?;
    let restricted = |row: &LiveRow| row.restricted || row.place().is_some_and(|at| places.restricted(at));
    let mut rows = web.read.all_lives().await?;
    rows.retain(|row| match asked.only.as_str() {
        "now" => !row.cancelled && (row.busy() || (row.starts_at <= now && now < row.ends_at)),
        "coming" => !row.cancelled && !row.busy() && now < row.starts_at,
        "past" => !row.cancelled && !row.busy() && row.ends_at <= now,
        "drafts" => row.page.draft,
        "restricted" => restricted(row),
        "password" => row.page.password,
        "webinars" => row.meeting.is_some(),
        "cancelled" => row.cancelled,
        _ => true,
    });
    let names = names(web, rows.iter().map(|row| row.owner).collect()).await?;
    let row = |row: LiveRow| {
        let mut who = vec![];
        for (is, word) in [
            (row.page.draft, T::DraftBadge),
            (restricted(&row), T::Restricted),
            (!row.page.groups.is_empty(), T::GroupsBadge),
            (row.page.password, T::PasswordBadge),
        ] {
            if is {
                who.push((word, ""));
            }
        }
        let (place, building) = match row.place() {
            Some(at) => places.names(at),
            None => (String::new(), String::new()),
        };
        vec![
            Cell::Link {
                to: format!("/live/{}", row.id),
                text: row.title.clone(),
            },
            person(&names, row.owner),
            Cell::At(Some(row.starts_at)),
            Cell::At(Some(row.ends_at)),
            Cell::Text(place),
            Cell::Text(building),
            Cell::Badges(who),
            Cell::Text(row.page.details.kind.0.clone()),
            Cell::Word(stage_of(&row, now).short()),
            Cell::Link {
                to: format!("/live/{}/edit", row.id),
                text: reader.frame.t(T::Edit).to_owned(),
            },
        ]
    };
    let view = ListView {
        tab: Tab::Lives,
        path: "/admin/lives".into(),
        title: reader.frame.t(T::LivesTitle).to_owned(),
        lead: T::LivesListLead,
        columns: LIVES,
        choices: &[
            ("now", T::LivesNow),
            ("coming", T::ListComing),
            ("past", T::LivesPast),
            ("drafts", T::DraftBadge),
            ("restricted", T::Restricted),
            ("password", T::PasswordBadge),
            ("webinars", T::ListWebinars),
            ("cancelled", T::StageCancelled),
        ],
        rows: rows.into_iter().map(row).collect(),
        asked,
        zone: web.settings.time_zone.clone(),
        around: Around::default(),
    };
    Ok(answered(reader, &view))
}

/// A run's fault in words.
const fn fault(fault: RunFault) -> T {
    match fault {
        RunFault::Busy => T::FaultBusy,
        RunFault::WrongToken => T::FaultWrongToken,
        RunFault::Unreachable => T::FaultUnreachable,
        RunFault::Failed => T::FaultFailed,
        RunFault::BadAnswer => T::FaultBadAnswer,
        RunFault::NoAnswer => T::FaultNoAnswer,
        RunFault::Interrupted => T::FaultInterrupted,
        RunFault::NoRobot => T::FaultNoRobot,
        RunFault::NoPicture => T::FaultNoPicture,
        RunFault::Frozen => T::FaultFrozen,
        RunFault::Gone => T::FaultGone,
    }
}

/// `GET /admin/runs`.
pub async fn runs(State(web): State<Web>, reader: Reader, Query(asked): Query<Asked>) -> Response {
    reader.answer(runs_shown(&web, &reader, asked).await)
}

async fn runs_shown(web: &Web, reader: &Reader, asked: Asked) -> Shown {
    reader.may(Role::administers)?;
    let mut rows = web.read.all_runs().await?;
    rows.retain(|run| match asked.only.as_str() {
        "running" => run.over_at.is_none(),
        "failed" => run.fault.is_some(),
        _ => true,
    });
    let titles: HashMap<LiveId, String> = web
        .read
        .all_lives()
        .await?
        .into_iter()
        .map(|l| (l.id, l.title))
        .collect();
    let gateways: HashMap<GatewayId, String> = web
        .read
        .gateways()
        .await?
        .into_iter()
        .map(|g| (g.id, g.setup.name.0))
        .collect();
    let row = |run: amphi_projections::RunPast| {
        vec![
            Cell::Link {
                to: format!("/live/{}", run.live),
                text: titles.get(&run.live).cloned().unwrap_or_else(|| "–".to_owned()),
            },
            Cell::Link {
                to: format!("/admin/gateways/{}", run.gateway),
                text: gateways.get(&run.gateway).cloned().unwrap_or_else(|| "–".to_owned()),
            },
            Cell::Number(run.number.into()),
            Cell::At(Some(run.asked_at)),
            Cell::At(run.on_air_at),
            Cell::At(run.over_at),
            run.fault
                .map_or(Cell::Text(String::new()), |why| Cell::Word(fault(why))),
        ]
    };
    let view = ListView {
        tab: Tab::Runs,
        path: "/admin/runs".into(),
        title: reader.frame.t(T::RunsTitle).to_owned(),
        lead: T::RunsListLead,
        columns: RUNS,
        choices: &[("running", T::ListRunning), ("failed", T::RunsFailed)],
        rows: rows.into_iter().map(row).collect(),
        asked,
        zone: web.settings.time_zone.clone(),
        around: Around::default(),
    };
    Ok(answered(reader, &view))
}
