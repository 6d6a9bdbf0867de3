//! `/live/{event}/console/picture`: where the picture comes from, the room's chat in it, and what an encoder needs.

use amphi_events::Time;
use amphi_events::live::{CheckFault, Checks, Preflight};
use amphi_projections::ChatInPicture;
use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};

use super::handlers::row;
use super::rehearsing;
use crate::Web;
use crate::api::meetings::picture::{PictureOut, StreamAddress, picture};
use crate::api::meetings::rehearsal::{RehearsalOut, StepOut, report};
use crate::api::problem::Code;
use crate::i18n::{T, times};
use crate::pages::asking::{copyable, outcomes};
use crate::pages::common::{Reader, Shown};
use crate::pages::home::handlers::zone_of;
use crate::pages::layout::{Dress, Frame};
use crate::{chat, watch};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct PictureView {
    /// The live's id.
    pub event: String,
    /// The meeting's id.
    pub meeting: String,
    /// Title.
    pub title: String,
    /// Something runs, or should.
    pub busy: bool,
    /// It is wanted, or something of it runs.
    pub wanted: bool,
    /// Zone in which it was planned.
    pub zone: String,
    /// The picture.
    pub picture: PictureOut,
    /// Its room is another front end's: there is nothing of ours to try out.
    pub elsewhere: bool,
    /// The last rehearsal.
    pub rehearsal: RehearsalOut,
    /// What the look before this start found.
    pub preflight: Option<Preflight>,
}

/// What is said of the room's chat in the picture.
fn said(code: &str) -> T {
    match code {
        "as_wanted" => T::ChatPaneAsWanted,
        "changing" => T::ChatPaneChanging,
        "next_start" => T::ChatPaneNextStart,
        "unknown" => T::ChatPaneUnknown,
        "kept_for_chat" => T::ChatPaneKept,
        "not_ours" => T::ChatPaneNotOurs,
        _ => T::ChatPaneNotRunning,
    }
}

/// Renders the page.
pub fn page(frame: &Frame, view: &PictureView) -> Markup {
    let dress = Dress {
        wide: true,
        modules: &["forms.js"],
        ..Dress::default()
    };
    let api = format!("/api/v1/meetings/{}/picture", view.meeting);
    frame.page(
        &frame.f(T::PictureTitle, &[("title", &view.title)]),
        &dress,
        &html! {
            p { a href={ "/live/" (view.event) "/console" } { "← " (frame.t(T::BackToConsole)) } }
            h1 { (frame.f(T::PictureTitle, &[("title", &view.title)])) }
            (outcomes(frame))
            div class="split" {
                div {
                    @if !view.elsewhere { (rehearsing::rehearsal(frame, &view.meeting, view.wanted, &view.zone, &view.rehearsal)) }
                    (rehearsing::preflight(frame, view.preflight.as_ref(), &view.zone))
                }
                div { (chat_pane(frame, view, &api)) (source(frame, view, &api)) }
            }
        },
    )
}

fn chat_pane(frame: &Frame, view: &PictureView, api: &str) -> Markup {
    let code = view.picture.chat;
    let troubled = matches!(code, "next_start" | "unknown" | "kept_for_chat");
    let wanted = if view.picture.chat_shown {
        T::ChatPaneWanted
    } else {
        T::ChatPaneNotWanted
    };
    html! {
        section class="panel" aria-labelledby="pane-title" {
            h2 id="pane-title" { (frame.t(T::ChatPaneTitle)) }
            div id="pane-state" data-fresh {
                @if code != "not_ours" { p { strong { (frame.t(wanted)) } } }
                p class=(if troubled { "callout" } else { "quiet" }) { (frame.t(said(code))) }
                @if code != "not_ours" {
                    button type="button" id="pane-flip" data-api=(api) data-method="PUT" data-done=(frame.t(T::Saved))
                        data-body=(serde_json::json!({ "chat_shown": !view.picture.chat_shown }).to_string()) {
                        (frame.t(if view.picture.chat_shown { T::ChatPaneHide } else { T::ChatPaneShow }))
                    }
                }
            }
        }
    }
}

fn source(frame: &Frame, view: &PictureView, api: &str) -> Markup {
    let encoder = view.picture.source == "encoder";
    let other = if encoder { "gateway" } else { "encoder" };
    html! {
        section class="panel" id="source" data-fresh aria-labelledby="source-title" {
            h2 id="source-title" { (frame.t(T::PictureSource)) }
            p { strong { (frame.t(if encoder { T::SourceEncoder } else { T::SourceGateway })) } }
            p class="quiet" { (frame.t(if encoder { T::SourceEncoderLong } else { T::SourceGatewayLong })) }
            @if encoder { (address(frame, view.picture.stream.as_ref(), later(view.picture.stream_from.as_deref(), &view.zone).as_deref())) }
            @if view.busy {
                p class="quiet" { (frame.t(T::SourceWhileRunning)) }
            } @else {
                button type="button" id="source-other" data-api=(api) data-method="PUT" data-done=(frame.t(T::Saved))
                    data-body=(serde_json::json!({ "source": other }).to_string()) {
                    (frame.t(if encoder { T::TakeGateway } else { T::TakeEncoder }))
                }
            }
        }
    }
}

