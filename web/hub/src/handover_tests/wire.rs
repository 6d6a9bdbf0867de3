//! A connection whose client reads when it likes.

use std::io::{self, IoSlice};
use std::task::{Context, Poll, Waker};

use crate::outlet::Pipe;
use crate::sync::{Mutex, lock};

/// A connection: takes so many bytes before its client must read.
pub(super) struct Wire {
    held: Mutex<Held>,
}

#[derive(Default)]
pub(super) struct Held {
    most: usize,
    bytes: Vec<u8>,
    closed: bool,
    readable: Option<Waker>,
    writable: Option<Waker>,
}

pub(super) fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl Pipe for Wire {
    fn try_write(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let (n, waker) = {
            let mut held = lock(&self.held);
            let room = held.most - held.bytes.len();
            let all: Vec<u8> = pieces.iter().flat_map(|p| p.iter().copied()).collect();
            let n = all.len().min(room);
            held.bytes.extend_from_slice(&all[..n]);
            (n, held.readable.take())
        };
        wake(waker);
        if n == 0 {
            Err(io::ErrorKind::WouldBlock.into())
        } else {
            Ok(n)
        }
    }
}

impl Wire {
    pub(super) fn new(most: usize) -> Self {
        let held = Held {
            most,
            ..Held::default()
        };
        Self { held: Mutex::new(held) }
    }

    pub(super) fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut held = lock(&self.held);
        if held.bytes.len() < held.most {
            return Poll::Ready(());
        }
        held.writable = Some(cx.waker().clone());
        Poll::Pending
    }

    /// The client's side: what is there; `None` once the server closed.
    pub(super) fn poll_read(&self, cx: &mut Context<'_>) -> Poll<Option<Vec<u8>>> {
        let (bytes, waker) = {
            let mut held = lock(&self.held);
            if held.bytes.is_empty() {
                if held.closed {
                    return Poll::Ready(None);
                }
                held.readable = Some(cx.waker().clone());
                return Poll::Pending;
            }
            (std::mem::take(&mut held.bytes), held.writable.take())
        };
        wake(waker);
        Poll::Ready(Some(bytes))
    }

    pub(super) fn close(&self) {
        let waker = {
            let mut held = lock(&self.held);
            held.closed = true;
            held.readable.take()
        };
        wake(waker);
    }
}
