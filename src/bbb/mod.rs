//! BigBlueButton (BBB): signed calls, answers, webhooks, limits. The rules are those of the BBB contract §10.

pub mod answers;
pub mod chat;
mod client;
mod documents;
mod error;
pub mod hooks;
pub mod limits;
pub mod recordings;
mod rooms;
mod sign;
#[cfg(test)]
mod wire_tests;
pub mod xml;

pub use answers::{Attendee, Created, HookCreated, HookListed, MeetingSummary, RoomInfo, Version};
pub use client::{BadBase, BbbClient, BbbTimes, EndOutcome, SecretCheck, normalise_base};
pub use documents::Document;
pub use error::{BbbError, ChatError, Unavailable};
pub use rooms::{CreateRoom, Join, Role};
pub use sign::{Digest, Query, encode};
