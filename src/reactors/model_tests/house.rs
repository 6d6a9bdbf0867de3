//! A house whose workers are stepped in the model's time: what is due is done, what is written wakes everybody, and then the clock goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use amphi_events::broadcaster::BroadcasterCommand;
use amphi_events::gateway::{GatewayCommand, Generation, Margins, Setup};
use amphi_events::ids::{BroadcasterId, GatewayId, LiveId, OutageId, RunId, SessionId};
use amphi_events::live::{Live, RunPhase};
use amphi_events::log::Filter;
use amphi_events::session::Session;
use amphi_events::{Aggregates, Position, Time};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::machines::{Machine, Machines, Robot};
use crate::bbb::{BbbClient, BbbTimes, Digest};
use crate::reactors::hands::{Hands, Next, Worker};
use crate::reactors::planner::tests::World;
use crate::reactors::settings::ReactorSettings;
use crate::reactors::stage::ROBOT_ROOM;
use crate::reactors::{Deps, Reactors, planner, rooms, stage, wake};

/// Steps that are taken at one moment before it is said that the workers keep each other busy.
const MOST_STEPS: usize = 1_000;
/// How far the clock goes at once.
const TICK_MS: i64 = 5_000;
/// Deadline of calls, in real time: one that hangs is given up soon.
const DEADLINE: Duration = Duration::from_millis(500);

struct Hand {
    worker: Box<dyn Worker>,
    due: Time,
    /// What is written wakes it before that.
    wakes: bool,
}

