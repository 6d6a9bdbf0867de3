//! The data folder: one process holds it, and what lies in it must fit together before anything starts.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::log_mark::{find_loss, keep_marks, read_mark, write_mark};
use super::{KeyError, Keyring, MasterKey, Store, StoreError};
use crate::envelope::Position;
use crate::ids::Sources;
use crate::log::sqlite::OpenError;
use crate::log::{EventLog, LogError, SqliteLog, SqliteOptions};

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
    /// The log's file is gone, and the folder was in use before.
    #[error(
        "there is no log.db in {path}, but {sign} says that there was one: all of its events are lost. \
         Put log.db (with log.db-wal, if there is one) back from a backup, or start with --accept-lost-events to begin \
         with an empty log; accounts and keys stay, meetings, lives and chats are gone"
    )]
    LogMissing {
        /// The folder.
        path: PathBuf,
        /// The file that tells.
        sign: &'static str,
    },
    /// The keys' file is gone, and the log holds events.
    #[error(
        "there is no keys.db in {path}, but the log holds events: names, messages and addresses in them can't be opened \
         without it. Put keys.db back from a backup, or start with --accept-lost-events to go on without them"
    )]
    KeysMissing {
        /// The folder.
        path: PathBuf,
    },
    /// The folder can't be written.
    #[error(
        "the data folder {path} can't be written ({source}); give the server's account the right to, or mount it for writing"
    )]
    ReadOnly {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
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
        let missing = log_missing(&path);
        if let Some(loss) = &missing
            && !options.accept_lost_events
        {
            return Err(FolderError::LogMissing { path, sign: loss });
        }
        let mut log_options = SqliteOptions::new(options.sources.clone());
        if missing.is_some() {
            // The name of the lost log goes on: what was sealed under it (an export, a copy that turns up) still opens.
            log_options.log_id = read_mark(&path)?.map(|m| m.log_id);
        }
        let log = SqliteLog::open(&path.join("log.db"), log_options).await?;
        let opened = Self::open_rest(&path, &master, &options, Arc::clone(&log), missing).await;
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
        missing: Option<&'static str>,
    ) -> Result<(Keyring, Store, bool), FolderError> {
        let sources = &options.sources;
        let keyless = log.head() > Position(0) && !path.join("keys.db").exists();
        if keyless && !options.accept_lost_events {
            return Err(FolderError::KeysMissing { path: path.to_owned() });
        }
        let keys = Keyring::load(
            &path.join("keys.db"),
            master,
            &log.identity().log_id,
            Arc::clone(&sources.ids),
        )
        .await?;
        let store = Store::open(&path.join("store.db"), master, sources.clone()).await?;
        let loss = match missing {
            Some(sign) => Some(FolderError::LogMissing {
                path: path.to_owned(),
                sign,
            }),
            None => find_loss(path, &log, &store).await?,
        };
        let lost = match loss {
            None => false,
            Some(loss) if !options.accept_lost_events => return Err(loss),
            Some(loss) => {
                tracing::warn!(%loss, "going on without lost events, as told");
                log.new_epoch().await?;
                store.forget_beyond(log.head()).await?;
                true
            }
        };
        match write_mark(path, &log).await {
            // Lived through as the log lives through it; the mark that is there says less, and nothing wrong.
            Err(FolderError::Io { source, .. }) if source.kind() == ErrorKind::StorageFull => {
                tracing::warn!("the disk is full: the log's mark could not be written");
            }
            done => done?,
        }
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
    let io = |source: std::io::Error| match source.kind() {
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => FolderError::ReadOnly {
            path: path.to_owned(),
            source,
        },
        _ => FolderError::Io {
            path: file.clone(),
            source,
        },
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

/// What says that a log was here, where there is none. The log's file is the first that is made in a folder, so any
/// of the others was there after it.
fn log_missing(path: &Path) -> Option<&'static str> {
    if path.join("log.db").exists() {
        return None;
    }
    ["log.mark", "keys.db", "store.db"]
        .into_iter()
        .find(|f| path.join(f).exists())
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
