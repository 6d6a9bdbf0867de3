//! What is held for whom: the defects of the reference system (census §12.1) by their numbers, and a model driven at random.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use amphi_events::broadcaster::{BroadcasterCommand, BroadcasterEvent};
use amphi_events::gateway::{GatewayCommand, GatewayEvent, Health, Margins, Setup};
use amphi_events::ids::{BroadcasterId, GatewayId, OutageId, PersonId, ReservationId, RunId, SeededIds};
use amphi_events::log::{EventLog, Filter, MemoryLog};
use amphi_events::meeting::{self, Details};
use amphi_events::person::Role;
use amphi_events::recurrence::{End, Pattern, Recurrence};
use amphi_events::store::{Keyring, MasterKey, Store};
use amphi_events::{Actor, Aggregate as _, Aggregates, EventData as _, ManualClock, Sources, Time};
use amphi_projections::ReadModels;
use amphi_web::auth::accounts;
use futures_util::future::join_all;
use proptest::prelude::*;
use secrecy::SecretString;

use super::*;
use crate::bbb::{BbbClient, Digest};
use crate::outgoing::HttpClient;
use crate::reactors::settings::ReactorSettings;

/// Midnight of the day in the tests.
const DAY: Time = Time(1_800_000_000_000);
const HOUR: i64 = 3600;

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

