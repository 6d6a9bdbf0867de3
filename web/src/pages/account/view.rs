//! Signing in, and a person's own account.

use amphi_events::person::Role;
use maud::{Markup, html};

use crate::i18n::T;
use crate::pages::layout::{Dress, Frame};
use crate::pages::parts::{field, problem, role_word};

/// `/login`.
#[derive(Debug, Clone, Default)]
pub struct LoginView {
    /// Where to go afterwards; a path of this site.
    pub next: String,
    /// What was typed.
    pub login: String,
    /// Why the last try failed.
    pub problem: Option<String>,
    /// The demo's accounts: login, password, role.
    pub demo: Vec<(String, String, String)>,
}

/// Renders the sign-in page.
pub fn login(frame: &Frame, view: &LoginView) -> Markup {
    frame.page(frame.t(T::SignIn), &Dress::default(), &html! {
        h1 { (frame.t(T::SignIn)) }
        (problem(view.problem.as_deref()))
        form method="post" action="/login" class="form" {
            input type="hidden" name="next" value=(view.next);
            (field(frame.t(T::Login), &html! { input name="login" required autocomplete="username" autocapitalize="none" spellcheck="false" value=(view.login); }))
            (field(frame.t(T::Password), &html! { input type="password" name="password" required autocomplete="current-password"; }))
            button type="submit" class="main-act" { (frame.t(T::SignIn)) }
        }
        @if !view.demo.is_empty() {
            section aria-labelledby="demo" {
                h2 id="demo" { (frame.t(T::DemoAccounts)) }
                p class="quiet" { (frame.t(T::DemoAccountsLong)) }
                ul class="cards" {
                    @for (name, password, role) in &view.demo {
                        li class="card" {
                            form method="post" action="/login" {
                                input type="hidden" name="next" value=(view.next);
                                input type="hidden" name="login" value=(name);
                                input type="hidden" name="password" value=(password);
                                button type="submit" { (name) } " " span class="quiet" { (role.parse().map_or(role.as_str(), |r: Role| frame.t(role_word(r)))) }
                            }
                        }
                    }
                }
            }
        }
    })
}

/// Renders `GET /logout`: nobody is signed out by an address alone, which any page could load.
pub fn leaving(frame: &Frame) -> Markup {
    frame.page(
        frame.t(T::SignOut),
        &Dress::default(),
        &html! {
            h1 { (frame.t(T::SignOut)) }
            p { (frame.t(T::SignOutLong)) }
            form method="post" action="/logout" { button type="submit" class="main-act" { (frame.t(T::SignOut)) } }
            p { a href="/" { (frame.t(T::ToHome)) } }
        },
    )
}

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

/// `/account`.
#[derive(Debug, Clone, Default)]
pub struct AccountView {
    /// What signs in.
    pub login: String,
    /// Name shown.
    pub name: String,
    /// Role.
    pub role: Option<Role>,
    /// API tokens.
    pub tokens: Vec<TokenLine>,
}

/// Renders the account.
pub fn account(frame: &Frame, view: &AccountView) -> Markup {
    frame.page(frame.t(T::AccountTitle), &Dress { modules: &["forms.js"], ..Dress::default() }, &html! {
        h1 { (frame.t(T::AccountTitle)) }
        p id="form-problem" class="problem" role="alert" hidden {}
        dl {
            dt { (frame.t(T::Login)) } dd { (view.login) }
            dt { (frame.t(T::Name)) } dd { (view.name) }
            dt { (frame.t(T::Role)) } dd { @if let Some(role) = view.role { (frame.t(role_word(role))) } }
        }
        h2 { (frame.t(T::Tokens)) }
        p class="quiet" { (frame.t(T::TokensLong)) }
        p id="fresh" class="notice" role="status" hidden { (frame.t(T::TokenOnce)) " " code {} }
        @if !view.tokens.is_empty() {
            div class="scroll" { table {
                thead { tr { th scope="col" { (frame.t(T::Label)) } th scope="col" { (frame.t(T::Created)) } th {} } }
                tbody { @for token in &view.tokens { tr {
                    td { (token.label) } td { (token.created) }
                    td { button type="button" class="danger" data-api={ "/api/v1/tokens/" (token.id) } data-method="DELETE"
                        data-sure=(frame.f(T::SureRemove, &[("name", &token.label)])) { (frame.t(T::Revoke)) } }
                } } }
            } }
        }
        form method="post" class="form" data-api="/api/v1/tokens" data-show="token" {
            (field(frame.t(T::Label), &html! { input name="name" required maxlength="100"; }))
            button type="submit" { (frame.t(T::NewToken)) }
        }
        h2 { (frame.t(T::Sessions)) }
        form method="post" action="/account" {
            button type="submit" class="danger" { (frame.t(T::SignOutEverywhere)) }
        }
    })
}

impl LoginView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        vec![
            Self {
                next: "/".into(),
                ..Self::default()
            },
            Self {
                next: "/live/\"><b>".into(),
                login: "<b>".into(),
                problem: Some("<i>no</i>".into()),
                demo: vec![("ana".into(), "\"pass\"".into(), "staff".into())],
            },
        ]
    }
}

impl AccountView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        vec![
            Self::default(),
            Self {
                login: "zoe".into(),
                name: "Zoé <b>M</b>".into(),
                role: Some(Role::Staff),
                tokens: vec![TokenLine {
                    id: "t1".into(),
                    label: "<i>ci</i>".into(),
                    created: "2026-11-20 14:05:00".into(),
                }],
            },
        ]
    }
}
