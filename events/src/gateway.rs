//! A gateway: the machine that makes the picture. Stream `gateway-{id}`.
//!
//! Two invariants are kept here, because each lives in one stream: reservations never overlap, nor does a new one reach into a
//! span out of service ([`crate::calendar`]), and one run at a time holds the machine.

mod generation;
mod service;
mod setup;

use serde::{Deserialize, Serialize};

pub use self::generation::{ChatPane, Generation, Robot};
pub use self::service::{Health, HealthCause, OUTAGES_MAX, Outage, REASON_MAX};
use self::setup::check;
pub use self::setup::{RTMP_MAX, Setup, check_chat_route, is_rtmp, split_rtmp};
use crate::aggregate::{Aggregate, Meta};
use crate::calendar::{Calendar, KEPT_S, Wish};
pub use crate::calendar::{Margins, Reservation};
use crate::catalogue::Public;
use crate::clock::Time;
use crate::ids::{GatewayId, LiveId, OutageId, ReservationId, RunId};

/// What a probe without side effects learnt of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// Taken.
    Good,
    /// Refused.
    Wrong,
    /// This generation checks none.
    NotChecked,
    /// It could not be asked.
    Unknown,
}

/// Why a publisher that has a gateway's stream key is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PublishRefusal {
    /// No live holds the gateway: the robot of a live that is over, or somebody who tries.
    Idle,
    /// The live that holds it is being stopped, or isn't wanted any more.
    Stopping,
}

/// A refusal that repeats is recorded once in so many milliseconds: an encoder that tries again each second must not fill the log.
const REFUSAL_MS: i64 = 60 * 1000;

crate::events! {
    /// What happened to a gateway.
    pub enum GatewayEvent {
        /// An administrator added it.
        GatewayAdded = 1 { setup: Setup }
        /// What the administrator says of it is now this.
        GatewayChanged = 1 { setup: Setup }
        /// Its secrets were set (in the store); `default_token` says that the token is the known default 1234.
        GatewaySecretsSet = 1 { token: bool, stream_key: bool, default_token: bool }
        /// Where its robot hears chat lines, for those that hear them by Redis; `None`: nowhere.
        GatewayChatRouteSet = 1 { redis: Option<Public<String>> }
        /// What it speaks and whether it takes the token was found out, or can't be.
        GatewayProbed = 1 { reachable: bool, generation: Option<Generation>, token: TokenState }
        /// It is seen otherwise than before: not each probe, each transition. Its time is since when.
        GatewayHealthChanged = 1 { health: Health, cause: Option<HealthCause> }
        /// It is out of service during [from, to), or until it is said to be back; lives that held it then are given another.
        GatewayOutOfService = 1 { outage: OutageId, from: Time, to: Option<Time>, reason: Public<String> }
        /// That span out of service is over, or will not be.
        GatewayBackInService = 1 { outage: OutageId }
        /// It is no longer used.
        GatewayRemoved = 1 {}
        /// It is held for a live during [from, to).
        GatewayReserved = 1 { reservation: ReservationId, live: LiveId, from: Time, to: Time }
        /// A live's reservation now covers [from, to).
        GatewayReservationMoved = 1 { reservation: ReservationId, from: Time, to: Time }
        /// It is no longer held for that reservation's live.
        GatewayReservationReleased = 1 { reservation: ReservationId }
        /// Somebody with its stream key wanted to push a picture that nobody waits for; the media server was told to refuse. Once a minute at most.
        GatewayPublishRefused = 1 { live: Option<LiveId>, why: PublishRefusal }
        /// A run took the machine.
        GatewayTaken = 1 { run: RunId, live: LiveId }
        /// The run let go of the machine.
        GatewayLetGo = 1 { run: RunId }
    }
}

