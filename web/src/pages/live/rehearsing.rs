//! The panels of `/live/{event}/console/picture` about what is done before a webinar: its rehearsal, and the look before its start.

use amphi_events::Time;
use amphi_events::live::Preflight;
use maud::{Markup, html};

use crate::api::meetings::rehearsal::{RehearsalOut, StepOut};
use crate::i18n::{T, times};
use crate::pages::layout::Frame;
use crate::preflight::sentence;

fn name(step: &str) -> T {
    match step {
        "gateway" => T::StepGateway,
        "room" => T::StepRoom,
        "start" => T::StepStart,
        "robot" => T::StepRobotIn,
        "picture" => T::StepPicture,
        "chat" => T::StepChat,
        _ => T::StepStop,
    }
}

fn fault(code: &str) -> T {
    match code {
        "no_gateway" => T::AmissNoGateway,
        "bbb" => T::AmissBbb,
        "gateway_refused" => T::AmissGatewayRefused,
        "gateway_unreachable" => T::AmissGatewayUnreachable,
        "no_robot" => T::AmissNoRobot,
        "no_picture" => T::AmissNoPicture,
        "broadcaster_unreachable" => T::AmissBroadcaster,
        "no_way" => T::AmissChatNoWay,
        "chat_refused" => T::AmissChatRefused,
        "too_long" => T::AmissTooLong,
        _ => T::AmissGatewayFailed,
    }
}

fn step(frame: &Frame, s: &StepOut) -> Markup {
    let took = s.took_ms.map(|ms| {
        let tenths = ms / 100;
        let mark = if frame.lang == crate::i18n::Lang::Fr { ',' } else { '.' };
        frame.f(T::StepTook, &[("s", &format!("{}{mark}{}", tenths / 10, tenths % 10))])
    });
    let word = match s.state {
        "done" => T::StepDone,
        "failed" => T::StepFailed,
        "doing" => T::StepDoing,
        "todo" => T::StepTodo,
        _ => T::StepSkipped,
    };
    html! {
        li class=(if s.state == "failed" { "problem" } else { "" }) {
            strong { (frame.t(name(&s.step))) } " – " (frame.t(word))
            @if let Some(took) = took { " " span class="quiet number" { (took) } }
            @if let Some(code) = &s.fault { p { (frame.t(fault(code))) } }
        }
    }
}

/// The last rehearsal, and the way to another.
pub(super) fn rehearsal(frame: &Frame, meeting: &str, busy: bool, zone: &str, last: &RehearsalOut) -> Markup {
    let api = format!("/api/v1/meetings/{meeting}/rehearsal");
    let running = last.state == "running";
    let words = match last.state {
        "running" => T::RehearsalRunning,
        "passed" => T::RehearsalPassed,
        "failed" => T::RehearsalFailed,
        "cancelled" => T::RehearsalCancelled,
        "interrupted" => T::RehearsalInterrupted,
        _ => T::RehearsalNone,
    };
    let at = last.at.as_deref().and_then(|at| Time::parse_rfc3339(at).ok());
    let time = at.map(|at| times::exact(at, zone)).unwrap_or_default();
    html! {
        section class="panel" id="rehearsal" data-fresh data-poll="2" aria-labelledby="rehearsal-title" {
            h2 id="rehearsal-title" { (frame.t(T::RehearsalTitle)) }
            p { (frame.t(T::RehearsalLong)) }
            p id="rehearsal-state" role="status" class=(if last.state == "passed" { "notice" } else { "quiet" }) { (frame.f(words, &[("time", &time)])) }
            @if let Some(name) = &last.gateway { p class="quiet" { (frame.f(T::RehearsalOn, &[("name", name)])) } }
            @if !last.steps.is_empty() { ol id="rehearsal-steps" { @for s in &last.steps { (step(frame, s)) } } }
            @if running {
                button type="button" id="rehearsal-stop" class="danger" data-api=(api) data-method="DELETE" { (frame.t(T::RehearsalStop)) }
            } @else if busy {
                p class="quiet" { (frame.t(T::RehearsalBusy)) }
            } @else {
                button type="button" id="rehearsal-start" class="main-act" data-api=(api) data-done=(frame.t(T::RehearsalStarted)) { (frame.t(T::RehearsalStart)) }
            }
        }
    }
}

/// What the look before the start found.
pub(super) fn preflight(frame: &Frame, found: Option<&Preflight>, zone: &str) -> Markup {
    html! {
        section class="panel" id="preflight" data-fresh aria-labelledby="preflight-title" {
            h2 id="preflight-title" { (frame.t(T::PreflightTitle)) }
            @match found {
                None => { p class="quiet" { (frame.t(T::PreflightToCome)) } }
                Some(found) => {
                    p class="quiet" { (times::exact(found.at, zone)) }
                    @if found.checks.well() {
                        p class="notice" { (frame.t(T::PreflightWell)) }
                    } @else {
                        div class="problem" {
                            p { (frame.t(T::PreflightBad)) }
                            ul { @for (what, fault) in found.checks.faults() { li { (sentence(frame.lang, what, fault)) } } }
                        }
                    }
                }
            }
        }
    }
}
