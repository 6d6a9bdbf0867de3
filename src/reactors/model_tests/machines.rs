//! Gateways and their playlists, as nasty as the real ones, in the model's time: over HTTP, in the dialect of generation 3 (gateway-contract §2).
//! Each has a robot, which comes into its room by the door that the run's token opens.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use amphi_events::{Clock as _, ManualClock, Time};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use super::bbb::Bbb;

/// A picture is seen to move so long after the start, in milliseconds.
const PUBLISHES_MS: i64 = 8_000;
/// Its robot asks to come into the room so long after the start, in milliseconds.
const KNOCKS_MS: i64 = 3_000;
/// A segment, in milliseconds.
const SEGMENT_MS: i64 = 2_000;

/// How a gateway answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mood {
    /// As it should.
    #[default]
    Well,
    /// 502, and nothing happens.
    Refusing,
    /// Connections are cut before anything happens.
    Silent,
}

/// How its next start goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NextStart {
    /// As it should.
    #[default]
    Well,
    /// The order is carried out so many milliseconds later, and no answer comes.
    Late(i64),
    /// It starts, says that it failed, and goes on.
    Zombie,
    /// It starts, and the program that asked dies before it hears so.
    KillsUs,
}

/// Where the robot of a container is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Robot {
    /// At the door.
    Outside,
    /// In the room of that meeting that was made then, as that user.
    In(String, i64, String),
    /// It goes into no room any more: it was put out, or there is none to go to. The picture moves all the same.
    Away,
}

/// A container.
#[derive(Debug, Clone)]
pub struct Container {
    /// The room token it was started with.
    pub room: String,
    pub robot: Robot,
    since: Time,
}

/// An answer's status and body; `None`: the connection is cut.
pub type Said = Option<(u16, String)>;

#[derive(Debug, Default)]
pub struct Machine {
    /// What runs on its one slot.
    pub runs: Option<Container>,
    pub mood: Mood,
    pub next: NextStart,
    /// Its picture stands since then.
    pub frozen: Option<Time>,
    late: Option<(Time, Container)>,
}

impl Machine {
    /// The picture that its playlist shows moves now.
    pub fn moves(&self, now: Time) -> bool {
        let on = self.runs.as_ref().map(|c| c.since.plus_ms(PUBLISHES_MS));
        self.frozen.is_none() && on.is_some_and(|at| at <= now)
    }

    /// When something of it happens by itself.
    pub fn due(&self) -> Option<Time> {
        self.late.as_ref().map(|(at, _)| *at)
    }

    fn settle(&mut self, now: Time) {
        if let Some((_, container)) = self.late.take_if(|(at, _)| *at <= now) {
            // The launcher starts what it was told to, if its slot is free.
            self.runs.get_or_insert(Container {
                since: now,
                ..container
            });
        }
    }
}

/// All of them, by number, behind one port.
pub struct Machines {
    all: Mutex<BTreeMap<usize, Machine>>,
    bbb: Mutex<Bbb>,
    clock: ManualClock,
    /// Rung when the program is to die.
    pub kill: Notify,
    pub base: String,
}

