//! Signing in, and a person's own account.

use amphi_events::person::Role;
use maud::{Markup, html};

use super::tokens::{TokenLine, token_part};
use crate::auth::outside::Way;
use crate::i18n::{Lang, T};
use crate::pages::asking::{Ask, outcomes};
use crate::pages::layout::{Dress, Frame};
use crate::pages::parts::role_word;

/// Why the last try to sign in failed.
#[derive(Debug, Clone, Default)]
pub enum LoginProblem {
    /// There was none.
    #[default]
    None,
    /// Login or password here.
    Local(String),
    /// Another house: title, what to do.
    Outside(String, String),
}

/// `/login`.
#[derive(Debug, Clone, Default)]
pub struct LoginView {
    /// Where to go afterwards; a path of this site.
    pub next: String,
    /// What was typed.
    pub login: String,
    /// Why the last try failed.
    pub problem: LoginProblem,
    /// Ways to sign in by another house.
    pub ways: Vec<Way>,
    /// The demo's accounts: login, password, role.
    pub demo: Vec<(String, String, String)>,
}

/// Renders the sign-in page.
pub fn login(frame: &Frame, view: &LoginView) -> Markup {
    let wrong = matches!(view.problem, LoginProblem::Local(_)).then_some("login-problem");
    let fresh = matches!(view.problem, LoginProblem::None);
    let dress = Dress::default();
    frame.page(frame.t(T::SignIn), &dress, &html! {
        div class=(if view.demo.is_empty() { "signing-in" } else { "signing-in split" }) {
            div {
                h1 { (frame.t(T::SignIn)) }
                @if let Some(who) = &frame.who { p class="callout" { (frame.f(T::SignedInAs, &[("name", &who.name)])) } }
                @else if view.next != "/" { p class="quiet" { (frame.t(T::SignInFirst)) } }
                @match &view.problem {
                    LoginProblem::None => {}
                    LoginProblem::Local(text) => p class="problem" id="login-problem" role="alert" { (text) " " (frame.t(T::LoginWayOut)) },
                    LoginProblem::Outside(title, text) => p class="problem" role="alert" { strong { (title) } " " (text) },
                }
                (ways(frame, view))
                form method="post" action="/login" class="form panel" {
                    input type="hidden" name="next" value=(view.next);
                    div class="field" { label for="login" { (frame.t(T::Login)) }
                        input id="login" name="login" required autocomplete="username" autocapitalize="none" spellcheck="false" value=(view.login)
                            autofocus[fresh && view.demo.is_empty() && view.ways.is_empty()] aria-invalid=[wrong.map(|_| "true")] aria-describedby=[wrong]; }
                    div class="field" { label for="password" { (frame.t(T::Password)) }
                        input id="password" type="password" name="password" required autocomplete="current-password" autofocus[wrong.is_some()]
                            aria-invalid=[wrong.map(|_| "true")] aria-describedby=[wrong]; }
                    button type="submit" class="main-act" { (frame.t(T::SignIn)) }
                }
                @if wrong.is_none() { p class="quiet" { (frame.t(T::NoAccount)) } }
            }
            @if !view.demo.is_empty() { (demo_accounts(frame, view)) }
        }
    })
}

/// Links, not buttons of forms: where a form leads is bound to this site by the policy of the page, also after redirects.
fn ways(frame: &Frame, view: &LoginView) -> Markup {
    if view.ways.is_empty() {
        return html! {};
    }
    let next = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("next", &view.next)
        .finish();
    html! {
        ul class="ways" {
            @for way in &view.ways {
                li { a class="button main-act" href={ "/login/" (way.name) "?" (next) } { (frame.f(T::SignInBy, &[("house", &way.label)])) } }
            }
        }
        h2 { (frame.t(T::SignInHere)) }
    }
}

