//! The one way in which administrators' lists are made: rows of cells, and from them search, a choice, order, pages and CSV.

use amphi_events::Time;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::{Tab, area};
use crate::csv;
use crate::i18n::{T, times};
use crate::pages::asking::wide_table;
use crate::pages::common::Reader;
use crate::pages::layout::Frame;
use crate::pages::parts::field;

/// Rows on a page.
const PER_PAGE: usize = 50;

/// What stands behind the question mark.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// What is looked for, in any column; `search` before there was more to ask.
    #[serde(alias = "search")]
    pub q: String,
    /// The choice.
    pub only: String,
    /// A column; with a dash before it the other way round.
    pub sort: String,
    /// From 1; what is none is the first.
    pub page: String,
    /// `csv`, or a page.
    pub format: String,
}

impl Asked {
    /// The file is asked for, and no page.
    pub fn wants_csv(&self) -> bool {
        self.format == "csv"
    }
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Text.
    Text(String),
    /// Text that leads somewhere.
    Link {
        /// Path.
        to: String,
        /// Text.
        text: String,
    },
    /// A moment.
    At(Option<Time>),
    /// A number.
    Number(i64),
    /// A word of the reader's language.
    Word(T),
    /// Words of the reader's language, with the badges they stand in.
    Badges(Vec<(T, &'static str)>),
}

/// By what cells of a column are in order.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Number(i64),
    Text(String),
}

impl Cell {
    fn rank(&self, frame: &Frame) -> Rank {
        match self {
            Self::Text(text) | Self::Link { text, .. } => Rank::Text(text.to_lowercase()),
            Self::At(at) => Rank::Number(at.map_or(i64::MIN, |t| t.0)),
            Self::Number(n) => Rank::Number(*n),
            Self::Word(word) => Rank::Text(frame.t(*word).to_lowercase()),
            Self::Badges(_) => Rank::Text(self.said(frame, "UTC").to_lowercase()),
        }
    }

    /// As it is read.
    fn said(&self, frame: &Frame, zone: &str) -> String {
        match self {
            Self::Text(text) | Self::Link { text, .. } => text.clone(),
            Self::At(at) => at.map_or_else(String::new, |t| times::exact(t, zone)),
            Self::Number(n) => n.to_string(),
            Self::Word(word) => frame.t(*word).to_owned(),
            Self::Badges(words) => words.iter().map(|(w, _)| frame.t(*w)).collect::<Vec<_>>().join(", "),
        }
    }

    /// As programs read it: moments in UTC.
    fn plain(&self, frame: &Frame) -> String {
        match self {
            Self::At(at) => at.map_or_else(String::new, Time::rfc3339),
            other => other.said(frame, "UTC"),
        }
    }

    fn html(&self, frame: &Frame, zone: &str) -> Markup {
        match self {
            Self::Link { to, text } => html! { a href=(to) { (text) } },
            Self::Badges(words) => {
                html! { @for (n, (word, class)) in words.iter().enumerate() { @if n > 0 { " " } span class=(format!("badge {class}")) { (frame.t(*word)) } } }
            }
            other => html! { (other.said(frame, zone)) },
        }
    }
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name in addresses and in CSV.
    pub key: &'static str,
    /// Its head.
    pub word: T,
}

/// A list, as asked for.
#[derive(Debug, Clone)]
pub struct ListView {
    /// Which tab it stands under.
    pub tab: Tab,
    /// Its address.
    pub path: String,
    /// Its title.
    pub title: String,
    /// What it is.
    pub lead: T,
    /// Its columns; the first names the row.
    pub columns: &'static [Column],
    /// Choices, each with its word in addresses. The handler makes them come true.
    pub choices: &'static [(&'static str, T)],
    /// All rows of the choice, however many (a list that was cut first found neither what was looked for nor what comes last), in the order in which they are shown where nobody asked for another.
    pub rows: Vec<Vec<Cell>>,
    /// What was asked for.
    pub asked: Asked,
    /// Zone of the times shown.
    pub zone: String,
    /// What a list has that others have not.
    pub around: Around,
}

/// What stands round a list.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// What stands below it, such as the form for another row; its script is `forms.js`, which looks at the list again.
    pub below: Option<Markup>,
    /// Looked at again every so many seconds.
    pub poll: Option<u32>,
    /// What is said where there is no row at all: what it is, and what to do.
    pub empty: &'static [T],
}

