//! `/` and `/live`: lives now and next.

pub mod handlers;
pub mod view;