/// What may be asked of a gateway.
#[derive(Debug, Clone)]
pub enum GatewayCommand {
    /// Add or change it.
    Set(Setup),
    /// Its secrets are in the store.
    SecretsSet {
        /// The token was set.
        token: bool,
        /// The stream key was set.
        stream_key: bool,
        /// The token is 1234.
        default_token: bool,
    },
    /// Where its robot hears chat lines: `redis://host[:port]` or `rediss://…`.
    SetChatRoute(Option<String>),
    /// What a probe found.
    Probed {
        /// It answered.
        reachable: bool,
        /// What it speaks.
        generation: Option<Generation>,
        /// What it makes of the token.
        token: TokenState,
    },
    /// How it was seen.
    HealthSeen {
        /// In a word.
        health: Health,
        /// What is behind it.
        cause: Option<HealthCause>,
    },
    /// It can't be used during [from, to).
    TakeOutOfService {
        /// Id of the span.
        outage: OutageId,
        /// From.
        from: Time,
        /// To, exclusive; `None`: until it is said to be back.
        to: Option<Time>,
        /// Why, at most [`REASON_MAX`] characters; may be empty.
        reason: String,
    },
    /// A span out of service is over, or will not be.
    BackInService {
        /// Which.
        outage: OutageId,
    },
    /// Remove it.
    Remove,
    /// Hold it for a live during [from, to).
    Reserve {
        /// Id of the reservation.
        reservation: ReservationId,
        /// For which live.
        live: LiveId,
        /// From.
        from: Time,
        /// To, exclusive.
        to: Time,
        /// What is kept free before and after.
        margins: Margins,
    },
    /// Let a reservation go.
    Release {
        /// Which.
        reservation: ReservationId,
    },
    /// A publisher with its stream key was refused.
    PublishRefused {
        /// The live that holds the machine, if one does.
        live: Option<LiveId>,
        /// Why.
        why: PublishRefusal,
    },
    /// A run takes the machine.
    Take {
        /// Which run.
        run: RunId,
        /// Of which live.
        live: LiveId,
    },
    /// A run lets go.
    LetGo {
        /// Which run.
        run: RunId,
    },
}

/// Why a command on a gateway is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such gateway.
    #[error("no such gateway")]
    Unknown,
    /// Name not of 1 to 100 characters.
    #[error("a name has 1 to 100 characters")]
    Name,
    /// Not an `http(s)` address.
    #[error("the gateway's address begins with http:// or https://")]
    Address,
    /// Not an RTMP address, or with characters that break the gateway's shell (gateway-contract §2.3).
    #[error("the RTMP address is rtmp://host/application/stream with plain characters only")]
    Rtmp,
    /// Not a known generation.
    #[error("a generation is one of g1, g2, g3, g4, g5, pool, livestreaming, encoder")]
    Generation,
    /// Not the address of a Redis server.
    #[error("the address for chat lines is redis://host or rediss://host, perhaps with a port")]
    ChatRoute,
    /// The interval is empty or backwards.
    #[error("the end is not after the start")]
    Interval,
    /// It is held by another live for part of that time, until then.
    #[error("the gateway is held until {until}")]
    Overlap {
        /// End of the reservation in the way.
        until: Time,
    },
    /// It is out of service for part of that time.
    #[error("the gateway is out of service")]
    OutOfService {
        /// Until then; `None`: nobody knows until when.
        until: Option<Time>,
    },
    /// A reason of being out of service is too long, or has control characters.
    #[error("a reason has at most 200 visible characters, on one line")]
    Reason,
    /// Too many spans out of service.
    #[error("at most 100 spans out of service are planned for a gateway")]
    TooManyOutages,
    /// Another run holds the machine.
    #[error("another live runs on the gateway")]
    Taken {
        /// Which live.
        live: LiveId,
    },
    /// It has reservations or a run.
    #[error("the gateway is in use")]
    InUse,
}

/// A gateway as folded from its stream.
#[derive(Debug, Clone, Default)]
pub struct Gateway {
    /// What the administrator says; `None` before it was added.
    pub setup: Option<Setup>,
    /// No longer used.
    pub removed: bool,
    /// The last probe: reachable, generation, token, since when it has been so.
    pub probe: Option<(bool, Option<Generation>, TokenState, Time)>,
    /// The token is the known default.
    pub default_token: bool,
    /// Where its robot hears chat lines.
    pub chat_route: Option<String>,
    /// How it was last seen, what is behind it, and since when.
    pub health: Option<(Health, Option<HealthCause>, Time)>,
    /// Present and future holds (past ones are forgotten once they are over by a day).
    pub reservations: Calendar,
    /// Spans out of service, those to come too.
    pub outages: Vec<Outage>,
    /// The run that holds the machine.
    pub taken: Option<(RunId, LiveId)>,
    /// The last publisher that was refused: the live that held the machine, why, and when.
    pub refused: Option<(Option<LiveId>, PublishRefusal, Time)>,
}

