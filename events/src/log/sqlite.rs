//! The log in a SQLite file: the engine of a node that has its log with it (design §4).
//!
//! One task writes ([`writer`](self)): it commits what has queued up in one transaction, and the fsync of one
//! commit is the window in which the next batch gathers. Readers are a pool of `query_only` connections; each
//! page is a statement of its own, so no read keeps the write-ahead log from being checkpointed.

mod ballast;
#[cfg(test)]
mod disk_tests;
mod ends;
mod failure;
mod insert;
mod lookup;
mod open;
mod rows;
#[cfg(test)]
mod tests;
mod upkeep;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use async_trait::async_trait;
use sqlx::SqlitePool;
use tokio::sync::{broadcast, mpsc, oneshot};

use super::judge::{Asked, Head};
use super::{AppendError, Appended, Batch, EventLog, Filter, LogError, LogIdentity, Page};
use crate::envelope::{Expected, Key, NewEvent, Position, Recorded, StreamName};
use crate::ids::{EventId, Sources};
pub use ballast::BALLAST_BYTES;
pub use open::OpenError;

/// How a log file is opened.
#[derive(Clone)]
pub struct SqliteOptions {
    /// Clock and ids, for the log's own ids (`log_id`, `epoch`).
    pub sources: Sources,
    /// Connections for reading.
    pub readers: u32,
    /// Events at the end whose chain is checked at open.
    pub check_tail: u32,
    /// Also let SQLite check the whole file at open (slow where the log is large).
    pub quick_check: bool,
    /// Write-ahead log size from which a passive checkpoint is made, in bytes.
    pub checkpoint_bytes: u64,
    /// Write-ahead log size from which the file is cut back to nothing, in bytes.
    pub truncate_bytes: u64,
    /// The most pages (4 KiB) that the file may have; 0: no limit. The log then answers as on a full disk.
    pub max_pages: u32,
    /// The `log_id` of a log that is made anew in place of a lost one; `None`: a new one.
    pub log_id: Option<String>,
}

impl SqliteOptions {
    /// What `serve` uses.
    pub const fn new(sources: Sources) -> Self {
        Self {
            sources,
            readers: 4,
            check_tail: 64,
            quick_check: false,
            checkpoint_bytes: 4 << 20,
            truncate_bytes: 64 << 20,
            max_pages: 0,
            log_id: None,
        }
    }
}

/// What the log's writer has done since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogStats {
    /// Transactions made durable, each with one fsync of the write-ahead log.
    pub commits: u64,
    /// Batches taken from the queue.
    pub batches: u64,
    /// Events written.
    pub events: u64,
    /// Appends refused for want of room.
    pub full: u64,
    /// Checkpoints made.
    pub checkpoints: u64,
}

#[derive(Default)]
struct Counters {
    commits: AtomicU64,
    batches: AtomicU64,
    events: AtomicU64,
    full: AtomicU64,
    checkpoints: AtomicU64,
}

/// What writer, upkeep and readers share.
struct Shared {
    path: PathBuf,
    /// Device and number of the file that was opened.
    file: Option<(u64, u64)>,
    identity: RwLock<LogIdentity>,
    head: AtomicU64,
    submitted: AtomicU64,
    /// Why writes are refused just now.
    refusing: Mutex<Option<String>>,
    /// Writing has ended until restart.
    closed: AtomicBool,
    /// The ballast was freed and is not yet there again.
    reserve_used: AtomicBool,
    feed: broadcast::Sender<Batch>,
    /// Ends of streams, as of the last commit.
    ends: Mutex<ends::Ends>,
    counters: Counters,
    /// Held by the writer during a transaction and by upkeep while it cuts the write-ahead log: the two would
    /// else wait for each other in SQLite's sleeping busy handler.
    gate: tokio::sync::Mutex<()>,
}

impl Shared {
    fn ends(&self) -> MutexGuard<'_, ends::Ends> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refuse(&self, why: Option<String>) {
        *self.refusing.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }

    fn refusing(&self) -> Option<String> {
        self.refusing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn closed_error(&self) -> AppendError {
        AppendError::Closed(self.refusing().unwrap_or_else(|| "the log was closed".to_owned()))
    }

    fn end(&self, why: String) {
        self.refuse(Some(why));
        self.closed.store(true, Ordering::SeqCst);
    }
}

/// Something for the writer to do.
enum Message {
    Append(Asked, oneshot::Sender<Result<Appended, AppendError>>),
    Epoch(String, oneshot::Sender<Result<(), LogError>>),
    Close(oneshot::Sender<()>),
}

/// The log in a SQLite file.
pub struct SqliteLog {
    shared: Arc<Shared>,
    /// None: opened for reading only.
    queue: Option<mpsc::UnboundedSender<Message>>,
    readers: SqlitePool,
    sources: Option<Sources>,
}

impl SqliteLog {
    /// Opens the log, makes it where there is none, and starts its writer.
    ///
    /// # Errors
    /// [`OpenError`]: each says what to do.
    pub async fn open(path: &Path, options: SqliteOptions) -> Result<Arc<Self>, OpenError> {
        open::open(path, options).await
    }

