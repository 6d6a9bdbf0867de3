//! A whole service on a log in memory and a folder that goes with the test; time stands still unless moved.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use amphi_events::clock::{ManualClock, Time};
use amphi_events::ids::{LiveId, MeetingId, PersonId, RunId, SeededIds, SessionId};
use amphi_events::live::LiveCommand;
use amphi_events::log::{EventLog, MemoryLog};
use amphi_events::meeting::{Details, MeetingCommand};
use amphi_events::person::Role;
use amphi_events::recordings::RecordingId;
use amphi_events::store::{Keyring, MasterKey, NewApiToken, Store};
use amphi_events::{Act, Aggregates, Position, Scope, Sources};
use amphi_projections::ReadModels;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::auth::accounts;
use crate::auth::outside::{HeaderSettings, OutsideSettings, Rules};
use crate::media::{Publish, PublishAnswer};
use crate::recordings::{Freshness, NoLink, Recorder};
use crate::state::{CallbackAnswer, Callbacks, Join, RoomDoor, Web, WebSettings, WorkState, Works};
use amphi_hub::Hub;

pub const PASSWORD: &str = "correct horse";
/// The reverse proxy that says who comes.
pub const PROXY: &str = "192.0.2.10";
/// What media servers show.
pub const HOOK_TOKEN: &str = "a-secret-of-the-media-server";
pub const ORIGIN: &str = "https://live.univ.example";

/// What stands for BBB and the reactors.
#[derive(Default)]
pub struct Outside {
    /// Sessions that the reactor was asked to look at.
    pub looks: Mutex<Vec<SessionId>>,
    /// Who was led into a room, with all that BBB was given of them.
    pub joins: Mutex<Vec<Join>>,
    /// How fresh BBB's lists of recordings are.
    pub known: Mutex<Freshness>,
    /// Addresses of recordings that are asked for anew, by id and format.
    pub links: Mutex<std::collections::BTreeMap<(String, String), String>>,
    /// What media servers said: began or ended, path, client.
    pub published: Mutex<Vec<(bool, String, String)>>,
}

/// Lets in who pushes to `live/wanted`, knows `live/idle`, and can't record `live/late`.
#[async_trait::async_trait]
impl crate::media::Publishers for Outside {
    async fn began(&self, publish: &Publish) -> PublishAnswer {
        let said = (true, publish.path.clone(), publish.client.clone());
        self.published.lock().unwrap().push(said);
        match publish.path.as_str() {
            "live/wanted" => PublishAnswer::LetIn,
            "live/idle" => PublishAnswer::NotWanted,
            "live/late" => PublishAnswer::NotNow,
            _ => PublishAnswer::Unknown,
        }
    }

    async fn ended(&self, publish: &Publish) -> PublishAnswer {
        let said = (false, publish.path.clone(), publish.client.clone());
        self.published.lock().unwrap().push(said);
        PublishAnswer::LetIn
    }
}

impl RoomDoor for Outside {
    fn join_address(&self, join: &Join) -> String {
        self.joins.lock().unwrap().push(join.clone());
        let role = if join.moderator { "&moderator" } else { "" };
        format!("https://bbb.example/join?{}{role}", join.room)
    }
}

#[async_trait::async_trait]
impl Callbacks for Outside {
    async fn take(&self, _: &str, _: &str, _: Option<&str>, _: Option<&str>, _: &[u8], _: &str) -> CallbackAnswer {
        CallbackAnswer::UnknownToken
    }
    fn robot_led(&self, _: RunId) {}
    fn look(&self, session: SessionId) {
        self.looks.lock().unwrap().push(session);
    }
    fn stop_anyway(&self, _: LiveId) {}
}

#[async_trait::async_trait]
impl Recorder for Outside {
    async fn look(&self, _: MeetingId, _: Duration) -> Freshness {
        *self.known.lock().unwrap()
    }
    async fn link(&self, recording: &RecordingId, kind: &str) -> Result<String, NoLink> {
        let key = (recording.to_string(), kind.to_owned());
        let known = self.links.lock().unwrap().get(&key).cloned();
        known.ok_or(NoLink::Unknown)
    }
}

impl Works for Outside {
    fn started(&self) -> bool {
        true
    }

    fn try_again(&self, reactor: &str) -> bool {
        reactor == "stage"
    }

    fn states(&self) -> Vec<WorkState> {
        vec![WorkState {
            reactor: "stage",
            in_hand: 0,
            last_error: None,
            lag: 0,
        }]
    }
}