impl Machines {
    /// So many gateways.
    pub async fn start(count: usize, clock: ManualClock) -> (Arc<Self>, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let all = (0..count).map(|n| (n, Machine::default())).collect();
        let machines = Arc::new(Self {
            all: Mutex::new(all),
            bbb: Mutex::default(),
            clock,
            kill: Notify::new(),
            base,
        });
        let serving = machines.clone();
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move { drop(serving.answer(socket).await) });
            }
        });
        (machines, task)
    }

    /// As they are now.
    pub fn now(&self) -> MutexGuard<'_, BTreeMap<usize, Machine>> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        for machine in all.values_mut() {
            machine.settle(now);
        }
        all
    }

    /// BBB as it is now.
    pub fn bbb(&self) -> MutexGuard<'_, Bbb> {
        let mut bbb = self.bbb.lock().unwrap_or_else(PoisonError::into_inner);
        bbb.settle(self.clock.now());
        bbb
    }

    /// Tokens of the containers whose robots knock now, by their gateways.
    pub fn knocking(&self) -> Vec<(usize, String)> {
        let (all, now) = (self.now(), self.clock.now());
        let knocks = |c: &&Container| c.robot == Robot::Outside && c.since.plus_ms(KNOCKS_MS) <= now;
        let tokens = all
            .iter()
            .filter_map(|(n, m)| Some((*n, m.runs.as_ref().filter(knocks)?.room.clone())));
        tokens.collect()
    }

    /// Where the robot of that container is from now on.
    pub fn robot(&self, n: usize, token: &str, robot: Robot) {
        let mut all = self.now();
        let container = all.get_mut(&n).and_then(|m| m.runs.as_mut());
        if let Some(container) = container.filter(|c| c.room == token) {
            container.robot = robot;
        }
    }

    /// The robot of that gateway is in a room that is there.
    pub fn is_in_room(&self, n: usize) -> bool {
        let robot = self.now()[&n].runs.as_ref().map(|c| c.robot.clone());
        let Some(Robot::In(meeting, created, _)) = robot else {
            return false;
        };
        self.bbb().room(&meeting).is_some_and(|r| r.created == created)
    }

    /// What BBB says: it lists whoever is in a room that is still the same.
    fn bbb_said(&self, call: &str, id: &str) -> Said {
        let robots: Vec<(i64, String)> = {
            let all = self.now();
            let inside = all.values().filter_map(|m| match &m.runs.as_ref()?.robot {
                Robot::In(meeting, created, user) if meeting == id => Some((*created, user.clone())),
                _ => None,
            });
            inside.collect()
        };
        let mut bbb = self.bbb();
        let created = bbb.room(id).map(|r| r.created);
        let here = robots.into_iter().filter(|(c, _)| Some(*c) == created);
        let here: Vec<String> = here.map(|(_, user)| user).collect();
        bbb.said(call, id, &here, self.clock.now(), &self.kill)
    }

    async fn answer(&self, mut socket: TcpStream) -> std::io::Result<()> {
        let mut head = Vec::new();
        while !head.windows(4).any(|w| w == b"\r\n\r\n") {
            let mut some = [0_u8; 2048];
            let n = socket.read(&mut some).await?;
            if n == 0 {
                return Ok(());
            }
            head.extend_from_slice(&some[..n]);
        }
        let head = String::from_utf8_lossy(&head);
        let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let Some((status, body)) = self.said(&target) else {
            return Ok(());
        };
        if body == HANGS {
            return std::future::pending().await;
        }
        let answer = format!(
            "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(answer.as_bytes()).await
    }

    /// The answer to a call; `None`: the connection is cut.
    fn said(&self, target: &str) -> Said {
        let url = url::Url::parse(&format!("http://x{target}")).ok()?;
        let parts: Vec<&str> = url.path_segments()?.collect();
        if let ["bigbluebutton", "api", call @ ..] = parts.as_slice() {
            let id = url.query_pairs().find(|(k, _)| k == "meetingID");
            return self.bbb_said(&call.join("/"), &id.map(|(_, v)| v.into_owned()).unwrap_or_default());
        }
        let (which, call) = (parts.first()?.parse::<usize>().ok()?, *parts.get(1)?);
        let room = url
            .query_pairs()
            .find(|(k, _)| k == "room")
            .map(|(_, v)| v.into_owned());
        let now = self.clock.now();
        let mut all = self.now();
        let machine = all.get_mut(&which)?;
        if call == "live.m3u8" {
            return Some(playlist(machine, now));
        }
        match machine.mood {
            Mood::Well => {}
            Mood::Refusing => return Some((502, "<html>bad gateway</html>".to_owned())),
            Mood::Silent => return None,
        }
        let Some(room) = room else {
            return Some((400, r#"{"Error": "a room name must be specified"}"#.to_owned()));
        };
        let runs = machine.runs.as_ref().is_some_and(|c| c.room == room);
        match call {
            "start" => self.started(machine, room, now),
            "stop" if runs => {
                machine.runs = None;
                let said = r#"{"status": "success", "details": {"res": " Container gw0  Stopping =>  Container gw0  Stopped"}}"#;
                Some((200, said.to_owned()))
            }
            "stop" => Some((400, format!(r#"{{"Error": "no running container for room={room}"}}"#))),
            "progress" if runs => Some((200, r#"{"status": "success"}"#.to_owned())),
            "progress" => Some((200, r#"{"status": "success", "gw_state": "down"}"#.to_owned())),
            _ => Some((404, "not found".to_owned())),
        }
    }

    fn started(&self, machine: &mut Machine, room: String, now: Time) -> Said {
        if machine.runs.is_some() {
            let busy = r#"{"status": "success", "details": {"res": "error", "type": "No free resources found"}}"#;
            return Some((200, busy.to_owned()));
        }
        let container = Container {
            room,
            robot: Robot::Outside,
            since: now,
        };
        machine.frozen = None;
        match std::mem::take(&mut machine.next) {
            NextStart::Well => {
                machine.runs = Some(container);
                let said = r#"{"status": "success", "details": {"res": "ok", "app": "streaming", "uri": "rtmp"}}"#;
                Some((200, said.to_owned()))
            }
            NextStart::Late(ms) => {
                machine.late = Some((now.plus_ms(ms), container));
                None
            }
            NextStart::Zombie => {
                machine.runs = Some(container);
                let failed =
                    r#"{"status": "success", "details": {"res": "error", "type": "The gateway failed to launch"}}"#;
                Some((200, failed.to_owned()))
            }
            NextStart::KillsUs => {
                machine.runs = Some(container);
                self.kill.notify_one();
                Some((200, HANGS.to_owned()))
            }
        }
    }
}

/// No answer, and the connection stays open.
pub(super) const HANGS: &str = "hangs";

fn playlist(machine: &Machine, now: Time) -> (u16, String) {
    let Some(container) = &machine.runs else {
        return (404, String::new());
    };
    let since = container.since.plus_ms(PUBLISHES_MS);
    if now < since {
        return (404, String::new());
    }
    let until = machine.frozen.map_or(now, |at| at.max(since));
    let n = until.since_ms(since) / SEGMENT_MS;
    let list = format!(
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:{n}\n#EXTINF:2.0,\n{n}.ts\n"
    );
    (200, list)
}
