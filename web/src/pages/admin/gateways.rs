//! `/admin/gateways`: the machines that make the picture, each in a few words, and the form for another.

use amphi_events::Time;
use amphi_events::gateway::{Generation, HealthCause, TokenState};
use amphi_projections::{Standing, Stands};
use maud::{Markup, html};

use super::list::{Around, Asked, Cell, Column, ListView};
use super::lists::column;
use super::{Tab, service};
use crate::i18n::T;
use crate::pages::asking::{Ask, asked};
use crate::pages::layout::Frame;

/// What an administrator should know of a gateway, the worst first. How it stands comes from its health and from nowhere else: a page that
/// also judged the last probe by itself said *answers* beside *unreachable*.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concern {
    /// Its run can't be stopped: it doesn't answer.
    Stuck,
    /// How it stands, where that is not well.
    Health(Stands),
    /// Its generation wants a `gw_id`, and no probe has run into it yet.
    NoGwId,
    /// The token is the one that everybody knows.
    DefaultToken,
    /// Said to speak one dialect, it speaks another.
    SpeaksOtherwise,
    /// Its generation checks no token: only a firewall keeps strangers out.
    Unguarded,
}

impl Concern {
    /// It can't be used as it is.
    pub const fn bad(self) -> bool {
        match self {
            Self::Stuck | Self::NoGwId => true,
            Self::Health(stands) => matches!(
                stands.standing,
                Standing::Unreachable | Standing::Refusing | Standing::WrongToken
            ),
            Self::DefaultToken | Self::SpeaksOtherwise | Self::Unguarded => false,
        }
    }

    /// A word or two.
    pub const fn short(self) -> T {
        match self {
            Self::Stuck => T::GatewayStuck,
            Self::Health(stands) => service::word(stands.standing),
            Self::NoGwId => T::GwIdMissing,
            Self::DefaultToken => T::DefaultToken,
            Self::SpeaksOtherwise => T::SpeaksOtherwise,
            Self::Unguarded => T::Unguarded,
        }
    }

    /// What to do about it.
    pub const fn way_out(self) -> T {
        match self {
            Self::Stuck => T::GatewayStuckDo,
            Self::Health(stands) => service::way_out(stands),
            Self::NoGwId => T::GwIdMissingDo,
            Self::DefaultToken => T::DefaultTokenDo,
            Self::SpeaksOtherwise => T::SpeaksOtherwiseDo,
            Self::Unguarded => T::UnguardedDo,
        }
    }

    /// Examples of each.
    pub fn samples() -> Vec<Self> {
        let stands = service::ServiceView::samples()
            .into_iter()
            .map(|view| Self::Health(view.stands));
        let others = [Self::NoGwId, Self::DefaultToken, Self::SpeaksOtherwise, Self::Unguarded];
        std::iter::once(Self::Stuck).chain(stands).chain(others).collect()
    }
}

/// What is known of a gateway, for its concerns.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// How it stands.
    pub stands: Stands,
    /// What the probe made of the token.
    pub token: Option<TokenState>,
    /// Its generation wants a `gw_id`, and it has none.
    pub gw_id_missing: bool,
    /// The token is the known default.
    pub default_token: bool,
    /// As the administrator says.
    pub said: Option<Generation>,
    /// As found out.
    pub found: Option<Generation>,
    /// A stop has been under way for long.
    pub stuck: bool,
}

impl Known {
    /// The concerns, the worst first.
    pub fn concerns(&self) -> Vec<Concern> {
        let unguarded = self.token == Some(TokenState::NotChecked);
        let well = matches!(self.stands.standing, Standing::Up | Standing::Busy) && self.stands.cause.is_none();
        [
            (Concern::Stuck, self.stuck),
            (Concern::Health(self.stands), !well),
            (
                Concern::NoGwId,
                self.gw_id_missing && self.stands.cause != Some(HealthCause::NoGwId),
            ),
            // Where no token is checked a well-known one is no worse than another.
            (Concern::DefaultToken, self.default_token && !unguarded),
            (
                Concern::SpeaksOtherwise,
                self.said.is_some() && self.found.is_some() && self.said != self.found,
            ),
            (Concern::Unguarded, unguarded),
        ]
        .into_iter()
        .filter_map(|(concern, there)| there.then_some(concern))
        .collect()
    }
}

/// A gateway.
#[derive(Debug, Clone)]
pub struct GatewayLine {
    /// Its id.
    pub id: String,
    /// Name.
    pub name: String,
    /// What it speaks.
    pub generation: Option<&'static str>,
    /// What of it needs attention.
    pub concerns: Vec<Concern>,
    /// How it stands, and since when.
    pub stands: Stands,
    /// Its broadcaster's name.
    pub broadcaster: String,
    /// A live holds it: its id and title.
    pub taken: Option<(String, String)>,
}

const GATEWAYS: &[Column] = &[
    column("name", T::Name),
    column("state", T::State),
    column("live", T::Runs),
    column("generation", T::Generation),
    column("broadcaster", T::Broadcaster),
    column("since", T::StandsSince),
];

