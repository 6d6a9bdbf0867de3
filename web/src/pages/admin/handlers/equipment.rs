//! Gateways and broadcasters.

use amphi_events::ids::{BroadcasterId, GatewayId, LiveId, RehearsalId};
use amphi_events::person::Role;
use amphi_events::store::secrets::BROADCASTER_STREAM;
use amphi_events::{Time, live};
use amphi_projections::{BroadcasterRow, GatewayRow};
use axum::extract::{Path, Query, State};
use axum::response::Response;

use crate::Web;
use crate::api::broadcaster_pictures;
use crate::api::gateways::STREAM_KEY;
use crate::api::problem::Code;
use crate::i18n::{T, times};
use crate::media::push;
use crate::pages::admin::broadcasters::{self as broadcasters_page, BroadcasterLine, BroadcastersView, More};
use crate::pages::admin::gateway::{self as gateway_page, GatewayView, Reach, RunView};
use crate::pages::admin::gateways::{self as gateways_page, GatewayLine, GatewaysView, Known};
use crate::pages::admin::list::{Asked, answered};
use crate::pages::common::{Reader, Shown, Stop};

/// A stop that takes longer than this, in milliseconds, is one that a person may have to end: gateways take 20 s, and
/// a start whose fate is unknown is waited out for a minute.
const STUCK_MS: i64 = 2 * 60_000;
/// How far ahead reservations are shown.
const AHEAD_S: i64 = 14 * 86_400;
/// Reservations shown.
const HELD: usize = 10;

/// Gateways in use, with what is known of each.
pub(super) async fn known(web: &Web) -> Result<Vec<(GatewayRow, Known)>, Stop> {
    let mut all = Vec::new();
    for row in web.read.gateways().await?.into_iter().filter(|g| !g.removed) {
        let stopping = stopping_since(web, &row).await?;
        let known = Known {
            stands: row.stands(),
            token: row.probe.as_ref().map(|p| p.token),
            gw_id_missing: amphi_projections::gw_id_missing(row.generation(), &row.setup),
            default_token: row.default_token,
            said: row.setup.generation,
            found: row.probe.as_ref().and_then(|p| p.generation),
            stuck: stopping.is_some_and(|at| web.sources.now().since_ms(at) > STUCK_MS),
        };
        all.push((row, known));
    }
    Ok(all)
}

/// Since when the run that holds the gateway is being stopped.
async fn stopping_since(web: &Web, row: &GatewayRow) -> Result<Option<Time>, Stop> {
    let Some((run, live)) = row.taken else { return Ok(None) };
    let Some(live) = web.read.live(live).await? else {
        return Ok(None);
    };
    // Also one that was left behind while another gateway took over.
    let held = live.run.iter().chain(&live.fenced).find(|r| r.id == run);
    Ok(held
        .filter(|r| r.phase == live::RunPhase::Stopping)
        .and_then(|r| r.stopping_since))
}

/// What a live is called, or that it is a rehearsal: one holds a gateway in the place of a live.
/// What holds something, in words, and the live that it is of: a rehearsal stands there in the place of a live, and has no page of its own.
pub(super) async fn called(web: &Web, reader: &Reader, live: LiveId) -> Result<(String, String), Stop> {
    if let Some(found) = web.read.live(live).await? {
        return Ok((live.to_string(), found.title));
    }
    Ok(match web.read.rehearsal(RehearsalId(live.0)).await? {
        Some(found) => (found.live.to_string(), reader.frame.t(T::RehearsalOfWebinar).to_owned()),
        None => (live.to_string(), live.to_string()),
    })
}

async fn named(web: &Web) -> Result<Vec<(String, String)>, Stop> {
    let pair = |b: BroadcasterRow| (b.id.to_string(), b.name);
    Ok(web
        .read
        .broadcasters()
        .await?
        .into_iter()
        .filter(|b| !b.removed)
        .map(pair)
        .collect())
}

fn name_of(broadcasters: &[(String, String)], id: &str) -> String {
    let found = broadcasters.iter().find(|(b, _)| b == id);
    found.map_or_else(|| "–".to_owned(), |(_, name)| name.clone())
}

