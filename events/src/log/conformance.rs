//! What every engine of the log must do. An engine's own tests call [`all`] with a way to make an empty log, and
//! [`reopened`] where the log outlives its process.
#![expect(clippy::expect_used, clippy::panic, reason = "tests")]

use std::future::Future;
use std::sync::Arc;

use rand::{Rng, SeedableRng, rngs::StdRng};

use super::verify::verify;
use super::{AppendError, Appended, Delivery, EventLog, Filter, Subscription, subscribe};
use crate::clock::Time;
use crate::envelope::{Actor, Expected, Key, NewEvent, Position, Recorded, StreamName, chain_hash, chain_start};
use crate::ids::{EventId, IdSource, SeededIds};

/// Makes events that differ from each other.
pub struct Events(SeededIds, i64);

impl Events {
    /// The same seed makes the same events.
    pub fn new(seed: u64) -> Self {
        Self(SeededIds::new(seed), 1_700_000_000_000)
    }

    /// An event with a key or none.
    pub fn one(&mut self, key: Option<&str>) -> NewEvent {
        self.1 += 1;
        NewEvent {
            id: EventId(self.0.ulid(Time(self.1))),
            kind: if self.1 % 2 == 0 {
                "EvenThing".to_owned()
            } else {
                "OddThing".to_owned()
            },
            schema: 1,
            time: Time(self.1),
            actor: Actor::system("conformance"),
            cause: String::new(),
            key: key.map(|k| Key::of(&[k])),
            data: format!("{{\"n\":{}}}", self.1).into_bytes().into(),
        }
    }

    /// Several without keys.
    pub fn many(&mut self, count: usize) -> Vec<NewEvent> {
        (0..count).map(|_| self.one(None)).collect()
    }
}

/// Every case, each on a log of its own. Panics at the first thing that is not so.
pub async fn all<F, T>(make: F)
where
    F: Fn() -> T,
    T: Future<Output = Arc<dyn EventLog>>,
{
    versions(&*make().await).await;
    keys(&*make().await).await;
    impossible(&*make().await).await;
    in_flight(&*make().await).await;
    neighbours(&*make().await).await;
    pages(&*make().await).await;
    filters(&*make().await).await;
    chains(&*make().await).await;
    positions_while_appending(make().await).await;
    // Seeds are fixed so that a failure repeats; the panic names them.
    for seed in [1, 7, 4242] {
        subscribers(make().await, seed).await;
    }
    lagging(make().await).await;
}

fn conflict(done: Result<Appended, AppendError>, at: Option<u64>) {
    match done {
        Err(AppendError::Conflict { actual, .. }) => assert_eq!(actual, at),
        other => panic!("a conflict was due: {other:?}"),
    }
}

async fn versions(log: &dyn EventLog) {
    let mut e = Events::new(1);
    let s = StreamName::from("meeting-1");
    conflict(log.append(s.clone(), Expected::Version(0), e.many(1)).await, None);
    let first = e.many(2);
    let ids: Vec<_> = first.iter().map(|x| x.id).collect();
    let done = log.append(s.clone(), Expected::Nothing, first).await.expect("first");
    assert_eq!((done.version, done.duplicate, &done.ids), (1, false, &ids));
    assert_eq!(log.head(), done.position);
    conflict(log.append(s.clone(), Expected::Nothing, e.many(1)).await, Some(1));
    conflict(log.append(s.clone(), Expected::Version(0), e.many(1)).await, Some(1));
    conflict(log.append(s.clone(), Expected::Version(2), e.many(1)).await, Some(1));
    // After a refusal has been answered, the right version goes through.
    let more = log
        .append(s.clone(), Expected::Version(1), e.many(1))
        .await
        .expect("next");
    assert_eq!(more.version, 2);
    assert!(more.position > done.position);
    let other = log
        .append("meeting-2".into(), Expected::Nothing, e.many(1))
        .await
        .expect("other stream");
    assert!(other.position > more.position);
    assert_eq!(log.read_stream(&s, 0, 10).await.expect("read").len(), 3);
}

