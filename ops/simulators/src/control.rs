//! The control API (surface.md §5): watches the simulators and plays the people in the rooms.
//! `{id}` is the external id of a meeting.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use chrono::{DateTime, SecondsFormat};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::bbb::meeting::{Guest, Past, User};
use crate::bbb::recordings::{Oddities, Recording};
use crate::bbb::{callbacks, elsewhere, hooks, state};
use crate::faults::Fault;
use crate::journal::Call;
use crate::{Settings, SettingsChange, Sim};

/// Routes under `/sim`.
pub fn router() -> Router<Arc<Sim>> {
    Router::new()
        .route("/health", get(async || Json(json!({ "status": "ok" }))))
        .route("/calls", get(calls))
        .route("/faults", get(faults).put(set_faults))
        .route("/settings", get(settings).put(set_settings))
        .route("/gateways", get(gateways))
        .route("/meetings", get(meetings))
        .route("/foreign", post(foreign))
        .route("/meetings/{id}/breakout", post(breakout))
        .route("/meetings/{id}/chat", get(chat).post(say))
        .route("/meetings/{id}/users", post(add_users))
        .route("/meetings/{id}/users/{user}", delete(remove_user).patch(act))
        .route("/meetings/{id}/users/{user}/accept", post(accept))
        .route("/meetings/{id}/end", post(end))
        .route("/meetings/{id}/recordings", post(record))
        .route("/meetings/{id}/recording-mark", post(mark))
        .route("/forget/{id}", post(forget))
}

/// An error of the control API, in JSON.
fn missing(what: &str) -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "error": what }))).into_response()
}

