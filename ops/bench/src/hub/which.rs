//! The servers and the rows, by name.

/// A server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum, serde::Serialize)]
pub enum Which {
    /// As it ships: busy rooms gather for a moment.
    Amphi,
    /// The same with `window` 0.
    AmphiOff,
    /// nginx with nchan.
    Nchan,
    /// uWebSockets, driven from Python.
    Uws,
    /// Cowboy, on which Phoenix stands.
    Cowboy,
    /// NATS' websocket.
    Nats,
    /// `ws` on node.
    Ws,
    /// A room of Django Channels, on daphne.
    Channels,
}

impl Which {
    /// For the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Amphi => "**Amphi**",
            Self::AmphiOff => "**Amphi**, `window` 0",
            Self::Nchan => "nchan 1.3.6, nginx 1.22",
            Self::Uws => "uWebSockets (socketify 0.0.31)",
            Self::Cowboy => "Cowboy 2.8, Erlang 25",
            Self::Nats => "NATS 2.15.1, websocket",
            Self::Ws => "ws 8.23.0, node",
            Self::Channels => "Django Channels 4.3.2, daphne",
        }
    }

    pub const fn is_amphi(self) -> bool {
        matches!(self, Self::Amphi | Self::AmphiOff)
    }
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum, serde::Serialize)]
pub enum Row {
    /// 500 sockets, 2 000 lines, at most 8 in flight.
    Burst,
    /// 500 sockets, 100 lines a second.
    Paced,
    /// 10 000 sockets, one line at a time; memory of an idle socket before.
    One,
    /// Memory of 10 000 idle sockets, signed in.
    Idle,
    /// 10 000 sockets, 10 lines a second.
    Many,
    /// 1 000 and 10 000 clients back after SIGKILL.
    Restart,
    /// 1 000 and 10 000 sockets come in 20 s, each given the last 100 lines.
    Joining,
    /// 1 000 to 18 000 sockets.
    Curve,
}

impl Row {
    /// All, in the order of the tables.
    pub const ALL: [Self; 8] = [
        Self::Burst,
        Self::Paced,
        Self::One,
        Self::Idle,
        Self::Many,
        Self::Restart,
        Self::Joining,
        Self::Curve,
    ];

    /// Measured beside others, in rounds.
    pub const fn beside(self) -> bool {
        matches!(self, Self::Burst | Self::Paced | Self::One)
    }

    /// Who is measured in a round. A server that is a hundred times slower, or not among the fastest, is measured once.
    pub fn servers(self, round: usize) -> Vec<Which> {
        use Which::{Amphi, AmphiOff, Channels, Cowboy, Nats, Nchan, Uws, Ws};
        let (each, once): (&[Which], &[Which]) = match self {
            Self::Burst | Self::Paced => (&[Amphi, AmphiOff, Nchan, Uws, Cowboy, Nats, Ws], &[Channels]),
            Self::One => (&[Amphi, Uws, Cowboy, Nats], &[Ws, Nchan]),
            _ => (&[Amphi], &[]),
        };
        let mut servers = each.to_vec();
        if round == 0 {
            servers.extend(once);
        }
        // Who begins changes, so that what a round leaves to the next falls on all.
        let count = servers.len();
        servers.rotate_left(round % count);
        servers
    }

    /// Most sockets of it.
    pub const fn sockets(self) -> usize {
        match self {
            Self::Burst | Self::Paced => 500,
            Self::Curve => 18_000,
            _ => 10_000,
        }
    }
}
