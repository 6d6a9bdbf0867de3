//! A socket's own task: says hello, reads what the client sends, and writes where the room's writer can't (`outlet.rs`). While the client is
//! silent and level it holds a few hundred bytes and no timer.

use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use amphi_events::envelope::Position;
use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::bell::Call;
use crate::guest::{Answer, Guest, Refused, Said, Standing};
use crate::history::History;
use crate::journal::{Cursor, Step};
use crate::limits::Inbound;
use crate::outlet::Pumped;
use crate::registry::Ticket;
use crate::room::{Place, Room};
use crate::socket::Socket;
use crate::wire::{self, Client, Server, You};
use crate::writer::Desk;
use crate::{CloseReason, Hub, frame};

/// Last words get so long.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// Longest frame that is taken, in bytes.
const LONGEST: usize = 16 << 10;
/// Longest frame that is read, in bytes. What is longer than [`LONGEST`] is read and answered with a close frame; were it
/// left unread, the connection's end would be a reset that can overtake our last words.
const READABLE: usize = 64 << 10;
/// Most bytes that are read for one message. In empty pieces a message never ends and never grows, and the library reads on
/// for as long as there is something to read: a thread of ours would read for one client and for nobody else.
const IN_PIECES: usize = READABLE + (16 << 10);
/// What a socket reads at a time, in bytes; it holds so much while it is idle.
const READ: usize = 128;
/// Frames taken from the ring at a time.
const MOST: usize = 256;
/// Least and greatest wait of a client told to come back, in milliseconds.
const RETURN: (u64, u64) = (500, 5_500);
/// Least and greatest wait of a client that was not let in, in milliseconds.
pub(crate) const LATER: (u64, u64) = (5_000, 30_000);

/// An accepted client.
pub(crate) struct Peer {
    pub hub: Arc<Hub>,
    pub place: Place,
    pub ticket: Ticket,
    pub you: You,
    /// What carries out what a client asks, and judges it; `None`: a stranger, whom the room can judge.
    pub guest: Option<Arc<dyn Guest>>,
    /// Everything up to here is there; `None`: nothing is.
    pub after: Option<Position>,
    /// What it has is of another log: it forgets it.
    pub reset: bool,
}

/// Why a socket ends.
enum End {
    Gone,
    Blocked,
    Close(CloseReason),
    /// What came is no frame of ours: nothing can be read after it.
    Unreadable,
    Bye(&'static str, u64),
}

type Asking = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// What a task woke up for.
enum Turn {
    Called(Call),
    Answered(Answer),
    Readable,
    Writable,
}

/// The connection as the library sees it: it reads from there, and what it has to say by itself (pongs, the answer to a close frame) goes
/// out between our own frames.
struct Through<'a> {
    stream: &'a TcpStream,
    socket: &'a Socket,
    /// Bytes read since the last whole message.
    unread: &'a mut usize,
}

impl Read for Through<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.try_read(into)?;
        *self.unread += read;
        if *self.unread > IN_PIECES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(read)
    }
}

