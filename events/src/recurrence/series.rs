//! A meeting's occurrences: its rule in its own zone, and what is said about one date alone.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{Recurrence, moment, wall_clock};
use crate::clock::Time;

/// What is said about one occurrence alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "exception", rename_all = "snake_case")]
pub enum Exception {
    /// It will not take place.
    Cancelled,
    /// It takes place at another time.
    Moved {
        /// Its start.
        starts_at: Time,
        /// Its duration in seconds.
        duration_s: i64,
    },
}

/// What is said about single occurrences, by the date that the rule gives each. A date that the rule no longer
/// gives says nothing, and speaks again when the rule gives it again.
pub type Exceptions = BTreeMap<NaiveDate, Exception>;

/// One occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// The date that the rule gives it in the meeting's zone: its name, which stays when it is moved.
    pub date: NaiveDate,
    /// When the rule has it start.
    pub planned: Time,
    /// When it starts.
    pub starts_at: Time,
    /// When it ends.
    pub ends_at: Time,
    /// It was moved alone.
    pub moved: bool,
}

/// A meeting's times; without a rule it is a series of one.
#[derive(Debug, Clone, Copy)]
pub struct Series<'a> {
    starts_at: Time,
    duration_s: i64,
    zone: Tz,
    rule: Option<&'a Recurrence>,
    exceptions: &'a Exceptions,
}

impl<'a> Series<'a> {
    /// A series whose first occurrence starts at `starts_at`; the rule speaks of dates and times in `zone`.
    pub fn new(
        starts_at: Time,
        duration_s: i64,
        zone: Tz,
        rule: Option<&'a Recurrence>,
        exceptions: &'a Exceptions,
    ) -> Self {
        Self {
            starts_at,
            duration_s,
            zone,
            rule,
            exceptions,
        }
    }

    /// Its first date, in its zone.
    pub fn first(&self) -> NaiveDate {
        self.wall().date()
    }

    /// What its zone's clock shows at its first start.
    pub fn wall(&self) -> NaiveDateTime {
        wall_clock(self.starts_at, self.zone)
    }

    /// Its zone.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// Its rule.
    pub fn rule(&self) -> Option<&'a Recurrence> {
        self.rule
    }

    /// The dates that its rule gives, whatever is said about single ones.
    pub fn dates(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        let first = self.first();
        let rest = self.rule.map(|rule| rule.dates(first).skip(1));
        std::iter::once(first).chain(rest.into_iter().flatten())
    }

    /// When the rule has the occurrence of this date start.
    pub fn planned(&self, date: NaiveDate) -> Time {
        let wall = self.wall();
        // Exactly, also where the clock shows that time twice and the second was meant.
        if date == wall.date() {
            self.starts_at
        } else {
            moment(date.and_time(wall.time()), self.zone)
        }
    }

    /// The occurrence of a date, whatever is said about it; `None` where the rule gives none or it is cancelled.
    pub fn at(&self, date: NaiveDate) -> Option<Occurrence> {
        self.gives(date).then(|| self.occurrence(date)).flatten()
    }

    /// Whether the rule gives this date.
    pub fn gives(&self, date: NaiveDate) -> bool {
        self.dates().take_while(|d| *d <= date).last() == Some(date)
    }

    /// What is said of single dates, of those that the rule gives, in their order. One walk for them all: with one walk a
    /// date a series of which a hundred dates were cancelled two centuries ahead kept the house busy for seconds.
    pub fn given(&self) -> impl Iterator<Item = (NaiveDate, Exception)> + use<'a> {
        let (exceptions, last) = (self.exceptions, self.exceptions.keys().next_back().copied());
        self.dates()
            .take_while(move |date| Some(*date) <= last)
            .filter_map(move |date| exceptions.get(&date).map(|e| (date, *e)))
    }

    /// Those that take place at some time from `from` up to, not including, `to`, in the order of their starts; at most `most`.
    pub fn between(&self, from: Time, to: Time, most: usize) -> Vec<Occurrence> {
        let within = |o: &Occurrence| o.ends_at > from && o.starts_at < to;
        let mut moved = Vec::new();
        let mut found = Vec::new();
        let last_exception = self.exceptions.keys().next_back();
        for date in self.dates() {
            let ahead = self.planned(date) >= to || found.len() >= most;
            // What stands still comes in order; what was moved may come from anywhere.
            if ahead && last_exception.is_none_or(|last| date > *last) {
                break;
            }
            let Some(occurrence) = self.occurrence(date).filter(within) else {
                continue;
            };
            if occurrence.moved {
                moved.push(occurrence);
            } else if !ahead {
                found.push(occurrence);
            }
        }
        found.append(&mut moved);
        found.sort_by_key(|o| (o.starts_at, o.date));
        found.truncate(most);
        found
    }

    /// The one that takes place now or next; `None` when all are over.
    pub fn next(&self, now: Time) -> Option<Occurrence> {
        self.between(now, Time(i64::MAX), 1).first().copied()
    }

    /// The last one that takes place; where all were cancelled, the first as the rule has it.
    pub fn last(&self) -> Occurrence {
        let dates: Vec<NaiveDate> = self.dates().collect();
        let last = dates
            .iter()
            .filter_map(|date| self.occurrence(*date))
            .max_by_key(|o| (o.ends_at, o.date));
        last.unwrap_or_else(|| self.planned_occurrence(self.first()))
    }

    /// The occurrence of a date as the rule has it.
    pub fn planned_occurrence(&self, date: NaiveDate) -> Occurrence {
        let planned = self.planned(date);
        Occurrence {
            date,
            planned,
            starts_at: planned,
            ends_at: planned.plus_s(self.duration_s),
            moved: false,
        }
    }

    fn occurrence(&self, date: NaiveDate) -> Option<Occurrence> {
        let planned = self.planned(date);
        let (starts_at, duration_s, moved) = match self.exceptions.get(&date) {
            None => (planned, self.duration_s, false),
            Some(Exception::Moved { starts_at, duration_s }) => (*starts_at, *duration_s, true),
            Some(Exception::Cancelled) => return None,
        };
        Some(Occurrence {
            date,
            planned,
            starts_at,
            ends_at: starts_at.plus_s(duration_s),
            moved,
        })
    }

    /// The time of day at which it starts.
    pub fn time_of_day(&self) -> NaiveTime {
        self.wall().time()
    }
}
