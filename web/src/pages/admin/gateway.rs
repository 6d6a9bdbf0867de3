//! `/admin/gateways/{id}`: how one gateway stands and what to do about it, the lines for its host, whether its host reaches
//! us, what is said of it, and the end of a run that nobody can stop any more.

use amphi_events::gateway::{Generation, PublishRefusal, TokenState};
use maud::{Markup, html};

use super::gateways::{Concern, Fields, form_fields};
use super::recipe::{self, Given};
use super::service::{self, ServiceView};
use super::{Tab, area};
use crate::i18n::{T, times};
use crate::media::push::StreamAddress;
use crate::pages::asking::copyable;
use crate::pages::layout::Frame;
use crate::pages::live::picture::address;
use crate::pages::parts::texts;

/// The run that holds the gateway.
#[derive(Debug, Clone)]
pub struct RunView {
    /// Its id.
    pub run: String,
    /// The live's id and title.
    pub live: (String, String),
    /// Since when it holds the gateway, as shown.
    pub since: String,
    /// Since when it is being stopped, as shown.
    pub stopping: Option<String>,
}

/// How the check "can it reach us" stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Reach {
    /// None under way.
    #[default]
    None,
    /// An address was made, nobody came.
    Waiting,
    /// Somebody came: at what o'clock, from where.
    Reached(String, String),
}

/// A gateway.
#[derive(Debug, Clone)]
pub struct GatewayView {
    /// Its id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Base address.
    pub server_url: String,
    /// RTMP address without its key.
    pub rtmp_base: String,
    /// Its broadcaster.
    pub broadcaster: String,
    /// To choose from: id and name.
    pub broadcasters: Vec<(String, String)>,
    /// As said.
    pub said: Option<Generation>,
    /// As found out.
    pub found: Option<Generation>,
    /// What the last probe made of the token.
    pub token: Option<TokenState>,
    /// For generations 4 and 5.
    pub gw_id: Option<String>,
    /// Where its robot hears chat lines.
    pub chat_redis: Option<String>,
    /// What of it needs attention, the worst first.
    pub concerns: Vec<Concern>,
    /// The run that holds it.
    pub run: Option<RunView>,
    /// What holds it next: live, title, from, to.
    pub held: Vec<(String, String, String, String)>,
    /// Our public address.
    pub public_url: String,
    /// Whether its host has shown that it reaches us.
    pub reach: Reach,
    /// The last publisher that was refused: when, as shown, and why.
    pub refused: Option<(String, PublishRefusal)>,
    /// How it stands, and when it is out of service.
    pub service: ServiceView,
    /// What a device is set to that is set once, where it is an encoder.
    pub encoder: Option<StreamAddress>,
}

impl GatewayView {
    const fn speaks(&self) -> Option<Generation> {
        match self.said {
            Some(g) => Some(g),
            None => self.found,
        }
    }
}

/// Renders a gateway.
pub fn gateway(frame: &Frame, view: &GatewayView) -> Markup {
    area(
        frame,
        Tab::Gateways,
        &view.name,
        &["forms.js", "reach.js"],
        &html! {
            p { a href="/admin/gateways" { "← " (frame.t(T::Gateways)) } }
            h1 { (view.name) }
            div class="split" {
                div {
                    (state(frame, view))
                    (service::panel(frame, &view.id, &view.service))
                    (host_settings(frame, view))
                    (reach(frame, view))
                }
                div {
                    section class="panel" aria-labelledby="change" {
                        h2 id="change" { (frame.t(T::Edit)) }
                        form method="post" class="form" data-api={ "/api/v1/gateways/" (view.id) } data-method="PATCH" data-null="generation gw_id chat_redis"
                            data-goto={ "/admin/gateways/" (view.id) } data-done=(frame.t(T::Saved)) {
                            (form_fields(frame, &Fields {
                                there: true, name: &view.name, server_url: &view.server_url, rtmp_base: &view.rtmp_base, broadcaster: &view.broadcaster,
                                broadcasters: &view.broadcasters, generation: view.said.map(Generation::as_str), gw_id: view.gw_id.as_deref().unwrap_or_default(),
                                chat_redis: view.chat_redis.as_deref().unwrap_or_default(),
                            }))
                            button type="submit" class="main-act" { (frame.t(T::Save)) }
                        }
                    }
                    section class="panel" aria-labelledby="remove" {
                        h2 id="remove" { (frame.t(T::RemoveGateway)) }
                        p class="quiet" { (frame.t(T::RemoveGatewayLong)) }
                        button type="button" class="danger" data-api={ "/api/v1/gateways/" (view.id) } data-method="DELETE" data-goto="/admin/gateways"
                            data-sure=(frame.f(T::SureRemove, &[("name", &view.name)])) data-done=(frame.f(T::Removed, &[("name", &view.name)])) { (frame.t(T::RemoveGateway)) }
                    }
                }
            }
        },
    )
}

