//! A session: one opening of a meeting's room in BBB, known there by its `createTime` (bbb-contract §2.1).
//!
//! Stream `session-{id}`. The wish (open, or over) and what BBB is known to hold are folded here; the
//! reactor closes the difference. An error of BBB is *trouble*, never the end (bbb-contract §10.6).

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Meta};
use crate::clock::Time;
use crate::elsewhere::ForeignRoom;
use crate::ids::{MeetingId, SessionId, SlidesId};
use crate::sealed::Sealed;

/// How a session's end came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// A presenter ended it in Amphi.
    Us,
    /// BBB's end callback, confirmed by one *not found*.
    Callback,
    /// Two answers of *not found*.
    Polling,
    /// It was never opened within its `until`.
    NeverOpened,
    /// BBB holds another `createTime` for the room: this session is over.
    Replaced,
    /// It took place in another system and was brought over; when it ended nobody noted there.
    Elsewhere,
}

/// What is wrong with BBB while a session is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// No answer in time, or no connection.
    Unreachable,
    /// An answer that is not BBB's: an HTML page, an empty or broken document.
    BadAnswer,
    /// BBB refuses the shared secret.
    WrongSecret,
    /// BBB refuses the call.
    Refused,
}

/// How the room's chat comes back to the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookState {
    /// bbb-webhooks took our address.
    Registered,
    /// The server has no bbb-webhooks.
    Missing,
}

/// How somebody is in the room's conference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    /// Neither heard nor hearing.
    #[default]
    None,
    /// Hears only.
    Listening,
    /// With a microphone, muted or not.
    Microphone,
}

impl Voice {
    /// As in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Listening => "listening",
            Self::Microphone => "microphone",
        }
    }
}

/// How somebody who is in the room takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    /// Moderator.
    pub moderator: bool,
    /// A gateway's robot.
    pub robot: bool,
    /// Shows the slides.
    pub presenter: bool,
    /// Heard, hearing, or neither.
    pub voice: Voice,
    /// Seen.
    pub camera: bool,
}

/// What was seen of somebody's part; `None`: nothing was said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// Moderator.
    pub moderator: Option<bool>,
    /// Shows the slides.
    pub presenter: Option<bool>,
    /// Heard, hearing, or neither.
    pub voice: Option<Voice>,
    /// Seen.
    pub camera: Option<bool>,
}

/// What a participant is called, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// BBB's internal user id.
    pub internal: String,
    /// Our person's id, or what another front end gave.
    pub external: String,
    /// The name shown.
    pub name: String,
}

