//! Lives, as the person asking may see them: `/live`, `/live/{event}`, `/live/{event}/playback`.

use std::collections::HashMap;

use amphi_events::Time;
use amphi_events::broadcaster::Protection;
use amphi_events::ids::LiveId;
use amphi_projections::{LiveRow, LiveState, MeetingState, Sought, Span};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::live_holds;
use super::problem::{Code, Problem, ProblemBody};
use super::request::{Query, id, limit};
use crate::auth::{Identity, MaybePerson};
use crate::media::sign;
use crate::{Web, chat, watch};

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
    /// What is known now, as in the `state` frame of the live page's websocket. In lists, of a live that asks for a password: when it is and
    /// whether there is a picture.
    #[schema(value_type = Object)]
    pub state: Value,
    /// Who watch now.
    pub viewers: u32,
    /// The page.
    pub live_url: String,
    /// `watch`, `post`, `moderate` (take away others' lines, shut others out of the chat), `pilot`. No `post` where the chat is closed,
    /// the live is over and its room too, or whoever asks was shut out of the chat.
    pub may: Vec<&'static str>,
    /// What it is about. Stands in clear in the log.
    pub description: String,
    /// Its type, one of those of the settings; empty: none.
    #[serde(rename = "type")]
    pub kind: String,
    /// Name of the building that its broadcaster stands in.
    pub building: Option<String>,
    /// Name of its broadcaster, where one is known.
    pub broadcaster: Option<String>,
    /// Address of a map of that building.
    pub map_url: Option<String>,
    /// Only its owners see it, and whoever has its link.
    pub draft: bool,
    /// A password is asked for.
    pub password: bool,
    /// Codes of the groups that it is open to, for those who pilot it; empty: no group is asked for.
    pub groups: Option<Vec<String>>,
    /// Page in a frame below the picture.
    pub below_url: Option<String>,
    /// Height of that frame, in pixels.
    pub below_height: Option<u32>,
    /// Page in a frame beside the picture.
    pub beside_url: Option<String>,
    /// Film shown while there is no picture.
    pub hold_video_url: Option<String>,
    /// Picture shown before and after it.
    pub hold_picture_url: Option<String>,
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

/// Lets pass who may watch it ([`watch`]).
///
/// # Errors
/// 401, 403, 404.
pub async fn may_watch(web: &Web, row: &LiveRow, me: Option<&Identity>, headers: &HeaderMap) -> Result<(), Problem> {
    Ok(watch::look(web, row, me, headers).await?)
}

/// The live is over, and nothing of it runs: neither a picture nor a room.
fn over(row: &LiveRow, now: Time) -> bool {
    let state = row.state(now);
    state.live == LiveState::Ended && !matches!(state.meeting, MeetingState::Open | MeetingState::Opening)
}

/// A live as the person asking may see it; `watches`: they may look at the page itself.
pub(super) async fn out(
    web: &Web,
    row: &LiveRow,
    me: Option<&Identity>,
    banned: Option<BannedOut>,
    watches: bool,
) -> Result<LiveOut, Problem> {
    let pilots = watch::pilots(row, me);
    let now = web.sources.now();
    let mut may = Vec::new();
    if watches {
        may.push("watch");
        if me.is_some() && banned.is_none() && row.chat_open && !over(row, now) && !chat::too_late(web, row, now) {
            may.push("post");
        }
    }
    if pilots {
        may.extend(["moderate", "pilot"]);
    }
    let unread = |e| Problem::unavailable("a broadcaster can't be read", e);
    let place = match row.place() {
        Some(id) => web.read.broadcaster(id).await.map_err(unread)?,
        None => None,
    };
    let building = match place.as_ref().and_then(|b| b.details.building) {
        Some(id) => super::buildings::listed(web, id).await?,
        None => None,
    };
    let details = &row.page.details;
    Ok(LiveOut {
        event: row.id.to_string(),
        meeting: row.meeting.filter(|_| pilots).map(|m| m.to_string()),
        title: row.title.clone(),
        starts_at: row.starts_at.rfc3339(),
        ends_at: row.ends_at.rfc3339(),
        restricted: row.restricted || place.as_ref().is_some_and(|b| b.details.restricted),
        cancelled: row.cancelled,
        state: if watches {
            web.hub.state(row)
        } else {
            outside(web.hub.state(row))
        },
        viewers: if watches { web.hub.viewers(row.id) } else { 0 },
        live_url: format!("{}/live/{}", web.settings.public_url, row.id),
        description: if watches {
            details.description.0.clone()
        } else {
            String::new()
        },
        kind: details.kind.0.clone(),
        map_url: building.as_ref().and_then(|b| b.map_url.clone()),
        building: building.map(|b| b.name),
        broadcaster: place.map(|b| b.name),
        draft: row.page.draft,
        password: row.page.password,
        groups: pilots.then(|| row.page.groups.iter().cloned().collect()),
        below_url: details.below_url.as_ref().filter(|_| watches).map(|u| u.0.clone()),
        below_height: details.below_url.is_some().then_some(details.below_height),
        beside_url: details.beside_url.as_ref().filter(|_| watches).map(|u| u.0.clone()),
        hold_video_url: details.hold_video_url.as_ref().filter(|_| watches).map(|u| u.0.clone()),
        hold_picture_url: row
            .page
            .picture
            .as_ref()
            .filter(|_| watches)
            .map(|p| picture_path(row.id, p.id)),
        may,
        banned,
    })
}

