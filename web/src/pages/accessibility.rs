//! `/accessibility`: what was assessed, how, with which result, what was not, and whom to write to. `docs/accessibility.md` says the same;
//! a test compares.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::common::Reader;
use super::layout::{Dress, Frame};
use crate::Web;
use crate::i18n::T;

/// What is tested with each change.
const TESTED: &[T] = &[
    T::AccessTestedAxe,
    T::AccessTestedKeyboard,
    T::AccessTestedNarrow,
    T::AccessTestedMotion,
    T::AccessTestedColour,
];
/// What nobody has looked at.
const NOT_ASSESSED: &[T] = &[
    T::AccessNotReaders,
    T::AccessNotBrowsers,
    T::AccessNotWalked,
    T::AccessNotFiles,
    T::AccessNotOurs,
];
/// What is known to be wrong.
const KNOWN: &[T] = &[T::AccessKnownUnmute, T::AccessKnownEnglish];

/// `/accessibility`.
#[derive(Debug, Clone, Default)]
pub struct StatementView {
    /// A mail address or a page's.
    pub contact: Option<String>,
}

/// `GET /accessibility`.
pub async fn show(State(web): State<Web>, reader: Reader) -> Response {
    let view = StatementView {
        contact: web.settings.accessibility_contact.clone(),
    };
    reader.page(statement(&reader.frame, &view))
}

/// Renders the page.
pub fn statement(frame: &Frame, view: &StatementView) -> Markup {
    let list = |items: &[T]| html! { ul { @for item in items { li { (frame.t(*item)) } } } };
    frame.page(
        frame.t(T::AccessTitle),
        &Dress::default(),
        &html! {
            h1 { (frame.t(T::AccessTitle)) }
            p class="lead" { (frame.t(T::AccessAim)) }
            p { (frame.t(T::AccessNoAudit)) }
            h2 { (frame.t(T::AccessTested)) }
            p { (frame.t(T::AccessTestedHow)) }
            (list(TESTED))
            p { (frame.t(T::AccessResult)) }
            h2 { (frame.t(T::AccessNot)) }
            (list(NOT_ASSESSED))
            h2 { (frame.t(T::AccessKnown)) }
            (list(KNOWN))
            h2 { (frame.t(T::AccessContact)) }
            p {
                (frame.t(T::AccessWrite))
                @if let Some(contact) = &view.contact {
                    @let href = if contact.contains("://") { contact.clone() } else { format!("mailto:{contact}") };
                    " " a href=(href) { (contact) }
                } @else { " " (frame.t(T::AccessNobodyNamed)) }
            }
            p { (frame.t(T::AccessFrance)) }
        },
    )
}

impl StatementView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let view = |contact: &str| Self {
            contact: Some(contact.to_owned()),
        };
        vec![
            Self::default(),
            view("accessibility+of+a+long+address@univ.example"),
            view("https://univ.example/accessibility?\"><b>"),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever reads the documentation and whoever reads the page are told the same.
    #[test]
    fn the_page_says_what_the_documentation_says() {
        let told = include_str!("../../../docs/accessibility.md");
        let single = [T::AccessAim, T::AccessNoAudit, T::AccessTestedHow, T::AccessResult];
        for text in [TESTED, NOT_ASSESSED, KNOWN, &single].concat() {
            assert!(told.contains(text.en), "docs/accessibility.md lacks: {}", text.en);
        }
        let listed = told.lines().filter(|l| l.starts_with("- ")).count();
        assert_eq!(listed, TESTED.len() + NOT_ASSESSED.len() + KNOWN.len());
    }
}
