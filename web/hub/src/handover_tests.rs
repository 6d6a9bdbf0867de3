//! The hand-over between a room's writer and a socket's own task under shuttle's scheduler: whatever order the steps of writer, own task,
//! housekeeping and client come in, no wake-up is lost (what waits for ever is found as a deadlock), no frame is missing or comes twice, a
//! socket that stalled gets its rest, and who is closed ends.
//!
//! `AMPHI_TEST_SEED` repeats a run; each prints its seed.

mod seen;
mod wire;

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::task::Poll;

use amphi_events::chat::AuthorKind;
use amphi_events::clock::Time;
use amphi_events::envelope::Position;
use amphi_events::ids::MessageId;
use shuttle::future::{block_on, yield_now};
use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, Runner, thread};

use crate::CloseReason;
use crate::bell::{Bell, Call};
use crate::frame;
use crate::journal::{Cursor, Item, Journal, Sizes};
use crate::outlet::{Offer, Outlet, Pumped};
use crate::sync::{Mutex, lock};
use crate::wire::{Line, Server, Status, You, hello};

use seen::Seen;
use wire::Wire;

/// Runs of each scheduler.
const RUNS: usize = 1_000;
/// Changes of priority within a run.
const DEPTH: usize = 3;

fn explore(body: impl Fn() + Send + Sync + Clone + 'static) {
    let given = std::env::var("AMPHI_TEST_SEED").ok().and_then(|s| s.parse().ok());
    let seed = given.unwrap_or_else(|| u64::from(std::process::id()) << 20 ^ 0x5eed);
    eprintln!("AMPHI_TEST_SEED={seed}");
    let config = || {
        let mut config = Config::new();
        config.stack_size = 256 << 10;
        config
    };
    Runner::new(RandomScheduler::new_from_seed(seed, RUNS), config()).run(body.clone());
    Runner::new(PctScheduler::new_from_seed(seed, DEPTH, RUNS), config()).run(body);
}

struct Socket {
    outlet: Outlet,
    wire: Wire,
    bell: Bell,
}

struct Room {
    journal: Mutex<Journal>,
    /// The writer's.
    bell: Bell,
    sockets: Vec<Socket>,
}

const TINY: Sizes = Sizes {
    ring: 2,
    block: 1,
    kept: 1,
    last: 2,
};

impl Room {
    fn new(sizes: Sizes, wires: &[usize]) -> Arc<Self> {
        let encoded = Arc::new(AtomicU64::new(0));
        let socket = |most: &usize| Socket {
            outlet: Outlet::new(),
            wire: Wire::new(*most),
            bell: Bell::default(),
        };
        Arc::new(Self {
            journal: Mutex::new(Journal::new(Position(0), "{}".into(), sizes, encoded)),
            bell: Bell::default(),
            sockets: wires.iter().map(socket).collect(),
        })
    }

    fn push(&self, at: u64, item: Item) {
        lock(&self.journal).push(Position(at), item);
        self.bell.ring(Call::Write);
    }

    /// `writer.rs`, without its runtime.
    fn write(&self) {
        let mut from = 0;
        while block_on(poll_fn(|cx| self.bell.poll(cx))) == Call::Write {
            loop {
                let batch = lock(&self.journal).batch(from);
                let Some(batch) = batch else { break };
                from = batch.to;
                for socket in &self.sockets {
                    if socket.outlet.offer(&socket.wire, &batch) == Offer::Behind {
                        socket.bell.ring(Call::Write);
                    }
                }
            }
        }
    }

    fn end(&self) {
        self.bell.ring(Call::Close(CloseReason::GoingDown));
    }

    /// A full state: the newest lines, told to forget what was there.
    fn hello(&self, socket: &Socket) {
        let (upto, lines) = {
            let mut journal = lock(&self.journal);
            let lines = journal.last().expect("nothing is before it");
            (journal.head(), lines)
        };
        let you = You {
            id: None,
            name: None,
            role: "guest",
            may: vec![],
        };
        socket
            .outlet
            .say(&socket.wire, hello("e", upto, &you, "{}", lines, true));
        socket.outlet.stand(Cursor::at(upto));
    }

