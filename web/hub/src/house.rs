//! A whole hub on a log in memory, behind a real listener, for tests.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use amphi_events::chat::{self, Author, AuthorKind, ChatCommand};
use amphi_events::envelope::{Actor, Key, Position};
use amphi_events::ids::{EventId, LiveId, MessageId, PersonId};
use amphi_events::live::LiveCommand;
use amphi_events::log::{EventLog, Filter, MemoryLog};
use amphi_events::store::{Keyring, MasterKey, Place as Where};
use amphi_events::{Act, Aggregates, ExecuteError, Scope, Sources, Subject};
use amphi_projections::ReadModels;
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::defect::{self, Defect};
use crate::{
    Answer, CloseReason, Guest, Handshake, Hub, Receipt, Refused, Said, Seat, Settings, Standing, Via, Visitor, You,
};

fn settings() -> Settings {
    Settings {
        time_zone: "Europe/Paris".to_owned(),
        posts_per_10s: 100_000,
        sockets_per_address: 1_000,
        sockets: 100_000,
        window: Duration::from_millis(10),
        blocked: Duration::from_secs(1),
        shed_after: Duration::from_mins(1),
    }
}

/// A live that everybody may watch, with an open chat.
async fn plan(aggregates: &Aggregates, keys: &Keyring, sources: &Sources, read: &ReadModels) -> LiveId {
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
    live
}

/// A hub with a live or more, and who comes to them: a bearer token is a person's id.
pub(crate) struct House {
    pub hub: Arc<Hub>,
    pub log: Arc<MemoryLog>,
    pub keys: Arc<Keyring>,
    pub sources: Sources,
    pub aggregates: Aggregates,
    pub live: LiveId,
    /// What keeps the read models up to date.
    pub reading: JoinHandle<()>,
    /// Newcomers are turned away.
    pub full: AtomicBool,
    _folder: tempfile::TempDir,
}

impl House {
    pub(crate) async fn new() -> Arc<Self> {
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
        let reading = read.start();
        let aggregates = Aggregates::new(&log, &sources);
        let live = plan(&aggregates, &keys, &sources, &read).await;
        let hub = Hub::new(log, read, keys.clone(), sources.clone(), settings());
        hub.start();
        Arc::new(Self {
            hub,
            log: memory,
            keys,
            sources,
            aggregates,
            live,
            reading,
            full: AtomicBool::new(false),
            _folder: folder,
        })
    }

    /// One more live.
    pub(crate) async fn another(&self) -> LiveId {
        plan(&self.aggregates, &self.keys, &self.sources, &self.hub.read).await
    }

    /// Another hub on the same log, as after a restart.
    pub(crate) fn restarted(&self) -> Arc<Hub> {
        let (read, keys) = (self.hub.read.clone(), self.keys.clone());
        Hub::new(self.log.clone(), read, keys, self.sources.clone(), settings())
    }

    /// Bans somebody from a live's chat, or lets them in again.
    pub(crate) async fn ban(&self, live: LiveId, person: PersonId, banned: bool) -> Position {
        let (scope, stream, subject) = (Scope::chat(live), chat::stream(live), Subject::person(person));
        self.keys.make_subject(&subject).await.unwrap();
        let (event, who): (EventId, _) = (self.sources.id(), self.keys.pseudonym(&scope, person).unwrap());
        let at = |field| Where {
            stream: &stream,
            event,
            field,
        };
        let author = Author {
            person: Some(person),
            name: "Somebody".to_owned(),
        };
        let command = if banned {
            ChatCommand::Ban {
                who,
                person: self.keys.seal(&at("person"), &subject, &scope, &author).unwrap(),
                by: self.keys.seal(&at("by"), &subject, &scope, &author).unwrap(),
                reason: None,
                message: None,
                remove_lines: false,
                moderator: true,
                moderates: false,
            }
        } else {
            ChatCommand::Unban { who, moderator: true }
        };
        let act = Act::system("test", self.sources.now()).first_id(event);
        self.aggregates
            .chats
            .execute(live, command, act)
            .await
            .unwrap()
            .position
    }

