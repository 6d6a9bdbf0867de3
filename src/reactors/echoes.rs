//! What the room's echoes are waited for, in memory: a line whose call was answered is settled by its answer, and its echo,
//! which comes a little later, must not be taken for that of an identical line behind it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use amphi_events::Time;
use amphi_events::ids::{MessageId, SessionId};
use tokio::sync::watch;

use super::relay::is_echo_of;
use super::rooms::{elapsed, millis};

/// Echoes that may fail to come behind successful answers before webhooks count as silent.
const SILENT_AFTER: u32 = 2;
/// Most echoes waited for in a room, and most that are known again.
const MOST: usize = 1024;

/// Whether a delivery is the first of its echo.
pub enum Delivery {
    /// It is.
    First(Taking),
    /// Another is being worked on, and may fail.
    InHand,
    /// It was taken before.
    Repeated,
}

/// A delivery that is worked on. Where that failed, or its sender hung up, the next one is the first again.
pub struct Taking {
    echoes: Echoes,
    session: SessionId,
    id: String,
    taken: bool,
}

impl Taking {
    /// It was worked on, and well.
    pub fn taken(mut self) {
        self.taken = true;
    }
}

impl Drop for Taking {
    fn drop(&mut self) {
        if let Some(room) = self.echoes.lock().get_mut(&self.session) {
            if self.taken {
                let same = room.taken.iter_mut().filter(|(known, _)| *known == self.id);
                same.for_each(|(_, done)| *done = true);
            } else {
                room.taken.retain(|(known, _)| *known != self.id);
            }
        }
    }
}

/// A line that is in the room and whose echo has not come.
pub struct Due {
    /// Which line.
    pub message: MessageId,
    /// Its author as the room shows them.
    pub name: String,
    /// What it says.
    pub text: String,
    /// When the room took it.
    pub since: Time,
    /// Its echo may have come to a process that is gone: that it doesn't come says nothing.
    pub perhaps_heard: bool,
}

/// One room.
struct Room {
    due: VecDeque<Due>,
    /// Echoes in a row that did not come.
    silent: u32,
    /// The line whose echo came last.
    heard: watch::Sender<Option<MessageId>>,
    /// Deliveries of the last echoes, by BBB's ids of the lines, and whether they were taken.
    taken: VecDeque<(String, bool)>,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            due: VecDeque::new(),
            silent: 0,
            heard: watch::Sender::new(None),
            taken: VecDeque::new(),
        }
    }
}

/// The echoes of all rooms. Cheap to clone.
#[derive(Clone, Default)]
pub struct Echoes(Arc<Mutex<HashMap<SessionId, Room>>>);

impl Echoes {
    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Room>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A delivery of the echo with this id comes in. bbb-webhooks repeats what was answered too late, and a second echo would be taken
    /// for that of an identical line.
    pub fn begin(&self, session: SessionId, id: &str) -> Delivery {
        let mut rooms = self.lock();
        let taken = &mut rooms.entry(session).or_default().taken;
        if let Some((_, done)) = taken.iter().find(|(known, _)| known == id) {
            return if *done { Delivery::Repeated } else { Delivery::InHand };
        }
        taken.push_back((id.to_owned(), false));
        if taken.len() > MOST {
            taken.pop_front();
        }
        Delivery::First(Taking {
            echoes: self.clone(),
            session,
            id: id.to_owned(),
            taken: false,
        })
    }

    /// This line is in the room; its echo is to come.
    pub fn expect(&self, session: SessionId, due: Due) {
        let mut rooms = self.lock();
        let room = rooms.entry(session).or_default();
        room.due.push_back(due);
        if room.due.len() > MOST {
            room.due.pop_front();
        }
    }

    /// Its echo had come before.
    pub fn forget(&self, session: SessionId, message: MessageId) {
        if let Some(room) = self.lock().get_mut(&session) {
            room.due.retain(|d| d.message != message);
        }
    }

    /// The oldest line in the room that this may be the echo of.
    pub fn of(&self, session: SessionId, name: &str, text: &str) -> Option<MessageId> {
        let rooms = self.lock();
        let due = rooms.get(&session)?.due.iter();
        due.clone()
            .find(|d| is_echo_of(&d.name, &d.text, name, text))
            .map(|d| d.message)
    }

    /// Its echo came.
    pub fn heard(&self, session: SessionId, message: MessageId) {
        let mut rooms = self.lock();
        let room = rooms.entry(session).or_default();
        room.due.retain(|d| d.message != message);
        room.silent = 0;
        room.heard.send_replace(Some(message));
    }

    /// Since when the echo of a line that reads the same is waited for. Where webhooks are silent nobody waits.
    pub fn awaited(&self, session: SessionId, name: &str, text: &str) -> Option<Time> {
        let rooms = self.lock();
        let room = rooms.get(&session).filter(|r| r.silent < SILENT_AFTER)?;
        let same = room.due.iter().find(|d| is_echo_of(&d.name, &d.text, name, text));
        same.map(|d| d.since)
    }

