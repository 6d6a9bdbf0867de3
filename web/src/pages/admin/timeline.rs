//! `/admin/gateways/timeline`: gateways as rows, a day or a week across. The picture is for the eye alone; below it the same stands as a
//! table, which is what screen readers, keyboards and narrow screens read.

use amphi_projections::Standing;
use maud::{Markup, html};

use super::service::badge;
use super::{Tab, area};
use crate::i18n::T;
use crate::pages::asking::wide_table;
use crate::pages::layout::Frame;

/// The picture's width, in parts.
pub const WIDE: i64 = 10_000;

/// What stands somewhere in the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Kept free before or after a reservation; in the picture alone.
    Margin,
    /// Held for a live.
    Reserved,
    /// Out of service.
    Out,
    /// A live runs, as far as its reservation goes.
    Runs,
    /// It runs beyond what it was planned for, until now or as long as it may.
    Overruns,
    /// A webinar waits for a gateway.
    Waits,
}

impl Kind {
    const fn class(self) -> &'static str {
        match self {
            Self::Margin => "margin",
            Self::Reserved => "reserved",
            Self::Out => "out",
            Self::Runs => "runs",
            Self::Overruns => "overruns",
            Self::Waits => "waits",
        }
    }

    const fn word(self) -> T {
        match self {
            Self::Margin => T::SpanMargin,
            Self::Reserved => T::SpanReserved,
            Self::Out => T::SpanOut,
            Self::Runs => T::SpanRuns,
            Self::Overruns => T::SpanOverruns,
            Self::Waits => T::SpanWaits,
        }
    }
}

/// Where a span ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Until {
    /// Then, as shown.
    At(String),
    /// Until further notice.
    Notice,
    /// It goes on.
    Now,
}

/// A span in the calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// What it is.
    pub kind: Kind,
    /// Where it begins in the picture, in parts of [`WIDE`].
    pub begins: i64,
    /// Where it ends.
    pub ends: i64,
    /// From, as shown.
    pub from: String,
    /// To.
    pub to: Until,
    /// For which live, or why: path and text.
    pub what: (Option<String>, String),
}

/// A gateway's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How it stands now.
    pub standing: Standing,
    /// What stands in its calendar, what lies below first.
    pub spans: Vec<Span>,
}

/// `/admin/gateways/timeline`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineView {
    /// A week, else a day.
    pub week: bool,
    /// The day shown, or the week's first: as in the address.
    pub day: String,
    /// The days shown, as people say them: first, and last where it is another.
    pub days: (String, Option<String>),
    /// The day before, or the week.
    pub earlier: String,
    /// The day after, or the week.
    pub later: String,
    /// Where a line stands, and what is said there.
    pub ticks: Vec<(i64, String)>,
    /// Where now is.
    pub now: Option<i64>,
    /// Gateways in use.
    pub rows: Vec<Row>,
    /// Webinars without a gateway.
    pub waiting: Vec<Span>,
    /// Margins before and after, as shown; `None`: there are none.
    pub margins: Option<(String, String)>,
}

/// Renders the page.
pub fn timeline(frame: &Frame, view: &TimelineView) -> Markup {
    let title = match &view.days {
        (first, Some(last)) => frame.f(T::TimelineOf, &[("from", first), ("to", last)]),
        (first, None) => first.clone(),
    };
    area(
        frame,
        Tab::Gateways,
        frame.t(T::Timeline),
        &["forms.js"],
        &html! {
            p { a href="/admin/gateways" { "← " (frame.t(T::Gateways)) } }
            h1 { (frame.t(T::Timeline)) }
            p class="lead" { (frame.t(T::TimelineLead)) }
            (choices(frame, view))
            section id="timeline" data-fresh data-poll="15" aria-labelledby="timeline-title" {
                h2 id="timeline-title" { (title) }
                p class="quiet" {
                    @match &view.margins {
                        Some((before, after)) => { (frame.f(T::TimelineMargins, &[("before", before), ("after", after)])) }
                        None => { (frame.t(T::TimelineNoMargins)) }
                    }
                }
                @if view.rows.is_empty() { div class="empty" { p { (frame.t(T::NoGateway)) } p { (frame.t(T::NoGatewayDo)) } } } @else { (picture(frame, view)) }
                h3 id="detail" { (frame.t(T::TimelineDetail)) }
                (table(frame, view))
            }
        },
    )
}