    /// `peer.rs`, without its runtime and its reading: until it is called to end.
    async fn serve(&self, n: usize) {
        let socket = &self.sockets[n];
        let (mut receipts, mut ended) = (0, false);
        self.hello(socket);
        while !ended {
            let blocked = loop {
                match socket.outlet.pump(&socket.wire, |at| lock(&self.journal).step(at, 2)) {
                    Pumped::Level => break false,
                    Pumped::Blocked => break true,
                    Pumped::Reset => self.hello(socket),
                    Pumped::More => {
                        yield_now().await;
                        if let Poll::Ready(call) = poll_fn(|cx| Poll::Ready(socket.bell.poll(cx))).await {
                            ended = self.called(socket, call, &mut receipts);
                            if ended {
                                break false;
                            }
                        }
                    }
                    other => panic!("{other:?}"),
                }
            };
            if ended {
                break;
            }
            let call = poll_fn(|cx| {
                if let Poll::Ready(call) = socket.bell.poll(cx) {
                    return Poll::Ready(Some(call));
                }
                if blocked {
                    return socket.wire.poll_writable(cx).map(|()| None);
                }
                Poll::Pending
            });
            if let Some(call) = call.await {
                ended = self.called(socket, call, &mut receipts);
            }
        }
        socket.outlet.quit();
        // Last words, for a while: who does not read is gone all the same.
        socket.outlet.say(&socket.wire, [frame::close(4001, "going_down")]);
        for _ in 0..40 {
            match socket.outlet.drain(&socket.wire) {
                Some(false) => yield_now().await,
                _ => break,
            }
        }
        socket.wire.close();
    }

    fn called(&self, socket: &Socket, call: Call, receipts: &mut usize) -> bool {
        match call {
            Call::Write => false,
            // Stands for a request that has its answer.
            Call::Look => {
                *receipts += 1;
                let receipt = Server::Receipt {
                    client_id: &receipts.to_string(),
                    id: id(0),
                    position: Position(0),
                };
                socket.outlet.say(&socket.wire, [receipt.frame()]);
                false
            }
            Call::Close(_) | Call::Blocked | Call::Bye(_) => true,
        }
    }
}

fn id(at: u64) -> MessageId {
    MessageId(ulid::Ulid::from_parts(1_700_000_000_000 + at, u128::from(at)))
}

fn line(at: u64) -> Item {
    let line = Line::encode(
        Position(at),
        id(at),
        Time(0),
        "A",
        AuthorKind::Room,
        &at.to_string(),
        Status::Posted,
    );
    Item::Line(line)
}

/// A client that reads until it has enough; if it never gets it, nothing in the run can move any more, and shuttle says so.
fn read(room: &Room, n: usize, enough: impl Fn(&Seen) -> bool) -> Seen {
    let mut seen = Seen::default();
    while !enough(&seen) {
        match block_on(poll_fn(|cx| room.sockets[n].wire.poll_read(cx))) {
            Some(bytes) => seen.take(&bytes),
            None => break,
        }
    }
    seen
}

/// Writer and own tasks of a room; joined when the room was closed.
fn start(room: &Arc<Room>) -> Vec<thread::JoinHandle<()>> {
    let mut tasks = vec![];
    let writer = room.clone();
    tasks.push(thread::spawn(move || writer.write()));
    for n in 0..room.sockets.len() {
        let room = room.clone();
        tasks.push(thread::spawn(move || block_on(room.serve(n))));
    }
    tasks
}

fn stop(room: &Room, tasks: Vec<thread::JoinHandle<()>>) {
    for socket in &room.sockets {
        socket.bell.ring(Call::Close(CloseReason::GoingDown));
    }
    room.end();
    for task in tasks {
        task.join().expect("ended");
    }
}

fn all(upto: u64) -> BTreeSet<u64> {
    (1..=upto).collect()
}

#[test]
fn every_line_comes_once_and_in_order_however_narrow_the_socket() {
    explore(|| {
        let room = Room::new(Sizes::default(), &[90, 4_096]);
        let tasks = start(&room);
        let pusher = room.clone();
        let pusher = thread::spawn(move || (1..=4).for_each(|at| pusher.push(at, line(at))));
        let readers = [0, 1].map(|n| {
            let room = room.clone();
            thread::spawn(move || read(&room, n, |seen| seen.lines.len() == 4))
        });
        for reader in readers {
            assert_eq!(reader.join().expect("read").lines, all(4));
        }
        pusher.join().expect("pushed");
        stop(&room, tasks);
    });
}

