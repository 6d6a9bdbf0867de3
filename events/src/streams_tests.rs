//! The owner tasks: order, several batches in flight, conflicts, keys, full disks.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use futures_util::future::join_all;
use tokio::sync::broadcast;

use super::*;
use crate::chat::{AuthorKind, Chat, ChatCommand};
use crate::clock::{ManualClock, Time};
use crate::envelope::Key;
use crate::envelope::{Expected, NewEvent};
use crate::ids::{LiveId, SeededIds};
use crate::log::Appended;
use crate::log::{Batch, Filter, LogIdentity, MemoryLog, Page};
use crate::meeting::{Details, Meeting, MeetingCommand};
use crate::story::{id, sealed};

const NOW: Time = Time(1_800_000_000_000);

type Answered = oneshot::Sender<Result<Appended, AppendError>>;

struct Held {
    stream: StreamName,
    expected: Expected,
    follows: Option<EventId>,
    events: Vec<NewEvent>,
    answer: Answered,
}

/// A log that holds back what is submitted until it is told, lets a foreign writer in, and has a ballast.
struct Slow {
    inner: Arc<MemoryLog>,
    holding: AtomicBool,
    meddling: AtomicBool,
    ballast: AtomicBool,
    held: Mutex<VecDeque<Held>>,
    arrived: tokio::sync::Notify,
}

impl Slow {
    fn take(&self, held: Held) {
        if self.holding.load(Ordering::SeqCst) {
            self.held.lock().unwrap().push_back(held);
            self.arrived.notify_one();
        } else {
            self.pass(held);
        }
    }

    fn pass(&self, held: Held) {
        if self.meddling.load(Ordering::SeqCst) {
            self.foreign(&held.stream, held.expected);
        }
        let mut done = match held.follows {
            None => self.inner.submit(held.stream, held.expected, held.events),
            Some(last) => self.inner.submit_after(held.stream, held.expected, last, held.events),
        };
        let _ = held.answer.send(done.try_recv().unwrap());
    }

    /// Waits until `count` batches are held.
    async fn full(&self, count: usize) {
        loop {
            let arrived = self.arrived.notified();
            if self.held.lock().unwrap().len() >= count {
                return;
            }
            arrived.await;
        }
    }

    /// Lets the oldest batch through.
    fn release(&self) {
        let held = self.held.lock().unwrap().pop_front().unwrap();
        self.pass(held);
    }

    /// Lets everything through from now on.
    fn open(&self) {
        self.holding.store(false, Ordering::SeqCst);
        while !self.held.lock().unwrap().is_empty() {
            self.release();
        }
    }

    /// Somebody else, beside the owner, writes a line.
    fn foreign(&self, stream: &StreamName, expected: Expected) {
        let event = crate::chat::ChatEvent::ChatMessagePosted {
            kind: AuthorKind::Room,
            who: "foreign".to_owned(),
            author: sealed("f"),
            text: sealed("f"),
            units: 1,
            bytes: 1,
        };
        let new = NewEvent {
            id: EventId(ulid::Ulid::from_parts(NOW.0 as u64, 999 + u128::from(expected.next()))),
            kind: event.kind().to_owned(),
            schema: event.schema(),
            time: NOW,
            actor: crate::Actor::system("foreign"),
            cause: String::new(),
            key: None,
            data: event.encode().into(),
        };
        self.inner
            .submit(stream.clone(), expected, vec![new])
            .try_recv()
            .unwrap()
            .unwrap();
    }
}

#[async_trait]
impl EventLog for Slow {
    fn identity(&self) -> LogIdentity {
        self.inner.identity()
    }

    fn submit(
        &self,
        stream: StreamName,
        expected: Expected,
        events: Vec<NewEvent>,
    ) -> oneshot::Receiver<Result<Appended, AppendError>> {
        let (answer, answered) = oneshot::channel();
        let follows = None;
        self.take(Held {
            stream,
            expected,
            follows,
            events,
            answer,
        });
        answered
    }

    fn submit_after(
        &self,
        stream: StreamName,
        expected: Expected,
        follows: EventId,
        events: Vec<NewEvent>,
    ) -> oneshot::Receiver<Result<Appended, AppendError>> {
        let (answer, answered) = oneshot::channel();
        let follows = Some(follows);
        self.take(Held {
            stream,
            expected,
            follows,
            events,
            answer,
        });
        answered
    }

    async fn read_stream(&self, stream: &StreamName, from: u64, limit: usize) -> Result<Vec<Arc<Recorded>>, LogError> {
        self.inner.read_stream(stream, from, limit).await
    }

