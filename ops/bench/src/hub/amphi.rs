//! Amphi itself: the real program on a folder in which people have accounts and login sessions, as signing in makes them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use amphi_events::ids::{EventId, PersonId};
use amphi_events::log::EventLog;
use amphi_events::person::{self, PersonCommand, Profile, Role};
use amphi_events::store::{Account, DataFolder, FolderOptions, MasterKey, Place};
use amphi_events::{Act, Aggregates, Scope, Sources, Subject};
use anyhow::Context as _;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::http;
use super::protocol::Wire;
use super::server::{Server, Way, free_port};

/// People who are made at the same time.
const TOGETHER: usize = 64;
/// Sockets that post: a socket has one line under way, and no more than 30 frames in ten seconds.
const POSTERS: usize = 100;
/// Limits that are raised, as the table says.
const RAISED: &[(&str, &str)] = &[
    ("posts_per_10s", "1000000"),
    ("sockets_per_address", "100000"),
    ("sockets", "100000"),
];

/// A folder to copy: people, their sessions, a live with its chat.
pub struct Seed {
    folder: tempfile::TempDir,
    binary: PathBuf,
    port: u16,
    live: String,
    cookies: Vec<String>,
}

/// Makes accounts and login sessions in a data folder; the `Cookie` of each.
async fn people(data: &Path, key: &Path, count: usize) -> anyhow::Result<Vec<String>> {
    let sources = Sources::system();
    let options = FolderOptions {
        accept_lost_events: false,
        sources: sources.clone(),
    };
    let folder = DataFolder::open(data, MasterKey::load_or_make(key, Some(data))?, options).await?;
    let log: Arc<dyn EventLog> = folder.log.clone();
    let aggregates = Aggregates::new(&log, &sources);
    folder.keys.make_scope(&Scope::accounts()).await?;
    let cookies = stream::iter(0..count)
        .map(|n| somebody(n, &folder, &aggregates, &sources))
        .buffered(TOGETHER)
        .try_collect()
        .await?;
    folder.close().await;
    Ok(cookies)
}

/// A person as the program makes one (key, account, event), signed in. The first may plan meetings.
async fn somebody(n: usize, folder: &DataFolder, aggregates: &Aggregates, sources: &Sources) -> anyhow::Result<String> {
    let (id, now): (PersonId, _) = (sources.id(), sources.now());
    let (login, name) = (format!("person-{n}"), format!("Person {n:04}"));
    let role = if n == 0 { Role::Staff } else { Role::User };
    let subject = Subject::person(id);
    folder.keys.make_subject(&subject).await?;
    let account = Account {
        person: id,
        login: login.clone(),
        name: name.clone(),
        role,
        password_hash: None,
        created: now,
    };
    folder.store.insert_account(&account).await?;
    let (stream, event): (_, EventId) = (person::stream(id), sources.id());
    let place = Place {
        stream: &stream,
        event,
        field: "profile",
    };
    let profile = folder
        .keys
        .seal(&place, &subject, &Scope::accounts(), &Profile { login, name })?;
    let command = PersonCommand::Add { role, profile };
    let act = Act::system("bench", now).first_id(event);
    aggregates.people.execute(id, command, act).await?;
    let secret = folder.store.create_session(id, now, &sources.token(26), None).await?;
    Ok(format!("amphi_session={secret}"))
}

impl Seed {
    /// Makes it, in memory where it can: only what is measured has to wait for a disk.
    pub async fn make(binary: &Path, count: usize) -> anyhow::Result<Self> {
        let mut named = tempfile::Builder::new();
        named.prefix("amphi-seed-");
        let folder = named.tempdir_in("/dev/shm").or_else(|_| named.tempdir())?;
        let cookies = people(&folder.path().join("data"), &folder.path().join("master.key"), count).await?;
        let mut seed = Self {
            folder,
            binary: binary.to_owned(),
            port: free_port()?,
            live: String::new(),
            cookies,
        };
        // The live through the program itself: its read models are built by this start too.
        let mut server = seed.run(seed.folder.path(), &[]).await?;
        seed.live = seed.plan(&server).await.with_context(|| server.said())?;
        server.end().await?;
        Ok(seed)
    }

    async fn plan(&self, server: &Server) -> anyhow::Result<String> {
        let address = server.way.address;
        let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let meeting = serde_json::json!({
            "name": "Measured", "starts_at": now, "duration_s": 36_000, "is_webinar": true, "enable_chat": true
        });
        let head = format!(
            "Cookie: {}\r\nOrigin: http://{address}\r\nContent-Type: application/json\r\n",
            self.cookies.first().context("nobody")?
        );
        let made = http::ask(address, "POST", "/api/v1/meetings", &head, &meeting.to_string()).await?;
        let made: serde_json::Value = serde_json::from_str(&made)?;
        Ok(made["event"].as_str().context("a meeting without a live")?.to_owned())
    }

    /// The program on a folder.
    fn command(&self, folder: &Path, settings: &[(&str, &str)]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .arg("serve")
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("AMPHI_LISTEN", format!("127.0.0.1:{}", self.port))
            .env("AMPHI_PUBLIC_URL", format!("http://127.0.0.1:{}", self.port))
            .env("AMPHI_DATA", folder.join("data"))
            .env("AMPHI_MASTER_KEY_FILE", folder.join("master.key"))
            // Nobody is there: no room is opened while this is measured.
            .env("AMPHI_BBB_URL", "http://127.0.0.1:9/bigbluebutton/")
            .env("AMPHI_BBB_SECRET", "none")
            .env("AMPHI_LOG_LEVEL", "warn");
        for (name, value) in RAISED.iter().chain(settings) {
            command.env(format!("AMPHI_{}", name.to_uppercase()), value);
        }
        command
    }

    async fn run(&self, folder: &Path, settings: &[(&str, &str)]) -> anyhow::Result<Server> {
        let way = Way {
            wire: Wire::Amphi,
            address: ([127, 0, 0, 1], self.port).into(),
            path: format!("/live/{}/ws", self.live),
            cookies: self.cookies.clone(),
            posters: POSTERS,
        };
        let mut server = Server::start(&mut self.command(folder, settings), way, folder.join("amphi.log")).await?;
        server.ready().await?;
        Ok(server)
    }

    /// SIGKILL, and the same settings on the same folder again.
    pub async fn kill_and_start(&self, server: &mut Server, settings: &[(&str, &str)]) -> anyhow::Result<()> {
        let folder = server.folder.as_ref().context("no folder")?.path().to_owned();
        server.kill_and_start(&mut self.command(&folder, settings)).await
    }

    /// A server on a fresh copy.
    pub async fn start(&self, dir: &Path, settings: &[(&str, &str)]) -> anyhow::Result<Server> {
        let folder = tempfile::Builder::new().prefix("amphi-").tempdir_in(dir)?;
        let copied = Command::new("cp")
            .arg("-a")
            .args(["data", "master.key"].map(|name| self.folder.path().join(name)))
            .arg(folder.path())
            .status()?;
        anyhow::ensure!(copied.success(), "the seed can't be copied");
        let mut server = self.run(folder.path(), settings).await?;
        server.folder = Some(folder);
        Ok(server)
    }
}
