//! What is held for whom: the defects of the reference system (census §12.1) by their numbers, and a model driven at random.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod choosing;
mod holds;
mod lives;
mod overrun;
mod random;
mod slides;
mod world;

pub(in crate::reactors) use self::world::{World, at};

/// Seconds.
const HOUR: i64 = 3600;
