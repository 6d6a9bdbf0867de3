//! `/admin/broadcasters` and `/admin/broadcasters/{id}`: where viewers fetch the picture.

use amphi_events::broadcaster::Protection;
use maud::{Markup, html};

use super::list::{Around, Asked, Cell, Column, ListView};
use super::lists::column;
use super::{Tab, area};
use crate::i18n::T;
use crate::media::push::StreamAddress;
use crate::pages::asking::{Ask, asked};
use crate::pages::layout::Frame;
use crate::pages::live::picture::address;
use crate::pages::lives::hold_picture;

/// A broadcaster.
#[derive(Debug, Clone)]
pub struct BroadcasterLine {
    /// Its id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Playlist.
    pub hls_url: String,
    /// How its media server keeps strangers out.
    pub protection: Protection,
    /// Gateways whose picture is fetched there: id and name.
    pub gateways: Vec<(String, String)>,
    /// Where it stands and what it is for.
    pub more: More,
}

/// Where a broadcaster stands and what it is for.
#[derive(Debug, Clone, Default)]
pub struct More {
    /// Id of its building.
    pub building: String,
    /// Buildings to choose from: id and name.
    pub buildings: Vec<(String, String)>,
    /// What it is.
    pub description: String,
    /// Lives are planned on it.
    pub plannable: bool,
    /// For the signed-in.
    pub restricted: bool,
    /// On the wall.
    pub public: bool,
    /// Codes of the groups that may plan on it.
    pub groups: Vec<String>,
    /// Groups to choose from: code and name.
    pub all_groups: Vec<(String, String)>,
    /// What it is held for next: the live's id, its title, from and to.
    pub held: Vec<(String, String, String, String)>,
    /// Address of the picture before and after lives that have none of their own.
    pub picture: Option<String>,
    /// Most bytes of a picture.
    pub picture_max: u64,
    /// Address that begins a live on it, and its code as a picture.
    pub now: Option<(String, String)>,
    /// Where an encoder pushes to it; empty: nowhere.
    pub rtmp_url: String,
    /// What a device is set to that is set once.
    pub encoder: Option<StreamAddress>,
}

const BROADCASTERS: &[Column] = &[
    column("name", T::Name),
    column("playlist", T::Playlist),
    column("protection", T::Protection),
    column("gateways", T::Gateways),
];

/// `/admin/broadcasters`.
#[derive(Debug, Clone, Default)]
pub struct BroadcastersView {
    /// Those in use.
    pub broadcasters: Vec<BroadcasterLine>,
    /// What was asked for.
    pub asked: Asked,
}

/// The list.
pub fn broadcasters(frame: &Frame, view: &BroadcastersView) -> ListView {
    let wanted = |b: &&BroadcasterLine| match view.asked.only.as_str() {
        "unused" => b.gateways.is_empty(),
        "used" => !b.gateways.is_empty(),
        _ => true,
    };
    let row = |b: &BroadcasterLine| {
        let gateways: Vec<&str> = b.gateways.iter().map(|(_, name)| name.as_str()).collect();
        vec![
            Cell::Link {
                to: format!("/admin/broadcasters/{}", b.id),
                text: b.name.clone(),
            },
            Cell::Text(b.hls_url.clone()),
            Cell::Text(frame.t(word(b.protection)).to_owned()),
            Cell::Text(gateways.join(", ")),
        ]
    };
    let below = html! {
        details id="add" open[view.broadcasters.is_empty()] {
            summary { (frame.t(T::AddBroadcaster)) }
            form method="post" class="form" data-api="/api/v1/broadcasters" data-done=(frame.t(T::BroadcasterAdded)) {
                (fields(frame, "", "", Protection::None))
                button type="submit" class="main-act" { (frame.t(T::Add)) }
            }
        }
    };
    ListView {
        tab: Tab::Broadcasters,
        path: "/admin/broadcasters".into(),
        title: frame.t(T::Broadcasters).to_owned(),
        lead: T::BroadcastersLead,
        columns: BROADCASTERS,
        choices: &[("used", T::BroadcastersUsed), ("unused", T::BroadcastersUnused)],
        rows: view.broadcasters.iter().filter(wanted).map(row).collect(),
        asked: view.asked.clone(),
        zone: String::new(),
        around: Around {
            below: Some(below),
            empty: &[T::NoBroadcaster, T::NoBroadcasterDo],
            ..Around::default()
        },
    }
}

