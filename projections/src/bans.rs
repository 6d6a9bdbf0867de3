//! Who is banned from which live's chat.

use std::collections::BTreeMap;
use std::sync::Arc;

use amphi_events::chat::{Author, ChatEvent};
use amphi_events::envelope::Position;
use amphi_events::ids::{EventId, LiveId, MessageId};
use amphi_events::{Recorded, Sealed, Time};
use async_trait::async_trait;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use crate::model::{ApplyError, Model, Space, Table, id_of, read};
use crate::rows::{id, write};
use crate::{ReadError, ReadModels};

/// A ban that holds. By pseudonym, so that an erasure leaves it standing and takes away only the name.
#[derive(Debug, Clone, PartialEq)]
pub struct BanRow {
    /// Its place in the log.
    pub position: Position,
    /// Its id, which is its event's.
    pub id: EventId,
    /// From which live's chat.
    pub live: LiveId,
    /// Their pseudonym in this live.
    pub who: String,
    /// Who. Opens as field `person` of event [`BanRow::id`].
    pub person: Sealed<Author>,
    /// Who banned them. Opens as `by`.
    pub by: Sealed<Author>,
    /// What for, in the words of who banned them. Opens as `reason`.
    pub reason: Option<Sealed<String>>,
    /// The line that they were banned for.
    pub message: Option<MessageId>,
    /// Since when.
    pub at: Time,
}

const TABLE: &str = "bans";
const COLUMNS: [&str; 9] = [
    "position", "id", "live", "who", "person", "by_whom", "reason", "message", "at",
];

pub(crate) struct Bans;

#[async_trait]
impl Model for Bans {
    fn name(&self) -> &'static str {
        "bans"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &[Table {
            name: TABLE,
            columns: "position INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, live TEXT NOT NULL, who TEXT NOT NULL, person TEXT NOT NULL, by_whom TEXT NOT NULL, \
                      reason TEXT, message TEXT, at INTEGER NOT NULL, PRIMARY KEY (live, who)",
            indexes: &[],
        }]
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["chat"]
    }

    async fn apply(&self, db: &mut SqliteConnection, space: Space, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        // The last word on each counts: a row, or none.
        let mut last: BTreeMap<(String, String), Option<Value>> = BTreeMap::new();
        for e in events {
            // The many lines of a chat say nothing of it: they aren't even decoded.
            if !matches!(&*e.event.kind, "ChatPersonBanned" | "ChatPersonUnbanned") {
                continue;
            }
            let live: LiveId = id_of(e)?;
            match read::<ChatEvent>(e)? {
                ChatEvent::ChatPersonBanned {
                    who,
                    person,
                    by,
                    reason,
                    message,
                } => {
                    let (person, by) = (serde_json::to_string(&person)?, serde_json::to_string(&by)?);
                    let reason = reason.as_ref().map(serde_json::to_string).transpose()?;
                    let row = json!([
                        e.position,
                        e.event.id,
                        live,
                        who,
                        person,
                        by,
                        reason,
                        message,
                        e.event.time
                    ]);
                    last.insert((live.to_string(), who), Some(row));
                }
                ChatEvent::ChatPersonUnbanned { who } => {
                    last.insert((live.to_string(), who), None);
                }
                _ => {}
            }
        }
        if last.is_empty() {
            return Ok(());
        }
        let table = space.table(TABLE);
        let gone: Vec<Value> = last.keys().map(|(live, who)| json!([live, who])).collect();
        let sql = format!(
            "DELETE FROM {table} WHERE (live, who) IN (SELECT value->>'$[0]', value->>'$[1]' FROM json_each(?))"
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(Value::Array(gone).to_string())
            .execute(&mut *db)
            .await?;
        write(db, "INSERT", &table, &COLUMNS, last.into_values().flatten().collect()).await
    }
}

fn ban(r: &SqliteRow) -> Result<BanRow, ReadError> {
    let json = |e: serde_json::Error| ReadError::Row(e.to_string());
    Ok(BanRow {
        position: Position(r.try_get::<i64, _>(0)? as u64),
        id: id(r.try_get(1)?)?,
        live: id(r.try_get(2)?)?,
        who: r.try_get(3)?,
        person: serde_json::from_str(r.try_get(4)?).map_err(json)?,
        by: serde_json::from_str(r.try_get(5)?).map_err(json)?,
        reason: r
            .try_get::<Option<&str>, _>(6)?
            .map(serde_json::from_str)
            .transpose()
            .map_err(json)?,
        message: r.try_get::<Option<&str>, _>(7)?.map(id).transpose()?,
        at: Time(r.try_get(8)?),
    })
}

impl ReadModels {
    /// Who is banned from a live's chat, the newest first.
    pub async fn bans(&self, live: LiveId) -> Result<Vec<BanRow>, ReadError> {
        let sql = format!(
            "SELECT {} FROM bans WHERE live = ? ORDER BY position DESC",
            COLUMNS.join(", ")
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(live.to_string());
        query.fetch_all(&self.readers).await?.iter().map(ban).collect()
    }

    /// The bans that hold of these: each somebody's pseudonym in a live.
    pub async fn bans_of(&self, whom: &[(LiveId, String)]) -> Result<Vec<BanRow>, ReadError> {
        if whom.is_empty() {
            return Ok(vec![]);
        }
        let sql = format!(
            "SELECT {} FROM bans WHERE (live, who) IN (SELECT value->>'$[0]', value->>'$[1]' FROM json_each(?))",
            COLUMNS.join(", ")
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(json!(whom).to_string());
        query.fetch_all(&self.readers).await?.iter().map(ban).collect()
    }

    /// The ban of somebody, by their pseudonym in this live; `None`: they are not banned from its chat.
    pub async fn ban(&self, live: LiveId, who: &str) -> Result<Option<BanRow>, ReadError> {
        Ok(self.bans_of(&[(live, who.to_owned())]).await?.pop())
    }
}