pub struct Person {
    pub id: PersonId,
    pub token: String,
}

pub struct Fixture {
    pub web: Web,
    pub log: Arc<MemoryLog>,
    pub clock: ManualClock,
    pub outside: Arc<Outside>,
    pub router: Router,
    pub user: Person,
    pub staff: Person,
    pub other: Person,
    pub auditor: Person,
    pub administrator: Person,
    /// Fills the read models.
    pub reading: tokio::task::JoinHandle<()>,
    _folder: tempfile::TempDir,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
    pub json: Value,
}

impl Answer {
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }
}

/// A house with rules, and with a proxy that says who comes.
fn outside() -> OutsideSettings {
    OutsideSettings {
        name_attributes: vec!["displayName".into()],
        mail_attributes: vec!["mail".into()],
        affiliation_attributes: vec!["eduPersonAffiliation".into()],
        rules: Rules::parse("affiliation=employee -> staff, affiliation=* -> group:*, memberOf=* -> group:*").unwrap(),
        webinar_groups: vec![],
        providers: vec!["proxy".into()],
        headers: Some(HeaderSettings {
            provider: "proxy".into(),
            label: "The proxy".into(),
            from: vec![format!("{PROXY}/32")],
            login: "x-remote-user".into(),
            subject: String::new(),
            attributes: vec!["displayName".into(), "eduPersonAffiliation".into()],
            separator: ";".into(),
        }),
    }
}

