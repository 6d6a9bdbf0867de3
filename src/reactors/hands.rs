//! A reactor's hands: one task for each session, live or mail that it has in hand, woken by the log or by a due time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use amphi_events::Time;
use async_trait::async_trait;
use futures_util::FutureExt as _;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// What a worker wants after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Another step at once.
    Again,
    /// Wait until woken.
    Sleep,
    /// Wait until woken, at most so long.
    Wait(Duration),
    /// Wait so long whatever wakes, but for a hint: what the step just wrote into the log would wake it at once, and a room
    /// that refuses a line was asked a thousand times a minute.
    Hold(Duration),
    /// Nothing is left to do; the worker goes. A later wake makes a new one.
    Over,
}

/// Works on one session, live, meeting or mail. A step does at most one thing to the outside.
#[async_trait]
pub trait Worker: Send {
    /// Looks, and does the next thing.
    ///
    /// # Errors
    /// What went wrong with our own means (log, store, read models): the step is tried again after a while.
    async fn step(&mut self) -> anyhow::Result<Next>;
}

type Make = Box<dyn Fn(&str, &Arc<Hand>) -> Option<Box<dyn Worker>> + Send + Sync>;

/// What a worker shares with those who wake it.
pub struct Hand {
    wake: Notify,
    dirty: AtomicBool,
    /// Something outside hinted that BBB or the gateway should be asked now.
    hint: AtomicBool,
    /// Somebody wants the next step now, whatever the waiting time.
    now: Notify,
    /// What woke it last. A step that a due time begins comes of that too: nothing happened since.
    why: Mutex<String>,
}

impl Hand {
    fn new(hint: bool) -> Self {
        Self {
            wake: Notify::new(),
            dirty: AtomicBool::new(false),
            hint: AtomicBool::new(hint),
            now: Notify::new(),
            why: Mutex::new(super::why::now()),
        }
    }

    fn woken(&self) {
        *self.why.lock().unwrap_or_else(PoisonError::into_inner) = super::why::now();
    }

