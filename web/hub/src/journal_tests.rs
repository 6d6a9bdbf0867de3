//! The walk against a model: whatever happens in whatever order, each client ends with exactly what is there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use amphi_events::chat::AuthorKind;
use amphi_events::clock::Time;
use amphi_events::envelope::Position;
use amphi_events::ids::MessageId;
use bytes::Bytes;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::Value;

use crate::journal::{Cursor, Item, Journal, Sizes, Step};
use crate::wire::{self, Line, Status};

const SMALL: Sizes = Sizes {
    ring: 8,
    block: 4,
    kept: 3,
    last: 5,
};
const STATUSES: [Status; 4] = [Status::Relayed, Status::Unknown, Status::Late, Status::Failed];

fn id(n: u64) -> MessageId {
    MessageId(ulid::Ulid::from_parts(1_700_000_000_000 + n, u128::from(n)))
}

fn line(position: Position, status: Status) -> Line {
    Line::encode(
        position,
        id(position.0),
        Time(1_700_000_000_000),
        "Ada",
        AuthorKind::Audience,
        &format!("line {position}"),
        status,
    )
}

/// The log and the read model: what is true.
#[derive(Default, Clone)]
struct World {
    head: Position,
    lines: BTreeMap<Position, (Status, bool)>,
    happened: BTreeMap<Position, Happened>,
}

#[derive(Clone)]
enum Happened {
    Line,
    Removed(MessageId),
    Status(MessageId, Status),
    State(u64),
}

impl World {
    fn add(&mut self, rng: &mut StdRng) -> Position {
        self.head = Position(self.head.0 + rng.random_range(1..4));
        let shown: Vec<Position> = self
            .lines
            .iter()
            .filter(|(_, (_, removed))| !removed)
            .map(|(p, _)| *p)
            .collect();
        let any = |rng: &mut StdRng| {
            // Mostly the newest ones, as in the field, and now and then any.
            let from = if rng.random_bool(0.7) {
                shown.len().saturating_sub(6)
            } else {
                0
            };
            shown[rng.random_range(from..shown.len())]
        };
        let happened = match rng.random_range(0..10) {
            0 if !shown.is_empty() => {
                let at = any(rng);
                self.lines.insert(at, (Status::Posted, true));
                Happened::Removed(id(at.0))
            }
            1..=3 if !shown.is_empty() => {
                let (at, status) = (any(rng), STATUSES[rng.random_range(0..4)]);
                self.lines.insert(at, (status, false));
                Happened::Status(id(at.0), status)
            }
            4 => Happened::State(self.head.0),
            _ => {
                self.lines.insert(self.head, (Status::Posted, false));
                Happened::Line
            }
        };
        self.happened.insert(self.head, happened);
        self.head
    }

    fn item(&self, at: Position) -> Item {
        match &self.happened[&at] {
            Happened::Line => Item::Line(line(at, Status::Posted)),
            Happened::Removed(id) => Item::Removed { ids: vec![*id] },
            Happened::Status(id, status) => Item::Status {
                ids: vec![*id],
                status: *status,
            },
            Happened::State(n) => Item::State(format!("{{\"n\":{n}}}").into()),
        }
    }

    /// As the read model and the log answer it.
    fn before(&self, upto: Position, most: usize) -> (Vec<(Position, Item)>, Position) {
        let mut lines: Vec<Position> = self.lines.range(..=upto).map(|(p, _)| *p).rev().take(most).collect();
        lines.reverse();
        let start = if lines.len() < most {
            Position(0)
        } else {
            Position(lines[0].0 - 1)
        };
        let items = self
            .happened
            .range(Position(start.0 + 1)..=upto)
            .filter_map(|(at, happened)| match happened {
                Happened::Line => {
                    let (status, removed) = self.lines[at];
                    (!removed).then(|| (*at, Item::Line(line(*at, status))))
                }
                Happened::State(_) => None,
                Happened::Removed(_) | Happened::Status(..) => Some((*at, self.item(*at))),
            });
        (items.collect(), start)
    }
}

