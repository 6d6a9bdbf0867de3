//! Owners of streams (design §3): each stream in use has one task that holds the folded state, runs
//! `decide`, and queues events with the next versions without waiting for the disk, so that several batches
//! of one stream may be in flight. A version conflict folds what is new and decides again.
//! The answer goes out after durability.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::aggregate::{Act, Aggregate, Meta};
use crate::catalogue::{DecodeError, EventData};
use crate::envelope::{Expected, NewEvent, Position, Recorded, StreamName};
use crate::ids::{EventId, Sources};
use crate::log::{AppendError, Appended, EventLog, LogError};

/// Most batches of one stream in flight: bounds the memory of a stream whose disk is slow.
const IN_FLIGHT: usize = 64;
/// Most commands waiting for one owner; more wait outside.
const QUEUE: usize = 256;
/// An owner that hears nothing for so long goes, and its state with it.
const IDLE: Duration = Duration::from_mins(1);
/// How often a command is decided again after conflicts before it is given up.
const TRIES: u32 = 16;
/// Events read at a time while folding.
const PAGE: usize = 1000;

/// What a command did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Position up to which a reader must have read to see the effect.
    pub position: Position,
    /// Ids of the events written; empty when what was asked was so already.
    pub ids: Vec<EventId>,
    /// The key existed: the ids are the first time's.
    pub duplicate: bool,
}

/// Why a command was not carried out.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ExecuteError<R: std::error::Error + Clone + 'static> {
    /// A rule stands against it.
    #[error(transparent)]
    Refused(R),
    /// The log did not take it, or nobody knows.
    #[error(transparent)]
    Append(AppendError),
    /// The stream could not be read.
    #[error("the stream could not be folded: {0}")]
    Read(String),
    /// Others kept writing to the stream.
    #[error("the stream is too busy")]
    Contended,
    /// The program is going down.
    #[error("the program is going down")]
    Gone,
}

impl<R: std::error::Error + Clone + 'static> ExecuteError<R> {
    /// The rule, where one stands against the command.
    pub fn refusal(&self) -> Option<&R> {
        match self {
            Self::Refused(r) => Some(r),
            _ => None,
        }
    }
}

/// A state as folded, with where its stream ends.
#[derive(Debug, Clone)]
pub struct Folded<A> {
    /// The state.
    pub state: A,
    /// Version of the last event; `None` for an empty stream.
    pub version: Option<u64>,
    /// Position of the last event.
    pub position: Position,
}

/// Reads a stream and folds it.
///
/// # Errors
/// The log can't be read, or holds something that is no event of this stream.
pub async fn fold<A: Aggregate>(log: &dyn EventLog, stream: &StreamName) -> Result<Folded<A>, String> {
    let mut folded = Folded {
        state: A::default(),
        version: None,
        position: Position(0),
    };
    fold_on(log, stream, &mut folded).await?;
    Ok(folded)
}

async fn fold_on<A: Aggregate>(log: &dyn EventLog, stream: &StreamName, folded: &mut Folded<A>) -> Result<(), String> {
    loop {
        let from = folded.version.map_or(0, |v| v + 1);
        let page = log
            .read_stream(stream, from, PAGE)
            .await
            .map_err(|e: LogError| e.to_string())?;
        let full = page.len() == PAGE;
        for e in page {
            apply(folded, &e).map_err(|d: DecodeError| d.to_string())?;
        }
        if !full {
            return Ok(());
        }
    }
}

fn apply<A: Aggregate>(folded: &mut Folded<A>, e: &Recorded) -> Result<(), DecodeError> {
    let event = A::Event::decode(&e.event.kind, e.event.schema, &e.event.data)?;
    folded.state.evolve(
        &event,
        Meta {
            id: e.event.id,
            time: e.event.time,
        },
    );
    folded.version = Some(e.version);
    folded.position = e.position;
    Ok(())
}