    async fn read_all(&self, after: Position, filter: &Filter, limit: usize) -> Result<Page, LogError> {
        self.inner.read_all(after, filter, limit).await
    }

    fn head(&self) -> Position {
        self.inner.head()
    }

    fn watch(&self) -> broadcast::Receiver<Batch> {
        self.inner.watch()
    }

    fn refusing(&self) -> Option<String> {
        self.inner.refusing()
    }

    fn make_room(&self) -> bool {
        let there = self.ballast.swap(false, Ordering::SeqCst);
        if there {
            self.inner.refuse(None);
        }
        there
    }
}

fn slow() -> (Arc<Slow>, Sources) {
    let sources = Sources {
        clock: Arc::new(ManualClock::at(NOW)),
        ids: Arc::new(SeededIds::new(7)),
    };
    let log = Slow {
        inner: MemoryLog::new(&sources),
        holding: AtomicBool::new(false),
        meddling: AtomicBool::new(false),
        ballast: AtomicBool::new(false),
        held: Mutex::default(),
        arrived: tokio::sync::Notify::new(),
    };
    (Arc::new(log), sources)
}

fn act() -> Act {
    Act::system("test", NOW)
}

fn live() -> LiveId {
    id(1)
}

fn post(who: &str) -> ChatCommand {
    ChatCommand::Post {
        kind: AuthorKind::Room,
        who: who.to_owned(),
        author: sealed(who),
        text: sealed("text"),
        units: 1,
        bytes: 1,
        max_units: 10,
        max_bytes: 10,
        moderator: false,
    }
}

/// Who wrote the lines of the chat, in the order of the log.
async fn lines(log: &Slow) -> Vec<String> {
    let read = log
        .inner
        .read_stream(&crate::chat::stream(live()), 0, 100_000)
        .await
        .unwrap();
    let mut who = Vec::new();
    for e in read {
        let event = crate::chat::ChatEvent::decode(&e.event.kind, e.event.schema, &e.event.data).unwrap();
        if let crate::chat::ChatEvent::ChatMessagePosted { who: w, .. } = event {
            who.push(w);
        }
    }
    who
}

fn names(n: usize) -> Vec<String> {
    (0..n).map(|n| format!("p{n}")).collect()
}

#[tokio::test]
async fn batches_fly_together_and_land_in_order() {
    let (log, sources) = slow();
    log.holding.store(true, Ordering::SeqCst);
    let chats = Streams::<Chat>::new(log.clone(), sources);
    let all = names(10);
    let posts = join_all(all.iter().map(|n| chats.execute(live(), post(n), act())));
    let watched = async {
        log.full(10).await;
        assert_eq!(log.head(), Position(0), "nothing was durable, and all ten were queued");
        log.open();
    };
    let (done, ()) = tokio::join!(posts, watched);
    let positions: Vec<_> = done.into_iter().map(|d| d.unwrap().position.0).collect();
    assert_eq!(positions, (1..=10).collect::<Vec<_>>());
    assert_eq!(lines(&log).await, all);
}

#[tokio::test]
async fn more_than_may_fly_wait_and_none_is_lost() {
    let (log, sources) = slow();
    log.holding.store(true, Ordering::SeqCst);
    let chats = Streams::<Chat>::new(log.clone(), sources);
    let all = names(IN_FLIGHT + QUEUE + 50);
    let posts = join_all(all.iter().map(|n| chats.execute(live(), post(n), act())));
    let watched = async {
        log.full(IN_FLIGHT).await;
        tokio::task::yield_now().await;
        assert_eq!(log.held.lock().unwrap().len(), IN_FLIGHT);
        log.open();
    };
    let (done, ()) = tokio::join!(posts, watched);
    assert!(done.iter().all(Result::is_ok));
    // Among callers that wait at once nobody is first.
    let written: std::collections::BTreeSet<_> = lines(&log).await.into_iter().collect();
    assert_eq!((written.len(), written), (all.len(), all.into_iter().collect()));
}

#[tokio::test]
async fn a_foreign_write_is_folded_and_the_command_decided_again() {
    let (log, sources) = slow();
    let meetings = Streams::<Meeting>::new(log.clone(), sources.clone());
    let others = Streams::<Meeting>::new(log.clone(), sources);
    let schedule = MeetingCommand::Schedule {
        owner: id(1),
        live: id(2),
        details: Box::new(Details::new("Assembly", NOW, 3600, "UTC")),
    };
    meetings.execute("m", schedule, act()).await.unwrap();
    others.execute("m", MeetingCommand::Cancel, act()).await.unwrap();
    let start = MeetingCommand::Start {
        session: id(3),
        until: NOW.plus_s(60),
    };
    let refused = meetings.execute("m", start, act()).await.unwrap_err();
    assert_eq!(refused.refusal(), Some(&crate::meeting::Refusal::Cancelled));
    let folded = meetings.look("m").await.unwrap();
    assert!(folded.state.cancelled);
    assert_eq!((folded.version, folded.position), (Some(1), Position(2)));
}

