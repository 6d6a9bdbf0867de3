//! The composition root: log, store and keys, read models, hub, reactors and router become one program.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use amphi_events::log::EventLog;
use amphi_events::store::{DataFolder, FolderOptions, MasterKey};
use amphi_events::{Act, Aggregates, Sources};
use amphi_hub::Hub;
use amphi_projections::ReadModels;
use amphi_web::{Bells, DemoStage, Web, WebSettings};
use anyhow::Context as _;
use secrecy::SecretString;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::bbb::{BbbClient, BbbTimes, Digest};
use crate::listen;
use crate::moving::desk::{Counter, Desk, Kit};
use crate::outgoing::HttpClient;
use crate::reactors::{Deps, Door, Outside, ReactorSettings, Reactors};
use crate::sign_in::SignIn;

/// How long open requests may take to end when the program goes down.
const DRAIN: Duration = Duration::from_secs(5);

/// What the program needs to know to run.
pub struct Settings {
    /// Where to listen; port 0 takes any.
    pub listen: SocketAddr,
    /// How long connections may take to ask.
    pub doors: listen::Limits,
    /// Origin that people and BBB use, without a trailing slash; `None`: the address listened at, over http.
    pub public_url: Option<String>,
    /// The data folder.
    pub data: PathBuf,
    /// Wraps the keys; kept outside the data folder.
    pub master: MasterKey,
    /// Go on although acknowledged events are missing from the log.
    pub accept_lost_events: bool,
    /// Address of BBB.
    pub bbb_url: String,
    /// Its shared secret.
    pub bbb_secret: SecretString,
    /// Which digest signs calls.
    pub bbb_digest: Digest,
    /// Pages, API, hub. `public_url` in it is filled from [`Settings::public_url`].
    pub web: WebSettings,
    /// Ways to sign in that lead outside.
    pub ways: crate::sign_in::Settings,
    /// The demo, where this is one.
    pub demo: Option<Arc<dyn DemoStage>>,
    /// Most bytes of a dump that is uploaded.
    pub import_bytes_max: u64,
    /// Where slides are kept.
    pub slides: crate::slides::SlidesSettings,
    /// The house's mail server; `None`: mails are files.
    pub post: Option<crate::reactors::postman::Post>,
    /// Intervals and limits.
    pub reactors: ReactorSettings,
    /// Time, ids, randomness.
    pub sources: Sources,
}

/// The running program.
pub struct App {
    /// Where it listens.
    pub address: SocketAddr,
    /// Origin that people use.
    pub public_url: String,
    /// What handlers are given.
    pub web: Web,
    /// What reactors are given.
    pub deps: Arc<Deps>,
    /// The reactors.
    pub reactors: Arc<Reactors>,
    /// Where other services move in.
    pub desk: Arc<Desk>,
    folder: DataFolder,
    stop: CancellationToken,
    server: JoinHandle<()>,
    tasks: Vec<JoinHandle<()>>,
}

