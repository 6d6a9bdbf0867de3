//! Who was erased last: a page that was away then still shows their lines, and what it comes back for says nothing of them.
//!
//! Those who were there were told line by line. Everybody else is told to forget what they have: that happens once, costs a full state, and needs
//! no list of whose lines which page may hold.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use amphi_events::Recorded;
use amphi_events::envelope::Position;
use amphi_events::log::Filter;
use tokio::sync::OnceCell;

use crate::Hub;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Erasures {
    /// Whether the read models were asked for those before this hub began.
    asked: OnceCell<()>,
    last: AtomicU64,
}

impl Erasures {
    /// Somebody was erased, and everything up to there that was handed out may have lines of theirs.
    pub fn at(&self, position: Position) {
        self.last.fetch_max(position.0, Ordering::AcqRel);
    }
}

impl Hub {
    /// Whether a page that has everything up to there may show lines of somebody who was erased meanwhile. Where the read models can't say,
    /// it may: to forget is right in any case.
    pub(crate) async fn erased_since(&self, position: Position) -> bool {
        // Nothing is waited for: where the models are behind, the log itself says what they don't know yet.
        let asked = self.erasures.asked.get_or_try_init(|| async {
            let last = self.read.last_erasure().await.map_err(|e| e.to_string())?;
            self.erasures.at(last);
            let people = self.read.health().into_iter().find(|m| m.name == "people");
            let from = people.map_or(Position(0), |m| m.position);
            // Further on the tailer hears of it.
            for e in self.erased_between(from, self.began_at).await? {
                self.erasures.at(e.position);
            }
            Ok::<_, String>(())
        });
        if let Err(why) = asked.await {
            tracing::warn!(%why, "who was erased can't be read: whoever comes back is given everything anew");
            return true;
        }
        position.0 < self.erasures.last.load(Ordering::Acquire)
    }

    async fn erased_between(&self, after: Position, upto: Position) -> Result<Vec<Arc<Recorded>>, String> {
        let filter = Filter {
            stream_kinds: vec!["person".to_owned()],
            kinds: vec!["PersonErased".to_owned()],
            ..Filter::default()
        };
        self.read_between(filter, after, upto).await
    }
}