#[test]
fn what_is_said_to_one_alone_stands_between_frames_and_keeps_nothing_back() {
    explore(|| {
        let room = Room::new(Sizes::default(), &[120]);
        let tasks = start(&room);
        let asking = room.clone();
        let asking = thread::spawn(move || {
            for at in 1..=3 {
                asking.sockets[0].bell.ring(Call::Look);
                asking.push(at, line(at));
            }
        });
        let keeper = room.clone();
        let keeper = thread::spawn(move || {
            let socket = &keeper.sockets[0];
            for _ in 0..2 {
                // As the housekeeping does it.
                if !socket.outlet.mention(&socket.wire, &frame::PING) {
                    socket.bell.ring(Call::Write);
                }
            }
        });
        // Looks that came together are one.
        let seen = read(&room, 0, |seen| seen.lines.len() == 3 && seen.receipts > 0);
        assert_eq!(seen.lines, all(3));
        asking.join().expect("asked");
        keeper.join().expect("kept");
        stop(&room, tasks);
    });
}

#[test]
fn a_socket_that_stalled_gets_its_rest() {
    explore(|| {
        let room = Room::new(Sizes::default(), &[64, 4_096]);
        let tasks = start(&room);
        // The second reads at once, the first only when all was said.
        let pusher = room.clone();
        let pusher = thread::spawn(move || (1..=5).for_each(|at| pusher.push(at, line(at))));
        assert_eq!(read(&room, 1, |seen| seen.lines.len() == 5).lines, all(5));
        pusher.join().expect("pushed");
        assert_eq!(read(&room, 0, |seen| seen.lines.len() == 5).lines, all(5));
        stop(&room, tasks);
    });
}

#[test]
fn who_falls_out_of_the_ring_goes_on_or_starts_anew() {
    explore(|| {
        let room = Room::new(TINY, &[70]);
        let tasks = start(&room);
        let pusher = room.clone();
        let pusher = thread::spawn(move || {
            (1..=6).for_each(|at| pusher.push(at, line(at)));
            pusher.push(7, Item::Removed { ids: vec![id(6)] });
            pusher.push(8, line(8));
        });
        // Whatever it missed: the end is there, and what was taken away is not.
        let seen = read(&room, 0, |seen| seen.lines.contains(&8));
        assert!(!seen.lines.contains(&6), "{:?}", seen.lines);
        pusher.join().expect("pushed");
        stop(&room, tasks);
    });
}

#[test]
fn who_is_closed_ends_and_nothing_follows_the_close_frame() {
    explore(|| {
        // The first reads to its end, the second never.
        let room = Room::new(Sizes::default(), &[100, 100]);
        let tasks = start(&room);
        let pusher = room.clone();
        let pusher = thread::spawn(move || (1..=3).for_each(|at| pusher.push(at, line(at))));
        let closer = room.clone();
        let closer = thread::spawn(move || {
            for socket in &closer.sockets {
                assert!(socket.bell.ring(Call::Close(CloseReason::Banned)));
                assert!(
                    !socket.bell.ring(Call::Close(CloseReason::GoingDown)),
                    "the first reason stays"
                );
            }
        });
        let seen = read(&room, 0, |_| false);
        assert!(seen.lines.iter().copied().eq(1..=seen.newest), "{:?}", seen.lines);
        pusher.join().expect("pushed");
        closer.join().expect("closed");
        stop(&room, tasks);
    });
}

#[test]
fn a_bell_forgets_no_call() {
    explore(|| {
        let bell = Arc::new(Bell::default());
        let ringers = [Call::Write, Call::Look].map(|call| {
            let bell = bell.clone();
            thread::spawn(move || assert!(bell.ring(call)))
        });
        let (mut write, mut look) = (false, false);
        while !(write && look) {
            match block_on(poll_fn(|cx| bell.poll(cx))) {
                Call::Write => write = true,
                Call::Look => look = true,
                other => panic!("{other:?}"),
            }
        }
        for ringer in ringers {
            ringer.join().expect("rang");
        }
        let last = bell.clone();
        let last = thread::spawn(move || last.ring(Call::Blocked));
        assert_eq!(block_on(poll_fn(|cx| bell.poll(cx))), Call::Blocked);
        assert_eq!(block_on(poll_fn(|cx| bell.poll(cx))), Call::Blocked, "and stays");
        assert!(last.join().expect("rang"));
    });
}
