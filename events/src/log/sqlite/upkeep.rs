//! What happens beside the writer: checkpoints, finding out that a full disk has room again, and whether the file is
//! still the one that was opened.

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
            _ = look.tick() => {
                watch_file(&shared);
                keep_ballast(&shared).await;
            }
        }
    }
    let _ = connection.close().await;
}

/// Makes the ballast again where it was freed, and finds out whether a disk that was full has room.
async fn keep_ballast(shared: &Arc<Shared>) {
    let refused = shared.refusing().is_some();
    // Trying takes up the last room for a moment: an append in that moment would be refused for nothing.
    let _gate = if refused || shared.reserve_used.load(Ordering::SeqCst) {
        Some(shared.gate.lock().await)
    } else {
        None
    };
    let path = shared.path.clone();
    let well = tokio::task::spawn_blocking(move || ballast::make(&path) && (!refused || ballast::has_room(&path)))
        .await
        .unwrap_or(false);
    if !well {
        return;
    }
    shared.reserve_used.store(false, Ordering::SeqCst);
    if !shared.closed.load(Ordering::SeqCst) && shared.refusing().is_some() {
        // Whoever sends nothing while the log refuses would else never find out that it no longer does.
        tracing::info!("the log's disk has room again");
        shared.refuse(None);
    }
}

/// The file was put away or replaced under the running server: SQLite would go on writing to one that nobody will
/// ever find again (with a write-ahead log it does not look), so writing ends.
fn watch_file(shared: &Shared) {
    if shared.closed.load(Ordering::SeqCst) || shared.file.is_none() || file_id(&shared.path) == shared.file {
        return;
    }
    tracing::error!(path = %shared.path.display(), "the log's file is no longer the one that was opened");
    shared.end(format!(
        "{} was moved or replaced while the server ran; put it back, and restart",
        shared.path.display()
    ));
}

/// Device and number of a file; `None`: it is not there.
pub(super) fn file_id(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|m| (m.dev(), m.ino()))
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
