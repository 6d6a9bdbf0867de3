//! What becomes of a picture whose gateway failed it: another gateway, the same one again after a growing wait, or a clear end.

use amphi_events::gateway::{Margins, Refusal};
use amphi_events::live::{Held, Live, LiveCommand, RunFault};

use super::{GatewayId, Next, RunId, Stage};
use crate::reactors::planner::{Holding, Moved};
use crate::reactors::why;

impl Stage {
    /// Moves the hold to another gateway, where the one that is held failed it or can't serve it, and there is a better one.
    pub(super) async fn heal(&self, state: &Live, held: Held) -> anyhow::Result<Option<Next>> {
        let fenced = state.is_fenced(held.gateway, held.broadcaster);
        if !fenced && state.tried(held.gateway) == 0 {
            return Ok(None);
        }
        let (holding, now) = (Holding::of(self.deps.clone()), self.deps.now());
        let moves = holding.move_away(self.live, state, now);
        match why::because(format!("healing:{}", state.runs), moves).await? {
            Moved::Yes => {}
            // Its own is tried meanwhile, but for a try that would be the last.
            Moved::Soon if fenced || state.failures.0 + 1 >= self.deps.settings.most_failures => {
                return Ok(Some(Next::Wait(self.deps.settings.retry_first)));
            }
            Moved::Soon | Moved::No => return Ok(None),
        }
        Ok(Some(Next::Again))
    }

    /// The gateway held can't serve it and no other can: counted, and tried again after a while.
    pub(super) async fn put_off(&self, gateway: GatewayId, fault: RunFault) -> anyhow::Result<Next> {
        let counts = self.tell(LiveCommand::PutOff { gateway, fault });
        why::because(format!("gateway:{gateway}"), counts).await?;
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
        why::because(format!("run:{run}"), self.tell(LiveCommand::Fence(run))).await?;
        Ok(Next::Again)
    }
}
