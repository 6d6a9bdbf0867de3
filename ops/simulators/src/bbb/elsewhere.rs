//! Rooms that another front end opened on the same BBB: Moodle's or Greenlight's, as the control API plays them. Nothing of our create is in
//! them: no callback, no metadata of ours, and ids of the front end's own making.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use serde::Deserialize;
use serde_json::{Value, json};

use super::checksum::Algorithm;
use super::meeting::Meeting;
use super::state::{self, now_ms, token};
use crate::Sim;

/// Somebody in it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Somebody {
    /// `fullName`.
    pub name: String,
    /// `userID`; absent: BBB's own.
    #[serde(default)]
    pub id: Option<String>,
}

/// A session that another front end opens.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Foreign {
    /// The room's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who moderates it.
    #[serde(default)]
    pub moderators: Vec<Somebody>,
    /// Who else is there.
    #[serde(default)]
    pub viewers: Vec<Somebody>,
    /// BBB may record it.
    #[serde(default)]
    pub record: bool,
}

/// Opens it; `None`: the room is there. The same id after its end is another session of that room.
pub fn open(sim: &Arc<Sim>, new: Foreign) -> Option<Value> {
    if sim.bbb.lock().meeting(&new.id).is_some() {
        return None;
    }
    let mut params = BTreeMap::from([
        ("name".to_owned(), new.name.clone()),
        ("meetingID".to_owned(), new.id.clone()),
    ]);
    if new.record {
        params.insert("record".to_owned(), "true".to_owned());
    }
    let made = put(sim, &new.id, params);
    let people = new.moderators.into_iter().map(|m| (m, true));
    for (somebody, moderator) in people.chain(new.viewers.into_iter().map(|v| (v, false))) {
        let mut user = state::new_user(&somebody.name, moderator);
        if let Some(id) = somebody.id {
            user.external = id;
        }
        let session = user.session_token.clone();
        if let Some(meeting) = sim.bbb.lock().meeting_mut(&new.id) {
            meeting.users.push(user);
        }
        state::enter(sim, &session);
    }
    Some(made)
}

/// Opens a breakout room beside it, as a moderator does in the room.
pub fn breakout(sim: &Arc<Sim>, parent: &str) -> Option<Value> {
    let (internal, name, id) = {
        let inner = sim.bbb.lock();
        let parent = inner.meeting(parent)?;
        let id = format!("{}-breakout-1", parent.internal);
        (parent.internal.clone(), parent.name.clone(), id)
    };
    let params = BTreeMap::from([
        ("name".to_owned(), format!("{name} (Room - 1)")),
        ("meetingID".to_owned(), id.clone()),
        ("isBreakout".to_owned(), "true".to_owned()),
        ("parentMeetingID".to_owned(), internal),
        ("sequence".to_owned(), "1".to_owned()),
    ]);
    let made = put(sim, &id, params);
    let user = state::new_user("Somebody sent there", true);
    let session = user.session_token.clone();
    if let Some(meeting) = sim.bbb.lock().meeting_mut(&id) {
        meeting.users.push(user);
    }
    state::enter(sim, &session);
    Some(made)
}

fn put(sim: &Sim, id: &str, params: BTreeMap<String, String>) -> Value {
    let create_time = now_ms();
    let meeting = Meeting {
        id: id.to_owned(),
        internal: format!("{}-{create_time}", Algorithm::Sha1.hex(id.as_bytes())),
        name: params.get("name").cloned().unwrap_or_default(),
        create_time,
        created: Instant::now(),
        attendee_pw: token(8),
        moderator_pw: token(8),
        voice_bridge: "54321".to_owned(),
        start_time: 0,
        end_time: 0,
        users: Vec::new(),
        chat: Vec::new(),
        documents: Vec::new(),
        fetched: Vec::new(),
        empty_since: None,
        unmoderated_since: None,
        recording_marks: false,
        metas: BTreeMap::new(),
        params,
    };
    let made = json!({ "id": id, "internal_id": meeting.internal, "create_time": create_time });
    sim.bbb.lock().meetings.insert(id.to_owned(), meeting);
    made
}
