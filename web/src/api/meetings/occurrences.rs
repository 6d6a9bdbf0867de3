//! How a meeting repeats, and single dates of its series: `/meetings/{id}/occurrences`.

use amphi_events::Time;
use amphi_events::meeting::{Details, MeetingCommand, OccurrenceChange};
use amphi_events::recurrence::{End, Exception, MonthlyType, Occurrence, Pattern, Recurrence, Weekdays};
use axum::extract::{Path, State};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::{arranged, seen, settle, whole};
use crate::Web;
use crate::api::meetings::shape::MeetingOut;
use crate::api::problem::{Code, Problem, ProblemBody};
use crate::api::request::{Body, Idempotency, Page, Query, Written, done_before, id, limit, moment};
use crate::auth::{Identity, SignedIn};

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(shift, cancel))
        .routes(routes!(restore))
}

/// The unit that a meeting repeats by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Days.
    Daily,
    /// Weeks, from Monday on.
    Weekly,
    /// Months.
    Monthly,
    /// Years.
    Yearly,
}

/// Which day of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MonthDay {
    /// The start's day of the month; the last one of a month that is shorter.
    #[default]
    DateDay,
    /// The start's weekday, as the same one of its month; from a fifth one on the last of each month.
    NthDay,
}

/// How a meeting repeats (census §1.1, under its names). Without `until` and `count` it goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecurrenceShape {
    /// By which unit.
    pub unit: Unit,
    /// Every so many units, 1 to 100.
    #[serde(default = "one")]
    pub frequency: u16,
    /// For weeks: digits, 0 is Monday; the start's day where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekdays: Option<String>,
    /// For months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly_type: Option<MonthDay>,
    /// Last possible date in the meeting's zone, `2027-01-31`. Not with `count`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// So many times, the first included, at most 2000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
}

const fn one() -> u16 {
    1
}

fn bad(detail: &str) -> Problem {
    Problem::new(Code::BadBody).detail(detail.to_owned())
}

impl RecurrenceShape {
    /// The rule, for a meeting with these details.
    ///
    /// # Errors
    /// A part can't be read. The rules themselves are the meeting's.
    pub fn read(self, details: &Details) -> Result<Recurrence, Problem> {
        let pattern = match self.unit {
            Unit::Daily => Pattern::Daily,
            Unit::Weekly => Pattern::Weekly {
                weekdays: match self.weekdays {
                    Some(digits) => digits
                        .parse()
                        .map_err(|_| bad("recurrence.weekdays: digits, 0 is Monday"))?,
                    None => Weekdays::of([chrono::Datelike::weekday(&details.series().first())]),
                },
            },
            Unit::Monthly => Pattern::Monthly {
                monthly_type: match self.monthly_type.unwrap_or_default() {
                    MonthDay::DateDay => MonthlyType::DateDay,
                    MonthDay::NthDay => MonthlyType::NthDay,
                },
            },
            Unit::Yearly => Pattern::Yearly,
        };
        let end = match (self.until, self.count) {
            (Some(_), Some(_)) => return Err(bad("recurrence: until or count")),
            (Some(date), None) => End::Until(date.parse().map_err(|_| bad("recurrence.until: a date, 2027-01-31"))?),
            (None, Some(count)) => End::Count(count),
            (None, None) => End::Open,
        };
        Ok(Recurrence {
            pattern,
            frequency: self.frequency,
            end,
        })
    }
}

impl From<Recurrence> for RecurrenceShape {
    fn from(rule: Recurrence) -> Self {
        let (unit, weekdays, monthly_type) = match rule.pattern {
            Pattern::Daily => (Unit::Daily, None, None),
            Pattern::Weekly { weekdays } => (Unit::Weekly, Some(weekdays.to_string()), None),
            Pattern::Monthly { monthly_type } => {
                let day = match monthly_type {
                    MonthlyType::DateDay => MonthDay::DateDay,
                    MonthlyType::NthDay => MonthDay::NthDay,
                };
                (Unit::Monthly, None, Some(day))
            }
            Pattern::Yearly => (Unit::Yearly, None, None),
        };
        let (until, count) = match rule.end {
            End::Open => (None, None),
            End::Until(date) => (Some(date.to_string()), None),
            End::Count(count) => (None, Some(count)),
        };
        Self {
            unit,
            frequency: rule.frequency,
            weekdays,
            monthly_type,
            until,
            count,
        }
    }
}

/// One date of a series.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OccurrenceOut {
    /// The date that the rule gives it in the meeting's zone: its name, which stays when it is moved.
    pub date: String,
    /// When it starts.
    pub starts_at: String,
    /// When it ends.
    pub ends_at: String,
    /// When the rule has it start.
    pub planned_at: String,
    /// It was moved alone.
    pub moved: bool,
    /// It will not take place.
    pub cancelled: bool,
}

impl OccurrenceOut {
    /// An occurrence, as it is shown.
    pub fn of(o: &Occurrence, cancelled: bool) -> Self {
        Self {
            date: o.date.to_string(),
            starts_at: o.starts_at.rfc3339(),
            ends_at: o.ends_at.rfc3339(),
            planned_at: o.planned.rfc3339(),
            moved: o.moved,
            cancelled,
        }
    }
}

