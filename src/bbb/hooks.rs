//! Webhooks delivered by bbb-webhooks: verification on the raw bytes, then reading (BBB contract §5).
//!
//! Deliveries are unordered, may be doubled, and may be of other meetings: who uses them compares the meeting
//! ids, drops doubles and treats everything as a hint.

use amphi_events::session::Voice;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use subtle::ConstantTimeEq as _;
use url::form_urlencoded;

use super::sign::Digest;

/// Largest body that is looked at.
pub const BODY_CAP: usize = 2 * 1024 * 1024;
/// How old a delivery may be, in ms: retries go on for about 5 minutes with the first attempt's time; clocks differ.
pub const MAX_AGE_MS: i64 = 15 * 60 * 1000;
/// The events to register for (contract §5.4).
pub const WANTED_EVENTS: &[&str] = &[
    "meeting-created",
    "meeting-ended",
    "user-joined",
    "user-left",
    "user-presenter-assigned",
    "user-presenter-unassigned",
    "user-audio-voice-enabled",
    "user-audio-voice-disabled",
    "user-cam-broadcast-start",
    "user-cam-broadcast-end",
    "chat-group-message-sent",
];

/// What came with a delivery, as it came.
#[derive(Clone, Copy)]
pub struct Incoming<'a> {
    /// The address exactly as it was registered (a proxy may have rewritten what arrives).
    pub registered_url: &'a str,
    /// The `checksum` query parameter, decoded.
    pub checksum: Option<&'a str>,
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
    /// The raw body.
    pub body: &'a [u8],
}

/// Why a delivery is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HookRefusal {
    /// Neither a checksum nor a bearer token that is ours.
    #[error("not signed by our secret")]
    NotSigned,
    /// Signed, but not of the form that bbb-webhooks sends.
    #[error("unreadable delivery")]
    Unreadable,
    /// Above [`BODY_CAP`].
    #[error("too large")]
    TooLarge,
}

/// A verified delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// The emitting server.
    pub domain: String,
    /// First attempt, Unix ms.
    pub timestamp: i64,
    /// Its events.
    pub events: Vec<HookEvent>,
}

impl Delivery {
    /// Too old, or from the future: a replay, or a clock that is wrong.
    pub fn is_stale(&self, now_ms: i64) -> bool {
        // Any number can stand in a delivery: a plain difference of two of them may not exist.
        now_ms.abs_diff(self.timestamp) > MAX_AGE_MS.unsigned_abs()
    }
}

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct HookEvent {
    /// Our id of the room; empty if the event has none.
    pub external_meeting_id: String,
    /// BBB's id of the session.
    pub internal_meeting_id: String,
    /// When bbb-webhooks mapped it, Unix ms.
    pub ts: i64,
    /// What happened.
    pub kind: HookKind,
}

/// Somebody in the room, where an event names them by ids only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookUser {
    /// BBB's id of this presence.
    pub internal: String,
    /// The id that they joined with; may be empty.
    pub external: String,
}

/// What happened. Network address, browser and session token of a person are not read at all.
#[derive(Clone, PartialEq)]
pub enum HookKind {
    /// `meeting-created`.
    MeetingCreated {
        /// `create-time`, Unix ms.
        create_time: Option<i64>,
    },
    /// `meeting-ended`.
    MeetingEnded,
    /// `user-joined`.
    UserJoined {
        /// BBB's id of this presence.
        internal: String,
        /// Our id of the person, may be empty.
        external: String,
        /// Displayed name.
        name: String,
        /// Role as BBB says it.
        role: String,
    },
    /// `user-left`.
    UserLeft {
        /// BBB's id of this presence.
        internal: String,
        /// The id that they joined with; may be empty.
        external: String,
    },
    /// `user-presenter-assigned`, often repeated, and `user-presenter-unassigned`.
    Presenter {
        /// Who.
        user: HookUser,
        /// They are.
        is: bool,
    },
    /// `user-audio-voice-enabled` and `-disabled`: they are in the conference, or no longer.
    Voice {
        /// Who.
        user: HookUser,
        /// How.
        voice: Voice,
    },
    /// `user-cam-broadcast-start` and `-end`; somebody may have several cameras.
    Camera {
        /// Who.
        user: HookUser,
        /// BBB's name of the picture.
        stream: String,
        /// It is shown.
        on: bool,
    },
    /// `chat-group-message-sent`, public chat only.
    ChatMessage {
        /// The message's id: with the internal meeting id, what must not be taken twice.
        id: String,
        /// The sender's internal id; of an API message the name we gave.
        internal_user: String,
        /// The sender's external id, may be empty.
        external_user: String,
        /// The sender's name.
        name: String,
        /// Markdown (3.0) or escaped HTML (2.x): hostile text.
        text: String,
        /// Unix ms.
        time: i64,
    },
    /// Anything else, by its id.
    Other(String),
}

