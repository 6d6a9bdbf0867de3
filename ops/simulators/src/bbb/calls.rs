//! The calls about meetings: create, the reads, end, chat, documents (§2, §3).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use chrono::DateTime;
use quick_xml::events::Event;
use rand::Rng as _;
use serde_json::json;

use super::checksum::Algorithm;
use super::hooks::emit;
use super::meeting::{Meeting, Voice};
use super::request::{Request, has_control, units};
use super::state::{self, now_ms, token};
use super::xml::{self, Xml};
use crate::Sim;
use crate::faults::Outcome;

/// The version document (§3.1).
pub fn index(sim: &Sim, json: bool) -> Outcome {
    let settings = sim.settings();
    if json {
        return Outcome::applied(axum::Json(json!({ "response": {
            "returncode": "SUCCESS", "version": "2.0", "apiVersion": "2.0",
            "bbbVersion": settings.bbb_version,
        } })));
    }
    let mut xml = Xml::response("SUCCESS");
    xml.tag("version", "2.0");
    if settings.scalelite {
        xml.tag("build", "scalelite-sim");
    } else {
        xml.tag("apiVersion", "2.0").tag("bbbVersion", &settings.bbb_version);
        if !settings.old_bbb {
            xml.tag("graphqlWebsocketUrl", "")
                .tag("graphqlApiUrl", "")
                .tag("html5PluginSdkVersion", "0.0.80");
        }
    }
    Outcome::applied(xml.finish())
}

/// `create`: idempotent while the meeting lives (§2.1).
pub fn create(sim: &Arc<Sim>, request: &Request) -> Outcome {
    let Some(id) = request.get("meetingID") else {
        return request.fail("missingParamMeetingID");
    };
    let given = (request.get("attendeePW"), request.get("moderatorPW"));
    let mut inner = sim.bbb.lock();
    if let Some(there) = inner.meeting(id) {
        let same = match given {
            (None, None) => true,
            (Some(attendee), Some(moderator)) => attendee == there.attendee_pw && moderator == there.moderator_pw,
            _ => false,
        };
        return if same {
            Outcome::applied(created(there, "duplicateWarning", request.scalelite))
        } else {
            request.fail("idNotUnique")
        };
    }
    if request.flag("isBreakout") {
        match request.get("parentMeetingID") {
            None => return request.fail("parentMeetingIDMissing"),
            Some(parent) if inner.meeting(parent).is_none() => {
                return request.fail("parentMeetingDoesNotExist");
            }
            Some(_) => {}
        }
    }
    let taken = |bridge: &str| inner.meetings.values().any(|one| one.voice_bridge == bridge);
    let voice_bridge = match request.get("voiceBridge") {
        Some(bridge) if taken(bridge) => {
            return Outcome::refused(xml::failed_in_errors("nonUniqueVoiceBridge", request.scalelite));
        }
        Some(bridge) if !request.scalelite => bridge.to_owned(),
        _ => {
            let digits = if request.scalelite {
                100_000_000..999_999_999
            } else {
                10_000..99_999
            };
            rand::rng().random_range::<u32, _>(digits).to_string()
        }
    };
    let create_time = now_ms();
    let metas: BTreeMap<String, String> = request
        .params
        .iter()
        .filter_map(|(name, value)| {
            let name = name.strip_prefix("meta_")?;
            let fits = name.starts_with(|first: char| first.is_ascii_alphabetic())
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            fits.then(|| (name.to_ascii_lowercase(), value.clone()))
        })
        .collect();
    let mut params = request.params.clone();
    params.remove("checksum");
    let password = |given: Option<&str>| given.map_or_else(|| token(8), str::to_owned);
    let meeting = Meeting {
        id: id.to_owned(),
        internal: format!("{}-{create_time}", Algorithm::Sha1.hex(id.as_bytes())),
        name: request.get("name").unwrap_or(id).to_owned(),
        create_time,
        created: Instant::now(),
        attendee_pw: password(given.0),
        moderator_pw: password(given.1),
        voice_bridge,
        start_time: 0,
        end_time: 0,
        users: Vec::new(),
        chat: Vec::new(),
        documents: documents_of(request.xml_body.as_deref())
            .into_iter()
            .map(|(said, _)| said)
            .collect(),
        fetched: Vec::new(),
        empty_since: None,
        unmoderated_since: None,
        recording_marks: false,
        metas,
        params,
    };
    if let Some(callback) = meeting.metas.get("endcallbackurl") {
        inner.latest_callback = Some(callback.clone());
    }
    let answer = created(&meeting, "", request.scalelite);
    let ids = meeting.ids();
    let about = json!({ "meeting": {
        "name": meeting.name, "is-breakout": meeting.flag("isBreakout"),
        "duration": meeting.number("duration", 0), "create-time": create_time,
        "create-date": date(create_time), "moderator-pass": meeting.moderator_pw,
        "viewer-pass": meeting.attendee_pw, "record": meeting.flag("record"),
        "voice-conf": meeting.voice_bridge, "dial-number": dial_number(&meeting),
        "max-users": meeting.number("maxParticipants", 0), "metadata": meeting.metas,
    } });
    inner.meetings.insert(id.to_owned(), meeting);
    drop(inner);
    fetch(sim, id, documents_of(request.xml_body.as_deref()));
    emit(sim, id, ids, "meeting-created", about);
    Outcome::applied(answer)
}

