//! The websocket rooms of live pages (design §5, surface §4).
//!
//! One tailer a node hears of chat lines, relay outcomes and state from the log and from nowhere else; it
//! encodes each once into the room's journal, and every socket reads from there with a cursor of its own.

mod bans;
mod bell;
mod block;
mod console;
#[cfg(test)]
mod defect;
mod erasures;
mod frame;
mod guest;
mod history;
mod journal;
mod limits;
mod outlet;
mod peer;
mod presence;
mod pressure;
mod registry;
mod room;
mod session_lives;
mod socket;
mod sync;
mod tailer;
mod upgrade;
mod wire;
mod writer;

#[cfg(all(test, not(feature = "shuttle")))]
mod bans_tests;
#[cfg(all(test, not(feature = "shuttle")))]
mod erasures_tests;
#[cfg(all(test, feature = "shuttle"))]
mod handover_tests;
#[cfg(all(test, not(feature = "shuttle")))]
mod history_tests;
#[cfg(all(test, not(feature = "shuttle")))]
mod house;
#[cfg(test)]
mod journal_tests;
#[cfg(test)]
mod outlet_tests;
#[cfg(all(test, not(feature = "shuttle")))]
mod stall_tests;
#[cfg(all(test, not(feature = "shuttle")))]
mod walk_tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use amphi_events::envelope::Position;
use amphi_events::ids::{LiveId, MessageId, PersonId};
use amphi_events::log::EventLog;
use amphi_events::store::Keyring;
use amphi_events::{Scope, Sources};
use amphi_projections::ReadModels;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

pub use guest::{Answer, Guest, Receipt, Refused, Said, Standing};
pub use presence::Seat;
pub use pressure::Level;
pub use registry::{Ticket, TooMany};
pub use room::Place;
pub use upgrade::{Handshake, Visitor};
pub use wire::{Client, You};

use bell::Call;
use room::Room;

/// Most clients that are told `bye` at once because of overload.
const TURNED_AWAY: usize = 500;

/// Settings of the rooms.
#[derive(Debug, Clone)]
pub struct Settings {
    /// IANA zone told where a meeting has none.
    pub time_zone: String,
    /// Most lines that a person posts in ten seconds, in one live.
    pub posts_per_10s: u32,
    /// Most sockets that one anonymous address holds.
    pub sockets_per_address: u32,
    /// Most open sockets of strangers together; who is signed in finds room for a tenth more, and consoles always do. Each takes a file
    /// descriptor, and without any the server can't even be asked what is wrong.
    pub sockets: usize,
    /// Gathering window of busy rooms, at most 50 ms.
    pub window: Duration,
    /// A write blocked for so long ends in `resume`.
    pub blocked: Duration,
    /// Lateness of the hub's own work from which it begins to leave things out.
    pub shed_after: Duration,
}

/// How somebody proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// A login session: the hash of its cookie.
    Session(Vec<u8>),
    /// An API token: its id.
    Token(String),
}

/// Why open sockets are closed from outside. The numbers are the close codes of `docs/protocol.md`: 4000 to
/// 4499 come back, 4500 to 4999 don't.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// Connect again with your `upto`, after a random wait.
    Resume,
    /// The server is going down.
    GoingDown,
    /// Too many frames.
    TooFast,
    /// Too many frames that mean nothing.
    Invalid,
    /// The person signed out, or the session or token ended.
    SignedOut,
    /// The person's role or the live's plan changed, and this page is no longer theirs to see.
    Forbidden,
    /// The person was banned from the chat of this live.
    Banned,
    /// The live is for the signed-in now, and nobody is signed in here.
    SignIn,
    /// The live has a password now, or another one, and it was not said here.
    Password,
}

impl CloseReason {
    /// The close code.
    pub const fn code(self) -> u16 {
        match self {
            Self::Resume => 4000,
            Self::GoingDown => 4001,
            Self::Invalid => 4400,
            Self::TooFast => 4408,
            Self::SignedOut => 4500,
            Self::Forbidden => 4501,
            Self::Banned => 4502,
            Self::SignIn => 4503,
            Self::Password => 4504,
        }
    }

    /// One word for the close frame.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Resume => "resume",
            Self::GoingDown => "going_down",
            Self::Invalid => "invalid",
            Self::TooFast => "too_fast",
            Self::SignedOut => "signed_out",
            Self::Forbidden => "forbidden",
            Self::Banned => "banned",
            Self::SignIn => "sign_in",
            Self::Password => "password",
        }
    }
}

/// Counters for `/metrics`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HubMetrics {
    /// Open sockets.
    pub sockets: u64,
    /// Rooms in memory.
    pub rooms: u64,
    /// Frames encoded (once a message, however many sockets there are), those of history included.
    pub frames_encoded: u64,
    /// Frames made for one socket alone: greetings, receipts, refusals.
    pub frames_own: u64,
    /// Writes by the rooms' writers, each to one socket.
    pub writes: u64,
    /// Sockets that a writer left to their own task, because they took no more or were behind.
    pub behind: u64,
    /// Blocks of history loaded.
    pub blocks_loaded: u64,
    /// Events read from the log: by the tailer, and for blocks of history.
    pub log_reads: u64,
    /// Sockets that were told to come back because a write was blocked for too long.
    pub blocked: u64,
    /// Level of overload, 0 to 3.
    pub level: u8,
    /// Counts of viewers that were not told because of it.
    pub shed_counts: u64,
    /// Sockets that were told `bye` because of it.
    pub shed_sockets: u64,
}

