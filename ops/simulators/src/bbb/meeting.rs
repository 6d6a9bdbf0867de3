//! What a BBB keeps in memory: meetings, their users and their public chat.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Value, json};

/// Outcome of the guest policy (§2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guest {
    /// May enter.
    Allow,
    /// Sits in the waiting room.
    Wait,
    /// Turned away.
    Deny,
}

impl Guest {
    /// As the API writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "ALLOW",
            Self::Wait => "WAIT",
            Self::Deny => "DENY",
        }
    }
}

/// How somebody is in the audio conference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    /// Not at all.
    #[default]
    None,
    /// Listen only.
    Listening,
    /// With a microphone.
    Microphone,
}

/// Somebody who called join, in the room or not yet.
#[derive(Clone, Debug)]
pub struct User {
    /// `w_` and twelve lower-case alphanumerics.
    pub internal: String,
    /// `userID` of join, else the internal id.
    pub external: String,
    /// `fullName`.
    pub name: String,
    /// `MODERATOR` or not.
    pub moderator: bool,
    /// Holds the presenter's role.
    pub presenter: bool,
    /// How they are in the conference.
    pub voice: Voice,
    /// Their camera is on.
    pub camera: bool,
    /// Joined with `guest=true`.
    pub guest: bool,
    /// Joined with `bot=true`.
    pub bot: bool,
    /// What the guest policy said.
    pub status: Guest,
    /// Token of the session, 16 characters: whoever has it is this user.
    pub session_token: String,
    /// Whether a browser needs the cookie that a redirecting join sets (§2.2).
    pub needs_cookie: bool,
    /// `userdata-*`.
    pub userdata: BTreeMap<String, String>,
    /// `logoutURL` of join.
    pub logout_url: Option<String>,
    /// Entered the room at least once.
    pub entered: bool,
    /// Left (and did not come back) at this moment.
    pub left: Option<Instant>,
}

impl User {
    /// In the room at this moment.
    pub fn is_online(&self) -> bool {
        self.entered && self.left.is_none()
    }

    /// `MODERATOR` or `VIEWER`.
    pub fn role(&self) -> &'static str {
        if self.moderator { "MODERATOR" } else { "VIEWER" }
    }

    /// The attributes of a hook's event that name this user.
    pub fn ids(&self) -> Value {
        json!({ "internal-user-id": self.internal, "external-user-id": self.external })
    }

    /// The attributes of `user-joined`.
    pub fn joined(&self) -> Value {
        json!({
            "internal-user-id": self.internal, "external-user-id": self.external,
            "name": self.name, "role": self.role(), "presenter": self.presenter,
            "guest": self.guest, "userdata": self.userdata,
        })
    }
}

/// A line of the public chat.
#[derive(Clone, Debug)]
pub struct Line {
    /// Id of the message.
    pub id: String,
    /// Internal user id, or the name given to sendChatMessage.
    pub sender: String,
    /// Displayed name.
    pub from: String,
    /// Text as sent.
    pub text: String,
    /// Unix milliseconds.
    pub at: u64,
    /// Came by sendChatMessage.
    pub by_api: bool,
}

/// A meeting in memory.
#[derive(Clone, Debug)]
pub struct Meeting {
    /// External id.
    pub id: String,
    /// `sha1hex(external) + "-" + createTime`.
    pub internal: String,
    /// Name.
    pub name: String,
    /// Unix milliseconds.
    pub create_time: u64,
    /// The same moment, for the expiry clocks.
    pub created: Instant,
    /// Every parameter of create.
    pub params: BTreeMap<String, String>,
    /// `meta_*`, names in lower case.
    pub metas: BTreeMap<String, String>,
    /// Attendee's password.
    pub attendee_pw: String,
    /// Moderator's password.
    pub moderator_pw: String,
    /// Five digits.
    pub voice_bridge: String,
    /// Unix milliseconds of the first user's arrival, 0 before.
    pub start_time: u64,
    /// Unix milliseconds of the moment everybody was gone, 0 before.
    pub end_time: u64,
    /// Everybody who called join.
    pub users: Vec<User>,
    /// Public chat.
    pub chat: Vec<Line>,
    /// Documents of create and insertDocument.
    pub documents: Vec<String>,
    /// Those that were fetched by address, after the answer: name, status, bytes. A failure is told to nobody (§2.1).
    pub fetched: Vec<(String, u16, usize)>,
    /// Since when the room is empty after having been used.
    pub empty_since: Option<Instant>,
    /// Since when no moderator is there after there was one.
    pub unmoderated_since: Option<Instant>,
    /// Somebody pressed the recording button.
    pub recording_marks: bool,
}

impl Meeting {
    /// A parameter of create that is a number.
    pub fn number(&self, name: &str, default: u64) -> u64 {
        self.params
            .get(name)
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    }

    /// A parameter of create that is a boolean.
    pub fn flag(&self, name: &str) -> bool {
        self.params
            .get(name)
            .is_some_and(|text| text.eq_ignore_ascii_case("true") || text == "1")
    }

    /// A parameter of create that is a text.
    pub fn text(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    /// Whether a feature was switched off at create.
    pub fn is_disabled(&self, feature: &str) -> bool {
        let in_list = |name: &str| self.text(name).split(',').any(|one| one.trim() == feature);
        in_list("disabledFeatures") && !in_list("disabledFeaturesExclude")
    }

    /// The users map: those in the room and those who left less than a minute ago (the clock
    /// removes them). Non-empty = *running* (§2.3).
    pub fn map(&self) -> impl Iterator<Item = &User> {
        self.users.iter().filter(|user| user.entered)
    }

    /// Those in the room.
    pub fn online(&self) -> impl Iterator<Item = &User> {
        self.users.iter().filter(|user| user.is_online())
    }

    /// See [`Meeting::map`].
    pub fn is_running(&self) -> bool {
        self.map().next().is_some()
    }

    /// The attributes of a hook's event that name this meeting.
    pub fn ids(&self) -> Value {
        json!({ "internal-meeting-id": self.internal, "external-meeting-id": self.id })
    }
}

/// A meeting that is over: recordings appear after the end.
#[derive(Clone, Debug)]
pub struct Past {
    /// External id.
    pub id: String,
    /// Internal id = id of the recording.
    pub internal: String,
    /// Name.
    pub name: String,
    /// `meta_*`.
    pub metas: BTreeMap<String, String>,
    /// Unix milliseconds.
    pub start_time: u64,
    /// Unix milliseconds.
    pub end_time: u64,
    /// How many came.
    pub participants: usize,
}

impl Past {
    /// What remains of a meeting.
    pub fn of(meeting: &Meeting, now: u64) -> Self {
        Self {
            id: meeting.id.clone(),
            internal: meeting.internal.clone(),
            name: meeting.name.clone(),
            metas: meeting.metas.clone(),
            start_time: meeting.create_time,
            end_time: now,
            participants: meeting.users.iter().filter(|user| user.entered).count(),
        }
    }
}
