//! Frames as they go over the wire: header and payload, made once and shared by every socket. A server's frames are not masked, so
//! the same bytes are right for all of them (RFC 6455 §5.1).

use bytes::Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame, FrameHeader};

/// A ping without payload.
pub(crate) const PING: Bytes = Bytes::from_static(&[0x89, 0x00]);

/// Appends a text frame.
pub(crate) fn put_text(out: &mut Vec<u8>, payload: &str) {
    put_header(out, payload.len());
    out.extend_from_slice(payload.as_bytes());
}

/// Appends the header of a text frame with a payload of so many bytes.
pub(crate) fn put_header(out: &mut Vec<u8>, length: usize) {
    out.reserve(length + 10);
    let header = FrameHeader {
        opcode: OpCode::Data(Data::Text),
        ..FrameHeader::default()
    };
    // Writing into memory can't fail.
    let _ = header.format(length as u64, out);
}

/// A text frame.
pub(crate) fn text(payload: &str) -> Bytes {
    let mut out = Vec::new();
    put_text(&mut out, payload);
    out.into()
}

/// A close frame.
pub(crate) fn close(code: u16, reason: &'static str) -> Bytes {
    let frame = Frame::close(Some(CloseFrame {
        code: CloseCode::from(code),
        reason: reason.into(),
    }));
    debug_assert_eq!(frame.header().opcode, OpCode::Control(Control::Close));
    let mut out = Vec::new();
    let _ = frame.format(&mut out);
    out.into()
}

/// The payloads of text frames in a row; for tests.
#[cfg(test)]
pub(crate) fn payloads(mut bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let mut cursor = std::io::Cursor::new(bytes);
        let (header, length) = FrameHeader::parse(&mut cursor).unwrap().unwrap();
        assert_eq!(header.opcode, OpCode::Data(Data::Text));
        let (from, to) = (cursor.position() as usize, cursor.position() as usize + length as usize);
        found.push(String::from_utf8(bytes[from..to].to_vec()).unwrap());
        bytes = &bytes[to..];
    }
    found
}
