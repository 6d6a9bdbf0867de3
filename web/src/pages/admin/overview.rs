//! `/admin`: what needs attention first, each with the way out.

use amphi_events::live::CheckFault;
use maud::{Markup, html};

use super::gateways::Concern as GatewayConcern;
use super::{Tab, area};
use crate::i18n::T;
use crate::pages::layout::Frame;
use crate::preflight::sentence;

/// Something that an administrator should look at, the worst first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Concern {
    /// The log takes no writes: nothing can be recorded.
    LogRefuses(String),
    /// A read model stands still.
    ModelHalted {
        /// Its name.
        name: String,
        /// Why.
        why: String,
    },
    /// Robots open `https://` only, and the public address is another.
    NotHttps,
    /// A gateway.
    Gateway {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
        /// What of it.
        what: GatewayConcern,
    },
    /// A reactor's last try failed.
    Reactor {
        /// Its name.
        name: String,
        /// What went wrong.
        error: String,
        /// When, as shown.
        at: String,
    },
    /// Lines of the log wait to be looked at.
    Behind {
        /// Which reactor or model.
        name: String,
        /// How many.
        lag: u64,
    },
    /// Something that a webinar needs is not as it should be, a while before it starts.
    Preflight {
        /// The live's id.
        live: String,
        /// Its title.
        title: String,
        /// Its start, as shown.
        at: String,
        /// What is wrong.
        faults: Vec<(&'static str, CheckFault)>,
    },
    /// There is nothing to broadcast with yet.
    NoBroadcaster,
    /// The same.
    NoGateway,
}

impl Concern {
    /// Something does not work now.
    pub const fn bad(&self) -> bool {
        match self {
            Self::LogRefuses(_) | Self::ModelHalted { .. } => true,
            Self::Preflight { .. } => true,
            Self::Gateway { what, .. } => what.bad(),
            _ => false,
        }
    }
}

/// `/admin`.
#[derive(Debug, Clone, Default)]
pub struct OverviewView {
    /// What needs attention.
    pub concerns: Vec<Concern>,
    /// Gateways in use, and those among them that run a live.
    pub gateways: (usize, usize),
    /// Broadcasters in use.
    pub broadcasters: usize,
    /// Sessions, lives and mails in hand.
    pub in_hand: usize,
    /// Head of the log.
    pub head: u64,
    /// The program's version.
    pub version: &'static str,
}

/// Renders the page.
pub fn overview(frame: &Frame, view: &OverviewView) -> Markup {
    area(
        frame,
        Tab::Overview,
        frame.t(T::NavAdmin),
        &["forms.js"],
        &html! {
            h1 { (frame.t(T::NavAdmin)) }
            section id="attention" data-fresh data-poll="10" aria-labelledby="attention-title" {
                h2 id="attention-title" { (frame.t(T::Attention)) }
                @if view.concerns.is_empty() { p class="notice" { (frame.t(T::AllWell)) } }
                @else { ul class="concerns" { @for c in &view.concerns { (concern(frame, c)) } } }
            }
            section id="numbers" data-fresh aria-labelledby="numbers-title" {
                h2 id="numbers-title" { (frame.t(T::AtAGlance)) }
                ul class="cards" {
                    li class="card" { h3 { a href="/admin/gateways" { (frame.t(T::Gateways)) } } p { (frame.f(T::GatewaysCount, &[("n", &view.gateways.0.to_string()), ("busy", &view.gateways.1.to_string())])) } }
                    li class="card" { h3 { a href="/admin/broadcasters" { (frame.t(T::Broadcasters)) } } p { (frame.f(T::CountOf, &[("n", &view.broadcasters.to_string())])) } }
                    li class="card" { h3 { a href="/admin/works" { (frame.t(T::Works)) } } p { (frame.f(T::InHandCount, &[("n", &view.in_hand.to_string())])) } }
                    li class="card" { h3 { a href="/audit" { (frame.t(T::NavAudit)) } } p { (frame.f(T::LogHead, &[("position", &view.head.to_string())])) } }
                }
                p class="quiet" { (frame.f(T::VersionOf, &[("version", view.version)])) " · " a href="/health/ready" { (frame.t(T::HealthForMachines)) } " · " a href="/admin/styleguide" { (frame.t(T::GuideTitle)) } }
            }
        },
    )
}

