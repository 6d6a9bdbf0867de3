//! What presenters see besides: `console` frames of `/live/{event}/console/ws`. Absolute and without `upto`: only the newest counts.

use amphi_events::ids::SessionId;
use amphi_events::live::{CheckFault, RunFault, RunPhase};
use amphi_events::session::{self, Phase, Trouble};
use amphi_events::store::Place;
use amphi_projections::LiveRow;
use bytes::Bytes;
use serde::Serialize;

use crate::{Hub, frame, wire};

#[derive(Serialize)]
#[serde(tag = "t", rename = "console")]
struct Console {
    /// Name of the gateway held, or running.
    gateway: Option<String>,
    run: Option<Run>,
    steps: Vec<amphi_projections::Step>,
    stream: Stream,
    bbb: Option<Troubled>,
    participants: Vec<Present>,
    restricted: bool,
    /// BBB is being told to end the room.
    ending: bool,
    /// Starts that failed since the live was wanted; also between two runs.
    failures: u32,
    /// What is wrong, as a look before the start found; empty once it is on air.
    preflight: Vec<Wrong>,
}

/// Something that is not as it should be.
#[derive(Serialize)]
struct Wrong {
    what: &'static str,
    fault: CheckFault,
}

#[derive(Serialize)]
struct Run {
    number: u32,
    phase: RunPhase,
    asked_at: String,
    fault: Option<RunFault>,
    failures: u32,
}

#[derive(Serialize)]
struct Stream {
    on_air_since: Option<String>,
    stalled: Option<RunFault>,
    stalled_since: Option<String>,
}

#[derive(Serialize)]
struct Troubled {
    trouble: Trouble,
    since: String,
}

#[derive(Serialize)]
struct Present {
    /// Empty where the key was destroyed.
    name: String,
    moderator: bool,
    robot: bool,
    since: String,
}

/// The frame as of now.
pub(crate) async fn frame(hub: &Hub, row: &LiveRow) -> Result<Bytes, String> {
    let gateway = match row.run.map(|r| r.gateway).or(row.gateway) {
        Some(id) => hub
            .read
            .gateway(id)
            .await
            .map_err(|e| e.to_string())?
            .map(|g| g.setup.name.0),
        None => None,
    };
    let participants = match row.session {
        Some(session) => present(hub, session).await?,
        None => vec![],
    };
    let stalled = row.run.and_then(|r| r.stalled);
    let console = Console {
        gateway,
        run: row.run.map(|r| Run {
            number: r.number,
            phase: r.phase,
            asked_at: r.asked_at.rfc3339(),
            fault: r.fault.or(row.last_fault),
            failures: row.failures,
        }),
        steps: row.state(hub.sources.now()).steps,
        stream: Stream {
            on_air_since: row.run.and_then(|r| r.on_air_since).map(amphi_events::Time::rfc3339),
            stalled: stalled.map(|s| s.0),
            stalled_since: stalled.map(|s| s.1.rfc3339()),
        },
        bbb: row.trouble.map(|(trouble, since)| Troubled {
            trouble,
            since: since.rfc3339(),
        }),
        participants,
        restricted: row.restricted,
        ending: row.session_phase == Phase::Ending,
        failures: row.failures,
        preflight: wrong(row),
    };
    Ok(frame::text(&wire::json(&console)))
}

fn wrong(row: &LiveRow) -> Vec<Wrong> {
    let seen = row.run.is_some_and(|r| r.on_air_since.is_some());
    let found = row.preflight.filter(|p| p.starts_at == row.starts_at && !seen);
    let faults = found.map(|p| p.checks.faults()).unwrap_or_default();
    faults.into_iter().map(|(what, fault)| Wrong { what, fault }).collect()
}

async fn present(hub: &Hub, session: SessionId) -> Result<Vec<Present>, String> {
    let Some(row) = hub.read.session(session).await.map_err(|e| e.to_string())? else {
        return Ok(vec![]);
    };
    let stream = session::stream(session);
    Ok(row
        .present
        .iter()
        .map(|p| {
            let at = Place {
                stream: &stream,
                event: p.event,
                field: "participant",
            };
            let name = hub
                .keys
                .open(&at, &p.participant)
                .ok()
                .flatten()
                .map(|p| p.name)
                .unwrap_or_default();
            Present {
                name,
                moderator: p.moderator,
                robot: p.robot,
                since: p.joined_at.rfc3339(),
            }
        })
        .collect())
}
