//! How a call to BBB can fail. An error is *unknown*, never *over* (design §1).

use crate::outgoing::{Fate, OutError};

/// Why no usable answer came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// The network, a deadline, a refused address, a body over the cap.
    #[error("{0}")]
    Network(#[from] OutError),
    /// An HTTP status that is not 2xx (nginx while bbb-web restarts: 502 and an HTML page).
    #[error("HTTP status {0}")]
    Status(u16),
    /// HTTP 404: the call is not routed there (webhooks not installed, an old BBB, a load balancer).
    #[error("the call does not exist there (HTTP 404)")]
    NotRouted,
    /// HTTP 200 and nothing in it (some BBB 3.0 builds on an `Accept` they do not know).
    #[error("empty answer")]
    Empty,
    /// Not XML, ill-formed, cut, with a DTD, or without `returncode`.
    #[error("unreadable answer ({0})")]
    Unreadable(&'static str),
}

/// A failed call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BbbError {
    /// No usable answer: nothing is known about the meeting.
    #[error("BigBlueButton unavailable: {kind}")]
    Unavailable {
        /// What happened.
        kind: Unavailable,
    },
    /// A well-formed `FAILED`.
    #[error("BigBlueButton refused: {key}")]
    Refused {
        /// `messageKey`; decisions are made on it alone.
        key: String,
        /// `message`: free text of BBB, for people only.
        message: String,
    },
}

impl BbbError {
    pub(crate) fn unreadable(why: &'static str) -> Self {
        Self::Unavailable {
            kind: Unavailable::Unreadable(why),
        }
    }

    /// Whether the call may have had an effect.
    pub fn fate(&self) -> Fate {
        match self {
            Self::Unavailable {
                kind: Unavailable::Network(error),
            } => error.fate(),
            // A refusal of BBB's, a call that is not routed, or what a front server says by itself before
            // bbb-web is asked.
            Self::Refused { .. }
            | Self::Unavailable {
                kind: Unavailable::NotRouted | Unavailable::Status(400 | 401 | 403 | 405 | 413 | 414 | 429 | 431),
            } => Fate::NotSent,
            Self::Unavailable { .. } => Fate::Unknown,
        }
    }

    /// The key of a refusal.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Refused { key, .. } => Some(key),
            Self::Unavailable { .. } => None,
        }
    }

    /// Whether this server does not offer the call at all (contract §6: mark the capability as absent).
    pub fn is_unsupported(&self) -> bool {
        match self {
            Self::Refused { key, .. } => {
                matches!(key.as_str(), "unsupportedRequest" | "notImplemented")
            }
            Self::Unavailable { kind } => *kind == Unavailable::NotRouted,
        }
    }
}

impl From<OutError> for BbbError {
    fn from(error: OutError) -> Self {
        Self::Unavailable {
            kind: Unavailable::Network(error),
        }
    }
}

/// How a chat line can fail to enter the room.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChatError {
    /// BBB refused it, with this key; or we did, before sending (`controlCharacter`, `emptyMessage`).
    #[error("refused ({0})")]
    Refused(String),
    /// This server has no `sendChatMessage` (before 3.0, or behind Scalelite).
    #[error("this server takes no chat messages")]
    Unsupported,
    /// No such meeting, **or nobody in it**: BBB says the same for both.
    #[error("nobody is in the room")]
    RoomEmpty,
    /// Above 500 UTF-16 units (or the name above 255): refused before sending, never cut.
    #[error("too long")]
    TooLong,
    /// It may be in the room. Never send it again by program.
    #[error("nobody knows whether it arrived")]
    Unknown,
    /// Surely not in the room; it may be sent again.
    #[error("not sent: {0}")]
    NotSent(Unavailable),
}

impl ChatError {
    /// Whether the line may be in the room.
    pub fn fate(&self) -> Fate {
        match self {
            Self::Unknown => Fate::Unknown,
            _ => Fate::NotSent,
        }
    }
}
