//! Sessions: openings of a meeting's room in BBB, and who was in it.

use std::sync::Arc;

use amphi_events::ids::{EventId, LiveId, MeetingId, SessionId};
use amphi_events::meeting::MeetingEvent;
use amphi_events::session::{EndedBy, HookState, Part, Participant, Phase, SessionEvent, Trouble, Voice};
use amphi_events::{Recorded, Sealed, Time};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use crate::model::{ApplyError, Model, Space, Table, id_of, read};
use crate::rows::{Doc, Docs, id, parse, write};
use crate::{ReadError, ReadModels};

/// A session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionRow {
    /// Its id.
    pub id: SessionId,
    /// Of which meeting.
    pub meeting: MeetingId,
    /// That meeting's live.
    pub live: Option<LiveId>,
    /// Where it stands.
    pub phase: Phase,
    /// When it was asked for.
    pub requested_at: Time,
    /// How long the wish holds while the room is not open.
    pub until: Time,
    /// When BBB had the room.
    pub opened_at: Option<Time>,
    /// BBB's identity of it, in milliseconds.
    pub create_time: Option<i64>,
    /// BBB's internal meeting id.
    pub internal_id: Option<String>,
    /// How it ended, and when.
    pub closed: Option<(EndedBy, Time)>,
    /// What is wrong with BBB, since when.
    pub trouble: Option<(Trouble, Time)>,
    /// Whether what is written in the room reaches us.
    pub hooks: Option<HookState>,
    /// When it was brought here from another system.
    #[serde(default)]
    pub brought_at: Option<Time>,
    /// Another front end opened it.
    #[serde(default)]
    pub foreign: bool,
    /// The key to the names of who was there is destroyed.
    #[serde(default)]
    pub forgotten: bool,
    /// Who is in the room, in the order in which they came.
    #[serde(skip)]
    pub present: Vec<PresentRow>,
}

/// Somebody in the room.
#[derive(Debug, Clone, PartialEq)]
pub struct PresentRow {
    /// Pseudonym in this session.
    pub who: String,
    /// Moderator.
    pub moderator: bool,
    /// A gateway's robot.
    pub robot: bool,
    /// Shows the slides, as was seen last.
    pub presenter: bool,
    /// In the conference, as was seen last.
    pub voice: Voice,
    /// Seen by a camera, as was seen last.
    pub camera: bool,
    /// Name and ids. Opens as field `participant` of [`PresentRow::event`].
    pub participant: Sealed<Participant>,
    /// The event that holds it.
    pub event: EventId,
    /// Since when.
    pub joined_at: Time,
}

impl PresentRow {
    /// How they take part.
    pub const fn part(&self) -> Part {
        Part {
            moderator: self.moderator,
            robot: self.robot,
            presenter: self.presenter,
            voice: self.voice,
            camera: self.camera,
        }
    }
}

/// Somebody's stay in the room.
#[derive(Debug, Clone, PartialEq)]
pub struct AttendanceRow {
    /// Who, from when.
    pub person: PresentRow,
    /// Until when; `None`: still there.
    pub left_at: Option<Time>,
}

impl Doc for SessionRow {
    const TABLE: &'static str = "sessions";
    const COLUMNS: &'static [&'static str] = &["meeting", "phase", "internal_id", "remembered", "brought", "elsewhere"];
    fn columns(&self) -> Vec<Value> {
        // Since when it is over, where the names of who was there can still be read.
        let remembered = self.closed.filter(|_| !self.forgotten).map(|(_, at)| at);
        vec![
            json!(self.meeting),
            json!(self.phase),
            json!(self.internal_id),
            json!(remembered),
            json!(self.brought_at.unwrap_or(Time(0))),
            json!(i64::from(self.foreign)),
        ]
    }
}

const STAYS: &str = "sessions_attendance";
const LIVES: &str = "sessions_lives";

pub(crate) struct Sessions;

