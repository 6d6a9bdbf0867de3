//! What the driver and its client processes tell each other: JSON lines on standard input and output.

use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};

/// How a server is spoken to, once the websocket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wire {
    /// Amphi: `post` frames on the sockets of signed-in people, one under way on each; `hello` opens.
    Amphi,
    /// What a socket sends goes to all.
    Plain,
    /// Published by HTTP.
    Nchan,
    /// NATS' protocol in frames.
    Nats,
}

/// When a line that was posted no longer counts as being in flight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
pub enum Flight {
    /// Once the socket that posted it has it, as its author's page shows it. The same for every server.
    #[default]
    Seen,
    /// Once the server has answered its post (a receipt, a response), where it answers.
    Answered,
}

/// The first line to a client process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Setup {
    pub wire: Wire,
    pub address: SocketAddr,
    /// Where the sockets come from, so that no address runs out of ports.
    pub source: Ipv4Addr,
    /// Path of the websocket.
    pub path: String,
    /// `Origin`, and so it must be given with cookies.
    pub origin: String,
    /// `Cookie` of each socket; none: nobody signs in.
    pub cookies: Vec<String>,
    pub sockets: usize,
    /// How many of them post (the first), or HTTP connections that publish.
    pub posters: usize,
    pub flight: Flight,
}

/// What a process is told to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Order {
    /// Connect all, spread over a time. Answered by [`Answer::Connected`].
    Connect { within_ms: u64 },
    /// Forget latencies and bytes. Answered by [`Answer::Done`].
    Mark,
    /// Come back after a cut, as the page does. Answered by [`Answer::Done`].
    Survive,
    /// Post so many more lines; not answered.
    Post {
        count: u32,
        /// Evenly, or as fast as `in_flight` allows.
        per_s: Option<f64>,
        in_flight: usize,
    },
    /// Wait until every socket has so many lines in all. Answered by [`Answer::Level`].
    Level { lines: u32, patience_ms: u64 },
}

/// What a process answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Answer {
    Done,
    Connected(Connected),
    Level(Level),
}

/// How connecting went.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Connected {
    pub open: usize,
    pub failed: usize,
    /// Some of the reasons.
    pub why: Vec<String>,
    /// The one that took longest.
    pub slowest_ms: u64,
}

/// Where the sockets are.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Level {
    pub sockets: usize,
    /// Sockets that have all lines.
    pub all: usize,
    /// Fewest lines of a socket.
    pub fewest: u32,
    /// Lines that came, since the mark.
    pub deliveries: u64,
    /// Bytes of text frames that held lines, since the mark.
    pub bytes: u64,
    /// Frames that held lines, since the mark.
    pub frames: u64,
    /// Lines that came to a socket that had them.
    pub doubled: u64,
    /// The orders in which lines came: one, or something is wrong.
    pub orders: Vec<u64>,
    /// Connections that were lost.
    pub cuts: u64,
    /// Histories thrown away by the server's word.
    pub resets: u64,
    pub posted: u32,
    /// Posts that began more than 50 ms late.
    pub late: u32,
    /// What the server refused, and what else went wrong.
    pub wrong: Vec<String>,
    /// Microseconds and how often, since the mark.
    pub latencies: Vec<(u64, u64)>,
}
