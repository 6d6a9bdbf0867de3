//! Readers and subscribers beside writers: no gap, no double.
#![expect(clippy::expect_used, clippy::panic, reason = "tests")]

use std::sync::Arc;

use rand::{Rng, SeedableRng, rngs::StdRng};

use super::Events;
use crate::envelope::{Expected, Position, StreamName};
use crate::log::{Delivery, EventLog, Filter, Subscription, subscribe};

/// A reader that has seen a position never finds an event below it later.
pub(super) async fn positions_while_appending(log: Arc<dyn EventLog>) {
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
pub(super) async fn subscribers(log: Arc<dyn EventLog>, seed: u64) {
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
pub(super) async fn lagging(log: Arc<dyn EventLog>) {
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
