//! The walk as properties: whatever happens in the log, however slowly each socket takes its bytes, wherever connections break and
//! come back with their last `upto`, each client has every line once and in order or was told to forget what it had, and no line is handed
//! out once its removal was told. What fails is shrunk to the shortest run that does.

mod client;
mod world;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use amphi_events::envelope::Position;
use bytes::Bytes;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use crate::defect::{self, Defect};
use crate::journal::{Cursor, Item, Journal, Sizes, Step};
use crate::outlet::{Offer, Outlet, Pipe, Pumped};
use crate::wire::{self, Server, Status, You};

use client::{Client, whole};
use world::{Happened, World, id};

const SMALL: Sizes = Sizes {
    ring: 6,
    block: 3,
    kept: 3,
    last: 4,
};
const STATUSES: [Status; 4] = [Status::Relayed, Status::Unknown, Status::Late, Status::Failed];

/// A step of a run. Who and which are chosen among those that there are then.
#[derive(Debug, Clone)]
enum Op {
    /// In the log, so many positions further.
    Line(u64),
    Remove(Index, u64),
    Status(Index, usize, u64),
    State(u64),
    /// The tailer tells so much of what happened.
    Tell(usize),
    Viewers(u32),
    /// The room's writer hands out what there is.
    Write,
    /// A client comes for the first time, or with a position that it claims to be at.
    Come(Option<Index>, usize),
    /// A socket's own task has its turn, if it was called; so much is told while it loads, and the load may fail.
    Walk(Index, usize, usize, bool),
    /// A socket takes so many bytes more.
    Take(Index, usize),
    /// A client reads what arrived.
    Read(Index),
    /// A receipt for this one alone.
    Say(Index),
    /// A ping.
    Ping(Index),
    /// The connection breaks, perhaps with unread bytes in it; the client comes back.
    Break(Index, bool),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let gap = 1..4_u64;
    let who = any::<Index>;
    let op = prop_oneof![
        8 => gap.clone().prop_map(Op::Line),
        2 => (any::<Index>(), gap.clone()).prop_map(|(which, gap)| Op::Remove(which, gap)),
        3 => (any::<Index>(), 0..4_usize, gap.clone()).prop_map(|(which, s, gap)| Op::Status(which, s, gap)),
        1 => gap.prop_map(Op::State),
        6 => (1..5_usize).prop_map(Op::Tell),
        1 => (0..9_u32).prop_map(Op::Viewers),
        6 => Just(Op::Write),
        2 => (proptest::option::of(any::<Index>()), 0..600_usize).prop_map(|(after, room)| Op::Come(after, room)),
        8 => (who(), 1..4_usize, 0..4_usize, prop::bool::weighted(0.1)).prop_map(|(w, most, told, fails)| Op::Walk(w, most, told, fails)),
        5 => (who(), prop_oneof![1..80_usize, 80..900_usize]).prop_map(|(w, bytes)| Op::Take(w, bytes)),
        4 => who().prop_map(Op::Read),
        1 => who().prop_map(Op::Say),
        1 => who().prop_map(Op::Ping),
        2 => (who(), any::<bool>()).prop_map(|(w, lost)| Op::Break(w, lost)),
    ];
    proptest::collection::vec(op, 1..250)
}

/// Takes as many bytes as it was told to.
#[derive(Default)]
struct Narrow(RefCell<(usize, Vec<u8>)>);

impl Pipe for Narrow {
    fn try_write(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let (room, out) = &mut *self.0.borrow_mut();
        let all: Vec<u8> = pieces.iter().flat_map(|p| p.iter().copied()).collect();
        let n = all.len().min(*room);
        if n == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        *room -= n;
        out.extend_from_slice(&all[..n]);
        Ok(n)
    }
}

/// What a socket's own task waits for.
#[derive(PartialEq)]
enum Waits {
    Nothing,
    Room,
    Bell,
}

struct Walker {
    outlet: Outlet,
    pipe: Narrow,
    /// Arrived, but not read by the client yet: the beginning of a frame perhaps.
    arrived: Vec<u8>,
    client: Client,
    waits: Waits,
    said: usize,
}

