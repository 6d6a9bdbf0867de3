//! People on one live page who write down what they see: posters, readers, somebody who takes lines away, most of them
//! behind a proxy that is no good. In the end everybody has everything, and the log judges what they wrote down.

use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use amphi_checker::chaos::{Chaos, Weather};
use amphi_checker::history::{Client, Pen};
use amphi_checker::visitor::{Habits, Visitor, until};
use amphi_checker::{Breach, History, Log, Recorder, Rules, Tally, What, check, tally};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::harness::{Person, Plan, World, eventually};

/// For everybody to have everything, once the weather is fair.
const CALM: Duration = Duration::from_mins(1);

/// What a run came to.
pub struct Verdict {
    pub seed: u64,
    pub kills: usize,
    pub lines: usize,
    pub removed: usize,
    pub tally: Tally,
    /// Connections of the proxy, and those that fared badly.
    pub weather: (u64, usize),
    pub breaches: Vec<Breach>,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = &self.tally;
        write!(
            f,
            "seed {}: kills {}, lines {}, taken away {}, posts {}, receipts {}, handed out {}, outcomes told {}, clients {}, connections {} (resumed {}, resets {}, cut {}, called back {}, in bad weather {} of {}), breaches {}",
            self.seed,
            self.kills,
            self.lines,
            self.removed,
            t.posts,
            t.receipts,
            t.handed,
            t.fates,
            t.clients,
            t.greeted,
            t.resumed,
            t.resets,
            t.cuts,
            t.called_back,
            self.weather.1,
            self.weather.0,
            self.breaches.len()
        )
    }
}

impl Verdict {
    /// Fails where there is a breach.
    #[track_caller]
    pub fn sound(&self) {
        let some: Vec<String> = self.breaches.iter().take(20).map(ToString::to_string).collect();
        assert!(some.is_empty(), "{self}\n{}", some.join("\n"));
    }
}

/// How many come.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub posters: usize,
    pub readers: usize,
}

/// See the module.
pub struct Crowd {
    pub chaos: Chaos,
    pub seed: u64,
    pub kills: usize,
    direct: SocketAddr,
    path: String,
    recorder: Recorder,
    posters: Vec<Visitor>,
    readers: Vec<Visitor>,
    /// Takes lines away; also writes.
    moderator: Visitor,
    pens: Vec<Pen>,
}

impl Crowd {
    /// Everybody comes.
    pub async fn gather(world: &World, plan: &Plan, seed: u64, size: Size, weather: Weather) -> Self {
        let direct: SocketAddr = world.server.base["http://".len()..].parse().expect("an address");
        let chaos = Chaos::start(direct, weather, seed).await.expect("a proxy");
        let recorder = Recorder::default();
        let path = format!("/live/{}/ws", plan.event);
        let habits = |name: String, n: usize, through: bool, person: Option<&Person>| Habits {
            name,
            address: if through { chaos.address() } else { direct },
            path: path.clone(),
            token: person.map(|p| p.token.clone()),
            after: None,
            seed: seed.wrapping_add(n as u64),
            wait_ms: 20..400,
            silence: Duration::from_secs(5),
            receive_buffer: None,
        };
        let moderator = Visitor::come(&recorder, habits("paul".into(), 0, false, Some(&world.presenter)));
        let mut posters = Vec::new();
        for n in 0..size.posters {
            let name = format!("s{n}");
            let person = world.server.person(&name, &format!("Student {n}"), "user").await;
            posters.push(Visitor::come(
                &recorder,
                habits(name.clone(), 10 + n, true, Some(&person)),
            ));
            // The first has two pages open.
            if n == 0 {
                posters.push(Visitor::come(
                    &recorder,
                    habits(format!("{name}-again"), 90, false, Some(&person)),
                ));
            }
        }
        let reader = |n: usize| Visitor::come(&recorder, habits(format!("r{n}"), 100 + n, n > 1, None));
        let readers = (0..size.readers).map(reader).collect();
        Self {
            seed,
            kills: 0,
            direct,
            path,
            posters,
            readers,
            moderator,
            recorder,
            pens: vec![],
            chaos,
        }
    }

