//! The other servers, each with one worker, as `peers/install` has put them there.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use super::Which;
use super::protocol::Wire;
use super::server::{Server, Way, free_port};

/// Where they are.
pub struct Peers {
    /// Of handlers and configurations, in the repository.
    sources: PathBuf,
    /// Of what was installed.
    installed: PathBuf,
}

fn one(pattern: &str, folder: &Path) -> anyhow::Result<PathBuf> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    entries
        .flatten()
        .map(|e| e.path())
        .find(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with(pattern)))
        .with_context(|| format!("no {pattern}… in {}", folder.display()))
}

impl Peers {
    /// Installs what is missing.
    pub fn install(sources: &Path, target: &Path) -> anyhow::Result<Self> {
        let installed = Command::new(sources.join("install"))
            .env("CARGO_TARGET_DIR", target)
            .status()
            .context("peers/install")?;
        anyhow::ensure!(installed.success(), "the peers can't be installed");
        Ok(Self {
            sources: sources.canonicalize()?,
            installed: target.join("peers").canonicalize()?,
        })
    }

    /// A configuration with its placeholders filled.
    fn configured(&self, name: &str, folder: &Path, values: &[(&str, &str)]) -> anyhow::Result<PathBuf> {
        let mut text = std::fs::read_to_string(self.sources.join(name))?;
        for (placeholder, value) in values {
            text = text.replace(placeholder, value);
        }
        let path = folder.join(name);
        std::fs::write(&path, text)?;
        Ok(path)
    }

    fn erlang(&self, port: u16) -> anyhow::Result<Command> {
        let root = self.installed.join("root/usr/lib/erlang");
        let bin = one("erts-", &root)?.join("bin");
        let rabbit = one("rabbitmq_server-", &self.installed.join("root/usr/lib/rabbitmq/lib"))?.join("plugins");
        let mut command = Command::new(bin.join("erlexec"));
        command
            .env("ROOTDIR", &root)
            .env("BINDIR", &bin)
            .env("EMU", "beam")
            .env("PROGNAME", "erl")
            .args([
                "-boot",
                "start_clean",
                "-noinput",
                "+S",
                "1:1",
                "+SDcpu",
                "1:1",
                "+SDio",
                "1",
                "+Q",
                "65536",
            ])
            .arg("-pa")
            .arg(&self.installed);
        for plugin in ["cowboy-", "cowlib-", "ranch-"] {
            command.arg(one(plugin, &rabbit)?.join("ebin"));
        }
        command.args(["-s", "room", "start", &port.to_string()]);
        Ok(command)
    }

    /// Starts one.
    pub async fn start(&self, which: Which, dir: &Path) -> anyhow::Result<Server> {
        let folder = tempfile::Builder::new().prefix("peer-").tempdir_in(dir)?;
        let port = free_port()?;
        let shown = folder.path().display().to_string();
        let (wire, path, posters) = match which {
            Which::Nchan => (Wire::Nchan, "/sub", 32),
            Which::Nats => (Wire::Nats, "/", 1),
            _ => (Wire::Plain, "/room", 1),
        };
        let venv = self.installed.join("venv/bin");
        let mut command = match which {
            Which::Nchan => {
                let module = self.installed.join("root/usr/lib/nginx/modules/ngx_nchan_module.so");
                let module = module.display().to_string();
                let values = [("FOLDER", &*shown), ("MODULE", &module), ("PORT", &port.to_string())];
                let file = self.configured("nchan.conf", folder.path(), &values)?;
                let mut command = Command::new(self.installed.join("root/usr/sbin/nginx"));
                command.arg("-p").arg(folder.path()).arg("-c").arg(file);
                command
            }
            Which::Uws => {
                let mut command = Command::new(venv.join("python"));
                command.arg(self.sources.join("uws.py")).arg(port.to_string());
                command
            }
            Which::Cowboy => self.erlang(port)?,
            Which::Nats => {
                let plain = free_port()?.to_string();
                let values = [("PLAIN", &*plain), ("PORT", &port.to_string())];
                let file = self.configured("nats.conf", folder.path(), &values)?;
                let mut command = Command::new(venv.join("nats-server"));
                command.arg("-c").arg(file).env("GOMAXPROCS", "1");
                command
            }
            Which::Ws => {
                let mut command = Command::new("node");
                command
                    .arg(self.sources.join("ws.cjs"))
                    .arg(port.to_string())
                    .env("NODE_PATH", self.installed.join("npm/node_modules"));
                command
            }
            Which::Channels => {
                let mut command = Command::new(venv.join("daphne"));
                command
                    .args([
                        "-b",
                        "127.0.0.1",
                        "-p",
                        &port.to_string(),
                        "-v",
                        "0",
                        "channels_room:application",
                    ])
                    .env("PYTHONPATH", &self.sources)
                    .env("PYTHONDONTWRITEBYTECODE", "1");
                command
            }
            Which::Amphi | Which::AmphiOff => anyhow::bail!("{which:?} is no peer"),
        };
        command.current_dir(folder.path());
        let way = Way {
            wire,
            address: ([127, 0, 0, 1], port).into(),
            path: path.to_owned(),
            cookies: Vec::new(),
            posters,
        };
        let mut server = Server::start(&mut command, way, folder.path().join("said")).await?;
        server.folder = Some(folder);
        Ok(server)
    }
}
