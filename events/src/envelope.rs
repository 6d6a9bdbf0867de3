//! The envelope of an event (design §3): what surrounds its data in the log.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::clock::Time;
use crate::ids::EventId;

/// A place in the whole log. Grows, is not dense; 0 is before the first event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub u64);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The name of a stream, such as `meeting-01J…` or `relay-01J…`. Holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StreamName(pub Arc<str>);

impl StreamName {
    /// `kind-id`.
    pub fn of(kind: &str, id: impl fmt::Display) -> Self {
        Self(format!("{kind}-{id}").into())
    }

    /// The part before the first dash: `meeting`, `live`, …
    pub fn kind(&self) -> &str {
        self.0.split_once('-').map_or(&*self.0, |(k, _)| k)
    }

    /// The part after the first dash.
    pub fn id(&self) -> &str {
        self.0.split_once('-').map_or("", |(_, i)| i)
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for StreamName {
    fn from(s: &str) -> Self {
        Self(s.into())
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who did it: `person:ID`, `who:PSEUDONYM` (in a session, HMAC of scope key and person), `system:REACTOR`, `outside:bbb`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Actor(pub String);

impl Actor {
    /// A part of the program.
    pub fn system(name: &str) -> Self {
        Self(format!("system:{name}"))
    }

    /// A signed-in person (never in streams of a session or a chat: see [`Actor::who`]).
    pub fn person(id: crate::ids::PersonId) -> Self {
        Self(format!("person:{id}"))
    }

    /// A person under the pseudonym of a session's scope.
    pub fn who(pseudonym: &str) -> Self {
        Self(format!("who:{pseudonym}"))
    }

    /// Somebody on the other side of a callback: `bbb`, `gateway`.
    pub fn outside(name: &str) -> Self {
        Self(format!("outside:{name}"))
    }
}

/// What must not happen twice, as a digest: unique together with the stream. An append whose key
/// exists writes nothing and returns the first event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub [u8; 32]);

impl Key {
    /// The digest of the parts, each length-prefixed so that `("ab","c")` differs from `("a","bc")`.
    pub fn of(parts: &[&str]) -> Self {
        let mut h = Sha256::new();
        h.update(b"amphi/key/1");
        for p in parts {
            h.update((p.len() as u64).to_be_bytes());
            h.update(p.as_bytes());
        }
        Self(h.finalize().into())
    }

    /// Lower-case hexadecimal.
    pub fn hex(&self) -> String {
        hex::encode(self.0)
    }
}

/// What the writer of an append believes of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// The stream has no event yet.
    Nothing,
    /// The version of the stream's last event.
    Version(u64),
}

impl Expected {
    /// The version that the next event gets.
    pub const fn next(self) -> u64 {
        match self {
            Self::Nothing => 0,
            Self::Version(v) => v + 1,
        }
    }
}

/// An event about to be appended: encoded once, kept as these bytes for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Its id.
    pub id: EventId,
    /// Its type, such as `MeetingScheduled`.
    pub kind: String,
    /// The version of the type's fields.
    pub schema: u16,
    /// When it was decided.
    pub time: Time,
    /// Who did it.
    pub actor: Actor,
    /// What led to it: `event:` and its id, `request:` and its id, `sign-in:` and the house that says it, `import:` and where from, `gateway:`,
    /// `run:` and `healing:` of a picture that is healed, `command-line`, `store`, `start`. Empty in older events alone.
    pub cause: String,
    /// What must not happen twice.
    pub key: Option<Key>,
    /// Its fields, JSON.
    pub data: Arc<[u8]>,
}

/// An event of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Where in the log.
    pub position: Position,
    /// In which stream.
    pub stream: StreamName,
    /// Where in the stream, from 0.
    pub version: u64,
    /// What was appended.
    pub event: NewEvent,
    /// The chain (see [`chain_hash`]).
    pub hash: [u8; 32],
}

/// The hash before version 0 of a stream (design §3).
pub fn chain_start(log_id: &str, stream: &StreamName) -> [u8; 32] {
    let mut h = Sha256::new();
    h.update(b"amphi/stream/1");
    put(&mut h, log_id.as_bytes());
    put(&mut h, stream.as_str().as_bytes());
    h.finalize().into()
}

/// The hash of an event given the hash before it in its stream (design §3). Every part is
/// length-prefixed (8 bytes, big-endian); numbers are 8 bytes, big-endian; a missing key is empty.
/// The position is outside, so that a log may be moved to another engine.
pub fn chain_hash(previous: &[u8; 32], stream: &StreamName, version: u64, e: &NewEvent) -> [u8; 32] {
    let mut h = Sha256::new();
    h.update(b"amphi/event/1");
    h.update(previous);
    put(&mut h, stream.as_str().as_bytes());
    put(&mut h, &version.to_be_bytes());
    put(&mut h, e.id.to_string().as_bytes());
    put(&mut h, e.kind.as_bytes());
    put(&mut h, &u64::from(e.schema).to_be_bytes());
    put(&mut h, &e.time.0.to_be_bytes());
    put(&mut h, e.actor.0.as_bytes());
    put(&mut h, e.cause.as_bytes());
    put(&mut h, e.key.as_ref().map_or(&[][..], |k| &k.0));
    put(&mut h, &e.data);
    h.finalize().into()
}

fn put(h: &mut Sha256, part: &[u8]) {
    h.update((part.len() as u64).to_be_bytes());
    h.update(part);
}
