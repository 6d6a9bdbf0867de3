//! Gateways and their playlists, as nasty as the real ones, in the model's time: over HTTP, in the dialect of generation 3 (gateway-contract §2).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use amphi_events::{Clock as _, ManualClock, Time};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// A picture is seen to move so long after the start, in milliseconds.
const PUBLISHES_MS: i64 = 8_000;
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

/// A container.
#[derive(Debug, Clone)]
pub struct Container {
    /// The room it was started for.
    pub room: String,
    since: Time,
}

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
    fn said(&self, target: &str) -> Option<(u16, String)> {
        let url = url::Url::parse(&format!("http://x{target}")).ok()?;
        let parts: Vec<&str> = url.path_segments()?.collect();
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

    fn started(&self, machine: &mut Machine, room: String, now: Time) -> Option<(u16, String)> {
        if machine.runs.is_some() {
            let busy = r#"{"status": "success", "details": {"res": "error", "type": "No free resources found"}}"#;
            return Some((200, busy.to_owned()));
        }
        let container = Container { room, since: now };
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
const HANGS: &str = "hangs";

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
