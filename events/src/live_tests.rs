//! Given, when, then: live.

#[path = "live_healing_tests.rs"]
mod healing;

use proptest::prelude::*;

use super::*;
use crate::story::{Story, id};

const NOON: i64 = 1_800_000_000_000;
const START: Time = Time(NOON + 60_000);
const END: Time = Time(NOON + 3_600_000);

fn plan(title: &str) -> LiveCommand {
    LiveCommand::Plan {
        meeting: Some(id(1)),
        owner: id(2),
        presenters: vec![id(3)],
        title: title.to_owned(),
        starts_at: START,
        ends_at: END,
        restricted: false,
    }
}

fn hold() -> LiveCommand {
    LiveCommand::GatewayReserved {
        gateway: id(4),
        broadcaster: id(5),
        reservation: id(6),
        from: START,
        to: END,
    }
}

fn lacking() -> LiveCommand {
    LiveCommand::GatewayLacking {
        from: START,
        to: END,
        next_free: vec![END],
    }
}

fn request() -> LiveCommand {
    LiveCommand::Request {
        session: Some(id(7)),
        until: END,
    }
}

fn ask(run: u128) -> LiveCommand {
    LiveCommand::AskStart {
        run: id(run),
        gateway: id(4),
        broadcaster: id(5),
    }
}

/// On another gateway, which pushes to another broadcaster.
fn ask_elsewhere(run: u128) -> LiveCommand {
    LiveCommand::AskStart {
        run: id(run),
        gateway: id(14),
        broadcaster: id(15),
    }
}

fn failed(run: u128, fault: RunFault, certain: bool) -> LiveCommand {
    LiveCommand::StartFailed {
        run: id(run),
        fault,
        certain,
    }
}

fn stalled(run: u128, fault: RunFault) -> LiveCommand {
    LiveCommand::Stalled { run: id(run), fault }
}

fn ask_stop(run: u128, fault: Option<RunFault>) -> LiveCommand {
    LiveCommand::AskStop { run: id(run), fault }
}

fn publish(run: u128, client: &str, began: bool) -> LiveCommand {
    let (run, client) = (id(run), client.to_owned());
    if began {
        LiveCommand::PublishSeen { run, client }
    } else {
        LiveCommand::PublishEnded { run, client }
    }
}

const fn stop() -> LiveCommand {
    LiveCommand::Stop(StopReason::Presenter)
}

fn planned() -> Story<Live> {
    let mut story = Story::at(NOON);
    assert_eq!(story.did(plan("Assembly")), ["LivePlanned"]);
    story
}

fn wanted() -> Story<Live> {
    let mut story = planned();
    assert_eq!(story.did(hold()), ["LiveGatewayReserved"]);
    assert_eq!(story.did(request()), ["LiveRequested"]);
    story
}

fn on_air(run: u128) -> Story<Live> {
    let mut story = wanted();
    assert_eq!(story.did(ask(run)), ["GatewayStartAsked"]);
    assert_eq!(story.did(LiveCommand::Started(id(run))), ["GatewayStarted"]);
    assert_eq!(story.did(LiveCommand::RobotJoined(id(run))), ["RobotJoined"]);
    assert_eq!(story.did(LiveCommand::OnAir(id(run))), ["LiveWentOnAir"]);
    story
}

/// Hooks are lost, doubled and overtaken; the state that is left is of the present connection.
#[test]
fn hooks_come_twice_late_and_out_of_order() {
    let mut l = wanted();
    l.did(ask(10));
    // Before the gateway's own answer was heard.
    assert_eq!(l.did(publish(10, "a", true)), ["LivePublishSeen"]);
    assert!(l.did(publish(10, "a", true)).is_empty());
    assert!(l.did(publish(10, "older", false)).is_empty());
    assert_eq!(l.did(publish(10, "b", true)), ["LivePublishSeen"], "it pushes anew");
    assert!(
        l.did(publish(10, "a", false)).is_empty(),
        "the end of the connection before"
    );
    let ended = |l: &Story<Live>| l.state.run.as_ref().unwrap().publisher.as_ref().unwrap().ended;
    assert_eq!(ended(&l), None);
    assert_eq!(l.did(publish(10, "b", false)), ["LivePublishEnded"]);
    assert!(l.did(publish(10, "b", false)).is_empty());
    assert!(
        l.did(publish(10, "b", true)).is_empty(),
        "late: that connection is over"
    );
    assert_eq!(ended(&l), Some(Time(NOON)));
    assert_eq!(l.refused(&publish(11, "c", true)), Refusal::OtherRun);
}

