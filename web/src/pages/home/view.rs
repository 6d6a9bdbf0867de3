//! Lives now and next.

use amphi_events::Time;
use maud::{Markup, html};

use crate::i18n::T;
use crate::pages::elsewhere::view::{OfferLine, offers};
use crate::pages::layout::{Dress, Frame};
use crate::pages::lives::view::{Card, cards};
use crate::pages::parts::Stage;

/// Lives now and next.
#[derive(Debug, Clone)]
pub struct HomeView {
    /// Sessions of the reader's that another front end opened.
    pub offers: Vec<OfferLine>,
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
            (offers(frame, &view.offers))
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

impl HomeView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        vec![
            Self {
                offers: vec![],
                now: vec![],
                next: vec![],
                at: Time(1_795_000_000_000),
            },
            Self {
                at: Time(1_794_900_000_000),
                offers: OfferLine::samples(),
                now: vec![Card::sample(Stage::OnAir)],
                next: Stage::ALL.map(Card::sample).to_vec(),
            },
        ]
    }
}
