//! The lines of lives' chats, and what became of each on its way to the room.

use std::sync::Arc;

use amphi_events::chat::{Author, AuthorKind, ChatEvent};
use amphi_events::ids::{LiveId, MessageId};
use amphi_events::relay::{FailedWhy, RelayEvent};
use amphi_events::{Position, Recorded, Sealed, Time};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use crate::model::{ApplyError, Model, Space, Table, id_of, read};
use crate::rows::{id, limit, named, write};
use crate::{ReadError, ReadModels};

/// What became of a line (surface §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineStatus {
    /// On the page.
    Posted,
    /// Waits for a moderator.
    Held,
    /// In the room.
    Relayed,
    /// It may be in the room.
    Unknown,
    /// Too old to be sent to the room.
    Late,
    /// Surely not in the room.
    Failed,
}

/// A line.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatLine {
    /// Where it stands in the log.
    pub position: Position,
    /// Its id, which is its event's.
    pub id: MessageId,
    /// In which live's chat.
    pub live: LiveId,
    /// Who speaks.
    pub kind: AuthorKind,
    /// The author's pseudonym in this live.
    pub who: String,
    /// The author. Opens as field `author` of event [`ChatLine::id`].
    pub author: Sealed<Author>,
    /// The text. Opens as field `text` of event [`ChatLine::id`].
    pub text: Sealed<String>,
    /// When it was posted.
    pub at: Time,
    /// What became of it.
    pub status: LineStatus,
    /// Why it is not in the room.
    pub why: Option<FailedWhy>,
    /// It was taken away.
    pub removed: bool,
    /// UTF-16 units of the text.
    pub units: u32,
    /// UTF-8 bytes of the text.
    pub bytes: u32,
    /// What led to it.
    pub cause: String,
}

const TABLE: &str = "chat";
const COLUMNS: [&str; 14] = [
    "position", "id", "live", "kind", "who", "author", "text", "at", "status", "why", "removed", "units", "bytes",
    "cause",
];

pub(crate) struct ChatLines;

#[async_trait]
impl Model for ChatLines {
    fn name(&self) -> &'static str {
        "chat"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &[Table {
            name: TABLE,
            columns: "position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, live TEXT NOT NULL, kind TEXT NOT NULL, who TEXT NOT NULL, \
                      author TEXT NOT NULL, text TEXT NOT NULL, at INTEGER NOT NULL, status TEXT NOT NULL, why TEXT, removed INTEGER NOT NULL, \
                      units INTEGER NOT NULL, bytes INTEGER NOT NULL, cause TEXT NOT NULL",
            indexes: &[("live", "(live, position)"), ("who", "(live, who)")],
        }]
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["chat", "relay"]
    }

    async fn apply(&self, db: &mut SqliteConnection, space: Space, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        let table = space.table(TABLE);
        let (mut lines, mut fates) = (Vec::new(), Fates::default());
        for e in events {
            if e.stream.kind() == "relay" {
                fates.relay(read(e)?);
                continue;
            }
            match read::<ChatEvent>(e)? {
                ChatEvent::ChatMessagePosted {
                    kind,
                    who,
                    author,
                    text,
                    units,
                    bytes,
                } => {
                    let live: LiveId = id_of(e)?;
                    let (author, text) = (serde_json::to_string(&author)?, serde_json::to_string(&text)?);
                    lines.push(json!([
                        e.position,
                        e.event.id,
                        live,
                        kind,
                        who,
                        author,
                        text,
                        e.event.time,
                        LineStatus::Posted,
                        null,
                        false,
                        units,
                        bytes,
                        e.event.cause
                    ]));
                }
                ChatEvent::ChatMessageRemoved { message } => fates.removed.push(json!(message)),
                ChatEvent::ChatOpened {}
                | ChatEvent::ChatClosed {}
                | ChatEvent::ChatPersonBanned { .. }
                | ChatEvent::ChatPersonUnbanned { .. } => {}
            }
        }
        // Lines first: what became of a line stands after it in the log, so after the lines of the same batch.
        write(db, "INSERT", &table, &COLUMNS, lines).await?;
        fates.write(db, &table).await
    }
}

/// What a batch says of lines; the last word on each line counts.
#[derive(Default)]
struct Fates {
    status: std::collections::BTreeMap<MessageId, (LineStatus, Option<FailedWhy>)>,
    removed: Vec<Value>,
}

impl Fates {
    fn relay(&mut self, event: RelayEvent) {
        let mut say = |message, status, why| {
            self.status.insert(message, (status, why));
        };
        match event {
            RelayEvent::ChatMessageRelayed { message, .. } => say(message, LineStatus::Relayed, None),
            RelayEvent::ChatRelayUnknown { message } => say(message, LineStatus::Unknown, None),
            RelayEvent::ChatRelayLate { messages, .. } => {
                for m in messages {
                    say(m, LineStatus::Late, None);
                }
            }
            RelayEvent::ChatRelayFailed { message, why, .. } => say(message, LineStatus::Failed, Some(why)),
            RelayEvent::RelayWayFound { .. }
            | RelayEvent::ChatRelayAsked { .. }
            | RelayEvent::ChatRelayMissed { .. } => {}
        }
    }

