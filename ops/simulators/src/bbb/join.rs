//! `join` (§2.2): the one call that browsers make.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use url::Url;

use super::meeting::{Guest, Meeting};
use super::request::{Request, has_control, units};
use super::state::new_user;
use super::xml::{self, Xml};
use crate::Sim;
use crate::faults::Outcome;

/// `join`, once the checksum is right.
pub fn join(sim: &Arc<Sim>, request: &Request) -> Outcome {
    if let Some(key) = request.broken_rule() {
        return to_error_page(sim, request, key);
    }
    let mut inner = sim.bbb.lock();
    let Some(meeting) = request.get("meetingID").and_then(|id| inner.meeting_mut(id)) else {
        return to_error_page(sim, request, "invalidMeetingIdentifier");
    };
    let name = match request.get("fullName") {
        None => return to_error_page(sim, request, "missingParamFullName"),
        Some(name) if units(name) > 256 || has_control(name) => {
            return to_error_page(sim, request, "validationError");
        }
        Some(name) => name,
    };
    if request
        .get("createTime")
        .is_some_and(|given| given.parse() != Ok(meeting.create_time))
    {
        return to_error_page(sim, request, "mismatchCreateTimeParam");
    }
    let moderator = match role(meeting, request) {
        Ok(moderator) => moderator,
        Err(key) => return to_error_page(sim, request, key),
    };
    let mut user = new_user(name, moderator);
    if let Some(external) = request.get("userID") {
        external.clone_into(&mut user.external);
    }
    user.bot = request.flag("bot");
    user.guest = request.flag("guest");
    user.logout_url = request.get("logoutURL").map(str::to_owned);
    user.userdata = userdata(request);
    if !user.bot && is_full(meeting, &user.external) {
        return late_error(sim, request, "maxParticipantsReached");
    }
    user.status = guest_policy(meeting, request, moderator);
    if user.status == Guest::Deny {
        return late_error(sim, request, "guestDeniedAccess");
    }
    let redirect = !request
        .get("redirect")
        .is_some_and(|text| text.eq_ignore_ascii_case("false"));
    user.needs_cookie = !redirect && !meeting.flag("allowRequestsWithoutSession");
    let mut url = format!("{}/html5client/?sessionToken={}", sim.bbb_base(), user.session_token);
    if request.get("enforceLayout").is_some() {
        url.push_str("&waitLayout=1");
    }
    let cookie = format!("JSESSIONID={}; Path=/; HttpOnly", cookie_of(&user.session_token));
    let mut response = if redirect {
        found(&url)
    } else {
        let key = "successfullyJoined";
        let mut xml = Xml::response("SUCCESS");
        xml.tag("messageKey", key)
            .tag("message", xml::text_of(key, false))
            .tag("meeting_id", &meeting.internal)
            .tag("user_id", &user.internal)
            .tag("auth_token", super::state::token(12))
            .tag("session_token", &user.session_token)
            .tag("guestStatus", user.status.name())
            .tag("url", &url);
        xml.finish()
    };
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    meeting.users.push(user);
    Outcome::applied(response)
}

/// The cookie that belongs to a session: it is no secret of its own here.
pub fn cookie_of(session_token: &str) -> String {
    super::checksum::Algorithm::Sha1.hex(session_token.as_bytes())
}

/// True for a moderator: a valid `role` wins over `password`.
fn role(meeting: &Meeting, request: &Request) -> Result<bool, &'static str> {
    match request.get("role").map(str::to_ascii_uppercase).as_deref() {
        Some("MODERATOR") => return Ok(true),
        Some("VIEWER") => return Ok(false),
        _ => {}
    }
    match request.get("password") {
        None => Err("Params required"),
        Some(password) if password == meeting.moderator_pw => Ok(true),
        Some(password) if password == meeting.attendee_pw => Ok(false),
        Some(_) => Err("invalidPassword"),
    }
}

/// Distinct external ids of those in the room, bots apart, against `maxParticipants`.
fn is_full(meeting: &Meeting, external: &str) -> bool {
    let limit = meeting.number("maxParticipants", 0) as usize;
    let mut there: Vec<&str> = meeting
        .users
        .iter()
        .filter(|user| !user.bot && user.left.is_none())
        .map(|user| user.external.as_str())
        .collect();
    there.sort_unstable();
    there.dedup();
    limit > 0 && there.len() >= limit && !there.contains(&external)
}

fn guest_policy(meeting: &Meeting, request: &Request, moderator: bool) -> Guest {
    let stranger = request.flag("guest") && !request.flag("auth");
    match meeting.text("guestPolicy") {
        _ if moderator => Guest::Allow,
        "ALWAYS_DENY" => Guest::Deny,
        "ASK_MODERATOR" => Guest::Wait,
        "ALWAYS_ACCEPT_AUTH" if stranger => Guest::Wait,
        _ => Guest::Allow,
    }
}

fn userdata(request: &Request) -> BTreeMap<String, String> {
    request
        .params
        .iter()
        .filter_map(|(name, value)| {
            let key = name.strip_prefix("userdata-")?;
            (!key.is_empty()).then(|| (key.to_owned(), value.clone()))
        })
        .collect()
}

/// Behind a load balancer the browser is sent on to the server that has the meeting (§6.1).
pub fn to_backend(sim: &Sim, request: &Request) -> Outcome {
    let known = request
        .get("meetingID")
        .is_some_and(|id| sim.bbb.lock().meeting(id).is_some());
    if !known {
        return request.fail("notFound");
    }
    Outcome::applied(found(&format!(
        "{}/bbb-1/bigbluebutton/api/join?{}",
        sim.bbb_base(),
        request.whole_query
    )))
}

/// Errors found by the validator: a redirect, even with `redirect=false`.
pub fn to_error_page(sim: &Sim, request: &Request, key: &str) -> Outcome {
    let target = request
        .get("errorRedirectUrl")
        .or_else(|| request.get("logoutURL"))
        .and_then(|url| Url::parse(url).ok())
        .or_else(|| Url::parse(&format!("{}/html5client/bye", sim.bbb_base())).ok());
    let Some(mut url) = target else {
        return request.fail(key);
    };
    let errors = json!([{ "key": key, "message": xml::text_of(key, request.scalelite) }]);
    url.query_pairs_mut().append_pair("errors", &errors.to_string());
    Outcome::refused(found(url.as_str()))
}

/// Errors found later honour `redirect=false`.
fn late_error(sim: &Sim, request: &Request, key: &str) -> Outcome {
    if request
        .get("redirect")
        .is_some_and(|text| text.eq_ignore_ascii_case("false"))
    {
        return request.fail(key);
    }
    to_error_page(sim, request, key)
}

fn found(url: &str) -> Response {
    match HeaderValue::from_str(url) {
        Ok(url) => (
            StatusCode::FOUND,
            [
                (header::LOCATION, url),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            ],
        )
            .into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}
