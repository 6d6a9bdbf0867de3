#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::bbb::xml;

const ROOM: &str = "room-42";
const ID: &str = "6fea8cf5c91f71a844862ead37a54d70198c664e-1700000000000";

fn page(inner: &str) -> Result<RecordedPage, BbbError> {
    let text = format!("<response><returncode>SUCCESS</returncode>{inner}</response>");
    RecordedPage::read(&xml::envelope(text.as_bytes()).unwrap())
}

#[test]
fn the_sample_of_the_contract_is_read() {
    let read = page(&format!(
        "<recordings><recording><recordID>{ID}</recordID><meetingID>{ROOM}</meetingID><name><![CDATA[Réunion]]></name>\
         <published>true</published><state>Published</state><startTime>1,700,000,000,000</startTime><endTime>1700003600000</endTime>\
         <participants>12</participants><metadata><meetingname>x</meetingname></metadata><playback>\
         <format><type>presentation</type><url> https://bbb.example.org/playback/presentation/2.3/{ID} </url><length>60</length>\
         <preview><images><image alt=\"a\">https://x/1.png</image></images></preview></format>\
         <format><type>video</type><url>https://bbb.example.org/recording/{ID}/video?token=abc</url></format>\
         </playback></recording></recordings><totalElements>1</totalElements>"
    ))
    .unwrap();
    assert_eq!((read.held, read.total), (1, Some(1)));
    let one = &read.items[0];
    assert_eq!(
        (one.state.as_str(), one.start_time, one.participants),
        ("published", 1_700_000_000_000, 12)
    );
    let kinds: Vec<&str> = one.formats.iter().map(|f| f.kind.as_str()).collect();
    assert_eq!(kinds, ["presentation", "video"]);
    assert_eq!((one.formats[0].minutes, one.formats[1].minutes), (Some(60), None));
    assert!(!format!("{one:?}").contains("token"), "tokens stay out of logs");
}

/// Census M11: no video format, an unknown id: the reference falls over its own lists.
#[test]
fn what_is_missing_is_missing_and_no_crash() {
    assert_eq!(
        page("<messageKey>noRecordings</messageKey>").unwrap(),
        RecordedPage::default()
    );
    let none = page("<recordings></recordings><messageKey>noRecordings</messageKey>").unwrap();
    assert!(none.items.is_empty());
    // An answer that has no list is none: not "no recordings".
    assert!(page("").is_err());
    assert!(page("<messageKey>somethingElse</messageKey>").is_err());
    let bare = page(&format!(
        "<recordings><recording><recordID>{ID}</recordID><startTime>1700000000000</startTime></recording>\
         <recording><name>no id</name></recording><recording><recordID>x</recordID></recording></recordings>\
         <pagination><pageable><offset>0</offset></pageable><totalElements>3</totalElements></pagination>"
    ))
    .unwrap();
    assert_eq!((bare.held, bare.items.len(), bare.total), (3, 1, Some(3)));
    assert!(bare.items[0].formats.is_empty());
    assert_eq!(bare.items[0].end_time, bare.items[0].start_time);
}

#[test]
fn a_link_that_a_browser_should_not_follow_is_none() {
    for bad in [
        "javascript:alert(1)",
        "data:text/html,x",
        "/playback/1",
        "https://u:p@bbb/x",
        "",
        "ftp://bbb/x",
    ] {
        let read = page(&format!(
            "<recordings><recording><recordID>{ID}</recordID><startTime>1</startTime><playback>\
             <format><type>video</type><url>{bad}</url></format><format><type>a b</type><url>https://bbb/x</url></format>\
             </playback></recording></recordings>"
        ));
        assert!(read.unwrap().items[0].formats.is_empty(), "{bad}");
    }
}

/// Census M10: what another's meeting has does not come into this one.
#[test]
fn a_recording_is_of_the_room_that_it_says() {
    let ours = format!("{}-1700000000000", Digest::Sha1.hex(&[ROOM.as_bytes()]));
    assert!(is_of("x-1", ROOM, ROOM, &[]));
    // A load balancer changed the meeting's id.
    assert!(is_of(&ours, "tenant-room-42", ROOM, &[]));
    assert!(is_of("x-1", "tenant-room-42", ROOM, &["x-1".to_owned()]));
    assert!(!is_of("x-1", "room-421", ROOM, &["x-2".to_owned()]));
    assert!(!is_of(&ours.replace('-', "0"), "other", ROOM, &[]));
}