/// What is held: of what, for which live, from, to.
pub(in crate::reactors) type Hold = (String, LiveId, Time, Time);

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

    /// When the tests begin.
    pub(in crate::reactors) const fn began(&self) -> Time {
        DAY
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

    async fn set_gateway(&self, id: GatewayId, place: usize) {
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

    async fn add_gateway(&mut self, place: usize) -> GatewayId {
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

    async fn step(&self, meeting: MeetingId) {
        let mut planner = Planner {
            deps: self.deps.clone(),
            meeting,
            because: String::new(),
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

    /// What is held, counted from the events alone with nothing forgotten.
    pub(in crate::reactors) async fn holds(&self) -> Vec<Hold> {
        let mut held: BTreeMap<ReservationId, Hold> = BTreeMap::new();
        let (after, every) = (amphi_events::Position(0), Filter::default());
        let page = self.deps.log.read_all(after, &every, usize::MAX).await.unwrap();
        for e in page.events {
            let (event, stream) = (&e.event, e.stream.to_string());
            match e.stream.kind() {
                "gateway" => match GatewayEvent::decode(&event.kind, event.schema, &event.data).unwrap() {
                    GatewayEvent::GatewayReserved {
                        reservation,
                        live,
                        from,
                        to,
                    } => drop(held.insert(reservation, (stream, live, from, to))),
                    GatewayEvent::GatewayReservationMoved { reservation, from, to } => {
                        let hold = held.get_mut(&reservation).unwrap();
                        (hold.2, hold.3) = (from, to);
                    }
                    GatewayEvent::GatewayReservationReleased { reservation } => drop(held.remove(&reservation)),
                    _ => {}
                },
                "broadcaster" => match BroadcasterEvent::decode(&event.kind, event.schema, &event.data).unwrap() {
                    BroadcasterEvent::BroadcasterReserved {
                        reservation,
                        live,
                        from,
                        to,
                    } => drop(held.insert(reservation, (stream, live, from, to))),
                    BroadcasterEvent::BroadcasterReservationMoved { reservation, from, to } => {
                        let hold = held.get_mut(&reservation).unwrap();
                        (hold.2, hold.3) = (from, to);
                    }
                    BroadcasterEvent::BroadcasterReservationReleased { reservation } => {
                        drop(held.remove(&reservation));
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        held.into_values().collect()
    }

    /// The live runs on what it holds.
    pub(in crate::reactors) async fn runs(&self, meeting: MeetingId, until: Time) -> RunId {
        let (live, state) = self.live_of(meeting).await;
        let (held, run) = (state.held.unwrap(), self.deps.sources.id());
        self.gateway(held.gateway, GatewayCommand::Take { run, live }).await;
        let wish = LiveCommand::Request { session: None, until };
        let ask = LiveCommand::AskStart {
            run,
            gateway: held.gateway,
            broadcaster: held.broadcaster,
        };
        for command in [wish, ask, LiveCommand::Started(run)] {
            let lives = &self.deps.aggregates.lives;
            lives.execute(live, command, self.act()).await.unwrap();
        }
        run
    }

    /// The live runs on what it holds, if it is its time and the machine is free.
    async fn may_run(&self, meeting: MeetingId) {
        let folded = self.meeting(meeting).await;
        let (Some(_), Some(details)) = (folded.live, folded.details) else {
            return;
        };
        let (state, now) = (self.live_of(meeting).await.1, self.deps.now());
        let Some(held) = state
            .held
            .filter(|h| h.from <= now && now < h.to && state.run.is_none())
        else {
            return;
        };
        let machine = self.deps.aggregates.gateways.look(held.gateway).await.unwrap().state;
        let out = machine.out_of_service(now, now.plus_ms(1), Margins::NONE);
        if machine.taken.is_none() && out.is_none() {
            self.runs(meeting, details.ends_at().max(now).plus_s(1800)).await;
        }
    }

    /// The live stops, and lets go of the machine.
    async fn stops(&self, meeting: MeetingId, run: RunId) {
        let (live, state) = self.live_of(meeting).await;
        let stop = LiveCommand::Stop(StopReason::Presenter);
        let ask = LiveCommand::AskStop { run, fault: None };
        let gateway = state.run.unwrap().gateway;
        for command in [stop, ask, LiveCommand::Stopped(run)] {
            let lives = &self.deps.aggregates.lives;
            lives.execute(live, command, self.act()).await.unwrap();
        }
        self.gateway(gateway, GatewayCommand::LetGo { run }).await;
    }

    async fn taken(&self, gateway: GatewayId) -> bool {
        let looked = self.deps.aggregates.gateways.look(gateway).await;
        looked.unwrap().state.taken.is_some()
    }

    /// What is said to be free beforehand is given, and nothing else: the read models' rule is the log's.
    async fn offers_what_is_given(&self) {
        let (margins, now) = (self.deps.settings.margins, self.deps.now());
        let hours = self.deps.read.hours(now, margins).await.unwrap();
        let (live, reservation) = (LiveId(ulid::Ulid(1)), ReservationId(ulid::Ulid(1)));
        for machine in &hours.machines {
            let gateway = self.deps.aggregates.gateways.look(machine.id).await.unwrap().state;
            let place = self
                .deps
                .aggregates
                .broadcasters
                .look(machine.broadcaster)
                .await
                .unwrap()
                .state;
            for n in 0..40 {
                let (from, to) = (now.plus_s(n * 2500), now.plus_s(n * 2500 + HOUR));
                let reserve = GatewayCommand::Reserve {
                    reservation,
                    live,
                    from,
                    to,
                    margins,
                };
                let show = BroadcasterCommand::Reserve {
                    reservation,
                    live,
                    from,
                    to,
                    margins,
                };
                // Whoever overruns is on the machine, which the calendar of times to come says nothing of.
                let taken = gateway.taken.is_some() && margins.round(from, to).0 <= now;
                let given = gateway.decide(&reserve, now).is_ok() && place.decide(&show, now).is_ok();
                assert_eq!(
                    !taken && hours.is_free(*machine, from, to),
                    given,
                    "{machine:?} from {from:?}"
                );
            }
        }
    }

    /// What must hold once nothing is left to do.
    pub(in crate::reactors) async fn holds_together(&self) {
        let (margins, now) = (self.deps.settings.margins, self.deps.now());
        let holds = self.holds().await;
        for (n, a) in holds.iter().enumerate() {
            for b in holds[n + 1..].iter().filter(|b| b.0 == a.0) {
                let apart = margins.between_s();
                assert!(a.3.plus_s(apart) <= b.2 || b.3.plus_s(apart) <= a.2, "{a:?} and {b:?}");
            }
        }
        let mut known = BTreeSet::new();
        self.deps.caught_up().await.unwrap();
        self.offers_what_is_given().await;
        for meeting in &self.meetings {
            let folded = self.meeting(*meeting).await;
            let Some(live) = folded.live else { continue };
            let state = self.deps.aggregates.lives.look(live).await.unwrap().state;
            let details = folded.details.unwrap();
            let (from, to) = (details.starts_at, details.ends_at());
            if !details.is_webinar || folded.cancelled {
                assert!(state.held.is_none(), "{meeting} holds something that it does not want");
                continue;
            }
            if let Some(held) = state.held {
                known.extend([
                    (format!("gateway-{}", held.gateway), live, held.from, held.to),
                    (format!("broadcaster-{}", held.broadcaster), live, held.from, held.to),
                ]);
            }
            // What runs is where it runs, for as long as it may.
            if to <= now || state.run.is_some() || state.wanted.is_some() {
                continue;
            }
            let hours = self.deps.read.hours(from, margins).await.unwrap().without(Some(live));
            if let Some(held) = state.held {
                let left = (from.max(now), to);
                assert_eq!(held.to, to, "{meeting} at {now:?}: {state:?}");
                assert!(held.from == from || (from < held.from && held.from <= now), "{meeting}");
                let out = hours.outages.iter().filter(|o| o.gateway == held.gateway);
                let out: Vec<_> = out.filter(|o| o.from < left.1 && left.0 < o.end()).collect();
                assert!(out.is_empty(), "{meeting} holds what is out of service: {out:?}");
            } else {
                assert!(state.lacking.is_some(), "{meeting} is undecided");
                for machine in &hours.machines {
                    let taken = self.taken(machine.id).await && margins.round(from, to).0 <= now;
                    let free = !taken && hours.is_free(*machine, from, to);
                    let rest = !taken && from < now && hours.is_free(*machine, now, to);
                    assert!(!free && !rest, "{meeting} waits while {machine:?} is free");
                }
            }
        }
        let present: BTreeSet<Hold> = holds.into_iter().filter(|h| h.3 > now).collect();
        let left: Vec<_> = present.difference(&known).collect();
        assert!(left.is_empty(), "left behind: {left:?}");
    }
}

/// Census W11: a webinar moved to a time at which its own gateway is another's is given one that is free then.
#[tokio::test]
async fn w11_moved_onto_a_slot_where_its_gateway_is_taken() {
    let mut w = World::new(Margins::NONE, &[1, 2]).await;
    let first = w.plan(at(10), at(11)).await;
    let one = w.held_by(first).await.unwrap();
    w.out(w.gateways[1], at(13), Some(at(15))).await;
    let second = w.plan(at(13), at(14)).await;
    assert_eq!(w.held_by(second).await, Some(one), "the other is out of service");
    w.change(second, w.owner, |d| d.starts_at = at(10)).await;
    w.settle().await;
    assert_eq!(w.held_by(second).await, Some(w.gateways[1]));
    // Lengthened over its neighbour: again the other one.
    let third = w.plan(at(11), at(12)).await;
    let its = w.held_by(third).await.unwrap();
    w.holds_together().await;
    w.change(if its == one { first } else { second }, w.owner, |d| {
        d.duration_s = 2 * HOUR
    })
    .await;
    w.settle().await;
    w.holds_together().await;
}

/// Census W12: unticked, or where none is free, nothing of the webinar stays behind; ticked again it is decided anew.
#[tokio::test]
async fn w12_unticked_leaves_nothing_behind() {
    let mut w = World::new(Margins::NONE, &[1]).await;
    let first = w.plan(at(10), at(11)).await;
    let second = w.plan(at(10), at(11)).await;
    assert!(w.held_by(first).await.is_some() && w.held_by(second).await.is_none());
    let kept = w.meeting(second).await.details.unwrap();
    assert!(kept.is_webinar, "it stays a webinar, and says that it waits");
    assert!(w.live_of(second).await.1.lacking.is_some());
    w.change(first, w.owner, |d| d.is_webinar = false).await;
    w.settle().await;
    assert!(w.live_of(first).await.1.cancelled);
    assert!(w.held_by(first).await.is_none());
    assert_eq!(w.held_by(second).await, Some(w.gateways[0]), "what waits is served");
    w.change(first, w.owner, |d| d.is_webinar = true).await;
    w.settle().await;
    assert!(w.live_of(first).await.1.lacking.is_some());
    w.holds_together().await;
}

/// Census W13: whoever saves at the same moment, a gateway is given once.
#[tokio::test]
async fn w13_savers_at_the_same_moment() {
    let mut w = World::new(Margins::NONE, &[1, 2]).await;
    let mut all = vec![];
    for _ in 0..10 {
        all.push(w.schedule(World::details(at(10), at(11))).await);
    }
    join_all(all.iter().map(|m| w.step(*m))).await;
    w.settle().await;
    let mut served = 0;
    for meeting in &all {
        served += usize::from(w.held_by(*meeting).await.is_some());
    }
    assert_eq!(served, 2);
    w.holds_together().await;
}

/// Census W14: what a live overruns is in the calendar: who comes next is given another gateway while nobody waits, and what was held
/// for it is free again when it stops.
#[tokio::test]
async fn w14_a_live_that_overruns_keeps_its_gateway_and_who_comes_next_gets_another() {
    let mut w = World::new(Margins::NONE, &[1, 2]).await;
    let first = w.plan(at(10), at(11)).await;
    let one = w.held_by(first).await.unwrap();
    let other = w.gateways[1];
    let outage = w.out(other, at(11), Some(at(12))).await;
    let second = w.plan(at(11), at(12)).await;
    assert_eq!(w.held_by(second).await, Some(one), "half-open: ends touch");
    w.gateway(other, GatewayCommand::BackInService { outage }).await;
    w.now(at(10));
    let run = w.runs(first, at(11).plus_s(1800)).await;
    w.settle().await;
    assert_eq!(w.held_by(second).await, Some(one), "nothing is done before it is near");
    w.now(at(11).plus_s(-60));
    w.settle().await;
    let held = w.live_of(first).await.1.held.unwrap();
    assert_eq!((held.gateway, held.to), (one, at(11).plus_s(1800)));
    assert_eq!(w.held_by(second).await, Some(other));
    w.now(at(11).plus_s(600));
    let waits = w.plan(at(11).plus_s(900), at(12)).await;
    assert!(w.held_by(waits).await.is_none(), "the one that overruns is in its way");
    w.stops(first, run).await;
    w.settle().await;
    assert_eq!(w.live_of(first).await.1.held.unwrap().to, at(11), "given back");
    assert_eq!(w.held_by(waits).await, Some(one), "and offered at once");
    w.holds_together().await;
}

/// Census W14, with nowhere to go: whose time it is keeps it, and the one that overruns is held as far as it goes.
#[tokio::test]
async fn w14_an_overrun_takes_nothing_from_who_comes_next() {
    let mut w = World::new(Margins::NONE, &[1]).await;
    let first = w.plan(at(10), at(11)).await;
    let second = w.plan(at(11).plus_s(600), at(12)).await;
    w.now(at(10));
    w.runs(first, at(11).plus_s(1800)).await;
    w.now(at(11).plus_s(-60));
    w.settle().await;
    assert_eq!(w.live_of(first).await.1.held.unwrap().to, at(11).plus_s(600));
    let held = w.live_of(second).await.1.held.unwrap();
    assert_eq!((held.from, held.to), (at(11).plus_s(600), at(12)));
}

/// Census W14: a live that began more than five hours ago is in the way as much as any other.
#[tokio::test]
async fn w14_what_began_long_ago_still_holds() {
    let mut w = World::new(Margins::NONE, &[1]).await;
    w.plan(at(1), at(12)).await;
    w.now(at(8));
    let late = w.plan(at(10), at(11)).await;
    assert!(w.held_by(late).await.is_none());
    assert_eq!(w.live_of(late).await.1.lacking.unwrap().2[0], at(12));
}

/// Census W14: a gateway out of service is given to nobody; who holds it then is given another, and gets it back if there was none.
#[tokio::test]
async fn w14_out_of_service() {
    let mut w = World::new(Margins::NONE, &[1]).await;
    let meeting = w.plan(at(10), at(12)).await;
    let one = w.gateways[0];
    let outage = w.out(one, at(11), None).await;
    w.settle().await;
    assert!(w.held_by(meeting).await.is_none(), "it waits");
    w.holds_together().await;
    let two = w.add_gateway(2).await;
    w.settle().await;
    assert_eq!(w.held_by(meeting).await, Some(two));
    w.out(two, at(9), Some(at(10).plus_s(1))).await;
    w.settle().await;
    assert!(w.held_by(meeting).await.is_none());
    w.gateway(one, GatewayCommand::BackInService { outage }).await;
    w.settle().await;
    assert_eq!(w.held_by(meeting).await, Some(one));
    // What runs goes on: an outage is no stop.
    w.now(at(10));
    w.runs(meeting, at(12)).await;
    w.out(one, at(10), None).await;
    w.settle().await;
    assert_eq!(w.held_by(meeting).await, Some(one));
}

/// Census W14: among free ones the healthy first, then the least used, then the first that came; and always the same.
#[tokio::test]
async fn w14_healthy_first_then_least_used() {
    let mut w = World::new(Margins::NONE, &[1, 2, 3]).await;
    let [one, two, three] = [w.gateways[0], w.gateways[1], w.gateways[2]];
    for (gateway, health) in [(one, Health::Unreachable), (two, Health::Up), (three, Health::Up)] {
        w.seen(gateway, health).await;
    }
    let mut got = vec![];
    for day in 0..4 {
        let meeting = w.plan(at(24 * day + 10), at(24 * day + 11)).await;
        got.push(w.held_by(meeting).await.unwrap());
    }
    assert_eq!(got, [two, three, two, three]);
    // None healthy is better than none.
    w.seen(two, Health::WrongToken).await;
    w.seen(three, Health::BusyElsewhere).await;
    let meeting = w.plan(at(210), at(211)).await;
    assert_eq!(w.held_by(meeting).await, Some(three), "busy elsewhere ends by itself");
}

/// Census W15: two gateways that push to the same place are never given to two lives at once.
#[tokio::test]
async fn w15_two_gateways_of_one_broadcaster() {
    let mut w = World::new(Margins::NONE, &[1, 1]).await;
    let first = w.plan(at(10), at(11)).await;
    let second = w.plan(at(10).plus_s(1800), at(12)).await;
    assert!(w.held_by(first).await.is_some() && w.held_by(second).await.is_none());
    w.holds_together().await;
    // Given a place of its own, the second gateway serves it.
    w.set_gateway(w.gateways[1], 2).await;
    w.settle().await;
    assert_eq!(w.held_by(second).await, Some(w.gateways[1]));
    // And back: whoever holds the place keeps it, the other waits.
    w.set_gateway(w.gateways[1], 1).await;
    w.settle().await;
    assert!(w.held_by(first).await.is_some() && w.held_by(second).await.is_none());
    w.holds_together().await;
}

/// Holds from before broadcasters had a calendar are made whole, and nobody loses anything.
#[tokio::test]
async fn holds_of_the_version_before_are_made_whole() {
    let mut w = World::new(Margins::NONE, &[1]).await;
    let meeting = w.plan(at(10), at(11)).await;
    let (live, state) = w.live_of(meeting).await;
    let place = state.held.unwrap().broadcaster;
    let places = &w.deps.aggregates.broadcasters;
    let there = places
        .look(place)
        .await
        .unwrap()
        .state
        .reservations
        .of(live)
        .unwrap()
        .id;
    let release = BroadcasterCommand::Release { reservation: there };
    places.execute(place, release, w.act()).await.unwrap();
    w.settle().await;
    let whole = places.look(place).await.unwrap().state;
    assert!(whole.reservations.of(live).is_some());
    assert_eq!(w.live_of(meeting).await.1.held, state.held);
    w.holds_together().await;
}

/// Census W16: co-owners are the live's presenters from the first.
#[tokio::test]
async fn w16_co_owners_pilot_from_the_first() {
    let mut w = World::new(Margins::NONE, &[1]).await;
    let co_owner: PersonId = w.deps.sources.id();
    let mut details = World::details(at(10), at(11));
    details.additional_owners = vec![co_owner];
    let meeting = w.schedule(details).await;
    w.settle().await;
    assert!(w.live_of(meeting).await.1.is_presenter(co_owner));
}

/// Census W17: a webinar has one live, at one time; the model says so, and not the page.
#[tokio::test]
async fn w17_a_webinar_does_not_repeat() {
    let w = World::new(Margins::NONE, &[1]).await;
    let mut details = World::details(at(10), at(11));
    details.recurrence = Some(Recurrence {
        pattern: Pattern::Daily,
        frequency: 1,
        end: End::Count(3),
    });
    let command = MeetingCommand::Schedule {
        owner: w.owner,
        live: w.deps.sources.id(),
        details: Box::new(details),
    };
    let meetings = &w.deps.aggregates.meetings;
    let id: MeetingId = w.deps.sources.id();
    let refused = meetings.execute(id, command, w.act()).await.unwrap_err();
    assert_eq!(refused.refusal(), Some(&meeting::Refusal::WebinarRepeats));
}

/// Census W18: a live holds one thing once, however often it was moved.
#[tokio::test]
async fn w18_one_hold_a_live() {
    let mut w = World::new(Margins::NONE, &[1, 2]).await;
    let meeting = w.plan(at(10), at(11)).await;
    for hour in [12, 10, 14, 9, 20] {
        w.change(meeting, w.owner, |d| d.starts_at = at(hour)).await;
        w.settle().await;
    }
    let holds = w.holds().await;
    assert_eq!(holds.len(), 2, "a gateway and its broadcaster: {holds:?}");
    assert!(holds.iter().all(|h| (h.2, h.3) == (at(20), at(21))), "{holds:?}");
}

/// Census W20: a webinar that is deleted leaves its gateway to whoever waits.
#[tokio::test]
async fn w20_deleted_frees() {
    let mut w = World::new(Margins::NONE, &[1]).await;
    let first = w.plan(at(10), at(11)).await;
    let second = w.plan(at(10), at(11)).await;
    let meetings = &w.deps.aggregates.meetings;
    meetings.execute(first, MeetingCommand::Cancel, w.act()).await.unwrap();
    w.settle().await;
    assert!(w.held_by(first).await.is_none() && w.held_by(second).await.is_some());
    w.holds_together().await;
}

/// Census W21: one mail an administrator about a time at which none is free, however often the meeting is saved.
#[tokio::test]
async fn w21_one_mail_however_often_it_is_saved() {
    let mut w = World::new(Margins::NONE, &[]).await;
    let d = &w.deps;
    accounts::add(
        &d.aggregates,
        &d.keys,
        &d.store,
        &d.sources,
        "ada",
        "Ada",
        Role::Administrator,
        Some("hunter2hunter2"),
    )
    .await
    .unwrap();
    // Who has left, and whose access was closed, hears of no title any more.
    accounts::add(
        &d.aggregates,
        &d.keys,
        &d.store,
        &d.sources,
        "bob",
        "Bob",
        Role::Administrator,
        None,
    )
    .await
    .unwrap();
    let meeting = w.plan(at(10), at(11)).await;
    for n in 0..5 {
        w.change(meeting, w.owner, |d| d.description = format!("{n}").into())
            .await;
        w.settle().await;
    }
    w.deps.caught_up().await.unwrap();
    assert_eq!(w.deps.read.mails_in_hand().await.unwrap().len(), 1);
    w.change(meeting, w.owner, |d| d.starts_at = at(12)).await;
    w.settle().await;
    w.deps.caught_up().await.unwrap();
    assert_eq!(
        w.deps.read.mails_in_hand().await.unwrap().len(),
        2,
        "another time is another matter"
    );
}

/// Census W27: what follows from a change follows from the meeting, whoever makes it.
#[tokio::test]
async fn w27_whoever_edits() {
    let mut w = World::new(Margins::NONE, &[1]).await;
    let stranger: PersonId = w.deps.sources.id();
    let meeting = w.plan(at(10), at(11)).await;
    assert!(w.change(meeting, stranger, |d| d.starts_at = at(15)).await);
    w.settle().await;
    let held = w.live_of(meeting).await.1.held.unwrap();
    assert_eq!((held.from, held.to), (at(15), at(16)));
    w.holds_together().await;
}

/// Margins made wider take no gateway from who holds it.
#[tokio::test]
async fn margins_keep_apart() {
    let margins = Margins {
        before_s: 600,
        after_s: 300,
    };
    let mut w = World::new(margins, &[1]).await;
    w.plan(at(10), at(11)).await;
    let near = w.plan(at(11).plus_s(899), at(12)).await;
    assert!(w.held_by(near).await.is_none());
    assert_eq!(w.live_of(near).await.1.lacking.unwrap().2[0], at(11).plus_s(900));
    w.change(near, w.owner, |d| d.starts_at = at(11).plus_s(900)).await;
    w.settle().await;
    assert!(w.held_by(near).await.is_some());
    w.holds_together().await;
}

#[derive(Debug, Clone)]
enum Step {
    Plan(i64, i64),
    Move(usize, i64),
    Lengthen(usize, i64),
    Tick(usize, bool),
    Cancel(usize),
    Out(usize, i64, Option<i64>),
    Back(usize),
    Add(usize),
    Push(usize, usize),
    Wait(i64),
    Run(usize),
    Stop(usize),
}

/// Quarters of an hour, within a day and a half.
fn step() -> impl Strategy<Value = Step> {
    let (when, long) = (0..96_i64, 1..16_i64);
    prop_oneof![
        8 => (when.clone(), long.clone()).prop_map(|(from, long)| Step::Plan(from, long)),
        4 => (0..12_usize, when.clone()).prop_map(|(n, from)| Step::Move(n, from)),
        3 => (0..12_usize, long.clone()).prop_map(|(n, long)| Step::Lengthen(n, long)),
        2 => (0..12_usize, any::<bool>()).prop_map(|(n, on)| Step::Tick(n, on)),
        2 => (0..12_usize).prop_map(Step::Cancel),
        2 => (0..4_usize, when, prop::option::of(long)).prop_map(|(g, from, long)| Step::Out(g, from, long)),
        2 => (0..6_usize).prop_map(Step::Back),
        1 => (0..3_usize).prop_map(Step::Add),
        1 => (0..4_usize, 0..3_usize).prop_map(|(g, place)| Step::Push(g, place)),
        2 => (1..8_i64).prop_map(Step::Wait),
        3 => (0..12_usize).prop_map(Step::Run),
        2 => (0..12_usize).prop_map(Step::Stop),
    ]
}

const QUARTER: i64 = 900;

async fn play(margins: Margins, places: &[usize], steps: &[Step]) -> Vec<Hold> {
    let mut w = World::new(margins, places).await;
    let mut outages: Vec<(GatewayId, OutageId)> = vec![];
    let owner = w.owner;
    for step in steps {
        let now = w.deps.now();
        let after = |quarters: i64| now.plus_s(quarters * QUARTER);
        let nth = |n: usize| w.meetings.get(n % w.meetings.len().max(1)).copied();
        match step {
            Step::Plan(from, long) => {
                let details = World::details(after(*from), after(from + long));
                w.schedule(details).await;
            }
            Step::Move(n, from) => {
                if let Some(meeting) = nth(*n) {
                    w.change(meeting, owner, |d| d.starts_at = after(*from)).await;
                }
            }
            Step::Lengthen(n, long) => {
                if let Some(meeting) = nth(*n) {
                    w.change(meeting, owner, |d| d.duration_s = long * QUARTER).await;
                }
            }
            Step::Tick(n, on) => {
                if let Some(meeting) = nth(*n) {
                    w.change(meeting, owner, |d| d.is_webinar = *on).await;
                }
            }
            Step::Cancel(n) => {
                if let Some(meeting) = nth(*n) {
                    let meetings = &w.deps.aggregates.meetings;
                    meetings
                        .execute(meeting, MeetingCommand::Cancel, w.act())
                        .await
                        .unwrap();
                }
            }
            Step::Out(g, from, long) => {
                let gateway = w.gateways[g % w.gateways.len()];
                let to = long.map(|long| after(from + long));
                outages.push((gateway, w.out(gateway, after(*from), to).await));
            }
            Step::Back(n) if !outages.is_empty() => {
                let (gateway, outage) = outages.remove(n % outages.len());
                w.gateway(gateway, GatewayCommand::BackInService { outage }).await;
            }
            Step::Back(_) => {}
            Step::Add(place) => drop(w.add_gateway(*place).await),
            Step::Push(g, place) => w.set_gateway(w.gateways[g % w.gateways.len()], *place).await,
            Step::Wait(quarters) => w.now(after(*quarters)),
            Step::Run(n) => {
                if let Some(meeting) = nth(*n) {
                    w.may_run(meeting).await;
                }
            }
            Step::Stop(n) => {
                if let Some(meeting) = nth(*n)
                    && w.meeting(meeting).await.live.is_some()
                    && let Some(run) = w.live_of(meeting).await.1.run
                {
                    w.stops(meeting, run.id).await;
                }
            }
        }
        w.settle().await;
        w.holds_together().await;
    }
    w.holds().await
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Whatever is planned, moved, lengthened, unticked, deleted, taken out of service, added and changed: no two reservations of a
    /// gateway or of a broadcaster overlap, margins and all; nothing is held that is not wanted; nobody waits while a gateway is free; and
    /// the same acts give the same choice.
    #[test]
    fn the_calendar_holds_together(
        steps in prop::collection::vec(step(), 1..24),
        places in prop::collection::vec(0..3_usize, 1..4),
        margins in (0..3_i64, 0..3_i64).prop_map(|(b, a)| Margins { before_s: b * 300, after_s: a * 400 }),
    ) {
        let run = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(play(margins, &places, &steps))
        };
        prop_assert_eq!(run(), run());
    }
}

/// Slides of a meeting go a year after its end, from the store and from the meeting; not a moment before, and none that somebody still needs.
#[tokio::test]
async fn slides_go_after_their_year_and_not_before() {
    let mut w = World::new(Margins::NONE, &[]).await;
    let mut plain = World::details(at(10), at(11));
    plain.is_webinar = false;
    let mut series = plain.clone();
    series.recurrence = Some(Recurrence {
        pattern: Pattern::Daily,
        frequency: 1,
        end: End::Open,
    });
    let (once, open) = (w.schedule(plain.clone()).await, w.schedule(series).await);
    let give = async |w: &World, meeting: MeetingId| {
        let slides = Slides {
            id: w.deps.sources.id(),
            file: "a.txt".into(),
            bytes: 5,
            pages: None,
        };
        w.deps
            .shelf
            .put(meeting, slides.id, bytes::Bytes::from_static(b"hello"))
            .await
            .unwrap();
        let command = MeetingCommand::AddSlides(slides.clone());
        w.deps
            .aggregates
            .meetings
            .execute(meeting, command, w.act())
            .await
            .unwrap();
        slides.id
    };
    let (one, other) = (give(&w, once).await, give(&w, open).await);
    let there = async |w: &World, meeting: MeetingId, slides| {
        let held = w.meeting(meeting).await.slides.iter().any(|s| s.id == slides);
        let kept = w.deps.shelf.get(meeting, slides).await.is_ok();
        assert_eq!(held, kept, "the file and what the meeting says of it go together");
        held
    };
    let year = 365 * 24;
    w.now(Time(at(11 + year).0 - 1));
    w.settle().await;
    assert!(there(&w, once, one).await && there(&w, open, other).await);
    // Added late, they have a year from then on.
    let late = give(&w, once).await;
    w.now(at(11 + year));
    w.settle().await;
    assert!(!there(&w, once, one).await, "its year is over");
    assert!(there(&w, once, late).await);
    w.now(at(11 + 2 * year));
    w.settle().await;
    assert!(!there(&w, once, late).await);
    assert!(there(&w, open, other).await, "a series without an end still shows them");
}
