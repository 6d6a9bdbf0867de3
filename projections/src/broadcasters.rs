//! Broadcasters: where viewers fetch pictures.

use std::sync::Arc;

use amphi_events::broadcaster::{BroadcasterDetails, BroadcasterEvent, Protection};
use amphi_events::ids::{BroadcasterId, LiveId, ReservationId};
use amphi_events::{Recorded, Time};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use crate::model::{ApplyError, Model, Space, Table, id_of, read};
use crate::rows::{Doc, Docs, id, parse, parse_one, write};
use crate::{ReadError, ReadModels};

/// A broadcaster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BroadcasterRow {
    /// Its id.
    pub id: BroadcasterId,
    /// Its name.
    pub name: String,
    /// Its playlist.
    pub hls_url: String,
    /// How its media server keeps strangers out.
    pub protection: Protection,
    /// Where it stands and what it is for.
    #[serde(default)]
    pub details: BroadcasterDetails,
    /// No longer used.
    pub removed: bool,
}

impl Doc for BroadcasterRow {
    const TABLE: &'static str = "broadcasters";
    const COLUMNS: &'static [&'static str] = &[];
    fn columns(&self) -> Vec<Value> {
        vec![]
    }
}

/// A broadcaster held for a live during [from, to).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BroadcasterHold {
    /// Its id.
    pub id: ReservationId,
    /// Which broadcaster.
    pub broadcaster: BroadcasterId,
    /// For which live.
    pub live: LiveId,
    /// From.
    pub from: Time,
    /// To, exclusive.
    pub to: Time,
}

const RESERVATIONS: &str = "broadcasters_reservations";

pub(crate) struct Broadcasters;

#[async_trait]
impl Model for Broadcasters {
    fn name(&self) -> &'static str {
        "broadcasters"
    }

    fn version(&self) -> u32 {
        3
    }

    fn tables(&self) -> &'static [Table] {
        &[
            Table {
                name: BroadcasterRow::TABLE,
                columns: "id TEXT PRIMARY KEY, row TEXT NOT NULL",
                indexes: &[],
            },
            Table {
                name: RESERVATIONS,
                columns: "id TEXT PRIMARY KEY, broadcaster TEXT NOT NULL, live TEXT NOT NULL, begins INTEGER NOT NULL, ends INTEGER NOT NULL",
                indexes: &[("ends", "(ends)"), ("live", "(live)")],
            },
        ]
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["broadcaster"]
    }

    async fn apply(&self, db: &mut SqliteConnection, space: Space, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        let mut docs = Docs::<BroadcasterRow>::new(space);
        let table = space.table(RESERVATIONS);
        for e in events {
            let id: BroadcasterId = id_of(e)?;
            let key = id.to_string();
            match read::<BroadcasterEvent>(e)? {
                BroadcasterEvent::BroadcasterAdded { name, hls_url } => {
                    docs.put(
                        &key,
                        BroadcasterRow {
                            id,
                            name: name.0,
                            hls_url: hls_url.0,
                            protection: Protection::None,
                            details: BroadcasterDetails::default(),
                            removed: false,
                        },
                    );
                }
                BroadcasterEvent::BroadcasterChanged { name, hls_url } => {
                    let row = docs.need(db, &key).await?;
                    (row.name, row.hls_url) = (name.0, hls_url.0);
                }
                BroadcasterEvent::BroadcasterProtectionSet { protection } => {
                    docs.need(db, &key).await?.protection = protection;
                }
                BroadcasterEvent::BroadcasterDescribed { details } => docs.need(db, &key).await?.details = details,
                BroadcasterEvent::BroadcasterRemoved {} => docs.need(db, &key).await?.removed = true,
                BroadcasterEvent::BroadcasterReserved {
                    reservation,
                    live,
                    from,
                    to,
                } => {
                    let row = json!([reservation, id, live, from, to]);
                    let columns = ["id", "broadcaster", "live", "begins", "ends"];
                    write(db, "INSERT", &table, &columns, vec![row]).await?;
                }
                BroadcasterEvent::BroadcasterReservationMoved { reservation, from, to } => {
                    let sql = format!("UPDATE {table} SET begins = ?, ends = ? WHERE id = ?");
                    sqlx::query(AssertSqlSafe(sql))
                        .bind(from.0)
                        .bind(to.0)
                        .bind(reservation.to_string())
                        .execute(&mut *db)
                        .await?;
                }
                BroadcasterEvent::BroadcasterReservationReleased { reservation } => {
                    let sql = format!("DELETE FROM {table} WHERE id = ?");
                    sqlx::query(AssertSqlSafe(sql))
                        .bind(reservation.to_string())
                        .execute(&mut *db)
                        .await?;
                }
            }
        }
        docs.flush(db).await
    }
}

impl ReadModels {
    /// All broadcasters, removed ones too, in the order in which they were added.
    pub async fn broadcasters(&self) -> Result<Vec<BroadcasterRow>, ReadError> {
        parse(
            sqlx::query_scalar("SELECT row FROM broadcasters ORDER BY id")
                .fetch_all(&self.readers)
                .await?,
        )
    }

    /// The holds of broadcasters that touch [from, to), by their start.
    pub async fn broadcasters_held(&self, from: Time, to: Time) -> Result<Vec<BroadcasterHold>, ReadError> {
        let sql = "SELECT id, broadcaster, live, begins, ends FROM broadcasters_reservations WHERE ends > ? AND begins < ? ORDER BY begins, id";
        let rows = sqlx::query(sql)
            .bind(from.0)
            .bind(to.0)
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|r| {
                Ok(BroadcasterHold {
                    id: id(r.try_get(0)?)?,
                    broadcaster: id(r.try_get(1)?)?,
                    live: id(r.try_get(2)?)?,
                    from: Time(r.try_get(3)?),
                    to: Time(r.try_get(4)?),
                })
            })
            .collect()
    }

    /// A broadcaster.
    pub async fn broadcaster(&self, id: BroadcasterId) -> Result<Option<BroadcasterRow>, ReadError> {
        parse_one(
            sqlx::query_scalar("SELECT row FROM broadcasters WHERE id = ?")
                .bind(id.to_string())
                .fetch_optional(&self.readers)
                .await?,
        )
    }
}
