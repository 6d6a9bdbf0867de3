//! The rules of the zones that a calendar's times are in (VTIMEZONE), as the dates on which their clocks change.

use std::collections::BTreeMap;

use amphi_events::Time;
use chrono::{DateTime, Offset as _, TimeDelta, TimeZone as _, Utc};
use chrono_tz::{OffsetComponents as _, OffsetName as _, Tz};

use super::lines::Lines;
use super::local;

/// Of a series without an end so many seconds from now on are told, ten years; programs know the zone's name anyhow.
pub(super) const OPEN_S: i64 = 10 * 366 * 86_400;

/// Zones with the time for which their rules are needed.
#[derive(Default)]
pub(super) struct Zones(BTreeMap<&'static str, (Tz, Time, Time)>);

/// What a zone's clock shows, and since when.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Clock {
    offset: i32,
    summer: bool,
}

fn clock(zone: Tz, at: DateTime<Utc>) -> (Clock, String) {
    let offset = zone.offset_from_utc_datetime(&at.naive_utc());
    let clock = Clock {
        offset: offset.fix().local_minus_utc(),
        summer: !offset.dst_offset().is_zero(),
    };
    (
        clock,
        offset
            .abbreviation()
            .map_or_else(|| zone.name().to_owned(), str::to_owned),
    )
}

fn offset(seconds: i32) -> String {
    let (sign, s) = (if seconds < 0 { '-' } else { '+' }, seconds.abs());
    let rest = if s % 60 == 0 {
        String::new()
    } else {
        format!("{:02}", s % 60)
    };
    format!("{sign}{:02}{:02}{rest}", s / 3600, s / 60 % 60)
}

/// The moment, to the second, of the one change between two looks.
fn change(zone: Tz, mut before: DateTime<Utc>, mut after: DateTime<Utc>) -> DateTime<Utc> {
    while after - before > TimeDelta::seconds(1) {
        let middle = before + (after - before) / 2;
        if clock(zone, middle).0 == clock(zone, before).0 {
            before = middle;
        } else {
            after = middle;
        }
    }
    after
}

impl Zones {
    /// Times of this zone from `from` to `to` are told.
    pub fn needs(&mut self, zone: Tz, from: Time, to: Time) {
        if zone == Tz::UTC {
            return;
        }
        let held = self.0.entry(zone.name()).or_insert((zone, from, to));
        (held.1, held.2) = (held.1.min(from), held.2.max(to));
    }

    pub fn write(&self, out: &mut Lines) {
        for (zone, from, to) in self.0.values() {
            one(out, *zone, *from, *to);
        }
    }
}

/// The dates on which a clock begins, and its name.
type Begins = (Vec<DateTime<Utc>>, String);

/// Each kind of clock once, with all the dates on which it begins.
fn one(out: &mut Lines, zone: Tz, from: Time, to: Time) {
    // A day before, so that the first time has a clock; between two looks a week apart there is at most one change that matters.
    let (mut look, end) = (from.plus_s(-86_400).utc(), to.plus_s(86_400).utc());
    let (mut now, name) = clock(zone, look);
    let first = (now.offset, vec![look], name);
    let mut kinds: BTreeMap<(Clock, i32), Begins> = BTreeMap::new();
    kinds.insert((now, first.0), (first.1, first.2));
    while look < end {
        let next = look + TimeDelta::days(7);
        let (then, name) = clock(zone, next);
        if then != now {
            let moment = change(zone, look, next);
            kinds
                .entry((then, now.offset))
                .or_insert_with(|| (vec![], name))
                .0
                .push(moment);
            now = then;
        }
        look = next;
    }
    out.raw("BEGIN", "VTIMEZONE");
    out.raw("TZID", zone.name());
    for ((clock, before), (moments, name)) in &kinds {
        let part = if clock.summer { "DAYLIGHT" } else { "STANDARD" };
        // The clock's own beginning is written in the time that held before it.
        let wall = |at: &DateTime<Utc>| local((*at + TimeDelta::seconds(i64::from(*before))).naive_utc());
        out.raw("BEGIN", part);
        let Some((start, rest)) = moments.split_first() else {
            continue;
        };
        out.raw("DTSTART", &wall(start));
        // The first once more: ical.js, which many programs read calendars with, takes no DTSTART where there are RDATEs, and was an hour late.
        for at in std::iter::once(start).chain(rest).filter(|_| !rest.is_empty()) {
            out.raw("RDATE", &wall(at));
        }
        out.raw("TZOFFSETFROM", &offset(*before));
        out.raw("TZOFFSETTO", &offset(clock.offset));
        out.text("TZNAME", name);
        out.raw("END", part);
    }
    out.raw("END", "VTIMEZONE");
}