fn time(ms: u64) -> Option<String> {
    DateTime::from_timestamp_millis(ms as i64).map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

async fn calls(State(sim): State<Arc<Sim>>) -> Json<Vec<Call>> {
    Json(sim.journal.list())
}

async fn faults(State(sim): State<Arc<Sim>>) -> Json<Vec<Fault>> {
    Json(sim.faults.list())
}

async fn set_faults(State(sim): State<Arc<Sim>>, Json(list): Json<Vec<Fault>>) -> Json<Vec<Fault>> {
    sim.faults.set(list);
    Json(sim.faults.list())
}

async fn settings(State(sim): State<Arc<Sim>>) -> Json<Settings> {
    Json(sim.settings())
}

async fn set_settings(State(sim): State<Arc<Sim>>, Json(change): Json<SettingsChange>) -> Json<Settings> {
    sim.change_settings(change);
    Json(sim.settings())
}

async fn gateways(State(sim): State<Arc<Sim>>) -> Json<Value> {
    Json(sim.gateways.list_json())
}

async fn meetings(State(sim): State<Arc<Sim>>) -> Json<Value> {
    let inner = sim.bbb.lock();
    let list: Vec<Value> = inner
        .meetings
        .values()
        .map(|meeting| {
            json!({
                "id": meeting.id, "internal_id": meeting.internal, "name": meeting.name,
                "running": meeting.is_running(), "create_time": meeting.create_time,
                "users": meeting.online().map(user_json).collect::<Vec<_>>(),
                "waiting": meeting.users.iter()
                    .filter(|user| user.status == Guest::Wait)
                    .map(user_json).collect::<Vec<_>>(),
                "metadata": meeting.metas, "params": meeting.params,
                "documents": meeting.documents,
                "fetched": meeting.fetched.iter()
                    .map(|(name, status, bytes)| json!({ "name": name, "status": status, "bytes": bytes }))
                    .collect::<Vec<_>>(),
            })
        })
        .collect();
    Json(list.into())
}

fn user_json(user: &User) -> Value {
    json!({
        "id": user.internal, "external_id": user.external, "name": user.name,
        "role": user.role(), "presenter": user.presenter, "guest": user.guest, "bot": user.bot,
        "voice": user.voice, "camera": user.camera,
    })
}

async fn chat(State(sim): State<Arc<Sim>>, Path(id): Path<String>) -> Response {
    let inner = sim.bbb.lock();
    let Some(meeting) = inner.meeting(&id) else {
        return missing("no such meeting");
    };
    let lines: Vec<Value> = meeting
        .chat
        .iter()
        .map(|line| {
            json!({
                "id": line.id, "from": line.from, "text": line.text,
                "at": time(line.at), "by_api": line.by_api,
            })
        })
        .collect();
    Json(lines).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    /// Internal id, external id or name of somebody in the room.
    user: String,
    text: String,
}

async fn say(State(sim): State<Arc<Sim>>, Path(id): Path<String>, Json(said): Json<Said>) -> Response {
    let found = {
        let inner = sim.bbb.lock();
        let Some(meeting) = inner.meeting(&id) else {
            return missing("no such meeting");
        };
        meeting
            .online()
            .find(|user| [&user.internal, &user.external, &user.name].contains(&&said.user))
            .cloned()
    };
    let Some(user) = found else {
        return missing("nobody of this id or name is in the room");
    };
    match state::say(&sim, &id, Some(&user), &user.name, &said.text) {
        Some(line) => (StatusCode::CREATED, Json(json!({ "id": line.id, "at": time(line.at) }))).into_response(),
        None => missing("no such meeting"),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Newcomer {
    name: String,
    role: Option<String>,
    external_id: Option<String>,
    #[serde(default)]
    guest: bool,
    #[serde(default)]
    bot: bool,
    /// So many at once, for counts beyond a thousand.
    count: Option<u32>,
}

async fn add_users(State(sim): State<Arc<Sim>>, Path(id): Path<String>, Json(new): Json<Newcomer>) -> Response {
    let moderator = new
        .role
        .as_deref()
        .is_some_and(|role| role.eq_ignore_ascii_case("moderator"));
    let mut added = Vec::new();
    let mut sessions = Vec::new();
    for number in 0..new.count.unwrap_or(1) {
        let name = if number == 0 {
            new.name.clone()
        } else {
            format!("{} {}", new.name, number + 1)
        };
        let mut user = state::new_user(&name, moderator);
        if let Some(external) = new.external_id.clone().filter(|_| number == 0) {
            user.external = external;
        }
        user.guest = new.guest;
        user.bot = new.bot;
        added.push(user.internal.clone());
        sessions.push(user.session_token.clone());
        match sim.bbb.lock().meeting_mut(&id) {
            Some(meeting) => meeting.users.push(user),
            None => return missing("no such meeting"),
        }
    }
    for session in sessions {
        state::enter(&sim, &session);
    }
    let first = added.first().cloned();
    (StatusCode::CREATED, Json(json!({ "id": first, "ids": added }))).into_response()
}

async fn remove_user(State(sim): State<Arc<Sim>>, Path((id, user)): Path<(String, String)>) -> Response {
    if state::leave(&sim, &id, &user) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        missing("nobody of this id is in the room")
    }
}

async fn act(
    State(sim): State<Arc<Sim>>,
    Path((id, user)): Path<(String, String)>,
    Json(act): Json<state::Act>,
) -> Response {
    if state::act(&sim, &id, &user, act) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        missing("nobody of this id is in the room")
    }
}

async fn accept(State(sim): State<Arc<Sim>>, Path((id, user)): Path<(String, String)>) -> Response {
    if accept_waiting(&sim, &id, &user) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        missing("nobody of this id is waiting")
    }
}

/// A moderator lets somebody in from the waiting room.
pub(crate) fn accept_waiting(sim: &Sim, meeting: &str, user: &str) -> bool {
    let mut inner = sim.bbb.lock();
    let waiting = inner.meeting_mut(meeting).and_then(|meeting| {
        meeting
            .users
            .iter_mut()
            .find(|one| one.internal == user && one.status == Guest::Wait)
    });
    match waiting {
        Some(user) => {
            user.status = Guest::Allow;
            true
        }
        None => false,
    }
}

/// A session that another front end opened, with the people in it.
async fn foreign(State(sim): State<Arc<Sim>>, Json(new): Json<elsewhere::Foreign>) -> Response {
    match elsewhere::open(&sim, new) {
        Some(made) => (StatusCode::CREATED, Json(made)).into_response(),
        None => (StatusCode::CONFLICT, Json(json!({ "error": "the room is there" }))).into_response(),
    }
}

/// A breakout room beside a meeting.
async fn breakout(State(sim): State<Arc<Sim>>, Path(id): Path<String>) -> Response {
    match elsewhere::breakout(&sim, &id) {
        Some(made) => (StatusCode::CREATED, Json(made)).into_response(),
        None => missing("no such meeting"),
    }
}

async fn end(State(sim): State<Arc<Sim>>, Path(id): Path<String>) -> Response {
    if state::end(&sim, &id) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        missing("no such meeting")
    }
}

