//! A house whose workers are stepped in the model's time: what is due is done, what is written wakes everybody, and then the clock goes on.

use std::collections::BTreeMap;
use std::sync::Arc;

use amphi_events::broadcaster::BroadcasterCommand;
use amphi_events::gateway::{GatewayCommand, Generation, Margins, Setup};
use amphi_events::ids::{BroadcasterId, GatewayId, LiveId, MeetingId};
use amphi_events::{Aggregates, Position, Time};

use super::machines::Machines;
use crate::reactors::hands::{Hands, Next, Worker};
use crate::reactors::planner::tests::World;
use crate::reactors::settings::ReactorSettings;
use crate::reactors::{Deps, planner, stage};

/// Steps that are taken at one moment before it is said that the workers keep each other busy.
const MOST_STEPS: usize = 4_000;
/// How far the clock goes at once.
const TICK_MS: i64 = 5_000;

struct Hand {
    worker: Box<dyn Worker>,
    due: Time,
    /// What is written wakes it before that.
    wakes: bool,
}

/// The house.
pub struct House {
    pub world: World,
    pub machines: Arc<Machines>,
    hands: BTreeMap<String, Hand>,
    /// How far the log was when everybody was woken last.
    woken: Position,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for House {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn settings(margins: Margins) -> ReactorSettings {
    let s = std::time::Duration::from_secs;
    ReactorSettings {
        margins,
        probe: s(5),
        picture_deadline: s(40),
        heal_after: s(15),
        gateway_poll: s(10),
        retry_first: s(2),
        retry_most: s(20),
        // These two are real time.
        gateway_start: std::time::Duration::from_millis(500),
        gateway_stop: std::time::Duration::from_millis(500),
        ..ReactorSettings::default()
    }
}

impl House {
    pub async fn new(margins: Margins, gateways: usize) -> Self {
        let world = World::furnished(settings(margins), &[]).await;
        let (machines, serving) = Machines::start(gateways, world.clock.clone()).await;
        let mut house = Self {
            world,
            machines,
            hands: BTreeMap::new(),
            woken: Position(0),
            serving,
        };
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

    /// Workers of everything there is, as the program has them.
    async fn furnish(&mut self) {
        let now = self.now();
        let mut names: Vec<(String, Option<MeetingId>)> = Vec::new();
        for meeting in self.world.meetings.clone() {
            names.push((format!("planner {meeting}"), Some(meeting)));
            let Some(live) = self.world.meeting(meeting).await.live else {
                continue;
            };
            names.push((format!("stage {live}"), None));
            let state = self.live(live).await;
            names.extend(state.fenced.iter().map(|r| (format!("stage {live}/{}", r.id), None)));
        }
        let deps = self.world.deps.clone();
        for (name, _) in names {
            if self.hands.contains_key(&name) {
                continue;
            }
            let (reactor, id) = name.split_once(' ').expect("two words");
            let hand = Hands::loose();
            let made = match reactor {
                "planner" => planner::worker(deps.clone())(id, &hand),
                _ => stage::worker(deps.clone())(id, &hand),
            };
            let worker = made.expect("a worker");
            self.hands.insert(
                name,
                Hand {
                    worker,
                    due: now,
                    wakes: true,
                },
            );
        }
    }

    pub async fn live(&self, id: LiveId) -> amphi_events::live::Live {
        let lives = &self.world.deps.aggregates.lives;
        lives.look(id).await.unwrap().state
    }

    /// The program is killed and starts again over what is on disk.
    pub fn die(&mut self) {
        self.hands.clear();
        let old = &self.world.deps;
        let deps = Deps {
            log: old.log.clone(),
            aggregates: Aggregates::new(&old.log, &old.sources),
            keys: old.keys.clone(),
            store: old.store.clone(),
            read: old.read.clone(),
            sources: old.sources.clone(),
            http: old.http.clone(),
            bbb: old.bbb.clone(),
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

    /// Everything that is due is done.
    pub async fn settle(&mut self) -> Result<(), String> {
        for _ in 0..MOST_STEPS {
            self.furnish().await;
            let now = self.now();
            let head = self.world.deps.log.head();
            if head != self.woken {
                self.woken = head;
                for hand in self.hands.values_mut().filter(|h| h.wakes) {
                    hand.due = now;
                }
            }
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
                Ok(Next::Sleep | Next::Over) => (Time(i64::MAX), true),
                Err(error) => return Err(format!("{name}: {error:#}")),
            };
        }
        let busy: Vec<&String> = self
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
        let late: Vec<Time> = self
            .machines
            .now()
            .values()
            .filter_map(super::machines::Machine::due)
            .collect();
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
