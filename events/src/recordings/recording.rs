//! One recording: what BBB says of it, what people want of it, and what an event makes of it.

use serde::{Deserialize, Serialize};

use super::RecordingsEvent;
use crate::catalogue::Public;
use crate::clock::Time;
use crate::ids::SessionId;

/// Most formats of a recording that are kept.
pub const FORMATS_MAX: usize = 20;

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
