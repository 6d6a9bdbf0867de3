//! `/audit/{position}`: one event with all that stands in it, what led to it and what followed.

use maud::{Markup, html};

use super::view::{Actor, actor};
use crate::i18n::{Lang, T};
use crate::pages::layout::{Dress, Frame};

/// Another event, as a link.
#[derive(Debug, Clone)]
pub struct Link {
    /// Where in the log.
    pub position: u64,
    /// Its type.
    pub kind: String,
    /// When, as shown.
    pub at: String,
}

/// One event.
#[derive(Debug, Clone, Default)]
pub struct EventView {
    /// Where in the log.
    pub position: u64,
    /// When, as shown.
    pub at: String,
    /// The same, RFC 3339.
    pub exact: String,
    /// In which stream.
    pub stream: String,
    /// Where in the stream.
    pub version: u64,
    /// Its id.
    pub id: String,
    /// Its type.
    pub kind: String,
    /// What the catalogue says of the type, and in which language.
    pub what: Option<(String, Lang)>,
    /// The version of its fields.
    pub schema: u16,
    /// Who did it.
    pub actor: Actor,
    /// What led to it, as written.
    pub cause: String,
    /// The event that led to it, where it was found.
    pub led: Option<Link>,
    /// Events that it led to, as far as they were looked for.
    pub followed: Vec<Link>,
    /// The events before and after it in its stream.
    pub neighbours: (Option<Link>, Option<Link>),
    /// What must not happen twice, hexadecimal.
    pub key: Option<String>,
    /// Its link in the chain, hexadecimal.
    pub hash: String,
    /// Its fields.
    pub data: String,
    /// How many of them are sealed.
    pub sealed: usize,
    /// The reader may open them.
    pub may_open: bool,
    /// They were opened.
    pub opened: bool,
}

fn link(link: &Link) -> Markup {
    html! { a href={ "/audit/" (link.position) } { (link.kind) } " " span class="quiet" { (link.at) " · " (link.position) } }
}

/// Renders an event.
pub fn event(frame: &Frame, view: &EventView) -> Markup {
    let dress = Dress {
        wide: true,
        ..Dress::default()
    };
    frame.page(&view.kind, &dress, &html! {
        p { a href="/audit" { "← " (frame.t(T::NavAudit)) } }
        h1 { (view.kind) }
        @if let Some((what, lang)) = &view.what { p class="lead" lang=(lang.code()) { (what) } }
        div class="split" {
            section class="panel" {
                h2 id="fields" { (frame.t(T::Fields)) }
                pre tabindex="0" role="region" aria-labelledby="fields" { (view.data) }
                @if view.sealed > 0 && !view.opened {
                    p class="quiet" { (frame.f(T::SealedFields, &[("n", &view.sealed.to_string())])) }
                    @if view.may_open {
                        form method="post" action={ "/audit/" (view.position) } { button type="submit" { (frame.t(T::OpenSealed)) } }
                        p class="hint" { (frame.t(T::OpenSealedLong)) }
                    }
                }
            }
            section class="panel" aria-labelledby="envelope" {
                h2 id="envelope" { (frame.t(T::Envelope)) }
                dl {
                    dt { (frame.t(T::When)) } dd { time datetime=(view.exact) { (view.at) } br; span class="quiet" { (view.exact) } }
                    dt { (frame.t(T::Actor)) } dd { (actor(frame, &view.actor)) br; code { (view.actor.text) } }
                    dt { (frame.t(T::Stream)) } dd { a href={ "/audit?stream=" (view.stream) } { (view.stream) } }
                    dt { (frame.t(T::InStream)) } dd {
                        (view.version)
                        @if let Some(before) = &view.neighbours.0 { br; (frame.t(T::EventBefore)) " " (link(before)) }
                        @if let Some(after) = &view.neighbours.1 { br; (frame.t(T::EventAfter)) " " (link(after)) }
                    }
                    dt { (frame.t(T::Cause)) } dd {
                        @match &view.led {
                            Some(led) => { (link(led)) }
                            None if view.cause.is_empty() => { "–" }
                            None => { code { (view.cause) } }
                        }
                    }
                    @if !view.followed.is_empty() { dt { (frame.t(T::LedTo)) } dd { ul { @for l in &view.followed { li { (link(l)) } } } } }
                    dt { (frame.t(T::Position)) } dd { (view.position) }
                    dt { "id" } dd { code { (view.id) } }
                    dt { "schema" } dd { (view.schema) }
                    @if let Some(key) = &view.key { dt { (frame.t(T::OnceKey)) } dd { code { (key) } } }
                    dt { (frame.t(T::Hash)) } dd { code { (view.hash) } }
                }
            }
        }
    })
}

impl EventView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let other = |position| Link {
            position,
            kind: "Live<b>".into(),
            at: "2026-11-20 14:04:00".into(),
        };
        vec![
            Self {
                kind: "LiveStopped".into(),
                stream: "live-01J00000000000000000000001".into(),
                ..Self::default()
            },
            Self {
                position: 8,
                at: "2026-11-20 14:05:00".into(),
                exact: "2026-11-20T13:05:00Z".into(),
                stream: "chat-01J00000000000000000000001".into(),
                version: 3,
                id: "01J00000000000000000000008".into(),
                kind: "ChatMessagePosted<x>".into(),
                what: Some(("Somebody wrote <b>a line</b>.".into(), Lang::En)),
                schema: 1,
                actor: Actor {
                    text: "who:<i>".into(),
                    person: None,
                },
                cause: "<u>".into(),
                led: Some(other(6)),
                followed: vec![other(9)],
                neighbours: (Some(other(7)), Some(other(10))),
                key: Some("ab".repeat(32)),
                hash: "cd".repeat(32),
                data: "{\"text\": \"<b>sealed</b>\"}".into(),
                sealed: 2,
                may_open: true,
                opened: false,
            },
        ]
    }
}
