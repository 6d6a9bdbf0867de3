//! What two other programs' parsers make of our calendars.

use std::path::{Path, PathBuf};
use std::process::Command;

use amphi_events::recurrence::{MonthlyType, Pattern, Recurrence, Weekdays, moment};
use chrono::{Datelike as _, NaiveDate};
use serde_json::{Value, json};

use super::*;

fn entry(details: &Details, n: u128) -> Entry<'_> {
    Entry {
        id: MeetingId(ulid::Ulid::from(n)),
        details,
        sequence: 3,
        cancelled: false,
        url: "https://live.univ.example/join/x".into(),
        changed: Time(1_795_000_000_000),
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
    let said = calendar(Method::Request, "live.univ.example", None, &[entry(&details, 1)]);
    let unfolded = said.replace("\r\n ", "");
    for line in [
        "METHOD:REQUEST",
        "DTSTAMP:20261118T110640Z",
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Paris",
        "DTSTART;TZID=Europe/Paris:20261019T101500",
        "DTEND;TZID=Europe/Paris:20261019T114500",
        "RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;WKST=MO;UNTIL=20261130T091500Z",
        "EXDATE;TZID=Europe/Paris:20261026T101500",
        "RECURRENCE-ID;TZID=Europe/Paris:20261102T101500",
        "DTSTART;TZID=Europe/Paris:20261103T090000",
        "SEQUENCE:3",
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
    let said = calendar(Method::Request, "live.univ.example", None, &[entry(&details, 1)]);
    assert!(
        said.contains("RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;WKST=MO\r\n"),
        "{said}"
    );
}

#[test]
fn a_cancelled_meeting_says_so() {
    let details = Details::new("Once", Time(1_795_000_000_000), 3600, "UTC");
    let said = calendar(Method::Cancel, "h", None, &[entry(&details, 1)]);
    assert!(
        said.contains("METHOD:CANCEL\r\n") && said.contains("STATUS:CANCELLED\r\n"),
        "{said}"
    );
    assert!(!said.contains("VTIMEZONE"), "UTC has no rules");
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
        let first = date("2026-01-01") + chrono::Days::new(self.upto(1400));
        // Times that every clock shows once: what programs make of the others is not agreed.
        let wall = first
            .and_hms_opt(6 + self.upto(16) as u32, 5 * self.upto(12) as u32, 0)
            .expect("a time");
        let tz: Tz = zone.parse().expect("a zone");
        // Over before midnight: of a meeting during which clocks change, programs disagree whether its length or its end holds.
        let most = (23 - i64::from(chrono::Timelike::hour(&wall))) * 60;
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
                        let moved = Exception::Moved {
                            starts_at: details.series().planned(date).plus_s(3600 * (1 + self.upto(5) as i64)),
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
                "ics": calendar(Method::Publish, "h", None, &[entry(&details, n + 1)]),
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
