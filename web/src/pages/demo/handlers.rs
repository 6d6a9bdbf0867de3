//! `/` of a demo, `/demo/state`, `/demo/acts/{act}`, `/demo/room`.

use std::sync::Arc;

use amphi_projections::LiveRow;
use axum::Json;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::view::{self, StartView, TourView};
use crate::api::problem::{Code, Problem};
use crate::demo::{DemoAct, DemoNow, DemoStage};
use crate::pages::common::{Reader, Shown, Stop, into_room, see};
use crate::pages::home;
use crate::pages::home::handlers::stage_of;
use crate::{Join, Web};

/// Where the buttons stand.
const BUTTONS: &str = "/#break";

/// The demo, where this is one.
pub(super) fn stage(web: &Web) -> Result<Arc<dyn DemoStage>, Stop> {
    web.demo.clone().ok_or_else(|| Code::NotFound.into())
}

async fn ready(web: &Web) -> Result<DemoNow, Stop> {
    let now = stage(web)?.now().await;
    now.ok_or_else(|| Problem::new(Code::Unavailable).retry_after(2).into())
}

async fn row(web: &Web, now: &DemoNow) -> Result<LiveRow, Stop> {
    web.read.live(now.live).await?.ok_or_else(|| Code::NotFound.into())
}

async fn gateway(web: &Web, row: &LiveRow) -> Result<Option<String>, Stop> {
    let Some(id) = row.run.map(|r| r.gateway).or(row.gateway) else {
        return Ok(None);
    };
    Ok(web.read.gateway(id).await?.map(|g| g.setup.name.0))
}

/// `GET /` of a demo.
pub async fn start(web: Web, reader: Reader) -> Response {
    reader.answer(started(&web, &reader).await)
}

async fn started(web: &Web, reader: &Reader) -> Shown {
    let lives = home::handlers::lives(web, reader.me.as_ref()).await?;
    // The page of a demo whose rooms are being opened says so and loads itself again.
    let tour = match stage(web)?.now().await {
        None => None,
        Some(now) => {
            let row = row(web, &now).await?;
            Some(TourView {
                event: now.live.to_string(),
                title: row.title.clone(),
                stage: stage_of(&row, web.sources.now()),
                viewers: web.hub.viewers(now.live),
                gateway: gateway(web, &row).await?,
                guide: now.guide.1,
                login: reader.me.as_ref().map(|i| i.login.clone()),
                accounts: web.settings.demo_accounts.clone(),
                on: now.on,
                done: now.done,
                verify: now.verify,
            })
        }
    };
    Ok(reader.page(view::start(&reader.frame, &StartView { tour, lives })))
}

/// What the page's script shows.
#[derive(Serialize)]
struct Now {
    /// The live's stage, as in the style sheet.
    stage: &'static str,
    viewers: u32,
    gateway: Option<String>,
    /// The acts in force.
    on: Vec<&'static str>,
    done: [bool; crate::demo::SEEN_STEPS],
}

/// `GET /demo/state`.
pub async fn state(State(web): State<Web>, reader: Reader) -> Response {
    reader.answer(looked(&web).await)
}

async fn looked(web: &Web) -> Shown {
    let now = ready(web).await?;
    let row = row(web, &now).await?;
    let shown = Now {
        stage: stage_of(&row, web.sources.now()).as_str(),
        viewers: web.hub.viewers(now.live),
        gateway: gateway(web, &row).await?,
        on: now.on.iter().map(|a| a.as_str()).collect(),
        done: now.done,
    };
    let no_store = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(([no_store], Json(shown)).into_response())
}

/// What a button sends.
#[derive(Debug, Deserialize)]
pub struct Pressed {
    /// Begin, or end.
    on: bool,
}

/// `POST /demo/acts/{act}`: anybody's, since a demo is local. A script gets 204, a form is led back to the buttons.
pub async fn press(
    State(web): State<Web>,
    reader: Reader,
    Path(act): Path<String>,
    pressed: Result<Form<Pressed>, axum::extract::rejection::FormRejection>,
) -> Response {
    reader.answer(done(&web, &reader, &act, pressed.ok().map(|Form(p)| p)).await)
}

async fn done(web: &Web, reader: &Reader, act: &str, pressed: Option<Pressed>) -> Shown {
    let stage = stage(web)?;
    let act = DemoAct::of(act).ok_or(Code::NotFound)?;
    let pressed = pressed.ok_or(Code::BadQuery)?;
    stage
        .press(act, pressed.on)
        .await
        .map_err(|e| Problem::unavailable("an act of the demo can't be done", e))?;
    let script = reader
        .headers
        .get(header::ACCEPT)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.contains("application/json"));
    Ok(if script {
        StatusCode::NO_CONTENT.into_response()
    } else {
        see(BUTTONS)
    })
}

/// `POST /demo/room`: into the presenters' room as the tour's guide, without changing who is signed in, so that the live
/// page beside it stays the student's.
pub async fn room(State(web): State<Web>, reader: Reader) -> Response {
    reader.answer(led(&web).await)
}

async fn led(web: &Web) -> Shown {
    let now = ready(web).await?;
    let row = row(web, &now).await?;
    let session = match row.session {
        Some(id) => Some(
            web.aggregates
                .sessions
                .look(id)
                .await
                .map_err(|e| Problem::unavailable("a session can't be read", e))?
                .state,
        ),
        None => None,
    };
    // Not open: the live page says so, and why.
    let Some(identity) = session.and_then(|s| s.identity) else {
        return Ok(see(&format!("/live/{}", now.live)));
    };
    let (person, name) = now.guide;
    into_room(&web.door.join_address(&Join {
        room: now.meeting.to_string(),
        create_time: identity.create_time,
        name,
        user_id: person.to_string(),
        moderator: true,
        robot: false,
        hide_chat: false,
        guest: false,
        error_url: format!("{}/", web.settings.public_url),
    }))
}
