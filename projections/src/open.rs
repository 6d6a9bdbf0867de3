//! The file of the read models: opening it, what each model has reached, and waiting for a position.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use amphi_events::log::EventLog;
use amphi_events::{Position, Sources};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, SqliteConnection, SqlitePool};
use tokio::sync::watch;

use crate::error::{Behind, ReadError};
use crate::model::{self, Model, Space};

/// Connections for reading: SQLite reads on as many cores as ask, and two cores are the smallest machine served.
const READERS: u32 = 4;

/// How one model stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelHealth {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// Everything up to here is in its tables.
    pub position: Position,
    /// How far the log's head is beyond (positions are not dense: at most so many events).
    pub lag: u64,
    /// Why it stands still, if it does.
    pub halted: Option<String>,
}

/// What is known of a model while the program runs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stand {
    pub position: Position,
    pub halted: Option<String>,
}

/// The read models of this node.
pub struct ReadModels {
    pub(crate) path: PathBuf,
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) sources: Sources,
    pub(crate) readers: SqlitePool,
    pub(crate) models: Vec<Arc<dyn Model>>,
    /// The one connection that writes. Whoever holds it finishes the transaction: writes run in tasks of their own.
    pub(crate) writer: Arc<tokio::sync::Mutex<SqliteConnection>>,
    /// Held by the one rebuild at a time.
    pub(crate) rebuilding: tokio::sync::Mutex<()>,
    stands: Mutex<BTreeMap<&'static str, Stand>>,
    /// Why nothing can be written just now.
    stuck: Mutex<Option<String>>,
    reached: watch::Sender<Position>,
}

impl ReadModels {
    /// Opens `read.db` in the data folder, makes it where there is none. A model of another version or of another log is
    /// emptied, to be built anew; a file that SQLite can't use is made anew.
    ///
    /// # Errors
    /// The file can't be made or read.
    pub async fn open(folder: &Path, log: Arc<dyn EventLog>, sources: Sources) -> Result<Arc<Self>, ReadError> {
        Self::open_with(folder, log, sources, model::all()).await
    }

    pub(crate) async fn open_with(
        folder: &Path,
        log: Arc<dyn EventLog>,
        sources: Sources,
        models: Vec<Arc<dyn Model>>,
    ) -> Result<Arc<Self>, ReadError> {
        let path = folder.join("read.db");
        let (writer, stands) = match prepare(&path, &*log, &models).await {
            Ok(ready) => ready,
            Err(e) if damaged(&e) => {
                tracing::warn!(error = %e, "read.db is damaged: it is built anew");
                for end in ["", "-wal", "-shm"] {
                    let mut file = path.clone().into_os_string();
                    file.push(end);
                    match std::fs::remove_file(PathBuf::from(file)) {
                        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(ReadError::Db(e.to_string())),
                        _ => {}
                    }
                }
                prepare(&path, &*log, &models).await?
            }
            Err(e) => return Err(e.into()),
        };
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            // A file on this disk does not hang up: the question would be a second hand-over to the thread of SQLite for each read.
            .test_before_acquire(false)
            .connect_with(options(&path).pragma("query_only", "on"))
            .await?;
        let at = stands.values().map(|s: &Stand| s.position).min().unwrap_or_default();
        Ok(Arc::new(Self {
            path,
            log,
            sources,
            readers,
            models,
            writer: Arc::new(tokio::sync::Mutex::new(writer)),
            rebuilding: tokio::sync::Mutex::new(()),
            stands: Mutex::new(stands),
            stuck: Mutex::new(None),
            reached: watch::channel(at).0,
        }))
    }

    /// Everything up to here can be read in every model that runs.
    pub fn position(&self) -> Position {
        *self.reached.borrow()
    }

    /// Waits until every model that runs has reached a position, at most so long.
    ///
    /// # Errors
    /// They have not.
    pub async fn wait(&self, position: Position, most: Duration) -> Result<(), Behind> {
        let mut reached = self.reached.subscribe();
        let there = tokio::time::timeout(most, reached.wait_for(|at| *at >= position)).await;
        match there {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Behind {
                at: self.position(),
                wanted: position,
            }),
        }
    }

    /// How each model stands.
    pub fn health(&self) -> Vec<ModelHealth> {
        let head = self.log.head();
        let stuck = lock(&self.stuck).clone();
        let stands = lock(&self.stands);
        self.models
            .iter()
            .map(|m| {
                let stand = stands.get(m.name()).cloned().unwrap_or_default();
                ModelHealth {
                    name: m.name().to_owned(),
                    version: m.version(),
                    position: stand.position,
                    lag: head.0.saturating_sub(stand.position.0),
                    halted: stand.halted.or_else(|| stuck.clone()),
                }
            })
            .collect()
    }

    /// Every table of every model, row by row in an order that depends on the rows alone: two builds of the same log are equal.
    pub async fn dump_tables(&self) -> Result<BTreeMap<String, Vec<String>>, ReadError> {
        let mut dump = BTreeMap::new();
        // One snapshot for all tables.
        let mut tx = self.readers.begin().await?;
        for table in self.models.iter().flat_map(|m| m.tables()) {
            let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info(?) ORDER BY cid")
                .bind(table.name)
                .fetch_all(&mut *tx)
                .await?;
            let sql = format!(
                "SELECT json_array({}) FROM {} ORDER BY 1",
                columns.join(", "),
                table.name
            );
            dump.insert(
                table.name.to_owned(),
                sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut *tx).await?,
            );
        }
        tx.commit().await?;
        Ok(dump)
    }

    pub(crate) fn stand(&self, model: &str) -> Stand {
        lock(&self.stands).get(model).cloned().unwrap_or_default()
    }

    /// Takes over what was committed, and wakes those who wait for it.
    pub(crate) fn stands(&self, news: Vec<(&'static str, Stand)>) {
        let mut stands = lock(&self.stands);
        stands.extend(news);
        let running = stands.values().filter(|s| s.halted.is_none()).map(|s| s.position).min();
        // Where all have halted nothing more can be seen than what is there.
        if let Some(at) = running.or_else(|| stands.values().map(|s| s.position).max()) {
            self.reached.send_replace(at);
        }
    }

    pub(crate) fn stuck(&self, why: Option<String>) {
        *lock(&self.stuck) = why;
    }

    /// The position from which a reader must read so that no model that runs misses an event.
    pub(crate) fn lowest(&self) -> Position {
        let stands = lock(&self.stands);
        stands
            .values()
            .filter(|s| s.halted.is_none())
            .map(|s| s.position)
            .min()
            .unwrap_or_else(|| self.log.head())
    }
}

