//! How a gateway stands, in words and with what to do about it; and when it is out of service, with the form for it.

use amphi_events::Time;
use amphi_events::gateway::HealthCause;
use amphi_projections::{Standing, Stands};
use maud::{Markup, html};

use crate::i18n::T;
use crate::pages::asking::Ask;
use crate::pages::layout::Frame;

/// A span out of service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutageLine {
    /// Its id.
    pub id: String,
    /// From, as shown.
    pub from: String,
    /// To, as shown; `None`: until further notice.
    pub to: Option<String>,
    /// Why.
    pub reason: String,
}

/// What a gateway's page says of its service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceView {
    /// How it stands.
    pub stands: Stands,
    /// Present spans out of service and those to come.
    pub outages: Vec<OutageLine>,
    /// The service's zone.
    pub zone: String,
}

/// A word or two.
pub const fn word(standing: Standing) -> T {
    match standing {
        Standing::Up => T::StandsUp,
        Standing::Busy => T::StandsBusy,
        Standing::BusyElsewhere => T::StandsElsewhere,
        Standing::Unreachable => T::StandsUnreachable,
        Standing::Refusing => T::StandsRefusing,
        Standing::WrongToken => T::StandsWrongToken,
        Standing::Unknown => T::StandsUnknown,
    }
}

/// What to do about it.
pub const fn way_out(stands: Stands) -> T {
    match (stands.standing, stands.cause) {
        (_, Some(HealthCause::NoGwId)) => T::GwIdMissingDo,
        (_, Some(HealthCause::GwIdUnknown)) => T::GwIdUnknownDo,
        (_, Some(HealthCause::NotAGateway)) => T::NotAGatewayDo,
        (_, Some(HealthCause::Pool)) => T::PoolDo,
        (_, Some(HealthCause::TooOld)) => T::TooOldDo,
        (_, Some(HealthCause::FrontServer)) => T::FrontServerDo,
        (_, Some(HealthCause::StartRefused)) => T::ElsewhereStartDo,
        (Standing::Up, None) => T::UpDo,
        (Standing::Busy, None) => T::BusyDo,
        (Standing::BusyElsewhere, None) => T::ElsewhereDo,
        (Standing::Unreachable, None) => T::UnreachableDo,
        (Standing::Refusing, None) => T::RefusingDo,
        (Standing::WrongToken, None) => T::WrongTokenDo,
        (Standing::Unknown, None) if stands.since.is_some() => T::UnreadableDo,
        (Standing::Unknown, None) => T::NotAskedDo,
    }
}

/// How bad that is, as a badge shows it.
pub const fn class(standing: Standing) -> &'static str {
    match standing {
        Standing::Up => "good",
        Standing::Busy => "on_air",
        Standing::BusyElsewhere | Standing::Unknown => "warn",
        Standing::Unreachable | Standing::Refusing | Standing::WrongToken => "bad",
    }
}

/// How it stands, as a badge.
pub fn badge(frame: &Frame, standing: Standing) -> Markup {
    html! { span class=(format!("badge {}", class(standing))) { (frame.t(word(standing))) } }
}

/// When a gateway is out of service, with the form for it.
pub fn panel(frame: &Frame, gateway: &str, view: &ServiceView) -> Markup {
    html! {
        section class="panel" aria-labelledby="service-title" {
            h2 id="service-title" { (frame.t(T::ServiceTitle)) }
            p class="quiet" { (frame.t(T::ServiceLong)) }
            div id="outages" data-fresh { @if !view.outages.is_empty() { ul class="rows" { @for o in &view.outages { (outage(frame, gateway, o)) } } } }
            form method="post" class="form" data-api={ "/api/v1/gateways/" (gateway) "/out-of-service" } data-done=(frame.t(T::ServiceDone)) {
                (Ask { id: "out-from", name: "from", label: frame.t(T::ServiceFrom), hint: Some(&frame.f(T::ServiceZone, &[("zone", &view.zone)])), kind: "datetime-local", ..Ask::default() }.html())
                (Ask { id: "out-to", name: "to", label: frame.t(T::ServiceTo), kind: "datetime-local", ..Ask::default() }.html())
                (Ask { id: "out-reason", name: "reason", label: frame.t(T::ServiceReason), hint: Some(frame.t(T::ServiceReasonHint)), max: Some(200), ..Ask::default() }.html())
                button type="submit" { (frame.t(T::ServiceAct)) }
            }
        }
    }
}

fn outage(frame: &Frame, gateway: &str, o: &OutageLine) -> Markup {
    let to = o.to.as_deref().unwrap_or_else(|| frame.t(T::UntilNotice));
    let when = format!("{} – {to}", o.from);
    html! {
        li {
            span { (when) @if !o.reason.is_empty() { ", " (o.reason) } }
            button type="button" class="small" aria-label=(frame.f(T::ServiceBackFor, &[("when", &when)])) data-api={ "/api/v1/gateways/" (gateway) "/out-of-service/" (o.id) }
                data-method="DELETE" data-done=(frame.t(T::ServiceBackDone)) { (frame.t(T::ServiceBack)) }
        }
    }
}

impl ServiceView {
    /// Examples: each standing, with each cause that it can have.
    pub fn samples() -> Vec<Self> {
        let causes = [
            (Standing::Up, None),
            (Standing::Busy, None),
            (Standing::BusyElsewhere, None),
            (Standing::BusyElsewhere, Some(HealthCause::StartRefused)),
            (Standing::Unreachable, None),
            (Standing::Unreachable, Some(HealthCause::FrontServer)),
            (Standing::Refusing, None),
            (Standing::Refusing, Some(HealthCause::NotAGateway)),
            (Standing::Refusing, Some(HealthCause::Pool)),
            (Standing::Refusing, Some(HealthCause::TooOld)),
            (Standing::Refusing, Some(HealthCause::NoGwId)),
            (Standing::Refusing, Some(HealthCause::GwIdUnknown)),
            (Standing::WrongToken, None),
            (Standing::Unknown, None),
        ];
        let line = |to: Option<&str>| OutageLine {
            id: "01J00000000000000000000008".into(),
            from: "2026-11-20 08:00".into(),
            to: to.map(str::to_owned),
            reason: if to.is_some() {
                "<b>new</b> disk & more".into()
            } else {
                String::new()
            },
        };
        let sample = |standing, cause, since| Self {
            stands: Stands { standing, cause, since },
            outages: vec![line(Some("2026-11-20 12:00")), line(None)],
            zone: "Europe/Paris".into(),
        };
        let mut all = vec![Self {
            outages: vec![],
            ..sample(Standing::Unknown, None, None)
        }];
        all.extend(
            causes
                .into_iter()
                .map(|(standing, cause)| sample(standing, cause, Some(Time(1_800_000_000_000)))),
        );
        all
    }
}
