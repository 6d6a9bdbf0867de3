//! What must hold, seen from outside of the workers: in the machines, in the log, and in what is said of a live.

mod overrun;
mod rooms;

use std::collections::BTreeMap;

use amphi_events::Time;
use amphi_events::ids::{GatewayId, LiveId, MeetingId, RunId};
use amphi_events::live::Live;
use amphi_events::meeting::Meeting;
use amphi_projections::LiveState;

use super::bbb::BbbMood;
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
    /// The clock was put forward: whatever waits for a time comes so many milliseconds late.
    late_ms: i64,
}

/// What is there at one moment.
struct Seen {
    now: Time,
    /// Since the look before, in milliseconds.
    passed: i64,
    meetings: BTreeMap<MeetingId, Meeting>,
    lives: BTreeMap<LiveId, Live>,
    /// BBB answers as it should.
    bbb_well: bool,
}

impl Seen {
    fn wanted(&self, live: &Live) -> bool {
        !live.cancelled && live.wanted.is_some_and(|w| w.until > self.now)
    }
}

impl Judge {
    /// The clock was set: nothing lasted longer for it.
    pub fn jumped(&mut self, by: i64) {
        self.seen = self.seen.map(|t| t.plus_ms(by));
        self.late_ms += by.max(0);
    }

    fn lasts(&mut self, what: String, bad: bool, seen: &Seen, most: i64) -> Result<(), String> {
        if !bad {
            self.lasted.remove(&what);
            return Ok(());
        }
        let lasted = self.lasted.entry(what.clone()).or_default();
        *lasted += seen.passed;
        if *lasted > most {
            return Err(format!("{what} for {} s", *lasted / 1000));
        }
        Ok(())
    }

    /// Looks once.
    pub async fn look(&mut self, house: &House) -> Result<(), String> {
        let now = house.now();
        let passed = self.seen.replace(now).map_or(0, |before| now.since_ms(before).max(0));
        self.late_ms = (self.late_ms - passed).max(0);
        house.world.deps.caught_up().await.map_err(|e| e.to_string())?;
        let mut seen = Seen {
            now,
            passed,
            meetings: BTreeMap::new(),
            lives: BTreeMap::new(),
            bbb_well: house.machines.bbb().mood == BbbMood::Well,
        };
        for id in &house.world.meetings {
            let meeting = house.world.meeting(*id).await;
            if let Some(live) = meeting.live {
                seen.lives.insert(live, house.live(live).await);
            }
            seen.meetings.insert(*id, meeting);
        }
        for id in &house.lives {
            seen.lives.insert(*id, house.live(*id).await);
        }
        one_live_a_gateway(&seen.lives)?;
        self.gateways(house, &seen).await?;
        self.rooms(house, &seen).await?;
        for (id, live) in &seen.lives {
            // Which of two that are planned at the same moment has to go is found in a few steps.
            let free = match self.late_ms {
                0 => overrun::cut_for_nothing(house, &seen, (*id, live)).await?,
                _ => None,
            };
            let what = format!("live {id} will be stopped for another, which could have another gateway,");
            self.lasts(what, free.is_some(), &seen, SAYS_MS)?;
            let says = says(house, *id, live, &seen).await?;
            self.lasts(format!("live {id} neither runs nor says why"), !says, &seen, SAYS_MS)?;
        }
        Ok(())
    }

    async fn gateways(&mut self, house: &House, seen: &Seen) -> Result<(), String> {
        let deps = &house.world.deps;
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
            let serves = match of {
                Some(of) => serves(&of, house, seen).await,
                None => false,
            };
            let stray = asked && runs.is_some() && !serves;
            let what = format!("gateway {n} runs for no live that should run");
            self.lasts(what, stray, seen, LETS_GO_MS)?;
            let gateway = deps.aggregates.gateways.look(*id).await.unwrap().state;
            let idle = gateway.taken.is_some_and(|(run, live)| {
                let live = &seen.lives[&live];
                !seen.wanted(live) || (live.run.as_ref().is_none_or(|r| r.id != run) && live.left_behind(run).is_none())
            });
            self.lasts(
                format!("gateway {n} is taken for nothing"),
                asked && idle,
                seen,
                LETS_GO_MS,
            )?;
            let kept = asked && kept_from_its_own(seen, *id);
            let what = format!("gateway {n} is kept from the live whose time it is");
            self.lasts(what, kept, seen, LETS_GO_MS)?;
        }
        Ok(())
    }
}

/// The live runs, or says why it doesn't, or needn't.
async fn says(house: &House, id: LiveId, live: &Live, seen: &Seen) -> Result<bool, String> {
    if !seen.wanted(live) {
        return Ok(true);
    }
    let row = house.world.deps.read.live(id).await.map_err(|e| e.to_string())?;
    let state = row.ok_or("a live without a row")?.state(seen.now);
    if state.live != LiveState::OnAir {
        return Ok(state.why.is_some());
    }
    let Some(run) = &live.run else { return Ok(false) };
    let Some(n) = house.world.gateways.iter().position(|g| *g == run.gateway) else {
        return Ok(false);
    };
    if !house.machines.now()[&n].moves(seen.now) {
        return Ok(false);
    }
    // A robot that is gone shows a farewell page, which moves as well. Where BBB can't be asked nobody knows, and that is said.
    let roomless = live.wanted.is_some_and(|w| w.session.is_none());
    Ok(roomless || house.machines.is_in_room(n) || state.why.is_some())
}

/// The run of that room token is the present one of a live that should run, and its room is there as far as can be known.
async fn serves(of: &str, house: &House, seen: &Seen) -> bool {
    let Some((live, run)) = of.split_once('/') else {
        return false;
    };
    let (Ok(live), Ok(run)) = (live.parse::<LiveId>(), run.parse::<RunId>()) else {
        return false;
    };
    let Some(live) = seen.lives.get(&live) else {
        return false;
    };
    let present = seen.wanted(live) && live.run.as_ref().is_some_and(|r| r.id == run);
    match live.wanted.and_then(|w| w.session) {
        Some(session) if present && seen.bbb_well => rooms::has_room(house, session).await,
        _ => present,
    }
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
fn kept_from_its_own(seen: &Seen, gateway: GatewayId) -> bool {
    let waits = |live: &Live| {
        let held = live
            .held
            .is_some_and(|h| h.gateway == gateway && h.from <= seen.now && seen.now < h.to);
        held && seen.wanted(live) && live.run.is_none()
    };
    let waiting = seen.lives.iter().find(|(_, live)| waits(live)).map(|(id, _)| *id);
    let runs = |live: &Live| live.run.as_ref().is_some_and(|r| r.gateway == gateway);
    waiting.is_some_and(|id| seen.lives.iter().any(|(other, live)| *other != id && runs(live)))
}