struct Run {
    world: World,
    journal: Journal,
    from: u64,
    walkers: Vec<Walker>,
}

static RESETS: AtomicU64 = AtomicU64::new(0);
static LOADS: AtomicU64 = AtomicU64::new(0);
static CUTS: AtomicU64 = AtomicU64::new(0);

impl Run {
    /// A room that opens when all of this has happened.
    fn new(before: &[Op]) -> Self {
        let journal = |base, state: u64| {
            let encoded = Arc::new(AtomicU64::new(0));
            Journal::new(Position(base), format!("{{\"n\":{state}}}").into(), SMALL, encoded)
        };
        let mut run = Self {
            world: World::default(),
            journal: journal(0, 0),
            from: 0,
            walkers: vec![],
        };
        let only_happens = |op: &&Op| matches!(op, Op::Line(_) | Op::Remove(..) | Op::Status(..) | Op::State(_));
        before.iter().filter(only_happens).for_each(|op| run.step(op));
        run.world.tell(&mut run.journal, usize::MAX);
        run.journal = journal(run.world.head, run.world.state);
        run
    }

    fn step(&mut self, op: &Op) {
        let walker = |who: &Index, run: &Self| (!run.walkers.is_empty()).then(|| who.index(run.walkers.len()));
        match op {
            Op::Line(gap) => self.world.happens(*gap, Happened::Line),
            Op::State(gap) => self.world.happens(*gap, Happened::State),
            Op::Remove(which, gap) => {
                if let Some(at) = self.world.shown(*which) {
                    self.world.happens(*gap, Happened::Removed(at));
                }
            }
            Op::Status(which, status, gap) => {
                if let Some(at) = self.world.shown(*which) {
                    self.world.happens(*gap, Happened::Status(at, STATUSES[*status]));
                }
            }
            Op::Tell(most) => self.world.tell(&mut self.journal, *most),
            Op::Viewers(count) => self.journal.push(Position(0), Item::Viewers(*count)),
            Op::Write => self.write(),
            Op::Come(after, room) => self.come(after.as_ref(), *room),
            Op::Walk(who, most, told, fails) => {
                if let Some(n) = walker(who, self) {
                    self.walk(n, *most, *told, *fails);
                }
            }
            Op::Take(who, bytes) => {
                if let Some(n) = walker(who, self) {
                    self.walkers[n].pipe.0.borrow_mut().0 += bytes;
                }
            }
            Op::Read(who) => {
                if let Some(n) = walker(who, self) {
                    self.read(n);
                }
            }
            Op::Say(who) => {
                if let Some(n) = walker(who, self) {
                    self.say(n);
                }
            }
            Op::Ping(who) => {
                if let Some(n) = walker(who, self) {
                    let walker = &mut self.walkers[n];
                    if !walker.outlet.mention(&walker.pipe, &crate::frame::PING) {
                        walker.waits = Waits::Nothing;
                    }
                }
            }
            Op::Break(who, lost) => {
                if let Some(n) = walker(who, self) {
                    if !lost {
                        self.read(n);
                    }
                    self.come_back(n);
                }
            }
        }
    }

    /// As `writer.rs` does it.
    fn write(&mut self) {
        while let Some(batch) = self.journal.batch(self.from) {
            self.world.is_fresh(std::slice::from_ref(&batch.bytes));
            self.from = batch.to;
            for walker in &mut self.walkers {
                if walker.outlet.offer(&walker.pipe, &batch) == Offer::Behind {
                    walker.waits = Waits::Nothing;
                }
            }
        }
    }

    fn come(&mut self, after: Option<&Index>, room: usize) {
        if self.walkers.len() >= 5 {
            return;
        }
        let told: Vec<u64> = self.world.happened[..self.world.told]
            .iter()
            .map(|(at, _)| *at)
            .collect();
        let after = after.and_then(|which| (!told.is_empty()).then(|| *which.get(&told)));
        let client = Client {
            after: after.unwrap_or(0),
            from: after.map_or(0, |at| at + 1),
            newest: after.unwrap_or(0),
            ..Client::default()
        };
        self.walkers.push(Walker {
            outlet: Outlet::new(),
            pipe: Narrow::default(),
            arrived: vec![],
            client,
            waits: Waits::Nothing,
            said: 0,
        });
        let n = self.walkers.len() - 1;
        self.walkers[n].pipe.0.borrow_mut().0 = room;
        self.hello(n, after, false);
    }

