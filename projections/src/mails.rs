//! Mails: which wait, and what came of the others.

use std::sync::Arc;

use amphi_events::ids::{InviteeId, MailId, MeetingId, PersonId};
use amphi_events::mail::{About, MailEvent, Phase};
use amphi_events::{Recorded, Time};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use crate::model::{ApplyError, Model, Space, Table, id_of, read};
use crate::rows::{Doc, Docs, id, parse, parse_one};
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
    /// So many tries were begun.
    pub tries: u32,
    /// Why the last try came to nothing: a code.
    pub why: Option<String>,
    /// When it is tried again, where it was put off.
    pub next: Option<Time>,
}

impl Doc for MailRow {
    const TABLE: &'static str = "mails";
    const COLUMNS: &'static [&'static str] = &["phase", "meeting", "invitee"];
    fn columns(&self) -> Vec<Value> {
        let (meeting, invitee) = match &self.about {
            About::Invitation { meeting, invitee, .. } => (Some(meeting), Some(invitee)),
            _ => (None, None),
        };
        vec![json!(self.phase), json!(meeting), json!(invitee)]
    }
}

pub(crate) struct Mails;

#[async_trait]
impl Model for Mails {
    fn name(&self) -> &'static str {
        "mails"
    }

    fn version(&self) -> u32 {
        4
    }

    fn tables(&self) -> &'static [Table] {
        &[Table {
            name: MailRow::TABLE,
            columns: "id TEXT PRIMARY KEY, row TEXT NOT NULL, phase TEXT NOT NULL, meeting TEXT, invitee TEXT",
            indexes: &[
                ("phase", "(phase)"),
                ("invitee", "(meeting, invitee) WHERE meeting IS NOT NULL"),
            ],
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
            let (phase, why, next) = match read::<MailEvent>(e)? {
                MailEvent::MailRequested { to, about } => {
                    docs.put(
                        &key,
                        MailRow {
                            id,
                            to,
                            about,
                            phase: Phase::Waiting,
                            at: e.event.time,
                            tries: 0,
                            why: None,
                            next: None,
                        },
                    );
                    continue;
                }
                MailEvent::MailSendAsked {} => (Phase::Asked, None, None),
                MailEvent::MailPutOff { why, next } => (Phase::Waiting, Some(why), Some(next)),
                MailEvent::MailSent {} => (Phase::Sent, None, None),
                MailEvent::MailFailed { why } => (Phase::Failed, Some(why), None),
                MailEvent::MailUnknown {} => (Phase::Unknown, None, None),
                MailEvent::MailAskedAnew {} => (Phase::Waiting, None, None),
            };
            let row = docs.need(db, &key).await?;
            row.tries += u32::from(phase == Phase::Asked);
            (row.phase, row.at, row.next) = (phase, e.event.time, next);
            // What the last try came to stays while the next is under way.
            if why.is_some() || phase != Phase::Asked {
                row.why = why;
            }
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

    /// All mails, what changed last first. Their ids follow from what they tell, and say nothing of when.
    pub async fn mails(&self) -> Result<Vec<MailRow>, ReadError> {
        let rows = sqlx::query_scalar("SELECT row FROM mails ORDER BY id DESC");
        let mut all: Vec<MailRow> = parse(rows.fetch_all(&self.readers).await?)?;
        all.sort_by_key(|m| std::cmp::Reverse(m.at));
        Ok(all)
    }

    /// The mails that tell somebody who is invited of a meeting, or that it is off.
    pub async fn mails_to_invitee(&self, meeting: MeetingId, invitee: InviteeId) -> Result<Vec<MailRow>, ReadError> {
        let sql = "SELECT row FROM mails WHERE meeting = ? AND invitee = ? ORDER BY id";
        let rows = sqlx::query_scalar(sql)
            .bind(meeting.to_string())
            .bind(invitee.to_string());
        parse(rows.fetch_all(&self.readers).await?)
    }

    /// The mails about a meeting to those who are invited to it.
    pub async fn mails_of_meeting(&self, meeting: MeetingId) -> Result<Vec<MailRow>, ReadError> {
        let rows = sqlx::query_scalar("SELECT row FROM mails WHERE meeting = ? ORDER BY id").bind(meeting.to_string());
        parse(rows.fetch_all(&self.readers).await?)
    }

    /// The mails that wait, or whose try has no outcome yet.
    pub async fn mails_in_hand(&self) -> Result<Vec<MailId>, ReadError> {
        let sql = "SELECT id FROM mails WHERE phase IN ('waiting', 'asked') ORDER BY id";
        let ids: Vec<String> = sqlx::query_scalar(sql).fetch_all(&self.readers).await?;
        ids.iter().map(|i| id(i)).collect()
    }
}
