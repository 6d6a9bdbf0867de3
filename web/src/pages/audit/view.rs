//! The auditors' page: what happened, newest first. Sealed fields stay sealed.

use maud::{Markup, html};

use crate::i18n::T;
use crate::pages::layout::{Dress, Frame};
use crate::pages::parts::field;

/// One event.
#[derive(Debug, Clone)]
pub struct EventLine {
    /// Where in the log.
    pub position: u64,
    /// When, as shown.
    pub at: String,
    /// In which stream.
    pub stream: String,
    /// Its type.
    pub kind: String,
    /// Who did it.
    pub actor: String,
    /// Its fields.
    pub data: String,
}

/// `/audit`.
#[derive(Debug, Clone, Default)]
pub struct AuditView {
    /// Newest first.
    pub events: Vec<EventLine>,
    /// Only of this stream.
    pub stream: String,
    /// Only of this type.
    pub kind: String,
    /// Head of the log.
    pub head: u64,
    /// Address of older events.
    pub older: Option<String>,
}

/// Renders the page.
pub fn audit(frame: &Frame, view: &AuditView) -> Markup {
    frame.page(frame.t(T::NavAudit), &Dress { wide: true, ..Dress::default() }, &html! {
        h1 { (frame.t(T::NavAudit)) }
        form method="get" action="/audit" class="row" {
            (field(frame.t(T::Stream), &html! { input name="stream" value=(view.stream) spellcheck="false"; }))
            (field(frame.t(T::EventType), &html! { input name="type" value=(view.kind) spellcheck="false"; }))
            button type="submit" { (frame.t(T::Show)) }
        }
        p class="quiet" { (frame.f(T::LogHead, &[("position", &view.head.to_string())])) " " a href="/api/v1/events" { "NDJSON" } }
        div class="scroll" { table class="log" {
            thead { tr { @for key in [T::Position, T::When, T::Stream, T::EventType, T::Actor, T::Fields] { th scope="col" { (frame.t(key)) } } } }
            tbody { @for e in &view.events { tr {
                td { (e.position) } td { (e.at) } td { a href={ "/audit?stream=" (e.stream) } { (e.stream) } } td { (e.kind) } td { (e.actor) } td { code { (e.data) } }
            } } }
        } }
        @if let Some(older) = &view.older { p { a href=(older) { (frame.t(T::Older)) } } }
    })
}

impl AuditView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        vec![
            Self::default(),
            Self {
                events: vec![EventLine {
                    position: 7,
                    at: "2026-11-20 14:05:00".into(),
                    stream: "meeting-01J00000000000000000000002".into(),
                    kind: "MeetingScheduled".into(),
                    actor: "person:01J00000000000000000000009".into(),
                    data: "{\"name\":\"<b>x</b>\"}".into(),
                }],
                stream: "\"><b>".into(),
                kind: String::new(),
                head: 7,
                older: Some("/audit?before=7".into()),
            },
        ]
    }
}
