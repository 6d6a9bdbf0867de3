//! A history without a breach has none found; each thing that goes wrong in it is found.

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::test_runner::{Config, TestRunner};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::model::{Model, RULES};
use super::wrongs::*;
use crate::breach::Breach;
use crate::check::check;

/// A thing that goes wrong by its name, and whether a breach is what it comes to.
type Mutation = (&'static str, Wrong, fn(&Breach) -> bool);

/// Each thing that goes wrong, by its name, with the breach that it is.
fn all() -> Vec<Mutation> {
    use Breach as B;
    vec![
        ("a line is dropped", a_line_is_dropped, |b| {
            matches!(b, B::Missed { .. })
        }),
        ("a frame comes twice", a_frame_comes_twice, |b| {
            matches!(b, B::Twice { .. })
        }),
        ("two frames are swapped", two_frames_are_swapped, |b| {
            matches!(b, B::Missed { .. } | B::WentBack { .. })
        }),
        ("a line is resurrected", a_line_is_resurrected, |b| {
            matches!(b, B::HandedAgain { .. })
        }),
        (
            "a removed line is in a later hello",
            a_removed_line_is_in_a_later_hello,
            |b| matches!(b, B::HandedAgain { .. }),
        ),
        ("a removal is not told", a_removal_is_not_told, |b| {
            matches!(b, B::RemovalUntold { .. })
        }),
        ("a removal of nothing is told", a_removal_of_nothing_is_told, |b| {
            matches!(b, B::RemovalOfNothing { .. })
        }),
        ("a text is another", a_text_is_another, |b| {
            matches!(b, B::NotInLog { .. })
        }),
        ("a receipt is forged", a_receipt_is_forged, |b| {
            matches!(b, B::ReceiptNotInLog { .. })
        }),
        ("a receipt of nothing", a_receipt_of_nothing, |b| {
            matches!(b, B::ReceiptOfNothing { .. })
        }),
        ("what was acknowledged is lost", what_was_acknowledged_is_lost, |b| {
            matches!(b, B::ReceiptNotInLog { .. })
        }),
        ("a line is kept twice", a_line_is_kept_twice, |b| {
            matches!(b, B::Doubled { .. })
        }),
        ("a line of nobody", a_line_of_nobody, |b| {
            matches!(b, B::FromNowhere { .. })
        }),
        ("a refused line is kept", a_refused_line_is_kept, |b| {
            matches!(b, B::RefusedAndKept { .. })
        }),
        ("somebody else's line is mine", somebody_elses_line_is_mine, |b| {
            matches!(b, B::NotMine { .. })
        }),
        ("upto goes back", upto_goes_back, |b| matches!(b, B::WentBack { .. })),
        ("upto is taken from a receipt", upto_is_taken_from_a_receipt, |b| {
            matches!(b, B::Missed { .. })
        }),
        ("reset is not said", reset_is_not_said, |b| {
            matches!(b, B::ResetUnsaid { .. })
        }),
        ("another epoch goes on", another_epoch_goes_on, |b| {
            matches!(b, B::ResetUnsaid { .. })
        }),
        ("a status is taken back", a_status_is_taken_back, |b| {
            matches!(b, B::StatusBack { .. })
        }),
        ("bytes are no frame", bytes_are_no_frame, |b| {
            matches!(b, B::Garbled { .. })
        }),
        ("a client is left behind", a_client_is_left_behind, |b| {
            matches!(b, B::NotLevel { .. })
        }),
        ("an outcome is not told", an_outcome_is_not_told, |b| {
            matches!(b, B::Unlike { .. })
        }),
    ]
}

#[test]
fn whatever_goes_wrong_is_found_and_nothing_else() {
    let met: RefCell<BTreeMap<&str, usize>> = RefCell::default();
    let config = Config {
        cases: 300,
        failure_persistence: None,
        ..Config::default()
    };
    let strategy = (proptest::num::u64::ANY, 1..5_usize, 10..400_usize);
    let outcome = TestRunner::new(config).run(&strategy, |(seed, clients, steps)| {
        let (history, log) = Model::history(seed, clients, steps);
        let breaches = check(&history, &log, RULES);
        proptest::prop_assert!(breaches.is_empty(), "without a fault: {breaches:#?}");
        for (name, wrong, is_it) in all() {
            let mut whole = Whole {
                history: history.clone(),
                log: log.clone(),
                dice: StdRng::seed_from_u64(seed),
            };
            if wrong(&mut whole).is_some() {
                *met.borrow_mut().entry(name).or_default() += 1;
                let breaches = check(&whole.history, &whole.log, RULES);
                proptest::prop_assert!(breaches.iter().any(is_it), "{name}: {breaches:#?}");
            }
        }
        Ok(())
    });
    outcome.unwrap_or_else(|why| panic!("{why}"));
    let met = met.into_inner();
    for (name, ..) in all() {
        assert!(
            met.get(name).is_some_and(|n| *n >= 20),
            "{name} found no place: {met:?}"
        );
    }
}
