//! A broadcaster: where viewers fetch the picture (census §5.1). Stream `broadcaster-{id}`.
//!
//! It shows one live at a time, whatever makes the picture: its reservations never overlap, so two gateways that push to
//! the same place are never given to two lives at once (census W15).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Meta};
use crate::calendar::{Calendar, Margins, Reservation, Wish};
use crate::catalogue::Public;
use crate::clock::Time;
use crate::ids::{BroadcasterId, BuildingId, LiveId, ReservationId};
use crate::page::{DESCRIPTION_MAX, GROUPS_MAX, HoldPicture};
use crate::plain::is_label;

/// What an administrator says of a broadcaster beside its name and address (census §5.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BroadcasterDetails {
    /// The building that it stands in.
    pub building: Option<BuildingId>,
    /// What it is.
    pub description: Public<String>,
    /// People may plan lives on it, without a gateway: an encoder pushes to it.
    pub plannable: bool,
    /// Who may plan on it: members of these groups. Empty: all who may plan lives.
    pub groups: Public<BTreeSet<String>>,
    /// What is shown of it is for the signed-in, whatever a live's own page says.
    pub restricted: bool,
    /// The wall of operators shows it.
    pub public: bool,
    /// What is shown before and after a live that has no picture of its own.
    pub picture: Option<HoldPicture>,
    /// Where an encoder pushes to it by itself: the RTMP address without its last part, the stream's name, which is in the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rtmp_base: Option<Public<String>>,
}

impl Default for BroadcasterDetails {
    fn default() -> Self {
        Self {
            building: None,
            description: Public::default(),
            plannable: false,
            groups: Public::default(),
            restricted: false,
            public: true,
            picture: None,
            rtmp_base: None,
        }
    }
}

/// How the media server of a broadcaster keeps out those who were given no address of ours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// Not at all: whoever knows the playlist's address watches.
    #[default]
    None,
    /// nginx's `secure_link`: addresses are signed with a secret that it shares, and end.
    SecureLink,
    /// MediaMTX asks us about each reader: addresses carry a token of ours, and end.
    MediaServer,
}

impl Protection {
    /// All.
    pub const ALL: [Self; 3] = [Self::None, Self::SecureLink, Self::MediaServer];

    /// As in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SecureLink => "secure_link",
            Self::MediaServer => "media_server",
        }
    }
}

crate::events! {
    /// What happened to a broadcaster.
    pub enum BroadcasterEvent {
        /// An administrator added it; viewers' players fetch `hls_url`.
        BroadcasterAdded = 1 { name: Public<String>, hls_url: Public<String> }
        /// Its name and address are now these.
        BroadcasterChanged = 1 { name: Public<String>, hls_url: Public<String> }
        /// How its media server keeps strangers out is now this; the secret that goes with it is in the store.
        BroadcasterProtectionSet = 1 { protection: Protection }
        /// Where it stands, what it may be used for and by whom, and what is shown while there is no picture is now this.
        BroadcasterDescribed = 1 { details: BroadcasterDetails }
        /// It is no longer used.
        BroadcasterRemoved = 1 {}
        /// It is held for a live during [from, to).
        BroadcasterReserved = 1 { reservation: ReservationId, live: LiveId, from: Time, to: Time }
        /// A live's reservation now covers [from, to).
        BroadcasterReservationMoved = 1 { reservation: ReservationId, from: Time, to: Time }
        /// It is no longer held for that reservation's live.
        BroadcasterReservationReleased = 1 { reservation: ReservationId }
    }
}

/// What may be asked of a broadcaster.
#[derive(Debug, Clone)]
pub enum BroadcasterCommand {
    /// Add or change it.
    Set {
        /// Its name, 1 to 100 characters.
        name: String,
        /// `http(s)` address of its playlist.
        hls_url: String,
    },
    /// How its media server keeps strangers out; the secret is in the store.
    Protect(Protection),
    /// Say where it stands and what it is for. Its picture stays as it is.
    Describe(Box<BroadcasterDetails>),
    /// Show this picture before and after lives that have none of their own, or none.
    Picture(Option<HoldPicture>),
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
}

/// Why a command on a broadcaster is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such broadcaster.
    #[error("no such broadcaster")]
    Unknown,
    /// Name not of 1 to 100 characters.
    #[error("a name has 1 to 100 characters")]
    Name,
    /// Not an `http` or `https` address.
    #[error("the playlist's address begins with http:// or https://")]
    Address,
    /// The interval is empty or backwards.
    #[error("the end is not after the start")]
    Interval,
    /// It is held for another live for part of that time, until then.
    #[error("the broadcaster is held until {until}")]
    Overlap {
        /// End of the reservation in the way.
        until: Time,
    },
    /// A text is too long.
    #[error("a text is too long")]
    TextTooLong,
    /// Too many groups.
    #[error("a broadcaster is for at most 50 groups")]
    TooManyGroups,
    /// It has reservations.
    #[error("the broadcaster is in use")]
    InUse,
}

/// A broadcaster as folded from its stream.
#[derive(Debug, Clone, Default)]
pub struct Broadcaster {
    /// Its name; `None` before it was added.
    pub name: Option<String>,
    /// Its playlist.
    pub hls_url: String,
    /// How its media server keeps strangers out.
    pub protection: Protection,
    /// Where it stands and what it is for.
    pub details: BroadcasterDetails,
    /// No longer used.
    pub removed: bool,
    /// Present and future holds.
    pub reservations: Calendar,
}

