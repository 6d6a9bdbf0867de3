//! Each rule once, with a history that keeps it and one that breaks it.

use amphi_events::ids::{MessageId, PersonId};
use ulid::Ulid;

use crate::breach::Breach;
use crate::check::{Rules, check, tally};
use crate::history::{Client, History, Line, Record, Status, What};
use crate::log::{Log, LogLine, Removal};

const AWA: PersonId = PersonId(Ulid(1));

fn id(position: u64) -> MessageId {
    MessageId(Ulid(u128::from(position) + 1_000))
}

fn line(position: u64) -> Line {
    Line {
        position,
        id: id(position),
        text: format!("line {position}").into(),
        status: Status::Posted,
    }
}

/// A log with lines of somebody else at these positions.
fn log(positions: &[u64]) -> Log {
    let mut log = Log::default();
    for position in positions {
        let Line { id, text, .. } = line(*position);
        log.line(*position, LogLine { id, text, person: None });
    }
    log
}

fn client(name: &str, whats: Vec<What>) -> Client {
    let record = |(n, what)| Record {
        order: n as u64,
        at_ms: n as i64,
        what,
    };
    Client {
        name: name.to_owned(),
        is: None,
        records: whats.into_iter().enumerate().map(record).collect(),
    }
}

/// Breaches on the way; nobody is at the end of this log.
fn breaches(log: &Log, whats: Vec<What>) -> Vec<Breach> {
    let mut log = log.clone();
    log.last = u64::MAX;
    let history = History {
        clients: vec![client("awa", whats)],
    };
    let rules = Rules {
        level: false,
        ..Rules::default()
    };
    check(&history, &log, rules)
}

fn opening(after: Option<u64>) -> What {
    What::Opening {
        after: after.map(|at| (at, "e".to_owned())),
    }
}

fn hello(upto: u64, reset: bool, lines: &[u64]) -> What {
    What::Hello {
        epoch: "e".to_owned(),
        upto,
        you: Some(AWA),
        reset,
        lines: lines.iter().map(|p| line(*p)).collect(),
    }
}

fn messages(upto: u64, lines: &[u64]) -> What {
    What::Messages {
        upto,
        lines: lines.iter().map(|p| line(*p)).collect(),
    }
}

fn post(client_id: &str, text: &str) -> What {
    What::Post {
        client_id: client_id.to_owned(),
        text: text.to_owned(),
    }
}

fn receipt(client_id: &str, position: u64) -> What {
    What::Receipt {
        client_id: client_id.to_owned(),
        id: id(position),
        position,
    }
}

#[test]
fn a_whole_visit_with_a_cut_and_a_catch_up() {
    let log = log(&[3, 5, 6, 9]);
    let history = vec![
        opening(None),
        hello(4, false, &[3]),
        messages(5, &[5]),
        What::Closed { code: None },
        opening(Some(5)),
        hello(5, false, &[]),
        messages(8, &[6]),
        messages(9, &[9]),
    ];
    assert_eq!(breaches(&log, history.clone()), []);
    let counted = tally(&History {
        clients: vec![client("awa", history)],
    });
    assert_eq!(
        (counted.greeted, counted.resumed, counted.handed, counted.cuts),
        (2, 1, 4, 1)
    );
}

#[test]
fn a_gap_at_the_seam_of_catch_up_and_live() {
    let log = log(&[3, 5, 6, 9]);
    let found = breaches(
        &log,
        vec![
            opening(None),
            hello(4, false, &[3]),
            messages(5, &[5]),
            messages(9, &[9]),
        ],
    );
    assert!(
        matches!(
            found[..],
            [Breach::Missed {
                position: 6,
                upto: 9,
                ..
            }]
        ),
        "{found:?}"
    );
    // The full state itself has a hole.
    let found = breaches(&log, vec![opening(None), hello(9, false, &[3, 5, 9])]);
    assert!(matches!(found[..], [Breach::Missed { position: 6, .. }]), "{found:?}");
}

#[test]
fn a_line_beyond_its_own_upto_comes_again_after_a_cut() {
    let log = log(&[3, 5]);
    let found = breaches(
        &log,
        vec![
            opening(None),
            hello(3, false, &[3]),
            messages(4, &[5]),
            messages(5, &[5]),
        ],
    );
    assert!(
        matches!(
            found[..],
            [
                Breach::BeyondUpto { position: 5, .. },
                Breach::Twice { position: 5, .. }
            ]
        ),
        "{found:?}"
    );
}

