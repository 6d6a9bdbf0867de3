//! Deliberate defects (docs/defects.md): each is a place at which this code would be wrong, so that the model-based test is seen to catch it.
//! Outside of tests there are none: the question is a constant.

/// What is wrong on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Defect {
    /// A gateway that another run holds is told to start all the same.
    DoubleLease,
    /// A start whose fate is unknown counts as over as soon as the gateway says that nothing runs.
    LateRobot,
    /// An error to a stop counts as its success.
    ErrorReadAsOver,
    /// The margin round a reservation is a second short.
    MarginOffByOne,
    /// What a cancelled live held stays held.
    LeakedReservation,
    /// A stop that failed is not repeated.
    StopNotRepeated,
    /// The gateway is told before the log is.
    StartWithoutIntent,
    /// A live that goes on in another one's time goes on.
    OverrunIgnored,
    /// What a live may overrun is not held for it, and who comes next is given no other gateway.
    OverrunNotHeld,
    /// An error of BBB counts as its saying that there is no such room.
    RoomErrorReadAsOver,
    /// A robot that is gone from its room is not missed.
    RobotNotMissed,
    /// A run that was left behind counts as over whatever its gateway answers.
    FenceTakenDown,
    /// That a reservation was let go wakes nobody who waits for one.
    ReleaseWakesNobody,
}

#[cfg(test)]
pub(super) use switch::{on, put};

/// Whether that is in force.
#[cfg(not(test))]
pub(super) const fn on(_: Defect) -> bool {
    false
}

#[cfg(test)]
mod switch {
    use std::cell::Cell;

    use super::Defect;

    thread_local! {
        static IN_FORCE: Cell<Option<Defect>> = const { Cell::new(None) };
    }

    /// Whether that is in force, in this thread.
    pub(in crate::reactors) fn on(defect: Defect) -> bool {
        IN_FORCE.get() == Some(defect)
    }

    /// Puts one in force in this thread, or none.
    pub(in crate::reactors) fn put(defect: Option<Defect>) {
        IN_FORCE.set(defect);
    }
}
