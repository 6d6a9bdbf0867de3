//! Somebody who watches a live page: a client of the websocket that keeps every frame, and what they come to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::wait::eventually;
use super::{Person, Server};

/// A raw socket.
pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What the frames come to: surface §4, from a client's side. Breaches of the protocol are noted.
#[derive(Debug, Default, Clone)]
pub struct Shown {
    pub epoch: String,
    pub upto: i64,
    pub hello: Value,
    /// The latest state, from `hello` or `state`.
    pub state: Value,
    /// Every state there was, in order.
    pub states: Vec<Value>,
    /// Lines by position.
    pub lines: BTreeMap<i64, Value>,
    pub removed: BTreeSet<String>,
    /// Receipts by `client_id`.
    pub receipts: BTreeMap<String, Value>,
    pub refused: Vec<Value>,
    pub mine: Vec<(String, String)>,
    pub viewers: Option<i64>,
    /// Every frame of all connections.
    pub frames: Vec<Value>,
    pub hellos: usize,
    /// Why the last connection ended: close code, or nothing for a cut.
    pub closed: Option<Option<u16>>,
    pub breaches: Vec<String>,
}

impl Shown {
    fn take(&mut self, frame: Value) {
        match frame["t"].as_str().unwrap_or_default() {
            "hello" => {
                let reset = frame["reset"] == true;
                let known = self.hellos > 0;
                if known && frame["epoch"] != self.epoch.as_str() && !reset {
                    self.breaches.push(format!("another epoch without reset: {frame}"));
                }
                if reset || !known {
                    self.lines.clear();
                    self.removed.clear();
                    self.upto = 0;
                }
                self.hellos += 1;
                self.epoch = frame["epoch"].as_str().unwrap_or_default().to_owned();
                self.new_lines(&frame["messages"]);
                self.new_state(&frame["state"]);
                self.moved(&frame);
                self.hello = frame.clone();
            }
            "messages" => {
                self.new_lines(&frame["messages"]);
                self.moved(&frame);
            }
            "status" => {
                for id in frame["ids"].as_array().into_iter().flatten() {
                    if let Some(line) = self.lines.values_mut().find(|l| l["id"] == *id) {
                        line["status"] = frame["status"].clone();
                    }
                }
                self.moved(&frame);
            }
            "removed" => {
                for id in frame["ids"].as_array().into_iter().flatten() {
                    self.lines.retain(|_, l| l["id"] != *id);
                    self.removed.insert(id.as_str().unwrap_or_default().to_owned());
                }
                self.moved(&frame);
            }
            "state" => {
                self.new_state(&frame);
                self.moved(&frame);
            }
            "viewers" => self.viewers = frame["count"].as_i64(),
            "receipt" => {
                self.receipts.insert(
                    frame["client_id"].as_str().unwrap_or_default().to_owned(),
                    frame.clone(),
                );
            }
            "refused" => self.refused.push(frame.clone()),
            "mine" => {
                let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
                let pairs = frame["pairs"].as_array().into_iter().flatten();
                self.mine.extend(pairs.map(|p| (text(&p[0]), text(&p[1]))));
            }
            "resume" | "bye" | "console" => {}
            _ => self.breaches.push(format!("a frame of no known kind: {frame}")),
        }
        self.frames.push(frame);
    }

    fn new_lines(&mut self, lines: &Value) {
        for line in lines.as_array().into_iter().flatten() {
            let position = line["position"].as_i64().unwrap_or_default();
            if self.lines.keys().last().is_some_and(|last| position <= *last) || position <= self.upto {
                self.breaches
                    .push(format!("out of order or twice (upto {}): {line}", self.upto));
            }
            if self.lines.insert(position, line.clone()).is_some() {
                self.breaches.push(format!("twice: {line}"));
            }
        }
    }

    fn new_state(&mut self, state: &Value) {
        self.state = state.clone();
        self.states.push(state.clone());
    }

    fn moved(&mut self, frame: &Value) {
        match frame["upto"].as_i64() {
            Some(upto) if upto >= self.upto => self.upto = upto,
            Some(_) => self
                .breaches
                .push(format!("upto went back from {}: {frame}", self.upto)),
            None => self.breaches.push(format!("no upto: {frame}")),
        }
    }

    /// The line with this text.
    pub fn line(&self, text: &str) -> Option<&Value> {
        self.lines.values().find(|l| l["text"] == text)
    }

    /// The status of the line with this text; empty where there is none.
    pub fn status(&self, text: &str) -> &str {
        self.line(text).and_then(|l| l["status"].as_str()).unwrap_or_default()
    }

    /// The words that `live` went through, each once.
    pub fn live_words(&self) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        for word in self.states.iter().filter_map(|s| s["live"].as_str()) {
            if words.last().is_none_or(|last| last != word) {
                words.push(word.to_owned());
            }
        }
        words
    }
}

/// What a connection asks for.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    pub after: Option<(i64, String)>,
    pub token: Option<String>,
    pub headers: Vec<(&'static str, String)>,
}

/// A viewer.
pub struct Viewer {
    address: String,
    token: Option<String>,
    shown: Arc<Mutex<Shown>>,
    sink: Option<SplitSink<Socket, Message>>,
    reader: Option<JoinHandle<()>>,
}

