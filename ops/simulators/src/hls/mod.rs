//! A simulated HLS server, as nginx with the RTMP module behaves (gateway contract §5.2).
//!
//! `GET /hls/{stream}.m3u8`, `GET /hls/seg/{name}.ts`, and `PUT /hls/knobs` `{linger_ms}`: how long a playlist stays,
//! frozen, after its publisher ended (nginx: about 40 s for a 15 s playlist; 8 s here unless set).

pub mod playlist;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::Sim;
use crate::faults::{self, Fault, Kind};
use playlist::Track;

const SEGMENTS: [&[u8]; playlist::LOOP as usize] = [
    include_bytes!("media/seg0.ts"),
    include_bytes!("media/seg1.ts"),
    include_bytes!("media/seg2.ts"),
    include_bytes!("media/seg3.ts"),
    include_bytes!("media/seg4.ts"),
    include_bytes!("media/seg5.ts"),
];

#[derive(Default)]
struct Stream {
    track: Track,
    /// Since when a `freeze` holds this stream, in milliseconds since the Unix epoch.
    frozen_at: Option<u64>,
}

/// The media server: who publishes under which name, and what a fetch of its playlist gives.
pub struct Hls {
    streams: Mutex<HashMap<String, Stream>>,
    linger_ms: AtomicU64,
    publishers: AtomicU64,
    /// Encoders that the control API plays, by their streams.
    pushers: Mutex<HashMap<String, u64>>,
}

impl Default for Hls {
    fn default() -> Self {
        Self::new()
    }
}

