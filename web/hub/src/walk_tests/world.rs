//! What is true: the log, the read model, and how much of both the room was told.

use std::collections::{BTreeMap, HashSet};

use amphi_events::chat::AuthorKind;
use amphi_events::clock::Time;
use amphi_events::envelope::Position;
use amphi_events::ids::MessageId;
use bytes::Bytes;
use proptest::sample::Index;
use serde_json::Value;

use super::client::whole;
use crate::journal::{Item, Journal};
use crate::wire::{Line, Status};

pub(super) fn id(position: u64) -> MessageId {
    MessageId(ulid::Ulid::from_parts(
        1_700_000_000_000 + position,
        u128::from(position),
    ))
}

#[derive(Clone, Copy)]
pub(super) enum Happened {
    Line,
    Removed(u64),
    Status(u64, Status),
    State,
}

/// The log, the read model, and how much of them the room was told.
#[derive(Default)]
pub(super) struct World {
    pub head: u64,
    pub happened: Vec<(u64, Happened)>,
    pub told: usize,
    /// Lines as they are now: status, and whether they were taken away.
    pub lines: BTreeMap<u64, (Status, bool)>,
    /// Ids whose removal the room was told.
    pub gone: HashSet<String>,
    pub state: u64,
}

impl World {
    pub(super) fn happens(&mut self, gap: u64, what: Happened) {
        self.head += gap;
        match what {
            Happened::Line => {
                self.lines.insert(self.head, (Status::Posted, false));
            }
            Happened::Removed(at) => {
                self.lines.insert(at, (Status::Posted, true));
            }
            Happened::Status(at, status) => {
                self.lines.insert(at, (status, false));
            }
            Happened::State => {}
        }
        self.happened.push((self.head, what));
    }

    pub(super) fn shown(&self, which: Index) -> Option<u64> {
        let shown: Vec<u64> = self
            .lines
            .iter()
            .filter(|(_, (_, gone))| !gone)
            .map(|(at, _)| *at)
            .collect();
        (!shown.is_empty()).then(|| *which.get(&shown))
    }

    pub(super) fn tell(&mut self, journal: &mut Journal, most: usize) {
        for _ in 0..most {
            let Some((at, what)) = self.happened.get(self.told).copied() else {
                return;
            };
            self.told += 1;
            if let Happened::Removed(line) = what {
                self.gone.insert(id(line).to_string());
            }
            if matches!(what, Happened::State) {
                self.state = at;
            }
            journal.push(Position(at), item(at, what));
        }
    }

    /// Nothing that was taken away stands in what is made now.
    pub(super) fn is_fresh(&self, frames: &[Bytes]) {
        for frame in frames {
            let mut rest = frame.to_vec();
            while let Some((payload, left)) = whole(&rest) {
                let frame: Value = serde_json::from_slice(&payload).expect("JSON");
                for line in frame["messages"].as_array().into_iter().flatten() {
                    assert!(!self.gone.contains(line["id"].as_str().expect("an id")), "{line}");
                }
                rest.drain(..rest.len() - left);
            }
            assert!(rest.is_empty(), "half a frame");
        }
    }

    /// As `history.rs` answers it: lines as they are now, also those that the room was not told yet, and of each line its newest status
    /// only. (With an older one beside it a walker was told the newest first and the older one afterwards.)
    pub(super) fn before(&self, upto: u64, most: usize) -> (Vec<(Position, Item)>, Position) {
        let newest: Vec<u64> = self.lines.range(..=upto).map(|(at, _)| *at).rev().take(most).collect();
        let start = if newest.len() < most { 0 } else { newest[most - 1] - 1 };
        let inside = || self.happened.iter().filter(|(at, _)| *at > start && *at <= upto);
        let newest: BTreeMap<u64, u64> = inside()
            .filter_map(|(at, what)| match what {
                Happened::Status(line, _) => Some((*line, *at)),
                _ => None,
            })
            .collect();
        let items = inside().filter_map(|(at, what)| match what {
            Happened::Status(line, _) if newest[line] != *at => None,
            Happened::Line => {
                let (status, gone) = self.seen(*at, upto);
                (!gone).then(|| (Position(*at), Item::Line(line(*at, status))))
            }
            Happened::State => None,
            other => Some((Position(*at), item(*at, *other))),
        });
        (items.collect(), Position(start))
    }
}

impl World {
    /// A line as the read model has it that was waited for: it has everything up to `upto`, and by chance all that came since or nothing of it.
    fn seen(&self, line: u64, upto: u64) -> (Status, bool) {
        if upto.is_multiple_of(2) {
            return self.lines[&line];
        }
        let said = self.happened.iter().take_while(|(at, _)| *at <= upto);
        said.fold((Status::Posted, false), |seen, (_, what)| match what {
            Happened::Status(of, status) if *of == line => (*status, seen.1),
            Happened::Removed(of) if *of == line => (seen.0, true),
            _ => seen,
        })
    }
}

pub(super) fn line(at: u64, status: Status) -> Line {
    let text = format!("line {at}");
    Line::encode(
        Position(at),
        id(at),
        Time(0),
        "Ada",
        AuthorKind::Audience,
        &text,
        status,
    )
}

pub(super) fn item(at: u64, what: Happened) -> Item {
    match what {
        Happened::Line => Item::Line(line(at, Status::Posted)),
        Happened::Removed(line) => Item::Removed { ids: vec![id(line)] },
        Happened::Status(line, status) => Item::Status {
            ids: vec![id(line)],
            status,
        },
        Happened::State => Item::State(format!("{{\"n\":{at}}}").into()),
    }
}
