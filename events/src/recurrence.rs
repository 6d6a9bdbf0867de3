//! How a meeting repeats (census §3): a rule, its limits, and the dates that it gives. What is said about one date
//! alone, and the moments in the meeting's zone, are in [`series`].
//!
//! Dates are those of the meeting's own zone. The reference system took UTC's and moved meetings of the hours round
//! midnight by a day (census M21).

mod series;
mod wall_clock;

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, Weekday};
use serde::{Deserialize, Serialize};

pub use series::{Exception, Exceptions, Occurrence, Series};
pub use wall_clock::{moment, wall_clock};

/// Most units between two occurrences (census §1.1: 1..100).
pub const FREQUENCY_MAX: u16 = 100;
/// Most occurrences of a series that ends; one that goes on for longer is left open.
pub const OCCURRENCES_MAX: u32 = 2000;
/// No date is further from the start than so many years, in an open series neither.
pub const YEARS_MAX: u32 = 200;
/// Most dates of a series about which something of their own is said.
pub const EXCEPTIONS_MAX: usize = 500;
/// Years in which a series may start: what it reaches from there has four digits in every calendar.
const START_YEARS: std::ops::RangeInclusive<i32> = 1900..=9700;

/// Monday first.
pub const DAYS: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

/// Days of the week; written as digits in ascending order, 0 is Monday (census §1.1, `weekdays`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Weekdays(u8);

/// The text names no days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("days of the week are digits from 0, Monday, to 6")]
pub struct NoWeekdays;

impl Weekdays {
    /// These days.
    pub fn of(days: impl IntoIterator<Item = Weekday>) -> Self {
        Self(days.into_iter().fold(0, |all, day| all | bit(day)))
    }

    /// Whether the day is one of them.
    pub fn has(self, day: Weekday) -> bool {
        self.0 & bit(day) != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The days that come so many days later.
    #[must_use]
    pub fn later(self, days: i64) -> Self {
        let days = usize::try_from(days.rem_euclid(7)).unwrap_or(0);
        Self::of(
            self.iter()
                .filter_map(|day| DAYS.get((day.num_days_from_monday() as usize + days) % 7).copied()),
        )
    }

    /// The days, Monday first.
    pub fn iter(self) -> impl Iterator<Item = Weekday> {
        DAYS.into_iter().filter(move |day| self.has(*day))
    }
}

fn bit(day: Weekday) -> u8 {
    1 << day.num_days_from_monday()
}

impl std::str::FromStr for Weekdays {
    type Err = NoWeekdays;

    /// Digits in any order; one that stands twice counts once.
    fn from_str(text: &str) -> Result<Self, NoWeekdays> {
        let days = text
            .bytes()
            .map(|b| DAYS.get(usize::from(b.wrapping_sub(b'0'))).copied());
        Ok(Self::of(days.collect::<Option<Vec<_>>>().ok_or(NoWeekdays)?))
    }
}

impl std::fmt::Display for Weekdays {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.iter()
            .try_for_each(|day| write!(f, "{}", day.num_days_from_monday()))
    }
}

impl TryFrom<String> for Weekdays {
    type Error = NoWeekdays;
    fn try_from(text: String) -> Result<Self, NoWeekdays> {
        text.parse()
    }
}

impl From<Weekdays> for String {
    fn from(days: Weekdays) -> Self {
        days.to_string()
    }
}

/// What a month's date is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MonthlyType {
    /// The start's day of the month; the last day of a month that is shorter.
    #[default]
    DateDay,
    /// The start's weekday, as the same one of its month: the third Friday. From a fifth one on, the last of each month.
    NthDay,
}

/// The unit that a meeting repeats by, and which days in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "unit", rename_all = "snake_case")]
pub enum Pattern {
    /// Days.
    Daily,
    /// Weeks, which begin on Monday.
    Weekly {
        /// On these days; the start's is one of them.
        weekdays: Weekdays,
    },
    /// Months.
    Monthly {
        /// Which day of the month.
        monthly_type: MonthlyType,
    },
    /// Years. From the 29th of February on, the last day of each February.
    Yearly,
}

/// When a series ends, as the person said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// It goes on.
    #[default]
    Open,
    /// With the last occurrence on or before this date of the meeting's zone.
    Until(NaiveDate),
    /// After so many occurrences, the first included.
    Count(u32),
}

