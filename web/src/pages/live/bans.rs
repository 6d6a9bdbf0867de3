//! Excluding somebody from a live's chat: what they read in its place, and what a moderator does it with.

use maud::{Markup, html};

use crate::chat;
use crate::i18n::T;
use crate::pages::layout::Frame;
use crate::pages::parts;

/// Why the reader is excluded.
#[derive(Debug, Clone, Default)]
pub struct ExcludedView {
    /// Name of who excluded them; none: erased.
    pub by: Option<String>,
    /// What for.
    pub reason: Option<String>,
}

/// A sentence with a name in it, which turns nothing but itself whatever it is written in.
fn named(sentence: &str, name: &str) -> Markup {
    if let Some((before, after)) = sentence.split_once("{name}") {
        html! { (before) bdi { (name) } (after) }
    } else {
        html! { (sentence) }
    }
}

/// What stands in place of the chat for somebody who is excluded from it. It is on every page, because it may happen while it is open.
pub fn note(frame: &Frame, excluded: Option<&ExcludedView>) -> Markup {
    let (by, reason) = excluded.map_or((None, None), |e| (e.by.as_deref(), e.reason.as_deref()));
    html! {
        div id="excluded" class="excluded" role="alert" tabindex="-1" hidden[excluded.is_none()] {
            p id="excluded-by" {
                @match by {
                    Some(by) => (named(frame.t(T::ExcludedBy), by)),
                    None => (frame.t(T::Excluded)),
                }
            }
            p id="excluded-reason" hidden[reason.is_none()] {
                (frame.t(T::ExcludedReason)) " " bdi id="excluded-words" { (reason.unwrap_or_default()) }
            }
            p class="quiet" { (frame.t(T::ExcludedLong)) }
        }
    }
}

/// Who is excluded, and the way to let them in again; for moderators. `bans.js` fills it when it is opened.
pub fn list(frame: &Frame) -> Markup {
    html! {
        details id="bans" class="bans" {
            summary { (frame.t(T::ExcludedPeople)) }
            p id="bans-note" class="quiet" role="status" {}
            ul id="bans-list" {}
        }
    }
}

/// The question before somebody is excluded; for moderators.
pub fn question(frame: &Frame) -> Markup {
    let texts = parts::texts(
        frame.lang,
        &[
            ("sure", T::ExcludeSure),
            ("done", T::ExcludeDone),
            ("nobody", T::ExcludedNobody),
            ("by", T::ExcludedByWhom),
            ("by_unknown", T::ExcludedSince),
            ("reason", T::ExcludedReason),
            ("erased", T::ExcludedErased),
            ("let_in", T::LetIn),
            ("let_in_done", T::LetInDone),
            ("failed", T::ExcludeFailed),
            ("offline", T::ActNoAnswer),
        ],
    );
    html! {
        dialog id="exclude" aria-labelledby="exclude-title" aria-describedby="exclude-text" data-texts=(texts) {
            form id="exclude-form" method="dialog" {
                h2 id="exclude-title" {}
                p id="exclude-text" { (frame.t(T::ExcludeSureLong)) }
                label class="field" {
                    span { (frame.t(T::ExcludeReason)) }
                    input id="exclude-reason" type="text" maxlength=(chat::REASON) autocomplete="off";
                }
                label class="tick" {
                    input id="exclude-lines" type="checkbox" autocomplete="off";
                    span { (frame.t(T::ExcludeLines)) }
                }
                p id="exclude-problem" class="problem" role="alert" hidden {}
                div class="actions" {
                    button type="button" id="exclude-no" { (frame.t(T::SureNo)) }
                    button type="submit" id="exclude-yes" class="danger" { (frame.t(T::Exclude)) }
                }
            }
        }
    }
}

impl ExcludedView {
    /// Examples: with everything, and with as little as an erasure leaves.
    pub fn samples() -> Vec<Self> {
        vec![
            Self {
                by: Some("<b>Zoé</b> & co".into()),
                reason: Some("<script>alert(1)</script>".into()),
            },
            Self::default(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn whoever_is_excluded_reads_by_whom_and_what_for() {
        let frame = |lang| Frame {
            brand: std::sync::Arc::default(),
            lang,
            who: None,
            path: "/live".into(),
            still: false,
        };
        let view = ExcludedView {
            by: Some("Inès".to_owned()),
            reason: Some("<i>".to_owned()),
        };
        for (lang, says) in [
            (
                Lang::En,
                "You were excluded from the chat of this live by <bdi>Inès</bdi>.",
            ),
            (
                Lang::Fr,
                "Vous avez été exclu du chat de ce direct par <bdi>Inès</bdi>.",
            ),
        ] {
            let shown = note(&frame(lang), Some(&view)).into_string();
            assert!(shown.contains(says), "{shown}");
            assert!(shown.contains("&lt;i&gt;</bdi>"), "{shown}");
            assert!(!shown.contains(" hidden"), "{shown}");
        }
        let unknown = note(&frame(Lang::En), Some(&ExcludedView::default())).into_string();
        assert!(
            unknown.contains("You were excluded from the chat of this live.</p>"),
            "{unknown}"
        );
        let not = note(&frame(Lang::En), None).into_string();
        assert!(not.contains("tabindex=\"-1\" hidden"), "{not}");
    }
}
