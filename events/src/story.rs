//! Given, when, then: what the tests of every aggregate are told with.
//!
//! Each event that a story produces also goes through its bytes into a second state, so every story checks that
//! what is read back folds to what was decided.

use std::collections::BTreeSet;
use std::fmt::Debug;

use ulid::Ulid;

use crate::aggregate::{Aggregate, Meta};
use crate::catalogue::EventData;
use crate::clock::Time;
use crate::ids::EventId;
use crate::sealed::{Scope, Sealed, Subject};

/// Something that is decided step by step.
pub(crate) struct Story<A: Aggregate> {
    pub state: A,
    replayed: A,
    pub now: Time,
    count: u128,
    pub events: Vec<A::Event>,
}

impl<A> Story<A>
where
    A: Aggregate + Debug,
    A::Event: Debug + PartialEq,
{
    pub fn at(now: i64) -> Self {
        Self {
            state: A::default(),
            replayed: A::default(),
            now: Time(now),
            count: 0,
            events: Vec::new(),
        }
    }

    /// Carries out a command; the names of what happened.
    pub fn when(&mut self, command: &A::Command) -> Result<Vec<&'static str>, A::Refusal> {
        let events = self.state.decide(command, self.now)?;
        let mut names = Vec::new();
        for event in events {
            self.count += 1;
            let meta = Meta {
                id: self.last_id(),
                time: self.now,
            };
            let read = A::Event::decode(event.kind(), event.schema(), &event.encode()).unwrap();
            assert_eq!(read, event, "an event is read back as it was written");
            self.state.evolve(&event, meta);
            self.replayed.evolve(&read, meta);
            names.push(event.kind());
            self.events.push(event);
        }
        assert_eq!(format!("{:?}", self.state), format!("{:?}", self.replayed));
        Ok(names)
    }

    /// Carries out a command that must not be refused.
    pub fn did(&mut self, command: A::Command) -> Vec<&'static str> {
        self.when(&command).unwrap()
    }

    /// The rule that stands against a command.
    pub fn refused(&self, command: &A::Command) -> A::Refusal {
        match self.state.decide(command, self.now) {
            Ok(events) => panic!("not refused: {events:?}"),
            Err(refusal) => refusal,
        }
    }

    /// Id of the last event.
    pub fn last_id(&self) -> EventId {
        EventId(Ulid::from_parts(self.now.0 as u64, self.count))
    }

    /// The story has every event of its kind of stream in it.
    pub fn tells_all(&self) {
        self.tells_all_but(&[]);
    }

    /// The same, where some events can't be in one story with the others.
    pub fn tells_all_but(&self, others: &[&'static str]) {
        let told: BTreeSet<_> = self.events.iter().map(EventData::kind).collect();
        let mut known: BTreeSet<_> = A::Event::SPECS.iter().map(|s| s.kind).collect();
        for other in others {
            assert!(known.remove(other), "{other} is no event of it");
        }
        assert_eq!(told, known);
    }
}

/// An id of any kind.
pub(crate) fn id<T: From<Ulid>>(n: u128) -> T {
    Ulid(n).into()
}

/// A sealed field that nobody opens.
pub(crate) fn sealed<T>(text: &str) -> Sealed<T> {
    Sealed::from_parts(
        Subject(text.to_owned()),
        Scope("scope".to_owned()),
        text.as_bytes().to_vec(),
    )
}
