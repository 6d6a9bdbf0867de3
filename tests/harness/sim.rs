//! `amphi-sim` as a process, and its control API.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::process::{Process, tail};
use super::wait::eventually;

/// The shared secret of the simulated BBB.
pub const SECRET: &str = "a-secret-for-black-boxes";

/// How the simulators are started.
#[derive(Debug, Clone)]
pub struct SimOptions {
    /// Kinds, separated by commas.
    pub gateways: &'static str,
    /// More flags.
    pub flags: Vec<&'static str>,
}

impl Default for SimOptions {
    fn default() -> Self {
        // Retries of hooks and callbacks come five times as fast.
        Self {
            gateways: "g2,g5",
            flags: vec!["--clock-speed", "5"],
        }
    }
}

/// A row of `/sim/calls`.
#[derive(Debug, Clone, Deserialize)]
pub struct Call {
    pub at: String,
    pub to: String,
    pub gateway: Option<String>,
    pub name: String,
    pub params: std::collections::BTreeMap<String, String>,
    pub effect: String,
    pub answered: bool,
}

impl Call {
    /// Carried out.
    pub fn applied(&self) -> bool {
        self.effect == "applied"
    }

    /// Arrival in milliseconds since the Unix epoch.
    pub fn ms(&self) -> i64 {
        chrono::DateTime::parse_from_rfc3339(&self.at)
            .expect("a time")
            .timestamp_millis()
    }
}

/// The simulators.
pub struct Sim {
    pub base: String,
    http: reqwest::Client,
    log: PathBuf,
    _process: Process,
}

