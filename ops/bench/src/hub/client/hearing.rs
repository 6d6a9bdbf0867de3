//! What comes through a socket: frames, and the lines in them.

use super::lines;
use super::socket::{Got, Phase};
use super::swarm::Swarm;
use super::{frames, wires};
use crate::hub::protocol::{Flight, Wire};

impl Swarm {
    pub(super) fn readable(&mut self, at: usize, buffer: &mut [u8], closed: bool) {
        loop {
            let Some(socket) = self.sockets.get_mut(at) else { return };
            match socket.read(buffer) {
                Got::Nothing => return,
                Got::Lost(why) => return self.lost(at, &why),
                Got::Bytes(n) => {
                    let now = lines::now_us();
                    let bytes = buffer.get(..n).unwrap_or_default();
                    let taken = if socket.left.is_empty() {
                        self.parse(at, bytes, now)
                            .map(|used| bytes.get(used..).unwrap_or_default().to_vec())
                    } else {
                        let mut left = std::mem::take(&mut socket.left);
                        left.extend_from_slice(bytes);
                        self.parse(at, &left, now)
                            .map(|used| left.get(used..).unwrap_or_default().to_vec())
                    };
                    match (taken, self.sockets.get_mut(at)) {
                        (Ok(rest), Some(socket)) => socket.left = rest,
                        (Err(why), _) => return self.lost(at, &why),
                        _ => return,
                    }
                    // Less than there was room for: there is no more, unless the end is told already.
                    if n < buffer.len() && !closed {
                        return;
                    }
                }
            }
        }
    }

    /// Takes whole frames; how many bytes they were.
    pub(super) fn parse(&mut self, at: usize, bytes: &[u8], now: u64) -> Result<usize, String> {
        let mut used = 0;
        if at >= self.setup.sockets {
            return self.published(at, bytes);
        }
        if self.phase(at) == Phase::Upgrading {
            match wires::upgraded(bytes)? {
                Some(head) => used = head,
                None => return Ok(0),
            }
            self.set_phase(at, Phase::Greeting);
            match wires::greeting(self.setup.wire) {
                Some(greeting) => self.send(at, frames::TEXT, greeting.as_bytes())?,
                None if self.setup.wire != Wire::Amphi => self.opened(at),
                None => {}
            }
        }
        while let Some(rest) = bytes.get(used..) {
            match frames::look(rest) {
                frames::Look::More => break,
                frames::Look::Wrong => return Err("no frame of a server".to_owned()),
                frames::Look::Frame { opcode, payload, taken } => {
                    used += taken;
                    self.frame(at, opcode, payload, now)?;
                }
            }
        }
        Ok(used)
    }

    pub(super) fn frame(&mut self, at: usize, opcode: u8, payload: &[u8], now: u64) -> Result<(), String> {
        match opcode {
            frames::TEXT | frames::BINARY | frames::CONTINUED => {
                self.count(at, payload, now);
                wires::heard(self, at, payload);
                Ok(())
            }
            frames::PING => self.send(at, frames::PONG, payload),
            frames::CLOSE => {
                let code = payload
                    .get(..2)
                    .map_or(0, |c| c.iter().fold(0, |n, b| n * 256 + u32::from(*b)));
                Err(format!("closed with {code}"))
            }
            _ => Ok(()),
        }
    }

    /// Counts the lines of a payload.
    pub(super) fn count(&mut self, at: usize, payload: &[u8], now: u64) {
        let Self {
            lines,
            sockets,
            latencies,
            posting,
            report,
            waiting,
            setup,
            ..
        } = self;
        let Some(socket) = sockets.get_mut(at) else { return };
        let bytes = payload.len() as u64;
        let joined;
        let payload = if setup.wire == Wire::Nats {
            joined = wires::joined(&mut socket.carry, payload);
            &joined[..]
        } else {
            payload
        };
        let mut found = false;
        for mark in lines.of(payload) {
            found = true;
            report.deliveries += 1;
            if !socket.tally.take(mark.number) {
                report.doubled += 1;
                continue;
            }
            if let Some(waiting) = waiting
                && socket.tally.count == waiting.lines
            {
                waiting.level += 1;
            }
            latencies.saturating_record(now.saturating_sub(mark.posted).max(1));
            posting.seen(mark.number, at);
        }
        if found {
            report.frames += 1;
            report.bytes += bytes;
        }
    }

    /// What a publisher's connection answers.
    pub(super) fn published(&mut self, at: usize, bytes: &[u8]) -> Result<usize, String> {
        let Some(used) = wires::response(bytes)? else {
            return Ok(0);
        };
        let asked = self.sockets.get_mut(at).and_then(|s| s.asked.take());
        if let Some((number, _)) = asked
            && self.setup.flight == Flight::Answered
        {
            self.posting.answered(number);
        }
        self.posting.free.push_back(at);
        Ok(used)
    }
}
