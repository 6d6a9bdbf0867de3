//! A socket as others see it: where its bytes go, whose it is, how it is called. Its own task is in `peer.rs`.

use std::io::{self, IoSlice};
use std::net::IpAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use amphi_events::ids::{LiveId, PersonId};
use bytes::Bytes;
use tokio::net::TcpStream;

use crate::Via;
use crate::bell::{Bell, Call};
use crate::frame;
use crate::journal::{Batch, Cursor, Step};
use crate::outlet::{Offer, Outlet, Pipe, Pumped};

/// Whose a socket is, and of which page.
#[derive(Debug)]
pub(crate) struct Owner {
    pub person: Option<PersonId>,
    pub via: Option<Via>,
    pub address: IpAddr,
    pub live: LiveId,
    pub console: bool,
}

impl Pipe for TcpStream {
    fn try_write(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        match pieces {
            [one] => Self::try_write(self, one),
            many => self.try_write_vectored(many),
        }
    }
}

/// See the module.
pub(crate) struct Socket {
    pub owner: Owner,
    pub bell: Bell,
    /// Set when the upgrade is done; called and closed it may be before.
    stream: OnceLock<TcpStream>,
    outlet: Outlet,
    /// Second (of the hub) in which something was heard last.
    heard: AtomicU32,
    /// Second since which a write is blocked, and how much had been written then; 0: none is.
    blocked: (AtomicU32, AtomicU32),
}

impl Socket {
    pub(crate) fn new(owner: Owner, second: u32) -> Self {
        Self {
            owner,
            bell: Bell::default(),
            stream: OnceLock::new(),
            outlet: Outlet::new(),
            heard: AtomicU32::new(second),
            blocked: (AtomicU32::new(0), AtomicU32::new(0)),
        }
    }

    /// The connection, once it is there.
    pub(crate) fn stream(&self) -> Option<&TcpStream> {
        self.stream.get()
    }

    /// The upgrade is done.
    pub(crate) fn open(&self, stream: TcpStream) {
        // Once a socket: there is one upgrade.
        let _ = self.stream.set(stream);
    }

    pub(crate) fn offer(&self, batch: &Batch) -> Offer {
        self.stream().map_or(Offer::Passed, |s| self.outlet.offer(s, batch))
    }

    pub(crate) fn say(&self, frames: impl IntoIterator<Item = Bytes>) -> bool {
        self.stream().is_some_and(|s| self.outlet.say(s, frames))
    }

    pub(crate) fn pump(&self, step: impl FnMut(Cursor) -> Step) -> Pumped {
        self.stream().map_or(Pumped::Gone, |s| self.outlet.pump(s, step))
    }

    /// Bytes that wait here for the connection.
    #[cfg(test)]
    pub(crate) fn holds(&self) -> usize {
        self.outlet.holds()
    }

    pub(crate) fn quit(&self) {
        self.outlet.quit();
    }

    pub(crate) fn drain(&self) -> Option<bool> {
        self.outlet.drain(self.stream()?)
    }

    pub(crate) fn stand(&self, at: Cursor) {
        self.outlet.stand(at);
    }

    pub(crate) fn heard_at(&self, second: u32) {
        self.heard.store(second, Ordering::Relaxed);
    }

    pub(crate) fn silent_for(&self, second: u32) -> u32 {
        second.saturating_sub(self.heard.load(Ordering::Relaxed))
    }

    /// A ping, unless other bytes wait for their turn: they show as well whether somebody is there.
    pub(crate) fn ping(&self) {
        if let Some(stream) = self.stream()
            && !self.outlet.mention(stream, &frame::PING)
        {
            self.bell.ring(Call::Write);
        }
    }

    /// Once a second: for how many seconds nothing could be written that should have been.
    pub(crate) fn blocked_for(&self, second: u32) -> u32 {
        let (since, written) = &self.blocked;
        let Some(now) = self.stream().and_then(|_| self.outlet.owes()) else {
            since.store(0, Ordering::Relaxed);
            return 0;
        };
        // The low half of the count is enough to see that it moved.
        let moved = written.swap(now as u32, Ordering::Relaxed) != now as u32;
        let begun = since.load(Ordering::Relaxed);
        if begun == 0 || moved {
            since.store(second.max(1), Ordering::Relaxed);
            return 0;
        }
        second.saturating_sub(begun)
    }
}
