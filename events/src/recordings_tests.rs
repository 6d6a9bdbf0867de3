use super::*;
use crate::story::{Story, id};

fn rec(text: &str) -> RecordingId {
    text.parse().unwrap()
}

fn facts(state: State) -> Facts {
    Facts {
        state,
        starts_at: Time(1_800_000_000_000),
        ends_at: Time(1_800_003_600_000),
        participants: 12,
        formats: vec![Format {
            kind: "presentation".into(),
            link: "https://bbb.example.org/playback/presentation/2.3/a-1".into(),
            guarded: false,
            minutes: Some(60),
        }],
        session: Some(id(3)),
    }
}

fn listed(found: &[(&str, State)], whole: bool) -> RecordingsCommand {
    RecordingsCommand::Listed {
        found: found.iter().map(|(r, s)| (rec(r), facts(*s))).collect(),
        whole,
    }
}

fn order(recording: &str, order: Order) -> RecordingsCommand {
    RecordingsCommand::Order {
        recording: rec(recording),
        order,
    }
}

fn done(recording: &str, order: Order) -> RecordingsCommand {
    RecordingsCommand::Done {
        recording: rec(recording),
        order,
    }
}

fn ready(recording: &str) -> RecordingsCommand {
    RecordingsCommand::Ready {
        recording: rec(recording),
        session: Some(id(3)),
    }
}

fn two() -> Story<Recordings> {
    let mut r = Story::at(1_800_004_000_000);
    let found = [("a-1", State::Published), ("b-2", State::Processing)];
    assert_eq!(
        r.did(listed(&found, true)),
        ["MeetingRecordingSeen", "MeetingRecordingSeen"]
    );
    r
}

#[test]
fn a_list_is_news_only_where_it_says_something_new() {
    let mut r = two();
    let same = [("a-1", State::Published), ("b-2", State::Processing)];
    assert!(r.did(listed(&same, true)).is_empty());
    let other = [("a-1", State::Unpublished)];
    // A page of it says nothing of what it does not have.
    assert_eq!(r.did(listed(&other, false)), ["MeetingRecordingSeen"]);
    assert_eq!(r.did(listed(&other, true)), ["MeetingRecordingGone"]);
    assert_eq!(r.refused(&order("b-2", Order::Delete)), Refusal::Unknown);
    assert_eq!(r.did(listed(&same, true)).len(), 2, "it is back");
}

/// Census M10: somebody with one meeting deletes any recording of the BBB.
#[test]
fn what_is_not_of_the_meeting_can_not_be_asked_for() {
    let mut r = two();
    for wish in [Order::Delete, Order::Publish, Order::Unpublish] {
        assert_eq!(r.refused(&order("c-3", wish)), Refusal::Unknown);
    }
    // The beginning of an id is none (BBB's lists take it for one).
    assert_eq!(r.refused(&order("a", Order::Delete)), Refusal::Unknown);
    // What only a callback named is not in the list.
    r.did(ready("d-4"));
    assert_eq!(r.refused(&order("d-4", Order::Delete)), Refusal::Unknown);
}

#[test]
fn a_deletion_is_wanted_until_it_is_done_and_then_for_ever() {
    let mut r = two();
    assert_eq!(r.did(order("a-1", Order::Delete)), ["MeetingRecordingOrdered"]);
    assert!(r.did(order("a-1", Order::Delete)).is_empty());
    assert_eq!(r.state.all[&rec("a-1")].wanted(), Some(Order::Delete));
    assert_eq!(r.refused(&order("a-1", Order::Unpublish)), Refusal::Deleting);
    assert_eq!(r.did(done("a-1", Order::Delete)), ["MeetingRecordingDeleted"]);
    assert_eq!(r.state.all[&rec("a-1")].wanted(), None);
    assert_eq!(r.refused(&order("a-1", Order::Delete)), Refusal::Deleted);
    assert_eq!(r.refused(&ready("a-1")), Refusal::Deleted);
    let late = [("a-1", State::Published), ("b-2", State::Processing)];
    assert!(r.did(listed(&late, true)).is_empty(), "BBB lists it for a while");
}

