//! `/meetings`: planning, and one's own meetings.

pub mod dates;
pub mod door;
pub mod find;
pub mod form;
pub mod form_view;
pub mod handlers;
pub mod info;
pub mod invitations;
pub mod list;
mod meanwhile;
mod options;
pub mod owner;
pub mod planning;
pub mod recordings;
mod repeat;
pub mod slides;
pub mod view;

pub use repeat::words as repeat_words;

#[cfg(test)]
pub mod tests;