#[derive(Default)]
struct Counters {
    encoded: Arc<AtomicU64>,
    own: AtomicU64,
    written: Arc<writer::Written>,
    blocks: AtomicU64,
    reads: AtomicU64,
    blocked: AtomicU64,
}

struct Rooms {
    /// Everything up to here was handed to the rooms that were in memory; a new room goes on from here.
    handed: Position,
    open: HashMap<LiveId, Arc<Room>>,
}

/// The rooms of this node.
pub struct Hub {
    log: Arc<dyn EventLog>,
    read: Arc<ReadModels>,
    keys: Arc<Keyring>,
    sources: Sources,
    settings: Settings,
    rooms: Mutex<Rooms>,
    session_lives: session_lives::SessionLives,
    registry: Arc<registry::Registry>,
    /// Places for those who are told `bye` because of overload.
    turning_away: Arc<tokio::sync::Semaphore>,
    /// Whether the server goes down: nobody is let in any more.
    going: watch::Sender<Option<Duration>>,
    posts: limits::PostLimit,
    counters: Counters,
    pressure: Arc<pressure::Pressure>,
    began: Instant,
    /// Head of the log then.
    began_at: Position,
    erasures: erasures::Erasures,
}

impl Hub {
    /// A hub on a log, from its head on. Nothing is told before [`Hub::start`].
    pub fn new(
        log: Arc<dyn EventLog>,
        read: Arc<ReadModels>,
        keys: Arc<Keyring>,
        sources: Sources,
        settings: Settings,
    ) -> Arc<Self> {
        let handed = log.head();
        Arc::new(Self {
            posts: limits::PostLimit::new(settings.posts_per_10s),
            pressure: Arc::new(pressure::Pressure::new(settings.shed_after)),
            began: Instant::now(),
            began_at: handed,
            erasures: erasures::Erasures::default(),
            log,
            read,
            keys,
            sources,
            settings,
            rooms: Mutex::new(Rooms {
                handed,
                open: HashMap::new(),
            }),
            session_lives: session_lives::SessionLives::default(),
            registry: Arc::default(),
            turning_away: Arc::new(tokio::sync::Semaphore::new(TURNED_AWAY)),
            going: watch::Sender::new(None),
            counters: Counters::default(),
        })
    }

    /// Starts the tailer and the housekeeping; they end when the task is aborted.
    pub fn start(self: &Arc<Self>) -> JoinHandle<()> {
        let hub = self.clone();
        tokio::spawn(async move {
            tokio::join!(tailer::run(&hub), tailer::keep_house(&hub));
        })
    }

    /// Tells every socket `bye` and closes it with 4001; each comes back after a random part of `spread`. Sockets
    /// that are opened from now on are refused.
    pub fn close(&self, spread: Duration) {
        // Before the bells: who enters between the two finds it set.
        self.going.send_replace(Some(spread));
        self.registry.ring_all(Call::Bye(spread));
    }

    /// Whether the server goes down.
    pub fn going(&self) -> bool {
        self.going.borrow().is_some()
    }

    /// How many closings from outside there were. Who was let in before one must be looked at again.
    pub fn closings(&self) -> u64 {
        self.registry.closings()
    }

    /// What is left out for now.
    pub fn level(&self) -> Level {
        self.pressure.level()
    }

    /// Takes one of a person's lines in a live, or says after how many milliseconds there is one again.
    ///
    /// # Errors
    /// Too many in ten seconds.
    pub fn take_post(&self, person: PersonId, live: LiveId) -> Result<(), u64> {
        self.posts.take(person, live)
    }

    /// The receipt that a `client_id` has, as far as this node remembers.
    pub fn receipt(&self, live: LiveId, person: PersonId, client_id: &str) -> Option<(MessageId, Position)> {
        let room = self.rooms().open.get(&live).cloned()?;
        room.receipt(person, client_id)
    }

    /// A line has its receipt: remembers whose, for `mine` and for repetitions.
    pub fn posted(&self, live: LiveId, person: PersonId, client_id: &str, id: MessageId, position: Position) {
        let room = self.rooms().open.get(&live).cloned();
        if let Some(room) = room {
            room.posted(person, client_id, id, position);
        }
    }

    /// Seconds since the hub began.
    fn second(&self) -> u32 {
        self.began.elapsed().as_secs() as u32
    }

    /// Closes every socket of a person: a changed role, an erasure. Returns how many.
    pub fn kick(&self, person: PersonId, reason: CloseReason) -> usize {
        self.registry.close_person(person, reason)
    }