#[test]
fn only_a_run_that_is_wanted_awaits_a_publisher() {
    let mut l = wanted();
    let awaits = |l: &Story<Live>, run: u128, now| l.state.awaits(id(run), now);
    assert!(!awaits(&l, 10, START), "none was asked for");
    l.did(ask(10));
    assert!(awaits(&l, 10, START) && !awaits(&l, 11, START));
    assert!(!awaits(&l, 10, END), "its wish ran out");
    l.did(LiveCommand::Started(id(10)));
    assert!(awaits(&l, 10, START));
    l.did(stop());
    assert!(!awaits(&l, 10, START), "a robot that is late");
    assert!(l.did(publish(10, "a", true)).is_empty());
    l.did(request());
    assert!(awaits(&l, 10, START), "wanted again");
    l.did(ask_stop(10, None));
    assert!(!awaits(&l, 10, START), "the run is being stopped, whatever is wanted");
    let mut failed_start = wanted();
    failed_start.did(ask(12));
    failed_start.did(failed(12, RunFault::NoAnswer, false));
    assert!(
        !awaits(&failed_start, 12, START),
        "it may run, and is going to be stopped"
    );
    let mut cancelled = on_air(13);
    cancelled.did(LiveCommand::Cancel);
    assert!(!awaits(&cancelled, 13, START));
}

#[test]
fn a_person_declares_a_run_over_whose_gateway_is_gone_for_good() {
    let over = |run| LiveCommand::DeclareOver(id(run));
    let mut l = planned();
    for command in [hold(), request(), ask(10), LiveCommand::Started(id(10))] {
        l.did(command);
    }
    assert_eq!(l.refused(&over(10)), Refusal::StopFirst, "it may be running well");
    assert_eq!(l.refused(&over(11)), Refusal::OtherRun);
    l.did(ask_stop(10, Some(RunFault::Unreachable)));
    assert_eq!(l.did(over(10)), ["GatewayDeclaredOver", "GatewayStopped"]);
    assert_eq!(l.refused(&over(10)), Refusal::OtherRun, "said once");
    assert_eq!(
        l.refused(&LiveCommand::Stopped(id(10))),
        Refusal::OtherRun,
        "a late answer changes nothing"
    );
    assert_eq!(l.did(ask(11)), ["GatewayStartAsked"], "it is still wanted");
    l.did(stop());
    l.did(ask_stop(11, None));
    assert_eq!(
        l.did(over(11)),
        ["GatewayDeclaredOver", "GatewayStopped", "LiveStopped"]
    );
    assert_eq!(l.state.ended, Some((StopReason::Presenter, Time(NOON))));
}

