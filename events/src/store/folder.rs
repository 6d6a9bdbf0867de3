//! The data folder: one process holds it, and what lies in it must fit together before anything starts.
//!
//! `log.mark` holds the last position seen and the hash there. It is written at most once a second, at close and after
//! each start, so a log that loses its end is noticed unless everything it lost is younger than that last
//! second; readers' marks in the store narrow the window further.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{KeyError, Keyring, Mark, MasterKey, Store, StoreError};
use crate::envelope::Position;
use crate::ids::Sources;
use crate::log::sqlite::OpenError;
use crate::log::{EventLog, LogError, SqliteLog, SqliteOptions};

/// How often the mark is written where the log has moved.
const MARK_EVERY: Duration = Duration::from_secs(1);
/// File systems of other machines: their locks and shared memory can't be trusted with a write-ahead log.
const NETWORK: &[&str] = &[
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "afs",
    "ceph",
    "lustre",
    "glusterfs",
    "fuse.sshfs",
    "fuse.glusterfs",
    "fuse.ceph",
    "fuse.rclone",
    "fuse.s3fs",
];

/// Why a data folder was not opened. Each says the way out.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another process holds it.
    #[error("the data folder {0} is in use by another amphi process; stop it first, or give another folder")]
    InUse(PathBuf),
    /// It lies on another machine.
    #[error("the data folder {path} is on a network file system ({kind}); put it on a local disk")]
    Network {
        /// The folder.
        path: PathBuf,
        /// The file system's type.
        kind: String,
    },
    /// The log is not the one that was acknowledged.
    #[error(
        "the log ends at position {head}, but {who} has seen position {seen}: acknowledged events are lost. \
         Put the newest log.db back, or start with --accept-lost-events to go on without them"
    )]
    EventsLost {
        /// Whose mark tells.
        who: String,
        /// The mark's position.
        seen: Position,
        /// The log's last position.
        head: Position,
    },
    /// The folder or a small file in it.
    #[error("{path}: {source}")]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The log.
    #[error(transparent)]
    Log(#[from] OpenError),
    /// The log, while reading.
    #[error(transparent)]
    Read(#[from] LogError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How a folder is opened.
#[derive(Clone)]
pub struct FolderOptions {
    /// Go on where acknowledged events are lost, with a new epoch.
    pub accept_lost_events: bool,
    /// Clock, ids, randomness.
    pub sources: Sources,
}

/// An open data folder. Close it with [`DataFolder::close`]; dropped, it is as after a crash.
pub struct DataFolder {
    /// The log.
    pub log: Arc<SqliteLog>,
    /// The keys.
    pub keys: Arc<Keyring>,
    /// The store.
    pub store: Arc<Store>,
    /// Where it is.
    pub path: PathBuf,
    /// The log was found put back and was given a new epoch.
    pub lost_events_accepted: bool,
    marks: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
    _lock: File,
}

#[derive(Serialize, Deserialize)]
struct MarkFile {
    log_id: String,
    epoch: String,
    position: Position,
    hash: String,
}

impl DataFolder {
    /// Opens the folder, makes it where there is none (0700), and checks that nothing acknowledged is missing.
    ///
    /// # Errors
    /// [`FolderError`].
    pub async fn open(dir: &Path, master: MasterKey, options: FolderOptions) -> Result<Self, FolderError> {
        let io = |source| FolderError::Io {
            path: dir.to_owned(),
            source,
        };
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(io)?;
        let path = dir.canonicalize().map_err(io)?;
        refuse_network(&path)?;
        let lock = lock(&path)?;
        let log = SqliteLog::open(&path.join("log.db"), SqliteOptions::new(options.sources.clone())).await?;
        let opened = Self::open_rest(&path, &master, &options, Arc::clone(&log)).await;
        let (keys, store, lost) = match opened {
            Ok(rest) => rest,
            Err(e) => {
                log.close().await;
                return Err(e);
            }
        };
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(keep_marks(path.clone(), Arc::clone(&log), stopped));
        Ok(Self {
            log,
            keys: Arc::new(keys),
            store: Arc::new(store),
            path,
            lost_events_accepted: lost,
            marks: Some((stop, task)),
            _lock: lock,
        })
    }

    async fn open_rest(
        path: &Path,
        master: &MasterKey,
        options: &FolderOptions,
        log: Arc<SqliteLog>,
    ) -> Result<(Keyring, Store, bool), FolderError> {
        let sources = &options.sources;
        let keys = Keyring::load(
            &path.join("keys.db"),
            master,
            &log.identity().log_id,
            Arc::clone(&sources.ids),
        )
        .await?;
        let store = Store::open(&path.join("store.db"), master, sources.clone()).await?;
        let lost = match find_loss(path, &log, &store).await? {
            None => false,
            Some(loss) if !options.accept_lost_events => return Err(loss),
            Some(loss) => {
                tracing::warn!(%loss, "going on without lost events, as told");
                log.new_epoch().await?;
                store.forget_beyond(log.head()).await?;
                true
            }
        };
        write_mark(path, &log).await?;
        Ok((keys, store, lost))
    }

    /// Writes the last mark and closes every file; the folder is free for another process afterwards.
    pub async fn close(mut self) {
        if let Some((stop, task)) = self.marks.take() {
            let _ = stop.send(());
            let _ = task.await;
        }
        // Once more after the last append could have come: the log takes none from here on.
        let head = self.log.head();
        if head > Position(0)
            && let Err(e) = write_mark(&self.path, &self.log).await
        {
            tracing::warn!(error = %e, "the log's mark could not be written");
        }
        self.log.close().await;
        self.store.close().await;
        self.keys.close().await;
    }
}

fn lock(path: &Path) -> Result<File, FolderError> {
    let file = path.join("lock");
    let io = |source| FolderError::Io {
        path: file.clone(),
        source,
    };
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&file)
        .map_err(io)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(FolderError::InUse(path.to_owned())),
        Err(TryLockError::Error(e)) => Err(io(e)),
    }
}