/// From when on an encoder's address is shown, in words.
fn later(from: Option<&str>, zone: &str) -> Option<String> {
    let from = Time::parse_rfc3339(from?).ok()?;
    Some(times::exact(from, zone))
}

/// What an encoder is set to, or from when on that is shown. The key is folded away: consoles are shown on walls.
pub(in crate::pages) fn address(frame: &Frame, stream: Option<&StreamAddress>, from: Option<&str>) -> Markup {
    html! {
        @match stream {
            Some(stream) => {
                h3 { (frame.t(T::EncoderServer)) }
                (copyable(frame, "encoder-server", frame.t(T::EncoderServer), &stream.server))
                details id="encoder-secret" {
                    summary { (frame.t(T::EncoderKey)) }
                    p class="hint" { (frame.t(T::EncoderKeyHint)) }
                    (copyable(frame, "encoder-key", frame.t(T::EncoderKey), &stream.key))
                }
            }
            None => {
                @match from {
                    Some(from) => { p class="callout" { (frame.f(T::EncoderLater, &[("time", from)])) } }
                    None => { p class="callout" { (frame.t(T::EncoderLacking)) } }
                }
            }
        }
    }
}

/// `GET /live/{event}/console/picture`.
pub async fn show(State(web): State<Web>, reader: Reader, Path(event): Path<String>) -> Response {
    reader.answer(shown(&web, &reader, &event).await)
}

async fn shown(web: &Web, reader: &Reader, event: &str) -> Shown {
    let me = reader.person()?;
    let row = row(web, event).await?;
    if !chat::moderates(&row, me) {
        return Err(watch::refused(&row, Some(me)).into());
    }
    let meeting = row.meeting.ok_or(Code::NotFound)?;
    let view = PictureView {
        event: row.id.to_string(),
        meeting: meeting.to_string(),
        elsewhere: web.read.meeting(meeting).await?.is_some_and(|m| m.elsewhere.is_some()),
        busy: row.run.is_some(),
        wanted: row.busy(),
        zone: zone_of(web, &row),
        rehearsal: report(web, web.read.last_rehearsal(row.id).await?.as_ref()).await?,
        preflight: row.preflight.filter(|p| p.starts_at == row.starts_at),
        picture: picture(web, &row).await?,
        title: row.title,
    };
    Ok(reader.page(page(&reader.frame, &view)))
}

fn rehearsal_sample(state: &'static str, steps: &[&'static str]) -> RehearsalOut {
    let names = ["gateway", "room", "start", "robot", "picture"];
    RehearsalOut {
        state,
        id: None,
        at: (state != "none").then(|| "2026-11-20T14:05:00Z".into()),
        until: None,
        ended_at: None,
        gateway: (state != "none").then(|| "<b>gw</b>".into()),
        steps: steps
            .iter()
            .zip(names)
            .map(|(state, step)| StepOut {
                step: step.into(),
                state,
                took_ms: (*state == "done").then_some(1_240),
                fault: (*state == "failed").then(|| "no_robot".into()),
            })
            .collect(),
    }
}

impl PictureView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let plain = Self {
            event: "01J00000000000000000000001".into(),
            meeting: "01J00000000000000000000002".into(),
            title: "<b>Rentrée</b>".into(),
            busy: false,
            wanted: false,
            zone: "Europe/Paris".into(),
            elsewhere: false,
            rehearsal: rehearsal_sample("none", &[]),
            preflight: None,
            picture: PictureOut {
                source: "encoder",
                chat_shown: true,
                chat: "not_ours",
                generation: Some("encoder"),
                stream: None,
                stream_from: None,
            },
        };
        let mut all = vec![plain.clone()];
        let mut held = plain.clone();
        held.picture.stream = Some(StreamAddress {
            server: "rtmp://live.univ.example/live".into(),
            key: "<i>k3y</i>".into(),
        });
        all.push(held);
        let mut early = plain.clone();
        early.picture.stream_from = Some("2026-11-20T14:05:00Z".into());
        all.push(early);
        for (at, chat) in ChatInPicture::ALL.into_iter().enumerate() {
            let mut one = plain.clone();
            one.busy = at % 2 == 0;
            one.wanted = one.busy;
            let states = ["running", "passed", "failed", "cancelled", "interrupted"];
            one.rehearsal = rehearsal_sample(states[at % 5], &["done", "failed", "doing", "todo", "skipped"]);
            one.preflight = Some(Preflight {
                starts_at: Time(1_795_000_000_000),
                at: Time(1_794_999_100_000),
                checks: Checks {
                    gateway: (at % 2 == 0).then_some(CheckFault::Unreachable),
                    ..Checks::default()
                },
            });
            one.picture = PictureOut {
                source: "gateway",
                chat_shown: at % 2 == 0,
                chat: chat.as_str(),
                generation: Some("g2"),
                stream: None,
                stream_from: None,
            };
            all.push(one);
        }
        all
    }
}