/// `GET /admin/gateways`.
pub async fn gateways(State(web): State<Web>, reader: Reader, Query(asked): Query<Asked>) -> Response {
    reader.answer(gateways_shown(&web, &reader, asked).await)
}

async fn gateways_shown(web: &Web, reader: &Reader, asked: Asked) -> Shown {
    reader.may(Role::administers)?;
    let broadcasters = named(web).await?;
    let mut lines = Vec::new();
    for (row, known) in known(web).await? {
        let taken = match row.taken {
            Some((_, live)) => Some(called(web, reader, live).await?),
            None => None,
        };
        lines.push(GatewayLine {
            id: row.id.to_string(),
            generation: row.generation().map(amphi_events::gateway::Generation::as_str),
            concerns: known.concerns(),
            stands: known.stands,
            broadcaster: name_of(&broadcasters, &row.setup.broadcaster.to_string()),
            taken,
            name: row.setup.name.0,
        });
    }
    let view = GatewaysView {
        gateways: lines,
        broadcasters,
        asked,
        zone: web.settings.time_zone.clone(),
    };
    Ok(answered(reader, &gateways_page::gateways(&reader.frame, &view)))
}

/// `GET /admin/gateways/{id}`.
pub async fn gateway(State(web): State<Web>, reader: Reader, Path(id): Path<String>) -> Response {
    reader.answer(gateway_shown(&web, &reader, &id).await)
}

async fn gateway_shown(web: &Web, reader: &Reader, id: &str) -> Shown {
    reader.may(Role::administers)?;
    let id: GatewayId = id.parse().map_err(|_| Code::NotFound)?;
    let (row, known) = known(web)
        .await?
        .into_iter()
        .find(|(row, _)| row.id == id)
        .ok_or(Code::NotFound)?;
    let (zone, now) = (&web.settings.time_zone, web.sources.now());
    let run = match row.taken {
        Some((run, live)) => Some(RunView {
            run: run.to_string(),
            live: called(web, reader, live).await?,
            since: row.taken_since.map(|at| times::exact(at, zone)).unwrap_or_default(),
            stopping: stopping_since(web, &row).await?.map(|at| times::exact(at, zone)),
        }),
        None => None,
    };
    let mut held = Vec::new();
    let ahead = web.read.reservations_between(now, now.plus_s(AHEAD_S)).await?;
    for r in ahead.into_iter().filter(|r| r.gateway == id).take(HELD) {
        let minute = |at| times::input(at, zone).replace('T', " ");
        let (live, title) = called(web, reader, r.live).await?;
        held.push((live, title, minute(r.from), minute(r.to)));
    }
    let reach = match web.reach.state(id, now) {
        None => Reach::None,
        Some(state) => match state.reached {
            None => Reach::Waiting,
            Some((at, from)) => {
                let exact = times::exact(at, zone);
                let clock = exact.split_once(' ').map_or(exact.as_str(), |(_, clock)| clock);
                Reach::Reached(clock.to_owned(), from.to_string())
            }
        },
    };
    let encoder = if row.generation() == Some(amphi_events::gateway::Generation::Encoder) {
        let down = |e| Stop::from(crate::api::problem::Problem::unavailable("a secret can't be read", e));
        let name = web.store.get_secret(STREAM_KEY, &id.to_string()).await.map_err(down)?;
        name.map(|name| push::address(web, &id.to_string(), &row.setup.rtmp_base.0, &name, None))
    } else {
        None
    };
    let view = GatewayView {
        service: super::timeline::service(web, &row).await?,
        refused: row.refused.map(|(why, at)| (times::exact(at, zone), why)),
        id: id.to_string(),
        concerns: known.concerns(),
        said: known.said,
        found: known.found,
        token: known.token,
        broadcaster: row.setup.broadcaster.to_string(),
        broadcasters: named(web).await?,
        name: row.setup.name.0,
        server_url: row.setup.server_url.0,
        rtmp_base: row.setup.rtmp_base.0,
        gw_id: row.setup.gw_id,
        chat_redis: row.chat_route,
        run,
        held,
        public_url: web.settings.public_url.clone(),
        reach,
        encoder,
    };
    Ok(reader.page(gateway_page::gateway(&reader.frame, &view)))
}

