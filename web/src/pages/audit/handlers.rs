//! `GET /audit`, `/audit/{position}`, `/audit/verify`.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use amphi_events::catalogue::catalogue;
use amphi_events::ids::PersonId;
use amphi_events::log::Filter;
use amphi_events::log::verify::verify;
use amphi_events::person::Role;
use amphi_events::{Position, Recorded, StreamName, Time};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use tokio::sync::Mutex;

use super::event::{self as event_page, EventView, Link};
use super::sealed;
use super::view::{self, Actor, AuditView, Checked, EventLine, VerifyView};
use crate::Web;
use crate::api::problem::{Code, Problem};
use crate::auth::accounts;
use crate::i18n::{T, times};
use crate::pages::common::{Reader, Shown, Stop};

/// Events on a page.
const MOST: usize = 100;
/// Events read at a time.
const STEP: usize = 1000;
/// The span of positions looked at first; widened while too few are found.
const SPAN: u64 = 500;
/// Positions looked through for one page; the next page goes on. A filter that finds nothing must not read a log of millions.
const SPAN_MAX: u64 = 200_000;
/// Positions on either side in which causes and consequences are looked for.
const NEAR: u64 = 3000;
/// Longest check in a request: an answer must begin within 30 s.
const PATIENCE: Duration = Duration::from_secs(20);

/// One check at a time: each reads the whole log.
static CHECKING: Mutex<()> = Mutex::const_new(());

/// Which events.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    stream: String,
    r#type: String,
    person: String,
    until: String,
    before: Option<u64>,
}

fn unreadable(e: impl std::fmt::Display) -> Stop {
    Problem::unavailable("the log can't be read", e).into()
}

/// `GET /audit`.
pub async fn show(State(web): State<Web>, reader: Reader, Query(asked): Query<Asked>) -> Response {
    reader.answer(shown(&web, &reader, asked).await)
}

/// What a page of the log is made of.
struct Found {
    /// Newest first.
    events: Vec<Arc<Recorded>>,
    /// Where the search gave up, if it did not reach the beginning.
    gave_up_at: Option<u64>,
}

/// The last events below a position. The log is read forwards, so a window before it is read and widened.
async fn last(
    web: &Web,
    filter: &Filter,
    before: u64,
    wanted: &(dyn Fn(&Recorded) -> bool + Sync),
) -> Result<Found, Stop> {
    let mut span = SPAN;
    loop {
        let from = before.saturating_sub(span + 1);
        let mut found: VecDeque<Arc<Recorded>> = VecDeque::new();
        let mut after = Position(from);
        loop {
            let page = web.log.read_all(after, filter, STEP).await.map_err(unreadable)?;
            for e in page.events.into_iter().filter(|e| e.position.0 < before && wanted(e)) {
                found.push_back(e);
                if found.len() > MOST {
                    found.pop_front();
                }
            }
            after = page.upto;
            if page.end || page.upto.0 + 1 >= before {
                break;
            }
        }
        if found.len() >= MOST || from == 0 || span >= SPAN_MAX {
            return Ok(Found {
                gave_up_at: (found.len() < MOST && from > 0).then_some(from + 1),
                events: found.into_iter().rev().collect(),
            });
        }
        span = span.saturating_mul(8).min(SPAN_MAX);
    }
}

fn filter_of(stream: &str, kind: &str) -> Filter {
    let mut filter = Filter::default();
    if stream.contains('-') {
        filter.stream = Some(StreamName::from(stream));
    } else {
        filter.stream_kinds = list(stream);
    }
    filter.kinds = list(kind);
    filter
}

fn list(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|t| !t.is_empty())
        .map(str::to_owned)
        .collect()
}

