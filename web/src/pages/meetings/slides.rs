//! Slides on a meeting's page.

use amphi_events::ids::SlidesId;
use axum::extract::{Form, FromRequest as _, Multipart, Path, Request, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::handlers::{id, one};
use super::view::{Last, MeetingView};
use crate::Web;
use crate::api::meetings::slides::{SlidesOut, announced, drop_it, keep};
use crate::api::meetings::view::changed as may_change;
use crate::api::problem::{Code, Problem};
use crate::i18n::T;
use crate::pages::common::{Reader, Shown, Stop, see};
use crate::pages::layout::Frame;
use crate::slides::kind;

/// What a form has around the file in it, in bytes.
const AROUND: u64 = 64 * 1024;

/// The section of the meeting's page.
pub fn section(frame: &Frame, view: &MeetingView) -> Markup {
    let action = format!("/meetings/{}/slides", view.line.id);
    let mib = |bytes: u64| format!("{:.1}", bytes as f64 / 1_048_576.0);
    let limits = [
        ("size", (view.slides_max.0 / 1_048_576).to_string()),
        ("pages", view.slides_max.1.to_string()),
    ];
    let limits: Vec<(&str, &str)> = limits.iter().map(|(n, v)| (*n, v.as_str())).collect();
    html! {
        section class="panel" aria-labelledby="slides" {
            h2 id="slides" { (frame.t(T::Slides)) }
            p { (frame.t(T::SlidesLong)) }
            @if !view.slides.is_empty() {
                ul class="rows" { @for s in &view.slides { li {
                    span { (s.name) " " span class="quiet" {
                        (frame.f(T::SlidesSize, &[("size", &mib(s.bytes))]))
                        @if let Some(pages) = s.pages { " · " (frame.f(T::SlidesPages, &[("n", &pages.to_string())])) }
                    } }
                    @if view.line.edits {
                        form method="post" action={ (action) "/" (s.id) } { button type="submit" { (frame.t(T::SlidesRemove)) span class="unseen" { " : " (s.name) } } }
                    }
                } } }
            }
            @if view.line.edits {
                form method="post" action=(action) enctype="multipart/form-data" class="form" {
                    div class="field" {
                        label for="slides-file" { (frame.t(T::SlidesFile)) }
                        input type="file" id="slides-file" name="file" required accept=(kind::accept()) aria-describedby="slides-hint slides-wrong"
                            data-most=(view.slides_max.0) data-too-large=(frame.f(T::SlidesTooLarge, &limits));
                        p class="wrong" id="slides-wrong" role="alert" hidden {}
                        p class="hint" id="slides-hint" { (frame.f(T::SlidesHint, &limits)) }
                    }
                    div class="actions" { button type="submit" { (frame.t(T::SlidesAdd)) } }
                }
            }
        }
    }
}

/// `POST /meetings/{id}/slides`.
pub async fn add(State(web): State<Web>, reader: Reader, Path(meeting): Path<String>, request: Request) -> Response {
    reader.answer(added(&web, &reader, &meeting, request).await)
}

async fn said(web: &Web, reader: &Reader, meeting: &str, problem: Problem) -> Shown {
    if problem.code.status().is_server_error() {
        return Err(Stop::from(problem));
    }
    let status = problem.code.status();
    let mut answer = one(web, reader, meeting, Last::wrong(reader.words(&problem))).await?;
    *answer.status_mut() = status;
    Ok(answer)
}

async fn added(web: &Web, reader: &Reader, meeting: &str, request: Request) -> Shown {
    let me = reader.person()?;
    let id = id(meeting)?;
    let (held, _) = may_change(web, me, id).await?;
    // Before a byte of it is read.
    let length = announced(request.headers()).map(|n| n.saturating_sub(AROUND));
    if let Err(problem) = web.shelf.fits(length) {
        return said(web, reader, meeting, problem).await;
    }
    let Ok(mut form) = Multipart::from_request(request, web).await else {
        return Err(Code::BadBody.into());
    };
    while let Ok(Some(field)) = form.next_field().await {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        let done = match web.shelf.gather(field).await {
            Ok(file) => keep(web, me, id, &held, &name, file).await,
            Err(problem) => Err(problem),
        };
        return match done {
            Ok(_) => Ok(see(&format!("/meetings/{id}#slides"))),
            Err(problem) => said(web, reader, meeting, problem).await,
        };
    }
    Err(Code::BadBody.into())
}

/// Nothing is posted but the act.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RemoveForm {}

/// `POST /meetings/{id}/slides/{slides}`: takes them away.
pub async fn remove(
    State(web): State<Web>,
    reader: Reader,
    Path((meeting, slides)): Path<(String, String)>,
    _: Form<RemoveForm>,
) -> Response {
    reader.answer(removed(&web, &reader, &meeting, &slides).await)
}

async fn removed(web: &Web, reader: &Reader, meeting: &str, slides: &str) -> Shown {
    let me = reader.person()?;
    let id = id(meeting)?;
    let slides: SlidesId = slides.parse().map_err(|_| Code::NotFound)?;
    may_change(web, me, id).await?;
    drop_it(web, me, id, slides).await?;
    Ok(see(&format!("/meetings/{id}#slides")))
}

impl MeetingView {
    /// Slides of an example.
    pub(super) fn sample_slides() -> Vec<SlidesOut> {
        vec![SlidesOut {
            id: "01J00000000000000000000009".into(),
            name: "<b>a</b>.pdf".into(),
            bytes: 3_500_000,
            pages: Some(42),
        }]
    }
}
