//! `/live/{event}/console/picture`: where the picture comes from, the room's chat in it, and what an encoder needs.

use amphi_projections::ChatInPicture;
use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};

use super::handlers::row;
use crate::Web;
use crate::api::meetings::picture::{PictureOut, StreamAddress, picture};
use crate::api::problem::Code;
use crate::chat;
use crate::i18n::T;
use crate::pages::asking::{copyable, outcomes};
use crate::pages::common::{Reader, Shown};
use crate::pages::layout::{Dress, Frame};

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
    /// The picture.
    pub picture: PictureOut,
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
                div { (chat_pane(frame, view, &api)) }
                div { (source(frame, view, &api)) }
            }
        },
    )
}

fn chat_pane(frame: &Frame, view: &PictureView, api: &str) -> Markup {
    let code = view.picture.chat;
    let troubled = matches!(code, "next_start" | "unknown" | "kept_for_chat");
    let wanted = if view.picture.chat_shown { T::ChatPaneWanted } else { T::ChatPaneNotWanted };
    html! {
        section class="panel" aria-labelledby="pane-title" {
            h2 id="pane-title" { (frame.t(T::ChatPaneTitle)) }
            div id="pane-state" data-fresh data-poll="5" {
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
            @if encoder { (address(frame, view.picture.stream.as_ref())) }
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

/// What an encoder is set to. The key is folded away: consoles are shown on walls.
fn address(frame: &Frame, stream: Option<&StreamAddress>) -> Markup {
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
            None => { p class="callout" { (frame.t(T::EncoderLacking)) } }
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
        return Err(Code::Forbidden.into());
    }
    let meeting = row.meeting.ok_or(Code::NotFound)?;
    let view = PictureView {
        event: row.id.to_string(),
        meeting: meeting.to_string(),
        busy: row.run.is_some(),
        picture: picture(web, &row).await?,
        title: row.title,
    };
    Ok(reader.page(page(&reader.frame, &view)))
}

impl PictureView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let plain = Self {
            event: "01J00000000000000000000001".into(),
            meeting: "01J00000000000000000000002".into(),
            title: "<b>Rentrée</b>".into(),
            busy: false,
            picture: PictureOut {
                source: "encoder",
                chat_shown: true,
                chat: "not_ours",
                generation: Some("encoder"),
                stream: None,
            },
        };
        let mut all = vec![plain.clone()];
        let mut held = plain.clone();
        held.picture.stream = Some(StreamAddress {
            server: "rtmp://live.univ.example/live".into(),
            key: "<i>k3y</i>".into(),
        });
        all.push(held);
        for (at, chat) in ChatInPicture::ALL.into_iter().enumerate() {
            let mut one = plain.clone();
            one.busy = at % 2 == 0;
            one.picture = PictureOut {
                source: "gateway",
                chat_shown: at % 2 == 0,
                chat: chat.as_str(),
                generation: Some("g2"),
                stream: None,
            };
            all.push(one);
        }
        all
    }
}
