//! The recordings of a meeting: what BBB lists of them, and what people want done with them. Stream `recordings-{meeting}`.
//!
//! Whose a recording is, is decided here and once: only what BBB listed for this meeting, or what its callback named, is in this stream,
//! and nothing else can be asked for (census M10). A recording is one row under BBB's id, whatever it is called (M12).

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Meta};
use crate::catalogue::Public;
use crate::clock::Time;
use crate::ids::{MailId, MeetingId, PersonId, SessionId};
use crate::meeting::is_name;

/// Longest id of a recording, in bytes: BBB's own are a SHA-1 and a time, 54.
const ID_MAX: usize = 128;
/// Most formats of a recording that are kept.
pub const FORMATS_MAX: usize = 20;

/// BBB's id of a recording, which is its internal id of the session. It goes into addresses and, beside others, into lists that
/// commas separate, so nothing else than these characters is one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecordingId(String);

/// What is no id of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no id of a recording")]
pub struct NoRecordingId;

impl RecordingId {
    /// As BBB says it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for RecordingId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for RecordingId {
    type Error = NoRecordingId;

    fn try_from(text: String) -> Result<Self, NoRecordingId> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if (1..=ID_MAX).contains(&text.len()) && text.bytes().all(plain) {
            Ok(Self(text))
        } else {
            Err(NoRecordingId)
        }
    }
}

impl FromStr for RecordingId {
    type Err = NoRecordingId;

    fn from_str(text: &str) -> Result<Self, NoRecordingId> {
        text.to_owned().try_into()
    }
}

impl From<RecordingId> for String {
    fn from(id: RecordingId) -> Self {
        id.0
    }
}

/// Where BBB says that a recording stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is being made.
    Processing,
    /// It is made, and not yet to be seen.
    Processed,
    /// Whoever has a link sees it.
    Published,
    /// Nobody sees it.
    Unpublished,
    /// A word that this program does not know.
    Other,
}

/// One way to look at a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    /// BBB's word: `presentation`, `video`, `podcast`, `notes`, … The set is open.
    pub kind: Public<String>,
    /// Where it plays, without query and fragment: infrastructures that guard recordings put a token there, and a log keeps no secrets.
    pub link: Public<String>,
    /// Something was left out of the link: it is asked for anew by whoever wants to look.
    pub guarded: bool,
    /// Its length in minutes, where BBB says it.
    pub minutes: Option<u32>,
}

/// What BBB says of a recording. Its name there is not kept: of a personal room it is somebody's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Where it stands.
    pub state: State,
    /// When the session began.
    pub starts_at: Time,
    /// When it ended.
    pub ends_at: Time,
    /// How many came.
    pub participants: u32,
    /// How it can be looked at; none while it is being made, and of some for ever.
    pub formats: Vec<Format>,
    /// The session that it is of, where that was one of ours.
    pub session: Option<SessionId>,
}

/// What BBB is to do with a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Delete it, for good.
    Delete,
    /// Let it be seen.
    Publish,
    /// Let nobody see it.
    Unpublish,
    /// Call it as we do.
    Rename,
}

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

/// A recording.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// What BBB says of it; `None`: only its callback has named it so far.
    pub facts: Option<Facts>,
    /// BBB's list has it no more.
    pub gone: bool,
    /// How somebody called it.
    pub name: Option<Public<String>>,
    /// BBB is still to be told so.
    pub name_waits: bool,
    /// It can be looked at, since when.
    pub ready: Option<Time>,
    /// Owner and co-owners were told.
    pub told: bool,
    /// What BBB is to do with it, since when.
    pub order: Option<(Order, Time)>,
    /// What BBB refused last, and why.
    pub refused: Option<(Order, String)>,
    /// It was deleted, when.
    pub deleted: Option<Time>,
}

impl Recording {
    /// It is in the list that people see.
    pub const fn is_listed(&self) -> bool {
        self.facts.is_some() && !self.gone && self.deleted.is_none()
    }

    /// What is to be done with it now, at BBB.
    pub fn wanted(&self) -> Option<Order> {
        if self.deleted.is_some() {
            return None;
        }
        let name = self.name_waits.then_some(Order::Rename);
        self.order.map(|(order, _)| order).or(name)
    }

    /// Somebody is still to be told of it.
    pub const fn tells(&self) -> bool {
        self.ready.is_some() && !self.told && self.deleted.is_none()
    }

    /// What an event makes of it.
    pub fn take(&mut self, event: &RecordingsEvent, at: Time) {
        use RecordingsEvent as E;
        match event {
            E::MeetingRecordingSeen { facts, .. } => {
                self.facts = Some(facts.clone());
                self.gone = false;
            }
            E::MeetingRecordingGone { .. } => self.gone = true,
            E::MeetingRecordingReady { .. } => self.ready = Some(at),
            E::MeetingRecordingTold { .. } => self.told = true,
            E::MeetingRecordingNamed { name, .. } => {
                self.name = Some(name.clone());
                self.name_waits = true;
                self.forgive(Order::Rename);
            }
            E::MeetingRecordingRenamed { .. } => self.name_waits = false,
            E::MeetingRecordingOrdered { order, .. } => {
                self.order = Some((*order, at));
                self.refused = None;
            }
            E::MeetingRecordingDeleted { .. } => {
                self.deleted = Some(at);
                self.order = None;
                self.name_waits = false;
                self.refused = None;
            }
            E::MeetingRecordingPublished { published, .. } => {
                self.order = None;
                if let Some(facts) = &mut self.facts {
                    facts.state = if *published {
                        State::Published
                    } else {
                        State::Unpublished
                    };
                }
            }
            E::MeetingRecordingRefused { order, why, .. } => {
                if *order == Order::Rename {
                    self.name_waits = false;
                } else {
                    self.order = None;
                }
                self.refused = Some((*order, why.clone()));
            }
        }
    }

    fn forgive(&mut self, order: Order) {
        if self.refused.as_ref().is_some_and(|(held, _)| *held == order) {
            self.refused = None;
        }
    }
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
