//! BigBlueButton as far as rooms go, well or not: `create`, `end`, `getMeetingInfo` and `hooks/create` (bbb-contract §2, §5.1).

use std::collections::BTreeMap;

use amphi_events::Time;
use tokio::sync::Notify;

use super::machines::{HANGS, Said};

/// A room that is ended is gone so many milliseconds later.
const DIES_MS: i64 = 4_000;
/// The first room was made then; each has a time of its own, whatever becomes of the clock.
const FIRST_MS: i64 = 1_700_000_000_000;

/// How BBB answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BbbMood {
    /// As it should.
    #[default]
    Well,
    /// 502 and a page, as nginx says while bbb-web restarts; nothing happens.
    Refusing,
    /// Connections are cut before anything happens.
    Silent,
    /// 200, and what is no answer.
    Garbled,
    /// A well-formed refusal: its secret was changed.
    Denying,
}

/// How its next `create` goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NextCreate {
    /// As it should.
    #[default]
    Well,
    /// The room is made, and the answer never comes.
    Lost,
    /// The room is made, and the program that asked dies before it hears so.
    KillsUs,
}

/// A room.
#[derive(Debug)]
pub struct Room {
    /// Its `createTime`.
    pub created: i64,
    dies_at: Option<Time>,
}

/// All of it.
#[derive(Debug, Default)]
pub struct Bbb {
    pub mood: BbbMood,
    pub next: NextCreate,
    rooms: BTreeMap<String, Room>,
    made: i64,
}

impl Bbb {
    /// The room of that id, unless it is being ended.
    pub fn room(&self, id: &str) -> Option<&Room> {
        self.rooms.get(id).filter(|r| r.dies_at.is_none())
    }

    /// How many there are, dying ones as well.
    pub fn rooms(&self) -> usize {
        self.rooms.len()
    }

    /// The last moderator left the `n`th of them, and it is gone.
    pub fn loses(&mut self, n: usize) {
        let nth = n.checked_rem(self.rooms.len()).and_then(|n| self.rooms.keys().nth(n));
        if let Some(id) = nth.cloned() {
            self.rooms.remove(&id);
        }
    }

    pub(super) fn settle(&mut self, now: Time) {
        self.rooms.retain(|_, room| room.dies_at.is_none_or(|at| now < at));
    }

    /// The answer to a call; `None`: the connection is cut.
    pub(super) fn said(&mut self, call: &str, id: &str, robots: &[String], now: Time, kill: &Notify) -> Said {
        match self.mood {
            BbbMood::Well => {}
            BbbMood::Refusing => return Some((502, "<html>bad gateway</html>".to_owned())),
            BbbMood::Silent => return None,
            BbbMood::Garbled => return Some((200, "<html>It works!</html>".to_owned())),
            BbbMood::Denying => return Some((200, failed("checksumError"))),
        }
        match call {
            "create" => {
                let known = self.rooms.contains_key(id);
                if !known {
                    self.made += 1;
                    let created = FIRST_MS + self.made;
                    self.rooms.insert(id.to_owned(), Room { created, dies_at: None });
                }
                match std::mem::take(&mut self.next) {
                    NextCreate::Well => {}
                    NextCreate::Lost => return None,
                    NextCreate::KillsUs => {
                        kill.notify_one();
                        return Some((200, HANGS.to_owned()));
                    }
                }
                let key = if known { "duplicateWarning" } else { "" };
                let created = self.rooms[id].created;
                Some((
                    200,
                    success(&format!("<messageKey>{key}</messageKey>{}", identity(created))),
                ))
            }
            "end" | "getMeetingInfo" if !self.rooms.contains_key(id) => Some((200, failed("notFound"))),
            "end" => {
                if let Some(room) = self.rooms.get_mut(id) {
                    room.dies_at.get_or_insert(now.plus_ms(DIES_MS));
                }
                Some((200, success("<messageKey>sentEndMeetingRequest</messageKey>")))
            }
            "getMeetingInfo" => {
                let room = &self.rooms[id];
                let people: String = robots.iter().map(|user| attendee(user)).collect();
                let ended = room.dies_at.is_some();
                Some((
                    200,
                    success(&format!(
                        "{}<running>{}</running><hasBeenForciblyEnded>{ended}</hasBeenForciblyEnded><attendees>{people}</attendees>",
                        identity(room.created),
                        !robots.is_empty(),
                    )),
                ))
            }
            "hooks/create" => Some((200, success("<hookID>1</hookID>"))),
            _ => Some((200, failed("unsupportedRequest"))),
        }
    }
}

fn identity(created: i64) -> String {
    format!("<internalMeetingID>i-{created}</internalMeetingID><createTime>{created}</createTime>")
}

fn attendee(user: &str) -> String {
    format!("<attendee><userID>{user}</userID><fullName>Live</fullName><role>VIEWER</role></attendee>")
}

fn success(inner: &str) -> String {
    format!("<response><returncode>SUCCESS</returncode>{inner}</response>")
}

fn failed(key: &str) -> String {
    format!("<response><returncode>FAILED</returncode><messageKey>{key}</messageKey><message>no</message></response>")
}
