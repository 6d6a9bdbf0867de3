//! `/audit`: the last events of the log, for auditors.

pub mod handlers;
pub mod view;
