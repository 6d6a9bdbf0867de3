//! The auditors' pages: what happened, newest first, and the check of the chains. Sealed fields stay sealed.

use maud::{Markup, html};

use crate::i18n::T;
use crate::pages::layout::{Dress, Frame};
use crate::pages::parts::{field, problem};

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
    pub actor: Actor,
    /// Its fields.
    pub data: String,
}

/// Who did something, as far as the reader may know.
#[derive(Debug, Clone, Default)]
pub struct Actor {
    /// As in the log.
    pub text: String,
    /// The person's name and id, for administrators.
    pub person: Option<(String, String)>,
}

/// `/audit`.
#[derive(Debug, Clone, Default)]
pub struct AuditView {
    /// Newest first.
    pub events: Vec<EventLine>,
    /// Only of this stream, or kind of stream.
    pub stream: String,
    /// Only of this type.
    pub kind: String,
    /// Only of this person: login or id.
    pub person: String,
    /// Only until then, as the field writes it.
    pub until: String,
    /// The zone of all times on the page.
    pub zone: String,
    /// Every type there is, to choose from.
    pub kinds: Vec<&'static str>,
    /// Head of the log.
    pub head: u64,
    /// Something asked for can't be.
    pub problem: Option<String>,
    /// Address of older events.
    pub older: Option<String>,
    /// Address of the newest ones, where these are others.
    pub newest: Option<String>,
    /// The search gave up before the beginning of the log; `older` goes on.
    pub unfinished: bool,
    /// Address of the same as NDJSON.
    pub export: String,
}

/// The log's name for an actor, and who it is.
pub fn actor(frame: &Frame, actor: &Actor) -> Markup {
    html! {
        @match &actor.person {
            Some((name, id)) => { a href={ "/admin/people/" (id) } { (name) } }
            None if actor.text.starts_with("who:") => { span title=(actor.text) { (frame.t(T::UnderPseudonym)) } }
            None => { (actor.text) }
        }
    }
}

/// Renders the list.
pub fn audit(frame: &Frame, view: &AuditView) -> Markup {
    let dress = Dress {
        wide: true,
        ..Dress::default()
    };
    frame.page(frame.t(T::NavAudit), &dress, &html! {
        h1 { (frame.t(T::NavAudit)) }
        p class="lead" { (frame.t(T::AuditLead)) }
        p class="facts" {
            span { (frame.f(T::LogHead, &[("position", &view.head.to_string())])) }
            a href="/audit/verify" { (frame.t(T::VerifyLog)) }
            a href=(view.export) download="amphi-events.ndjson" { (frame.t(T::ExportNdjson)) }
        }
        (problem(view.problem.as_deref()))
        search { form method="get" action="/audit" class="row panel" {
            (field(frame.t(T::Stream), &html! { input name="stream" value=(view.stream) spellcheck="false" autocapitalize="none" placeholder="live, meeting, gateway-01J…"; }))
            (field(frame.t(T::EventType), &html! { input name="type" value=(view.kind) list="kinds" spellcheck="false" autocapitalize="none"; }))
            (field(frame.t(T::ByPerson), &html! { input name="person" value=(view.person) spellcheck="false" autocapitalize="none"; }))
            (field(&frame.f(T::UntilTime, &[("zone", &view.zone)]), &html! { input type="datetime-local" name="until" value=(view.until); }))
            button type="submit" class="main-act" { (frame.t(T::Show)) }
            datalist id="kinds" { @for kind in &view.kinds { option value=(kind) {} } }
        } }
        @if view.events.is_empty() { div class="empty" { p { (frame.t(T::NoEvent)) } } } @else {
            ul class="events" { @for e in &view.events { li {
                p class="what" { a href={ "/audit/" (e.position) } { (e.kind) } }
                p class="when" { (e.at) " · " (e.position) }
                p class="where" { a href={ "/audit?stream=" (e.stream) } { (e.stream) } }
                p class="who" { (actor(frame, &e.actor)) }
                @if !e.data.is_empty() { p class="data" { code { (e.data) } } }
            } } }
        }
        @if view.unfinished { p class="callout" { (frame.t(T::SearchUnfinished)) } }
        p class="facts" {
            @if let Some(newest) = &view.newest { a href=(newest) { (frame.t(T::Newest)) } }
            @if let Some(older) = &view.older { a href=(older) rel="next" { (frame.t(T::Older)) } }
        }
    })
}

