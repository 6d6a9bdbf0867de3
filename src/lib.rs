//! The program: command line, configuration, wiring, and all that touches the outside.

pub mod app;
pub mod bbb;
pub mod cli;
pub mod config;
pub mod descriptors;
pub mod gateways;
pub mod listen;
pub mod moving;
pub mod outgoing;
pub mod reactors;
pub mod sign_in;
pub mod slides;
pub mod socket;
