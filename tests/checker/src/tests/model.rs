//! A server and its clients, as the protocol allows them to be: histories without a breach, by a seed.

use std::collections::BTreeMap;

use amphi_events::ids::{MessageId, PersonId};
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{Rng as _, SeedableRng as _};
use ulid::Ulid;

use crate::check::Rules;
use crate::history::{Client, History, Line, Record, Status, What};
use crate::log::{Log, LogLine, Removal};

pub const EPOCH: &str = "01EPOCH";

pub const RULES: Rules = Rules {
    full_state: 6,
    level: true,
    only_ours: true,
};

/// A line that its client has no receipt of.
#[derive(Clone)]
struct Pending {
    client_id: String,
    text: String,
    kept: Option<(MessageId, u64)>,
}

struct Sim {
    client: Client,
    person: PersonId,
    connected: bool,
    /// What it was told.
    upto: Option<u64>,
    /// Frames that were made and not taken yet, of its connection.
    coming: Vec<What>,
    pending: Vec<Pending>,
    sent: usize,
}

pub struct Model {
    dice: StdRng,
    order: u64,
    head: u64,
    log: Log,
    sims: Vec<Sim>,
    /// Which line came of which name.
    mine: BTreeMap<(PersonId, String), (MessageId, u64)>,
    /// Where the log says what became of which line.
    fates: Vec<(u64, MessageId)>,
}

impl Model {
    /// A history of so many steps.
    pub fn history(seed: u64, clients: usize, steps: usize) -> (History, Log) {
        let mut dice = StdRng::seed_from_u64(seed);
        let sims = (0..clients)
            .map(|n| Sim {
                client: Client {
                    name: format!("c{n}"),
                    is: None,
                    records: vec![],
                },
                person: PersonId(Ulid(dice.random())),
                connected: false,
                upto: None,
                coming: vec![],
                pending: vec![],
                sent: 0,
            })
            .collect();
        let mut model = Self {
            dice,
            order: 0,
            head: 0,
            log: Log::default(),
            sims,
            mine: BTreeMap::new(),
            fates: vec![],
        };
        for _ in 0..steps {
            model.step();
        }
        for n in 0..model.sims.len() {
            if !model.sims[n].connected {
                model.connect(n);
            }
        }
        for n in 0..model.sims.len() {
            // Without a cut, everything comes.
            while model.deliver(n) {}
        }
        let clients = model.sims.into_iter().map(|s| s.client).collect();
        (History { clients }, model.log)
    }

    fn write(&mut self, n: usize, what: What) {
        self.order += 1;
        let (order, at_ms) = (self.order, self.order as i64);
        self.sims[n].client.records.push(Record { order, at_ms, what });
    }

    fn step(&mut self) {
        let n = self.dice.random_range(0..self.sims.len());
        match self.dice.random_range(0..100) {
            0..25 => self.post(n),
            25..32 => self.take_away(),
            32..42 => self.settle(),
            // Something that no client of this room hears of.
            42..45 => self.head += self.dice.random_range(1..4),
            45..50 if self.sims[n].connected => {
                self.write(n, What::Closed { code: None });
                self.sims[n].connected = false;
                self.sims[n].coming.clear();
            }
            _ if !self.sims[n].connected => self.connect(n),
            _ => {
                self.deliver(n);
            }
        }
    }

    fn post(&mut self, n: usize) {
        if !self.sims[n].connected {
            return;
        }
        let sim = &mut self.sims[n];
        sim.sent += 1;
        let (client_id, text) = (
            format!("k{}", sim.sent),
            format!("{} says {}", sim.client.name, sim.sent),
        );
        let mut pending = Pending {
            client_id: client_id.clone(),
            text: text.clone(),
            kept: None,
        };
        self.write(
            n,
            What::Post {
                client_id: client_id.clone(),
                text: format!(" {text}"),
            },
        );
        match self.dice.random_range(0..10) {
            0 => {
                let code = "closed".to_owned();
                self.sims[n].coming.push(What::Refused { client_id, code });
                return;
            }
            // Cut before the server read it, or it is busy.
            1 => {}
            _ => pending.kept = Some(self.keep(n, &client_id, &text)),
        }
        self.receipt(n, &pending);
        self.sims[n].pending.push(pending);
    }

