//! What can go wrong with the read models.

use amphi_events::Position;

/// A read model could not be read or built.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadError {
    /// SQLite failed.
    #[error("read.db: {0}")]
    Db(String),
    /// A row does not hold what it should.
    #[error("read.db holds a row that can't be read: {0}")]
    Row(String),
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] amphi_events::log::LogError),
    /// No model has that name.
    #[error("no read model is called {0}")]
    NoModel(String),
    /// A model can't take an event: it stands before it.
    #[error("the model {model} halted: {why}")]
    Halted {
        /// Which model.
        model: String,
        /// Which event, and what was wrong.
        why: String,
    },
}

impl From<sqlx::Error> for ReadError {
    fn from(e: sqlx::Error) -> Self {
        Self::Db(e.to_string())
    }
}

/// The read models did not reach a position in time: what was appended is safe, only not yet to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the read models are at position {at}, not yet at {wanted}")]
pub struct Behind {
    /// Where they are.
    pub at: Position,
    /// Where they should have been.
    pub wanted: Position,
}
