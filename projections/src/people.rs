//! People with an account: what they may do, and their profile, sealed.

use std::sync::Arc;

use amphi_events::envelope::Position;
use amphi_events::ids::{EventId, PersonId};
use amphi_events::person::{PersonEvent, Profile, Role};
use amphi_events::{Recorded, Sealed};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use crate::model::{ApplyError, Model, Space, Table, id_of, read};
use crate::rows::{Doc, Docs, id, parse, parse_one};
use crate::{ReadError, ReadModels};

/// A person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PersonRow {
    /// The person's id.
    pub id: PersonId,
    /// What the person may do.
    pub role: Role,
    /// Login and name. Opens as field `profile` of [`PersonRow::event`].
    pub profile: Sealed<Profile>,
    /// The event that holds the profile.
    pub event: EventId,
    /// The person's key was destroyed.
    pub erased: bool,
    /// Where in the log; 0: nowhere yet.
    #[serde(default)]
    pub erased_at: Position,
}

impl Doc for PersonRow {
    const TABLE: &'static str = "people";
    const COLUMNS: &'static [&'static str] = &["role", "erased", "erased_at"];
    fn columns(&self) -> Vec<Value> {
        vec![json!(self.role), json!(self.erased), json!(self.erased_at.0)]
    }
}

pub(crate) struct People;

#[async_trait]
impl Model for People {
    fn name(&self) -> &'static str {
        "people"
    }

    fn version(&self) -> u32 {
        3
    }

    fn tables(&self) -> &'static [Table] {
        &[Table {
            name: PersonRow::TABLE,
            columns: "id TEXT PRIMARY KEY, row TEXT NOT NULL, role TEXT NOT NULL, erased INTEGER NOT NULL, erased_at INTEGER NOT NULL",
            indexes: &[("role", "(role)"), ("erased", "(erased_at)")],
        }]
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["person"]
    }

    async fn apply(&self, db: &mut SqliteConnection, space: Space, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        let mut docs = Docs::<PersonRow>::new(space);
        for e in events {
            let id: PersonId = id_of(e)?;
            let key = id.to_string();
            match read::<PersonEvent>(e)? {
                PersonEvent::PersonAdded { role, profile } => {
                    docs.put(
                        &key,
                        PersonRow {
                            id,
                            role,
                            profile,
                            event: e.event.id,
                            erased: false,
                            erased_at: Position(0),
                        },
                    );
                }
                PersonEvent::PersonRoleChanged { role } => docs.need(db, &key).await?.role = role,
                PersonEvent::PersonRenamed { profile } => {
                    let row = docs.need(db, &key).await?;
                    row.profile = profile;
                    row.event = e.event.id;
                }
                // What another house says of somebody is for signing in and stands in the store, as do addresses and ways in.
                PersonEvent::PersonIdentityTied { .. }
                | PersonEvent::PersonIdentityChanged { .. }
                | PersonEvent::PersonAddressSet { .. }
                | PersonEvent::PersonPasswordSet {}
                | PersonEvent::PersonTokenMade { .. }
                | PersonEvent::PersonTokenRevoked { .. }
                | PersonEvent::PersonSignedOut { .. }
                | PersonEvent::PersonCalendarRenewed {}
                | PersonEvent::PersonAccessClosed {} => {}
                PersonEvent::PersonErased {} => {
                    let row = docs.need(db, &key).await?;
                    row.erased = true;
                    row.erased_at = e.position;
                }
            }
        }
        docs.flush(db).await
    }
}

impl ReadModels {
    /// A person.
    pub async fn person(&self, id: PersonId) -> Result<Option<PersonRow>, ReadError> {
        parse_one(
            sqlx::query_scalar("SELECT row FROM people WHERE id = ?")
                .bind(id.to_string())
                .fetch_optional(&self.readers)
                .await?,
        )
    }

    /// Those of these people that are known, in the order of their ids.
    pub async fn people_by_ids(&self, ids: &[PersonId]) -> Result<Vec<PersonRow>, ReadError> {
        let sql = "SELECT row FROM people WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id";
        parse(
            sqlx::query_scalar(sql)
                .bind(json!(ids).to_string())
                .fetch_all(&self.readers)
                .await?,
        )
    }

    /// Where in the log somebody was erased last; 0: nobody was.
    pub async fn last_erasure(&self) -> Result<Position, ReadError> {
        let sql = "SELECT COALESCE(MAX(erased_at), 0) FROM people";
        let at: i64 = sqlx::query_scalar(sql).fetch_one(&self.readers).await?;
        Ok(Position(at.unsigned_abs()))
    }

    /// The administrators: who hears of what the program can't mend.
    pub async fn administrators(&self) -> Result<Vec<PersonId>, ReadError> {
        let sql = "SELECT id FROM people WHERE role = 'administrator' AND erased = 0 ORDER BY id";
        let ids: Vec<String> = sqlx::query_scalar(sql).fetch_all(&self.readers).await?;
        ids.iter().map(|i| id(i)).collect()
    }
}