    fn receipt(&mut self, n: usize, pending: &Pending) {
        if let Some((id, position)) = pending.kept {
            let client_id = pending.client_id.clone();
            let at = self.dice.random_range(0..=self.sims[n].coming.len());
            let receipt = What::Receipt {
                client_id,
                id,
                position,
            };
            // Receipts and what the room says come each in their own time.
            self.sims[n].coming.insert(at, receipt);
        }
    }

    fn keep(&mut self, n: usize, client_id: &str, text: &str) -> (MessageId, u64) {
        self.head += 1;
        let (id, person) = (MessageId(Ulid(self.dice.random())), self.sims[n].person);
        let line = LogLine {
            id,
            text: text.into(),
            person: Some(person),
        };
        self.log.line(self.head, line);
        self.mine.insert((person, client_id.to_owned()), (id, self.head));
        (id, self.head)
    }

    fn living(&self) -> Vec<(u64, MessageId)> {
        let all = self.log.lines.iter();
        all.filter(|(_, l)| !self.log.removed.contains_key(&l.id))
            .map(|(p, l)| (*p, l.id))
            .collect()
    }

    fn take_away(&mut self) {
        if let Some((_, id)) = self.living().choose(&mut self.dice) {
            self.head += 1;
            self.order += 1;
            let (position, at_ms) = (self.head, self.order as i64);
            self.log.remove(*id, Removal { position, at_ms });
        }
    }

    fn status(&self, id: MessageId) -> Status {
        self.log.statuses.get(&id).copied().unwrap_or(Status::Posted)
    }

    fn settle(&mut self) {
        let all = [Status::Relayed, Status::Unknown, Status::Late, Status::Failed];
        let next = *all.choose(&mut self.dice).unwrap();
        let open: Vec<MessageId> = self.living().into_iter().map(|(_, id)| id).collect();
        let open: Vec<MessageId> = open
            .into_iter()
            .filter(|id| self.status(*id) != next && self.status(*id).may_become(next))
            .collect();
        if let Some(id) = open.choose(&mut self.dice) {
            self.head += 1;
            self.log.fate(self.head, &[*id], next);
            self.fates.push((self.head, *id));
        }
    }

    fn line(&self, position: u64) -> Line {
        let held = &self.log.lines[&position];
        Line {
            position,
            id: held.id,
            text: held.text.clone(),
            status: self.status(held.id),
        }
    }

    fn connect(&mut self, n: usize) {
        let after = self.sims[n].upto.map(|at| (at, EPOCH.to_owned()));
        let reset = after.is_some() && self.dice.random_bool(0.1);
        self.write(n, What::Opening { after: after.clone() });
        self.sims[n].connected = true;
        let mut hello = (after.as_ref().map_or(0, |(at, _)| *at), vec![]);
        if after.is_none() || reset {
            let living = self.living();
            let last = living[living.len().saturating_sub(RULES.full_state)..].iter();
            hello = (self.head, last.map(|(p, _)| self.line(*p)).collect());
        }
        let (upto, lines) = hello;
        self.sims[n].upto = Some(upto);
        let (epoch, you) = (EPOCH.to_owned(), Some(self.sims[n].person));
        let hello = What::Hello {
            epoch,
            upto,
            you,
            reset,
            lines,
        };
        self.write(n, hello);
        let person = self.sims[n].person;
        let living = self.living();
        let pairs = self
            .mine
            .iter()
            .filter(|((p, _), (id, _))| *p == person && living.iter().any(|(_, l)| l == id));
        let pairs = pairs.map(|((_, c), (id, _))| (c.clone(), *id)).collect();
        self.write(n, What::Mine { pairs });
        for mut pending in self.sims[n].pending.clone() {
            let (client_id, text) = (pending.client_id.clone(), pending.text.clone());
            self.write(
                n,
                What::Post {
                    client_id: client_id.clone(),
                    text: text.clone(),
                },
            );
            if pending.kept.is_none() {
                pending.kept = Some(self.keep(n, &client_id, &text));
                let kept = pending.kept;
                for p in self.sims[n].pending.iter_mut().filter(|p| p.client_id == client_id) {
                    p.kept = kept;
                }
            }
            self.receipt(n, &pending);
        }
    }