impl ListView {
    /// The rows that hold what is looked for, in the order asked for.
    fn chosen(&self, frame: &Frame) -> Vec<&Vec<Cell>> {
        let wanted = self.asked.q.trim().to_lowercase();
        let holds = |row: &&Vec<Cell>| {
            let mut cells = row.iter();
            wanted.is_empty() || cells.any(|c| c.said(frame, &self.zone).to_lowercase().contains(&wanted))
        };
        let mut rows: Vec<&Vec<Cell>> = self.rows.iter().filter(holds).collect();
        let (key, turned) = self.order();
        if let Some(at) = self.columns.iter().position(|c| c.key == key) {
            rows.sort_by_cached_key(|row| row.get(at).map(|c| c.rank(frame)));
            if turned {
                rows.reverse();
            }
        }
        rows
    }

    fn order(&self) -> (&str, bool) {
        let sort = self.asked.sort.as_str();
        sort.strip_prefix('-').map_or((sort, false), |key| (key, true))
    }

    fn address(&self, sort: &str, page: usize, format: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let page = if page > 1 { page.to_string() } else { String::new() };
        let parts = [
            ("q", self.asked.q.as_str()),
            ("only", self.asked.only.as_str()),
            ("sort", sort),
            ("page", page.as_str()),
            ("format", format),
        ];
        for (name, value) in parts.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        format!("{}?{}", self.path, query.finish())
    }

    /// The whole of what was chosen, not only a page of it.
    fn csv(&self, frame: &Frame) -> String {
        // The mark makes spreadsheets read UTF-8.
        let mut out = format!("\u{feff}{}", csv::row(self.columns.iter().map(|c| c.key)));
        for row in self.chosen(frame) {
            let cells: Vec<String> = row.iter().map(|c| c.plain(frame)).collect();
            out.push_str(&csv::row(cells.iter().map(String::as_str)));
        }
        out
    }
}

/// The answer: the page, or the file.
pub fn answered(reader: &Reader, view: &ListView) -> Response {
    if !view.asked.wants_csv() {
        return reader.page(list(&reader.frame, view));
    }
    let name = view.path.rsplit('/').next().unwrap_or("list").to_ascii_lowercase();
    let name = HeaderValue::try_from(format!("attachment; filename=\"{name}.csv\""));
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8"),
        ),
        (
            header::CONTENT_DISPOSITION,
            name.unwrap_or_else(|_| HeaderValue::from_static("attachment")),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, view.csv(&reader.frame)).into_response()
}

/// Renders a page of the list.
pub fn list(frame: &Frame, view: &ListView) -> Markup {
    let rows = view.chosen(frame);
    let pages = rows.len().div_ceil(PER_PAGE).max(1);
    let page = view.asked.page.parse::<usize>().unwrap_or(1).clamp(1, pages);
    let (key, turned) = view.order();
    let sort = view.asked.sort.as_str();
    area(
        frame,
        view.tab,
        &view.title,
        if view.around.below.is_some() {
            &["forms.js"]
        } else {
            &[]
        },
        &html! {
            h1 { (view.title) }
            p class="lead" { (frame.t(view.lead)) }
            search { form method="get" action=(view.path) class="row" {
                (field(frame.t(T::ListFind), &html! { input type="search" name="q" value=(view.asked.q) spellcheck="false" autocapitalize="none"; }))
                @if !view.choices.is_empty() {
                    (field(frame.t(T::ListOnly), &html! { select name="only" {
                        option value="" { (frame.t(T::ListAll)) }
                        @for (value, word) in view.choices { option value=(value) selected[*value == view.asked.only] { (frame.t(*word)) } }
                    } }))
                }
                @if !sort.is_empty() { input type="hidden" name="sort" value=(sort); }
                button type="submit" { (frame.t(T::Show)) }
            } }
            div id="list" data-fresh[view.around.below.is_some()] data-poll=[view.around.poll] {
                @if view.rows.is_empty() && view.asked.only.is_empty() && !view.around.empty.is_empty() {
                    div class="empty" { @for text in view.around.empty { p { (frame.t(*text)) } } }
                } @else if rows.is_empty() { div class="empty" { p { (frame.t(T::ListNothing)) } } } @else {
                    (wide_table(&view.title, &html! { table {
                        thead { tr { @for c in view.columns {
                            @let here = c.key == key;
                            @let next = if here && !turned { format!("-{}", c.key) } else { c.key.to_owned() };
                            th scope="col" aria-sort=[here.then_some(if turned { "descending" } else { "ascending" })] {
                                a href=(view.address(&next, 1, "")) { (frame.t(c.word)) @if here { " " span aria-hidden="true" { (if turned { "↓" } else { "↑" }) } } }
                            }
                        } } }
                        tbody { @for row in rows.iter().skip((page - 1) * PER_PAGE).take(PER_PAGE) { tr {
                            @for (n, cell) in row.iter().enumerate() {
                                @if n == 0 { th scope="row" { (cell.html(frame, &view.zone)) } }
                                @else { td class=[matches!(cell, Cell::Number(_)).then_some("number")] { (cell.html(frame, &view.zone)) } }
                            }
                        } } }
                    } }))
                }
                p class="facts" {
                    span { (frame.f(T::ListCount, &[("count", &rows.len().to_string()), ("page", &page.to_string()), ("pages", &pages.to_string())])) }
                    @if page > 1 { a href=(view.address(sort, page - 1, "")) rel="prev" { (frame.t(T::ListBefore)) } }
                    @if page < pages { a href=(view.address(sort, page + 1, "")) rel="next" { (frame.t(T::ListAfter)) } }
                    a href=(view.address(sort, 1, "csv")) download { (frame.t(T::ListCsv)) }
                }
            }
            @if let Some(below) = &view.around.below { (below) }
        },
    )
}