#[test]
fn an_answer_to_what_is_no_longer_wanted_says_nothing() {
    let mut r = two();
    r.did(order("a-1", Order::Unpublish));
    assert_eq!(r.did(order("a-1", Order::Publish)), ["MeetingRecordingOrdered"]);
    assert!(r.did(done("a-1", Order::Unpublish)).is_empty());
    assert_eq!(r.did(done("a-1", Order::Publish)), ["MeetingRecordingPublished"]);
    assert!(r.did(order("a-1", Order::Publish)).is_empty(), "it is so already");
    assert_eq!(r.refused(&order("b-2", Order::Publish)), Refusal::NotMade);
    r.did(order("a-1", Order::Delete));
    let refused = RecordingsCommand::Refused {
        recording: rec("a-1"),
        order: Order::Delete,
        why: "unsupportedRequest".into(),
    };
    assert_eq!(r.did(refused.clone()), ["MeetingRecordingRefused"]);
    assert!(r.did(refused).is_empty());
    assert_eq!(r.state.all[&rec("a-1")].wanted(), None);
    assert!(r.state.all[&rec("a-1")].is_listed());
}

/// Census M34: several mails for one recording. BBB calls once a format.
#[test]
fn a_recording_is_ready_once_and_told_once() {
    let mut r = two();
    assert_eq!(r.did(ready("a-1")), ["MeetingRecordingReady"]);
    assert!(r.did(ready("a-1")).is_empty());
    let told = RecordingsCommand::Told {
        recording: rec("a-1"),
        people: vec![id(1), id(2)],
    };
    assert_eq!(r.did(told.clone()), ["MeetingRecordingTold"]);
    assert!(r.did(told).is_empty());
    let (meeting, other) = (id(9), id(8));
    let mail = mail_id(meeting, &rec("a-1"), id(1));
    assert_eq!(mail, mail_id(meeting, &rec("a-1"), id(1)));
    assert_ne!(mail, mail_id(meeting, &rec("a-1"), id(2)));
    assert_ne!(mail, mail_id(other, &rec("a-1"), id(1)));
}

/// Census M12: the key includes the name, so a second name makes a second row.
#[test]
fn a_recording_under_a_second_name_is_the_same_recording() {
    let mut r = two();
    let name = |name: &str| RecordingsCommand::Name {
        recording: rec("a-1"),
        name: name.to_owned(),
    };
    assert_eq!(r.did(name(" Optics, first hour ")), ["MeetingRecordingNamed"]);
    assert!(r.did(name("Optics, first hour")).is_empty());
    assert_eq!(r.state.all[&rec("a-1")].wanted(), Some(Order::Rename));
    assert_eq!(r.did(done("a-1", Order::Rename)), ["MeetingRecordingRenamed"]);
    assert_eq!(r.did(name("Optics, second name")), ["MeetingRecordingNamed"]);
    let same = [("a-1", State::Published), ("b-2", State::Processing)];
    assert!(r.did(listed(&same, true)).is_empty());
    assert_eq!(r.state.all.len(), 2);
    assert_eq!(r.refused(&name("x")), Refusal::Name);
    assert_eq!(r.refused(&name("a\u{202e}b")), Refusal::Name);
    let refused = RecordingsCommand::Refused {
        recording: rec("a-1"),
        order: Order::Rename,
        why: "unsupportedRequest".into(),
    };
    assert_eq!(r.did(refused), ["MeetingRecordingRefused"]);
    let held = &r.state.all[&rec("a-1")];
    assert_eq!(held.name.as_ref().unwrap().0, "Optics, second name", "it is our own");
    r.tells_all_but(&[
        "MeetingRecordingGone",
        "MeetingRecordingReady",
        "MeetingRecordingTold",
        "MeetingRecordingOrdered",
        "MeetingRecordingDeleted",
        "MeetingRecordingPublished",
    ]);
}

#[test]
fn what_could_stand_for_several_is_no_id() {
    for bad in ["", "a,b", "a b", "../a", "a%", "é", &"a".repeat(129)] {
        assert_eq!(bad.parse::<RecordingId>(), Err(NoRecordingId), "{bad}");
    }
    let real = "6fea8cf5c91f71a844862ead37a54d70198c664e-1700000000000";
    assert_eq!(rec(real).as_str(), real);
}
