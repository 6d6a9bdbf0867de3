//! The stage: starts, watches, heals and stops the picture of lives. One worker a live.
//!
//! Runs of one live never overlap, because a start is asked for only when no run is left, and a run whose start has
//! no known outcome is stopped first, under its own room token (gateway-contract §8.2-§8.4).

use std::sync::Arc;
use std::time::Duration;

use amphi_events::gateway::{GatewayCommand, Generation, TokenState};
use amphi_events::ids::{GatewayId, LiveId, RunId, SessionId};
use amphi_events::live::{Held, Live, LiveCommand, Run, RunFault, RunPhase, StopReason, Wanted};
use amphi_events::mail::About;
use amphi_events::session::{Participant, Phase};
use amphi_events::{Act, ExecuteError, Time};
use async_trait::async_trait;
use secrecy::SecretString;

use super::Deps;
use super::hands::{Hand, Next, Worker};
use super::rooms::{elapsed, millis, robot_user, who};
use crate::gateways::playlist::{NotYet, Probe, ProbeMemory, probe};
use crate::gateways::{
    self, GatewayAddress, GatewayDriver, GatewayTimes, StartOrder, StartOutcome, StateAnswer, StopOutcome,
};
use crate::outgoing::Trust;

/// Kind of the secret that is a run's room token; its id is `{live}/{run}`.
pub const ROBOT_ROOM: &str = "robot-room";
/// Kind of the secret that is a gateway's token.
pub const GATEWAY_TOKEN: &str = "gateway-token";
/// Kind of the secret that is a gateway's stream key.
pub const STREAM_KEY: &str = "gateway-stream-key";
/// Characters of a room token: ten of `[a-z0-9]` (gateway-contract §0.7).
const ROOM_CHARS: usize = 10;

/// Makes workers.
pub fn worker(deps: Arc<Deps>) -> impl Fn(&str, &Arc<Hand>) -> Option<Box<dyn Worker>> {
    move |id, _| {
        let live = id.parse().ok()?;
        Some(Box::new(Stage {
            deps: deps.clone(),
            live,
            picture: ProbeMemory::default(),
            picture_of: None,
            probed_at: None,
            asked_gateway_at: None,
            stop_tries: 0,
            missing_since: None,
            robot_gone_since: None,
        }))
    }
}

struct Stage {
    deps: Arc<Deps>,
    live: LiveId,
    picture: ProbeMemory,
    /// The run that `picture` is of: looks at an older run's playlist prove nothing.
    picture_of: Option<RunId>,
    probed_at: Option<Time>,
    asked_gateway_at: Option<Time>,
    stop_tries: u32,
    missing_since: Option<Time>,
    robot_gone_since: Option<Time>,
}

