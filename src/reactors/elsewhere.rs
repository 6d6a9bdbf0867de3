//! Elsewhere: looks for sessions that other front ends (Moodle, Greenlight) opened on the same BBB, and says whose they are (census §10). One
//! worker for all. What it sees stands on the board (`web/src/elsewhere`), in memory alone, and in no log.
//!
//! The reference system read an error of BBB as an empty list, which stopped every live (§10.6): here it is *unknown*, and what runs is
//! followed by its own session (`rooms`), not by this list.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use amphi_events::Time;
use amphi_events::elsewhere::{self, ElsewhereCommand, ForeignRoom};
use amphi_events::ids::{MeetingId, RehearsalId};
use amphi_events::plain::plain_name;
use amphi_web::elsewhere::matching::{Directory, Known, Moderator, Rules};
use amphi_web::elsewhere::{Sighting, key_of};
use async_trait::async_trait;

use super::Deps;
use super::hands::{Hand, Next, Worker};
use super::rooms::{elapsed, millis};
use crate::bbb::{BbbError, MeetingSummary};

/// The one thing that it has in hand.
pub const SESSIONS: &str = "sessions";

/// Most sessions that are shown.
const MOST: usize = 200;

/// Longest wait between two looks while BBB does not answer.
const WAIT_MOST: Duration = Duration::from_mins(5);

/// A place that was taken and whose meeting was never made is free after so long, in milliseconds: whoever took it was killed in between.
const ABANDONED_MS: i64 = 60_000;

/// How sessions are looked for.
#[derive(Debug, Clone)]
pub struct LookSettings {
    /// Between two looks.
    pub poll: Duration,
    /// How moderators are matched with people.
    pub rules: Rules,
    /// Administrators are told by mail when such a live begins.
    pub mail: bool,
}

/// Makes the worker.
pub fn worker(deps: Arc<Deps>) -> impl Fn(&str, &Arc<Hand>) -> Option<Box<dyn Worker>> {
    move |id, hand| {
        (id == SESSIONS).then(|| {
            Box::new(Elsewhere {
                deps: deps.clone(),
                hand: hand.clone(),
                failures: 0,
                looked: None,
            }) as Box<dyn Worker>
        })
    }
}

struct Elsewhere {
    deps: Arc<Deps>,
    hand: Arc<Hand>,
    /// Failed looks in a row.
    failures: u32,
    /// When it looked last, and how long it rests from then on.
    looked: Option<(Time, Duration)>,
}

#[async_trait]
impl Worker for Elsewhere {
    async fn step(&mut self) -> anyhow::Result<Next> {
        let Some(look) = self.deps.settings.elsewhere.clone() else {
            return Ok(Next::Over);
        };
        self.free_abandoned().await?;
        let now = self.deps.now();
        let hinted = self.hand.take_hint();
        if let Some((at, rest)) = self.looked.filter(|_| !hinted) {
            let left = millis(rest) - elapsed(now, at);
            if left > 0 {
                return Ok(Next::Wait(Duration::from_millis(left.unsigned_abs())));
            }
        }
        let rest = match self.deps.bbb.meetings().await {
            Ok(listed) => {
                self.failures = 0;
                let found = self.foreign(listed, &look.rules).await?;
                self.deps.board.found(found, self.deps.now());
                look.poll
            }
            Err(error) => {
                self.failures += 1;
                self.said(&error);
                self.deps
                    .board
                    .unknown(self.deps.now(), self.deps.settings.elsewhere_names);
                look.poll
                    .saturating_mul(1 << self.failures.min(8))
                    .min(WAIT_MOST.max(look.poll))
            }
        };
        self.looked = Some((now, rest));
        Ok(Next::Wait(rest))
    }
}

impl Elsewhere {
    /// Once, not at each look: BBB may be away for a night.
    fn said(&self, error: &BbbError) {
        if self.failures == 1 {
            tracing::warn!(%error, "sessions of other applications are not known now");
        }
    }