/// Who was woken: of which reactor, and which.
type Rung = Arc<Mutex<Vec<(&'static str, String)>>>;

/// The house.
pub struct House {
    pub world: World,
    pub machines: Arc<Machines>,
    /// Spans out of service that were not ended.
    pub outages: Vec<(GatewayId, OutageId)>,
    /// Lives that are no meeting's.
    pub lives: Vec<LiveId>,
    /// Sessions that were asked for.
    pub sessions: Vec<SessionId>,
    hands: BTreeMap<(&'static str, String), Hand>,
    /// Reactors whose workers are not made: what would be woken is noted.
    bells: Reactors,
    rung: Rung,
    /// How far the log was when it was last looked who is to be woken; `None`: the program has just started.
    woken: Option<Position>,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for House {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn settings(margins: Margins) -> ReactorSettings {
    let s = Duration::from_secs;
    ReactorSettings {
        margins,
        probe: s(5),
        robot_deadline: s(40),
        picture_deadline: s(40),
        heal_after: s(15),
        gateway_poll: s(10),
        retry_first: s(2),
        retry_most: s(20),
        gateway_start: DEADLINE,
        gateway_stop: DEADLINE,
        ..ReactorSettings::default()
    }
}

/// The program's own rules of who is woken (`wake`), with nobody behind the bells.
fn bells(rung: &Rung) -> Reactors {
    let bell = |name: &'static str| {
        let rung = rung.clone();
        Hands::new(name, CancellationToken::new(), move |id, _| {
            let mut rung = rung.lock().unwrap_or_else(PoisonError::into_inner);
            rung.push((name, id.to_owned()));
            None
        })
    };
    Reactors {
        rooms: bell("rooms"),
        stage: bell("stage"),
        relay: bell("relay"),
        planner: bell("planner"),
        inviter: bell("inviter"),
        recordings: bell("recordings"),
        postman: bell("postman"),
        scout: bell("scout"),
        retention: bell("retention"),
        rehearsal: bell("rehearsal"),
        preflight: bell("preflight"),
        feeds: bell("feeds"),
        elsewhere: bell("elsewhere"),
    }
}

impl House {
    pub async fn new(margins: Margins, gateways: usize) -> Self {
        let world = World::furnished(settings(margins), &[]).await;
        let (machines, serving) = Machines::start(gateways, world.clock.clone()).await;
        let rung = Rung::default();
        let mut house = Self {
            world,
            machines,
            outages: Vec::new(),
            lives: Vec::new(),
            sessions: Vec::new(),
            hands: BTreeMap::new(),
            bells: bells(&rung),
            rung,
            woken: None,
            serving,
        };
        house.die();
        for n in 0..gateways {
            house.add_gateway(n).await;
        }
        house
    }

    async fn add_gateway(&mut self, n: usize) {
        let place = BroadcasterId(ulid::Ulid(n as u128));
        let set = BroadcasterCommand::Set {
            name: format!("b{n}"),
            hls_url: format!("{}/{n}/live.m3u8", self.machines.base),
        };
        let act = self.world.act();
        let places = &self.world.deps.aggregates.broadcasters;
        places.execute(place, set, act).await.unwrap();
        let setup = Setup {
            name: format!("g{n}").into(),
            broadcaster: place,
            server_url: format!("{}/{n}", self.machines.base).into(),
            rtmp_base: "rtmp://h/live".into(),
            gw_id: None,
            generation: Some(Generation::G3),
        };
        let id = GatewayId(ulid::Ulid::from_parts(1, n as u128));
        self.world.gateway(id, GatewayCommand::Set(setup)).await;
        self.world.gateways.push(id);
    }

    pub fn now(&self) -> Time {
        self.world.deps.now()
    }

    pub async fn live(&self, id: LiveId) -> Live {
        let lives = &self.world.deps.aggregates.lives;
        lives.look(id).await.unwrap().state
    }

    pub async fn session(&self, id: SessionId) -> Session {
        let sessions = &self.world.deps.aggregates.sessions;
        sessions.look(id).await.unwrap().state
    }

    /// The program is killed and starts again over what is on disk.
    pub fn die(&mut self) {
        self.hands.clear();
        self.woken = None;
        let old = &self.world.deps;
        let secret = || SecretString::from("secret");
        let bbb = BbbClient::new(&self.machines.base, secret(), Digest::default(), old.http.clone());
        let times = BbbTimes {
            read: DEADLINE,
            create: DEADLINE,
        };
        let deps = Deps {
            log: old.log.clone(),
            aggregates: Aggregates::new(&old.log, &old.sources),
            keys: old.keys.clone(),
            store: old.store.clone(),
            read: old.read.clone(),
            sources: old.sources.clone(),
            http: old.http.clone(),
            bbb: bbb.unwrap().with_times(times),
            bbb_secret: old.bbb_secret.clone(),
            public_url: old.public_url.clone(),
            board: Arc::default(),
            shelf: old.shelf.clone(),
            mail_folder: old.mail_folder.clone(),
            post: None,
            settings: old.settings.clone(),
            unrecorded: crate::reactors::Unrecorded::default(),
            heard: crate::reactors::Heard::default(),
            echoes: crate::reactors::Echoes::default(),
            probing: crate::reactors::Probing::default(),
            looks: crate::reactors::Looks::default(),
        };
        self.world.deps = Arc::new(deps);
    }

    /// Wakes whom the program wakes: at its start what is in hand, and from there on whomever an event concerns.
    async fn wake(&mut self) -> anyhow::Result<()> {
        let deps = self.world.deps.clone();
        let head = deps.log.head();
        if self.woken == Some(head) {
            return Ok(());
        }
        deps.caught_up().await?;
        match self.woken.replace(head) {
            None => wake::in_hand(&deps, &self.bells, None).await?,
            Some(before) => {
                let news = deps.log.read_all(before, &Filter::default(), usize::MAX).await?;
                for event in news.events.iter().filter(|e| e.position <= head) {
                    wake::wake_for(&deps, &self.bells, event).await?;
                }
            }
        }
        let now = self.now();
        let rung = std::mem::take(&mut *self.rung.lock().unwrap_or_else(PoisonError::into_inner));
        for name in rung {
            if let Some(hand) = self.hands.get_mut(&name) {
                if hand.wakes {
                    hand.due = now;
                }
                continue;
            }
            let loose = Hands::loose();
            let made = match name.0 {
                "planner" => planner::worker(deps.clone())(&name.1, &loose),
                "rooms" => rooms::worker(deps.clone())(&name.1, &loose),
                "stage" => stage::worker(deps.clone())(&name.1, &loose),
                // None of them has a say in whether a live runs.
                _ => None,
            };
            if let Some(worker) = made {
                let hand = Hand {
                    worker,
                    due: now,
                    wakes: true,
                };
                self.hands.insert(name, hand);
            }
        }
        Ok(())
    }

    /// Robots that knock are let in as their page lets them in, once there is a room.
    async fn robots(&self) {
        for (n, token) in self.machines.knocking() {
            if let Some(robot) = self.door(&token).await {
                self.machines.robot(n, &token, robot);
            }
        }
    }

    /// Where the door of that token leads now; `None`: it stays shut.
    async fn door(&self, token: &str) -> Option<Robot> {
        let of = self.world.deps.store.lookup_secret(ROBOT_ROOM, token).await.unwrap()?;
        let (live, run) = of.split_once('/')?;
        let (live, run): (LiveId, RunId) = (live.parse().ok()?, run.parse().ok()?);
        let live = self.live(live).await;
        let present = live.run.filter(|r| r.id == run)?;
        if present.phase == RunPhase::Stopping || present.surely_down {
            return None;
        }
        let Some(session) = live.wanted?.session else {
            return Some(Robot::Away);
        };
        let meeting = self.session(session).await.meeting?.to_string();
        let created = self.machines.bbb().room(&meeting)?.created;
        Some(Robot::In(meeting, created, rooms::robot_user(run)))
    }

    /// The kinds of events that are in the log.
    pub async fn happened(&self) -> BTreeSet<String> {
        let log = &self.world.deps.log;
        let all = log.read_all(Position(0), &Filter::default(), usize::MAX).await.unwrap();
        all.events.into_iter().map(|e| e.event.kind.clone()).collect()
    }

    /// Everything that is due is done.
    pub async fn settle(&mut self) -> Result<(), String> {
        self.robots().await;
        for _ in 0..MOST_STEPS {
            self.wake().await.map_err(|e| format!("who is woken: {e:#}"))?;
            let now = self.now();
            let Some(name) = self.hands.iter().find(|(_, h)| h.due <= now).map(|(n, _)| n.clone()) else {
                return Ok(());
            };
            let hand = self.hands.get_mut(&name).expect("it is there");
            let machines = self.machines.clone();
            let kill = machines.kill.notified();
            let next = tokio::select! {
                // A step that was answered is a step that was answered.
                biased;
                next = hand.worker.step() => next,
                () = kill => {
                    self.die();
                    continue;
                }
            };
            (hand.due, hand.wakes) = match next {
                Ok(Next::Again) => (now, true),
                Ok(Next::Wait(time)) => (now.plus_ms(time.as_millis() as i64).max(now.plus_ms(1)), true),
                Ok(Next::Hold(time)) => (now.plus_ms(time.as_millis() as i64).max(now.plus_ms(1)), false),
                Ok(Next::Sleep) => (Time(i64::MAX), true),
                // A later wake makes a new one.
                Ok(Next::Over) => {
                    self.hands.remove(&name);
                    continue;
                }
                Err(error) => return Err(format!("{name:?}: {error:#}")),
            };
        }
        let busy: Vec<_> = self
            .hands
            .iter()
            .filter(|(_, h)| h.due <= self.now())
            .map(|(n, _)| n)
            .collect();
        Err(format!("the workers keep each other busy: {busy:?}"))
    }

    /// The clock goes on to what is due next, at most so far.
    pub fn tick(&self, most: Time) {
        let now = self.now();
        let due = self.hands.values().map(|h| h.due);
        let late: Vec<Time> = self.machines.now().values().filter_map(Machine::due).collect();
        let next = due.chain(late).filter(|t| *t > now).min().unwrap_or(most);
        let next = next.min(most).min(now.plus_ms(TICK_MS)).max(now.plus_ms(1));
        self.world.clock.move_ms(next.since_ms(now));
    }

    /// Somebody sets the clock: what waits waits as long as before.
    pub fn set_clock(&mut self, by_ms: i64) {
        self.world.clock.move_ms(by_ms);
        for hand in self.hands.values_mut().filter(|h| h.due.0 != i64::MAX) {
            hand.due = hand.due.plus_ms(by_ms);
        }
    }
}