fn choices(frame: &Frame, view: &TimelineView) -> Markup {
    let span = if view.week { "&span=week" } else { "" };
    let at = |day: &str| format!("/admin/gateways/timeline?day={day}{span}");
    let today = if view.week {
        "/admin/gateways/timeline?span=week"
    } else {
        "/admin/gateways/timeline"
    };
    html! {
        nav class="facts spaced" aria-label=(frame.t(T::TimelineSpan)) {
            a class="button" href=(at(&view.earlier)) { "← " (frame.t(T::TimelineEarlier)) }
            a class="button" href=(today) { (frame.t(T::TimelineToday)) }
            a class="button" href=(at(&view.later)) { (frame.t(T::TimelineLater)) " →" }
            a class="button" href={ "/admin/gateways/timeline?day=" (view.day) } aria-current=[(!view.week).then_some("true")] { (frame.t(T::TimelineDay)) }
            a class="button" href={ "/admin/gateways/timeline?day=" (view.day) "&span=week" } aria-current=[view.week.then_some("true")] { (frame.t(T::TimelineWeek)) }
        }
    }
}

/// `12.34%`.
fn percent(parts: i64) -> String {
    format!("{}.{:02}%", parts / 100, parts % 100)
}

fn picture(frame: &Frame, view: &TimelineView) -> Markup {
    html! {
        div class="timeline" aria-hidden="true" {
            div class="lane-name" {}
            svg class="axis" width="100%" height="22" {
                @for (at, label) in &view.ticks { text x=(percent(*at)) y="15" { (label) } }
            }
            @for row in &view.rows {
                div class="lane-name" { span { (row.name) } " " (badge(frame, row.standing)) }
                (lane(view, &row.spans))
            }
            @if !view.waiting.is_empty() {
                div class="lane-name" { (frame.t(T::TimelineWaiting)) }
                (lane(view, &view.waiting))
            }
        }
        ul class="legend" aria-hidden="true" {
            @for kind in [Kind::Reserved, Kind::Margin, Kind::Runs, Kind::Overruns, Kind::Out, Kind::Waits] {
                li { svg width="22" height="14" { rect class=(kind.class()) width="22" height="14" {} } " " (frame.t(kind.word())) }
            }
        }
    }
}

fn lane(view: &TimelineView, spans: &[Span]) -> Markup {
    html! {
        svg class="lane" width="100%" height="40" {
            @for (at, _) in &view.ticks { line class="tick" x1=(percent(*at)) x2=(percent(*at)) y1="0" y2="40" {} }
            @for span in spans {
                // Where it is narrower than the eye sees it is drawn all the same: five minutes of a week.
                svg x=(percent(span.begins)) width=(percent((span.ends - span.begins).max(30))) height="40" {
                    rect class=(span.kind.class()) y=(if span.kind == Kind::Margin { "12" } else { "4" }) width="100%" height=(if span.kind == Kind::Margin { "16" } else { "32" }) rx="4" {}
                    @if span.kind != Kind::Margin { text class=(span.kind.class()) x="6" y="25" { (span.what.1) } }
                }
            }
            @if let Some(now) = view.now { line class="now" x1=(percent(now)) x2=(percent(now)) y1="0" y2="40" {} }
        }
    }
}

