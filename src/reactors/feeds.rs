//! Feeds: lives whose picture an encoder pushes to a broadcaster by itself. One worker a live.
//!
//! Nobody is told to start or to stop. In the live's time its playlist is looked at, and what changes is said; past its planned end a picture
//! that still moves goes on for as long as a live may overrun, unless somebody else's time begins there.

use std::sync::Arc;
use std::time::Duration;

use amphi_events::broadcaster::BroadcasterCommand;
use amphi_events::feed::{Feed, FeedCommand, FeedEnd};
use amphi_events::ids::{BroadcasterId, EventId, LiveId};
use amphi_events::live::Live;
use amphi_events::mail::About;
use amphi_events::{ExecuteError, Time};
use async_trait::async_trait;

use super::Deps;
use super::hands::{Hand, Next, Worker};
use super::planner::{administrators, request_mail};
use crate::gateways::playlist::{Address, Probe, ProbeMemory, probe};
use crate::outgoing::Trust;

/// Clocks are set: at the latest after so long it is looked again.
const LOOK_AGAIN: Duration = Duration::from_hours(1);
/// Whoever plans a live has done so within this time, in milliseconds.
const SETTLED_MS: i64 = 60_000;

/// A plan that is older is told of no more, in milliseconds.
const TELLS_MS: i64 = 3_600_000;

/// Makes workers.
pub fn worker(deps: Arc<Deps>) -> impl Fn(&str, &Arc<Hand>) -> Option<Box<dyn Worker>> {
    move |id, _| {
        let live = id.parse().ok()?;
        Some(Box::new(Feeds {
            deps: deps.clone(),
            live,
            picture: ProbeMemory::default(),
            still_since: None,
            unheld_since: None,
            told: None,
        }))
    }
}

struct Feeds {
    deps: Arc<Deps>,
    live: LiveId,
    picture: ProbeMemory,
    /// Since when looks said that nothing moves.
    still_since: Option<Time>,
    /// Since when nothing is held for it where it is to be shown, or for another time.
    unheld_since: Option<Time>,
    /// The plan that people were told of.
    told: Option<EventId>,
}

/// What follows from the plan, the feed and the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    /// Nothing for so long, in milliseconds.
    Later(i64),
    /// Its time has come.
    Await,
    /// Look at the playlist.
    Look,
    /// It is over.
    End(FeedEnd),
    /// Nothing is left to do.
    Nothing,
}

/// `next` is when somebody else's time begins at the broadcaster.
fn due(live: &Live, feed: &Feed, next: Option<Time>, overrun_ms: i64, now: Time) -> Due {
    let Some(plan) = live.plan.as_ref().filter(|_| feed.broadcaster.is_some()) else {
        return Due::Nothing;
    };
    let shown = feed.awaited.is_some();
    if live.cancelled {
        return if shown {
            Due::End(FeedEnd::Cancelled)
        } else {
            Due::Nothing
        };
    }
    if now < plan.starts_at {
        // Its start was moved: what was shown is not of this time.
        return if shown {
            Due::End(FeedEnd::TimeOver)
        } else {
            Due::Later(plan.starts_at.since_ms(now))
        };
    }
    if now < plan.ends_at {
        return if shown { Due::Look } else { Due::Await };
    }
    if !shown {
        return Due::Nothing;
    }
    let until = next.map_or(plan.ends_at.plus_ms(overrun_ms), |n| {
        n.min(plan.ends_at.plus_ms(overrun_ms))
    });
    if feed.moves.is_some() && now < until {
        Due::Look
    } else {
        Due::End(FeedEnd::TimeOver)
    }
}

#[async_trait]
impl Worker for Feeds {
    async fn step(&mut self) -> anyhow::Result<Next> {
        let aggregates = &self.deps.aggregates;
        let live = aggregates
            .lives
            .look(self.live)
            .await
            .map_err(anyhow::Error::msg)?
            .state;
        let feed = aggregates
            .feeds
            .look(self.live)
            .await
            .map_err(anyhow::Error::msg)?
            .state;
        let now = self.deps.now();
        self.tell_people(&live, &feed, now).await?;
        let next = match (feed.broadcaster, &live.plan) {
            (Some(at), Some(plan)) if plan.ends_at <= now => self.next_there(at, plan.ends_at).await?,
            _ => None,
        };
        let overrun = i64::try_from(self.deps.settings.overrun.as_millis()).unwrap_or(i64::MAX);
        match due(&live, &feed, next, overrun, now) {
            Due::Nothing => {
                self.let_go(&live, &feed).await?;
                Ok(Next::Over)
            }
            Due::Later(ms) => {
                self.let_go(&live, &feed).await?;
                let again = self.hold_again(&live, &feed, now).await?;
                let wait = again.unwrap_or(LOOK_AGAIN).min(LOOK_AGAIN);
                Ok(Next::Wait(wait.min(Duration::from_millis(ms.unsigned_abs()))))
            }
            Due::Await => {
                self.picture = ProbeMemory::default();
                super::house::is_heard(&self.deps, self.live, "feeds").await;
                self.tell(FeedCommand::Await).await?;
                Ok(Next::Again)
            }
            Due::End(why) => {
                self.tell(FeedCommand::End(why)).await?;
                Ok(Next::Again)
            }
            Due::Look => {
                self.look(&feed, now).await?;
                Ok(Next::Wait(self.deps.settings.probe))
            }
        }
    }
}

