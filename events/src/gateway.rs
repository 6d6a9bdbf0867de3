//! A gateway: the machine that makes the picture. Stream `gateway-{id}`.
//!
//! Two invariants are kept here, because each lives in one stream: reservations never overlap
//! (half-open intervals, census §4.1), and one run at a time holds the machine.

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Meta};
use crate::catalogue::Public;
use crate::clock::Time;
use crate::ids::{BroadcasterId, GatewayId, LiveId, ReservationId, RunId};

/// Which HTTP dialect a gateway speaks (gateway-contract §1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Generation {
    /// Flat JSON, 1.5.x.
    G1,
    /// Enveloped JSON, 1.6.0.
    G2,
    /// Enveloped with `/progress`, 1.7.x.
    G3,
    /// FastAPI, 1.8.x.
    G4,
    /// FastAPI with commands, main.
    G5,
}

impl Generation {
    /// As in the API: `g1` … `g5`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::G1 => "g1",
            Self::G2 => "g2",
            Self::G3 => "g3",
            Self::G4 => "g4",
            Self::G5 => "g5",
        }
    }
}

impl std::str::FromStr for Generation {
    type Err = Refusal;
    fn from_str(s: &str) -> Result<Self, Refusal> {
        [Self::G1, Self::G2, Self::G3, Self::G4, Self::G5]
            .into_iter()
            .find(|g| g.as_str() == s)
            .ok_or(Refusal::Generation)
    }
}

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

/// What an administrator says of a gateway; secrets aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// Its name, 1 to 100 characters.
    pub name: Public<String>,
    /// Where its pictures are fetched.
    pub broadcaster: BroadcasterId,
    /// Base address of its HTTP interface.
    pub server_url: Public<String>,
    /// RTMP address without its last part, the stream key, which is a secret.
    pub rtmp_base: Public<String>,
    /// The id that generations 4 and 5 want.
    pub gw_id: Option<String>,
    /// Said by the administrator instead of found out.
    pub generation: Option<Generation>,
}

impl Setup {
    /// Whether orders would go elsewhere, or in another dialect.
    fn speaks_otherwise(&self, other: &Self) -> bool {
        (&self.server_url, &self.gw_id, self.generation) != (&other.server_url, &other.gw_id, other.generation)
    }
}

