//! Another gateway for a live whose own fails it: the hold moves as a whole, the new one first, so that it is never without.

use amphi_events::Time;
use amphi_events::ids::LiveId;
use amphi_events::live::Live;
use amphi_projections::{Machine, Standing};

use super::Holding;

impl Holding {
    /// Holds another gateway for the live in place of the one that failed it, if there is a better one. Among those that failed it least often
    /// in this wish: healthy ones first, then those that are used least. Whoever holds one later and does not run yet is given another.
    pub(in crate::reactors) async fn move_away(&self, live: LiveId, state: &Live, now: Time) -> anyhow::Result<bool> {
        let (Some(held), Some(wanted)) = (state.held, state.wanted) else {
            return Ok(false);
        };
        let until = if held.to > now { held.to } else { wanted.until };
        if until <= now {
            return Ok(false);
        }
        // One at which a run was left behind can't serve, however seldom it failed.
        let here = if state.is_fenced(held.gateway, held.broadcaster) {
            u32::MAX
        } else {
            state.tried(held.gateway)
        };
        self.deps.caught_up().await?;
        // A live that asked for an encoder was given a gateway, which would have gone looking for a room.
        let (margins, source) = (self.deps.settings.margins, state.wanted_picture().source);
        let hours = self.deps.read.hours_of(now, margins, source).await?;
        let serves = |m: &Machine| {
            m.id != held.gateway
                && !state.is_fenced(m.id, m.broadcaster)
                && state.tried(m.id) < here
                && matches!(m.standing, Standing::Up | Standing::Busy | Standing::Unknown)
        };
        let mut others = hours.without(Some(live)).preferred(now);
        others.retain(serves);
        others.sort_by_key(|m| state.tried(m.id));
        for machine in &others {
            if self.reserve(live, machine.id, now, until).await? {
                self.tell_held(live, machine.id).await?;
                return Ok(true);
            }
        }
        // None is free for the whole time: one that can be made so, or for as long as it goes.
        for machine in &others {
            self.widen(live, machine.id, now, until).await?;
            if self.live(live).await?.held.is_some_and(|h| h.gateway == machine.id) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
#[path = "moving_tests.rs"]
mod tests;
