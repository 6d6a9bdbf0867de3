//! API tokens: shown once, kept as a digest.

use super::crypto::sha256;
use super::token_scopes::TokenScopes;
use super::{Store, StoreError};
use crate::clock::Time;
use crate::ids::PersonId;

/// What every token begins with, so that one in the wrong place is recognised.
const PREFIX: &str = "amphi_";
/// A token's last use is noted at most this often, in milliseconds: reading should not write.
const TOUCH_MS: i64 = 60_000;

/// An API token as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Names it; not secret.
    pub id: String,
    /// Whose rights it has.
    pub person: PersonId,
    /// What it is for, in the person's words.
    pub name: String,
    /// Since when.
    pub created: Time,
    /// What it may be used for.
    pub scopes: TokenScopes,
    /// From when on it is refused; `None`: it lasts until it is revoked.
    pub ends: Option<Time>,
    /// Its last use, to the minute.
    pub used: Option<Time>,
}

impl ApiToken {
    /// Whether it is refused because its time is over.
    pub fn ended(&self, now: Time) -> bool {
        self.ends.is_some_and(|ends| ends <= now)
    }
}

/// A token to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewApiToken<'a> {
    /// What it is for.
    pub name: &'a str,
    /// What it may be used for.
    pub scopes: TokenScopes,
    /// When it ends by itself.
    pub ends: Option<Time>,
}

impl<'a> NewApiToken<'a> {
    /// One that may whatever its person may, until it is revoked.
    pub const fn unlimited(name: &'a str) -> Self {
        Self {
            name,
            scopes: TokenScopes::EVERYTHING,
            ends: None,
        }
    }
}

const COLUMNS: &str = "id, person, name, created, scopes, ends, used";

type Row = (String, String, String, i64, String, Option<i64>, Option<i64>);

fn damaged(e: impl std::fmt::Display) -> StoreError {
    StoreError::Damaged(format!("a token: {e}"))
}

fn token((id, person, name, created, scopes, ends, used): Row) -> Result<ApiToken, StoreError> {
    Ok(ApiToken {
        id,
        person: person.parse().map_err(damaged)?,
        name,
        created: Time(created),
        scopes: scopes.parse().map_err(damaged)?,
        ends: ends.map(Time),
        used: used.map(Time),
    })
}

impl Store {
    /// Makes a token; gives its text, which is not kept.
    ///
    /// # Errors
    /// The store could not be written; so below.
    pub async fn create_token(&self, person: PersonId, new: NewApiToken<'_>, now: Time) -> Result<String, StoreError> {
        let text = format!("{PREFIX}{}", self.sources.token(40));
        sqlx::query(
            "insert into tokens (id, token_hash, person, name, created, scopes, ends) values (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(self.sources.ids.ulid(now).to_string())
        .bind(sha256(&text).to_vec())
        .bind(person.to_string())
        .bind(new.name)
        .bind(now.0)
        .bind(new.scopes.to_string())
        .bind(new.ends.map(|t| t.0))
        .execute(&self.write)
        .await?;
        Ok(text)
    }

    /// The token with this text, also one that has ended ([`ApiToken::ended`]).
    ///
    /// # Errors
    /// The store could not be read; so below.
    pub async fn find_token(&self, text: &str) -> Result<Option<ApiToken>, StoreError> {
        if !text.starts_with(PREFIX) {
            return Ok(None);
        }
        let sql = sqlx::AssertSqlSafe(format!("select {COLUMNS} from tokens where token_hash = ?"));
        let row: Option<Row> = sqlx::query_as(sql)
            .bind(sha256(text).to_vec())
            .fetch_optional(&self.read)
            .await?;
        row.map(token).transpose()
    }

    /// Notes a use of the token, at most once a minute (`token` is what [`Store::find_token`] gave).
    ///
    /// # Errors
    /// The store could not be written.
    pub async fn touch_token(&self, token: &ApiToken, now: Time) -> Result<(), StoreError> {
        if token.used.is_some_and(|used| now.since_ms(used) < TOUCH_MS) {
            return Ok(());
        }
        sqlx::query("update tokens set used = ? where id = ? and (used is null or used <= ?)")
            .bind(now.0)
            .bind(&token.id)
            .bind(now.plus_ms(-TOUCH_MS).0)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// A person's tokens, oldest first; those that have ended as well.
    ///
    /// # Errors
    /// As above.
    pub async fn list_tokens(&self, person: PersonId) -> Result<Vec<ApiToken>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("select {COLUMNS} from tokens where person = ? order by id"));
        let rows: Vec<Row> = sqlx::query_as(sql)
            .bind(person.to_string())
            .fetch_all(&self.read)
            .await?;
        rows.into_iter().map(token).collect()
    }

    /// Ends a token of this person. False: there is none.
    ///
    /// # Errors
    /// As above.
    pub async fn revoke_token(&self, person: PersonId, id: &str) -> Result<bool, StoreError> {
        let q = sqlx::query("delete from tokens where id = ? and person = ?")
            .bind(id)
            .bind(person.to_string());
        let gone = q.execute(&self.write).await?.rows_affected() > 0;
        self.leave_no_trace().await?;
        Ok(gone)
    }
}