/// By the kernel's list of mounts; where there is none (no Linux) nothing is refused.
fn refuse_network(path: &Path) -> Result<(), FolderError> {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    match mounted_as(&mounts, path) {
        Some(kind) if NETWORK.contains(&kind.as_str()) => Err(FolderError::Network {
            path: path.to_owned(),
            kind,
        }),
        _ => Ok(()),
    }
}

/// Type of the file system that a path lies on: the deepest mount point above it, of several there the last.
fn mounted_as(mounts: &str, path: &Path) -> Option<String> {
    let mut best: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let Some((left, right)) = line.split_once(" - ") else {
            continue;
        };
        let Some(point) = left.split(' ').nth(4) else { continue };
        let point = point
            .replace("\\040", " ")
            .replace("\\011", "\t")
            .replace("\\134", "\\");
        let depth = Path::new(&point).components().count();
        if path.starts_with(&point) && best.is_none_or(|(d, _)| depth >= d) {
            best = right.split(' ').next().map(|kind| (depth, kind));
        }
    }
    best.map(|(_, kind)| kind.to_owned())
}

/// The first mark that the log does not bear out.
async fn find_loss(path: &Path, log: &SqliteLog, store: &Store) -> Result<Option<FolderError>, FolderError> {
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
    seen.extend(
        store
            .marks()
            .await?
            .into_iter()
            .filter(|(_, m)| m.epoch == identity.epoch),
    );
    for (who, mark) in seen {
        if mark.position > Position(0) && log.hash_at(mark.position).await? != Some(mark.hash) {
            return Ok(Some(FolderError::EventsLost {
                who,
                seen: mark.position,
                head: log.head(),
            }));
        }
    }
    Ok(None)
}

fn read_mark(path: &Path) -> Result<Option<MarkFile>, FolderError> {
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
async fn write_mark(path: &Path, log: &SqliteLog) -> Result<(), FolderError> {
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

async fn keep_marks(path: PathBuf, log: Arc<SqliteLog>, mut stopped: oneshot::Receiver<()>) {
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
