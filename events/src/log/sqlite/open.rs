//! Opening a log file: what must be right before anything is written to it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row, SqliteConnection};
use tokio::sync::{broadcast, mpsc};

use super::{Counters, Shared, SqliteLog, SqliteOptions, ballast, rows, upkeep, writer::Writer};
use crate::envelope::{Position, chain_hash, chain_start};
use crate::log::{LogError, LogIdentity};

/// The oldest SQLite with the repair of the write-ahead log's reset race.
const OLDEST: (u32, u32, u32) = (3, 51, 3);

/// Why a log was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The SQLite in this program is too old to be trusted with a write-ahead log.
    #[error("SQLite {0} is older than 3.51.3; build the program with its bundled SQLite")]
    OldSqlite(String),
    /// The file can't be written.
    #[error("{path} can't be written; give the server's account the right to write to it and its folder")]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// There is no log to read.
    #[error("there is no log at {path}")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// An event is not what was written.
    #[error(
        "the log is damaged at position {position}: {why}; restore it from a backup, or look closer with `amphi audit verify`"
    )]
    Damaged {
        /// The first bad event.
        position: Position,
        /// What is wrong with it.
        why: String,
    },
    /// SQLite could not open or read the file, or found it malformed.
    #[error("the log at {path} could not be opened: {why}")]
    Engine {
        /// The file.
        path: PathBuf,
        /// What it said.
        why: String,
    },
}

fn connect(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(Duration::from_secs(10))
        .pragma("wal_autocheckpoint", "0")
        .disable_statement_logging()
}

fn engine(path: &Path, e: &sqlx::Error) -> OpenError {
    let code = e
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .and_then(|c| c.parse::<u32>().ok());
    match code.map(|c| c & 0xff) {
        Some(8) => OpenError::ReadOnly { path: path.to_owned() },
        // What a folder without write permission is called: the write-ahead log can't be made in it.
        Some(14) if path.parent().is_some_and(Path::is_dir) => OpenError::ReadOnly { path: path.to_owned() },
        _ => OpenError::Engine {
            path: path.to_owned(),
            why: e.to_string(),
        },
    }
}

fn damaged(path: &Path, e: LogError) -> OpenError {
    match e {
        LogError::Damaged { position, why } => OpenError::Damaged { position, why },
        LogError::Read(why) => OpenError::Engine {
            path: path.to_owned(),
            why,
        },
    }
}