#[test]
fn a_whole_life() {
    let mut l = planned();
    assert!(l.did(plan("Assembly")).is_empty());
    let of = |owner| match plan("Assembly") {
        LiveCommand::Plan {
            meeting,
            presenters,
            title,
            starts_at,
            ends_at,
            restricted,
            ..
        } => LiveCommand::Plan {
            meeting,
            owner: id(owner),
            presenters,
            title,
            starts_at,
            ends_at,
            restricted,
        },
        other => other,
    };
    assert_eq!(l.did(of(9)), ["LiveHandedOver"]);
    assert_eq!(l.did(of(2)), ["LiveHandedOver"]);
    assert!(l.state.is_presenter(id(2)) && l.state.is_presenter(id(3)) && !l.state.is_presenter(id(9)));
    assert_eq!(l.did(lacking()), ["LiveGatewayLacking"]);
    assert!(l.did(lacking()).is_empty());
    assert_eq!(l.did(plan("General assembly")), ["LiveChanged"]);
    assert_eq!(l.did(hold()), ["LiveGatewayReserved"]);
    assert!(l.did(hold()).is_empty());
    assert_eq!(l.state.lacking, None);
    assert_eq!(l.did(request()), ["LiveRequested"]);
    assert!(l.did(request()).is_empty());
    assert_eq!(l.did(ask(10)), ["GatewayStartAsked"]);
    assert_eq!(l.did(failed(10, RunFault::Busy, true)), ["GatewayStartFailed"]);
    assert!(l.did(failed(10, RunFault::Busy, true)).is_empty());
    assert_eq!(l.did(LiveCommand::Stopped(id(10))), ["GatewayStopped"]);
    assert_eq!(l.did(ask(11)), ["GatewayStartAsked"]);
    assert_eq!(l.did(LiveCommand::Started(id(11))), ["GatewayStarted"]);
    assert!(l.did(LiveCommand::Started(id(11))).is_empty());
    assert_eq!(l.did(LiveCommand::RobotJoined(id(11))), ["RobotJoined"]);
    assert!(l.did(LiveCommand::RobotJoined(id(11))).is_empty());
    assert_eq!(l.did(publish(11, "c1", true)), ["LivePublishSeen"]);
    assert_eq!(l.did(publish(11, "c1", false)), ["LivePublishEnded"]);
    assert_eq!(l.did(LiveCommand::OnAir(id(11))), ["LiveWentOnAir"]);
    assert!(l.did(LiveCommand::OnAir(id(11))).is_empty());
    assert_eq!(l.did(stalled(11, RunFault::Frozen)), ["LiveStalled"]);
    assert!(l.did(stalled(11, RunFault::Gone)).is_empty(), "said once");
    assert_eq!(l.did(LiveCommand::OnAir(id(11))), ["LiveWentOnAir"]);
    assert_eq!(l.did(LiveCommand::Restart), ["LiveRestartRequested"]);
    assert!(l.did(LiveCommand::Restart).is_empty());
    assert_eq!(l.did(ask_stop(11, None)), ["GatewayStopAsked"]);
    assert!(l.did(ask_stop(11, None)).is_empty());
    assert_eq!(
        l.did(LiveCommand::DeclareOver(id(11))),
        ["GatewayDeclaredOver", "GatewayStopped"],
        "it is still wanted: only the run is over"
    );
    assert_eq!(l.did(ask(12)), ["GatewayStartAsked"]);
    assert_eq!(l.state.run.as_ref().map(|r| r.number), Some(3));
    let pane = LiveCommand::ChatPane {
        run: id(12),
        shown: Some(true),
    };
    assert_eq!(l.did(pane), ["RunChatPaneSeen"]);
    let hidden = LiveCommand::WantPicture {
        source: None,
        chat: Some(false),
    };
    assert_eq!(l.did(hidden), ["LivePictureWanted"]);
    let look = LiveCommand::Preflight {
        starts_at: START,
        checks: Checks::default(),
    };
    assert_eq!(l.did(look), ["LivePreflightDone"]);
    assert_eq!(l.did(stop()), ["LiveStopRequested"]);
    assert!(l.did(stop()).is_empty());
    assert_eq!(l.did(LiveCommand::Stopped(id(12))), ["GatewayStopped", "LiveStopped"]);
    assert_eq!(l.state.ended, Some((StopReason::Presenter, Time(NOON))));
    healing::a_gateway_dies_and_another_takes_over(&mut l);
    assert_eq!(l.did(LiveCommand::GatewayReleased), ["LiveGatewayReleased"]);
    assert!(l.did(LiveCommand::GatewayReleased).is_empty());
    assert_eq!(l.did(LiveCommand::Cancel), ["LiveCancelled"]);
    assert!(l.did(LiveCommand::Cancel).is_empty());
    l.tells_all();
}

#[test]
fn what_is_not_there() {
    let mut l = Story::<Live>::at(NOON);
    for command in [
        LiveCommand::Cancel,
        hold(),
        lacking(),
        request(),
        LiveCommand::Restart,
        stop(),
        ask(1),
    ] {
        assert_eq!(l.refused(&command), Refusal::Unknown);
    }
    l.did(plan("Assembly"));
    l.did(LiveCommand::Cancel);
    for command in [hold(), lacking(), request(), LiveCommand::Restart, ask(1)] {
        assert_eq!(l.refused(&command), Refusal::Cancelled);
    }
    assert_eq!(l.did(plan("Assembly")), ["LiveChanged"], "planned anew");
    assert!(!l.state.cancelled);
}

