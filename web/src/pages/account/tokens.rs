//! API tokens, as a list: a person's own, or those of an account that an administrator looks at.

use maud::{Markup, html};

use crate::i18n::T;
use crate::pages::layout::Frame;

/// One API token.
#[derive(Debug, Clone)]
pub struct TokenLine {
    /// Its id.
    pub id: String,
    /// What its owner calls it.
    pub label: String,
    /// When it was made, as shown.
    pub created: String,
}

/// The list; `api` is the path of the tokens.
pub fn token_list(frame: &Frame, tokens: &[TokenLine], api: &str) -> Markup {
    if tokens.is_empty() {
        return html! { p class="quiet" { (frame.t(T::NoToken)) } };
    }
    html! {
        ul class="rows" { @for token in tokens { li {
            span { strong { (token.label) } " " span class="quiet" { (frame.f(T::SinceWhen, &[("time", &token.created)])) } }
            button type="button" class="danger" data-api={ (api) "/" (token.id) } data-method="DELETE" data-done=(frame.f(T::Revoked, &[("name", &token.label)]))
                data-sure=(frame.f(T::SureRevoke, &[("name", &token.label)])) { (frame.t(T::Revoke)) span class="unseen" { " " (token.label) } }
        } } }
    }
}

impl TokenLine {
    /// An example.
    pub fn samples() -> Vec<Self> {
        vec![Self {
            id: "t1".into(),
            label: "<i>ci</i>".into(),
            created: "2026-11-20 14:05:00".into(),
        }]
    }
}