impl HookKind {
    /// It says who is in the room, and how.
    pub const fn is_of_people(&self) -> bool {
        matches!(
            self,
            Self::UserJoined { .. }
                | Self::UserLeft { .. }
                | Self::Presenter { .. }
                | Self::Voice { .. }
                | Self::Camera { .. }
        )
    }
}

impl std::fmt::Debug for HookKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Names and chat text are personal: only the kind is ever printed.
        f.write_str(match self {
            Self::MeetingCreated { .. } => "MeetingCreated",
            Self::MeetingEnded => "MeetingEnded",
            Self::UserJoined { .. } => "UserJoined",
            Self::UserLeft { .. } => "UserLeft",
            Self::Presenter { .. } => "Presenter",
            Self::Voice { .. } => "Voice",
            Self::Camera { .. } => "Camera",
            Self::ChatMessage { .. } => "ChatMessage",
            Self::Other(id) => id,
        })
    }
}

/// Whether a chat line was sent by API (by us, as a rule): people have internal ids `w_…`, the API's lines carry
/// their name instead (contract §2.7, §10.9).
pub fn is_api_echo(internal_user: &str, name: &str) -> bool {
    !internal_user.starts_with("w_") || internal_user == name
}

/// Verifies a delivery and reads it.
pub fn verify(incoming: Incoming<'_>, secret: &SecretString) -> Result<Delivery, HookRefusal> {
    if incoming.body.len() > BODY_CAP {
        return Err(HookRefusal::TooLarge);
    }
    let form = Form::read(incoming.body);
    let signed = incoming
        .checksum
        .is_some_and(|given| checksum_fits(given, incoming, &form, secret))
        || incoming.authorization.is_some_and(|header| bearer_fits(header, secret));
    if !signed {
        return Err(HookRefusal::NotSigned);
    }
    let event = form.event.as_deref().ok_or(HookRefusal::Unreadable)?;
    let value: Value = serde_json::from_str(event).map_err(|_| HookRefusal::Unreadable)?;
    let list = match value {
        Value::Array(list) => list,
        one @ Value::Object(_) => vec![one],
        _ => return Err(HookRefusal::Unreadable),
    };
    let timestamp = form
        .timestamp
        .as_deref()
        .and_then(|text| text.parse().ok())
        .ok_or(HookRefusal::Unreadable)?;
    Ok(Delivery {
        domain: form.domain.unwrap_or_default(),
        timestamp,
        events: list.iter().filter_map(read_event).collect(),
    })
}

#[derive(Default)]
struct Form {
    domain: Option<String>,
    event: Option<String>,
    timestamp: Option<String>,
}

impl Form {
    fn read(body: &[u8]) -> Self {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            match name.as_ref() {
                "domain" => form.domain = Some(value.into_owned()),
                "event" => form.event = Some(value.into_owned()),
                "timestamp" => form.timestamp = Some(value.into_owned()),
                _ => {}
            }
        }
        form
    }
}

