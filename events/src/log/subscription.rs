//! Reading a log from a position on and going on with what comes: no gap, no double.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::broadcast::{self, error::RecvError, error::TryRecvError};

use super::{Batch, EventLog, Filter, LogError};
use crate::envelope::{Position, Recorded};

/// Events read at once while catching up.
const PAGE: usize = 512;

/// What a subscription hands over.
#[derive(Debug, Clone)]
pub enum Delivery {
    /// Events in the order of the log (none where the filter wanted nothing), and how far they go: a reader
    /// that keeps `upto` as its position may subscribe from there.
    Events(Vec<Arc<Recorded>>, Position),
    /// Everything up to here was handed over, and what follows is live. Comes once.
    CaughtUp(Position),
}

enum Phase {
    /// Reads pages; `first`: the head was not yet reached.
    Reading {
        first: bool,
    },
    Live,
}

/// A place in a log that moves on. [`Subscription::next`] may be cancelled at any time.
pub struct Subscription {
    log: Arc<dyn EventLog>,
    filter: Filter,
    cursor: Position,
    feed: broadcast::Receiver<Batch>,
    phase: Phase,
    waiting: VecDeque<Delivery>,
}

/// Events after `after` that the filter wants, then those to come.
pub fn subscribe(log: Arc<dyn EventLog>, after: Position, filter: Filter) -> Subscription {
    // Listening starts before reading: what is committed in between comes twice and is dropped by its
    // position; the other way round it would come never.
    let feed = log.watch();
    Subscription {
        log,
        filter,
        cursor: after,
        feed,
        phase: Phase::Reading { first: true },
        waiting: VecDeque::new(),
    }
}

impl Subscription {
    /// The next delivery; waits when there is none. After an error the subscription stands where it
    /// was, and `next` tries again.
    ///
    /// # Errors
    /// The log could not be read, or is closed ([`LogError::Read`]).
    pub async fn next(&mut self) -> Result<Delivery, LogError> {
        loop {
            if let Some(delivery) = self.waiting.pop_front() {
                return Ok(delivery);
            }
            match self.phase {
                Phase::Reading { first } => {
                    let page = self.log.read_all(self.cursor, &self.filter, PAGE).await?;
                    // No await below this line: a cancelled call has either moved nothing or all of it.
                    let moved = page.upto > self.cursor;
                    self.cursor = self.cursor.max(page.upto);
                    if page.end {
                        self.phase = Phase::Live;
                        if first {
                            self.waiting.push_back(Delivery::CaughtUp(self.cursor));
                        }
                    }
                    if moved {
                        self.waiting.push_front(Delivery::Events(page.events, self.cursor));
                    }
                }
                Phase::Live => match self.feed.recv().await {
                    Ok(batch) => {
                        let Some(last) = batch.last().map(|e| e.position) else {
                            continue;
                        };
                        if last <= self.cursor {
                            continue;
                        }
                        let mut events = Vec::new();
                        self.take(&batch, last, &mut events);
                        // What came since is handed over with it: a reader that is slower than the writer has fewer turns, not more.
                        while events.len() < PAGE {
                            match self.feed.try_recv() {
                                Ok(batch) => {
                                    if let Some(last) = batch.last().map(|e| e.position).filter(|p| *p > self.cursor) {
                                        self.take(&batch, last, &mut events);
                                    }
                                }
                                // Said once: the next batch of the feed would follow as if nothing were between.
                                Err(TryRecvError::Lagged(_)) => {
                                    self.phase = Phase::Reading { first: false };
                                    break;
                                }
                                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                            }
                        }
                        return Ok(Delivery::Events(events, self.cursor));
                    }
                    // Too slow for the memory feed: the log still has it all.
                    Err(RecvError::Lagged(_)) => self.phase = Phase::Reading { first: false },
                    Err(RecvError::Closed) => return Err(LogError::Read("the log is closed".to_owned())),
                },
            }
        }
    }

    fn take(&mut self, batch: &Batch, last: Position, events: &mut Vec<Arc<Recorded>>) {
        let new = batch
            .iter()
            .filter(|e| e.position > self.cursor && self.filter.wants(e));
        events.extend(new.cloned());
        self.cursor = last;
    }
}
