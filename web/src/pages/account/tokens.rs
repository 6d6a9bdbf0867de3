//! API tokens, as a list and the form for a new one: a person's own, or those of an account that an administrator looks at.

use amphi_events::store::{TokenScope, TokenScopes};
use maud::{Markup, html};

use crate::i18n::T;
use crate::pages::asking::{Ask, asked, fresh};
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
    /// What it may be used for.
    pub scopes: TokenScopes,
    /// When it ends, as shown.
    pub ends: Option<String>,
    /// It is refused because its time is over.
    pub ended: bool,
    /// Its last use, as shown.
    pub used: Option<String>,
}

/// Choices of how long a new token lasts, in seconds.
const LASTS: [(i64, T); 3] = [
    (30 * 86_400, T::TokenLastsMonth),
    (90 * 86_400, T::TokenLastsQuarter),
    (366 * 86_400, T::TokenLastsYear),
];

const fn scope_word(scope: TokenScope) -> T {
    match scope {
        TokenScope::Read => T::ScopeRead,
        TokenScope::Chat => T::ScopeChat,
        TokenScope::Plan => T::ScopePlan,
        TokenScope::Moderate => T::ScopeModerate,
        TokenScope::Audit => T::ScopeAudit,
        TokenScope::Administer => T::ScopeAdminister,
        TokenScope::Account => T::ScopeAccount,
    }
}

/// The list; `api` is the path of the tokens.
pub fn token_list(frame: &Frame, tokens: &[TokenLine], api: &str) -> Markup {
    if tokens.is_empty() {
        return html! { p class="quiet" { (frame.t(T::NoToken)) } };
    }
    html! {
        ul class="rows" { @for token in tokens { li {
            span {
                strong { (token.label) } " " span class="quiet" { (frame.f(T::SinceWhen, &[("time", &token.created)])) }
                @if token.ended { " " span class="badge warn" { (frame.t(T::TokenIsOver)) } }
                br;
                span class="quiet" { (scopes_said(frame, token.scopes)) } " · "
                span class="quiet" { @match &token.ends {
                    Some(ends) => { (frame.f(T::TokenEndsOn, &[("time", ends)])) }
                    None => { (frame.t(T::TokenEndsNever)) }
                } } " · "
                span class="quiet" { @match &token.used {
                    Some(used) => { (frame.f(T::TokenUsedOn, &[("time", used)])) }
                    None => { (frame.t(T::TokenUsedNever)) }
                } }
            }
            button type="button" class="danger" data-api={ (api) "/" (token.id) } data-method="DELETE" data-done=(frame.f(T::Revoked, &[("name", &token.label)]))
                data-sure=(frame.f(T::SureRevoke, &[("name", &token.label)])) { (frame.t(T::Revoke)) span class="unseen" { " " (token.label) } }
        } } }
    }
}

fn scopes_said(frame: &Frame, scopes: TokenScopes) -> String {
    if scopes == TokenScopes::EVERYTHING {
        return frame.t(T::ScopeEverything).to_owned();
    }
    let words: Vec<&str> = scopes.list().into_iter().map(|s| frame.t(scope_word(s))).collect();
    words.join(", ")
}

/// The form for a new token, and the place where its text is shown once.
pub fn token_form(frame: &Frame, api: &str) -> Markup {
    html! {
        form method="post" class="form" data-api=(api) data-show="token" data-lists="scopes" data-numbers="lasts_s" {
            (Ask { id: "token-name", name: "name", label: frame.t(T::Label), hint: Some(frame.t(T::LabelHint)), required: true, max: Some(100), ..Ask::default() }.html())
            fieldset class="ticks" {
                legend { (frame.t(T::TokenScopesAsked)) }
                p class="hint" { (frame.t(T::TokenScopesHint)) }
                @for scope in TokenScope::ALL {
                    label class="tick" { input type="checkbox" name="scopes" value=(scope.as_str()) checked[scope == TokenScope::Read]; span { (frame.t(scope_word(scope))) } }
                }
            }
            (asked("token-lasts", frame.t(T::TokenLastsAsked), None, &html! {
                select id="token-lasts" name="lasts_s" {
                    @for (seconds, word) in LASTS { option value=(seconds) selected[word == T::TokenLastsQuarter] { (frame.t(word)) } }
                    option value="" { (frame.t(T::TokenEndsNever)) }
                }
            }))
            button type="submit" { (frame.t(T::NewToken)) }
        }
    }
}

/// List and form together.
pub fn token_part(frame: &Frame, tokens: &[TokenLine], api: &str) -> Markup {
    html! {
        (fresh(frame, T::TokenOnce))
        div id="token-list" data-fresh { (token_list(frame, tokens, api)) }
        (token_form(frame, api))
    }
}

impl TokenLine {
    /// Examples.
    pub fn samples() -> Vec<Self> {
        let some = |scopes, ends: Option<&str>, ended| Self {
            id: "t1".into(),
            label: "<i>ci</i>".into(),
            created: "2026-11-20 14:05:00".into(),
            scopes,
            ends: ends.map(Into::into),
            ended,
            used: ends.map(Into::into),
        };
        vec![
            some(TokenScopes::EVERYTHING, None, false),
            some(
                [TokenScope::Read, TokenScope::Plan].into_iter().collect(),
                Some("2026-11-21 <b>"),
                true,
            ),
        ]
    }
}