fn checksum_fits(given: &str, incoming: Incoming<'_>, form: &Form, secret: &SecretString) -> bool {
    let Some(digest) = Digest::of_length(given.len()) else {
        return false;
    };
    let given = given.to_ascii_lowercase();
    let secret = secret.expose_secret().as_bytes();
    let url = incoming.registered_url.as_bytes();
    let third = digest.hex(&[url, incoming.body, secret]);
    if bool::from(given.as_bytes().ct_eq(third.as_bytes())) {
        return true;
    }
    // bbb-webhooks 2 hashed the JSON text of the form instead of the form.
    let (Some(event), Some(timestamp), Some(domain)) = (&form.event, &form.timestamp, &form.domain) else {
        return false;
    };
    if digest != Digest::Sha1 || !timestamp.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let second_form = format!(
        r#"{{"event":{},"timestamp":{timestamp},"domain":{}}}"#,
        Value::from(event.as_str()),
        Value::from(domain.as_str())
    );
    let second = digest.hex(&[url, second_form.as_bytes(), secret]);
    given.as_bytes().ct_eq(second.as_bytes()).into()
}

fn bearer_fits(header: &str, secret: &SecretString) -> bool {
    let Some((scheme, token)) = header.trim().split_once(' ') else {
        return false;
    };
    scheme.eq_ignore_ascii_case("bearer")
        && bool::from(token.trim().as_bytes().ct_eq(secret.expose_secret().as_bytes()))
}

fn text(value: &Value, path: &str) -> String {
    match value.pointer(path) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn number(value: &Value, path: &str) -> Option<i64> {
    match value.pointer(path)? {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|float| float as i64)),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A flag, as a boolean or, as older versions have it, as a word.
fn is_true(value: &Value, path: &str) -> bool {
    match value.pointer(path) {
        Some(Value::Bool(on)) => *on,
        Some(Value::String(word)) => word.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

fn read_event(value: &Value) -> Option<HookEvent> {
    let data = value.get("data")?;
    let id = data.get("id")?.as_str()?;
    let internal = || text(data, "/attributes/user/internal-user-id");
    let user = || HookUser {
        internal: internal(),
        external: text(data, "/attributes/user/external-user-id"),
    };
    let kind = match id {
        "meeting-created" => HookKind::MeetingCreated {
            create_time: number(data, "/attributes/meeting/create-time"),
        },
        "meeting-ended" => HookKind::MeetingEnded,
        "user-joined" => HookKind::UserJoined {
            internal: internal(),
            external: text(data, "/attributes/user/external-user-id"),
            name: text(data, "/attributes/user/name"),
            role: text(data, "/attributes/user/role"),
        },
        "user-left" => HookKind::UserLeft {
            internal: internal(),
            external: text(data, "/attributes/user/external-user-id"),
        },
        "user-presenter-assigned" | "user-presenter-unassigned" => HookKind::Presenter {
            user: user(),
            is: id == "user-presenter-assigned",
        },
        "user-audio-voice-enabled" | "user-audio-voice-disabled" => HookKind::Voice {
            user: user(),
            voice: match id {
                "user-audio-voice-disabled" => Voice::None,
                _ if is_true(data, "/attributes/user/listening-only") => Voice::Listening,
                _ => Voice::Microphone,
            },
        },
        "user-cam-broadcast-start" | "user-cam-broadcast-end" => HookKind::Camera {
            user: user(),
            stream: text(data, "/attributes/user/stream"),
            on: id == "user-cam-broadcast-start",
        },
        "chat-group-message-sent" => HookKind::ChatMessage {
            id: text(data, "/attributes/chat-message/id"),
            internal_user: text(data, "/attributes/chat-message/sender/internal-user-id"),
            external_user: text(data, "/attributes/chat-message/sender/external-user-id"),
            name: text(data, "/attributes/chat-message/sender/name"),
            text: text(data, "/attributes/chat-message/message"),
            // The contract's table puts the time into the sender; a sibling of it is taken as well.
            time: number(data, "/attributes/chat-message/sender/time")
                .or_else(|| number(data, "/attributes/chat-message/time"))
                .or_else(|| number(data, "/event/ts"))
                .unwrap_or(0),
        },
        other => HookKind::Other(other.chars().take(64).collect()),
    };
    Some(HookEvent {
        external_meeting_id: text(data, "/attributes/meeting/external-meeting-id"),
        internal_meeting_id: text(data, "/attributes/meeting/internal-meeting-id"),
        ts: number(data, "/event/ts").unwrap_or(0),
        kind,
    })
}

#[cfg(test)]
#[path = "hooks_tests.rs"]
mod tests;
