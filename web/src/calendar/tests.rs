//! What two other programs' parsers make of our calendars.

use std::path::{Path, PathBuf};
use std::process::Command;

use amphi_events::recurrence::{MonthlyType, Pattern, Recurrence, Weekdays, moment};
use chrono::{Datelike as _, NaiveDate};
use serde_json::{Value, json};

use super::*;

/// When the calendars are made.
const NOW: Time = Time(1_795_000_060_000);

fn entry(details: &Details, n: u128) -> Entry<'_> {
    Entry {
        id: MeetingId(ulid::Ulid::from(n)),
        details,
        sequence: 3,
        cancelled: false,
        url: "https://live.univ.example/join/x".into(),
        changed: Time(1_795_000_000_000),
        made: NOW,
        organizer: None,
        attendee: None,
    }
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn weekly() -> Details {
    let start = Time::parse_rfc3339("2026-10-19T10:15:00+02:00").expect("a time");
    let mut details = Details::new("Algèbre, groupe 1; salle B", start, 5400, "Europe/Paris");
    details.recurrence = Some(Recurrence {
        pattern: Pattern::Weekly {
            weekdays: "0".parse::<Weekdays>().expect("Monday"),
        },
        frequency: 1,
        end: End::Until(date("2026-11-30")),
    });
    details.exceptions.insert(date("2026-10-26"), Exception::Cancelled);
    let moved = Exception::Moved {
        starts_at: Time::parse_rfc3339("2026-11-03T09:00:00+01:00").expect("a time"),
        duration_s: 3600,
    };
    details.exceptions.insert(date("2026-11-02"), moved);
    details
}

/// Census M28: lines without CRLF, no METHOD, SEQUENCE, DTSTAMP or time zone, nothing folded or escaped, minutes lost.
#[test]
fn a_series_with_one_date_moved_and_one_cancelled() {
    let details = weekly();
    let said = calendar(Method::Request, "live.univ.example", None, &[entry(&details, 1)], NOW);
    let unfolded = said.replace("\r\n ", "");
    for line in [
        "METHOD:REQUEST",
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Paris",
        "DTSTART;TZID=Europe/Paris:20261019T101500",
        "DTEND;TZID=Europe/Paris:20261019T114500",
        "RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;WKST=MO;UNTIL=20261130T091500Z",
        "EXDATE;TZID=Europe/Paris:20261026T101500",
        "RECURRENCE-ID;TZID=Europe/Paris:20261102T101500",
        "DTSTART;TZID=Europe/Paris:20261103T090000",
        "SEQUENCE:3",
        "LAST-MODIFIED:20261118T110640Z",
        "DTSTAMP:20261118T110740Z",
        "SUMMARY:Algèbre\\, groupe 1\\; salle B",
        "UID:00000000000000000000000001@live.univ.example",
    ] {
        assert!(unfolded.contains(&format!("{line}\r\n")), "{line}\n{unfolded}");
    }
    assert_eq!(unfolded.matches("BEGIN:VEVENT").count(), 2);
    assert!(said.split("\r\n").all(|l| l.len() <= 75 && !l.contains('\n')));
}

/// Census M17: a series without an end broke the invitation.
#[test]
fn a_series_without_an_end_has_none_in_calendars() {
    let mut details = weekly();
    details.recurrence = details.recurrence.map(|rule| Recurrence { end: End::Open, ..rule });
    let said = calendar(Method::Request, "live.univ.example", None, &[entry(&details, 1)], NOW);
    assert!(
        said.contains("RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;WKST=MO\r\n"),
        "{said}"
    );
}

