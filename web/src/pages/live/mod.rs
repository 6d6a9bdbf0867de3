//! `/live/{event}`: the audience's page, its frame for other sites, and the presenters' console.

pub mod console;
pub mod handlers;
pub mod view;
