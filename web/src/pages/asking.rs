//! Pieces of pages whose forms call the API by script (`forms.js`): labelled fields with room for their errors, the question
//! before what can't be undone, and the places where outcomes are said.

use maud::{Markup, html};

use super::layout::Frame;
use super::parts::texts;
use crate::i18n::T;

/// A text field.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ask<'a> {
    /// Id of the input, unique on the page.
    pub id: &'a str,
    /// Field of the API.
    pub name: &'a str,
    /// What it asks for.
    pub label: &'a str,
    /// More about it.
    pub hint: Option<&'a str>,
    /// `text` where empty.
    pub kind: &'a str,
    /// What stands in it.
    pub value: &'a str,
    /// Must be filled in.
    pub required: bool,
    /// Most characters.
    pub max: Option<u16>,
    /// An example.
    pub example: Option<&'a str>,
    /// `off` where empty.
    pub autocomplete: &'a str,
}

impl Ask<'_> {
    /// The field.
    pub fn html(&self) -> Markup {
        let hint = self.hint.map(|_| format!("{}-hint", self.id));
        let or = |text: &str, otherwise: &str| {
            if text.is_empty() {
                otherwise.to_owned()
            } else {
                text.to_owned()
            }
        };
        asked(
            self.id,
            self.label,
            self.hint,
            &html! {
                input id=(self.id) name=(self.name) type=(or(self.kind, "text")) value=(self.value) required[self.required]
                    maxlength=[self.max] placeholder=[self.example] autocomplete=(or(self.autocomplete, "off"))
                    autocapitalize="none" spellcheck="false" aria-describedby=[hint];
            },
        )
    }
}

/// A control with its label; the control has the id.
pub fn asked(id: &str, label: &str, hint: Option<&str>, control: &Markup) -> Markup {
    html! {
        div class="field" {
            label for=(id) { (label) }
            @if let Some(hint) = hint { p class="hint" id={ (id) "-hint" } { (hint) } }
            (control)
        }
    }
}

/// Where outcomes are said, and the question asked before what can't be undone. Once on a page.
pub fn outcomes(frame: &Frame) -> Markup {
    let words = texts(
        frame.lang,
        &[
            ("copied", T::Copied),
            ("failed", T::FormFailed),
            ("offline", T::FormOffline),
        ],
    );
    html! {
        noscript { p class="callout" { (frame.t(T::FormsNeedScript)) } }
        p id="form-problem" class="problem" role="alert" tabindex="-1" hidden {}
        div id="said" role="status" data-texts=(words) {}
        dialog id="sure" aria-labelledby="sure-title" {
            h2 id="sure-title" { (frame.t(T::AreYouSure)) }
            p id="sure-text" {}
            p id="sure-more" class="quiet" hidden {}
            form method="dialog" class="actions" {
                button type="submit" value="no" { (frame.t(T::LeaveIt)) }
                button type="submit" value="yes" class="danger" { (frame.t(T::DoIt)) }
            }
        }
    }
}

/// Text to be copied: a button and the text itself.
pub fn copyable(frame: &Frame, id: &str, label: &str, text: &str) -> Markup {
    html! {
        div class="copyable" {
            pre id=(id) tabindex="0" role="region" aria-label=(label) { (text) }
            button type="button" class="small" data-copy=(id) { (frame.t(T::Copy)) }
        }
    }
}

/// A table that may be wider than the screen: it scrolls for itself, also by keyboard.
pub fn wide_table(label: &str, table: &Markup) -> Markup {
    html! { div class="scroll" role="region" tabindex="0" aria-label=(label) { (table) } }
}

/// A secret that was just made: shown once, above the form that made it.
pub fn fresh(frame: &Frame, label: T) -> Markup {
    html! {
        div id="fresh" class="notice" tabindex="-1" hidden {
            p { (frame.t(label)) }
            div class="copyable" {
                pre id="fresh-text" tabindex="0" {}
                button type="button" class="small" data-copy="fresh-text" { (frame.t(T::Copy)) }
            }
        }
    }
}
