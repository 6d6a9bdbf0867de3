//! The timeline of the gateways, from read models alone: no gateway is asked while a page is made.

use std::collections::HashMap;

use amphi_events::Time;
use amphi_events::ids::{GatewayId, LiveId};
use amphi_events::person::Role;
use amphi_projections::{GatewayRow, LiveRow, OutageRow, ReservationRow};
use axum::extract::{Query, State};
use axum::response::Response;
use chrono::{Datelike, Days, NaiveDate};
use chrono_tz::Tz;
use serde::Deserialize;

use super::equipment::called;
use crate::Web;
use crate::api::free::{Wall, wall};
use crate::i18n::times;
use crate::pages::admin::service::{OutageLine, ServiceView};
use crate::pages::admin::timeline::{self, Kind, Row, Span, TimelineView, Until, WIDE};
use crate::pages::common::{Reader, Shown, Stop};

/// Which day or week.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// `2026-11-20`; today where it is none.
    day: String,
    /// `week`, else a day.
    span: String,
}

/// `GET /admin/gateways/timeline`.
pub async fn timeline(State(web): State<Web>, reader: Reader, Query(asked): Query<Asked>) -> Response {
    reader.answer(shown(&web, &reader, &asked).await)
}

/// A moment of a date, in the zone; where the clock skips it, when it goes on.
fn moment(date: NaiveDate, hour: u32, zone: Tz) -> Time {
    match wall(&format!("{date}T{hour:02}:00"), zone) {
        Some(Wall::Plain(at) | Wall::Twice(at) | Wall::Skipped(at)) => at,
        None => Time(0),
    }
}

/// What is seen: from, to, and how moments are shown.
struct Window {
    from: Time,
    to: Time,
    now: Time,
    zone: String,
}

impl Window {
    /// Where a moment is in the picture, within it.
    fn part(&self, at: Time) -> i64 {
        let wide = self.to.since_ms(self.from).max(1);
        at.since_ms(self.from).clamp(0, wide) * WIDE / wide
    }

    fn sees(&self, from: Time, to: Time) -> bool {
        from < self.to && self.from < to && from < to
    }

    fn minute(&self, at: Time) -> String {
        times::input(at, &self.zone).replace('T', " ")
    }

    /// A span, where some of it is seen.
    fn span(&self, kind: Kind, from: Time, to: Option<Time>, what: (Option<String>, String)) -> Option<Span> {
        let end = to.unwrap_or(self.to.max(from));
        self.sees(from, end).then(|| Span {
            kind,
            begins: self.part(from),
            ends: self.part(end),
            from: self.minute(from),
            to: to.map_or(Until::Notice, |to| Until::At(self.minute(to))),
            what,
        })
    }
}

async fn shown(web: &Web, reader: &Reader, asked: &Asked) -> Shown {
    reader.may(Role::administers)?;
    let (now, lang) = (web.sources.now(), reader.frame.lang);
    let zone: Tz = web.settings.time_zone.parse().unwrap_or(Tz::UTC);
    let today = now.utc().with_timezone(&zone).date_naive();
    // A century round today: what is beyond is a slip of the hand, and has no Monday.
    let near = |day: &NaiveDate| (day.year() - today.year()).abs() <= 100;
    let asked_day = asked.day.parse::<NaiveDate>().ok().filter(near).unwrap_or(today);
    let week = asked.span == "week";
    let back = if week {
        u64::from(asked_day.weekday().num_days_from_monday())
    } else {
        0
    };
    let days = if week { 7 } else { 1 };
    let plus = |day: NaiveDate, n: u64| day.checked_add_days(Days::new(n)).unwrap_or(day);
    let minus = |day: NaiveDate, n: u64| day.checked_sub_days(Days::new(n)).unwrap_or(day);
    let first = minus(asked_day, back);
    let window = Window {
        from: moment(first, 0, zone),
        to: moment(plus(first, days), 0, zone),
        now,
        zone: zone.name().to_owned(),
    };
    let ticks = if week {
        (0..days)
            .map(|n| plus(first, n))
            .map(|day| {
                let label = format!("{} {}", times::weekday(lang, day.weekday()), day.day());
                (window.part(moment(day, 0, zone)), label)
            })
            .collect()
    } else {
        (0..24)
            .step_by(3)
            .map(|hour| (window.part(moment(first, hour, zone)), format!("{hour:02}:00")))
            .collect()
    };
    let margins = web.settings.margins;
    let calendar = Calendar::read(web, reader, &window).await?;
    let mut rows = Vec::new();
    for row in web.read.gateways().await?.into_iter().filter(|g| !g.removed) {
        rows.push(Row {
            id: row.id.to_string(),
            standing: row.stands().standing,
            spans: calendar.of(&row, &window, margins),
            name: row.setup.name.0,
        });
    }
    let last = plus(first, days - 1);
    let view = TimelineView {
        week,
        day: first.to_string(),
        days: (times::day(lang, first), week.then(|| times::day(lang, last))),
        earlier: minus(first, days).to_string(),
        later: plus(first, days).to_string(),
        ticks,
        now: window.sees(now, now.plus_ms(1)).then(|| window.part(now)),
        rows,
        waiting: calendar.waiting(&window),
        margins: (margins.between_s() > 0)
            .then(|| (times::duration(margins.before_s), times::duration(margins.after_s))),
    };
    Ok(reader.page(timeline::timeline(&reader.frame, &view)))
}