/// Which dates.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// Those that end after this, RFC 3339; now where left out.
    from: Option<String>,
    /// Those that start before this.
    to: Option<String>,
    /// At most so many, 1 to 200.
    limit: Option<usize>,
}

/// Dates of a meeting in the order of their starts; one that takes place once has one.
#[utoipa::path(get, path = "/meetings/{id}/occurrences", tag = "meetings", params(("id" = String, Path), Which), responses((status = 200, body = Page<OccurrenceOut>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn list(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path(meeting): Path<String>,
    Query(which): Query<Which>,
) -> Result<axum::Json<Page<OccurrenceOut>>, Problem> {
    let (_, details) = seen(&web, &me, id(&meeting)?).await?;
    let limit = limit(which.limit)?;
    let at = |name: &str, text: &Option<String>, none: Time| {
        text.as_deref().map_or(Ok(none), |t| moment(Code::BadQuery, name, t))
    };
    let from = at("from", &which.from, web.sources.now())?;
    let to = at("to", &which.to, Time(i64::MAX))?;
    let series = details.series();
    let mut all: Vec<(Occurrence, bool)> = series
        .between(from, to, limit)
        .into_iter()
        .map(|o| (o, false))
        .collect();
    let end = all
        .last()
        .filter(|_| all.len() == limit)
        .map_or(to, |(o, _)| o.starts_at);
    let cancelled = series.given().filter(|(_, e)| *e == Exception::Cancelled);
    all.extend(cancelled.filter_map(|(date, _)| {
        let o = series.planned_occurrence(date);
        (o.ends_at > from && o.starts_at < end).then_some((o, true))
    }));
    all.sort_by_key(|(o, _)| (o.starts_at, o.date));
    let items = all
        .iter()
        .map(|(o, cancelled)| OccurrenceOut::of(o, *cancelled))
        .collect();
    Ok(axum::Json(Page { items, next: None }))
}

/// When one date takes place.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShiftInput {
    /// Its start, RFC 3339.
    pub starts_at: String,
    /// Its duration in seconds; the series' where left out.
    pub duration_s: Option<i64>,
}

/// Moves one date alone.
#[utoipa::path(put, path = "/meetings/{id}/occurrences/{date}", tag = "meetings", request_body = ShiftInput, params(("id" = String, Path), ("date" = String, Path), ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = MeetingOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn shift(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path((meeting, date)): Path<(String, String)>,
    idem: Idempotency,
    Body(input): Body<ShiftInput>,
) -> Result<Written<MeetingOut>, Problem> {
    let starts_at = moment(Code::BadBody, "starts_at", &input.starts_at)?;
    change(&web, &me, &meeting, &date, &idem, |details| OccurrenceChange::Move {
        starts_at,
        duration_s: input.duration_s.unwrap_or(details.duration_s),
    })
    .await
}

/// Cancels one date alone.
#[utoipa::path(delete, path = "/meetings/{id}/occurrences/{date}", tag = "meetings", params(("id" = String, Path), ("date" = String, Path), ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = MeetingOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn cancel(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path((meeting, date)): Path<(String, String)>,
    idem: Idempotency,
) -> Result<Written<MeetingOut>, Problem> {
    change(&web, &me, &meeting, &date, &idem, |_| OccurrenceChange::Cancel).await
}

/// Has one date again as the series says.
#[utoipa::path(post, path = "/meetings/{id}/occurrences/{date}/restore", tag = "meetings", params(("id" = String, Path), ("date" = String, Path), ("Idempotency-Key" = Option<String>, Header)), responses((status = 200, body = MeetingOut), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn restore(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Path((meeting, date)): Path<(String, String)>,
    idem: Idempotency,
) -> Result<Written<MeetingOut>, Problem> {
    change(&web, &me, &meeting, &date, &idem, |_| OccurrenceChange::Restore).await
}

async fn change(
    web: &Web,
    me: &Identity,
    meeting: &str,
    date: &str,
    idem: &Idempotency,
    change: impl FnOnce(&Details) -> OccurrenceChange,
) -> Result<Written<MeetingOut>, Problem> {
    let id = id(meeting)?;
    let date: NaiveDate = date.parse().map_err(|_| Problem::new(Code::NotFound))?;
    let (_, details) = arranged(web, me, id).await?;
    let change = change(&details);
    // The date is part of the call: one key for two dates is two acts.
    let call = match change {
        OccurrenceChange::Move { .. } => format!("PUT /meetings/{{id}}/occurrences/{date}"),
        OccurrenceChange::Cancel => format!("DELETE /meetings/{{id}}/occurrences/{date}"),
        OccurrenceChange::Restore => format!("POST /meetings/{{id}}/occurrences/{date}/restore"),
    };
    let mut act = me.act(web);
    act.key = idem.key(me.person, &call);
    let stream = amphi_events::meeting::stream(id);
    if let Some(position) = done_before(&*web.log, &stream, act.key).await? {
        return Ok(Written::done(position, whole(web, id).await?));
    }
    let command = MeetingCommand::Occurrence { date, change };
    let done = web.aggregates.meetings.execute(id, command, act).await?;
    settle(web, done.position).await;
    Ok(Written::done(done.position, whole(web, id).await?))
}
