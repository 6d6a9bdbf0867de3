//! `GET /admin`.

use amphi_events::gateway::Generation;
use amphi_events::person::Role;
use axum::extract::State;
use axum::response::Response;

use super::view::{self, AdminView, BroadcasterLine, GatewayLine, ModelLine, PersonLine, WorkLine};
use crate::Web;
use crate::api::gateways::gw_id_missing;
use crate::api::problem::Problem;
use crate::pages::common::{Reader, Shown};

/// Most people on the page.
const PEOPLE: u32 = 200;

/// `GET /admin`.
pub async fn show(State(web): State<Web>, reader: Reader) -> Response {
    reader.answer(shown(&web, &reader).await)
}

async fn shown(web: &Web, reader: &Reader) -> Shown {
    reader.may(Role::administers)?;
    let broadcasters: Vec<BroadcasterLine> = web
        .read
        .broadcasters()
        .await?
        .into_iter()
        .filter(|b| !b.removed)
        .map(|b| BroadcasterLine {
            id: b.id.to_string(),
            name: b.name,
            hls_url: b.hls_url,
        })
        .collect();
    let name = |id: String| {
        broadcasters
            .iter()
            .find(|b| b.id == id)
            .map_or_else(|| "–".to_owned(), |b| b.name.clone())
    };
    let gateways = web
        .read
        .gateways()
        .await?
        .into_iter()
        .filter(|g| !g.removed)
        .map(|g| GatewayLine {
            id: g.id.to_string(),
            generation: g.generation().map(Generation::as_str).map(str::to_owned),
            reachable: g.probe.as_ref().map(|p| p.reachable),
            token: g.probe.map(|p| p.token),
            gw_id_missing: gw_id_missing(g.generation(), &g.setup),
            default_token: g.default_token,
            broadcaster: name(g.setup.broadcaster.to_string()),
            taken: g.taken.map(|(_, live)| live.to_string()),
            name: g.setup.name.0,
            server_url: g.setup.server_url.0,
        })
        .collect();
    let people = web
        .store
        .list_accounts("", None, PEOPLE)
        .await
        .map_err(|e| Problem::unavailable("accounts can't be read", e))?
        .into_iter()
        .map(|a| PersonLine {
            login: a.login,
            name: a.name,
            role: a.role,
        })
        .collect();
    let works = web
        .works
        .states()
        .into_iter()
        .map(|w| WorkLine {
            reactor: w.reactor.to_owned(),
            in_hand: w.in_hand,
            lag: w.lag,
            error: w.last_error.map(|(what, when)| format!("{what} ({when})")),
        })
        .collect();
    let models = web
        .read
        .health()
        .into_iter()
        .map(|m| ModelLine {
            well: m.halted.is_none(),
            health: m
                .halted
                .unwrap_or_else(|| format!("v{}, {} (−{})", m.version, m.position, m.lag)),
            name: m.name,
        })
        .collect();
    let view = AdminView {
        gateways,
        broadcasters,
        people,
        works,
        models,
    };
    Ok(reader.page(view::admin(&reader.frame, &view)))
}
