//! The calendar, driven at random.

use amphi_events::gateway::{GatewayCommand, Margins};
use amphi_events::ids::{GatewayId, OutageId};
use amphi_events::meeting::MeetingCommand;
use proptest::prelude::*;

use super::holds::Hold;
use super::world::World;

#[derive(Debug, Clone)]
enum Step {
    Plan(i64, i64),
    Move(usize, i64),
    Lengthen(usize, i64),
    Tick(usize, bool),
    Cancel(usize),
    Out(usize, i64, Option<i64>),
    Back(usize),
    Add(usize),
    Push(usize, usize),
    Wait(i64),
    Run(usize),
    Stop(usize),
}

/// Quarters of an hour, within a day and a half.
fn step() -> impl Strategy<Value = Step> {
    let (when, long) = (0..96_i64, 1..16_i64);
    prop_oneof![
        8 => (when.clone(), long.clone()).prop_map(|(from, long)| Step::Plan(from, long)),
        4 => (0..12_usize, when.clone()).prop_map(|(n, from)| Step::Move(n, from)),
        3 => (0..12_usize, long.clone()).prop_map(|(n, long)| Step::Lengthen(n, long)),
        2 => (0..12_usize, any::<bool>()).prop_map(|(n, on)| Step::Tick(n, on)),
        2 => (0..12_usize).prop_map(Step::Cancel),
        2 => (0..4_usize, when, prop::option::of(long)).prop_map(|(g, from, long)| Step::Out(g, from, long)),
        2 => (0..6_usize).prop_map(Step::Back),
        1 => (0..3_usize).prop_map(Step::Add),
        1 => (0..4_usize, 0..3_usize).prop_map(|(g, place)| Step::Push(g, place)),
        2 => (1..8_i64).prop_map(Step::Wait),
        3 => (0..12_usize).prop_map(Step::Run),
        2 => (0..12_usize).prop_map(Step::Stop),
    ]
}

const QUARTER: i64 = 900;

async fn play(margins: Margins, places: &[usize], steps: &[Step]) -> Vec<Hold> {
    let mut w = World::new(margins, places).await;
    let mut outages: Vec<(GatewayId, OutageId)> = vec![];
    let owner = w.owner;
    for step in steps {
        let now = w.deps.now();
        let after = |quarters: i64| now.plus_s(quarters * QUARTER);
        let nth = |n: usize| w.meetings.get(n % w.meetings.len().max(1)).copied();
        match step {
            Step::Plan(from, long) => {
                let details = World::details(after(*from), after(from + long));
                w.schedule(details).await;
            }
            Step::Move(n, from) => {
                if let Some(meeting) = nth(*n) {
                    w.change(meeting, owner, |d| d.starts_at = after(*from)).await;
                }
            }
            Step::Lengthen(n, long) => {
                if let Some(meeting) = nth(*n) {
                    w.change(meeting, owner, |d| d.duration_s = long * QUARTER).await;
                }
            }
            Step::Tick(n, on) => {
                if let Some(meeting) = nth(*n) {
                    w.change(meeting, owner, |d| d.is_webinar = *on).await;
                }
            }
            Step::Cancel(n) => {
                if let Some(meeting) = nth(*n) {
                    let meetings = &w.deps.aggregates.meetings;
                    meetings
                        .execute(meeting, MeetingCommand::Cancel, w.act())
                        .await
                        .unwrap();
                }
            }
            Step::Out(g, from, long) => {
                let gateway = w.gateways[g % w.gateways.len()];
                let to = long.map(|long| after(from + long));
                outages.push((gateway, w.out(gateway, after(*from), to).await));
            }
            Step::Back(n) if !outages.is_empty() => {
                let (gateway, outage) = outages.remove(n % outages.len());
                w.gateway(gateway, GatewayCommand::BackInService { outage }).await;
            }
            Step::Back(_) => {}
            Step::Add(place) => drop(w.add_gateway(*place).await),
            Step::Push(g, place) => w.set_gateway(w.gateways[g % w.gateways.len()], *place).await,
            Step::Wait(quarters) => w.now(after(*quarters)),
            Step::Run(n) => {
                if let Some(meeting) = nth(*n) {
                    w.may_run(meeting).await;
                }
            }
            Step::Stop(n) => {
                if let Some(meeting) = nth(*n)
                    && w.meeting(meeting).await.live.is_some()
                    && let Some(run) = w.live_of(meeting).await.1.run
                {
                    w.stops(meeting, run.id).await;
                }
            }
        }
        w.settle().await;
        w.holds_together().await;
    }
    w.holds().await
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Whatever is planned, moved, lengthened, unticked, deleted, taken out of service, added and changed: no two reservations of a
    /// gateway or of a broadcaster overlap, margins and all; nothing is held that is not wanted; nobody waits while a gateway is free; and
    /// the same acts give the same choice.
    #[test]
    fn the_calendar_holds_together(
        steps in prop::collection::vec(step(), 1..24),
        places in prop::collection::vec(0..3_usize, 1..4),
        margins in (0..3_i64, 0..3_i64).prop_map(|(b, a)| Margins { before_s: b * 300, after_s: a * 400 }),
    ) {
        let run = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(play(margins, &places, &steps))
        };
        prop_assert_eq!(run(), run());
    }
}