/// Its clocks stopped changing ten years after its first date, and its Februaries were gone.
#[test]
fn a_series_that_began_long_ago_is_told_for_ten_years_from_now() {
    let began = Time::parse_rfc3339("2015-01-30T10:00:00+01:00").expect("a time");
    let mut details = Details::new("Old", began, 3600, "Europe/Paris");
    details.recurrence = Some(Recurrence {
        pattern: Pattern::Monthly {
            monthly_type: MonthlyType::DateDay,
        },
        frequency: 1,
        end: End::Open,
    });
    let said = calendar(Method::Publish, "h", None, &[entry(&details, 1)], NOW);
    for line in [
        "RDATE;TZID=Europe/Paris:20150228T100000",
        "RDATE;TZID=Europe/Paris:20270228T100000",
        "RDATE;TZID=Europe/Paris:20360229T100000",
        // The clocks' own.
        "RDATE:20270328T020000",
        "RDATE:20361026T030000",
    ] {
        assert!(said.contains(&format!("{line}\r\n")), "{line}\n{said}");
    }
    assert!(!said.contains(":2038"), "{said}");
    // One that is still to come is told from its start on.
    details.starts_at = began.plus_s(20 * 366 * 86_400);
    let later = calendar(Method::Publish, "h", None, &[entry(&details, 1)], NOW);
    assert!(later.contains("RDATE:20440327T020000\r\n"), "{later}");
}

#[test]
fn a_cancelled_meeting_says_so() {
    let details = Details::new("Once", Time(1_795_000_000_000), 3600, "UTC");
    let said = calendar(Method::Cancel, "h", None, &[entry(&details, 1)], NOW);
    assert!(
        said.contains("METHOD:CANCEL\r\n") && said.contains("STATUS:CANCELLED\r\n"),
        "{said}"
    );
    assert!(!said.contains("VTIMEZONE"), "UTC has no rules");
}

/// A time in a zone means the first of two: the meeting came an hour early in every calendar.
#[test]
fn the_hour_that_comes_twice_is_written_in_utc() {
    let second = Time::parse_rfc3339("2027-10-31T01:30:00Z").expect("a time");
    let mut details = Details::new("Night", second, 1800, "Europe/Paris");
    let said = |details: &Details| calendar(Method::Request, "h", None, &[entry(details, 1)], NOW).replace("\r\n ", "");
    let once = said(&details);
    assert!(
        once.contains("DTSTART:20271031T013000Z\r\n") && once.contains("DTEND;TZID=Europe/Paris:20271031T030000\r\n"),
        "{once}"
    );
    // The first of the two is as it was.
    details.starts_at = second.plus_s(-3600);
    let first = said(&details);
    assert!(
        first.contains("DTSTART;TZID=Europe/Paris:20271031T023000\r\n"),
        "{first}"
    );
    // A rule repeats what the clock shows; its first date stands beside it.
    details.starts_at = second;
    details.recurrence = Some(Recurrence {
        pattern: Pattern::Daily,
        frequency: 1,
        end: End::Count(3),
    });
    let series = said(&details);
    for line in [
        "DTSTART;TZID=Europe/Paris:20271031T023000",
        "RECURRENCE-ID;TZID=Europe/Paris:20271031T023000",
        "DTSTART:20271031T013000Z",
    ] {
        assert!(series.contains(&format!("{line}\r\n")), "{line}\n{series}");
    }
    assert_eq!(series.matches("BEGIN:VEVENT").count(), 2);
    // Cancelled, it is out by its name; moved into such an hour, it is in UTC.
    details.exceptions.insert(date("2027-10-31"), Exception::Cancelled);
    let off = said(&details);
    assert!(
        off.contains("EXDATE;TZID=Europe/Paris:20271031T023000\r\n") && !off.contains("RECURRENCE-ID"),
        "{off}"
    );
    let moved = Exception::Moved {
        starts_at: second.plus_s(600),
        duration_s: 600,
    };
    details.exceptions.insert(date("2027-11-01"), moved);
    assert!(said(&details).contains("DTSTART:20271031T014000Z\r\n"));
}

/// A hundred dates that were cancelled two centuries ahead: each was a walk of its own, five seconds together.
#[test]
fn a_series_with_dates_far_away_is_told_in_one_walk() {
    let mut details = weekly();
    details.recurrence = Some(Recurrence {
        pattern: Pattern::Daily,
        frequency: 1,
        end: End::Open,
    });
    assert!(details.series().gives(date("2226-05-01")));
    for n in 0..103 {
        details
            .exceptions
            .insert(date("2226-05-01") + chrono::Days::new(n), Exception::Cancelled);
    }
    let before = recurrence::walks();
    let said = calendar(Method::Publish, "h", None, &[entry(&details, 1)], NOW);
    assert_eq!(said.matches("EXDATE").count(), 104);
    assert_eq!(recurrence::walks() - before, 1);
}

