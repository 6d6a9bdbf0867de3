//! Where blocks come from: lines from the read model (as they are now), and what happened to lines from the log. Read
//! once a block, for everybody who asks.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use amphi_events::chat::{self, Author, AuthorKind, ChatEvent};
use amphi_events::clock::Time;
use amphi_events::envelope::{Position, StreamName};
use amphi_events::ids::{EventId, LiveId, MessageId};
use amphi_events::log::Filter;
use amphi_events::relay::{self, RelayEvent};
use amphi_events::store::Place;
use amphi_events::{EventData, Recorded, Sealed};
use amphi_projections::LineStatus;
use async_trait::async_trait;

use crate::Hub;
use crate::journal::Item;
use crate::wire::{Line, Status};

/// Events of the log read at a time.
const PAGE: usize = 512;

/// The newest items up to a position.
#[async_trait]
pub(crate) trait History: Send + Sync + 'static {
    /// Items with positions up to `upto`, in order: those after the position given
    /// back, which leaves out what is before the `most` newest lines; 0: there is nothing before.
    async fn before(
        &self,
        live: LiveId,
        upto: Position,
        most: usize,
    ) -> Result<(Vec<(Position, Item)>, Position), String>;
}

/// A line of the log, before it is opened.
pub(crate) struct Shut<'a> {
    pub live: LiveId,
    pub position: Position,
    pub id: MessageId,
    pub at: Time,
    pub kind: AuthorKind,
    pub author: &'a Sealed<Author>,
    pub text: &'a Sealed<String>,
    pub status: Status,
}

impl Hub {
    /// Opens and encodes a line; where a key was destroyed, name or text are empty.
    pub(crate) fn line(&self, shut: &Shut<'_>) -> Line {
        let stream = chat::stream(shut.live);
        let event = EventId(shut.id.0);
        let author = self.keys.open(
            &Place {
                stream: &stream,
                event,
                field: "author",
            },
            shut.author,
        );
        let text = self.keys.open(
            &Place {
                stream: &stream,
                event,
                field: "text",
            },
            shut.text,
        );
        if let Some(why) = author.as_ref().err().or(text.as_ref().err()) {
            tracing::warn!(%why, position = shut.position.0, "a line of a chat can't be opened");
        }
        let author = author.ok().flatten();
        let (name, person) = author.map_or((String::new(), None), |a| (a.name, a.person));
        let text = text.ok().flatten().unwrap_or_default();
        self.counters.encoded.fetch_add(1, Ordering::Relaxed);
        Line::encode(shut.position, shut.id, shut.at, &name, shut.kind, &text, shut.status).of(person)
    }

    /// What a relay's event says of lines.
    pub(crate) fn fate(event: RelayEvent) -> Option<(Vec<MessageId>, Status)> {
        match event {
            RelayEvent::ChatMessageRelayed { message, .. } => Some((vec![message], Status::Relayed)),
            RelayEvent::ChatRelayUnknown { message } => Some((vec![message], Status::Unknown)),
            RelayEvent::ChatRelayLate { messages, .. } => Some((messages, Status::Late)),
            RelayEvent::ChatRelayFailed { message, .. } => Some((vec![message], Status::Failed)),
            RelayEvent::RelayWayFound { .. }
            | RelayEvent::ChatRelayAsked { .. }
            | RelayEvent::ChatRelayMissed { .. } => None,
        }
    }

    /// Events of one stream in `(after, upto]`.
    pub(crate) async fn between(
        &self,
        stream: StreamName,
        kinds: &[&str],
        after: Position,
        upto: Position,
    ) -> Result<Vec<Arc<Recorded>>, String> {
        let filter = Filter {
            stream: Some(stream),
            kinds: kinds.iter().map(|k| (*k).to_owned()).collect(),
            ..Filter::default()
        };
        self.read_between(filter, after, upto).await
    }

    /// Events that pass this filter in `(after, upto]`.
    pub(crate) async fn read_between(
        &self,
        filter: Filter,
        after: Position,
        upto: Position,
    ) -> Result<Vec<Arc<Recorded>>, String> {
        let (mut found, mut at) = (Vec::new(), after);
        while at < upto {
            let page = self.log.read_all(at, &filter, PAGE).await.map_err(|e| e.to_string())?;
            self.counters
                .reads
                .fetch_add(page.events.len() as u64, Ordering::Relaxed);
            found.extend(page.events.into_iter().filter(|e| e.position <= upto));
            at = page.upto;
            if page.end {
                break;
            }
        }
        Ok(found)
    }

    /// What was taken away in `(after, upto]`, and where.
    async fn removals(
        &self,
        live: LiveId,
        after: Position,
        upto: Position,
    ) -> Result<Vec<(Position, MessageId)>, String> {
        let removed = self.between(chat::stream(live), &["ChatMessageRemoved"], after, upto);
        let said = removed.await?.into_iter().filter_map(|e| {
            match ChatEvent::decode(&e.event.kind, e.event.schema, &e.event.data) {
                Ok(ChatEvent::ChatMessageRemoved { message }) => Some((e.position, message)),
                _ => None,
            }
        });
        Ok(said.collect())
    }

