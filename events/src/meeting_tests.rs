//! Given, when, then: meeting.

use super::*;
use crate::recurrence::{End, Pattern};
use crate::sealed::{Scope, Subject};
use crate::story::{Story, id};

const NOON: i64 = 1_800_000_000_000;
const HOUR: Time = Time(NOON + 3_600_000);

fn details() -> Details {
    Details::new("Assembly", HOUR, 3600, "Europe/Paris")
}

fn webinar() -> Details {
    Details {
        is_webinar: true,
        ..details()
    }
}

fn schedule(details: Details) -> MeetingCommand {
    MeetingCommand::Schedule {
        owner: id(1),
        live: id(2),
        details: Box::new(details),
    }
}

fn change(details: Details) -> MeetingCommand {
    MeetingCommand::Change {
        live: id(3),
        details: Box::new(details),
        expected_end: None,
    }
}

fn start(session: u128) -> MeetingCommand {
    MeetingCommand::Start {
        session: id(session),
        until: HOUR,
    }
}

fn planned(details: Details) -> Story<Meeting> {
    let mut story = Story::at(NOON);
    assert_eq!(story.did(schedule(details)), ["MeetingScheduled"]);
    story
}

#[test]
fn a_whole_life() {
    let mut m = planned(webinar());
    assert_eq!(m.state.live, Some(id(2)));
    assert!(m.state.is_presenter(id(1)) && !m.state.is_presenter(id(9)));
    let shared = Details {
        additional_owners: vec![id(9)],
        ..webinar()
    };
    assert_eq!(m.did(change(shared.clone())), ["MeetingChanged"]);
    assert!(m.state.is_presenter(id(9)));
    assert!(m.did(change(shared)).is_empty());
    assert_eq!(m.did(start(7)), ["MeetingStartRequested"]);
    assert!(m.did(start(8)).is_empty(), "the session that is wanted stays the one");
    assert_eq!(m.state.session, Some(id(7)));
    assert_eq!(m.did(MeetingCommand::End), ["MeetingEndRequested"]);
    assert!(m.did(MeetingCommand::End).is_empty());
    assert!(m.did(MeetingCommand::SessionEnded { session: id(8) }).is_empty());
    assert_eq!(
        m.did(MeetingCommand::SessionEnded { session: id(7) }),
        ["MeetingSessionEnded"]
    );
    assert_eq!(m.did(start(8)), ["MeetingStartRequested"]);
    assert_eq!(
        m.did(MeetingCommand::SessionEnded { session: id(8) }),
        ["MeetingSessionEnded"]
    );
    let weekly = Details {
        recurrence: Some(Recurrence {
            pattern: Pattern::Daily,
            frequency: 7,
            end: End::Count(3),
        }),
        ..details()
    };
    assert_eq!(m.did(change(weekly)), ["MeetingChanged"]);
    let date = "2027-01-22".parse().expect("a date");
    let occurrence = |change| MeetingCommand::Occurrence { date, change };
    let later = OccurrenceChange::Move {
        starts_at: Time(HOUR.0 + 8 * 86_400_000),
        duration_s: 1800,
    };
    assert_eq!(m.did(occurrence(later)), ["MeetingOccurrenceMoved"]);
    assert_eq!(
        m.did(occurrence(OccurrenceChange::Cancel)),
        ["MeetingOccurrenceCancelled"]
    );
    assert_eq!(
        m.did(occurrence(OccurrenceChange::Restore)),
        ["MeetingOccurrenceRestored"]
    );
    let invitee = id(5);
    let who = Sealed::from_parts(Subject::invitee(invitee), Scope::invitations(id(9)), vec![1]);
    assert_eq!(
        m.did(MeetingCommand::Invite {
            invitee,
            who,
            with: With::default()
        }),
        ["MeetingInvited"]
    );
    assert_eq!(m.did(MeetingCommand::Uninvite { invitee }), ["MeetingUninvited"]);
    assert_eq!(m.did(MeetingCommand::SetPassword { set: true }), ["MeetingPasswordSet"]);
    assert_eq!(m.did(MeetingCommand::SetKey { set: true }), ["MeetingKeySet"]);
    let slides = Slides {
        id: id(6),
        file: "a.pdf".into(),
        bytes: 1,
        pages: Some(1),
    };
    assert_eq!(m.did(MeetingCommand::AddSlides(slides)), ["MeetingSlidesAdded"]);
    assert_eq!(m.did(MeetingCommand::RemoveSlides(id(6))), ["MeetingSlidesRemoved"]);
    let over = MeetingCommand::HandOver {
        to: id(9),
        stays: false,
    };
    assert_eq!(m.did(over), ["MeetingHandedOver"]);
    assert_eq!(m.did(MeetingCommand::Cancel), ["MeetingCancelled"]);
    assert!(m.did(MeetingCommand::Cancel).is_empty());
    // A personal room begins otherwise (`personal`).
    m.tells_all_but(&["PersonalRoomMade"]);
}

