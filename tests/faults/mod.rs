//! The bad days: `docs/faults.md` names a test of this module in each of its rows. Each asserts what people see and
//! what the log says, so it fails when the handling is taken out.

mod bbb;
mod bridge;
mod clock;
pub mod delivery;
mod disk;
mod files;
mod fsync;
mod gateway;
mod mounted;
mod playlist;
mod sockets;
mod table;
mod takeover;

pub use fsync::Shim;

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Plan, Server, SimOptions, Viewer, World, WorldOptions, eventually, rfc3339};

/// Enough for what takes a second on a machine where much else runs.
const SOON: Duration = Duration::from_secs(20);
/// For what takes several tries.
const LATER: Duration = Duration::from_secs(40);

/// A world with one gateway of a generation, and these settings.
async fn world(gateway: &'static str, settings: Vec<(&'static str, &'static str)>) -> World {
    let sim = SimOptions {
        gateways: gateway,
        ..SimOptions::default()
    };
    World::with(WorldOptions {
        sim,
        settings,
        adds: None,
    })
    .await
}

/// The log's events, as `amphi audit events` prints them, also beside a running server.
async fn events(server: &Server) -> Vec<Value> {
    let printed = server.run(&["audit", "events"], None).await.ok();
    let lines = printed.lines().filter(|l| !l.is_empty());
    lines
        .map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{l}: {e}")))
        .collect()
}

/// Data of the events of a type, in order.
pub async fn told(server: &Server, kind: &str) -> Vec<Value> {
    let all = events(server).await;
    all.iter()
        .filter(|e| e["type"] == kind)
        .map(|e| e["data"].clone())
        .collect()
}

/// Types of the events of a stream, in order.
async fn story(server: &Server, stream: &str) -> Vec<String> {
    let all = events(server).await;
    let ours = all.iter().filter(|e| e["stream"] == stream);
    ours.map(|e| e["type"].as_str().expect("a type").to_owned()).collect()
}

/// Fails unless these stand in this order among the types.
#[track_caller]
fn in_order(types: &[String], wanted: &[&str]) {
    let mut at = 0;
    for kind in wanted {
        let found = types[at..].iter().position(|t| t == kind);
        at += found.unwrap_or_else(|| panic!("{kind} is not told, or not in its place: {types:?}")) + 1;
    }
}

/// Waits until the folder's own note of how far the log is (it is written once a second) has reached this event.
async fn noted(server: &Server, event: &Value) {
    eventually(SOON, "log.mark is up to date", async || {
        let text = std::fs::read_to_string(server.data.join("log.mark")).unwrap_or_default();
        let mark: Value = serde_json::from_str(&text).unwrap_or_default();
        if mark["position"].as_i64() >= event["position"].as_i64() {
            Ok(())
        } else {
            Err(text)
        }
    })
    .await;
}

/// `/health/ready`: its status, and its rows.
async fn health(server: &Server) -> (u16, Value) {
    let asked = server.http().get(format!("{}/health/ready", server.base)).send().await;
    let answer = asked.expect("the server answers");
    let status = answer.status().as_u16();
    (
        status,
        serde_json::from_str(&answer.text().await.expect("text")).expect("JSON"),
    )
}

/// What `/health/ready` says of one thing.
fn row<'a>(rows: &'a Value, what: &str) -> &'a Value {
    let found = rows.as_array().and_then(|r| r.iter().find(|c| c["what"] == what));
    found.unwrap_or_else(|| panic!("no {what} in {rows}"))
}

/// A start that ends by itself: its exit status and what it said on standard error.
async fn start_refused(server: &Server, flags: &[&str]) -> (Option<i32>, String) {
    let mut serve = vec!["serve"];
    serve.extend(flags);
    let ours = server.command(&serve);
    // Should it run after all, it must not outlive the test.
    let mut command = Command::new("timeout");
    command
        .args(["-k", "1", "25"])
        .arg(ours.get_program())
        .args(ours.get_args());
    command.env_clear();
    for (name, value) in ours.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    let done = tokio::task::spawn_blocking(move || command.output().expect("timeout runs"));
    let done = done.await.expect("a command");
    (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
}

/// The one clear line of a start that was refused: exit status 1, and these words in the last line.
#[track_caller]
fn one_line(refused: &(Option<i32>, String), words: &[&str]) {
    let (status, said) = refused;
    assert_eq!(*status, Some(1), "{said}");
    // What the program writes about its work goes to standard error too; the reason is its last line.
    let last = said.lines().last().unwrap_or_default();
    assert!(
        words.iter().all(|w| last.contains(w)),
        "{words:?} in {last:?}\nof: {said}"
    );
    assert!(!said.contains("panicked"), "{said}");
}

/// A viewer who is signed in as the presenter.
async fn watching(world: &World, plan: &Plan) -> Viewer {
    Viewer::of(&world.server, &plan.event, Some(&world.presenter)).await
}

/// Waits until the live page's state says why.
async fn why(viewer: &Viewer, word: &str) -> Value {
    viewer.state(LATER, json!({ "why": word })).await
}

/// Plans a webinar whose planned end comes so soon (in whole seconds).
async fn plan_that_ends_in(world: &World, seconds: i64) -> Plan {
    let mut new = World::webinar("Ends soon");
    new["starts_at"] = rfc3339(seconds - 1_800).into();
    new["duration_s"] = 1_800.into();
    let made = world.presenter.post("/meetings", &new).await.ok();
    let text = |v: &Value| v.as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
    Plan {
        meeting: text(&made["id"]),
        event: text(&made["event"]),
    }
}
