//! The presenters' console: what stands where since when and why, and what can be done about it. Everything on it comes from
//! the websocket, so that it reads the same on every device and for every presenter.

use amphi_events::Time;
use amphi_projections::Pinned;
use maud::{Markup, html};

use super::announcements;
use super::bans;
use super::console_texts::texts;
use super::view::{chat, player, preloads};
use crate::i18n::{T, times};
use crate::pages::assets::asset;
use crate::pages::layout::{Dress, Frame};
use crate::pages::parts::{self, Stage};

/// What the console shows at first; everything after that comes by push.
#[derive(Debug, Clone)]
pub struct ConsoleView {
    /// The live's id.
    pub event: String,
    /// The meeting's id; none: an encoder feeds it, and there is no room.
    pub meeting: Option<String>,
    /// Its room is another front end's: it is not opened from here, and ended for nobody.
    pub elsewhere: bool,
    /// Title.
    pub title: String,
    /// Where the live stands.
    pub stage: Stage,
    /// Planned start.
    pub starts_at: Time,
    /// Planned end.
    pub ends_at: Time,
    /// Seconds planned: the move of the end counts from it.
    pub duration_s: i64,
    /// Zone in which it was planned.
    pub zone: String,
    /// People may post.
    pub chat: bool,
    /// Who looks: lines on their way belong to a person, not to a browser.
    pub me: String,
    /// Where the picture may come from ([`super::policy`]).
    pub origins: Vec<String>,
    /// Origin and path that the audience uses.
    pub public_url: String,
    /// Origin and path that presenters use; none without a room.
    pub join_url: Option<String>,
    /// The broadcaster that an encoder pushes to.
    pub broadcaster: Option<String>,
    /// What is pinned on its page.
    pub pinned: Vec<Pinned>,
    /// The server's time.
    pub now: Time,
    /// It is restricted, and its media server shows the picture to whoever knows the address.
    pub open: bool,
}

/// A button that calls the API; its sentence stands beside it and says what it will do, or why it can't be pressed now.
struct Act {
    id: &'static str,
    method: &'static str,
    path: &'static str,
    body: Option<&'static str>,
    name: T,
    what: T,
    class: &'static str,
}

const fn act(id: &'static str, path: &'static str, name: T, what: T) -> Act {
    Act {
        id,
        method: "POST",
        path,
        body: None,
        name,
        what,
        class: "",
    }
}

const START: Act = act("start", "/start", T::StartMeeting, T::StartWhat);
const LIVE_START: Act = act("live-start", "/live/start", T::LiveStart, T::LiveStartWhat);
const LIVE_RESTART: Act = act("live-restart", "/live/restart", T::LiveRestart, T::LiveRestartWhat);
const LIVE_STOP: Act = Act {
    class: "danger",
    ..act("live-stop", "/live/stop", T::LiveStop, T::LiveStopWhat)
};
const CHAT_ON: Act = Act {
    method: "PUT",
    body: Some("{\"enabled\":true}"),
    ..act("chat-on", "/chat", T::ChatOn, T::ChatOnWhat)
};
const CHAT_OFF: Act = Act {
    method: "PUT",
    body: Some("{\"enabled\":false}"),
    ..act("chat-off", "/chat", T::ChatOff, T::ChatOffWhat)
};
const END: Act = Act {
    class: "danger",
    ..act("end", "/end", T::EndMeeting, T::EndWhat)
};
/// Of a live without a room; its call is the live's.
const END_LIVE: Act = Act {
    class: "danger",
    ..act("end-live", "/end", T::EndLive, T::EndLiveWhat)
};

/// Of a session of another front end: it goes on, without an audience.
const STOP: Act = Act {
    class: "danger",
    ..act("leave", "/end", T::ElsewhereStop, T::ElsewhereStopWhat)
};

fn button(frame: &Frame, view: &ConsoleView, act: &Act) -> Markup {
    let of = match &view.meeting {
        Some(meeting) => format!("/api/v1/meetings/{meeting}"),
        None => format!("/api/v1/live/{}", view.event),
    };
    html! {
        div class="act-row" {
            button type="button" id=(act.id) class=(format!("act {}", act.class)) data-method=(act.method) disabled
                data-path={ (of) (act.path) } data-body=[act.body] aria-describedby={ (act.id) "-what" } { (frame.t(act.name)) }
            p id={ (act.id) "-what" } class="hint" data-what=(frame.t(act.what)) { (frame.t(act.what)) }
        }
    }
}

