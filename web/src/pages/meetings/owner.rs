//! Handing a meeting over, on its page.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::find::finder;
use super::form_view::tick;
use super::handlers::{id, one};
use super::view::{Last, MeetingView};
use crate::Web;
use crate::api::meetings::owner::to;
use crate::api::meetings::view::owned;
use crate::auth::accounts;
use crate::i18n::T;
use crate::pages::common::{Reader, Shown, Stop, see};
use crate::pages::layout::Frame;

/// The section of the meeting's page, for who owns it.
pub fn section(frame: &Frame, view: &MeetingView) -> Markup {
    html! {
        details class="cancel" {
            summary { (frame.t(T::HandOver)) }
            p { (frame.t(T::HandOverLong)) }
            form method="post" action={ "/meetings/" (view.line.id) "/owner" } class="form" {
                div class="field" {
                    label for="new-owner" { (frame.t(T::NewOwner)) }
                    input id="new-owner" name="login" required spellcheck="false" autocapitalize="none" autocomplete="off";
                }
                (finder(frame, "new-owner", false))
                (tick(frame, "stay", T::StayCoOwner, None, true))
                div class="actions" { button type="submit" { (frame.t(T::HandOver)) } }
            }
        }
    }
}

/// What the form posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct OwnerForm {
    login: String,
    stay: Option<String>,
}

/// `POST /meetings/{id}/owner`.
pub async fn change(
    State(web): State<Web>,
    reader: Reader,
    Path(meeting): Path<String>,
    Form(form): Form<OwnerForm>,
) -> Response {
    reader.answer(changed(&web, &reader, &meeting, &form).await)
}

async fn changed(web: &Web, reader: &Reader, meeting: &str, form: &OwnerForm) -> Shown {
    let me = reader.person()?;
    let id = id(meeting)?;
    owned(web, me, id).await?;
    let login = form.login.trim();
    let Some(account) = accounts::find(web, login).await? else {
        let said = reader.frame.f(T::BadPresenter, &[("login", login)]);
        return one(web, reader, meeting, Last::wrong(said)).await;
    };
    match to(web, me, id, &account, form.stay.is_some()).await {
        // Who doesn't stay may not look at it any more.
        Ok(_) if form.stay.is_none() && !me.role.audits() => Ok(see("/meetings")),
        Ok(_) => Ok(see(&format!("/meetings/{id}?saved=1"))),
        Err(problem) if problem.code.status().is_client_error() => {
            let said = reader.words(&problem);
            one(web, reader, meeting, Last::wrong(said)).await
        }
        Err(problem) => Err(Stop::from(problem)),
    }
}
