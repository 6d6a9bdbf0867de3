//! The state of the simulated BBB and what can happen to it, whoever causes it: a call of the API, a
//! browser in the room, the control API or the clock.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rand::Rng as _;
use serde_json::json;
use url::{Host, Url};

use super::callbacks;
use super::hooks::{Hook, emit};
use super::meeting::{Guest, Line, Meeting, Past, User, Voice};
use super::recordings::Recording;
use crate::Sim;

/// The simulated BBB.
pub struct Bbb {
    /// The shared secret.
    pub secret: String,
    /// For end callbacks and recording-ready: redirects are not followed (§4.1).
    pub(crate) http: reqwest::Client,
    /// For hooks: redirects are followed, 5 s (§5.2).
    pub(crate) hooks_http: reqwest::Client,
    inner: Mutex<Inner>,
}

/// Everything in memory.
#[derive(Default)]
pub struct Inner {
    /// Meetings by external id.
    pub meetings: BTreeMap<String, Meeting>,
    /// Meetings that are over, latest last.
    pub past: Vec<Past>,
    /// Registered hooks.
    pub hooks: Vec<Hook>,
    /// Recordings.
    pub recordings: Vec<Recording>,
    /// Tokens of guarded recordings' links that were not used yet.
    pub play_tokens: std::collections::BTreeSet<String>,
    /// `meta_endCallbackUrl` of the latest create that had one.
    pub latest_callback: Option<String>,
}

impl Inner {
    /// A meeting by either identifier (§2.1).
    pub fn meeting(&self, id: &str) -> Option<&Meeting> {
        self.meetings
            .get(id)
            .or_else(|| self.meetings.values().find(|one| one.internal == id))
    }

    /// As [`Inner::meeting`], to change it.
    pub fn meeting_mut(&mut self, id: &str) -> Option<&mut Meeting> {
        if self.meetings.contains_key(id) {
            return self.meetings.get_mut(id);
        }
        self.meetings.values_mut().find(|one| one.internal == id)
    }

    /// Meeting and user of a session token.
    pub fn session(&self, token: &str) -> Option<(&Meeting, &User)> {
        self.meetings.values().find_map(|meeting| {
            let user = meeting.users.iter().find(|user| user.session_token == token)?;
            Some((meeting, user))
        })
    }
}

impl Bbb {
    /// A BBB without meetings.
    pub fn new(secret: String) -> anyhow::Result<Self> {
        let build = |redirects| {
            crate::http::builder()
                .timeout(Duration::from_secs(5))
                .redirect(redirects)
                .build()
        };
        Ok(Self {
            secret,
            http: build(reqwest::redirect::Policy::none())?,
            hooks_http: build(reqwest::redirect::Policy::limited(10))?,
            inner: Mutex::default(),
        })
    }

    /// The state, for as long as the guard lives (never across an await).
    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// See [`Sim::robot_base`].
    pub fn robot_base_of_latest_create(&self) -> Option<String> {
        let callback = self.lock().latest_callback.clone()?;
        let url = Url::parse(&callback).ok()?;
        let host = url.host_str()?;
        let scheme = if is_loopback(&url) { "http" } else { url.scheme() };
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("{scheme}://{host}{port}/robot"))
    }
}

/// `HOST[:PORT]/robot` with the scheme a browser would use: plain http on the same machine only.
pub fn with_scheme(domain: &str) -> String {
    let domain = domain.trim_end_matches('/');
    if domain.contains("://") {
        return domain.to_owned();
    }
    match Url::parse(&format!("http://{domain}")) {
        Ok(url) if is_loopback(&url) => format!("http://{domain}"),
        _ => format!("https://{domain}"),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// Unix milliseconds.
pub fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}

/// Lower-case alphanumerics.
pub fn token(length: usize) -> String {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut random = rand::rng();
    (0..length)
        .map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())]))
        .collect()
}

/// A new user, not yet in the room.
pub fn new_user(name: &str, moderator: bool) -> User {
    let internal = format!("w_{}", token(12));
    User {
        external: internal.clone(),
        internal,
        name: name.to_owned(),
        moderator,
        presenter: false,
        voice: Voice::None,
        camera: false,
        guest: false,
        bot: false,
        status: Guest::Allow,
        session_token: token(16),
        needs_cookie: false,
        userdata: BTreeMap::new(),
        logout_url: None,
        entered: false,
        left: None,
    }
}

