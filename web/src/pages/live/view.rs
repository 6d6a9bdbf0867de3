//! The live page: player, state, chat. Everything that changes is changed by push (surface §4).

use amphi_events::Time;
use maud::{Markup, html};

use crate::i18n::{Lang, T};
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
    /// The server's time, so that a browser's wrong clock doesn't shift the countdown.
    pub now: Time,
}

/// `/live/{event}`.
pub fn live(frame: &Frame, view: &LiveView) -> Markup {
    frame.page(&view.title, &Dress { modules: &["live.js"], wide: true, ..Dress::default() }, &html! {
        div class="stage" id="live" data-event=(view.event) data-stage=(view.stage.as_str()) data-starts=(view.starts_at.rfc3339())
            data-now=(view.now.rfc3339()) data-login=(frame.login()) data-hls=(crate::pages::assets::asset("vendor/hls.light.min.js"))
            data-texts=(script_texts(frame.lang)) {
            section class="picture" aria-label=(frame.t(T::Player)) {
                (player(frame, view.stage))
                h1 { (view.title) }
                p class="facts" {
                    span id="badge" class=(format!("badge {}", view.stage.as_str())) { (frame.t(view.stage.short())) }
                    span id="viewers" class="quiet" hidden {}
                    span class="quiet" { (parts::moment(frame, view.starts_at, &view.zone)) " – " (crate::i18n::times::clock(view.ends_at, &view.zone)) }
                    @if view.pilots { a class="button" href={ "/live/" (view.event) "/console" } { (frame.t(T::ToConsole)) } }
                }
                @if !view.description.is_empty() { p class="description" { (view.description) } }
            }
            (chat(frame, view.chat))
        }
    })
}

/// `/live/{event}/embed`.
pub fn embed(frame: &Frame, view: &LiveView) -> Markup {
    frame.page(&view.title, &Dress { modules: &["live.js"], bare: true, wide: true, ..Dress::default() }, &html! {
        div class="stage" id="live" data-event=(view.event) data-stage=(view.stage.as_str()) data-starts=(view.starts_at.rfc3339())
            data-now=(view.now.rfc3339()) data-login=(frame.login()) data-hls=(crate::pages::assets::asset("vendor/hls.light.min.js"))
            data-texts=(script_texts(frame.lang)) {
            section class="picture" aria-label=(frame.t(T::Player)) {
                h1 class="unseen" { (view.title) }
                (player(frame, view.stage))
                p class="facts" {
                    span id="badge" class=(format!("badge {}", view.stage.as_str())) { (frame.t(view.stage.short())) }
                    span id="viewers" class="quiet" hidden {}
                    a href={ "/live/" (view.event) } target="_blank" rel="noopener" { (view.title) }
                }
            }
            (chat(frame, view.chat))
        }
    })
}

fn player(frame: &Frame, stage: Stage) -> Markup {
    html! {
        div class="screen" {
            video id="video" playsinline muted controls hidden aria-label=(frame.t(T::Player)) {}
            div class="poster" id="poster" role="status" {
                p id="stage-text" { (frame.t(stage.long())) }
                p id="countdown" class="quiet" {}
            }
            div class="over" {
                button type="button" id="unmute" hidden { (frame.t(T::Unmute)) }
                button type="button" id="play" hidden { (frame.t(T::Play)) }
            }
        }
        p id="player-note" class="quiet" role="status" {}
        noscript { p class="problem" { (frame.t(T::NeedsScript)) } }
    }
}

/// The chat's box; also on the console.
pub fn chat(frame: &Frame, open: bool) -> Markup {
    html! {
        section class="chat" id="chat" aria-labelledby="chat-title" {
            header { h2 id="chat-title" { (frame.t(T::Chat)) } span id="chat-state" class="quiet" { @if !open { (frame.t(T::ChatClosed)) } } }
            p id="connection" class="connection" role="status" hidden {}
            div id="lines" class="lines" role="log" aria-label=(frame.t(T::ChatLines)) tabindex="0" {}
            button type="button" id="newer" class="newer" hidden {}
            form id="composer" class="composer" autocomplete="off" {
                label class="unseen" for="line" { (frame.t(T::YourLine)) }
                textarea id="line" rows="2" placeholder=(frame.t(T::YourLine)) disabled {}
                button type="submit" id="send" disabled { (frame.t(T::Send)) }
                p id="composer-note" class="quiet" role="status" {}
            }
        }
    }
}

/// What `live.js` says, in this language.
pub fn script_texts(lang: Lang) -> String {
    let mut keys: Vec<(String, T)> = vec![];
    for stage in Stage::ALL {
        keys.push((format!("stage_{}", stage.as_str()), stage.short()));
        keys.push((format!("long_{}", stage.as_str()), stage.long()));
    }
    for (name, key) in [
        ("viewer", T::OneViewer),
        ("viewers", T::ManyViewers),
        ("starts_in", T::StartsIn),
        ("connecting", T::Connecting),
        ("lost", T::ConnectionLost),
        ("retry_now", T::RetryNow),
        ("back", T::BackOnline),
        ("going_down", T::ServerRestarts),
        ("signed_out", T::SignedOut),
        ("closed_for_good", T::ClosedForGood),
        ("sign_in", T::SignInToChat),
        ("sign_in_word", T::SignIn),
        ("chat_closed", T::ChatClosed),
        ("read_only", T::ChatReadOnly),
        ("newer_one", T::OneNewLine),
        ("newer_many", T::ManyNewLines),
        ("too_long", T::TooLong),
        ("too_fast", T::TooFast),
        ("muted", T::Muted),
        ("forbidden", T::Forbidden),
        ("unavailable", T::Unavailable),
        ("refused", T::Refused),
        ("units", T::UnitsLeft),
        ("slow", T::SlowMode),
        ("s_pending", T::StatusPending),
        ("s_posted", T::StatusPosted),
        ("s_held", T::StatusHeld),
        ("s_relayed", T::StatusRelayed),
        ("s_unknown", T::StatusUnknown),
        ("s_late", T::StatusLate),
        ("s_failed", T::StatusFailed),
        ("s_refused", T::StatusRefused),
        ("retry", T::Retry),
        ("discard", T::Discard),
        ("remove", T::RemoveLine),
        ("removed", T::LineRemoved),
        ("presenter", T::KindPresenter),
        ("room", T::KindRoom),
        ("system", T::KindSystem),
        ("no_player", T::NoPlayer),
        ("player_retry", T::PlayerRetry),
        ("to_live", T::ToLive),
    ] {
        keys.push((name.to_owned(), key));
    }
    let keys: Vec<(&str, T)> = keys.iter().map(|(n, k)| (n.as_str(), *k)).collect();
    parts::texts(lang, &keys)
}

impl LiveView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        Stage::ALL
            .into_iter()
            .map(|stage| Self {
                event: "01J00000000000000000000001".into(),
                title: "<i>Optique</i> & \"ondes\"".into(),
                description: "<script>alert(1)</script>".into(),
                stage,
                starts_at: Time(1_795_000_000_000),
                ends_at: Time(1_795_007_200_000),
                zone: "Europe/Paris".into(),
                chat: stage != Stage::Ended,
                pilots: stage == Stage::OnAir,
                now: Time(1_794_999_000_000),
            })
            .collect()
    }
}
