//! Which gateway, with its broadcaster, is held for a webinar's live, and until when.
//!
//! Gateway and broadcaster are two streams, each of which refuses what overlaps; the live is a third. What spans them is a process:
//! hold the gateway, hold the broadcaster, tell the live, let go of everything else that is held for it. Killed anywhere it is gone
//! through again and ends the same. It follows the meeting, whoever edited it (census W27), and never the editor's request.

use std::sync::Arc;
use std::time::Duration;

use amphi_events::broadcaster::{Broadcaster, BroadcasterCommand, Protection};
use amphi_events::calendar::Reservation;
use amphi_events::gateway::{Gateway, GatewayCommand, Generation, Margins};
use amphi_events::ids::{BroadcasterId, GatewayId, LiveId};
use amphi_events::live::{Live, LiveCommand, PictureSource};
use amphi_events::mail::About;
use amphi_events::{Act, Aggregate as _, ExecuteError, Time};
use amphi_projections::{Machine, Standing};

use super::{OFFERS, administrators, request_mail};
use crate::reactors::Deps;
use crate::reactors::defect::{self, Defect};
use crate::reactors::rehearsal::as_live;

/// So long before its planned end a live that runs is looked at: what it may overrun is held for it before somebody else's time begins, and
/// who stands in its way is given another gateway while nobody waits for it.
const LEAD_MS: i64 = 2 * 60_000;
/// A rehearsal that was told to make way has so long to do so before it is said that there is no gateway.
const WAY_MADE: Duration = Duration::from_secs(10);
/// Most lives that make room for one that overruns.
const MOST_DISPLACED: usize = 4;

/// An encoder is given to whoever asks for one, and to nobody else.
fn makes(gateway: &Gateway, source: PictureSource) -> bool {
    (gateway.generation() == Some(Generation::Encoder)) == (source == PictureSource::Encoder)
}

/// What is held for a live.
type Kept = (GatewayId, BroadcasterId);

/// Holds gateways for lives. It needs no meeting: a picture is healed whatever its live is of.
pub(in crate::reactors) struct Holding {
    pub(super) deps: Arc<Deps>,
}

impl Holding {
    /// With these means. What it does has the cause of the task in which it does it.
    pub(in crate::reactors) const fn of(deps: Arc<Deps>) -> Self {
        Self { deps }
    }

    fn act(&self) -> Act {
        self.deps.act("planner")
    }

    /// Holds a gateway for [from, to), the meeting's time: the one that is held if it can, else any that is free; and for as long as
    /// it may overrun, while it runs. How long until it must be looked at again without anything happening.
    pub(super) async fn hold_gateway(&self, live: LiveId, from: Time, to: Time) -> anyhow::Result<Option<Duration>> {
        let state = self.live(live).await?;
        let now = self.deps.now();
        let active = state.run.is_some() || state.wanted.is_some();
        if state.is_healing(now) {
            return Ok(None);
        }
        if active && now >= to.plus_ms(-LEAD_MS) {
            self.hold_overrun(live, &state, to, now).await?;
            return Ok(None);
        }
        if to <= now {
            self.give_back(live, &state, to, now).await?;
            return Ok(None);
        }
        let next = active.then(|| Duration::from_millis(to.plus_ms(-LEAD_MS).since_ms(now).max(0).unsigned_abs()));
        if let Some(kept) = self.covered(live, &state, (from, to), now).await? {
            // What two processes held at the same moment, for the same live.
            if self.deps.read.held_elsewhere(live, kept.0, kept.1).await? {
                self.release_others(live, Some(kept)).await?;
            }
            return Ok(next);
        }
        if let Some(run) = &state.run {
            // It runs there: another gateway would be held for nothing.
            let (gateway, begins) = (run.gateway, state.held.map_or(from, |h| h.from.min(from)));
            self.widen(live, gateway, begins, to).await?;
            return Ok(next);
        }
        for (gateway, from) in self.candidates(live, &state, from, to, now).await? {
            if self.reserve(live, gateway, from, to).await? {
                self.tell_held(live, gateway).await?;
                return Ok(next);
            }
        }
        if self.make_way(live, &state, from.max(now), to).await? {
            return Ok(next.into_iter().chain([WAY_MADE]).min());
        }
        // A hold that ends because its time is over is no event: without a look then, who waits would wait on (found by the model).
        let free_at = self.lack(live, &state, from, to).await?;
        let until_free = free_at.map(|at| Duration::from_millis(at.since_ms(now).max(1).unsigned_abs()));
        Ok(next.into_iter().chain(until_free).min())
    }

