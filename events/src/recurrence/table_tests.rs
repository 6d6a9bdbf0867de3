//! The census's table of dates (§13.1), row by row. What it says of `until` and the count after a reset, or of an end that was counted, is
//! asked of the rule here: a rule keeps the end that somebody gave it, and the last date is found when it is wanted.

use super::*;

/// What a row expects.
enum Want {
    /// These dates, the year where it changes.
    Dates(&'static str),
    /// The last date, and how many there are.
    Last(&'static str, u32),
    /// The reference's *reset*: no rule at all, one date.
    Once,
    /// No such rule.
    Refused(RuleRefusal),
}

/// Start, pattern, every so many, end, what comes of it.
type Row = (&'static str, Pattern, u16, End, Want);

fn holds(rows: Vec<Row>) {
    for (start, pattern, every, end, want) in rows {
        let rule = rule(pattern, every, end);
        let settled = rule.settle(date(start));
        match want {
            Want::Dates(all) => assert_eq!(dates(start, rule).join(" "), all, "{start} {rule:?}"),
            Want::Last(day, count) => assert_eq!(last(start, rule), Some((date(day), count)), "{start} {rule:?}"),
            Want::Once => {
                assert_eq!(settled, Ok(None), "{start} {rule:?}");
                assert_eq!(dates(start, rule).len(), 1);
            }
            Want::Refused(why) => assert_eq!(settled, Err(why), "{start} {rule:?}"),
        }
    }
}

/// The dates of a series that lie from one day to another, both among them.
fn window(start: &str, rule: Option<Recurrence>, from: &str, to: &str) -> Vec<String> {
    let zone = chrono_tz::Europe::Paris;
    let at = |day: NaiveDate, hour| moment(day.and_hms_opt(hour, 0, 0).expect("a time"), zone);
    let none = Exceptions::new();
    let series = Series::new(at(date(start), 10), 3600, zone, rule.as_ref(), &none);
    let to = date(to).succ_opt().expect("a day");
    let found = series.between(at(date(from), 0), at(to, 0), 1000);
    found.iter().map(|o| o.date.to_string()).collect()
}

#[test]
fn census_13_1_none() {
    let once = |from| window("2022-07-07", None, from, "2050-01-01");
    assert_eq!(once("2020-01-01"), ["2022-07-07"]);
    assert!(once("2022-07-08").is_empty());
}

#[test]
fn census_13_1_daily() {
    const JULY: &str = "2022-07-07";
    const EACH: &str = "07-07 07-08 07-09 07-10 07-11 07-12 07-13 07-14 07-15 07-16 07-17 07-18 07-19 07-20 07-21 07-22 07-23 07-24 07-25 \
                        07-26 07-27 07-28 07-29 07-30 07-31 08-01 08-02";
    holds(vec![
        (JULY, Pattern::Daily, 1, until("2022-08-02"), Want::Dates(EACH)),
        (
            JULY,
            Pattern::Daily,
            1,
            until("2022-08-02"),
            Want::Last("2022-08-02", 27),
        ),
        (
            JULY,
            Pattern::Daily,
            3,
            until("2022-08-02"),
            Want::Last("2022-07-31", 9),
        ),
        (JULY, Pattern::Daily, 3, until("2022-07-09"), Want::Once),
        (JULY, Pattern::Daily, 1, End::Count(6), Want::Last("2022-07-12", 6)),
        (
            JULY,
            Pattern::Daily,
            3,
            End::Count(6),
            Want::Dates("07-07 07-10 07-13 07-16 07-19 07-22"),
        ),
        (JULY, Pattern::Daily, 3, End::Count(0), Want::Once),
        (JULY, Pattern::Daily, 3, End::Count(1), Want::Once),
    ]);
}

#[test]
fn census_13_1_weekly() {
    const THURSDAY: &str = "2022-07-07";
    const WEDNESDAY: &str = "2022-07-06";
    let end = until("2022-08-02");
    holds(vec![
        (THURSDAY, weekly(""), 1, End::Open, Want::Once),
        (
            THURSDAY,
            weekly("2"),
            1,
            End::Open,
            Want::Refused(RuleRefusal::StartWeekday),
        ),
        (
            THURSDAY,
            weekly("135"),
            1,
            end,
            Want::Dates("07-07 07-09 07-12 07-14 07-16 07-19 07-21 07-23 07-26 07-28 07-30 08-02"),
        ),
        (THURSDAY, weekly("135"), 1, end, Want::Last("2022-08-02", 12)),
        (
            THURSDAY,
            weekly("135"),
            3,
            end,
            Want::Dates("07-07 07-09 07-26 07-28 07-30"),
        ),
        (THURSDAY, weekly("135"), 3, end, Want::Last("2022-07-30", 5)),
        (
            WEDNESDAY,
            weekly("26"),
            1,
            End::Count(12),
            Want::Dates("07-06 07-10 07-13 07-17 07-20 07-24 07-27 07-31 08-03 08-07 08-10 08-14"),
        ),
        (WEDNESDAY, weekly("26"), 1, End::Count(12), Want::Last("2022-08-14", 12)),
        (
            WEDNESDAY,
            weekly("26"),
            3,
            End::Count(3),
            Want::Dates("07-06 07-10 07-27"),
        ),
        (
            "2023-09-18",
            weekly("0"),
            1,
            End::Count(12),
            Want::Dates("09-18 09-25 10-02 10-09 10-16 10-23 10-30 11-06 11-13 11-20 11-27 12-04"),
        ),
    ]);
    let each = rule(weekly("135"), 1, end);
    assert_eq!(
        window(THURSDAY, Some(each), "2022-07-24", "2022-07-29"),
        ["2022-07-26", "2022-07-28"]
    );
    let third = rule(weekly("26"), 3, End::Count(3));
    assert_eq!(
        window(WEDNESDAY, Some(third), "2022-07-07", "2022-07-26"),
        ["2022-07-10"]
    );
}

#[test]
fn census_13_1_monthly() {
    const SEVENTH: &str = "2022-10-07";
    const FRIDAY: &str = "2022-10-21";
    holds(vec![
        (
            SEVENTH,
            DATE,
            1,
            until("2023-04-02"),
            Want::Dates("10-07 11-07 12-07 2023-01-07 02-07 03-07"),
        ),
        (SEVENTH, DATE, 3, until("2023-04-02"), Want::Dates("10-07 2023-01-07")),
        (SEVENTH, DATE, 1, End::Count(6), Want::Last("2023-03-07", 6)),
        (SEVENTH, DATE, 3, End::Count(8), Want::Last("2024-07-07", 8)),
        (
            FRIDAY,
            NTH,
            1,
            until("2023-04-02"),
            Want::Dates("10-21 11-18 12-16 2023-01-20 02-17 03-17"),
        ),
        (
            FRIDAY,
            NTH,
            3,
            until("2023-05-02"),
            Want::Dates("10-21 2023-01-20 04-21"),
        ),
        (
            FRIDAY,
            NTH,
            1,
            End::Count(12),
            Want::Dates("10-21 11-18 12-16 2023-01-20 02-17 03-17 04-21 05-19 06-16 07-21 08-18 09-15"),
        ),
        (FRIDAY, NTH, 1, End::Count(12), Want::Last("2023-09-15", 12)),
        (
            FRIDAY,
            NTH,
            3,
            End::Count(8),
            Want::Dates("10-21 2023-01-20 04-21 07-21 10-20 2024-01-19 04-19 07-19"),
        ),
    ]);
}

#[test]
fn census_13_1_yearly() {
    const START: &str = "2022-10-07";
    let end = until("2028-04-02");
    holds(vec![
        (
            START,
            Pattern::Yearly,
            1,
            end,
            Want::Dates("10-07 2023-10-07 2024-10-07 2025-10-07 2026-10-07 2027-10-07"),
        ),
        (START, Pattern::Yearly, 3, end, Want::Dates("10-07 2025-10-07")),
        (START, Pattern::Yearly, 1, End::Count(6), Want::Last("2027-10-07", 6)),
        (START, Pattern::Yearly, 3, End::Count(8), Want::Last("2043-10-07", 8)),
    ]);
}
