//! One simulated gateway: its containers and what happens to them, whatever dialect is spoken in front.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::Kind;
use super::knobs::Knobs;
use crate::Sim;
use crate::robot::push::Push;
use crate::robot::{self, Handle, Order, Plan, Robot};

/// A container that runs.
struct Container {
    id: u64,
    slot: usize,
    room: String,
    since: DateTime<Utc>,
    robot: Handle,
}

struct Inner {
    knobs: Knobs,
    containers: Vec<Container>,
    ids: u64,
}

/// One gateway of the simulators.
pub struct Gateway {
    /// `g2-1`…
    pub name: String,
    /// Its generation.
    pub kind: Kind,
    /// Where a client reaches it.
    pub server_url: String,
    /// The compose project's name, in G4 and G5.
    pub gw_id: Option<String>,
    /// The address that an administrator would give as its RTMP target.
    pub rtmp_url: String,
    /// Where that target's playlist is.
    pub hls_url: String,
    /// Of a pool: what its proxy knows.
    pub books: super::pool::Books,
    inner: Mutex<Inner>,
}

/// What is to be started.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// The room.
    pub room: String,
    /// The address that the robot opens.
    pub address: Option<String>,
    /// RTMP target as given; empty pushes nowhere.
    pub rtmp: String,
    /// The container never gets ready, whatever the knobs say (`error_inside_success`), and stays.
    pub fail: bool,
    /// An empty target ends the container at once (builds after 2024-07-25, contract §5.1).
    pub needs_rtmp: bool,
    /// A working container is taken over instead of refused (G4, G5).
    pub hijacks: bool,
}

/// What came of a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Started {
    /// The container runs.
    Ok,
    /// No slot is free.
    NoFree,
    /// Not ready in time; the container may live on.
    Failed,
}