impl Write for Through<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.socket.say([Bytes::copy_from_slice(bytes)]) {
            self.socket.bell.ring(Call::Write);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Nobody is let in now: says so, and when to come back.
pub(crate) async fn turn_away(hub: &Hub, stream: TcpStream) {
    let bye = Server::Bye {
        why: "busy",
        retry_after_ms: hub.some(LATER.0, LATER.1),
    };
    let reason = CloseReason::GoingDown;
    let mut last = bye.frame().to_vec();
    last.extend_from_slice(&frame::close(reason.code(), reason.word()));
    let mut stream = stream;
    let told = async {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        stream.write_all(&last).await?;
        stream.shutdown().await?;
        // Its answer is read, so that the end is no reset.
        let mut rest = [0_u8; 64];
        while stream.read(&mut rest).await? > 0 {}
        io::Result::Ok(())
    };
    let _ = timeout(LAST_WORDS, told).await;
}

/// Serves a client until it ends; `early`: bytes that came with the upgrade.
pub(crate) async fn run(peer: Peer, stream: TcpStream, early: Vec<u8>) {
    let socket = peer.ticket.socket().clone();
    socket.open(stream);
    let config = WebSocketConfig::default()
        .read_buffer_size(READ)
        .max_message_size(Some(READABLE))
        .max_frame_size(Some(READABLE));
    let mut serving = Serving {
        context: WebSocketContext::from_partially_read(early, Role::Server, Some(config)),
        inbound: Inbound::new(Instant::now(), peer.hub.settings.posts_per_10s),
        unread: 0,
        asking: None,
        looks: false,
        blocked: false,
        console: 0,
        // Before the first step through the journal: see there.
        desk: peer.place.room.shards.enter(&socket),
        peer,
        socket,
    };
    let end = match serving.serve().await {
        Ok(never) => match never {},
        Err(end) => end,
    };
    // A box: most of the time nobody ends, and every socket's task would be as large as its end.
    Box::pin(serving.end(end)).await;
}

struct Serving {
    peer: Peer,
    socket: Arc<Socket>,
    context: WebSocketContext,
    inbound: Inbound,
    /// Bytes read since the last whole message.
    unread: usize,
    asking: Option<Asking>,
    /// It is to be judged once what was asked for has its answer.
    looks: bool,
    /// The last write could not go on.
    blocked: bool,
    /// Number of the `console` frame told last.
    console: u64,
    /// Held: the socket's place at the room's writer.
    #[expect(dead_code, reason = "held until the socket ends")]
    desk: Desk,
}

impl Serving {
    async fn serve(&mut self) -> Result<std::convert::Infallible, End> {
        let (after, reset) = (self.peer.after, self.peer.reset);
        // An upgrade may take its time, and who was signed out or shut out meanwhile must not be told anything.
        self.heed().await?;
        Box::pin(self.hello(after, reset)).await?;
        loop {
            self.go_on().await?;
            match poll_fn(|cx| self.turn(cx)).await {
                Turn::Called(call) => self.called(call)?,
                Turn::Answered(answer) => {
                    self.asking = None;
                    if let Some(said) = &answer.said {
                        self.say(Some(said_frame(said)));
                    }
                    #[cfg(test)]
                    if let Some(Said::Receipt(receipt)) = &answer.said
                        && crate::defect::is(crate::defect::Defect::UptoOfReceipt)
                    {
                        self.socket.stand(Cursor::at(receipt.position));
                    }
                    if let Some(reason) = answer.end {
                        return Err(End::Close(reason));
                    }
                    if self.looks {
                        self.look()?;
                    }
                }
                Turn::Readable => self.read()?,
                Turn::Writable => {}
            }
        }
    }

    /// What is owed, and what the journal has, as far as the socket takes it.
    async fn go_on(&mut self) -> Result<(), End> {
        loop {
            let room = &self.peer.place.room;
            let pumped = self.socket.pump(|at| room.step(at, MOST));
            self.blocked = pumped == Pumped::Blocked;
            match pumped {
                Pumped::Level => {
                    if self.socket.owner.console
                        && let Some((number, frame)) = room.console(self.console)
                    {
                        self.console = number;
                        // Encoded once for all consoles.
                        self.socket.say([frame]);
                        continue;
                    }
                    return Ok(());
                }
                Pumped::Blocked => return Ok(()),
                Pumped::Gone => return Err(End::Gone),
                Pumped::Load(floor) => {
                    Box::pin(self.load(floor)).await?;
                    // That takes up to seconds, in which a right may have ended.
                    self.heed().await?;
                }
                Pumped::Reset => Box::pin(self.hello(None, true)).await?,
                Pumped::More => {
                    // A reader that is fast enough to take everything at once must not keep its socket from hearing that it is closed.
                    tokio::task::yield_now().await;
                    self.heed().await?;
                }
            }
        }
    }

    fn turn(&mut self, cx: &mut Context<'_>) -> Poll<Turn> {
        if let Poll::Ready(call) = self.socket.bell.poll(cx) {
            return Poll::Ready(Turn::Called(call));
        }
        // One request at a time: the next is read when this one has its answer, so their order is kept and a client that sends faster than
        // the disk takes it waits in its own buffers. So does one that asks and doesn't read the answers.
        if let Some(asking) = &mut self.asking {
            if let Poll::Ready(answer) = asking.as_mut().poll(cx) {
                return Poll::Ready(Turn::Answered(answer));
            }
        } else if !self.blocked
            && let Some(stream) = self.socket.stream()
            && stream.poll_read_ready(cx).is_ready()
        {
            return Poll::Ready(Turn::Readable);
        }
        if self.blocked
            && let Some(stream) = self.socket.stream()
            && stream.poll_write_ready(cx).is_ready()
        {
            return Poll::Ready(Turn::Writable);
        }
        Poll::Pending
    }

