//! Deliberate defects, to see that the history checker finds them (`history_tests.rs`). There are none outside of this crate's own
//! tests: each hook stands behind `cfg(test)`, and the value is the test thread's own, so that no other test meets it.

#![cfg_attr(
    feature = "shuttle",
    allow(dead_code, reason = "the history checker, which sets them, runs without")
)]

use std::cell::Cell;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defect {
    /// A walker that steps from history into the ring passes over the ring's next entry.
    SeamDropped,
    /// A receipt moves its socket to the receipt's position.
    UptoOfReceipt,
    /// A removal is told, and the line stays where later walkers and full states find it.
    RemovalNotApplied,
    /// A socket that falls from the writer to its own task, in the middle of a batch, gets the batch again.
    TwiceAtHandOver,
    /// What is left of a partial write goes on at the wrong byte.
    WrongByte,
    /// Who comes with another epoch, or from too far behind, isn't told to forget.
    ResetUnsaid,
    /// A count of viewers moves the cursor over the entry after it.
    CursorByViewers,
    /// The writer hands its batch also to a socket that doesn't stand at its beginning.
    BatchAnywhere,
    /// A repeated `client_id` is posted again (of the test's own guest).
    DoublePost,
    /// A receipt goes out before the line is durable, and some lines never are (of the test's own guest).
    EarlyReceipt,
}

thread_local! {
    static NOW: Cell<Option<Defect>> = const { Cell::new(None) };
}

/// From now on, on this thread.
pub(crate) fn set(defect: Option<Defect>) {
    NOW.set(defect);
}

/// Whether it is this one.
pub(crate) fn is(defect: Defect) -> bool {
    NOW.get() == Some(defect)
}
