//! Deliveries of bbb-webhooks: signed in each of the ways that there are, and read.

use amphi::bbb::Digest;
use amphi::bbb::hooks::{BODY_CAP, Delivery, HookEvent, HookKind, HookRefusal, HookUser, Incoming, verify};
use amphi_events::session::Voice;
use secrecy::SecretString;
use serde_json::{Value, json};
use url::form_urlencoded;

const URL: &str = "https://amphi.univ.example/callbacks/bbb/hook/abcdefgh23456789";
const SECRET: &str = "s3cr3t-for-test-vectors-0001";

/// How a delivery is signed.
enum Way {
    Third(Digest),
    Second,
    Bearer,
}

/// See the module. The first byte says how the rest is signed.
pub fn check(data: &[u8]) {
    let (first, body) = super::choice(data);
    if body.len() > BODY_CAP {
        return assert_eq!(take(None, None, body), Err(HookRefusal::TooLarge));
    }
    let ways = [
        Way::Third(Digest::Sha1),
        Way::Third(Digest::Sha256),
        Way::Third(Digest::Sha384),
        Way::Third(Digest::Sha512),
        Way::Second,
        Way::Bearer,
    ];
    let way = &ways[first % ways.len()];
    assert_eq!(take(None, None, body), Err(HookRefusal::NotSigned), "unsigned");
    let (checksum, authorization) = match way {
        Way::Third(digest) => (Some(digest.hex(&[URL.as_bytes(), body, SECRET.as_bytes()])), None),
        Way::Second => (second(body), None),
        Way::Bearer => (None, Some(format!("Bearer {SECRET}"))),
    };
    let taken = take(checksum.as_deref(), authorization.as_deref(), body);
    if checksum.is_some() || authorization.is_some() {
        assert_ne!(taken, Err(HookRefusal::NotSigned), "signed");
    }
    if let Some(checksum) = &checksum {
        let mut forged = checksum.clone().into_bytes();
        let at = first % forged.len();
        forged[at] = if forged[at] == b'0' { b'1' } else { b'0' };
        let forged = String::from_utf8(forged).expect("digits");
        assert_eq!(take(Some(&forged), None, body), Err(HookRefusal::NotSigned), "forged");
        assert_eq!(
            take(Some(&checksum[1..]), None, body),
            Err(HookRefusal::NotSigned),
            "cut"
        );
        // Another body under the same signature.
        let touched = [body, b"&"].concat();
        if !matches!(way, Way::Second) {
            assert_eq!(
                take(Some(checksum), None, &touched),
                Err(HookRefusal::NotSigned),
                "touched"
            );
        }
    }
    let Ok(delivery) = taken else { return };
    assert!(held(&delivery) <= body.len());
    for now in [0, 1_700_000_000_000, i64::MAX, i64::MIN] {
        let fresh = i128::from(now).abs_diff(i128::from(delivery.timestamp)) <= 15 * 60 * 1000;
        assert_eq!(delivery.is_stale(now), !fresh);
    }
    for event in &delivery.events {
        if matches!(event.kind, HookKind::ChatMessage { .. } | HookKind::UserJoined { .. }) {
            assert!(
                format!("{:?}", event.kind).len() <= 12,
                "names and texts are never printed"
            );
        }
    }
    let again = printed(&delivery);
    assert_eq!(
        take(None, Some(&format!("bearer {SECRET}")), again.as_bytes()),
        Ok(delivery)
    );
}

fn take(checksum: Option<&str>, authorization: Option<&str>, body: &[u8]) -> Result<Delivery, HookRefusal> {
    let incoming = Incoming {
        registered_url: URL,
        checksum,
        authorization,
        body,
    };
    verify(incoming, &SecretString::from(SECRET))
}

/// As bbb-webhooks 2 signed: over the JSON text of the form, whose time is a number.
fn second(body: &[u8]) -> Option<String> {
    let last = |name: &str| {
        form_urlencoded::parse(body)
            .filter(|(n, _)| n == name)
            .last()
            .map(|(_, value)| value.into_owned())
    };
    let (event, timestamp, domain) = (last("event")?, last("timestamp")?, last("domain")?);
    if timestamp.is_empty() || !timestamp.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let form = format!(
        r#"{{"event":{},"timestamp":{timestamp},"domain":{}}}"#,
        Value::from(event),
        Value::from(domain)
    );
    Some(Digest::Sha1.hex(&[URL.as_bytes(), form.as_bytes(), SECRET.as_bytes()]))
}

