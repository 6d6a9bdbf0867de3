//! What a rehearsal took is given back, whoever took it and however far it came: told again until it surely is.

use amphi_events::broadcaster::BroadcasterCommand;
use amphi_events::gateway::GatewayCommand;
use amphi_events::rehearsal::{Rehearsal as Folded, Step, StepFault};

use super::super::rooms::millis;
use super::super::stage::{self, Driver, ROBOT_ROOM};
use super::{Rehearsing, as_live};
use crate::gateways::StopOutcome;
use crate::outgoing::Noted;

impl Rehearsing {
    /// Stops the gateway and ends the room. False: not surely.
    pub(super) async fn undo(&self, state: &Folded) -> anyhow::Result<bool> {
        let stopped = self.stopped(state).await?;
        // Tried also where nobody heard that it was made: BBB ends such a room by itself, since nobody comes.
        let ended = self.deps.bbb.end(&self.id.to_string()).await.is_ok();
        Ok(stopped && (ended || state.room.is_none()))
    }

    async fn stopped(&self, state: &Folded) -> anyhow::Result<bool> {
        let Some(holds) = state.holds else { return Ok(true) };
        let start = state.steps.iter().find(|(step, ..)| *step == Step::Start).map(|s| s.2);
        let refused = [Some(StepFault::GatewayRefused), Some(StepFault::GatewayUnreachable)];
        // Never told to start, or surely not started.
        if state.room.is_none() || start.is_some_and(|fault| refused.contains(&fault)) {
            return Ok(true);
        }
        let id = stage::room_id(as_live(self.id), holds.run);
        let Some(token) = self.deps.store.get_secret(ROBOT_ROOM, &id).await? else {
            return Ok(true);
        };
        let noted = Noted::default();
        let http = self.deps.http.noting(&noted);
        let Driver::Known(driver) = stage::driver_by(&self.deps, holds.gateway, http).await? else {
            return Ok(false);
        };
        // A start that nobody heard the answer of may still arrive.
        let heard = start == Some(None);
        let late = self
            .undoing
            .is_some_and(|at| self.deps.now().since_ms(at) >= millis(self.deps.settings.late_start));
        let outcome = driver.stop(&token).await;
        if let Some((live, _)) = state.of {
            let of = (holds.run, holds.gateway);
            self.answered(
                "a gateway was told to stop",
                live,
                of,
                stage::stop_code(&outcome),
                &noted,
            )
            .await;
        }
        Ok(match outcome {
            StopOutcome::Stopped => true,
            StopOutcome::AlreadyStopped => heard || late,
            StopOutcome::Failed { .. } | StopOutcome::Unknown => false,
        })
    }

    /// Gives machine, hours and token back.
    pub(super) async fn let_go(&self, state: &Folded) -> anyhow::Result<()> {
        if let Some(holds) = state.holds {
            let let_go = GatewayCommand::LetGo { run: holds.run };
            let gateways = &self.deps.aggregates.gateways;
            gateways.execute(holds.gateway, let_go, self.act().vital()).await?;
            let id = stage::room_id(as_live(self.id), holds.run);
            self.deps.store.delete_secret(ROBOT_ROOM, &id).await?;
        }
        self.release().await
    }

    /// Whatever is held for it in any calendar.
    pub(super) async fn release(&self) -> anyhow::Result<()> {
        let (aggregates, live) = (&self.deps.aggregates, as_live(self.id));
        for row in self.deps.read.gateways().await? {
            let looked = aggregates.gateways.look(row.id).await.map_err(anyhow::Error::msg)?;
            if let Some(held) = looked.state.reservations.of(live) {
                let release = GatewayCommand::Release { reservation: held.id };
                aggregates.gateways.execute(row.id, release, self.act().vital()).await?;
            }
        }
        for row in self.deps.read.broadcasters().await? {
            let looked = aggregates.broadcasters.look(row.id).await.map_err(anyhow::Error::msg)?;
            if let Some(held) = looked.state.reservations.of(live) {
                let release = BroadcasterCommand::Release { reservation: held.id };
                aggregates
                    .broadcasters
                    .execute(row.id, release, self.act().vital())
                    .await?;
            }
        }
        Ok(())
    }
}
