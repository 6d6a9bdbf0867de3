//! What may happen next, and the cases that are made of it.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::bbb::{BbbMood, NextCreate};
use super::machines::{Mood, NextStart};

/// Steps of a case.
pub const STEPS: usize = 60;

/// A step. What it is about is the `n`th of those of which it makes sense, so that a case from which steps were taken is a case.
#[derive(Debug, Clone)]
pub enum Step {
    /// A webinar, in minutes from now.
    Plan(i64, i64),
    /// One right after another one's end and margins, give or take a second.
    PlanAfter(usize, i64),
    Move(usize, i64),
    Lengthen(usize, i64),
    Cancel(usize),
    Untick(usize),
    /// Its room is opened, of those whose time it is: its live is wanted then.
    Open(usize),
    /// Its room is ended.
    End(usize),
    /// Its live is wanted in no room, of those whose time it is.
    Start(usize),
    /// Its live was stopped, and is wanted again in the room that is still open.
    Again(usize),
    Stop(usize),
    Restart(usize),
    /// A gateway is out of service from then on, in minutes, perhaps until then.
    Out(usize, i64, Option<i64>),
    Back(usize),
    Mood(usize, Mood),
    Next(usize, NextStart),
    Freeze(usize),
    Dies(usize),
    /// A robot that is in its room is put out.
    PutOut(usize),
    Bbb(BbbMood),
    NextCreate(NextCreate),
    /// BBB loses a room.
    Loses(usize),
    Kill,
    /// The clock is set, by seconds.
    Jump(i64),
    /// Seconds pass.
    Wait(i64),
    /// It goes on until so many seconds after the planned end of a live that runs.
    WaitOut(usize, i64),
    /// After a live that runs comes another one, on time, so many seconds later than it might: its picture is wanted while the one before may go on.
    Follow(usize, i64),
}

fn step() -> impl Strategy<Value = Step> {
    let n = || 0..8_usize;
    let next = prop_oneof![
        1 => Just(NextStart::Well),
        4 => (5..35_i64).prop_map(|s| NextStart::Late(s * 1000)),
        2 => Just(NextStart::Zombie),
        3 => Just(NextStart::KillsUs),
    ];
    let mood = prop_oneof![3 => Just(Mood::Well), 2 => Just(Mood::Refusing), 2 => Just(Mood::Silent)];
    let create = prop_oneof![Just(NextCreate::Lost), Just(NextCreate::KillsUs)];
    let bbb = prop_oneof![
        12 => Just(BbbMood::Well),
        1 => Just(BbbMood::Refusing),
        1 => Just(BbbMood::Silent),
        1 => Just(BbbMood::Garbled),
        1 => Just(BbbMood::Denying),
    ];
    let plans = prop_oneof![
        5 => (0..20_i64, 4..30_i64).prop_map(|(from, long)| Step::Plan(from, long)),
        4 => (n(), -1..2_i64).prop_map(|(n, by)| Step::PlanAfter(n, by)),
        1 => (n(), 0..60_i64).prop_map(|(n, from)| Step::Move(n, from)),
        1 => (n(), 4..60_i64).prop_map(|(n, long)| Step::Lengthen(n, long)),
        1 => n().prop_map(Step::Cancel),
        1 => n().prop_map(Step::Untick),
    ];
    let people = prop_oneof![
        8 => n().prop_map(Step::Open),
        1 => n().prop_map(Step::End),
        4 => n().prop_map(Step::Start),
        2 => n().prop_map(Step::Again),
        2 => n().prop_map(Step::Stop),
        1 => n().prop_map(Step::Restart),
    ];
    let gateways = prop_oneof![
        5 => (n(), mood).prop_map(|(g, mood)| Step::Mood(g, mood)),
        3 => (n(), next).prop_map(|(g, next)| Step::Next(g, next)),
        2 => n().prop_map(Step::Freeze),
        2 => n().prop_map(Step::Dies),
        3 => n().prop_map(Step::PutOut),
        1 => (n(), 0..30_i64, prop::option::of(1..30_i64)).prop_map(|(g, from, long)| Step::Out(g, from, long)),
        1 => n().prop_map(Step::Back),
    ];
    let rooms = prop_oneof![
        4 => bbb.prop_map(Step::Bbb),
        1 => create.prop_map(Step::NextCreate),
        1 => n().prop_map(Step::Loses),
    ];
    let time = prop_oneof![
        2 => Just(Step::Kill),
        1 => (-30..300_i64).prop_map(Step::Jump),
        8 => (5..400_i64).prop_map(Step::Wait),
        2 => (n(), -60..300_i64).prop_map(|(n, past)| Step::WaitOut(n, past)),
        2 => (n(), 0..60_i64).prop_map(|(n, by)| Step::Follow(n, by)),
    ];
    prop_oneof![13 => plans, 18 => people, 15 => gateways, 5 => rooms, 13 => time]
}

/// What is made of a number: so many gateways, and what happens.
pub fn case(seed: u64) -> (usize, Vec<Step>) {
    let mut bytes = [0_u8; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let strategy = (1..4_usize, prop::collection::vec(step(), STEPS));
    strategy.new_tree(&mut runner).expect("steps").current()
}
