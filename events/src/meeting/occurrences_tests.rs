//! Series of a meeting, one date changed alone.

use chrono::NaiveDate;

use crate::Time;
use crate::meeting::{Details, Meeting, MeetingCommand, OccurrenceChange, Refusal};
use crate::recurrence::{End, Pattern, Recurrence, RuleRefusal, Weekdays};
use crate::story::{Story, id};

const NOW: i64 = 1_792_000_000_000;

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// Mondays at 10:00 in Paris from 2026-10-19 on: the clock goes back on the 25th.
fn weekly(count: u32) -> Details {
    let start = Time::parse_rfc3339("2026-10-19T10:00:00+02:00").expect("a time");
    let mut details = Details::new("Algebra", start, 3600, "Europe/Paris");
    details.recurrence = Some(Recurrence {
        pattern: Pattern::Weekly {
            weekdays: "0".parse::<Weekdays>().expect("Monday"),
        },
        frequency: 1,
        end: End::Count(count),
    });
    details
}

fn schedule(details: Details) -> MeetingCommand {
    MeetingCommand::Schedule {
        owner: id(1),
        live: id(2),
        details: Box::new(details),
    }
}

fn change(text: &str, change: OccurrenceChange) -> MeetingCommand {
    MeetingCommand::Occurrence {
        date: date(text),
        change,
    }
}

fn starts(details: &Details) -> Vec<String> {
    let all = details.series().between(Time(0), Time(i64::MAX), 100);
    all.iter().map(|o| o.starts_at.rfc3339()).collect()
}

#[test]
fn a_series_keeps_its_hour_over_a_clock_change() {
    assert_eq!(
        starts(&weekly(3)),
        [
            "2026-10-19T08:00:00.000Z",
            "2026-10-26T09:00:00.000Z",
            "2026-11-02T09:00:00.000Z"
        ]
    );
}

#[test]
fn one_date_is_moved_another_cancelled_and_each_comes_back() {
    let mut story = Story::<Meeting>::at(NOW);
    assert_eq!(story.did(schedule(weekly(4))), ["MeetingScheduled"]);
    let to = Time::parse_rfc3339("2026-10-27T14:00:00+01:00").expect("a time");
    let moved = OccurrenceChange::Move {
        starts_at: to,
        duration_s: 1800,
    };
    assert_eq!(story.did(change("2026-10-26", moved)), ["MeetingOccurrenceMoved"]);
    assert!(
        story.did(change("2026-10-26", moved)).is_empty(),
        "said twice, it holds once"
    );
    assert_eq!(
        story.did(change("2026-11-02", OccurrenceChange::Cancel)),
        ["MeetingOccurrenceCancelled"]
    );
    let held = story.state.details.clone().expect("details");
    assert_eq!(
        starts(&held),
        [
            "2026-10-19T08:00:00.000Z",
            "2026-10-27T13:00:00.000Z",
            "2026-11-09T09:00:00.000Z"
        ]
    );
    // The one that is moved is what people wait for, under its own name.
    let next = held.around(Time::parse_rfc3339("2026-10-20T00:00:00Z").expect("a time"));
    assert_eq!((next.date, next.starts_at, next.moved), (date("2026-10-26"), to, true));
    // A form that was opened before changes nothing of it.
    let mut renamed = weekly(4);
    renamed.name = "Algebra I".into();
    let save = MeetingCommand::Change {
        live: id(2),
        details: Box::new(renamed),
        expected_end: None,
    };
    assert_eq!(story.did(save), ["MeetingChanged"]);
    assert_eq!(story.state.details.as_ref().map(|d| d.exceptions.len()), Some(2));
    assert_eq!(
        story.did(change("2026-10-26", OccurrenceChange::Restore)),
        ["MeetingOccurrenceRestored"]
    );
    assert_eq!(
        story.did(change("2026-11-02", OccurrenceChange::Restore)),
        ["MeetingOccurrenceRestored"]
    );
    assert_eq!(starts(story.state.details.as_ref().expect("details")).len(), 4);
}

