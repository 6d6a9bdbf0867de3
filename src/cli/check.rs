//! `amphi check`: a line for each thing that must work, with the mend where it does not.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use amphi_events::broadcaster::{Broadcaster, Protection};
use amphi_events::gateway::{Gateway, Generation};
use amphi_events::log::{EventLog, Filter, SqliteLog};
use amphi_events::streams::fold;
use amphi_events::{Clock, Position, StreamName, SystemClock, Time};
use amphi_web::api::gateways::TOKEN;
use secrecy::SecretString;

use super::common::{Where, print};
use super::folder;
use crate::bbb::{BbbClient, SecretCheck};
use crate::config::{Config, ConfigError};
use crate::gateways::GatewayTimes;
use crate::gateways::detect::{TokenCheck, detect};
use crate::outgoing::HttpClient;

/// BBB refuses nothing for a clock that is off, but sessions and ends are compared with ours.
const CLOCK_OFF_MOST_S: i64 = 5;

/// What is tried.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    at: Where,
}

/// What came of it.
struct Findings {
    bad: bool,
}

impl Findings {
    fn good(what: &str, text: &str) -> anyhow::Result<()> {
        print(&format!("ok    {what}: {text}\n"))
    }

    fn warn(what: &str, text: &str) -> anyhow::Result<()> {
        print(&format!("warn  {what}: {text}\n"))
    }

    fn bad(&mut self, what: &str, text: &str) -> anyhow::Result<()> {
        self.bad = true;
        print(&format!("FAIL  {what}: {text}\n"))
    }
}