/// Everything but margins, a row a span; on narrow screens a list.
fn table(frame: &Frame, view: &TimelineView) -> Markup {
    let shown = |spans: &[Span]| -> Vec<Span> { spans.iter().filter(|s| s.kind != Kind::Margin).cloned().collect() };
    let rows = view.rows.iter().map(|row| (Some(row), shown(&row.spans)));
    let all: Vec<_> = rows.chain([(None, shown(&view.waiting))]).collect();
    let label = frame.t(T::TimelineDetail);
    wide_table(
        label,
        &html! {
            table class="as-list" {
                caption class="unseen" { (frame.t(T::Timeline)) }
                thead { tr {
                    th scope="col" { (frame.t(T::Gateway)) }
                    @for word in [T::TimelineWhat, T::TimelineFrom, T::TimelineTo, T::TimelineFor] { th scope="col" { (frame.t(word)) } }
                } }
                @for (row, spans) in all {
                    @if row.is_some() || !spans.is_empty() { tbody {
                        @if let (Some(row), true) = (row, spans.is_empty()) {
                            tr { (name(frame, Some(row), 1)) td colspan="4" class="quiet" { (frame.t(T::TimelineNothing)) } }
                        }
                        @for (n, span) in spans.iter().enumerate() {
                            tr {
                                @if n == 0 { (name(frame, row, spans.len())) }
                                td { (frame.t(span.kind.word())) }
                                td data-label=(frame.t(T::TimelineFrom)) { (span.from) }
                                td data-label=(frame.t(T::TimelineTo)) { (until(frame, &span.to)) }
                                td { @match &span.what { (Some(to), text) => { a href=(to) { (text) } } (None, text) => { (text) } } }
                            }
                        }
                    } }
                }
            }
        },
    )
}

fn until<'a>(frame: &Frame, to: &'a Until) -> &'a str {
    match to {
        Until::At(then) => then,
        Until::Notice => frame.t(T::UntilNotice),
        Until::Now => frame.t(T::TimelineNow),
    }
}

fn name(frame: &Frame, row: Option<&Row>, rows: usize) -> Markup {
    html! {
        th scope="rowgroup" rowspan=(rows) {
            @match row {
                Some(row) => { a href={ "/admin/gateways/" (row.id) } { (row.name) } " " (badge(frame, row.standing)) }
                None => { (frame.t(T::TimelineWaiting)) }
            }
        }
    }
}

impl TimelineView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let span = |kind, begins, ends| Span {
            kind,
            begins,
            ends,
            from: "2026-11-20 14:00".into(),
            to: match kind {
                Kind::Out => Until::Notice,
                Kind::Overruns => Until::Now,
                _ => Until::At("2026-11-20 16:00".into()),
            },
            what: match kind {
                Kind::Out => (None, "<b>new</b> disk".into()),
                _ => (
                    Some("/live/01J00000000000000000000001".into()),
                    "<i>Assembly</i> of those who plan".into(),
                ),
            },
        };
        let row = |n: usize, standing, spans| Row {
            id: format!("01J0000000000000000000000{n}"),
            name: "<b>gw</b> & co with a rather long name".into(),
            standing,
            spans,
        };
        let day = Self {
            week: false,
            day: "2026-11-20".into(),
            days: ("Friday 20 November 2026".into(), None),
            earlier: "2026-11-19".into(),
            later: "2026-11-21".into(),
            ticks: (0..8).map(|n| (n * 1250, format!("{:02}:00", n * 3))).collect(),
            now: Some(6200),
            rows: vec![],
            waiting: vec![],
            margins: None,
        };
        vec![
            day.clone(),
            Self {
                week: true,
                days: ("Monday 16 November 2026".into(), Some("Sunday 22 November 2026".into())),
                rows: vec![
                    row(
                        1,
                        Standing::Busy,
                        vec![
                            span(Kind::Margin, 5700, 6800),
                            span(Kind::Reserved, 5833, 6666),
                            span(Kind::Runs, 5800, 6100),
                            span(Kind::Overruns, 6100, 6200),
                        ],
                    ),
                    row(2, Standing::Unreachable, vec![span(Kind::Out, 0, WIDE)]),
                    row(3, Standing::Up, vec![]),
                ],
                waiting: vec![span(Kind::Waits, 5833, 6666)],
                margins: Some(("10 min".into(), "5 min".into())),
                ..day
            },
        ]
    }
}