/// A user who may enter does: the first moderator becomes the presenter. False for an unknown token
/// or somebody still in the waiting room.
pub fn enter(sim: &Arc<Sim>, session_token: &str) -> bool {
    let mut events = Vec::new();
    {
        let mut inner = sim.bbb.lock();
        let Some(id) = inner.session(session_token).map(|(one, _)| one.id.clone()) else {
            return false;
        };
        let Some(meeting) = inner.meeting_mut(&id) else {
            return false;
        };
        let presented = meeting.online().any(|user| user.presenter);
        let Some(user) = meeting
            .users
            .iter_mut()
            .find(|user| user.session_token == session_token)
        else {
            return false;
        };
        if user.status != Guest::Allow {
            return false;
        }
        if user.is_online() {
            return true;
        }
        user.entered = true;
        user.left = None;
        events.push(("user-joined", json!({ "user": user.joined() })));
        if user.moderator && !user.bot && !presented {
            user.presenter = true;
            events.push(("user-presenter-assigned", json!({ "user": user.ids() })));
        }
        let moderator = user.moderator;
        meeting.empty_since = None;
        if moderator {
            meeting.unmoderated_since = None;
        }
        if meeting.start_time == 0 {
            meeting.start_time = now_ms();
        }
        let ids = meeting.ids();
        drop(inner);
        for (event, attributes) in events {
            emit(sim, &id, ids.clone(), event, attributes);
        }
    }
    true
}

/// A user leaves, by internal id, name or session token; they stay in the users map for a minute.
pub fn leave(sim: &Arc<Sim>, id: &str, who: &str) -> bool {
    let (id, ids, attributes) = {
        let mut inner = sim.bbb.lock();
        let Some(meeting) = inner.meeting_mut(id) else {
            return false;
        };
        let Some(user) = meeting.users.iter_mut().find(|user| {
            user.is_online() && (user.internal == who || user.session_token == who || user.external == who)
        }) else {
            return false;
        };
        user.left = Some(Instant::now());
        (user.presenter, user.voice, user.camera) = (false, Voice::None, false);
        let mut gone = user.ids();
        gone["guest"] = user.guest.into();
        let moderator = user.moderator;
        if moderator && !meeting.online().any(|user| user.moderator) {
            meeting.unmoderated_since = Some(Instant::now());
        }
        if meeting.online().next().is_none() {
            meeting.empty_since = Some(Instant::now());
            meeting.end_time = now_ms();
        }
        (meeting.id.clone(), meeting.ids(), json!({ "user": gone }))
    };
    emit(sim, &id, ids, "user-left", attributes);
    true
}

/// What somebody in the room does; absent: stays as it is.
#[derive(Clone, Copy, Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Act {
    /// In the conference so.
    pub voice: Option<Voice>,
    /// Camera on or off.
    pub camera: Option<bool>,
    /// Takes the presenter's role, which somebody else loses, or gives it up.
    pub presenter: Option<bool>,
    /// Was made a moderator, or no longer is one. No hook tells of it.
    pub moderator: Option<bool>,
}

