//! API tokens: shown once, kept as a digest.

use super::crypto::sha256;
use super::{Store, StoreError};
use crate::clock::Time;
use crate::ids::PersonId;

/// What every token begins with, so that one in the wrong place is recognised.
const PREFIX: &str = "amphi_";

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
}

type Row = (String, String, String, i64);

fn token((id, person, name, created): Row) -> Result<ApiToken, StoreError> {
    let person = person
        .parse()
        .map_err(|e| StoreError::Damaged(format!("a token: {e}")))?;
    Ok(ApiToken {
        id,
        person,
        name,
        created: Time(created),
    })
}

impl Store {
    /// Makes a token; gives its text, which is not kept.
    ///
    /// # Errors
    /// The store could not be written; so below.
    pub async fn create_token(&self, person: PersonId, name: &str, now: Time) -> Result<String, StoreError> {
        let text = format!("{PREFIX}{}", self.sources.token(40));
        sqlx::query("insert into tokens (id, token_hash, person, name, created) values (?, ?, ?, ?, ?)")
            .bind(self.sources.ids.ulid(now).to_string())
            .bind(sha256(&text).to_vec())
            .bind(person.to_string())
            .bind(name)
            .bind(now.0)
            .execute(&self.write)
            .await?;
        Ok(text)
    }

    /// The token with this text.
    ///
    /// # Errors
    /// The store could not be read; so below.
    pub async fn find_token(&self, text: &str) -> Result<Option<ApiToken>, StoreError> {
        if !text.starts_with(PREFIX) {
            return Ok(None);
        }
        let row: Option<Row> = sqlx::query_as("select id, person, name, created from tokens where token_hash = ?")
            .bind(sha256(text).to_vec())
            .fetch_optional(&self.read)
            .await?;
        row.map(token).transpose()
    }

    /// A person's tokens, oldest first.
    ///
    /// # Errors
    /// As above.
    pub async fn list_tokens(&self, person: PersonId) -> Result<Vec<ApiToken>, StoreError> {
        let rows: Vec<Row> =
            sqlx::query_as("select id, person, name, created from tokens where person = ? order by id")
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
