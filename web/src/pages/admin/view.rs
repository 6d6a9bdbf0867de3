//! The administrators' page. Its forms go through the API by script, so that there is one place with the checks.

use amphi_events::gateway::TokenState;
use amphi_events::person::Role;
use maud::{Markup, html};

use crate::i18n::T;
use crate::pages::layout::{Dress, Frame};
use crate::pages::parts::{field, problem, role_word};

/// A gateway.
#[derive(Debug, Clone)]
pub struct GatewayLine {
    /// Its id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Base address of its HTTP interface.
    pub server_url: String,
    /// What it speaks.
    pub generation: Option<String>,
    /// It answered the last probe; `None` before the first.
    pub reachable: Option<bool>,
    /// What the probe made of the token; `None` before the first.
    pub token: Option<TokenState>,
    /// Its generation wants a `gw_id`, and it has none.
    pub gw_id_missing: bool,
    /// The token is the known default.
    pub default_token: bool,
    /// Its broadcaster's name.
    pub broadcaster: String,
    /// A live runs on it: its id.
    pub taken: Option<String>,
}

/// A broadcaster.
#[derive(Debug, Clone)]
pub struct BroadcasterLine {
    /// Its id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Playlist.
    pub hls_url: String,
}

/// A person.
#[derive(Debug, Clone)]
pub struct PersonLine {
    /// What signs in.
    pub login: String,
    /// Name.
    pub name: String,
    /// Role.
    pub role: Role,
}

/// A reactor.
#[derive(Debug, Clone)]
pub struct WorkLine {
    /// Its name.
    pub reactor: String,
    /// How many things it has in hand.
    pub in_hand: usize,
    /// Events it has not looked at yet.
    pub lag: u64,
    /// The last error, and when.
    pub error: Option<String>,
}

/// A read model.
#[derive(Debug, Clone)]
pub struct ModelLine {
    /// Its name.
    pub name: String,
    /// Its health in words.
    pub health: String,
    /// It is well.
    pub well: bool,
}

/// `/admin`.
#[derive(Debug, Clone, Default)]
pub struct AdminView {
    /// Gateways.
    pub gateways: Vec<GatewayLine>,
    /// Broadcasters.
    pub broadcasters: Vec<BroadcasterLine>,
    /// People.
    pub people: Vec<PersonLine>,
    /// Reactors.
    pub works: Vec<WorkLine>,
    /// Read models.
    pub models: Vec<ModelLine>,
}

/// Renders the page.
pub fn admin(frame: &Frame, view: &AdminView) -> Markup {
    frame.page(
        frame.t(T::NavAdmin),
        &Dress {
            wide: true,
            modules: &["forms.js"],
            ..Dress::default()
        },
        &html! {
            h1 { (frame.t(T::NavAdmin)) }
            noscript { (problem(Some(frame.t(T::NeedsScript)))) }
            p id="form-problem" class="problem" role="alert" hidden {}
            (gateways(frame, view))
            (broadcasters(frame, view))
            (people(frame, view))
            (health(frame, view))
        },
    )
}

fn gateways(frame: &Frame, view: &AdminView) -> Markup {
    html! {
        section aria-labelledby="gateways" {
            h2 id="gateways" { (frame.t(T::Gateways)) }
            @if view.gateways.is_empty() { p class="quiet" { (frame.t(T::NoGateway)) } } @else {
                div class="scroll" { table {
                    thead { tr { @for key in [T::Name, T::Address, T::Generation, T::State, T::Token, T::Broadcaster, T::Runs] { th scope="col" { (frame.t(key)) } } th {} } }
                    tbody { @for g in &view.gateways { tr {
                        td { (g.name) } td { (g.server_url) } td { (g.generation.as_deref().unwrap_or("?")) @if g.gw_id_missing { " " strong class="badge danger" { (frame.t(T::GwIdMissing)) } } }
                        td { (frame.t(match g.reachable { None => T::NotProbed, Some(true) => T::Reachable, Some(false) => T::Unreachable })) }
                        td { (frame.t(token_word(g.token))) @if g.default_token { " " strong class="badge danger" { (frame.t(T::DefaultToken)) } } }
                        td { (g.broadcaster) }
                        td { @if let Some(live) = &g.taken { a href={ "/live/" (live) "/console" } { (frame.t(T::StageOnAir)) } } @else { "–" } }
                        td { (remove(frame, "gateways", &g.id, &g.name)) }
                    } } }
                } }
            }
            details {
                summary { (frame.t(T::AddGateway)) }
                form method="post" class="form" data-api="/api/v1/gateways" {
                    (field(frame.t(T::Name), &html! { input name="name" required maxlength="100"; }))
                    (field(frame.t(T::Address), &html! { input type="url" name="server_url" required; }))
                    (field(frame.t(T::RtmpAddress), &html! { input name="rtmp_url" required placeholder="rtmp://host/app/key"; }))
                    (field(frame.t(T::Token), &html! { input name="token" required autocomplete="off"; }))
                    (field(frame.t(T::Broadcaster), &html! { select name="broadcaster" required { @for b in &view.broadcasters { option value=(b.id) { (b.name) } } } }))
                    (field(frame.t(T::Generation), &html! { select name="generation" { option value="" { (frame.t(T::FindOut)) } @for g in ["g1", "g2", "g3", "g4", "g5"] { option value=(g) { (g) } } } }))
                    (field(frame.t(T::GwId), &html! { input name="gw_id" autocomplete="off"; }))
                    button type="submit" { (frame.t(T::Add)) }
                }
            }
        }
    }
}