    /// Waits no longer for what should have come by now.
    pub fn give_up(&self, session: SessionId, now: Time, wait: Duration) {
        if let Some(room) = self.lock().get_mut(&session) {
            while let Some(due) = room.due.pop_front_if(|d| elapsed(now, d.since) >= millis(wait)) {
                room.silent = room.silent.saturating_add(u32::from(!due.perhaps_heard));
            }
        }
    }

    /// Echoes fail to come: nothing is to be learnt from waiting for one.
    pub fn are_silent(&self, session: SessionId) -> bool {
        self.lock().get(&session).is_some_and(|r| r.silent >= SILENT_AFTER)
    }

    /// Returns when the echo of this line comes.
    pub async fn of_line(&self, session: SessionId, message: MessageId) {
        let mut heard = self.lock().entry(session).or_default().heard.subscribe();
        if heard.wait_for(|m| *m == Some(message)).await.is_err() {
            // The room is over: nothing comes any more.
            std::future::pending::<()>().await;
        }
    }

    /// The room is over.
    pub fn over(&self, session: SessionId) {
        self.lock().remove(&session);
    }
}

#[cfg(test)]
mod tests {
    use amphi_events::ids::MessageId;
    use ulid::Ulid;

    use super::*;

    const WAIT: Duration = Duration::from_secs(15);

    fn line(n: u128, text: &str, at: i64) -> Due {
        Due {
            message: MessageId(Ulid::from_parts(1, n)),
            name: "Awa (live)".to_owned(),
            text: text.to_owned(),
            since: Time(at),
            perhaps_heard: false,
        }
    }

    #[test]
    fn identical_lines_are_told_apart_by_count() {
        let (echoes, room) = (Echoes::default(), SessionId(Ulid::from_parts(1, 1)));
        assert_eq!(echoes.awaited(room, "Awa (live)", "encore"), None);
        echoes.expect(room, line(1, "encore", 10));
        echoes.expect(room, line(2, "encore", 20));
        assert_eq!(echoes.awaited(room, "Awa (live)", "encore"), Some(Time(10)));
        assert_eq!(echoes.awaited(room, "Awa (live)", "autre"), None);
        for n in [1, 2] {
            let first = echoes.of(room, "Awa (live)", "encore").expect("a line");
            assert_eq!(first, line(n, "", 0).message);
            echoes.heard(room, first);
        }
        assert_eq!(echoes.of(room, "Awa (live)", "encore"), None);
        echoes.expect(room, line(3, "encore", 30));
        echoes.forget(room, line(3, "", 0).message);
        assert_eq!(echoes.of(room, "Awa (live)", "encore"), None);
    }

    #[test]
    fn two_echoes_that_do_not_come_make_webhooks_silent_until_one_comes() {
        let (echoes, room) = (Echoes::default(), SessionId(Ulid::from_parts(1, 1)));
        let mut old = line(1, "a", 0);
        old.perhaps_heard = true;
        echoes.expect(room, old);
        for n in 2..=3 {
            assert!(!echoes.are_silent(room));
            echoes.expect(room, line(n, "b", 0));
            echoes.give_up(room, Time(millis(WAIT) - 1), WAIT);
            assert!(echoes.awaited(room, "Awa (live)", "b").is_some());
            echoes.give_up(room, Time(millis(WAIT)), WAIT);
        }
        assert!(echoes.are_silent(room));
        echoes.expect(room, line(4, "b", 0));
        assert_eq!(
            echoes.awaited(room, "Awa (live)", "b"),
            None,
            "nobody waits for silence"
        );
        echoes.heard(room, line(4, "", 0).message);
        assert!(!echoes.are_silent(room));
    }

    #[test]
    fn a_delivery_counts_once_unless_it_failed() {
        let (echoes, room) = (Echoes::default(), SessionId(Ulid::from_parts(1, 1)));
        let Delivery::First(first) = echoes.begin(room, "1-a") else {
            panic!("it is the first")
        };
        assert!(matches!(echoes.begin(room, "1-a"), Delivery::InHand));
        drop(first);
        let Delivery::First(second) = echoes.begin(room, "1-a") else {
            panic!("the first failed")
        };
        second.taken();
        assert!(matches!(echoes.begin(room, "1-a"), Delivery::Repeated));
        assert!(matches!(echoes.begin(room, "1-b"), Delivery::First(_)));
    }

    #[tokio::test]
    async fn whoever_waits_for_an_echo_hears_it_also_if_it_was_there_first() {
        let (echoes, room) = (Echoes::default(), SessionId(Ulid::from_parts(1, 1)));
        let message = line(1, "", 0).message;
        let waits = echoes.of_line(room, message);
        echoes.heard(room, message);
        waits.await;
        echoes.of_line(room, message).await;
    }
}