#[test]
fn a_line_behind_what_is_there() {
    let log = log(&[3, 5, 6]);
    let found = breaches(&log, vec![opening(Some(4)), hello(4, false, &[]), messages(6, &[6, 5])]);
    assert!(
        matches!(
            found[..],
            [Breach::OutOfOrder {
                position: 5,
                after: 6,
                ..
            }]
        ),
        "{found:?}"
    );
}

#[test]
fn a_removed_line_may_be_passed_over_only_once_it_was_taken_away() {
    let mut log = log(&[3, 5]);
    let visit = || vec![opening(None), hello(3, false, &[3]), What::State { upto: 5 }];
    let at_ms = 1;
    log.remove(id(5), Removal { position: 6, at_ms });
    assert_eq!(breaches(&log, visit()), []);
    let at_ms = 100;
    log.remove(id(5), Removal { position: 6, at_ms });
    assert!(matches!(
        breaches(&log, visit())[..],
        [Breach::Missed { position: 5, .. }]
    ));
}

#[test]
fn what_one_was_told_to_be_taken_away_nobody_gets_later() {
    let mut log = log(&[3]);
    let at_ms = 0;
    log.remove(id(3), Removal { position: 8, at_ms });
    log.last = 100;
    let removed = What::Removed {
        upto: 8,
        ids: vec![id(3)],
    };
    let first = client("bea", vec![opening(None), hello(3, false, &[3]), removed]);
    let mut second = client("awa", vec![opening(None), hello(3, false, &[3])]);
    let mut history = History {
        clients: vec![first, second.clone()],
    };
    let rules = Rules {
        level: false,
        ..Rules::default()
    };
    assert_eq!(check(&history, &log, rules), [], "the connection was there already");
    for record in &mut second.records {
        record.order += 10;
    }
    history.clients[1] = second;
    let found = check(&history, &log, rules);
    assert!(matches!(found[..], [Breach::HandedAgain { .. }]), "{found:?}");
    // By positions alone: a full state of 8 speaks of the removal at 8.
    let found = breaches(&log, vec![opening(None), hello(8, false, &[3])]);
    assert!(matches!(found[0], Breach::HandedAgain { .. }), "{found:?}");
}

#[test]
fn a_removal_that_is_not_told() {
    let mut log = log(&[3, 9]);
    let at_ms = 0;
    log.remove(id(3), Removal { position: 8, at_ms });
    let found = breaches(&log, vec![opening(None), hello(3, false, &[3]), messages(9, &[9])]);
    assert!(
        matches!(found[0], Breach::RemovalUntold { position: 3, .. }),
        "{found:?}"
    );
}

#[test]
fn who_comes_back_goes_on_or_is_told_to_forget() {
    let log = log(&[3, 5]);
    let begin = || vec![opening(None), hello(3, false, &[3]), opening(Some(3))];
    let with = |last: What| begin().into_iter().chain([last]).collect::<Vec<_>>();
    assert_eq!(breaches(&log, with(hello(3, false, &[]))), []);
    assert_eq!(breaches(&log, with(hello(5, true, &[3, 5]))), []);
    for wrong in [hello(5, false, &[3, 5]), hello(5, false, &[]), hello(2, false, &[])] {
        let found = breaches(&log, with(wrong));
        assert!(matches!(found[0], Breach::ResetUnsaid { .. }), "{found:?}");
    }
    let mut twice = with(hello(3, false, &[]));
    twice.push(hello(5, false, &[3, 5]));
    assert!(matches!(breaches(&log, twice)[0], Breach::GreetedTwice { .. }));
    let mut twice = with(hello(3, false, &[]));
    twice.push(hello(5, true, &[3, 5]));
    assert_eq!(breaches(&log, twice), [], "a reset in the middle");
    let found = breaches(&log, with(hello(2, true, &[])));
    assert!(matches!(found[0], Breach::WentBack { from: 3, to: 2, .. }), "{found:?}");
}