#[async_trait]
impl Model for Sessions {
    fn name(&self) -> &'static str {
        "sessions"
    }

    fn version(&self) -> u32 {
        4
    }

    fn tables(&self) -> &'static [Table] {
        &[
            Table {
                name: SessionRow::TABLE,
                columns: "id TEXT PRIMARY KEY, row TEXT NOT NULL, meeting TEXT NOT NULL, phase TEXT NOT NULL, internal_id TEXT, remembered INTEGER, brought INTEGER NOT NULL, elsewhere INTEGER NOT NULL",
                indexes: &[
                    ("meeting", "(meeting)"),
                    ("internal", "(internal_id)"),
                    ("remembered", "(elsewhere, remembered) WHERE remembered IS NOT NULL"),
                    ("open", "(phase) WHERE phase <> 'closed'"),
                ],
            },
            Table {
                name: STAYS,
                columns: "event TEXT PRIMARY KEY, session TEXT NOT NULL, who TEXT NOT NULL, moderator INTEGER NOT NULL, robot INTEGER NOT NULL, \
                          participant TEXT NOT NULL, joined_at INTEGER NOT NULL, left_at INTEGER, position INTEGER NOT NULL, \
                          presenter INTEGER NOT NULL DEFAULT 0, voice TEXT NOT NULL DEFAULT 'none', camera INTEGER NOT NULL DEFAULT 0",
                indexes: &[
                    ("session", "(session, position)"),
                    ("there", "(session, who) WHERE left_at IS NULL"),
                ],
            },
            Table {
                name: LIVES,
                columns: "meeting TEXT PRIMARY KEY, live TEXT",
                indexes: &[],
            },
        ]
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["session", "meeting"]
    }

    async fn apply(&self, db: &mut SqliteConnection, space: Space, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        let mut docs = Docs::<SessionRow>::new(space);
        for e in events {
            if e.stream.kind() == "meeting" {
                // Only these say which live a meeting has.
                if let MeetingEvent::MeetingScheduled { live, .. } | MeetingEvent::MeetingChanged { live, .. } =
                    read(e)?
                {
                    let row = json!([e.stream.id(), live]);
                    write(
                        db,
                        "INSERT OR REPLACE",
                        &space.table(LIVES),
                        &["meeting", "live"],
                        vec![row],
                    )
                    .await?;
                }
            } else {
                take(db, space, &mut docs, e).await?;
            }
        }
        docs.flush(db).await
    }
}

