//! The live page: player, state, chat. Everything that changes is changed by push (surface §4).

use amphi_events::Time;
use maud::{Markup, html};

use super::bans::{self, ExcludedView};
pub use super::texts::script_texts;
use crate::i18n::{T, times};
use crate::pages::assets::asset;
use crate::pages::layout::{Dress, Frame};
use crate::pages::parts::{self, Stage};

/// What the live page shows at first.
#[derive(Debug, Clone)]
pub struct LiveView {
    /// The live's id.
    pub event: String,
    /// Title.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// Who presents: names.
    pub presenters: Vec<String>,
    /// Where it stands.
    pub stage: Stage,
    /// Planned start.
    pub starts_at: Time,
    /// Planned end.
    pub ends_at: Time,
    /// Zone in which it was planned.
    pub zone: String,
    /// There is a chat.
    pub chat: bool,
    /// The reader may pilot it.
    pub pilots: bool,
    /// The reader is excluded from its chat.
    pub excluded: Option<ExcludedView>,
    /// The reader's id, where somebody is signed in: lines on their way belong to a person, not to a browser.
    pub me: Option<String>,
    /// Where the picture may come from ([`super::policy`]).
    pub origins: Vec<String>,
    /// The server's time, so that a browser's wrong clock doesn't shift the countdown.
    pub now: Time,
}

/// What `live.js` imports, and these import: asked for together with it, so that the chat's first line comes one round
/// trip after the page and not one for each floor of imports. (`console.js` is loaded on the console only.)
const IMPORTED: &[&str] = &[
    "announcer.js",
    "banner.js",
    "chat-line.js",
    "chat-list.js",
    "chat.js",
    "composer.js",
    "delay.js",
    "outbox.js",
    "player.js",
    "poster.js",
    "reading.js",
    "socket.js",
    "words.js",
];

/// `/live/{event}`.
pub fn live(frame: &Frame, view: &LiveView) -> Markup {
    let dress = Dress {
        modules: &["live.js"],
        wide: true,
        ..Dress::default()
    };
    let about = html! {
        h1 { (view.title) }
        @if !view.presenters.is_empty() {
            p id="presenters" class="presenters" { (frame.f(T::WithPresenters, &[("names", &view.presenters.join(", "))])) }
        }
        (facts(frame, view))
    };
    // Apart from the rest: on a phone it stands below the chat, which must be seen without hunting for it.
    let more = html! {
        p id="when" class="when quiet" { (parts::moment(frame, view.starts_at, &view.zone)) " – " (times::clock(view.ends_at, &view.zone)) }
        @if view.pilots { p class="actions" { a class="button" href={ "/live/" (view.event) "/console" } { (frame.t(T::ToConsole)) } } }
        @if !view.description.is_empty() { p class="description" { (view.description) } }
    };
    frame.page(&view.title, &dress, &stage(frame, view, &about, &more))
}

/// `/live/{event}/embed`.
pub fn embed(frame: &Frame, view: &LiveView) -> Markup {
    let dress = Dress {
        modules: &["live.js"],
        bare: true,
        wide: true,
        ..Dress::default()
    };
    let about = html! {
        h1 class="unseen" { (view.title) }
        (facts(frame, view))
        p class="when" { a href={ "/live/" (view.event) } target="_blank" rel="noopener" { (view.title) } }
    };
    frame.page(&view.title, &dress, &stage(frame, view, &about, &html! {}))
}

fn stage(frame: &Frame, view: &LiveView, about: &Markup, more: &Markup) -> Markup {
    // From another site's frame sign-in opens beside it, and leads to the page itself.
    let login = format!("/login?next=%2Flive%2F{}", view.event);
    html! {
        (preloads())
        div class="stage" id="live" data-event=(view.event) data-stage=(view.stage.as_str()) data-starts=(view.starts_at.rfc3339())
            data-ends=(view.ends_at.rfc3339()) data-zone=(view.zone) data-now=(view.now.rfc3339()) data-chat=(view.chat) data-me=[view.me.as_deref()]
            data-name=[frame.who.as_ref().map(|w| w.name.as_str())] data-login=(login) data-hls=(asset("vendor/hls.light.min.js"))
            data-origins=(view.origins.join(" ")) data-excluded[view.excluded.is_some()] data-texts=(script_texts(frame.lang)) {
            section class="picture" aria-label=(frame.t(T::Player)) { (player(frame, view.stage)) }
            section class="about" aria-label=(view.title) { (about) }
            (chat(frame, view.chat, view.pilots, view.excluded.as_ref()))
            div class="more" { (more) }
        }
        @if view.pilots { (bans::question(frame)) }
    }
}

/// Also for the console, which loads the same modules.
pub fn preloads() -> Markup {
    // A module names its neighbours without their hash: these are the addresses that will be asked for.
    html! { @for name in IMPORTED { link rel="modulepreload" href={ "/assets/" (name) }; } }
}

fn facts(frame: &Frame, view: &LiveView) -> Markup {
    html! {
        p class="facts" {
            span id="badge" class=(format!("badge {}", view.stage.as_str())) { (frame.t(view.stage.short())) }
            span id="elapsed" class="quiet" hidden {}
            span id="behind" class="quiet" hidden {}
            span id="viewers" class="quiet" hidden {}
        }
    }
}

