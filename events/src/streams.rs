//! Owners of streams (design §3): each stream in use has one task that holds the folded state, runs
//! `decide`, and queues events with the next versions without waiting for the disk, so that several batches
//! of one stream may be in flight. A version conflict folds what is new and decides again.
//! The answer goes out after durability.

mod owner;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use self::owner::Owner;
use crate::aggregate::{Act, Aggregate, Meta};
use crate::catalogue::{DecodeError, EventData};
use crate::envelope::{Position, Recorded, StreamName};
use crate::ids::{EventId, Sources};
use crate::log::{AppendError, EventLog, LogError};

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
        // Looked at far more often than written: each line of chat has its live and its meeting looked at.
        if folded.version.is_some_and(|v| log.ends_at(stream, v)) {
            return Ok(());
        }
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
    /// `building-{id}`: all buildings are one stream.
    pub buildings: Streams<crate::building::Buildings>,
    /// `elsewhere-{id}`: all sessions that were opened elsewhere are one stream.
    pub elsewhere: Streams<crate::elsewhere::Elsewhere>,
    /// `page-{live}`.
    pub pages: Streams<crate::page::Page>,
    /// `feed-{live}`.
    pub feeds: Streams<crate::feed::Feed>,
    /// `chat-{live}`.
    pub chats: Streams<crate::chat::Chat>,
    /// `relay-{session}`.
    pub relays: Streams<crate::relay::Relay>,
    /// `person-{id}`.
    pub people: Streams<crate::person::Person>,
    /// `group-{id}`, the id made of the code ([`crate::group::id`]).
    pub groups: Streams<crate::group::Group>,
    /// `recordings-{meeting}`.
    pub recordings: Streams<crate::recordings::Recordings>,
    /// `mail-{id}`.
    pub mails: Streams<crate::mail::Mail>,
    /// `rehearsal-{id}`.
    pub rehearsals: Streams<crate::rehearsal::Rehearsal>,
    /// `reactor-{name}`.
    pub reactors: Streams<crate::reactor::Reactor>,
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
            buildings: Streams::new(log.clone(), sources.clone()),
            elsewhere: Streams::new(log.clone(), sources.clone()),
            pages: Streams::new(log.clone(), sources.clone()),
            feeds: Streams::new(log.clone(), sources.clone()),
            chats: Streams::new(log.clone(), sources.clone()),
            relays: Streams::new(log.clone(), sources.clone()),
            people: Streams::new(log.clone(), sources.clone()),
            groups: Streams::new(log.clone(), sources.clone()),
            recordings: Streams::new(log.clone(), sources.clone()),
            mails: Streams::new(log.clone(), sources.clone()),
            rehearsals: Streams::new(log.clone(), sources.clone()),
            reactors: Streams::new(log.clone(), sources.clone()),
        }
    }
}

#[cfg(test)]
#[path = "streams_tests.rs"]
mod tests;
