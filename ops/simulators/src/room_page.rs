//! The room as a browser sees it: a plain page with people and public chat, for presenters and for
//! the robots of the gateways. The real HTML5 client is not imitated.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use maud::{DOCTYPE, Markup, html};
use serde::Deserialize;
use serde_json::json;

use crate::Sim;
use crate::bbb::meeting::{Guest, Meeting, User};
use crate::bbb::{cookie_of, state};
use crate::control::accept_waiting;
use crate::room_page_assets::{SCRIPT, STYLE, Words, words};

/// Routes, with their full paths: a nested router would not answer `/html5client/`.
pub fn router() -> Router<Arc<Sim>> {
    Router::new()
        .route("/html5client", get(room))
        .route("/html5client/", get(room))
        .route("/html5client/state", get(now))
        .route("/html5client/chat", post(say))
        .route("/html5client/accept", post(accept))
        .route("/html5client/enter", post(enter))
        .route("/html5client/leave", post(leave))
        .route("/html5client/end", post(end))
        .route("/html5client/bye", get(bye))
        .route(
            "/html5client/room.css",
            get(async || ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)),
        )
        .route(
            "/html5client/room.js",
            get(async || ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT)),
        )
}

#[derive(Deserialize)]
struct Session {
    #[serde(default, rename = "sessionToken")]
    token: String,
}

fn session(sim: &Sim, token: &str) -> Option<(Meeting, User)> {
    let inner = sim.bbb.lock();
    let (meeting, user) = inner.session(token)?;
    Some((meeting.clone(), user.clone()))
}

fn page(words: &Words, title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(words.lang) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title) }
                link rel="stylesheet" href="/html5client/room.css";
            }
            body { (body) }
        }
    }
}

fn notice(words: &Words, status: StatusCode, title: &str, text: &str) -> Response {
    let body = html! { main.card { h1 { (title) } p { (text) } } };
    (status, page(words, title, &body)).into_response()
}

