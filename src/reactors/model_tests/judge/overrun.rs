//! Lives that go on into another one's time.

use amphi_events::ids::LiveId;
use amphi_events::live::Live;

use super::Seen;
use crate::reactors::model_tests::house::House;

/// So long before its end a live that runs is looked at (`planner::holding`), in milliseconds.
const LEAD_MS: i64 = 2 * 60_000;

/// Who overruns will be stopped where somebody else's time begins; that must not stay so while there is another gateway for whoever comes
/// next and does not run yet. `None`: it is not so.
pub(super) async fn cut_for_nothing(
    house: &House,
    seen: &Seen,
    (id, live): Other<'_>,
) -> Result<Option<String>, String> {
    let Some(next) = cut_by(id, live, seen) else {
        return Ok(None);
    };
    free_for(house, next).await
}

pub(super) type Other<'a> = (LiveId, &'a Live);

/// Who holds the gateway next on which a live runs at its end, for less long than it is wanted.
fn cut_by<'a>(id: LiveId, live: &Live, seen: &'a Seen) -> Option<Other<'a>> {
    let (wanted, plan) = (live.wanted.filter(|_| !live.cancelled)?, live.plan.as_ref()?);
    let held = live.held.filter(|h| h.from <= seen.now && h.to < wanted.until)?;
    live.run.as_ref().filter(|r| r.gateway == held.gateway)?;
    if seen.now < plan.ends_at.plus_ms(-LEAD_MS) || seen.now >= wanted.until || plan.meeting.is_none() {
        return None;
    }
    let next = seen.lives.iter().filter(|(other, l)| {
        let there = l
            .held
            .is_some_and(|h| h.gateway == held.gateway && h.from >= held.to && h.from > seen.now);
        **other != id && there
    });
    let (other, next) = next.min_by_key(|(_, l)| l.held.map(|h| h.from))?;
    let idle = next.run.is_none() && next.wanted.is_none() && next.fenced.is_empty();
    let kept = next.held?;
    (idle && kept.from < wanted.until).then_some((*other, next))
}

/// A gateway that is free for all the time of a live.
async fn free_for(house: &House, (id, live): Other<'_>) -> Result<Option<String>, String> {
    let Some(held) = live.held else { return Ok(None) };
    let deps = &house.world.deps;
    let hours = deps.read.hours(held.from, deps.settings.margins).await;
    let hours = hours.map_err(|e| e.to_string())?.without(Some(id));
    for machine in hours.machines.clone() {
        let gateway = deps.aggregates.gateways.look(machine.id).await.unwrap().state;
        let busy = gateway.taken.is_some() || machine.id == held.gateway || machine.broadcaster == held.broadcaster;
        if !busy && hours.is_free(machine, held.from, held.to) {
            return Ok(Some(machine.id.to_string()));
        }
    }
    Ok(None)
}