impl Gateway {
    /// The `nth` (from 1) gateway of its kind.
    pub fn new(kind: Kind, nth: usize, base: &str) -> Self {
        let name = format!("{kind}-{nth}");
        Self {
            kind,
            server_url: format!("{base}/gateways/{name}"),
            gw_id: matches!(kind, Kind::G4 | Kind::G5).then(|| project_name(&name)),
            rtmp_url: format!("rtmp://127.0.0.1/live/{name}"),
            hls_url: format!("{base}/hls/{name}.m3u8"),
            books: super::pool::Books::default(),
            inner: Mutex::new(Inner {
                knobs: Knobs::new(format!("tok-{name}")),
                containers: Vec::new(),
                ids: 0,
            }),
            name,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The knobs in force.
    pub fn knobs(&self) -> Knobs {
        self.lock().knobs.clone()
    }

    /// Turns knobs.
    pub fn turn(&self, change: super::knobs::Change) -> Result<(), String> {
        self.lock().knobs.change(change)
    }

    /// For `GET /sim/gateways`.
    pub fn json(&self) -> Value {
        let inner = self.lock();
        let running: Vec<Value> = inner
            .containers
            .iter()
            .map(|container| {
                let seen = container.robot.seen();
                json!({
                    "room": container.room,
                    "since": container.since.to_rfc3339_opts(SecondsFormat::Millis, true),
                    "robot_joined": seen.joined,
                    "publishing": seen.publishing,
                    "chat_open": seen.chat_open,
                    "stumble": seen.stumble,
                })
            })
            .collect();
        json!({
            "name": self.name,
            "server_url": self.server_url,
            "token": inner.knobs.token,
            "generation": self.kind.to_string(),
            "gw_id": self.gw_id,
            "rtmp_url": self.rtmp_url,
            "hls_url": self.hls_url,
            "running": running.first(),
            "containers": running,
        })
    }

    /// Creates a container and waits as long as the launcher would.
    pub async fn start(self: &Arc<Self>, sim: &Arc<Sim>, start: Start) -> Started {
        let knobs = self.knobs();
        let (handle, orders) = robot::prepare();
        let Some(id) = self.place(&start, &handle, knobs.slots) else {
            return Started::NoFree;
        };
        sleep(Duration::from_millis(knobs.start_delay_ms)).await;

        // Compose refuses such a project name: there is no container at all (contract §1, §8 row 16).
        if !start.hijacks && !legal_project(&start.room) {
            sleep(Duration::from_millis(knobs.readiness_ms)).await;
            self.remove(id);
            return Started::Failed;
        }
        let failed = start.fail || knobs.readiness_failure;
        if !failed || start.fail || knobs.zombie_after_failure {
            let plan = self.plan(&start, &knobs, sim.settings().ffmpeg);
            if start.rtmp.is_empty() && start.needs_rtmp {
                self.remove(id);
            } else {
                let (gateway, sim) = (Arc::clone(self), Arc::clone(sim));
                tokio::spawn(async move {
                    if !robot::run(sim, plan, handle, orders).await {
                        // It died by itself: the container is gone, and its slot is free.
                        gateway.remove(id);
                    }
                });
            }
        } else {
            self.remove(id);
        }
        if failed {
            sleep(Duration::from_millis(knobs.readiness_ms)).await;
            return Started::Failed;
        }
        Started::Ok
    }

    /// Takes a slot; gives the container's number.
    fn place(&self, start: &Start, handle: &Handle, slots: usize) -> Option<u64> {
        let mut inner = self.lock();
        if slots == 0 || (!start.hijacks && inner.containers.len() >= slots) {
            return None;
        }
        let slot =
            (0..=inner.containers.len()).find(|slot| !inner.containers.iter().any(|other| other.slot == *slot))?;
        // Same room with a slot left: the container is re-created there and the first stream is cut (§2.3). In G4
        // and G5 a working one is taken over for the new room (§2.7).
        inner.containers.retain(|other| {
            let stays = !start.hijacks && other.room != start.room;
            if !stays {
                other.robot.stop.cancel();
            }
            stays
        });
        inner.ids += 1;
        let id = inner.ids;
        inner.containers.push(Container {
            id,
            slot: if start.hijacks { 0 } else { slot },
            room: start.room.clone(),
            since: Utc::now(),
            robot: handle.clone(),
        });
        Some(id)
    }

    fn plan(&self, start: &Start, knobs: &Knobs, ffmpeg: Option<std::path::PathBuf>) -> Plan {
        let stream = start
            .rtmp
            .split(['?', '#'])
            .next()
            .unwrap_or_default()
            .rsplit('/')
            .next()
            .unwrap_or_default();
        Plan {
            gateway: self.name.clone(),
            robot: match self.kind {
                Kind::G1 | Kind::G2 => Robot::R2,
                Kind::G3 => Robot::R3,
                Kind::G4 | Kind::Pool => Robot::R6,
                // It opens the room by itself, and waits for nothing of ours.
                Kind::G5 | Kind::LiveStreaming | Kind::Encoder => Robot::R7,
            },
            behaviour: knobs.robot,
            address: start.address.clone(),
            stream: (!stream.is_empty()).then(|| stream.to_owned()),
            push: ffmpeg.filter(|_| !start.rtmp.is_empty()).map(|ffmpeg| Push {
                ffmpeg,
                rtmp: start.rtmp.clone(),
            }),
            publishes: knobs.publishes,
            publish_delay_ms: knobs.publish_delay_ms,
            dies_after_ms: knobs.dies_after_ms,
            wait_scale: knobs.wait_scale,
        }
    }

    fn remove(&self, id: u64) {
        self.lock().containers.retain(|container| {
            if container.id == id {
                container.robot.stop.cancel();
            }
            container.id != id
        });
    }

    /// Stops the container of a room (`None`: the only one). Gives its slot once it is down, or nothing if none runs.
    pub async fn stop(&self, room: Option<&str>) -> Option<usize> {
        let (id, slot, delay) = {
            let inner = self.lock();
            let container = inner
                .containers
                .iter()
                .find(|one| room.is_none_or(|room| one.room == room))?;
            container.robot.stop.cancel();
            (container.id, container.slot, inner.knobs.stop_delay_ms)
        };
        sleep(Duration::from_millis(delay)).await;
        self.remove(id);
        Some(slot)
    }

    /// Every container dies at once (fault `die`).
    pub fn die(&self) {
        let mut inner = self.lock();
        for container in inner.containers.drain(..) {
            container.robot.stop.cancel();
        }
    }

    /// The robot that serves a room (`None`: the only one).
    pub fn robot_of(&self, room: Option<&str>) -> Option<(String, Handle)> {
        let inner = self.lock();
        let container = inner
            .containers
            .iter()
            .find(|one| room.is_none_or(|room| one.room == room))?;
        Some((container.room.clone(), container.robot.clone()))
    }

    /// Hands an order to a room's robot; false where none runs.
    pub fn order(&self, room: &str, order: Order) -> bool {
        let found = self.robot_of(Some(room));
        found.map(|(_, robot)| robot.order(order)).is_some()
    }
}

/// What Docker compose takes for a project's name.
fn legal_project(room: &str) -> bool {
    room.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && room
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-'))
}

/// 24 characters that look random and are the same at each start of the simulators.
fn project_name(name: &str) -> String {
    use sha2::{Digest as _, Sha256};
    let digest = Sha256::digest(format!("amphi-sim/{name}"));
    digest
        .iter()
        .take(24)
        .map(|byte| char::from(b"abcdefghijklmnopqrstuvwxyz234567"[usize::from(byte % 32)]))
        .collect()
}

/// Address that the robot opens: `http` to the loopback, where the simulators have no certificate, else `https`.
pub fn robot_address(domain: &str, room: &str) -> Option<String> {
    let domain = domain.trim_end_matches('/');
    if domain.is_empty() {
        return None;
    }
    if domain.starts_with("http://") || domain.starts_with("https://") {
        return Some(format!("{domain}/{room}"));
    }
    let host = domain.split('/').next().unwrap_or_default();
    let loopback = host.starts_with("[::1]")
        || host.rsplit_once(':').map_or(host, |(name, _)| name) == "localhost"
        || host.starts_with("127.");
    Some(format!("{}://{domain}/{room}", if loopback { "http" } else { "https" }))
}
