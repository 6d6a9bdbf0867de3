//! `/admin/buildings`: where broadcasters stand.

use amphi_events::person::Role;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::{Tab, area};
use crate::Web;
use crate::api::buildings as calls;
use crate::i18n::T;
use crate::pages::asking::Ask;
use crate::pages::common::{Reader, Shown};
use crate::pages::layout::Frame;

/// A building.
#[derive(Debug, Clone)]
pub struct BuildingLine {
    /// Its id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Address of a map.
    pub map_url: String,
    /// Broadcasters in it: id and name.
    pub broadcasters: Vec<(String, String)>,
}

/// `/admin/buildings`.
#[derive(Debug, Clone, Default)]
pub struct BuildingsView {
    /// By name.
    pub buildings: Vec<BuildingLine>,
}

/// Renders them.
pub fn buildings(frame: &Frame, view: &BuildingsView) -> Markup {
    area(
        frame,
        Tab::Buildings,
        frame.t(T::Buildings),
        &["forms.js"],
        &html! {
            h1 { (frame.t(T::Buildings)) }
            p class="lead" { (frame.t(T::BuildingsLead)) }
            @if view.buildings.is_empty() { div class="empty" { p { (frame.t(T::NoBuilding)) } } }
            @for b in &view.buildings { (one(frame, b)) }
            details id="add" open[view.buildings.is_empty()] {
                summary { (frame.t(T::AddBuilding)) }
                form method="post" class="form" data-api="/api/v1/buildings" data-goto="/admin/buildings" data-done=(frame.t(T::BuildingAdded)) {
                    (fields(frame, "new", "", ""))
                    button type="submit" class="main-act" { (frame.t(T::Add)) }
                }
            }
        },
    )
}

fn one(frame: &Frame, b: &BuildingLine) -> Markup {
    let api = format!("/api/v1/buildings/{}", b.id);
    html! {
        section class="panel" aria-labelledby={ "b-" (b.id) } {
            h2 id={ "b-" (b.id) } { (b.name) }
            @if !b.map_url.is_empty() { p { a href=(b.map_url) rel="noreferrer" { (frame.t(T::BuildingMap)) } } }
            @if !b.broadcasters.is_empty() {
                p { (frame.t(T::BuildingBroadcasters)) }
                ul { @for (id, name) in &b.broadcasters { li { a href={ "/admin/broadcasters/" (id) } { (name) } } } }
            }
            details {
                summary { (frame.t(T::Edit)) span class="unseen" { " – " (b.name) } }
                form method="post" class="form" data-api=(api) data-method="PATCH" data-goto="/admin/buildings" data-done=(frame.t(T::Saved)) {
                    (fields(frame, &b.id, &b.name, &b.map_url))
                    button type="submit" { (frame.t(T::Save)) }
                }
            }
            button type="button" class="danger small" data-api=(api) data-method="DELETE" data-goto="/admin/buildings"
                data-sure=(frame.f(T::SureRemove, &[("name", &b.name)])) data-done=(frame.f(T::Removed, &[("name", &b.name)])) { (frame.t(T::Remove)) span class="unseen" { " – " (b.name) } }
        }
    }
}

fn fields(frame: &Frame, id: &str, name: &str, map_url: &str) -> Markup {
    html! {
        (Ask { id: &format!("name-{id}"), name: "name", label: frame.t(T::Name), value: name, required: true, max: Some(200), ..Ask::default() }.html())
        (Ask { id: &format!("map-{id}"), name: "map_url", label: frame.t(T::BuildingMap), kind: "url", value: map_url, max: Some(250), ..Ask::default() }.html())
    }
}

/// `GET /admin/buildings`.
pub async fn show(State(web): State<Web>, reader: Reader) -> Response {
    reader.answer(shown(&web, &reader).await)
}

async fn shown(web: &Web, reader: &Reader) -> Shown {
    reader.may(Role::administers)?;
    let rows = web.read.broadcasters().await?;
    let held = calls::all(web).await?;
    let line = |(id, b): (amphi_events::ids::BuildingId, amphi_events::building::Building)| BuildingLine {
        broadcasters: rows
            .iter()
            .filter(|r| !r.removed && r.details.building == Some(id))
            .map(|r| (r.id.to_string(), r.name.clone()))
            .collect(),
        id: id.to_string(),
        name: b.name,
        map_url: b.map_url.unwrap_or_default(),
    };
    let mut buildings_: Vec<BuildingLine> = held.all.into_iter().map(line).collect();
    buildings_.sort_by_key(|b| b.name.to_lowercase());
    let view = BuildingsView { buildings: buildings_ };
    Ok(reader.page(buildings(&reader.frame, &view)))
}

impl BuildingsView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        vec![
            Self::default(),
            Self {
                buildings: vec![BuildingLine {
                    id: "01J00000000000000000000003".into(),
                    name: "<b>Hall</b>".into(),
                    map_url: "https://map.univ.example/\"><b>".into(),
                    broadcasters: vec![("01J00000000000000000000004".into(), "<i>salle</i>".into())],
                }],
            },
        ]
    }
}
