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
