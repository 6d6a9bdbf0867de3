//! What the demo remembers from one start to the next, and what it publishes.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::accounts;

/// What is published (surface §1); it is there once everything is.
pub const DEMO: &str = "demo.json";
/// What is remembered.
pub const SEED: &str = "demo-seed.json";

/// A room.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Room {
    /// The meeting.
    pub id: String,
    /// Its live.
    pub event: String,
    /// `now`, `beside` (now as well), `tomorrow` or `over`.
    pub what: String,
}

/// What is remembered.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Seed {
    /// The simulators' port.
    pub sim_port: Option<u16>,
    /// API tokens by login.
    pub tokens: BTreeMap<String, String>,
    /// Persons' ids by login.
    pub persons: BTreeMap<String, String>,
    /// The rooms.
    pub meetings: Vec<Room>,
}

impl Seed {
    /// What the last start remembered.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn read(data: &Path) -> anyhow::Result<Self> {
        let path = data.join(SEED);
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .with_context(|| format!("{}: no seed of a demo; begin anew with --fresh", path.display())),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(e) => Err(e).with_context(|| path.display().to_string()),
        }
    }

    /// Remembers.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write(&self, data: &Path) -> anyhow::Result<()> {
        replace(&data.join(SEED), &serde_json::to_vec_pretty(self)?)
    }

    /// Somebody's token.
    ///
    /// # Errors
    /// There is none.
    pub fn token(&self, login: &str) -> anyhow::Result<&str> {
        self.tokens
            .get(login)
            .map(String::as_str)
            .with_context(|| format!("{login} has no token"))
    }

    /// A room by what it is.
    ///
    /// # Errors
    /// There is none.
    pub fn room(&self, what: &str) -> anyhow::Result<&Room> {
        let found = self.meetings.iter().find(|m| m.what == what);
        found.with_context(|| format!("no room of {what}"))
    }

    /// Writes `demo.json`.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn publish(&self, data: &Path, base: &str, sim: &str) -> anyhow::Result<()> {
        let accounts: Vec<_> = accounts::ALL
            .iter()
            .map(|a| {
                json!({
                    "login": a.login, "name": a.name, "role": a.role.as_str(),
                    "password": accounts::password(a.login), "token": self.tokens.get(a.login),
                })
            })
            .collect();
        let demo = json!({ "base": base, "sim": sim, "accounts": accounts, "meetings": self.meetings });
        replace(&data.join(DEMO), &serde_json::to_vec_pretty(&demo)?)
    }
}

/// Beside it first, then renamed: whoever waits for the file never reads half of it.
fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let beside = path.with_extension("json.new");
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(bytes)?;
        file.write_all(b"\n")?;
        std::fs::rename(&beside, path)
    };
    write().with_context(|| path.display().to_string())
}
