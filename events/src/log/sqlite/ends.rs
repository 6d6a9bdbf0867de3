//! The ends of streams, remembered.

use std::collections::HashMap;

use crate::envelope::StreamName;
use crate::log::judge::Head;

/// Streams whose ends are kept in memory, twice over (see [`Ends`]).
const ENDS: usize = 20_000;

/// Ends of the streams written or asked for last, in two generations: what is used moves to the young one, and
/// when that is full the old one is dropped. Bounded, and near enough to least-recently-used.
#[derive(Default)]
pub(super) struct Ends {
    young: HashMap<StreamName, Option<Head>>,
    old: HashMap<StreamName, Option<Head>>,
}

impl Ends {
    /// Outer `None`: not remembered; inner: known to have no event.
    #[expect(clippy::option_option, reason = "two questions: is it remembered, and has it an end")]
    pub fn get(&mut self, stream: &StreamName) -> Option<Option<Head>> {
        if let Some(head) = self.young.get(stream) {
            return Some(*head);
        }
        let head = self.old.remove(stream)?;
        self.put(stream.clone(), head);
        Some(head)
    }

    pub fn put(&mut self, stream: StreamName, head: Option<Head>) {
        if self.young.len() >= ENDS {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(stream, head);
    }

    /// Of a reader that came to the end of a stream. What the writer has put since is newer.
    pub fn note(&mut self, stream: &StreamName, head: Head) {
        if !self.young.contains_key(stream) && !self.old.contains_key(stream) {
            self.put(stream.clone(), Some(head));
        }
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
