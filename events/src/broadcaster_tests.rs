//! Given, when, then: broadcaster.

use super::*;
use crate::story::{Story, id};

fn set(name: &str, hls_url: &str) -> BroadcasterCommand {
    BroadcasterCommand::Set {
        name: name.to_owned(),
        hls_url: hls_url.to_owned(),
    }
}

#[test]
fn a_whole_life() {
    let mut b = Story::<Broadcaster>::at(1);
    assert_eq!(b.refused(&BroadcasterCommand::Remove), Refusal::Unknown);
    let protect = BroadcasterCommand::Protect(Protection::SecureLink);
    assert_eq!(b.refused(&protect), Refusal::Unknown);
    assert_eq!(b.did(set(" one ", "https://a/x.m3u8")), ["BroadcasterAdded"]);
    assert!(b.did(set("one", "https://a/x.m3u8")).is_empty());
    assert_eq!(b.did(set("one", "http://b/x.m3u8")), ["BroadcasterChanged"]);
    assert!(b.did(BroadcasterCommand::Protect(Protection::None)).is_empty());
    let closed = || BroadcasterCommand::Protect(Protection::SecureLink);
    assert_eq!(b.did(closed()), ["BroadcasterProtectionSet"]);
    assert!(b.did(closed()).is_empty());
    assert_eq!(b.state.protection, Protection::SecureLink);
    let details = BroadcasterDetails {
        plannable: true,
        ..BroadcasterDetails::default()
    };
    let describe = |details: &BroadcasterDetails| BroadcasterCommand::Describe(Box::new(details.clone()));
    assert_eq!(b.did(describe(&details)), ["BroadcasterDescribed"]);
    assert!(b.did(describe(&details)).is_empty());
    let mut long = details.clone();
    long.description.0 = "x".repeat(4001);
    assert_eq!(b.refused(&describe(&long)), Refusal::TextTooLong);
    assert_eq!(b.did(reserve(5, 1, 10, 20)), ["BroadcasterReserved"]);
    assert!(b.did(reserve(6, 1, 10, 20)).is_empty());
    assert_eq!(b.did(reserve(6, 1, 10, 30)), ["BroadcasterReservationMoved"]);
    assert_eq!(b.refused(&BroadcasterCommand::Remove), Refusal::InUse);
    assert_eq!(b.did(release(5)), ["BroadcasterReservationReleased"]);
    assert!(b.did(release(5)).is_empty());
    assert_eq!(b.did(BroadcasterCommand::Remove), ["BroadcasterRemoved"]);
    assert!(b.did(release(5)).is_empty());
    assert!(b.did(BroadcasterCommand::Remove).is_empty());
    assert_eq!(b.refused(&set("one", "http://b/x.m3u8")), Refusal::Unknown);
    b.tells_all();
}

/// A form that was open while a picture was uploaded does not take it away.
#[test]
fn a_picture_stays_whatever_is_said_of_the_rest() {
    let mut b = Story::<Broadcaster>::at(1);
    let picture = |n: u128| {
        Some(HoldPicture {
            id: id(n),
            media: "image/png".into(),
            bytes: 7,
        })
    };
    assert_eq!(b.refused(&BroadcasterCommand::Picture(picture(7))), Refusal::Unknown);
    b.did(set("one", "https://a/x.m3u8"));
    assert!(b.did(BroadcasterCommand::Picture(None)).is_empty());
    assert_eq!(b.did(BroadcasterCommand::Picture(picture(7))), ["BroadcasterDescribed"]);
    assert!(b.did(BroadcasterCommand::Picture(picture(7))).is_empty());
    let form = BroadcasterDetails {
        restricted: true,
        ..BroadcasterDetails::default()
    };
    assert_eq!(
        b.did(BroadcasterCommand::Describe(Box::new(form))),
        ["BroadcasterDescribed"]
    );
    assert_eq!(b.state.details.picture, picture(7));
    assert_eq!(b.did(BroadcasterCommand::Picture(picture(8))), ["BroadcasterDescribed"]);
    assert!(b.state.details.restricted);
    assert_eq!(b.did(BroadcasterCommand::Picture(None)), ["BroadcasterDescribed"]);
    assert_eq!(b.state.details.picture, None);
    b.did(BroadcasterCommand::Remove);
    assert_eq!(b.refused(&BroadcasterCommand::Picture(picture(9))), Refusal::Unknown);
}

fn reserve(reservation: u128, live: u128, from: i64, to: i64) -> BroadcasterCommand {
    BroadcasterCommand::Reserve {
        reservation: id(reservation),
        live: id(live),
        from: Time(0).plus_s(from),
        to: Time(0).plus_s(to),
        margins: Margins::NONE,
    }
}

fn release(reservation: u128) -> BroadcasterCommand {
    BroadcasterCommand::Release {
        reservation: id(reservation),
    }
}

/// Census W15: whatever gateway makes the picture, a broadcaster shows one live at a time.
#[test]
fn one_live_at_a_time() {
    let mut b = Story::<Broadcaster>::at(1);
    assert_eq!(b.refused(&reserve(1, 1, 10, 20)), Refusal::Unknown);
    b.did(set("one", "https://a/x.m3u8"));
    b.did(reserve(1, 1, 10, 20));
    let until = Time(0).plus_s(20);
    assert_eq!(b.refused(&reserve(2, 2, 19, 30)), Refusal::Overlap { until });
    assert_eq!(b.refused(&reserve(2, 2, 30, 30)), Refusal::Interval);
    assert_eq!(b.did(reserve(2, 2, 20, 30)), ["BroadcasterReserved"], "half-open");
    let apart = BroadcasterCommand::Reserve {
        reservation: id(3),
        live: id(3),
        from: Time(0).plus_s(31),
        to: Time(0).plus_s(40),
        margins: Margins {
            before_s: 1,
            after_s: 1,
        },
    };
    assert!(matches!(b.refused(&apart), Refusal::Overlap { .. }));
}

/// The bytes of schema 1, as they stand in logs.
#[test]
fn kept_bytes_are_read() {
    let held = br#"{"reservation":"00000000000000000000000005","live":"00000000000000000000000001","from":10,"to":20}"#;
    let event = BroadcasterEvent::BroadcasterReserved {
        reservation: id(5),
        live: id(1),
        from: Time(10),
        to: Time(20),
    };
    let read = |kind, bytes: &[u8]| crate::EventData::decode(kind, 1, bytes).unwrap();
    assert_eq!(event, read("BroadcasterReserved", held));
    let moved = br#"{"reservation":"00000000000000000000000005","from":10,"to":30}"#;
    let event = BroadcasterEvent::BroadcasterReservationMoved {
        reservation: id(5),
        from: Time(10),
        to: Time(30),
    };
    assert_eq!(event, read("BroadcasterReservationMoved", moved));
    let released = br#"{"reservation":"00000000000000000000000005"}"#;
    let event = BroadcasterEvent::BroadcasterReservationReleased { reservation: id(5) };
    assert_eq!(event, read("BroadcasterReservationReleased", released));
}

#[test]
fn names_and_addresses() {
    let b = Story::<Broadcaster>::at(1);
    for name in ["", "  ", "a\u{7}", &"x".repeat(101)] {
        assert_eq!(b.refused(&set(name, "https://a/")), Refusal::Name);
    }
    for address in [
        "",
        "rtmp://a/",
        "javascript:alert(1)",
        &format!("https://{}", "a".repeat(2000)),
    ] {
        assert_eq!(b.refused(&set("a", address)), Refusal::Address);
    }
}
