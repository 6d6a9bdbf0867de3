//! What an error of SQLite means for the log and for those who wait.

use crate::log::AppendError;

/// What a failed statement means for the log.
pub(super) enum Failure {
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
    pub fn of(e: &sqlx::Error) -> Self {
        let code = e
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
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

    pub fn error(&self) -> AppendError {
        match self {
            Self::Full => AppendError::Full,
            Self::Busy(why) | Self::Closed(why) => AppendError::Closed(why.clone()),
            Self::Stale(why) => AppendError::Closed(format!("the log's file was written by somebody else: {why}")),
            Self::Unknown(why) => AppendError::Unknown(why.clone()),
        }
    }
}
