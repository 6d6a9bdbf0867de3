//! Which hours are left for a webinar (`GET /gateways/free`): asked while somebody types, so it says how many gateways are
//! free and when one is, and never whose webinar holds the others.

use amphi_events::Time;
use amphi_events::ids::{GatewayId, LiveId, MeetingId};
use amphi_events::meeting::{DURATION_MAX_S, DURATION_MIN_S};
use amphi_projections::{Hours, ReadError};
use axum::extract::State;
use chrono::{Duration, NaiveDateTime};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::meetings::view::piloted;
use super::problem::{Code, Problem, ProblemBody};
use super::request::{Query, id};
use crate::Web;
use crate::auth::SignedIn;
use crate::i18n::times;

/// Proposals after the wish.
pub const OFFERS: usize = 3;
/// A form knows whole minutes.
const MINUTE_MS: i64 = 60_000;

/// The call.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(free))
}

/// What a wall clock's time means in a zone (the clock may be changed that night).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wall {
    /// One moment.
    Plain(Time),
    /// The clock shows it twice; this is the first.
    Twice(Time),
    /// The clock skips it; it goes on here.
    Skipped(Time),
}

impl Wall {
    /// The moment, where there is one.
    pub const fn moment(self) -> Option<Time> {
        match self {
            Self::Plain(t) | Self::Twice(t) => Some(t),
            Self::Skipped(_) => None,
        }
    }
}

fn naive(text: &str) -> Option<NaiveDateTime> {
    let read = |f: &&str| NaiveDateTime::parse_from_str(text, f).ok();
    ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"].iter().find_map(read)
}

/// Of a time that there is twice, the second.
pub fn again(text: &str, zone: Tz) -> Option<Time> {
    match naive(text)?.and_local_timezone(zone) {
        chrono::LocalResult::Ambiguous(_, second) => Some(Time(second.timestamp_millis())),
        _ => None,
    }
}

/// Reads what a `datetime-local` input writes, in an IANA zone.
pub fn wall(text: &str, zone: Tz) -> Option<Wall> {
    let naive = naive(text)?;
    let time = |t: chrono::DateTime<Tz>| Time(t.timestamp_millis());
    match naive.and_local_timezone(zone) {
        chrono::LocalResult::Single(t) => Some(Wall::Plain(time(t))),
        chrono::LocalResult::Ambiguous(first, _) => Some(Wall::Twice(time(first))),
        // Clocks go on at a whole minute; the widest gap there was took a day (Samoa, 2011).
        chrono::LocalResult::None => (1..=26 * 60)
            .find_map(|m| (naive + Duration::minutes(m)).and_local_timezone(zone).earliest())
            .map(|t| Wall::Skipped(time(t))),
    }
}

/// Gateways that a webinar could be given, and what holds them, as a form asks for them: in whole minutes.
#[derive(Debug, Clone, Default)]
pub struct Pool(pub Hours);

impl Pool {
    /// As of now, from `from` on, as if `except` held nothing.
    ///
    /// # Errors
    /// The read models can't be read.
    pub async fn load(web: &Web, from: Time, except: Option<LiveId>) -> Result<Self, ReadError> {
        let hours = web.read.hours(from, web.settings.margins).await?;
        Ok(Self(hours.without(except)))
    }

    /// Nothing holds this one during [from, to), and it is in service.
    pub fn is_free(&self, gateway: GatewayId, from: Time, to: Time) -> bool {
        let machine = self.0.machines.iter().find(|m| m.id == gateway);
        machine.is_some_and(|m| self.0.is_free(*m, from, to))
    }

    /// How many are free during [from, to).
    pub fn free(&self, from: Time, to: Time) -> usize {
        self.0.free(from, to)
    }

    /// The next starts after `from`, in whole minutes, at which one is free for so long.
    pub fn after(&self, from: Time, duration_s: i64, most: usize) -> Vec<Time> {
        let minute = |t: Time| {
            Time(t.0.div_euclid(MINUTE_MS) * MINUTE_MS + if t.0.rem_euclid(MINUTE_MS) == 0 { 0 } else { MINUTE_MS })
        };
        let mut starts: Vec<Time> = self.0.ends().into_iter().map(minute).filter(|t| *t > from).collect();
        starts.dedup();
        starts.retain(|t| self.free(*t, t.plus_s(duration_s)) > 0);
        starts.truncate(most);
        starts
    }

    /// The last start before `from`, and not before `now`, at which one is free for so long.
    pub fn before(&self, from: Time, duration_s: i64, now: Time) -> Option<Time> {
        let starts = self.0.begins().into_iter().map(|t| t.plus_s(-duration_s));
        starts
            .map(|t| Time(t.0.div_euclid(MINUTE_MS) * MINUTE_MS))
            .filter(|t| *t < from && *t >= now && self.free(*t, t.plus_s(duration_s)) > 0)
            .max()
    }

