//! Frames of the websocket (surface §4). A line is encoded once, up to its status, which is the only part of it
//! that changes; frames are put together from such pieces without serialising anything again.

use amphi_events::chat::AuthorKind;
use amphi_events::clock::Time;
use amphi_events::envelope::Position;
use amphi_events::ids::{MessageId, PersonId};
use axum::extract::ws::Utf8Bytes;
use serde::{Deserialize, Serialize};

/// What became of a line (surface §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Posted,
    Relayed,
    Unknown,
    Late,
    Failed,
}

impl Status {
    pub(super) const fn as_str(self) -> &'static str {
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
pub(super) struct Line {
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
    pub(super) fn encode(
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
    pub(super) fn of(mut self, author: Option<PersonId>) -> Self {
        self.author = author;
        self
    }

    pub(super) fn size(&self) -> usize {
        self.head.len() + 24
    }

    pub(super) fn put(&self, out: &mut String) {
        out.push_str(&self.head);
        out.push_str(",\"status\":\"");
        out.push_str(self.status.as_str());
        out.push_str("\"}");
    }
}

/// JSON of plain structs and maps with string keys, which can't fail.
pub(super) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "{}".to_owned())
}

/// `messages` with these lines.
pub(super) fn messages<'a>(upto: Position, lines: impl Iterator<Item = &'a Line>) -> Utf8Bytes {
    let mut out = format!("{{\"t\":\"messages\",\"upto\":{upto},\"messages\":[");
    put_lines(&mut out, lines);
    out.push_str("]}");
    out.into()
}

/// Lines, separated by commas.
pub(super) fn put_lines<'a>(out: &mut String, lines: impl Iterator<Item = &'a Line>) {
    for (n, line) in lines.enumerate() {
        if n > 0 {
            out.push(',');
        }
        line.put(out);
    }
}

/// `status` of these lines.
pub(super) fn status(upto: Position, ids: &[MessageId], status: Status) -> Utf8Bytes {
    json(&Server::Status { upto, ids, status }).into()
}

/// `removed`.
pub(super) fn removed(upto: Position, ids: &[MessageId]) -> Utf8Bytes {
    json(&Server::Removed { upto, ids }).into()
}

/// `state` with these fields (a JSON object) and the position it moves a client to.
pub(super) fn state(upto: Position, fields: &str) -> Utf8Bytes {
    let rest = fields.strip_prefix('{').unwrap_or("}");
    let comma = if rest == "}" { "" } else { "," };
    format!("{{\"t\":\"state\",\"upto\":{upto}{comma}{rest}").into()
}

/// Frames of the server that are small.
#[derive(Serialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub(super) enum Server<'a> {
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
    pub(super) fn frame(&self) -> Utf8Bytes {
        json(self).into()
    }
}

/// `you` of `hello`.
#[derive(Debug, Clone, Serialize)]
pub(super) struct You {
    /// `None` for somebody who did not sign in.
    pub id: Option<String>,
    pub name: Option<String>,
    pub role: &'static str,
    pub may: Vec<&'static str>,
}

/// `hello`; `messages` is JSON already (lines separated by commas), and so is `state`.
pub(super) fn hello(epoch: &str, upto: Position, you: &You, state: &str, lines: &str, reset: bool) -> Utf8Bytes {
    let (epoch, you) = (json(&epoch), json(you));
    format!("{{\"t\":\"hello\",\"epoch\":{epoch},\"upto\":{upto},\"you\":{you},\"state\":{state},\"messages\":[{lines}],\"reset\":{reset}}}").into()
}

/// Frames of a client.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(tag = "t", rename_all = "snake_case")]
pub(super) enum Client {
    /// Post a line.
    Post { client_id: String, text: String },
    /// Take a line away.
    Remove { id: MessageId },
}
