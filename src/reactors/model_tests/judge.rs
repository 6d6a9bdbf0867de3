//! What must hold, seen from outside of the workers: in the machines, in the log, and in what is said of a live.

use std::collections::BTreeMap;

use amphi_events::Time;
use amphi_events::ids::{GatewayId, LiveId, RunId};
use amphi_events::live::Live;
use amphi_projections::LiveState;

use super::house::House;
use super::machines::Mood;
use crate::reactors::stage::ROBOT_ROOM;

/// A live that should run runs, or says why, within so long.
const SAYS_MS: i64 = 60_000;
/// A live that should not run has no gateway after so long, where the gateway can be asked.
const LETS_GO_MS: i64 = 120_000;

/// For how long what must not last has lasted.
#[derive(Default)]
pub struct Judge {
    lasted: BTreeMap<String, i64>,
    seen: Option<Time>,
}

fn wanted(live: &Live, now: Time) -> bool {
    !live.cancelled && live.wanted.is_some_and(|w| w.until > now)
}

impl Judge {
    /// The clock was set: nothing lasted longer for it.
    pub fn jumped(&mut self, by: i64) {
        self.seen = self.seen.map(|t| t.plus_ms(by));
    }

    fn lasts(&mut self, what: String, bad: bool, ms: i64, most: i64) -> Result<(), String> {
        if !bad {
            self.lasted.remove(&what);
            return Ok(());
        }
        let lasted = self.lasted.entry(what.clone()).or_default();
        *lasted += ms;
        if *lasted > most {
            return Err(format!("{what} for {} s", *lasted / 1000));
        }
        Ok(())
    }

    /// Looks once.
    pub async fn look(&mut self, house: &House) -> Result<(), String> {
        let now = house.now();
        let passed = self.seen.replace(now).map_or(0, |before| now.since_ms(before).max(0));
        let deps = &house.world.deps;
        deps.caught_up().await.map_err(|e| e.to_string())?;
        let mut lives: BTreeMap<LiveId, Live> = BTreeMap::new();
        for meeting in &house.world.meetings {
            if let Some(live) = house.world.meeting(*meeting).await.live {
                lives.insert(live, house.live(live).await);
            }
        }
        one_live_a_gateway(&lives)?;
        for (n, id) in house.world.gateways.iter().enumerate() {
            let (runs, mood) = {
                let machines = house.machines.now();
                (machines[&n].runs.clone(), machines[&n].mood)
            };
            let asked = mood == Mood::Well;
            let of = match &runs {
                Some(c) => deps
                    .store
                    .lookup_secret(ROBOT_ROOM, &c.room)
                    .await
                    .map_err(|e| e.to_string())?,
                None => None,
            };
            let serves = of.as_deref().is_some_and(|of| present(of, &lives, now));
            let stray = asked && runs.is_some() && !serves;
            self.lasts(
                format!("gateway {n} runs for no live that should run"),
                stray,
                passed,
                LETS_GO_MS,
            )?;
            let gateway = deps.aggregates.gateways.look(*id).await.unwrap().state;
            let idle = gateway.taken.is_some_and(|(run, live)| {
                let live = &lives[&live];
                !wanted(live, now) || (live.run.as_ref().is_none_or(|r| r.id != run) && live.left_behind(run).is_none())
            });
            self.lasts(
                format!("gateway {n} is taken for nothing"),
                asked && idle,
                passed,
                LETS_GO_MS,
            )?;
            let kept = asked && kept_from_its_own(&lives, *id, now);
            self.lasts(
                format!("gateway {n} is kept from the live whose time it is"),
                kept,
                passed,
                LETS_GO_MS,
            )?;
        }
        for (id, live) in &lives {
            let says = self.says(house, *id, live, now).await?;
            self.lasts(format!("live {id} neither runs nor says why"), !says, passed, SAYS_MS)?;
        }
        Ok(())
    }

    /// It runs, or says why it doesn't, or needn't.
    async fn says(&self, house: &House, id: LiveId, live: &Live, now: Time) -> Result<bool, String> {
        if !wanted(live, now) {
            return Ok(true);
        }
        let row = house.world.deps.read.live(id).await.map_err(|e| e.to_string())?;
        let state = row.ok_or("a live without a row")?.state(now);
        if state.live != LiveState::OnAir {
            return Ok(state.why.is_some());
        }
        let Some(run) = &live.run else { return Ok(false) };
        let at = house.world.gateways.iter().position(|g| *g == run.gateway);
        let machines = house.machines.now();
        Ok(at.is_some_and(|n| machines[&n].moves(now)))
    }
}

fn present(of: &str, lives: &BTreeMap<LiveId, Live>, now: Time) -> bool {
    let Some((live, run)) = of.split_once('/') else {
        return false;
    };
    let (Ok(live), Ok(run)) = (live.parse::<LiveId>(), run.parse::<RunId>()) else {
        return false;
    };
    let Some(live) = lives.get(&live) else { return false };
    wanted(live, now) && live.run.as_ref().is_some_and(|r| r.id == run)
}

/// One gateway never serves two lives, and no live twice.
fn one_live_a_gateway(lives: &BTreeMap<LiveId, Live>) -> Result<(), String> {
    let mut served: BTreeMap<GatewayId, LiveId> = BTreeMap::new();
    for (id, live) in lives {
        for run in live.run.iter().chain(&live.fenced) {
            if let Some(other) = served.insert(run.gateway, *id) {
                return Err(format!("gateway {} serves {id} and {other}", run.gateway));
            }
        }
    }
    Ok(())
}

/// Somebody else runs on it in the time for which a live holds it and waits for it.
fn kept_from_its_own(lives: &BTreeMap<LiveId, Live>, gateway: GatewayId, now: Time) -> bool {
    let waits = |live: &Live| {
        let held = live
            .held
            .is_some_and(|h| h.gateway == gateway && h.from <= now && now < h.to);
        held && wanted(live, now) && live.run.is_none()
    };
    let waiting = lives.iter().find(|(_, live)| waits(live)).map(|(id, _)| *id);
    let runs = |live: &Live| live.run.as_ref().is_some_and(|r| r.gateway == gateway);
    waiting.is_some_and(|id| lives.iter().any(|(other, live)| *other != id && runs(live)))
}