impl Feeds {
    async fn tell(&self, command: FeedCommand) -> anyhow::Result<()> {
        let act = self.deps.act("feeds");
        match self.deps.aggregates.feeds.execute(self.live, command, act).await {
            Ok(_) | Err(ExecuteError::Refused(_)) => Ok(()),
            Err(other) => Err(other.into()),
        }
    }

    /// A live that is planned, and each change of its plan, is told by mail where the house wants that (census §5.2). The mails' ids follow from
    /// the plan, so that a program that was killed tells the rest and nobody twice.
    async fn tell_people(&mut self, live: &Live, feed: &Feed, now: Time) -> anyhow::Result<()> {
        let plan = live.plan.as_ref().filter(|p| p.meeting.is_none() && !live.cancelled);
        let (Some(plan), Some(edited), Some(_)) = (plan, live.edited, feed.broadcaster) else {
            return Ok(());
        };
        if !self.deps.settings.mail_live_planned || self.told == Some(edited) {
            return Ok(());
        }
        // Not what was planned long ago, when the house first wants it.
        let at = Time(i64::try_from(edited.0.timestamp_ms()).unwrap_or(i64::MAX));
        if now.since_ms(at) <= TELLS_MS {
            let mut people = administrators(&self.deps).await?;
            people.push(plan.owner);
            people.extend(&plan.presenters);
            people.sort_unstable();
            people.dedup();
            let about = About::LivePlanned {
                live: self.live,
                changed: live.replanned,
            };
            let (id, plan) = (self.live.to_string(), edited.to_string());
            for person in people {
                request_mail(&self.deps, person, about.clone(), &["live-planned", &id, &plan]).await?;
            }
        }
        self.told = Some(edited);
        Ok(())
    }

    /// When the next live after this one begins there.
    async fn next_there(&self, at: BroadcasterId, after: Time) -> anyhow::Result<Option<Time>> {
        let shown = self
            .deps
            .aggregates
            .broadcasters
            .look(at)
            .await
            .map_err(anyhow::Error::msg)?
            .state;
        let others = shown
            .reservations
            .iter()
            .filter(|r| r.live != self.live && r.from >= after);
        Ok(others.map(|r| r.from).min())
    }

    /// One look. An error is *unknown*: it changes nothing (design §1).
    async fn look(&mut self, feed: &Feed, now: Time) -> anyhow::Result<()> {
        let Some(at) = feed.broadcaster else { return Ok(()) };
        let shown = self
            .deps
            .aggregates
            .broadcasters
            .look(at)
            .await
            .map_err(anyhow::Error::msg)?
            .state;
        let ask = self.deps.signed(at, &shown).await?;
        let url = Address {
            known: &shown.hls_url,
            ask: &ask,
        };
        let seen = probe(&self.deps.http, url, Trust::Admin, now.0, &mut self.picture).await;
        match seen {
            Probe::Moving => {
                self.still_since = None;
                self.tell(FeedCommand::Seen { moves: true }).await
            }
            Probe::Frozen | Probe::Ended | Probe::NotYet(crate::gateways::playlist::NotYet::Missing) => {
                // An encoder that connects anew leaves a gap of a moment: two looks, and no one.
                let since = *self.still_since.get_or_insert(now);
                if now.since_ms(since) > 0 {
                    self.tell(FeedCommand::Seen { moves: false }).await?;
                }
                Ok(())
            }
            Probe::NotYet(_) | Probe::Error(_) => Ok(()),
        }
    }

