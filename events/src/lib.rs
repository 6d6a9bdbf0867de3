//! The language and the memory of Amphi: what can happen (events), what may be asked (commands), the
//! pure rules between the two (`decide`, `evolve`), the append-only log, the small store and the keys.
//!
//! Nothing here talks to the outside but the log's and the store's own files. Time, ids and
//! randomness are parameters: see [`clock`] and [`ids`].

pub mod aggregate;
pub mod broadcaster;
pub mod building;
pub mod calendar;
pub mod catalogue;
pub mod chat;
pub mod clock;
pub mod elsewhere;
pub mod envelope;
pub mod feed;
pub mod gateway;
pub mod group;
pub mod ids;
pub mod live;
pub mod log;
pub mod mail;
pub mod meeting;
pub mod page;
pub mod person;
pub mod plain;
pub mod reactor;
pub mod recordings;
pub mod recurrence;
pub mod rehearsal;
pub mod relay;
pub mod sealed;
pub mod session;
pub mod store;
#[cfg(test)]
mod story;
pub mod streams;

pub use aggregate::{Act, Aggregate, Meta};
pub use catalogue::{DecodeError, EventData, EventSpec, Public};
pub use clock::{Clock, ManualClock, NoTime, SystemClock, Time};
pub use envelope::{Actor, Expected, Key, NewEvent, Position, Recorded, StreamName};
pub use ids::Sources;
pub use sealed::{Scope, Sealed, Subject};
pub use streams::{Aggregates, Done, ExecuteError, Streams};
