//! The history checker on rooms that are as they should be, and on rooms with a deliberate defect each: it must find every one of them.
//!
//! A whole hub on a log in memory, websockets over real connections that are cut, readers that don't read. Everything runs on
//! the test's own thread, where its defect is in force.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use amphi_checker::chaos::{Chaos, Weather};
use amphi_checker::visitor::{Habits, Visitor as Client, until};
use amphi_checker::{Breach, History, Log, Recorder, Rules, check, tally};
use amphi_events::chat::{self, Author, AuthorKind, ChatCommand};
use amphi_events::envelope::{Actor, Key, Position};
use amphi_events::ids::{EventId, LiveId, MessageId, PersonId};
use amphi_events::live::LiveCommand;
use amphi_events::log::{EventLog, MemoryLog};
use amphi_events::store::{Keyring, MasterKey, Place as Where};
use amphi_events::{Act, Aggregates, Scope, Sources, Subject};
use amphi_projections::ReadModels;
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::net::TcpListener;

use crate::defect::{self, Defect};
use crate::{Answer, Guest, Handshake, Hub, Receipt, Refused, Said, Seat, Settings, Standing, Via, Visitor, You};

/// A hub with one live, and who comes to it: a bearer token is a person's id.
struct House {
    hub: Arc<Hub>,
    log: Arc<MemoryLog>,
    keys: Arc<Keyring>,
    sources: Sources,
    aggregates: Aggregates,
    live: LiveId,
    _folder: tempfile::TempDir,
}

impl House {
    async fn new() -> Arc<Self> {
        let folder = tempfile::tempdir().unwrap();
        let sources = Sources::system();
        let memory = MemoryLog::new(&sources);
        let log: Arc<dyn EventLog> = memory.clone();
        let master = MasterKey::new(1, [9; 32]);
        let keys = folder.path().join("keys.db");
        let keys = Keyring::load(&keys, &master, &log.identity().log_id, sources.ids.clone()).await;
        let keys = Arc::new(keys.unwrap());
        let read = ReadModels::open(folder.path(), log.clone(), sources.clone())
            .await
            .unwrap();
        read.start();
        let aggregates = Aggregates::new(&log, &sources);
        let (live, now): (LiveId, _) = (sources.id(), sources.now());
        let plan = LiveCommand::Plan {
            meeting: None,
            owner: sources.id(),
            presenters: vec![],
            title: "Analysis".to_owned(),
            starts_at: now,
            ends_at: now.plus_s(3_600),
            restricted: false,
        };
        let act = || Act::system("test", now);
        aggregates.lives.execute(live, plan, act()).await.unwrap();
        let open = aggregates.chats.execute(live, ChatCommand::SetOpen(true), act()).await;
        keys.make_scope(&Scope::chat(live)).await.unwrap();
        let soon = Duration::from_secs(10);
        read.wait(open.unwrap().position, soon).await.unwrap();
        let settings = Settings {
            time_zone: "Europe/Paris".to_owned(),
            posts_per_10s: 100_000,
            sockets_per_address: 1_000,
            window: Duration::from_millis(10),
            blocked: Duration::from_secs(10),
            shed_after: Duration::from_mins(1),
        };
        let hub = Hub::new(log, read, keys.clone(), sources.clone(), settings);
        hub.start();
        Arc::new(Self {
            hub,
            log: memory,
            keys,
            sources,
            aggregates,
            live,
            _folder: folder,
        })
    }

