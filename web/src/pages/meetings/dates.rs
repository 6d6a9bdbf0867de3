//! Single dates of a series: the next ones on the meeting's page, each to be moved, cancelled or restored alone.

use amphi_events::Time;
use amphi_events::meeting::{Details, MeetingCommand, OccurrenceChange};
use amphi_events::recurrence::Exception;
use axum::extract::{Form, Path, State};
use axum::response::Response;
use chrono::NaiveDate;
use chrono_tz::Tz;
use maud::{Markup, html};
use serde::Deserialize;

use super::form::refusal;
use super::handlers::{id, one};
use super::view::{Last, MeetingView};
use crate::Web;
use crate::api::free::{Wall, wall};
use crate::api::meetings::view::{arranged, settle};
use crate::api::problem::{Code, Problem};
use crate::i18n::{T, times};
use crate::pages::common::{Reader, Shown, see};
use crate::pages::layout::Frame;

/// Dates that are shown; all are in the API.
const MOST: usize = 12;

/// One date of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateLine {
    /// The date that the rule gives it.
    pub date: NaiveDate,
    /// When the rule has it start.
    pub planned: Time,
    /// When it starts.
    pub starts_at: Time,
    /// When it ends.
    pub ends_at: Time,
    /// It was moved alone.
    pub moved: bool,
    /// It will not take place.
    pub cancelled: bool,
}

/// The dates that are on or come, those that were cancelled among them.
pub fn upcoming(details: &Details, now: Time) -> Vec<DateLine> {
    if details.recurrence.is_none() {
        return vec![];
    }
    let series = details.series();
    let mut all: Vec<DateLine> = series
        .between(now, Time(i64::MAX), MOST)
        .into_iter()
        .map(|o| DateLine {
            date: o.date,
            planned: o.planned,
            starts_at: o.starts_at,
            ends_at: o.ends_at,
            moved: o.moved,
            cancelled: false,
        })
        .collect();
    let last = all
        .last()
        .filter(|_| all.len() == MOST)
        .map_or(Time(i64::MAX), |l| l.starts_at);
    let cancelled = series.given().filter(|(_, e)| *e == Exception::Cancelled);
    all.extend(cancelled.filter_map(|(date, _)| {
        let planned = series.planned_occurrence(date);
        let shown = planned.ends_at > now && planned.starts_at < last;
        shown.then_some(DateLine {
            date,
            planned: planned.planned,
            starts_at: planned.starts_at,
            ends_at: planned.ends_at,
            moved: false,
            cancelled: true,
        })
    }));
    all.sort_by_key(|l| (l.starts_at, l.date));
    all
}

/// The section of the meeting's page.
pub fn section(frame: &Frame, view: &MeetingView) -> Markup {
    let m = &view.line;
    html! {
        @if m.repeats.is_some() {
            section aria-labelledby="dates" {
                h2 id="dates" { (frame.t(T::Dates)) }
                @if view.dates.is_empty() { p class="quiet" { (frame.t(T::DatesNone)) } }
                ul class="dates" { @for line in &view.dates { li { (row(frame, view, line)) } } }
            }
        }
    }
}

fn row(frame: &Frame, view: &MeetingView, line: &DateLine) -> Markup {
    let zone = &view.line.zone;
    let when = times::span(frame.lang, Time(0), line.starts_at, line.ends_at, zone);
    let action = format!("/meetings/{}/dates/{}", view.line.id, line.date);
    let typed = view.last.date.as_ref().filter(|(date, ..)| *date == line.date);
    let (starts_at, minutes) = typed.map_or_else(
        || {
            let minutes = line.ends_at.since_ms(line.starts_at) / 60_000;
            (times::input(line.starts_at, zone), minutes.to_string())
        },
        |(_, starts_at, minutes)| (starts_at.clone(), minutes.clone()),
    );
    html! {
        div class="date" {
            @if line.cancelled { s { (when) } " " span class="badge bad" { (frame.t(T::DateCancelled)) } }
            @else {
                span { (when) }
                @if line.moved {
                    " " span class="badge warn" { (frame.t(T::DateMoved)) }
                    " " span class="quiet" { (frame.f(T::DateWas, &[("time", &times::full(frame.lang, line.planned, zone))])) }
                }
            }
        }
        @if view.arranges { div class="actions" {
            @if line.cancelled || line.moved {
                form method="post" action=(action) {
                    input type="hidden" name="action" value="restore";
                    button type="submit" { (frame.t(T::DateRestore)) span class="unseen" { " : " (when) } }
                }
            }
            @if !line.cancelled { details class="more date-change" open[typed.is_some()] {
                summary { (frame.t(T::DateChange)) span class="unseen" { " : " (when) } }
                form method="post" action=(action) class="row" {
                    input type="hidden" name="action" value="move";
                    div class="field" {
                        label for={ "at-" (line.date) } { (frame.t(T::StartsAt)) }
                        input type="datetime-local" id={ "at-" (line.date) } name="starts_at" required value=(starts_at);
                    }
                    div class="field" {
                        label for={ "minutes-" (line.date) } { (frame.t(T::Minutes)) }
                        input type="number" id={ "minutes-" (line.date) } name="minutes" required min="1" max="1440" value=(minutes);
                    }
                    button type="submit" { (frame.t(T::DateMove)) }
                }
                form method="post" action=(action) {
                    input type="hidden" name="action" value="cancel";
                    button type="submit" class="danger" { (frame.t(T::DateCancel)) }
                }
            } }
        } }
    }
}