    /// A new connection, from the last `upto` that was read.
    fn come_back(&mut self, n: usize) {
        CUTS.fetch_add(1, Ordering::Relaxed);
        let walker = &mut self.walkers[n];
        walker.outlet = Outlet::new();
        walker.pipe.0.borrow_mut().1.clear();
        walker.arrived.clear();
        walker.waits = Waits::Nothing;
        (walker.client.receipts, walker.said) = (0, 0);
        // Nothing was heard at all: it comes as it came first, but with what it claimed.
        walker.client.greeted = false;
        let after = walker.client.after;
        self.hello(n, (after > 0).then_some(after), false);
    }

    /// As `peer.rs` says it.
    fn hello(&mut self, n: usize, after: Option<u64>, reset: bool) {
        let (mut after, mut reset) = (after, reset);
        while let Some(at) = after {
            match self.journal.step(Cursor::at(Position(at)), 0) {
                Step::Load(floor) => self.load(floor, 0, false),
                Step::Reset => {
                    RESETS.fetch_add(1, Ordering::Relaxed);
                    (after, reset) = (None, true);
                }
                Step::Frames(..) | Step::Idle(_) => break,
            }
        }
        let (upto, lines) = match after {
            Some(at) => (Position(at), Bytes::new()),
            None => loop {
                match self.journal.last() {
                    Ok(lines) => break (self.journal.head(), lines),
                    Err(floor) => self.load(floor, 0, false),
                }
            },
        };
        self.world.is_fresh(&[wire_lines(&lines)]);
        let you = You {
            id: None,
            name: None,
            role: "guest",
            may: vec![],
        };
        let state = format!("{{\"n\":{}}}", self.world.state);
        let walker = &mut self.walkers[n];
        walker
            .outlet
            .say(&walker.pipe, wire::hello("e", upto, &you, &state, lines, reset));
        walker.outlet.stand(Cursor::at(upto));
        walker.waits = Waits::Nothing;
    }

    fn load(&mut self, floor: Position, told: usize, fails: bool) {
        LOADS.fetch_add(1, Ordering::Relaxed);
        assert!(self.journal.begin_load(floor), "there is something to load");
        let (items, start) = self.world.before(floor.0, SMALL.block);
        // Events come while the block is on its way.
        self.world.tell(&mut self.journal, told);
        if fails {
            self.journal.abort_load();
        } else {
            self.journal.end_load(floor, items, start);
        }
    }

    /// As `peer.rs` does it: only when called, or when there is room again.
    fn walk(&mut self, n: usize, most: usize, told: usize, fails: bool) {
        let room = self.walkers[n].pipe.0.borrow().0 > 0;
        match self.walkers[n].waits {
            Waits::Nothing => {}
            Waits::Room if room => {}
            Waits::Room | Waits::Bell => return,
        }
        loop {
            let (walker, journal, world) = (&self.walkers[n], &mut self.journal, &self.world);
            let pumped = walker.outlet.pump(&walker.pipe, |at| {
                let step = journal.step(at, most);
                if let Step::Frames(frames, _) = &step {
                    world.is_fresh(frames);
                }
                step
            });
            self.walkers[n].waits = match pumped {
                Pumped::Level => Waits::Bell,
                Pumped::Blocked => Waits::Room,
                Pumped::More => Waits::Nothing,
                Pumped::Load(floor) => {
                    self.load(floor, told, fails);
                    if fails {
                        // The socket ends with `resume`.
                        self.read(n);
                        return self.come_back(n);
                    }
                    continue;
                }
                Pumped::Reset => {
                    RESETS.fetch_add(1, Ordering::Relaxed);
                    // The client hears a second hello on the same connection.
                    self.hello(n, None, true);
                    continue;
                }
                Pumped::Gone => panic!("nobody went"),
            };
            return;
        }
    }