/// Tries everything.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut found = Findings { bad: false };
    let config = match args.at.load(Vec::new()) {
        Ok(config) => config,
        Err(e) => {
            found.bad("configuration", &super::one_line(&e))?;
            return Ok(ExitCode::FAILURE);
        }
    };
    let missing = config.missing_for_serve();
    if missing.is_empty() {
        Findings::good("configuration", "complete")?;
    } else {
        found.bad("configuration", &ConfigError::Missing(missing).to_string())?;
    }
    let http = HttpClient::new(&crate::outgoing::Settings::default())?;
    if let Some(data) = &config.data {
        data_folder(&mut found, &config, data).await?;
    }
    clock(&mut found, &config).await?;
    bbb(&mut found, &config, &http).await?;
    if let Some(data) = &config.data {
        if let Err(e) = gateways(&mut found, &config, data, &http).await {
            found.bad("gateways", &super::one_line(&e))?;
        }
        if let Err(e) = broadcasters(data).await {
            found.bad("broadcasters", &super::one_line(&e))?;
        }
        mail(&mut found, data)?;
    }
    if found.bad {
        eprintln!("amphi: something would not work; see the lines above");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// The log of a folder that may be in use: read only. `None`: nothing was written yet.
async fn log(data: &Path) -> anyhow::Result<Option<Arc<SqliteLog>>> {
    let path = data.join("log.db");
    if !path.exists() {
        return Ok(None);
    }
    Ok(Some(SqliteLog::open_read_only(&path).await?))
}

async fn data_folder(found: &mut Findings, config: &Config, data: &Path) -> anyhow::Result<()> {
    let shown = data.display();
    match folder::in_use(data) {
        Ok(true) => Findings::good("data folder", &format!("{shown}, held by a running server"))?,
        Ok(false) if data.is_dir() => Findings::good("data folder", &format!("{shown}, free"))?,
        Ok(false) => Findings::warn("data folder", &format!("{shown} does not exist; the server makes it"))?,
        Err(e) => found.bad(
            "data folder",
            &format!("{}; give the server's account the right to it", super::one_line(&e)),
        )?,
    }
    match log(data).await {
        Ok(None) => Findings::warn("log", "there is none yet; the server makes it")?,
        Ok(Some(log)) => Findings::good(
            "log",
            &format!("{} events at most, id {}", log.head(), log.identity().log_id),
        )?,
        Err(e) => found.bad("log", &super::one_line(&e))?,
    }
    // Not made here: a check writes nothing.
    match &config.master_key_file {
        Some(path) if !path.exists() && data.join("keys.db").exists() => {
            found.bad(
                "master key",
                &format!(
                    "{} is gone, and the keys in the data folder were wrapped with it; put it back",
                    path.display()
                ),
            )?;
        }
        Some(path) if !path.exists() => Findings::warn(
            "master key",
            &format!("{} does not exist; the server makes it", path.display()),
        )?,
        Some(_) => match folder::master_key(config, data) {
            Ok(_) => Findings::good("master key", "readable, outside the data folder")?,
            Err(e) => found.bad("master key", &super::one_line(&e))?,
        },
        None => {}
    }
    Ok(())
}

async fn clock(found: &mut Findings, config: &Config) -> anyhow::Result<()> {
    let Some(base) = &config.bbb_url else { return Ok(()) };
    // BBB's own clock, as its web server tells it; the outgoing client keeps no headers.
    let client = crate::outgoing::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(config.bbb_read)
        .build()?;
    let before = SystemClock.now();
    let Ok(answer) = client.get(&base.0).send().await else {
        return Findings::warn("clock", "not compared: BBB can't be reached");
    };
    let after = SystemClock.now();
    let date = answer
        .headers()
        .get("date")
        .and_then(|d| d.to_str().ok())
        .and_then(|d| chrono::DateTime::parse_from_rfc2822(d).ok());
    let Some(date) = date else {
        return Findings::warn("clock", "not compared: BBB sends no date");
    };
    let ours = Time(i64::midpoint(before.0, after.0));
    // The header has whole seconds: on average half a second has gone since.
    let off = (ours.since_ms(Time(date.timestamp_millis())) - 500) / 1000;
    if off.abs() > CLOCK_OFF_MOST_S {
        return found.bad(
            "clock",
            &format!("{off} s away from BBB's; let both keep time by NTP (`timedatectl set-ntp true`)"),
        );
    }
    Findings::good("clock", &format!("within {} s of BBB's", off.abs().max(1)))
}

async fn bbb(found: &mut Findings, config: &Config, http: &HttpClient) -> anyhow::Result<()> {
    let (Some(base), Some(secret)) = (&config.bbb_url, &config.bbb_secret) else {
        return Ok(());
    };
    let client = match BbbClient::new(&base.0, secret.clone(), config.bbb_digest, http.clone()) {
        Ok(client) => client.with_times(config.bbb_times()),
        Err(e) => return found.bad("BBB address", &e.to_string()),
    };
    if let Err(e) = client.version().await {
        return found.bad(
            "BBB address",
            &format!(
                "{}: {e}; compare it with `bbb-conf --secret` on that server",
                client.base()
            ),
        );
    }
    Findings::good("BBB address", client.base())?;
    match client.check_secret().await {
        Ok(SecretCheck::Good) => Findings::good("BBB secret", "taken"),
        Ok(SecretCheck::OtherDigest(digest)) => {
            let name = format!("{digest:?}").to_lowercase();
            found.bad(
                "BBB secret",
                &format!("right, but this server wants another hash; set AMPHI_BBB_DIGEST={name}"),
            )
        }
        Ok(SecretCheck::Wrong) => found.bad("BBB secret", "refused; take the one that `bbb-conf --secret` prints"),
        Err(e) => found.bad("BBB secret", &format!("can't be tried: {e}")),
    }
}

/// The streams of a kind, in the order in which they began.
async fn streams(log: &dyn EventLog, kind: &str) -> anyhow::Result<Vec<StreamName>> {
    let mut streams = Vec::new();
    let filter = Filter {
        stream_kinds: vec![kind.to_owned()],
        ..Filter::default()
    };
    let mut after = Position(0);
    loop {
        let page = log.read_all(after, &filter, 1000).await?;
        for e in &page.events {
            if !streams.contains(&e.stream) {
                streams.push(e.stream.clone());
            }
        }
        after = page.upto;
        if page.end {
            return Ok(streams);
        }
    }
}

/// A restricted live is restricted here; its picture is as open as its media server.
async fn broadcasters(data: &Path) -> anyhow::Result<()> {
    let Some(log) = log(data).await? else {
        return Ok(());
    };
    for stream in streams(&*log, "broadcaster").await? {
        let looked = fold::<Broadcaster>(&*log, &stream).await;
        let b = looked.map_err(anyhow::Error::msg)?.state;
        let Some(name) = b.name.as_ref().filter(|_| !b.removed) else {
            continue;
        };
        let what = format!("broadcaster {name}");
        if b.protection == Protection::None {
            Findings::warn(
                &what,
                "whoever knows the playlist's address watches, restricted lives too; `Who may watch` in docs/operating.md says how to close it",
            )?;
        } else {
            Findings::good(&what, "its media server keeps strangers out")?;
        }
    }
    Ok(())
}

async fn gateways(found: &mut Findings, config: &Config, data: &Path, http: &HttpClient) -> anyhow::Result<()> {
    let Some(log) = log(data).await? else {
        return Findings::warn("gateways", "none yet; add one under Administration");
    };
    let mut any = false;
    for stream in streams(&*log, "gateway").await? {
        let gateway = fold::<Gateway>(&*log, &stream).await.map_err(anyhow::Error::msg)?.state;
        let Some(setup) = gateway.setup.as_ref().filter(|_| !gateway.removed) else {
            continue;
        };
        any = true;
        let what = format!("gateway {}", setup.name.0);
        if gateway.generation() == Some(Generation::Encoder) {
            Findings::good(&what, "an encoder: there is nobody to ask")?;
            continue;
        }
        let token = match token(config, data, stream.id()).await {
            Ok(token) => token,
            Err(e) => {
                Findings::warn(
                    &what,
                    &format!("its token can't be read ({}): tried without", super::one_line(&e)),
                )?;
                None
            }
        };
        let known = token.is_some();
        let secret = token.unwrap_or_else(|| SecretString::from(String::new()));
        let seen = detect(
            http,
            &setup.server_url.0,
            &secret,
            setup.gw_id.as_deref(),
            GatewayTimes::default(),
        )
        .await;
        if !seen.reachable {
            found.bad(
                &what,
                &format!(
                    "{}: {}; is its address right, and may this machine reach it?",
                    setup.server_url.0, seen.why
                ),
            )?;
            continue;
        }
        match (seen.token, seen.generation) {
            (TokenCheck::Wrong, _) if known => found.bad(
                &what,
                &format!("{}; write the right one under Administration", seen.why),
            )?,
            (_, None) => found.bad(
                &what,
                &format!("answers, but is no gateway that is known: {}", seen.why),
            )?,
            (_, Some(generation)) => Findings::good(&what, &format!("generation {}", generation.as_str()))?,
        }
        if gateway.default_token {
            Findings::warn(
                &what,
                "still has the token of its documentation; give it one of its own",
            )?;
        }
    }
    if any {
        Ok(())
    } else {
        Findings::warn("gateways", "none yet; add one under Administration")
    }
}

/// A gateway's token out of the store, which may be read beside a running server.
async fn token(config: &Config, data: &Path, id: &str) -> anyhow::Result<Option<SecretString>> {
    let path = data.join("store.db");
    if !path.exists() {
        return Ok(None);
    }
    let master = folder::master_key(config, data)?;
    let store = amphi_events::store::Store::open(&path, &master, amphi_events::Sources::system()).await?;
    let found = store.get_secret(TOKEN, id).await;
    store.close().await;
    Ok(found?.map(|text| SecretString::from(text.as_str().to_owned())))
}

fn mail(found: &mut Findings, data: &Path) -> anyhow::Result<()> {
    let folder = data.join("mail");
    if !folder.exists() {
        return Findings::good("mail", "none written yet; mails are put into the data folder's `mail`");
    }
    let probe = folder.join(".amphi-check");
    match std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => Findings::good("mail", &format!("put into {}", folder.display())),
        Err(e) => found.bad(
            "mail",
            &format!(
                "{}: {e}; give the server's account the right to write there",
                folder.display()
            ),
        ),
    }
}
