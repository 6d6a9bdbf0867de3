//! When a meeting takes place: once, or as its series says, with what was said of single dates.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::{DURATION_MAX_S, DURATION_MIN_S, Details, MeetingEvent, Refusal};
use crate::clock::Time;
use crate::recurrence::{EXCEPTIONS_MAX, Exception, Occurrence, Series};

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

    /// What is to be said of one date.
    pub(super) fn occurrence(&self, date: NaiveDate, change: OccurrenceChange) -> Result<Vec<MeetingEvent>, Refusal> {
        let series = self.series();
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
