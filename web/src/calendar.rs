//! Meetings as calendars take them (RFC 5545, RFC 5546): a stable UID, a SEQUENCE that grows, times in the meeting's own zone with that
//! zone's rules beside them, series as RRULE with what was said of single dates.
//!
//! Written here and not by the `icalendar` crate: see `docs/decisions/calendar.md`.

mod lines;
#[cfg(test)]
mod tests;
mod zones;

use std::collections::BTreeSet;

use amphi_events::Time;
use amphi_events::ids::MeetingId;
use amphi_events::meeting::Details;
use amphi_events::recurrence::{self, End, Exception, wall_clock};
use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;

use lines::Lines;
use zones::Zones;

/// What a calendar is to do with what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Show it.
    Publish,
    /// Take it in, or in place of an older version.
    Request,
    /// Take it out.
    Cancel,
}

impl Method {
    /// As in `METHOD`, and in the content type of a mail's part.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "PUBLISH",
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// One meeting.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// Its id: for ever the same, whatever it is called.
    pub id: MeetingId,
    /// What is planned.
    pub details: &'a Details,
    /// Grows with each change, and in mails with each of them.
    pub sequence: u32,
    /// It will not take place.
    pub cancelled: bool,
    /// Where people go.
    pub url: String,
    /// When the meeting was changed last.
    pub changed: Time,
    /// When this copy of it was made: of a mail when it is written, so that of two about the same version the later one is known.
    pub made: Time,
    /// Name and mail address of who invites.
    pub organizer: Option<(String, String)>,
    /// Mail address of who is invited: the one reader of this copy.
    pub attendee: Option<String>,
}

/// Up to when an open series is told by single dates: ten years from now, or from its start where that is still to come. From its start
/// alone, a course that began ten years ago had clocks that no longer change.
fn told_until(details: &Details, now: Time) -> Time {
    details.starts_at.max(now).plus_s(zones::OPEN_S)
}