/// What is in the calendar, as the read models have it.
struct Calendar {
    holds: Vec<ReservationRow>,
    outages: Vec<OutageRow>,
    lives: HashMap<LiveId, LiveRow>,
    /// What stands in the place of a live: of which live it is, and in words.
    others: HashMap<LiveId, (String, String)>,
}

impl Calendar {
    async fn read(web: &Web, reader: &Reader, window: &Window) -> Result<Self, Stop> {
        let margins = web.settings.margins;
        let (from, to) = (window.from.plus_s(-margins.after_s), window.to.plus_s(margins.before_s));
        let holds = web.read.reservations_between(from, to).await?;
        let planned = web.read.lives_between(window.from, window.to).await?;
        let mut lives: HashMap<_, _> = planned.into_iter().map(|l| (l.id, l)).collect();
        let mut others = HashMap::new();
        let taken = web.read.gateways().await?.into_iter().filter_map(|g| g.taken);
        // What was moved since, and what runs beyond its time.
        for live in holds.iter().map(|h| h.live).chain(taken.map(|(_, live)| live)) {
            if lives.contains_key(&live) || others.contains_key(&live) {
                continue;
            }
            match web.read.live(live).await? {
                Some(row) => drop(lives.insert(live, row)),
                None => drop(others.insert(live, called(web, reader, live).await?)),
            }
        }
        Ok(Self {
            outages: web.read.outages_between(window.from, window.to).await?,
            holds,
            lives,
            others,
        })
    }

    fn live(&self, live: LiveId) -> (Option<String>, String) {
        match (self.lives.get(&live), self.others.get(&live)) {
            (Some(row), _) => (Some(format!("/live/{live}")), row.title.clone()),
            (None, Some((of, words))) => (Some(format!("/live/{of}")), words.clone()),
            (None, None) => (None, live.to_string()),
        }
    }

    fn of(&self, row: &GatewayRow, window: &Window, margins: amphi_events::gateway::Margins) -> Vec<Span> {
        let id: GatewayId = row.id;
        let holds: Vec<&ReservationRow> = self.holds.iter().filter(|h| h.gateway == id).collect();
        let mut spans = Vec::new();
        if margins.between_s() > 0 {
            for hold in &holds {
                let (from, to) = margins.round(hold.from, hold.to);
                spans.extend(window.span(Kind::Margin, from, Some(to), self.live(hold.live)));
            }
        }
        for outage in self.outages.iter().filter(|o| o.gateway == id) {
            let why = (None, outage.reason.clone());
            spans.extend(window.span(Kind::Out, outage.from, outage.to, why));
        }
        for hold in &holds {
            spans.extend(window.span(Kind::Reserved, hold.from, Some(hold.to), self.live(hold.live)));
        }
        if let (Some((_, live)), Some(since)) = (row.taken, row.taken_since) {
            let planned = self.lives.get(&live).map(|l| l.ends_at);
            let over = planned.filter(|end| *end < window.now).map(|end| end.max(since));
            let goes_on = |kind, from: Time| {
                let span = window.span(kind, from, Some(window.now.max(from.plus_ms(1))), self.live(live));
                span.map(|span| Span { to: Until::Now, ..span })
            };
            match over {
                Some(over) => {
                    spans.extend(window.span(Kind::Runs, since, Some(over), self.live(live)));
                    spans.extend(goes_on(Kind::Overruns, over));
                }
                None => spans.extend(goes_on(Kind::Runs, since)),
            }
        }
        spans
    }

    /// Webinars for which none was free.
    fn waiting(&self, window: &Window) -> Vec<Span> {
        let waits =
            |l: &&LiveRow| l.lacking.is_some() && l.reservation.is_none() && !l.cancelled && l.ends_at > window.now;
        let mut waiting: Vec<&LiveRow> = self.lives.values().filter(waits).collect();
        waiting.sort_by_key(|l| (l.starts_at, l.id));
        let span = |l: &LiveRow| window.span(Kind::Waits, l.starts_at, Some(l.ends_at), self.live(l.id));
        waiting.into_iter().filter_map(span).collect()
    }
}

/// How a gateway stands and when it is out of service, for its page.
pub(super) async fn service(web: &Web, row: &GatewayRow) -> Result<ServiceView, Stop> {
    let (now, zone) = (web.sources.now(), &web.settings.time_zone);
    let minute = |at| times::input(at, zone).replace('T', " ");
    let outages = web.read.outages_between(now, Time(i64::MAX)).await?;
    Ok(ServiceView {
        stands: row.stands(),
        outages: outages
            .into_iter()
            .filter(|o| o.gateway == row.id)
            .map(|o| OutageLine {
                id: o.id.to_string(),
                from: minute(o.from),
                to: o.to.map(minute),
                reason: o.reason,
            })
            .collect(),
        zone: zone.clone(),
    })
}