/// `/live/{event}/console`.
pub fn console(frame: &Frame, view: &ConsoleView) -> Markup {
    let dress = Dress {
        modules: &["live.js"],
        wide: true,
        ..Dress::default()
    };
    frame.page(&frame.f(T::ConsoleTitle, &[("title", &view.title)]), &dress, &html! {
        (preloads())
        div class="stage console-stage" id="live" data-console="true" data-event=(view.event) data-meeting=[view.meeting.as_deref()] data-stage=(view.stage.as_str())
            data-starts=(view.starts_at.rfc3339()) data-ends=(view.ends_at.rfc3339()) data-duration=(view.duration_s) data-zone=(view.zone)
            data-now=(view.now.rfc3339()) data-me=(view.me) data-name=[frame.who.as_ref().map(|w| w.name.as_str())] data-login=(frame.login())
            data-hls=(asset("vendor/hls.light.min.js")) data-origins=(view.origins.join(" ")) data-texts=(texts(frame, view.meeting.is_some())) {
            (head(frame, view))
            @if view.open { p class="callout" id="open-picture" { (frame.t(T::PictureOpen)) } }
            div class="desk" {
                div class="desk-column" { (picture(frame, view)) (controls(frame, view)) }
                div class="desk-column" {
                    @if view.meeting.is_some() { (steps(frame)) }
                    (end(frame, view))
                    @if view.meeting.is_some() { (people(frame)) } @else { (announced(frame, view)) }
                    (links(frame, view))
                }
            }
            (chat(frame, view.chat, true, None))
        }
        (sure(frame))
        (bans::question(frame))
    })
}

/// Title and, unmistakably, whether anybody sees what the presenters do.
fn head(frame: &Frame, view: &ConsoleView) -> Markup {
    html! {
        header class="desk-head" {
            h1 { (view.title) }
            p class="meta" {
                span { (parts::moment(frame, view.starts_at, &view.zone)) }
                @if let Some(broadcaster) = &view.broadcaster { span { (frame.t(T::LiveBroadcaster)) " " bdi { (broadcaster) } } }
                @if let Some(meeting) = &view.meeting { a href={ "/meetings/" (meeting) } { (frame.t(T::ToMeeting)) } } @else {
                    a href={ "/live/" (view.event) } { (frame.t(T::ToLivePage)) }
                    a href={ "/live/" (view.event) "/edit" } { (frame.t(T::LiveEdit)) }
                }
            }
        }
        // Beside the header, so that it can stay in sight whatever is scrolled.
        div class=(format!("air {}", view.stage.as_str())) id="air" {
                span id="badge" class=(format!("badge {}", view.stage.as_str())) { (frame.t(view.stage.short())) }
                // The seconds beside it are no part of what is announced.
                p id="now" class="air-line" role="status" { (frame.t(T::Connecting)) }
                p id="now-since" class="air-since number" {}
                p id="viewers" class="air-viewers number" hidden {}
        }
        div class="desk-notes" {
            div id="why" class="why" role="status" hidden {}
            div id="preflight-note" class="problem" role="status" hidden {}
            p id="act-note" role="status" class="act-note quiet" {}
            noscript { p class="problem" { (frame.t(T::NeedsScript)) } }
        }
    }
}

fn picture(frame: &Frame, view: &ConsoleView) -> Markup {
    html! {
        section class="panel monitor" aria-labelledby="picture-title" {
            h2 id="picture-title" { (frame.t(T::AudiencePicture)) }
            (player(frame, view.stage))
            p class="hint" { (frame.t(if view.meeting.is_some() { T::AudiencePictureLong } else { T::AudiencePictureEncoder })) " " span id="behind" hidden {} }
        }
    }
}

fn steps(frame: &Frame) -> Markup {
    html! {
        section class="panel" aria-labelledby="steps-title" {
            h2 id="steps-title" { (frame.t(T::Steps)) }
            ol id="steps" class="step-line" { li class="quiet" { (frame.t(T::Connecting)) } }
            p class="hint" { (frame.t(T::GatewayWord)) " " strong id="gateway-name" { "–" } " " span id="attempt" {} }
        }
    }
}

fn people(frame: &Frame) -> Markup {
    html! {
        section class="panel" aria-labelledby="room-title" {
            h2 id="room-title" { (frame.t(T::InTheRoom)) " " span id="room-count" class="quiet number" {} }
            ul id="room" class="in-room" {}
        }
    }
}

fn controls(frame: &Frame, view: &ConsoleView) -> Markup {
    let group = |key: T, inner: Markup| {
        html! { div class="act-group" role="group" aria-label=(frame.t(key)) { h3 { (frame.t(key)) } (inner) } }
    };
    html! {
        section class="panel" aria-labelledby="actions-title" {
            h2 id="actions-title" { (frame.t(T::Actions)) }
            @if let Some(meeting) = &view.meeting {
                @if view.elsewhere {
                    p class="callout" { (frame.t(T::ElsewhereNoBreakouts)) " " (frame.t(T::ElsewhereEndIt)) }
                } @else {
                    (group(T::ControlRoom, html! {
                        form class="act-row" method="post" action={ "/join/" (meeting) } target="_blank" {
                            button type="submit" id="enter" class="main-act" aria-describedby="enter-what" { (frame.t(T::EnterTheRoom)) }
                            p id="enter-what" class="hint" data-what=(frame.t(T::EnterTheRoomWhat)) { (frame.t(T::EnterTheRoomWhat)) }
                        }
                        (button(frame, view, &START))
                    }))
                }
                (group(T::ControlLive, html! { @if !view.elsewhere { (button(frame, view, &LIVE_START)) } (button(frame, view, &LIVE_RESTART)) (button(frame, view, &LIVE_STOP)) }))
                (group(T::ControlChat, html! { (button(frame, view, &CHAT_ON)) (button(frame, view, &CHAT_OFF)) }))
                (group(T::ControlEnd, button(frame, view, if view.elsewhere { &STOP } else { &END })))
            } @else {
                // Nobody can start an encoder, nor stop it: what can be ended is the live.
                (group(T::ControlChat, html! { (button(frame, view, &Act { what: T::ChatOnWhatHere, ..CHAT_ON })) (button(frame, view, &CHAT_OFF)) }))
                (group(T::ControlLive, button(frame, view, &END_LIVE)))
            }
        }
    }
}

