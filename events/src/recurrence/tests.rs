//! Dates of rules. The census's own table (§13.1) stands in `table_tests`; here is what the reference got wrong (M18, M20, M21), and what holds of
//! every rule.

mod table_tests;

use chrono::{Datelike as _, NaiveDate};
use proptest::prelude::*;

use super::*;
use crate::clock::Time;

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn weekly(days: &str) -> Pattern {
    Pattern::Weekly {
        weekdays: days.parse().expect("days"),
    }
}

const DATE: Pattern = Pattern::Monthly {
    monthly_type: MonthlyType::DateDay,
};
const NTH: Pattern = Pattern::Monthly {
    monthly_type: MonthlyType::NthDay,
};

fn rule(pattern: Pattern, frequency: u16, end: End) -> Recurrence {
    Recurrence {
        pattern,
        frequency,
        end,
    }
}

fn until(text: &str) -> End {
    End::Until(date(text))
}

/// Month and day of each date, the year where it changes.
fn dates(start: &str, rule: Recurrence) -> Vec<String> {
    let settled = rule.settle(date(start)).expect("a rule");
    let mut year = date(start).year();
    let days = settled.map_or_else(|| vec![date(start)], |r| r.dates(date(start)).take(100).collect());
    days.into_iter()
        .map(|d| {
            let other = d.year() != year;
            year = d.year();
            d.format(if other { "%Y-%m-%d" } else { "%m-%d" }).to_string()
        })
        .collect()
}

fn last(start: &str, rule: Recurrence) -> Option<(NaiveDate, u32)> {
    rule.settle(date(start))
        .expect("a rule")
        .and_then(|r| r.last(date(start)))
}

#[test]
fn an_until_before_the_start_is_one_date() {
    assert_eq!(
        rule(Pattern::Daily, 1, until("2022-01-01")).settle(date("2022-07-07")),
        Ok(None)
    );
}

/// Census M20: the clamp of a short month stuck (31 January, 28 February, 28 March).
#[test]
fn the_end_of_a_short_month_does_not_stick() {
    assert_eq!(
        dates("2026-01-31", rule(DATE, 1, End::Count(5))),
        ["01-31", "02-28", "03-31", "04-30", "05-31"]
    );
    assert_eq!(
        dates("2028-01-30", rule(DATE, 1, End::Count(3))),
        ["01-30", "02-29", "03-30"]
    );
    assert_eq!(
        dates("2028-02-29", rule(Pattern::Yearly, 1, End::Count(3))),
        ["02-29", "2029-02-28", "2030-02-28"]
    );
}

/// Census M18: Sundays were counted one week too far, and a fifth weekday asked of a month that has four fell into the next.
#[test]
fn the_nth_weekday_stays_in_its_month_sundays_and_fifths_too() {
    assert_eq!(
        dates("2026-02-01", rule(NTH, 1, End::Count(5))),
        ["02-01", "03-01", "04-05", "05-03", "06-07"]
    );
    assert_eq!(
        dates("2025-01-31", rule(NTH, 1, End::Count(4))),
        ["01-31", "02-28", "03-28", "04-25"]
    );
    let rank = |d: NaiveDate| d.day0() / 7;
    let of = |day: NaiveDate| rule(NTH, 1, End::Open).dates(day).take(25).collect::<Vec<_>>();
    let days = date("2024-01-01").iter_days().take(4 * 365 + 1);
    let mut sundays = 0;
    for start in days {
        sundays += usize::from(start.weekday() == chrono::Weekday::Sun);
        for pair in of(start).windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let months = (b.year() - a.year()) * 12 + b.month() as i32 - a.month() as i32;
            assert_eq!((b.weekday(), months), (a.weekday(), 1), "{start}: {a}, {b}");
            // Of a month without a fifth it is the last one.
            let last = (b + chrono::Days::new(7)).month() != b.month();
            assert!(
                rank(b) == rank(start) || (rank(start) == 4 && last),
                "{start}: {a}, {b}"
            );
        }
    }
    assert!(sundays >= 208, "{sundays}");
}

#[test]
fn limits_are_kept() {
    let start = date("2026-01-01");
    let of = |n, end| rule(Pattern::Daily, n, end).settle(start);
    assert_eq!(of(0, End::Open), Err(RuleRefusal::Frequency));
    assert_eq!(of(101, End::Open), Err(RuleRefusal::Frequency));
    assert_eq!(of(1, End::Count(2001)), Err(RuleRefusal::TooMany));
    assert_eq!(of(1, until("2099-01-01")), Err(RuleRefusal::TooMany));
    assert!(matches!(of(100, End::Open), Ok(Some(_))));
    assert_eq!(
        rule(Pattern::Yearly, 1, until("2300-01-01")).settle(start),
        Err(RuleRefusal::TooFar)
    );
}

