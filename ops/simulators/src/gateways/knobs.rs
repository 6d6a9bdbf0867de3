//! What a test can turn at one gateway (gateway contract §10): `PUT /gateways/{name}/knobs`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::robot::{Behaviour, Publishes};

/// The knobs of one gateway.
#[derive(Debug, Clone, Serialize)]
pub struct Knobs {
    /// How many containers fit.
    pub slots: usize,
    /// From the call to the running container, in milliseconds.
    pub start_delay_ms: u64,
    /// How long a stop takes, in milliseconds (real hosts: 300 to 20 000).
    pub stop_delay_ms: u64,
    /// Containers never become ready.
    pub readiness_failure: bool,
    /// How long a failing start takes, in milliseconds (real: 5 500 in G1, 10 600 in G2 and G3).
    pub readiness_ms: u64,
    /// A failed start leaves its container running.
    pub zombie_after_failure: bool,
    /// What the robot does.
    pub robot: Behaviour,
    /// When the container pushes.
    pub publishes: Publishes,
    /// From the join to the first frame, in milliseconds.
    pub publish_delay_ms: u64,
    /// Each container dies by itself after so many milliseconds.
    pub dies_after_ms: Option<u64>,
    /// How long after a stop a pool's gateway is free again, in milliseconds (real: up to 30 000).
    pub release_ms: u64,
    /// Factor on the robot's own waiting times (40 s for a missing `#okcookie`, …).
    pub wait_scale: f64,
    /// The token of G1 to G3.
    pub token: String,
}

impl Knobs {
    /// A healthy gateway.
    pub fn new(token: String) -> Self {
        Self {
            slots: 1,
            start_delay_ms: 200,
            stop_delay_ms: 300,
            readiness_failure: false,
            readiness_ms: 1_000,
            zombie_after_failure: true,
            robot: Behaviour::Joins,
            publishes: Publishes::Joined,
            publish_delay_ms: 300,
            dies_after_ms: None,
            release_ms: 30_000,
            wait_scale: 1.0,
            token,
        }
    }

    /// Takes over what was given.
    pub fn change(&mut self, with: Change) -> Result<(), String> {
        if let Some(value) = with.publishes {
            self.publishes = match value {
                Value::Bool(true) => Publishes::Joined,
                Value::Bool(false) => Publishes::Never,
                other => serde_json::from_value(other).map_err(|error| format!("publishes: {error}"))?,
            };
        }
        if let Some(ms) = with.dies_after_ms {
            self.dies_after_ms = (ms > 0).then_some(ms);
        }
        set(&mut self.slots, with.slots);
        set(&mut self.start_delay_ms, with.start_delay_ms);
        set(&mut self.stop_delay_ms, with.stop_delay_ms);
        set(&mut self.readiness_failure, with.readiness_failure);
        set(&mut self.readiness_ms, with.readiness_ms);
        set(&mut self.zombie_after_failure, with.zombie_after_failure);
        set(&mut self.robot, with.robot);
        set(&mut self.publish_delay_ms, with.publish_delay_ms);
        set(&mut self.release_ms, with.release_ms);
        set(
            &mut self.wait_scale,
            with.wait_scale.filter(|scale| scale.is_finite() && *scale >= 0.0),
        );
        set(&mut self.token, with.token);
        Ok(())
    }
}

fn set<T>(place: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *place = given;
    }
}

/// What is absent stays as it is.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Change {
    slots: Option<usize>,
    start_delay_ms: Option<u64>,
    stop_delay_ms: Option<u64>,
    readiness_failure: Option<bool>,
    readiness_ms: Option<u64>,
    zombie_after_failure: Option<bool>,
    robot: Option<Behaviour>,
    /// `"joined"`, `"always"`, `"never"`; `true` means `joined`, `false` `never`.
    publishes: Option<Value>,
    publish_delay_ms: Option<u64>,
    release_ms: Option<u64>,
    /// 0 takes it away.
    dies_after_ms: Option<u64>,
    wait_scale: Option<f64>,
    token: Option<String>,
}
