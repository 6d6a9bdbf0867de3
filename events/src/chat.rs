//! The chat of a live's page. Stream `chat-{live}`: lines of the audience, of presenters and of the room
//! in BBB, and whether people may post. Text and authors are sealed; limits are checked on the
//! numbers that the command carries, before the text is sealed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Meta};
use crate::clock::Time;
use crate::ids::{LiveId, MessageId};
use crate::sealed::Sealed;

/// Who speaks (surface §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorKind {
    /// Somebody on the live page.
    Audience,
    /// A presenter, on the page or the console.
    Presenter,
    /// Somebody in the room in BBB.
    Room,
    /// The program.
    System,
}

/// Who wrote a line, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// Our person's id; `None` for somebody known only to BBB.
    pub person: Option<crate::ids::PersonId>,
    /// The name shown.
    pub name: String,
}

crate::events! {
    /// What happened in a live's chat.
    pub enum ChatEvent {
        /// People may post.
        ChatOpened = 1 {}
        /// People may not post; what is there stays.
        ChatClosed = 1 {}
        /// A line. `who` is the author's pseudonym in this live; `units` are UTF-16 units of the text, `bytes` its UTF-8 bytes.
        ChatMessagePosted = 1 { kind: AuthorKind, who: String, author: Sealed<Author>, text: Sealed<String>, units: u32, bytes: u32 }
        /// A line was taken away by its author or a presenter.
        ChatMessageRemoved = 1 { message: MessageId }
    }
}

/// What may be asked of a chat.
#[derive(Debug, Clone)]
pub enum ChatCommand {
    /// Chat is on, or off.
    SetOpen(bool),
    /// Post a line.
    Post {
        /// Who speaks.
        kind: AuthorKind,
        /// Pseudonym.
        who: String,
        /// Who, sealed for the event's id.
        author: Sealed<Author>,
        /// The text, sealed for the event's id.
        text: Sealed<String>,
        /// UTF-16 units of the text.
        units: u32,
        /// UTF-8 bytes of the text.
        bytes: u32,
        /// Most units that the path in force takes.
        max_units: u32,
        /// Most bytes that the path in force takes.
        max_bytes: u32,
    },
    /// Take a line away.
    Remove {
        /// Which.
        message: MessageId,
        /// Who asks.
        who: String,
        /// The one who asks moderates.
        moderator: bool,
    },
}

/// Why a command on a chat is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// People may not post.
    #[error("the chat is closed")]
    Closed,
    /// Longer than the path to the room takes; refused, never cut.
    #[error("the line is longer than the room takes")]
    TooLong,
    /// No line of that id.
    #[error("no such line")]
    NoMessage,
    /// Neither the author nor a moderator.
    #[error("only its author or a moderator takes a line away")]
    Forbidden,
}

/// A chat as folded from its stream.
#[derive(Debug, Clone, Default)]
pub struct Chat {
    /// People may post.
    pub open: bool,
    /// It was open before: the plan opens it once, presenters decide afterwards.
    pub was_open: bool,
    /// Lines still shown, with their authors' pseudonyms.
    pub lines: BTreeMap<MessageId, String>,
    /// Lines taken away.
    pub removed: u64,
}

impl Aggregate for Chat {
    const KIND: &'static str = "chat";
    type Event = ChatEvent;
    type Command = ChatCommand;
    type Refusal = Refusal;

    fn decide(&self, command: &ChatCommand, _now: Time) -> Result<Vec<ChatEvent>, Refusal> {
        match command {
            ChatCommand::SetOpen(open) if *open == self.open => Ok(vec![]),
            ChatCommand::SetOpen(true) => Ok(vec![ChatEvent::ChatOpened {}]),
            ChatCommand::SetOpen(false) => Ok(vec![ChatEvent::ChatClosed {}]),
            ChatCommand::Post {
                kind,
                who,
                author,
                text,
                units,
                bytes,
                max_units,
                max_bytes,
            } => {
                // What the room says was said; whether the page may post doesn't matter for it.
                let from_page = matches!(kind, AuthorKind::Audience | AuthorKind::Presenter);
                if from_page && !self.open {
                    return Err(Refusal::Closed);
                }
                if from_page && (units > max_units || bytes > max_bytes) {
                    return Err(Refusal::TooLong);
                }
                Ok(vec![ChatEvent::ChatMessagePosted {
                    kind: *kind,
                    who: who.clone(),
                    author: author.clone(),
                    text: text.clone(),
                    units: *units,
                    bytes: *bytes,
                }])
            }
            ChatCommand::Remove {
                message,
                who,
                moderator,
            } => match self.lines.get(message) {
                None => Err(Refusal::NoMessage),
                Some(author) if author != who && !moderator => Err(Refusal::Forbidden),
                Some(_) => Ok(vec![ChatEvent::ChatMessageRemoved { message: *message }]),
            },
        }
    }

    fn evolve(&mut self, event: &ChatEvent, meta: Meta) {
        match event {
            ChatEvent::ChatOpened {} => (self.open, self.was_open) = (true, true),
            ChatEvent::ChatClosed {} => self.open = false,
            ChatEvent::ChatMessagePosted { who, .. } => {
                self.lines.insert(MessageId(meta.id.0), who.clone());
            }
            ChatEvent::ChatMessageRemoved { message } => {
                self.lines.remove(message);
                self.removed += 1;
            }
        }
    }
}

/// The stream of a live's chat.
pub fn stream(live: LiveId) -> crate::StreamName {
    crate::StreamName::of(Chat::KIND, live)
}

#[cfg(test)]
#[path = "chat_tests.rs"]
mod tests;