    /// Those of BBB's list that are another front end's, and whose they are.
    async fn foreign(&self, listed: Vec<MeetingSummary>, rules: &Rules) -> anyhow::Result<Vec<Sighting>> {
        let parents: BTreeSet<String> = listed
            .iter()
            .filter(|one| one.breakout && !one.parent.is_empty())
            .map(|one| one.parent.clone())
            .collect();
        let mut found = vec![];
        for one in listed {
            // A room beside another is its room's, and one that dies is nobody's any more. Where nobody is there is nothing to show yet.
            if one.breakout
                || one.ended
                || one.moderating.is_empty()
                || found.len() >= MOST
                || self.is_ours(&one.id).await?
            {
                continue;
            }
            let room = ForeignRoom {
                id: one.id.into(),
                create_time: one.create_time,
                internal_id: one.internal_id,
            };
            if room.is_plain() {
                let breakouts =
                    one.has_breakouts || parents.contains(&room.internal_id) || parents.contains(&room.id.0);
                found.push(Sighting {
                    key: key_of(&room.internal_id),
                    room,
                    name: plain_name(&one.name),
                    moderators: one
                        .moderating
                        .into_iter()
                        .map(|(user_id, name)| Moderator {
                            user_id,
                            name: plain_name(&name),
                        })
                        .collect(),
                    people: one.participants,
                    breakouts,
                    recorded: one.record,
                    matched: amphi_web::elsewhere::matching::Matched::default(),
                });
            }
        }
        if !found.is_empty() {
            let directory = Directory::new(&self.people(rules).await?, rules);
            for one in &mut found {
                one.matched = directory.owners(&one.moderators);
            }
        }
        Ok(found)
    }

    /// A room of a meeting or a rehearsal of ours.
    async fn is_ours(&self, room: &str) -> anyhow::Result<bool> {
        let Ok(id) = room.parse::<MeetingId>() else {
            return Ok(false);
        };
        let aggregates = &self.deps.aggregates;
        let meeting = aggregates.meetings.look(id).await.map_err(anyhow::Error::msg)?;
        if meeting.version.is_some() {
            return Ok(true);
        }
        let rehearsal = aggregates.rehearsals.look(RehearsalId(id.0)).await;
        Ok(rehearsal.map_err(anyhow::Error::msg)?.version.is_some())
    }

    async fn people(&self, rules: &Rules) -> anyhow::Result<Vec<Known>> {
        let mut subjects: std::collections::BTreeMap<_, Vec<String>> = std::collections::BTreeMap::new();
        if rules.ids.identity {
            for (person, subject) in self.deps.store.all_subjects().await? {
                subjects.entry(person).or_default().push(subject);
            }
        }
        let accounts = self.deps.store.all_accounts().await?;
        let known = accounts.into_iter().map(|a| Known {
            subjects: subjects.remove(&a.person).unwrap_or_default(),
            person: a.person,
            login: a.login,
            name: a.name,
        });
        Ok(known.collect())
    }

    /// Places whose meeting was never made, or is over although nobody said so.
    async fn free_abandoned(&self) -> anyhow::Result<()> {
        let aggregates = &self.deps.aggregates;
        let all = aggregates.elsewhere.look(elsewhere::ALL).await;
        let now = self.deps.now();
        for (meeting, taken) in all.map_err(anyhow::Error::msg)?.state.taken {
            let state = aggregates
                .meetings
                .look(meeting)
                .await
                .map_err(anyhow::Error::msg)?
                .state;
            if state.session.is_none() && elapsed(now, taken.since) >= ABANDONED_MS {
                let act = self.deps.act("elsewhere");
                let leave = ElsewhereCommand::Leave(meeting);
                aggregates.elsewhere.execute(elsewhere::ALL, leave, act).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "elsewhere_tests.rs"]
mod tests;