/// What the forms of one date post.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DateForm {
    /// `move`, `cancel`, `restore`.
    action: String,
    /// As a `datetime-local` input writes it, in the meeting's zone.
    starts_at: String,
    /// Whole minutes.
    minutes: String,
}

impl DateForm {
    fn change(&self, details: &Details) -> Result<OccurrenceChange, Result<T, Code>> {
        match self.action.as_str() {
            "cancel" => Ok(OccurrenceChange::Cancel),
            "restore" => Ok(OccurrenceChange::Restore),
            "move" => {
                let zone: Tz = details.zone();
                let starts_at = match wall(self.starts_at.trim(), zone) {
                    Some(Wall::Plain(t) | Wall::Twice(t)) => t,
                    // Said with the time at which the clock goes on, as the rule of a series has it.
                    Some(Wall::Skipped(t)) => t,
                    None => return Err(Ok(T::BadStart)),
                };
                let minutes: i64 = self.minutes.trim().parse().map_err(|_| Ok(T::BadDuration))?;
                Ok(OccurrenceChange::Move {
                    starts_at,
                    duration_s: minutes.saturating_mul(60),
                })
            }
            _ => Err(Err(Code::BadQuery)),
        }
    }
}

/// `POST /meetings/{id}/dates/{date}`.
pub async fn change(
    State(web): State<Web>,
    reader: Reader,
    Path((meeting, date)): Path<(String, String)>,
    Form(form): Form<DateForm>,
) -> Response {
    reader.answer(changed(&web, &reader, &meeting, &date, &form).await)
}

async fn changed(web: &Web, reader: &Reader, meeting: &str, date: &str, form: &DateForm) -> Shown {
    let me = reader.person()?;
    let id = id(meeting)?;
    let date: NaiveDate = date.parse().map_err(|_| Code::NotFound)?;
    let (_, details) = arranged(web, me, id).await?;
    let wrong = |text: T| Last {
        date: (form.action == "move").then(|| (date, form.starts_at.clone(), form.minutes.clone())),
        ..Last::wrong(reader.frame.t(text).to_owned())
    };
    let change = match form.change(&details) {
        Ok(change) => change,
        Err(Ok(text)) => return one(web, reader, meeting, wrong(text)).await,
        Err(Err(code)) => return Err(code.into()),
    };
    let now = web.sources.now();
    if let OccurrenceChange::Move { starts_at, duration_s } = change
        && starts_at.plus_s(duration_s) <= now
    {
        return one(web, reader, meeting, wrong(T::TimePast)).await;
    }
    let command = MeetingCommand::Occurrence { date, change };
    match web.aggregates.meetings.execute(id, command, me.act(web)).await {
        Ok(done) => {
            settle(web, done.position).await;
            Ok(see(&format!("/meetings/{id}?saved=date#dates")))
        }
        Err(amphi_events::ExecuteError::Refused(why)) => one(web, reader, meeting, wrong(refusal(why))).await,
        Err(e) => Err(Problem::from(e).into()),
    }
}

impl DateLine {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let line = |n: i64, moved, cancelled| {
            let planned = Time(1_795_000_000_000).plus_s(n * 7 * 86_400);
            let starts_at = planned.plus_s(if moved { 86_400 } else { 0 });
            Self {
                date: NaiveDate::default() + chrono::Days::new(7 * n.unsigned_abs()),
                planned,
                starts_at,
                ends_at: starts_at.plus_s(5400),
                moved,
                cancelled,
            }
        };
        vec![line(0, false, false), line(1, true, false), line(2, false, true)]
    }
}
