//! A real Redis, Debian's (`ops/test` installs it), at a free port.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::process::{Process, tail};
use super::wait::eventually;

/// The server.
pub struct Redis {
    pub port: u16,
    process: Process,
}

impl Redis {
    pub async fn start(folder: &Path) -> Self {
        let port = super::free_port();
        let log = folder.join("redis.log");
        let mut command = Command::new("redis-server");
        command
            .args([
                "--bind",
                "127.0.0.1",
                "--port",
                &port.to_string(),
                "--save",
                "",
                "--appendonly",
                "no",
            ])
            .arg("--dir")
            .arg(folder);
        let mut process = Process::start(&mut command, &log);
        eventually(Duration::from_secs(20), "Redis listens", async || {
            let said = tail(&log, 20);
            assert!(process.runs(), "Redis ended, `ops/test` installs it: {said}");
            if said.contains("Ready to accept connections") {
                Ok(())
            } else {
                Err(said)
            }
        })
        .await;
        Self { port, process }
    }

    /// As Amphi is told it.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn kill(&mut self) {
        self.process.kill();
    }
}
