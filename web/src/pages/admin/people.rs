//! `/admin/people`: accounts, with the form for another.

use amphi_events::Time;
use amphi_events::person::Role;
use amphi_events::store::Account;
use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};

use super::Tab;
use super::list::{Around, Asked, Cell, Column, ListView, answered};
use super::lists::column;
use crate::Web;
use crate::api::problem::Problem;
use crate::i18n::T;
use crate::pages::asking::{Ask, asked};
use crate::pages::common::{Reader, Shown};
use crate::pages::layout::Frame;
use crate::pages::parts::role_word;

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

const PEOPLE: &[Column] = &[
    column("name", T::Name),
    column("login", T::Login),
    column("role", T::Role),
    column("password", T::Password),
    column("created", T::Created),
];

/// The choice of accounts without a password.
const WITHOUT: &str = "no_password";

/// `GET /admin/people`.
pub async fn show(State(web): State<Web>, reader: Reader, Query(asked): Query<Asked>) -> Response {
    reader.answer(shown(&web, &reader, asked).await)
}

async fn shown(web: &Web, reader: &Reader, asked: Asked) -> Shown {
    reader.may(Role::administers)?;
    let accounts = web.store.all_accounts().await;
    let mut accounts = accounts.map_err(|e| Problem::unavailable("accounts can't be read", e))?;
    accounts.retain(|a| match asked.only.as_str() {
        WITHOUT => a.password_hash.is_none(),
        role => role.parse::<Role>().is_ok_and(|r| a.role == r) || !ROLES.iter().any(|r| r.as_str() == role),
    });
    let row = |a: Account| {
        let password = if a.password_hash.is_some() {
            Cell::Word(T::ThereIs)
        } else {
            Cell::Badges(vec![(T::NoPassword, "warn")])
        };
        vec![
            Cell::Link {
                to: format!("/admin/people/{}", a.person),
                text: a.name,
            },
            Cell::Text(a.login),
            Cell::Word(role_word(a.role)),
            password,
            Cell::At(Some(a.created)),
        ]
    };
    let zone = &web.settings.time_zone;
    let view = view(&reader.frame, accounts.into_iter().map(row).collect(), asked, zone);
    Ok(answered(reader, &view))
}

fn view(frame: &Frame, rows: Vec<Vec<Cell>>, asked: Asked, zone: &str) -> ListView {
    ListView {
        tab: Tab::People,
        path: "/admin/people".into(),
        title: frame.t(T::People).to_owned(),
        lead: T::PeopleLead,
        columns: PEOPLE,
        choices: &[
            ("user", T::RoleUser),
            ("staff", T::RoleStaff),
            ("auditor", T::RoleAuditor),
            ("administrator", T::RoleAdministrator),
            (WITHOUT, T::NoPassword),
        ],
        rows,
        asked,
        zone: zone.to_owned(),
        around: Around {
            below: Some(another(frame)),
            ..Around::default()
        },
    }
}

fn another(frame: &Frame) -> Markup {
    html! {
        details id="add" {
            summary { (frame.t(T::AddPerson)) }
            form method="post" class="form" data-api="/api/v1/people" data-null="mail" data-done=(frame.t(T::PersonAdded)) {
                (Ask { id: "new-login", name: "login", label: frame.t(T::Login), hint: Some(frame.t(T::LoginHint)), required: true, max: Some(100), ..Ask::default() }.html())
                (Ask { id: "new-name", name: "name", label: frame.t(T::Name), required: true, max: Some(100), ..Ask::default() }.html())
                (Ask { id: "new-mail", name: "mail", label: frame.t(T::MailTitle), hint: Some(frame.t(T::MailOfPersonHint)), kind: "email", max: Some(254), autocomplete: "off", ..Ask::default() }.html())
                (roles(frame, "new-role", Role::User))
                (Ask { id: "new-password", name: "password", label: frame.t(T::Password), hint: Some(frame.t(T::PasswordHint)), kind: "password", required: true, autocomplete: "new-password", ..Ask::default() }.html())
                button type="submit" class="main-act" { (frame.t(T::Add)) }
            }
        }
    }
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

/// Examples, all rendered by a test.
pub fn samples(frame: &Frame) -> Vec<ListView> {
    let row = |role, password| {
        vec![
            Cell::Link {
                to: "/admin/people/01J00000000000000000000009".into(),
                text: "Zoé <b>M</b> de la Très-Longue-Maison".into(),
            },
            Cell::Text("zoé<x>".into()),
            Cell::Word(role_word(role)),
            password,
            Cell::At(Some(Time(1_800_000_000_000))),
        ]
    };
    let rows = ROLES.into_iter().map(|role| match role {
        Role::User => row(role, Cell::Badges(vec![(T::NoPassword, "warn")])),
        _ => row(role, Cell::Word(T::ThereIs)),
    });
    let nobody = Asked {
        q: "\"><b>".into(),
        ..Asked::default()
    };
    let rows: Vec<Vec<Cell>> = rows.collect();
    let zone = "Europe/Paris";
    vec![
        view(frame, rows.clone(), Asked::default(), zone),
        view(frame, rows, nobody, zone),
    ]
}