fn lock<T>(m: &Mutex<T>) -> MutexGuard<'_, T> {
    m.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Another connection in the place of one that can't be trusted.
pub(crate) async fn reconnect(path: &Path, db: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    *db = options(path).connect().await?;
    Ok(())
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // What a power cut takes away is taken from the log again.
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(5))
        .pragma("secure_delete", "on")
        .statement_cache_capacity(256)
        .disable_statement_logging()
}

fn damaged(e: &sqlx::Error) -> bool {
    // SQLITE_CORRUPT and SQLITE_NOTADB.
    e.as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|c| c.parse::<u32>().is_ok_and(|c| matches!(c & 0xff, 11 | 26)))
}

type Ready = (SqliteConnection, BTreeMap<&'static str, Stand>);

async fn prepare(path: &Path, log: &dyn EventLog, models: &[Arc<dyn Model>]) -> Result<Ready, sqlx::Error> {
    let mut db = options(path).connect().await?;
    let identity = log.identity();
    let mut tx = db.begin_with("BEGIN IMMEDIATE").await?;
    let sql = "CREATE TABLE IF NOT EXISTS models (name TEXT PRIMARY KEY, version INTEGER NOT NULL, log_id TEXT NOT NULL, epoch TEXT NOT NULL, \
               position INTEGER NOT NULL, build INTEGER NOT NULL) STRICT";
    sqlx::query(sql).execute(&mut *tx).await?;
    let mut stands = BTreeMap::new();
    for model in models {
        drop_tables(&mut tx, &**model, Space::NEW).await?;
        let held = sqlx::query("SELECT version, log_id, epoch, position FROM models WHERE name = ?")
            .bind(model.name())
            .fetch_optional(&mut *tx)
            .await?;
        let mut position = None;
        if let Some(row) = held {
            let same = row.try_get::<u32, _>(0)? == model.version()
                && row.try_get::<&str, _>(1)? == identity.log_id
                && row.try_get::<&str, _>(2)? == identity.epoch;
            let at = Position(row.try_get::<i64, _>(3)? as u64);
            // Beyond the log's head: it is another log, whatever it says of itself.
            position = Some(at).filter(|at| same && *at <= log.head());
        }
        let position = if let Some(position) = position {
            position
        } else {
            drop_tables(&mut tx, &**model, Space::LIVE).await?;
            let build = next_build(&mut tx, model.name()).await?;
            create_tables(&mut tx, &**model, Space::LIVE, build).await?;
            let sql = "INSERT OR REPLACE INTO models (name, version, log_id, epoch, position, build) VALUES (?, ?, ?, ?, 0, ?)";
            sqlx::query(sql)
                .bind(model.name())
                .bind(model.version())
                .bind(&identity.log_id)
                .bind(&identity.epoch)
                .bind(build)
                .execute(&mut *tx)
                .await?;
            Position(0)
        };
        stands.insert(model.name(), Stand { position, halted: None });
    }
    tx.commit().await?;
    Ok((db, stands))
}

/// A number that no build of the model had: names of indexes are made with it, because SQLite can rename a table, not an index.
pub(crate) async fn next_build(db: &mut SqliteConnection, model: &str) -> Result<i64, sqlx::Error> {
    let last: Option<i64> = sqlx::query_scalar("SELECT build FROM models WHERE name = ?")
        .bind(model)
        .fetch_optional(db)
        .await?;
    Ok(last.unwrap_or(0) + 1)
}

pub(crate) async fn create_tables(
    db: &mut SqliteConnection,
    model: &dyn Model,
    space: Space,
    build: i64,
) -> Result<(), sqlx::Error> {
    for table in model.tables() {
        let name = space.table(table.name);
        sqlx::query(AssertSqlSafe(format!("CREATE TABLE {name} ({}) STRICT", table.columns)))
            .execute(&mut *db)
            .await?;
        for (index, on) in table.indexes {
            let sql = format!("CREATE INDEX {}_by_{index}_{build} ON {name} {on}", table.name);
            sqlx::query(AssertSqlSafe(sql)).execute(&mut *db).await?;
        }
    }
    Ok(())
}

pub(crate) async fn drop_tables(db: &mut SqliteConnection, model: &dyn Model, space: Space) -> Result<(), sqlx::Error> {
    for table in model.tables() {
        sqlx::query(AssertSqlSafe(format!(
            "DROP TABLE IF EXISTS {}",
            space.table(table.name)
        )))
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}