    async fn open(self: &Arc<Self>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let house = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let house = house.clone();
                let service = service_fn(move |request: Request<Incoming>| {
                    let house = house.clone();
                    async move { Ok::<_, Infallible>(house.answer(request).await) }
                });
                tokio::spawn(async move {
                    let server = auto::Builder::new(TokioExecutor::new());
                    let _ = server
                        .serve_connection_with_upgrades(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        address
    }

    async fn answer(self: &Arc<Self>, request: Request<Incoming>) -> Response<Empty<Bytes>> {
        let (mut parts, _) = request.into_parts();
        let handshake = Handshake::read(&mut parts).unwrap();
        let bearer = parts.headers.get(header::AUTHORIZATION).and_then(|h| h.to_str().ok());
        let person: Option<PersonId> = bearer.and_then(|b| b.strip_prefix("Bearer ")?.parse().ok());
        let asked = |name: &str| {
            let mut pairs = parts.uri.query().unwrap_or_default().split('&');
            pairs.find_map(|pair| pair.strip_prefix(name).map(str::to_owned))
        };
        let seat = person.map_or(Seat::Stranger, Seat::Person);
        let place = self.hub.enter(self.live, seat).await.unwrap().unwrap();
        let who = person.map(|p| (p, Via::Token(p.to_string())));
        let ticket = self.hub.register(who, self.live, [127, 0, 0, 1].into(), false);
        let guest = person.map(|person| {
            Arc::new(Somebody {
                house: self.clone(),
                person,
                posts: AtomicUsize::new(0),
            }) as Arc<dyn Guest>
        });
        let visitor = Visitor {
            place,
            ticket: ticket.unwrap_or_else(|_| panic!("no place")),
            you: You {
                id: person.map(|p| p.to_string()),
                name: None,
                role: "user",
                may: vec!["post"],
            },
            guest,
            after: asked("after=").and_then(|at| at.parse().ok()),
            epoch: asked("epoch="),
        };
        handshake.accept(&self.hub, visitor)
    }
}

/// Somebody who is signed in: posts as the program does.
struct Somebody {
    house: Arc<House>,
    person: PersonId,
    posts: AtomicUsize,
}

impl Somebody {
    fn receipt(client_id: &str, id: MessageId, position: Position) -> Answer {
        let client_id = client_id.to_owned();
        let receipt = Receipt {
            client_id,
            id,
            position,
        };
        Answer {
            said: Some(Said::Receipt(receipt)),
            end: None,
        }
    }

    async fn try_post(&self, client_id: &str, text: &str) -> Result<(MessageId, Position), String> {
        let House {
            keys,
            sources,
            aggregates,
            live,
            log,
            ..
        } = &*self.house;
        let (scope, stream, subject) = (Scope::chat(*live), chat::stream(*live), Subject::person(self.person));
        keys.make_subject(&subject).await.map_err(|e| e.to_string())?;
        let event: EventId = sources.id();
        let at = |field| Where {
            stream: &stream,
            event,
            field,
        };
        let author = Author {
            person: Some(self.person),
            name: "Somebody".to_owned(),
        };
        let who = keys.pseudonym(&scope, self.person).map_err(|e| e.to_string())?;
        let seal = |e: amphi_events::store::KeyError| e.to_string();
        let command = ChatCommand::Post {
            kind: AuthorKind::Audience,
            who: who.clone(),
            author: keys.seal(&at("author"), &subject, &scope, &author).map_err(seal)?,
            text: keys
                .seal(&at("text"), &subject, &scope, &text.to_owned())
                .map_err(seal)?,
            units: 1,
            bytes: 1,
            max_units: 500,
            max_bytes: 2_000,
        };
        let mut act = Act::by(Actor::who(&who), sources.now()).first_id(event);
        if !defect::is(Defect::DoublePost) {
            act = act.key(Key::of(&["post", &self.person.to_string(), client_id]));
        }
        if defect::is(Defect::EarlyReceipt) && self.posts.fetch_add(1, Ordering::Relaxed) % 5 == 4 {
            return Ok((MessageId(event.0), Position(log.head().0 + 1)));
        }
        let done = aggregates.chats.execute(*live, command, act).await;
        let done = done.map_err(|e| e.to_string())?;
        Ok((MessageId(done.ids[0].0), done.position))
    }
}

#[async_trait]
impl Guest for Somebody {
    async fn standing(&self) -> Standing {
        Standing::Holds
    }

    async fn post(&self, client_id: String, text: String) -> Answer {
        let (hub, live) = (&self.house.hub, self.house.live);
        if let Some((id, position)) = hub.receipt(live, self.person, &client_id)
            && !defect::is(Defect::DoublePost)
        {
            return Self::receipt(&client_id, id, position);
        }
        match self.try_post(&client_id, text.trim()).await {
            Ok((id, position)) => {
                hub.posted(live, self.person, &client_id, id, position);
                Self::receipt(&client_id, id, position)
            }
            Err(why) => panic!("{why}"),
        }
    }

    async fn remove(&self, message: MessageId) -> Answer {
        let House {
            keys,
            sources,
            aggregates,
            live,
            ..
        } = &*self.house;
        let who = keys.pseudonym(&Scope::chat(*live), self.person).unwrap();
        let command = ChatCommand::Remove {
            message,
            who: who.clone(),
            moderator: true,
        };
        let act = Act::by(Actor::who(&who), sources.now());
        let done = aggregates.chats.execute(*live, command, act).await;
        Answer {
            said: done
                .err()
                .map(|_| Said::refused(&message.to_string(), Refused::plain("not_found", "no such line"))),
            end: None,
        }
    }
}

/// Some seconds in the life of a room, and what is wrong with it.
async fn some_seconds(defect: Option<Defect>) -> Vec<Breach> {
    defect::set(defect);
    let seed = std::env::var("SEED").ok().and_then(|s| s.parse().ok());
    let seed = seed.unwrap_or_else(rand::random);
    println!("{defect:?}: SEED={seed}");
    let mut dice = StdRng::seed_from_u64(seed);
    let house = House::new().await;
    let direct = house.open().await;
    let mut weather = Weather::foul();
    weather.cut_after = 1_000..40_000;
    let chaos = Chaos::start(direct, weather, seed).await.unwrap();
    let recorder = Recorder::default();
    let habits = |name: String, through: bool, person: Option<PersonId>| Habits {
        seed: seed.wrapping_add(name.len() as u64),
        name,
        address: if through { chaos.address() } else { direct },
        path: format!("/live/{}/ws", house.live),
        token: person.map(|p| p.to_string()),
        after: None,
        wait_ms: 5..60,
        silence: Duration::from_secs(2),
        receive_buffer: None,
    };
    let ids = &house.sources;
    let mut posters: Vec<Client> = (0..4)
        .map(|n| Client::come(&recorder, habits(format!("poster-{n}"), n > 0, Some(ids.id()))))
        .collect();
    let mut readers: Vec<Client> = (0..8)
        .map(|n| Client::come(&recorder, habits(format!("reader-{n}"), n > 1, None)))
        .collect();
    for n in 0..2 {
        let mut habits = habits(format!("stalled-{n}"), false, None);
        habits.receive_buffer = Some(4 << 10);
        readers.push(Client::come(&recorder, habits));
    }
    let mut long = 0;
    for tick in 0..220 {
        let n = dice.random_range(0..posters.len());
        match dice.random_range(0..20) {
            0..14 => posters[n].post(),
            14..17 => {
                let (reader, draw) = (dice.random_range(0..readers.len()), dice.random());
                if let Some(id) = readers[reader].some_line(draw) {
                    posters[0].remove(id);
                }
            }
            _ => readers[dice.random_range(2..8)].cut(),
        }
        match tick {
            // Somebody with what another log gave them.
            40 => {
                let mut habits = habits("stranger".to_owned(), false, None);
                habits.after = Some((3, "another".to_owned()));
                readers.push(Client::come(&recorder, habits));
            }
            // Two read nothing, and more comes than their connections hold.
            60 => readers[8..10].iter().for_each(|r| r.stall(Duration::from_millis(900))),
            70..110 => {
                for _ in 0..6 {
                    long += 1;
                    let text = format!("{long} {}", "\u{1f393}".repeat(400));
                    posters[0].say(&format!("long-{long}"), &text);
                }
            }
            _ => {}
        }
        tokio::time::sleep(Duration::from_millis(dice.random_range(2..18))).await;
    }
    chaos.weather(Weather::fair());
    chaos.storm();
    let soon = Duration::from_secs(5);
    let all = || posters.iter().chain(&readers);
    let answered = until(soon, || all().all(|c| c.stand().pending == 0)).await;
    assert!(answered || defect.is_some(), "lines without an answer");
    let head = house.log.head().0;
    until(soon, || all().all(|c| c.has(head))).await;
    let mut clients = Vec::new();
    for client in posters.into_iter().chain(readers) {
        clients.push(client.leave().await);
    }
    let history = History { clients };
    let log = Log::read(&*house.log, &house.keys, house.live).await.unwrap();
    let counted = tally(&history);
    println!("{counted:?}, {:?}", house.hub.metrics());
    assert!(counted.resumed > 10 && counted.removals > 10, "{counted:?}");
    assert!(house.hub.metrics().behind > 0, "nobody was too slow");
    check(&history, &log, Rules::default())
}

/// Rounds in which a defect must show.
const ROUNDS: usize = 10;

/// It is found, as what it is.
async fn found(defect: Defect, is_it: fn(&Breach) -> bool) {
    let mut some: Vec<String> = vec![];
    // A defect shows only where cuts and posts fall together; each round has a seed of its own, and prints it.
    for _ in 0..ROUNDS {
        let breaches = some_seconds(Some(defect)).await;
        some = breaches.iter().take(10).map(ToString::to_string).collect();
        println!("{} breaches, such as {some:#?}", breaches.len());
        if breaches.iter().any(is_it) {
            return;
        }
    }
    panic!("{defect:?} is not found in {ROUNDS} rounds: {some:#?}");
}

#[tokio::test]
async fn a_room_as_it_should_be_has_no_breach() {
    let breaches = some_seconds(None).await;
    let some: Vec<String> = breaches.iter().take(10).map(ToString::to_string).collect();
    assert!(some.is_empty(), "{some:#?}");
}

#[tokio::test]
async fn defect_frame_dropped_at_the_seam_of_catch_up_and_live() {
    found(Defect::SeamDropped, |b| matches!(b, Breach::Missed { .. })).await;
}

#[tokio::test]
async fn defect_upto_taken_from_a_receipt() {
    found(Defect::UptoOfReceipt, |b| {
        matches!(
            b,
            Breach::Missed { .. } | Breach::Twice { .. } | Breach::WentBack { .. }
        )
    })
    .await;
}

#[tokio::test]
async fn defect_removal_told_and_not_applied() {
    found(Defect::RemovalNotApplied, |b| matches!(b, Breach::HandedAgain { .. })).await;
}

#[tokio::test]
async fn defect_batch_again_where_a_socket_falls_to_its_own_task() {
    found(Defect::TwiceAtHandOver, |b| matches!(b, Breach::Twice { .. })).await;
}

#[tokio::test]
async fn defect_partial_write_continued_at_the_wrong_byte() {
    found(Defect::WrongByte, |b| matches!(b, Breach::Garbled { .. })).await;
}

#[tokio::test]
async fn defect_reset_unsaid() {
    found(Defect::ResetUnsaid, |b| matches!(b, Breach::ResetUnsaid { .. })).await;
}

#[tokio::test]
async fn defect_cursor_moved_by_viewers() {
    // Whatever comes next is passed over: a line, or that one was taken away.
    found(Defect::CursorByViewers, |b| {
        matches!(b, Breach::Missed { .. } | Breach::RemovalUntold { .. })
    })
    .await;
}

#[tokio::test]
async fn defect_batch_for_a_socket_that_stands_elsewhere() {
    found(Defect::BatchAnywhere, |b| {
        matches!(b, Breach::Missed { .. } | Breach::Twice { .. })
    })
    .await;
}

#[tokio::test]
async fn defect_double_post_after_a_cut() {
    found(Defect::DoublePost, |b| matches!(b, Breach::Doubled { .. })).await;
}

#[tokio::test]
async fn defect_receipt_before_the_line_is_durable() {
    found(Defect::EarlyReceipt, |b| matches!(b, Breach::ReceiptNotInLog { .. })).await;
}
