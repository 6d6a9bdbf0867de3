//! Rehearsals: the whole chain of a webinar on a room of its own (gateway, room, robot, playlist, chat), each step timed, and all of it taken
//! down again. One worker a rehearsal.
//!
//! What it takes is in its stream before it is taken; whoever finds a rehearsal that an earlier process began takes it down and says that it
//! was interrupted. It holds a gateway only if the calendar has it free, and makes way where its webinar begins or another one needs what it holds.

mod chain;
mod making_way;
mod undo;

use std::sync::Arc;

use amphi_events::ids::{GatewayId, LiveId, RehearsalId, RunId};
use amphi_events::rehearsal::{How, Rehearsal as Folded, RehearsalCommand, Step};
use amphi_events::{Act, Time};
use async_trait::async_trait;

use super::Deps;
use super::chronicle::Answered;
use super::hands::{Hand, Next, Worker};
use crate::outgoing::Noted;

/// A gateway that can't be told to stop is told for so long after the end, in milliseconds; then it is given back as it is: its room is gone,
/// and its room token opens nothing.
const STOP_MOST_MS: i64 = 10 * 60_000;

/// Makes workers.
pub fn worker(deps: Arc<Deps>) -> impl Fn(&str, &Arc<Hand>) -> Option<Box<dyn Worker>> {
    move |id, _| {
        let rehearsal = id.parse().ok()?;
        Some(Box::new(Rehearsing {
            deps: deps.clone(),
            id: rehearsal,
            begun: false,
            how: None,
            undoing: None,
            tries: 0,
        }))
    }
}

pub(super) struct Rehearsing {
    deps: Arc<Deps>,
    id: RehearsalId,
    /// This process went through the chain, or is at it.
    begun: bool,
    /// What the chain came to, while what it took is given back.
    how: Option<How>,
    /// Since when it is given back.
    undoing: Option<Time>,
    tries: u32,
}

/// What stands in the place of a live where a gateway is held or taken: no live has this id.
pub(in crate::reactors) fn as_live(id: RehearsalId) -> LiveId {
    LiveId(id.0)
}

#[async_trait]
impl Worker for Rehearsing {
    async fn step(&mut self) -> anyhow::Result<Next> {
        let state = self.look().await?;
        if !state.runs() {
            return Ok(Next::Over);
        }
        let how = match self.how {
            Some(how) => how,
            // Begun by a process that is gone: nobody knows how far it came.
            None if !self.begun && (state.holds.is_some() || state.room.is_some()) => How::Interrupted,
            None => {
                self.begun = true;
                match self.chain(&state).await {
                    Ok(how) => how,
                    Err(error) => {
                        tracing::warn!(rehearsal = %self.id, %error, "a rehearsal broke off");
                        How::Interrupted
                    }
                }
            }
        };
        self.how = Some(how);
        let since = *self.undoing.get_or_insert(self.deps.now());
        let state = self.look().await?;
        let patience = self.deps.now().since_ms(since) < STOP_MOST_MS;
        if !self.undo(&state).await? && patience {
            self.tries += 1;
            return Ok(Next::Hold(self.deps.settings.retry(self.tries)));
        }
        self.let_go(&state).await?;
        let took_ms = self.deps.now().since_ms(since).max(0).unsigned_abs();
        let stopped = RehearsalCommand::Done {
            step: Step::Stop,
            took_ms,
            fault: (!patience).then_some(amphi_events::rehearsal::StepFault::GatewayFailed),
        };
        self.tell(stopped).await?;
        self.tell(RehearsalCommand::End(how)).await?;
        Ok(Next::Again)
    }
}

impl Rehearsing {
    fn act(&self) -> Act {
        self.deps.act("rehearsal")
    }

    async fn look(&self) -> anyhow::Result<Folded> {
        let looked = self.deps.aggregates.rehearsals.look(self.id).await;
        Ok(looked.map_err(anyhow::Error::msg)?.state)
    }

    /// The line that says what a gateway answered (`docs/logging.md`).
    async fn answered(
        &self,
        what: &'static str,
        live: LiveId,
        of: (RunId, GatewayId),
        outcome: &'static str,
        noted: &Noted,
    ) {
        let line = Answered::gateway(what, live, of, outcome);
        let rehearsal = Some(self.id);
        Answered { rehearsal, ..line }.write(&self.deps, noted).await;
    }

    async fn tell(&self, command: RehearsalCommand) -> anyhow::Result<()> {
        let act = self.act().vital();
        self.deps.aggregates.rehearsals.execute(self.id, command, act).await?;
        Ok(())
    }
}