/// How a meeting repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recurrence {
    /// By which unit.
    pub pattern: Pattern,
    /// Every so many units.
    pub frequency: u16,
    /// Until when.
    pub end: End,
}

/// Why a rule is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RuleRefusal {
    /// Not 1 to 100 units.
    #[error("a meeting repeats every 1 to 100 units")]
    Frequency,
    /// The start's day is not among the days of the week.
    #[error("the weekday of the start is one of the days")]
    StartWeekday,
    /// More than 2000 occurrences.
    #[error("a series that ends has at most 2000 occurrences")]
    TooMany,
    /// The last occurrence is more than 200 years away, or the start is in no year of four digits.
    #[error("a series ends within 200 years")]
    TooFar,
}

impl Recurrence {
    /// The rule as it holds for a meeting that starts on `start`: `None` where it would give one occurrence only, so
    /// that a meeting either repeats or has no rule (census §3.1).
    ///
    /// # Errors
    /// [`RuleRefusal`].
    pub fn settle(mut self, start: NaiveDate) -> Result<Option<Self>, RuleRefusal> {
        if !(1..=FREQUENCY_MAX).contains(&self.frequency) {
            return Err(RuleRefusal::Frequency);
        }
        if let Pattern::Weekly { weekdays } = self.pattern {
            if weekdays.is_empty() {
                return Ok(None);
            }
            if !weekdays.has(start.weekday()) {
                return Err(RuleRefusal::StartWeekday);
            }
        }
        if !START_YEARS.contains(&start.year()) {
            return Err(RuleRefusal::TooFar);
        }
        match &mut self.end {
            End::Open => return Ok(Some(self)),
            End::Until(until) => *until = start.max(*until),
            End::Count(count) if *count > OCCURRENCES_MAX => return Err(RuleRefusal::TooMany),
            End::Count(_) => {}
        }
        let found = self.dates(start).take(OCCURRENCES_MAX as usize + 1).count();
        match self.end {
            _ if found > OCCURRENCES_MAX as usize => Err(RuleRefusal::TooMany),
            End::Count(count) if found < count as usize => Err(RuleRefusal::TooFar),
            End::Until(until) if Some(until) > horizon(start) => Err(RuleRefusal::TooFar),
            _ => Ok((found > 1).then_some(self)),
        }
    }

    /// Its dates in ascending order, the start's first; without an end they go on for [`YEARS_MAX`].
    pub fn dates(&self, start: NaiveDate) -> impl Iterator<Item = NaiveDate> + use<> {
        WALKS.set(WALKS.get() + 1);
        let midnight = start.and_time(NaiveTime::MIN).and_utc();
        let until = match self.end {
            End::Until(until) => Some(until.and_time(NaiveTime::MIN).and_utc()),
            End::Open | End::Count(_) => None,
        };
        // Asked in UTC, where each day has its midnight: what a zone's clock makes of a date is ours to say, since the
        // library drops and doubles occurrences at clock changes.
        let set = self
            .rrule(start, until)
            .parse::<rrule::RRule<rrule::Unvalidated>>()
            .and_then(|rule| rule.build(midnight.with_timezone(&rrule::Tz::UTC)));
        let rest = set.ok().map(|set| set.into_iter().map(|at| at.date_naive()));
        let rest = rest.into_iter().flatten().filter(move |date| *date > start);
        let horizon = horizon(start);
        let count = match self.end {
            End::Count(count) => count as usize,
            End::Open | End::Until(_) => usize::MAX,
        };
        std::iter::once(start)
            .chain(rest)
            .take_while(move |date| Some(*date) <= horizon)
            .take(count)
    }

    /// Its last date and the number of its occurrences (census: `recurring_until`, `nb_occurrences`), for one that ends.
    pub fn last(&self, start: NaiveDate) -> Option<(NaiveDate, u32)> {
        if self.end == End::Open {
            return None;
        }
        let (mut last, mut count) = (start, 0);
        for date in self.dates(start) {
            (last, count) = (date, count + 1);
        }
        Some((last, count))
    }

