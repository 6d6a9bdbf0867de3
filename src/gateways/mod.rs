//! Gateways: one driver a generation of SIPMediaGW (gateway contract §1, §2) and one a file for the other ways to make a picture, detection,
//! and the playlist probe. How to write one: `docs/operating.md`.
//!
//! Decisions are made on content, never on a status alone: in G2 and G3 a busy gateway answers 200 and `success`.

mod answer;
pub mod detect;
mod encoder;
mod fastapi;
mod g1;
mod g2;
mod g3;
mod g4;
mod g5;
mod livestreaming;
pub mod playlist;
mod pool;
pub mod reading;
pub mod sanitise;
mod webpy;
#[cfg(test)]
mod wire_tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::outgoing::HttpClient;

pub use encoder::Encoder;
pub use g1::G1;
pub use g2::G2;
pub use g3::G3;
pub use g4::G4;
pub use g5::G5;
pub use livestreaming::LiveStreaming;
pub use pool::Pool;

pub use amphi_events::gateway::Generation;

/// Deadlines (gateway contract §8) of whole calls.
#[derive(Debug, Clone, Copy)]
pub struct GatewayTimes {
    /// `start`: 30 s; readiness loops last 5 to 10 s.
    pub start: Duration,
    /// `stop`: 60 s; the compose grace period alone is 20 s.
    pub stop: Duration,
    /// Status and progress: 10 s.
    pub status: Duration,
    /// Chat: 15 s; each line starts a container.
    pub chat: Duration,
    /// `/gateway/command`: 5 s; it can hang for ever.
    pub command: Duration,
}

impl Default for GatewayTimes {
    fn default() -> Self {
        Self {
            start: Duration::from_secs(30),
            stop: Duration::from_mins(1),
            status: Duration::from_secs(10),
            chat: Duration::from_secs(15),
            command: Duration::from_secs(5),
        }
    }
}

/// A start to order.
#[derive(Clone)]
pub struct StartOrder {
    /// Ten of `[a-z0-9]`, made anew for each run (contract §8.16).
    pub room: String,
    /// `OUR-HOST/robot`; honoured by the generations that take a domain.
    pub robot_domain: String,
    /// Where the picture is pushed; holds the stream key.
    pub rtmp_url: String,
    /// The room's id in BBB, for robots that come in by themselves.
    pub meeting: String,
    /// The name that such a robot takes: it is known by nothing else.
    pub robot_name: String,
    /// Whether the room's chat is to stand in the picture, for those that are told at the start.
    pub chat_shown: bool,
}

impl fmt::Debug for StartOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StartOrder")
    }
}

/// What a start came to. "Started" never means "on air" (contract §0.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartOutcome {
    /// The gateway says so.
    Started,
    /// This order is surely not running.
    Refused {
        /// For people.
        why: String,
    },
    /// It failed, and a container may be alive: stop before anything else (contract §8.2).
    FailedMaybeRunning {
        /// For people.
        why: String,
    },
    /// Nobody knows: ask or stop, never start again blindly (contract §8.4).
    Unknown {
        /// For people.
        why: String,
    },
}

/// What a stop came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopOutcome {
    /// It was running and was stopped.
    Stopped,
    /// Nothing was running: as good.
    AlreadyStopped,
    /// Surely not done.
    Failed {
        /// For people.
        why: String,
    },
    /// Ask again; a stop may be repeated.
    Unknown,
}

/// What is known of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateAnswer {
    /// The container is up (which says nothing about the picture).
    Running,
    /// It is not.
    Down,
    /// The gateway answers, but this generation has no way to say.
    CannotTell,
    /// No usable answer.
    Unreachable,
    /// The gateway refuses our token.
    WrongToken,
}

/// What a line through the gateway may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChatLimits {
    /// Longest text in bytes, as [`sanitise::cost`] counts it (the sender's prefix has its own share).
    pub max_bytes: usize,
    /// Accents do not survive (G3).
    pub lossy: bool,
}

/// What a chat line came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChatOutcome {
    /// The gateway took it; whether it is in the room nobody says.
    HandedOver,
    /// Longer than the gateway survives; not sent.
    TooLong,
    /// Surely not in the room.
    NotSent {
        /// For people.
        why: String,
    },
    /// It may be in the room; never send it again by program.
    Unknown {
        /// For people.
        why: String,
    },
    /// This generation delivers no chat.
    Unsupported,
}

/// What a flip of the chat pane came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlipOutcome {
    /// The gateway took it.
    Flipped,
    /// Surely not done.
    NotDone {
        /// For people.
        why: String,
    },
    /// Nobody knows: how the pane stands can't be known any more before the next start.
    Unknown {
        /// For people.
        why: String,
    },
}

/// A gateway to talk to.
#[derive(Clone)]
pub struct GatewayAddress {
    /// `http://host:port`, perhaps with a path.
    pub server_url: String,
    /// The token of G1 to G3; unused by G4 and G5.
    pub token: SecretString,
    /// The container's id, needed by G4 and G5 only.
    pub gw_id: Option<String>,
    /// Where its robot hears chat lines, for BigBlueButton-liveStreaming.
    pub chat_redis: Option<String>,
}

impl fmt::Debug for GatewayAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatewayAddress").finish_non_exhaustive()
    }
}

/// One gateway host in one generation's dialect.
#[async_trait]
pub trait GatewayDriver: Send + Sync {
    /// The dialect.
    fn generation(&self) -> Generation;
    /// Orders a start, once.
    async fn start(&self, order: &StartOrder) -> StartOutcome;
    /// Orders a stop; may be repeated.
    async fn stop(&self, room: &str) -> StopOutcome;
    /// Asks whether that run is alive.
    async fn state(&self, room: &str) -> StateAnswer;
    /// What a chat line may be; `None` where this generation delivers none.
    fn chat_limits(&self) -> Option<ChatLimits>;
    /// Hands a line over, once, one at a time.
    async fn chat(&self, room: &str, from: &str, text: &str) -> ChatOutcome;
    /// Flips the chat pane in the picture, once; where [`Generation::chat_pane`] says that it can be.
    async fn flip_chat_pane(&self, _room: &str) -> FlipOutcome {
        FlipOutcome::NotDone {
            why: "this generation has no such call".to_owned(),
        }
    }
}

/// Whether a refused start says that the gateway works already: what generations 1 to 3 answer where no slot is free (gateway contract
/// §2.3), and what our own look at 4 and 5 found.
pub fn says_busy(why: &str) -> bool {
    why.contains("No free resources") || why.contains("already working")
}

/// The driver of a generation.
pub fn driver(
    generation: Generation,
    address: GatewayAddress,
    http: HttpClient,
    times: GatewayTimes,
) -> Arc<dyn GatewayDriver> {
    match generation {
        Generation::G1 => Arc::new(G1::new(address, http, times)),
        Generation::G2 => Arc::new(G2::new(address, http, times)),
        Generation::G3 => Arc::new(G3::new(address, http, times)),
        Generation::G4 => Arc::new(G4::new(address, http, times)),
        Generation::G5 => Arc::new(G5::new(address, http, times)),
        Generation::Pool => Arc::new(Pool::new(address, http, times)),
        Generation::LiveStreaming => Arc::new(LiveStreaming::new(address, http, times)),
        Generation::Encoder => Arc::new(Encoder),
    }
}