    fn say(&mut self, n: usize) {
        let walker = &mut self.walkers[n];
        walker.said += 1;
        let receipt = Server::Receipt {
            client_id: &walker.said.to_string(),
            id: id(0),
            position: Position(0),
        };
        walker.outlet.say(&walker.pipe, [receipt.frame()]);
        // The own task says it, and goes on afterwards.
        walker.waits = Waits::Nothing;
    }

    fn read(&mut self, n: usize) {
        let walker = &mut self.walkers[n];
        walker.arrived.append(&mut walker.pipe.0.borrow_mut().1);
        while let Some((payload, rest)) = whole(&walker.arrived) {
            if !payload.is_empty() {
                let frame: Value = serde_json::from_slice(&payload).expect("JSON");
                if frame["reset"] == true {
                    walker.client.greeted = false;
                }
                walker.client.take(&frame, &self.world);
            }
            walker.arrived.drain(..walker.arrived.len() - rest);
        }
    }

    /// Everything is told, taken and read: what each client has is what there is.
    fn finish(&mut self) {
        self.world.tell(&mut self.journal, usize::MAX);
        for _ in 0..10_000 {
            self.write();
            let mut moves = false;
            for n in 0..self.walkers.len() {
                self.walkers[n].pipe.0.borrow_mut().0 = usize::MAX;
                moves |= self.walkers[n].waits != Waits::Bell;
                self.walk(n, 3, 0, false);
                self.read(n);
            }
            if !moves {
                break;
            }
        }
        for walker in &self.walkers {
            assert!(
                walker.waits == Waits::Bell && walker.outlet.owes().is_none(),
                "it is level"
            );
            assert!(walker.arrived.is_empty(), "half a frame is left");
            let client = &walker.client;
            let shown = self.world.lines.range(client.from..).filter(|(_, (_, gone))| !gone);
            let expected: BTreeMap<u64, (String, String)> = shown
                .map(|(at, (status, _))| (*at, (id(*at).to_string(), status.as_str().to_owned())))
                .collect();
            assert_eq!(client.held, expected);
            assert_eq!(client.state, Some(self.world.state));
            assert_eq!(client.receipts, walker.said);
        }
    }
}

fn wire_lines(lines: &Bytes) -> Bytes {
    let lines = std::str::from_utf8(lines).expect("text");
    crate::frame::text(&format!("{{\"messages\":[{lines}]}}"))
}

/// Looks for a run that fails; what it says of the shortest one.
fn hunt(config: Config) -> Result<(), String> {
    let ran = TestRunner::new(config).run(&(ops(), ops()), |(before, ops)| {
        let mut run = Run::new(&before);
        for op in &ops {
            run.step(op);
        }
        run.finish();
        Ok(())
    });
    ran.map_err(|error| error.to_string())
}

#[test]
fn every_line_once_and_in_order_or_a_reset() {
    let found = hunt(Config {
        cases: 1_500,
        max_shrink_iters: 20_000,
        source_file: Some(file!()),
        ..Config::default()
    });
    assert!(found.is_ok(), "{}", found.unwrap_err());
    for (what, count) in [("reset", &RESETS), ("load", &LOADS), ("cut", &CUTS)] {
        assert!(count.load(Ordering::Relaxed) > 100, "the runs seldom come to a {what}");
    }
}

#[test]
fn each_defect_of_the_walk_is_found() {
    for wrong in [
        Defect::SeamDropped,
        Defect::RemovalNotApplied,
        Defect::TwiceAtHandOver,
        Defect::WrongByte,
        Defect::CursorByViewers,
        Defect::BatchAnywhere,
    ] {
        defect::set(Some(wrong));
        let found = hunt(Config {
            cases: 3_000,
            max_shrink_iters: 0,
            failure_persistence: None,
            ..Config::default()
        });
        defect::set(None);
        assert!(found.is_err(), "{wrong:?}");
    }
}
