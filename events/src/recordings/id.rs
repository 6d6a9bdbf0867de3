//! BBB's id of a recording.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest id of a recording, in bytes: BBB's own are a SHA-1 and a time, 54.
const ID_MAX: usize = 128;
/// BBB's id of a recording, which is its internal id of the session. It goes into addresses and, beside others, into lists that
/// commas separate, so nothing else than these characters is one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecordingId(String);

/// What is no id of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no id of a recording")]
pub struct NoRecordingId;

impl RecordingId {
    /// As BBB says it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for RecordingId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for RecordingId {
    type Error = NoRecordingId;

    fn try_from(text: String) -> Result<Self, NoRecordingId> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if (1..=ID_MAX).contains(&text.len()) && text.bytes().all(plain) {
            Ok(Self(text))
        } else {
            Err(NoRecordingId)
        }
    }
}

impl FromStr for RecordingId {
    type Err = NoRecordingId;

    fn from_str(text: &str) -> Result<Self, NoRecordingId> {
        text.to_owned().try_into()
    }
}

impl From<RecordingId> for String {
    fn from(id: RecordingId) -> Self {
        id.0
    }
}
