//! The API in process: no network, a log in memory.

mod acts;
mod administration;
mod bans;
mod calls;
mod causes;
pub(crate) mod fixture;
mod free;
mod gateway_service;
mod groups;
mod inviting;
mod languages;
mod live_console;
mod live_doors;
pub(crate) mod live_plans;
mod media;
mod outside;
mod planners;
mod recordings;
mod refused;
mod roles;
mod series;
mod sign_ins;
mod signing_in;
mod states;
mod tokens;
mod versions;