fn demo_accounts(frame: &Frame, view: &LoginView) -> Markup {
    html! {
        section aria-labelledby="demo" {
            h2 id="demo" { (frame.t(T::DemoAccounts)) }
            p class="quiet" { (frame.t(T::DemoAccountsLong)) }
            ul class="accounts" {
                @for (name, password, role) in &view.demo {
                    li {
                        form method="post" action="/login" {
                            input type="hidden" name="next" value=(view.next);
                            input type="hidden" name="login" value=(name);
                            input type="hidden" name="password" value=(password);
                            button type="submit" { strong { (name) } " " span class="quiet" { (role.parse().map_or(role.as_str(), |r: Role| frame.t(role_word(r)))) } }
                        }
                    }
                }
            }
        }
    }
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
            p { a class="button" href="/" { (frame.t(T::ToHome)) } }
        },
    )
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
    /// Where the person is written to, where it was given here.
    pub mail: Option<String>,
    /// API tokens.
    pub tokens: Vec<TokenLine>,
    /// Login sessions.
    pub sessions: Vec<SessionLine>,
    /// Address of the calendar, where one was made.
    pub calendar: Option<String>,
    /// Identities elsewhere: house, login there.
    pub identities: Vec<(String, String)>,
}

/// A login session.
#[derive(Debug, Clone)]
pub struct SessionLine {
    /// Its id.
    pub id: String,
    /// Since when, as shown.
    pub created: String,
    /// From where.
    pub address: Option<String>,
    /// The one that reads this.
    pub current: bool,
}

fn session_list(frame: &Frame, sessions: &[SessionLine]) -> Markup {
    html! {
        ul class="rows" { @for s in sessions { li {
            span {
                strong { (s.address.as_deref().unwrap_or("–")) } " "
                span class="quiet" { (frame.f(T::SinceWhen, &[("time", &s.created)])) }
                @if s.current { " " span class="badge good" { (frame.t(T::SessionCurrent)) } }
            }
            @if !s.current {
                button type="button" class="danger" data-api={ "/api/v1/me/sessions/" (s.id) } data-method="DELETE" data-done=(frame.t(T::SessionEnded)) {
                    (frame.t(T::SessionEnd)) span class="unseen" { " " (s.created) }
                }
            }
        } } }
    }
}

/// The calendar's address: whoever has it reads the calendar, so it can be renewed.
fn calendar(frame: &Frame, view: &AccountView) -> Markup {
    html! {
        section class="panel" aria-labelledby="calendar" {
            h2 id="calendar" { (frame.t(T::CalendarTitle)) }
            p { (frame.t(T::CalendarLong)) }
            @if let Some(url) = &view.calendar {
                p class="address" id="calendar-address" { a href=(url.replacen("https://", "webcal://", 1).replacen("http://", "webcal://", 1)) { (url) } }
                p class="quiet" { (frame.t(T::CalendarSecret)) }
            }
            form method="post" action="/account/calendar" {
                button type="submit" { (frame.t(if view.calendar.is_some() { T::CalendarRenew } else { T::CalendarMake })) }
            }
        }
    }
}