fn created(meeting: &Meeting, key: &str, scalelite: bool) -> axum::response::Response {
    let parent = match meeting.text("parentMeetingID") {
        "" => "bbb-none",
        parent => parent,
    };
    let mut xml = Xml::response("SUCCESS");
    xml.tag("meetingID", &meeting.id)
        .tag("internalMeetingID", &meeting.internal)
        .tag("parentMeetingID", parent)
        .tag("attendeePW", &meeting.attendee_pw)
        .tag("moderatorPW", &meeting.moderator_pw)
        .tag("createTime", meeting.create_time.to_string())
        .tag("voiceBridge", &meeting.voice_bridge)
        .tag("dialNumber", dial_number(meeting))
        .tag("createDate", date(meeting.create_time))
        .tag("hasUserJoined", (meeting.start_time > 0).to_string())
        .tag("duration", meeting.number("duration", 0).to_string())
        .tag("hasBeenForciblyEnded", "false")
        .tag("messageKey", key)
        .tag("message", xml::text_of(key, scalelite));
    xml.finish()
}

fn dial_number(meeting: &Meeting) -> &str {
    match meeting.text("dialNumber") {
        "" => "613-555-1234",
        number => number,
    }
}

/// As Java writes a date; nobody should read it.
fn date(ms: u64) -> String {
    DateTime::from_timestamp_millis(ms as i64)
        .map_or_else(String::new, |at| at.format("%a %b %d %H:%M:%S UTC %Y").to_string())
}

/// `isMeetingRunning`: an unknown id is not running.
pub fn is_running(sim: &Sim, request: &Request) -> Outcome {
    let running = request
        .get("meetingID")
        .is_some_and(|id| sim.bbb.lock().meeting(id).is_some_and(Meeting::is_running));
    let mut xml = Xml::response("SUCCESS");
    xml.tag("running", running.to_string());
    Outcome::applied(xml.finish())
}

/// `end`
pub fn end(sim: &Arc<Sim>, request: &Request) -> Outcome {
    if !request.get("meetingID").is_some_and(|id| state::end(sim, id)) {
        return request.fail("notFound");
    }
    let key = "sentEndMeetingRequest";
    let mut xml = Xml::response("SUCCESS");
    xml.tag("messageKey", key)
        .tag("message", xml::text_of(key, request.scalelite));
    Outcome::applied(xml.finish())
}

/// `getMeetingInfo`
pub fn info(sim: &Sim, request: &Request) -> Outcome {
    let grouping = sim.settings().grouping;
    let inner = sim.bbb.lock();
    let Some(meeting) = request.get("meetingID").and_then(|id| inner.meeting(id)) else {
        return request.fail("notFound");
    };
    let mut xml = Xml::response("SUCCESS");
    describe(&mut xml, meeting, grouping);
    Outcome::applied(xml.finish())
}

