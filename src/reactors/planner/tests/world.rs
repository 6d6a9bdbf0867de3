//! A house in which the planner's workers are stepped.

use std::sync::Arc;

use amphi_events::broadcaster::BroadcasterCommand;
use amphi_events::gateway::{GatewayCommand, Health, Margins, Setup};
use amphi_events::ids::{BroadcasterId, GatewayId, LiveId, MeetingId, OutageId, PersonId, SeededIds};
use amphi_events::live::Live;
use amphi_events::log::{EventLog, MemoryLog};
use amphi_events::meeting::{Details, Meeting, MeetingCommand};
use amphi_events::store::{Keyring, MasterKey, Store};
use amphi_events::{Act, Actor, Aggregates, ManualClock, Sources, Time};
use amphi_projections::ReadModels;
use secrecy::SecretString;

use super::HOUR;
use crate::bbb::{BbbClient, Digest};
use crate::outgoing::HttpClient;
use crate::reactors::Deps;
use crate::reactors::hands::Worker as _;
use crate::reactors::planner::Planner;
use crate::reactors::settings::ReactorSettings;

/// Midnight of the day in the tests.
const DAY: Time = Time(1_800_000_000_000);

pub(in crate::reactors) fn at(hours: i64) -> Time {
    DAY.plus_s(hours * HOUR)
}

pub(in crate::reactors) struct World {
    pub(in crate::reactors) deps: Arc<Deps>,
    pub(in crate::reactors) clock: ManualClock,
    pub(in crate::reactors) owner: PersonId,
    pub(in crate::reactors) meetings: Vec<MeetingId>,
    pub(in crate::reactors) gateways: Vec<GatewayId>,
    following: tokio::task::JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Drop for World {
    fn drop(&mut self) {
        self.following.abort();
    }
}

impl World {
    /// A house with gateways that push to broadcasters by these numbers.
    pub(in crate::reactors) async fn new(margins: Margins, gateways: &[usize]) -> Self {
        let settings = ReactorSettings {
            margins,
            ..ReactorSettings::default()
        };
        Self::furnished(settings, gateways).await
    }

    /// The same with these settings.
    pub(in crate::reactors) async fn furnished(settings: ReactorSettings, gateways: &[usize]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::at(DAY);
        let sources = Sources {
            clock: Arc::new(clock.clone()),
            ids: Arc::new(SeededIds::new(5)),
        };
        let log: Arc<dyn EventLog> = MemoryLog::new(&sources);
        let master = MasterKey::new(1, [9; 32]);
        let path = folder.path();
        let log_id = log.identity().log_id;
        let (keys, store) = (path.join("keys.db"), path.join("store.db"));
        let keys = Keyring::load(&keys, &master, &log_id, sources.ids.clone()).await;
        let keys = Arc::new(keys.unwrap());
        let store = Store::open(&store, &master, sources.clone()).await;
        let store = Arc::new(store.unwrap());
        let read = ReadModels::open(path, log.clone(), sources.clone()).await.unwrap();
        let following = read.start();
        let http = HttpClient::new(&crate::outgoing::Settings::default()).unwrap();
        let secret = || SecretString::from("secret");
        let bbb = BbbClient::new("http://127.0.0.1:1/", secret(), Digest::default(), http.clone()).unwrap();
        let slides = crate::slides::SlidesSettings {
            s3: None,
            bytes_max: 1000,
            pages_max: 2,
            quota: 0,
        };
        let deps = Arc::new(Deps {
            aggregates: Aggregates::new(&log, &sources),
            board: Arc::default(),
            shelf: crate::slides::shelf(&slides, path, &store, &sources).await.unwrap(),
            log,
            keys,
            store,
            read,
            sources,
            http,
            bbb,
            bbb_secret: secret(),
            public_url: "https://live.univ.example".to_owned(),
            mail_folder: path.join("mail"),
            post: None,
            settings,
            unrecorded: crate::reactors::Unrecorded::default(),
            heard: crate::reactors::Heard::default(),
            echoes: crate::reactors::Echoes::default(),
            probing: crate::reactors::Probing::default(),
            looks: crate::reactors::Looks::default(),
        });
        let owner = deps.sources.id();
        let mut world = Self {
            deps,
            clock,
            owner,
            meetings: vec![],
            gateways: vec![],
            following,
            _folder: folder,
        };
        for place in gateways {
            world.add_gateway(*place).await;
        }
        world
    }

    pub(in crate::reactors) fn act(&self) -> Act {
        Act::by(Actor::person(self.owner), self.deps.now())
    }

    pub(in crate::reactors) fn now(&self, at: Time) {
        self.clock.move_ms(at.since_ms(self.deps.now()));
    }

    async fn place(&self, n: usize) -> BroadcasterId {
        let id = BroadcasterId(ulid::Ulid(n as u128));
        let set = BroadcasterCommand::Set {
            name: format!("b{n}"),
            hls_url: format!("http://b/{n}.m3u8"),
        };
        let places = &self.deps.aggregates.broadcasters;
        places.execute(id, set, self.act()).await.unwrap();
        id
    }

