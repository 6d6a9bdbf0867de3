//! `/admin/broadcasters`: where viewers fetch the picture.

use maud::{Markup, html};

use super::{Tab, area};
use crate::i18n::T;
use crate::pages::asking::Ask;
use crate::pages::layout::Frame;

/// A broadcaster.
#[derive(Debug, Clone)]
pub struct BroadcasterLine {
    /// Its id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Playlist.
    pub hls_url: String,
    /// Gateways whose picture is fetched there: id and name.
    pub gateways: Vec<(String, String)>,
}

/// `/admin/broadcasters`.
#[derive(Debug, Clone, Default)]
pub struct BroadcastersView {
    /// Those in use.
    pub broadcasters: Vec<BroadcasterLine>,
}

/// Renders the page.
pub fn broadcasters(frame: &Frame, view: &BroadcastersView) -> Markup {
    area(
        frame,
        Tab::Broadcasters,
        frame.t(T::Broadcasters),
        &["forms.js"],
        &html! {
            h1 { (frame.t(T::Broadcasters)) }
            p class="lead" { (frame.t(T::BroadcastersLead)) }
            section id="list" data-fresh {
                h2 class="unseen" { (frame.t(T::Broadcasters)) }
                @if view.broadcasters.is_empty() { div class="empty" { p { (frame.t(T::NoBroadcaster)) } p { (frame.t(T::NoBroadcasterDo)) } } } @else {
                    ul class="cards" { @for b in &view.broadcasters { li class="card" { (one(frame, b)) } } }
                }
            }
            details id="add" open[view.broadcasters.is_empty()] {
                summary { (frame.t(T::AddBroadcaster)) }
                form method="post" class="form" data-api="/api/v1/broadcasters" data-done=(frame.t(T::BroadcasterAdded)) {
                    (fields(frame, "new", "", ""))
                    button type="submit" class="main-act" { (frame.t(T::Add)) }
                }
            }
        },
    )
}

fn fields(frame: &Frame, id: &str, name: &str, hls_url: &str) -> Markup {
    let (name_id, url_id) = (format!("name-{id}"), format!("hls-{id}"));
    html! {
        (Ask { id: &name_id, name: "name", label: frame.t(T::Name), value: name, required: true, max: Some(100), ..Ask::default() }.html())
        (Ask { id: &url_id, name: "hls_url", label: frame.t(T::Playlist), hint: Some(frame.t(T::PlaylistHint)), kind: "url", value: hls_url, required: true, example: Some("https://live.univ.example/hls/salle-1.m3u8"), ..Ask::default() }.html())
    }
}

fn one(frame: &Frame, b: &BroadcasterLine) -> Markup {
    html! {
        h3 { (b.name) }
        p { a href=(b.hls_url) rel="noreferrer" { (b.hls_url) } }
        p class="quiet" {
            @if b.gateways.is_empty() { (frame.t(T::NoGatewayPoints)) } @else {
                (frame.t(T::Gateways)) " " @for (n, (id, name)) in b.gateways.iter().enumerate() { @if n > 0 { ", " } a href={ "/admin/gateways/" (id) } { (name) } }
            }
        }
        details id={ "edit-" (b.id) } {
            summary { (frame.t(T::Edit)) }
            form method="post" class="form" data-keep data-api={ "/api/v1/broadcasters/" (b.id) } data-method="PATCH" data-done=(frame.t(T::Saved)) {
                (fields(frame, &b.id, &b.name, &b.hls_url))
                button id={ "save-" (b.id) } type="submit" class="main-act" { (frame.t(T::Save)) }
            }
            button type="button" class="danger" data-api={ "/api/v1/broadcasters/" (b.id) } data-method="DELETE"
                data-sure=(frame.f(T::SureRemove, &[("name", &b.name)])) data-done=(frame.f(T::Removed, &[("name", &b.name)])) { (frame.t(T::Remove)) }
        }
    }
}

impl BroadcastersView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let line = |n: u8, gateways| BroadcasterLine {
            id: format!("01J0000000000000000000000{n}"),
            name: "<i>b</i> & co".into(),
            hls_url: "https://live.univ.example/hls/a.m3u8?\"><b>".into(),
            gateways,
        };
        vec![
            Self::default(),
            Self {
                broadcasters: vec![
                    line(4, vec![]),
                    line(5, vec![("01J00000000000000000000003".into(), "<b>gw</b>".into())]),
                ],
            },
        ]
    }
}
