//! Building models anew, also while they are read and written: the new tables grow beside the old ones and take their
//! place in one transaction.

use std::sync::Arc;

use amphi_events::log::Filter;
use amphi_events::{Position, Recorded};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use crate::ReadError;
use crate::follow::{BATCH, feed, wanted};
use crate::model::{Model, Space};
use crate::open::{ReadModels, Stand, create_tables, drop_tables, next_build};

impl ReadModels {
    /// Builds these models anew (none named: all), one after the other. `progress` is told the model, the position reached
    /// and the log's head. The old tables are read and written until the new ones are complete.
    ///
    /// # Errors
    /// No model has that name; SQLite or the log failed; the model can't take an event ([`ReadError::Halted`]: the old
    /// tables stay).
    pub async fn rebuild(
        self: &Arc<Self>,
        models: &[String],
        progress: impl Fn(&str, u64, u64),
    ) -> Result<(), ReadError> {
        if let Some(unknown) = models
            .iter()
            .find(|n| !self.models.iter().any(|m| m.name() == n.as_str()))
        {
            return Err(ReadError::NoModel(unknown.clone()));
        }
        // Two rebuilds would write to the same new tables.
        let _alone = self.rebuilding.lock().await;
        for model in self
            .models
            .iter()
            .filter(|m| models.is_empty() || models.iter().any(|n| n == m.name()))
        {
            self.rebuild_one(model, &progress).await?;
        }
        Ok(())
    }

    async fn rebuild_one(
        self: &Arc<Self>,
        model: &Arc<dyn Model>,
        progress: &impl Fn(&str, u64, u64),
    ) -> Result<(), ReadError> {
        let build = finished(self.clone().begin(model.clone())).await?;
        let mut at = Position(0);
        loop {
            let page = self.log.read_all(at, &of(&**model), BATCH).await?;
            finished(self.clone().grow(model.clone(), at, page.events)).await?;
            at = at.max(page.upto);
            progress(model.name(), at.0, self.log.head().0.max(at.0));
            if page.end {
                break;
            }
        }
        let reached = finished(self.clone().swap(model.clone(), at, build)).await?;
        progress(model.name(), reached.0, reached.0);
        Ok(())
    }

    /// Makes the new tables, empty; gives the number of this build.
    async fn begin(self: Arc<Self>, model: Arc<dyn Model>) -> Result<i64, ReadError> {
        let mut db = self.writer.lock().await;
        let mut tx = db.begin_with("BEGIN IMMEDIATE").await?;
        let build = next_build(&mut tx, model.name()).await?;
        // Those of a rebuild that was given up.
        drop_tables(&mut tx, &*model, Space::NEW).await?;
        create_tables(&mut tx, &*model, Space::NEW, build).await?;
        tx.commit().await?;
        Ok(build)
    }

    /// Writes a batch to the new tables.
    async fn grow(
        self: Arc<Self>,
        model: Arc<dyn Model>,
        after: Position,
        events: Vec<Arc<Recorded>>,
    ) -> Result<(), ReadError> {
        let mut db = self.writer.lock().await;
        let mut tx = db.begin_with("BEGIN IMMEDIATE").await?;
        let taken = add(&mut tx, &*model, after, &events).await;
        if let Err(ReadError::Halted { .. }) = taken {
            drop_tables(&mut tx, &*model, Space::NEW).await?;
        }
        tx.commit().await?;
        taken
    }

    /// Reads what the log got meanwhile and puts the new tables in the place of the old ones, in one transaction while nobody
    /// else writes.
    async fn swap(self: Arc<Self>, model: Arc<dyn Model>, mut at: Position, build: i64) -> Result<Position, ReadError> {
        let mut db = self.writer.lock().await;
        let mut tx = db.begin_with("BEGIN IMMEDIATE").await?;
        loop {
            let page = self.log.read_all(at, &of(&*model), BATCH).await?;
            add(&mut tx, &*model, at, &page.events).await?;
            at = at.max(page.upto);
            // What is beyond is for the follower; but nothing may be missing of what it has read.
            if page.end {
                break;
            }
        }
        drop_tables(&mut tx, &*model, Space::LIVE).await?;
        for table in model.tables() {
            let sql = format!("ALTER TABLE {} RENAME TO {}", Space::NEW.table(table.name), table.name);
            sqlx::query(AssertSqlSafe(sql)).execute(&mut *tx).await?;
        }
        let sql = "UPDATE models SET position = ?, build = ? WHERE name = ?";
        sqlx::query(sql)
            .bind(at.0 as i64)
            .bind(build)
            .bind(model.name())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        self.stands(vec![(
            model.name(),
            Stand {
                position: at,
                halted: None,
            },
        )]);
        Ok(at)
    }
}

/// Runs a transaction to its end, also where the caller gives up waiting: a future dropped half-way would leave it open.
async fn finished<T: Send + 'static>(
    job: impl Future<Output = Result<T, ReadError>> + Send + 'static,
) -> Result<T, ReadError> {
    tokio::spawn(job).await.map_err(|e| ReadError::Db(e.to_string()))?
}

async fn add(
    db: &mut SqliteConnection,
    model: &dyn Model,
    after: Position,
    events: &[Arc<Recorded>],
) -> Result<(), ReadError> {
    match feed(db, model, Space::NEW, &wanted(model, after, events)).await? {
        None => Ok(()),
        Some((position, why)) => Err(ReadError::Halted {
            model: model.name().to_owned(),
            why: format!("position {position}: {why}"),
        }),
    }
}

/// The events that a model reads.
fn of(model: &dyn Model) -> Filter {
    Filter {
        stream_kinds: model.kinds().iter().map(|k| (*k).to_owned()).collect(),
        ..Filter::default()
    }
}
