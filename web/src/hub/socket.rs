//! One socket: a task that reads the room with a cursor of its own. Drain what waits, feed it all, flush once
//! (`anchors/realtime.md` D2: with small buffers this is the whole difference between fast and slow).

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use amphi_events::envelope::Position;
use amphi_events::ids::MessageId;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use axum::http::HeaderMap;
use futures_util::SinkExt as _;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use super::history::History;
use super::journal::{Cursor, Step};
use super::limits::Inbound;
use super::post::{PostCode, PostRefused};
use super::registry::Ticket;
use super::room::Place;
use super::wire::{self, Client, Server, You};
use super::{CloseReason, Hub};
use crate::Web;
use crate::auth::{Identity, identify};

/// A ping goes out so often.
const PING: Duration = Duration::from_secs(25);
/// A socket that was not heard for so long is closed.
const SILENT: Duration = Duration::from_mins(1);
/// The session or token of a socket is looked up again every so many pings (5 minutes).
const LOOK_AGAIN: u32 = 12;
/// Last words get so long.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// Longest frame that is taken, in bytes.
const LONGEST: usize = 16 << 10;
/// Longest frame that is read, in bytes. What is longer than [`LONGEST`] is read and answered with a close frame; were it
/// left unread, the connection's end would be a reset that can overtake our last words.
pub(super) const READABLE: usize = 64 << 10;
/// Turns of one drain, before the socket listens to anything else.
const TURNS: usize = 8;
/// Frames taken from the ring at a time.
const MOST: usize = 256;
/// Least and greatest wait of a client told to come back, in milliseconds.
const RETURN: (u64, u64) = (500, 5_500);

/// What is needed to carry out what a signed-in client asks.
pub(super) struct Rights {
    pub web: Web,
    /// The cookie or token, and nothing else, to look it up again for every line.
    pub proof: HeaderMap,
    pub allow_cookie: bool,
}

/// An accepted client.
pub(super) struct Peer {
    pub hub: Arc<Hub>,
    pub place: Place,
    pub closed: oneshot::Receiver<CloseReason>,
    /// Held, not read: the socket's place among the open ones.
    pub _ticket: Ticket,
    pub you: You,
    pub identity: Option<Identity>,
    pub rights: Option<Arc<Rights>>,
    /// Everything up to here is there; `None`: nothing is.
    pub after: Option<Position>,
    /// What it has is of another log: it forgets it.
    pub reset: bool,
    pub console: Option<watch::Receiver<Option<Utf8Bytes>>>,
}

/// Why a socket ends.
enum End {
    Gone,
    Blocked,
    Close(CloseReason),
    /// What came is no frame of ours: nothing can be read after it.
    Unreadable,
    Bye(Duration),
}

type Answer = (Option<Utf8Bytes>, Option<CloseReason>);
type Asking = Pin<Box<dyn Future<Output = Answer> + Send>>;

impl Peer {
    /// Serves the socket until it ends.
    pub(super) async fn run(mut self, mut socket: WebSocket) {
        let end = match self.serve(&mut socket).await {
            Ok(never) => match never {},
            Err(end) => end,
        };
        let unreadable = matches!(end, End::Unreadable);
        let (frame, reason) = match end {
            End::Gone => return,
            End::Blocked => {
                self.hub.counters.blocked.fetch_add(1, Ordering::Relaxed);
                (Some(self.resume()), CloseReason::Resume)
            }
            End::Close(CloseReason::Resume) => (Some(self.resume()), CloseReason::Resume),
            End::Close(reason) => (None, reason),
            End::Unreadable => (None, CloseReason::Invalid),
            End::Bye(spread) => {
                let most = u64::try_from(spread.as_millis()).unwrap_or(u64::MAX);
                let bye = Server::Bye {
                    why: "going_down",
                    retry_after_ms: self.hub.some(0, most),
                };
                (Some(bye.frame()), CloseReason::GoingDown)
            }
        };
        let close = Message::Close(Some(CloseFrame {
            code: reason.code(),
            reason: reason.word().into(),
        }));
        let last_words = async {
            if let Some(frame) = frame {
                socket.feed(Message::Text(frame)).await?;
            }
            socket.send(close).await
        };
        // A peer that does not read is gone all the same.
        let told = matches!(timeout(LAST_WORDS, last_words).await, Ok(Ok(())));
        if told && matches!(reason, CloseReason::Invalid | CloseReason::TooFast) {
            linger(&mut socket, unreadable).await;
        }
    }