async fn room(State(sim): State<Arc<Sim>>, Query(query): Query<Session>, headers: HeaderMap) -> Response {
    let words = words(&headers);
    let Some((meeting, user)) = session(&sim, &query.token) else {
        return notice(words, StatusCode::UNAUTHORIZED, words.gone, words.gone_why);
    };
    if user.needs_cookie {
        // A server that joined with redirect=false kept the cookie to itself (§2.2).
        let wanted = format!("JSESSIONID={}", cookie_of(&query.token));
        let sent = headers
            .get(header::COOKIE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        if !sent.split(';').any(|one| one.trim() == wanted) {
            return notice(words, StatusCode::UNAUTHORIZED, words.gone, words.no_cookie);
        }
    }
    let waiting = user.status == Guest::Wait;
    if !waiting {
        state::enter(&sim, &query.token);
    }
    let body = html! {
        header {
            div { span.dot {} div { h1 #name { (meeting.name) } small { (words.simulated) } } }
            div.actions {
                button #leave type="button" { (words.leave) }
                @if user.moderator {
                    button.danger #end type="button" data-sure=(words.sure) { (words.end) }
                }
            }
        }
        main.room data-token=(query.token) data-lang=(words.lang) data-lost=(words.lost)
            data-accept=(words.accept) data-waits=(words.waits) data-moderator=(words.moderator)
            data-presenter=(words.presenter) data-robot=(words.robot) data-you=(words.you) {
            section.people {
                h2 { (words.people) " " span #count {} }
                ul #people {}
            }
            section.chat {
                h2 { (words.chat) }
                p.hint #wait hidden[!waiting] { (words.wait) }
                ol #lines role="log" aria-label=(words.chat) data-nothing=(words.nothing) tabindex="0" {}
                form #say {
                    label.hidden for="text" { (words.message) }
                    input #text name="text" maxlength="5000" autocomplete="off"
                        placeholder=(words.message) disabled[waiting];
                    button type="submit" disabled[waiting] { (words.send) }
                }
                p.hint #problem role="status" {}
            }
        }
        script src="/html5client/room.js" defer {}
    };
    ([(header::CACHE_CONTROL, "no-store")], page(words, &meeting.name, &body)).into_response()
}

fn over() -> Response {
    (StatusCode::GONE, Json(json!({ "state": "over" }))).into_response()
}

async fn now(State(sim): State<Arc<Sim>>, Query(query): Query<Session>) -> Response {
    let Some((meeting, user)) = session(&sim, &query.token) else {
        return over();
    };
    if user.status == Guest::Wait {
        return Json(json!({ "state": "waiting", "name": meeting.name })).into_response();
    }
    if !user.entered {
        // Let in from the waiting room meanwhile.
        state::enter(&sim, &query.token);
    } else if !user.is_online() {
        return over();
    }
    let waiting: Vec<_> = meeting
        .users
        .iter()
        .filter(|one| user.moderator && one.status == Guest::Wait)
        .map(|one| json!({ "id": one.internal, "name": one.name }))
        .collect();
    let people: Vec<_> = meeting
        .online()
        .map(|one| {
            json!({
                "id": one.internal, "name": one.name, "role": one.role(),
                "presenter": one.presenter, "bot": one.bot, "you": one.internal == user.internal,
            })
        })
        .collect();
    let disabled = meeting.is_disabled("chat");
    let lines: Vec<_> = meeting
        .chat
        .iter()
        .map(|line| {
            json!({
                "id": line.id, "from": line.from, "text": line.text, "at": line.at,
                "by_api": line.by_api, "you": line.sender == user.internal,
            })
        })
        .collect();
    let answer = json!({
        "state": "in", "name": meeting.name, "people": people, "waiting": waiting,
        "lines": lines, "chat": !disabled,
    });
    ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

#[derive(Deserialize)]
struct Said {
    text: String,
}

async fn say(State(sim): State<Arc<Sim>>, Query(query): Query<Session>, Form(said): Form<Said>) -> Response {
    let Some((meeting, user)) = session(&sim, &query.token) else {
        return over();
    };
    let text = said.text.trim();
    let length = text.encode_utf16().count();
    let locked = !user.moderator && meeting.flag("lockSettingsDisablePublicChat");
    if !user.is_online() || meeting.is_disabled("chat") || locked || !(1..=5000).contains(&length) {
        return StatusCode::FORBIDDEN.into_response();
    }
    state::say(&sim, &meeting.id, Some(&user), &user.name, text);
    StatusCode::NO_CONTENT.into_response()
}

#[derive(Deserialize)]
struct Accepted {
    user: String,
}

async fn accept(State(sim): State<Arc<Sim>>, Query(query): Query<Session>, Form(accepted): Form<Accepted>) -> Response {
    match session(&sim, &query.token) {
        Some((meeting, user)) if user.moderator => {
            accept_waiting(&sim, &meeting.id, &accepted.user);
            StatusCode::NO_CONTENT.into_response()
        }
        Some(_) => StatusCode::FORBIDDEN.into_response(),
        None => over(),
    }
}

/// Where those who leave go: their own logout address, that of the meeting, or a word of goodbye.
fn way_out(meeting: &Meeting, user: &User) -> String {
    let own = user.logout_url.as_deref().unwrap_or_default();
    [own, meeting.text("logoutURL")]
        .into_iter()
        .find(|url| url.starts_with("http://") || url.starts_with("https://"))
        .map_or_else(
            || "/html5client/bye".to_owned(),
            |url| {
                url.replace("%%MEETINGID%%", &meeting.id)
                    .replace("%%USERID%%", &user.external)
                    .replace("%%USERNAME%%", &user.name)
            },
        )
}

/// A page that was loaded anew enters again: the goodbye of its predecessor may have come after the
/// request for the page.
async fn enter(State(sim): State<Arc<Sim>>, Query(query): Query<Session>) -> Response {
    state::enter(&sim, &query.token);
    StatusCode::NO_CONTENT.into_response()
}

async fn leave(State(sim): State<Arc<Sim>>, Query(query): Query<Session>) -> Response {
    let Some((meeting, user)) = session(&sim, &query.token) else {
        return Redirect::to("/html5client/bye").into_response();
    };
    state::leave(&sim, &meeting.id, &query.token);
    Json(json!({ "to": way_out(&meeting, &user) })).into_response()
}

async fn end(State(sim): State<Arc<Sim>>, Query(query): Query<Session>) -> Response {
    match session(&sim, &query.token) {
        Some((meeting, user)) if user.moderator => {
            state::end(&sim, &meeting.internal);
            Json(json!({ "to": way_out(&meeting, &user) })).into_response()
        }
        Some(_) => StatusCode::FORBIDDEN.into_response(),
        None => over(),
    }
}

async fn bye(Query(query): Query<HashMap<String, String>>, headers: HeaderMap) -> Response {
    let words = words(&headers);
    let why = query.get("errors").and_then(|errors| {
        let errors: serde_json::Value = serde_json::from_str(errors).ok()?;
        Some(errors.get(0)?.get("message")?.as_str()?.to_owned())
    });
    match why {
        Some(why) => notice(words, StatusCode::OK, words.gone, &why),
        None => notice(words, StatusCode::OK, words.bye, words.bye_why),
    }
}