async fn keys(log: &dyn EventLog) {
    let mut e = Events::new(2);
    let s = StreamName::from("chat-1");
    let first = e.one(Some("a"));
    let id = first.id;
    let one = log
        .append(s.clone(), Expected::Nothing, vec![first])
        .await
        .expect("first");
    // Later, with whatever version.
    for expected in [Expected::Nothing, Expected::Version(0), Expected::Version(99)] {
        let again = log
            .append(s.clone(), expected, vec![e.one(Some("a")), e.one(None)])
            .await
            .expect("again");
        assert_eq!(
            again,
            Appended {
                position: one.position,
                version: 0,
                ids: vec![id],
                duplicate: true
            }
        );
    }
    // Side by side, before either is durable.
    let b = e.one(Some("b"));
    let b_id = b.id;
    let x = log.submit(s.clone(), Expected::Version(0), vec![b]);
    let y = log.submit(s.clone(), Expected::Version(0), vec![e.one(Some("b"))]);
    let (x, y) = (x.await.expect("x").expect("x"), y.await.expect("y").expect("y"));
    assert!(!x.duplicate && y.duplicate);
    assert_eq!((y.position, y.version, y.ids), (x.position, 1, vec![b_id]));
    // The key counts in its stream only.
    assert!(
        !log.append("chat-2".into(), Expected::Nothing, vec![e.one(Some("a"))])
            .await
            .expect("c")
            .duplicate
    );
    assert_eq!(log.read_stream(&s, 0, 10).await.expect("read").len(), 2);
}

async fn impossible(log: &dyn EventLog) {
    let mut e = Events::new(3);
    let done = log.append("a-1".into(), Expected::Nothing, vec![]).await;
    assert!(matches!(done, Err(AppendError::Invalid(_))), "{done:?}");
    let done = log
        .append(
            "a-1".into(),
            Expected::Nothing,
            vec![e.one(Some("k")), e.one(Some("k"))],
        )
        .await;
    assert!(matches!(done, Err(AppendError::Invalid(_))), "{done:?}");
    let mut large = e.one(None);
    large.data = vec![b'x'; super::MAX_APPEND_BYTES + 1].into();
    let done = log.append("a-1".into(), Expected::Nothing, vec![large]).await;
    assert!(matches!(done, Err(AppendError::Invalid(_))), "{done:?}");
    assert_eq!(log.head(), Position(0));
    // The largest that may be, in events.
    let done = log
        .append("a-1".into(), Expected::Nothing, e.many(super::MAX_APPEND_EVENTS))
        .await
        .expect("large");
    assert_eq!(done.version, super::MAX_APPEND_EVENTS as u64 - 1);
}

async fn in_flight(log: &dyn EventLog) {
    let mut e = Events::new(4);
    let s = StreamName::from("live-1");
    let mut answers = Vec::new();
    let mut expected = Expected::Nothing;
    for n in 0..50_u64 {
        answers.push(log.submit(s.clone(), expected, e.many(2)));
        expected = Expected::Version(n * 2 + 1);
    }
    let mut last = Position(0);
    for (n, answer) in answers.into_iter().enumerate() {
        let done = answer.await.expect("answer").expect("append");
        assert_eq!(done.version, n as u64 * 2 + 1);
        assert!(done.position > last);
        last = done.position;
    }
    // Somebody else's event takes the version that the first of three expects; the second would fit by its number.
    log.append(s.clone(), Expected::Version(99), e.many(1))
        .await
        .expect("somebody else");
    let a = e.one(None);
    let b = e.one(None);
    let (a_id, b_id) = (a.id, b.id);
    let first = log.submit(s.clone(), Expected::Version(99), vec![a]);
    let second = log.submit_after(s.clone(), Expected::Version(100), a_id, vec![b]);
    let third = log.submit_after(s.clone(), Expected::Version(101), b_id, e.many(1));
    for answer in [first, second, third] {
        conflict(answer.await.expect("answer"), Some(100));
    }
    let fit = log.read_stream(&s, 100, 1).await.expect("read")[0].event.id;
    log.submit_after(s, Expected::Version(100), fit, e.many(1))
        .await
        .expect("answer")
        .expect("follows");
}

