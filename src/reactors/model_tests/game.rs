//! A case that is played: each step is done as people, machines and clocks do it, and then it is looked.

use amphi_events::Time;
use amphi_events::gateway::{GatewayCommand, Margins};
use amphi_events::ids::{LiveId, MeetingId, SessionId};
use amphi_events::live::{Live, LiveCommand, StopReason};
use amphi_events::meeting::MeetingCommand;

use super::bbb::BbbMood;
use super::house::House;
use super::judge::Judge;
use super::machines::{Mood, NextStart, Robot};
use super::steps::Step;
use crate::reactors::planner::tests::World;

const MINUTE: i64 = 60;
/// Webinars to come or under way at once.
const MOST_PLANS: usize = 4;
const MARGINS: Margins = Margins {
    before_s: 60,
    after_s: 120,
};
/// Longest that a step lasts, in seconds.
const MOST_WAIT_S: i64 = 20 * MINUTE;

pub struct Game {
    pub house: House,
    judge: Judge,
}

impl Game {
    pub async fn new(gateways: usize) -> Self {
        Self {
            house: House::new(MARGINS, gateways).await,
            judge: Judge::default(),
        }
    }

    async fn live_of(&self, meeting: MeetingId) -> Option<LiveId> {
        self.house.world.meeting(meeting).await.live
    }

    /// The `n`th of those that are so.
    async fn nth(&self, n: usize, so: impl Fn(&Live) -> bool) -> Option<(MeetingId, LiveId)> {
        let mut found = Vec::new();
        for meeting in &self.house.world.meetings {
            if let Some(live) = self.live_of(*meeting).await
                && so(&self.house.live(live).await)
            {
                found.push((*meeting, live));
            }
        }
        (!found.is_empty()).then(|| found[n % found.len()])
    }

    /// The `n`th meeting that is not over.
    async fn to_come(&self, n: usize) -> Option<MeetingId> {
        let now = self.house.now();
        let open = |l: &Live| !l.cancelled && l.plan.as_ref().is_some_and(|p| p.ends_at > now);
        self.nth(n, open).await.map(|(meeting, _)| meeting)
    }

    /// The `n`th of those whose time it is and of which no picture is wanted.
    async fn due(&self, n: usize) -> Option<(MeetingId, LiveId)> {
        let now = self.house.now();
        let its_time = |l: &Live| {
            let plan = l.plan.as_ref().filter(|_| !l.cancelled && l.wanted.is_none());
            plan.is_some_and(|p| p.starts_at.plus_s(-2 * MINUTE) <= now && now < p.ends_at)
        };
        self.nth(n, its_time).await
    }

    /// Until when a live may go on that is wanted now.
    async fn until(&self, meeting: MeetingId) -> Time {
        let ends = self.house.world.meeting(meeting).await.details.unwrap().ends_at();
        ends.max(self.house.now()).plus_s(30 * MINUTE)
    }

    async fn asks(&self, live: LiveId, command: LiveCommand) {
        let lives = &self.house.world.deps.aggregates.lives;
        // What is refused is refused.
        drop(lives.execute(live, command, self.house.world.act()).await);
    }

    async fn asks_meeting(&self, meeting: MeetingId, command: MeetingCommand) {
        let meetings = &self.house.world.deps.aggregates.meetings;
        drop(meetings.execute(meeting, command, self.house.world.act()).await);
    }

    async fn open(&mut self, meeting: MeetingId) {
        let session: SessionId = self.house.world.deps.sources.id();
        let until = self.until(meeting).await;
        self.asks_meeting(meeting, MeetingCommand::Start { session, until })
            .await;
        if self.house.world.meeting(meeting).await.session == Some(session) {
            self.house.sessions.push(session);
        }
    }

    async fn plans(&self) -> usize {
        let now = self.house.now();
        let mut count = 0;
        for meeting in &self.house.world.meetings {
            let folded = self.house.world.meeting(*meeting).await;
            count += usize::from(!folded.cancelled && folded.details.is_some_and(|d| d.ends_at() > now));
        }
        count
    }

    async fn plan(&mut self, from: Time, seconds: i64) {
        if self.plans().await < MOST_PLANS {
            let details = World::details(from, from.plus_s(seconds));
            self.house.world.schedule(details).await;
        }
    }

    /// Time passes, and it is looked all the while.
    pub async fn wait(&mut self, seconds: i64) -> Result<(), String> {
        let until = self.house.now().plus_s(seconds);
        while self.house.now() < until {
            self.house.tick(until);
            self.house.settle().await?;
            self.judge.look(&self.house).await?;
        }
        Ok(())
    }