crate::events! {
    /// What happened to a gateway.
    pub enum GatewayEvent {
        /// An administrator added it.
        GatewayAdded = 1 { setup: Setup }
        /// What the administrator says of it is now this.
        GatewayChanged = 1 { setup: Setup }
        /// Its secrets were set (in the store); `default_token` says that the token is the known default 1234.
        GatewaySecretsSet = 1 { token: bool, stream_key: bool, default_token: bool }
        /// What it speaks and whether it takes the token was found out, or can't be.
        GatewayProbed = 1 { reachable: bool, generation: Option<Generation>, token: TokenState }
        /// It is no longer used.
        GatewayRemoved = 1 {}
        /// It is held for a live during [from, to).
        GatewayReserved = 1 { reservation: ReservationId, live: LiveId, from: Time, to: Time }
        /// A live's reservation now covers [from, to).
        GatewayReservationMoved = 1 { reservation: ReservationId, from: Time, to: Time }
        /// It is no longer held for that reservation's live.
        GatewayReservationReleased = 1 { reservation: ReservationId }
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
    /// What a probe found.
    Probed {
        /// It answered.
        reachable: bool,
        /// What it speaks.
        generation: Option<Generation>,
        /// What it makes of the token.
        token: TokenState,
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
    },
    /// Let a reservation go.
    Release {
        /// Which.
        reservation: ReservationId,
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
    #[error("a generation is one of g1, g2, g3, g4, g5")]
    Generation,
    /// The interval is empty or backwards.
    #[error("the end is not after the start")]
    Interval,
    /// It is held by another live for part of that time, until then.
    #[error("the gateway is held until {until}")]
    Overlap {
        /// End of the reservation in the way.
        until: Time,
    },
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

/// A hold of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reservation {
    /// Its id.
    pub id: ReservationId,
    /// For which live.
    pub live: LiveId,
    /// From.
    pub from: Time,
    /// To, exclusive.
    pub to: Time,
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
    /// Present and future holds (past ones are forgotten once they are over by a day).
    pub reservations: Vec<Reservation>,
    /// The run that holds the machine.
    pub taken: Option<(RunId, LiveId)>,
}

impl Gateway {
    /// What it speaks: as the administrator says, else as found out.
    pub fn generation(&self) -> Option<Generation> {
        self.setup
            .as_ref()
            .and_then(|s| s.generation)
            .or_else(|| self.probe.and_then(|p| p.1))
    }

    /// The hold in the way of [from, to) for this live, if any.
    pub fn in_the_way(&self, live: LiveId, from: Time, to: Time) -> Option<&Reservation> {
        self.reservations
            .iter()
            .find(|r| r.live != live && r.from < to && from < r.to)
    }

    fn known(&self) -> Result<&Setup, Refusal> {
        if self.removed {
            return Err(Refusal::Unknown);
        }
        self.setup.as_ref().ok_or(Refusal::Unknown)
    }
}

/// Characters that reach the gateway's shell unharmed (gateway-contract §2.3). No `@`: what stands before it would be
/// a password in clear in the log.
fn plain(rtmp: &str) -> bool {
    rtmp.chars()
        .all(|c| c.is_ascii_alphanumeric() || "._~:/?=&%+-".contains(c))
}

fn check(setup: &Setup) -> Result<(), Refusal> {
    if !(1..=100).contains(&setup.name.0.trim().chars().count()) || setup.name.0.chars().any(char::is_control) {
        return Err(Refusal::Name);
    }
    let http = setup.server_url.0.starts_with("http://") || setup.server_url.0.starts_with("https://");
    if !http || setup.server_url.0.len() > 2000 || setup.server_url.0.chars().any(char::is_whitespace) {
        return Err(Refusal::Address);
    }
    let rtmp = &setup.rtmp_base.0;
    if !(rtmp.starts_with("rtmp://") || rtmp.starts_with("rtmps://")) || rtmp.len() > 1000 || !plain(rtmp) {
        return Err(Refusal::Rtmp);
    }
    Ok(())
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
            C::Reserve {
                reservation,
                live,
                from,
                to,
            } => {
                self.known()?;
                if from >= to {
                    return Err(Refusal::Interval);
                }
                if let Some(other) = self.in_the_way(*live, *from, *to) {
                    return Err(Refusal::Overlap { until: other.to });
                }
                // A live holds a gateway once: asking again moves its hold.
                Ok(match self.reservations.iter().find(|r| r.live == *live) {
                    Some(held) if (held.from, held.to) == (*from, *to) => vec![],
                    Some(held) => vec![E::GatewayReservationMoved {
                        reservation: held.id,
                        from: *from,
                        to: *to,
                    }],
                    None => vec![E::GatewayReserved {
                        reservation: *reservation,
                        live: *live,
                        from: *from,
                        to: *to,
                    }],
                })
            }
            C::Release { reservation } => Ok(if self.reservations.iter().any(|r| r.id == *reservation) {
                vec![E::GatewayReservationReleased {
                    reservation: *reservation,
                }]
            } else {
                vec![]
            }),
            C::Take { run, live } => {
                self.known()?;
                // A live that opens early or overruns must not keep the one that holds the gateway now from its picture.
                if let Some(other) = self.in_the_way(*live, now, now.plus_ms(1)) {
                    return Err(Refusal::Overlap { until: other.to });
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
            E::GatewayReserved {
                reservation,
                live,
                from,
                to,
            } => {
                let day_ago = meta.time.plus_s(-86_400);
                self.reservations.retain(|r| r.to > day_ago);
                self.reservations.push(Reservation {
                    id: *reservation,
                    live: *live,
                    from: *from,
                    to: *to,
                });
            }
            E::GatewayReservationMoved { reservation, from, to } => {
                for r in self.reservations.iter_mut().filter(|r| r.id == *reservation) {
                    (r.from, r.to) = (*from, *to);
                }
            }
            E::GatewayReservationReleased { reservation } => self.reservations.retain(|r| r.id != *reservation),
            E::GatewayTaken { run, live } => self.taken = Some((*run, *live)),
            E::GatewayLetGo { .. } => self.taken = None,
        }
    }
}

/// Splits an RTMP address into what may be known and the stream key, its last part.
///
/// # Errors
/// It has no application and stream part, or characters that a gateway's shell would take for orders.
pub fn split_rtmp(url: &str) -> Result<(String, String), Refusal> {
    let rest = url
        .strip_prefix("rtmp://")
        .or_else(|| url.strip_prefix("rtmps://"))
        .ok_or(Refusal::Rtmp)?;
    // host/application/stream: at least two slashes after the scheme, so that the key is never the host.
    match url.rsplit_once('/') {
        Some((base, key)) if plain(url) && !key.is_empty() && rest.matches('/').count() >= 2 => {
            Ok((base.to_owned(), key.to_owned()))
        }
        _ => Err(Refusal::Rtmp),
    }
}

/// The stream of a gateway.
pub fn stream(id: GatewayId) -> crate::StreamName {
    crate::StreamName::of(Gateway::KIND, id)
}

#[cfg(test)]
#[path = "gateway_tests.rs"]
mod tests;