/// Broadcasters in use, with the gateways whose picture is fetched there.
async fn broadcaster_lines(web: &Web) -> Result<Vec<BroadcasterLine>, Stop> {
    let gateways: Vec<GatewayRow> = web.read.gateways().await?.into_iter().filter(|g| !g.removed).collect();
    let line = |b: BroadcasterRow| BroadcasterLine {
        gateways: gateways
            .iter()
            .filter(|g| g.setup.broadcaster == b.id)
            .map(|g| (g.id.to_string(), g.setup.name.0.clone()))
            .collect(),
        more: More {
            building: b.details.building.map(|b| b.to_string()).unwrap_or_default(),
            description: b.details.description.0,
            picture: b.details.picture.map(|p| broadcaster_pictures::path(b.id, p.id)),
            picture_max: web.shelf.bytes_max,
            plannable: b.details.plannable,
            restricted: b.details.restricted,
            public: b.details.public,
            groups: b.details.groups.0.into_iter().collect(),
            ..More::default()
        },
        id: b.id.to_string(),
        name: b.name,
        hls_url: b.hls_url,
        protection: b.protection,
    };
    let rows = web.read.broadcasters().await?.into_iter().filter(|b| !b.removed);
    Ok(rows.map(line).collect())
}

/// `GET /admin/broadcasters`.
pub async fn broadcasters(State(web): State<Web>, reader: Reader, Query(asked): Query<Asked>) -> Response {
    reader.answer(broadcasters_shown(&web, &reader, asked).await)
}

async fn broadcasters_shown(web: &Web, reader: &Reader, asked: Asked) -> Shown {
    reader.may(Role::administers)?;
    let view = BroadcastersView {
        broadcasters: broadcaster_lines(web).await?,
        asked,
    };
    Ok(answered(reader, &broadcasters_page::broadcasters(&reader.frame, &view)))
}

/// `GET /admin/broadcasters/{id}`.
pub async fn broadcaster(State(web): State<Web>, reader: Reader, Path(id): Path<String>) -> Response {
    reader.answer(broadcaster_shown(&web, &reader, &id).await)
}

async fn broadcaster_shown(web: &Web, reader: &Reader, id: &str) -> Shown {
    reader.may(Role::administers)?;
    let found = broadcaster_lines(web).await?.into_iter().find(|b| b.id == id);
    let mut line = found.ok_or(Code::NotFound)?;
    let held = crate::api::buildings::all(web).await?.all;
    line.more.buildings = held.into_iter().map(|(id, b)| (id.to_string(), b.name)).collect();
    let down = |e| Stop::from(crate::api::problem::Problem::unavailable("groups can't be read", e));
    let groups = web.store.list_groups().await.map_err(down)?;
    line.more.all_groups = groups.into_iter().map(|g| (g.code, g.name)).collect();
    let (zone, now) = (&web.settings.time_zone, web.sources.now());
    let ahead = web.read.broadcasters_held(now, Time(i64::MAX)).await?;
    for hold in ahead.into_iter().filter(|h| h.broadcaster.to_string() == id).take(HELD) {
        let minute = |at| times::input(at, zone).replace('T', " ");
        let (live, title) = called(web, reader, hold.live).await?;
        line.more.held.push((live, title, minute(hold.from), minute(hold.to)));
    }
    line.more.now = line.more.plannable.then(|| {
        let address = format!("{}/broadcasters/{}/now", web.settings.public_url, line.id);
        (address, format!("/broadcasters/{}/qr.svg", line.id))
    });
    if let Ok(id) = id.parse::<BroadcasterId>()
        && let Some(row) = web.read.broadcaster(id).await?
    {
        line.more.encoder = push::of_broadcaster(web, id, &row.details, None).await?;
        let name = web.store.get_secret(BROADCASTER_STREAM, &id.to_string()).await;
        let name =
            name.map_err(|e| Stop::from(crate::api::problem::Problem::unavailable("a secret can't be read", e)))?;
        if let (Some(base), Some(name)) = (&row.details.rtmp_base, name) {
            line.more.rtmp_url = format!("{}/{}", base.0, *name);
        }
    }
    Ok(reader.page(broadcasters_page::broadcaster(&reader.frame, &line)))
}
