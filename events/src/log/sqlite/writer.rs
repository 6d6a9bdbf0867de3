//! The one task that writes: takes what has queued up, judges it, commits it, tells, answers.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use sqlx::SqliteConnection;
use tokio::sync::{mpsc, oneshot};

use super::failure::Failure;
use super::open::shut;
use super::{Message, Shared};
use crate::envelope::Recorded;
use crate::log::judge::{Asked, Judge, Verdict, written};
use crate::log::{AppendError, Appended, LogError};

/// The most appends of one transaction.
const BATCH_APPENDS: usize = 256;
/// Bytes of data from which a batch takes no further append.
const BATCH_BYTES: usize = 4 << 20;

/// The most turns that others are given before a batch is closed.
const TURNS: usize = 8;

/// Batches for which keys are looked up beforehand, once a key was there: repetitions come together.
const CAREFUL: u32 = 32;

type Answer = oneshot::Sender<Result<Appended, AppendError>>;

/// What became of a batch.
struct Tried {
    verdicts: Vec<Verdict>,
    /// What was written.
    rows: Vec<Arc<Recorded>>,
    failure: Option<Failure>,
}

/// Owns the connection that writes.
pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) connection: SqliteConnection,
    inbox: mpsc::UnboundedReceiver<Message>,
    grown: mpsc::Sender<()>,
    threshold: u64,
    /// Bytes written since upkeep was last woken (data only, so somewhat less than in the file).
    unchecked: u64,
    pub(super) judge: Judge,
    pub(super) insert: HashMap<usize, Arc<str>>,
    /// Batches for which keys are still looked up beforehand.
    careful: u32,
    /// The last batch was of one.
    alone: bool,
}

impl Writer {
    pub fn new(
        shared: Arc<Shared>,
        connection: SqliteConnection,
        inbox: mpsc::UnboundedReceiver<Message>,
        grown: mpsc::Sender<()>,
        threshold: u64,
    ) -> Self {
        let log_id = shared
            .identity
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .log_id
            .clone();
        let judge = Judge::new(&log_id, shared.head.load(Ordering::SeqCst));
        Self {
            shared,
            connection,
            inbox,
            grown,
            threshold,
            unchecked: 0,
            judge,
            insert: HashMap::new(),
            careful: 0,
            alone: true,
        }
    }

    /// Until the log is closed or dropped; what has queued up by then is still written.
    pub async fn run(mut self) {
        let mut waiting: VecDeque<Message> = VecDeque::new();
        let mut taken = Vec::with_capacity(BATCH_APPENDS);
        let closed = loop {
            if waiting.is_empty() {
                if self.inbox.recv_many(&mut taken, BATCH_APPENDS).await == 0 {
                    break None;
                }
                waiting.extend(taken.drain(..));
            }
            self.gather(&mut waiting).await;
            let batch = next_batch(&mut waiting);
            if !batch.is_empty() {
                self.batch(batch).await;
                continue;
            }
            match waiting.pop_front() {
                Some(Message::Epoch(epoch, answer)) => {
                    let done = self.epoch(epoch).await;
                    let _ = answer.send(done);
                }
                Some(Message::Close(answer)) => {
                    self.shared.end("the log was closed".to_owned());
                    self.inbox.close();
                    break Some(answer);
                }
                _ => {}
            }
        };
        // Queued behind the close.
        while let Some(message) = waiting.pop_front().or_else(|| self.inbox.try_recv().ok()) {
            if let Message::Append(_, answer) = message {
                let _ = answer.send(Err(self.shared.closed_error()));
            }
        }
        drop(self.grown);
        shut(self.connection).await;
        if let Some(answer) = closed {
            let _ = answer.send(());
        }
    }

    /// Takes what is there, and lets those who are about to append have their turn first: lines come in flocks, and each that still
    /// gets into this transaction saves an fsync and two hand-overs to SQLite's thread. Who is alone waits for a few empty turns.
    async fn gather(&mut self, waiting: &mut VecDeque<Message>) {
        for _ in 0..TURNS {
            let before = waiting.len();
            while waiting.len() < BATCH_APPENDS
                && let Ok(message) = self.inbox.try_recv()
            {
                waiting.push_back(message);
            }
            if waiting.len() >= BATCH_APPENDS || (waiting.len() == before && before > 0 && self.alone) {
                break;
            }
            tokio::task::yield_now().await;
        }
        self.alone = waiting.len() < 2;
    }