type Answer<A> = oneshot::Sender<Result<Done, ExecuteError<<A as Aggregate>::Refusal>>>;

struct Job<A: Aggregate> {
    command: A::Command,
    act: Act,
    answer: Answer<A>,
    tries: u32,
}

enum Ask<A: Aggregate> {
    Execute(Box<Job<A>>),
    Look(oneshot::Sender<Result<Folded<A>, String>>),
}

/// The owners of all streams of one kind.
pub struct Streams<A: Aggregate> {
    log: Arc<dyn EventLog>,
    sources: Sources,
    owners: Arc<Mutex<HashMap<StreamName, mpsc::Sender<Ask<A>>>>>,
    idle: Duration,
}

impl<A: Aggregate> Clone for Streams<A> {
    fn clone(&self) -> Self {
        Self {
            log: self.log.clone(),
            sources: self.sources.clone(),
            owners: self.owners.clone(),
            idle: self.idle,
        }
    }
}

impl<A: Aggregate> Streams<A> {
    /// Owners on a log.
    pub fn new(log: Arc<dyn EventLog>, sources: Sources) -> Self {
        Self {
            log,
            sources,
            owners: Arc::default(),
            idle: IDLE,
        }
    }

    /// Carries out a command on the stream `KIND-id`; answers once the events are durable.
    ///
    /// # Errors
    /// [`ExecuteError`].
    pub async fn execute(
        &self,
        id: impl std::fmt::Display,
        command: A::Command,
        act: Act,
    ) -> Result<Done, ExecuteError<A::Refusal>> {
        let stream = StreamName::of(A::KIND, id);
        let (answer, answered) = oneshot::channel();
        let mut ask = Ask::Execute(Box::new(Job {
            command,
            act,
            answer,
            tries: 0,
        }));
        loop {
            match self.owner(&stream).send(ask).await {
                Ok(()) => return answered.await.unwrap_or(Err(ExecuteError::Gone)),
                // The owner went idle between the look-up and the send.
                Err(mpsc::error::SendError(back)) => ask = back,
            }
        }
    }

    /// The state of the stream `KIND-id` as its owner holds it, with everything durable folded in.
    ///
    /// # Errors
    /// The stream could not be read.
    pub async fn look(&self, id: impl std::fmt::Display) -> Result<Folded<A>, String> {
        let stream = StreamName::of(A::KIND, id);
        let (answer, answered) = oneshot::channel();
        let mut ask = Ask::Look(answer);
        loop {
            match self.owner(&stream).send(ask).await {
                Ok(()) => {
                    return answered
                        .await
                        .unwrap_or_else(|_| Err("the program is going down".to_owned()));
                }
                Err(mpsc::error::SendError(back)) => ask = back,
            }
        }
    }

    fn owner(&self, stream: &StreamName) -> mpsc::Sender<Ask<A>> {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = owners.get(stream).filter(|s| !s.is_closed()) {
            return sender.clone();
        }
        let (sender, receiver) = mpsc::channel(QUEUE);
        owners.insert(stream.clone(), sender.clone());
        let owner = Owner {
            log: self.log.clone(),
            sources: self.sources.clone(),
            stream: stream.clone(),
            folded: None,
            in_flight: VecDeque::new(),
            again: VecDeque::new(),
            idle: self.idle,
        };
        tokio::spawn(owner.run(receiver, self.owners.clone()));
        sender
    }
}

/// The owners of every kind of stream: what pages, API and reactors are given to change anything.
#[derive(Clone)]
pub struct Aggregates {
    /// `meeting-{id}`.
    pub meetings: Streams<crate::meeting::Meeting>,
    /// `session-{id}`.
    pub sessions: Streams<crate::session::Session>,
    /// `live-{id}`.
    pub lives: Streams<crate::live::Live>,
    /// `gateway-{id}`.
    pub gateways: Streams<crate::gateway::Gateway>,
    /// `broadcaster-{id}`.
    pub broadcasters: Streams<crate::broadcaster::Broadcaster>,
    /// `chat-{live}`.
    pub chats: Streams<crate::chat::Chat>,
    /// `relay-{session}`.
    pub relays: Streams<crate::relay::Relay>,
    /// `person-{id}`.
    pub people: Streams<crate::person::Person>,
    /// `mail-{id}`.
    pub mails: Streams<crate::mail::Mail>,
}