/// The state of a live for whoever may not watch it, as lists tell it: its time and whether there is a picture. What is pinned on the page, how
/// its start goes and how many watch is told on the page.
fn outside(mut state: Value) -> Value {
    for (field, nothing) in [
        ("announcements", Value::Array(vec![])),
        ("steps", Value::Array(vec![])),
        ("moved", Value::Null),
        ("fault", Value::Null),
        ("why", Value::Null),
        ("viewers", 0.into()),
    ] {
        if let Some(told) = state.get_mut(field) {
            *told = nothing;
        }
    }
    state
}

/// Where the picture of a live is fetched that is shown before and after it. Its id is in the address: another picture is another address.
pub fn picture_path(live: LiveId, picture: amphi_events::ids::PictureId) -> String {
    format!("/live/{live}/picture/{picture}")
}

/// Which lives.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// Of these types, separated by semicolons.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Id of a building: those shown at one of its broadcasters.
    building: Option<String>,
    /// Words of their title.
    text: Option<String>,
    /// Only those that one owns or co-owns, drafts too.
    #[serde(default)]
    mine: bool,
    /// `next` of the page before, for the past ones.
    cursor: Option<String>,
    /// So many of those that are not over are left out: `more` of the page before.
    skip: Option<usize>,
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
    /// Give it as `skip` for more of those that run or are to come; null at the end.
    pub more: Option<usize>,
}

fn cursor(text: &str) -> Option<(Time, LiveId)> {
    let (at, id) = text.split_once('.')?;
    Some((Time(at.parse().ok()?), id.parse().ok()?))
}

/// Lives now, next and past, as far as the person asking may watch them: those of the signed-in and of groups are listed for these, those with
/// a password for everybody, and drafts for nobody but their owners, who ask for `mine`.
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
    if which.mine && me.is_none() {
        return Err(Code::SignedOut.into());
    }
    let unavailable = |e| Problem::unavailable("lives can't be read", e);
    let mut lives = Lives {
        now: vec![],
        upcoming: vec![],
        past: vec![],
        next: None,
        more: None,
    };
    let kinds = which.kind.as_deref().unwrap_or_default().split(';');
    let sought = Sought {
        mine: which.mine,
        kinds: kinds
            .map(str::trim)
            .filter(|k| !k.is_empty())
            .map(str::to_owned)
            .collect(),
        places: match which.building.as_deref() {
            Some(building) => Some(super::buildings::broadcasters_in(&web, id(building)?).await?),
            None => None,
        },
        text: which.text.clone().unwrap_or_default(),
        ..Sought::by(watch::eyes(&web, me).await?)
    };
    // What is listed may be watched, but for what a password keeps.
    let watches = |row: &LiveRow| !row.page.password || watch::pilots(row, me);
    if before.is_none() {
        let skip = which.skip.unwrap_or(0);
        let found = web
            .read
            .lives_sought(Span::NotOver, &sought, now, None, skip, limit + 1)
            .await;
        let mut found = found.map_err(unavailable)?;
        lives.more = (found.len() > limit).then_some(skip.saturating_add(limit));
        found.truncate(limit);
        let rows: Vec<&LiveRow> = found.iter().collect();
        let mut banned = bans(&web, &rows, me).await?;
        for row in rows {
            let to = if row.busy() {
                &mut lives.now
            } else {
                &mut lives.upcoming
            };
            to.push(out(&web, row, me, banned.remove(&row.id), watches(row)).await?);
        }
    }
    let past = web
        .read
        .lives_sought(Span::Past, &sought, now, before, 0, limit + 1)
        .await;
    let past = past.map_err(unavailable)?;
    let more = past.len() > limit;
    let page = &past[..past.len().min(limit)];
    lives.next = page
        .last()
        .filter(|_| more)
        .map(|r| format!("{}.{}", r.ends_at.0, r.id));
    let page: Vec<&LiveRow> = page.iter().collect();
    let mut banned = bans(&web, &page, me).await?;
    for row in page {
        lives
            .past
            .push(out(&web, row, me, banned.remove(&row.id), watches(row)).await?);
    }
    Ok(axum::Json(lives))
}

/// A live. For those who pilot it with an `ETag`, the version that a change may name.
#[utoipa::path(get, path = "/live/{event}", tag = "lives", params(("event" = String, Path)), responses((status = 200, body = LiveOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn read(
    State(web): State<Web>,
    MaybePerson(me): MaybePerson,
    Path(event): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut live = row(&web, &event).await?;
    may_watch(&web, &live, me.as_ref(), &headers).await?;
    let version = if watch::pilots(&live, me.as_ref()) {
        let version = live_holds::version(&web, live.id).await?;
        live = row(&web, &event).await?;
        Some(version)
    } else {
        None
    };
    let banned = bans(&web, &[&live], me.as_ref()).await?.remove(&live.id);
    let answer = axum::Json(out(&web, &live, me.as_ref(), banned, true).await?).into_response();
    Ok(match version {
        Some(version) => live_holds::versioned(answer, &version),
        None => answer,
    })
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
    headers: HeaderMap,
) -> Result<axum::Json<Playback>, Problem> {
    let row = row(&web, &event).await?;
    may_watch(&web, &row, me.as_ref(), &headers).await?;
    let now = web.sources.now();
    let moving = matches!(row.state(now).live, LiveState::OnAir | LiveState::Stalled);
    let from = row
        .run
        .map(|r| r.broadcaster)
        .or(row.feed.map(|f| f.broadcaster))
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
