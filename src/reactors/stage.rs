//! The stage: starts, watches, heals and stops the picture of lives. One worker a live.
//!
//! Runs of one live never overlap, because a start is asked for only when no run is left, and a run whose start has
//! no known outcome is stopped first, under its own room token (gateway-contract §8.2-§8.4).

use std::sync::Arc;
use std::time::Duration;

use amphi_events::gateway::{GatewayCommand, Generation, Health, HealthCause, TokenState};
use amphi_events::ids::{GatewayId, LiveId, RunId, SessionId};
use amphi_events::live::{Held, Live, LiveCommand, ROOM_CHARS, Run, RunFault, RunPhase, StopReason, Wanted};
use amphi_events::mail::About;
use amphi_events::session::{Participant, Phase};
use amphi_events::{Act, ExecuteError, Time};
use async_trait::async_trait;
use secrecy::SecretString;

use super::Deps;
use super::chronicle::Answered;
use super::defect::{self, Defect};
use super::hands::{Hand, Next, Worker};
use super::rooms::{elapsed, millis, robot_user, who};
use crate::gateways::playlist::{Address, NotYet, Probe, ProbeMemory, probe};
use crate::gateways::{
    self, GatewayAddress, GatewayDriver, GatewayTimes, StartOrder, StartOutcome, StateAnswer, StopOutcome,
};
use crate::outgoing::{Noted, Trust};

mod chat_pane;
mod damper;
mod drivers;
mod encoder;
mod fence;
mod healing;
mod stopping;
mod watching;

pub(super) use damper::Damper;
pub(super) use drivers::{Driver, driver, driver_by, find_out};
pub(super) use fence::hand as fence_hand;

/// Kind of the secret that is a run's room token; its id is `{live}/{run}`.
pub const ROBOT_ROOM: &str = "robot-room";
/// Kind of the secret that is a gateway's token.
pub const GATEWAY_TOKEN: &str = "gateway-token";
/// Kind of the secret that is a gateway's stream key.
pub const STREAM_KEY: &str = "gateway-stream-key";

/// Makes workers.
pub fn worker(deps: Arc<Deps>) -> impl Fn(&str, &Arc<Hand>) -> Option<Box<dyn Worker>> {
    move |id, hand| {
        if let Some((live, run)) = id.split_once('/') {
            return fence::worker(&deps, live, run);
        }
        let live = id.parse().ok()?;
        Some(Box::new(Stage {
            deps: deps.clone(),
            hand: hand.clone(),
            live,
            picture: ProbeMemory::default(),
            picture_of: None,
            probed_at: None,
            asked_gateway_at: None,
            stop_tries: 0,
            unanswered: false,
            missing_since: None,
            robot_gone_since: None,
            noted: Noted::default(),
        }))
    }
}

struct Stage {
    deps: Arc<Deps>,
    hand: Arc<Hand>,
    live: LiveId,
    picture: ProbeMemory,
    /// The run that `picture` is of: looks at an older run's playlist prove nothing.
    picture_of: Option<RunId>,
    probed_at: Option<Time>,
    asked_gateway_at: Option<Time>,
    stop_tries: u32,
    /// The last stop that was asked for was not answered, or not well.
    unanswered: bool,
    missing_since: Option<Time>,
    robot_gone_since: Option<Time>,
    /// What the last call to a gateway came to.
    noted: Noted,
}

#[async_trait]
impl Worker for Stage {
    async fn step(&mut self) -> anyhow::Result<Next> {
        let state = self.look().await?;
        let hurried = self.hand.take_hint();
        if hurried {
            // Somebody outside knows more than we: the next look is now.
            self.probed_at = None;
        }
        if state.plan.is_none() {
            return Ok(Next::Over);
        }
        if self.deps.unrecorded.has(self.live) {
            return self.stop_anyway(&state).await;
        }
        match &state.run {
            None => self.idle(&state, hurried).await,
            Some(run) => match run.phase {
                // Asked by a program that died before it heard the answer: nobody knows.
                RunPhase::Asked => {
                    self.tell(LiveCommand::StartFailed {
                        run: run.id,
                        fault: RunFault::Interrupted,
                        certain: false,
                    })
                    .await?;
                    Ok(Next::Again)
                }
                RunPhase::Failed if run.surely_down => self.over(run).await,
                RunPhase::Failed => {
                    self.tell_vital(LiveCommand::AskStop {
                        run: run.id,
                        fault: None,
                    })
                    .await?;
                    Ok(Next::Again)
                }
                RunPhase::Started => self.watch(&state, run).await,
                RunPhase::Stopping => self.stop(&state, run).await,
            },
        }
    }
}

