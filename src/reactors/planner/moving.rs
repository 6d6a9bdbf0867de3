//! Another gateway for a live whose own fails it: the hold moves as a whole, the new one first, so that it is never without.

use amphi_events::Time;
use amphi_events::ids::{GatewayId, LiveId, RehearsalId};
use amphi_events::live::Live;
use amphi_projections::{Machine, Standing};

use super::Holding;

/// What came of the search for another gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::reactors) enum Moved {
    /// Another one is held.
    Yes,
    /// There is none yet: a rehearsal is giving one back.
    Soon,
    /// There is none.
    No,
}

impl Holding {
    /// Holds another gateway for the live in place of the one that failed it, if there is a better one. Among those that failed it least often
    /// in this wish: healthy ones first, then those that are used least. Whoever holds one later and does not run yet is given another.
    pub(in crate::reactors) async fn move_away(&self, live: LiveId, state: &Live, now: Time) -> anyhow::Result<Moved> {
        let (Some(held), Some(wanted)) = (state.held, state.wanted) else {
            return Ok(Moved::No);
        };
        let until = if held.to > now { held.to } else { wanted.until };
        if until <= now {
            return Ok(Moved::No);
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
        self.closed_first(state, &mut others).await?;
        others.sort_by_key(|m| state.tried(m.id));
        for machine in &others {
            if self.reserve(live, machine.id, now, until).await? {
                self.tell_held(live, machine.id).await?;
                return Ok(Moved::Yes);
            }
        }
        // None is free for the whole time: one that can be made so, or for as long as it goes.
        for machine in &others {
            self.widen(live, machine.id, now, until).await?;
            if self.live(live).await?.held.is_some_and(|h| h.gateway == machine.id) {
                return Ok(Moved::Yes);
            }
        }
        // Whoever stands in the way of one may be a rehearsal, which was told to be over.
        for machine in &others {
            if self.rehearsed(live, machine.id, now, until).await? {
                return Ok(Moved::Soon);
            }
        }
        Ok(Moved::No)
    }

    /// A rehearsal is what stands in the way there.
    async fn rehearsed(&self, live: LiveId, gateway: GatewayId, from: Time, to: Time) -> anyhow::Result<bool> {
        let Some(other) = self.in_the_way(live, gateway, from, to).await? else {
            return Ok(false);
        };
        let looked = self.deps.aggregates.rehearsals.look(RehearsalId(other.live.0)).await;
        Ok(looked.map_err(anyhow::Error::msg)?.state.runs())
    }
}

#[cfg(test)]
#[path = "moving_tests.rs"]
mod tests;
