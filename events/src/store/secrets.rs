//! Secrets of the outside: gateway tokens, stream keys, room tokens, callback tokens. Sealed with the master key;
//! found by value through a keyed digest, so that none stands in clear in the file.

use zeroize::Zeroizing;

use super::crypto;
use super::{Store, StoreError};

/// Kind of the secret that signs addresses of a broadcaster's playlists; the id is the broadcaster's.
pub const BROADCASTER_KEY: &str = "broadcaster-key";
/// Kind of the name under which an encoder pushes to a broadcaster by itself; the id is the broadcaster's.
pub const BROADCASTER_STREAM: &str = "broadcaster-stream";
/// Kind of the secret in the address of a person's calendar; the id is the person's.
pub const CALENDAR: &str = "calendar";

impl Store {
    /// Keeps a secret in place of the one that was there.
    ///
    /// # Errors
    /// The store could not be written; so below.
    pub async fn put_secret(&self, kind: &str, id: &str, value: &str) -> Result<(), StoreError> {
        let sealed = crypto::seal(
            &self.seal,
            &crypto::bound(&[kind, id]),
            value.as_bytes(),
            &*self.sources.ids,
        )
        .ok_or_else(|| StoreError::Damaged("a secret is too large".to_owned()))?;
        sqlx::query(
            "insert into secrets (kind, id, sealed, digest) values (?, ?, ?, ?) \
             on conflict (kind, id) do update set sealed = excluded.sealed, digest = excluded.digest",
        )
        .bind(kind)
        .bind(id)
        .bind(sealed)
        .bind(self.secret_digest(kind, value))
        .execute(&self.write)
        .await?;
        // The one that was there before is gone now.
        self.leave_no_trace().await
    }

    /// A secret.
    ///
    /// # Errors
    /// [`StoreError::Damaged`]: it does not open with this master key.
    pub async fn get_secret(&self, kind: &str, id: &str) -> Result<Option<Zeroizing<String>>, StoreError> {
        let sealed: Option<Vec<u8>> = sqlx::query_scalar("select sealed from secrets where kind = ? and id = ?")
            .bind(kind)
            .bind(id)
            .fetch_optional(&self.read)
            .await?;
        let Some(sealed) = sealed else { return Ok(None) };
        let damaged = || StoreError::Damaged(format!("the secret {kind} of {id} does not open with the master key"));
        let plain = crypto::open(&self.seal, &crypto::bound(&[kind, id]), &sealed).ok_or_else(damaged)?;
        let text = std::str::from_utf8(&plain).map_err(|_| damaged())?;
        Ok(Some(Zeroizing::new(text.to_owned())))
    }

    /// Whose secret this is: the id it was kept under.
    ///
    /// # Errors
    /// The store could not be read.
    pub async fn lookup_secret(&self, kind: &str, value: &str) -> Result<Option<String>, StoreError> {
        let q = sqlx::query_scalar("select id from secrets where kind = ? and digest = ?")
            .bind(kind)
            .bind(self.secret_digest(kind, value));
        Ok(q.fetch_optional(&self.read).await?)
    }

    /// All whose secret this is, in the order of their ids: two gateways may push to one place.
    ///
    /// # Errors
    /// The store could not be read.
    pub async fn lookup_secrets(&self, kind: &str, value: &str) -> Result<Vec<String>, StoreError> {
        let q = sqlx::query_scalar("select id from secrets where kind = ? and digest = ? order by id")
            .bind(kind)
            .bind(self.secret_digest(kind, value));
        Ok(q.fetch_all(&self.read).await?)
    }

    /// Deletes a secret.
    ///
    /// # Errors
    /// As above.
    pub async fn delete_secret(&self, kind: &str, id: &str) -> Result<(), StoreError> {
        sqlx::query("delete from secrets where kind = ? and id = ?")
            .bind(kind)
            .bind(id)
            .execute(&self.write)
            .await?;
        self.leave_no_trace().await
    }

    /// Deletes the secrets of every kind kept under an id.
    ///
    /// # Errors
    /// As above.
    pub async fn delete_secrets(&self, id: &str) -> Result<u64, StoreError> {
        let q = sqlx::query("delete from secrets where id = ?").bind(id);
        let gone = q.execute(&self.write).await?.rows_affected();
        self.leave_no_trace().await?;
        Ok(gone)
    }

    fn secret_digest(&self, kind: &str, value: &str) -> Vec<u8> {
        // Length first: no kind and value can be read as another kind and value.
        crypto::digest(&self.find, &format!("{}:{kind}{value}", kind.len())).to_vec()
    }
}