crate::events! {
    /// What happened to a session.
    pub enum SessionEvent {
        /// A presenter asked for the room; it is wanted open until then, unless it opened. With `room` it is a session that another front end opened: it is looked at, and neither made nor ended.
        SessionRequested = 1 { meeting: MeetingId, until: Time, #[serde(default, skip_serializing_if = "Option::is_none")] room: Option<ForeignRoom> }
        /// BBB has the room: this is its identity there. `adopted` says that it held the room before we asked (a repeated create).
        SessionOpened = 1 { create_time: i64, internal_id: String, adopted: bool }
        /// BBB can't be asked, or refuses; said once until it changes.
        SessionTroubled = 1 { trouble: Trouble }
        /// BBB answers again.
        SessionRecovered = 1 {}
        /// Whether what is written in the room reaches us.
        SessionHooked = 1 { state: HookState }
        /// The room was given these slides.
        SessionSlidesGiven = 1 { slides: Vec<SlidesId> }
        /// Somebody came into the room. `who` is the pseudonym in this session.
        ParticipantJoined = 1 { who: String, moderator: bool, robot: bool, participant: Sealed<Participant> }
        /// How somebody who is in the room takes part is now this: all of it, so that the event says what holds.
        ParticipantChanged = 1 { who: String, moderator: bool, presenter: bool, voice: Voice, camera: bool }
        /// Somebody left the room.
        ParticipantLeft = 1 { who: String }
        /// Its end was asked for: BBB is told until the room is gone.
        SessionEndRequested = 1 {}
        /// The room is gone.
        SessionClosed = 1 { ended_by: EndedBy }
        /// It took place in another system, which noted when it began. It was over when it was brought here.
        SessionImported = 1 { meeting: MeetingId, opened_at: Time }
        /// Somebody came into that room; when they left nobody noted there.
        ParticipantImported = 1 { who: String, moderator: bool, joined_at: Time, participant: Sealed<Participant> }
        /// Its time was over: the key to the names of who was there is destroyed.
        SessionAttendanceForgotten = 1 {}
    }
}

/// What may be asked of a session.
#[derive(Debug, Clone)]
pub enum SessionCommand {
    /// Want it.
    Request {
        /// Of which meeting.
        meeting: MeetingId,
        /// How long the wish holds while the room is not open.
        until: Time,
        /// Where another front end opened it: which it is.
        room: Option<ForeignRoom>,
    },
    /// BBB answered `create`.
    Opened {
        /// Milliseconds; BBB's identity of the session.
        create_time: i64,
        /// BBB's internal id.
        internal_id: String,
        /// The room existed.
        adopted: bool,
    },
    /// BBB can't be asked.
    Troubled(Trouble),
    /// BBB answers.
    Recovered,
    /// Hooks were registered, or can't be.
    Hooked(HookState),
    /// BBB took these slides.
    SlidesGiven(Vec<SlidesId>),
    /// Somebody came in.
    Joined {
        /// Pseudonym.
        who: String,
        /// Moderator.
        moderator: bool,
        /// A gateway's robot.
        robot: bool,
        /// Name and ids.
        participant: Sealed<Participant>,
    },
    /// How somebody takes part was seen.
    Changed {
        /// Pseudonym.
        who: String,
        /// What was seen.
        seen: Seen,
    },
    /// Somebody left.
    Left {
        /// Pseudonym.
        who: String,
    },
    /// End it.
    End,
    /// It is known to be gone.
    Closed(EndedBy),
    /// It took place elsewhere.
    Import {
        /// Of which meeting.
        meeting: MeetingId,
        /// When it began there.
        opened_at: Time,
    },
    /// Somebody was in a room that was elsewhere.
    ImportParticipant {
        /// Pseudonym.
        who: String,
        /// Moderator.
        moderator: bool,
        /// When they came.
        joined_at: Time,
        /// Name and ids.
        participant: Sealed<Participant>,
    },
    /// The key to the names of who was there is destroyed.
    Forget,
}

/// Why a command on a session is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such session.
    #[error("no such session")]
    Unknown,
    /// It is over.
    #[error("the session is over")]
    Over,
}

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Not asked for.
    #[default]
    Unknown,
    /// Wanted; BBB is being asked.
    Opening,
    /// BBB has the room.
    Open,
    /// Its end was asked for.
    Ending,
    /// Gone.
    Closed,
}

/// BBB's identity of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Milliseconds.
    pub create_time: i64,
    /// BBB's internal meeting id.
    pub internal_id: String,
}

/// A session as folded from its stream.
#[derive(Debug, Clone, Default)]
pub struct Session {
    /// Where it stands.
    pub phase: Phase,
    /// Since when.
    pub since: Time,
    /// Of which meeting.
    pub meeting: Option<MeetingId>,
    /// How long the wish holds while the room is not open.
    pub until: Time,
    /// Where another front end opened it: which it is.
    pub foreign: Option<ForeignRoom>,
    /// BBB's identity of it, once open.
    pub identity: Option<Identity>,
    /// What is wrong with BBB, since when.
    pub trouble: Option<(Trouble, Time)>,
    /// Whether what is written in the room reaches us.
    pub hooks: Option<HookState>,
    /// Slides that the room was given.
    pub slides: std::collections::BTreeSet<SlidesId>,
    /// Who is in the room, by pseudonym.
    pub present: std::collections::BTreeMap<String, Part>,
    /// Who was in it elsewhere; `None`: it was not brought over.
    pub imported: Option<std::collections::BTreeSet<String>>,
    /// The key to the names of who was there is destroyed.
    pub forgotten: bool,
}

