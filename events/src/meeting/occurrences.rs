//! When a meeting takes place: once, or as its series says, with what was said of single dates.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::{AHEAD_S, DURATION_MAX_S, DURATION_MIN_S, Details, EARLIEST, MeetingEvent, Refusal};
use crate::clock::Time;
use crate::recurrence::{EXCEPTIONS_MAX, Exception, Exceptions, Occurrence, Pattern, Series, wall_clock};

/// What may be asked of one date of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OccurrenceChange {
    /// It takes place at another time.
    Move {
        /// Its start.
        starts_at: Time,
        /// Its duration in seconds.
        duration_s: i64,
    },
    /// It will not take place.
    Cancel,
    /// It is again as the series says.
    Restore,
}

impl Details {
    /// Its zone; UTC where the name is unknown (no such meeting is planned).
    pub fn zone(&self) -> Tz {
        self.time_zone.parse().unwrap_or(Tz::UTC)
    }

    /// Its times.
    pub fn series(&self) -> Series<'_> {
        Series::new(
            self.starts_at,
            self.duration_s,
            self.zone(),
            self.recurrence.as_ref(),
            &self.exceptions,
        )
    }

    /// The occurrence that is on or comes next; when all are over, the last one. What pages, rooms and waiting people mean by "its time".
    pub fn around(&self, now: Time) -> Occurrence {
        let series = self.series();
        if self.recurrence.is_none() {
            return series.planned_occurrence(series.first());
        }
        series.next(now).unwrap_or_else(|| series.last())
    }

    /// The rule as it holds, and nothing said of single dates where there is none.
    pub(super) fn settle(&mut self) -> Result<(), Refusal> {
        self.settle_groups()?;
        if let Some(rule) = self.recurrence.take() {
            if self.is_webinar {
                return Err(Refusal::WebinarRepeats);
            }
            self.recurrence = rule.settle(self.series().first()).map_err(Refusal::Rule)?;
        }
        if self.recurrence.is_none() {
            self.exceptions.clear();
        }
        Ok(())
    }

    /// What was said of single dates of `held`, as it holds of this series, and the dates of which it is lost. Where the whole
    /// series moves to other days it goes by the place in the series: a Monday that is off is off on the Tuesday in its
    /// place. Else by the date, and what this series doesn't give is kept for when it is given again.
    pub fn carries(&self, held: &Self) -> (Exceptions, Vec<NaiveDate>) {
        let (before, now) = (held.series(), self.series());
        let said: Vec<NaiveDate> = before.given().map(|(date, _)| date).collect();
        let Some(last) = said.last().copied() else {
            return (self.exceptions_after(held), vec![]);
        };
        if self.recurrence.is_none() {
            return (Exceptions::new(), said);
        }
        if !self.moves_whole(held) {
            let still = Series::new(
                self.starts_at,
                self.duration_s,
                self.zone(),
                self.recurrence.as_ref(),
                &held.exceptions,
            );
            let still: Vec<NaiveDate> = still.given().map(|(date, _)| date).collect();
            let lost = said.into_iter().filter(|date| !still.contains(date)).collect();
            return (held.exceptions.clone(), lost);
        }
        let (mut kept, mut lost) = (Exceptions::new(), said);
        for (date, place) in before.dates().take_while(|date| *date <= last).zip(now.dates()) {
            if let Some(exception) = held.exceptions.get(&date) {
                kept.insert(place, *exception);
                lost.retain(|d| *d != date);
            }
        }
        (kept, lost)
    }

    /// The dates of `held` of which what was said is lost with this in its place; none where this can't be.
    pub fn loses(&self, held: &Self) -> Vec<NaiveDate> {
        let mut wanted = self.clone();
        match wanted.settle() {
            Ok(()) => wanted.carries(held).1,
            Err(_) => vec![],
        }
    }

    /// Where the series gave none of them, what was said of dates stays as it was; a meeting that takes place once has none.
    fn exceptions_after(&self, held: &Self) -> Exceptions {
        if self.recurrence.is_none() {
            Exceptions::new()
        } else {
            held.exceptions.clone()
        }
    }

    /// Whether this is the series of `held` on other days: the same rule, of which neither gives the other's first date.
    fn moves_whole(&self, held: &Self) -> bool {
        let (Some(old), Some(new)) = (&held.recurrence, &self.recurrence) else {
            return false;
        };
        let (before, now) = (held.series(), self.series());
        let (from, to) = (before.first(), now.first());
        let same = match (old.pattern, new.pattern) {
            // The days turn with the start; days that stay are dates that stay.
            (Pattern::Weekly { weekdays: old }, Pattern::Weekly { weekdays: new }) => {
                old != new && old.later((to - from).num_days()) == new
            }
            (old, new) => old == new && !before.gives(to) && !now.gives(from),
        };
        same && old.frequency == new.frequency
    }

    /// What is to be said of one date.
    pub(super) fn occurrence(
        &self,
        date: NaiveDate,
        change: OccurrenceChange,
        now: Time,
    ) -> Result<Vec<MeetingEvent>, Refusal> {
        let series = self.series();
        let far = now.plus_s(AHEAD_S);
        // Before the series is walked: dates of other centuries cost every reader of it.
        if change != OccurrenceChange::Restore && date > wall_clock(far, self.zone()).date() {
            return Err(Refusal::OccurrenceFar);
        }
        if self.recurrence.is_none() || !series.gives(date) {
            return Err(Refusal::NoOccurrence);
        }
        let held = self.exceptions.get(&date);
        let event = match change {
            OccurrenceChange::Restore if held.is_none() => return Ok(vec![]),
            OccurrenceChange::Restore => MeetingEvent::MeetingOccurrenceRestored { date },
            OccurrenceChange::Cancel if held == Some(&Exception::Cancelled) => return Ok(vec![]),
            OccurrenceChange::Cancel => MeetingEvent::MeetingOccurrenceCancelled { date },
            OccurrenceChange::Move { starts_at, duration_s } => {
                if !(DURATION_MIN_S..=DURATION_MAX_S).contains(&duration_s) {
                    return Err(Refusal::Duration);
                }
                if !(EARLIEST..=far).contains(&starts_at) {
                    return Err(Refusal::OccurrenceFar);
                }
                // Back at its own time it was not moved.
                if held.is_none() && (starts_at, duration_s) == (series.planned(date), self.duration_s) {
                    return Ok(vec![]);
                }
                if held == Some(&Exception::Moved { starts_at, duration_s }) {
                    return Ok(vec![]);
                }
                MeetingEvent::MeetingOccurrenceMoved {
                    date,
                    starts_at,
                    duration_s,
                }
            }
        };
        if held.is_none() && self.exceptions.len() >= EXCEPTIONS_MAX {
            return Err(Refusal::TooManyExceptions);
        }
        Ok(vec![event])
    }

    /// What an event says of single dates; other events say nothing of them.
    pub fn take_occurrence(&mut self, event: &MeetingEvent) {
        match event {
            MeetingEvent::MeetingOccurrenceMoved {
                date,
                starts_at,
                duration_s,
            } => {
                let moved = Exception::Moved {
                    starts_at: *starts_at,
                    duration_s: *duration_s,
                };
                self.exceptions.insert(*date, moved);
            }
            MeetingEvent::MeetingOccurrenceCancelled { date } => {
                self.exceptions.insert(*date, Exception::Cancelled);
            }
            MeetingEvent::MeetingOccurrenceRestored { date } => {
                self.exceptions.remove(date);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
#[path = "occurrences_tests.rs"]
mod tests;
