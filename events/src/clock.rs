//! Time as a parameter. The program holds a [`SystemClock`]; tests hold a [`ManualClock`], which moves only when told.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Datelike, SecondsFormat, TimeZone, Utc};
use serde::{Deserialize, Serialize};

/// The text is no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 date-time")]
pub struct NoTime;

/// A moment, in milliseconds since the Unix epoch, UTC. In events and in SQL it is that integer;
/// the API writes it as RFC 3339 (see [`Time::rfc3339`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub i64);

impl Time {
    /// This moment `seconds` later (earlier when negative); saturates at the ends of the range.
    #[must_use]
    pub const fn plus_s(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// This moment `ms` milliseconds later; saturates.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this moment; negative when `earlier` is later.
    pub const fn since_ms(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// RFC 3339 in UTC with milliseconds, as in the API.
    pub fn rfc3339(self) -> String {
        self.utc().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// Reads RFC 3339 with any offset. What is before the year 0 or after 9999 in UTC could not be written again.
    ///
    /// # Errors
    /// The text is no RFC 3339 date-time, or none that can be written in UTC.
    pub fn parse_rfc3339(text: &str) -> Result<Self, NoTime> {
        let at = DateTime::parse_from_rfc3339(text).map_err(|_| NoTime)?;
        let at = Self(at.timestamp_millis());
        at.is_writable().then_some(at).ok_or(NoTime)
    }

    /// Whether RFC 3339 has a text for it: the years 0 to 9999, UTC.
    pub fn is_writable(self) -> bool {
        Utc.timestamp_millis_opt(self.0)
            .single()
            .is_some_and(|at| (0..=9999).contains(&at.year()))
    }

    /// As a chrono date-time in UTC; moments outside chrono's range become the epoch.
    pub fn utc(self) -> DateTime<Utc> {
        Utc.timestamp_millis_opt(self.0).single().unwrap_or_default()
    }
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

/// Tells what time it is.
pub trait Clock: Send + Sync + 'static {
    /// Now, UTC.
    fn now(&self) -> Time;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that may ask the machine for the time"
    )]
    fn now(&self) -> Time {
        Time(Utc::now().timestamp_millis())
    }
}

/// A clock that moves only when told.
#[derive(Debug, Clone, Default)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// A clock that stands at `at`.
    pub fn at(at: Time) -> Self {
        Self(Arc::new(AtomicI64::new(at.0)))
    }

    /// Moves the clock by `ms` milliseconds (backwards when negative: clocks are set back in the field).
    pub fn move_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Time {
        Time(self.0.load(Ordering::SeqCst))
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Time {
        (**self).now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_can_be_written_and_read_again() {
        for text in [
            "2026-11-20T14:05:09.123Z",
            "2026-11-20t14:05:09+01:00",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999Z",
            "2016-12-31T23:59:60Z",
        ] {
            let at = Time::parse_rfc3339(text).expect(text);
            assert_eq!(Time::parse_rfc3339(&at.rfc3339()), Ok(at), "{text}");
        }
        // In UTC these are of a year that has no four digits.
        for text in ["9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00+01:00", "x", ""] {
            assert_eq!(Time::parse_rfc3339(text), Err(NoTime), "{text}");
        }
    }
}
