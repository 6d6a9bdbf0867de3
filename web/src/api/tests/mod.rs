//! The API in process: no network, a log in memory.

mod acts;
mod administration;
mod bans;
mod calls;
pub(crate) mod fixture;
mod free;
mod gateway_service;
mod groups;
mod inviting;
mod live_doors;
mod live_plans;
mod outside;
mod refused;
mod roles;
mod series;
mod sign_ins;
mod signing_in;
mod states;
mod tokens;
mod versions;
