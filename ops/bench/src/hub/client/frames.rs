//! The least of RFC 6455 that a client needs: whole frames of a server, masked frames to it.

/// Opcodes.
pub const CONTINUED: u8 = 0;
pub const TEXT: u8 = 1;
pub const BINARY: u8 = 2;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

/// What bytes begin with.
#[derive(Debug, PartialEq, Eq)]
pub enum Look<'a> {
    /// A frame, and how many bytes it takes.
    Frame {
        opcode: u8,
        payload: &'a [u8],
        taken: usize,
    },
    /// A part of one.
    More,
    /// Nothing that a server may send.
    Wrong,
}

/// Looks at the first frame.
pub fn look(bytes: &[u8]) -> Look<'_> {
    let [first, second, ..] = *bytes else { return Look::More };
    if first & 0x70 != 0 || second & 0x80 != 0 {
        return Look::Wrong;
    }
    let (head, length) = match second {
        126 => match bytes.get(2..4) {
            Some(n) => (4, n.iter().fold(0, |sum, b| sum << 8 | usize::from(*b))),
            None => return Look::More,
        },
        127 => match bytes.get(2..10) {
            Some(n) => (10, n.iter().fold(0, |sum, b| sum << 8 | usize::from(*b))),
            None => return Look::More,
        },
        n => (2, usize::from(n)),
    };
    if length > 64 << 20 {
        return Look::Wrong;
    }
    match bytes.get(head..head + length) {
        Some(payload) => Look::Frame {
            opcode: first & 0x0f,
            payload,
            taken: head + length,
        },
        None => Look::More,
    }
}

/// Writes a frame as a client must: whole and masked.
pub fn put(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    const MASK: [u8; 4] = [0x5a, 0x13, 0xc7, 0x2e];
    out.push(0x80 | opcode);
    match payload.len() {
        n @ 0..126 => out.push(0x80 | n as u8),
        n @ 126..65_536 => {
            out.push(0xfe);
            out.extend((n as u16).to_be_bytes());
        }
        n => {
            out.push(0x80 | 127);
            out.extend((n as u64).to_be_bytes());
        }
    }
    out.extend(MASK);
    out.extend(payload.iter().zip(MASK.iter().cycle()).map(|(b, m)| b ^ m));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out, TEXT, payload);
        // As a server sends it: no mask.
        let head = out.len() - payload.len() - 4;
        out[1] &= 0x7f;
        out.truncate(head);
        out.extend(payload);
        out
    }

    #[test]
    fn frames_of_every_length_are_found_whole_or_not_at_all() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 70_000] {
            let payload: Vec<u8> = (0..length).map(|n| n as u8).collect();
            let mut bytes = server(&payload);
            let whole = bytes.len();
            bytes.extend(b"next");
            let Look::Frame {
                opcode,
                payload: found,
                taken,
            } = look(&bytes)
            else {
                panic!("{length}")
            };
            assert_eq!((opcode, found, taken), (TEXT, &payload[..], whole));
            for cut in [0, 1, 2, 3, whole.saturating_sub(1)] {
                if cut < whole {
                    assert_eq!(look(&bytes[..cut]), Look::More, "{length} {cut}");
                }
            }
        }
    }

    #[test]
    fn masked_and_compressed_frames_are_no_frames_of_a_server() {
        assert_eq!(look(&[0x81, 0x85, 0, 0, 0, 0]), Look::Wrong);
        assert_eq!(look(&[0xc1, 0x05]), Look::Wrong);
    }

    #[test]
    fn what_is_put_is_masked() {
        let mut out = Vec::new();
        put(&mut out, TEXT, b"hello");
        assert_eq!(out.len(), 2 + 4 + 5);
        assert_eq!(out[1], 0x85);
        let plain: Vec<u8> = (0..5).map(|n| out[6 + n] ^ out[2 + n % 4]).collect();
        assert_eq!(plain, b"hello");
    }
}