fn state(frame: &Frame, view: &GatewayView) -> Markup {
    let spoken = match (view.said, view.found) {
        (Some(said), _) => frame.f(T::GenerationSaid, &[("generation", said.as_str())]),
        (None, Some(found)) => frame.f(T::GenerationFound, &[("generation", found.as_str())]),
        (None, None) => frame.t(T::GenerationUnknown).to_owned(),
    };
    let chat = match view.speaks() {
        Some(Generation::G1 | Generation::G2) => T::ChatThroughWell,
        Some(Generation::G3) => T::ChatThroughPoorly,
        Some(Generation::G4 | Generation::G5 | Generation::Pool | Generation::Encoder) => T::ChatThroughNot,
        Some(Generation::LiveStreaming) if view.chat_redis.is_some() => T::ChatThroughRedis,
        Some(Generation::LiveStreaming) => T::ChatThroughRedisNot,
        None => T::ChatThroughUnknown,
    };
    let stands = view.service.stands;
    html! {
        section class="panel" id="state" data-fresh data-poll="5" aria-labelledby="state-title" {
            h2 id="state-title" { (frame.t(T::HealthTitle)) " " (service::badge(frame, stands.standing)) }
            @if let Some(since) = stands.since { p class="quiet" { (frame.f(T::SinceWhen, &[("time", &times::exact(since, &view.service.zone))])) } }
            p { (frame.t(service::way_out(stands))) }
            @for c in view.concerns.iter().filter(|c| !matches!(c, Concern::Health(_))) {
                div class=(if c.bad() { "problem" } else { "callout" }) { strong { (frame.t(c.short())) } p { (frame.t(c.way_out())) } }
            }
            @if let Some((when, why)) = &view.refused {
                p class="callout" id="refused" {
                    (frame.f(match why { PublishRefusal::Idle => T::PublisherRefusedIdle, PublishRefusal::Stopping => T::PublisherRefusedStopping }, &[("when", when)]))
                }
            }
            dl {
                dt { (frame.t(T::Address)) } dd { code { (view.server_url) } }
                dt { (frame.t(T::Generation)) } dd { (spoken) }
                dt { (frame.t(T::Token)) } dd { (frame.t(token_word(view.token))) }
                dt { (frame.t(T::RtmpShort)) } dd { code { (view.rtmp_base) "/…" } }
                dt { (frame.t(T::Chat)) } dd { (frame.t(chat)) }
            }
            button id="ask-again" type="button" data-api="/api/v1/reactors/scout/try-again" data-done=(frame.t(T::AskedAgain)) { (frame.t(T::AskNow)) }
            @if let Some(run) = &view.run { (running(frame, view, run)) }
            @if !view.held.is_empty() {
                h3 { (frame.t(T::HeldNext)) }
                ul { @for (live, title, from, to) in &view.held { li { a href={ "/live/" (live) } { (title) } ", " (from) " – " (to) } } }
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

fn running(frame: &Frame, view: &GatewayView, run: &RunView) -> Markup {
    let (live, title) = &run.live;
    html! {
        h3 { (frame.t(T::Runs)) }
        p { a href={ "/live/" (live) "/console" } { (title) } ", " (frame.f(T::SinceWhen, &[("time", &run.since)])) }
        @if let Some(stopping) = &run.stopping {
            p { (frame.f(T::StoppingSince, &[("time", stopping)])) }
            @if view.concerns.contains(&Concern::Stuck) {
                button id="run-over" type="button" class="danger" data-api={ "/api/v1/gateways/" (view.id) "/run-over" }
                    data-body=(serde_json::json!({ "run": run.run }).to_string()) data-sure=(frame.f(T::SureRunOver, &[("name", &view.name)]))
                    data-more=(frame.t(T::RunOverLong)) data-done=(frame.t(T::RunOverDone)) { (frame.t(T::RunOver)) }
            }
        }
    }
}

fn host_settings(frame: &Frame, view: &GatewayView) -> Markup {
    let host = recipe::host_of(&view.public_url);
    let given = |g| Given {
        host,
        port: recipe::port_of(&view.server_url, g),
        gw_id: view.gw_id.as_deref(),
    };
    let token = |g| match g {
        Generation::G1 | Generation::G2 | Generation::G3 => T::TokenOnHost,
        Generation::G4 | Generation::G5 => T::NoTokenOnHost,
        Generation::Pool => T::PoolToken,
        Generation::LiveStreaming => T::RunnerToken,
        Generation::Encoder => T::EncoderHost,
    };
    html! {
        section class="panel" aria-labelledby="host" {
            h2 id="host" { (frame.t(T::OnTheHost)) }
            p { (frame.t(T::OnTheHostLong)) }
            @if !view.public_url.starts_with("https://") { p class="callout" { (frame.t(T::NotHttpsDo)) } }
            @match view.speaks() {
                Some(Generation::Encoder) => {
                    p { (frame.t(T::EncoderHost)) }
                    @if let Some(stream) = &view.encoder {
                        p { (frame.t(T::BroadcasterEncoderLead)) }
                        (address(frame, Some(stream), None))
                    }
                }
                Some(g) => {
                    ol class="doing" {
                        li { p { (frame.t(T::HostSettings)) } (copyable(frame, "settings", frame.t(T::HostSettings), &recipe::settings(frame.lang, g, &given(g)))) }
                        li { p { (frame.t(token(g))) } }
                        @if matches!(g, Generation::G4 | Generation::G5) {
                            li { p { (frame.t(T::FindGwId)) } (copyable(frame, "find-gw-id", frame.t(T::FindGwId), recipe::FIND_GW_ID)) }
                        }
                        li { p { (frame.t(T::HostFirewall)) } (copyable(frame, "firewall", frame.t(T::HostFirewall), &recipe::firewall(frame.lang, &given(g)))) }
                    }
                    details id="sent" {
                        summary { (frame.t(T::WhatIsSent)) }
                        dl {
                            dt { code { "room" } } dd { (frame.t(T::SentRoom)) }
                            @if matches!(g, Generation::G4 | Generation::G5) {
                                dt { code { "gw_id" } } dd { code { (view.gw_id.as_deref().unwrap_or("?")) } }
                                dt { code { "rtmp_dst" } } dd { code { (view.rtmp_base) "/…" } }
                            } @else if g == Generation::Pool {
                                dt { code { "rtmp_dst" } } dd { code { (view.rtmp_base) "/…" } }
                            } @else if g == Generation::LiveStreaming {
                                dt { code { "BBB_STREAM_URL" } } dd { code { (view.rtmp_base) "/…" } }
                            } @else {
                                dt { code { "domain" } } dd { code { (host) "/robot" } }
                                dt { code { "rtmpDst" } } dd { code { (view.rtmp_base) "/…" } }
                            }
                            dt { (frame.t(T::RobotOpens)) } dd { code { "https://" (host) "/robot/…" } }
                        }
                    }
                }
                None => { p { (frame.t(T::HostSettingsUnknown)) } }
            }
        }
    }
}

fn reach(frame: &Frame, view: &GatewayView) -> Markup {
    let words = texts(
        frame.lang,
        &[
            ("waiting", T::ReachWaiting),
            ("reached", T::ReachReached),
            ("over", T::ReachOver),
        ],
    );
    let (state, class, text) = match &view.reach {
        Reach::None => ("none", "", String::new()),
        Reach::Waiting => ("waiting", "quiet busy", frame.t(T::ReachWaiting).to_owned()),
        Reach::Reached(time, from) => {
            let values: [(&str, &str); 2] = [("time", time), ("from", from)];
            ("reached", "notice", frame.f(T::ReachReached, &values))
        }
    };
    html! {
        section class="panel" id="reach" aria-labelledby="reach-title" data-texts=(words) data-state=(state) data-path={ "/api/v1/gateways/" (view.id) "/reach-check" } {
            h2 id="reach-title" { (frame.t(T::ReachTitle)) }
            p { (frame.t(T::ReachLong)) }
            p { button id="reach-make" type="button" { (frame.t(T::ReachMake)) } }
            div id="reach-how" hidden {
                p { (frame.t(T::ReachRun)) }
                (copyable(frame, "reach-command", frame.t(T::ReachRun), ""))
            }
            p id="reach-state" role="status" class=(class) { (text) }
            div id="reach-help" class="callout" hidden {
                strong { (frame.t(T::ReachHelp)) }
                ul { @for key in [T::ReachHelpDns, T::ReachHelpFirewall, T::ReachHelpTls, T::ReachHelpProxy] { li { (frame.t(key)) } } }
            }
        }
    }
}

impl GatewayView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let services = ServiceView::samples();
        let plain = Self {
            refused: Some(("2026-03-02 09:00:00".into(), PublishRefusal::Idle)),
            service: services[0].clone(),
            id: "01J00000000000000000000003".into(),
            name: "<b>gw</b> & co".into(),
            server_url: "http://10.0.0.1:8080".into(),
            rtmp_base: "rtmp://10.0.0.2/live".into(),
            broadcaster: "01J00000000000000000000004".into(),
            broadcasters: vec![("01J00000000000000000000004".into(), "<i>b</i>".into())],
            said: None,
            found: None,
            token: None,
            gw_id: None,
            chat_redis: None,
            concerns: vec![],
            run: None,
            held: vec![],
            public_url: "http://127.0.0.1:8000".into(),
            reach: Reach::None,
            encoder: Some(StreamAddress {
                server: "rtmp://10.0.0.2/live".into(),
                key: "<i>k3y</i>".into(),
            }),
        };
        let run = RunView {
            run: "01J00000000000000000000007".into(),
            live: ("01J00000000000000000000001".into(), "<u>Assembly</u>".into()),
            since: "2026-11-20 14:05:00".into(),
            stopping: Some("2026-11-20 14:45:00".into()),
        };
        let mut all: Vec<Self> = services
            .into_iter()
            .map(|service| Self {
                service,
                ..plain.clone()
            })
            .collect();
        for found in Generation::ALL {
            all.push(Self {
                found: Some(found),
                said: (found == Generation::G3).then_some(found),
                token: Some(TokenState::NotChecked),
                gw_id: (found == Generation::G5).then(|| "<x>id".into()),
                chat_redis: (found == Generation::LiveStreaming).then(|| "redis://10.0.0.6".into()),
                concerns: if found == Generation::G2 {
                    vec![]
                } else {
                    Concern::samples()
                },
                run: (found != Generation::G2).then(|| run.clone()),
                held: vec![(
                    "01J00000000000000000000001".into(),
                    "<i>Next</i>".into(),
                    "2026-11-20 15:00".into(),
                    "2026-11-20 16:00".into(),
                )],
                public_url: "https://live.univ.example".into(),
                reach: match found {
                    Generation::G1 => Reach::Waiting,
                    _ => Reach::Reached("14:03:12".into(), "10.1.2.3".into()),
                },
                ..plain.clone()
            });
        }
        all
    }
}
