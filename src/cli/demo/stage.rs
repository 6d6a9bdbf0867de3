//! What the demo's pages press: faults of the simulators, the way to BBB, the crowd.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use amphi_events::ids::{LiveId, MeetingId, PersonId};
use amphi_sim::faults::Kind;
use amphi_sim::{Fault, Sim};
use amphi_web::{DemoAct, DemoMail, DemoNow, DemoStage, Web};
use anyhow::Context as _;
use async_trait::async_trait;
use tokio::sync::Mutex;

use super::crowd::{Crowd, Venue};
use super::door::Door;
use super::tour::Seen;

/// What a broken gateway answers.
const BAD_GATEWAY: u16 = 502;

/// The demo, from outside of its server.
pub struct Stage {
    sim: Arc<Sim>,
    door: Door,
    crowd: Crowd,
    /// Once the rooms are furnished.
    set: OnceLock<Set>,
    /// One press at a time.
    pressing: Mutex<()>,
    /// Something was broken, and mended.
    mended: AtomicBool,
}

/// What there is once the rooms are furnished.
struct Set {
    venue: Venue,
    meeting: MeetingId,
    guide: (PersonId, String),
    verify: String,
    mails: PathBuf,
    seen: Mutex<Seen>,
}

/// What the tour is about.
pub struct Scene {
    /// What the server is made of.
    pub web: Web,
    /// Address and port where it listens.
    pub address: String,
    /// The live.
    pub live: LiveId,
    /// Its meeting.
    pub meeting: MeetingId,
    /// Who goes into the room.
    pub guide: (PersonId, String),
    /// The data folder.
    pub data: PathBuf,
}

/// How this program was called: with cargo it is not on the search path.
fn program() -> String {
    std::env::args().next().unwrap_or_else(|| "amphi".to_owned())
}

/// The auditor's command, so that a shell takes it as it stands.
fn verify(program: &str, data: &Path) -> String {
    let quoted = |text: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@".contains(c);
        if text.chars().all(plain) {
            text.to_owned()
        } else {
            format!("'{}'", text.replace('\'', r"'\''"))
        }
    };
    let data = data.display().to_string();
    format!("{} audit verify --data {}", quoted(program), quoted(&data))
}

fn fault(on: String, kind: Kind, code: Option<u16>) -> Fault {
    Fault {
        on,
        kind,
        times: None,
        ms: None,
        code,
    }
}

/// Whether a fault is what this act puts in force; what the control API sets counts as well.
fn is_of(act: DemoAct, fault: &Fault) -> bool {
    match act {
        DemoAct::Gateway => fault.on.starts_with("gateway") && fault.kind == Kind::Status,
        DemoAct::Stream => fault.on.starts_with("hls") && fault.kind == Kind::Freeze,
        DemoAct::Bbb | DemoAct::Crowd => false,
    }
}

impl Stage {
    /// Before the rooms are there.
    pub fn new(sim: Arc<Sim>, door: Door) -> Arc<Self> {
        Arc::new(Self {
            sim,
            door,
            crowd: Crowd::default(),
            set: OnceLock::new(),
            pressing: Mutex::default(),
            mended: AtomicBool::new(false),
        })
    }

    /// The rooms are there: the tour begins.
    pub async fn open(&self, scene: Scene) {
        let seen = Seen::from_now(&scene.web, scene.live).await;
        let set = Set {
            venue: Venue {
                web: scene.web,
                address: scene.address,
                live: scene.live,
                said: Arc::default(),
            },
            meeting: scene.meeting,
            guide: scene.guide,
            verify: verify(&program(), &scene.data),
            mails: scene.data.join("mail"),
            seen: Mutex::new(seen),
        };
        // Furnished once a process.
        let _ = self.set.set(set);
    }

    async fn is_on(&self, act: DemoAct) -> bool {
        match act {
            DemoAct::Gateway | DemoAct::Stream => self.sim.faults.list().iter().any(|f| is_of(act, f)),
            DemoAct::Bbb => self.door.is_shut().await,
            DemoAct::Crowd => self.crowd.is_here(),
        }
    }

    /// Name of the simulated gateway that makes the picture, or would.
    async fn gateway(&self, set: &Set) -> anyhow::Result<String> {
        let read = &set.venue.web.read;
        let row = read.live(set.venue.live).await?.context("the live")?;
        let id = row.run.map(|r| r.gateway).or(row.gateway).context("no gateway")?;
        Ok(read.gateway(id).await?.context("the gateway")?.setup.name.0)
    }

    async fn begin(&self, set: &Set, act: DemoAct) -> anyhow::Result<()> {
        match act {
            DemoAct::Gateway => {
                let name = self.gateway(set).await?;
                let on = format!("gateway@{name}");
                self.sim.faults.add(fault(on, Kind::Status, Some(BAD_GATEWAY)));
                if let Some(gateway) = self.sim.gateways.get(&name) {
                    gateway.die();
                }
            }
            DemoAct::Stream => self.sim.faults.add(fault("hls".to_owned(), Kind::Freeze, None)),
            DemoAct::Bbb => self.door.shut(true).await?,
            DemoAct::Crowd => self.crowd.call(set.venue.clone()),
        }
        Ok(())
    }

    async fn mend(&self, act: DemoAct) -> anyhow::Result<()> {
        match act {
            DemoAct::Gateway | DemoAct::Stream => self.sim.faults.remove(|f| is_of(act, f)),
            DemoAct::Bbb => self.door.shut(false).await?,
            DemoAct::Crowd => self.crowd.send_away(),
        }
        Ok(())
    }
}

#[async_trait]
impl DemoStage for Stage {
    async fn now(&self) -> Option<DemoNow> {
        let set = self.set.get()?;
        let mut on = Vec::new();
        for act in DemoAct::ALL {
            if self.is_on(act).await {
                on.push(act);
            }
        }
        let seen = {
            let mut seen = set.seen.lock().await;
            seen.look(&set.venue.web, set.venue.live, &self.crowd).await;
            seen.clone()
        };
        Some(DemoNow {
            live: set.venue.live,
            meeting: set.meeting,
            guide: set.guide.clone(),
            on,
            done: [
                seen.wrote,
                seen.answered,
                seen.closed,
                self.mended.load(Ordering::Relaxed),
            ],
            verify: set.verify.clone(),
        })
    }

    async fn mails(&self) -> Result<Vec<DemoMail>, String> {
        match self.set.get() {
            Some(set) => super::mails::read(&set.mails).await.map_err(|e| format!("{e:#}")),
            None => Ok(vec![]),
        }
    }

    async fn press(&self, act: DemoAct, on: bool) -> Result<(), String> {
        let set = self.set.get().ok_or("the rooms are being opened")?;
        let _one = self.pressing.lock().await;
        if self.is_on(act).await == on {
            return Ok(());
        }
        let done = if on {
            self.begin(set, act).await
        } else {
            self.mend(act).await
        };
        done.map_err(|e| format!("{e:#}"))?;
        self.mended.fetch_or(!on, Ordering::Relaxed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_auditors_command_is_one_for_a_shell() {
        let of = |data: &str| verify("target/release/amphi", Path::new(data));
        assert_eq!(of("/tmp/d"), "target/release/amphi audit verify --data /tmp/d");
        assert_eq!(
            of("/tmp/l’a b"),
            "target/release/amphi audit verify --data '/tmp/l’a b'"
        );
        assert_eq!(
            of("/tmp/it's"),
            r"target/release/amphi audit verify --data '/tmp/it'\''s'"
        );
    }
}
