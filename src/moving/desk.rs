//! The one desk at which services move in: what pages upload is kept in the data folder while it is looked at and written, and deleted
//! afterwards. One import at a time, whoever asks for it, here or from the command line.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use amphi_events::ids::PersonId;
use amphi_events::store::{Keyring, Store};
use amphi_events::{Actor, Aggregates, Sources};
use amphi_web::moving::{Movers, NotNow, Phase, Progress, Report, Standing, Step, Trouble, Wanted};
use anyhow::Context as _;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::OwnedMutexGuard;

use super::{Tools, Wish};

/// Longest time without a byte of an upload.
const SILENCE: Duration = Duration::from_mins(1);
/// A dump that was looked at and that nobody has written is deleted after so long: it holds passwords' hashes.
const FORGET: Duration = Duration::from_hours(2);
/// Its name in the folder.
const FILE: &str = "dump.json";

/// What an import works with, its own.
#[derive(Clone)]
pub struct Kit {
    /// Commands.
    pub aggregates: Aggregates,
    /// Keys.
    pub keys: Arc<Keyring>,
    /// Accounts, secrets.
    pub store: Arc<Store>,
    /// Time, ids, randomness.
    pub sources: Sources,
}

impl Kit {
    fn tools(&self) -> Tools<'_> {
        Tools {
            aggregates: &self.aggregates,
            keys: &self.keys,
            store: &self.store,
            sources: &self.sources,
        }
    }
}

/// Reads a file on a thread of its own, as it may be large, and takes over what it holds.
///
/// # Errors
/// [`Trouble`], or what the log, the store or the keys say.
pub async fn carry_out(
    kit: &Kit,
    file: PathBuf,
    wish: &Wish,
    told: impl Fn(Progress) + Clone + Send + Sync + 'static,
) -> anyhow::Result<Report> {
    let said = told.clone();
    let reading = move || {
        super::read(&file, |done, of| {
            let step = Step::Reading;
            said(Progress { step, done, of });
        })
    };
    let dump = tokio::task::spawn_blocking(reading)
        .await
        .context("reading the dump")?
        .map_err(|e| Trouble::NoDump(format!("{e:#}")))?;
    super::run(kit.tools(), wish, &dump, move |kind, done, of| {
        let step = Step::Rows(kind);
        told(Progress { step, done, of });
    })
    .await
}

/// The right to import, while it is held.
pub type Turn = OwnedMutexGuard<()>;

/// The desk.
pub struct Desk {
    kit: Kit,
    folder: PathBuf,
    bytes_max: u64,
    one: Arc<tokio::sync::Mutex<()>>,
    standing: Arc<Mutex<Standing>>,
}