/// The picture and what is said over it; also on the console. Its root has `data-hls`.
pub fn player(frame: &Frame, stage: Stage) -> Markup {
    html! {
        div class="screen" id="screen" data-shown=(stage.as_str()) {
            video id="video" playsinline muted controls hidden aria-label=(frame.t(T::Player)) aria-describedby="picture-keys" {}
            div class="poster" id="poster" {
                p id="stage-text" role="status" { (frame.t(stage.long())) }
                // A timer is not announced each second.
                p id="countdown" class="countdown" role="timer" {}
                p id="own-time" hidden {}
            }
            div class="over" {
                button type="button" id="play" class="big" hidden { (icon("M7 4v16l13-8z")) (frame.t(T::Play)) }
                button type="button" id="unmute" class="big" hidden {
                    (icon("M4 9v6h4l5 4V5L8 9zM16 9l5 6M21 9l-5 6")) (frame.t(T::Unmute))
                }
                button type="button" id="to-live" class="big" hidden { (icon("M5 5l8 7-8 7zM15 5h3v14h-3z")) (frame.t(T::ToLive)) }
            }
            p id="picture-keys" class="keys" { (frame.t(T::PictureKeys)) }
        }
        p id="player-note" class="player-note" role="status" {}
        noscript { p class="problem" { (frame.t(T::NeedsScript)) } }
    }
}

fn icon(path: &str) -> Markup {
    html! { svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" { path d=(path) {} } }
}

/// The chat's box; also on the console. `open`: people may post; `moderates`: the reader may exclude others; `excluded`: the reader is.
pub fn chat(frame: &Frame, open: bool, moderates: bool, excluded: Option<&ExcludedView>) -> Markup {
    html! {
        section class=(if excluded.is_some() { "chat shut" } else { "chat" }) id="chat" aria-labelledby="chat-title" {
            header class="chat-head" {
                h2 id="chat-title" { (frame.t(T::Chat)) }
                span id="chat-state" class="quiet" { @if !open { (frame.t(T::ChatClosed)) } }
                button type="button" id="pause" class="small" aria-pressed="false" title=(frame.t(T::PauseChatLong)) { (frame.t(T::PauseChat)) }
                details id="chat-settings" class="chat-settings" {
                    summary title=(frame.t(T::ChatSettings)) { span class="unseen" { (frame.t(T::ChatSettings)) } span aria-hidden="true" { "⋯" } }
                    label class="field" {
                        span { (frame.t(T::Announcements)) }
                        select id="announce" autocomplete="off" {
                            option value="all" { (frame.t(T::AnnounceAll)) }
                            option value="presenters" { (frame.t(T::AnnouncePresenters)) }
                            option value="none" { (frame.t(T::AnnounceNone)) }
                        }
                    }
                }
            }
            @if moderates { (bans::list(frame)) }
            p id="connection" class="connection" hidden {}
            (bans::note(frame, excluded))
            div class="lines-box" {
                // A log would be read out line by line, and a busy chat would drown everything else that a screen reader has
                // to say (feature-anchors §2.1, 18): the list is silent, and `announcer` speaks for it, in measure.
                div id="lines" class="lines" role="log" aria-live="off" aria-label=(frame.t(T::ChatLines)) aria-describedby="lines-help" tabindex="0" {
                    button type="button" id="earlier" class="small earlier" hidden { (frame.t(T::EarlierLines)) }
                    p id="lines-note" class="lines-note quiet" { (frame.t(T::Connecting)) }
                }
                button type="button" id="newer" class="newer" hidden {}
            }
            p id="lines-help" class="unseen" { (frame.t(T::LinesHelp)) }
            p id="announcer" class="unseen" aria-live="polite" {}
            form id="composer" class="composer" autocomplete="off" {
                label class="unseen" for="line" { (frame.t(T::YourLine)) }
                textarea id="line" rows="1" placeholder=(frame.t(T::YourLine)) aria-describedby="composer-note" disabled {}
                button type="submit" id="send" class="main-act" disabled { (frame.t(T::Send)) }
                p id="composer-note" class="quiet" {}
            }
        }
    }
}

impl LiveView {
    /// Examples, all rendered by a test: every state, with and without a chat, a description, presenters, somebody signed in.
    pub fn samples() -> Vec<Self> {
        let mut all: Vec<Self> = Stage::ALL
            .into_iter()
            .map(|stage| Self {
                event: "01J00000000000000000000001".into(),
                title: "<i>Optique</i> & \"ondes\"".into(),
                description: "<script>alert(1)</script>".into(),
                presenters: vec!["<b>Zoé</b> & co".into(), "\"><x>".into()],
                stage,
                starts_at: Time(1_795_000_000_000),
                ends_at: Time(1_795_007_200_000),
                zone: "Europe/Paris".into(),
                chat: stage != Stage::Ended,
                pilots: stage == Stage::OnAir,
                excluded: None,
                me: (stage != Stage::Late).then(|| "01J00000000000000000000009".into()),
                origins: vec!["https://hls.univ.example".into()],
                now: Time(1_794_999_000_000),
            })
            .collect();
        let some = all.first().cloned();
        all.extend(some.into_iter().flat_map(|some| {
            let of = move |excluded| Self {
                excluded: Some(excluded),
                ..some.clone()
            };
            ExcludedView::samples().into_iter().map(of)
        }));
        all.extend(all.first().cloned().map(|bare| Self {
            description: String::new(),
            presenters: vec![],
            chat: false,
            me: None,
            origins: vec![],
            ..bare
        }));
        all
    }
}
