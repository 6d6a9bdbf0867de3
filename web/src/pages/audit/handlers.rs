//! `GET /audit`.

use std::collections::VecDeque;
use std::sync::Arc;

use amphi_events::log::Filter;
use amphi_events::person::Role;
use amphi_events::{Position, Recorded, StreamName};
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::view::{self, AuditView, EventLine};
use crate::Web;
use crate::api::problem::Problem;
use crate::i18n::times;
use crate::pages::common::{Reader, Shown, Stop};

/// Events on a page.
const MOST: usize = 100;
/// Events read at a time.
const STEP: usize = 1000;
/// The span of positions looked at first; doubled while too few are found.
const SPAN: u64 = 500;

/// Which events.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    stream: String,
    r#type: String,
    before: Option<u64>,
}

/// `GET /audit`.
pub async fn show(State(web): State<Web>, reader: Reader, Query(asked): Query<Asked>) -> Response {
    reader.answer(shown(&web, &reader, asked).await)
}

/// The last events below a position. The log is read forwards, so a window before it is read and widened.
async fn last(web: &Web, filter: &Filter, before: u64) -> Result<Vec<Arc<Recorded>>, Stop> {
    let mut span = SPAN;
    loop {
        let from = before.saturating_sub(span + 1);
        let mut found: VecDeque<Arc<Recorded>> = VecDeque::new();
        let mut after = Position(from);
        loop {
            let page = web
                .log
                .read_all(after, filter, STEP)
                .await
                .map_err(|e| Problem::unavailable("the log can't be read", e))?;
            for e in page.events.into_iter().filter(|e| e.position.0 < before) {
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
        if found.len() >= MOST || from == 0 {
            return Ok(found.into_iter().rev().collect());
        }
        span = span.saturating_mul(8);
    }
}

async fn shown(web: &Web, reader: &Reader, asked: Asked) -> Shown {
    reader.may(Role::audits)?;
    let head = web.log.head().0;
    let (stream, kind) = (asked.stream.trim().to_owned(), asked.r#type.trim().to_owned());
    let mut filter = Filter::default();
    if stream.contains('-') {
        filter.stream = Some(StreamName::from(stream.as_str()));
    } else if !stream.is_empty() {
        filter.stream_kinds.push(stream.clone());
    }
    if !kind.is_empty() {
        filter.kinds.push(kind.clone());
    }
    let before = asked.before.unwrap_or(head + 1).min(head + 1);
    let events = last(web, &filter, before).await?;
    let older = events.last().filter(|_| events.len() == MOST).map(|e| {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("stream", &stream)
            .append_pair("type", &kind)
            .append_pair("before", &e.position.to_string())
            .finish();
        format!("/audit?{query}")
    });
    let lines = events
        .iter()
        .map(|e| EventLine {
            position: e.position.0,
            at: times::exact(e.event.time, &web.settings.time_zone),
            stream: e.stream.to_string(),
            kind: e.event.kind.clone(),
            actor: e.event.actor.0.clone(),
            data: String::from_utf8_lossy(&e.event.data).into_owned(),
        })
        .collect();
    Ok(reader.page(view::audit(
        &reader.frame,
        &AuditView {
            events: lines,
            stream,
            kind,
            head,
            older,
        },
    )))
}
