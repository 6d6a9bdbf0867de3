//! A client of a live page that writes down everything, and comes back as a page does: with its position and epoch,
//! after a random wait, sending again what has no receipt.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use amphi_events::ids::MessageId;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::history::{Client, Pen, Recorder};
use life::Life;

mod life;

/// A write or a connection that takes longer is given up.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a client behaves.
#[derive(Debug, Clone)]
pub struct Habits {
    /// For failures, and the beginning of everything it writes.
    pub name: String,
    /// Where it connects: the server, or a proxy before it.
    pub address: SocketAddr,
    /// Path of the live's websocket.
    pub path: String,
    /// Bearer token; nobody without one.
    pub token: Option<String>,
    /// What it has already: position and epoch.
    pub after: Option<(u64, String)>,
    /// Its dice.
    pub seed: u64,
    /// How long it waits before it comes back, in milliseconds. A page waits seconds.
    pub wait_ms: Range<u64>,
    /// Who hears nothing for so long takes the connection for dead.
    pub silence: Duration,
    /// Size of the receive buffer; small for somebody who is slow to read.
    pub receive_buffer: Option<u32>,
}

/// What a client is asked to do.
enum Ask {
    Post { client_id: String, text: String },
    Remove(MessageId),
    Stall(Duration),
    Cut,
    Leave,
}

/// How far a client is.
#[derive(Debug, Clone, Default)]
pub struct Stand {
    /// Position and epoch of the last `upto`.
    pub after: Option<(u64, String)>,
    /// It has been greeted, and the connection stands.
    pub greeted: bool,
    /// Lines without a receipt, and without a refusal for good.
    pub pending: usize,
    /// Lines of others that it was shown, the newest last; at most a few hundred.
    pub shown: VecDeque<MessageId>,
    /// Lines that were refused for good.
    pub refused: usize,
}

/// A client in a task of its own.
pub struct Visitor {
    name: String,
    asks: UnboundedSender<Ask>,
    stand: Arc<Mutex<Stand>>,
    pen: Pen,
    sent: usize,
    task: JoinHandle<()>,
}

impl Visitor {
    /// Comes.
    pub fn come(recorder: &Recorder, habits: Habits) -> Self {
        let (asks, asked) = unbounded_channel();
        let pen = recorder.pen(&habits.name);
        let stand = Arc::new(Mutex::new(Stand {
            after: habits.after.clone(),
            ..Stand::default()
        }));
        let dice = StdRng::seed_from_u64(habits.seed);
        let name = habits.name.clone();
        let life = Life::new(habits, dice, asked, pen.clone(), stand.clone());
        Self {
            name,
            asks,
            stand,
            pen,
            sent: 0,
            task: tokio::spawn(life.live()),
        }
    }

    /// Posts a line that nobody else posts; it is sent until there is a receipt.
    pub fn post(&mut self) {
        self.sent += 1;
        let (client_id, text) = (
            format!("{}-{}", self.name, self.sent),
            format!("{} says {}", self.name, self.sent),
        );
        self.say(&client_id, &text);
    }

    /// Posts this under that name.
    pub fn say(&mut self, client_id: &str, text: &str) {
        let (client_id, text) = (client_id.to_owned(), text.to_owned());
        lock(&self.stand).pending += 1;
        let _ = self.asks.send(Ask::Post { client_id, text });
    }

    /// Asks for a line to be taken away, once: the answer is the removal itself.
    pub fn remove(&self, id: MessageId) {
        let _ = self.asks.send(Ask::Remove(id));
    }

    /// Does not read for so long.
    pub fn stall(&self, time: Duration) {
        let _ = self.asks.send(Ask::Stall(time));
    }

    /// Drops the connection without a word, and comes back.
    pub fn cut(&self) {
        let _ = self.asks.send(Ask::Cut);
    }

    /// How far it is.
    pub fn stand(&self) -> Stand {
        lock(&self.stand).clone()
    }

    /// Whether it has everything up to a position.
    pub fn has(&self, position: u64) -> bool {
        lock(&self.stand).after.as_ref().is_some_and(|(at, _)| *at >= position)
    }

    /// A line that it was shown, by this draw.
    pub fn some_line(&self, draw: u64) -> Option<MessageId> {
        let stand = lock(&self.stand);
        let count = stand.shown.len() as u64;
        (count > 0).then(|| stand.shown[(draw % count) as usize])
    }

    /// What it wrote down so far.
    pub fn written(&self) -> Client {
        self.pen.written()
    }

    /// Leaves, and gives what it wrote down.
    pub async fn leave(mut self) -> Client {
        let _ = self.asks.send(Ask::Leave);
        if timeout(PATIENCE, &mut self.task).await.is_err() {
            self.task.abort();
        }
        self.pen.written()
    }
}

impl Drop for Visitor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until `done`, at most for `bound`.
pub async fn until(bound: Duration, mut done: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    while !done() {
        if begun.elapsed() > bound {
            return false;
        }
        sleep(Duration::from_millis(10)).await;
    }
    true
}
