//! What heals in the model's time, and what doesn't stop, without anything being random.

use amphi_events::broadcaster::BroadcasterCommand;
use amphi_events::gateway::{GatewayCommand, Margins};
use amphi_events::ids::{BroadcasterId, GatewayId, LiveId, MeetingId};
use amphi_events::live::{LiveCommand, LiveEvent};
use amphi_events::log::Filter;
use amphi_events::meeting::MeetingCommand;
use amphi_events::{EventData as _, Time};

use super::bbb::BbbMood;
use super::house::House;
use super::machines::{Mood, Robot};
use crate::reactors::planner::tests::World;

/// A live of no meeting holds a gateway and is wanted, as one is whose room is elsewhere.
async fn live_of_no_meeting(house: &mut House, from: Time, to: Time) -> (LiveId, GatewayId) {
    let deps = house.world.deps.clone();
    let (live, gateway): (LiveId, _) = (deps.sources.id(), house.world.gateways[0]);
    let plan = LiveCommand::Plan {
        meeting: None,
        owner: house.world.owner,
        presenters: vec![],
        title: "Open day".to_owned(),
        starts_at: from,
        ends_at: to,
        restricted: false,
    };
    let lives = &deps.aggregates.lives;
    lives.execute(live, plan, house.world.act()).await.unwrap();
    let broadcaster = BroadcasterId(ulid::Ulid(0));
    let (reservation, margins) = (deps.sources.id(), Margins::NONE);
    let reserve = GatewayCommand::Reserve {
        reservation,
        live,
        from,
        to,
        margins,
    };
    house.world.gateway(gateway, reserve).await;
    let show = BroadcasterCommand::Reserve {
        reservation: deps.sources.id(),
        live,
        from,
        to,
        margins,
    };
    let places = &deps.aggregates.broadcasters;
    places.execute(broadcaster, show, house.world.act()).await.unwrap();
    let held = LiveCommand::GatewayReserved {
        gateway,
        broadcaster,
        reservation,
        from,
        to,
    };
    lives.execute(live, held, house.world.act()).await.unwrap();
    let wish = LiveCommand::Request {
        session: None,
        until: to,
    };
    lives.execute(live, wish, house.world.act()).await.unwrap();
    house.lives.push(live);
    (live, gateway)
}

/// A webinar whose room is open.
async fn room_of_webinar(house: &mut House) -> (MeetingId, LiveId) {
    let now = house.now();
    let meeting = house.world.schedule(World::details(now, now.plus_s(3600))).await;
    house.settle().await.unwrap();
    let start = MeetingCommand::Start {
        session: house.world.deps.sources.id(),
        until: now.plus_s(3600),
    };
    let meetings = &house.world.deps.aggregates.meetings;
    meetings.execute(meeting, start, house.world.act()).await.unwrap();
    until(house, 40).await;
    let live = house.world.meeting(meeting).await.live.unwrap();
    (meeting, live)
}

async fn until(house: &mut House, seconds: i64) {
    let then = house.now().plus_s(seconds);
    while house.now() < then {
        house.tick(then);
        house.settle().await.unwrap();
    }
}

/// That a live has no meeting says nothing of whether its picture can be moved: it was tried at the same gateway until it was given up.
#[tokio::test]
async fn a_live_without_a_meeting_is_moved_to_another_gateway() {
    let mut house = House::new(Margins::NONE, 2).await;
    let now = house.now();
    let (live, first) = live_of_no_meeting(&mut house, now, now.plus_s(3600)).await;
    house.settle().await.unwrap();
    until(&mut house, 30).await;
    let run = house.live(live).await.run.unwrap();
    assert!(run.on_air_since.is_some() && run.gateway == first);
    // Its picture stands, and the gateway answers to nobody: its run is left behind.
    {
        let mut machines = house.machines.now();
        let machine = machines.get_mut(&0).unwrap();
        (machine.frozen, machine.mood) = (Some(now.plus_s(30)), Mood::Silent);
    }
    until(&mut house, 120).await;
    let state = house.live(live).await;
    let run = state.run.clone().unwrap();
    assert_eq!((run.gateway, state.fenced.len()), (house.world.gateways[1], 1));
    assert!(run.on_air_since.is_some() && run.stalled.is_none());
    assert_eq!(state.held.unwrap().gateway, run.gateway, "the hold moved with it");
    let log = &house.world.deps.log;
    let news = log
        .read_all(amphi_events::Position(0), &Filter::default(), usize::MAX)
        .await
        .unwrap();
    let moved = news.events.iter().find(|e| e.event.kind == "LiveTakenOver").unwrap();
    assert_eq!(moved.event.cause, "healing:1");
    let said = LiveEvent::decode(&moved.event.kind, moved.event.schema, &moved.event.data).unwrap();
    assert!(matches!(said, LiveEvent::LiveTakenOver { from, to, .. } if (from, to) == (first, run.gateway)));
    // What was reserved for it there has the same cause, and nobody else's.
    let held = news
        .events
        .iter()
        .filter(|e| e.event.kind == "GatewayReserved")
        .nth(1)
        .unwrap();
    assert_eq!(held.event.cause, "healing:1");
    // The gateway answers again: what was left behind is stopped, and it serves others.
    house.machines.now().get_mut(&0).unwrap().mood = Mood::Well;
    until(&mut house, 60).await;
    assert!(house.live(live).await.fenced.is_empty() && house.machines.now()[&0].runs.is_none());
    let gateways = &house.world.deps.aggregates.gateways;
    assert_eq!(gateways.look(first).await.unwrap().state.taken, None);
}

/// The picture of a robot that is gone moves on, and shows a farewell page.
#[tokio::test]
async fn a_robot_that_is_put_out_of_its_room_is_missed_and_another_comes() {
    let mut house = House::new(Margins::NONE, 1).await;
    let (_, live) = room_of_webinar(&mut house).await;
    let first = house.live(live).await.run.unwrap();
    assert!(first.robot_since.is_some() && first.on_air_since.is_some(), "{first:?}");
    assert!(house.machines.is_in_room(0));
    let token = house.machines.now()[&0].runs.clone().unwrap().room;
    house.machines.robot(0, &token, Robot::Away);
    until(&mut house, 90).await;
    let second = house.live(live).await.run.unwrap();
    assert_ne!(second.id, first.id);
    assert!(second.on_air_since.is_some() && house.machines.is_in_room(0));
}

/// BBB that answers with an error says nothing of its rooms; one that says *not found* twice does.
#[tokio::test]
async fn an_error_of_bbb_stops_no_live_and_a_room_that_is_gone_does() {
    let mut house = House::new(Margins::NONE, 1).await;
    let (meeting, live) = room_of_webinar(&mut house).await;
    let run = house.live(live).await.run.unwrap().id;
    for mood in [BbbMood::Refusing, BbbMood::Silent, BbbMood::Garbled, BbbMood::Denying] {
        house.machines.bbb().mood = mood;
        until(&mut house, 120).await;
        let state = house.live(live).await;
        assert!(
            state.wanted.is_some() && state.run.is_some_and(|r| r.id == run),
            "{mood:?}"
        );
    }
    house.machines.bbb().mood = BbbMood::Well;
    house.machines.bbb().loses(0);
    until(&mut house, 60).await;
    let state = house.live(live).await;
    assert!(state.wanted.is_none() && state.run.is_none());
    assert_eq!(house.world.meeting(meeting).await.session, None);
    assert!(house.machines.now()[&0].runs.is_none());
}
