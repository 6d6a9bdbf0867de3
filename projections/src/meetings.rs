//! Meetings: what is planned, and which session is current.

use std::sync::Arc;

use amphi_events::elsewhere::Adoption;
use amphi_events::ids::{InviteeId, LiveId, MeetingId, PersonId, SessionId};
use amphi_events::mail::{About, MailEvent};
use amphi_events::meeting::{Details, InviteesRow, MeetingEvent, Slides};
use amphi_events::{Position, Recorded, Time};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::model::{ApplyError, Model, Space, Table, id_of, read};
use crate::rows::{Doc, Docs, limit, parse, parse_one, write};
use crate::{ReadError, ReadModels};

/// A meeting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeetingRow {
    /// Its id.
    pub id: MeetingId,
    /// Who planned it.
    pub owner: PersonId,
    /// The owner's own room: always there, planned for no time.
    #[serde(default)]
    pub personal: bool,
    /// It broadcasts a session that another front end opened, once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<Adoption>,
    /// Its live, once it was a webinar.
    pub live: Option<LiveId>,
    /// What is planned.
    pub details: Details,
    /// It will not take place.
    pub cancelled: bool,
    /// The session that is open, or wanted open.
    pub session: Option<SessionId>,
    /// That session's end was asked for.
    pub ending: bool,
    /// Grows with each change of what calendars show (RFC 5546, `SEQUENCE`).
    pub sequence: u32,
    /// The last version that is worth a mail.
    #[serde(default)]
    pub news: u32,
    /// Who was invited, and which version each was written of.
    #[serde(default)]
    pub invitees: InviteesRow,
    /// Its slides, the first first.
    #[serde(default)]
    pub slides: Vec<Slides>,
    /// It was handed over, and who has it now was not written to.
    #[serde(default)]
    pub untold: bool,
    /// When that was.
    pub changed_at: Time,
    /// When it was planned first.
    pub created_at: Time,
    /// Position of its last event.
    pub position: Position,
}

impl MeetingRow {
    /// Whether this person presents: owner and co-owners (census §1.1).
    pub fn is_presenter(&self, person: PersonId) -> bool {
        self.owner == person || self.details.additional_owners.contains(&person)
    }

    /// Who is to be written to by now: of which version, and whether it is off.
    ///
    /// Of what is over nobody is told that it changed or is off; nor that something of a room changed which has no time. Whoever is invited
    /// is told of it whenever that was.
    pub fn owed(&self, now: Time) -> impl Iterator<Item = (InviteeId, u32, bool)> {
        self.owed_if(!self.personal && self.details.around(now).ends_at <= now)
    }

    fn owed_if(&self, over: bool) -> impl Iterator<Item = (InviteeId, u32, bool)> {
        let owed = self.invitees.owed(self.news, self.cancelled);
        owed.filter(move |(invitee, _, off)| {
            let first = self.invitees.get(*invitee).is_some_and(|i| i.told.is_none());
            first || (!over && (!self.personal || *off))
        })
    }
}

impl Doc for MeetingRow {
    const TABLE: &'static str = "meetings";
    const COLUMNS: &'static [&'static str] = &["owner", "name", "starts_at", "session", "inviting", "untold", "slides"];
    fn columns(&self) -> Vec<Value> {
        let name = self.details.name.0.to_lowercase();
        vec![
            json!(self.owner),
            json!(name),
            json!(self.details.starts_at),
            json!(self.session),
            // Columns know no clock: some of these may be owed no more.
            json!(i64::from(self.owed_if(false).next().is_some())),
            json!(i64::from(self.untold)),
            json!(self.slides.len()),
        ]
    }
}

pub(crate) struct Meetings;

const PEOPLE: &str = "meetings_people";

