//! Which gateway is held, and for whom there is none.

use amphi_events::broadcaster::BroadcasterCommand;
use amphi_events::gateway::{GatewayCommand, Health, Margins};
use amphi_events::ids::PersonId;
use amphi_events::meeting::MeetingCommand;
use futures_util::future::join_all;

use super::HOUR;
use super::world::{World, at};

/// Census W11: a webinar moved to a time at which its own gateway is another's is given one that is free then.
#[tokio::test]
async fn w11_moved_onto_a_slot_where_its_gateway_is_taken() {
    let mut w = World::new(Margins::NONE, &[1, 2]).await;
    let first = w.plan(at(10), at(11)).await;
    let one = w.held_by(first).await.unwrap();
    w.out(w.gateways[1], at(13), Some(at(15))).await;
    let second = w.plan(at(13), at(14)).await;
    assert_eq!(w.held_by(second).await, Some(one), "the other is out of service");
    w.change(second, w.owner, |d| d.starts_at = at(10)).await;
    w.settle().await;
    assert_eq!(w.held_by(second).await, Some(w.gateways[1]));
    // Lengthened over its neighbour: again the other one.
    let third = w.plan(at(11), at(12)).await;
    let its = w.held_by(third).await.unwrap();
    w.holds_together().await;
    w.change(if its == one { first } else { second }, w.owner, |d| {
        d.duration_s = 2 * HOUR
    })
    .await;
    w.settle().await;
    w.holds_together().await;
}

/// Census W12: unticked, or where none is free, nothing of the webinar stays behind; ticked again it is decided anew.
#[tokio::test]
async fn w12_unticked_leaves_nothing_behind() {
    let mut w = World::new(Margins::NONE, &[1]).await;
    let first = w.plan(at(10), at(11)).await;
    let second = w.plan(at(10), at(11)).await;
    assert!(w.held_by(first).await.is_some() && w.held_by(second).await.is_none());
    let kept = w.meeting(second).await.details.unwrap();
    assert!(kept.is_webinar, "it stays a webinar, and says that it waits");
    assert!(w.live_of(second).await.1.lacking.is_some());
    w.change(first, w.owner, |d| d.is_webinar = false).await;
    w.settle().await;
    assert!(w.live_of(first).await.1.cancelled);
    assert!(w.held_by(first).await.is_none());
    assert_eq!(w.held_by(second).await, Some(w.gateways[0]), "what waits is served");
    w.change(first, w.owner, |d| d.is_webinar = true).await;
    w.settle().await;
    assert!(w.live_of(first).await.1.lacking.is_some());
    w.holds_together().await;
}

/// Census W13: whoever saves at the same moment, a gateway is given once.
#[tokio::test]
async fn w13_savers_at_the_same_moment() {
    let mut w = World::new(Margins::NONE, &[1, 2]).await;
    let mut all = vec![];
    for _ in 0..10 {
        all.push(w.schedule(World::details(at(10), at(11))).await);
    }
    join_all(all.iter().map(|m| w.step(*m))).await;
    w.settle().await;
    let mut served = 0;
    for meeting in &all {
        served += usize::from(w.held_by(*meeting).await.is_some());
    }
    assert_eq!(served, 2);
    w.holds_together().await;
}

/// Census W14: a gateway out of service is given to nobody; who holds it then is given another, and gets it back if there was none.
#[tokio::test]
async fn w14_out_of_service() {
    let mut w = World::new(Margins::NONE, &[1]).await;
    let meeting = w.plan(at(10), at(12)).await;
    let one = w.gateways[0];
    let outage = w.out(one, at(11), None).await;
    w.settle().await;
    assert!(w.held_by(meeting).await.is_none(), "it waits");
    w.holds_together().await;
    let two = w.add_gateway(2).await;
    w.settle().await;
    assert_eq!(w.held_by(meeting).await, Some(two));
    w.out(two, at(9), Some(at(10).plus_s(1))).await;
    w.settle().await;
    assert!(w.held_by(meeting).await.is_none());
    w.gateway(one, GatewayCommand::BackInService { outage }).await;
    w.settle().await;
    assert_eq!(w.held_by(meeting).await, Some(one));
    // What runs goes on: an outage is no stop.
    w.now(at(10));
    w.runs(meeting, at(12)).await;
    w.out(one, at(10), None).await;
    w.settle().await;
    assert_eq!(w.held_by(meeting).await, Some(one));
}

/// Census W14: among free ones the healthy first, then the least used, then the first that came; and always the same.
#[tokio::test]
async fn w14_healthy_first_then_least_used() {
    let mut w = World::new(Margins::NONE, &[1, 2, 3]).await;
    let [one, two, three] = [w.gateways[0], w.gateways[1], w.gateways[2]];
    for (gateway, health) in [(one, Health::Unreachable), (two, Health::Up), (three, Health::Up)] {
        w.seen(gateway, health).await;
    }
    let mut got = vec![];
    for day in 0..4 {
        let meeting = w.plan(at(24 * day + 10), at(24 * day + 11)).await;
        got.push(w.held_by(meeting).await.unwrap());
    }
    assert_eq!(got, [two, three, two, three]);
    // None healthy is better than none.
    w.seen(two, Health::WrongToken).await;
    w.seen(three, Health::BusyElsewhere).await;
    let meeting = w.plan(at(210), at(211)).await;
    assert_eq!(w.held_by(meeting).await, Some(three), "busy elsewhere ends by itself");
}