    /// The key of somebody is destroyed, and what they had begun is done. At their event the key still opened: a block that was loaded in
    /// between, or a line that came behind it, stands in memory in clear, and pages hold lines that are older than what is in memory.
    ///
    /// # Errors
    /// The read models can't be read: what was in memory is gone all the same.
    pub async fn erased(&self, person: PersonId) -> Result<(), String> {
        let rooms: Vec<Arc<Room>> = self.rooms().open.values().cloned().collect();
        for room in &rooms {
            // At the head of the room, not of the log: the tailer may not have brought what lies between.
            room.erase(person, room.head());
        }
        for room in rooms {
            let scope = Scope::chat(room.live);
            // A chat that nobody wrote in has no pseudonyms.
            let Ok(who) = self.keys.pseudonym(&scope, person) else {
                continue;
            };
            let ids = self.read.mine(room.live, &who).await.map_err(|e| e.to_string())?;
            room.unread(room.head(), &ids);
        }
        // Who is cut off before they are told comes back with less than this.
        self.erasures.at(self.log.head());
        Ok(())
    }

    /// Whether this person is banned from the chat that this place is in.
    pub fn banned(&self, place: &Place, person: PersonId) -> bool {
        self.bans(&place.room, person)
    }

    /// What this person may watch may be less than before, and what says so is in the store: each of their sockets is judged again, and
    /// ends where it may not go on. Returns how many there are.
    pub fn judge(&self, person: PersonId) -> usize {
        self.registry.judge(|o| o.person == Some(person))
    }

    /// A right was taken away: who was looked up before is looked up again. The sockets are closed by what follows.
    pub fn look_again(&self) {
        self.registry.look_again();
    }

    /// Closes every socket of a person that was opened with a login session: they were signed out everywhere. Programs with a token
    /// go on. Returns how many.
    pub fn kick_sessions(&self, person: PersonId) -> usize {
        self.registry.close_sessions(person, CloseReason::SignedOut)
    }

    /// Closes every socket of a login session (by the hash of its cookie): sign-out. Returns how many.
    pub fn kick_session(&self, hash: &[u8]) -> usize {
        self.registry
            .close_via(&Via::Session(hash.to_vec()), CloseReason::SignedOut)
    }

    /// Closes every socket of an API token (by its id): it was taken back. Returns how many.
    pub fn kick_token(&self, token: &str) -> usize {
        self.registry
            .close_via(&Via::Token(token.to_owned()), CloseReason::SignedOut)
    }

    /// How long the hub waits for the read models.
    const PATIENCE: Duration = Duration::from_secs(2);

    /// How many watch this live on this node.
    pub fn viewers(&self, live: LiveId) -> u32 {
        self.rooms().open.get(&live).map_or(0, |r| r.viewers())
    }

    /// How many watch, for every live with a room in memory.
    pub fn all_viewers(&self) -> Vec<(LiveId, u32)> {
        let rooms: Vec<Arc<Room>> = self.rooms().open.values().cloned().collect();
        rooms.iter().map(|r| (r.live, r.viewers())).collect()
    }

    /// Counters for `/metrics`.
    pub fn metrics(&self) -> HubMetrics {
        let get = |n: &AtomicU64| n.load(Ordering::Relaxed);
        let (shed_counts, shed_sockets) = self.pressure.left_out();
        HubMetrics {
            sockets: self.registry.count(),
            rooms: self.rooms().open.len() as u64,
            frames_encoded: get(&self.counters.encoded),
            frames_own: get(&self.counters.own),
            writes: get(&self.counters.written.writes),
            behind: get(&self.counters.written.behind),
            blocks_loaded: get(&self.counters.blocks),
            log_reads: get(&self.counters.reads),
            blocked: get(&self.counters.blocked),
            level: self.pressure.level() as u8,
            shed_counts,
            shed_sockets,
        }
    }

    fn rooms(&self) -> std::sync::MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The room of a live, with this socket's place in it; `None`: there is no such live.
    ///
    /// # Errors
    /// The read models can't be read.
    pub async fn enter(self: &Arc<Self>, live: LiveId, seat: Seat) -> Result<Option<Place>, String> {
        // Entered under the lock of the rooms, so that housekeeping can't forget the room in between.
        let known = self.rooms().open.get(&live).map(|room| room.enter(seat));
        if let Some(place) = known {
            self.load_bans(&place.room).await?;
            return Ok(Some(place));
        }
        let Some(row) = self.read.live(live).await.map_err(|e| e.to_string())? else {
            return Ok(None);
        };
        let place = {
            let mut rooms = self.rooms();
            let handed = rooms.handed;
            let room = rooms.open.entry(live).or_insert_with(|| Room::new(&row, handed, self));
            room.enter(seat)
        };
        for session in row.session.into_iter().chain(row.last_session) {
            self.session_of(session, live);
        }
        // The row may be older than the position that the room goes on from.
        self.refresh(&place.room, place.room.head());
        self.load_bans(&place.room).await?;
        Ok(Some(place))
    }

    /// A random number of milliseconds between the two, so that clients don't all come back at once.
    fn some(&self, least: u64, most: u64) -> u64 {
        let mut bytes = [0_u8; 8];
        self.sources.ids.fill(&mut bytes);
        least + u64::from_be_bytes(bytes) % (most.saturating_sub(least)).max(1)
    }
}
