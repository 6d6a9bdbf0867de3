//! Lives now and next.

use amphi_events::Time;
use maud::{Markup, html};

use crate::i18n::{T, times};
use crate::pages::layout::{Dress, Frame};
use crate::pages::parts::{Stage, badge};

/// One live in a list.
#[derive(Debug, Clone)]
pub struct Card {
    /// The live's id.
    pub event: String,
    /// Title.
    pub title: String,
    /// Where it stands.
    pub stage: Stage,
    /// Planned start.
    pub starts_at: Time,
    /// Planned end.
    pub ends_at: Time,
    /// Zone in which it was planned.
    pub zone: String,
    /// Only signed-in people watch.
    pub restricted: bool,
}

/// Lives now and next.
#[derive(Debug, Clone)]
pub struct HomeView {
    /// Running.
    pub now: Vec<Card>,
    /// To come.
    pub next: Vec<Card>,
    /// The server's time: what is today.
    pub at: Time,
}

/// `/`.
pub fn home(frame: &Frame, view: &HomeView) -> Markup {
    frame.page(
        frame.t(T::HomeTitle),
        &Dress::default(),
        &html! {
            div class="hero" {
                h1 { (frame.t(T::HomeTitle)) }
                p class="lead" { (frame.t(T::HomeLead)) }
            }
            (lists(frame, view))
        },
    )
}

/// `/live`.
pub fn list(frame: &Frame, view: &HomeView) -> Markup {
    frame.page(
        frame.t(T::LivesTitle),
        &Dress::default(),
        &html! {
            h1 { (frame.t(T::LivesTitle)) }
            (lists(frame, view))
        },
    )
}

/// The lives of a page.
pub(in crate::pages) fn lists(frame: &Frame, view: &HomeView) -> Markup {
    html! {
        section aria-labelledby="now" {
            h2 id="now" { (frame.t(T::LivesNow)) }
            (cards(frame, view.at, &view.now, T::NoLiveNow))
        }
        section aria-labelledby="next" {
            h2 id="next" { (frame.t(T::LivesNext)) }
            (cards(frame, view.at, &view.next, T::NoLiveNext))
        }
    }
}

fn cards(frame: &Frame, now: Time, cards: &[Card], none: T) -> Markup {
    html! {
        @if cards.is_empty() {
            div class="empty" { p { (frame.t(none)) } }
        } @else {
            ul class="cards" {
                @for card in cards {
                    li class="card" {
                        p { (badge(frame, card.stage)) @if card.restricted { " " span class="badge" { (frame.t(T::Restricted)) } } }
                        h3 { a href={ "/live/" (card.event) } { (card.title) } }
                        p class="meta" { time datetime=(card.starts_at.rfc3339()) { (times::span(frame.lang, now, card.starts_at, card.ends_at, &card.zone)) } " (" (card.zone) ")" }
                    }
                }
            }
        }
    }
}

impl HomeView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let card = |stage| Card {
            event: "01J00000000000000000000001".into(),
            title: "<b>Amphi & co</b>".into(),
            stage,
            starts_at: Time(1_795_000_000_000),
            ends_at: Time(1_795_007_200_000),
            zone: "Europe/Paris".into(),
            restricted: stage == Stage::Late,
        };
        vec![
            Self {
                now: vec![],
                next: vec![],
                at: Time(1_795_000_000_000),
            },
            Self {
                at: Time(1_794_900_000_000),
                now: vec![card(Stage::OnAir)],
                next: Stage::ALL.map(card).to_vec(),
            },
        ]
    }
}