/// Opens a socket; the status where it was refused.
pub async fn open(address: &str, ask: &Ask) -> Result<Socket, u16> {
    let mut url = address.replacen("http", "ws", 1);
    if let Some((after, epoch)) = &ask.after {
        url = format!("{url}?after={after}&epoch={epoch}");
    }
    let mut request = url.into_client_request().expect("a request");
    let bearer = ask.token.iter().map(|t| ("authorization", format!("Bearer {t}")));
    for (name, value) in ask.headers.iter().cloned().chain(bearer) {
        request.headers_mut().insert(name, value.parse().expect("a header"));
    }
    match connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(_) => Err(0),
    }
}

async fn read(mut stream: SplitStream<Socket>, shown: Arc<Mutex<Shown>>) {
    let mut code = None;
    while let Some(Ok(message)) = stream.next().await {
        match message {
            Message::Text(text) => match serde_json::from_str(text.as_str()) {
                Ok(frame) => shown.lock().expect("shown").take(frame),
                Err(error) => shown.lock().expect("shown").breaches.push(format!("{error}: {text}")),
            },
            Message::Close(frame) => code = frame.map(|f| u16::from(f.code)),
            Message::Binary(_) => shown.lock().expect("shown").breaches.push("a binary frame".to_owned()),
            _ => {}
        }
    }
    shown.lock().expect("shown").closed = Some(code);
}

impl Viewer {
    /// Opens a live page's socket.
    pub async fn of(server: &Server, event: &str, person: Option<&Person>) -> Self {
        Self::at(format!("{}/live/{event}/ws", server.base), person).await
    }

    /// Opens the console's socket.
    pub async fn console(server: &Server, event: &str, person: &Person) -> Self {
        Self::at(format!("{}/live/{event}/console/ws", server.base), Some(person)).await
    }

    async fn at(address: String, person: Option<&Person>) -> Self {
        Self::with_token(address, person.map(|p| p.token.clone())).await
    }

    /// Opens the socket at an address.
    pub async fn with_token(address: String, token: Option<String>) -> Self {
        let mut viewer = Self {
            address,
            token,
            shown: Arc::default(),
            sink: None,
            reader: None,
        };
        assert!(viewer.connect().await, "{} could not be opened", viewer.address);
        viewer
    }

    /// Connects, from where it was if it was connected before; false where that can't be now.
    pub async fn connect(&mut self) -> bool {
        self.cut();
        let after = {
            let mut shown = self.shown.lock().expect("shown");
            shown.closed = None;
            (shown.hellos > 0).then(|| (shown.upto, shown.epoch.clone()))
        };
        let hellos = self.now().hellos;
        let ask = Ask {
            after,
            token: self.token.clone(),
            headers: vec![],
        };
        let Ok(socket) = open(&self.address, &ask).await else {
            return false;
        };
        let (sink, stream) = socket.split();
        self.sink = Some(sink);
        self.reader = Some(tokio::spawn(read(stream, self.shown.clone())));
        let greeted = async {
            while self.now().hellos == hellos && self.now().closed.is_none() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(10), greeted).await;
        self.now().hellos > hellos
    }

    /// Connects again, as soon as the server is there.
    pub async fn reconnect(&mut self) {
        for _ in 0..400 {
            if self.connect().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{} could not be opened again", self.address);
    }

    /// Drops the connection without a word.
    pub fn cut(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.abort();
        }
        self.sink = None;
    }

    /// What is shown now.
    pub fn now(&self) -> Shown {
        self.shown.lock().expect("shown").clone()
    }

    /// Sends a frame; false where the connection is gone.
    pub async fn send(&mut self, message: Message) -> bool {
        match &mut self.sink {
            Some(sink) => sink.send(message).await.is_ok(),
            None => false,
        }
    }

    /// Posts without waiting.
    pub async fn say(&mut self, client_id: &str, text: &str) -> bool {
        let frame = json!({ "t": "post", "client_id": client_id, "text": text });
        self.send(Message::text(frame.to_string())).await
    }

    /// Posts and waits for the receipt.
    pub async fn post(&mut self, client_id: &str, text: &str) -> Value {
        assert!(self.say(client_id, text).await, "the socket is gone");
        self.until(Duration::from_secs(5), &format!("a receipt of {text:?}"), |s| {
            s.receipts.get(client_id).cloned()
        })
        .await
    }

    /// Waits until `found` finds something in what is shown.
    pub async fn until<T>(&self, bound: Duration, what: &str, found: impl Fn(&Shown) -> Option<T>) -> T {
        eventually(bound, what, async || {
            let shown = self.now();
            let last: Vec<String> = shown.frames.iter().rev().take(12).rev().map(Value::to_string).collect();
            found(&shown).ok_or((last, shown.closed, shown.refused.clone()))
        })
        .await
    }

    /// Waits until a state has these fields.
    pub async fn state(&self, bound: Duration, fields: Value) -> Value {
        let wanted = fields.as_object().expect("fields").clone();
        let what = format!("a state with {fields}");
        self.until(bound, &what, |s| {
            wanted.iter().all(|(n, v)| s.state[n] == *v).then(|| s.state.clone())
        })
        .await
    }

    /// Fails where the server broke the protocol.
    #[track_caller]
    pub fn sound(&self) {
        let shown = self.now();
        assert!(
            shown.breaches.is_empty(),
            "the protocol was broken: {:#?}",
            shown.breaches
        );
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.cut();
    }
}
