//! How sockets come in, are lost and come back.

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use mio::Token;

use super::socket::Phase;
use super::swarm::{AT_ONCE, REASONS, Swarm, answer};
use super::{reconnect, wires};
use crate::hub::protocol::{Answer, Connected};

/// Sockets being opened.
pub struct Opening {
    pub since: Instant,
    pub within: Duration,
    pub next: usize,
    pub done: Connected,
    pub answered: bool,
}

impl Swarm {
    pub(super) fn opens_at(&self, opening: &Opening) -> Instant {
        opening.since
            + opening
                .within
                .mul_f64(opening.next as f64 / self.sockets.len().max(1) as f64)
    }

    pub(super) fn open_more(&mut self, now: Instant) -> anyhow::Result<()> {
        while self.pending < AT_ONCE
            && let Some(opening) = &self.opening
            && opening.next < self.sockets.len()
            && self.opens_at(opening) <= now
        {
            let at = opening.next;
            if let Some(opening) = &mut self.opening {
                opening.next += 1;
            }
            self.connect(at);
        }
        while let Some(Reverse((when, at))) = self.back.peek().copied()
            && when <= now
        {
            self.back.pop();
            self.connect(at);
        }
        if let Some(opening) = &mut self.opening
            && !opening.answered
            && opening.done.open + opening.done.failed >= self.sockets.len()
        {
            opening.answered = true;
            answer(&Answer::Connected(opening.done.clone()))?;
        }
        Ok(())
    }

    pub(super) fn connect(&mut self, at: usize) {
        let (source, address) = (self.setup.source, self.setup.address);
        let connected = match self.sockets.get_mut(at) {
            Some(socket) => socket.connect(self.poll.registry(), Token(at), source, address),
            None => return,
        };
        self.pending += 1;
        if let Err(e) = connected {
            if let Some(socket) = self.sockets.get_mut(at) {
                socket.phase = Phase::Connecting;
            }
            self.lost(at, &format!("connect: {e}"));
        }
    }

    pub(super) fn writable(&mut self, at: usize) {
        let Some(socket) = self.sockets.get_mut(at) else { return };
        if socket.phase == Phase::Connecting {
            if let Some(Err(e)) = socket.stream.as_ref().map(mio::net::TcpStream::peer_addr) {
                // Not connected: a failure is told as one.
                if e.kind() == std::io::ErrorKind::NotConnected {
                    return;
                }
            }
            socket.phase = Phase::Upgrading;
            if at >= self.setup.sockets {
                self.opened(at);
                return;
            }
            let request = wires::upgrade(&self.setup, at, socket.upto, &self.epoch);
            if let Err(e) = socket.send(request.as_bytes()) {
                self.lost(at, &e);
            }
        } else if let Err(e) = socket.flush() {
            self.lost(at, &e);
        }
    }

    /// A socket stands and has heard the server's first words.
    pub fn opened(&mut self, at: usize) {
        self.set_phase(at, Phase::Open);
        self.pending = self.pending.saturating_sub(1);
        let Some(socket) = self.sockets.get_mut(at) else { return };
        socket.tries = 0;
        let took = u64::try_from(socket.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let again = socket.asked.clone();
        if let Some(opening) = self.opening.as_mut().filter(|o| !o.answered) {
            opening.done.open += 1;
            opening.done.slowest_ms = opening.done.slowest_ms.max(took);
        }
        match again {
            // Without its receipt a line is sent again, under the same name.
            Some((number, text)) => self.post(at, number, &text),
            None if wires::posts(&self.setup, at) => self.posting.free.push_back(at),
            None => {}
        }
    }

    pub(super) fn lost(&mut self, at: usize, why: &str) {
        let phase = self.phase(at);
        if phase == Phase::Shut {
            return;
        }
        let Some(socket) = self.sockets.get_mut(at) else { return };
        socket.shut();
        if phase != Phase::Open {
            self.pending = self.pending.saturating_sub(1);
        }
        if self.survive {
            if phase == Phase::Open {
                self.report.cuts += 1;
            }
            let wait = reconnect::wait(&mut socket.tries);
            self.back.push(Reverse((Instant::now() + wait, at)));
            return;
        }
        if let Some(opening) = self.opening.as_mut().filter(|o| !o.answered && phase != Phase::Open) {
            opening.done.failed += 1;
            if opening.done.why.len() < REASONS {
                opening.done.why.push(why.to_owned());
            }
        } else {
            self.report.cuts += 1;
            self.went_wrong(format!("socket {at}: {why}"));
        }
    }
}