async fn forget(State(sim): State<Arc<Sim>>, Path(id): Path<String>) -> Response {
    match state::forget(&sim, &id) {
        Some(_) => StatusCode::NO_CONTENT.into_response(),
        None => missing("no such meeting"),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    on: bool,
}

/// The recording button in the room.
async fn mark(State(sim): State<Arc<Sim>>, Path(id): Path<String>, Json(mark): Json<Mark>) -> Response {
    let (id, ids) = {
        let mut inner = sim.bbb.lock();
        let Some(meeting) = inner.meeting_mut(&id) else {
            return missing("no such meeting");
        };
        meeting.recording_marks |= mark.on;
        (meeting.id.clone(), meeting.ids())
    };
    let event = if mark.on {
        "meeting-recording-started"
    } else {
        "meeting-recording-stopped"
    };
    hooks::emit(&sim, &id, ids, event, json!({}));
    StatusCode::NO_CONTENT.into_response()
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct NewRecording {
    /// Absent: of the meeting that runs, else of the latest that ended.
    record_id: Option<String>,
    name: Option<String>,
    state: Option<String>,
    formats: Option<Vec<String>>,
    /// So many, each a day older than the one before.
    count: Option<u64>,
    /// No callback: it was lost.
    silent: bool,
    odd: Option<Oddities>,
}

/// The recording of the same meeting `n` days before.
fn older(recording: &Recording, n: u64) -> Recording {
    let before = |time: u64| time - n * 86_400_000;
    let hash = recording.id.split('-').next().unwrap_or_default();
    Recording {
        id: format!("{hash}-{}", before(recording.start_time)),
        start_time: before(recording.start_time),
        end_time: before(recording.end_time),
        ..recording.clone()
    }
}

/// Makes the recording of a session, or moves it to another state; published = recording-ready.
async fn record(State(sim): State<Arc<Sim>>, Path(id): Path<String>, body: String) -> Response {
    let asked: NewRecording = if body.trim().is_empty() {
        NewRecording::default()
    } else {
        match serde_json::from_str(&body) {
            Ok(asked) => asked,
            Err(error) => {
                let error = json!({ "error": error.to_string() });
                return (StatusCode::UNPROCESSABLE_ENTITY, Json(error)).into_response();
            }
        }
    };
    let recording = {
        let mut inner = sim.bbb.lock();
        let of = |past: &Past| match &asked.record_id {
            Some(record) => past.internal == *record,
            None => past.id == id || past.internal == id,
        };
        let running = inner.meeting(&id).map(|one| Past::of(one, state::now_ms()));
        let Some(past) = running
            .filter(of)
            .or_else(|| inner.past.iter().rev().find(|past| of(past)).cloned())
        else {
            return missing("no such meeting, now or before");
        };
        let known = inner.recordings.iter().position(|one| one.id == past.internal);
        let mut recording = match known {
            Some(index) => inner.recordings.remove(index),
            None => Recording {
                id: past.internal,
                meeting_id: past.id,
                name: past.name,
                state: String::new(),
                start_time: past.start_time,
                end_time: past.end_time,
                participants: past.participants,
                metas: past.metas,
                formats: Vec::new(),
                odd: Oddities::default(),
            },
        };
        recording.state = asked.state.unwrap_or_else(|| "published".to_owned());
        if let Some(name) = asked.name {
            recording.name = name;
        }
        if let Some(formats) = asked.formats {
            recording.formats = formats;
        } else if recording.formats.is_empty() && recording.state == "published" {
            recording.formats = vec!["presentation".to_owned()];
        }
        if let Some(odd) = asked.odd {
            recording.odd = odd;
        }
        for n in 1..asked.count.unwrap_or(1) {
            inner.recordings.push(older(&recording, n));
        }
        inner.recordings.push(recording.clone());
        recording
    };
    if recording.state == "published" && !asked.silent {
        let ids = json!({
            "internal-meeting-id": recording.id, "external-meeting-id": recording.meeting_id,
        });
        let about = json!({ "record-id": recording.id, "success": true, "step-time": 0 });
        hooks::emit(&sim, &recording.meeting_id, ids, "rap-publish-ended", about);
        callbacks::recording_ready(&sim, &recording);
    }
    let answer = json!({ "id": recording.id, "record_id": recording.id, "state": recording.state });
    (StatusCode::CREATED, Json(answer)).into_response()
}