/// The end, and the way to move it.
fn end(frame: &Frame, view: &ConsoleView) -> Markup {
    let plus = |id: &str, minutes: u32| {
        html! {
            button type="button" id=(id) class="act-end" data-plus=(minutes) disabled aria-describedby="end-free" {
                "+" (minutes) "\u{a0}min " span class="quiet number" {}
            }
        }
    };
    html! {
        section class="panel" aria-labelledby="end-title" {
            h2 id="end-title" { (frame.t(T::PlannedEnd)) " " span id="ends" class="number" { (times::clock(view.ends_at, &view.zone)) } " " span id="ends-in" class="quiet number" {} }
            div class="actions" role="group" aria-label=(frame.t(T::MoveEnd)) { (plus("longer", 15)) (plus("longer-30", 30)) }
            form id="end-form" class="row" {
                label class="field" { span { (frame.t(T::MoveEndTo)) } input type="time" id="end-at" required disabled aria-describedby="end-free"; }
                button type="submit" id="end-move" disabled { (frame.t(T::MoveEnd)) }
            }
            p id="end-free" class="hint" role="status" {}
        }
    }
}

/// What is pinned, and the field for more. A webinar's presenters have it on the live's page.
fn announced(frame: &Frame, view: &ConsoleView) -> Markup {
    html! {
        div class="panel" {
            h2 { (frame.t(T::AnnouncementsTitle)) }
            (announcements::section(frame, &view.event, &view.pinned, true))
        }
    }
}

fn links(frame: &Frame, view: &ConsoleView) -> Markup {
    let line = |id: &str, key: T, url: &str| {
        html! {
            dt { (frame.t(key)) }
            dd class="copy-row" {
                a id=(id) href=(url) { (url) }
                button type="button" class="small copy" data-copy=(url) data-copied=(frame.t(T::Copied)) aria-describedby=(id) hidden { (frame.t(T::CopyLink)) }
            }
        }
    };
    html! {
        section class="panel" aria-labelledby="links-title" {
            h2 id="links-title" { (frame.t(T::Links)) }
            dl class="stacked" {
                (line("link-audience", T::LinkAudience, &view.public_url))
                @if let Some(join_url) = view.join_url.as_ref().filter(|_| !view.elsewhere) { (line("link-presenters", T::LinkPresenters, join_url)) }
            }
            @if view.meeting.is_some() { p { a id="to-picture" href={ "/live/" (view.event) "/console/picture" } { (frame.t(T::ToPicture)) } } }
        }
    }
}

/// Asks before what can't be taken back.
fn sure(frame: &Frame) -> Markup {
    html! {
        dialog id="sure" aria-labelledby="sure-title" aria-describedby="sure-text" {
            h2 id="sure-title" {}
            p id="sure-text" {}
            div class="actions" {
                button type="button" id="sure-no" { (frame.t(T::SureNo)) }
                button type="button" id="sure-yes" class="danger" {}
            }
        }
    }
}

impl ConsoleView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let of = |stage, meeting: bool| Self {
            event: "01J00000000000000000000001".into(),
            meeting: meeting.then(|| "01J00000000000000000000002".into()),
            elsewhere: meeting && stage == Stage::OnAir,
            title: "<b>Rentrée</b>".into(),
            stage,
            starts_at: Time(1_795_000_000_000),
            ends_at: Time(1_795_007_200_000),
            duration_s: 7200,
            zone: "Europe/Paris".into(),
            chat: true,
            me: "01J00000000000000000000009".into(),
            origins: vec!["https://hls.univ.example".into()],
            public_url: "https://live.univ.example/live/01J00000000000000000000001".into(),
            join_url: meeting.then(|| "https://live.univ.example/join/01J00000000000000000000002".into()),
            broadcaster: (!meeting).then(|| "<b>Hall</b>".into()),
            pinned: vec![],
            now: Time(1_795_000_000_000),
            open: stage == Stage::OnAir,
        };
        vec![
            of(Stage::Scheduled, true),
            of(Stage::OnAir, true),
            of(Stage::Late, false),
            of(Stage::OnAir, false),
        ]
    }
}
