//! Ids: ULIDs in their 26-character text form, a type each, so that a meeting's id can't be given for a live's.
//! An id orders and names; it is never a secret (tokens and keys come from the system's generator).

use std::sync::{Arc, Mutex};

use rand::{RngCore, SeedableRng};
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::clock::{Clock, Time};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Ulid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = ulid::DecodeError;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Ulid::from_string(s).map(Self)
            }
        }

        impl From<Ulid> for $name {
            fn from(u: Ulid) -> Self {
                Self(u)
            }
        }
    )*};
}

ids! {
    /// An event of the log.
    EventId;
    /// A person: somebody with an account, or known only to BBB.
    PersonId;
    /// A planned meeting.
    MeetingId;
    /// One opening of a meeting's room in BBB (one per `createTime`).
    SessionId;
    /// One broadcast with its page and chat. `{event}` in URLs.
    LiveId;
    /// A machine that makes the picture.
    GatewayId;
    /// A place where viewers fetch the picture.
    BroadcasterId;
    /// A line of a live's chat: the id of the event that posted it.
    MessageId;
    /// One run of a gateway for a live.
    RunId;
    /// A gateway held for a live between two moments.
    ReservationId;
    /// A span during which a gateway is out of service.
    OutageId;
    /// A mail to one person.
    MailId;
    /// Somebody who was invited to a meeting by a mail address.
    InviteeId;
    /// A file of slides.
    SlidesId;
    /// A rehearsal of a webinar.
    RehearsalId;
    /// A group of people, by its code.
    GroupId;
    /// A building that broadcasters stand in.
    BuildingId;
    /// A picture shown before and after a live.
    PictureId;
    /// An announcement pinned on a live's page.
    AnnouncementId;
}

/// Where new ids and random bytes come from.
pub trait IdSource: Send + Sync + 'static {
    /// A new ULID; its time part is `at`.
    fn ulid(&self, at: Time) -> Ulid;
    /// Fills `out` with random bytes fit for secrets.
    fn fill(&self, out: &mut [u8]);
}

/// Ids and secrets from the system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl IdSource for SystemIds {
    fn ulid(&self, at: Time) -> Ulid {
        let mut tail = [0_u8; 16];
        self.fill(&mut tail);
        Ulid::from_parts(at.0.max(0) as u64, u128::from_be_bytes(tail))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that may ask the system for randomness"
    )]
    fn fill(&self, out: &mut [u8]) {
        rand::rng().fill_bytes(out);
    }
}

/// Ids that repeat for a seed, for tests.
#[derive(Debug, Clone)]
pub struct SeededIds(Arc<Mutex<rand::rngs::StdRng>>);

impl SeededIds {
    /// The same seed gives the same ids.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(rand::rngs::StdRng::seed_from_u64(seed))))
    }
}

impl IdSource for SeededIds {
    fn ulid(&self, at: Time) -> Ulid {
        let mut tail = [0_u8; 16];
        self.fill(&mut tail);
        Ulid::from_parts(at.0.max(0) as u64, u128::from_be_bytes(tail))
    }

    fn fill(&self, out: &mut [u8]) {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .fill_bytes(out);
    }
}

/// Clock and ids together: what every part that makes events is given.
#[derive(Clone)]
pub struct Sources {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where ids and secrets come from.
    pub ids: Arc<dyn IdSource>,
}

impl Sources {
    /// The machine's clock and generator.
    pub fn system() -> Self {
        Self {
            clock: Arc::new(crate::SystemClock),
            ids: Arc::new(SystemIds),
        }
    }

    /// Now, UTC.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// A new id of any kind, made now.
    pub fn id<T: From<Ulid>>(&self) -> T {
        self.ids.ulid(self.clock.now()).into()
    }

    /// `bytes` random bytes as lower-case base 36-like text of `[a-z0-9]`, for tokens in URLs.
    /// Each character carries five bits (32 of the 36 characters are used), so there is no bias.
    pub fn token(&self, chars: usize) -> String {
        const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let mut raw = vec![0_u8; chars];
        self.ids.fill(&mut raw);
        raw.iter().map(|b| char::from(ALPHABET[usize::from(b & 31)])).collect()
    }
}