impl Aggregates {
    /// Owners on a log.
    pub fn new(log: &Arc<dyn EventLog>, sources: &Sources) -> Self {
        Self {
            meetings: Streams::new(log.clone(), sources.clone()),
            sessions: Streams::new(log.clone(), sources.clone()),
            lives: Streams::new(log.clone(), sources.clone()),
            gateways: Streams::new(log.clone(), sources.clone()),
            broadcasters: Streams::new(log.clone(), sources.clone()),
            chats: Streams::new(log.clone(), sources.clone()),
            relays: Streams::new(log.clone(), sources.clone()),
            people: Streams::new(log.clone(), sources.clone()),
            mails: Streams::new(log.clone(), sources.clone()),
        }
    }
}

/// A batch on its way to the disk, with what is needed to decide it again.
struct Flight<A: Aggregate> {
    job: Job<A>,
    durable: oneshot::Receiver<Result<Appended, AppendError>>,
    /// Id of its last event.
    last: Option<EventId>,
}

struct Owner<A: Aggregate> {
    log: Arc<dyn EventLog>,
    sources: Sources,
    stream: StreamName,
    /// The state with everything in flight folded in; `None` when it must be read.
    folded: Option<Folded<A>>,
    in_flight: VecDeque<Flight<A>>,
    /// Commands to be decided again, before any new one: order is kept.
    again: VecDeque<Job<A>>,
    /// How long it waits for the next command before it goes.
    idle: Duration,
}

impl<A: Aggregate> Owner<A> {
    async fn run(
        mut self,
        mut asks: mpsc::Receiver<Ask<A>>,
        owners: Arc<Mutex<HashMap<StreamName, mpsc::Sender<Ask<A>>>>>,
    ) {
        loop {
            while let Some(job) = self.again.pop_front() {
                self.settle_if_full().await;
                self.decide(job).await;
            }
            let next = if self.in_flight.is_empty() {
                if let Ok(ask) = tokio::time::timeout(self.idle, asks.recv()).await {
                    ask
                } else {
                    // Closed under the registry's lock: nobody can find this owner and then lose an ask in it.
                    {
                        let mut owners = owners.lock().unwrap_or_else(PoisonError::into_inner);
                        asks.close();
                        if owners.get(&self.stream).is_some_and(mpsc::Sender::is_closed) {
                            owners.remove(&self.stream);
                        }
                    }
                    // What was sent just before the close is still served.
                    match asks.recv().await {
                        Some(ask) => Some(ask),
                        None => return,
                    }
                }
            } else {
                tokio::select! {
                    biased;
                    ask = asks.recv(), if self.in_flight.len() < IN_FLIGHT => ask,
                    () = Self::landed(&mut self.in_flight) => {
                        self.settle().await;
                        continue;
                    }
                }
            };
            match next {
                Some(Ask::Execute(job)) => self.decide(*job).await,
                Some(Ask::Look(answer)) => {
                    while !self.in_flight.is_empty() || !self.again.is_empty() {
                        if self.in_flight.is_empty() {
                            if let Some(job) = self.again.pop_front() {
                                self.decide(job).await;
                            }
                        } else {
                            self.settle().await;
                        }
                    }
                    let looked = self.read().await.map(|()| self.folded.clone());
                    let _ = answer.send(looked.and_then(|f| f.ok_or_else(|| "nothing was read".to_owned())));
                }
                None => {
                    while !self.in_flight.is_empty() {
                        self.settle().await;
                    }
                    if self.again.is_empty() {
                        return;
                    }
                }
            }
        }
    }

