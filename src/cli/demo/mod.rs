//! `amphi demo`: the server, a simulated BBB and simulated gateways in one process, with accounts and rooms. What it does
//! to the server it does through the server's own API, as anybody could.

mod accounts;
mod api;
mod crowd;
mod crowd_lines;
mod door;
mod equipment;
mod folder;
mod mails;
mod rooms;
mod seed;
mod stage;
mod tour;
mod words;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use amphi_events::Sources;
use amphi_events::store::MasterKey;
use amphi_sim::{SettingsChange, SimConfig, gateways::Kind};
use amphi_web::in_force::{InForce, Shown, Whence};
use anyhow::Context as _;
use secrecy::SecretString;

use self::api::Api;
use self::door::Door;
use self::seed::Seed;
use self::stage::{Scene, Stage};
use self::words::Words;
use super::common::print;
use super::serve::{Counter, Signals, until_signal};
use super::tracing_setup;
use crate::app;
use crate::config::{Config, Given};

pub use folder::KEY_FILE;

/// Intervals that make a demonstration lively; the environment may say otherwise.
const LIVELY: &[(&str, &str)] = &[
    ("AMPHI_ROOM_POLL", "3"),
    ("AMPHI_ROOM_CONFIRM", "1"),
    ("AMPHI_GATEWAY_SCOUT", "15"),
    ("AMPHI_LATE_START", "5"),
    // What was mended heals while somebody looks on, and whatever is broken for long is not given up.
    ("AMPHI_RETRY_MOST", "4"),
    ("AMPHI_GATEWAY_POLL", "4"),
    ("AMPHI_HEAL_AFTER", "15"),
    ("AMPHI_FENCE_AFTER", "5"),
    ("AMPHI_MOST_FAILURES", "1000"),
    ("AMPHI_LOG_LEVEL", "error"),
];

/// Not taken from the environment: a demo never touches the folder or the BBB of a real server.
const OWN: &[&str] = &[
    "AMPHI_LISTEN",
    "AMPHI_PUBLIC_URL",
    "AMPHI_DATA",
    "AMPHI_BBB_URL",
    "AMPHI_BBB_SECRET",
    "AMPHI_BBB_SECRET_FILE",
    "AMPHI_BBB_DIGEST",
    "AMPHI_MASTER_KEY_FILE",
];

/// The demo.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Address and port; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8000")]
    listen: SocketAddr,
    /// Data folder [default: amphi-demo in $XDG_DATA_HOME, else in ~/.local/share]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Begins anew: empties the folder first, if it is a demo's
    #[arg(long)]
    fresh: bool,
}

fn config() -> anyhow::Result<Config> {
    let mut given = Given::process(None, Vec::new());
    given
        .environment
        .retain(|name, _| !OWN.contains(&name.as_str()) && name != "AMPHI_CONFIG");
    for (name, value) in LIVELY {
        given
            .environment
            .entry((*name).to_owned())
            .or_insert_with(|| (*value).to_owned());
    }
    Ok(Config::load(&given)?)
}

/// The settings in force, with what a demo makes for itself.
fn made_here(config: &Config, listen: &str, data: &Path, bbb: &str) -> Vec<InForce> {
    let key = data.join(KEY_FILE);
    let own = [
        ("listen", Shown::Text(listen.to_owned())),
        ("data", Shown::Text(data.display().to_string())),
        ("bbb_url", Shown::Text(format!("{bbb}/bigbluebutton/"))),
        ("bbb_secret", Shown::Secret(true)),
        ("master_key_file", Shown::Text(key.display().to_string())),
        ("smtp_url", Shown::Secret(false)),
    ];
    let mut all = config.in_force.clone();
    for (name, value) in own {
        if let Some(setting) = all.iter_mut().find(|s| s.name == name) {
            (setting.value, setting.whence) = (value, Whence::Demo);
        }
    }
    all
}

