//! Moving in from another service, as pages and the API see it: what is asked, how far it is, what came of it. What does it is handed in
//! (`src/moving`), the same that the command line has.

mod report;
mod ties;

use std::sync::Arc;

use amphi_events::Time;
use amphi_events::ids::PersonId;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;

pub use report::{Counts, Kind, Line, Report, Why};
pub use ties::{TieError, Ties};

/// What is asked of a dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Names the service that moves in; the same one at each run, because ids are made of it.
    pub from: String,
    /// Primary key of the site that moves, where the dump has several.
    pub site: Option<String>,
    /// Zone of the meetings, which have none there.
    pub time_zone: String,
    /// Which of its ways of signing in is which provider here.
    pub ties: Ties,
    /// Whoever has the same login here is the same person, whoever gave it to them.
    pub same_logins: bool,
}

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// Nothing was uploaded, or it was thrown away.
    #[default]
    Idle,
    /// A dump comes.
    Uploading,
    /// It is looked at; nothing is written.
    Looking,
    /// It was looked at, and waits for somebody to say that it is to be written.
    Looked,
    /// It is being written.
    Applying,
    /// It is written, and the dump is deleted.
    Done,
    /// It was broken off, and the dump is deleted.
    Failed,
}

impl Phase {
    /// All.
    pub const ALL: [Self; 7] = [
        Self::Idle,
        Self::Uploading,
        Self::Looking,
        Self::Looked,
        Self::Applying,
        Self::Done,
        Self::Failed,
    ];

    /// Its name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Uploading => "uploading",
            Self::Looking => "looking",
            Self::Looked => "looked",
            Self::Applying => "applying",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// Something is under way: nothing else can begin.
    pub const fn busy(self) -> bool {
        matches!(self, Self::Uploading | Self::Looking | Self::Applying)
    }
}

/// What is being worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Bytes of the dump come.
    Upload,
    /// Bytes of the dump are read.
    Reading,
    /// Rows of a kind are looked at or written.
    Rows(Kind),
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being worked on.
    pub step: Step,
    /// So much is done: bytes, or rows.
    pub done: u64,
    /// Of so much.
    pub of: u64,
}

/// Why it was broken off.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The upload ended before its end.
    #[error("the upload was cut off")]
    CutOff,
    /// The file is no dump; why, in English.
    #[error("{0}")]
    NoDump(String),
    /// Several sites, and nobody said which one.
    #[error("the dump has meetings of several sites ({}): say with --site which one moves", .0.join(", "))]
    Sites(Vec<String>),
    /// Another site than those that the dump has.
    #[error("the dump has nothing of site {asked}; it has {}", .known.join(", "))]
    NoSuchSite {
        /// The one that was asked for.
        asked: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// Log, store or disk; why, in English.
    #[error("{0}")]
    Broken(String),
}

/// Where the import stands, for whoever asks.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// Where.
    pub phase: Phase,
    /// How far, while something is under way.
    pub progress: Option<Progress>,
    /// Who uploaded it, or had it written.
    pub by: Option<PersonId>,
    /// Since when it stands there.
    pub since: Option<Time>,
    /// What was asked of it.
    pub wanted: Option<Wanted>,
    /// What came of it.
    pub report: Option<Arc<Report>>,
    /// Why it was broken off.
    pub trouble: Option<Trouble>,
}

/// Why something is not begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotNow {
    /// One is under way, here or from the command line.
    Busy,
    /// Nothing was looked at.
    NothingHere,
    /// The file is too large.
    TooLarge,
    /// It did not come whole.
    CutOff,
    /// The disk takes nothing; why, for the program's own log.
    Unavailable(String),
}

/// Takes dumps, one at a time.
#[async_trait]
pub trait Movers: Send + Sync + 'static {
    /// Most bytes of a dump that is uploaded.
    fn bytes_max(&self) -> u64;
    /// Where it stands.
    fn standing(&self) -> Standing;
    /// Keeps the file as it comes, then looks at it in a task of its own. What was here before is forgotten.
    ///
    /// # Errors
    /// [`NotNow`].
    async fn take(
        &self,
        by: PersonId,
        wanted: Wanted,
        length: u64,
        file: BoxStream<'static, Result<Bytes, axum::Error>>,
    ) -> Result<(), NotNow>;
    /// Has what was looked at written, in a task of its own.
    ///
    /// # Errors
    /// [`NotNow`].
    fn apply(&self, by: PersonId) -> Result<(), NotNow>;
    /// Forgets it: the dump is deleted, and the report gone.
    ///
    /// # Errors
    /// [`NotNow`].
    fn discard(&self) -> Result<(), NotNow>;
}

/// Takes nothing: where nothing was handed in.
#[derive(Debug, Default)]
pub struct NoMovers;

#[async_trait]
impl Movers for NoMovers {
    fn bytes_max(&self) -> u64 {
        0
    }

    fn standing(&self) -> Standing {
        Standing::default()
    }

    async fn take(
        &self,
        _: PersonId,
        _: Wanted,
        _: u64,
        _: BoxStream<'static, Result<Bytes, axum::Error>>,
    ) -> Result<(), NotNow> {
        Err(NotNow::Busy)
    }

    fn apply(&self, _: PersonId) -> Result<(), NotNow> {
        Err(NotNow::NothingHere)
    }

    fn discard(&self) -> Result<(), NotNow> {
        Err(NotNow::NothingHere)
    }
}