/// Somebody in the room, by internal or external id, does something.
pub fn act(sim: &Arc<Sim>, id: &str, who: &str, act: Act) -> bool {
    let mut events = Vec::new();
    let (id, ids) = {
        let mut inner = sim.bbb.lock();
        let Some(meeting) = inner.meeting_mut(id) else {
            return false;
        };
        let is_it = |user: &User| user.is_online() && (user.internal == who || user.external == who);
        if !meeting.users.iter().any(is_it) {
            return false;
        }
        if act.presenter == Some(true) {
            for other in meeting.users.iter_mut().filter(|u| u.presenter && !is_it(u)) {
                other.presenter = false;
                events.push(("user-presenter-unassigned", json!({ "user": other.ids() })));
            }
        }
        for user in meeting.users.iter_mut().filter(|u| is_it(u)) {
            user.moderator = act.moderator.unwrap_or(user.moderator);
            if let Some(is) = act.presenter.filter(|is| *is != user.presenter) {
                user.presenter = is;
                let event = if is {
                    "user-presenter-assigned"
                } else {
                    "user-presenter-unassigned"
                };
                events.push((event, json!({ "user": user.ids() })));
            }
            if let Some(voice) = act.voice.filter(|v| *v != user.voice) {
                user.voice = voice;
                let mut said = user.ids();
                said["listening-only"] = (voice == Voice::Listening).into();
                said["sharing-mic"] = (voice == Voice::Microphone).into();
                said["muted"] = false.into();
                let event = if voice == Voice::None {
                    "user-audio-voice-disabled"
                } else {
                    "user-audio-voice-enabled"
                };
                events.push((event, json!({ "user": said })));
            }
            if let Some(on) = act.camera.filter(|on| *on != user.camera) {
                user.camera = on;
                let mut said = user.ids();
                said["stream"] = format!("{}-camera", user.internal).into();
                let event = if on {
                    "user-cam-broadcast-start"
                } else {
                    "user-cam-broadcast-end"
                };
                events.push((event, json!({ "user": said })));
            }
        }
        (meeting.id.clone(), meeting.ids())
    };
    for (event, attributes) in events {
        emit(sim, &id, ids.clone(), event, attributes);
    }
    true
}

/// A line appears in the public chat. `user` = who is in the room wrote it; absent = it came by
/// sendChatMessage and its sender's internal id is the name given (§2.7, echo).
pub fn say(sim: &Arc<Sim>, id: &str, user: Option<&User>, name: &str, text: &str) -> Option<Line> {
    let (line, id, ids) = {
        let mut inner = sim.bbb.lock();
        let meeting = inner.meeting_mut(id)?;
        let at = now_ms();
        let line = Line {
            id: format!("{at}-{}", token(8)),
            sender: user.map_or_else(|| name.to_owned(), |user| user.internal.clone()),
            from: user.map_or_else(|| name.to_owned(), |user| user.name.clone()),
            text: text.to_owned(),
            at,
            by_api: user.is_none(),
        };
        meeting.chat.push(line.clone());
        (line, meeting.id.clone(), meeting.ids())
    };
    let external = user.map_or("", |user| user.external.as_str());
    let attributes = json!({
        "chat-message": {
            "id": line.id, "message": line.text,
            "sender": {
                "internal-user-id": line.sender, "external-user-id": external,
                "name": line.from, "time": line.at,
            },
        },
        "chat-id": "MAIN-PUBLIC-GROUP-CHAT",
    });
    emit(sim, &id, ids, "chat-group-message-sent", attributes);
    Some(line)
}

/// A meeting ends: it leaves memory at once, the hooks and the end callback follow (§2.4, §4.1).
pub fn end(sim: &Arc<Sim>, id: &str) -> bool {
    let Some(meeting) = forget(sim, id) else {
        return false;
    };
    for user in meeting.online() {
        // v3 makes up a user-left for everybody who was still there (§5.3).
        let attributes = json!({ "user": user.joined() });
        emit(sim, &meeting.id, meeting.ids(), "user-left", attributes);
    }
    emit(sim, &meeting.id, meeting.ids(), "meeting-ended", json!({}));
    callbacks::ended(sim, &meeting);
    true
}

/// The BBB forgets a meeting, without telling anybody (as after a crash of the server).
pub fn forget(sim: &Arc<Sim>, id: &str) -> Option<Meeting> {
    let mut inner = sim.bbb.lock();
    let id = inner.meeting(id)?.id.clone();
    let meeting = inner.meetings.remove(&id)?;
    let past = Past::of(&meeting, now_ms());
    inner.past.push(past);
    Some(meeting)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_gets_the_scheme_a_browser_would_use() {
        assert_eq!(with_scheme("127.0.0.1:8000/robot"), "http://127.0.0.1:8000/robot");
        assert_eq!(with_scheme("localhost/robot/"), "http://localhost/robot");
        assert_eq!(with_scheme("live.example.org/robot"), "https://live.example.org/robot");
    }
}
