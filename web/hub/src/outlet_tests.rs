//! The hand-over between a room's writer and a socket's own task, step by step.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::Mutex;

use amphi_events::envelope::Position;
use bytes::Bytes;

use crate::journal::{Batch, Cursor, Step};
use crate::outlet::{Offer, Outlet, Pipe, Pumped};

/// Takes so many bytes a call, as told beforehand; then nothing.
#[derive(Default)]
struct Narrow {
    room: Mutex<VecDeque<usize>>,
    out: Mutex<Vec<u8>>,
}

impl Narrow {
    fn takes(&self, bytes: usize) {
        self.room.lock().unwrap().push_back(bytes);
    }

    fn out(&self) -> String {
        String::from_utf8(self.out.lock().unwrap().clone()).unwrap()
    }
}

impl Pipe for Narrow {
    fn try_write(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let Some(most) = self.room.lock().unwrap().pop_front() else {
            return Err(io::ErrorKind::WouldBlock.into());
        };
        if most == 0 {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        let all: Vec<u8> = pieces.iter().flat_map(|p| p.iter().copied()).collect();
        let n = most.min(all.len());
        self.out.lock().unwrap().extend_from_slice(&all[..n]);
        Ok(n)
    }
}

fn ring(next: u64) -> Cursor {
    Cursor::Ring {
        next,
        at: Position(next),
    }
}

fn batch(from: u64, to: u64, bytes: &'static str) -> Batch {
    Batch {
        from,
        to,
        at: Position(to),
        bytes: Bytes::from_static(bytes.as_bytes()),
    }
}

fn level(outlet: &Outlet, pipe: &Narrow, next: u64) {
    outlet.stand(ring(next));
    assert_eq!(outlet.pump(pipe, Step::Idle), Pumped::Level);
}

#[test]
fn the_writer_writes_only_to_who_is_level() {
    let (outlet, pipe) = (Outlet::new(), Narrow::default());
    assert_eq!(
        outlet.offer(&pipe, &batch(0, 1, "a")),
        Offer::Passed,
        "hello was not said"
    );
    level(&outlet, &pipe, 5);
    assert_eq!(outlet.offer(&pipe, &batch(3, 5, "old")), Offer::Passed, "it has that");
    pipe.takes(9);
    assert_eq!(outlet.offer(&pipe, &batch(5, 7, "new")), Offer::Sent);
    assert_eq!(
        outlet.offer(&pipe, &batch(9, 11, "late")),
        Offer::Behind,
        "something is between"
    );
    assert_eq!(
        outlet.offer(&pipe, &batch(11, 12, "more")),
        Offer::Passed,
        "its own task is at it"
    );
    assert_eq!(pipe.out(), "new");
}

#[test]
fn what_was_cut_goes_on_where_it_was_cut() {
    let (outlet, pipe) = (Outlet::new(), Narrow::default());
    level(&outlet, &pipe, 0);
    pipe.takes(2);
    assert_eq!(outlet.offer(&pipe, &batch(0, 2, "first")), Offer::Behind);
    // A receipt comes while a frame is cut: it stands behind it.
    assert!(!outlet.say(&pipe, [Bytes::from_static(b"receipt")]));
    assert_eq!(outlet.pump(&pipe, Step::Idle), Pumped::Blocked);
    assert!(outlet.owes().is_some());
    pipe.takes(4);
    pipe.takes(100);
    let mut steps = vec![];
    let pumped = outlet.pump(&pipe, |at| {
        steps.push(at);
        if steps.len() == 1 {
            pipe.takes(100);
            return Step::Frames(vec![Bytes::from_static(b"third")], ring(3));
        }
        Step::Idle(at)
    });
    assert_eq!((pumped, steps), (Pumped::Level, vec![ring(2), ring(3)]));
    assert_eq!(pipe.out(), "firstreceiptthird");
    assert_eq!(outlet.owes(), None);
}

#[test]
fn a_socket_that_takes_nothing_holds_nothing() {
    let (outlet, pipe) = (Outlet::new(), Narrow::default());
    level(&outlet, &pipe, 0);
    assert_eq!(outlet.offer(&pipe, &batch(0, 4, "unheard")), Offer::Behind);
    pipe.takes(100);
    // It stands where it stood, and finds it in the journal.
    let pumped = outlet.pump(&pipe, |at| {
        assert_eq!(at, ring(0));
        Step::Reset
    });
    assert_eq!(pumped, Pumped::Reset);
    assert_eq!(pipe.out(), "");
}

#[test]
fn who_is_gone_stays_gone() {
    let (outlet, pipe) = (Outlet::new(), Narrow::default());
    level(&outlet, &pipe, 0);
    pipe.takes(0);
    assert_eq!(outlet.offer(&pipe, &batch(0, 1, "x")), Offer::Behind);
    assert_eq!(outlet.pump(&pipe, Step::Idle), Pumped::Gone);
    assert!(!outlet.say(&pipe, [Bytes::from_static(b"x")]));
    assert_eq!(outlet.drain(&pipe), None);
}

#[test]
fn what_may_be_left_out_is_left_out_where_others_wait() {
    let (outlet, pipe) = (Outlet::new(), Narrow::default());
    assert!(outlet.mention(&pipe, &Bytes::from_static(b"ping")), "before hello");
    level(&outlet, &pipe, 0);
    pipe.takes(100);
    assert!(outlet.mention(&pipe, &Bytes::from_static(b"ping")));
    assert!(
        !outlet.mention(&pipe, &Bytes::from_static(b"pong")),
        "it must be finished"
    );
    assert_eq!(pipe.out(), "ping");
}
