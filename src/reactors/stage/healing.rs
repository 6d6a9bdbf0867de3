//! What becomes of a picture whose gateway failed it: another gateway, the same one again after a growing wait, or a clear end.

use amphi_events::gateway::{Margins, Refusal};
use amphi_events::live::{Held, Live, LiveCommand, RunFault};

use super::{GatewayId, Next, RunId, Stage};
use crate::reactors::planner::{Moved, Planner};

impl Stage {
    /// Moves the hold to another gateway, where the one that is held failed it or can't serve it, and there is a better one.
    pub(super) async fn heal(&self, state: &Live, held: Held) -> anyhow::Result<Option<Next>> {
        let fenced = state.is_fenced(held.gateway, held.broadcaster);
        if !fenced && state.tried(held.gateway) == 0 {
            return Ok(None);
        }
        let Some(meeting) = state.plan.as_ref().and_then(|p| p.meeting) else {
            return Ok(None);
        };
        let planner = Planner::of(self.deps.clone(), meeting, format!("healing:{}", state.runs));
        match planner.move_away(self.live, state, self.deps.now()).await? {
            Moved::Yes => {}
            // Its own is tried meanwhile, but for a try that would be the last.
            Moved::Soon if fenced || state.failures.0 + 1 >= self.deps.settings.most_failures => {
                return Ok(Some(Next::Wait(self.deps.settings.retry_first)));
            }
            Moved::Soon | Moved::No => return Ok(None),
        }
        tracing::info!(live = %self.live, from = %held.gateway, "webinar: the picture moves to another gateway");
        Ok(Some(Next::Again))
    }

    /// The gateway held can't serve it and no other can: counted, and tried again after a while.
    pub(super) async fn put_off(&self, gateway: GatewayId, fault: RunFault) -> anyhow::Result<Next> {
        self.because(LiveCommand::PutOff { gateway, fault }, format!("gateway:{gateway}"))
            .await?;
        Ok(Next::Again)
    }

    /// The machine was not given. Where it is held up by a run that another live left behind, nobody knows for how long: that is a failure of
    /// the gateway; and so is that it can't serve any more, where the hold is ours to move. Whoever else has it lets go of it in its time,
    /// which wakes us. A rehearsal is told to.
    pub(super) async fn refused(&self, state: &Live, gateway: GatewayId, why: Refusal) -> anyhow::Result<Next> {
        match why {
            Refusal::Taken { live } => {
                let looked = self.deps.aggregates.lives.look(live).await;
                let other = looked.map_err(anyhow::Error::msg)?.state;
                if other.fenced.iter().any(|r| r.gateway == gateway) {
                    return self.put_off(gateway, RunFault::Unreachable).await;
                }
            }
            Refusal::OutOfService { .. } | Refusal::Unknown if state.failures.0 > 0 => {
                return self.put_off(gateway, RunFault::Failed).await;
            }
            _ => {}
        }
        let looked = self.deps.aggregates.gateways.look(gateway).await;
        let machine = looked.map_err(anyhow::Error::msg)?.state;
        let now = self.deps.now();
        let held = machine
            .reservations
            .in_the_way(self.live, now, now.plus_ms(1), Margins::NONE);
        for other in machine
            .taken
            .map(|(_, live)| live)
            .into_iter()
            .chain(held.map(|r| r.live))
        {
            self.deps.call_off(other, self.act()).await?;
        }
        Ok(Next::Wait(self.deps.settings.retry_first))
    }

    /// Leaves a run behind whose gateway doesn't answer to the stop. Its robot finds no door any more, and a worker of its own goes on asking.
    pub(super) async fn leave_behind(&self, run: RunId) -> anyhow::Result<Next> {
        self.because(LiveCommand::Fence(run), format!("run:{run}")).await?;
        tracing::warn!(live = %self.live, %run, "webinar: a gateway does not answer to the stop; its run is left behind");
        Ok(Next::Again)
    }

    async fn because(&self, command: LiveCommand, cause: String) -> anyhow::Result<()> {
        let act = self.act().cause(cause);
        self.deps.aggregates.lives.execute(self.live, command, act).await?;
        Ok(())
    }
}
