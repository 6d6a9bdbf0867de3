//! The end of a run: told again and again until it surely is over, and told also where it can't be recorded.

use super::{
    Defect, Driver, GatewayCommand, Live, LiveCommand, Next, ROBOT_ROOM, Run, RunFault, Stage, StopOutcome, StopReason,
    defect, elapsed, millis, room_id, stop_code,
};
use crate::reactors::chronicle::Answered;

impl Stage {
    pub(super) async fn ask_stop(&mut self, run: &Run, fault: Option<RunFault>) -> anyhow::Result<Next> {
        (self.stop_tries, self.unanswered) = (0, false);
        if let Err(error) = self.tell_vital(LiveCommand::AskStop { run: run.id, fault }).await {
            if fault.is_none() {
                self.stop_unrecorded(run).await;
            }
            return Err(error);
        }
        Ok(Next::Again)
    }

    /// Somebody stopped it while the log took no writes: recorded if it can be by now, else done all the same.
    pub(super) async fn stop_anyway(&mut self, state: &Live) -> anyhow::Result<Next> {
        if self.tell_vital(LiveCommand::Stop(StopReason::Presenter)).await.is_ok() {
            self.deps.unrecorded.recorded(self.live);
            return Ok(Next::Again);
        }
        if let Some(run) = &state.run {
            self.stop_unrecorded(run).await;
        }
        self.stop_tries += 1;
        Ok(Next::Hold(self.deps.settings.retry(self.stop_tries)))
    }

    /// The log takes nothing: the stop goes out all the same, and is recorded when it can be.
    pub(super) async fn stop_unrecorded(&self, run: &Run) {
        let (Ok(Driver::Known(driver)), Ok(Some(room))) = (
            self.driver(run.gateway).await,
            self.deps
                .store
                .get_secret(ROBOT_ROOM, &room_id(self.live, run.id))
                .await,
        ) else {
            return;
        };
        let outcome = driver.stop(&room).await;
        let what = "a gateway was told to stop, which could not be recorded yet";
        let line = Answered::gateway(what, self.live, (run.id, run.gateway), stop_code(&outcome));
        Answered { bad: true, ..line }.write(&self.deps, &self.noted).await;
    }

    pub(super) async fn stop(&mut self, state: &Live, run: &Run) -> anyhow::Result<Next> {
        let patience = self.deps.settings.fence_after;
        let asked_since = run.stopping_since.unwrap_or(run.asked_at);
        // Where nobody waits for the picture it is asked for as long as it takes.
        let waits = elapsed(self.deps.now(), asked_since) >= millis(patience) && state.wanted.is_some();
        if waits && std::mem::take(&mut self.unanswered) {
            return self.leave_behind(run.id).await;
        }
        self.stop_tries += 1;
        let again = Next::Wait(self.deps.settings.retry(self.stop_tries).min(patience));
        let Some(room) = self
            .deps
            .store
            .get_secret(ROBOT_ROOM, &room_id(self.live, run.id))
            .await?
        else {
            // The token was written before the intent; without it nothing can be stopped by us.
            anyhow::bail!("the room token of run {} is not in the store", run.id);
        };
        let driver = match self.driver(run.gateway).await? {
            Driver::Known(driver) => driver,
            Driver::Unknown(_) => {
                self.unanswered = true;
                return Ok(again);
            }
        };
        // A gateway that takes the call and says nothing must not keep the picture from another one.
        let outcome = if state.wanted.is_some() {
            let asked = tokio::time::timeout(patience, driver.stop(&room)).await;
            asked.unwrap_or(StopOutcome::Unknown)
        } else {
            driver.stop(&room).await
        };
        let now = self.deps.now();
        self.unanswered = matches!(outcome, StopOutcome::Failed { .. } | StopOutcome::Unknown);
        self.answered("a gateway was told to stop", run.id, run.gateway, stop_code(&outcome))
            .await;
        match outcome {
            // Declared over by an administrator while the gateway was asked.
            _ if self.look().await?.run.is_none_or(|r| r.id != run.id) => Ok(Next::Again),
            StopOutcome::Stopped => self.over(run).await,
            // A start whose fate is unknown may still be on its way to the gateway: it is waited out.
            StopOutcome::AlreadyStopped
                if run.start_unknown
                    && !defect::on(Defect::LateRobot)
                    && now.since_ms(run.asked_at) < millis(self.deps.settings.late_start) =>
            {
                Ok(Next::Wait(self.deps.settings.retry_first))
            }
            StopOutcome::AlreadyStopped => self.over(run).await,
            StopOutcome::Failed { .. } | StopOutcome::Unknown if defect::on(Defect::ErrorReadAsOver) => {
                self.over(run).await
            }
            StopOutcome::Failed { .. } | StopOutcome::Unknown if defect::on(Defect::StopNotRepeated) => {
                Ok(Next::Hold(std::time::Duration::from_hours(24)))
            }
            StopOutcome::Failed { .. } | StopOutcome::Unknown => Ok(again),
        }
    }

    /// The run is surely over. The live is told before the gateway is let go: the other way round a killed program
    /// would stop the next live's run on a gateway that is stopped by its own id (G4, G5).
    pub(super) async fn over(&mut self, run: &Run) -> anyhow::Result<Next> {
        self.tell_vital(LiveCommand::Stopped(run.id)).await?;
        let let_go = GatewayCommand::LetGo { run: run.id };
        self.deps
            .aggregates
            .gateways
            .execute(run.gateway, let_go, self.act().vital())
            .await?;
        self.deps
            .store
            .delete_secret(ROBOT_ROOM, &room_id(self.live, run.id))
            .await?;
        Ok(Next::Again)
    }
}
