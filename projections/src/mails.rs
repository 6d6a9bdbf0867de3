//! Mails: which wait, and what came of the others.

use std::sync::Arc;

use amphi_events::ids::{MailId, PersonId};
use amphi_events::mail::{About, MailEvent, Phase};
use amphi_events::{Recorded, Time};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use crate::model::{ApplyError, Model, Space, Table, id_of, read};
use crate::rows::{Doc, Docs, id, limit, parse, parse_one};
use crate::{ReadError, ReadModels};

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailRow {
    /// Its id.
    pub id: MailId,
    /// To whom; `None`: `about` names them.
    pub to: Option<PersonId>,
    /// What it says.
    pub about: About,
    /// Where it stands.
    pub phase: Phase,
    /// Since when.
    pub at: Time,
}

impl Doc for MailRow {
    const TABLE: &'static str = "mails";
    const COLUMNS: &'static [&'static str] = &["phase"];
    fn columns(&self) -> Vec<Value> {
        vec![json!(self.phase)]
    }
}

pub(crate) struct Mails;

#[async_trait]
impl Model for Mails {
    fn name(&self) -> &'static str {
        "mails"
    }

    fn version(&self) -> u32 {
        2
    }

    fn tables(&self) -> &'static [Table] {
        &[Table {
            name: MailRow::TABLE,
            columns: "id TEXT PRIMARY KEY, row TEXT NOT NULL, phase TEXT NOT NULL",
            indexes: &[("phase", "(phase)")],
        }]
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["mail"]
    }

    async fn apply(&self, db: &mut SqliteConnection, space: Space, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        let mut docs = Docs::<MailRow>::new(space);
        for e in events {
            let id: MailId = id_of(e)?;
            let key = id.to_string();
            let phase = match read::<MailEvent>(e)? {
                MailEvent::MailRequested { to, about } => {
                    docs.put(
                        &key,
                        MailRow {
                            id,
                            to,
                            about,
                            phase: Phase::Waiting,
                            at: e.event.time,
                        },
                    );
                    continue;
                }
                MailEvent::MailSendAsked {} => Phase::Asked,
                MailEvent::MailSent {} => Phase::Sent,
                MailEvent::MailFailed { .. } => Phase::Failed,
                MailEvent::MailUnknown {} => Phase::Unknown,
            };
            let row = docs.need(db, &key).await?;
            (row.phase, row.at) = (phase, e.event.time);
        }
        docs.flush(db).await
    }
}

impl ReadModels {
    /// A mail.
    pub async fn mail(&self, id: MailId) -> Result<Option<MailRow>, ReadError> {
        parse_one(
            sqlx::query_scalar("SELECT row FROM mails WHERE id = ?")
                .bind(id.to_string())
                .fetch_optional(&self.readers)
                .await?,
        )
    }

    /// The newest mails.
    pub async fn mails(&self, most: usize) -> Result<Vec<MailRow>, ReadError> {
        parse(
            sqlx::query_scalar("SELECT row FROM mails ORDER BY id DESC LIMIT ?")
                .bind(limit(most))
                .fetch_all(&self.readers)
                .await?,
        )
    }

    /// The mails that wait, or whose one try has no outcome yet.
    pub async fn mails_in_hand(&self) -> Result<Vec<MailId>, ReadError> {
        let sql = "SELECT id FROM mails WHERE phase IN ('waiting', 'asked') ORDER BY id";
        let ids: Vec<String> = sqlx::query_scalar(sql).fetch_all(&self.readers).await?;
        ids.iter().map(|i| id(i)).collect()
    }
}
