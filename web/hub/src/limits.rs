//! Limits of what a client may send.

use std::num::NonZeroU32;
use std::time::Duration;

use amphi_events::ids::{LiveId, PersonId};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::time::Instant;

/// Most frames of a client in [`SPAN`], and more where more lines are allowed.
const FRAMES: u32 = 30;
/// Frames to one allowed line.
const TO_A_LINE: u32 = 4;
const SPAN: Duration = Duration::from_secs(10);
/// Most frames that mean nothing, in the life of a socket.
const NONSENSE: u32 = 10;

/// Lines of a person in a live.
pub(crate) struct PostLimit {
    limiter: DefaultKeyedRateLimiter<(PersonId, LiveId)>,
    clock: DefaultClock,
}

impl PostLimit {
    /// `per_10s` lines in ten seconds, at once or spread; 0 counts as 1.
    pub(crate) fn new(per_10s: u32) -> Self {
        let burst = NonZeroU32::new(per_10s).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(SPAN / burst.get())
            .unwrap_or_else(|| Quota::per_second(burst))
            .allow_burst(burst);
        Self {
            limiter: RateLimiter::keyed(quota),
            clock: DefaultClock::default(),
        }
    }

    /// Takes one, or says after how many milliseconds there is one again.
    pub(crate) fn take(&self, person: PersonId, live: LiveId) -> Result<(), u64> {
        self.limiter.check_key(&(person, live)).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.clock.now());
            u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).saturating_add(1)
        })
    }

    /// Forgets who has not posted for a while.
    pub(crate) fn tidy(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

/// What one socket has sent.
pub(crate) struct Inbound {
    since: Instant,
    most: u32,
    frames: u32,
    nonsense: u32,
}

impl Inbound {
    /// `per_10s` lines are allowed in ten seconds.
    pub(crate) fn new(now: Instant, per_10s: u32) -> Self {
        Self {
            since: now,
            most: FRAMES.max(per_10s.saturating_mul(TO_A_LINE)),
            frames: 0,
            nonsense: 0,
        }
    }

    /// Counts a frame; `false`: that was one too many.
    pub(crate) fn frame(&mut self, now: Instant) -> bool {
        if now.duration_since(self.since) >= SPAN {
            self.since = now;
            self.frames = 0;
        }
        self.frames += 1;
        self.frames <= self.most
    }

    /// Counts a frame that means nothing; `false`: that was one too many.
    pub(crate) const fn nonsense(&mut self) -> bool {
        self.nonsense += 1;
        self.nonsense <= NONSENSE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn posts_are_limited_by_person_and_live() {
        let limit = PostLimit::new(3);
        let id = |n| ulid::Ulid::from_parts(1, n);
        let (a, b, live, other) = (PersonId(id(1)), PersonId(id(2)), LiveId(id(3)), LiveId(id(4)));
        for _ in 0..3 {
            assert!(limit.take(a, live).is_ok());
        }
        let wait = limit.take(a, live).unwrap_err();
        assert!((1..=10_001).contains(&wait), "{wait} ms");
        assert!(limit.take(b, live).is_ok());
        assert!(limit.take(a, other).is_ok());
    }

    #[test]
    fn frames_are_counted_in_spans() {
        let start = Instant::now();
        let mut inbound = Inbound::new(start, 7);
        assert!((0..30).all(|_| inbound.frame(start)));
        assert!(!inbound.frame(start));
        assert!(inbound.frame(start + SPAN));
        assert!((0..10).all(|_| inbound.nonsense()));
        assert!(!inbound.nonsense());
    }
}