#[test]
fn a_live_is_given_once_and_kept() {
    let mut m = planned(details());
    assert_eq!(m.state.live, None);
    m.did(change(webinar()));
    assert_eq!(m.state.live, Some(id(3)));
    m.did(change(details()));
    assert_eq!(
        m.state.live,
        Some(id(3)),
        "its page, its chat and its log stay reachable"
    );
    m.did(MeetingCommand::Change {
        live: id(4),
        details: Box::new(webinar()),
        expected_end: None,
    });
    assert_eq!(m.state.live, Some(id(3)));
}

#[test]
fn an_end_that_was_moved_meanwhile_is_not_moved_over() {
    let lasts = |seconds: i64| Details {
        duration_s: seconds,
        ..details()
    };
    let mut m = planned(lasts(3_600));
    let seen = lasts(3_600).ends_at();
    let moves = |to: i64, expected_end: Option<Time>| MeetingCommand::Change {
        live: id(3),
        details: Box::new(lasts(to)),
        expected_end,
    };
    assert_eq!(m.did(moves(4_500, Some(seen))), ["MeetingChanged"]);
    assert_eq!(m.refused(&moves(5_400, Some(seen))), Refusal::EndMoved);
    assert!(m.did(moves(4_500, Some(seen))).is_empty(), "both want the same");
    let renamed = MeetingCommand::Change {
        live: id(3),
        details: Box::new(Details {
            name: "Renamed".into(),
            ..lasts(4_500)
        }),
        expected_end: Some(seen),
    };
    assert_eq!(
        m.did(renamed),
        ["MeetingChanged"],
        "the end stays where it was moved to"
    );
    assert_eq!(
        m.did(moves(5_400, None)),
        ["MeetingChanged"],
        "who expects nothing moves it"
    );
    assert_eq!(m.did(moves(3_600, Some(lasts(5_400).ends_at()))), ["MeetingChanged"]);
}

#[test]
fn a_start_that_comes_too_late_starts_nothing() {
    let mut m = planned(details());
    m.now = HOUR;
    assert!(m.did(start(7)).is_empty());
    assert_eq!(m.state.session, None);
}

#[test]
fn details_out_of_range_are_refused() {
    type Spoil = fn(&mut Details);
    let cases: [(Refusal, Spoil); 12] = [
        (Refusal::Name, |d| d.name = " x ".into()),
        (Refusal::Name, |d| d.name = "é".repeat(251).into()),
        (Refusal::Name, |d| d.name = "two\nlines".into()),
        (Refusal::Duration, |d| d.duration_s = DURATION_MIN_S - 1),
        (Refusal::Duration, |d| d.duration_s = DURATION_MAX_S + 1),
        (Refusal::Duration, |d| d.duration_s = i64::MIN),
        (Refusal::TimeZone, |d| d.time_zone = "Europe/Atlantis".to_owned()),
        (Refusal::TimeZone, |d| d.time_zone = String::new()),
        (Refusal::TextTooLong, |d| {
            d.description = "x".repeat(TEXT_MAX + 1).into();
        }),
        (Refusal::OwnerTwice, |d| d.additional_owners = vec![id(1)]),
        (Refusal::TooManyPresenters, |d| {
            d.additional_owners = (10..61).map(id).collect();
        }),
        (Refusal::WebinarGuests, |d| {
            d.is_webinar = true;
            d.options.guest_policy = GuestPolicy::AskModerator;
        }),
    ];
    for (rule, spoil) in cases {
        let mut spoilt = details();
        spoil(&mut spoilt);
        assert_eq!(Story::<Meeting>::at(NOON).refused(&schedule(spoilt.clone())), rule);
        assert_eq!(planned(details()).refused(&change(spoilt)), rule);
    }
    let at_the_edge = Details {
        name: "é".repeat(250).into(),
        description: "é".repeat(TEXT_MAX).into(),
        duration_s: DURATION_MAX_S,
        additional_owners: (10..60).map(id).collect(),
        ..webinar()
    };
    planned(at_the_edge);
}

