//! Rows kept as JSON beside the columns that queries look for, and many rows written by one statement.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::ReadError;
use crate::model::{ApplyError, Space};

/// A row kept whole as JSON in the column `row`, by its id in the column `id`.
pub(crate) trait Doc: Serialize + DeserializeOwned + Send + Sync {
    /// Its table.
    const TABLE: &'static str;
    /// The columns after `id` and `row`.
    const COLUMNS: &'static [&'static str];
    /// Their values.
    fn columns(&self) -> Vec<Value>;
}

/// Rows touched by a batch: read once, changed in memory, written by one statement.
pub(crate) struct Docs<D> {
    space: Space,
    held: BTreeMap<String, D>,
}

impl<D: Doc> Docs<D> {
    pub fn new(space: Space) -> Self {
        Self {
            space,
            held: BTreeMap::new(),
        }
    }

    /// The row, to be changed.
    pub async fn find(&mut self, db: &mut SqliteConnection, id: &str) -> Result<Option<&mut D>, ApplyError> {
        if !self.held.contains_key(id) {
            let sql = format!("SELECT row FROM {} WHERE id = ?", self.space.table(D::TABLE));
            if let Some(row) = sqlx::query_scalar::<_, String>(AssertSqlSafe(sql))
                .bind(id)
                .fetch_optional(db)
                .await?
            {
                self.held.insert(id.to_owned(), serde_json::from_str(&row)?);
            }
        }
        Ok(self.held.get_mut(id))
    }

    /// The row, which must be there: an event about something that never began can't be taken.
    pub async fn need(&mut self, db: &mut SqliteConnection, id: &str) -> Result<&mut D, ApplyError> {
        self.find(db, id)
            .await?
            .ok_or_else(|| ApplyError::Event(format!("nothing is known of {id}")))
    }

    /// The row, made where there is none.
    pub async fn find_or(
        &mut self,
        db: &mut SqliteConnection,
        id: &str,
        make: impl FnOnce() -> D + Send,
    ) -> Result<&mut D, ApplyError> {
        self.find(db, id).await?;
        Ok(self.held.entry(id.to_owned()).or_insert_with(make))
    }

    /// A new row.
    pub fn put(&mut self, id: &str, row: D) {
        self.held.insert(id.to_owned(), row);
    }

    /// Writes what was touched.
    pub async fn flush(self, db: &mut SqliteConnection) -> Result<(), ApplyError> {
        let mut rows = Vec::with_capacity(self.held.len());
        for (id, row) in &self.held {
            let mut values = vec![Value::from(id.as_str()), Value::from(serde_json::to_string(row)?)];
            values.extend(row.columns());
            rows.push(Value::Array(values));
        }
        let columns: Vec<&str> = ["id", "row"].iter().chain(D::COLUMNS).copied().collect();
        write(db, "INSERT OR REPLACE", &self.space.table(D::TABLE), &columns, rows).await
    }
}

/// Writes rows (arrays of the columns' values) by one statement, whose text does not depend on how many they are, so that it
/// is prepared once.
pub(crate) async fn write(
    db: &mut SqliteConnection,
    verb: &str,
    table: &str,
    columns: &[&str],
    rows: Vec<Value>,
) -> Result<(), ApplyError> {
    if rows.is_empty() {
        return Ok(());
    }
    let picks: Vec<String> = (0..columns.len()).map(|n| format!("value->>'$[{n}]'")).collect();
    let sql = format!(
        "{verb} INTO {table} ({}) SELECT {} FROM json_each(?)",
        columns.join(", "),
        picks.join(", ")
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(Value::Array(rows).to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// The rows of a query that gives their JSON.
pub(crate) fn parse<T: DeserializeOwned>(rows: Vec<String>) -> Result<Vec<T>, ReadError> {
    rows.into_iter()
        .map(|r| serde_json::from_str(&r).map_err(|e| ReadError::Row(e.to_string())))
        .collect()
}

/// The row of a query that gives its JSON.
pub(crate) fn parse_one<T: DeserializeOwned>(row: Option<String>) -> Result<Option<T>, ReadError> {
    Ok(parse(row.into_iter().collect())?.pop())
}

/// An id from a column.
pub(crate) fn id<T: std::str::FromStr>(text: &str) -> Result<T, ReadError> {
    text.parse().map_err(|_| ReadError::Row(format!("{text} is no id")))
}

/// A value of one of the small enums, from a column that holds its JSON name.
pub(crate) fn named<T: DeserializeOwned>(text: String) -> Result<T, ReadError> {
    serde_json::from_value(Value::String(text)).map_err(|e| ReadError::Row(e.to_string()))
}

/// A page's size for SQL.
pub(crate) fn limit(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
