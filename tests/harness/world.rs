//! Simulators, server and people of one test, in a folder of its own.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::sim::SECRET;
use super::wait::eventually;
use super::{Person, Server, Sim, SimOptions};

/// How a world is made.
#[derive(Default)]
pub struct WorldOptions {
    pub sim: SimOptions,
    /// Settings of the server, by their names in lower case.
    pub settings: Vec<(&'static str, &'static str)>,
    /// Kinds of gateways that an administrator adds, in this order; none = all there are.
    pub adds: Option<Vec<&'static str>>,
}

/// Everything of one test.
pub struct World {
    pub server: Server,
    pub sim: Sim,
    pub admin: Person,
    pub presenter: Person,
    /// Gateways' ids, by the simulators' name.
    pub gateways: Vec<(String, String)>,
    _folder: TempDir,
}

/// What is planned.
#[derive(Debug, Clone)]
pub struct Plan {
    pub meeting: String,
    pub event: String,
}

/// Now and so many seconds, as the interface writes times.
pub fn rfc3339(in_seconds: i64) -> String {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("a clock after 1970");
    let at = chrono::DateTime::from_timestamp(now.as_secs() as i64 + in_seconds, 0).expect("a time");
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

impl World {
    /// Simulators with a gateway of generation 2, a server, an administrator and a presenter.
    pub async fn new() -> Self {
        Self::with(WorldOptions {
            adds: Some(vec!["g2"]),
            ..WorldOptions::default()
        })
        .await
    }

    pub async fn with(options: WorldOptions) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let sim = Sim::start(folder.path(), &options.sim).await;
        let server = Server::new(folder.path(), &sim.bbb_url(), SECRET, &options.settings);
        server.start().await;
        let admin = server.person("ada", "Ada Admin", "administrator").await;
        let presenter = server.person("paul", "Paul Présentateur", "staff").await;
        let mut world = Self {
            server,
            sim,
            admin,
            presenter,
            gateways: vec![],
            _folder: folder,
        };
        for gateway in world.sim.gateways().await {
            let kind = gateway["generation"].as_str().expect("kind");
            if options.adds.as_ref().is_none_or(|adds| adds.contains(&kind)) {
                let added = world
                    .add_gateway(&gateway, gateway["token"].as_str().expect("token"))
                    .await
                    .ok();
                let name = gateway["name"].as_str().expect("name").to_owned();
                world
                    .gateways
                    .push((name, added["id"].as_str().expect("id").to_owned()));
            }
        }
        world
    }

    /// Adds a broadcaster and a gateway of the simulators, as an administrator does.
    pub async fn add_gateway(&self, gateway: &Value, token: &str) -> super::Answer {
        let broadcaster = json!({ "name": format!("HLS {}", gateway["name"]), "hls_url": gateway["hls_url"] });
        let broadcaster = self.admin.post("/broadcasters", &broadcaster).await.ok();
        let mut new = json!({
            "name": gateway["name"], "broadcaster": broadcaster["id"], "rtmp_url": gateway["rtmp_url"],
            "server_url": gateway["server_url"], "token": token,
        });
        // An encoder has no address and no token, and can't be found out.
        if gateway["generation"] == "encoder" {
            new["generation"] = json!("encoder");
            for name in ["server_url", "token"] {
                new.as_object_mut().expect("an object").remove(name);
            }
        }
        if !gateway["gw_id"].is_null() {
            new["gw_id"] = gateway["gw_id"].clone();
        }
        self.admin.post("/gateways", &new).await
    }

    /// A webinar with chat that begins now and lasts an hour.
    pub fn webinar(name: &str) -> Value {
        json!({ "name": name, "starts_at": rfc3339(0), "duration_s": 3600, "is_webinar": true, "enable_chat": true })
    }

    /// Plans a webinar that begins now.
    pub async fn plan(&self, name: &str) -> Plan {
        let made = self.presenter.post("/meetings", &Self::webinar(name)).await.ok();
        let text = |v: &Value| v.as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
        Plan {
            meeting: text(&made["id"]),
            event: text(&made["event"]),
        }
    }

    pub async fn start(&self, plan: &Plan) {
        self.presenter
            .post(&format!("/meetings/{}/start", plan.meeting), &Value::Null)
            .await
            .ok();
    }

    pub async fn end(&self, plan: &Plan) {
        self.presenter
            .post(&format!("/meetings/{}/end", plan.meeting), &Value::Null)
            .await
            .ok();
    }

    /// Waits until `found` finds something in `GET /meetings/{id}/state`.
    pub async fn state<T>(&self, plan: &Plan, bound: Duration, what: &str, found: impl Fn(&Value) -> Option<T>) -> T {
        eventually(bound, what, async || {
            let state = self.presenter.state(&plan.meeting).await;
            match found(&state) {
                Some(found) => Ok(found),
                None => Err((
                    state.to_string(),
                    self.sim
                        .last_calls(15)
                        .await
                        .lines()
                        .map(str::to_owned)
                        .collect::<Vec<_>>(),
                )),
            }
        })
        .await
    }

    /// Waits until the live is in this state.
    pub async fn live(&self, plan: &Plan, bound: Duration, word: &str) -> Value {
        self.state(plan, bound, &format!("live {word}"), |s| {
            (s["live"]["state"] == word).then(|| s.clone())
        })
        .await
    }

    /// Waits until the room is open, and lets the presenter in, so that chat reaches somebody.
    pub async fn open(&self, plan: &Plan) {
        self.state(plan, Duration::from_secs(15), "the room is open", |s| {
            (s["meeting"]["state"] == "open").then_some(())
        })
        .await;
        self.sim.enter(&plan.meeting, "Somebody in the room").await;
    }

    /// Starts, and waits until it is on air.
    pub async fn on_air(&self, plan: &Plan) {
        self.start(plan).await;
        self.open(plan).await;
        self.live(plan, Duration::from_secs(30), "on_air").await;
    }

    /// Waits until no gateway runs anything.
    pub async fn all_quiet(&self, bound: Duration) {
        eventually(bound, "no gateway runs", async || {
            let running = self.sim.running().await;
            if running.is_empty() {
                Ok(())
            } else {
                Err((running, self.sim.last_calls(15).await))
            }
        })
        .await;
    }
}
