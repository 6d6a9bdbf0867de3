//! A picture that a person's encoder makes: nothing to start, no robot, nobody to ask. It is on air when the playlist moves, and a picture
//! that stands is said and waited for: a new run would be the same encoder.

use amphi_events::gateway::{Generation, Robot};

use super::{
    Address, GatewayId, Live, LiveCommand, Next, NotYet, Probe, ProbeMemory, Run, RunFault, Stage, Time, Trust, due,
    elapsed, millis, probe,
};

impl Stage {
    /// How the robot of that gateway comes into the room.
    pub(super) async fn robot_of(&self, gateway: GatewayId) -> anyhow::Result<Robot> {
        let looked = self.deps.aggregates.gateways.look(gateway).await;
        let state = looked.map_err(anyhow::Error::msg)?.state;
        Ok(state.generation().map_or(Robot::ByOurPage, Generation::robot))
    }

    pub(super) async fn watch_encoder(&mut self, state: &Live, run: &Run, now: Time) -> anyhow::Result<Next> {
        let settings = &self.deps.settings;
        let left = state.wanted.map_or(settings.probe, |w| due(w.until, now));
        let next = Next::Wait(settings.probe.min(left));
        if self
            .probed_at
            .is_some_and(|at| elapsed(now, at) < millis(settings.probe))
        {
            return Ok(next);
        }
        self.probed_at = Some(now);
        if self.picture_of != Some(run.id) {
            self.picture = ProbeMemory::default();
            self.picture_of = Some(run.id);
        }
        let broadcasters = &self.deps.aggregates.broadcasters;
        let looked = broadcasters.look(run.broadcaster).await.map_err(anyhow::Error::msg)?;
        let ask = self.deps.signed(run.broadcaster, &looked.state).await?;
        let url = Address {
            known: &looked.state.hls_url,
            ask: &ask,
        };
        match probe(&self.deps.http, url, Trust::Admin, now.0, &mut self.picture).await {
            Probe::Moving => {
                self.missing_since = None;
                self.tell(LiveCommand::OnAir(run.id)).await?;
            }
            Probe::NotYet(NotYet::Missing | NotYet::Empty) if run.on_air_since.is_some() => {
                let since = *self.missing_since.get_or_insert(now);
                // One 404 may be a playlist being rewritten.
                if elapsed(now, since) >= millis(settings.probe) {
                    self.stalls(run).await?;
                }
            }
            Probe::Frozen | Probe::Ended => self.stalls(run).await?,
            // Not begun yet; or the network between us and the broadcaster, of which nothing is known.
            Probe::NotYet(_) | Probe::Error(_) => {}
        }
        Ok(next)
    }

    async fn stalls(&self, run: &Run) -> anyhow::Result<()> {
        self.tell(LiveCommand::Stalled {
            run: run.id,
            fault: RunFault::Frozen,
        })
        .await
    }
}
