//! The offer to broadcast a session, and its form (census §10.1).

use amphi_events::Time;
use maud::{Markup, html};

use crate::elsewhere::start::Wish;
use crate::i18n::{T, times};
use crate::pages::layout::{Dress, Frame};
use crate::pages::parts;

/// A session that is offered to the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferLine {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Who broadcasts it, and the live, where the reader pilots it.
    pub taken: Option<(String, Option<String>)>,
}

/// What is offered, above everything else: it is about now.
pub fn offers(frame: &Frame, lines: &[OfferLine]) -> Markup {
    html! {
        @for line in lines {
            div class="notice" {
                p {
                    strong { (frame.f(T::ElsewhereOffer, &[("name", &line.name)])) }
                    @if let Some((who, _)) = &line.taken { " " (frame.f(T::ElsewhereRuns, &[("name", who)])) }
                }
                @match &line.taken {
                    None => { p class="actions" { a class="button main-act" href={ "/elsewhere/" (line.key) } { (frame.t(T::ElsewhereBroadcast)) span class="unseen" { " : " (line.name) } } } }
                    Some((_, Some(event))) => { p class="actions" { a class="button" href={ "/live/" (event) "/console" } { (frame.t(T::ElsewhereConsole)) span class="unseen" { " : " (line.name) } } } }
                    Some((_, None)) => {}
                }
            }
        }
    }
}

/// Why it can't be broadcast now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bar {
    /// Somebody does it.
    Taken(String),
    /// As many as there may be are running; when the first is planned to be over.
    Full(u32, Option<Time>),
    /// Something else, in words.
    Other(String),
}

/// `/elsewhere/{key}`.
#[derive(Debug, Clone)]
pub struct FormView {
    /// The session's key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// It has breakout rooms now.
    pub breakouts: bool,
    /// BBB may record it.
    pub recorded: bool,
    /// What is ticked.
    pub wish: Wish,
    /// In whose name it can be, for administrators: id and name.
    pub owners: Vec<(String, String)>,
    /// Which of them is chosen.
    pub owner: String,
    /// What stands against it.
    pub bar: Option<Bar>,
    /// Zone of the times.
    pub zone: String,
    /// Now.
    pub now: Time,
}

/// Renders the form.
pub fn form(frame: &Frame, view: &FormView) -> Markup {
    let title = frame.f(T::ElsewhereTitle, &[("name", &view.name)]);
    frame.page(&title, &Dress::default(), &html! {
        (parts::problem(view.bar.as_ref().map(|bar| said(frame, view, bar)).as_deref()))
        h1 { (title) }
        p class="lead" { (frame.t(T::ElsewhereLead)) }
        section aria-labelledby="before" {
            h2 id="before" { (frame.t(T::ElsewhereBefore)) }
            @if view.breakouts { p class="callout" { strong { (frame.t(T::ElsewhereBreakouts)) } } }
            ul {
                li { (frame.t(T::ElsewhereNoBreakouts)) }
                li { (frame.t(T::ElsewhereEndIt)) " " (frame.t(T::ElsewhereStops)) }
            }
        }
        form method="post" class="form" action={ "/elsewhere/" (view.key) } {
            @if !view.owners.is_empty() {
                div class="field" {
                    label for="owner" { (frame.t(T::ElsewhereFor)) }
                    select id="owner" name="owner" {
                        option value="" selected[view.owner.is_empty()] { (frame.t(T::ElsewhereMe)) }
                        @for (id, name) in &view.owners { option value=(id) selected[*id == view.owner] { (name) } }
                    }
                }
            }
            (parts::tick(frame.t(T::ElsewhereRestricted), "restricted", view.wish.restricted))
            (parts::tick(frame.t(T::ElsewhereShowChat), "show_chat", view.wish.show_chat))
            (parts::tick(frame.t(T::ElsewhereChat), "chat", view.wish.chat))
            div class="field" {
                label class="tick" { input type="checkbox" name="record" value="on" disabled aria-describedby="no-record"; span { (frame.t(T::ElsewhereRecord)) } }
                p class="hint" id="no-record" { (frame.t(T::ElsewhereNoRecord)) @if view.recorded { " " (frame.t(T::ElsewhereRecorded)) } }
            }
            button type="submit" class="main-act" { (frame.t(T::ElsewhereStart)) }
        }
    })
}

fn said(frame: &Frame, view: &FormView, bar: &Bar) -> String {
    match bar {
        Bar::Taken(who) => frame.f(T::ElsewhereTaken, &[("name", who)]),
        Bar::Full(most, next) => {
            let full = frame.f(T::ElsewhereFull, &[("n", &most.to_string())]);
            match next {
                Some(next) => {
                    let time = times::clock(*next, &view.zone);
                    format!("{full} {}", frame.f(T::ElsewhereNext, &[("time", &time)]))
                }
                None => full,
            }
        }
        Bar::Other(text) => text.clone(),
    }
}

impl OfferLine {
    /// Examples.
    pub fn samples() -> Vec<Self> {
        let line = |taken| Self {
            key: "0123456789abcdef0123".into(),
            name: "<b>TD</b> d’optique".into(),
            taken,
        };
        vec![
            line(None),
            line(Some(("<i>Zoé</i>".into(), Some("01J00000000000000000000001".into())))),
            line(Some(("<i>Paul</i>".into(), None))),
        ]
    }
}

impl FormView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let now = Time(1_795_000_000_000);
        let plain = Self {
            key: "0123456789abcdef0123".into(),
            name: "<b>TD</b> d’optique".into(),
            breakouts: false,
            recorded: false,
            wish: Wish::default(),
            owners: vec![],
            owner: String::new(),
            bar: None,
            zone: "Europe/Paris".into(),
            now,
        };
        let owners = vec![
            ("01J00000000000000000000003".into(), "<i>Zoé</i> Martin".into()),
            ("01J00000000000000000000004".into(), "Zoé Martin".into()),
        ];
        let barred = |bar| Self {
            bar: Some(bar),
            ..plain.clone()
        };
        vec![
            Self {
                breakouts: true,
                recorded: true,
                owner: "01J00000000000000000000004".into(),
                owners,
                ..plain.clone()
            },
            barred(Bar::Taken("<b>Zoé</b>".into())),
            barred(Bar::Full(2, Some(now.plus_s(3600)))),
            barred(Bar::Full(2, None)),
            barred(Bar::Other("<b>no</b>".into())),
            plain,
        ]
    }
}