impl Stage {
    async fn look(&self) -> anyhow::Result<Live> {
        Ok(self
            .deps
            .aggregates
            .lives
            .look(self.live)
            .await
            .map_err(anyhow::Error::msg)?
            .state)
    }

    fn act(&self) -> Act {
        self.deps.act("stage")
    }

    async fn tell(&self, command: LiveCommand) -> anyhow::Result<()> {
        self.deps
            .aggregates
            .lives
            .execute(self.live, command, self.act())
            .await?;
        Ok(())
    }

    async fn tell_vital(&self, command: LiveCommand) -> anyhow::Result<()> {
        self.deps
            .aggregates
            .lives
            .execute(self.live, command, self.act().vital())
            .await?;
        Ok(())
    }

    /// Nothing runs: start, if it should and may.
    async fn idle(&mut self, state: &Live, hurried: bool) -> anyhow::Result<Next> {
        self.let_go_leftovers(state).await?;
        let Some(wanted) = state.wanted else {
            return Ok(Next::Over);
        };
        let now = self.deps.now();
        if wanted.until <= now {
            self.tell_vital(LiveCommand::Stop(StopReason::TimeOut)).await?;
            return Ok(Next::Again);
        }
        match self.room(wanted).await? {
            RoomNow::Open => {}
            // Woken by the session's next event.
            RoomNow::NotYet => return Ok(Next::Wait(due(wanted.until, now))),
            RoomNow::Over => {
                self.tell_vital(LiveCommand::Stop(StopReason::SessionOver)).await?;
                return Ok(Next::Again);
            }
        }
        let (failures, last) = state.failures;
        if failures >= self.deps.settings.most_failures {
            self.give_up(state).await?;
            return Ok(Next::Again);
        }
        let Some(held) = state.held else {
            return Ok(Next::Wait(due(wanted.until, now)));
        };
        if let Some(next) = self.heal(state, held).await? {
            return Ok(next);
        }
        // A gateway that has not failed it yet is asked at once.
        let fails =
            state.tried(held.gateway) > 0 || state.is_fenced(held.gateway, held.broadcaster) || !state.takes_over();
        if let Some(last) = last.filter(|_| failures > 0 && fails) {
            let left = millis(self.deps.settings.retry(failures + 1)) - elapsed(now, last);
            // An administrator who has mended something doesn't wait the back-off out.
            if left > 0 && !hurried {
                return Ok(Next::Wait(Duration::from_millis(left.unsigned_abs())));
            }
        }
        if state.is_fenced(held.gateway, held.broadcaster) {
            return self.put_off(held.gateway, state.fault()).await;
        }
        if let Some(error) = self.deps.log.refusing() {
            anyhow::bail!("the log refuses writes: {error}");
        }
        let run: RunId = self.deps.sources.id();
        let room = self.deps.sources.token(ROOM_CHARS);
        let driver = self.driver(held.gateway).await?;
        let rtmp_url = rtmp_url(&self.deps, held.gateway).await?;
        // The token is on disk before the intent, so that whoever finds the intent can stop the run.
        self.deps
            .store
            .put_secret(ROBOT_ROOM, &room_id(self.live, run), &room)
            .await?;
        match self
            .deps
            .aggregates
            .gateways
            .execute(held.gateway, GatewayCommand::Take { run, live: self.live }, self.act())
            .await
        {
            Ok(_) => {}
            Err(ExecuteError::Refused(_)) if defect::on(Defect::DoubleLease) => {}
            // Another live is still letting go of it, or holds it now: its letting go wakes us.
            Err(ExecuteError::Refused(why)) => {
                self.deps
                    .store
                    .delete_secret(ROBOT_ROOM, &room_id(self.live, run))
                    .await?;
                return self.refused(state, held.gateway, why).await;
            }
            Err(other) => return Err(other.into()),
        }
        let meeting = match wanted.session {
            Some(session) => self.meeting_of(session).await?,
            None => String::new(),
        };
        let order = StartOrder {
            room,
            robot_domain: robot_domain(&self.deps.public_url),
            rtmp_url,
            meeting,
            robot_name: robot_name(run),
            chat_shown: state.wanted_picture().chat,
        };
        let mut act = self.act();
        if state.takes_over() {
            act = act.cause(format!("healing:{}", state.runs));
        }
        self.start((run, act), held, driver, &order).await
    }