async fn neighbours(log: &dyn EventLog) {
    let mut e = Events::new(5);
    log.append("a-1".into(), Expected::Nothing, vec![e.one(Some("k"))])
        .await
        .expect("first");
    let answers: Vec<_> = (0..40)
        .map(|n| match n % 4 {
            0 => log.submit("a-1".into(), Expected::Nothing, e.many(1)),
            1 => log.submit("a-1".into(), Expected::Nothing, vec![e.one(Some("k"))]),
            2 => log.submit("a-2".into(), Expected::Nothing, vec![]),
            _ => log.submit(StreamName::of("b", n), Expected::Nothing, e.many(3)),
        })
        .collect();
    for (n, answer) in answers.into_iter().enumerate() {
        let done = answer.await.expect("answer");
        match n % 4 {
            0 => conflict(done, Some(0)),
            1 => assert!(done.expect("duplicate").duplicate),
            2 => assert!(matches!(done, Err(AppendError::Invalid(_)))),
            _ => assert_eq!(done.expect("neighbour").version, 2),
        }
    }
}

async fn pages(log: &dyn EventLog) {
    let mut e = Events::new(6);
    for n in 0..10 {
        log.append(
            StreamName::of("a", n % 3),
            if n < 3 {
                Expected::Nothing
            } else {
                Expected::Version(n / 3 * 2 - 1)
            },
            e.many(2),
        )
        .await
        .expect("append");
    }
    let all = Filter::default();
    let (mut after, mut seen) = (Position(0), Vec::new());
    loop {
        let page = log.read_all(after, &all, 7).await.expect("page");
        assert!(page.events.len() <= 7 && page.upto >= after);
        seen.extend(page.events);
        after = page.upto;
        if page.end {
            break;
        }
    }
    assert_eq!(seen.len(), 20);
    assert!(seen.windows(2).all(|w| w[0].position < w[1].position));
    assert_eq!(after, log.head());
    let s = StreamName::from("a-0");
    let part = log.read_stream(&s, 3, 2).await.expect("part");
    assert_eq!(part.iter().map(|x| x.version).collect::<Vec<_>>(), [3, 4]);
    assert!(log.read_stream(&"a-9".into(), 0, 5).await.expect("none").is_empty());
    let beyond = log.read_all(log.head(), &all, 5).await.expect("beyond");
    assert!(beyond.events.is_empty() && beyond.end && beyond.upto == log.head());
}

async fn filters(log: &dyn EventLog) {
    let mut e = Events::new(7);
    for name in ["chat-1", "chatter-1", "live-1", "chat-2", "plain", "live-2"] {
        log.append(name.into(), Expected::Nothing, e.many(4))
            .await
            .expect("append");
    }
    let all: Vec<Arc<Recorded>> = log
        .read_all(Position(0), &Filter::default(), 100)
        .await
        .expect("all")
        .events;
    assert_eq!(all.len(), 24);
    let kinds = |k: &[&str]| k.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let filters = [
        Filter {
            stream_kinds: kinds(&["chat"]),
            ..Filter::default()
        },
        Filter {
            stream_kinds: kinds(&["chat", "plain"]),
            kinds: kinds(&["OddThing"]),
            ..Filter::default()
        },
        Filter {
            stream: Some("chat-2".into()),
            ..Filter::default()
        },
        Filter {
            stream: Some("chat-2".into()),
            kinds: kinds(&["EvenThing"]),
            ..Filter::default()
        },
        Filter {
            kinds: kinds(&["Nothing"]),
            ..Filter::default()
        },
    ];
    for filter in filters {
        for limit in [1, 3, 100] {
            let (mut after, mut got) = (Position(0), Vec::new());
            loop {
                let page = log.read_all(after, &filter, limit).await.expect("page");
                got.extend(page.events);
                assert!(page.end || page.upto > after, "a page must move on: {filter:?}");
                after = page.upto;
                if page.end {
                    break;
                }
            }
            assert_eq!(
                after,
                log.head(),
                "a read that found nothing still says how far it read"
            );
            let want: Vec<_> = all.iter().filter(|x| filter.wants(x)).cloned().collect();
            assert_eq!(got, want, "{filter:?}");
        }
    }
}

