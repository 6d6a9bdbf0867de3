//! What the pages, the API and the hub are given: no BBB, no gateway, no mail (design §1).

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use amphi_events::ids::{LiveId, PersonId, RunId, SessionId};
use amphi_events::log::EventLog;
use amphi_events::store::{Keyring, Store};
use amphi_events::{Aggregates, Sources};
use amphi_projections::ReadModels;
use async_trait::async_trait;

use crate::auth::acts::Acts;
use crate::auth::outside::{OutsideSettings, Ways};
use crate::brand::Brand;
use crate::demo::DemoStage;
use crate::in_force::InForce;
use crate::media::{MediaSettings, Publishers};
use crate::moving::Movers;
use crate::reach::ReachChecks;
use amphi_hub::Hub;

/// Everything a handler may use. Cheap to clone.
#[derive(Clone)]
pub struct Web {
    /// Reads of the log (history, NDJSON); writes go through [`Web::aggregates`].
    pub log: Arc<dyn EventLog>,
    /// Commands.
    pub aggregates: Aggregates,
    /// Keys of persons and scopes.
    pub keys: Arc<Keyring>,
    /// Accounts, sign-ins, tokens, secrets.
    pub store: Arc<Store>,
    /// What pages show.
    pub read: Arc<ReadModels>,
    /// The websocket rooms.
    pub hub: Arc<Hub>,
    /// Time, ids, randomness.
    pub sources: Sources,
    /// Signs addresses into the room locally; asks nobody.
    pub door: Arc<dyn RoomDoor>,
    /// Takes what BBB calls back with.
    pub callbacks: Arc<dyn Callbacks>,
    /// Takes what media servers say of who pushes.
    pub publishers: Arc<dyn Publishers>,
    /// How often media servers speak, and strangers in their name.
    pub hooks: Arc<crate::media::pace::Pace>,
    /// What the reactors are doing, for administrators and `/health/ready`.
    pub works: Arc<dyn Works>,
    /// Asks BBB for recordings.
    pub recorder: Arc<dyn crate::recordings::Recorder>,
    /// Which gateways' hosts have shown that they reach us.
    pub reach: Arc<ReachChecks>,
    /// What people are doing, for who takes a right away.
    pub acts: Arc<Acts>,
    /// Takes over what another service kept.
    pub movers: Arc<dyn Movers>,
    /// Sessions that other front ends opened on the same BBB.
    pub elsewhere: Arc<crate::elsewhere::Board>,
    /// Slides of meetings.
    pub shelf: crate::slides::Shelf,
    /// Tells the pages that wait at meetings' doors.
    pub bells: Arc<crate::pages::join::bells::Bells>,
    /// Who stands at the door.
    pub doorway: Arc<Doorway>,
    /// Ways to sign in that lead outside.
    pub ways: Arc<dyn Ways>,
    /// The demo, where this is one.
    pub demo: Option<Arc<dyn DemoStage>>,
    /// Settings.
    pub settings: Arc<WebSettings>,
    /// How many people each person has invited within the hour.
    pub invited: Arc<crate::api::meetings::pace::Pace>,
    /// How often each person has looked for others within the hour.
    pub looked_up: Arc<crate::api::meetings::pace::Pace>,
    /// Whose turn it is to change a live.
    pub turns: crate::api::live_holds::Turns,
}

impl Web {
    /// A right of this person is gone from the store: waits until what was begun under it is done. What begins from here on is judged anew,
    /// and so are their open sockets.
    pub async fn taken_away(&self, person: PersonId) {
        self.hub.judge(person);
        self.acts.done(person).await;
    }
}

/// Connections that have not asked anything yet, for `/metrics`.
#[derive(Debug, Default)]
pub struct Doorway {
    /// So many there are now.
    pub waiting: AtomicU64,
    /// Ended because they took too long.
    pub late: AtomicU64,
    /// Ended because there were too many.
    pub crowded: AtomicU64,
}