    /// When this gateway is no longer free for somebody who has it at `from`: somebody else's hold begins, or it goes out of service.
    pub fn next_hold(&self, gateway: GatewayId, from: Time) -> Option<Time> {
        let machine = self.0.machines.iter().find(|m| m.id == gateway)?;
        let margins = self.0.margins;
        let held = self.0.held(*machine, from, Time(i64::MAX)).map(|h| h.from);
        let out = self.0.out_of_service(gateway, from, Time(i64::MAX)).map(|o| o.from);
        [
            held.map(|t| t.plus_s(-margins.between_s())),
            out.map(|t| t.plus_s(-margins.after_s)),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

/// What is wished.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// The start: RFC 3339, or a wall clock's time in `zone`, such as `2026-11-20T14:00`.
    starts_at: String,
    /// Seconds, 60 to 86400.
    duration_s: i64,
    /// IANA zone; the service's where left out.
    zone: Option<String>,
    /// A meeting that one presents: what it holds itself is not in its way.
    except: Option<String>,
}

/// A time that is free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Slot {
    /// Start.
    pub starts_at: String,
    /// End.
    pub ends_at: String,
    /// Start on the wall clock of the zone asked for, as a `datetime-local` input writes it.
    pub local: String,
    /// End on that clock.
    pub local_end: String,
}

/// The gateway that the meeting of `except` holds or runs on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Own {
    /// It is free for the whole wish.
    pub free: bool,
    /// Somebody else's hold of it begins then; null where nothing comes after.
    pub until: Option<String>,
}

/// What is left.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Left {
    /// The wish itself; null where the clock skips that time.
    pub wish: Option<Slot>,
    /// `plain`; `twice` (the clock shows that time twice that night: the first is meant) or `skipped` (it does not
    /// exist that night: `next` begins with when the clock goes on).
    pub clock: &'static str,
    /// The wished end is past.
    pub past: bool,
    /// Gateways that can be used at all.
    pub gateways: usize,
    /// How many of them are free.
    pub free: usize,
    /// The next starts at which one is free for as long.
    pub next: Vec<Slot>,
    /// The last such start before the wish.
    pub earlier: Option<Slot>,
    /// With `except`: its own gateway, where it has one.
    pub own: Option<Own>,
}

fn slot(at: Time, duration_s: i64, zone: &str) -> Slot {
    let end = at.plus_s(duration_s);
    Slot {
        starts_at: at.rfc3339(),
        ends_at: end.rfc3339(),
        local: times::input(at, zone),
        local_end: times::input(end, zone),
    }
}

/// Whether a gateway is free at that time, and else when one is. For those who plan, and for presenters of `except`.
#[utoipa::path(get, path = "/gateways/free", tag = "gateways", params(Wish), responses((status = 200, body = Left), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn free(
    State(web): State<Web>,
    SignedIn(me): SignedIn,
    Query(wish): Query<Wish>,
) -> Result<axum::Json<Left>, Problem> {
    let except = match &wish.except {
        Some(text) => piloted(&web, &me, id::<MeetingId>(text)?).await?.0.live,
        None if web.settings.may_plan(me.role) => None,
        None => return Err(Code::Forbidden.into()),
    };
    if !(DURATION_MIN_S..=DURATION_MAX_S).contains(&wish.duration_s) {
        return Err(Code::MeetingDuration.into());
    }
    let zone = wish.zone.as_deref().unwrap_or(&web.settings.time_zone);
    let tz: Tz = zone.parse().map_err(|_| Problem::new(Code::TimeZone))?;
    let asked = match Time::parse_rfc3339(&wish.starts_at) {
        Ok(at) => Wall::Plain(at),
        Err(_) => wall(&wish.starts_at, tz).ok_or_else(|| Problem::new(Code::BadQuery).detail("starts_at: no time"))?,
    };
    left(&web, asked, wish.duration_s, tz, except)
        .await
        .map(axum::Json)
        .map_err(|e| Problem::unavailable("gateways can't be read", e))
}

/// What is left for a wish.
///
/// # Errors
/// The read models can't be read.
pub async fn left(web: &Web, asked: Wall, duration_s: i64, tz: Tz, except: Option<LiveId>) -> Result<Left, ReadError> {
    let (now, zone) = (web.sources.now(), tz.name());
    let (Wall::Plain(at) | Wall::Twice(at) | Wall::Skipped(at)) = asked;
    let end = at.plus_s(duration_s);
    let pool = Pool::load(web, at.min(now), except).await?;
    // In the hour that comes twice a wall clock's time means the first: the second can't be proposed.
    let said = |t: &Time| wall(&times::input(*t, zone), tz).and_then(Wall::moment) == Some(*t);
    let offer = |t: Time| slot(t, duration_s, zone);
    let mut next: Vec<Time> = pool.after(at.max(now), duration_s, OFFERS * 2);
    if matches!(asked, Wall::Skipped(_)) && at >= now && pool.free(at, end) > 0 {
        next.insert(0, at);
    }
    let own = match except {
        Some(live) => web
            .read
            .live(live)
            .await?
            .and_then(|row| row.run.map(|r| r.gateway).or(row.gateway)),
        None => None,
    };
    Ok(Left {
        wish: asked.moment().map(offer),
        clock: match asked {
            Wall::Plain(_) => "plain",
            Wall::Twice(_) => "twice",
            Wall::Skipped(_) => "skipped",
        },
        past: end <= now,
        gateways: pool.0.machines.len(),
        free: asked.moment().map_or(0, |at| pool.free(at, end)),
        next: next.into_iter().filter(said).take(OFFERS).map(offer).collect(),
        earlier: pool.before(at, duration_s, now).filter(said).map(offer),
        own: own.map(|gateway| Own {
            free: pool.is_free(gateway, at, end),
            until: pool.next_hold(gateway, at.max(now)).map(Time::rfc3339),
        }),
    })
}

