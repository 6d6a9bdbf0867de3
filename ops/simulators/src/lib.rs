//! A simulated BigBlueButton, simulated gateways and a simulated HLS server, on one port.
//!
//! They are written from the contracts alone and share no code with the clients they test: a
//! simulator that borrows the client's code agrees with the client's mistakes.

// Here the simulators are the outside world: they keep the time of the machine and their own dice.
#![allow(clippy::disallowed_methods)]
// An outcome is an HTTP answer, however it is returned.
#![allow(clippy::result_large_err)]

pub mod bbb;
pub mod control;
pub mod faults;
pub mod gateways;
pub mod hls;
pub mod http;
pub mod journal;
pub mod robot;
pub mod room_page;
mod room_page_assets;
pub mod settings;

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use faults::{Fault, Faults};
pub use journal::Journal;
pub use settings::{HookAuth, Settings, SettingsChange, SimConfig};

/// Everything simulated, shared by all handlers.
pub struct Sim {
    /// `http://ADDR`, without a trailing slash.
    pub base: String,
    /// Every call received.
    pub journal: Journal,
    /// The faults in force.
    pub faults: Faults,
    /// The simulated BBB.
    pub bbb: bbb::Bbb,
    /// The simulated gateways.
    pub gateways: gateways::Gateways,
    /// The simulated HLS server.
    pub hls: hls::Hls,
    /// See [`SimConfig::redis_port`].
    pub redis_port: Option<u16>,
    settings: RwLock<Settings>,
}

impl Sim {
    /// The settings in force now.
    pub fn settings(&self) -> Settings {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the settings in force.
    pub fn change_settings(&self, change: SettingsChange) {
        self.settings
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .change(change);
    }

    /// Origin under which browsers reach the BBB, without a trailing slash.
    pub fn bbb_base(&self) -> String {
        self.settings().bbb_base.unwrap_or_else(|| self.base.clone())
    }

    /// Where a robot that is not told a domain finds its rooms, for instance
    /// `http://127.0.0.1:8000/robot`: the setting, else the host of the latest `meta_endCallbackUrl`.
    pub fn robot_base(&self) -> Option<String> {
        match self.settings().robot_domain {
            Some(domain) => Some(bbb::state::with_scheme(&domain)),
            None => self.bbb.robot_base_of_latest_create(),
        }
    }
}

/// The simulators at work.
pub struct Running {
    /// The address listened to, with the real port.
    pub addr: SocketAddr,
    /// What is simulated.
    pub sim: Arc<Sim>,
    server: JoinHandle<()>,
    clock: JoinHandle<()>,
}

impl Running {
    /// Stops listening, lets go of the connections held open, and ends every task of the BBB.
    pub async fn stop(mut self) {
        self.sim.faults.closing().cancel();
        self.clock.abort();
        // A stream still being written must not keep a test from ending.
        if tokio::time::timeout(Duration::from_secs(2), &mut self.server)
            .await
            .is_err()
        {
            self.server.abort();
        }
    }

    /// Waits until the server ends by itself (it does not, unless it failed).
    pub async fn wait(self) {
        drop(self.server.await);
    }
}

/// Starts the simulators.
pub async fn start(config: SimConfig) -> anyhow::Result<Running> {
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("listening on {}", config.listen))?;
    let addr = listener.local_addr()?;
    let base = format!("http://{addr}");
    let sim = Arc::new(Sim {
        journal: Journal::new(),
        faults: Faults::new(),
        bbb: bbb::Bbb::new(config.secret.clone())?,
        gateways: gateways::Gateways::new(config.gateways.clone(), &base),
        hls: hls::Hls::new(),
        redis_port: config.redis_port,
        settings: RwLock::new(Settings::of(&config)),
        base,
    });
    let clock = tokio::spawn(bbb::clock::run(Arc::clone(&sim)));
    let app = router(Arc::clone(&sim));
    let closing = sim.faults.closing().clone();
    let server = tokio::spawn(async move {
        let serving = axum::serve(listener, app).with_graceful_shutdown(closing.cancelled_owned());
        if let Err(error) = serving.await {
            tracing::error!(%error, "the simulators stopped serving");
        }
    });
    Ok(Running {
        addr,
        sim,
        server,
        clock,
    })
}

/// All routes of the simulators.
pub fn router(sim: Arc<Sim>) -> Router {
    Router::new()
        .merge(bbb::router())
        .merge(room_page::router())
        .merge(bbb::recordings::router())
        .nest("/sim", control::router())
        .nest("/gateways", gateways::router())
        .nest("/hls", hls::router())
        .with_state(sim)
}
