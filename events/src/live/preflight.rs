//! What a look at everything that a webinar needs found, a while before it starts: once for each start that was planned.

use serde::{Deserialize, Serialize};

use super::{Live, LiveEvent, Refusal};
use crate::clock::Time;

/// What is wrong with a thing that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckFault {
    /// There is none: no gateway is held.
    Lacking,
    /// It does not answer.
    Unreachable,
    /// It answers, and takes no orders; or what it answers can't be read.
    Refusing,
    /// It refuses the token or the secret.
    WrongToken,
    /// It works for a room that is none of ours.
    Busy,
    /// Lines of the audience have no way into the room.
    NoWay,
}

/// What was looked at; no fault: well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Checks {
    /// The gateway that is held.
    pub gateway: Option<CheckFault>,
    /// The address that the picture is fetched at.
    pub playlist: Option<CheckFault>,
    /// BBB.
    pub bbb: Option<CheckFault>,
    /// The way of the audience's lines into the room.
    pub chat: Option<CheckFault>,
}

impl Checks {
    /// Nothing is wrong.
    pub fn well(&self) -> bool {
        *self == Self::default()
    }

    /// What is wrong, by what was looked at.
    pub fn faults(&self) -> Vec<(&'static str, CheckFault)> {
        [
            ("gateway", self.gateway),
            ("playlist", self.playlist),
            ("bbb", self.bbb),
            ("chat", self.chat),
        ]
        .into_iter()
        .filter_map(|(what, fault)| fault.map(|fault| (what, fault)))
        .collect()
    }
}

/// What a look found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preflight {
    /// Before which start.
    pub starts_at: Time,
    /// When it was looked.
    pub at: Time,
    /// What was found.
    pub checks: Checks,
}

impl Live {
    pub(super) fn preflight_done(&self, starts_at: Time, checks: Checks) -> Result<Vec<LiveEvent>, Refusal> {
        self.planned()?;
        // Once for each start: it is looked again where the webinar was moved.
        Ok(if self.preflight.is_some_and(|p| p.starts_at == starts_at) {
            vec![]
        } else {
            vec![LiveEvent::LivePreflightDone {
                starts_at,
                gateway: checks.gateway,
                playlist: checks.playlist,
                bbb: checks.bbb,
                chat: checks.chat,
            }]
        })
    }
}
