//! Following the log: each batch of events goes to every model in one transaction, together with how far it reached.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use amphi_events::log::{Delivery, Filter, subscribe};
use amphi_events::{Position, Recorded};
use serde_json::json;
use sqlx::{Connection as _, SqliteConnection};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::ReadError;
use crate::model::{ApplyError, Model, Space};
use crate::open::{ReadModels, Stand, reconnect};

/// Most events of one transaction: bounds how long a rebuild waits for the writer, and the memory of a batch.
pub(crate) const BATCH: usize = 1000;
/// Transactions that follow each other so soon are too many.
const BUSY: Duration = Duration::from_millis(25);
/// So many of them in a row are load; fewer are one person's clicks, who waits for what they show.
const ROW: u32 = 8;
/// What a busy follower waits before it takes what has come; whoever waits for it waits so much longer.
const GATHER: Duration = Duration::from_millis(40);
/// First wait after a failure of SQLite or of the log's reader; doubles up to [`RETRY_MOST`].
const RETRY_FIRST: Duration = Duration::from_millis(100);
/// Longest wait between tries.
const RETRY_MOST: Duration = Duration::from_secs(5);

/// The event that a model can't take, and why.
pub(crate) type Stopped = Option<(Position, String)>;

impl ReadModels {
    /// Starts the task that follows the log. It runs until it is aborted; a batch that has begun is finished even then.
    pub fn start(self: &Arc<Self>) -> JoinHandle<()> {
        let me = self.clone();
        tokio::spawn(async move {
            let mut pause = RETRY_FIRST;
            loop {
                let before = me.position();
                let Err(e) = me.follow().await;
                if me.position() > before {
                    pause = RETRY_FIRST;
                }
                tracing::warn!(error = %e, "the read models stand still; tried again");
                me.stuck(Some(e.to_string()));
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(RETRY_MOST);
            }
        })
    }

    /// Reads what the log holds now into every model that runs, and returns. For commands that run without a server.
    pub async fn catch_up(self: &Arc<Self>) -> Result<(), ReadError> {
        loop {
            let after = self.lowest();
            let page = self.log.read_all(after, &self.filter(), BATCH).await?;
            if page.upto > after {
                self.take(after, page.upto, page.events).await?;
            }
            if page.end {
                return Ok(());
            }
        }
    }

    /// Everything that some model reads.
    fn filter(&self) -> Filter {
        let mut stream_kinds: Vec<String> = self
            .models
            .iter()
            .flat_map(|m| m.kinds())
            .map(|k| (*k).to_owned())
            .collect();
        stream_kinds.sort_unstable();
        stream_kinds.dedup();
        Filter {
            stream_kinds,
            ..Filter::default()
        }
    }

    async fn follow(self: &Arc<Self>) -> Result<Infallible, ReadError> {
        // When the last transaction was, and how many followed each other too soon.
        let (mut written, mut row): (Option<Instant>, u32) = (None, 0);
        let mut at = self.lowest();
        let mut events = subscribe(self.log.clone(), at, self.filter());
        loop {
            // Under load a transaction takes what comes within a moment, instead of one a line.
            if row >= ROW {
                tokio::time::sleep(GATHER).await;
            }
            match events.next().await? {
                Delivery::Events(mut rest, upto) => {
                    // A model that was rebuilt and runs again may stand before this batch.
                    if self.lowest() < at {
                        at = self.lowest();
                        events = subscribe(self.log.clone(), at, self.filter());
                        continue;
                    }
                    while rest.len() > BATCH {
                        let later = rest.split_off(BATCH);
                        let end = rest.last().map_or(at, |e| e.position);
                        self.take(at, end, rest).await?;
                        (at, rest) = (end, later);
                    }
                    let some = !rest.is_empty();
                    self.take(at, upto, rest).await?;
                    at = upto;
                    if some {
                        let soon = written.is_some_and(|w| w.elapsed() < BUSY + GATHER);
                        row = if soon { row + 1 } else { 0 };
                        written = Some(Instant::now());
                    }
                    self.stuck(None);
                }
                Delivery::CaughtUp(_) => self.stuck(None),
            }
        }
    }

