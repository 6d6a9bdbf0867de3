//! A block: a stretch of a room's history behind the ring, encoded once for all who walk through it.

use std::sync::Arc;

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
    pub whole: Option<Arc<[Bytes]>>,
}

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
    /// Whether the line was in this block.
    pub(crate) fn edit(&mut self, edit: Edit) -> bool {
        let mut found = false;
        for (_, item) in self.items.iter_mut().rev() {
            match rewrite(item, edit) {
                Rewritten::No => {}
                Rewritten::Piece => self.whole = None,
                Rewritten::TheLine => {
                    self.whole = None;
                    found = true;
                    break;
                }
            }
        }
        found
    }

    /// Frames for a client that has everything up to `at`, which lies in this block.
    pub(crate) fn frames(&mut self, at: Position) -> Vec<Bytes> {
        if at > self.start {
            return self.put(at);
        }
        if self.whole.is_none() {
            self.whole = Some(self.put(self.start).into());
        }
        self.whole.as_ref().map(|w| w.to_vec()).unwrap_or_default()
    }

    /// Removals and statuses first: told again after a broken connection they do no harm, so they needn't move the
    /// client. Lines must not be told twice, so each frame of lines moves the client to its last line, and the
    /// last frame of all to the end of the block.
    fn put(&self, at: Position) -> Vec<Bytes> {
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
                match piece {
                    Piece::Removed(ids) => wire::removed(if last { self.end } else { at }, ids),
                    Piece::Status(s, ids) => wire::status(if last { self.end } else { at }, ids, *s),
                    Piece::Lines(lines) => {
                        let end = lines.last().map_or(at, |(p, _)| *p);
                        wire::messages(if last { self.end } else { end }, lines.iter().map(|(_, l)| *l))
                    }
                }
            })
            .collect()
    }
}
