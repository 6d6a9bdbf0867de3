//! The models on histories made of real events.
#![allow(clippy::expect_used, clippy::panic, reason = "tests")]

mod engine;
mod history;
mod models;
mod recordings;
mod state;

use std::sync::Arc;
use std::time::Duration;

use amphi_events::ids::{EventId, SeededIds};
use amphi_events::log::{EventLog, MemoryLog};
use amphi_events::sealed::{Scope, Sealed, Subject};
use amphi_events::{Actor, Aggregate, EventData, Expected, ManualClock, NewEvent, Position, Sources, StreamName, Time};
use tempfile::TempDir;

use crate::ReadModels;

/// A day in the tests.
pub(crate) const NOON: Time = Time(1_800_000_000_000);
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// A log in memory and read models on it.
pub(crate) struct World {
    pub log: Arc<MemoryLog>,
    pub clock: ManualClock,
    pub sources: Sources,
    pub folder: TempDir,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let clock = ManualClock::at(NOON);
        let sources = Sources {
            clock: Arc::new(clock.clone()),
            ids: Arc::new(SeededIds::new(seed)),
        };
        let folder = TempDir::new().expect("a folder");
        Self {
            log: MemoryLog::new(&sources),
            clock,
            sources,
            folder,
        }
    }

    pub fn id<T: From<ulid::Ulid>>(&self) -> T {
        self.sources.id()
    }

    pub async fn open(&self) -> Arc<ReadModels> {
        ReadModels::open(self.folder.path(), self.log.clone(), self.sources.clone())
            .await
            .expect("read models")
    }

    /// Appends events to a stream, whatever its rules.
    pub async fn tell<A: Aggregate>(&self, id: impl std::fmt::Display, events: Vec<A::Event>) -> Vec<EventId> {
        let stream = StreamName::of(A::KIND, id);
        let version = self
            .log
            .read_stream(&stream, 0, usize::MAX)
            .await
            .expect("a stream")
            .last()
            .map(|e| e.version);
        let new = events.iter().map(|e| self.event(e)).collect();
        let expected = version.map_or(Expected::Nothing, Expected::Version);
        self.log.append(stream, expected, new).await.expect("an append").ids
    }

    pub fn event<E: EventData>(&self, event: &E) -> NewEvent {
        NewEvent {
            id: EventId(self.sources.ids.ulid(self.sources.now())),
            kind: event.kind().to_owned(),
            schema: event.schema(),
            time: self.sources.now(),
            actor: Actor::system("test"),
            cause: "why".to_owned(),
            key: None,
            data: event.encode().into(),
        }
    }

    pub fn head(&self) -> Position {
        self.log.head()
    }
}

/// A sealed value that nobody can open.
pub(crate) fn sealed<T>(bytes: &[u8]) -> Sealed<T> {
    Sealed::from_parts(
        Subject("person:x".to_owned()),
        Scope("x:chat".to_owned()),
        bytes.to_vec(),
    )
}