/// A client of surface §4: it believes nothing but frames.
struct Client {
    cursor: Cursor,
    after: Position,
    /// Lines from here on are expected to be complete.
    from: Position,
    lines: BTreeMap<u64, (String, String)>,
    newest: u64,
    state: u64,
}

impl Client {
    fn fresh(journal: &mut Journal, load: &mut dyn FnMut(&mut Journal, Position)) -> Self {
        let lines = loop {
            match journal.last() {
                Ok(lines) => break lines,
                Err(floor) => load(journal, floor),
            }
        };
        let upto = journal.head();
        let mut c = Self {
            cursor: Cursor::at(upto),
            after: upto,
            from: Position(0),
            lines: BTreeMap::new(),
            newest: 0,
            state: 0,
        };
        let lines: Vec<Value> = serde_json::from_str(&format!("[{}]", std::str::from_utf8(&lines).unwrap())).unwrap();
        c.from = lines
            .first()
            .map_or(Position(upto.0 + 1), |l| Position(l["position"].as_u64().unwrap()));
        for l in &lines {
            c.take_line(l);
        }
        c
    }

    fn take_line(&mut self, l: &Value) {
        let at = l["position"].as_u64().unwrap();
        assert!(at > self.newest, "line {at} came after {}", self.newest);
        self.newest = at;
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        assert!(
            self.lines.insert(at, (text(&l["id"]), text(&l["status"]))).is_none(),
            "line {at} came twice"
        );
    }

