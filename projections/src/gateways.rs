//! Gateways, what holds them, and which hours are free.

use std::sync::Arc;

use amphi_events::gateway::{
    GatewayEvent, Generation, Health, HealthCause, Margins, PublishRefusal, Setup, TokenState,
};
use amphi_events::ids::{BroadcasterId, GatewayId, LiveId, OutageId, ReservationId, RunId};
use amphi_events::live::PictureSource;
use amphi_events::{Recorded, Time};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use crate::model::{ApplyError, Model, Space, Table, id_of, read};
use crate::rows::{Doc, Docs, id, parse, parse_one, write};
use crate::{ReadError, ReadModels};

/// A gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayRow {
    /// Its id.
    pub id: GatewayId,
    /// What the administrator says of it.
    pub setup: Setup,
    /// No longer used.
    pub removed: bool,
    /// Its token is the known default.
    pub default_token: bool,
    /// A token was set.
    pub token_set: bool,
    /// Where its robot hears chat lines, for those that hear them by Redis.
    pub chat_route: Option<String>,
    /// What the last probe found.
    pub probe: Option<Probe>,
    /// How it was last seen, what is behind it, and since when.
    pub health: Option<(Health, Option<HealthCause>, Time)>,
    /// The run that holds the machine, and its live.
    pub taken: Option<(RunId, LiveId)>,
    /// Since when.
    pub taken_since: Option<Time>,
    /// The last publisher that was refused: why, and when.
    pub refused: Option<(PublishRefusal, Time)>,
}

/// What a probe found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// It answered.
    pub reachable: bool,
    /// What it speaks.
    pub generation: Option<Generation>,
    /// What it makes of the token.
    pub token: TokenState,
    /// Since when it has been so.
    pub at: Time,
}

/// How a gateway stands, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It answers as it should, and does nothing.
    Up,
    /// One of our lives has it.
    Busy,
    /// It works for a room that is none of ours.
    BusyElsewhere,
    /// It does not answer.
    Unreachable,
    /// It answers, and takes no orders.
    Refusing,
    /// It refuses the token.
    WrongToken,
    /// It was not asked yet, or its answer can't be read.
    Unknown,
}

impl Standing {
    /// All.
    pub const ALL: [Self; 7] = [
        Self::Up,
        Self::Busy,
        Self::BusyElsewhere,
        Self::Unreachable,
        Self::Refusing,
        Self::WrongToken,
        Self::Unknown,
    ];

    /// As in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Busy => "busy",
            Self::BusyElsewhere => "busy_elsewhere",
            Self::Unreachable => "unreachable",
            Self::Refusing => "refusing",
            Self::WrongToken => "wrong_token",
            Self::Unknown => "unknown",
        }
    }
}

/// How a gateway stands, what is behind it, and since when; nothing was asked yet where `since` is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stands {
    /// In a word.
    pub standing: Standing,
    /// What is behind it.
    pub cause: Option<HealthCause>,
    /// Since when.
    pub since: Option<Time>,
}

/// How a gateway stands, from how it was last seen and since when one of our lives has it. Where it works for us and nothing is
/// wrong, that is what is said of it.
pub fn stands(health: Option<(Health, Option<HealthCause>, Time)>, taken_since: Option<Time>) -> Stands {
    let Some((health, cause, at)) = health else {
        return Stands {
            standing: if taken_since.is_some() {
                Standing::Busy
            } else {
                Standing::Unknown
            },
            cause: None,
            since: taken_since,
        };
    };
    let standing = match health {
        Health::Up if taken_since.is_some() => Standing::Busy,
        Health::Up => Standing::Up,
        Health::BusyElsewhere => Standing::BusyElsewhere,
        Health::Unreachable => Standing::Unreachable,
        Health::Refusing => Standing::Refusing,
        Health::WrongToken => Standing::WrongToken,
        Health::Unknown => Standing::Unknown,
    };
    let since = match standing {
        Standing::Busy => taken_since,
        _ => Some(at),
    };
    Stands { standing, cause, since }
}