#[test]
fn what_does_not_exist_or_exists_already() {
    let mut m = Story::<Meeting>::at(NOON);
    for command in [change(details()), MeetingCommand::Cancel, start(7), MeetingCommand::End] {
        assert_eq!(m.refused(&command), Refusal::Unknown);
    }
    m.did(schedule(details()));
    assert_eq!(m.refused(&schedule(details())), Refusal::Exists);
    assert_eq!(m.refused(&MeetingCommand::End), Refusal::NotRunning);
}

#[test]
fn a_running_session_stands_in_the_way() {
    let mut m = planned(details());
    m.did(start(7));
    assert_eq!(m.refused(&MeetingCommand::Cancel), Refusal::Running);
    assert_eq!(m.refused(&change(webinar())), Refusal::Running);
    let renamed = Details {
        name: "Renamed".into(),
        ..details()
    };
    assert_eq!(m.did(change(renamed)), ["MeetingChanged"]);
}

#[test]
fn a_cancelled_meeting_takes_no_more() {
    let mut m = planned(details());
    m.did(MeetingCommand::Cancel);
    for command in [change(webinar()), start(7)] {
        assert_eq!(m.refused(&command), Refusal::Cancelled);
    }
}

/// Two owners have the form open at once: what the second saves must not undo what the first saved.
#[test]
fn who_saves_what_was_changed_meanwhile_is_told() {
    let mut m = planned(details());
    let seen = m.state.edited.expect("planned");
    let saved = |seen, details| MeetingCommand::Seen {
        seen,
        command: Box::new(change(details)),
    };
    let other = |f: fn(&mut Details)| {
        let mut d = details();
        f(&mut d);
        d
    };
    // What doesn't touch the details leaves their version.
    m.did(start(7));
    assert_eq!(m.state.edited, Some(seen));
    let first = other(|d| d.name = "First".into());
    assert_eq!(m.did(saved(seen, first.clone())), ["MeetingChanged"]);
    let second = other(|d| d.description = "Second".into());
    assert_eq!(m.refused(&saved(seen, second.clone())), Refusal::ChangedMeanwhile);
    // Both saved the same: nothing is undone.
    assert!(m.did(saved(seen, first)).is_empty());
    let now = m.state.edited.expect("changed");
    assert_ne!(now, seen);
    // A rule of the command itself is told before.
    let bad = other(|d| d.name = "x".into());
    assert_eq!(m.refused(&saved(seen, bad)), Refusal::Name);
    assert_eq!(m.did(saved(now, second)), ["MeetingChanged"]);
    m.did(MeetingCommand::HandOver { to: id(9), stays: true });
    assert_ne!(m.state.edited, Some(now));
}

/// A calendar has years of four digits, and readers of a series walk it from its start.
#[test]
fn a_start_is_neither_of_another_century_nor_ten_years_away() {
    let at = |text: &str| {
        let starts_at = Time::parse_rfc3339(text).expect("a time");
        Details { starts_at, ..details() }
    };
    for wrong in [
        "9999-12-31T23:00:00Z",
        "2200-01-01T00:00:00Z",
        "2037-02-01T00:00:00Z",
        "1999-12-31T23:59:59Z",
        "1900-01-01T00:00:00Z",
    ] {
        assert_eq!(
            Story::<Meeting>::at(NOON).refused(&schedule(at(wrong))),
            Refusal::Start,
            "{wrong}"
        );
        assert_eq!(
            planned(details()).refused(&change(at(wrong))),
            Refusal::Start,
            "{wrong}"
        );
    }
    for right in ["2000-01-01T00:00:00Z", "2036-12-01T00:00:00Z"] {
        planned(at(right));
    }
}

/// A name is read by people: what they don't see is none, and what turns the line around is somebody else's.
#[test]
fn a_name_shows_something_and_hides_nothing() {
    let called = |name: &str| Details {
        name: name.into(),
        ..details()
    };
    for wrong in [
        "\u{202e}\u{202e}",
        "\u{202e}abc",
        "a\u{200b}b",
        "\u{200d}\u{fe0f}",
        "  ",
        "a\nb",
        &format!("ab{}", "\u{301}".repeat(40)),
    ] {
        assert_eq!(
            Story::<Meeting>::at(NOON).refused(&schedule(called(wrong))),
            Refusal::Name,
            "{wrong:?}"
        );
    }
    for right in ["Été 👩\u{200d}💻", "\u{5e9}\u{5dc}\u{5d5}\u{5dd}"] {
        planned(called(right));
    }
}
