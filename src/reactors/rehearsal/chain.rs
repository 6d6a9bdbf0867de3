//! The chain, step by step: each is timed, and the first that comes to nothing is the last.

use amphi_events::broadcaster::BroadcasterCommand;
use amphi_events::gateway::{GatewayCommand, Generation, Robot};
use amphi_events::ids::{BroadcasterId, GatewayId, LiveId, RunId};
use amphi_events::live::ROOM_CHARS;
use amphi_events::rehearsal::{How, Rehearsal as Folded, RehearsalCommand, Step, StepFault};
use amphi_events::{Aggregate as _, ExecuteError, Time};

use super::super::rooms::{millis, robot_user};
use super::super::stage::{self, Driver, ROBOT_ROOM};
use super::{Rehearsing, as_live};
use crate::bbb::CreateRoom;
use crate::gateways::playlist::{Address, Probe, ProbeMemory, probe};
use crate::gateways::{ChatOutcome, GatewayDriver, StartOrder, StartOutcome};
use crate::outgoing::{Noted, Trust};

/// What is kept of the gateway beyond the rehearsal's bound, in milliseconds: a stop takes up to a minute.
const STOP_MS: i64 = 90_000;
/// The line that is written into the room, and whose it is.
const LINE: (&str, &str) = (
    "Amphi",
    "Répétition : le chat passe. / Rehearsal: the chat gets through.",
);

/// Where a rehearsal is.
pub(super) struct Taken {
    gateway: GatewayId,
    broadcaster: BroadcasterId,
    run: RunId,
    token: String,
    generation: Option<Generation>,
}

/// The chain ends here.
enum Ended {
    Fault(StepFault),
    Cancelled,
}

impl From<StepFault> for Ended {
    fn from(fault: StepFault) -> Self {
        Self::Fault(fault)
    }
}

/// A step's outcome, or an error of our own means.
type Outcome<T> = anyhow::Result<Result<T, Ended>>;

macro_rules! step {
    ($self:ident, $step:ident, $work:expr) => {{
        let began = $self.deps.now();
        let outcome = $work.await?;
        let took_ms = $self.deps.now().since_ms(began).max(0).unsigned_abs();
        let fault = match &outcome {
            Ok(_) => None,
            Err(Ended::Fault(fault)) => Some(*fault),
            Err(Ended::Cancelled) => return Ok(How::Cancelled),
        };
        let step = Step::$step;
        $self.tell(RehearsalCommand::Done { step, took_ms, fault }).await?;
        match outcome {
            Ok(value) => value,
            Err(_) => return Ok(How::Failed),
        }
    }};
}

impl Rehearsing {
    pub(super) async fn chain(&mut self, state: &Folded) -> anyhow::Result<How> {
        let Some((live, _)) = state.of else {
            return Ok(How::Failed);
        };
        let taken = step!(self, Gateway, self.take(live, state.until));
        step!(self, Room, self.room());
        let driver = step!(self, Start, self.start(&taken, live));
        let robot = taken.generation.map_or(Robot::ByOurPage, Generation::robot);
        if robot != Robot::None {
            step!(self, Robot, self.robot(&taken, live, state.until));
        }
        step!(self, Picture, self.picture(&taken, live, state.until));
        step!(self, Chat, self.chat(&taken, &*driver));
        Ok(How::Passed)
    }

    /// Somebody wants it over, its time is over, or its webinar begins.
    async fn stands_against(&self, live: LiveId, until: Time) -> anyhow::Result<Option<Ended>> {
        if self.look().await?.cancelled {
            return Ok(Some(Ended::Cancelled));
        }
        let looked = self.deps.aggregates.lives.look(live).await;
        if looked.map_err(anyhow::Error::msg)?.state.wanted.is_some() {
            return Ok(Some(Ended::Cancelled));
        }
        Ok((self.deps.now() >= until).then_some(Ended::Fault(StepFault::TooLong)))
    }

