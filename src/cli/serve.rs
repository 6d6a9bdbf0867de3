//! `amphi serve`.

use std::path::PathBuf;
use std::sync::Arc;

use amphi_events::Sources;
use anyhow::{Context as _, bail};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::common::{Where, print};
use super::folder::configured_key;
use super::office::Office;
use super::tracing_setup;
use crate::app::{self, App};
use crate::config::{Config, ConfigError};
use crate::socket;

/// The server.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Address and port (`AMPHI_LISTEN`); port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Origin that people use (`AMPHI_PUBLIC_URL`)
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Address of BBB (`AMPHI_BBB_URL`)
    #[arg(long, value_name = "URL")]
    bbb_url: Option<String>,
    /// File of the master key (`AMPHI_MASTER_KEY_FILE`)
    #[arg(long, value_name = "FILE")]
    master_key_file: Option<PathBuf>,
    /// Start although acknowledged events are lost, with a new epoch
    #[arg(long)]
    accept_lost_events: bool,
    #[command(flatten)]
    at: Where,
}

impl Args {
    fn flags(&self) -> Vec<(String, String)> {
        let path = self.master_key_file.as_ref().map(|p| p.display().to_string());
        [
            ("listen", self.listen.clone()),
            ("public_url", self.public_url.clone()),
            ("bbb_url", self.bbb_url.clone()),
            ("master_key_file", path),
            ("accept_lost_events", self.accept_lost_events.then(|| "true".to_owned())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
    }
}

/// What the composition root is given.
///
/// # Errors
/// A setting is missing, or the master key can't be had.
pub fn settings(config: &Config) -> anyhow::Result<app::Settings> {
    let missing = config.missing_for_serve();
    let (Some(origin), Some(data), Some(bbb), Some(secret), Some(key)) = (
        &config.public_url,
        &config.data,
        &config.bbb_url,
        &config.bbb_secret,
        &config.master_key_file,
    ) else {
        bail!(ConfigError::Missing(missing));
    };
    Ok(app::Settings {
        listen: config.listen,
        doors: config.doors(),
        public_url: Some(origin.0.clone()),
        data: data.clone(),
        master: configured_key(key, data)?,
        accept_lost_events: config.accept_lost_events,
        bbb_url: bbb.0.clone(),
        bbb_secret: secret.clone(),
        bbb_digest: config.bbb_digest,
        web: config.web(),
        ways: config.ways()?,
        demo: None,
        post: config.post()?,
        import_bytes_max: u64::from(config.import_max_mib) << 20,
        slides: config.slides()?,
        reactors: config.reactors(),
        sources: Sources::system(),
    })
}

/// Runs until a signal.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let config = args.at.load(args.flags())?;
    tracing_setup::start(&config)?;
    crate::descriptors::raise();
    let settings = settings(&config)?;
    // Before anything runs: a signal that comes while the log is being opened must not be lost.
    let signals = Signals::new()?;
    let app = app::start(settings).await?;
    let counter = match Counter::open(&app) {
        Ok(counter) => counter,
        Err(e) => {
            app.stop().await;
            return Err(e);
        }
    };
    tracing::info!(address = %app.address, public_url = app.public_url, "listening");
    print(&format!("listening http://{}\n", app.address))?;
    until_signal(app, counter, signals).await;
    Ok(())
}

/// The signals that end the program.
pub struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    /// Listens for them from now on.
    ///
    /// # Errors
    /// The system refuses.
    pub fn new() -> anyhow::Result<Self> {
        let on = |kind| signal(kind).context("signals");
        Ok(Self {
            terminate: on(SignalKind::terminate())?,
            interrupt: on(SignalKind::interrupt())?,
        })
    }

    /// Waits for one; its name.
    pub async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// Answers commands through the socket in the data folder, from here on.
pub struct Counter {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Counter {
    /// Opens it.
    ///
    /// # Errors
    /// The socket can't be made.
    pub fn open(app: &App) -> anyhow::Result<Self> {
        let folder = app.deps.mail_folder.parent().unwrap_or(&app.deps.mail_folder);
        let stop = CancellationToken::new();
        let task = socket::listen(folder, Arc::new(Office::of(app)), stop.clone())
            .with_context(|| format!("the socket {}", folder.join(socket::NAME).display()))?;
        Ok(Self { stop, task })
    }

    async fn close(self) {
        self.stop.cancel();
        // It ends at once unless it panicked, and then there is nothing left to close.
        let _ = self.task.await;
    }
}

/// Runs until a signal, then goes down in order.
pub async fn until_signal(app: App, counter: Counter, mut signals: Signals) {
    let name = signals.next().await;
    tracing::info!(signal = name, "going down");
    counter.close().await;
    app.stop().await;
}