    /// A reader with a small buffer who has what is before `after`, and reads nothing for a while.
    pub fn stalled(&mut self, after: (u64, String), time: Duration) -> usize {
        let n = self.readers.len();
        let habits = Habits {
            name: format!("stalled-{n}"),
            address: self.direct,
            path: self.path.clone(),
            token: None,
            after: Some(after),
            seed: self.seed.wrapping_add(500 + n as u64),
            wait_ms: 20..400,
            silence: Duration::from_secs(5),
            receive_buffer: Some(4 << 10),
        };
        let reader = Visitor::come(&self.recorder, habits);
        reader.stall(time);
        self.readers.push(reader);
        n
    }

    pub fn reader(&self, n: usize) -> &Visitor {
        &self.readers[n]
    }

    /// Everybody does something now and then, until `done`.
    pub async fn busy(&mut self, done: &AtomicBool) {
        let mut dice = StdRng::seed_from_u64(self.seed ^ 0xb5);
        while !done.load(Ordering::Relaxed) {
            let poster = dice.random_range(0..self.posters.len());
            match dice.random_range(0..100) {
                0..45 => self.posters[poster].post(),
                45..50 => self.moderator.post(),
                50..65 => {
                    // A reader's view: what is taken away may be gone already.
                    let (reader, draw) = (dice.random_range(0..self.readers.len()), dice.random());
                    if let Some(id) = self.readers[reader].some_line(draw) {
                        self.moderator.remove(id);
                    }
                }
                65..68 => {
                    let reader = dice.random_range(0..self.readers.len());
                    self.readers[reader].stall(Duration::from_millis(dice.random_range(50..1_500)));
                }
                68..72 => {
                    let reader = dice.random_range(0..self.readers.len());
                    self.readers[reader].cut();
                }
                72 => self.posters[poster].cut(),
                _ => {}
            }
            tokio::time::sleep(Duration::from_millis(dice.random_range(5..60))).await;
        }
    }

    /// Somebody who posts by the REST interface: the presenter.
    pub async fn writer(&self, world: &World) -> Writer {
        let me = world.presenter.get("/me").await.ok();
        let is = me["id"].as_str().and_then(|id| id.parse().ok());
        assert!(is.is_some(), "{me}");
        Writer {
            pen: self.recorder.pen_of("writer", is),
            sent: 0,
        }
    }

    /// Takes in what somebody wrote down.
    pub fn wrote(&mut self, writer: Writer) {
        self.pens.push(writer.pen);
    }

    fn all(&self) -> impl Iterator<Item = &Visitor> {
        self.posters.iter().chain(&self.readers).chain([&self.moderator])
    }

    /// Everybody has an answer to everything that they sent.
    async fn answered(&self) {
        let settled = until(CALM, || self.all().all(|v| v.stand().pending == 0)).await;
        let waiting: Vec<String> = self.all().map(|v| format!("{:?}", v.stand())).collect();
        assert!(settled, "seed {}: lines without an answer: {waiting:#?}", self.seed);
    }

    /// Everybody has what the log tells, up to the position given back.
    async fn level(&self, world: &World) -> u64 {
        eventually(CALM, &format!("seed {}: everybody is level", self.seed), async || {
            let (last, _) = Log::last_told(&world.server.data).await.expect("the log");
            let behind: Vec<_> = self
                .all()
                .filter(|v| !v.has(last))
                .map(|v| (v.written().name, v.stand().after))
                .collect();
            if behind.is_empty() {
                Ok(last)
            } else {
                Err((last, behind))
            }
        })
        .await
    }

