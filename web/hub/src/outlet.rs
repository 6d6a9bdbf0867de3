//! The sending side of a socket, and how two hands share it: the room's writer, which hands the same bytes to every socket that is level
//! with the journal, and the socket's own task, which says hello, walks through history, and goes on where a write was blocked.
//!
//! Both work under the lock, and nothing waits under it. Who is *level* has everything that the journal had at a moment within
//! the lock; what comes into the journal after that moment, the writer brings: it looks at every socket after each append, and waits
//! for the lock. So no append falls between the two hands. Whoever can't write all of something leaves the rest in `owed`, which goes before
//! anything else, and calls the own task.

use std::collections::VecDeque;
use std::io::{self, IoSlice};

use bytes::{Buf as _, Bytes};

use crate::journal::{Batch, Cursor, Step};
use crate::sync::{Mutex, lock};

/// Pieces given to the system in one call.
const PIECES: usize = 64;
/// Stretches of the journal in one go, before the task listens to anything else: a reader that is slow on purpose must not keep its
/// socket from hearing that it is closed.
const TURNS: usize = 4;

/// Where bytes go.
pub(crate) trait Pipe {
    /// Writes what fits, without waiting; how many bytes that was.
    fn try_write(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize>;
}

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hand {
    /// The socket's own task.
    Own,
    /// The room's writer.
    Room,
    /// Nobody any more.
    None,
}

struct Sending {
    cursor: Cursor,
    hand: Hand,
    owed: VecDeque<Bytes>,
    /// Bytes written, to see whether a blocked socket moves.
    written: u64,
}

/// What became of a batch at one socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offer {
    /// Written.
    Sent,
    /// Not for the writer: the own task is at it, or the socket has it already.
    Passed,
    /// The own task must go on: call it.
    Behind,
}

/// How far the own task came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pumped {
    /// It has everything: from now on the room's writer writes.
    Level,
    /// The socket takes no more now.
    Blocked,
    /// There is more; others first.
    More,
    /// Load the block that ends here, and pump again.
    Load(amphi_events::envelope::Position),
    /// Too far behind: say hello anew.
    Reset,
    /// The connection is gone.
    Gone,
}

/// See the module.
pub(crate) struct Outlet {
    sending: Mutex<Sending>,
}

impl Outlet {
    /// Nothing sent yet; the own task writes.
    pub(crate) fn new() -> Self {
        Self {
            sending: Mutex::new(Sending {
                cursor: Cursor::at(amphi_events::envelope::Position(0)),
                hand: Hand::Own,
                owed: VecDeque::new(),
                written: 0,
            }),
        }
    }

    /// From here on the journal is told; what was said before goes first. Of the own task, after hello.
    pub(crate) fn stand(&self, at: Cursor) {
        let mut sending = lock(&self.sending);
        sending.cursor = at;
        if sending.hand == Hand::Room {
            sending.hand = Hand::Own;
        }
    }

