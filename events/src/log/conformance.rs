//! What every engine of the log must do. An engine's own tests call [`all`] with a way to make an empty log, and
//! [`reopened`] where the log outlives its process.
#![expect(clippy::expect_used, clippy::panic, reason = "tests")]

mod following;
mod reading;

use std::future::Future;
use std::sync::Arc;

use following::{lagging, positions_while_appending, subscribers};
use reading::{chains, filters, pages};

use super::{AppendError, Appended, EventLog, Filter};
use crate::clock::Time;
use crate::envelope::{Actor, Expected, Key, NewEvent, Position, Recorded, StreamName};
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
    let beside = e.one(Some("b"));
    let beside_id = beside.id;
    let x = log.submit(s.clone(), Expected::Version(0), vec![beside]);
    let y = log.submit(s.clone(), Expected::Version(0), vec![e.one(Some("b"))]);
    let (x, y) = (x.await.expect("x").expect("x"), y.await.expect("y").expect("y"));
    assert!(!x.duplicate && y.duplicate);
    assert_eq!((y.position, y.version, y.ids), (x.position, 1, vec![beside_id]));
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
            // With a version that does not fit, and with one that does.
            1 if n % 8 == 1 => log.submit("a-1".into(), Expected::Nothing, vec![e.one(Some("k"))]),
            1 => log.submit("a-1".into(), Expected::Version(0), vec![e.one(None), e.one(Some("k"))]),
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