pub(super) async fn open(path: &Path, options: SqliteOptions) -> Result<Arc<SqliteLog>, OpenError> {
    if std::fs::metadata(path).is_ok_and(|m| m.permissions().readonly()) {
        return Err(OpenError::ReadOnly { path: path.to_owned() });
    }
    let fail = |e: sqlx::Error| engine(path, &e);
    let mut write = connect(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("cache_size", "-16000")
        .statement_cache_capacity(160)
        .connect()
        .await
        .map_err(fail)?;
    check_version(&mut write).await.map_err(fail)??;
    sqlx::migrate!("../migrations/log-sqlite")
        .run(&mut write)
        .await
        .map_err(|e| OpenError::Engine {
            path: path.to_owned(),
            why: e.to_string(),
        })?;
    if options.max_pages > 0 {
        let sql = AssertSqlSafe(format!("pragma max_page_count = {}", options.max_pages));
        sqlx::query(sql).fetch_all(&mut write).await.map_err(fail)?;
    }
    let identity = identify(&mut write, &options).await.map_err(fail)?;
    if options.quick_check {
        quick_check(&mut write, path).await?;
    }
    let head = check_tail(&mut write, &identity.log_id, options.check_tail, path).await?;

    let readers = SqlitePoolOptions::new()
        .max_connections(options.readers.max(1))
        // A file on this disk does not hang up: the question would be a second hand-over to the thread of SQLite for each read.
        .test_before_acquire(false)
        .connect_with(connect(path).pragma("query_only", "on"))
        .await
        .map_err(fail)?;
    let keeper = connect(path).connect().await.map_err(fail)?;
    let shared = Arc::new(shared(path, identity, head));
    let ballast_at = shared.path.clone();
    if !tokio::task::spawn_blocking(move || ballast::make(&ballast_at))
        .await
        .unwrap_or(false)
    {
        tracing::warn!("no room for the log's ballast: the disk is almost full");
    }
    let (queue, inbox) = mpsc::unbounded_channel();
    let (grown, written) = mpsc::channel(1);
    tokio::spawn(upkeep::run(Arc::clone(&shared), keeper, written, options.clone()));
    let threshold = options.checkpoint_bytes;
    tokio::spawn(Writer::new(Arc::clone(&shared), write, inbox, grown, threshold).run());
    Ok(Arc::new(SqliteLog {
        shared,
        queue: Some(queue),
        readers,
        sources: Some(options.sources),
    }))
}

pub(super) async fn open_read_only(path: &Path) -> Result<Arc<SqliteLog>, OpenError> {
    if !path.exists() {
        return Err(OpenError::Missing { path: path.to_owned() });
    }
    let fail = |e: sqlx::Error| engine(path, &e);
    let readers = SqlitePoolOptions::new()
        .max_connections(2)
        .connect_with(connect(path).read_only(true).pragma("query_only", "on"))
        .await
        .map_err(fail)?;
    let found: Vec<(String, String)> = sqlx::query_as("select name, value from meta")
        .fetch_all(&readers)
        .await
        .map_err(fail)?;
    let identity = named(&found).ok_or_else(|| OpenError::Engine {
        path: path.to_owned(),
        why: "it has no log_id".to_owned(),
    })?;
    let head = rows::last_position(&readers).await.map_err(|e| damaged(path, e))?;
    Ok(Arc::new(SqliteLog {
        shared: Arc::new(shared(path, identity, head)),
        queue: None,
        readers,
        sources: None,
    }))
}

fn shared(path: &Path, identity: LogIdentity, head: Position) -> Shared {
    Shared {
        path: path.to_owned(),
        file: upkeep::file_id(path),
        identity: RwLock::new(identity),
        head: AtomicU64::new(head.0),
        submitted: AtomicU64::new(0),
        refusing: Mutex::new(None),
        closed: AtomicBool::new(false),
        reserve_used: AtomicBool::new(false),
        feed: broadcast::channel(256).0,
        ends: Mutex::default(),
        counters: Counters::default(),
        gate: tokio::sync::Mutex::new(()),
    }
}

async fn check_version(connection: &mut SqliteConnection) -> Result<Result<(), OpenError>, sqlx::Error> {
    let version: String = sqlx::query_scalar("select sqlite_version()")
        .fetch_one(connection)
        .await?;
    let mut parts = version.split('.').map(|p| p.parse::<u32>().unwrap_or(0));
    let mut part = || parts.next().unwrap_or(0);
    let found = (part(), part(), part());
    Ok(if found < OLDEST {
        Err(OpenError::OldSqlite(version))
    } else {
        Ok(())
    })
}

fn named(found: &[(String, String)]) -> Option<LogIdentity> {
    let value = |name: &str| found.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    Some(LogIdentity {
        log_id: value("log_id")?,
        epoch: value("epoch")?,
    })
}

async fn identify(connection: &mut SqliteConnection, options: &SqliteOptions) -> Result<LogIdentity, sqlx::Error> {
    let found: Vec<(String, String)> = sqlx::query_as("select name, value from meta")
        .fetch_all(&mut *connection)
        .await?;
    if let Some(identity) = named(&found) {
        return Ok(identity);
    }
    let at = options.sources.now();
    let id = || options.sources.ids.ulid(at).to_string();
    let identity = LogIdentity {
        log_id: options.log_id.clone().unwrap_or_else(id),
        epoch: id(),
    };
    sqlx::query("insert into meta (name, value) values ('log_id', ?), ('epoch', ?)")
        .bind(&identity.log_id)
        .bind(&identity.epoch)
        .execute(connection)
        .await?;
    Ok(identity)
}

async fn quick_check(connection: &mut SqliteConnection, path: &Path) -> Result<(), OpenError> {
    let found: Vec<String> = sqlx::query_scalar("pragma quick_check(1)")
        .fetch_all(connection)
        .await
        .map_err(|e| engine(path, &e))?;
    match found.first().map(String::as_str) {
        Some("ok") | None => Ok(()),
        Some(why) => Err(OpenError::Engine {
            path: path.to_owned(),
            why: format!("{why}; restore it from a backup"),
        }),
    }
}

/// Checks the chain of the last events (each against the one before it in its stream) and gives the head.
async fn check_tail(
    connection: &mut SqliteConnection,
    log_id: &str,
    count: u32,
    path: &Path,
) -> Result<Position, OpenError> {
    let columns = rows::COLUMNS
        .split(", ")
        .map(|c| format!("e.{c}"))
        .collect::<Vec<_>>()
        .join(", ");
    let sql = format!(
        "select {columns}, p.hash, p.position from events e left join events p on p.stream = e.stream and p.version = e.version - 1 \
         order by e.position desc limit ?"
    );
    let tail = sqlx::query(AssertSqlSafe(sql))
        .bind(count.max(1))
        .fetch_all(connection)
        .await
        .map_err(|e| engine(path, &e))?;
    let mut head = Position(0);
    for row in tail.iter().rev() {
        let e = rows::event(row).map_err(|e| damaged(path, e))?;
        let before: Option<Vec<u8>> = row.try_get(12).map_err(|e| engine(path, &e))?;
        let stood: Option<i64> = row.try_get(13).map_err(|e| engine(path, &e))?;
        if stood.is_some_and(|p| p.cast_unsigned() >= e.position.0) {
            let why = "it stands before the event that it follows".to_owned();
            return Err(OpenError::Damaged {
                position: e.position,
                why,
            });
        }
        let previous = match (e.version, before.and_then(|b| <[u8; 32]>::try_from(b).ok())) {
            (0, _) => chain_start(log_id, &e.stream),
            (_, Some(hash)) => hash,
            (v, None) => {
                return Err(OpenError::Damaged {
                    position: e.position,
                    why: format!("version {} of {} is missing", v - 1, e.stream),
                });
            }
        };
        if chain_hash(&previous, &e.stream, e.version, &e.event) != e.hash {
            return Err(OpenError::Damaged {
                position: e.position,
                why: "its hash does not fit".to_owned(),
            });
        }
        head = e.position;
    }
    Ok(head)
}

/// Closes a connection whose work is done, so that SQLite lets go of the file.
pub(super) async fn shut(connection: SqliteConnection) {
    if let Err(e) = connection.close().await {
        tracing::warn!(error = %e, "closing the log's file");
    }
}