    pub async fn take(&mut self, step: &Step) -> Result<(), String> {
        match *step {
            Step::Plan(..)
            | Step::PlanAfter(..)
            | Step::Move(..)
            | Step::Lengthen(..)
            | Step::Cancel(_)
            | Step::Untick(_) => self.plan_step(step).await,
            Step::Open(_) | Step::End(_) | Step::Start(_) | Step::Again(_) | Step::Stop(_) | Step::Restart(_) => {
                self.people_step(step).await
            }
            Step::Kill => self.house.die(),
            Step::Jump(by) => {
                self.house.set_clock(by * 1000);
                self.judge.jumped(by * 1000);
            }
            Step::Wait(seconds) => self.wait(seconds).await?,
            Step::WaitOut(n, past) => {
                if let Some((_, live)) = self.nth(n, |l| l.run.is_some() && l.plan.is_some()).await {
                    let ends = self.house.live(live).await.plan.unwrap().ends_at;
                    let left = ends.plus_s(past).since_ms(self.house.now()) / 1000;
                    self.wait(left.clamp(0, MOST_WAIT_S)).await?;
                }
            }
            Step::Follow(n, by) => self.follow(n, by).await?,
            _ => self.machine_step(step).await,
        }
        self.house.settle().await?;
        self.judge.look(&self.house).await?;
        self.house.world.holds_together().await;
        Ok(())
    }

    async fn follow(&mut self, n: usize, by: i64) -> Result<(), String> {
        let Some((_, live)) = self.nth(n, |l| l.run.is_some() && l.plan.is_some()).await else {
            return Ok(());
        };
        let ends = self.house.live(live).await.plan.unwrap().ends_at;
        let from = ends.plus_s(MARGINS.between_s() + by);
        let (left, before) = (from.since_ms(self.house.now()) / 1000, self.house.world.meetings.len());
        if !(0..MOST_WAIT_S).contains(&left) {
            return Ok(());
        }
        self.plan(from, 10 * MINUTE).await;
        self.house.settle().await?;
        self.wait(left + 5).await?;
        let Some(next) = self.house.world.meetings.get(before).copied() else {
            return Ok(());
        };
        if let Some(live) = self.live_of(next).await {
            let until = self.until(next).await;
            self.asks(live, LiveCommand::Request { session: None, until }).await;
        }
        Ok(())
    }

    async fn plan_step(&mut self, step: &Step) {
        let (now, owner) = (self.house.now(), self.house.world.owner);
        match *step {
            Step::Plan(from, long) => self.plan(now.plus_s(from * MINUTE), long * MINUTE).await,
            Step::PlanAfter(n, by) => {
                if let Some(meeting) = self.to_come(n).await {
                    let details = self.house.world.meeting(meeting).await.details.unwrap();
                    let from = details.ends_at().plus_s(MARGINS.between_s() + by);
                    self.plan(from, 10 * MINUTE).await;
                }
            }
            Step::Move(n, from) => {
                if let Some(meeting) = self.to_come(n).await {
                    let change = |d: &mut amphi_events::meeting::Details| d.starts_at = now.plus_s(from * MINUTE);
                    self.house.world.change(meeting, owner, change).await;
                }
            }
            Step::Lengthen(n, long) => {
                if let Some(meeting) = self.to_come(n).await {
                    let world = &self.house.world;
                    world.change(meeting, owner, |d| d.duration_s = long * MINUTE).await;
                }
            }
            Step::Cancel(n) => {
                if let Some(meeting) = self.to_come(n).await {
                    self.asks_meeting(meeting, MeetingCommand::Cancel).await;
                }
            }
            Step::Untick(n) => {
                if let Some(meeting) = self.to_come(n).await {
                    self.house.world.change(meeting, owner, |d| d.is_webinar = false).await;
                }
            }
            _ => unreachable!("no plan"),
        }
    }

