//! Sessions that another front end opened on the same BBB, and that are broadcast here (census §10). All of them are one stream,
//! `elsewhere-{id}` with the id of nothing: a session has one live, and there are so many of them at once; both are rules of the stream.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Meta};
use crate::catalogue::Public;
use crate::clock::Time;
use crate::ids::{MeetingId, PersonId};

/// Longest id of a room or a session that is taken, in characters; BBB's limit of a meeting's id (bbb-contract §1.5).
pub const ID_MAX: usize = 256;

/// A session of a room that is somebody else's: BBB's identity of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignRoom {
    /// The room's id, as the other front end gave it.
    pub id: Public<String>,
    /// Milliseconds; another value is another session of that room.
    pub create_time: i64,
    /// BBB's internal id of the session.
    pub internal_id: String,
}

/// That a meeting broadcasts a session that was opened elsewhere, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adoption {
    /// Which session.
    pub room: ForeignRoom,
    /// The room's public chat is in the picture from the start.
    pub show_chat: bool,
}

impl ForeignRoom {
    /// Whether these are ids that BBB can have given: they go into addresses and into the log.
    pub fn is_plain(&self) -> bool {
        let plain = |id: &str| {
            let length = id.chars().count();
            (2..=ID_MAX).contains(&length) && !id.chars().any(|c| crate::plain::is_unseen(c) || c == ',')
        };
        plain(&self.id.0) && plain(&self.internal_id)
    }
}

crate::events! {
    /// What happened to sessions that were opened elsewhere.
    pub enum ElsewhereEvent {
        /// A live of this session begins, in the place of one of so many: it is this meeting's, and is planned to be over at `until`.
        ForeignSessionTaken = 1 { meeting: MeetingId, by: PersonId, internal_id: String, until: Time }
        /// That meeting broadcasts no session any more: its place is free.
        ForeignSessionLeft = 1 { meeting: MeetingId }
    }
}

/// What may be asked of them.
#[derive(Debug, Clone)]
pub enum ElsewhereCommand {
    /// Broadcast a session.
    Take {
        /// The meeting that is to do it.
        meeting: MeetingId,
        /// In whose name.
        by: PersonId,
        /// BBB's internal id of the session.
        internal_id: String,
        /// When it is planned to be over.
        until: Time,
        /// So many at once.
        most: u32,
    },
    /// A meeting broadcasts its session no longer.
    Leave(MeetingId),
}

/// Why a session is not broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is broadcast already.
    #[error("the session is broadcast already")]
    Taken {
        /// By which meeting.
        meeting: MeetingId,
        /// In whose name.
        by: PersonId,
    },
    /// As many as there may be are running.
    #[error("{most} sessions of other rooms are broadcast, which is as many as there may be at once")]
    Full {
        /// So many there may be.
        most: u32,
        /// When the first of them is planned to be over.
        next: Option<Time>,
    },
}

/// A session that is broadcast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// In whose name.
    pub by: PersonId,
    /// BBB's internal id of the session.
    pub internal_id: String,
    /// Since when.
    pub since: Time,
    /// When it is planned to be over.
    pub until: Time,
}

/// All of them, as folded from their stream.
#[derive(Debug, Clone, Default)]
pub struct Elsewhere {
    /// Those that are broadcast now, by the meeting that does it.
    pub taken: BTreeMap<MeetingId, Taken>,
}

impl Elsewhere {
    /// Who broadcasts a session.
    pub fn of(&self, internal_id: &str) -> Option<(MeetingId, &Taken)> {
        let found = self.taken.iter().find(|(_, t)| t.internal_id == internal_id);
        found.map(|(meeting, taken)| (*meeting, taken))
    }

    /// When the first of those that run is planned to be over; nobody knows where all of them are over their time.
    pub fn next_free(&self, now: Time) -> Option<Time> {
        self.taken.values().map(|t| t.until).filter(|until| *until > now).min()
    }
}

impl Aggregate for Elsewhere {
    const KIND: &'static str = "elsewhere";
    type Event = ElsewhereEvent;
    type Command = ElsewhereCommand;
    type Refusal = Refusal;