#[test]
fn what_is_no_date_of_the_series_is_refused() {
    let mut story = Story::<Meeting>::at(NOW);
    story.did(schedule(weekly(4)));
    let cancel = |text| change(text, OccurrenceChange::Cancel);
    assert_eq!(story.refused(&cancel("2026-10-20")), Refusal::NoOccurrence);
    assert_eq!(
        story.refused(&cancel("2026-11-16")),
        Refusal::NoOccurrence,
        "after the last"
    );
    let long = OccurrenceChange::Move {
        starts_at: Time(NOW),
        duration_s: 90_000,
    };
    assert_eq!(story.refused(&change("2026-10-26", long)), Refusal::Duration);
    let mut once = Story::<Meeting>::at(NOW);
    once.did(schedule(Details::new("Once", Time(NOW), 3600, "UTC")));
    assert_eq!(once.refused(&cancel("2026-10-14")), Refusal::NoOccurrence);
}

/// Dates of other centuries cost every reader of a series: one that goes on was walked for each of them.
#[test]
fn single_dates_are_changed_within_ten_years() {
    let mut details = weekly(4);
    if let Some(rule) = &mut details.recurrence {
        (rule.pattern, rule.end) = (Pattern::Daily, End::Open);
    }
    let mut story = Story::<Meeting>::at(NOW);
    story.did(schedule(details));
    let moves = |to: &str| OccurrenceChange::Move {
        starts_at: Time::parse_rfc3339(to).expect("a time"),
        duration_s: 1800,
    };
    for (date, change_to) in [
        ("2226-05-01", OccurrenceChange::Cancel),
        ("2036-11-30", OccurrenceChange::Cancel),
        ("2026-10-26", moves("2037-01-01T10:00:00Z")),
        ("2026-10-26", moves("9999-12-31T23:00:00Z")),
        ("2026-10-26", moves("1999-12-31T23:00:00Z")),
    ] {
        assert_eq!(
            story.refused(&change(date, change_to)),
            Refusal::OccurrenceFar,
            "{date}"
        );
    }
    assert_eq!(
        story.did(change("2036-10-01", OccurrenceChange::Cancel)),
        ["MeetingOccurrenceCancelled"]
    );
}

/// Many exceptions far away are found in one walk: each walked for itself is a second each.
#[test]
fn what_the_rule_gives_is_found_in_one_walk() {
    let mut details = weekly(4);
    if let Some(rule) = &mut details.recurrence {
        (rule.pattern, rule.end) = (Pattern::Daily, End::Open);
    }
    let far = date("2226-01-01");
    for n in 0..500 {
        details
            .exceptions
            .insert(far + chrono::Days::new(n), crate::recurrence::Exception::Cancelled);
    }
    details
        .exceptions
        .insert(date("2026-10-01"), crate::recurrence::Exception::Cancelled);
    let series = details.series();
    // Before the first and beyond the horizon it gives none.
    let given: Vec<NaiveDate> = series.given().map(|(date, _)| date).collect();
    let walked: Vec<NaiveDate> = series.dates().filter(|d| details.exceptions.contains_key(d)).collect();
    assert_eq!(given, walked);
    assert!(given.len() > 100 && given.iter().all(|d| *d >= far), "{}", given.len());
    let before = std::time::Instant::now();
    assert!(series.given().count() > 100);
    let once = before.elapsed();
    let before = std::time::Instant::now();
    assert!(series.gives(far));
    assert!(once < before.elapsed() * 20, "as one walk, not as one each");
}

fn series(first: &str, weekdays: &str, rule_of: impl FnOnce(&mut Recurrence)) -> Details {
    let start = Time::parse_rfc3339(&format!("{first}T08:00:00Z")).expect("a time");
    let mut details = Details::new("Algebra", start, 3600, "UTC");
    let mut rule = Recurrence {
        pattern: Pattern::Weekly {
            weekdays: weekdays.parse::<Weekdays>().expect("days"),
        },
        frequency: 1,
        end: End::Count(6),
    };
    rule_of(&mut rule);
    details.recurrence = Some(rule);
    details
}

