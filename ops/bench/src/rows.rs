//! The events of the measurement: a chat line of 120 characters each, with a key.

use std::sync::Arc;

use amphi_events::ids::{EventId, Sources};
use amphi_events::log::sqlite::SqliteOptions;
use amphi_events::store::{Keyring, MasterKey, Place};
use amphi_events::{Actor, Key, NewEvent, Scope, StreamName, Subject};

/// What seals and names the events.
pub struct Maker {
    pub sources: Sources,
    pub keys: Keyring,
    subject: Subject,
    scope: Scope,
}

impl Maker {
    /// Keys in `dir`.
    pub async fn new(dir: &std::path::Path) -> anyhow::Result<Self> {
        let sources = Sources::system();
        let keys = Keyring::load(
            &dir.join("keys.db"),
            &MasterKey::new(1, [7; 32]),
            "BENCH",
            Arc::clone(&sources.ids),
        )
        .await?;
        let (subject, scope) = (Subject("person:bench".to_owned()), Scope("bench:chat".to_owned()));
        keys.make_subject(&subject).await?;
        keys.make_scope(&scope).await?;
        Ok(Self {
            sources,
            keys,
            subject,
            scope,
        })
    }

    /// One event, its text sealed, as a post makes it.
    pub fn event(&self, stream: &StreamName, n: u64) -> anyhow::Result<NewEvent> {
        let now = self.sources.now();
        let id = EventId(self.sources.ids.ulid(now));
        let text = "a line of chat as people write them, neither long nor short, and then a little more so that it has its 120 letters.....".to_owned();
        let sealed = self.keys.seal(
            &Place {
                stream,
                event: id,
                field: "text",
            },
            &self.subject,
            &self.scope,
            &text,
        )?;
        Ok(NewEvent {
            id,
            kind: "ChatMessagePosted".to_owned(),
            schema: 1,
            time: now,
            actor: Actor::who("0123456789abcdef0123456789abcdef"),
            cause: String::new(),
            key: Some(Key::of(&[stream.as_str(), &n.to_string()])),
            data: serde_json::to_vec(&serde_json::json!({ "text": sealed }))?.into(),
        })
    }

    /// How `serve` opens its log.
    pub fn options(&self) -> SqliteOptions {
        SqliteOptions::new(self.sources.clone())
    }

    /// `count` events of one stream, for its versions 0, 1, …
    pub fn events(&self, stream: &StreamName, count: usize) -> anyhow::Result<Vec<NewEvent>> {
        (0..count as u64).map(|n| self.event(stream, n)).collect()
    }
}
