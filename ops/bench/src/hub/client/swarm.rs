//! The crowd of one process: all its sockets in one loop of readiness, one buffer to read into.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use hdrhistogram::Histogram;
use mio::{Events, Poll, Token, Waker};

use super::lines::{self, Lines};
use super::posting::Posting;
use super::socket::{Got, Phase, Socket};
use super::{frames, reconnect, wires};
use crate::hub::protocol::{Answer, Connected, Level, Order, Setup, Wire};

const WAKE: Token = Token(usize::MAX);
/// HTTP connections that publish stand after the sockets.
const BUFFER: usize = 256 << 10;
/// As the page: a handshake that takes longer is given up.
const OPEN: Duration = Duration::from_secs(15);
/// Handshakes under way at the same time.
const AT_ONCE: usize = 128;
/// Reasons kept.
const REASONS: usize = 8;

/// Sockets being opened.
struct Opening {
    since: Instant,
    within: Duration,
    next: usize,
    done: Connected,
    answered: bool,
}

/// What is waited for.
struct Waiting {
    lines: u32,
    until: Instant,
    level: usize,
}

/// See the module.
pub struct Swarm {
    pub setup: Setup,
    pub sockets: Vec<Socket>,
    pub posting: Posting,
    pub epoch: String,
    poll: Poll,
    lines: Lines,
    latencies: Histogram<u64>,
    report: Level,
    opening: Option<Opening>,
    pending: usize,
    waiting: Option<Waiting>,
    survive: bool,
    back: BinaryHeap<Reverse<(Instant, usize)>>,
    looked: Instant,
}

impl Swarm {
    /// A swarm, and what wakes it for orders.
    pub fn new(setup: Setup) -> anyhow::Result<(Self, Waker)> {
        let poll = Poll::new().context("epoll")?;
        let waker = Waker::new(poll.registry(), WAKE)?;
        let publishers = if setup.wire == Wire::Nchan { setup.posters } else { 0 };
        let sockets = (0..setup.sockets + publishers).map(|_| Socket::new()).collect();
        let swarm = Self {
            setup,
            sockets,
            posting: Posting::default(),
            epoch: String::new(),
            poll,
            lines: Lines::new(),
            latencies: Histogram::new_with_bounds(1, 600_000_000, 3)?,
            report: Level::default(),
            opening: None,
            pending: 0,
            waiting: None,
            survive: false,
            back: BinaryHeap::new(),
            looked: Instant::now(),
        };
        Ok((swarm, waker))
    }

    /// Serves until the orders end.
    pub fn run(mut self, orders: &Receiver<Order>) -> anyhow::Result<()> {
        let mut events = Events::with_capacity(1024);
        let mut buffer = vec![0; BUFFER];
        loop {
            let wait = self.wait();
            if let Err(e) = self.poll.poll(&mut events, Some(wait))
                && e.kind() != std::io::ErrorKind::Interrupted
            {
                return Err(e.into());
            }
            for event in &events {
                let Token(at) = event.token();
                if event.token() == WAKE {
                    continue;
                }
                if event.is_writable() {
                    self.writable(at);
                }
                if event.is_readable() || event.is_read_closed() || event.is_error() {
                    self.readable(at, &mut buffer, event.is_read_closed() || event.is_error());
                }
            }
            loop {
                match orders.try_recv() {
                    Ok(order) => self.order(order)?,
                    Err(std::sync::mpsc::TryRecvError::Empty) => break,
                    Err(std::sync::mpsc::TryRecvError::Disconnected) => return Ok(()),
                }
            }
            let now = Instant::now();
            self.open_more(now)?;
            self.post_due(now);
            self.look_round(now)?;
        }
    }

    fn wait(&self) -> Duration {
        let now = Instant::now();
        let mut wait = Duration::from_millis(200);
        if let Some(post) = self.posting.wait(now) {
            wait = wait.min(post);
        }
        if let Some(opening) = self.opening.as_ref().filter(|o| o.next < self.sockets.len())
            && self.pending < AT_ONCE
        {
            wait = wait.min(self.opens_at(opening).saturating_duration_since(now));
        }
        if let Some(Reverse((at, _))) = self.back.peek() {
            wait = wait.min(at.saturating_duration_since(now));
        }
        wait
    }

    fn order(&mut self, order: Order) -> anyhow::Result<()> {
        let now = Instant::now();
        match order {
            Order::Connect { within_ms } => {
                self.opening = Some(Opening {
                    since: now,
                    within: Duration::from_millis(within_ms),
                    next: 0,
                    done: Connected::default(),
                    answered: false,
                });
            }
            Order::Mark => {
                self.latencies.reset();
                (self.report.deliveries, self.report.bytes, self.report.frames) = (0, 0, 0);
                answer(&Answer::Done)?;
            }
            Order::Survive => {
                self.survive = true;
                answer(&Answer::Done)?;
            }
            Order::Post {
                count,
                per_s,
                in_flight,
            } => self.posting.more(count, per_s, in_flight, now),
            Order::Level { lines, patience_ms } => {
                let sockets = self.sockets.iter().take(self.setup.sockets);
                self.waiting = Some(Waiting {
                    lines,
                    until: now + Duration::from_millis(patience_ms),
                    level: sockets.filter(|s| s.tally.count >= lines).count(),
                });
            }
        }
        Ok(())
    }