    /// Waits until the oldest batch in flight has an answer, without taking it (so that it may be cancelled).
    async fn landed(in_flight: &mut VecDeque<Flight<A>>) {
        let Some(first) = in_flight.front_mut() else {
            return std::future::pending().await;
        };
        if first.durable.is_empty() && !first.durable.is_terminated() {
            // A oneshot has no peek: poll it and put the answer back through a fresh channel.
            let answer = (&mut first.durable).await;
            let (put, back) = oneshot::channel();
            if let Ok(answer) = answer {
                let _ = put.send(answer);
            }
            first.durable = back;
        }
    }

    async fn settle_if_full(&mut self) {
        while self.in_flight.len() >= IN_FLIGHT {
            self.settle().await;
        }
    }

    /// Makes sure that the state holds everything durable. Other writers of the log (a second node, a tool beside
    /// the server) are seen here too.
    async fn read(&mut self) -> Result<(), String> {
        let mut folded = self.folded.take().unwrap_or(Folded {
            state: A::default(),
            version: None,
            position: Position(0),
        });
        if self.in_flight.is_empty() {
            fold_on(&*self.log, &self.stream, &mut folded).await?;
        }
        self.folded = Some(folded);
        Ok(())
    }

    async fn decide(&mut self, job: Job<A>) {
        if self.folded.is_none()
            && let Err(why) = self.read().await
        {
            let _ = job.answer.send(Err(ExecuteError::Read(why)));
            return;
        }
        let Some(folded) = &mut self.folded else { return };
        let events = match folded.state.decide(&job.command, job.act.now) {
            Ok(events) => events,
            Err(refusal) => {
                // Refused on a state with undurable events folded in: wait for these first, they may fail.
                if self.in_flight.is_empty() {
                    let answer = self
                        .first_time(&job.act)
                        .await
                        .unwrap_or(Err(ExecuteError::Refused(refusal)));
                    let _ = job.answer.send(answer);
                } else {
                    self.park(job).await;
                }
                return;
            }
        };
        if events.is_empty() {
            if self.in_flight.is_empty() {
                let _ = job.answer.send(Ok(Done {
                    position: folded.position,
                    ids: vec![],
                    duplicate: false,
                }));
            } else {
                self.park(job).await;
            }
            return;
        }
        let mut new = Vec::with_capacity(events.len());
        for (n, event) in events.iter().enumerate() {
            let first = n == 0;
            let id = match job.act.first_id {
                Some(id) if first => id,
                _ => EventId(self.sources.ids.ulid(job.act.now)),
            };
            new.push(NewEvent {
                id,
                kind: event.kind().to_owned(),
                schema: event.schema(),
                time: job.act.now,
                actor: job.act.actor.clone(),
                cause: job.act.cause.clone(),
                key: if first { job.act.key } else { None },
                data: event.encode().into(),
            });
        }
        let expected = folded.version.map_or(Expected::Nothing, Expected::Version);
        for (event, written) in events.iter().zip(&new) {
            folded.state.evolve(
                event,
                Meta {
                    id: written.id,
                    time: written.time,
                },
            );
        }
        folded.version = Some(expected.next() + new.len() as u64 - 1);
        let last = new.last().map(|e| e.id);
        // Behind a batch in flight the version alone could fit somebody else's events by accident.
        let durable = match self.in_flight.back().and_then(|f| f.last) {
            Some(follows) => self.log.submit_after(self.stream.clone(), expected, follows, new),
            None => self.log.submit(self.stream.clone(), expected, new),
        };
        self.in_flight.push_back(Flight { job, durable, last });
    }