#[test]
fn a_plan_ends_after_its_start() {
    let backwards = LiveCommand::Plan {
        meeting: None,
        owner: id(2),
        presenters: vec![],
        title: String::new(),
        starts_at: END,
        ends_at: END,
        restricted: false,
    };
    assert_eq!(planned().refused(&backwards), Refusal::Interval);
}

#[test]
fn a_plan_of_another_owner_hands_it_over_and_changes_nothing_else() {
    let mut l = planned();
    let other = LiveCommand::Plan {
        meeting: None,
        owner: id(99),
        presenters: vec![id(3)],
        title: "Assembly".to_owned(),
        starts_at: START,
        ends_at: END,
        restricted: false,
    };
    assert_eq!(l.did(other.clone()), ["LiveHandedOver"]);
    assert!(l.state.is_presenter(id(99)) && !l.state.is_presenter(id(2)));
    // Once said it is so: said again and again it would wake everybody for ever.
    assert!(l.did(other).is_empty());
}

#[test]
fn a_wish_needs_a_gateway_and_a_future() {
    let mut l = planned();
    assert_eq!(l.refused(&request()), Refusal::NoGateway);
    assert_eq!(l.refused(&LiveCommand::Restart), Refusal::NotWanted);
    assert_eq!(l.refused(&ask(1)), Refusal::NotWanted);
    l.did(hold());
    l.now = END;
    assert!(l.did(request()).is_empty(), "a start after the end doesn't fire");
    let mut l = wanted();
    l.now = END;
    assert_eq!(l.refused(&ask(1)), Refusal::NotWanted);
}

/// Census W18: one present run; there the oldest was stopped and the newest was meant.
#[test]
fn only_the_present_run_is_heard() {
    let mut l = wanted();
    l.did(ask(1));
    assert_eq!(l.refused(&ask(2)), Refusal::RunLeft);
    for command in [
        LiveCommand::Started(id(2)),
        failed(2, RunFault::Busy, true),
        LiveCommand::RobotJoined(id(2)),
        LiveCommand::OnAir(id(2)),
        stalled(2, RunFault::Frozen),
        ask_stop(2, None),
        LiveCommand::Stopped(id(2)),
    ] {
        assert_eq!(l.refused(&command), Refusal::OtherRun);
    }
    assert!(l.did(LiveCommand::OnAir(id(1))).is_empty(), "not started yet");
    assert!(l.did(stalled(1, RunFault::Frozen)).is_empty());
}

#[test]
fn a_start_whose_fate_is_unknown_is_stopped_before_the_next() {
    for fault in [RunFault::NoAnswer, RunFault::Interrupted, RunFault::BadAnswer] {
        let mut l = wanted();
        l.did(ask(1));
        l.did(failed(1, fault, false));
        let run = l.state.run.clone().unwrap();
        assert!(run.start_unknown && !run.surely_down);
        assert_eq!(l.refused(&ask(2)), Refusal::RunLeft);
        l.did(ask_stop(1, Some(fault)));
        assert!(l.state.run.clone().unwrap().start_unknown);
        assert!(
            l.did(LiveCommand::Started(id(1))).is_empty(),
            "an answer that comes late undoes no stop"
        );
        l.did(LiveCommand::Stopped(id(1)));
        assert_eq!(l.did(ask(2)), ["GatewayStartAsked"]);
    }
}

#[test]
fn a_stop_while_the_start_is_under_way_leaves_it_unknown() {
    let mut l = wanted();
    l.did(ask(1));
    l.did(stop());
    l.did(ask_stop(1, None));
    assert!(
        l.state.run.clone().unwrap().start_unknown,
        "the order may arrive after the stop"
    );
}

#[test]
fn a_stop_where_nothing_runs_is_over_at_once() {
    assert_eq!(wanted().did(stop()), ["LiveStopRequested", "LiveStopped"]);
    assert!(planned().did(stop()).is_empty());
}

#[test]
fn a_cancelled_live_stops() {
    let mut nothing_runs = wanted();
    assert_eq!(
        nothing_runs.did(LiveCommand::Cancel),
        ["LiveStopRequested", "LiveStopped", "LiveCancelled"]
    );
    assert_eq!(
        nothing_runs.state.stopping, None,
        "nobody waits for a stop that nothing would end"
    );
    let mut l = on_air(1);
    assert_eq!(l.did(LiveCommand::Cancel), ["LiveStopRequested", "LiveCancelled"]);
    assert_eq!(l.did(ask_stop(1, None)), ["GatewayStopAsked"]);
    assert_eq!(l.did(LiveCommand::Stopped(id(1))), ["GatewayStopped", "LiveStopped"]);
}

