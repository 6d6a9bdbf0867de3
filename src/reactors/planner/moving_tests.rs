//! Another gateway for a live whose own fails it.
#![expect(clippy::unwrap_used, reason = "tests")]

use amphi_events::Time;
use amphi_events::gateway::{GatewayCommand, Generation, Health, Margins, Setup};
use amphi_events::ids::{GatewayId, LiveId, MeetingId};
use amphi_events::live::{LiveCommand, PictureSource, RunFault, StopReason};

use super::super::tests::{World, at};
use super::Holding;

/// The live runs, its picture freezes, and its gateway answers to the stop (`stops`) or doesn't.
async fn fails(w: &World, meeting: MeetingId, stops: bool) -> (LiveId, GatewayId) {
    let run = w.runs(meeting, at(2)).await;
    let (live, state) = w.live_of(meeting).await;
    let gateway = state.run.unwrap().gateway;
    let fault = Some(RunFault::Frozen);
    let lives = &w.deps.aggregates.lives;
    let stop = LiveCommand::AskStop { run, fault };
    lives.execute(live, stop, w.act()).await.unwrap();
    let then = if stops {
        LiveCommand::Stopped(run)
    } else {
        LiveCommand::Fence(run)
    };
    lives.execute(live, then, w.act()).await.unwrap();
    if stops {
        w.gateway(gateway, GatewayCommand::LetGo { run }).await;
    }
    (live, gateway)
}

async fn moves(w: &World, meeting: MeetingId, live: LiveId) -> Option<GatewayId> {
    let state = w.live_of(meeting).await.1;
    let holding = Holding::of(w.deps.clone());
    let moved = holding.move_away(live, &state, w.deps.now()).await.unwrap();
    let held = w.held_by(meeting).await;
    moved.then(|| held.unwrap())
}

#[tokio::test]
async fn the_hold_moves_as_a_whole_and_the_planner_leaves_it_there() {
    let mut w = World::new(Margins::NONE, &[1, 2]).await;
    let meeting = w.plan(at(0), at(1)).await;
    w.now(at(0).plus_s(600));
    let (live, before) = fails(&w, meeting, true).await;
    let after = moves(&w, meeting, live).await.unwrap();
    assert_ne!(after, before);
    let holds = w.holds().await;
    assert_eq!(holds.len(), 2, "a gateway and its broadcaster: {holds:?}");
    let now = w.deps.now();
    assert!(holds.iter().all(|h| (h.2, h.3) == (now, at(1))), "{holds:?}");
    w.settle().await;
    assert_eq!(w.held_by(meeting).await, Some(after));
    w.holds_together().await;
    // It has not failed there: nothing moves again, nor back.
    assert_eq!(moves(&w, meeting, live).await, None);
}

#[tokio::test]
async fn the_healthy_first_and_never_where_a_run_was_left_behind() {
    // The second one pushes to the same place as the first.
    let mut w = World::new(Margins::NONE, &[1, 1, 2, 3]).await;
    let meeting = w.plan(at(0), at(1)).await;
    w.seen(w.gateways[2], Health::Unreachable).await;
    let (live, before) = fails(&w, meeting, false).await;
    assert_eq!(before, w.gateways[0]);
    assert_eq!(moves(&w, meeting, live).await, Some(w.gateways[3]));
    // What can't be reached is no better than what failed.
    let (_, again) = fails(&w, meeting, false).await;
    assert_eq!(again, w.gateways[3]);
    assert_eq!(moves(&w, meeting, live).await, None);
    w.seen(w.gateways[2], Health::Up).await;
    assert_eq!(moves(&w, meeting, live).await, Some(w.gateways[2]));
    w.holds_together().await;
}

#[tokio::test]
async fn whoever_holds_the_other_later_is_given_another_or_keeps_his_time() {
    let mut w = World::new(Margins::NONE, &[1, 2]).await;
    let meeting = w.plan(at(0), at(1)).await;
    let taken = w.held_by(meeting).await.unwrap();
    let other = *w.gateways.iter().find(|g| **g != taken).unwrap();
    let later = w.plan(at(0).plus_s(2400), at(2)).await;
    assert_eq!(w.held_by(later).await, Some(other));
    let (live, _) = fails(&w, meeting, true).await;
    assert_eq!(moves(&w, meeting, live).await, Some(other), "for as long as it goes");
    assert_eq!(until(&w, meeting).await, at(0).plus_s(2400));
    // The planner would hold the first one again, which is free now: while the picture is being healed the hold is not its to move.
    w.settle().await;
    assert_eq!(w.held_by(meeting).await, Some(other));
    assert_eq!(w.held_by(later).await, Some(other));
}

/// The stage moved the hold away from there again, at once and for ever: whoever wants a live anew forgives its failures, and the run that was
/// left behind is there all the same.
#[tokio::test]
async fn wanted_anew_the_hold_stays_away_from_where_a_run_was_left_behind() {
    let mut w = World::new(Margins::NONE, &[1, 2]).await;
    let meeting = w.plan(at(0), at(1)).await;
    let taken = w.held_by(meeting).await.unwrap();
    let other = *w.gateways.iter().find(|g| **g != taken).unwrap();
    let later = w.plan(at(0).plus_s(2400), at(2)).await;
    assert_eq!(w.held_by(later).await, Some(other));
    let (live, _) = fails(&w, meeting, false).await;
    let until = at(2);
    for command in [
        LiveCommand::Stop(StopReason::Presenter),
        LiveCommand::Request { session: None, until },
    ] {
        let lives = &w.deps.aggregates.lives;
        lives.execute(live, command, w.act()).await.unwrap();
    }
    assert_eq!(w.live_of(meeting).await.1.failures.0, 0);
    assert_eq!(moves(&w, meeting, live).await, Some(other), "for as long as it goes");
    w.settle().await;
    assert_eq!(w.held_by(meeting).await, Some(other));
}

#[tokio::test]
async fn a_live_of_an_encoder_is_not_moved_to_a_gateway() {
    let mut w = World::new(Margins::NONE, &[1, 2]).await;
    let encoder = w.gateways[0];
    let looked = w.deps.aggregates.gateways.look(encoder).await.unwrap().state;
    let setup = Setup {
        generation: Some(Generation::Encoder),
        ..looked.setup.unwrap()
    };
    w.gateway(encoder, GatewayCommand::Set(setup)).await;
    let meeting = w.plan(at(0), at(1)).await;
    let live = w.live_of(meeting).await.0;
    let wish = LiveCommand::WantPicture {
        source: Some(PictureSource::Encoder),
        chat: None,
    };
    w.deps.aggregates.lives.execute(live, wish, w.act()).await.unwrap();
    w.settle().await;
    assert_eq!(fails(&w, meeting, true).await, (live, encoder));
    assert_eq!(moves(&w, meeting, live).await, None);
}

async fn until(w: &World, meeting: MeetingId) -> Time {
    w.live_of(meeting).await.1.held.unwrap().to
}
