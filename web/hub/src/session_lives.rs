//! Which live a session belongs to. The tailer hears of sessions and relays by the session alone; what it can't place at once is asked of the
//! read models beside it, and waits there. Asked within the tailer, read models that stood still for two seconds stopped every chat of
//! the node for six.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use amphi_events::envelope::Position;
use amphi_events::ids::{LiveId, MessageId, SessionId};

use crate::Hub;
use crate::journal::Item;
use crate::room::Room;
use crate::wire::Status;

/// After the read models could not say.
const AGAIN: Duration = Duration::from_secs(1);
/// Most of one session's news that wait; beyond it the oldest are left out, and said in the program's own log.
const WAITING: usize = 10_000;
/// Sessions remembered before those of lives that nobody watches are forgotten.
const MANY: usize = 4_096;

/// What is told to a session's room.
#[derive(Debug, Clone)]
pub(crate) enum News {
    /// Its state may be another one.
    Changed,
    /// What became of lines.
    Fate(Vec<MessageId>, Status),
}

enum Answer {
    /// Of this live, or of none.
    Known(Option<LiveId>),
    /// Being asked; what came meanwhile, in order.
    Asking(Vec<(Position, News)>),
}

#[derive(Default)]
struct Inner {
    of: HashMap<SessionId, Answer>,
    /// Grows whenever a session's meeting may have got a live: an answer from before it counts no more.
    changes: u64,
}

/// See the module.
#[derive(Default)]
pub(crate) struct SessionLives {
    inner: Mutex<Inner>,
}

impl SessionLives {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Meetings and lives were changed: a session without a live may have one now.
    pub(crate) fn changed(&self) {
        let mut inner = self.lock();
        inner.changes += 1;
        inner.of.retain(|_, answer| !matches!(answer, Answer::Known(None)));
    }
}

impl Hub {
    /// A session is known to be of this live. What waited for that is told.
    pub(crate) fn session_of(self: &Arc<Self>, session: SessionId, live: LiveId) {
        let mut inner = self.session_lives.lock();
        let before = inner.of.insert(session, Answer::Known(Some(live)));
        if let Some(Answer::Asking(waiting)) = before {
            // Under the lock: what comes next must not overtake it.
            self.tell(Some(live), waiting);
        }
    }

    /// Tells a session's room, now or as soon as it is known which one that is.
    pub(crate) fn tell_session(self: &Arc<Self>, session: SessionId, position: Position, news: News) {
        {
            let mut rooms = self.rooms();
            rooms.handed = rooms.handed.max(position);
            // A room made later begins with all of this.
            if rooms.open.is_empty() {
                return;
            }
        }
        let mut inner = self.session_lives.lock();
        match inner.of.get_mut(&session) {
            Some(Answer::Known(live)) => {
                let live = *live;
                self.tell(live, vec![(position, news)]);
            }
            Some(Answer::Asking(waiting)) => {
                if waiting.len() == WAITING {
                    waiting.remove(0);
                    tracing::error!(%session, "what became of a line is left out: the live of its session can't be asked for");
                }
                waiting.push((position, news));
            }
            None => {
                if inner.of.len() >= MANY {
                    let open: Vec<LiveId> = self.rooms().open.keys().copied().collect();
                    inner.of.retain(|_, answer| {
                        matches!(answer, Answer::Asking(_))
                            || matches!(answer, Answer::Known(Some(l)) if open.contains(l))
                    });
                }
                inner.of.insert(session, Answer::Asking(vec![(position, news)]));
                drop(inner);
                let hub = self.clone();
                tokio::spawn(async move { hub.ask(session, position).await });
            }
        }
    }

    /// Asks until there is an answer, or somebody else had it.
    async fn ask(self: Arc<Self>, session: SessionId, position: Position) {
        loop {
            let changes = {
                let inner = self.session_lives.lock();
                if !matches!(inner.of.get(&session), Some(Answer::Asking(_))) {
                    return;
                }
                inner.changes
            };
            // The session may have begun with this very event: the read model must have seen it first.
            let answer = match self.read.wait(position, Hub::PATIENCE).await {
                Ok(()) => self.read.session(session).await.map_err(|e| e.to_string()),
                Err(behind) => Err(behind.to_string()),
            };
            match answer {
                Ok(row) => {
                    let live = row.and_then(|row| row.live);
                    let mut inner = self.session_lives.lock();
                    if live.is_none() && inner.changes != changes {
                        continue;
                    }
                    if let Some(Answer::Asking(waiting)) = inner.of.insert(session, Answer::Known(live)) {
                        self.tell(live, waiting);
                    }
                    return;
                }
                Err(why) => {
                    tracing::warn!(%why, %session, "the live of a session can't be asked for");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    fn tell(self: &Arc<Self>, live: Option<LiveId>, news: Vec<(Position, News)>) {
        let room: Option<Arc<Room>> = live.and_then(|live| self.rooms().open.get(&live).cloned());
        let Some(room) = room else { return };
        for (position, news) in news {
            match news {
                News::Changed => self.refresh(&room, position),
                // A room that was made meanwhile begins with it, and may know better by now.
                News::Fate(ids, status) if position > room.born => room.push(position, Item::Status { ids, status }),
                News::Fate(..) => {}
            }
        }
    }
}
