//! A run that says it started: its robot, its picture, its container, and whether it should still run.

use std::time::Duration;

use amphi_events::gateway::{Margins, Robot};

use super::{
    Address, Defect, Driver, Live, LiveCommand, Next, NotYet, Participant, Probe, ProbeMemory, ROBOT_ROOM, RoomNow,
    Run, RunFault, RunId, Seen, SessionId, Stage, StateAnswer, StopReason, Time, Trust, defect, due, elapsed, millis,
    probe, robot_name, robot_user, room_id, who,
};

/// Longest time between two looks, and until a picture that surely stands is healed, while a hook of the media server is news.
const HINTED: Duration = Duration::from_secs(1);
/// For so long it is news, in milliseconds: longer than first fragments take, and no reason to look often for ever where it was wrong.
const HINTED_MS: i64 = 60_000;

impl Stage {
    /// A run that says it started: robot, picture, and whether it should still run.
    pub(super) async fn watch(&mut self, state: &Live, run: &Run) -> anyhow::Result<Next> {
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
        let kind = self.robot_of(run.gateway).await?;
        if kind == Robot::None {
            return self.watch_encoder(state, run, now).await;
        }
        // One that comes in by itself is looked for once: it has no id of ours by which the room's list could be followed.
        if kind == Robot::ByOurPage && self.robot_is_gone(state, run, now).await? {
            return self.ask_stop(run, Some(RunFault::NoRobot)).await;
        }
        let robot = if run.robot_since.is_some() {
            Seen::Yes
        } else {
            self.robot(state, run, kind).await?
        };
        let waited = elapsed(now, run.started_at.unwrap_or(run.asked_at));
        if robot == Seen::No && waited >= millis(self.deps.settings.robot_deadline) {
            return self.ask_stop(run, Some(RunFault::NoRobot)).await;
        }
        if robot != Seen::No
            && let Some(next) = self.watch_picture(state, run, now).await?
        {
            return Ok(next);
        }
        self.mind_chat_pane(state, run).await?;
        if let Some(next) = self.watch_gateway(run, now).await? {
            return Ok(next);
        }
        let left = state.wanted.map_or(self.deps.settings.probe, |w| due(w.until, now));
        Ok(Next::Wait(self.pace(run, now).min(left)))
    }

    /// Between two looks at the playlist: less for a while after the media server said that a stream comes whose picture was not seen yet, or that
    /// one is gone, so that on air is known with the first fragments and off air with the last.
    fn pace(&self, run: &Run, now: Time) -> Duration {
        let probe = self.deps.settings.probe;
        let hinted = run.publisher.as_ref().and_then(|p| match p.ended {
            Some(ended) => Some(ended),
            None => run.on_air_since.is_none().then_some(p.since),
        });
        if hinted.is_some_and(|at| now.since_ms(at) < HINTED_MS) {
            (probe / 4).min(HINTED)
        } else {
            probe
        }
    }

    /// It runs outside its own hold, early or overrun, and another live's hold has begun.
    pub(super) async fn is_in_anothers_time(&self, state: &Live, run: &Run, now: Time) -> anyhow::Result<bool> {
        let own = state
            .held
            .is_some_and(|h| h.gateway == run.gateway && h.from <= now && now < h.to);
        if own || defect::on(Defect::OverrunIgnored) {
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
        let others = &gateway.reservations;
        Ok(others
            .in_the_way(self.live, now, now.plus_ms(1), Margins::NONE)
            .is_some())
    }

    /// The robot was in the room and is not, for a while: its picture moves, but shows a farewell page.
    pub(super) async fn robot_is_gone(&mut self, state: &Live, run: &Run, now: Time) -> anyhow::Result<bool> {
        let session = state.wanted.and_then(|w| w.session);
        if defect::on(Defect::RobotNotMissed) {
            return Ok(false);
        }
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
    pub(super) async fn robot(&self, state: &Live, run: &Run, kind: Robot) -> anyhow::Result<Seen> {
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
            if kind == Robot::ByItself {
                if !info.attendees.iter().any(|a| a.name == robot_name(run.id)) {
                    return Ok(Seen::No);
                }
                self.tell(LiveCommand::RobotJoined(run.id)).await?;
                return Ok(Seen::Yes);
            }
            let Some(seen) = info.attendees.iter().find(|a| a.user_id == robot_user(run.id)) else {
                return Ok(Seen::No);
            };
            let seen = Participant {
                internal: String::new(),
                external: seen.user_id.clone(),
                name: seen.name.clone(),
            };
            crate::reactors::rooms::joined(&self.deps, session, seen, false).await?;
        }
        self.tell(LiveCommand::RobotJoined(run.id)).await?;
        Ok(Seen::Yes)
    }

    pub(super) async fn meeting_of(&self, session: SessionId) -> anyhow::Result<String> {
        let state = self
            .deps
            .aggregates
            .sessions
            .look(session)
            .await
            .map_err(anyhow::Error::msg)?
            .state;
        Ok(state.room().unwrap_or_default())
    }

    pub(super) async fn in_room(&self, session: SessionId, run: RunId) -> anyhow::Result<bool> {
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

    pub(super) async fn watch_picture(&mut self, state: &Live, run: &Run, now: Time) -> anyhow::Result<Option<Next>> {
        let pace = self.pace(run, now);
        // Where there is no room nobody comes into it: the gateway's word begins the time.
        let roomless = state.wanted.is_some_and(|w| w.session.is_none());
        let came = run.robot_since.or(run.started_at.filter(|_| roomless));
        let settings = &self.deps.settings;
        if self.probed_at.is_some_and(|at| elapsed(now, at) < millis(pace)) {
            return Ok(None);
        }
        self.probed_at = Some(now);
        if self.picture_of != Some(run.id) {
            self.picture = ProbeMemory::default();
            self.picture_of = Some(run.id);
        }
        let broadcaster = self
            .deps
            .aggregates
            .broadcasters
            .look(run.broadcaster)
            .await
            .map_err(anyhow::Error::msg)?
            .state;
        let ask = self.deps.signed(run.broadcaster, &broadcaster).await?;
        let url = Address {
            known: &broadcaster.hls_url,
            ask: &ask,
        };
        // A hint of the media server; what the playlist shows decides.
        let left = run.publisher.as_ref().is_some_and(|p| p.ended.is_some());
        self.picture.left = left;
        let seen = probe(&self.deps.http, url, Trust::Admin, now.0, &mut self.picture).await;
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
            // Two things say that nobody pushes and that nothing comes: a gateway's own push is never begun anew (gateway-contract §0.3).
            let patience = if left {
                settings.heal_after.min(HINTED)
            } else {
                settings.heal_after
            };
            if let Some((fault, since)) = run.stalled
                && elapsed(now, since) >= millis(patience)
            {
                return Ok(Some(self.ask_stop(run, Some(fault)).await?));
            }
        } else if came.is_some_and(|at| elapsed(now, at) >= millis(settings.picture_deadline)) {
            return Ok(Some(self.ask_stop(run, Some(RunFault::NoPicture)).await?));
        }
        Ok(None)
    }

    pub(super) async fn watch_gateway(&mut self, run: &Run, now: Time) -> anyhow::Result<Option<Next>> {
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
}
