//! A rehearsal of a webinar: the whole chain on a room of its own, whose picture nobody is shown. Stream `rehearsal-{id}`.
//!
//! It is no session and no live: nothing of it is public, and nothing of it is counted. What it holds (a gateway, its broadcaster, a room in
//! BBB) is in its stream before it is taken, so that a program that was killed gives it back.

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Meta};
use crate::clock::Time;
use crate::ids::{BroadcasterId, GatewayId, LiveId, MeetingId, RehearsalId, RunId};

/// A step of the chain, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A gateway and its broadcaster are free.
    Gateway,
    /// BBB makes a room.
    Room,
    /// The gateway takes the order to start.
    Start,
    /// Its robot comes into the room.
    Robot,
    /// The playlist moves.
    Picture,
    /// A line reaches the room's chat.
    Chat,
    /// All of it is over again.
    Stop,
}

impl Step {
    /// All, in their order.
    pub const ALL: [Self; 7] = [
        Self::Gateway,
        Self::Room,
        Self::Start,
        Self::Robot,
        Self::Picture,
        Self::Chat,
        Self::Stop,
    ];
}

/// Why a step came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepFault {
    /// No gateway is free, or can be spoken to.
    NoGateway,
    /// BBB did not answer, or not well.
    Bbb,
    /// The gateway is busy or refuses.
    GatewayRefused,
    /// The gateway could not be reached.
    GatewayUnreachable,
    /// The gateway failed, or said nothing that is known.
    GatewayFailed,
    /// The robot did not come in time.
    NoRobot,
    /// No moving picture in time.
    NoPicture,
    /// The broadcaster could not be reached.
    BroadcasterUnreachable,
    /// There is no way for lines into the room.
    NoWay,
    /// The line was refused, or its fate is unknown.
    ChatRefused,
    /// The bound of the whole rehearsal was reached.
    TooLong,
}

/// How a rehearsal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Every step went well.
    Passed,
    /// A step came to nothing.
    Failed,
    /// Somebody ended it, or its webinar began.
    Cancelled,
    /// The program died meanwhile: what was held was given back.
    Interrupted,
}

crate::events! {
    /// What happened to a rehearsal.
    pub enum RehearsalEvent {
        /// Somebody asked for it; it ends by then.
        RehearsalRequested = 1 { live: LiveId, meeting: MeetingId, until: Time }
        /// Intent: this gateway, its broadcaster and this run are about to be taken.
        RehearsalHolds = 1 { gateway: GatewayId, broadcaster: BroadcasterId, run: RunId }
        /// BBB has its room; milliseconds, BBB's identity of it.
        RehearsalRoomOpened = 1 { create_time: i64 }
        /// A step is over, well where there is no fault.
        RehearsalStepDone = 1 { step: Step, took_ms: u64, fault: Option<StepFault> }
        /// Somebody wants it over.
        RehearsalCancelled = 1 {}
        /// It is over, and nothing is left of it.
        RehearsalEnded = 1 { how: How }
    }
}

/// What may be asked of a rehearsal.
#[derive(Debug, Clone)]
pub enum RehearsalCommand {
    /// Have it.
    Request {
        /// Of which live.
        live: LiveId,
        /// Of which meeting.
        meeting: MeetingId,
        /// By when it ends.
        until: Time,
    },
    /// These are about to be taken.
    Holds {
        /// The gateway.
        gateway: GatewayId,
        /// Its broadcaster.
        broadcaster: BroadcasterId,
        /// The run.
        run: RunId,
    },
    /// BBB has the room.
    RoomOpened {
        /// BBB's identity of it.
        create_time: i64,
    },
    /// A step is over.
    Done {
        /// Which.
        step: Step,
        /// So long it took.
        took_ms: u64,
        /// What went wrong.
        fault: Option<StepFault>,
    },
    /// End it.
    Cancel,
    /// Nothing is left of it.
    End(How),
}

/// A command that doesn't fit where the rehearsal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such rehearsal.
    #[error("no such rehearsal")]
    Unknown,
    /// It is over.
    #[error("the rehearsal is over")]
    Over,
}

/// What is held for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holds {
    /// The gateway.
    pub gateway: GatewayId,
    /// Its broadcaster.
    pub broadcaster: BroadcasterId,
    /// The run.
    pub run: RunId,
}

/// A rehearsal as folded from its stream.
#[derive(Debug, Clone, Default)]
pub struct Rehearsal {
    /// Of which live and meeting; `None` before it was asked for.
    pub of: Option<(LiveId, MeetingId)>,
    /// By when it ends.
    pub until: Time,
    /// What it took, or was about to.
    pub holds: Option<Holds>,
    /// BBB's identity of its room.
    pub room: Option<i64>,
    /// Steps that are over: how long each took, and what went wrong.
    pub steps: Vec<(Step, u64, Option<StepFault>)>,
    /// Somebody wants it over.
    pub cancelled: bool,
    /// How it ended.
    pub ended: Option<How>,
}

