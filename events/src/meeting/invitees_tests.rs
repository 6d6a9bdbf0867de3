//! Given, when, then: who is invited, and which mail is due to whom.

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
    type Spoil = fn(&mut Details);
    let spoil: [(bool, Spoil); 8] = [
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
