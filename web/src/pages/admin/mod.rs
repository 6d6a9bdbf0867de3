//! `/admin`: what needs attention, people, groups, gateways, broadcasters, what is in force, and what the program is doing.

pub mod broadcasters;
pub mod buildings;
pub mod gateway;
pub mod gateways;
pub mod groups;
pub mod handlers;
pub mod import;
pub mod list;
pub mod lists;
#[cfg(test)]
mod lists_tests;
pub mod live_lists;
pub mod overview;
pub mod people;
pub mod person;
pub mod recipe;
pub mod service;
pub mod settings;
pub mod timeline;
pub mod wall;
pub mod works;

use maud::{Markup, html};

use super::asking::outcomes;
use super::layout::{Dress, Frame};
use crate::i18n::T;

/// The pages of the area, as its tabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// What needs attention.
    Overview,
    /// Accounts.
    People,
    /// Groups of people.
    Groups,
    /// The machines that make the picture.
    Gateways,
    /// Where viewers fetch it.
    Broadcasters,
    /// Where broadcasters stand.
    Buildings,
    /// All lives that go on.
    Wall,
    /// All lives, whosever they are.
    Lives,
    /// What gateways ran for them.
    Runs,
    /// What is planned.
    Meetings,
    /// Openings of rooms, and who was there.
    Sessions,
    /// Sessions that other front ends opened.
    Elsewhere,
    /// What waits to be sent, and what came of the rest.
    Mails,
    /// Reactors, read models, log.
    Works,
    /// What is in force.
    Settings,
    /// Moving in from another service.
    Import,
}

const TABS: [(Tab, &str, T); 16] = [
    (Tab::Overview, "/admin", T::AdminOverview),
    (Tab::Gateways, "/admin/gateways", T::Gateways),
    (Tab::Broadcasters, "/admin/broadcasters", T::Broadcasters),
    (Tab::Buildings, "/admin/buildings", T::Buildings),
    (Tab::Wall, "/admin/wall", T::WallTitle),
    (Tab::Lives, "/admin/lives", T::LivesTitle),
    (Tab::Runs, "/admin/runs", T::RunsTitle),
    (Tab::People, "/admin/people", T::People),
    (Tab::Groups, "/admin/groups", T::Groups),
    (Tab::Meetings, "/admin/meetings", T::MeetingsListTitle),
    (Tab::Sessions, "/admin/sessions", T::SessionsTitle),
    (Tab::Elsewhere, "/admin/elsewhere", T::ElsewhereTab),
    (Tab::Mails, "/admin/mails", T::MailsListTitle),
    (Tab::Works, "/admin/works", T::Works),
    (Tab::Settings, "/admin/settings", T::Settings),
    (Tab::Import, "/admin/import", T::ImportTab),
];

/// A page of the area.
pub(super) fn area(frame: &Frame, here: Tab, title: &str, modules: &'static [&'static str], body: &Markup) -> Markup {
    let dress = Dress {
        wide: true,
        modules,
        ..Dress::default()
    };
    frame.page(
        title,
        &dress,
        &html! {
            nav aria-label=(frame.t(T::NavAdmin)) {
                ul class="tabs" {
                    @for (tab, href, word) in TABS { li { a href=(href) aria-current=[(tab == here).then_some("page")] { (frame.t(word)) } } }
                }
            }
            (outcomes(frame))
            (body)
        },
    )
}