#[test]
fn a_clock_change_moves_no_hour_and_drops_no_date() {
    let zone = chrono_tz::Europe::Paris;
    // Half past two does not exist on 28 March 2027 and comes twice on 31 October.
    let start = Time::parse_rfc3339("2027-03-27T02:30:00+01:00").expect("a time");
    let daily = rule(Pattern::Daily, 1, End::Count(300));
    let none = Exceptions::new();
    let series = Series::new(start, 600, zone, Some(&daily), &none);
    let all = series.between(Time(0), Time(i64::MAX), 400);
    assert_eq!(all.len(), 300);
    let at = |text: &str| {
        let found = all.iter().find(|o| o.date == date(text)).expect("an occurrence");
        found.starts_at.rfc3339()
    };
    assert_eq!(at("2027-03-27"), "2027-03-27T01:30:00.000Z");
    assert_eq!(at("2027-03-28"), "2027-03-28T01:30:00.000Z");
    assert_eq!(at("2027-03-29"), "2027-03-29T00:30:00.000Z");
    assert_eq!(at("2027-10-31"), "2027-10-31T00:30:00.000Z");
    assert_eq!(at("2027-11-01"), "2027-11-01T01:30:00.000Z");
}

/// Census M21: near midnight the date is that of the meeting's zone; the reference took the day that it was in UTC.
#[test]
fn dates_are_those_of_the_meeting_s_zone() {
    let zone = chrono_tz::Pacific::Auckland;
    let start = Time::parse_rfc3339("2026-12-07T08:00:00+13:00").expect("a time");
    let rule = rule(weekly("0"), 1, End::Count(2));
    let none = Exceptions::new();
    let series = Series::new(start, 3600, zone, Some(&rule), &none);
    assert_eq!(series.first(), date("2026-12-07"), "a Monday there, a Sunday in UTC");
    assert_eq!(rule.settle(series.first()), Ok(Some(rule)));
}

fn patterns() -> impl Strategy<Value = Pattern> {
    prop_oneof![
        Just(Pattern::Daily),
        (1_u8..128).prop_map(|days| Pattern::Weekly {
            weekdays: Weekdays(days)
        }),
        Just(DATE),
        Just(NTH),
        Just(Pattern::Yearly),
    ]
}

proptest! {
    /// Every date follows the one before by the rule's own unit, and none is left out.
    #[test]
    fn dates_ascend_and_keep_their_unit(pattern in patterns(), n in 1_u16..=12, day in 0_u64..40_000) {
        let start = date("1990-01-01") + chrono::Days::new(day);
        let mut pattern = pattern;
        if let Pattern::Weekly { weekdays } = &mut pattern {
            *weekdays = Weekdays(weekdays.0 | bit(start.weekday()));
        }
        let all: Vec<NaiveDate> = rule(pattern, n, End::Open).dates(start).take(60).collect();
        prop_assert_eq!(all[0], start);
        for pair in all.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            prop_assert!(a < b);
            let months = (b.year() - a.year()) * 12 + b.month0() as i32 - a.month0() as i32;
            match pattern {
                Pattern::Daily => prop_assert_eq!((b - a).num_days(), i64::from(n)),
                Pattern::Weekly { weekdays } => {
                    prop_assert!(weekdays.has(b.weekday()));
                    prop_assert!((b - a).num_days() <= 7 * i64::from(n) + 6);
                }
                Pattern::Monthly { monthly_type } => {
                    prop_assert_eq!(months, i32::from(n));
                    if monthly_type == MonthlyType::NthDay {
                        prop_assert_eq!(b.weekday(), start.weekday());
                    } else {
                        prop_assert!(b.day() == start.day() || (b.day() < start.day() && (b + chrono::Days::new(1)).day() == 1));
                    }
                }
                Pattern::Yearly => prop_assert_eq!(months, 12 * i32::from(n)),
            }
        }
    }

    /// What is said of the window is what is said of the whole.
    #[test]
    fn a_window_holds_what_overlaps_it(pattern in patterns(), n in 1_u16..=5, day in 0_u64..4_000, from in 0_i64..400, span in 1_i64..200) {
        let zone = chrono_tz::Europe::Paris;
        let first = date("2020-01-01") + chrono::Days::new(day);
        let start = moment(first.and_hms_opt(9, 0, 0).expect("a time"), zone);
        let rule = rule(pattern, n, End::Count(30));
        let none = Exceptions::new();
        let series = Series::new(start, 5400, zone, Some(&rule), &none);
        let (a, b) = (start.plus_s(from * 86_400 / 2), start.plus_s((from + span) * 86_400 / 2));
        let all = series.between(Time(0), Time(i64::MAX), 1000);
        let expected: Vec<_> = all.into_iter().filter(|o| o.ends_at > a && o.starts_at < b).collect();
        prop_assert_eq!(series.between(a, b, 1000), expected);
    }
}
