//! Lives that go on past their planned end, or began long ago.

use amphi_events::gateway::{GatewayCommand, Margins};

use super::world::{World, at};

/// Census W14: what a live overruns is in the calendar: who comes next is given another gateway while nobody waits, and what was held
/// for it is free again when it stops.
#[tokio::test]
async fn w14_a_live_that_overruns_keeps_its_gateway_and_who_comes_next_gets_another() {
    let mut w = World::new(Margins::NONE, &[1, 2]).await;
    let first = w.plan(at(10), at(11)).await;
    let one = w.held_by(first).await.unwrap();
    let other = w.gateways[1];
    let outage = w.out(other, at(11), Some(at(12))).await;
    let second = w.plan(at(11), at(12)).await;
    assert_eq!(w.held_by(second).await, Some(one), "half-open: ends touch");
    w.gateway(other, GatewayCommand::BackInService { outage }).await;
    w.now(at(10));
    let run = w.runs(first, at(11).plus_s(1800)).await;
    w.settle().await;
    assert_eq!(w.held_by(second).await, Some(one), "nothing is done before it is near");
    w.now(at(11).plus_s(-60));
    w.settle().await;
    let held = w.live_of(first).await.1.held.unwrap();
    assert_eq!((held.gateway, held.to), (one, at(11).plus_s(1800)));
    assert_eq!(w.held_by(second).await, Some(other));
    w.now(at(11).plus_s(600));
    let waits = w.plan(at(11).plus_s(900), at(12)).await;
    assert!(w.held_by(waits).await.is_none(), "the one that overruns is in its way");
    w.stops(first, run).await;
    w.settle().await;
    assert_eq!(w.live_of(first).await.1.held.unwrap().to, at(11), "given back");
    assert_eq!(w.held_by(waits).await, Some(one), "and offered at once");
    w.holds_together().await;
}

/// Census W14, with nowhere to go: whose time it is keeps it, and the one that overruns is held as far as it goes.
#[tokio::test]
async fn w14_an_overrun_takes_nothing_from_who_comes_next() {
    let mut w = World::new(Margins::NONE, &[1]).await;
    let first = w.plan(at(10), at(11)).await;
    let second = w.plan(at(11).plus_s(600), at(12)).await;
    w.now(at(10));
    w.runs(first, at(11).plus_s(1800)).await;
    w.now(at(11).plus_s(-60));
    w.settle().await;
    assert_eq!(w.live_of(first).await.1.held.unwrap().to, at(11).plus_s(600));
    let held = w.live_of(second).await.1.held.unwrap();
    assert_eq!((held.from, held.to), (at(11).plus_s(600), at(12)));
}

/// Census W14: a live that began more than five hours ago is in the way as much as any other.
#[tokio::test]
async fn w14_what_began_long_ago_still_holds() {
    let mut w = World::new(Margins::NONE, &[1]).await;
    w.plan(at(1), at(12)).await;
    w.now(at(8));
    let late = w.plan(at(10), at(11)).await;
    assert!(w.held_by(late).await.is_none());
    assert_eq!(w.live_of(late).await.1.lacking.unwrap().2[0], at(12));
}
