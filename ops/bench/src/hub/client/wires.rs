//! What differs between the servers: how a websocket is opened, how a line is posted, what else is heard.

use super::lines;
use super::socket::Phase;
use super::swarm::Swarm;
use crate::hub::protocol::{Flight, Setup, Wire};

/// Most bytes of a mark that is cut.
const CUT: usize = lines::MARK - 1;

/// Whether this connection posts.
pub fn posts(setup: &Setup, at: usize) -> bool {
    match setup.wire {
        Wire::Nchan => at >= setup.sockets,
        _ => at < setup.posters,
    }
}

/// Whether a post has an answer, and its connection takes no other before.
pub fn answers(wire: Wire) -> bool {
    matches!(wire, Wire::Amphi | Wire::Nchan)
}

/// The request that opens a websocket.
pub fn upgrade(setup: &Setup, at: usize, upto: u64, epoch: &str) -> String {
    let Setup {
        path, origin, address, ..
    } = setup;
    let after = if upto > 0 && !epoch.is_empty() {
        format!("?after={upto}&epoch={epoch}")
    } else {
        String::new()
    };
    let cookie = setup
        .cookies
        .get(at)
        .map(|c| format!("Cookie: {c}\r\n"))
        .unwrap_or_default();
    format!(
        "GET {path}{after} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\nSec-WebSocket-Version: 13\r\nOrigin: {origin}\r\n{cookie}\r\n"
    )
}

/// Bytes of the answer to [`upgrade`], once it is whole.
pub fn upgraded(bytes: &[u8]) -> Result<Option<usize>, String> {
    let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") else {
        return Ok(None);
    };
    if bytes.starts_with(b"HTTP/1.1 101") {
        return Ok(Some(end + 4));
    }
    let first = bytes.split(|b| *b == b'\r').next().unwrap_or_default();
    let body = bytes.get(end + 4..).unwrap_or_default();
    Err(format!(
        "{} {}",
        String::from_utf8_lossy(first),
        String::from_utf8_lossy(body.get(..80).unwrap_or(body))
    ))
}

/// What a client says first.
pub fn greeting(wire: Wire) -> Option<&'static str> {
    (wire == Wire::Nats).then_some(
        "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"bench\",\"version\":\"1\",\"protocol\":1,\"echo\":true}\r\nSUB room 1\r\nPING\r\n",
    )
}

/// How a line is posted.
pub enum Post {
    Frame(String),
    Request(String),
}

/// A line on its way.
pub fn post(wire: Wire, path: &str, number: u32, text: &str) -> Post {
    match wire {
        Wire::Amphi => Post::Frame(format!(
            "{{\"t\":\"post\",\"client_id\":\"b{number}\",\"text\":\"{text}\"}}"
        )),
        Wire::Plain => Post::Frame(lines::json(number, text)),
        Wire::Nats => {
            let json = lines::json(number, text);
            Post::Frame(format!("PUB room {}\r\n{json}\r\n", json.len()))
        }
        Wire::Nchan => {
            let json = lines::json(number, text);
            Post::Request(format!(
                "POST {} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{json}",
                path.replace("/sub", "/pub"),
                json.len()
            ))
        }
    }
}

/// Bytes of a publisher's answer, once it is whole.
pub fn response(bytes: &[u8]) -> Result<Option<usize>, String> {
    let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).to_ascii_lowercase();
    if !head.starts_with("http/1.1 2") {
        return Err(format!("published, and answered {head}"));
    }
    let length = head
        .lines()
        .find_map(|l| l.strip_prefix("content-length:"))
        .and_then(|n| n.trim().parse().ok())
        .unwrap_or(0);
    let whole = end + 4 + length;
    Ok((bytes.len() >= whole).then_some(whole))
}

/// The end of the payload before and this one. What is kept for the next is too short to hold a whole mark, and long
/// enough for the beginning of one.
pub fn joined(carry: &mut Vec<u8>, payload: &[u8]) -> Vec<u8> {
    let mut all = std::mem::take(carry);
    all.extend_from_slice(payload);
    *carry = all.get(all.len().saturating_sub(CUT)..).unwrap_or_default().to_vec();
    all
}

/// What is in a frame besides lines.
pub fn heard(swarm: &mut Swarm, at: usize, payload: &[u8]) {
    match swarm.setup.wire {
        Wire::Amphi => amphi(swarm, at, payload),
        Wire::Nats => nats(swarm, at, payload),
        Wire::Plain | Wire::Nchan => {}
    }
}