#[tokio::test]
async fn what_flies_behind_a_conflict_is_decided_again_in_order() {
    let (log, sources) = slow();
    let chats = Streams::<Chat>::new(log.clone(), sources);
    chats.execute(live(), post("first"), act()).await.unwrap();
    log.holding.store(true, Ordering::SeqCst);
    let all = names(5);
    let posts = join_all(all.iter().map(|n| chats.execute(live(), post(n), act())));
    let watched = async {
        log.full(5).await;
        // Takes the version of the first in flight: the version of the second fits it by accident.
        log.foreign(&crate::chat::stream(live()), Expected::Version(0));
        log.open();
    };
    let (done, ()) = tokio::join!(posts, watched);
    assert!(done.iter().all(Result::is_ok));
    let mut expected = vec!["first".to_owned(), "foreign".to_owned()];
    expected.extend(all);
    assert_eq!(lines(&log).await, expected);
}

#[tokio::test]
async fn a_stream_that_others_keep_writing_to_is_given_up() {
    let (log, sources) = slow();
    let chats = Streams::<Chat>::new(log.clone(), sources);
    log.meddling.store(true, Ordering::SeqCst);
    let busy = chats.execute(live(), post("a"), act()).await;
    assert!(matches!(busy, Err(ExecuteError::Contended)), "{busy:?}");
    assert_eq!(lines(&log).await.len() as u32, TRIES);
    log.meddling.store(false, Ordering::SeqCst);
    chats.execute(live(), post("a"), act()).await.unwrap();
}

#[tokio::test]
async fn a_key_is_answered_with_its_first_time() {
    let (log, sources) = slow();
    let chats = Streams::<Chat>::new(log.clone(), sources);
    let keyed = || act().key(Key::of(&["a", "1"]));
    let first = chats.execute(live(), post("a"), keyed()).await.unwrap();
    let again = chats.execute(live(), post("a"), keyed()).await.unwrap();
    assert!(!first.duplicate && again.duplicate);
    assert_eq!((&again.ids, again.position), (&first.ids, first.position));
    // In flight together, with one behind that was decided on a state that never came to be.
    let twice = || act().key(Key::of(&["a", "2"]));
    log.holding.store(true, Ordering::SeqCst);
    let (x, y, z, ()) = tokio::join!(
        chats.execute(live(), post("b"), twice()),
        chats.execute(live(), post("b"), twice()),
        chats.execute(live(), post("c"), act()),
        async {
            log.full(3).await;
            log.open();
        }
    );
    let (x, y) = (x.unwrap(), y.unwrap());
    assert!(!x.duplicate && y.duplicate && x.ids == y.ids && x.position == y.position);
    assert!(!z.unwrap().duplicate);
    assert_eq!(lines(&log).await, ["a", "b", "c"]);
    assert_eq!(chats.look(live()).await.unwrap().state.lines.len(), 3);
}

#[tokio::test]
async fn a_refusal_waits_for_what_it_rests_on() {
    let (log, sources) = slow();
    let meetings = Streams::<Meeting>::new(log.clone(), sources);
    log.holding.store(true, Ordering::SeqCst);
    let schedule = |name: &str| MeetingCommand::Schedule {
        owner: id(1),
        live: id(2),
        details: Box::new(Details::new(name, NOW, 3600, "UTC")),
    };
    let (first, second, ()) = tokio::join!(
        meetings.execute("m", schedule("first"), act()),
        // Refused on a state that holds the first, which fails: then there is no meeting, and this one is planned.
        meetings.execute("m", schedule("second"), act()),
        async {
            log.full(1).await;
            log.inner.refuse(Some(AppendError::Full));
            log.release();
            log.inner.refuse(None);
            log.full(1).await;
            log.open();
        }
    );
    assert!(matches!(first, Err(ExecuteError::Append(AppendError::Full))));
    second.unwrap();
    let state = meetings.look("m").await.unwrap().state;
    assert_eq!(state.details.unwrap().name.0, "second");
}