impl Rehearsal {
    /// It is under way.
    pub const fn runs(&self) -> bool {
        self.of.is_some() && self.ended.is_none()
    }
}

impl Aggregate for Rehearsal {
    const KIND: &'static str = "rehearsal";
    type Event = RehearsalEvent;
    type Command = RehearsalCommand;
    type Refusal = Refusal;

    fn decide(&self, command: &RehearsalCommand, _: Time) -> Result<Vec<RehearsalEvent>, Refusal> {
        use RehearsalCommand as C;
        use RehearsalEvent as E;
        if let C::Request { live, meeting, until } = command {
            return Ok(if self.of.is_some() {
                vec![]
            } else {
                vec![E::RehearsalRequested {
                    live: *live,
                    meeting: *meeting,
                    until: *until,
                }]
            });
        }
        if self.of.is_none() {
            return Err(Refusal::Unknown);
        }
        if self.ended.is_some() {
            // What is over may be ended again; nothing else follows.
            return match command {
                C::End(_) | C::Cancel => Ok(vec![]),
                _ => Err(Refusal::Over),
            };
        }
        Ok(match command {
            C::Request { .. } => vec![],
            C::Holds {
                gateway,
                broadcaster,
                run,
            } => vec![E::RehearsalHolds {
                gateway: *gateway,
                broadcaster: *broadcaster,
                run: *run,
            }],
            C::RoomOpened { create_time } => vec![E::RehearsalRoomOpened {
                create_time: *create_time,
            }],
            C::Done { step, took_ms, fault } => {
                if self.steps.iter().any(|(done, ..)| done == step) {
                    vec![]
                } else {
                    vec![E::RehearsalStepDone {
                        step: *step,
                        took_ms: *took_ms,
                        fault: *fault,
                    }]
                }
            }
            C::Cancel if self.cancelled => vec![],
            C::Cancel => vec![E::RehearsalCancelled {}],
            C::End(how) => vec![E::RehearsalEnded { how: *how }],
        })
    }

    fn evolve(&mut self, event: &RehearsalEvent, _: Meta) {
        use RehearsalEvent as E;
        match event {
            E::RehearsalRequested { live, meeting, until } => {
                (self.of, self.until) = (Some((*live, *meeting)), *until);
            }
            E::RehearsalHolds {
                gateway,
                broadcaster,
                run,
            } => {
                self.holds = Some(Holds {
                    gateway: *gateway,
                    broadcaster: *broadcaster,
                    run: *run,
                });
            }
            E::RehearsalRoomOpened { create_time } => self.room = Some(*create_time),
            E::RehearsalStepDone { step, took_ms, fault } => self.steps.push((*step, *took_ms, *fault)),
            E::RehearsalCancelled {} => self.cancelled = true,
            E::RehearsalEnded { how } => self.ended = Some(*how),
        }
    }
}

/// The stream of a rehearsal.
pub fn stream(id: RehearsalId) -> crate::StreamName {
    crate::StreamName::of(Rehearsal::KIND, id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::{Story, id};

    fn request() -> RehearsalCommand {
        RehearsalCommand::Request {
            live: id(1),
            meeting: id(2),
            until: Time(2_000),
        }
    }

    #[test]
    fn a_rehearsal_says_what_it_takes_and_each_step_once_and_ends_once() {
        let mut r: Story<Rehearsal> = Story::at(1_000);
        assert_eq!(r.refused(&RehearsalCommand::Cancel), Refusal::Unknown);
        assert_eq!(r.did(request()), ["RehearsalRequested"]);
        assert_eq!(r.did(request()), Vec::<&str>::new(), "asked for once");
        let holds = RehearsalCommand::Holds {
            gateway: id(3),
            broadcaster: id(4),
            run: id(5),
        };
        assert_eq!(r.did(holds), ["RehearsalHolds"]);
        let done = |fault| RehearsalCommand::Done {
            step: Step::Room,
            took_ms: 12,
            fault,
        };
        assert_eq!(r.did(done(None)), ["RehearsalStepDone"]);
        assert_eq!(r.did(done(Some(StepFault::Bbb))), Vec::<&str>::new());
        assert_eq!(r.did(RehearsalCommand::Cancel), ["RehearsalCancelled"]);
        assert_eq!(r.did(RehearsalCommand::Cancel), Vec::<&str>::new());
        assert_eq!(r.did(RehearsalCommand::End(How::Cancelled)), ["RehearsalEnded"]);
        assert_eq!(r.did(RehearsalCommand::End(How::Failed)), Vec::<&str>::new());
        assert_eq!(r.refused(&done(None)), Refusal::Over);
    }
}
