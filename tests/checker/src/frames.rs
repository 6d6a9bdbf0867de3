//! Frames of the server, as far as the checker looks at them.

use std::sync::Arc;

use amphi_events::ids::{MessageId, PersonId};
use serde::Deserialize;

use crate::history::{Line, Status, What};

#[derive(Deserialize)]
struct Message {
    position: u64,
    id: MessageId,
    text: Arc<str>,
    status: Status,
}

impl From<Message> for Line {
    fn from(m: Message) -> Self {
        Self {
            position: m.position,
            id: m.id,
            text: m.text,
            status: m.status,
        }
    }
}

#[derive(Deserialize)]
struct You {
    id: Option<PersonId>,
}

#[derive(Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
enum Frame {
    Hello {
        epoch: String,
        upto: u64,
        you: You,
        reset: bool,
        messages: Vec<Message>,
    },
    Messages {
        upto: u64,
        messages: Vec<Message>,
    },
    Status {
        upto: u64,
        ids: Vec<MessageId>,
        status: Status,
    },
    Removed {
        upto: u64,
        ids: Vec<MessageId>,
    },
    State {
        upto: u64,
    },
    Mine {
        pairs: Vec<(String, MessageId)>,
    },
    Receipt {
        client_id: String,
        id: MessageId,
        position: u64,
    },
    Refused {
        client_id: String,
        code: String,
        retry_after_ms: Option<u64>,
    },
    Resume {
        #[serde(rename = "retry_after_ms")]
        _wait: u64,
    },
    Bye {
        #[serde(rename = "retry_after_ms")]
        _wait: u64,
    },
    Viewers {
        #[serde(rename = "count")]
        _count: u32,
    },
    Console {},
}

/// What a text frame says, and how long it asks to wait.
pub fn read(text: &str) -> (What, Option<u64>) {
    let frame = match serde_json::from_str::<Frame>(text) {
        Ok(frame) => frame,
        Err(why) => {
            let what = format!("{why}: {}", text.chars().take(200).collect::<String>());
            return (What::Garbled { what }, None);
        }
    };
    let lines = |messages: Vec<Message>| messages.into_iter().map(Line::from).collect();
    let what = match frame {
        Frame::Hello {
            epoch,
            upto,
            you,
            reset,
            messages,
        } => What::Hello {
            epoch,
            upto,
            you: you.id,
            reset,
            lines: lines(messages),
        },
        Frame::Messages { upto, messages } => What::Messages {
            upto,
            lines: lines(messages),
        },
        Frame::Status { upto, ids, status } => What::Fate { upto, ids, status },
        Frame::Removed { upto, ids } => What::Removed { upto, ids },
        Frame::State { upto } => What::State { upto },
        Frame::Mine { pairs } => What::Mine { pairs },
        Frame::Receipt {
            client_id,
            id,
            position,
        } => What::Receipt {
            client_id,
            id,
            position,
        },
        Frame::Refused {
            client_id,
            code,
            retry_after_ms,
        } => return (What::Refused { client_id, code }, retry_after_ms),
        Frame::Resume { .. } | Frame::Bye { .. } => What::ComeBack,
        Frame::Viewers { .. } | Frame::Console {} => What::Other,
    };
    (what, None)
}