    /// A gateway taken for a run that was never asked for, by a program that died in between; or for one that an administrator
    /// declared over.
    async fn let_go_leftovers(&self, state: &Live) -> anyhow::Result<()> {
        for row in self.deps.read.gateways().await? {
            let gateway = self
                .deps
                .aggregates
                .gateways
                .look(row.id)
                .await
                .map_err(anyhow::Error::msg)?
                .state;
            // One that was left behind is let go by its own worker, once it surely is over.
            let taken = gateway
                .taken
                .filter(|(run, live)| *live == self.live && state.left_behind(*run).is_none());
            if let Some((run, _)) = taken {
                self.deps
                    .aggregates
                    .gateways
                    .execute(row.id, GatewayCommand::LetGo { run }, self.act())
                    .await?;
                self.deps
                    .store
                    .delete_secret(ROBOT_ROOM, &room_id(self.live, run))
                    .await?;
            }
        }
        Ok(())
    }

    /// The mails first: once the live is stopped nothing remembers that they are owed, and their ids follow from the live.
    async fn give_up(&self, state: &Live) -> anyhow::Result<()> {
        let about = About::LiveFailed {
            live: self.live,
            gateway: state.held.map(|h| h.gateway),
        };
        let mut people = super::planner::administrators(&self.deps).await?;
        // Whoever presents learns it where they are not looking at the console.
        people.extend(state.plan.iter().map(|p| p.owner));
        people.extend(state.plan.iter().flat_map(|p| p.presenters.iter().copied()));
        people.sort_unstable();
        people.dedup();
        for person in people {
            let runs = state.runs.to_string();
            super::planner::request_mail(
                &self.deps,
                person,
                about.clone(),
                &["live-failed", &self.live.to_string(), &runs],
            )
            .await?;
        }
        self.tell_vital(LiveCommand::Stop(StopReason::GaveUp)).await
    }

    /// Intent, the one call, outcome.
    async fn start(
        &mut self,
        (run, act): (RunId, Act),
        held: Held,
        driver: Driver,
        order: &StartOrder,
    ) -> anyhow::Result<Next> {
        let gateway = held.gateway;
        super::house::is_heard(&self.deps, self.live, "stage").await;
        let asked = LiveCommand::AskStart {
            run,
            gateway,
            broadcaster: held.broadcaster,
        };
        if let (true, Driver::Known(driver)) = (defect::on(Defect::StartWithoutIntent), &driver) {
            driver.start(order).await;
        }
        if let Err(error) = self.deps.aggregates.lives.execute(self.live, asked, act).await {
            self.deps
                .store
                .delete_secret(ROBOT_ROOM, &room_id(self.live, run))
                .await?;
            self.deps
                .aggregates
                .gateways
                .execute(gateway, GatewayCommand::LetGo { run }, self.act())
                .await?;
            return if error.refusal().is_some() {
                Ok(Next::Again)
            } else {
                Err(error.into())
            };
        }
        self.picture = ProbeMemory::default();
        self.picture_of = Some(run);
        (self.stop_tries, self.unanswered) = (0, false);
        self.missing_since = None;
        self.robot_gone_since = None;
        let Driver::Known(driver) = driver else {
            let fault = driver.fault();
            self.tell(LiveCommand::StartFailed {
                run,
                fault,
                certain: true,
            })
            .await?;
            return Ok(Next::Again);
        };
        let outcome = driver.start(order).await;
        self.answered("a gateway was told to start", run, gateway, outcome_code(&outcome))
            .await;
        match outcome {
            StartOutcome::Started => {
                self.tell(LiveCommand::Started(run)).await?;
                if driver.generation() == Generation::LiveStreaming {
                    self.told_at_start(run, order.chat_shown).await?;
                }
            }
            StartOutcome::Refused { why } => {
                let fault = match () {
                    () if why.contains("token") || why.contains("401") => RunFault::WrongToken,
                    () if why.contains("status:") || why.contains("connect") => RunFault::Unreachable,
                    () => RunFault::Busy,
                };
                self.tell(LiveCommand::StartFailed {
                    run,
                    fault,
                    certain: true,
                })
                .await?;
                if gateways::says_busy(&why) {
                    self.is_busy_elsewhere(gateway).await?;
                }
            }
            StartOutcome::FailedMaybeRunning { .. } => {
                self.tell(LiveCommand::StartFailed {
                    run,
                    fault: RunFault::Failed,
                    certain: false,
                })
                .await?;
            }
            StartOutcome::Unknown { .. } => {
                self.tell(LiveCommand::StartFailed {
                    run,
                    fault: RunFault::NoAnswer,
                    certain: false,
                })
                .await?;
            }
        }
        Ok(Next::Again)
    }

