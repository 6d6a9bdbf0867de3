//! What people are doing, and the end of their right to do it.
//!
//! Who asks is looked up when a line comes, and a moment later the line is in the log. A sign-out that was answered in between
//! would be followed by a line of the session that it ended. So an act holds its person's place from before the look-up until it is
//! done, and whoever takes a right away waits for what was begun under it.

use std::sync::Arc;
use std::time::Duration;

use amphi_events::ids::PersonId;
use tokio::sync::{Mutex, MutexGuard, OwnedRwLockReadGuard, RwLock};
use tracing::Instrument as _;

/// People share so many places: one who signs out holds up a sixty-fourth of those who write, for as long as a line takes.
const PLACES: usize = 64;
/// Longest wait for what was begun. A log that takes so long gives no receipts either.
const PATIENCE: Duration = Duration::from_secs(5);

/// See the module.
#[derive(Debug)]
pub struct Acts {
    places: Vec<Arc<RwLock<()>>>,
    first: Mutex<()>,
}

/// Held while an act goes on.
#[derive(Debug)]
pub struct Acting {
    _place: OwnedRwLockReadGuard<()>,
}

impl Default for Acts {
    fn default() -> Self {
        Self {
            places: (0..PLACES).map(|_| Arc::default()).collect(),
            first: Mutex::default(),
        }
    }
}

impl Acts {
    fn place(&self, person: PersonId) -> Arc<RwLock<()>> {
        // The low bits of an id are random.
        self.places[(person.0.0 % PLACES as u128) as usize].clone()
    }

    /// Something begins that this person may or may not do: what they may is looked up afterwards.
    pub async fn begin(&self, person: PersonId) -> Acting {
        Acting {
            _place: self.place(person).read_owned().await,
        }
    }

    /// Held while an account is made at a first sign-in: one after another.
    pub async fn first(&self) -> MutexGuard<'_, ()> {
        self.first.lock().await
    }

    /// A right of this person was taken away: waits until everything that was begun under it is done.
    pub async fn done(&self, person: PersonId) {
        let place = self.place(person);
        if tokio::time::timeout(PATIENCE, place.write()).await.is_err() {
            tracing::warn!(%person, "a right was taken away while the log took nothing: what was begun under it may still come");
        }
    }
}

/// Does something to its end, also where whoever asked goes away before: cut off in the middle it would no longer hold its place,
/// and the log would take the line all the same. `None`: it panicked.
pub async fn whole<T: Send + 'static>(act: impl Future<Output = T> + Send + 'static) -> Option<T> {
    tokio::spawn(act.in_current_span()).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(n: u128) -> PersonId {
        PersonId(ulid::Ulid::from_parts(1, n))
    }

    #[tokio::test]
    async fn taking_away_waits_for_what_was_begun_and_for_nobody_elses() {
        let acts = Arc::new(Acts::default());
        let (one, another) = (acts.begin(person(1)).await, acts.begin(person(2)).await);
        let waiting = tokio::spawn({
            let acts = acts.clone();
            async move { acts.done(person(1)).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(one);
        waiting.await.unwrap();
        acts.begin(person(1)).await;
        drop(another);
    }
}