/// Bytes of text that are kept of a delivery.
fn held(delivery: &Delivery) -> usize {
    let of = |event: &HookEvent| {
        let kind = match &event.kind {
            HookKind::UserJoined {
                internal,
                external,
                name,
                role,
            } => internal.len() + external.len() + name.len() + role.len(),
            HookKind::UserLeft { internal, external } => internal.len() + external.len(),
            HookKind::Presenter { user, .. } | HookKind::Voice { user, .. } => {
                user.internal.len() + user.external.len()
            }
            HookKind::Camera { user, stream, .. } => user.internal.len() + user.external.len() + stream.len(),
            HookKind::ChatMessage {
                id,
                internal_user,
                external_user,
                name,
                text,
                ..
            } => id.len() + internal_user.len() + external_user.len() + name.len() + text.len(),
            HookKind::Other(id) => id.len(),
            HookKind::MeetingCreated { .. } | HookKind::MeetingEnded => 0,
        };
        kind + event.external_meeting_id.len() + event.internal_meeting_id.len()
    };
    delivery.domain.len() + delivery.events.iter().map(of).sum::<usize>()
}

/// The same delivery, as bbb-webhooks would write it.
fn printed(delivery: &Delivery) -> String {
    let events: Vec<Value> = delivery.events.iter().map(event).collect();
    form_urlencoded::Serializer::new(String::new())
        .append_pair("domain", &delivery.domain)
        .append_pair("event", &Value::from(events).to_string())
        .append_pair("timestamp", &delivery.timestamp.to_string())
        .finish()
}

fn event(event: &HookEvent) -> Value {
    let user = |user: &HookUser| json!({ "internal-user-id": user.internal, "external-user-id": user.external });
    let mut meeting = json!({
        "internal-meeting-id": event.internal_meeting_id,
        "external-meeting-id": event.external_meeting_id,
    });
    let (id, more) = match &event.kind {
        HookKind::MeetingCreated { create_time } => {
            if let Some(at) = create_time {
                meeting["create-time"] = json!(at);
            }
            ("meeting-created", Value::Null)
        }
        HookKind::MeetingEnded => ("meeting-ended", Value::Null),
        HookKind::UserJoined {
            internal,
            external,
            name,
            role,
        } => (
            "user-joined",
            json!({ "user": { "internal-user-id": internal, "external-user-id": external, "name": name, "role": role } }),
        ),
        HookKind::UserLeft { internal, external } => (
            "user-left",
            json!({ "user": { "internal-user-id": internal, "external-user-id": external } }),
        ),
        HookKind::Presenter { user: one, is } => (
            if *is {
                "user-presenter-assigned"
            } else {
                "user-presenter-unassigned"
            },
            json!({ "user": user(one) }),
        ),
        HookKind::Voice { user: one, voice } => {
            let mut said = user(one);
            said["listening-only"] = json!(*voice == Voice::Listening);
            let id = if *voice == Voice::None {
                "user-audio-voice-disabled"
            } else {
                "user-audio-voice-enabled"
            };
            (id, json!({ "user": said }))
        }
        HookKind::Camera { user: one, stream, on } => {
            let mut said = user(one);
            said["stream"] = json!(stream);
            (
                if *on {
                    "user-cam-broadcast-start"
                } else {
                    "user-cam-broadcast-end"
                },
                json!({ "user": said }),
            )
        }
        HookKind::ChatMessage {
            id,
            internal_user,
            external_user,
            name,
            text,
            time,
        } => (
            "chat-group-message-sent",
            json!({ "chat-message": { "id": id, "message": text, "sender": {
                "internal-user-id": internal_user, "external-user-id": external_user, "name": name, "time": time,
            } } }),
        ),
        HookKind::Other(id) => (id.as_str(), Value::Null),
    };
    let mut attributes = json!({ "meeting": meeting });
    if let (Value::Object(all), Value::Object(more)) = (&mut attributes, more) {
        all.extend(more);
    }
    json!({ "data": { "type": "event", "id": id, "attributes": attributes, "event": { "ts": event.ts } } })
}
