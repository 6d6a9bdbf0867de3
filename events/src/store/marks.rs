//! How far readers of the log got: marks that tell a log put back from one that went on (design §4), and checkpoints.

use super::{Store, StoreError};
use crate::envelope::Position;

/// A place in the log that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The log's epoch then.
    pub epoch: String,
    /// Where.
    pub position: Position,
    /// Hash of the event there.
    pub hash: [u8; 32],
}

type Row = (String, String, i64, Vec<u8>);

fn mark((reader, epoch, position, hash): Row) -> Result<(String, Mark), StoreError> {
    let hash = hash
        .try_into()
        .map_err(|_| StoreError::Damaged(format!("the mark of {reader}")))?;
    Ok((
        reader,
        Mark {
            epoch,
            position: Position(position.cast_unsigned()),
            hash,
        },
    ))
}

impl Store {
    /// Keeps how far a reader got.
    ///
    /// # Errors
    /// The store could not be written; so below.
    pub async fn put_mark(&self, reader: &str, mark: &Mark) -> Result<(), StoreError> {
        sqlx::query(
            "insert into marks (reader, epoch, position, hash) values (?, ?, ?, ?) on conflict (reader) do update set \
             epoch = excluded.epoch, position = excluded.position, hash = excluded.hash",
        )
        .bind(reader)
        .bind(&mark.epoch)
        .bind(mark.position.0.cast_signed())
        .bind(mark.hash.to_vec())
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// How far a reader got.
    ///
    /// # Errors
    /// The store could not be read; so below.
    pub async fn mark(&self, reader: &str) -> Result<Option<Mark>, StoreError> {
        let row: Option<Row> = sqlx::query_as("select reader, epoch, position, hash from marks where reader = ?")
            .bind(reader)
            .fetch_optional(&self.read)
            .await?;
        row.map(|r| mark(r).map(|(_, m)| m)).transpose()
    }

    /// Every reader's mark.
    ///
    /// # Errors
    /// As above.
    pub async fn marks(&self) -> Result<Vec<(String, Mark)>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as("select reader, epoch, position, hash from marks order by reader")
            .fetch_all(&self.read)
            .await?;
        rows.into_iter().map(mark).collect()
    }

    /// Where a reactor starts reading after a restart.
    ///
    /// # Errors
    /// As above.
    pub async fn checkpoint(&self, name: &str) -> Result<Option<Position>, StoreError> {
        let at: Option<i64> = sqlx::query_scalar("select position from checkpoints where name = ?")
            .bind(name)
            .fetch_optional(&self.read)
            .await?;
        Ok(at.map(|p| Position(p.cast_unsigned())))
    }

    /// Keeps a checkpoint.
    ///
    /// # Errors
    /// As above.
    pub async fn put_checkpoint(&self, name: &str, position: Position) -> Result<(), StoreError> {
        sqlx::query("insert into checkpoints (name, position) values (?, ?) on conflict (name) do update set position = excluded.position")
            .bind(name)
            .bind(position.0.cast_signed())
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// The log was put back to `head` and that was accepted: marks go, and no checkpoint stays beyond it.
    ///
    /// # Errors
    /// As above.
    pub async fn forget_beyond(&self, head: Position) -> Result<(), StoreError> {
        let mut tx = self.write.begin().await?;
        sqlx::query("delete from marks").execute(&mut *tx).await?;
        sqlx::query("update checkpoints set position = min(position, ?)")
            .bind(head.0.cast_signed())
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }
}