impl Session {
    /// The id of its room in BBB: the meeting's, or what another front end gave it.
    pub fn room(&self) -> Option<String> {
        match &self.foreign {
            Some(room) => Some(room.id.0.clone()),
            None => self.meeting.map(|m| m.to_string()),
        }
    }

    /// What is seen of somebody who is not in the room came too early or too late: the next look at the room says what holds.
    fn changed(&self, who: &str, seen: Seen) -> Vec<SessionEvent> {
        let Some(held) = self.present.get(who) else {
            return vec![];
        };
        let now = Part {
            moderator: seen.moderator.unwrap_or(held.moderator),
            robot: held.robot,
            presenter: seen.presenter.unwrap_or(held.presenter),
            voice: seen.voice.unwrap_or(held.voice),
            camera: seen.camera.unwrap_or(held.camera),
        };
        if now == *held {
            return vec![];
        }
        vec![SessionEvent::ParticipantChanged {
            who: who.to_owned(),
            moderator: now.moderator,
            presenter: now.presenter,
            voice: now.voice,
            camera: now.camera,
        }]
    }
}

impl Aggregate for Session {
    const KIND: &'static str = "session";
    type Event = SessionEvent;
    type Command = SessionCommand;
    type Refusal = Refusal;

    fn decide(&self, command: &SessionCommand, _now: Time) -> Result<Vec<SessionEvent>, Refusal> {
        use SessionCommand as C;
        use SessionEvent as E;
        if let C::Request { meeting, until, room } = command {
            return Ok(if self.phase == Phase::Unknown {
                vec![E::SessionRequested {
                    meeting: *meeting,
                    until: *until,
                    room: room.clone(),
                }]
            } else {
                vec![]
            });
        }
        if let C::Import { meeting, opened_at } = command {
            return match (self.phase, &self.imported) {
                (Phase::Unknown, _) => Ok(vec![E::SessionImported {
                    meeting: *meeting,
                    opened_at: *opened_at,
                }]),
                (_, Some(_)) => Ok(vec![]),
                // One of our own: what another system noted is not its.
                (_, None) => Err(Refusal::Over),
            };
        }
        if let C::ImportParticipant {
            who,
            moderator,
            joined_at,
            participant,
        } = command
        {
            let held = self.imported.as_ref().ok_or(Refusal::Unknown)?;
            return Ok(if held.contains(who) {
                vec![]
            } else {
                vec![E::ParticipantImported {
                    who: who.clone(),
                    moderator: *moderator,
                    joined_at: *joined_at,
                    participant: participant.clone(),
                }]
            });
        }
        if matches!(command, C::Forget) && self.phase == Phase::Closed && !self.forgotten {
            return Ok(vec![E::SessionAttendanceForgotten {}]);
        }
        match self.phase {
            Phase::Unknown => return Err(Refusal::Unknown),
            // Late hints about a session that is over change nothing, but to open it again would.
            Phase::Closed if matches!(command, C::Opened { .. }) => return Err(Refusal::Over),
            Phase::Closed => return Ok(vec![]),
            Phase::Opening | Phase::Open | Phase::Ending => {}
        }
        Ok(match command {
            C::Opened {
                create_time,
                internal_id,
                adopted,
            } => match &self.identity {
                Some(_) => vec![],
                None => vec![E::SessionOpened {
                    create_time: *create_time,
                    internal_id: internal_id.clone(),
                    adopted: *adopted,
                }],
            },
            C::Troubled(trouble) => match self.trouble {
                Some((known, _)) if known == *trouble => vec![],
                _ => vec![E::SessionTroubled { trouble: *trouble }],
            },
            C::Recovered => self.trouble.map(|_| E::SessionRecovered {}).into_iter().collect(),
            C::Hooked(state) if self.hooks == Some(*state) => vec![],
            C::Hooked(state) => vec![E::SessionHooked { state: *state }],
            C::SlidesGiven(slides) => {
                let new: Vec<SlidesId> = slides.iter().filter(|s| !self.slides.contains(s)).copied().collect();
                if new.is_empty() {
                    vec![]
                } else {
                    vec![E::SessionSlidesGiven { slides: new }]
                }
            }
            C::Joined { who, .. } if self.present.contains_key(who) => vec![],
            C::Joined {
                who,
                moderator,
                robot,
                participant,
            } => {
                vec![E::ParticipantJoined {
                    who: who.clone(),
                    moderator: *moderator,
                    robot: *robot,
                    participant: participant.clone(),
                }]
            }
            C::Changed { who, seen } => self.changed(who, *seen),
            C::Left { who } if self.present.contains_key(who) => vec![E::ParticipantLeft { who: who.clone() }],
            // Who is there is not forgotten.
            C::Forget => vec![],
            C::Left { .. } | C::Request { .. } | C::Import { .. } | C::ImportParticipant { .. } => vec![],
            C::End if self.phase == Phase::Ending => vec![],
            C::End => vec![E::SessionEndRequested {}],
            C::Closed(ended_by) => vec![E::SessionClosed { ended_by: *ended_by }],
        })
    }

