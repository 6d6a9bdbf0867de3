//! The live page: player, state, chat. Everything that changes is changed by push (surface §4).

use amphi_events::Time;
use amphi_projections::Pinned;
use maud::{Markup, html};

use super::announcements;
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
    /// Its type; empty: none.
    pub kind: String,
    /// Building and broadcaster, where they are known.
    pub place: Option<String>,
    /// Map of the building, and what its broadcaster is (census §5.5).
    pub way: (Option<String>, Option<String>),
    /// Address of a page in a frame below the picture, and its height.
    pub below: Option<(String, u32)>,
    /// Address of a page in a frame beside the picture.
    pub beside: Option<String>,
    /// Picture shown while there is none.
    pub hold_picture: Option<String>,
    /// Film shown while there is no picture.
    pub hold_video: Option<String>,
    /// What is pinned.
    pub pinned: Vec<Pinned>,
    /// Everybody may watch: how other sites show it (`(address of oEmbed, markup)`).
    pub share: Option<(String, String)>,
    /// In another site's frame: reading, and nothing else.
    pub framed: bool,
    /// The server's time, so that a browser's wrong clock doesn't shift the countdown.
    pub now: Time,
}

/// What `live.js` imports, and these import: asked for together with it, so that the chat's first line comes one round
/// trip after the page and not one for each floor of imports. (`console.js` is loaded on the console only.)
const IMPORTED: &[&str] = &[
    "announcements.js",
    "announcer.js",
    "banner.js",
    "call.js",
    "chat-line.js",
    "chat-list.js",
    "chat.js",
    "composer.js",
    "delay.js",
    "outbox.js",
    "player.js",
    "poster.js",
    "player-tools.js",
    "reading.js",
    "socket.js",
    "words.js",
];

