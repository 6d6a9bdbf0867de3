//! One client's way through the log, frame by frame: what it has, and what it may be told next.

use std::collections::{BTreeMap, HashMap, HashSet};

use amphi_events::ids::MessageId;

use super::Rules;
use crate::breach::Breach;
use crate::history::{Client, History, Line, Record, Status, What};
use crate::log::{Log, LogLine};

/// When anybody was first told that a line was taken away, in the order of all clients.
pub(super) fn first_told(history: &History) -> HashMap<MessageId, u64> {
    let mut told = HashMap::new();
    for record in history.clients.iter().flat_map(|c| &c.records) {
        if let What::Removed { ids, .. } = &record.what {
            for id in ids {
                let first = told.entry(*id).or_insert(record.order);
                *first = record.order.min(*first);
            }
        }
    }
    told
}

/// What the log holds at a position, for failures.
pub(super) fn held(line: Option<&LogLine>) -> String {
    line.map_or_else(|| "no line".to_owned(), |l| format!("{:?} ({})", l.text, l.id))
}

/// See the module.
pub(super) struct Walk<'a> {
    client: &'a Client,
    log: &'a Log,
    told: &'a HashMap<MessageId, u64>,
    rules: Rules,
    breaches: Vec<Breach>,
    epoch: Option<&'a str>,
    /// It was told that it has everything up to here.
    upto: Option<u64>,
    /// Its full state began after this position: of what is before it shows nothing.
    floor: u64,
    /// What it shows, by position.
    shows: BTreeMap<u64, (MessageId, Status)>,
    /// The same by id.
    positions: HashMap<MessageId, u64>,
    /// What it was told to be taken away.
    gone: HashSet<MessageId>,
    /// It asked for a connection, ever.
    came: bool,
    // Of the connection that it has.
    opened: u64,
    asked: Option<&'a (u64, String)>,
    greeted: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(client: &'a Client, log: &'a Log, told: &'a HashMap<MessageId, u64>, rules: Rules) -> Self {
        Self {
            client,
            log,
            told,
            rules,
            breaches: Vec::new(),
            epoch: None,
            upto: None,
            floor: 0,
            shows: BTreeMap::new(),
            positions: HashMap::new(),
            gone: HashSet::new(),
            came: false,
            opened: 0,
            asked: None,
            greeted: false,
        }
    }

    pub(super) fn walk(mut self) -> Vec<Breach> {
        for record in &self.client.records {
            self.step(record);
        }
        self.end();
        self.breaches
    }

    fn name(&self) -> String {
        self.client.name.clone()
    }

    fn step(&mut self, record: &'a Record) {
        let order = record.order;
        let of_the_room = matches!(
            record.what,
            What::Messages { .. } | What::Fate { .. } | What::Removed { .. } | What::State { .. } | What::Mine { .. }
        );
        if of_the_room && !self.greeted {
            let client = self.name();
            self.breaches.push(Breach::BeforeHello { client, order });
        }
        match &record.what {
            What::Opening { after } => {
                (self.opened, self.asked, self.greeted, self.came) = (order, after.as_ref(), false, true);
            }
            What::Hello {
                epoch,
                upto,
                reset,
                lines,
                ..
            } => self.hello(record, epoch, *upto, *reset, lines),
            What::Messages { upto, lines } => {
                let mut after = self.upto.unwrap_or_default();
                for line in lines {
                    self.line(record, line, &mut after, *upto);
                }
                self.moves(record, *upto);
            }
            What::Fate { upto, ids, status } => {
                for id in ids {
                    let Some((_, last)) = self.positions.get(id).and_then(|p| self.shows.get_mut(p)) else {
                        // Of a line that it has no more, or never had.
                        continue;
                    };
                    if *status == Status::Strange || !last.may_become(*status) {
                        self.breaches.push(Breach::StatusBack {
                            client: self.client.name.clone(),
                            order,
                            id: *id,
                            last: *last,
                            next: *status,
                        });
                    }
                    *last = *status;
                }
                self.moves(record, *upto);
            }
            What::Removed { upto, ids } => {
                for id in ids {
                    if !self.log.removed.contains_key(id) {
                        let (client, id) = (self.name(), *id);
                        self.breaches.push(Breach::RemovalOfNothing { client, order, id });
                    }
                    self.gone.insert(*id);
                    if let Some(position) = self.positions.remove(id) {
                        self.shows.remove(&position);
                    }
                }
                self.moves(record, *upto);
            }
            What::State { upto } => self.moves(record, *upto),
            What::Garbled { what } => {
                let (client, what) = (self.name(), what.clone());
                self.breaches.push(Breach::Garbled { client, order, what });
            }
            What::Door { .. }
            | What::Post { .. }
            | What::Remove { .. }
            | What::Mine { .. }
            | What::Receipt { .. }
            | What::Refused { .. }
            | What::ComeBack
            | What::Other
            | What::Closed { .. } => {}
        }
    }

    fn hello(&mut self, record: &'a Record, epoch: &'a str, upto: u64, reset: bool, lines: &[Line]) {
        let (order, again) = (record.order, self.greeted);
        self.greeted = true;
        if again && !reset {
            let client = self.name();
            self.breaches.push(Breach::GreetedTwice { client, order });
        }
        if !again
            && !reset
            && let Some((after, of)) = self.asked
        {
            if *after == upto && of == epoch && lines.is_empty() {
                // Where it stands is known from here on, if it never was before.
                if self.upto.is_none() {
                    (self.epoch, self.upto, self.floor) = (Some(epoch), Some(upto), upto);
                }
                return;
            }
            self.breaches.push(Breach::ResetUnsaid {
                client: self.name(),
                order,
                had: format!("everything up to {after} in {of}"),
                given: format!("{} lines up to {upto} in {epoch}", lines.len()),
            });
        }
        if let Some(from) = self.upto
            && self.epoch == Some(epoch)
            && upto < from
        {
            self.back(order, from, upto);
        }
        self.epoch = Some(epoch);
        self.upto = Some(upto);
        self.shows.clear();
        self.positions.clear();
        let mut after = 0;
        for line in lines {
            self.line(record, line, &mut after, upto);
        }
        let first = lines.first().map_or(0, |l| l.position);
        self.floor = if lines.len() >= self.rules.full_state {
            first.saturating_sub(1)
        } else {
            0
        };
        self.whole(record, self.floor, upto);
    }

    /// A line is handed out; `after` is what the client had before it.
    fn line(&mut self, record: &Record, line: &Line, after: &mut u64, upto: u64) {
        let (client, order, position) = (self.name(), record.order, line.position);
        let twice = self.shows.get(&position).is_some_and(|(id, _)| *id == line.id);
        if twice {
            self.breaches.push(Breach::Twice {
                client: client.clone(),
                order,
                position,
            });
        } else if position <= *after {
            self.breaches.push(Breach::OutOfOrder {
                client: client.clone(),
                order,
                position,
                after: *after,
            });
        }
        if position > upto {
            self.breaches.push(Breach::BeyondUpto {
                client: client.clone(),
                order,
                position,
                upto,
            });
        }
        let stands = self.log.lines.get(&position);
        if !stands.is_some_and(|l| l.id == line.id && l.text == line.text) {
            self.breaches.push(Breach::NotInLog {
                client: client.clone(),
                id: line.id,
                position,
                text: line.text.to_string(),
                held: held(stands),
            });
        }
        if line.status == Status::Strange {
            self.breaches.push(Breach::StatusBack {
                client: client.clone(),
                order,
                id: line.id,
                last: Status::Posted,
                next: line.status,
            });
        }
        let known = if self.gone.contains(&line.id) {
            Some("it was told so itself before".to_owned())
        } else if self.told.get(&line.id).is_some_and(|first| *first < self.opened) {
            Some("somebody was told so before this connection was asked for".to_owned())
        } else {
            let removal = self.log.removed.get(&line.id);
            removal
                .filter(|r| r.position <= upto)
                .map(|r| format!("at {}, and this frame speaks of {upto}", r.position))
        };
        if let Some(known) = known {
            let text = line.text.to_string();
            self.breaches.push(Breach::HandedAgain {
                client,
                order,
                text,
                known,
            });
        }
        *after = (*after).max(position);
        self.shows.insert(position, (line.id, line.status));
        self.positions.insert(line.id, position);
    }

    fn back(&mut self, order: u64, from: u64, to: u64) {
        let client = self.name();
        self.breaches.push(Breach::WentBack {
            client,
            order,
            from,
            to,
        });
    }

    /// A frame says that the client has everything up to here.
    fn moves(&mut self, record: &Record, upto: u64) {
        let from = self.upto.unwrap_or_default();
        if upto < from {
            self.back(record.order, from, upto);
            return;
        }
        self.whole(record, from, upto);
        self.upto = Some(upto);
    }

    /// Nothing of `(from, upto]` may be missing: no line, unless it had been taken away when it was passed over, and no
    /// removal of something that is shown.
    fn whole(&mut self, record: &Record, from: u64, upto: u64) {
        if from >= upto {
            return;
        }
        let order = record.order;
        for (position, line) in self.log.lines.range(from + 1..=upto) {
            let there = self.shows.contains_key(position) || self.gone.contains(&line.id);
            // What was decided later than this was written down can't have been known when it was sent.
            let taken_away = |r: &crate::log::Removal| r.at_ms <= record.at_ms;
            if !there && !self.log.removed.get(&line.id).is_some_and(taken_away) {
                self.breaches.push(Breach::Missed {
                    client: self.client.name.clone(),
                    order,
                    upto,
                    position: *position,
                });
            }
        }
        for id in self.log.removals.range(from + 1..=upto).map(|(_, id)| id) {
            if let Some(position) = self.positions.get(id) {
                self.breaches.push(Breach::RemovalUntold {
                    client: self.client.name.clone(),
                    order,
                    upto,
                    position: *position,
                });
            }
        }
    }

    /// Who has everything shows what the log holds.
    fn end(&mut self) {
        let client = self.name();
        if !self.came {
            // Posts without a socket, and is shown nothing.
            return;
        }
        if self.upto.is_none_or(|at| at < self.log.last) {
            if self.rules.level {
                let (at, last) = (self.upto, self.log.last);
                self.breaches.push(Breach::NotLevel { client, at, last });
            }
            return;
        }
        let status_of = |id: &MessageId| self.log.statuses.get(id).copied().unwrap_or(Status::Posted);
        let living = self.log.lines.range(self.floor + 1..);
        let mut should: BTreeMap<u64, (MessageId, Status)> = living
            .filter(|(_, l)| !self.log.removed.contains_key(&l.id))
            .map(|(p, l)| (*p, (l.id, status_of(&l.id))))
            .collect();
        for (position, shown) in &self.shows {
            let held = should.remove(position);
            if held != Some(*shown) {
                self.breaches.push(Breach::Unlike {
                    client: client.clone(),
                    position: *position,
                    shown: format!("{shown:?}"),
                    held: format!("{held:?}"),
                });
            }
        }
        for (position, held) in should {
            self.breaches.push(Breach::Unlike {
                client: client.clone(),
                position,
                shown: "nothing".to_owned(),
                held: format!("{held:?}"),
            });
        }
    }
}