/// A span during which a gateway is out of service, [from, to).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutageRow {
    /// Its id.
    pub id: OutageId,
    /// Which gateway.
    pub gateway: GatewayId,
    /// From.
    pub from: Time,
    /// To, exclusive; `None`: until somebody says that it is back.
    pub to: Option<Time>,
    /// Why, in clear; may be empty.
    pub reason: String,
}

impl OutageRow {
    /// Its end, or the end of time.
    pub fn end(&self) -> Time {
        self.to.unwrap_or(Time(i64::MAX))
    }
}

/// A gateway held for a live during [from, to).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReservationRow {
    /// Its id.
    pub id: ReservationId,
    /// Which gateway.
    pub gateway: GatewayId,
    /// For which live.
    pub live: LiveId,
    /// From.
    pub from: Time,
    /// To, exclusive.
    pub to: Time,
}

/// Whether a gateway is free during some interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Availability {
    /// Which gateway.
    pub gateway: GatewayRow,
    /// Nothing holds it during the interval, with the margins, and it is in service.
    pub free: bool,
    /// What holds it first.
    pub held_by: Option<LiveId>,
    /// Until when.
    pub held_until: Option<Time>,
    /// It is out of service during a part of it.
    pub out_of_service: Option<OutageRow>,
}

impl GatewayRow {
    /// What it speaks: as the administrator says, else as found out.
    pub fn generation(&self) -> Option<Generation> {
        self.setup.generation.or_else(|| self.probe.and_then(|p| p.generation))
    }

    /// How it stands.
    pub fn stands(&self) -> Stands {
        stands(self.health, self.taken_since)
    }

    /// It makes pictures of that sort.
    pub fn makes(&self, source: PictureSource) -> bool {
        (self.generation() == Some(Generation::Encoder)) == (source == PictureSource::Encoder)
    }

    /// A live can be given it. One that can't be told to start would only keep the live from another: it is neither held nor
    /// offered nor counted as free.
    pub fn reservable(&self) -> bool {
        !self.removed && !gw_id_missing(self.generation(), &self.setup)
    }
}

/// Generations 4 and 5 want a `gw_id` (gateway-contract §2.7), and this one has none.
pub fn gw_id_missing(generation: Option<Generation>, setup: &Setup) -> bool {
    matches!(generation, Some(Generation::G4 | Generation::G5)) && setup.gw_id.as_deref().is_none_or(str::is_empty)
}

impl Doc for GatewayRow {
    const TABLE: &'static str = "gateways";
    const COLUMNS: &'static [&'static str] = &["removed"];
    fn columns(&self) -> Vec<Value> {
        vec![json!(self.removed)]
    }
}

const RESERVATIONS: &str = "gateways_reservations";
const OUTAGES: &str = "gateways_outages";

pub(crate) struct Gateways;

