//! What a server must never do, each with what it did.

use amphi_events::ids::MessageId;

use crate::history::Status;

/// A promise of the protocol that was not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// A receipt came for something that was never sent.
    #[error("{client} has a receipt of {client_id}, which it never sent")]
    ReceiptOfNothing {
        /// Who.
        client: String,
        /// Of what.
        client_id: String,
    },
    /// What was acknowledged is not in the log, or is another line there.
    #[error("{client} has a receipt of {client_id} ({text:?}) for {id} at {position}; the log holds {held} there")]
    ReceiptNotInLog {
        /// Who.
        client: String,
        /// Its own name for the line.
        client_id: String,
        /// What it sent.
        text: String,
        /// What the receipt says.
        id: MessageId,
        /// What the receipt says.
        position: u64,
        /// What stands there.
        held: String,
    },
    /// The same line has two receipts that differ.
    #[error("{client} has two receipts of {client_id} that differ: at {first} and at {second}")]
    ReceiptChanged {
        /// Who.
        client: String,
        /// Its own name for the line.
        client_id: String,
        /// Position of the first.
        first: u64,
        /// Position of the second.
        second: u64,
    },
    /// What was sent once under one name is in the log more than once.
    #[error("{client} sent {text:?} once, and the log holds it at {positions:?}")]
    Doubled {
        /// Who.
        client: String,
        /// What.
        text: String,
        /// Where.
        positions: Vec<u64>,
    },
    /// The log holds a line of somebody who never sent it.
    #[error("the log holds {text:?} at {position}, which its author never sent")]
    FromNowhere {
        /// Where.
        position: u64,
        /// What.
        text: String,
    },
    /// It was refused for good, and is in the log.
    #[error("{client} was told that {client_id} is refused ({code}), and the log holds it at {position}")]
    RefusedAndKept {
        /// Who.
        client: String,
        /// Its own name for the line.
        client_id: String,
        /// Why it was refused.
        code: String,
        /// Where it stands.
        position: u64,
    },
    /// `mine` names a line that is somebody else's, or nobody's.
    #[error("{client} was told that {client_id} is {id}, which it is not")]
    NotMine {
        /// Who.
        client: String,
        /// Its own name for the line.
        client_id: String,
        /// Which line it was told.
        id: MessageId,
    },
    /// A line was shown that the log doesn't hold, or holds otherwise.
    #[error("{client} was shown {text:?} ({id}) at {position}; the log holds {held} there")]
    NotInLog {
        /// Who.
        client: String,
        /// What it was shown.
        id: MessageId,
        /// Where.
        position: u64,
        /// What it says.
        text: String,
        /// What stands there.
        held: String,
    },
    /// It was told that it has everything, and a line is missing.
    #[error("{client} was told at {order} that it has everything up to {upto}; the line at {position} is missing")]
    Missed {
        /// Who.
        client: String,
        /// When.
        order: u64,
        /// What it was told.
        upto: u64,
        /// The line.
        position: u64,
    },
    /// A line was handed out again to somebody who has it.
    #[error("{client} was handed the line at {position} twice, the second time at {order}")]
    Twice {
        /// Who.
        client: String,
        /// When.
        order: u64,
        /// The line.
        position: u64,
    },
    /// A line stands after a newer one, or behind what its client has.
    #[error("{client} was handed the line at {position} out of order at {order}: it had everything up to {after}")]
    OutOfOrder {
        /// Who.
        client: String,
        /// When.
        order: u64,
        /// The line.
        position: u64,
        /// What it had.
        after: u64,
    },
    /// A frame has a line that is newer than the frame's own `upto`: who comes back with it gets the line twice.
    #[error("{client} was handed the line at {position} at {order} by a frame that moves it to {upto} only")]
    BeyondUpto {
        /// Who.
        client: String,
        /// When.
        order: u64,
        /// The line.
        position: u64,
        /// What the frame says.
        upto: u64,
    },
    /// `upto` is less than it was, in one epoch.
    #[error("{client} was at {from} and was moved back to {to} at {order}")]
    WentBack {
        /// Who.
        client: String,
        /// When.
        order: u64,
        /// Where it was.
        from: u64,
        /// Where it was told to be.
        to: u64,
    },
    /// It came back with what it had, was given something else to stand on, and was not told to forget.
    #[error("{client} came back at {order} with {had} and was greeted with {given}, without reset")]
    ResetUnsaid {
        /// Who.
        client: String,
        /// When.
        order: u64,
        /// What it had.
        had: String,
        /// What it was given.
        given: String,
    },
    /// A second hello in one connection that is no reset.
    #[error("{client} was greeted twice, at {order} without reset")]
    GreetedTwice {
        /// Who.
        client: String,
        /// When.
        order: u64,
    },
    /// Something of the room before the hello.
    #[error("{client} was told something of the room before it was greeted, at {order}")]
    BeforeHello {
        /// Who.
        client: String,
        /// When.
        order: u64,
    },
    /// A line was handed out after its removal was told.
    #[error("{client} was handed {text:?} at {order}, which was taken away: {known}")]
    HandedAgain {
        /// Who.
        client: String,
        /// When.
        order: u64,
        /// The line.
        text: String,
        /// How we know.
        known: String,
    },
    /// It was told that it has everything, and shows a line that was taken away.
    #[error(
        "{client} was told at {order} that it has everything up to {upto}, and not that the line at {position} was taken away"
    )]
    RemovalUntold {
        /// Who.
        client: String,
        /// When.
        order: u64,
        /// What it was told.
        upto: u64,
        /// The line.
        position: u64,
    },
    /// It was told that a line was taken away, and the log knows of no such thing.
    #[error("{client} was told at {order} that {id} was taken away, which the log doesn't say")]
    RemovalOfNothing {
        /// Who.
        client: String,
        /// When.
        order: u64,
        /// The line.
        id: MessageId,
    },
    /// A word that is no status, or a status after one that is final.
    #[error("{client} was told at {order} that {id} is {next:?} after {last:?}")]
    StatusBack {
        /// Who.
        client: String,
        /// When.
        order: u64,
        /// The line.
        id: MessageId,
        /// What it was.
        last: Status,
        /// What it was said to be.
        next: Status,
    },
    /// What came is no frame of the protocol.
    #[error("{client} was sent at {order} what is no frame: {what}")]
    Garbled {
        /// Who.
        client: String,
        /// When.
        order: u64,
        /// What it was.
        what: String,
    },
    /// At the end a client has everything, and shows something else than the log.
    #[error("{client} has everything, and shows {shown} at {position} where the log has {held}")]
    Unlike {
        /// Who.
        client: String,
        /// Where.
        position: u64,
        /// What it shows.
        shown: String,
        /// What it should show.
        held: String,
    },
    /// At the end a client doesn't have everything.
    #[error("{client} is at {at:?} at the end, and not at {last}")]
    NotLevel {
        /// Who.
        client: String,
        /// Where it is.
        at: Option<u64>,
        /// Where it should be.
        last: u64,
    },
}
