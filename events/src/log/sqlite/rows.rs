//! Reading rows back as events.

use std::fmt::Write as _;
use std::sync::Arc;

use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Row, SqlitePool};

use crate::clock::Time;
use crate::envelope::{Actor, Key, NewEvent, Position, Recorded, StreamName};
use crate::log::{Filter, LogError, Page};

pub(super) const COLUMNS: &str = "position, stream, version, id, kind, schema, time, actor, cause, key, data, hash";

/// The most events of one read, whatever was asked for.
const MOST: usize = 10_000;

pub(super) fn read_error(e: &sqlx::Error) -> LogError {
    LogError::Read(e.to_string())
}

/// A row with the columns of [`COLUMNS`] in their order.
pub(super) fn event(row: &SqliteRow) -> Result<Recorded, LogError> {
    let position = Position(row.try_get::<i64, _>(0).map_err(|e| read_error(&e))?.cast_unsigned());
    fields(row, position).map_err(|why| LogError::Damaged { position, why })
}

fn fields(row: &SqliteRow, position: Position) -> Result<Recorded, String> {
    let text = |i: usize| row.try_get::<&str, _>(i).map_err(|e| e.to_string());
    let number = |i: usize| row.try_get::<i64, _>(i).map_err(|e| e.to_string());
    let digest = |what: &str, bytes: &[u8]| {
        <[u8; 32]>::try_from(bytes).map_err(|_| format!("its {what} has {} bytes", bytes.len()))
    };
    let key: Option<&[u8]> = row.try_get(9).map_err(|e| e.to_string())?;
    let data: &[u8] = row.try_get(10).map_err(|e| e.to_string())?;
    let hash: &[u8] = row.try_get(11).map_err(|e| e.to_string())?;
    Ok(Recorded {
        position,
        stream: StreamName::from(text(1)?),
        version: u64::try_from(number(2)?).map_err(|_| "its version is negative".to_owned())?,
        event: NewEvent {
            id: text(3)?.parse().map_err(|e| format!("its id: {e}"))?,
            kind: text(4)?.to_owned(),
            schema: u16::try_from(number(5)?).map_err(|_| "its schema is out of range".to_owned())?,
            time: Time(number(6)?),
            actor: Actor(text(7)?.to_owned()),
            cause: text(8)?.to_owned(),
            key: key.map(|k| digest("key", k).map(Key)).transpose()?,
            data: data.into(),
        },
        hash: digest("hash", hash)?,
    })
}

fn limited(limit: usize) -> i64 {
    limit.clamp(1, MOST) as i64
}

pub(super) async fn read_stream(
    pool: &SqlitePool,
    stream: &StreamName,
    from: u64,
    limit: usize,
) -> Result<Vec<Arc<Recorded>>, LogError> {
    let sql = const_sql(" where stream = ? and version >= ? order by version limit ?");
    let rows = sqlx::query(sql)
        .bind(stream.as_str())
        .bind(i64::try_from(from).unwrap_or(i64::MAX))
        .bind(limited(limit))
        .fetch_all(pool)
        .await
        .map_err(|e| read_error(&e))?;
    rows.iter().map(|r| event(r).map(Arc::new)).collect()
}

pub(super) async fn keyed(
    pool: &SqlitePool,
    stream: &StreamName,
    key: &Key,
) -> Result<Option<Arc<Recorded>>, LogError> {
    let row = sqlx::query(const_sql(" where stream = ? and key = ?"))
        .bind(stream.as_str())
        .bind(&key.0[..])
        .fetch_optional(pool)
        .await
        .map_err(|e| read_error(&e))?;
    row.as_ref().map(|r| event(r).map(Arc::new)).transpose()
}

pub(super) async fn last_position(pool: &SqlitePool) -> Result<Position, LogError> {
    let last: Option<i64> = sqlx::query_scalar("select max(position) from events")
        .fetch_one(pool)
        .await
        .map_err(|e| read_error(&e))?;
    Ok(Position(last.unwrap_or(0).cast_unsigned()))
}

pub(super) async fn hash_at(pool: &SqlitePool, position: Position) -> Result<Option<[u8; 32]>, LogError> {
    let hash: Option<Vec<u8>> = sqlx::query_scalar("select hash from events where position = ?")
        .bind(position.0.cast_signed())
        .fetch_optional(pool)
        .await
        .map_err(|e| read_error(&e))?;
    Ok(hash.and_then(|h| h.try_into().ok()))
}

fn const_sql(rest: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("select {COLUMNS} from events{rest}"))
}

/// `head`: a position up to which everything is visible to this read.
pub(super) async fn read_all(
    pool: &SqlitePool,
    after: Position,
    filter: &Filter,
    limit: usize,
    head: Position,
) -> Result<Page, LogError> {
    let limit = limit.clamp(1, MOST);
    let (sql, arguments) = query_all(after, filter, limit).map_err(|e| LogError::Read(e.to_string()))?;
    let rows = sqlx::query_with(sql, arguments)
        .fetch_all(pool)
        .await
        .map_err(|e| read_error(&e))?;
    let events: Vec<Arc<Recorded>> = rows.iter().map(|r| event(r).map(Arc::new)).collect::<Result<_, _>>()?;
    let last = events.last().map_or(after, |e| e.position);
    let upto = if events.len() >= limit { last } else { head.max(last) };
    Ok(Page {
        events,
        upto,
        end: upto >= head,
    })
}

fn query_all(
    after: Position,
    filter: &Filter,
    limit: usize,
) -> Result<(AssertSqlSafe<String>, SqliteArguments), sqlx::error::BoxDynError> {
    let mut rest = String::from(" where position > ?");
    let mut arguments = SqliteArguments::default();
    arguments.add(after.0.cast_signed())?;
    if let Some(stream) = &filter.stream {
        rest.push_str(" and stream = ?");
        arguments.add(stream.as_str())?;
    }
    if !filter.stream_kinds.is_empty() {
        // The kind is what stands before the first dash; '.' is the character after it. No dash: all of it.
        let one = "(stream >= ? || '-' and stream < ? || '.' or stream = ?)";
        let _ = write!(rest, " and ({})", vec![one; filter.stream_kinds.len()].join(" or "));
        for kind in &filter.stream_kinds {
            arguments.add(kind.as_str())?;
            arguments.add(kind.as_str())?;
            arguments.add(kind.as_str())?;
        }
    }
    if !filter.kinds.is_empty() {
        let _ = write!(rest, " and kind in ({})", vec!["?"; filter.kinds.len()].join(","));
        for kind in &filter.kinds {
            arguments.add(kind.as_str())?;
        }
    }
    // Within one stream versions and positions have the same order, and only versions have an index there.
    rest.push_str(if filter.stream.is_some() {
        " order by version limit ?"
    } else {
        " order by position limit ?"
    });
    arguments.add(limit as i64)?;
    Ok((const_sql(&rest), arguments))
}
