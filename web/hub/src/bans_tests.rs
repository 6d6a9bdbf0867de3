//! Somebody is banned from a live's chat: over real connections, on a whole hub.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use amphi_checker::visitor::until;
use amphi_events::envelope::Position;
use amphi_events::ids::{LiveId, PersonId};
use amphi_events::log::{EventLog as _, Filter};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::Seat;
use crate::house::House;

const SOON: Duration = Duration::from_secs(5);

type Socket = WebSocketStream<TcpStream>;

pub(super) struct World {
    pub house: Arc<House>,
    address: SocketAddr,
}

impl World {
    pub async fn new() -> Self {
        let house = House::new().await;
        let address = house.open().await;
        Self { house, address }
    }

    /// A socket, or the status that it was refused with.
    pub async fn knock(&self, live: LiveId, person: Option<PersonId>, query: &str) -> Result<Socket, u16> {
        let mut request = format!("ws://{}/live/{live}/ws{query}", self.address)
            .into_client_request()
            .unwrap();
        if let Some(person) = person {
            let bearer = format!("Bearer {person}").parse().unwrap();
            request.headers_mut().insert("authorization", bearer);
        }
        let stream = TcpStream::connect(self.address).await.unwrap();
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(socket),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(other) => panic!("{other}"),
        }
    }

    /// A socket that was greeted.
    pub async fn come(&self, live: LiveId, person: Option<PersonId>) -> Result<Socket, u16> {
        let mut socket = self.knock(live, person, "").await?;
        assert_eq!(next(&mut socket).await["t"], "hello");
        Ok(socket)
    }

    /// How many lines the log has.
    async fn lines(&self) -> usize {
        let filter = Filter {
            kinds: vec!["ChatMessagePosted".to_owned()],
            ..Filter::default()
        };
        let page = self.house.log.read_all(Position(0), &filter, 10_000).await;
        page.unwrap().events.len()
    }
}

/// The next frame that is no count; a close is `{"t":"close","code"}`.
pub(super) async fn next(socket: &mut Socket) -> Value {
    loop {
        let message = tokio::time::timeout(SOON, socket.next())
            .await
            .expect("a frame in time");
        let frame: Value = match message.expect("an open socket").unwrap() {
            Message::Text(text) => serde_json::from_str(&text).unwrap(),
            Message::Close(close) => json!({ "t": "close", "code": close.map(|c| u16::from(c.code)) }),
            _ => continue,
        };
        if frame["t"] != "viewers" && frame["t"] != "state" {
            return frame;
        }
    }
}

pub(super) async fn post(socket: &mut Socket, client_id: &str) {
    let frame = json!({ "t": "post", "client_id": client_id, "text": "hello" });
    socket.send(Message::text(frame.to_string())).await.unwrap();
}

/// Posts where one may: the receipt, and the line itself, in either order.
pub(super) async fn heard(socket: &mut Socket, client_id: &str) {
    post(socket, client_id).await;
    let mut kinds = [next(socket).await["t"].clone(), next(socket).await["t"].clone()];
    kinds.sort_by_key(Value::to_string);
    assert_eq!(kinds, ["messages", "receipt"]);
}

#[tokio::test]
async fn every_tab_of_this_live_is_closed_and_nobody_elses() {
    let world = World::new().await;
    let (live, other) = (world.house.live, world.house.another().await);
    let (rude, polite): (PersonId, PersonId) = (world.house.sources.id(), world.house.sources.id());
    let mut tabs = [
        world.come(live, Some(rude)).await.unwrap(),
        world.come(live, Some(rude)).await.unwrap(),
    ];
    let mut elsewhere = world.come(other, Some(rude)).await.unwrap();
    let mut another = world.come(live, Some(polite)).await.unwrap();
    let mut stranger = world.come(live, None).await.unwrap();

    world.house.ban(live, rude, true).await;
    for tab in &mut tabs {
        assert_eq!(next(tab).await, json!({ "t": "close", "code": 4502 }));
    }
    assert_eq!(world.come(live, Some(rude)).await.err(), Some(403), "at the door");
    heard(&mut elsewhere, "e").await;
    heard(&mut another, "a").await;
    assert_eq!(next(&mut stranger).await["t"], "messages");

    world.house.ban(live, rude, false).await;
    let hub = world.house.hub.clone();
    let in_again = || {
        let room = hub.rooms().open[&live].clone();
        !hub.bans(&room, rude)
    };
    assert!(until(SOON, in_again).await);
    heard(&mut world.come(live, Some(rude)).await.unwrap(), "back").await;
}

