//! The line that is sent, and how it is found again in whatever a server makes of it.
//!
//! Its text holds its number and when it was posted. The same search finds it in a frame of Amphi with forty lines and
//! in a peer's frame with one.

use std::time::{SystemTime, UNIX_EPOCH};

use memchr::memmem::Finder;

/// What stands before the number. JSON without spaces, as every server here sends it on.
const BEFORE: &[u8] = b"\"text\":\"#";
const DIGITS: usize = 7;
const STAMP: usize = 16;
/// Bytes of a mark: what stands before, number, comma, stamp.
pub const MARK: usize = BEFORE.len() + DIGITS + 1 + STAMP;
/// Characters of the text.
const TEXT: usize = 50;

/// A line found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub number: u32,
    /// Microseconds since 1970.
    pub posted: u64,
}

/// Microseconds since 1970: one clock for all processes of the machine.
pub fn now_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// Text of a line.
pub fn text(number: u32, posted: u64) -> String {
    let mut text = format!("#{number:0DIGITS$},{posted:0STAMP$},");
    let rest = TEXT.saturating_sub(text.len());
    text.extend("as people write them, in a hall".chars().cycle().take(rest));
    text
}

/// What a peer is given to send on: the JSON that Amphi makes of the same line, to the byte (with a position of six digits,
/// a name of eleven letters).
pub fn json(number: u32, text: &str) -> String {
    format!(
        "{{\"position\":{:06},\"id\":\"01JD3V8Q0000000000{number:08}\",\"at\":\"2026-01-01T00:00:00.000Z\",\"from\":{{\"name\":\"Person {:04}\",\"kind\":\"audience\"}},\"text\":\"{text}\",\"status\":\"posted\"}}",
        100_000 + number,
        number % 10_000
    )
}

/// Finds lines.
pub struct Lines(Finder<'static>);

impl Lines {
    pub fn new() -> Self {
        Self(Finder::new(BEFORE))
    }

    /// The lines of a payload, in order.
    pub fn of<'a>(&'a self, payload: &'a [u8]) -> impl Iterator<Item = Mark> + 'a {
        self.0
            .find_iter(payload)
            .filter_map(|at| mark(payload.get(at + BEFORE.len()..)?))
    }
}

fn mark(text: &[u8]) -> Option<Mark> {
    let (number, rest) = text.split_at_checked(DIGITS)?;
    let stamp = rest.strip_prefix(b",")?.get(..STAMP)?;
    Some(Mark {
        number: u32::try_from(digits(number)?).ok()?,
        posted: digits(stamp)?,
    })
}

/// Digits from the front, to the first byte that is none.
pub fn leading(bytes: &[u8]) -> Option<u64> {
    let end = bytes.iter().position(|b| !b.is_ascii_digit()).unwrap_or(bytes.len());
    digits(bytes.get(..end)?)
}

fn digits(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() {
        return None;
    }
    bytes.iter().try_fold(0_u64, |sum, b| {
        b.is_ascii_digit()
            .then(|| sum.wrapping_mul(10).wrapping_add(u64::from(b - b'0')))
    })
}

/// What one socket has seen: which lines, and in which order.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    seen: Vec<u64>,
    pub count: u32,
    pub doubled: u32,
    /// The same on two sockets that saw the same lines in the same order, and (surely enough) on no others.
    pub order: u64,
}

impl Tally {
    /// Takes a line; `false`: it was there already.
    pub fn take(&mut self, number: u32) -> bool {
        let (word, bit) = ((number / 64) as usize, 1_u64 << (number % 64));
        if self.seen.len() <= word {
            self.seen.resize(word + 1, 0);
        }
        let new = self.seen.get_mut(word).is_some_and(|w| {
            let new = *w & bit == 0;
            *w |= bit;
            new
        });
        if new {
            self.count += 1;
        } else {
            self.doubled += 1;
        }
        self.order = (self.order ^ u64::from(number).wrapping_add(1)).wrapping_mul(0x0100_0000_01b3);
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_in_frames_with_one_and_with_many() {
        let lines = Lines::new();
        let (a, b) = (
            json(7, &text(7, 1_700_000_000_000_001)),
            json(8, &text(8, 1_700_000_000_000_002)),
        );
        let frame = format!("{{\"t\":\"messages\",\"upto\":9,\"messages\":[{a},{b}]}}");
        let found: Vec<Mark> = lines.of(frame.as_bytes()).collect();
        let mark = |number, posted| Mark { number, posted };
        assert_eq!(found, [mark(7, 1_700_000_000_000_001), mark(8, 1_700_000_000_000_002)]);
        assert_eq!(lines.of(a.as_bytes()).count(), 1);
        assert_eq!(lines.of(b"{\"t\":\"viewers\",\"count\":3}").count(), 0);
        assert_eq!(
            lines.of(&frame.as_bytes()[..frame.len() / 2]).count(),
            1,
            "a cut line is none"
        );
    }

    #[test]
    fn every_line_has_the_same_bytes() {
        let sizes: std::collections::HashSet<usize> =
            [0, 9, 1_999, 9_999].map(|n| json(n, &text(n, now_us())).len()).into();
        assert_eq!(sizes.len(), 1);
        let value: serde_json::Value = serde_json::from_str(&json(3, &text(3, 5))).unwrap();
        assert_eq!(value["text"].as_str().unwrap().len(), TEXT);
    }

    #[test]
    fn a_tally_tells_doubled_missing_and_turned_round() {
        let of = |numbers: &[u32]| {
            let mut tally = Tally::default();
            for n in numbers {
                tally.take(*n);
            }
            tally
        };
        let right = of(&[0, 1, 2, 100]);
        assert_eq!((right.count, right.doubled), (4, 0));
        assert_eq!(of(&[0, 1, 2, 100]).order, right.order);
        assert_ne!(of(&[0, 2, 1, 100]).order, right.order);
        assert_ne!(of(&[0, 1, 2]).order, right.order);
        let twice = of(&[0, 1, 1, 2, 100]);
        assert_eq!((twice.count, twice.doubled), (4, 1));
        assert_ne!(twice.order, right.order);
    }

    #[test]
    fn numbers_end_where_digits_end() {
        assert_eq!(leading(b"123,\"you\""), Some(123));
        assert_eq!(leading(b"x"), None);
    }
}