fn address(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    match query.finish() {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// Names of the persons who did these, for administrators alone: auditors read a log without names.
async fn actors(web: &Web, reader: &Reader, events: &[Arc<Recorded>]) -> Result<HashMap<String, String>, Stop> {
    if reader.may(Role::administers).is_err() {
        return Ok(HashMap::new());
    }
    let ids: Vec<PersonId> = events
        .iter()
        .filter_map(|e| e.event.actor.0.strip_prefix("person:")?.parse().ok())
        .collect();
    let found = web.store.accounts_by_ids(&ids).await.map_err(unreadable)?;
    Ok(found.into_iter().map(|a| (a.person.to_string(), a.name)).collect())
}

fn actor(names: &HashMap<String, String>, e: &Recorded) -> Actor {
    let text = e.event.actor.0.clone();
    let person = text
        .strip_prefix("person:")
        .and_then(|id| names.get(id).map(|name| (name.clone(), id.to_owned())));
    Actor { text, person }
}

async fn shown(web: &Web, reader: &Reader, asked: Asked) -> Shown {
    reader.may(Role::audits)?;
    let (frame, zone, head) = (&reader.frame, &web.settings.time_zone, web.log.head().0);
    let (stream, kind) = (asked.stream.trim(), asked.r#type.trim());
    let (person, until) = (asked.person.trim(), asked.until.trim());
    let mut problem = None;
    let by = match person {
        "" => None,
        text => {
            let found = accounts::find(web, text).await?.map(|a| a.person.to_string());
            // An erased person has no account, and their id still stands in the log.
            let id = found.or_else(|| text.parse::<PersonId>().ok().map(|id| id.to_string()));
            if id.is_none() {
                problem = Some(frame.f(T::BadPresenter, &[("login", text)]));
            }
            Some(id.map_or_else(String::new, |id| format!("person:{id}")))
        }
    };
    let latest = match until {
        "" => None,
        text => {
            let time = times::read_input(text, zone);
            if time.is_none() {
                problem = Some(frame.t(T::BadStart).to_owned());
            }
            // The minute that was named is meant to its end.
            time.map(|t| Time(t.0 + 59_999))
        }
    };
    let wanted = |e: &Recorded| {
        by.as_ref().is_none_or(|by| e.event.actor.0 == *by) && latest.is_none_or(|latest| e.event.time <= latest)
    };
    let before = asked.before.unwrap_or(head + 1).min(head + 1);
    let found = last(web, &filter_of(stream, kind), before, &wanted).await?;
    let names = actors(web, reader, &found.events).await?;
    let further = match (found.gave_up_at, found.events.last()) {
        (Some(at), _) => Some(at),
        (None, Some(e)) if found.events.len() == MOST => Some(e.position.0),
        _ => None,
    };
    let pairs = [("stream", stream), ("type", kind), ("person", person), ("until", until)];
    let older = further.map(|at| {
        let at = at.to_string();
        address("/audit", &[&pairs[..], &[("before", &at)]].concat())
    });
    let mark = frame.t(T::SealedMark);
    let line = |e: &Arc<Recorded>| EventLine {
        position: e.position.0,
        at: times::exact(e.event.time, zone),
        stream: e.stream.to_string(),
        kind: e.event.kind.clone(),
        actor: actor(&names, e),
        data: sealed::line(e, mark),
    };
    let view = AuditView {
        events: found.events.iter().map(line).collect(),
        stream: stream.to_owned(),
        kind: kind.to_owned(),
        person: person.to_owned(),
        until: until.to_owned(),
        zone: zone.clone(),
        kinds: catalogue()
            .into_iter()
            .flat_map(|(_, specs)| specs.iter().map(|s| s.kind))
            .collect(),
        head,
        problem,
        older,
        newest: asked.before.map(|_| address("/audit", &pairs)),
        unfinished: found.gave_up_at.is_some(),
        export: address("/api/v1/events", &pairs[..2]),
    };
    Ok(reader.page(view::audit(frame, &view)))
}

/// `GET /audit/{position}`.
pub async fn event(State(web): State<Web>, reader: Reader, Path(position): Path<String>) -> Response {
    reader.answer(event_shown(&web, &reader, &position, false).await)
}

/// `POST /audit/{position}`: the same with its sealed fields opened, for administrators. A form and not an address, so
/// that no link opens them by accident; who did it is in the program's log.
pub async fn opened(State(web): State<Web>, reader: Reader, Path(position): Path<String>) -> Response {
    reader.answer(event_shown(&web, &reader, &position, true).await)
}

fn link(web: &Web, e: &Recorded) -> Link {
    Link {
        position: e.position.0,
        kind: e.event.kind.clone(),
        at: times::exact(e.event.time, &web.settings.time_zone),
    }
}

async fn event_shown(web: &Web, reader: &Reader, position: &str, open: bool) -> Shown {
    reader.may(Role::audits)?;
    let may_open = reader.may(Role::administers).is_ok();
    if open && !may_open {
        return Err(Code::Forbidden.into());
    }
    let position: u64 = position.parse().ok().filter(|p| *p > 0).ok_or(Code::NotFound)?;
    let all = Filter::default();
    let page = web
        .log
        .read_all(Position(position - 1), &all, 1)
        .await
        .map_err(unreadable)?;
    let e = page
        .events
        .into_iter()
        .find(|e| e.position.0 == position)
        .ok_or(Code::NotFound)?;
    if let Some(me) = reader.me.as_ref().filter(|_| open) {
        tracing::info!(person = %me.person, position, "sealed fields of an event were opened");
    }
    let (id, from) = (e.event.id.to_string(), Position(position.saturating_sub(NEAR)));
    let (mut led, mut followed, mut after) = (None, Vec::new(), from);
    while after.0 < position + NEAR {
        let page = web.log.read_all(after, &all, STEP).await.map_err(unreadable)?;
        for other in &page.events {
            if !e.event.cause.is_empty() && other.event.id.to_string() == e.event.cause {
                led = Some(link(web, other));
            }
            if other.event.cause == id {
                followed.push(link(web, other));
            }
        }
        after = page.upto;
        if page.end {
            break;
        }
    }
    let near = web
        .log
        .read_stream(&e.stream, e.version.saturating_sub(1), 3)
        .await
        .map_err(unreadable)?;
    let at_version = |v: Option<u64>| near.iter().find(|n| Some(n.version) == v).map(|n| link(web, n));
    let frame = &reader.frame;
    let keys = open.then_some(&*web.keys);
    let (data, sealed) = sealed::pretty(&e, keys, frame.t(T::SealedMark), frame.t(T::SealedGone));
    let names = actors(web, reader, std::slice::from_ref(&e)).await?;
    let what = catalogue()
        .into_iter()
        .flat_map(|(_, specs)| specs.iter())
        .find(|s| s.kind == e.event.kind)
        .map(|spec| {
            let (text, lang) = super::said::said(spec, frame.lang);
            (text.trim().replace('`', ""), lang)
        });
    let view = EventView {
        position,
        at: times::exact(e.event.time, &web.settings.time_zone),
        exact: e.event.time.rfc3339(),
        stream: e.stream.to_string(),
        version: e.version,
        id,
        kind: e.event.kind.clone(),
        what,
        schema: e.event.schema,
        actor: actor(&names, &e),
        cause: e.event.cause.clone(),
        led,
        followed,
        neighbours: (at_version(e.version.checked_sub(1)), at_version(Some(e.version + 1))),
        key: e.event.key.map(|k| k.hex()),
        hash: hex::encode(e.hash),
        data,
        sealed,
        may_open,
        opened: open,
    };
    let mut answer = reader.page(event_page::event(frame, &view));
    if open {
        let no_store = axum::http::HeaderValue::from_static("no-store");
        answer.headers_mut().insert(axum::http::header::CACHE_CONTROL, no_store);
    }
    Ok(answer)
}

/// `GET /audit/verify`.
pub async fn verified(State(web): State<Web>, reader: Reader) -> Response {
    reader.answer(verified_shown(&web, &reader).await)
}

async fn verified_shown(web: &Web, reader: &Reader) -> Shown {
    reader.may(Role::audits)?;
    let head = web.log.head();
    let report = match CHECKING.try_lock() {
        Err(_) => None,
        Ok(_turn) => match tokio::time::timeout(PATIENCE, verify(&*web.log, head, |_| {})).await {
            Err(_) => None,
            Ok(report) => Some(report.map_err(unreadable)?),
        },
    };
    let last = web
        .log
        .read_all(Position(head.0.saturating_sub(1)), &Filter::default(), 1)
        .await;
    let hash = last
        .ok()
        .and_then(|page| page.events.last().map(|e| hex::encode(e.hash)))
        .unwrap_or_default();
    let identity = web.log.identity();
    let view = VerifyView {
        report: report.map(|r| Checked {
            events: r.events,
            streams: r.streams,
            upto: r.upto.0,
            hash,
            problems: r
                .problems
                .into_iter()
                .map(|p| {
                    (
                        p.position.0,
                        p.stream.map(|s| s.to_string()).unwrap_or_default(),
                        p.wrong.to_string(),
                    )
                })
                .collect(),
        }),
        log_id: identity.log_id,
        epoch: identity.epoch,
    };
    Ok(reader.page(view::verified(&reader.frame, &view)))
}
