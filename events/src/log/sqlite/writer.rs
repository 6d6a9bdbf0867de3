//! The one task that writes: takes what has queued up, judges it, commits it, tells, answers.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Row, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::open::shut;
use super::{Message, Shared};
use crate::envelope::{Key, Position, Recorded, StreamName};
use crate::log::judge::{Asked, Head, Held, Judge, Verdict, written};
use crate::log::{AppendError, Appended, LogError};

/// The most appends of one transaction.
const BATCH_APPENDS: usize = 256;
/// Bytes of data from which a batch takes no further append.
const BATCH_BYTES: usize = 4 << 20;
/// Rows of one `INSERT`: 12 variables each, of the 32 766 that SQLite takes, and few enough statements to keep prepared.
const ROWS: usize = 256;
/// Streams whose ends are kept in memory, twice over (see [`Ends`]).
const ENDS: usize = 20_000;

type Answer = oneshot::Sender<Result<Appended, AppendError>>;

/// Ends of the streams written or asked for last, in two generations: what is used moves to the young one, and
/// when that is full the old one is dropped. Bounded, and near enough to least-recently-used.
#[derive(Default)]
struct Ends {
    young: HashMap<StreamName, Option<Head>>,
    old: HashMap<StreamName, Option<Head>>,
}

impl Ends {
    fn get(&mut self, stream: &StreamName) -> Option<Option<Head>> {
        if let Some(head) = self.young.get(stream) {
            return Some(*head);
        }
        let head = self.old.remove(stream)?;
        self.put(stream.clone(), head);
        Some(head)
    }

