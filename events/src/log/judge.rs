//! Which appends of a batch may be written: the one piece of reasoning that every engine with a single
//! writer shares. Pure: it is handed what is known of the streams and gives back rows and verdicts.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::{AppendError, Appended, MAX_APPEND_BYTES, MAX_APPEND_EVENTS};
use crate::envelope::{Expected, Key, NewEvent, Position, Recorded, StreamName, chain_hash, chain_start};
use crate::ids::EventId;

/// The end of a stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub version: u64,
    pub hash: [u8; 32],
    pub last: EventId,
}

/// The first event that held a key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    pub position: Position,
    pub version: u64,
    pub id: EventId,
}

/// An append as it was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Grows with every append submitted to this log.
    pub number: u64,
    pub stream: StreamName,
    pub expected: Expected,
    pub follows: Option<EventId>,
    pub events: Vec<NewEvent>,
}

impl Asked {
    /// Bytes of data.
    pub fn bytes(&self) -> usize {
        self.events.iter().map(|e| e.data.len()).sum()
    }

    /// Pairs that must be looked up before judging.
    pub fn keys(&self) -> impl Iterator<Item = (&StreamName, Key)> {
        self.events.iter().filter_map(|e| e.key.map(|k| (&self.stream, k)))
    }
}

/// What becomes of an append once the batch is durable.
#[derive(Debug, Clone)]
pub(crate) enum Verdict {
    /// These rows of the batch are its events.
    Write(Range<usize>),
    /// A key existed; `in_batch` when its event is itself only about to be written.
    Duplicate { answer: Appended, in_batch: bool },
    /// Not written.
    Refused(AppendError),
}

/// Versions that a refused append had promised to those queued behind it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Promise {
    from: u64,
    to: u64,
    /// Number of the last append that may have been queued in ignorance of the refusal.
    until: u64,
}

/// Judges appends one after the other; what it accepts is seen by the next.
#[derive(Debug, Default)]
pub(crate) struct Judge {
    pub log_id: Arc<str>,
    /// Position of the last row accepted.
    pub position: u64,
    /// Ends of streams; `None`: known to have no event.
    pub heads: HashMap<StreamName, Option<Head>>,
    /// Keys that exist, among those asked about.
    pub keys: HashMap<(StreamName, Key), Held>,
    /// Rows accepted in this batch.
    pub rows: Vec<Arc<Recorded>>,
    /// See [`Promise`].
    pub promises: HashMap<StreamName, Promise>,
}

impl Judge {
    /// For a log whose last event is at `position`.
    pub fn new(log_id: &str, position: u64) -> Self {
        Self {
            log_id: log_id.into(),
            position,
            ..Self::default()
        }
    }

    /// A new batch, or the same again: nothing is known of streams and keys, and nothing accepted.
    pub fn start(&mut self, position: u64) {
        self.position = position;
        self.heads.clear();
        self.keys.clear();
        self.rows.clear();
    }

    /// The next append.
    pub fn judge(&mut self, asked: Asked) -> Verdict {
        if let Err(why) = possible(&asked) {
            return Verdict::Refused(AppendError::Invalid(why));
        }
        // Keys before versions: a repeated command comes with the version of its first attempt.
        for (stream, key) in asked.keys() {
            if let Some(held) = self.keys.get(&(stream.clone(), key)) {
                let in_batch = self.rows.first().is_some_and(|r| r.position <= held.position);
                let answer = Appended {
                    position: held.position,
                    version: held.version,
                    ids: vec![held.id],
                    duplicate: true,
                };
                return Verdict::Duplicate { answer, in_batch };
            }
        }
        let head = self.heads.get(&asked.stream).copied().flatten();
        if !self.fits(&asked, head) {
            let from = asked.expected.next();
            let to = from + asked.events.len() as u64 - 1;
            let promise = self.promises.entry(asked.stream.clone()).or_insert(Promise {
                from,
                to,
                until: u64::MAX,
            });
            *promise = Promise {
                from: promise.from.min(from),
                to: promise.to.max(to),
                until: u64::MAX,
            };
            return Verdict::Refused(AppendError::Conflict {
                stream: asked.stream,
                actual: head.map(|h| h.version),
            });
        }
        let start = self.rows.len();
        let mut previous = head.map_or_else(|| chain_start(&self.log_id, &asked.stream), |h| h.hash);
        for (version, event) in (asked.expected.next()..).zip(asked.events) {
            self.position += 1;
            let position = Position(self.position);
            let hash = chain_hash(&previous, &asked.stream, version, &event);
            if let Some(key) = event.key {
                self.keys.insert(
                    (asked.stream.clone(), key),
                    Held {
                        position,
                        version,
                        id: event.id,
                    },
                );
            }
            self.heads.insert(
                asked.stream.clone(),
                Some(Head {
                    version,
                    hash,
                    last: event.id,
                }),
            );
            self.rows.push(Arc::new(Recorded {
                position,
                stream: asked.stream.clone(),
                version,
                event,
                hash,
            }));
            previous = hash;
        }
        Verdict::Write(start..self.rows.len())
    }

    fn fits(&self, asked: &Asked, head: Option<Head>) -> bool {
        let promised = |p: &Promise| match asked.expected {
            Expected::Version(v) => asked.number <= p.until && (p.from..=p.to).contains(&v),
            Expected::Nothing => false,
        };
        let at = match (asked.expected, head) {
            (Expected::Nothing, None) => true,
            (Expected::Version(v), Some(h)) => h.version == v,
            _ => false,
        };
        at && asked.follows.is_none_or(|id| head.is_some_and(|h| h.last == id))
            && (asked.follows.is_some() || !self.promises.get(&asked.stream).is_some_and(promised))
    }

    /// The answers of the batch are out: appends numbered above `submitted` may have known of its refusals,
    /// and those up to `judged` have all been through here.
    pub fn answered(&mut self, submitted: u64, judged: u64) {
        if self.promises.is_empty() {
            return;
        }
        self.promises.retain(|_, p| p.until > judged);
        for promise in self.promises.values_mut() {
            promise.until = promise.until.min(submitted);
        }
    }
}

fn possible(asked: &Asked) -> Result<(), &'static str> {
    if asked.events.is_empty() {
        return Err("it has no event");
    }
    if asked.events.len() > MAX_APPEND_EVENTS {
        return Err("it has more than 1000 events");
    }
    if asked.bytes() > MAX_APPEND_BYTES {
        return Err("it has more than 4 MiB of data");
    }
    if asked.stream.as_str().is_empty() {
        return Err("its stream has no name");
    }
    let mut seen = HashSet::new();
    if asked.events.len() > 1 && !asked.keys().all(|(_, k)| seen.insert(k)) {
        return Err("two of its events have the same key");
    }
    Ok(())
}

/// The answer to an append whose rows are durable.
pub(crate) fn written(rows: &[Arc<Recorded>]) -> Appended {
    let last = rows.last();
    Appended {
        position: last.map_or(Position(0), |r| r.position),
        version: last.map_or(0, |r| r.version),
        ids: rows.iter().map(|r| r.event.id).collect(),
        duplicate: false,
    }
}
