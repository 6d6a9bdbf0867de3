//! Posting a line, by websocket and by REST alike (surface §3 and §4).

use amphi_events::chat::{self, Author, AuthorKind, ChatCommand, Refusal};
use amphi_events::envelope::Key;
use amphi_events::ids::{EventId, LiveId, MessageId};
use amphi_events::plain::{is_break, piles_up, shows_something};
use amphi_events::store::{KeyError, Place};
use amphi_events::{ExecuteError, Scope, Subject, Time};
use amphi_hub::Receipt;
use amphi_projections::LiveRow;

use crate::Web;
use crate::auth::Identity;

/// Longest `client_id`, in characters.
const CLIENT_ID: usize = 64;
/// What a client waits that was told `unavailable`, in milliseconds.
const LATER: u64 = 2_000;

/// Why a line is refused: `code` of surface §4, and `invalid` for what is no line at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostCode {
    /// People may not post here.
    Closed,
    /// Longer than the limits in `state`.
    TooLong,
    /// More lines in ten seconds than allowed.
    TooFast,
    /// The session or token holds no more.
    SignedOut,
    /// Not for this person.
    Forbidden,
    /// The person was shut out of this chat.
    Banned,
    /// The person may not post for now. Kept for moderation; nothing says it yet.
    Muted,
    /// The log does not take it now; the same `client_id` again is safe.
    Unavailable,
    /// Empty, with control characters, or without a proper `client_id`.
    Invalid,
}

impl PostCode {
    /// As in frames and problem documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::TooLong => "too_long",
            Self::TooFast => "too_fast",
            Self::SignedOut => "signed_out",
            Self::Forbidden => "forbidden",
            Self::Banned => "banned",
            Self::Muted => "muted",
            Self::Unavailable => "unavailable",
            Self::Invalid => "invalid",
        }
    }
}

/// A line was refused, and nothing was written (or, with [`PostCode::Unavailable`], nobody knows).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct PostRefused {
    /// Why.
    pub code: PostCode,
    /// When it may be tried again, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// For people.
    pub text: &'static str,
}

impl PostRefused {
    pub(super) const fn new(code: PostCode, text: &'static str) -> Self {
        let retry_after_ms = if matches!(code, PostCode::Unavailable) {
            Some(LATER)
        } else {
            None
        };
        Self {
            code,
            retry_after_ms,
            text,
        }
    }

    const fn unavailable() -> Self {
        Self::new(PostCode::Unavailable, "the line can't be kept just now; send it again")
    }
}

/// Text of a line without what surrounds it, if it is one.
///
/// # Errors
/// It is none, with [`PostCode::Invalid`].
pub fn text_of(text: &str) -> Result<&str, PostRefused> {
    // Before trimming: a line break at the end is no text either, but it is what the Enter key leaves.
    let text = text.trim();
    if !shows_something(text) {
        return Err(PostRefused::new(PostCode::Invalid, "a line has at least one character"));
    }
    if text.chars().any(is_break) {
        return Err(PostRefused::new(
            PostCode::Invalid,
            "a line has no control characters and no line breaks",
        ));
    }
    if piles_up(text) {
        return Err(PostRefused::new(PostCode::Invalid, "too many marks on one letter"));
    }
    Ok(text)
}

/// Most UTF-16 units and UTF-8 bytes of a line, as `state` says them.
fn limits(web: &Web, row: &LiveRow) -> (u32, u32) {
    let chat = row.state(web.sources.now()).chat;
    (chat.max_units, chat.max_bytes)
}

/// Whether the live's time is over for its chat too: past the planned end by more than the overrun, and no room open.
/// Nobody closes the chat of a live that never ran.
pub fn too_late(web: &Web, row: &LiveRow, now: Time) -> bool {
    let last = row.ends_at.plus_s(web.settings.overrun.as_secs() as i64);
    last < now && row.session.is_none()
}

