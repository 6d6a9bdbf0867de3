//! Lives: folds what five kinds of stream say of a live into one row, and finds the lives that pages and reactors ask for.

use std::sync::Arc;

use amphi_events::chat::ChatEvent;
use amphi_events::feed::FeedEvent;
use amphi_events::ids::{LiveId, MeetingId, PersonId, SessionId};
use amphi_events::live::LiveEvent;
use amphi_events::meeting::{Details, MeetingEvent};
use amphi_events::page::PageEvent;
use amphi_events::relay::RelayEvent;
use amphi_events::session::{Phase, SessionEvent};
use amphi_events::{Aggregate as _, Meta, Recorded, Time};
use async_trait::async_trait;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::live_fold::take_live;
use crate::live_row::{FeedRow, LiveRow, Meant, WayRow};
use crate::model::{ApplyError, Model, Space, Table, id_of, read};
use crate::rows::{Doc, Docs, id, limit, parse, parse_one, write};
use crate::runs::{self, RunPast};
use crate::{ReadError, ReadModels};

impl Doc for LiveRow {
    const TABLE: &'static str = "lives";
    const COLUMNS: &'static [&'static str] = &[
        "meeting",
        "planned",
        "cancelled",
        "starts_at",
        "ends_at",
        "busy",
        "undecided",
        "holding",
        "differs",
        "feeding",
        "draft",
        "open_to",
        "restricted",
        "kind",
        "place",
        "title",
    ];
    fn columns(&self) -> Vec<Value> {
        vec![
            json!(self.meeting),
            json!(self.planned),
            json!(self.cancelled),
            json!(self.starts_at),
            json!(self.ends_at),
            json!(self.busy()),
            json!(self.undecided()),
            json!(self.reservation.is_some()),
            json!(self.differs()),
            json!(self.feed.is_some_and(|f| f.over.is_none() || f.awaited.is_some())),
            json!(self.page.draft),
            json!(
                self.for_groups()
                    .then(|| json!(self.open_to().collect::<Vec<_>>()).to_string())
            ),
            json!(self.restricted),
            json!(self.page.details.kind),
            json!(self.place()),
            // SQLite folds ASCII alone.
            json!(self.title.to_lowercase()),
        ]
    }
}

const PEOPLE: &str = "lives_people";
const OF: &str = "lives_of";

pub(crate) struct Lives;

#[async_trait]
impl Model for Lives {
    fn name(&self) -> &'static str {
        "lives"
    }

    fn version(&self) -> u32 {
        5
    }

    fn tables(&self) -> &'static [Table] {
        &[
            Table {
                name: LiveRow::TABLE,
                columns: "id TEXT PRIMARY KEY, row TEXT NOT NULL, meeting TEXT, planned INTEGER NOT NULL, cancelled INTEGER NOT NULL, \
                          starts_at INTEGER NOT NULL, ends_at INTEGER NOT NULL, busy INTEGER NOT NULL, undecided INTEGER NOT NULL, \
                          holding INTEGER NOT NULL, differs INTEGER NOT NULL, feeding INTEGER NOT NULL, draft INTEGER NOT NULL, open_to TEXT, \
                          restricted INTEGER NOT NULL, kind TEXT NOT NULL, place TEXT, title TEXT NOT NULL",
                indexes: &[
                    ("meeting", "(meeting)"),
                    ("starts", "(starts_at)"),
                    ("ends", "(ends_at)"),
                    ("busy", "(busy) WHERE busy = 1"),
                    ("differs", "(differs) WHERE differs = 1"),
                    ("feeding", "(feeding) WHERE feeding = 1"),
                ],
            },
            Table {
                name: PEOPLE,
                columns: "person TEXT NOT NULL, live TEXT NOT NULL, PRIMARY KEY (person, live)",
                indexes: &[("live", "(live)")],
            },
            Table {
                name: RunPast::TABLE,
                columns: "id TEXT PRIMARY KEY, row TEXT NOT NULL",
                indexes: &[],
            },
            // Which live a meeting or a session belongs to.
            Table {
                name: OF,
                columns: "id TEXT PRIMARY KEY, live TEXT NOT NULL",
                indexes: &[],
            },
        ]
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["live", "meeting", "session", "chat", "relay", "page", "feed"]
    }

    async fn apply(&self, db: &mut SqliteConnection, space: Space, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        let mut fold = Fold {
            db,
            space,
            docs: Docs::new(space),
            runs: Docs::new(space),
        };
        for e in events {
            match e.stream.kind() {
                "live" => fold.live(e).await?,
                "meeting" => fold.meeting(e).await?,
                "session" => fold.session(e).await?,
                // The many lines of a chat say nothing of the live: they aren't even decoded.
                "chat" if matches!(&*e.event.kind, "ChatOpened" | "ChatClosed") => {
                    let open = matches!(read(e)?, ChatEvent::ChatOpened {});
                    fold.row(id_of(e)?, e).await?.chat_open = open;
                }
                "page" => fold.page(e).await?,
                "feed" => fold.feed(e).await?,
                "relay" if e.event.kind == "RelayWayFound" => fold.relay(e).await?,
                _ => {}
            }
        }
        let Fold { db, docs, runs, .. } = fold;
        runs.flush(&mut *db).await?;
        docs.flush(db).await
    }
}

