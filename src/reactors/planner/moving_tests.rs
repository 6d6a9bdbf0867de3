//! Another gateway for a live whose own fails it.
#![expect(clippy::unwrap_used, reason = "tests")]

use amphi_events::Time;
use amphi_events::broadcaster::{BroadcasterCommand, Protection};
use amphi_events::gateway::{GatewayCommand, Generation, Health, Margins, Setup};
use amphi_events::ids::{GatewayId, LiveId, MeetingId, RehearsalId};
use amphi_events::live::{LiveCommand, PictureSource, RunFault, StopReason};
use amphi_events::rehearsal::{How, RehearsalCommand};

use super::super::tests::{World, at};
use super::{Holding, Moved};

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
    (moved == Moved::Yes).then(|| held.unwrap())
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

/// A rehearsal of some webinar, on that gateway.
async fn rehearsal(w: &World, gateway: GatewayId) -> RehearsalId {
    let id: RehearsalId = w.deps.sources.id();
    let (now, aggregates) = (w.deps.now(), &w.deps.aggregates);
    let until = now.plus_s(300);
    let request = RehearsalCommand::Request {
        live: w.deps.sources.id(),
        meeting: w.deps.sources.id(),
        until,
    };
    aggregates.rehearsals.execute(id, request, w.act()).await.unwrap();
    let machine = aggregates.gateways.look(gateway).await.unwrap().state;
    let (broadcaster, live) = (machine.setup.unwrap().broadcaster, LiveId(id.0));
    let run = w.deps.sources.id();
    let holds = RehearsalCommand::Holds {
        gateway,
        broadcaster,
        run,
    };
    let reserve = GatewayCommand::Reserve {
        reservation: w.deps.sources.id(),
        live,
        from: now,
        to: until,
        margins: Margins::NONE,
    };
    let show = BroadcasterCommand::Reserve {
        reservation: w.deps.sources.id(),
        live,
        from: now,
        to: until,
        margins: Margins::NONE,
    };
    w.gateway(gateway, reserve).await;
    aggregates
        .broadcasters
        .execute(broadcaster, show, w.act())
        .await
        .unwrap();
    aggregates.rehearsals.execute(id, holds, w.act()).await.unwrap();
    w.gateway(gateway, GatewayCommand::Take { run, live }).await;
    id
}

/// Whether it was told to be over; then it is.
async fn makes_way(w: &World, id: RehearsalId) -> bool {
    let aggregates = &w.deps.aggregates;
    let state = aggregates.rehearsals.look(id).await.unwrap().state;
    if !state.cancelled {
        return false;
    }
    let (held, live) = (state.holds.unwrap(), LiveId(id.0));
    w.gateway(held.gateway, GatewayCommand::LetGo { run: held.run }).await;
    let machine = aggregates.gateways.look(held.gateway).await.unwrap().state;
    let reservation = machine.reservations.of(live).unwrap().id;
    w.gateway(held.gateway, GatewayCommand::Release { reservation }).await;
    let shown = aggregates.broadcasters.look(held.broadcaster).await.unwrap().state;
    let reservation = shown.reservations.of(live).unwrap().id;
    let release = BroadcasterCommand::Release { reservation };
    aggregates
        .broadcasters
        .execute(held.broadcaster, release, w.act())
        .await
        .unwrap();
    let end = RehearsalCommand::End(How::Cancelled);
    aggregates.rehearsals.execute(id, end, w.act()).await.unwrap();
    true
}

/// It held the only spare gateway, and the live whose own had died gave up.
#[tokio::test]
async fn a_rehearsal_makes_way_for_a_live_whose_gateway_failed() {
    let mut w = World::new(Margins::NONE, &[1, 2]).await;
    let meeting = w.plan(at(0), at(1)).await;
    let taken = w.held_by(meeting).await.unwrap();
    let other = *w.gateways.iter().find(|g| **g != taken).unwrap();
    let rehearsal = rehearsal(&w, other).await;
    let (live, _) = fails(&w, meeting, false).await;
    let holding = Holding::of(w.deps.clone());
    for _ in 0..2 {
        let state = w.live_of(meeting).await.1;
        let moved = holding.move_away(live, &state, w.deps.now()).await.unwrap();
        assert_eq!(moved, Moved::Soon, "it is waited for, and no failure");
    }
    assert!(makes_way(&w, rehearsal).await);
    assert_eq!(moves(&w, meeting, live).await, Some(other));
    w.holds_together().await;
}

#[tokio::test]
async fn a_rehearsal_makes_way_for_a_webinar_that_would_lack_a_gateway() {
    let mut w = World::new(Margins::NONE, &[1]).await;
    let gateway = w.gateways[0];
    let rehearsal = rehearsal(&w, gateway).await;
    let meeting = w.plan(at(0).plus_s(60), at(1)).await;
    let (_, state) = w.live_of(meeting).await;
    assert!(state.held.is_none());
    assert!(makes_way(&w, rehearsal).await);
    w.settle().await;
    assert_eq!(w.held_by(meeting).await, Some(gateway));
    // One that is in nobody's way goes on.
    w.now(at(2));
    w.settle().await;
    let rehearsal = self::rehearsal(&w, gateway).await;
    w.plan(at(5), at(6)).await;
    assert!(!makes_way(&w, rehearsal).await);
}

/// A restricted live was given any gateway, also where whoever knows the playlist's address watches.
#[tokio::test]
async fn a_restricted_webinar_is_shown_where_strangers_are_kept_out() {
    let mut w = World::new(Margins::NONE, &[1, 2, 3]).await;
    let closed = w.gateways[2];
    let machine = w.deps.aggregates.gateways.look(closed).await.unwrap().state;
    let protect = BroadcasterCommand::Protect(Protection::SecureLink);
    let broadcasters = &w.deps.aggregates.broadcasters;
    let place = machine.setup.unwrap().broadcaster;
    broadcasters.execute(place, protect, w.act()).await.unwrap();
    let mut details = World::details(at(1), at(2));
    details.is_restricted = true;
    let restricted = w.schedule(details).await;
    w.settle().await;
    assert_eq!(w.held_by(restricted).await, Some(closed));
    // One that works comes first all the same.
    w.seen(closed, Health::Unreachable).await;
    let mut details = World::details(at(3), at(4));
    details.is_restricted = true;
    let other = w.schedule(details).await;
    w.settle().await;
    assert!(w.held_by(other).await.is_some_and(|g| g != closed));
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
