//! Deliveries of webhooks: signed, read, and what is none.

use super::*;

const URL: &str = "https://app.example.org/hook?m=1";
const BODY: &str = "domain=bbb.example.org&event=%5B%7B%22data%22%3A%7B%22type%22%3A%22event%22%2C%22id%22%3A%22user-left%22%2C%22attributes%22%3A%7B%22meeting%22%3A%7B%22internal-meeting-id%22%3A%22i-1%22%2C%22external-meeting-id%22%3A%22room+42%22%7D%7D%2C%22event%22%3A%7B%22ts%22%3A1700000000000%7D%7D%7D%5D&timestamp=1700000000123";

fn secret() -> SecretString {
    SecretString::from("s3cr3t-for-test-vectors-0001")
}

fn take(checksum: Option<&str>, authorization: Option<&str>, body: &str) -> Result<Delivery, HookRefusal> {
    let incoming = Incoming {
        registered_url: URL,
        checksum,
        authorization,
        body: body.as_bytes(),
    };
    verify(incoming, &secret())
}

#[test]
fn the_vectors_of_the_contract_in_both_modes() {
    for checksum in [
        "e7b78f8b7e2ce8b4e0d48272e7c1e087a9df2f0f",
        "E7B78F8B7E2CE8B4E0D48272E7C1E087A9DF2F0F",
        "040763ed97623a0025c2f82583a52651dd8dac792843694bd37d91c85518c1be",
    ] {
        let delivery = take(Some(checksum), None, BODY).expect("signed");
        assert_eq!(delivery.timestamp, 1_700_000_000_123);
        assert_eq!(delivery.domain, "bbb.example.org");
        let event = &delivery.events[0];
        assert_eq!(event.external_meeting_id, "room 42");
        assert_eq!(event.internal_meeting_id, "i-1");
        assert_eq!(event.ts, 1_700_000_000_000);
        assert_eq!(
            event.kind,
            HookKind::UserLeft {
                internal: String::new(),
                external: String::new(),
            }
        );
        assert!(!delivery.is_stale(1_700_000_300_000));
        assert!(delivery.is_stale(1_700_010_000_000));
        for wild in [i64::MIN, i64::MIN + 1, i64::MAX] {
            let delivery = Delivery {
                timestamp: wild,
                ..delivery.clone()
            };
            assert!(delivery.is_stale(1_700_000_300_000) && delivery.is_stale(-2), "{wild}");
        }
    }
    assert!(take(None, Some("Bearer s3cr3t-for-test-vectors-0001"), BODY).is_ok());
}

#[test]
fn anything_else_is_refused() {
    assert_eq!(take(None, None, BODY), Err(HookRefusal::NotSigned));
    assert_eq!(
        take(None, Some("Bearer s3cr3t-for-test-vectors-0002"), BODY),
        Err(HookRefusal::NotSigned)
    );
    assert_eq!(take(None, Some("Bearer "), BODY), Err(HookRefusal::NotSigned));
    assert_eq!(take(Some("e7b7"), None, BODY), Err(HookRefusal::NotSigned));
    let touched = BODY.replace("user-left", "user-lift");
    assert_eq!(
        take(Some("e7b78f8b7e2ce8b4e0d48272e7c1e087a9df2f0f"), None, &touched),
        Err(HookRefusal::NotSigned)
    );
    let bearer = Some("Bearer s3cr3t-for-test-vectors-0001");
    assert_eq!(
        take(None, bearer, "event=nonsense&timestamp=1"),
        Err(HookRefusal::Unreadable)
    );
    assert_eq!(take(None, bearer, "timestamp=1"), Err(HookRefusal::Unreadable));
    assert_eq!(take(None, bearer, "event=%5B%5D"), Err(HookRefusal::Unreadable));
}

