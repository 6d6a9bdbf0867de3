//! The live page.
mod authority;
mod bans;
mod client_ids;
mod door;
mod feeds;
mod floods;
mod hooks;
mod media;
mod overload;
mod restricted;
mod texts;
mod ws;