    fn resume(&self) -> Utf8Bytes {
        Server::Resume {
            retry_after_ms: self.hub.some(RETURN.0, RETURN.1),
        }
        .frame()
    }

    async fn feed(&self, socket: &mut WebSocket, frame: Utf8Bytes) -> Result<(), End> {
        self.hub.counters.sent.fetch_add(1, Ordering::Relaxed);
        self.timed(socket.feed(Message::Text(frame))).await
    }

    async fn timed<E>(&self, write: impl Future<Output = Result<(), E>>) -> Result<(), End> {
        match timeout(self.hub.settings.blocked, write).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Blocked),
        }
    }

    /// `hello` and `mine`; gives where the client stands then.
    async fn hello(&self, socket: &mut WebSocket, after: Option<Position>, reset: bool) -> Result<Cursor, End> {
        let room = &self.place.room;
        let history: Arc<dyn History> = self.hub.clone();
        let mut after = after;
        let mut reset = reset;
        // Looked at before anything is said: a hello without `reset` promises that the rest follows.
        while let Some(at) = after {
            match room.step(Cursor::at(at), 0) {
                Step::Load(floor) => self.loaded(room.load(&history, floor).await)?,
                Step::Reset => {
                    after = None;
                    reset = true;
                }
                Step::Frames(..) | Step::Idle(_) => break,
            }
        }
        let (upto, lines) = match after {
            Some(at) => (at, Arc::from("")),
            None => match room.full(&history).await {
                Ok(full) => full,
                Err(why) => return self.loaded(Err(why)).map(|()| Cursor::at(Position(0))),
            },
        };
        let epoch = self.hub.log.identity().epoch;
        let hello = wire::hello(&epoch, upto, &self.you, &room.state(), &lines, reset);
        self.feed(socket, hello).await?;
        if let Some(identity) = &self.identity {
            let pairs = room.pairs(identity.person);
            if !pairs.is_empty() {
                self.feed(socket, Server::Mine { pairs: &pairs }.frame()).await?;
            }
        }
        Ok(Cursor::at(upto))
    }

    fn loaded(&self, loaded: Result<(), String>) -> Result<(), End> {
        loaded.map_err(|why| {
            tracing::warn!(%why, live = %self.place.room.live, "history can't be loaded");
            End::Close(CloseReason::Resume)
        })
    }

    /// What waits, then one flush; whether that was everything. A reader that is slow on purpose must not keep its socket from
    /// hearing that it is closed, so a drain has an end.
    async fn drain(&self, socket: &mut WebSocket, mut cursor: Cursor) -> Result<(Cursor, bool), End> {
        let room = &self.place.room;
        let mut all = false;
        for _ in 0..TURNS {
            match room.step(cursor, MOST) {
                Step::Idle(at) => {
                    cursor = at;
                    all = true;
                    break;
                }
                Step::Frames(frames, at) => {
                    cursor = at;
                    for frame in frames {
                        self.feed(socket, frame).await?;
                    }
                }
                Step::Load(floor) => {
                    let history: Arc<dyn History> = self.hub.clone();
                    self.loaded(room.load(&history, floor).await)?;
                }
                Step::Reset => cursor = self.hello(socket, None, true).await?,
            }
        }
        self.timed(socket.flush()).await?;
        Ok((cursor, all))
    }

    async fn serve(&mut self, socket: &mut WebSocket) -> Result<std::convert::Infallible, End> {
        let mut wake = self.place.room.watch();
        let mut going = self.hub.going.subscribe();
        going.mark_changed();
        let mut cursor = self.hello(socket, self.after, self.reset).await?;
        let mut inbound = Inbound::new(Instant::now());
        let mut heard = Instant::now();
        let mut beat = interval_at(Instant::now() + PING, PING);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut beats = 0_u32;
        let mut asking: Option<Asking> = None;
        let mut console = self.console.take();
        if let Some(console) = &mut console {
            console.mark_changed();
        }
        loop {
            // Before the drain: what comes during it wakes again.
            wake.borrow_and_update();
            let (at, all) = self.drain(socket, cursor).await?;
            cursor = at;
            if !all {
                wake.mark_changed();
            }
            tokio::select! {
                reason = &mut self.closed => return Err(End::Close(reason.unwrap_or(CloseReason::Resume))),
                changed = going.changed() => {
                    if changed.is_err() {
                        return Err(End::Close(CloseReason::Resume));
                    }
                    if let Some(bye) = *going.borrow_and_update() {
                        return Err(End::Bye(bye.spread));
                    }
                }
                changed = wake.changed() => {
                    if changed.is_err() {
                        return Err(End::Close(CloseReason::Resume));
                    }
                    if self.place.room.busy() {
                        // One write for what comes within the window, instead of one a message.
                        tokio::time::sleep(self.hub.settings.window.min(Duration::from_millis(50))).await;
                    }
                }
                frame = newest(&mut console) => self.feed(socket, frame).await?,
                (frame, close) = answer(&mut asking) => {
                    asking = None;
                    if let Some(frame) = frame {
                        self.feed(socket, frame).await?;
                    }
                    if let Some(reason) = close {
                        return Err(End::Close(reason));
                    }
                }
                // One request at a time: the next is read when this one has its answer, so their order is kept and a
                // client that sends faster than the disk takes it waits in its own buffers.
                message = socket.recv(), if asking.is_none() => {
                    heard = Instant::now();
                    asking = self.take(socket, message, &mut inbound).await?;
                }
                _ = beat.tick() => {
                    if asking.is_none() && heard.elapsed() >= SILENT {
                        return Err(End::Close(CloseReason::Resume));
                    }
                    self.timed(socket.feed(Message::Ping(axum::body::Bytes::new()))).await?;
                    beats += 1;
                    if beats.is_multiple_of(LOOK_AGAIN) && asking.is_none() {
                        asking = self.look_again();
                    }
                }
            }
        }
    }

    async fn take(
        &self,
        socket: &mut WebSocket,
        message: Option<Result<Message, axum::Error>>,
        inbound: &mut Inbound,
    ) -> Result<Option<Asking>, End> {
        let text = match message {
            None | Some(Ok(Message::Close(_))) => return Err(End::Gone),
            Some(Err(_)) => return Err(End::Unreadable),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(None),
            Some(Ok(Message::Text(text))) if text.len() > LONGEST => return Err(End::Close(CloseReason::Invalid)),
            Some(Ok(Message::Text(text))) => Some(text),
            Some(Ok(Message::Binary(data))) if data.len() > LONGEST => return Err(End::Close(CloseReason::Invalid)),
            Some(Ok(Message::Binary(_))) => None,
        };
        if !inbound.frame(Instant::now()) {
            return Err(End::Close(CloseReason::TooFast));
        }
        let Some(client) = text.and_then(|t| serde_json::from_str::<Client>(&t).ok()) else {
            if !inbound.nonsense() {
                return Err(End::Close(CloseReason::Invalid));
            }
            let refused = PostRefused::new(PostCode::Invalid, "a frame that means nothing here");
            self.feed(socket, refused_frame("", &refused)).await?;
            return Ok(None);
        };
        let Some(rights) = self.rights.clone() else {
            let refused = PostRefused::new(PostCode::SignedOut, "sign in to take part");
            let named = match &client {
                Client::Post { client_id, .. } => client_id.clone(),
                Client::Remove { id } => id.to_string(),
            };
            self.feed(socket, refused_frame(&named, &refused)).await?;
            return Ok(None);
        };
        let (live, person) = (self.place.room.live, self.identity.as_ref().map(|i| i.person));
        Ok(Some(Box::pin(async move {
            let named = match &client {
                Client::Post { client_id, .. } => client_id.clone(),
                Client::Remove { id } => id.to_string(),
            };
            // Asked again for every line: a socket outlives sessions, tokens and roles.
            let identity = match rights.identity().await {
                Ok(Some(identity)) if Some(identity.person) == person => identity,
                Ok(_) => {
                    let refused = PostRefused::new(PostCode::SignedOut, "sign in again");
                    return (Some(refused_frame(&named, &refused)), Some(CloseReason::SignedOut));
                }
                Err(refused) => return (Some(refused_frame(&named, &refused)), None),
            };
            let frame = match client {
                Client::Post { client_id, text } => {
                    match super::post(&rights.web, live, &identity, &client_id, &text).await {
                        Ok(r) => Some(
                            Server::Receipt {
                                client_id: &r.client_id,
                                id: r.id,
                                position: r.position,
                            }
                            .frame(),
                        ),
                        Err(refused) => Some(refused_frame(&client_id, &refused)),
                    }
                }
                Client::Remove { id } => remove_frame(super::remove(&rights.web, live, &identity, id).await, id),
            };
            (frame, None)
        })))
    }

    fn look_again(&self) -> Option<Asking> {
        let rights = self.rights.clone()?;
        let person = self.identity.as_ref().map(|i| i.person);
        Some(Box::pin(async move {
            match rights.identity().await {
                Ok(identity) if identity.as_ref().map(|i| i.person) == person => (None, None),
                Ok(_) => (None, Some(CloseReason::SignedOut)),
                // Nobody can say: asked again in five minutes, and for every line.
                Err(_) => (None, None),
            }
        }))
    }
}