    pub(super) async fn live(&self, live: LiveId) -> anyhow::Result<Live> {
        let looked = self.deps.aggregates.lives.look(live).await;
        Ok(looked.map_err(anyhow::Error::msg)?.state)
    }

    async fn gateway(&self, id: GatewayId) -> anyhow::Result<Gateway> {
        let looked = self.deps.aggregates.gateways.look(id).await;
        Ok(looked.map_err(anyhow::Error::msg)?.state)
    }

    /// Whether that gateway makes pictures of that sort.
    async fn makes(&self, id: GatewayId, source: PictureSource) -> anyhow::Result<bool> {
        Ok(makes(&self.gateway(id).await?, source))
    }

    async fn broadcaster(&self, id: BroadcasterId) -> anyhow::Result<Broadcaster> {
        let looked = self.deps.aggregates.broadcasters.look(id).await;
        Ok(looked.map_err(anyhow::Error::msg)?.state)
    }

    /// What is held for [from, to) is as it should be: known to all three streams, and in service.
    async fn covered(
        &self,
        live: LiveId,
        state: &Live,
        (from, to): (Time, Time),
        now: Time,
    ) -> anyhow::Result<Option<Kept>> {
        let Some(held) = state.held else { return Ok(None) };
        // One that was given in the middle of its time holds from then on.
        let begins = held.from == from || (from < held.from && held.from <= now);
        if held.to != to || !begins {
            return Ok(None);
        }
        let gateway = self.gateway(held.gateway).await?;
        let known = gateway.reservations.of(live).is_some_and(|r| r.id == held.reservation);
        let same = |r: &Reservation| (r.from, r.to) == (held.from, held.to);
        let shown = self.broadcaster(held.broadcaster).await?;
        let whole =
            known && gateway.reservations.of(live).is_some_and(same) && shown.reservations.of(live).is_some_and(same);
        // What runs goes on where it runs; it is nobody's to move.
        let usable = state.run.is_some() || {
            let left = (from.max(now), to);
            let out = gateway.out_of_service(left.0, left.1, Margins::NONE);
            let setup = gateway.setup.as_ref().filter(|_| !gateway.removed);
            let made = makes(&gateway, state.wanted_picture().source);
            made && out.is_none() && setup.is_some_and(|s| s.broadcaster == held.broadcaster)
        };
        Ok((whole && usable).then_some((held.gateway, held.broadcaster)))
    }

    /// Which gateways are asked, in which order, and from when on: the one that is held first, healthy ones before others, those that
    /// are used less before those that are used more.
    async fn candidates(
        &self,
        live: LiveId,
        state: &Live,
        from: Time,
        to: Time,
        now: Time,
    ) -> anyhow::Result<Vec<(GatewayId, Time)>> {
        self.deps.caught_up().await?;
        let (margins, source) = (self.deps.settings.margins, state.wanted_picture().source);
        let hours = self.deps.read.hours_of(from, margins, source).await?;
        let mut machines = hours.without(Some(live)).preferred(from);
        self.closed_first(state, &mut machines).await?;
        let mut held = state.held.map(|h| h.gateway);
        if let Some(gateway) = held
            && !self.makes(gateway, source).await?
        {
            held = None;
        }
        let others = machines.into_iter().map(|m| m.id).filter(|g| Some(*g) != held);
        let asked: Vec<GatewayId> = held.into_iter().chain(others).collect();
        let begins = |gateway| match state.held {
            Some(h) if h.gateway == gateway && from < h.from && h.from <= now => h.from,
            _ => from,
        };
        let mut all: Vec<_> = asked.iter().map(|g| (*g, begins(*g))).collect();
        if from < now && now < to {
            // What held a gateway earlier today is not in the way of what is left of the time.
            all.extend(asked.iter().map(|g| (*g, now)));
        }
        Ok(all)
    }