    /// Lines whose removal is in the log and not yet, or where the tables stand still never, in the read model.
    ///
    /// # Errors
    /// The log can't be read.
    pub async fn removed_since_the_tables(&self, live: LiveId) -> Result<HashSet<MessageId>, String> {
        let chat = self.read.health().into_iter().find(|m| m.name == "chat");
        let at = chat.map_or(Position(0), |m| m.position);
        let removed = self.removals(live, at, self.log.head()).await?;
        Ok(removed.into_iter().map(|(_, id)| id).collect())
    }

    /// What relays said of lines in `(after, upto]`, the last word of each.
    async fn fates(
        &self,
        live: LiveId,
        after: Position,
        upto: Position,
    ) -> Result<HashMap<MessageId, (Position, Status)>, String> {
        const KINDS: [&str; 4] = [
            "ChatMessageRelayed",
            "ChatRelayUnknown",
            "ChatRelayLate",
            "ChatRelayFailed",
        ];
        let unread = |e: amphi_projections::ReadError| e.to_string();
        let mut latest: HashMap<MessageId, (Position, Status)> = HashMap::new();
        let Some(meeting) = self.read.live(live).await.map_err(unread)?.and_then(|row| row.meeting) else {
            return Ok(latest);
        };
        for session in self.read.sessions_of(meeting).await.map_err(unread)? {
            for e in self.between(relay::stream(session.id), &KINDS, after, upto).await? {
                let Ok(event) = RelayEvent::decode(&e.event.kind, e.event.schema, &e.event.data) else {
                    continue;
                };
                for (id, status) in Self::fate(event)
                    .into_iter()
                    .flat_map(|(ids, s)| ids.into_iter().map(move |id| (id, s)))
                {
                    // A line may have been tried in two sessions: what was said last counts, whichever is read first.
                    let said = latest.entry(id).or_insert((e.position, status));
                    if said.0 < e.position {
                        *said = (e.position, status);
                    }
                }
            }
        }
        Ok(latest)
    }
}

#[async_trait]
impl History for Hub {
    async fn before(
        &self,
        live: LiveId,
        upto: Position,
        most: usize,
    ) -> Result<(Vec<(Position, Item)>, Position), String> {
        let text = |e: amphi_projections::ReadError| e.to_string();
        self.counters.blocks.fetch_add(1, Ordering::Relaxed);
        // On a full disk the log may have taken what the read models could not: from there on the log itself is read.
        let seen = match self.read.wait(upto, Hub::PATIENCE).await {
            Ok(()) => upto,
            Err(behind) => behind.at.min(upto),
        };
        // A model that was halted by an event that it can't take is not waited for, and knows nothing of what came after.
        let chat = self.read.health().into_iter().find(|m| m.name == "chat");
        let seen = chat
            .filter(|m| m.halted.is_some())
            .map_or(seen, |m| m.position.min(seen));
        let lines = self
            .read
            .chat_before(live, Position(upto.0 + 1), most)
            .await
            .map_err(text)?;
        let all = lines.len() < most;
        let start = if all {
            Position(0)
        } else {
            lines
                .first()
                .map_or(Position(0), |l| Position(l.position.0.saturating_sub(1)))
        };

        let mut items: BTreeMap<Position, Item> = BTreeMap::new();
        let mut removed: HashSet<MessageId> = HashSet::new();
        for (position, message) in self.removals(live, start, upto).await? {
            removed.insert(message);
            items.insert(position, Item::Removed { ids: vec![message] });
        }
        let latest = self.fates(live, start, upto).await?;
        for l in lines.iter().filter(|l| !l.removed && !removed.contains(&l.id)) {
            let status = match l.status {
                LineStatus::Posted | LineStatus::Held => Status::Posted,
                LineStatus::Relayed => Status::Relayed,
                LineStatus::Unknown => Status::Unknown,
                LineStatus::Late => Status::Late,
                LineStatus::Failed => Status::Failed,
            };
            let (position, id, at, kind) = (l.position, l.id, l.at, l.kind);
            let shut = Shut {
                live,
                position,
                id,
                at,
                kind,
                author: &l.author,
                text: &l.text,
                status: latest.get(&id).map_or(status, |(_, s)| *s),
            };
            items.insert(position, Item::Line(self.line(&shut)));
        }
        let newer = if seen < upto {
            self.between(chat::stream(live), &["ChatMessagePosted"], seen, upto)
                .await?
        } else {
            vec![]
        };
        for e in newer {
            let id = MessageId(e.event.id.0);
            if let Ok(ChatEvent::ChatMessagePosted { kind, author, text, .. }) =
                ChatEvent::decode(&e.event.kind, e.event.schema, &e.event.data)
                && !removed.contains(&id)
            {
                let shut = Shut {
                    live,
                    position: e.position,
                    id,
                    at: e.event.time,
                    kind,
                    author: &author,
                    text: &text,
                    status: latest.get(&id).map_or(Status::Posted, |(_, s)| *s),
                };
                items.insert(e.position, Item::Line(self.line(&shut)));
            }
        }
        for (id, (position, status)) in latest {
            if let Item::Status { ids, .. } = items
                .entry(position)
                .or_insert_with(|| Item::Status { ids: vec![], status })
            {
                ids.push(id);
            }
        }
        Ok((items.into_iter().collect(), start))
    }
}
