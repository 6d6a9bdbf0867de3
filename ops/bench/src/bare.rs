//! The bare loop: rows made beforehand go through one task into the same table with the same indexes, in group
//! commits of the same limits. No chain, no sealing, no versions or keys checked, no subscribers, no checkpoints beside
//! (SQLite's own, of the same size).

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use amphi_events::{NewEvent, StreamName};
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Arguments, AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

/// One row.
pub struct Row {
    pub stream: StreamName,
    pub version: u64,
    pub event: NewEvent,
}

type Message = (Row, oneshot::Sender<()>);

/// A running loop.
pub struct Bare {
    pub queue: mpsc::UnboundedSender<Message>,
    pub commits: Arc<AtomicU64>,
    task: tokio::task::JoinHandle<anyhow::Result<()>>,
}

impl Bare {
    /// Opens a file that the log itself has made, so that table and indexes are the same.
    pub async fn open(path: &Path) -> anyhow::Result<Self> {
        let connection = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("cache_size", "-16000")
            .pragma("wal_autocheckpoint", "1000")
            .statement_cache_capacity(160)
            .disable_statement_logging()
            .connect()
            .await?;
        let (queue, inbox) = mpsc::unbounded_channel();
        let commits = Arc::new(AtomicU64::new(0));
        let task = tokio::spawn(write(connection, inbox, Arc::clone(&commits)));
        Ok(Self { queue, commits, task })
    }

    /// Ends the loop.
    pub async fn close(self) -> anyhow::Result<()> {
        drop(self.queue);
        self.task.await?
    }
}

async fn write(
    mut connection: SqliteConnection,
    mut inbox: mpsc::UnboundedReceiver<Message>,
    commits: Arc<AtomicU64>,
) -> anyhow::Result<()> {
    let mut batch: Vec<Message> = Vec::with_capacity(256);
    let mut position = 0_i64;
    while inbox.recv_many(&mut batch, 256).await > 0 {
        let mut a = SqliteArguments::default();
        for (row, _) in &batch {
            position += 1;
            bind(&mut a, position, row).map_err(|e| anyhow::anyhow!(e))?;
        }
        let values = vec!["(?,?,?,?,?,?,?,?,?,?,?,?)"; batch.len()].join(",");
        let sql = format!(
            "begin immediate;insert into events (position, stream, version, id, kind, schema, time, actor, cause, key, data, hash) values {values};commit"
        );
        sqlx::query_with(AssertSqlSafe(sql), a).execute(&mut connection).await?;
        commits.fetch_add(1, Ordering::Relaxed);
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