    /// It works for a room that is none of ours: generations 1 to 3 say so to nobody but who starts them.
    async fn is_busy_elsewhere(&self, gateway: GatewayId) -> anyhow::Result<()> {
        let seen = GatewayCommand::HealthSeen {
            health: Health::BusyElsewhere,
            cause: Some(HealthCause::StartRefused),
        };
        self.deps.aggregates.gateways.execute(gateway, seen, self.act()).await?;
        Ok(())
    }

    /// The line that says what a gateway answered (`docs/logging.md`): status and outcome, never its words.
    async fn answered(&self, what: &'static str, run: RunId, gateway: GatewayId, outcome: &'static str) {
        let line = Answered::gateway(what, self.live, (run, gateway), outcome);
        line.write(&self.deps, &self.noted).await;
    }

    async fn room(&self, wanted: Wanted) -> anyhow::Result<RoomNow> {
        let Some(session) = wanted.session else {
            return Ok(RoomNow::Open);
        };
        let phase = self
            .deps
            .aggregates
            .sessions
            .look(session)
            .await
            .map_err(anyhow::Error::msg)?
            .state
            .phase;
        Ok(match phase {
            Phase::Open => RoomNow::Open,
            Phase::Unknown | Phase::Opening => RoomNow::NotYet,
            Phase::Ending | Phase::Closed => RoomNow::Over,
        })
    }

    /// The driver of a gateway; what it speaks is found out where nobody said.
    async fn driver(&self, id: GatewayId) -> anyhow::Result<Driver> {
        drivers::driver_by(&self.deps, id, self.deps.http.noting(&self.noted)).await
    }
}

/// Where that gateway pushes its picture, stream key and all.
pub(super) async fn rtmp_url(deps: &Deps, id: GatewayId) -> anyhow::Result<String> {
    let looked = deps.aggregates.gateways.look(id).await;
    let gateway = looked.map_err(anyhow::Error::msg)?.state;
    let base = gateway.setup.map(|s| s.rtmp_base.0).unwrap_or_default();
    let key = deps
        .store
        .get_secret(STREAM_KEY, &id.to_string())
        .await?
        .unwrap_or_default();
    Ok(format!("{base}/{}", *key))
}

#[derive(PartialEq, Eq)]
enum Seen {
    Yes,
    No,
    Unknown,
}

enum RoomNow {
    Open,
    NotYet,
    Over,
}

/// Under which the store keeps the room token of a run.
pub(super) fn room_id(live: LiveId, run: RunId) -> String {
    format!("{live}/{run}")
}

/// `HOST[:PORT]/robot`, for the generations that take a domain.
pub(super) fn robot_domain(public_url: &str) -> String {
    let host = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    format!("{}/robot", host.trim_end_matches('/'))
}

/// What the name of a robot that comes in by itself begins with.
pub(super) const ROBOT_NAME: &str = "Live ";

/// The name of a robot that comes in by itself: its run's, so that no other run's is taken for it.
pub(super) fn robot_name(run: RunId) -> String {
    let id = run.to_string();
    format!("{ROBOT_NAME}{}", &id[id.len().saturating_sub(6)..])
}

fn due(at: Time, now: Time) -> Duration {
    Duration::from_millis(at.since_ms(now).max(0).unsigned_abs())
}

/// What may stand in a log line: never the foreign text.
pub(super) fn outcome_code(outcome: &StartOutcome) -> &'static str {
    match outcome {
        StartOutcome::Started => "started",
        StartOutcome::Refused { .. } => "refused",
        StartOutcome::FailedMaybeRunning { .. } => "failed, maybe running",
        StartOutcome::Unknown { .. } => "unknown",
    }
}

pub(super) fn stop_code(outcome: &StopOutcome) -> &'static str {
    match outcome {
        StopOutcome::Stopped => "stopped",
        StopOutcome::AlreadyStopped => "already stopped",
        StopOutcome::Failed { .. } => "failed",
        StopOutcome::Unknown => "unknown",
    }
}
