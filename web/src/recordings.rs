//! What pages and API are given of the recordings: the rows are in the read models; how fresh they are, and an address that opens one now,
//! only the reactor knows.

use std::time::Duration;

use amphi_events::Time;
use amphi_events::ids::MeetingId;
use amphi_events::recordings::RecordingId;
use amphi_events::session::Trouble;
use async_trait::async_trait;

/// How fresh what is known of a meeting's recordings is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Freshness {
    /// When BBB's list was known last; `None`: never, and then nobody knows whether there are any.
    pub at: Option<Time>,
    /// What was wrong at the last try, since it was last known.
    pub trouble: Option<(Trouble, Time)>,
    /// BBB is being asked, and has not answered within the wait.
    pub asking: bool,
}

/// Why there is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoLink {
    /// BBB has no such recording, or no such format of it.
    Gone,
    /// BBB could not be asked in time: nobody knows.
    Unknown,
}

/// Who asks BBB for recordings.
#[async_trait]
pub trait Recorder: Send + Sync + 'static {
    /// Has BBB asked for a meeting's list, unless it was just now, and waits for that at most so long.
    async fn look(&self, meeting: MeetingId, most: Duration) -> Freshness;
    /// The address under which BBB shows a format of a recording now: where recordings are guarded it holds a token that is used
    /// once. Waits for BBB for some seconds at most.
    ///
    /// # Errors
    /// [`NoLink`].
    async fn link(&self, recording: &RecordingId, kind: &str) -> Result<String, NoLink>;
}