/// Settings that pages, API and hub need.
#[derive(Debug, Clone)]
pub struct WebSettings {
    /// Origin that people use, without a trailing slash, such as `https://live.univ.example`.
    pub public_url: String,
    /// Addresses (CIDR) of reverse proxies whose `X-Forwarded-For` and `-Proto` are believed.
    pub trusted_proxies: Vec<String>,
    /// IANA zone shown where nobody chose one.
    pub time_zone: String,
    /// What a new meeting's room is like where nobody chose.
    pub meeting_defaults: amphi_events::meeting::Options,
    /// Where a meeting's options stand in its form.
    pub meeting_fields: crate::fields::FormFields,
    /// Meetings may be recorded.
    pub recording: bool,
    /// Everybody with an account may plan meetings, not staff alone.
    pub everybody_plans: bool,
    /// Most people that one person invites by mail within an hour; 0: no limit.
    pub invitations_per_hour: u32,
    /// A login session ends after so long without a request.
    pub session_idle: Duration,
    /// A login session ends after so long in any case.
    pub session_max: Duration,
    /// Failed sign-ins that are borne of one address in ten minutes, and as many returns from other houses: a campus is one address.
    pub sign_in_failures: u32,
    /// How long a wish to open a room or to run a live holds after the planned end.
    pub overrun: Duration,
    /// Media servers: the secret they show us, and how long the addresses hold that we sign for them.
    pub media: MediaSettings,
    /// What is kept free round a reservation of a gateway.
    pub margins: amphi_events::gateway::Margins,
    /// The websocket rooms.
    pub rooms: amphi_hub::Settings,
    /// The house's name, logo and colours.
    pub brand: Arc<Brand>,
    /// Whom the accessibility statement names: a mail address or a page.
    pub accessibility_contact: Option<String>,
    /// Every setting with its value, for administrators.
    pub in_force: Arc<[InForce]>,
    /// Sessions that other front ends opened on the same BBB, where they are looked for.
    pub elsewhere: Option<crate::elsewhere::ElsewhereSettings>,
    /// Lives and their pages.
    pub lives: crate::live_settings::LiveSettings,
    /// How what other houses say of people is read.
    pub outside: OutsideSettings,
    /// The demo: sample accounts are shown on the sign-in page, as (login, password, role).
    pub demo_accounts: Vec<(String, String, String)>,
}

impl WebSettings {
    /// May plan meetings here.
    pub const fn may_plan(&self, role: amphi_events::person::Role) -> bool {
        self.everybody_plans || role.plans()
    }
}

/// Somebody on the way into a room.
#[derive(Debug, Clone)]
pub struct Join {
    /// Id of the room in BBB (the meeting's id).
    pub room: String,
    /// BBB's identity of the session: makes the address worthless for the next one.
    pub create_time: i64,
    /// Name shown.
    pub name: String,
    /// Id that BBB gives back: the person's, or `robot-{run}`.
    pub user_id: String,
    /// Comes in as a moderator.
    pub moderator: bool,
    /// A gateway's robot.
    pub robot: bool,
    /// Comes in with the room's chat put away.
    pub hide_chat: bool,
    /// Not signed in.
    pub guest: bool,
    /// Where BBB sends the browser when it refuses: holds no secret.
    pub error_url: String,
}

/// The door of BBB rooms.
pub trait RoomDoor: Send + Sync + 'static {
    /// Address that leads into the room; a bearer secret, made at click time, never logged.
    fn join_address(&self, join: &Join) -> String;
}

/// What became of a callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackAnswer {
    /// Taken; everything it said that matters is in the log.
    Taken,
    /// No such token: 404.
    UnknownToken,
    /// Its signature doesn't hold: 401... which bbb-webhooks reads as done, so that a stranger's call isn't retried.
    BadSignature,
    /// It can't be read: 400.
    BadRequest,
    /// What it is about is not there any more: 410, which BBB takes for an answer.
    Gone,
    /// Too many of these: 429.
    TooMany,
    /// It can't be recorded now: 503, come back.
    NotNow,
}

/// Takes what BBB calls back with: `/callbacks/bbb/{purpose}/{token}` (surface §3).
#[async_trait]
pub trait Callbacks: Send + Sync + 'static {
    /// `url` is the address as it was registered (public URL and path, without the `checksum` parameter);
    /// `checksum` the parameter; `authorization` the header; `body` the raw bytes; `cause` what events of it name.
    async fn take(
        &self,
        purpose: &str,
        token: &str,
        checksum: Option<&str>,
        authorization: Option<&str>,
        body: &[u8],
        cause: &str,
    ) -> CallbackAnswer;
    /// The robot of a run was led into the room: look whether it arrived.
    fn robot_led(&self, run: RunId);
    /// The session may have changed in BBB: look.
    fn look(&self, session: SessionId);
    /// A presenter's stop could not be recorded: it goes out all the same, and is recorded when the log takes it (design §4).
    fn stop_anyway(&self, live: LiveId);
}

/// One reactor's work, for administrators.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct WorkState {
    /// `rooms`, `stage`, `relay`, `planner`, `inviter`, `recordings`, `postman`, `scout`.
    pub reactor: &'static str,
    /// How many sessions, lives or mails it has in hand.
    pub in_hand: usize,
    /// The last error, and when (RFC 3339).
    pub last_error: Option<(String, String)>,
    /// Events of the log it has not looked at yet.
    pub lag: u64,
}

/// Looks at the reactors' work.
pub trait Works: Send + Sync + 'static {
    /// A row a reactor.
    fn states(&self) -> Vec<WorkState>;
    /// Wakes what a reactor has in hand, now rather than when its waiting time is over. False: there is no such reactor.
    fn try_again(&self, reactor: &str) -> bool;
    /// Whether the start is over: the read models reached the log's head, and the reactors took what is in hand.
    fn started(&self) -> bool;
}

/// Who asks.
#[derive(Debug, Clone)]
pub struct Asker {
    /// The signed-in person.
    pub person: Option<PersonId>,
    /// The address, as far as it can be believed.
    pub address: IpAddr,
}
