//! What a signed-in client asks for, and who carries it out: the hub knows neither sessions nor commands.

use std::borrow::Cow;

use amphi_events::envelope::Position;
use amphi_events::ids::MessageId;
use async_trait::async_trait;

use crate::CloseReason;

/// The line is in the log, on disk.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Receipt {
    /// As the client gave it.
    pub client_id: String,
    /// Id of the line.
    pub id: MessageId,
    /// Where it stands in the log.
    pub position: Position,
}

/// Why something was not done: `code` of surface §4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// As in frames.
    pub code: &'static str,
    /// When it may be tried again, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// For people.
    pub text: Cow<'static, str>,
}

impl Refused {
    /// Without a time to come back.
    pub const fn plain(code: &'static str, text: &'static str) -> Self {
        Self {
            code,
            retry_after_ms: None,
            text: Cow::Borrowed(text),
        }
    }
}

/// What the client is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// The line is kept.
    Receipt(Receipt),
    /// It was not done. For a removal `client_id` holds the line's id.
    Refused {
        /// What was refused.
        client_id: String,
        /// Why.
        refused: Refused,
    },
}

impl Said {
    /// Shorthand.
    pub fn refused(client_id: &str, refused: Refused) -> Self {
        Self::Refused {
            client_id: client_id.to_owned(),
            refused,
        }
    }
}

/// What comes of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Told to the client; nothing where what happens to everybody says it.
    pub said: Option<Said>,
    /// The socket ends after it.
    pub end: Option<CloseReason>,
}

/// Whether somebody still is signed in, and may watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// As before.
    Holds,
    /// Signed out, or somebody else.
    Ended,
    /// They may not watch any more.
    Shut(CloseReason),
    /// Nobody can say now.
    Unknown,
}

/// Somebody signed in, with the proof of it; or a stranger with a pass. A socket outlives sessions, tokens, roles and what opens a page:
/// each call looks again.
#[async_trait]
pub trait Guest: Send + Sync + 'static {
    /// Still signed in, and still let in?
    async fn standing(&self) -> Standing;
    /// Posts a line.
    async fn post(&self, client_id: String, text: String) -> Answer;
    /// Takes a line away.
    async fn remove(&self, line: MessageId) -> Answer;
}
