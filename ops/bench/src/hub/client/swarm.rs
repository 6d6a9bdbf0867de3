//! The crowd of one process: all its sockets in one loop of readiness, one buffer to read into.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use hdrhistogram::Histogram;
use mio::{Events, Poll, Token, Waker};

use super::coming::Opening;
use super::lines::{self, Lines};
use super::posting::Posting;
use super::socket::{Phase, Socket};
use super::{frames, wires};
use crate::hub::protocol::{Answer, Connected, Level, Order, Setup, Wire};

const WAKE: Token = Token(usize::MAX);
/// Bytes of the one buffer that everything is read into.
const BUFFER: usize = 256 << 10;
/// As the page: a handshake that takes longer is given up.
const OPEN: Duration = Duration::from_secs(15);
/// Handshakes under way at the same time.
pub(super) const AT_ONCE: usize = 128;
/// Reasons kept.
pub(super) const REASONS: usize = 8;

/// What is waited for.
pub(super) struct Waiting {
    pub(super) lines: u32,
    until: Instant,
    pub(super) level: usize,
}

/// See the module.
pub struct Swarm {
    pub setup: Setup,
    pub sockets: Vec<Socket>,
    pub posting: Posting,
    pub epoch: String,
    pub(super) poll: Poll,
    pub(super) lines: Lines,
    pub(super) latencies: Histogram<u64>,
    pub(super) report: Level,
    pub(super) opening: Option<Opening>,
    pub(super) pending: usize,
    pub(super) waiting: Option<Waiting>,
    pub(super) survive: bool,
    pub(super) back: BinaryHeap<Reverse<(Instant, usize)>>,
    pub(super) looked: Instant,
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

    pub fn phase(&self, at: usize) -> Phase {
        self.sockets.get(at).map_or(Phase::Shut, |s| s.phase)
    }

    pub(super) fn set_phase(&mut self, at: usize, phase: Phase) {
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

    pub(super) fn post(&mut self, by: usize, number: u32, text: &str) {
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

pub(super) fn answer(answer: &Answer) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string(answer)?);
    Ok(())
}
