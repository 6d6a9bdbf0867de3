//! What an aggregate is: a state folded from one stream, and two pure functions (design §3).

use crate::catalogue::EventData;
use crate::clock::Time;
use crate::envelope::{Actor, Key};
use crate::ids::EventId;

/// What surrounds a command: who, when, why, and what must not happen twice.
#[derive(Debug, Clone)]
pub struct Act {
    /// Now.
    pub now: Time,
    /// Who asks.
    pub actor: Actor,
    /// What led to it ([`crate::NewEvent::cause`]).
    pub cause: String,
    /// Unique in the stream; carried by the first event.
    pub key: Option<Key>,
    /// The id of the first event where the caller had to know it before (sealed fields are bound to it).
    pub first_id: Option<EventId>,
    /// An absolute stop: where the disk is full, room is made for it (design §4).
    pub vital: bool,
}

impl Act {
    /// An act of a part of the program.
    pub fn system(name: &str, now: Time) -> Self {
        Self {
            now,
            actor: Actor::system(name),
            cause: String::new(),
            key: None,
            first_id: None,
            vital: false,
        }
    }

    /// An act of somebody.
    pub fn by(actor: Actor, now: Time) -> Self {
        Self {
            now,
            actor,
            cause: String::new(),
            key: None,
            first_id: None,
            vital: false,
        }
    }

    /// With a key.
    #[must_use]
    pub fn key(mut self, key: Key) -> Self {
        self.key = Some(key);
        self
    }

    /// As an absolute stop, for which room is made on a full disk.
    #[must_use]
    pub fn vital(mut self) -> Self {
        self.vital = true;
        self
    }

    /// With a cause.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.cause = cause.into();
        self
    }

    /// With the first event's id.
    #[must_use]
    pub fn first_id(mut self, id: EventId) -> Self {
        self.first_id = Some(id);
        self
    }
}

/// What `evolve` may know of an event beside its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meta {
    /// The event's id.
    pub id: EventId,
    /// When it was decided.
    pub time: Time,
}

/// A state folded from one stream, and the rules on it.
pub trait Aggregate: Default + Clone + Send + Sync + 'static {
    /// First part of its streams' names.
    const KIND: &'static str;
    /// What can happen.
    type Event: EventData;
    /// What may be asked.
    type Command: Clone + Send + Sync + 'static;
    /// Why it may be refused: names its rule, and the way out where there is one.
    type Refusal: std::error::Error + Clone + Send + Sync + 'static;

    /// What would happen. No events: what was asked is so already.
    ///
    /// # Errors
    /// The rule that stands against it.
    fn decide(&self, command: &Self::Command, now: Time) -> Result<Vec<Self::Event>, Self::Refusal>;

    /// The state after an event. Never fails, never opens a sealed field.
    fn evolve(&mut self, event: &Self::Event, meta: Meta);
}

/// Folds events that happened, for given-when-then tests.
pub fn given<A: Aggregate>(history: &[(A::Event, Time)]) -> A {
    let mut state = A::default();
    for (n, (event, time)) in history.iter().enumerate() {
        let id = EventId(ulid::Ulid::from_parts(time.0.max(0) as u64, n as u128));
        state.evolve(event, Meta { id, time: *time });
    }
    state
}