impl Sim {
    /// Starts them at a free port and makes their gateways quick.
    pub async fn start(folder: &Path, options: &SimOptions) -> Self {
        let log = folder.join("amphi-sim.log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_amphi-sim"));
        command
            .args([
                "--listen",
                "127.0.0.1:0",
                "--secret",
                SECRET,
                "--gateways",
                options.gateways,
            ])
            .args(&options.flags);
        let mut process = Process::start(&mut command, &log);
        let base = eventually(Duration::from_secs(20), "amphi-sim listens", async || {
            let said = tail(&log, 20);
            assert!(process.runs(), "amphi-sim ended: {said}");
            let found = said.lines().find_map(|l| l.strip_prefix("listening "));
            found.map(|url| url.trim().to_owned()).ok_or(said.clone())
        })
        .await;
        let sim = Self {
            base,
            http: amphi::outgoing::builder().build().expect("a client"),
            log,
            _process: process,
        };
        let quick = json!({ "start_delay_ms": 100, "stop_delay_ms": 150, "publish_delay_ms": 50, "wait_scale": 0.0 });
        for gateway in sim.gateways().await {
            sim.knobs(gateway["name"].as_str().expect("name"), &quick).await;
        }
        sim.put("/hls/knobs", &json!({ "linger_ms": 2_000 })).await;
        sim
    }

    /// BBB's address, for the server's settings.
    pub fn bbb_url(&self) -> String {
        format!("{}/bigbluebutton/", self.base)
    }

    pub async fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.base);
        let response = self
            .http
            .get(&url)
            .send()
            .await
            .unwrap_or_else(|e| panic!("{url}: {e}\n{}", tail(&self.log, 20)));
        let text = response.text().await.expect("text");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    async fn put(&self, path: &str, body: &Value) {
        let url = format!("{}{path}", self.base);
        let response = self
            .http
            .put(&url)
            .json(body)
            .send()
            .await
            .expect("the simulators answer");
        assert!(
            response.status().is_success(),
            "{url}: {}",
            response.text().await.unwrap_or_default()
        );
    }

    /// Posts; gives the status and the answer.
    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let url = format!("{}{path}", self.base);
        let response = self
            .http
            .post(&url)
            .json(body)
            .send()
            .await
            .expect("the simulators answer");
        let status = response.status().as_u16();
        (
            status,
            serde_json::from_str(&response.text().await.unwrap_or_default()).unwrap_or(Value::Null),
        )
    }

    /// Turns knobs of a gateway.
    pub async fn knobs(&self, gateway: &str, knobs: &Value) {
        self.put(&format!("/gateways/{gateway}/knobs"), knobs).await;
    }

    /// Somebody's encoder sends to a stream, or ends.
    pub async fn push(&self, stream: &str, on: bool) {
        let url = format!("{}/hls/streams/{stream}", self.base);
        let request = if on {
            self.http.put(&url)
        } else {
            self.http.delete(&url)
        };
        let answer = request.send().await.expect("the simulators answer");
        assert_eq!(answer.status(), 204, "{url}");
    }

    /// Puts these faults in force, and no others.
    pub async fn faults(&self, faults: Value) {
        self.put("/sim/faults", &faults).await;
    }

    pub async fn calls(&self) -> Vec<Call> {
        serde_json::from_value(self.get("/sim/calls").await).expect("calls")
    }

    /// Calls of a name.
    pub async fn calls_named(&self, name: &str) -> Vec<Call> {
        self.calls().await.into_iter().filter(|c| c.name == name).collect()
    }

    pub async fn gateways(&self) -> Vec<Value> {
        self.get("/sim/gateways").await.as_array().expect("gateways").clone()
    }

    /// The gateway of a kind (`g2`).
    pub async fn gateway(&self, kind: &str) -> Value {
        let found = self.gateways().await.into_iter().find(|g| g["generation"] == kind);
        found.unwrap_or_else(|| panic!("no gateway {kind}"))
    }

    /// Names of gateways that run something.
    pub async fn running(&self) -> Vec<String> {
        let all = self.gateways().await;
        all.iter()
            .filter(|g| !g["running"].is_null())
            .map(|g| g["name"].to_string())
            .collect()
    }

    /// A room by the meeting's id.
    pub async fn room(&self, id: &str) -> Option<Value> {
        let rooms = self.get("/sim/meetings").await;
        rooms.as_array().expect("rooms").iter().find(|r| r["id"] == id).cloned()
    }

    /// Who is in a room, by name.
    pub async fn people(&self, id: &str) -> Vec<String> {
        let room = self.room(id).await.unwrap_or_default();
        let users = room["users"].as_array().cloned().unwrap_or_default();
        users
            .iter()
            .map(|u| u["name"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// Lines of a room's chat, as (from, text); none once the room is gone.
    pub async fn chat(&self, id: &str) -> Vec<(String, String)> {
        let lines = self.get(&format!("/sim/meetings/{id}/chat")).await;
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        lines
            .as_array()
            .map(|l| l.iter().map(|l| (text(&l["from"]), text(&l["text"]))).collect())
            .unwrap_or_default()
    }

    /// Somebody comes into a room as a moderator, and stays.
    pub async fn enter(&self, id: &str, name: &str) {
        let (status, body) = self
            .post(
                &format!("/sim/meetings/{id}/users"),
                &json!({ "name": name, "role": "moderator" }),
            )
            .await;
        assert_eq!(status, 201, "{body}");
    }

    /// Somebody leaves a room, by BBB's id of them.
    pub async fn leave(&self, id: &str, user: &str) {
        let url = format!("{}/sim/meetings/{id}/users/{user}", self.base);
        let answer = self.http.delete(&url).send().await.expect("the simulators answer");
        assert_eq!(answer.status(), 204, "{url}");
    }

    /// Somebody in a room writes.
    pub async fn say(&self, id: &str, user: &str, text: &str) {
        let (status, body) = self
            .post(
                &format!("/sim/meetings/{id}/chat"),
                &json!({ "user": user, "text": text }),
            )
            .await;
        assert_eq!(status, 201, "{body}");
    }

    /// The last calls, a line each, for failures.
    pub async fn last_calls(&self, count: usize) -> String {
        let calls = self.calls().await;
        let line = |c: &Call| {
            format!(
                "{} {} {} {:?} {} answered={}",
                c.at,
                c.gateway.as_deref().unwrap_or("bbb"),
                c.name,
                c.params,
                c.effect,
                c.answered
            )
        };
        calls[calls.len().saturating_sub(count)..]
            .iter()
            .map(line)
            .collect::<Vec<_>>()
            .join("\n")
    }
}
