//! A client of a live page.

use std::collections::{BTreeMap, HashSet};
use std::io;

use serde_json::Value;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;

use super::world::World;

/// A client: it believes nothing but whole frames.
#[derive(Default)]
pub(super) struct Client {
    pub after: u64,
    /// Its lines from here on are complete.
    pub from: u64,
    pub held: BTreeMap<u64, (String, String)>,
    pub newest: u64,
    pub state: Option<u64>,
    pub receipts: usize,
    pub greeted: bool,
}

impl Client {
    pub(super) fn take(&mut self, frame: &Value, world: &World) {
        let text = |v: &Value| v.as_str().expect("a text").to_owned();
        let ids = || {
            frame["ids"]
                .as_array()
                .expect("ids")
                .iter()
                .map(text)
                .collect::<HashSet<_>>()
        };
        let kind = text(&frame["t"]);
        assert!(kind == "hello" || self.greeted, "{kind} before hello");
        match kind.as_str() {
            "hello" => {
                assert!(!self.greeted, "a second hello is a reset");
                self.greeted = true;
                self.hello(frame);
            }
            "messages" => self.lines(frame),
            "removed" => {
                let ids = ids();
                self.held.retain(|_, (id, _)| !ids.contains(id));
            }
            "status" => {
                let ids = ids();
                for (_, status) in self.held.values_mut().filter(|(id, _)| ids.contains(id)) {
                    *status = text(&frame["status"]);
                }
            }
            "state" => self.state = frame["n"].as_u64(),
            "viewers" => return,
            "receipt" => {
                self.receipts += 1;
                assert_eq!(frame["client_id"], self.receipts.to_string());
                return;
            }
            other => panic!("{other}"),
        }
        let upto = frame["upto"].as_u64().expect("upto");
        assert!(upto >= self.after, "upto went back from {} to {upto}", self.after);
        self.after = upto;
        // Nothing that is shown lies behind it and is not there.
        for (at, (_, gone)) in &world.lines {
            let shown = !gone && (self.from..=upto).contains(at);
            assert!(!shown || self.held.contains_key(at), "at {upto} line {at} is missing");
        }
    }

    pub(super) fn hello(&mut self, frame: &Value) {
        let upto = frame["upto"].as_u64().expect("upto");
        self.state = frame["state"]["n"].as_u64();
        if frame["reset"] == true || self.after == 0 {
            self.held.clear();
            (self.newest, self.after) = (0, 0);
            let first = frame["messages"][0]["position"].as_u64();
            self.from = first.unwrap_or(upto + 1);
        }
        self.lines(frame);
    }

    pub(super) fn lines(&mut self, frame: &Value) {
        for line in frame["messages"].as_array().expect("lines") {
            let at = line["position"].as_u64().expect("a position");
            assert!(at > self.newest, "line {at} after {}", self.newest);
            self.newest = at;
            let text = |v: &Value| v.as_str().expect("a text").to_owned();
            self.held.insert(at, (text(&line["id"]), text(&line["status"])));
        }
    }
}

/// The payload of the first frame (empty for a ping), and how many bytes stand behind it.
pub(super) fn whole(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut cursor = io::Cursor::new(bytes);
    let (_, length) = FrameHeader::parse(&mut cursor).expect("a frame")?;
    let from = usize::try_from(cursor.position()).expect("small");
    let to = from + usize::try_from(length).expect("small");
    let payload = bytes.get(from..to)?;
    Some((payload.to_vec(), bytes.len() - to))
}