    async fn batch(&mut self, batch: Vec<(Asked, Answer)>) {
        self.shared.counters.batches.fetch_add(1, Ordering::Relaxed);
        if self.shared.closed.load(Ordering::SeqCst) {
            for (_, answer) in batch {
                let _ = answer.send(Err(self.shared.closed_error()));
            }
            return;
        }
        let judged = batch.iter().map(|(a, _)| a.number).max().unwrap_or(0);
        let (asked, answers): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
        let careful = self.careful > 0;
        self.careful = self.careful.saturating_sub(1);
        let mut tried = self.attempt(&asked, careful).await;
        // A second attempt is for the case that the streams were not as remembered, or that a key exists.
        if let Some(Failure::Stale(why)) = &tried.failure {
            self.careful = CAREFUL;
            let known = why.contains("events.key");
            if !known {
                self.shared.ends().clear();
            }
            if known || self.find_head().await.is_ok() {
                tried = self.attempt(&asked, true).await;
            }
        }
        // Before the answers: who has heard of a refusal and asks again must not be taken for one who had not.
        let submitted = self.shared.submitted.load(Ordering::SeqCst);
        self.finish(tried, answers);
        self.judge.answered(submitted, judged);
    }

    /// Judges and writes. On failure nothing of the batch is left in memory.
    async fn attempt(&mut self, asked: &[Asked], careful: bool) -> Tried {
        let verdicts = match self.verdicts(asked, careful).await {
            Ok(verdicts) => verdicts,
            Err(e) => {
                // Reading has changed nothing, so whatever went wrong, the fate of the batch is known.
                let failure = match Failure::of(&e) {
                    Failure::Unknown(why) => Failure::Busy(why),
                    failure => failure,
                };
                return Tried {
                    verdicts: asked.iter().map(|_| Verdict::Write(0..0)).collect(),
                    rows: Vec::new(),
                    failure: Some(failure),
                };
            }
        };
        let rows = std::mem::take(&mut self.judge.rows);
        if !rows.is_empty()
            && let Err(e) = self.write(&rows).await
        {
            self.judge.position = self.shared.head.load(Ordering::SeqCst);
            return Tried {
                verdicts,
                rows: Vec::new(),
                failure: Some(Failure::of(&e)),
            };
        }
        {
            // Before the events are told: who hears of one and looks at its stream must not be told that it has no newer one.
            let mut ends = self.shared.ends();
            for (stream, head) in self.judge.heads.drain() {
                ends.put(stream, head);
            }
        }
        Tried {
            verdicts,
            rows,
            failure: None,
        }
    }

    /// Judges the batch. Keys are looked up only where they are likely to matter: nearly every key is new, asking costs a
    /// statement a batch, and the index refuses one that is not. What can't be left to the index is an append whose
    /// version does not fit: if its key exists it is a repetition and no conflict.
    async fn verdicts(&mut self, asked: &[Asked], careful: bool) -> Result<Vec<Verdict>, sqlx::Error> {
        let (position, promises) = (self.judge.position, self.judge.promises.clone());
        self.judge.start(position);
        self.look_up(asked, careful).await?;
        let verdicts: Vec<Verdict> = asked.iter().map(|a| self.judge.judge(a.clone())).collect();
        let unsure = |(a, v): (&Asked, &Verdict)| {
            matches!(v, Verdict::Refused(AppendError::Conflict { .. })) && a.keys().next().is_some()
        };
        if careful || !asked.iter().zip(&verdicts).any(unsure) {
            return Ok(verdicts);
        }
        self.careful = CAREFUL;
        self.judge.start(position);
        self.judge.promises = promises;
        self.look_up(asked, true).await?;
        Ok(asked.iter().map(|a| self.judge.judge(a.clone())).collect())
    }

