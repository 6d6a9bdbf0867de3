//! Who is in a room, and how: as a look at it says, beside what webhooks said (`heard`).

use std::collections::BTreeMap;

use amphi_events::ids::{EventId, PersonId, SessionId};
use amphi_events::sealed::{Scope, Subject};
use amphi_events::session::{Participant, Seen, SessionCommand, Voice};
use amphi_events::store::Place;
use amphi_events::{Key, Time};

use super::super::stage;
use super::{Deps, Room};
use crate::bbb::{Attendee, RoomInfo};

/// Somebody's pseudonym in a session, from what BBB says of them: the same for a poll and a webhook.
pub fn who(session: SessionId, external: &str, internal: &str) -> String {
    let id = if external.is_empty() { internal } else { external };
    Key::of(&["who", &session.to_string(), id]).hex()[..32].to_owned()
}

impl Room {
    /// Who is in the room and how, compared with who was. Of whom webhooks spoke since the look `began` it says nothing.
    pub(super) async fn people(&self, info: &RoomInfo, began: Time) -> anyhow::Result<()> {
        let look = self.deps.aggregates.sessions.look(self.session).await;
        let state = look.map_err(anyhow::Error::msg)?.state;
        let heard = &self.deps.heard;
        let mut there: BTreeMap<String, Seen> = BTreeMap::new();
        for attendee in &info.attendees {
            let name = who(self.session, &attendee.user_id, "");
            if heard.is_gone(self.session, &name, self.deps.now()) {
                continue;
            }
            // The same person in two windows: what one of the two has counts.
            let twice = there.get(&name).copied();
            there.insert(name.clone(), part_of(attendee, twice));
            if !state.present.contains_key(&name) {
                let seen = Participant {
                    internal: String::new(),
                    external: attendee.user_id.clone(),
                    name: attendee.name.clone(),
                };
                joined(&self.deps, self.session, seen, attendee.moderator).await?;
            }
        }
        for (who, seen) in &there {
            if !heard.since(self.session, who, began) {
                let (who, seen) = (who.clone(), *seen);
                self.tell(SessionCommand::Changed { who, seen }).await?;
            }
        }
        for gone in state.present.keys().filter(|w| !there.contains_key(*w)) {
            if !heard.since(self.session, gone, began) {
                heard.found_gone(self.session, gone);
                self.tell(SessionCommand::Left { who: gone.clone() }).await?;
            }
        }
        Ok(())
    }
}

/// How somebody takes part, as BBB lists them; beside what another window of theirs has.
fn part_of(attendee: &Attendee, twice: Option<Seen>) -> Seen {
    let twice = twice.unwrap_or_default();
    let voice = match twice.voice {
        Some(Voice::Microphone) => Voice::Microphone,
        _ if attendee.has_joined_voice && !attendee.listening_only => Voice::Microphone,
        _ if attendee.listening_only => Voice::Listening,
        held => held.unwrap_or_default(),
    };
    Seen {
        moderator: Some(attendee.moderator || twice.moderator == Some(true)),
        presenter: Some(attendee.presenter || twice.presenter == Some(true)),
        voice: Some(voice),
        camera: Some(attendee.has_video || twice.camera == Some(true)),
    }
}

/// Whether that is the robot of the session's live: by the id that our page gave it, or, of one that came in by itself, by the name that its
/// run gave it.
pub(in crate::reactors) async fn is_robot(
    deps: &Deps,
    session: SessionId,
    external: &str,
    name: &str,
) -> anyhow::Result<bool> {
    if external.starts_with("robot-") {
        return Ok(true);
    }
    if !name.starts_with(stage::ROBOT_NAME) {
        return Ok(false);
    }
    let aggregates = &deps.aggregates;
    let looked = aggregates.sessions.look(session).await.map_err(anyhow::Error::msg)?;
    let Some(meeting) = looked.state.meeting else {
        return Ok(false);
    };
    let looked = aggregates.meetings.look(meeting).await.map_err(anyhow::Error::msg)?;
    let Some(live) = looked.state.live else {
        return Ok(false);
    };
    let looked = aggregates.lives.look(live).await.map_err(anyhow::Error::msg)?;
    Ok(looked.state.run.is_some_and(|run| stage::robot_name(run.id) == name))
}

/// Records that somebody is in the room. The key of somebody without an account is made here, before the event.
pub(in crate::reactors) async fn joined(
    deps: &Deps,
    session: SessionId,
    seen: Participant,
    moderator: bool,
) -> anyhow::Result<()> {
    let who = who(session, &seen.external, &seen.internal);
    let robot = is_robot(deps, session, &seen.external, &seen.name).await?;
    let subject = match seen.external.parse::<PersonId>() {
        Ok(person) if deps.keys.has_subject(&Subject::person(person)) => Subject::person(person),
        _ => Subject(format!("guest:{session}:{who}")),
    };
    deps.keys.make_subject(&subject).await?;
    let event: EventId = deps.sources.id();
    let stream = amphi_events::session::stream(session);
    let place = Place {
        stream: &stream,
        event,
        field: "participant",
    };
    let participant = deps.keys.seal(&place, &subject, &Scope::attendance(session), &seen)?;
    let command = SessionCommand::Joined {
        who,
        moderator,
        robot,
        participant,
    };
    let act = deps.act("rooms").first_id(event);
    deps.aggregates.sessions.execute(session, command, act).await?;
    Ok(())
}
