//! The rooms: two webinars that are live now, one tomorrow, one that is over.

use std::path::Path;
use std::time::Duration;

use amphi_events::Time;
use anyhow::Context as _;
use reqwest::Method;
use serde_json::{Value, json};

use super::api::{Api, until};
use super::seed::{Room, Seed};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// A room of the simulated BBB opens at once; a machine with much else to do needs longer.
const OPENS: Duration = Duration::from_mins(1);

/// What the presenter says in the room once the picture moves.
pub const GREETING: &str = "Welcome! Ask on the live page, I read it here.";

/// What is planned.
struct Plan {
    what: &'static str,
    owner: &'static str,
    name: &'static str,
    description: &'static str,
    /// From now, in seconds.
    starts_in: i64,
    duration_s: i64,
}

const PLANS: &[Plan] = &[
    Plan {
        what: "now",
        owner: "grace",
        name: "Compilers, from the beginning",
        description: "A lecture with an audience: the room is in BigBlueButton, the picture on the live page.",
        starts_in: -5 * MINUTE,
        duration_s: 4 * HOUR,
    },
    Plan {
        what: "beside",
        owner: "alan",
        name: "Computable numbers, exercises",
        description: "At the same time, on another gateway.",
        starts_in: -5 * MINUTE,
        duration_s: 4 * HOUR,
    },
    Plan {
        what: "tomorrow",
        owner: "alan",
        name: "Can machines think?",
        description: "Planned for tomorrow; a gateway is reserved.",
        starts_in: DAY,
        duration_s: HOUR + HOUR / 2,
    },
    Plan {
        what: "over",
        owner: "grace",
        name: "Opening lecture of the year",
        description: "Took place yesterday.",
        starts_in: -DAY,
        duration_s: HOUR,
    },
];

/// The rooms, furnished.
pub struct Rooms {
    now: String,
    token: String,
}

/// Plans what is missing, moves what has grown old, opens the room of now anew (a simulated room goes with its process) and puts
/// its presenter into it.
///
/// # Errors
/// The API refuses, or a room does not open.
pub async fn open(api: &Api, seed: &mut Seed, data: &Path, now: Time) -> anyhow::Result<Rooms> {
    for plan in PLANS {
        if !seed.meetings.iter().any(|m| m.what == plan.what) {
            let room = planned(api, seed, plan, now).await?;
            seed.meetings.push(room);
            if plan.what == "over" {
                take_place(api, seed, &seed.meetings[seed.meetings.len() - 1]).await?;
            }
            seed.write(data)?;
        }
        renew(api, seed, plan, now).await?;
    }
    let room = seed.room("now")?;
    let token = seed.token("grace")?;
    begin(api, seed, room, ("grace", "Grace Hopper")).await?;
    begin(api, seed, seed.room("beside")?, ("alan", "Alan Turing")).await?;
    // Alan stays out of this one: the tour goes in under his name.
    enter(api, &room.id, "Emmy Noether", seed.persons.get("emmy"), "VIEWER").await?;
    Ok(Rooms {
        now: room.id.clone(),
        token: token.to_owned(),
    })
}

/// Opens a room of now anew, with its presenter in it.
async fn begin(api: &Api, seed: &Seed, room: &Room, (login, name): (&str, &str)) -> anyhow::Result<()> {
    let (path, token) = (format!("/meetings/{}", room.id), seed.token(login)?);
    until("the last room's end", OPENS, || async {
        Ok(api.get(&path, token).await?["session"].is_null())
    })
    .await?;
    api.call(Method::POST, &format!("{path}/start"), token, None, None)
        .await?;
    until("the room of now", OPENS, || {
        enter(api, &room.id, name, seed.persons.get(login), "MODERATOR")
    })
    .await
}

