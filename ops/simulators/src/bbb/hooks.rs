//! bbb-webhooks (§5): registration and delivery.

use std::sync::Arc;
use std::time::Duration;

use axum::response::IntoResponse as _;
use serde_json::{Map, Value, json};

use super::checksum::Algorithm;
use super::request::Request;
use super::state::now_ms;
use super::xml::Xml;
use crate::Sim;
use crate::faults::{Kind, Outcome};
use crate::settings::HookAuth;

/// Waits before each retry, in simulated milliseconds; after the last one the hook is destroyed.
const RETRIES_MS: [u64; 12] = [
    100, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 30_000, 60_000, 60_000, 60_000, 60_000,
];

/// A registered hook.
#[derive(Clone, Debug)]
pub struct Hook {
    /// A UUID.
    pub id: String,
    /// Exactly as registered: it is part of what is signed.
    pub callback: String,
    /// External id, absent = all meetings.
    pub meeting: Option<String>,
    /// Names of events in lower case, empty = all.
    pub events: Vec<String>,
}

/// `hooks/create`
pub fn create(sim: &Arc<Sim>, request: &Request) -> Outcome {
    let Some(callback) = request.get("callbackURL") else {
        return request.fail("missingParamCallbackURL");
    };
    let mut inner = sim.bbb.lock();
    let known = inner.hooks.iter().find(|hook| hook.callback == callback);
    let (id, again) = if let Some(hook) = known {
        (hook.id.clone(), true)
    } else {
        let hook = Hook {
            id: uuid(),
            callback: callback.to_owned(),
            meeting: request.get("meetingID").map(str::to_owned),
            events: events_of(request.get("eventID")),
        };
        let id = hook.id.clone();
        inner.hooks.push(hook);
        (id, false)
    };
    let mut xml = Xml::response("SUCCESS");
    xml.tag("hookID", id)
        .tag("permanentHook", "false")
        .tag("rawData", "false");
    if again {
        xml.tag("messageKey", "duplicateWarning")
            .tag("message", "There is already a hook for this callback URL.");
    }
    Outcome::applied(xml.finish())
}

/// `hooks/list`
pub fn list(sim: &Arc<Sim>, request: &Request) -> Outcome {
    let mut xml = Xml::response("SUCCESS");
    xml.open("hooks");
    for hook in &sim.bbb.lock().hooks {
        let of_this = match (request.get("meetingID"), &hook.meeting) {
            (Some(asked), Some(meeting)) => asked == meeting,
            _ => true,
        };
        if !of_this {
            continue;
        }
        xml.open("hook")
            .tag("hookID", &hook.id)
            .cdata("callbackURL", &hook.callback);
        if let Some(meeting) = &hook.meeting {
            xml.cdata("meetingID", meeting);
        }
        if !hook.events.is_empty() {
            xml.tag("eventID", hook.events.join(","));
        }
        xml.tag("permanentHook", "false").tag("rawData", "false").close("hook");
    }
    xml.close("hooks");
    Outcome::applied(xml.finish())
}

/// `hooks/destroy`
pub fn destroy(sim: &Arc<Sim>, request: &Request) -> Outcome {
    let Some(id) = request.get("hookID") else {
        return request.fail("missingParamHookID");
    };
    if !remove(sim, id) {
        return request.fail("destroyMissingHook");
    }
    let mut xml = Xml::response("SUCCESS");
    xml.tag("removed", "true");
    Outcome::applied(xml.finish())
}

/// `hooks/ping`
pub fn ping() -> Outcome {
    Outcome::applied("bbb-webhooks API up!".into_response())
}

fn remove(sim: &Sim, id: &str) -> bool {
    let mut inner = sim.bbb.lock();
    let before = inner.hooks.len();
    inner.hooks.retain(|hook| hook.id != id);
    inner.hooks.len() < before
}

fn events_of(list: Option<&str>) -> Vec<String> {
    list.unwrap_or_default()
        .split(',')
        .map(|event| event.trim().to_ascii_lowercase())
        .filter(|event| !event.is_empty())
        .collect()
}

fn uuid() -> String {
    let bytes: [u8; 16] = rand::random();
    let hex = hex::encode(bytes);
    format!(
        "{}-{}-4{}-a{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..]
    )
}

/// Something happened in a meeting: each hook that wants it gets a delivery of its own, and nothing
/// keeps the deliveries in order (§5.2).
pub fn emit(sim: &Arc<Sim>, meeting: &str, meeting_ids: Value, event: &str, attributes: Value) {
    if sim.settings().scalelite {
        return;
    }
    let hooks: Vec<Hook> = sim
        .bbb
        .lock()
        .hooks
        .iter()
        .filter(|hook| hook.meeting.as_deref().is_none_or(|id| id == meeting))
        .filter(|hook| hook.events.is_empty() || hook.events.iter().any(|one| one == event))
        .cloned()
        .collect();
    if hooks.is_empty() {
        return;
    }
    let mut all = Value::Object(Map::from_iter([("meeting".to_owned(), meeting_ids)]));
    merge(&mut all, attributes);
    let payload = json!([{ "data": {
        "type": "event", "id": event, "attributes": all, "event": { "ts": now_ms() },
    } }])
    .to_string();
    for hook in hooks {
        start(sim, &hook, &payload);
    }
}

fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        for (name, value) in from {
            match into.get_mut(&name) {
                Some(there) if there.is_object() => merge(there, value),
                _ => {
                    into.insert(name, value);
                }
            }
        }
    }
}

fn start(sim: &Arc<Sim>, hook: &Hook, payload: &str) {
    let fault = sim.faults.take_if("hook", |kind| {
        matches!(kind, Kind::Drop | Kind::Double | Kind::Slow | Kind::Reorder)
    });
    let kind = fault.as_ref().map(|fault| fault.kind);
    if kind == Some(Kind::Drop) {
        return;
    }
    let late = match kind {
        Some(Kind::Slow | Kind::Reorder) => fault.and_then(|fault| fault.ms).unwrap_or(1000),
        _ => 0,
    };
    let timestamp = now_ms();
    let body = body(&domain(&sim.base), payload, timestamp);
    let copies = if kind == Some(Kind::Double) { 2 } else { 1 };
    for _ in 0..copies {
        let (task_sim, hook, body) = (Arc::clone(sim), hook.clone(), body.clone());
        let closing = sim.faults.closing().clone();
        tokio::spawn(async move {
            let all = async {
                tokio::time::sleep(Duration::from_millis(late)).await;
                deliver(&task_sim, &hook, &body).await;
            };
            closing.run_until_cancelled(all).await;
        });
    }
}

async fn deliver(sim: &Sim, hook: &Hook, body: &str) {
    if attempt(sim, hook, body).await {
        return;
    }
    for wait in RETRIES_MS {
        tokio::time::sleep(sim.settings().real(Duration::from_millis(wait))).await;
        if attempt(sim, hook, body).await {
            return;
        }
    }
    remove(sim, &hook.id);
}

/// True = delivered: any 2xx, **or 401** (§5.2).
async fn attempt(sim: &Sim, hook: &Hook, body: &str) -> bool {
    let settings = sim.settings();
    let request = match settings.hook_auth {
        HookAuth::Checksum => sim.bbb.hooks_http.post(signed_url(
            &hook.callback,
            body,
            &sim.bbb.secret,
            settings.hook_algorithm,
        )),
        HookAuth::Bearer => sim.bbb.hooks_http.post(&hook.callback).bearer_auth(&sim.bbb.secret),
    };
    let sent = request
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.to_owned())
        .send()
        .await;
    match sent {
        Ok(response) => response.status().is_success() || response.status().as_u16() == 401,
        Err(_) => false,
    }
}

/// The body of a delivery, in the order of v3.
pub fn body(domain: &str, payload: &str, timestamp: u64) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .append_pair("domain", domain)
        .append_pair("event", payload)
        .append_pair("timestamp", &timestamp.to_string())
        .finish()
}

/// The callback URL with the checksum of what is sent to it.
pub fn signed_url(callback: &str, body: &str, secret: &str, algorithm: Algorithm) -> String {
    let checksum = algorithm.hex(format!("{callback}{body}{secret}").as_bytes());
    let separator = if callback.contains('?') { '&' } else { '?' };
    format!("{callback}{separator}checksum={checksum}")
}

fn domain(base: &str) -> String {
    base.rsplit('/').next().unwrap_or(base).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vector_of_the_contract() {
        let payload = r#"[{"data":{"type":"event","id":"user-left","attributes":{"meeting":{"internal-meeting-id":"i-1","external-meeting-id":"room 42"}},"event":{"ts":1700000000000}}}]"#;
        let body = body("bbb.example.org", payload, 1_700_000_000_123);
        assert_eq!(
            body,
            "domain=bbb.example.org&event=%5B%7B%22data%22%3A%7B%22type%22%3A%22event%22%2C%22id%22%3A%22user-left%22%2C%22attributes%22%3A%7B%22meeting%22%3A%7B%22internal-meeting-id%22%3A%22i-1%22%2C%22external-meeting-id%22%3A%22room+42%22%7D%7D%2C%22event%22%3A%7B%22ts%22%3A1700000000000%7D%7D%7D%5D&timestamp=1700000000123"
        );
        let secret = "s3cr3t-for-test-vectors-0001";
        let callback = "https://app.example.org/hook?m=1";
        for (algorithm, checksum) in [
            (Algorithm::Sha1, "e7b78f8b7e2ce8b4e0d48272e7c1e087a9df2f0f"),
            (
                Algorithm::Sha256,
                "040763ed97623a0025c2f82583a52651dd8dac792843694bd37d91c85518c1be",
            ),
        ] {
            assert_eq!(
                signed_url(callback, &body, secret, algorithm),
                format!("{callback}&checksum={checksum}")
            );
        }
    }
}
