//! The scout: finds out what each gateway speaks and whether it takes our token, without any call that could start
//! anything (gateway-contract §2.8). One worker a gateway.

use std::sync::Arc;

use amphi_events::ids::GatewayId;
use async_trait::async_trait;

use super::Deps;
use super::hands::{Hand, Next, Worker};

/// Makes workers.
pub fn worker(deps: Arc<Deps>) -> impl Fn(&str, &Arc<Hand>) -> Option<Box<dyn Worker>> {
    move |id, hand| {
        let gateway = id.parse().ok()?;
        Some(Box::new(Scout {
            deps: deps.clone(),
            hand: hand.clone(),
            gateway,
            asked_at: None,
        }))
    }
}

struct Scout {
    deps: Arc<Deps>,
    hand: Arc<Hand>,
    gateway: GatewayId,
    asked_at: Option<amphi_events::Time>,
}

#[async_trait]
impl Worker for Scout {
    async fn step(&mut self) -> anyhow::Result<Next> {
        let state = self
            .deps
            .aggregates
            .gateways
            .look(self.gateway)
            .await
            .map_err(anyhow::Error::msg)?
            .state;
        if state.removed || state.setup.is_none() {
            return Ok(Next::Over);
        }
        let interval = self.deps.settings.gateway_scout;
        let now = self.deps.now();
        let left = self
            .asked_at
            .map_or(0, |at| super::rooms::millis(interval) - super::rooms::elapsed(now, at));
        if left > 0 && !self.hand.take_hint() {
            return Ok(Next::Wait(std::time::Duration::from_millis(left.unsigned_abs())));
        }
        self.asked_at = Some(now);
        super::stage::find_out(&self.deps, self.gateway).await?;
        Ok(Next::Wait(interval))
    }
}