    /// Writes a batch that holds everything of interest in (after, upto]. The transaction runs in a task of its own, so that nobody
    /// who gives up waiting leaves it open.
    async fn take(
        self: &Arc<Self>,
        after: Position,
        upto: Position,
        events: Vec<Arc<Recorded>>,
    ) -> Result<(), ReadError> {
        let me = self.clone();
        let mut db = self.writer.clone().lock_owned().await;
        let write = async move {
            let done = me.commit(&mut db, after, upto, &events).await;
            if done.is_err() {
                // On a full disk SQLite ends the transaction by itself, and the library goes on counting it: no further one
                // would ever begin on this connection, however much room there is by then.
                reconnect(&me.path, &mut db).await?;
            }
            done
        };
        tokio::spawn(write).await.map_err(|e| ReadError::Db(e.to_string()))?
    }

    async fn commit(
        &self,
        db: &mut SqliteConnection,
        after: Position,
        upto: Position,
        events: &[Arc<Recorded>],
    ) -> Result<(), ReadError> {
        let mut tx = db.begin_with("BEGIN IMMEDIATE").await?;
        let (mut news, mut there) = (Vec::new(), Vec::new());
        for model in &self.models {
            let stand = self.stand(model.name());
            // A batch that begins beyond where a model stands would leave a hole in it.
            if stand.halted.is_some() || stand.position >= upto || stand.position < after {
                continue;
            }
            match feed(
                &mut tx,
                &**model,
                Space::LIVE,
                &wanted(&**model, stand.position, events),
            )
            .await?
            {
                None => {
                    there.push(model.name());
                    news.push((
                        model.name(),
                        Stand {
                            position: upto,
                            halted: None,
                        },
                    ));
                }
                Some((position, why)) => {
                    let before = Position(position.0.saturating_sub(1));
                    tracing::error!(model = model.name(), %position, %why, "a read model can't take an event and halts");
                    sqlx::query("UPDATE models SET position = ? WHERE name = ?")
                        .bind(before.0 as i64)
                        .bind(model.name())
                        .execute(&mut *tx)
                        .await?;
                    news.push((
                        model.name(),
                        Stand {
                            position: before,
                            halted: Some(format!("position {position}: {why}")),
                        },
                    ));
                }
            }
        }
        sqlx::query("UPDATE models SET position = ? WHERE name IN (SELECT value FROM json_each(?))")
            .bind(upto.0 as i64)
            .bind(json!(there).to_string())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        self.stands(news);
        Ok(())
    }
}

/// Those of the events that a model reads and has not read.
pub(crate) fn wanted(model: &dyn Model, after: Position, events: &[Arc<Recorded>]) -> Vec<Arc<Recorded>> {
    events
        .iter()
        .filter(|e| e.position > after && model.kinds().contains(&e.stream.kind()))
        .cloned()
        .collect()
}

/// Hands events to a model. If it can't take them all it takes those before the first that it can't.
pub(crate) async fn feed(
    db: &mut SqliteConnection,
    model: &dyn Model,
    space: Space,
    events: &[Arc<Recorded>],
) -> Result<Stopped, sqlx::Error> {
    if events.is_empty() || step(db, model, space, events).await?.is_ok() {
        return Ok(None);
    }
    for e in events {
        if let Err(why) = step(db, model, space, std::slice::from_ref(e)).await? {
            return Ok(Some((e.position, format!("{} of {}: {why}", e.event.kind, e.stream))));
        }
    }
    Ok(None)
}

/// All of the events or none. A savepoint of its own, so that the other models keep what they took.
async fn step(
    db: &mut SqliteConnection,
    model: &dyn Model,
    space: Space,
    events: &[Arc<Recorded>],
) -> Result<Result<(), String>, sqlx::Error> {
    sqlx::query("SAVEPOINT model").execute(&mut *db).await?;
    let outcome = match model.apply(db, space, events).await {
        Ok(()) => Ok(()),
        Err(ApplyError::Event(why)) => {
            sqlx::query("ROLLBACK TO model").execute(&mut *db).await?;
            Err(why)
        }
        Err(ApplyError::Db(e)) => return Err(e),
    };
    sqlx::query("RELEASE model").execute(&mut *db).await?;
    Ok(outcome)
}
