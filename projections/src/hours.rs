//! Which hours of which gateways are free, and which of the free ones is taken first. The same rule as the log's
//! ([`amphi_events::calendar`]), asked beforehand: by whoever plans, for what is offered, and by the planner for the order in which it asks.

use amphi_events::Time;
use amphi_events::calendar::meet;
use amphi_events::gateway::Margins;
use amphi_events::ids::{BroadcasterId, GatewayId, LiveId};
use amphi_events::live::PictureSource;

use crate::broadcasters::BroadcasterHold;
use crate::gateways::{GatewayRow, OutageRow, ReservationRow, Standing};
use crate::{ReadError, ReadModels};

/// How far round a wish use is counted, in seconds: one that came last would otherwise be given everything for years.
const USE_S: i64 = 28 * 86_400;

/// A gateway, as far as hours go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    /// Its id.
    pub id: GatewayId,
    /// Where its picture is fetched, which is held with it.
    pub broadcaster: BroadcasterId,
    /// How it stands.
    pub standing: Standing,
}

impl GatewayRow {
    /// As far as hours go.
    pub fn machine(&self) -> Machine {
        Machine {
            id: self.id,
            broadcaster: self.setup.broadcaster,
            standing: self.stands().standing,
        }
    }
}

/// What is in the way of a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InTheWay {
    /// The live that holds the gateway, or its broadcaster by another gateway.
    pub live: LiveId,
    /// From.
    pub from: Time,
    /// To, exclusive; without margins.
    pub to: Time,
}

/// Gateways that a live could be given, and what holds them.
#[derive(Debug, Clone, Default)]
pub struct Hours {
    /// Those that can be told to start.
    pub machines: Vec<Machine>,
    /// Every hold that matters.
    pub holds: Vec<ReservationRow>,
    /// What is shown where.
    pub shown: Vec<BroadcasterHold>,
    /// Spans out of service.
    pub outages: Vec<OutageRow>,
    /// What is kept free round a reservation.
    pub margins: Margins,
}

impl Hours {
    /// As if this live held nothing.
    #[must_use]
    pub fn without(mut self, live: Option<LiveId>) -> Self {
        self.holds.retain(|h| Some(h.live) != live);
        self.shown.retain(|h| Some(h.live) != live);
        self
    }

    /// The hold in the way of [from, to) that begins first: of the gateway, or of its broadcaster.
    pub fn held(&self, machine: Machine, from: Time, to: Time) -> Option<InTheWay> {
        let wished = self.margins.round(from, to);
        let hits = |from, to| meet(self.margins.round(from, to), wished);
        let held = self.holds.iter().filter(|h| h.gateway == machine.id);
        let shown = self.shown.iter().filter(|h| h.broadcaster == machine.broadcaster);
        held.map(|h| (h.live, h.from, h.to))
            .chain(shown.map(|h| (h.live, h.from, h.to)))
            .filter(|(_, from, to)| hits(*from, *to))
            .map(|(live, from, to)| InTheWay { live, from, to })
            .min_by_key(|h| (h.from, h.live))
    }

    /// The span out of service in the way of [from, to).
    pub fn out_of_service(&self, gateway: GatewayId, from: Time, to: Time) -> Option<&OutageRow> {
        let wished = self.margins.round(from, to);
        let of = self.outages.iter().filter(|o| o.gateway == gateway);
        of.filter(|o| meet((o.from, o.end()), wished))
            .min_by_key(|o| (o.from, o.id))
    }

    /// Nothing holds it during [from, to), and it is in service. Touching ends do not conflict (census §4.1).
    pub fn is_free(&self, machine: Machine, from: Time, to: Time) -> bool {
        self.held(machine, from, to).is_none() && self.out_of_service(machine.id, from, to).is_none()
    }

    /// Those that are free during [from, to).
    pub fn free(&self, from: Time, to: Time) -> usize {
        self.machines.iter().filter(|m| self.is_free(**m, from, to)).count()
    }

