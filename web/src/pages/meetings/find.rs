//! Finding people by name, beside a field that takes logins. Without its script nothing of it is seen, and the field is as it was.

use maud::{Markup, html};

use crate::i18n::T;
use crate::pages::layout::Frame;

/// The script that belongs to it.
pub const SCRIPT: &str = "find.js";

/// Searches for the field of this id; `many`: what is chosen is added to what stands there.
pub fn finder(frame: &Frame, field: &str, many: bool) -> Markup {
    let (id, said, hint) = (
        format!("{field}-find"),
        format!("{field}-found"),
        format!("{field}-find-hint"),
    );
    html! {
        div class="field finder" data-find=(field) data-many[many] data-none=(frame.t(T::FoundNobody)) data-some=(frame.t(T::FoundSome))
            data-taken=(frame.t(T::FoundTaken)) data-fails=(frame.t(T::FindFails)) hidden {
            label for=(id) { (frame.t(T::FindPerson)) }
            input type="search" id=(id) maxlength="100" autocomplete="off" spellcheck="false" autocapitalize="none" aria-describedby=(hint);
            p class="hint" id=(hint) { (frame.t(T::FindPersonHint)) }
            p class="hint" id=(said) role="status" {}
            ul class="actions found" {}
        }
    }
}