#[test]
fn the_form_of_version_two_is_accepted() {
    let event = r#"[{"data":{"type":"event","id":"meeting-ended","attributes":{"meeting":{}},"event":{"ts":1}}}]"#;
    let json = format!(
        r#"{{"event":{},"timestamp":1700000000123,"domain":"bbb"}}"#,
        Value::from(event)
    );
    let checksum = Digest::Sha1.hex(&[URL.as_bytes(), json.as_bytes(), b"s3cr3t-for-test-vectors-0001"]);
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("event", event)
        .append_pair("timestamp", "1700000000123")
        .append_pair("domain", "bbb")
        .finish();
    let delivery = take(Some(&checksum), None, &body).expect("signed");
    assert_eq!(delivery.events[0].kind, HookKind::MeetingEnded);
}

#[test]
fn a_chat_line_and_its_echo() {
    let event = r#"[{"data":{"type":"event","id":"chat-group-message-sent","attributes":{"meeting":{"internal-meeting-id":"i","external-meeting-id":"room-42"},"chat-message":{"id":"m-1","message":"oui","sender":{"internal-user-id":"w_ab12cd34ef56","external-user-id":"u-7","name":"Awa D.","time":17}},"chat-id":"MAIN-PUBLIC-GROUP-CHAT"},"event":{"ts":18}}},{"data":{"id":"user-joined","attributes":{"meeting":{},"user":{"internal-user-id":"w_1","name":"Sam","role":"VIEWER","ip-address":"10.0.0.1","session-token":"t"}}}},{"broken":1}]"#;
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("event", event)
        .append_pair("timestamp", "1")
        .finish();
    let delivery = take(None, Some("bearer s3cr3t-for-test-vectors-0001"), &body).expect("signed");
    assert_eq!(delivery.events.len(), 2);
    match &delivery.events[0].kind {
        HookKind::ChatMessage {
            id,
            internal_user,
            name,
            text,
            time,
            ..
        } => {
            assert_eq!((id.as_str(), text.as_str(), *time), ("m-1", "oui", 17));
            assert!(!is_api_echo(internal_user, name));
        }
        other => panic!("{other:?}"),
    }
    assert!(is_api_echo("Ada (direct)", "Ada (direct)"));
    assert!(is_api_echo("w_x", "w_x"));
    assert!(is_api_echo("", "x"));
    assert_eq!(format!("{:?}", delivery.events[0].kind), "ChatMessage");
}

#[test]
fn how_people_take_part() {
    let of = |id: &str, more: &str| {
        let event = format!(
            r#"[{{"data":{{"id":"{id}","attributes":{{"meeting":{{}},"user":{{"internal-user-id":"w_1","external-user-id":"u-7"{more}}}}},"event":{{"ts":5}}}}}}]"#
        );
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("event", &event)
            .append_pair("timestamp", "1")
            .finish();
        let delivery = take(None, Some("Bearer s3cr3t-for-test-vectors-0001"), &body).expect("signed");
        delivery.events[0].kind.clone()
    };
    let user = HookUser {
        internal: "w_1".into(),
        external: "u-7".into(),
    };
    let voice = |voice| HookKind::Voice {
        user: user.clone(),
        voice,
    };
    let listening = r#","listening-only":true,"sharing-mic":false"#;
    assert_eq!(of("user-audio-voice-enabled", listening), voice(Voice::Listening));
    let listening = r#","listening-only":"true""#;
    assert_eq!(of("user-audio-voice-enabled", listening), voice(Voice::Listening));
    let talking = r#","listening-only":false,"sharing-mic":true,"muted":true"#;
    assert_eq!(of("user-audio-voice-enabled", talking), voice(Voice::Microphone));
    assert_eq!(of("user-audio-voice-disabled", ""), voice(Voice::None));
    for (id, on) in [("user-cam-broadcast-start", true), ("user-cam-broadcast-end", false)] {
        let camera = HookKind::Camera {
            user: user.clone(),
            stream: "s".into(),
            on,
        };
        assert_eq!(of(id, r#","stream":"s""#), camera);
        assert!(camera.is_of_people());
    }
    let presenter = HookKind::Presenter {
        user: user.clone(),
        is: true,
    };
    assert_eq!(of("user-presenter-assigned", ""), presenter);
    assert!(!HookKind::MeetingEnded.is_of_people());
}
