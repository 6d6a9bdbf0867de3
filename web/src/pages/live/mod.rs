//! `/live/{event}`: the audience's page, its frame for other sites, and the presenters' console.

pub mod announcements;
pub mod bans;
pub mod console;
pub mod console_texts;
pub mod door;
pub mod embed;
pub mod handlers;
pub mod picture;
pub mod policy;
mod rehearsing;
pub mod texts;
pub mod view;
