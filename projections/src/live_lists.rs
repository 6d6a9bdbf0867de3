//! Lists of lives: what somebody may see of what runs, comes and is over (census §5.4).

use amphi_events::Time;
use amphi_events::ids::{AnnouncementId, BroadcasterId, LiveId, PersonId};
use amphi_events::page::Announcement;
use serde_json::json;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, Sqlite};

use crate::live_row::LiveRow;
use crate::rows::{id, limit, parse};
use crate::{ReadError, ReadModels};

/// Who looks: what they may not watch is not listed, and a draft for its owners alone (census L12).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Eyes {
    /// Nobody is signed in.
    Stranger,
    /// Somebody, with the groups that they are in.
    Person {
        /// Who.
        id: PersonId,
        /// Codes of their groups.
        groups: Vec<String>,
    },
    /// An administrator: everything but others' drafts.
    Administrator {
        /// Who.
        id: PersonId,
    },
}

/// Which part of time. A live that runs is now, whatever was planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// It runs, or its time has come.
    Now,
    /// To come.
    Next,
    /// Not over: now and to come.
    NotOver,
    /// Over.
    Past,
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    /// By whom.
    pub eyes: Eyes,
    /// Only those that they own or co-own; drafts too.
    pub mine: bool,
    /// Of one of these types; empty: of any.
    pub kinds: Vec<String>,
    /// Shown at one of these; `None`: anywhere.
    pub places: Option<Vec<BroadcasterId>>,
    /// With this in their title.
    pub text: String,
}

impl Sought {
    /// Everything that they may see.
    pub const fn by(eyes: Eyes) -> Self {
        Self {
            eyes,
            mine: false,
            kinds: Vec::new(),
            places: None,
            text: String::new(),
        }
    }
}

/// What is shown at a restricted broadcaster is for the signed-in, whatever the live says: it may have been made so since.
///
/// `?1` now, `?2` who, `?3` their groups, `?4` administers, `?5` theirs alone, `?6` types, `?7` places, `?8` text.
const SEEN: &str = "planned = 1 AND cancelled = 0 \
    AND (?5 = 0 OR EXISTS (SELECT 1 FROM lives_people p WHERE p.live = lives.id AND p.person = ?2)) \
    AND (EXISTS (SELECT 1 FROM lives_people p WHERE p.live = lives.id AND p.person = ?2) \
      OR (draft = 0 AND (?4 = 1 OR ((?2 IS NOT NULL OR (restricted = 0 AND NOT EXISTS (SELECT 1 FROM broadcasters b WHERE b.id = place \
        AND json_extract(b.row, '$.details.restricted') = 1))) AND (open_to IS NULL \
        OR NOT EXISTS (SELECT 1 FROM json_each(open_to) l WHERE NOT EXISTS \
          (SELECT 1 FROM json_each(l.value) g WHERE g.value IN (SELECT value FROM json_each(?3))))))))) \
    AND (?6 IS NULL OR kind IN (SELECT value FROM json_each(?6))) \
    AND (?7 IS NULL OR place IN (SELECT value FROM json_each(?7))) \
    AND (?8 = '' OR instr(title, ?8) > 0)";

const fn span(span: Span) -> &'static str {
    match span {
        Span::Now => "(busy = 1 OR (starts_at <= ?1 AND ends_at > ?1))",
        Span::Next => "(busy = 0 AND starts_at > ?1)",
        Span::NotOver => "(busy = 1 OR ends_at > ?1)",
        Span::Past => "(busy = 0 AND ends_at <= ?1)",
    }
}

fn bound<'q, O>(
    query: sqlx::query::QueryScalar<'q, Sqlite, O, SqliteArguments>,
    sought: &Sought,
    now: Time,
) -> sqlx::query::QueryScalar<'q, Sqlite, O, SqliteArguments> {
    let (who, groups, administers) = match &sought.eyes {
        Eyes::Stranger => (None, vec![], false),
        Eyes::Person { id, groups } => (Some(id), groups.clone(), false),
        Eyes::Administrator { id } => (Some(id), vec![], true),
    };
    query
        .bind(now.0)
        .bind(who.map(ToString::to_string))
        .bind(json!(groups).to_string())
        .bind(administers)
        .bind(sought.mine)
        .bind((!sought.kinds.is_empty()).then(|| json!(sought.kinds).to_string()))
        .bind(sought.places.as_ref().map(|p| json!(p).to_string()))
        .bind(sought.text.trim().to_lowercase())
}

