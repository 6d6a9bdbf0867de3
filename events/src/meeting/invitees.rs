//! Who is invited to a meeting by a mail address, and which version of it each was written of. One mail a person and version: what is to
//! be written follows from here alone, so a program that was killed goes on where it was.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Details, MeetingEvent, Refusal};
use crate::clock::Time;
use crate::ids::InviteeId;
use crate::recurrence::Exception;
use crate::sealed::Sealed;

/// Most people who are invited to a meeting.
pub const INVITEES_MAX: usize = 500;

/// Somebody with a mail address; sealed under a key of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitee {
    /// The address.
    pub address: String,
    /// The language in which they are written to: `fr` or `en`.
    pub language: String,
}

/// What a mail holds besides, because whoever invites ticked it: else a mail never holds what opens a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct With {
    /// The meeting's password.
    pub password: bool,
    /// The direct link, which leads in without one.
    pub key: bool,
}

/// Somebody invited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Invited {
    /// Address and language.
    pub who: Sealed<Invitee>,
    /// No longer.
    pub off: bool,
    /// The version that was asked to be written last, and whether it said that it is off.
    pub told: Option<(u32, bool)>,
    /// What their mails hold besides.
    #[serde(default)]
    pub with: With,
    /// The meeting's version when they were invited or no longer were: each is a mail, even if the meeting is the same.
    since: u32,
    /// Grows with everybody who is no longer invited, so that who is taken off and invited again gets numbers that grow.
    #[serde(default)]
    turn: u32,
    /// So many were invited before: ids say nothing of it.
    #[serde(default)]
    place: usize,
}

impl Invited {
    /// `SEQUENCE` of the mail about this version of the meeting. Calendars ignore what does not grow (RFC 5546 §2.1.4), and the
    /// meeting itself is the same before and after somebody is no longer invited.
    pub const fn sequence(&self, meeting: u32) -> u32 {
        if self.off {
            self.since + self.turn
        } else {
            meeting + self.turn
        }
    }
}

/// All of them, those that are no longer invited too.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InviteesRow(BTreeMap<InviteeId, Invited>);

impl Details {
    /// Whether calendars show something else after this event.
    pub fn calendars_change(&self, event: &MeetingEvent) -> bool {
        match event {
            MeetingEvent::MeetingChanged { details, .. } => {
                let shown = |d: &Self| {
                    let rule = (d.recurrence, d.exceptions.clone());
                    (
                        d.name.clone(),
                        d.description.clone(),
                        d.starts_at,
                        d.duration_s,
                        d.time_zone.clone(),
                        rule,
                    )
                };
                shown(self) != shown(details)
            }
            MeetingEvent::MeetingCancelled {}
            | MeetingEvent::MeetingOccurrenceMoved { .. }
            | MeetingEvent::MeetingOccurrenceCancelled { .. }
            | MeetingEvent::MeetingOccurrenceRestored { .. } => true,
            _ => false,
        }
    }

    /// Whether what changes in calendars is worth a mail at this time: a single date that is over is not, wherever it was moved from or to.
    pub fn is_news(&self, event: &MeetingEvent, now: Time) -> bool {
        let (date, moved_to) = match event {
            MeetingEvent::MeetingOccurrenceMoved {
                date,
                starts_at,
                duration_s,
            } => (date, Some(starts_at.plus_s(*duration_s))),
            MeetingEvent::MeetingOccurrenceCancelled { date } | MeetingEvent::MeetingOccurrenceRestored { date } => {
                (date, None)
            }
            other => return self.calendars_change(other),
        };
        let stood = match self.exceptions.get(date) {
            Some(Exception::Moved { starts_at, duration_s }) => Some(starts_at.plus_s(*duration_s)),
            _ => None,
        };
        let planned = self.series().planned_occurrence(*date).ends_at;
        [Some(planned), stood, moved_to]
            .into_iter()
            .flatten()
            .any(|end| end > now)
    }
}

