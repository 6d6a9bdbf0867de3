//! The one statement that writes events.

use std::sync::Arc;

use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, SqliteConnection};

use super::writer::Writer;
use crate::envelope::Recorded;

/// Rows of one `INSERT`: 12 variables each, of the 32 766 that SQLite takes, and few enough statements to keep prepared.
pub(super) const ROWS: usize = 256;

impl Writer {
    /// One transaction. Up to [`ROWS`] rows it is sent as one piece: each hand-over to the connection's thread costs
    /// some 50 µs, and there would be three.
    pub(super) async fn write(&mut self, rows: &[Arc<Recorded>]) -> Result<(), sqlx::Error> {
        let shared = Arc::clone(&self.shared);
        let _gate = shared.gate.lock().await;
        let done = if rows.len() <= ROWS {
            let sql = self
                .insert
                .entry(rows.len())
                .or_insert_with(|| format!("begin immediate;{};commit", insert(rows.len())).into());
            execute(&mut self.connection, AssertSqlSafe(Arc::clone(sql)), arguments(rows)?).await
        } else {
            self.write_many(rows).await
        };
        if done.is_err() {
            // SQLite may have rolled back itself; what matters is that no transaction stays open.
            let _ = sqlx::query("rollback").execute(&mut self.connection).await;
        }
        done
    }

    async fn write_many(&mut self, rows: &[Arc<Recorded>]) -> Result<(), sqlx::Error> {
        sqlx::query("begin immediate").execute(&mut self.connection).await?;
        for part in rows.chunks(ROWS) {
            execute(
                &mut self.connection,
                AssertSqlSafe(Arc::from(insert(part.len()))),
                arguments(part)?,
            )
            .await?;
        }
        sqlx::query("commit").execute(&mut self.connection).await?;
        Ok(())
    }
}

fn insert(rows: usize) -> String {
    format!(
        "insert into events ({}) values {}",
        super::rows::COLUMNS,
        vec!["(?,?,?,?,?,?,?,?,?,?,?,?)"; rows].join(",")
    )
}

fn arguments(rows: &[Arc<Recorded>]) -> Result<SqliteArguments, sqlx::Error> {
    let mut a = SqliteArguments::default();
    a.reserve(rows.len() * 12, 0);
    rows.iter()
        .try_for_each(|row| bind(&mut a, row))
        .map_err(sqlx::Error::Encode)?;
    Ok(a)
}

fn bind(a: &mut SqliteArguments, row: &Recorded) -> Result<(), sqlx::error::BoxDynError> {
    let e = &row.event;
    a.add(row.position.0.cast_signed())?;
    a.add(Arc::clone(&row.stream.0))?;
    a.add(row.version.cast_signed())?;
    a.add(e.id.to_string())?;
    a.add(e.kind.as_str())?;
    a.add(i64::from(e.schema))?;
    a.add(e.time.0)?;
    a.add(e.actor.0.as_str())?;
    a.add(e.cause.as_str())?;
    a.add(e.key.map(|k| k.0.to_vec()))?;
    a.add(&e.data[..])?;
    a.add(row.hash.to_vec())
}

async fn execute(
    connection: &mut SqliteConnection,
    sql: AssertSqlSafe<Arc<str>>,
    arguments: SqliteArguments,
) -> Result<(), sqlx::Error> {
    sqlx::query_with(sql, arguments).execute(connection).await.map(|_| ())
}