#[tokio::test]
async fn nothing_to_do_waits_for_what_it_rests_on() {
    let (log, sources) = slow();
    let chats = Streams::<Chat>::new(log.clone(), sources);
    log.holding.store(true, Ordering::SeqCst);
    let (first, second, ()) = tokio::join!(
        chats.execute(live(), ChatCommand::SetOpen(true), act()),
        chats.execute(live(), ChatCommand::SetOpen(true), act()),
        async {
            log.full(1).await;
            log.open();
        }
    );
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!((first.ids.len(), second.ids.len()), (1, 0));
    assert_eq!(
        second.position, first.position,
        "a reader at this position sees that it is open"
    );
}

#[tokio::test]
async fn parked_commands_keep_their_place() {
    let (log, sources) = slow();
    let chats = Streams::<Chat>::new(log.clone(), sources);
    chats.execute(live(), ChatCommand::SetOpen(true), act()).await.unwrap();
    log.holding.store(true, Ordering::SeqCst);
    // Two in flight that will conflict, then one with nothing to do that waits for them, then another line.
    let (a, b, open, c, ()) = tokio::join!(
        chats.execute(live(), post("a"), act()),
        chats.execute(live(), post("b"), act()),
        chats.execute(live(), ChatCommand::SetOpen(true), act()),
        chats.execute(live(), post("c"), act()),
        async {
            log.full(2).await;
            log.foreign(&crate::chat::stream(live()), Expected::Version(0));
            log.release();
            log.release();
            log.full(2).await;
            log.open();
        }
    );
    a.unwrap();
    b.unwrap();
    assert!(open.unwrap().ids.is_empty());
    c.unwrap();
    assert_eq!(lines(&log).await, ["foreign", "a", "b", "c"]);
}

#[tokio::test]
async fn a_stop_is_recorded_on_a_full_disk_once_room_is_made() {
    let (log, sources) = slow();
    let chats = Streams::<Chat>::new(log.clone(), sources);
    log.inner.refuse(Some(AppendError::Full));
    log.ballast.store(true, Ordering::SeqCst);
    let full = chats.execute(live(), post("a"), act()).await;
    assert!(
        matches!(full, Err(ExecuteError::Append(AppendError::Full))),
        "only a stop uses what was kept aside"
    );
    chats.execute(live(), post("stop"), act().vital()).await.unwrap();
    log.inner.refuse(Some(AppendError::Full));
    let full = chats.execute(live(), post("stop"), act().vital()).await;
    assert!(
        matches!(full, Err(ExecuteError::Append(AppendError::Full))),
        "it is used once"
    );
    assert_eq!(lines(&log).await, ["stop"]);
}

#[tokio::test]
async fn after_an_append_of_unknown_fate_the_stream_is_read_again() {
    let (log, sources) = slow();
    let chats = Streams::<Chat>::new(log.clone(), sources);
    log.inner.refuse(Some(AppendError::Unknown("cut".to_owned())));
    let unknown = chats.execute(live(), post("a"), act()).await;
    assert!(matches!(unknown, Err(ExecuteError::Append(AppendError::Unknown(_)))));
    log.inner.refuse(None);
    assert!(chats.look(live()).await.unwrap().state.lines.is_empty());
    assert_eq!(
        chats.execute(live(), post("b"), act()).await.unwrap().position,
        Position(1)
    );
}

#[tokio::test]
async fn an_idle_owner_goes_and_its_state_comes_back() {
    let (log, sources) = slow();
    let mut chats = Streams::<Chat>::new(log.clone(), sources);
    chats.idle = Duration::from_millis(1);
    chats.execute(live(), post("a"), act()).await.unwrap();
    let gone = async {
        while !chats.owners.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), gone).await.unwrap();
    chats.execute(live(), post("b"), act()).await.unwrap();
    assert_eq!(chats.look(live()).await.unwrap().state.lines.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_command_is_lost_to_an_owner_that_goes() {
    let (log, sources) = slow();
    let mut chats = Streams::<Chat>::new(log.clone(), sources);
    chats.idle = Duration::ZERO;
    let tasks: Vec<_> = (0..4)
        .map(|t| {
            let chats = chats.clone();
            tokio::spawn(async move {
                for n in 0..250 {
                    chats.execute(live(), post(&format!("{t}.{n}")), act()).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let written = lines(&log).await;
    assert_eq!(written.len(), 1000);
    for t in 0..4 {
        let own: Vec<_> = written
            .iter()
            .filter(|w| w.starts_with(&format!("{t}.")))
            .cloned()
            .collect();
        assert_eq!(own, (0..250).map(|n| format!("{t}.{n}")).collect::<Vec<_>>());
    }
}