/// What is known of a gateway's token, in words.
const fn token_word(token: Option<TokenState>) -> T {
    match token {
        Some(TokenState::Good) => T::TokenGood,
        Some(TokenState::Wrong) => T::TokenWrong,
        Some(TokenState::NotChecked) => T::TokenNotChecked,
        Some(TokenState::Unknown) | None => T::TokenUnknown,
    }
}

fn remove(frame: &Frame, path: &str, id: &str, name: &str) -> Markup {
    html! {
        button type="button" class="danger" data-api={ "/api/v1/" (path) "/" (id) } data-method="DELETE"
            data-sure=(frame.f(T::SureRemove, &[("name", name)])) { (frame.t(T::Remove)) }
    }
}

fn broadcasters(frame: &Frame, view: &AdminView) -> Markup {
    html! {
        section aria-labelledby="broadcasters" {
            h2 id="broadcasters" { (frame.t(T::Broadcasters)) }
            @if view.broadcasters.is_empty() { p class="quiet" { (frame.t(T::NoBroadcaster)) } } @else {
                div class="scroll" { table {
                    thead { tr { th scope="col" { (frame.t(T::Name)) } th scope="col" { (frame.t(T::Playlist)) } th {} } }
                    tbody { @for b in &view.broadcasters { tr { td { (b.name) } td { (b.hls_url) } td { (remove(frame, "broadcasters", &b.id, &b.name)) } } } }
                } }
            }
            details {
                summary { (frame.t(T::AddBroadcaster)) }
                form method="post" class="form" data-api="/api/v1/broadcasters" {
                    (field(frame.t(T::Name), &html! { input name="name" required maxlength="100"; }))
                    (field(frame.t(T::Playlist), &html! { input type="url" name="hls_url" required; }))
                    button type="submit" { (frame.t(T::Add)) }
                }
            }
        }
    }
}

fn people(frame: &Frame, view: &AdminView) -> Markup {
    html! {
        section aria-labelledby="people" {
            h2 id="people" { (frame.t(T::People)) }
            div class="scroll" { table {
                thead { tr { th scope="col" { (frame.t(T::Login)) } th scope="col" { (frame.t(T::Name)) } th scope="col" { (frame.t(T::Role)) } } }
                tbody { @for p in &view.people { tr { td { (p.login) } td { (p.name) } td { (frame.t(role_word(p.role))) } } } }
            } }
            details {
                summary { (frame.t(T::AddPerson)) }
                form method="post" class="form" data-api="/api/v1/people" {
                    (field(frame.t(T::Login), &html! { input name="login" required maxlength="100" autocomplete="off" autocapitalize="none"; }))
                    (field(frame.t(T::Name), &html! { input name="name" required maxlength="100" autocomplete="off"; }))
                    (field(frame.t(T::Role), &html! { select name="role" { @for r in [Role::User, Role::Staff, Role::Auditor, Role::Administrator] { option value=(r.as_str()) { (frame.t(role_word(r))) } } } }))
                    (field(frame.t(T::Password), &html! { input type="password" name="password" required autocomplete="new-password"; }))
                    button type="submit" { (frame.t(T::Add)) }
                }
            }
        }
    }
}

fn health(frame: &Frame, view: &AdminView) -> Markup {
    html! {
        section aria-labelledby="works" {
            h2 id="works" { (frame.t(T::Works)) }
            div class="scroll" { table {
                thead { tr { @for key in [T::Reactor, T::InHand, T::Lag, T::LastError] { th scope="col" { (frame.t(key)) } } } }
                tbody { @for w in &view.works { tr { td { (w.reactor) } td { (w.in_hand) } td { (w.lag) } td { (w.error.as_deref().unwrap_or("–")) } } } }
            } }
            h3 { (frame.t(T::ReadModels)) }
            ul { @for m in &view.models { li { span class=(if m.well { "badge" } else { "badge danger" }) { (frame.t(if m.well { T::Well } else { T::Unwell })) } " " (m.name) " " span class="quiet" { (m.health) } } } }
        }
    }
}

impl AdminView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        vec![
            Self::default(),
            Self {
                gateways: vec![GatewayLine {
                    id: "01J00000000000000000000003".into(),
                    name: "<b>gw</b>".into(),
                    server_url: "http://10.0.0.1:8080".into(),
                    generation: Some("g2".into()),
                    reachable: Some(true),
                    token: Some(TokenState::Good),
                    gw_id_missing: true,
                    default_token: true,
                    broadcaster: "a & b".into(),
                    taken: Some("01J00000000000000000000001".into()),
                }],
                broadcasters: vec![BroadcasterLine {
                    id: "01J00000000000000000000004".into(),
                    name: "<i>b</i>".into(),
                    hls_url: "https://x.example/a.m3u8".into(),
                }],
                people: vec![PersonLine {
                    login: "zoe".into(),
                    name: "Zoé <b>M</b>".into(),
                    role: Role::Staff,
                }],
                works: vec![WorkLine {
                    reactor: "rooms".into(),
                    in_hand: 1,
                    lag: 0,
                    error: Some("<u>late</u>".into()),
                }],
                models: vec![ModelLine {
                    name: "lives".into(),
                    health: "<x>".into(),
                    well: false,
                }],
            },
        ]
    }
}
