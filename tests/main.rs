//! Black-box tests of the running programs: `amphi` and `amphi-sim` as processes, spoken to through the public
//! surface only. Modules follow what is looked at: the story from planning to closing, kills, the command line, the
//! live page's websocket, the REST interface, the bad days of `docs/faults.md`.

// Here the tests are the outside world: they keep the machine's time and their own dice.
#![allow(clippy::disallowed_methods)]

mod api;
mod census;
mod cli;
mod faults;
#[path = "fuzz/replay.rs"]
mod fuzz;
mod harness;
mod kill;
mod live;
mod pages;
mod sign_in;
mod story;
