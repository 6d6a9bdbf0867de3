//! Lives, as the person asking may see them: `/live`, `/live/{event}`, `/live/{event}/playback`.

use std::collections::HashMap;

use amphi_events::Time;
use amphi_events::broadcaster::Protection;
use amphi_events::ids::LiveId;
use amphi_projections::{LiveRow, LiveState, MeetingState};
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::{Code, Problem, ProblemBody};
use super::request::{Query, id, limit};
use crate::Web;
use crate::auth::{Identity, MaybePerson};
use crate::chat;
use crate::media::sign;

/// How long an open address is good for, in seconds.
const PLAYBACK_S: i64 = 3600;

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(playback))
}

/// A live.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LiveOut {
    /// Its id.
    pub event: String,
    /// Its meeting, for presenters.
    pub meeting: Option<String>,
    /// Title.
    pub title: String,
    /// Planned start.
    pub starts_at: String,
    /// Planned end.
    pub ends_at: String,
    /// Only signed-in people watch.
    pub restricted: bool,
    /// It will not take place.
    pub cancelled: bool,
    /// What is known now, as in the `state` frame of the live page's websocket.
    #[schema(value_type = Object)]
    pub state: Value,
    /// Who watch now.
    pub viewers: u32,
    /// The page.
    pub live_url: String,
    /// `watch`, `post`, `moderate` (take away others' lines, shut others out of the chat), `pilot`. No `post` where the chat is closed,
    /// the live is over and its room too, or whoever asks was shut out of the chat.
    pub may: Vec<&'static str>,
    /// Whoever asks was shut out of the chat. Null: they were not.
    pub banned: Option<BannedOut>,
}

/// Why whoever asks is shut out of a live's chat.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BannedOut {
    /// Who shut them out. Null: erased.
    pub by: Option<String>,
    /// What for, where something was said.
    pub reason: Option<String>,
    /// Since when.
    pub at: String,
}

/// Those bans of the person asking that hold in these lives.
async fn bans(web: &Web, rows: &[&LiveRow], me: Option<&Identity>) -> Result<HashMap<LiveId, BannedOut>, Problem> {
    let Some(me) = me else { return Ok(HashMap::new()) };
    let found = chat::bans_of(web, rows, me).await;
    let found = found.map_err(|e| Problem::unavailable("bans can't be read", e))?;
    let banned = found.iter().map(|ban| {
        let opened = chat::opened(web, ban);
        let banned = BannedOut {
            by: opened.by,
            reason: opened.reason,
            at: ban.at.rfc3339(),
        };
        (ban.live, banned)
    });
    Ok(banned.collect())
}

/// A live that was planned.
///
/// # Errors
/// 404, 503.
pub async fn row(web: &Web, which: &str) -> Result<LiveRow, Problem> {
    let id: LiveId = id(which)?;
    let row = web
        .read
        .live(id)
        .await
        .map_err(|e| Problem::unavailable("a live can't be read", e))?;
    row.ok_or_else(|| Code::NotFound.into())
}

/// Whether this person pilots the live.
pub fn pilots(row: &LiveRow, me: Option<&Identity>) -> bool {
    me.is_some_and(|i| row.is_presenter(i.person) || i.role.administers())
}

/// Who may watch: everybody, or the signed-in where it is restricted.
///
/// # Errors
/// 401.
pub fn may_watch(row: &LiveRow, me: Option<&Identity>) -> Result<(), Problem> {
    if row.restricted && me.is_none() {
        Err(Code::SignedOut.into())
    } else {
        Ok(())
    }
}

/// The live is over, and nothing of it runs: neither a picture nor a room.
fn over(row: &LiveRow, now: Time) -> bool {
    let state = row.state(now);
    state.live == LiveState::Ended && !matches!(state.meeting, MeetingState::Open | MeetingState::Opening)
}

fn out(web: &Web, row: &LiveRow, me: Option<&Identity>, banned: Option<BannedOut>) -> LiveOut {
    let pilots = pilots(row, me);
    let now = web.sources.now();
    let mut may = Vec::new();
    if may_watch(row, me).is_ok() {
        may.push("watch");
        if me.is_some() && banned.is_none() && row.chat_open && !over(row, now) && !chat::too_late(web, row, now) {
            may.push("post");
        }
    }
    if pilots {
        may.extend(["moderate", "pilot"]);
    }
    LiveOut {
        event: row.id.to_string(),
        meeting: row.meeting.filter(|_| pilots).map(|m| m.to_string()),
        title: row.title.clone(),
        starts_at: row.starts_at.rfc3339(),
        ends_at: row.ends_at.rfc3339(),
        restricted: row.restricted,
        cancelled: row.cancelled,
        state: web.hub.state(row),
        viewers: web.hub.viewers(row.id),
        live_url: format!("{}/live/{}", web.settings.public_url, row.id),
        may,
        banned,
    }
}

/// Which lives.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// `next` of the page before, for the past ones.
    cursor: Option<String>,
    /// At most so many of each, 1 to 200.
    limit: Option<usize>,
}

