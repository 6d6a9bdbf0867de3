//! Reading a gateway's answer by its content.

use serde_json::Value;

use crate::outgoing::Answer;

/// Bytes kept of an answer, whatever it is (gateway contract §8.7).
const EXCERPT: usize = 500;
/// Characters told to people.
const TOLD: usize = 300;

/// An answer, its JSON if it is some.
pub(super) struct Said {
    pub(super) status: u16,
    pub(super) json: Option<Value>,
    /// Its beginning.
    pub(super) excerpt: String,
}

impl Said {
    pub(super) fn read(answer: &Answer) -> Self {
        Self::of(answer.status, &answer.body)
    }

    pub(super) fn of(status: u16, body: &[u8]) -> Self {
        Self {
            status,
            json: serde_json::from_slice(body).ok(),
            excerpt: String::from_utf8_lossy(&body[..body.len().min(EXCERPT)]).into_owned(),
        }
    }

    /// A text in the JSON.
    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        self.json.as_ref()?.pointer(pointer)?.as_str()
    }

    /// `res`, bare or in `details`: the only thing that says what happened in G1 to G3.
    pub(super) fn res(&self) -> Option<&str> {
        self.text("/details/res").or_else(|| self.text("/res"))
    }

    /// The reason beside a `res` of `error`, one line.
    pub(super) fn res_type(&self) -> String {
        let said = self.text("/details/type").or_else(|| self.text("/type"));
        one_line(said.unwrap_or("no reason given"))
    }

    /// Every dialect's error text.
    pub(super) fn error(&self) -> Option<&str> {
        self.text("/Error")
            .or_else(|| self.text("/error/detail"))
            .or_else(|| self.text("/error"))
            .or_else(|| self.text("/detail"))
    }

    /// For people: status and what was said, one line.
    pub(super) fn why(&self) -> String {
        let said = self.error().unwrap_or(&self.excerpt);
        format!("HTTP {}: {}", self.status, one_line(said))
    }

    /// Said by a front server in between, not by the gateway.
    pub(super) fn is_front(&self) -> bool {
        matches!(self.status, 502..=504)
    }
}

/// The beginning of what a gateway says, without the address of the picture: validation errors repeat what was asked, and
/// that address holds the stream key.
fn one_line(said: &str) -> String {
    let mut line = String::new();
    for word in said.split_inclusive(|c: char| c.is_whitespace() || "\"'<>{}[](),;".contains(c)) {
        match word.to_ascii_lowercase().find("rtmp") {
            // To the end of the word, however it is encoded.
            Some(at) => line.extend([&word[..at], "rtmp… "]),
            None => line.push_str(word),
        }
        if line.len() > 4 * TOLD {
            break;
        }
    }
    let line: String = line
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(TOLD)
        .collect();
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_that_repeats_the_order_does_not_give_the_stream_key_away() {
        for body in [
            r#"{"status":"error","error":"Invalid input","message":[{"input":{"rtmp_dst":"rtmp://h/live/s3cr3t?k=1"}}]}"#,
            r#"{"detail":[{"type":"missing","input":{"rtmp_dst":"RTMPS://h/live/s3cr3t"}}]}"#,
            "no route: /start?room=ab12cd34ef&rtmpDst=rtmp%3A%2F%2Fh%2Flive%2Fs3cr3t&x",
            r#"{"Error": "cannot push to 'rtmp://h/live/s3cr3t', giving up"}"#,
            r#"{"error": "rtmp://h/s3cr3t rtmp://h/s3cr3t"}"#,
        ] {
            let why = Said::of(422, body.as_bytes()).why();
            assert!(!why.contains("s3cr3t"), "{why}");
            assert!(why.starts_with("HTTP 422: "), "{why}");
        }
        let kept = Said::of(400, br#"{"Error": "cannot push to 'rtmp://h/live/s3cr3t', giving up"}"#).why();
        assert_eq!(kept, "HTTP 400: cannot push to 'rtmp… , giving up");
    }

    #[test]
    fn what_is_told_is_one_short_line() {
        let long = format!(r#"{{"res":"error","type":"a\nb{}"}}"#, "é".repeat(5_000));
        let said = Said::of(200, long.as_bytes());
        assert_eq!(said.res_type().chars().count(), TOLD);
        assert!(said.res_type().starts_with("a bé"));
        assert!(said.why().chars().count() <= TOLD + 16);
    }
}