    pub(super) async fn set_gateway(&self, id: GatewayId, place: usize) {
        let setup = Setup {
            name: "g".into(),
            broadcaster: self.place(place).await,
            server_url: "http://10.0.0.1:8080".into(),
            rtmp_base: "rtmp://h/live".into(),
            gw_id: None,
            generation: None,
        };
        self.gateway(id, GatewayCommand::Set(setup)).await;
    }

    pub(super) async fn add_gateway(&mut self, place: usize) -> GatewayId {
        // In the order in which they came.
        let id = GatewayId(ulid::Ulid::from_parts(1, self.gateways.len() as u128));
        self.set_gateway(id, place).await;
        self.gateways.push(id);
        id
    }

    pub(in crate::reactors) async fn gateway(&self, id: GatewayId, command: GatewayCommand) {
        let gateways = &self.deps.aggregates.gateways;
        gateways.execute(id, command, self.act()).await.unwrap();
    }

    pub(in crate::reactors) async fn out(&self, gateway: GatewayId, from: Time, to: Option<Time>) -> OutageId {
        let outage = self.deps.sources.id();
        let reason = "new disk".to_owned();
        let command = GatewayCommand::TakeOutOfService {
            outage,
            from,
            to,
            reason,
        };
        self.gateway(gateway, command).await;
        outage
    }

    pub(in crate::reactors) async fn seen(&self, gateway: GatewayId, health: Health) {
        self.gateway(gateway, GatewayCommand::HealthSeen { health, cause: None })
            .await;
    }

    pub(in crate::reactors) fn details(from: Time, to: Time) -> Details {
        let mut details = Details::new("Assembly", from, to.since_ms(from) / 1000, "Europe/Paris");
        details.is_webinar = true;
        details
    }

    /// A webinar that nobody's test steps: for whoever looks at reactors that run.
    pub(in crate::reactors) async fn webinar_alone(&self) -> MeetingId {
        let id: MeetingId = self.deps.sources.id();
        let command = MeetingCommand::Schedule {
            owner: self.owner,
            live: self.deps.sources.id(),
            details: Box::new(Self::details(at(10), at(11))),
        };
        let meetings = &self.deps.aggregates.meetings;
        meetings.execute(id, command, self.act()).await.unwrap();
        id
    }

    pub(in crate::reactors) async fn schedule(&mut self, details: Details) -> MeetingId {
        let id: MeetingId = self.deps.sources.id();
        let command = MeetingCommand::Schedule {
            owner: self.owner,
            live: self.deps.sources.id(),
            details: Box::new(details),
        };
        let meetings = &self.deps.aggregates.meetings;
        meetings.execute(id, command, self.act()).await.unwrap();
        self.meetings.push(id);
        id
    }

    /// A webinar, with what the planner does about it.
    pub(in crate::reactors) async fn plan(&mut self, from: Time, to: Time) -> MeetingId {
        let id = self.schedule(Self::details(from, to)).await;
        self.settle().await;
        id
    }

    pub(in crate::reactors) async fn meeting(&self, id: MeetingId) -> Meeting {
        self.deps.aggregates.meetings.look(id).await.unwrap().state
    }

    pub(in crate::reactors) async fn live_of(&self, id: MeetingId) -> (LiveId, Live) {
        let live = self.meeting(id).await.live.unwrap();
        (live, self.deps.aggregates.lives.look(live).await.unwrap().state)
    }

    pub(in crate::reactors) async fn held_by(&self, id: MeetingId) -> Option<GatewayId> {
        self.live_of(id).await.1.held.map(|h| h.gateway)
    }

    /// Changes a meeting as whoever edits it does.
    pub(in crate::reactors) async fn change(
        &self,
        id: MeetingId,
        by: PersonId,
        change: impl FnOnce(&mut Details),
    ) -> bool {
        let mut details = self.meeting(id).await.details.unwrap();
        change(&mut details);
        let command = MeetingCommand::Change {
            live: self.deps.sources.id(),
            details: Box::new(details),
            expected_end: None,
        };
        let act = Act::by(Actor::person(by), self.deps.now());
        self.deps.aggregates.meetings.execute(id, command, act).await.is_ok()
    }

    pub(super) async fn step(&self, meeting: MeetingId) {
        let mut planner = Planner {
            deps: self.deps.clone(),
            meeting,
        };
        planner.step().await.unwrap();
    }

    /// Steps of every meeting's worker until none finds anything to do. What wakes them for ever would never end here.
    pub(in crate::reactors) async fn settle(&self) {
        for _ in 0..20 {
            let before = self.deps.log.head();
            for meeting in &self.meetings {
                self.step(*meeting).await;
            }
            if self.deps.log.head() == before {
                return;
            }
        }
        panic!("the planners keep each other busy");
    }
}
