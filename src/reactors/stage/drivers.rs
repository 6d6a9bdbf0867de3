//! Which driver speaks to a gateway, and what a gateway speaks.

use super::{
    Act, Arc, Deps, GATEWAY_TOKEN, GatewayAddress, GatewayCommand, GatewayDriver, GatewayId, GatewayTimes, Generation,
    RunFault, SecretString, TokenState, gateways,
};

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
    };
    Ok(Driver::Known(gateways::driver(
        dialect(generation),
        address,
        deps.http.clone(),
        times(deps),
    )))
}

/// Finds out what a gateway speaks and whether it takes the token, and records it.
pub(in crate::reactors) async fn find_out(deps: &Deps, id: GatewayId) -> anyhow::Result<Option<Generation>> {
    let gateway = deps
        .aggregates
        .gateways
        .look(id)
        .await
        .map_err(anyhow::Error::msg)?
        .state;
    let Some(setup) = gateway.setup.filter(|_| !gateway.removed) else {
        return Ok(None);
    };
    let token = token_of(deps, id).await?;
    let found = gateways::detect::detect(
        &deps.http,
        &setup.server_url.0,
        &token,
        setup.gw_id.as_deref(),
        times(deps),
    )
    .await;
    let generation = found.generation.map(spoken);
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
    deps.aggregates
        .gateways
        .execute(id, probed, Act::system("stage", deps.now()))
        .await?;
    Ok(generation)
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

const fn dialect(generation: Generation) -> gateways::Generation {
    match generation {
        Generation::G1 => gateways::Generation::G1,
        Generation::G2 => gateways::Generation::G2,
        Generation::G3 => gateways::Generation::G3,
        Generation::G4 => gateways::Generation::G4,
        Generation::G5 => gateways::Generation::G5,
    }
}

const fn spoken(generation: gateways::Generation) -> Generation {
    match generation {
        gateways::Generation::G1 => Generation::G1,
        gateways::Generation::G2 => Generation::G2,
        gateways::Generation::G3 => Generation::G3,
        gateways::Generation::G4 => Generation::G4,
        gateways::Generation::G5 => Generation::G5,
    }
}