impl ListView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        const COLUMNS: &[Column] = &[
            Column {
                key: "name",
                word: T::Name,
            },
            Column {
                key: "people",
                word: T::ListPeople,
            },
            Column {
                key: "opened",
                word: T::ListOpened,
            },
            Column {
                key: "state",
                word: T::State,
            },
        ];
        let row = |n: i64, name: &str| {
            vec![
                Cell::Link {
                    to: "/meetings/\"><b>".into(),
                    text: name.into(),
                },
                Cell::Number(n),
                Cell::At((n > 0).then_some(Time(1_800_000_000_000 + n))),
                Cell::Badges(vec![(T::RoomOpen, "good"), (T::RoomClosed, "bad")]),
            ]
        };
        let view = |rows, asked| Self {
            tab: Tab::Meetings,
            path: "/admin/meetings".into(),
            title: "<b>Meetings</b>".into(),
            lead: T::MeetingsListLead,
            columns: COLUMNS,
            choices: &[("running", T::ListRunning)],
            rows,
            asked,
            zone: "Europe/Paris".into(),
            around: Around::default(),
        };
        let asked = Asked {
            q: "\"><b>".into(),
            ..Asked::default()
        };
        let sorted = Asked {
            sort: "-people".into(),
            only: "running".into(),
            page: "2".into(),
            ..Asked::default()
        };
        vec![
            view(vec![], asked),
            view(
                (0..120)
                    .map(|n| {
                        row(
                            n,
                            if n == 0 {
                                "=1+1"
                            } else {
                                "<i>Zoé</i>, seminar; of the very long name"
                            },
                        )
                    })
                    .collect(),
                sorted,
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::tests::frame;

    fn view(asked: Asked) -> ListView {
        let mut view = ListView::samples().remove(1);
        view.asked = asked;
        view
    }

    #[test]
    fn rows_are_found_ordered_and_paged() {
        let f = frame();
        let all = view(Asked {
            sort: "-people".into(),
            ..Asked::default()
        });
        let people: Vec<&Cell> = all.chosen(&f).iter().map(|r| &r[1]).collect();
        assert_eq!((people[0], people[119]), (&Cell::Number(119), &Cell::Number(0)));
        let found = view(Asked {
            q: "=1".into(),
            ..Asked::default()
        });
        assert_eq!(found.chosen(&f).len(), 1);
        // A column that is none leaves the order as it is, a page that is none is the nearest.
        let odd = view(Asked {
            sort: "nothing".into(),
            page: "99".into(),
            ..Asked::default()
        });
        let page = list(&f, &odd).into_string();
        assert!(
            page.contains("page 3 of 3") && page.contains("rel=\"prev\"") && !page.contains("rel=\"next\""),
            "{page}"
        );
    }

    #[test]
    fn the_file_has_every_row_and_no_formula() {
        let asked = Asked {
            q: "1+1".into(),
            ..Asked::default()
        };
        let text = view(asked).csv(&frame());
        assert_eq!(
            text.lines().collect::<Vec<_>>(),
            ["\u{feff}name,people,opened,state", "'=1+1,0,,\"Open, Closed\""]
        );
        assert_eq!(view(Asked::default()).csv(&frame()).lines().count(), 121);
    }
}
