//! The presenters' console: what stands where since when, and what can be done about it.

use amphi_events::Time;
use maud::{Markup, html};

use super::view::{chat, script_texts};
use crate::i18n::{T, times};
use crate::pages::layout::{Dress, Frame};
use crate::pages::parts::{self, Stage};

/// What the console shows at first; everything after that comes by push.
#[derive(Debug, Clone)]
pub struct ConsoleView {
    /// The live's id.
    pub event: String,
    /// The meeting's id.
    pub meeting: String,
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
    /// Origin and path that the audience uses.
    pub public_url: String,
    /// Origin and path that presenters use.
    pub join_url: String,
    /// The server's time.
    pub now: Time,
}

/// `/live/{event}/console`.
pub fn console(frame: &Frame, view: &ConsoleView) -> Markup {
    let button = |id: &str, method: &str, path: &str, body: Option<&str>, key: T, class: &str| {
        html! {
            button type="button" id=(id) class=(format!("act {class}")) data-method=(method)
                data-path={ "/api/v1/meetings/" (view.meeting) (path) } data-body=[body] { (frame.t(key)) }
        }
    };
    frame.page(&frame.f(T::ConsoleTitle, &[("title", &view.title)]), &Dress { modules: &["live.js"], wide: true, ..Dress::default() }, &html! {
        h1 { (view.title) }
        div class="stage" id="live" data-console="true" data-event=(view.event) data-meeting=(view.meeting) data-stage=(view.stage.as_str())
            data-starts=(view.starts_at.rfc3339()) data-ends=(view.ends_at.rfc3339()) data-duration=(view.duration_s) data-now=(view.now.rfc3339())
            data-login=(frame.login()) data-texts=(texts(frame)) {
            section class="console" aria-label=(frame.t(T::Console)) {
                p class="facts" {
                    span id="badge" class=(format!("badge {}", view.stage.as_str())) { (frame.t(view.stage.short())) }
                    span id="viewers" class="quiet" hidden {}
                    span class="quiet" { (parts::moment(frame, view.starts_at, &view.zone)) " – " span id="ends" { (times::clock(view.ends_at, &view.zone)) } }
                }
                p id="why" class="problem" role="status" hidden {}
                h2 { (frame.t(T::Steps)) }
                p class="quiet" { (frame.t(T::GatewayWord)) " : " span id="gateway-name" { "–" } }
                ol id="steps" class="steps" { li class="quiet" { (frame.t(T::Connecting)) } }
                div class="actions" role="group" aria-label=(frame.t(T::Actions)) {
                    form method="post" action={ "/join/" (view.meeting) } target="_blank" {
                        button type="submit" class="main-act" { (frame.t(T::OpenRoom)) }
                    }
                    (button("start", "POST", "/start", None, T::StartMeeting, ""))
                    (button("end", "POST", "/end", None, T::EndMeeting, "danger"))
                    (button("live-start", "POST", "/live/start", None, T::LiveStart, ""))
                    (button("live-stop", "POST", "/live/stop", None, T::LiveStop, "danger"))
                    (button("live-restart", "POST", "/live/restart", None, T::LiveRestart, ""))
                    (button("chat-on", "PUT", "/chat", Some("{\"enabled\":true}"), T::ChatOn, ""))
                    (button("chat-off", "PUT", "/chat", Some("{\"enabled\":false}"), T::ChatOff, ""))
                    (button("longer", "PATCH", "", None, T::Longer, ""))
                }
                p id="act-note" role="status" class="quiet" {}
                h2 { (frame.t(T::InTheRoom)) " " span id="room-count" class="quiet" {} }
                ul id="room" class="people" {}
                h2 { (frame.t(T::Links)) }
                dl {
                    dt { (frame.t(T::LinkAudience)) } dd { a href=(view.public_url) { (view.public_url) } }
                    dt { (frame.t(T::LinkPresenters)) } dd { a href=(view.join_url) { (view.join_url) } }
                }
                p { a href={ "/meetings/" (view.meeting) } { (frame.t(T::ToMeeting)) } }
            }
            (chat(frame, view.chat))
        }
    })
}

fn texts(frame: &Frame) -> String {
    let mut all: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&script_texts(frame.lang)).unwrap_or_default();
    for (name, key) in [
        ("done", T::ActDone),
        ("running", T::ActRunning),
        ("act_failed", T::ActFailed),
        ("sure_end", T::SureEnd),
        ("sure_stop", T::SureStop),
        ("step_opening", T::StepOpening),
        ("step_room_open", T::StepRoomOpen),
        ("step_start_asked", T::StepStartAsked),
        ("step_started", T::StepStarted),
        ("step_robot_in_room", T::StepRobot),
        ("step_on_air", T::StepOnAir),
        ("w_todo", T::StepTodo),
        ("w_doing", T::StepDoing),
        ("w_done", T::StepDone),
        ("why_gateway_busy", T::WhyGatewayBusy),
        ("why_gateway_wrong_token", T::WhyGatewayWrongToken),
        ("why_gateway_unreachable", T::WhyGatewayUnreachable),
        ("why_gateway_failed", T::WhyGatewayFailed),
        ("why_gateway_bad_answer", T::WhyGatewayBadAnswer),
        ("why_gateway_no_answer", T::WhyGatewayNoAnswer),
        ("why_interrupted", T::WhyInterrupted),
        ("why_no_robot", T::WhyNoRobot),
        ("why_no_picture", T::WhyNoPicture),
        ("why_frozen", T::WhyFrozen),
        ("why_gateway_gone", T::WhyGatewayGone),
        ("why_bbb_unreachable", T::WhyBbbUnreachable),
        ("why_bbb_bad_answer", T::WhyBbbBadAnswer),
        ("why_bbb_wrong_secret", T::WhyBbbWrongSecret),
        ("why_bbb_refused", T::WhyBbbRefused),
        ("why_stopped", T::WhyStopped),
        ("why_session_over", T::WhySessionOver),
        ("why_time_out", T::WhyTimeOut),
        ("why_gave_up", T::WhyGaveUp),
        ("why_cancelled", T::WhyCancelled),
        ("why_no_gateway", T::WhyNoGateway),
        ("why_gateway_waiting", T::WhyGatewayWaiting),
        ("why_time_over", T::WhyTimeOver),
        ("moderator", T::Moderator),
        ("robot", T::Robot),
        ("nobody", T::NobodyInRoom),
    ] {
        all.insert(name.to_owned(), frame.t(key).into());
    }
    serde_json::Value::Object(all).to_string()
}

impl ConsoleView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        [Stage::Scheduled, Stage::OnAir]
            .into_iter()
            .map(|stage| Self {
                event: "01J00000000000000000000001".into(),
                meeting: "01J00000000000000000000002".into(),
                title: "<b>Rentrée</b>".into(),
                stage,
                starts_at: Time(1_795_000_000_000),
                ends_at: Time(1_795_007_200_000),
                duration_s: 7200,
                zone: "Europe/Paris".into(),
                chat: true,
                public_url: "https://live.univ.example/live/01J00000000000000000000001".into(),
                join_url: "https://live.univ.example/join/01J00000000000000000000002".into(),
                now: Time(1_795_000_000_000),
            })
            .collect()
    }
}
