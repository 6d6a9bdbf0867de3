//! What follows from the events of a live.

use super::{
    Checks, HELD_MS, Held, Live, LiveEvent, Picture, Plan, Preflight, Publisher, Run, RunFault, RunPhase, Wanted,
};
use crate::aggregate::Meta;

impl Live {
    /// Takes an event in; [`crate::Aggregate::evolve`].
    pub(super) fn evolved(&mut self, event: &LiveEvent, meta: Meta) {
        use LiveEvent as E;
        if matches!(
            event,
            E::LivePlanned { .. } | E::LiveChanged { .. } | E::LiveHandedOver { .. }
        ) {
            self.replanned = self.edited.is_some();
            self.edited = Some(meta.id);
        }
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
                self.plan = Some(Plan {
                    meeting: *meeting,
                    owner: *owner,
                    presenters: presenters.clone(),
                    title: title.0.clone(),
                    starts_at: *starts_at,
                    ends_at: *ends_at,
                    restricted: *restricted,
                });
            }
            E::LiveHandedOver { to } => {
                if let Some(plan) = &mut self.plan {
                    plan.owner = *to;
                }
            }
            E::LiveChanged {
                presenters,
                title,
                starts_at,
                ends_at,
                restricted,
            } => {
                self.cancelled = false;
                if let Some(plan) = &mut self.plan {
                    plan.presenters.clone_from(presenters);
                    plan.title.clone_from(&title.0);
                    plan.starts_at = *starts_at;
                    plan.ends_at = *ends_at;
                    plan.restricted = *restricted;
                }
            }
            E::LiveCancelled {} => self.cancelled = true,
            // Who said so and when; what follows from it is in the event after it.
            E::GatewayDeclaredOver { .. } => {}
            E::LiveGatewayReserved {
                gateway,
                broadcaster,
                reservation,
                from,
                to,
            } => {
                self.held = Some(Held {
                    gateway: *gateway,
                    broadcaster: *broadcaster,
                    reservation: *reservation,
                    from: *from,
                    to: *to,
                });
                self.lacking = None;
            }
            E::LiveGatewayLacking { from, to, next_free } => self.lacking = Some((*from, *to, next_free.clone())),
            E::LiveGatewayReleased { .. } => self.held = None,
            E::LiveRequested { session, until } => {
                if self.wanted.is_none() {
                    self.forgive();
                }
                self.wanted = Some(Wanted {
                    session: *session,
                    until: *until,
                    since: meta.time,
                });
                self.wanted_for = session.or(self.wanted_for);
                self.stopping = None;
                self.ended = None;
            }
            E::LivePictureWanted { source, chat } => {
                self.picture = Some(Picture {
                    source: *source,
                    chat: *chat,
                });
            }
            E::LivePreflightDone {
                starts_at,
                gateway,
                playlist,
                bbb,
                chat,
            } => {
                self.preflight = Some(Preflight {
                    starts_at: *starts_at,
                    at: meta.time,
                    checks: Checks {
                        gateway: *gateway,
                        playlist: *playlist,
                        bbb: *bbb,
                        chat: *chat,
                    },
                });
            }
            E::LiveRestartRequested {} => {
                self.restart = true;
                self.forgive();
            }
            E::LiveStopRequested { why } => {
                self.wanted = None;
                self.restart = false;
                self.stopping = Some(*why);
            }
            E::LiveStopped { why } => {
                self.stopping = None;
                self.ended = Some((*why, meta.time));
            }
            E::GatewayStartAsked {
                run,
                number,
                gateway,
                broadcaster,
            } => {
                self.runs = *number;
                self.restart = false;
                self.failed_at = None;
                self.run = Some(Run {
                    id: *run,
                    number: *number,
                    gateway: *gateway,
                    broadcaster: *broadcaster,
                    phase: RunPhase::Asked,
                    asked_at: meta.time,
                    started_at: None,
                    robot_since: None,
                    publisher: None,
                    on_air_since: None,
                    stalled: None,
                    chat_pane: None,
                    surely_down: false,
                    start_unknown: false,
                    stopping_since: None,
                    fault: None,
                });
            }
            // The start after it says the rest.
            E::LiveTakenOver { .. } => {}
            E::LiveRunFenced { fault, .. } => self.fenced_off(*fault, meta.time),
            E::LiveHealingPutOff { gateway, fault } => self.failed(*gateway, *fault, meta.time),
            E::GatewayStopped { run } if self.left_behind(*run).is_some() => self.fenced.retain(|r| r.id != *run),
            E::GatewayStopped { .. } => {
                self.run = None;
                self.restart = false;
            }
            E::GatewayStarted { .. }
            | E::GatewayStartFailed { .. }
            | E::RobotJoined { .. }
            | E::LivePublishSeen { .. }
            | E::LivePublishEnded { .. }
            | E::LiveWentOnAir { .. }
            | E::LiveStalled { .. }
            | E::RunChatPaneSeen { .. }
            | E::GatewayStopAsked { .. } => self.evolve_run(event, meta),
        }
    }

    fn evolve_run(&mut self, event: &LiveEvent, meta: Meta) {
        use LiveEvent as E;
        let Some(run) = &mut self.run else { return };
        match event {
            E::GatewayStarted { .. } => {
                run.phase = RunPhase::Started;
                run.started_at = Some(meta.time);
            }
            E::GatewayStartFailed { fault, certain, .. } => {
                run.phase = RunPhase::Failed;
                run.surely_down = *certain;
                run.start_unknown = matches!(fault, RunFault::NoAnswer | RunFault::Interrupted | RunFault::BadAnswer);
                run.fault = Some(*fault);
                let gateway = run.gateway;
                self.failed(gateway, *fault, meta.time);
            }
            E::RobotJoined { .. } => run.robot_since = Some(meta.time),
            E::LivePublishSeen { client, .. } => {
                run.publisher = Some(Publisher {
                    client: client.0.clone(),
                    since: meta.time,
                    ended: None,
                });
            }
            E::LivePublishEnded { .. } => {
                if let Some(publisher) = &mut run.publisher {
                    publisher.ended = Some(meta.time);
                }
            }
            E::LiveWentOnAir { .. } => {
                run.on_air_since = Some(meta.time);
                run.stalled = None;
            }
            E::RunChatPaneSeen { shown, .. } => run.chat_pane = *shown,
            E::LiveStalled { fault, .. } => run.stalled = Some((*fault, meta.time)),
            E::GatewayStopAsked { fault, .. } => {
                // Stopped while its start was still under way: the order may arrive after the stop.
                run.start_unknown |= run.phase == RunPhase::Asked;
                run.phase = RunPhase::Stopping;
                run.stopping_since = Some(meta.time);
                run.fault = run.fault.or(*fault);
                if let Some(fault) = fault.filter(|_| run.started_at.is_some()) {
                    // A picture that held for long forgives what was before; one that flaps is given up in the end.
                    let held = run.on_air_since.is_some_and(|at| meta.time.since_ms(at) >= HELD_MS);
                    let gateway = run.gateway;
                    if held {
                        self.forgive();
                    }
                    self.failed(gateway, fault, meta.time);
                }
            }
            _ => {}
        }
    }
}
