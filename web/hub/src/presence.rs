//! How many watch: distinct people, and sockets of those who did not sign in. Somebody who reloads the page or changes
//! network has not left (design §3: left only after 45 s without return). A console is no audience: a presenter before an empty
//! hall would read that one person watches.

use std::collections::HashMap;
use std::time::Duration;

use amphi_events::ids::PersonId;
use tokio::time::Instant;

/// Somebody who is back within this time never left.
const RETURN: Duration = Duration::from_secs(45);
/// The count is told at most so often.
const TELL: Duration = Duration::from_secs(2);
/// An unchanged count is told again after so long: a script sees no ping, and a page that hears nothing at all can't tell a
/// quiet chat from a connection that died with its network (it came back every 70 s without need).
const REPEAT: Duration = Duration::from_secs(30);
/// A room without sockets is forgotten after this time.
const FORGET: Duration = Duration::from_mins(1);

/// What a socket is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seat {
    /// Somebody signed in watches.
    Person(PersonId),
    /// A stranger watches.
    Stranger,
    /// A presenter's console.
    Console,
}

struct Watching {
    sockets: u32,
    left: Option<Instant>,
}

/// Who is in a room.
pub(crate) struct Presence {
    people: HashMap<PersonId, Watching>,
    anonymous: u32,
    sockets: u32,
    empty_since: Instant,
    told: u32,
    told_at: Option<Instant>,
}

impl Presence {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            people: HashMap::new(),
            anonymous: 0,
            sockets: 0,
            empty_since: now,
            told: 0,
            told_at: None,
        }
    }

    /// Somebody is at the door: the room is kept for them, and nobody is told.
    pub(crate) fn come(&mut self) {
        self.sockets += 1;
    }

    /// They were let in, and their connection is there.
    pub(crate) fn sit(&mut self, seat: Seat) {
        match seat {
            Seat::Person(person) => {
                let watching = self.people.entry(person).or_insert(Watching { sockets: 0, left: None });
                watching.sockets += 1;
                watching.left = None;
            }
            Seat::Stranger => self.anonymous += 1,
            Seat::Console => {}
        }
    }

    #[cfg(test)]
    fn enter(&mut self, seat: Seat) {
        self.come();
        self.sit(seat);
    }

    /// Who came goes; `seat`: where they sat, if they were let in.
    pub(crate) fn leave(&mut self, seat: Option<Seat>, now: Instant) {
        self.sockets = self.sockets.saturating_sub(1);
        if self.sockets == 0 {
            self.empty_since = now;
        }
        match seat {
            Some(Seat::Person(person)) => {
                if let Some(watching) = self.people.get_mut(&person) {
                    watching.sockets = watching.sockets.saturating_sub(1);
                    if watching.sockets == 0 {
                        watching.left = Some(now);
                    }
                }
            }
            Some(Seat::Stranger) => self.anonymous = self.anonymous.saturating_sub(1),
            Some(Seat::Console) | None => {}
        }
    }

    pub(crate) fn count(&self) -> u32 {
        self.people.len() as u32 + self.anonymous
    }

    /// The count, if it is to be told now. `sparing`: only so often that nobody takes the connection for dead.
    pub(crate) fn tell(&mut self, now: Instant, sparing: bool) -> Option<u32> {
        self.people
            .retain(|_, w| w.left.is_none_or(|left| now.duration_since(left) < RETURN));
        let count = self.count();
        let age = self.told_at.map(|at| now.duration_since(at));
        let again = self.sockets > 0 && age.is_some_and(|age| age >= REPEAT);
        let apart = if sparing { REPEAT } else { TELL };
        if (count == self.told && !again) || age.is_some_and(|age| age < apart) {
            return None;
        }
        self.told = count;
        self.told_at = Some(now);
        Some(count)
    }

    /// Another count than was told last would be told now, but for sparing.
    pub(crate) fn untold(&self, now: Instant) -> bool {
        self.count() != self.told && self.told_at.is_none_or(|at| now.duration_since(at) >= TELL)
    }

    /// Nobody has been here for a while.
    pub(crate) fn forgotten(&self, now: Instant) -> bool {
        self.sockets == 0 && now.duration_since(self.empty_since) >= FORGET
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reload_is_no_leaving_and_the_count_is_told_at_most_every_two_seconds() {
        let start = Instant::now();
        let s = |n: u64| start + Duration::from_secs(n);
        let person = Seat::Person(PersonId(ulid::Ulid::from_parts(1, 1)));
        let mut p = Presence::new(start);
        p.enter(person);
        p.enter(person);
        p.enter(Seat::Stranger);
        assert_eq!(p.tell(s(0), false), Some(2), "one person with two pages, one stranger");
        p.enter(Seat::Stranger);
        assert_eq!(p.tell(s(1), false), None, "too soon");
        assert_eq!(p.tell(s(2), false), Some(3));
        p.leave(Some(person), s(3));
        p.leave(Some(person), s(3));
        assert_eq!(p.tell(s(31), false), None, "nothing new");
        assert_eq!(
            p.tell(s(32), false),
            Some(3),
            "nothing new, but the page hears that somebody is there"
        );
        assert_eq!(p.tell(s(47), false), None, "may be back");
        assert_eq!(p.tell(s(48), false), Some(2));
        p.leave(Some(Seat::Stranger), s(50));
        p.leave(Some(Seat::Stranger), s(50));
        assert!(!p.forgotten(s(109)));
        assert!(p.forgotten(s(110)));
    }

    #[test]
    fn sparing_it_tells_only_that_somebody_is_there() {
        let start = Instant::now();
        let s = |n: u64| start + Duration::from_secs(n);
        let mut p = Presence::new(start);
        p.enter(Seat::Stranger);
        assert_eq!(
            p.tell(s(0), true),
            Some(1),
            "a page that hears nothing at all would come anew"
        );
        p.enter(Seat::Stranger);
        assert_eq!(p.tell(s(2), true), None);
        assert!(p.untold(s(2)), "that is left out");
        assert_eq!(p.tell(s(29), true), None);
        assert_eq!(p.tell(s(30), true), Some(2));
        assert!(!p.untold(s(32)));
        p.enter(Seat::Stranger);
        assert_eq!(p.tell(s(32), false), Some(3), "calm again, at once");
    }

    #[test]
    fn a_console_is_no_audience_but_keeps_the_room() {
        let start = Instant::now();
        let s = |n: u64| start + Duration::from_secs(n);
        let mut p = Presence::new(start);
        p.enter(Seat::Console);
        assert_eq!((p.count(), p.tell(s(0), false)), (0, None));
        p.enter(Seat::Stranger);
        assert_eq!(p.tell(s(1), false), Some(1));
        p.leave(Some(Seat::Stranger), s(2));
        assert_eq!(p.tell(s(4), false), Some(0));
        assert!(!p.forgotten(s(600)), "somebody still pilots");
        p.leave(Some(Seat::Console), s(600));
        assert_eq!(p.count(), 0);
        assert!(p.forgotten(s(660)));
    }

    #[test]
    fn who_was_not_let_in_was_never_here_but_keeps_the_room_while_at_the_door() {
        let start = Instant::now();
        let s = |n: u64| start + Duration::from_secs(n);
        let mut p = Presence::new(start);
        p.come();
        assert_eq!((p.count(), p.tell(s(70), false)), (0, None));
        assert!(!p.forgotten(s(70)));
        p.leave(None, s(70));
        assert_eq!((p.count(), p.tell(s(71), false)), (0, None));
        assert!(p.forgotten(s(130)));
    }
}