impl Gateway {
    /// What it speaks: as the administrator says, else as found out.
    pub fn generation(&self) -> Option<Generation> {
        self.setup
            .as_ref()
            .and_then(|s| s.generation)
            .or_else(|| self.probe.and_then(|p| p.1))
    }

    fn known(&self) -> Result<&Setup, Refusal> {
        if self.removed {
            return Err(Refusal::Unknown);
        }
        self.setup.as_ref().ok_or(Refusal::Unknown)
    }

    fn reserve(
        &self,
        reservation: ReservationId,
        live: LiveId,
        (from, to): (Time, Time),
        margins: Margins,
        now: Time,
    ) -> Result<Vec<GatewayEvent>, Refusal> {
        self.known()?;
        if from >= to {
            return Err(Refusal::Interval);
        }
        if let Some(outage) = self.out_of_service(from, to, margins) {
            return Err(Refusal::OutOfService { until: outage.to });
        }
        let wish = self
            .reservations
            .wish(live, from, to, margins)
            .map_err(|other| Refusal::Overlap { until: other.to })?;
        Ok(match wish {
            Wish::Held => vec![],
            Wish::Moves(reservation) => vec![GatewayEvent::GatewayReservationMoved { reservation, from, to }],
            Wish::New => {
                // A live that overran its own time may still be on the machine; whoever holds it already waits for that.
                if let Some((_, other)) = self.taken.filter(|(_, other)| *other != live)
                    && margins.round(from, to).0 <= now
                {
                    return Err(Refusal::Taken { live: other });
                }
                vec![GatewayEvent::GatewayReserved {
                    reservation,
                    live,
                    from,
                    to,
                }]
            }
        })
    }
}

impl Aggregate for Gateway {
    const KIND: &'static str = "gateway";
    type Event = GatewayEvent;
    type Command = GatewayCommand;
    type Refusal = Refusal;

    fn decide(&self, command: &GatewayCommand, now: Time) -> Result<Vec<GatewayEvent>, Refusal> {
        use GatewayCommand as C;
        use GatewayEvent as E;
        match command {
            C::Set(setup) => {
                if self.removed {
                    return Err(Refusal::Unknown);
                }
                check(setup)?;
                // A stop goes to the address the run was started at; elsewhere it would find nothing and count as done.
                if self.taken.is_some() && self.setup.as_ref().is_some_and(|held| held.speaks_otherwise(setup)) {
                    return Err(Refusal::InUse);
                }
                Ok(match &self.setup {
                    None => vec![E::GatewayAdded { setup: setup.clone() }],
                    Some(held) if held == setup => vec![],
                    Some(_) => vec![E::GatewayChanged { setup: setup.clone() }],
                })
            }
            C::SecretsSet {
                token,
                stream_key,
                default_token,
            } => {
                self.known()?;
                Ok(vec![E::GatewaySecretsSet {
                    token: *token,
                    stream_key: *stream_key,
                    default_token: *default_token,
                }])
            }
            C::SetChatRoute(redis) => {
                self.known()?;
                check_chat_route(redis.as_deref())?;
                Ok(if self.chat_route == *redis {
                    vec![]
                } else {
                    vec![E::GatewayChatRouteSet {
                        redis: redis.clone().map(Public),
                    }]
                })
            }
            C::Probed {
                reachable,
                generation,
                token,
            } => {
                self.known()?;
                Ok(match self.probe {
                    Some((r, g, t, _)) if (r, g, t) == (*reachable, *generation, *token) => vec![],
                    _ => vec![E::GatewayProbed {
                        reachable: *reachable,
                        generation: *generation,
                        token: *token,
                    }],
                })
            }
            C::Remove => {
                if self.removed {
                    return Ok(vec![]);
                }
                self.known()?;
                if self.taken.is_some() || self.reservations.iter().any(|r| r.to > now) {
                    return Err(Refusal::InUse);
                }
                Ok(vec![E::GatewayRemoved {}])
            }
            C::HealthSeen { health, cause } => self.seen(*health, *cause, now),
            C::TakeOutOfService {
                outage,
                from,
                to,
                reason,
            } => self.take_out(*outage, *from, *to, reason, now),
            C::BackInService { outage } => Ok(self.back(*outage)),
            C::Reserve {
                reservation,
                live,
                from,
                to,
                margins,
            } => self.reserve(*reservation, *live, (*from, *to), *margins, now),
            C::Release { reservation } => Ok(if self.reservations.iter().any(|r| r.id == *reservation) {
                vec![E::GatewayReservationReleased {
                    reservation: *reservation,
                }]
            } else {
                vec![]
            }),
            C::PublishRefused { live, why } => {
                self.known()?;
                let said = self
                    .refused
                    .is_some_and(|(l, w, at)| (l, w) == (*live, *why) && now.since_ms(at) < REFUSAL_MS);
                Ok((!said)
                    .then_some(E::GatewayPublishRefused { live: *live, why: *why })
                    .into_iter()
                    .collect())
            }
            C::Take { run, live } => {
                self.known()?;
                // A live that opens early or overruns must not keep the one that holds the gateway now from its picture.
                let soon = now.plus_ms(1);
                if let Some(other) = self.reservations.in_the_way(*live, now, soon, Margins::NONE) {
                    return Err(Refusal::Overlap { until: other.to });
                }
                if let Some(outage) = self.out_of_service(now, soon, Margins::NONE) {
                    return Err(Refusal::OutOfService { until: outage.to });
                }
                match self.taken {
                    Some((held, _)) if held == *run => Ok(vec![]),
                    Some((_, live)) => Err(Refusal::Taken { live }),
                    None => Ok(vec![E::GatewayTaken { run: *run, live: *live }]),
                }
            }
            C::LetGo { run } => Ok(match self.taken {
                Some((held, _)) if held == *run => vec![E::GatewayLetGo { run: *run }],
                _ => vec![],
            }),
        }
    }