#[async_trait]
impl Model for Gateways {
    fn name(&self) -> &'static str {
        "gateways"
    }

    fn version(&self) -> u32 {
        3
    }

    fn tables(&self) -> &'static [Table] {
        &[
            Table {
                name: GatewayRow::TABLE,
                columns: "id TEXT PRIMARY KEY, row TEXT NOT NULL, removed INTEGER NOT NULL",
                indexes: &[],
            },
            Table {
                name: RESERVATIONS,
                columns: "id TEXT PRIMARY KEY, gateway TEXT NOT NULL, live TEXT NOT NULL, begins INTEGER NOT NULL, ends INTEGER NOT NULL",
                indexes: &[("ends", "(ends)"), ("live", "(live)")],
            },
            Table {
                name: OUTAGES,
                columns: "id TEXT PRIMARY KEY, gateway TEXT NOT NULL, begins INTEGER NOT NULL, ends INTEGER, reason TEXT NOT NULL",
                indexes: &[],
            },
        ]
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["gateway"]
    }

    async fn apply(&self, db: &mut SqliteConnection, space: Space, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        use GatewayEvent as E;
        let mut docs = Docs::<GatewayRow>::new(space);
        let table = space.table(RESERVATIONS);
        for e in events {
            let id: GatewayId = id_of(e)?;
            let key = id.to_string();
            match read::<GatewayEvent>(e)? {
                E::GatewayAdded { setup } => docs.put(
                    &key,
                    GatewayRow {
                        id,
                        setup,
                        removed: false,
                        default_token: false,
                        token_set: false,
                        chat_route: None,
                        probe: None,
                        health: None,
                        taken: None,
                        taken_since: None,
                        refused: None,
                    },
                ),
                E::GatewayChanged { setup } => docs.need(db, &key).await?.setup = setup,
                E::GatewaySecretsSet {
                    token, default_token, ..
                } => {
                    let row = docs.need(db, &key).await?;
                    if token {
                        row.token_set = true;
                        row.default_token = default_token;
                    }
                }
                E::GatewayChatRouteSet { redis } => {
                    docs.need(db, &key).await?.chat_route = redis.map(|r| r.0);
                }
                E::GatewayProbed {
                    reachable,
                    generation,
                    token,
                } => {
                    docs.need(db, &key).await?.probe = Some(Probe {
                        reachable,
                        generation,
                        token,
                        at: e.event.time,
                    });
                }
                E::GatewayHealthChanged { health, cause } => {
                    docs.need(db, &key).await?.health = Some((health, cause, e.event.time));
                }
                E::GatewayOutOfService {
                    outage,
                    from,
                    to,
                    reason,
                } => {
                    let row = json!([outage, id, from, to, reason]);
                    let columns = ["id", "gateway", "begins", "ends", "reason"];
                    write(db, "INSERT", &space.table(OUTAGES), &columns, vec![row]).await?;
                }
                E::GatewayBackInService { outage } => {
                    let sql = format!("DELETE FROM {} WHERE id = ?", space.table(OUTAGES));
                    sqlx::query(AssertSqlSafe(sql))
                        .bind(outage.to_string())
                        .execute(&mut *db)
                        .await?;
                }
                E::GatewayPublishRefused { why, .. } => {
                    docs.need(db, &key).await?.refused = Some((why, e.event.time));
                }
                E::GatewayRemoved {} => docs.need(db, &key).await?.removed = true,
                E::GatewayReserved {
                    reservation,
                    live,
                    from,
                    to,
                } => {
                    let row = json!([reservation, id, live, from, to]);
                    write(
                        db,
                        "INSERT",
                        &table,
                        &["id", "gateway", "live", "begins", "ends"],
                        vec![row],
                    )
                    .await?;
                }
                E::GatewayReservationMoved { reservation, from, to } => {
                    let sql = format!("UPDATE {table} SET begins = ?, ends = ? WHERE id = ?");
                    sqlx::query(AssertSqlSafe(sql))
                        .bind(from.0)
                        .bind(to.0)
                        .bind(reservation.to_string())
                        .execute(&mut *db)
                        .await?;
                }
                E::GatewayReservationReleased { reservation } => {
                    let sql = format!("DELETE FROM {table} WHERE id = ?");
                    sqlx::query(AssertSqlSafe(sql))
                        .bind(reservation.to_string())
                        .execute(&mut *db)
                        .await?;
                }
                E::GatewayTaken { run, live } => {
                    let row = docs.need(db, &key).await?;
                    (row.taken, row.taken_since) = (Some((run, live)), Some(e.event.time));
                }
                E::GatewayLetGo { .. } => {
                    let row = docs.need(db, &key).await?;
                    (row.taken, row.taken_since) = (None, None);
                }
            }
        }
        docs.flush(db).await
    }
}

