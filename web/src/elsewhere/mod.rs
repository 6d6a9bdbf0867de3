//! Sessions that another front end opened on the same BBB (census §10): what was seen of them, whose they are, and their lives.
//!
//! What was seen is in memory alone and in no log: it is of people who have nothing to do with us as long as nobody broadcasts it. A reactor
//! fills it; pages and API read it, and never ask BBB.

pub mod matching;
pub mod start;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use amphi_events::Time;
use amphi_events::elsewhere::ForeignRoom;
use amphi_events::ids::PersonId;

use self::matching::{Matched, Moderator};

/// How far back a clock may be put without anybody noticing.
const CLOCK_STEP_MS: i64 = 1_000;

/// What pages and API need of the settings.
#[derive(Debug, Clone)]
pub struct ElsewhereSettings {
    /// So many lives of such sessions at once.
    pub most: u32,
    /// Such a live is planned for so long.
    pub lasts: Duration,
}

/// A session that BBB lists and that is not ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// What it is called in our addresses.
    pub key: String,
    /// BBB's identity of it.
    pub room: ForeignRoom,
    /// Its name, plain.
    pub name: String,
    /// Who moderates it.
    pub moderators: Vec<Moderator>,
    /// So many are in it.
    pub people: u32,
    /// It has breakout rooms now.
    pub breakouts: bool,
    /// BBB may record it, for whoever opened it.
    pub recorded: bool,
    /// Whose it is.
    pub matched: Matched,
}

/// What was seen last.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// In BBB's order.
    pub sessions: Vec<Sighting>,
    /// When BBB said so.
    pub at: Option<Time>,
    /// Since when BBB doesn't answer: what was seen is as of then, and nothing of it is over.
    pub unknown_since: Option<Time>,
}

/// What is known of such sessions, shared by the reactor that looks and those who read.
#[derive(Debug, Default)]
pub struct Board(RwLock<Arc<Seen>>);

impl Board {
    /// What was seen last.
    pub fn seen(&self) -> Arc<Seen> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// BBB answered.
    pub fn found(&self, sessions: Vec<Sighting>, at: Time) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Seen {
            sessions,
            at: Some(at),
            unknown_since: None,
        });
    }

    /// BBB did not answer. What was seen longer ago than `kept` is forgotten: names are in it.
    pub fn unknown(&self, now: Time, kept: Duration) {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut seen = (**held).clone();
        seen.unknown_since = seen.unknown_since.or(Some(now));
        let kept_ms = i64::try_from(kept.as_millis()).unwrap_or(i64::MAX);
        // A time that lies ahead says that the clock was set back: nobody knows how old that is.
        let old = |at: Time| !(-CLOCK_STEP_MS..kept_ms).contains(&now.since_ms(at));
        if seen.at.is_none_or(old) {
            seen.sessions.clear();
        }
        *held = Arc::new(seen);
    }
}

impl Seen {
    /// What is offered to a person.
    pub fn of(&self, person: PersonId) -> impl Iterator<Item = &Sighting> {
        self.sessions
            .iter()
            .filter(move |s| s.matched.people.contains_key(&person))
    }

    /// One by its key.
    pub fn get(&self, key: &str) -> Option<&Sighting> {
        self.sessions.iter().find(|s| s.key == key)
    }
}

/// What a session is called in our addresses: BBB's own ids may be anything.
pub fn key_of(internal_id: &str) -> String {
    amphi_events::Key::of(&["elsewhere", internal_id]).hex()[..20].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sighting(internal: &str) -> Sighting {
        Sighting {
            key: key_of(internal),
            room: ForeignRoom {
                id: "room".into(),
                create_time: 5,
                internal_id: internal.to_owned(),
            },
            name: "Optics".into(),
            moderators: vec![],
            people: 1,
            breakouts: false,
            recorded: false,
            matched: Matched::default(),
        }
    }

    /// Census §10.6: an error of BBB left an empty list, and so stopped every live.
    #[test]
    fn an_error_is_unknown_and_what_was_seen_stays_until_its_names_are_too_old() {
        let (board, hour) = (Board::default(), Duration::from_hours(1));
        board.unknown(Time(1_000), hour);
        assert!(board.seen().sessions.is_empty() && board.seen().unknown_since == Some(Time(1_000)));
        board.found(vec![sighting("one")], Time(10_000));
        assert_eq!((board.seen().unknown_since, board.seen().sessions.len()), (None, 1));
        board.unknown(Time(20_000), hour);
        board.unknown(Time(30_000), hour);
        let seen = board.seen();
        assert_eq!(
            (seen.at, seen.unknown_since, seen.sessions.len()),
            (Some(Time(10_000)), Some(Time(20_000)), 1)
        );
        assert!(seen.get(&key_of("one")).is_some() && seen.get(&key_of("two")).is_none());
        board.unknown(Time(10_000 + 3_600_000), hour);
        assert!(board.seen().sessions.is_empty());
        // An hour that nobody can tell.
        board.found(vec![sighting("one")], Time(10_000_000));
        board.unknown(Time(1_000_000), hour);
        assert!(board.seen().sessions.is_empty());
        // BBB says that there is none: that is sure.
        board.found(vec![sighting("one")], Time(10_000));
        board.found(vec![], Time(11_000));
        assert!(board.seen().sessions.is_empty());
    }
}