fn concern(frame: &Frame, concern: &Concern) -> Markup {
    use Concern as C;
    let (title, hint, link) = match concern {
        C::LogRefuses(why) => (
            frame.t(T::LogRefuses).to_owned(),
            frame.f(T::LogRefusesDo, &[("why", why)]),
            None,
        ),
        C::ModelHalted { name, why } => (
            frame.f(T::ModelHalted, &[("name", name)]),
            frame.f(T::ModelHaltedDo, &[("why", why), ("name", name)]),
            Some(("/admin/works".to_owned(), T::Works)),
        ),
        C::NotHttps => (frame.t(T::NotHttps).to_owned(), frame.t(T::NotHttpsDo).to_owned(), None),
        C::Gateway { id, name, what } => (
            format!("{name} – {}", frame.t(what.short())),
            frame.t(what.way_out()).to_owned(),
            Some((format!("/admin/gateways/{id}"), T::GatewayPage)),
        ),
        C::Reactor { name, error, at } => (
            frame.f(T::ReactorFailed, &[("name", name), ("at", at)]),
            error.clone(),
            Some(("/admin/works".to_owned(), T::Works)),
        ),
        C::Behind { name, lag } => (
            frame.f(T::IsBehind, &[("name", name), ("n", &lag.to_string())]),
            frame.t(T::IsBehindDo).to_owned(),
            Some(("/admin/works".to_owned(), T::Works)),
        ),
        C::Preflight {
            live,
            title,
            at,
            faults,
        } => (
            frame.f(T::PreflightConcern, &[("title", title), ("time", at)]),
            faults
                .iter()
                .map(|(what, fault)| sentence(frame.lang, what, *fault))
                .collect::<Vec<_>>()
                .join(" "),
            Some((format!("/live/{live}/console/picture"), T::PreflightTitle)),
        ),
        C::NoBroadcaster => (
            frame.t(T::NoBroadcaster).to_owned(),
            frame.t(T::NoBroadcasterDo).to_owned(),
            Some(("/admin/broadcasters".to_owned(), T::AddBroadcaster)),
        ),
        C::NoGateway => (
            frame.t(T::NoGateway).to_owned(),
            frame.t(T::NoGatewayDo).to_owned(),
            Some(("/admin/gateways".to_owned(), T::AddGateway)),
        ),
    };
    html! {
        li class=(if concern.bad() { "problem" } else { "callout" }) {
            h3 { (title) }
            p { (hint) }
            @if let Some((href, word)) = link { p { a href=(href) { (frame.t(word)) } } }
        }
    }
}

impl OverviewView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let gateway = |what| Concern::Gateway {
            id: "01J00000000000000000000003".into(),
            name: "<b>gw</b> & co".into(),
            what,
        };
        let mut concerns = vec![
            Concern::LogRefuses("<u>disk full</u>".into()),
            Concern::ModelHalted {
                name: "lives".into(),
                why: "<i>v9</i>".into(),
            },
        ];
        concerns.extend(GatewayConcern::samples().into_iter().map(gateway));
        concerns.extend([
            Concern::Reactor {
                name: "rooms".into(),
                error: "<b>refused</b>".into(),
                at: "2026-11-20 14:05:00".into(),
            },
            Concern::Behind {
                name: "chat".into(),
                lag: 4711,
            },
            Concern::Preflight {
                live: "01J00000000000000000000001".into(),
                title: "<b>Rentrée</b>".into(),
                at: "2026-11-20 14:05:00".into(),
                faults: vec![("gateway", CheckFault::Unreachable), ("chat", CheckFault::NoWay)],
            },
            Concern::NotHttps,
            Concern::NoBroadcaster,
            Concern::NoGateway,
        ]);
        vec![
            Self::default(),
            Self {
                concerns,
                gateways: (2, 1),
                broadcasters: 1,
                in_hand: 7,
                head: 1234,
                version: "1.0.0",
            },
        ]
    }
}