/// Posts a line. `identity` must be fresh: the session or token was looked up for this very line. A `client_id` that has
/// a receipt gets that receipt again and nothing is posted twice.
///
/// # Errors
/// [`PostRefused`].
pub async fn post(
    web: &Web,
    live: LiveId,
    identity: &Identity,
    client_id: &str,
    text: &str,
) -> Result<Receipt, PostRefused> {
    let person = identity.person;
    if client_id.is_empty() || client_id.chars().count() > CLIENT_ID || client_id.chars().any(char::is_control) {
        return Err(PostRefused::new(
            PostCode::Invalid,
            "a client_id has 1 to 64 characters",
        ));
    }
    let receipt = |id, position| Receipt {
        client_id: client_id.to_owned(),
        id,
        position,
    };
    if let Some((id, position)) = web.hub.receipt(live, person, client_id) {
        return Ok(receipt(id, position));
    }
    let text = text_of(text)?;
    let row = web.hub.row(live).await.map_err(|_| PostRefused::unavailable())?;
    let Some(row) = row else {
        return Err(PostRefused::new(PostCode::Forbidden, "there is no such live"));
    };
    let (max_units, max_bytes) = limits(web, &row);
    let (units, bytes) = (text.encode_utf16().count(), text.len());
    let key = Key::of(&["post", &person.to_string(), client_id]);
    if units > max_units as usize || bytes > max_bytes as usize {
        // The room may have taken longer lines when this one was sent first, and only the log remembers that after a
        // restart: without this look a line that stands in the chat was told to be too long, and its page kept it as failed.
        let first = web.log.keyed(&chat::stream(live), &key).await.map_err(|why| {
            tracing::warn!(%why, %live, "a chat can't be read");
            PostRefused::unavailable()
        })?;
        let first = first.ok_or(PostRefused::new(
            PostCode::TooLong,
            "the line is longer than the room takes",
        ))?;
        let id = MessageId(first.event.id.0);
        web.hub.posted(live, person, client_id, id, first.position);
        return Ok(receipt(id, first.position));
    }
    if let Err(wait) = web.hub.take_post(person, live) {
        let refused = PostRefused::new(PostCode::TooFast, "too many lines in ten seconds");
        return Err(PostRefused {
            retry_after_ms: Some(wait),
            ..refused
        });
    }
    let kind = if row.is_presenter(person) {
        AuthorKind::Presenter
    } else {
        AuthorKind::Audience
    };
    let event: EventId = web.sources.id();
    let sealed = seal(web, live, event, identity, text).await.map_err(|why| match why {
        KeyError::Destroyed(_) => PostRefused::new(PostCode::Forbidden, "this chat is kept no more"),
        why => {
            tracing::error!(%why, %live, "a line can't be sealed");
            PostRefused::unavailable()
        }
    })?;
    // A line that was taken in time keeps its receipt, and only the log knows the receipts of before a restart: what is
    // too late goes there too, with limits that no line keeps to, and is refused where its key is new.
    let too_late = too_late(web, &row, web.sources.now());
    let (max_units, max_bytes) = if too_late { (0, 0) } else { (max_units, max_bytes) };
    let command = ChatCommand::Post {
        kind,
        who: sealed.who.clone(),
        author: sealed.author,
        text: sealed.text,
        units: units as u32,
        bytes: bytes as u32,
        max_units,
        max_bytes,
        moderator: super::moderates(&row, identity),
    };
    let act = identity.act_as(web, &sealed.who).key(key).first_id(event);
    match web.aggregates.chats.execute(live, command, act).await {
        Ok(done) => {
            // A post writes one event or finds the first one; an empty answer is none of the two.
            let Some(id) = done.ids.first().map(|id| MessageId(id.0)) else {
                return Err(PostRefused::unavailable());
            };
            web.hub.posted(live, person, client_id, id, done.position);
            Ok(receipt(id, done.position))
        }
        Err(ExecuteError::Refused(Refusal::TooLong)) if too_late => {
            Err(PostRefused::new(PostCode::Closed, "the live is over"))
        }
        Err(ExecuteError::Refused(Refusal::TooLong)) => Err(PostRefused::new(
            PostCode::TooLong,
            "the line is longer than the room takes",
        )),
        Err(ExecuteError::Refused(Refusal::Banned)) => {
            Err(PostRefused::new(PostCode::Banned, "you were excluded from this chat"))
        }
        Err(ExecuteError::Refused(Refusal::Closed)) => Err(PostRefused::new(PostCode::Closed, "the chat is closed")),
        Err(ExecuteError::Refused(_)) => Err(PostRefused::new(PostCode::Forbidden, "this line may not be posted")),
        Err(why) => {
            // Also where nobody knows whether it was written: the key makes a second try safe.
            tracing::warn!(%why, %live, "a line was not taken by the log");
            Err(PostRefused::unavailable())
        }
    }
}

/// What the log keeps of a line.
pub(super) struct SealedLine {
    pub(super) who: String,
    pub(super) author: amphi_events::Sealed<Author>,
    pub(super) text: amphi_events::Sealed<String>,
}

pub(super) async fn seal(
    web: &Web,
    live: LiveId,
    event: EventId,
    identity: &Identity,
    text: &str,
) -> Result<SealedLine, KeyError> {
    let scope = Scope::chat(live);
    let person = identity.person;
    let author = Author {
        person: Some(person),
        name: identity.name.clone(),
    };
    let subject = Subject::person(person);
    // Durable before the event that needs them; both are there already but for somebody's first line.
    web.keys.make_scope(&scope).await?;
    web.keys.make_subject(&subject).await?;
    let stream = chat::stream(live);
    let at = |field| Place {
        stream: &stream,
        event,
        field,
    };
    Ok(SealedLine {
        who: web.keys.pseudonym(&scope, person)?,
        author: web.keys.seal(&at("author"), &subject, &scope, &author)?,
        text: web.keys.seal(&at("text"), &subject, &scope, &text.to_owned())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_line() {
        assert_eq!(text_of("  hello \n").unwrap(), "hello");
        assert_eq!(text_of(" \t ").unwrap_err().code, PostCode::Invalid);
        assert_eq!(text_of("\u{202e}\u{200b}").unwrap_err().code, PostCode::Invalid);
        assert_eq!(text_of("a\nb").unwrap_err().code, PostCode::Invalid);
        assert_eq!(text_of("a\u{7f}b").unwrap_err().code, PostCode::Invalid);
        assert_eq!(text_of("a\u{2028}b").unwrap_err().code, PostCode::Invalid);
        assert_eq!(
            text_of(&format!("a{}", "\u{30d}".repeat(40))).unwrap_err().code,
            PostCode::Invalid
        );
        assert!(text_of("\u{202e}right to left is kept; the page isolates it").is_ok());
    }
}