impl ReadModels {
    /// Those found, after `skip` of them: what is not over by its start, what runs before the rest; what is over the last first, and before the
    /// cursor (end and id of the last one of the page before).
    pub async fn lives_sought(
        &self,
        when: Span,
        sought: &Sought,
        now: Time,
        before: Option<(Time, LiveId)>,
        skip: usize,
        most: usize,
    ) -> Result<Vec<LiveRow>, ReadError> {
        let order = match when {
            Span::Past => "ends_at DESC, id DESC",
            _ => "busy DESC, starts_at, ends_at, id",
        };
        let sql = format!(
            "SELECT row FROM lives WHERE {} AND {SEEN} AND (?9 IS NULL OR (ends_at, id) < (?9, ?10)) ORDER BY {order} LIMIT ?11 OFFSET ?12",
            span(when)
        );
        let rows = bound(sqlx::query_scalar(AssertSqlSafe(sql)), sought, now)
            .bind(before.map(|b| b.0.0))
            .bind(before.map(|b| b.1.to_string()))
            .bind(limit(most))
            .bind(limit(skip))
            .fetch_all(&self.readers)
            .await?;
        parse(rows)
    }

    /// How many there are.
    pub async fn count_lives(&self, when: Span, sought: &Sought, now: Time) -> Result<u64, ReadError> {
        let sql = format!("SELECT count(*) FROM lives WHERE {} AND {SEEN}", span(when));
        let count: i64 = bound(sqlx::query_scalar(AssertSqlSafe(sql)), sought, now)
            .fetch_one(&self.readers)
            .await?;
        Ok(count.unsigned_abs())
    }

    /// All lives that go on, whosever they are, drafts too.
    pub async fn lives_going_on(&self, now: Time) -> Result<Vec<LiveRow>, ReadError> {
        let sql = format!(
            "SELECT row FROM lives WHERE planned = 1 AND cancelled = 0 AND {} ORDER BY starts_at, id",
            span(Span::Now)
        );
        let rows = sqlx::query_scalar(AssertSqlSafe(sql)).bind(now.0);
        parse(rows.fetch_all(&self.readers).await?)
    }

    /// What the house says to all lives that go on, the oldest first.
    pub async fn said_to_all(&self, now: Time) -> Result<Vec<Announcement>, ReadError> {
        let mut all: Vec<Announcement> = Vec::new();
        for said in self
            .lives_going_on(now)
            .await?
            .into_iter()
            .flat_map(|row| row.page.pinned)
        {
            if said.house && !all.iter().any(|a| a.id == said.id) {
                all.push(said);
            }
        }
        all.sort_by_key(|a| (a.at, a.id));
        Ok(all)
    }

    /// The lives on whose pages this stands, also those that are over.
    pub async fn lives_that_pin(&self, announcement: AnnouncementId) -> Result<Vec<LiveId>, ReadError> {
        let sql = "SELECT id FROM lives WHERE EXISTS (SELECT 1 FROM json_each(row, '$.page.pinned') p WHERE json_extract(p.value, '$.id') = ?)";
        let ids: Vec<String> = sqlx::query_scalar(sql)
            .bind(announcement.to_string())
            .fetch_all(&self.readers)
            .await?;
        ids.iter().map(|i| id(i)).collect()
    }

    /// The types of the lives of that part of time, as far as somebody may see these (census §5.4); `None`: of any time.
    pub async fn kinds_of_lives(
        &self,
        when: Option<Span>,
        sought: &Sought,
        now: Time,
    ) -> Result<Vec<String>, ReadError> {
        let when = when.map_or("?1 = ?1", span);
        let sql =
            format!("SELECT DISTINCT kind FROM lives WHERE kind <> '' AND {when} AND {SEEN} ORDER BY kind LIMIT 100");
        let kinds = bound(sqlx::query_scalar(AssertSqlSafe(sql)), sought, now)
            .fetch_all(&self.readers)
            .await?;
        Ok(kinds)
    }
}