fn secret() -> SecretString {
    SecretString::from("s3cr3t-for-test-vectors-0001")
}

fn form(token: &str) -> Vec<u8> {
    format!("signed_parameters={token}").into_bytes()
}

fn token(alg: &str, payload: &str, key: &str) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", part(&format!("{{\"alg\":\"{alg}\"}}")), part(payload));
    let signature = if alg == "HS512" {
        let mac = Hmac::<Sha512>::new_from_slice(key.as_bytes()).unwrap();
        mac.chain_update(&signed).finalize().into_bytes().to_vec()
    } else {
        let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
        mac.chain_update(&signed).finalize().into_bytes().to_vec()
    };
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

const PAYLOAD: &str = r#"{"meeting_id":"room-42","record_id":"abc-1700000000000"}"#;

#[test]
fn the_vector_of_recording_ready_is_taken() {
    let vector = "eyJhbGciOiJIUzI1NiJ9.eyJtZWV0aW5nX2lkIjoicm9vbS00MiIsInJlY29yZF9pZCI6ImFiYy0xNzAwMDAwMDAwMDAwIn0.\
                  cDxLwraIHJ7QZoXk0ofIWAGz7VL0H57s4GW-L5bp58o";
    let ready = Ready {
        meeting_id: "room-42".into(),
        record_id: "abc-1700000000000".into(),
    };
    assert_eq!(read_ready(&form(vector), &secret()), Ok(ready.clone()));
    // A load balancer signs anew.
    let again = token("HS512", PAYLOAD, "s3cr3t-for-test-vectors-0001");
    assert_eq!(read_ready(&form(&again), &secret()), Ok(ready));
}

#[test]
fn a_recording_ready_that_bbb_did_not_sign_is_refused() {
    let good = token("HS256", PAYLOAD, "s3cr3t-for-test-vectors-0001");
    let unsigned = |alg: &str| {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.", part(&format!("{{\"alg\":\"{alg}\"}}")), part(PAYLOAD))
    };
    let signed_as = |alg: &str| {
        // Rightly signed by HS256, and said to be something else.
        token(alg, PAYLOAD, "s3cr3t-for-test-vectors-0001")
    };
    let other_payload = {
        let parts: Vec<&str> = good.split('.').collect();
        let payload = URL_SAFE_NO_PAD.encode(PAYLOAD.replace("room-42", "room-43"));
        format!("{}.{payload}.{}", parts[0], parts[2])
    };
    for bad in [
        token("HS256", PAYLOAD, "another secret"),
        unsigned("none"),
        unsigned("None"),
        unsigned("HS256"),
        signed_as("none"),
        signed_as("RS256"),
        signed_as("HS384"),
        signed_as("hs256"),
        other_payload,
    ] {
        assert_eq!(
            read_ready(&form(&bad), &secret()),
            Err(ReadyRefusal::NotSigned),
            "{bad}"
        );
    }
    let two_parts = good.rsplit_once('.').unwrap().0;
    for bad in ["", "x", "a.b", "a.b.c", two_parts, &good.replace('.', " ")] {
        assert_eq!(
            read_ready(&form(bad), &secret()),
            Err(ReadyRefusal::Unreadable),
            "{bad}"
        );
    }
    assert_eq!(read_ready(b"", &secret()), Err(ReadyRefusal::Unreadable));
    assert_eq!(read_ready(&[0xff; 50], &secret()), Err(ReadyRefusal::Unreadable));
    let long = form(&"a".repeat(READY_CAP));
    assert_eq!(read_ready(&long, &secret()), Err(ReadyRefusal::Unreadable));
    let no_ids = token("HS256", "{}", "s3cr3t-for-test-vectors-0001");
    assert_eq!(read_ready(&form(&no_ids), &secret()), Err(ReadyRefusal::Unreadable));
}
