//! Frames of the websocket (surface §4). A line is encoded once, up to its status, which is the only part of it
//! that changes; frames are put together from such pieces without serialising anything again.

use amphi_events::chat::AuthorKind;
use amphi_events::clock::Time;
use amphi_events::envelope::Position;
use amphi_events::ids::{MessageId, PersonId};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::frame;

/// Characters of a `client_id` that a refusal repeats: as many as a proper one has.
const LONGEST_CLIENT_ID: usize = 64;

/// What became of a line (surface §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Posted,
    Relayed,
    Unknown,
    Late,
    Failed,
}

impl Status {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Posted => "posted",
            Self::Relayed => "relayed",
            Self::Unknown => "unknown",
            Self::Late => "late",
            Self::Failed => "failed",
        }
    }
}

/// A line as it is put into frames. `head` is its JSON up to and without the status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub id: MessageId,
    pub status: Status,
    /// Who wrote it, so that an erasure finds it.
    pub author: Option<PersonId>,
    head: Box<str>,
}

#[derive(Serialize)]
struct From<'a> {
    name: &'a str,
    kind: AuthorKind,
}

#[derive(Serialize)]
struct Head<'a> {
    position: Position,
    id: MessageId,
    at: String,
    from: From<'a>,
    text: &'a str,
}

impl Line {
    /// The one encoding of a line. Name and text are empty where their keys were destroyed.
    pub(crate) fn encode(
        position: Position,
        id: MessageId,
        at: Time,
        name: &str,
        kind: AuthorKind,
        text: &str,
        status: Status,
    ) -> Self {
        let head = Head {
            position,
            id,
            at: at.rfc3339(),
            from: From { name, kind },
            text,
        };
        let mut json = json(&head);
        // The closing brace: the status comes in its place.
        json.pop();
        Self {
            id,
            status,
            author: None,
            head: json.into(),
        }
    }

    /// Written by this person.
    pub(crate) fn of(mut self, author: Option<PersonId>) -> Self {
        self.author = author;
        self
    }

    pub(crate) fn size(&self) -> usize {
        self.head.len() + 24
    }

    pub(crate) fn put(&self, out: &mut String) {
        out.push_str(&self.head);
        out.push_str(",\"status\":\"");
        out.push_str(self.status.as_str());
        out.push_str("\"}");
    }
}

/// JSON of plain structs and maps with string keys, which can't fail.
pub(crate) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "{}".to_owned())
}

/// `messages` with these lines.
pub(crate) fn messages<'a>(upto: Position, lines: impl Iterator<Item = &'a Line>) -> Bytes {
    let mut out = format!("{{\"t\":\"messages\",\"upto\":{upto},\"messages\":[");
    put_lines(&mut out, lines);
    out.push_str("]}");
    frame::text(&out)
}

/// Lines, separated by commas.
pub(crate) fn put_lines<'a>(out: &mut String, lines: impl Iterator<Item = &'a Line>) {
    for (n, line) in lines.enumerate() {
        if n > 0 {
            out.push(',');
        }
        line.put(out);
    }
}

/// `status` of these lines.
pub(crate) fn status(upto: Position, ids: &[MessageId], status: Status) -> Bytes {
    Server::Status { upto, ids, status }.frame()
}

/// `removed`.
pub(crate) fn removed(upto: Position, ids: &[MessageId]) -> Bytes {
    Server::Removed { upto, ids }.frame()
}

/// `state` with these fields (a JSON object) and the position it moves a client to.
pub(crate) fn state(upto: Position, fields: &str) -> Bytes {
    let rest = fields.strip_prefix('{').unwrap_or("}");
    let comma = if rest == "}" { "" } else { "," };
    frame::text(&format!("{{\"t\":\"state\",\"upto\":{upto}{comma}{rest}"))
}

/// Frames of the server that are small.
#[derive(Serialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub(crate) enum Server<'a> {
    Status {
        upto: Position,
        ids: &'a [MessageId],
        status: Status,
    },
    Removed {
        upto: Position,
        ids: &'a [MessageId],
    },
    Mine {
        pairs: &'a [(String, MessageId)],
    },
    Viewers {
        count: u32,
    },
    Receipt {
        client_id: &'a str,
        id: MessageId,
        position: Position,
    },
    Refused {
        client_id: &'a str,
        code: &'a str,
        retry_after_ms: Option<u64>,
        text: &'a str,
    },
    Resume {
        retry_after_ms: u64,
    },
    Bye {
        why: &'a str,
        retry_after_ms: u64,
    },
}

impl Server<'_> {
    pub(crate) fn frame(&self) -> Bytes {
        frame::text(&json(self))
    }
}

/// `you` of `hello`.
#[derive(Debug, Clone, Serialize)]
pub struct You {
    /// `None` for somebody who did not sign in.
    pub id: Option<String>,
    /// Shown name.
    pub name: Option<String>,
    /// `presenter` for those who pilot this live, otherwise the role; `guest` for strangers.
    pub role: &'static str,
    /// `post`, `moderate`.
    pub may: Vec<&'static str>,
}

/// `hello` in three pieces, of which the middle one, the lines (JSON separated by commas), is shared by all who join; `state` is JSON
/// already.
pub(crate) fn hello(epoch: &str, upto: Position, you: &You, state: &str, lines: Bytes, reset: bool) -> [Bytes; 3] {
    let (epoch, you) = (json(&epoch), json(you));
    let before =
        format!("{{\"t\":\"hello\",\"epoch\":{epoch},\"upto\":{upto},\"you\":{you},\"state\":{state},\"messages\":[");
    let after = if reset {
        "],\"reset\":true}"
    } else {
        "],\"reset\":false}"
    };
    let mut head = Vec::with_capacity(before.len() + 10);
    frame::put_header(&mut head, before.len() + lines.len() + after.len());
    head.extend_from_slice(before.as_bytes());
    [head.into(), lines, Bytes::from_static(after.as_bytes())]
}

/// Frames of a client.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Client {
    /// Post a line.
    Post {
        /// The client's own name for it.
        client_id: String,
        /// The line.
        text: String,
    },
    /// Take a line away.
    Remove {
        /// Which.
        id: MessageId,
    },
}

impl Client {
    /// What a text frame asks for; `None`: it means nothing here.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// What stands as `client_id` where it is refused: no more of it than a proper one has, or a refusal would be as long as what
    /// was refused.
    pub(crate) fn named(&self) -> String {
        match self {
            Self::Post { client_id, .. } => client_id.chars().take(LONGEST_CLIENT_ID).collect(),
            Self::Remove { id } => id.to_string(),
        }
    }
}
