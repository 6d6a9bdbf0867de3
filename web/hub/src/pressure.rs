//! How hard pressed this node is, and what it leaves out then. In this order: counts of viewers and what else decorates; then longer
//! gathering, so that fewer and larger writes go out; then new sockets, which are told `bye` and come back later. A line that has
//! its receipt is never left out.

use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// Calm looks, one a second, before a level is left.
const CALM: u32 = 5;
/// Longest window, at level 2 and above.
const LONG: u32 = 5;

/// What is left out, each level with all before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    Calm,
    /// Counts of viewers.
    Decoration,
    /// Busy rooms gather five times as long; quiet ones gather too.
    Gathering,
    /// New sockets are told `bye`.
    Closed,
}

impl Level {
    const fn of(n: u8) -> Self {
        match n {
            0 => Self::Calm,
            1 => Self::Decoration,
            2 => Self::Gathering,
            _ => Self::Closed,
        }
    }
}

/// See the module. It is measured by how late this node is with its own work: how long after it was woken a writer is done with its
/// sockets, and how late the tick of the second comes.
#[derive(Debug)]
pub(crate) struct Pressure {
    /// Lateness that makes level 1; twice as much level 2, four times level 3.
    first: Duration,
    level: AtomicU8,
    calm: AtomicU32,
    /// Greatest lateness since the last look, in microseconds.
    late: AtomicU64,
    counts: AtomicU64,
    sockets: AtomicU64,
}

impl Pressure {
    pub(crate) fn new(first: Duration) -> Self {
        Self {
            first,
            level: AtomicU8::new(0),
            calm: AtomicU32::new(0),
            late: AtomicU64::new(0),
            counts: AtomicU64::new(0),
            sockets: AtomicU64::new(0),
        }
    }

    pub(crate) fn level(&self) -> Level {
        Level::of(self.level.load(Ordering::Relaxed))
    }

    /// A writer was done so long after it was woken.
    pub(crate) fn wrote(&self, after: Duration) {
        let micros = u64::try_from(after.as_micros()).unwrap_or(u64::MAX);
        self.late.fetch_max(micros, Ordering::Relaxed);
    }

    /// Once a second; `tick`: how late it comes. Up one level a look, so that what costs people least goes first and a single pause of the
    /// machine turns nobody away; down one level after some calm seconds.
    pub(crate) fn look(&self, tick: Duration) -> Level {
        let late = Duration::from_micros(self.late.swap(0, Ordering::Relaxed)).max(tick);
        let wanted = match late {
            l if l >= self.first * 4 => 3,
            l if l >= self.first * 2 => 2,
            l if l >= self.first => 1,
            _ => 0,
        };
        let level = self.level.load(Ordering::Relaxed);
        if wanted >= level {
            self.calm.store(0, Ordering::Relaxed);
            self.level.store(wanted.min(level + 1), Ordering::Relaxed);
        } else if self.calm.fetch_add(1, Ordering::Relaxed) + 1 >= CALM {
            self.calm.store(0, Ordering::Relaxed);
            self.level.store(level - 1, Ordering::Relaxed);
        }
        self.level()
    }

    /// How long a writer gathers before it writes.
    pub(crate) fn window(&self, window: Duration, busy: bool) -> Duration {
        if self.level() >= Level::Gathering {
            window * LONG
        } else if busy {
            window
        } else {
            Duration::ZERO
        }
    }

    /// A room's count of viewers was not told.
    pub(crate) fn shed_count(&self) {
        self.counts.fetch_add(1, Ordering::Relaxed);
    }

    /// Somebody was told `bye`.
    pub(crate) fn shed_socket(&self) {
        self.sockets.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts and sockets that were left out so far.
    pub(crate) fn left_out(&self) -> (u64, u64) {
        (
            self.counts.load(Ordering::Relaxed),
            self.sockets.load(Ordering::Relaxed),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_a_level_a_second_and_down_more_slowly() {
        let pressure = Pressure::new(Duration::from_millis(500));
        let ms = Duration::from_millis;
        assert_eq!(pressure.look(ms(499)), Level::Calm);
        pressure.wrote(ms(500));
        assert_eq!(pressure.look(ms(0)), Level::Decoration);
        assert_eq!(
            pressure.look(ms(2_000)),
            Level::Gathering,
            "a single pause turns nobody away"
        );
        assert_eq!(pressure.look(ms(2_000)), Level::Closed);
        assert_eq!(pressure.window(ms(50), false), ms(250));
        for _ in 0..4 {
            assert_eq!(pressure.look(ms(0)), Level::Closed, "one calm second is no calm");
        }
        assert_eq!(pressure.look(ms(0)), Level::Gathering);
        pressure.wrote(ms(1_000));
        assert_eq!(pressure.look(ms(0)), Level::Gathering, "the calm begins anew");
        let left: Vec<Level> = (0..10).map(|_| pressure.look(ms(0))).collect();
        assert_eq!((left[4], left[9]), (Level::Decoration, Level::Calm));
        assert_eq!(pressure.window(ms(50), false), ms(0));
        assert_eq!(pressure.window(ms(50), true), ms(50));
    }
}
