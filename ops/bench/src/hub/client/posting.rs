//! When the next line is due, and which are in flight.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A post that begins later than this is counted.
const LATE: Duration = Duration::from_millis(50);

/// Lines that are being posted.
#[derive(Default)]
pub struct Posting {
    /// Number of the next line, and where it ends.
    pub next: u32,
    end: u32,
    /// Seconds between two, where they are paced, since when, and the number then.
    pace: Option<(f64, Instant, u32)>,
    most: usize,
    flying: usize,
    /// Of each line: the socket whose seeing it ends its flight, until it has.
    watched: Vec<Option<usize>>,
    /// Who can post now.
    pub free: VecDeque<usize>,
    pub late: u32,
}

impl Posting {
    /// More lines.
    pub fn more(&mut self, count: u32, per_s: Option<f64>, in_flight: usize, now: Instant) {
        self.end = self.next + count;
        self.most = in_flight.max(1);
        self.pace = per_s.map(|per_s| (1.0 / per_s, now, self.next));
    }

    fn due_at(&self) -> Option<Instant> {
        self.pace
            .map(|(every, since, first)| since + Duration::from_secs_f64(every * f64::from(self.next - first)))
    }

    /// Whether a line is to be posted now, as far as numbers and time go.
    pub fn due(&self, now: Instant) -> bool {
        self.next < self.end && self.flying < self.most && self.due_at().is_none_or(|at| at <= now)
    }

    /// When to look again; `None`: something else will tell.
    pub fn wait(&self, now: Instant) -> Option<Duration> {
        if self.next >= self.end || self.flying >= self.most {
            return None;
        }
        self.due_at().filter(|at| *at > now).map(|at| at - now)
    }

    /// The next line goes out; its number.
    pub fn take(&mut self, watch: usize, now: Instant) -> u32 {
        if self.due_at().is_some_and(|at| at + LATE < now) {
            self.late += 1;
        }
        let number = self.next;
        self.next += 1;
        self.flying += 1;
        self.watched.resize(self.next as usize, None);
        if let Some(last) = self.watched.last_mut() {
            *last = Some(watch);
        }
        number
    }

    /// A socket has a line.
    pub fn seen(&mut self, number: u32, by: usize) {
        if let Some(watch) = self.watched.get_mut(number as usize)
            && *watch == Some(by)
        {
            *watch = None;
            self.flying -= 1;
        }
    }

    /// The server has answered for a line.
    pub fn answered(&mut self, number: u32) {
        if let Some(watch) = self.watched.get_mut(number as usize)
            && watch.take().is_some()
        {
            self.flying -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_are_in_flight_than_allowed() {
        let (mut posting, now) = (Posting::default(), Instant::now());
        posting.more(10, None, 2, now);
        assert!(posting.due(now));
        assert_eq!(posting.take(4, now), 0);
        assert_eq!(posting.take(5, now), 1);
        assert!(!posting.due(now));
        posting.seen(0, 5);
        assert!(!posting.due(now), "another's eyes don't count");
        posting.seen(0, 4);
        posting.seen(0, 4);
        assert!(posting.due(now));
        posting.take(4, now);
        assert!(!posting.due(now));
        posting.answered(1);
        posting.answered(1);
        posting.take(4, now);
        assert!(!posting.due(now));
    }

    #[test]
    fn paced_lines_come_when_they_are_due() {
        let (mut posting, now) = (Posting::default(), Instant::now());
        posting.more(100, Some(100.0), 1_000, now);
        posting.take(0, now);
        assert!(!posting.due(now));
        assert_eq!(posting.wait(now).map(|w| w.as_millis()), Some(10));
        assert!(posting.due(now + Duration::from_millis(10)));
        posting.take(0, now + Duration::from_millis(61));
        assert_eq!(posting.late, 1);
        assert!(posting.due(now + Duration::from_millis(25)));
    }
}
