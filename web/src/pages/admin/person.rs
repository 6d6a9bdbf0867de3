//! `/admin/people/{id}`: one account.

use amphi_events::person::Role;
use maud::{Markup, html};

use super::people::{PersonLine, roles};
use super::{Tab, area};
use crate::i18n::T;
use crate::pages::account::tokens::{TokenLine, token_part};
use crate::pages::asking::Ask;
use crate::pages::layout::Frame;

/// `/admin/people/{id}`.
#[derive(Debug, Clone)]
pub struct PersonView {
    /// The account.
    pub person: PersonLine,
    /// Where they are written to, where that was given.
    pub mail: Option<String>,
    /// It is the reader's own.
    pub oneself: bool,
    /// API tokens.
    pub tokens: Vec<TokenLine>,
}

/// Renders the page.
pub fn person(frame: &Frame, view: &PersonView) -> Markup {
    let p = &view.person;
    let api = format!("/api/v1/people/{}", p.id);
    area(
        frame,
        Tab::People,
        &p.name,
        &["forms.js"],
        &html! {
            p { a href="/admin/people" { "← " (frame.t(T::People)) } }
            h1 { (p.name) }
            div id="facts" data-fresh { p class="facts spaced" {
                span { (frame.t(T::Login)) " " strong { (p.login) } }
                span { (frame.f(T::SinceWhen, &[("time", &p.created)])) }
                @if !p.password { span class="badge warn" { (frame.t(T::NoPassword)) } }
                a href={ "/audit?person=" (p.login) } { (frame.t(T::WhatTheyDid)) }
            } }
            div class="split" {
                div {
                    section class="panel" aria-labelledby="change" {
                        h2 id="change" { (frame.t(T::Edit)) }
                        form method="post" class="form" data-api=(api) data-method="PATCH" data-goto={ "/admin/people/" (p.id) } data-done=(frame.t(T::Saved)) {
                            (Ask { id: "name", name: "name", label: frame.t(T::Name), value: &p.name, required: true, max: Some(100), ..Ask::default() }.html())
                            (roles(frame, "role", p.role))
                            button type="submit" class="main-act" { (frame.t(T::Save)) }
                        }
                    }
                    section class="panel" aria-labelledby="mail-title" {
                        h2 id="mail-title" { (frame.t(T::MailTitle)) }
                        form method="post" class="form" data-api=(api) data-method="PATCH" data-done=(frame.t(T::MailChanged)) data-null="mail" data-keep {
                            (Ask { id: "mail", name: "mail", label: frame.t(T::MailOfPerson), hint: Some(frame.t(T::MailOfPersonHint)), kind: "email", value: view.mail.as_deref().unwrap_or_default(), max: Some(254), autocomplete: "off", ..Ask::default() }.html())
                            button type="submit" { (frame.t(T::Save)) }
                        }
                    }
                    section class="panel" aria-labelledby="tokens" {
                        h2 id="tokens" { (frame.t(T::Tokens)) }
                        p class="quiet" { (frame.t(T::TokensOfOther)) }
                        (token_part(frame, &view.tokens, &format!("{api}/tokens")))
                    }
                }
                div {
                    section class="panel" aria-labelledby="reset" {
                        h2 id="reset" { (frame.t(T::ResetPassword)) }
                        p class="quiet" { (frame.t(T::ResetPasswordLong)) }
                        form method="post" class="form" data-api=(api) data-method="PATCH" data-done=(frame.t(T::PasswordSet)) {
                            (Ask { id: "password", name: "password", label: frame.t(T::NewPassword), hint: Some(frame.t(T::PasswordHint)), kind: "password", required: true, autocomplete: "new-password", ..Ask::default() }.html())
                            button type="submit" { (frame.t(T::ResetPassword)) }
                        }
                    }
                    @if !view.oneself {
                        section class="panel" aria-labelledby="close" {
                            h2 id="close" { (frame.t(T::CloseAccess)) }
                            p class="quiet" { (frame.t(T::CloseAccessLong)) }
                            button type="button" class="danger" data-api={ (api) "/access" } data-method="DELETE" data-sure=(frame.f(T::SureCloseAccess, &[("name", &p.name)]))
                                data-done=(frame.t(T::AccessClosed)) { (frame.t(T::CloseAccess)) }
                        }
                        section class="panel" aria-labelledby="erase" {
                            h2 id="erase" { (frame.t(T::ErasePerson)) }
                            p class="quiet" { (frame.t(T::ErasePersonLong)) }
                            button type="button" class="danger" data-api=(api) data-method="DELETE" data-goto="/admin/people" data-sure=(frame.f(T::SureErase, &[("name", &p.name)]))
                                data-more=(frame.t(T::ErasePersonLong)) data-done=(frame.t(T::PersonErased)) { (frame.t(T::ErasePerson)) }
                        }
                    }
                }
            }
        },
    )
}

impl PersonView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let person = |password| PersonLine {
            id: "01J00000000000000000000009".into(),
            login: "zoe".into(),
            name: "Zoé <b>M</b>".into(),
            role: Role::Administrator,
            password,
            created: "2026-11-20 14:05:00".into(),
        };
        vec![
            Self {
                person: person(true),
                mail: None,
                oneself: true,
                tokens: vec![],
            },
            Self {
                person: person(false),
                mail: Some("<b>@univ.example".into()),
                oneself: false,
                tokens: TokenLine::samples(),
            },
        ]
    }
}
