//! Those who post, and one who watches: plain clients of the live page's websocket.

use std::collections::HashMap;
use std::time::Duration;

use amphi_events::{Clock as _, SystemClock};
use anyhow::{Context as _, bail, ensure};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::world::World;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Milliseconds since 1970: the clock that the simulators write down too.
pub fn now_ms() -> i64 {
    SystemClock.now().0
}

async fn connect(world: &World, token: &str) -> anyhow::Result<Socket> {
    let url = format!("{}/live/{}/ws", world.base.replacen("http", "ws", 1), world.live);
    let mut request = url.into_client_request()?;
    request
        .headers_mut()
        .insert("authorization", format!("Bearer {token}").parse()?);
    Ok(connect_async(request).await?.0)
}

/// Somebody signed in who posts; everything that comes is read.
pub struct Poster {
    sink: SplitSink<Socket, Message>,
    reader: tokio::task::JoinHandle<anyhow::Result<()>>,
}

impl Poster {
    pub async fn new(world: &World, token: &str) -> anyhow::Result<Self> {
        let (sink, mut stream) = connect(world, token).await?.split();
        let reader = tokio::spawn(async move {
            while let Some(message) = stream.next().await {
                if let Message::Text(text) = message?
                    && text.starts_with(r#"{"t":"refused""#)
                {
                    bail!("{text}");
                }
            }
            bail!("a socket was closed")
        });
        Ok(Self { sink, reader })
    }

    pub async fn post(&mut self, client_id: &str, text: &str) -> anyhow::Result<()> {
        let frame = json!({ "t": "post", "client_id": client_id, "text": text });
        Ok(self.sink.send(Message::text(frame.to_string())).await?)
    }

    /// An error where a post was refused or the socket was cut.
    pub async fn end(self) -> anyhow::Result<()> {
        if self.reader.is_finished() {
            return self.reader.await?;
        }
        self.reader.abort();
        Ok(())
    }
}

/// What the watcher saw.
#[derive(Default, Clone)]
pub struct Seen {
    /// Texts in the order of the page, which is the log's.
    pub lines: Vec<String>,
    /// When a line was said to be in the room.
    pub relayed: HashMap<String, i64>,
    /// Other words on lines: late, failed, unknown.
    pub other: Vec<(String, String)>,
    ids: HashMap<String, String>,
}

impl Seen {
    fn take(&mut self, frame: &Value) -> anyhow::Result<()> {
        let at = now_ms();
        for line in frame["messages"].as_array().into_iter().flatten() {
            let text = line["text"].as_str().unwrap_or_default().to_owned();
            let id = line["id"].as_str().unwrap_or_default().to_owned();
            ensure!(self.ids.insert(id, text.clone()).is_none(), "a line came twice: {line}");
            self.told(text.clone(), &line["status"], at);
            self.lines.push(text);
        }
        if frame["t"] == "status" {
            for id in frame["ids"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                let text = self.ids.get(id).context("a status of no line")?.clone();
                self.told(text, &frame["status"], at);
            }
        }
        ensure!(frame["t"] != "resume" && frame["t"] != "bye", "sent away: {frame}");
        Ok(())
    }

    fn told(&mut self, text: String, status: &Value, at: i64) {
        match status.as_str().unwrap_or_default() {
            "posted" => {}
            "relayed" => {
                self.relayed.entry(text).or_insert(at);
            }
            other => self.other.push((text, other.to_owned())),
        }
    }

    fn settled(&self) -> usize {
        self.relayed.len() + self.other.len()
    }
}

/// Somebody who watches.
pub struct Watcher {
    settled: watch::Receiver<usize>,
    reader: tokio::task::JoinHandle<anyhow::Result<Seen>>,
}

impl Watcher {
    pub async fn new(world: &World, token: &str, all: usize) -> anyhow::Result<Self> {
        let (_, stream) = connect(world, token).await?.split();
        let (tell, settled) = watch::channel(0);
        let reader = tokio::spawn(watch(stream, tell, all));
        Ok(Self { settled, reader })
    }

    /// What was seen once every line has an outcome.
    pub async fn end(mut self, patience: Duration) -> anyhow::Result<Seen> {
        loop {
            match tokio::time::timeout(patience, self.settled.changed()).await {
                Ok(Ok(())) => {}
                // It has seen all, or it failed and says why.
                Ok(Err(_)) => return self.reader.await?,
                Err(_) => bail!("nothing more comes after {} outcomes", *self.settled.borrow()),
            }
        }
    }
}

async fn watch(mut stream: SplitStream<Socket>, tell: watch::Sender<usize>, all: usize) -> anyhow::Result<Seen> {
    let mut seen = Seen::default();
    while let Some(message) = stream.next().await {
        let Message::Text(text) = message? else { continue };
        let before = seen.settled();
        seen.take(&serde_json::from_str(&text)?)?;
        if seen.settled() >= all {
            return Ok(seen);
        }
        if seen.settled() > before {
            tell.send_replace(seen.settled());
        }
    }
    bail!("the watcher's socket was closed")
}
