//! The planner, the rooms and the stage against a model: plans, moves, cancellations, rooms opened and ended, starts and stops, gateways out of
//! service, every fault of the gateways and of BBB, kills and clocks that are set, at random, in a time that moves; and what must hold whatever
//! comes (docs/defects.md). Who is woken is decided by the program's own rules.
//!
//! A failing case is printed with the fewest steps that were found to fail; `AMPHI_MODEL_SEED` plays it again, with `AMPHI_MODEL_STEPS` these steps of
//! it alone, and `AMPHI_MODEL_CASES` says how many are played.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod bbb;
mod game;
mod healing;
mod house;
mod judge;
mod machines;
mod steps;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use self::game::Game;
use self::steps::case;
use super::defect::{self, Defect};

/// Cases that are played where nobody says otherwise, of [`steps::STEPS`] steps each.
const CASES: u64 = 40;
/// Cases within which each deliberate defect is caught.
const CAUGHT_WITHIN: u64 = 60;
/// Plays of a failing case to find the steps that matter.
const MOST_TRIES: usize = 80;
/// What has happened once all cases are played: else they hold together because nothing happens in them.
const HAPPENS: [&str; 17] = [
    "GatewayOutOfService",
    "GatewayReservationMoved",
    "GatewayStartFailed",
    "LiveGatewayLacking",
    "LiveHealingPutOff",
    "LiveRestartRequested",
    "LiveRunFenced",
    "LiveStalled",
    "LiveStopped",
    "LiveTakenOver",
    "LiveWentOnAir",
    "MeetingEndRequested",
    "ParticipantLeft",
    "RobotJoined",
    "SessionClosed",
    "SessionOpened",
    "SessionTroubled",
];

/// What went wrong, in which step.
struct Wrong {
    why: String,
    at: usize,
}

thread_local! {
    /// Which step is taken: a panic says why, and not where.
    static AT: Cell<usize> = const { Cell::new(0) };
}

/// Plays these steps of a case. The kinds of events that it came to.
async fn play(seed: u64, kept: &[usize]) -> Result<BTreeSet<String>, String> {
    let (gateways, steps) = case(seed);
    let mut game = Game::new(gateways).await;
    for n in kept {
        AT.set(*n);
        game.take(&steps[*n]).await?;
    }
    AT.set(steps::STEPS);
    game.end().await?;
    Ok(game.house.happened().await)
}

fn played(seed: u64, kept: &[usize]) -> Result<BTreeSet<String>, Wrong> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let why = match catch_unwind(AssertUnwindSafe(|| runtime.block_on(play(seed, kept)))) {
        Ok(Ok(happened)) => return Ok(happened),
        Ok(Err(why)) => why,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let plain = || panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
            text.or_else(plain).unwrap_or_default()
        }
    };
    Err(Wrong { why, at: AT.get() })
}

fn wrong_with(seed: u64, kept: &[usize]) -> Option<Wrong> {
    played(seed, kept).err()
}

fn all() -> Vec<usize> {
    (0..steps::STEPS).collect()
}

/// Steps are taken away, many at once and then one by one, as long as something goes wrong without them.
fn shrunk(seed: u64, mut kept: Vec<usize>, mut wrong: Wrong, mut tries: usize) -> (Vec<usize>, Wrong) {
    kept.retain(|n| *n <= wrong.at);
    let mut size = kept.len();
    while size > 0 {
        let mut from = 0;
        while from < kept.len() && tries > 0 {
            tries -= 1;
            let to = kept.len().min(from + size);
            let fewer: Vec<usize> = kept[..from].iter().chain(&kept[to..]).copied().collect();
            match wrong_with(seed, &fewer) {
                Some(still) => {
                    kept = fewer.into_iter().filter(|n| *n <= still.at).collect();
                    wrong = still;
                }
                None => from = to,
            }
        }
        size /= 2;
    }
    (kept, wrong)
}

fn given(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}