/// Lines that race the ban: each has its receipt, and then it is in the log, or is refused as what it is, and then it is not.
#[tokio::test]
async fn a_line_that_races_the_ban_is_in_the_log_or_refused() {
    let world = World::new().await;
    let live = world.house.live;
    let mut watching = world.come(live, None).await.unwrap();
    let (mut kept, mut refused) = (0, 0);
    for round in 0..10 {
        let rude: PersonId = world.house.sources.id();
        let mut socket = world.come(live, Some(rude)).await.unwrap();
        // Each waits for the one before it to be on disk, and the ban comes in between.
        for n in 0..20 {
            post(&mut socket, &n.to_string()).await;
        }
        world.house.ban(live, rude, true).await;
        let mut answered = Vec::new();
        loop {
            let frame = next(&mut socket).await;
            match frame["t"].as_str().unwrap() {
                "receipt" => kept += 1,
                "refused" => {
                    assert_eq!(frame["code"], "banned", "{frame}");
                    refused += 1;
                }
                "close" => {
                    assert_eq!(frame["code"], 4502);
                    break;
                }
                _ => continue,
            }
            answered.push(frame["client_id"].as_str().unwrap().to_owned());
        }
        let sent: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        assert_eq!(answered, sent, "round {round}: each has one answer, in order");
    }
    assert!(refused > 0, "every line was in the log before the ban");
    assert_eq!(
        world.lines().await,
        kept,
        "what is in the log has its receipt, and nothing else"
    );
    let mut shown = 0;
    while shown < kept {
        let frame = next(&mut watching).await;
        assert_eq!(frame["t"], "messages");
        shown += frame["messages"].as_array().unwrap().len();
    }
    assert_eq!(shown, kept, "in the room as well");
}

/// A closing that comes first finds no socket, and whoever comes in then is told at the door; whichever is first, nobody is left inside.
#[tokio::test]
async fn whoever_comes_in_during_the_ban_is_out_after_it() {
    let world = World::new().await;
    let live = world.house.live;
    for _ in 0..20 {
        let rude: PersonId = world.house.sources.id();
        let (came, _) = tokio::join!(world.knock(live, Some(rude), ""), world.house.ban(live, rude, true));
        match came {
            Ok(mut socket) => {
                let mut last = next(&mut socket).await;
                if last["t"] == "hello" {
                    last = next(&mut socket).await;
                }
                assert_eq!(last, json!({ "t": "close", "code": 4502 }));
            }
            Err(status) => assert_eq!(status, 403),
        }
    }
}

/// Browsers take a second close frame for an error and forget the code of the first: the page came back again and again, to be refused.
#[tokio::test]
async fn one_close_frame_and_no_more() {
    let world = World::new().await;
    let (live, rude): (LiveId, PersonId) = (world.house.live, world.house.sources.id());
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let asked = format!(
        "GET /live/{live}/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {rude}\r\n\r\n"
    );
    stream.write_all(asked.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    let close = [&[0x88, 8][..], &4502_u16.to_be_bytes(), b"banned"].concat();
    let mut banned = false;
    while !read.ends_with(&close) {
        let more = tokio::time::timeout(SOON, stream.read_buf(&mut read)).await;
        assert!(more.expect("a close frame in time").unwrap() > 0, "ended without one");
        let greeted = read.windows(5).any(|w| w == b"hello");
        if greeted && !std::mem::replace(&mut banned, true) {
            world.house.ban(live, rude, true).await;
        }
    }
    // The client's own, masked with nothing.
    let answer = [&[0x88, 0x82, 0, 0, 0, 0][..], &4502_u16.to_be_bytes()].concat();
    stream.write_all(&answer).await.unwrap();
    let mut rest = Vec::new();
    let end = tokio::time::timeout(SOON, stream.read_to_end(&mut rest)).await;
    end.expect("an end in time").unwrap();
    assert_eq!(rest, b"", "after the close frame");
}

/// A restart knows the bans of before it, also while the read models stand still.
#[tokio::test]
async fn a_restart_keeps_the_ban() {
    let world = World::new().await;
    let live = world.house.live;
    let (early, late, forgiven): (PersonId, PersonId, PersonId) = (
        world.house.sources.id(),
        world.house.sources.id(),
        world.house.sources.id(),
    );
    world.house.ban(live, early, true).await;
    let at = world.house.ban(live, forgiven, true).await;
    world.house.hub.read.wait(at, SOON).await.unwrap();
    // From here on the read models hear nothing.
    world.house.reading.abort();
    world.house.ban(live, late, true).await;
    world.house.ban(live, forgiven, false).await;

    let again = world.house.restarted();
    let place = again.enter(live, Seat::Stranger).await.unwrap().unwrap();
    let banned = [early, late, forgiven].map(|person| again.banned(&place, person));
    assert_eq!(banned, [true, true, false]);
}