#[async_trait]
impl Model for Meetings {
    fn name(&self) -> &'static str {
        "meetings"
    }

    fn version(&self) -> u32 {
        6
    }

    fn tables(&self) -> &'static [Table] {
        &[
            Table {
                name: MeetingRow::TABLE,
                columns: "id TEXT PRIMARY KEY, row TEXT NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL, starts_at INTEGER NOT NULL, session TEXT, inviting INTEGER NOT NULL, untold INTEGER NOT NULL, slides INTEGER NOT NULL",
                indexes: &[
                    ("start", "(starts_at, id)"),
                    ("session", "(session) WHERE session IS NOT NULL"),
                    ("inviting", "(inviting) WHERE inviting = 1"),
                    ("untold", "(untold) WHERE untold = 1"),
                    ("slides", "(slides) WHERE slides > 0"),
                ],
            },
            Table {
                name: PEOPLE,
                columns: "person TEXT NOT NULL, meeting TEXT NOT NULL, PRIMARY KEY (person, meeting)",
                indexes: &[("meeting", "(meeting)")],
            },
        ]
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["meeting", "mail"]
    }

    async fn apply(&self, db: &mut SqliteConnection, space: Space, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        let mut docs = Docs::<MeetingRow>::new(space);
        for e in events {
            if e.stream.kind() == "mail" {
                // Whom an invitation was asked for is not to be asked for again.
                match read::<MailEvent>(e)? {
                    MailEvent::MailRequested {
                        about:
                            About::Invitation {
                                meeting,
                                invitee,
                                sequence,
                                off,
                            },
                        ..
                    } => {
                        let row = docs.need(db, &meeting.to_string()).await?;
                        row.invitees.told(invitee, sequence, off);
                    }
                    MailEvent::MailRequested {
                        about: About::HandedOver { meeting, .. },
                        ..
                    } => docs.need(db, &meeting.to_string()).await?.untold = false,
                    _ => {}
                }
                continue;
            }
            let id: MeetingId = id_of(e)?;
            let key = id.to_string();
            let event = read::<MeetingEvent>(e)?;
            let personal = matches!(event, MeetingEvent::PersonalRoomMade { .. });
            let begins = match event {
                MeetingEvent::MeetingScheduled {
                    owner,
                    live,
                    details,
                    elsewhere,
                } => Ok((owner, live, details, elsewhere)),
                MeetingEvent::PersonalRoomMade { owner, details } => Ok((owner, None, details, None)),
                event => Err(event),
            };
            match begins {
                Ok((owner, live, details, elsewhere)) => {
                    people(db, space, id, owner, &details).await?;
                    let created_at = e.event.time;
                    let row = MeetingRow {
                        id,
                        owner,
                        personal,
                        elsewhere,
                        live,
                        details,
                        cancelled: false,
                        session: None,
                        ending: false,
                        sequence: 0,
                        news: 0,
                        invitees: InviteesRow::default(),
                        slides: vec![],
                        untold: false,
                        changed_at: created_at,
                        created_at,
                        position: e.position,
                    };
                    docs.put(&key, row);
                }
                Err(event) => {
                    let row = docs.need(db, &key).await?;
                    row.position = e.position;
                    if row.details.calendars_change(&event) {
                        row.sequence += 1;
                        row.changed_at = e.event.time;
                        if row.details.is_news(&event, e.event.time) {
                            row.news = row.sequence;
                        }
                    }
                    row.invitees.take(&event, row.sequence);
                    match event {
                        MeetingEvent::MeetingScheduled { .. } | MeetingEvent::PersonalRoomMade { .. } => {}
                        MeetingEvent::MeetingChanged { live, details } => {
                            row.live = live;
                            row.details = details;

                            let (owner, details) = (row.owner, row.details.clone());
                            people(db, space, id, owner, &details).await?;
                        }
                        MeetingEvent::MeetingHandedOver { to, stays } => {
                            let from = std::mem::replace(&mut row.owner, to);
                            row.untold = true;
                            row.details.additional_owners = row.details.co_owners_after(from, to, stays);
                            let details = row.details.clone();
                            people(db, space, id, to, &details).await?;
                        }
                        MeetingEvent::MeetingPasswordSet { .. } | MeetingEvent::MeetingKeySet { .. } => {}
                        MeetingEvent::MeetingSlidesAdded { slides } => row.slides.push(slides),
                        MeetingEvent::MeetingSlidesRemoved { slides } => row.slides.retain(|s| s.id != slides),
                        MeetingEvent::MeetingCancelled {} => row.cancelled = true,
                        MeetingEvent::MeetingInvited { .. } | MeetingEvent::MeetingUninvited { .. } => {}
                        event @ (MeetingEvent::MeetingOccurrenceMoved { .. }
                        | MeetingEvent::MeetingOccurrenceCancelled { .. }
                        | MeetingEvent::MeetingOccurrenceRestored { .. }) => {
                            row.details.take_occurrence(&event);
                        }
                        MeetingEvent::MeetingStartRequested { session, .. } => {
                            row.session = Some(session);
                            row.ending = false;
                        }
                        MeetingEvent::MeetingEndRequested { .. } => row.ending = true,
                        MeetingEvent::MeetingSessionEnded { .. } => {
                            row.session = None;
                            row.ending = false;
                        }
                    }
                }
            }
        }
        docs.flush(db).await
    }
}