impl InviteesRow {
    /// Those that are invited, in the order in which they were.
    pub fn invited(&self) -> impl Iterator<Item = (InviteeId, &Invited)> {
        let on = self.0.iter().filter(|(_, i)| !i.off);
        let mut all: Vec<(InviteeId, &Invited)> = on.map(|(id, i)| (*id, i)).collect();
        all.sort_by_key(|(_, i)| i.place);
        all.into_iter()
    }

    /// Somebody, invited or no longer.
    pub fn get(&self, invitee: InviteeId) -> Option<&Invited> {
        self.0.get(&invitee)
    }

    /// What the numbers of mails are ahead of the meeting's by now, at most.
    pub fn turns(&self) -> u32 {
        2 * u32::try_from(self.0.values().filter(|i| i.off).count()).unwrap_or(u32::MAX / 4)
    }

    /// Who is to be written to: of which version, and whether it is off.
    pub fn owed(&self, sequence: u32, cancelled: bool) -> impl Iterator<Item = (InviteeId, u32, bool)> {
        self.0.iter().filter_map(move |(id, i)| {
            let off = i.off || cancelled;
            let wanted = if i.off { i.since } else { sequence };
            // Who was never told that it is on needs not to be told that it is off.
            let needless = i.told.is_none() && off;
            let done = i
                .told
                .is_some_and(|(told, was_off)| was_off == off && (off || told >= wanted));
            (!needless && !done).then_some((*id, wanted, off))
        })
    }

    /// Whether anybody is.
    pub fn owes(&self, sequence: u32, cancelled: bool) -> bool {
        self.owed(sequence, cancelled).next().is_some()
    }

    /// A mail was asked for.
    pub fn told(&mut self, invitee: InviteeId, sequence: u32, off: bool) {
        if let Some(i) = self.0.get_mut(&invitee) {
            i.told = Some((sequence, off));
        }
    }

    pub(super) fn invite(
        &self,
        invitee: InviteeId,
        who: &Sealed<Invitee>,
        with: With,
    ) -> Result<Vec<MeetingEvent>, Refusal> {
        if self.0.contains_key(&invitee) {
            return Ok(vec![]);
        }
        if self.invited().count() >= INVITEES_MAX {
            return Err(Refusal::TooManyInvitees);
        }
        Ok(vec![MeetingEvent::MeetingInvited {
            invitee,
            who: who.clone(),
            with,
        }])
    }

    pub(super) fn uninvite(&self, invitee: InviteeId) -> Result<Vec<MeetingEvent>, Refusal> {
        match self.0.get(&invitee) {
            None => Err(Refusal::NoInvitee),
            Some(i) if i.off => Ok(vec![]),
            Some(_) => Ok(vec![MeetingEvent::MeetingUninvited { invitee }]),
        }
    }