/// Numbers of a seed, the same on every machine.
struct Dice(u64);

impl Dice {
    fn upto(&mut self, most: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % most
    }

    fn details(&mut self) -> Details {
        const ZONES: [&str; 8] = [
            "Europe/Paris",
            "America/New_York",
            "America/Sao_Paulo",
            "Australia/Sydney",
            "Pacific/Auckland",
            "Asia/Kolkata",
            "Africa/Casablanca",
            "UTC",
        ];
        let zone = ZONES[self.upto(8) as usize];
        let tz: Tz = zone.parse().expect("a zone");
        let kind = self.upto(10);
        // In an hour that the clock shows for the second time.
        if kind == 0 {
            return self.twice();
        }
        // One in five began long before it is looked at.
        let first = if self.upto(5) == 0 {
            date("2005-01-01") + chrono::Days::new(self.upto(7600))
        } else {
            date("2026-01-01") + chrono::Days::new(self.upto(1400))
        };
        // Times that every clock shows once, from midnight on: what programs make of the others in a rule is not agreed.
        let hour = if kind == 1 { 0 } else { 6 + self.upto(16) as u32 };
        let minute = 5 * self.upto(12) as u32;
        let wall = first.and_hms_opt(hour, minute, 0).expect("a time");
        // Over before midnight, and before clocks change, or are set back to: of a meeting during which they do, programs disagree whether its
        // length or its end holds.
        let most = if hour == 0 {
            59 - i64::from(minute)
        } else {
            (23 - i64::from(hour)) * 60
        };
        let minutes = 1 + self.upto(u64::try_from(most).expect("before 23:00")) as i64;
        let mut details = Details::new("Series", moment(wall, tz), 60 * minutes, zone);
        let pattern = match self.upto(5) {
            0 => Pattern::Daily,
            1 => {
                let days: String = (0..7).filter(|_| self.upto(3) == 0).map(|d| d.to_string()).collect();
                let own = first.weekday().num_days_from_monday();
                Pattern::Weekly {
                    weekdays: format!("{days}{own}").parse().expect("days"),
                }
            }
            2 => Pattern::Monthly {
                monthly_type: MonthlyType::DateDay,
            },
            3 => Pattern::Monthly {
                monthly_type: MonthlyType::NthDay,
            },
            _ => Pattern::Yearly,
        };
        let end = match self.upto(3) {
            0 => End::Open,
            1 => End::Count(2 + self.upto(40) as u32),
            _ => End::Until(first + chrono::Days::new(self.upto(900))),
        };
        let rule = Recurrence {
            pattern,
            frequency: 1 + self.upto(4) as u16,
            end,
        };
        details.recurrence = rule.settle(details.series().first()).expect("a rule");
        if details.recurrence.is_some() {
            let dates: Vec<NaiveDate> = details.series().dates().take(12).collect();
            for date in dates {
                match self.upto(6) {
                    0 => drop(details.exceptions.insert(date, Exception::Cancelled)),
                    1 => {
                        let starts_at = details.series().planned(date).plus_s(3600 * (1 + self.upto(5) as i64));
                        let moved = Exception::Moved {
                            starts_at,
                            duration_s: 1800,
                        };
                        details.exceptions.insert(date, moved);
                    }
                    // Far away, to before the first one too, or into the hour that comes twice.
                    2 if self.upto(3) == 0 => {
                        let far = details
                            .series()
                            .planned(date)
                            .plus_s(86_400 * (self.upto(600) as i64 - 300));
                        let starts_at = match self.upto(2) {
                            0 => self.second(tz).unwrap_or(far),
                            _ => far,
                        };
                        let moved = Exception::Moved {
                            starts_at,
                            duration_s: 1800,
                        };
                        details.exceptions.insert(date, moved);
                    }
                    _ => {}
                }
            }
        }
        details
    }
}