async fn take(
    db: &mut SqliteConnection,
    space: Space,
    docs: &mut Docs<SessionRow>,
    e: &Recorded,
) -> Result<(), ApplyError> {
    use SessionEvent as E;
    let id: SessionId = id_of(e)?;
    let key = id.to_string();
    let now = e.event.time;
    let stays = space.table(STAYS);
    match read::<SessionEvent>(e)? {
        E::SessionRequested { meeting, until, room } => {
            let sql = format!("SELECT live FROM {} WHERE meeting = ?", space.table(LIVES));
            let live: Option<Option<String>> = sqlx::query_scalar(AssertSqlSafe(sql))
                .bind(meeting.to_string())
                .fetch_optional(&mut *db)
                .await?;
            let live = live.flatten().and_then(|l| l.parse().ok());
            let row = SessionRow {
                id,
                meeting,
                live,
                phase: Phase::Opening,
                requested_at: now,
                until,
                opened_at: None,
                create_time: None,
                internal_id: None,
                closed: None,
                trouble: None,
                hooks: None,
                brought_at: None,
                foreign: room.is_some(),
                forgotten: false,
                present: Vec::new(),
            };
            docs.put(&key, row);
        }
        E::SessionOpened {
            create_time,
            internal_id,
            ..
        } => {
            let row = docs.need(db, &key).await?;
            // An end asked for while the create was under way stays asked for.
            if row.phase == Phase::Opening {
                row.phase = Phase::Open;
            }
            row.opened_at = row.opened_at.or(Some(now));
            row.trouble = None;
            (row.create_time, row.internal_id) = (Some(create_time), Some(internal_id));
        }
        E::SessionTroubled { trouble } => docs.need(db, &key).await?.trouble = Some((trouble, now)),
        E::SessionRecovered {} => docs.need(db, &key).await?.trouble = None,
        E::SessionHooked { state } => docs.need(db, &key).await?.hooks = Some(state),
        E::SessionSlidesGiven { .. } => {}
        E::SessionAttendanceForgotten {} => docs.need(db, &key).await?.forgotten = true,
        E::SessionEndRequested {} => docs.need(db, &key).await?.phase = Phase::Ending,
        E::ParticipantJoined {
            who,
            moderator,
            robot,
            participant,
        } => {
            let row = json!([
                e.event.id,
                id,
                who,
                moderator,
                robot,
                serde_json::to_string(&participant)?,
                now,
                e.position
            ]);
            let columns = [
                "event",
                "session",
                "who",
                "moderator",
                "robot",
                "participant",
                "joined_at",
                "position",
            ];
            write(db, "INSERT", &stays, &columns, vec![row]).await?;
        }
        E::ParticipantChanged {
            who,
            moderator,
            presenter,
            voice,
            camera,
        } => {
            let sql = format!(
                "UPDATE {stays} SET moderator = ?, presenter = ?, voice = ?, camera = ? WHERE session = ? AND who = ? AND left_at IS NULL"
            );
            sqlx::query(AssertSqlSafe(sql))
                .bind(moderator)
                .bind(presenter)
                .bind(voice.as_str())
                .bind(camera)
                .bind(&key)
                .bind(who)
                .execute(db)
                .await?;
        }
        E::ParticipantLeft { who } => {
            let sql = format!("UPDATE {stays} SET left_at = ? WHERE session = ? AND who = ? AND left_at IS NULL");
            sqlx::query(AssertSqlSafe(sql))
                .bind(now.0)
                .bind(&key)
                .bind(who)
                .execute(db)
                .await?;
        }
        E::SessionImported { meeting, opened_at } => {
            let row = SessionRow {
                id,
                meeting,
                live: None,
                phase: Phase::Closed,
                requested_at: opened_at,
                until: opened_at,
                opened_at: Some(opened_at),
                create_time: None,
                internal_id: None,
                closed: Some((EndedBy::Elsewhere, opened_at)),
                trouble: None,
                hooks: None,
                brought_at: Some(now),
                foreign: false,
                forgotten: false,
                present: Vec::new(),
            };
            docs.put(&key, row);
        }
        E::ParticipantImported {
            who,
            moderator,
            joined_at,
            participant,
        } => {
            // Nobody noted when they left. Who left the moment they came is at least nobody who is still there.
            let row = json!([
                e.event.id,
                id,
                who,
                moderator,
                false,
                serde_json::to_string(&participant)?,
                joined_at,
                joined_at,
                e.position
            ]);
            let columns = [
                "event",
                "session",
                "who",
                "moderator",
                "robot",
                "participant",
                "joined_at",
                "left_at",
                "position",
            ];
            write(db, "INSERT", &stays, &columns, vec![row]).await?;
        }
        E::SessionClosed { ended_by } => {
            let row = docs.need(db, &key).await?;
            row.phase = Phase::Closed;
            row.trouble = None;
            row.closed = Some((ended_by, now));
            let sql = format!("UPDATE {stays} SET left_at = ? WHERE session = ? AND left_at IS NULL");
            sqlx::query(AssertSqlSafe(sql))
                .bind(now.0)
                .bind(&key)
                .execute(db)
                .await?;
        }
    }
    Ok(())
}

/// As [`Voice::as_str`] wrote it.
fn voice_of(word: &str) -> Voice {
    [Voice::Listening, Voice::Microphone]
        .into_iter()
        .find(|v| v.as_str() == word)
        .unwrap_or_default()
}

impl ReadModels {
    /// A session, with who is in it.
    pub async fn session(&self, id: SessionId) -> Result<Option<SessionRow>, ReadError> {
        self.session_where("SELECT row FROM sessions WHERE id = ?", &id.to_string())
            .await
    }

    /// The session that BBB knows under this internal id, with who is in it.
    pub async fn session_by_internal_id(&self, internal_id: &str) -> Result<Option<SessionRow>, ReadError> {
        self.session_where(
            "SELECT row FROM sessions WHERE internal_id = ? ORDER BY id DESC LIMIT 1",
            internal_id,
        )
        .await
    }

