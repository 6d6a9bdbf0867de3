//! A meeting that broadcasts a session which another front end opened (census §10): a webinar of its own, begun at once, for this one
//! session. The room is not ours: it is neither opened again nor planned, and nobody is invited into it from here.

use super::{Details, Meeting, MeetingCommand, MeetingEvent, Refusal};
use crate::clock::Time;
use crate::elsewhere::Adoption;
use crate::ids::{LiveId, PersonId, SessionId};

/// What may not be asked of such a meeting.
pub(super) fn may(meeting: &Meeting, command: &MeetingCommand) -> Result<(), Refusal> {
    if meeting.elsewhere.is_none() {
        return Ok(());
    }
    match command {
        MeetingCommand::Seen { command, .. } => may(meeting, command),
        // A longer time, or another audience: what a live's console does. Everything else is the room's.
        MeetingCommand::Change { details, .. } => {
            let kept = |d: &Details| Details {
                duration_s: 0,
                is_restricted: false,
                enable_chat: false,
                additional_owners: vec![],
                exceptions: crate::recurrence::Exceptions::new(),
                ..d.clone()
            };
            match &meeting.details {
                Some(held) if kept(held) != kept(details) => Err(Refusal::Elsewhere),
                _ => Ok(()),
            }
        }
        MeetingCommand::SetPassword { .. }
        | MeetingCommand::SetKey { .. }
        | MeetingCommand::AddSlides(_)
        | MeetingCommand::Occurrence { .. }
        | MeetingCommand::Invite { .. }
        | MeetingCommand::HandOver { .. }
        | MeetingCommand::Start { .. } => Err(Refusal::Elsewhere),
        MeetingCommand::Schedule { .. }
        | MeetingCommand::Adopt { .. }
        | MeetingCommand::MakePersonal { .. }
        | MeetingCommand::RemoveSlides(_)
        | MeetingCommand::Uninvite { .. }
        | MeetingCommand::Cancel
        | MeetingCommand::End
        | MeetingCommand::SessionEnded { .. } => Ok(()),
    }
}

/// What comes of [`MeetingCommand::Adopt`].
pub(super) fn begun(
    meeting: &Meeting,
    (owner, live, session): (PersonId, LiveId, SessionId),
    until: Time,
    details: &Details,
    adoption: &Adoption,
    now: Time,
) -> Result<Vec<MeetingEvent>, Refusal> {
    if meeting.details.is_some() {
        return Err(Refusal::Exists);
    }
    if !adoption.room.is_plain() {
        return Err(Refusal::Elsewhere);
    }
    let mut details = Details {
        is_webinar: true,
        recurrence: None,
        ..details.clone()
    };
    details.check(owner, None, now)?;
    details.exceptions.clear();
    details.settle()?;
    Ok(vec![
        MeetingEvent::MeetingScheduled {
            owner,
            live: Some(live),
            details,
            elsewhere: Some(adoption.clone()),
        },
        MeetingEvent::MeetingStartRequested { session, until },
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elsewhere::ForeignRoom;
    use crate::meeting::{OccurrenceChange, With};
    use crate::story::{Story, id, sealed};

    const NOW: i64 = 1_800_000_000_000;

    fn adopt(room: &str, name: &str) -> MeetingCommand {
        MeetingCommand::Adopt {
            owner: id(1),
            live: id(2),
            session: id(3),
            until: Time(NOW + 60_000),
            details: Box::new(Details::new(name, Time(NOW), 3600, "Europe/Paris")),
            adoption: Adoption {
                room: ForeignRoom {
                    id: room.into(),
                    create_time: NOW - 5,
                    internal_id: "abc-1799999999995".to_owned(),
                },
                show_chat: true,
            },
        }
    }

    fn adopted() -> Story<Meeting> {
        let mut story = Story::at(NOW);
        let begun = ["MeetingScheduled", "MeetingStartRequested"];
        assert_eq!(story.did(adopt("moodle-7", "Optics")), begun);
        story
    }

    #[test]
    fn a_session_of_another_room_is_a_webinar_that_has_begun() {
        let mut story = adopted();
        let m = &story.state;
        assert_eq!((m.live, m.session, m.owner), (Some(id(2)), Some(id(3)), Some(id(1))));
        assert!(m.details.as_ref().is_some_and(|d| d.is_webinar));
        assert!(m.elsewhere.as_ref().is_some_and(|a| a.room.id.0 == "moodle-7"));
        assert_eq!(story.refused(&adopt("moodle-7", "Optics")), Refusal::Exists);
        let fresh = Story::<Meeting>::at(NOW);
        assert_eq!(fresh.refused(&adopt("a,b", "Optics")), Refusal::Elsewhere);
        assert_eq!(fresh.refused(&adopt("moodle-7", "x")), Refusal::Name);
        // It is stopped like any other, and is no room to open again.
        assert_eq!(story.did(MeetingCommand::End), ["MeetingEndRequested"]);
        let over = MeetingCommand::SessionEnded { session: id(3) };
        assert_eq!(story.did(over), ["MeetingSessionEnded"]);
        let again = MeetingCommand::Start {
            session: id(9),
            until: Time(NOW + 60_000),
        };
        assert_eq!(story.refused(&again), Refusal::Elsewhere);
    }

    #[test]
    fn what_needs_a_room_of_ones_own_is_refused() {
        let mut story = adopted();
        let held = story.state.details.clone().unwrap();
        let change = |details: Details| MeetingCommand::Change {
            live: id(2),
            details: Box::new(details),
            expected_end: None,
        };
        for asked in [
            MeetingCommand::SetPassword { set: true },
            MeetingCommand::SetKey { set: true },
            MeetingCommand::HandOver { to: id(8), stays: true },
            MeetingCommand::Invite {
                invitee: id(8),
                who: sealed("x"),
                with: With::default(),
            },
            MeetingCommand::Occurrence {
                date: chrono::NaiveDate::default(),
                change: OccurrenceChange::Cancel,
            },
            change(Details {
                name: "Another".into(),
                ..held.clone()
            }),
            change(Details {
                is_webinar: false,
                ..held.clone()
            }),
            change(Details {
                starts_at: Time(NOW + 1),
                ..held.clone()
            }),
        ] {
            assert_eq!(story.refused(&asked), Refusal::Elsewhere, "{asked:?}");
            let seen = MeetingCommand::Seen {
                seen: story.state.edited.unwrap(),
                command: Box::new(asked),
            };
            assert_eq!(story.refused(&seen), Refusal::Elsewhere);
        }
        let longer = change(Details {
            duration_s: 7200,
            is_restricted: true,
            ..held
        });
        assert_eq!(story.did(longer), ["MeetingChanged"]);
    }
}