#[test]
fn receipts_are_what_the_log_holds() {
    let mut log = Log::default();
    let text = "good morning";
    let ours = |position| LogLine {
        id: id(position),
        text: text.into(),
        person: Some(AWA),
    };
    log.line(4, ours(4));
    let visit = |whats: Vec<What>| {
        [opening(Some(9)), hello(9, false, &[])]
            .into_iter()
            .chain(whats)
            .collect::<Vec<_>>()
    };
    let sent = || post("c1", " good morning ");
    assert_eq!(
        breaches(&log, visit(vec![sent(), receipt("c1", 4), sent(), receipt("c1", 4)])),
        []
    );
    let found = breaches(&log, visit(vec![sent(), receipt("c1", 5)]));
    assert!(
        matches!(found[..], [Breach::ReceiptNotInLog { position: 5, .. }]),
        "{found:?}"
    );
    let found = breaches(&log, visit(vec![sent(), receipt("c2", 4)]));
    assert!(matches!(found[..], [Breach::ReceiptOfNothing { .. }]), "{found:?}");
    let found = breaches(&log, visit(vec![]));
    assert!(
        matches!(found[..], [Breach::FromNowhere { position: 4, .. }]),
        "{found:?}"
    );
    log.line(6, ours(6));
    let found = breaches(&log, visit(vec![sent(), receipt("c1", 4), sent(), receipt("c1", 6)]));
    assert!(
        matches!(
            found[..],
            [
                Breach::ReceiptChanged {
                    first: 4,
                    second: 6,
                    ..
                },
                Breach::Doubled { .. }
            ]
        ),
        "{found:?}"
    );
}

#[test]
fn a_refusal_for_good_is_one() {
    let mut log = Log::default();
    log.line(
        4,
        LogLine {
            id: id(4),
            text: "x".into(),
            person: Some(AWA),
        },
    );
    let refused = |code: &str| What::Refused {
        client_id: "c1".to_owned(),
        code: code.to_owned(),
    };
    let visit = |code: &str| vec![opening(Some(9)), hello(9, false, &[]), post("c1", "x"), refused(code)];
    assert_eq!(breaches(&log, visit("unavailable")), []);
    assert!(matches!(
        breaches(&log, visit("closed"))[..],
        [Breach::RefusedAndKept { .. }]
    ));
    // An earlier try was taken, and its receipt was lost with the connection.
    let mut again = visit("too_fast");
    again.insert(2, post("c1", "x"));
    assert_eq!(breaches(&log, again), []);
}

#[test]
fn an_outcome_stays() {
    let log = log(&[3]);
    let fate = |status| What::Fate {
        upto: 5,
        ids: vec![id(3)],
        status,
    };
    let visit = |a, b| vec![opening(None), hello(3, false, &[3]), fate(a), fate(b)];
    assert_eq!(
        breaches(&log, visit(Status::Unknown, Status::Relayed))[..],
        [] as [Breach; 0]
    );
    for (a, b) in [
        (Status::Relayed, Status::Unknown),
        (Status::Late, Status::Relayed),
        (Status::Unknown, Status::Posted),
        (Status::Posted, Status::Strange),
    ] {
        let found = breaches(&log, visit(a, b));
        assert!(matches!(found[0], Breach::StatusBack { .. }), "{a:?} {b:?} {found:?}");
    }
}

#[test]
fn nothing_of_the_room_before_the_hello() {
    let found = breaches(&log(&[3]), vec![opening(None), messages(3, &[3])]);
    assert!(matches!(found[0], Breach::BeforeHello { .. }), "{found:?}");
}

#[test]
fn who_is_level_shows_what_the_log_holds() {
    let mut log = log(&[3]);
    let visit = vec![opening(None), hello(3, false, &[3])];
    let history = History {
        clients: vec![client("awa", visit)],
    };
    assert_eq!(check(&history, &log, Rules::default()), []);
    log.fate(3, &[id(3)], Status::Late);
    assert!(matches!(
        check(&history, &log, Rules::default())[..],
        [Breach::Unlike { .. }]
    ));
    log.fate(4, &[id(3)], Status::Late);
    assert!(matches!(
        check(&history, &log, Rules::default())[..],
        [Breach::NotLevel { last: 4, .. }]
    ));
}

#[test]
fn who_has_no_socket_is_shown_nothing() {
    let mut log = Log::default();
    let ours = LogLine {
        id: id(4),
        text: "x".into(),
        person: Some(AWA),
    };
    log.line(4, ours);
    let mut writer = client("awa", vec![post("c1", "x"), receipt("c1", 4)]);
    writer.is = Some(AWA);
    let mut history = History { clients: vec![writer] };
    assert_eq!(check(&history, &log, Rules::default()), []);
    history.clients.push(client("bea", vec![opening(None)]));
    let found = check(&history, &log, Rules::default());
    assert!(matches!(found[..], [Breach::NotLevel { at: None, .. }]), "{found:?}");
}