struct Fold<'a> {
    db: &'a mut SqliteConnection,
    space: Space,
    docs: Docs<LiveRow>,
    runs: Docs<RunPast>,
}

impl Fold<'_> {
    async fn row(&mut self, id: LiveId, e: &Recorded) -> Result<&mut LiveRow, ApplyError> {
        let row = self
            .docs
            .find_or(self.db, &id.to_string(), || LiveRow::empty(id))
            .await?;
        row.position = e.position;
        Ok(row)
    }

    /// Which live a meeting or a session belongs to.
    async fn of(&mut self, id: &str) -> Result<Option<LiveId>, ApplyError> {
        let sql = format!("SELECT live FROM {} WHERE id = ?", self.space.table(OF));
        let live: Option<String> = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(id)
            .fetch_optional(&mut *self.db)
            .await?;
        Ok(live.and_then(|l| l.parse().ok()))
    }

    async fn belongs(&mut self, id: &str, live: LiveId) -> Result<(), ApplyError> {
        write(
            self.db,
            "INSERT OR REPLACE",
            &self.space.table(OF),
            &["id", "live"],
            vec![json!([id, live])],
        )
        .await
    }

    async fn people(&mut self, live: LiveId, owner: PersonId, presenters: &[PersonId]) -> Result<(), ApplyError> {
        let table = self.space.table(PEOPLE);
        sqlx::query(AssertSqlSafe(format!("DELETE FROM {table} WHERE live = ?")))
            .bind(live.to_string())
            .execute(&mut *self.db)
            .await?;
        let rows = std::iter::once(&owner)
            .chain(presenters)
            .map(|p| json!([p, live]))
            .collect();
        write(self.db, "INSERT OR IGNORE", &table, &["person", "live"], rows).await
    }

    async fn live(&mut self, e: &Recorded) -> Result<(), ApplyError> {
        let id: LiveId = id_of(e)?;
        let event = read::<LiveEvent>(e)?;
        let row = self.row(id, e).await?;
        take_live(row, &event, e.event.time);
        if let Some(run) = runs::begun(id, &event, e.event.time) {
            self.runs.put(&run.id.to_string(), run);
        } else if let Some(run) = runs::told(&event)
            && let Some(run) = self.runs.find(self.db, &run.to_string()).await?
        {
            run.take(&event, e.event.time);
        }
        let row = self.row(id, e).await?;
        if matches!(
            event,
            LiveEvent::LivePlanned { .. } | LiveEvent::LiveHandedOver { .. } | LiveEvent::LiveChanged { .. }
        ) {
            let (owner, presenters) = (row.owner, row.presenters.clone());
            self.people(id, owner, &presenters).await?;
        }
        Ok(())
    }

    /// The page is folded as the stream's owner folds it.
    async fn page(&mut self, e: &Recorded) -> Result<(), ApplyError> {
        let event = read::<PageEvent>(e)?;
        let meta = Meta {
            id: e.event.id,
            time: e.event.time,
        };
        self.row(id_of(e)?, e).await?.page.evolve(&event, meta);
        Ok(())
    }

    async fn feed(&mut self, e: &Recorded) -> Result<(), ApplyError> {
        let event = read::<FeedEvent>(e)?;
        let row = self.row(id_of(e)?, e).await?;
        if let FeedEvent::FeedPlaced { broadcaster } = event {
            let feed = row.feed.get_or_insert(FeedRow {
                broadcaster,
                awaited: None,
                number: 0,
                moves: None,
                stands: None,
                over: None,
            });
            feed.broadcaster = broadcaster;
            return Ok(());
        }
        let (Some(feed), now) = (&mut row.feed, e.event.time) else {
            return Ok(());
        };
        match event {
            FeedEvent::FeedPlaced { .. } => {}
            FeedEvent::FeedAwaited { number } => (feed.awaited, feed.number, feed.over) = (Some(now), number, None),
            FeedEvent::FeedMoves {} => (feed.moves, feed.stands) = (Some(now), None),
            FeedEvent::FeedStands {} => (feed.moves, feed.stands) = (None, Some(now)),
            FeedEvent::FeedOver { why } => {
                (feed.awaited, feed.moves, feed.stands) = (None, None, None);
                feed.over = Some((why, now));
            }
        }
        Ok(())
    }

    async fn meeting(&mut self, e: &Recorded) -> Result<(), ApplyError> {
        let meeting: MeetingId = id_of(e)?;
        let event = read(e)?;
        let owner = match &event {
            MeetingEvent::MeetingScheduled { owner, .. } => Some(*owner),
            _ => None,
        };
        match event {
            MeetingEvent::MeetingScheduled {
                live: Some(live),
                details,
                ..
            }
            | MeetingEvent::MeetingChanged {
                live: Some(live),
                details,
            } => {
                self.belongs(e.stream.id(), live).await?;
                let row = self.row(live, e).await?;
                row.meeting = Some(meeting);
                row.time_zone = Some(details.time_zone.clone());
                let owner = owner.or_else(|| row.meant.as_ref().and_then(|m| m.owner));
                row.meant = Some(meant(details, owner));
            }
            MeetingEvent::MeetingHandedOver { to, stays } => {
                if let Some(live) = self.of(e.stream.id()).await? {
                    let row = self.row(live, e).await?;
                    let planned = row.planned.then_some(row.owner);
                    if let Some(meant) = &mut row.meant {
                        let from = meant.owner.replace(to).or(planned);
                        meant.presenters.retain(|p| *p != to);
                        meant.presenters.extend(from.filter(|_| stays));
                    }
                }
            }
            MeetingEvent::MeetingCancelled {} => {
                if let Some(live) = self.of(e.stream.id()).await? {
                    let row = self.row(live, e).await?;
                    if let Some(meant) = &mut row.meant {
                        meant.takes_place = false;
                    }
                }
            }
            MeetingEvent::MeetingStartRequested { session, .. } => {
                if let Some(live) = self.of(e.stream.id()).await? {
                    self.belongs(&session.to_string(), live).await?;
                    let row = self.row(live, e).await?;
                    row.session = Some(session);
                    row.last_session = Some(session);
                    row.session_phase = Phase::Opening;
                    row.session_since = Some(e.event.time);
                    row.session_asked_at = Some(e.event.time);
                    // What was known of another room says nothing of this one.
                    row.session_opened_at = None;
                    row.trouble = None;
                    row.hooks = None;
                    row.way = None;
                }
            }
            MeetingEvent::MeetingSessionEnded { session } => {
                if let Some(live) = self.of(e.stream.id()).await? {
                    let row = self.row(live, e).await?;
                    if row.session == Some(session) {
                        row.session = None;
                        row.session_phase = Phase::Closed;
                        row.trouble = None;
                    }
                }
            }
            MeetingEvent::MeetingScheduled { live: None, .. }
            | MeetingEvent::MeetingChanged { live: None, .. }
            // A webinar has no series.
            | MeetingEvent::MeetingOccurrenceMoved { .. }
            | MeetingEvent::MeetingOccurrenceCancelled { .. }
            | MeetingEvent::MeetingOccurrenceRestored { .. }
            | MeetingEvent::PersonalRoomMade { .. }
            // Who was let in is no matter of the live's page.
            | MeetingEvent::MeetingPasswordSet { .. }
            | MeetingEvent::MeetingKeySet { .. }
            | MeetingEvent::MeetingSlidesAdded { .. }
            | MeetingEvent::MeetingSlidesRemoved { .. }
            | MeetingEvent::MeetingInvited { .. }
            | MeetingEvent::MeetingUninvited { .. }
            | MeetingEvent::MeetingEndRequested { .. } => {}
        }
        Ok(())
    }

    async fn session(&mut self, e: &Recorded) -> Result<(), ApplyError> {
        use SessionEvent as E;
        if matches!(
            &*e.event.kind,
            "ParticipantJoined"
                | "ParticipantChanged"
                | "ParticipantLeft"
                | "ParticipantImported"
                | "SessionAttendanceForgotten"
        ) {
            return Ok(());
        }
        let session: SessionId = id_of(e)?;
        let Some(live) = self.of(e.stream.id()).await? else {
            return Ok(());
        };
        let row = self.row(live, e).await?;
        if row.last_session != Some(session) {
            return Ok(());
        }
        let now = e.event.time;
        match read(e)? {
            E::SessionOpened { .. } => {
                if row.session_phase == Phase::Opening {
                    (row.session_phase, row.session_since) = (Phase::Open, Some(now));
                }
                row.session_opened_at = row.session_opened_at.or(Some(now));
                row.trouble = None;
            }
            E::SessionTroubled { trouble } => row.trouble = Some((trouble, now)),
            E::SessionRecovered {} => row.trouble = None,
            E::SessionHooked { state } => row.hooks = Some(state),
            E::SessionEndRequested {} => (row.session_phase, row.session_since) = (Phase::Ending, Some(now)),
            E::SessionClosed { .. } => {
                (row.session_phase, row.session_since) = (Phase::Closed, Some(now));
                row.trouble = None;
                row.hooks = None;
                row.way = None;
            }
            // A session that was elsewhere is nobody's last one here.
            E::SessionImported { .. } | E::ParticipantImported { .. } | E::SessionAttendanceForgotten {} => {}
            E::SessionRequested { .. }
            | E::SessionSlidesGiven { .. }
            | E::ParticipantJoined { .. }
            | E::ParticipantChanged { .. }
            | E::ParticipantLeft { .. } => {}
        }
        Ok(())
    }

    async fn relay(&mut self, e: &Recorded) -> Result<(), ApplyError> {
        let session: SessionId = id_of(e)?;
        if let RelayEvent::RelayWayFound {
            live,
            way,
            max_units,
            max_bytes,
            hooks,
        } = read(e)?
        {
            let row = self.row(live, e).await?;
            // A word about a room that is gone.
            if row.last_session.is_none_or(|s| s == session) && row.session_phase != Phase::Closed {
                row.way = Some(WayRow {
                    way,
                    max_units,
                    max_bytes,
                    hooks,
                });
            }
        }
        Ok(())
    }
}