    fn take(&mut self, frame: &Bytes) {
        let frame: Value = serde_json::from_str(&crate::frame::payloads(frame)[0]).unwrap();
        let ids = || {
            frame["ids"]
                .as_array()
                .unwrap()
                .iter()
                .map(|i| i.as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        match frame["t"].as_str().unwrap() {
            "messages" => frame["messages"]
                .as_array()
                .unwrap()
                .iter()
                .for_each(|l| self.take_line(l)),
            "removed" => {
                let ids = ids();
                self.lines.retain(|_, (id, _)| !ids.contains(id));
            }
            "status" => {
                let ids = ids();
                for (id, status) in self.lines.values_mut() {
                    if ids.contains(id) {
                        frame["status"].as_str().unwrap().clone_into(status);
                    }
                }
            }
            "state" => self.state = frame["n"].as_u64().unwrap(),
            other => panic!("{other}"),
        }
        let upto = Position(frame["upto"].as_u64().unwrap());
        assert!(upto >= self.after, "upto went back from {} to {upto}", self.after);
        self.after = upto;
    }

    fn check(&self, world: &World, seed: u64) {
        let expected: BTreeMap<u64, (String, String)> = world
            .lines
            .iter()
            .filter(|(p, (_, removed))| **p >= self.from && !removed)
            .map(|(p, (status, _))| (p.0, (id(p.0).to_string(), status.as_str().to_owned())))
            .collect();
        let held: BTreeMap<u64, (String, String)> =
            self.lines.range(self.from.0..).map(|(k, v)| (*k, v.clone())).collect();
        assert_eq!(held, expected, "seed {seed}");
    }
}

/// A run: events, slow and fast clients, breaks of connections in the middle of what was sent, joins, loads with
/// events in the middle of them.
fn run(seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut world = World::default();
    for _ in 0..rng.random_range(0..40) {
        world.add(&mut rng);
    }
    // Up to here the rooms have heard; the world may be ahead of it.
    let mut told = world.head;
    let mut journal = Journal::new(told, "{\"n\":0}".into(), SMALL, Arc::new(AtomicU64::new(0)));
    let mut clients: Vec<Client> = Vec::new();
    let mut resets = 0;
    for round in 0..rng.random_range(50..400) {
        let finish = round % 97 == 96;
        match rng.random_range(0..10) {
            0..=3 => {
                for _ in 0..rng.random_range(1..6) {
                    world.add(&mut rng);
                }
            }
            4..=6 => {
                let upto = Position(rng.random_range(told.0..=world.head.0));
                let new: Vec<Position> = world
                    .happened
                    .range(..=upto)
                    .map(|(p, _)| *p)
                    .filter(|p| *p > told)
                    .collect();
                for at in new {
                    let item = world.item(at);
                    journal.push(at, item);
                }
                told = upto;
            }
            _ => {}
        }
        let told_before = told;
        let mut told_now = told;
        let mut load = |journal: &mut Journal, floor: Position| {
            assert!(journal.begin_load(floor));
            let read = world.before(floor, SMALL.block);
            // Events come while the block is on its way.
            if rng.random_bool(0.5) {
                let new: Vec<Position> = world
                    .happened
                    .range(..)
                    .map(|(p, _)| *p)
                    .filter(|p| *p > told_now)
                    .take(3)
                    .collect();
                for at in new {
                    journal.push(at, world.item(at));
                    told_now = at;
                }
            }
            journal.end_load(floor, read.0, read.1);
        };
        if clients.len() < 6 || round % 50 == 0 {
            clients.push(Client::fresh(&mut journal, &mut load));
        }
        told = told_now.max(told_before);
        for client in &mut clients {
            // A connection that broke: what was sent last may not have arrived; the client comes back with its `after`.
            if rng.random_bool(0.15) {
                client.cursor = Cursor::at(client.after);
            }
            let steps = if finish { usize::MAX } else { rng.random_range(0..4) };
            let mut n = 0;
            while n < steps {
                n += 1;
                match journal.step(client.cursor, rng.random_range(1..5)) {
                    Step::Idle(at) => {
                        client.cursor = at;
                        break;
                    }
                    Step::Frames(frames, at) => {
                        let arrive = if rng.random_bool(0.1) {
                            rng.random_range(0..=frames.len())
                        } else {
                            frames.len()
                        };
                        frames[..arrive].iter().for_each(|f| client.take(f));
                        client.cursor = if arrive < frames.len() {
                            Cursor::at(client.after)
                        } else {
                            at
                        };
                    }
                    Step::Load(floor) => {
                        assert!(journal.begin_load(floor));
                        let read = world.before(floor, SMALL.block);
                        let new: Vec<Position> = world
                            .happened
                            .keys()
                            .copied()
                            .filter(|p| *p > told)
                            .take(rng.random_range(0..3))
                            .collect();
                        for at in new {
                            journal.push(at, world.item(at));
                            told = at;
                        }
                        journal.end_load(floor, read.0, read.1);
                    }
                    Step::Reset => {
                        resets += 1;
                        let mut load = |journal: &mut Journal, floor: Position| {
                            assert!(journal.begin_load(floor));
                            let read = world.before(floor, SMALL.block);
                            journal.end_load(floor, read.0, read.1);
                        };
                        *client = Client::fresh(&mut journal, &mut load);
                    }
                }
            }
        }
    }
    let new: Vec<Position> = world.happened.keys().copied().filter(|p| *p > told).collect();
    for at in new {
        journal.push(at, world.item(at));
    }
    for client in &mut clients {
        loop {
            match journal.step(client.cursor, 3) {
                Step::Idle(_) => break,
                Step::Frames(frames, at) => {
                    for f in &frames {
                        client.take(f);
                    }
                    client.cursor = at;
                }
                Step::Load(floor) => {
                    assert!(journal.begin_load(floor));
                    let read = world.before(floor, SMALL.block);
                    journal.end_load(floor, read.0, read.1);
                }
                Step::Reset => {
                    resets += 1;
                    let mut load = |journal: &mut Journal, floor: Position| {
                        assert!(journal.begin_load(floor));
                        let read = world.before(floor, SMALL.block);
                        journal.end_load(floor, read.0, read.1);
                    };
                    *client = Client::fresh(&mut journal, &mut load);
                }
            }
        }
        client.check(&world, seed);
    }
    RESETS.fetch_add(resets, Ordering::Relaxed);
}

static RESETS: AtomicU64 = AtomicU64::new(0);

#[test]
fn every_client_sees_every_line_once_in_order_or_is_reset() {
    let seeds = std::env::var("AMPHI_TEST_SEED")
        .ok()
        .and_then(|s| s.parse().ok())
        .map_or(0..1_000, |s: u64| s..s + 1);
    for seed in seeds {
        assert!(std::panic::catch_unwind(|| run(seed)).is_ok(), "seed {seed}");
    }
    assert!(RESETS.load(Ordering::Relaxed) > 0, "the runs never come to a reset");
}

fn journal(sizes: Sizes) -> (Journal, Arc<AtomicU64>) {
    let encoded = Arc::new(AtomicU64::new(0));
    (Journal::new(Position(0), "{}".into(), sizes, encoded.clone()), encoded)
}

#[test]
fn frames_are_encoded_once_however_many_sockets_there_are() {
    let (mut journal, encoded) = journal(Sizes::default());
    let mut cursors = vec![Cursor::at(Position(0)); 500];
    for n in 1..=40 {
        journal.push(Position(n), Item::Line(line(Position(n), Status::Posted)));
    }
    for n in 1..=10 {
        let (ids, status) = (vec![id(n)], Status::Relayed);
        journal.push(Position(40 + n), Item::Status { ids, status });
    }
    let mut first: Option<Vec<Bytes>> = None;
    for cursor in &mut cursors {
        let Step::Frames(frames, at) = journal.step(*cursor, 256) else {
            panic!("frames")
        };
        *cursor = at;
        match &first {
            None => first = Some(frames),
            Some(first) => assert!(
                first.iter().zip(&frames).all(|(a, b)| a.as_ptr() == b.as_ptr()),
                "the same bytes"
            ),
        }
    }
    // A line is encoded, and counted, before it comes here.
    assert_eq!(encoded.load(Ordering::Relaxed), 10);
    let first = journal.batch(0).unwrap();
    let again = journal.batch(0).unwrap();
    assert_eq!(first.bytes.as_ptr(), again.bytes.as_ptr(), "one batch for every writer");
    assert_eq!(encoded.load(Ordering::Relaxed), 10);
}

#[test]
fn what_was_taken_away_is_in_no_frame_any_more() {
    let (mut journal, _) = journal(SMALL);
    for n in 1..=30 {
        journal.push(Position(n), Item::Line(line(Position(n), Status::Posted)));
    }
    let before = Cursor::at(Position(16));
    let all = |journal: &mut Journal| {
        let (mut cursor, mut out) = (before, String::new());
        while let Step::Frames(frames, at) = journal.step(cursor, 8) {
            for f in &frames {
                out.push_str(&crate::frame::payloads(f)[0]);
            }
            cursor = at;
        }
        out
    };
    // Encoded and handed out once, from blocks and from the ring.
    assert!(all(&mut journal).contains("line 17") && all(&mut journal).contains("line 29"));
    journal.push(
        Position(31),
        Item::Removed {
            ids: vec![id(17), id(29)],
        },
    );
    let out = all(&mut journal);
    assert!(!out.contains("line 17") && !out.contains("line 29") && out.contains("line 18"));
    assert!(
        !String::from_utf8(journal.last().unwrap().to_vec())
            .unwrap()
            .contains("line 29")
    );
    assert!(journal.shows(Position(18), id(18)) && !journal.shows(Position(17), id(17)));
}

#[test]
fn frames() {
    let (mut journal, _) = journal(Sizes::default());
    journal.push(Position(3), Item::Line(line(Position(3), Status::Posted)));
    journal.push(
        Position(4),
        Item::Status {
            ids: vec![id(3)],
            status: Status::Relayed,
        },
    );
    journal.push(Position(5), Item::State("{\"live\":\"off\"}".into()));
    journal.push(Position(0), Item::Viewers(2));
    let Step::Frames(frames, _) = journal.step(Cursor::at(Position(0)), 9) else {
        panic!("frames")
    };
    let frames: Vec<String> = frames.iter().flat_map(|f| crate::frame::payloads(f)).collect();
    insta::assert_snapshot!(frames.join("\n"), @r#"
    {"t":"messages","upto":3,"messages":[{"position":3,"id":"01HF7YAT030000000000000003","at":"2023-11-14T22:13:20.000Z","from":{"name":"Ada","kind":"audience"},"text":"line 3","status":"relayed"}]}
    {"t":"status","upto":4,"ids":["01HF7YAT030000000000000003"],"status":"relayed"}
    {"t":"state","upto":5,"live":"off"}
    {"t":"viewers","count":2}
    "#);
    let quoted = Line::encode(
        Position(1),
        id(1),
        Time(0),
        "a\"b",
        AuthorKind::Room,
        "</script> \u{202e}é",
        Status::Posted,
    );
    let frame: Value =
        serde_json::from_str(&crate::frame::payloads(&wire::messages(Position(1), std::iter::once(&quoted)))[0])
            .unwrap();
    assert_eq!(frame["messages"][0]["text"], "</script> \u{202e}é");
    assert_eq!(frame["messages"][0]["from"]["name"], "a\"b");
}

#[test]
fn frames_of_a_client() {
    let read = wire::Client::read;
    assert_eq!(
        read(r#"{"t":"post","client_id":"c1","text":"hi"}"#),
        Some(wire::Client::Post {
            client_id: "c1".to_owned(),
            text: "hi".to_owned()
        })
    );
    assert_eq!(
        read(&format!(r#"{{"t":"remove","id":"{}"}}"#, id(7))),
        Some(wire::Client::Remove { id: id(7) })
    );
    for bad in [
        "",
        "{}",
        "[]",
        "null",
        r#"{"t":"fly"}"#,
        r#"{"t":"post","client_id":1,"text":"x"}"#,
        r#"{"t":"remove","id":"x"}"#,
    ] {
        assert_eq!(read(bad), None, "{bad}");
    }
}

fn after(base: u64) -> Journal {
    Journal::new(Position(base), "{}".into(), SMALL, Arc::new(AtomicU64::new(0)))
}

/// Between a `hello` and the first step a state came from beside, which stands at the position that `hello` named: it was told to nobody
/// who joined just then.
#[test]
fn a_state_at_the_position_of_the_last_line_is_told() {
    let mut journal = after(0);
    journal.push(Position(5), Item::Line(line(Position(5), Status::Posted)));
    journal.push(Position(3), Item::State("{\"live\":\"on_air\"}".into()));
    journal.push(Position(0), Item::Viewers(2));
    let Step::Frames(frames, to) = journal.step(Cursor::at(Position(5)), 10) else {
        panic!("the state is told");
    };
    let said: Vec<u8> = frames.iter().flat_map(|f| f.to_vec()).collect();
    assert!(String::from_utf8_lossy(&said).contains("on_air"));
    assert!(matches!(journal.step(to, 10), Step::Idle(_)));
}

/// The read model of a full disk, or one that gathers, does not know yet what the room was told.
#[test]
fn what_was_told_before_a_load_began_holds_of_what_it_brings() {
    let mut journal = after(5);
    journal.push(Position(7), Item::Removed { ids: vec![id(3)] });
    let relayed = Item::Status {
        ids: vec![id(4)],
        status: Status::Relayed,
    };
    journal.push(Position(8), relayed);
    assert!(journal.begin_load(Position(5)));
    let items = [3, 4].map(|n| (Position(n), Item::Line(line(Position(n), Status::Posted))));
    journal.end_load(Position(5), items.to_vec(), Position(0));
    let last = journal.last().expect("all is here");
    let last = String::from_utf8_lossy(&last).into_owned();
    assert!(!last.contains("line 3"), "{last}");
    assert!(last.contains("line 4") && last.contains("relayed"), "{last}");
}