    /// Opens the log beside a running server, or a copy of it, for reading only.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open_read_only(path: &Path) -> Result<Arc<Self>, OpenError> {
        open::open_read_only(path).await
    }

    /// Writes what has queued up, ends the writer and closes the file. Appends after this are refused.
    pub async fn close(&self) {
        if let Some(queue) = &self.queue {
            let (tx, rx) = oneshot::channel();
            if queue.send(Message::Close(tx)).is_ok() {
                let _ = rx.await;
            }
        }
        self.readers.close().await;
    }

    /// Gives the log a new epoch: positions may have been given twice (a restore).
    ///
    /// # Errors
    /// The log takes no writes.
    pub async fn new_epoch(&self) -> Result<LogIdentity, LogError> {
        let closed = || LogError::Read("the log takes no writes, so it can't be given a new epoch".to_owned());
        let (Some(queue), Some(sources)) = (&self.queue, &self.sources) else {
            return Err(closed());
        };
        let epoch = sources.ids.ulid(sources.now()).to_string();
        let (tx, rx) = oneshot::channel();
        queue.send(Message::Epoch(epoch, tx)).map_err(|_| closed())?;
        rx.await.map_err(|_| closed())??;
        Ok(self.identity())
    }

    /// Deletes the ballast, so that there is room for the stops that must go out and be recorded on a full disk.
    /// It is made again once there is room, and only then does the log stop refusing. True: a ballast was there.
    pub fn free_ballast(&self) -> bool {
        // Before the file goes: the success that it makes possible must not read as a disk with room.
        let before = self.shared.reserve_used.swap(true, Ordering::SeqCst);
        let freed = ballast::free(&self.shared.path);
        if !freed {
            self.shared.reserve_used.store(before, Ordering::SeqCst);
        }
        freed
    }

    /// Bytes of the write-ahead log's file.
    pub fn wal_bytes(&self) -> u64 {
        upkeep::wal_bytes(&self.shared.path)
    }

    /// What the writer has done so far.
    pub fn stats(&self) -> LogStats {
        let c = &self.shared.counters;
        LogStats {
            commits: c.commits.load(Ordering::Relaxed),
            batches: c.batches.load(Ordering::Relaxed),
            events: c.events.load(Ordering::Relaxed),
            full: c.full.load(Ordering::Relaxed),
            checkpoints: c.checkpoints.load(Ordering::Relaxed),
        }
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Hash of the event at a position, for comparing marks; `None`: no event there.
    ///
    /// # Errors
    /// The log could not be read.
    pub async fn hash_at(&self, position: Position) -> Result<Option<[u8; 32]>, LogError> {
        rows::hash_at(&self.readers, position).await
    }

    fn queue(
        &self,
        stream: StreamName,
        expected: Expected,
        follows: Option<EventId>,
        events: Vec<NewEvent>,
    ) -> oneshot::Receiver<Result<Appended, AppendError>> {
        let (tx, rx) = oneshot::channel();
        let Some(queue) = &self.queue else {
            let _ = tx.send(Err(AppendError::Closed("it was opened for reading only".to_owned())));
            return rx;
        };
        let number = self.shared.submitted.fetch_add(1, Ordering::SeqCst) + 1;
        let asked = Asked {
            number,
            stream,
            expected,
            follows,
            events,
        };
        if let Err(mpsc::error::SendError(Message::Append(_, tx))) = queue.send(Message::Append(asked, tx)) {
            let _ = tx.send(Err(self.shared.closed_error()));
        }
        rx
    }
}

#[async_trait]
impl EventLog for SqliteLog {
    fn identity(&self) -> LogIdentity {
        self.shared
            .identity
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn submit(
        &self,
        stream: StreamName,
        expected: Expected,
        events: Vec<NewEvent>,
    ) -> oneshot::Receiver<Result<Appended, AppendError>> {
        self.queue(stream, expected, None, events)
    }

    fn submit_after(
        &self,
        stream: StreamName,
        expected: Expected,
        follows: EventId,
        events: Vec<NewEvent>,
    ) -> oneshot::Receiver<Result<Appended, AppendError>> {
        self.queue(stream, expected, Some(follows), events)
    }

    async fn read_stream(&self, stream: &StreamName, from: u64, limit: usize) -> Result<Vec<Arc<Recorded>>, LogError> {
        let page = rows::read_stream(&self.readers, stream, from, limit).await?;
        if self.queue.is_some()
            && page.len() < limit
            && let Some(last) = page.last()
        {
            let head = Head {
                version: last.version,
                last: last.event.id,
                hash: last.hash,
            };
            self.shared.ends().note(stream, head);
        }
        Ok(page)
    }

    fn ends_at(&self, stream: &StreamName, version: u64) -> bool {
        // Only this process writes: another writer would be found out, and end this one's writing.
        let known = self.queue.is_some().then(|| self.shared.ends().get(stream)).flatten();
        known.flatten().is_some_and(|head| head.version == version)
    }

    async fn keyed(&self, stream: &StreamName, key: &Key) -> Result<Option<Arc<Recorded>>, LogError> {
        rows::keyed(&self.readers, stream, key).await
    }

    async fn read_all(&self, after: Position, filter: &Filter, limit: usize) -> Result<Page, LogError> {
        // Taken before the read: everything up to here is visible to it.
        let head = if self.queue.is_some() {
            self.head()
        } else {
            let head = rows::last_position(&self.readers).await?;
            self.shared.head.fetch_max(head.0, Ordering::SeqCst);
            head
        };
        rows::read_all(&self.readers, after, filter, limit, head).await
    }

    fn head(&self) -> Position {
        Position(self.shared.head.load(Ordering::SeqCst))
    }

    fn watch(&self) -> broadcast::Receiver<Batch> {
        self.shared.feed.subscribe()
    }

    fn refusing(&self) -> Option<String> {
        if self.queue.is_none() {
            return Some("the log was opened for reading only".to_owned());
        }
        self.shared.refusing()
    }

    fn make_room(&self) -> bool {
        self.queue.is_some() && self.free_ballast()
    }
}
