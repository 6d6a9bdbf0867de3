//! Logs of sessions: when a meeting was opened, and who came.

use amphi_events::ids::{EventId, PersonId, SessionId};
use amphi_events::session::{self, Participant, SessionCommand};
use amphi_events::store::{KeyError, Place};
use amphi_events::{Key, Scope, Subject, Time};

use super::dump::Row;
use super::{Kind, Mover, Stop, Taken, Why, django, leave, refused, unread};

/// Most people of a session; BBB takes a few hundred.
const PEOPLE_MOST: usize = 5_000;
/// Most characters of a shown name.
const NAME_MOST: usize = 200;

struct Came {
    who: String,
    moderator: bool,
    joined_at: Time,
    name: String,
    person: Option<PersonId>,
}

impl Mover<'_> {
    pub(super) async fn sessions(&mut self) -> anyhow::Result<()> {
        let rows = self.rows(Kind::Sessions, "meeting.meetingsessionlog");
        let of = rows.len();
        for (n, (key, row)) in rows.into_iter().enumerate() {
            self.tell(Kind::Sessions, n, of);
            let done = self.session(&key, row).await;
            self.counted(Kind::Sessions, &key, done)?;
        }
        Ok(())
    }

    async fn session(&mut self, key: &str, row: &Row) -> Result<Taken, Stop> {
        let meeting = row.refers("meeting").and_then(|m| self.meetings.get(&m).copied());
        let Some(meeting) = meeting else {
            return leave(Why::Missing, "its meeting");
        };
        let Some(opened_at) = django::moment(row.text("creation_date")) else {
            return leave(Why::Unreadable, "creation_date");
        };
        // A meeting's sessions are listed by their ids.
        let at_ms = u64::try_from(opened_at.0).unwrap_or_default();
        let id: SessionId = self.id_at("session", key, at_ms)?;
        let held = self.tools.aggregates.sessions.look(id).await.map_err(unread)?;
        let people = self.came(key, row, id, opened_at);
        let before = held.state.imported.as_ref();
        let lacking: Vec<&Came> = people
            .iter()
            .filter(|c| before.is_none_or(|b| !b.contains(&c.who)))
            .collect();
        if before.is_some() && lacking.is_empty() {
            return Ok(Taken::There);
        }
        if self.wish.apply {
            let sessions = &self.tools.aggregates.sessions;
            let command = SessionCommand::Import { meeting, opened_at };
            refused(sessions.execute(id, command, self.act_in_session()).await)?;
            match self.tools.keys.make_scope(&Scope::attendance(id)).await {
                // Its time was over here since: who was there is not brought back.
                Err(KeyError::Destroyed(_)) => return leave(Why::Erased, ""),
                made => made?,
            }
            for one in &lacking {
                self.participant(id, one).await?;
            }
        }
        Ok(if before.is_some() { Taken::There } else { Taken::New })
    }

    /// Who came. A name says of nobody that they were there: another may have the same, and a guest types what they like. The one whom the
    /// log names by their account is who opened the meeting, and came first; what is known of that goes when they are erased.
    fn came(&mut self, key: &str, row: &Row, id: SessionId, opened_at: Time) -> Vec<Came> {
        let opener = self.opener(row);
        let mut people = Vec::new();
        let mut unknown = 0;
        for (field, moderator) in [("moderators", true), ("viewers", false)] {
            for (n, (at, name)) in django::came(row.value(field)).into_iter().enumerate() {
                if people.len() == PEOPLE_MOST {
                    break;
                }
                unknown += usize::from(at.is_none());
                people.push(Came {
                    // By place and not by name: a digest of a name can be guessed.
                    who: Key::of(&["who", &id.to_string(), field, &n.to_string()]).hex()[..32].to_owned(),
                    moderator,
                    joined_at: at.unwrap_or(opened_at),
                    person: opener.filter(|_| moderator && n == 0),
                    name: name.chars().take(NAME_MOST).collect(),
                });
            }
        }
        if unknown > 0 {
            self.report
                .change(Kind::Sessions, key, Why::TimeUnknown, format!("{unknown} people"));
        }
        let names = people.iter().filter(|c| c.person.is_none()).count();
        if names > 0 {
            self.report
                .part(Kind::Sessions, key, Why::NameOnly, format!("{names} people"));
        }
        people
    }

    /// The account of who opened the session, where the first of its moderators is surely them: alone in the dump and in the log to be
    /// called so.
    fn opener(&self, row: &Row) -> Option<PersonId> {
        let opener = row.refers("creator").and_then(|c| self.person(&c))?;
        let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
        let moderators = django::came(row.value("moderators"));
        let (_, first) = moderators.first()?;
        let everybody = moderators
            .iter()
            .chain(&django::came(row.value("viewers")))
            .filter(|(_, n)| same(n, first))
            .count();
        let theirs = self.by_name.get(&first.to_lowercase()) == Some(&Some(opener));
        (theirs && everybody == 1).then_some(opener)
    }

    async fn participant(&self, id: SessionId, one: &Came) -> Result<(), Stop> {
        let tools = &self.tools;
        let known = one
            .person
            .map(|p| (p, Subject::person(p)))
            .filter(|(_, s)| tools.keys.has_subject(s));
        let (external, subject) = match known {
            Some((person, subject)) => (person.to_string(), subject),
            None => (String::new(), Subject(format!("guest:{id}:{}", one.who))),
        };
        tools.keys.make_subject(&subject).await?;
        let event: EventId = tools.sources.id();
        let stream = session::stream(id);
        let place = Place {
            stream: &stream,
            event,
            field: "participant",
        };
        let participant = Participant {
            internal: String::new(),
            external,
            name: one.name.clone(),
        };
        let command = SessionCommand::ImportParticipant {
            who: one.who.clone(),
            moderator: one.moderator,
            joined_at: one.joined_at,
            participant: tools
                .keys
                .seal(&place, &subject, &Scope::attendance(id), &participant)?,
        };
        refused(
            tools
                .aggregates
                .sessions
                .execute(id, command, self.act_in_session().first_id(event))
                .await,
        )?;
        Ok(())
    }
}