    /// The next frame of this client's connection; `false`: there is none.
    fn deliver(&mut self, n: usize) -> bool {
        if self.sims[n].coming.iter().all(|w| !moves(w)) && self.sims[n].upto < Some(self.head) {
            let frames = if self.dice.random_bool(0.5) {
                self.block(n)
            } else {
                self.single(n)
            };
            let room = frames.into_iter();
            let mut coming = std::mem::take(&mut self.sims[n].coming);
            coming.extend(room);
            self.sims[n].coming = coming;
        }
        if self.sims[n].coming.is_empty() {
            return false;
        }
        let what = self.sims[n].coming.remove(0);
        if let Some(upto) = upto(&what) {
            self.sims[n].upto = Some(upto);
        }
        if let What::Receipt { client_id, .. } | What::Refused { client_id, .. } = &what {
            self.sims[n].pending.retain(|p| p.client_id != *client_id);
        }
        self.write(n, what);
        true
    }

    /// What comes after a position, a frame an event, as it is now.
    fn single(&mut self, n: usize) -> Vec<What> {
        let at = self.sims[n].upto.unwrap_or_default();
        let next = (at + 1..=self.head).find_map(|p| self.event(p).map(|w| vec![w]));
        next.unwrap_or_else(|| vec![What::State { upto: self.head }])
    }

    fn event(&self, p: u64) -> Option<What> {
        if let Some(line) = self.log.lines.get(&p) {
            let living = !self.log.removed.contains_key(&line.id);
            return living.then(|| What::Messages {
                upto: p,
                lines: vec![self.line(p)],
            });
        }
        if let Some(id) = self.log.removals.get(&p) {
            return Some(What::Removed {
                upto: p,
                ids: vec![*id],
            });
        }
        let (at, id) = self.fates.iter().find(|(at, _)| *at == p)?;
        // Only the newest counts.
        let newest = self
            .fates
            .iter()
            .rfind(|(_, i)| i == id)
            .is_some_and(|(last, _)| last == at);
        newest.then(|| What::Fate {
            upto: p,
            ids: vec![*id],
            status: self.status(*id),
        })
    }

    /// Everything at once: removals, outcomes, then lines; only lines and the last frame move the client.
    fn block(&mut self, n: usize) -> Vec<What> {
        let at = self.sims[n].upto.unwrap_or_default();
        let (mut removed, mut fates, mut lines) = (vec![], vec![], vec![]);
        for p in at + 1..=self.head {
            match self.event(p) {
                Some(What::Removed { ids, .. }) => removed.extend(ids),
                Some(What::Fate { ids, status, .. }) => fates.push((ids, status)),
                Some(What::Messages { lines: l, .. }) => lines.extend(l),
                _ => {}
            }
        }
        let mut frames = vec![];
        if !removed.is_empty() {
            removed.shuffle(&mut self.dice);
            frames.push(What::Removed { upto: at, ids: removed });
        }
        frames.extend(
            fates
                .into_iter()
                .map(|(ids, status)| What::Fate { upto: at, ids, status }),
        );
        for some in lines.chunks(3) {
            frames.push(What::Messages {
                upto: some.last().map_or(at, |l| l.position),
                lines: some.to_vec(),
            });
        }
        match frames.last_mut() {
            Some(What::Removed { upto, .. } | What::Fate { upto, .. } | What::Messages { upto, .. }) => {
                *upto = self.head;
            }
            _ => frames.push(What::State { upto: self.head }),
        }
        frames
    }
}

fn moves(what: &What) -> bool {
    upto(what).is_some()
}

/// How far a frame moves its client.
pub fn upto(what: &What) -> Option<u64> {
    match what {
        What::Hello { upto, .. }
        | What::Messages { upto, .. }
        | What::Fate { upto, .. }
        | What::Removed { upto, .. }
        | What::State { upto } => Some(*upto),
        _ => None,
    }
}