/// Census W1, W2, W5, W8, W9, W13, W14, W20: one gateway never serves two lives; a live that should run runs or says why within a minute; one
/// that should not has no gateway within two, where the gateway can be asked; and no reservation is left behind.
#[test]
fn whatever_comes_the_stage_holds_together() {
    let number = |name| given(name).map(|n| n.parse::<u64>().expect("a number"));
    let cases = number("AMPHI_MODEL_CASES").unwrap_or(CASES);
    let (from, to) = match number("AMPHI_MODEL_SEED") {
        Some(seed) => (seed, seed + 1),
        // Others each day would be found by others than who broke it: the same ones, always.
        None => (1, cases + 1),
    };
    let only: Option<Vec<usize>> =
        given("AMPHI_MODEL_STEPS").map(|steps| steps.split(',').map(|n| n.parse().expect("a step")).collect());
    let kept = only.clone().unwrap_or_else(all);
    let mut happened = BTreeSet::new();
    for seed in from..to {
        let wrong = match played(seed, &kept) {
            Ok(more) => {
                happened.extend(more);
                continue;
            }
            Err(wrong) => wrong,
        };
        let (kept, wrong) = if only.is_some() {
            (kept, wrong)
        } else {
            shrunk(seed, kept, wrong, MOST_TRIES)
        };
        let (gateways, steps) = case(seed);
        let numbers: Vec<String> = kept.iter().map(ToString::to_string).collect();
        let shown: String = kept.iter().map(|n| format!("\n  {n}: {:?}", steps[*n])).collect();
        panic!(
            "AMPHI_MODEL_SEED={seed} AMPHI_MODEL_STEPS={} plays it again: {}, in step {} ({gateways} gateways){shown}",
            numbers.join(","),
            wrong.why,
            wrong.at,
        );
    }
    let never: Vec<_> = HAPPENS.iter().filter(|kind| !happened.contains(**kind)).collect();
    assert!(to - from < CASES || never.is_empty(), "in none of the cases: {never:?}");
}

/// A case that fails is told by few of its steps, and these fail again.
#[test]
fn a_failing_case_is_told_by_the_steps_that_matter() {
    defect::put(Some(Defect::DoubleLease));
    let found = (1..=CAUGHT_WITHIN).find_map(|seed| wrong_with(seed, &all()).map(|wrong| (seed, wrong)));
    let (seed, wrong) = found.expect("a case that fails");
    let (kept, wrong) = shrunk(seed, all(), wrong, 30);
    let again = wrong_with(seed, &kept);
    defect::put(None);
    assert!(kept.len() < steps::STEPS / 2, "{kept:?}");
    assert_eq!(again.map(|w| (w.why, w.at)), Some((wrong.why, wrong.at)));
    assert!(wrong_with(seed, &kept).is_none(), "it is the defect that fails");
}

/// A defect that is put in on purpose is caught, and by which case.
fn caught(defect: Defect) {
    defect::put(Some(defect));
    let found = (1..=CAUGHT_WITHIN).find_map(|seed| wrong_with(seed, &all()).map(|wrong| (seed, wrong)));
    defect::put(None);
    let (seed, wrong) = found.unwrap_or_else(|| panic!("{defect:?} is not caught"));
    println!(
        "{defect:?} is caught by case {seed}, in step {}: {}",
        wrong.at, wrong.why
    );
}

macro_rules! caught {
    ($($name:ident: $defect:ident;)*) => {
        $(#[test]
        fn $name() {
            caught(Defect::$defect);
        })*

        const CAUGHT: &[&str] = &[$(stringify!($name)),*];
    };
}

caught! {
    a_double_lease_is_caught: DoubleLease;
    a_late_robot_is_caught: LateRobot;
    an_error_read_as_over_is_caught: ErrorReadAsOver;
    a_margin_off_by_one_is_caught: MarginOffByOne;
    a_leaked_reservation_is_caught: LeakedReservation;
    a_stop_not_repeated_is_caught: StopNotRepeated;
    a_start_without_intent_is_caught: StartWithoutIntent;
    an_overrun_that_is_ignored_is_caught: OverrunIgnored;
    an_overrun_that_moves_nobody_is_caught: OverrunNotHeld;
    an_error_of_bbb_read_as_over_is_caught: RoomErrorReadAsOver;
    a_robot_that_nobody_misses_is_caught: RobotNotMissed;
    a_fence_that_is_taken_down_is_caught: FenceTakenDown;
    a_release_that_wakes_nobody_is_caught: ReleaseWakesNobody;
}

#[test]
fn the_documentation_lists_the_defects_that_are_caught() {
    let text = include_str!("../../../docs/defects.md");
    let cells = text.lines().filter_map(|line| line.trim().strip_suffix("` |"));
    let listed: Vec<&str> = cells.filter_map(|row| row.rsplit('`').next()).collect();
    assert_eq!(listed, CAUGHT);
}
