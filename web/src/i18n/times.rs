//! Dates as people read them, in the zone in which they were planned.

use amphi_events::Time;
use chrono::{Datelike, Timelike};
use chrono_tz::Tz;

use super::Lang;

const DAYS: [[&str; 7]; 2] = [
    ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ],
];
const MONTHS: [[&str; 12]; 2] = [
    [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
];

fn zone(name: &str) -> Tz {
    name.parse().unwrap_or(chrono_tz::UTC)
}

/// `vendredi 20 novembre 2026`, `Friday 20 November 2026`.
pub fn date(lang: Lang, at: Time, zone_name: &str) -> String {
    let t = at.utc().with_timezone(&zone(zone_name));
    let n = lang as usize;
    let day = DAYS[n][t.weekday().num_days_from_monday() as usize];
    let month = MONTHS[n][t.month0() as usize];
    let date = match (lang, t.day()) {
        (Lang::Fr, 1) => "1er".to_owned(),
        (_, d) => d.to_string(),
    };
    format!("{day} {date} {month} {}", t.year())
}

/// `lundi`, `Monday`.
pub fn weekday(lang: Lang, day: chrono::Weekday) -> &'static str {
    DAYS[lang as usize][day.num_days_from_monday() as usize]
}

/// `vendredi 20 novembre 2026` of a date without a time.
pub fn day(lang: Lang, date: chrono::NaiveDate) -> String {
    let noon = date.and_time(chrono::NaiveTime::MIN).and_utc();
    self::date(lang, Time(noon.timestamp_millis()), "UTC")
}

/// `vendredi 20 novembre 2026 à 14:05`, `Friday 20 November 2026 at 14:05`.
pub fn full(lang: Lang, at: Time, zone_name: &str) -> String {
    let word = match lang {
        Lang::Fr => "à",
        Lang::En => "at",
    };
    format!("{} {word} {}", date(lang, at, zone_name), clock(at, zone_name))
}

/// `14:05`.
pub fn clock(at: Time, zone_name: &str) -> String {
    let t = at.utc().with_timezone(&zone(zone_name));
    format!("{:02}:{:02}", t.hour(), t.minute())
}

/// `2026-11-20 14:05:09` in that zone: for lists of administrators and auditors.
pub fn exact(at: Time, zone_name: &str) -> String {
    at.utc()
        .with_timezone(&zone(zone_name))
        .format("%Y-%m-%d %H:%M:%S")
        .to_string()
}

/// A span as people say it today: `aujourd’hui, 14:00 – 16:00`, `Saturday 21 November 2026, 14:00 – 16:00`.
pub fn span(lang: Lang, now: Time, from: Time, to: Time, zone_name: &str) -> String {
    let day = |at: Time| at.utc().with_timezone(&zone(zone_name)).date_naive();
    let words = match (lang, (day(from) - day(now)).num_days()) {
        (Lang::Fr, -1) => "hier".to_owned(),
        (Lang::En, -1) => "yesterday".to_owned(),
        (Lang::Fr, 0) => "aujourd’hui".to_owned(),
        (Lang::En, 0) => "today".to_owned(),
        (Lang::Fr, 1) => "demain".to_owned(),
        (Lang::En, 1) => "tomorrow".to_owned(),
        _ => date(lang, from, zone_name),
    };
    let end = if day(from) == day(to) {
        clock(to, zone_name)
    } else {
        format!("{} {}", date(lang, to, zone_name), clock(to, zone_name))
    };
    format!("{words}, {}\u{a0}–\u{a0}{end}", clock(from, zone_name))
}

/// As an `<input type="datetime-local">` writes it: `2026-11-20T14:05`.
pub fn input(at: Time, zone_name: &str) -> String {
    at.utc()
        .with_timezone(&zone(zone_name))
        .format("%Y-%m-%dT%H:%M")
        .to_string()
}

/// Reads such an input in that zone. A time that the change to summer time skips is none; of one that
/// there is twice the first is meant.
pub fn read_input(text: &str, zone_name: &str) -> Option<Time> {
    let zone: Tz = zone_name.parse().ok()?;
    let naive = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|f| chrono::NaiveDateTime::parse_from_str(text, f).ok())?;
    naive
        .and_local_timezone(zone)
        .earliest()
        .map(|t| Time(t.timestamp_millis()))
        .filter(|t| t.is_writable())
}

/// `1 h 30 min`.
pub fn duration(seconds: i64) -> String {
    let minutes = seconds.max(0) / 60;
    match (minutes / 60, minutes % 60) {
        (0, m) => format!("{m}\u{a0}min"),
        (h, 0) => format!("{h}\u{a0}h"),
        (h, m) => format!("{h}\u{a0}h\u{a0}{m:02}\u{a0}min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_read_in_their_zone() {
        let t = read_input("2026-07-01T14:05", "Europe/Paris").expect("a time");
        assert_eq!(t.rfc3339(), "2026-07-01T12:05:00.000Z");
        assert_eq!(input(t, "Europe/Paris"), "2026-07-01T14:05");
        assert_eq!(
            read_input("2026-03-29T02:30", "Europe/Paris"),
            None,
            "skipped by summer time"
        );
        assert_eq!(
            read_input("2026-10-25T02:30", "Europe/Paris")
                .map(Time::rfc3339)
                .as_deref(),
            Some("2026-10-25T00:30:00.000Z")
        );
        assert_eq!(read_input("x", "Europe/Paris"), None);
        for far in ["+262142-12-31T23:59", "-262143-01-01T00:00", "10000-01-01T12:00"] {
            assert_eq!(read_input(far, "Pacific/Kiritimati"), None, "{far}");
        }
    }

    #[test]
    fn people_read_dates_in_their_language() {
        let t = read_input("2026-05-01T09:00", "Europe/Paris").expect("a time");
        assert_eq!(full(Lang::Fr, t, "Europe/Paris"), "vendredi 1er mai 2026 à 09:00");
        assert_eq!(full(Lang::En, t, "Europe/Paris"), "Friday 1 May 2026 at 09:00");
        let (noon, later) = (Time(t.0 + 3_600_000), Time(t.0 + 30 * 3_600_000));
        assert_eq!(
            span(Lang::Fr, t, t, noon, "Europe/Paris"),
            "aujourd’hui, 09:00\u{a0}–\u{a0}10:00"
        );
        assert_eq!(
            span(Lang::En, t, noon, later, "Europe/Paris"),
            "today, 10:00\u{a0}–\u{a0}Saturday 2 May 2026 15:00"
        );
        assert_eq!(
            span(Lang::En, later, t, noon, "Europe/Paris"),
            "yesterday, 09:00\u{a0}–\u{a0}10:00"
        );
        assert_eq!(duration(5400), "1\u{a0}h\u{a0}30\u{a0}min");
    }
}
