//! The port of the event log, and its engines. Every engine passes the same conformance suite.
//!
//! The contract (design §4): an append is durable when it is answered; positions order the whole log
//! and become visible in order (a reader that has seen `p` never later finds an event below `p`);
//! an append whose key exists in its stream writes nothing and answers with the first event;
//! an append whose fate is not known is an error of its own.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{broadcast, oneshot};

use crate::envelope::{Expected, Key, NewEvent, Position, Recorded, StreamName};
use crate::ids::EventId;

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod judge;
pub mod memory;
pub mod sqlite;
pub mod subscription;
pub mod verify;

pub use memory::MemoryLog;
pub use sqlite::{SqliteLog, SqliteOptions};
pub use subscription::{Delivery, Subscription, subscribe};

/// The most events that one append may hold.
pub const MAX_APPEND_EVENTS: usize = 1_000;
/// The most bytes of data (all events together) that one append may hold.
pub const MAX_APPEND_BYTES: usize = 4 << 20;

/// Which log this is. Made once; `epoch` is new whenever positions may have been given twice (a restore).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogIdentity {
    /// ULID, for ever.
    pub log_id: String,
    /// ULID.
    pub epoch: String,
}

/// What an append did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Position of the last event written (or of the first event that held the key).
    pub position: Position,
    /// Version of that event in the stream.
    pub version: u64,
    /// Ids of the events written, in order (or of the one that held the key).
    pub ids: Vec<EventId>,
    /// The key existed: nothing was written.
    pub duplicate: bool,
}

/// Why an append did not happen, or may not have.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// The stream is not where the caller believed.
    #[error("stream {stream} is at {actual:?}, not where the append expected it")]
    Conflict {
        /// The stream.
        stream: StreamName,
        /// Version of its last event.
        actual: Option<u64>,
    },
    /// No room on the disk; nothing was written, and the log goes on.
    #[error("the log's disk is full")]
    Full,
    /// The log takes no more writes until restart, and this append was not written.
    #[error("the log takes no writes: {0}")]
    Closed(String),
    /// It may or may not have been written.
    #[error("the fate of an append is unknown: {0}")]
    Unknown(String),
    /// The append itself can't be: no events, too large.
    #[error("not an append: {0}")]
    Invalid(&'static str),
}

/// A read failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LogError {
    /// The engine could not read.
    #[error("the log could not be read: {0}")]
    Read(String),
    /// What was read can't be an event.
    #[error("the log is damaged at position {position}: {why}")]
    Damaged {
        /// Where.
        position: Position,
        /// What.
        why: String,
    },
}

/// Which events a reader wants. Empty lists mean all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Kinds of stream (`chat`, `live`, …).
    pub stream_kinds: Vec<String>,
    /// One stream only.
    pub stream: Option<StreamName>,
    /// Event types.
    pub kinds: Vec<String>,
}

impl Filter {
    /// Whether the reader wants this event.
    pub fn wants(&self, e: &Recorded) -> bool {
        (self.stream_kinds.is_empty() || self.stream_kinds.iter().any(|k| k == e.stream.kind()))
            && self.stream.as_ref().is_none_or(|s| *s == e.stream)
            && (self.kinds.is_empty() || self.kinds.contains(&e.event.kind))
    }
}

/// A page of the whole log.
#[derive(Debug, Clone)]
pub struct Page {
    /// What the filter wants.
    pub events: Vec<Arc<Recorded>>,
    /// How far the read got, also where nothing matched: read on from here.
    pub upto: Position,
    /// Nothing beyond `upto` at the time of the read.
    pub end: bool,
}

/// Committed events in the order of the log, as they are handed to subscribers in memory.
pub type Batch = Arc<Vec<Arc<Recorded>>>;

/// The append-only log.
#[async_trait]
pub trait EventLog: Send + Sync + 'static {
    /// Which log this is.
    fn identity(&self) -> LogIdentity;

    /// Queues an append and returns at once: the answer comes when it is durable. Appends queued
    /// by one caller are taken in their order, so several batches of one stream may be in flight.
    fn submit(
        &self,
        stream: StreamName,
        expected: Expected,
        events: Vec<NewEvent>,
    ) -> oneshot::Receiver<Result<Appended, AppendError>>;

    /// As [`EventLog::submit`], for the second and later batches of a stream that are in flight: `follows` is the
    /// id of the last event of the batch before. If that batch was refused and somebody else's events took
    /// its versions, the version alone would fit by accident; this append then conflicts as well.
    fn submit_after(
        &self,
        stream: StreamName,
        expected: Expected,
        follows: EventId,
        events: Vec<NewEvent>,
    ) -> oneshot::Receiver<Result<Appended, AppendError>>;

    /// Appends and waits until it is durable.
    async fn append(
        &self,
        stream: StreamName,
        expected: Expected,
        events: Vec<NewEvent>,
    ) -> Result<Appended, AppendError> {
        match self.submit(stream, expected, events).await {
            Ok(answer) => answer,
            Err(_) => Err(AppendError::Unknown("the writer is gone".to_owned())),
        }
    }

    /// At most `limit` events of a stream from version `from` on, in order. A stream that does not exist is empty.
    async fn read_stream(&self, stream: &StreamName, from: u64, limit: usize) -> Result<Vec<Arc<Recorded>>, LogError>;

    /// Whether the log knows, without looking, that this is the version of the stream's last event. False says nothing.
    fn ends_at(&self, stream: &StreamName, version: u64) -> bool {
        let _ = (stream, version);
        false
    }

    /// The event of a stream that holds this key, if there is one.
    async fn keyed(&self, stream: &StreamName, key: &Key) -> Result<Option<Arc<Recorded>>, LogError> {
        const PAGE: usize = 1000;
        let mut from = 0;
        loop {
            let page = self.read_stream(stream, from, PAGE).await?;
            let (len, last) = (page.len(), page.last().map_or(0, |e| e.version));
            if let Some(found) = page.into_iter().find(|e| e.event.key.as_ref() == Some(key)) {
                return Ok(Some(found));
            }
            if len < PAGE {
                return Ok(None);
            }
            from = last + 1;
        }
    }

    /// At most `limit` events after `after` that the filter wants.
    async fn read_all(&self, after: Position, filter: &Filter, limit: usize) -> Result<Page, LogError>;

    /// Position of the last durable event.
    fn head(&self) -> Position;

    /// The committed batches from now on (a receiver that lags reads the log instead).
    fn watch(&self) -> broadcast::Receiver<Batch>;

    /// Why the log refuses writes just now, if it does.
    fn refusing(&self) -> Option<String>;

    /// Frees what was kept aside for absolute stops on a full disk (design §4). Whether there was something.
    fn make_room(&self) -> bool {
        false
    }
}