    /// The weather is fair, everybody gets what they lack, and goes; what they saw is judged, and the server stopped for it.
    pub async fn judged(mut self, world: &World, plan: &Plan) -> Verdict {
        self.chaos.weather(Weather::fair());
        self.chaos.storm();
        self.answered().await;
        world
            .presenter
            .post(&format!("/meetings/{}/end", plan.meeting), &Value::Null)
            .await;
        // Lines on their way to the room may have an outcome yet, also one that nobody was told before the server stopped.
        loop {
            let last = self.level(world).await;
            world.server.stop().await;
            if Log::last_told(&world.server.data).await.expect("the log").0 == last {
                break;
            }
            world.server.start().await;
        }
        let mut clients: Vec<Client> = self.pens.iter().map(Pen::written).collect();
        self.posters.append(&mut self.readers);
        let weather = self.chaos.count();
        for visitor in self.posters.into_iter().chain([self.moderator]) {
            clients.push(visitor.leave().await);
        }
        let master = world.server.data.with_file_name("master.key");
        let live = plan.event.parse().expect("an id");
        let log = Log::of_folder(&world.server.data, &master, live)
            .await
            .expect("the log can be read");
        let history = History { clients };
        Verdict {
            seed: self.seed,
            kills: self.kills,
            lines: log.lines.len(),
            removed: log.removed.len(),
            tally: tally(&history),
            weather,
            breaches: check(&history, &log, Rules::default()),
        }
    }
}

/// Posts by the REST interface, and writes down what it was told.
pub struct Writer {
    pen: Pen,
    sent: usize,
}

impl Writer {
    /// So many lines of this text, `at_once` at a time; ends early where `go_on` says so of a status.
    pub async fn post(
        &mut self,
        world: &World,
        plan: &Plan,
        count: usize,
        at_once: usize,
        text: &str,
        mut go_on: impl FnMut(u16) -> bool,
    ) {
        let path = format!("/live/{}/chat", plan.event);
        let last = self.sent + count;
        while self.sent < last {
            let some = self.sent..last.min(self.sent + at_once);
            self.sent = some.end;
            let (pen, path) = (&self.pen, &path);
            let posts = some.map(|n| async move {
                let (client_id, text) = (format!("w-{n}"), format!("{n} {text}"));
                let body = json!({ "client_id": client_id, "text": text });
                pen.write(What::Post {
                    client_id: client_id.clone(),
                    text,
                });
                let answer = world.presenter.post(path, &body).await;
                let said = answer.json();
                if answer.status < 300 {
                    let id = said["id"].as_str().and_then(|id| id.parse().ok());
                    pen.write(What::Receipt {
                        client_id,
                        id: id.unwrap_or_else(|| panic!("{said}")),
                        position: said["position"].as_u64().unwrap_or_else(|| panic!("{said}")),
                    });
                } else {
                    let code = said["code"].as_str().unwrap_or_default().to_owned();
                    pen.write(What::Refused { client_id, code });
                }
                answer.status
            });
            if !futures_util::future::join_all(posts).await.into_iter().all(&mut go_on) {
                return;
            }
        }
    }
}

/// When the server dies: after so long, for so long, and whether it dies once more while it starts.
pub struct Schedule(Vec<(Duration, Duration, Option<Duration>)>);

impl Schedule {
    pub fn new(seed: u64, kills: usize) -> Self {
        let mut dice = StdRng::seed_from_u64(seed ^ 0x9);
        let mut ms = |range: std::ops::Range<u64>| Duration::from_millis(dice.random_range(range));
        let mut one = |n: usize| (ms(20..900), ms(0..200), Some(ms(0..150)).filter(|_| n % 5 == 4));
        Self((0..kills).map(&mut one).collect())
    }

    /// Each time, the instant is what is drawn: nothing is waited for.
    pub async fn run(self, world: &World) {
        for (work, down, early) in self.0 {
            tokio::time::sleep(work).await;
            world.server.kill();
            tokio::time::sleep(down).await;
            if let Some(early) = early {
                world.server.launch();
                tokio::time::sleep(early).await;
                world.server.kill();
            }
            world.server.start().await;
        }
    }
}