#[test]
fn a_wish_renewed_while_stopping_holds() {
    let mut l = on_air(1);
    l.did(stop());
    l.did(ask_stop(1, None));
    assert_eq!(l.did(request()), ["LiveRequested"]);
    assert_eq!(
        l.did(LiveCommand::Stopped(id(1))),
        ["GatewayStopped"],
        "it is wanted: it is not over"
    );
    assert_eq!(l.did(ask(2)), ["GatewayStartAsked"]);
}

#[test]
fn failures_are_counted_until_a_picture_held() {
    let mut l = wanted();
    for run in 1..=3 {
        l.did(ask(run));
        l.did(failed(run, RunFault::Busy, true));
        l.did(LiveCommand::Stopped(id(run)));
        assert_eq!(l.state.failures.0, run as u32);
    }
    l.did(ask(4));
    l.did(LiveCommand::Started(id(4)));
    assert_eq!(l.state.failures.0, 3, "a gateway that says it started proves nothing");
    l.did(LiveCommand::OnAir(id(4)));
    l.did(ask_stop(4, Some(RunFault::Frozen)));
    assert_eq!(l.state.failures.0, 4, "a picture that flaps is given up in the end");
    l.did(LiveCommand::Stopped(id(4)));
    l.did(ask(5));
    l.did(LiveCommand::Started(id(5)));
    l.did(LiveCommand::OnAir(id(5)));
    l.now = l.now.plus_s(11 * 60);
    l.did(ask_stop(5, Some(RunFault::Frozen)));
    assert_eq!(l.state.failures.0, 1, "a picture that held forgives what was before");
}

#[test]
fn a_stop_does_not_forget_for_which_session_it_was_wanted() {
    let mut l = wanted();
    l.did(stop());
    assert_eq!(l.state.wanted, None);
    assert_eq!(
        l.state.wanted_for,
        Some(id(7)),
        "or the planner would start again what a presenter stopped"
    );
}

#[test]
fn a_new_wish_or_a_restart_forgets_failures() {
    let mut l = on_air(1);
    l.did(ask_stop(1, Some(RunFault::Frozen)));
    l.did(LiveCommand::Restart);
    assert_eq!(l.state.failures, (0, None));
    let mut l = wanted();
    l.did(ask(1));
    l.did(failed(1, RunFault::Busy, true));
    l.did(stop());
    l.did(request());
    assert_eq!(l.state.failures, (0, None));
}

fn any_command() -> impl Strategy<Value = LiveCommand> {
    let run = 1..6_u128;
    let fault = prop_oneof![Just(RunFault::Busy), Just(RunFault::NoAnswer), Just(RunFault::Frozen)];
    prop_oneof![
        1 => Just(plan("Assembly")),
        1 => Just(plan("Other")),
        1 => Just(LiveCommand::Cancel),
        2 => Just(hold()),
        1 => Just(LiveCommand::GatewayReleased),
        4 => Just(request()),
        1 => Just(LiveCommand::Restart),
        2 => Just(stop()),
        4 => run.clone().prop_map(ask),
        3 => run.clone().prop_map(ask_elsewhere),
        3 => run.clone().prop_map(|r| LiveCommand::Fence(id(r))),
        1 => fault.clone().prop_map(|fault| LiveCommand::PutOff { gateway: id(4), fault }),
        3 => run.clone().prop_map(|r| LiveCommand::Started(id(r))),
        2 => (run.clone(), fault.clone(), any::<bool>()).prop_map(|(r, f, c)| failed(r, f, c)),
        1 => run.clone().prop_map(|r| LiveCommand::RobotJoined(id(r))),
        2 => run.clone().prop_map(|r| LiveCommand::OnAir(id(r))),
        1 => (run.clone(), fault.clone()).prop_map(|(r, f)| stalled(r, f)),
        2 => (run.clone(), prop::option::of(fault)).prop_map(|(r, f)| ask_stop(r, f)),
        3 => run.clone().prop_map(|r| LiveCommand::Stopped(id(r))),
        1 => run.prop_map(|r| LiveCommand::DeclareOver(id(r))),
    ]
}

