//! Who may not come into a room. Known from the moment the room is in memory on, and changed by the tailer before it closes a socket:
//! whoever knocks meets the ban, or its closing finds their socket.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use amphi_events::chat::{self, Author, ChatEvent};
use amphi_events::envelope::Position;
use amphi_events::ids::PersonId;
use amphi_events::store::Place;
use amphi_events::{EventData as _, Recorded, Scope, Sealed};
use tokio::sync::OnceCell;

use crate::room::Room;
use crate::{CloseReason, Hub};

/// See the module. By pseudonym, as the log has it: nothing must be opened to know who stays outside.
#[derive(Default)]
pub(crate) struct Bans {
    /// The last word on each, and where it stands in the log.
    words: Mutex<HashMap<String, (Position, bool)>>,
    loaded: OnceCell<()>,
}

impl Bans {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, (Position, bool)>> {
        self.words.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the log says of somebody at a position. What is loaded and what the tailer brings may come in any order.
    pub(crate) fn said(&self, who: String, position: Position, banned: bool) {
        let mut words = self.lock();
        let last = words.entry(who).or_insert((position, banned));
        if last.0 <= position {
            *last = (position, banned);
        }
    }

    fn any(&self) -> bool {
        self.lock().values().any(|(_, banned)| *banned)
    }

    fn has(&self, who: &str) -> bool {
        self.lock().get(who).is_some_and(|(_, banned)| *banned)
    }
}

impl Hub {
    /// What the log says of bans from a live's chat, for a room that is in memory already: what comes after this look the tailer brings.
    /// Where the read models are behind, the rest is read from the log itself, so that nobody slips in while they stand still.
    pub(crate) async fn load_bans(&self, room: &Room) -> Result<(), String> {
        let load = || async {
            let live = room.live;
            let seen = self.read.health().into_iter().find(|m| m.name == "bans");
            let seen = seen.map_or(Position(0), |m| m.position);
            for row in self.read.bans(live).await.map_err(|e| e.to_string())? {
                room.bans.said(row.who, row.position, true);
            }
            let kinds = ["ChatPersonBanned", "ChatPersonUnbanned"];
            let rest = self.between(chat::stream(live), &kinds, seen, self.log.head()).await?;
            for e in rest {
                match ChatEvent::decode(&e.event.kind, e.event.schema, &e.event.data) {
                    Ok(ChatEvent::ChatPersonBanned { who, .. }) => room.bans.said(who, e.position, true),
                    Ok(ChatEvent::ChatPersonUnbanned { who }) => room.bans.said(who, e.position, false),
                    Ok(_) => {}
                    Err(why) => return Err(why.to_string()),
                }
            }
            Ok(())
        };
        room.bans.loaded.get_or_try_init(load).await?;
        Ok(())
    }

    /// Whether this person is banned from the chat of a room.
    pub(crate) fn bans(&self, room: &Room, person: PersonId) -> bool {
        // Most rooms have no ban, and a pseudonym costs more than the question.
        room.bans.any()
            && self
                .keys
                .pseudonym(&Scope::chat(room.live), person)
                .is_ok_and(|who| room.bans.has(&who))
    }

    /// Somebody is banned: nobody comes in as them any more, and their open sockets in this live are closed.
    pub(crate) fn ban(&self, room: &Room, e: &Recorded, who: String, person: &Sealed<Author>) {
        // First: who comes in after the closing finds it set.
        room.bans.said(who, e.position, true);
        let at = Place {
            stream: &e.stream,
            event: e.event.id,
            field: "person",
        };
        match self.keys.open(&at, person) {
            Ok(author) => {
                if let Some(person) = author.and_then(|a| a.person) {
                    self.registry.close_person_in(room.live, person, CloseReason::Banned);
                }
                // Erased since: their sockets were closed with that.
            }
            Err(why) => {
                tracing::error!(%why, position = e.position.0, "whoever was banned can't be read: every socket of the live comes back");
                self.registry.close_live(room.live, CloseReason::Resume);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_in_the_log_counts_in_whichever_order_it_comes() {
        let bans = Bans::default();
        let said = |who: &str, at, banned| bans.said(who.to_owned(), Position(at), banned);
        assert!(!bans.any());
        // The tailer was quicker than the load.
        said("a", 7, false);
        said("a", 5, true);
        assert!(!bans.has("a") && !bans.any());
        said("b", 5, true);
        said("b", 5, true);
        said("b", 3, false);
        assert!(bans.has("b") && bans.any() && !bans.has("c"));
        said("a", 9, true);
        assert!(bans.has("a"));
    }
}
