//! The API in process: no network, a log in memory.

mod administration;
mod calls;
pub(crate) mod fixture;
mod free;
mod refused;
mod roles;
mod signing_in;
mod states;
mod tokens;