    /// The room's writer has this for everybody.
    pub(crate) fn offer(&self, pipe: &impl Pipe, batch: &Batch) -> Offer {
        let mut sending = lock(&self.sending);
        let Cursor::Ring { next, .. } = sending.cursor else {
            return Offer::Passed;
        };
        if sending.hand != Hand::Room || next >= batch.to {
            return Offer::Passed;
        }
        #[cfg(test)]
        let next = if crate::defect::is(crate::defect::Defect::BatchAnywhere) {
            batch.from
        } else {
            next
        };
        if next != batch.from {
            sending.hand = Hand::Own;
            return Offer::Behind;
        }
        if batch.bytes.is_empty() {
            // Entries that no longer count.
            sending.cursor = Cursor::Ring {
                next: batch.to,
                at: batch.at,
            };
            return Offer::Sent;
        }
        match write(pipe, &[IoSlice::new(&batch.bytes)]) {
            Ok(n) => {
                sending.written += n as u64;
                sending.cursor = Cursor::Ring {
                    next: batch.to,
                    at: batch.at,
                };
                if n == batch.bytes.len() {
                    return Offer::Sent;
                }
                #[cfg(test)]
                let n = n - usize::from(crate::defect::is(crate::defect::Defect::WrongByte));
                #[cfg(test)]
                if crate::defect::is(crate::defect::Defect::TwiceAtHandOver) {
                    sending.cursor = Cursor::Ring { next, at: batch.at };
                }
                sending.owed.push_back(batch.bytes.slice(n..));
                sending.hand = Hand::Own;
                Offer::Behind
            }
            // Nothing of it went out: the own task finds it in the journal, and holds none of it until then.
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                sending.hand = Hand::Own;
                Offer::Behind
            }
            Err(_) => {
                sending.hand = Hand::None;
                Offer::Behind
            }
        }
    }

    /// Frames for this socket alone; they stand between frames of the journal, never within one. `true`: all went out; otherwise the
    /// own task must pump.
    pub(crate) fn say(&self, pipe: &impl Pipe, frames: impl IntoIterator<Item = Bytes>) -> bool {
        let mut sending = lock(&self.sending);
        if sending.hand == Hand::None {
            return false;
        }
        sending.owed.extend(frames);
        let all = matches!(flush(&mut sending, pipe), Ok(true));
        if !all && sending.hand == Hand::Room {
            sending.hand = Hand::Own;
        }
        all
    }

    /// A frame that may be left out where the socket is busy with others.
    pub(crate) fn mention(&self, pipe: &impl Pipe, frame: &Bytes) -> bool {
        let level = {
            let sending = lock(&self.sending);
            sending.hand == Hand::Room && sending.owed.is_empty()
        };
        !level || self.say(pipe, [frame.clone()])
    }

    /// Of the own task, before its last words: the room's writer brings nothing more, which would come behind them.
    pub(crate) fn quit(&self) {
        let mut sending = lock(&self.sending);
        if sending.hand == Hand::Room {
            sending.hand = Hand::Own;
        }
    }

    /// Of the own task: writes what is owed, and then what the journal has.
    pub(crate) fn pump(&self, pipe: &impl Pipe, mut step: impl FnMut(Cursor) -> Step) -> Pumped {
        let mut sending = lock(&self.sending);
        if sending.hand == Hand::None {
            return Pumped::Gone;
        }
        sending.hand = Hand::Own;
        for _ in 0..TURNS {
            match flush(&mut sending, pipe) {
                Ok(true) => {}
                Ok(false) => return Pumped::Blocked,
                Err(_) => return Pumped::Gone,
            }
            match step(sending.cursor) {
                Step::Frames(frames, at) => {
                    sending.cursor = at;
                    sending.owed.extend(frames);
                }
                Step::Idle(at) => {
                    sending.cursor = at;
                    sending.hand = Hand::Room;
                    return Pumped::Level;
                }
                Step::Load(floor) => return Pumped::Load(floor),
                Step::Reset => return Pumped::Reset,
            }
        }
        Pumped::More
    }

    /// Writes what is owed and nothing else: last words. `Some(true)`: all went out; `None`: nobody is there.
    pub(crate) fn drain(&self, pipe: &impl Pipe) -> Option<bool> {
        let mut sending = lock(&self.sending);
        if sending.hand == Hand::None {
            return None;
        }
        sending.hand = Hand::Own;
        flush(&mut sending, pipe).ok()
    }

    /// Bytes owed.
    #[cfg(test)]
    pub(crate) fn holds(&self) -> usize {
        lock(&self.sending).owed.iter().map(Bytes::len).sum()
    }

    /// While something is owed: how many bytes went out so far.
    pub(crate) fn owes(&self) -> Option<u64> {
        let sending = lock(&self.sending);
        (!sending.owed.is_empty() || sending.hand == Hand::Own).then_some(sending.written)
    }
}

/// Whether nothing is owed any more.
fn flush(sending: &mut Sending, pipe: &impl Pipe) -> io::Result<bool> {
    while !sending.owed.is_empty() {
        let mut pieces = [IoSlice::new(&[]); PIECES];
        let mut count = 0;
        for (piece, owed) in pieces.iter_mut().zip(&sending.owed) {
            *piece = IoSlice::new(owed);
            count += 1;
        }
        match write(pipe, &pieces[..count]) {
            Ok(mut n) => {
                sending.written += n as u64;
                while let Some(first) = sending.owed.front_mut() {
                    if n < first.len() {
                        first.advance(n);
                        break;
                    }
                    n -= first.len();
                    sending.owed.pop_front();
                }
            }
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(e) => {
                sending.hand = Hand::None;
                sending.owed = VecDeque::new();
                return Err(e);
            }
        }
    }
    // An idle socket keeps no memory of what it once had to say.
    if sending.owed.capacity() > 8 {
        sending.owed = VecDeque::new();
    }
    Ok(true)
}

fn write(pipe: &impl Pipe, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
    loop {
        match pipe.try_write(pieces) {
            // Never said for bytes that are not empty, but by a connection that is gone.
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
