//! The relay of a session: which lines of the page went into the room (design §6). Stream `relay-{session}`.
//!
//! Intent before the call, the call once, then the outcome. A line is asked for once; only where hooks
//! prove that the first try never reached the room (its echo did not come) is a second one allowed.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Meta};
use crate::clock::Time;
use crate::envelope::Position;
use crate::ids::{LiveId, MessageId, SessionId};

/// By which way lines reach the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// BBB's `sendChatMessage`.
    Bbb,
    /// The gateway types it.
    Gateway,
    /// The room can't be written to.
    None,
}

/// What proved that a line is in the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The call was answered with success.
    Answer,
    /// The room's own echo.
    Echo,
}

/// Why a line surely is not in the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailedWhy {
    /// The room can't be written to.
    NoWay,
    /// It refused the line.
    Refused,
    /// The line was taken away before.
    Removed,
    /// Longer than the way in force takes.
    TooLong,
}

crate::events! {
    /// What happened between a live's page and the room.
    pub enum RelayEvent {
        /// Lines of that live go to the room this way from now on, in these limits; `hooks` says that the room's lines come back.
        RelayWayFound = 1 { live: LiveId, way: Way, max_units: u32, max_bytes: u32, hooks: bool }
        /// Intent: the line is about to be handed to the room.
        ChatRelayAsked = 1 { message: MessageId, position: Position, attempt: u32 }
        /// Outcome: it is in the room.
        ChatMessageRelayed = 1 { message: MessageId, proof: Proof }
        /// Outcome: it may be in the room; its author may send it again.
        ChatRelayUnknown = 1 { message: MessageId }
        /// It surely did not reach the room at the first try: it will be asked again.
        ChatRelayMissed = 1 { message: MessageId }
        /// It was older than two minutes and was not sent.
        ChatRelayLate = 1 { messages: Vec<MessageId>, position: Position }
        /// Outcome: it surely is not in the room.
        ChatRelayFailed = 1 { message: MessageId, position: Position, why: FailedWhy }
    }
}

/// What may be asked of a relay.
#[derive(Debug, Clone)]
pub enum RelayCommand {
    /// The way in force.
    SetWay {
        /// Of which live.
        live: LiveId,
        /// Which way.
        way: Way,
        /// Most UTF-16 units.
        max_units: u32,
        /// Most bytes.
        max_bytes: u32,
        /// The room's lines come back.
        hooks: bool,
    },
    /// The line is about to be handed over.
    Ask {
        /// Which line.
        message: MessageId,
        /// Its position in the log.
        position: Position,
        /// The line in flight, where its call was answered with success: its outcome and this intent are one append.
        answered: Option<MessageId>,
    },
    /// It is in the room.
    Relayed {
        /// Which line.
        message: MessageId,
        /// What proved it.
        proof: Proof,
    },
    /// Nobody knows.
    Unknown {
        /// Which line.
        message: MessageId,
    },
    /// It surely did not arrive, and may be asked again.
    Missed {
        /// Which line.
        message: MessageId,
    },
    /// These are too old.
    Late {
        /// Which lines.
        messages: Vec<MessageId>,
        /// Position of the last.
        position: Position,
    },
    /// It surely is not in the room.
    Failed {
        /// Which line.
        message: MessageId,
        /// Its position in the log.
        position: Position,
        /// Why.
        why: FailedWhy,
    },
}

/// Why a command on a relay is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The line has an outcome, or was asked for.
    #[error("the line was asked for before")]
    Again,
    /// A line is in flight: one at a time.
    #[error("a line is in flight")]
    Busy,
    /// The line was not asked for.
    #[error("the line was not asked for")]
    NotAsked,
}

/// The line in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InFlight {
    /// Which line.
    pub message: MessageId,
    /// Its position in the log.
    pub position: Position,
    /// 1 for the first try.
    pub attempt: u32,
    /// Since when.
    pub since: Time,
}

/// A relay as folded from its stream.
#[derive(Debug, Clone, Default)]
pub struct Relay {
    /// The way in force.
    pub way: Option<(LiveId, Way, u32, u32, bool)>,
    /// The line in flight.
    pub in_flight: Option<InFlight>,
    /// Everything up to here has an outcome or is in flight.
    pub cursor: Position,
    /// Lines whose fate was said unknown; an echo may still settle them.
    pub unknown: BTreeMap<MessageId, Time>,
    /// A line to be tried again, with its position and tries so far.
    pub again: Option<(MessageId, Position, u32)>,
    /// The latest lines that their answer settled, oldest first: an echo of each may still come.
    pub answered: VecDeque<(MessageId, Time)>,
}

/// Most lines kept in [`Relay::answered`].
const ANSWERED: usize = 512;

impl Aggregate for Relay {
    const KIND: &'static str = "relay";
    type Event = RelayEvent;
    type Command = RelayCommand;
    type Refusal = Refusal;