impl Rooms {
    /// Waits until the picture of now moves, then lets the presenter greet.
    ///
    /// # Errors
    /// It does not.
    pub async fn wait_on_air(&self, api: &Api) -> anyhow::Result<()> {
        let path = format!("/meetings/{}/state", self.now);
        until("the picture", Duration::from_mins(3), || async {
            Ok(on_air(&api.get(&path, &self.token).await?))
        })
        .await?;
        let said = json!({ "user": "Grace Hopper", "text": GREETING });
        api.sim(&format!("/meetings/{}/chat", self.now), &said).await?;
        Ok(())
    }
}

fn on_air(state: &Value) -> bool {
    let live = &state["live"];
    [live, &live["state"]].iter().any(|v| v.as_str() == Some("on_air"))
}

async fn planned(api: &Api, seed: &Seed, plan: &Plan, now: Time) -> anyhow::Result<Room> {
    let body = json!({
        "name": plan.name,
        "description": plan.description,
        "starts_at": now.plus_s(plan.starts_in).rfc3339(),
        "duration_s": plan.duration_s,
        "is_webinar": true,
        "enable_chat": true,
    });
    // With a key: a demo that was killed between this and its seed finds the same meeting again.
    let key = format!("demo-{}", plan.what);
    let made = api
        .call(
            Method::POST,
            "/meetings",
            seed.token(plan.owner)?,
            Some(body),
            Some(&key),
        )
        .await?;
    let text = |field: &str| {
        made[field]
            .as_str()
            .map(str::to_owned)
            .with_context(|| format!("a meeting without {field}"))
    };
    Ok(Room {
        id: text("id")?,
        event: text("event")?,
        what: plan.what.to_owned(),
    })
}

/// A lecture of yesterday is still one of yesterday after a week; the others must not lie in the past.
async fn renew(api: &Api, seed: &Seed, plan: &Plan, now: Time) -> anyhow::Result<()> {
    let Some(room) = seed
        .meetings
        .iter()
        .find(|m| m.what == plan.what && plan.what != "over")
    else {
        return Ok(());
    };
    let (path, token) = (format!("/meetings/{}", room.id), seed.token(plan.owner)?);
    let held = api.get(&path, token).await?;
    let starts = held["starts_at"]
        .as_str()
        .and_then(|t| Time::parse_rfc3339(t).ok())
        .unwrap_or_default();
    let old = if ["now", "beside"].contains(&plan.what) {
        now.since_ms(starts) / 1000 > plan.duration_s / 2
    } else {
        starts < now
    };
    if old {
        let body = json!({ "starts_at": now.plus_s(plan.starts_in).rfc3339(), "duration_s": plan.duration_s });
        api.call(Method::PATCH, &path, token, Some(body), None).await?;
    }
    Ok(())
}

/// Opens a room, lets two people in and ends it: a session with its attendance, over.
async fn take_place(api: &Api, seed: &Seed, room: &Room) -> anyhow::Result<()> {
    let (path, token) = (format!("/meetings/{}", room.id), seed.token("grace")?);
    api.call(Method::POST, &format!("{path}/start"), token, None, None)
        .await?;
    until("the room of yesterday", OPENS, || {
        enter(api, &room.id, "Grace Hopper", seed.persons.get("grace"), "MODERATOR")
    })
    .await?;
    enter(api, &room.id, "Blaise Pascal", seed.persons.get("blaise"), "VIEWER").await?;
    until("the room of yesterday, as the server sees it", OPENS, || async {
        Ok(api.get(&path, token).await?["state"] == "open")
    })
    .await?;
    api.call(Method::POST, &format!("{path}/end"), token, None, None)
        .await?;
    until("the end of yesterday's room", OPENS, || async {
        Ok(api.get(&path, token).await?["session"].is_null())
    })
    .await
}

/// Somebody comes into a simulated room; false: the room is not there yet.
async fn enter(api: &Api, room: &str, name: &str, person: Option<&String>, role: &str) -> anyhow::Result<bool> {
    api.sim(
        &format!("/meetings/{room}/users"),
        &json!({ "name": name, "role": role, "external_id": person }),
    )
    .await
}
