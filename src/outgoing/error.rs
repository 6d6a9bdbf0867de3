//! What can go wrong on the way out, and whether the request may have had an effect.

/// Whether a failed call may have had an effect at the other end. Everything that must not happen twice
/// (a chat line, a gateway start, a mail) is decided on this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Surely without effect: nothing was sent, or the other end said that it did not do it.
    NotSent,
    /// The request may have arrived.
    Unknown,
}

/// A failed call. Never holds an address with its query: addresses carry checksums and keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutError {
    /// A deadline passed; `sent` is false while the connection was not made yet.
    #[error("no answer in time")]
    Timeout {
        /// Whether the request may have left.
        sent: bool,
    },
    /// Name unknown, connection refused or unreachable.
    #[error("cannot connect ({0})")]
    Connect(String),
    /// The address is one that we never call (link-local, metadata; for addresses of the public: anything not global).
    #[error("address refused")]
    RefusedAddress,
    /// Not an http or https address, or one with a name and password in it.
    #[error("not a usable address")]
    BadAddress,
    /// The certificate was not accepted, or no TLS is spoken there.
    #[error("TLS refused ({0})")]
    Tls(String),
    /// The body was larger than the cap.
    #[error("answer too large")]
    TooLarge,
    /// An HTTP status that the caller cannot use.
    #[error("HTTP status {0}")]
    Status(u16),
    /// The connection broke after the request may have left.
    #[error("connection broken")]
    Broken,
    /// A redirect that is not followed.
    #[error("redirect refused")]
    Redirect,
}

impl OutError {
    /// A stable word, for the program's own log.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Timeout { .. } => "no_answer_in_time",
            Self::Connect(_) => "no_connection",
            Self::RefusedAddress => "address_refused",
            Self::BadAddress => "bad_address",
            Self::Tls(_) => "tls_refused",
            Self::TooLarge => "answer_too_large",
            Self::Status(_) => "status",
            Self::Broken => "connection_broken",
            Self::Redirect => "redirect_refused",
        }
    }

    /// Whether the request may have had an effect. A redirect or a status is `Unknown` here: only the caller
    /// can tell what the other end means by it.
    pub fn fate(&self) -> Fate {
        match self {
            Self::Timeout { sent: false }
            | Self::Connect(_)
            | Self::RefusedAddress
            | Self::BadAddress
            | Self::Tls(_) => Fate::NotSent,
            Self::Timeout { sent: true } | Self::TooLarge | Self::Status(_) | Self::Broken | Self::Redirect => {
                Fate::Unknown
            }
        }
    }
}

/// Carried through the connector when our own resolver refuses every address of a name.
#[derive(Debug, thiserror::Error)]
#[error("address refused")]
pub(super) struct RefusedByPolicy;

/// Translates the library's error without its address.
pub(super) fn translate(error: &reqwest::Error) -> OutError {
    let mut causes = Vec::new();
    let mut next: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(cause) = next {
        if cause.is::<RefusedByPolicy>() {
            return OutError::RefusedAddress;
        }
        causes.push(cause.to_string());
        next = cause.source();
    }
    let last = causes.last().map_or("no detail", String::as_str);
    let short: String = last.chars().take(160).collect();
    if error.is_connect() {
        if error.is_timeout() {
            return OutError::Timeout { sent: false };
        }
        // The TLS library's own type is not ours to name, its words are stable enough: a failed handshake
        // says one of these. Both outcomes mean that nothing was sent, only the advice differs.
        let tls = causes.iter().any(|cause| {
            let cause = cause.to_ascii_lowercase();
            ["certificate", "tls", "handshake", "corrupt message"]
                .iter()
                .any(|word| cause.contains(word))
        });
        return if tls {
            OutError::Tls(short)
        } else {
            OutError::Connect(short)
        };
    }
    if error.is_builder() {
        return OutError::BadAddress;
    }
    if error.is_timeout() {
        return OutError::Timeout { sent: true };
    }
    OutError::Broken
}
