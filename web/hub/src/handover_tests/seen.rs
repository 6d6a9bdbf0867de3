//! What a client of these runs has seen.

use std::collections::BTreeSet;
use std::io;

use serde_json::Value;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, OpCode};

use super::id;

/// What a client has seen.
#[derive(Default)]
pub(super) struct Seen {
    pub rest: Vec<u8>,
    pub lines: BTreeSet<u64>,
    pub newest: u64,
    pub receipts: usize,
    pub pings: usize,
    pub closed: bool,
}

impl Seen {
    pub(super) fn take(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
        loop {
            let mut cursor = io::Cursor::new(&self.rest);
            let Some((header, length)) = FrameHeader::parse(&mut cursor).expect("a frame") else {
                return;
            };
            let from = cursor.position() as usize;
            let Some(payload) = self.rest.get(from..from + length as usize) else {
                return;
            };
            assert!(!self.closed, "a frame after the close frame");
            match header.opcode {
                OpCode::Control(Control::Close) => self.closed = true,
                OpCode::Control(_) => self.pings += 1,
                OpCode::Data(_) => {
                    let frame: Value = serde_json::from_slice(payload).expect("whole frames, one after the other");
                    self.frame(&frame);
                }
            }
            self.rest.drain(..from + length as usize);
        }
    }

    pub(super) fn frame(&mut self, frame: &Value) {
        let positions = |list: &Value| -> Vec<u64> {
            let lines = list.as_array().expect("lines");
            lines
                .iter()
                .map(|l| l["position"].as_u64().expect("a position"))
                .collect()
        };
        match frame["t"].as_str().expect("a kind") {
            "hello" => {
                self.lines = positions(&frame["messages"]).into_iter().collect();
                self.newest = self.lines.last().copied().unwrap_or(0);
            }
            "messages" => {
                for at in positions(&frame["messages"]) {
                    assert!(at > self.newest, "line {at} after {}", self.newest);
                    self.newest = at;
                    self.lines.insert(at);
                }
            }
            "removed" => {
                for gone in frame["ids"].as_array().expect("ids") {
                    self.lines.retain(|at| gone != &id(*at).to_string());
                }
            }
            "receipt" => {
                self.receipts += 1;
                assert_eq!(frame["client_id"], self.receipts.to_string());
            }
            "state" => {}
            other => panic!("{other}"),
        }
    }
}
