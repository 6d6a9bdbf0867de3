//! A visitor's connections, one after the other.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use rand::Rng as _;
use rand::rngs::StdRng;
use serde_json::json;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};

use super::{Ask, Habits, PATIENCE, Stand, lock};
use crate::frames;
use crate::history::{Line, Pen, What};

/// Lines that are remembered to be taken away.
const SHOWN: usize = 200;

type Socket = WebSocketStream<TcpStream>;

/// Why a connection ended.
enum End {
    /// It comes back.
    Back,
    Left,
}

pub(super) struct Life {
    habits: Habits,
    dice: StdRng,
    asked: UnboundedReceiver<Ask>,
    pen: Pen,
    stand: Arc<Mutex<Stand>>,
    /// Without a receipt, in the order in which they were asked for.
    pending: VecDeque<(String, String)>,
    /// Reads nothing until then.
    stalled: Instant,
    /// What was refused for now is sent again then.
    again: Option<Instant>,
}

impl Life {
    pub(super) fn new(
        habits: Habits,
        dice: StdRng,
        asked: UnboundedReceiver<Ask>,
        pen: Pen,
        stand: Arc<Mutex<Stand>>,
    ) -> Self {
        Self {
            habits,
            dice,
            asked,
            pen,
            stand,
            pending: VecDeque::new(),
            stalled: Instant::now(),
            again: None,
        }
    }

    pub(super) async fn live(mut self) {
        loop {
            let end = self.connection().await;
            lock(&self.stand).greeted = false;
            if matches!(end, End::Left) {
                return;
            }
            let wait = self.dice.random_range(self.habits.wait_ms.clone());
            let until = Instant::now() + Duration::from_millis(wait);
            // What is asked for meanwhile is done when it is back.
            loop {
                tokio::select! {
                    () = sleep_until(until) => break,
                    ask = self.asked.recv() => match ask {
                        Some(Ask::Post { client_id, text }) => self.pending.push_back((client_id, text)),
                        Some(Ask::Leave) | None => return,
                        Some(Ask::Remove(_) | Ask::Stall(_) | Ask::Cut) => {}
                    }
                }
            }
        }
    }

    async fn open(&mut self) -> Result<Socket, Option<Error>> {
        let after = lock(&self.stand).after.clone();
        let mut url = format!("ws://{}{}", self.habits.address, self.habits.path);
        if let Some((at, epoch)) = &after {
            url = format!("{url}?after={at}&epoch={epoch}");
        }
        self.pen.write(What::Opening { after });
        let mut request = url.into_client_request().map_err(Some)?;
        if let Some(token) = &self.habits.token
            && let Ok(value) = format!("Bearer {token}").parse()
        {
            request.headers_mut().insert("authorization", value);
        }
        let socket = TcpSocket::new_v4().map_err(|e| Some(Error::Io(e)))?;
        if let Some(size) = self.habits.receive_buffer {
            let _ = socket.set_recv_buffer_size(size);
        }
        let opened = async {
            let stream = socket.connect(self.habits.address).await?;
            let _ = stream.set_nodelay(true);
            tokio_tungstenite::client_async(request, stream).await
        };
        match timeout(PATIENCE, opened).await {
            Ok(Ok((socket, _))) => Ok(socket),
            Ok(Err(why)) => Err(Some(why)),
            Err(_) => Err(None),
        }
    }

    /// One connection, from its asking to its end.
    async fn connection(&mut self) -> End {
        let mut socket = match self.open().await {
            Ok(socket) => socket,
            Err(Some(Error::Http(answer))) => {
                let status = answer.status().as_u16();
                self.pen.write(What::Door { status });
                return End::Back;
            }
            Err(_) => {
                self.pen.write(What::Closed { code: None });
                return End::Back;
            }
        };
        let mut heard = Instant::now();
        loop {
            let (reads, silent) = (self.stalled, heard.max(self.stalled) + self.habits.silence);
            let again = self.again;
            let ended = tokio::select! {
                ask = self.asked.recv() => self.ask(&mut socket, ask).await,
                message = socket.next(), if Instant::now() >= reads => {
                    heard = Instant::now();
                    self.take(&mut socket, message).await
                }
                // Woken to read on.
                () = sleep_until(reads), if Instant::now() < reads => Ok(()),
                () = sleep_until(again.unwrap_or(heard)), if again.is_some() => {
                    self.again = None;
                    self.send_pending(&mut socket).await
                }
                () = sleep_until(silent) => {
                    self.pen.write(What::Closed { code: None });
                    Err(End::Back)
                }
            };
            if let Err(end) = ended {
                return end;
            }
        }
    }

