//! The recordings of a meeting: what BBB lists of them, and what people want done with them. Stream `recordings-{meeting}`.
//!
//! Whose a recording is, is decided here and once: only what BBB listed for this meeting, or what its callback named, is in this stream,
//! and nothing else can be asked for (census M10). A recording is one row under BBB's id, whatever it is called (M12).

mod id;
mod recording;

use std::collections::BTreeMap;

pub use self::id::{NoRecordingId, RecordingId};
pub use self::recording::{FORMATS_MAX, Facts, Format, Order, Recording, State};
use crate::aggregate::{Aggregate, Meta};
use crate::catalogue::Public;
use crate::clock::Time;
use crate::ids::{MailId, MeetingId, PersonId, SessionId};
use crate::meeting::is_name;

crate::events! {
    /// What happened to the recordings of a meeting.
    pub enum RecordingsEvent {
        /// BBB lists it, or says other things of it than before.
        MeetingRecordingSeen = 1 { recording: RecordingId, facts: Facts }
        /// BBB's whole list has it no more.
        MeetingRecordingGone = 1 { recording: RecordingId }
        /// It can be looked at: BBB called back, or listed it as published. Owner and co-owners are told, once.
        MeetingRecordingReady = 1 { recording: RecordingId, session: Option<SessionId> }
        /// A mail to each of them was asked for.
        MeetingRecordingTold = 1 { recording: RecordingId, people: Vec<PersonId> }
        /// Somebody gave it a name, in clear.
        MeetingRecordingNamed = 1 { recording: RecordingId, name: Public<String> }
        /// BBB calls it so too.
        MeetingRecordingRenamed = 1 { recording: RecordingId }
        /// Somebody wants it deleted, published or hidden: BBB is asked until it answers.
        MeetingRecordingOrdered = 1 { recording: RecordingId, order: Order }
        /// BBB deleted it, or had it no more.
        MeetingRecordingDeleted = 1 { recording: RecordingId }
        /// BBB lets it be seen, or hides it.
        MeetingRecordingPublished = 1 { recording: RecordingId, published: bool }
        /// BBB refused what was wanted: it stays as it was. `why` is BBB's key.
        MeetingRecordingRefused = 1 { recording: RecordingId, order: Order, why: String }
    }
}

/// What may be asked of a meeting's recordings.
#[derive(Debug, Clone)]
pub enum RecordingsCommand {
    /// BBB was asked for its list.
    Listed {
        /// What it has.
        found: Vec<(RecordingId, Facts)>,
        /// It is the whole list: what is not in it is gone.
        whole: bool,
    },
    /// It can be looked at.
    Ready {
        /// Which.
        recording: RecordingId,
        /// Of which session.
        session: Option<SessionId>,
    },
    /// Mails were asked for.
    Told {
        /// Of which.
        recording: RecordingId,
        /// To whom.
        people: Vec<PersonId>,
    },
    /// Call it so.
    Name {
        /// Which.
        recording: RecordingId,
        /// How.
        name: String,
    },
    /// Have BBB do this.
    Order {
        /// With which.
        recording: RecordingId,
        /// What.
        order: Order,
    },
    /// BBB did it.
    Done {
        /// With which.
        recording: RecordingId,
        /// What.
        order: Order,
    },
    /// BBB refused it, and would again.
    Refused {
        /// Which.
        recording: RecordingId,
        /// What.
        order: Order,
        /// A code, no foreign text.
        why: String,
    },
}

/// Why a command on a recording is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The meeting has no such recording.
    #[error("the meeting has no such recording")]
    Unknown,
    /// It was deleted.
    #[error("the recording was deleted")]
    Deleted,
    /// It is being deleted.
    #[error("the recording is being deleted")]
    Deleting,
    /// It is not made yet.
    #[error("the recording is not made yet")]
    NotMade,
    /// Not of 2 to 250 visible characters.
    #[error("a recording's name has 2 to 250 characters, and none that nobody sees")]
    Name,
}

impl RecordingsEvent {
    /// Which recording it is about.
    pub const fn recording(&self) -> &RecordingId {
        use RecordingsEvent as E;
        match self {
            E::MeetingRecordingSeen { recording, .. }
            | E::MeetingRecordingGone { recording }
            | E::MeetingRecordingReady { recording, .. }
            | E::MeetingRecordingTold { recording, .. }
            | E::MeetingRecordingNamed { recording, .. }
            | E::MeetingRecordingRenamed { recording }
            | E::MeetingRecordingOrdered { recording, .. }
            | E::MeetingRecordingDeleted { recording }
            | E::MeetingRecordingPublished { recording, .. }
            | E::MeetingRecordingRefused { recording, .. } => recording,
        }
    }
}

/// A meeting's recordings as folded from their stream.
#[derive(Debug, Clone, Default)]
pub struct Recordings {
    /// Every one that ever was, those that were deleted too: a callback that comes late must not bring them back.
    pub all: BTreeMap<RecordingId, Recording>,
}

impl Recordings {
    /// One that is in the list.
    ///
    /// # Errors
    /// The meeting has none of that id, or it was deleted.
    pub fn listed(&self, id: &RecordingId) -> Result<&Recording, Refusal> {
        let held = self.all.get(id).ok_or(Refusal::Unknown)?;
        if held.deleted.is_some() {
            return Err(Refusal::Deleted);
        }
        if held.is_listed() {
            Ok(held)
        } else {
            Err(Refusal::Unknown)
        }
    }

