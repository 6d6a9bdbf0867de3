//! `log.mark`: the last position of the log that was seen, and the hash there.
//!
//! It is written at most once a second, at close and after each start, so a log that loses its end is noticed unless
//! everything it lost is younger than that last second; readers' marks in the store narrow the window further.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::{FolderError, Mark, Store};
use crate::envelope::Position;
use crate::log::{EventLog, SqliteLog};

/// How often the mark is written where the log has moved.
const MARK_EVERY: Duration = Duration::from_secs(1);

/// What stands in the file.
#[derive(Serialize, Deserialize)]
pub(super) struct MarkFile {
    pub log_id: String,
    epoch: String,
    position: Position,
    hash: String,
}

/// The first mark that the log does not bear out.
pub(super) async fn find_loss(path: &Path, log: &SqliteLog, store: &Store) -> Result<Option<FolderError>, FolderError> {
    let identity = log.identity();
    let mut seen: Vec<(String, Mark)> = Vec::new();
    if let Some(file) = read_mark(path)? {
        // Another log altogether, or one from before its last epoch.
        let known = file.log_id == identity.log_id && file.epoch == identity.epoch;
        let hash = hex::decode(&file.hash)
            .ok()
            .and_then(|h| h.try_into().ok())
            .unwrap_or_default();
        if !known {
            return Ok(Some(FolderError::EventsLost {
                who: "log.mark".to_owned(),
                seen: file.position,
                head: log.head(),
            }));
        }
        seen.push((
            "log.mark".to_owned(),
            Mark {
                epoch: file.epoch,
                position: file.position,
                hash,
            },
        ));
    }
    seen.extend(store.marks().await?);
    for (who, mark) in seen {
        // Marks go when a loss is accepted, so another epoch is that of a log which was put away since.
        let borne_out = mark.epoch == identity.epoch
            && (mark.position == Position(0) || log.hash_at(mark.position).await? == Some(mark.hash));
        if !borne_out {
            return Ok(Some(FolderError::EventsLost {
                who,
                seen: mark.position,
                head: log.head(),
            }));
        }
    }
    Ok(None)
}

pub(super) fn read_mark(path: &Path) -> Result<Option<MarkFile>, FolderError> {
    let file = path.join("log.mark");
    match std::fs::read(&file) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|e| FolderError::Io {
            path: file,
            source: e.into(),
        }),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(FolderError::Io { path: file, source }),
    }
}

/// Beside it first, then renamed: a crash leaves the old mark or the new one.
pub(super) async fn write_mark(path: &Path, log: &SqliteLog) -> Result<(), FolderError> {
    let identity = log.identity();
    let position = log.head();
    let hash = log.hash_at(position).await?.unwrap_or_default();
    let mark = MarkFile {
        log_id: identity.log_id,
        epoch: identity.epoch,
        position,
        hash: hex::encode(hash),
    };
    let (file, beside) = (path.join("log.mark"), path.join("log.mark.new"));
    let folder = path.to_owned();
    let at = file.clone();
    let write = move || -> std::io::Result<()> {
        let mut out = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&beside)?;
        out.write_all(&serde_json::to_vec(&mark)?)?;
        out.sync_all()?;
        std::fs::rename(&beside, &file)?;
        File::open(folder)?.sync_all()
    };
    let done = tokio::task::spawn_blocking(write)
        .await
        .unwrap_or_else(|e| Err(std::io::Error::other(e)));
    done.map_err(|source| FolderError::Io { path: at, source })
}

pub(super) async fn keep_marks(path: PathBuf, log: Arc<SqliteLog>, mut stopped: oneshot::Receiver<()>) {
    let mut every = tokio::time::interval(MARK_EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut marked = log.head();
    loop {
        tokio::select! {
            _ = &mut stopped => return,
            _ = every.tick() => {}
        }
        let head = log.head();
        if head > marked {
            match write_mark(&path, &log).await {
                Ok(()) => marked = head,
                // On a full disk: the old mark stays, and the next second tries again.
                Err(e) => tracing::warn!(error = %e, "the log's mark could not be written"),
            }
        }
    }
}
