//! The programs as they ship, as processes of their own: the simulators, the server, its people.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use amphi_events::{Clock as _, SystemClock};
use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;

const SECRET: &str = "a-secret-for-the-bench";
/// Everybody's.
pub const PASSWORD: &str = "a password for the bench";
const PATIENCE: Duration = Duration::from_secs(30);

/// A process that ends with us.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Simulators and server, with an open room and somebody in it.
pub struct World {
    pub base: String,
    pub meeting: String,
    pub live: String,
    /// API tokens of those who post.
    pub people: Vec<String>,
    sim: String,
    http: reqwest::Client,
    presenter: String,
    server: Program,
    _simulators: Program,
    _folder: TempDir,
}

fn spawn(mut command: Command, log: &Path) -> anyhow::Result<Program> {
    let out = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
    let both = out.try_clone()?;
    let name = command.get_program().to_owned();
    let child = command.stdin(Stdio::null()).stdout(out).stderr(both).spawn();
    Ok(Program(child.with_context(|| format!("{} starts", name.display()))?))
}

/// Waits until a program says `listening ADDRESS` into its log.
async fn listening(log: &Path) -> anyhow::Result<String> {
    let begun = Instant::now();
    loop {
        let said = std::fs::read_to_string(log).unwrap_or_default();
        if let Some(address) = said.lines().find_map(|l| l.strip_prefix("listening ")) {
            return Ok(address.trim().to_owned());
        }
        ensure!(begun.elapsed() < PATIENCE, "no start:\n{said}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

impl World {
    /// Everything up, `people` signed in, the room open with somebody in it. `bin`: where the programs are.
    pub async fn new(bin: &Path, people: usize, posts_per_10s: u32) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let at = |name: &str| folder.path().join(name);
        let mut command = Command::new(bin.join("amphi-sim"));
        command.args(["--listen", "127.0.0.1:0", "--secret", SECRET, "--gateways", "g2"]);
        let simulators = spawn(command, &at("sim.log"))?;
        let sim = listening(&at("sim.log")).await?;

        // A port that is free now: the public address must be known before the start.
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let base = format!("http://127.0.0.1:{port}");
        // What is raised beyond the defaults; all else is as it ships.
        let settings = vec![("AMPHI_POSTS_PER_10S", posts_per_10s.to_string())];
        let path = |p: PathBuf| p.display().to_string();
        let environment: Vec<(String, String)> = [
            ("AMPHI_LISTEN", format!("127.0.0.1:{port}")),
            ("AMPHI_PUBLIC_URL", base.clone()),
            ("AMPHI_DATA", path(at("data"))),
            ("AMPHI_MASTER_KEY_FILE", path(at("master.key"))),
            ("AMPHI_BBB_URL", format!("{sim}/bigbluebutton/")),
            ("AMPHI_BBB_SECRET", SECRET.to_owned()),
        ]
        .into_iter()
        .chain(settings)
        .map(|(n, v)| (n.to_owned(), v))
        .collect();
        let program = |arguments: &[&str]| {
            let mut command = Command::new(bin.join("amphi"));
            command.env_clear().envs(environment.iter().cloned()).args(arguments);
            command
        };
        let server = spawn(program(&["serve"]), &at("amphi.log"))?;
        listening(&at("amphi.log")).await?;

        let person = async |login: &str, role: &str| -> anyhow::Result<String> {
            let add = [
                "user",
                "add",
                "--login",
                login,
                "--name",
                login,
                "--role",
                role,
                "--password-stdin",
            ];
            run(program(&add), &format!("{PASSWORD}\n")).await?;
            Ok(run(program(&["token", "new", "--login", login]), "")
                .await?
                .trim()
                .to_owned())
        };
        let admin = person("ada", "administrator").await?;
        let presenter = person("paul", "staff").await?;
        let mut tokens = Vec::new();
        for n in 0..people {
            tokens.push(person(&format!("viewer{n}"), "user").await?);
        }
        let mut world = Self {
            base,
            meeting: String::new(),
            live: String::new(),
            people: tokens,
            sim,
            http: http()?,
            presenter,
            server,
            _simulators: simulators,
            _folder: folder,
        };
        world.open(&admin).await?;
        Ok(world)
    }

    async fn open(&mut self, admin: &str) -> anyhow::Result<()> {
        let gateways = self.simulated("/sim/gateways").await?;
        let gateway = &gateways[0];
        let broadcaster = json!({ "name": "HLS", "hls_url": gateway["hls_url"] });
        let broadcaster = self.post("/broadcasters", admin, &broadcaster).await?;
        let new = json!({
            "name": gateway["name"], "broadcaster": broadcaster["id"], "rtmp_url": gateway["rtmp_url"],
            "server_url": gateway["server_url"], "token": gateway["token"],
        });
        self.post("/gateways", admin, &new).await?;
        let now = SystemClock.now().rfc3339();
        let plan =
            json!({ "name": "Bench", "starts_at": now, "duration_s": 3600, "is_webinar": true, "enable_chat": true });
        let plan = self.post("/meetings", &self.presenter, &plan).await?;
        let text = |v: &Value| v.as_str().map(str::to_owned).with_context(|| format!("no id: {plan}"));
        (self.meeting, self.live) = (text(&plan["id"])?, text(&plan["event"])?);
        self.post(
            &format!("/meetings/{}/start", self.meeting),
            &self.presenter,
            &Value::Null,
        )
        .await?;
        // The robot of the gateway is the somebody that a room needs to take lines.
        self.until("the room takes lines, and gives them back", async || {
            let state = self.get(&format!("/meetings/{}/state", self.meeting)).await?;
            let rooms = self.simulated("/sim/meetings").await?;
            let people = rooms[0]["users"].as_array().map_or(0, Vec::len);
            Ok((state["live"]["state"] == "on_air" && people > 0).then_some(()))
        })
        .await
    }

    /// Asks until there is something.
    pub async fn until<T>(&self, what: &str, found: impl AsyncFn() -> anyhow::Result<Option<T>>) -> anyhow::Result<T> {
        let begun = Instant::now();
        loop {
            if let Some(found) = found().await? {
                return Ok(found);
            }
            ensure!(begun.elapsed() < 4 * PATIENCE, "never: {what}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The simulated BBB answers chat calls after this time from now on.
    pub async fn answers_after(&self, ms: u64) -> anyhow::Result<()> {
        let slow = json!([{ "on": "bbb.sendChatMessage", "kind": "slow", "ms": ms }]);
        let asked = self.http.put(format!("{}/sim/faults", self.sim)).json(&slow);
        asked.send().await?.error_for_status()?;
        Ok(())
    }

    /// Every call of the simulated BBB's API waits so long from now on; `None`: BBB is well.
    pub async fn bbb_hangs(&self, ms: Option<u64>) -> anyhow::Result<()> {
        let faults: Vec<Value> = ms
            .map(|ms| json!({ "on": "bbb", "kind": "slow", "ms": ms }))
            .into_iter()
            .collect();
        let asked = self.http.put(format!("{}/sim/faults", self.sim)).json(&faults);
        asked.send().await?.error_for_status()?;
        Ok(())
    }

    /// The presenter plans a meeting.
    pub async fn plan(&self, meeting: &Value) -> anyhow::Result<Value> {
        self.post("/meetings", &self.presenter, meeting).await
    }

    /// The room's lines: text, and milliseconds since 1970 at which the room took it.
    pub async fn room(&self) -> anyhow::Result<Vec<(String, i64)>> {
        let lines = self.simulated(&format!("/sim/meetings/{}/chat", self.meeting)).await?;
        let line = |l: &Value| -> anyhow::Result<(String, i64)> {
            let at = chrono::DateTime::parse_from_rfc3339(l["at"].as_str().unwrap_or_default())?;
            Ok((l["text"].as_str().unwrap_or_default().to_owned(), at.timestamp_millis()))
        };
        lines.as_array().context("no lines")?.iter().map(line).collect()
    }

    /// When calls with a line reached the simulated BBB, in milliseconds since 1970, by text.
    pub async fn calls(&self) -> anyhow::Result<HashMap<String, i64>> {
        let calls = self.simulated("/sim/calls").await?;
        let calls = calls.as_array().context("no calls")?.iter();
        Ok(calls
            .filter(|c| c["name"] == "sendChatMessage")
            .filter_map(|c| {
                let at = chrono::DateTime::parse_from_rfc3339(c["at"].as_str()?).ok()?;
                Some((c["params"]["message"].as_str()?.to_owned(), at.timestamp_millis()))
            })
            .collect())
    }

    /// CPU time of the server so far.
    pub fn cpu(&self) -> anyhow::Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.server.0.id()))?;
        // The name, in parentheses, may hold blanks; user and system time are the 14th and 15th field.
        let after = stat.rsplit(") ").next().unwrap_or_default();
        let ticks: u64 = after
            .split(' ')
            .skip(11)
            .take(2)
            .filter_map(|t| t.parse::<u64>().ok())
            .sum();
        Ok(Duration::from_millis(ticks * 10))
    }

    async fn simulated(&self, path: &str) -> anyhow::Result<Value> {
        Ok(self
            .http
            .get(format!("{}{path}", self.sim))
            .send()
            .await?
            .json()
            .await?)
    }

    /// `GET` of the API, as the presenter.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let asked = self.http.get(format!("{}/api/v1{path}", self.base));
        Ok(asked.bearer_auth(&self.presenter).send().await?.json().await?)
    }

    async fn post(&self, path: &str, token: &str, body: &Value) -> anyhow::Result<Value> {
        let mut asked = self.http.post(format!("{}/api/v1{path}", self.base)).bearer_auth(token);
        if !body.is_null() {
            asked = asked.json(body);
        }
        let answer = asked.send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        if !status.is_success() {
            bail!("POST {path}: {status} {text}");
        }
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }
}

fn http() -> anyhow::Result<reqwest::Client> {
    // The library has no TLS provider of its own in our build, and wants one also where it is not used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(reqwest::Client::builder().no_proxy().build()?)
}

async fn run(command: Command, input: &str) -> anyhow::Result<String> {
    let mut child = tokio::process::Command::from(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(input.as_bytes()).await?;
    }
    let done = child.wait_with_output().await?;
    ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}
