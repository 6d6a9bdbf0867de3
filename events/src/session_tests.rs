//! Given, when, then: session.

use super::*;
use crate::EventData as _;
use crate::story::{Story, id, sealed};

const NOON: i64 = 1_800_000_000_000;

fn opened() -> SessionCommand {
    SessionCommand::Opened {
        create_time: NOON - 5,
        internal_id: "abc-1".to_owned(),
        adopted: false,
    }
}

fn joined(who: &str) -> SessionCommand {
    SessionCommand::Joined {
        who: who.to_owned(),
        moderator: true,
        robot: false,
        participant: sealed(who),
    }
}

fn left(who: &str) -> SessionCommand {
    SessionCommand::Left { who: who.to_owned() }
}

fn requested() -> Story<Session> {
    let mut story = Story::at(NOON);
    let request = SessionCommand::Request {
        room: None,
        meeting: id(1),
        until: Time(NOON + 1000),
    };
    assert_eq!(story.did(request.clone()), ["SessionRequested"]);
    assert!(story.did(request).is_empty());
    story
}

#[test]
fn a_whole_life() {
    let mut s = requested();
    assert_eq!(s.state.phase, Phase::Opening);
    assert_eq!(
        s.did(SessionCommand::Troubled(Trouble::Unreachable)),
        ["SessionTroubled"]
    );
    assert!(
        s.did(SessionCommand::Troubled(Trouble::Unreachable)).is_empty(),
        "said once"
    );
    assert_eq!(
        s.did(SessionCommand::Troubled(Trouble::WrongSecret)),
        ["SessionTroubled"]
    );
    assert_eq!(s.did(SessionCommand::Recovered), ["SessionRecovered"]);
    assert!(s.did(SessionCommand::Recovered).is_empty());
    assert_eq!(s.did(opened()), ["SessionOpened"]);
    assert!(s.did(opened()).is_empty());
    assert_eq!(s.state.phase, Phase::Open);
    assert_eq!(s.did(SessionCommand::Hooked(HookState::Registered)), ["SessionHooked"]);
    let slides = |n| SessionCommand::SlidesGiven(vec![id(1), id(n)]);
    assert_eq!(s.did(slides(2)), ["SessionSlidesGiven"]);
    assert!(s.did(slides(2)).is_empty());
    assert_eq!(s.did(slides(3)), ["SessionSlidesGiven"]);
    assert_eq!(s.state.slides.len(), 3);
    assert!(s.did(SessionCommand::Hooked(HookState::Registered)).is_empty());
    assert_eq!(s.did(joined("a")), ["ParticipantJoined"]);
    assert!(
        s.did(joined("a")).is_empty(),
        "a hook that is delivered twice counts once"
    );
    assert_eq!(s.did(joined("b")), ["ParticipantJoined"]);
    let presents = Seen {
        presenter: Some(true),
        ..Seen::default()
    };
    assert_eq!(s.did(seen("b", presents)), ["ParticipantChanged"]);
    assert_eq!(s.did(left("a")), ["ParticipantLeft"]);
    assert!(s.did(left("a")).is_empty());
    assert_eq!(s.did(SessionCommand::End), ["SessionEndRequested"]);
    assert!(s.did(SessionCommand::End).is_empty());
    assert_eq!(s.did(SessionCommand::Closed(EndedBy::Us)), ["SessionClosed"]);
    assert!(s.state.present.is_empty());
    assert_eq!(s.did(SessionCommand::Forget), ["SessionAttendanceForgotten"]);
    // What took place elsewhere is no life of here.
    s.tells_all_but(&["SessionImported", "ParticipantImported"]);
}

#[test]
fn trouble_is_over_when_the_room_opens() {
    let mut s = requested();
    s.did(SessionCommand::Troubled(Trouble::BadAnswer));
    s.did(opened());
    assert_eq!(s.state.trouble, None);
}

#[test]
fn an_end_asked_for_while_the_room_opens_stays_asked_for() {
    let mut s = requested();
    s.did(SessionCommand::End);
    assert_eq!(s.did(opened()), ["SessionOpened"], "its identity is needed to end it");
    assert_eq!(s.state.phase, Phase::Ending);
    assert!(s.state.identity.is_some());
}

/// Census M2: an error of BBB made the reference end the meeting.
#[test]
fn an_error_of_bbb_is_not_the_end() {
    let mut s = requested();
    s.did(opened());
    for trouble in [
        Trouble::Unreachable,
        Trouble::BadAnswer,
        Trouble::WrongSecret,
        Trouble::Refused,
    ] {
        s.did(SessionCommand::Troubled(trouble));
        assert_eq!(s.state.phase, Phase::Open);
    }
}

#[test]
fn nothing_is_known_of_a_session_that_nobody_asked_for() {
    let s = Story::<Session>::at(NOON);
    for command in [
        opened(),
        joined("a"),
        SessionCommand::End,
        SessionCommand::Closed(EndedBy::Polling),
    ] {
        assert_eq!(s.refused(&command), Refusal::Unknown);
    }
}

