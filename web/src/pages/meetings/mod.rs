//! `/meetings`: what a person plans, and one meeting's page and form.

pub mod form;
pub mod handlers;
pub mod view;