/// Runs until a signal.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let config = config()?;
    tracing_setup::start(&config)?;
    crate::descriptors::raise();
    let data = args.data.unwrap_or_else(folder::default);
    folder::prepare(&data, args.fresh)?;
    let signals = Signals::new()?;
    let mut seed = Seed::read(&data)?;
    let sources = Sources::system();
    let secret = sources.token(40);
    let sim = simulators(&seed, &secret).await?;
    seed.sim_port = Some(sim.addr.port());
    seed.write(&data)?;

    let door = Door::open(sim.addr)?;
    let bbb = door.base();
    sim.sim.change_settings(SettingsChange {
        bbb_base: Some(bbb.clone()),
        ..SettingsChange::default()
    });
    let stage = Stage::new(Arc::clone(&sim.sim), door);

    let mut web = config.web();
    web.demo_accounts = accounts::shown();
    web.in_force = made_here(&config, &args.listen.to_string(), &data, &bbb).into();
    let settings = app::Settings {
        listen: args.listen,
        doors: config.doors(),
        // Of an address that stands for all of them nobody can make a link.
        public_url: args
            .listen
            .ip()
            .is_unspecified()
            .then(|| format!("http://127.0.0.1:{}", args.listen.port())),
        data: data.clone(),
        master: MasterKey::load_or_make(&data.join(KEY_FILE), None)?,
        accept_lost_events: config.accept_lost_events,
        bbb_url: format!("{bbb}/bigbluebutton/"),
        bbb_secret: SecretString::from(secret),
        bbb_digest: config.bbb_digest,
        web,
        ways: config.ways()?,
        demo: Some(stage.clone()),
        // A demo writes to nobody: its mails are on its own page.
        post: None,
        import_bytes_max: u64::from(config.import_max_mib) << 20,
        slides: config.slides()?,
        reactors: config.reactors(),
        sources,
    };
    let app = match app::start(settings).await {
        Ok(app) => app,
        Err(e) => {
            sim.stop().await;
            return Err(e.context("the demo did not start (another port: --listen 127.0.0.1:0)"));
        }
    };
    let robots = app.public_url.trim_start_matches("http://").to_owned();
    sim.sim.change_settings(SettingsChange {
        robot_domain: Some(format!("{robots}/robot")),
        ..SettingsChange::default()
    });
    // Before `demo.json`: whoever waits for that may give a command at once.
    let furnished = match Counter::open(&app) {
        Ok(counter) => furnish(&app, &sim, &stage, &mut seed, &data).await.map(|()| counter),
        Err(e) => Err(e),
    };
    let ended = match furnished {
        Ok(counter) => {
            until_signal(app, counter, signals).await;
            Ok(())
        }
        Err(e) => {
            app.stop().await;
            Err(e.context("the demo could not be furnished"))
        }
    };
    sim.stop().await;
    ended
}

/// On the port of the last time, where it is free: the addresses of the gateways stand in the log.
async fn simulators(seed: &Seed, secret: &str) -> anyhow::Result<amphi_sim::Running> {
    let config = |port| SimConfig {
        listen: SocketAddr::from(([127, 0, 0, 1], port)),
        secret: secret.to_owned(),
        // Two webinars at once, and one that is free when one of theirs breaks.
        gateways: vec![Kind::G2, Kind::G5, Kind::G3],
        ..SimConfig::default()
    };
    if let Some(port) = seed.sim_port
        && let Ok(running) = amphi_sim::start(config(port)).await
    {
        return Ok(running);
    }
    amphi_sim::start(config(0)).await.context("the simulators")
}

/// Accounts, gateways and rooms; then `demo.json` and what to open.
async fn furnish(
    app: &app::App,
    sim: &amphi_sim::Running,
    stage: &Stage,
    seed: &mut Seed,
    data: &Path,
) -> anyhow::Result<()> {
    accounts::make(app, seed, data).await?;
    let api = Api::new(&app.public_url, &sim.sim.base)?;
    equipment::set_up(&api, seed, &sim.sim.gateways.list_json()).await?;
    let rooms = rooms::open(&api, seed, data, app.web.sources.now()).await?;
    stage.open(scene(app, seed, data)?).await;
    seed.publish(data, &app.public_url, &sim.sim.base)?;
    let words = Words::of_the_terminal();
    print(&words.welcome(&app.public_url, data))?;
    // The picture needs its gateway and its robot some seconds more; the pages say how far it is.
    tokio::spawn(async move {
        match rooms.wait_on_air(&api).await {
            Ok(()) => drop(print(words.on_air())),
            Err(e) => eprintln!("amphi: {}", super::one_line(&e)),
        }
    });
    Ok(())
}

/// What the tour is about: the room of now.
fn scene(app: &app::App, seed: &Seed, data: &Path) -> anyhow::Result<Scene> {
    let room = seed.room("now")?;
    let guide = accounts::guide();
    let person = seed.persons.get(guide.login).context("the guide has no account")?;
    // An address that stands for all of them is none to connect to.
    let ip = if app.address.ip().is_unspecified() {
        Ipv4Addr::LOCALHOST.into()
    } else {
        app.address.ip()
    };
    Ok(Scene {
        web: app.web.clone(),
        address: SocketAddr::new(ip, app.address.port()).to_string(),
        live: room.event.parse()?,
        meeting: room.id.parse()?,
        guide: (person.parse()?, guide.name.to_owned()),
        data: std::path::absolute(data)?,
    })
}