impl Fixture {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::at(Time::parse_rfc3339("2026-03-02T09:00:00Z").unwrap());
        let sources = Sources {
            clock: Arc::new(clock.clone()),
            ids: Arc::new(SeededIds::new(7)),
        };
        let memory = MemoryLog::new(&sources);
        let log: Arc<dyn EventLog> = memory.clone();
        let master = MasterKey::new(1, [9; 32]);
        let keys = Keyring::load(
            &folder.path().join("keys.db"),
            &master,
            &log.identity().log_id,
            sources.ids.clone(),
        )
        .await
        .unwrap();
        let keys = Arc::new(keys);
        let store = Arc::new(
            Store::open(&folder.path().join("store.db"), &master, sources.clone())
                .await
                .unwrap(),
        );
        let read = ReadModels::open(folder.path(), log.clone(), sources.clone())
            .await
            .unwrap();
        let reading = read.start();
        let settings = Arc::new(WebSettings {
            public_url: ORIGIN.to_owned(),
            trusted_proxies: vec![],
            time_zone: "Europe/Paris".to_owned(),
            meeting_defaults: amphi_events::meeting::Options::default(),
            meeting_fields: crate::fields::FormFields::default(),
            recording: true,
            everybody_plans: false,
            elsewhere: Some(crate::elsewhere::ElsewhereSettings {
                most: 2,
                lasts: Duration::from_hours(1),
            }),
            sign_in_failures: 300,
            invitations_per_hour: 0,
            session_idle: Duration::from_hours(1),
            session_max: Duration::from_hours(10),
            overrun: Duration::from_mins(30),
            media: crate::media::MediaSettings {
                hook_token: Some(HOOK_TOKEN.to_owned().into()),
                link_life: Duration::from_mins(30),
            },
            margins: amphi_events::gateway::Margins::NONE,
            rooms: amphi_hub::Settings {
                time_zone: "Europe/Paris".into(),
                posts_per_10s: 5,
                sockets_per_address: 100,
                sockets: 100_000,
                window: Duration::from_millis(10),
                blocked: Duration::from_secs(10),
                shed_after: Duration::from_mins(1),
            },
            brand: Arc::default(),
            lives: crate::live_settings::LiveSettings::default(),
            outside: outside(),
            accessibility_contact: Some("access@univ.example".into()),
            in_force: Arc::new([]),
            demo_accounts: vec![],
        });
        let aggregates = Aggregates::new(&log, &sources);
        let hub = Hub::new(
            log.clone(),
            read.clone(),
            keys.clone(),
            sources.clone(),
            settings.rooms.clone(),
        );
        let outside = Arc::new(Outside::default());
        let bells = Arc::default();
        crate::pages::join::bells::Bells::start(&bells, &log, &aggregates);
        let web = Web {
            log,
            aggregates,
            keys,
            store,
            read,
            hub,
            sources,
            door: outside.clone(),
            callbacks: outside.clone(),
            publishers: outside.clone(),
            hooks: Arc::default(),
            works: outside.clone(),
            recorder: outside.clone(),
            reach: Arc::default(),
            movers: Arc::new(crate::moving::NoMovers),
            acts: Arc::default(),
            elsewhere: Arc::default(),
            shelf: crate::slides::Shelf::new(Arc::new(object_store::memory::InMemory::new()), 100_000, 20, "signing"),
            bells,
            doorway: Arc::default(),
            ways: Arc::new(crate::auth::outside::NoWays),
            demo: None,
            invited: Arc::default(),
            looked_up: Arc::default(),
            turns: crate::api::live_holds::Turns::default(),
            settings,
        };
        let person = async |login: &str, role| {
            let id = accounts::add(
                &web.aggregates,
                &web.keys,
                &web.store,
                &web.sources,
                login,
                login,
                role,
                Some(PASSWORD),
            )
            .await
            .unwrap();
            Person {
                id,
                token: web
                    .store
                    .create_token(id, NewApiToken::unlimited("test"), web.sources.now())
                    .await
                    .unwrap(),
            }
        };
        Self {
            user: person("user", Role::User).await,
            staff: person("staff", Role::Staff).await,
            other: person("other", Role::Staff).await,
            auditor: person("auditor", Role::Auditor).await,
            administrator: person("administrator", Role::Administrator).await,
            router: crate::router(web.clone()),
            log: memory,
            outside,
            clock,
            web,
            reading,
            _folder: folder,
        }
    }

    /// The same service with other settings.
    pub fn with(mut self, change: impl FnOnce(&mut WebSettings)) -> Self {
        let mut settings = (*self.web.settings).clone();
        change(&mut settings);
        self.web.settings = Arc::new(settings);
        self.router = crate::router(self.web.clone());
        self
    }

    /// A webinar of `staff` with its live planned, as the planner would.
    pub async fn webinar(&self) -> (MeetingId, LiveId) {
        let (web, now) = (&self.web, self.web.sources.now());
        let (id, live): (MeetingId, LiveId) = (web.sources.id(), web.sources.id());
        let mut details = Details::new("Analysis", now.plus_s(3600), 3600, "Europe/Paris");
        details.is_webinar = true;
        let (starts_at, ends_at, owner) = (details.starts_at, details.ends_at(), self.staff.id);
        let act = || Act::system("test", now);
        let command = MeetingCommand::Schedule {
            owner,
            live,
            details: Box::new(details),
        };
        web.aggregates.meetings.execute(id, command, act()).await.unwrap();
        let plan = LiveCommand::Plan {
            meeting: Some(id),
            owner,
            presenters: vec![],
            title: "Analysis".to_owned(),
            starts_at,
            ends_at,
            restricted: false,
        };
        web.aggregates.lives.execute(live, plan, act()).await.unwrap();
        let lacking = LiveCommand::GatewayLacking {
            from: starts_at,
            to: ends_at,
            next_free: vec![ends_at],
        };
        let done = web.aggregates.lives.execute(live, lacking, act()).await.unwrap();
        web.keys.make_scope(&Scope::chat(live)).await.unwrap();
        self.there(done.position).await;
        (id, live)
    }

    pub async fn there(&self, position: Position) {
        self.web.read.wait(position, Duration::from_secs(10)).await.unwrap();
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        self.send_from("203.0.113.1", request).await
    }

    pub async fn send_from(&self, address: &str, mut request: Request<Body>) -> Answer {
        let peer = SocketAddr::new(address.parse::<IpAddr>().unwrap(), 4711);
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8_lossy(&axum::body::to_bytes(body, usize::MAX).await.unwrap()).into_owned();
        let json = serde_json::from_str(&text).unwrap_or_default();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text,
            json,
        }
    }

    pub async fn call(&self, token: Option<&str>, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.send(request(token, method, path, body)).await
    }

    /// Signs in; the cookie's `name=value`.
    pub async fn sign_in(&self, login: &str) -> String {
        let a = self
            .call(
                None,
                "POST",
                "/api/v1/session",
                Some(serde_json::json!({"login": login, "password": PASSWORD})),
            )
            .await;
        assert_eq!(a.status, StatusCode::OK, "{}", a.text);
        a.header("set-cookie").split(';').next().unwrap().to_owned()
    }
}

pub fn request(token: Option<&str>, method: &str, path: &str, body: Option<Value>) -> Request<Body> {
    let mut r = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        r = r.header("authorization", format!("Bearer {token}"));
    }
    match body {
        Some(body) => r
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap(),
        None => r.body(Body::empty()).unwrap(),
    }
}
