//! The owner task of one stream: it holds the folded state, decides, queues events with the next versions, and answers
//! after durability (design §3).

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::{Ask, Done, ExecuteError, Folded, IN_FLIGHT, Job, TRIES, fold_on};
use crate::aggregate::{Act, Aggregate, Meta};
use crate::catalogue::EventData;
use crate::envelope::{Expected, NewEvent, Position, StreamName};
use crate::ids::{EventId, Sources};
use crate::log::{AppendError, Appended, EventLog};

/// A batch on its way to the disk, with what is needed to decide it again.
pub(super) struct Flight<A: Aggregate> {
    job: Job<A>,
    durable: oneshot::Receiver<Result<Appended, AppendError>>,
    /// Id of its last event.
    last: Option<EventId>,
}

pub(super) struct Owner<A: Aggregate> {
    pub(super) log: Arc<dyn EventLog>,
    pub(super) sources: Sources,
    pub(super) stream: StreamName,
    /// The state with everything in flight folded in; `None` when it must be read.
    pub(super) folded: Option<Folded<A>>,
    pub(super) in_flight: VecDeque<Flight<A>>,
    /// Commands to be decided again, before any new one: order is kept.
    pub(super) again: VecDeque<Job<A>>,
    /// How long it waits for the next command before it goes.
    pub(super) idle: Duration,
}

impl<A: Aggregate> Owner<A> {
    pub(super) async fn run(
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
