//! Recordings (§2.8, §2.9): the control API makes them, the calls read, publish, change and delete them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get as route_get;
use serde::Deserialize;

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
    /// What is nasty about it.
    pub odd: Oddities,
}

/// What real servers and what stands before them do to lists of recordings.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Oddities {
    /// Links hold a token that opens them once, a new one in each answer (national infrastructures).
    pub guarded: bool,
    /// It is listed whatever meeting is asked for: a filter that does not hold.
    pub leaks: bool,
    /// It is listed as before after it was deleted: so many answers more.
    pub lingers: u32,
    /// Neither playback nor end, people or internal id.
    pub bare: bool,
    /// A load balancer with tenants changed its meeting's id.
    pub tenant: bool,
}

/// The pages that the links lead to, and the tokens that open them.
pub fn router() -> Router<Arc<Sim>> {
    Router::new().route("/playback/{format}/2.3/{id}", route_get(play))
}

/// A recording plays while it is published; a guarded one with a token that was not used yet.
async fn play(
    State(sim): State<Arc<Sim>>,
    Path((format, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Response {
    let mut inner = sim.bbb.lock();
    let found = inner
        .recordings
        .iter()
        .find(|one| one.id == id && one.state == "published" && one.formats.contains(&format));
    let Some(guarded) = found.map(|one| one.odd.guarded) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let token = query
        .as_deref()
        .and_then(|q| q.strip_prefix("token="))
        .unwrap_or_default();
    if guarded && !inner.play_tokens.remove(token) {
        return StatusCode::FORBIDDEN.into_response();
    }
    Html(format!("<!DOCTYPE html><title>{format}</title><h1>{format}</h1>")).into_response()
}

/// `getRecordings`
pub fn get(sim: &Sim, request: &Request) -> Outcome {
    let mut inner = sim.bbb.lock();
    let inner = &mut *inner;
    let mut found: Vec<&mut Recording> = inner
        .recordings
        .iter_mut()
        .filter(|one| matches(one, request))
        .collect();
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
    for recording in found.iter_mut().skip(offset).take(limit) {
        describe(&mut xml, recording, &sim.base, &mut inner.play_tokens);
        if recording.state == "deleted" {
            recording.odd.lingers = recording.odd.lingers.saturating_sub(1);
        }
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
        .any(|state| state.trim() == "any" || state.trim() == recording.said());
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
    of_state && (of_id || (recording.odd.leaks && request.get("recordID").is_none())) && of_metas
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

impl Recording {
    /// Its state, as lists have it.
    fn said(&self) -> &str {
        if self.state == "deleted" && self.odd.lingers > 0 {
            "published"
        } else {
            &self.state
        }
    }
}

fn describe(xml: &mut Xml, recording: &Recording, base: &str, tokens: &mut BTreeSet<String>) {
    let meeting = if recording.odd.tenant {
        format!("tenant-{}", recording.meeting_id)
    } else {
        recording.meeting_id.clone()
    };
    xml.open("recording")
        .tag("recordID", &recording.id)
        .tag("meetingID", meeting);
    if recording.odd.bare {
        xml.tag("name", &recording.name)
            .tag("state", recording.said())
            .tag("startTime", recording.start_time.to_string())
            .close("recording");
        return;
    }
    xml.tag("internalMeetingID", &recording.id)
        .tag("name", &recording.name)
        .tag("isBreakout", "false")
        .tag("published", (recording.said() == "published").to_string())
        .tag("state", recording.said())
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
        let token = if recording.odd.guarded {
            let token = format!("{:032x}", rand::random::<u128>());
            tokens.insert(token.clone());
            format!("?token={token}")
        } else {
            String::new()
        };
        xml.open("format")
            .tag("type", format)
            .tag("url", format!("{base}/playback/{format}/2.3/{}{token}", recording.id))
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
