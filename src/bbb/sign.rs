//! Queries and checksums (BBB contract §1.2): the query is built once, hashed, and those very bytes are sent.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

/// Everything outside `A-Z a-z 0-9 - _ . ~` is encoded, names included.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Percent-encodes as the checksum rule wants it.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// The hash of a checksum. BBB recognises it by the checksum's length; Scalelite lacks SHA-384 and
/// bbb-webhooks below 3.0 knows SHA-1 alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Digest {
    /// 40 hex digits.
    Sha1,
    /// 64 hex digits.
    #[default]
    Sha256,
    /// 96 hex digits.
    Sha384,
    /// 128 hex digits.
    Sha512,
}

impl Digest {
    /// All of them, in the order in which a refused secret is tried again.
    pub const ALL: [Self; 4] = [Self::Sha256, Self::Sha1, Self::Sha512, Self::Sha384];

    /// The digest whose hexadecimal text has this length.
    pub fn of_length(length: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|digest| digest.hex_length() == length)
    }

    fn hex_length(self) -> usize {
        match self {
            Self::Sha1 => 40,
            Self::Sha256 => 64,
            Self::Sha384 => 96,
            Self::Sha512 => 128,
        }
    }

    /// Lower-case hexadecimal hash of the parts, one after the other.
    pub fn hex(self, parts: &[&[u8]]) -> String {
        match self {
            Self::Sha1 => hash::<Sha1>(parts),
            Self::Sha256 => hash::<Sha256>(parts),
            Self::Sha384 => hash::<Sha384>(parts),
            Self::Sha512 => hash::<Sha512>(parts),
        }
    }
}

fn hash<D: sha2::Digest>(parts: &[&[u8]]) -> String {
    let mut hasher = D::new();
    for part in parts {
        hasher.update(part);
    }
    hex::encode(hasher.finalize().as_slice())
}

/// A query under construction, kept encoded. It is never printed: it holds names and keys.
#[derive(Clone, Default)]
pub struct Query(String);

impl Query {
    /// An empty query.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.push(name, value.as_ref());
        self
    }

    /// Adds a parameter if it has a value.
    #[must_use]
    pub fn with_some<T: ToString>(self, name: &str, value: Option<T>) -> Self {
        match value {
            Some(value) => self.with(name, value.to_string()),
            None => self,
        }
    }

    fn push(&mut self, name: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        // Writing into a String cannot fail.
        let _ = write!(self.0, "{}={}", encode(name), encode(value));
    }

    /// The encoded text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text with its checksum last, ready to be sent untouched.
    pub fn signed(&self, call: &str, secret: &SecretString, digest: Digest) -> String {
        let checksum = checksum(call, &self.0, secret, digest);
        if self.0.is_empty() {
            format!("checksum={checksum}")
        } else {
            format!("{}&checksum={checksum}", self.0)
        }
    }
}

/// `H(callName + rawQuery + secret)`.
pub fn checksum(call: &str, query: &str, secret: &SecretString, digest: Digest) -> String {
    digest.hex(&[call.as_bytes(), query.as_bytes(), secret.expose_secret().as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> SecretString {
        SecretString::from("s3cr3t-for-test-vectors-0001")
    }

    /// Census M32: nothing but SHA-1.
    #[test]
    fn the_vectors_of_the_contract() {
        let empty = |digest| checksum("getMeetings", "", &secret(), digest);
        assert_eq!(empty(Digest::Sha1), "7e911b0e7afba70a43e32172bd33edced6d6ed7a");
        assert_eq!(
            empty(Digest::Sha256),
            "1a84e638bd7ab1f1c2fed32231e7e411c1a808d7734f26aa611aa8e490ab6852"
        );
        assert_eq!(
            empty(Digest::Sha384),
            "55eed3cf1d0817c966e583c3c99260692092654638686dc492a687bb60bb1fa3da2ac1ee9376db17126ccc6adcd2f1e5"
        );
        assert_eq!(
            empty(Digest::Sha512),
            "69e304f80c33882a5a22d05bf1dfe23100378203f8d385f9280de527b4d2f9dac5ca0e2ad764c6dd030659187e3601914f63f0dc2a796099d0fccd96eaf7d00d"
        );
        let running = Query::new().with("meetingID", "room-42");
        assert_eq!(
            checksum("isMeetingRunning", running.as_str(), &secret(), Digest::Sha256),
            "61e927e3b2025298fc8526bdffc33262f28d01374329b9e3125af6961d805b06"
        );
        let create = Query::new()
            .with("name", "Réunion publique")
            .with("meetingID", "room-42");
        assert_eq!(create.as_str(), "name=R%C3%A9union%20publique&meetingID=room-42");
        assert_eq!(
            checksum("create", create.as_str(), &secret(), Digest::Sha256),
            "94e199d80e79b50aab845cf2d880b293fee10d5761e5f2586b3a6dff3b298a58"
        );
        assert_eq!(
            checksum(
                "create",
                "name=R%C3%A9union+publique&meetingID=room-42",
                &secret(),
                Digest::Sha256
            ),
            "fe9cffc4d169ca07cc1dfc2d6dfd90d787d2e6e10de48d0d4aab0ee225b8b7de"
        );
        let meta = create
            .with("record", "true")
            .with("meta_endCallbackUrl", "https://app.example.org/cb?k=1");
        assert_eq!(
            checksum("create", meta.as_str(), &secret(), Digest::Sha1),
            "2ed685c717e798d6bc1bd908bbe5b9c3e9c7255a"
        );
        let chat = Query::new()
            .with("meetingID", "room-42")
            .with("message", "Bonjour à tous 👋")
            .with("userName", "Lecteur");
        assert_eq!(
            checksum("sendChatMessage", chat.as_str(), &secret(), Digest::Sha256),
            "df2bd93f439a5153d977ede99278561bdb5d4a0d7e7a30f569d3267786b36c48"
        );
        let hook = Query::new()
            .with("callbackURL", "https://app.example.org/hook")
            .with("eventID", "user-joined,user-left");
        assert_eq!(
            checksum("hooks/create", hook.as_str(), &secret(), Digest::Sha1),
            "4ebbbd60715fcd2d3dc03c432251651c8b0ce165"
        );
    }

    #[test]
    fn the_vector_that_bbb_publishes() {
        let secret = SecretString::from("639259d4-9dd8-4b25-bf01-95f9567eaf4b");
        let query = "name=Test+Meeting&meetingID=abc123&attendeePW=111222&moderatorPW=333444";
        assert_eq!(
            checksum("create", query, &secret, Digest::Sha1),
            "1fcbb0c4fc1f039f73aa6d697d2db9ba7f803f17"
        );
    }

    #[test]
    fn the_checksum_stands_last_and_alone_on_an_empty_query() {
        let alone = Query::new().signed("getMeetings", &secret(), Digest::Sha1);
        assert_eq!(alone, "checksum=7e911b0e7afba70a43e32172bd33edced6d6ed7a");
        let after = Query::new()
            .with("meetingID", "a")
            .signed("end", &secret(), Digest::Sha512);
        assert!(after.starts_with("meetingID=a&checksum="));
        assert_eq!(Digest::of_length(96), Some(Digest::Sha384));
        assert_eq!(Digest::of_length(41), None);
    }
}