    /// A gateway that is free for as long as this may take, with its broadcaster: the one that is held for the webinar first, since that is
    /// the one to be sure of.
    async fn take(&self, live: LiveId, until: Time) -> Outcome<Taken> {
        self.deps.caught_up().await?;
        let (now, margins) = (self.deps.now(), self.deps.settings.margins);
        let to = until.plus_ms(STOP_MS);
        let looked = self.deps.aggregates.lives.look(live).await;
        let webinar = looked.map_err(anyhow::Error::msg)?.state;
        let hours = self
            .deps
            .read
            .hours_of(now, margins, webinar.wanted_picture().source)
            .await?;
        let mut machines = hours.preferred(now);
        let held = webinar.held.map(|h| h.gateway);
        machines.sort_by_key(|m| Some(m.id) != held);
        for machine in machines.into_iter().filter(|m| hours.is_free(*m, now, to)) {
            let looked = self.deps.aggregates.gateways.look(machine.id).await;
            let gateway = looked.map_err(anyhow::Error::msg)?.state;
            if gateway.taken.is_some() || !self.reserve(machine.id, machine.broadcaster, (now, to)).await? {
                continue;
            }
            let run: RunId = self.deps.sources.id();
            let token = self.deps.sources.token(ROOM_CHARS);
            let id = stage::room_id(as_live(self.id), run);
            self.deps.store.put_secret(ROBOT_ROOM, &id, &token).await?;
            let (gateway_id, broadcaster) = (machine.id, machine.broadcaster);
            self.tell(RehearsalCommand::Holds {
                gateway: gateway_id,
                broadcaster,
                run,
            })
            .await?;
            let take = GatewayCommand::Take {
                run,
                live: as_live(self.id),
            };
            match self
                .deps
                .aggregates
                .gateways
                .execute(gateway_id, take, self.act())
                .await
            {
                Ok(_) => {}
                Err(ExecuteError::Refused(_)) => return Ok(Err(StepFault::NoGateway.into())),
                Err(other) => return Err(other.into()),
            }
            return Ok(Ok(Taken {
                gateway: gateway_id,
                broadcaster,
                run,
                token,
                generation: gateway.generation(),
            }));
        }
        Ok(Err(StepFault::NoGateway.into()))
    }

    /// Holds both, or leaves it: what is held and not needed is let go at the end with the rest.
    async fn reserve(
        &self,
        gateway: GatewayId,
        broadcaster: BroadcasterId,
        (from, to): (Time, Time),
    ) -> anyhow::Result<bool> {
        let aggregates = &self.deps.aggregates;
        let (margins, live) = (self.deps.settings.margins, as_live(self.id));
        let hold = GatewayCommand::Reserve {
            reservation: self.deps.sources.id(),
            live,
            from,
            to,
            margins,
        };
        let show = BroadcasterCommand::Reserve {
            reservation: self.deps.sources.id(),
            live,
            from,
            to,
            margins,
        };
        let shown = aggregates
            .broadcasters
            .look(broadcaster)
            .await
            .map_err(anyhow::Error::msg)?;
        if shown.state.decide(&show, self.deps.now()).is_err() {
            return Ok(false);
        }
        match aggregates.gateways.execute(gateway, hold, self.act()).await {
            Ok(_) => {}
            Err(ExecuteError::Refused(_)) => return Ok(false),
            Err(other) => return Err(other.into()),
        }
        match aggregates.broadcasters.execute(broadcaster, show, self.act()).await {
            Ok(_) => Ok(true),
            Err(ExecuteError::Refused(_)) => {
                self.release().await?;
                Ok(false)
            }
            Err(other) => Err(other.into()),
        }
    }

    /// A room of its own, which nobody is led into, and which BBB ends by itself should nobody else.
    async fn room(&self) -> Outcome<()> {
        let order = CreateRoom {
            id: self.id.to_string(),
            name: "Répétition / Rehearsal".to_owned(),
            options: vec![
                ("record", "false".to_owned()),
                ("guestPolicy", "ALWAYS_ACCEPT".to_owned()),
                ("duration", "15".to_owned()),
            ],
            ..CreateRoom::default()
        };
        match self.deps.bbb.create(&order).await {
            Ok(created) => {
                self.tell(RehearsalCommand::RoomOpened {
                    create_time: created.create_time,
                })
                .await?;
                Ok(Ok(()))
            }
            Err(_) => Ok(Err(StepFault::Bbb.into())),
        }
    }