    /// Tells and answers, in this order: who is answered finds the event with the subscribers.
    fn finish(&mut self, tried: Tried, answers: Vec<Answer>) {
        let Tried {
            verdicts,
            rows,
            failure,
        } = tried;
        match &failure {
            None if rows.is_empty() => {}
            None => self.publish(&rows),
            Some(failure) => self.note(failure, verdicts.len()),
        }
        for (verdict, answer) in verdicts.into_iter().zip(answers) {
            let _ = answer.send(match (verdict, &failure) {
                (Verdict::Refused(why), _) => Err(why),
                (
                    Verdict::Duplicate {
                        answer,
                        in_batch: false,
                    },
                    _,
                )
                | (Verdict::Duplicate { answer, .. }, None) => Ok(answer),
                (Verdict::Write(range), None) => Ok(written(&rows[range])),
                (_, Some(failure)) => Err(failure.error()),
            });
        }
    }

    fn publish(&mut self, rows: &[Arc<Recorded>]) {
        let counters = &self.shared.counters;
        counters.commits.fetch_add(1, Ordering::Relaxed);
        counters.events.fetch_add(rows.len() as u64, Ordering::Relaxed);
        self.shared.head.store(self.judge.position, Ordering::SeqCst);
        // What was written into the room of the ballast is no sign that there is room.
        let shared = &self.shared;
        let for_good = shared.closed.load(Ordering::SeqCst) || shared.reserve_used.load(Ordering::SeqCst);
        if !for_good && shared.refusing().is_some() {
            shared.refuse(None);
        }
        let _ = self.shared.feed.send(Arc::new(rows.to_vec()));
        // About the indexes' and the page's share of an event beside its data.
        self.unchecked += rows.iter().map(|r| r.event.data.len() as u64 + 512).sum::<u64>();
        if self.unchecked >= self.threshold {
            self.unchecked = 0;
            let _ = self.grown.try_send(());
        }
    }

    fn note(&self, failure: &Failure, appends: usize) {
        match failure {
            Failure::Full => {
                self.shared.counters.full.fetch_add(appends as u64, Ordering::Relaxed);
                self.shared.refuse(Some("the log's disk is full".to_owned()));
                // What a checkpoint takes over leaves room in the write-ahead log, on a full disk too.
                let _ = self.grown.try_send(());
            }
            Failure::Busy(why) => tracing::warn!(why, "the log could not be written just now"),
            Failure::Stale(why) => {
                self.shared.end(format!(
                    "the log's file was written by somebody else ({why}); stop the other program and restart"
                ));
            }
            Failure::Closed(why) => self.shared.end(why.clone()),
            Failure::Unknown(why) => {
                tracing::error!(why, "the log failed in a commit; no more is written until restart");
                self.shared
                    .end(format!("a commit failed ({why}); look at the disk, and restart"));
            }
        }
    }

    /// The write-ahead log's end and the position after it, from the file.
    async fn find_head(&mut self) -> Result<(), sqlx::Error> {
        let head: Option<i64> = sqlx::query_scalar("select max(position) from events")
            .fetch_one(&mut self.connection)
            .await?;
        self.judge.position = head.unwrap_or(0).cast_unsigned();
        self.shared.head.store(self.judge.position, Ordering::SeqCst);
        Ok(())
    }

    async fn epoch(&mut self, epoch: String) -> Result<(), LogError> {
        if self.shared.closed.load(Ordering::SeqCst) {
            return Err(LogError::Read(self.shared.closed_error().to_string()));
        }
        sqlx::query("update meta set value = ? where name = 'epoch'")
            .bind(&epoch)
            .execute(&mut self.connection)
            .await
            .map_err(|e| LogError::Read(e.to_string()))?;
        self.shared
            .identity
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .epoch = epoch;
        Ok(())
    }
}

/// Appends from the front, up to the limits of a transaction and to the next message of another kind.
fn next_batch(waiting: &mut VecDeque<Message>) -> Vec<(Asked, Answer)> {
    let mut batch = Vec::with_capacity(waiting.len().min(BATCH_APPENDS));
    let mut bytes = 0;
    while batch.len() < BATCH_APPENDS && bytes < BATCH_BYTES {
        match waiting.pop_front() {
            Some(Message::Append(asked, answer)) => {
                bytes += asked.bytes();
                batch.push((asked, answer));
            }
            Some(other) => {
                waiting.push_front(other);
                break;
            }
            None => break,
        }
    }
    batch
}