/// Renders the account.
pub fn account(frame: &Frame, view: &AccountView) -> Markup {
    frame.page(frame.t(T::AccountTitle), &Dress { modules: &["forms.js"], wide: true, ..Dress::default() }, &html! {
        h1 { (frame.t(T::AccountTitle)) }
        (outcomes(frame))
        div class="split" {
            div {
                section class="panel" aria-labelledby="who" {
                    h2 id="who" { (view.name) }
                    dl {
                        dt { (frame.t(T::Login)) } dd { (view.login) }
                        @if let Some(role) = view.role { dt { (frame.t(T::Role)) } dd { (frame.t(role_word(role))) " – " (frame.t(may(role))) } }
                    }
                    p class="quiet" { (frame.t(T::AccountChanged)) }
                }
                section class="panel" aria-labelledby="tokens" {
                    h2 id="tokens" { (frame.t(T::Tokens)) }
                    p { (frame.t(T::TokensLong)) " " a href="/api/docs" { (frame.t(T::ApiDocs)) } }
                    (token_part(frame, &view.tokens, "/api/v1/tokens"))
                }
            }
            div {
                (calendar(frame, view))
                section class="panel" aria-labelledby="language" {
                    h2 id="language" { (frame.t(T::Language)) }
                    p class="facts" { @for lang in Lang::ALL {
                        a class="button" href={ "/account?lang=" (lang.code()) } lang=(lang.code()) hreflang=(lang.code()) aria-current=[(lang == frame.lang).then_some("true")] { (lang.name()) }
                    } }
                }
                @if !view.identities.is_empty() {
                    section class="panel" aria-labelledby="identities" {
                        h2 id="identities" { (frame.t(T::Identities)) }
                        ul class="rows" { @for (house, login) in &view.identities { li { span { strong { (house) } " " span class="quiet" { (login) } } } } }
                    }
                }
                section class="panel" aria-labelledby="mail-title" {
                    h2 id="mail-title" { (frame.t(T::MailTitle)) }
                    form method="post" class="form" data-api="/api/v1/me/mail" data-method="PUT" data-done=(frame.t(T::MailChanged)) data-null="mail" data-keep {
                        (Ask { id: "mail", name: "mail", label: frame.t(T::MailAsked), hint: Some(frame.t(T::MailHint)), kind: "email", value: view.mail.as_deref().unwrap_or_default(), max: Some(254), autocomplete: "email", ..Ask::default() }.html())
                        button type="submit" { (frame.t(T::Save)) }
                    }
                }
                section class="panel" aria-labelledby="password-title" {
                    h2 id="password-title" { (frame.t(T::ChangePassword)) }
                    form method="post" class="form" data-api="/api/v1/me/password" data-method="PUT" data-done=(frame.t(T::PasswordChanged)) {
                        input type="hidden" name="login" value=(view.login) autocomplete="username" disabled;
                        (Ask { id: "old-password", name: "old", label: frame.t(T::OldPassword), kind: "password", required: true, autocomplete: "current-password", ..Ask::default() }.html())
                        (Ask { id: "new-password", name: "password", label: frame.t(T::NewPassword), hint: Some(frame.t(T::PasswordHint)), kind: "password", required: true, autocomplete: "new-password", ..Ask::default() }.html())
                        button type="submit" { (frame.t(T::ChangePassword)) }
                    }
                }
                section class="panel" aria-labelledby="sessions" {
                    h2 id="sessions" { (frame.t(T::Sessions)) }
                    div data-fresh id="session-list" { (session_list(frame, &view.sessions)) }
                    p class="quiet" { (frame.t(T::SignOutEverywhereLong)) }
                    div class="actions" {
                        form method="post" action="/logout" { button type="submit" { (frame.t(T::SignOut)) } }
                        form method="post" action="/account" { input type="hidden" name="everywhere" value="1"; button type="submit" class="danger" { (frame.t(T::SignOutEverywhere)) } }
                    }
                }
            }
        }
    })
}

const fn may(role: Role) -> T {
    match role {
        Role::User => T::MayUser,
        Role::Staff => T::MayStaff,
        Role::Auditor => T::MayAuditor,
        Role::Administrator => T::MayAdministrator,
    }
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
                problem: LoginProblem::Local("<i>no</i>".into()),
                ways: vec![],
                demo: vec![("ana".into(), "\"pass\"".into(), "staff".into())],
            },
            Self {
                next: "/live/x?a=b&c=d".into(),
                problem: LoginProblem::Outside("<i>No</i>".into(), "Begin & again".into()),
                ways: vec![
                    Way {
                        name: "cas",
                        label: "Université <b>Ours</b>".into(),
                    },
                    Way {
                        name: "oidc",
                        label: "Federation".into(),
                    },
                ],
                ..Self::default()
            },
        ]
    }
}

impl AccountView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        vec![
            Self {
                login: "y".into(),
                name: "Y".into(),
                ..Self::default()
            },
            Self {
                mail: Some("<b>@univ.example".into()),
                login: "zoe".into(),
                name: "Zoé <b>M</b>".into(),
                role: Some(Role::Staff),
                tokens: TokenLine::samples(),
                sessions: [true, false]
                    .map(|current| SessionLine {
                        id: "<s>".into(),
                        created: "2026-11-20 14:05:00".into(),
                        address: Some("192.0.2.7<b>".into()),
                        current,
                    })
                    .to_vec(),
                identities: vec![("cas".into(), "zoe<b>".into())],
                calendar: Some("https://live.univ.example/calendar/x.ics".into()),
            },
        ]
    }
}