    /// A restricted live is shown first where the media server keeps strangers out: elsewhere its viewers are handed an address that opens the
    /// picture to everybody. A gateway that works comes before one that doesn't all the same.
    pub(super) async fn closed_first(&self, state: &Live, machines: &mut [Machine]) -> anyhow::Result<()> {
        if !state.plan.as_ref().is_some_and(|p| p.restricted) {
            return Ok(());
        }
        let all = self.deps.read.broadcasters().await?;
        let open = |m: &Machine| {
            !all.iter()
                .any(|b| b.id == m.broadcaster && b.protection != Protection::None)
        };
        let works = |m: &Machine| matches!(m.standing, Standing::Up | Standing::Busy | Standing::Unknown);
        machines.sort_by_key(|m| (!works(m), open(m)));
        Ok(())
    }

    /// Holds a gateway and its broadcaster, or neither. False: something is in the way.
    pub(super) async fn reserve(&self, live: LiveId, gateway: GatewayId, from: Time, to: Time) -> anyhow::Result<bool> {
        let (now, mut margins) = (self.deps.now(), self.deps.settings.margins);
        if defect::on(Defect::MarginOffByOne) {
            margins.after_s -= 1;
        }
        let aggregates = &self.deps.aggregates;
        let machine = self.gateway(gateway).await?;
        let Some(place) = machine.setup.as_ref().map(|s| s.broadcaster) else {
            return Ok(false);
        };
        let shown = self.broadcaster(place).await?;
        let (reservation, there) = (self.deps.sources.id(), self.deps.sources.id());
        let reserve = GatewayCommand::Reserve {
            reservation,
            live,
            from,
            to,
            margins,
        };
        let show = BroadcasterCommand::Reserve {
            reservation: there,
            live,
            from,
            to,
            margins,
        };
        // Asked without a trace first: a hold that is undone at once looks like a gateway that came free, and wakes all who wait for one.
        if machine.decide(&reserve, now).is_err() || shown.decide(&show, now).is_err() {
            return Ok(false);
        }
        match aggregates.gateways.execute(gateway, reserve, self.act()).await {
            Ok(_) => {}
            Err(ExecuteError::Refused(_)) => return Ok(false),
            Err(other) => return Err(other.into()),
        }
        match aggregates.broadcasters.execute(place, show, self.act()).await {
            Ok(_) => Ok(true),
            Err(ExecuteError::Refused(_)) => {
                // Somebody was quicker there: as it was before.
                let undo = match machine.reservations.of(live) {
                    Some(before) => GatewayCommand::Reserve {
                        reservation: before.id,
                        live,
                        from: before.from,
                        to: before.to,
                        margins,
                    },
                    None => GatewayCommand::Release { reservation },
                };
                match aggregates.gateways.execute(gateway, undo, self.act()).await {
                    Ok(_) | Err(ExecuteError::Refused(_)) => Ok(false),
                    Err(other) => Err(other.into()),
                }
            }
            Err(other) => Err(other.into()),
        }
    }

    /// Tells a live what is held for it, and lets go of the rest.
    pub(super) async fn tell_held(&self, live: LiveId, gateway: GatewayId) -> anyhow::Result<()> {
        let folded = self.gateway(gateway).await?;
        let (Some(held), Some(setup)) = (folded.reservations.of(live).copied(), folded.setup) else {
            return Ok(());
        };
        let broadcaster = setup.broadcaster;
        let told = LiveCommand::GatewayReserved {
            gateway,
            broadcaster,
            reservation: held.id,
            from: held.from,
            to: held.to,
        };
        match self.deps.aggregates.lives.execute(live, told, self.act()).await {
            Ok(_) => self.release_others(live, Some((gateway, broadcaster))).await,
            // The undo of the process: the live doesn't want it any more.
            Err(ExecuteError::Refused(_)) => self.release_others(live, None).await,
            Err(other) => Err(other.into()),
        }
    }