    async fn session_where(&self, sql: &'static str, key: &str) -> Result<Option<SessionRow>, ReadError> {
        let rows = sqlx::query_scalar(sql).bind(key).fetch_all(&self.readers).await?;
        let Some(mut row) = parse::<SessionRow>(rows)?.pop() else {
            return Ok(None);
        };
        row.present = self
            .attendance(row.id)
            .await?
            .into_iter()
            .filter(|a| a.left_at.is_none())
            .map(|a| a.person)
            .collect();
        Ok(Some(row))
    }

    /// The sessions of a meeting, the newest first. [`SessionRow::present`] is left empty: ask for the one session.
    pub async fn sessions_of(&self, meeting: MeetingId) -> Result<Vec<SessionRow>, ReadError> {
        parse(
            sqlx::query_scalar("SELECT row FROM sessions WHERE meeting = ? ORDER BY id DESC")
                .bind(meeting.to_string())
                .fetch_all(&self.readers)
                .await?,
        )
    }

    /// All sessions of all meetings, the newest first, each with how many people (no robots) were in it. [`SessionRow::present`] is left
    /// empty. An id says nothing of when: that of a session that came from elsewhere is a digest.
    pub async fn all_sessions(&self) -> Result<Vec<(SessionRow, i64)>, ReadError> {
        let sql = "SELECT s.row, (SELECT COUNT(DISTINCT a.who) FROM sessions_attendance a WHERE a.session = s.id AND a.robot = 0) \
                   FROM sessions s ORDER BY s.id DESC";
        let rows: Vec<(String, i64)> = sqlx::query_as(sql).fetch_all(&self.readers).await?;
        let (rows, people): (Vec<String>, Vec<i64>) = rows.into_iter().unzip();
        let mut all: Vec<_> = parse::<SessionRow>(rows)?.into_iter().zip(people).collect();
        all.sort_by_key(|(s, _)| std::cmp::Reverse(s.opened_at.unwrap_or(s.requested_at)));
        Ok(all)
    }

    /// Sessions that are over and whose people's names can still be read, those first that have been over the longest, each with since when.
    /// Those that were brought here after `brought` are left out: whoever brings them is still at it. With `foreign` those of rooms of other
    /// front ends, else all others: their names are kept for another time.
    pub async fn sessions_remembered(
        &self,
        foreign: bool,
        brought: Time,
        most: usize,
    ) -> Result<Vec<(SessionId, Time)>, ReadError> {
        let sql = "SELECT id, remembered FROM sessions WHERE elsewhere = ? AND remembered IS NOT NULL AND brought <= ? ORDER BY remembered, id LIMIT ?";
        let rows: Vec<(String, i64)> = sqlx::query_as(sql)
            .bind(i64::from(foreign))
            .bind(brought.0)
            .bind(crate::rows::limit(most))
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(|(i, at)| Ok((id(&i)?, Time(at)))).collect()
    }

    /// Every stay in the room, in the order in which people came.
    pub async fn attendance(&self, session: SessionId) -> Result<Vec<AttendanceRow>, ReadError> {
        let sql = "SELECT who, moderator, robot, participant, event, joined_at, left_at, presenter, voice, camera FROM sessions_attendance WHERE session = ? ORDER BY position";
        let rows = sqlx::query(sql)
            .bind(session.to_string())
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|r| {
                let participant = serde_json::from_str(r.try_get(3)?).map_err(|e| ReadError::Row(e.to_string()))?;
                let person = PresentRow {
                    who: r.try_get(0)?,
                    moderator: r.try_get(1)?,
                    robot: r.try_get(2)?,
                    presenter: r.try_get(7)?,
                    voice: voice_of(r.try_get(8)?),
                    camera: r.try_get(9)?,
                    participant,
                    event: id(r.try_get(4)?)?,
                    joined_at: Time(r.try_get(5)?),
                };
                Ok(AttendanceRow {
                    person,
                    left_at: r.try_get::<Option<i64>, _>(6)?.map(Time),
                })
            })
            .collect()
    }

    /// The sessions that are not over.
    pub async fn sessions_in_hand(&self) -> Result<Vec<SessionId>, ReadError> {
        let ids: Vec<String> = sqlx::query_scalar("SELECT id FROM sessions WHERE phase <> 'closed' ORDER BY id")
            .fetch_all(&self.readers)
            .await?;
        ids.iter().map(|i| id(i)).collect()
    }
}
