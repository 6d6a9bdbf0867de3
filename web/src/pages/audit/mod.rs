//! `/audit`: the log for auditors, newest first; one event with what led to it and what followed; the check of the chains.

pub mod event;
pub mod handlers;
mod said;
pub mod sealed;
pub mod view;