impl Broadcaster {
    fn described(&self, details: BroadcasterDetails) -> Vec<BroadcasterEvent> {
        let other = details != self.details;
        other
            .then_some(BroadcasterEvent::BroadcasterDescribed { details })
            .into_iter()
            .collect()
    }
}

impl Aggregate for Broadcaster {
    const KIND: &'static str = "broadcaster";
    type Event = BroadcasterEvent;
    type Command = BroadcasterCommand;
    type Refusal = Refusal;

    fn decide(&self, command: &BroadcasterCommand, now: Time) -> Result<Vec<BroadcasterEvent>, Refusal> {
        if self.removed && !matches!(command, BroadcasterCommand::Release { .. }) {
            return if matches!(command, BroadcasterCommand::Remove) {
                Ok(vec![])
            } else {
                Err(Refusal::Unknown)
            };
        }
        match command {
            BroadcasterCommand::Set { name, hls_url } => {
                if !is_label(name) {
                    return Err(Refusal::Name);
                }
                if !(hls_url.starts_with("http://") || hls_url.starts_with("https://")) || hls_url.len() > 2000 {
                    return Err(Refusal::Address);
                }
                let (held, name, hls_url) = (self.name.as_deref(), name.trim().to_owned(), hls_url.clone());
                Ok(if held.is_none() {
                    vec![BroadcasterEvent::BroadcasterAdded {
                        name: Public(name),
                        hls_url: Public(hls_url),
                    }]
                } else if held == Some(&name) && self.hls_url == hls_url {
                    vec![]
                } else {
                    vec![BroadcasterEvent::BroadcasterChanged {
                        name: Public(name),
                        hls_url: Public(hls_url),
                    }]
                })
            }
            BroadcasterCommand::Protect(_) if self.name.is_none() => Err(Refusal::Unknown),
            BroadcasterCommand::Protect(protection) => Ok((*protection != self.protection)
                .then_some(BroadcasterEvent::BroadcasterProtectionSet {
                    protection: *protection,
                })
                .into_iter()
                .collect()),
            BroadcasterCommand::Describe(_) if self.name.is_none() => Err(Refusal::Unknown),
            BroadcasterCommand::Describe(details) if details.description.0.chars().count() > DESCRIPTION_MAX => {
                Err(Refusal::TextTooLong)
            }
            BroadcasterCommand::Describe(details) if details.groups.0.len() > GROUPS_MAX => Err(Refusal::TooManyGroups),
            BroadcasterCommand::Describe(details) => Ok(self.described(BroadcasterDetails {
                // Whoever sends a form says nothing of it: one that was uploaded meanwhile would be gone.
                picture: self.details.picture.clone(),
                ..(**details).clone()
            })),
            BroadcasterCommand::Picture(_) if self.name.is_none() => Err(Refusal::Unknown),
            BroadcasterCommand::Picture(picture) => Ok(self.described(BroadcasterDetails {
                picture: picture.clone(),
                ..self.details.clone()
            })),
            BroadcasterCommand::Remove if self.name.is_none() => Err(Refusal::Unknown),
            BroadcasterCommand::Remove if self.reservations.iter().any(|r| r.to > now) => Err(Refusal::InUse),
            BroadcasterCommand::Remove => Ok(vec![BroadcasterEvent::BroadcasterRemoved {}]),
            BroadcasterCommand::Reserve { .. } if self.name.is_none() => Err(Refusal::Unknown),
            BroadcasterCommand::Reserve { from, to, .. } if from >= to => Err(Refusal::Interval),
            BroadcasterCommand::Reserve {
                reservation,
                live,
                from,
                to,
                margins,
            } => {
                let (from, to) = (*from, *to);
                let wish = self.reservations.wish(*live, from, to, *margins);
                Ok(match wish.map_err(|other| Refusal::Overlap { until: other.to })? {
                    Wish::Held => vec![],
                    Wish::Moves(reservation) => {
                        vec![BroadcasterEvent::BroadcasterReservationMoved { reservation, from, to }]
                    }
                    Wish::New => vec![BroadcasterEvent::BroadcasterReserved {
                        reservation: *reservation,
                        live: *live,
                        from,
                        to,
                    }],
                })
            }
            BroadcasterCommand::Release { reservation } => {
                let held = self.reservations.iter().any(|r| r.id == *reservation);
                let released = BroadcasterEvent::BroadcasterReservationReleased {
                    reservation: *reservation,
                };
                Ok(held.then_some(released).into_iter().collect())
            }
        }
    }

    fn evolve(&mut self, event: &BroadcasterEvent, meta: Meta) {
        match event {
            BroadcasterEvent::BroadcasterAdded { name, hls_url }
            | BroadcasterEvent::BroadcasterChanged { name, hls_url } => {
                self.name = Some(name.0.clone());
                self.hls_url.clone_from(&hls_url.0);
            }
            BroadcasterEvent::BroadcasterProtectionSet { protection } => self.protection = *protection,
            BroadcasterEvent::BroadcasterDescribed { details } => self.details.clone_from(details),
            BroadcasterEvent::BroadcasterRemoved {} => self.removed = true,
            BroadcasterEvent::BroadcasterReserved {
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
            BroadcasterEvent::BroadcasterReservationMoved { reservation, from, to } => {
                self.reservations.moved(*reservation, *from, *to);
            }
            BroadcasterEvent::BroadcasterReservationReleased { reservation } => {
                self.reservations.released(*reservation);
            }
        }
    }
}

/// The stream of a broadcaster.
pub fn stream(id: BroadcasterId) -> crate::StreamName {
    crate::StreamName::of(Broadcaster::KIND, id)
}

#[cfg(test)]
#[path = "broadcaster_tests.rs"]
mod tests;