fn meant(details: Details, owner: Option<PersonId>) -> Meant {
    Meant {
        owner,
        takes_place: details.is_webinar,
        ends_at: details.ends_at(),
        presenters: details.additional_owners,
        title: details.name.0,
        starts_at: details.starts_at,
        restricted: details.is_restricted,
        groups: details.restrict_access_to_groups.0,
    }
}

impl ReadModels {
    /// A live.
    pub async fn live(&self, id: LiveId) -> Result<Option<LiveRow>, ReadError> {
        let sql = "SELECT row FROM lives WHERE id = ? AND planned = 1";
        parse_one(
            sqlx::query_scalar(sql)
                .bind(id.to_string())
                .fetch_optional(&self.readers)
                .await?,
        )
    }

    /// The live of a meeting.
    pub async fn live_by_meeting(&self, meeting: MeetingId) -> Result<Option<LiveRow>, ReadError> {
        let sql = "SELECT row FROM lives WHERE meeting = ? AND planned = 1 ORDER BY id LIMIT 1";
        parse_one(
            sqlx::query_scalar(sql)
                .bind(meeting.to_string())
                .fetch_optional(&self.readers)
                .await?,
        )
    }

    /// The lives planned for some of [from, to), by their start; cancelled ones too.
    pub async fn lives_between(&self, from: Time, to: Time) -> Result<Vec<LiveRow>, ReadError> {
        let sql = "SELECT row FROM lives WHERE planned = 1 AND ends_at > ? AND starts_at < ? ORDER BY starts_at, id";
        parse(
            sqlx::query_scalar(sql)
                .bind(from.0)
                .bind(to.0)
                .fetch_all(&self.readers)
                .await?,
        )
    }