/// `/audit/verify`.
#[derive(Debug, Clone, Default)]
pub struct VerifyView {
    /// What the check came to; `None`: it did not come to an end in time, or another one is under way.
    pub report: Option<Checked>,
    /// Id of the log.
    pub log_id: String,
    /// Its epoch.
    pub epoch: String,
}

/// What a check found.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// Events read.
    pub events: u64,
    /// Streams seen.
    pub streams: u64,
    /// How far it read.
    pub upto: u64,
    /// Hash of the last event, hexadecimal.
    pub hash: String,
    /// Damage: where, in which stream, what.
    pub problems: Vec<(u64, String, String)>,
}

/// Renders the check.
pub fn verified(frame: &Frame, view: &VerifyView) -> Markup {
    frame.page(frame.t(T::VerifyLog), &Dress::default(), &html! {
        p { a href="/audit" { "← " (frame.t(T::NavAudit)) } }
        h1 { (frame.t(T::VerifyLog)) }
        p { (frame.t(T::VerifyLead)) }
        @match &view.report {
            None => { p class="callout" { (frame.t(T::VerifyTooLong)) " " code { "amphi audit verify" } } }
            Some(r) if r.problems.is_empty() => { p class="notice" role="status" { (frame.t(T::VerifyWell)) } }
            Some(r) => {
                div class="problem" role="alert" {
                    p { strong { (frame.t(T::VerifyBad)) } }
                    ul { @for (position, stream, wrong) in &r.problems { li { a href={ "/audit/" (position) } { (position) } " " (stream) " – " (wrong) } } }
                }
            }
        }
        dl {
            @if let Some(r) = &view.report {
                dt { (frame.t(T::EventsChecked)) } dd { (r.events) }
                dt { (frame.t(T::StreamsChecked)) } dd { (r.streams) }
                dt { (frame.t(T::Position)) } dd { (r.upto) }
                dt { (frame.t(T::LastHash)) } dd { code { (r.hash) } }
            }
            dt { (frame.t(T::LogId)) } dd { code { (view.log_id) } }
            dt { (frame.t(T::Epoch)) } dd { code { (view.epoch) } }
        }
        p { a class="button" href="/audit/verify" { (frame.t(T::VerifyAgain)) } }
    })
}

impl AuditView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let line = |n: u64, text: &str, person: Option<(String, String)>| EventLine {
            position: n,
            at: "2026-11-20 14:05:00".into(),
            stream: "meeting-01J00000000000000000000002".into(),
            kind: "MeetingScheduled".into(),
            actor: Actor {
                text: text.into(),
                person,
            },
            data: "{\"name\":\"<b>x</b>\"}".into(),
        };
        vec![
            Self {
                export: "/api/v1/events".into(),
                ..Self::default()
            },
            Self {
                events: vec![
                    line(
                        9,
                        "person:01J00000000000000000000009",
                        Some(("<i>Zoé</i>".into(), "01J00000000000000000000009".into())),
                    ),
                    line(8, "who:<x>", None),
                    line(7, "system:planner", None),
                ],
                stream: "\"><b>".into(),
                kind: "<u>".into(),
                person: "\"><x>".into(),
                until: "2026-11-20T14:05".into(),
                zone: "Europe/Paris".into(),
                kinds: vec!["MeetingScheduled"],
                head: 9,
                problem: Some("<b>nobody</b>".into()),
                older: Some("/audit?before=7".into()),
                newest: Some("/audit".into()),
                unfinished: true,
                export: "/api/v1/events?stream=live".into(),
            },
        ]
    }
}

impl VerifyView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let checked = Checked {
            events: 10,
            streams: 3,
            upto: 10,
            hash: "ab".repeat(32),
            problems: vec![],
        };
        vec![
            Self::default(),
            Self {
                report: Some(checked.clone()),
                log_id: "01J00000000000000000000002".into(),
                epoch: "<b>".into(),
            },
            Self {
                report: Some(Checked {
                    problems: vec![(7, "live-<x>".into(), "<i>its hash</i>".into())],
                    ..checked
                }),
                ..Self::default()
            },
        ]
    }
}
