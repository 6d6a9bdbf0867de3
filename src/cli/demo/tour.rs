//! Which steps of the tour were done: read from the log, as everything is.

use amphi_events::chat::{self, Author, AuthorKind, ChatEvent};
use amphi_events::ids::LiveId;
use amphi_events::store::Place;
use amphi_events::{EventData as _, Recorded};
use amphi_web::Web;

use super::crowd::Crowd;
use super::rooms::GREETING;

/// Events read at a time.
const PAGE: usize = 500;

/// What was seen in the live's chat since the demo began.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Version of the stream's next event.
    from: u64,
    /// A visitor wrote on the live page.
    pub wrote: bool,
    /// Somebody answered from the room.
    pub answered: bool,
    /// A presenter closed the chat.
    pub closed: bool,
}

impl Seen {
    /// Nothing; what the chat holds already is of an earlier visit.
    pub async fn from_now(web: &Web, live: LiveId) -> Self {
        let mut seen = Self::default();
        while let Ok(events) = web.log.read_stream(&chat::stream(live), seen.from, PAGE).await {
            let Some(last) = events.last() else { break };
            seen.from = last.version + 1;
        }
        seen
    }

    /// Reads what is new. While the log can't be read nothing is new.
    pub async fn look(&mut self, web: &Web, live: LiveId, crowd: &Crowd) {
        while let Ok(events) = web.log.read_stream(&chat::stream(live), self.from, PAGE).await {
            let Some(last) = events.last() else { break };
            for event in &events {
                self.take(web, event, crowd);
            }
            self.from = last.version + 1;
        }
    }

    fn take(&mut self, web: &Web, recorded: &Recorded, crowd: &Crowd) {
        let event = &recorded.event;
        let (author, text, kind) = match ChatEvent::decode(&event.kind, event.schema, &event.data) {
            Ok(ChatEvent::ChatClosed {}) => {
                self.closed = true;
                return;
            }
            Ok(ChatEvent::ChatMessagePosted { kind, author, text, .. }) => (author, text, kind),
            _ => return,
        };
        let at = |field| Place {
            stream: &recorded.stream,
            event: event.id,
            field,
        };
        match kind {
            AuthorKind::Audience if !self.wrote => {
                let author: Option<Author> = web.keys.open(&at("author"), &author).ok().flatten();
                let person = author.and_then(|a| a.person);
                self.wrote = person.is_some_and(|p| !crowd.holds(p));
            }
            AuthorKind::Room if !self.answered => {
                let text: Option<String> = web.keys.open(&at("text"), &text).ok().flatten();
                self.answered = text.is_some_and(|t| t != GREETING);
            }
            _ => {}
        }
    }
}
