//! What a room remembers, as one sequence: blocks of older items, then the ring of the newest ones. Catch-up and live
//! are one walk over it.
//!
//! Why there is no seam: the blocks and the ring are contiguous half-open intervals of the log, `(floor, …] … (…, base]`
//! and then `(base, head]`. The ring never forgets: what leaves it becomes a block. A walker in the blocks moves by
//! position, from the end of a block to the start of the next, and steps into the ring exactly at `base`; one in the
//! ring moves by sequence number, and if the ring has gone on without it, falls back to the position it had reached,
//! which a block covers. So nothing is skipped or told twice, however slow the socket is.
//!
//! Items are shown as they are *now*: a removal or a new status rewrites the line here before its own frame is appended,
//! and drops older statuses of the same line. Who joins later never sees what was taken away.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use amphi_events::envelope::Position;
use amphi_events::ids::{MessageId, PersonId};
use bytes::Bytes;

use crate::block::{Block, Edit, Rewritten, rewrite};
use crate::wire::{self, Line, Status};

/// Frames in the ring.
pub(crate) const RING: usize = 4_096;
/// Items in a block: few, because a reader that doesn't read holds what it was given last, and there may be many such.
pub(crate) const BLOCK: usize = 64;
/// Blocks kept behind the ring; who is further behind starts anew.
pub(crate) const KEPT: usize = 128;
/// A walk through the ring gives about so many bytes at a time, for the same reason.
const STRETCH: usize = 16 << 10;
/// Most lines in a full state.
pub(crate) const LAST: usize = 200;
/// Most bytes of them: two hundred long lines are half a megabyte, which ten thousand readers that don't read would each hold.
const LAST_BYTES: usize = 40 << 10;
/// Sizes; tests take small ones.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub ring: usize,
    pub block: usize,
    pub kept: usize,
    pub last: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            ring: RING,
            block: BLOCK,
            kept: KEPT,
            last: LAST,
        }
    }
}

/// One thing that a client hears of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    Line(Line),
    Status {
        ids: Vec<MessageId>,
        status: Status,
    },
    Removed {
        ids: Vec<MessageId>,
    },
    /// The state's fields as JSON; only the newest counts.
    State(Arc<str>),
    /// How many watch; only the newest counts.
    Viewers(u32),
    /// Was something that no longer counts.
    Gone,
}

struct Entry {
    position: Position,
    item: Item,
    frame: Option<Bytes>,
}

/// Where a socket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cursor {
    /// Has everything up to here; `owes_state`: it fell out of the ring and may have missed a state.
    History { at: Position, owes_state: bool },
    /// Reads the ring from this number on; has everything up to `at`.
    Ring { next: u64, at: Position },
}

impl Cursor {
    /// Of a client that has everything up to `at`.
    pub(crate) const fn at(at: Position) -> Self {
        Self::History { at, owes_state: false }
    }
}

/// What a walker finds.
#[derive(Debug)]
pub(crate) enum Step {
    /// These, in this order; then it stands there.
    Frames(Vec<Bytes>, Cursor),
    /// Nothing more, for now.
    Idle(Cursor),
    /// Items before this position are not in memory: load them and step again.
    Load(Position),
    /// Further behind than what is kept.
    Reset,
}

/// Entries of the ring as bytes for everybody who has all before them. Lines that follow each other are one frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Batch {
    /// Number of its first entry.
    pub from: u64,
    /// Number of the entry after it.
    pub to: u64,
    /// Position of its last entry.
    pub at: Position,
    pub bytes: Bytes,
}

/// See the module.
pub(crate) struct Journal {
    sizes: Sizes,
    blocks: VecDeque<Block>,
    /// Everything after it is in `blocks` and `ring`.
    floor: Position,
    /// There is nothing at or before `floor`.
    bottom: bool,
    /// The ring holds what comes after it.
    base: Position,
    head: Position,
    /// Number of `ring[0]`.
    first: u64,
    ring: VecDeque<Entry>,
    /// Changes made while a block is being loaded; the block may have been read before they were.
    edits: Option<Vec<Edit>>,
    /// Lines of a full state, until something changes.
    last: Option<Bytes>,
    /// The batch made last, until something changes: a room's writers want the same one.
    batch: Option<Batch>,
    state: Arc<str>,
    /// The state for who may have missed one, and the position that its frame names.
    owed: Option<(Position, Bytes)>,
    encoded: Arc<AtomicU64>,
}

