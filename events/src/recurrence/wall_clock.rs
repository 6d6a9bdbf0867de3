//! Between moments and what the clock on the wall shows in a zone.

use chrono::{DateTime, LocalResult, NaiveDateTime, Offset as _, TimeDelta, TimeZone as _, Utc};
use chrono_tz::{GapInfo, Tz};

use crate::clock::Time;

/// What the clock on the wall shows.
pub fn wall_clock(at: Time, zone: Tz) -> NaiveDateTime {
    at.utc().with_timezone(&zone).naive_local()
}

/// The moment at which the clock on the wall shows this (RFC 5545 §3.3.5). Shown twice, when clocks are set back: the first
/// time. Never shown, when they are set forward: as if they had not been yet, so 02:30 is 03:30 by the new time and nothing is lost.
pub fn moment(wall: NaiveDateTime, zone: Tz) -> Time {
    let utc: DateTime<Utc> = match zone.from_local_datetime(&wall) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.to_utc(),
        LocalResult::None => {
            let before = GapInfo::new(&wall, &zone).and_then(|gap| gap.begin);
            let offset = before.map_or(TimeDelta::zero(), |(_, offset)| {
                TimeDelta::seconds(i64::from(offset.fix().local_minus_utc()))
            });
            (wall - offset).and_utc()
        }
    };
    Time(utc.timestamp_millis())
}
