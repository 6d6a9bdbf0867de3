//! Asking a guest's name, opening the room, waiting for it; too early, over, cancelled, refused. Each says the way out.

use amphi_events::Time;
use maud::{Markup, html};

use crate::i18n::{T, times};
use crate::pages::layout::{Dress, Frame};
use crate::pages::parts::{moment, problem};

/// What somebody on the way into a room sees.
#[derive(Debug, Clone)]
pub struct JoinView {
    /// The page's own address, with the key that led here.
    pub action: String,
    /// Where it asks how the room is.
    pub state: String,
    /// Where it is told.
    pub events: String,
    /// Title.
    pub name: String,
    /// Somebody's own room: nobody is told a time.
    pub personal: bool,
    /// Planned start.
    pub starts_at: Time,
    /// Planned end.
    pub ends_at: Time,
    /// Zone in which it was planned.
    pub zone: String,
    /// The server's time, so that a browser's wrong clock doesn't shift the countdown.
    pub now: Time,
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
    /// The room is open: a guest's name, the meeting's password.
    Ask {
        /// What name was given before; `None`: they are signed in.
        guest: Option<String>,
        /// A password is needed.
        password: bool,
    },
    /// BBB refused: goes on only when told, so that a refusal isn't repeated for ever.
    Again,
    /// The invitation's key is not right.
    WrongKey {
        /// Where the meeting is without it.
        without: String,
    },
    /// Too many wrong passwords or keys came from this address.
    TooMany,
    /// In none of the groups that it is open to.
    Outside,
    /// It will not take place.
    Cancelled,
}

/// `/join/{id}`.
pub fn join(frame: &Frame, view: &JoinView) -> Markup {
    let action = view.action.clone();
    let refresh = match &view.what {
        What::Wait { guest: Some(g), .. } => {
            let name: String = url::form_urlencoded::byte_serialize(g.as_bytes()).collect();
            Some((4, format!("{action}?name={name}")))
        }
        What::Wait { .. } => Some((4, action.clone())),
        _ => None,
    };
    let dress = Dress {
        modules: &["join.js"],
        refresh,
        ..Dress::default()
    };
    frame.page(&view.name, &dress, &html! {
        div class="doorway" {
            section class="panel" aria-labelledby="door" {
                h1 id="door" { (view.name) }
                @if !view.personal && !matches!(view.what, What::Outside) { p class="quiet" { (moment(frame, view.starts_at, &view.zone)) } }
                (problem(view.problem.as_deref()))
                @match &view.what {
                    What::Open { at_once } => { (open(frame, &action, *at_once)) }
                    What::Wait { .. } => { (wait(frame, view, &action)) }
                    What::Ask { guest, password } => { (ask(frame, view, guest.as_deref(), *password)) }
                    What::Again => {
                        p { (frame.t(T::AgainLong)) }
                        form method="post" action=(action) { button type="submit" class="main-act" { (frame.t(T::TryAgain)) } }
                    }
                    What::TooMany => {
                        form method="get" action=(action) { button type="submit" { (frame.t(T::TryAgain)) } }
                    }
                    What::Outside => {
                        p { (frame.t(T::OutsideLong)) }
                        p { a class="button" href="/" { (frame.t(T::ToHome)) } }
                    }
                    What::WrongKey { without } => {
                        p class="wait" { (frame.t(T::WrongKeyTitle)) }
                        p { (frame.t(T::WrongKeyLong)) }
                        p class="ways-out" { a class="button" href=(without) { (frame.t(T::WithoutKey)) } a class="button" href=(frame.login()) { (frame.t(T::SignIn)) } }
                    }
                    What::Cancelled => {
                        p class="problem" { (frame.t(T::StageCancelledLong)) }
                        p { (frame.t(T::CancelledAsk)) }
                        p { a class="button" href="/" { (frame.t(T::ToHome)) } }
                    }
                }
            }
        }
    })
}

fn open(frame: &Frame, action: &str, at_once: bool) -> Markup {
    html! {
        form method="post" action=(action) id="open" data-at-once=[at_once.then_some("true")] {
            p { (frame.t(T::OpenRoomLong)) }
            button type="submit" class="main-act" { (frame.t(T::OpenRoom)) }
        }
    }
}

fn ask(frame: &Frame, view: &JoinView, guest: Option<&str>, password: bool) -> Markup {
    // Who was told that the password is wrong has said a name already.
    let to_password = guest.is_none_or(|g| !g.is_empty());
    html! {
        form method="post" action=(view.action) class="form" {
            @if let Some(guest) = guest {
                div class="field" {
                    label for="guest-name" { (frame.t(T::YourName)) }
                    input id="guest-name" name="name" required maxlength="64" autocomplete="name" value=(guest) aria-describedby="guest-hint" autofocus[!(password && to_password)];
                    p class="hint" id="guest-hint" { (frame.t(T::GuestNameLong)) }
                }
            }
            @if password {
                div class="field" {
                    label for="meeting-password" { (frame.t(T::MeetingPassword)) }
                    input type="password" id="meeting-password" name="password" required maxlength="50" autocomplete="off" aria-describedby="meeting-password-hint"
                        aria-invalid=[view.problem.as_ref().map(|_| "true")] autofocus[to_password];
                    p class="hint" id="meeting-password-hint" { (frame.t(T::MeetingPasswordLong)) }
                }
            }
            button type="submit" class="main-act" { (frame.t(T::EnterRoom)) }
        }
        @if guest.is_some() { (account(frame)) }
    }
}

