//! Recordings of meetings, as BBB listed them last, and what is wanted of them.

use std::sync::Arc;

use amphi_events::ids::MeetingId;
use amphi_events::recordings::{Recording, RecordingId, RecordingsEvent};
use amphi_events::{Recorded, Time};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use crate::model::{ApplyError, Model, Space, Table, id_of, read};
use crate::rows::{Doc, Docs, id, limit, parse, parse_one};
use crate::{ReadError, ReadModels};

/// A recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingRow {
    /// BBB's id.
    pub id: RecordingId,
    /// Of which meeting.
    pub meeting: MeetingId,
    /// When it was heard of first.
    pub since: Time,
    /// What is known of it.
    #[serde(flatten)]
    pub held: Recording,
}

impl RecordingRow {
    /// When its session began; where only its callback named it, when that came.
    pub fn starts_at(&self) -> Time {
        self.held.facts.as_ref().map_or(self.since, |f| f.starts_at)
    }
}

impl Doc for RecordingRow {
    const TABLE: &'static str = "recordings";
    const COLUMNS: &'static [&'static str] = &["meeting", "starts_at", "listed", "in_hand"];
    fn columns(&self) -> Vec<Value> {
        let in_hand = self.held.wanted().is_some() || self.held.tells();
        vec![
            json!(self.meeting),
            json!(self.starts_at()),
            json!(i32::from(self.held.is_listed())),
            json!(i32::from(in_hand)),
        ]
    }
}

pub(crate) struct MeetingRecordings;

fn key(meeting: MeetingId, recording: &RecordingId) -> String {
    format!("{meeting}/{recording}")
}

#[async_trait]
impl Model for MeetingRecordings {
    fn name(&self) -> &'static str {
        "recordings"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [Table] {
        &[Table {
            name: RecordingRow::TABLE,
            columns: "id TEXT PRIMARY KEY, row TEXT NOT NULL, meeting TEXT NOT NULL, starts_at INTEGER NOT NULL, listed INTEGER NOT NULL, \
                      in_hand INTEGER NOT NULL",
            indexes: &[
                ("meeting", "(meeting, starts_at, id) WHERE listed = 1"),
                ("hand", "(meeting) WHERE in_hand = 1"),
            ],
        }]
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["recordings"]
    }

    async fn apply(&self, db: &mut SqliteConnection, space: Space, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        let mut docs = Docs::<RecordingRow>::new(space);
        for e in events {
            let meeting: MeetingId = id_of(e)?;
            let event = read::<RecordingsEvent>(e)?;
            let id = event.recording().clone();
            let since = e.event.time;
            let make = || RecordingRow {
                id: id.clone(),
                meeting,
                since,
                held: Recording::default(),
            };
            let row = docs.find_or(db, &key(meeting, &id), make).await?;
            row.held.take(&event, since);
        }
        docs.flush(db).await
    }
}

impl ReadModels {
    /// A meeting's recordings, the newest first, from the one after `after` on.
    pub async fn recordings_of(
        &self,
        meeting: MeetingId,
        after: Option<&RecordingId>,
        most: usize,
    ) -> Result<Vec<RecordingRow>, ReadError> {
        // Also where it was deleted since the page before was read: its row stays.
        let sql = "SELECT r.row FROM recordings r LEFT JOIN recordings a ON a.id = ?2 \
                   WHERE r.meeting = ?1 AND r.listed = 1 AND (a.id IS NULL OR (r.starts_at, r.id) < (a.starts_at, a.id)) \
                   ORDER BY r.starts_at DESC, r.id DESC LIMIT ?3";
        parse(
            sqlx::query_scalar(sql)
                .bind(meeting.to_string())
                .bind(after.map(|r| key(meeting, r)))
                .bind(limit(most))
                .fetch_all(&self.readers)
                .await?,
        )
    }

    /// How many recordings a meeting has.
    pub async fn count_recordings(&self, meeting: MeetingId) -> Result<u64, ReadError> {
        let sql = "SELECT count(*) FROM recordings WHERE meeting = ? AND listed = 1";
        let count: i64 = sqlx::query_scalar(sql)
            .bind(meeting.to_string())
            .fetch_one(&self.readers)
            .await?;
        Ok(count.unsigned_abs())
    }

    /// A recording of that meeting, whatever became of it.
    pub async fn recording(
        &self,
        meeting: MeetingId,
        recording: &RecordingId,
    ) -> Result<Option<RecordingRow>, ReadError> {
        parse_one(
            sqlx::query_scalar("SELECT row FROM recordings WHERE id = ?")
                .bind(key(meeting, recording))
                .fetch_optional(&self.readers)
                .await?,
        )
    }

    /// Meetings of whose recordings BBB or somebody is still to be told something.
    pub async fn recordings_in_hand(&self) -> Result<Vec<MeetingId>, ReadError> {
        let sql = "SELECT DISTINCT meeting FROM recordings WHERE in_hand = 1 ORDER BY meeting";
        let ids: Vec<String> = sqlx::query_scalar(sql).fetch_all(&self.readers).await?;
        ids.iter().map(|i| id(i)).collect()
    }

    /// Meetings whose rooms were opened since.
    pub async fn meetings_opened_since(&self, since: Time) -> Result<Vec<MeetingId>, ReadError> {
        // A session's id begins with its time.
        let from = ulid::Ulid::from_parts(since.0.max(0).unsigned_abs(), 0).to_string();
        let sql = "SELECT DISTINCT meeting FROM sessions WHERE id >= ? ORDER BY meeting";
        let ids: Vec<String> = sqlx::query_scalar(sql).bind(from).fetch_all(&self.readers).await?;
        ids.iter().map(|i| id(i)).collect()
    }
}