/// Renders one: its gateways, and what can be done with it.
pub fn broadcaster(frame: &Frame, b: &BroadcasterLine) -> Markup {
    let api = format!("/api/v1/broadcasters/{}", b.id);
    area(
        frame,
        Tab::Broadcasters,
        &b.name,
        &["forms.js", "hold-picture.js"],
        &html! {
            p { a href="/admin/broadcasters" { "← " (frame.t(T::Broadcasters)) } }
            h1 { (b.name) }
            p { a href=(b.hls_url) rel="noreferrer" { (b.hls_url) } }
            @if b.protection == Protection::None { p class="callout" { (frame.t(T::ProtectionNoneLong)) } }
            section class="panel" aria-labelledby="pointing" {
                h2 id="pointing" { (frame.t(T::Gateways)) }
                @if b.gateways.is_empty() { p class="quiet" { (frame.t(T::NoGatewayPoints)) } } @else {
                    ul { @for (id, name) in &b.gateways { li { a href={ "/admin/gateways/" (id) } { (name) } } } }
                }
            }
            section class="panel" aria-labelledby="held" {
                h2 id="held" { (frame.t(T::HeldNext)) }
                @if b.more.held.is_empty() { p class="quiet" { (frame.t(T::HeldForNothing)) } } @else {
                    ul { @for (live, title, from, to) in &b.more.held { li { a href={ "/live/" (live) } { (title) } ", " (from) " – " (to) } } }
                }
            }
            section class="panel" aria-labelledby="change" {
                h2 id="change" { (frame.t(T::Edit)) }
                form method="post" class="form" data-api=(api) data-method="PATCH" data-goto={ "/admin/broadcasters/" (b.id) } data-done=(frame.t(T::Saved))
                    data-ticks="plannable restricted public" data-lists=[(!b.more.all_groups.is_empty()).then_some("groups")] data-keep-empty="building description rtmp_url" {
                    (fields(frame, &b.name, &b.hls_url, b.protection))
                    (more(frame, &b.more))
                    button type="submit" class="main-act" { (frame.t(T::Save)) }
                }
            }
            @if let Some(stream) = &b.more.encoder {
                section class="panel" aria-labelledby="encoder" {
                    h2 id="encoder" { (frame.t(T::BroadcasterEncoder)) }
                    p { (frame.t(T::BroadcasterEncoderLead)) }
                    (address(frame, Some(stream), None))
                }
            }
            (hold_picture::panel(frame, &hold_picture::Panel {
                title: T::LivePictureTitle,
                lead: T::BroadcasterPictureLead,
                alt: T::BroadcasterPictureAlt,
                shown: b.more.picture.as_deref(),
                bytes_max: b.more.picture_max,
                api: &format!("{api}/picture"),
                back: &format!("/admin/broadcasters/{}", b.id),
            }))
            @if let Some((address, code)) = &b.more.now {
                section class="panel" aria-labelledby="qr" {
                    h2 id="qr" { (frame.t(T::BroadcasterQr)) }
                    p { (frame.t(T::BroadcasterQrLead)) }
                    p { a href=(address) { (address) } }
                    img class="qr" src=(code) alt=(frame.f(T::BroadcasterQrAlt, &[("address", address)])) width="240" height="240";
                }
            }
            section class="panel" aria-labelledby="remove" {
                h2 id="remove" { (frame.t(T::Remove)) }
                button type="button" class="danger" data-api=(api) data-method="DELETE" data-goto="/admin/broadcasters"
                    data-sure=(frame.f(T::SureRemove, &[("name", &b.name)])) data-done=(frame.f(T::Removed, &[("name", &b.name)])) { (frame.t(T::Remove)) }
            }
        },
    )
}

const fn word(protection: Protection) -> T {
    match protection {
        Protection::None => T::ProtectionNone,
        Protection::SecureLink => T::ProtectionSecureLink,
        Protection::MediaServer => T::ProtectionMediaServer,
    }
}

