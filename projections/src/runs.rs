//! Runs of gateways, those that are over too: what administrators look through (census §7.1, *Livestream*).

use amphi_events::Time;
use amphi_events::ids::{GatewayId, LiveId, RunId};
use amphi_events::live::{LiveEvent, RunFault};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::rows::{Doc, parse};
use crate::{ReadError, ReadModels};

/// One run, whatever became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunPast {
    /// Its id.
    pub id: RunId,
    /// For which live.
    pub live: LiveId,
    /// 1 for the live's first.
    pub number: u32,
    /// On which gateway.
    pub gateway: GatewayId,
    /// When its start was asked for.
    pub asked_at: Time,
    /// When its picture moved for the first time.
    pub on_air_at: Option<Time>,
    /// When it surely was over.
    pub over_at: Option<Time>,
    /// What went wrong last.
    pub fault: Option<RunFault>,
}

impl Doc for RunPast {
    const TABLE: &'static str = "lives_runs";
    const COLUMNS: &'static [&'static str] = &[];
    fn columns(&self) -> Vec<Value> {
        vec![]
    }
}

/// A run that an event begins.
pub(crate) fn begun(live: LiveId, event: &LiveEvent, at: Time) -> Option<RunPast> {
    match event {
        LiveEvent::GatewayStartAsked {
            run, number, gateway, ..
        } => Some(RunPast {
            id: *run,
            live,
            number: *number,
            gateway: *gateway,
            asked_at: at,
            on_air_at: None,
            over_at: None,
            fault: None,
        }),
        _ => None,
    }
}

/// The run that an event speaks of, where that changes what is kept of it.
pub(crate) const fn told(event: &LiveEvent) -> Option<RunId> {
    use LiveEvent as E;
    match event {
        E::LiveWentOnAir { run }
        | E::GatewayStopped { run }
        | E::GatewayStartFailed { run, .. }
        | E::LiveStalled { run, .. }
        | E::LiveRunFenced { run, .. }
        | E::GatewayStopAsked { run, fault: Some(_) } => Some(*run),
        _ => None,
    }
}

impl RunPast {
    pub(crate) fn take(&mut self, event: &LiveEvent, at: Time) {
        use LiveEvent as E;
        match event {
            E::LiveWentOnAir { .. } => self.on_air_at = self.on_air_at.or(Some(at)),
            E::GatewayStopped { .. } => self.over_at = Some(at),
            E::GatewayStartFailed { fault, .. }
            | E::LiveStalled { fault, .. }
            | E::LiveRunFenced { fault, .. }
            | E::GatewayStopAsked { fault: Some(fault), .. } => self.fault = Some(*fault),
            _ => {}
        }
    }
}

impl ReadModels {
    /// All runs, the newest first.
    pub async fn all_runs(&self) -> Result<Vec<RunPast>, ReadError> {
        parse(
            sqlx::query_scalar("SELECT row FROM lives_runs ORDER BY id DESC")
                .fetch_all(&self.readers)
                .await?,
        )
    }
}