    fn decide(&self, command: &ElsewhereCommand, now: Time) -> Result<Vec<ElsewhereEvent>, Refusal> {
        match command {
            ElsewhereCommand::Take {
                meeting,
                by,
                internal_id,
                until,
                most,
            } => {
                if self.taken.contains_key(meeting) {
                    return Ok(vec![]);
                }
                if let Some((meeting, taken)) = self.of(internal_id) {
                    return Err(Refusal::Taken { meeting, by: taken.by });
                }
                if self.taken.len() >= usize::try_from(*most).unwrap_or(usize::MAX) {
                    return Err(Refusal::Full {
                        most: *most,
                        next: self.next_free(now),
                    });
                }
                Ok(vec![ElsewhereEvent::ForeignSessionTaken {
                    meeting: *meeting,
                    by: *by,
                    internal_id: internal_id.clone(),
                    until: *until,
                }])
            }
            ElsewhereCommand::Leave(meeting) if self.taken.contains_key(meeting) => {
                Ok(vec![ElsewhereEvent::ForeignSessionLeft { meeting: *meeting }])
            }
            ElsewhereCommand::Leave(_) => Ok(vec![]),
        }
    }

    fn evolve(&mut self, event: &ElsewhereEvent, meta: Meta) {
        match event {
            ElsewhereEvent::ForeignSessionTaken {
                meeting,
                by,
                internal_id,
                until,
            } => {
                let taken = Taken {
                    by: *by,
                    internal_id: internal_id.clone(),
                    since: meta.time,
                    until: *until,
                };
                self.taken.insert(*meeting, taken);
            }
            ElsewhereEvent::ForeignSessionLeft { meeting } => {
                self.taken.remove(meeting);
            }
        }
    }
}

/// The id of the one stream.
pub const ALL: MeetingId = MeetingId(ulid::Ulid::nil());

/// The stream of all of them.
pub fn stream() -> crate::StreamName {
    crate::StreamName::of(Elsewhere::KIND, ALL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::{Story, id};

    const NOW: i64 = 1_800_000_000_000;

    fn take(meeting: u128, by: u128, session: &str, most: u32) -> ElsewhereCommand {
        ElsewhereCommand::Take {
            meeting: id(meeting),
            by: id(by),
            internal_id: session.to_owned(),
            until: Time(NOW + 1000 * i64::try_from(meeting).unwrap()),
            most,
        }
    }

    #[test]
    fn a_session_has_one_live_and_there_are_so_many_of_them_at_once() {
        let mut all = Story::<Elsewhere>::at(NOW);
        assert_eq!(all.did(take(1, 7, "one", 2)), ["ForeignSessionTaken"]);
        assert!(all.did(take(1, 7, "one", 2)).is_empty(), "asked twice with one key");
        assert_eq!(
            all.refused(&take(2, 8, "one", 2)),
            Refusal::Taken {
                meeting: id(1),
                by: id(7)
            }
        );
        assert_eq!(all.did(take(3, 8, "two", 2)), ["ForeignSessionTaken"]);
        assert_eq!(
            all.refused(&take(4, 9, "three", 2)),
            Refusal::Full {
                most: 2,
                next: Some(Time(NOW + 1000))
            }
        );
        // Another session of the same room is another session.
        assert_eq!(all.did(ElsewhereCommand::Leave(id(1))), ["ForeignSessionLeft"]);
        assert!(all.did(ElsewhereCommand::Leave(id(1))).is_empty());
        assert_eq!(all.did(take(5, 9, "one", 2)), ["ForeignSessionTaken"]);
        all.now = Time(NOW + 10_000);
        assert_eq!(
            all.refused(&take(6, 9, "four", 2)),
            Refusal::Full { most: 2, next: None },
            "what is over its time frees nothing at a known hour"
        );
        assert_eq!(
            all.refused(&take(6, 9, "four", 0)),
            Refusal::Full { most: 0, next: None }
        );
        all.tells_all();
    }

    #[test]
    fn ids_that_no_bbb_gives_are_not_taken() {
        let room = |id: &str, internal_id: &str| ForeignRoom {
            id: id.into(),
            create_time: NOW,
            internal_id: internal_id.to_owned(),
        };
        assert!(room("moodle-é 12[3]", "0a1b-1800000000000").is_plain());
        let long = "x".repeat(ID_MAX + 1);
        for (id, internal) in [
            ("", "ab"),
            ("a", "ab"),
            ("a,b", "ab"),
            ("ab", ""),
            ("a\u{0}b", "ab"),
            ("a\u{202e}b", "ab"),
            ("ab", "a\nb"),
            (long.as_str(), "ab"),
            ("ab", long.as_str()),
        ] {
            assert!(!room(id, internal).is_plain(), "{id:?} {internal:?}");
        }
    }
}