    /// What the socket was called for while something else was waited for.
    async fn heed(&mut self) -> Result<(), End> {
        match poll_fn(|cx| Poll::Ready(self.socket.bell.poll(cx))).await {
            Poll::Ready(call) => self.called(call),
            Poll::Pending => Ok(()),
        }
    }

    fn called(&mut self, call: Call) -> Result<(), End> {
        match call {
            Call::Write => Ok(()),
            Call::Look => self.look(),
            Call::Close(reason) => Err(End::Close(reason)),
            Call::Blocked => Err(End::Blocked),
            Call::Bye(spread) => {
                let most = u64::try_from(spread.as_millis()).unwrap_or(u64::MAX);
                Err(End::Bye("going_down", self.peer.hub.some(0, most)))
            }
        }
    }

    fn say(&mut self, frames: impl IntoIterator<Item = Bytes>) {
        self.peer.hub.counters.own.fetch_add(1, Ordering::Relaxed);
        // What does not go out at once is owed, and the next turn goes on with it.
        self.blocked |= !self.socket.say(frames);
    }

    /// `hello` and `mine`; from then on the socket stands in the journal.
    async fn hello(&mut self, after: Option<Position>, reset: bool) -> Result<(), End> {
        let hub = self.peer.hub.clone();
        let history: Arc<dyn History> = hub.clone();
        let room: Arc<Room> = self.peer.place.room.clone();
        let (mut after, mut reset) = (after, reset);
        if let Some(at) = after
            && self.peer.hub.erased_since(at).await
        {
            after = None;
            reset = true;
        }
        // Looked at before anything is said: a hello without `reset` promises that the rest follows.
        while let Some(at) = after {
            match room.step(Cursor::at(at), 0) {
                Step::Load(floor) => self.load(floor).await?,
                Step::Reset => {
                    after = None;
                    reset = true;
                }
                Step::Frames(..) | Step::Idle(_) => break,
            }
        }
        let (upto, lines) = match after {
            Some(at) => (at, Bytes::new()),
            None => match room.full(&history).await {
                Ok(full) => full,
                Err(why) => return Err(self.unloaded(&why)),
            },
        };
        // Lines and state are of now: after the loads it is asked again whether they are for this reader.
        self.heed().await?;
        #[cfg(test)]
        let reset = reset && !crate::defect::is(crate::defect::Defect::ResetUnsaid);
        let epoch = hub.log.identity().epoch;
        self.say(wire::hello(&epoch, upto, &self.peer.you, &room.state(), lines, reset));
        if let Some(person) = self.socket.owner.person {
            let pairs = room.pairs(person);
            if !pairs.is_empty() {
                self.say([Server::Mine { pairs: &pairs }.frame()]);
            }
        }
        self.socket.stand(Cursor::at(upto));
        Ok(())
    }

    async fn load(&mut self, floor: Position) -> Result<(), End> {
        let history: Arc<dyn History> = self.peer.hub.clone();
        let loaded = self.peer.place.room.load(&history, floor).await;
        loaded.map_err(|why| self.unloaded(&why))
    }

    fn unloaded(&self, why: &str) -> End {
        tracing::warn!(%why, live = %self.socket.owner.live, "history can't be loaded");
        End::Close(CloseReason::Resume)
    }

