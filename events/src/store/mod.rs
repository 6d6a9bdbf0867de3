//! The small store: what is neither an event nor read from events – credentials, login sessions, secrets,
//! throttles, marks – and the keys. All of it is shared by the nodes; the data folder holds it for one.

pub mod accounts;
pub mod addresses;
mod crypto;
#[cfg(test)]
mod erasure_tests;
pub mod folder;
#[cfg(test)]
mod folder_tests;
pub mod groups;
pub mod keys;
pub mod languages;
mod log_mark;
pub mod marks;
mod master;
pub mod outside;
#[cfg(test)]
mod outside_tests;
pub mod secrets;
pub mod sessions;
#[cfg(test)]
mod tests;
pub mod throttle;
pub mod token_scopes;
pub mod tokens;
#[cfg(test)]
mod tokens_tests;

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqliteConnection, SqlitePool};

pub use accounts::Account;
pub use folder::{DataFolder, FolderError, FolderOptions};
pub use groups::{Group, Member};
pub use keys::{KeyError, Keyring, Place};
pub use marks::Mark;
pub use master::{MasterKey, MasterKeyError};
pub use outside::TiedIdentity;
pub use sessions::{ListedSession, LoginSession, SessionLimits};
pub use token_scopes::{NoScope, TokenScope, TokenScopes};
pub use tokens::{ApiToken, NewApiToken};

use crate::ids::Sources;
use crypto::Key;

/// Why the store did not do it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// A login that somebody else has.
    #[error("{0} is taken")]
    Taken(String),
    /// What a row holds can't be.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// SQLite.
    #[error("the store: {0}")]
    Engine(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(e: sqlx::Error) -> Self {
        match e {
            sqlx::Error::PoolClosed => Self::Closed,
            e => Self::Engine(e.to_string()),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(e: sqlx::migrate::MigrateError) -> Self {
        Self::Engine(e.to_string())
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(Duration::from_secs(10))
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging()
}

/// A connection that writes: made where there is no file, what is deleted is overwritten.
async fn open_connection(path: &Path) -> Result<SqliteConnection, StoreError> {
    Ok(writing(path).connect().await?)
}

fn writing(path: &Path) -> SqliteConnectOptions {
    options(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("secure_delete", "on")
        // What SQLite sorts must not be left on the disk either.
        .pragma("temp_store", "memory")
}

async fn truncated(connection: &mut SqliteConnection, file: &str) -> Result<(), StoreError> {
    let (busy, _, _): (i64, i64, i64) = sqlx::query_as("pragma wal_checkpoint(truncate)")
        .fetch_one(connection)
        .await?;
    if busy == 0 {
        return Ok(());
    }
    Err(StoreError::Engine(format!(
        "what was deleted may still stand in {file}-wal, because another program reads the file; end it and try again"
    )))
}

/// `store.db`. Each method is one statement unless it says otherwise, so a caller that goes away leaves nothing half done.
pub struct Store {
    /// One connection: writers queue here and not in SQLite's sleeping busy handler.
    write: SqlitePool,
    read: SqlitePool,
    sources: Sources,
    seal: Key,
    find: Key,
}

impl Store {
    /// Opens the store, makes it where there is none.
    ///
    /// # Errors
    /// The file can't be opened or is newer than this program.
    pub async fn open(path: &Path, master: &MasterKey, sources: Sources) -> Result<Self, StoreError> {
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .test_before_acquire(false)
            .connect_with(writing(path))
            .await?;
        sqlx::migrate!("../migrations/store-sqlite").run(&write).await?;
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            // A file on this disk does not hang up: the question would be a second hand-over to the thread of SQLite for each read.
            .test_before_acquire(false)
            .connect_with(options(path).pragma("query_only", "on"))
            .await?;
        Ok(Self {
            write,
            read,
            sources,
            seal: master.derive("amphi/secret/1"),
            find: master.derive("amphi/find/1"),
        })
    }

    /// Cuts the write-ahead log to nothing: what was deleted is overwritten in the file itself (`secure_delete`), but
    /// its page as it was still stands there.
    async fn leave_no_trace(&self) -> Result<(), StoreError> {
        let mut connection = self.write.acquire().await?;
        truncated(&mut connection, "store.db").await
    }

    /// Closes the file.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}