    async fn start(&self, taken: &Taken, live: LiveId) -> Outcome<std::sync::Arc<dyn GatewayDriver>> {
        let noted = Noted::default();
        let http = self.deps.http.noting(&noted);
        let driver = match stage::driver_by(&self.deps, taken.gateway, http).await? {
            Driver::Known(driver) => driver,
            Driver::Unknown(_) => return Ok(Err(StepFault::GatewayUnreachable.into())),
        };
        let looked = self.deps.aggregates.lives.look(live).await;
        let order = StartOrder {
            room: taken.token.clone(),
            robot_domain: stage::robot_domain(&self.deps.public_url),
            rtmp_url: stage::rtmp_url(&self.deps, taken.gateway).await?,
            meeting: self.id.to_string(),
            robot_name: stage::robot_name(taken.run),
            chat_shown: looked.map_err(anyhow::Error::msg)?.state.wanted_picture().chat,
        };
        let outcome = driver.start(&order).await;
        let of = (taken.run, taken.gateway);
        self.answered(
            "a gateway was told to start",
            live,
            of,
            stage::outcome_code(&outcome),
            &noted,
        )
        .await;
        Ok(match outcome {
            StartOutcome::Started => Ok(driver),
            StartOutcome::Refused { why } if why.contains("connect") || why.contains("status:") => {
                Err(StepFault::GatewayUnreachable.into())
            }
            StartOutcome::Refused { .. } => Err(StepFault::GatewayRefused.into()),
            StartOutcome::FailedMaybeRunning { .. } | StartOutcome::Unknown { .. } => {
                Err(StepFault::GatewayFailed.into())
            }
        })
    }

    /// Between two looks. Something: it ends here, with what was seen last.
    async fn pause(&self, live: LiveId, until: Time, ends: Time, seen: StepFault) -> anyhow::Result<Option<Ended>> {
        if let Some(ended) = self.stands_against(live, until).await? {
            return Ok(Some(ended));
        }
        if self.deps.now() >= ends {
            return Ok(Some(seen.into()));
        }
        tokio::time::sleep(self.deps.settings.probe).await;
        Ok(None)
    }

    async fn robot(&self, taken: &Taken, live: LiveId, until: Time) -> Outcome<()> {
        let (user, name, room) = (robot_user(taken.run), stage::robot_name(taken.run), self.id.to_string());
        let ends = self.deps.now().plus_ms(millis(self.deps.settings.robot_deadline));
        loop {
            let seen = match self.deps.bbb.meeting_info(&room).await {
                Ok(Some(info)) if info.attendees.iter().any(|a| a.user_id == user || a.name == name) => {
                    return Ok(Ok(()));
                }
                Ok(_) => StepFault::NoRobot,
                Err(_) => StepFault::Bbb,
            };
            if let Some(ended) = self.pause(live, until, ends, seen).await? {
                return Ok(Err(ended));
            }
        }
    }

    async fn picture(&self, taken: &Taken, live: LiveId, until: Time) -> Outcome<()> {
        let looked = self.deps.aggregates.broadcasters.look(taken.broadcaster).await;
        let broadcaster = looked.map_err(anyhow::Error::msg)?.state;
        let mut memory = ProbeMemory::default();
        let ends = self.deps.now().plus_ms(millis(self.deps.settings.picture_deadline));
        loop {
            let now = self.deps.now().0;
            let ask = self.deps.signed(taken.broadcaster, &broadcaster).await?;
            let url = Address {
                known: &broadcaster.hls_url,
                ask: &ask,
            };
            let seen = match probe(&self.deps.http, url, Trust::Admin, now, &mut memory).await {
                Probe::Moving => return Ok(Ok(())),
                Probe::Error(_) => StepFault::BroadcasterUnreachable,
                Probe::NotYet(_) | Probe::Frozen | Probe::Ended => StepFault::NoPicture,
            };
            if let Some(ended) = self.pause(live, until, ends, seen).await? {
                return Ok(Err(ended));
            }
        }
    }

    /// A line into the room, by the way that the audience's take.
    async fn chat(&self, taken: &Taken, driver: &dyn GatewayDriver) -> Outcome<()> {
        let room = self.id.to_string();
        let takes = self.deps.bbb.takes_chat(&room).await;
        let encoder = driver.generation() == Generation::Encoder;
        Ok(match takes {
            Err(_) => Err(StepFault::Bbb.into()),
            // Nobody is in the room to read it, and BBB takes no line for an empty one (bbb-contract §2.7).
            Ok(true) if encoder => Ok(()),
            Ok(true) => match self.deps.bbb.send_chat(&room, LINE.0, LINE.1).await {
                Ok(()) => Ok(()),
                Err(_) => Err(StepFault::ChatRefused.into()),
            },
            Ok(false) if driver.chat_limits().is_none() => Err(StepFault::NoWay.into()),
            Ok(false) => match driver.chat(&taken.token, LINE.0, LINE.1).await {
                ChatOutcome::HandedOver => Ok(()),
                ChatOutcome::Unsupported => Err(StepFault::NoWay.into()),
                _ => Err(StepFault::ChatRefused.into()),
            },
        })
    }
}
