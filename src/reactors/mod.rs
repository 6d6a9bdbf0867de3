//! The only part of the program that talks to the outside (design §1). Each reactor folds streams, compares what is
//! wanted with what is seen, and closes the difference; what came of it goes back as a command.
//! Killed at any instruction, a reactor finds in the log where it was.

mod callbacks;
mod chronicle;
mod defect;
mod echoes;
pub mod elsewhere;
pub mod feeds;
mod hands;
mod heard;
mod house;
pub mod inviter;
mod library;
mod looks;
#[cfg(test)]
mod model_tests;
pub mod planner;
pub mod postman;
pub mod preflight;
mod publishing;
pub mod recordings;
pub mod rehearsal;
pub mod relay;
pub mod retention;
pub mod rooms;
pub mod scout;
pub mod settings;
mod signed;
pub mod stage;
mod wake;
mod why;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use amphi_events::ids::{GatewayId, LiveId};
use amphi_events::log::EventLog;
use amphi_events::store::{Keyring, Store};
use amphi_events::{Aggregates, Sources};
use amphi_projections::ReadModels;
use anyhow::Context as _;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

pub use callbacks::{Door, Outside};
pub use echoes::Echoes;
pub use hands::Hands;
pub use heard::Heard;
pub use looks::Looks;
pub use settings::ReactorSettings;

use crate::bbb::BbbClient;
use crate::outgoing::HttpClient;

/// How long the read models may take to read what has just come.
const READ: std::time::Duration = std::time::Duration::from_secs(2);

/// What every reactor is given.
pub struct Deps {
    /// The log, to follow.
    pub log: Arc<dyn EventLog>,
    /// Commands.
    pub aggregates: Aggregates,
    /// Keys of persons and scopes.
    pub keys: Arc<Keyring>,
    /// Secrets.
    pub store: Arc<Store>,
    /// Where to start: what is in hand.
    pub read: Arc<ReadModels>,
    /// Time, ids, randomness.
    pub sources: Sources,
    /// The one outgoing client.
    pub http: HttpClient,
    /// BBB.
    pub bbb: BbbClient,
    /// Its secret, for what it calls back with.
    pub bbb_secret: SecretString,
    /// Origin that people and BBB use, without a trailing slash.
    pub public_url: String,
    /// What was seen of sessions that other front ends opened.
    pub board: Arc<amphi_web::elsewhere::Board>,
    /// Slides of meetings.
    pub shelf: amphi_web::slides::Shelf,
    /// Folder of mails, where there is no mail server.
    pub mail_folder: std::path::PathBuf,
    /// The house's mail server.
    pub post: Option<postman::Post>,
    /// Intervals and limits.
    pub settings: ReactorSettings,
    /// Stops that the log did not take.
    pub unrecorded: Unrecorded,
    /// What webhooks said of who is in the rooms.
    pub heard: Heard,
    /// What the room's echoes are waited for.
    pub echoes: Echoes,
    /// Who is being probed.
    pub probing: Probing,
    /// What BBB's lists of recordings were when they were looked at.
    pub looks: Looks,
}

/// One probe at a time a gateway: the scout asks, and so does a start whose gateway speaks nobody knows what.
#[derive(Default)]
pub struct Probing(Mutex<BTreeMap<GatewayId, Arc<tokio::sync::Mutex<stage::Damper>>>>);

impl Probing {
    /// The lock of a gateway, with what the probe before saw.
    fn of(&self, gateway: GatewayId) -> Arc<tokio::sync::Mutex<stage::Damper>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(gateway).or_default().clone()
    }

    /// Whether the last probe of a gateway waits for another that sees the same.
    async fn unsure(&self, gateway: GatewayId) -> bool {
        self.of(gateway).lock().await.unsure()
    }
}

/// Lives that somebody stopped while the log took no writes. In memory alone: it is there for as long as the log refuses, and whoever
/// asked was told that nothing was recorded.
#[derive(Default)]
pub struct Unrecorded(Mutex<BTreeSet<LiveId>>);

impl Unrecorded {
    /// This live was stopped.
    pub fn add(&self, live: LiveId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(live);
    }

    /// Whether this live was stopped.
    pub fn has(&self, live: LiveId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&live)
    }

    /// Its stop is recorded.
    pub fn recorded(&self, live: LiveId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&live);
    }
}

impl Deps {
    /// Now.
    pub fn now(&self) -> amphi_events::Time {
        self.sources.now()
    }

    /// Waits until the read models have read the log as it is now. The log wakes the reactors and fills the models at
    /// the same time: a line or a gateway that has just come was looked for too early, and nothing woke a second time.
    pub async fn caught_up(&self) -> anyhow::Result<()> {
        self.read
            .wait(self.log.head(), READ)
            .await
            .context("the read models are behind the log")
    }
}