    /// Every moment at which something that was in the way ends: a wish may begin there.
    pub fn ends(&self) -> Vec<Time> {
        let apart = |t: Time| t.plus_s(self.margins.between_s());
        let held = self.holds.iter().map(|h| apart(h.to));
        let shown = self.shown.iter().map(|h| apart(h.to));
        let back = self.outages.iter().filter_map(|o| o.to);
        sorted(
            held.chain(shown)
                .chain(back.map(|t| t.plus_s(self.margins.before_s)))
                .collect(),
        )
    }

    /// Every moment at which something that will be in the way begins: a wish may end there.
    pub fn begins(&self) -> Vec<Time> {
        let apart = |t: Time| t.plus_s(-self.margins.between_s());
        let held = self.holds.iter().map(|h| apart(h.from));
        let shown = self.shown.iter().map(|h| apart(h.from));
        let out = self.outages.iter().map(|o| o.from.plus_s(-self.margins.after_s));
        sorted(held.chain(shown).chain(out).collect())
    }

    /// The next starts at which one is free for so long: `from` itself, and the ends of what is in the way, as far as it fits.
    pub fn next_free(&self, from: Time, duration_s: i64, most: usize) -> Vec<Time> {
        let mut starts = self.ends();
        starts.push(from);
        let starts = sorted(starts);
        let fits = |t: &Time| *t >= from && self.free(*t, t.plus_s(duration_s)) > 0;
        starts.into_iter().filter(fits).take(most).collect()
    }

    /// When, after `after`, one is free for what is left until `to`, if nothing happens meanwhile.
    pub fn rest_free(&self, after: Time, to: Time) -> Option<Time> {
        let left = |t: &Time| *t > after && *t < to && self.free(*t, to) > 0;
        self.ends().into_iter().find(left)
    }

    /// In which order gateways are asked for a time that begins at `from`: healthy ones first, then those that are used least within
    /// four weeks of it, then those that came first. The same rows give the same order.
    pub fn preferred(&self, from: Time) -> Vec<Machine> {
        let (since, until) = (from.plus_s(-USE_S), from.plus_s(USE_S));
        let used = |id: GatewayId| -> i64 {
            let held = self.holds.iter().filter(|h| h.gateway == id);
            held.map(|h| h.to.min(until).since_ms(h.from.max(since)).max(0)).sum()
        };
        let mut machines = self.machines.clone();
        machines.sort_by_cached_key(|m| (ill(m.standing), used(m.id), m.id));
        machines
    }
}

fn sorted(mut times: Vec<Time>) -> Vec<Time> {
    times.sort_unstable();
    times.dedup();
    times
}

/// How far a gateway is from being of use. That it works for one of our lives now says nothing against it.
const fn ill(standing: Standing) -> u8 {
    match standing {
        Standing::Up | Standing::Busy => 0,
        Standing::Unknown => 1,
        Standing::BusyElsewhere => 2,
        Standing::Refusing | Standing::Unreachable | Standing::WrongToken => 3,
    }
}

impl ReadModels {
    /// The hours from `from` on of the gateways that any live can be given: an encoder is given to whoever asks for one, and to nobody else.
    pub async fn hours(&self, from: Time, margins: Margins) -> Result<Hours, ReadError> {
        self.hours_of(from, margins, PictureSource::Gateway).await
    }

    /// The hours from `from` on of what can make a live's picture.
    pub async fn hours_of(&self, from: Time, margins: Margins, source: PictureSource) -> Result<Hours, ReadError> {
        let (since, end) = (from.plus_s(-USE_S), Time(i64::MAX));
        let gateways = self.gateways().await?;
        Ok(Hours {
            machines: gateways
                .iter()
                .filter(|g| g.reservable() && g.makes(source))
                .map(GatewayRow::machine)
                .collect(),
            holds: self.reservations_between(since, end).await?,
            shown: self.broadcasters_held(since, end).await?,
            outages: self.outages_between(since, end).await?,
            margins,
        })
    }
}