    async fn ask(&mut self, socket: &mut Socket, ask: Option<Ask>) -> Result<(), End> {
        match ask {
            Some(Ask::Post { client_id, text }) => {
                self.pending.push_back((client_id.clone(), text.clone()));
                // What waits for its time goes together, and in order.
                if lock(&self.stand).greeted && self.again.is_none() {
                    return self.post(socket, client_id, text).await;
                }
            }
            Some(Ask::Remove(id)) if lock(&self.stand).greeted => {
                self.pen.write(What::Remove { id });
                return self.send(socket, json!({ "t": "remove", "id": id }).to_string()).await;
            }
            Some(Ask::Remove(_)) => {}
            Some(Ask::Stall(time)) => self.stalled = Instant::now() + time,
            Some(Ask::Cut) => {
                let _ = socket.get_ref().set_zero_linger();
                self.pen.write(What::Closed { code: None });
                return Err(End::Back);
            }
            Some(Ask::Leave) | None => {
                let _ = timeout(PATIENCE, socket.close(None)).await;
                return Err(End::Left);
            }
        }
        Ok(())
    }

    async fn send(&mut self, socket: &mut Socket, text: String) -> Result<(), End> {
        if let Ok(Ok(())) = timeout(PATIENCE, socket.send(Message::text(text))).await {
            return Ok(());
        }
        self.pen.write(What::Closed { code: None });
        Err(End::Back)
    }

    async fn post(&mut self, socket: &mut Socket, client_id: String, text: String) -> Result<(), End> {
        let frame = json!({ "t": "post", "client_id": client_id, "text": text }).to_string();
        self.pen.write(What::Post { client_id, text });
        self.send(socket, frame).await
    }

    async fn send_pending(&mut self, socket: &mut Socket) -> Result<(), End> {
        for (client_id, text) in self.pending.clone() {
            self.post(socket, client_id, text).await?;
        }
        Ok(())
    }

    async fn take(&mut self, socket: &mut Socket, message: Option<Result<Message, Error>>) -> Result<(), End> {
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => return Ok(()),
            Some(Ok(Message::Binary(_))) => {
                let what = "a binary frame".to_owned();
                self.pen.write(What::Garbled { what });
                return Ok(());
            }
            Some(Ok(Message::Close(frame))) => {
                let code = frame.map(|f| u16::from(f.code));
                self.pen.write(What::Closed { code });
                // From 4500 on a page doesn't come back.
                return Err(if code.is_some_and(|c| (4_500..5_000).contains(&c)) {
                    End::Left
                } else {
                    End::Back
                });
            }
            None => {
                self.pen.write(What::Closed { code: None });
                return Err(End::Back);
            }
            Some(Err(why)) => {
                self.pen.write(ended_by(&why));
                return Err(End::Back);
            }
        };
        let (what, wait_ms) = frames::read(&text);
        let mut greeted = false;
        match &what {
            What::Hello { epoch, upto, lines, .. } => {
                greeted = true;
                let mut stand = lock(&self.stand);
                stand.after = Some((*upto, epoch.clone()));
                stand.greeted = true;
                show(&mut stand, lines);
            }
            What::Messages { upto, lines } => {
                self.moves(*upto);
                show(&mut lock(&self.stand), lines);
            }
            What::Fate { upto, .. } | What::State { upto } => self.moves(*upto),
            What::Removed { upto, ids } => {
                self.moves(*upto);
                lock(&self.stand).shown.retain(|id| !ids.contains(id));
            }
            What::Receipt { client_id, .. } => self.settled(client_id),
            What::Refused { client_id, code } => match code.as_str() {
                "too_fast" | "unavailable" => {
                    let wait = Duration::from_millis(wait_ms.unwrap_or(1_000).min(PATIENCE.as_millis() as u64));
                    self.again.get_or_insert(Instant::now() + wait);
                }
                _ if self.pending.iter().any(|(id, _)| id == client_id) => {
                    lock(&self.stand).refused += 1;
                    self.settled(client_id);
                }
                _ => {}
            },
            _ => {}
        }
        self.pen.write(what);
        if greeted {
            self.again = None;
            self.send_pending(socket).await?;
        }
        Ok(())
    }

    fn moves(&self, upto: u64) {
        if let Some((at, _)) = &mut lock(&self.stand).after {
            *at = upto;
        }
    }

    fn settled(&mut self, client_id: &str) {
        let before = self.pending.len();
        self.pending.retain(|(id, _)| id != client_id);
        let settled = before - self.pending.len();
        let mut stand = lock(&self.stand);
        stand.pending = stand.pending.saturating_sub(settled);
    }
}

fn show(stand: &mut Stand, lines: &[Line]) {
    stand.shown.extend(lines.iter().map(|l| l.id));
    while stand.shown.len() > SHOWN {
        stand.shown.pop_front();
    }
}

/// A connection that was cut is nobody's fault; bytes that are no frames are the server's.
fn ended_by(why: &Error) -> What {
    match why {
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)
        | Error::Io(_)
        | Error::ConnectionClosed
        | Error::AlreadyClosed => What::Closed { code: None },
        other => What::Garbled {
            what: other.to_string(),
        },
    }
}