fn account(frame: &Frame) -> Markup {
    html! { p class="quiet" { (frame.t(T::HaveAccount)) " " a href=(frame.login()) { (frame.t(T::SignIn)) } } }
}

fn wait(frame: &Frame, view: &JoinView, action: &str) -> Markup {
    let What::Wait {
        guest,
        phase,
        trouble,
        anonymous,
        console,
    } = &view.what
    else {
        return html! {};
    };
    let clock = |at| times::clock(at, &view.zone);
    let (title, long, busy) = match *phase {
        "opening" => (
            frame.t(T::WaitOpening).to_owned(),
            frame.t(T::WaitLong).to_owned(),
            true,
        ),
        "ending" => (frame.t(T::WaitEnding).to_owned(), frame.t(T::WaitLong).to_owned(), true),
        "early" => {
            let title = frame.f(T::WaitEarly, &[("time", &clock(view.starts_at))]);
            (title, frame.t(T::WaitEarlyLong).to_owned(), false)
        }
        "over" => {
            let long = frame.f(
                T::OverLong,
                &[("time", &times::full(frame.lang, view.ends_at, &view.zone))],
            );
            (frame.t(T::OverTitle).to_owned(), long, false)
        }
        _ => (
            frame.t(T::WaitPresenter).to_owned(),
            frame.t(T::WaitLong).to_owned(),
            true,
        ),
    };
    html! {
        div id="wait" data-state=(view.state) data-events=(view.events) data-phase=(phase) data-guest=[guest.as_deref()] data-action=(action)
            data-starts=(view.starts_at.rfc3339()) data-zone=(view.zone) data-now=(view.now.rfc3339()) {
            div role="status" {
                p class=(if busy { "wait busy" } else { "wait" }) { (title) }
                p id="trouble" class="problem" hidden[!*trouble] { (frame.t(T::BbbTrouble)) }
            }
            @if *phase == "early" {
                p id="countdown" class="countdown" role="timer" {}
                p id="own-time" class="quiet" hidden {}
            }
            p class="quiet" { (long) }
            @if let Some(guest) = guest { p { (frame.f(T::WaitAs, &[("name", guest)])) } }
        }
        form method="get" action=(action) {
            @if let Some(guest) = guest { input type="hidden" name="name" value=(guest); }
            p class="ways-out" {
                button type="submit" { (frame.t(T::LookAgain)) }
                @if let Some(console) = console { a class="button" href=(console) { (frame.t(T::ToConsole)) } }
                @if *phase == "over" { a class="button" href="/" { (frame.t(T::ToHome)) } }
            }
        }
        @if *anonymous { (account(frame)) }
    }
}

impl JoinView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let wait = |guest: Option<&str>, phase| What::Wait {
            guest: guest.map(str::to_owned),
            phase,
            trouble: phase == "opening",
            anonymous: guest.is_some(),
            console: (phase == "opening").then(|| "/live/x/console".to_owned()),
        };
        [
            What::Open { at_once: true },
            What::Open { at_once: false },
            wait(None, "opening"),
            wait(Some("\"><b>Zoé</b>"), "shut"),
            wait(Some("Zoé"), "early"),
            wait(None, "over"),
            wait(None, "ending"),
            What::Ask {
                guest: Some("<b>".into()),
                password: false,
            },
            What::Ask {
                guest: Some(String::new()),
                password: true,
            },
            What::Ask {
                guest: None,
                password: true,
            },
            What::Again,
            What::TooMany,
            What::Outside,
            What::WrongKey {
                without: "/join/01J00000000000000000000002".into(),
            },
            What::Cancelled,
        ]
        .into_iter()
        .map(|what| Self {
            action: "/join/01J00000000000000000000002/<b>".into(),
            state: "/join/01J00000000000000000000002/state".into(),
            events: "/join/01J00000000000000000000002/events".into(),
            name: "<b>Cours</b>".into(),
            personal: matches!(what, What::Ask { .. }),
            starts_at: Time(1_795_000_000_000),
            ends_at: Time(1_795_005_400_000),
            zone: "Europe/Paris".into(),
            now: Time(1_794_999_000_000),
            problem: matches!(what, What::Again | What::TooMany | What::Ask { guest: None, .. })
                .then(|| "<i>x</i>".into()),
            what,
        })
        .collect()
    }
}
