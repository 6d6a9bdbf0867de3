//! Recordings (§2.8, §2.9): the control API makes them, the calls read, publish, change and delete them.

use std::collections::BTreeMap;

use super::checksum::Algorithm;
use super::request::Request;
use super::xml::{self, Xml};
use crate::Sim;
use crate::faults::Outcome;

/// A recording of one session.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Internal id of the session.
    pub id: String,
    /// External id.
    pub meeting_id: String,
    /// Name.
    pub name: String,
    /// processing, processed, published, unpublished or deleted.
    pub state: String,
    /// Unix milliseconds.
    pub start_time: u64,
    /// Unix milliseconds.
    pub end_time: u64,
    /// How many came.
    pub participants: usize,
    /// Metadata, names in lower case.
    pub metas: BTreeMap<String, String>,
    /// Types of the published formats.
    pub formats: Vec<String>,
}

/// `getRecordings`
pub fn get(sim: &Sim, request: &Request) -> Outcome {
    let inner = sim.bbb.lock();
    let found: Vec<&Recording> = inner.recordings.iter().filter(|one| matches(one, request)).collect();
    let total = found.len();
    let number = |name| request.get(name).and_then(|text| text.parse::<usize>().ok());
    // A load balancer does not page (§6.1).
    let (offset, limit) = if request.scalelite {
        (0, usize::MAX)
    } else {
        let limit = number("limit").map_or(usize::MAX, |limit| limit.clamp(1, 100));
        (number("offset").unwrap_or(0), limit)
    };
    let mut xml = Xml::response("SUCCESS");
    xml.open("recordings");
    for recording in found.into_iter().skip(offset).take(limit) {
        describe(&mut xml, recording, &sim.base);
    }
    xml.close("recordings");
    if total == 0 {
        xml.tag("messageKey", "noRecordings")
            .tag("message", xml::text_of("noRecordings", request.scalelite));
    } else if limit != usize::MAX {
        xml.tag("totalElements", total.to_string());
    }
    Outcome::applied(xml.finish())
}

fn matches(recording: &Recording, request: &Request) -> bool {
    let states = request.get("state").unwrap_or("published,unpublished");
    let of_state = states
        .split(',')
        .any(|state| state.trim() == "any" || state.trim() == recording.state);
    let of_record = request
        .get("recordID")
        .map(|list| list.split(',').any(|id| recording.id.starts_with(id.trim())));
    let of_meeting = request.get("meetingID").map(|list| {
        list.split(',').any(|id| {
            let hash = Algorithm::Sha1.hex(id.trim().as_bytes());
            recording.id.starts_with(&hash) || recording.id == id.trim()
        })
    });
    // BBB ignores meetingID beside recordID; Scalelite applies both.
    let of_id = match (of_record, of_meeting) {
        (Some(record), Some(meeting)) if request.scalelite => record && meeting,
        (Some(record), _) => record,
        (None, Some(meeting)) => meeting,
        (None, None) => true,
    };
    let of_metas = request.params.iter().all(|(name, wanted)| {
        name.strip_prefix("meta_").is_none_or(|name| {
            recording
                .metas
                .get(&name.to_ascii_lowercase())
                .is_some_and(|value| like(value, wanted))
        })
    });
    of_state && of_id && of_metas
}

/// `%` at either end is a wildcard.
fn like(value: &str, wanted: &str) -> bool {
    match (wanted.strip_prefix('%'), wanted.strip_suffix('%')) {
        (Some(_), Some(_)) => value.contains(wanted.trim_matches('%')),
        (Some(end), None) => value.ends_with(end),
        (None, Some(start)) => value.starts_with(start),
        (None, None) => value == wanted,
    }
}

fn describe(xml: &mut Xml, recording: &Recording, base: &str) {
    xml.open("recording")
        .tag("recordID", &recording.id)
        .tag("meetingID", &recording.meeting_id)
        .tag("internalMeetingID", &recording.id)
        .tag("name", &recording.name)
        .tag("isBreakout", "false")
        .tag("published", (recording.state == "published").to_string())
        .tag("state", &recording.state)
        .tag("startTime", recording.start_time.to_string())
        .tag("endTime", recording.end_time.to_string())
        .tag("participants", recording.participants.to_string())
        .open("metadata");
    for (name, value) in &recording.metas {
        xml.tag(name, value);
    }
    xml.close("metadata").open("playback");
    let minutes = recording.end_time.saturating_sub(recording.start_time) / 60_000;
    for format in &recording.formats {
        xml.open("format")
            .tag("type", format)
            .tag("url", format!("{base}/playback/{format}/2.3/{}", recording.id))
            .tag("processingTime", "73000")
            .tag("length", minutes.to_string())
            .tag("size", "1048576")
            .close("format");
    }
    xml.close("playback").close("recording");
}

/// `publishRecordings`
pub fn publish(sim: &Sim, request: &Request) -> Outcome {
    let state = match request.get("publish") {
        None => return request.fail("missingParamPublish"),
        Some(text) if text.eq_ignore_ascii_case("true") => "published",
        Some(_) => "unpublished",
    };
    change(sim, request, "published", &(state == "published").to_string(), |one| {
        state.clone_into(&mut one.state);
    })
}

/// `deleteRecordings`
pub fn delete(sim: &Sim, request: &Request) -> Outcome {
    change(sim, request, "deleted", "true", |one| {
        "deleted".clone_into(&mut one.state);
    })
}

/// `updateRecordings`: an empty value takes the key away.
pub fn update(sim: &Sim, request: &Request) -> Outcome {
    change(sim, request, "updated", "true", |one| {
        for (name, value) in &request.params {
            let Some(name) = name.strip_prefix("meta_") else {
                continue;
            };
            let name = name.to_ascii_lowercase();
            if value.is_empty() {
                one.metas.remove(&name);
            } else {
                one.metas.insert(name, value.clone());
            }
        }
    })
}

fn change(sim: &Sim, request: &Request, said: &str, value: &str, with: impl Fn(&mut Recording)) -> Outcome {
    let Some(list) = request.get("recordID") else {
        return request.fail("missingParamRecordID");
    };
    let ids: Vec<&str> = list.split(',').map(str::trim).collect();
    let mut inner = sim.bbb.lock();
    let known = |id: &&str| {
        inner
            .recordings
            .iter()
            .any(|one| one.id == **id && one.state != "deleted")
    };
    if !ids.iter().all(known) {
        return request.fail("notFound");
    }
    for recording in &mut inner.recordings {
        if ids.contains(&recording.id.as_str()) {
            with(recording);
        }
    }
    let mut xml = Xml::response("SUCCESS");
    xml.tag(said, value);
    Outcome::applied(xml.finish())
}
