//! Checking the hash chains of a log: what was written is what is there.

use std::collections::HashMap;

use super::{EventLog, Filter, LogError};
use crate::envelope::{Position, Recorded, StreamName, chain_hash, chain_start};

/// Events read at once.
const PAGE: usize = 2_000;

/// What is wrong with an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// Its fields can't be read.
    Unreadable(String),
    /// Its position does not follow the one before it.
    Order,
    /// Its version is not the next of its stream.
    Version {
        /// The version that should stand here.
        expected: u64,
    },
    /// Its hash is not that of its fields after the event before it: one of its fields was changed, or it
    /// follows another event than the one that stands there.
    Hash,
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreadable(why) => write!(f, "it can't be read: {why}"),
            Self::Order => f.write_str("it is out of order"),
            Self::Version { expected } => write!(f, "version {expected} of its stream should stand here"),
            Self::Hash => f.write_str("its hash does not fit"),
        }
    }
}

/// A damaged place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub position: Position,
    /// In which stream, where that could be read.
    pub stream: Option<StreamName>,
    /// What.
    pub wrong: Wrong,
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Events read.
    pub events: u64,
    /// Streams seen.
    pub streams: u64,
    /// How far it read.
    pub upto: Position,
    /// Damage, in the order of the log: the first place of each, not what follows from it.
    pub problems: Vec<Problem>,
}

/// Where a stream's chain stands.
struct Chain {
    next: u64,
    /// The hash as stored.
    stored: [u8; 32],
    /// The hash as it should have been; differs after a problem. When the stored hash alone was changed, the
    /// next event still follows this one, and only one place is damaged.
    computed: [u8; 32],
}

/// Checks a log event by event, in the order of positions.
pub struct Verifier {
    log_id: String,
    chains: HashMap<StreamName, Chain>,
    last: Position,
    /// Nothing above this was asked for.
    until: Position,
    report: Report,
}

impl Verifier {
    /// A check from the beginning of the log up to `until`.
    pub fn new(log_id: &str, until: Position) -> Self {
        let report = Report {
            events: 0,
            streams: 0,
            upto: Position(0),
            problems: Vec::new(),
        };
        Self {
            log_id: log_id.to_owned(),
            chains: HashMap::new(),
            last: Position(0),
            until,
            report,
        }
    }

    /// The next event.
    pub fn take(&mut self, e: &Recorded) {
        if e.position > self.until {
            return;
        }
        self.report.events += 1;
        let mut wrong = None;
        if e.position <= self.last {
            wrong = Some(Wrong::Order);
        }
        self.last = self.last.max(e.position);
        let start = || chain_start(&self.log_id, &e.stream);
        let chain = self.chains.entry(e.stream.clone()).or_insert_with(|| {
            let hash = start();
            Chain {
                next: 0,
                stored: hash,
                computed: hash,
            }
        });
        let after_stored = chain_hash(&chain.stored, &e.stream, e.version, &e.event);
        let after_computed = chain_hash(&chain.computed, &e.stream, e.version, &e.event);
        let mut next = e.version + 1;
        if e.version != chain.next {
            wrong = wrong.or(Some(Wrong::Version { expected: chain.next }));
            if chain_hash(&chain.stored, &e.stream, chain.next, &e.event) == e.hash {
                // Only the number was changed: the rest of the stream goes on after the right one.
                next = chain.next + 1;
            }
        } else if e.hash != after_stored && e.hash != after_computed {
            wrong = wrong.or(Some(Wrong::Hash));
        }
        *chain = Chain {
            next,
            stored: e.hash,
            computed: after_stored,
        };
        if let Some(wrong) = wrong {
            self.report.problems.push(Problem {
                position: e.position,
                stream: Some(e.stream.clone()),
                wrong,
            });
        }
    }

    /// The result.
    pub fn finish(mut self, upto: Position) -> Report {
        self.report.streams = self.chains.len() as u64;
        self.report.upto = upto;
        self.report
    }
}

/// Checks every chain up to `until` (all of the log: its head). `tell` is called after each page with how far
/// the check got, for a progress bar.
///
/// # Errors
/// The log could not be read at all; an event that can't be read is a [`Problem`].
pub async fn verify(
    log: &dyn EventLog,
    until: Position,
    mut tell: impl FnMut(Position) + Send,
) -> Result<Report, LogError> {
    let mut verifier = Verifier::new(&log.identity().log_id, until);
    let all = Filter::default();
    let mut after = Position(0);
    let mut page = PAGE;
    let mut bad = Position(0);
    while after < until {
        match log.read_all(after, &all, page).await {
            Ok(read) => {
                read.events.iter().for_each(|e| verifier.take(e));
                after = read.upto;
                tell(after);
                if read.end {
                    break;
                }
                if after >= bad {
                    page = PAGE;
                }
            }
            // The bad event hides those before it in its page: read up to it one by one, then step over it.
            Err(LogError::Damaged { position, .. }) if page > 1 => {
                page = 1;
                bad = position;
            }
            Err(LogError::Damaged { position, why }) => {
                page = PAGE;
                verifier.report.problems.push(Problem {
                    position,
                    stream: None,
                    wrong: Wrong::Unreadable(why),
                });
                after = position;
            }
            Err(e) => return Err(e),
        }
    }
    Ok(verifier.finish(after.min(until)))
}