    /// Frames of the client, until there are no more or one asks for something.
    fn read(&mut self) -> Result<(), End> {
        let socket = self.socket.clone();
        let Some(stream) = socket.stream() else {
            return Err(End::Gone);
        };
        // Nor while its answers don't go out: refusals of one who sends and never reads would pile up as fast as it sends.
        while self.asking.is_none() && !self.blocked {
            let mut through = Through {
                stream,
                socket: &socket,
                unread: &mut self.unread,
            };
            let message = match self.context.read(&mut through) {
                Ok(message) => message,
                Err(Error::Io(e)) if e.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(Error::Io(e)) if e.kind() == io::ErrorKind::InvalidData => return Err(End::Unreadable),
                Err(Error::Io(_) | Error::ConnectionClosed | Error::AlreadyClosed) => return Err(End::Gone),
                Err(Error::Protocol(why)) if gone(&why) => return Err(End::Gone),
                Err(_) => return Err(End::Unreadable),
            };
            self.unread = 0;
            socket.heard_at(self.peer.hub.second());
            self.take(message)?;
        }
        Ok(())
    }

    fn take(&mut self, message: Message) -> Result<(), End> {
        // Pings and pongs count as well: each costs a wake-up, and a ping an answer.
        if !self.inbound.frame(Instant::now()) {
            return Err(End::Close(CloseReason::TooFast));
        }
        let text = match message {
            // The answer to it went out, or is owed.
            Message::Close(_) => return Err(End::Gone),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => return Ok(()),
            Message::Text(text) if text.len() > LONGEST => return Err(End::Close(CloseReason::Invalid)),
            Message::Text(text) => Some(text),
            Message::Binary(data) if data.len() > LONGEST => return Err(End::Close(CloseReason::Invalid)),
            Message::Binary(_) => None,
        };
        let Some(client) = text.and_then(|t| Client::read(&t)) else {
            if !self.inbound.nonsense() {
                return Err(End::Close(CloseReason::Invalid));
            }
            let refused = Refused::plain("invalid", "a frame that means nothing here");
            self.say(Some(said_frame(&Said::refused("", refused))));
            return Ok(());
        };
        let Some(guest) = self.peer.guest.clone() else {
            let refused = Refused::plain("signed_out", "sign in to take part");
            self.say(Some(said_frame(&Said::refused(&client.named(), refused))));
            return Ok(());
        };
        // A task of its own: cut off in the middle with its socket, the log would take the line all the same, and whoever takes a right
        // away could not wait for it. Where nobody can say what became of it the client comes back, and sends it again.
        let asked = tokio::spawn(async move {
            match client {
                Client::Post { client_id, text } => guest.post(client_id, text).await,
                Client::Remove { id } => guest.remove(id).await,
            }
        });
        self.asking = Some(Box::pin(async move {
            asked.await.unwrap_or(Answer {
                said: None,
                end: Some(CloseReason::Resume),
            })
        }));
        Ok(())
    }

    /// Whether the person still is who they were, and may watch.
    fn look(&mut self) -> Result<(), End> {
        // One question at a time. A call that came during another was lost once, and the socket went on.
        self.looks = self.asking.is_some();
        if self.looks {
            return Ok(());
        }
        let Some(guest) = self.peer.guest.clone() else {
            return self
                .peer
                .place
                .room
                .stranger()
                .map_or(Ok(()), |why| Err(End::Close(why)));
        };
        self.asking = Some(Box::pin(async move {
            Answer {
                said: None,
                end: match guest.standing().await {
                    Standing::Ended => Some(CloseReason::SignedOut),
                    Standing::Shut(why) => Some(why),
                    // Where nobody can say, it is asked again in five minutes, and for every line.
                    Standing::Holds | Standing::Unknown => None,
                },
            }
        }));
        Ok(())
    }

    /// Whoever is shut out while lines of theirs are on the way hears of each what became of it: what the log took before has its receipt,
    /// the rest is refused. A close frame alone would leave them to guess.
    async fn answer_the_rest(&mut self) {
        // What arrived while others had their turn is seen only after the runtime has looked at its connections again.
        tokio::task::yield_now().await;
        loop {
            if let Some(asking) = self.asking.take()
                && let Some(said) = &asking.await.said
            {
                self.say(Some(said_frame(said)));
            }
            if self.read().is_err() || self.asking.is_none() {
                return;
            }
        }
    }