/// Census M8: somebody who came where there was no log of the session was an error of the server.
#[test]
fn late_hints_change_nothing_and_nothing_opens_it_again() {
    let mut s = requested();
    s.did(SessionCommand::Closed(EndedBy::NeverOpened));
    assert_eq!(s.refused(&opened()), Refusal::Over);
    for command in [
        joined("a"),
        left("a"),
        SessionCommand::End,
        SessionCommand::Closed(EndedBy::Callback),
        SessionCommand::Troubled(Trouble::Refused),
        SessionCommand::Recovered,
        SessionCommand::Hooked(HookState::Missing),
    ] {
        assert!(s.did(command).is_empty());
    }
}

#[test]
fn who_was_there_is_forgotten_once_and_only_after_the_end() {
    let mut story = requested();
    assert!(story.did(SessionCommand::Forget).is_empty());
    story.did(opened());
    story.did(joined("a"));
    assert!(story.did(SessionCommand::Forget).is_empty(), "somebody is there");
    story.did(SessionCommand::Closed(EndedBy::Us));
    assert_eq!(story.did(SessionCommand::Forget), ["SessionAttendanceForgotten"]);
    assert!(story.did(SessionCommand::Forget).is_empty());
    assert_eq!(
        Story::<Session>::at(NOON).refused(&SessionCommand::Forget),
        Refusal::Unknown
    );
}

#[test]
fn a_session_of_elsewhere_is_over_from_the_first_and_takes_its_people_once() {
    let mut s: Story<Session> = Story::at(NOON);
    let import = SessionCommand::Import {
        meeting: id(1),
        opened_at: Time(NOON - 90_000_000),
    };
    let came = |who: &str| SessionCommand::ImportParticipant {
        who: who.to_owned(),
        moderator: false,
        joined_at: Time(NOON - 89_000_000),
        participant: sealed(who),
    };
    assert_eq!(s.refused(&came("w1")), Refusal::Unknown);
    assert_eq!(s.did(import.clone()), ["SessionImported"]);
    assert!(s.did(import.clone()).is_empty());
    assert_eq!((s.state.phase, s.state.since), (Phase::Closed, Time(NOON - 90_000_000)));
    assert_eq!(s.did(came("w1")), ["ParticipantImported"]);
    assert!(s.did(came("w1")).is_empty());
    assert_eq!(s.did(came("w2")), ["ParticipantImported"]);
    // Nothing wakes it: it is not asked for in BBB, and takes nobody in.
    assert!(s.did(joined("w3")).is_empty());
    assert_eq!(s.refused(&opened()), Refusal::Over);

    let ours = requested();
    assert_eq!(ours.refused(&import), Refusal::Over, "one of our own");
    assert_eq!(ours.refused(&came("w1")), Refusal::Unknown);
}

fn seen(who: &str, seen: Seen) -> SessionCommand {
    SessionCommand::Changed {
        who: who.to_owned(),
        seen,
    }
}

#[test]
fn how_somebody_takes_part_is_told_when_it_changes_and_never_of_who_is_not_there() {
    let mut s = requested();
    s.did(opened());
    let camera = Seen {
        camera: Some(true),
        ..Seen::default()
    };
    // Before they came: what a delivery out of order says.
    assert!(s.did(seen("a", camera)).is_empty());
    s.did(joined("a"));
    assert!(!s.state.present["a"].camera);
    assert_eq!(s.did(seen("a", camera)), ["ParticipantChanged"]);
    assert!(s.did(seen("a", camera)).is_empty());
    let all = Seen {
        moderator: Some(false),
        presenter: Some(true),
        voice: Some(Voice::Listening),
        camera: None,
    };
    assert_eq!(s.did(seen("a", all)), ["ParticipantChanged"]);
    let part = Part {
        moderator: false,
        robot: false,
        presenter: true,
        voice: Voice::Listening,
        camera: true,
    };
    assert_eq!(s.state.present["a"], part);
    assert!(s.did(seen("a", Seen::default())).is_empty());
    s.did(left("a"));
    assert!(s.did(seen("a", camera)).is_empty());
    s.did(joined("a"));
    assert_eq!(s.state.present["a"].voice, Voice::None, "who comes again begins anew");
}

/// A session that another front end opened is in that one's room, and of our meeting.
#[test]
fn a_session_of_another_front_end_is_in_its_room() {
    let mut story = Story::<Session>::at(NOON);
    let room = crate::elsewhere::ForeignRoom {
        id: "moodle-7".into(),
        create_time: NOON - 5,
        internal_id: "abc-1".to_owned(),
    };
    let request = SessionCommand::Request {
        meeting: id(1),
        until: Time(NOON + 1000),
        room: Some(room.clone()),
    };
    assert_eq!(story.state.room(), None);
    assert_eq!(story.did(request), ["SessionRequested"]);
    assert_eq!(story.state.room().as_deref(), Some("moodle-7"));
    assert_eq!(
        (story.state.foreign.clone(), story.state.meeting),
        (Some(room), Some(id(1)))
    );
    let ours = requested();
    assert_eq!(ours.state.room(), ours.state.meeting.map(|m| m.to_string()));
    // What was written before there were such rooms is read as our own.
    let old = br#"{"meeting":"00000000000000000000000001","until":5}"#;
    let read = SessionEvent::decode("SessionRequested", 1, old).unwrap();
    assert!(matches!(read, SessionEvent::SessionRequested { room: None, .. }));
    assert!(!String::from_utf8(read.encode()).unwrap().contains("room"));
}
