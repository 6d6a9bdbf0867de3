//! Rehearsals: which are under way, and how the last of a webinar went. In no list of sessions, and in no count.

use std::sync::Arc;

use amphi_events::ids::{GatewayId, LiveId, MeetingId, RehearsalId};
use amphi_events::rehearsal::{How, RehearsalEvent, Step, StepFault};
use amphi_events::{Recorded, Time};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use crate::model::{ApplyError, Model, Space, Table, id_of, read};
use crate::rows::{Doc, Docs, id, parse_one};
use crate::{ReadError, ReadModels};

/// A rehearsal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RehearsalRow {
    /// Its id.
    pub id: RehearsalId,
    /// Of which live.
    pub live: LiveId,
    /// Of which meeting.
    pub meeting: MeetingId,
    /// Since when.
    pub at: Time,
    /// By when it ends.
    pub until: Time,
    /// On which gateway.
    pub gateway: Option<GatewayId>,
    /// Steps that are over: how long each took, in milliseconds, and what went wrong.
    pub steps: Vec<(Step, u64, Option<StepFault>)>,
    /// Somebody wants it over.
    pub cancelled: bool,
    /// How and when it ended.
    pub ended: Option<(How, Time)>,
}

impl Doc for RehearsalRow {
    const TABLE: &'static str = "rehearsals";
    const COLUMNS: &'static [&'static str] = &["live", "running"];
    fn columns(&self) -> Vec<Value> {
        vec![json!(self.live), json!(self.ended.is_none())]
    }
}

pub(crate) struct Rehearsals;

#[async_trait]
impl Model for Rehearsals {
    fn name(&self) -> &'static str {
        "rehearsals"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &[Table {
            name: RehearsalRow::TABLE,
            columns: "id TEXT PRIMARY KEY, row TEXT NOT NULL, live TEXT NOT NULL, running INTEGER NOT NULL",
            indexes: &[("live", "(live)"), ("running", "(running)")],
        }]
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["rehearsal"]
    }

    async fn apply(&self, db: &mut SqliteConnection, space: Space, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        use RehearsalEvent as E;
        let mut docs = Docs::<RehearsalRow>::new(space);
        for e in events {
            let id: RehearsalId = id_of(e)?;
            let key = id.to_string();
            match read::<RehearsalEvent>(e)? {
                E::RehearsalRequested { live, meeting, until } => docs.put(
                    &key,
                    RehearsalRow {
                        id,
                        live,
                        meeting,
                        at: e.event.time,
                        until,
                        gateway: None,
                        steps: vec![],
                        cancelled: false,
                        ended: None,
                    },
                ),
                E::RehearsalHolds { gateway, .. } => docs.need(db, &key).await?.gateway = Some(gateway),
                E::RehearsalRoomOpened { .. } => {}
                E::RehearsalStepDone { step, took_ms, fault } => {
                    docs.need(db, &key).await?.steps.push((step, took_ms, fault));
                }
                E::RehearsalCancelled {} => docs.need(db, &key).await?.cancelled = true,
                E::RehearsalEnded { how } => docs.need(db, &key).await?.ended = Some((how, e.event.time)),
            }
        }
        docs.flush(db).await
    }
}

impl ReadModels {
    /// A rehearsal.
    pub async fn rehearsal(&self, id: RehearsalId) -> Result<Option<RehearsalRow>, ReadError> {
        parse_one(
            sqlx::query_scalar("SELECT row FROM rehearsals WHERE id = ?")
                .bind(id.to_string())
                .fetch_optional(&self.readers)
                .await?,
        )
    }

    /// The last rehearsal of a live.
    pub async fn last_rehearsal(&self, live: LiveId) -> Result<Option<RehearsalRow>, ReadError> {
        parse_one(
            sqlx::query_scalar("SELECT row FROM rehearsals WHERE live = ? ORDER BY id DESC LIMIT 1")
                .bind(live.to_string())
                .fetch_optional(&self.readers)
                .await?,
        )
    }

    /// The rehearsals that are under way.
    pub async fn rehearsals_in_hand(&self) -> Result<Vec<RehearsalId>, ReadError> {
        let sql = "SELECT id FROM rehearsals WHERE running = 1 ORDER BY id";
        let ids: Vec<String> = sqlx::query_scalar(sql).fetch_all(&self.readers).await?;
        ids.iter().map(|i| id(i)).collect()
    }
}
