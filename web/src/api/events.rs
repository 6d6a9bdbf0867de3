//! The log for auditors, as NDJSON: `GET /events?after&stream&type&follow`.

use std::sync::Arc;
use std::time::Duration;

use amphi_events::log::{Delivery, EventLog, Filter, subscribe};
use amphi_events::{Position, Recorded, StreamName};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::{Problem, ProblemBody};
use super::request::Query;
use crate::Web;
use crate::auth::{Auditor, identify};

/// Events read from the log at a time.
const PAGE: usize = 500;
/// A reader that follows hears at least this often, and is asked again whether it may.
const BEAT: Duration = Duration::from_secs(15);

/// The calls.
pub fn router() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(read))
}

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// Those after this position.
    #[serde(default)]
    after: u64,
    /// A whole stream's name (`meeting-01J…`), or kinds of stream with commas between (`live,chat`).
    stream: Option<String>,
    /// Types with commas between.
    r#type: Option<String>,
    /// Stay open and go on with what comes; an empty line at least every 15 s.
    #[serde(default)]
    follow: bool,
}

impl Which {
    fn filter(&self) -> Filter {
        let list = |text: &Option<String>| -> Vec<String> {
            text.iter()
                .flat_map(|t| t.split(','))
                .map(str::trim)
                .filter(|t| !t.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let mut filter = Filter {
            kinds: list(&self.r#type),
            ..Filter::default()
        };
        match &self.stream {
            Some(name) if name.contains('-') => filter.stream = Some(StreamName::from(name.trim())),
            other => filter.stream_kinds = list(other),
        }
        filter
    }
}

/// An event as a line.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventLine<'a> {
    /// Where in the log.
    pub position: u64,
    /// In which stream.
    pub stream: &'a str,
    /// Where in the stream, from 0.
    pub version: u64,
    /// Its id.
    pub id: String,
    /// Its type.
    pub r#type: &'a str,
    /// The version of the type's fields.
    pub schema: u16,
    /// When, RFC 3339.
    pub time: String,
    /// Who.
    pub actor: &'a str,
    /// What led to it.
    pub cause: &'a str,
    /// What must not happen twice, hexadecimal.
    pub key: Option<String>,
    /// Its fields, as they stand in the log; personal data sealed.
    #[schema(value_type = Object)]
    pub data: Option<&'a RawValue>,
    /// Its link in the stream's chain, hexadecimal.
    pub hash: String,
}

/// One line of NDJSON. The data goes out as the bytes that were hashed.
pub fn line(e: &Recorded, to: &mut Vec<u8>) {
    let data: Option<&RawValue> = serde_json::from_slice(&e.event.data).ok();
    let line = EventLine {
        position: e.position.0,
        stream: e.stream.as_str(),
        version: e.version,
        id: e.event.id.to_string(),
        r#type: &e.event.kind,
        schema: e.event.schema,
        time: e.event.time.rfc3339(),
        actor: &e.event.actor.0,
        cause: &e.event.cause,
        key: e.event.key.map(|k| k.hex()),
        data,
        hash: hex::encode(e.hash),
    };
    if serde_json::to_writer(&mut *to, &line).is_ok() {
        to.push(b'\n');
    }
}

fn lines(events: &[Arc<Recorded>]) -> Bytes {
    let mut out = Vec::with_capacity(events.len() * 400);
    for e in events {
        line(e, &mut out);
    }
    out.into()
}

/// The log, an event a line, in order of position.
#[utoipa::path(get, path = "/events", tag = "audit", params(Which), responses((status = 200, body = EventLine, content_type = "application/x-ndjson"), (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
async fn read(
    State(web): State<Web>,
    _: Auditor,
    headers: HeaderMap,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let (send, receive) = mpsc::channel::<Result<Bytes, std::io::Error>>(4);
    let (after, filter) = (Position(which.after), which.filter());
    if which.follow {
        tokio::spawn(follow(web, headers, after, filter, send));
    } else {
        tokio::spawn(through(web.log.clone(), after, filter, send));
    }
    let mut response = Response::new(Body::from_stream(ReceiverStream::new(receive).map(|part| part)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A proxy that gathers would keep a follower waiting.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

type Out = mpsc::Sender<Result<Bytes, std::io::Error>>;

/// Up to where the log ends at the start of the read: what is written meanwhile is the next call's.
async fn through(log: Arc<dyn EventLog>, mut after: Position, filter: Filter, out: Out) {
    let head = log.head();
    loop {
        match log.read_all(after, &filter, PAGE).await {
            Ok(page) => {
                let part: Vec<_> = page.events.iter().filter(|e| e.position <= head).cloned().collect();
                if !part.is_empty() && out.send(Ok(lines(&part))).await.is_err() {
                    return;
                }
                if page.end || page.upto >= head {
                    return;
                }
                after = page.upto;
            }
            Err(e) => {
                // Broken off, not ended: the reader must not take this for the whole log.
                let _ = out.send(Err(std::io::Error::other(e.to_string()))).await;
                return;
            }
        }
    }
}

async fn follow(web: Web, headers: HeaderMap, after: Position, filter: Filter, out: Out) {
    let mut subscription = subscribe(web.log.clone(), after, filter);
    let mut beat = tokio::time::interval(BEAT);
    beat.tick().await;
    loop {
        let part = tokio::select! {
            delivery = subscription.next() => match delivery {
                Ok(Delivery::Events(events, _)) if events.is_empty() => continue,
                Ok(Delivery::Events(events, _)) => lines(&events),
                Ok(Delivery::CaughtUp(_)) => continue,
                Err(e) => {
                    let _ = out.send(Err(std::io::Error::other(e.to_string()))).await;
                    return;
                }
            },
            _ = beat.tick() => {
                // Authority ends also for those who are reading.
                match identify(&web, &headers, true).await {
                    Ok(Some(i)) if i.role.audits() => Bytes::from_static(b"\n"),
                    Ok(_) => return,
                    Err(_) => Bytes::from_static(b"\n"),
                }
            }
            () = out.closed() => return,
        };
        if out.send(Ok(part)).await.is_err() {
            return;
        }
    }
}