    fn seen(&self, found: &[(RecordingId, Facts)], whole: bool) -> Vec<RecordingsEvent> {
        let mut events = vec![];
        let mut there = BTreeMap::new();
        for (id, facts) in found {
            // A list that names one twice is a list all the same.
            there.insert(id, facts);
        }
        for (id, facts) in &there {
            let held = self.all.get(*id);
            // BBB lists for a while what it has deleted.
            if held.is_some_and(|r| r.deleted.is_some()) {
                continue;
            }
            if held.is_none_or(|r| r.gone || r.facts.as_ref() != Some(*facts)) {
                events.push(RecordingsEvent::MeetingRecordingSeen {
                    recording: (*id).clone(),
                    facts: (*facts).clone(),
                });
            }
        }
        if whole {
            let gone = |(id, held): &(&RecordingId, &Recording)| held.is_listed() && !there.contains_key(id);
            events.extend(
                self.all
                    .iter()
                    .filter(gone)
                    .map(|(id, _)| RecordingsEvent::MeetingRecordingGone { recording: id.clone() }),
            );
        }
        events
    }

    fn order(&self, id: &RecordingId, order: Order) -> Result<Vec<RecordingsEvent>, Refusal> {
        let held = self.listed(id)?;
        let now = held.order.map(|(order, _)| order);
        if now == Some(order) {
            return Ok(vec![]);
        }
        if now == Some(Order::Delete) {
            return Err(Refusal::Deleting);
        }
        let state = held.facts.as_ref().map(|f| f.state);
        let so_already = match order {
            Order::Publish => now.is_none() && state == Some(State::Published),
            Order::Unpublish => now.is_none() && state == Some(State::Unpublished),
            Order::Delete | Order::Rename => false,
        };
        if so_already {
            return Ok(vec![]);
        }
        if order != Order::Delete && matches!(state, Some(State::Processing | State::Processed)) {
            return Err(Refusal::NotMade);
        }
        Ok(vec![RecordingsEvent::MeetingRecordingOrdered {
            recording: id.clone(),
            order,
        }])
    }

    /// What BBB did or refused matters while it is wanted: an answer that comes after something else was ordered says nothing of that.
    fn outcome(&self, id: &RecordingId, order: Order, event: RecordingsEvent) -> Vec<RecordingsEvent> {
        let Some(held) = self.all.get(id).filter(|r| r.deleted.is_none()) else {
            return vec![];
        };
        let wanted = match order {
            // What was deleted is gone, whatever is wanted since.
            Order::Delete => held.order.is_some(),
            Order::Rename => held.name_waits,
            Order::Publish | Order::Unpublish => held.order.is_some_and(|(held, _)| held == order),
        };
        if wanted { vec![event] } else { vec![] }
    }
}

impl Aggregate for Recordings {
    const KIND: &'static str = "recordings";
    type Event = RecordingsEvent;
    type Command = RecordingsCommand;
    type Refusal = Refusal;

    fn decide(&self, command: &RecordingsCommand, _now: Time) -> Result<Vec<RecordingsEvent>, Refusal> {
        use RecordingsCommand as C;
        use RecordingsEvent as E;
        Ok(match command {
            C::Listed { found, whole } => self.seen(found, *whole),
            C::Ready { recording, session } => match self.all.get(recording) {
                Some(held) if held.deleted.is_some() => return Err(Refusal::Deleted),
                Some(held) if held.ready.is_some() => vec![],
                _ => vec![E::MeetingRecordingReady {
                    recording: recording.clone(),
                    session: *session,
                }],
            },
            C::Told { recording, people } => match self.all.get(recording) {
                Some(held) if held.tells() => vec![E::MeetingRecordingTold {
                    recording: recording.clone(),
                    people: people.clone(),
                }],
                _ => vec![],
            },
            C::Name { recording, name } => {
                let held = self.listed(recording)?;
                if matches!(held.order, Some((Order::Delete, _))) {
                    return Err(Refusal::Deleting);
                }
                let name = name.trim();
                if !is_name(name) {
                    return Err(Refusal::Name);
                }
                if held.name.as_ref().is_some_and(|held| held.0 == name) {
                    return Ok(vec![]);
                }
                vec![E::MeetingRecordingNamed {
                    recording: recording.clone(),
                    name: name.into(),
                }]
            }
            C::Order { recording, order } => self.order(recording, *order)?,
            C::Done { recording, order } => {
                let event = match order {
                    Order::Delete => E::MeetingRecordingDeleted {
                        recording: recording.clone(),
                    },
                    Order::Publish | Order::Unpublish => E::MeetingRecordingPublished {
                        recording: recording.clone(),
                        published: *order == Order::Publish,
                    },
                    Order::Rename => E::MeetingRecordingRenamed {
                        recording: recording.clone(),
                    },
                };
                self.outcome(recording, *order, event)
            }
            C::Refused { recording, order, why } => {
                let event = E::MeetingRecordingRefused {
                    recording: recording.clone(),
                    order: *order,
                    why: why.clone(),
                };
                self.outcome(recording, *order, event)
            }
        })
    }

    fn evolve(&mut self, event: &RecordingsEvent, meta: Meta) {
        let held = self.all.entry(event.recording().clone()).or_default();
        held.take(event, meta.time);
    }
}

/// The id of the mail that tells somebody of a recording: it follows from both, so there is one, however often BBB calls back
/// (census M34).
pub fn mail_id(meeting: MeetingId, recording: &RecordingId, person: PersonId) -> MailId {
    let parts = [
        "recording-ready",
        &meeting.to_string(),
        recording.as_str(),
        &person.to_string(),
    ];
    let mut id = [0_u8; 16];
    id.copy_from_slice(&crate::Key::of(&parts).0[..16]);
    MailId(ulid::Ulid::from_bytes(id))
}

/// The stream of a meeting's recordings.
pub fn stream(meeting: MeetingId) -> crate::StreamName {
    crate::StreamName::of(Recordings::KIND, meeting)
}

#[cfg(test)]
#[path = "recordings_tests.rs"]
mod tests;
