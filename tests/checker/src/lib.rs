//! A history checker for the websocket of a live page.
//!
//! Clients write down what they sent, what they were told and what they saw ([`history`]); afterwards it is compared with
//! what the log holds ([`log`]). [`check`] knows nothing of how the server works, only what `docs/protocol.md` promises:
//! what is acknowledged is in the log, and who is told that it has everything up to a position has it, once and in order.
//!
//! [`visitor`] is a client that writes such a history and comes back as a page does; [`chaos`] is a proxy that makes its
//! connections bad ones.

// A test's tool: it keeps the machine's time.
#![allow(clippy::disallowed_methods)]

pub mod breach;
pub mod chaos;
pub mod check;
pub mod frames;
pub mod history;
pub mod log;
pub mod visitor;

pub use breach::Breach;
pub use check::{Rules, Tally, check, tally};
pub use history::{Client, History, Line, Record, Recorder, Status, What};
pub use log::Log;

#[cfg(test)]
mod tests;
