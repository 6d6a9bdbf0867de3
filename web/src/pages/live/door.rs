//! What stands in place of a live's page where something has to be done first: its password, or opening it on its own.

use amphi_events::page::PASSWORD_MAX;
use maud::{Markup, html};

use crate::i18n::T;
use crate::pages::layout::{Dress, Frame};

/// What has to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DoorView {
    /// Say the password; what was said before was wrong, or has to wait for so many seconds.
    Password {
        /// The live's id.
        event: String,
        /// The last one was wrong.
        wrong: bool,
        /// Seconds to wait.
        wait: Option<u64>,
    },
    /// In another site's frame: it can't be shown to whoever looks.
    Refused {
        /// What is said.
        title: T,
        /// In a sentence.
        text: T,
    },
    /// In another site's frame: open the live's own page.
    Elsewhere {
        /// The live's id.
        event: String,
    },
}

/// Renders it. Neither title nor anything else of the live is told.
pub fn door(frame: &Frame, view: &DoorView) -> Markup {
    match view {
        DoorView::Password { event, wrong, wait } => password(frame, event, *wrong, *wait),
        DoorView::Refused { title, text } => {
            let dress = Dress {
                bare: true,
                ..Dress::default()
            };
            frame.page(
                frame.t(*title),
                &dress,
                &html! {
                    h1 { (frame.t(*title)) }
                    p { (frame.t(*text)) }
                },
            )
        }
        DoorView::Elsewhere { event } => {
            let dress = Dress {
                bare: true,
                ..Dress::default()
            };
            frame.page(frame.t(T::LiveOnItsPage), &dress, &html! {
                h1 { (frame.t(T::LiveOnItsPage)) }
                p { a class="button" href={ "/live/" (event) } target="_blank" rel="noopener" { (frame.t(T::LiveToItsPage)) } }
            })
        }
    }
}

fn password(frame: &Frame, event: &str, wrong: bool, wait: Option<u64>) -> Markup {
    let title = frame.t(T::LiveAsksPassword);
    let problem = match wait {
        Some(seconds) => Some(frame.f(T::LiveTriesWait, &[("seconds", &seconds.to_string())])),
        None => wrong.then(|| frame.t(T::LiveWrongPassword).to_owned()),
    };
    let described = if problem.is_some() { "lead wrong" } else { "lead" };
    frame.page(title, &Dress::default(), &html! {
        h1 { (title) }
        p id="lead" { (frame.t(T::LiveAsksPasswordLead)) }
        form method="post" action={ "/live/" (event) } class="form" {
            div class="field" {
                label for="password" { (frame.t(T::LivePasswordWord)) }
                @if let Some(problem) = &problem { p class="wrong" id="wrong" role="alert" { (problem) } }
                input type="password" id="password" name="password" required maxlength=(PASSWORD_MAX) autocomplete="off" aria-describedby=(described) aria-invalid=[problem.is_some().then_some("true")];
            }
            button type="submit" class="main-act" { (frame.t(T::LiveOpen)) }
        }
    })
}

impl DoorView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let event = || "01J00000000000000000000001".to_owned();
        let asked = |wrong, wait| Self::Password {
            event: event(),
            wrong,
            wait,
        };
        vec![
            asked(false, None),
            asked(true, None),
            asked(true, Some(12)),
            Self::Elsewhere { event: event() },
            Self::Refused {
                title: T::ForbiddenTitle,
                text: T::ForbiddenLong,
            },
        ]
    }
}