/// A panic elsewhere leaves a standing that is old, and none that is wrong.
fn held(standing: &Mutex<Standing>) -> MutexGuard<'_, Standing> {
    standing.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// A desk with a folder of its own; what a server that was killed left in it is deleted.
    ///
    /// # Errors
    /// It can't be deleted.
    pub fn open(kit: Kit, folder: PathBuf, bytes_max: u64) -> anyhow::Result<Arc<Self>> {
        match std::fs::remove_dir_all(&folder) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(e).with_context(|| folder.display().to_string());
            }
            _ => {}
        }
        Ok(Arc::new(Self {
            kit,
            folder,
            bytes_max,
            one: Arc::default(),
            standing: Arc::default(),
        }))
    }

    /// The turn, where nobody has it.
    pub fn turn(&self) -> Option<Turn> {
        self.one.clone().try_lock_owned().ok()
    }

    fn file(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    fn moved(&self, phase: Phase, change: impl FnOnce(&mut Standing)) {
        let mut at = held(&self.standing);
        (at.phase, at.progress, at.since) = (phase, None, Some(self.kit.sources.now()));
        change(&mut at);
    }

    fn delete(&self) {
        match std::fs::remove_file(self.file()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::error!(%error, path = %self.file().display(), "a dump that was imported can't be deleted; it holds passwords' hashes");
            }
            _ => {}
        }
    }

    async fn keep(&self, length: u64, mut file: BoxStream<'static, Result<Bytes, axum::Error>>) -> Result<(), NotNow> {
        let down = |e: std::io::Error| NotNow::Unavailable(e.to_string());
        let mut to = self.fresh_file().await.map_err(down)?;
        let mut done = 0;
        loop {
            let part = match tokio::time::timeout(SILENCE, file.next()).await {
                Ok(Some(Ok(part))) => part,
                Ok(None) if done == length => break,
                Ok(Some(Err(_)) | None) | Err(_) => return Err(NotNow::CutOff),
            };
            done += part.len() as u64;
            if done > self.bytes_max {
                return Err(NotNow::TooLarge);
            }
            to.write_all(&part).await.map_err(down)?;
            held(&self.standing).progress = Some(Progress {
                step: Step::Upload,
                done,
                of: length,
            });
        }
        to.flush().await.map_err(down)
    }

    /// For the owner's eyes alone.
    async fn fresh_file(&self) -> std::io::Result<File> {
        use std::os::unix::fs::DirBuilderExt as _;
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(&self.folder)?;
        self.delete();
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600).open(self.file()).await
    }

    /// Looks at the dump, or writes what it holds.
    fn begin(self: &Arc<Self>, turn: Turn, by: PersonId, wanted: Wanted, apply: bool) {
        let desk = Arc::clone(self);
        let phase = if apply { Phase::Applying } else { Phase::Looking };
        desk.moved(phase, |at| at.by = Some(by));
        tokio::spawn(async move {
            let wish = Wish {
                apply,
                site: wanted.site,
                time_zone: wanted.time_zone,
                from: wanted.from,
                ties: wanted.ties,
                same_logins: wanted.same_logins,
                actor: Actor::person(by),
            };
            let standing = Arc::clone(&desk.standing);
            let told = move |p| held(&standing).progress = Some(p);
            let done = carry_out(&desk.kit, desk.file(), &wish, told).await;
            if apply || done.is_err() {
                desk.delete();
            }
            match done {
                Ok(report) => {
                    let phase = if apply { Phase::Done } else { Phase::Looked };
                    desk.moved(phase, |at| at.report = Some(Arc::new(report)));
                }
                Err(error) => {
                    let trouble = error
                        .downcast::<Trouble>()
                        .unwrap_or_else(|e| Trouble::Broken(format!("{e:#}")));
                    // What is wrong with a dump may quote it: that is for whoever uploaded it, and not for the program's own log.
                    if let Trouble::Broken(error) = &trouble {
                        tracing::error!(error, apply, "an import was broken off");
                    }
                    desk.moved(Phase::Failed, |at| at.trouble = Some(trouble));
                }
            }
            drop(turn);
            if !apply {
                desk.forget_later().await;
            }
        });
    }

    /// What nobody decides on is not kept for ever.
    async fn forget_later(&self) {
        let since = held(&self.standing).since;
        tokio::time::sleep(FORGET).await;
        let Some(_turn) = self.turn() else { return };
        let same = {
            let at = held(&self.standing);
            at.phase == Phase::Looked && at.since == since
        };
        if same {
            self.delete();
            *held(&self.standing) = Standing::default();
        }
    }
}

/// The desk as pages have it.
pub struct Counter(pub Arc<Desk>);

#[async_trait]
impl Movers for Counter {
    fn bytes_max(&self) -> u64 {
        self.0.bytes_max
    }

    fn standing(&self) -> Standing {
        held(&self.0.standing).clone()
    }

    async fn take(
        &self,
        by: PersonId,
        wanted: Wanted,
        length: u64,
        file: BoxStream<'static, Result<Bytes, axum::Error>>,
    ) -> Result<(), NotNow> {
        let desk = &self.0;
        if length > desk.bytes_max {
            return Err(NotNow::TooLarge);
        }
        let turn = desk.turn().ok_or(NotNow::Busy)?;
        *held(&desk.standing) = Standing {
            by: Some(by),
            wanted: Some(wanted.clone()),
            ..Standing::default()
        };
        desk.moved(Phase::Uploading, |_| ());
        if let Err(why) = desk.keep(length, file).await {
            desk.delete();
            let trouble = match &why {
                NotNow::Unavailable(why) => Trouble::Broken(why.clone()),
                _ => Trouble::CutOff,
            };
            desk.moved(Phase::Failed, |at| at.trouble = Some(trouble));
            return Err(why);
        }
        desk.begin(turn, by, wanted, false);
        Ok(())
    }

    fn apply(&self, by: PersonId) -> Result<(), NotNow> {
        let turn = self.0.turn().ok_or(NotNow::Busy)?;
        let wanted = {
            let at = held(&self.0.standing);
            at.wanted.clone().filter(|_| at.phase == Phase::Looked)
        };
        let wanted = wanted.ok_or(NotNow::NothingHere)?;
        self.0.begin(turn, by, wanted, true);
        Ok(())
    }

    fn discard(&self) -> Result<(), NotNow> {
        let _turn = self.0.turn().ok_or(NotNow::Busy)?;
        self.0.delete();
        *held(&self.0.standing) = Standing::default();
        Ok(())
    }
}
