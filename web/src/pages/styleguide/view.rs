//! The parts, shown.

use maud::{Markup, html};

use crate::i18n::T;
use crate::pages::layout::{Dress, Frame};
use crate::pages::parts::{self, Stage};
use crate::pages::samples;

const COLOURS: &[&str] = &[
    "ground",
    "sheet",
    "sunken",
    "line",
    "edge",
    "ink",
    "quiet",
    "accent",
    "on-accent",
    "accent-soft",
    "live",
    "on-live",
    "warn-ground",
    "warn-ink",
    "bad-ground",
    "bad-ink",
    "good-ground",
    "good-ink",
];

/// `/admin/styleguide`.
pub fn index(frame: &Frame) -> Markup {
    page(
        frame,
        &html! {
            section aria-labelledby="pages" {
                h2 id="pages" { (frame.t(T::GuidePages)) }
                ul class="guide-pages" {
                    @for (name, pages) in samples::all(frame) {
                        li { strong { (name) } @for n in 0..pages.len() { " " a href={ "/admin/styleguide/" (name) "/" (n) } { (n + 1) span class="unseen" { " " (name) } } } }
                    }
                }
            }
        },
    )
}

/// The parts alone: a sample like any other.
pub fn parts(frame: &Frame) -> Markup {
    page(frame, &html! {})
}

fn page(frame: &Frame, more: &Markup) -> Markup {
    frame.page(frame.t(T::GuideTitle), &Dress::default(), &html! {
        h1 { (frame.t(T::GuideTitle)) }
        p class="lead" { (frame.t(T::GuideLead)) }
        (more)
        section aria-labelledby="colours" {
            h2 id="colours" { (frame.t(T::GuideColours)) }
            ul class="swatches" { @for name in COLOURS { li { span class={ "swatch " (name) } aria-hidden="true" {} code { "--" (name) } } } }
        }
        section aria-labelledby="badges" {
            h2 id="badges" { (frame.t(T::GuideStates)) }
            p class="facts" { @for stage in Stage::ALL { (parts::badge(frame, stage)) } }
            dl { @for stage in Stage::ALL { dt { (frame.t(stage.short())) } dd { (frame.t(stage.long())) } } }
        }
        section aria-labelledby="controls" {
            h2 id="controls" { (frame.t(T::GuideControls)) }
            div class="actions" {
                button type="button" class="main-act" { (frame.t(T::Send)) }
                button type="button" { (frame.t(T::Add)) }
                button type="button" class="danger" { (frame.t(T::Remove)) }
                button type="button" class="plain" { (frame.t(T::Retry)) }
                button type="button" aria-pressed="true" { (frame.t(T::ChatOn)) }
                button type="button" aria-busy="true" { (frame.t(T::StageStarting)) }
                button type="button" disabled { (frame.t(T::Send)) }
            }
            form class="form" method="get" action="/admin/styleguide" {
                (parts::field(frame.t(T::Name), &html! { input name="name" autocomplete="off"; span class="hint" { (frame.t(T::GuideLead)) } }))
                (parts::field(frame.t(T::Role), &html! { select name="role" { option { (frame.t(T::RoleStaff)) } option { (frame.t(T::RoleUser)) } } }))
                label class="field" { span { (frame.t(T::Login)) } input name="login" value="<?>" aria-invalid="true" aria-describedby="wrong-login"; span id="wrong-login" class="wrong" { (frame.t(T::ErrorLong)) } }
                (parts::tick(frame.t(T::Restricted), "restricted", true))
            }
        }
        section aria-labelledby="words" {
            h2 id="words" { (frame.t(T::GuideMessages)) }
            (parts::problem(Some(frame.t(T::ErrorLong))))
            (parts::notice(Some(frame.t(T::BackOnline))))
            p class="callout" { (frame.t(T::ConnectionLost)) }
        }
        section aria-labelledby="lists" {
            h2 id="lists" { (frame.t(T::GuideLists)) }
            ul class="cards" { @for stage in [Stage::OnAir, Stage::Scheduled, Stage::Ended] {
                li class="card" { p { (parts::badge(frame, stage)) } h3 { a href="/admin/styleguide" { (frame.t(T::LivesTitle)) } } p class="quiet" { (frame.t(stage.long())) } }
            } }
            div class="scroll" role="region" tabindex="0" aria-label=(frame.t(T::State)) { table {
                thead { tr { th scope="col" { (frame.t(T::Name)) } th scope="col" { (frame.t(T::State)) } } }
                tbody { @for stage in Stage::ALL { tr { td { (stage.as_str()) } td { (parts::badge(frame, stage)) } } } }
            } }
            div class="empty" { p { (frame.t(T::NoLiveNow)) } }
        }
    })
}