/// A calendar of these meetings, made `now`. `host` makes the ids the world's own, `name` is what the calendar is called.
pub fn calendar(method: Method, host: &str, name: Option<&str>, entries: &[Entry<'_>], now: Time) -> String {
    let mut out = Lines::default();
    out.raw("BEGIN", "VCALENDAR");
    out.raw("VERSION", "2.0");
    out.raw("PRODID", "-//Amphi//Amphi//EN");
    out.raw("CALSCALE", "GREGORIAN");
    out.raw("METHOD", method.as_str());
    if let Some(name) = name {
        // Of the two, one is read by some programs and the other by the rest.
        out.text("NAME", name);
        out.text("X-WR-CALNAME", name);
        out.raw("REFRESH-INTERVAL;VALUE=DURATION", "PT1H");
        out.raw("X-PUBLISHED-TTL", "PT1H");
    }
    let mut zones = Zones::default();
    for entry in entries {
        let details = entry.details;
        let last = match details.recurrence.map(|rule| rule.end) {
            None => details.ends_at(),
            Some(End::Open) => told_until(details, now),
            Some(End::Until(_) | End::Count(_)) => details.series().last().ends_at,
        };
        let moved = details.exceptions.values().filter_map(|e| match e {
            Exception::Moved { starts_at, duration_s } => Some((*starts_at, starts_at.plus_s(*duration_s))),
            Exception::Cancelled => None,
        });
        // A date may be moved to before the first one, too.
        let (first, last) = moved.fold((details.starts_at, last), |(first, last), (from, to)| {
            (first.min(from), last.max(to))
        });
        zones.needs(details.zone(), first, last);
    }
    zones.write(&mut out);
    for entry in entries {
        event(&mut out, method, host, entry, now);
    }
    out.raw("END", "VCALENDAR");
    out.done()
}

fn utc(at: Time) -> String {
    at.utc().format("%Y%m%dT%H%M%SZ").to_string()
}

fn local(wall: NaiveDateTime) -> String {
    wall.format("%Y%m%dT%H%M%S").to_string()
}

/// A moment in the meeting's zone; in UTC as UTC, which has no rules, and so where the zone's clock shows that time for the second
/// time: a time in a zone means the first (RFC 5545 §3.3.5), and meetings of that hour came an hour early.
fn at(out: &mut Lines, name: &str, moment: Time, zone: Tz) {
    let wall = wall_clock(moment, zone);
    if recurrence::moment(wall, zone) == moment {
        on_wall(out, name, wall, zone);
    } else {
        out.raw(name, &utc(moment));
    }
}

/// What the zone's clock shows: what a rule repeats, and what its dates are named by.
fn on_wall(out: &mut Lines, name: &str, wall: NaiveDateTime, zone: Tz) {
    if zone == Tz::UTC {
        out.raw(name, &format!("{}Z", local(wall)));
    } else {
        out.raw(&format!("{name};TZID={}", zone.name()), &local(wall));
    }
}

fn event(out: &mut Lines, method: Method, host: &str, entry: &Entry<'_>, now: Time) {
    let details = entry.details;
    let (series, zone) = (details.series(), details.zone());
    let begin = |out: &mut Lines| {
        out.raw("BEGIN", "VEVENT");
        out.raw("UID", &format!("{}@{host}", entry.id));
        out.raw("SEQUENCE", &entry.sequence.to_string());
        out.raw("DTSTAMP", &utc(entry.made));
        out.raw("LAST-MODIFIED", &utc(entry.changed));
    };
    let alone = |out: &mut Lines, from: Time, to: Time| {
        begin(out);
        at(out, "DTSTART", from, zone);
        at(out, "DTEND", to, zone);
    };
    // By this the rule's dates are named: what its zone's clock shows.
    let named = |out: &mut Lines, name: &str, date: NaiveDate| {
        on_wall(out, name, date.and_time(series.time_of_day()), zone);
    };
    let foot = |out: &mut Lines| {
        out.text("SUMMARY", &details.name.0);
        let description = [details.description.0.trim(), entry.url.as_str()];
        let description: Vec<&str> = description.into_iter().filter(|t| !t.is_empty()).collect();
        out.text("DESCRIPTION", &description.join("\n\n"));
        out.text("LOCATION", &entry.url);
        out.raw("URL", &entry.url);
        if let Some((name, mail)) = &entry.organizer {
            out.person("ORGANIZER", &[("CN", name)], mail);
        }
        if let Some(mail) = &entry.attendee {
            let asked = [
                ("ROLE", "REQ-PARTICIPANT"),
                ("PARTSTAT", "NEEDS-ACTION"),
                ("RSVP", "FALSE"),
            ];
            out.person("ATTENDEE", &asked, mail);
        }
        let off = entry.cancelled || method == Method::Cancel;
        out.raw("STATUS", if off { "CANCELLED" } else { "CONFIRMED" });
        out.raw("TRANSP", if off { "TRANSPARENT" } else { "OPAQUE" });
        out.raw("END", "VEVENT");
    };
    let Some(rule) = &details.recurrence else {
        alone(out, details.starts_at, details.ends_at());
        return foot(out);
    };
    let wall = series.wall();
    // A rule repeats what the clock shows, so its first date is written so too, even where the second time was meant.
    let first = recurrence::moment(wall, zone);
    begin(out);
    on_wall(out, "DTSTART", wall, zone);
    at(out, "DTEND", first.plus_s(details.duration_s), zone);
    let given: Vec<(NaiveDate, Exception)> = series.given().collect();
    let (told, beside) = rule.told(series.first(), &|date| series.planned(date).utc());
    out.raw("RRULE", &told);
    let end = told_until(details, now);
    let told = |date: &NaiveDate| rule.end != End::Open || series.planned(*date) <= end;
    let beside: BTreeSet<NaiveDate> = beside.take_while(told).collect();
    let cancelled = |date: &NaiveDate| details.exceptions.get(date) == Some(&Exception::Cancelled);
    for date in beside.iter().filter(|d| !cancelled(d)) {
        named(out, "RDATE", *date);
    }
    for (date, exception) in &given {
        if *exception == Exception::Cancelled && !beside.contains(date) {
            named(out, "EXDATE", *date);
        }
    }
    foot(out);
    let mut moved = |date: NaiveDate, from: Time, to: Time| {
        alone(out, from, to);
        named(out, "RECURRENCE-ID", date);
        foot(out);
    };
    if first != details.starts_at && !details.exceptions.contains_key(&series.first()) {
        moved(series.first(), details.starts_at, details.ends_at());
    }
    for (date, exception) in given {
        if let Exception::Moved { starts_at, duration_s } = exception {
            moved(date, starts_at, starts_at.plus_s(duration_s));
        }
    }
}
