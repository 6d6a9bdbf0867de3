//! What opens a meeting's door, on its page: the direct link and the password.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::handlers::{id, one};
use super::view::{Last, MeetingView};
use crate::Web;
use crate::api::meetings::door::{DoorOut, set_key, set_password};
use crate::api::meetings::view::changed as may_change;
use crate::api::problem::Code;
use crate::i18n::T;
use crate::pages::common::{Reader, Shown, Stop, see};
use crate::pages::layout::Frame;

/// The section of the meeting's page.
pub fn section(frame: &Frame, view: &MeetingView) -> Markup {
    let action = format!("/meetings/{}/door", view.line.id);
    let button = |act: &str, label: T| {
        html! {
            form method="post" action=(action) {
                input type="hidden" name="action" value=(act);
                button type="submit" { (frame.t(label)) }
            }
        }
    };
    let door = &view.door;
    html! {
        section class="panel" aria-labelledby="door" {
            h2 id="door" { (frame.t(T::Door)) }
            h3 id="direct-link" { (frame.t(T::DirectLink)) }
            p { (frame.t(if view.line.webinar { T::DirectLinkWebinar } else { T::DirectLinkLong })) }
            @if let Some(url) = &door.direct_url {
                p class="address" { a href=(url) aria-describedby="direct-link" { (url) } }
            }
            div class="actions" {
                @if let Some(url) = &door.direct_url {
                    button type="button" class="copy" data-copy=(url) data-copied=(frame.t(T::Copied)) aria-describedby="direct-link" hidden { (frame.t(T::CopyLink)) }
                }
                @if view.line.edits {
                    (button("key", if door.direct_url.is_some() { T::RenewLink } else { T::MakeLink }))
                    @if door.direct_url.is_some() { (button("no-key", T::DropLink)) }
                }
            }
            h3 { (frame.t(T::MeetingPassword)) }
            p { (frame.t(T::DoorPasswordLong)) }
            @if let Some(password) = &door.password { p class="address" { code { (password) } } }
            @else { p class="quiet" { (frame.t(T::DoorNoPassword)) } }
            @if view.line.edits {
                form method="post" action=(action) class="form" {
                    input type="hidden" name="action" value="password";
                    div class="field" {
                        label for="door-password" { (frame.t(T::DoorNewPassword)) }
                        input id="door-password" name="password" required maxlength="50" value=(view.password_offer) autocomplete="off" autocapitalize="none" spellcheck="false";
                    }
                    div class="actions" { button type="submit" { (frame.t(T::DoorSetPassword)) } }
                }
                @if door.password.is_some() { div class="actions" { (button("no-password", T::DoorDropPassword)) } }
            }
        }
    }
}

/// What the forms post.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct DoorForm {
    action: String,
    password: String,
}

/// `POST /meetings/{id}/door`.
pub async fn change(
    State(web): State<Web>,
    reader: Reader,
    Path(meeting): Path<String>,
    Form(form): Form<DoorForm>,
) -> Response {
    reader.answer(changed(&web, &reader, &meeting, &form).await)
}

async fn changed(web: &Web, reader: &Reader, meeting: &str, form: &DoorForm) -> Shown {
    let me = reader.person()?;
    let id = id(meeting)?;
    may_change(web, me, id).await?;
    let done = match form.action.as_str() {
        "password" => set_password(web, me, id, Some(&form.password)).await,
        "no-password" => set_password(web, me, id, None).await,
        "key" => set_key(web, me, id, true).await,
        "no-key" => set_key(web, me, id, false).await,
        _ => return Err(Code::BadQuery.into()),
    };
    match done {
        Ok(_) => Ok(see(&format!("/meetings/{id}#door"))),
        Err(problem) if problem.code.status().is_client_error() => {
            let said = reader.words(&problem);
            one(web, reader, meeting, Last::wrong(said)).await
        }
        Err(problem) => Err(Stop::from(problem)),
    }
}

impl MeetingView {
    /// A door of an example.
    pub(super) fn sample_door(open: bool) -> DoorOut {
        DoorOut {
            password: (!open).then(|| "<b>abc</b>".to_owned()),
            direct_url: (!open).then(|| "https://live.univ.example/join/x/y".to_owned()),
        }
    }
}