/// `getMeetings`
pub fn all(sim: &Sim, request: &Request) -> Outcome {
    let grouping = sim.settings().grouping;
    let inner = sim.bbb.lock();
    let mut xml = Xml::response("SUCCESS");
    xml.open("meetings");
    for meeting in inner.meetings.values() {
        xml.open("meeting");
        describe(&mut xml, meeting, grouping);
        xml.close("meeting");
    }
    xml.close("meetings");
    if inner.meetings.is_empty() {
        xml.tag("messageKey", "noMeetings")
            .tag("message", xml::text_of("noMeetings", request.scalelite));
    }
    Outcome::applied(xml.finish())
}

/// `getSessions`
pub fn sessions(sim: &Sim) -> Outcome {
    let inner = sim.bbb.lock();
    let mut xml = Xml::response("SUCCESS");
    xml.open("sessions");
    let mut some = false;
    for meeting in inner.meetings.values() {
        for user in meeting.online() {
            some = true;
            xml.open("session")
                .tag("meetingID", &meeting.internal)
                .tag("meetingName", &meeting.name)
                .tag("userName", &user.name)
                .close("session");
        }
    }
    xml.close("sessions");
    if !some {
        xml.tag("messageKey", "noSessions")
            .tag("message", xml::text_of("noSessions", false));
    }
    Outcome::applied(xml.finish())
}

/// The fields of §3.4, in their order.
fn describe(xml: &mut Xml, meeting: &Meeting, grouping: bool) {
    let count = |number: usize| {
        let plain = number.to_string();
        if grouping { group(&plain) } else { plain }
    };
    let online = meeting.online().count();
    let moderators = meeting.online().filter(|user| user.moderator).count();
    xml.tag("meetingName", &meeting.name)
        .tag("meetingID", &meeting.id)
        .tag("internalMeetingID", &meeting.internal)
        .tag("createTime", meeting.create_time.to_string())
        .tag("createDate", date(meeting.create_time))
        .tag("voiceBridge", &meeting.voice_bridge)
        .tag("dialNumber", dial_number(meeting))
        .tag("attendeePW", &meeting.attendee_pw)
        .tag("moderatorPW", &meeting.moderator_pw)
        .tag("running", meeting.is_running().to_string())
        .tag("duration", meeting.number("duration", 0).to_string())
        .tag("hasUserJoined", (meeting.start_time > 0).to_string())
        .tag("recording", meeting.flag("record").to_string())
        .tag("hasBeenForciblyEnded", "false")
        .tag("startTime", meeting.start_time.to_string())
        .tag("endTime", meeting.end_time.to_string())
        .tag("participantCount", count(online))
        .tag(
            "listenerCount",
            count(meeting.online().filter(|u| u.voice == Voice::Listening).count()),
        )
        .tag(
            "voiceParticipantCount",
            count(meeting.online().filter(|u| u.voice == Voice::Microphone).count()),
        )
        .tag("videoCount", count(meeting.online().filter(|u| u.camera).count()))
        .tag("maxUsers", count(meeting.number("maxParticipants", 0) as usize))
        .tag("moderatorCount", count(moderators))
        .open("attendees");
    for user in meeting.map() {
        xml.open("attendee")
            .tag("userID", &user.external)
            .tag("fullName", &user.name)
            .tag("role", user.role())
            .tag("isPresenter", user.presenter.to_string())
            .tag("isListeningOnly", (user.voice == Voice::Listening).to_string())
            .tag("hasJoinedVoice", (user.voice == Voice::Microphone).to_string())
            .tag("hasVideo", user.camera.to_string())
            .tag("clientType", "HTML5");
        if !user.userdata.is_empty() {
            // A key that is no XML name breaks the document for everybody, as in BBB (§2.2).
            xml.open("customdata");
            for (key, value) in &user.userdata {
                xml.tag(key, value);
            }
            xml.close("customdata");
        }
        xml.close("attendee");
    }
    xml.close("attendees").open("metadata");
    for (name, value) in &meeting.metas {
        xml.tag(name, value);
    }
    xml.close("metadata")
        .tag("isBreakout", meeting.flag("isBreakout").to_string());
    if meeting.flag("isBreakout") {
        xml.tag("parentMeetingID", meeting.text("parentMeetingID"))
            .tag("sequence", meeting.text("sequence"))
            .tag("freeJoin", "false");
    }
}

