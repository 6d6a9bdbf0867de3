//! Pages, filters, chains.
#![expect(clippy::expect_used, reason = "tests")]

use std::sync::Arc;

use super::Events;
use crate::envelope::{Expected, Position, Recorded, StreamName, chain_hash, chain_start};
use crate::log::verify::verify;
use crate::log::{EventLog, Filter};

pub(super) async fn pages(log: &dyn EventLog) {
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

pub(super) async fn filters(log: &dyn EventLog) {
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

pub(super) async fn chains(log: &dyn EventLog) {
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
