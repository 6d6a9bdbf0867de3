//! `GET /meetings/{id}/recordings`, what its forms post, and the way to what is looked at.

use amphi_events::recordings::{Order, RecordingId, RecordingsCommand};
use axum::extract::{Form, Path, RawQuery, State};
use axum::response::Response;
use serde::Deserialize;

use super::{RecordingLine, RecordingsView, recordings};
use crate::Web;
use crate::api::meetings::recordings::{address, does, enabled, find, recording_id};
use crate::api::meetings::view::seen;
use crate::api::problem::{Code, Problem};
use crate::i18n::T;
use crate::pages::common::{Reader, Shown, Stop, into_room, see};
use crate::pages::meetings::handlers::{down, id, room_of};

/// Recordings on a page.
const PAGE: usize = 20;

/// `GET /meetings/{id}/recordings`.
pub async fn show(
    State(web): State<Web>,
    reader: Reader,
    Path(meeting): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let noted = query.split('&').any(|p| p == "noted=1");
    let after = query.split('&').find_map(|p| p.strip_prefix("after="));
    // What is no id is no page either: the first is shown.
    let after: Option<RecordingId> = after.and_then(|a| a.parse().ok());
    reader.answer(page(&web, &reader, &meeting, after, (None, noted)).await)
}

async fn page(
    web: &Web,
    reader: &Reader,
    meeting: &str,
    after: Option<RecordingId>,
    (problem, noted): (Option<String>, bool),
) -> Shown {
    enabled(web)?;
    let me = reader.person()?;
    let id = id(meeting)?;
    let (m, details) = seen(web, me, id).await?;
    let owner = m.owner.ok_or(Code::NotFound)?;
    let title = if m.personal {
        let owners = web.store.accounts_by_ids(&[owner]).await.map_err(down)?;
        room_of(reader, owner, owners.first().map(|a| a.name.as_str()))
    } else {
        details.name.0.clone()
    };
    let found = find(web, id, after.as_ref(), PAGE).await?;
    let administers = me.role.administers();
    let view = RecordingsView {
        meeting: id.to_string(),
        lines: found
            .rows
            .into_iter()
            .filter_map(|row| RecordingLine::of(row, &title))
            .collect(),
        title,
        zone: details.time_zone,
        total: found.total,
        next: found.next.map(Into::into),
        later: after.is_some(),
        known: found.known,
        pilots: m.is_presenter(me.person) || administers,
        owns: owner == me.person || administers,
        problem,
        noted,
    };
    Ok(reader.page(recordings(&reader.frame, &view)))
}

/// What the forms post.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RecordingForm {
    action: String,
    name: String,
    agree: Option<String>,
}

/// `POST /meetings/{id}/recordings/{rid}`: names, hides, publishes, deletes.
pub async fn change(
    State(web): State<Web>,
    reader: Reader,
    Path((meeting, recording)): Path<(String, String)>,
    Form(form): Form<RecordingForm>,
) -> Response {
    reader.answer(changed(&web, &reader, &meeting, &recording, form).await)
}

async fn changed(web: &Web, reader: &Reader, meeting: &str, recording: &str, form: RecordingForm) -> Shown {
    enabled(web)?;
    let me = reader.person()?;
    let id = id(meeting)?;
    seen(web, me, id).await?;
    let recording = recording_id(recording)?;
    let order = |order| RecordingsCommand::Order {
        recording: recording.clone(),
        order,
    };
    let command = match form.action.as_str() {
        "delete" if form.agree.is_none() => {
            // Who may not delete it is not told how.
            crate::api::meetings::view::owned(web, me, id).await?;
            let said = reader.frame.t(T::RecordingNotAgreed).to_owned();
            return page(web, reader, meeting, None, (Some(said), false)).await;
        }
        "delete" => order(Order::Delete),
        "publish" => order(Order::Publish),
        "unpublish" => order(Order::Unpublish),
        "name" => RecordingsCommand::Name {
            recording: recording.clone(),
            name: form.name,
        },
        _ => return Err(Code::BadQuery.into()),
    };
    match does(web, me, me.act(web), id, command).await {
        Ok(_) => Ok(see(&format!("/meetings/{id}/recordings?noted=1"))),
        Err(problem) if told_here(&problem) => {
            let said = reader.words(&problem);
            page(web, reader, meeting, None, (Some(said), false)).await
        }
        Err(problem) => Err(Stop::from(problem)),
    }
}

fn told_here(problem: &Problem) -> bool {
    matches!(
        problem.code,
        Code::RecordingName | Code::RecordingDeleting | Code::RecordingNotMade
    )
}

/// `GET /meetings/{id}/recordings/{rid}/play/{type}`: to BBB's own page of it. The address may hold a token that opens it once, so it is made
/// when it is asked for.
pub async fn play(
    State(web): State<Web>,
    reader: Reader,
    Path((meeting, recording, kind)): Path<(String, String, String)>,
) -> Response {
    let shown: Shown = async {
        let me = reader.person()?;
        let id = id(&meeting)?;
        enabled(&web)?;
        seen(&web, me, id).await?;
        let recording = recording_id(&recording)?;
        match address(&web, me, id, &recording, &kind).await {
            Ok(url) => into_room(&url),
            Err(problem) if matches!(problem.code, Code::NoFormat | Code::RecordingsUnknown) => {
                let said = reader.words(&problem);
                page(&web, &reader, &meeting, None, (Some(said), false)).await
            }
            Err(problem) => Err(problem.into()),
        }
    }
    .await;
    reader.answer(shown)
}
