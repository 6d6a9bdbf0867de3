//! The room's chat in the picture, as it is wanted. Gateways know nothing but a flip, and don't say how the pane stands: how it stands is
//! known from how the robot came in, and from each flip since. Once that can't be known any more, nothing is flipped until the next start.

use amphi_events::gateway::ChatPane;
use amphi_events::relay::Way;

use super::{Driver, Live, LiveCommand, ROBOT_ROOM, Run, RunId, Stage, room_id};
use crate::gateways::FlipOutcome;

impl Stage {
    /// It was told at its start, by a variable.
    pub(super) async fn told_at_start(&self, run: RunId, shown: bool) -> anyhow::Result<()> {
        self.tell(LiveCommand::ChatPane {
            run,
            shown: Some(shown),
        })
        .await
    }

    /// Lines of the audience go through the robot, which types nothing while the pane is closed (gateway-contract §4.2): or may, as long as
    /// nobody knows.
    async fn robot_types(&self, state: &Live) -> anyhow::Result<bool> {
        let Some(session) = state.wanted.and_then(|w| w.session) else {
            return Ok(false);
        };
        let looked = self.deps.aggregates.relays.look(session).await;
        let way = looked.map_err(anyhow::Error::msg)?.state.way;
        Ok(way.is_none_or(|(_, way, ..)| way == Way::Gateway))
    }

    /// Flips the pane where it stands otherwise than it is wanted, the robot is in the room, and how it stands is known.
    pub(super) async fn mind_chat_pane(&mut self, state: &Live, run: &Run) -> anyhow::Result<()> {
        let wanted = state.wanted_picture().chat;
        let Some(shown) = run
            .chat_pane
            .filter(|shown| *shown != wanted && run.robot_since.is_some())
        else {
            return Ok(());
        };
        // A flip that surely came to nothing is tried again at each look, so long as there is a call for it.
        if !wanted && self.robot_types(state).await? {
            return Ok(());
        }
        let Driver::Known(driver) = self.driver(run.gateway).await? else {
            return Ok(());
        };
        if driver.generation().chat_pane() != ChatPane::Flips {
            return Ok(());
        }
        let found = self
            .deps
            .store
            .get_secret(ROBOT_ROOM, &room_id(self.live, run.id))
            .await?;
        let Some(room) = found else { return Ok(()) };
        let (run, gateway) = (run.id, run.gateway);
        // The intent: a program killed in the middle of the call doesn't know how the pane stands.
        self.tell(LiveCommand::ChatPane { run, shown: None }).await?;
        let (shown, outcome) = match driver.flip_chat_pane(&room).await {
            FlipOutcome::Flipped => (Some(!shown), "flipped"),
            FlipOutcome::NotDone { .. } => (Some(shown), "not done"),
            FlipOutcome::Unknown { .. } => (None, "unknown"),
        };
        self.answered("a gateway was told to flip the room's chat", run, gateway, outcome)
            .await;
        self.tell(LiveCommand::ChatPane { run, shown }).await
    }
}