    /// Wants a rehearsal over that alone stands between a live and a gateway. False: there is none, or it was told so before.
    async fn make_way(&self, live: LiveId, state: &Live, from: Time, to: Time) -> anyhow::Result<bool> {
        self.deps.caught_up().await?;
        let (margins, source) = (self.deps.settings.margins, state.wanted_picture().source);
        let hours = self.deps.read.hours_of(from, margins, source).await?;
        let hours = hours.without(Some(live));
        for id in self.deps.read.rehearsals_in_hand().await? {
            let without = hours.clone().without(Some(as_live(id)));
            let frees = without.free(from, to) > hours.free(from, to);
            if frees && self.deps.call_off(as_live(id), self.act()).await? == Some(true) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// None is free: nothing is lost, it stays a planned webinar without a gateway, and gets one as soon as one is free; when that is, for
    /// what is left of its time, if nothing happens meanwhile.
    async fn lack(&self, live: LiveId, state: &Live, from: Time, to: Time) -> anyhow::Result<Option<Time>> {
        let lives = &self.deps.aggregates.lives;
        if state.held.is_some() {
            lives.execute(live, LiveCommand::GatewayReleased, self.act()).await?;
        }
        self.release_others(live, None).await?;
        // Others have reserved meanwhile: an offer from before would be the very slot that was refused.
        self.deps.caught_up().await?;
        let (duration_s, now) = (to.since_ms(from) / 1000, self.deps.now());
        let margins = self.deps.settings.margins;
        let source = state.wanted_picture().source;
        let hours = self.deps.read.hours_of(from.max(now), margins, source).await?;
        let next_free = hours.next_free(from.max(now), duration_s, OFFERS);
        let lacking = LiveCommand::GatewayLacking { from, to, next_free };
        lives.execute(live, lacking, self.act()).await?;
        self.tell_administrators(live, from, to).await?;
        Ok(hours.without(Some(live)).rest_free(from.max(now), to))
    }

    /// Whatever is held for this live but for `keep` is let go: what it had before, and what a killed process left behind.
    pub(super) async fn release_others(&self, live: LiveId, keep: Option<Kept>) -> anyhow::Result<()> {
        let aggregates = &self.deps.aggregates;
        for row in self.deps.read.gateways().await? {
            if keep.is_some_and(|(gateway, _)| gateway == row.id) {
                continue;
            }
            if let Some(left) = self.gateway(row.id).await?.reservations.of(live) {
                let release = GatewayCommand::Release { reservation: left.id };
                aggregates.gateways.execute(row.id, release, self.act()).await?;
            }
        }
        for row in self.deps.read.broadcasters().await? {
            if keep.is_some_and(|(_, broadcaster)| broadcaster == row.id) {
                continue;
            }
            if let Some(left) = self.broadcaster(row.id).await?.reservations.of(live) {
                let release = BroadcasterCommand::Release { reservation: left.id };
                aggregates.broadcasters.execute(row.id, release, self.act()).await?;
            }
        }
        Ok(())
    }

    /// It runs at its planned end, or is to: its gateway is held for it as long as it may go on. The reference system knew of no live that
    /// went on (census W14).
    async fn hold_overrun(&self, live: LiveId, state: &Live, to: Time, now: Time) -> anyhow::Result<()> {
        let Some(wanted) = state.wanted.filter(|_| !defect::on(Defect::OverrunNotHeld)) else {
            return Ok(());
        };
        let until = wanted.until.max(to);
        let begins = match (state.held, &state.run) {
            (Some(held), _) if held.from <= now && until <= held.to => return Ok(()),
            (Some(held), Some(run)) if held.gateway == run.gateway => held.from.min(now),
            // It runs where nothing is held for it: what it holds elsewhere stays held.
            (_, Some(_)) => return Ok(()),
            (held, None) => {
                // Late: its own time may be over, and its gateway another's by now.
                let mut asked: Vec<(GatewayId, Time)> = held
                    .into_iter()
                    .map(|h| (h.gateway, if now < h.to { h.from } else { now }))
                    .collect();
                let more = self.candidates(live, state, now, until, now).await?;
                asked.extend(more);
                for (gateway, from) in asked {
                    if from < until && self.reserve(live, gateway, from, until).await? {
                        return self.tell_held(live, gateway).await;
                    }
                }
                self.make_way(live, state, now, until).await?;
                return Ok(());
            }
        };
        let gateway = state.run.as_ref().map(|r| r.gateway);
        match gateway {
            Some(gateway) => self.widen(live, gateway, begins, until).await,
            None => Ok(()),
        }
    }

    /// Holds the gateway on which a live runs for [from, to): whoever stands in the way and does not run yet is given another one, if
    /// there is one; else it is held as far as it goes.
    pub(super) async fn widen(&self, live: LiveId, gateway: GatewayId, from: Time, to: Time) -> anyhow::Result<()> {
        let mut wide = self.reserve(live, gateway, from, to).await?;
        for _ in 0..MOST_DISPLACED {
            if wide || !self.displace(live, gateway, from, to).await? {
                break;
            }
            wide = self.reserve(live, gateway, from, to).await?;
        }
        if !wide {
            let Some(end) = self.as_far(live, gateway, from, to).await? else {
                return Ok(());
            };
            if !self.reserve(live, gateway, from, end).await? {
                return Ok(());
            }
        }
        self.tell_held(live, gateway).await
    }

    /// Who holds the gateway or its broadcaster first during [from, to), but for this live.
    pub(super) async fn in_the_way(
        &self,
        live: LiveId,
        gateway: GatewayId,
        from: Time,
        to: Time,
    ) -> anyhow::Result<Option<Reservation>> {
        let margins = self.deps.settings.margins;
        let machine = self.gateway(gateway).await?;
        let Some(place) = machine.setup.as_ref().map(|s| s.broadcaster) else {
            return Ok(None);
        };
        let shown = self.broadcaster(place).await?;
        let held = machine.reservations.in_the_way(live, from, to, margins);
        let there = shown.reservations.in_the_way(live, from, to, margins);
        Ok(held.into_iter().chain(there).min_by_key(|r| r.from).copied())
    }

    /// Until when [from, to) goes before it meets what is in its way; `None` where that is no further than it is held now.
    async fn as_far(&self, live: LiveId, gateway: GatewayId, from: Time, to: Time) -> anyhow::Result<Option<Time>> {
        let margins = self.deps.settings.margins;
        let machine = self.gateway(gateway).await?;
        let held = machine.reservations.of(live).map_or(from, |r| r.to);
        let other = self.in_the_way(live, gateway, from, to).await?;
        let out = machine.out_of_service(from, to, margins);
        let ends = [
            other.map(|r| r.from.plus_s(-margins.between_s())),
            out.map(|o| o.from.plus_s(-margins.after_s)),
        ];
        Ok(ends.into_iter().flatten().min().filter(|end| *end > held))
    }

    /// Gives whoever is in the way of a running live another gateway, unless he runs himself. False: there is none. A rehearsal is called off:
    /// it is out of the way a little later.
    async fn displace(&self, live: LiveId, gateway: GatewayId, from: Time, to: Time) -> anyhow::Result<bool> {
        let Some(other) = self.in_the_way(live, gateway, from, to).await? else {
            return Ok(false);
        };
        if self.deps.call_off(other.live, self.act()).await?.is_some() {
            return Ok(false);
        }
        let state = self.live(other.live).await?;
        if state.run.is_some() || state.wanted.is_some() || state.held.is_none() {
            return Ok(false);
        }
        let mine = self.gateway(gateway).await?.setup.map(|s| s.broadcaster);
        self.deps.caught_up().await?;
        let (margins, source) = (self.deps.settings.margins, state.wanted_picture().source);
        let hours = self.deps.read.hours_of(other.from, margins, source).await?;
        for machine in hours.without(Some(other.live)).preferred(other.from) {
            if machine.id == gateway || Some(machine.broadcaster) == mine {
                continue;
            }
            if self.reserve(other.live, machine.id, other.from, other.to).await? {
                self.tell_held(other.live, machine.id).await?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// It is over: what was held for as long as it might overrun is free again.
    async fn give_back(&self, live: LiveId, state: &Live, to: Time, now: Time) -> anyhow::Result<()> {
        let Some(held) = state.held.filter(|h| h.to > now && h.to > to) else {
            return Ok(());
        };
        let end = if held.from < to {
            to
        } else {
            now.max(held.from.plus_ms(1))
        };
        if end < held.to && self.reserve(live, held.gateway, held.from, end).await? {
            self.tell_held(live, held.gateway).await?;
        }
        Ok(())
    }

    /// One mail to each administrator, however often this runs: its id follows from what it is about.
    async fn tell_administrators(&self, live: LiveId, from: Time, to: Time) -> anyhow::Result<()> {
        for person in administrators(&self.deps).await? {
            let about = About::NoGateway { live, from, to };
            request_mail(
                &self.deps,
                person,
                about,
                &["no-gateway", &live.to_string(), &from.0.to_string(), &to.0.to_string()],
            )
            .await?;
        }
        Ok(())
    }
}
