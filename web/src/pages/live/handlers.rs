//! `GET /live/{event}`, `/live/{event}/embed`, `/live/{event}/console`.

use amphi_events::ids::LiveId;
use amphi_projections::LiveRow;
use axum::extract::{Path, State};
use axum::response::Response;

use super::bans::ExcludedView;
use super::console::{self, ConsoleView};
use super::policy;
use super::view::{self, LiveView};
use crate::Web;
use crate::api::people;
use crate::api::problem::Code;
use crate::chat;
use crate::pages::common::{Policy, Reader, Shown, Stop};
use crate::pages::home::handlers::{stage_of, zone_of};

pub(super) async fn row(web: &Web, event: &str) -> Result<LiveRow, Stop> {
    let id: LiveId = event.parse().map_err(|_| Code::NotFound)?;
    web.read.live(id).await?.ok_or_else(|| Code::NotFound.into())
}

async fn seen(web: &Web, reader: &Reader, event: &str) -> Result<LiveView, Stop> {
    let row = row(web, event).await?;
    // No leak of the title: who isn't signed in sees nothing of a restricted live.
    if row.restricted {
        reader.person()?;
    }
    let now = web.sources.now();
    let description = match row.meeting {
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
    Ok(LiveView {
        event: row.id.to_string(),
        stage: stage_of(&row, now),
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        zone: zone_of(web, &row),
        chat: row.chat_open,
        pilots: reader.me.as_ref().is_some_and(|i| chat::moderates(&row, i)),
        excluded,
        me: reader.me.as_ref().map(|i| i.person.to_string()),
        presenters: presenters.iter().filter_map(|p| names.of(*p).name).collect(),
        origins: policy::origins(web, &row, now).await?,
        title: row.title,
        description: description.unwrap_or_default(),
        now,
    })
}

/// `GET /live/{event}`.
pub async fn show(State(web): State<Web>, reader: Reader, Path(event): Path<String>) -> Response {
    let shown = seen(&web, &reader, &event).await;
    reader.answer(shown.map(|v| reader.policed(view::live(&reader.frame, &v), &Policy::Picture(v.origins))))
}

/// `GET /live/{event}/embed`.
pub async fn embed(State(web): State<Web>, reader: Reader, Path(event): Path<String>) -> Response {
    let shown = seen(&web, &reader, &event).await;
    reader.answer(shown.map(|v| reader.policed(view::embed(&reader.frame, &v), &Policy::Framed(v.origins))))
}

/// `GET /live/{event}/console`.
pub async fn console(State(web): State<Web>, reader: Reader, Path(event): Path<String>) -> Response {
    reader.answer(piloted(&web, &reader, &event).await)
}

async fn piloted(web: &Web, reader: &Reader, event: &str) -> Shown {
    let me = reader.person()?;
    let row = row(web, event).await?;
    if !chat::moderates(&row, me) {
        return Err(Code::Forbidden.into());
    }
    let meeting = row.meeting.ok_or(Code::NotFound)?;
    let now = web.sources.now();
    let origins = policy::origins(web, &row, now).await?;
    let url = &web.settings.public_url;
    let view = ConsoleView {
        event: row.id.to_string(),
        meeting: meeting.to_string(),
        stage: stage_of(&row, now),
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        duration_s: row.ends_at.since_ms(row.starts_at) / 1000,
        zone: zone_of(web, &row),
        chat: row.chat_open,
        me: me.person.to_string(),
        origins: origins.clone(),
        public_url: format!("{url}/live/{}", row.id),
        join_url: format!("{url}/join/{meeting}"),
        title: row.title,
        now,
    };
    Ok(reader.policed(console::console(&reader.frame, &view), &Policy::Picture(origins)))
}
