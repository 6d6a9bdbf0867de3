//! What webhooks said of who is in a room. They come in no order, twice, or not at all (bbb-contract §5.2): what comes late must undo
//! nothing, and a look at the room that was under way meanwhile must not either. In memory alone: after a restart the next look says
//! what holds.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use amphi_events::Time;
use amphi_events::ids::SessionId;
use amphi_events::session::{Seen, Voice};

use super::rooms::{elapsed, millis};

/// How long BBB lists somebody who left, and a little (bbb-contract §2.3).
const LISTED: std::time::Duration = std::time::Duration::from_secs(75);

/// Of all rooms that are open.
#[derive(Debug, Default)]
pub struct Heard(Mutex<HashMap<SessionId, Room>>);

#[derive(Debug, Default)]
struct Room {
    people: BTreeMap<String, Person>,
    /// Presences that ended: BBB gives each entry an id of its own, which never comes again.
    over: HashSet<String>,
}

#[derive(Debug, Default)]
struct Person {
    /// The windows they are in with, as far as an entry was heard.
    windows: BTreeSet<String>,
    /// Somebody was heard to come in before anything else: all windows are known.
    from_the_start: bool,
    /// They left, as was heard then.
    left: Option<Time>,
    /// When something was heard of them last.
    heard: Option<Time>,
    /// What is known of a part of theirs is of this time of BBB's: older deliveries are behind.
    stamps: BTreeMap<&'static str, i64>,
    /// Pictures of theirs, each with its time.
    cameras: BTreeMap<String, (bool, i64)>,
    /// How they take part, as far as it was heard: said before their coming it would be said to nobody.
    part: Seen,
}

impl Person {
    fn forget_part(&mut self) {
        self.cameras.clear();
        self.stamps.clear();
        self.part = Seen::default();
        self.from_the_start = false;
    }
}

/// What somebody's leaving comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// It was their last window.
    Gone,
    /// Another window is there, or may be: the room is to be asked.
    Ask,
}

impl Heard {
    fn with<R>(&self, session: SessionId, act: impl FnOnce(&mut Room) -> R) -> R {
        let mut rooms: MutexGuard<'_, _> = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        act(rooms.entry(session).or_default())
    }