async fn chains(log: &dyn EventLog) {
    let mut e = Events::new(8);
    let log_id = log.identity().log_id;
    for name in ["a-1", "b-1"] {
        let s = StreamName::from(name);
        let events = vec![e.one(None), e.one(Some("k")), e.one(None)];
        log.append(s.clone(), Expected::Nothing, events.clone())
            .await
            .expect("append");
        let mut hash = chain_start(&log_id, &s);
        let read = log.read_stream(&s, 0, 10).await.expect("read");
        for (v, (asked, got)) in events.iter().zip(&read).enumerate() {
            hash = chain_hash(&hash, &s, v as u64, asked);
            assert_eq!((&got.event, got.hash, got.version), (asked, hash, v as u64));
        }
    }
    let report = verify(log, log.head(), |_| {}).await.expect("verify");
    assert_eq!((report.events, report.streams, report.problems), (6, 2, vec![]));
}

/// A reader that has seen a position never finds an event below it later.
async fn positions_while_appending(log: Arc<dyn EventLog>) {
    let writers = start_writers(&log, 11, 8, 40);
    let (mut after, mut seen) = (Position(0), Vec::new());
    while seen.len() < 8 * 40 {
        let page = log.read_all(after, &Filter::default(), 16).await.expect("page");
        seen.extend(page.events.iter().map(|e| e.position));
        after = page.upto;
        tokio::task::yield_now().await;
    }
    for w in writers {
        w.await.expect("writer");
    }
    let all = log
        .read_all(Position(0), &Filter::default(), 1000)
        .await
        .expect("all")
        .events;
    assert_eq!(seen, all.iter().map(|e| e.position).collect::<Vec<_>>());
}

fn start_writers(log: &Arc<dyn EventLog>, seed: u64, writers: u64, each: u64) -> Vec<tokio::task::JoinHandle<()>> {
    (0..writers)
        .map(|w| {
            let log = Arc::clone(log);
            tokio::spawn(async move {
                let mut e = Events::new(seed * 1000 + w);
                let mut expected = Expected::Nothing;
                for n in 0..each {
                    let done = log
                        .append(StreamName::of("w", w), expected, e.many(1))
                        .await
                        .expect("append");
                    assert_eq!(done.version, n);
                    expected = Expected::Version(n);
                }
            })
        })
        .collect()
}

async fn next(s: &mut Subscription) -> Delivery {
    s.next().await.expect("delivery")
}