impl Dice {
    /// A moment that the zone's clock shows for the second time, of the years looked at; `None`: no clock is set back there.
    fn second(&mut self, zone: Tz) -> Option<Time> {
        let from = Time::parse_rfc3339("2026-01-15T00:00:00Z").expect("a time").0;
        let from = Time(from).plus_s(86_400 * self.upto(1400) as i64);
        let shown = |at: Time| wall_clock(at, zone);
        // By half hours, the shortest that a clock is set back by where these are; from one October to the next it may be 371 days.
        let at = (0..18_000_i64)
            .map(|n| from.plus_s(1800 * n))
            .find(|at| moment(shown(*at), zone) != *at)?;
        Some(at.plus_s(300 * self.upto(6) as i64))
    }

    /// Once, or a few days in a row, from such a moment on.
    fn twice(&mut self) -> Details {
        const ZONES: [&str; 4] = [
            "Europe/Paris",
            "America/New_York",
            "Australia/Sydney",
            "Pacific/Auckland",
        ];
        let zone = ZONES[self.upto(4) as usize];
        let starts_at = self
            .second(zone.parse().expect("a zone"))
            .expect("they set clocks back");
        let mut details = Details::new("Twice", starts_at, 60 * (1 + self.upto(20) as i64), zone);
        if self.upto(2) == 0 {
            let rule = Recurrence {
                pattern: Pattern::Daily,
                frequency: 1 + self.upto(3) as u16,
                end: End::Count(2 + self.upto(20) as u32),
            };
            details.recurrence = rule.settle(details.series().first()).expect("a rule");
            let dates: Vec<NaiveDate> = details.series().dates().take(3).collect();
            for date in dates {
                if self.upto(4) == 0 {
                    details.exceptions.insert(date, Exception::Cancelled);
                }
            }
        }
        details
    }
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target")
}

/// Both parsers read the same thousand series and list every occurrence; `ops/test` puts them there.
/// Census M28: what the reference wrote, programs read each in its own way.
#[test]
fn two_other_parsers_agree_on_every_occurrence_of_a_thousand_series() {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or(20_261_128);
    println!("SEED={seed}");
    let mut dice = Dice(seed);
    let (from, to) = (
        Time::parse_rfc3339("2026-01-01T00:00:00Z").expect("a time"),
        Time::parse_rfc3339("2031-01-01T00:00:00Z").expect("a time"),
    );
    let cases: Vec<Value> = (0..1000)
        .map(|n| {
            let details = dice.details();
            let expected = details.series().between(from, to, 4000);
            let times = |o: &amphi_events::recurrence::Occurrence| json!([o.starts_at.0 / 1000, o.ends_at.0 / 1000]);
            json!({
                "ics": calendar(Method::Publish, "h", None, &[entry(&details, n + 1)], NOW),
                "expected": expected.iter().map(times).collect::<Vec<_>>(),
            })
        })
        .collect();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("series.json");
    let all = json!({ "from": from.0 / 1000, "to": to.0 / 1000, "cases": cases });
    std::fs::write(&file, all.to_string()).expect("written");
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/scripts");
    let python = Command::new("python3")
        .arg(scripts.join("calendar_series.py"))
        .arg(&file)
        .env("PYTHONPATH", target().join("pypi"))
        .output()
        .expect("python3");
    let node = Command::new("node")
        .arg(scripts.join("calendar_series.mjs"))
        .arg(&file)
        .arg(target().join("npm/node_modules/ical.js"))
        .output()
        .expect("node");
    for (name, out) in [("PyPI", python), ("npm", node)] {
        let said = String::from_utf8_lossy(&out.stdout);
        let (head, error) = (
            said.chars().take(3000).collect::<String>(),
            String::from_utf8_lossy(&out.stderr),
        );
        assert!(out.status.success(), "{name}: {head}{error}");
        assert!(said.contains("1000 series agree"), "{name}: {head}");
    }
}
