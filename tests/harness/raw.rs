//! A connection that keeps to no protocol: bytes as a test wants them, and websocket frames that no library would send.

use std::time::Duration;

use base64::Engine as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Server;

/// How long something of the other side is waited for.
const SOON: Duration = Duration::from_secs(20);

/// One frame, as it is put on the wire.
#[derive(Debug, Clone, Copy)]
pub struct Wire<'a> {
    pub fin: bool,
    /// The three reserved bits.
    pub reserved: u8,
    pub opcode: u8,
    pub masked: bool,
    /// The length that is said, where it is not the payload's.
    pub claims: Option<u64>,
    pub payload: &'a [u8],
}

impl<'a> Wire<'a> {
    /// A text frame as it should be.
    pub fn text(text: &'a str) -> Self {
        Self::of(1, text.as_bytes())
    }

    pub fn of(opcode: u8, payload: &'a [u8]) -> Self {
        Self {
            fin: true,
            reserved: 0,
            opcode,
            masked: true,
            claims: None,
            payload,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mask = [0x37, 0xfa, 0x21, 0x3d];
        let mut out = vec![u8::from(self.fin) << 7 | self.reserved << 4 | self.opcode];
        let bit = u8::from(self.masked) << 7;
        let length = self.claims.unwrap_or(self.payload.len() as u64);
        match length {
            0..=125 => out.push(bit | length as u8),
            126..=65_535 => {
                out.push(bit | 0x7e);
                out.extend((length as u16).to_be_bytes());
            }
            _ => {
                out.push(bit | 127);
                out.extend(length.to_be_bytes());
            }
        }
        if self.masked {
            out.extend(mask);
        }
        let key = if self.masked { mask } else { [0; 4] };
        out.extend(self.payload.iter().enumerate().map(|(n, b)| b ^ key[n % 4]));
        out
    }
}

/// What came of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    Frame { opcode: u8, payload: Vec<u8> },
    End,
}

/// See the module.
pub struct Raw {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Raw {
    pub async fn to(server: &Server) -> Self {
        let address = server.base.trim_start_matches("http://");
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        Self { stream, read: vec![] }
    }

    /// Writes; false where the connection is over.
    pub async fn write(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok()
    }

    /// A request's head without its end.
    pub fn head(path: &str, headers: &[(&str, &str)]) -> String {
        let mut head = format!("GET {path} HTTP/1.1\r\nhost: amphi\r\n");
        for (name, value) in headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head
    }

    /// Asks for a websocket; gives the status, and stands behind the head of the answer.
    pub async fn upgrade(&mut self, path: &str, headers: &[(&str, &str)]) -> u16 {
        let key = base64::engine::general_purpose::STANDARD.encode([7_u8; 16]);
        let ours = [
            ("connection", "upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", &key),
        ];
        let all: Vec<(&str, &str)> = ours.iter().chain(headers).copied().collect();
        let head = Self::head(path, &all) + "\r\n";
        assert!(self.write(head.as_bytes()).await, "the request can be sent");
        let answer = self.answer().await.expect("an answer");
        let status = answer.split(' ').nth(1).and_then(|s| s.parse().ok());
        status.unwrap_or_else(|| panic!("no status: {answer}"))
    }

    /// The head of an answer, whose body is read and forgotten; nothing where the connection ended before.
    pub async fn answer(&mut self) -> Option<String> {
        let whole = async {
            loop {
                if let Some(end) = self.read.windows(4).position(|w| w == b"\r\n\r\n") {
                    let head = String::from_utf8_lossy(&self.read[..end + 4]).into_owned();
                    let body = head
                        .lines()
                        .find_map(|l| l.strip_prefix("content-length: ")?.parse().ok());
                    let whole = end + 4 + body.unwrap_or(0);
                    if self.read.len() >= whole {
                        self.read.drain(..whole);
                        return Some(head);
                    }
                }
                if !self.more().await {
                    return None;
                }
            }
        };
        tokio::time::timeout(SOON, whole).await.expect("an answer, or the end")
    }

    /// Reads what there is; false at the end.
    async fn more(&mut self) -> bool {
        let mut buffer = [0_u8; 4096];
        match self.stream.read(&mut buffer).await {
            Ok(0) | Err(_) => false,
            Ok(n) => {
                self.read.extend(&buffer[..n]);
                true
            }
        }
    }

    /// Whether the other side has ended the connection by now.
    pub fn over(&mut self) -> bool {
        let mut buffer = [0_u8; 4096];
        loop {
            match self.stream.try_read(&mut buffer) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(e) => return e.kind() != std::io::ErrorKind::WouldBlock,
            }
        }
    }

    /// Waits until the other side ends the connection.
    pub async fn ended(&mut self) {
        let end = async { while self.more().await {} };
        tokio::time::timeout(SOON, end).await.expect("the connection is ended");
    }

    pub async fn frame(&mut self, frame: Wire<'_>) -> bool {
        self.write(&frame.bytes()).await
    }

    fn whole(&mut self) -> Option<Heard> {
        let (&first, &second) = (self.read.first()?, self.read.get(1)?);
        assert_eq!(second & 0x80, 0, "a server masks nothing");
        assert_eq!(first & 0xf0, 0x80, "whole frames without reserved bits");
        let (length, at) = match second & 0x7f {
            126 => (u64::from(u16::from_be_bytes(self.read.get(2..4)?.try_into().ok()?)), 4),
            127 => (u64::from_be_bytes(self.read.get(2..10)?.try_into().ok()?), 10),
            short => (u64::from(short), 2),
        };
        let end = at + length as usize;
        let payload = self.read.get(at..end)?.to_vec();
        self.read.drain(..end);
        Some(Heard::Frame {
            opcode: first & 0x0f,
            payload,
        })
    }

    /// The next frame.
    pub async fn next(&mut self) -> Heard {
        let next = async {
            loop {
                if let Some(frame) = self.whole() {
                    return frame;
                }
                if !self.more().await {
                    return Heard::End;
                }
            }
        };
        tokio::time::timeout(SOON, next).await.expect("a frame, or the end")
    }

    /// Reads to the end; the texts, and the code of the close frame if there was one.
    pub async fn rest(&mut self) -> (Vec<String>, Option<u16>) {
        let (mut texts, mut code) = (vec![], None);
        loop {
            match self.next().await {
                Heard::Frame { opcode: 1, payload } => texts.push(String::from_utf8(payload).expect("UTF-8")),
                Heard::Frame { opcode: 8, payload } => {
                    code = payload.get(..2).map(|c| u16::from_be_bytes([c[0], c[1]]));
                }
                Heard::Frame { .. } => {}
                Heard::End => return (texts, code),
            }
        }
    }
}
