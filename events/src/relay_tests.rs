//! Given, when, then: relay.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::catalogue::EventData;
use crate::story::{Story, id};

const NOON: i64 = 1_800_000_000_000;

/// Line `n` stands at position `n`.
fn ask(n: u64) -> RelayCommand {
    RelayCommand::Ask {
        message: id(n.into()),
        position: Position(n),
        answered: None,
    }
}

/// Line `n`, right behind the answer to line `before`.
fn ask_behind(before: u64, n: u64) -> RelayCommand {
    RelayCommand::Ask {
        message: id(n.into()),
        position: Position(n),
        answered: Some(id(before.into())),
    }
}

fn relayed(n: u64, proof: Proof) -> RelayCommand {
    RelayCommand::Relayed {
        message: id(n.into()),
        proof,
    }
}

fn unknown(n: u64) -> RelayCommand {
    RelayCommand::Unknown { message: id(n.into()) }
}

fn missed(n: u64) -> RelayCommand {
    RelayCommand::Missed { message: id(n.into()) }
}

fn failed(n: u64) -> RelayCommand {
    RelayCommand::Failed {
        message: id(n.into()),
        position: Position(n),
        why: FailedWhy::Refused,
    }
}

fn late(n: &[u64]) -> RelayCommand {
    RelayCommand::Late {
        messages: n.iter().map(|n| id((*n).into())).collect(),
        position: Position(n.last().copied().unwrap_or(0)),
    }
}

fn relay() -> Story<Relay> {
    Story::at(NOON)
}

#[test]
fn a_whole_life() {
    let mut r = relay();
    let way = RelayCommand::SetWay {
        live: id(1),
        way: Way::Bbb,
        max_units: 500,
        max_bytes: 900,
        hooks: true,
    };
    assert_eq!(r.did(way.clone()), ["RelayWayFound"]);
    assert!(r.did(way).is_empty());
    assert_eq!(r.did(ask(1)), ["ChatRelayAsked"]);
    assert_eq!(r.did(relayed(1, Proof::Answer)), ["ChatMessageRelayed"]);
    assert_eq!(r.did(ask(2)), ["ChatRelayAsked"]);
    assert_eq!(r.did(missed(2)), ["ChatRelayMissed"]);
    assert_eq!(r.did(ask(2)), ["ChatRelayAsked"]);
    assert_eq!(r.state.in_flight.map(|f| f.attempt), Some(2));
    assert_eq!(r.did(unknown(2)), ["ChatRelayUnknown"]);
    assert_eq!(
        r.did(relayed(2, Proof::Echo)),
        ["ChatMessageRelayed"],
        "a late echo settles it"
    );
    assert!(r.did(relayed(2, Proof::Echo)).is_empty());
    assert_eq!(r.did(late(&[3, 4])), ["ChatRelayLate"]);
    assert!(r.did(late(&[3, 4])).is_empty());
    assert!(r.did(late(&[])).is_empty());
    assert_eq!(r.did(failed(5)), ["ChatRelayFailed"]);
    r.tells_all();
}

#[test]
fn one_line_at_a_time() {
    let mut r = relay();
    r.did(ask(1));
    assert_eq!(r.refused(&ask(2)), Refusal::Busy);
    assert_eq!(r.refused(&ask(1)), Refusal::Busy);
}

#[test]
fn an_answered_line_and_the_next_are_one_append() {
    let mut r = relay();
    r.did(ask(1));
    assert_eq!(r.did(ask_behind(1, 2)), ["ChatMessageRelayed", "ChatRelayAsked"]);
    assert_eq!(r.state.in_flight.map(|f| f.message), Some(id(2)));
    // The echo was there first: nothing is left to say of it.
    r.did(relayed(2, Proof::Echo));
    assert_eq!(r.did(ask_behind(2, 3)), ["ChatRelayAsked"]);
    assert_eq!(r.refused(&ask_behind(2, 4)), Refusal::Busy, "the third is in flight");
    assert_eq!(r.refused(&ask_behind(3, 3)), Refusal::Again);
    assert_eq!(
        r.state.answered.iter().map(|(m, _)| *m).collect::<Vec<_>>(),
        [id(1)],
        "an echo of the first may still come; that of the second did"
    );
}

#[test]
fn a_line_with_an_outcome_is_not_asked_again() {
    for outcome in [
        relayed(1, Proof::Answer),
        relayed(1, Proof::Echo),
        unknown(1),
        failed(1),
    ] {
        let mut r = relay();
        r.did(ask(1));
        r.did(outcome);
        assert_eq!(r.refused(&ask(1)), Refusal::Again);
        assert_eq!(r.refused(&failed(1)), Refusal::Again);
    }
    let mut r = relay();
    r.did(late(&[1, 2]));
    assert_eq!(r.refused(&ask(2)), Refusal::Again);
}

