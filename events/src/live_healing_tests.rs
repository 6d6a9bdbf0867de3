//! Given, when, then: a picture whose gateway fails.

use super::*;

/// On a live that is held and over: a whole story with every event of healing in it.
pub(super) fn a_gateway_dies_and_another_takes_over(l: &mut Story<Live>) {
    l.did(request());
    l.did(ask(50));
    l.did(LiveCommand::Started(id(50)));
    l.did(ask_stop(50, Some(RunFault::Frozen)));
    assert_eq!(l.did(LiveCommand::Fence(id(50))), ["LiveRunFenced"]);
    let gateway = id(4);
    let fault = RunFault::Unreachable;
    assert_eq!(l.did(LiveCommand::PutOff { gateway, fault }), ["LiveHealingPutOff"]);
    assert_eq!(l.did(ask_elsewhere(51)), ["LiveTakenOver", "GatewayStartAsked"]);
    assert_eq!(l.did(LiveCommand::Stopped(id(50))), ["GatewayStopped"]);
    l.did(stop());
    assert_eq!(l.did(LiveCommand::Stopped(id(51))), ["GatewayStopped", "LiveStopped"]);
}

fn frozen_and_silent() -> Story<Live> {
    let mut l = on_air(1);
    assert_eq!(l.did(ask_stop(1, Some(RunFault::Frozen))), ["GatewayStopAsked"]);
    l
}

#[test]
fn a_run_is_left_behind_only_while_it_is_being_stopped_and_the_picture_is_wanted() {
    let fence = LiveCommand::Fence(id(1));
    let mut l = on_air(1);
    assert_eq!(l.refused(&fence), Refusal::StopFirst, "it may be running well");
    assert_eq!(l.refused(&LiveCommand::Fence(id(2))), Refusal::OtherRun);
    l.did(stop());
    l.did(ask_stop(1, None));
    assert_eq!(
        l.refused(&fence),
        Refusal::NotWanted,
        "nobody waits for its place: it is asked until it has stopped"
    );
    let mut l = frozen_and_silent();
    assert_eq!(l.did(fence.clone()), ["LiveRunFenced"]);
    assert!(l.did(fence).is_empty(), "once");
    assert_eq!(l.state.run, None);
    assert_eq!(l.state.failures.0, 1, "one failure, however it ended");
    assert_eq!(l.state.tried(id(4)), 1);
}

#[test]
fn nothing_starts_where_a_run_was_left_behind() {
    let mut l = frozen_and_silent();
    l.did(LiveCommand::Fence(id(1)));
    assert_eq!(l.refused(&ask(2)), Refusal::Fenced);
    let same_place = LiveCommand::AskStart {
        run: id(2),
        gateway: id(14),
        broadcaster: id(5),
    };
    assert_eq!(
        l.refused(&same_place),
        Refusal::Fenced,
        "two runs never push to one place"
    );
    assert_eq!(l.did(ask_elsewhere(2)), ["LiveTakenOver", "GatewayStartAsked"]);
    assert_eq!(
        l.events.iter().rev().nth(1),
        Some(&LiveEvent::LiveTakenOver {
            from: id(4),
            to: id(14),
            fault: RunFault::Frozen,
        })
    );
    // The late robot's run is nobody's any more: what it says changes nothing.
    for command in [
        LiveCommand::Started(id(1)),
        LiveCommand::RobotJoined(id(1)),
        LiveCommand::OnAir(id(1)),
    ] {
        assert_eq!(l.refused(&command), Refusal::OtherRun);
    }
    assert_eq!(l.did(LiveCommand::Stopped(id(1))), ["GatewayStopped"]);
    assert_eq!(
        l.state.run.as_ref().map(|r| r.id),
        Some(id(2)),
        "the present run goes on"
    );
    assert!(l.state.fenced.is_empty());
    assert_eq!(l.refused(&LiveCommand::Stopped(id(1))), Refusal::OtherRun, "said once");
}

#[test]
fn a_run_that_was_left_behind_can_be_declared_over() {
    let mut l = frozen_and_silent();
    l.did(LiveCommand::Fence(id(1)));
    assert_eq!(
        l.did(LiveCommand::DeclareOver(id(1))),
        ["GatewayDeclaredOver", "GatewayStopped"]
    );
    assert_eq!(l.did(ask(2)), ["GatewayStartAsked"], "the place is free again");
}

#[test]
fn a_restart_whose_gateway_does_not_answer_counts_as_its_failure() {
    let mut l = on_air(1);
    l.did(LiveCommand::Restart);
    l.did(ask_stop(1, None));
    assert_eq!(l.did(LiveCommand::Fence(id(1))), ["LiveRunFenced"]);
    assert_eq!((l.state.failures.0, l.state.tried(id(4))), (1, 1));
    assert!(!l.state.restart);
}

#[test]
fn a_start_on_the_same_gateway_is_no_taking_over() {
    let mut l = wanted();
    l.did(ask(1));
    l.did(failed(1, RunFault::Busy, true));
    l.did(LiveCommand::Stopped(id(1)));
    assert_eq!(l.did(ask(2)), ["GatewayStartAsked"]);
    l.did(failed(2, RunFault::Failed, true));
    l.did(LiveCommand::Stopped(id(2)));
    assert_eq!(l.state.tried(id(4)), 2);
    assert_eq!(l.did(ask_elsewhere(3)), ["LiveTakenOver", "GatewayStartAsked"]);
    assert_eq!(l.state.tried(id(14)), 0);
}

#[test]
fn that_the_program_died_is_no_fault_of_the_gateway() {
    let mut l = wanted();
    l.did(ask(1));
    l.did(failed(1, RunFault::Interrupted, false));
    assert_eq!((l.state.failures.0, l.state.tried(id(4))), (1, 0));
}

#[test]
fn what_nothing_can_take_over_is_put_off_and_counted() {
    let put_off = LiveCommand::PutOff {
        gateway: id(4),
        fault: RunFault::Unreachable,
    };
    assert_eq!(planned().refused(&put_off), Refusal::NotWanted);
    let mut l = on_air(1);
    assert_eq!(l.refused(&put_off), Refusal::RunLeft);
    l.did(ask_stop(1, Some(RunFault::Frozen)));
    l.did(LiveCommand::Fence(id(1)));
    for n in 2..=4 {
        l.now = l.now.plus_s(5);
        assert_eq!(l.did(put_off.clone()), ["LiveHealingPutOff"]);
        assert_eq!(l.state.failures, (n, Some(l.now)));
    }
    // A clear end, and a person who tries again: what was counted is forgiven, what may still run is not forgotten.
    assert_eq!(
        l.did(LiveCommand::Stop(StopReason::GaveUp)),
        ["LiveStopRequested", "LiveStopped"]
    );
    assert_eq!(l.did(request()), ["LiveRequested"]);
    assert_eq!((l.state.failures, l.state.tried(id(4))), ((0, None), 0));
    assert_eq!(l.refused(&ask(2)), Refusal::Fenced);
}
