//! `/meetings`: planning, and one's own meetings.

pub mod form;
pub mod form_view;
pub mod handlers;
pub mod list;
pub mod planning;
pub mod view;

#[cfg(test)]
mod tests;