impl Rights {
    async fn identity(&self) -> Result<Option<Identity>, PostRefused> {
        identify(&self.web, &self.proof, self.allow_cookie)
            .await
            .map_err(|why| {
                tracing::warn!(%why, "a client's sign-in can't be checked");
                PostRefused::new(PostCode::Unavailable, "sign-in can't be checked just now")
            })
    }
}

fn refused_frame(client_id: &str, refused: &PostRefused) -> Utf8Bytes {
    let (code, retry_after_ms, text) = (refused.code.as_str(), refused.retry_after_ms, refused.text);
    Server::Refused {
        client_id,
        code,
        retry_after_ms,
        text,
    }
    .frame()
}

/// What a removal says to the one who asked, if it failed: the line's id stands where a post has its `client_id`.
fn remove_frame(removed: Result<Position, super::RemoveRefused>, id: MessageId) -> Option<Utf8Bytes> {
    let why = removed.err()?;
    let retry_after_ms = (why == super::RemoveRefused::Unavailable).then_some(2_000);
    let (client_id, text) = (id.to_string(), why.to_string());
    Some(
        Server::Refused {
            client_id: &client_id,
            code: why.as_str(),
            retry_after_ms,
            text: &text,
        }
        .frame(),
    )
}

/// After a close frame for a client that sends too much: bytes that were not read make the connection's end a reset, which
/// can take the close frame away before the client has read it. So what still comes is read, for a moment; where nothing can
/// be read any more the connection is held as long, so that the frame gets there first.
async fn linger(socket: &mut WebSocket, unreadable: bool) {
    if unreadable {
        tokio::time::sleep(LAST_WORDS).await;
    } else {
        let rest = async { while let Some(Ok(_)) = socket.recv().await {} };
        let _ = timeout(LAST_WORDS, rest).await;
    }
}

async fn answer(asking: &mut Option<Asking>) -> Answer {
    match asking {
        Some(asking) => asking.await,
        None => std::future::pending().await,
    }
}

/// The newest frame of a console, once there is one.
async fn newest(console: &mut Option<watch::Receiver<Option<Utf8Bytes>>>) -> Utf8Bytes {
    if let Some(console) = console {
        while console.changed().await.is_ok() {
            if let Some(frame) = console.borrow_and_update().clone() {
                return frame;
            }
        }
    }
    std::future::pending().await
}

impl Hub {
    /// A random number of milliseconds between the two, so that clients don't all come back at once.
    fn some(&self, least: u64, most: u64) -> u64 {
        let mut bytes = [0_u8; 8];
        self.sources.ids.fill(&mut bytes);
        least + u64::from_be_bytes(bytes) % (most.saturating_sub(least)).max(1)
    }
}
