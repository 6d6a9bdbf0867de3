//! What happens beside the writer: checkpoints, and finding out that a full disk has room again.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sqlx::{Connection, SqliteConnection};
use tokio::sync::mpsc;

use super::{Shared, SqliteOptions, ballast};

/// How often a full disk is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

pub(super) fn wal_bytes(log: &Path) -> u64 {
    let mut name = log.as_os_str().to_owned();
    name.push("-wal");
    std::fs::metadata(name).map_or(0, |m| m.len())
}

/// Runs until the writer drops its end of `written` (a message: the write-ahead log has grown).
pub(super) async fn run(
    shared: Arc<Shared>,
    mut connection: SqliteConnection,
    mut written: mpsc::Receiver<()>,
    options: SqliteOptions,
) {
    let mut look = tokio::time::interval(LOOK_AGAIN);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            grown = written.recv() => {
                if grown.is_none() {
                    break;
                }
                if let Err(e) = checkpoint(&shared, &mut connection, &options).await {
                    tracing::warn!(error = %e, "the log could not be checkpointed");
                }
            }
            _ = look.tick() => keep_ballast(&shared).await,
        }
    }
    let _ = connection.close().await;
}

async fn keep_ballast(shared: &Arc<Shared>) {
    let path = shared.path.clone();
    let there = tokio::task::spawn_blocking(move || ballast::make(&path))
        .await
        .unwrap_or(false);
    if there && !shared.closed.load(Ordering::SeqCst) && shared.refusing().is_some() {
        // Whoever sends nothing while the log refuses would else never find out that it no longer does.
        tracing::info!("the log's disk has room again");
        shared.refuse(None);
    }
}

async fn checkpoint(
    shared: &Shared,
    connection: &mut SqliteConnection,
    options: &SqliteOptions,
) -> Result<(), sqlx::Error> {
    sqlx::query("pragma wal_checkpoint(passive)")
        .fetch_all(&mut *connection)
        .await?;
    shared.counters.checkpoints.fetch_add(1, Ordering::Relaxed);
    if wal_bytes(&shared.path) >= options.truncate_bytes {
        // What the passive checkpoint left is little, so the writer waits for little.
        let _gate = shared.gate.lock().await;
        sqlx::query("pragma wal_checkpoint(truncate)")
            .fetch_all(&mut *connection)
            .await?;
        shared.counters.checkpoints.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}