    fn put(&mut self, stream: StreamName, head: Option<Head>) {
        if self.young.len() >= ENDS {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(stream, head);
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

/// What a failed statement means for the log.
enum Failure {
    /// Nothing was written; the next batch may fit.
    Full,
    /// Nothing was written; the next batch may go through.
    Busy(String),
    /// What was believed of the streams was wrong: somebody else has written.
    Stale(String),
    /// Nothing was written, and nothing will be.
    Closed(String),
    /// Nobody knows whether it was written.
    Unknown(String),
}

impl Failure {
    /// By SQLite's result code (the low byte; <https://sqlite.org/rescode.html>).
    fn of(e: &sqlx::Error) -> Self {
        let code = e
            .as_database_error()
            .and_then(|d| d.code())
            .and_then(|c| c.parse::<u32>().ok())
            .map(|c| c & 0xff);
        match code {
            Some(13) => Self::Full,
            Some(5 | 6) => Self::Busy(format!("another process holds the log's file: {e}")),
            Some(19) => Self::Stale(e.to_string()),
            Some(8) => Self::Closed(
                "the log's file can't be written; give the server's account the right to, and restart".to_owned(),
            ),
            // Also an error that SQLite did not make: the connection's thread is gone in mid-statement.
            _ => Self::Unknown(e.to_string()),
        }
    }

    fn error(&self) -> AppendError {
        match self {
            Self::Full => AppendError::Full,
            Self::Busy(why) | Self::Closed(why) => AppendError::Closed(why.clone()),
            Self::Stale(why) => AppendError::Closed(format!("the log's file was written by somebody else: {why}")),
            Self::Unknown(why) => AppendError::Unknown(why.clone()),
        }
    }
}

/// What became of a batch.
struct Tried {
    verdicts: Vec<Verdict>,
    /// What was written.
    rows: Vec<Arc<Recorded>>,
    failure: Option<Failure>,
}

/// Owns the connection that writes.
pub(super) struct Writer {
    shared: Arc<Shared>,
    connection: SqliteConnection,
    inbox: mpsc::UnboundedReceiver<Message>,
    grown: mpsc::Sender<()>,
    threshold: u64,
    /// Bytes written since upkeep was last woken (data only, so somewhat less than in the file).
    unchecked: u64,
    ends: Ends,
    judge: Judge,
    insert: HashMap<usize, Arc<str>>,
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
            ends: Ends::default(),
            judge,
            insert: HashMap::new(),
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
            } else {
                while waiting.len() < BATCH_APPENDS
                    && let Ok(message) = self.inbox.try_recv()
                {
                    waiting.push_back(message);
                }
            }
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
        // A second attempt is for the case that the streams were not as remembered.
        let again = asked.clone();
        let mut tried = self.attempt(asked).await;
        if matches!(tried.failure, Some(Failure::Stale(_))) {
            self.ends.clear();
            if self.find_head().await.is_ok() {
                tried = self.attempt(again).await;
            }
        }
        self.finish(tried, answers);
        let submitted = self.shared.submitted.load(Ordering::SeqCst);
        self.judge.answered(submitted, judged);
    }

    /// Judges and writes. On failure nothing of the batch is left in memory.
    async fn attempt(&mut self, asked: Vec<Asked>) -> Tried {
        self.judge.heads.clear();
        self.judge.keys.clear();
        if let Err(e) = self.look_up(&asked).await {
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
        let verdicts: Vec<Verdict> = asked.into_iter().map(|a| self.judge.judge(a)).collect();
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
        for (stream, head) in self.judge.heads.drain() {
            self.ends.put(stream, head);
        }
        Tried {
            verdicts,
            rows,
            failure: None,
        }
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
        if self.shared.refusing().is_some() {
            self.shared.refuse(None);
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

    /// Fills the judge with the ends of the streams and the keys that exist: one statement each, and none where memory knows.
    async fn look_up(&mut self, asked: &[Asked]) -> Result<(), sqlx::Error> {
        let mut missing: Vec<&StreamName> = Vec::new();
        for a in asked {
            if self.judge.heads.contains_key(&a.stream) {
                continue;
            }
            let known = self.ends.get(&a.stream);
            if known.is_none() {
                missing.push(&a.stream);
            }
            self.judge.heads.insert(a.stream.clone(), known.flatten());
        }
        for part in missing.chunks(ROWS) {
            self.find_ends(part).await?;
        }
        // A stream that has no event has no key.
        let keys: Vec<(&StreamName, Key)> = asked
            .iter()
            .flat_map(Asked::keys)
            .filter(|(s, _)| self.judge.heads.get(*s).is_some_and(Option::is_some))
            .collect();
        for part in keys.chunks(ROWS) {
            self.find_keys(part).await?;
        }
        Ok(())
    }

    async fn find_ends(&mut self, streams: &[&StreamName]) -> Result<(), sqlx::Error> {
        // Padded to a power of two with the last, so that nine prepared statements serve every batch.
        let padded = streams.len().next_power_of_two();
        let sql = format!(
            "with wanted(stream) as (values {}) select e.stream, e.version, e.id, e.hash from wanted w cross join events e \
             on e.stream = w.stream and e.version = (select max(version) from events where stream = w.stream)",
            vec!["(?)"; padded].join(",")
        );
        let mut arguments = SqliteArguments::default();
        for i in 0..padded {
            arguments
                .add(streams[i.min(streams.len() - 1)].as_str())
                .map_err(sqlx::Error::Encode)?;
        }
        for row in sqlx::query_with(AssertSqlSafe(sql), arguments)
            .fetch_all(&mut self.connection)
            .await?
        {
            let hash: Vec<u8> = row.try_get(3)?;
            let head = Head {
                version: row.try_get::<i64, _>(1)?.cast_unsigned(),
                last: parsed(row.try_get(2)?)?,
                hash: hash
                    .try_into()
                    .map_err(|_| sqlx::Error::Decode("a hash has not 32 bytes".into()))?,
            };
            self.judge
                .heads
                .insert(StreamName::from(row.try_get::<&str, _>(0)?), Some(head));
        }
        Ok(())
    }

    async fn find_keys(&mut self, keys: &[(&StreamName, Key)]) -> Result<(), sqlx::Error> {
        let padded = keys.len().next_power_of_two();
        let sql = format!(
            "with wanted(stream, key) as (values {}) select e.stream, e.key, e.position, e.version, e.id from wanted w cross join events e \
             indexed by events_key on e.stream = w.stream and e.key = w.key where e.key is not null",
            vec!["(?,?)"; padded].join(",")
        );
        let mut arguments = SqliteArguments::default();
        for i in 0..padded {
            let (stream, key) = &keys[i.min(keys.len() - 1)];
            arguments.add(stream.as_str()).map_err(sqlx::Error::Encode)?;
            arguments.add(&key.0[..]).map_err(sqlx::Error::Encode)?;
        }
        for row in sqlx::query_with(AssertSqlSafe(sql), arguments)
            .fetch_all(&mut self.connection)
            .await?
        {
            let key: Vec<u8> = row.try_get(1)?;
            let key = Key(key
                .try_into()
                .map_err(|_| sqlx::Error::Decode("a key has not 32 bytes".into()))?);
            let held = Held {
                position: Position(row.try_get::<i64, _>(2)?.cast_unsigned()),
                version: row.try_get::<i64, _>(3)?.cast_unsigned(),
                id: parsed(row.try_get(4)?)?,
            };
            self.judge
                .keys
                .insert((StreamName::from(row.try_get::<&str, _>(0)?), key), held);
        }
        Ok(())
    }

    /// One transaction. Up to [`ROWS`] rows it is sent as one piece: each hand-over to the connection's thread costs
    /// some 50 µs, and there would be three.
    async fn write(&mut self, rows: &[Arc<Recorded>]) -> Result<(), sqlx::Error> {
        let shared = Arc::clone(&self.shared);
        let _gate = shared.gate.lock().await;
        let done = if rows.len() <= ROWS {
            let sql = self
                .insert
                .entry(rows.len())
                .or_insert_with(|| format!("begin immediate;{};commit", insert(rows.len())).into());
            execute(&mut self.connection, AssertSqlSafe(Arc::clone(sql)), arguments(rows)?).await
        } else {
            self.write_many(rows).await
        };
        if done.is_err() {
            // SQLite may have rolled back itself; what matters is that no transaction stays open.
            let _ = sqlx::query("rollback").execute(&mut self.connection).await;
        }
        done
    }

    async fn write_many(&mut self, rows: &[Arc<Recorded>]) -> Result<(), sqlx::Error> {
        sqlx::query("begin immediate").execute(&mut self.connection).await?;
        for part in rows.chunks(ROWS) {
            execute(
                &mut self.connection,
                AssertSqlSafe(Arc::from(insert(part.len()))),
                arguments(part)?,
            )
            .await?;
        }
        sqlx::query("commit").execute(&mut self.connection).await?;
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

fn parsed(id: &str) -> Result<crate::ids::EventId, sqlx::Error> {
    id.parse().map_err(|e| sqlx::Error::Decode(Box::new(e)))
}

fn insert(rows: usize) -> String {
    format!(
        "insert into events ({}) values {}",
        super::rows::COLUMNS,
        vec!["(?,?,?,?,?,?,?,?,?,?,?,?)"; rows].join(",")
    )
}

fn arguments(rows: &[Arc<Recorded>]) -> Result<SqliteArguments, sqlx::Error> {
    let mut a = SqliteArguments::default();
    a.reserve(rows.len() * 12, 0);
    rows.iter()
        .try_for_each(|row| bind(&mut a, row))
        .map_err(sqlx::Error::Encode)?;
    Ok(a)
}

fn bind(a: &mut SqliteArguments, row: &Recorded) -> Result<(), sqlx::error::BoxDynError> {
    let e = &row.event;
    a.add(row.position.0.cast_signed())?;
    a.add(Arc::clone(&row.stream.0))?;
    a.add(row.version.cast_signed())?;
    a.add(e.id.to_string())?;
    a.add(e.kind.as_str())?;
    a.add(i64::from(e.schema))?;
    a.add(e.time.0)?;
    a.add(e.actor.0.as_str())?;
    a.add(e.cause.as_str())?;
    a.add(e.key.map(|k| k.0.to_vec()))?;
    a.add(&e.data[..])?;
    a.add(row.hash.to_vec())
}

async fn execute(
    connection: &mut SqliteConnection,
    sql: AssertSqlSafe<Arc<str>>,
    arguments: SqliteArguments,
) -> Result<(), sqlx::Error> {
    sqlx::query_with(sql, arguments).execute(connection).await.map(|_| ())
}
