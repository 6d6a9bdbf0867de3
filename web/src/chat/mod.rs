//! What people do in the chat of a live: come in by websocket, post a line, take one away, shut somebody out. What the rooms of sockets do with it is
//! `amphi-hub`'s.

mod ban;
mod guest;
mod post;
mod remove;
mod upgrade;

#[cfg(test)]
mod ban_tests;
#[cfg(test)]
mod put_out_tests;
#[cfg(test)]
mod socket_tests;
#[cfg(test)]
mod token_tests;

pub use ban::{BanRefused, Opened, REASON, Whom, Words, ban, ban_of, bans, bans_of, moderates, opened, unban};
pub use post::{PostCode, PostRefused, post, text_of, too_late};
pub use remove::{RemoveRefused, remove};
pub use upgrade::{After, console_ws, live_ws};