fn more(frame: &Frame, more: &More) -> Markup {
    let tick = |name: &'static str, key, on: bool| {
        html! { label class="tick" { input type="checkbox" name=(name) value="on" checked[on] autocomplete="off"; span { (frame.t(key)) } } }
    };
    html! {
        @if !more.buildings.is_empty() {
            (asked("building", frame.t(T::BroadcasterWhere), None, &html! {
                select id="building" name="building" {
                    option value="" { "–" }
                    @for (id, name) in &more.buildings { option value=(id) selected[*id == more.building] { (name) } }
                }
            }))
        }
        (asked("description", frame.t(T::LiveDescription), None, &html! {
            textarea id="description" name="description" rows="2" maxlength="4000" { (more.description) }
        }))
        (tick("plannable", T::BroadcasterPlannable, more.plannable))
        (Ask { id: "rtmp", name: "rtmp_url", label: frame.t(T::BroadcasterRtmp), hint: Some(frame.t(T::BroadcasterRtmpHint)), value: &more.rtmp_url, max: Some(500), example: Some("rtmp://live.univ.example/live/amphi-a"), ..Ask::default() }.html())
        (tick("restricted", T::BroadcasterRestricted, more.restricted))
        (tick("public", T::BroadcasterPublic, more.public))
        @if !more.all_groups.is_empty() {
            fieldset {
                legend { (frame.t(T::BroadcasterGroups)) }
                @for (code, name) in &more.all_groups {
                    label class="tick" { input type="checkbox" name="groups" value=(code) checked[more.groups.contains(code)] autocomplete="off"; span { (name) } }
                }
            }
        }
    }
}

fn fields(frame: &Frame, name: &str, hls_url: &str, protection: Protection) -> Markup {
    html! {
        (Ask { id: "name", name: "name", label: frame.t(T::Name), value: name, required: true, max: Some(100), ..Ask::default() }.html())
        (Ask { id: "hls", name: "hls_url", label: frame.t(T::Playlist), hint: Some(frame.t(T::PlaylistHint)), kind: "url", value: hls_url, required: true, example: Some("https://live.univ.example/hls/salle-1.m3u8"), ..Ask::default() }.html())
        (asked("protection", frame.t(T::Protection), Some(frame.t(T::ProtectionHint)), &html! {
            select id="protection" name="protection" aria-describedby="protection-hint" {
                @for p in Protection::ALL { option value=(p.as_str()) selected[p == protection] { (frame.t(word(p))) } }
            }
        }))
        (Ask { id: "signing", name: "signing_secret", label: frame.t(T::SigningSecret), hint: Some(frame.t(T::SigningSecretHint)), kind: "password", max: Some(200), autocomplete: "new-password", ..Ask::default() }.html())
    }
}

impl BroadcasterLine {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        BroadcastersView::samples()
            .into_iter()
            .flat_map(|v| v.broadcasters)
            .collect()
    }
}

impl BroadcastersView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let line = |n: u8, gateways| BroadcasterLine {
            id: format!("01J0000000000000000000000{n}"),
            name: "<i>b</i> & co".into(),
            hls_url: "https://live.univ.example/hls/a.m3u8?\"><b>".into(),
            protection: if n == 4 {
                Protection::None
            } else {
                Protection::SecureLink
            },
            gateways,
            more: More {
                building: "01J00000000000000000000006".into(),
                buildings: vec![("01J00000000000000000000006".into(), "<b>Hall</b>".into())],
                description: "<script>alert(1)</script>".into(),
                plannable: true,
                all_groups: vec![("maths".into(), "<b>Maths</b>".into())],
                groups: vec!["maths".into()],
                held: vec![(
                    "01J00000000000000000000001".into(),
                    "<b>Portes ouvertes</b>".into(),
                    "2026-03-02 10:00".into(),
                    "2026-03-02 12:00".into(),
                )],
                now: Some((
                    "https://live.univ.example/broadcasters/01J/now".into(),
                    "/broadcasters/01J/qr.svg".into(),
                )),
                rtmp_url: "rtmp://live.univ.example/live/\"><b>".into(),
                encoder: Some(StreamAddress {
                    server: "rtmp://live.univ.example/live".into(),
                    key: "<i>k3y</i>".into(),
                }),
                picture: (n == 5).then(|| "/admin/broadcasters/01J/picture/\"><b>".into()),
                picture_max: 30 << 20,
                ..More::default()
            },
        };
        vec![
            Self::default(),
            Self {
                broadcasters: vec![
                    line(4, vec![]),
                    line(5, vec![("01J00000000000000000000003".into(), "<b>gw</b>".into())]),
                ],
                ..Self::default()
            },
        ]
    }
}