/// Who finds the meeting among theirs.
async fn people(
    db: &mut SqliteConnection,
    space: Space,
    meeting: MeetingId,
    owner: PersonId,
    details: &Details,
) -> Result<(), ApplyError> {
    let table = space.table(PEOPLE);
    sqlx::query(AssertSqlSafe(format!("DELETE FROM {table} WHERE meeting = ?")))
        .bind(meeting.to_string())
        .execute(&mut *db)
        .await?;
    let rows = std::iter::once(&owner)
        .chain(&details.additional_owners)
        .map(|p| json!([p, meeting]))
        .collect();
    write(db, "INSERT OR IGNORE", &table, &["person", "meeting"], rows).await
}

impl ReadModels {
    /// A meeting.
    pub async fn meeting(&self, id: MeetingId) -> Result<Option<MeetingRow>, ReadError> {
        parse_one(
            sqlx::query_scalar("SELECT row FROM meetings WHERE id = ?")
                .bind(id.to_string())
                .fetch_optional(&self.readers)
                .await?,
        )
    }

    /// The meetings that this person owns or co-owns, by their start.
    pub async fn meetings_of(&self, person: PersonId) -> Result<Vec<MeetingRow>, ReadError> {
        let sql = "SELECT m.row FROM meetings_people p JOIN meetings m ON m.id = p.meeting WHERE p.person = ? ORDER BY m.starts_at, m.id";
        parse(
            sqlx::query_scalar(sql)
                .bind(person.to_string())
                .fetch_all(&self.readers)
                .await?,
        )
    }

    /// All meetings, the newest start first; those after the cursor (the last one of the page before); those
    /// with `search` in their name, whatever the case. An id says nothing of when: those of meetings that came from elsewhere follow from
    /// what they were there.
    pub async fn all_meetings(
        &self,
        after: Option<MeetingId>,
        most: usize,
        search: Option<&str>,
    ) -> Result<Vec<MeetingRow>, ReadError> {
        let sql = "SELECT row FROM meetings WHERE (?1 IS NULL OR (starts_at, id) < (SELECT starts_at, id FROM meetings WHERE id = ?1)) \
                   AND (?2 IS NULL OR instr(name, ?2) > 0) ORDER BY starts_at DESC, id DESC LIMIT ?3";
        let rows = sqlx::query_scalar(sql)
            .bind(after.map(|id| id.to_string()))
            .bind(search.map(str::to_lowercase))
            .bind(limit(most))
            .fetch_all(&self.readers)
            .await?;
        parse(rows)
    }

    /// The meetings of which somebody is to be written to. May name too many, never too few.
    pub async fn meetings_inviting(&self) -> Result<Vec<MeetingId>, ReadError> {
        let sql = "SELECT id FROM meetings WHERE inviting = 1";
        let ids: Vec<String> = sqlx::query_scalar(sql).fetch_all(&self.readers).await?;
        ids.iter().map(|i| crate::rows::id(i)).collect()
    }

