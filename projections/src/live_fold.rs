//! What the events of a live's own stream do to its row.

use amphi_events::Time;
use amphi_events::live::{Checks, LiveEvent, Preflight, RunFault, RunPhase};

use crate::live_row::{Held, Lacking, LiveRow, MovedRow, RunRow, WantedRow};

/// What an event of the live's own stream says; mirrors [`amphi_events::live::Live`]'s folding.
pub(crate) fn take_live(row: &mut LiveRow, event: &LiveEvent, now: Time) {
    use LiveEvent as E;
    match event {
        E::LivePlanned {
            meeting,
            owner,
            presenters,
            title,
            starts_at,
            ends_at,
            restricted,
        } => {
            row.planned = true;
            row.gateway_since = row.gateway_since.or(Some(now));
            row.meeting = meeting.or(row.meeting);
            row.owner = *owner;
            row.presenters.clone_from(presenters);
            row.title.clone_from(&title.0);
            (row.starts_at, row.ends_at, row.restricted) = (*starts_at, *ends_at, *restricted);
        }
        E::LiveChanged {
            presenters,
            title,
            starts_at,
            ends_at,
            restricted,
        } => {
            row.cancelled = false;
            row.presenters.clone_from(presenters);
            row.title.clone_from(&title.0);
            (row.starts_at, row.ends_at, row.restricted) = (*starts_at, *ends_at, *restricted);
        }
        E::LiveHandedOver { to } => row.owner = *to,
        E::LiveCancelled {} => row.cancelled = true,
        E::LiveGatewayReserved {
            gateway,
            broadcaster,
            reservation,
            from,
            to,
        } => {
            row.gateway = Some(*gateway);
            if row.run.is_none() {
                row.broadcaster = Some(*broadcaster);
            }
            row.reservation = Some(Held {
                id: *reservation,
                from: *from,
                to: *to,
            });
            (row.lacking, row.gateway_since) = (None, Some(now));
        }
        E::LiveGatewayLacking { from, to, next_free } => {
            if row.reservation.is_none() && row.lacking.is_none() {
                row.gateway_since = Some(now);
            }
            row.lacking = Some(Lacking {
                from: *from,
                to: *to,
                next_free: next_free.clone(),
            });
        }
        E::LiveGatewayReleased { .. } => {
            (row.gateway, row.reservation, row.gateway_since) = (None, None, Some(now));
        }
        E::LiveRequested { session, until } => {
            if row.wanted.is_none() {
                (row.failures, row.failed_at, row.last_fault, row.moved) = (0, None, None, None);
                row.idle_since = row.run.is_none().then_some(now);
            }
            row.wanted = Some(WantedRow {
                session: *session,
                until: *until,
                since: now,
            });
            (row.stopping, row.stopping_since, row.ended) = (None, None, None);
        }
        E::LiveRestartRequested {} => {
            row.restart = true;
            (row.failures, row.failed_at) = (0, None);
        }
        E::LivePreflightDone {
            starts_at,
            gateway,
            playlist,
            bbb,
            chat,
        } => {
            row.preflight = Some(Preflight {
                starts_at: *starts_at,
                at: now,
                checks: Checks {
                    gateway: *gateway,
                    playlist: *playlist,
                    bbb: *bbb,
                    chat: *chat,
                },
            });
        }
        E::LivePictureWanted { source, chat } => (row.source, row.chat_wanted) = (*source, *chat),
        E::LiveStopRequested { why } => {
            (row.wanted, row.restart, row.idle_since) = (None, false, None);
            (row.stopping, row.stopping_since) = (Some(*why), Some(now));
        }
        E::LiveStopped { why } => {
            (row.stopping, row.stopping_since) = (None, None);
            row.ended = Some((*why, now));
        }
        E::GatewayStartAsked {
            run,
            number,
            gateway,
            broadcaster,
        } => {
            row.runs = *number;
            (row.restart, row.idle_since) = (false, None);
            row.broadcaster = Some(*broadcaster);
            row.run = Some(RunRow {
                id: *run,
                number: *number,
                gateway: *gateway,
                broadcaster: *broadcaster,
                phase: RunPhase::Asked,
                asked_at: now,
                started_at: None,
                robot_since: None,
                on_air_since: None,
                chat_pane: None,
                stalled: None,
                fault: None,
                stopping_since: None,
            });
        }
        E::LiveTakenOver { from, to, fault } => {
            row.moved = Some(MovedRow {
                from: *from,
                to: *to,
                fault: *fault,
                at: now,
            });
        }
        E::LiveRunFenced { fault, .. } => {
            // What was counted with the stop is not counted again.
            if row.run.is_some_and(|r| r.fault.is_none()) {
                failed(row, *fault, now);
            }
            row.fenced.extend(row.run.take());
            row.restart = false;
            row.idle_since = row.wanted.map(|_| now);
        }
        E::LiveHealingPutOff { fault, .. } => failed(row, *fault, now),
        // The event after it says what follows from it.
        E::GatewayDeclaredOver { .. } => {}
        // One that was left behind before: what runs now goes on.
        E::GatewayStopped { run } if row.run.is_none_or(|r| r.id != *run) => row.fenced.retain(|r| r.id != *run),
        // Hints for whoever watches the playlist; pages show what that proves.
        E::LivePublishSeen { .. } | E::LivePublishEnded { .. } => {}
        E::GatewayStopped { .. } => {
            (row.run, row.restart) = (None, false);
            row.idle_since = row.wanted.map(|_| now);
        }
        E::GatewayStarted { .. }
        | E::GatewayStartFailed { .. }
        | E::RobotJoined { .. }
        | E::LiveWentOnAir { .. }
        | E::LiveStalled { .. }
        | E::RunChatPaneSeen { .. }
        | E::GatewayStopAsked { .. } => take_run(row, event, now),
    }
}

fn failed(row: &mut LiveRow, fault: RunFault, now: Time) {
    (row.last_fault, row.moved) = (Some(fault), None);
    (row.failures, row.failed_at) = (row.failures + 1, Some(now));
}

fn take_run(row: &mut LiveRow, event: &LiveEvent, now: Time) {
    use LiveEvent as E;
    let Some(run) = &mut row.run else { return };
    match event {
        E::GatewayStarted { .. } => (run.phase, run.started_at) = (RunPhase::Started, Some(now)),
        E::GatewayStartFailed { fault, .. } => {
            (run.phase, run.fault) = (RunPhase::Failed, Some(*fault));
            failed(row, *fault, now);
        }
        E::RobotJoined { .. } => run.robot_since = Some(now),
        E::LiveWentOnAir { .. } => (run.on_air_since, run.stalled) = (Some(now), None),
        E::RunChatPaneSeen { shown, .. } => run.chat_pane = *shown,
        E::LiveStalled { fault, .. } => {
            run.stalled = Some((*fault, now));
            row.last_fault = Some(*fault);
        }
        E::GatewayStopAsked { fault, .. } => {
            (run.phase, run.stopping_since) = (RunPhase::Stopping, Some(now));
            if let Some(fault) = fault {
                run.fault = Some(*fault);
                if run.started_at.is_some() {
                    failed(row, *fault, now);
                }
            }
        }
        _ => {}
    }
}