/// The start of a whole series shifts: what was said of single dates shifts with it, or is lost and said to be.
#[test]
fn what_was_said_of_single_dates_moves_with_the_series() {
    let plain = |_: &mut Recurrence| {};
    let daily = |every: u16| {
        move |rule: &mut Recurrence| {
            rule.pattern = Pattern::Daily;
            rule.frequency = every;
        }
    };
    let cases = [
        // Mondays become Tuesdays: by their place.
        (
            series("2026-11-02", "0", plain),
            series("2026-11-03", "1", plain),
            "2026-11-16",
            Some("2026-11-17"),
        ),
        (
            series("2026-11-02", "03", plain),
            series("2026-11-04", "25", plain),
            "2026-11-05",
            Some("2026-11-07"),
        ),
        // At another hour, or longer: the dates are the same.
        (
            series("2026-11-02", "0", plain),
            series("2026-11-02", "0", |r| r.end = End::Open),
            "2026-11-16",
            Some("2026-11-16"),
        ),
        // A day more: the others stay.
        (
            series("2026-11-02", "0", plain),
            series("2026-11-02", "02", plain),
            "2026-11-16",
            Some("2026-11-16"),
        ),
        // Every day from a day later on: the fifth is still the fifth.
        (
            series("2026-11-02", "0", daily(1)),
            series("2026-11-03", "0", daily(1)),
            "2026-11-05",
            Some("2026-11-05"),
        ),
        (
            series("2026-11-02", "0", daily(2)),
            series("2026-11-03", "0", daily(2)),
            "2026-11-06",
            Some("2026-11-07"),
        ),
        // Fewer, or another rule: it is lost.
        (
            series("2026-11-02", "0", plain),
            series("2026-11-03", "1", |r| r.end = End::Count(2)),
            "2026-11-16",
            None,
        ),
        (
            series("2026-11-02", "0", plain),
            series("2026-11-03", "13", plain),
            "2026-11-16",
            None,
        ),
        (
            series("2026-11-02", "0", plain),
            Details {
                recurrence: None,
                ..series("2026-11-02", "0", plain)
            },
            "2026-11-16",
            None,
        ),
    ];
    for (n, (held, wanted, said, kept)) in cases.into_iter().enumerate() {
        let mut story = Story::<Meeting>::at(NOW);
        story.did(schedule(held));
        story.did(change(said, OccurrenceChange::Cancel));
        let held = story.state.details.clone().expect("details");
        let lost = wanted.carries(&held).1;
        let save = MeetingCommand::Change {
            live: id(2),
            details: Box::new(wanted),
            expected_end: None,
        };
        story.did(save);
        let details = story.state.details.clone().expect("details");
        let given: Vec<NaiveDate> = details.series().given().map(|(date, _)| date).collect();
        assert_eq!(given, kept.map(date).into_iter().collect::<Vec<_>>(), "{n}");
        assert_eq!(lost, if kept.is_some() { vec![] } else { vec![date(said)] }, "{n}");
    }
}

#[test]
fn a_rule_that_gives_one_date_is_none_and_a_wrong_one_is_refused() {
    let mut story = Story::<Meeting>::at(NOW);
    story.did(schedule(weekly(1)));
    assert_eq!(story.state.details.as_ref().expect("details").recurrence, None);
    let mut other_day = weekly(5);
    if let Some(rule) = &mut other_day.recurrence {
        rule.pattern = Pattern::Weekly {
            weekdays: "2".parse().expect("Wednesday"),
        };
    }
    assert_eq!(
        Story::<Meeting>::at(NOW).refused(&schedule(other_day)),
        Refusal::Rule(RuleRefusal::StartWeekday)
    );
    let mut webinar = weekly(5);
    webinar.is_webinar = true;
    assert_eq!(
        Story::<Meeting>::at(NOW).refused(&schedule(webinar)),
        Refusal::WebinarRepeats
    );
}

#[test]
fn when_all_is_over_its_time_is_the_last_one() {
    let details = weekly(3);
    let late = Time::parse_rfc3339("2027-05-01T00:00:00Z").expect("a time");
    assert_eq!(details.around(late).starts_at.rfc3339(), "2026-11-02T09:00:00.000Z");
    let mut story = Story::<Meeting>::at(NOW);
    story.did(schedule(details));
    story.did(change("2026-11-02", OccurrenceChange::Cancel));
    let held = story.state.details.clone().expect("details");
    assert_eq!(held.around(late).date, date("2026-10-26"));
}
