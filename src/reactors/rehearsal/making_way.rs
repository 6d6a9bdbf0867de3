//! A rehearsal makes way for whoever needs what it holds: it can be had again, and a lecture can't. It held the only spare gateway, and a
//! webinar whose own gateway died gave up after a minute.

use amphi_events::Act;
use amphi_events::ids::{LiveId, RehearsalId};
use amphi_events::rehearsal::RehearsalCommand;

use crate::reactors::Deps;

impl Deps {
    /// Wants the rehearsal over that stands in the place of this live. None: there is none; else whether nobody had wanted it before. What it
    /// holds comes free once its gateway surely stopped, which wakes whoever waits for one.
    pub(in crate::reactors) async fn call_off(&self, stands_as: LiveId, act: Act) -> anyhow::Result<Option<bool>> {
        let id = RehearsalId(stands_as.0);
        let looked = self.aggregates.rehearsals.look(id).await;
        let state = looked.map_err(anyhow::Error::msg)?.state;
        if !state.runs() {
            return Ok(None);
        }
        let cancel = RehearsalCommand::Cancel;
        let done = self.aggregates.rehearsals.execute(id, cancel, act.vital()).await?;
        let first = !done.ids.is_empty();
        if first {
            tracing::info!(rehearsal = %id, "a rehearsal makes way for a webinar that needs its gateway");
        }
        Ok(Some(first))
    }
}
