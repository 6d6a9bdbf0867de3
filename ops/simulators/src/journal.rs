//! The journal: every call that reached a simulator, in the order of its arrival (surface.md §5, `GET /sim/calls`).
//!
//! Nothing is masked: a test has to see the very parameters that were sent, secrets included.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

/// How many calls are kept; the oldest go first beyond it.
pub const KEPT: usize = 100_000;

/// Which half of the simulators was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum To {
    /// The BBB API.
    Bbb,
    /// One of the gateways.
    Gateway,
}

/// What a call did, as an observer of the simulated world sees it: the answer may say otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It was carried out (a read that was served counts as carried out).
    Applied,
    /// It was understood and turned down.
    Refused,
    /// It changed nothing and was not even judged.
    None,
}

/// Names one call of the journal; grows with each call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallId(u64);

/// One row of `GET /sim/calls`.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    /// Arrival, RFC 3339 in UTC.
    pub at: String,
    /// Which half.
    pub to: To,
    /// Which gateway, by its `gw_id`, when `to` is a gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<String>,
    /// Name of the call: `create`, `hooks/create`, `start`…
    pub name: String,
    /// Parameters as received, decoded.
    pub params: BTreeMap<String, String>,
    /// What it did.
    pub effect: Effect,
    /// HTTP status of the answer, if there was one.
    pub status: Option<u16>,
    /// Whether an answer left; false stays for a call cut or held for ever.
    pub answered: bool,
}

#[derive(Default)]
struct Inner {
    /// Number of the first call in `calls`.
    first: u64,
    calls: VecDeque<Call>,
}

/// The journal shared by both halves. Cheap to clone.
#[derive(Clone, Default)]
pub struct Journal {
    inner: Arc<Mutex<Inner>>,
}

impl Journal {
    /// An empty journal.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down the arrival of a call; its effect is [`Effect::None`] until [`Journal::effect`] says more.
    pub fn begin(&self, to: To, gateway: Option<String>, name: &str, params: BTreeMap<String, String>) -> CallId {
        // The workspace builds chrono without its clock.
        let at = DateTime::<Utc>::from(SystemTime::now());
        let mut inner = self.lock();
        inner.calls.push_back(Call {
            at: at.to_rfc3339_opts(SecondsFormat::Millis, true),
            to,
            gateway,
            name: name.to_owned(),
            params,
            effect: Effect::None,
            status: None,
            answered: false,
        });
        if inner.calls.len() > KEPT {
            inner.calls.pop_front();
            inner.first += 1;
        }
        CallId(inner.first + inner.calls.len() as u64 - 1)
    }

    /// Says what the call did.
    pub fn effect(&self, id: CallId, effect: Effect) {
        self.change(id, |call| call.effect = effect);
    }

    /// Says that an answer left with this HTTP status.
    pub fn answered(&self, id: CallId, status: u16) {
        self.change(id, |call| {
            call.status = Some(status);
            call.answered = true;
        });
    }

    /// Every call kept, oldest first.
    pub fn list(&self) -> Vec<Call> {
        self.lock().calls.iter().cloned().collect()
    }

    fn change(&self, id: CallId, with: impl FnOnce(&mut Call)) {
        let mut inner = self.lock();
        let Some(index) = id.0.checked_sub(inner.first) else {
            return;
        };
        if let Some(call) = inner.calls.get_mut(index as usize) {
            with(call);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_held_for_ever_stays_unanswered() {
        let journal = Journal::new();
        let held = journal.begin(To::Bbb, None, "create", BTreeMap::new());
        let other = journal.begin(To::Gateway, Some("g2".into()), "start", BTreeMap::new());
        journal.effect(held, Effect::Applied);
        journal.answered(other, 200);
        let calls = journal.list();
        assert_eq!(calls.len(), 2);
        assert_eq!(calls[0].effect, Effect::Applied);
        assert!(!calls[0].answered && calls[0].status.is_none());
        assert_eq!(calls[1].status, Some(200));
        assert_eq!(calls[1].gateway.as_deref(), Some("g2"));
    }
}
