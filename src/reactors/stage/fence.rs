//! A run that was left behind: told to stop until it surely has, beside the run that took over. One worker a run.

use std::sync::Arc;

use async_trait::async_trait;

use super::{
    Defect, Deps, Driver, GatewayCommand, LiveCommand, LiveId, Next, ROBOT_ROOM, Run, RunId, StopOutcome, Worker,
    defect, driver_by, elapsed, millis, room_id, stop_code,
};
use crate::outgoing::Noted;
use crate::reactors::chronicle::Answered;

/// The name of the hand of such a run.
pub(in crate::reactors) fn hand(live: LiveId, run: RunId) -> String {
    room_id(live, run)
}

/// Makes the worker of a hand with that name.
pub(super) fn worker(deps: &Arc<Deps>, live: &str, run: &str) -> Option<Box<dyn Worker>> {
    Some(Box::new(Fence {
        deps: deps.clone(),
        live: live.parse().ok()?,
        run: run.parse().ok()?,
        tries: 0,
    }))
}

struct Fence {
    deps: Arc<Deps>,
    live: LiveId,
    run: RunId,
    tries: u32,
}

#[async_trait]
impl Worker for Fence {
    async fn step(&mut self) -> anyhow::Result<Next> {
        let lives = &self.deps.aggregates.lives;
        let state = lives.look(self.live).await.map_err(anyhow::Error::msg)?.state;
        let Some(run) = state.left_behind(self.run) else {
            // A machine that was taken for a start which is about to be asked for must stay taken: that can't be where it was seen as left
            // behind, nor while another run of the live is there.
            if self.tries > 0 || state.run.is_some_and(|r| r.id != self.run) {
                self.let_go().await?;
            }
            return Ok(Next::Over);
        };
        self.tries += 1;
        let again = Next::Wait(self.deps.settings.retry(self.tries));
        let Some(room) = self
            .deps
            .store
            .get_secret(ROBOT_ROOM, &room_id(self.live, self.run))
            .await?
        else {
            anyhow::bail!("the room token of run {} is not in the store", self.run);
        };
        let noted = Noted::default();
        let http = self.deps.http.noting(&noted);
        let Driver::Known(driver) = driver_by(&self.deps, run.gateway, http).await? else {
            return Ok(again);
        };
        let outcome = driver.stop(&room).await;
        let (what, of) = ("a run that was left behind was told to stop", (self.run, run.gateway));
        let line = Answered::gateway(what, self.live, of, stop_code(&outcome));
        line.write(&self.deps, &noted).await;
        if !self.is_over(run, &outcome) {
            return Ok(again);
        }
        // The live first: see `Stage::over`.
        let act = self.deps.act("stage").vital();
        match lives.execute(self.live, LiveCommand::Stopped(self.run), act).await {
            Ok(_) => {}
            // Declared over by an administrator while the gateway was asked.
            Err(error) if error.refusal().is_some() => {}
            Err(error) => return Err(error.into()),
        }
        Ok(Next::Again)
    }
}

impl Fence {
    /// A start whose fate is unknown may still be on its way to the gateway: that it runs nothing is no proof yet.
    fn is_over(&self, run: &Run, outcome: &StopOutcome) -> bool {
        let may_arrive =
            run.start_unknown && elapsed(self.deps.now(), run.asked_at) < millis(self.deps.settings.late_start);
        match outcome {
            StopOutcome::Stopped => true,
            _ if defect::on(Defect::FenceTakenDown) => true,
            StopOutcome::AlreadyStopped => !may_arrive,
            StopOutcome::Failed { .. } | StopOutcome::Unknown => false,
        }
    }

    /// The gateway it had, if it still has one, serves others again; its room token is forgotten.
    async fn let_go(&self) -> anyhow::Result<()> {
        let gateways = &self.deps.aggregates.gateways;
        for row in self.deps.read.gateways().await? {
            let gateway = gateways.look(row.id).await.map_err(anyhow::Error::msg)?.state;
            if gateway.taken.is_some_and(|(run, _)| run == self.run) {
                let act = self.deps.act("stage").vital();
                gateways
                    .execute(row.id, GatewayCommand::LetGo { run: self.run }, act)
                    .await?;
            }
        }
        self.deps
            .store
            .delete_secret(ROBOT_ROOM, &room_id(self.live, self.run))
            .await?;
        Ok(())
    }
}
