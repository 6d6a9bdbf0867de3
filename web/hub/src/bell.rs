//! How others call a socket's own task: to go on writing, to end, to look whether its person is still signed in.

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::CloseReason;
use crate::sync::{Mutex, lock};

/// What a socket was called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// There is something to write, or its place in the journal is behind.
    Write,
    /// Look whether the person still is who they were, and whoever it is still may watch.
    Look,
    /// End, for this reason.
    Close(CloseReason),
    /// A write was blocked for too long: end, come back.
    Blocked,
    /// The server goes down: end, come back after a random part of this.
    Bye(Duration),
}

#[derive(Default)]
struct Rung {
    write: bool,
    look: bool,
    /// The first reason stays: who was banned is not told that the server goes down.
    end: Option<Call>,
    waker: Option<Waker>,
}

/// See the module. Calls are kept until they are answered; the same one twice is one.
#[derive(Default)]
pub(crate) struct Bell {
    rung: Mutex<Rung>,
}

impl Bell {
    /// Calls. `false`: the end was called before.
    pub(crate) fn ring(&self, call: Call) -> bool {
        let waker = {
            let mut rung = lock(&self.rung);
            match call {
                Call::Write => rung.write = true,
                Call::Look => rung.look = true,
                Call::Close(_) | Call::Blocked | Call::Bye(_) => {
                    if rung.end.is_some() {
                        return false;
                    }
                    rung.end = Some(call);
                }
            }
            rung.waker.take()
        };
        // Outside the lock: the task may run at once.
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }

    /// The next call: the end before anything else, and again each time it is asked for.
    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<Call> {
        let mut rung = lock(&self.rung);
        if let Some(end) = rung.end {
            return Poll::Ready(end);
        }
        // Before there is anything more to read: it may not be theirs any more.
        if std::mem::take(&mut rung.look) {
            return Poll::Ready(Call::Look);
        }
        if std::mem::take(&mut rung.write) {
            return Poll::Ready(Call::Write);
        }
        match &mut rung.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }
}
