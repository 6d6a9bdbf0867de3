//! A room's writers: each has a share of the sockets, and hands them what came into the journal as the same bytes.
//!
//! Why not a task a socket: waking five hundred tasks for one message costs more than the writes themselves. A socket's own task
//! sleeps unless its socket is behind (`outlet.rs`).

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use slab::Slab;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::bell::Call;
use crate::outlet::Offer;
use crate::pressure::Pressure;
use crate::room::Room;
use crate::socket::Socket;

/// Sockets written to before other tasks have their turn: some hundred microseconds.
const TURN: usize = 64;

/// What writers count, for `/metrics`.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Batches handed to a socket in one write.
    pub writes: AtomicU64,
    /// Sockets that could not take all, or were behind.
    pub behind: AtomicU64,
}

#[derive(Default)]
struct Shard {
    sockets: Mutex<Slab<Arc<Socket>>>,
    bell: Notify,
}

impl Shard {
    fn lock(&self) -> MutexGuard<'_, Slab<Arc<Socket>>> {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The writers of a room; they end with it.
pub(crate) struct Shards {
    all: Vec<Arc<Shard>>,
    tasks: Vec<AbortHandle>,
    next: AtomicUsize,
}

/// A socket's place at a writer, until it is dropped.
pub(crate) struct Desk {
    shard: Arc<Shard>,
    key: usize,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.shard.lock().try_remove(self.key);
    }
}

impl Drop for Shards {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Shards {
    /// A writer a core.
    pub(crate) fn start(room: &Weak<Room>, written: &Arc<Written>, pressure: &Arc<Pressure>, window: Duration) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from).min(8);
        let all: Vec<Arc<Shard>> = (0..cores).map(|_| Arc::default()).collect();
        let tasks = all
            .iter()
            .map(|shard| {
                let writer = Writer {
                    room: room.clone(),
                    shard: shard.clone(),
                    written: written.clone(),
                    pressure: pressure.clone(),
                    window,
                };
                tokio::spawn(writer.run()).abort_handle()
            })
            .collect();
        Self {
            all,
            tasks,
            next: AtomicUsize::new(0),
        }
    }

    /// Something came into the journal.
    pub(crate) fn wake(&self) {
        for shard in &self.all {
            shard.bell.notify_one();
        }
    }

    /// A place for a socket. It must be taken before the socket's own task first walks the journal: what comes between the two would
    /// be told by neither.
    pub(crate) fn enter(&self, socket: &Arc<Socket>) -> Desk {
        let n = self.next.fetch_add(1, Ordering::Relaxed) % self.all.len();
        let shard = self.all[n].clone();
        let key = shard.lock().insert(socket.clone());
        Desk { shard, key }
    }
}

struct Writer {
    room: Weak<Room>,
    shard: Arc<Shard>,
    written: Arc<Written>,
    pressure: Arc<Pressure>,
    window: Duration,
}

impl Writer {
    async fn run(self) {
        let mut from = 0;
        loop {
            self.shard.bell.notified().await;
            let woken = Instant::now();
            let Some(busy) = self.room.upgrade().map(|room| room.busy()) else {
                return;
            };
            let window = self.pressure.window(self.window, busy);
            if !window.is_zero() {
                // One write for what comes within the window, instead of one a message.
                tokio::time::sleep(window).await;
            }
            // Only what is there by now: a room in which something always comes would never be done, never gather again and never say
            // how late it is, and at the first gap a whole busy minute would count as lateness.
            let upto = self.room.upgrade().map_or(from, |room| room.next());
            while from < upto
                && let Some(batch) = self.room.upgrade().and_then(|room| room.batch(from))
            {
                from = batch.to;
                self.hand_out(&batch).await;
            }
            self.pressure.wrote(woken.elapsed().saturating_sub(window));
            if self.room.upgrade().is_some_and(|room| room.next() > from) {
                self.shard.bell.notify_one();
            }
        }
    }

    async fn hand_out(&self, batch: &crate::journal::Batch) {
        let mut some: Vec<Arc<Socket>> = Vec::with_capacity(TURN);
        let (mut key, mut writes, mut behind) = (0, 0, 0);
        loop {
            {
                // A key that is taken after this batch was made belongs to a socket that walks the journal by itself.
                let sockets = self.shard.lock();
                let end = sockets.capacity();
                while key < end && some.len() < TURN {
                    some.extend(sockets.get(key).cloned());
                    key += 1;
                }
            }
            if some.is_empty() {
                break;
            }
            for socket in some.drain(..) {
                match socket.offer(batch) {
                    Offer::Sent => writes += 1,
                    Offer::Passed => {}
                    Offer::Behind => {
                        behind += 1;
                        socket.bell.ring(Call::Write);
                    }
                }
            }
            tokio::task::yield_now().await;
        }
        self.written.writes.fetch_add(writes, Ordering::Relaxed);
        self.written.behind.fetch_add(behind, Ordering::Relaxed);
    }
}