/// `/admin/gateways`.
#[derive(Debug, Clone, Default)]
pub struct GatewaysView {
    /// Gateways in use.
    pub gateways: Vec<GatewayLine>,
    /// Broadcasters to choose from: id and name.
    pub broadcasters: Vec<(String, String)>,
    /// What was asked for.
    pub asked: Asked,
    /// Zone of the times shown.
    pub zone: String,
}

/// The list.
pub fn gateways(frame: &Frame, view: &GatewaysView) -> ListView {
    let only = view.asked.only.as_str();
    let wanted = |g: &&GatewayLine| match only {
        "unwell" => g.concerns.iter().any(|c| c.bad()),
        "running" => g.taken.is_some(),
        "free" => g.taken.is_none(),
        _ => true,
    };
    let row = |g: &GatewayLine| {
        let mut words = vec![(service::word(g.stands.standing), service::class(g.stands.standing))];
        // What keeps it from being used and no probe can see: a run that doesn't stop, an id that it wants.
        let others = g
            .concerns
            .iter()
            .filter(|c| c.bad() && !matches!(c, Concern::Health(_)));
        words.extend(others.map(|c| (c.short(), "bad")));
        vec![
            Cell::Link {
                to: format!("/admin/gateways/{}", g.id),
                text: g.name.clone(),
            },
            Cell::Badges(words),
            g.taken
                .as_ref()
                .map_or(Cell::Text(String::new()), |(live, title)| Cell::Link {
                    to: format!("/live/{live}/console"),
                    text: title.clone(),
                }),
            Cell::Text(g.generation.unwrap_or("?").to_owned()),
            Cell::Text(g.broadcaster.clone()),
            Cell::At(g.stands.since),
        ]
    };
    ListView {
        tab: Tab::Gateways,
        path: "/admin/gateways".into(),
        title: frame.t(T::Gateways).to_owned(),
        lead: T::GatewaysLead,
        columns: GATEWAYS,
        choices: &[
            ("unwell", T::GatewaysUnwell),
            ("running", T::GatewaysRunning),
            ("free", T::GatewaysFree),
        ],
        rows: view.gateways.iter().filter(wanted).map(row).collect(),
        asked: view.asked.clone(),
        zone: view.zone.clone(),
        around: Around {
            below: Some(another(frame, view)),
            poll: Some(10),
            empty: &[T::NoGateway, T::NoGatewayDo],
        },
    }
}

fn another(frame: &Frame, view: &GatewaysView) -> Markup {
    html! {
        p { a href="/admin/gateways/timeline" { (frame.t(T::Timeline)) } }
        details id="add" open[view.gateways.is_empty()] {
            summary { (frame.t(T::AddGateway)) }
            @if view.broadcasters.is_empty() {
                p class="callout" { (frame.t(T::BroadcasterFirst)) " " a href="/admin/broadcasters" { (frame.t(T::AddBroadcaster)) } }
            }
            form method="post" class="form" data-api="/api/v1/gateways" data-goto="/admin/gateways/{id}" data-done=(frame.t(T::GatewayAdded)) {
                (form_fields(frame, &Fields { broadcasters: &view.broadcasters, ..Fields::default() }))
                button type="submit" class="main-act" { (frame.t(T::Add)) }
            }
        }
    }
}

/// What stands in the fields of a gateway.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fields<'a> {
    /// The gateway is there already: secrets are left alone where nothing is typed.
    pub there: bool,
    /// Name.
    pub name: &'a str,
    /// Base address.
    pub server_url: &'a str,
    /// RTMP address without its key.
    pub rtmp_base: &'a str,
    /// Id of its broadcaster.
    pub broadcaster: &'a str,
    /// To choose from: id and name.
    pub broadcasters: &'a [(String, String)],
    /// As said.
    pub generation: Option<&'a str>,
    /// For generations 4 and 5.
    pub gw_id: &'a str,
    /// For BigBlueButton-liveStreaming.
    pub chat_redis: &'a str,
}