    fn evolve(&mut self, event: &SessionEvent, meta: Meta) {
        use SessionEvent as E;
        match event {
            E::SessionRequested { meeting, until, room } => {
                self.phase = Phase::Opening;
                self.since = meta.time;
                self.meeting = Some(*meeting);
                self.until = *until;
                self.foreign.clone_from(room);
            }
            E::SessionOpened {
                create_time,
                internal_id,
                ..
            } => {
                // An end asked for while the create was under way stays asked for.
                if self.phase == Phase::Opening {
                    self.phase = Phase::Open;
                    self.since = meta.time;
                }
                self.trouble = None;
                self.identity = Some(Identity {
                    create_time: *create_time,
                    internal_id: internal_id.clone(),
                });
            }
            E::SessionTroubled { trouble } => self.trouble = Some((*trouble, meta.time)),
            E::SessionRecovered {} => self.trouble = None,
            E::SessionHooked { state } => self.hooks = Some(*state),
            E::SessionSlidesGiven { slides } => self.slides.extend(slides),
            E::ParticipantJoined {
                who, moderator, robot, ..
            } => {
                let part = Part {
                    moderator: *moderator,
                    robot: *robot,
                    ..Part::default()
                };
                self.present.insert(who.clone(), part);
            }
            E::ParticipantChanged {
                who,
                moderator,
                presenter,
                voice,
                camera,
            } => {
                if let Some(part) = self.present.get_mut(who) {
                    (part.moderator, part.presenter) = (*moderator, *presenter);
                    (part.voice, part.camera) = (*voice, *camera);
                }
            }
            E::ParticipantLeft { who } => {
                self.present.remove(who);
            }
            E::SessionEndRequested {} => {
                self.phase = Phase::Ending;
                self.since = meta.time;
            }
            E::SessionClosed { .. } => {
                self.phase = Phase::Closed;
                self.since = meta.time;
                self.trouble = None;
                self.present.clear();
            }
            E::SessionImported { meeting, opened_at } => {
                self.phase = Phase::Closed;
                self.since = *opened_at;
                self.meeting = Some(*meeting);
                self.imported = Some(std::collections::BTreeSet::new());
            }
            E::SessionAttendanceForgotten {} => self.forgotten = true,
            E::ParticipantImported { who, .. } => {
                if let Some(held) = &mut self.imported {
                    held.insert(who.clone());
                }
            }
        }
    }
}

/// The stream of a session.
pub fn stream(id: SessionId) -> crate::StreamName {
    crate::StreamName::of(Session::KIND, id)
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
