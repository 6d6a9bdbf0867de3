//! A person's own room (census §2.2): always there, planned for no time, under one address for ever.
//!
//! One each, because its id is made from the person's: two first visits write to the same stream, whose version the log gives once (M25).
//! With a key of the house, because a meeting's address alone opens its door, and people's ids are known to many.

use ulid::Ulid;

use super::{Details, MeetingCommand, MeetingEvent, Options, Refusal};
use crate::clock::Time;
use crate::envelope::Key;
use crate::ids::{MeetingId, PersonId};
use crate::sealed::Scope;
use crate::store::{KeyError, Keyring};

/// What its planned hour lasts in seconds; nobody is shown it.
const HOUR_S: i64 = 3600;

/// Id of a person's own room. Beside ids of other meetings it stands where the person's account does.
///
/// # Errors
/// The key of the accounts is missing, so nobody has one yet.
pub fn id(keys: &Keyring, owner: PersonId) -> Result<MeetingId, KeyError> {
    let name = ["personal-room", &owner.to_string()];
    keys.id_of(&Scope::accounts(), &name, owner.0.timestamp_ms())
        .map(MeetingId)
}

/// What the id was while it was made without a key. A room that has it keeps it: it is in people's calendars.
pub fn id_without_key(owner: PersonId) -> MeetingId {
    let digest = Key::of(&["personal-room", &owner.to_string()]).0;
    let mut tail = [0_u8; 16];
    tail[6..].copy_from_slice(&digest[..10]);
    MeetingId(Ulid::from_parts(owner.0.timestamp_ms(), u128::from_be_bytes(tail)))
}

/// Makes a person's own room, where there is none yet. `name` is the same for everybody of a language: whose it is says its owner, or
/// a name would stand in clear.
pub fn make(owner: PersonId, name: &str, now: Time, zone: &str, options: Options) -> MeetingCommand {
    let hour_ms = HOUR_S * 1000;
    let mut details = Details::new(name, Time(now.0.div_euclid(hour_ms) * hour_ms), HOUR_S, zone);
    details.options = options;
    MeetingCommand::MakePersonal {
        owner,
        details: Box::new(details),
    }
}

/// What comes of [`make`].
pub(super) fn made(
    held: Option<&Details>,
    owner: PersonId,
    details: &Details,
    now: Time,
) -> Result<Vec<MeetingEvent>, Refusal> {
    if held.is_some() {
        return Ok(vec![]);
    }
    details.check(owner, None, now)?;
    Ok(vec![MeetingEvent::PersonalRoomMade {
        owner,
        details: details.clone(),
    }])
}

/// It keeps its name, has no time, is no webinar; everything else may change.
pub(super) fn stays(held: &Details, details: &Details) -> Result<(), Refusal> {
    let same = held.name == details.name
        && (held.starts_at, held.duration_s) == (details.starts_at, details.duration_s)
        && held.time_zone == details.time_zone
        && details.recurrence.is_none()
        && !details.is_webinar;
    if same { Ok(()) } else { Err(Refusal::PersonalRoom) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sources;
    use crate::meeting::Meeting;
    use crate::recurrence::{End, Pattern, Recurrence};
    use crate::store::MasterKey;
    use crate::story::{Story, id as some};

    const NOW: i64 = 1_800_000_123_456;

    fn room() -> Story<Meeting> {
        let mut story = Story::at(NOW);
        let command = make(some(1), "Personal room", Time(NOW), "Europe/Paris", Options::default());
        assert_eq!(story.did(command.clone()), ["PersonalRoomMade"]);
        assert!(story.did(command).is_empty(), "a second visit makes nothing");
        story
    }

    async fn keys(master: u8) -> (tempfile::TempDir, Keyring) {
        let folder = tempfile::tempdir().unwrap();
        let (file, master) = (folder.path().join("keys.db"), MasterKey::new(1, [master; 32]));
        let ids = Sources::system().ids;
        let keys = Keyring::load(&file, &master, "log", ids).await.unwrap();
        keys.make_scope(&Scope::accounts()).await.unwrap();
        (folder, keys)
    }

    #[tokio::test]
    async fn one_person_has_one_id_and_nobody_shares_or_guesses_it() {
        let ((_one, keys), (_other, elsewhere)) = (keys(1).await, keys(2).await);
        let at = |n| id(&keys, some(n)).unwrap();
        let ids: std::collections::BTreeSet<MeetingId> = (1..2000).map(at).collect();
        assert_eq!(ids.len(), 1999);
        assert_eq!(at(7), at(7));
        assert_ne!(at(7), id(&elsewhere, some(7)).unwrap(), "of another house");
        assert_ne!(at(7), id_without_key(some(7)));
    }

    #[test]
    fn it_stays_what_it_is() {
        let mut room = room();
        assert!(room.state.personal && room.state.owner == Some(some(1)));
        let held = room.state.details.clone().expect("details");
        let change = |details: Details| MeetingCommand::Change {
            live: some(3),
            details: Box::new(details),
            expected_end: None,
        };
        let other = |change: fn(&mut Details)| {
            let mut details = held.clone();
            change(&mut details);
            details
        };
        for unfit in [
            other(|d| d.name = "Mine".into()),
            other(|d| d.starts_at = d.starts_at.plus_s(60)),
            other(|d| d.duration_s = 60),
            other(|d| d.is_webinar = true),
            other(|d| {
                d.recurrence = Some(Recurrence {
                    pattern: Pattern::Daily,
                    frequency: 1,
                    end: End::Open,
                });
            }),
        ] {
            assert_eq!(room.refused(&change(unfit)), Refusal::PersonalRoom);
        }
        assert_eq!(room.refused(&MeetingCommand::Cancel), Refusal::PersonalRoom);
        let fit = other(|d| {
            d.additional_owners = vec![some(9)];
            d.options.mute_on_start = false;
            d.is_restricted = true;
        });
        assert_eq!(room.did(change(fit)), ["MeetingChanged"]);
        // Years later too it opens.
        let start = MeetingCommand::Start {
            session: some(5),
            until: Time(NOW).plus_s(900),
        };
        assert_eq!(room.did(start), ["MeetingStartRequested"]);
    }
}