    /// The line posted last.
    pub(crate) async fn newest_line(&self) -> (Position, MessageId) {
        let filter = Filter {
            kinds: vec!["ChatMessagePosted".to_owned()],
            ..Filter::default()
        };
        let page = self.log.read_all(Position(0), &filter, 10_000).await.unwrap();
        let line = page.events.last().expect("a line");
        (line.position, MessageId(line.event.id.0))
    }

    pub(crate) async fn open(self: &Arc<Self>) -> SocketAddr {
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
        if self.full.load(Ordering::Relaxed) {
            return handshake.turn_away(&self.hub);
        }
        let bearer = parts.headers.get(header::AUTHORIZATION).and_then(|h| h.to_str().ok());
        let person: Option<PersonId> = bearer.and_then(|b| b.strip_prefix("Bearer ")?.parse().ok());
        let asked = |name: &str| {
            let mut pairs = parts.uri.query().unwrap_or_default().split('&');
            pairs.find_map(|pair| pair.strip_prefix(name).map(str::to_owned))
        };
        let seat = person.map_or(Seat::Stranger, Seat::Person);
        let live: LiveId = parts.uri.path().split('/').nth(2).unwrap().parse().unwrap();
        let place = self.hub.enter(live, seat).await.unwrap().unwrap();
        let who = person.map(|p| (p, Via::Token(p.to_string())));
        let ticket = self.hub.register(who, live, [127, 0, 0, 1].into(), false);
        if person.is_some_and(|p| self.hub.banned(&place, p)) {
            let mut response = Response::new(Empty::new());
            *response.status_mut() = StatusCode::FORBIDDEN;
            return response;
        }
        let guest = person.map(|person| {
            Arc::new(Somebody {
                house: self.clone(),
                live,
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
    live: LiveId,
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

    async fn try_post(
        &self,
        client_id: &str,
        text: &str,
    ) -> Result<(MessageId, Position), ExecuteError<chat::Refusal>> {
        let House {
            keys,
            sources,
            aggregates,
            log,
            ..
        } = &*self.house;
        let live = &self.live;
        let (scope, stream, subject) = (Scope::chat(*live), chat::stream(*live), Subject::person(self.person));
        keys.make_subject(&subject).await.unwrap();
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
        let who = keys.pseudonym(&scope, self.person).unwrap();
        let command = ChatCommand::Post {
            kind: AuthorKind::Audience,
            who: who.clone(),
            author: keys.seal(&at("author"), &subject, &scope, &author).unwrap(),
            text: keys.seal(&at("text"), &subject, &scope, &text.to_owned()).unwrap(),
            units: 1,
            bytes: 1,
            max_units: 500,
            max_bytes: 2_000,
            moderator: false,
        };
        let mut act = Act::by(Actor::who(&who), sources.now()).first_id(event);
        if !defect::is(Defect::DoublePost) {
            act = act.key(Key::of(&["post", &self.person.to_string(), client_id]));
        }
        if defect::is(Defect::EarlyReceipt) && self.posts.fetch_add(1, Ordering::Relaxed) % 5 == 4 {
            return Ok((MessageId(event.0), Position(log.head().0 + 1)));
        }
        let done = aggregates.chats.execute(*live, command, act).await?;
        Ok((MessageId(done.ids[0].0), done.position))
    }
}

#[async_trait]
impl Guest for Somebody {
    async fn standing(&self) -> Standing {
        Standing::Holds
    }

    async fn post(&self, client_id: String, text: String) -> Answer {
        let (hub, live) = (&self.house.hub, self.live);
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
            Err(ExecuteError::Refused(chat::Refusal::Banned)) => Answer {
                said: Some(Said::refused(
                    &client_id,
                    Refused::plain("banned", "shut out of this chat"),
                )),
                end: Some(CloseReason::Banned),
            },
            Err(why) => panic!("{why}"),
        }
    }

    async fn remove(&self, message: MessageId) -> Answer {
        let House {
            keys,
            sources,
            aggregates,
            ..
        } = &*self.house;
        let live = &self.live;
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
