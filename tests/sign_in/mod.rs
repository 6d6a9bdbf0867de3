//! Signing in by other houses, each a real server: CAS (`django-cas-server`), OpenID Connect (`oidc-provider`), a directory (slapd), a
//! reverse proxy (nginx). `ops/test` installs them.

mod browser;
mod cas;
mod directory;
mod oidc;
mod proxy;
mod sessions;
mod visitor;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Process, SECRET, Server, Sim, SimOptions, eventually, tail};
pub use visitor::Visitor;

/// How long a server of another house may take to start, on a machine where much else runs.
const START: Duration = Duration::from_secs(90);

/// Where `ops/test` puts what it installs.
fn installed(what: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target").join(what);
    assert!(path.exists(), "{} is not there: ops/test installs it", path.display());
    path
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts").join(name)
}

/// Another house's server; ends with its test.
struct House {
    base: String,
    folder: TempDir,
    _process: Process,
}

impl House {
    /// Starts it and waits until it answers at `path`.
    async fn start(mut command: Command, folder: TempDir, base: String, path: &str) -> Self {
        let log = folder.path().join("house.log");
        let mut process = Process::start(&mut command, &log);
        let http = amphi::outgoing::builder().build().expect("client");
        eventually(START, "the other house answers", async || {
            assert!(process.runs(), "it ended at its start:\n{}", tail(&log, 30));
            match http.get(format!("{base}{path}")).send().await {
                Ok(answer) if answer.status().is_success() => Ok(()),
                Ok(answer) => Err(answer.status().to_string()),
                Err(error) => Err(error.to_string()),
            }
        })
        .await;
        Self {
            base,
            folder,
            _process: process,
        }
    }

    /// What it tells of its people from now on.
    fn tells(&self, people: &Value) {
        tell(self.folder.path(), people);
    }
}

fn tell(folder: &Path, people: &Value) {
    std::fs::write(folder.join("people.json"), people.to_string()).expect("people");
}

/// A server that people sign in to.
struct Here {
    server: Server,
    _sim: Sim,
    _folder: TempDir,
}

impl Here {
    /// Not started: its address is wanted by the other house first.
    async fn new(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let sim = Sim::start(folder.path(), &SimOptions::default()).await;
        let server = Server::new(folder.path(), &sim.bbb_url(), SECRET, settings);
        Self {
            server,
            _sim: sim,
            _folder: folder,
        }
    }
}