    async fn write(self, db: &mut SqliteConnection, table: &str) -> Result<(), ApplyError> {
        if !self.status.is_empty() {
            let rows: Vec<Value> = self
                .status
                .iter()
                .map(|(m, (status, why))| json!([m, status, why]))
                .collect();
            let sql = format!(
                "UPDATE {table} SET status = f.value->>'$[1]', why = f.value->>'$[2]' FROM json_each(?) AS f WHERE {table}.id = f.value->>'$[0]'"
            );
            sqlx::query(AssertSqlSafe(sql))
                .bind(Value::Array(rows).to_string())
                .execute(&mut *db)
                .await?;
        }
        if !self.removed.is_empty() {
            let sql = format!("UPDATE {table} SET removed = 1 WHERE id IN (SELECT value FROM json_each(?))");
            sqlx::query(AssertSqlSafe(sql))
                .bind(Value::Array(self.removed).to_string())
                .execute(db)
                .await?;
        }
        Ok(())
    }
}

fn line(r: &SqliteRow) -> Result<ChatLine, ReadError> {
    let json = |e: serde_json::Error| ReadError::Row(e.to_string());
    Ok(ChatLine {
        position: Position(r.try_get::<i64, _>(0)? as u64),
        id: id(r.try_get(1)?)?,
        live: id(r.try_get(2)?)?,
        kind: named(r.try_get(3)?)?,
        who: r.try_get(4)?,
        author: serde_json::from_str(r.try_get(5)?).map_err(json)?,
        text: serde_json::from_str(r.try_get(6)?).map_err(json)?,
        at: Time(r.try_get(7)?),
        status: named(r.try_get(8)?)?,
        why: r.try_get::<Option<String>, _>(9)?.map(named).transpose()?,
        removed: r.try_get(10)?,
        units: r.try_get(11)?,
        bytes: r.try_get(12)?,
        cause: r.try_get(13)?,
    })
}

const fn at(position: Position) -> i64 {
    // Positions are counted up from 1 by an engine whose own integers are signed.
    position.0 as i64
}

impl ReadModels {
    async fn lines(
        &self,
        live: LiveId,
        and: &str,
        position: Position,
        most: usize,
    ) -> Result<Vec<ChatLine>, ReadError> {
        let sql = format!(
            "SELECT {} FROM chat WHERE live = ? AND {and} LIMIT ?",
            COLUMNS.join(", ")
        );
        let query = sqlx::query(AssertSqlSafe(sql))
            .bind(live.to_string())
            .bind(at(position))
            .bind(limit(most));
        query.fetch_all(&self.readers).await?.iter().map(line).collect()
    }

    /// The lines after a position, in order; removed ones too, marked.
    pub async fn chat_after(&self, live: LiveId, after: Position, most: usize) -> Result<Vec<ChatLine>, ReadError> {
        self.lines(live, "position > ? ORDER BY position", after, most).await
    }

    /// The last lines before a position, in order.
    pub async fn chat_before(&self, live: LiveId, before: Position, most: usize) -> Result<Vec<ChatLine>, ReadError> {
        let mut lines = self
            .lines(live, "position < ? ORDER BY position DESC", before, most)
            .await?;
        lines.reverse();
        Ok(lines)
    }

    /// The last lines, in order.
    pub async fn chat_last(&self, live: LiveId, most: usize) -> Result<Vec<ChatLine>, ReadError> {
        self.chat_before(live, Position(i64::MAX as u64), most).await
    }

    /// The lines of the page after a position that wait for the room, in order: not taken away, and without an outcome. A line
    /// that another session's relay settled is not handed to this one's room again.
    pub async fn chat_to_relay(&self, live: LiveId, after: Position, most: usize) -> Result<Vec<ChatLine>, ReadError> {
        self.lines(
            live,
            "position > ? AND kind IN ('audience', 'presenter') AND status = 'posted' AND removed = 0 ORDER BY position",
            after,
            most,
        )
        .await
    }

    /// A line.
    pub async fn chat_line(&self, id: MessageId) -> Result<Option<ChatLine>, ReadError> {
        let sql = format!("SELECT {} FROM chat WHERE id = ?", COLUMNS.join(", "));
        sqlx::query(AssertSqlSafe(sql))
            .bind(id.to_string())
            .fetch_optional(&self.readers)
            .await?
            .as_ref()
            .map(line)
            .transpose()
    }

    /// The ids of the lines that this pseudonym wrote in this live, in order.
    pub async fn mine(&self, live: LiveId, who: &str) -> Result<Vec<MessageId>, ReadError> {
        let sql = "SELECT id FROM chat WHERE live = ? AND who = ? ORDER BY position";
        let ids: Vec<String> = sqlx::query_scalar(sql)
            .bind(live.to_string())
            .bind(who)
            .fetch_all(&self.readers)
            .await?;
        ids.iter().map(|i| id(i)).collect()
    }
}
