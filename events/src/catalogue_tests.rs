//! Reading what was written: older schemas, newer ones, and what is no event at all.

use serde_json::{Value, json};

use super::*;
use crate::clock::Time;

crate::events! {
    /// What happens to rooms that exist in these tests only.
    pub enum RoomEvent upcast upcast {
        /// A room was booked. Schema 1 had `people` for `seats`, and an hour in place of `to`.
        RoomBooked = 2 { room: String, seats: u32, from: Time, to: Time }
        /// A room was freed.
        RoomFreed = 1 { room: String }
    }
}

fn upcast(kind: &str, schema: u16, mut data: Value) -> Value {
    if (kind, schema) == ("RoomBooked", 1) {
        data["seats"] = data["people"].take();
        data["to"] = json!(data["from"].as_i64().unwrap_or(0) + 3_600_000);
    }
    data
}

/// As it was appended when the schema was 1; never made again by the program.
const BOOKED_1: &[u8] = include_bytes!("../testdata/room_booked-1.json");

#[test]
fn an_older_schema_is_read_through_its_upcaster() {
    let now = RoomEvent::RoomBooked {
        room: "A12".to_owned(),
        seats: 40,
        from: Time(1_800_000_000_000),
        to: Time(1_800_003_600_000),
    };
    assert_eq!(RoomEvent::decode("RoomBooked", 1, BOOKED_1).unwrap(), now);
    assert_eq!(
        (now.schema(), RoomEvent::decode("RoomBooked", 2, &now.encode()).unwrap()),
        (2, now.clone())
    );
    // The present schema is never upcast: old bytes under the new number are no event.
    assert!(matches!(
        RoomEvent::decode("RoomBooked", 2, BOOKED_1),
        Err(DecodeError::Fields { .. })
    ));
}

#[test]
fn what_is_newer_unknown_or_broken_is_refused() {
    assert!(matches!(
        RoomEvent::decode("RoomFreed", 2, b"{}"),
        Err(DecodeError::NewerSchema {
            schema: 2,
            known: 1,
            ..
        })
    ));
    assert!(
        matches!(RoomEvent::decode("RoomPainted", 1, b"{}"), Err(DecodeError::UnknownKind(k)) if k == "RoomPainted")
    );
    for data in [&b""[..], b"{}", b"[]", b"{\"room\":1}", b"{\"room\":\"a\"} x", b"\xff"] {
        assert!(matches!(
            RoomEvent::decode("RoomFreed", 1, data),
            Err(DecodeError::Fields { .. })
        ));
    }
}

#[test]
fn a_type_name_belongs_to_one_kind_of_stream() {
    let mut seen = std::collections::BTreeMap::new();
    for (stream, specs) in catalogue() {
        for spec in specs {
            assert_eq!(
                seen.insert(spec.kind, stream),
                None,
                "{} stands in two streams",
                spec.kind
            );
            assert!(spec.schema >= 1);
        }
    }
}
