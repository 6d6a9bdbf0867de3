//! Checksums of the API (bbb-contract §1.2): a plain digest of call name, raw query and secret.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha1::Digest as _;

/// The digests a BBB server knows, told apart by the length of the checksum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// 40 hexadecimal digits.
    #[default]
    Sha1,
    /// 64.
    Sha256,
    /// 96.
    Sha384,
    /// 128.
    Sha512,
}

impl Algorithm {
    /// The digest whose checksum has this many digits.
    pub fn of_length(length: usize) -> Option<Self> {
        Some(match length {
            40 => Self::Sha1,
            64 => Self::Sha256,
            96 => Self::Sha384,
            128 => Self::Sha512,
            _ => return None,
        })
    }

    /// Lower-case hexadecimal digest of `text`.
    pub fn hex(self, text: &[u8]) -> String {
        match self {
            Self::Sha1 => hex(&sha1::Sha1::digest(text)),
            Self::Sha256 => hex(&sha2::Sha256::digest(text)),
            Self::Sha384 => hex(&sha2::Sha384::digest(text)),
            Self::Sha512 => hex(&sha2::Sha512::digest(text)),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The checksum found in a raw query, and the query without it: removed textually, wherever it stands.
pub fn split(raw: &str) -> (Option<&str>, String) {
    let mut checksum = None;
    let kept: Vec<&str> = raw
        .split('&')
        .filter(|pair| match pair.strip_prefix("checksum=") {
            Some(value) => {
                checksum = Some(value);
                false
            }
            None => true,
        })
        .collect();
    (checksum, kept.join("&"))
}

/// Whether `checksum` proves the knowledge of the secret for this call and query.
pub fn is_valid(call: &str, query: &str, secret: &str, checksum: &str, scalelite: bool) -> bool {
    let Some(algorithm) = Algorithm::of_length(checksum.len()) else {
        return false;
    };
    // Scalelite knows no SHA-384 (§1.2).
    if scalelite && algorithm == Algorithm::Sha384 {
        return false;
    }
    algorithm
        .hex(format!("{call}{query}{secret}").as_bytes())
        .eq_ignore_ascii_case(checksum)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "s3cr3t-for-test-vectors-0001";

    #[test]
    fn the_vectors_of_the_contract() {
        for (call, query, sum) in [
            ("getMeetings", "", "7e911b0e7afba70a43e32172bd33edced6d6ed7a"),
            (
                "getMeetings",
                "",
                "1a84e638bd7ab1f1c2fed32231e7e411c1a808d7734f26aa611aa8e490ab6852",
            ),
            (
                "getMeetings",
                "",
                "55eed3cf1d0817c966e583c3c99260692092654638686dc492a687bb60bb1fa3da2ac1ee9376db17126ccc6adcd2f1e5",
            ),
            (
                "getMeetings",
                "",
                "69e304f80c33882a5a22d05bf1dfe23100378203f8d385f9280de527b4d2f9dac5ca0e2ad764c6dd030659187e3601914f63f0dc2a796099d0fccd96eaf7d00d",
            ),
            (
                "isMeetingRunning",
                "meetingID=room-42",
                "61e927e3b2025298fc8526bdffc33262f28d01374329b9e3125af6961d805b06",
            ),
            (
                "create",
                "name=R%C3%A9union%20publique&meetingID=room-42",
                "94e199d80e79b50aab845cf2d880b293fee10d5761e5f2586b3a6dff3b298a58",
            ),
            (
                "create",
                "name=R%C3%A9union+publique&meetingID=room-42",
                "fe9cffc4d169ca07cc1dfc2d6dfd90d787d2e6e10de48d0d4aab0ee225b8b7de",
            ),
            (
                "create",
                "name=R%C3%A9union%20publique&meetingID=room-42&record=true&meta_endCallbackUrl=https%3A%2F%2Fapp.example.org%2Fcb%3Fk%3D1",
                "2ed685c717e798d6bc1bd908bbe5b9c3e9c7255a",
            ),
            (
                "sendChatMessage",
                "meetingID=room-42&message=Bonjour%20%C3%A0%20tous%20%F0%9F%91%8B&userName=Lecteur",
                "df2bd93f439a5153d977ede99278561bdb5d4a0d7e7a30f569d3267786b36c48",
            ),
            (
                "hooks/create",
                "callbackURL=https%3A%2F%2Fapp.example.org%2Fhook&eventID=user-joined%2Cuser-left",
                "4ebbbd60715fcd2d3dc03c432251651c8b0ce165",
            ),
        ] {
            assert!(is_valid(call, query, SECRET, sum, false), "{call} {query}");
            assert!(is_valid(call, query, SECRET, &sum.to_uppercase(), false));
            assert!(!is_valid(call, query, "other", sum, false));
        }
        assert!(is_valid(
            "create",
            "name=Test+Meeting&meetingID=abc123&attendeePW=111222&moderatorPW=333444",
            "639259d4-9dd8-4b25-bf01-95f9567eaf4b",
            "1fcbb0c4fc1f039f73aa6d697d2db9ba7f803f17",
            false
        ));
    }

    #[test]
    fn the_checksum_may_stand_anywhere() {
        for raw in ["checksum=aa&a=1&b=2", "a=1&checksum=aa&b=2", "a=1&b=2&checksum=aa"] {
            assert_eq!(split(raw), (Some("aa"), "a=1&b=2".to_owned()));
        }
        assert_eq!(split("checksum=aa"), (Some("aa"), String::new()));
        assert_eq!(split(""), (None, String::new()));
    }
}