/// Starts everything and listens.
///
/// # Errors
/// The address is taken, the folder is in use or damaged, the master key is wrong, BBB's address is none: each is
/// one clear line with the way out.
pub async fn start(settings: Settings) -> anyhow::Result<App> {
    let listener =
        crate::listen::bind(settings.listen).with_context(|| format!("can't listen at {}", settings.listen))?;
    let address = listener.local_addr()?;
    let public_url = settings.public_url.unwrap_or_else(|| format!("http://{address}"));
    let sources = settings.sources;
    let options = FolderOptions {
        accept_lost_events: settings.accept_lost_events,
        sources: sources.clone(),
    };
    let folder = DataFolder::open(&settings.data, settings.master, options).await?;
    let log: Arc<dyn EventLog> = folder.log.clone();
    let aggregates = Aggregates::new(&log, &sources);
    let read = ReadModels::open(&folder.path, log.clone(), sources.clone()).await?;
    let mut tasks = vec![ReadModels::start(&read)];
    let web_settings = Arc::new(WebSettings {
        public_url: public_url.clone(),
        ..settings.web
    });
    let hub = Hub::new(
        log.clone(),
        read.clone(),
        folder.keys.clone(),
        sources.clone(),
        web_settings.rooms.clone(),
    );
    tasks.push(Hub::start(&hub));

    let http = HttpClient::new(&crate::outgoing::Settings::default())?;
    let bbb = BbbClient::new(
        &settings.bbb_url,
        settings.bbb_secret.clone(),
        settings.bbb_digest,
        http.clone(),
    )?
    .with_times(BbbTimes {
        read: settings.reactors.bbb_read,
        create: settings.reactors.bbb_create,
    });
    let board: Arc<amphi_web::elsewhere::Board> = Arc::default();
    let shelf = crate::slides::shelf(&settings.slides, &folder.path, &folder.store, &sources).await?;
    let stop = CancellationToken::new();
    let deps = Arc::new(Deps {
        log: log.clone(),
        aggregates: aggregates.clone(),
        keys: folder.keys.clone(),
        store: folder.store.clone(),
        read: read.clone(),
        sources: sources.clone(),
        http,
        bbb: bbb.clone(),
        bbb_secret: settings.bbb_secret,
        public_url: public_url.clone(),
        board: board.clone(),
        shelf: shelf.clone(),
        mail_folder: folder.path.join("mail"),
        post: settings.post,
        settings: settings.reactors,
        unrecorded: crate::reactors::Unrecorded::default(),
        heard: crate::reactors::Heard::default(),
        echoes: crate::reactors::Echoes::default(),
        probing: crate::reactors::Probing::default(),
        looks: crate::reactors::Looks::default(),
    });
    let ways = Arc::new(SignIn::new(settings.ways, deps.http.clone(), deps.sources.clone()));
    // Listening comes before the reactors: a robot or a callback may be on its way since before the restart.
    let reactors = Reactors::idle(&deps, &stop);
    let outside = Arc::new(Outside::new(deps.clone(), reactors.clone()));
    let kit = Kit {
        aggregates: aggregates.clone(),
        keys: folder.keys.clone(),
        store: folder.store.clone(),
        sources: sources.clone(),
    };
    let desk = Desk::open(kit, folder.path.join("import"), settings.import_bytes_max)?;
    let bells = Arc::default();
    tasks.push(Bells::start(&bells, &log, &aggregates));
    let web = Web {
        log,
        aggregates,
        keys: folder.keys.clone(),
        store: folder.store.clone(),
        read,
        hub,
        sources,
        door: Arc::new(Door(bbb)),
        callbacks: outside.clone(),
        publishers: outside.clone(),
        hooks: Arc::default(),
        works: outside.clone(),
        recorder: outside.clone(),
        reach: Arc::default(),
        acts: Arc::default(),
        movers: Arc::new(Counter(desk.clone())),
        elsewhere: board,
        shelf,
        bells: bells.clone(),
        doorway: Arc::default(),
        ways,
        demo: settings.demo,
        settings: web_settings,
        invited: Arc::default(),
        looked_up: Arc::default(),
        turns: amphi_web::api::live_holds::Turns::default(),
    };
    let act = Act::system("start", web.sources.now()).cause("store");
    amphi_web::auth::groups::settle(&web.aggregates, &web.store, &act)
        .await
        .context("groups could not be brought in step with the log")?;
    let router = amphi_web::router(web.clone());
    let server = tokio::spawn(listen::serve(
        listener,
        router,
        settings.doors,
        web.doorway.clone(),
        stop.clone(),
    ));
    Reactors::start(&deps, &reactors, &stop).await?;
    outside.set_started();
    Ok(App {
        address,
        public_url,
        web,
        deps,
        reactors,
        desk,
        folder,
        stop,
        server,
        tasks,
    })
}

impl App {
    /// Says goodbye to sockets, ends the reactors, writes what must be written, frees the folder.
    pub async fn stop(self) {
        self.web.hub.close(DRAIN);
        self.web.bells.close();
        self.stop.cancel();
        if tokio::time::timeout(DRAIN, self.server).await.is_err() {
            tracing::info!("some requests were cut off at the end");
        }
        for task in self.tasks {
            task.abort();
        }
        self.folder.close().await;
    }
}
