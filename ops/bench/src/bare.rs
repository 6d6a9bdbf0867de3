//! The bare loop: the same rows go through one task into the same table with the same indexes, in group commits of the
//! same limits, with the same checkpoints by a connection beside. No chain, no versions or keys checked, no subscribers.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use amphi_events::{NewEvent, StreamName};
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Arguments, AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{Mutex, mpsc, oneshot};

/// One row.
pub struct Row {
    pub stream: StreamName,
    pub version: u64,
    pub event: NewEvent,
}

type Message = (Row, oneshot::Sender<()>);

/// As the log has them: appends and bytes of data of one transaction, bytes written between two checkpoints, and bytes
/// of the write-ahead log from which it is cut back.
const BATCH: usize = 256;
const BATCH_BYTES: usize = 4 << 20;
const CHECKPOINT_BYTES: usize = 4 << 20;
const TRUNCATE_BYTES: u64 = 64 << 20;

/// A running loop.
pub struct Bare {
    pub queue: mpsc::UnboundedSender<Message>,
    pub commits: Arc<AtomicU64>,
    task: tokio::task::JoinHandle<anyhow::Result<()>>,
    beside: tokio::task::JoinHandle<anyhow::Result<()>>,
}

fn connect(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .pragma("wal_autocheckpoint", "0")
        .disable_statement_logging()
}

impl Bare {
    /// Opens a file that the log itself has made, so that table and indexes are the same.
    pub async fn open(path: &Path) -> anyhow::Result<Self> {
        let connection = connect(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("cache_size", "-16000")
            .statement_cache_capacity(160)
            .connect()
            .await?;
        let keeper = connect(path).connect().await?;
        let (queue, inbox) = mpsc::unbounded_channel();
        let (grown, written) = mpsc::channel(1);
        let gate = Arc::new(Mutex::new(()));
        let commits = Arc::new(AtomicU64::new(0));
        let beside = tokio::spawn(checkpoints(path.to_owned(), keeper, written, Arc::clone(&gate)));
        let task = tokio::spawn(write(connection, inbox, Arc::clone(&commits), grown, gate));
        Ok(Self {
            queue,
            commits,
            task,
            beside,
        })
    }

    /// Ends the loop.
    pub async fn close(self) -> anyhow::Result<()> {
        drop(self.queue);
        self.task.await??;
        self.beside.await?
    }
}

async fn checkpoints(
    path: PathBuf,
    mut connection: SqliteConnection,
    mut written: mpsc::Receiver<()>,
    gate: Arc<Mutex<()>>,
) -> anyhow::Result<()> {
    let wal = path.with_file_name("log.db-wal");
    while written.recv().await.is_some() {
        sqlx::query("pragma wal_checkpoint(passive)")
            .fetch_all(&mut connection)
            .await?;
        if std::fs::metadata(&wal).is_ok_and(|m| m.len() >= TRUNCATE_BYTES) {
            let _gate = gate.lock().await;
            sqlx::query("pragma wal_checkpoint(truncate)")
                .fetch_all(&mut connection)
                .await?;
        }
    }
    Ok(connection.close().await?)
}

async fn write(
    mut connection: SqliteConnection,
    mut inbox: mpsc::UnboundedReceiver<Message>,
    commits: Arc<AtomicU64>,
    grown: mpsc::Sender<()>,
    gate: Arc<Mutex<()>>,
) -> anyhow::Result<()> {
    let mut batch: Vec<Message> = Vec::with_capacity(BATCH);
    let (mut position, mut unchecked) = (0_i64, 0);
    while let Some(first) = inbox.recv().await {
        let mut bytes = first.0.event.data.len();
        batch.push(first);
        while batch.len() < BATCH
            && bytes < BATCH_BYTES
            && let Ok(next) = inbox.try_recv()
        {
            bytes += next.0.event.data.len();
            batch.push(next);
        }
        let mut a = SqliteArguments::default();
        a.reserve(batch.len() * 12, 0);
        for (row, _) in &batch {
            position += 1;
            bind(&mut a, position, row).map_err(|e| anyhow::anyhow!(e))?;
        }
        let values = vec!["(?,?,?,?,?,?,?,?,?,?,?,?)"; batch.len()].join(",");
        let sql = format!(
            "begin immediate;insert into events (position, stream, version, id, kind, schema, time, actor, cause, key, data, hash) values {values};commit"
        );
        {
            let _gate = gate.lock().await;
            sqlx::query_with(AssertSqlSafe(sql), a).execute(&mut connection).await?;
        }
        commits.fetch_add(1, Ordering::Relaxed);
        unchecked += bytes + 512 * batch.len();
        if unchecked >= CHECKPOINT_BYTES {
            unchecked = 0;
            let _ = grown.try_send(());
        }
        for (_, answer) in batch.drain(..) {
            let _ = answer.send(());
        }
    }
    Ok(connection.close().await?)
}

fn bind(a: &mut SqliteArguments, position: i64, row: &Row) -> Result<(), sqlx::error::BoxDynError> {
    let e = &row.event;
    a.add(position)?;
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
    a.add(vec![7_u8; 32])
}