    /// Last words.
    async fn end(mut self, end: End) {
        let unreadable = matches!(end, End::Unreadable);
        self.socket.quit();
        if matches!(end, End::Close(CloseReason::Banned)) {
            // A log that stands still gives no answer either.
            let _ = timeout(LAST_WORDS, self.answer_the_rest()).await;
        }
        let hub = &self.peer.hub;
        let resume = || {
            let retry_after_ms = hub.some(RETURN.0, RETURN.1);
            Some(Server::Resume { retry_after_ms }.frame())
        };
        let (last, reason) = match end {
            End::Gone => {
                // The library keeps its answer to a close frame until it is called again.
                if let Some(stream) = self.socket.stream() {
                    let socket = &self.socket;
                    let unread = &mut self.unread;
                    let _ = self.context.flush(&mut Through { stream, socket, unread });
                }
                return;
            }
            End::Blocked => {
                hub.counters.blocked.fetch_add(1, Ordering::Relaxed);
                (resume(), CloseReason::Resume)
            }
            End::Close(CloseReason::Resume) => (resume(), CloseReason::Resume),
            End::Close(reason) => (None, reason),
            End::Unreadable => (None, CloseReason::Invalid),
            End::Bye(why, retry_after_ms) => (
                Some(Server::Bye { why, retry_after_ms }.frame()),
                CloseReason::GoingDown,
            ),
        };
        self.say(last.into_iter().chain([frame::close(reason.code(), reason.word())]));
        let socket = self.socket.clone();
        let Some(stream) = socket.stream() else { return };
        let words = async {
            // A peer that does not read is gone all the same.
            while let Some(false) = socket.drain() {
                if stream.writable().await.is_err() {
                    return false;
                }
            }
            true
        };
        let told = timeout(LAST_WORDS, words).await.unwrap_or(false);
        // Who comes back anyhow needs no more than that; for the others the code says that they need not, and must get there.
        if told && !matches!(reason, CloseReason::Resume | CloseReason::GoingDown) {
            linger(&mut self.context, stream, &socket, unreadable).await;
        }
    }
}

/// The connection ended without a close frame.
fn gone(why: &tokio_tungstenite::tungstenite::error::ProtocolError) -> bool {
    use tokio_tungstenite::tungstenite::error::ProtocolError as P;
    matches!(
        why,
        P::ResetWithoutClosingHandshake | P::ReceivedAfterClosing | P::SendAfterClosing
    )
}

/// After a close frame for a client that still sends: bytes that were not read make the connection's end a reset, which
/// can take the close frame away before the client has read it. So what still comes is read, for a moment; where nothing can
/// be read any more the connection is held as long, so that the frame gets there first.
async fn linger(context: &mut WebSocketContext, stream: &TcpStream, socket: &Socket, unreadable: bool) {
    let rest = async {
        if unreadable || !until_closed(context, stream, socket).await {
            waste(stream).await;
        }
    };
    let _ = timeout(LAST_WORDS, rest).await;
}

/// Reads messages until the peer closes or goes; false: they are too many.
async fn until_closed(context: &mut WebSocketContext, stream: &TcpStream, socket: &Socket) -> bool {
    // For all that still comes, and not for each message: nobody reads it.
    let mut unread = 0;
    loop {
        let mut through = Through {
            stream,
            socket,
            unread: &mut unread,
        };
        match context.read(&mut through) {
            // Its answer to our close frame. Called again the library would answer that, and to a browser a second close frame is an
            // error, which takes away the code of the first.
            Ok(Message::Close(_)) => return true,
            Ok(_) => {}
            Err(Error::Io(e)) if e.kind() == io::ErrorKind::WouldBlock => {
                if stream.readable().await.is_err() {
                    return true;
                }
            }
            Err(Error::Io(e)) => return e.kind() != io::ErrorKind::InvalidData,
            Err(_) => return true,
        }
    }
}

/// Reads bytes until there are no more. Asks before each: who sends without end must not hold the thread.
async fn waste(stream: &TcpStream) {
    let mut waste = [0_u8; 1024];
    while stream.readable().await.is_ok() {
        match stream.try_read(&mut waste) {
            Ok(0) => return,
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}

fn said_frame(said: &Said) -> Bytes {
    match said {
        Said::Receipt(r) => Server::Receipt {
            client_id: &r.client_id,
            id: r.id,
            position: r.position,
        }
        .frame(),
        Said::Refused { client_id, refused } => Server::Refused {
            client_id,
            code: refused.code,
            retry_after_ms: refused.retry_after_ms,
            text: &refused.text,
        }
        .frame(),
    }
}