    /// What an event says of them.
    pub fn take(&mut self, event: &MeetingEvent, sequence: u32) {
        let turns = self.turns();
        match event {
            MeetingEvent::MeetingInvited { invitee, who, with } => {
                let invited = Invited {
                    who: who.clone(),
                    off: false,
                    told: None,
                    with: *with,
                    since: sequence,
                    turn: turns,
                    place: self.0.len(),
                };
                self.0.insert(*invitee, invited);
            }
            MeetingEvent::MeetingUninvited { invitee } => {
                if let Some(i) = self.0.get_mut(invitee) {
                    // Between what was sent to them and what they are sent if they are invited again.
                    (i.off, i.since, i.turn) = (true, sequence, turns + 1);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;
    use crate::meeting::{Meeting, MeetingCommand};
    use crate::sealed::{Scope, Subject};
    use crate::story::{Story, id};

    fn who(n: u128) -> Sealed<Invitee> {
        Sealed::from_parts(Subject::invitee(id(n)), Scope::invitations(id(9)), vec![1, 2, 3])
    }

    /// A meeting, and the mails that were asked for, which stand in streams of their own.
    struct Post {
        story: Story<Meeting>,
        asked: Vec<(InviteeId, u32, bool)>,
    }

    impl Post {
        fn planned() -> Self {
            let mut story = Story::at(1_800_000_000_000);
            story.did(MeetingCommand::Schedule {
                owner: id(1),
                live: id(2),
                details: Box::new(Details::new("Algebra", Time(1_800_003_600_000), 3600, "Europe/Paris")),
            });
            Self { story, asked: vec![] }
        }

        fn change(&mut self, spoil: impl FnOnce(&mut Details)) {
            let mut details = self.story.state.details.clone().expect("details");
            spoil(&mut details);
            self.story.did(MeetingCommand::Change {
                live: id(2),
                details: Box::new(details),
                expected_end: None,
            });
        }

        fn owed(&self) -> Vec<(InviteeId, u32, bool)> {
            let Meeting {
                mut invitees,
                sequence,
                cancelled,
                ..
            } = self.story.state.clone();
            for (invitee, sequence, off) in &self.asked {
                invitees.told(*invitee, *sequence, *off);
            }
            invitees.owed(sequence, cancelled).collect()
        }

        /// Asks for the mails that are owed.
        fn ask(&mut self) -> Vec<(InviteeId, u32, bool)> {
            let owed = self.owed();
            self.asked.extend(&owed);
            assert!(self.owed().is_empty());
            owed
        }
    }

    fn invite(n: u128) -> MeetingCommand {
        MeetingCommand::Invite {
            invitee: id(n),
            who: who(n),
            with: With::default(),
        }
    }

    fn uninvite(n: u128) -> MeetingCommand {
        MeetingCommand::Uninvite { invitee: id(n) }
    }

    #[test]
    fn each_is_written_to_once_a_version() {
        let mut post = Post::planned();
        assert_eq!(post.story.did(invite(5)), ["MeetingInvited"]);
        assert!(post.story.did(invite(5)).is_empty());
        assert_eq!(post.ask(), [(id(5), 0, false)]);
        // What no calendar shows is no reason to write.
        post.change(|d| d.options.record = true);
        assert!(post.owed().is_empty());
        post.change(|d| d.starts_at = d.starts_at.plus_s(3600));
        // Who is invited later is told of what holds by then.
        post.story.did(invite(6));
        assert_eq!(post.ask(), [(id(5), 1, false), (id(6), 1, false)]);
        post.story.did(MeetingCommand::Cancel);
        assert_eq!(post.ask(), [(id(5), 2, true), (id(6), 2, true)]);
    }

    #[test]
    fn who_is_no_longer_invited_is_told_once_and_never_again() {
        let mut post = Post::planned();
        post.story.did(invite(5));
        assert_eq!(post.ask(), [(id(5), 0, false)]);
        post.story.did(invite(6));
        assert_eq!(post.story.did(uninvite(5)), ["MeetingUninvited"]);
        assert!(post.story.did(uninvite(5)).is_empty());
        // The other had not been written to: there is nothing to take back.
        assert_eq!(post.story.did(uninvite(6)), ["MeetingUninvited"]);
        assert_eq!(post.ask(), [(id(5), 0, true)]);
        post.change(|d| d.name = "Algebra II".into());
        assert!(post.owed().is_empty());
        assert_eq!(post.story.refused(&uninvite(7)), Refusal::NoInvitee);
    }

    #[test]
    fn a_meeting_that_is_not_on_invites_nobody_but_may_be_left() {
        let mut post = Post::planned();
        post.story.did(invite(5));
        post.ask();
        post.story.did(MeetingCommand::Cancel);
        assert_eq!(post.story.refused(&invite(6)), Refusal::Cancelled);
        assert_eq!(post.ask(), [(id(5), 1, true)]);
        assert_eq!(post.story.did(uninvite(5)), ["MeetingUninvited"]);
        assert!(post.owed().is_empty(), "they know it is off");
        let unplanned = Story::<Meeting>::at(1_800_000_000_000);
        assert_eq!(unplanned.refused(&invite(5)), Refusal::Unknown);
    }

    #[test]
    fn what_was_ticked_goes_with_every_mail_and_older_events_ticked_nothing() {
        let mut post = Post::planned();
        let with = With {
            password: true,
            key: false,
        };
        let ticked = MeetingCommand::Invite {
            invitee: id(5),
            who: who(5),
            with,
        };
        post.story.did(ticked);
        post.story.did(invite(6));
        let of = |n| post.story.state.invitees.get(id(n)).expect("invited").with;
        assert_eq!((of(5), of(6)), (with, With::default()));
        let kept = include_bytes!("../../testdata/meeting_invited-1.json");
        let old = <MeetingEvent as crate::EventData>::decode("MeetingInvited", 1, kept).expect("read");
        assert!(matches!(old, MeetingEvent::MeetingInvited { with, .. } if with == With::default()));
    }

    #[test]
    fn at_most_five_hundred_are_invited_at_a_time() {
        let mut post = Post::planned();
        for n in 0..INVITEES_MAX as u128 {
            post.story.did(invite(100 + n));
        }
        assert_eq!(post.story.refused(&invite(5)), Refusal::TooManyInvitees);
        post.story.did(uninvite(100));
        assert_eq!(post.story.did(invite(5)), ["MeetingInvited"]);
    }

    #[test]
    fn what_changes_before_a_mail_was_asked_for_is_in_it() {
        let mut post = Post::planned();
        post.story.did(invite(5));
        post.change(|d| d.name = "Algebra I".into());
        post.change(|d| d.name = "Algebra II".into());
        assert_eq!(post.ask(), [(id(5), 2, false)]);
        // Off before they heard of it: nobody writes to them at all.
        post.story.did(invite(6));
        post.change(|d| d.name = "Algebra III".into());
        post.story.did(MeetingCommand::Cancel);
        assert_eq!(post.ask(), [(id(5), 4, true)]);
    }

    #[test]
    fn who_is_invited_again_is_somebody_new() {
        let mut post = Post::planned();
        post.story.did(invite(5));
        post.ask();
        post.story.did(uninvite(5));
        post.story.did(invite(6));
        assert_eq!(post.ask(), [(id(5), 0, true), (id(6), 0, false)]);
        // The id of the first is not taken again, whoever has it: what was told under it is over.
        assert!(post.story.did(invite(5)).is_empty());
        post.story.did(MeetingCommand::Cancel);
        assert_eq!(post.ask(), [(id(6), 1, true)]);
        let state = &post.story.state.invitees;
        assert_eq!(state.invited().map(|(who, _)| who).collect::<Vec<_>>(), [id(6)]);
        assert!(state.get(id(5)).is_some_and(|i| i.off));
    }

    /// Who is told of a date of last week that it does not take place wonders what they missed.
    #[test]
    fn single_dates_that_are_over_are_no_news() {
        use crate::recurrence::{End, Pattern, Recurrence};
        let mut details = Details::new("Algebra", Time(1_800_003_600_000), 3600, "Europe/Paris");
        details.recurrence = Some(Recurrence {
            pattern: Pattern::Daily,
            frequency: 1,
            end: End::Open,
        });
        let date = details.series().first();
        let (began, ended) = (Time(1_800_005_000_000), Time(1_800_007_200_000));
        let off = MeetingEvent::MeetingOccurrenceCancelled { date };
        let back = MeetingEvent::MeetingOccurrenceRestored { date };
        let moved = |starts_at| MeetingEvent::MeetingOccurrenceMoved {
            date,
            starts_at,
            duration_s: 60,
        };
        for event in [&off, &back, &moved(Time(1_800_003_600_000))] {
            assert!(
                details.is_news(event, began) && !details.is_news(event, ended),
                "{event:?}"
            );
            assert!(details.calendars_change(event));
        }
        // Moved from what is over to what is not, and then off.
        let later = moved(ended.plus_s(86_400));
        assert!(details.is_news(&later, ended));
        details.take_occurrence(&later);
        assert!(details.is_news(&off, ended) && details.is_news(&back, ended));
        // Everything else as calendars show it.
        let mut changed = details.clone();
        changed.name = "Geometry".into();
        let changed = MeetingEvent::MeetingChanged {
            live: None,
            details: changed,
        };
        assert!(
            details.is_news(&changed, Time(i64::MAX))
                && !details.is_news(&MeetingEvent::MeetingKeySet { set: true }, began)
        );
    }

    /// Taken off and invited again while the meeting stays as it is: each mail to them has a larger number than the one before.
    #[test]
    fn numbers_grow_for_who_is_invited_again() {
        let mut post = Post::planned();
        let number = |post: &Post, n: u128| {
            let state = &post.story.state;
            state.invitees.get(id(n)).expect("known").sequence(state.sequence)
        };
        let mut sent = vec![];
        for n in 5..9 {
            post.story.did(invite(n));
            sent.push(number(&post, n));
            post.story.did(uninvite(n));
            sent.push(number(&post, n));
        }
        assert!(sent.is_sorted_by(|a, b| a < b), "{sent:?}");
        // What is written later of somebody who is off has still the number of then.
        post.change(|d| d.name = "Algebra II".into());
        assert_eq!(number(&post, 8), sent[7]);
        post.story.did(invite(20));
        let (first, feed) = (
            number(&post, 20),
            post.story.state.sequence + post.story.state.invitees.turns(),
        );
        assert!(first > sent[7] && feed >= first);
        post.story.did(MeetingCommand::Cancel);
        assert!(number(&post, 20) > first);
    }

    #[test]
    fn uninvited_and_cancelled_at_once_is_one_mail() {
        let mut post = Post::planned();
        post.story.did(invite(5));
        post.ask();
        post.story.did(uninvite(5));
        post.story.did(MeetingCommand::Cancel);
        assert_eq!(post.ask(), [(id(5), 0, true)]);
    }

    #[test]
    fn the_last_mail_is_known_and_nobody_is_told_in_another_s_name() {
        let mut post = Post::planned();
        post.story.did(invite(5));
        let mut row = post.story.state.invitees.clone();
        row.told(id(6), 0, false);
        assert!(row.get(id(6)).is_none());
        for sequence in 3..6 {
            row.told(id(5), sequence, false);
        }
        assert_eq!(row.get(id(5)).expect("invited").told, Some((5, false)));
        assert!(!row.owes(5, false) && row.owes(6, false) && row.owes(5, true));
    }

    /// What calendars show, each alone; nothing else makes a mail.
    #[test]
    fn only_what_calendars_show_is_told() {
        let spoil: [(bool, fn(&mut Details)); 8] = [
            (true, |d| d.name = "Geometry".into()),
            (true, |d| d.description = "Room B".into()),
            (true, |d| d.duration_s = 5400),
            (true, |d| d.time_zone = "Europe/Lisbon".into()),
            (true, |d| d.starts_at = d.starts_at.plus_s(60)),
            (false, |d| d.is_restricted = true),
            (false, |d| d.additional_owners = vec![id(7)]),
            (false, |d| d.options.mute_on_start = false),
        ];
        for (n, (told, spoil)) in spoil.into_iter().enumerate() {
            let mut post = Post::planned();
            post.story.did(invite(5));
            post.ask();
            post.change(spoil);
            let owed = if told { vec![(id(5), 1, false)] } else { vec![] };
            assert_eq!(post.owed(), owed, "{n}");
        }
        // Whose it is now says who is answered; the entry stays what it was, its organizer too.
        let given = MeetingEvent::MeetingHandedOver { to: id(7), stays: true };
        assert!(!Details::new("Algebra", Time(0), 60, "UTC").calendars_change(&given));
    }

    /// Each single date that changes is told, and each version has a number of its own (RFC 5546 §2.1.4).
    #[test]
    fn single_dates_are_told_too() {
        use crate::meeting::OccurrenceChange;
        use crate::recurrence::{End, Pattern, Recurrence};
        let mut post = Post::planned();
        post.change(|d| {
            d.recurrence = Some(Recurrence {
                pattern: Pattern::Daily,
                frequency: 1,
                end: End::Count(5),
            });
        });
        post.story.did(invite(5));
        assert_eq!(post.ask(), [(id(5), 1, false)]);
        let date = post.story.state.details.as_ref().expect("details").series().first();
        let change = |change| MeetingCommand::Occurrence { date, change };
        post.story.did(change(OccurrenceChange::Cancel));
        assert_eq!(post.ask(), [(id(5), 2, false)]);
        post.story.did(change(OccurrenceChange::Restore));
        assert_eq!(post.ask(), [(id(5), 3, false)]);
    }
}
