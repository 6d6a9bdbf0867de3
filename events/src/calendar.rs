//! Who holds something when: the one rule for gateways and broadcasters. Intervals are half-open (census §4.1): what ends
//! at three is not in the way of what begins at three. Margins keep them further apart.

use serde::{Deserialize, Serialize};

use crate::clock::Time;
use crate::ids::{LiveId, ReservationId};

/// A past reservation is forgotten after so long, in seconds: it is in nobody's way.
pub(crate) const KEPT_S: i64 = 86_400;

/// What is kept free round a reservation: presenters open early, and a gateway takes a while to let go. Between two of them both
/// are kept, the first one's after and the second one's before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Margins {
    /// Before the start, in seconds.
    pub before_s: i64,
    /// After the end, in seconds.
    pub after_s: i64,
}

impl Margins {
    /// None.
    pub const NONE: Self = Self {
        before_s: 0,
        after_s: 0,
    };

    /// The least time between two reservations, in seconds.
    pub const fn between_s(self) -> i64 {
        self.before_s + self.after_s
    }

    /// [from, to) with its margins.
    pub const fn round(self, from: Time, to: Time) -> (Time, Time) {
        (from.plus_s(-self.before_s), to.plus_s(self.after_s))
    }
}

/// A hold for a live during [from, to).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reservation {
    /// Its id.
    pub id: ReservationId,
    /// For which live.
    pub live: LiveId,
    /// From.
    pub from: Time,
    /// To, exclusive.
    pub to: Time,
}

/// Whether [a, b) and [c, d) have a moment in common.
pub const fn meet((a, b): (Time, Time), (c, d): (Time, Time)) -> bool {
    a.0 < d.0 && c.0 < b.0
}

/// What a wish to hold comes to, where nothing is in its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// It is held so already.
    Held,
    /// The live's hold moves.
    Moves(ReservationId),
    /// The live holds nothing yet.
    New,
}

/// Present and future holds; past ones are forgotten once they are over by a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar(Vec<Reservation>);

impl std::ops::Deref for Calendar {
    type Target = [Reservation];
    fn deref(&self) -> &[Reservation] {
        &self.0
    }
}

impl Calendar {
    /// The hold in the way of [from, to) for this live, if any: of several the one that begins first.
    pub fn in_the_way(&self, live: LiveId, from: Time, to: Time, margins: Margins) -> Option<&Reservation> {
        let wished = margins.round(from, to);
        let others = self.0.iter().filter(|r| r.live != live);
        others
            .filter(|r| meet(margins.round(r.from, r.to), wished))
            .min_by_key(|r| (r.from, r.id))
    }

    /// This live's hold.
    pub fn of(&self, live: LiveId) -> Option<&Reservation> {
        self.0.iter().find(|r| r.live == live)
    }

    /// What it means to hold [from, to) for a live, which holds one thing once: asking again moves its hold.
    ///
    /// # Errors
    /// The hold in the way.
    pub fn wish(&self, live: LiveId, from: Time, to: Time, margins: Margins) -> Result<Wish, Reservation> {
        let held = self.of(live);
        // Within what it holds a live is in nobody's way: margins that were made wider since take nothing from it.
        let within = held.is_some_and(|h| h.from <= from && to <= h.to);
        if let Some(other) = self.in_the_way(live, from, to, margins).filter(|_| !within) {
            return Err(*other);
        }
        Ok(match held {
            Some(held) if (held.from, held.to) == (from, to) => Wish::Held,
            Some(held) => Wish::Moves(held.id),
            None => Wish::New,
        })
    }

    /// It was reserved, at `now`.
    pub(crate) fn reserved(&mut self, reservation: Reservation, now: Time) {
        let kept = now.plus_s(-KEPT_S);
        self.0.retain(|r| r.to > kept);
        self.0.push(reservation);
    }

    /// A hold covers another interval.
    pub(crate) fn moved(&mut self, id: ReservationId, from: Time, to: Time) {
        for r in self.0.iter_mut().filter(|r| r.id == id) {
            (r.from, r.to) = (from, to);
        }
    }

    /// A hold is gone.
    pub(crate) fn released(&mut self, id: ReservationId) {
        self.0.retain(|r| r.id != id);
    }
}