/// Subscribers that come at any time, from any position, and cancel their waiting at random, see all once and in order.
async fn subscribers(log: Arc<dyn EventLog>, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let (count, each) = (6_u64, 60_u64);
    let writers = start_writers(&log, seed, count, each);
    let mut readers = Vec::new();
    for r in 0..6_u64 {
        let (log, seed) = (Arc::clone(&log), rng.random::<u64>());
        readers.push(tokio::spawn(async move {
            let mut rng = StdRng::seed_from_u64(seed);
            for _ in 0..rng.random_range(0..200) {
                tokio::task::yield_now().await;
            }
            let after = Position(rng.random_range(0..=log.head().0));
            let mut sub = subscribe(Arc::clone(&log), after, Filter::default());
            let (mut got, mut caught, mut upto): (Vec<Position>, _, _) = (Vec::new(), 0, after);
            // Positions grow by at least one an event, so a head as high as their number may still lack some,
            // but only with an engine that leaves holes; the reader below then compares what it had.
            while upto < log.head() || log.head().0 < count * each {
                // Some waits are given up at once; all of them would starve a reader whose reads take a while.
                let delivery = if rng.random_bool(0.2) {
                    tokio::select! {
                        biased;
                        d = next(&mut sub) => d,
                        () = yields(rng.random_range(1..20)) => continue,
                    }
                } else {
                    next(&mut sub).await
                };
                match delivery {
                    Delivery::Events(events, to) => {
                        assert!(to > upto, "seed {seed}");
                        got.extend(events.iter().map(|e| e.position));
                        upto = to;
                    }
                    Delivery::CaughtUp(at) => {
                        caught += 1;
                        assert_eq!(at, upto, "seed {seed}");
                    }
                }
            }
            (r, after, got, caught)
        }));
    }
    for w in writers {
        w.await.expect("writer");
    }
    let all = log
        .read_all(Position(0), &Filter::default(), 10_000)
        .await
        .expect("all")
        .events;
    for reader in readers {
        let (r, after, got, caught) = reader.await.expect("reader");
        let want: Vec<_> = all.iter().map(|e| e.position).filter(|p| *p > after).collect();
        assert_eq!(got, want, "seed {seed}, reader {r} from {after}");
        assert!(caught <= 1, "seed {seed}, reader {r}");
    }
}

async fn yields(times: u32) {
    for _ in 0..times {
        tokio::task::yield_now().await;
    }
}

/// A subscriber that sleeps through more batches than the feed keeps reads them from the log.
async fn lagging(log: Arc<dyn EventLog>) {
    let mut e = Events::new(12);
    let mut sub = subscribe(Arc::clone(&log), Position(0), Filter::default());
    assert!(matches!(next(&mut sub).await, Delivery::CaughtUp(Position(0))));
    for n in 0..700_u64 {
        let expected = if n == 0 {
            Expected::Nothing
        } else {
            Expected::Version(n - 1)
        };
        log.append("a-1".into(), expected, e.many(1)).await.expect("append");
    }
    let mut versions = Vec::new();
    while versions.len() < 700 {
        match next(&mut sub).await {
            Delivery::Events(events, _) => versions.extend(events.iter().map(|x| x.version)),
            Delivery::CaughtUp(_) => panic!("it comes once"),
        }
    }
    assert_eq!(versions, (0..700).collect::<Vec<_>>());
}

/// A log that was closed or lost its process, opened again: nothing differs, and it goes on.
pub async fn reopened(before: &[Arc<Recorded>], after: &dyn EventLog) {
    let all = after
        .read_all(Position(0), &Filter::default(), 10_000)
        .await
        .expect("all")
        .events;
    assert_eq!(all, before);
    assert_eq!(after.head(), before.last().map_or(Position(0), |e| e.position));
    let mut e = Events::new(99);
    if let Some(last) = before.last() {
        let here = before.iter().filter(|x| x.stream == last.stream).count() as u64 - 1;
        conflict(
            after.append(last.stream.clone(), Expected::Nothing, e.many(1)).await,
            Some(here),
        );
        if let Some(held) = before.iter().find(|x| x.event.key.is_some()) {
            let mut again = e.one(None);
            again.key = held.event.key;
            let done = after
                .append(held.stream.clone(), Expected::Nothing, vec![again])
                .await
                .expect("duplicate");
            assert!(done.duplicate && done.position == held.position);
        }
        let done = after
            .append(last.stream.clone(), Expected::Version(here), e.many(1))
            .await
            .expect("goes on");
        assert!(done.position > last.position);
    }
}
