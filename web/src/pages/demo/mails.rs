//! `/demo/mails`: what a demo would have sent.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};

use super::handlers::stage;
use crate::Web;
use crate::api::problem::{Code, Problem};
use crate::demo::DemoMail;
use crate::i18n::{T, times};
use crate::pages::common::{Reader, Shown, Stop};
use crate::pages::layout::{Dress, Frame};

/// The list.
#[derive(Debug, Clone)]
pub struct MailsView {
    /// The mails, newest first.
    pub mails: Vec<DemoMail>,
    /// Zone of the times.
    pub zone: String,
}

/// One mail.
#[derive(Debug, Clone)]
pub struct MailView {
    /// The mail.
    pub mail: DemoMail,
    /// Zone of the times.
    pub zone: String,
}

/// `GET /demo/mails`.
pub async fn list(State(web): State<Web>, reader: Reader) -> Response {
    reader.answer(listed(&web, &reader).await)
}

async fn all(web: &Web) -> Result<Vec<DemoMail>, Stop> {
    let mails = stage(web)?.mails().await;
    mails.map_err(|e| Problem::unavailable("the demo's mails can't be read", e).into())
}

async fn listed(web: &Web, reader: &Reader) -> Shown {
    let view = MailsView {
        mails: all(web).await?,
        zone: web.settings.time_zone.clone(),
    };
    Ok(reader.page(mails(&reader.frame, &view)))
}

/// `GET /demo/mails/{id}`.
pub async fn one(State(web): State<Web>, reader: Reader, Path(id): Path<String>) -> Response {
    reader.answer(read(&web, &reader, &id).await)
}

async fn read(web: &Web, reader: &Reader, id: &str) -> Shown {
    let found = all(web).await?.into_iter().find(|m| m.id == id);
    let view = MailView {
        mail: found.ok_or(Code::NotFound)?,
        zone: web.settings.time_zone.clone(),
    };
    Ok(reader.page(mail(&reader.frame, &view)))
}

/// Renders the list.
pub fn mails(frame: &Frame, view: &MailsView) -> Markup {
    frame.page(
        frame.t(T::DemoMails),
        &Dress::default(),
        &html! {
            h1 { (frame.t(T::DemoMails)) }
            p class="lead" { (frame.t(T::DemoMailsLong)) }
            @if view.mails.is_empty() { p class="empty" { (frame.t(T::DemoNoMails)) } }
            @else { ul class="rows mails" { @for m in &view.mails { li {
                a href={ "/demo/mails/" (m.id) } { (m.subject) }
                span class="meta" { (m.to) " · " (times::full(frame.lang, m.at, &view.zone)) }
            } } } }
        },
    )
}

/// Renders one.
pub fn mail(frame: &Frame, view: &MailView) -> Markup {
    let m = &view.mail;
    frame.page(
        &m.subject,
        &Dress::default(),
        &html! {
            p { a href="/demo/mails" { (frame.t(T::DemoMails)) } }
            h1 { (m.subject) }
            p class="meta" { (frame.t(T::DemoMailTo)) " " (m.to) " · " (times::full(frame.lang, m.at, &view.zone)) }
            @if let Some(answered) = &m.reply_to { p class="meta" { (frame.t(T::DemoMailAnswers)) " " (answered) } }
            div class="letter" { (m.text) }
            @if let Some(calendar) = &m.calendar {
                details class="more" {
                    summary { (frame.t(T::DemoMailCalendar)) }
                    div class="letter" { code { (calendar) } }
                }
            }
        },
    )
}

fn sample(n: u8) -> DemoMail {
    DemoMail {
        id: format!("01J0000000000000000000000{n}"),
        at: amphi_events::Time(1_795_000_000_000),
        to: "<b>zoe</b>@univ.example".into(),
        reply_to: (n == 1).then(|| "<i>Grace</i> <grace@univ.example>".into()),
        subject: "Invitation: <b>Compilers</b>".into(),
        text: "Hello,\n\n<i>Grace</i> invites you.".into(),
        calendar: (n == 1).then(|| "BEGIN:VCALENDAR\nEND:VCALENDAR\n".into()),
    }
}

impl MailsView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let view = |mails| Self {
            mails,
            zone: "Europe/Paris".into(),
        };
        vec![view(vec![]), view(vec![sample(1), sample(2)])]
    }
}

impl MailView {
    /// Examples, all rendered by a test.
    pub fn samples() -> Vec<Self> {
        let view = |n| Self {
            mail: sample(n),
            zone: "Europe/Paris".into(),
        };
        vec![view(1), view(2)]
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::http::StatusCode;

    use super::*;
    use crate::api::tests::fixture::Fixture;
    use crate::demo::{DemoAct, DemoNow, DemoStage};

    struct Post(Vec<DemoMail>);

    #[async_trait::async_trait]
    impl DemoStage for Post {
        async fn now(&self) -> Option<DemoNow> {
            None
        }
        async fn press(&self, _: DemoAct, _: bool) -> Result<(), String> {
            Err("nothing to press".into())
        }
        async fn mails(&self) -> Result<Vec<DemoMail>, String> {
            Ok(self.0.clone())
        }
    }

    #[tokio::test]
    async fn a_demo_s_mails_are_listed_and_read_and_elsewhere_there_is_no_such_page() {
        let mut f = Fixture::new().await;
        let look = async |f: &Fixture, path: &str| {
            let request = axum::http::Request::get(path)
                .header("accept-language", "en")
                .body(axum::body::Body::empty())
                .expect("a request");
            f.send(request).await
        };
        for path in ["/demo/mails", "/demo/mails/01J00000000000000000000001"] {
            assert_eq!(look(&f, path).await.status, StatusCode::NOT_FOUND);
        }
        f.router = crate::router(Web {
            demo: Some(Arc::new(Post(vec![sample(1)]))),
            ..f.web.clone()
        });
        let list = look(&f, "/demo/mails").await;
        assert_eq!(list.status, StatusCode::OK);
        assert!(
            list.text.contains("href=\"/demo/mails/01J00000000000000000000001\""),
            "{}",
            list.text
        );
        let one = look(&f, "/demo/mails/01J00000000000000000000001").await;
        for said in [
            "Invitation: &lt;b&gt;Compilers",
            "zoe",
            "invites you.",
            "BEGIN:VCALENDAR",
        ] {
            assert!(one.text.contains(said), "{said}: {}", one.text);
        }
        let none = look(&f, "/demo/mails/01J00000000000000000000009").await;
        assert_eq!(none.status, StatusCode::NOT_FOUND);
    }
}
