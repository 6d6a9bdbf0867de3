//! Recordings of meetings.

use amphi_events::Time;
use amphi_events::ids::{MeetingId, SessionId};
use amphi_events::recordings::{Facts, Order, RecordingId, Recordings, RecordingsEvent as E, State};
use amphi_events::session::{Session, SessionEvent};

use super::{NOON, World};

fn facts(starts_at: Time) -> Facts {
    Facts {
        state: State::Published,
        starts_at,
        ends_at: starts_at.plus_s(3600),
        participants: 3,
        formats: vec![],
        session: None,
    }
}

#[tokio::test]
async fn recordings_are_listed_in_order_and_in_hand_while_something_is_wanted() {
    let w = World::new(1);
    let read = w.open().await;
    let (one, other): (MeetingId, MeetingId) = (w.id(), w.id());
    let id = |n: u32| -> RecordingId { format!("rec-{n}").parse().expect("an id") };
    let seen = |n: u32, at: Time| E::MeetingRecordingSeen {
        recording: id(n),
        facts: facts(at),
    };
    let events = vec![
        seen(1, NOON),
        seen(2, NOON.plus_s(60)),
        seen(3, NOON),
        E::MeetingRecordingGone { recording: id(3) },
        seen(4, NOON.plus_s(-60)),
    ];
    w.tell::<Recordings>(one, events).await;
    w.tell::<Recordings>(other, vec![seen(1, NOON)]).await;
    read.catch_up().await.expect("caught up");
    let listed = async |after: Option<&RecordingId>| {
        let rows = read.recordings_of(one, after, 2).await.expect("rows");
        rows.into_iter().map(|r| r.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(listed(None).await, ["rec-2", "rec-1"]);
    assert_eq!(listed(Some(&id(1))).await, ["rec-4"]);
    assert_eq!(read.count_recordings(one).await.expect("a count"), 3);
    assert!(read.recordings_in_hand().await.expect("ids").is_empty());

    let order = E::MeetingRecordingOrdered {
        recording: id(1),
        order: Order::Delete,
    };
    w.tell::<Recordings>(one, vec![order]).await;
    let ready = E::MeetingRecordingReady {
        recording: id(9),
        session: None,
    };
    w.tell::<Recordings>(other, vec![ready]).await;
    read.catch_up().await.expect("caught up");
    assert_eq!(read.recordings_in_hand().await.expect("ids").len(), 2);
    assert_eq!(
        read.count_recordings(other).await.expect("a count"),
        1,
        "only named so far"
    );
    w.tell::<Recordings>(one, vec![E::MeetingRecordingDeleted { recording: id(1) }])
        .await;
    let told = E::MeetingRecordingTold {
        recording: id(9),
        people: vec![],
    };
    w.tell::<Recordings>(other, vec![told]).await;
    read.catch_up().await.expect("caught up");
    assert!(read.recordings_in_hand().await.expect("ids").is_empty());
    // The page that begins after it begins there still.
    assert_eq!(listed(Some(&id(1))).await, ["rec-4"]);
    let row = read.recording(one, &id(1)).await.expect("a row").expect("a recording");
    assert!(row.held.deleted.is_some() && row.meeting == one);

    let session: SessionId = w.id();
    let until = NOON.plus_s(60);
    w.tell::<Session>(
        session,
        vec![SessionEvent::SessionRequested {
            room: None,
            meeting: one,
            until,
        }],
    )
    .await;
    read.catch_up().await.expect("caught up");
    let at = Time(i64::try_from(session.0.timestamp_ms()).expect("a time"));
    assert_eq!(read.meetings_opened_since(at).await.expect("ids"), [one]);
    assert!(read.meetings_opened_since(at.plus_ms(1)).await.expect("ids").is_empty());
}
