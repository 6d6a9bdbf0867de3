//! Asking a guest's name, opening the room, and waiting for it.

use amphi_events::Time;
use maud::{Markup, html};

use crate::i18n::T;
use crate::pages::layout::{Dress, Frame};
use crate::pages::parts::{field, moment, problem};

/// What somebody on the way into a room sees.
#[derive(Debug, Clone)]
pub struct JoinView {
    /// The meeting's id.
    pub id: String,
    /// Title.
    pub name: String,
    /// Planned start and zone.
    pub starts_at: Time,
    /// Zone in which it was planned.
    pub zone: String,
    /// What to show.
    pub what: What,
    /// BBB refused the last try.
    pub problem: Option<String>,
}

/// The steps.
#[derive(Debug, Clone)]
pub enum What {
    /// A presenter opens the room by a button; pressed by script when the click was on one of our pages.
    Open {
        /// The click was on one of our pages.
        at_once: bool,
    },
    /// The room is not open: this page turns by itself.
    Wait {
        /// The name a guest gave, kept through the wait.
        guest: Option<String>,
        /// Where the room stands, as in the answer to the waiting page.
        phase: &'static str,
        /// BBB can't be reached just now.
        trouble: bool,
        /// Not signed in: offers it.
        anonymous: bool,
        /// A webinar's presenter: the way to the console.
        console: Option<String>,
    },
    /// The room is open: a guest's name.
    Name {
        /// What was given before.
        guest: String,
    },
    /// BBB refused: goes on only when told, so that a refusal isn't repeated for ever.
    Again,
    /// It will not take place.
    Cancelled,
}

/// `/join/{id}`.
pub fn join(frame: &Frame, view: &JoinView) -> Markup {
    let action = format!("/join/{}", view.id);
    let (modules, refresh): (&'static [&'static str], _) = match &view.what {
        What::Wait { guest, .. } => {
            let back = guest.as_ref().map_or_else(
                || action.clone(),
                |g| {
                    format!(
                        "{action}?name={}",
                        url::form_urlencoded::byte_serialize(g.as_bytes()).collect::<String>()
                    )
                },
            );
            (&["join.js"], Some((4, back)))
        }
        What::Open { at_once: true } => (&["join.js"], None),
        _ => (&[], None),
    };
    frame.page(&view.name, &Dress { modules, refresh, ..Dress::default() }, &html! {
        h1 { (view.name) }
        p class="quiet" { (moment(frame, view.starts_at, &view.zone)) }
        (problem(view.problem.as_deref()))
        @match &view.what {
            What::Open { at_once } => {
                form method="post" action=(action) id="open" data-at-once=[at_once.then_some("true")] {
                    p { (frame.t(T::OpenRoomLong)) }
                    button type="submit" class="main-act" { (frame.t(T::OpenRoom)) }
                }
            }
            What::Wait { guest, phase, trouble, anonymous, console } => {
                div id="wait" data-state={ (action) "/state" } data-phase=(phase) data-guest=[guest.as_deref()] data-action=(action) role="status" {
                    p class="busy" { (frame.t(if *phase == "opening" { T::WaitOpening } else { T::WaitPresenter })) }
                    p id="trouble" class="problem" hidden[!*trouble] { (frame.t(T::BbbTrouble)) }
                    p class="quiet" { (frame.t(T::WaitLong)) }
                }
                form method="get" action=(action) {
                    @if let Some(guest) = guest { input type="hidden" name="name" value=(guest); }
                    button type="submit" { (frame.t(T::LookAgain)) }
                }
                @if *anonymous { p { a href=(frame.login()) { (frame.t(T::SignIn)) } } }
                @if let Some(console) = console { p { a href=(console) { (frame.t(T::ToConsole)) } } }
            }
            What::Name { guest } => {
                form method="post" action=(action) class="form" {
                    (field(frame.t(T::YourName), &html! { input name="name" required maxlength="64" autocomplete="name" value=(guest); }))
                    button type="submit" class="main-act" { (frame.t(T::EnterRoom)) }
                }
                p { a href=(frame.login()) { (frame.t(T::SignIn)) } }
            }
            What::Again => {
                form method="post" action=(action) { button type="submit" class="main-act" { (frame.t(T::TryAgain)) } }
            }
            What::Cancelled => { p class="problem" { (frame.t(T::StageCancelledLong)) } }
        }
    })
}

impl JoinView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let wait = |guest: Option<&str>, opening| What::Wait {
            guest: guest.map(str::to_owned),
            phase: if opening { "opening" } else { "shut" },
            trouble: opening,
            anonymous: guest.is_some(),
            console: opening.then(|| "/live/x/console".to_owned()),
        };
        [
            What::Open { at_once: true },
            What::Open { at_once: false },
            wait(None, true),
            wait(Some("\"><b>Zoé</b>"), false),
            What::Name { guest: "<b>".into() },
            What::Again,
            What::Cancelled,
        ]
        .into_iter()
        .map(|what| Self {
            id: "01J00000000000000000000002".into(),
            name: "<b>Cours</b>".into(),
            starts_at: Time(1_795_000_000_000),
            zone: "Europe/Paris".into(),
            what,
            problem: Some("<i>x</i>".into()),
        })
        .collect()
    }
}
