//! `/join/{id}`: the way into a room (census §2.3). The address into BBB is signed at click time and never stored.

pub mod bells;
pub mod handlers;
pub mod looks;
pub mod push;
pub mod rules;
pub mod tries;
pub mod view;
mod way_back;

#[cfg(test)]
mod tests;
