//! Whether a gateway can be used: how it was last seen, and when it is out of service.

use serde::{Deserialize, Serialize};

use super::{Gateway, GatewayEvent, Refusal};
use crate::calendar::{Margins, meet};
use crate::catalogue::Public;
use crate::clock::Time;
use crate::ids::OutageId;

/// Longest reason of being out of service, in characters.
pub const REASON_MAX: usize = 200;
/// Most spans out of service that are known of a gateway at once.
pub const OUTAGES_MAX: usize = 100;
/// A start that was refused as busy is believed for so long, in milliseconds, where a probe can't tell (gateway-contract §2.5).
const BUSY_BELIEVED_MS: i64 = 10 * 60_000;

/// How a gateway was seen by a probe without side effects, or by a start that it refused. That it works for one of our lives
/// is no state of its own: `GatewayTaken` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// It answers as it should, and takes the token.
    Up,
    /// It works, for a room that is none of ours.
    BusyElsewhere,
    /// It does not answer.
    Unreachable,
    /// It answers, and takes no orders.
    Refusing,
    /// It refuses the token.
    WrongToken,
    /// What it answers can't be read.
    Unknown,
}

/// What is behind it, where that is known: each has a way out of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthCause {
    /// A server in front of it answers in its place.
    FrontServer,
    /// Something else answers there.
    NotAGateway,
    /// The proxy of a pool answers there.
    Pool,
    /// It is older than streaming (before 1.5), or the path is wrong.
    TooOld,
    /// Its generation wants a `gw_id`, and none is set.
    NoGwId,
    /// It knows no container of that `gw_id`.
    GwIdUnknown,
    /// It refused a start as busy; a probe of this generation can't see that.
    StartRefused,
}

/// A span out of service, [from, to).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// Its id.
    pub id: OutageId,
    /// From.
    pub from: Time,
    /// To, exclusive; `None`: until somebody says that it is back.
    pub to: Option<Time>,
    /// Why, in clear.
    pub reason: String,
}

impl Outage {
    /// Its end, or the end of time.
    pub fn end(&self) -> Time {
        self.to.unwrap_or(Time(i64::MAX))
    }
}

impl Gateway {
    /// The span out of service in the way of [from, to) with its margins, if any.
    pub fn out_of_service(&self, from: Time, to: Time, margins: Margins) -> Option<&Outage> {
        let wished = margins.round(from, to);
        self.outages.iter().find(|o| meet((o.from, o.end()), wished))
    }

    pub(super) fn take_out(
        &self,
        outage: OutageId,
        from: Time,
        to: Option<Time>,
        reason: &str,
        now: Time,
    ) -> Result<Vec<GatewayEvent>, Refusal> {
        self.known()?;
        if self.outages.iter().any(|o| o.id == outage) {
            return Ok(vec![]);
        }
        if to.is_some_and(|to| to <= from || to <= now) {
            return Err(Refusal::Interval);
        }
        let reason = reason.trim();
        if reason.chars().count() > REASON_MAX || reason.chars().any(char::is_control) {
            return Err(Refusal::Reason);
        }
        if self.outages.iter().filter(|o| o.end() > now).count() >= OUTAGES_MAX {
            return Err(Refusal::TooManyOutages);
        }
        Ok(vec![GatewayEvent::GatewayOutOfService {
            outage,
            from,
            to,
            reason: Public(reason.to_owned()),
        }])
    }

    pub(super) fn back(&self, outage: OutageId) -> Vec<GatewayEvent> {
        let there = self.outages.iter().any(|o| o.id == outage);
        there
            .then_some(GatewayEvent::GatewayBackInService { outage })
            .into_iter()
            .collect()
    }

    /// A transition is an event, a look that finds the same is none.
    pub(super) fn seen(
        &self,
        health: Health,
        cause: Option<HealthCause>,
        now: Time,
    ) -> Result<Vec<GatewayEvent>, Refusal> {
        self.known()?;
        Ok(match self.health {
            Some((held, held_cause, _)) if (held, held_cause) == (health, cause) => vec![],
            // Generations 1 to 3 answer a probe the same whatever runs on them: what a start learnt is not forgotten at once, unless one
            // of our own runs has the machine since.
            Some((Health::BusyElsewhere, Some(HealthCause::StartRefused), since))
                if health == Health::Up && self.taken.is_none() && now.since_ms(since) < BUSY_BELIEVED_MS =>
            {
                vec![]
            }
            _ => vec![GatewayEvent::GatewayHealthChanged { health, cause }],
        })
    }
}
