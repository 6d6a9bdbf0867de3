//! The scout: finds out what each gateway speaks and whether it takes our token, without any call that could start
//! anything (gateway-contract §2.8). One worker a gateway.

use std::sync::Arc;
use std::time::Duration;

use amphi_events::ids::GatewayId;
use async_trait::async_trait;

use super::Deps;
use super::hands::{Hand, Next, Worker};

/// When a gateway is asked again that was seen otherwise than is told of it.
const AGAIN: Duration = Duration::from_secs(5);

/// Makes workers.
pub fn worker(deps: Arc<Deps>) -> impl Fn(&str, &Arc<Hand>) -> Option<Box<dyn Worker>> {
    move |id, hand| {
        let gateway = id.parse().ok()?;
        Some(Box::new(Scout {
            deps: deps.clone(),
            hand: hand.clone(),
            gateway,
            asked_at: None,
            wait: Duration::ZERO,
        }))
    }
}

struct Scout {
    deps: Arc<Deps>,
    hand: Arc<Hand>,
    gateway: GatewayId,
    asked_at: Option<amphi_events::Time>,
    /// From then until the next time.
    wait: Duration,
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
            .map_or(0, |at| super::rooms::millis(self.wait) - super::rooms::elapsed(now, at));
        if left > 0 && !self.hand.take_hint() {
            return Ok(Next::Wait(Duration::from_millis(left.unsigned_abs())));
        }
        self.asked_at = Some(now);
        super::stage::find_out(&self.deps, self.gateway).await?;
        // Another than before is asked again soon: one reading is no news, and nobody waits a minute for the second.
        let unsure = self.deps.probing.unsure(self.gateway).await;
        self.wait = if unsure { interval.min(AGAIN) } else { interval };
        Ok(Next::Wait(self.wait))
    }
}
