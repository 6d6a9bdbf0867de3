//! What a live decides.

use super::{Held, Live, LiveCommand, LiveEvent, Plan, Refusal, RunPhase, StopReason};
use crate::catalogue::Public;
use crate::clock::Time;
use crate::ids::RunId;

impl Live {
    /// What a command comes to; [`crate::Aggregate::decide`].
    pub(super) fn decided(&self, command: &LiveCommand, now: Time) -> Result<Vec<LiveEvent>, Refusal> {
        use LiveCommand as C;
        use LiveEvent as E;
        match command {
            C::Plan {
                meeting,
                owner,
                presenters,
                title,
                starts_at,
                ends_at,
                restricted,
            } => {
                if starts_at >= ends_at {
                    return Err(Refusal::Interval);
                }
                let plan = Plan {
                    meeting: *meeting,
                    owner: *owner,
                    presenters: presenters.clone(),
                    title: title.clone(),
                    starts_at: *starts_at,
                    ends_at: *ends_at,
                    restricted: *restricted,
                };
                let title = Public(title.clone());
                Ok(match &self.plan {
                    None => vec![E::LivePlanned {
                        meeting: *meeting,
                        owner: *owner,
                        presenters: presenters.clone(),
                        title,
                        starts_at: *starts_at,
                        ends_at: *ends_at,
                        restricted: *restricted,
                    }],
                    Some(held) => {
                        let over = (held.owner != *owner).then_some(E::LiveHandedOver { to: *owner });
                        // The meeting is given once, and `LiveChanged` doesn't say who owns it.
                        let meant = Plan {
                            meeting: held.meeting,
                            owner: held.owner,
                            ..plan
                        };
                        let changed = (self.cancelled || *held != meant).then(|| E::LiveChanged {
                            presenters: presenters.clone(),
                            title,
                            starts_at: *starts_at,
                            ends_at: *ends_at,
                            restricted: *restricted,
                        });
                        over.into_iter().chain(changed).collect()
                    }
                })
            }
            C::Arrange(asked) => self.arrange(asked, now),
            C::HandOver { to } => self.hand_over(*to),
            C::Withdraw => self.withdraw(now),
            C::EndNow => self.end_now(now),
            C::Cancel => {
                self.plan.as_ref().ok_or(Refusal::Unknown)?;
                let stop = self.wanted.map(|_| E::LiveStopRequested {
                    why: StopReason::Cancelled,
                });
                let cancel = (!self.cancelled).then_some(E::LiveCancelled {});
                Ok(stop
                    .into_iter()
                    .chain(self.settled(StopReason::Cancelled))
                    .chain(cancel)
                    .collect())
            }
            C::GatewayReserved {
                gateway,
                broadcaster,
                reservation,
                from,
                to,
            } => {
                self.planned()?;
                let held = Held {
                    gateway: *gateway,
                    broadcaster: *broadcaster,
                    reservation: *reservation,
                    from: *from,
                    to: *to,
                };
                Ok(if self.held == Some(held) {
                    vec![]
                } else {
                    vec![E::LiveGatewayReserved {
                        gateway: *gateway,
                        broadcaster: *broadcaster,
                        reservation: *reservation,
                        from: *from,
                        to: *to,
                    }]
                })
            }
            C::GatewayLacking { from, to, next_free } => {
                self.planned()?;
                Ok(match &self.lacking {
                    Some((f, t, n)) if (f, t, n) == (from, to, next_free) => vec![],
                    _ => vec![E::LiveGatewayLacking {
                        from: *from,
                        to: *to,
                        next_free: next_free.clone(),
                    }],
                })
            }
            C::GatewayReleased => Ok(self
                .held
                .map(|h| E::LiveGatewayReleased {
                    reservation: h.reservation,
                })
                .into_iter()
                .collect()),
            C::Request { session, until } => {
                self.planned()?;
                if self.held.is_none() {
                    return Err(Refusal::NoGateway);
                }
                if *until <= now {
                    return Ok(vec![]);
                }
                Ok(match self.wanted {
                    Some(w) if w.session == *session && w.until == *until => vec![],
                    _ => vec![E::LiveRequested {
                        session: *session,
                        until: *until,
                    }],
                })
            }
            C::WantPicture { source, chat } => self.want_picture(*source, *chat),
            C::Preflight { starts_at, checks } => self.preflight_done(*starts_at, *checks),
            C::ChatPane { run, shown } => Ok(if self.present(*run)?.chat_pane == *shown {
                vec![]
            } else {
                vec![E::RunChatPaneSeen {
                    run: *run,
                    shown: *shown,
                }]
            }),
            C::Restart => {
                self.planned()?;
                if self.wanted.is_none() {
                    return Err(Refusal::NotWanted);
                }
                Ok(if self.restart || self.run.is_none() {
                    vec![]
                } else {
                    vec![E::LiveRestartRequested {}]
                })
            }
            C::Stop(why) => {
                self.plan.as_ref().ok_or(Refusal::Unknown)?;
                Ok(if self.wanted.is_some() {
                    vec![E::LiveStopRequested { why: *why }]
                } else {
                    vec![]
                }
                .into_iter()
                .chain(self.settled(*why))
                .collect())
            }
            C::AskStart {
                run,
                gateway,
                broadcaster,
            } => {
                self.planned()?;
                if self.wanted.is_none_or(|w| w.until <= now) {
                    return Err(Refusal::NotWanted);
                }
                if self.run.is_some() || self.left_behind(*run).is_some() {
                    return Err(Refusal::RunLeft);
                }
                // Two runs of one live never publish to the same place.
                if self.is_fenced(*gateway, *broadcaster) {
                    return Err(Refusal::Fenced);
                }
                let asked = E::GatewayStartAsked {
                    run: *run,
                    number: self.runs + 1,
                    gateway: *gateway,
                    broadcaster: *broadcaster,
                };
                Ok(self.taken_over(*gateway).into_iter().chain([asked]).collect())
            }
            C::Started(run) => Ok(match self.present(*run)?.phase {
                RunPhase::Asked => vec![E::GatewayStarted { run: *run }],
                // The answer of a start that is being undone changes nothing.
                _ => vec![],
            }),
            C::StartFailed { run, fault, certain } => Ok(match self.present(*run)?.phase {
                RunPhase::Asked => vec![E::GatewayStartFailed {
                    run: *run,
                    fault: *fault,
                    certain: *certain,
                }],
                _ => vec![],
            }),
            C::RobotJoined(run) => Ok(match self.present(*run)?.robot_since {
                None => vec![E::RobotJoined { run: *run }],
                Some(_) => vec![],
            }),
            // The same connection again is a hook that came twice, or late, after the one that said its end.
            C::PublishSeen { run, client } => {
                let known = &self.present(*run)?.publisher;
                let same = known.as_ref().is_some_and(|p| p.client == *client);
                Ok((!same && self.awaits(*run, now))
                    .then(|| E::LivePublishSeen {
                        run: *run,
                        client: Public(client.clone()),
                    })
                    .into_iter()
                    .collect())
            }
            // The end of a connection that another has followed says nothing of the present one.
            C::PublishEnded { run, client } => {
                let known = &self.present(*run)?.publisher;
                let here = known.as_ref().is_some_and(|p| p.client == *client && p.ended.is_none());
                Ok(here
                    .then(|| E::LivePublishEnded {
                        run: *run,
                        client: Public(client.clone()),
                    })
                    .into_iter()
                    .collect())
            }
            C::OnAir(run) => {
                let r = self.present(*run)?;
                Ok(
                    if r.phase == RunPhase::Started && (r.on_air_since.is_none() || r.stalled.is_some()) {
                        vec![E::LiveWentOnAir { run: *run }]
                    } else {
                        vec![]
                    },
                )
            }
            C::Stalled { run, fault } => {
                let r = self.present(*run)?;
                Ok(
                    if r.phase == RunPhase::Started && r.on_air_since.is_some() && r.stalled.is_none() {
                        vec![E::LiveStalled {
                            run: *run,
                            fault: *fault,
                        }]
                    } else {
                        vec![]
                    },
                )
            }
            C::AskStop { run, fault } => Ok(match self.present(*run)?.phase {
                RunPhase::Stopping => vec![],
                _ => vec![E::GatewayStopAsked {
                    run: *run,
                    fault: *fault,
                }],
            }),
            C::Fence(run) => self.fence(*run),
            C::PutOff { gateway, fault } => self.put_off(*gateway, *fault),
            C::Stopped(run) if self.left_behind(*run).is_some() => Ok(vec![E::GatewayStopped { run: *run }]),
            C::Stopped(run) => {
                self.present(*run)?;
                Ok(self.over(*run))
            }
            C::DeclareOver(run) if self.left_behind(*run).is_some() => Ok(vec![
                E::GatewayDeclaredOver { run: *run },
                E::GatewayStopped { run: *run },
            ]),
            C::DeclareOver(run) => {
                if self.present(*run)?.phase != RunPhase::Stopping {
                    return Err(Refusal::StopFirst);
                }
                let mut events = self.over(*run);
                events.insert(0, E::GatewayDeclaredOver { run: *run });
                Ok(events)
            }
        }
    }

    /// The end of a run, and of the live where nothing more is wanted.
    fn over(&self, run: RunId) -> Vec<LiveEvent> {
        let ended = self
            .stopping
            .filter(|_| self.wanted.is_none())
            .map(|why| LiveEvent::LiveStopped { why });
        std::iter::once(LiveEvent::GatewayStopped { run })
            .chain(ended)
            .collect()
    }

    /// What a stop says where nothing runs any more.
    fn settled(&self, why: StopReason) -> Option<LiveEvent> {
        (self.run.is_none() && self.wanted.is_some()).then_some(LiveEvent::LiveStopped { why })
    }
}
