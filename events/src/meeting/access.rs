//! Who holds a meeting, and how others come in: a password, a direct key, groups. What is secret stands in the store; an event says
//! only that it was set.

use super::{Details, Meeting, MeetingEvent, PRESENTERS_MAX, Refusal};
use crate::ids::PersonId;

/// Kind of the secret that is a meeting's direct key, in the store; the id is the meeting's.
pub const KEY: &str = "meeting-key";
/// Kind of the secret that is a meeting's password.
pub const PASSWORD: &str = "meeting-password";
/// Longest password, in characters (census §1.1).
pub const PASSWORD_MAX: usize = 50;
/// Most groups that a meeting is open to.
pub const GROUPS_MAX: usize = 50;

impl Details {
    /// Nobody but members of these groups means nobody but signed-in people (census §1.1): into the room of a meeting, onto the live page of a
    /// webinar. The robot has a door of its own (census W24).
    pub(super) fn settle_groups(&mut self) -> Result<(), Refusal> {
        if self.restrict_access_to_groups.0.is_empty() {
            return Ok(());
        }
        if self.restrict_access_to_groups.0.len() > GROUPS_MAX {
            return Err(Refusal::TooManyGroups);
        }
        self.is_restricted = true;
        Ok(())
    }

    /// The co-owners once another person holds the meeting.
    pub fn co_owners_after(&self, from: PersonId, to: PersonId, stays: bool) -> Vec<PersonId> {
        let others = self.additional_owners.iter().copied().filter(|p| *p != to);
        others.chain(stays.then_some(from)).collect()
    }
}

impl Meeting {
    /// The password is another one now, or there is none any more.
    pub(super) fn set_password(&self, set: bool) -> Result<Vec<MeetingEvent>, Refusal> {
        self.planned()?;
        let same = !set && !self.password;
        Ok(if same {
            vec![]
        } else {
            vec![MeetingEvent::MeetingPasswordSet { set }]
        })
    }

    /// The direct key is another one now, or there is none any more.
    pub(super) fn set_key(&self, set: bool) -> Result<Vec<MeetingEvent>, Refusal> {
        self.planned()?;
        let same = !set && !self.key;
        Ok(if same {
            vec![]
        } else {
            vec![MeetingEvent::MeetingKeySet { set }]
        })
    }

    /// It is another person's now.
    pub(super) fn hand_over(&self, to: PersonId, stays: bool) -> Result<Vec<MeetingEvent>, Refusal> {
        let details = self.planned()?;
        let owner = self.owner.ok_or(Refusal::Unknown)?;
        if self.personal {
            return Err(Refusal::PersonalRoom);
        }
        if owner == to {
            return Ok(vec![]);
        }
        if details.co_owners_after(owner, to, stays).len() > PRESENTERS_MAX {
            return Err(Refusal::TooManyPresenters);
        }
        Ok(vec![MeetingEvent::MeetingHandedOver { to, stays }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Time;
    use crate::meeting::{MeetingCommand, personal};
    use crate::story::{Story, id};

    const NOW: i64 = 1_800_000_000_000;

    fn planned(change: impl FnOnce(&mut Details)) -> Story<Meeting> {
        let mut details = Details::new("Assembly", Time(NOW).plus_s(3600), 3600, "Europe/Paris");
        change(&mut details);
        let mut story = Story::at(NOW);
        let command = MeetingCommand::Schedule {
            owner: id(1),
            live: id(2),
            details: Box::new(details),
        };
        assert_eq!(story.did(command), ["MeetingScheduled"]);
        story
    }

    #[test]
    fn a_key_and_a_password_are_set_renewed_and_taken_away() {
        let mut m = planned(|_| ());
        assert!(!m.state.password && !m.state.key);
        assert!(m.did(MeetingCommand::SetPassword { set: false }).is_empty());
        for _ in 0..2 {
            assert_eq!(m.did(MeetingCommand::SetPassword { set: true }), ["MeetingPasswordSet"]);
            assert_eq!(m.did(MeetingCommand::SetKey { set: true }), ["MeetingKeySet"]);
        }
        assert!(m.state.password && m.state.key);
        assert_eq!(m.did(MeetingCommand::SetKey { set: false }), ["MeetingKeySet"]);
        assert!(m.state.password && !m.state.key, "the one goes without the other");
        assert_eq!(m.did(MeetingCommand::Cancel), ["MeetingCancelled"]);
        assert_eq!(m.refused(&MeetingCommand::SetKey { set: true }), Refusal::Cancelled);
    }

    #[test]
    fn a_meeting_is_handed_over_and_who_gave_it_stays_if_told() {
        let mut m = planned(|d| d.additional_owners = vec![id(5), id(6)]);
        let to = |n, stays| MeetingCommand::HandOver { to: id(n), stays };
        assert!(m.did(to(1, true)).is_empty(), "it is theirs already");
        assert_eq!(m.did(to(5, true)), ["MeetingHandedOver"]);
        let co_owners = |m: &Story<Meeting>| m.state.details.as_ref().unwrap().additional_owners.clone();
        assert_eq!((m.state.owner, co_owners(&m)), (Some(id(5)), vec![id(6), id(1)]));
        assert_eq!(m.did(to(9, false)), ["MeetingHandedOver"]);
        assert_eq!((m.state.owner, co_owners(&m)), (Some(id(9)), vec![id(6), id(1)]));
        assert!(!m.state.is_presenter(id(5)));
    }

    #[test]
    fn a_full_list_of_co_owners_takes_no_more() {
        let full = (100..100 + PRESENTERS_MAX as u128).map(id).collect::<Vec<_>>();
        let mut m = planned(|d| d.additional_owners = full);
        let to = |n, stays| MeetingCommand::HandOver { to: id(n), stays };
        assert_eq!(m.refused(&to(7, true)), Refusal::TooManyPresenters);
        // Who takes it leaves a place.
        assert_eq!(m.did(to(100, true)), ["MeetingHandedOver"]);
    }

    #[test]
    fn a_personal_room_is_nobody_elses() {
        let mut m = Story::<Meeting>::at(NOW);
        m.did(personal::make(
            id(1),
            "Personal room",
            Time(NOW),
            "Europe/Paris",
            crate::meeting::Options::default(),
        ));
        let over = MeetingCommand::HandOver { to: id(2), stays: true };
        assert_eq!(m.refused(&over), Refusal::PersonalRoom);
        assert_eq!(m.did(MeetingCommand::SetKey { set: true }), ["MeetingKeySet"]);
    }

    /// Census W24: the rule is the model's, and no script's of the page.
    #[test]
    fn groups_mean_restricted_of_a_webinar_too() {
        let m = planned(|d| d.restrict_access_to_groups = crate::Public(["maths".to_owned()].into()));
        assert!(m.state.details.as_ref().unwrap().is_restricted);
        let mut webinar = m.state.details.clone().unwrap();
        webinar.is_webinar = true;
        webinar.is_restricted = false;
        let change = MeetingCommand::Change {
            live: id(2),
            details: Box::new(webinar),
            expected_end: None,
        };
        let mut m = m;
        m.did(change);
        let held = m.state.details.as_ref().unwrap();
        assert!(held.is_webinar && held.is_restricted && !held.restrict_access_to_groups.0.is_empty());
    }
}