    /// The lives that run, or are planned to from now on: those that run first, then by their start.
    pub async fn lives_now_and_next(&self, now: Time, most: usize) -> Result<Vec<LiveRow>, ReadError> {
        let sql = "SELECT row FROM lives WHERE planned = 1 AND ((cancelled = 0 AND ends_at > ?) OR busy = 1) ORDER BY busy DESC, starts_at, id LIMIT ?";
        parse(
            sqlx::query_scalar(sql)
                .bind(now.0)
                .bind(limit(most))
                .fetch_all(&self.readers)
                .await?,
        )
    }

    /// The lives that are over, the last first; those that ended before the cursor (end and id of the last one of the page before).
    pub async fn past_lives(
        &self,
        now: Time,
        before: Option<(Time, LiveId)>,
        most: usize,
    ) -> Result<Vec<LiveRow>, ReadError> {
        let sql = "SELECT row FROM lives WHERE planned = 1 AND cancelled = 0 AND busy = 0 AND ends_at <= ?1 \
                   AND (?2 IS NULL OR (ends_at, id) < (?2, ?3)) ORDER BY ends_at DESC, id DESC LIMIT ?4";
        let rows = sqlx::query_scalar(sql)
            .bind(now.0)
            .bind(before.map(|b| b.0.0))
            .bind(before.map(|b| b.1.to_string()))
            .bind(limit(most))
            .fetch_all(&self.readers)
            .await?;
        parse(rows)
    }