#[cfg(test)]
mod tests {
    use amphi_events::gateway::Margins;
    use amphi_events::ids::{BroadcasterId, IdSource as _, OutageId, ReservationId, SeededIds};
    use amphi_projections::{BroadcasterHold, Machine, OutageRow, ReservationRow, Standing};

    use super::*;

    fn at(text: &str) -> Time {
        Time::parse_rfc3339(text).expect("a time")
    }

    #[test]
    fn the_clock_may_skip_a_time_or_show_it_twice() {
        let paris = chrono_tz::Europe::Paris;
        assert_eq!(
            wall("2026-07-01T14:05", paris),
            Some(Wall::Plain(at("2026-07-01T12:05:00Z")))
        );
        assert_eq!(
            wall("2026-03-29T02:30", paris),
            Some(Wall::Skipped(at("2026-03-29T01:00:00Z"))),
            "it goes on at 03:00"
        );
        assert_eq!(
            wall("2026-10-25T02:30", paris),
            Some(Wall::Twice(at("2026-10-25T00:30:00Z")))
        );
        assert_eq!(wall("tomorrow", paris), None);
        // A whole day is missing.
        let apia = wall("2011-12-30T10:00", chrono_tz::Pacific::Apia);
        assert_eq!(apia, Some(Wall::Skipped(at("2011-12-30T10:00:00Z"))));
    }

    /// What is proposed is free, whatever holds the gateways: asked again with the proposal, the answer is yes.
    #[test]
    fn what_is_proposed_is_free() {
        let ids = SeededIds::new(11);
        let start = at("2026-03-02T09:00:00Z");
        let mut seed: u64 = 7;
        let mut any = |below: i64| {
            // A small generator of its own, so that a failure comes again.
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            i64::try_from(seed >> 33).unwrap_or(0) % below
        };
        let (mut proposals, mut refused) = (0, 0);
        for _ in 0..2000 {
            let machines: Vec<Machine> = (0..=any(3))
                .map(|n| Machine {
                    id: GatewayId(ids.ulid(start)),
                    // Two may push to the same place.
                    broadcaster: BroadcasterId(ulid::Ulid(u128::from(n.unsigned_abs() % 3))),
                    standing: Standing::Up,
                })
                .collect();
            let margins = Margins {
                before_s: any(3) * 300,
                after_s: any(3) * 200,
            };
            let mut pool = Pool(Hours {
                machines: machines.clone(),
                margins,
                ..Hours::default()
            });
            for n in 0..any(12) {
                let machine = machines[usize::try_from(any(machines.len() as i64)).unwrap_or(0)];
                let from = start.plus_s(any(8 * 3600));
                let to = from.plus_s(60 + any(3 * 3600));
                if n % 5 == 4 {
                    pool.0.outages.push(OutageRow {
                        id: OutageId(ids.ulid(start)),
                        gateway: machine.id,
                        from,
                        to: Some(to),
                        reason: String::new(),
                    });
                } else if pool.is_free(machine.id, from, to) {
                    // The log refuses overlaps, so none is here.
                    let live = LiveId(ids.ulid(start));
                    let (id, broadcaster) = (ReservationId(ids.ulid(start)), machine.broadcaster);
                    pool.0.holds.push(ReservationRow {
                        id,
                        gateway: machine.id,
                        live,
                        from,
                        to,
                    });
                    pool.0.shown.push(BroadcasterHold {
                        id,
                        broadcaster,
                        live,
                        from,
                        to,
                    });
                }
            }
            let (from, duration_s) = (start.plus_s(any(8 * 3600)), 60 + any(4 * 3600));
            refused += usize::from(pool.free(from, from.plus_s(duration_s)) == 0);
            for t in pool.after(from, duration_s, OFFERS) {
                assert!(t > from && t.0 % MINUTE_MS == 0);
                assert!(pool.free(t, t.plus_s(duration_s)) > 0);
                proposals += 1;
            }
            if let Some(t) = pool.before(from, duration_s, start) {
                assert!(t >= start && t < from && pool.free(t, t.plus_s(duration_s)) > 0);
                proposals += 1;
            }
            // However full it is, after the last hold there is room.
            assert!(pool.free(from, from.plus_s(duration_s)) > 0 || !pool.after(from, duration_s, OFFERS).is_empty());
        }
        assert!(
            proposals > 1000 && refused > 100,
            "{proposals} proposals, {refused} wishes refused"
        );
    }
}