    fn why(&self) -> String {
        self.why.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes the hint, if there was one.
    pub fn take_hint(&self) -> bool {
        self.hint.swap(false, Ordering::SeqCst)
    }
}

struct Inner {
    name: &'static str,
    make: Make,
    hands: Mutex<HashMap<String, Arc<Hand>>>,
    last_error: Mutex<Option<(String, Time)>>,
    behind: AtomicU64,
    stop: CancellationToken,
}

#[cfg(test)]
impl Hands {
    /// A hand that nobody wakes, for a worker that a test steps.
    pub(super) fn loose() -> Arc<Hand> {
        Arc::new(Hand::new(false))
    }
}

/// The tasks of one reactor. Cheap to clone.
#[derive(Clone)]
pub struct Hands(Arc<Inner>);

impl Hands {
    /// A reactor whose workers `make` makes from an id (`None` for an id that is none of its own).
    pub fn new<F>(name: &'static str, stop: CancellationToken, make: F) -> Self
    where
        F: Fn(&str, &Arc<Hand>) -> Option<Box<dyn Worker>> + Send + Sync + 'static,
    {
        Self(Arc::new(Inner {
            name,
            make: Box::new(make),
            hands: Mutex::default(),
            last_error: Mutex::default(),
            behind: AtomicU64::new(0),
            stop,
        }))
    }

    /// Wakes the worker of `id`, making it if there is none.
    pub fn wake(&self, id: &str) {
        self.touch(id, false);
    }

    /// Wakes the worker of `id` and tells it to ask the outside now.
    pub fn hint(&self, id: &str) {
        self.touch(id, true);
    }

    /// An administrator wants everything that waits tried now: also what holds still after a failure.
    pub fn try_again(&self) {
        for hand in self.lock().values() {
            hand.hint.store(true, Ordering::SeqCst);
            hand.dirty.store(true, Ordering::SeqCst);
            hand.now.notify_one();
        }
    }

    /// How many are in hand.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// The last error, with its time.
    pub fn last_error(&self) -> Option<(String, Time)> {
        self.0.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The reactor's name.
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// Says how many events of the log wait to be looked at.
    pub fn set_behind(&self, events: u64) {
        self.0.behind.store(events, Ordering::Relaxed);
    }

    /// How many events of the log wait to be looked at.
    pub fn behind(&self) -> u64 {
        self.0.behind.load(Ordering::Relaxed)
    }

    /// Notes an error for administrators; `now` is when. Texts come from our own error types and hold no names.
    pub fn note_error(&self, text: String, now: Time) {
        *self.0.last_error.lock().unwrap_or_else(PoisonError::into_inner) = Some((text, now));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Hand>>> {
        self.0.hands.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn touch(&self, id: &str, hint: bool) {
        let mut hands = self.lock();
        if let Some(hand) = hands.get(id) {
            hand.hint.fetch_or(hint, Ordering::SeqCst);
            hand.woken();
            hand.dirty.store(true, Ordering::SeqCst);
            hand.wake.notify_one();
            return;
        }
        let hand = Arc::new(Hand::new(hint));
        let Some(worker) = (self.0.make)(id, &hand) else { return };
        hands.insert(id.to_owned(), hand.clone());
        drop(hands);
        tokio::spawn(self.clone().work(id.to_owned(), hand, worker));
    }

    async fn work(self, id: String, hand: Arc<Hand>, mut worker: Box<dyn Worker>) {
        let mut failures = 0_u32;
        loop {
            if self.0.stop.is_cancelled() {
                return;
            }
            hand.dirty.store(false, Ordering::SeqCst);
            // A panic (a parser on hostile input, say) must not leave a hand that nobody can wake any more.
            let step = std::panic::AssertUnwindSafe(super::why::because(hand.why(), worker.step()))
                .catch_unwind()
                .await;
            let mut failed = false;
            let next = match step.unwrap_or_else(|_| Err(anyhow::anyhow!("a step panicked"))) {
                Ok(next) => {
                    if failures > 0 {
                        // What failed works again: the health pages must not show it for ever.
                        *self.0.last_error.lock().unwrap_or_else(PoisonError::into_inner) = None;
                    }
                    failures = 0;
                    next
                }
                Err(error) => {
                    failures += 1;
                    failed = true;
                    tracing::warn!(reactor = self.0.name, id, error = %format!("{error:#}"), "a step failed; it is tried again");
                    *self.0.last_error.lock().unwrap_or_else(PoisonError::into_inner) = Some((
                        format!("{error:#}"),
                        amphi_events::Clock::now(&amphi_events::SystemClock),
                    ));
                    Next::Wait(Duration::from_millis(200).saturating_mul(1 << failures.min(6)))
                }
            };
            let held = matches!(next, Next::Hold(_)) || failed;
            let wait = match next {
                Next::Again => continue,
                Next::Sleep => None,
                Next::Wait(time) | Next::Hold(time) => Some(time),
                Next::Over => {
                    // Under the lock: a wake that came meanwhile keeps the worker, a later one makes a new worker.
                    let mut hands = self.lock();
                    if hand.dirty.load(Ordering::SeqCst) {
                        continue;
                    }
                    hands.remove(&id);
                    return;
                }
            };
            let woken = hand.wake.notified();
            let due = async {
                match wait {
                    Some(time) => tokio::time::sleep(time).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                // After an error too the wait is kept: what the step did before it failed may wake itself.
                () = woken, if !held => {}
                // One failure stays counted, so that a step that succeeds takes the error away.
                () = hand.now.notified() => failures = failures.min(1),
                () = due => {}
                () = self.0.stop.cancelled() => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    struct Holding(Arc<AtomicU32>, Arc<Hand>, bool);

    #[async_trait]
    impl Worker for Holding {
        async fn step(&mut self) -> anyhow::Result<Next> {
            let n = self.0.fetch_add(1, Ordering::SeqCst);
            assert_eq!(self.1.take_hint(), n > 0, "only a new try is hinted at");
            if self.2 {
                anyhow::bail!("still broken");
            }
            Ok(Next::Hold(Duration::from_hours(1)))
        }
    }

    async fn reaches(count: &AtomicU32, n: u32) {
        while count.load(Ordering::SeqCst) < n {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    #[tokio::test]
    async fn trying_again_ends_a_wait_that_a_wake_does_not() {
        for fails in [false, true] {
            let count = Arc::new(AtomicU32::new(0));
            let counted = count.clone();
            let hands = Hands::new("test", CancellationToken::new(), move |_, hand| {
                Some(Box::new(Holding(counted.clone(), hand.clone(), fails)))
            });
            hands.wake("one");
            reaches(&count, 1).await;
            hands.wake("one");
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert_eq!(count.load(Ordering::SeqCst), 1, "held");
            hands.try_again();
            reaches(&count, 2).await;
            assert_eq!(hands.last_error().is_some(), fails);
        }
    }
}