    async fn people_step(&mut self, step: &Step) {
        match *step {
            Step::Open(n) => {
                if let Some((meeting, _)) = self.due(n).await {
                    self.open(meeting).await;
                }
            }
            Step::End(n) => {
                if let Some((meeting, _)) = self.nth(n, |l| l.wanted.is_some_and(|w| w.session.is_some())).await {
                    self.asks_meeting(meeting, MeetingCommand::End).await;
                }
            }
            Step::Start(n) => {
                if let Some((meeting, live)) = self.due(n).await {
                    let until = self.until(meeting).await;
                    self.asks(live, LiveCommand::Request { session: None, until }).await;
                }
            }
            Step::Again(n) => {
                if let Some((meeting, live)) = self.nth(n, |l| l.wanted.is_none() && l.wanted_for.is_some()).await {
                    let (folded, until) = (self.house.world.meeting(meeting).await, self.until(meeting).await);
                    if let Some(session) = folded.session.filter(|_| !folded.ending) {
                        let session = Some(session);
                        self.asks(live, LiveCommand::Request { session, until }).await;
                    }
                }
            }
            Step::Stop(n) => {
                if let Some((_, live)) = self.nth(n, |l| l.wanted.is_some()).await {
                    self.asks(live, LiveCommand::Stop(StopReason::Presenter)).await;
                }
            }
            Step::Restart(n) => {
                if let Some((_, live)) = self.nth(n, |l| l.run.is_some()).await {
                    self.asks(live, LiveCommand::Restart).await;
                }
            }
            _ => unreachable!("no act of people"),
        }
    }

    async fn machine_step(&mut self, step: &Step) {
        let (now, count) = (self.house.now(), self.house.world.gateways.len());
        match *step {
            Step::Mood(g, mood) => self.house.machines.now().get_mut(&(g % count)).unwrap().mood = mood,
            Step::Next(g, next) => self.house.machines.now().get_mut(&(g % count)).unwrap().next = next,
            Step::Freeze(g) => {
                let mut machines = self.house.machines.now();
                machines.get_mut(&(g % count)).unwrap().frozen.get_or_insert(now);
            }
            Step::Dies(g) => self.house.machines.now().get_mut(&(g % count)).unwrap().runs = None,
            Step::PutOut(n) => {
                let mut machines = self.house.machines.now();
                let robots = machines.values_mut().filter_map(|m| m.runs.as_mut());
                let mut inside: Vec<_> = robots.filter(|c| matches!(c.robot, Robot::In(..))).collect();
                if let Some(n) = n.checked_rem(inside.len()) {
                    inside[n].robot = Robot::Away;
                }
            }
            Step::Out(g, from, long) => {
                let from = now.plus_s(from * MINUTE);
                let to = long.map(|long| from.plus_s(long * MINUTE));
                let gateway = self.house.world.gateways[g % count];
                let outage = self.house.world.out(gateway, from, to).await;
                self.house.outages.push((gateway, outage));
            }
            Step::Back(n) => {
                let count = self.house.outages.len();
                if let Some(n) = n.checked_rem(count) {
                    let (gateway, outage) = self.house.outages.remove(n);
                    let back = GatewayCommand::BackInService { outage };
                    self.house.world.gateway(gateway, back).await;
                }
            }
            Step::Bbb(mood) => self.house.machines.bbb().mood = mood,
            Step::NextCreate(next) => self.house.machines.bbb().next = next,
            Step::Loses(n) => self.house.machines.bbb().loses(n),
            _ => unreachable!("no machine"),
        }
    }

    /// Everything is mended and everything is stopped: nothing is left.
    pub async fn end(&mut self) -> Result<(), String> {
        for machine in self.house.machines.now().values_mut() {
            (machine.mood, machine.next) = (Mood::Well, NextStart::Well);
        }
        self.house.machines.bbb().mood = BbbMood::Well;
        for meeting in self.house.world.meetings.clone() {
            if let Some(live) = self.live_of(meeting).await {
                self.asks(live, LiveCommand::Stop(StopReason::Presenter)).await;
            }
            self.asks_meeting(meeting, MeetingCommand::End).await;
        }
        self.wait(100).await?;
        for meeting in self.house.world.meetings.clone() {
            self.asks_meeting(meeting, MeetingCommand::Cancel).await;
        }
        self.take(&Step::Wait(100)).await?;
        let holds = self.house.world.holds().await;
        let left: Vec<_> = holds.iter().filter(|h| h.3 > self.house.now()).collect();
        if !left.is_empty() {
            return Err(format!("reservations are left: {left:?}"));
        }
        if self.house.machines.now().values().any(|m| m.runs.is_some()) {
            return Err("a gateway runs when all is over".to_owned());
        }
        match self.house.machines.bbb().rooms() {
            0 => Ok(()),
            n => Err(format!("{n} rooms are open when all is over")),
        }
    }
}