impl Journal {
    /// A journal that goes on after `base`; what is before is loaded when somebody asks.
    pub(crate) fn new(base: Position, state: Arc<str>, sizes: Sizes, encoded: Arc<AtomicU64>) -> Self {
        Self {
            sizes,
            blocks: VecDeque::new(),
            floor: base,
            bottom: base == Position(0),
            base,
            head: base,
            first: 0,
            ring: VecDeque::new(),
            edits: None,
            last: None,
            batch: None,
            state,
            owed: None,
            encoded,
        }
    }

    /// Position of the newest item.
    pub(crate) const fn head(&self) -> Position {
        self.head
    }

    /// Number of the entry that comes next.
    pub(crate) fn next(&self) -> u64 {
        self.first + self.ring.len() as u64
    }

    /// Appends. Rewrites first, so that nobody can read the old text after the frame that took it away went out.
    pub(crate) fn push(&mut self, position: Position, item: Item) {
        // State and viewers come from beside the stream of lines: they stand at the newest position.
        let position = position.max(self.head);
        self.batch = None;
        match &item {
            Item::Status { ids, status } => {
                for id in ids {
                    self.edit(Edit {
                        id: *id,
                        status: Some(*status),
                    });
                }
            }
            Item::Removed { ids } => {
                for id in ids {
                    self.edit(Edit { id: *id, status: None });
                }
            }
            Item::State(fields) => {
                self.state = fields.clone();
                self.owed = None;
                self.supersede(|i| matches!(i, Item::State(_)));
            }
            Item::Viewers(_) => self.supersede(|i| matches!(i, Item::Viewers(_))),
            Item::Line(_) => self.last = None,
            Item::Gone => {}
        }
        self.head = position;
        self.ring.push_back(Entry {
            position,
            item,
            frame: None,
        });
        if self.ring.len() >= self.sizes.ring + self.sizes.block {
            self.retire();
        }
    }

    fn supersede(&mut self, same: impl Fn(&Item) -> bool) {
        if let Some(entry) = self.ring.iter_mut().rev().find(|e| same(&e.item)) {
            entry.item = Item::Gone;
            entry.frame = None;
        }
    }

    fn edit(&mut self, edit: Edit) {
        #[cfg(test)]
        if edit.status.is_none() && crate::defect::is(crate::defect::Defect::RemovalNotApplied) {
            return;
        }
        self.last = None;
        self.batch = None;
        if let Some(edits) = &mut self.edits {
            edits.push(edit);
        }
        // From the newest back to the line itself: statuses stand after their line, and most lines get theirs soon.
        for entry in self.ring.iter_mut().rev() {
            match rewrite(&mut entry.item, edit) {
                Rewritten::No => {}
                Rewritten::Piece => entry.frame = None,
                Rewritten::TheLine => {
                    entry.frame = None;
                    return;
                }
            }
        }
        for block in self.blocks.iter_mut().rev() {
            if block.edit(edit) {
                return;
            }
        }
    }

    /// The oldest of the ring become a block.
    fn retire(&mut self) {
        let mut items = Vec::with_capacity(self.sizes.block);
        let (mut end, mut state) = (self.base, false);
        for entry in self.ring.drain(..self.sizes.block) {
            end = entry.position;
            // Blocks hold none: the newest counts alone, and who walks through here is told it at the end of the walk.
            state |= matches!(entry.item, Item::State(_));
            if matches!(entry.item, Item::Line(_) | Item::Status { .. } | Item::Removed { .. }) {
                items.push((entry.position, entry.item));
            }
        }
        self.first += self.sizes.block as u64;
        self.blocks.push_back(Block::new(self.base, end, items, state));
        self.base = end;
        while self.blocks.len() > self.sizes.kept {
            self.blocks.pop_front();
            self.bottom = false;
            self.floor = self.blocks.front().map_or(self.base, |b| b.start);
        }
    }

