//! `/admin/works`: reactors with what they have in hand, read models, the log.

use maud::{Markup, html};

use super::{Tab, area};
use crate::i18n::T;
use crate::pages::asking::wide_table;
use crate::pages::layout::Frame;

/// A reactor.
#[derive(Debug, Clone)]
pub struct WorkLine {
    /// Its name.
    pub reactor: String,
    /// How many things it has in hand.
    pub in_hand: usize,
    /// Events it has not looked at yet.
    pub lag: u64,
    /// The last error, and when, as shown.
    pub error: Option<(String, String)>,
}

/// A read model.
#[derive(Debug, Clone)]
pub struct ModelLine {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// How far it read.
    pub position: u64,
    /// How far the log's head is beyond.
    pub lag: u64,
    /// Why it stands still.
    pub halted: Option<String>,
}

/// `/admin/works`.
#[derive(Debug, Clone, Default)]
pub struct WorksView {
    /// Reactors.
    pub works: Vec<WorkLine>,
    /// Read models.
    pub models: Vec<ModelLine>,
    /// Head of the log.
    pub head: u64,
    /// Why the log refuses writes.
    pub refusing: Option<String>,
}

/// What a reactor does, in a few words.
pub fn what_it_does(name: &str) -> Option<T> {
    Some(match name {
        "rooms" => T::WorkRooms,
        "stage" => T::WorkStage,
        "relay" => T::WorkRelay,
        "planner" => T::WorkPlanner,
        "inviter" => T::WorkInviter,
        "recordings" => T::WorkRecordings,
        "postman" => T::WorkPostman,
        "scout" => T::WorkScout,
        "retention" => T::WorkRetention,
        "rehearsal" => T::WorkRehearsal,
        "elsewhere" => T::WorkElsewhere,
        "preflight" => T::WorkPreflight,
        "feeds" => T::WorkFeeds,
        _ => return None,
    })
}

/// Renders the page.
pub fn works(frame: &Frame, view: &WorksView) -> Markup {
    area(
        frame,
        Tab::Works,
        frame.t(T::Works),
        &["forms.js"],
        &html! {
            h1 { (frame.t(T::Works)) }
            p class="lead" { (frame.t(T::WorksLead)) }
            section id="reactors" data-fresh data-poll="5" aria-labelledby="reactors-title" {
                h2 id="reactors-title" { (frame.t(T::Reactors)) }
                ul class="cards" { @for w in &view.works { li class="card" {
                    h3 { (w.reactor) " " @if w.error.is_some() { span class="badge warn" { (frame.t(T::LastTryFailed)) } } @else { span class="badge good" { (frame.t(T::Well)) } } }
                    @if let Some(what) = what_it_does(&w.reactor) { p class="quiet" { (frame.t(what)) } }
                    p class="facts" { span { (frame.t(T::InHand)) " " strong { (w.in_hand) } } span { (frame.t(T::Lag)) " " strong { (w.lag) } } }
                    @if let Some((error, at)) = &w.error { p class="callout" { strong { (frame.t(T::LastError)) } ", " (at) br; (error) } }
                    p { button type="button" id={ "again-" (w.reactor) } data-api={ "/api/v1/reactors/" (w.reactor) "/try-again" } data-done=(frame.f(T::TriedAgain, &[("name", &w.reactor)])) { (frame.t(T::TryAgain)) span class="unseen" { " (" (w.reactor) ")" } } }
                } } }
            }
            section id="models" data-fresh {
                h2 id="models-title" { (frame.t(T::ReadModels)) }
                p class="quiet" { (frame.t(T::ReadModelsLead)) }
                (wide_table(frame.t(T::ReadModels), &html! { table {
                    thead { tr { @for key in [T::Name, T::State] { th scope="col" { (frame.t(key)) } } @for key in [T::Lag, T::Position] { th scope="col" class="number" { (frame.t(key)) } } } }
                    tbody { @for m in &view.models { tr {
                        th scope="row" { (m.name) " " span class="quiet" { "v" (m.version) } }
                        td { @match &m.halted { None => { span class="badge good" { (frame.t(T::Well)) } } Some(why) => { span class="badge bad" { (frame.t(T::Unwell)) } " " (why) } } }
                        td class="number" { (m.lag) } td class="number" { (m.position) }
                    } } }
                } }))
            }
            section id="log" data-fresh aria-labelledby="log-title" {
                h2 id="log-title" { (frame.t(T::NavAudit)) }
                @match &view.refusing {
                    Some(why) => { p class="problem" { strong { (frame.t(T::LogRefuses)) } br; (frame.f(T::LogRefusesDo, &[("why", why)])) } }
                    None => { p { (frame.t(T::LogTakesWrites)) " " (frame.f(T::LogHead, &[("position", &view.head.to_string())])) } }
                }
            }
        },
    )
}

impl WorksView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let names = [
            "rooms",
            "stage",
            "relay",
            "planner",
            "inviter",
            "recordings",
            "postman",
            "scout",
            "retention",
            "rehearsal",
            "preflight",
            "feeds",
            "elsewhere",
            "other",
        ];
        vec![
            Self::default(),
            Self {
                works: names
                    .into_iter()
                    .map(|name| WorkLine {
                        reactor: name.into(),
                        in_hand: 2,
                        lag: 7,
                        error: (name == "stage").then(|| ("<u>late</u>".into(), "2026-11-20 14:05:00".into())),
                    })
                    .collect(),
                models: vec![
                    ModelLine {
                        name: "lives".into(),
                        version: 3,
                        position: 12,
                        lag: 0,
                        halted: None,
                    },
                    ModelLine {
                        name: "chat".into(),
                        version: 1,
                        position: 9,
                        lag: 3,
                        halted: Some("<x>".into()),
                    },
                ],
                head: 12,
                refusing: Some("<b>disk full</b>".into()),
            },
        ]
    }
}
