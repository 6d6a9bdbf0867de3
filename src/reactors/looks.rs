//! What pages wait for: the answer to a look at BBB's list of a meeting's recordings. A page never asks BBB itself and never waits
//! without a bound: it has the reactor look, waits so long, and shows what is known with its age.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use amphi_events::Time;
use amphi_events::ids::MeetingId;
use amphi_events::session::Trouble;
use tokio::sync::{Semaphore, SemaphorePermit, watch};

/// BBB is not asked again for the same list within this time, whoever looks how often.
pub const LOOK_REST: Duration = Duration::from_secs(5);
/// So many meetings' looks are remembered; more, and those that nobody waits for are forgotten.
const MOST: usize = 2000;

/// What came of looking at a meeting's list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Look {
    /// When BBB was asked last, whatever came of it.
    pub asked: Option<Time>,
    /// When it was known last.
    pub at: Option<Time>,
    /// What was wrong at the last try.
    pub trouble: Option<(Trouble, Time)>,
    /// Grows with every look that is over.
    pub round: u64,
}

/// BBB is asked by so many at a time for somebody who waits.
const FOR_PEOPLE: usize = 8;
/// And by so many of itself: after a restart every meeting of three days wants its list at once.
const BY_ITSELF: usize = 2;

/// The looks of this node.
pub struct Looks {
    seen: Mutex<HashMap<MeetingId, watch::Sender<Look>>>,
    people: Semaphore,
    itself: Semaphore,
}

impl Default for Looks {
    fn default() -> Self {
        Self {
            seen: Mutex::default(),
            people: Semaphore::new(FOR_PEOPLE),
            itself: Semaphore::new(BY_ITSELF),
        }
    }
}

impl Looks {
    /// What was seen of a meeting's list, now and from now on.
    pub fn of(&self, meeting: MeetingId) -> watch::Receiver<Look> {
        self.with(meeting, watch::Sender::subscribe)
    }

    /// A turn to ask BBB, for somebody who waits or not.
    pub async fn turn(&self, somebody: bool) -> Option<SemaphorePermit<'_>> {
        let turns = if somebody { &self.people } else { &self.itself };
        // It is never closed.
        turns.acquire().await.ok()
    }

    /// A look begins.
    pub fn asking(&self, meeting: MeetingId) -> Asking<'_> {
        Asking { looks: self, meeting }
    }

    /// No look came of a wish for one: BBB was asked just now, or nothing can be written.
    pub fn given_up(&self, meeting: MeetingId) {
        self.with(meeting, |look| look.send_modify(|l| l.round += 1));
    }

    fn with<T>(&self, meeting: MeetingId, does: impl FnOnce(&watch::Sender<Look>) -> T) -> T {
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() > MOST {
            all.retain(|_, look| look.receiver_count() > 0);
        }
        does(all.entry(meeting).or_default())
    }
}

/// A look under way. Dropped without an answer (our own means failed), it keeps nobody waiting.
pub struct Asking<'a> {
    looks: &'a Looks,
    meeting: MeetingId,
}

impl Asking<'_> {
    /// BBB said what it has.
    pub fn answered(self, at: Time) {
        self.looks.with(self.meeting, |look| {
            look.send_modify(|l| (l.asked, l.at, l.trouble) = (Some(at), Some(at), None));
        });
    }

    /// It did not.
    pub fn failed(self, trouble: Trouble, at: Time) {
        self.looks.with(self.meeting, |look| {
            look.send_modify(|l| (l.asked, l.trouble) = (Some(at), Some((trouble, at))));
        });
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.looks.given_up(self.meeting);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_look_that_comes_to_nothing_keeps_nobody_waiting() {
        let looks = Looks::default();
        let meeting = MeetingId(ulid::Ulid(1));
        let mut seen = looks.of(meeting);
        looks.asking(meeting).answered(Time(5));
        seen.changed().await.expect("an answer");
        assert_eq!(
            (seen.borrow_and_update().at, looks.of(meeting).borrow().round),
            (Some(Time(5)), 1)
        );
        looks.asking(meeting).failed(Trouble::Unreachable, Time(9));
        let now = *looks.of(meeting).borrow();
        assert_eq!(
            (now.at, now.trouble),
            (Some(Time(5)), Some((Trouble::Unreachable, Time(9))))
        );
        drop(looks.asking(meeting));
        assert_eq!(looks.of(meeting).borrow().round, 3);
    }

    #[test]
    fn what_nobody_waits_for_is_forgotten_where_it_is_much() {
        let looks = Looks::default();
        let kept = looks.of(MeetingId(ulid::Ulid(1)));
        for n in 0..3 * MOST {
            looks.given_up(MeetingId(ulid::Ulid(n as u128 + 2)));
        }
        assert!(looks.seen.lock().expect("a lock").len() <= MOST + 1);
        looks.asking(MeetingId(ulid::Ulid(1))).answered(Time(1));
        assert_eq!(kept.borrow().at, Some(Time(1)));
    }
}
