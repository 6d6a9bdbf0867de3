//! What clients saw, in their own order and in the order of all of them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use amphi_events::ids::{MessageId, PersonId};
use serde::Deserialize;

/// What is said to have become of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// In the log.
    Posted,
    /// In the room.
    Relayed,
    /// Perhaps in the room.
    Unknown,
    /// Too old for the room.
    Late,
    /// Surely not in the room.
    Failed,
    /// A word that the protocol doesn't have.
    #[serde(other)]
    Strange,
}

impl Status {
    /// Whether a line of this status may become one of that. A line whose fate was unknown may be settled later by the
    /// room's echo; what has an outcome keeps it.
    pub fn may_become(self, next: Self) -> bool {
        self == next
            || match self {
                Self::Posted => true,
                Self::Unknown => next != Self::Posted,
                Self::Relayed | Self::Late | Self::Failed | Self::Strange => false,
            }
    }
}

/// A line as a client was shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it stands in the log.
    pub position: u64,
    /// Which line.
    pub id: MessageId,
    /// What it says.
    pub text: Arc<str>,
    /// What became of it so far.
    pub status: Status,
}

/// One thing that a client did or was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It asks for a connection, with the position and the epoch that it has; everything until the next one belongs to it.
    Opening {
        /// Position and epoch.
        after: Option<(u64, String)>,
    },
    /// The connection was refused at the door.
    Door {
        /// Status of HTTP.
        status: u16,
    },
    /// It sends a line, or sends it again.
    Post {
        /// Its own name for it.
        client_id: String,
        /// As it was sent.
        text: String,
    },
    /// It asks for a line to be taken away.
    Remove {
        /// Which.
        id: MessageId,
    },
    /// The first frame of a connection, or a reset within it.
    Hello {
        /// Which log.
        epoch: String,
        /// It has everything up to here.
        upto: u64,
        /// Who it is to the server.
        you: Option<PersonId>,
        /// Forget what you had.
        reset: bool,
        /// The newest lines.
        lines: Vec<Line>,
    },
    /// Lines.
    Messages {
        /// It has everything up to here.
        upto: u64,
        /// Which.
        lines: Vec<Line>,
    },
    /// What became of lines.
    Fate {
        /// It has everything up to here.
        upto: u64,
        /// Which.
        ids: Vec<MessageId>,
        /// What.
        status: Status,
    },
    /// Lines were taken away.
    Removed {
        /// It has everything up to here.
        upto: u64,
        /// Which.
        ids: Vec<MessageId>,
    },
    /// The state of the live; what it says is not looked at.
    State {
        /// It has everything up to here.
        upto: u64,
    },
    /// Which lines are its own.
    Mine {
        /// Its names for them, and which lines they are.
        pairs: Vec<(String, MessageId)>,
    },
    /// A line of its own is in the log.
    Receipt {
        /// Its own name for it.
        client_id: String,
        /// Which line it became.
        id: MessageId,
        /// Where it stands in the log.
        position: u64,
    },
    /// Something it asked for was refused.
    Refused {
        /// Its own name for it, or the line's id.
        client_id: String,
        /// Why.
        code: String,
    },
    /// It was told to come back (`resume` or `bye`).
    ComeBack,
    /// A frame that moves nothing.
    Other,
    /// What came is no frame of the protocol.
    Garbled {
        /// What came, or what is wrong with it.
        what: String,
    },
    /// The connection ended: by a close frame with this code, or without a word.
    Closed {
        /// Close code.
        code: Option<u16>,
    },
}

/// An entry of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Place in the order of all clients of this history.
    pub order: u64,
    /// When it was written down, in milliseconds since 1970.
    pub at_ms: i64,
    /// What happened.
    pub what: What,
}

/// The history of one client, over all its connections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// For failures.
    pub name: String,
    /// Who it is to the server, where it isn't told by a hello.
    pub is: Option<PersonId>,
    /// What happened, in order.
    pub records: Vec<Record>,
}

impl Client {
    /// Who it was to the server, by its first hello that says so.
    pub fn person(&self) -> Option<PersonId> {
        self.is.or_else(|| {
            self.records.iter().find_map(|r| match r.what {
                What::Hello { you, .. } => you,
                _ => None,
            })
        })
    }

    /// Times that it was greeted.
    pub fn greeted(&self) -> usize {
        let hellos = self.records.iter().filter(|r| matches!(r.what, What::Hello { .. }));
        hellos.count()
    }
}

/// What all clients saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// Each of them.
    pub clients: Vec<Client>,
}

/// Gives clients what they write with.
#[derive(Debug, Clone, Default)]
pub struct Recorder {
    order: Arc<AtomicU64>,
}

impl Recorder {
    /// A pen for a new client.
    pub fn pen(&self, name: &str) -> Pen {
        self.pen_of(name, None)
    }

    /// A pen for somebody who posts without a socket.
    pub fn pen_of(&self, name: &str, is: Option<PersonId>) -> Pen {
        let client = Client {
            name: name.to_owned(),
            is,
            records: Vec::new(),
        };
        Pen {
            order: self.order.clone(),
            client: Arc::new(Mutex::new(client)),
        }
    }
}

/// What a client writes its history with.
#[derive(Debug, Clone)]
pub struct Pen {
    order: Arc<AtomicU64>,
    client: Arc<Mutex<Client>>,
}

impl Pen {
    /// Writes something down, now.
    pub fn write(&self, what: What) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        client.records.push(Record {
            order: self.order.fetch_add(1, Ordering::SeqCst),
            at_ms: now.as_millis() as i64,
            what,
        });
    }

    /// What was written so far.
    pub fn written(&self) -> Client {
        self.client.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
