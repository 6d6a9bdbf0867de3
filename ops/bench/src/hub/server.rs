//! A server that runs, whichever it is.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::net::TcpStream;

use super::protocol::Wire;
use super::{http, proc};

/// From 20 000 on.
const PORTS: u16 = 10_000;

/// How a server is spoken to.
#[derive(Debug, Clone)]
pub struct Way {
    pub wire: Wire,
    pub address: SocketAddr,
    pub path: String,
    /// `Cookie` of people, by their number.
    pub cookies: Vec<String>,
    pub posters: usize,
}

/// A process that serves, and ends with this value.
pub struct Server {
    child: Child,
    pub way: Way,
    /// Where its words go.
    log: PathBuf,
    /// Held as long as the server runs, where it has files.
    pub folder: Option<tempfile::TempDir>,
}

/// A port that nobody has now, below those that clients' sockets are given.
pub fn free_port() -> anyhow::Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    for _ in 0..PORTS {
        let offset = NEXT
            .fetch_add(1, Ordering::Relaxed)
            .wrapping_add(std::process::id() as u16);
        let port = 20_000 + offset % PORTS;
        if std::net::TcpListener::bind(("0.0.0.0", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no free port")
}

/// Starts a process in a group of its own, its words in a file.
pub fn spawn(command: &mut Command, log: &Path) -> anyhow::Result<Child> {
    let out = File::options().create(true).append(true).open(log)?;
    let name = command.get_program().to_string_lossy().into_owned();
    command
        .stdin(Stdio::null())
        .stdout(out.try_clone()?)
        .stderr(out)
        .process_group(0)
        .spawn()
        .with_context(|| format!("{name} can't be started"))
}

impl Server {
    /// Starts it, and waits until its port is open.
    pub async fn start(command: &mut Command, way: Way, log: PathBuf) -> anyhow::Result<Self> {
        let child = spawn(command, &log)?;
        let mut server = Self {
            child,
            way,
            log,
            folder: None,
        };
        server.listens().await?;
        Ok(server)
    }

    /// Waits until its port is open.
    pub async fn listens(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        while TcpStream::connect(self.way.address).await.is_err() {
            if let Some(ended) = self.child.try_wait()? {
                bail!("the server ended at its start: {ended}\n{}", self.said());
            }
            if began.elapsed() > Duration::from_mins(1) {
                bail!("the server does not listen\n{}", self.said());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Waits until Amphi takes requests.
    pub async fn ready(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        while let Err(why) = http::ask(self.way.address, "GET", "/health/ready", "", "").await {
            if began.elapsed() > Duration::from_mins(1) {
                bail!("not ready: {why}\n{}", self.said());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// SIGTERM, and waits for the end.
    pub async fn end(&mut self) -> anyhow::Result<()> {
        Command::new("kill").arg(self.child.id().to_string()).status()?;
        let began = Instant::now();
        while self.child.try_wait()?.is_none() {
            if began.elapsed() > Duration::from_secs(20) {
                bail!("the server does not end\n{}", self.said());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// SIGKILL, and the same again on the same files.
    pub async fn kill_and_start(&mut self, command: &mut Command) -> anyhow::Result<()> {
        self.kill();
        self.child = spawn(command, &self.log)?;
        self.listens().await
    }

    /// The end of what it said.
    pub fn said(&self) -> String {
        let said = std::fs::read(&self.log).unwrap_or_default();
        let from = said.len().saturating_sub(2_000);
        String::from_utf8_lossy(said.get(from..).unwrap_or_default()).into_owned()
    }

    /// CPU seconds so far.
    pub fn cpu(&self) -> f64 {
        proc::cpu(self.child.id())
    }

    /// Proportional memory now, in KiB.
    pub fn pss(&self) -> u64 {
        proc::pss(self.child.id())
    }

    /// Counters of `/metrics`, those without labels; none where it isn't Amphi.
    pub async fn counters(&self) -> anyhow::Result<BTreeMap<String, u64>> {
        if self.way.wire != Wire::Amphi {
            return Ok(BTreeMap::new());
        }
        let text = http::ask(self.way.address, "GET", "/metrics", "", "").await?;
        Ok(text
            .lines()
            .filter_map(|l| l.split_once(' '))
            .filter_map(|(name, value)| Some((name.strip_prefix("amphi_")?.to_owned(), value.parse().ok()?)))
            .collect())
    }

    fn kill(&mut self) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill")
            .args(["-KILL", "--", &group])
            .stderr(Stdio::null())
            .status();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