    /// The meetings that a reactor has to look at: a session is wanted, open or ending, or the meeting's live is not
    /// planned as the meeting says, or who has it now is to be told, or it has slides that are to go one day. May name too many,
    /// never too few.
    pub async fn meetings_in_hand(&self) -> Result<Vec<MeetingId>, ReadError> {
        let sql = "SELECT id FROM meetings WHERE session IS NOT NULL OR untold = 1 OR slides > 0 UNION SELECT meeting FROM lives WHERE differs = 1 AND meeting IS NOT NULL";
        let ids: Vec<String> = sqlx::query_scalar(sql).fetch_all(&self.readers).await?;
        ids.iter().map(|i| crate::rows::id(i)).collect()
    }
}

#[cfg(test)]
mod tests {
    use amphi_events::meeting::{Invitee, With};
    use amphi_events::{Scope, Sealed, Subject};
    use ulid::Ulid;

    use super::*;

    const STARTS: Time = Time(1_800_000_000_000);

    fn invitee(n: u128) -> InviteeId {
        InviteeId(Ulid(n))
    }

    /// A meeting of an hour to which 1 was invited, and told so.
    fn told(personal: bool) -> MeetingRow {
        let mut row = MeetingRow {
            id: MeetingId(Ulid(9)),
            owner: PersonId(Ulid(8)),
            personal,
            elsewhere: None,
            live: None,
            details: Details::new("Algebra", STARTS, 3600, "Europe/Paris"),
            cancelled: false,
            session: None,
            ending: false,
            sequence: 0,
            news: 0,
            invitees: InviteesRow::default(),
            slides: vec![],
            untold: false,
            changed_at: STARTS,
            created_at: STARTS,
            position: Position(1),
        };
        invite(&mut row, 1);
        row.invitees.told(invitee(1), 0, false);
        row
    }

    fn invite(row: &mut MeetingRow, n: u128) {
        let subject = Subject::invitee(invitee(n));
        let who: Sealed<Invitee> = Sealed::from_parts(subject, Scope::invitations(row.id), vec![1]);
        let event = MeetingEvent::MeetingInvited {
            invitee: invitee(n),
            who,
            with: With::default(),
        };
        row.invitees.take(&event, row.sequence);
    }

    fn owed(row: &MeetingRow, now: Time) -> Vec<(u128, u32, bool)> {
        row.owed(now)
            .map(|(who, sequence, off)| (who.0.0, sequence, off))
            .collect()
    }

    #[test]
    fn of_what_is_over_nobody_is_told_anything_but_that_they_are_invited() {
        let (before, after) = (STARTS, STARTS.plus_s(3600));
        let mut row = told(false);
        (row.sequence, row.news) = (1, 1);
        assert_eq!((owed(&row, before), owed(&row, after)), (vec![(1, 1, false)], vec![]));
        invite(&mut row, 2);
        assert_eq!(owed(&row, after), [(2, 1, false)]);
        row.cancelled = true;
        assert_eq!((owed(&row, before), owed(&row, after)), (vec![(1, 1, true)], vec![]));
        // Put off to next week: that is news again.
        row.cancelled = false;
        row.details.starts_at = STARTS.plus_s(7 * 86_400);
        (row.sequence, row.news) = (2, 2);
        assert_eq!(owed(&row, after), [(1, 2, false), (2, 2, false)]);
        // And what is no news is owed to nobody.
        row.invitees.told(invitee(1), 2, false);
        row.invitees.told(invitee(2), 2, false);
        row.sequence = 3;
        assert_eq!(owed(&row, after), []);
    }

    #[test]
    fn a_room_without_a_time_invites_once_and_takes_back_once() {
        let mut row = told(true);
        (row.sequence, row.news) = (1, 1);
        let late = STARTS.plus_s(1_000_000);
        assert_eq!(owed(&row, late), []);
        assert_eq!(row.columns()[4], json!(0));
        invite(&mut row, 2);
        assert_eq!(owed(&row, late), [(2, 1, false)]);
        assert_eq!(row.columns()[4], json!(1));
        row.invitees
            .take(&MeetingEvent::MeetingUninvited { invitee: invitee(1) }, 1);
        let off: Vec<_> = owed(&row, late).into_iter().filter(|o| o.2).collect();
        assert_eq!(off.iter().map(|o| o.0).collect::<Vec<_>>(), [1]);
    }
}