#[test]
fn outcomes_of_a_line_that_was_not_asked_for() {
    let mut r = relay();
    assert_eq!(r.refused(&unknown(1)), Refusal::NotAsked);
    assert_eq!(r.refused(&missed(1)), Refusal::NotAsked);
    assert!(r.did(relayed(1, Proof::Echo)).is_empty());
    r.did(ask(1));
    r.did(unknown(1));
    assert!(
        r.did(relayed(1, Proof::Answer)).is_empty(),
        "only the room itself settles an unknown line"
    );
}

#[test]
fn an_echo_after_a_line_was_said_missed_settles_it() {
    let mut r = relay();
    r.did(ask(1));
    r.did(missed(1));
    assert_eq!(r.did(relayed(1, Proof::Echo)), ["ChatMessageRelayed"]);
    assert_eq!(
        r.refused(&ask(1)),
        Refusal::Again,
        "or it would stand in the room twice"
    );
}

#[test]
fn a_missed_line_goes_before_the_next() {
    let mut r = relay();
    r.did(ask(1));
    r.did(missed(1));
    assert_eq!(
        r.refused(&ask(2)),
        Refusal::Busy,
        "or the missed line would never have an outcome"
    );
    for end in [late(&[1]), failed(1)] {
        let mut r = relay();
        r.did(ask(1));
        r.did(missed(1));
        r.did(end);
        assert_eq!(r.did(ask(2)), ["ChatRelayAsked"]);
    }
}

#[test]
fn a_line_in_flight_is_not_late() {
    let mut r = relay();
    r.did(ask(1));
    assert!(r.did(late(&[1])).is_empty());
    assert_eq!(r.did(late(&[1, 2])), ["ChatRelayLate"]);
    assert!(matches!(r.events.last(), Some(RelayEvent::ChatRelayLate { messages, .. }) if *messages == [id(2)]));
    assert_eq!(r.did(relayed(1, Proof::Answer)), ["ChatMessageRelayed"]);
}

fn any_command() -> impl Strategy<Value = RelayCommand> {
    let line = 1..12_u64;
    prop_oneof![
        6 => line.clone().prop_map(ask),
        4 => (line.clone(), line.clone()).prop_map(|(before, n)| ask_behind(before, n)),
        2 => line.clone().prop_map(|n| relayed(n, Proof::Answer)),
        2 => line.clone().prop_map(|n| relayed(n, Proof::Echo)),
        2 => line.clone().prop_map(unknown),
        3 => line.clone().prop_map(missed),
        1 => line.clone().prop_map(|n| late(&[n])),
        1 => line.prop_map(failed),
    ]
}

proptest! {
    /// Whatever is asked: a line is asked for once, and once more after each time it was surely missed; it
    /// is never asked for after an outcome, and it has at most one outcome (an unknown one may be settled later).
    #[test]
    fn a_line_is_asked_for_once_unless_missed(commands in prop::collection::vec(any_command(), 1..120)) {
        let mut r = relay();
        for command in &commands {
            let _ = r.when(command);
        }
        let mut asked: BTreeMap<MessageId, (u32, u32)> = BTreeMap::new();
        let mut over: BTreeMap<MessageId, &str> = BTreeMap::new();
        for event in &r.events {
            match event {
                RelayEvent::ChatRelayAsked { message, attempt, .. } => {
                    prop_assert!(!over.contains_key(message));
                    let (asks, misses) = asked.entry(*message).or_default();
                    *asks += 1;
                    prop_assert!(*asks <= *misses + 1);
                    prop_assert_eq!(*asks, *attempt);
                }
                RelayEvent::ChatRelayMissed { message } => asked.entry(*message).or_default().1 += 1,
                RelayEvent::ChatMessageRelayed { message, .. } => {
                    let before = over.insert(*message, event.kind());
                    prop_assert!(matches!(before, None | Some("ChatRelayUnknown")), "{:?}", before);
                }
                RelayEvent::ChatRelayUnknown { message } | RelayEvent::ChatRelayFailed { message, .. } => {
                    prop_assert_eq!(over.insert(*message, event.kind()), None);
                }
                RelayEvent::ChatRelayLate { messages, .. } => {
                    for message in messages {
                        prop_assert_eq!(over.insert(*message, event.kind()), None);
                    }
                }
                RelayEvent::RelayWayFound { .. } => {}
            }
        }
        // No line that was asked for is forgotten.
        for message in asked.keys().filter(|m| !over.contains_key(m)) {
            let waits = r.state.in_flight.map(|f| f.message) == Some(*message) || r.state.again.map(|a| a.0) == Some(*message);
            prop_assert!(waits, "{} has no outcome and nobody waits for it", message);
        }
    }
}