    fn decide(&self, command: &RelayCommand, _now: Time) -> Result<Vec<RelayEvent>, Refusal> {
        use RelayCommand as C;
        use RelayEvent as E;
        let flying = |m: &MessageId| self.in_flight.is_some_and(|f| f.message == *m);
        match command {
            C::SetWay {
                live,
                way,
                max_units,
                max_bytes,
                hooks,
            } => {
                let new = (*live, *way, *max_units, *max_bytes, *hooks);
                Ok(if self.way == Some(new) {
                    vec![]
                } else {
                    vec![E::RelayWayFound {
                        live: *live,
                        way: *way,
                        max_units: *max_units,
                        max_bytes: *max_bytes,
                        hooks: *hooks,
                    }]
                })
            }
            C::Ask {
                message,
                position,
                answered,
            } => {
                let mut events = vec![];
                if let Some(flight) = self.in_flight {
                    if *answered != Some(flight.message) {
                        return Err(Refusal::Busy);
                    }
                    events.push(E::ChatMessageRelayed {
                        message: flight.message,
                        proof: Proof::Answer,
                    });
                }
                let (position, attempt) = match self.again {
                    Some((m, p, tries)) if m == *message => (p, tries + 1),
                    _ if *position <= self.cursor => return Err(Refusal::Again),
                    // Else the missed line would be forgotten without an outcome.
                    Some(_) => return Err(Refusal::Busy),
                    None => (*position, 1),
                };
                events.push(E::ChatRelayAsked {
                    message: *message,
                    position,
                    attempt,
                });
                Ok(events)
            }
            C::Relayed { message, proof } => {
                // An echo also settles a line said missed too early: asked again it would stand in the room twice.
                let again = self.again.is_some_and(|(m, ..)| m == *message);
                if flying(message) || (*proof == Proof::Echo && (again || self.unknown.contains_key(message))) {
                    Ok(vec![E::ChatMessageRelayed {
                        message: *message,
                        proof: *proof,
                    }])
                } else {
                    Ok(vec![])
                }
            }
            C::Unknown { message } if flying(message) => Ok(vec![E::ChatRelayUnknown { message: *message }]),
            C::Missed { message } if flying(message) => Ok(vec![E::ChatRelayMissed { message: *message }]),
            C::Unknown { .. } | C::Missed { .. } => Err(Refusal::NotAsked),
            C::Late { messages, position } => {
                let known = *position <= self.cursor && self.again.is_none_or(|(m, ..)| !messages.contains(&m));
                // A line in flight has its own outcome to come.
                let messages: Vec<_> = messages.iter().copied().filter(|m| !flying(m)).collect();
                Ok(if messages.is_empty() || known {
                    vec![]
                } else {
                    vec![E::ChatRelayLate {
                        messages,
                        position: *position,
                    }]
                })
            }
            C::Failed { message, position, why } => {
                let again = self.again.is_some_and(|(m, ..)| m == *message);
                if flying(message) || again || *position > self.cursor {
                    Ok(vec![E::ChatRelayFailed {
                        message: *message,
                        position: *position,
                        why: *why,
                    }])
                } else {
                    Err(Refusal::Again)
                }
            }
        }
    }

    fn evolve(&mut self, event: &RelayEvent, meta: Meta) {
        use RelayEvent as E;
        match event {
            E::RelayWayFound {
                live,
                way,
                max_units,
                max_bytes,
                hooks,
            } => {
                self.way = Some((*live, *way, *max_units, *max_bytes, *hooks));
            }
            E::ChatRelayAsked {
                message,
                position,
                attempt,
            } => {
                self.in_flight = Some(InFlight {
                    message: *message,
                    position: *position,
                    attempt: *attempt,
                    since: meta.time,
                });
                self.again = None;
                self.cursor = self.cursor.max(*position);
            }
            E::ChatMessageRelayed { message, proof } => {
                self.land(*message);
                if *proof == Proof::Answer {
                    self.answered.push_back((*message, meta.time));
                    if self.answered.len() > ANSWERED {
                        self.answered.pop_front();
                    }
                }
                self.unknown.remove(message);
                self.again = self.again.filter(|(m, ..)| m != message);
            }
            E::ChatRelayUnknown { message } => {
                self.land(*message);
                self.unknown.insert(*message, meta.time);
            }
            E::ChatRelayMissed { message } => {
                if let Some(f) = self.in_flight.filter(|f| f.message == *message) {
                    self.again = Some((f.message, f.position, f.attempt));
                }
                self.land(*message);
            }
            E::ChatRelayLate { messages, position } => {
                self.again = self.again.filter(|(m, ..)| !messages.contains(m));
                self.cursor = self.cursor.max(*position);
            }
            E::ChatRelayFailed { message, position, .. } => {
                self.land(*message);
                self.again = self.again.filter(|(m, ..)| m != message);
                self.cursor = self.cursor.max(*position);
            }
        }
    }
}

impl Relay {
    fn land(&mut self, message: MessageId) {
        self.in_flight = self.in_flight.filter(|f| f.message != message);
    }
}

/// The stream of a session's relay.
pub fn stream(session: SessionId) -> crate::StreamName {
    crate::StreamName::of(Relay::KIND, session)
}

#[cfg(test)]
#[path = "relay_tests.rs"]
mod tests;