fn nats(swarm: &mut Swarm, at: usize, payload: &[u8]) {
    if payload.starts_with(b"PING") {
        let _ = swarm.send(at, super::frames::TEXT, b"PONG\r\n");
    } else if payload.starts_with(b"-ERR") {
        swarm.went_wrong(String::from_utf8_lossy(payload).into_owned());
    } else if swarm.phase(at) == Phase::Greeting && memchr::memmem::find(payload, b"PONG").is_some() {
        swarm.opened(at);
    }
}

fn amphi(swarm: &mut Swarm, at: usize, payload: &[u8]) {
    let Some(rest) = payload.strip_prefix(b"{\"t\":\"") else {
        return;
    };
    // Nothing but `upto` moves a cursor; it stands at the front of every frame that has one.
    let front = rest.get(..80).unwrap_or(rest);
    if let Some(found) = memchr::memmem::find(front, b"\"upto\":")
        && let Some(upto) = rest.get(found + 7..).and_then(lines::leading)
        && let Some(socket) = swarm.sockets.get_mut(at)
    {
        socket.upto = upto;
    }
    if rest.starts_with(b"hello\"") {
        let epoch = field(rest, b"\"epoch\":\"");
        swarm.epoch = epoch;
        if rest.ends_with(b"\"reset\":true}") {
            swarm.reset();
        }
        if swarm.phase(at) == Phase::Greeting {
            swarm.opened(at);
        }
        return;
    }
    let receipt = rest.starts_with(b"receipt\"");
    if !receipt && !rest.starts_with(b"refused\"") {
        return;
    }
    if !receipt {
        swarm.went_wrong(String::from_utf8_lossy(payload).into_owned());
    }
    let number = memchr::memmem::find(rest, b"\"client_id\":\"b")
        .and_then(|found| rest.get(found + 14..))
        .and_then(lines::leading);
    let Some(socket) = swarm.sockets.get_mut(at) else {
        return;
    };
    let Some((asked, _)) = socket.asked.take() else { return };
    if number != Some(u64::from(asked)) {
        swarm.went_wrong(format!("an answer to {number:?} instead of {asked}"));
    }
    if swarm.setup.flight == Flight::Answered {
        swarm.posting.answered(asked);
    }
    swarm.posting.free.push_back(at);
}

fn field(json: &[u8], name: &[u8]) -> String {
    memchr::memmem::find(json, name)
        .and_then(|found| json.get(found + name.len()..))
        .and_then(|rest| rest.split(|b| *b == b'"').next())
        .map(|value| String::from_utf8_lossy(value).into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_servers_are_read_whole() {
        assert_eq!(upgraded(b"HTTP/1.1 101 Switching Protocols\r\nA: b\r\n"), Ok(None));
        let whole = b"HTTP/1.1 101 Switching Protocols\r\nA: b\r\n\r\n\x81\x00";
        assert_eq!(upgraded(whole), Ok(Some(whole.len() - 2)));
        assert!(
            upgraded(b"HTTP/1.1 429 Too Many Requests\r\n\r\ntoo many")
                .unwrap_err()
                .contains("429")
        );
        let response_ = b"HTTP/1.1 202 Accepted\r\nContent-Length: 4\r\n\r\nabcdHTTP";
        assert_eq!(response(response_), Ok(Some(response_.len() - 4)));
        assert_eq!(response(&response_[..response_.len() - 6]), Ok(None));
        assert!(response(b"HTTP/1.1 500 No\r\n\r\n").is_err());
    }

    #[test]
    fn a_line_cut_between_two_frames_is_found_once() {
        let lines = lines::Lines::new();
        let whole = format!(
            "MSG room 1 200\r\n{}\r\nMSG room 1 200\r\n{}\r\n",
            lines::json(1, &lines::text(1, 5)),
            lines::json(2, &lines::text(2, 6))
        );
        for cut in 0..=whole.len() {
            let (a, b) = whole.as_bytes().split_at(cut);
            let mut carry = Vec::new();
            let found: Vec<u32> = [a, b]
                .iter()
                .flat_map(|part| {
                    let all = joined(&mut carry, part);
                    lines.of(&all).map(|m| m.number).collect::<Vec<_>>()
                })
                .collect();
            assert_eq!(found, [1, 2], "cut at {cut}");
        }
    }
}
