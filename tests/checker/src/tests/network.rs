//! The proxy and the client, against a server that is a few lines long.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

use crate::chaos::{Chaos, Weather};
use crate::history::{Recorder, What};
use crate::visitor::{Habits, Visitor, until};

const SOON: Duration = Duration::from_secs(20);
const LINE: &str = "00000000000000000000000001";

/// Greets everybody, gives the query of each connection and everything that comes, and acknowledges nothing on a
/// person's first connection.
async fn server() -> (SocketAddr, mpsc::UnboundedReceiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (told, heard) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let told = told.clone();
            tokio::spawn(async move {
                let mut query = String::new();
                #[allow(clippy::result_large_err)] // The library's own type.
                let ask = |request: &Request, response: Response| {
                    query = request.uri().query().unwrap_or_default().to_owned();
                    Ok(response)
                };
                let Ok(mut socket) = tokio_tungstenite::accept_hdr_async(stream, ask).await else {
                    return;
                };
                let back = query.contains("after=");
                let upto = if back { 7 } else { 6 };
                let you = json!({ "id": Value::Null });
                let hello = json!({ "t": "hello", "epoch": "e", "upto": upto, "you": you, "reset": false, "messages": [], "state": {} });
                let _ = socket.send(Message::text(hello.to_string())).await;
                let _ = socket.send(Message::text(r#"{"t":"state","upto":7}"#)).await;
                while let Some(Ok(Message::Text(text))) = socket.next().await {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    let receipt = json!({ "t": "receipt", "client_id": frame["client_id"], "id": LINE, "position": 9 });
                    let _ = told.send((query.clone(), frame));
                    if back {
                        let _ = socket.send(Message::text(receipt.to_string())).await;
                    }
                }
            });
        }
    });
    (address, heard)
}

fn habits(address: SocketAddr) -> Habits {
    Habits {
        name: "awa".to_owned(),
        address,
        path: "/live/x/ws".to_owned(),
        token: None,
        after: None,
        seed: 1,
        wait_ms: 1..20,
        silence: Duration::from_mins(1),
        receive_buffer: None,
    }
}

#[tokio::test]
async fn a_visitor_comes_back_with_its_position_and_sends_again_what_has_no_receipt() {
    let (address, mut heard) = server().await;
    let chaos = Chaos::start(address, Weather::fair(), 1).await.unwrap();
    let mut visitor = Visitor::come(&Recorder::default(), habits(chaos.address()));
    visitor.post();
    let (query, frame) = heard.recv().await.unwrap();
    assert_eq!((query.as_str(), &frame["text"]), ("", &json!("awa says 1")));
    assert!(until(SOON, || visitor.has(7)).await);
    assert_eq!(visitor.stand().pending, 1);
    chaos.storm();
    let (query, again) = heard.recv().await.unwrap();
    assert_eq!((query.as_str(), again), ("after=7&epoch=e", frame));
    assert!(until(SOON, || visitor.stand().pending == 0).await);
    let written = visitor.leave().await;
    let whats: Vec<&What> = written.records.iter().map(|r| &r.what).collect();
    let posts = whats.iter().filter(|w| matches!(w, What::Post { .. })).count();
    assert_eq!(
        (posts, whats.contains(&&What::Closed { code: None })),
        (2, true),
        "{whats:#?}"
    );
}

#[tokio::test]
async fn the_proxy_cuts_where_the_seed_says() {
    let mut weather = Weather::fair();
    (weather.cut, weather.cut_after) = (1.0, 100..420);
    // The upgrade and the hello are longer than that: each connection is cut within them.
    let cut = async |seed| {
        let (address, _heard) = server().await;
        let chaos = Chaos::start(address, weather.clone(), seed).await.unwrap();
        let visitor = Visitor::come(&Recorder::default(), habits(chaos.address()));
        let cuts = || {
            let all = visitor.written().records;
            all.iter().filter(|r| r.what == What::Closed { code: None }).count()
        };
        assert!(until(SOON, || cuts() >= 3).await);
        assert!(chaos.count().1 >= 3);
        let all = visitor.written().records;
        let whats: Vec<What> = all.into_iter().map(|r| r.what).collect();
        assert!(!whats.iter().any(|w| matches!(w, What::Garbled { .. })), "{whats:?}");
        whats.into_iter().take(6).collect::<Vec<_>>()
    };
    assert_eq!(cut(3).await, cut(3).await);
}

#[tokio::test]
async fn the_proxy_turns_away() {
    let (address, _heard) = server().await;
    let mut weather = Weather::fair();
    weather.refuse = 1.0;
    let chaos = Chaos::start(address, weather, 1).await.unwrap();
    let visitor = Visitor::come(&Recorder::default(), habits(chaos.address()));
    assert!(until(SOON, || visitor.written().records.len() > 6).await);
    assert!(!visitor.stand().greeted);
    chaos.weather(Weather::fair());
    assert!(until(SOON, || visitor.has(7)).await);
}
