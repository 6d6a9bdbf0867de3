//! Lives that are no meeting's: an encoder feeds them, and people plan them on a broadcaster (census §5.2).

use super::{Live, LiveEvent, Plan, Refusal, StopReason};
use crate::catalogue::Public;
use crate::clock::Time;
use crate::ids::PersonId;
use crate::plain::plain_name;

/// Most characters of a title (census §5.1).
pub const TITLE_MAX: usize = 250;
/// Most co-owners.
pub const PRESENTERS_MAX: usize = 50;

/// The plan of a live that is no meeting's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrangement {
    /// Whose it is where it is new; a change hands it to nobody.
    pub owner: PersonId,
    /// Co-owners.
    pub presenters: Vec<PersonId>,
    /// Title.
    pub title: String,
    /// From.
    pub starts_at: Time,
    /// To, exclusive.
    pub ends_at: Time,
    /// Only signed-in people watch.
    pub restricted: bool,
}

impl Plan {
    /// Whether its time has come and is not over.
    pub fn going_on(&self, now: Time) -> bool {
        self.starts_at <= now && now < self.ends_at
    }
}

impl Live {
    pub(super) fn arrange(&self, asked: &Arrangement, now: Time) -> Result<Vec<LiveEvent>, Refusal> {
        let held = self.plan.as_ref();
        if held.is_some_and(|p| p.meeting.is_some()) {
            return Err(Refusal::OfMeeting);
        }
        if self.cancelled {
            return Err(Refusal::Cancelled);
        }
        let title = plain_name(&asked.title);
        if !(1..=TITLE_MAX).contains(&title.chars().count()) {
            return Err(Refusal::Title);
        }
        if asked.starts_at >= asked.ends_at {
            return Err(Refusal::Interval);
        }
        let moved = held.is_none_or(|p| (p.starts_at, p.ends_at) != (asked.starts_at, asked.ends_at));
        if moved && asked.ends_at <= now {
            return Err(Refusal::Past);
        }
        if held.is_some_and(|p| p.going_on(now) && p.starts_at != asked.starts_at) {
            return Err(Refusal::GoingOn);
        }
        let owner = held.map_or(asked.owner, |p| p.owner);
        let mut presenters = Vec::new();
        for p in &asked.presenters {
            if !presenters.contains(p) {
                presenters.push(*p);
            }
        }
        if presenters.contains(&owner) || presenters.len() > PRESENTERS_MAX {
            return Err(Refusal::Presenters);
        }
        let plan = Plan {
            meeting: None,
            owner,
            presenters,
            title,
            starts_at: asked.starts_at,
            ends_at: asked.ends_at,
            restricted: asked.restricted,
        };
        if held == Some(&plan) {
            return Ok(vec![]);
        }
        let Plan {
            presenters,
            title,
            restricted,
            ..
        } = plan;
        let (title, starts_at, ends_at) = (Public(title), asked.starts_at, asked.ends_at);
        Ok(vec![if held.is_none() {
            LiveEvent::LivePlanned {
                meeting: None,
                owner,
                presenters,
                title,
                starts_at,
                ends_at,
                restricted,
            }
        } else {
            LiveEvent::LiveChanged {
                presenters,
                title,
                starts_at,
                ends_at,
                restricted,
            }
        }])
    }

    pub(super) fn hand_over(&self, to: PersonId) -> Result<Vec<LiveEvent>, Refusal> {
        let plan = self.planned()?;
        if plan.meeting.is_some() {
            return Err(Refusal::OfMeeting);
        }
        if plan.owner == to {
            return Ok(vec![]);
        }
        // Whoever takes it is no co-owner of it any more.
        let presenters: Vec<PersonId> = plan.presenters.iter().copied().filter(|p| *p != to).collect();
        let changed = (presenters != plan.presenters).then(|| LiveEvent::LiveChanged {
            presenters,
            title: Public(plan.title.clone()),
            starts_at: plan.starts_at,
            ends_at: plan.ends_at,
            restricted: plan.restricted,
        });
        Ok(std::iter::once(LiveEvent::LiveHandedOver { to })
            .chain(changed)
            .collect())
    }

    /// Its planned end is now. One whose planned end is past, and which goes on all the same, has nothing to change in its plan.
    pub(super) fn end_now(&self, now: Time) -> Result<Vec<LiveEvent>, Refusal> {
        let plan = self.planned()?;
        if plan.meeting.is_some() {
            return Err(Refusal::OfMeeting);
        }
        if now <= plan.starts_at {
            return Err(Refusal::NotBegun);
        }
        let changed = (now < plan.ends_at).then(|| LiveEvent::LiveChanged {
            presenters: plan.presenters.clone(),
            title: Public(plan.title.clone()),
            starts_at: plan.starts_at,
            ends_at: now,
            restricted: plan.restricted,
        });
        Ok(changed.into_iter().collect())
    }

