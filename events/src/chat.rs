//! The chat of a live's page. Stream `chat-{live}`: lines of the audience, of presenters and of the room
//! in BBB, whether people may post, and who is banned from it. Text and authors are sealed; limits are checked on the
//! numbers that the command carries, before the text is sealed.

use std::collections::{BTreeMap, BTreeSet};

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
        /// Somebody may neither read nor write this chat any more. `who` is their pseudonym in this live, `by` who banned them; `message` is the line that they were banned for, where it was for one.
        ChatPersonBanned = 1 { who: String, person: Sealed<Author>, by: Sealed<Author>, reason: Option<Sealed<String>>, message: Option<MessageId> }
        /// A ban was taken back.
        ChatPersonUnbanned = 1 { who: String }
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
        /// Who speaks moderates: a ban of before they did means nothing.
        moderator: bool,
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
    /// Shut somebody out of this chat.
    Ban {
        /// Their pseudonym.
        who: String,
        /// Who, sealed for the event's id.
        person: Sealed<Author>,
        /// Who asks, sealed for the event's id.
        by: Sealed<Author>,
        /// What for, in their words, sealed for the event's id.
        reason: Option<Sealed<String>>,
        /// The line they are banned for.
        message: Option<MessageId>,
        /// All their lines are taken away as well.
        remove_lines: bool,
        /// The one who asks moderates.
        moderator: bool,
        /// The one who would be banned moderates.
        moderates: bool,
    },
    /// Let somebody in again.
    Unban {
        /// Their pseudonym.
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
    /// Whoever speaks is banned from this chat.
    #[error("banned from this chat")]
    Banned,
    /// Only moderators ban, and let in again.
    #[error("only a moderator bans")]
    NotModerator,
    /// Presenters and administrators can't be banned.
    #[error("who moderates can't be banned")]
    Moderates,
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
    /// Pseudonyms of those who are banned.
    pub banned: BTreeSet<String>,
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
                moderator,
            } => {
                // What the room says was said; whether the page may post doesn't matter for it.
                let from_page = matches!(kind, AuthorKind::Audience | AuthorKind::Presenter);
                // Before the rest: who was shut out isn't told to wait until the chat opens.
                if from_page && !moderator && self.banned.contains(who) {
                    return Err(Refusal::Banned);
                }
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
            ChatCommand::Ban { moderator: false, .. } | ChatCommand::Unban { moderator: false, .. } => {
                Err(Refusal::NotModerator)
            }
            ChatCommand::Ban { moderates: true, .. } => Err(Refusal::Moderates),
            ChatCommand::Ban {
                who,
                person,
                by,
                reason,
                message,
                remove_lines,
                ..
            } => {
                let ban = (!self.banned.contains(who)).then(|| ChatEvent::ChatPersonBanned {
                    who: who.clone(),
                    person: person.clone(),
                    by: by.clone(),
                    reason: reason.clone(),
                    message: *message,
                });
                // Somebody banned before is no news; lines of theirs that still stand go all the same.
                let lines = self.lines.iter().filter(|(_, of)| *remove_lines && *of == who);
                let removed = lines.map(|(line, _)| ChatEvent::ChatMessageRemoved { message: *line });
                Ok(ban.into_iter().chain(removed).collect())
            }
            ChatCommand::Unban { who, .. } if !self.banned.contains(who) => Ok(vec![]),
            ChatCommand::Unban { who, .. } => Ok(vec![ChatEvent::ChatPersonUnbanned { who: who.clone() }]),
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
            ChatEvent::ChatPersonBanned { who, .. } => {
                self.banned.insert(who.clone());
            }
            ChatEvent::ChatPersonUnbanned { who } => {
                self.banned.remove(who);
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