    /// The next stretch for a walker; at most `most` frames of the ring, or one block.
    pub(crate) fn step(&mut self, cursor: Cursor, most: usize) -> Step {
        let (at, owes_state) = match cursor {
            Cursor::Ring { next, at } if next >= self.first => return self.step_ring(next, at, most),
            // The ring went on without this socket; a block covers what it missed.
            Cursor::Ring { at, .. } => (at, true),
            Cursor::History { at, owes_state } => (at, owes_state),
        };
        if at >= self.base {
            let skip = self.ring.partition_point(|e| e.position <= at);
            // A state that came from beside stands at the position of the last line, and so do outcomes that waited until it was known whose
            // they are, and lines of who was erased. Who was told everything up to there may not have been told them: they came between
            // their `hello` and this step. Told twice they do no harm.
            let there = self.ring.iter().take(skip).rev().take_while(|e| e.position == at);
            let beside = |item: &Item| matches!(item, Item::State(_) | Item::Status { .. } | Item::Removed { .. });
            let behind = there.enumerate().filter(|(_, e)| beside(&e.item));
            let skip = skip - behind.last().map_or(0, |(n, _)| n + 1);
            let next = self.first + skip as u64;
            #[cfg(test)]
            let next = next + u64::from(crate::defect::is(crate::defect::Defect::SeamDropped));
            if owes_state {
                return Step::Frames(vec![self.owed(at)], Cursor::Ring { next, at });
            }
            return self.step_ring(next, at, most);
        }
        if at < self.floor && !self.bottom {
            return if self.blocks.len() >= self.sizes.kept {
                Step::Reset
            } else {
                Step::Load(self.floor)
            };
        }
        let n = self.blocks.partition_point(|b| b.end <= at);
        let Some(block) = self.blocks.get_mut(n) else {
            // Only where there is nothing at all before the ring.
            return Step::Frames(
                vec![],
                Cursor::History {
                    at: self.base,
                    owes_state,
                },
            );
        };
        let (frames, upto) = block.frames(at, &self.encoded);
        Step::Frames(
            frames,
            Cursor::History {
                at: upto,
                owes_state: owes_state || block.state,
            },
        )
    }

    /// The state as a frame that moves nobody back: the ring's own names an older position. Most who need it come from the blocks, to the
    /// same position.
    fn owed(&mut self, at: Position) -> Bytes {
        match &self.owed {
            Some((upto, frame)) if *upto == at => frame.clone(),
            _ => {
                self.encoded.fetch_add(1, Ordering::Relaxed);
                let frame = wire::state(at, &self.state);
                self.owed = Some((at, frame.clone()));
                frame
            }
        }
    }

    fn step_ring(&mut self, next: u64, mut at: Position, most: usize) -> Step {
        let skip = (next - self.first) as usize;
        if skip >= self.ring.len() {
            return Step::Idle(Cursor::Ring { next, at });
        }
        let mut frames = Vec::new();
        let (mut passed, mut size) = (0, 0);
        for entry in self.ring.iter_mut().skip(skip).take(most) {
            passed += 1;
            at = at.max(entry.position);
            #[cfg(test)]
            if matches!(entry.item, Item::Viewers(_)) && crate::defect::is(crate::defect::Defect::CursorByViewers) {
                passed += 1;
                break;
            }
            if let Some(frame) = entry.frame(&self.encoded) {
                size += frame.len();
                frames.push(frame);
            }
            if size >= STRETCH {
                break;
            }
        }
        Step::Frames(
            frames,
            Cursor::Ring {
                next: next + passed,
                at,
            },
        )
    }

    /// What stands in the ring from this number on, up to about [`STRETCH`] bytes; `None`: nothing does. A number that has left the
    /// ring counts as the ring's first: who stands there is behind, and walks by itself.
    pub(crate) fn batch(&mut self, from: u64) -> Option<Batch> {
        let from = from.max(self.first);
        if let Some(batch) = self.batch.as_ref().filter(|b| b.from == from) {
            return Some(batch.clone());
        }
        let skip = (from - self.first) as usize;
        let (mut bytes, mut lines) = (Vec::new(), Vec::<&Line>::new());
        let (mut to, mut at, mut size) = (from, self.head, 0);
        let flush = |bytes: &mut Vec<u8>, lines: &mut Vec<&Line>, at: Position| {
            if !lines.is_empty() {
                bytes.extend_from_slice(&wire::messages(at, lines.drain(..)));
            }
        };
        for entry in self.ring.iter_mut().skip(skip) {
            if size >= STRETCH {
                break;
            }
            if !matches!(entry.item, Item::Line(_)) {
                flush(&mut bytes, &mut lines, at);
                if let Some(frame) = entry.frame(&self.encoded) {
                    size += frame.len();
                    bytes.extend_from_slice(&frame);
                }
            }
            to += 1;
            at = entry.position;
            #[cfg(test)]
            if matches!(entry.item, Item::Viewers(_)) && crate::defect::is(crate::defect::Defect::CursorByViewers) {
                to += 1;
                break;
            }
            if let Item::Line(line) = &entry.item {
                size += line.size();
                lines.push(line);
            }
        }
        flush(&mut bytes, &mut lines, at);
        if to == from {
            return None;
        }
        let batch = Batch {
            from,
            to,
            at,
            bytes: bytes.into(),
        };
        self.batch = Some(batch.clone());
        Some(batch)
    }

    /// The block before `floor` is about to be read from the read model: from now on changes are remembered until it
    /// is here. `false`: it is here already, or nothing is before it.
    pub(crate) fn begin_load(&mut self, floor: Position) -> bool {
        let wanted = floor == self.floor && !self.bottom;
        if wanted {
            self.edits = Some(Vec::new());
        }
        wanted
    }

