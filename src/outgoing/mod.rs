//! The one outgoing HTTP client (design §1): every call to BBB, to a gateway or to a playlist leaves here.
//!
//! No environment proxy, no automatic redirect, no automatic retry, deadlines on every call, a cap on every
//! body, and addresses checked at the moment of connecting (a name that changes its address between a check
//! and a call therefore gains nothing).

mod address;
mod client;
mod error;
#[cfg(test)]
pub(crate) mod raw_server;
pub mod redis;
#[cfg(test)]
mod tests;
mod tls;

pub use address::{Trust, refused};
pub use client::{Answer, Call, HttpClient, Noted, Payload, Redirects, Settings};
pub use error::{Fate, OutError};
pub use tls::builder;

/// Largest XML answer that is read (8 MiB, BBB contract §10.3).
pub const XML_CAP: usize = 8 * 1024 * 1024;
/// Largest playlist that is read (1 MiB, gateway contract §5.3).
pub const PLAYLIST_CAP: usize = 1024 * 1024;
/// Largest answer of a gateway that is read (its own answers are below 2 KiB; an HTML page may be more).
pub const GATEWAY_CAP: usize = 1024 * 1024;
