//! The log in memory: the reference that the other engines are compared with, and the log of tests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::{broadcast, oneshot};

use super::judge::{Asked, Judge, Verdict, written};
use super::{AppendError, Appended, Batch, EventLog, Filter, LogError, LogIdentity, Page};
use crate::envelope::{Expected, NewEvent, Position, Recorded, StreamName};
use crate::ids::EventId;
use crate::ids::Sources;

struct Inner {
    judge: Judge,
    all: Vec<Arc<Recorded>>,
    refusing: Option<AppendError>,
}

/// Everything in memory, gone when dropped.
pub struct MemoryLog {
    identity: LogIdentity,
    inner: Mutex<Inner>,
    feed: broadcast::Sender<Batch>,
}

impl MemoryLog {
    /// An empty log with ids of its own.
    pub fn new(sources: &Sources) -> Arc<Self> {
        let at = sources.now();
        Self::named(LogIdentity {
            log_id: sources.ids.ulid(at).to_string(),
            epoch: sources.ids.ulid(at).to_string(),
        })
    }

    /// An empty log with this identity (chains of two engines can be compared where the log id is the same).
    pub fn named(identity: LogIdentity) -> Arc<Self> {
        let judge = Judge::new(&identity.log_id, 0);
        let inner = Mutex::new(Inner {
            judge,
            all: Vec::new(),
            refusing: None,
        });
        Arc::new(Self {
            identity,
            inner,
            feed: broadcast::channel(256).0,
        })
    }

    /// Refuses every append with this error from now on (`None`: takes them again), as a full disk would.
    pub fn refuse(&self, with: Option<AppendError>) {
        self.lock().refusing = with;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(
        &self,
        stream: StreamName,
        expected: Expected,
        follows: Option<EventId>,
        events: Vec<NewEvent>,
    ) -> Result<Appended, AppendError> {
        let mut inner = self.lock();
        if let Some(why) = &inner.refusing {
            return Err(why.clone());
        }
        let verdict = inner.judge.judge(Asked {
            number: 0,
            stream,
            expected,
            follows,
            events,
        });
        // The answer is out before anything else can be submitted, so no promise outlives its append.
        inner.judge.answered(0, u64::MAX);
        let rows = std::mem::take(&mut inner.judge.rows);
        match verdict {
            Verdict::Refused(why) => Err(why),
            Verdict::Duplicate { answer, .. } => Ok(answer),
            Verdict::Write(_) => {
                inner.all.extend(rows.iter().cloned());
                let answer = written(&rows);
                // Sent under the lock: batches reach the watchers in the order of the log.
                let _ = self.feed.send(Arc::new(rows));
                Ok(answer)
            }
        }
    }

    fn answer(done: Result<Appended, AppendError>) -> oneshot::Receiver<Result<Appended, AppendError>> {
        let (tx, rx) = oneshot::channel();
        let _ = tx.send(done);
        rx
    }
}

#[async_trait]
impl EventLog for MemoryLog {
    fn identity(&self) -> LogIdentity {
        self.identity.clone()
    }

    fn submit(
        &self,
        stream: StreamName,
        expected: Expected,
        events: Vec<NewEvent>,
    ) -> oneshot::Receiver<Result<Appended, AppendError>> {
        Self::answer(self.take(stream, expected, None, events))
    }

    fn submit_after(
        &self,
        stream: StreamName,
        expected: Expected,
        follows: EventId,
        events: Vec<NewEvent>,
    ) -> oneshot::Receiver<Result<Appended, AppendError>> {
        Self::answer(self.take(stream, expected, Some(follows), events))
    }

    async fn read_stream(&self, stream: &StreamName, from: u64, limit: usize) -> Result<Vec<Arc<Recorded>>, LogError> {
        let inner = self.lock();
        Ok(inner
            .all
            .iter()
            .filter(|e| e.stream == *stream && e.version >= from)
            .take(limit)
            .cloned()
            .collect())
    }

    async fn read_all(&self, after: Position, filter: &Filter, limit: usize) -> Result<Page, LogError> {
        let inner = self.lock();
        let head = inner.all.last().map_or(Position(0), |e| e.position);
        let start = inner.all.partition_point(|e| e.position <= after);
        let events: Vec<_> = inner.all[start..]
            .iter()
            .filter(|e| filter.wants(e))
            .take(limit.max(1))
            .cloned()
            .collect();
        let upto = match events.last() {
            Some(last) if events.len() >= limit.max(1) => last.position,
            _ => head.max(after),
        };
        Ok(Page {
            events,
            upto,
            end: upto >= head,
        })
    }

    fn head(&self) -> Position {
        self.lock().all.last().map_or(Position(0), |e| e.position)
    }

    fn watch(&self) -> broadcast::Receiver<Batch> {
        self.feed.subscribe()
    }

    fn refusing(&self) -> Option<String> {
        self.lock().refusing.as_ref().map(ToString::to_string)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn conforms() {
        crate::log::conformance::all(|| async { MemoryLog::new(&Sources::system()) as Arc<dyn EventLog> }).await;
    }
}