impl Hls {
    /// A server without streams.
    pub fn new() -> Self {
        Self {
            streams: Mutex::default(),
            linger_ms: AtomicU64::new(8_000),
            publishers: AtomicU64::new(1),
            pushers: Mutex::default(),
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<String, Stream>) -> T) -> T {
        act(&mut self.streams.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How long a playlist stays after its publisher ended.
    pub fn set_linger(&self, linger: Duration) {
        self.linger_ms.store(linger.as_millis() as u64, Ordering::Relaxed);
    }

    fn linger_ms(&self) -> u64 {
        self.linger_ms.load(Ordering::Relaxed)
    }

    fn publish_at(&self, stream: &str, at: u64) -> Option<u64> {
        let publisher = self.publishers.fetch_add(1, Ordering::Relaxed);
        let linger = self.linger_ms();
        self.with(|streams| {
            let entry = streams.entry(stream.to_owned()).or_default();
            entry.track.publish(publisher, at, linger).then_some(publisher)
        })
    }

    /// A publisher arrives now; gives its number, or nothing when the name is taken ("Already publishing").
    pub fn publish(&self, stream: &str) -> Option<u64> {
        self.publish_at(stream, now_ms())
    }

    /// The publisher with this number ends or dies.
    pub fn unpublish(&self, stream: &str, publisher: u64) {
        self.with(|streams| {
            if let Some(entry) = streams.get_mut(stream) {
                entry.track.unpublish(publisher, now_ms());
            }
        });
    }

    /// An encoder that always plays (the demo): its playlist is full from the first fetch.
    pub fn publish_forever(&self, stream: &str) {
        let begun = now_ms().saturating_sub(playlist::WINDOW * playlist::SEGMENT_MS);
        let _ = self.publish_at(stream, begun);
    }

    /// Keeps the number of an encoder that the control API plays, or takes it away; gives the one that was kept.
    fn pushed(&self, stream: &str, publisher: Option<u64>) -> Option<u64> {
        let mut pushers = self.pushers.lock().unwrap_or_else(PoisonError::into_inner);
        match publisher {
            Some(publisher) => pushers.insert(stream.to_owned(), publisher),
            None => pushers.remove(stream),
        }
    }

    /// True while somebody publishes under this name.
    pub fn publishing(&self, stream: &str) -> bool {
        self.with(|streams| streams.get(stream).is_some_and(|entry| entry.track.publishing()))
    }

    fn show(&self, stream: &str, freeze: bool, ended: bool) -> Option<playlist::Shown> {
        let (now, linger) = (now_ms(), self.linger_ms());
        self.with(|streams| {
            let entry = streams.get_mut(stream)?;
            if !freeze {
                entry.frozen_at = None;
            }
            // A playlist that nginx removed is gone, frozen or not.
            entry.track.show(stream, now, linger, ended)?;
            let at = if freeze {
                *entry.frozen_at.get_or_insert(now)
            } else {
                now
            };
            entry.track.show(stream, at, linger, ended)
        })
    }
}

fn now_ms() -> u64 {
    Utc::now().timestamp_millis().unsigned_abs()
}

/// Routes, to be mounted under `/hls`.
pub fn router() -> Router<Arc<Sim>> {
    Router::new()
        .route("/knobs", put(knobs))
        .route("/streams/{name}", put(push).delete(end_push))
        .route("/seg/{file}", get(segment))
        .route("/{file}", get(fetch))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Knobs {
    linger_ms: u64,
}

async fn knobs(State(sim): State<Arc<Sim>>, Json(knobs): Json<Knobs>) -> StatusCode {
    sim.hls.set_linger(Duration::from_millis(knobs.linger_ms));
    StatusCode::NO_CONTENT
}

/// Somebody's encoder begins to send under this name; 409 where the name is taken.
async fn push(State(sim): State<Arc<Sim>>, Path(name): Path<String>) -> StatusCode {
    match sim.hls.publish(&name) {
        Some(publisher) => {
            sim.hls.pushed(&name, Some(publisher));
            StatusCode::NO_CONTENT
        }
        None => StatusCode::CONFLICT,
    }
}

/// That encoder ends.
async fn end_push(State(sim): State<Arc<Sim>>, Path(name): Path<String>) -> StatusCode {
    match sim.hls.pushed(&name, None) {
        Some(publisher) => {
            sim.hls.unpublish(&name, publisher);
            StatusCode::NO_CONTENT
        }
        None => StatusCode::NOT_FOUND,
    }
}

fn not_found() -> Response {
    let mut response = faults::html_status(404);
    response.headers_mut().insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        header::HeaderValue::from_static("*"),
    );
    response
}

async fn fetch(State(sim): State<Arc<Sim>>, Path(file): Path<String>) -> Response {
    let Some(stream) = file.strip_suffix(".m3u8") else {
        return not_found();
    };
    let fault = sim
        .faults
        .take(&format!("hls@{stream}"))
        .or_else(|| sim.faults.take("hls"));
    let (freeze, ended) = match fault.as_ref().map(|fault| fault.kind) {
        Some(Kind::Freeze) => (true, false),
        Some(Kind::End) => (true, true),
        _ => (false, false),
    };
    let answer = || match sim.hls.show(stream, freeze, ended) {
        Some(shown) => playlist_response(shown),
        None => not_found(),
    };
    match fault {
        Some(Fault {
            kind: Kind::Status,
            code,
            ..
        }) => faults::html_status(code.unwrap_or(404)),
        Some(Fault {
            kind: Kind::Slow, ms, ..
        }) => {
            tokio::time::sleep(Duration::from_millis(ms.unwrap_or(1_000))).await;
            answer()
        }
        Some(Fault { kind: Kind::Empty, .. }) => StatusCode::OK.into_response(),
        Some(Fault { kind: Kind::Reset, .. }) => faults::cut(),
        Some(Fault {
            kind: Kind::ApplyThenSilence,
            ..
        }) => faults::silence(&sim.faults).await,
        Some(Fault {
            kind: Kind::BrokenXml, ..
        }) => faults::halve(answer()).await,
        _ => answer(),
    }
}

fn playlist_response(shown: playlist::Shown) -> Response {
    let modified = DateTime::from_timestamp_millis(shown.modified as i64)
        .unwrap_or_default()
        .format("%a, %d %b %Y %H:%M:%S GMT")
        .to_string();
    (
        [
            (header::CONTENT_TYPE, "application/vnd.apple.mpegurl"),
            (header::CACHE_CONTROL, "no-cache"),
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        ],
        [(header::LAST_MODIFIED, modified)],
        shown.text,
    )
        .into_response()
}

/// `{stream}-{numbering}-{sequence}-{index in media/}.ts`, while the stream's playlist is there.
async fn segment(State(sim): State<Arc<Sim>>, Path(file): Path<String>) -> Response {
    let parts: Vec<&str> = file
        .strip_suffix(".ts")
        .map(|name| name.rsplitn(4, '-').collect())
        .unwrap_or_default();
    let found = match parts.as_slice() {
        [index, _, _, stream] => {
            let media = index.parse().ok().and_then(|index: usize| SEGMENTS.get(index));
            let alive = sim.hls.with(|streams| {
                streams
                    .get(*stream)
                    .is_some_and(|entry| entry.track.show(stream, now_ms(), sim.hls.linger_ms(), false).is_some())
            });
            media.filter(|_| alive)
        }
        _ => None,
    };
    let Some(media) = found else { return not_found() };
    (
        [
            (header::CONTENT_TYPE, "video/mp2t"),
            (header::CACHE_CONTROL, "no-cache"),
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        ],
        *media,
    )
        .into_response()
}