/// `/live/{event}`.
pub fn live(frame: &Frame, view: &LiveView) -> Markup {
    let dress = Dress {
        modules: &["live.js"],
        wide: true,
        oembed: view.share.as_ref().map(|(address, _)| address.clone()),
        ..Dress::default()
    };
    let about = html! {
        (announcements::section(frame, &view.event, &view.pinned, view.pilots))
        h1 { (view.title) }
        @if !view.presenters.is_empty() {
            p id="presenters" class="presenters" { (frame.f(T::WithPresenters, &[("names", &view.presenters.join(", "))])) }
        }
        (facts(frame, view))
    };
    // Apart from the rest: on a phone it stands below the chat, which must be seen without hunting for it.
    let more = html! {
        p id="when" class="when quiet" { (parts::moment(frame, view.starts_at, &view.zone)) " – " (times::clock(view.ends_at, &view.zone)) }
        @if let Some(place) = &view.place {
            p class="quiet" { (place) @if let Some(map) = &view.way.0 { " · " a href=(map) rel="noopener noreferrer" target="_blank" { (frame.t(T::LivePlaceMap)) } } }
        }
        @if let Some(about) = &view.way.1 { p class="description quiet" { (about) } }
        @if !view.kind.is_empty() { p { span class="badge" { (view.kind) } } }
        @if view.pilots { p class="actions" {
            a class="button" href={ "/live/" (view.event) "/console" } { (frame.t(T::ToConsole)) } " "
            a class="button" href={ "/live/" (view.event) "/edit" } { (frame.t(T::LiveEdit)) }
        } }
        @if !view.description.is_empty() { p class="description" { (view.description) } }
        @if let Some((url, height)) = &view.below {
            iframe class="frame-below" src=(url) height=(height) title=(frame.t(T::LiveBelowFrame)) sandbox="allow-scripts allow-same-origin allow-forms allow-popups" referrerpolicy="no-referrer" loading="lazy" {}
        }
        @if let Some((_, markup)) = &view.share {
            details class="share" {
                summary { (frame.t(T::ShareTitle)) }
                label class="field" { span { (frame.t(T::ShareEmbed)) } textarea readonly rows="3" { (markup) } }
            }
        }
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
        (announcements::section(frame, &view.event, &view.pinned, false))
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
            data-name=[frame.who.as_ref().map(|w| w.name.as_str())] data-login=(login) data-hls=(asset("vendor/hls.light.min.js")) data-hls-full=(asset("vendor/hls.min.js"))
            data-origins=(view.origins.join(" ")) data-framed[view.framed] data-excluded[view.excluded.is_some()] data-texts=(script_texts(frame.lang)) {
            section class="picture" aria-label=(frame.t(T::Player)) { (screen(frame, view.stage, view.hold_picture.as_deref(), view.hold_video.as_deref())) }
            section class="about" aria-label=(view.title) { (about) }
            (chat(frame, view.chat, view.pilots, view.excluded.as_ref()))
            @if let Some(url) = view.beside.as_ref().filter(|_| !view.framed) {
                iframe class="frame-beside" src=(url) title=(frame.t(T::LiveBesideFrame)) sandbox="allow-scripts allow-same-origin allow-forms allow-popups" referrerpolicy="no-referrer" loading="lazy" {}
            }
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
    screen(frame, stage, None, None)
}

/// The same, with what is shown while there is no picture.
fn screen(frame: &Frame, stage: Stage, picture: Option<&str>, film: Option<&str>) -> Markup {
    let class = match (film, picture) {
        (Some(_), _) => "screen film",
        (None, Some(_)) => "screen held",
        (None, None) => "screen",
    };
    html! {
        div class=(class) id="screen" data-shown=(stage.as_str()) {
            video id="video" playsinline muted controls hidden aria-label=(frame.t(T::Player)) aria-describedby="picture-keys" {}
            @if let Some(film) = film {
                video id="hold-video" class="hold" src=(film) playsinline muted loop controls preload="none" aria-label=(frame.t(T::LiveHoldVideo)) {}
            } @else if let Some(picture) = picture {
                img class="hold" src=(picture) alt="";
            }
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
        div id="player-tools" class="player-tools" role="group" aria-label=(frame.t(T::PlayerTools)) hidden {
            button type="button" id="tool-back" class="small" hidden { (frame.t(T::PlayerBack)) }
            button type="button" id="tool-audio" class="small" aria-pressed="false" title=(frame.t(T::PlayerSoundOnly)) hidden { (frame.t(T::PlayerAudio)) }
            button type="button" id="tool-captions" class="small" aria-pressed="false" hidden { (frame.t(T::PlayerCaptions)) }
            button type="button" id="tool-pip" class="small" hidden { (frame.t(T::PlayerPip)) }
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
                kind: "<b>Cours</b>".into(),
                place: Some("<b>Hall</b> – 1".into()),
                way: (
                    Some("https://map.univ.example/\"><b>".into()),
                    Some("<b>1er étage</b>".into()),
                ),
                below: (stage == Stage::OnAir).then(|| ("https://quiz.univ.example/\"><b>".into(), 400)),
                beside: (stage == Stage::Ended).then(|| "https://quiz.univ.example/\"><b>".into()),
                hold_picture: (stage == Stage::Late)
                    .then(|| "/live/01J00000000000000000000001/picture/01J00000000000000000000002".into()),
                hold_video: (stage == Stage::Scheduled).then(|| "https://films.univ.example/\"><b>".into()),
                pinned: vec![Pinned {
                    id: amphi_events::ids::AnnouncementId(ulid::Ulid(7)),
                    text: "<script>alert(1)</script>".into(),
                    house: stage == Stage::Late,
                    at: Time(1_795_000_000_000),
                }],
                share: (stage == Stage::OnAir).then(|| {
                    (
                        "https://live.univ.example/oembed?url=\"><b>".into(),
                        "<iframe src=\"x\"></iframe>".into(),
                    )
                }),
                framed: stage == Stage::Stalled,
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
