//! `/admin/people`: accounts, found by login or name.

use amphi_events::person::Role;
use maud::{Markup, html};

use super::{Tab, area};
use crate::i18n::T;
use crate::pages::asking::{Ask, asked, wide_table};
use crate::pages::layout::Frame;
use crate::pages::parts::{field, role_word};

/// The four roles, the fewest rights first.
pub const ROLES: [Role; 4] = [Role::User, Role::Staff, Role::Auditor, Role::Administrator];

/// A person.
#[derive(Debug, Clone)]
pub struct PersonLine {
    /// Id.
    pub id: String,
    /// What signs in.
    pub login: String,
    /// Name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// There is a password.
    pub password: bool,
    /// Since when, as shown.
    pub created: String,
}

/// `/admin/people`.
#[derive(Debug, Clone, Default)]
pub struct PeopleView {
    /// What was looked for.
    pub search: String,
    /// Those found, by login.
    pub people: Vec<PersonLine>,
    /// Address of the next page.
    pub next: Option<String>,
    /// This is not the first page.
    pub further: bool,
}

/// Renders the page.
pub fn people(frame: &Frame, view: &PeopleView) -> Markup {
    area(
        frame,
        Tab::People,
        frame.t(T::People),
        &["forms.js"],
        &html! {
            h1 { (frame.t(T::People)) }
            search { form method="get" action="/admin/people" class="row" {
                (field(frame.t(T::FindPerson), &html! { input type="search" name="search" value=(view.search) spellcheck="false" autocapitalize="none"; }))
                button type="submit" { (frame.t(T::Show)) }
            } }
            section id="list" data-fresh {
                @if view.people.is_empty() { div class="empty" { p { (frame.t(T::NobodyFound)) } } } @else {
                    (wide_table(frame.t(T::People), &html! { table {
                        thead { tr { @for key in [T::Name, T::Login, T::Role] { th scope="col" { (frame.t(key)) } } th scope="col" class="far" { (frame.t(T::Created)) } } }
                        tbody { @for p in &view.people { tr {
                            th scope="row" { a href={ "/admin/people/" (p.id) } { (p.name) } }
                            td { (p.login) }
                            td { (frame.t(role_word(p.role))) @if !p.password { " " span class="badge warn" { (frame.t(T::NoPassword)) } } }
                            td class="far" { (p.created) }
                        } } }
                    } }))
                }
                p class="facts" {
                    @if view.further { a href="/admin/people" { (frame.t(T::FirstPage)) } }
                    @if let Some(next) = &view.next { a href=(next) rel="next" { (frame.t(T::More)) } }
                }
            }
            details id="add" {
                summary { (frame.t(T::AddPerson)) }
                form method="post" class="form" data-api="/api/v1/people" data-done=(frame.t(T::PersonAdded)) {
                    (Ask { id: "new-login", name: "login", label: frame.t(T::Login), hint: Some(frame.t(T::LoginHint)), required: true, max: Some(100), ..Ask::default() }.html())
                    (Ask { id: "new-name", name: "name", label: frame.t(T::Name), required: true, max: Some(100), ..Ask::default() }.html())
                    (roles(frame, "new-role", Role::User))
                    (Ask { id: "new-password", name: "password", label: frame.t(T::Password), hint: Some(frame.t(T::PasswordHint)), kind: "password", required: true, autocomplete: "new-password", ..Ask::default() }.html())
                    button type="submit" class="main-act" { (frame.t(T::Add)) }
                }
            }
        },
    )
}

/// The choice of a role, with what each may do.
pub fn roles(frame: &Frame, id: &str, held: Role) -> Markup {
    asked(
        id,
        frame.t(T::Role),
        Some(frame.t(T::RoleHint)),
        &html! {
            select id=(id) name="role" aria-describedby={ (id) "-hint" } {
                @for r in ROLES { option value=(r.as_str()) selected[r == held] { (frame.t(role_word(r))) } }
            }
        },
    )
}

impl PeopleView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let line = |role, password| PersonLine {
            id: "01J00000000000000000000009".into(),
            login: "zoé<x>".into(),
            name: "Zoé <b>M</b> de la Très-Longue-Maison".into(),
            role,
            password,
            created: "2026-11-20 14:05:00".into(),
        };
        vec![
            Self {
                search: "\"><b>".into(),
                ..Self::default()
            },
            Self {
                search: String::new(),
                people: ROLES.into_iter().map(|r| line(r, r != Role::User)).collect(),
                next: Some("/admin/people?cursor=zoe".into()),
                further: true,
            },
        ]
    }
}