    pub(super) fn withdraw(&self, now: Time) -> Result<Vec<LiveEvent>, Refusal> {
        let plan = self.plan.as_ref().ok_or(Refusal::Unknown)?;
        if plan.meeting.is_some() {
            return Err(Refusal::OfMeeting);
        }
        if self.cancelled {
            return Ok(vec![]);
        }
        if plan.going_on(now) {
            return Err(Refusal::GoingOn);
        }
        let stop = self.wanted.map(|_| LiveEvent::LiveStopRequested {
            why: StopReason::Cancelled,
        });
        Ok(stop.into_iter().chain([LiveEvent::LiveCancelled {}]).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::LiveCommand;
    use crate::story::{Story, id};

    const NOW: i64 = 1_800_000_000_000;

    fn plan(from_s: i64, to_s: i64) -> Arrangement {
        Arrangement {
            owner: id(1),
            presenters: vec![id(2)],
            title: "Open day".to_owned(),
            starts_at: Time(NOW).plus_s(from_s),
            ends_at: Time(NOW).plus_s(to_s),
            restricted: false,
        }
    }

    fn arrange(plan: &Arrangement) -> LiveCommand {
        LiveCommand::Arrange(Box::new(plan.clone()))
    }

    /// Census L2: there an additional owner who edits becomes the owner.
    #[test]
    fn a_co_owner_who_changes_a_live_does_not_become_its_owner() {
        let mut l = Story::<Live>::at(NOW);
        assert_eq!(l.did(arrange(&plan(100, 200))), ["LivePlanned"]);
        let theirs = Arrangement {
            owner: id(2),
            title: "Open days".to_owned(),
            presenters: vec![id(2), id(2)],
            ..plan(100, 200)
        };
        assert_eq!(l.did(arrange(&theirs)), ["LiveChanged"]);
        let held = l.state.plan.clone().unwrap();
        assert_eq!(
            (held.owner, held.presenters, held.title.as_str()),
            (id(1), vec![id(2)], "Open days")
        );
        assert!(l.did(arrange(&theirs)).is_empty());
        let itself = Arrangement {
            presenters: vec![id(1)],
            ..theirs
        };
        assert_eq!(l.refused(&arrange(&itself)), Refusal::Presenters);
        assert_eq!(
            l.did(LiveCommand::HandOver { to: id(2) }),
            ["LiveHandedOver", "LiveChanged"]
        );
        assert!(l.did(LiveCommand::HandOver { to: id(2) }).is_empty());
        let held = l.state.plan.clone().unwrap();
        assert_eq!((held.owner, held.presenters), (id(2), vec![]));
    }

    /// Census §5.2, and L16: an end is a moment, and no clock time of today.
    #[test]
    fn a_live_that_is_going_on_keeps_its_start_and_is_not_withdrawn() {
        let mut l = Story::<Live>::at(NOW);
        assert_eq!(l.refused(&arrange(&plan(-200, -100))), Refusal::Past);
        assert_eq!(l.refused(&arrange(&plan(200, 200))), Refusal::Interval);
        l.did(arrange(&plan(100, 200)));
        l.now = Time(NOW).plus_s(100);
        assert_eq!(l.refused(&arrange(&plan(150, 300))), Refusal::GoingOn);
        assert_eq!(l.refused(&LiveCommand::Withdraw), Refusal::GoingOn);
        // Over midnight, and by more than a day.
        assert_eq!(l.did(arrange(&plan(100, 200_000))), ["LiveChanged"]);
        l.now = Time(NOW).plus_s(200_000);
        // Its time is over: other things of it may still be changed.
        let named = Arrangement {
            title: "Open night".to_owned(),
            ..plan(100, 200_000)
        };
        assert_eq!(l.did(arrange(&named)), ["LiveChanged"]);
        assert_eq!(l.did(LiveCommand::Withdraw), ["LiveCancelled"]);
        assert!(l.did(LiveCommand::Withdraw).is_empty());
        assert_eq!(l.refused(&arrange(&plan(300_000, 400_000))), Refusal::Cancelled);
    }

    /// Census W19: a webinar's live is not deleted from under it.
    #[test]
    fn a_live_ends_before_its_time_once_it_has_begun_and_can_go_on_again() {
        let mut l = Story::<Live>::at(NOW);
        assert_eq!(l.refused(&LiveCommand::EndNow), Refusal::Unknown);
        l.did(arrange(&plan(100, 200)));
        l.now = Time(NOW).plus_s(100);
        assert_eq!(l.refused(&LiveCommand::EndNow), Refusal::NotBegun);
        l.now = Time(NOW).plus_s(150);
        assert_eq!(l.did(LiveCommand::EndNow), ["LiveChanged"]);
        let held = l.state.plan.clone().unwrap();
        assert_eq!(
            (held.starts_at, held.ends_at),
            (Time(NOW).plus_s(100), Time(NOW).plus_s(150))
        );
        assert!(l.did(LiveCommand::EndNow).is_empty());
        // Somebody was too quick: it goes on until then.
        assert_eq!(l.did(arrange(&plan(100, 300))), ["LiveChanged"]);
        l.now = Time(NOW).plus_s(350);
        assert!(l.did(LiveCommand::EndNow).is_empty(), "past its time its plan stays");
        l.did(LiveCommand::Withdraw);
        assert_eq!(l.refused(&LiveCommand::EndNow), Refusal::Cancelled);
    }

    #[test]
    fn a_live_has_a_title_and_a_meetings_live_is_the_meetings() {
        let mut l = Story::<Live>::at(NOW);
        for title in ["", " \u{200b} "] {
            let nameless = Arrangement {
                title: title.to_owned(),
                ..plan(1, 2)
            };
            assert_eq!(l.refused(&arrange(&nameless)), Refusal::Title);
        }
        l.did(LiveCommand::Plan {
            meeting: Some(id(9)),
            owner: id(1),
            presenters: vec![],
            title: "Optics".to_owned(),
            starts_at: Time(NOW),
            ends_at: Time(NOW).plus_s(100),
            restricted: false,
        });
        assert_eq!(l.refused(&arrange(&plan(1, 2))), Refusal::OfMeeting);
        assert_eq!(l.refused(&LiveCommand::Withdraw), Refusal::OfMeeting);
        assert_eq!(l.refused(&LiveCommand::EndNow), Refusal::OfMeeting);
        assert_eq!(l.refused(&LiveCommand::HandOver { to: id(3) }), Refusal::OfMeeting);
    }
}
