//! What `console.js` says, in the reader's language.

use super::view::script_texts;
use crate::i18n::T;
use crate::pages::layout::Frame;

/// By their names in the script; those of `live.js` are among them. Without a room some of them say something else.
pub fn texts(frame: &Frame, room: bool) -> String {
    let mut all: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&script_texts(frame.lang)).unwrap_or_default();
    for (name, key) in NOW
        .iter()
        .chain(STEPS)
        .chain(WHY)
        .chain(HEALING)
        .chain(ACTS)
        .chain(if room { &[] } else { ENCODER })
    {
        all.insert((*name).to_owned(), frame.t(*key).into());
    }
    serde_json::Value::Object(all).to_string()
}

/// Who sees the presenters, in a sentence.
const NOW: &[(&str, T)] = &[
    ("now_scheduled", T::NowScheduled),
    ("now_late", T::NowLate),
    ("now_opening", T::NowOpening),
    ("now_room_only", T::NowRoomOnly),
    ("now_starting", T::NowStarting),
    ("now_start_gateway", T::NowStartGateway),
    ("now_start_robot", T::NowStartRobot),
    ("now_start_picture", T::NowStartPicture),
    ("now_on_air", T::NowOnAir),
    ("now_stalled", T::NowStalled),
    ("now_stopping", T::NowStopping),
    ("now_ending", T::NowEnding),
    ("now_off_air", T::NowOffAir),
    ("now_over", T::NowOver),
    ("now_cancelled", T::NowCancelled),
    ("now_unsure", T::NowUnsure),
    ("since", T::SinceElapsed),
    ("in_time", T::InTime),
];

const STEPS: &[(&str, T)] = &[
    ("step_opening", T::StepOpening),
    ("step_room_open", T::StepRoomOpen),
    ("step_start_asked", T::StepStartAsked),
    ("step_started", T::StepStarted),
    ("step_robot_in_room", T::StepRobot),
    ("step_on_air", T::StepOnAir),
    ("w_todo", T::StepTodo),
    ("w_doing", T::StepDoing),
    ("w_done", T::StepDone),
    ("attempt", T::AttemptNumber),
];

/// By the codes of `why` (protocol), then what to do about them.
const WHY: &[(&str, T)] = &[
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
    ("why_encoder_waiting", T::WhyEncoderWaiting),
    ("do_gateway", T::WhatToDoGateway),
    ("do_wait", T::WhatToDoWait),
    ("do_start", T::WhatToDoStart),
    ("do_open", T::WhatToDoOpen),
    ("do_time", T::WhatToDoTime),
    ("do_later", T::WhatToDoLater),
];

/// What was done about a gateway that failed, and how it failed, by the codes of `why`.
const HEALING: &[(&str, T)] = &[
    ("moving", T::Moving),
    ("moved_since", T::MovedSince),
    ("gave_up_because", T::GaveUpBecause),
    ("fault_gateway_busy", T::FaultBusy),
    ("fault_gateway_wrong_token", T::FaultWrongToken),
    ("fault_gateway_unreachable", T::FaultUnreachable),
    ("fault_gateway_failed", T::FaultFailed),
    ("fault_gateway_bad_answer", T::FaultBadAnswer),
    ("fault_gateway_no_answer", T::FaultNoAnswer),
    ("fault_interrupted", T::FaultInterrupted),
    ("fault_no_robot", T::FaultNoRobot),
    ("fault_no_picture", T::FaultNoPicture),
    ("fault_frozen", T::FaultFrozen),
    ("fault_gateway_gone", T::FaultGone),
];

const ACTS: &[(&str, T)] = &[
    ("done", T::ActDone),
    ("running", T::ActRunning),
    ("act_failed", T::ActFailed),
    ("no_answer", T::ActNoAnswer),
    ("sure_end", T::SureEnd),
    ("sure_end_long", T::SureEndLong),
    ("sure_live-stop", T::SureStop),
    ("sure_live-stop_long", T::SureStopLong),
    ("sure_live-restart", T::SureRestart),
    ("sure_live-restart_long", T::SureRestartLong),
    ("sure_later", T::SureLater),
    ("sure_later_long", T::SureLaterLong),
    ("move_end", T::MoveEnd),
    ("not_start", T::StartNot),
    ("not_opening", T::NowOpening),
    ("not_room", T::LiveStartNotRoom),
    ("not_runs", T::LiveStartNotRuns),
    ("not_stopping", T::LiveStartNotStopping),
    ("not_gateway", T::LiveStartNotGateway),
    ("not_live", T::LiveStopNot),
    ("not_end", T::EndNot),
    ("not_cancelled", T::NotCancelled),
    ("not_connected", T::NotConnected),
    ("end_free_always", T::EndFreeAlways),
    ("end_free_until", T::EndFreeUntil),
    ("end_taken", T::EndTaken),
    ("end_no_gateway", T::EndNoGateway),
    ("end_moved", T::EndMoved),
    ("end_past", T::EndInPast),
    ("big_chat", T::BigChat),
    ("small_chat", T::SmallChat),
    ("preflight", T::PreflightBad),
    ("check_gateway", T::CheckGateway),
    ("check_playlist", T::CheckPlaylist),
    ("check_bbb", T::CheckBbb),
    ("check_chat", T::CheckChat),
    ("fault_lacking", T::AmissLacking),
    ("fault_unreachable", T::AmissUnreachable),
    ("fault_refusing", T::AmissRefusing),
    ("fault_wrong_token", T::AmissWrongToken),
    ("fault_busy", T::AmissBusy),
    ("fault_no_way", T::AmissNoWay),
    ("moderator", T::Moderator),
    ("robot", T::Robot),
    ("nobody", T::NobodyInRoom),
];

/// Of a live without a room: in place of what is said above of a webinar.
const ENCODER: &[(&str, T)] = &[
    ("now_late", T::NowEncoder),
    ("now_cancelled", T::NowLiveCancelled),
    ("not_cancelled", T::NowLiveCancelled),
    ("why_frozen", T::WhyEncoderStands),
    ("do_wait", T::WhatToDoEncoder),
    ("do_open", T::WhatToDoLater),
    ("do_start", T::WhatToDoLater),
    ("sure_end-live", T::SureEndLive),
    ("sure_end-live_long", T::SureEndLiveLong),
    ("not_begun", T::EndLiveNotBegun),
    ("not_over", T::EndLiveOver),
    ("end_no_gateway", T::EndBroadcaster),
];