fn group(digits: &str) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `sendChatMessage` (§2.7)
pub fn chat(sim: &Arc<Sim>, request: &Request) -> Outcome {
    let name = request.get("userName").unwrap_or("System");
    let Some(message) = request.get("message") else {
        return request.fail("validationError");
    };
    if units(message) > 500 || units(name) > 255 || has_control(message) || has_control(name) {
        return request.fail("validationError");
    }
    let Some(id) = request.get("meetingID") else {
        return request.fail("missingParamMeetingID");
    };
    let (running, disabled) = {
        let inner = sim.bbb.lock();
        let meeting = inner.meeting(id);
        (
            meeting.is_some_and(Meeting::is_running),
            meeting.is_some_and(|meeting| meeting.is_disabled("chat")),
        )
    };
    if !running {
        return request.fail("meetingNotFound");
    }
    let mut xml = Xml::response("SUCCESS");
    xml.tag("messageKey", "").tag("message", "");
    if disabled {
        // Dropped without a word: success in the answer, nothing in the room.
        return Outcome::none(xml.finish());
    }
    state::say(sim, id, None, name, message);
    Outcome::applied(xml.finish())
}

/// `insertDocument`: without a usable payload the answer is empty (§2.6).
pub fn insert_document(sim: &Arc<Sim>, request: &Request) -> Outcome {
    let documents = documents_of(request.xml_body.as_deref());
    let mut inner = sim.bbb.lock();
    let meeting = request.get("meetingID").and_then(|id| inner.meeting_mut(id));
    let refused = |message: &str| {
        let mut xml = Xml::response("FAILED");
        xml.tag("message", message);
        Outcome::refused(xml.finish())
    };
    let Some(meeting) = meeting else {
        return refused("The meeting does not exist.");
    };
    if meeting.is_disabled("presentation") {
        return refused("Presentations are switched off in this meeting.");
    }
    if documents.is_empty() {
        return Outcome::none(StatusCode::OK.into_response());
    }
    let id = meeting.id.clone();
    meeting.documents.extend(documents.iter().map(|(said, _)| said.clone()));
    drop(inner);
    fetch(sim, &id, documents);
    let mut xml = Xml::response("SUCCESS");
    xml.tag("message", "The presentation is being uploaded.");
    Outcome::applied(xml.finish())
}

/// Fetches what was given by address, one after the other, after the answer (§2.1).
fn fetch(sim: &Arc<Sim>, meeting: &str, documents: Vec<(String, Option<String>)>) {
    let (sim, meeting) = (sim.clone(), meeting.to_owned());
    let addresses: Vec<String> = documents.into_iter().filter_map(|(_, url)| url).collect();
    if addresses.is_empty() {
        return;
    }
    tokio::spawn(async move {
        for url in addresses {
            let (status, bytes) = match sim.bbb.http.get(&url).send().await {
                Ok(answer) => (answer.status().as_u16(), answer.bytes().await.map_or(0, |b| b.len())),
                Err(_) => (0, 0),
            };
            let name = url.rsplit('/').next().unwrap_or_default().to_owned();
            if let Some(meeting) = sim.bbb.lock().meeting_mut(&meeting) {
                meeting.fetched.push((name, status, bytes));
            }
        }
    });
}

/// Names or addresses of the documents of a `modules` body, and the addresses.
fn documents_of(body: Option<&str>) -> Vec<(String, Option<String>)> {
    let Some(body) = body else {
        return Vec::new();
    };
    let mut reader = quick_xml::Reader::from_str(body);
    let mut found = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) if element.name().as_ref() == "document" => {
                let named = element
                    .attributes()
                    .flatten()
                    .find(|attribute| matches!(attribute.key.as_ref(), "url" | "name" | "filename"));
                if let Some(attribute) = named {
                    let address = (attribute.key.as_ref() == "url").then(|| attribute.value.replace("&amp;", "&"));
                    found.push((attribute.value.into_owned(), address));
                }
            }
            Ok(Event::Eof) | Err(_) => return found,
            Ok(_) => {}
        }
    }
}