    /// The session is over.
    pub fn forget(&self, session: SessionId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&session);
    }

    /// Somebody came in, under `internal`. False: that presence is over already, and this was late.
    pub fn came(&self, session: SessionId, who: &str, internal: &str, is_there: bool, now: Time) -> bool {
        self.with(session, |room| {
            if room.over.contains(internal) {
                return false;
            }
            let person = room.people.entry(who.to_owned()).or_default();
            if !is_there {
                person.from_the_start = true;
            }
            // Without an id of its own a presence can't be told from others: it is asked about.
            if internal.is_empty() {
                person.from_the_start = false;
            } else {
                person.windows.insert(internal.to_owned());
            }
            person.left = None;
            person.heard = Some(now);
            true
        })
    }

    /// Somebody left, under `internal`. A robot is one of its kind; who is not there (as far as is recorded) and left was never seen: BBB
    /// lists them still, and they must not be taken for newcomers.
    pub fn left(
        &self,
        session: SessionId,
        who: &str,
        internal: &str,
        (robot, is_there): (bool, bool),
        now: Time,
    ) -> Left {
        self.with(session, |room| {
            if !internal.is_empty() {
                room.over.insert(internal.to_owned());
            }
            let person = room.people.entry(who.to_owned()).or_default();
            let known = person.windows.remove(internal) && person.from_the_start;
            person.heard = Some(now);
            if robot || (known || !is_there) && person.windows.is_empty() {
                person.left = Some(now);
                person.forget_part();
                Left::Gone
            } else {
                Left::Ask
            }
        })
    }

    /// Whether they left, so short a time ago that BBB lists them still: a look at the room would take them for newcomers.
    pub fn is_gone(&self, session: SessionId, who: &str, now: Time) -> bool {
        self.with(session, |room| {
            let left = room.people.get(who).and_then(|p| p.left);
            left.is_some_and(|since| elapsed(now, since) < millis(LISTED))
        })
    }

    /// Whether something was heard of them since then: a look that was begun before says nothing of them.
    pub fn since(&self, session: SessionId, who: &str, then: Time) -> bool {
        self.with(session, |room| {
            let heard = room.people.get(who).and_then(|p| p.heard);
            heard.is_some_and(|at| at >= then)
        })
    }

    /// How somebody who has just come takes part, as far as that was told before their coming.
    pub fn part(&self, session: SessionId, who: &str) -> Seen {
        self.with(session, |room| {
            room.people.get(who).map_or_else(Seen::default, |p| p.part)
        })
    }

    /// A look found them gone: how they took part is over.
    pub fn found_gone(&self, session: SessionId, who: &str) {
        self.with(session, |room| {
            if let Some(person) = room.people.get_mut(who) {
                person.windows.clear();
                person.forget_part();
            }
        });
    }

    fn stamp(
        &self,
        session: SessionId,
        who: &str,
        (part, said): (&'static str, Seen),
        ts: i64,
        now: Time,
    ) -> Option<Seen> {
        self.with(session, |room| {
            let person = room.people.entry(who.to_owned()).or_default();
            let held = person.stamps.entry(part).or_insert(i64::MIN);
            // Of two of the same moment nobody knows which was first: the later delivery counts, the next look at the room mends.
            if ts < *held {
                return None;
            }
            *held = ts;
            person.heard = Some(now);
            person.part.presenter = said.presenter.or(person.part.presenter);
            person.part.voice = said.voice.or(person.part.voice);
            Some(said)
        })
    }

    /// They are the presenter, or no longer, as of BBB's `ts`; `None`: it was late.
    pub fn presenter(&self, session: SessionId, who: &str, is: bool, ts: i64, now: Time) -> Option<Seen> {
        let seen = Seen {
            presenter: Some(is),
            ..Seen::default()
        };
        self.stamp(session, who, ("presenter", seen), ts, now)
    }

    /// How they are in the conference, as of BBB's `ts`; `None`: it was late.
    pub fn voice(&self, session: SessionId, who: &str, voice: Voice, ts: i64, now: Time) -> Option<Seen> {
        let seen = Seen {
            voice: Some(voice),
            ..Seen::default()
        };
        self.stamp(session, who, ("voice", seen), ts, now)
    }

    /// A picture of theirs is shown, or no longer, as of BBB's `ts`; `None`: it was late.
    pub fn camera(
        &self,
        session: SessionId,
        who: &str,
        (stream, on): (&str, bool),
        ts: i64,
        now: Time,
    ) -> Option<Seen> {
        self.with(session, |room| {
            let person = room.people.entry(who.to_owned()).or_default();
            let held = person.cameras.entry(stream.to_owned()).or_insert((false, i64::MIN));
            if ts < held.1 {
                return None;
            }
            *held = (on, ts);
            person.heard = Some(now);
            let any = person.cameras.values().any(|(on, _)| *on);
            person.part.camera = Some(any);
            Some(Seen {
                camera: Some(any),
                ..Seen::default()
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time(1_800_000_000_000);

    fn session() -> SessionId {
        SessionId(ulid::Ulid::from_parts(1, 1))
    }

    #[test]
    fn a_departure_that_overtook_its_arrival_stays() {
        let heard = Heard::default();
        assert_eq!(heard.left(session(), "a", "w_1", (false, false), NOW), Left::Gone);
        assert!(heard.is_gone(session(), "a", NOW));
        assert!(!heard.came(session(), "a", "w_1", false, NOW), "that presence is over");
        assert!(heard.came(session(), "a", "w_2", false, NOW));
    }

    #[test]
    fn who_has_two_windows_is_gone_with_the_second() {
        let heard = Heard::default();
        assert!(heard.came(session(), "a", "w_1", false, NOW));
        assert!(heard.came(session(), "a", "w_2", true, NOW));
        assert_eq!(heard.left(session(), "a", "w_1", (false, true), NOW), Left::Ask);
        assert_eq!(heard.left(session(), "a", "w_2", (false, true), NOW), Left::Gone);
        assert!(heard.is_gone(session(), "a", NOW.plus_s(70)), "BBB lists them still");
        assert!(!heard.is_gone(session(), "a", NOW.plus_s(80)));
        assert!(heard.came(session(), "a", "w_3", false, NOW));
        assert!(!heard.is_gone(session(), "a", NOW));
    }

    #[test]
    fn of_who_was_there_before_we_listened_the_room_is_asked() {
        let heard = Heard::default();
        assert!(heard.came(session(), "a", "w_2", true, NOW));
        assert_eq!(heard.left(session(), "a", "w_2", (false, true), NOW), Left::Ask);
        // A robot is one of its kind.
        assert_eq!(heard.left(session(), "r", "w_9", (true, true), NOW), Left::Gone);
    }

    #[test]
    fn what_was_said_of_who_comes_in_a_moment_is_kept_for_their_coming_and_no_longer() {
        let heard = Heard::default();
        heard.presenter(session(), "a", true, 5, NOW);
        heard.camera(session(), "a", ("s", true), 6, NOW);
        assert!(heard.came(session(), "a", "w_1", false, NOW));
        let part = heard.part(session(), "a");
        assert_eq!(
            (part.presenter, part.voice, part.camera),
            (Some(true), None, Some(true))
        );
        assert_eq!(heard.left(session(), "a", "w_1", (false, true), NOW), Left::Gone);
        assert_eq!(heard.part(session(), "a"), Seen::default());
        heard.voice(session(), "a", Voice::Listening, 7, NOW);
        heard.found_gone(session(), "a");
        assert_eq!(heard.part(session(), "a"), Seen::default());
        assert_eq!(heard.part(session(), "b"), Seen::default());
    }

    #[test]
    fn what_is_late_says_nothing() {
        let heard = Heard::default();
        let camera = |on, ts| heard.camera(session(), "a", ("s", on), ts, NOW).and_then(|s| s.camera);
        assert_eq!(camera(false, 20), Some(false));
        assert_eq!(camera(true, 10), None);
        assert_eq!(camera(true, 30), Some(true));
        let second = heard.camera(session(), "a", ("t", false), 40, NOW);
        assert_eq!(second.and_then(|s| s.camera), Some(true), "another picture is shown");
        assert!(heard.voice(session(), "a", Voice::None, 20, NOW).is_some());
        assert!(heard.voice(session(), "a", Voice::Listening, 10, NOW).is_none());
        assert!(
            heard.presenter(session(), "a", true, 5, NOW).is_some(),
            "each part has its own time"
        );
        assert!(heard.since(session(), "a", NOW) && !heard.since(session(), "b", NOW));
        heard.forget(session());
        assert!(!heard.since(session(), "a", NOW));
    }
}