    /// A live that is planned and placed has its broadcaster's calendar. A process that was killed between "it is held until then" and "it is
    /// planned until then" leaves it held for a time that nobody planned. When to look again, where that is soon.
    async fn hold_again(&mut self, live: &Live, feed: &Feed, now: Time) -> anyhow::Result<Option<Duration>> {
        // A webinar's holds are the planner's.
        let plan = live.plan.as_ref().filter(|p| p.meeting.is_none() && !live.cancelled);
        let (Some(at), Some(plan)) = (feed.broadcaster, plan) else {
            return Ok(None);
        };
        let broadcasters = &self.deps.aggregates.broadcasters;
        let there = broadcasters.look(at).await.map_err(anyhow::Error::msg)?.state;
        let held = there.reservations.of(self.live).map(|r| (r.from, r.to));
        if held == Some((plan.starts_at, plan.ends_at)) {
            self.unheld_since = None;
            return Ok(None);
        }
        // Somebody may be moving it just now: the hold comes before the plan.
        let since = *self.unheld_since.get_or_insert(now);
        if now.since_ms(since) <= SETTLED_MS {
            return Ok(Some(Duration::from_millis(SETTLED_MS.unsigned_abs() + 1)));
        }
        let command = BroadcasterCommand::Reserve {
            reservation: self.deps.sources.id(),
            live: self.live,
            from: plan.starts_at,
            to: plan.ends_at,
            margins: self.deps.settings.margins,
        };
        match broadcasters.execute(at, command, self.deps.act("feeds")).await {
            Ok(_) => self.unheld_since = None,
            // Somebody else has it now, or it is gone: whoever planned this one sees it on its page when they move it.
            Err(ExecuteError::Refused(why)) => {
                tracing::warn!(live = %self.live, broadcaster = %at, %why, "a live is planned where nothing can be held for it");
            }
            Err(other) => return Err(other.into()),
        }
        Ok(None)
    }

    /// What a process that was killed half-way left held for a live that does not take place there.
    async fn let_go(&self, live: &Live, feed: &Feed) -> anyhow::Result<()> {
        // A webinar's holds are the planner's.
        if live.plan.as_ref().is_some_and(|p| p.meeting.is_some()) {
            return Ok(());
        }
        self.deps.caught_up().await?;
        let gone = live.plan.is_none() || live.cancelled;
        // Somebody may be planning it just now: holding comes before the plan, and placing the feed after it.
        let old = |h: &amphi_projections::BroadcasterHold| {
            let made = Time(i64::try_from(h.id.0.timestamp_ms()).unwrap_or(i64::MAX));
            self.deps.now().since_ms(made) > SETTLED_MS
        };
        let stray = |h: &amphi_projections::BroadcasterHold| {
            h.live == self.live && old(h) && (gone || feed.broadcaster.is_some_and(|at| at != h.broadcaster))
        };
        let held = self.deps.read.broadcasters_held(Time(i64::MIN), Time(i64::MAX)).await?;
        for hold in held.into_iter().filter(stray) {
            let command = BroadcasterCommand::Release { reservation: hold.id };
            let act = self.deps.act("feeds");
            self.deps
                .aggregates
                .broadcasters
                .execute(hold.broadcaster, command, act)
                .await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use amphi_events::live::Plan;

    use super::*;

    const START: Time = Time(1_800_000_000_000);
    const HALF: i64 = 30 * 60_000;

    fn live() -> Live {
        Live {
            plan: Some(Plan {
                meeting: None,
                owner: amphi_events::ids::PersonId(ulid::Ulid(1)),
                presenters: vec![],
                title: "Open day".into(),
                starts_at: START,
                ends_at: START.plus_s(3600),
                restricted: false,
            }),
            ..Live::default()
        }
    }

    fn feed(awaited: bool, moves: bool) -> Feed {
        Feed {
            broadcaster: Some(BroadcasterId(ulid::Ulid(2))),
            awaited: awaited.then_some(START),
            moves: moves.then_some(START),
            ..Feed::default()
        }
    }

    #[test]
    fn a_feed_is_looked_at_in_its_time() {
        let at = |s| START.plus_s(s);
        for (awaited, moves, next, now, expected) in [
            (false, false, None, at(-10), Due::Later(10_000)),
            (true, true, None, at(-10), Due::End(FeedEnd::TimeOver)),
            (false, false, None, START, Due::Await),
            (true, false, None, START, Due::Look),
            (true, true, None, at(3599), Due::Look),
            // It overruns, but not into somebody else's time.
            (true, true, None, at(3600), Due::Look),
            (true, true, None, at(3600 + 1800), Due::End(FeedEnd::TimeOver)),
            (true, true, Some(at(3600)), at(3600), Due::End(FeedEnd::TimeOver)),
            (true, true, Some(at(3700)), at(3699), Due::Look),
            (true, false, None, at(3600), Due::End(FeedEnd::TimeOver)),
            (false, false, None, at(3600), Due::Nothing),
        ] {
            let feed = feed(awaited, moves);
            assert_eq!(
                due(&live(), &feed, next, HALF, now),
                expected,
                "{awaited} {moves} {next:?} {now:?}"
            );
        }
        let cancelled = Live {
            cancelled: true,
            ..live()
        };
        assert_eq!(
            due(&cancelled, &feed(true, true), None, HALF, START),
            Due::End(FeedEnd::Cancelled)
        );
        assert_eq!(due(&cancelled, &feed(false, false), None, HALF, START), Due::Nothing);
        assert_eq!(due(&live(), &Feed::default(), None, HALF, START), Due::Nothing);
    }
}