#[async_trait]
impl Worker for Stage {
    async fn step(&mut self) -> anyhow::Result<Next> {
        let state = self.look().await?;
        if state.plan.is_none() {
            return Ok(Next::Over);
        }
        if self.deps.unrecorded.has(self.live) {
            return self.stop_anyway(&state).await;
        }
        match &state.run {
            None => self.idle(&state).await,
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
                RunPhase::Stopping => self.stop(run).await,
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
        Act::system("stage", self.deps.now())
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
    async fn idle(&mut self, state: &Live) -> anyhow::Result<Next> {
        self.let_go_leftovers().await?;
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
        if let Some(last) = last.filter(|_| failures > 0) {
            let left = millis(self.deps.settings.retry(failures + 1)) - elapsed(now, last);
            if left > 0 {
                return Ok(Next::Wait(Duration::from_millis(left.unsigned_abs())));
            }
        }
        let Some(held) = state.held else {
            return Ok(Next::Wait(due(wanted.until, now)));
        };
        if let Some(error) = self.deps.log.refusing() {
            anyhow::bail!("the log refuses writes: {error}");
        }
        let run: RunId = self.deps.sources.id();
        let room = self.deps.sources.token(ROOM_CHARS);
        let driver = self.driver(held.gateway).await?;
        let rtmp_url = self.rtmp_url(held.gateway).await?;
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
            // Another live is still letting go of it, or holds it now: its letting go wakes us.
            Err(ExecuteError::Refused(_)) => {
                self.deps
                    .store
                    .delete_secret(ROBOT_ROOM, &room_id(self.live, run))
                    .await?;
                return Ok(Next::Wait(self.deps.settings.retry_first));
            }
            Err(other) => return Err(other.into()),
        }
        let order = StartOrder {
            room,
            robot_domain: robot_domain(&self.deps.public_url),
            rtmp_url,
        };
        self.start(run, held, driver, &order).await
    }

    /// A gateway taken for a run that was never asked for, by a program that died in between.
    async fn let_go_leftovers(&self) -> anyhow::Result<()> {
        for row in self.deps.read.gateways().await? {
            let gateway = self
                .deps
                .aggregates
                .gateways
                .look(row.id)
                .await
                .map_err(anyhow::Error::msg)?
                .state;
            if let Some((run, _)) = gateway.taken.filter(|(_, live)| *live == self.live) {
                self.deps
                    .aggregates
                    .gateways
                    .execute(row.id, GatewayCommand::LetGo { run }, self.act())
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
        for person in self.deps.read.administrators().await? {
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
    async fn start(&mut self, run: RunId, held: Held, driver: Driver, order: &StartOrder) -> anyhow::Result<Next> {
        let gateway = held.gateway;
        let asked = LiveCommand::AskStart {
            run,
            gateway,
            broadcaster: held.broadcaster,
        };
        if let Err(error) = self.deps.aggregates.lives.execute(self.live, asked, self.act()).await {
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
        self.stop_tries = 0;
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
        tracing::info!(live = %self.live, %run, %gateway, outcome = ?outcome_code(&outcome), "a gateway was told to start");
        match outcome {
            StartOutcome::Started => self.tell(LiveCommand::Started(run)).await?,
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

    /// A run that says it started: robot, picture, and whether it should still run.
    async fn watch(&mut self, state: &Live, run: &Run) -> anyhow::Result<Next> {
        let now = self.deps.now();
        let should = match state.wanted {
            Some(w) if w.until > now => !matches!(self.room(w).await?, RoomNow::Over),
            _ => false,
        };
        if !should && state.wanted.is_some() {
            let why = if state.wanted.is_some_and(|w| w.until <= now) {
                StopReason::TimeOut
            } else {
                StopReason::SessionOver
            };
            if let Err(error) = self.tell_vital(LiveCommand::Stop(why)).await {
                // An absolute stop goes out also while it can't be recorded (design §4).
                self.stop_unrecorded(run).await;
                return Err(error);
            }
            return Ok(Next::Again);
        }
        if !should || state.restart || state.cancelled {
            return self.ask_stop(run, None).await;
        }
        if self.is_in_anothers_time(state, run, now).await? {
            self.tell_vital(LiveCommand::Stop(StopReason::TimeOut)).await?;
            return Ok(Next::Again);
        }
        if self.robot_is_gone(state, run, now).await? {
            return self.ask_stop(run, Some(RunFault::NoRobot)).await;
        }
        let robot = if run.robot_since.is_some() {
            Seen::Yes
        } else {
            self.robot(state, run).await?
        };
        let waited = elapsed(now, run.started_at.unwrap_or(run.asked_at));
        if robot == Seen::No && waited >= millis(self.deps.settings.robot_deadline) {
            return self.ask_stop(run, Some(RunFault::NoRobot)).await;
        }
        if robot != Seen::No
            && let Some(next) = self.watch_picture(run, now).await?
        {
            return Ok(next);
        }
        if let Some(next) = self.watch_gateway(run, now).await? {
            return Ok(next);
        }
        let left = state.wanted.map_or(self.deps.settings.probe, |w| due(w.until, now));
        Ok(Next::Wait(self.deps.settings.probe.min(left)))
    }

    /// It runs outside its own hold, early or overrun, and another live's hold has begun.
    async fn is_in_anothers_time(&self, state: &Live, run: &Run, now: Time) -> anyhow::Result<bool> {
        let own = state
            .held
            .is_some_and(|h| h.gateway == run.gateway && h.from <= now && now < h.to);
        if own {
            return Ok(false);
        }
        let gateway = self
            .deps
            .aggregates
            .gateways
            .look(run.gateway)
            .await
            .map_err(anyhow::Error::msg)?
            .state;
        Ok(gateway.in_the_way(self.live, now, now.plus_ms(1)).is_some())
    }

    /// The robot was in the room and is not, for a while: its picture moves, but shows a farewell page.
    async fn robot_is_gone(&mut self, state: &Live, run: &Run, now: Time) -> anyhow::Result<bool> {
        let session = state.wanted.and_then(|w| w.session);
        let gone = match (run.robot_since, session) {
            (Some(_), Some(session)) => !self.in_room(session, run.id).await?,
            _ => false,
        };
        let since = if gone {
            Some(*self.robot_gone_since.get_or_insert(now))
        } else {
            None
        };
        self.robot_gone_since = since;
        Ok(since.is_some_and(|at| now.since_ms(at) >= millis(self.deps.settings.heal_after)))
    }

    /// Whether the robot is in the room: as the room's worker knows, else as BBB says now.
    async fn robot(&self, state: &Live, run: &Run) -> anyhow::Result<Seen> {
        let Some(session) = state.wanted.and_then(|w| w.session) else {
            return Ok(Seen::Yes);
        };
        if !self.in_room(session, run.id).await? {
            let info = match self.deps.bbb.meeting_info(&self.meeting_of(session).await?).await {
                Ok(Some(info)) => info,
                Ok(None) => return Ok(Seen::No),
                // BBB can't be asked: that is no proof that the robot isn't there.
                Err(_) => return Ok(Seen::Unknown),
            };
            let Some(seen) = info.attendees.iter().find(|a| a.user_id == robot_user(run.id)) else {
                return Ok(Seen::No);
            };
            let seen = Participant {
                internal: String::new(),
                external: seen.user_id.clone(),
                name: seen.name.clone(),
            };
            super::rooms::joined(&self.deps, session, seen, false).await?;
        }
        self.tell(LiveCommand::RobotJoined(run.id)).await?;
        Ok(Seen::Yes)
    }

    async fn meeting_of(&self, session: SessionId) -> anyhow::Result<String> {
        let state = self
            .deps
            .aggregates
            .sessions
            .look(session)
            .await
            .map_err(anyhow::Error::msg)?
            .state;
        Ok(state.meeting.map(|m| m.to_string()).unwrap_or_default())
    }

    async fn in_room(&self, session: SessionId, run: RunId) -> anyhow::Result<bool> {
        let state = self
            .deps
            .aggregates
            .sessions
            .look(session)
            .await
            .map_err(anyhow::Error::msg)?
            .state;
        Ok(state.present.contains_key(&who(session, &robot_user(run), "")))
    }

    async fn watch_picture(&mut self, run: &Run, now: Time) -> anyhow::Result<Option<Next>> {
        let settings = &self.deps.settings;
        if self
            .probed_at
            .is_some_and(|at| elapsed(now, at) < millis(settings.probe))
        {
            return Ok(None);
        }
        self.probed_at = Some(now);
        if self.picture_of != Some(run.id) {
            self.picture = ProbeMemory::default();
            self.picture_of = Some(run.id);
        }
        let url = self
            .deps
            .aggregates
            .broadcasters
            .look(run.broadcaster)
            .await
            .map_err(anyhow::Error::msg)?
            .state
            .hls_url;
        let seen = probe(&self.deps.http, &url, Trust::Admin, now.0, &mut self.picture).await;
        let was_on_air = run.on_air_since.is_some();
        let fault = match seen {
            Probe::Moving => {
                self.missing_since = None;
                self.tell(LiveCommand::OnAir(run.id)).await?;
                return Ok(None);
            }
            Probe::Frozen | Probe::Ended => RunFault::Frozen,
            Probe::NotYet(NotYet::Missing | NotYet::Empty) if was_on_air => {
                let since = *self.missing_since.get_or_insert(now);
                // One 404 may be a playlist being rewritten.
                if elapsed(now, since) < millis(settings.probe) {
                    return Ok(None);
                }
                RunFault::Frozen
            }
            Probe::NotYet(_) => RunFault::NoPicture,
            // The network between us and the broadcaster: nothing is known.
            Probe::Error(_) => return Ok(None),
        };
        if was_on_air {
            self.tell(LiveCommand::Stalled { run: run.id, fault }).await?;
            if let Some((fault, since)) = run.stalled
                && elapsed(now, since) >= millis(settings.heal_after)
            {
                return Ok(Some(self.ask_stop(run, Some(fault)).await?));
            }
        } else if run
            .robot_since
            .is_some_and(|at| elapsed(now, at) >= millis(settings.picture_deadline))
        {
            return Ok(Some(self.ask_stop(run, Some(RunFault::NoPicture)).await?));
        }
        Ok(None)
    }

    async fn watch_gateway(&mut self, run: &Run, now: Time) -> anyhow::Result<Option<Next>> {
        let asked = self.asked_gateway_at.unwrap_or(run.started_at.unwrap_or(now));
        if elapsed(now, asked) < millis(self.deps.settings.gateway_poll) {
            self.asked_gateway_at = Some(asked);
            return Ok(None);
        }
        self.asked_gateway_at = Some(now);
        let Driver::Known(driver) = self.driver(run.gateway).await? else {
            return Ok(None);
        };
        let Some(room) = self
            .deps
            .store
            .get_secret(ROBOT_ROOM, &room_id(self.live, run.id))
            .await?
        else {
            return Ok(None);
        };
        if driver.state(&room).await == StateAnswer::Down {
            return Ok(Some(self.ask_stop(run, Some(RunFault::Gone)).await?));
        }
        Ok(None)
    }

    async fn ask_stop(&mut self, run: &Run, fault: Option<RunFault>) -> anyhow::Result<Next> {
        self.stop_tries = 0;
        if let Err(error) = self.tell_vital(LiveCommand::AskStop { run: run.id, fault }).await {
            if fault.is_none() {
                self.stop_unrecorded(run).await;
            }
            return Err(error);
        }
        Ok(Next::Again)
    }

    /// Somebody stopped it while the log took no writes: recorded if it can be by now, else done all the same.
    async fn stop_anyway(&mut self, state: &Live) -> anyhow::Result<Next> {
        if self.tell_vital(LiveCommand::Stop(StopReason::Presenter)).await.is_ok() {
            self.deps.unrecorded.recorded(self.live);
            return Ok(Next::Again);
        }
        if let Some(run) = &state.run {
            self.stop_unrecorded(run).await;
        }
        self.stop_tries += 1;
        Ok(Next::Hold(self.deps.settings.retry(self.stop_tries)))
    }

    /// The log takes nothing: the stop goes out all the same, and is recorded when it can be.
    async fn stop_unrecorded(&self, run: &Run) {
        let (Ok(Driver::Known(driver)), Ok(Some(room))) = (
            self.driver(run.gateway).await,
            self.deps
                .store
                .get_secret(ROBOT_ROOM, &room_id(self.live, run.id))
                .await,
        ) else {
            return;
        };
        let outcome = driver.stop(&room).await;
        tracing::warn!(live = %self.live, run = %run.id, outcome = stop_code(&outcome), "a stop went out that could not be recorded yet");
    }

    async fn stop(&mut self, run: &Run) -> anyhow::Result<Next> {
        let now = self.deps.now();
        self.stop_tries += 1;
        let again = Next::Wait(self.deps.settings.retry(self.stop_tries));
        let Some(room) = self
            .deps
            .store
            .get_secret(ROBOT_ROOM, &room_id(self.live, run.id))
            .await?
        else {
            // The token was written before the intent; without it nothing can be stopped by us.
            anyhow::bail!("the room token of run {} is not in the store", run.id);
        };
        let driver = match self.driver(run.gateway).await? {
            Driver::Known(driver) => driver,
            Driver::Unknown(_) => return Ok(again),
        };
        let outcome = driver.stop(&room).await;
        tracing::info!(live = %self.live, run = %run.id, outcome = ?stop_code(&outcome), "a gateway was told to stop");
        match outcome {
            StopOutcome::Stopped => self.over(run).await,
            // A start whose fate is unknown may still be on its way to the gateway: it is waited out.
            StopOutcome::AlreadyStopped
                if run.start_unknown && now.since_ms(run.asked_at) < millis(self.deps.settings.late_start) =>
            {
                Ok(Next::Wait(self.deps.settings.retry_first))
            }
            StopOutcome::AlreadyStopped => self.over(run).await,
            StopOutcome::Failed { .. } | StopOutcome::Unknown => Ok(again),
        }
    }

    /// The run is surely over. The live is told before the gateway is let go: the other way round a killed program
    /// would stop the next live's run on a gateway that is stopped by its own id (G4, G5).
    async fn over(&mut self, run: &Run) -> anyhow::Result<Next> {
        self.tell_vital(LiveCommand::Stopped(run.id)).await?;
        let let_go = GatewayCommand::LetGo { run: run.id };
        self.deps
            .aggregates
            .gateways
            .execute(run.gateway, let_go, self.act().vital())
            .await?;
        self.deps
            .store
            .delete_secret(ROBOT_ROOM, &room_id(self.live, run.id))
            .await?;
        Ok(Next::Again)
    }

    /// The driver of a gateway; what it speaks is found out where nobody said.
    async fn driver(&self, id: GatewayId) -> anyhow::Result<Driver> {
        driver(&self.deps, id).await
    }

    async fn rtmp_url(&self, id: GatewayId) -> anyhow::Result<String> {
        let gateway = self
            .deps
            .aggregates
            .gateways
            .look(id)
            .await
            .map_err(anyhow::Error::msg)?
            .state;
        let base = gateway.setup.map(|s| s.rtmp_base.0).unwrap_or_default();
        let key = self
            .deps
            .store
            .get_secret(STREAM_KEY, &id.to_string())
            .await?
            .unwrap_or_default();
        Ok(format!("{base}/{}", *key))
    }
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

/// A gateway's driver, or why there is none.
pub(super) enum Driver {
    /// It can be spoken to.
    Known(Arc<dyn GatewayDriver>),
    /// What it speaks is not known, with what the probe says.
    Unknown(RunFault),
}

impl Driver {
    fn fault(&self) -> RunFault {
        match self {
            Self::Known(_) => RunFault::Failed,
            Self::Unknown(fault) => *fault,
        }
    }
}

/// The driver of a gateway; what it speaks is found out where nobody said, without any call that could start anything.
pub(super) async fn driver(deps: &Deps, id: GatewayId) -> anyhow::Result<Driver> {
    let gateway = deps
        .aggregates
        .gateways
        .look(id)
        .await
        .map_err(anyhow::Error::msg)?
        .state;
    let Some(setup) = gateway.setup.clone() else {
        return Ok(Driver::Unknown(RunFault::Unreachable));
    };
    let generation = match gateway.generation() {
        Some(generation) => generation,
        None => match find_out(deps, id).await? {
            Some(generation) => generation,
            None => return Ok(Driver::Unknown(RunFault::Unreachable)),
        },
    };
    let token = token_of(deps, id).await?;
    let address = GatewayAddress {
        server_url: setup.server_url.0,
        token,
        gw_id: setup.gw_id,
    };
    Ok(Driver::Known(gateways::driver(
        dialect(generation),
        address,
        deps.http.clone(),
        times(deps),
    )))
}

/// Finds out what a gateway speaks and whether it takes the token, and records it.
pub(super) async fn find_out(deps: &Deps, id: GatewayId) -> anyhow::Result<Option<Generation>> {
    let gateway = deps
        .aggregates
        .gateways
        .look(id)
        .await
        .map_err(anyhow::Error::msg)?
        .state;
    let Some(setup) = gateway.setup.filter(|_| !gateway.removed) else {
        return Ok(None);
    };
    let token = token_of(deps, id).await?;
    let found = gateways::detect::detect(
        &deps.http,
        &setup.server_url.0,
        &token,
        setup.gw_id.as_deref(),
        times(deps),
    )
    .await;
    let generation = found.generation.map(spoken);
    let token = match found.token {
        gateways::detect::TokenCheck::Good => TokenState::Good,
        gateways::detect::TokenCheck::Wrong => TokenState::Wrong,
        gateways::detect::TokenCheck::NotChecked if found.reachable => TokenState::NotChecked,
        gateways::detect::TokenCheck::NotChecked => TokenState::Unknown,
    };
    let probed = GatewayCommand::Probed {
        reachable: found.reachable,
        generation,
        token,
    };
    deps.aggregates
        .gateways
        .execute(id, probed, Act::system("stage", deps.now()))
        .await?;
    Ok(generation)
}

async fn token_of(deps: &Deps, id: GatewayId) -> anyhow::Result<SecretString> {
    let token = deps
        .store
        .get_secret(GATEWAY_TOKEN, &id.to_string())
        .await?
        .unwrap_or_default();
    Ok(SecretString::from(token.as_str()))
}

fn times(deps: &Deps) -> GatewayTimes {
    GatewayTimes {
        start: deps.settings.gateway_start,
        stop: deps.settings.gateway_stop,
        ..GatewayTimes::default()
    }
}

const fn dialect(generation: Generation) -> gateways::Generation {
    match generation {
        Generation::G1 => gateways::Generation::G1,
        Generation::G2 => gateways::Generation::G2,
        Generation::G3 => gateways::Generation::G3,
        Generation::G4 => gateways::Generation::G4,
        Generation::G5 => gateways::Generation::G5,
    }
}

const fn spoken(generation: gateways::Generation) -> Generation {
    match generation {
        gateways::Generation::G1 => Generation::G1,
        gateways::Generation::G2 => Generation::G2,
        gateways::Generation::G3 => Generation::G3,
        gateways::Generation::G4 => Generation::G4,
        gateways::Generation::G5 => Generation::G5,
    }
}

fn room_id(live: LiveId, run: RunId) -> String {
    format!("{live}/{run}")
}

/// `HOST[:PORT]/robot`, for the generations that take a domain.
fn robot_domain(public_url: &str) -> String {
    let host = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    format!("{}/robot", host.trim_end_matches('/'))
}

fn due(at: Time, now: Time) -> Duration {
    Duration::from_millis(at.since_ms(now).max(0).unsigned_abs())
}

/// What may stand in a log line: never the foreign text.
fn outcome_code(outcome: &StartOutcome) -> &'static str {
    match outcome {
        StartOutcome::Started => "started",
        StartOutcome::Refused { .. } => "refused",
        StartOutcome::FailedMaybeRunning { .. } => "failed, maybe running",
        StartOutcome::Unknown { .. } => "unknown",
    }
}

fn stop_code(outcome: &StopOutcome) -> &'static str {
    match outcome {
        StopOutcome::Stopped => "stopped",
        StopOutcome::AlreadyStopped => "already stopped",
        StopOutcome::Failed { .. } => "failed",
        StopOutcome::Unknown => "unknown",
    }
}
