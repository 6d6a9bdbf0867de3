//! Which driver speaks to a gateway, and what a gateway speaks.

use amphi_events::gateway::{Health, HealthCause};

use super::{
    Arc, Deps, GATEWAY_TOKEN, GatewayAddress, GatewayCommand, GatewayDriver, GatewayId, GatewayTimes, Generation,
    LiveId, ROBOT_ROOM, RunFault, RunId, SecretString, TokenState, gateways, room_id,
};
use crate::gateways::detect::{Detection, Doing};
use crate::outgoing::HttpClient;

/// A gateway's driver, or why there is none.
pub(in crate::reactors) enum Driver {
    /// It can be spoken to.
    Known(Arc<dyn GatewayDriver>),
    /// What it speaks is not known, with what the probe says.
    Unknown(RunFault),
}

impl Driver {
    pub(super) fn fault(&self) -> RunFault {
        match self {
            Self::Known(_) => RunFault::Failed,
            Self::Unknown(fault) => *fault,
        }
    }
}

/// The driver of a gateway; what it speaks is found out where nobody said, without any call that could start anything.
pub(in crate::reactors) async fn driver(deps: &Deps, id: GatewayId) -> anyhow::Result<Driver> {
    driver_by(deps, id, deps.http.clone()).await
}

/// The same, whose calls go by that client.
pub(in crate::reactors) async fn driver_by(deps: &Deps, id: GatewayId, http: HttpClient) -> anyhow::Result<Driver> {
    let gateway = deps
        .aggregates
        .gateways
        .look(id)
        .await
        .map_err(anyhow::Error::msg)?
        .state;
    let Some(setup) = gateway.setup.clone() else {
        return Ok(Driver::Unknown(RunFault::Unreachable));
    };
    let generation = match gateway.generation() {
        Some(generation) => generation,
        None => match find_out(deps, id).await? {
            Some(generation) => generation,
            None => return Ok(Driver::Unknown(RunFault::Unreachable)),
        },
    };
    let token = token_of(deps, id).await?;
    let address = GatewayAddress {
        server_url: setup.server_url.0,
        token,
        gw_id: setup.gw_id,
        chat_redis: gateway.chat_route,
    };
    Ok(Driver::Known(gateways::driver(generation, address, http, times(deps))))
}

/// Finds out what a gateway speaks, whether it takes the token and how it is, and records what changed. One probe at a time a gateway.
pub(in crate::reactors) async fn find_out(deps: &Deps, id: GatewayId) -> anyhow::Result<Option<Generation>> {
    let probing = deps.probing.of(id);
    let mut damper = probing.lock().await;
    let gateway = deps
        .aggregates
        .gateways
        .look(id)
        .await
        .map_err(anyhow::Error::msg)?
        .state;
    let taken = gateway.taken;
    let told = gateway.health.map(|(health, cause, _)| (health, cause));
    // Nobody can be asked.
    if gateway.generation() == Some(Generation::Encoder) {
        return Ok(Some(Generation::Encoder));
    }
    let Some(setup) = gateway.setup.filter(|_| !gateway.removed) else {
        return Ok(None);
    };
    let token = token_of(deps, id).await?;
    let found = gateways::detect::detect(
        &deps.http,
        &setup.server_url.0,
        &token,
        setup.gw_id.as_deref(),
        GatewayTimes {
            status: deps.settings.gateway_probe,
            ..times(deps)
        },
    )
    .await;
    match judged(deps, id, &found, taken).await? {
        Some(seen) if damper.settles(told, seen) => {
            let (health, cause) = seen;
            deps.aggregates
                .gateways
                .execute(id, GatewayCommand::HealthSeen { health, cause }, deps.act("scout"))
                .await?;
        }
        Some(_) => {}
        None => damper.forget(),
    }
    let generation = found.generation;
    let token = match found.token {
        gateways::detect::TokenCheck::Good => TokenState::Good,
        gateways::detect::TokenCheck::Wrong => TokenState::Wrong,
        gateways::detect::TokenCheck::NotChecked if found.reachable => TokenState::NotChecked,
        gateways::detect::TokenCheck::NotChecked => TokenState::Unknown,
    };
    let probed = GatewayCommand::Probed {
        reachable: found.reachable,
        generation,
        token,
    };
    deps.aggregates.gateways.execute(id, probed, deps.act("stage")).await?;
    Ok(generation)
}

/// How the gateway is, now that it is known for whom it works. `None`: it was taken or let go meanwhile, so what it was seen doing says
/// nothing of now.
async fn judged(
    deps: &Deps,
    id: GatewayId,
    found: &Detection,
    taken: Option<(RunId, LiveId)>,
) -> anyhow::Result<Option<(Health, Option<HealthCause>)>> {
    let Doing::Working(room) = &found.doing else {
        return Ok(Some((found.health, found.cause)));
    };
    let now = deps
        .aggregates
        .gateways
        .look(id)
        .await
        .map_err(anyhow::Error::msg)?
        .state;
    if now.taken != taken {
        return Ok(None);
    }
    let Some((run, live)) = taken else {
        return Ok(Some((Health::BusyElsewhere, None)));
    };
    let ours = deps.store.get_secret(ROBOT_ROOM, &room_id(live, run)).await?;
    Ok(Some(match (room, ours) {
        // Generation 5 names the room once its robot is past its menu; a mapper may have put a path before it.
        (Some(room), Some(ours)) if !room.ends_with(ours.as_str()) => (Health::BusyElsewhere, None),
        _ => (Health::Up, None),
    }))
}

async fn token_of(deps: &Deps, id: GatewayId) -> anyhow::Result<SecretString> {
    let token = deps
        .store
        .get_secret(GATEWAY_TOKEN, &id.to_string())
        .await?
        .unwrap_or_default();
    Ok(SecretString::from(token.as_str()))
}

fn times(deps: &Deps) -> GatewayTimes {
    GatewayTimes {
        start: deps.settings.gateway_start,
        stop: deps.settings.gateway_stop,
        ..GatewayTimes::default()
    }
}