    fn evolve(&mut self, event: &GatewayEvent, meta: Meta) {
        use GatewayEvent as E;
        match event {
            E::GatewayAdded { setup } | E::GatewayChanged { setup } => self.setup = Some(setup.clone()),
            E::GatewayChatRouteSet { redis } => self.chat_route = redis.as_ref().map(|r| r.0.clone()),
            E::GatewaySecretsSet {
                token, default_token, ..
            } => {
                if *token {
                    self.default_token = *default_token;
                }
            }
            E::GatewayProbed {
                reachable,
                generation,
                token,
            } => {
                self.probe = Some((*reachable, *generation, *token, meta.time));
            }
            E::GatewayRemoved {} => self.removed = true,
            E::GatewayHealthChanged { health, cause } => self.health = Some((*health, *cause, meta.time)),
            E::GatewayOutOfService {
                outage,
                from,
                to,
                reason,
            } => {
                let kept = meta.time.plus_s(-KEPT_S);
                self.outages.retain(|o| o.end() > kept);
                self.outages.push(Outage {
                    id: *outage,
                    from: *from,
                    to: *to,
                    reason: reason.0.clone(),
                });
            }
            E::GatewayBackInService { outage } => self.outages.retain(|o| o.id != *outage),
            E::GatewayReserved {
                reservation,
                live,
                from,
                to,
            } => {
                let reserved = Reservation {
                    id: *reservation,
                    live: *live,
                    from: *from,
                    to: *to,
                };
                self.reservations.reserved(reserved, meta.time);
            }
            E::GatewayReservationMoved { reservation, from, to } => self.reservations.moved(*reservation, *from, *to),
            E::GatewayReservationReleased { reservation } => self.reservations.released(*reservation),
            E::GatewayPublishRefused { live, why } => self.refused = Some((*live, *why, meta.time)),
            E::GatewayTaken { run, live } => self.taken = Some((*run, *live)),
            E::GatewayLetGo { .. } => self.taken = None,
        }
    }
}

/// The stream of a gateway.
pub fn stream(id: GatewayId) -> crate::StreamName {
    crate::StreamName::of(Gateway::KIND, id)
}

#[cfg(test)]
#[path = "gateway_tests.rs"]
mod tests;