/// The fields of a gateway's form.
pub fn form_fields(frame: &Frame, f: &Fields<'_>) -> Markup {
    let rtmp_hint = if f.there {
        frame.f(T::RtmpHintThere, &[("base", f.rtmp_base)])
    } else {
        frame.t(T::RtmpHint).to_owned()
    };
    html! {
        (Ask { id: "gw-name", name: "name", label: frame.t(T::Name), value: f.name, required: true, max: Some(100), ..Ask::default() }.html())
        (Ask { id: "gw-server", name: "server_url", label: frame.t(T::Address), hint: Some(frame.t(T::GatewayAddressHint)), kind: "url", value: f.server_url, example: Some("http://10.0.0.5:8080"), ..Ask::default() }.html())
        (Ask { id: "gw-token", name: "token", label: frame.t(T::Token), hint: Some(frame.t(if f.there { T::SecretLeftAlone } else { T::GatewayTokenHint })), max: Some(200), ..Ask::default() }.html())
        (asked("gw-broadcaster", frame.t(T::Broadcaster), Some(frame.t(T::BroadcasterHint)), &html! {
            select id="gw-broadcaster" name="broadcaster" required aria-describedby="gw-broadcaster-hint" {
                @for (id, name) in f.broadcasters { option value=(id) selected[id == f.broadcaster] { (name) } }
            }
        }))
        (Ask { id: "gw-rtmp", name: "rtmp_url", label: frame.t(T::RtmpAddress), hint: Some(&rtmp_hint), required: !f.there, example: Some("rtmp://live.univ.example/live/salle-1"), ..Ask::default() }.html())
        (asked("gw-generation", frame.t(T::Generation), Some(frame.t(T::GenerationHint)), &html! {
            select id="gw-generation" name="generation" aria-describedby="gw-generation-hint" {
                option value="" { (frame.t(T::FindOut)) }
                @for (g, what) in GENERATIONS { option value=(g) selected[f.generation == Some(g)] { (g) " – " (what) } }
            }
        }))
        (Ask { id: "gw-gwid", name: "gw_id", label: frame.t(T::GwId), hint: Some(frame.t(T::GwIdHint)), value: f.gw_id, max: Some(100), ..Ask::default() }.html())
        (Ask { id: "gw-redis", name: "chat_redis", label: frame.t(T::ChatRedis), hint: Some(frame.t(T::ChatRedisHint)), value: f.chat_redis, max: Some(300), example: Some("redis://10.0.0.6"), ..Ask::default() }.html())
    }
}

/// The generations with their versions (gateway-contract §1).
pub const GENERATIONS: [(&str, &str); 8] = [
    ("g1", "SIPMediaGW 1.5"),
    ("g2", "SIPMediaGW 1.6"),
    ("g3", "SIPMediaGW 1.7"),
    ("g4", "SIPMediaGW 1.8"),
    ("g5", "SIPMediaGW main (2026)"),
    ("pool", "SIPMediaGW proxyAPI"),
    ("livestreaming", "BigBlueButton-liveStreaming"),
    ("encoder", "OBS, RTMP"),
];

impl GatewaysView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let line = |(n, concern): (usize, Concern)| GatewayLine {
            id: format!("01J000000000000000000000{n:02}"),
            name: "<b>gw</b> with a rather long name that goes on".into(),
            generation: Some("g2"),
            stands: match concern {
                Concern::Health(stands) => stands,
                _ => Stands {
                    standing: Standing::Up,
                    cause: None,
                    since: Some(Time(1_800_000_000_000)),
                },
            },
            concerns: vec![concern],
            broadcaster: "a & b".into(),
            taken: (n == 1).then(|| ("01J00000000000000000000001".into(), "<i>Assembly</i>".into())),
        };
        vec![
            Self::default(),
            Self {
                gateways: Concern::samples().into_iter().enumerate().map(line).collect(),
                broadcasters: vec![("01J00000000000000000000004".into(), "<i>b</i>".into())],
                zone: "Europe/Paris".into(),
                ..Self::default()
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stands(standing: Standing, cause: Option<HealthCause>) -> Stands {
        Stands {
            standing,
            cause,
            since: Some(Time(1)),
        }
    }

    #[test]
    fn the_worst_comes_first_and_health_is_said_once() {
        let well = Known {
            stands: stands(Standing::Up, None),
            token: Some(TokenState::Good),
            gw_id_missing: false,
            default_token: false,
            said: None,
            found: None,
            stuck: false,
        };
        assert_eq!(well.concerns(), []);
        let busy = Known {
            stands: stands(Standing::Busy, None),
            ..well
        };
        assert_eq!(busy.concerns(), []);
        let unasked = stands(Standing::Unknown, None);
        assert_eq!(
            Known {
                stands: unasked,
                ..well
            }
            .concerns(),
            [Concern::Health(unasked)]
        );
        let gone = stands(Standing::Unreachable, None);
        let bad = Known {
            stands: gone,
            default_token: true,
            stuck: true,
            ..well
        };
        assert_eq!(
            bad.concerns(),
            [Concern::Stuck, Concern::Health(gone), Concern::DefaultToken]
        );
        // Whatever is wrong with it stands in its health, and not beside it once more.
        let lacks = stands(Standing::Refusing, Some(HealthCause::NoGwId));
        let lacking = Known {
            stands: lacks,
            gw_id_missing: true,
            ..well
        };
        assert_eq!(lacking.concerns(), [Concern::Health(lacks)]);
        let told = Known {
            gw_id_missing: true,
            ..well
        };
        assert_eq!(told.concerns(), [Concern::NoGwId]);
        let open = Known {
            token: Some(TokenState::NotChecked),
            default_token: true,
            said: Some(Generation::G4),
            found: Some(Generation::G5),
            ..well
        };
        assert_eq!(open.concerns(), [Concern::SpeaksOtherwise, Concern::Unguarded]);
    }
}