/// Census W15: two gateways that push to the same place are never given to two lives at once.
#[tokio::test]
async fn w15_two_gateways_of_one_broadcaster() {
    let mut w = World::new(Margins::NONE, &[1, 1]).await;
    let first = w.plan(at(10), at(11)).await;
    let second = w.plan(at(10).plus_s(1800), at(12)).await;
    assert!(w.held_by(first).await.is_some() && w.held_by(second).await.is_none());
    w.holds_together().await;
    // Given a place of its own, the second gateway serves it.
    w.set_gateway(w.gateways[1], 2).await;
    w.settle().await;
    assert_eq!(w.held_by(second).await, Some(w.gateways[1]));
    // And back: whoever holds the place keeps it, the other waits.
    w.set_gateway(w.gateways[1], 1).await;
    w.settle().await;
    assert!(w.held_by(first).await.is_some() && w.held_by(second).await.is_none());
    w.holds_together().await;
}

/// Holds from before broadcasters had a calendar are made whole, and nobody loses anything.
#[tokio::test]
async fn holds_of_the_version_before_are_made_whole() {
    let mut w = World::new(Margins::NONE, &[1]).await;
    let meeting = w.plan(at(10), at(11)).await;
    let (live, state) = w.live_of(meeting).await;
    let place = state.held.unwrap().broadcaster;
    let places = &w.deps.aggregates.broadcasters;
    let there = places
        .look(place)
        .await
        .unwrap()
        .state
        .reservations
        .of(live)
        .unwrap()
        .id;
    let release = BroadcasterCommand::Release { reservation: there };
    places.execute(place, release, w.act()).await.unwrap();
    w.settle().await;
    let whole = places.look(place).await.unwrap().state;
    assert!(whole.reservations.of(live).is_some());
    assert_eq!(w.live_of(meeting).await.1.held, state.held);
    w.holds_together().await;
}

/// Census W18: a live holds one thing once, however often it was moved.
#[tokio::test]
async fn w18_one_hold_a_live() {
    let mut w = World::new(Margins::NONE, &[1, 2]).await;
    let meeting = w.plan(at(10), at(11)).await;
    for hour in [12, 10, 14, 9, 20] {
        w.change(meeting, w.owner, |d| d.starts_at = at(hour)).await;
        w.settle().await;
    }
    let holds = w.holds().await;
    assert_eq!(holds.len(), 2, "a gateway and its broadcaster: {holds:?}");
    assert!(holds.iter().all(|h| (h.2, h.3) == (at(20), at(21))), "{holds:?}");
}

/// Census W20: a webinar that is deleted leaves its gateway to whoever waits.
#[tokio::test]
async fn w20_deleted_frees() {
    let mut w = World::new(Margins::NONE, &[1]).await;
    let first = w.plan(at(10), at(11)).await;
    let second = w.plan(at(10), at(11)).await;
    let meetings = &w.deps.aggregates.meetings;
    meetings.execute(first, MeetingCommand::Cancel, w.act()).await.unwrap();
    w.settle().await;
    assert!(w.held_by(first).await.is_none() && w.held_by(second).await.is_some());
    w.holds_together().await;
}

/// Census W27: what follows from a change follows from the meeting, whoever makes it.
#[tokio::test]
async fn w27_whoever_edits() {
    let mut w = World::new(Margins::NONE, &[1]).await;
    let stranger: PersonId = w.deps.sources.id();
    let meeting = w.plan(at(10), at(11)).await;
    assert!(w.change(meeting, stranger, |d| d.starts_at = at(15)).await);
    w.settle().await;
    let held = w.live_of(meeting).await.1.held.unwrap();
    assert_eq!((held.from, held.to), (at(15), at(16)));
    w.holds_together().await;
}

/// Margins made wider take no gateway from who holds it.
#[tokio::test]
async fn margins_keep_apart() {
    let margins = Margins {
        before_s: 600,
        after_s: 300,
    };
    let mut w = World::new(margins, &[1]).await;
    w.plan(at(10), at(11)).await;
    let near = w.plan(at(11).plus_s(899), at(12)).await;
    assert!(w.held_by(near).await.is_none());
    assert_eq!(w.live_of(near).await.1.lacking.unwrap().2[0], at(11).plus_s(900));
    w.change(near, w.owner, |d| d.starts_at = at(11).plus_s(900)).await;
    w.settle().await;
    assert!(w.held_by(near).await.is_some());
    w.holds_together().await;
}