    /// The rule as other programs are told it, and those of its dates that it leaves out, in ascending order: of an open
    /// series for [`YEARS_MAX`]. `moment` is when the occurrence of a date starts.
    ///
    /// The 29th or 30th of every month, or a shorter one's last day, is no rule of RFC 5545 without a set of days and
    /// `BYSETPOS`. ical.js, which many programs read calendars with, takes the whole set then, three meetings a month; so those
    /// Februaries stand beside a rule that every program follows. It ends by date, as a count would leave them out.
    pub fn told(
        &self,
        start: NaiveDate,
        moment: &dyn Fn(NaiveDate) -> DateTime<chrono::Utc>,
    ) -> (String, impl Iterator<Item = NaiveDate> + use<>) {
        let day = start.day();
        let by_date = Pattern::Monthly {
            monthly_type: MonthlyType::DateDay,
        };
        let short = self.pattern == by_date && (29..=30).contains(&day);
        let text = if short {
            let end = self.last(start).map(|(date, _)| until(moment(date)));
            let end = end.unwrap_or_default();
            format!("FREQ=MONTHLY;INTERVAL={};BYMONTHDAY={day}{end}", self.frequency)
        } else {
            let end = match self.end {
                End::Until(date) => Some(moment(date)),
                End::Open | End::Count(_) => None,
            };
            self.rrule(start, end)
        };
        let dates = short.then(|| self.dates(start));
        (text, dates.into_iter().flatten().filter(move |date| date.day() != day))
    }

    /// The rule as RFC 5545 writes it, for a series that starts on `start`; `end` is what its end by date is written as.
    fn rrule(&self, start: NaiveDate, end: Option<DateTime<chrono::Utc>>) -> String {
        use std::fmt::Write as _;
        let unit = match self.pattern {
            Pattern::Daily => "DAILY",
            Pattern::Weekly { .. } => "WEEKLY",
            Pattern::Monthly { .. } => "MONTHLY",
            Pattern::Yearly => "YEARLY",
        };
        let mut text = format!("FREQ={unit};INTERVAL={}", self.frequency);
        // Writing into a text can't fail.
        let _ = match self.pattern {
            Pattern::Daily => Ok(()),
            Pattern::Weekly { weekdays } => {
                let days: Vec<&str> = weekdays.iter().map(two_letters).collect();
                write!(text, ";BYDAY={};WKST=MO", days.join(","))
            }
            Pattern::Monthly {
                monthly_type: MonthlyType::DateDay,
            } => match start.day() {
                // Of the days up to the wanted one that the month has, the last: never drifting (census M20), never skipped.
                31 => write!(text, ";BYMONTHDAY=-1"),
                day @ 29.. => {
                    let days: Vec<String> = (28..=day).map(|d| d.to_string()).collect();
                    write!(text, ";BYMONTHDAY={};BYSETPOS=-1", days.join(","))
                }
                day => write!(text, ";BYMONTHDAY={day}"),
            },
            Pattern::Monthly {
                monthly_type: MonthlyType::NthDay,
            } => {
                let nth = match (start.day() - 1) / 7 + 1 {
                    5 => -1,
                    nth => i64::from(nth),
                };
                write!(text, ";BYDAY={nth}{}", two_letters(start.weekday()))
            }
            Pattern::Yearly if (start.month(), start.day()) == (2, 29) => {
                write!(text, ";BYMONTH=2;BYMONTHDAY=-1")
            }
            Pattern::Yearly => Ok(()),
        };
        match (self.end, end) {
            (End::Count(count), _) => text.extend([";COUNT=".to_owned(), count.to_string()]),
            (End::Until(_), Some(end)) => text.push_str(&until(end)),
            (End::Until(_) | End::Open, _) => {}
        }
        text
    }
}

fn until(end: DateTime<chrono::Utc>) -> String {
    format!(";UNTIL={}", end.format("%Y%m%dT%H%M%SZ"))
}

thread_local! {
    static WALKS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// How often this thread has begun to walk along a rule's dates, from its start on. Each walk may be of centuries: whoever looks at many dates of a
/// series takes one for them all, and tests count it.
pub fn walks() -> u64 {
    WALKS.get()
}

/// The last day on which a series that starts then may have an occurrence.
fn horizon(start: NaiveDate) -> Option<NaiveDate> {
    start.checked_add_months(Months::new(YEARS_MAX * 12))
}

fn two_letters(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "MO",
        Weekday::Tue => "TU",
        Weekday::Wed => "WE",
        Weekday::Thu => "TH",
        Weekday::Fri => "FR",
        Weekday::Sat => "SA",
        Weekday::Sun => "SU",
    }
}

#[cfg(test)]
#[path = "recurrence/tests.rs"]
mod tests;
