//! Login sessions. The token is in the person's cookie and nowhere else: the store holds its digest.

use super::crypto::sha256;
use super::{Store, StoreError};
use crate::clock::Time;
use crate::ids::PersonId;

/// Characters of a token, five bits each.
const TOKEN_CHARS: usize = 40;
/// A session's last use is noted at most this often, in milliseconds: reading a page should not write.
const TOUCH_MS: i64 = 60_000;

/// How long a login lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// Milliseconds without use.
    pub idle_ms: i64,
    /// Milliseconds in all.
    pub absolute_ms: i64,
}

impl Default for SessionLimits {
    /// 12 hours idle, 7 days in all.
    fn default() -> Self {
        Self {
            idle_ms: 12 * 3_600_000,
            absolute_ms: 7 * 24 * 3_600_000,
        }
    }
}

/// A login session as its own person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSession {
    /// Names it; gives nobody a way in.
    pub id: String,
    /// Digest of its token.
    pub hash: Vec<u8>,
    /// Since when.
    pub created: Time,
    /// Last use noted.
    pub seen: Time,
    /// From where.
    pub address: Option<String>,
}

/// Digest under which a login session stands in the store.
pub fn session_hash(token: &str) -> Vec<u8> {
    sha256(token).to_vec()
}

/// Bytes of a digest that name a session.
const NAME_BYTES: usize = 10;

/// Somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginSession {
    /// Who.
    pub person: PersonId,
    /// What forms must carry.
    pub csrf: String,
    /// Since when.
    pub created: Time,
    /// Last use noted.
    pub seen: Time,
}

impl Store {
    /// Signs a person in; gives the token for the cookie.
    ///
    /// # Errors
    /// The store could not be written; so below.
    pub async fn create_session(
        &self,
        person: PersonId,
        now: Time,
        csrf: &str,
        address: Option<&str>,
    ) -> Result<String, StoreError> {
        let token = self.sources.token(TOKEN_CHARS);
        sqlx::query(
            "insert into sessions (token_hash, person, csrf, address, created, seen) values (?, ?, ?, ?, ?, ?)",
        )
        .bind(sha256(&token).to_vec())
        .bind(person.to_string())
        .bind(csrf)
        .bind(address)
        .bind(now.0)
        .bind(now.0)
        .execute(&self.write)
        .await?;
        Ok(token)
    }

    /// The session of a token, unless it has run out.
    ///
    /// # Errors
    /// The store could not be read.
    pub async fn find_session(
        &self,
        token: &str,
        now: Time,
        limits: SessionLimits,
    ) -> Result<Option<LoginSession>, StoreError> {
        let row: Option<(String, String, i64, i64)> = sqlx::query_as(
            "select person, csrf, created, seen from sessions where token_hash = ? and seen > ? and created > ?",
        )
        .bind(sha256(token).to_vec())
        .bind(now.plus_ms(-limits.idle_ms).0)
        .bind(now.plus_ms(-limits.absolute_ms).0)
        .fetch_optional(&self.read)
        .await?;
        row.map(|(person, csrf, created, seen)| {
            let person = person
                .parse()
                .map_err(|e| StoreError::Damaged(format!("a session: {e}")))?;
            Ok(LoginSession {
                person,
                csrf,
                created: Time(created),
                seen: Time(seen),
            })
        })
        .transpose()
    }

    /// Notes a use of the session, at most once a minute (`session` is what [`Store::find_session`] gave).
    ///
    /// # Errors
    /// As above.
    pub async fn touch_session(&self, token: &str, session: &LoginSession, now: Time) -> Result<(), StoreError> {
        if now.since_ms(session.seen) < TOUCH_MS {
            return Ok(());
        }
        sqlx::query("update sessions set seen = ? where token_hash = ? and seen <= ?")
            .bind(now.0)
            .bind(sha256(token).to_vec())
            .bind(now.plus_ms(-TOUCH_MS).0)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Signs out.
    ///
    /// # Errors
    /// As above.
    pub async fn delete_session(&self, token: &str) -> Result<(), StoreError> {
        sqlx::query("delete from sessions where token_hash = ?")
            .bind(sha256(token).to_vec())
            .execute(&self.write)
            .await?;
        self.leave_no_trace().await
    }

    /// A person's login sessions that hold, the last used one first.
    ///
    /// # Errors
    /// As above.
    pub async fn list_sessions(
        &self,
        person: PersonId,
        now: Time,
        limits: SessionLimits,
    ) -> Result<Vec<ListedSession>, StoreError> {
        type Row = (Vec<u8>, i64, i64, Option<String>);
        let rows: Vec<Row> = sqlx::query_as(
            "select token_hash, created, seen, address from sessions where person = ? and seen > ? and created > ? order by seen desc, token_hash",
        )
        .bind(person.to_string())
        .bind(now.plus_ms(-limits.idle_ms).0)
        .bind(now.plus_ms(-limits.absolute_ms).0)
        .fetch_all(&self.read)
        .await?;
        let listed = rows.into_iter().map(|(hash, created, seen, address)| ListedSession {
            id: hex::encode(&hash[..hash.len().min(NAME_BYTES)]),
            hash,
            created: Time(created),
            seen: Time(seen),
            address,
        });
        Ok(listed.collect())
    }

    /// Ends one login session of this person. False: it was over.
    ///
    /// # Errors
    /// As above.
    pub async fn end_session(&self, person: PersonId, hash: &[u8]) -> Result<bool, StoreError> {
        let q = sqlx::query("delete from sessions where token_hash = ? and person = ?")
            .bind(hash)
            .bind(person.to_string());
        let gone = q.execute(&self.write).await?.rows_affected() > 0;
        self.leave_no_trace().await?;
        Ok(gone)
    }

    /// Signs a person out everywhere; how many sessions that were.
    ///
    /// # Errors
    /// As above.
    pub async fn delete_sessions(&self, person: PersonId) -> Result<u64, StoreError> {
        let q = sqlx::query("delete from sessions where person = ?").bind(person.to_string());
        let gone = q.execute(&self.write).await?.rows_affected();
        if gone > 0 {
            self.leave_no_trace().await?;
        }
        Ok(gone)
    }

    /// Deletes what has run out.
    ///
    /// # Errors
    /// As above.
    pub async fn sweep_sessions(&self, now: Time, limits: SessionLimits) -> Result<u64, StoreError> {
        let q = sqlx::query("delete from sessions where seen <= ? or created <= ?")
            .bind(now.plus_ms(-limits.idle_ms).0)
            .bind(now.plus_ms(-limits.absolute_ms).0);
        let gone = q.execute(&self.write).await?.rows_affected();
        if gone > 0 {
            self.leave_no_trace().await?;
        }
        Ok(gone)
    }
}