/// Lives now, next and past.
#[derive(Debug, Serialize, ToSchema)]
pub struct Lives {
    /// Running, or wanted.
    pub now: Vec<LiveOut>,
    /// To come, by their start.
    pub upcoming: Vec<LiveOut>,
    /// Over, the newest first.
    pub past: Vec<LiveOut>,
    /// Give it as `cursor` for more of the past; null at the end.
    pub next: Option<String>,
}

fn cursor(text: &str) -> Option<(Time, LiveId)> {
    let (at, id) = text.split_once('.')?;
    Some((Time(at.parse().ok()?), id.parse().ok()?))
}

/// Lives now, next and past. Those that only the signed-in may watch are listed for the signed-in.
#[utoipa::path(get, path = "/live", tag = "lives", params(Which), responses((status = 200, body = Lives), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn list(
    State(web): State<Web>,
    MaybePerson(me): MaybePerson,
    Query(which): Query<Which>,
) -> Result<axum::Json<Lives>, Problem> {
    let (limit, now, me) = (limit(which.limit)?, web.sources.now(), me.as_ref());
    let before = match &which.cursor {
        Some(text) => Some(cursor(text).ok_or_else(|| Problem::new(Code::BadQuery).detail("cursor"))?),
        None => None,
    };
    let unavailable = |e| Problem::unavailable("lives can't be read", e);
    let mut lives = Lives {
        now: vec![],
        upcoming: vec![],
        past: vec![],
        next: None,
    };
    let seen = |row: &LiveRow| may_watch(row, me).is_ok();
    if before.is_none() {
        let found = web.read.lives_now_and_next(now, limit).await.map_err(unavailable)?;
        let found: Vec<&LiveRow> = found.iter().filter(|r| seen(r)).collect();
        let mut banned = bans(&web, &found, me).await?;
        for row in found {
            let to = if row.busy() {
                &mut lives.now
            } else {
                &mut lives.upcoming
            };
            to.push(out(&web, row, me, banned.remove(&row.id)));
        }
    }
    let past = web.read.past_lives(now, before, limit + 1).await.map_err(unavailable)?;
    let more = past.len() > limit;
    let page = &past[..past.len().min(limit)];
    lives.next = page
        .last()
        .filter(|_| more)
        .map(|r| format!("{}.{}", r.ends_at.0, r.id));
    let page: Vec<&LiveRow> = page.iter().filter(|r| seen(r)).collect();
    let mut banned = bans(&web, &page, me).await?;
    lives.past = page
        .into_iter()
        .map(|r| out(&web, r, me, banned.remove(&r.id)))
        .collect();
    Ok(axum::Json(lives))
}

/// A live.
#[utoipa::path(get, path = "/live/{event}", tag = "lives", params(("event" = String, Path)), responses((status = 200, body = LiveOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn read(
    State(web): State<Web>,
    MaybePerson(me): MaybePerson,
    Path(event): Path<String>,
) -> Result<axum::Json<LiveOut>, Problem> {
    let row = row(&web, &event).await?;
    may_watch(&row, me.as_ref())?;
    let banned = bans(&web, &[&row], me.as_ref()).await?.remove(&row.id);
    Ok(axum::Json(out(&web, &row, me.as_ref(), banned)))
}

/// Where a player fetches the picture.
#[derive(Debug, Serialize, ToSchema)]
pub struct Playback {
    /// The playlist.
    pub hls_url: String,
    /// Ask again before then, and when `run` grows.
    pub expires_at: String,
    /// The address is signed, and ends at `expires_at`: what is loaded under it must by then be loaded under the next.
    pub signed: bool,
}

/// Where the picture is fetched, while there is one.
#[utoipa::path(get, path = "/live/{event}/playback", tag = "lives", params(("event" = String, Path)), responses((status = 200, body = Playback), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn playback(
    State(web): State<Web>,
    MaybePerson(me): MaybePerson,
    Path(event): Path<String>,
) -> Result<axum::Json<Playback>, Problem> {
    let row = row(&web, &event).await?;
    may_watch(&row, me.as_ref())?;
    let now = web.sources.now();
    let moving = matches!(row.state(now).live, LiveState::OnAir | LiveState::Stalled);
    let from = row
        .run
        .map(|r| r.broadcaster)
        .filter(|_| moving)
        .ok_or(Code::NoPlayback)?;
    let broadcaster = web
        .read
        .broadcaster(from)
        .await
        .map_err(|e| Problem::unavailable("a broadcaster can't be read", e))?;
    let broadcaster = broadcaster.ok_or(Code::NoPlayback)?;
    let signed = broadcaster.protection != Protection::None;
    let until = if signed {
        let life = web.settings.media.link_life.as_millis();
        now.plus_ms(i64::try_from(life).unwrap_or(i64::MAX))
    } else {
        now.plus_s(PLAYBACK_S)
    };
    let address = (broadcaster.hls_url.as_str(), broadcaster.protection);
    let hls_url = sign::address(&web.store, broadcaster.id, address, until)
        .await
        .map_err(|e| Problem::unavailable("a broadcaster's secret can't be read", e))?
        // The open address is no way out.
        .ok_or_else(|| {
            Problem::unavailable(
                "a picture can't be shown",
                "its broadcaster's secret is not in the store",
            )
        })?;
    Ok(axum::Json(Playback {
        hls_url,
        expires_at: until.rfc3339(),
        signed,
    }))
}