proptest! {
    /// Whatever is asked: between two starts of a gateway the first is stopped or left behind, nothing starts where one that was left behind
    /// may still be, run numbers grow by one, and a live that is neither wanted nor running doesn't say that it is stopping.
    #[test]
    fn a_live_never_has_two_runs(commands in prop::collection::vec(any_command(), 1..150)) {
        let mut l = planned();
        for command in &commands {
            let _ = l.when(command);
            prop_assert!(l.state.stopping.is_none() || (l.state.run.is_some() && l.state.wanted.is_none()));
        }
        let (mut running, mut last, mut behind) = (None, 0, std::collections::BTreeMap::new());
        let mut at: GatewayId = id(0);
        for event in &l.events {
            match event {
                LiveEvent::GatewayStartAsked { run, number, gateway, .. } => {
                    prop_assert_eq!(running, None);
                    prop_assert!(!behind.values().any(|g| g == gateway));
                    at = *gateway;
                    prop_assert_eq!(*number, last + 1);
                    running = Some(*run);
                    last = *number;
                }
                LiveEvent::LiveRunFenced { run, .. } => {
                    prop_assert_eq!(running, Some(*run));
                    behind.insert(*run, at);
                    running = None;
                }
                LiveEvent::GatewayStopped { run } if behind.remove(run).is_some() => {}
                LiveEvent::GatewayStopped { run } => {
                    prop_assert_eq!(running, Some(*run));
                    running = None;
                }
                _ => {}
            }
        }
        prop_assert_eq!(running, l.state.run.as_ref().map(|r| r.id));
        prop_assert_eq!(behind.len(), l.state.fenced.len());
    }
}

/// Census W3, §4.3: what is wanted of the chat in the picture is said once, however often it is asked for, and never as a flip.
#[test]
fn the_picture_is_wanted_absolutely_and_its_source_is_chosen_before_it_runs() {
    let want = |source, chat| LiveCommand::WantPicture { source, chat };
    let mut l = planned();
    assert_eq!(l.state.wanted_picture(), Picture::default());
    assert_eq!(l.did(want(None, Some(false))), ["LivePictureWanted"]);
    assert_eq!(l.did(want(None, Some(false))), Vec::<&str>::new());
    assert_eq!(l.did(want(Some(PictureSource::Encoder), None)), ["LivePictureWanted"]);
    assert!(!l.state.wanted_picture().chat, "what is left out stays");
    let mut l = on_air(10);
    assert_eq!(
        l.refused(&want(Some(PictureSource::Encoder), None)),
        Refusal::PictureRuns
    );
    assert_eq!(
        l.did(want(Some(PictureSource::Gateway), Some(false))),
        ["LivePictureWanted"]
    );
    let pane = |shown| LiveCommand::ChatPane { run: id(10), shown };
    assert_eq!(l.did(pane(Some(true))), ["RunChatPaneSeen"]);
    assert_eq!(l.did(pane(Some(true))), Vec::<&str>::new());
    assert_eq!(l.did(pane(None)), ["RunChatPaneSeen"], "being flipped: nobody knows");
    l.did(LiveCommand::Restart);
    l.did(ask_stop(10, None));
    l.did(LiveCommand::Stopped(id(10)));
    l.did(ask(11));
    assert_eq!(
        l.state.run.as_ref().map(|r| r.chat_pane),
        Some(None),
        "a new run begins unknown"
    );
}

#[test]
fn a_look_before_the_start_is_once_for_each_start() {
    let look = |at, gateway| LiveCommand::Preflight {
        starts_at: at,
        checks: Checks {
            gateway,
            ..Checks::default()
        },
    };
    let mut l = planned();
    let bad = Some(CheckFault::Unreachable);
    assert_eq!(l.did(look(START, bad)), ["LivePreflightDone"]);
    assert_eq!(l.did(look(START, None)), Vec::<&str>::new(), "once for this start");
    assert_eq!(
        l.state.preflight.map(|p| p.checks.faults()),
        Some(vec![("gateway", CheckFault::Unreachable)])
    );
    assert_eq!(
        l.did(look(END, None)),
        ["LivePreflightDone"],
        "again, since it was moved"
    );
}
