//! Broadcasters: where viewers fetch pictures.

use std::sync::Arc;

use amphi_events::Recorded;
use amphi_events::broadcaster::BroadcasterEvent;
use amphi_events::ids::BroadcasterId;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::SqliteConnection;

use crate::model::{ApplyError, Model, Space, Table, id_of, read};
use crate::rows::{Doc, Docs, parse, parse_one};
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

pub(crate) struct Broadcasters;

#[async_trait]
impl Model for Broadcasters {
    fn name(&self) -> &'static str {
        "broadcasters"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &[Table {
            name: BroadcasterRow::TABLE,
            columns: "id TEXT PRIMARY KEY, row TEXT NOT NULL",
            indexes: &[],
        }]
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["broadcaster"]
    }

    async fn apply(&self, db: &mut SqliteConnection, space: Space, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        let mut docs = Docs::<BroadcasterRow>::new(space);
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
                            removed: false,
                        },
                    );
                }
                BroadcasterEvent::BroadcasterChanged { name, hls_url } => {
                    let row = docs.need(db, &key).await?;
                    (row.name, row.hls_url) = (name.0, hls_url.0);
                }
                BroadcasterEvent::BroadcasterRemoved {} => docs.need(db, &key).await?.removed = true,
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