    /// The lives that this person owns or pilots, by their start.
    pub async fn lives_of(&self, person: PersonId) -> Result<Vec<LiveRow>, ReadError> {
        let sql = "SELECT l.row FROM lives_people p JOIN lives l ON l.id = p.live WHERE p.person = ? AND l.planned = 1 ORDER BY l.starts_at, l.id";
        parse(
            sqlx::query_scalar(sql)
                .bind(person.to_string())
                .fetch_all(&self.readers)
                .await?,
        )
    }

    /// All lives, whosever they are, drafts and cancelled ones too; the last to begin first.
    pub async fn all_lives(&self) -> Result<Vec<LiveRow>, ReadError> {
        let sql = "SELECT row FROM lives WHERE planned = 1 ORDER BY starts_at DESC, id DESC";
        parse(sqlx::query_scalar(sql).fetch_all(&self.readers).await?)
    }

    /// The lives whose picture an encoder feeds or will feed.
    pub async fn lives_feeding(&self) -> Result<Vec<LiveId>, ReadError> {
        let sql = "SELECT id FROM lives WHERE feeding = 1 AND planned = 1";
        let ids: Vec<String> = sqlx::query_scalar(sql).fetch_all(&self.readers).await?;
        ids.iter().map(|i| id(i)).collect()
    }

    /// The lives that a reactor has to look at: wanted, with a run, stopping; not over yet and without a gateway held for
    /// the time planned; cancelled with a gateway held. May name too many, never too few.
    pub async fn lives_in_hand(&self) -> Result<Vec<LiveId>, ReadError> {
        let sql = "SELECT id FROM lives WHERE busy = 1 UNION SELECT id FROM lives WHERE undecided = 1 AND ends_at > ? \
                   UNION SELECT id FROM lives WHERE cancelled = 1 AND holding = 1";
        let ids: Vec<String> = sqlx::query_scalar(sql)
            .bind(self.sources.now().0)
            .fetch_all(&self.readers)
            .await?;
        ids.iter().map(|i| id(i)).collect()
    }
}
