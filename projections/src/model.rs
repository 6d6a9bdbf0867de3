//! What a model is: tables of its own, and what each event does to them.

use std::sync::Arc;

use amphi_events::{EventData, Recorded};
use async_trait::async_trait;
use sqlx::SqliteConnection;

/// Why a model did not take events.
#[derive(Debug)]
pub(crate) enum ApplyError {
    /// The model can't take one of them: it halts.
    Event(String),
    /// SQLite failed, whatever the events: all is tried again.
    Db(sqlx::Error),
}

impl From<sqlx::Error> for ApplyError {
    fn from(e: sqlx::Error) -> Self {
        let constraint = e.as_database_error().is_some_and(|d| {
            d.is_unique_violation()
                || d.is_foreign_key_violation()
                || d.is_check_violation()
                || d.kind() == sqlx::error::ErrorKind::NotNullViolation
        });
        if constraint {
            Self::Event(e.to_string())
        } else {
            Self::Db(e)
        }
    }
}

impl From<serde_json::Error> for ApplyError {
    fn from(e: serde_json::Error) -> Self {
        Self::Event(e.to_string())
    }
}

impl From<amphi_events::DecodeError> for ApplyError {
    fn from(e: amphi_events::DecodeError) -> Self {
        Self::Event(e.to_string())
    }
}

/// Which copy of a model's tables: those that are read, or those that are being built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Space(&'static str);

impl Space {
    /// The tables that queries read.
    pub const LIVE: Self = Self("");
    /// The tables of a rebuild under way.
    pub const NEW: Self = Self("__new");

    /// The name of a table in this space.
    pub fn table(self, name: &str) -> String {
        format!("{name}{}", self.0)
    }
}

/// A table of a model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table {
    /// Its name, beginning with the model's.
    pub name: &'static str,
    /// Its columns, as in `CREATE TABLE name (…)`.
    pub columns: &'static str,
    /// Its indexes: a name for each, and what it is on, as in `CREATE INDEX … ON table (…)`.
    pub indexes: &'static [(&'static str, &'static str)],
}

/// A read model: one file each.
#[async_trait]
pub(crate) trait Model: Send + Sync {
    /// Its name, as in `amphi rebuild NAME`.
    fn name(&self) -> &'static str;
    /// Grows whenever tables or meaning change: the model is then built anew.
    fn version(&self) -> u32;
    /// Its tables.
    fn tables(&self) -> &'static [Table];
    /// The kinds of stream that it reads.
    fn kinds(&self) -> &'static [&'static str];
    /// Takes events in the order of the log. Pure but for the tables: the same events give the same rows, in
    /// batches of any size.
    async fn apply(&self, db: &mut SqliteConnection, space: Space, events: &[Arc<Recorded>]) -> Result<(), ApplyError>;
}

/// Every model.
pub(crate) fn all() -> Vec<Arc<dyn Model>> {
    vec![
        Arc::new(crate::meetings::Meetings),
        Arc::new(crate::lives::Lives),
        Arc::new(crate::sessions::Sessions),
        Arc::new(crate::gateways::Gateways),
        Arc::new(crate::broadcasters::Broadcasters),
        Arc::new(crate::chat::ChatLines),
        Arc::new(crate::bans::Bans),
        Arc::new(crate::people::People),
        Arc::new(crate::mails::Mails),
        Arc::new(crate::recordings::MeetingRecordings),
        Arc::new(crate::rehearsals::Rehearsals),
    ]
}

/// The event's data.
pub(crate) fn read<E: EventData>(e: &Recorded) -> Result<E, ApplyError> {
    Ok(E::decode(&e.event.kind, e.event.schema, &e.event.data)?)
}

/// The id in the name of the event's stream.
pub(crate) fn id_of<T: std::str::FromStr>(e: &Recorded) -> Result<T, ApplyError> {
    e.stream
        .id()
        .parse()
        .map_err(|_| ApplyError::Event(format!("the stream's name {} holds no id", e.stream)))
}
