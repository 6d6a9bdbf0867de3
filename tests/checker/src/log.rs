//! What the log holds of a live's chat.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use amphi_events::chat::{self, Author, ChatEvent};
use amphi_events::ids::{EventId, LiveId, MessageId, PersonId, SystemIds};
use amphi_events::log::{EventLog, Filter, SqliteLog};
use amphi_events::relay::RelayEvent;
use amphi_events::store::{Keyring, MasterKey, Place};
use amphi_events::{EventData as _, Position, Recorded};
use anyhow::Context as _;

use crate::history::Status;

/// Events read at a time.
const PAGE: usize = 1_000;

/// Types of events that move clients, but for states.
const TOLD: [&str; 6] = [
    "ChatMessagePosted",
    "ChatMessageRemoved",
    "ChatMessageRelayed",
    "ChatRelayUnknown",
    "ChatRelayLate",
    "ChatRelayFailed",
];

/// A line, whether or not it was taken away later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Which.
    pub id: MessageId,
    /// What it says.
    pub text: Arc<str>,
    /// Who wrote it; nobody of ours where it came from the room.
    pub person: Option<PersonId>,
}

/// A line was taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removal {
    /// Position of the event that says so.
    pub position: u64,
    /// When it was decided, in milliseconds since 1970: before it was in the log.
    pub at_ms: i64,
}

/// What became of a live's lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    /// Lines by position.
    pub lines: BTreeMap<u64, LogLine>,
    /// What was taken away.
    pub removed: HashMap<MessageId, Removal>,
    /// The same by position.
    pub removals: BTreeMap<u64, MessageId>,
    /// The last that is told of lines on their way to the room.
    pub statuses: HashMap<MessageId, Status>,
    /// Position of the last event that a client hears of.
    pub last: u64,
    ids: HashMap<MessageId, u64>,
}

impl Log {
    /// Adds a line.
    pub fn line(&mut self, position: u64, line: LogLine) {
        self.last = self.last.max(position);
        self.ids.insert(line.id, position);
        self.lines.insert(position, line);
    }

    /// The line of this id.
    pub fn by_id(&self, id: MessageId) -> Option<&LogLine> {
        self.lines.get(self.ids.get(&id)?).filter(|l| l.id == id)
    }

    /// Adds a removal.
    pub fn remove(&mut self, id: MessageId, removal: Removal) {
        self.last = self.last.max(removal.position);
        self.removed.insert(id, removal);
        self.removals.insert(removal.position, id);
    }

    /// Adds what became of lines; those of other lives are passed over.
    pub fn fate(&mut self, position: u64, ids: &[MessageId], status: Status) {
        for id in ids.iter().filter(|id| self.ids.contains_key(id)) {
            self.statuses.insert(*id, status);
            self.last = self.last.max(position);
        }
    }

    /// Reads it from an open log.
    ///
    /// # Errors
    /// Something can't be read or opened.
    pub async fn read(log: &dyn EventLog, keys: &Keyring, live: LiveId) -> anyhow::Result<Self> {
        let filter = Filter {
            stream_kinds: vec!["chat".to_owned(), "relay".to_owned()],
            ..Filter::default()
        };
        let stream = chat::stream(live);
        let (mut found, mut at) = (Self::default(), Position(0));
        loop {
            let page = log.read_all(at, &filter, PAGE).await?;
            for e in &page.events {
                if e.stream == stream {
                    found
                        .chat(e, keys)
                        .with_context(|| format!("position {}", e.position))?;
                } else if e.stream.kind() == "relay" {
                    found.relay(e)?;
                }
            }
            at = page.upto;
            if page.end {
                return Ok(found);
            }
        }
    }

    /// Reads it from the data folder of a server that doesn't run.
    ///
    /// # Errors
    /// Something can't be read or opened.
    pub async fn of_folder(data: &Path, master_key: &Path, live: LiveId) -> anyhow::Result<Self> {
        let log = SqliteLog::open_read_only(&data.join("log.db")).await?;
        let master = MasterKey::load_or_make(master_key, Some(data))?;
        let log_id = log.identity().log_id;
        let keys = Keyring::load(&data.join("keys.db"), &master, &log_id, Arc::new(SystemIds)).await?;
        let found = Self::read(&*log, &keys, live).await;
        keys.close().await;
        log.close().await;
        found
    }

    /// Position of the last event of any live that clients hear of, and the epoch; also beside a running server.
    ///
    /// # Errors
    /// The log can't be read.
    pub async fn last_told(data: &Path) -> anyhow::Result<(u64, String)> {
        let log = SqliteLog::open_read_only(&data.join("log.db")).await?;
        let filter = Filter {
            kinds: TOLD.map(str::to_owned).to_vec(),
            ..Filter::default()
        };
        let (mut last, mut at) = (0, Position(0));
        loop {
            let page = log.read_all(at, &filter, PAGE).await?;
            last = page.events.last().map_or(last, |e| e.position.0);
            at = page.upto;
            if page.end {
                let epoch = log.identity().epoch;
                log.close().await;
                return Ok((last, epoch));
            }
        }
    }

    fn chat(&mut self, e: &Recorded, keys: &Keyring) -> anyhow::Result<()> {
        match ChatEvent::decode(&e.event.kind, e.event.schema, &e.event.data)? {
            ChatEvent::ChatMessagePosted { author, text, .. } => {
                let place = |field| Place {
                    stream: &e.stream,
                    event: EventId(e.event.id.0),
                    field,
                };
                let author: Option<Author> = keys.open(&place("author"), &author)?;
                let text: Option<String> = keys.open(&place("text"), &text)?;
                let line = LogLine {
                    id: MessageId(e.event.id.0),
                    text: text.unwrap_or_default().into(),
                    person: author.and_then(|a| a.person),
                };
                self.line(e.position.0, line);
            }
            ChatEvent::ChatMessageRemoved { message } => {
                let (position, at_ms) = (e.position.0, e.event.time.0);
                self.remove(message, Removal { position, at_ms });
            }
            ChatEvent::ChatOpened {}
            | ChatEvent::ChatClosed {}
            | ChatEvent::ChatPersonBanned { .. }
            | ChatEvent::ChatPersonUnbanned { .. } => {}
        }
        Ok(())
    }

    fn relay(&mut self, e: &Recorded) -> anyhow::Result<()> {
        let at = e.position.0;
        match RelayEvent::decode(&e.event.kind, e.event.schema, &e.event.data)? {
            RelayEvent::ChatMessageRelayed { message, .. } => self.fate(at, &[message], Status::Relayed),
            RelayEvent::ChatRelayUnknown { message } => self.fate(at, &[message], Status::Unknown),
            RelayEvent::ChatRelayLate { messages, .. } => self.fate(at, &messages, Status::Late),
            RelayEvent::ChatRelayFailed { message, .. } => self.fate(at, &[message], Status::Failed),
            RelayEvent::RelayWayFound { .. }
            | RelayEvent::ChatRelayAsked { .. }
            | RelayEvent::ChatRelayMissed { .. } => {}
        }
        Ok(())
    }
}