impl ReadModels {
    /// All gateways, removed ones too, in the order in which they were added.
    pub async fn gateways(&self) -> Result<Vec<GatewayRow>, ReadError> {
        parse(
            sqlx::query_scalar("SELECT row FROM gateways ORDER BY id")
                .fetch_all(&self.readers)
                .await?,
        )
    }

    /// A gateway.
    pub async fn gateway(&self, id: GatewayId) -> Result<Option<GatewayRow>, ReadError> {
        parse_one(
            sqlx::query_scalar("SELECT row FROM gateways WHERE id = ?")
                .bind(id.to_string())
                .fetch_optional(&self.readers)
                .await?,
        )
    }

    /// The holds that touch [from, to), by their start.
    pub async fn reservations_between(&self, from: Time, to: Time) -> Result<Vec<ReservationRow>, ReadError> {
        let sql = "SELECT id, gateway, live, begins, ends FROM gateways_reservations WHERE ends > ? AND begins < ? ORDER BY begins, id";
        let rows = sqlx::query(sql)
            .bind(from.0)
            .bind(to.0)
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|r| {
                Ok(ReservationRow {
                    id: id(r.try_get(0)?)?,
                    gateway: id(r.try_get(1)?)?,
                    live: id(r.try_get(2)?)?,
                    from: Time(r.try_get(3)?),
                    to: Time(r.try_get(4)?),
                })
            })
            .collect()
    }

    /// Whether something else than this gateway and this broadcaster is held for a live.
    pub async fn held_elsewhere(
        &self,
        live: LiveId,
        gateway: GatewayId,
        broadcaster: BroadcasterId,
    ) -> Result<bool, ReadError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM gateways_reservations WHERE live = ?1 AND gateway <> ?2) \
                   OR EXISTS (SELECT 1 FROM broadcasters_reservations WHERE live = ?1 AND broadcaster <> ?3)";
        Ok(sqlx::query_scalar(sql)
            .bind(live.to_string())
            .bind(gateway.to_string())
            .bind(broadcaster.to_string())
            .fetch_one(&self.readers)
            .await?)
    }

    /// The spans out of service that touch [from, to), by their start; of gateways that were removed too.
    pub async fn outages_between(&self, from: Time, to: Time) -> Result<Vec<OutageRow>, ReadError> {
        let sql = "SELECT id, gateway, begins, ends, reason FROM gateways_outages WHERE (ends IS NULL OR ends > ?) AND begins < ? ORDER BY begins, id";
        let rows = sqlx::query(sql)
            .bind(from.0)
            .bind(to.0)
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|r| {
                Ok(OutageRow {
                    id: id(r.try_get(0)?)?,
                    gateway: id(r.try_get(1)?)?,
                    from: Time(r.try_get(2)?),
                    to: r.try_get::<Option<i64>, _>(3)?.map(Time),
                    reason: r.try_get(4)?,
                })
            })
            .collect()
    }

    /// Each gateway in use: whether it is free during [from, to), and who holds it first.
    pub async fn availability(&self, from: Time, to: Time, margins: Margins) -> Result<Vec<Availability>, ReadError> {
        let hours = self.hours(from, margins).await?;
        let gateways = self.gateways().await?;
        Ok(gateways
            .into_iter()
            .filter(|g| !g.removed)
            .map(|gateway| {
                let held = hours.held(gateway.machine(), from, to);
                let out_of_service = hours.out_of_service(gateway.id, from, to).cloned();
                Availability {
                    free: held.is_none() && out_of_service.is_none(),
                    held_by: held.map(|h| h.live),
                    held_until: held.map(|h| h.to),
                    out_of_service,
                    gateway,
                }
            })
            .collect())
    }

    /// The next starts at which some gateway is free for so long: `from` itself, and whenever something ends.
    pub async fn next_free(
        &self,
        duration_s: i64,
        from: Time,
        most: usize,
        margins: Margins,
    ) -> Result<Vec<Time>, ReadError> {
        Ok(self.hours(from, margins).await?.next_free(from, duration_s, most))
    }
}
