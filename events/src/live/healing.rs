//! A picture whose gateway fails: who takes it over, and what stays behind.
//!
//! A run that can't be stopped because its gateway doesn't answer is *fenced*: its room token opens nothing any more, it is told to stop until
//! it has, and nothing is started at its gateway or its broadcaster before that. So a gateway that comes back never shows the same live
//! twice at one place, and another gateway need not wait for it.

use super::{Live, LiveEvent, Refusal, Run, RunFault, RunPhase};
use crate::clock::Time;
use crate::ids::{BroadcasterId, GatewayId, RunId};

/// A gateway that failed a live since it was last wanted, or since a picture that held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    /// Which.
    pub gateway: GatewayId,
    /// How often.
    pub times: u32,
}

impl Live {
    /// How often this gateway failed it, since it was last wanted or since a picture that held.
    pub fn tried(&self, gateway: GatewayId) -> u32 {
        let of = self.tried.iter().find(|t| t.gateway == gateway);
        of.map_or(0, |t| t.times)
    }

    /// A run that was left behind may still be at this gateway, or show itself at this broadcaster.
    pub fn is_fenced(&self, gateway: GatewayId, broadcaster: BroadcasterId) -> bool {
        let there = |r: &Run| r.gateway == gateway || r.broadcaster == broadcaster;
        self.fenced.iter().any(there)
    }

    /// Another gateway is held than the one that failed it last: its start is a taking over.
    pub fn takes_over(&self) -> bool {
        self.failed_at
            .is_some_and(|(from, _)| self.held.is_some_and(|h| h.gateway != from))
    }

    /// It is wanted, failed or left a run behind, and holds a gateway for its next start: whoever starts it moves the hold, and nobody else. Who
    /// wants it anew forgives what failed, and a run that was left behind is there all the same: one moved the hold back to its gateway and the
    /// other away from it, for ever (found by the model).
    pub fn is_healing(&self, now: Time) -> bool {
        let holds = self.held.is_some_and(|h| h.from <= now && now < h.to);
        let failed = self.failures.0 > 0 || !self.fenced.is_empty();
        holds && self.wanted.is_some() && self.run.is_none() && failed
    }

    /// What went wrong last with a gateway.
    pub fn fault(&self) -> RunFault {
        self.failed_at.map_or(RunFault::Unreachable, |(_, fault)| fault)
    }

    /// The run of that id that was left behind.
    pub fn left_behind(&self, run: RunId) -> Option<&Run> {
        self.fenced.iter().find(|r| r.id == run)
    }

    /// Another gateway than the one that failed takes over: said with the start that does so.
    pub(super) fn taken_over(&self, to: GatewayId) -> Option<LiveEvent> {
        let (from, fault) = self.failed_at.filter(|(from, _)| *from != to)?;
        Some(LiveEvent::LiveTakenOver { from, to, fault })
    }

    /// Leaves a run behind that is being stopped and doesn't answer, where the picture is wanted all the same.
    pub(super) fn fence(&self, run: RunId) -> Result<Vec<LiveEvent>, Refusal> {
        if self.left_behind(run).is_some() {
            return Ok(vec![]);
        }
        let present = self.present(run)?;
        if present.phase != RunPhase::Stopping {
            return Err(Refusal::StopFirst);
        }
        if self.wanted.is_none() {
            return Err(Refusal::NotWanted);
        }
        let fault = present.fault.unwrap_or(RunFault::Unreachable);
        Ok(vec![LiveEvent::LiveRunFenced { run, fault }])
    }

    /// Nothing can take over for now.
    pub(super) fn put_off(&self, gateway: GatewayId, fault: RunFault) -> Result<Vec<LiveEvent>, Refusal> {
        self.planned()?;
        if self.wanted.is_none() {
            return Err(Refusal::NotWanted);
        }
        if self.run.is_some() {
            return Err(Refusal::RunLeft);
        }
        Ok(vec![LiveEvent::LiveHealingPutOff { gateway, fault }])
    }

    /// A failure, and whose.
    pub(super) fn failed(&mut self, gateway: GatewayId, fault: RunFault, at: Time) {
        self.failures = (self.failures.0 + 1, Some(at));
        // That the program died while it asked is no fault of the gateway.
        if fault == RunFault::Interrupted {
            return;
        }
        self.failed_at = Some((gateway, fault));
        match self.tried.iter_mut().find(|t| t.gateway == gateway) {
            Some(t) => t.times += 1,
            None => self.tried.push(Tried { gateway, times: 1 }),
        }
    }

    /// Whatever failed before is forgiven: a person wants it anew, or the picture held.
    pub(super) fn forgive(&mut self) {
        self.failures = (0, None);
        self.tried.clear();
        self.failed_at = None;
    }

    /// What follows from leaving a run behind.
    pub(super) fn fenced_off(&mut self, fault: RunFault, at: Time) {
        let Some(run) = self.run.take() else { return };
        self.restart = false;
        // A person wanted it replaced, and then its gateway did not answer: that is the failure.
        if run.fault.is_none() {
            self.failed(run.gateway, fault, at);
        }
        self.fenced.push(run);
    }
}
