//! A block: a stretch of a room's history behind the ring, encoded once for all who walk through it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use amphi_events::envelope::Position;
use amphi_events::ids::MessageId;
use bytes::Bytes;

use crate::journal::Item;
use crate::wire::{self, Line, Status};

/// A frame of a block is cut when it has so many bytes: one large frame would stay allocated in the buffer of every
/// socket that it went through.
const CUT: usize = 16 * 1024;

/// Items of `(start, end]`.
pub(crate) struct Block {
    pub start: Position,
    pub end: Position,
    pub items: Vec<(Position, Item)>,
    /// A state left the ring with it, and is kept nowhere.
    pub state: bool,
    /// Its frames for those who have everything up to a position, as far as somebody asked: after a restart ten thousand clients come back
    /// with the same few.
    kept: Vec<(Position, Frames)>,
}

/// Frames, each with the position up to which it goes.
type Frames = Arc<[(Position, Bytes)]>;

/// Positions whose frames a block keeps.
const KEEPS: usize = 8;

/// What became of a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edit {
    pub id: MessageId,
    /// `None`: taken away.
    pub status: Option<Status>,
}

/// A frame of a block.
enum Piece<'a> {
    Removed(&'a [MessageId]),
    Status(Status, &'a [MessageId]),
    Lines(&'a [(Position, &'a Line)]),
}

/// What an edit met.
pub(crate) enum Rewritten {
    No,
    Piece,
    TheLine,
}

pub(crate) fn rewrite(item: &mut Item, edit: Edit) -> Rewritten {
    match item {
        Item::Line(line) if line.id == edit.id => {
            match edit.status {
                Some(status) => line.status = status,
                None => *item = Item::Gone,
            }
            Rewritten::TheLine
        }
        Item::Status { ids, .. } if ids.contains(&edit.id) => {
            ids.retain(|i| *i != edit.id);
            if ids.is_empty() {
                *item = Item::Gone;
            }
            Rewritten::Piece
        }
        _ => Rewritten::No,
    }
}

impl Block {
    pub(crate) fn new(start: Position, end: Position, items: Vec<(Position, Item)>, state: bool) -> Self {
        Self {
            start,
            end,
            items,
            state,
            kept: vec![],
        }
    }

    /// What stands at this position.
    pub(crate) fn item(&self, at: Position) -> Option<&Item> {
        let n = self.items.binary_search_by_key(&at, |(p, _)| *p).ok()?;
        self.items.get(n).map(|(_, item)| item)
    }

    /// Whether the line was in this block.
    pub(crate) fn edit(&mut self, edit: Edit) -> bool {
        let mut found = false;
        for (_, item) in self.items.iter_mut().rev() {
            match rewrite(item, edit) {
                Rewritten::No => {}
                Rewritten::Piece => self.kept.clear(),
                Rewritten::TheLine => {
                    self.kept.clear();
                    found = true;
                    break;
                }
            }
        }
        found
    }

    /// The next frames for a client that has everything up to `at`, which lies in this block, and where it stands with them: few, because a
    /// reader that doesn't read holds them. `encoded` counts what is put together for it.
    pub(crate) fn frames(&mut self, at: Position, encoded: &AtomicU64) -> (Vec<Bytes>, Position) {
        let at = at.max(self.start);
        // Who has come to the end of a frame goes on with those that were put together for its beginning.
        let held = self.kept.iter().find_map(|(start, frames)| {
            let ends = frames.partition_point(|(upto, _)| *upto <= at);
            let there = *start == at || ends.checked_sub(1).is_some_and(|n| frames[n].0 == at);
            there.then(|| (frames.clone(), if *start == at { 0 } else { ends }))
        });
        let (frames, from) = held.unwrap_or_else(|| {
            let frames: Frames = self.put(at).into();
            encoded.fetch_add(frames.len() as u64, Ordering::Relaxed);
            if self.kept.len() == KEEPS {
                self.kept.remove(0);
            }
            self.kept.push((at, frames.clone()));
            (frames, 0)
        });
        let mut some = Vec::new();
        for (moved, frame) in &frames[from..] {
            some.push(frame.clone());
            if *moved > at {
                return (some, *moved);
            }
        }
        // Nothing left in it counts.
        (some, self.end)
    }

    /// Removals and statuses first: told again after a broken connection they do no harm, so they needn't move the
    /// client. Lines must not be told twice, so each frame of lines moves the client to its last line, and the
    /// last frame of all to the end of the block.
    fn put(&self, at: Position) -> Vec<(Position, Bytes)> {
        let held = || self.items.iter().filter(|(p, _)| *p > at);
        let removed: Vec<MessageId> = held()
            .filter_map(|(_, i)| if let Item::Removed { ids } = i { Some(ids) } else { None })
            .flatten()
            .copied()
            .collect();
        let lines: Vec<(Position, &Line)> = held()
            .filter_map(|(p, i)| {
                if let Item::Line(line) = i {
                    Some((*p, line))
                } else {
                    None
                }
            })
            .collect();
        let statuses = [
            Status::Posted,
            Status::Relayed,
            Status::Unknown,
            Status::Late,
            Status::Failed,
        ]
        .map(|s| {
            let ids: Vec<MessageId> = held()
                .filter_map(|(_, i)| {
                    if let Item::Status { ids, status } = i {
                        (*status == s).then_some(ids)
                    } else {
                        None
                    }
                })
                .flatten()
                .copied()
                // A line that comes with this very block has its status in it.
                .filter(|id| !lines.iter().any(|(_, l)| l.id == *id))
                .collect();
            (s, ids)
        });
        let mut pieces = Vec::new();
        if !removed.is_empty() {
            pieces.push(Piece::Removed(&removed));
        }
        pieces.extend(
            statuses
                .iter()
                .filter(|(_, ids)| !ids.is_empty())
                .map(|(s, ids)| Piece::Status(*s, ids)),
        );
        let (mut from, mut size) = (0, 0);
        for (n, (_, line)) in lines.iter().enumerate() {
            size += line.size();
            if size >= CUT || n + 1 == lines.len() {
                pieces.push(Piece::Lines(&lines[from..=n]));
                (from, size) = (n + 1, 0);
            }
        }
        let count = pieces.len();
        pieces
            .iter()
            .enumerate()
            .map(|(n, piece)| {
                let last = n + 1 == count;
                let upto = match piece {
                    _ if last => self.end,
                    Piece::Removed(_) | Piece::Status(..) => at,
                    Piece::Lines(lines) => lines.last().map_or(at, |(p, _)| *p),
                };
                let frame = match piece {
                    Piece::Removed(ids) => wire::removed(upto, ids),
                    Piece::Status(s, ids) => wire::status(upto, ids, *s),
                    Piece::Lines(lines) => wire::messages(upto, lines.iter().map(|(_, l)| *l)),
                };
                (upto, frame)
            })
            .collect()
    }
}
