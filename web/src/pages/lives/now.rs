//! `/broadcasters/{id}/now`: a live that begins at once, where somebody has read a broadcaster's QR code (census §5.2). And the code.

use amphi_events::ids::BroadcasterId;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use qrcode::QrCode;
use qrcode::render::svg;

use crate::api::live_plans::plannable;
use crate::api::problem::{Code, Problem};
use crate::i18n::{T, times};
use crate::pages::asking::{Ask, asked, outcomes};
use crate::pages::common::{Reader, Shown};
use crate::pages::layout::{Dress, Frame};
use crate::{Web, live_settings};

/// A live that begins now lasts so long where nobody says otherwise, in seconds (census §5.1).
const LASTS_S: i64 = 3600;

/// The form.
#[derive(Debug, Clone)]
pub struct NowView {
    /// Id of the broadcaster.
    pub broadcaster: String,
    /// Its name.
    pub name: String,
    /// The title proposed.
    pub title: String,
    /// The end proposed, as a `datetime-local` input writes it.
    pub ends_at: String,
    /// The house's zone.
    pub zone: String,
}

/// Renders it.
pub fn now(frame: &Frame, view: &NowView) -> Markup {
    let title = frame.f(T::NowTitle, &[("name", &view.name)]);
    let dress = Dress {
        modules: &["forms.js"],
        ..Dress::default()
    };
    let hint = frame.f(T::LiveTimesHint, &[("zone", &view.zone)]);
    frame.page(&title, &dress, &html! {
        h1 { (title) }
        p class="lead" { (frame.t(T::NowLead)) }
        (outcomes(frame))
        form method="post" class="form" data-api="/api/v1/live" data-goto="/live/{event}" data-done=(frame.t(T::LivePlanned)) data-ticks="is_draft" {
            input type="hidden" name="broadcaster" value=(view.broadcaster);
            (Ask { id: "title", name: "title", label: frame.t(T::LiveTitleWord), value: &view.title, required: true, max: Some(250), ..Ask::default() }.html())
            (asked("ends_at", frame.t(T::LiveEnds), Some(&hint), &html! {
                input type="datetime-local" id="ends_at" name="ends_at" value=(view.ends_at) required aria-describedby="ends_at-hint";
            }))
            label class="tick" { input type="checkbox" id="is_draft" name="is_draft" value="on" autocomplete="off"; span { (frame.t(T::LiveDraftTick)) } }
            button type="submit" class="main-act" { (frame.t(T::NowBegin)) }
        }
    })
}

/// `GET /broadcasters/{id}/now`.
pub async fn show(State(web): State<Web>, reader: Reader, Path(id): Path<String>) -> Response {
    reader.answer(shown(&web, &reader, &id).await)
}

async fn shown(web: &Web, reader: &Reader, id: &str) -> Shown {
    let me = reader.person()?;
    let id: BroadcasterId = id.parse().map_err(|_| Code::NotFound)?;
    if !live_settings::may_plan(web, me).await? {
        return Err(Code::LiveRight.into());
    }
    let held = plannable(web, me, id).await?;
    let (zone, at) = (web.settings.time_zone.clone(), web.sources.now());
    let date = times::date(reader.frame.lang, at, &zone);
    let name = held.name.unwrap_or_default();
    let view = NowView {
        broadcaster: id.to_string(),
        // Not whose it is: a title stands in clear in the log for ever, and a person may be erased.
        title: reader.frame.f(T::NowProposed, &[("name", &name), ("date", &date)]),
        name,
        ends_at: times::input(at.plus_s(LASTS_S), &zone),
        zone,
    };
    Ok(reader.page(now(&reader.frame, &view)))
}

/// An address as a code, in SVG.
///
/// # Errors
/// It is too long for one.
pub fn code(address: &str) -> Result<String, Problem> {
    let code = QrCode::new(address.as_bytes()).map_err(|e| Problem::internal("an address is no QR code", e))?;
    Ok(code
        .render::<svg::Color<'_>>()
        .min_dimensions(240, 240)
        .quiet_zone(true)
        .build())
}

/// `GET /broadcasters/{id}/qr.svg`: the code that leads to the live for now. What it says is no secret.
pub async fn qr(State(web): State<Web>, reader: Reader, Path(id): Path<String>) -> Response {
    reader.answer(drawn(&web, &id).await)
}

async fn drawn(web: &Web, id: &str) -> Shown {
    let id: BroadcasterId = id.parse().map_err(|_| Code::NotFound)?;
    let row = web
        .read
        .broadcaster(id)
        .await?
        .filter(|b| !b.removed && b.details.plannable);
    row.ok_or(Code::NotFound)?;
    let drawn = code(&format!("{}/broadcasters/{id}/now", web.settings.public_url))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
    ];
    Ok((headers, drawn).into_response())
}

impl NowView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        vec![Self {
            broadcaster: "01J00000000000000000000004".into(),
            name: "<b>Hall</b>".into(),
            title: "\"><b>".into(),
            ends_at: "2026-03-02T12:00".into(),
            zone: "Europe/Paris".into(),
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Census L13: there the code "for this link" leads to another broadcaster.
    #[test]
    fn a_code_is_drawn_of_an_address() {
        let drawn = code("https://live.univ.example/broadcasters/01J00000000000000000000004/now").expect("a code");
        assert!(drawn.contains("<svg") && drawn.contains("viewBox"), "{drawn}");
        assert!(code(&"x".repeat(5000)).is_err());
    }
}