/// All reactors, running.
pub struct Reactors {
    /// BBB rooms.
    pub rooms: Hands,
    /// Gateways and the picture.
    pub stage: Hands,
    /// Chat both ways.
    pub relay: Hands,
    /// Lives and gateways of planned meetings.
    pub planner: Hands,
    /// Who is to be told of meetings.
    pub inviter: Hands,
    /// What BBB has recorded.
    pub recordings: Hands,
    /// Mails.
    pub postman: Hands,
    /// What gateways speak.
    pub scout: Hands,
    /// What is kept for so many days.
    pub retention: Hands,
    /// The whole chain, tried out.
    pub rehearsal: Hands,
    /// What a webinar needs, looked at before it starts.
    pub preflight: Hands,
    /// Pictures of encoders.
    pub feeds: Hands,
    /// Sessions that other front ends opened.
    pub elsewhere: Hands,
}

impl Reactors {
    /// The reactors with nothing in hand: they can be hinted at, but follow nothing yet.
    pub fn idle(deps: &Arc<Deps>, stop: &CancellationToken) -> Arc<Self> {
        Arc::new(Self {
            rooms: Hands::new("rooms", stop.clone(), rooms::worker(deps.clone())),
            stage: Hands::new("stage", stop.clone(), stage::worker(deps.clone())),
            relay: Hands::new("relay", stop.clone(), relay::worker(deps.clone())),
            planner: Hands::new("planner", stop.clone(), planner::worker(deps.clone())),
            inviter: Hands::new("inviter", stop.clone(), inviter::worker(deps.clone())),
            recordings: Hands::new("recordings", stop.clone(), recordings::worker(deps.clone())),
            postman: Hands::new("postman", stop.clone(), postman::worker(deps.clone())),
            scout: Hands::new("scout", stop.clone(), scout::worker(deps.clone())),
            retention: Hands::new("retention", stop.clone(), retention::worker(deps.clone())),
            rehearsal: Hands::new("rehearsal", stop.clone(), rehearsal::worker(deps.clone())),
            preflight: Hands::new("preflight", stop.clone(), preflight::worker(deps.clone())),
            feeds: Hands::new("feeds", stop.clone(), feeds::worker(deps.clone())),
            elsewhere: Hands::new("elsewhere", stop.clone(), elsewhere::worker(deps.clone())),
        })
    }

    /// Every reactor, in the order in which administrators see them.
    pub fn all(&self) -> [&Hands; 13] {
        [
            &self.rooms,
            &self.stage,
            &self.relay,
            &self.planner,
            &self.inviter,
            &self.recordings,
            &self.postman,
            &self.scout,
            &self.retention,
            &self.rehearsal,
            &self.preflight,
            &self.feeds,
            &self.elsewhere,
        ]
    }

    /// Takes what the read models say is in hand, then follows the log.
    ///
    /// # Errors
    /// The read models can't be read, or don't reach the log's head.
    pub async fn start(deps: &Arc<Deps>, reactors: &Arc<Self>, stop: &CancellationToken) -> anyhow::Result<()> {
        wake::start(deps.clone(), reactors.clone(), stop.clone()).await
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, clippy::panic, reason = "tests")]

    use amphi_events::gateway::Margins;
    use amphi_web::i18n::Lang;
    use amphi_web::pages::admin::works::what_it_does;

    use super::*;

    /// The inviter had none: administrators read a bare name.
    #[tokio::test]
    async fn every_reactor_that_runs_says_what_it_does_in_both_languages() {
        let world = planner::tests::World::new(Margins::NONE, &[]).await;
        let reactors = Reactors::idle(&world.deps, &CancellationToken::new());
        for hands in reactors.all() {
            let what = what_it_does(hands.name()).unwrap_or_else(|| panic!("{} says nothing", hands.name()));
            let (fr, en) = (Lang::Fr.t(what), Lang::En.t(what));
            assert!(
                fr.len() > 10 && en.len() > 10 && fr != en,
                "{}: {fr} {en}",
                hands.name()
            );
        }
        drop(world);
    }

    /// What a worker does names the event that woke it.
    #[tokio::test]
    async fn what_a_woken_worker_does_names_what_woke_it() {
        let world = planner::tests::World::new(Margins::NONE, &[]).await;
        let (deps, stop) = (world.deps.clone(), CancellationToken::new());
        let reactors = Reactors::idle(&deps, &stop);
        Reactors::start(&deps, &reactors, &stop).await.expect("the reactors");
        let before = deps.log.head();
        let meeting = world.webinar_alone().await;
        let mine = |e: &amphi_events::Recorded| e.event.actor.0.starts_with("system:planner");
        let written = async {
            loop {
                let page = deps
                    .log
                    .read_all(before, &amphi_events::log::Filter::default(), 1000)
                    .await;
                let events = page.expect("a page").events;
                if events.iter().filter(|e| mine(e)).count() >= 2 {
                    return events;
                }
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        let all = tokio::time::timeout(std::time::Duration::from_secs(30), written)
            .await
            .expect("the planner plans");
        let ids: BTreeSet<String> = all.iter().map(|e| format!("event:{}", e.event.id)).collect();
        for e in all.iter().filter(|e| mine(e)) {
            assert!(
                ids.contains(&e.event.cause),
                "{}: {:?} of {meeting}",
                e.event.kind,
                e.event.cause
            );
        }
        stop.cancel();
    }
}
