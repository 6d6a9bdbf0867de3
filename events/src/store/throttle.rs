//! Growing waits after failed attempts. In the file, so that a restart forgives nobody.

use super::crypto::sha256;
use super::{Store, StoreError};
use crate::clock::Time;

/// Attempts that may fail before there is a wait.
const FREE: i64 = 5;
/// The longest wait, in seconds.
const LONGEST_S: i64 = 900;
/// Counts a failure and says how long the next attempt waits.
const COUNT: &str = "insert into throttle (key, failures, last, until) values (?1, 1, ?2, ?2) on conflict (key) do update set \
     failures = iif(last < ?2 - ?3, 1, failures + 1), \
     until = iif(last < ?2 - ?3 or failures + 1 < ?4, ?2, ?2 + 1000 * min(?5, 1 << min(failures + 1 - ?4, 20))), \
     last = ?2";
/// Failures are forgotten after so much quiet, in milliseconds.
const FORGET_MS: i64 = 3_600_000;

impl Store {
    /// Until when attempts for this key (such as login and address together) must wait; `None`: not at all.
    ///
    /// # Errors
    /// The store could not be read.
    pub async fn throttled(&self, key: &str, now: Time) -> Result<Option<Time>, StoreError> {
        let until: Option<i64> = sqlx::query_scalar("select until from throttle where key = ? and until > ?")
            .bind(sha256(key).to_vec())
            .bind(now.0)
            .fetch_optional(&self.read)
            .await?;
        Ok(until.map(Time))
    }

    /// Counts a failed attempt; until when the next must wait (1 s after the fifth failure, then twice as long each
    /// time, at most 15 min).
    ///
    /// # Errors
    /// The store could not be written; so below.
    pub async fn attempt_failed(&self, key: &str, now: Time) -> Result<Time, StoreError> {
        let until = self.count(&format!("{COUNT} returning until"), key, now).await?;
        Ok(until.unwrap_or(now))
    }

    /// Begins an attempt: it is counted as failed until it succeeded ([`Store::attempt_succeeded`]). Looking and counting are
    /// one statement, or many attempts at the same time would all pass the look before the first is counted.
    /// `Some`: it must wait until then, and was not counted.
    ///
    /// # Errors
    /// As above.
    pub async fn begin_attempt(&self, key: &str, now: Time) -> Result<Option<Time>, StoreError> {
        match self
            .count(&format!("{COUNT} where until <= ?2 returning until"), key, now)
            .await?
        {
            Some(_) => Ok(None),
            None => Ok(Some(self.throttled(key, now).await?.unwrap_or(now.plus_s(1)))),
        }
    }

    async fn count(&self, sql: &str, key: &str, now: Time) -> Result<Option<Time>, StoreError> {
        let until: Option<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned()))
            .bind(sha256(key).to_vec())
            .bind(now.0)
            .bind(FORGET_MS)
            .bind(FREE)
            .bind(LONGEST_S)
            .fetch_optional(&self.write)
            .await?;
        Ok(until.map(Time))
    }

    /// Forgets the failures of a key.
    ///
    /// # Errors
    /// As above.
    pub async fn attempt_succeeded(&self, key: &str) -> Result<(), StoreError> {
        sqlx::query("delete from throttle where key = ?")
            .bind(sha256(key).to_vec())
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Deletes what has been quiet for long.
    ///
    /// # Errors
    /// As above.
    pub async fn sweep_throttle(&self, now: Time) -> Result<u64, StoreError> {
        let q = sqlx::query("delete from throttle where last < ?").bind(now.plus_ms(-FORGET_MS).0);
        Ok(q.execute(&self.write).await?.rows_affected())
    }
}