    fn opens_at(&self, opening: &Opening) -> Instant {
        opening.since
            + opening
                .within
                .mul_f64(opening.next as f64 / self.sockets.len().max(1) as f64)
    }

    fn open_more(&mut self, now: Instant) -> anyhow::Result<()> {
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

    fn connect(&mut self, at: usize) {
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

    fn writable(&mut self, at: usize) {
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

    fn readable(&mut self, at: usize, buffer: &mut [u8], closed: bool) {
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
    fn parse(&mut self, at: usize, bytes: &[u8], now: u64) -> Result<usize, String> {
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

    fn frame(&mut self, at: usize, opcode: u8, payload: &[u8], now: u64) -> Result<(), String> {
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
    fn count(&mut self, at: usize, payload: &[u8], now: u64) {
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
    fn published(&mut self, at: usize, bytes: &[u8]) -> Result<usize, String> {
        let Some(used) = wires::response(bytes)? else {
            return Ok(0);
        };
        let asked = self.sockets.get_mut(at).and_then(|s| s.asked.take());
        if let Some((number, _)) = asked
            && self.setup.flight == crate::hub::protocol::Flight::Answered
        {
            self.posting.answered(number);
        }
        self.posting.free.push_back(at);
        Ok(used)
    }

    pub fn phase(&self, at: usize) -> Phase {
        self.sockets.get(at).map_or(Phase::Shut, |s| s.phase)
    }

    fn set_phase(&mut self, at: usize, phase: Phase) {
        if let Some(socket) = self.sockets.get_mut(at) {
            socket.phase = phase;
        }
    }

    pub fn send(&mut self, at: usize, opcode: u8, payload: &[u8]) -> Result<(), String> {
        let mut frame = Vec::with_capacity(payload.len() + 14);
        frames::put(&mut frame, opcode, payload);
        self.send_raw(at, &frame)
    }

    pub fn send_raw(&mut self, at: usize, bytes: &[u8]) -> Result<(), String> {
        self.sockets.get_mut(at).map_or(Ok(()), |s| s.send(bytes))
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

    fn lost(&mut self, at: usize, why: &str) {
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

    pub fn went_wrong(&mut self, why: String) {
        if self.report.wrong.len() < REASONS {
            self.report.wrong.push(why);
        }
    }

    pub fn reset(&mut self) {
        self.report.resets += 1;
    }

    fn post_due(&mut self, now: Instant) {
        while self.posting.due(now) {
            let Some(by) = self.posting.free.pop_front() else {
                return;
            };
            if self.phase(by) != Phase::Open || self.sockets.get(by).is_none_or(|s| s.asked.is_some()) {
                continue;
            }
            let watch = if self.setup.wire == Wire::Nchan { 0 } else { by };
            let number = self.posting.take(watch, now);
            let text = lines::text(number, lines::now_us());
            if wires::answers(self.setup.wire) {
                if let Some(socket) = self.sockets.get_mut(by) {
                    socket.asked = Some((number, text.clone()));
                }
            } else {
                self.posting.free.push_back(by);
            }
            self.post(by, number, &text);
        }
    }

    fn post(&mut self, by: usize, number: u32, text: &str) {
        let sent = match wires::post(self.setup.wire, &self.setup.path, number, text) {
            wires::Post::Frame(payload) => self.send(by, frames::TEXT, payload.as_bytes()),
            wires::Post::Request(request) => self.send_raw(by, request.as_bytes()),
        };
        if let Err(why) = sent {
            self.lost(by, &why);
        }
    }

    fn look_round(&mut self, now: Instant) -> anyhow::Result<()> {
        if now - self.looked >= Duration::from_secs(1) {
            self.looked = now;
            let slow: Vec<usize> = self
                .sockets
                .iter()
                .enumerate()
                .filter(|(_, s)| !matches!(s.phase, Phase::Shut | Phase::Open) && now - s.began > OPEN)
                .map(|(at, _)| at)
                .collect();
            for at in slow {
                self.lost(at, "timed out");
            }
        }
        let all = self.setup.sockets;
        let Some(waiting) = &self.waiting else { return Ok(()) };
        let failed = !self.report.wrong.is_empty() && !self.survive;
        if waiting.level < all && now < waiting.until && !failed {
            return Ok(());
        }
        let lines = waiting.lines;
        self.waiting = None;
        let mine = || self.sockets.iter().take(all);
        let orders: BTreeSet<u64> = mine().map(|s| s.tally.order).collect();
        let level = Level {
            sockets: all,
            all: mine().filter(|s| s.tally.count >= lines).count(),
            fewest: mine().map(|s| s.tally.count).min().unwrap_or_default(),
            orders: orders.into_iter().take(REASONS).collect(),
            posted: self.posting.next,
            late: self.posting.late,
            latencies: self
                .latencies
                .iter_recorded()
                .map(|v| (v.value_iterated_to(), v.count_at_value()))
                .collect(),
            ..self.report.clone()
        };
        answer(&Answer::Level(level))
    }
}

fn answer(answer: &Answer) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string(answer)?);
    Ok(())
}