    /// What a command did the first time, where its key is in the stream: a line that was posted keeps its receipt, also
    /// once the chat is closed.
    async fn first_time(&self, act: &Act) -> Option<Result<Done, ExecuteError<A::Refusal>>> {
        match self.log.keyed(&self.stream, act.key.as_ref()?).await {
            Ok(first) => first.map(|e| {
                Ok(Done {
                    position: e.position,
                    ids: vec![e.event.id],
                    duplicate: true,
                })
            }),
            Err(error) => Some(Err(ExecuteError::Read(error.to_string()))),
        }
    }

    /// A command that found nothing to do, or a rule against it, on a state that isn't durable yet: everything in
    /// flight is waited for, then it is decided on what is really there, before those that wait behind it.
    async fn park(&mut self, job: Job<A>) {
        let behind = std::mem::take(&mut self.again);
        while !self.in_flight.is_empty() {
            self.settle().await;
        }
        self.again.push_back(job);
        self.again.extend(behind);
    }

    /// Takes the oldest batch in flight and answers its command, or puts it back to be decided again.
    async fn settle(&mut self) {
        let Some(flight) = self.in_flight.pop_front() else {
            return;
        };
        let outcome = flight
            .durable
            .await
            .unwrap_or_else(|_| Err(AppendError::Unknown("the writer is gone".to_owned())));
        let mut job = flight.job;
        match outcome {
            Ok(appended) if !appended.duplicate => {
                if let Some(folded) = &mut self.folded {
                    folded.position = folded.position.max(appended.position);
                }
                let _ = job.answer.send(Ok(Done {
                    position: appended.position,
                    ids: appended.ids,
                    duplicate: false,
                }));
            }
            Ok(appended) => {
                // Nothing was written, but its events were folded in: what flies behind it will conflict.
                self.drop_state().await;
                let _ = job.answer.send(Ok(Done {
                    position: appended.position,
                    ids: appended.ids,
                    duplicate: true,
                }));
            }
            Err(AppendError::Conflict { .. }) => {
                job.tries += 1;
                if job.tries >= TRIES {
                    self.drop_state().await;
                    let _ = job.answer.send(Err(ExecuteError::Contended));
                } else {
                    self.decide_again(job).await;
                }
            }
            Err(AppendError::Full) if job.act.vital && self.log.make_room() => {
                // A stop must be recorded: what was kept aside for it is used, once.
                job.act.vital = false;
                self.decide_again(job).await;
            }
            Err(other) => {
                self.drop_state().await;
                let _ = job.answer.send(Err(ExecuteError::Append(other)));
            }
        }
    }

    /// Puts a command back, with those that conflicted behind it, before whatever waits: order is kept.
    async fn decide_again(&mut self, job: Job<A>) {
        let behind = std::mem::take(&mut self.again);
        self.again.push_back(job);
        self.drop_state().await;
        self.again.extend(behind);
    }

    /// Forgets the speculative state; everything still in flight is heard first, and what conflicted is
    /// put back in order.
    async fn drop_state(&mut self) {
        let flying = std::mem::take(&mut self.in_flight);
        for flight in flying {
            let outcome = flight
                .durable
                .await
                .unwrap_or_else(|_| Err(AppendError::Unknown("the writer is gone".to_owned())));
            let mut job = flight.job;
            match outcome {
                Ok(a) => {
                    let _ = job.answer.send(Ok(Done {
                        position: a.position,
                        ids: a.ids,
                        duplicate: a.duplicate,
                    }));
                }
                // Behind one that was full: room was made, or will be when it is decided again.
                Err(AppendError::Full) if job.act.vital => self.again.push_back(job),
                Err(AppendError::Conflict { .. }) if job.tries + 1 < TRIES => {
                    job.tries += 1;
                    self.again.push_back(job);
                }
                Err(AppendError::Conflict { .. }) => {
                    let _ = job.answer.send(Err(ExecuteError::Contended));
                }
                Err(other) => {
                    let _ = job.answer.send(Err(ExecuteError::Append(other)));
                }
            }
        }
        self.folded = None;
    }
}

#[cfg(test)]
#[path = "streams_tests.rs"]
mod tests;