    /// The read failed.
    pub(crate) fn abort_load(&mut self) {
        self.edits = None;
    }

    /// Items of `(start, floor]`, in order; `start` 0: there is nothing before. It is said and not taken from the
    /// first item, because a page whose lines were all taken away has no items, and more may be before it.
    pub(crate) fn end_load(&mut self, floor: Position, items: Vec<(Position, Item)>, start: Position) {
        let edits = self.edits.take().unwrap_or_default();
        if floor != self.floor || self.bottom {
            return;
        }
        let mut block = Block::new(start, floor, items, false);
        // The read model may have been behind what the room knew before this load began: what was said of the block's lines further on
        // holds of them too, or a line that was taken away would be handed out again.
        let older = self.blocks.iter().flat_map(|b| b.items.iter().map(|(_, item)| item));
        for item in older.chain(self.ring.iter().map(|e| &e.item)) {
            let (ids, status) = match item {
                Item::Removed { ids } => (ids, None),
                Item::Status { ids, status } => (ids, Some(*status)),
                Item::Line(_) | Item::State(_) | Item::Viewers(_) | Item::Gone => continue,
            };
            for id in ids {
                block.edit(Edit { id: *id, status });
            }
        }
        for edit in edits {
            block.edit(edit);
        }
        self.floor = start;
        self.bottom = start == Position(0);
        if block.end > block.start {
            self.blocks.push_front(block);
        }
        self.last = None;
    }

    /// The newest lines as JSON separated by commas, for a full state; `Err(floor)`: there may be more in the block
    /// before `floor`, load it first.
    pub(crate) fn last(&mut self) -> Result<Bytes, Position> {
        if let Some(last) = &self.last {
            return Ok(last.clone());
        }
        let newest_first = self.ring.iter().rev().map(|e| &e.item).chain(
            self.blocks
                .iter()
                .rev()
                .flat_map(|b| b.items.iter().rev().map(|(_, i)| i)),
        );
        let (mut lines, mut size, mut full) = (Vec::<&Line>::new(), 0, false);
        for item in newest_first {
            let Item::Line(line) = item else { continue };
            size += line.size();
            full = lines.len() == self.sizes.last || size > LAST_BYTES;
            if full {
                break;
            }
            lines.push(line);
        }
        full |= lines.len() == self.sizes.last;
        if !full && !self.bottom && self.blocks.len() < self.sizes.kept {
            return Err(self.floor);
        }
        lines.reverse();
        let mut out = String::new();
        wire::put_lines(&mut out, lines.into_iter());
        let last = Bytes::from(out);
        self.last = Some(last.clone());
        Ok(last)
    }

    /// The lines of a person.
    pub(crate) fn of(&self, person: PersonId) -> Vec<MessageId> {
        let items = self
            .blocks
            .iter()
            .flat_map(|b| b.items.iter().map(|(_, i)| i))
            .chain(self.ring.iter().map(|e| &e.item));
        items
            .filter_map(|i| {
                if let Item::Line(l) = i {
                    (l.author == Some(person)).then_some(l.id)
                } else {
                    None
                }
            })
            .collect()
    }

    /// Whether the line of this position is shown here.
    pub(crate) fn shows(&self, at: Position, id: MessageId) -> bool {
        let is = |i: &Item| matches!(i, Item::Line(line) if line.id == id);
        if at > self.base {
            // What came from beside stands at the position of the line before it.
            let first = self.ring.partition_point(|e| e.position < at);
            let there = self.ring.iter().skip(first).take_while(|e| e.position == at);
            return there.map(|e| &e.item).any(is);
        }
        let n = self.blocks.partition_point(|b| b.end < at);
        self.blocks.get(n).is_some_and(|b| b.item(at).is_some_and(is))
    }
}

impl Entry {
    fn frame(&mut self, encoded: &AtomicU64) -> Option<Bytes> {
        if self.frame.is_none() {
            if let Item::Line(line) = &self.item {
                // Put together, not encoded: that was done, and counted, when the line came.
                self.frame = Some(wire::messages(self.position, std::iter::once(line)));
                return self.frame.clone();
            }
            self.frame = Some(match &self.item {
                Item::Status { ids, status } => wire::status(self.position, ids, *status),
                Item::Removed { ids } => wire::removed(self.position, ids),
                Item::State(fields) => wire::state(self.position, fields),
                Item::Viewers(count) => wire::Server::Viewers { count: *count }.frame(),
                Item::Line(_) | Item::Gone => return None,
            });
            encoded.fetch_add(1, Ordering::Relaxed);
        }
        self.frame.clone()
    }
}
